//go:build !noduck

package duckstore

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// A passed segment is one that a reading did not take up.
type passed struct {
	entry  entry
	reason string
}

// Why a segment is passed over.
const (
	passedTime    = "none of its events lies in the range of time"
	passedExpired = "its events have expired"
	passedErased  = "all of its events were erased"
	passedIndex   = "its index says that what is sought is not in it"
	notNeeded     = "enough was found in others"
	notReached    = "the search ended before it came to it"
)

// explain fills an explanation of a reading that is over.
func (r *reading) explain(to *store.Explanation, ended bool) {
	var list []store.ExplainSegment
	add := func(e *entry, verdict, reason string, candidates int64) {
		n := e.Projects[r.scope.Project]
		if n == 0 && e.State != stateQuarantined {
			return
		}
		s := store.ExplainSegment{Segment: e.N, State: e.State, Events: n, Verdict: verdict, Reason: reason, Candidates: candidates}
		if e.Rows > 0 {
			s.Bytes = int64(float64(r.bytesOf(e)) * float64(n) / float64(e.Rows))
		}
		list = append(list, s)
	}
	for i := range r.passed {
		add(&r.passed[i].entry, store.SegmentSkipped, r.passed[i].reason, 0)
	}
	for i := range r.parts {
		p := &r.parts[i]
		candidates := int64(-1)
		if !p.rows.All() {
			candidates = int64(p.count)
		}
		switch {
		case p.where == never:
			add(&p.entry, store.SegmentSkipped, passedIndex, 0)
		case r.used[p.entry.N]:
			add(&p.entry, store.SegmentRead, "", candidates)
		case ended:
			add(&p.entry, store.SegmentUnread, notReached, candidates)
		default:
			add(&p.entry, store.SegmentUnread, notNeeded, candidates)
		}
	}
	slices.SortFunc(list, func(a, b store.ExplainSegment) int { return b.Segment - a.Segment })
	to.More = max(0, len(list)-store.MaxExplained)
	to.Segments = list[:min(len(list), store.MaxExplained)]
}

// bytesOf is the size of a segment on the disk; of one that still grows, now.
func (r *reading) bytesOf(e *entry) int64 {
	if e.Bytes > 0 {
		return e.Bytes
	}
	total := int64(0)
	for _, path := range []string{r.s.path(e.N), r.s.log(e.N)} {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
	}
	return total
}

// planned tells what was known before any row was read.
func (r *reading) planned(to *store.Explanation) {
	may, ruledOut, rows := 0, 0, int64(0)
	for i := range r.parts {
		if r.parts[i].where == never {
			ruledOut++
			continue
		}
		may++
		rows += int64(r.parts[i].candidates())
	}
	to.Steps = append(to.Steps,
		store.ExplainStep{Name: "plan", Detail: fmt.Sprintf("%d of %d segments may hold what is sought: %d lie outside of the range, %d are ruled out by their index", may, r.cost.SegmentsTotal, len(r.passed), ruledOut), Rows: rows, Took: r.looked.Sub(r.began)},
		store.ExplainStep{Name: "wait", Detail: "for a connection", Took: r.ready.Sub(r.looked)})
}

// noted times a step of a walk, where it is explained.
func (w *walk) noted(name, detail string, rows int64, began time.Time) {
	if w.Explain != nil {
		w.Explain.Steps = append(w.Explain.Steps, store.ExplainStep{Name: name, Detail: detail, Rows: rows, Took: time.Since(began)})
	}
}

// windowText tells what a window of a walk was and brought.
func windowText(from, to int64, found int) string {
	return fmt.Sprintf("from %s to %s, %d found so far", event.AppendTime(nil, from), event.AppendTime(nil, to), found)
}
