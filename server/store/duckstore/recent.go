//go:build !noduck

package duckstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"unsafe"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// recent are the rows of a segment that is not sealed, in memory: what was
// logged last is what people look for most, and asking DuckDB for one row
// costs as much as decoding some thousands. It takes about as much memory as
// the segment's log, and half as much again for the texts, so MaxUnsealed and
// the log's greatest size bound it.
//
// The writer adds while others read.
type recent struct {
	// texts rule rows out. One that only waits to be sealed has none: there may
	// be several, and not for long.
	texts *skip.Recent

	mu    sync.RWMutex // guards what follows
	pages []recentPage
}

// A recentPage is chunkRows rows, the last one perhaps fewer. What lies in
// text and ends is never written again, so events may point into it.
type recentPage struct {
	text []byte
	ends []uint32 // of each row
}

func newRecent() *recent { return &recent{texts: new(skip.Recent)} }

// withoutTexts is r, to which nothing is added any more.
func (r *recent) withoutTexts() *recent { return &recent{pages: r.rows()} }

// add adds the rows that follow those before, of events but for those to skip.
func (r *recent) add(events []event.Event, skip []bool) {
	if r.texts != nil {
		r.texts.Add(events, skip)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range events {
		if skip != nil && skip[i] {
			continue
		}
		k := len(r.pages) - 1
		if k < 0 || len(r.pages[k].ends) == chunkRows {
			size := 0
			if k >= 0 {
				size = len(r.pages[k].text) + len(r.pages[k].text)/8 // the next is like it
			}
			r.pages = append(r.pages, recentPage{make([]byte, 0, size), make([]uint32, 0, chunkRows)})
			k++
		}
		p := &r.pages[k]
		p.text = appendRow(p.text, &events[i])
		p.ends = append(p.ends, uint32(len(p.text)))
	}
}

// rows gives the rows as they are now.
func (r *recent) rows() recentRows {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.pages)
}

type recentRows []recentPage

// event reads a row. Its texts lie in the page, which they keep.
func (r recentRows) event(row int64) (e event.Event) {
	p, i := &r[row/chunkRows], row%chunkRows
	from := uint32(0)
	if i > 0 {
		from = p.ends[i-1]
	}
	readRow(p.text[from:p.ends[i]], &e)
	return e
}

func (r recentRows) count() int64 {
	if len(r) == 0 {
		return 0
	}
	return int64(len(r)-1)*chunkRows + int64(len(r[len(r)-1].ends))
}

// kinds is kindsOf.
func (r recentRows) kinds() (rows int64, kinds []skip.Kind) {
	type counts struct {
		rows int64
		of   [64]int64 // by column
	}
	of := map[string]*counts{}
	var e event.Event
	for row := range r.count() {
		e = r.event(row)
		k := of[string(e.Kind)]
		if k == nil {
			k = new(counts)
			of[string(e.Kind)] = k
		}
		k.rows++
		for i := range columns {
			if columns[i].has(&e) {
				k.of[i]++
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		k := skip.Kind{Name: name, Rows: of[name].rows, Columns: map[string]int64{}}
		for i, n := range of[name].of {
			if n > 0 {
				k.Columns[columns[i].name] = n
			}
		}
		kinds = append(kinds, k)
	}
	return r.count(), kinds
}

// appendRow writes an event as its columns that have values, each behind its
// number.
func appendRow(b []byte, e *event.Event) []byte {
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for i := range columns {
		c := &columns[i]
		p := c.at(e)
		switch c.kind {
		case kindText:
			if s := *(*string)(p); s != "" {
				b = append(b, byte(i))
				text(s)
			}
		case kindTime, kindUint:
			if n := *(*uint64)(p); n != 0 {
				b = binary.LittleEndian.AppendUint64(append(b, byte(i)), n)
			}
		case kindTiny:
			if n := *(*uint8)(p); n != 0 {
				b = append(b, byte(i), n)
			}
		case kindFloat:
			if e.HasTimeCost {
				b = binary.LittleEndian.AppendUint64(append(b, byte(i)), math.Float64bits(e.TimeCost))
			}
		case kindList:
			if list := *(*[]string)(p); len(list) > 0 {
				b = binary.AppendUvarint(append(b, byte(i)), uint64(len(list)))
				for _, s := range list {
					text(s)
				}
			}
		}
	}
	return b
}

// readRow reads what appendRow has written.
func readRow(b []byte, e *event.Event) {
	number := func() int {
		n, size := binary.Uvarint(b)
		b = b[size:]
		return int(n)
	}
	text := func() string {
		n := number()
		s := unsafe.String(unsafe.SliceData(b), n)
		b = b[n:]
		return s
	}
	for len(b) > 0 {
		c := &columns[b[0]]
		p := c.at(e)
		b = b[1:]
		switch c.kind {
		case kindText:
			*(*string)(p) = text()
		case kindTime, kindUint:
			*(*uint64)(p) = binary.LittleEndian.Uint64(b)
			b = b[8:]
		case kindTiny:
			*(*uint8)(p) = b[0]
			b = b[1:]
		case kindFloat:
			e.TimeCost, e.HasTimeCost = math.Float64frombits(binary.LittleEndian.Uint64(b)), true
			b = b[8:]
		case kindList:
			list := make([]string, number())
			for i := range list {
				list[i] = text()
			}
			*(*[]string)(p) = list
		}
	}
}

// allColumns are the columns that an event is read of.
var allColumns = func() (cols []int) {
	for i := range columns {
		cols = append(cols, i)
	}
	return cols
}()

// recentOf reads the rows of a segment that is not sealed, as they were before
// a restart.
func recentOf(ctx context.Context, c *conn, catalog string, texts bool) (*recent, error) {
	r := new(recent)
	if texts {
		r = newRecent()
	}
	result, err := c.query(ctx, "SELECT rowid"+columnList(allColumns)+" FROM "+catalog+".events")
	if err != nil {
		return nil, err
	}
	next := int64(0)
	return r, result.each(func(ch *chunk) error {
		events := make([]event.Event, ch.rows)
		for i := range events {
			if row := ch.cols[0].int64(i); row != next {
				return fmt.Errorf("row %d comes where row %d is due", row, next)
			}
			next++
			readColumns(&events[i], allColumns, ch.cols[1:], i)
		}
		r.add(events, nil)
		return nil
	})
}
