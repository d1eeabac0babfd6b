//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// A group is committed together. It is bounded, so that its rows fit in
// memory beside everything else.
const (
	groupRows  = 65_536
	groupBytes = 64 << 20
	// With this many rows waiting a commit's own cost is small beside theirs,
	// so it does not wait for GroupDelay.
	promptRows = 256
)

// A write is a batch on its way into the store.
type write struct {
	b     *event.Batch
	bytes int
	done  chan error

	own *ownIDs // nil when all ids are of streams, keys or ours

	answered bool // the writer's alone
}

// answer gives the outcome, once.
func (w *write) answer(err error) {
	if !w.answered {
		w.answered = true
		w.done <- err
	}
}

// A queue holds the writes that wait for a commit.
type queue struct {
	opt Options

	mu      sync.Mutex // guards what follows
	waiting []*write
	bytes   int
	rows    int
	orders  []*order
	closed  bool
	wake    chan struct{}
}

func (q *queue) init(opt Options) {
	q.opt = opt
	q.wake = make(chan struct{}, 1)
}

var errClosed = errors.New("the store is closed")

func (q *queue) put(w *write) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return errClosed
	case len(q.waiting) >= q.opt.PendingBatches, len(q.waiting) > 0 && q.bytes+w.bytes > q.opt.PendingBytes:
		return store.ErrBusy
	}
	q.waiting = append(q.waiting, w)
	q.bytes += w.bytes
	q.rows += len(w.b.Events)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// withdraw takes a write back that no commit has begun with.
func (q *queue) withdraw(w *write) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, x := range q.waiting {
		if x == w {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.bytes -= w.bytes
			q.rows -= len(w.b.Events)
			return true
		}
	}
	return false
}

func (q *queue) size() (batches, rows int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting), q.rows, q.closed
}

// take gives the next group, oldest first.
func (q *queue) take() []*write {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, rows, bytes := 0, 0, 0
	for n < len(q.waiting) {
		w := q.waiting[n]
		if n > 0 && (rows+len(w.b.Events) > groupRows || bytes+w.bytes > groupBytes) {
			break
		}
		rows, bytes = rows+len(w.b.Events), bytes+w.bytes
		n++
	}
	group := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	if len(q.waiting) == 0 {
		q.waiting = nil
	}
	q.bytes -= bytes
	q.rows -= rows
	return group
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Write stores a batch; see store.Store for what it promises. When ctx ends
// before a commit has begun with the batch, nothing of it is stored.
func (s *Store) Write(ctx context.Context, b *event.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &write{b: b, bytes: 256, done: make(chan error, 1)}
	for i := range b.Events {
		e := &b.Events[i]
		if e.Project == "" {
			e.Project = b.Project
		}
		if e.Project != b.Project {
			return fmt.Errorf("event %d is of project %q, the batch of %q; a batch has one project", i+1, e.Project, b.Project)
		}
		n, err := checkEvent(e)
		if err != nil {
			return fmt.Errorf("event %d cannot be stored: %w", i+1, err)
		}
		w.bytes += n
		if ownID(e) {
			if w.own == nil {
				w.own = &ownIDs{}
			}
			w.own.at = append(w.own.at, i)
		}
	}
	for i := range b.DeadLetters {
		d := &b.DeadLetters[i]
		for _, text := range []*string{&d.Door, &d.Format, &d.Field, &d.Reason, &d.Text} {
			*text = strings.ToValidUTF8(*text, "\ufffd")
		}
		w.bytes += 256 + len(d.Text) + len(d.Reason)
	}
	for i := range b.Streams {
		if err := checkRange(&b.Streams[i]); err != nil {
			return err
		}
		w.bytes += 64 * len(b.Streams[i].Omitted)
	}
	if !utf8.ValidString(b.Project) || b.Key != nil && !utf8.ValidString(b.Key.Base) {
		return errors.New("the batch's project or key is not valid UTF-8")
	}
	if w.own != nil {
		if err := s.lookOwn(ctx, b, w.own); err != nil {
			return err
		}
	}
	if err := s.queue.put(w); err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		if s.queue.withdraw(w) {
			return ctx.Err()
		}
		return <-w.done // a commit has it, and is soon done
	}
}

// An order is something that the writer is to do between two commits.
type order struct {
	do   func() error
	done chan error
}

// order has the writer do something, and waits for it.
func (s *Store) order(do func() error) error {
	o := &order{do, make(chan error, 1)}
	if err := s.queue.give(o); err != nil {
		return err
	}
	return <-o.done
}

func (q *queue) give(o *order) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errClosed
	}
	q.orders = append(q.orders, o)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// ordered takes the oldest order, nil when there is none.
func (q *queue) ordered() (o *order) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.orders) > 0 {
		o, q.orders = q.orders[0], q.orders[1:]
	}
	return o
}

// write is the writer: it alone changes the active segment.
func (s *Store) write(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	var last time.Time // when the last commit began
	for {
		if o := s.queue.ordered(); o != nil {
			o.done <- o.do()
			continue
		}
		batches, rows, closed := s.queue.size()
		if batches == 0 {
			if closed {
				return
			}
			<-s.queue.wake
			continue
		}
		if wait := s.opt.GroupDelay - time.Since(last); wait > 0 && rows < promptRows && !closed {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-s.queue.wake:
				timer.Stop()
				continue
			}
		}
		last = time.Now()
		s.store(s.queue.take())
	}
}

// store commits a group and answers each of its writes.
func (s *Store) store(group []*write) {
	err := s.ready()
	if err == nil {
		err = s.commit(group)
	}
	if err != nil && !s.broken(err) && len(group) > 1 {
		// One batch of them may be to blame; it must not fail its neighbours.
		for _, w := range group {
			err := s.ready()
			if err == nil {
				err = s.commit([]*write{w})
			}
			if err != nil {
				s.broken(err)
				w.answer(s.explain(err))
			}
		}
		return
	}
	if err != nil {
		for _, w := range group {
			w.answer(s.explain(err))
		}
	}
}

// ready makes the active segment fit for a commit: it is there, it is of
// today, and there is room.
func (s *Store) ready() error {
	if s.active == nil {
		if err := s.reopen(); err != nil {
			return err
		}
	}
	if s.full {
		if err := s.probe(); err != nil {
			return err
		}
		s.full = false
	}
	if free, err := freeBytes(s.dir); err == nil && s.opt.MinFree > 0 && free < s.opt.MinFree {
		return fmt.Errorf("%d MiB are free, and %d MiB must stay so: %w", free>>20, s.opt.MinFree>>20, syscall.ENOSPC)
	}
	if err := s.redate(); err != nil {
		return err
	}
	if s.due() {
		if s.unsealed() >= s.opt.MaxUnsealed {
			s.wakeSealer()
			return store.ErrBusy
		}
		if err := s.roll(s.active); err != nil {
			return err
		}
	}
	return nil
}

// commit stores a group in one transaction and, when that is durable, answers
// nil to its writes. A batch whose key was used for another body is answered
// on the way. On an error nothing is stored, and nothing else answered.
func (s *Store) commit(group []*write) error {
	type part struct {
		w *write
		v verdict
	}
	p := s.memory.plan()
	parts := make([]part, 0, len(group))
	rows, dead := 0, 0
	for _, w := range group {
		if w.answered {
			continue
		}
		known, err := s.judgeOwn(context.Background(), w.b, w.own)
		if err != nil {
			w.answer(err)
			continue
		}
		v, err := p.judge(w.b, known)
		if err != nil {
			w.answer(err)
			continue
		}
		parts = append(parts, part{w, v})
		rows += v.kept
		if v.dead {
			dead += len(w.b.DeadLetters)
		}
	}
	// From here on an error concerns only those that are not answered yet.
	if rows > 0 || dead > 0 || !p.empty() {
		a := s.active
		seen := a.seg.entry.seen // so that what is known is not looked for again
		err := a.transaction(func() error {
			if rows > 0 {
				i, j := 0, 0
				if err := a.events.run(func(b *block) int {
					n := 0
					for i < len(parts) {
						batch, skip := parts[i].w.b.Events, parts[i].v.skip
						for ; j < len(batch); j++ {
							if skip != nil && skip[j] {
								continue
							}
							if n == chunkRows || !b.room(textBytes(&batch[j])) {
								return n
							}
							setEvent(b, n, &batch[j], &seen)
							n++
						}
						i, j = i+1, 0
					}
					return n
				}); err != nil {
					return err
				}
			}
			if err := a.addRuns(p.runs); err != nil {
				return err
			}
			if err := a.addKeys(p.rows); err != nil {
				return err
			}
			for _, part := range parts {
				if part.v.dead {
					if err := a.addDead(part.w.b.Project, part.w.b.DeadLetters); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		p.commit(store.Day(a.seg.entry.Day))
		for id := range p.own {
			a.seg.addOwn(id)
		}
		for _, part := range parts {
			// Before the rows are counted: who sees them there finds them here.
			a.seg.entry.recent.add(part.w.b.Events, part.v.skip)
		}
		a.seg.mu.Lock()
		a.seg.entry.seen.add(seen)
		a.seg.entry.LogBytes = a.log.size
		for _, part := range parts {
			if n := len(part.w.b.DeadLetters); part.v.dead && n > 0 {
				if a.seg.entry.Dead == nil {
					a.seg.entry.Dead = map[string]int64{}
				}
				a.seg.entry.Dead[part.w.b.Project] += int64(n)
			}
			a.seg.entry.count(part.w.b.Events, part.v.skip)
		}
		a.seg.mu.Unlock()
	}
	s.setFailure(nil)
	for _, part := range parts {
		if skip := part.v.skip; skip != nil {
			fresh := part.w.b.Events[:0]
			for i := range skip {
				if !skip[i] {
					fresh = append(fresh, part.w.b.Events[i])
				}
			}
			part.w.b.Events = fresh
		}
		part.w.answer(nil)
	}
	return nil
}
