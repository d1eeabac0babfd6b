package query

import (
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
)

// What a table may be at most. ParsePiped names the limit that a text is
// beyond.
const (
	MaxKeys    = 4      // after "by"
	MaxAggs    = 20     // counts, sums, ... side by side
	MaxStages  = 10     // pipes after the first
	MaxRows    = 10_000 // of a table
	MaxBuckets = 10_000 // steps of a time key
)

// A Pipe is what stands behind a query after '|': it makes a table of the
// events that the query matches. It is immutable and may be shared.
type Pipe struct {
	Aggs []Agg // at least one
	By   []Key // none: one row for all events
	// Top, when not 0, keeps the Top most frequent values of the one key, and
	// the row of the events without it. Its Aggs are one Count.
	Top    int
	Stages []Stage // what is done to the rows, in turn
	// Text is the pipe as typed, from the first '|' on; Offset is where it
	// begins in the whole text, in bytes.
	Text   string
	Offset int
}

// An AggFunc says what is computed of a group's events.
type AggFunc uint8

// The functions. Count, Rate (a count a second) and Distinct take any event or
// field; the others numbers.
const (
	Count AggFunc = iota + 1
	Rate
	Distinct
	Sum
	Avg
	Min
	Max
	Percentile
)

var aggNames = [...]string{Count: "count", Rate: "rate", Distinct: "distinct", Sum: "sum", Avg: "avg", Min: "min", Max: "max"}

// An Agg is one computed column.
type Agg struct {
	Func  AggFunc
	Field Field // of Distinct to Percentile
	// Percent is of Percentile, in thousandths: p95 is 95,000, p99.9 is
	// 99,900. The percentile is the least value that at least so much of the
	// group's numbers are not above (the nearest rank).
	Percent int
}

// A Key is one column that events are grouped by: the values of a field, or
// steps of time when Step is not 0.
type Key struct {
	Field Field
	Step  time.Duration
}

// A Stage changes the rows of a table: one of *Sort, Limit, Pick.
type Stage interface{ stage() }

// Sort orders rows by columns; what is absent comes last, equal rows stay in
// their order.
type Sort struct{ By []SortKey }

// A SortKey is a column, by its index, and a direction.
type SortKey struct {
	Column     int
	Descending bool
}

// Limit keeps the first rows.
type Limit int

// Pick keeps some columns, by their index, in this order.
type Pick []int

func (*Sort) stage() {}
func (Limit) stage() {}
func (Pick) stage()  {}

// A ColumnType says what the cells of a column are.
type ColumnType string

// The types of columns.
const (
	TextColumn   ColumnType = "text"
	NumberColumn ColumnType = "number"
	TimeColumn   ColumnType = "time"
	LevelColumn  ColumnType = "level"
)

// A Column is one column of a table.
type Column struct {
	Name string     `json:"name"`
	Type ColumnType `json:"type"`
	// computed says that the name is that of an Agg, not of a field.
	computed bool
}

// Columns gives the columns of the table: first the keys, then what is
// computed, unless the last fields stage says otherwise.
func (p *Pipe) Columns() []Column {
	columns := p.computed()
	for _, s := range p.Stages {
		if pick, ok := s.(Pick); ok {
			picked := make([]Column, len(pick))
			for i, c := range pick {
				picked[i] = columns[c]
			}
			columns = picked
		}
	}
	return columns
}

// computed gives the columns before any stage.
func (p *Pipe) computed() []Column {
	columns := make([]Column, 0, len(p.By)+len(p.Aggs))
	for _, k := range p.By {
		columns = append(columns, Column{k.name(), k.columnType(), false})
	}
	for _, a := range p.Aggs {
		columns = append(columns, Column{a.name(), NumberColumn, true})
	}
	return columns
}

// name is the column's name: the field as it was typed.
func (k Key) name() string {
	if k.Step > 0 {
		return event.FieldTime.Name()
	}
	return k.Field.Name
}

func (k Key) columnType() ColumnType {
	switch {
	case k.Step > 0:
		return TimeColumn
	case k.Field.Column == event.NoField:
		return TextColumn
	}
	switch k.Field.Column.Type() {
	case event.LevelType:
		return LevelColumn
	case event.Number:
		return NumberColumn
	}
	return TextColumn
}

func (a Agg) name() string {
	if a.Func <= Rate {
		return aggNames[a.Func]
	}
	return a.call() + "(" + a.Field.Name + ")"
}

// call is the function's name.
func (a Agg) call() string {
	if a.Func != Percentile {
		return aggNames[a.Func]
	}
	return "p" + strconv.FormatFloat(float64(a.Percent)/1000, 'f', -1, 64)
}

// Fields lists the fields that a pipe names, each once, in their order.
func (p *Pipe) Fields() []Field {
	var fields []Field
	seen := map[string]bool{}
	add := func(f Field) {
		if f.Name != "" && !seen[f.Name] {
			seen[f.Name] = true
			fields = append(fields, f)
		}
	}
	for _, a := range p.Aggs {
		add(a.Field)
	}
	for _, k := range p.By {
		add(k.Field)
	}
	return fields
}

// String gives the canonical text, from the first '|' on. ParsePiped reads it
// back, behind the canonical text of a query, to an equal pipe.
func (p *Pipe) String() string {
	var b writer
	b.WriteString("| ")
	if p.Top > 0 {
		b.WriteString("top " + strconv.Itoa(p.Top) + " ")
		writeValue(&b, p.By[0].Field.Name, pipeWord)
	} else {
		for i, a := range p.Aggs {
			comma(&b, i)
			b.WriteString(a.call())
			if a.Func > Rate {
				b.WriteByte('(')
				writeValue(&b, a.Field.Name, pipeWord)
				b.WriteByte(')')
			}
		}
		for i, k := range p.By {
			if i == 0 {
				b.WriteString(" by ")
			}
			comma(&b, i)
			if k.Step > 0 {
				b.WriteString("time(" + stepText(k.Step) + ")")
				continue
			}
			writeValue(&b, k.Field.Name, pipeWord)
		}
	}
	columns := p.computed()
	for _, s := range p.Stages {
		switch s := s.(type) {
		case *Sort:
			b.WriteString(" | sort ")
			for i, by := range s.By {
				comma(&b, i)
				writeColumn(&b, columns[by.Column])
				if by.Descending {
					b.WriteString(" desc")
				}
			}
		case Limit:
			b.WriteString(" | limit " + strconv.Itoa(int(s)))
		case Pick:
			b.WriteString(" | fields ")
			picked := make([]Column, len(s))
			for i, c := range s {
				comma(&b, i)
				picked[i] = columns[c]
				writeColumn(&b, columns[c])
			}
			columns = picked
		}
	}
	return b.String()
}

func comma(b *writer, i int) {
	if i > 0 {
		b.WriteString(", ")
	}
}

// writeColumn writes a column's name: a computed one as it is computed.
func writeColumn(b *writer, c Column) {
	call, field, has := strings.Cut(c.Name, "(")
	if !c.computed || !has {
		writeValue(b, c.Name, pipeWord)
		return
	}
	b.WriteString(call + "(")
	writeValue(b, strings.TrimSuffix(field, ")"), pipeWord)
	b.WriteByte(')')
}

// aggNamed finds a function by its name, in any letter case.
func aggNamed(name string) (Agg, bool) {
	for f := Count; f < Percentile; f++ {
		if strings.EqualFold(name, aggNames[f]) {
			return Agg{Func: f}, true
		}
	}
	if len(name) < 2 || name[0]|0x20 != 'p' {
		return Agg{}, false
	}
	whole, part, point := strings.Cut(name[1:], ".")
	if len(whole) > 2 || len(part) > 3 || point && part == "" || strings.Trim(whole+part, "0123456789") != "" || whole == "" {
		return Agg{}, false
	}
	n, err := strconv.Atoi(whole + (part + "000")[:3])
	return Agg{Func: Percentile, Percent: n}, err == nil && n > 0
}

// stepUnits are those of time(d), the widest first.
var stepUnits = [...]struct {
	name string
	unit time.Duration
}{
	{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond},
}

// maxStep is the widest step of time.
const maxStep = 366 * 24 * time.Hour

func stepText(d time.Duration) string {
	for _, u := range stepUnits {
		if d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return d.String() // none is finer than 1 ms
}

func parseStep(text string) (time.Duration, bool) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || digits[0] == '+' {
		return 0, false
	}
	for _, u := range stepUnits {
		if strings.EqualFold(text[len(digits):], u.name) && n <= int64(maxStep/u.unit) {
			return time.Duration(n) * u.unit, true
		}
	}
	return 0, false
}
