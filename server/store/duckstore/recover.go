//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
)

// recall opens what is not sealed, replaying its log, counts it again, and
// brings back the memory of all segments. A sealed segment that cannot be
// read is told in Stats and in every answer that it would be part of; one
// that is not sealed is an error, because going on would lose what may still
// be saved.
func (s *Store) recall() error {
	s.loadFilters()
	for _, seg := range s.segments {
		n := seg.entry.N
		if seg.entry.State != stateSealed {
			// DuckDB would make a missing file anew.
			if _, err := identify(s.path(n)); err != nil {
				return fmt.Errorf("a segment with acknowledged events is missing; put it back: %w", err)
			}
			if err := s.engine.open(n); err != nil {
				return err
			}
			if err := s.recount(seg); err != nil {
				return fmt.Errorf("count segment %s: %w", s.path(n), err)
			}
		}
		if err := s.remember(n); err != nil {
			if seg.entry.State != stateSealed {
				return fmt.Errorf("read segment %s: %w", s.path(n), err)
			}
			err = fmt.Errorf("segment %s cannot be read: %w", s.path(n), err)
			seg.err = err
			s.damage = errors.Join(s.damage, err)
		}
	}
	return nil
}

// recount counts the rows of a segment that is not sealed.
func (s *Store) recount(seg *segment) error {
	c := s.engine.admin.hot
	e := entry{N: seg.entry.N, State: seg.entry.State, Day: seg.entry.Day, Hours: map[int64]int64{}}
	events := alias(e.N) + ".events"
	r, err := c.query(context.Background(), "SELECT epoch_ns(min(time)), epoch_ns(max(time)) FROM "+events)
	if err != nil {
		return err
	}
	err = r.each(func(ch *chunk) error {
		if !ch.cols[0].null(0) {
			e.MinTime, e.MaxTime = ch.cols[0].int64(0), ch.cols[1].int64(0)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r, err = c.query(context.Background(),
		fmt.Sprintf("SELECT CAST(floor(epoch_ns(time) / %d.0) AS BIGINT) AS h, count(*) FROM %s GROUP BY h ORDER BY h", hour, events))
	if err != nil {
		return err
	}
	err = r.each(func(ch *chunk) error {
		for i := range ch.rows {
			n := ch.cols[1].int64(i)
			e.countHour(ch.cols[0].int64(i), n)
			e.Rows += n
		}
		return nil
	})
	if err != nil {
		return err
	}
	if e.seen, err = profileOf(context.Background(), c, alias(e.N)); err != nil {
		return err
	}
	seg.mu.Lock()
	seg.entry = e
	seg.mu.Unlock()
	return nil
}

// remember reads a segment's runs and keys into the memory.
func (s *Store) remember(n int) error {
	hot, err := s.engine.pin(n)
	if err != nil {
		return err
	}
	defer s.engine.unpin(n)
	c := s.engine.admin.cold
	if hot {
		c = s.engine.admin.hot
	}
	r, err := c.query(context.Background(),
		`SELECT project, stream, state, lo, hi, reason FROM `+alias(n)+`.runs ORDER BY project, stream, rowid`)
	if err != nil {
		return err
	}
	load := s.memory.loader()
	err = r.each(func(ch *chunk) error {
		v := ch.cols
		for i := range ch.rows {
			load.add(runRow{project: v[0].string(i), stream: v[1].string(i), state: v[2].uint8(i),
				lo: v[3].uint64(i), hi: v[4].uint64(i), reason: v[5].string(i)})
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
