//go:build !noduck

package duckstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/clewline/clewline/server/store"
)

var _ store.Keeper = (*Store)(nil)

// Usage tells what is kept, by project and day of arrival.
func (s *Store) Usage() []store.Usage {
	type key struct {
		day     int64
		project string
	}
	s.mu.RLock()
	segments, floors := s.segments, s.floors
	s.mu.RUnlock()
	sums := map[key]*store.Usage{}
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State == stateQuarantined || e.Rows == 0 {
			continue
		}
		bytes := s.bytesOf(&e)
		for project, rows := range e.Projects {
			if expired(floors, project, e.Day) {
				continue
			}
			k := key{e.Day, project}
			if sums[k] == nil {
				sums[k] = &store.Usage{Project: project, Day: store.Day(e.Day)}
			}
			sums[k].Events += rows
			sums[k].Bytes += int64(float64(bytes) * float64(rows) / float64(e.Rows))
		}
	}
	out := make([]store.Usage, 0, len(sums))
	for _, u := range sums {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b store.Usage) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Project, b.Project))
	})
	return out
}

// bytesOf is what a segment takes on the disk, its log included.
func (s *Store) bytesOf(e *entry) int64 {
	if e.State == stateSealed || e.State == stateQuarantined {
		return e.Bytes
	}
	var n int64
	for _, path := range []string{s.path(e.N), s.log(e.N)} {
		if id, err := identify(path); err == nil {
			n += id.size
		}
	}
	return n
}

// Segments lists the files of events, oldest first. Those that hold nothing
// but the memory of streams and keys have no events.
func (s *Store) Segments() []store.Segment {
	s.mu.RLock()
	segments, floors := s.segments, s.floors
	s.mu.RUnlock()
	out := make([]store.Segment, 0, len(segments))
	for _, seg := range segments {
		e := seg.snapshot()
		x := store.Segment{Name: e.Name(), State: e.State, Day: store.Day(e.Day), Events: e.visibleRows(floors), Bytes: s.bytesOf(&e),
			Projects: len(e.Projects), Err: e.Err}
		switch {
		case e.State == stateWaiting:
			x.State = store.SegmentSealing
		case e.State == stateSealed && e.Merged > 0:
			x.State = store.SegmentMerged
		case e.State == stateQuarantined:
			x.Events = e.Rows
		}
		if e.Rows > 0 {
			x.MinTime, x.MaxTime = time.Unix(0, e.MinTime).UTC(), time.Unix(0, e.MaxTime).UTC()
		}
		out = append(out, x)
	}
	return out
}

// Expire hides at once, and removes in the background, what arrived before a
// day, which is today at the latest.
func (s *Store) Expire(ctx context.Context, project string, before store.Day) error {
	if today := store.Day(dayOf(s.opt.Now().UnixNano())); before > today {
		return fmt.Errorf("expire what arrived before day %d: want today, %d, at the latest, because what is still to come today would be hidden too", before, today)
	}
	if !utf8.ValidString(project) {
		return errors.New("the project's name is not valid UTF-8")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.opt.before("expire"); err != nil {
		return err
	}
	var floors map[string]store.Day
	err := s.change(func(l *List) {
		floors = maps.Clone(l.Floors)
		if floors == nil {
			floors = map[string]store.Day{}
		}
		floors[project] = max(floors[project], before)
		l.Floors = floors
	}, func() { s.floors = floors })
	if err != nil {
		return fmt.Errorf("expire what arrived before a day: %w", err)
	}
	s.wakeTidier()
	return nil
}

// Erase hides at once, and removes for good in the background, what an erasure
// means of that which is stored. It is the writer that does it, between two
// commits, and begins a new segment, so that what comes later is in none that
// the erasure is about.
func (s *Store) Erase(ctx context.Context, e store.Erasure) error {
	l := ListedErasure{ID: e.ID, Project: e.Project, By: e.By, At: e.At.UnixNano(), All: matchAll(e.Query)}
	if !l.All {
		l.Query = e.Query.String()
	}
	switch {
	case e.ID == "" || e.Project == "":
		return errors.New("an erasure needs an id and a project")
	case !utf8.ValidString(e.ID) || !utf8.ValidString(e.Project) || !utf8.ValidString(e.By):
		return errors.New("the erasure's id, project or author is not valid UTF-8")
	}
	x, err := newErasure(l)
	if err != nil {
		return fmt.Errorf("the erasure's query: %w", err)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.order(func() error { return s.erase(x) })
		if !errors.Is(err, store.ErrBusy) {
			return err
		}
		// Segments are being sealed; that takes a second at most.
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// erase takes an erasure over. The writer alone calls it.
func (s *Store) erase(x *erasure) error {
	s.mu.RLock()
	erasures := s.erasures
	s.mu.RUnlock()
	for _, old := range erasures {
		if old.ID != x.ID {
			continue
		}
		if old.Project != x.Project || old.All != x.All || old.Query != x.Query && !old.Forgotten() {
			return fmt.Errorf("there is an erasure with the id %q that means something else", x.ID)
		}
		return nil
	}
	if s.active == nil {
		if err := s.reopen(); err != nil {
			return s.explain(err)
		}
	}
	if e := &s.active.seg.entry; e.Rows > 0 || len(e.Dead) > 0 {
		if s.unsealed() >= s.opt.MaxUnsealed {
			s.wakeSealer()
			return store.ErrBusy
		}
		if err := s.roll(s.active); err != nil {
			s.broken(err)
			return s.explain(err)
		}
	}
	if err := s.opt.before("erase"); err != nil {
		return err
	}
	var with []*erasure
	now := s.opt.Now().UnixNano()
	err := s.change(func(l *List) {
		var pending []int
		for i := range l.Segments {
			e := entry{ListedSegment: l.Segments[i]}
			if e.State != stateActive && (e.Projects[x.Project] > 0 || e.Dead[x.Project] > 0 || e.extentUnknown()) {
				pending = append(pending, e.N)
			}
			if e.Rows > 0 || len(e.Dead) > 0 || e.extentUnknown() {
				x.Through = max(x.Through, e.Day)
			}
		}
		x = x.with(pending, 0, now)
		x.Total = len(pending)
		with = append(slices.Clone(s.erasures), x)
		l.Erasures = append(l.Erasures, x.ListedErasure)
	}, func() { s.erasures = with })
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	if x.All {
		s.memory.unlist(x.Project)
	}
	s.wakeTidier()
	return nil
}

// Erasures lists the erasures that the store knows, newest first.
func (s *Store) Erasures() []store.ErasureState {
	s.mu.RLock()
	erasures := s.erasures
	s.mu.RUnlock()
	out := make([]store.ErasureState, 0, len(erasures))
	for _, x := range slices.Backward(erasures) {
		st := store.ErasureState{
			Erasure:   store.Erasure{ID: x.ID, Project: x.Project, By: x.By, At: time.Unix(0, x.At).UTC(), Query: x.query},
			Forgotten: x.Forgotten(), Segments: x.Total, Rewritten: max(x.Total-len(x.Pending), 0), Removed: x.Removed,
		}
		if x.Done != 0 {
			st.Done = time.Unix(0, x.Done).UTC()
		}
		out = append(out, st)
	}
	return out
}
