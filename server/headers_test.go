//go:build !noduck

package server_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/clewline/clewline/server"
)

// An asked is a request whose answer is looked at. Together they are every
// kind of answer that the server gives.
type asked struct {
	name, method, path, key, body string
	status                        int
	page                          bool // for people to look at: its policy allows its own scripts
	open                          bool // the SDK's door, which pages of other origins may read
}

func everyKindOfAnswer() []asked {
	return []asked{
		{name: "the first page", method: "GET", path: "/", status: 200, page: true},
		{name: "a page", method: "GET", path: "/search", status: 200, page: true},
		{name: "a page that is not there", method: "GET", path: "/no/such/page", status: 200, page: true},
		{name: "a missing file", method: "GET", path: "/assets/none.js", status: 404},
		{name: "a page that is written to", method: "POST", path: "/search", status: 405},
		{name: "a cleaned path", method: "GET", path: "//healthz", status: 307},
		{name: "the API without a credential", method: "GET", path: "/v1/me", status: 401},
		{name: "the API with a good key", method: "GET", path: "/v1/search", key: "read", status: 200},
		{name: "the API with a key that may not", method: "GET", path: "/v1/people", key: "read", status: 403},
		{name: "an answer of the API", method: "GET", path: "/v1/fields", key: "read", status: 200},
		{name: "an API path that is not there", method: "GET", path: "/v1/nothing", status: 404},
		{name: "a method that is not there", method: "DELETE", path: "/v1/search", status: 405},
		{name: "a failed log-in", method: "POST", path: "/v1/login", body: `{"name":"a","password":"b"}`, status: 401},
		{name: "a body that is none", method: "POST", path: "/v1/login", body: `{`, status: 400},
		{name: "a door", method: "POST", path: "/v1/events", key: "server", body: `{"msg":"x"}`, status: 200},
		{name: "a door without a key", method: "POST", path: "/v1/events", status: 401},
		{name: "a door with a format that is none", method: "POST", path: "/v1/lines?format=x", key: "server", body: "x", status: 400},
		{name: "the SDK's door, refused", method: "POST", path: "/v1/track", body: `{}`, status: 401, open: true},
		{name: "the SDK's preflight", method: "OPTIONS", path: "/v1/track", status: 204, open: true},
		{name: "health", method: "GET", path: "/healthz", status: 200},
		{name: "readiness", method: "GET", path: "/readyz", status: 200},
		{name: "the figures", method: "GET", path: "/metrics", status: 200},
		{name: "the demo's link, refused", method: "GET", path: "/v1/enter?token=x", status: 403},
	}
}

// headerRules are what the OWASP Secure Headers project and Mozilla's
// Observatory look for. "" wants the header to be absent, a leading "~" wants
// the value to contain what follows.
var headerRules = map[string]func(a asked) string{
	"X-Content-Type-Options":            func(asked) string { return "nosniff" },
	"X-Frame-Options":                   func(asked) string { return "DENY" },
	"X-Permitted-Cross-Domain-Policies": func(asked) string { return "none" },
	"Cross-Origin-Opener-Policy":        func(asked) string { return "same-origin" },
	"Cross-Origin-Embedder-Policy":      func(asked) string { return "require-corp" },
	"Permissions-Policy":                func(asked) string { return "~camera=(), " },
	"Cross-Origin-Resource-Policy": func(a asked) string {
		if a.open {
			return "cross-origin"
		}
		return "same-origin"
	},
	"Access-Control-Allow-Origin": func(a asked) string {
		if a.open {
			return "*"
		}
		return ""
	},
	"Access-Control-Allow-Credentials": func(asked) string { return "" },
	"Referrer-Policy": func(a asked) string {
		if a.page || a.path == "/search" || strings.HasPrefix(a.path, "/assets/") {
			return "same-origin"
		}
		return "no-referrer"
	},
	"Cache-Control": func(asked) string { return "~no-store" },
	// What tells a stranger which program and version this is, and what
	// browsers have taken back because it did harm.
	"Server": func(asked) string { return "" }, "X-Powered-By": func(asked) string { return "" }, "Via": func(asked) string { return "" },
	"X-Xss-Protection": func(asked) string { return "" }, "Public-Key-Pins": func(asked) string { return "" }, "Expect-Ct": func(asked) string { return "" },
	"Feature-Policy": func(asked) string { return "" },
}

func TestEveryKindOfAnswerHasTheHeadersThatAScannerLooksFor(t *testing.T) {
	for _, https := range []bool{false, true} {
		cfg := entryConfig(t)
		cfg.HTTPS = https
		keys := keysOf(t, cfg)
		base := serve(t, cfg)
		for _, a := range everyKindOfAnswer() {
			res := ask(t, base, a, keys[a.key])
			if res.StatusCode != a.status {
				t.Errorf("%s: status %d, want %d", a.name, res.StatusCode, a.status)
			}
			for name, rule := range headerRules {
				checkHeader(t, a, res, name, rule(a))
			}
			want := ""
			if https {
				want = "max-age=31536000"
			}
			checkHeader(t, a, res, "Strict-Transport-Security", want)
			checkPolicy(t, a, res.Header.Get("Content-Security-Policy"))
		}
	}
}

// keysOf makes a key of each type.
func keysOf(t *testing.T, cfg server.Config) map[string]string {
	t.Helper()
	keys := map[string]string{"unknown": "rk_unknown"}
	for _, typ := range []string{"read", "server", "browser"} {
		secret, err := server.CreateKey(t.Context(), cfg.Data, "phone", typ, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		keys[typ] = secret
	}
	return keys
}

func ask(t *testing.T, base string, a asked, secret string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), a.method, base+a.path, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res
}

func checkHeader(t *testing.T, a asked, res *http.Response, name, want string) {
	t.Helper()
	values := res.Header.Values(name)
	part, contains := strings.CutPrefix(want, "~")
	switch {
	case len(values) > 1:
		t.Errorf("%s: %s came %d times: %q", a.name, name, len(values), values)
	case contains && !strings.Contains(res.Header.Get(name), part), !contains && res.Header.Get(name) != want:
		t.Errorf("%s: %s is %q, want %q", a.name, name, res.Header.Get(name), want)
	}
}

// checkPolicy reads a content security policy as a browser does.
func checkPolicy(t *testing.T, a asked, policy string) {
	t.Helper()
	directives := map[string][]string{}
	for d := range strings.SplitSeq(policy, ";") {
		if words := strings.Fields(d); len(words) > 0 {
			directives[words[0]] = words[1:]
		}
	}
	none := []string{"'none'"}
	if !slices.Equal(directives["default-src"], none) || !slices.Equal(directives["frame-ancestors"], none) {
		t.Errorf("%s: the policy begins with too much: %s", a.name, policy)
	}
	for d, sources := range directives {
		for _, s := range sources {
			if strings.Contains(s, "unsafe") || s == "*" || s == "data:" || s == "http:" || s == "https:" {
				t.Errorf("%s: %s allows %s", a.name, d, s)
			}
		}
	}
	script := directives["script-src"]
	if a.page && !slices.Equal(script, []string{"'self'"}) || !a.page && script != nil {
		t.Errorf("%s: script-src is %v", a.name, script)
	}
	if a.page && (!slices.Equal(directives["base-uri"], none) || !slices.Equal(directives["form-action"], []string{"'self'"})) {
		t.Errorf("%s: base-uri or form-action is open: %s", a.name, policy)
	}
}

func TestTheFiguresAreForThisMachineAdminsAndReadKeys(t *testing.T) {
	cfg := entryConfig(t)
	keys := keysOf(t, cfg)
	base := serve(t, cfg)
	for _, c := range []struct {
		key, host, forwarded string
		status               int
	}{
		{"", "", "", 200},
		{"", "localhost:9", "", 200},
		{"", "logs.example.com", "", 401},
		{"", "", "203.0.113.9", 401}, // through a proxy on this machine
		{"read", "logs.example.com", "203.0.113.9", 200},
		{"server", "logs.example.com", "", 403},
		{"browser", "logs.example.com", "", 403},
		{"unknown", "logs.example.com", "", 401},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", base+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = c.host
		if c.forwarded != "" {
			req.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if keys[c.key] != "" {
			req.Header.Set("Authorization", "Bearer "+keys[c.key])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != c.status || (c.status == 200) != strings.Contains(string(body), "clewline_store_events") {
			t.Errorf("%+v: %s %.80s", c, res.Status, body)
		}
	}

	cfg = entryConfig(t)
	cfg.MetricsOpen = true
	if resp, text := get(t, nil, serve(t, cfg)+"/metrics", "logs.example.com"); resp.StatusCode != 200 {
		t.Errorf("open figures: %s %.80s", resp.Status, text)
	}
}
