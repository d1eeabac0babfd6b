package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// steps are the widths that a histogram's buckets may have: such that a
// person can count with them, and that they begin at round times.
var steps = []time.Duration{
	1 * time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond,
	10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	1 * time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	1 * time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day, 364 * day,
}

const (
	day            = 24 * time.Hour
	defaultBuckets = 120
)

// An axis is a histogram's time axis: count buckets of step, the first of
// which begins at start, at or before the range.
type axis struct {
	start int64
	step  time.Duration
	count int
}

// axisFor picks the finest axis with at most most buckets, which must be at
// least two: a range may lie on both sides of where buckets begin. They begin at
// multiples of the step of the zone's wall clock, as it goes at from; weeks
// begin on Monday. Through a change to or from summer time buckets keep their
// length.
func axisFor(from, to int64, most int, zone *time.Location) axis {
	_, offset := time.Unix(0, from).In(zone).Zone()
	// Monday, 5 January 1970, at the zone's midnight.
	origin := int64(4*day) - int64(offset)*int64(time.Second)
	var a axis
	for i := 0; ; i++ {
		if i < len(steps) {
			a.step = steps[i]
		} else {
			a.step *= 2
		}
		step := int64(a.step)
		a.start = from - ((from-origin)%step+step)%step
		// Unsigned: an axis may be longer than 292 years.
		length := uint64(to) - uint64(a.start)
		n := length / uint64(step)
		if length%uint64(step) > 0 {
			n++
		}
		if n <= uint64(most) {
			a.count = int(n)
			return a
		}
	}
}

type bucket struct {
	Time   string           `json:"time"`
	Counts map[string]int64 `json:"counts"`
}

// histogram answers GET /v1/histogram.
func (a *API) histogram(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	scope, seq, err := a.scopeOrSequence(params, c)
	if err != nil {
		return err
	}
	most, err := number(params, "buckets", defaultBuckets, 2, store.MaxBuckets)
	if err != nil {
		return err
	}
	zone, err := a.zoneOf(params)
	if err != nil {
		return err
	}
	ax := axisFor(scope.From, scope.To, most, zone)
	var counts [][event.NumLevels]int64
	var cost store.Cost
	if seq != nil {
		counts, cost, err = a.countSequence(r.Context(), scope, seq, ax)
	} else {
		counts, cost, err = a.count(r.Context(), scope, ax)
	}
	if err != nil {
		return timely(err)
	}

	buckets := make([]bucket, ax.count)
	levels, total := map[string]int64{}, int64(0)
	for i := range buckets {
		buckets[i] = bucket{rfc3339(ax.start + int64(i)*int64(ax.step)), map[string]int64{}}
		for level, n := range counts[i] {
			if n == 0 {
				continue
			}
			name := levelName(event.Level(level))
			buckets[i].Counts[name] = n
			levels[name] += n
			total += n
		}
	}
	writeJSON(w, http.StatusOK, struct {
		From    string           `json:"from"`
		To      string           `json:"to"`
		StepMS  int64            `json:"stepMs"`
		Buckets []bucket         `json:"buckets"`
		Total   int64            `json:"total"`
		Levels  map[string]int64 `json:"levels"`
		Partial bool             `json:"partial"`
		Reason  string           `json:"reason"`
		Scanned scanned          `json:"scanned"`
		MS      float64          `json:"ms"`
	}{
		rfc3339(scope.From), rfc3339(scope.To), ax.step.Milliseconds(), buckets, total, levels,
		cost.Partial != "", cost.Partial, scannedOf(cost), milliseconds(time.Since(began)),
	})
	return nil
}

func levelName(l event.Level) string {
	if l == event.NoLevel {
		return "none"
	}
	return l.String()
}

// count fills the axis's buckets with the events of the scope. The store's
// first bucket begins where its range does; so a range that begins within a
// bucket is asked for in two parts.
func (a *API) count(ctx context.Context, scope store.Scope, ax axis) ([][event.NumLevels]int64, store.Cost, error) {
	counts := make([][event.NumLevels]int64, ax.count)
	var cost store.Cost
	b := budget{a.limits.Time}
	ask := func(from, to int64, into [][event.NumLevels]int64) error {
		part := scope
		part.From, part.To = from, to
		return a.ask(ctx, &b, scope.Project, func(ctx context.Context) error {
			got, err := a.reads.Histogram(ctx, store.Histogram{Scope: part, Step: ax.step})
			if err != nil {
				return err
			}
			if len(got.Counts) > len(into) {
				return fmt.Errorf("the store gave %d buckets where %d fit", len(got.Counts), len(into))
			}
			copy(into, got.Counts)
			cost.Add(got.Cost)
			return nil
		})
	}
	whole, rest := scope.From, counts
	if ax.start < scope.From {
		whole, rest = min(ax.start+int64(ax.step), scope.To), counts[1:]
		if err := ask(scope.From, whole, counts[:1]); err != nil {
			return nil, cost, err
		}
	}
	if whole < scope.To {
		err := ask(whole, scope.To, rest)
		if errors.Is(err, errBudget) && whole > scope.From {
			cost.Partial = fmt.Sprintf("the time for an answer, %v, is used up; only the first bucket was counted", a.limits.Time)
		} else if err != nil {
			return nil, cost, err
		}
	}
	return counts, cost, nil
}

const (
	defaultValues = 10
	maxValues     = 1000
	maxFields     = 20
)

// values answers GET /v1/values.
func (a *API) values(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	scope, seq, err := a.scopeOrSequence(params, c)
	if err != nil {
		return err
	}
	limit, err := number(params, "limit", defaultValues, 1, maxValues)
	if err != nil {
		return err
	}
	names, err := fieldNames(params)
	if err != nil {
		return err
	}
	ask := store.Values{Scope: scope, Limit: limit}
	for _, name := range names {
		ask.Fields = append(ask.Fields, query.Resolve(name))
	}
	b := budget{a.limits.Time}
	var got store.FieldValues
	if seq != nil {
		got, err = a.sequenceValues(r.Context(), ask, seq)
	} else {
		err = a.ask(r.Context(), &b, scope.Project, func(ctx context.Context) (err error) {
			got, err = a.reads.Values(ctx, ask)
			return err
		})
	}
	if err != nil {
		return timely(err)
	}

	type value struct {
		Value string `json:"value"`
		Count int64  `json:"count"`
	}
	type field struct {
		Name     string  `json:"name"`
		Present  int64   `json:"present"`
		Distinct int64   `json:"distinct"`
		Values   []value `json:"values"`
	}
	fields := make([]field, len(got.Fields))
	for i, f := range got.Fields {
		fields[i] = field{names[i], f.Present, f.Distinct, make([]value, len(f.Values))}
		for k, v := range f.Values {
			fields[i].Values[k] = value{v.Value, v.Count}
		}
	}
	writeJSON(w, http.StatusOK, struct {
		Fields  []field `json:"fields"`
		Partial bool    `json:"partial"`
		Reason  string  `json:"reason"`
		Scanned scanned `json:"scanned"`
		MS      float64 `json:"ms"`
	}{fields, got.Partial != "", got.Partial, scannedOf(got.Cost), milliseconds(time.Since(began))})
	return nil
}

// fieldNames reads fields: names between commas, or the parameter several
// times, which is how a name with a comma is given.
func fieldNames(params url.Values) ([]string, error) {
	var names []string
	given := params["fields"]
	for _, list := range given {
		if len(given) > 1 {
			names = append(names, list)
		} else {
			names = strings.Split(list, ",")
		}
	}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if names[i] == "" || len(name) > maxFieldName {
			return nil, badRequest("fields", "A name in fields is empty or longer than %d bytes.", maxFieldName)
		}
	}
	if len(names) == 0 || len(names) > maxFields {
		return nil, badRequest("fields", "fields has %d names; want 1 to %d, between commas, such as level,service.", len(names), maxFields)
	}
	return names, nil
}
