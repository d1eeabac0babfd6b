package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

type viewAnswer struct {
	ID      string            `json:"id"`
	Project string            `json:"project"`
	Owner   string            `json:"owner"` // "" when they were removed
	Own     bool              `json:"own"`
	Changes bool              `json:"mayChange"`
	Name    string            `json:"name"`
	Shared  bool              `json:"shared"`
	Params  map[string]string `json:"params"`
	Columns []string          `json:"columns"`
	Density string            `json:"density"`
	Created *string           `json:"created"`
	Changed *string           `json:"changed"`
	// Missing are the fields of the query and of the columns that no event of
	// the view's time has; Broken is why the query cannot be read any more.
	Missing []string `json:"missing,omitempty"`
	Broken  string   `json:"broken,omitempty"`
}

func viewAnswerOf(v catalog.View, u catalog.User) viewAnswer {
	if v.Columns == nil {
		v.Columns = []string{}
	}
	if v.Params == nil {
		v.Params = map[string]string{}
	}
	own := v.Owner.ID == u.ID && u.ID != ""
	return viewAnswer{v.ID, v.Project, v.Owner.Name, own, own || manages(u), v.Name, v.Shared, v.Params, v.Columns, v.Density, stamp(v.Created), stamp(v.Changed), nil, ""}
}

// manages says who may change what others have shared in a project of theirs.
func manages(u catalog.User) bool { return u.Role == catalog.Admin || u.Role == catalog.Editor }

// listViews answers GET /v1/views.
func (a *API) listViews(w http.ResponseWriter, r *http.Request, c *caller) error {
	views, err := a.catalog.Views(r.Context(), c.project, c.user)
	if err != nil {
		return err
	}
	out := make([]viewAnswer, len(views))
	for i, v := range views {
		out[i] = viewAnswerOf(v, c.user)
	}
	writeJSON(w, http.StatusOK, map[string]any{"views": out})
	return nil
}

// viewOf finds a view of a project that the caller may see.
func (a *API) viewOf(r *http.Request, c *caller) (catalog.View, error) {
	v, err := a.catalog.View(r.Context(), r.PathValue("id"), c.user)
	if err != nil {
		return v, err
	}
	if _, err := a.projectOf(r.Context(), c.user, v.Project); err != nil {
		return v, catalog.ErrNotFound
	}
	return v, nil
}

// showView answers GET /v1/views/{id}: as it is listed, with what is missing of
// it now.
func (a *API) showView(w http.ResponseWriter, r *http.Request, c *caller) error {
	v, err := a.viewOf(r, c)
	if err != nil {
		return err
	}
	out := viewAnswerOf(v, c.user)
	if err := a.missing(r.Context(), v, &out); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// lookTime bounds the look at what a view lacks. A view that takes longer opens
// without.
const lookTime = 5 * time.Second

// missing notes which fields of a view no event of its time has.
func (a *API) missing(ctx context.Context, v catalog.View, out *viewAnswer) error {
	st, err := query.ParseStatement(v.Params["q"])
	if err != nil {
		out.Broken = err.Error()
		return nil
	}
	var fields []query.Field
	seen := map[string]bool{}
	add := func(f query.Field) {
		if f.Column == event.NoField && !seen[f.Path] && len(fields) < maxFields {
			seen[f.Path] = true
			fields = append(fields, f)
		}
	}
	for _, f := range st.Fields() {
		add(f)
	}
	for _, name := range v.Columns {
		add(query.Resolve(name))
	}
	if len(fields) == 0 {
		return nil
	}
	params := url.Values{"from": {v.Params["from"]}, "to": {v.Params["to"]}}
	from, to, err := a.span(params)
	if err != nil {
		return nil // the page says what is wrong with the times
	}
	b := budget{lookTime}
	err = a.ask(ctx, &b, v.Project, func(ctx context.Context) error {
		got, err := a.reads.Values(ctx, store.Values{Scope: store.Scope{Project: v.Project, From: from, To: to}, Fields: fields, Limit: 1})
		if err != nil || got.Partial != "" {
			return err
		}
		for i, f := range got.Fields {
			if f.Present == 0 {
				out.Missing = append(out.Missing, fields[i].Name)
			}
		}
		return nil
	})
	if err != nil && problem(err).Code == "internal" && err != errBudget {
		return err
	}
	return nil
}

type viewForm struct {
	Project string             `json:"project"` // of a new one
	Name    *string            `json:"name"`
	Shared  *bool              `json:"shared"`
	Params  *map[string]string `json:"params"`
	Columns *[]string          `json:"columns"`
	Density *string            `json:"density"`
}

func (f *viewForm) apply(s *catalog.ViewSpec) {
	put(&s.Name, f.Name)
	put(&s.Shared, f.Shared)
	put(&s.Params, f.Params)
	put(&s.Columns, f.Columns)
	put(&s.Density, f.Density)
}

// createView answers POST /v1/views.
func (a *API) createView(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form viewForm
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	var spec catalog.ViewSpec
	form.apply(&spec)
	v, err := a.catalog.CreateView(as(r, c).Context(), project, c.user, spec)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, viewAnswerOf(v, c.user))
	return nil
}

// changeView answers PATCH /v1/views/{id}: what is left out stays as it is.
func (a *API) changeView(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form viewForm
	if err := readBody(r, &form); err != nil {
		return err
	}
	v, err := a.viewOf(r, c)
	if err != nil {
		return err
	}
	if v, err = a.catalog.ChangeView(as(r, c).Context(), v.ID, c.user, manages(c.user), form.apply); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, viewAnswerOf(v, c.user))
	return nil
}

// removeView answers DELETE /v1/views/{id}.
func (a *API) removeView(w http.ResponseWriter, r *http.Request, c *caller) error {
	v, err := a.viewOf(r, c)
	if err != nil {
		return err
	}
	if err := a.catalog.RemoveView(as(r, c).Context(), v.ID, c.user, manages(c.user)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
