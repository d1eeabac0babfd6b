//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/mapping"
)

// This file is all that the package needs of DuckDB's C interface: an
// instance, connections, statements whose result is read whole vectors at a
// time, and an appender that is fed whole vectors. The driver for database/sql
// gives neither of the last two, and row by row costs three times the CPU.

// A duckError is an error that DuckDB told.
type duckError struct {
	kind mapping.ErrorType
	text string
}

// Error gives DuckDB's text without the stack trace that it may come with.
func (e *duckError) Error() string {
	text, _, _ := strings.Cut(e.text, "\n\nStack Trace")
	return text
}

// isKind says whether err is a DuckDB error of that kind.
func isKind(err error, kind mapping.ErrorType) bool {
	e, ok := errors.AsType[*duckError](err)
	return ok && e.kind == kind
}

// invalidated says whether err means that the instance cannot be used again.
// DuckDB does so after a failed fsync, among others.
func invalidated(err error) bool {
	return isKind(err, mapping.ErrorTypeFatal) || isKind(err, mapping.ErrorTypeInternal) ||
		err != nil && strings.Contains(err.Error(), "database has been invalidated")
}

// An instance is a DuckDB process-in-a-process, in memory; segments are
// attached to it.
type instance struct{ db mapping.Database }

func openInstance(settings map[string]string) (*instance, error) {
	var config mapping.Config
	if mapping.CreateConfig(&config) == mapping.StateError {
		return nil, errors.New("duckdb: no memory for a configuration")
	}
	defer mapping.DestroyConfig(&config)
	for name, value := range settings {
		if mapping.SetConfig(config, name, value) == mapping.StateError {
			return nil, fmt.Errorf("duckdb: setting %s=%s is refused", name, value)
		}
	}
	in := &instance{}
	var text string
	if mapping.OpenExt(":memory:", &in.db, config, &text) == mapping.StateError {
		mapping.Close(&in.db)
		return nil, &duckError{mapping.ErrorTypeInvalid, text}
	}
	return in, nil
}

func (in *instance) close() { mapping.Close(&in.db) }

// A conn is one connection: one statement at a time, by one goroutine at a time.
type conn struct{ c mapping.Connection }

func (in *instance) connect() (*conn, error) {
	c := &conn{}
	if mapping.Connect(in.db, &c.c) == mapping.StateError {
		return nil, errors.New("duckdb: no connection")
	}
	return c, nil
}

func (c *conn) close() { mapping.Disconnect(&c.c) }

// exec runs a statement whose result does not matter.
func (c *conn) exec(sql string) error {
	r, err := c.query(context.Background(), sql)
	if err != nil {
		return err
	}
	r.close()
	return nil
}

// query runs one statement to its end and gives the whole result, held in
// memory: nothing stays open in DuckDB that a checkpoint would wait for. When
// ctx ends, the statement is interrupted and ctx's error returned.
func (c *conn) query(ctx context.Context, sql string, args ...any) (*result, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.query(ctx, args...)
}

// A stmt is a prepared statement.
type stmt struct {
	c *conn
	s mapping.PreparedStatement
}

func (c *conn) prepare(sql string) (*stmt, error) {
	s := &stmt{c: c}
	if mapping.Prepare(c.c, sql, &s.s) == mapping.StateError {
		text := mapping.PrepareError(s.s)
		mapping.DestroyPrepare(&s.s)
		kind := mapping.ErrorTypeInvalid
		if strings.HasPrefix(text, "FATAL") {
			kind = mapping.ErrorTypeFatal
		}
		return nil, &duckError{kind, text}
	}
	return s, nil
}

func (s *stmt) close() { mapping.DestroyPrepare(&s.s) }

// A timestamp is a parameter of type TIMESTAMP_NS.
type timestamp int64

func (s *stmt) bind(args []any) error {
	for i, arg := range args {
		at := mapping.IdxT(i + 1)
		var state mapping.State
		switch v := arg.(type) {
		case string:
			state = mapping.BindVarcharLength(s.s, at, v, mapping.IdxT(len(v)))
		case int64:
			state = mapping.BindInt64(s.s, at, v)
		case int:
			state = mapping.BindInt64(s.s, at, int64(v))
		case uint64:
			state = mapping.BindUInt64(s.s, at, v)
		case float64:
			state = mapping.BindDouble(s.s, at, v)
		case timestamp:
			value := mapping.CreateTimestampNS(mapping.NewTimestampNS(int64(v)))
			state = mapping.BindValue(s.s, at, value)
			mapping.DestroyValue(&value)
		default:
			return fmt.Errorf("duckdb: a parameter of type %T", arg)
		}
		if state == mapping.StateError {
			return &duckError{mapping.ErrorTypeInvalidInput, fmt.Sprintf("parameter %d: %s", i+1, mapping.PrepareError(s.s))}
		}
	}
	return nil
}

// run executes a statement whose result does not matter.
func (s *stmt) run() error {
	r, err := s.query(context.Background())
	if err != nil {
		return err
	}
	r.close()
	return nil
}

func (s *stmt) query(ctx context.Context, args ...any) (*result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.bind(args); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		// DuckDB forgets an interrupt that comes before the statement has
		// begun, so ask until it has ended.
		for {
			mapping.Interrupt(s.c.c)
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	r := &result{}
	state := mapping.ExecutePrepared(s.s, &r.r)
	close(done)
	stop()
	if state == mapping.StateError {
		err := &duckError{mapping.ResultErrorType(&r.r), mapping.ResultError(&r.r)}
		mapping.DestroyResult(&r.r)
		if ctx.Err() != nil && !invalidated(err) {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return r, nil
}

// A result is a whole answer, read in chunks of at most 2,048 rows.
type result struct{ r mapping.Result }

func (r *result) close() { mapping.DestroyResult(&r.r) }

// each calls do for each chunk, and closes the result.
func (r *result) each(do func(*chunk) error) error {
	defer r.close()
	var ch chunk
	for {
		c := mapping.FetchChunk(r.r)
		if c.Ptr == nil {
			return nil
		}
		ch.open(c)
		err := do(&ch)
		mapping.DestroyDataChunk(&c)
		if err != nil {
			return err
		}
	}
}

// A chunk gives access to vectors while they exist.
type chunk struct {
	rows int
	cols []vector
}

func (ch *chunk) open(c mapping.DataChunk) {
	ch.rows = int(mapping.DataChunkGetSize(c))
	n := int(mapping.DataChunkGetColumnCount(c))
	ch.cols = ch.cols[:0]
	for i := range n {
		ch.cols = append(ch.cols, openVector(mapping.DataChunkGetVector(c, mapping.IdxT(i))))
	}
}

// A vector is one column of a chunk.
type vector struct {
	v     mapping.Vector
	data  unsafe.Pointer
	valid unsafe.Pointer // nil when nothing is null
}

func openVector(v mapping.Vector) vector {
	return vector{v, mapping.VectorGetData(v), mapping.VectorGetValidity(v)}
}

func (v *vector) null(row int) bool {
	if v.valid == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(v.valid, row/64*8))
	return word&(1<<(row%64)) == 0
}

func (v *vector) int64(row int) int64     { return *(*int64)(unsafe.Add(v.data, row*8)) }
func (v *vector) uint64(row int) uint64   { return *(*uint64)(unsafe.Add(v.data, row*8)) }
func (v *vector) int32(row int) int32     { return *(*int32)(unsafe.Add(v.data, row*4)) }
func (v *vector) uint8(row int) uint8     { return *(*uint8)(unsafe.Add(v.data, row)) }
func (v *vector) float64(row int) float64 { return *(*float64)(unsafe.Add(v.data, row*8)) }

// A duckString is DuckDB's string: up to 12 bytes inside, else a prefix of 4
// and a pointer.
type duckString struct {
	length uint32
	prefix [4]byte
	rest   [8]byte // the rest of a short string, or the address of a long one
}

const inlined = 12

// bytes gives a string's bytes where they are, "" for null.
func (v *vector) bytes(row int) []byte {
	if v.null(row) {
		return nil
	}
	s := (*duckString)(unsafe.Add(v.data, row*16))
	if s.length <= inlined {
		return unsafe.Slice(&s.prefix[0], s.length)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&s.rest)), s.length)
}

// string gives a copy of a string, "" for null.
func (v *vector) string(row int) string { return string(v.bytes(row)) }

// strings gives a copy of a list of strings, nil for null.
func (v *vector) strings(row int) []string {
	if v.null(row) {
		return nil
	}
	entry := (*[2]uint64)(unsafe.Add(v.data, row*16)) // offset, length
	if entry[1] == 0 {
		return nil
	}
	child := openVector(mapping.ListVectorGetChild(v.v))
	out := make([]string, entry[1])
	for i := range out {
		out[i] = child.string(int(entry[0]) + i)
	}
	return out
}
