//go:build !noduck

package duckstore

import (
	"strings"
	"sync"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// A needle is found by reading the few rows that the skip index leaves and
// asking the matcher: for one row the planning of what a query means in SQL,
// above all the compiling of its patterns, costs 10 to 20 ms, reading it 3.
const (
	// handfulRows is the most candidates of all segments that are read at once,
	// however few are wanted.
	handfulRows = 400
	// siftRows is the most candidates of one segment that the matcher decides.
	siftRows = 2000
	// siftRecent is the same of rows that are in memory, which take a microsecond
	// each.
	siftRecent = 6000
	// maxUnknown bounds the rows of segments in which what is sought surely
	// stands but not where, or which have no index yet: they are looked through
	// from end to end.
	maxUnknown = 3_000_000
)

// handful says that the skip index leaves so few rows.
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

// sift makes the jobs that read columns of candidates; found gets those that
// match, with the number of the row, from several goroutines at a time.
func (w *walk) sift(p *part, rows skip.Rows, cols []int, from, to int64, found func(*event.Event, int64)) (jobs []job) {
	if rows.None() {
		return nil
	}
	wanted := func(e *event.Event) bool {
		if w.matcher != nil && !w.matcher.Match(e) {
			return false
		}
		if w.After == nil {
			return true
		}
		at := store.At(e)
		c := compare(&at, w.After)
		return c != 0 && (c < 0) != w.Ascending
	}
	if p.inMemory() {
		return []job{func(pair) error {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			w.use(p.entry.N)
			recent := p.entry.recent.rows()
			for _, r := range rows.Ranges(0) {
				for row := r.From; row < min(r.To, p.entry.Rows); row++ {
					e := recent.event(row)
					if e.Project == w.scope.Project && e.Time >= from && e.Time < to && wanted(&e) {
						found(&e, row)
					}
				}
			}
			return nil
		}}
	}
	for _, ranges := range halves(rows.Ranges(0), rangeStart) {
		jobs = append(jobs, func(c pair) error {
			hits, done, err := w.siftCells(c, p, ranges, cols, from, to, wanted)
			if done || err != nil {
				for i := range hits {
					found(&hits[i].event, hits[i].row)
				}
				return err
			}
			q := *p
			q.where, q.restrict = always, listCondition(ranges)
			var st strings.Builder
			st.WriteString("SELECT rowid" + columnList(cols))
			w.from(&st, &q, from, to)
			return w.runOn(c, []part{q}, st.String(), func(ch *chunk) error {
				for i := range ch.rows {
					var e event.Event
					readColumns(&e, cols, ch.cols[1:], i)
					if wanted(&e) {
						found(&e, ch.cols[0].int64(i))
					}
				}
				return nil
			})
		})
	}
	return jobs
}

// inMemory says that the part's rows can be read without DuckDB.
func (p *part) inMemory() bool { return p.entry.recent != nil && p.hide == never }

// siftable gives the candidates of a part in a range of time, when they are
// few enough for the matcher.
func (w *walk) siftable(p *part, from, to int64) (skip.Rows, bool) {
	most := siftRows
	switch {
	case p.skips == nil:
		return skip.Rows{}, false
	case p.inMemory():
		most = siftRecent
	case w.matcher == nil || p.rows.All() || p.count > 8*siftRows:
		return skip.Rows{}, false
	}
	rows := p.rows.Within(p.skips.Between(from, to), p.skips.Rows())
	return rows, rows.Count() <= most
}

// A job is a statement on one segment, or a look at rows in memory.
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
