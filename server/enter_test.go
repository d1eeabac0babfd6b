//go:build !noduck

package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/clewline/clewline/server"
)

// serve runs a server for a test and gives its address.
func serve(t *testing.T, cfg server.Config) string {
	t.Helper()
	cfg.Listen = "127.0.0.1:0"
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s.URL()
}

const entryToken = "b5a0c2d9e87f4a6b9d3e1f20"

func entryConfig(t *testing.T) server.Config {
	t.Helper()
	data := t.TempDir()
	if err := server.CreateAdmin(t.Context(), data, "demo", "a long password"); err != nil {
		t.Fatal(err)
	}
	if _, err := server.CreateKey(t.Context(), data, "phone", "server", "", nil); err != nil {
		t.Fatal(err)
	}
	return server.Config{Data: data, Entry: &server.Entry{
		Token: entryToken, User: "demo", Password: "a long password", Pages: map[string]string{"": "/search?q=first", "slow": "/search?q=slow"},
	}}
}

// get asks without following a redirect.
func get(t *testing.T, jar http.CookieJar, address, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestTheDemosLinkLogsInAndLeadsToItsPage(t *testing.T) {
	base := serve(t, entryConfig(t))
	for to, want := range map[string]string{"": "/search?q=first", "&to=slow": "/search?q=slow"} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, text := get(t, jar, base+"/v1/enter?token="+entryToken+to, "")
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != want {
			t.Fatalf("%s to %q: %s", resp.Status, resp.Header.Get("Location"), text)
		}
		if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("the address may be kept or told: %v", resp.Header)
		}
		if resp, text := get(t, jar, base+"/v1/me", ""); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"role":"admin"`) {
			t.Errorf("it is not logged in: %s %s", resp.Status, text)
		}
	}
}

func TestTheDemosLinkRefusesOthers(t *testing.T) {
	base := serve(t, entryConfig(t))
	for name, c := range map[string]struct {
		query, host string
		status      int
	}{
		"no token":                        {"", "", http.StatusForbidden},
		"an empty token":                  {"token=", "", http.StatusForbidden},
		"another token":                   {"token=b5a0c2d9e87f4a6b9d3e1f21", "", http.StatusForbidden},
		"a page that it does not know":    {"token=" + entryToken + "&to=//evil.example", "", http.StatusNotFound},
		"a name that leads to loopback":   {"token=" + entryToken, "evil.example:80", http.StatusForbidden},
		"an address of the local network": {"token=" + entryToken, "192.168.1.2:7373", http.StatusForbidden},
	} {
		resp, _ := get(t, nil, base+"/v1/enter?"+c.query, c.host)
		if resp.StatusCode != c.status || len(resp.Cookies()) > 0 {
			t.Errorf("%s: %s, cookies %v", name, resp.Status, resp.Cookies())
		}
	}
	for _, host := range []string{"localhost:7373", "[::1]:7373", "127.0.0.1"} {
		if resp, text := get(t, nil, base+"/v1/enter?token="+entryToken, host); resp.StatusCode != http.StatusSeeOther {
			t.Errorf("asked for as %s: %s %s", host, resp.Status, text)
		}
	}
}

func TestAServerForOthersHasNoSuchLink(t *testing.T) {
	cfg := entryConfig(t)
	cfg.Entry = nil
	base := serve(t, cfg)
	if resp, text := get(t, nil, base+"/v1/enter?token=", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("%s %s", resp.Status, text)
	}
}
