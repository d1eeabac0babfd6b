package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

func TestASearchGivesTheNewestEventsFirstAndSaysWhatItTook(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 5, nil)
		w.fill("bank", 5, nil)
		msgs, last := w.found(w.do("GET", "/v1/search", w.read, nil))
		want := "event 0 of shop|event 1 of shop|event 2 of shop|event 3 of shop|event 4 of shop"
		if strings.Join(msgs, "|") != want {
			t.Errorf("got %q", msgs)
		}
		if last["partial"] != false || last["reason"] != "" || last["count"] != 5.0 || last["next"] != nil ||
			last["from"] != "2026-11-20T11:45:00Z" || last["to"] != "2026-11-20T12:00:00Z" {
			t.Errorf("the last line is %v", last)
		}
		if s, ok := last["scanned"].(object); !ok || s["rows"].(float64) <= 0 || s["segments"] != 1.0 || s["segmentsTotal"] != 1.0 {
			t.Errorf("scanned is %v", last["scanned"])
		}
	})
}

func TestEveryLineOfASearchIsAnEventOfTheWireForm(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 1, func(_ int, e *event.Event) {
			e.Msg, e.Data = "two\nlines \u2028 日志", "{\n  \"a\": 1.50\n}"
		})
		r := w.do("GET", "/v1/search", w.read, nil)
		line, _, _ := strings.Cut(r.body, "\n")
		want := `{"id":"e.1","time":"2026-11-20T11:59:59Z","project":"shop","kind":"log","level":"info","msg":"two\nlines \u2028 日志","data":{   "a": 1.50 }}`
		if line != want {
			t.Errorf("got  %s\nwant %s", line, want)
		}
	})
}

func TestASearchUnderstandsTimesInEverySpelling(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 100, func(i int, e *event.Event) {
			e.Time = noon.Add(-time.Duration(i) * time.Minute).UnixNano() // 12:00, 11:59, ...
		})
		for _, c := range []struct {
			from, to string
			count    int
		}{
			{"", "", 15}, // 11:45 to 11:59
			{"-10m", "", 10}, {"-600s", "now", 10}, {"-1h", "-30m", 30}, {"-1w", "", 99}, {"-2d", "-1d", 0}, {"-0m", "+1m", 1},
			{"", "-30m", 15}, // 15 minutes before the end
			{"2026-11-20T11:50:00Z", "2026-11-20T12:00:00Z", 10},
			{"2026-11-20T19:50:00+08:00", "2026-11-20T20:00:00.000000001+08:00", 11},
			{fmt.Sprint(noon.Add(-time.Minute).Unix()), fmt.Sprint(noon.UnixMilli()), 1},
			{fmt.Sprint(noon.Add(-time.Minute).UnixMicro()), fmt.Sprint(noon.UnixNano()), 1},
			{"0", "now", 99},
		} {
			_, last := w.found(w.do("GET", "/v1/search?"+url.Values{"from": {c.from}, "to": {c.to}}.Encode(), w.read, nil))
			if last["count"] != float64(c.count) {
				t.Errorf("%s to %s: %v events, want %d", c.from, c.to, last["count"], c.count)
			}
		}
	})
}

func TestAWrongParameterIsNamed(t *testing.T) {
	w := inhabited(t, nil)
	for _, c := range []struct{ path, code, field string }{
		{"/v1/search?from=yesterday", "bad_request", "from"},
		{"/v1/search?to=-5y", "bad_request", "to"},
		{"/v1/search?from=-m", "bad_request", "from"},
		{"/v1/search?from=--5m", "bad_request", "from"},
		{"/v1/search?from=-99999999999999w", "bad_request", "from"},
		{"/v1/search?from=-99999w", "bad_request", "from"},
		{"/v1/search?from=now&to=-5m", "bad_request", "from"},
		{"/v1/search?from=now&to=now", "bad_request", "from"},
		{"/v1/search?from=1700-01-01T00:00:00Z", "bad_request", "from"},
		{"/v1/search?to=2250-01-01T00:00:00Z", "bad_request", "from"},
		{"/v1/search?from=1800-01-01T00:00:00Z&to=2100-01-01T00:00:00Z", "bad_request", "from"}, // 300 years
		{"/v1/search?to=9999-12-31T00:00:00Z", "bad_request", "to"},
		{"/v1/search?limit=0", "bad_request", "limit"},
		{"/v1/search?limit=-1", "bad_request", "limit"},
		{"/v1/search?limit=10001", "bad_request", "limit"},
		{"/v1/search?limit=ten", "bad_request", "limit"},
		{"/v1/search?limit=99999999999999999999", "bad_request", "limit"},
		{"/v1/search?cursor=nonsense", "bad_request", "cursor"},
		{"/v1/histogram?buckets=1", "bad_request", "buckets"},
		{"/v1/histogram?buckets=2001", "bad_request", "buckets"},
		{"/v1/histogram?zone=Mars/Olympus", "bad_request", "zone"},
		{"/v1/histogram?zone=../../etc/passwd", "bad_request", "zone"},
		{"/v1/histogram?zone=Local", "bad_request", "zone"},
		{"/v1/values", "bad_request", "fields"},
		{"/v1/values?fields=a,,b", "bad_request", "fields"},
		{"/v1/values?fields=" + strings.Repeat("a,", 20) + "a", "bad_request", "fields"},
		{"/v1/values?fields=" + strings.Repeat("a", maxFieldName+1), "bad_request", "fields"},
		{"/v1/values?fields=a&limit=1001", "bad_request", "limit"},
		{"/v1/facets", "bad_request", "fields"},
		{"/v1/facets?fields=a&limit=1001", "bad_request", "limit"},
		{"/v1/facets?fields=a&within=-1", "bad_request", "within"},
		{"/v1/statistics?field=", "bad_request", "field"},
		{"/v1/statistics?field=" + strings.Repeat("a", maxFieldName+1), "bad_request", "field"},
		{"/v1/statistics?field=a&buckets=1", "bad_request", "buckets"},
		{"/v1/complete", "bad_request", "field"},
		{"/v1/complete?field=a&prefix=" + strings.Repeat("a", maxPrefix+1), "bad_request", "prefix"},
		{"/v1/fields?seen=1&limit=0", "bad_request", "limit"},
		{"/v1/context", "bad_request", "id"},
		{"/v1/context?id=e.1&by=smell", "bad_request", "by"},
		{"/v1/context?id=e.1&before=201", "bad_request", "before"},
	} {
		if e := w.fails(w.do("GET", c.path, w.read, nil), 400, c.code); e["field"] != c.field {
			t.Errorf("%s: the field is %v, want %s", c.path, e["field"], c.field)
		}
	}
	if got := w.store.projects(); got != nil {
		t.Errorf("the store was asked about %v", got)
	}
}

func TestAWrongQueryIsPointedAtByItsColumn(t *testing.T) {
	w := inhabited(t, nil)
	for _, path := range []string{"/v1/search", "/v1/histogram", "/v1/values", "/v1/tail", "/v1/check", "/v1/facets", "/v1/statistics", "/v1/complete", "/v1/context"} {
		path += "?fields=level&field=level&id=e.1&q="
		r := w.do("GET", path+url.QueryEscape("中文 level:"), w.read, nil)
		e := w.fails(r, 400, "invalid_query")
		if e["column"] != 10.0 || e["want"] == nil || e["want"] == "" {
			t.Errorf("%s: got %v", path, e)
		}
		long := path + strings.Repeat("a", maxQuery+1)
		if e := w.fails(w.do("GET", long, w.read, nil), 413, "too_large"); e["field"] != "q" {
			t.Errorf("%s with a long query: %v", path, e)
		}
	}
}

func TestTurningPagesByCursorGivesEveryEventOnce(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 800, func(i int, e *event.Event) { e.Time -= int64(i%7) * int64(time.Microsecond) })
		one, _ := w.found(w.do("GET", "/v1/search?limit=1000", w.read, nil))
		if len(one) != 800 {
			t.Fatalf("one page has %d", len(one))
		}
		for _, limit := range []int{1, 7, 250, 799, 800} {
			var all []string
			cursor := ""
			pages := 0
			for {
				path := fmt.Sprintf("/v1/search?from=-15m&limit=%d&cursor=%s", limit, cursor)
				msgs, last := w.found(w.do("GET", path, w.read, nil))
				all = append(all, msgs...)
				if pages++; last["next"] == nil || limit == 1 && pages == 20 {
					break
				}
				cursor = last["next"].(string)
				// Time goes on, but the search stays what it was.
				w.clock.advance(time.Second)
			}
			if strings.Join(all, "|") != strings.Join(one[:len(all)], "|") || limit > 1 && len(all) != 800 {
				t.Errorf("limit %d: %d events, in another order or not all", limit, len(all))
			}
			w.clock.advance(noon.Sub(w.clock.now()))
		}
	})
}

func TestACursorOutlivesARestart(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 3, nil)
	_, last := w.found(w.do("GET", "/v1/search?limit=1", w.read, nil))
	w.start(nil)
	msgs, _ := w.found(w.do("GET", "/v1/search?limit=1&cursor="+last["next"].(string), w.read, nil))
	if len(msgs) != 1 || msgs[0] != "event 1 of shop" {
		t.Errorf("got %q", msgs)
	}
}

func TestACursorHoldsForItsOwnSearchOnly(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 3, nil)
	_, last := w.found(w.do("GET", "/v1/search?limit=1&q=event", w.read, nil))
	cursor := last["next"].(string)
	w.found(w.do("GET", "/v1/search?limit=1&q=event&cursor="+cursor, w.read, nil))
	for name, r := range map[string]reply{
		"another query":   w.do("GET", "/v1/search?q=events&cursor="+cursor, w.read, nil),
		"no query":        w.do("GET", "/v1/search?cursor="+cursor, w.read, nil),
		"another project": w.do("GET", "/v1/search?q=event&cursor="+cursor, w.bankRead, nil),
		"cut":             w.do("GET", "/v1/search?q=event&cursor="+cursor[:len(cursor)-1], w.read, nil),
		"long":            w.do("GET", "/v1/search?q=event&cursor="+cursor+strings.Repeat("A", 5000), w.read, nil),
	} {
		if e := w.fails(r, 400, "bad_request"); e["field"] != "cursor" {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestNoChangedCursorIsAccepted(t *testing.T) {
	sealer := cursorSealer{[]byte("secret")}
	for _, c := range []cursor{
		{},
		{1, 2, store.Position{Time: -3, Stream: "s", Seq: 1 << 63, IDBase: "b", IDNum: 7}, 1 << 40},
		{-1 << 63, 1<<63 - 1, store.Position{IDBase: strings.Repeat("x", event.MaxID), Stream: strings.Repeat("y", event.MaxID)}, 0},
	} {
		text := sealer.seal(c, "shop", "q")
		if got, err := sealer.open(text, "shop", "q"); err != nil || got != c {
			t.Fatalf("got %+v, %v; want %+v", got, err, c)
		}
		for i := range text {
			for _, sign := range []byte("A_0") {
				if text[i] == sign {
					continue
				}
				if got, err := sealer.open(text[:i]+string(sign)+text[i+1:], "shop", "q"); err == nil {
					t.Fatalf("%q with %q at %d is %+v", text, sign, i, got)
				}
			}
			if _, err := sealer.open(text[:i], "shop", "q"); err == nil {
				t.Fatalf("%q cut at %d was accepted", text, i)
			}
		}
		for _, other := range [][2]string{{"shopq", ""}, {"", "shopq"}, {"sho", "pq"}, {"bank", "q"}, {"shop", "Q"}} {
			if _, err := sealer.open(text, other[0], other[1]); err == nil {
				t.Errorf("accepted for %q", other)
			}
		}
		if _, err := (cursorSealer{[]byte("other")}).open(text, "shop", "q"); err == nil {
			t.Error("accepted under another secret")
		}
	}
}

func FuzzOpenACursor(f *testing.F) {
	sealer := cursorSealer{[]byte("secret")}
	f.Add(sealer.seal(cursor{1, 2, store.Position{Time: 3, Stream: "s", Seq: 4, IDBase: "b", IDNum: 5}, 6}, "shop", "q"))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := sealer.open(text, "shop", "q"); err == nil && sealer.seal(c, "shop", "q") != text {
			t.Errorf("%q was opened, and seals as another", text)
		}
	})
}

func TestPagesAreSentAsTheyAreFound(t *testing.T) {
	w := inhabited(t, nil)
	w.store.pages = 2
	w.fill("shop", 4, nil)
	second := make(chan struct{})
	calls := 0
	w.store.before = func(ctx context.Context) error {
		if calls++; calls == 2 {
			select {
			case <-second:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	res, err := http.DefaultClient.Do(w.request("GET", "/v1/search", w.read, nil))
	w.must(err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for i := range 2 {
		if !lines.Scan() || !strings.Contains(lines.Text(), fmt.Sprintf("event %d of", i)) {
			t.Fatalf("line %d is %q", i, lines.Text())
		}
	}
	close(second) // only now is there a second page
	n := 2
	for lines.Scan() {
		n++
	}
	if n != 5 {
		t.Errorf("got %d lines, want 4 events and the last", n)
	}
}

func TestAStoreThatGoesOnWithoutFindingAnythingIsFollowed(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 1, nil)
	empty := &emptyPages{memStore: w.store, n: 50}
	w.start(func(c *Config) { c.Store = empty })
	msgs, last := w.found(w.do("GET", "/v1/search", w.read, nil))
	if len(msgs) != 1 || last["partial"] != false || empty.n != 0 {
		t.Errorf("got %v, %v", msgs, last)
	}
}

// emptyPages gives n pages without events first.
type emptyPages struct {
	*memStore
	n int
}

func (s *emptyPages) Search(ctx context.Context, q store.Search) (store.Page, error) {
	if s.n > 0 {
		s.n--
		return store.Page{Next: &store.Position{Time: q.To}}, nil
	}
	return s.memStore.Search(ctx, q)
}

func TestASearchThatRunsOutOfTimeSaysSoAndCanBeContinued(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.Time = 50 * time.Millisecond })
	w.store.pages = 2
	w.fill("shop", 6, nil)
	calls := 0
	w.store.before = func(ctx context.Context) error {
		if calls++; calls == 2 {
			<-ctx.Done()
			return fmt.Errorf("search: %w", ctx.Err())
		}
		return nil
	}
	msgs, last := w.found(w.do("GET", "/v1/search", w.read, nil))
	if len(msgs) != 2 || last["partial"] != true || !strings.Contains(last["reason"].(string), "50ms") {
		t.Fatalf("got %v, %v", msgs, last)
	}
	msgs, last = w.found(w.do("GET", "/v1/search?limit=2&cursor="+last["next"].(string), w.read, nil))
	if strings.Join(msgs, "|") != "event 2 of shop|event 3 of shop" || last["partial"] != false {
		t.Errorf("continued with %v, %v", msgs, last)
	}
}

func TestASearchThatFindsNothingInItsTimeIsStillAnAnswer(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.Time = 20 * time.Millisecond })
	w.store.before = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	msgs, last := w.found(w.do("GET", "/v1/search", w.read, nil))
	if len(msgs) != 0 || last["partial"] != true || last["reason"] == "" {
		t.Errorf("got %v, %v", msgs, last)
	}
	for _, path := range []string{"/v1/histogram", "/v1/values?fields=level", "/v1/table?q=%7C+count", "/v1/events/e.1", "/v1/facets?fields=level", "/v1/statistics?field=level", "/v1/complete?field=level", "/v1/fields?seen=1", "/v1/context?id=e.1"} {
		w.fails(w.do("GET", path, w.read, nil), 503, "unavailable")
	}
}

func TestAPartialPageOfTheStoreMakesThePartialAnswer(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 1, nil)
	w.start(func(c *Config) { c.Store = &damaged{w.store} })
	_, last := w.found(w.do("GET", "/v1/search", w.read, nil))
	if last["partial"] != true || last["reason"] != "segment 7 is damaged" {
		t.Errorf("got %v", last)
	}
}

type damaged struct{ *memStore }

func (s *damaged) Search(ctx context.Context, q store.Search) (store.Page, error) {
	p, err := s.memStore.Search(ctx, q)
	p.Partial = "segment 7 is damaged"
	return p, err
}

func TestWhereTheStoreComesToItsBoundTheAnswerEndsAndCanBeContinued(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 900, nil)
	bounded := &bounded{memStore: w.store}
	w.start(func(c *Config) { c.Store = bounded })
	msgs, last := w.found(w.do("GET", "/v1/search?limit=1000", w.read, nil))
	// A full page of 200, then one that the bound cut.
	if len(msgs) != 250 || last["partial"] != true || last["reason"] != "the row budget" || last["next"] == nil {
		t.Fatalf("got %d, %v", len(msgs), last)
	}
	msgs, _ = w.found(w.do("GET", "/v1/search?limit=1&cursor="+last["next"].(string), w.read, nil))
	if len(msgs) != 1 || msgs[0] != "event 250 of shop" {
		t.Errorf("it continues with %v", msgs)
	}
}

// bounded gives at most 50 events a page after its first, and says why.
type bounded struct{ *memStore }

func (s *bounded) Search(ctx context.Context, q store.Search) (store.Page, error) {
	if q.After != nil {
		q.Limit = min(q.Limit, 50)
	}
	p, err := s.memStore.Search(ctx, q)
	p.Partial = "the row budget"
	return p, err
}

func TestAnErrorOfTheStoreIsAStatusBeforeTheFirstLineAndAPartialAnswerAfterIt(t *testing.T) {
	w := inhabited(t, nil)
	w.store.pages = 1
	w.fill("shop", 3, nil)
	w.store.before = func(context.Context) error { return errors.New("the moon is in the seventh house") }
	e := w.fails(w.do("GET", "/v1/search", w.read, nil), 500, "internal")
	if strings.Contains(e["message"].(string), "moon") || !strings.Contains(w.log.String(), "moon") {
		t.Errorf("the caller is told %q, the log has %q", e["message"], w.log)
	}
	id := e["message"].(string)[strings.LastIndexByte(e["message"].(string), ' ')+1:]
	if !strings.Contains(w.log.String(), strings.TrimSuffix(id, ".")) {
		t.Errorf("the log does not have %s", id)
	}
	w.store.before = func(context.Context) error { return store.ErrBusy }
	if r := w.do("GET", "/v1/search", w.read, nil); r.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", r.Header.Get("Retry-After"))
	} else {
		w.fails(r, 429, "slow_down")
	}
	calls := 0
	w.store.before = func(context.Context) error {
		if calls++; calls > 1 {
			return errors.New("the moon again")
		}
		return nil
	}
	msgs, last := w.found(w.do("GET", "/v1/search", w.read, nil))
	if len(msgs) != 1 || last["partial"] != true || strings.Contains(last["reason"].(string), "moon") || last["next"] == nil {
		t.Errorf("got %v, %v", msgs, last)
	}
}

func TestAMistakeOfOursCutsItsOwnAnswerOnly(t *testing.T) {
	w := inhabited(t, nil)
	w.store.pages = 1
	w.fill("shop", 3, nil)
	calls := 0
	w.store.before = func(context.Context) error {
		if calls++; calls == 2 {
			panic("a wheel came off")
		}
		return nil
	}
	res, err := http.DefaultClient.Do(w.request("GET", "/v1/search", w.read, nil))
	w.must(err)
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err == nil || strings.Contains(string(b), "clewline") {
		t.Errorf("an answer that looks whole: %s, %v", b, err)
	}
	if got := w.log.String(); !strings.Contains(got, "a wheel came off") || !strings.Contains(got, "memstore_test.go") {
		t.Errorf("the log has %q", got)
	}
	if msgs, _ := w.found(w.do("GET", "/v1/search", w.read, nil)); len(msgs) != 3 || len(w.api.gate.projects) != 0 {
		t.Errorf("the next search: %v; in the gate %v", msgs, w.api.gate.projects)
	}
}

func TestASearchEndsWhenItsCallerGoes(t *testing.T) {
	w := inhabited(t, nil)
	entered, left := make(chan struct{}), make(chan error)
	w.store.before = func(ctx context.Context) error {
		close(entered)
		<-ctx.Done()
		left <- ctx.Err()
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if res, err := http.DefaultClient.Do(w.request("GET", "/v1/search", w.read, nil).WithContext(ctx)); err == nil {
			res.Body.Close()
		}
	}()
	<-entered
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the store's context ended with %v", err)
	}
	<-done
}

func TestOneProjectCannotTakeAllTheStoresTime(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.Searches, c.Limits.QueriesAtOnce = 4, 100 })
	w.fill("bank", 1, nil)
	release := make(chan struct{})
	running := make(chan struct{}, 100)
	w.store.before = func(ctx context.Context) error {
		running <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil
	}
	results := make(chan int, 100)
	ask := func(n int) {
		for range n {
			req := w.request("GET", "/v1/search", w.read, nil)
			go func() {
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					results <- 0
					return
				}
				res.Body.Close()
				results <- res.StatusCode
			}()
		}
	}
	ask(3)
	for range 3 {
		<-running
	}
	// 13 more wait for their turn; those beyond 16 are told at once.
	ask(20)
	refused := 0
	for refused < 7 {
		if status := <-results; status != 429 {
			t.Fatalf("status %d", status)
		}
		refused++
	}
	// The other project is served meanwhile.
	w.store.mu.Lock()
	w.store.before = nil
	w.store.mu.Unlock()
	if msgs, _ := w.found(w.do("GET", "/v1/search", w.bankRead, nil)); len(msgs) != 1 {
		t.Errorf("the other project got %v", msgs)
	}
	close(release)
	for range 16 {
		if status := <-results; status != 200 {
			t.Errorf("a search that waited got %d", status)
		}
	}
	if len(w.api.gate.projects) != 0 {
		t.Errorf("%d projects stay in the gate", len(w.api.gate.projects))
	}
}

func TestAQuestionWaitsTwoSecondsForItsTurnAndNoLonger(t *testing.T) {
	g := newGate(1)
	release := make(chan struct{})
	entered := make(chan struct{})
	done := make(chan error)
	go func() {
		done <- g.do(context.Background(), "shop", func() error { close(entered); <-release; return nil })
	}()
	<-entered
	began := time.Now()
	err := g.do(t.Context(), "bank", func() error { return nil })
	if e, ok := errors.AsType[*requestError](err); !ok || e.code != "slow_down" || time.Since(began) < patience {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.do(ctx, "bank", func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who has gone gets %v", err)
	}
	close(release)
	<-done
}

func TestAnEventIsFoundByItsPermanentId(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 3, nil)
		w.fill("bank", 1, func(_ int, e *event.Event) { e.IDBase = "b/a?nk #%" })
		if e := w.json(w.do("GET", "/v1/events/e.2", w.read, nil), 200); e["id"] != "e.2" || e["msg"] != "event 1 of shop" {
			t.Errorf("got %v", e)
		}
		if e := w.json(w.do("GET", "/v1/events/"+url.PathEscape("b/a?nk #%.1"), w.bankRead, nil), 200); e["id"] != "b/a?nk #%.1" {
			t.Errorf("got %v", e)
		}
		for _, id := range []string{"e.4", "e", "b%2Fa%3Fnk%20%23%25.1", strings.Repeat("x", 1000)} {
			w.fails(w.do("GET", "/v1/events/"+id, w.read, nil), 404, "not_found")
		}
	})
}

func TestNamesThatMeanNothingAreToldWithASuggestion(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 2, func(_ int, e *event.Event) { e.Data = `{"order":"4711"}` })
		for q, want := range map[string]string{
			"calId:7":    `[map[name:calId suggestion:callId]]`, // nothing found, but near a column
			"ordre:4711": `[map[name:ordre suggestion:order]]`,  // near a key that events have
			"colour:red": `<nil>`,                               // nothing found, and near nothing: who knows
			"order:4711": `<nil>`,                               // it is there
			"callId:7":   `<nil>`,
			"logid:7":    `<nil>`, // an alias
		} {
			_, last := w.found(w.do("GET", "/v1/search?q="+url.QueryEscape(q), w.read, nil))
			if got := fmt.Sprint(last["unknownFields"]); got != want {
				t.Errorf("%s: got %s, want %s", q, got, want)
			}
		}
		// It found something, and the name was nowhere in it.
		_, last := w.found(w.do("GET", "/v1/search?q="+url.QueryEscape("not colour:red"), w.read, nil))
		if got := fmt.Sprint(last["unknownFields"]); got != "[map[name:colour]]" {
			t.Errorf("got %s", got)
		}
	})
}
