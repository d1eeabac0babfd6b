//go:build !noduck

package duckstore

/*
#include <stdlib.h>
void clewlineBind(void *info);
void clewlineInit(void *info);
void clewlineFill(void *info, void *chunk);
void clewlineFree(void *handle);
*/
import "C"

import (
	"fmt"
	"runtime"
	"runtime/cgo"
	"unsafe"

	"github.com/duckdb/duckdb-go/mapping"
)

// A feed puts rows into one table: a table function that DuckDB calls for
// one chunk of 2,048 rows after the other, behind a prepared
// INSERT ... SELECT. Against DuckDB's appender it saves a copy of the rows
// and, what counts more, the binding and planning of 53 columns that every
// flush of the appender does anew (half of a small commit's CPU); and a
// transaction that fills whole row groups goes compressed straight to the
// file.
type feed struct {
	c      *conn
	name   string
	types  []mapping.LogicalType
	insert *stmt // nil before into

	// fill writes rows from 0 on into the chunk and gives their number; 0
	// ends the statement.
	fill  func(*block) int
	block block
}

// newFeed registers the table function, under a name that the instance has
// once.
func newFeed(c *conn, name string, kinds []kind) (*feed, error) {
	f := &feed{c: c, name: name}
	for _, k := range kinds {
		f.types = append(f.types, k.logical())
	}
	f.block.cols = make([]blockColumn, len(kinds))
	f.block.arena = make([]byte, 0, 256<<10)
	f.block.pin.Pin(unsafe.SliceData(f.block.arena))

	fn := mapping.CreateTableFunction()
	defer mapping.DestroyTableFunction(&fn)
	mapping.TableFunctionSetName(fn, name)
	handle := (*cgo.Handle)(C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0)))))
	*handle = cgo.NewHandle(f)
	mapping.TableFunctionSetExtraInfo(fn, unsafe.Pointer(handle), unsafe.Pointer(C.clewlineFree))
	mapping.TableFunctionSetBind(fn, unsafe.Pointer(C.clewlineBind))
	mapping.TableFunctionSetInit(fn, unsafe.Pointer(C.clewlineInit))
	mapping.TableFunctionSetFunction(fn, unsafe.Pointer(C.clewlineFill))
	if mapping.RegisterTableFunction(c.c, fn) == mapping.StateError {
		return nil, fmt.Errorf("duckdb: no table function %s", name)
	}
	return f, nil
}

// into turns the feed to catalog.main.table.
func (f *feed) into(catalog, table string) error {
	insert, err := f.c.prepare("INSERT INTO " + catalog + "." + table + " SELECT * FROM " + f.name + "()")
	if err != nil {
		return err
	}
	if f.insert != nil {
		f.insert.close()
	}
	f.insert = insert
	return nil
}

func (f *feed) close() {
	if f.insert != nil {
		f.insert.close()
		f.insert = nil
	}
	for i := range f.types {
		mapping.DestroyLogicalType(&f.types[i])
	}
	f.types = nil
	f.block.pin.Unpin()
}

// run inserts what fill gives, inside the connection's transaction.
func (f *feed) run(fill func(*block) int) error {
	f.fill = fill
	err := f.insert.run()
	f.fill = nil
	return err
}

//export clewlineBind
func clewlineBind(info unsafe.Pointer) {
	bind := mapping.BindInfo{Ptr: info}
	f := (*(*cgo.Handle)(mapping.BindGetExtraInfo(bind))).Value().(*feed)
	for i, t := range f.types {
		mapping.BindAddResultColumn(bind, fmt.Sprintf("c%d", i), t)
	}
}

//export clewlineInit
func clewlineInit(info unsafe.Pointer) {
	// One thread: the order of rows is the order of arrival.
	mapping.InitSetMaxThreads(mapping.InitInfo{Ptr: info}, 1)
}

//export clewlineFill
func clewlineFill(info, chunk unsafe.Pointer) {
	f := (*(*cgo.Handle)(mapping.FunctionGetExtraInfo(mapping.FunctionInfo{Ptr: info}))).Value().(*feed)
	out := mapping.DataChunk{Ptr: chunk}
	n := 0
	if f.fill != nil {
		f.block.begin(out)
		n = f.fill(&f.block)
	}
	mapping.DataChunkSetSize(out, mapping.IdxT(n))
}

//export clewlineFree
func clewlineFree(handle unsafe.Pointer) {
	(*cgo.Handle)(handle).Delete()
	C.free(handle)
}

// chunkRows is the size of DuckDB's vectors.
const chunkRows = 2048

// A block is a chunk that is being filled. Strings are written as DuckDB's
// own headers that point into the arena, which is pinned while C sees it and
// lives until the next chunk is asked for.
type block struct {
	cols  []blockColumn
	arena []byte
	pin   runtime.Pinner
}

type blockColumn struct {
	v       mapping.Vector
	data    unsafe.Pointer
	valid   *[chunkRows / 64]uint64
	entries int // of a list's child
}

// begin makes every value of every column null.
func (b *block) begin(chunk mapping.DataChunk) {
	for i := range b.cols {
		c := &b.cols[i]
		c.v = mapping.DataChunkGetVector(chunk, mapping.IdxT(i))
		c.data = mapping.VectorGetData(c.v)
		mapping.VectorEnsureValidityWritable(c.v)
		c.valid = (*[chunkRows / 64]uint64)(mapping.VectorGetValidity(c.v))
		clear(c.valid[:])
		c.entries = 0
	}
	b.arena = b.arena[:0]
}

// room makes sure that n more bytes fit in the arena without moving it; no
// means that the chunk must go first.
func (b *block) room(n int) bool {
	if len(b.arena)+n <= cap(b.arena) {
		return true
	}
	if len(b.arena) > 0 {
		return false
	}
	b.pin.Unpin()
	b.arena = make([]byte, 0, n+n/4)
	b.pin.Pin(unsafe.SliceData(b.arena))
	return true
}

func (c *blockColumn) setValid(row int) { c.valid[row/64] |= 1 << (row % 64) }

func (c *blockColumn) setInt64(row int, v int64) {
	*(*int64)(unsafe.Add(c.data, row*8)) = v
	c.setValid(row)
}

func (c *blockColumn) setUint64(row int, v uint64) {
	*(*uint64)(unsafe.Add(c.data, row*8)) = v
	c.setValid(row)
}

func (c *blockColumn) setUint8(row int, v uint8) {
	*(*uint8)(unsafe.Add(c.data, row)) = v
	c.setValid(row)
}

func (c *blockColumn) setFloat64(row int, v float64) {
	*(*float64)(unsafe.Add(c.data, row*8)) = v
	c.setValid(row)
}

// setString writes a string of which room has been made sure.
func (b *block) setString(c *blockColumn, row int, s string) {
	b.put((*duckString)(unsafe.Add(c.data, row*16)), s)
	c.setValid(row)
}

func (b *block) put(d *duckString, s string) {
	if len(s) <= inlined {
		*d = duckString{length: uint32(len(s))} // the padding must be zero: DuckDB compares it
		copy(unsafe.Slice(&d.prefix[0], inlined), s)
		return
	}
	at := len(b.arena)
	b.arena = append(b.arena, s...)
	d.length = uint32(len(s))
	d.prefix = [4]byte([]byte(s[:4]))
	*(*uintptr)(unsafe.Pointer(&d.rest)) = uintptr(unsafe.Pointer(&b.arena[at]))
}

// setStrings writes a list.
func (b *block) setStrings(c *blockColumn, row int, list []string) {
	total := mapping.IdxT(c.entries + len(list))
	mapping.ListVectorReserve(c.v, total)
	mapping.ListVectorSetSize(c.v, total)
	data := mapping.VectorGetData(mapping.ListVectorGetChild(c.v)) // reserve may have moved it
	for i, s := range list {
		b.put((*duckString)(unsafe.Add(data, (c.entries+i)*16)), s)
	}
	*(*[2]uint64)(unsafe.Add(c.data, row*16)) = [2]uint64{uint64(c.entries), uint64(len(list))}
	c.entries += len(list)
	c.setValid(row)
}
