//go:build !noduck

package duckstore

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/clewline/clewline/event"
)

// A profile tells, by bits in the order of columns, which columns have values,
// and which id columns have a value with a capital or a letter beyond ASCII.
type profile struct{ present, mixed uint64 }

func (p *profile) add(o profile) {
	p.present |= o.present
	p.mixed |= o.mixed
}

// plainText says that a text has no capitals and nothing beyond ASCII.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// setEvent writes an event into a row of a block; room has been made sure of
// for textBytes. The event has passed checkEvent. It notes in seen what there is.
func setEvent(b *block, row int, e *event.Event, seen *profile) {
	for i := range columns {
		c := &columns[i]
		p := c.at(e)
		switch c.kind {
		case kindText:
			s := *(*string)(p)
			if s == "" {
				continue
			}
			b.setString(&b.cols[i], row, s)
			if idColumns[i] && seen.mixed&(1<<i) == 0 && !plainText(s) {
				seen.mixed |= 1 << i
			}
		case kindTime:
			ns := *(*int64)(p)
			if ns == 0 && c.field != event.FieldTime {
				continue
			}
			b.cols[i].setInt64(row, ns)
		case kindUint:
			n := *(*uint64)(p)
			if n == 0 {
				continue
			}
			b.cols[i].setUint64(row, n)
		case kindTiny:
			n := *(*uint8)(p)
			if n == 0 {
				continue
			}
			b.cols[i].setUint8(row, n)
		case kindFloat:
			if !e.HasTimeCost {
				continue
			}
			b.cols[i].setFloat64(row, e.TimeCost)
		case kindList:
			list := *(*[]string)(p)
			if len(list) == 0 {
				continue
			}
			b.setStrings(&b.cols[i], row, list)
		}
		seen.present |= 1 << i
	}
}

var eventKinds = func() []kind {
	kinds := make([]kind, len(columns))
	for i := range columns {
		kinds[i] = columns[i].kind
	}
	return kinds
}()

// textBytes is how much of the arena an event may need.
func textBytes(e *event.Event) int {
	n := 0
	for i := range columns {
		switch c := &columns[i]; c.kind {
		case kindText:
			n += len(*(*string)(c.at(e)))
		case kindList:
			for _, s := range *(*[]string)(c.at(e)) {
				n += len(s)
			}
		}
	}
	return n
}

// checkEvent says what of an event cannot be stored, else how much memory it
// takes in a queue. DuckDB takes strings from us unchecked, so text that is
// not UTF-8 must not get there.
func checkEvent(e *event.Event) (bytes int, err error) {
	bytes = int(unsafe.Sizeof(*e))
	for i := range columns {
		c := &columns[i]
		switch c.kind {
		case kindText:
			s := *(*string)(c.at(e))
			if bytes += len(s); !utf8.ValidString(s) {
				return 0, fmt.Errorf("field %s is not valid UTF-8", c.name)
			}
		case kindList:
			for _, s := range *(*[]string)(c.at(e)) {
				if bytes += 16 + len(s); !utf8.ValidString(s) {
					return 0, fmt.Errorf("field %s is not valid UTF-8", c.name)
				}
			}
		case kindTime:
			// DuckDB's infinities.
			if ns := *(*int64)(c.at(e)); ns == math.MaxInt64 || ns <= -math.MaxInt64 {
				return 0, fmt.Errorf("field %s lies outside 1678 to 2262", c.name)
			}
		}
	}
	if e.HasTimeCost && (math.IsNaN(e.TimeCost) || math.IsInf(e.TimeCost, 0)) {
		return 0, fmt.Errorf("field timeCost is no number")
	}
	return bytes, nil
}

// checkRange says what of a stream's range cannot be stored, and makes its
// texts valid.
func checkRange(r *event.StreamRange) error {
	if !utf8.ValidString(r.Stream) {
		return fmt.Errorf("the name of stream %q is not valid UTF-8", r.Stream)
	}
	r.App, r.SDK = strings.ToValidUTF8(r.App, "\ufffd"), strings.ToValidUTF8(r.SDK, "\ufffd")
	for i := range r.Omitted {
		r.Omitted[i].Reason = strings.ToValidUTF8(r.Omitted[i].Reason, "\ufffd")
	}
	if r.Closed != nil {
		r.Closed.By = strings.ToValidUTF8(r.Closed.By, "\ufffd")
	}
	return nil
}

// columnList names columns, each after a comma.
func columnList(cols []int) string {
	var b strings.Builder
	for _, i := range cols {
		b.WriteString(`, "` + columns[i].name + `"`)
	}
	return b.String()
}

// readColumns reads columns of a row into an event; vectors stand in the order
// of cols.
func readColumns(e *event.Event, cols []int, vectors []vector, row int) {
	for k, i := range cols {
		c, v := &columns[i], &vectors[k]
		if v.null(row) {
			continue
		}
		p := c.at(e)
		switch c.kind {
		case kindText:
			*(*string)(p) = v.string(row)
		case kindTime:
			*(*int64)(p) = v.int64(row)
		case kindUint:
			*(*uint64)(p) = v.uint64(row)
		case kindTiny:
			*(*uint8)(p) = v.uint8(row)
		case kindFloat:
			e.TimeCost, e.HasTimeCost = v.float64(row), true
		case kindList:
			*(*[]string)(p) = v.strings(row)
		}
	}
}
