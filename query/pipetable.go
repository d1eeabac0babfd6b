package query

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
)

// A Table is what pipes make of events.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	// Approximate says that a percentile or a count of different values is
	// not exact; it is within 2 % then.
	Approximate bool
	// Partial is "" when the table is whole, else the reason in words.
	Partial string
}

// A Cell is one value. The zero Cell is none: the events of the group have no
// such field, or no number.
type Cell struct {
	Type ColumnType // "" for none
	// Text is the value as it is written on the wire: a number in decimal, a
	// time in RFC 3339, a level by its name.
	Text string

	value float64 // of numbers and levels
	at    int64   // of times
}

// MarshalJSON writes null, a number or a string.
func (c Cell) MarshalJSON() ([]byte, error) {
	switch c.Type {
	case "":
		return []byte("null"), nil
	case NumberColumn:
		return []byte(c.Text), nil
	}
	return event.AppendString(nil, c.Text), nil
}

// compare orders cells of one column; none comes last.
func (c Cell) compare(o Cell) int {
	if c.Type == "" || o.Type == "" {
		return cmp.Compare(b2i(c.Type == ""), b2i(o.Type == ""))
	}
	switch c.Type {
	case TimeColumn:
		return cmp.Compare(c.at, o.at)
	case LevelColumn:
		return cmp.Compare(c.value, o.value)
	case NumberColumn:
		if c.value != o.value {
			return cmp.Compare(c.value, o.value)
		}
		return CompareNumbers(c.Text, o.Text)
	}
	return strings.Compare(c.Text, o.Text)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func textCell(t ColumnType, s string) Cell {
	c := Cell{Type: t, Text: s}
	if t == NumberColumn {
		c.value, _ = strconv.ParseFloat(s, 64)
	}
	return c
}

func countCell(n int64) Cell {
	return Cell{Type: NumberColumn, Text: strconv.FormatInt(n, 10), value: float64(n)}
}

func numberCell(v float64) Cell {
	v = min(max(v, -math.MaxFloat64), math.MaxFloat64)
	return Cell{Type: NumberColumn, Text: string(event.AppendNumber(nil, v)), value: v}
}

// rounded drops the digits that depend on the order of adding.
func rounded(v float64, digits int) float64 {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 && digits >= 15 {
		return v
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// Table gives the table. The tally may be added to afterwards.
func (t *Tally) Table() Table {
	out := Table{Columns: t.pipe.Columns(), Rows: make([][]Cell, 0, len(t.groups)), Partial: t.over}
	if t.lost > 0 {
		out.Partial = fmt.Sprintf("there are more than %d groups; the events of others are left out, and the counts are lower bounds", MaxGroups)
	}
	for i := range t.groups {
		out.Rows = append(out.Rows, t.row(i, &out.Approximate))
	}
	t.fill(&out)
	t.order(out.Rows)
	if t.pipe.Top > 0 {
		out.Rows = top(out.Rows, t.pipe.Top)
	}
	for _, s := range t.pipe.Stages {
		switch s := s.(type) {
		case *Sort:
			slices.SortStableFunc(out.Rows, func(a, b []Cell) int { return s.compare(a, b) })
		case Limit:
			out.Rows = out.Rows[:min(len(out.Rows), int(s))]
		case Pick:
			for i, row := range out.Rows {
				picked := make([]Cell, len(s))
				for k, c := range s {
					picked[k] = row[c]
				}
				out.Rows[i] = picked
			}
		}
	}
	if n := len(out.Rows); n > MaxRows {
		out.Rows = out.Rows[:MaxRows]
		if out.Partial == "" {
			out.Partial = fmt.Sprintf("the table has %d rows; these are the first %d", n, MaxRows)
		}
	}
	return out
}

func (s *Sort) compare(a, b []Cell) int {
	for _, by := range s.By {
		x, y := a[by.Column], b[by.Column]
		if c := x.compare(y); c != 0 {
			if by.Descending && x.Type != "" && y.Type != "" {
				return -c
			}
			return c
		}
	}
	return 0
}

// row gives a group's cells.
func (t *Tally) row(g int, approximate *bool) []Cell {
	row := make([]Cell, 0, len(t.pipe.By)+len(t.pipe.Aggs))
	for k := range t.pipe.By {
		row = append(row, t.keyCell(k, t.groups[g][k]))
	}
	n := t.counts[g]
	for _, a := range t.pipe.Aggs {
		row = append(row, t.aggCell(a, g, n, approximate))
	}
	return row
}

func (t *Tally) keyCell(k int, id uint32) Cell {
	key := t.pipe.By[k]
	switch {
	case key.Step > 0:
		at := t.start + int64(id-1)*t.step
		return Cell{Type: TimeColumn, Text: string(event.AppendTime(nil, at)), at: at}
	case id == 0:
		return Cell{}
	case key.Field.Column == event.FieldLevel:
		return Cell{Type: LevelColumn, Text: event.Level(id).String(), value: float64(id)}
	}
	return textCell(key.columnType(), t.keys[k].values[id-1])
}

func (t *Tally) aggCell(a Agg, g int, n int64, approximate *bool) Cell {
	switch a.Func {
	case Count:
		return countCell(n)
	case Rate:
		return numberCell(rounded(float64(n)/t.seconds(t.groups[g]), 15))
	case Distinct:
		s := &t.sets[g*len(t.texts)+slices.Index(t.texts, a.Field)]
		if !s.exact() {
			*approximate = true
		}
		return numberCell(s.count())
	}
	x := &t.numbers[g*len(t.numeric)+slices.Index(t.numeric, a.Field)]
	if x.n == 0 {
		return Cell{}
	}
	switch a.Func {
	case Sum:
		return numberCell(rounded(x.sum+x.lost, 15))
	case Avg:
		return numberCell(rounded((x.sum+x.lost)/float64(x.n), 15))
	case Min:
		return textCell(NumberColumn, x.least.String())
	case Max:
		return textCell(NumberColumn, x.most.String())
	}
	v := x.sketch.percentile(a.Percent)
	if !x.sketch.exact() {
		*approximate = true
		v = min(max(rounded(v, 4), x.sketch.least), x.sketch.most)
	}
	return numberCell(v)
}

// seconds is how long a group's time is: a step's, as far as it lies in the
// span, or the span's.
func (t *Tally) seconds(id groupID) float64 {
	from, to := t.span.From, t.span.To
	for k, key := range t.pipe.By {
		if key.Step > 0 {
			begin := t.start + int64(id[k]-1)*t.step
			from = max(from, begin)
			if end := begin + t.step; end > begin {
				to = min(to, end)
			}
		}
	}
	return float64(uint64(to)-uint64(from)) / float64(time.Second)
}

// fill adds the rows of the steps of time in which a group has no events.
func (t *Tally) fill(out *Table) {
	at := slices.IndexFunc(t.pipe.By, func(k Key) bool { return k.Step > 0 })
	if at < 0 {
		return
	}
	var others []groupID
	seen := map[groupID]bool{}
	for _, g := range t.groups {
		if g[at] = 0; !seen[g] {
			seen[g] = true
			others = append(others, g)
		}
	}
	if len(t.pipe.By) == 1 && len(others) == 0 {
		others = append(others, groupID{})
	}
	if rows := int64(len(others)) * t.buckets; rows > MaxRows {
		if out.Partial == "" {
			out.Partial = fmt.Sprintf("with its empty steps the table has %d rows, more than %d; they are left out", rows, MaxRows)
		}
		return
	}
	empty := Tally{pipe: t.pipe, span: t.span, start: t.start, step: t.step, keys: t.keys, numeric: t.numeric, texts: t.texts, needs: t.needs, index: map[groupID]int32{}}
	for _, id := range others {
		for b := range t.buckets {
			id[at] = uint32(b + 1)
			if _, there := t.index[id]; !there {
				empty.groupOf(id)
			}
		}
	}
	for i := range empty.groups {
		out.Rows = append(out.Rows, empty.row(i, &out.Approximate))
	}
}

// order is that of a table that is not sorted: by time and then the other
// keys, or else by the first computed column, the greatest first.
func (t *Tally) order(rows [][]Cell) {
	s := &Sort{}
	at := slices.IndexFunc(t.pipe.By, func(k Key) bool { return k.Step > 0 })
	if at >= 0 {
		s.By = append(s.By, SortKey{at, false})
	} else {
		s.By = append(s.By, SortKey{len(t.pipe.By), true})
	}
	for k := range t.pipe.By {
		s.By = append(s.By, SortKey{k, false})
	}
	slices.SortFunc(rows, s.compare)
}

// top keeps the n first rows that have a value, and behind them the row of
// the events without one.
func top(rows [][]Cell, n int) [][]Cell {
	var without [][]Cell
	if i := slices.IndexFunc(rows, func(row []Cell) bool { return row[0].Type == "" }); i >= 0 {
		without = [][]Cell{rows[i]}
		rows = slices.Delete(rows, i, i+1)
	}
	return append(rows[:min(len(rows), n)], without...)
}
