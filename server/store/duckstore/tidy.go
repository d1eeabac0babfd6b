//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/clewline/clewline/server/store"
)

// The tidier is the store's second worker in the background. The sealer must
// keep up with ingest; what the tidier does can wait, and rests while ingest
// is busy: it sets damaged segments aside, removes what is expired or erased,
// and merges small segments. It does one thing at a time.

const (
	// tidyEvery is how often the tidier looks by itself: days end.
	tidyEvery = time.Minute
	// aloneBytes is what a project must have in a merge to get a segment of
	// its own.
	aloneBytes = 64 << 20
	// mergedBytes bounds what is merged into one: rewriting it once more, for
	// an erasure, takes as much room again.
	mergedBytes = 1 << 30
)

func (s *Store) wakeTidier() {
	select {
	case s.tidy <- struct{}{}:
	default:
	}
}

// tidyAll tidies until ctx ends.
func (s *Store) tidyAll(ctx context.Context) {
	timer := time.NewTimer(tidyEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.tidy:
		case <-timer.C:
		}
		next := tidyEvery
		for ctx.Err() == nil {
			more, err := s.tidyOne(ctx, s.merging)
			if err != nil && (ctx.Err() != nil || errors.Is(err, errClosing) || errors.Is(err, errClosed)) {
				break
			}
			s.mu.Lock()
			s.tidying = err
			s.mu.Unlock()
			if err != nil {
				next = s.opt.tidyPause
				break
			}
			if !more {
				break
			}
		}
		timer.Reset(next)
	}
}

// tidyOne does the most urgent thing that there is to do; merge, what is least
// urgent, finds segments to bring together.
func (s *Store) tidyOne(ctx context.Context, merge func(segments []*segment, today int64) (rewriting, bool)) (more bool, err error) {
	s.tidyMu.Lock()
	defer s.tidyMu.Unlock()
	if err := s.inspect(); err != nil {
		return false, err
	}
	if err := s.endDay(); err != nil {
		return false, err
	}
	today := dayOf(s.opt.Now().UnixNano())
	s.mu.RLock()
	segments, floors, erasures := s.segments, s.floors, s.erasures
	s.mu.RUnlock()
	if forgotten := forgettable(segments, floors, today); len(forgotten) > 0 {
		return true, s.replace(forgotten, nil, nil, nil)
	}
	if did, err := s.forgetQueries(); did || err != nil {
		return did, err
	}
	for _, seg := range segments {
		did, err := s.clean(ctx, seg, erasures)
		if err != nil {
			return false, fmt.Errorf("remove what is erased from segment %s: %w", s.path(seg.entry.N), err)
		}
		if did {
			return true, nil
		}
	}
	for _, next := range []func() (rewriting, bool){
		func() (rewriting, bool) { return expiring(segments, floors) },
		func() (rewriting, bool) { return merge(segments, today) },
	} {
		if w, ok := next(); ok {
			if err := s.rewrite(ctx, w); err != nil {
				return false, fmt.Errorf("rewrite segments %s: %w", names(w.sources), err)
			}
			return true, nil
		}
	}
	return false, nil
}

// rest waits while ingest is busy, but not for ever: a rewriting is to end.
func (s *Store) rest(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for range 20 {
		if batches, _, _ := s.queue.size(); batches == 0 && s.unsealed() == 0 {
			break
		}
		timer.Reset(25 * time.Millisecond)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
	return ctx.Err()
}

// endDay has an active segment of a day that is over followed by another, also
// when nobody writes.
func (s *Store) endDay() error {
	s.mu.RLock()
	last := s.segments[len(s.segments)-1]
	s.mu.RUnlock()
	e := last.snapshot()
	if e.State != stateActive || e.Rows == 0 || e.Day >= dayOf(s.opt.Now().UnixNano()) {
		return nil
	}
	return s.order(func() error {
		if s.active == nil || !s.due() || s.unsealed() >= s.opt.MaxUnsealed {
			return nil
		}
		err := s.roll(s.active)
		if err != nil {
			s.broken(err)
		}
		return err
	})
}

// forgettable are the segments that hold nothing but the memory of streams and
// keys, for as long as that was promised; and damaged ones all of which has
// expired.
func forgettable(segments []*segment, floors map[string]store.Day, today int64) (out []*segment) {
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State == stateQuarantined && e.allExpired(floors) {
			out = append(out, seg)
			continue
		}
		if e.State != stateSealed || e.Rows > 0 || len(e.Dead) > 0 {
			continue
		}
		until := e.SeenUntil
		if until == 0 { // never had any
			until = e.Day + int64(store.SeenFor/(24*time.Hour)) + 1
		}
		if today >= until {
			out = append(out, seg)
		}
	}
	return out
}

// allExpired says that nothing of a segment is left; where nobody knows what it
// had, only what has expired for every project counts.
func (e *entry) allExpired(floors map[string]store.Day) bool {
	if e.extentUnknown() {
		return expired(floors, "", e.Day)
	}
	for _, projects := range []map[string]int64{e.Projects, e.Dead} {
		for project := range projects {
			if !expired(floors, project, e.Day) {
				return false
			}
		}
	}
	return true
}

// clean removes from a sealed segment what erasures mean there. Most segments
// have nothing of it, which their skip indexes or a count tells without rewriting.
func (s *Store) clean(ctx context.Context, seg *segment, erasures []*erasure) (did bool, err error) {
	e := seg.snapshot()
	if e.State != stateSealed || !slices.ContainsFunc(erasures, func(x *erasure) bool { return x.pending[e.N] }) {
		return false, nil
	}
	found, err := s.holdsErased(ctx, &e, erasures)
	if err != nil {
		return false, err
	}
	if found {
		return true, s.rewrite(ctx, rewriting{sources: []*segment{seg}, merged: e.Merged})
	}
	gone := map[int]bool{e.N: true}
	now := s.opt.Now().UnixNano()
	var rest []*erasure
	if err := s.opt.before("note that nothing is to be erased"); err != nil {
		return false, err
	}
	return true, s.change(func(l *List) {
		l.Erasures = l.Erasures[:0:0]
		for _, x := range s.erasures {
			if slices.ContainsFunc(erasures, func(a *erasure) bool { return a.ID == x.ID }) {
				x = carried(x, erasures, gone, nil, 0, now)
			}
			rest = append(rest, x)
			l.Erasures = append(l.Erasures, x.ListedErasure)
		}
	}, func() { s.erasures = rest })
}

// holdsErased says whether a segment has anything that pending erasures mean.
func (s *Store) holdsErased(ctx context.Context, e *entry, erasures []*erasure) (bool, error) {
	s.engineMu.RLock()
	defer s.engineMu.RUnlock()
	if s.engine == nil {
		return false, errClosing
	}
	var set predicateSet
	defer set.close()
	var c *conn
	for _, x := range erasures {
		if !x.pending[e.N] {
			continue
		}
		events := x.events(e, &set)
		for _, t := range []struct {
			name string
			has  int64
			what condition
		}{{"events", e.Projects[x.Project], events}, {"dead", e.Dead[x.Project], x.deadLetters()}} {
			if t.has == 0 || t.what == never {
				continue
			}
			if c == nil {
				if _, err := s.engine.pin(e.N); err != nil {
					return false, s.suspected([]part{{entry: *e}}, err)
				}
				defer s.engine.unpin(e.N)
				var err error
				if c, err = s.engine.cold.connect(); err != nil {
					return false, err
				}
				defer c.close()
			}
			n, err := count(ctx, c, alias(e.N)+"."+t.name+" WHERE project = "+literal(x.Project)+" AND ("+string(t.what)+")")
			if err != nil {
				return false, s.suspected([]part{{entry: *e}}, err)
			}
			if n > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// expiring finds segments with events or dead letters that have expired:
// first those, of one day, of which nothing is left, all together; else one
// that is mixed.
func expiring(segments []*segment, floors map[string]store.Day) (w rewriting, ok bool) {
	if len(floors) == 0 {
		return w, false
	}
	var mixed *segment
	day := int64(0)
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State != stateSealed || len(w.sources) > 0 && e.Day != day || len(w.sources) == maxSources {
			continue
		}
		gone, left := false, false
		for _, projects := range []map[string]int64{e.Projects, e.Dead} {
			for project := range projects {
				if expired(floors, project, e.Day) {
					gone = true
				} else {
					left = true
				}
			}
		}
		switch {
		case gone && !left:
			w.sources, day = append(w.sources, seg), e.Day
		case gone && mixed == nil:
			mixed = seg
		}
	}
	if len(w.sources) == 0 && mixed != nil {
		w.sources, w.merged = []*segment{mixed}, mixed.snapshot().Merged
	}
	return w, len(w.sources) > 0
}

// merging finds small segments to bring together: those of a day that is over,
// which are not touched again; or, once a day has more than MaxSmall of them,
// those, so that a row is merged twice at most.
func (s *Store) merging(segments []*segment, today int64) (w rewriting, ok bool) {
	days := map[int64][]*segment{}
	open := map[int64]bool{} // days with a segment that is still to be sealed
	seen := map[int64][]*segment{}
	var order []int64
	for _, seg := range segments {
		e := seg.snapshot()
		switch {
		case e.State == stateActive && e.Rows > 0, e.State == stateWaiting:
			open[e.Day] = true
		case e.State != stateSealed:
		case e.Rows == 0 && len(e.Dead) == 0:
			if e.SeenUntil > 0 {
				seen[e.SeenUntil] = append(seen[e.SeenUntil], seg)
			}
		case e.Merged < 2:
			if days[e.Day] == nil {
				order = append(order, e.Day)
			}
			days[e.Day] = append(days[e.Day], seg)
		}
	}
	for _, same := range seen {
		if len(same) > 1 {
			return rewriting{sources: same[:min(len(same), maxSources)]}, true
		}
	}
	for _, day := range order {
		w.merged = 2
		if day >= today {
			w.merged = 1
		}
		var bytes int64
		w.sources = nil
		small := 0
		for _, seg := range days[day] {
			if seg.snapshot().Merged == 0 {
				small++
			}
		}
		if day >= today && small <= s.opt.MaxSmall || open[day] && day < today {
			continue
		}
		for _, seg := range days[day] {
			e := seg.snapshot()
			if e.Merged >= w.merged || len(w.sources) == maxSources || len(w.sources) > 0 && bytes+e.FileBytes > mergedBytes {
				continue
			}
			w.sources = append(w.sources, seg)
			bytes += e.FileBytes
		}
		if len(w.sources) < 2 {
			continue
		}
		w.alone = largeProjects(w.sources)
		return w, true
	}
	return rewriting{}, false
}

// largeProjects are those that are to have a segment of their own.
func largeProjects(sources []*segment) (alone []string) {
	projects := map[string]float64{}
	for _, seg := range sources {
		e := seg.snapshot()
		for project, rows := range e.Projects {
			projects[project] += float64(rows) / float64(max(e.Rows, 1)) * float64(e.FileBytes)
		}
	}
	for project, size := range projects {
		if size >= aloneBytes && len(projects) > 1 {
			alone = append(alone, project)
		}
	}
	slices.Sort(alone)
	return alone
}
