//go:build !noduck

package duckstore

import (
	"context"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// Facets counts the values of several fields in one reading of their columns,
// 2,048 rows at a time and without a copy, within about the time that it is
// given.
func (s *Store) Facets(ctx context.Context, f store.Facets) (store.FacetAnswer, error) {
	if err := f.Check(); err != nil {
		return store.FacetAnswer{}, err
	}
	cols := facetColumns(f)
	var to *sink
	part := share{1, 1}
	defer func() { to.close() }()
	begin := func() *sink {
		to = newSink(cols, func() counter { return newFacetCounter(f, cols) })
		return to
	}
	begin()
	cost, err := s.read(ctx, f.Scope, func(r *reading) (err error) {
		to.close()
		to, part, err = r.within(f.Within, begin)
		return err
	})
	if err != nil {
		return store.FacetAnswer{}, err
	}
	all := to.counted()
	total := all[0].(*facetCounter)
	for _, c := range all[1:] {
		total.Merge(c.(*facetCounter).FacetTally)
	}
	out := total.Answer(part.part())
	out.Cost = cost
	return out, nil
}

// facetColumns lists the columns that facets need.
func facetColumns(f store.Facets) []int {
	need := map[int]bool{columnOf[event.FieldTime]: true}
	for _, field := range f.Fields {
		switch field.Column {
		case event.NoField:
			need[columnOf[event.FieldData]] = true
		case event.FieldID:
			for _, i := range idParts {
				need[i] = true
			}
		default:
			need[columnOf[field.Column]] = true
		}
	}
	cols := make([]int, 0, len(need))
	for i := range columns {
		if need[i] {
			cols = append(cols, i)
		}
	}
	return cols
}

// A facetCounter counts whole vectors.
type facetCounter struct {
	*store.FacetTally
	columns []int
	fields  []facetField
	steps   []int // of the rows of a vector
}

// A facetField is where a field of the answer is found.
type facetField struct {
	*store.FieldTally
	column event.Field
	at     int // which vector; -1: the event is made of several
	known  *shortTexts
}

func newFacetCounter(f store.Facets, cols []int) *facetCounter {
	c := &facetCounter{FacetTally: store.NewFacetTally(f), columns: cols, steps: make([]int, chunkRows)}
	for i, field := range f.Fields {
		column := field.Column
		if column == event.NoField {
			column = event.FieldData
		}
		out := facetField{FieldTally: c.Field(i), column: field.Column, at: slices.Index(cols, columnOf[column]), known: new(shortTexts)}
		if field.Column == event.FieldID {
			out.at = -1
		}
		c.fields = append(c.fields, out)
	}
	return c
}

func (c *facetCounter) count(vectors []vector, rows int) {
	times := &vectors[slices.Index(c.columns, columnOf[event.FieldTime])]
	for i := range rows {
		c.steps[i] = c.Step(times.int64(i))
		c.Matched(c.steps[i])
	}
	for i := range c.fields {
		f := &c.fields[i]
		switch {
		case f.at < 0:
			c.events(f, vectors, rows)
		case f.column == event.NoField:
			v := &vectors[f.at]
			for i := range rows {
				f.Data(v.borrowed(i), c.steps[i])
			}
		case f.column != event.FieldData && columns[c.columns[f.at]].kind == kindText:
			f.texts(&vectors[f.at], c.steps[:rows])
		case f.column == event.FieldTimeCost:
			v := &vectors[f.at]
			for i := range rows {
				if !v.null(i) {
					f.There(c.steps[i])
					f.Number(v.float64(i))
				}
			}
		default:
			c.events(f, vectors, rows)
		}
	}
}

// texts counts the values of a column of texts. Short ones stand in two words,
// by which most are known again without a look at the map.
func (f *facetField) texts(v *vector, steps []int) {
	for i, step := range steps {
		if v.null(i) {
			continue
		}
		f.There(step)
		h := (*[2]uint64)(unsafe.Add(v.data, i*16))
		if uint32(h[0]) > inlined {
			f.Count(f.ID(v.borrowed(i)))
			continue
		}
		slot := f.known.of(h)
		if !slot.is(h) {
			*slot = knownHeader{h[0], h[1], uint32(f.ID(v.borrowed(i)))}
		}
		f.Count(int32(slot.id))
	}
}

// events counts a field by events that are made of its columns.
func (c *facetCounter) events(f *facetField, vectors []vector, rows int) {
	cols, at := c.columns, vectors
	if f.at >= 0 {
		cols, at = cols[f.at:f.at+1], at[f.at:f.at+1]
	}
	for i := range rows {
		var e event.Event
		readColumns(&e, cols, at, i)
		f.Event(&e, c.steps[i])
	}
}

// keyRows is how many rows tell which fields there are, when the caller does
// not say.
const keyRows = 32_768

// Keys looks at rows that are spread evenly over the scope.
func (s *Store) Keys(ctx context.Context, k store.Keys) (store.KeyAnswer, error) {
	want := k.Rows
	if want <= 0 {
		want = keyRows
	}
	var cols []int
	for i := range columns {
		if columns[i].field != event.FieldWords {
			cols = append(cols, i)
		}
	}
	to := newSink(cols, func() counter { return &keyCounter{store.NewKeyTally(), cols} })
	defer to.close()
	part := share{1, 1}
	cost, err := s.read(ctx, k.Scope, func(r *reading) (err error) {
		parts := slices.Concat(r.touching(k.From, k.To)...)
		total := 0.0
		for i := range parts {
			total += parts[i].candidates()
		}
		if total <= float64(want) {
			return r.sink(to)
		}
		part.of = total
		part.read, err = r.sinkRuns(to, parts, total, float64(want), probeRuns)
		return err
	})
	if err != nil {
		return store.KeyAnswer{}, err
	}
	all := to.counted()
	total := all[0].(*keyCounter)
	for _, c := range all[1:] {
		total.Merge(c.(*keyCounter).KeyTally)
	}
	out := total.Answer(part.part())
	out.Cost = cost
	return out, nil
}

// A keyCounter counts which columns are not null, and the keys of data.
type keyCounter struct {
	*store.KeyTally
	columns []int
}

func (c *keyCounter) count(vectors []vector, rows int) {
	c.Looked(rows)
	ids := make([]bool, rows)
	for k, i := range c.columns {
		v := &vectors[k]
		switch columns[i].name {
		case "idNum":
			continue
		case "idBase", "stream":
			for row := range ids {
				ids[row] = ids[row] || !v.null(row)
			}
			if columns[i].name == "idBase" {
				continue
			}
		case "data":
			for row := range rows {
				if text := v.borrowed(row); text != "" {
					c.Data(text)
				}
			}
		}
		if n := v.there(rows); n > 0 {
			c.Column(columns[i].field, n)
		}
	}
	n := 0
	for _, there := range ids {
		if there {
			n++
		}
	}
	c.Column(event.FieldID, n)
}

// there counts the values that are not null.
func (v *vector) there(rows int) int {
	words := v.bits(rows)
	if words == nil {
		return rows
	}
	n := 0
	for i, w := range words {
		if i == rows/64 {
			w &= 1<<(rows%64) - 1
		}
		n += bits.OnesCount64(w)
	}
	return n
}
