//go:build !noduck

package duckstore

import "C"

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/duckdb/duckdb-go/mapping"

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
	sink := newSink(q.Pipe, span)
	defer sink.close()
	cost, err := s.read(ctx, q.Scope, func(r *reading) error {
		return r.scan(func(parts []part) error {
			var st strings.Builder
			for i := range parts {
				if i > 0 {
					st.WriteString(" UNION ALL ")
				}
				fmt.Fprintf(&st, "SELECT count(clewlineTally(%d::UBIGINT%s))", sink.number, columnList(sink.columns))
				r.from(&st, &parts[i], r.scope.From, r.scope.To)
			}
			return r.run(parts, st.String(), func(*chunk) error { return nil })
		})
	})
	if err != nil {
		return out, err
	}
	out.Table = sink.table()
	if cost.Partial == "" {
		cost.Partial = out.Table.Partial
	}
	out.Cost = cost
	return out, nil
}

// A sink is where the rows of one table go: the SQL function
// clewlineTally(number, time, column, ...) counts each row that it is called
// for. DuckDB calls it from several threads at a time, so it has a tally for
// each, merged at the end.
type sink struct {
	number  uint64
	pipe    *query.Pipe
	span    query.Span
	columns []int // what the function is given; the first is time
	// plain says that all keys and fields are columns with one value: then
	// the columns are counted one after the other. Else each row is made an
	// event.
	plain bool

	mu   sync.Mutex
	free []*columnTally
	all  []*columnTally
}

// sinks are those at work, by number.
var sinks sync.Map

func newSink(p *query.Pipe, span query.Span) *sink {
	s := &sink{number: predicates.last.Add(1), pipe: p, span: span, plain: true}
	need := map[int]bool{}
	field := func(f event.Field) {
		switch {
		case f == event.NoField:
			need[columnOf[event.FieldData]] = true
			s.plain = false
			return
		case f == event.FieldID:
			for i := range columns {
				switch columns[i].name {
				case "stream", "seq", "idBase", "idNum":
					need[i] = true
				}
			}
			s.plain = false
			return
		}
		need[columnOf[f]] = true
		s.plain = s.plain && f.Type() != event.List
	}
	for _, k := range p.By {
		if k.Step == 0 {
			field(k.Field.Column)
			s.plain = s.plain && k.Field.Column.Type() != event.Number
		}
	}
	t := p.Tally(span)
	for _, f := range t.Numbers() {
		field(f.Column)
	}
	for _, f := range t.Texts() {
		field(f.Column)
		s.plain = s.plain && columnOf[f.Column] >= 0 && columns[columnOf[f.Column]].kind == kindText
	}
	delete(need, columnOf[event.FieldTime])
	s.columns = append([]int{columnOf[event.FieldTime]}, slices.Sorted(maps.Keys(need))...)
	first := s.tally(t)
	s.all, s.free = []*columnTally{first}, []*columnTally{first}
	sinks.Store(s.number, s)
	return s
}

func (s *sink) close() { sinks.Delete(s.number) }

func (s *sink) take() *columnTally {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		t := s.free[n-1]
		s.free = s.free[:n-1]
		return t
	}
	t := s.tally(s.pipe.Tally(s.span))
	s.all = append(s.all, t)
	return t
}

func (s *sink) giveBack(t *columnTally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, t)
}

func (s *sink) table() query.Table {
	for _, t := range s.all[1:] {
		s.all[0].Merge(t.Tally)
	}
	return s.all[0].Table()
}

//export clewlineTally
func clewlineTally(info, chunk, out unsafe.Pointer) {
	input := mapping.DataChunk{Ptr: chunk}
	rows := int(mapping.DataChunkGetSize(input))
	if rows == 0 {
		return
	}
	number := openVector(mapping.DataChunkGetVector(input, 0))
	v, ok := sinks.Load(number.uint64(0))
	if !ok {
		mapping.ScalarFunctionSetError(mapping.FunctionInfo{Ptr: info}, "this query is over")
		return
	}
	s := v.(*sink)
	t := s.take()
	defer s.giveBack(t)
	t.vectors = t.vectors[:0]
	for i := range s.columns {
		t.vectors = append(t.vectors, openVector(mapping.DataChunkGetVector(input, mapping.IdxT(i+1))))
	}
	if s.plain {
		t.countColumns(rows)
	} else {
		t.countEvents(rows, s.columns)
	}
	clear(unsafe.Slice((*byte)(mapping.VectorGetData(mapping.Vector{Ptr: out})), rows))
}

// A columnTally counts whole vectors.
type columnTally struct {
	*query.Tally
	vectors []vector
	keys    []columnKey
	numbers []int // which vector has the numbers
	texts   []int
	seq     int // which of numbers is seq, -1 for none

	ids    [][query.MaxKeys]uint32
	groups []int32
}

// A columnKey is a key of a table in a vector.
type columnKey struct {
	at    int // which vector; 0 is time
	level bool
	known *[256]knownHeader
}

// A knownHeader is the number of a value whose header was seen last of those
// with its hash. Headers of short strings hold all of them.
type knownHeader struct {
	a, b uint64
	id   uint32
}

func (s *sink) tally(t *query.Tally) *columnTally {
	c := &columnTally{Tally: t, seq: -1, ids: make([][query.MaxKeys]uint32, chunkRows), groups: make([]int32, chunkRows)}
	if !s.plain {
		return c
	}
	at := func(f event.Field) int { return slices.Index(s.columns, columnOf[f]) }
	for _, k := range s.pipe.By {
		key := columnKey{at: at(k.Field.Column), level: k.Field.Column == event.FieldLevel}
		if key.at > 0 && !key.level {
			key.known = new([256]knownHeader)
		}
		c.keys = append(c.keys, key)
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

// countColumns counts rows by columns.
func (t *columnTally) countColumns(rows int) {
	ids := t.ids[:rows]
	for k := range t.keys {
		key, v := &t.keys[k], &t.vectors[t.keys[k].at]
		switch {
		case key.at == 0:
			for i, ns := range unsafe.Slice((*int64)(v.data), rows) {
				ids[i][k] = t.Step(ns)
			}
		case key.level:
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
		v := &t.vectors[at]
		for i, g := range groups {
			switch {
			case g < 0 || v.null(i):
			case n == t.seq:
				seq := v.uint64(i)
				t.Number(int(g), n, float64(seq), query.WholeText(seq))
			default:
				t.Number(int(g), n, v.float64(i), "")
			}
		}
	}
	for n, at := range t.texts {
		v := &t.vectors[at]
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
		slot := &key.known[(h[0]^h[1]*0xC2B2AE3D27D4EB4F)*0x9E3779B97F4A7C15>>56]
		if slot.a != h[0] || slot.b != h[1] || slot.id == 0 {
			slot.a, slot.b, slot.id = h[0], h[1], t.Value(k, v.borrowed(i))
		}
		ids[i][k] = slot.id
	}
}

// borrowed gives a string in DuckDB's memory, "" for null: it lives as long as
// the vector.
func (v *vector) borrowed(row int) string {
	b := v.bytes(row)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// countEvents makes an event of each row, of the columns that count.
func (t *columnTally) countEvents(rows int, cols []int) {
	for i := range rows {
		var e event.Event
		for k, c := range cols {
			if columns[c].kind == kindText {
				*(*string)(columns[c].at(&e)) = t.vectors[k].borrowed(i)
			} else {
				readColumns(&e, cols[k:k+1], t.vectors[k:k+1], i)
			}
		}
		t.Add(&e)
	}
}
