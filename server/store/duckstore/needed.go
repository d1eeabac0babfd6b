//go:build !noduck

package duckstore

import (
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// Reading one row costs the decoding of 2,048 values of each column, so no
// column is read that is known already or surely empty.

// idParts are the columns of an id.
var idParts = columnsNamed("stream", "seq", "idBase", "idNum")

// orderColumns are those that say where an event stands in the order.
var orderColumns = append(columnsNamed("time"), idParts...)

func columnsNamed(names ...string) (cols []int) {
	for _, name := range names {
		cols = append(cols, slices.IndexFunc(columns, func(c column) bool { return c.name == name }))
	}
	return cols
}

// kindColumn is the column of an event's kind, by which its others are known.
var kindColumn = columnOf[event.FieldKind]

var timeColumn = columnOf[event.FieldTime]

// siftColumns are the columns that decide, in this segment, whether an event
// matches; those of the order; and the kind.
func (p *part) siftColumns() (cols []int) {
	for _, i := range p.cols {
		if i == kindColumn || slices.Contains(orderColumns, i) || p.settled&(1<<i) != 0 || strings.Contains(string(p.where), columns[i].name) {
			cols = append(cols, i)
		}
	}
	return cols
}

// A sameValue is a column that has one value in all events of a kind.
type sameValue struct {
	field event.Field
	value string
}

// columnsOf says what is to be read of an event of a kind whose place is
// known, and what need not be.
func (p *part) columnsOf(kind string) (cols []int, same []sameValue) {
	ix := p.entry.index.index()
	of := kindNamed(ix.Kinds(), kind)
	for _, i := range p.cols {
		c := &columns[i]
		if slices.Contains(orderColumns, i) || i == kindColumn || c.field == event.FieldProject {
			continue
		}
		if of != nil {
			n := of.Columns[c.name]
			if n == 0 {
				continue
			}
			if v := ix.Values(c.field); v != nil && len(v.List) == 1 && n == of.Rows {
				same = append(same, sameValue{c.field, v.List[0]})
				continue
			}
		}
		cols = append(cols, i)
	}
	return cols, same
}

// fill sets what is known of an event before it is read.
func (p *place) fill(e *event.Event, project string, same []sameValue) {
	e.Time, e.Stream, e.Seq, e.IDBase, e.IDNum = p.Time, p.Stream, p.Seq, p.IDBase, p.IDNum
	e.Project, e.Kind = project, event.Kind(p.kind)
	for _, c := range same {
		e.SetString(c.field, c.value)
	}
}

// placeOf gives the place of an event that was read.
func placeOf(e *event.Event, segment int, row int64) place {
	return place{store.At(e), segment, row, string(e.Kind)}
}
