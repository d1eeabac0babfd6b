package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/export"
)

type queryCmd struct {
	remote
	From   string `help:"Start of the time range: RFC 3339, an epoch, or relative such as -15m, -2h, -7d." default:"-15m"`
	To     string `help:"End of the time range, itself not in it." default:"now"`
	Limit  int    `help:"Most events to give. A table has '| limit N'." default:"100"`
	Zone   string `help:"Where the steps of time of a table begin, such as Asia/Shanghai; the server's zone when absent." placeholder:"ZONE"`
	Output string `help:"ndjson, table, csv or parquet." short:"o" enum:"ndjson,table,csv,parquet" default:"ndjson"`

	All     bool   `help:"Give all that is found, however much, in parts that are tried again (ndjson, csv, parquet)." short:"a"`
	File    string `help:"With --all or parquet: write to this file; when that stops, the same command goes on with it (a Parquet file is begun again)." short:"f" placeholder:"FILE"`
	Columns string `help:"With --all or parquet: the fields to give, between commas; all when absent." placeholder:"A,B"`
	BOM     bool   `help:"With --all: begin a CSV with the mark by which Excel knows UTF-8." name:"bom"`
	Quiet   bool   `help:"No progress, only errors." short:"q"`
	Explain bool   `help:"Tell what the search costs and why, in place of what it finds."`

	Query string `arg:"" optional:"" help:"What to look for, such as 'level>=warn and callId:call-9f3c27', or a table of it: 'errorCode:* | top 20 httpPath'; all when absent."`
}

// closing is the last line of an answer.
type closing struct {
	Partial       bool
	Reason        string
	Count         int
	Next          string
	UnknownFields []struct{ Name, Suggestion string }
	Sequence      *sequenceEnd
	Near          []nearQuery
}

// Run prints the events, or the table that pipes make of them. It fails when the answer was cut, and says on
// standard error when it is partial or not all.
func (c *queryCmd) Run(p *program) error {
	if c.Explain {
		return c.runExplain(p)
	}
	// What cannot be read is the server's to explain.
	st, err := query.ParseStatement(c.Query)
	piped := err == nil && st.Pipe != nil
	whole := c.All || c.Output == "parquet"
	switch {
	case !whole && (c.File != "" || c.Columns != "" || c.BOM):
		return wrongUse("--file, --columns and --bom belong to --all, or to -o parquet")
	case c.Output == "table" && c.All:
		return wrongUse("--all is for -o ndjson, csv or parquet")
	case whole && piped:
		return c.runTableExport(p)
	case whole:
		return c.runAll(p)
	case piped:
		return c.runTable(p)
	}
	params := url.Values{"q": {c.Query}, "from": {c.From}, "to": {c.To}, "limit": {strconv.Itoa(c.Limit)}}
	resp, err := c.ask(p.ctx, "/v1/search", params, c.Query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	out := bufio.NewWriter(p.stdout)
	write := printer(c.Output, out)
	lines := bufio.NewReaderSize(resp.Body, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return errors.Join(out.Flush(), errors.New("the answer was cut before its end; what is shown is not all"))
		}
		if end, ok := parseClosing(line); ok {
			if err := out.Flush(); err != nil {
				return err
			}
			p.tellUnknown(end.UnknownFields)
			p.tellSequence(end.Sequence)
			p.tellNear(end.Near)
			switch {
			case end.Partial:
				fmt.Fprintf(p.stderr, "part of the answer: %s\n", end.Reason)
			case end.Next != "":
				fmt.Fprintf(p.stderr, "the newest %d; there are more (--limit)\n", end.Count)
			}
			return nil
		}
		if err := write(line); err != nil {
			return err
		}
	}
}

// parseClosing reads the line that ends an answer. Events have no member of
// that name at their top.
func parseClosing(line []byte) (closing, bool) {
	const head = `{"clewline":`
	if !strings.HasPrefix(string(line[:min(len(line), len(head))]), head) {
		return closing{}, false
	}
	var end struct{ Clewline closing }
	if json.Unmarshal(line, &end) != nil {
		return closing{}, false
	}
	return end.Clewline, true
}

// tableColumns are what a table and a CSV show of an event.
var tableColumns = []string{"time", "level", "service", "msg", "errorCode", "traceId", "id"}

// printer writes one event, a line of JSON, in an output form.
func printer(form string, out *bufio.Writer) func(line []byte) error {
	switch form {
	case "table":
		return func(line []byte) error {
			cells, err := row(line)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%-30s %-6s %-16s %s", cells[0], cells[1], cells[2], cells[3])
			if cells[4] != "" && err == nil {
				_, err = fmt.Fprintf(out, " [%s]", cells[4])
			}
			if err == nil {
				err = out.WriteByte('\n')
			}
			return errors.Join(err, writeThen(out, line))
		}
	case "csv":
		w := csv.NewWriter(out)
		head := false
		return func(line []byte) error {
			if !head {
				head = true
				if err := w.Write(tableColumns); err != nil {
					return err
				}
			}
			cells, err := row(line)
			if err != nil {
				return err
			}
			for i := range cells {
				cells[i] = export.SafeCell(cells[i])
			}
			if err := w.Write(cells); err != nil {
				return err
			}
			w.Flush()
			return w.Error()
		}
	default:
		return func(line []byte) error {
			_, err := out.Write(line) // the server escapes control signs in JSON
			return err
		}
	}
}

// row takes the cells of tableColumns out of an event. Control signs are shown
// as escapes: a log line must not move the reader's cursor.
func row(line []byte) ([]string, error) {
	var e map[string]json.RawMessage
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, fmt.Errorf("the server sent a line that is no event: %w", err)
	}
	cells := make([]string, len(tableColumns))
	for i, name := range tableColumns {
		var s string
		if json.Unmarshal(e[name], &s) == nil {
			cells[i] = visible(s)
		}
	}
	if cells[2] == "" {
		var app string
		if json.Unmarshal(e["app"], &app) == nil {
			cells[2] = visible(app)
		}
	}
	return cells, nil
}

// visible replaces what would act on a terminal: control signs and the signs
// that change the direction of writing.
func visible(s string) string {
	if !strings.ContainsFunc(s, acts) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if acts(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func acts(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F
}

type tailCmd struct {
	remote
	Output string `help:"ndjson, table or csv." short:"o" enum:"ndjson,table,csv" default:"table"`
	Query  string `arg:"" optional:"" help:"What to show; all when absent."`
}

// Run prints matching events until it is interrupted.
func (c *tailCmd) Run(p *program) error {
	resp, err := c.ask(p.ctx, "/v1/tail", url.Values{"q": {c.Query}}, c.Query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	out := bufio.NewWriter(p.stdout)
	write := printer(c.Output, out)
	err = readSSE(resp.Body, func(name string, data []byte) error {
		switch name {
		case "event":
			if err := write(append(data, '\n')); err != nil {
				return err
			}
			return out.Flush()
		case "dropped":
			var d struct{ Count int }
			if json.Unmarshal(data, &d) == nil {
				fmt.Fprintf(p.stderr, "%d events left out: this reader is too slow for them\n", d.Count)
			}
		case "bye":
			var d struct{ Reason string }
			if json.Unmarshal(data, &d) == nil {
				fmt.Fprintf(p.stderr, "the server ended the tail: %s\n", d.Reason)
			}
		}
		return nil
	})
	if p.ctx.Err() != nil {
		return nil // interrupted, which is how a tail ends
	}
	return err
}

// readSSE reads a stream of server-sent events, as the WHATWG HTML standard,
// section 9.2, has them, as far as our server uses them.
func readSSE(r io.Reader, handle func(name string, data []byte) error) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	name, data := "", []byte(nil)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "":
			if name != "" {
				if err := handle(name, data); err != nil {
					return err
				}
			}
			name, data = "", nil
		case strings.HasPrefix(line, "event:"):
			name = strings.TrimSpace(line[len("event:"):])
		case strings.HasPrefix(line, "data:"):
			data = append(data, strings.TrimPrefix(line[len("data:"):], " ")...)
		}
	}
}
