package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/retention"
	"github.com/clewline/clewline/server/store"
)

const (
	sampleSize  = 5   // events that a preview shows
	sampleApps  = 50  // apps that a preview names
	maxReceipts = 500 // erasures that are listed
)

// A choiceForm says whose data is to be erased: a value of a who field, or a
// query.
type choiceForm struct {
	Project string `json:"project"`
	Field   string `json:"field"`
	Value   string `json:"value"`
	Query   string `json:"query"`
}

func (f choiceForm) choice() retention.Choice {
	return retention.Choice{Field: f.Field, Value: f.Value, Query: f.Query}
}

// confirmation is what is typed to give the order: the value, and for a query
// the project's name.
func (f choiceForm) confirmation() string {
	if f.Field == "" {
		return f.Project
	}
	return strings.TrimSpace(f.Value)
}

// parseChoice checks a form, whose project it settles.
func (a *API) parseChoice(r *http.Request, c *caller, f *choiceForm) (*query.Query, error) {
	project, err := a.projectOf(r.Context(), c.user, f.Project)
	if err != nil {
		return nil, err
	}
	f.Project = project
	if len(f.Query) > maxQuery {
		return nil, &requestError{code: "too_large", field: "query", message: fmt.Sprintf("The query has %d bytes; at most %d are accepted.", len(f.Query), maxQuery)}
	}
	return f.choice().Parse()
}

// A counted is what a choice means by now.
type counted struct {
	events         int64
	atLeast        bool // the count was cut short
	oldest, newest time.Time
	apps           []appCount
	sample         []json.RawMessage
}

type appCount struct {
	App    string `json:"app"` // "" for events without one
	Events int64  `json:"events"`
}

// countChoice counts all that a query means in a project, at any time, and
// looks at the newest of it.
func (a *API) countChoice(ctx context.Context, project string, q *query.Query) (counted, error) {
	out := counted{apps: []appCount{}, sample: []json.RawMessage{}}
	scope := store.Scope{Project: project, From: earliest, To: latest, Query: q}
	b := budget{a.limits.Time}
	err := a.ask(ctx, &b, project, func(ctx context.Context) error {
		got, err := a.reads.Histogram(ctx, store.Histogram{Scope: scope, Step: 3640 * day})
		for _, levels := range got.Counts {
			for _, n := range levels {
				out.events += n
			}
		}
		out.atLeast = got.Partial != ""
		return err
	})
	if err != nil {
		return out, timely(err)
	}
	// The rest is to recognise the person by; where time is short the count
	// stands alone.
	err = a.describe(ctx, &b, scope, &out)
	if errors.Is(err, errBudget) {
		err = nil
	}
	return out, err
}

func (a *API) describe(ctx context.Context, b *budget, scope store.Scope, out *counted) error {
	err := a.ask(ctx, b, scope.Project, func(ctx context.Context) error {
		got, err := a.reads.Values(ctx, store.Values{Scope: scope, Fields: []query.Field{query.Resolve("app")}, Limit: sampleApps})
		if err != nil || len(got.Fields) == 0 {
			return err
		}
		for _, v := range got.Fields[0].Values {
			out.apps = append(out.apps, appCount{v.Value, v.Count})
		}
		if without := out.events - got.Fields[0].Present; without > 0 {
			out.apps = append(out.apps, appCount{"", without})
		}
		return nil
	})
	if err != nil {
		return err
	}
	newest, err := a.first(ctx, b, store.Search{Scope: scope, Limit: sampleSize})
	if err != nil || len(newest) == 0 {
		return err
	}
	out.newest = time.Unix(0, newest[0].Time)
	for i := range newest {
		out.sample = append(out.sample, event.AppendJSON(nil, &newest[i]))
	}
	oldest, err := a.first(ctx, b, store.Search{Scope: scope, Limit: 1, Ascending: true})
	if len(oldest) > 0 {
		out.oldest = time.Unix(0, oldest[0].Time)
	}
	return err
}

// first gives the first page of a search that has something.
func (a *API) first(ctx context.Context, b *budget, s store.Search) ([]event.Event, error) {
	for {
		var page store.Page
		err := a.ask(ctx, b, s.Project, func(ctx context.Context) (err error) {
			page, err = a.reads.Search(ctx, s)
			return err
		})
		if err != nil || len(page.Events) > 0 || page.Next == nil {
			return page.Events, err
		}
		s.After = page.Next
	}
}

// previewErasure answers POST /v1/erasures/preview. It is a POST so that whom
// it is about stands in no address, which logs keep.
func (a *API) previewErasure(w http.ResponseWriter, r *http.Request, c *caller) error {
	if _, err := a.keeper(); err != nil {
		return err
	}
	var form choiceForm
	if err := readBody(r, &form); err != nil {
		return err
	}
	q, err := a.parseChoice(r, c, &form)
	if err != nil {
		return err
	}
	found, err := a.countChoice(r.Context(), form.Project, q)
	if err != nil {
		return err
	}
	digest, err := a.catalog.EraseDigest(r.Context(), form.Project, q.String())
	if err != nil {
		return err
	}
	orders, err := a.catalog.Erasures(r.Context(), form.Project, maxReceipts)
	if err != nil {
		return err
	}
	var same []catalog.Erasure
	for _, e := range orders {
		if e.Digest == digest {
			same = append(same, e)
		}
	}
	writeJSON(w, http.StatusOK, struct {
		Project string            `json:"project"`
		Query   string            `json:"query"`
		Events  int64             `json:"events"`
		AtLeast bool              `json:"atLeast"`
		Oldest  *string           `json:"oldest"`
		Newest  *string           `json:"newest"`
		Apps    []appCount        `json:"apps"`
		Sample  []json.RawMessage `json:"sample"`
		Confirm string            `json:"confirm"`
		Earlier []erasureAnswer   `json:"earlier"`
	}{
		form.Project, q.String(), found.events, found.atLeast, stamp(found.oldest), stamp(found.newest), found.apps, found.sample,
		form.confirmation(), a.erasureAnswers(same),
	})
	return nil
}

// orderErasure answers POST /v1/erasures. After 201 nobody finds the events
// any more; after 202 the order stands and takes effect in a moment.
func (a *API) orderErasure(w http.ResponseWriter, r *http.Request, c *caller) error {
	keeper, err := a.keeper()
	if err != nil {
		return err
	}
	var form struct {
		choiceForm
		Events  int64  `json:"events"`
		Confirm string `json:"confirm"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	q, err := a.parseChoice(r, c, &form.choiceForm)
	if err != nil {
		return err
	}
	if want := form.confirmation(); form.Confirm != want {
		return badRequest("confirm", "confirm: is not %q. Erasing cannot be undone, so that is typed once more.", shorten(want))
	}
	found, err := a.countChoice(r.Context(), form.Project, q)
	if err != nil {
		return err
	}
	// A few more may have come since the preview. Many more are another
	// matter than the one that was confirmed.
	if found.events > form.Events+max(100, form.Events/10) {
		return &requestError{code: "conflict", field: "events", message: fmt.Sprintf(
			"By now this means %d events, and %d were confirmed; look at the preview again.", found.events, form.Events)}
	}
	e := catalog.Erasure{
		Project: form.Project, Field: form.Field, Short: form.choice().Short(),
		Counted: found.events, AtLeast: found.atLeast, Oldest: found.oldest, Newest: found.newest,
	}
	for _, app := range found.apps {
		if app.App != "" {
			e.Apps = append(e.Apps, app.App)
		}
	}
	e, err = keeper.Erase(as(r, c).Context(), e, q)
	status := http.StatusCreated
	if errors.Is(err, retention.ErrWaiting) {
		status = http.StatusAccepted
	} else if err != nil {
		return err
	}
	writeJSON(w, status, a.erasureAnswers([]catalog.Erasure{e})[0])
	return nil
}

// An erasureAnswer is an order and its progress, or its receipt.
type erasureAnswer struct {
	ID        string   `json:"id"`
	Project   string   `json:"project"`
	State     string   `json:"state"` // ordered, erasing, done
	Field     string   `json:"field"`
	Short     string   `json:"short"`
	Query     string   `json:"query,omitempty"` // while it is not done
	Digest    string   `json:"digest"`
	By        string   `json:"by"`
	Ordered   *string  `json:"ordered"`
	Counted   int64    `json:"counted"`
	AtLeast   bool     `json:"atLeast"`
	Oldest    *string  `json:"oldest"`
	Newest    *string  `json:"newest"`
	Apps      []string `json:"apps"`
	Files     int      `json:"files"`
	Rewritten int      `json:"rewritten"`
	Removed   int64    `json:"removed"`
	Done      *string  `json:"done"`
}

func (a *API) erasureAnswers(orders []catalog.Erasure) []erasureAnswer {
	out := make([]erasureAnswer, len(orders))
	for i, p := range a.keeping.Progresses(orders) {
		e := orders[i]
		if e.Apps == nil {
			e.Apps = []string{}
		}
		out[i] = erasureAnswer{
			e.ID, e.Project, p.State, e.Field, e.Short, e.Query, e.Digest, strings.TrimPrefix(e.By, "user:"), stamp(e.Ordered),
			e.Counted, e.AtLeast, stamp(e.Oldest), stamp(e.Newest), e.Apps, p.Files, p.Rewritten, p.Removed, stamp(e.Done),
		}
	}
	return out
}

// listErasures answers GET /v1/erasures.
func (a *API) listErasures(w http.ResponseWriter, r *http.Request, c *caller) error {
	if _, err := a.keeper(); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, r.URL.Query().Get("project"))
	if err != nil {
		return err
	}
	orders, err := a.catalog.Erasures(r.Context(), project, maxReceipts)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"erasures": a.erasureAnswers(orders)})
	return nil
}

// showErasure answers GET /v1/erasures/{id}.
func (a *API) showErasure(w http.ResponseWriter, r *http.Request, c *caller) error {
	if _, err := a.keeper(); err != nil {
		return err
	}
	e, err := a.catalog.Erasure(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if project := r.URL.Query().Get("project"); project != "" && project != e.Project {
		return catalog.ErrNotFound
	}
	writeJSON(w, http.StatusOK, a.erasureAnswers([]catalog.Erasure{e})[0])
	return nil
}
