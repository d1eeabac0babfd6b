// Package export writes events, and the tables that pipes make of them, as
// NDJSON, CSV or Parquet, for programs that are not Clewline. What is written
// can be read back: nothing is shortened or rounded, and times keep their
// nanoseconds.
package export

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// A Format is a form that rows are written in.
type Format string

// The formats.
const (
	NDJSON  Format = "ndjson"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// ParseFormat reads a format's name; "" is NDJSON.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case "":
		return NDJSON, nil
	case NDJSON, CSV, Parquet:
		return f, nil
	}
	return "", errors.New("the format is one of ndjson, csv and parquet")
}

// ContentType is the format's media type.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case Parquet:
		return "application/vnd.apache.parquet"
	}
	return "application/x-ndjson"
}

// Options choose what a Writer writes.
type Options struct {
	Format Format // required
	// Columns of the rows, in order. Of NDJSON none means whole events, in
	// the wire form; the other formats need at least one.
	Columns []Column
	// BOM begins a CSV with the mark by which Excel knows UTF-8.
	BOM bool
	// Headless leaves the line of a CSV out that names the columns, and the
	// BOM: the rows continue a file.
	Headless bool
	// Bare leaves out what NDJSON says in its last line: the rows are
	// continued, and it is said elsewhere.
	Bare bool
}

// An End is what is told of rows when the last is written: in NDJSON as the
// last line, in Parquet as the entry "clewline" of the file's metadata. CSV has
// no place for it.
type End struct {
	// Partial says that there are, or may be, rows that are not here.
	Partial bool   `json:"partial"`
	Reason  string `json:"reason"` // why, in words
	Query   string `json:"query"`
	From    string `json:"from"` // RFC 3339
	To      string `json:"to"`
	Count   int64  `json:"count"`          // of rows, all parts together
	Next    string `json:"next,omitempty"` // the cursor that continues
	// Sequence tells what of a sequence is not decided; nil for other rows.
	Sequence *Sequence `json:"sequence,omitempty"`
}

// A Sequence is what an End says of the rows of a sequence.
type Sequence struct {
	First     int64  `json:"first"`     // events that the first part matches
	Undecided int64  `json:"undecided"` // of those; what is sought may still come
	LeftOut   int64  `json:"leftOut"`   // of those, for want of room
	DecidedTo string `json:"decidedTo"` // a step whose time ends later is undecided
}

// A Writer writes rows. It is not for concurrent use. After an error it is not
// to be used any more.
type Writer struct {
	columns []Column
	form    form
	row     []value
	data    dataReader
	whole   *ndjson // NDJSON of whole events, else nil
}

// A form writes rows of values that fit the columns.
type form interface {
	write(row []value) error
	close(End) error
}

// NewWriter makes a Writer of events.
func NewWriter(w io.Writer, o Options) (*Writer, error) {
	out := &Writer{columns: o.Columns, row: make([]value, len(o.Columns))}
	if o.Format == NDJSON && len(o.Columns) == 0 {
		out.whole = newNDJSON(w, nil, o.Bare)
		out.form = out.whole
		return out, nil
	}
	if len(o.Columns) == 0 {
		return nil, errors.New("export: no columns")
	}
	switch o.Format {
	case NDJSON:
		out.form = newNDJSON(w, o.Columns, o.Bare)
	case CSV:
		f, err := newCSV(w, o)
		if err != nil {
			return nil, err
		}
		out.form = f
	case Parquet:
		out.form = newParquet(w, o.Columns)
	default:
		return nil, fmt.Errorf("export: the format %q is not known", o.Format)
	}
	return out, nil
}

// Event writes one event. It keeps nothing of it.
func (w *Writer) Event(e *event.Event) error {
	if w.whole != nil {
		return w.whole.event(e)
	}
	w.data.reset(e.Data)
	for i := range w.columns {
		w.row[i] = w.columns[i].of(e, &w.data)
	}
	return w.form.write(w.row)
}

// Sequence writes one row of a sequence: the fields of its first event, and the
// events of its steps, in their wire form, as the JSON array then: a member of
// whole events, else where ThenColumn stands among the columns.
func (w *Writer) Sequence(r query.Row) error {
	if w.whole != nil {
		return w.whole.sequence(r)
	}
	w.data.reset(r.First.Data)
	for i := range w.columns {
		if w.columns[i].steps {
			w.row[i] = stepsValue(r.Then)
		} else {
			w.row[i] = w.columns[i].of(r.First, &w.data)
		}
	}
	return w.form.write(w.row)
}

// Row writes one row of a table, whose columns are those of TableColumns.
func (w *Writer) Row(cells []query.Cell) error {
	if len(cells) != len(w.columns) {
		return fmt.Errorf("export: a row of %d cells for %d columns", len(cells), len(w.columns))
	}
	for i, c := range cells {
		w.row[i] = cellValue(c)
	}
	return w.form.write(w.row)
}

// Close writes what stands at the end, and does not close what is written to.
func (w *Writer) Close(end End) error { return w.form.close(end) }

// ParseColumns reads the names of columns: those of events, their aliases, and
// keys of data (data.cart.total). It refuses a name that comes twice, since
// Parquet has no room for both.
func ParseColumns(names []string) ([]Column, error) {
	columns := make([]Column, 0, len(names))
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case name == "" || len(name) > maxName:
			return nil, fmt.Errorf("a name of a column is empty, or longer than %d bytes", maxName)
		case seen[name]:
			return nil, fmt.Errorf("the column %q is there twice", name)
		}
		seen[name] = true
		f := query.Resolve(name)
		if f.Column == event.FieldWords {
			return nil, errors.New("words are derived for searching, and are not given; data has what they were taken from")
		}
		columns = append(columns, Column{Name: name, field: f, kind: kindOf(f)})
	}
	if len(columns) > MaxColumns {
		return nil, fmt.Errorf("there are %d columns; at most %d are accepted", len(columns), MaxColumns)
	}
	return columns, nil
}

// SequenceColumns are the columns of the rows of a sequence: those given, and
// then, in the place where it is named, or as the last. The key then in data is
// called data.then.
func SequenceColumns(columns []Column) []Column {
	then := Column{Name: "then", kind: object, steps: true}
	for i := range columns {
		if columns[i].Name == then.Name {
			columns[i] = then
			return columns
		}
	}
	return append(columns, then)
}

// MaxColumns is the most columns that rows have.
const MaxColumns = 200

const maxName = 256

// AllColumns are the columns that hold a whole event: every field, what has no
// field of its own as JSON in data.
func AllColumns() []Column {
	var columns []Column
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if f != event.FieldWords {
			field := query.Field{Name: f.Name(), Column: f}
			columns = append(columns, Column{Name: f.Name(), field: field, kind: kindOf(field)})
		}
	}
	return columns
}

// TableColumns are the columns of a table.
func TableColumns(of []query.Column) []Column {
	columns := make([]Column, len(of))
	seen := map[string]int{}
	for i, c := range of {
		columns[i] = Column{Name: c.Name, kind: text}
		switch c.Type {
		case query.NumberColumn:
			columns[i].kind = number
		case query.TimeColumn:
			columns[i].kind = moment
		}
		if seen[c.Name]++; seen[c.Name] > 1 { // computed twice: count, count
			columns[i].Name = fmt.Sprintf("%s (%d)", c.Name, seen[c.Name])
		}
	}
	return columns
}
