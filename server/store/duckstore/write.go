//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/mapping"

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

// write is the writer: it alone changes the active segment.
func (s *Store) write(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	var last time.Time // when the last commit began
	for {
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
		v, err := p.judge(w.b)
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
							setEvent(b, n, &batch[j])
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
		p.commit()
		a.seg.mu.Lock()
		for _, part := range parts {
			for i := range part.w.b.Events {
				if part.v.skip == nil || !part.v.skip[i] {
					a.seg.entry.count(&part.w.b.Events[i])
				}
			}
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
			s.active.close()
			s.active = nil
			// At once, because what the engine has in memory of the failed
			// commit is not to be read; where it fails, the next write tries
			// again.
			s.full = isFull(err)
			if again := s.reopen(); again != nil {
				s.setFailure(s.explain(errors.Join(err, again)))
			}
		}
		return true
	}
	return false
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

// An activeSegment is the writer's connection to the segment that it fills.
type activeSegment struct {
	s   *Store
	c   *conn
	seg *segment
	log fileID

	begin, end, undo *stmt

	events, runs, keys, dead *feed
}

func (s *Store) openWriter() (*activeSegment, error) {
	c, err := s.engine.hot.connect()
	if err != nil {
		return nil, err
	}
	a := &activeSegment{s: s, c: c}
	if err := errors.Join(
		a.prepare(&a.begin, "BEGIN TRANSACTION"), a.prepare(&a.end, "COMMIT"), a.prepare(&a.undo, "ROLLBACK"),
		a.feed(&a.events, "clewline_events", eventKinds), a.feed(&a.runs, "clewline_runs", runTypes),
		a.feed(&a.keys, "clewline_keys", keyTypes), a.feed(&a.dead, "clewline_dead", deadTypes),
	); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *activeSegment) prepare(s **stmt, sql string) (err error) {
	*s, err = a.c.prepare(sql)
	return err
}

func (a *activeSegment) feed(f **feed, name string, kinds []kind) (err error) {
	*f, err = newFeed(a.c, name, kinds)
	return err
}

func (a *activeSegment) feeds() []*feed { return []*feed{a.events, a.runs, a.keys, a.dead} }

func (a *activeSegment) close() {
	for _, f := range a.feeds() {
		if f != nil {
			f.close()
		}
	}
	for _, s := range []*stmt{a.begin, a.end, a.undo} {
		if s != nil {
			s.close()
		}
	}
	a.c.close()
}

// use turns the feeds to a segment that is open for writing.
func (a *activeSegment) use(seg *segment) error {
	for i, table := range []string{"events", "runs", "keys", "dead"} {
		if err := a.feeds()[i].into(alias(seg.entry.N), table); err != nil {
			return err
		}
	}
	a.seg = seg
	id, err := identify(a.s.log(seg.entry.N))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	a.log = id
	return syncFolder(a.s.dir)
}

// transaction runs do and commits. When it returns nil, what do has added is
// durable.
func (a *activeSegment) transaction(do func() error) error {
	if err := a.begin.run(); err != nil {
		return err
	}
	if err := do(); err != nil {
		// After an error DuckDB may have ended the transaction itself.
		a.undo.run()
		return err
	}
	if err := a.s.opt.before("commit"); err != nil {
		a.undo.run()
		return err
	}
	// DuckDB syncs the log before COMMIT returns.
	if err := a.end.run(); err != nil {
		a.undo.run()
		return err
	}
	log, err := identify(a.s.log(a.seg.entry.N))
	if err != nil {
		return fmt.Errorf("after a commit: %w", err)
	}
	if log.inode != a.log.inode {
		// DuckDB has made the log anew and does not sync the folder. Until
		// that is done, a power cut may forget the log and what is in it.
		if err := syncFolder(a.s.dir); err != nil {
			return err
		}
	}
	a.log = log
	return nil
}

func (a *activeSegment) addRuns(rows []runRow) error {
	if len(rows) == 0 {
		return nil
	}
	return a.runs.run(func(b *block) int {
		n := 0
		for ; len(rows) > 0 && n < chunkRows; rows = rows[1:] {
			r := &rows[0]
			if !b.room(len(r.project) + len(r.stream) + len(r.reason) + len(r.app) + len(r.sdk)) {
				break
			}
			b.setString(&b.cols[0], n, r.project)
			b.setString(&b.cols[1], n, r.stream)
			b.cols[2].setUint8(n, r.state)
			b.cols[3].setUint64(n, r.lo)
			b.cols[4].setUint64(n, r.hi)
			b.setString(&b.cols[5], n, r.reason)
			b.setString(&b.cols[6], n, r.app)
			b.setString(&b.cols[7], n, r.sdk)
			b.cols[8].setInt64(n, r.offset)
			n++
		}
		return n
	})
}

func (a *activeSegment) addKeys(rows []keyRow) error {
	if len(rows) == 0 {
		return nil
	}
	return a.keys.run(func(b *block) int {
		n := 0
		for ; len(rows) > 0 && n < chunkRows; rows = rows[1:] {
			r := &rows[0]
			if !b.room(len(r.project) + len(r.base) + len(r.hash)) {
				break
			}
			b.setString(&b.cols[0], n, r.project)
			b.setString(&b.cols[1], n, r.base)
			b.setString(&b.cols[2], n, r.hash)
			n++
		}
		return n
	})
}

func (a *activeSegment) addDead(project string, rows []event.DeadLetter) error {
	return a.dead.run(func(b *block) int {
		n := 0
		for ; len(rows) > 0 && n < chunkRows; rows = rows[1:] {
			d := &rows[0]
			if !b.room(len(project) + len(d.Door) + len(d.Format) + len(d.Field) + len(d.Reason) + len(d.Text)) {
				break
			}
			b.setString(&b.cols[0], n, project)
			b.cols[1].setInt64(n, d.Received)
			b.setString(&b.cols[2], n, d.Door)
			b.setString(&b.cols[3], n, d.Format)
			b.cols[4].setUint64(n, uint64(max(d.Line, 0)))
			b.setString(&b.cols[5], n, d.Field)
			b.setString(&b.cols[6], n, d.Reason)
			b.setString(&b.cols[7], n, d.Text)
			n++
		}
		return n
	})
}
