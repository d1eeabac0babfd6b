//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// due says whether the active segment is to be followed by a new one.
func (s *Store) due() bool {
	e := &s.active.seg.entry // the writer alone changes it
	now := s.opt.Now().UnixNano()
	s.latest = max(s.latest, now)
	if e.Rows == 0 && s.active.log.size < s.opt.RollLog {
		return false
	}
	if e.Rows >= s.opt.RollRows || s.active.log.size >= s.opt.RollLog || e.Day != dayOf(now) {
		return true
	}
	if s.latest-now > int64(clockStep) {
		return true
	}
	file, err := identify(s.path(e.N))
	return err == nil && file.size >= s.opt.RollFile
}

// redate gives an active segment that was begun on another day, and has nothing
// yet, the day of what comes now: a day's events are kept by its date.
func (s *Store) redate() error {
	seg := s.active.seg
	e := &seg.entry // the writer alone changes it
	today := dayOf(s.opt.Now().UnixNano())
	if e.Rows > 0 || len(e.Dead) > 0 || e.Day == today {
		return nil
	}
	return s.change(func(l *List) {
		for i := range l.Segments {
			if l.Segments[i].N == e.N {
				l.Segments[i].Day = today
			}
		}
	}, func() {
		seg.mu.Lock()
		seg.entry.Day = today
		seg.mu.Unlock()
	})
}

// clockStep is how far the clock may be set back within a segment. What came
// before a larger step has later times of arrival than what comes after it,
// and is kept apart.
const clockStep = 10 * time.Minute

// unsealed counts the segments that wait to be sealed.
func (s *Store) unsealed() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for _, seg := range s.segments {
		if seg.snapshotState() == stateWaiting {
			n++
		}
	}
	return n
}

// roll begins a new active segment: it makes the file, lists it, and turns
// the writer to it. The one before waits to be sealed. A crash before the
// list is written leaves a file that is not listed and is removed at the
// next start; after it, an empty active segment. The writer alone rolls.
func (s *Store) roll(a *activeSegment) error {
	n := s.number()
	if err := s.create(a.c, n); err != nil {
		s.abandon(n)
		return fmt.Errorf("begin segment %s: %w", s.path(n), err)
	}
	s.latest = s.opt.Now().UnixNano()
	seg := &segment{entry: entry{ListedSegment: ListedSegment{N: n, State: stateActive, Day: dayOf(s.latest)}, recent: newRecent()}}
	err := s.change(func(l *List) {
		for i := range l.Segments {
			if l.Segments[i].State == stateActive {
				l.Segments[i].State = stateWaiting
			}
		}
		l.Segments = append(l.Segments, seg.entry.ListedSegment)
	}, func() {
		for _, x := range s.segments {
			x.mu.Lock()
			if x.entry.State == stateActive {
				x.entry.State, x.entry.recent = stateWaiting, x.entry.recent.withoutTexts()
			}
			x.mu.Unlock()
		}
		s.segments = append(slices.Clone(s.segments), seg)
	})
	if err != nil {
		if _, unsure := errors.AsType[*unsureListError](err); unsure {
			// The list may name it, so its file stays until the next start
			// removes what is not listed.
			s.engine.discard(n)
		} else {
			s.abandon(n)
		}
		return fmt.Errorf("list segment %s: %w", s.path(n), err)
	}
	s.wakeSealer()
	s.forgetOwn()
	if err := s.opt.before("turn to the new segment"); err != nil {
		return err
	}
	return a.use(seg)
}

// number gives the number of a new segment. It is used once, whatever becomes
// of the segment: the list on the disk may name it even when writing the list
// has failed.
func (s *Store) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	return s.next - 1
}

// abandon removes what there is of a segment that failed to become one.
func (s *Store) abandon(n int) {
	s.engine.discard(n)
	s.unlink(n)
}

// create makes a segment's file with its tables, durable.
func (s *Store) create(c *conn, n int) error {
	if err := s.opt.before("make the segment"); err != nil {
		return err
	}
	if err := s.engine.open(n); err != nil {
		return err
	}
	if err := s.opt.before("make the tables"); err != nil {
		return err
	}
	for _, sql := range append(append([]string{"BEGIN TRANSACTION"}, createTables(alias(n))...), "COMMIT") {
		if err := c.exec(sql); err != nil {
			c.exec("ROLLBACK")
			return err
		}
	}
	if err := s.opt.before("sync the new segment"); err != nil {
		return err
	}
	return syncFolder(s.dir)
}

// snapshotState is the state alone.
func (seg *segment) snapshotState() string {
	seg.mu.Lock()
	defer seg.mu.Unlock()
	return seg.entry.State
}

func (s *Store) wakeSealer() {
	select {
	case s.seal <- struct{}{}:
	default:
	}
}

// sealAll seals what waits, oldest first, until ctx ends.
func (s *Store) sealAll(ctx context.Context) {
	const pause = time.Second // after an error
	timer := time.NewTimer(pause)
	timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.seal:
		case <-timer.C:
		}
		for ctx.Err() == nil {
			seg := s.oldestWaiting()
			if seg == nil {
				if s.reindex(ctx) {
					break
				}
				continue
			}
			if err := s.sealOne(ctx, seg); err != nil {
				if ctx.Err() == nil && !errors.Is(err, errClosing) {
					s.mu.Lock()
					s.sealing = fmt.Errorf("seal segment %s: %w", s.path(seg.entry.N), err)
					s.mu.Unlock()
				}
				timer.Reset(pause)
				break
			}
		}
	}
}

func (s *Store) oldestWaiting() *segment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, seg := range s.segments {
		if seg.snapshotState() == stateWaiting {
			return seg
		}
	}
	return nil
}

// sealOne checkpoints a segment, so that all of it is in the one file, and
// lists it as sealed. Only readers of this very segment wait for it. A crash
// at any point leaves a segment that waits, and is sealed at the next start.
func (s *Store) sealOne(ctx context.Context, seg *segment) error {
	s.engineMu.RLock()
	defer s.engineMu.RUnlock()
	if s.engine == nil {
		return errClosing
	}
	e := s.engine
	c, err := e.hot.connect()
	if err != nil {
		return err
	}
	defer c.close()
	n := seg.entry.N
	if err := s.opt.before("checkpoint"); err != nil {
		return err
	}
	if err := c.exec("CHECKPOINT " + alias(n)); err != nil {
		return err
	}
	if err := s.opt.before("look at the sealed segment"); err != nil {
		return err
	}
	if _, err := os.Stat(s.log(n)); err == nil {
		// A segment without its log would have no table.
		return fmt.Errorf("a log is left after the checkpoint")
	}
	if err := syncFolder(s.dir); err != nil {
		return err
	}
	// The skip index comes before the list: a crash between them leaves a segment
	// that waits and is sealed, and indexed, again.
	ix, err := makeIndex(ctx, c, alias(n), seg.snapshot().recent)
	if err != nil {
		return err
	}
	size, err := s.writeIndex(n, ix)
	if err != nil {
		return err
	}
	sealed := seg.snapshot()
	if err := s.opt.before("sum the sealed segment"); err != nil {
		return err
	}
	if sealed.SHA256, sealed.FileBytes, err = sumFile(s.path(n)); err != nil {
		return err
	}
	sealed.LogBytes = 0
	sealed.State, sealed.Bytes, sealed.index, sealed.recent = stateSealed, sealed.FileBytes+size, ix, nil
	err = s.change(func(l *List) {
		for i := range l.Segments {
			if l.Segments[i].N == n {
				l.Segments[i] = sealed.ListedSegment
			}
		}
	}, func() {
		seg.mu.Lock()
		seg.entry = sealed
		seg.mu.Unlock()
		s.sealing = nil
	})
	if err != nil {
		return err
	}
	e.release(n)
	s.wakeTidier()
	return nil
}
