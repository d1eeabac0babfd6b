package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/push"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/tail"
)

// A world is a whole API with two projects, shop and bank, on a real catalog
// and real HTTP.
type world struct {
	t       *testing.T
	clock   *clock
	store   *memStore   // answers, unless the test runs over another
	keeps   store.Store // what events are written to
	catalog *catalog.Catalog
	hub     *tail.Hub
	api     *API
	server  *httptest.Server
	log     *log

	inhabitants
}

const password = "difference engine"

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// A clock stands until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// newWorld makes an empty world; change, which may be nil, changes its
// configuration.
func newWorld(t *testing.T, change func(*Config)) *world {
	return makeWorld(t, nil, change)
}

func makeWorld(t *testing.T, catalogFile []byte, change func(*Config)) *world {
	w := &world{t: t, clock: &clock{t: noon}, store: &memStore{}, log: &log{}}
	w.keeps = w.store
	path := filepath.Join(t.TempDir(), "catalog.db")
	w.must(os.WriteFile(path, catalogFile, 0o600))
	var err error
	w.catalog, err = catalog.Open(t.Context(), path, catalog.Options{Clock: w.clock.now})
	w.must(err)
	t.Cleanup(func() { w.must(w.catalog.Close()) })
	w.hub = tail.New(tail.Options{MaxPerProject: 3})
	t.Cleanup(func() { w.hub.Close("the test is over") })
	w.start(change)
	return w
}

// A log is written to by handlers and read by tests.
type log struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start makes the API and its server, as a restart does.
func (w *world) start(change func(*Config)) {
	pages, err := push.New(w.t.Context(), push.Options{Catalog: w.catalog, Clock: w.clock.now})
	w.must(err)
	c := Config{
		Push:  pages,
		Store: w.store, Catalog: w.catalog, Tail: w.hub, Clock: w.clock.now, Zone: time.UTC,
		Version: "0.1.0", DataDir: "data", Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	if change != nil {
		change(&c)
	}
	w.api, err = New(c)
	w.must(err)
	server := httptest.NewServer(w.api.Handler())
	w.server = server
	w.t.Cleanup(server.Close)
}

// inhabited is a world with keys, users and projects.
func inhabited(t *testing.T, change func(*Config)) *world {
	file, in := settle(t)
	w := makeWorld(t, file, change)
	w.inhabitants = in
	return w
}

// stores are the stores that the tests of what is found run over: the one in
// memory and, where it is built, the embedded one.
var stores = map[string]func(*testing.T) store.Store{
	"memory": func(*testing.T) store.Store { return &memStore{} },
}

// overStores runs a test in an inhabited world over each store.
func overStores(t *testing.T, change func(*Config), test func(*testing.T, *world)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			keeps := open(t)
			w := inhabited(t, func(c *Config) {
				c.Store = keeps
				if change != nil {
					change(c)
				}
			})
			w.keeps = keeps
			test(t, w)
		})
	}
}

// inhabitants are the credentials of an inhabited world.
type inhabitants struct {
	read, browser, secret, bankRead string // keys of shop, and one of bank
	admin, member                   string // sessions; the member is a reader of shop
	editor, support                 string // of shop; support sees account acct-7 there
}

var settled struct {
	once sync.Once
	file []byte
	inhabitants
}

// settle makes the catalog of all inhabited worlds, once: passwords take long
// to hash, and are meant to.
func settle(t *testing.T) ([]byte, inhabitants) {
	t.Helper()
	settled.once.Do(func() {
		ctx := t.Context()
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "catalog.db")
		c, err := catalog.Open(ctx, path, catalog.Options{Clock: func() time.Time { return noon }})
		must(err)
		for _, p := range []string{"shop", "bank"} {
			must(c.EnsureProject(ctx, p))
		}
		key := func(project string, typ catalog.KeyType, origins ...string) string {
			_, secret, err := c.CreateKey(ctx, project, typ, "", origins)
			must(err)
			return secret
		}
		session := func(name string, role catalog.Role, projects ...string) string {
			u, err := c.CreateUser(ctx, name, password, role, projects...)
			must(err)
			token, _, err := c.StartSession(ctx, u)
			must(err)
			return token
		}
		helper, link, err := c.Invite(ctx, "sam", catalog.Support, "acct-7", []string{"shop"})
		must(err)
		_, err = c.UseLink(ctx, link, password)
		must(err)
		support, _, err := c.StartSession(ctx, helper.User)
		must(err)
		settled.inhabitants = inhabitants{
			support: support, editor: session("edith", catalog.Editor, "shop"),
			read: key("shop", catalog.ReadKey), secret: key("shop", catalog.ServerKey), browser: key("shop", catalog.BrowserKey, "*"),
			bankRead: key("bank", catalog.ReadKey),
			admin:    session("ada", catalog.Admin), member: session("grace", catalog.Reader, "shop"),
		}
		must(c.Close())
		settled.file, err = os.ReadFile(path)
		must(err)
	})
	if settled.file == nil {
		t.Fatal("the catalog of the inhabited world could not be made")
	}
	return settled.file, settled.inhabitants
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// fill stores n events in a project, one a second, the newest one second ago.
func (w *world) fill(project string, n int, change func(i int, e *event.Event)) {
	w.t.Helper()
	b := &event.Batch{Project: project}
	for i := range n {
		e := event.Event{
			Project: project, IDBase: "e", IDNum: uint64(n - i), Level: event.Info, Kind: event.Log,
			Time: w.clock.now().Add(-time.Duration(i+1) * time.Second).UnixNano(), Msg: fmt.Sprintf("event %d of %s", i, project),
		}
		if change != nil {
			change(i, &e)
		}
		b.Events = append(b.Events, e)
	}
	w.must(w.keeps.Write(w.t.Context(), b))
}

// A reply is an answer that was read to its end.
type reply struct {
	*http.Response
	body string
}

// do sends a request. The credential is a key, a session's token or "".
func (w *world) do(method, path, credential string, body any) reply {
	w.t.Helper()
	res, err := http.DefaultClient.Do(w.request(method, path, credential, body))
	w.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return reply{res, string(b)}
}

func (w *world) request(method, path, credential string, body any) *http.Request {
	w.t.Helper()
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		b, err := json.Marshal(body)
		w.must(err)
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, content)
	w.must(err)
	switch {
	case strings.Contains(credential, "_"):
		req.Header.Set("Authorization", "Bearer "+credential)
	case credential != "":
		req.AddCookie(&http.Cookie{Name: cookieName, Value: credential})
	}
	return req
}

type object = map[string]any

// json reads the answer's JSON object, which must come with that status.
func (w *world) json(r reply, status int) object {
	w.t.Helper()
	if r.StatusCode != status {
		w.t.Fatalf("%s %s: status %d, want %d: %s", r.Request.Method, r.Request.URL, r.StatusCode, status, r.body)
	}
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		w.t.Errorf("%s: Content-Type %q", r.Request.URL, got)
	}
	var o object
	if err := json.Unmarshal([]byte(r.body), &o); err != nil {
		w.t.Fatalf("%s: %v in %q", r.Request.URL, err, r.body)
	}
	return o
}

// fails asserts an answer with that error and gives it.
func (w *world) fails(r reply, status int, code string) object {
	w.t.Helper()
	e, ok := w.json(r, status)["error"].(object)
	if !ok || e["code"] != code {
		w.t.Fatalf("%s %s: got %s, want the error %s", r.Request.Method, r.Request.URL, r.body, code)
	}
	message, _ := e["message"].(string)
	if len(message) < 10 {
		w.t.Errorf("%s: the message %q says nothing", r.Request.URL, message)
	}
	return e
}

// found reads a search's answer: the messages, and what the last line tells.
func (w *world) found(r reply) (msgs []string, last object) {
	w.t.Helper()
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/x-ndjson" {
		w.t.Fatalf("%s: status %d, %s: %s", r.Request.URL, r.StatusCode, r.Header.Get("Content-Type"), r.body)
	}
	for line := range strings.Lines(r.body) {
		if last != nil {
			w.t.Fatalf("a line after the last: %s", line)
		}
		var o object
		w.must(json.Unmarshal([]byte(line), &o))
		if c, ok := o["clewline"].(object); ok {
			last = c
			continue
		}
		msg, _ := o["msg"].(string)
		msgs = append(msgs, msg)
	}
	if last == nil {
		w.t.Fatalf("%s: the stream was cut: %s", r.Request.URL, r.body)
	}
	return msgs, last
}
