package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/clewline/clewline/server/delivery"
	"github.com/clewline/clewline/server/export"
)

const (
	// maxRanges bounds the ranges of one file, which is made in memory: about
	// 15 MB of them.
	maxRanges = 100_000
)

var rangeColumns = []string{"day", "app", "sdk", "stream", "state", "what", "reason", "from", "to", "events"}

type rangeLine struct {
	Day string `json:"day"`
	delivery.Sender
	Stream string         `json:"stream"`
	State  delivery.State `json:"state"`
	What   delivery.Fate  `json:"what"`
	Reason string         `json:"reason,omitempty"`
	From   uint64         `json:"from"`
	To     uint64         `json:"to"`
	Events uint64         `json:"events"`
}

func (l *rangeLine) cells() []string {
	n := func(v uint64) string { return strconv.FormatUint(v, 10) }
	cells := []string{l.Day, l.App, l.SDK, l.Stream, string(l.State), string(l.What), l.Reason, n(l.From), n(l.To), n(l.Events)}
	for i := range cells[:7] {
		cells[i] = export.SafeCell(cells[i]) // senders chose them, and a spreadsheet takes some for formulas
	}
	return cells
}

// giveRanges answers GET /v1/delivery/ranges: every missing range and every
// declared omission, as CSV or NDJSON, the newest day first.
func (a *API) giveRanges(w http.ResponseWriter, r *http.Request, c *caller) error {
	params := r.URL.Query()
	ask, streams, err := a.askDelivery(params, c)
	if err != nil {
		return err
	}
	format := params.Get("format")
	if format == "" {
		format = "csv"
	}
	if format != "csv" && format != "ndjson" {
		return badRequest("format", "format=%s is not accepted; want csv or ndjson.", shorten(format))
	}
	fates := []delivery.Fate{delivery.FateMissing, delivery.FateWaiting, delivery.FateOmitted}
	if what := params.Get("what"); what != "" {
		if !slices.Contains(fates, delivery.Fate(what)) {
			return badRequest("what", "what=%s is not accepted; want missing, waiting or omitted.", shorten(what))
		}
		fates = []delivery.Fate{delivery.Fate(what)}
	}
	if err := a.record(r.Context(), c, "delivery.export", c.project, fmt.Sprintf("ranges of %s to %s as %s", dayText(ask.From), dayText(ask.To), format)); err != nil {
		return err
	}
	var body bytes.Buffer
	table, lines := csv.NewWriter(&body), json.NewEncoder(&body)
	lines.SetEscapeHTML(false)
	table.UseCRLF = true
	if format == "csv" {
		if err := table.Write(rangeColumns); err != nil {
			return err
		}
	}
	n := 0
	full := errors.New("the file is full")
	partial := ""
	err = a.exports.do(r.Context(), c.project, func() (err error) {
		partial, err = a.walkStreams(r.Context(), c, func(ctx context.Context) error {
			return delivery.Ranges(ctx, streams, ask, func(x *delivery.Range) error {
				if !slices.Contains(fates, x.Fate) {
					return nil
				}
				if n++; n > maxRanges {
					return full
				}
				l := rangeLine{dayText(x.Day), x.Sender, x.Stream, x.State, x.Fate, x.Reason, x.From, x.To, x.To - x.From + 1}
				if format == "csv" {
					return table.Write(l.cells())
				}
				return lines.Encode(l)
			})
		})
		return err
	})
	if errors.Is(err, full) {
		partial, err = fmt.Sprintf("there are more than %d ranges; ask for fewer days, or for one of what=missing, waiting, omitted", maxRanges), nil
	}
	if err != nil {
		return timely(err)
	}
	table.Flush()
	h := w.Header()
	if format == "ndjson" {
		err = lines.Encode(map[string]any{"clewline": map[string]any{"partial": partial != "", "reason": partial, "count": min(n, maxRanges)}})
		h.Set("Content-Type", "application/x-ndjson")
	} else {
		h.Set("Content-Type", "text/csv; charset=utf-8")
	}
	if err != nil {
		return err
	}
	if partial != "" {
		// A CSV has no place for it.
		h.Set("Clewline-Partial", partial)
	}
	name := fmt.Sprintf("clewline-%s-delivery-%s-%s.%s", c.project, dayText(ask.From), dayText(ask.To), format)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, _ = w.Write(body.Bytes())
	return nil
}
