//go:build !noduck

package duckstore

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/clewline/clewline/event"
)

// An entry is what is known of a segment. A sealed one's never changes, but for
// its state and skip index.
type entry struct {
	ListedSegment

	// seen is the same of a segment that is not sealed, where it changes.
	seen profile
	// index is the skip index of a sealed one, nil where there is none.
	index *skipIndex
	// recent has the rows of one that is not sealed.
	recent *recent
}

// listProfile fills Absent and Plain from seen.
func (e *entry) listProfile() {
	e.Absent, e.Plain = nil, nil
	for i := range columns {
		switch bit := uint64(1) << i; {
		case e.seen.present&bit == 0:
			e.Absent = append(e.Absent, columns[i].name)
		case idColumns[i] && e.seen.mixed&bit == 0:
			e.Plain = append(e.Plain, columns[i].name)
		}
	}
}

const hour = int64(3600e9)

func hourOf(ns int64) int64 {
	h := ns / hour
	if ns < 0 && ns%hour != 0 {
		h--
	}
	return h
}

// hourEnd is the first nanosecond after an hour, or the last that there is.
func hourEnd(h int64) int64 {
	if h >= math.MaxInt64/hour {
		return math.MaxInt64
	}
	return (h + 1) * hour
}

func dayOf(ns int64) int64 {
	h := hourOf(ns)
	if h < 0 {
		h -= 23
	}
	return h / 24
}

// count notes that events are in the segment, but for those to skip. Events
// that come together mostly are of one project and hour, so they are counted in
// runs.
func (e *entry) count(events []event.Event, skip []bool) {
	if e.Hours == nil {
		e.Hours = map[int64]int64{}
	}
	if e.Projects == nil {
		e.Projects = map[string]int64{}
	}
	var (
		project     string
		h, run      int64
		first, last int64 // times of the run
	)
	note := func() {
		if run > 0 {
			e.Projects[project] += run
			e.extend(project, h, run, first, last)
			run = 0
		}
	}
	for i := range events {
		if skip != nil && skip[i] {
			continue
		}
		ev := &events[i]
		if at := hourOf(ev.Time); run == 0 || at != h || ev.Project != project {
			note()
			project, h, first, last = ev.Project, at, ev.Time, ev.Time
		}
		first, last = min(first, ev.Time), max(last, ev.Time)
		run++
	}
	note()
}

// maxHours bounds the hours that are told apart, for senders whose clocks are
// anywhere. What comes beyond is counted under anyHour, which every range
// touches.
const (
	maxHours = 4096
	anyHour  = math.MinInt64
)

// maxExtents bounds the projects whose times are told apart.
const maxExtents = 64

// extend notes rows of a project in an hour, whose times lie from first to
// last.
func (e *entry) extend(project string, h, rows, first, last int64) {
	if e.Rows == 0 {
		e.MinTime, e.MaxTime = first, last
	}
	e.Rows += rows
	e.MinTime, e.MaxTime = min(e.MinTime, first), max(e.MaxTime, last)
	countIn(e.Hours, h, rows)
	x := e.Extents[project]
	if x == nil {
		if len(e.Extents) >= maxExtents {
			return
		}
		if e.Extents == nil {
			e.Extents = map[string]*Extent{}
		}
		x = &Extent{first, last, map[int64]int64{}}
		e.Extents[project] = x
	}
	x.MinTime, x.MaxTime = min(x.MinTime, first), max(x.MaxTime, last)
	countIn(x.Hours, h, rows)
}

func countIn(hours map[int64]int64, h, rows int64) {
	if len(hours) >= maxHours {
		if _, known := hours[h]; !known {
			h = anyHour
		}
	}
	hours[h] += rows
}

// extent gives the times that a project's rows may have.
func (e *entry) extent(project string) Extent {
	if x, ok := e.Extents[project]; ok {
		return *x
	}
	return Extent{e.MinTime, e.MaxTime, e.Hours}
}

// rowsIn is how many rows a project may have in the hours that [from, to)
// touches.
func (e *entry) rowsIn(project string, from, to int64) int64 {
	x := e.extent(project)
	if e.Rows == 0 || to <= x.MinTime || from > x.MaxTime || from >= to {
		return 0
	}
	hours := x.Hours
	first, last := hourOf(from), hourOf(to-1)
	n := hours[anyHour]
	if int(last-first) < len(hours) && last-first >= 0 {
		for h := first; h <= last; h++ {
			n += hours[h]
		}
		return n
	}
	for h, rows := range hours {
		if h >= first && h <= last {
			n += rows
		}
	}
	return n
}

// estimate is about how many rows of a project lie in [from, to), an hour's
// rows being spread evenly.
func (e *entry) estimate(project string, from, to int64) float64 {
	x := e.extent(project)
	if e.Rows == 0 || to <= x.MinTime || from > x.MaxTime {
		return 0
	}
	hours := x.Hours
	first, last := hourOf(from), hourOf(to-1)
	n := float64(hours[anyHour])
	for h, rows := range hours {
		switch {
		case h == anyHour || h < first || h > last:
		case h > first && h < last:
			n += float64(rows)
		default:
			begin, end := max(h*hour, from), min(hourEnd(h), to)
			n += float64(rows) * float64(end-begin) / float64(hour)
		}
	}
	return n
}

// A segment is one file of events.
type segment struct {
	mu    sync.Mutex // guards what follows
	entry entry
	// unindexed: making its skip index has failed, and is not tried again before
	// the next start.
	unindexed bool
	// own holds the ids of senders' own in a segment that is not sealed, nil
	// where there are none. It is the writer's alone.
	own map[id128]struct{}
	// readers counts the questions that use it. A retired one is in no list
	// any more, and its files go with the last of them.
	readers int
	retired bool
}

// snapshot gives a copy that does not change.
func (seg *segment) snapshot() entry {
	seg.mu.Lock()
	defer seg.mu.Unlock()
	e := seg.entry
	if e.State == stateActive || e.State == stateWaiting { // a sealed one's maps never change
		e.Hours, e.Projects, e.Dead = maps.Clone(e.Hours), maps.Clone(e.Projects), maps.Clone(e.Dead)
		of := make(map[string]*Extent, len(e.Extents))
		for project, x := range e.Extents {
			of[project] = &Extent{x.MinTime, x.MaxTime, maps.Clone(x.Hours)}
		}
		e.Extents = of
		e.listProfile()
	}
	return e
}

// hold keeps the files of a segment where they are until letGo. s.mu is held,
// so that it is in the list.
func (seg *segment) hold() {
	seg.mu.Lock()
	defer seg.mu.Unlock()
	seg.readers++
}

func (s *Store) letGo(seg *segment) {
	seg.mu.Lock()
	seg.readers--
	last := seg.retired && seg.readers == 0
	seg.mu.Unlock()
	if last {
		s.remove(seg)
	}
}

// retire removes a segment's files as soon as nobody reads it. It is in no
// list any more.
func (s *Store) retire(seg *segment) {
	seg.mu.Lock()
	seg.retired = true
	last := seg.readers == 0
	seg.mu.Unlock()
	if last {
		s.remove(seg)
	}
}

// remove removes a segment's files. What cannot be removed is removed at the
// next start. Readers hold engineMu.
func (s *Store) remove(seg *segment) {
	n := seg.entry.N
	if s.engine != nil {
		s.engine.release(n)
	}
	s.unlink(n)
}

// unlink removes the files of a segment that nobody uses, also those that were
// set aside.
func (s *Store) unlink(n int) {
	for _, folder := range []string{s.dir, filepath.Join(s.dir, QuarantineFolder)} {
		files, err := s.filesOf(folder, n)
		if err != nil {
			continue
		}
		for _, f := range files {
			os.Remove(filepath.Join(folder, f))
		}
	}
}

func (seg *segment) String() string { return fmt.Sprintf("segment %d", seg.entry.N) }
