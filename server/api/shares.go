package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
)

// forShares are the routes that the holder of a share may use. Their questions
// are the share's own (see ofShare), whatever the request asks.
var forShares = map[string]bool{
	"GET /v1/share": true, "GET /v1/search": true, "GET /v1/histogram": true, "GET /v1/table": true, "GET /v1/events/{id}": true,
}

// identifyShare lets the holder of a share in: to the routes of forShares, with
// the share's query and range in place of those of the request.
func (a *API) identifyShare(r *http.Request, route Route, secret string) (*caller, error) {
	if !forShares[route.Method+" "+route.Path] {
		return nil, &requestError{code: "forbidden", message: "A shared link shows one view, and nothing else."}
	}
	s, err := a.catalog.LookupShare(r.Context(), secret)
	if err != nil {
		return nil, err
	}
	params := r.URL.Query()
	if asked := params.Get("project"); asked != "" && asked != s.Project {
		return nil, &requestError{code: "forbidden", field: "project", message: "This link shows a view of one project."}
	}
	params.Set("q", s.Params["q"])
	params.Set("from", rfc3339(s.From))
	params.Set("to", rfc3339(s.To))
	params.Set("project", s.Project)
	r.URL.RawQuery = params.Encode()
	return &caller{share: &s, user: catalog.User{Account: s.Owner.Account}, project: s.Project, secret: secret}, nil
}

// covers says whether a share shows an event.
func covers(s *catalog.Share, e *event.Event) bool {
	if e.Time < s.From || e.Time >= s.To {
		return false
	}
	st, err := query.ParseStatement(s.Params["q"])
	if err != nil || st.Sequence != nil || st.Pipe != nil {
		return false // a table shows figures, and a sequence's rows are whole
	}
	return st.Query == nil || st.Query.Matcher().Match(e)
}

// showShare answers GET /v1/share: what the holder of a link sees, and until
// when.
func (a *API) showShare(w http.ResponseWriter, r *http.Request, _ *caller) error {
	secret, ok := bearer(r)
	if !ok || !strings.HasPrefix(secret, catalog.SharePrefix) {
		return &requestError{code: "unauthorized", message: "Send the shared link's token: Authorization: Bearer sl_..."}
	}
	c, err := a.identifyShare(r, Route{Method: "GET", Path: "/v1/share"}, secret)
	if err != nil {
		return err
	}
	if err := a.catalog.ShareUsed(r.Context(), c.share.ID); err != nil {
		return err
	}
	s := c.share
	writeJSON(w, http.StatusOK, struct {
		Name    string            `json:"name"`
		Owner   string            `json:"owner"`
		Project string            `json:"project"`
		Params  map[string]string `json:"params"`
		From    string            `json:"from"`
		To      string            `json:"to"`
		Expires *string           `json:"expires"`
	}{s.Name, s.Owner.Name, s.Project, s.Params, rfc3339(s.From), rfc3339(s.To), stamp(s.Expires)})
	return nil
}

type shareAnswer struct {
	ID      string            `json:"id"`
	Project string            `json:"project"`
	Owner   string            `json:"owner"`
	Changes bool              `json:"mayRevoke"`
	Name    string            `json:"name"`
	Params  map[string]string `json:"params"`
	From    string            `json:"from"`
	To      string            `json:"to"`
	Created *string           `json:"created"`
	Expires *string           `json:"expires"`
	Revoked *string           `json:"revoked"`
	Works   bool              `json:"works"`
	Uses    int64             `json:"uses"`
	LastUse *string           `json:"lastUsed"`
}

func (a *API) shareAnswerOf(s catalog.Share, u catalog.User) shareAnswer {
	return shareAnswer{
		s.ID, s.Project, s.Owner.Name, s.Owner.ID == u.ID || manages(u), s.Name, s.Params, rfc3339(s.From), rfc3339(s.To),
		stamp(s.Created), stamp(s.Expires), stamp(s.Revoked), s.Revoked.IsZero() && a.now().Before(s.Expires), s.Uses, stamp(s.LastUse),
	}
}

// listShares answers GET /v1/shares.
func (a *API) listShares(w http.ResponseWriter, r *http.Request, c *caller) error {
	project, err := a.projectOf(r.Context(), c.user, r.URL.Query().Get("project"))
	if err != nil {
		return err
	}
	shares, err := a.catalog.Shares(r.Context(), project)
	if err != nil {
		return err
	}
	out := make([]shareAnswer, len(shares))
	for i, s := range shares {
		out[i] = a.shareAnswerOf(s, c.user)
	}
	writeJSON(w, http.StatusOK, map[string]any{"shares": out})
	return nil
}

// createShare answers POST /v1/shares. Its answer is the only one that has the
// link's token.
func (a *API) createShare(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Project string            `json:"project"`
		Name    string            `json:"name"`
		Params  map[string]string `json:"params"`
		Hours   float64           `json:"hours"` // that it works
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	if form.Hours < 1.0/60 || form.Hours > catalog.MaxShareFor.Hours() {
		return badRequest("hours", "hours: %s is not accepted; want the hours that the link works, up to 2160 (90 days).", strconv.FormatFloat(form.Hours, 'g', 6, 64))
	}
	// The range is fixed now: a link that says "the last 15 minutes" would show
	// other events each time.
	from, to, err := a.span(url.Values{"from": {form.Params["from"]}, "to": {form.Params["to"]}})
	if err != nil {
		return err
	}
	if err := checkLength(form.Params["q"]); err != nil {
		return err
	}
	if _, err := query.ParseStatement(form.Params["q"]); err != nil {
		return err
	}
	s, secret, err := a.catalog.CreateShare(as(r, c).Context(), catalog.Share{
		Project: project, Owner: c.user, Name: form.Name, Params: form.Params, From: from, To: to,
		Expires: a.now().Add(time.Duration(form.Hours * float64(time.Hour))),
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, struct {
		shareAnswer
		Token string `json:"token"`
		Path  string `json:"path"` // of the page; the token is behind the #, which browsers do not send
	}{a.shareAnswerOf(s, c.user), secret, "/shared#" + secret})
	return nil
}

// revokeShare answers DELETE /v1/shares/{id}.
func (a *API) revokeShare(w http.ResponseWriter, r *http.Request, c *caller) error {
	s, err := a.catalog.ShareByID(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if _, err := a.projectOf(r.Context(), c.user, s.Project); err != nil {
		return catalog.ErrNotFound
	}
	if s.Owner.ID != c.user.ID && !manages(c.user) {
		return catalog.ErrNotYours
	}
	if err := a.catalog.RevokeShare(as(r, c).Context(), s.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// goneReasons are why a link or a viewer's token does not work any more.
var goneReasons = []struct {
	err    error
	reason string
}{
	{catalog.ErrShareExpired, "share_expired"}, {catalog.ErrShareRevoked, "share_revoked"}, {catalog.ErrNoShare, "share_unknown"},
	{catalog.ErrViewerExpired, "viewer_expired"}, {catalog.ErrViewerRevoked, "viewer_revoked"}, {catalog.ErrNoViewer, "viewer_unknown"},
}

// goneProblem is what the holder of one that does not work is told.
func goneProblem(err error) (answer, bool) {
	for _, gone := range goneReasons {
		if errors.Is(err, gone.err) {
			return answer{Code: "gone", Reason: gone.reason, Message: sentence(err)}, true
		}
	}
	return answer{}, false
}
