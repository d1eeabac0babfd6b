package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
)

// A liveTail reads server-sent events.
type liveTail struct {
	w     *world
	res   *http.Response
	lines *bufio.Reader
}

// A message is one of them; comments have the name ":".
type message struct{ name, id, data string }

func (w *world) tail(path, credential string) *liveTail {
	w.t.Helper()
	// What does not come fails the test; it does not hang it.
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	w.t.Cleanup(cancel)
	res, err := http.DefaultClient.Do(w.request("GET", path, credential, nil).WithContext(ctx))
	w.must(err)
	w.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		b, _ := io.ReadAll(res.Body)
		w.t.Fatalf("status %d: %s", res.StatusCode, b)
	}
	l := &liveTail{w, res, bufio.NewReader(res.Body)}
	if m := l.next(); m != (message{"open", "", "{}"}) {
		w.t.Fatalf("it begins with %+v", m)
	}
	return l
}

func (l *liveTail) next() (m message) {
	l.w.t.Helper()
	for {
		line, err := l.lines.ReadString('\n')
		if err != nil {
			l.w.t.Fatalf("the tail ended: %v after %q", err, line)
		}
		switch name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); name {
		case "":
			if value != "" {
				m.name = ":"
				continue
			}
			return m
		case "event":
			m.name = value
		case "id":
			m.id = value
		case "data":
			m.data = value
		default:
			l.w.t.Fatalf("the line %q", line)
		}
	}
}

func (l *liveTail) ended() {
	l.w.t.Helper()
	if rest, err := io.ReadAll(l.lines); err != nil || len(rest) > 0 {
		l.w.t.Errorf("after the bye: %q, %v", rest, err)
	}
}

func TestALiveTailShowsWhatMatchesFromNowOn(t *testing.T) {
	w := inhabited(t, nil)
	w.hub.Publish([]event.Event{{Project: "shop", Msg: "before"}})
	l := w.tail("/v1/tail?q=timeout", w.read)
	w.hub.Publish([]event.Event{
		{Project: "bank", Msg: "timeout of bank"},
		{Project: "shop", Msg: "all is well"},
		{Project: "shop", Msg: "timeout\nhere", IDBase: "b", IDNum: 7, Data: "{\n}"},
		{Project: "shop", Msg: "timeout there", IDBase: "evil\nevent: bye\n"},
	})
	if m := l.next(); m.name != "event" || m.id != "b.7" || !strings.Contains(m.data, `"msg":"timeout\nhere"`) || !json.Valid([]byte(m.data)) {
		t.Errorf("got %+v", m)
	}
	if m := l.next(); m.name != "event" || m.id != "" || !strings.Contains(m.data, `"timeout there"`) {
		t.Errorf("an id with line breaks: %+v", m)
	}
	if got := w.store.projects(); got != nil {
		t.Errorf("the store was asked about %v", got)
	}
}

func TestASlowReaderOfALiveTailIsToldWhatItLost(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.TailBuffer = 10 })
	l := w.tail("/v1/tail", w.read)
	fast := w.tail("/v1/tail", w.read)
	// More than sockets buffer, while nobody reads.
	const n = 2000
	text := strings.Repeat("x", 20_000)
	for i := range n {
		w.hub.Publish([]event.Event{{Project: "shop", Msg: fmt.Sprint(i, " ", text)}})
	}
	for name, l := range map[string]*liveTail{"slow": l, "other": fast} {
		given, dropped, last := 0, 0, -1
		for given+dropped < n {
			m := l.next()
			switch m.name {
			case "event":
				var i int
				if _, err := fmt.Sscanf(m.data[strings.Index(m.data, `"msg":"`)+7:], "%d", &i); err != nil || i <= last {
					t.Fatalf("%s: event %d after %d, %v", name, i, last, err)
				}
				given, last = given+1, i
			case "dropped":
				var d struct{ Count int }
				w.must(json.Unmarshal([]byte(m.data), &d))
				dropped += d.Count
			}
		}
		if given+dropped != n || dropped == 0 {
			t.Errorf("%s: %d given and %d dropped of %d", name, given, dropped, n)
		}
	}
}

func TestALiveTailEndsWithAReasonWhenTheServerStops(t *testing.T) {
	w := inhabited(t, nil)
	l := w.tail("/v1/tail", w.read)
	w.hub.Publish([]event.Event{{Project: "shop", Msg: "last words"}})
	if m := l.next(); m.name != "event" {
		t.Fatalf("got %+v", m)
	}
	w.must(w.api.Shutdown(t.Context()))
	if m := l.next(); m.name != "bye" || m.data != `{"reason":"The server is stopping."}` {
		t.Errorf("got %+v", m)
	}
	l.ended()
	w.fails(w.do("GET", "/v1/tail", w.read, nil), 503, "unavailable")
	w.must(w.api.Shutdown(t.Context())) // twice is once
}

func TestALiveTailEndsWithTheHub(t *testing.T) {
	w := inhabited(t, nil)
	l := w.tail("/v1/tail", w.read)
	w.hub.Close("the pipeline was rebuilt")
	if m := l.next(); m.name != "bye" || m.data != `{"reason":"the pipeline was rebuilt"}` {
		t.Errorf("got %+v", m)
	}
	w.fails(w.do("GET", "/v1/tail", w.read, nil), 503, "unavailable")
}

func TestShutdownDoesNotWaitForALiveTailLongerThanItMay(t *testing.T) {
	w := inhabited(t, nil)
	w.api.following.Add(1) // a reader that does not go
	defer w.api.following.Done()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.api.Shutdown(ctx); err == nil {
		t.Error("it says that all have gone")
	}
}

func TestASilentLiveTailBeatsAndEndsWithItsCredential(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.Heartbeat = 5 * time.Millisecond })
	k, secret, err := w.catalog.CreateKey(t.Context(), "shop", catalog.ReadKey, "", nil)
	w.must(err)
	byKey, bySession := w.tail("/v1/tail", secret), w.tail("/v1/tail?project=shop", w.member)
	for _, l := range []*liveTail{byKey, bySession} {
		if m := l.next(); m.name != ":" {
			t.Errorf("got %+v, want a heartbeat", m)
		}
	}
	w.must(w.catalog.RevokeKey(t.Context(), k.ID))
	w.must(w.catalog.EndSession(t.Context(), w.member))
	for _, l := range []*liveTail{byKey, bySession} {
		m := l.next()
		for m.name == ":" {
			m = l.next()
		}
		if m.name != "bye" || !strings.Contains(m.data, "revoked") && !strings.Contains(m.data, "logged in") {
			t.Errorf("got %+v", m)
		}
		l.ended()
	}
}

func TestAProjectHasABoundedNumberOfLiveTails(t *testing.T) {
	w := inhabited(t, nil)
	var all []*liveTail
	for range 3 {
		all = append(all, w.tail("/v1/tail", w.read))
	}
	r := w.do("GET", "/v1/tail", w.read, nil)
	w.fails(r, 429, "slow_down")
	if r.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	w.tail("/v1/tail", w.bankRead)
	// A reader that goes makes room.
	all[0].res.Body.Close()
	for deadline := time.Now().Add(10 * time.Second); w.hub.Readers() > 3; {
		if time.Now().After(deadline) {
			t.Fatal("the reader that has gone is still counted")
		}
	}
	w.tail("/v1/tail", w.read)
}
