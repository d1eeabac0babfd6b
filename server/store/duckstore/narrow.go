//go:build !noduck

package duckstore

import (
	"errors"
	"math/bits"
	"slices"
	"sync"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store/duckstore/cells"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// What the skip index does not know, invoker:X and errorCode:*, the file's
// dictionaries do: whether a text matches is asked once for each different one,
// and a row costs a nanosecond. DuckDB takes ten times as long to look for a
// few rows.

// narrowRows is the most rows of a segment that are worth being read one by
// one afterwards; of more DuckDB finds the first ones sooner.
const narrowRows = 300

// narrowable says whether a part of a query rules out rows by the texts of
// columns.
func narrowable(n query.Node) bool {
	switch n := n.(type) {
	case *query.And:
		return slices.ContainsFunc(n.Of, narrowable)
	case *query.Or:
		return !slices.ContainsFunc(n.Of, func(n query.Node) bool { return !narrowable(n) })
	case *query.Equal:
		return dictionary(n.Field)
	case *query.Present:
		return dictionary(n.Field)
	}
	return false
}

// dictionary says whether a field is kept as texts of one column that are
// compared as a whole.
func dictionary(f query.Field) bool {
	return f.Column != event.NoField && f.Column.Type() == event.Keyword && columns[columnOf[f.Column]].kind == kindText && f.Column != event.FieldID
}

// narrowed gives of each part the rows of a range of time that may match, nil
// where they are not known, or many.
func (w *walk) narrowed(parts []part, from, to int64) ([]*skip.Rows, error) {
	out := make([]*skip.Rows, len(parts))
	if w.matcher == nil || !narrowable(w.Query.Root) {
		return out, nil
	}
	var jobs []job
	for i := range parts {
		p := &parts[i]
		if p.skips == nil {
			continue
		}
		jobs = append(jobs, func(c pair) error {
			rows, ok, err := w.narrow(c, p, p.skips.Between(from, to))
			if ok {
				if !p.rows.All() {
					rows = p.rows.Within(rows.Ranges(0), p.skips.Rows())
				}
				out[i] = &rows
			}
			return err
		})
	}
	return out, w.each(jobs)
}

// narrow gives the rows of a part in ranges of rows that may match, by the
// texts in its file; no where it does not know, or where they are many.
func (w *walk) narrow(c pair, p *part, ranges []skip.Range) (rows skip.Rows, ok bool, err error) {
	if p.hot || p.hide != never {
		return rows, false, nil
	}
	if _, err := w.e.pin(p.entry.N); err != nil {
		return rows, false, w.s.suspected([]part{*p}, err)
	}
	defer w.e.unpin(p.entry.N)
	f := w.e.cells(c.cold, p.entry.N)
	if f == nil {
		return rows, false, nil
	}
	n := narrower{f: f, p: p, ranges: ranges, verdicts: &w.verdicts}
	err = f.Read(func(r *cells.Reader) error {
		n.r = r
		set, known, err := n.node(w.Query.Root, nil)
		if known {
			rows, ok = skip.RowsOf(set), setBits(set) <= narrowRows
		}
		return err
	})
	if w.ctx.Err() != nil {
		return rows, false, w.ctx.Err()
	}
	w.use(p.entry.N)
	return rows, ok && err == nil, nil // DuckDB tells what is wrong
}

type narrower struct {
	f      *cells.File
	r      *cells.Reader
	p      *part
	ranges []skip.Range
	*verdicts
}

// verdicts are what the matcher has said of the texts of columns, in all
// segments of one search.
type verdicts struct {
	mu    sync.Mutex // guards what follows
	known map[query.Node]map[string]bool
}

// maxVerdicts bounds the texts that are remembered for a part of a query.
const maxVerdicts = 10_000

// of gives what says whether a text of a column matches a part of a query.
func (v *verdicts) of(q query.Node, col int) func(text []byte) bool {
	m := (&query.Query{Root: q}).Matcher()
	var e event.Event
	return func(text []byte) bool {
		v.mu.Lock()
		yes, known := v.known[q][string(text)]
		v.mu.Unlock()
		if known {
			return yes
		}
		of := string(text)
		*(*string)(columns[col].at(&e)) = of
		yes = m.Match(&e)
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.known[q] == nil {
			v.known[q] = map[string]bool{}
		}
		if len(v.known[q]) < maxVerdicts {
			v.known[q][of] = yes
		}
		return yes
	}
}

func setBits(set []uint64) (n int) {
	for _, w := range set {
		n += bits.OnesCount64(w)
	}
	return n
}

// node gives the rows of the ranges, and within where that is not nil, that may
// match a part of the query; known is false where nothing is ruled out.
func (n *narrower) node(q query.Node, within []uint64) (set []uint64, known bool, err error) {
	switch q := q.(type) {
	case *query.And:
		for _, part := range q.Of {
			more, ok, err := n.node(part, within)
			if err != nil {
				return nil, false, err
			}
			if ok {
				set, known, within = more, true, more
			}
		}
		return set, known, nil
	case *query.Or:
		for _, part := range q.Of {
			more, ok, err := n.node(part, within)
			if err != nil || !ok {
				return nil, false, err
			}
			if set == nil {
				set = more
				continue
			}
			for i := range set {
				set[i] |= more[i]
			}
		}
		return set, set != nil, nil
	case *query.Equal:
		return n.leaf(q, q.Field, within)
	case *query.Present:
		return n.leaf(q, q.Field, within)
	}
	return nil, false, nil
}

// leaf is node for what is said of one field.
func (n *narrower) leaf(q query.Node, field query.Field, within []uint64) (set []uint64, known bool, err error) {
	if !dictionary(field) {
		return nil, false, nil
	}
	set = make([]uint64, (n.p.skips.Rows()+63)/64)
	if slices.Contains(n.p.entry.Absent, field.Column.Name()) {
		return set, true, nil
	}
	col := columnOf[field.Column]
	if !n.f.Has(col) {
		return nil, false, nil
	}
	holds := n.verdicts.of(q, col)
	for _, span := range n.ranges {
		if err := n.r.Where(col, span.From, span.To, within, holds, set); errors.Is(err, cells.ErrMany) {
			return nil, false, nil
		} else if err != nil {
			return nil, false, err
		}
	}
	return set, true, nil
}
