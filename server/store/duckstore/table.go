//go:build !noduck

package duckstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"unsafe"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// Table makes a table of the matching events. DuckDB finds them and gives
// their columns to query.Tally, 2,048 rows at a time: what a pipe means is
// written once, and no row is copied. It is also quicker than GROUP BY:
// strings of up to twelve bytes, which most keys are, are told apart by two
// words of their header, and a percentile's bucket is a shift away from the
// number.
func (s *Store) Table(ctx context.Context, q store.Table) (store.TableRows, error) {
	var out store.TableRows
	span := query.Span{From: q.From, To: q.To, Zone: q.Zone}
	if q.To <= q.From {
		return out, fmt.Errorf("a table from %d to %d; want a range", q.From, q.To)
	}
	if err := q.Pipe.Check(span); err != nil {
		return out, err
	}
	counters := newTableSink(q.Pipe, span)
	defer counters.close()
	cost, err := s.read(ctx, q.Scope, func(r *reading) error { return r.sink(counters) })
	if err != nil {
		return out, err
	}
	all := counters.counted()
	for _, c := range all[1:] {
		all[0].(*columnTally).Merge(c.(*columnTally).Tally)
	}
	out.Table = all[0].(*columnTally).Table()
	if cost.Partial == "" {
		cost.Partial = out.Table.Partial
	}
	out.Cost = cost
	return out, nil
}

// A tableColumns says what a table needs of the rows.
type tableColumns struct {
	columns []int // as a sink gives them
	// plain says that all keys and fields are columns with one value: then
	// whole columns are counted, one after the other. Else each row is made an
	// event.
	plain bool
}

func columnsOf(p *query.Pipe, t *query.Tally) (out tableColumns) {
	out.plain = true
	need := map[int]bool{}
	field := func(f event.Field) {
		switch f {
		case event.NoField:
			need[columnOf[event.FieldData]] = true
			out.plain = false
		case event.FieldID:
			for _, i := range idParts {
				need[i] = true
			}
			out.plain = false
		default:
			need[columnOf[f]] = true
			out.plain = out.plain && f.Type() != event.List
		}
	}
	for _, k := range p.By {
		field(k.Field.Column)
		out.plain = out.plain && k.Field.Column.Type() != event.Number
	}
	for _, f := range t.Numbers() {
		field(f.Column)
	}
	for _, f := range t.Texts() {
		field(f.Column)
		out.plain = out.plain && columns[columnOf[f.Column]].kind == kindText
	}
	if !out.plain {
		need[columnOf[event.FieldTime]] = true // an event is counted at its time
	}
	out.columns = slices.Sorted(maps.Keys(need))
	return out
}

// newTableSink makes the sink of a table; its counters are *columnTally.
func newTableSink(p *query.Pipe, span query.Span) *sink {
	cols := columnsOf(p, p.Tally(span))
	return newSink(cols.columns, func() counter { return newColumnTally(p, p.Tally(span), cols) })
}

// A columnTally counts whole vectors.
type columnTally struct {
	*query.Tally
	tableColumns
	keys    []columnKey
	numbers []int // which vector has the numbers
	texts   []int
	seq     int // which of numbers is seq, -1 for none

	ids    [][query.MaxKeys]uint32
	groups []int32
}

// A columnKey is a key of a table in a vector.
type columnKey struct {
	at    int // which vector
	field event.Field
	known *shortTexts
}

// shortTexts are the numbers of texts whose headers were seen last of those
// with their hashes. Headers of short texts hold all of them, so that most are
// known again without a look at a map.
type shortTexts [256]knownHeader

type knownHeader struct {
	a, b uint64
	id   uint32 // 0 for none
}

// of gives where a header is, if it is known.
func (s *shortTexts) of(h *[2]uint64) *knownHeader {
	return &s[(h[0]^h[1]*0xC2B2AE3D27D4EB4F)*0x9E3779B97F4A7C15>>56]
}

func (k *knownHeader) is(h *[2]uint64) bool { return k.a == h[0] && k.b == h[1] && k.id != 0 }

func newColumnTally(p *query.Pipe, t *query.Tally, cols tableColumns) *columnTally {
	c := &columnTally{Tally: t, tableColumns: cols, seq: -1}
	if !cols.plain {
		return c
	}
	c.ids, c.groups = make([][query.MaxKeys]uint32, chunkRows), make([]int32, chunkRows)
	at := func(f event.Field) int { return slices.Index(cols.columns, columnOf[f]) }
	for _, k := range p.By {
		c.keys = append(c.keys, columnKey{at(k.Field.Column), k.Field.Column, new(shortTexts)})
	}
	for i, f := range t.Numbers() {
		c.numbers = append(c.numbers, at(f.Column))
		if f.Column == event.FieldSeq {
			c.seq = i
		}
	}
	for _, f := range t.Texts() {
		c.texts = append(c.texts, at(f.Column))
	}
	return c
}

func (t *columnTally) count(vectors []vector, rows int) {
	if t.plain {
		t.countColumns(vectors, rows)
	} else {
		t.countEvents(vectors, rows)
	}
}

// countColumns counts rows by columns.
func (t *columnTally) countColumns(vectors []vector, rows int) {
	ids := t.ids[:rows]
	for k := range t.keys {
		key, v := &t.keys[k], &vectors[t.keys[k].at]
		switch key.field {
		case event.FieldTime:
			for i, ns := range unsafe.Slice((*int64)(v.data), rows) {
				ids[i][k] = t.Step(ns)
			}
		case event.FieldLevel:
			for i, level := range unsafe.Slice((*uint8)(v.data), rows) {
				ids[i][k] = uint32(level)
				if v.null(i) {
					ids[i][k] = 0
				}
			}
		default:
			t.textIDs(ids, k, key, v)
		}
	}
	groups := t.groups[:rows]
	for i := range ids {
		groups[i] = int32(t.Group(ids[i]))
	}
	for n, at := range t.numbers {
		v := &vectors[at]
		if n != t.seq {
			t.Floats(n, groups, unsafe.Slice((*float64)(v.data), rows), v.bits(rows))
			continue
		}
		for i, g := range groups {
			if g >= 0 && !v.null(i) {
				seq := v.uint64(i)
				t.Number(int(g), n, float64(seq), query.WholeText(seq))
			}
		}
	}
	for n, at := range t.texts {
		v := &vectors[at]
		for i, g := range groups {
			if g >= 0 {
				t.Text(int(g), n, v.borrowed(i))
			}
		}
	}
}

func (t *columnTally) textIDs(ids [][query.MaxKeys]uint32, k int, key *columnKey, v *vector) {
	for i := range ids {
		if v.null(i) {
			ids[i][k] = 0
			continue
		}
		h := (*[2]uint64)(unsafe.Add(v.data, i*16))
		if uint32(h[0]) > inlined {
			ids[i][k] = t.Value(k, v.borrowed(i))
			continue
		}
		slot := key.known.of(h)
		if !slot.is(h) {
			*slot = knownHeader{h[0], h[1], t.Value(k, v.borrowed(i))}
		}
		ids[i][k] = slot.id
	}
}

// countEvents makes an event of each row, of the columns that count.
func (t *columnTally) countEvents(vectors []vector, rows int) {
	for i := range rows {
		var e event.Event
		for k, c := range t.columns {
			if columns[c].kind == kindText {
				*(*string)(columns[c].at(&e)) = vectors[k].borrowed(i)
			} else {
				readColumns(&e, t.columns[k:k+1], vectors[k:k+1], i)
			}
		}
		t.Add(&e)
	}
}
