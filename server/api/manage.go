package api

import (
	"net/http"
	"slices"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

// as enters what follows in the audit trail under the caller's name.
func as(r *http.Request, c *caller) *http.Request {
	return r.WithContext(catalog.As(r.Context(), "user:"+c.user.Name))
}

type projectAnswer struct {
	Name    string  `json:"name"`
	Created *string `json:"created"`
}

// listProjects answers GET /v1/projects.
func (a *API) listProjects(w http.ResponseWriter, r *http.Request, c *caller) error {
	projects, err := a.catalog.ProjectsOf(r.Context(), c.user)
	if err != nil {
		return err
	}
	out := make([]projectAnswer, len(projects))
	for i, p := range projects {
		out[i] = projectAnswer{p.Name, stamp(p.Created)}
	}
	writeJSON(w, http.StatusOK, map[string]any{"projects": out})
	return nil
}

// createProject answers POST /v1/projects.
func (a *API) createProject(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Name string `json:"name"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	p, err := a.catalog.CreateProject(as(r, c).Context(), form.Name)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, projectAnswer{p.Name, stamp(p.Created)})
	return nil
}

// Arrivals is what the doors have seen of one key since the server started,
// step by step: a step that was not reached is nil.
type Arrivals struct {
	// Reached: a request came to a door, with or without success.
	Reached *Reached `json:"reached"`
	// Key: whether the key itself was good.
	Key *Verdict `json:"key"`
	// Origin: whether its list allows the page; nil when no page sent it.
	Origin *OriginVerdict `json:"origin"`
	// Stored: the newest events that are durable.
	Stored *Stored `json:"stored"`
}

// Reached is the newest request that came with a key.
type Reached struct {
	At   string `json:"at"`   // RFC 3339
	From string `json:"from"` // the sender's address
	Door string `json:"door"` // as in the URL: "track", "events", "lines"
}

// A Verdict says whether a step went well, and if not, why.
type Verdict struct {
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"` // a sentence
}

// An OriginVerdict is a Verdict about a page's origin.
type OriginVerdict struct {
	Verdict
	Origin string `json:"origin"`
}

// Stored tells of the newest events of a key that are durable.
type Stored struct {
	At      string `json:"at"`      // RFC 3339
	Events  int64  `json:"events"`  // since the server started
	EventID string `json:"eventId"` // the newest one
}

// showArrivals answers GET /v1/arrivals.
func (a *API) showArrivals(w http.ResponseWriter, r *http.Request, c *caller) error {
	params := r.URL.Query()
	k, err := a.keyOf(r, c, params.Get("key"))
	if err != nil {
		return err
	}
	if project := params.Get("project"); project != "" && project != k.Project {
		return catalog.ErrNotFound
	}
	writeJSON(w, http.StatusOK, a.arrivals(k.ID))
	return nil
}

// typeNames are the types of columns as they are told.
var typeNames = map[event.Type]string{
	event.Keyword: "keyword", event.Text: "text", event.Timestamp: "time", event.Number: "number",
	event.LevelType: "level", event.List: "list", event.JSON: "json",
}

// fields answers GET /v1/fields.
func (a *API) fields(w http.ResponseWriter, r *http.Request, c *caller) error {
	type field struct {
		Name  string      `json:"name"`
		Type  string      `json:"type"`
		Group event.Group `json:"group"`
	}
	var fields []field
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if f != event.FieldWords { // derived for searching, never shown
			fields = append(fields, field{f.Name(), typeNames[f.Type()], f.Group()})
		}
	}
	aliases := map[string]string{}
	for alias, f := range event.SearchAliases() {
		aliases[alias] = f.Name()
	}
	answer := map[string]any{"fields": fields, "aliases": aliases}
	params := r.URL.Query()
	if params.Get("seen") == "" {
		writeJSON(w, http.StatusOK, answer)
		return nil
	}
	scope, err := a.scope(params, c)
	if err != nil {
		return err
	}
	limit, err := number(params, "limit", defaultSeen, 1, store.MaxKeys)
	if err != nil {
		return err
	}
	got, err := a.seenFields(r.Context(), c, scope, params.Get("q"))
	if err != nil {
		return err
	}
	answer["seen"], answer["looked"], answer["share"] = listSeen(got, limit), got.Looked, round(got.Share)
	answer["more"] = got.More || len(got.Fields) > limit
	answer["partial"], answer["reason"] = got.Partial != "", got.Partial
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// defaultSeen is how many fields an answer has when the caller does not say.
const defaultSeen = 500

// check answers GET /v1/check: what a page asks while a query is typed.
func (a *API) check(w http.ResponseWriter, r *http.Request, c *caller) error {
	st, err := parseStatement(r.URL.Query())
	if err != nil {
		return err
	}
	var columns []query.Column
	if st.Pipe != nil {
		columns = st.Pipe.Columns()
	}
	writeJSON(w, http.StatusOK, struct {
		OK      bool           `json:"ok"`
		Text    string         `json:"text"`
		Words   []string       `json:"words"`
		Columns []query.Column `json:"columns,omitempty"`
		Unknown []unknownField `json:"unknownFields,omitempty"`
	}{true, st.String(), highlights(st.Words()), columns, misspelt(st)})
	return nil
}

// highlights are the texts that a page marks in what a query finds: its
// terms, cut where they have wildcards.
func highlights(terms []query.Term) []string {
	words := []string{}
	for _, term := range terms {
		start := 0
		for _, star := range append(slices.Clip(term.Stars), len(term.Text)) {
			if part := term.Text[start:star]; part != "" && !slices.Contains(words, part) {
				words = append(words, part)
			}
			start = star
		}
	}
	return words
}
