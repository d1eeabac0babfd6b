//go:build !noduck

package duckstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// scanRows is about how many rows a scan by the matcher takes at a time.
const scanRows = 100_000

// Histogram counts matching events by level and step of time.
func (s *Store) Histogram(ctx context.Context, h store.Histogram) (store.Buckets, error) {
	out := store.Buckets{From: h.From, Step: h.Step}
	step := int64(h.Step)
	if step <= 0 || h.To <= h.From {
		return out, fmt.Errorf("a histogram from %d to %d in steps of %v; want a range and a step above 0", h.From, h.To, h.Step)
	}
	// Unsigned, because a range may be wider than an int64 counts.
	buckets := (uint64(h.To)-uint64(h.From)-1)/uint64(step) + 1
	if buckets > store.MaxBuckets {
		return out, fmt.Errorf("a histogram of %d steps; want at most %d", buckets, store.MaxBuckets)
	}
	time, level := columnOf[event.FieldTime], columnOf[event.FieldLevel]
	levels := newSink([]int{time, level}, func() counter {
		return &levelCounter{from: h.From, step: uint64(step), counts: make([][event.NumLevels]int64, buckets)}
	})
	defer levels.close()
	cost, err := s.read(ctx, h.Scope, func(r *reading) error { return r.sink(levels) })
	out.Cost = cost
	all := levels.counted()
	out.Counts = all[0].(*levelCounter).counts
	for _, c := range all[1:] {
		for i, counts := range c.(*levelCounter).counts {
			for l, n := range counts {
				out.Counts[i][l] += n
			}
		}
	}
	return out, err
}

// A levelCounter counts rows, of the columns time and level, by level and step
// of time.
type levelCounter struct {
	from   int64
	step   uint64
	counts [][event.NumLevels]int64

	// The bucket of the row before, which most often is that of the next.
	bucket      uint64
	first, last uint64 // the distances from from that it covers
}

func (c *levelCounter) count(vectors []vector, rows int) {
	levels := &vectors[1]
	for i, ns := range unsafe.Slice((*int64)(vectors[0].data), rows) {
		// Unsigned, because a range may be wider than an int64 counts.
		distance := uint64(ns) - uint64(c.from)
		if distance < c.first || distance > c.last || c.last == 0 {
			c.bucket = distance / c.step
			if c.bucket >= uint64(len(c.counts)) {
				c.last = 0
				continue
			}
			c.first = c.bucket * c.step
			if c.last = c.first + c.step - 1; c.last < c.first {
				c.last = math.MaxUint64
			}
		}
		level := 0
		if !levels.null(i) {
			level = min(int(levels.uint8(i)), event.NumLevels-1)
		}
		c.counts[c.bucket][level]++
	}
}

// scanWide calls sql for the segments of the scope, by two connections at a
// time, where another is free; each takes a few segments, then the next few.
// sql is called concurrently.
func (r *reading) scanWide(sql func(c pair, parts []part) error) error {
	var all []part
	var over error // what there is budget for is read all the same
	for _, parts := range r.touching(r.scope.From, r.scope.To) {
		if over = r.spend(parts, r.scope.From, r.scope.To); over != nil {
			break
		}
		all = append(all, parts...)
	}
	var jobs []job
	for some := range slices.Chunk(all, max(1, min(maxBranches, len(all)/8))) {
		for _, parts := range grouped(some) {
			jobs = append(jobs, func(c pair) error { return sql(c, parts) })
		}
	}
	return cmp.Or(r.each(jobs), over)
}

// rows reads columns of matching events, in pieces by rows, which bounds what
// an answer takes in memory.
func (r *reading) rows(c pair, parts []part, cols []int, one func(*event.Event)) error {
	for i := range parts {
		p := parts[i : i+1]
		for row := int64(0); row < p[0].entry.Rows; row += scanRows {
			var st strings.Builder
			st.WriteString("SELECT rowid" + columnList(cols))
			r.from(&st, &p[0], r.scope.From, r.scope.To)
			fmt.Fprintf(&st, " AND rowid >= %d AND rowid < %d", row, row+scanRows)
			err := r.runOn(c, p, st.String(), func(ch *chunk) error {
				for i := range ch.rows {
					e := event.Event{}
					readColumns(&e, cols, ch.cols[1:], i)
					one(&e)
				}
				return r.ctx.Err()
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// maxValues bounds the distinct values of a field that are counted where one
// statement does not see all segments, or the matcher decides.
const maxValues = 100_000

// A tally counts the values of one field.
type tally struct {
	counts  map[string]int64
	present int64
	// distinct is set when DuckDB has counted; else it is len(counts).
	distinct int64
	over     bool // values were left out
}

func (t *tally) add(value string, n int64) {
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	if _, known := t.counts[value]; !known {
		if len(t.counts) >= maxValues {
			t.over = true
			return
		}
		value = strings.Clone(value) // it may be a part of something longer
	}
	t.counts[value] += n
}

func (t *tally) merge(o *tally) {
	for value, n := range o.counts {
		t.add(value, n)
	}
	t.present += o.present
	t.distinct = max(t.distinct, o.distinct)
	t.over = t.over || o.over
}

// Values counts the most frequent values of fields. Values of a list count
// each, values of one event once. Where a field has more than maxValues
// distinct values and a statement does not see them all, the answer says so.
func (s *Store) Values(ctx context.Context, v store.Values) (store.FieldValues, error) {
	out := store.FieldValues{Fields: make([]store.FieldCount, len(v.Fields))}
	if v.Limit < 1 || v.Limit > maxValues {
		return out, fmt.Errorf("the limit is %d values; want 1 to %d", v.Limit, maxValues)
	}
	tallies := make([]tally, len(v.Fields))
	var inColumns, inData []int // indexes of fields
	for i, f := range v.Fields {
		if f.Column == event.NoField {
			inData = append(inData, i)
		} else {
			inColumns = append(inColumns, i)
		}
	}
	var mu sync.Mutex // guards tallies
	cost, err := s.read(ctx, v.Scope, func(r *reading) error {
		return r.scanWide(func(c pair, parts []part) error {
			some := make([]tally, len(v.Fields))
			if len(inColumns) > 0 {
				if err := r.groups(c, v, inColumns, some, parts); err != nil {
					return err
				}
			}
			if len(inData) > 0 {
				data := make([]*query.DataValues, len(v.Fields))
				for _, i := range inData {
					data[i] = query.NewDataValues(v.Fields[i].Path)
				}
				err := r.rows(c, parts, []int{columnOf[event.FieldData]}, func(e *event.Event) {
					for _, i := range inData {
						values := data[i].Of(e.Data)
						if len(values) > 0 {
							some[i].present++
						}
						for _, value := range values {
							some[i].add(value.Text, 1)
						}
					}
				})
				if err != nil {
					return err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for i := range some {
				tallies[i].merge(&some[i])
			}
			return nil
		})
	})
	for i := range tallies {
		t := &tallies[i]
		c := &out.Fields[i]
		c.Present, c.Distinct = t.present, max(int64(len(t.counts)), t.distinct)
		for value, n := range t.counts {
			c.Values = append(c.Values, store.ValueCount{Value: value, Count: n})
		}
		slices.SortFunc(c.Values, func(a, b store.ValueCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		c.Values = c.Values[:min(len(c.Values), v.Limit)]
		if t.over && cost.Partial == "" {
			cost.Partial = fmt.Sprintf("%s has more than %d different values; the counts are lower bounds", v.Fields[i].Name, maxValues)
		}
	}
	out.Cost = cost
	return out, err
}

// groups counts the values of each field over some segments in one statement:
// the rows are filtered once.
func (r *reading) groups(c pair, v store.Values, fields []int, tallies []tally, parts []part) error {
	var st strings.Builder
	st.WriteString("WITH m AS MATERIALIZED (")
	for i := range parts {
		if i > 0 {
			st.WriteString(" UNION ALL ")
		}
		st.WriteString("SELECT ")
		for at, k := range fields {
			if at > 0 {
				st.WriteString(", ")
			}
			st.WriteString(valueColumn(v.Fields[k].Column) + " AS f" + strconv.Itoa(k))
		}
		r.from(&st, &parts[i], r.scope.From, r.scope.To)
	}
	st.WriteString(")")
	for at, k := range fields {
		if at > 0 {
			st.WriteString(" UNION ALL ")
		}
		f := v.Fields[k]
		col := "f" + strconv.Itoa(k)
		value, rows := col, "m"
		if f.Column == event.FieldFilePath || f.Column == event.FieldCollectionName {
			value, rows = "x", "(SELECT unnest(list_distinct("+col+")) AS x FROM m)"
		}
		// present counts events; a list's elements are counted beside it.
		fmt.Fprintf(&st, ` SELECT * FROM (SELECT %d::INTEGER AS field, %s::VARCHAR AS value, count(*) AS n, `+
			`count(*) OVER () AS others, (SELECT count(%s) FROM m) AS present FROM %s WHERE %s IS NOT NULL GROUP BY %s ORDER BY n DESC, value LIMIT %d)`,
			k, value, col, rows, value, value, maxValues)
	}
	present := make([]int64, len(tallies))
	distinct := make([]int64, len(tallies))
	err := r.runOn(c, parts, st.String(), func(ch *chunk) error {
		for i := range ch.rows {
			k := ch.cols[0].int32(i)
			present[k], distinct[k] = ch.cols[4].int64(i), ch.cols[3].int64(i)
			addValue(&tallies[k], v.Fields[k].Column, ch.cols[1].string(i), ch.cols[2].int64(i))
		}
		return nil
	})
	for _, k := range fields {
		t := &tallies[k]
		if t.present > 0 && distinct[k] > maxValues || t.over {
			t.over = true
		}
		t.present += present[k]
		if c := v.Fields[k].Column; c != event.FieldFlags && c != event.FieldLevel {
			t.distinct = max(t.distinct, distinct[k])
		}
	}
	return err
}

// valueColumn is the SQL of a field's value.
func valueColumn(f event.Field) string {
	switch {
	case f == event.FieldID:
		return sqlID
	case f.Type() == event.Timestamp:
		return "epoch_ns(" + name(f) + ")"
	}
	return name(f)
}

// addValue counts a value that came from SQL, in the form that the wire has.
func addValue(t *tally, f event.Field, text string, n int64) {
	switch {
	case f == event.FieldFlags:
		bits, _ := strconv.ParseUint(text, 10, 8)
		for _, name := range event.Flags(bits).Names() {
			t.add(name, n)
		}
		return
	case f == event.FieldLevel:
		level, _ := strconv.ParseUint(text, 10, 8)
		text = event.Level(level).String()
	case f == event.FieldTimeCost:
		v, _ := strconv.ParseFloat(text, 64)
		text = string(event.AppendNumber(nil, v))
	case f.Type() == event.Timestamp:
		ns, _ := strconv.ParseInt(text, 10, 64)
		text = string(event.AppendTime(nil, ns))
	}
	t.add(text, n)
}
