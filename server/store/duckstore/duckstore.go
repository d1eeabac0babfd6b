//go:build !noduck

// Package duckstore is the embedded store: DuckDB files in one folder, one of
// them active, the others sealed. A write is durable when Write returns nil,
// and stored exactly once however often it is sent.
//
// The folder holds segments.json, which alone decides which segments exist,
// the segments (000001.duckdb and so on), the write-ahead log of those that
// are not sealed yet, and LOCK. Sealed segments are ordinary DuckDB files
// that nobody writes to again; any DuckDB of version 1.4 or later opens them.
//
// Why it is built as it is, with the measurements, stands in
// docs/decisions/0002-duckdb.md. Build tag noduck leaves DuckDB out.
package duckstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/clewline/clewline/server/store"
)

// Store implements store.Store. Its methods may be called concurrently.
type Store struct {
	dir    string
	opt    Options
	lock   *os.File
	memory *memory
	queue  queue

	// engineMu is held shared by who uses the engine, and exclusively while
	// a broken one is replaced.
	engineMu sync.RWMutex
	engine   *engine

	// mu guards what follows. The slice is replaced, never changed in place.
	mu       sync.RWMutex
	segments []*segment // in order of their numbers; the last is the active one
	next     int        // number of the next segment
	failure  error      // why writes fail, nil while they do not
	damage   error      // why data is missing, nil when none is

	active   *activeSegment // the writer's alone; nil after a disk error
	reopened time.Time      // the writer's alone: when reopening was last tried
	full     bool           // the writer's alone: the last disk error was that there is no room

	listMu sync.Mutex // held while segments.json is replaced
	seal   chan struct{}
	stop   context.CancelFunc
	done   sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a folder, makes it if there is none, and brings back
// everything that was acknowledged before the last process ended, however it
// ended. A folder that another process has open is an error that names it.
func Open(dir string, opt Options) (_ *Store, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := opt.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the store's folder: %w", err)
	}
	s := &Store{dir: dir, opt: opt.withDefaults(), memory: newMemory(), seal: make(chan struct{}, 1)}
	s.queue.init(s.opt)
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			if s.engine != nil {
				s.engine.close()
			}
			s.lock.Close()
		}
	}()
	entries, next, err := s.readList()
	if err != nil {
		return nil, err
	}
	s.next = next
	for i := range entries {
		s.segments = append(s.segments, &segment{entry: entries[i]})
	}
	if err := s.removeUnlisted(); err != nil {
		return nil, err
	}
	if s.engine, err = openEngine(s); err != nil {
		return nil, err
	}
	if err := s.recall(); err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		return nil, err
	}

	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.done.Go(func() { s.write(ctx) })
	s.done.Go(func() { s.sealAll(ctx) })
	s.wakeSealer()
	return s, nil
}

// Close commits what is pending, lets go of the files and unlocks the folder.
// The active segment stays active; the next Open goes on with it.
func (s *Store) Close() error {
	s.queue.close()
	s.stop()
	s.done.Wait()
	s.engineMu.Lock()
	defer s.engineMu.Unlock()
	if s.active != nil {
		s.active.close()
	}
	if s.engine != nil {
		s.engine.close()
		s.engine = nil
	}
	return s.lock.Close()
}

// Stats tells the store's own state.
func (s *Store) Stats() store.Stats {
	s.mu.RLock()
	segments, failure, damage := s.segments, s.failure, s.damage
	s.mu.RUnlock()
	st := store.Stats{LastError: cmp.Or(failure, damage)}
	for _, seg := range segments {
		e := seg.snapshot()
		st.Events += e.Rows
		switch e.State {
		case stateSealed:
			st.Segments++
		case stateWaiting:
			st.Unsealed++
		}
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		st.LastError = cmp.Or(st.LastError, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			st.Bytes += info.Size()
		}
	}
	return st
}

func (o Options) withDefaults() Options {
	o.Memory = cmp.Or(o.Memory, 1<<30)
	o.Threads = cmp.Or(o.Threads, 2)
	o.GroupDelay = cmp.Or(o.GroupDelay, 50*time.Millisecond)
	o.PendingBytes = cmp.Or(o.PendingBytes, 128<<20)
	o.PendingBatches = cmp.Or(o.PendingBatches, 10_000)
	o.RollLog = cmp.Or(o.RollLog, 64_000_000)
	o.RollRows = cmp.Or(o.RollRows, 2_000_000)
	o.RollFile = cmp.Or(o.RollFile, 256_000_000)
	o.RowGroup = cmp.Or(o.RowGroup, 61_440)
	o.MaxUnsealed = cmp.Or(o.MaxUnsealed, 2)
	o.MaxOpen = cmp.Or(o.MaxOpen, 64)
	o.MinFree = cmp.Or(o.MinFree, 128<<20)
	o.Readers = cmp.Or(o.Readers, 4)
	o.QueryTime = cmp.Or(o.QueryTime, 20*time.Second)
	o.QueryRows = cmp.Or(o.QueryRows, 200_000_000)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.before == nil {
		o.before = func(string) error { return nil }
	}
	return o
}

// check reports everything that is wrong at once.
func (o Options) check() error {
	var errs []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(o.Memory != 0 && o.Memory < 64<<20, "memory is %d bytes; want at least 64 MiB", o.Memory)
	bad(o.Threads < 0, "threads is %d; want 1 or more", o.Threads)
	bad(o.GroupDelay < 0, "groupDelay is %v; want 0 or more", o.GroupDelay)
	bad(o.PendingBytes < 0 || o.PendingBatches < 0, "pendingBytes and pendingBatches must not be negative")
	bad(o.RollLog < 0 || o.RollRows < 0 || o.RollFile < 0, "rollLog, rollRows and rollFile must not be negative")
	bad(o.RowGroup < 0 || o.RowGroup%chunkRows != 0, "rowGroup is %d; want a multiple of %d", o.RowGroup, chunkRows)
	bad(o.MaxUnsealed < 0 || o.MaxOpen < 0 || o.Readers < 0, "maxUnsealed, maxOpen and readers must not be negative")
	bad(o.QueryTime < 0 || o.QueryRows < 0, "queryTime and queryRows must not be negative")
	return errors.Join(errs...)
}
