//go:build !noduck

package story_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/cmd/clewline/story"
	"github.com/clewline/clewline/server"
	"github.com/google/go-cmp/cmp"
)

const project = "phone"

// host is a real server with the keys that a story needs.
type host struct {
	url     string
	data    string
	readKey string
	target  story.Target
}

func startHost(t *testing.T) *host {
	t.Helper()
	data := t.TempDir()
	s, err := server.Open(t.Context(), server.Config{
		Data: data, Listen: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
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
	h := &host{url: s.URL(), data: data}
	h.readKey = h.key(t, "read")
	h.target = story.Target{URL: h.url, Run: "test", Keys: map[string]string{}}
	for _, app := range story.Apps() {
		h.target.Keys[app] = h.key(t, "server")
	}
	return h
}

func (h *host) key(t *testing.T, keyType string, origins ...string) string {
	t.Helper()
	secret, err := server.CreateKey(t.Context(), h.data, project, keyType, "", origins)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// found is what a search needs to tell of an event.
type found struct {
	ID, App, Kind, Stream, Msg, TraceID, ErrorCode, Time string
	Seq                                                  uint64
}

// search gives all that match, newest first.
func (h *host) search(t *testing.T, query string, from, to time.Time) []found {
	t.Helper()
	params := url.Values{"q": {query}, "from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}, "limit": {"10000"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/v1/search?"+params.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.readKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var list []found
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("the answer %s ended too early: %v %s", resp.Status, err, line)
		}
		if strings.HasPrefix(string(line), `{"clewline":`) {
			if !strings.Contains(string(line), `"partial":false`) || strings.Contains(string(line), `"next":"`) {
				t.Fatalf("not the whole answer: %s", line)
			}
			return list
		}
		var e found
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
}

// pages starts the pages where this machine can, as `make test` sees to it;
// elsewhere it checks that what is missing is told, and gives nil.
func (h *host) pages(t *testing.T) *story.Pages {
	t.Helper()
	sdk := filepath.Join("..", "..", "..", "sdk")
	p, err := story.OpenPages(story.PagesConfig{
		SDK: filepath.Join(sdk, "dist"), Script: filepath.Join(sdk, "examples", "story", "seats.mjs"),
		URL: h.url, Key: h.key(t, "browser", "https://phone.example.com"), Origin: "https://phone.example.com", Stderr: t.Output(),
	})
	if err == nil {
		return p
	}
	_, noNode := exec.LookPath("node")
	built, globErr := filepath.Glob(filepath.Join(sdk, "dist", "*.js"))
	if noNode == nil && len(built) > 0 || globErr != nil {
		t.Fatal(err)
	}
	if !strings.Contains(err.Error(), "is not there") && !strings.Contains(err.Error(), "no Node") {
		t.Errorf("it says %q", err)
	}
	return nil
}

func TestThreeMinutesOfStoryAreFoundInARealServer(t *testing.T) {
	h := startHost(t)
	now := time.Now().Truncate(time.Microsecond)
	o := story.Options{Seed: 7, From: now.Add(-3 * time.Minute), Now: now}
	pages := h.pages(t)
	play := func(pages *story.Pages) story.Progress {
		t.Helper()
		var last story.Progress
		player := story.NewPlayer(story.New(o), h.target, pages, func() time.Time { return now })
		if err := player.Past(t.Context(), func(p story.Progress) { last = p }); err != nil {
			t.Fatal(err)
		}
		return last
	}
	last := play(pages)

	want := map[string]int{}
	total, chinese, expired, logged := 0, 0, 0, map[string]int{}
	for s := story.New(o); ; {
		step := s.Next()
		if step.At.After(now) {
			break
		}
		if step.Door == story.Browser && (pages == nil || strings.HasPrefix(string(step.Line), `{"do":"seat"`)) {
			continue
		}
		total++
		want[step.App]++
		if step.Door == story.Browser {
			logged[step.At.Format(time.RFC3339Nano)]++
		}
		if strings.Contains(string(step.Line), "心跳") {
			chinese++
		}
		if strings.Contains(string(step.Line), `"errorCode":"TICKET_EXPIRED"`) || strings.Contains(string(step.Line), "errorCode=TICKET_EXPIRED") {
			expired++
		}
	}
	if last.Stored != int64(total) || last.Rejected != 0 || !last.Done {
		t.Errorf("%d stored of %d, %d rejected, done: %v", last.Stored, total, last.Rejected, last.Done)
	}
	from, to := o.From.Add(-time.Second), now.Add(time.Second)
	got := map[string]int{}
	streams, highest := map[string]int{}, map[string]uint64{}
	for _, e := range h.search(t, "", from, to) {
		got[e.App]++
		if e.Stream != "" {
			streams[e.Stream]++
			highest[e.Stream] = max(highest[e.Stream], e.Seq)
			logged[e.Time]--
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines an app, sent and found:\n%s", diff)
	}
	for at, difference := range logged {
		if difference != 0 {
			t.Errorf("at %s: %d events of pages more were sent than found", at, difference)
			break
		}
	}
	for stream, n := range streams {
		if highest[stream] != uint64(n) {
			t.Errorf("stream %s has %d events, numbered up to %d", stream, n, highest[stream])
		}
	}
	if pages != nil && len(streams) != 40 {
		t.Errorf("%d streams, want one a seat", len(streams))
	}
	if n := len(h.search(t, "心跳", from, to)); n != chinese {
		t.Errorf("心跳 is found %d times, want %d", n, chinese)
	}
	if n := len(h.search(t, "errorCode:TICKET_EXPIRED", from, to)); n != expired || n == 0 {
		t.Errorf("TICKET_EXPIRED is found %d times, want %d", n, expired)
	}

	if pages != nil {
		if err := pages.Close(); err != nil {
			t.Error(err)
		}
	}
	again := play(nil) // as after a crash: the same run, the same lines
	if n := len(h.search(t, "", from, to)); n != total || again.Rejected != 0 {
		t.Errorf("after the same run once more %d are found, want %d", n, total)
	}
}

func TestAPlayerGoesOnLiveAndEndsWhenItIsTold(t *testing.T) {
	h := startHost(t)
	now := time.Now().Truncate(time.Microsecond)
	from := now.Add(-time.Second)
	player := story.NewPlayer(story.New(story.Options{Seed: 3, From: from, Now: now}), h.target, nil, time.Now)
	if err := player.Past(t.Context(), func(story.Progress) {}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- player.Live(ctx) }()
	for {
		if list := h.search(t, "", now, now.Add(time.Hour)); len(list) > 10 {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("nothing came")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPagesSayWhatIsMissing(t *testing.T) {
	_, err := story.OpenPages(story.PagesConfig{Node: "node", SDK: t.TempDir(), Script: "seats.mjs", Stderr: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "make sdk") {
		t.Errorf("got %v", err)
	}
}

func TestARefusedKeyIsTold(t *testing.T) {
	h := startHost(t)
	now := time.Now()
	h.target.Keys["call-api"] = "sk_nobody"
	player := story.NewPlayer(story.New(story.Options{Seed: 1, From: now.Add(-time.Minute), Now: now}), h.target, nil, time.Now)
	err := player.Past(t.Context(), func(story.Progress) {})
	if err == nil || !strings.Contains(err.Error(), "call-api") || !strings.Contains(err.Error(), "not known here") {
		t.Errorf("got %v", err)
	}
}

func TestTheStoryGoesOnWithoutPagesThatStop(t *testing.T) {
	h := startHost(t)
	dir := t.TempDir()
	for _, name := range []string{"index.js", "log-report.js"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program, err := exec.LookPath("true") // ends at once
	if err != nil {
		t.Fatal(err)
	}
	pages, err := story.OpenPages(story.PagesConfig{Node: program, SDK: dir, Script: filepath.Join(dir, "index.js"), URL: h.url, Stderr: io.Discard})
	if err != nil {
		return // it had ended before it was told where to send, which is told as well
	}
	now := time.Now()
	player := story.NewPlayer(story.New(story.Options{Seed: 1, From: now.Add(-time.Minute), Now: now}), h.target, pages, time.Now)
	var why error
	player.PagesLost = func(err error) { why = err }
	var last story.Progress
	if err := player.Past(t.Context(), func(p story.Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	if why == nil || last.Stored < 100 {
		t.Errorf("told: %v, %d stored", why, last.Stored)
	}
	_ = pages.Close() // says again that the process is gone
}
