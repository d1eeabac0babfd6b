package api

import (
	"context"
	"encoding/json"
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
	defaultAround = 20
	maxAround     = 200
	// maxAroundBytes bounds the events of one answer; the cursors go on.
	maxAroundBytes = 8 << 20
	// aroundReach is how far from the event an answer looks, unless it is
	// asked to look elsewhere.
	aroundReach = 24 * time.Hour
)

// around names what events may have in common with one, and the field of it.
// time is nothing but the order of time.
var around = map[string]event.Field{
	"time": event.NoField, "stream": event.FieldStream, "session": event.FieldSession, "trace": event.FieldTraceID,
	"account": event.FieldAccount, "host": event.FieldHost, "call": event.FieldCallID, "device": event.FieldDevice,
}

// aroundNames are the names in the order in which they are told.
var aroundNames = []string{"time", "stream", "session", "trace", "call", "account", "device", "host"}

// A neighbourhood is a question for the events around one.
type neighbourhood struct {
	api    *API
	centre event.Event
	scope  store.Scope
	sealed string // what its cursors are bound to
	budget budget
	cost   store.Cost
	bytes  int
}

// context answers GET /v1/context.
func (a *API) context(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	id := params.Get("id")
	if id == "" || len(id) > event.MaxID+21 {
		return badRequest("id", "id has %d bytes; want the id of an event.", len(id))
	}
	by := params.Get("by")
	if by == "" {
		by = "time"
	}
	field, known := around[by]
	if !known {
		return badRequest("by", "by=%s is not known; want one of %s.", shorten(by), strings.Join(aroundNames, ", "))
	}
	before, err := number(params, "before", defaultAround, 0, maxAround)
	if err != nil {
		return err
	}
	after, err := number(params, "after", defaultAround, 0, maxAround)
	if err != nil {
		return err
	}
	q, err := parseQuery(params)
	if err != nil {
		return err
	}
	n := &neighbourhood{api: a, budget: budget{a.limits.Time}}
	if n.centre, err = a.find(r.Context(), &n.budget, c, id); err != nil {
		return err
	}
	value := n.centre.String(field)
	if field != event.NoField {
		if value == "" {
			return badRequest("by", "This event has no %s; it has %s.", field.Name(), strings.Join(n.has(), ", "))
		}
		q = and(q, &query.Equal{Field: query.Field{Name: field.Name(), Column: field}, Term: query.Term{Text: value, Quoted: true}})
	}
	n.scope = store.Scope{Project: c.project, Query: c.narrow(q), From: n.centre.Time - int64(aroundReach), To: n.centre.Time + int64(aroundReach) + 1}
	if params.Get("from") != "" || params.Get("to") != "" {
		if n.scope.From, n.scope.To, err = a.span(params); err != nil {
			return err
		}
	}
	n.scope.From, n.scope.To = max(n.scope.From, earliest), min(n.scope.To, latest)
	n.sealed = strings.Join([]string{"context", c.sight(), id, by, params.Get("q")}, "\x00")

	at := store.At(&n.centre)
	earlier, err := n.read(r.Context(), params, "earlier", at, before)
	if err != nil {
		return err
	}
	later, err := n.read(r.Context(), params, "later", at, after)
	if err != nil {
		return err
	}
	slices.Reverse(earlier.events) // as they happened
	writeJSON(w, http.StatusOK, struct {
		By      string            `json:"by"`
		Value   string            `json:"value,omitempty"`
		Has     []string          `json:"has"` // what else may be asked of this event
		Event   json.RawMessage   `json:"event"`
		Before  []json.RawMessage `json:"before"`
		After   []json.RawMessage `json:"after"`
		Earlier string            `json:"earlier,omitempty"`
		Later   string            `json:"later,omitempty"`
		From    string            `json:"from"`
		To      string            `json:"to"`
		Partial bool              `json:"partial"`
		Reason  string            `json:"reason"`
		Scanned scanned           `json:"scanned"`
		MS      float64           `json:"ms"`
	}{
		by, value, n.has(), event.AppendJSON(nil, &n.centre), earlier.events, later.events, earlier.next, later.next,
		rfc3339(n.scope.From), rfc3339(n.scope.To), n.cost.Partial != "", n.cost.Partial, scannedOf(n.cost), milliseconds(time.Since(began)),
	})
	return nil
}

// find gives an event that the caller may see.
func (a *API) find(ctx context.Context, b *budget, c *caller, id string) (event.Event, error) {
	var e event.Event
	err := a.ask(ctx, b, c.project, func(ctx context.Context) (err error) {
		e, err = a.store.Event(ctx, c.project, id)
		return err
	})
	if err == nil && !c.sees(&e) {
		err = store.ErrNotFound
	}
	return e, timely(err)
}

// and joins a query, which may be nil, and a clause.
func and(q *query.Query, n query.Node) *query.Query {
	if q == nil {
		return &query.Query{Root: n}
	}
	return &query.Query{Root: &query.And{Of: []query.Node{n, q.Root}}, Text: q.Text}
}

// has lists what the event may share with others.
func (n *neighbourhood) has() (names []string) {
	for _, name := range aroundNames {
		if f := around[name]; f == event.NoField || n.centre.String(f) != "" {
			names = append(names, name)
		}
	}
	return names
}

// A side is the events on one side of an event, nearest first.
type side struct {
	events []json.RawMessage
	next   string
}

// read reads one side: from the event on, or from where its cursor says. When
// a cursor of the other side is given, only that one is meant.
func (n *neighbourhood) read(ctx context.Context, params url.Values, which string, at store.Position, limit int) (side, error) {
	out := side{events: []json.RawMessage{}}
	sealed := n.sealed + "\x00" + which
	scope := n.scope
	other := map[string]string{"earlier": "later", "later": "earlier"}[which]
	if text := params.Get(which); text != "" {
		from, err := n.api.cursors.open(text, scope.Project, sealed)
		if err != nil {
			return out, errContextCursor(which)
		}
		at, scope.From, scope.To = from.after, from.from, from.to
		n.scope.From, n.scope.To = scope.From, scope.To
	} else if params.Get(other) != "" {
		return out, nil
	}
	ascending := which == "later"
	var next *store.Position
	for next = &at; len(out.events) < limit && n.bytes < maxAroundBytes; {
		var page store.Page
		err := n.api.ask(ctx, &n.budget, scope.Project, func(ctx context.Context) (err error) {
			page, err = n.api.reads.Search(ctx, store.Search{Scope: scope, Limit: limit - len(out.events), After: next, Ascending: ascending})
			return err
		})
		n.cost.Add(page.Cost)
		if err != nil {
			return out, timely(err)
		}
		for i := range page.Events {
			line := event.AppendJSON(nil, &page.Events[i])
			out.events, n.bytes = append(out.events, line), n.bytes+len(line)
		}
		if next = page.Next; next == nil || page.Partial != "" {
			break
		}
	}
	if next != nil {
		out.next = n.api.cursors.seal(cursor{from: scope.From, to: scope.To, after: *next}, scope.Project, sealed)
	}
	return out, nil
}

func errContextCursor(which string) error {
	return &requestError{code: "bad_request", field: which, message: "This cursor does not belong to this event, field and query; use the one that an answer gave as " + which + "."}
}
