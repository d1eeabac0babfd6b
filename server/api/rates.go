package api

import (
	"net/http"
	"slices"
	"time"
)

// longStep is the step in which the catalog keeps what came by the doors.
const longStep = 10 * time.Minute

// longSpans are the spans of the charts, and how many steps make one of theirs.
var longSpans = map[string]struct {
	span   time.Duration
	joined int64
}{
	"24h": {24 * time.Hour, 1},
	"7d":  {7 * 24 * time.Hour, 6},
}

// showRates answers GET /v1/ingest/rates: events by door over a day or a week.
func (a *API) showRates(w http.ResponseWriter, r *http.Request, c *caller) error {
	name := r.URL.Query().Get("span")
	if name == "" {
		name = "24h"
	}
	span, ok := longSpans[name]
	if !ok {
		return badRequest("span", "span=%s is not accepted; want 24h or 7d.", shorten(name))
	}
	project, err := a.observed(r, c)
	if err != nil {
		return err
	}
	now := a.now()
	step := longStep * time.Duration(span.joined)
	steps := int64(span.span / step)
	first := now.UnixNano()/int64(step) - steps + 1
	kept, err := a.catalog.IngestSteps(r.Context(), project, first*span.joined)
	if err != nil {
		return err
	}
	type door struct {
		Door   string  `json:"door"`
		Events []int64 `json:"events"`
	}
	doors := []door{}
	for _, k := range kept {
		i := slices.IndexFunc(doors, func(d door) bool { return d.Door == k.Door })
		if i < 0 {
			i = len(doors)
			doors = append(doors, door{k.Door, make([]int64, steps)})
		}
		// What came by a clock that was ahead is in the newest step.
		doors[i].Events[min(k.Step/span.joined-first, steps-1)] += k.Events
	}
	writeJSON(w, http.StatusOK, struct {
		Project string  `json:"project"`
		Now     string  `json:"now"`
		From    string  `json:"from"`
		Step    float64 `json:"step"` // in seconds
		Steps   int64   `json:"steps"`
		Doors   []door  `json:"doors"`
	}{project, rfc3339(now.UnixNano()), rfc3339(first * int64(step)), step.Seconds(), steps, doors})
	return nil
}
