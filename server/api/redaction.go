package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/redact"
	"github.com/clewline/clewline/server/store"
)

// redactor gives what redacts, or an error that says why nothing does.
func (a *API) redactor() (*redact.Redactor, error) {
	if a.redacts == nil {
		return nil, &requestError{code: "not_found", message: "This server does not take events in, so it redacts none."}
	}
	return a.redacts, nil
}

// ruleAnswer is a rule with what it did.
type ruleAnswer struct {
	redact.Rule
	Hits int64 `json:"hits"` // values replaced in the last 24 hours
}

type redactionAnswer struct {
	Project  string        `json:"project"`
	Version  int64         `json:"version"`
	Rules    []ruleAnswer  `json:"rules"`
	Defaults []redact.Rule `json:"defaults"`
	// Hours counts the values replaced in each hour from From on.
	From  *string             `json:"from"`
	Hours [redact.Hours]int64 `json:"hours"`
	Since *string             `json:"since"` // counting began
	Cost  float64             `json:"cost"`  // of one event, in microseconds; 0 is not known
	Can   redactionVocabulary `json:"can"`
}

// redactionVocabulary is what a rule may say.
type redactionVocabulary struct {
	Detectors []string `json:"detectors"`
	Identity  []string `json:"identity"` // fields that only a rule which names them changes
}

func vocabulary() redactionVocabulary {
	v := redactionVocabulary{Detectors: redact.Detectors()}
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if redact.Identity(f) {
			v.Identity = append(v.Identity, f.Name())
		}
	}
	return v
}

// showRedaction answers GET /v1/redaction.
func (a *API) showRedaction(w http.ResponseWriter, r *http.Request, c *caller) error {
	redactor, err := a.redactor()
	if err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, r.URL.Query().Get("project"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, redactionOf(redactor, project))
	return nil
}

func redactionOf(redactor *redact.Redactor, project string) redactionAnswer {
	rules, counts := redactor.Rules(project), redactor.Counts(project)
	out := redactionAnswer{
		Project: project, Version: rules.Version, Rules: []ruleAnswer{}, Defaults: redact.Defaults(), From: stamp(counts.From), Since: stamp(counts.Since),
		Cost: float64(counts.PerEvent.Nanoseconds()) / 1000, Can: vocabulary(),
	}
	for _, hours := range counts.ByRule {
		for i, n := range hours {
			out.Hours[i] += n
		}
	}
	for _, rule := range rules.Rules {
		one := ruleAnswer{Rule: rule}
		for _, n := range counts.ByRule[rule.ID] {
			one.Hits += n
		}
		out.Rules = append(out.Rules, one)
	}
	return out
}

// changeRedaction answers PUT /v1/redaction: the whole list, in order. It
// holds for the next batch of every door.
func (a *API) changeRedaction(w http.ResponseWriter, r *http.Request, c *caller) error {
	redactor, err := a.redactor()
	if err != nil {
		return err
	}
	var form struct {
		Project string        `json:"project"`
		Version *int64        `json:"version"`
		Rules   []redact.Rule `json:"rules"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	if form.Version == nil {
		return badRequest("version", "version: is missing; give the version that your change is made to, so that nobody else's is overwritten.")
	}
	if form.Rules == nil {
		return badRequest("rules", "rules: is missing; an empty list switches redaction off.")
	}
	if err := redact.Check(form.Rules); err != nil {
		return err
	}
	text, err := json.Marshal(form.Rules)
	if err != nil {
		return err
	}
	before := redactor.Rules(project)
	kept, err := a.catalog.SetRedaction(as(r, c).Context(), project, *form.Version, string(text), whatChanged(before.Rules, form.Rules))
	if err != nil {
		return err
	}
	if err := redactor.Replace(project, redact.Rules{Version: kept.Version, Rules: form.Rules}); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, redactionOf(redactor, project))
	return nil
}

// whatChanged says for the audit trail which rules changed and how. Patterns
// and keys can hold secrets, so they are not in it.
func whatChanged(before, after []redact.Rule) string {
	var parts []string
	old := map[string]redact.Rule{}
	var order []string
	for _, rule := range before {
		old[rule.ID] = rule
		if slices.ContainsFunc(after, func(r redact.Rule) bool { return r.ID == rule.ID }) {
			order = append(order, rule.ID)
		}
	}
	for _, rule := range after {
		was, known := old[rule.ID]
		delete(old, rule.ID)
		switch {
		case !known && rule.On:
			parts = append(parts, "added "+rule.ID+" (on)")
		case !known:
			parts = append(parts, "added "+rule.ID+" (off)")
		case was.On && !rule.On:
			parts = append(parts, "switched off "+rule.ID)
		case !was.On && rule.On:
			parts = append(parts, "switched on "+rule.ID)
		}
		was.On = rule.On
		if known && fmt.Sprint(was) != fmt.Sprint(rule) {
			parts = append(parts, "changed "+rule.ID)
		}
		if known {
			if order[0] != rule.ID && !slices.Contains(parts, "changed the order") {
				parts = append(parts, "changed the order")
			}
			order = slices.DeleteFunc(order, func(id string) bool { return id == rule.ID })
		}
	}
	for _, rule := range before {
		if _, gone := old[rule.ID]; gone {
			parts = append(parts, "removed "+rule.ID)
		}
	}
	if len(parts) == 0 {
		return "nothing changed"
	}
	return strings.Join(parts, ", ")
}

// mostPreviewed bounds the events that a draft is tried on.
const mostPreviewed = 10_000

// previewTime bounds the work on one preview; what was tried by then is told.
const previewTime = 10 * time.Second

type examplePart struct {
	Text string `json:"text"`
	Kind string `json:"kind"`
}

type exampleAnswer struct {
	ID     string        `json:"id"`
	Time   string        `json:"time"`
	Source string        `json:"source"`
	Field  string        `json:"field"`
	Parts  []examplePart `json:"parts"`
	Doubt  string        `json:"doubt,omitempty"`
	Detail string        `json:"detail,omitempty"`
}

type fieldValues struct {
	Field  string `json:"field"`
	Values int    `json:"values"`
	// Searched says that people find events by this field: what a search for
	// one of its values finds today, it will not find in new events.
	Searched bool `json:"searched"`
}

type previewAnswer struct {
	Events   int             `json:"events"`
	Changed  int             `json:"changed"`
	Values   int             `json:"values"`
	Doubtful int             `json:"doubtful"`
	Fields   []fieldValues   `json:"fields"`
	Examples []exampleAnswer `json:"examples"`
	Partial  string          `json:"partial"` // why not all of the newest events were tried, or ""
	TookMS   float64         `json:"tookMs"`
}

// previewRedaction answers POST /v1/redaction/preview: a draft rule on the
// newest events of a project. Nothing is changed.
func (a *API) previewRedaction(w http.ResponseWriter, r *http.Request, c *caller) error {
	redactor, err := a.redactor()
	if err != nil {
		return err
	}
	var form struct {
		Project string      `json:"project"`
		Rule    redact.Rule `json:"rule"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	trial, err := redactor.Try(project, form.Rule)
	if err != nil {
		return err
	}
	began := time.Now()
	partial, err := a.tryOn(r, project, trial)
	if err != nil {
		return err
	}
	trial.Finish()
	writeJSON(w, http.StatusOK, previewOf(trial, partial, time.Since(began)))
	return nil
}

// tryOn tries a rule on the newest events. partial says why there are fewer
// than asked for.
func (a *API) tryOn(r *http.Request, project string, trial *redact.Trial) (partial string, err error) {
	b := budget{min(a.limits.Time, previewTime)}
	deadline := time.Now().Add(previewTime)
	s := store.Search{Scope: store.Scope{Project: project, From: earliest, To: latest}, Limit: store.MaxPage}
	for trial.Events < mostPreviewed {
		if time.Now().After(deadline) {
			return errBudget.Error(), nil
		}
		var page store.Page
		err := a.ask(r.Context(), &b, project, func(ctx context.Context) (err error) {
			page, err = a.reads.Search(ctx, s)
			return err
		})
		if errors.Is(err, errBudget) && trial.Events > 0 {
			return errBudget.Error(), nil
		}
		if err != nil {
			return "", timely(err)
		}
		for _, e := range page.Events {
			if trial.Events < mostPreviewed {
				trial.Event(e)
			}
		}
		if partial == "" {
			partial = page.Partial
		}
		if page.Next == nil {
			break
		}
		s.After = page.Next
	}
	return partial, nil
}

func previewOf(t *redact.Trial, partial string, took time.Duration) previewAnswer {
	out := previewAnswer{
		Events: t.Events, Changed: t.Changed, Values: t.Values, Doubtful: t.Doubtful,
		Fields: []fieldValues{}, Examples: []exampleAnswer{}, Partial: partial, TookMS: milliseconds(took),
	}
	for name, n := range t.Fields {
		out.Fields = append(out.Fields, fieldValues{name, n, redact.Identity(event.FieldByName(name))})
	}
	slices.SortFunc(out.Fields, func(a, b fieldValues) int {
		if a.Values != b.Values {
			return b.Values - a.Values
		}
		return strings.Compare(a.Field, b.Field)
	})
	for _, x := range t.Examples {
		one := exampleAnswer{ID: x.ID, Time: rfc3339(x.Time), Source: x.Source, Field: x.Field, Doubt: x.Doubt, Detail: x.Detail}
		for _, p := range x.Parts {
			one.Parts = append(one.Parts, examplePart{p.Text, p.Kind})
		}
		out.Examples = append(out.Examples, one)
	}
	return out
}
