package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/clewline/clewline/server/delivery"
	"github.com/clewline/clewline/server/store"
)

const (
	defaultDays    = 30
	defaultStreams = 50
	maxStreamSpans = 1000 // runs of numbers of one stream that are told
	maxGapTimes    = 8    // gaps of one stream whose neighbours are looked up
)

// askDelivery reads which days a request is about, and sees to it that the store
// knows streams.
func (a *API) askDelivery(params url.Values, c *caller) (delivery.Ask, store.Streamer, error) {
	ask := delivery.Ask{Project: c.project, Now: a.now()}
	streams, ok := a.store.(store.Streamer)
	if !ok {
		return ask, nil, &requestError{code: "unavailable", message: "This server's store does not list streams, so what is missing is not known."}
	}
	today := store.DayOf(ask.Now)
	var err error
	if ask.To, err = dayParam(params, "to", today); err != nil {
		return ask, nil, err
	}
	if ask.From, err = dayParam(params, "from", ask.To-defaultDays+1); err != nil {
		return ask, nil, err
	}
	if ask.From > ask.To {
		return ask, nil, badRequest("from", "The days end (%s) before they begin (%s).", dayText(ask.To), dayText(ask.From))
	}
	if n := ask.To - ask.From + 1; n > delivery.MaxDays {
		return ask, nil, badRequest("from", "%s to %s are %d days; want at most %d.", dayText(ask.From), dayText(ask.To), n, delivery.MaxDays)
	}
	return ask, streams, nil
}

// dayParam reads a UTC day, such as 2026-11-20.
func dayParam(params url.Values, name string, missing store.Day) (store.Day, error) {
	s := params.Get(name)
	if s == "" {
		return missing, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.UnixNano() < earliest || t.UnixNano() >= latest {
		return 0, badRequest(name, "%s=%s is no day; want one such as 2026-11-20, in UTC.", name, shorten(s))
	}
	return store.DayOf(t), nil
}

// A deliverySums is what is told of sums: logged and share are computed.
type deliverySums struct {
	delivery.Sums
	Logged int64  `json:"logged"`
	Share  string `json:"share"`
}

func sumsOf(s delivery.Sums) deliverySums {
	return deliverySums{s, s.Logged(), delivery.Share(s.Stored, s.Missing)}
}

type deliveryDay struct {
	Day string `json:"day"`
	deliverySums
}

type deliverySender struct {
	delivery.Sender
	deliverySums
	Days []deliveryDay `json:"days"` // those on which it began streams
}

// showDelivery answers GET /v1/delivery: how much of what was logged has
// arrived, by app, SDK version and day.
func (a *API) showDelivery(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	ask, report, partial, err := a.deliveryReport(r.Context(), c, r.URL.Query())
	if err != nil {
		return err
	}
	out := struct {
		Project string                `json:"project"`
		Now     string                `json:"now"`
		From    string                `json:"from"`
		To      string                `json:"to"`
		Total   deliverySums          `json:"total"`
		Days    []deliveryDay         `json:"days"`
		Senders []deliverySender      `json:"senders"`
		Others  *deliverySums         `json:"others"` // null: all senders are listed
		Reasons []delivery.ReasonSums `json:"reasons"`
		Partial bool                  `json:"partial"`
		Reason  string                `json:"reason"`
		MS      float64               `json:"ms"`
	}{
		Project: c.project, Now: rfc3339(ask.Now.UnixNano()), From: dayText(ask.From), To: dayText(ask.To), Total: sumsOf(report.Total),
		Days: []deliveryDay{}, Senders: []deliverySender{}, Reasons: append([]delivery.ReasonSums{}, report.Reasons...), Partial: partial != "", Reason: partial,
	}
	for i := range report.Days {
		out.Days = append(out.Days, deliveryDay{dayText(ask.From + store.Day(i)), sumsOf(report.Days[i])})
	}
	for i := range report.Senders {
		s := &report.Senders[i]
		row := deliverySender{s.Sender, sumsOf(s.Sums), []deliveryDay{}}
		for k, d := range s.Days {
			if d != nil {
				row.Days = append(row.Days, deliveryDay{dayText(ask.From + store.Day(k)), sumsOf(*d)})
			}
		}
		out.Senders = append(out.Senders, row)
	}
	if report.More {
		others := sumsOf(report.Others)
		out.Others = &others
	}
	out.MS = milliseconds(time.Since(began))
	writeJSON(w, http.StatusOK, out)
	return nil
}

// deliveryReport reads what is asked and counts it. partial says why it is not all.
func (a *API) deliveryReport(ctx context.Context, c *caller, params url.Values) (ask delivery.Ask, report delivery.Report, partial string, err error) {
	ask, streams, err := a.askDelivery(params, c)
	if err != nil {
		return ask, report, "", err
	}
	partial, err = a.walkStreams(ctx, c, func(ctx context.Context) (err error) {
		report, err = delivery.Make(ctx, streams, ask)
		return err
	})
	return ask, report, partial, err
}

// walkStreams has one walk through the streams in its turn. What it has when its
// time is used up is told as partial.
func (a *API) walkStreams(ctx context.Context, c *caller, walk func(context.Context) error) (partial string, err error) {
	b := budget{a.limits.Time}
	err = a.ask(ctx, &b, c.project, walk)
	if errors.Is(err, errBudget) {
		return "the time for this answer is used up; streams of the oldest days are not counted", nil
	}
	return "", err
}

type deliverySpan struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	// After and Before are the times of the stored events around a gap.
	After  *string `json:"after,omitempty"`
	Before *string `json:"before,omitempty"`
	Reason string  `json:"reason,omitempty"` // of an omission
}

func deliverySpans(list []store.Span) []deliverySpan {
	out := make([]deliverySpan, len(list))
	for i, x := range list {
		out[i] = deliverySpan{From: x.From, To: x.To}
	}
	return out
}

type deliveryStream struct {
	Stream string `json:"stream"`
	delivery.Sender
	Day      string         `json:"day"`
	State    delivery.State `json:"state"`
	Highest  uint64         `json:"highest"`
	Stored   uint64         `json:"stored"`
	Omitted  uint64         `json:"omitted"`
	Missing  uint64         `json:"missing"` // of an open stream: not here yet
	ClosedAt uint64         `json:"closedAt,omitempty"`
	Gaps     []deliverySpan `json:"gaps"`
	MoreGaps int            `json:"moreGaps"`
	Left     []deliverySpan `json:"left"` // on purpose
	MoreLeft int            `json:"moreLeft"`
}

func streamOf(row *delivery.Row) deliveryStream {
	out := deliveryStream{
		Stream: row.Name, Sender: row.Sender, Day: dayText(row.Day), State: row.State, Highest: row.Highest, Stored: row.Stored, Omitted: row.Omitted,
		Missing: row.Missing, ClosedAt: row.ClosedAt, Gaps: deliverySpans(row.Gaps), MoreGaps: row.MoreGaps, Left: []deliverySpan{}, MoreLeft: row.MoreLeft,
	}
	for _, o := range row.Left {
		out.Left = append(out.Left, deliverySpan{From: o.From, To: o.To, Reason: o.Reason})
	}
	return out
}

// listDelivery answers GET /v1/delivery/streams: streams, those that miss most
// first.
func (a *API) listDelivery(w http.ResponseWriter, r *http.Request, c *caller) error {
	params := r.URL.Query()
	ask, streams, err := a.askDelivery(params, c)
	if err != nil {
		return err
	}
	choice := delivery.Choice{Ask: ask, Show: delivery.Show(params.Get("show"))}
	if choice.Show == "" {
		choice.Show = delivery.ShowMissing
	}
	if !slices.Contains(delivery.Shows, choice.Show) {
		return badRequest("show", "show=%s is not accepted; want missing, waiting, omitted or all.", shorten(string(choice.Show)))
	}
	for name, into := range map[string]**string{"app": &choice.App, "sdk": &choice.SDK} {
		if params.Has(name) {
			s := params.Get(name)
			*into = &s
		}
	}
	if choice.Limit, err = number(params, "limit", defaultStreams, 1, delivery.MaxRows); err != nil {
		return err
	}
	if text := params.Get("cursor"); text != "" {
		if choice.After, err = openPlace(text); err != nil {
			return err
		}
	}
	var rows []delivery.Row
	var next *delivery.Place
	b := budget{a.limits.Time}
	err = a.ask(r.Context(), &b, c.project, func(ctx context.Context) (err error) {
		rows, next, err = delivery.List(ctx, streams, choice)
		return err
	})
	if err != nil {
		return timely(err)
	}
	out := struct {
		Streams []deliveryStream `json:"streams"`
		Next    string           `json:"next"`
	}{Streams: []deliveryStream{}}
	for i := range rows {
		out.Streams = append(out.Streams, streamOf(&rows[i]))
	}
	if next != nil {
		out.Next = sealPlace(*next)
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// A place is a position in an order and nothing else, so it needs no seal: the
// project is always the caller's.
func sealPlace(p delivery.Place) string {
	text, _ := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(text)
}

func openPlace(text string) (*delivery.Place, error) {
	var p delivery.Place
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if len(text) > maxCursor || err != nil || json.Unmarshal(raw, &p) != nil {
		return nil, badRequest("cursor", "This cursor is none of this list; use the next of the page before.")
	}
	return &p, nil
}

// showStream answers GET /v1/delivery/stream: all that is known of one stream,
// and when the events around its gaps were.
func (a *API) showStream(w http.ResponseWriter, r *http.Request, c *caller) error {
	params := r.URL.Query()
	ask, streams, err := a.askDelivery(params, c)
	if err != nil {
		return err
	}
	name := params.Get("stream")
	if name == "" {
		return badRequest("stream", "stream is missing; want the id of an SDK stream.")
	}
	if !params.Has("from") && !params.Has("to") {
		ask.From = ask.To - delivery.MaxDays + 1
	}
	var row *delivery.Row
	var stored []store.Span
	b := budget{a.limits.Time}
	err = a.ask(r.Context(), &b, c.project, func(ctx context.Context) (err error) {
		row, stored, err = delivery.Find(ctx, streams, ask, name, maxStreamSpans)
		return err
	})
	if err != nil {
		return timely(err)
	}
	if row == nil {
		return store.ErrNotFound
	}
	out := struct {
		deliveryStream
		Runs  []deliverySpan `json:"runs"` // that are stored
		First *string        `json:"first"`
		Last  *string        `json:"last"`
		Whole bool           `json:"whole"` // all runs are told
	}{deliveryStream: streamOf(row), Runs: deliverySpans(stored), Whole: !row.Truncated}
	err = a.ask(r.Context(), &b, c.project, func(ctx context.Context) error {
		at := func(n uint64) (*string, error) {
			if n == 0 || n > row.Highest {
				return nil, nil
			}
			e, err := a.reads.Event(ctx, c.project, fmt.Sprintf("%s.%d", name, n))
			if errors.Is(err, store.ErrNotFound) {
				return nil, nil // left out, or removed since
			}
			if err != nil {
				return nil, err
			}
			s := rfc3339(e.Time)
			return &s, nil
		}
		var err error
		for i := range out.Gaps[:min(len(out.Gaps), maxGapTimes)] {
			g := &out.Gaps[i]
			if g.After, err = at(g.From - 1); err != nil {
				return err
			}
			if g.Before, err = at(g.To + 1); err != nil {
				return err
			}
		}
		if len(stored) > 0 {
			if out.First, err = at(stored[0].From); err != nil {
				return err
			}
			out.Last, err = at(stored[len(stored)-1].To)
		}
		return err
	})
	if err != nil {
		return timely(err)
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// showStreams answers GET /v1/ingest/streams: how complete the streams of today
// and yesterday are, by app.
func (a *API) showStreams(w http.ResponseWriter, r *http.Request, c *caller) error {
	today := store.DayOf(a.now())
	_, report, partial, err := a.deliveryReport(r.Context(), c, url.Values{"from": {dayText(today - 1)}})
	if err != nil {
		return err
	}
	type appStreams struct {
		App     string `json:"app"`
		Streams int    `json:"streams"`
		Logged  int64  `json:"logged"` // the highest numbers seen, summed
		Stored  int64  `json:"stored"`
		Omitted int64  `json:"omitted"` // left out on purpose
		Missing int64  `json:"missing"` // of open streams too
		Open    int    `json:"open"`    // streams that may still grow
		Closed  int    `json:"closed"`  // by their sender
		Ended   int    `json:"ended"`   // abruptly: closed by another tab
	}
	out, reasons := []appStreams{}, []string{}
	for _, x := range report.Apps() {
		stored, missing := x.Stored+x.Arrived, x.Missing+x.Waiting
		out = append(out, appStreams{x.App, x.Streams, stored + missing + x.Omitted, stored, x.Omitted, missing, x.Open + x.Silent, x.Closed, x.Abrupt})
	}
	if report.More {
		reasons = append(reasons, fmt.Sprintf("of %d streams the app is not told: there are too many apps and SDK versions", report.Others.Streams))
	}
	if partial != "" {
		reasons = append(reasons, partial)
	}
	writeJSON(w, http.StatusOK, struct {
		Apps    []appStreams `json:"apps"`
		Partial []string     `json:"partial"`
	}{out, reasons})
	return nil
}
