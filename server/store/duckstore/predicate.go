//go:build !noduck

package duckstore

/*
void clewlineMatch(void *info, void *chunk, void *out);
void clewlineMatchRow(void *info, void *chunk, void *out);
void clewlineTally(void *info, void *chunk, void *out);
*/
import "C"

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/duckdb/duckdb-go/mapping"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// A predicate is a part of a query on one column that DuckDB asks us to
// decide, in vectors of 2,048 rows, through the SQL function clewline(number,
// column). It is query.Matcher itself, so what lies in texts and in data means
// in SQL what it means everywhere else.
//
// The alternative, the pattern of the term as a regular expression, means the
// same but is compiled by RE2 two or three times for each column of each
// segment, at 2 to 5 ms, because its classes are Unicode's: 430 ms for a bare
// word over 16 segments without a row in them.
type predicate struct {
	columns []int // those that the matcher looks at
	matcher *query.Matcher
}

// predicates are those of the queries at work, by number.
var predicates struct {
	byNumber sync.Map // uint64 -> *predicate
	last     atomic.Uint64
}

// predicateSet gives numbers to the predicates of one query, and takes them
// back.
type predicateSet struct {
	numbers map[predicateKey]uint64
}

type predicateKey struct {
	node   query.Node
	column event.Field
}

// whole gives the number of the predicate that is a whole query, and its
// columns.
func (s *predicateSet) whole(q *query.Query) (uint64, []int) {
	cols := neededColumns(q)
	return s.add(predicateKey{q.Root, event.NoField}, &predicate{cols, q.Matcher()}), cols
}

// number gives the number of the predicate that node holds for an event of
// which only the column is known. All segments of a query share it.
func (s *predicateSet) number(key predicateKey, node query.Node) uint64 {
	if n, ok := s.numbers[key]; ok {
		return n
	}
	return s.add(key, &predicate{[]int{columnOf[key.column]}, (&query.Query{Root: node}).Matcher()})
}

func (s *predicateSet) add(key predicateKey, p *predicate) uint64 {
	if n, ok := s.numbers[key]; ok {
		return n
	}
	if s.numbers == nil {
		s.numbers = map[predicateKey]uint64{}
	}
	n := predicates.last.Add(1)
	predicates.byNumber.Store(n, p)
	s.numbers[key] = n
	return n
}

func (s *predicateSet) close() {
	for _, n := range s.numbers {
		predicates.byNumber.Delete(n)
	}
}

// registerPredicates makes the SQL functions in an instance: clewline(number,
// column), clewlineRow(number, column, ...) and clewlineTally(number, column,
// ...), for which see sink.
func registerPredicates(c *conn) error {
	number := mapping.CreateLogicalType(mapping.TypeUBigInt)
	defer mapping.DestroyLogicalType(&number)
	text := mapping.CreateLogicalType(mapping.TypeVarchar)
	defer mapping.DestroyLogicalType(&text)
	boolean := mapping.CreateLogicalType(mapping.TypeBoolean)
	defer mapping.DestroyLogicalType(&boolean)
	anything := mapping.CreateLogicalType(mapping.TypeAny)
	defer mapping.DestroyLogicalType(&anything)

	register := func(name string, callback unsafe.Pointer, more func(mapping.ScalarFunction)) error {
		f := mapping.CreateScalarFunction()
		defer mapping.DestroyScalarFunction(&f)
		mapping.ScalarFunctionSetName(f, name)
		mapping.ScalarFunctionAddParameter(f, number)
		more(f)
		mapping.ScalarFunctionSetReturnType(f, boolean)
		mapping.ScalarFunctionSetSpecialHandling(f) // null is an absent value
		mapping.ScalarFunctionSetFunction(f, callback)
		if mapping.RegisterScalarFunction(c.c, f) == mapping.StateError {
			return fmt.Errorf("duckdb: no scalar function %s", name)
		}
		return nil
	}
	return errors.Join(
		register("clewline", unsafe.Pointer(C.clewlineMatch), func(f mapping.ScalarFunction) {
			mapping.ScalarFunctionAddParameter(f, text)
		}),
		register("clewlineRow", unsafe.Pointer(C.clewlineMatchRow), func(f mapping.ScalarFunction) {
			mapping.ScalarFunctionSetVarargs(f, anything)
		}),
		register("clewlineTally", unsafe.Pointer(C.clewlineTally), func(f mapping.ScalarFunction) {
			mapping.ScalarFunctionSetVarargs(f, anything)
			mapping.ScalarFunctionSetVolatile(f) // it is called for what it does
		}))
}

// decide opens a call: the predicate, its columns and the results to fill.
func decide(info, chunk, out unsafe.Pointer) (p *predicate, cols []vector, results []bool) {
	input := mapping.DataChunk{Ptr: chunk}
	rows := int(mapping.DataChunkGetSize(input))
	if rows == 0 {
		return nil, nil, nil
	}
	number := openVector(mapping.DataChunkGetVector(input, 0))
	v, ok := predicates.byNumber.Load(number.uint64(0))
	if !ok {
		mapping.ScalarFunctionSetError(mapping.FunctionInfo{Ptr: info}, "this query is over")
		return nil, nil, nil
	}
	for i := 1; i < int(mapping.DataChunkGetColumnCount(input)); i++ {
		cols = append(cols, openVector(mapping.DataChunkGetVector(input, mapping.IdxT(i))))
	}
	return v.(*predicate), cols, unsafe.Slice((*bool)(mapping.VectorGetData(mapping.Vector{Ptr: out})), rows)
}

//export clewlineMatch
func clewlineMatch(info, chunk, out unsafe.Pointer) {
	p, cols, results := decide(info, chunk, out)
	if p == nil {
		return
	}
	var e event.Event
	at := (*string)(columns[p.columns[0]].at(&e))
	for i := range results {
		b := cols[0].bytes(i)
		// DuckDB's memory, which lives until we return.
		*at = unsafe.String(unsafe.SliceData(b), len(b))
		results[i] = len(b) > 0 && p.matcher.Match(&e)
	}
}

//export clewlineMatchRow
func clewlineMatchRow(info, chunk, out unsafe.Pointer) {
	p, cols, results := decide(info, chunk, out)
	if p == nil {
		return
	}
	for i := range results {
		var e event.Event
		readColumns(&e, p.columns, cols, i)
		results[i] = p.matcher.Match(&e)
	}
}

// neededColumns lists the columns that the matcher looks at for a query.
func neededColumns(q *query.Query) []int {
	need := map[int]bool{}
	add := func(f event.Field) {
		if f == event.FieldID {
			for _, i := range idParts {
				need[i] = true
			}
			return
		}
		need[columnOf[f]] = true
	}
	for _, f := range q.Fields() {
		if f.Column == event.NoField {
			add(event.FieldData)
		} else {
			add(f.Column)
		}
	}
	if !bare(q.Root) {
		return slices.Sorted(maps.Keys(need))
	}
	for _, f := range event.BareText {
		add(f)
	}
	for _, f := range event.BareKeyword {
		add(f)
	}
	return slices.Sorted(maps.Keys(need))
}

// bare says whether there is a bare word in a part of a query.
func bare(n query.Node) bool {
	switch n := n.(type) {
	case *query.Word:
		return true
	case *query.Regexp:
		return n.Bare
	case *query.And:
		return slices.ContainsFunc(n.Of, bare)
	case *query.Or:
		return slices.ContainsFunc(n.Of, bare)
	case *query.Not:
		return bare(n.Of)
	}
	return false
}
