package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/tail"
)

// reading completes the path of a route that reads, so that it is a good
// request.
func reading(route Route) string {
	path := strings.Replace(route.Path, "{id}", "e.1", 1)
	if route.Path == "/v1/values" {
		path += "?fields=level"
	}
	if route.Path == "/v1/facets" {
		path += "?fields=level"
	}
	if route.Path == "/v1/statistics" || route.Path == "/v1/complete" {
		path += "?field=level"
	}
	if route.Path == "/v1/context" {
		path += "?id=e.1"
	}
	if route.Path == "/v1/delivery/stream" {
		path += "?stream=s"
	}
	if route.Path == "/v1/table" {
		path += "?q=%7C+count"
	}
	return path
}

func withProject(path, project string) string {
	if strings.Contains(path, "?") {
		return path + "&project=" + project
	}
	return path + "?project=" + project
}

// status sends a request and gives its status without reading a live answer
// to its end.
func (w *world) status(method, path, credential string) int {
	w.t.Helper()
	res, err := http.DefaultClient.Do(w.request(method, path, credential, nil))
	w.must(err)
	res.Body.Close()
	return res.StatusCode
}

func TestEveryRouteAsksWhoYouAre(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 1, nil)
	w.fill("bank", 1, nil)
	revoked, secret, err := w.catalog.CreateKey(t.Context(), "shop", catalog.ReadKey, "", nil)
	w.must(err)
	w.must(w.catalog.RevokeKey(t.Context(), revoked.ID))
	ended, err := w.catalog.CreateUser(t.Context(), "eve", password, catalog.Admin)
	w.must(err)
	gone, _, err := w.catalog.StartSession(t.Context(), ended)
	w.must(err)
	w.must(w.catalog.EndSession(t.Context(), gone))

	credentials := map[string]string{
		"nobody": "", "an unknown key": "rk_unknown", "a revoked key": secret, "an unknown session": "unknown", "an ended session": gone,
		"a browser key": w.browser, "a server key": w.secret, "a read key": w.read, "a reader": w.member, "an editor": w.editor, "support": w.support, "an admin": w.admin,
	}
	const ok = 0 // whatever the route says to a good caller
	allowed := map[Who]map[string]int{
		Reader:     {"a read key": ok, "a reader": ok, "an editor": ok, "an admin": ok, "a browser key": 403, "a server key": 403},
		LoggedIn:   {"a read key": 403, "a reader": ok, "an editor": ok, "an admin": ok, "a browser key": 403, "a server key": 403},
		EditorOnly: {"a read key": 403, "a reader": 403, "an editor": ok, "an admin": ok, "a browser key": 403, "a server key": 403, "support": 403},
		AdminOnly:  {"a read key": 403, "a reader": 403, "an editor": 403, "support": 403, "an admin": ok, "a browser key": 403, "a server key": 403},
	}
	for _, route := range Routes() {
		if route.Who == Anyone {
			continue
		}
		for name, credential := range credentials {
			want, known := allowed[route.Who][name]
			if name == "support" && !known {
				if want, known = 403, true; forSupport[route.Method+" "+route.Path] {
					want = ok
				}
			}
			if !known {
				want = 401
			}
			got := w.status(route.Method, reading(route), credential)
			if want == ok && (got == 401 || got == 403 || got >= 500) || want != ok && got != want {
				t.Errorf("%s %s as %s: status %d, want %d", route.Method, route.Path, name, got, want)
			}
			if want != ok && route.Path != "/v1/tail" {
				w.fails(w.do(route.Method, reading(route), credential, nil), want, map[int]string{401: "unauthorized", 403: "forbidden"}[want])
			}
		}
	}
}

// unasked is what a caller who is let in is told by routes that want a body, or
// the id of what the test has not made.
var unasked = map[string]int{
	"POST /v1/pulls": 400, "GET /v1/pulls/{id}": 404, "DELETE /v1/pulls/{id}": 404,
	"POST /v1/viewer-tokens": 400, "DELETE /v1/viewer-tokens/{id}": 404,
}

func TestNoCredentialReachesAnotherProject(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 1, nil)
	w.fill("bank", 1, nil)
	for _, project := range []string{"shop", "bank"} {
		w.must(w.store.Write(t.Context(), &event.Batch{Project: project, Streams: []event.StreamRange{{Stream: "s", From: 1, To: 3}}}))
	}
	w.must(w.catalog.EnsureProject(t.Context(), "aaa")) // first of all by name
	for _, route := range Routes() {
		if route.Who != Reader {
			continue
		}
		path := reading(route)
		for name, credential := range map[string]string{"a read key": w.read, "a reader": w.member} {
			w.store.projects()
			for _, other := range []string{"bank", "aaa", "none", "Shop", "shop%00", "%20shop", "shop,bank", "*"} {
				if got := w.status(route.Method, withProject(path, other), credential); got != 403 {
					t.Errorf("%s as %s of shop asking for %s: status %d", route.Path, name, other, got)
				}
			}
			if asked := w.store.projects(); asked != nil {
				t.Errorf("%s as %s of shop: the store was asked about %v", route.Path, name, asked)
			}
			for _, own := range []string{path, withProject(path, "shop"), withProject(path, "shop") + "&project=bank"} {
				if got := w.status(route.Method, own, credential); got != 200 && got != unasked[route.Method+" "+route.Path] {
					t.Errorf("%s as %s of shop: status %d", own, name, got)
				}
			}
			if asked := w.store.projects(); len(asked) > 0 && !slices.Equal(asked, []string{"shop"}) {
				t.Errorf("%s as %s of shop: the store was asked about %v", route.Path, name, asked)
			}
		}
		if got := w.status(route.Method, withProject(path, "bank"), w.admin); got != 200 && got != unasked[route.Method+" "+route.Path] {
			t.Errorf("%s as an admin asking for bank: status %d", route.Path, got)
		}
	}
	// Live events keep to their project too.
	l := w.tail("/v1/tail", w.read)
	w.hub.Publish([]event.Event{{Project: "bank", Msg: "of bank"}, {Project: "shop", Msg: "of shop"}})
	if m := l.next(); !strings.Contains(m.data, "of shop") {
		t.Errorf("a key of shop was shown %s", m.data)
	}
}

func TestAQueryCannotNameItsWayIntoAnotherProject(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 1, nil)
		w.fill("bank", 1, nil)
		for _, q := range []string{"project:bank", "bank", "project:bank%20or%20project:shop", "not%20project:shop", "*"} {
			msgs, _ := w.found(w.do("GET", "/v1/search?q="+q, w.read, nil))
			if strings.Contains(strings.Join(msgs, "|"), "of bank") {
				t.Errorf("%s found %q", q, msgs)
			}
		}
	})
}

func TestAMemberWithoutAProjectIsToldSo(t *testing.T) {
	w := inhabited(t, nil)
	u, err := w.catalog.CreateUser(t.Context(), "eve", password, catalog.Reader)
	w.must(err)
	token, _, err := w.catalog.StartSession(t.Context(), u)
	w.must(err)
	e := w.fails(w.do("GET", "/v1/search", token, nil), 403, "forbidden")
	if !strings.Contains(e["message"].(string), "ask an admin") {
		t.Errorf("got %v", e)
	}
}

func TestEveryAnswerCarriesTheHeadersOfPrivateData(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 1, nil)
	for _, route := range Routes() {
		for _, credential := range []string{"", w.read, w.admin} {
			res, err := http.DefaultClient.Do(w.request(route.Method, reading(route), credential, nil))
			w.must(err)
			res.Body.Close()
			for header, want := range map[string]string{
				"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := res.Header.Get(header); got != want {
					t.Errorf("%s %s: %s is %q", route.Method, route.Path, header, got)
				}
			}
			// A log viewer reads from the page that it stands in, with a token
			// that its reader gives it; no cookie may come with it.
			mayRead := ""
			if route.Path == "/v1/viewer" || route.Path == "/v1/viewer/events" {
				mayRead = "*"
			}
			if cors := res.Header.Get("Access-Control-Allow-Origin"); cors != mayRead || res.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s may be read by %q, want %q", route.Method, route.Path, cors, mayRead)
			}
		}
	}
}

func TestWhatIsNoRouteIsAnErrorOfTheSameShape(t *testing.T) {
	w := inhabited(t, nil)
	for _, path := range []string{"/v1/", "/v1/nothing", "/v1/search/", "/v1/events/", "/v1/keys/a/b", "/elsewhere"} {
		w.fails(w.do("GET", path, w.admin, nil), 404, "not_found")
	}
	for _, c := range []struct{ method, path, allow string }{
		{"POST", "/v1/search", "GET, HEAD"}, {"GET", "/v1/login", "POST"}, {"PUT", "/v1/keys/k_1", "PATCH, DELETE"}, {"DELETE", "/v1/setup", "GET, HEAD, POST"},
	} {
		r := w.do(c.method, c.path, w.admin, nil)
		w.fails(r, 405, "method_not_allowed")
		if got := r.Header.Get("Allow"); got != c.allow {
			t.Errorf("%s %s: Allow is %q, want %q", c.method, c.path, got, c.allow)
		}
	}
	if r := w.do("HEAD", "/v1/search", w.read, nil); r.StatusCode != 200 || r.body != "" {
		t.Errorf("HEAD: %d %q", r.StatusCode, r.body)
	}
}

func TestThePagesAreServedBesideTheApi(t *testing.T) {
	w := inhabited(t, func(c *Config) {
		c.UI = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			io.WriteString(w, "page "+r.URL.Path)
		})
	})
	r := w.do("GET", "/search", "", nil)
	if r.body != "page /search" || r.Header.Get("X-Frame-Options") != "DENY" || r.Header.Get("Referrer-Policy") != "same-origin" ||
		r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("got %q with %v", r.body, r.Header)
	}
	w.fails(w.do("GET", "/v1/nothing", "", nil), 404, "not_found")
}

func TestAnotherSitesPageCannotActInTheNameOfWhoIsLoggedIn(t *testing.T) {
	w := inhabited(t, nil)
	send := func(change func(h http.Header)) reply {
		req := w.request("POST", "/v1/projects", w.admin, object{"name": "evil"})
		change(req.Header)
		res, err := http.DefaultClient.Do(req)
		w.must(err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		w.must(err)
		return reply{res, string(b)}
	}
	for name, change := range map[string]func(http.Header){
		"another site":            func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site"); h.Set("Origin", "https://evil.example") },
		"a sibling domain":        func(h http.Header) { h.Set("Sec-Fetch-Site", "same-site") },
		"an old browser":          func(h http.Header) { h.Set("Origin", "https://evil.example") },
		"a page without a origin": func(h http.Header) { h.Set("Origin", "null") },
	} {
		t.Run(name, func(t *testing.T) {
			w.fails(send(change), 403, "forbidden")
		})
	}
	if projects, err := w.catalog.Projects(t.Context()); err != nil || len(projects) != 2 {
		t.Errorf("there are %v, %v", projects, err)
	}
	if r := send(func(h http.Header) { h.Set("Sec-Fetch-Site", "same-origin"); h.Set("Origin", w.server.URL) }); r.StatusCode != 201 {
		t.Errorf("the own page got %d: %s", r.StatusCode, r.body)
	}
}

func TestABodyIsBoundedAndRead(t *testing.T) {
	w := inhabited(t, nil)
	for _, c := range []struct {
		body   string
		status int
		code   string
		field  any
	}{
		{"", 400, "bad_request", nil},
		{"{", 400, "bad_request", nil},
		{"[]", 400, "bad_request", nil},
		{"null garbage", 400, "bad_request", nil},
		{`{"name":"a"}{}`, 400, "bad_request", nil},
		{`{"name":7}`, 400, "bad_request", "name"},
		{`{"nmae":"a"}`, 400, "bad_request", "nmae"},
		{`{"name":"A"}`, 400, "bad_request", "name"},
		{`{"name":"shop"}`, 409, "conflict", nil},
		{`{"name":"` + strings.Repeat("a", maxBody) + `"}`, 413, "too_large", nil},
	} {
		e := w.fails(w.do("POST", "/v1/projects", w.admin, c.body), c.status, c.code)
		if e["field"] != c.field {
			t.Errorf("%.40s: the field is %v, want %v", c.body, e["field"], c.field)
		}
	}
}

func TestEveryErrorHasItsAnswer(t *testing.T) {
	_, syntax := query.Parse("level:")
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{syntax, 400, "invalid_query"},
		{&catalog.InvalidError{Field: "name", Reason: "is empty"}, 400, "bad_request"},
		{&catalog.SetupLinkError{}, 410, "gone"},
		{catalog.ErrUnknownKey, 401, "unauthorized"}, {catalog.ErrRevokedKey, 401, "unauthorized"}, {catalog.ErrNoSession, 401, "unauthorized"},
		{catalog.ErrNotFound, 404, "not_found"}, {store.ErrNotFound, 404, "not_found"}, {catalog.ErrExists, 409, "conflict"},
		{store.ErrBusy, 429, "slow_down"}, {&tail.TooManyError{}, 429, "slow_down"}, {tail.ErrClosed, 503, "unavailable"},
		{&store.FullError{Dir: "d", Err: errors.New("no space")}, 503, "unavailable"},
		{&http.MaxBytesError{Limit: 1}, 413, "too_large"},
		{errors.New("anything else"), 500, "internal"},
	} {
		got := problem(fmt.Errorf("while answering: %w", c.err))
		if got.status != c.status || got.Code != c.code || got.Code != "internal" && got.Message == "" {
			t.Errorf("%T %v: got %+v", c.err, c.err, got)
		}
		if (got.status == 429 || got.status == 503) && got.retry < time.Second {
			t.Errorf("%v does not say when to try again", c.err)
		}
	}
	for code, status := range statusOf {
		if p := problem(&requestError{code: code, message: "m"}); p.status != status || status < 400 {
			t.Errorf("%s: %+v", code, p)
		}
	}
}
