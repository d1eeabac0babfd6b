//go:build !noduck

package duckstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

var _ store.Streamer = (*Store)(nil)

// A listing names the streams of one project and day in the order in which
// they came, which the memory's hashes do not tell: for each the length of its
// name, its sender, both as uvarint, and the name. It only grows, so a reader
// may keep what it has seen of it. A stream takes about 42 bytes.
type listing []byte

// A listed is the project and day of a listing.
type listed struct {
	project string
	day     store.Day
}

// A sender is the program that a stream is of.
type sender struct{ app, sdk string }

// maxSenders bounds the pairs of app and SDK version that are told apart: who
// sends chooses them. Beyond it a sender is "other".
const maxSenders = 10_000

// A newcomer is a stream of which nothing was known.
type newcomer struct {
	project, name string
	sender
}

// list adds a stream to its listing. The lock is held.
func (m *memory) list(n newcomer, arrived store.Day) {
	by, ok := m.bySender[n.sender]
	if !ok && len(m.senders) >= maxSenders {
		n.sender = sender{"other", "other"}
		by, ok = m.bySender[n.sender]
	}
	if !ok {
		by = uint64(len(m.senders))
		m.senders = append(m.senders, n.sender)
		m.bySender[n.sender] = by
	}
	k := listed{n.project, store.StreamDay(n.name, arrived)}
	b := binary.AppendUvarint(m.listings[k], uint64(len(n.name)))
	m.listings[k] = append(binary.AppendUvarint(b, by), n.name...)
}

// unlist forgets the listings of a project that is deleted. Its runs stay: they
// hold off retries.
func (m *memory) unlist(project string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.listings {
		if k.project == project {
			delete(m.listings, k)
		}
	}
}

// unknown says that packed runs tell nothing of a stream.
func unknown(packed string) bool { return len(packed) <= 1 }

// A dayList is a listing as it is at a moment.
type dayList struct {
	day   store.Day
	names listing
}

// lists gives the listings of a project from one day to another, both included,
// the newest first.
func (m *memory) lists(project string, from, to store.Day) []dayList {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []dayList
	for k, names := range m.listings {
		if k.project == project && k.day >= from && k.day <= to {
			out = append(out, dayList{k.day, names})
		}
	}
	slices.SortFunc(out, func(a, b dayList) int { return cmp.Compare(b.day, a.day) })
	return out
}

// A named is an entry of a listing, with the runs of its stream.
type named struct {
	name   string
	by     uint64
	packed string
}

// lookAtOnce is how many streams are looked up while the memory is locked, for
// which a commit may have to wait: about 20 us.
const lookAtOnce = 256

// Streams tells what the memory knows of streams. It reads no file.
func (s *Store) Streams(ctx context.Context, q store.StreamsQuestion, each func(*store.Stream) error) error {
	var (
		x    store.Stream
		seen stream
		some []named
	)
	for _, list := range s.memory.lists(q.Project, q.From, q.To) {
		for names := list.names; len(names) > 0; {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("look at the streams of %s: %w", list.day.Time().Format("2006-01-02"), err)
			}
			some, names = names.take(some[:0], q.Name)
			senders, reasons := s.memory.fill(q.Project, some)
			for _, one := range some {
				by := senders[one.by]
				x.Name, x.Day, x.App, x.SDK = one.name, list.day, by.app, by.sdk
				seen.decode(one.packed)
				x.Seen = seen.tell(reasons, x.Seen)
				if err := each(&x); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// take reads the next entries, those of one name alone unless that is "".
func (l listing) take(into []named, only string) ([]named, listing) {
	for len(l) > 0 && len(into) < lookAtOnce {
		size, n := binary.Uvarint(l)
		l = l[n:]
		by, n := binary.Uvarint(l)
		l = l[n:]
		if name := l[:size]; only == "" || string(name) == only {
			into = append(into, named{name: string(name), by: by})
		}
		l = l[size:]
	}
	return into, l
}

// fill looks the runs of streams up.
func (m *memory) fill(project string, some []named) (senders []sender, reasons []string) {
	var ids [lookAtOnce]id128
	for i := range some {
		ids[i] = hashName(project, some[i].name)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for i := range some {
		some[i].packed = m.streams[ids[i]]
	}
	return m.senders, m.reasons
}

// tell gives what is known of a stream in the contract's form, in the slices of
// an answer that nobody needs any more.
func (s *stream) tell(reasons []string, old store.Seen) store.Seen {
	out := store.Seen{Stored: old.Stored[:0], Omitted: old.Omitted[:0], Closed: s.closed}
	for _, r := range s.runs {
		out.Highest = max(out.Highest, r.hi)
		if r.state == runStored {
			out.Stored = append(out.Stored, store.Span{From: r.lo, To: r.hi})
		} else {
			out.Omitted = append(out.Omitted, event.Omission{From: r.lo, To: r.hi, Reason: reasons[r.state-1]})
		}
	}
	return out
}
