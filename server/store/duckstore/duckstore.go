//go:build !noduck

// Package duckstore is the embedded store: DuckDB files in one folder, one of
// them active, the others sealed. A write is durable when Write returns nil,
// and stored exactly once however often it is sent.
//
// The folder holds segments.json, which alone decides which segments exist (see
// List, and docs/storage.md), the segments (000001.duckdb and so on), the
// write-ahead log of those that are not sealed yet, and LOCK. Sealed segments are ordinary DuckDB files
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
	segments []*segment // in order of arrival; the last is the active one
	next     int        // number of the next segment
	floors   map[string]store.Day
	erasures []*erasure
	failure  error // why writes fail, nil while they do not
	sealing  error // why a segment could not be sealed, nil when all could
	tidying  error // why rewriting or setting aside failed
	// suspects are segments that could not be read and are to be looked at;
	// lost says that DuckDB has given up an instance.
	suspects map[int]bool
	lost     bool

	listDamage error // that the list was damaged; set at Open only
	upgrading  bool  // the list is of version 1; during Open only

	active   *activeSegment // the writer's alone; nil after a disk error
	reopened time.Time      // the writer's alone: when reopening was last tried
	latest   int64          // the writer's alone: the latest time since the active segment began
	full     bool           // the writer's alone: the last disk error was that there is no room

	tidyMu     sync.Mutex // held while something is tidied: one thing at a time
	listMu     sync.Mutex // held while the list is replaced; guards generation
	generation uint64
	seal, tidy chan struct{}
	stop       context.CancelFunc
	done       sync.WaitGroup
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
	s := &Store{dir: dir, opt: opt.withDefaults(), memory: newMemory(), suspects: map[int]bool{},
		seal: make(chan struct{}, 1), tidy: make(chan struct{}, 1)}
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
	list, err := s.readList()
	if err != nil {
		return nil, err
	}
	if err := s.adopt(&list); err != nil {
		return nil, err
	}
	if err := s.removeUnlisted(); err != nil {
		return nil, err
	}
	if err := s.reconsider(); err != nil {
		return nil, err
	}
	for again := true; again; {
		if s.engine, err = openEngine(s); err != nil {
			return nil, err
		}
		if err = s.recall(); errors.Is(err, errEngineLost) {
			s.engine.close()
			s.engine = nil
			continue
		}
		if err != nil {
			return nil, err
		}
		again = false
	}
	if err := s.begin(); err != nil {
		return nil, err
	}

	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.done.Go(func() { s.write(ctx) })
	s.done.Go(func() { s.sealAll(ctx) })
	s.done.Go(func() { s.tidyAll(ctx) })
	s.wakeSealer()
	s.wakeTidier()
	return s, nil
}

// adopt takes a list as what there is.
func (s *Store) adopt(l *List) error {
	s.next, s.generation, s.floors, s.upgrading = l.Next, l.Generation, l.Floors, l.Format == 1
	for i := range l.Segments {
		s.segments = append(s.segments, &segment{entry: entry{ListedSegment: l.Segments[i]}})
	}
	for i := range l.Erasures {
		e, err := newErasure(l.Erasures[i])
		if err != nil {
			return fmt.Errorf("%s: erasure %s cannot be understood (%w); a newer program may have written it", filepath.Join(s.dir, ListFile), l.Erasures[i].ID, err)
		}
		s.erasures = append(s.erasures, e)
	}
	return nil
}

// Close commits what is pending, lets go of the files and unlocks the folder.
// The active segment stays active; the next Open goes on with it.
func (s *Store) Close() error {
	s.queue.close()
	s.stop()
	s.done.Wait()
	// So that the next start knows how long the logs are. Without it, it
	// believes that what is not whole at their end was never acknowledged.
	_ = s.change(func(*List) {}, func() {})
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
	segments := s.segments
	troubles := []error{s.failure, s.sealing, s.tidying, s.listDamage}
	floors := s.floors
	s.mu.RUnlock()
	var st store.Stats
	for _, seg := range segments {
		e := seg.snapshot()
		st.Events += e.visibleRows(floors)
		switch e.State {
		case stateSealed:
			st.Segments++
		case stateWaiting:
			st.Unsealed++
		case stateQuarantined:
			st.Quarantined++
			troubles = append(troubles, errors.New(e.Err))
		}
	}
	st.LastError = errors.Join(troubles...)
	files, err := os.ReadDir(s.dir)
	if err != nil {
		st.LastError = errors.Join(st.LastError, err)
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
	o.Threads = cmp.Or(o.Threads, 1)
	o.GroupDelay = cmp.Or(o.GroupDelay, 50*time.Millisecond)
	o.PendingBytes = cmp.Or(o.PendingBytes, 128<<20)
	o.PendingBatches = cmp.Or(o.PendingBatches, 10_000)
	o.RollLog = cmp.Or(o.RollLog, 64_000_000)
	o.RollRows = cmp.Or(o.RollRows, 2_000_000)
	o.RollFile = cmp.Or(o.RollFile, 256_000_000)
	o.RowGroup = cmp.Or(o.RowGroup, 262_144)
	o.MaxUnsealed = cmp.Or(o.MaxUnsealed, 2)
	o.MaxSmall = cmp.Or(o.MaxSmall, 64)
	o.MaxOpen = cmp.Or(o.MaxOpen, 64)
	o.MinFree = cmp.Or(o.MinFree, 128<<20)
	o.Readers = cmp.Or(o.Readers, 4)
	o.QueryTime = cmp.Or(o.QueryTime, 20*time.Second)
	o.QueryRows = cmp.Or(o.QueryRows, 200_000_000)
	o.tidyPause = cmp.Or(o.tidyPause, 10*time.Second)
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
	bad(o.MaxUnsealed < 0 || o.MaxSmall < 0 || o.MaxOpen < 0 || o.Readers < 0, "maxUnsealed, maxSmall, maxOpen and readers must not be negative")
	bad(o.QueryTime < 0 || o.QueryRows < 0, "queryTime and queryRows must not be negative")
	return errors.Join(errs...)
}
