package api

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/clewline/clewline/server/speed"
	"github.com/clewline/clewline/server/store"
)

// A figure is a number in an answer; NaN, none, is null.
type figure float64

func (f figure) MarshalJSON() ([]byte, error) {
	v := float64(f)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	if v != math.Trunc(v) {
		// As many digits as the percentiles are worth, and then some.
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	}
	return json.Marshal(v)
}

// speedWhole is what every answer about speed ends with.
type speedWhole struct {
	From        string  `json:"from"`
	To          string  `json:"to"`
	Approximate bool    `json:"approximate"`
	Partial     bool    `json:"partial"`
	Reason      string  `json:"reason"`
	Scanned     scanned `json:"scanned"`
	MS          float64 `json:"ms"`
}

func wholeOf(w speed.Whole, from, to int64, began time.Time) speedWhole {
	return speedWhole{rfc3339(from), rfc3339(to), w.Approximate, w.Partial != "", w.Partial, scannedOf(w.Cost), milliseconds(time.Since(began))}
}

// askSpeed reads what a request about speed asks, and gives how its tables are
// made: each in its turn, each with a budget of its own.
func (a *API) askSpeed(params url.Values, c *caller) (speed.Ask, speed.Tables, error) {
	var ask speed.Ask
	var err error
	if ask.Scope, err = a.scope(params, c); err != nil {
		return ask, nil, err
	}
	if ask.Zone, err = a.zoneOf(params); err != nil {
		return ask, nil, err
	}
	ask.By = speed.By(params.Get("by"))
	if ask.By == "" {
		ask.By = speed.Service
	}
	if !slices.Contains(speed.Groupings, ask.By) {
		return ask, nil, badRequest("by", "by=%s is not accepted; want service, event, function, httpPath or module.", shorten(string(ask.By)))
	}
	return ask, func(ctx context.Context, t store.Table) (got store.TableRows, err error) {
		b := budget{a.limits.Time}
		err = a.ask(ctx, &b, t.Project, func(ctx context.Context) (err error) {
			got, err = a.reads.Table(ctx, t)
			return err
		})
		return got, err
	}, nil
}

type speedRow struct {
	Key    speed.Key `json:"key"`
	Count  int64     `json:"count"`
	Failed int64     `json:"failed"`
	Avg    figure    `json:"avg"`
	P50    figure    `json:"p50"`
	P95    figure    `json:"p95"`
	P99    figure    `json:"p99"`
	Max    figure    `json:"max"`
	Trend  []figure  `json:"trend"`
}

// showSpeed answers GET /v1/speed: calls by what was asked for.
func (a *API) showSpeed(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	ask, tables, err := a.askSpeed(r.URL.Query(), c)
	if err != nil {
		return err
	}
	got, err := ask.Fetch(r.Context(), tables)
	if err != nil {
		return timely(err)
	}
	rows := make([]speedRow, 0, len(got.Rows))
	for _, one := range got.Rows {
		rows = append(rows, speedRow{one.Key, one.Count, one.Failed, figure(one.Avg), figure(one.P50), figure(one.P95), figure(one.P99), figure(one.Most), figuresOf(one.Trend)})
	}
	writeJSON(w, http.StatusOK, struct {
		By     speed.By   `json:"by"`
		Fields []string   `json:"fields"`
		Rows   []speedRow `json:"rows"`
		Groups int        `json:"groups"`
		Total  int64      `json:"total"`
		Start  string     `json:"start"`
		StepMS int64      `json:"stepMs"`
		speedWhole
	}{ask.By, ask.By.Fields(), rows, got.Groups, got.Total, rfc3339(got.Start), got.Step.Milliseconds(), wholeOf(got.Whole, ask.From, ask.To, began)})
	return nil
}

func figuresOf(list []float64) []figure {
	out := make([]figure, len(list))
	for i, v := range list {
		out[i] = figure(v)
	}
	return out
}

type judged struct {
	Verdict speed.Verdict `json:"verdict"`
	Now     figure        `json:"now"`
	Median  figure        `json:"median"`
	MAD     figure        `json:"mad"`
	Least   figure        `json:"least"`
	Most    figure        `json:"most"`
	Days    int           `json:"days"`
}

func judgedOf(j speed.Judged) judged {
	return judged{j.Verdict, figure(j.Now), figure(j.Median), figure(j.MAD), figure(j.Least), figure(j.Most), j.Days}
}

type compared struct {
	Key    speed.Key `json:"key"`
	P95    judged    `json:"p95"`
	Failed judged    `json:"failed"`
	Count  judged    `json:"count"`
}

type finding struct {
	Key    speed.Key    `json:"key"`
	Figure speed.Figure `json:"figure"`
	judged
	Calls int64   `json:"calls"`
	Since *string `json:"since"`
	Until *string `json:"until"`
}

// showUsual answers GET /v1/speed/usual: how calls compare with those at the
// same time of the days before.
func (a *API) showUsual(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	ask, tables, err := a.askSpeed(r.URL.Query(), c)
	if err != nil {
		return err
	}
	got, err := ask.FetchUsual(r.Context(), tables)
	if err != nil {
		return timely(err)
	}
	groups := make([]compared, 0, min(len(got.Groups), maxCompared))
	for _, g := range got.Groups[:min(len(got.Groups), maxCompared)] {
		groups = append(groups, compared{g.Key, judgedOf(g.P95), judgedOf(g.Failed), judgedOf(g.Count)})
	}
	when := func(ns int64) *string {
		if ns == 0 {
			return nil
		}
		s := rfc3339(ns)
		return &s
	}
	findings := make([]finding, 0, min(len(got.Findings), maxFindings))
	for _, f := range got.Findings[:min(len(got.Findings), maxFindings)] {
		findings = append(findings, finding{f.Key, f.Figure, judgedOf(f.Judged), f.Calls, when(f.Since), when(f.Until)})
	}
	writeJSON(w, http.StatusOK, struct {
		By       speed.By   `json:"by"`
		Fields   []string   `json:"fields"`
		Groups   []compared `json:"groups"`
		Findings []finding  `json:"findings"`
		Found    int        `json:"found"`
		Days     int        `json:"days"`
		AskedFor int        `json:"daysAskedFor"`
		MinDays  int        `json:"minDays"`
		MinCalls int        `json:"minCalls"`
		Width    int        `json:"width"`
		speedWhole
	}{ask.By, ask.By.Fields(), groups, findings, len(got.Findings), got.Days, speed.Days, speed.MinDays, speed.MinCalls, speed.Width, wholeOf(got.Whole, got.From, got.To, began)})
	return nil
}

const (
	maxCompared = 1000
	maxFindings = 100
)

type moduleRow struct {
	Key      speed.Key `json:"key"`
	Log      string    `json:"log"`
	Count    int64     `json:"count"`
	Failed   *int64    `json:"failed"` // null: no ui log tells
	Avg      figure    `json:"avg"`
	P50      figure    `json:"p50"`
	P95      figure    `json:"p95"`
	OfServer int64     `json:"ofServer"`
}

// showModules answers GET /v1/speed/modules: the matrix of the Prism norm.
func (a *API) showModules(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	ask, tables, err := a.askSpeed(r.URL.Query(), c)
	if err != nil {
		return err
	}
	got, err := ask.FetchModules(r.Context(), tables)
	if err != nil {
		return timely(err)
	}
	rows := make([]moduleRow, 0, len(got.Rows))
	for _, m := range got.Rows {
		row := moduleRow{Key: m.Key, Log: m.Log, Count: m.Count, Avg: figure(m.Avg), P50: figure(m.P50), P95: figure(m.P95), OfServer: m.OfServer}
		if m.Failed >= 0 {
			row.Failed = &m.Failed
		}
		rows = append(rows, row)
	}
	writeJSON(w, http.StatusOK, struct {
		Fields []string    `json:"fields"`
		Rows   []moduleRow `json:"rows"`
		Total  int         `json:"total"`
		speedWhole
	}{speed.MatrixFields, rows, got.Total, wholeOf(got.Whole, ask.From, ask.To, began)})
	return nil
}
