package api

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

const (
	defaultFacetValues = 10
	maxFacetValues     = 1000
	// defaultWithin is how long the store counts facets when the caller does
	// not say: then a day's events and their histogram are there in 300 ms.
	defaultWithin = 180 * time.Millisecond
	maxWithin     = 20 * time.Second
)

type facetValue struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

type facetBin struct {
	To    float64 `json:"to"`
	Count int64   `json:"count"`
}

type facetNumbers struct {
	Count int64      `json:"count"`
	Min   float64    `json:"min"`
	Max   float64    `json:"max"`
	Avg   float64    `json:"avg"`
	P50   float64    `json:"p50"`
	P95   float64    `json:"p95"`
	P99   float64    `json:"p99"`
	Bins  []facetBin `json:"bins"`
}

type facet struct {
	Name     string        `json:"name"`
	Type     string        `json:"type"`
	Present  int64         `json:"present"`
	Distinct int64         `json:"distinct"`
	More     bool          `json:"more"` // there are more different values than distinct
	Values   []facetValue  `json:"values"`
	Numbers  *facetNumbers `json:"numbers,omitempty"`
}

func facetOf(name string, f query.Field, got *store.Facet) facet {
	out := facet{Name: name, Type: "data", Present: got.Present, Distinct: got.Distinct, More: got.More, Values: make([]facetValue, len(got.Values))}
	if f.Column != event.NoField {
		out.Type = typeNames[f.Column.Type()]
	}
	for i, v := range got.Values {
		out.Values[i] = facetValue{v.Value, v.Count}
	}
	if n := got.Numbers; n != nil {
		out.Numbers = &facetNumbers{n.Count, n.Min, n.Max, n.Avg, n.P50, n.P95, n.P99, make([]facetBin, len(n.Bins))}
		for i, b := range n.Bins {
			out.Numbers.Bins[i] = facetBin{b.To, b.Count}
		}
	}
	return out
}

// facetsWithin reads within: how long the store may count before it settles
// for a share of the events; 0 is as long as an answer may take.
func facetsWithin(params url.Values) (time.Duration, error) {
	ms, err := number(params, "within", int(defaultWithin/time.Millisecond), 0, int(maxWithin/time.Millisecond))
	return time.Duration(ms) * time.Millisecond, err
}

// askFacets asks the store for facets, as any question is asked; of a sequence
// it counts the first events.
func (a *API) askFacets(ctx context.Context, ask store.Facets, seq *query.Sequence) (store.FacetAnswer, error) {
	if seq != nil {
		tally := store.NewFacetTally(ask)
		cost, _, err := a.whole(ctx, ask.Scope, seq, func(r query.Row) { tally.Add(r.First) })
		got := tally.Answer(1)
		got.Cost = cost
		return got, timely(err)
	}
	b := budget{a.limits.Time}
	var got store.FacetAnswer
	err := a.ask(ctx, &b, ask.Project, func(ctx context.Context) (err error) {
		got, err = a.reads.Facets(ctx, ask)
		return err
	})
	return got, timely(err)
}

// facets answers GET /v1/facets.
func (a *API) facets(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	scope, seq, err := a.scopeOrSequence(params, c)
	if err != nil {
		return err
	}
	limit, err := number(params, "limit", defaultFacetValues, 1, maxFacetValues)
	if err != nil {
		return err
	}
	within, err := facetsWithin(params)
	if err != nil {
		return err
	}
	names, err := fieldNames(params)
	if err != nil {
		return err
	}
	ask := store.Facets{Scope: scope, Limit: limit, Within: within}
	for _, name := range names {
		ask.Fields = append(ask.Fields, query.Resolve(name))
	}
	got, err := a.askFacets(r.Context(), ask, seq)
	if err != nil {
		return err
	}
	fields := make([]facet, len(names))
	for i := range names {
		fields[i] = facetOf(names[i], ask.Fields[i], &got.Fields[i])
	}
	writeJSON(w, http.StatusOK, struct {
		Fields      []facet `json:"fields"`
		Matching    int64   `json:"matching"`
		Share       float64 `json:"share"`
		Approximate bool    `json:"approximate"`
		Partial     bool    `json:"partial"`
		Reason      string  `json:"reason"`
		Scanned     scanned `json:"scanned"`
		MS          float64 `json:"ms"`
	}{fields, got.Matching, round(got.Share), got.Share < 1, got.Partial != "", got.Partial, scannedOf(got.Cost), milliseconds(time.Since(began))})
	return nil
}

// round keeps four digits of a share, and never makes one of a part.
func round(share float64) float64 {
	if share < 1 {
		return min(math.Round(share*1e4)/1e4, 0.9999)
	}
	return 1
}

const (
	statisticValues  = 20
	defaultIntervals = 48
)

// statistics answers GET /v1/statistics: what one field holds.
func (a *API) statistics(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	scope, seq, err := a.scopeOrSequence(params, c)
	if err != nil {
		return err
	}
	name, err := fieldName(params)
	if err != nil {
		return err
	}
	limit, err := number(params, "limit", statisticValues, 1, maxFacetValues)
	if err != nil {
		return err
	}
	most, err := number(params, "buckets", defaultIntervals, 2, store.MaxBuckets)
	if err != nil {
		return err
	}
	within, err := facetsWithin(params)
	if err != nil {
		return err
	}
	step := axisFor(scope.From, scope.To, most, time.UTC).step
	ask := store.Facets{Scope: scope, Fields: []query.Field{query.Resolve(name)}, Limit: limit, Within: within, Step: step}
	got, err := a.askFacets(r.Context(), ask, seq)
	if err != nil {
		return err
	}
	times := got.Fields[0].Times
	if got.Share < 1 {
		if times, err = a.evened(r.Context(), scope, step, &got); err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusOK, struct {
		facet
		Matching    int64   `json:"matching"`
		Absent      int64   `json:"absent"`
		From        string  `json:"from"`
		To          string  `json:"to"`
		StepMS      int64   `json:"stepMs"`
		Times       []int64 `json:"times"` // by step, from From on
		Share       float64 `json:"share"`
		Approximate bool    `json:"approximate"`
		Partial     bool    `json:"partial"`
		Reason      string  `json:"reason"`
		Scanned     scanned `json:"scanned"`
		MS          float64 `json:"ms"`
	}{
		facetOf(name, ask.Fields[0], &got.Fields[0]), got.Matching, max(0, got.Matching-got.Fields[0].Present),
		rfc3339(scope.From), rfc3339(scope.To), step.Milliseconds(), times,
		round(got.Share), got.Share < 1, got.Partial != "", got.Partial, scannedOf(got.Cost), milliseconds(time.Since(began)),
	})
	return nil
}

// evened estimates how often the field was there in each step of time: a share
// of the rows holds much of some steps and nothing of others, but what part of
// a step's events has the field, and how many events there were in all.
func (a *API) evened(ctx context.Context, scope store.Scope, step time.Duration, got *store.FacetAnswer) ([]int64, error) {
	b := budget{a.limits.Time}
	var all store.Buckets
	err := a.ask(ctx, &b, scope.Project, func(ctx context.Context) (err error) {
		all, err = a.reads.Histogram(ctx, store.Histogram{Scope: scope, Step: step})
		return err
	})
	if err != nil {
		return nil, timely(err)
	}
	if got.Partial == "" {
		got.Partial = all.Partial
	}
	field := &got.Fields[0]
	part := 0.0
	if got.Matching > 0 {
		part = float64(field.Present) / float64(got.Matching)
	}
	times, exact := make([]int64, len(field.Times)), int64(0)
	for i := range min(len(times), len(all.Counts)) {
		total := int64(0)
		for _, n := range all.Counts[i] {
			total += n
		}
		exact += total
		if got.Times[i] > 0 { // else as it was last
			part = float64(field.Times[i]) / float64(got.Times[i])
		}
		times[i] = int64(math.Round(float64(total) * part))
	}
	got.Matching = exact
	return times, nil
}

// fieldName reads field, the name of one field.
func fieldName(params url.Values) (string, error) {
	name := params.Get("field")
	if strings.TrimSpace(name) == "" || len(name) > maxFieldName {
		return "", badRequest("field", "field has %d bytes; want the name of a field, of at most %d.", len(name), maxFieldName)
	}
	return name, nil
}

// maxFieldName is in bytes: room for several keys of the greatest length, and
// the "data." before them.
const maxFieldName = query.MaxKeyPath + 5

// seenFields tells which fields matching events have, as it was a moment ago.
func (a *API) seenFields(ctx context.Context, c *caller, scope store.Scope, q string) (store.KeyAnswer, error) {
	key := a.momentKey(c, scope, "fields", q)
	if got, ok := a.seen.get(key); ok {
		return got, nil
	}
	b := budget{a.limits.Time}
	var got store.KeyAnswer
	err := a.ask(ctx, &b, scope.Project, func(ctx context.Context) (err error) {
		got, err = a.reads.Keys(ctx, store.Keys{Scope: scope})
		return err
	})
	if err == nil && got.Partial == "" {
		a.seen.keep(key, got)
	}
	return got, timely(err)
}

type seenField struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"`
	Data    bool    `json:"data,omitempty"` // a key in data, not a column
	Present int64   `json:"present"`
	Share   float64 `json:"share"` // of the events that were looked at
}

// listSeen makes the answer's list of what was seen, of at most limit fields.
func listSeen(got store.KeyAnswer, limit int) []seenField {
	out := []seenField{}
	for _, f := range got.Fields {
		s := seenField{Name: f.Field.Name, Type: f.Kind.String(), Data: true, Present: f.Present}
		if f.Field.Column != event.NoField {
			s.Type, s.Data = typeNames[f.Field.Column.Type()], false
		}
		if got.Looked > 0 {
			s.Share = math.Round(float64(f.Present)/float64(got.Looked)*1e4) / 1e4
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b seenField) int {
		if a.Data != b.Data {
			return map[bool]int{false: -1, true: 1}[a.Data]
		}
		return 0
	})
	return out[:min(len(out), limit)]
}
