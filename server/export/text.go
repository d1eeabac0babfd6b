package export

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// An ndjson writes one JSON object a line.
type ndjson struct {
	w     io.Writer
	names [][]byte // of the columns, as JSON strings with their colons
	bare  bool
	line  []byte
}

func newNDJSON(w io.Writer, columns []Column, bare bool) *ndjson {
	f := &ndjson{w: w, bare: bare}
	for _, c := range columns {
		f.names = append(f.names, append(event.AppendString(nil, c.Name), ':'))
	}
	return f
}

func (f *ndjson) event(e *event.Event) error {
	f.line = append(event.AppendJSON(f.line[:0], e), '\n')
	_, err := f.w.Write(f.line)
	return err
}

// AppendRow appends the wire form of a sequence's row: that of its first event,
// with the events of its steps in the member then, which is absent when there
// are none.
func AppendRow(dst []byte, r query.Row) []byte {
	dst = event.AppendJSON(dst, r.First)
	if len(r.Then) == 0 {
		return dst
	}
	dst = append(dst[:len(dst)-1], `,"then":`...) // an event is never empty
	return append(appendEvents(dst, r.Then), '}')
}

func (f *ndjson) sequence(r query.Row) error {
	f.line = append(AppendRow(f.line[:0], r), '\n')
	_, err := f.w.Write(f.line)
	return err
}

// write leaves what is absent out, as the wire form does.
func (f *ndjson) write(row []value) error {
	f.line = append(f.line[:0], '{')
	for i := range row {
		v := &row[i]
		if v.kind == none {
			continue
		}
		if len(f.line) > 1 {
			f.line = append(f.line, ',')
		}
		f.line = append(f.line, f.names[i]...)
		switch v.kind {
		case number, object:
			f.line = append(f.line, oneLine(v.text)...)
		case list:
			f.line = appendList(f.line, v.list)
		default:
			f.line = event.AppendString(f.line, v.plain())
		}
	}
	f.line = append(f.line, '}', '\n')
	_, err := f.w.Write(f.line)
	return err
}

func (f *ndjson) close(end End) error {
	if f.bare {
		return nil
	}
	line, err := json.Marshal(map[string]End{"clewline": end})
	if err != nil {
		return err
	}
	_, err = f.w.Write(append(line, '\n'))
	return err
}

// A csv writes what RFC 4180 says: commas, double quotes around what needs
// them, CR LF after each row. Line breaks within a cell stay as they are.
type csv struct {
	w    io.Writer
	line []byte
}

func newCSV(w io.Writer, o Options) (*csv, error) {
	f := &csv{w: w}
	if o.Headless {
		return f, nil
	}
	if o.BOM {
		f.line = append(f.line, "\uFEFF"...)
	}
	for i, c := range o.Columns {
		f.cell(i, SafeCell(c.Name))
	}
	return f, f.end()
}

func (f *csv) write(row []value) error {
	for i := range row {
		v := &row[i]
		s := v.plain()
		if v.kind == text {
			s = SafeCell(s)
		}
		f.cell(i, s)
	}
	return f.end()
}

func (f *csv) cell(i int, s string) {
	if i > 0 {
		f.line = append(f.line, ',')
	}
	if !strings.ContainsAny(s, ",\"\r\n") && (s == "" || s[0] != ' ' && s[len(s)-1] != ' ') {
		f.line = append(f.line, s...)
		return
	}
	f.line = append(f.line, '"')
	for {
		before, after, found := strings.Cut(s, `"`)
		f.line = append(f.line, before...)
		if !found {
			break
		}
		f.line = append(f.line, '"', '"')
		s = after
	}
	f.line = append(f.line, '"')
}

func (f *csv) end() error {
	f.line = append(f.line, '\r', '\n')
	_, err := f.w.Write(f.line)
	f.line = f.line[:0]
	return err
}

func (f *csv) close(End) error { return nil }

// SafeCell keeps a spreadsheet from taking a text for a formula: one that
// begins as a formula does (= + - @, their full-width forms, a tab, a CR or LF),
// after any apostrophes, is given one more apostrophe before it. Leaving one out
// again gives the text back, so nothing is lost.
func SafeCell(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

// UnsafeCell gives the text back that SafeCell made s of.
func UnsafeCell(s string) string {
	if strings.HasPrefix(s, "'") && formula(s) {
		return s[1:]
	}
	return s
}

func formula(s string) bool {
	s = strings.TrimLeft(s, "'")
	for _, r := range s {
		return strings.ContainsRune("=+-@\t\r\n＝＋－＠", r)
	}
	return false
}
