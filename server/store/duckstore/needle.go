//go:build !noduck

package duckstore

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// handfulRows is the most candidates that are read as whole events at once: to
// find out which of them match, and to read those that do, would be two
// statements a segment.
const handfulRows = 256

// handful says that the skip index leaves so few rows of most segments. Those
// that have none yet, and those in which what is sought surely stands but not
// where, must be few: there it is sought in all rows.
func (w *walk) handful() bool {
	total, known, unknown := 0, 0, int64(0)
	for i := range w.parts {
		switch p := &w.parts[i]; {
		case p.where == never:
			known++
		case p.rows.All():
			unknown += p.entry.Rows
		default:
			known++
			total += p.count
		}
	}
	return total <= handfulRows && 2*known > len(w.parts) && unknown <= maxUnknown
}

// maxUnknown bounds the rows that are looked through from end to end.
const maxUnknown = 3_000_000

// take reads the events of a handful of candidates that match, and makes a
// page of the first ones.
func (w *walk) take(page *store.Page, from, to int64) error {
	// Nothing is found before all is.
	page.Next = w.After
	if page.Next == nil && w.Ascending {
		page.Next = &store.Position{Time: from}
	} else if page.Next == nil {
		page.Next = &store.Position{Time: to}
	}
	for _, parts := range w.touching(from, to) {
		if err := w.spend(parts, from, to); err != nil {
			return err
		}
	}
	var (
		mu     sync.Mutex
		events []event.Event
		jobs   []job
	)
	for i := range w.parts {
		p := &w.parts[i]
		if p.where == never || p.entry.rowsIn(from, to) == 0 {
			continue
		}
		if p.rows.All() {
			jobs = append(jobs, func(c pair) error {
				found, err := w.takeFirst(c, p, from, to)
				mu.Lock()
				defer mu.Unlock()
				events = append(events, found...)
				return err
			})
			continue
		}
		for _, ranges := range halves(p.rows.Ranges(0), rangeStart) {
			jobs = append(jobs, func(c pair) error {
				q := *p
				q.restrict = listCondition(ranges)
				var st strings.Builder
				st.WriteString("SELECT rowid" + columnList(p.cols))
				w.from(&st, &q, from, to)
				if after := w.After; after != nil {
					st.WriteString(" AND ")
					beyond(&st, after, w.Ascending)
				}
				return w.runOn(c, []part{q}, st.String(), func(ch *chunk) error {
					mu.Lock()
					defer mu.Unlock()
					for i := range ch.rows {
						events = append(events, event.Event{})
						readColumns(&events[len(events)-1], p.cols, ch.cols[1:], i)
					}
					return nil
				})
			})
		}
	}
	err := w.each(jobs)
	slices.SortFunc(events, func(a, b event.Event) int {
		if w.Ascending {
			return event.Compare(&a, &b)
		}
		return event.Compare(&b, &a)
	})
	if err != nil {
		return err
	}
	page.Next = nil
	if len(events) > w.Limit {
		events = events[:w.Limit]
		at := store.At(&events[w.Limit-1])
		page.Next = &at
	}
	page.Events = events
	return nil
}

// takeFirst reads the first events of one segment that match.
func (w *walk) takeFirst(c pair, p *part, from, to int64) ([]event.Event, error) {
	var st strings.Builder
	w.places(&st, []part{*p}, from, to, w.Limit+1)
	var found []place
	err := w.runOn(c, []part{*p}, st.String(), func(ch *chunk) error {
		for i := range ch.rows {
			found = append(found, readPlace(ch.cols, i))
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	events := make([]event.Event, len(found))
	wanted := make([]int, len(found))
	for i := range wanted {
		wanted[i] = i
	}
	slices.SortFunc(wanted, func(a, b int) int { return cmp.Compare(found[a].row, found[b].row) })
	return events, w.fetchRows(c, p, found, wanted, events)
}

// A job is a statement on one segment, or two.
type job func(c pair) error

// each does jobs, two at a time where another connection is free: a statement
// on a few rows runs on one thread, whatever DuckDB has.
func (r *reading) each(jobs []job) error {
	if len(jobs) > 1 {
		select {
		case side := <-r.e.readers:
			defer func() { r.e.readers <- side }()
			return r.eachOn(jobs, r.c, side)
		default:
		}
	}
	return r.eachOn(jobs, r.c)
}

func (r *reading) eachOn(jobs []job, conns ...pair) error {
	var (
		mu    sync.Mutex
		next  int
		first error
		wg    sync.WaitGroup
	)
	work := func(c pair) {
		for {
			mu.Lock()
			i := next
			next++
			stop := i >= len(jobs) || first != nil
			mu.Unlock()
			if stop {
				return
			}
			if err := jobs[i](c); err != nil {
				mu.Lock()
				if first == nil {
					first = err
				}
				mu.Unlock()
			}
		}
	}
	for _, c := range conns[1:] {
		wg.Go(func() { work(c) })
	}
	work(conns[0])
	wg.Wait()
	return first
}
