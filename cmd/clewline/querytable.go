package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/clewline/clewline/server/export"
)

// A tableAnswer is what the server makes of a query with pipes. Cells are
// null, numbers or strings.
type tableAnswer struct {
	Columns []struct{ Name, Type string }
	Rows    [][]json.RawMessage
	Partial bool
	Reason  string

	UnknownFields []struct{ Name, Suggestion string }
	Sequence      *sequenceEnd
}

// runTable prints the table that a query's pipes make.
func (c *queryCmd) runTable(p *program) error {
	params := url.Values{"q": {c.Query}, "from": {c.From}, "to": {c.To}}
	if c.Zone != "" {
		params.Set("zone", c.Zone)
	}
	resp, err := c.ask(p.ctx, "/v1/table", params, c.Query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer tableAnswer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("the answer was cut before its end: %w", err)
	}
	out := bufio.NewWriter(p.stdout)
	if err := answer.write(c.Output, out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	p.tellUnknown(answer.UnknownFields)
	p.tellSequence(answer.Sequence)
	if answer.Partial {
		fmt.Fprintf(p.stderr, "part of the answer: %s\n", answer.Reason)
	}
	return nil
}

// tellUnknown says which names of a query mean nothing.
func (p *program) tellUnknown(fields []struct{ Name, Suggestion string }) {
	for _, f := range fields {
		hint := ""
		if f.Suggestion != "" {
			hint = fmt.Sprintf("; did you mean %s?", f.Suggestion)
		}
		fmt.Fprintf(p.stderr, "no field is called %s%s\n", visible(f.Name), hint)
	}
}

// write prints the rows: objects by line, aligned columns with a "-" for
// null, or CSV.
func (a *tableAnswer) write(form string, out io.Writer) error {
	names := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		names[i] = c.Name
	}
	switch form {
	case "table":
		w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
		for i := range names {
			names[i] = visible(names[i])
		}
		fmt.Fprintln(w, strings.Join(names, "\t"))
		for _, row := range a.Rows {
			cells := make([]string, len(row))
			for i := range row {
				text, _ := cellText(row[i])
				if cells[i] = visible(text); text == "" {
					cells[i] = "-"
				}
			}
			fmt.Fprintln(w, strings.Join(cells, "\t"))
		}
		return w.Flush()
	case "csv":
		w := csv.NewWriter(out)
		for i := range names {
			names[i] = export.SafeCell(visible(names[i]))
		}
		if err := w.Write(names); err != nil {
			return err
		}
		for _, row := range a.Rows {
			cells := make([]string, len(row))
			for i := range row {
				text, isNumber := cellText(row[i])
				if cells[i] = text; !isNumber {
					cells[i] = export.SafeCell(visible(text))
				}
			}
			if err := w.Write(cells); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	}
	var line bytes.Buffer
	for _, row := range a.Rows {
		line.Reset()
		for i, cell := range row {
			if i >= len(names) {
				return fmt.Errorf("the server sent a row of %d cells for %d columns", len(row), len(names))
			}
			name, err := json.Marshal(names[i])
			if err != nil {
				return err
			}
			line.WriteByte("{,"[min(i, 1)])
			line.Write(name)
			line.WriteByte(':')
			line.Write(cell)
		}
		line.WriteString("}\n")
		if _, err := line.WriteTo(out); err != nil {
			return err
		}
	}
	return nil
}

// cellText gives a cell's text, "" for null, and whether it is a number, which
// no spreadsheet takes for a formula.
func cellText(cell json.RawMessage) (text string, isNumber bool) {
	switch {
	case len(cell) == 0 || string(cell) == "null":
		return "", false
	case json.Unmarshal(cell, &text) == nil:
		return text, false
	}
	return string(cell), true
}
