//go:build !noduck

package duckstore

import "C"

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"

	"github.com/duckdb/duckdb-go/mapping"
)

// A sink is where matching rows go that are counted by us and not by DuckDB:
// the SQL function clewlineTally(number, column, ...) gives each row that it
// is called for to a counter, 2,048 at a time and without a copy. DuckDB calls
// it from several threads, so there is a counter for each of them.
type sink struct {
	number  uint64
	columns []int // what the function is given
	make    func() counter

	mu   sync.Mutex // guards what follows
	free []counter
	all  []counter // at least one
}

// A counter counts rows. It is used by one thread at a time.
type counter interface {
	// count counts rows whose columns are in vectors, which live until it
	// returns.
	count(vectors []vector, rows int)
}

// sinks are those at work, by number.
var sinks sync.Map

// newSink makes a sink. Whoever made it closes it when its query is over.
func newSink(columns []int, make func() counter) *sink {
	s := &sink{number: predicates.last.Add(1), columns: columns, make: make}
	s.giveBack(s.take())
	sinks.Store(s.number, s)
	return s
}

func (s *sink) close() { sinks.Delete(s.number) }

func (s *sink) take() counter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		return c
	}
	c := s.make()
	s.all = append(s.all, c)
	return c
}

func (s *sink) giveBack(c counter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, c)
}

// counted gives the counters when the query is over; there is at least one.
func (s *sink) counted() []counter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// sink gives the matching rows of the scope to a sink: by two statements at a
// time, because the branches of one UNION ALL follow each other, and a segment
// is too small to keep two threads busy.
func (r *reading) sink(to *sink) error {
	return r.scanWide(func(c pair, parts []part) error { return r.sinkOn(c, to, parts) })
}

// sinkOn gives the matching rows of parts, a group, to a sink.
func (r *reading) sinkOn(c pair, to *sink, parts []part) error {
	var st strings.Builder
	for i := range parts {
		if i > 0 {
			st.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&st, "SELECT count(clewlineTally(%d::UBIGINT%s))", to.number, columnList(to.columns))
		r.from(&st, &parts[i], r.scope.From, r.scope.To)
	}
	return r.runOn(c, parts, st.String(), func(*chunk) error { return nil })
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
	vectors := make([]vector, len(s.columns))
	for i := range vectors {
		vectors[i] = openVector(mapping.DataChunkGetVector(input, mapping.IdxT(i+1)))
	}
	c := s.take()
	c.count(vectors, rows)
	s.giveBack(c)
	clear(unsafe.Slice((*byte)(mapping.VectorGetData(mapping.Vector{Ptr: out})), rows))
}

// bits gives what says which of rows are not null; nil when all are.
func (v *vector) bits(rows int) []uint64 {
	if v.valid == nil {
		return nil
	}
	return unsafe.Slice((*uint64)(v.valid), (rows+63)/64)
}

// borrowed gives a string in DuckDB's memory, "" for null: it lives as long as
// the vector.
func (v *vector) borrowed(row int) string {
	b := v.bytes(row)
	return unsafe.String(unsafe.SliceData(b), len(b))
}
