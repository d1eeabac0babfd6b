package push

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serveDoor serves a desk's door, for the keys pk_shop and pk_bank.
func serveDoor(t *testing.T, o Options) (*desk, string, *atomic.Bool) {
	t.Helper()
	d := openDesk(t, o)
	var revoked atomic.Bool
	door := &Door{Hub: d.Hub, Log: slog.New(slog.DiscardHandler),
		Authorize: func(w http.ResponseWriter, _ *http.Request, secret string) (string, bool) {
			project, ok := strings.CutPrefix(secret, "pk_")
			if !ok || revoked.Load() {
				w.WriteHeader(http.StatusUnauthorized)
			}
			return project, ok && !revoked.Load()
		},
		Good:         func(context.Context, string) bool { return !revoked.Load() },
		AllowReading: func(w http.ResponseWriter) { w.Header().Set("Access-Control-Allow-Origin", "*") },
	}
	mux := http.NewServeMux()
	door.Routes(mux)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return d, s.URL + "/v1/push", &revoked
}

// listen opens a channel; next gives its next event, without heartbeats.
func listen(t *testing.T, url, tab string) (next func() (name, data string), status int, close func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", url+"?key=pk_shop&device=dev-1&app=phone&stream=s1&sdk=t&tab="+tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewReader(res.Body)
	return func() (name, data string) {
		for {
			line, err := lines.ReadString('\n')
			switch {
			case err != nil:
				return "end", err.Error()
			case strings.HasPrefix(line, "event: "):
				name = strings.TrimSpace(line[7:])
			case strings.HasPrefix(line, "data: "):
				return name, strings.TrimSpace(line[6:])
			}
		}
	}, res.StatusCode, cancel
}

func post(t *testing.T, url, body string) (int, map[string]any) {
	t.Helper()
	res, err := http.Post(url, "text/plain;charset=UTF-8", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a page cannot read %d %s", res.StatusCode, text)
	}
	return res.StatusCode, o
}

func TestACommandReachesAnOpenChannelAtOnce(t *testing.T) {
	d, url, _ := serveDoor(t, Options{})
	next, status, _ := listen(t, url, "a")
	if name, data := next(); status != 200 || name != "open" || !strings.Contains(data, `"beat":20000`) {
		t.Fatalf("%d %s %s", status, name, data)
	}
	p, ticket := d.ask("dev-1")
	if p.State != "delivered" {
		t.Errorf("the pull is %s", p.State)
	}
	if name, data := next(); name != "command" || data != `{"pull":{"id":"`+p.ID+`","ticket":"`+ticket+`"}}` {
		t.Errorf("got %s %s", name, data)
	}
	d.must(d.Order("shop", "a", Command{Mode: "live"}))
	if name, data := next(); name != "command" || data != `{"mode":"live"}` {
		t.Errorf("got %s %s", name, data)
	}
	if c := d.List("shop").Clients; len(c) != 1 || !c[0].Channel || !c[0].Online || c[0].App != "phone" {
		t.Errorf("got %+v", c)
	}
}

func TestAPullThatWasAskedBeforeStandsFirstInTheChannel(t *testing.T) {
	d, url, _ := serveDoor(t, Options{})
	p, _ := d.ask("dev-1")
	next, _, _ := listen(t, url, "a")
	next()
	if name, data := next(); name != "command" || !strings.Contains(data, p.ID) {
		t.Errorf("got %s %s", name, data)
	}
}

func TestANewChannelOfAPageTakesThePlaceOfTheOld(t *testing.T) {
	d, url, _ := serveDoor(t, Options{MaxProjectChannels: 1})
	first, _, _ := listen(t, url, "a")
	first()
	second, status, _ := listen(t, url, "a")
	second()
	if name, data := first(); status != 200 || name != "bye" || !strings.Contains(data, "another channel") {
		t.Errorf("%d %s %s", status, name, data)
	}
	if d.channels != 1 {
		t.Errorf("there are %d channels", d.channels)
	}
	if _, status, _ := listen(t, url, "b"); status != 429 {
		t.Errorf("beyond the bound: %d", status)
	}
	if code, o := post(t, url, `{"key":"pk_shop","tab":"b","device":"dev-1"}`); code != 200 || o["clewline"] != 1.0 {
		t.Errorf("a page without a channel cannot beat: %d %v", code, o)
	}
}

func TestAChannelEndsWithItsKeyAndWithTheServer(t *testing.T) {
	d, url, revoked := serveDoor(t, Options{Heartbeat: 10 * time.Millisecond})
	next, _, _ := listen(t, url, "a")
	next()
	revoked.Store(true)
	if name, data := next(); name != "bye" || !strings.Contains(data, "key") {
		t.Errorf("got %s %s", name, data)
	}
	revoked.Store(false)
	next, _, _ = listen(t, url, "a")
	next()
	d.must(d.Close(t.Context()))
	if name, data := next(); name != "bye" || !strings.Contains(data, "stopping") {
		t.Errorf("got %s %s", name, data)
	}
	if _, status, _ := listen(t, url, "a"); status != 503 {
		t.Errorf("a stopping server opens a channel: %d", status)
	}
}

func TestAPageThatGoesLeavesNoChannelBehind(t *testing.T) {
	d, url, _ := serveDoor(t, Options{})
	next, _, leave := listen(t, url, "a")
	next()
	leave()
	d.open.Wait()
	if c := d.List("shop").Clients; d.channels != 0 || c[0].Channel {
		t.Errorf("%d channels, %+v", d.channels, c)
	}
}

func TestBadBeatsAreRefusedInWordsThatAPageCanRead(t *testing.T) {
	_, url, _ := serveDoor(t, Options{})
	for _, c := range []struct {
		body string
		want int
	}{
		{``, 401}, {`{"key":"wrong"}`, 401}, {`{"key":"pk_shop"}`, 400}, {`{"key":"pk_shop","tab":"a","device":"` + strings.Repeat("x", 200) + `"}`, 400},
		{`{"key":"pk_shop","tab":"a\u0000","device":"d"}`, 400}, {`{"key":"pk_shop","tab":7}`, 400}, {strings.Repeat("x", maxBody+1), 413},
		{`{"key":"pk_shop","tab":"a","device":"d","later":{"versions":["may tell more"]}}`, 200},
	} {
		if code, o := post(t, url, c.body); code != c.want {
			t.Errorf("%.60s: %d %v", c.body, code, o)
		}
	}
}

func FuzzBeat(f *testing.F) {
	for _, seed := range []string{`{"tab":"a","device":"d","page":"/x?y","lastError":{"code":"E"}}`, `{"tab":"\ud800","device":"\u0000"}`, `{"logged":-1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var b beat
		if json.Unmarshal(body, &b) != nil || b.check() != "" {
			return
		}
		b.clean()
		if strings.Contains(b.Page, "?") || len(b.Account) > maxName || len(b.Page) > 2*maxText {
			t.Errorf("kept %+v", b.Client)
		}
		if _, err := json.Marshal(b.Client); err != nil {
			t.Error(err)
		}
	})
}
