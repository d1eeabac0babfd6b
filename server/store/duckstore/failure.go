//go:build !noduck

package duckstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/duckdb/duckdb-go/mapping"

	"github.com/clewline/clewline/server/store"
)

// broken says whether an error is the disk's or DuckDB's, rather than a
// batch's, and if so lets go of the active segment: after a failed write or
// fsync nobody knows what of the file is on the disk.
func (s *Store) broken(err error) bool {
	switch {
	case errors.Is(err, store.ErrBusy):
		return true
	case errors.Is(err, syscall.ENOSPC) && !fromDuck(err):
		s.setFailure(s.explain(err)) // seen before anything was written
		return true
	case invalidated(err), isKind(err, mapping.ErrorTypeErrorIO), isKind(err, mapping.ErrorTypeTransaction), !fromDuck(err):
		s.setFailure(s.explain(err))
		if s.active != nil {
			// At once, because what the engine has in memory of the failed
			// commit is not to be read; where it fails, the next write tries
			// again.
			s.full = isFull(err)
			if again := s.startAnew(); again != nil {
				s.setFailure(s.explain(errors.Join(err, again)))
			}
		}
		return true
	}
	return false
}

// startAnew lets go of the active segment and begins anew.
func (s *Store) startAnew() error {
	if s.active != nil {
		s.active.close()
		s.active = nil
	}
	return s.reopen()
}

// isFull says whether an error means that there is no room, on the disk or
// within a limit on the size of files.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "No space left on device") || strings.Contains(err.Error(), "File too large")
}

func fromDuck(err error) bool {
	_, ok := errors.AsType[*duckError](err)
	return ok
}

func (s *Store) setFailure(err error) {
	s.mu.Lock()
	s.failure = err
	s.mu.Unlock()
}

// explain makes of an error what a caller can act on.
func (s *Store) explain(err error) error {
	if full, ok := errors.AsType[*store.FullError](err); ok {
		return full
	}
	if isFull(err) {
		return &store.FullError{Dir: s.dir, Err: err}
	}
	if errors.Is(err, store.ErrBusy) {
		return err
	}
	return fmt.Errorf("write to the store in %s: %w", s.dir, err)
}

// probe says whether there is room again, without troubling DuckDB.
func (s *Store) probe() error {
	path := filepath.Join(s.dir, "room.tmp")
	defer os.Remove(path)
	err := os.WriteFile(path, make([]byte, 1<<20), 0o644)
	if err != nil {
		return fmt.Errorf("%w: %w", err, syscall.ENOSPC)
	}
	return nil
}

// reopen begins anew after a failed write or fsync: the segments that are not
// sealed are read again from their files and logs. (DuckDB can go on after a
// failed commit, but was seen to lose a row of the next.) The memory takes in
// what they hold: a group that was answered with an error may be there after
// all.
//
// After a failed fsync nobody knows what is on the disk, and what is only in
// the page cache reads as if it were stored; so the segment is brought into
// one durable file by a checkpoint, and followed by a new one. Where the disk
// was full, what reads well is well, there is no room for a checkpoint, and
// the segment goes on.
func (s *Store) reopen() error {
	if since := time.Since(s.reopened); since < reopenPause {
		s.mu.RLock()
		defer s.mu.RUnlock()
		if s.failure != nil {
			return s.failure
		}
	}
	s.reopened = time.Now()
	if s.engine != nil {
		s.engine.cancel() // ends the queries
	}
	s.engineMu.Lock()
	defer s.engineMu.Unlock()
	if s.engine != nil {
		s.engine.close()
		s.engine = nil
	}
	e, err := openEngine(s)
	if err != nil {
		return err
	}
	s.engine = e
	fail := func(err error) error {
		e.close()
		s.engine = nil
		return fmt.Errorf("reopen the store: %w", err)
	}
	s.mu.RLock()
	segments := s.segments
	s.mu.RUnlock()
	for _, seg := range segments {
		n := seg.entry.N
		if state := seg.snapshotState(); state != stateActive && state != stateWaiting {
			continue
		}
		if err := s.mendLog(seg); err != nil {
			return fail(err)
		}
		if err := e.open(n); err != nil {
			return fail(err)
		}
		if err := errors.Join(s.recount(seg), s.remember(&seg.entry)); err != nil {
			return fail(err)
		}
		if s.full {
			continue
		}
		if err := e.admin.hot.exec("CHECKPOINT " + alias(n)); err != nil {
			return fail(err)
		}
		seg.mu.Lock()
		seg.entry.LogBytes = 0 // it is gone
		seg.mu.Unlock()
	}
	a, err := s.openWriter()
	if err != nil {
		return fail(err)
	}
	if last := segments[len(segments)-1]; s.full && last.snapshotState() == stateActive {
		if err := a.use(last); err != nil {
			a.close()
			return fail(err)
		}
		s.active = a
		return nil
	}
	if err := s.roll(a); err != nil {
		a.close()
		return fail(err)
	}
	s.active = a
	return nil
}

// reopenPause is how long a failed attempt to reopen answers for the next.
const reopenPause = time.Second
