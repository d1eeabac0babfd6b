//go:build !noduck

package duckstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// Search gives one page. It reads in two phases: first the places of the rows
// (time, stream, seq, id, row), walking from the range's end in windows that
// grow, until there are enough; then those rows alone.
func (s *Store) Search(ctx context.Context, q store.Search) (store.Page, error) {
	if q.Limit <= 0 || q.Limit > store.MaxPage {
		return store.Page{}, fmt.Errorf("the limit is %d; want 1 to %d", q.Limit, store.MaxPage)
	}
	var page store.Page
	cost, err := s.read(ctx, q.Scope, func(r *reading) error {
		w := walk{reading: r, Search: q, verdicts: verdicts{known: map[query.Node]map[string]bool{}}}
		if !matchAll(q.Query) {
			w.matcher = q.Query.Matcher()
		}
		if q.Explain == nil {
			return w.page(&page)
		}
		r.planned(q.Explain)
		err := w.page(&page)
		r.explain(q.Explain, err != nil)
		return err
	})
	page.Cost = cost
	return page, err
}

// A place is where an event stands: in the order, and on the disk.
type place struct {
	store.Position
	segment int
	row     int64
	kind    string
}

// compare is the event order.
func compare(a, b *store.Position) int {
	return cmp.Or(
		cmp.Compare(a.Time, b.Time),
		cmp.Compare(a.Stream, b.Stream),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.IDBase, b.IDBase),
		cmp.Compare(a.IDNum, b.IDNum),
	)
}

type walk struct {
	*reading
	store.Search
	matcher *query.Matcher // nil matches all
	found   []place
	verdicts
}

// firstWindow is the rows that the first window is to hold, for each event
// wanted.
const firstWindow = 8

// needleWindow is the rows of the first window for a query that finds a few
// events anywhere: equality skips rows at 8 ms a million, which is what two
// windows more would cost to plan.
const needleWindow = 10_000_000

// needle says whether a query can only match events of one trace, or one id.
func needle(q *query.Query) bool {
	if q == nil {
		return false
	}
	one := func(n query.Node) bool {
		e, ok := n.(*query.Equal)
		if !ok || len(e.Term.Stars) > 0 {
			return false
		}
		switch e.Field.Column {
		case event.FieldID, event.FieldTraceID, event.FieldSpanID, event.FieldChildOf:
			return true
		}
		return false
	}
	if all, ok := q.Root.(*query.And); ok {
		return slices.ContainsFunc(all.Of, one)
	}
	return one(q.Root)
}

// fetchTime is what a query has left, when its time is over, to read the
// events that it has found.
const fetchTime = 2 * time.Second

func (w *walk) page(page *store.Page) error {
	from, to := w.From, w.To
	if a := w.After; a != nil {
		if w.Ascending {
			from = max(from, a.Time)
		} else {
			to = min(to, a.Time+1)
		}
	}
	from, to = w.within(from, to)
	target := float64(firstWindow * max(w.Limit, 128))
	switch {
	case w.handful():
		target = math.Inf(1)
		w.noted("look", "the index leaves so few rows that all are read at once", 0, time.Now())
	case needle(w.Query) || w.mostRuledOut():
		target = needleWindow
		w.noted("look", "what is sought is rare: the first window is wide", 0, time.Now())
	}
	var walked error
	for from < to && len(w.found) <= w.Limit {
		lo, hi := w.window(from, to, target)
		began, before := time.Now(), w.cost.Rows
		walked = w.search(lo, hi)
		w.noted("look", windowText(lo, hi, len(w.found)), w.cost.Rows-before, began)
		if walked != nil {
			break
		}
		if w.Ascending {
			from = hi
		} else {
			to = lo
		}
		// What was found so far says how far it is to the rest; it may say
		// wrong, so the next window is at least 4 and at most 64 times as long.
		looked := float64(w.cost.Rows)
		need := looked * float64(w.Limit+1-len(w.found)) / (float64(len(w.found)) + 0.5)
		target = min(max(1.5*need, 4*target), 64*target)
	}
	more := from < to
	if len(w.found) > w.Limit {
		w.found, more = w.found[:w.Limit], true
	}
	if w.ctx.Err() != nil && !errors.Is(w.parent.Err(), context.Canceled) && w.e.ctx.Err() == nil {
		// The time is over. What was found is whole up to a place, and
		// fetching it takes a few milliseconds more.
		var cancel context.CancelFunc
		w.ctx, cancel = context.WithTimeout(context.WithoutCancel(w.parent), fetchTime)
		defer cancel()
	}
	began := time.Now()
	events, err := w.fetch(w.found)
	w.noted("fetch", "the events that were found, whole", int64(len(events)), began)
	if err != nil {
		return cmp.Or(walked, err)
	}
	page.Events = events
	switch {
	case !more:
	case len(w.found) == w.Limit:
		page.Next = &w.found[w.Limit-1].Position
	case w.Ascending:
		// Nothing has an empty id, so this is before every event of that time.
		page.Next = &store.Position{Time: from}
	default:
		page.Next = &store.Position{Time: to}
	}
	return walked
}

// within cuts a range to the times that the rows sought may have, so that the
// first window does not lie where nothing is.
func (w *walk) within(from, to int64) (int64, int64) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range w.parts {
		if p := &w.parts[i]; p.where != never {
			x := p.entry.extent(w.scope.Project)
			first, last = min(first, x.MinTime), max(last, x.MaxTime)
		}
	}
	if last == math.MaxInt64 { // no row has it
		return from, to
	}
	return max(from, first), min(to, last+1)
}

// mostRuledOut says that most segments surely hold nothing of what is sought:
// it is an id of some sort, and the few events that have it may be anywhere in
// the others.
func (w *walk) mostRuledOut() bool {
	without := 0
	for i := range w.parts {
		if w.parts[i].where == never {
			without++
		}
	}
	return 2*without > len(w.parts)
}

// window gives the next piece of [from, to) to look at: at its end (or start,
// when ascending), as long as it takes to hold about target rows by what the
// segments say of their hours.
func (w *walk) window(from, to int64, target float64) (lo, hi int64) {
	perHour := map[int64]float64{}
	for i := range w.parts {
		e := &w.parts[i].entry
		if w.parts[i].where == never {
			continue
		}
		hours := e.extent(w.scope.Project).Hours
		if hours[anyHour] > 0 {
			return from, to
		}
		share := 1.0
		if !w.parts[i].rows.All() && e.Rows > 0 {
			share = float64(w.parts[i].count) / float64(e.Rows)
		}
		for h, rows := range hours {
			perHour[h] += float64(rows) * share
		}
	}
	hours := make([]int64, 0, len(perHour))
	first, last := hourOf(from), hourOf(to-1)
	for h := range perHour {
		if h >= first && h <= last {
			hours = append(hours, h)
		}
	}
	slices.Sort(hours)
	if !w.Ascending {
		slices.Reverse(hours)
	}
	have := 0.0
	for _, h := range hours {
		begin, end := max(h*hour, from), min(hourEnd(h), to)
		rows := perHour[h] * float64(end-begin) / float64(hour)
		if have+rows < target {
			have += rows
			continue
		}
		// A window is at least a millisecond, lest it never grow.
		length := max(int64(float64(end-begin)*(target-have)/rows), 1_000_000)
		if w.Ascending {
			return from, min(begin+length, to)
		}
		return max(end-length, from), to
	}
	return from, to
}

// search adds the places of matching rows of [from, to), in order. When it
// fails, it has added none.
func (w *walk) search(from, to int64) error {
	groups := w.touching(from, to)
	for _, parts := range groups {
		if err := w.spend(parts, from, to); err != nil {
			return err
		}
	}
	var (
		mu    sync.Mutex
		found []place
		jobs  []job
		rest  []part
	)
	want := w.Limit + 1 - len(w.found)
	sift := func(p *part, rows skip.Rows) {
		jobs = append(jobs, w.sift(p, rows, p.siftColumns(), from, to, func(e *event.Event, row int64) {
			mu.Lock()
			defer mu.Unlock()
			found = append(found, placeOf(e, p.entry.N, row))
		})...)
	}
	for _, parts := range groups {
		for i := range parts {
			p := &parts[i]
			rows, few := w.siftable(p, from, to)
			if !few {
				rest = append(rest, *p)
				continue
			}
			sift(p, rows)
		}
	}
	narrowed, err := w.narrowed(rest, from, to)
	if err != nil {
		return err
	}
	kept := rest[:0]
	for i := range rest {
		if narrowed[i] == nil {
			kept = append(kept, rest[i])
			continue
		}
		p := rest[i]
		sift(&p, *narrowed[i])
	}
	rest = kept
	for _, parts := range twoOf(rest) {
		jobs = append(jobs, func(c pair) error {
			var st strings.Builder
			w.places(&st, parts, from, to, want)
			return w.runOn(c, parts, st.String(), func(ch *chunk) error {
				mu.Lock()
				defer mu.Unlock()
				for i := range ch.rows {
					found = append(found, readPlace(ch.cols, i))
				}
				return nil
			})
		})
	}
	if err := w.each(jobs); err != nil {
		return err
	}
	w.sort(found)
	w.found = append(w.found, found[:min(len(found), want)]...)
	return nil
}

func (w *walk) sort(found []place) {
	slices.SortFunc(found, func(a, b place) int {
		if w.Ascending {
			return compare(&a.Position, &b.Position)
		}
		return compare(&b.Position, &a.Position)
	})
}

func readPlace(cols []vector, i int) (p place) {
	p.Time = cols[0].int64(i)
	p.Stream = cols[1].string(i)
	if !cols[2].null(i) {
		p.Seq = cols[2].uint64(i)
	}
	p.IDBase = cols[3].string(i)
	if !cols[4].null(i) {
		p.IDNum = cols[4].uint64(i)
	}
	p.segment = int(cols[5].int32(i))
	p.row = cols[6].int64(i)
	p.kind = cols[7].string(i)
	return p
}

// places writes the statement for the places of the first rows of a range.
func (w *walk) places(st *strings.Builder, parts []part, from, to int64, limit int) {
	st.WriteString("SELECT * FROM (")
	for i := range parts {
		if i > 0 {
			st.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(st, `SELECT time, stream, seq, "idBase", "idNum", %d::INTEGER AS segment, rowid AS row, kind`, parts[i].entry.N)
		w.from(st, &parts[i], from, to)
		if after := w.After; after != nil && after.Time >= from && after.Time < to {
			st.WriteString(" AND ")
			beyond(st, after, w.Ascending)
		}
	}
	if w.Ascending {
		st.WriteString(`) ORDER BY time, stream NULLS FIRST, seq NULLS FIRST, "idBase" NULLS FIRST, "idNum" NULLS FIRST`)
	} else {
		st.WriteString(`) ORDER BY time DESC, stream DESC NULLS LAST, seq DESC NULLS LAST, "idBase" DESC NULLS LAST, "idNum" DESC NULLS LAST`)
	}
	st.WriteString(" LIMIT " + strconv.Itoa(limit))
}

// beyond writes the condition that a row comes after a position.
func beyond(st *strings.Builder, p *store.Position, ascending bool) {
	op := " < "
	if ascending {
		op = " > "
	}
	at := strconv.FormatInt(p.Time, 10)
	st.WriteString("(time" + op + "make_timestamp_ns(" + at + ") OR time = make_timestamp_ns(" + at + ") AND (")
	level := func(expr, value string, more bool) {
		st.WriteString(expr + op + value)
		if more {
			st.WriteString(" OR " + expr + " = " + value + " AND (")
		}
	}
	level("coalesce(stream, '')", literal(p.Stream), true)
	level("coalesce(seq, 0)", strconv.FormatUint(p.Seq, 10), true)
	level(`coalesce("idBase", '')`, literal(p.IDBase), true)
	level(`coalesce("idNum", 0)`, strconv.FormatUint(p.IDNum, 10), false)
	st.WriteString(")))))")
}

// fetch reads whole events, in the order of their places.
func (r *reading) fetch(places []place) ([]event.Event, error) {
	if len(places) == 0 {
		return nil, nil
	}
	events := make([]event.Event, len(places))
	bySegment := map[int][]int{}
	for i := range places {
		bySegment[places[i].segment] = append(bySegment[places[i].segment], i)
	}
	var jobs []job
	for i := range r.parts {
		p := &r.parts[i]
		wanted := bySegment[p.entry.N]
		if len(wanted) == 0 {
			continue
		}
		if p.inMemory() {
			recent := p.entry.recent.rows()
			for _, k := range wanted {
				events[k] = recent.event(places[k].row)
			}
			continue
		}
		slices.SortFunc(wanted, func(a, b int) int { return cmp.Compare(places[a].row, places[b].row) })
		byKind := map[string][]int{}
		for _, k := range wanted {
			byKind[places[k].kind] = append(byKind[places[k].kind], k)
		}
		for _, kind := range slices.Sorted(maps.Keys(byKind)) {
			for _, some := range halves(byKind[kind], func(i int) int64 { return places[i].row }) {
				jobs = append(jobs, func(c pair) error { return r.fetchRows(c, p, places, some, events) })
			}
		}
	}
	return events, r.each(jobs)
}

// dearVectors is how many vectors of 2,048 rows two goroutines read sooner than
// one: reading one of each column that an event has takes about 0.4 ms.
const dearVectors = 6

// halves cuts rows, which ascend, in two where they lie in many vectors.
func halves[T any](rows []T, row func(T) int64) [][]T {
	vectors, last := 0, int64(-1)
	for _, r := range rows {
		if v := row(r) / chunkRows; v != last {
			vectors, last = vectors+1, v
		}
	}
	if vectors < dearVectors {
		return [][]T{rows}
	}
	return [][]T{rows[:len(rows)/2], rows[len(rows)/2:]}
}

// fetchRows reads events of one segment and one kind.
func (r *reading) fetchRows(c pair, p *part, places []place, wanted []int, events []event.Event) error {
	cols, same := p.columnsOf(places[wanted[0]].kind)
	for _, k := range wanted {
		places[k].fill(&events[k], r.scope.Project, same)
	}
	cols, err := r.fetchCells(c, p, places, wanted, events, cols)
	if err != nil || len(cols) == 0 {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT rowid%s FROM %s.events WHERE rowid BETWEEN %d AND %d AND rowid IN (",
		columnList(cols), alias(p.entry.N), places[wanted[0]].row, places[wanted[len(wanted)-1]].row)
	at := make(map[int64]int, len(wanted))
	for i, k := range wanted {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(places[k].row, 10))
		at[places[k].row] = k
	}
	b.WriteByte(')')
	got := 0
	err = r.runOn(c, []part{*p}, b.String(), func(ch *chunk) error {
		for i := range ch.rows {
			if k, ok := at[ch.cols[0].int64(i)]; ok {
				readColumns(&events[k], cols, ch.cols[1:], i)
				got++
			}
		}
		return nil
	})
	if err == nil && got != len(wanted) {
		err = fmt.Errorf("segment %d has lost %d rows", p.entry.N, len(wanted)-got)
	}
	return err
}
