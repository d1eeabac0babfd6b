package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"placeholder.html":        {Data: []byte("not built")},
		"placeholder.css":         {Data: []byte("body{}")},
		"app/index.html":          {Data: []byte(`<meta property="csp-nonce" nonce="__CSP_NONCE__"><div id="root"></div>`)},
		"app/scheme.js":           {Data: []byte("1")},
		"app/assets/main-a1.js":   {Data: []byte("2")},
		"app/assets/main-a1.css":  {Data: []byte("b{}")},
		"app/sdk/clewline.js":     {Data: []byte("3")},
		"app/.vite/manifest.json": {Data: []byte("{}")},
	}
}

func get(t *testing.T, h http.Handler, method, path string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestBuiltPagesAreServedWithTheRightCaching(t *testing.T) {
	h := handler(built())
	const immutable, noCache, noStore = "public, max-age=31536000, immutable", "no-cache", "no-store"
	for _, c := range []struct {
		path, contains, cache string
		status                int
	}{
		{"/", `id="root"`, "no-cache, no-store", 200},
		{"/index.html", `id="root"`, "no-cache, no-store", 200},
		{"/search", `id="root"`, "no-cache, no-store", 200},
		{"/settings/keys", `id="root"`, "no-cache, no-store", 200},
		{"/assets/main-a1.js", "2", immutable, 200},
		{"/scheme.js", "1", noCache, 200},
		{"/assets/main-b2.js", "nothing at this address", noStore, 404},
		{"/assets/chunk", "nothing at this address", noStore, 404},
		{"/assets", `id="root"`, "no-cache, no-store", 200},
		{"/favicon.ico", "nothing at this address", noStore, 404},
		{"/v1/nonsense", "nothing at this address", noStore, 404},
		{"/v1", "nothing at this address", noStore, 404},
		{"/.vite/manifest.json", "nothing at this address", noStore, 404},
		{"/../app/index.html", "nothing at this address", noStore, 404},
		{"/../../etc/passwd", `id="root"`, "no-cache, no-store", 200}, // cleaned: a page of that name, which the router refuses
	} {
		res, body := get(t, h, "GET", c.path)
		if res.StatusCode != c.status || !strings.Contains(body, c.contains) || res.Header.Get("Cache-Control") != c.cache {
			t.Errorf("GET %s: %d %q cache %q; want %d %q cache %q", c.path,
				res.StatusCode, body, res.Header.Get("Cache-Control"), c.status, c.contains, c.cache)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s: no nosniff", c.path)
		}
	}
}

func TestPagesOfOtherOriginsMayLoadTheSDKAndNothingElse(t *testing.T) {
	for path, want := range map[string]string{"/sdk/clewline.js": "cross-origin", "/scheme.js": "", "/": ""} {
		res, _ := get(t, handler(built()), http.MethodGet, path)
		if got := res.Header.Get("Cross-Origin-Resource-Policy"); got != want {
			t.Errorf("%s: Cross-Origin-Resource-Policy %q, want %q", path, got, want)
		}
	}
}

func TestEachAnswerHasANonceOfItsOwnThatItsPolicyNames(t *testing.T) {
	h := handler(built())
	seen := map[string]bool{}
	for range 3 {
		res, body := get(t, h, "GET", "/search")
		policy := res.Header.Get("Content-Security-Policy")
		m := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(body)
		if m == nil || strings.Contains(body, noncePlaceholder) {
			t.Fatalf("the page has no nonce: %s", body)
		}
		if !strings.Contains(policy, "'nonce-"+m[1]+"'") {
			t.Errorf("policy %q does not name the nonce %q", policy, m[1])
		}
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self';") {
			t.Errorf("policy %q is not strict", policy)
		}
		if seen[m[1]] {
			t.Errorf("the nonce %q came twice", m[1])
		}
		seen[m[1]] = true
	}
}

func TestABinaryWithoutPagesSaysHowToBuildThem(t *testing.T) {
	fsys := built()
	for name := range fsys {
		if strings.HasPrefix(name, "app/") {
			delete(fsys, name)
		}
	}
	h := handler(fsys)
	for _, path := range []string{"/", "/search", "/placeholder.html"} {
		if res, body := get(t, h, "GET", path); res.StatusCode != 200 || body != "not built" {
			t.Errorf("GET %s: %d %q", path, res.StatusCode, body)
		}
	}
	if res, body := get(t, h, "GET", "/placeholder.css"); res.StatusCode != 200 || body != "body{}" {
		t.Errorf("the placeholder's style: %d %q", res.StatusCode, body)
	}
}

func TestTheEmbeddedFolderAlwaysHasAPage(t *testing.T) {
	if res, body := get(t, Handler(), "GET", "/"); res.StatusCode != 200 || !strings.Contains(body, "<!doctype html>") {
		t.Errorf("%d %q", res.StatusCode, body)
	}
}

func TestPagesAreReadOnly(t *testing.T) {
	res, _ := get(t, handler(built()), "POST", "/search")
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	if res, body := get(t, handler(built()), "HEAD", "/search"); res.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %d with %d bytes", res.StatusCode, len(body))
	}
}
