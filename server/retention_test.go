//go:build !noduck

package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store/duckstore"
)

// A home is a server with one project, and an admin who is logged in.
type home struct {
	t          *testing.T
	data, base string
	key, admin string
}

func openHome(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, data: t.TempDir()}
	c, err := catalog.Open(t.Context(), filepath.Join(h.data, "catalog.db"), catalog.Options{})
	h.must(err)
	h.must(c.EnsureProject(t.Context(), "shop"))
	_, h.key, err = c.CreateKey(t.Context(), "shop", catalog.ServerKey, "", nil)
	h.must(err)
	u, err := c.CreateUser(t.Context(), "ada", "a long password", catalog.Admin)
	h.must(err)
	h.admin, _, err = c.StartSession(t.Context(), u)
	h.must(err)
	h.must(c.Close())
	h.base = serve(t, server.Config{Data: h.data})
	return h
}

func (h *home) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// ask sends a request, as the admin unless a door is asked.
func (h *home) ask(method, path, body string, status int) string {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.base+path, strings.NewReader(body))
	h.must(err)
	if path == "/v1/events" {
		req.Header.Set("Authorization", "Bearer "+h.key)
	} else {
		req.AddCookie(&http.Cookie{Name: "clewline_session", Value: h.admin})
	}
	res, err := http.DefaultClient.Do(req)
	h.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	h.must(err)
	if res.StatusCode != status {
		h.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	return string(text)
}

// found counts the events that a query finds.
func (h *home) found(q string) int {
	h.t.Helper()
	return strings.Count(h.ask("GET", "/v1/search?project=shop&from=-1d&limit=1000&q="+q, "", 200), "\n") - 1
}

// holding lists the files of the data folder that have a text.
func (h *home) holding(text string) (names []string) {
	h.t.Helper()
	h.must(filepath.WalkDir(h.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(text)) {
			names = append(names, filepath.Base(path))
		}
		return err
	}))
	return names
}

func TestErasedDataIsFoundNoMoreAtOnceAndGoneFromTheFilesInTheEnd(t *testing.T) {
	const gone, stays = "13800138000", "13900139000"
	h := openHome(t)
	var lines strings.Builder
	for i := range 200 {
		number := []string{gone, stays}[i%2]
		fmt.Fprintf(&lines, `{"msg":"call %d of %s","number":"%s","data":{"dialled":"%s"}}`+"\n", i, number, number, number)
	}
	lines.WriteString("not an event, but of " + gone + "\n")
	h.ask("POST", "/v1/events", lines.String(), 200)
	if h.found("number:"+gone) != 100 || len(h.holding(gone)) == 0 {
		t.Fatal("the events are not there to be erased")
	}

	order := h.ask("POST", "/v1/erasures", `{"project":"shop","field":"number","value":"`+gone+`","events":100,"confirm":"`+gone+`"}`, 201)
	if n, others := h.found("number:"+gone), h.found(stays); n != 0 || others != 100 {
		t.Errorf("right after the answer %d events are found, and %d of the others", n, others)
	}
	var e struct {
		ID, State string
		Removed   int64
	}
	h.must(json.Unmarshal([]byte(order), &e))
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(time.Minute); e.State != "done"; <-poll.C {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute the erasure is %+v", e)
		}
		h.must(json.Unmarshal([]byte(h.ask("GET", "/v1/erasures/"+e.ID, "", 200)), &e))
	}
	if e.Removed != 100 {
		t.Errorf("the receipt says that %d events were removed", e.Removed)
	}
	// The store's list keeps the order itself, so that it holds for backups
	// that are older.
	for _, name := range h.holding(gone) {
		if name != duckstore.ListFile && name != duckstore.ListCopy {
			t.Errorf("%s still has the number", name)
		}
	}
	if len(h.holding(stays)) == 0 || h.found("number:"+stays) != 100 {
		t.Error("the others' events are not whole")
	}
	// What comes later is not touched.
	h.ask("POST", "/v1/events", `{"msg":"again","number":"`+gone+`"}`, 200)
	if n := h.found("number:" + gone); n != 1 {
		t.Errorf("%d events are found that came after the erasure", n)
	}
}

// during runs a server on a folder at a time, and f with its address.
func during(t *testing.T, data string, now time.Time, f func(url string)) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s, err := server.Open(ctx, server.Config{Data: data, Listen: "127.0.0.1:0", Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	f(s.URL())
}

// with asks with a key, and gives the answer's body.
func with(t *testing.T, key, method, address, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s %v", method, address, res.StatusCode, text, err)
	}
	return string(text)
}

func TestWhatIsOlderThanItsProjectKeepsItGoesByItself(t *testing.T) {
	data := t.TempDir()
	var keys [2]string
	for i, typ := range []string{"server", "read"} {
		var err error
		if keys[i], err = server.CreateKey(t.Context(), data, "shop", typ, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	for _, c := range []struct {
		days int
		sent string
		kept int
	}{
		// Lines of years ago are kept from today on.
		{0, strings.Repeat(`{"time":"2020-01-01T00:00:00Z","msg":"old"}`+"\n", 3), 3},
		{90, `{"msg":"new"}`, 4},
		{91, `{"msg":"new"}`, 2},
		{182, `{"msg":"new"}`, 1},
	} {
		during(t, data, began.AddDate(0, 0, c.days), func(url string) {
			with(t, keys[0], "POST", url+"/v1/events", c.sent)
			poll := time.NewTicker(20 * time.Millisecond)
			defer poll.Stop()
			deadline := time.Now().Add(20 * time.Second)
			for kept := -1; kept != c.kept; <-poll.C {
				if time.Now().After(deadline) {
					t.Fatalf("after %d days %d events are kept, want %d", c.days, kept, c.kept)
				}
				kept = strings.Count(with(t, keys[1], "GET", url+"/v1/search?from=2019-01-01T00:00:00Z&to=%2B1d&limit=100", ""), "\n") - 1
			}
		})
	}
}

func TestRetentionAsAFunctionIsRefusedWhileAServerRuns(t *testing.T) {
	h := openHome(t)
	if err := server.Retain(t.Context(), h.data, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("it ran beside the server")
	}
	var said strings.Builder
	empty := t.TempDir()
	if err := server.Retain(t.Context(), empty, slog.New(slog.NewTextHandler(&said, nil))); err != nil {
		t.Errorf("in a folder without a server: %v %s", err, &said)
	}
}

func TestBelowTheFloorSendersAreToldToWaitAndReadyzSaysWhy(t *testing.T) {
	data := t.TempDir()
	key, err := server.CreateKey(t.Context(), data, "shop", "server", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	base := serve(t, server.Config{Data: data, MinFreeMB: 1 << 40}) // no disk has that much
	req, err := http.NewRequestWithContext(t.Context(), "POST", base+"/v1/events", strings.NewReader(`{"msg":"one more"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	for _, c := range []struct {
		ask    func() (*http.Response, error)
		status int
		says   string
	}{
		{func() (*http.Response, error) { return http.DefaultClient.Do(req) }, 429, "nothing of this was taken, send it again later"},
		{func() (*http.Response, error) { return http.Get(base + "/readyz") }, 503, "events are refused below"},
	} {
		res, err := c.ask()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != c.status || !strings.Contains(string(text), c.says) || c.status == 429 && res.Header.Get("Retry-After") != "30" {
			t.Errorf("%s answers %d, Retry-After %q: %s", res.Request.URL, res.StatusCode, res.Header.Get("Retry-After"), text)
		}
	}
}
