//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// An engine is a running DuckDB instance with the segments that are attached
// to it. A failed fsync ends it; then the store makes another.
type engine struct {
	s       *Store
	in      *instance
	readers chan *conn // those that are free
	all     []*conn

	// ctx ends when the engine is to be closed; every query ends with it.
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex // guards what follows, and admin
	admin    *conn      // for ATTACH and DETACH
	attached map[int]*attachment
	clock    uint64
}

// An attachment is a segment that the instance has open.
type attachment struct {
	pins  int
	used  uint64 // engine.clock when it was last used
	keep  bool   // not sealed yet: never let go of for room
	stale bool   // open for writing, and sealed since: let go of as soon as nobody uses it
}

// alias is the name that SQL has for a segment.
func alias(n int) string { return "s" + strconv.Itoa(n) }

// openEngine starts an instance. Checkpoints happen when we say so and never
// by themselves: a checkpoint waits for every reader, and commits wait for
// the checkpoint.
func openEngine(s *Store) (*engine, error) {
	temp := filepath.Join(s.dir, "tmp")
	if err := os.RemoveAll(temp); err != nil {
		return nil, err
	}
	in, err := openInstance(map[string]string{
		"threads":                      strconv.Itoa(s.opt.Threads),
		"memory_limit":                 strconv.FormatInt(s.opt.Memory, 10) + "B",
		"temp_directory":               temp,
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
	})
	if err != nil {
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	e := &engine{s: s, in: in, readers: make(chan *conn, s.opt.Readers), attached: map[int]*attachment{}}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	for range s.opt.Readers + 1 {
		c, err := in.connect()
		if err != nil {
			e.close()
			return nil, err
		}
		e.all = append(e.all, c)
	}
	e.admin = e.all[0]
	for _, setting := range []string{
		"SET wal_autocheckpoint='1TB'",
		"PRAGMA disable_checkpoint_on_shutdown",
	} {
		if err := e.admin.exec(setting); err != nil {
			e.close()
			return nil, fmt.Errorf("start DuckDB: %w", err)
		}
	}
	for _, c := range e.all[1:] {
		e.readers <- c
	}
	return e, nil
}

// close ends the instance. Nobody may be using it.
func (e *engine) close() {
	e.cancel()
	for _, c := range e.all {
		c.close()
	}
	e.all = nil
	e.in.close()
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// attach opens a segment. e.mu is held.
func (e *engine) attach(n int, writable bool) error {
	path, mode := e.s.path(n), "READ_ONLY"
	if writable {
		mode = fmt.Sprintf("ROW_GROUP_SIZE %d, STORAGE_VERSION 'v1.4.0'", e.s.opt.RowGroup)
	} else if _, err := os.Stat(e.s.log(n)); err == nil {
		return fmt.Errorf("%s is sealed and has a log beside it; somebody wrote to it", path)
	}
	if err := e.admin.exec("ATTACH " + quote(path) + " AS " + alias(n) + " (" + mode + ")"); err != nil {
		return fmt.Errorf("open segment %s: %w", path, err)
	}
	e.attached[n] = &attachment{keep: writable}
	return nil
}

// detach lets go of a segment. e.mu is held.
func (e *engine) detach(n int) error {
	delete(e.attached, n)
	return e.admin.exec("DETACH " + alias(n))
}

// open opens a segment for writing.
func (e *engine) open(n int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.attach(n, true)
}

// discard lets go of a segment that failed to become one.
func (e *engine) discard(n int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.attached[n] == nil {
		return nil
	}
	return e.detach(n)
}

// pin keeps a segment open until unpin, and opens it when it is not.
func (e *engine) pin(n int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.attached[n]
	if a == nil {
		if err := e.makeRoom(); err != nil {
			return err
		}
		if err := e.attach(n, false); err != nil {
			return err
		}
		a = e.attached[n]
	}
	a.pins++
	e.clock++
	a.used = e.clock
	return nil
}

func (e *engine) unpin(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.attached[n]
	a.pins--
	if a.stale && a.pins == 0 {
		e.detach(n) // an error leaves it open, which harms nobody
	}
}

// release says that a segment is sealed: it is opened for reading from now on.
func (e *engine) release(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.attached[n]
	if a == nil {
		return
	}
	a.keep, a.stale = false, true
	if a.pins == 0 {
		e.detach(n)
	}
}

// makeRoom closes the sealed segment that was unused for longest, when
// MaxOpen are open. Where all are in use, one more is opened.
func (e *engine) makeRoom() error {
	sealed, oldest := 0, 0
	for n, a := range e.attached {
		if a.keep {
			continue
		}
		sealed++
		if a.pins == 0 && (oldest == 0 || a.used < e.attached[oldest].used) {
			oldest = n
		}
	}
	if sealed < e.s.opt.MaxOpen || oldest == 0 {
		return nil
	}
	return e.detach(oldest)
}

// errClosing is what a query gets whose engine is being replaced.
var errClosing = errors.New("the store is being reopened after a disk error; try again")

// reader lends a connection for one query, in turn. ctx ends the waiting.
func (e *engine) reader(ctx context.Context) (*conn, error) {
	select {
	case c := <-e.readers:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.ctx.Done():
		return nil, errClosing
	}
}
