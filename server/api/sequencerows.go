package api

import (
	"slices"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// firstRows keeps those rows that come first in an answer, the newest first
// events before the older ones or the other way round: as many as are wanted,
// and as fit.
type firstRows struct {
	most      int
	ascending bool
	after     *store.Position // only what comes behind it; nil for all
	rows      []query.Row
	bytes     int
	cut       bool // there are more
}

func (n *firstRows) add(r query.Row) {
	if p := n.after; p != nil {
		at := event.Event{Time: p.Time, Stream: p.Stream, Seq: p.Seq, IDBase: p.IDBase, IDNum: p.IDNum}
		if n.compare(r.First, &at) <= 0 {
			return
		}
	}
	n.rows = append(n.rows, r)
	n.bytes += rowBytes(r)
	if len(n.rows) >= 2*n.most+100 || n.bytes > 2*maxRowBytes {
		n.tidy()
	}
}

func (n *firstRows) compare(a, b *event.Event) int {
	if n.ascending {
		return event.Compare(a, b)
	}
	return event.Compare(b, a)
}

// tidy sorts the rows and drops what is too much.
func (n *firstRows) tidy() {
	slices.SortFunc(n.rows, func(a, b query.Row) int { return n.compare(a.First, b.First) })
	n.bytes = 0
	for i, r := range n.rows {
		n.bytes += rowBytes(r)
		if i == n.most || i > 0 && n.bytes > maxRowBytes {
			clear(n.rows[i:])
			n.rows, n.cut = n.rows[:i], true
			break
		}
	}
}

func (n *firstRows) take() (rows []query.Row, cut bool) {
	n.tidy()
	return n.rows, n.cut
}

func rowBytes(r query.Row) int {
	n := 1024
	for _, e := range append(slices.Clip(r.Then), r.First) {
		n += 1024 + len(e.Msg) + len(e.Data) + len(e.Raw)
	}
	return n
}
