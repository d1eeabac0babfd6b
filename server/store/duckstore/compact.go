//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/clewline/clewline/server/store"
)

var _ store.Compactor = (*Store)(nil)

// compactPause is how long Compact waits before it looks again at what the
// sealer does.
const compactPause = 20 * time.Millisecond

// Compact does at once what the sealer and the tidier do in their own time,
// and brings together what they leave apart: the segments of today, and those
// of a day that were merged in parts. What comes meanwhile is left to them.
func (s *Store) Compact(ctx context.Context, progress func(store.Compaction)) error {
	tell := func(c store.Compaction) {
		if progress != nil {
			progress(c)
		}
	}
	tell(store.Compaction{Doing: "sealing"})
	if err := s.sealActive(ctx); err != nil {
		return err
	}
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		doing, left := s.toCompact()
		if total == 0 {
			total = left
		}
		total = max(total, left)
		tell(store.Compaction{Done: total - left, Total: total, Doing: doing})
		var lacking error
		more, err := s.tidyOne(ctx, func(segments []*segment, _ int64) (rewriting, bool) {
			groups := compactable(segments)
			if len(groups) == 0 {
				return rewriting{}, false
			}
			lacking = s.roomFor(&groups[0])
			return groups[0], lacking == nil
		})
		if err = errors.Join(err, lacking); err != nil {
			return err
		}
		if !more {
			return s.indexed(ctx)
		}
	}
}

// sealActive has the active segment followed by another, and waits until all
// before that one is sealed.
func (s *Store) sealActive(ctx context.Context) error {
	rolled := false
	for {
		if !rolled {
			if err := s.order(func() error {
				if s.active == nil {
					if err := s.reopen(); err != nil {
						return s.explain(err)
					}
				}
				e := &s.active.seg.entry
				if e.Rows == 0 && len(e.Dead) == 0 {
					rolled = true
					return nil
				}
				if s.unsealed() >= s.opt.MaxUnsealed {
					return nil
				}
				if err := s.roll(s.active); err != nil {
					s.broken(err)
					return s.explain(err)
				}
				rolled = true
				return nil
			}); err != nil {
				return err
			}
		}
		if rolled && s.unsealed() == 0 {
			return nil
		}
		s.mu.RLock()
		err := s.sealing
		s.mu.RUnlock()
		if err != nil {
			return err
		}
		s.wakeSealer()
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// indexed waits until the sealer has made the skip indexes that are missing.
func (s *Store) indexed(ctx context.Context) error {
	for {
		s.mu.RLock()
		segments := s.segments
		s.mu.RUnlock()
		if !slices.ContainsFunc(segments, func(seg *segment) bool {
			e := seg.snapshot()
			seg.mu.Lock()
			defer seg.mu.Unlock()
			return e.State == stateSealed && (e.index == nil || e.index.Damaged()) && !seg.unindexed
		}) {
			return nil
		}
		s.wakeSealer()
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(compactPause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// toCompact tells what Compact does next, and how many bytes it has yet to
// read.
func (s *Store) toCompact() (doing string, left int64) {
	s.mu.RLock()
	segments, floors, erasures := s.segments, s.floors, s.erasures
	s.mu.RUnlock()
	counted := map[*segment]bool{}
	count := func(what string, seg *segment) {
		if doing == "" {
			doing = what
		}
		if !counted[seg] {
			counted[seg] = true
			left += seg.snapshot().FileBytes
		}
	}
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State == stateSealed && slices.ContainsFunc(erasures, func(x *erasure) bool { return x.pending[e.N] }) {
			count("erasing in "+e.Name(), seg)
		}
	}
	for _, seg := range segments {
		if e := seg.snapshot(); e.State == stateSealed && e.anyExpired(floors) {
			count("removing what has expired from "+e.Name(), seg)
		}
	}
	for _, group := range compactable(segments) {
		for _, seg := range group.sources {
			count(fmt.Sprintf("bringing %d segments together", len(group.sources)), seg)
		}
	}
	return doing, left
}

// anyExpired says whether something of a segment is hidden by its age.
func (e *entry) anyExpired(floors map[string]store.Day) bool {
	for _, projects := range []map[string]int64{e.Projects, e.Dead} {
		for project := range projects {
			if expired(floors, project, e.Day) {
				return true
			}
		}
	}
	return false
}

// compactable finds all that is worth bringing together: of each day of
// arrival, segments that fit into one, at least one of which was not merged
// for good. What comes of it was, so that this has an end.
func compactable(segments []*segment) (groups []rewriting) {
	open := map[int64]*rewriting{}
	sizes := map[*rewriting]int64{}
	var order []*rewriting
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State != stateSealed || e.Rows == 0 && len(e.Dead) == 0 || e.FileBytes >= mergedBytes ||
			e.Merged == 2 && len(e.Projects) == 1 && e.FileBytes >= aloneBytes {
			continue
		}
		group := open[e.Day]
		if group == nil || len(group.sources) == maxSources || sizes[group]+e.FileBytes > mergedBytes {
			group = &rewriting{merged: 2}
			open[e.Day] = group
			order = append(order, group)
		}
		group.sources = append(group.sources, seg)
		sizes[group] += e.FileBytes
	}
	for _, group := range order {
		if len(group.sources) < 2 || !slices.ContainsFunc(group.sources, func(seg *segment) bool { return seg.snapshot().Merged < 2 }) {
			continue
		}
		group.alone = largeProjects(group.sources)
		groups = append(groups, *group)
	}
	return groups
}

// roomFor says whether the disk has room for what a rewriting makes, before
// its sources go.
func (s *Store) roomFor(w *rewriting) error {
	var need int64
	for _, seg := range w.sources {
		need += seg.snapshot().Bytes
	}
	need += max(s.opt.MinFree, 0)
	free, err := freeBytes(s.dir)
	if err != nil || free >= need {
		return err
	}
	return &store.FullError{Dir: s.dir, Err: fmt.Errorf("%d MiB are free, and bringing %d segments together takes %d MiB for a while: %w", free>>20, len(w.sources), need>>20, syscall.ENOSPC)}
}
