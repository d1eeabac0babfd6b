package api

import (
	"net/http"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// forSupport are the routes that a support user may use: those whose handlers
// narrow their question to the user's one account (scope, follow, event), and
// those that tell nothing of events. A route that is not here is refused, so
// that one which is added later cannot forget them.
var forSupport = map[string]bool{
	"GET /v1/search": true, "GET /v1/events/{id}": true, "GET /v1/histogram": true, "GET /v1/values": true, "GET /v1/tail": true,
	"GET /v1/facets": true, "GET /v1/statistics": true, "GET /v1/complete": true, "GET /v1/context": true, "GET /v1/export": true,
	"GET /v1/fields": true, "GET /v1/check": true,
	"GET /v1/speed": true, "GET /v1/speed/usual": true, "GET /v1/speed/modules": true,
	"GET /v1/me": true, "GET /v1/projects": true, "GET /v1/sessions": true, "DELETE /v1/sessions/{id}": true, "POST /v1/password": true,
}

// narrow makes a query of what the caller asked and of what they may see. A
// nil query asks for all. Accounts are compared as every search compares them,
// whatever the letter case.
func (c *caller) narrow(q *query.Query) *query.Query {
	if c.user.Account == "" {
		return q
	}
	only := &query.Equal{
		Field: query.Field{Name: "account", Column: event.FieldAccount},
		Term:  query.Term{Text: c.user.Account, Quoted: true}, // a * in it is a *
	}
	if q == nil {
		return &query.Query{Root: only}
	}
	return &query.Query{Root: &query.And{Of: []query.Node{only, q.Root}}, Text: q.Text}
}

// sees says whether the caller may see an event of their project.
func (c *caller) sees(e *event.Event) bool {
	if c.share != nil && !covers(c.share, e) {
		return false
	}
	only := c.narrow(nil)
	return only == nil || only.Matcher().Match(e)
}

// sight names what the caller sees of the project. A cursor belongs to it: one
// of somebody who sees more is nobody else's.
func (c *caller) sight() string {
	if c.share != nil {
		return c.user.Account + "\x00" + c.share.ID
	}
	if c.viewer != nil {
		return c.user.Account + "\x00" + c.viewer.ID
	}
	return c.user.Account
}

// mayUse refuses a support user what would show them more than their account.
func (c *caller) mayUse(r *http.Request, route Route) error {
	if c.user.Account == "" || route.Who == Anyone || forSupport[route.Method+" "+route.Path] {
		return nil
	}
	return &requestError{code: "forbidden", message: "The role support sees the events of one account, and nothing else of a project."}
}
