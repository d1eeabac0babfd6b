package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

const (
	defaultCompletions = 20
	maxCompletions     = 200
	maxPrefix          = 256
	// completeWithin is how long the store counts a field's values for
	// somebody who types; what it has by then is kept for a moment.
	completeWithin = 50 * time.Millisecond
)

// complete answers GET /v1/complete: values of a field that begin as something
// does that is being typed.
func (a *API) complete(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	scope, err := a.scope(params, c)
	if err != nil {
		return err
	}
	name, err := fieldName(params)
	if err != nil {
		return err
	}
	limit, err := number(params, "limit", defaultCompletions, 1, maxCompletions)
	if err != nil {
		return err
	}
	prefix := params.Get("prefix")
	if len(prefix) > maxPrefix {
		return badRequest("prefix", "prefix has %d bytes; want at most %d.", len(prefix), maxPrefix)
	}
	words := wordsQuestion{api: a, r: r, caller: c, scope: scope, name: name, q: params.Get("q")}
	found, err := words.begin(prefix, limit)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct {
		Field   string       `json:"field"`
		Values  []facetValue `json:"values"`
		More    bool         `json:"more"`
		Partial bool         `json:"partial"`
		Reason  string       `json:"reason"`
		MS      float64      `json:"ms"`
	}{name, found.values, found.more, found.partial != "", found.partial, milliseconds(time.Since(began))})
	return nil
}

// completions are values of a field, most frequent first.
type completions struct {
	values  []facetValue
	more    bool   // there may be others
	partial string // why not all events were looked at
}

// A wordsQuestion asks for the values of one field.
type wordsQuestion struct {
	api    *API
	r      *http.Request
	caller *caller
	scope  store.Scope
	name   string
	q      string
}

// begin gives the values that begin with prefix, letter case aside, most
// frequent first; then those that have it elsewhere.
func (q *wordsQuestion) begin(prefix string, limit int) (completions, error) {
	all, err := q.ask("")
	if err != nil {
		return all, err
	}
	found := completions{matching(all.values, prefix, limit), all.more, all.partial}
	if len(found.values) < limit && all.more && prefix != "" && q.listed() {
		// Of a field with more values than are kept, those alone that begin so.
		rare, err := q.ask(prefix)
		if err != nil {
			return rare, err
		}
		found.more, found.partial = rare.more, rare.partial
		for _, v := range matching(rare.values, prefix, limit) {
			if len(found.values) < limit && !has(found.values, v.Value) {
				found.values = append(found.values, v)
			}
		}
	}
	return found, nil
}

// listed says that the field has values that may be asked for by how they
// begin.
func (q *wordsQuestion) listed() bool {
	f := query.Resolve(q.name).Column
	return f == event.NoField || f.Type() == event.Keyword || f.Type() == event.List
}

func has(list []facetValue, value string) bool {
	for _, v := range list {
		if v.Value == value {
			return true
		}
	}
	return false
}

// matching picks values out of a list that is in order of frequency.
func matching(all []facetValue, prefix string, limit int) []facetValue {
	want := query.Fold(prefix)
	first, then := []facetValue{}, []facetValue{}
	for _, v := range all {
		switch text := query.Fold(v.Value); {
		case strings.HasPrefix(text, want):
			first = append(first, v)
		case len(then) < limit && strings.Contains(text, want):
			then = append(then, v)
		}
		if len(first) >= limit {
			return first
		}
	}
	return append(first, then[:min(len(then), limit-len(first))]...)
}

// ask gives the field's most frequent values of those that begin with prefix,
// as they were a moment ago.
func (q *wordsQuestion) ask(prefix string) (completions, error) {
	key := q.api.momentKey(q.caller, q.scope, q.name, query.Fold(prefix), q.q)
	if kept, ok := q.api.words.get(key); ok {
		return kept, nil
	}
	field := query.Resolve(q.name)
	if field.Column != event.NoField && field.Column.Type() == event.Text {
		return completions{}, nil // texts are searched by words, and hardly two are the same
	}
	scope := q.scope
	if prefix != "" {
		scope.Query = &query.Query{Root: beginning(scope.Query, field, prefix)}
	}
	got, err := q.api.askFacets(q.r.Context(), store.Facets{Scope: scope, Fields: []query.Field{field}, Limit: store.MaxFacetValues, Within: completeWithin}, nil)
	if err != nil {
		return completions{}, err
	}
	f := &got.Fields[0]
	out := completions{more: f.More || f.Distinct > int64(len(f.Values)), partial: got.Partial}
	for _, v := range f.Values {
		out.values = append(out.values, facetValue{v.Value, v.Count})
	}
	if out.partial == "" {
		q.api.words.keep(key, out)
	}
	return out, nil
}

// beginning asks for values that begin with prefix, of what q matches.
func beginning(q *query.Query, f query.Field, prefix string) query.Node {
	var begins query.Node = &query.Equal{Field: f, Term: query.Term{Text: prefix, Stars: []int{len(prefix)}}}
	if q == nil {
		return begins
	}
	return &query.And{Of: []query.Node{q.Root, begins}}
}
