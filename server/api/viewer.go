package api

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
)

const (
	viewerLasts = 30 * time.Minute // by default
	viewerBack  = 24 * time.Hour   // of events, by default
	mostBack    = 31 * 24 * time.Hour
	// viewerAhead is how far into the future a viewer looks: clocks of devices
	// may go before ours.
	viewerAhead = 15 * time.Minute
)

// createViewerToken answers POST /v1/viewer-tokens: a short-lived right to read
// the events of one device or one call. Its answer is the only one that has the
// secret. A read key may ask for one: it gives away less than the key itself.
func (a *API) createViewerToken(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Device  string  `json:"device"`
		CallID  string  `json:"callId"`
		Minutes float64 `json:"minutes"` // that it works
		Hours   float64 `json:"hours"`   // of events before now
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	if (form.Device == "") == (form.CallID == "") {
		return badRequest("device", "Name one device or one callId whose events the token opens, and not both.")
	}
	lasts := time.Duration(cmp.Or(form.Minutes, viewerLasts.Minutes()) * float64(time.Minute))
	back := time.Duration(cmp.Or(form.Hours, viewerBack.Hours()) * float64(time.Hour))
	switch {
	case form.Minutes < 0 || form.Minutes > catalog.MaxViewerFor.Minutes() || lasts < catalog.MinViewerFor:
		return badRequest("minutes", "minutes: want the minutes that the token works, 1 to %d.", int(catalog.MaxViewerFor.Minutes()))
	case form.Hours < 0 || form.Hours > mostBack.Hours():
		return badRequest("hours", "hours: want how far back the token's events may lie, up to %d.", int(mostBack.Hours()))
	}
	t := catalog.ViewerToken{
		Project: c.project, Owner: c.user, Field: "device", Value: form.Device,
		From: a.now().Add(-back).UnixNano(), Expires: a.now().Add(lasts),
	}
	if form.CallID != "" {
		t.Field, t.Value = "callId", form.CallID
	}
	if c.key != nil {
		t.Key = c.key.ID
	}
	t, secret, err := a.catalog.CreateViewerToken(asActor(r.Context(), c), t)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, struct {
		viewerAnswer
		Token string `json:"token"`
		Path  string `json:"path"` // of the page; the token is behind the #, which browsers do not send
	}{a.viewerAnswerOf(t), secret, "/viewer#" + secret})
	return nil
}

type viewerAnswer struct {
	ID      string  `json:"id"`
	Project string  `json:"project"`
	Field   string  `json:"field"`
	Value   string  `json:"value"`
	By      string  `json:"by"`
	From    string  `json:"from"`
	Created *string `json:"created"`
	Expires *string `json:"expires"`
	Revoked *string `json:"revoked"`
	Works   bool    `json:"works"`
	Uses    int64   `json:"uses"`
	LastUse *string `json:"lastUsed"`
}

func (a *API) viewerAnswerOf(t catalog.ViewerToken) viewerAnswer {
	return viewerAnswer{
		t.ID, t.Project, t.Field, t.Value, t.By, rfc3339(t.From), stamp(t.Created), stamp(t.Expires), stamp(t.Revoked),
		t.Revoked.IsZero() && a.now().Before(t.Expires), t.Uses, stamp(t.LastUse),
	}
}

// listViewerTokens answers GET /v1/viewer-tokens.
func (a *API) listViewerTokens(w http.ResponseWriter, r *http.Request, c *caller) error {
	tokens, err := a.catalog.ViewerTokens(r.Context(), c.project)
	if err != nil {
		return err
	}
	out := make([]viewerAnswer, len(tokens))
	for i, t := range tokens {
		out[i] = a.viewerAnswerOf(t)
	}
	writeJSON(w, http.StatusOK, map[string]any{"tokens": out})
	return nil
}

// revokeViewerToken answers DELETE /v1/viewer-tokens/{id}. Whoever may read the
// project may end what reads it.
func (a *API) revokeViewerToken(w http.ResponseWriter, r *http.Request, c *caller) error {
	if err := a.catalog.RevokeViewerToken(asActor(r.Context(), c), c.project, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// viewerOf finds the token that a request shows.
func (a *API) viewerOf(r *http.Request) (*caller, error) {
	secret, ok := bearer(r)
	if !ok || !strings.HasPrefix(secret, catalog.ViewerPrefix) {
		return nil, &requestError{code: "unauthorized", message: "Send the viewer's token: Authorization: Bearer vt_..."}
	}
	t, err := a.catalog.LookupViewerToken(r.Context(), secret)
	if err != nil {
		return nil, err
	}
	if asked := r.URL.Query().Get("project"); asked != "" && asked != t.Project {
		return nil, &requestError{code: "forbidden", field: "project", message: "This viewer link shows events of one project."}
	}
	return &caller{viewer: &t, user: catalog.User{Account: t.Owner.Account}, secret: secret, project: t.Project}, nil
}

// showViewer answers GET /v1/viewer: what a token opens, and until when.
func (a *API) showViewer(w http.ResponseWriter, r *http.Request, _ *caller) error {
	c, err := a.viewerOf(r)
	if err != nil {
		return err
	}
	if err := a.catalog.ViewerTokenUsed(r.Context(), c.viewer.ID); err != nil {
		return err
	}
	t := c.viewer
	writeJSON(w, http.StatusOK, struct {
		Field   string  `json:"field"`
		Value   string  `json:"value"`
		From    string  `json:"from"`
		Expires *string `json:"expires"`
	}{t.Field, t.Value, rfc3339(t.From), stamp(t.Expires)})
	return nil
}

// viewerEvents answers GET /v1/viewer/events: a search whose query is the
// token's own, whatever the request asks. Only how far back it looks, how many
// events it gives and where it goes on are the request's.
func (a *API) viewerEvents(w http.ResponseWriter, r *http.Request, _ *caller) error {
	c, err := a.viewerOf(r)
	if err != nil {
		return err
	}
	params := r.URL.Query()
	from, err := moment(params, "from", a.now(), c.viewer.From)
	if err != nil {
		return err
	}
	params.Set("q", viewerQuery(c.viewer))
	params.Set("from", rfc3339(max(from, c.viewer.From)))
	params.Set("to", rfc3339(a.now().Add(viewerAhead).UnixNano()))
	params.Set("project", c.project)
	params.Set("near", "0")
	r.URL.RawQuery = params.Encode()
	return a.search(w, r.WithContext(withMeter(r.Context(), a.metering.of(c))), c)
}

// viewerQuery finds what a token opens. Keywords are compared without letter
// case, and ids that differ in it alone are of two devices: the pattern tells
// them apart, and the term before it lets the store use its index.
func viewerQuery(t *catalog.ViewerToken) string {
	field := query.Resolve(t.Field)
	exact := &query.Equal{Field: field, Term: query.Term{Text: t.Value, Quoted: true}}
	same := &query.Regexp{Field: field, Pattern: "(?-i)" + query.QuoteLiteral(t.Value)}
	return (&query.Query{Root: &query.And{Of: []query.Node{exact, same}}}).String()
}

// anyOrigin lets pages of every origin read an answer: a viewer's token is the
// only right that its two routes take, and it is in no cookie.
func anyOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET")
		h.Set("Access-Control-Allow-Headers", "Authorization")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	})
}
