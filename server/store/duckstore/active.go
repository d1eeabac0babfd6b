//go:build !noduck

package duckstore

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/clewline/clewline/event"
)

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
