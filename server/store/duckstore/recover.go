//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/clewline/clewline/server/store"
)

// errEngineLost says that DuckDB has given an instance up over a damaged
// segment, which was set aside.
var errEngineLost = errors.New("DuckDB has given up")

// recall opens what is not sealed, replaying its log, counts it again, and
// brings back the memory of all segments. A segment that cannot be read is set
// aside: Stats tells it, and every answer that it would be part of.
func (s *Store) recall() error {
	s.loadIndexes()
	for _, seg := range s.segments {
		e := &seg.entry
		if e.State == stateQuarantined {
			continue
		}
		err := s.recallOne(seg)
		if err == nil {
			continue
		}
		if !unreadable(err) {
			return fmt.Errorf("open segment %s: %w", s.path(e.N), err)
		}
		s.engine.discard(e.N)
		if err := s.quarantine(seg, err); err != nil {
			return err
		}
		if invalidated(err) {
			return errEngineLost
		}
	}
	if s.upgrading || s.listDamage != nil {
		s.upgrading = false
		return s.change(func(*List) {}, func() {})
	}
	return nil
}

func (s *Store) recallOne(seg *segment) error {
	e := &seg.entry
	// DuckDB would make a missing file anew.
	if err := checkSize(s.path(e.N), &e.ListedSegment); err != nil {
		return err
	}
	if e.State == stateSealed {
		if err := s.remember(e); err != nil {
			return err
		}
		if !s.upgrading {
			return nil
		}
		return s.upgrade(e)
	}
	if err := s.mendLog(seg); err != nil {
		return err
	}
	if err := s.engine.open(e.N); err != nil {
		return err
	}
	if err := s.recount(seg); err != nil {
		return err
	}
	return s.remember(e)
}

// upgrade finds what version 1 of the list did not say of a sealed segment.
func (s *Store) upgrade(e *entry) (err error) {
	if _, err := s.engine.pin(e.N); err != nil {
		return err
	}
	defer s.engine.unpin(e.N)
	if err := countProjects(s.engine.admin.cold, alias(e.N), e); err != nil {
		return err
	}
	e.SHA256, e.FileBytes, err = sumFile(s.path(e.N))
	return err
}

// countProjects counts rows and dead letters by project.
func countProjects(c *conn, catalog string, e *entry) error {
	count := func(table string, into *map[string]int64) error {
		*into = map[string]int64{}
		r, err := c.query(context.Background(), "SELECT project, count(*) FROM "+catalog+"."+table+" GROUP BY project")
		if err != nil {
			return err
		}
		return r.each(func(ch *chunk) error {
			for i := range ch.rows {
				(*into)[ch.cols[0].string(i)] = ch.cols[1].int64(i)
			}
			return nil
		})
	}
	return errors.Join(count("events", &e.Projects), count("dead", &e.Dead))
}

// recount counts the rows of a segment that is not sealed.
func (s *Store) recount(seg *segment) error {
	c := s.engine.admin.hot
	e := entry{ListedSegment: ListedSegment{N: seg.entry.N, State: seg.entry.State, Day: seg.entry.Day, LogBytes: seg.entry.LogBytes}}
	if err := countRows(context.Background(), c, alias(e.N), &e); err != nil {
		return err
	}
	if err := countProjects(c, alias(e.N), &e); err != nil {
		return err
	}
	var err error
	if e.seen, err = profileOf(context.Background(), c, alias(e.N)); err != nil {
		return err
	}
	if e.recent, err = recentOf(context.Background(), c, alias(e.N), e.State == stateActive); err != nil {
		return err
	}
	if err := seg.rememberOwn(c); err != nil {
		return err
	}
	seg.mu.Lock()
	seg.entry = e
	seg.mu.Unlock()
	return nil
}

// countRows counts a segment's rows by hour, and finds the bounds of their times.
func countRows(ctx context.Context, c *conn, catalog string, e *entry) error {
	e.Rows, e.Hours, e.Extents = 0, map[int64]int64{}, nil
	r, err := c.query(ctx,
		fmt.Sprintf("SELECT CAST(floor(epoch_ns(time) / %d.0) AS BIGINT) AS h, count(*), epoch_ns(min(time)), epoch_ns(max(time)), project FROM %s.events GROUP BY h, project ORDER BY h, project", hour, catalog))
	if err != nil {
		return err
	}
	return r.each(func(ch *chunk) error {
		for i := range ch.rows {
			e.extend(ch.cols[4].string(i), ch.cols[0].int64(i), ch.cols[1].int64(i), ch.cols[2].int64(i), ch.cols[3].int64(i))
		}
		return nil
	})
}

// remember reads a segment's runs and keys into the memory.
func (s *Store) remember(e *entry) error {
	n := e.N
	hot, err := s.engine.pin(n)
	if err != nil {
		return err
	}
	defer s.engine.unpin(n)
	c := s.engine.admin.cold
	if hot {
		c = s.engine.admin.hot
	}
	if err := checkFormat(c, alias(n)); err != nil {
		return err
	}
	r, err := c.query(context.Background(),
		`SELECT project, stream, state, lo, hi, reason, app, sdk FROM `+alias(n)+`.runs ORDER BY project, stream, rowid`)
	if err != nil {
		return err
	}
	load := s.memory.loader(store.Day(e.Day), func(project string) bool { return !s.deleted(project, e.Day) })
	err = r.each(func(ch *chunk) error {
		v := ch.cols
		for i := range ch.rows {
			load.add(runRow{project: v[0].string(i), stream: v[1].string(i), state: v[2].uint8(i),
				lo: v[3].uint64(i), hi: v[4].uint64(i), reason: v[5].string(i), app: v[6].string(i), sdk: v[7].string(i)})
		}
		return nil
	})
	load.end()
	if err != nil {
		return err
	}
	r, err = c.query(context.Background(), `SELECT project, base, hash FROM `+alias(n)+`.keys`)
	if err != nil {
		return err
	}
	return r.each(func(ch *chunk) error {
		v := ch.cols
		for i := range ch.rows {
			s.memory.loadKey(keyRow{v[0].string(i), v[1].string(i), v[2].string(i)})
		}
		return nil
	})
}

// deleted says that what of a project arrived on a day is that of one that was
// deleted on a later day.
func (s *Store) deleted(project string, day int64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, x := range s.erasures {
		if x.All && x.Project == project && day < dayOf(x.At) {
			return true
		}
	}
	return false
}

// segmentFormat is the version of a segment's tables.
const segmentFormat = "1"

// checkFormat refuses a segment of another version than ours.
func checkFormat(c *conn, catalog string) error {
	r, err := c.query(context.Background(), "SELECT value FROM "+catalog+".meta WHERE name = 'format'")
	if err != nil {
		return err
	}
	format := ""
	err = r.each(func(ch *chunk) error {
		for i := range ch.rows {
			format = ch.cols[0].string(i)
		}
		return nil
	})
	if err == nil && format != segmentFormat {
		err = fmt.Errorf("it has format %q, this program reads %s; a newer program may have written it", format, segmentFormat)
	}
	return err
}

// begin goes on with the active segment, or makes the first one.
func (s *Store) begin() error {
	a, err := s.openWriter()
	if err != nil {
		return err
	}
	if k := len(s.segments); k > 0 && s.segments[k-1].entry.State == stateActive {
		if err := a.use(s.segments[k-1]); err != nil {
			a.close()
			return err
		}
		s.active = a
		return nil
	}
	if err := s.roll(a); err != nil {
		a.close()
		return err
	}
	s.active = a
	return nil
}
