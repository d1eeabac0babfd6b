package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
)

// runExplain prints how the server comes to the first events of a search.
func (c *queryCmd) runExplain(p *program) error {
	params := url.Values{"q": {c.Query}, "from": {c.From}, "to": {c.To}, "limit": {strconv.Itoa(min(c.Limit, 1000))}}
	resp, err := c.ask(p.ctx, "/v1/explain", params, c.Query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Text  string
		Found int
		Next  bool
		Steps []struct {
			Step, Detail string
			Rows         int64
			MS           float64
		}
		Segments []struct {
			Segment                int
			State, Verdict, Reason string
			Events, Bytes          int64
			Candidates             *int64
		}
		Unlisted int
		Bytes    int64
		Partial  bool
		Reason   string
		Scanned  struct {
			Segments, SegmentsTotal int
			Rows                    int64
		}
		MS float64
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("the answer was cut before its end: %w", err)
	}
	out := bufio.NewWriter(p.stdout)
	more := ""
	if answer.Next {
		more = ", and there are more"
	}
	fmt.Fprintf(out, "%s\n%d events%s, in %.1f ms: %d of %d segments read (%d bytes), %d rows looked at\n\n", visible(answer.Text), answer.Found, more, answer.MS, answer.Scanned.Segments, answer.Scanned.SegmentsTotal, answer.Bytes, answer.Scanned.Rows)
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "step\tms\trows\t")
	for _, s := range answer.Steps {
		fmt.Fprintf(w, "%s\t%.1f\t%d\t%s\n", s.Step, s.MS, s.Rows, visible(s.Detail))
	}
	fmt.Fprintln(w, "\nsegment\tevents\tbytes\tcandidates\tverdict\t")
	for _, s := range answer.Segments {
		candidates := "all"
		if s.Candidates != nil {
			candidates = strconv.FormatInt(*s.Candidates, 10)
		}
		fmt.Fprintf(w, "%d %s\t%d\t%d\t%s\t%s\t%s\n", s.Segment, s.State, s.Events, s.Bytes, candidates, s.Verdict, visible(s.Reason))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if answer.Unlisted > 0 {
		fmt.Fprintf(out, "%d older segments are not listed\n", answer.Unlisted)
	}
	if answer.Partial {
		fmt.Fprintf(p.stderr, "part of the answer: %s\n", answer.Reason)
	}
	return out.Flush()
}

type fieldsCmd struct {
	remote
	From   string `help:"Start of the time range: RFC 3339, an epoch, or relative such as -15m, -2h, -7d." default:"-1d"`
	To     string `help:"End of the time range, itself not in it." default:"now"`
	Values string `help:"Show the most frequent values of this field instead." placeholder:"FIELD"`
	Limit  int    `help:"Most fields, or values, to show." default:"200"`
	Output string `help:"table or ndjson." short:"o" enum:"table,ndjson" default:"table"`
	Query  string `arg:"" optional:"" help:"Of which events; all when absent."`
}

// Run prints which columns and keys of data events have, and how often; or the
// values of one.
func (c *fieldsCmd) Run(p *program) error {
	params := url.Values{"q": {c.Query}, "from": {c.From}, "to": {c.To}, "limit": {strconv.Itoa(c.Limit)}}
	path := "/v1/fields"
	if c.Values != "" {
		path = "/v1/statistics"
		params.Set("field", c.Values)
	} else {
		params.Set("seen", "1")
	}
	resp, err := c.ask(p.ctx, path, params, c.Query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Seen []struct {
			Name    string  `json:"name"`
			Type    string  `json:"type"`
			Data    bool    `json:"data"`
			Present int64   `json:"present"`
			Share   float64 `json:"share"`
		}
		Looked int64
		More   bool
		Values []struct {
			Value string `json:"value"`
			Count int64  `json:"count"`
		}
		Approximate, Partial bool
		Reason               string
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("the answer was cut before its end: %w", err)
	}
	out := bufio.NewWriter(p.stdout)
	lines := json.NewEncoder(out)
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	if c.Output == "table" && c.Values == "" {
		fmt.Fprintln(w, "field\ttype\tin events")
	}
	for _, f := range answer.Seen {
		if c.Output == "ndjson" {
			err = lines.Encode(f)
		} else {
			_, err = fmt.Fprintf(w, "%s\t%s\t%.1f %%\n", visible(f.Name), f.Type, f.Share*100)
		}
		if err != nil {
			return err
		}
	}
	for _, v := range answer.Values {
		if c.Output == "ndjson" {
			err = lines.Encode(v)
		} else {
			_, err = fmt.Fprintf(w, "%d\t%s\n", v.Count, visible(v.Value))
		}
		if err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if answer.More {
		fmt.Fprintln(p.stderr, "there are more (--limit)")
	}
	if answer.Approximate {
		fmt.Fprintln(p.stderr, "these counts are estimates")
	}
	if answer.Partial {
		fmt.Fprintf(p.stderr, "part of the answer: %s\n", answer.Reason)
	}
	return out.Flush()
}
