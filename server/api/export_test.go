package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/export"
	"github.com/clewline/clewline/server/store"
	"github.com/google/go-cmp/cmp"
)

// messages reads the events of an NDJSON export, and its last line.
func (w *world) messages(r reply) (msgs []string, end object) {
	w.t.Helper()
	if r.StatusCode != 200 {
		w.t.Fatalf("%s: %d %s", r.Request.URL, r.StatusCode, r.body)
	}
	for line := range strings.Lines(r.body) {
		var o object
		w.must(json.Unmarshal([]byte(line), &o))
		if c, ok := o["clewline"].(object); ok {
			end = c
			continue
		}
		msgs = append(msgs, o["msg"].(string))
	}
	return msgs, end
}

func numbered(n, from, step int) (msgs []string) {
	for i := range n {
		msgs = append(msgs, fmt.Sprintf("event %d of shop", from+i*step))
	}
	return msgs
}

func TestAnExportHasNoLimitAndSaysThatItIsWhole(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		const n = 2*store.MaxPage + 7
		w.fill("shop", n, nil)
		w.fill("bank", 3, nil)
		r := w.do("GET", "/v1/export?from=-2h", w.read, nil)
		got, end := w.messages(r)
		if diff := cmp.Diff(numbered(n, 0, 1), got); diff != "" {
			t.Fatal(diff)
		}
		if end["partial"] != false || end["count"] != float64(n) {
			t.Errorf("the end says %v", end)
		}
		if r.Trailer.Get("Clewline-Events") != strconv.Itoa(n) || r.Trailer.Get("Clewline-Partial") != "" {
			t.Errorf("the trailers say %v", r.Trailer)
		}
		if d := r.Header.Get("Content-Disposition"); d != `attachment; filename=clewline-shop-20261120-120000.ndjson` {
			t.Errorf("the file is called %s", d)
		}
		got, _ = w.messages(w.do("GET", "/v1/export?from=-2h&order=oldest&limit=1500", w.read, nil))
		if diff := cmp.Diff(numbered(1500, n-1, -1), got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPartsMakeUpTheWholeWhateverArrivesBetweenThem(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		const n = 2*store.MaxPage + 500
		w.fill("shop", n, nil)
		path := "/v1/export?from=-2h&format=csv&columns=msg&part=700"
		var whole strings.Builder
		cursor, parts := "", 0
		for {
			r := w.do("GET", path+"&cursor="+cursor, w.read, nil)
			if r.StatusCode != 200 {
				t.Fatalf("%d %s", r.StatusCode, r.body)
			}
			again := w.do("GET", path+"&cursor="+cursor, w.read, nil)
			if again.body != r.body {
				t.Error("a part asked for again is another")
			}
			whole.WriteString(r.body)
			parts++
			if cursor = r.Header.Get("Clewline-Next"); cursor == "" {
				if r.Header.Get("Clewline-Events") != strconv.Itoa(n) {
					t.Errorf("%s events were given", r.Header.Get("Clewline-Events"))
				}
				break
			}
			w.clock.advance(time.Minute) // "the last two hours" stay the same two hours
		}
		want := "msg\r\n" + strings.Join(numbered(n, 0, 1), "\r\n") + "\r\n"
		if whole.String() != want || parts != 3 {
			t.Errorf("%d parts, %d bytes, want %d", parts, whole.Len(), len(want))
		}
	})
}

func TestAnExportGoesOnAfterTheLastEventThatCame(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 10, nil)
	r := w.do("GET", "/v1/export?from=-2h&after=e.7", w.read, nil)
	got, _ := w.messages(r)
	if diff := cmp.Diff(numbered(6, 4, 1), got); diff != "" {
		t.Error(diff)
	}
	if r := w.do("GET", "/v1/export?format=csv&columns=msg&from=-2h&after=e.2", w.read, nil); r.body != "event 9 of shop\r\n" {
		t.Errorf("got %q", r.body)
	}
	w.fails(w.do("GET", "/v1/export?after=e.77", w.read, nil), 404, "not_found")
}

func TestWhoReadsAnExportKnowsThatItWasCut(t *testing.T) {
	broken := func(after int) func(*world) {
		return func(w *world) {
			calls := 0
			w.store.before = func(context.Context) error {
				if calls++; calls > after {
					return errors.New("the disk is on fire")
				}
				return nil
			}
		}
	}
	w := inhabited(t, nil)
	w.fill("shop", 2*store.MaxPage, nil)
	w.fails(func() reply { broken(0)(w); return w.do("GET", "/v1/export?format=csv&from=-2h", w.read, nil) }(), 500, "internal")

	broken(1)(w)
	_, end := w.messages(w.do("GET", "/v1/export?from=-2h", w.read, nil))
	if end["partial"] != true || end["count"] != float64(store.MaxPage) || !strings.Contains(end["reason"].(string), "its log has the reason") {
		t.Errorf("the end says %v", end)
	}
	w.store.before = nil
	rest, end := w.messages(w.do("GET", "/v1/export?cursor="+end["next"].(string), w.read, nil))
	if len(rest) != store.MaxPage || rest[0] != "event 1000 of shop" || end["partial"] != false {
		t.Errorf("%d events follow, %v", len(rest), end)
	}

	// A Parquet file begins when its first rows are a group, here of 20 MB.
	w = inhabited(t, nil)
	w.fill("shop", 2*store.MaxPage, func(_ int, e *event.Event) { e.Msg = strings.Repeat("x", 20_000) })
	for _, format := range []export.Format{export.CSV, export.Parquet} {
		broken(1)(w)
		res, err := http.DefaultClient.Do(w.request("GET", "/v1/export?from=-2h&format="+string(format), w.read, nil))
		w.must(err)
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: its reader sees %v after %d bytes", format, err, len(body))
		}
		if format == export.Parquet {
			if end, err := export.ReadEnd(body); err != nil || !end.Partial || end.Next == "" || end.Count != store.MaxPage {
				t.Errorf("the file says %+v, %v", end, err)
			}
		}
	}
}

func TestAReasonForWhichEventsLackIsToldAtTheEnd(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", store.MaxPage+5, nil)
	w.store.partial = "segment 7 is damaged"
	r := w.do("GET", "/v1/export?from=-2h", w.read, nil)
	if got, end := w.messages(r); len(got) != store.MaxPage+5 || end["partial"] != true || end["reason"] != "segment 7 is damaged" || end["next"] != nil {
		t.Errorf("%d events, %v", len(got), end)
	}
	if r := w.do("GET", "/v1/export?from=-2h&format=csv", w.read, nil); r.Trailer.Get("Clewline-Partial") != "segment 7 is damaged" {
		t.Errorf("the trailers say %v", r.Trailer)
	}
	if r := w.do("GET", "/v1/export?from=-2h&format=csv&part=5000", w.read, nil); r.Header.Get("Clewline-Partial") != "segment 7 is damaged" {
		t.Errorf("the headers say %v", r.Header)
	}
}

func TestAnExportThatComesNoFurtherEnds(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 50, nil)
	w.store.stuck = "the time for one query is over"
	got, end := w.messages(w.do("GET", "/v1/export", w.read, nil))
	if len(got) != 0 || end["partial"] != true || end["reason"] != w.store.stuck || end["next"] == nil {
		t.Errorf("%d events, %v", len(got), end)
	}
}

func TestAnExportEndsWhenTheServerStopsOrItsReaderMayNotReadAnyMore(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 2*store.MaxPage, nil)
	w.store.before = func(context.Context) error { w.clock.advance(looksAtCaller); return nil }
	var once bool
	w.store.before = func(ctx context.Context) error {
		w.clock.advance(looksAtCaller)
		if !once {
			once = true
			return w.catalog.EndSession(ctx, w.member)
		}
		return nil
	}
	got, end := w.messages(w.do("GET", "/v1/export?from=-2h", w.member, nil))
	if len(got) != store.MaxPage || end["partial"] != true {
		t.Errorf("%d events, %v", len(got), end)
	}

	w.store.before = func(ctx context.Context) error { return w.api.Shutdown(ctx) }
	got, end = w.messages(w.do("GET", "/v1/export?from=-2h&project=shop", w.admin, nil))
	if len(got) != store.MaxPage || !strings.Contains(end["reason"].(string), "stopping") || end["next"] == nil {
		t.Errorf("%d events, %v", len(got), end)
	}
}

func TestATableIsExportedWhole(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 10, func(i int, e *event.Event) { e.Service = []string{"=1+1", "api"}[i%2] })
		r := w.do("GET", "/v1/export?format=csv&q=|count+by+service|sort+service", w.read, nil)
		if want := "service,count\r\n'=1+1,5\r\napi,5\r\n"; r.body != want {
			t.Errorf("got %q", r.body)
		}
		r = w.do("GET", "/v1/export?format=parquet&q=|count+by+service", w.read, nil)
		if end, err := export.ReadEnd([]byte(r.body)); err != nil || end.Count != 2 || end.Partial {
			t.Errorf("got %+v, %v", end, err)
		}
		if e := w.fails(w.do("GET", "/v1/export?part=5&q=|count", w.read, nil), 400, "bad_request"); e["field"] != "part" {
			t.Errorf("got %v", e)
		}
	})
}

func TestASupportUserExportsOneAccountsEvents(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 6, func(i int, e *event.Event) { e.Account = fmt.Sprint("acct-", 6+i%2) })
	if got, _ := w.messages(w.do("GET", "/v1/export", w.support, nil)); len(got) != 3 {
		t.Errorf("got %q", got)
	}
	if r := w.do("GET", "/v1/export?format=csv&q=|count+by+account", w.support, nil); r.body != "account,count\r\nacct-7,3\r\n" {
		t.Errorf("got %q", r.body)
	}
	w.fails(w.do("GET", "/v1/export?after=e.6", w.support, nil), 404, "not_found")
}

func TestAnExportIsInTheAuditTrailWithWhatWentOut(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 10, nil)
	w.do("GET", "/v1/export?format=csv&q=level:info", w.read, nil)
	first := w.do("GET", "/v1/export?part=1000&limit=4", w.member, nil)
	if first.Header.Get("Clewline-Next") != "" {
		t.Error("a limited export goes on")
	}
	w.do("HEAD", "/v1/export", w.read, nil)
	entries, err := w.catalog.FilterAudit(t.Context(), catalog.AuditFilter{Action: "events", Limit: 10})
	w.must(err)
	var got []string
	for _, e := range entries {
		if e.Project != "shop" {
			t.Errorf("an entry of project %q", e.Project)
		}
		got = append(got, strings.SplitN(e.Actor, ":", 2)[0]+" "+e.Action+" "+e.Detail)
	}
	want := []string{
		`user events.exported 4 events as ndjson, whole`,
		`user events.export ndjson of "", 2026-11-20T11:45:00Z to 2026-11-20T12:00:00Z`,
		`key events.exported 10 events as csv, whole`,
		`key events.export csv of "level:info", 2026-11-20T11:45:00Z to 2026-11-20T12:00:00Z`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAReaderWhoTakesNothingHoldsNothingOpen(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 3*store.MaxPage, func(_ int, e *event.Event) { e.Msg = strings.Repeat("x", 20_000) })
	var asked atomic.Int64
	w.store.before = func(context.Context) error { asked.Add(1); return nil }
	res, err := http.DefaultClient.Do(w.request("GET", "/v1/export?from=-2h", w.read, nil))
	w.must(err)
	defer res.Body.Close()
	if _, err := bufio.NewReader(res.Body).ReadByte(); err != nil {
		t.Fatal(err)
	}
	// The reader stops here, 60 MB before the end. Events are taken as before.
	w.fill("shop", 1, func(_ int, e *event.Event) { e.IDBase = "late" })
	if n := asked.Load(); n > 2 {
		t.Errorf("%d pages were read for somebody who reads none", n)
	}
}

func TestExportsAreBoundedPerProject(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.QueriesAtOnce = 100 })
	w.fill("shop", 1, nil)
	w.fill("bank", 1, nil)
	release, running := make(chan struct{}), make(chan struct{})
	w.store.before = func(context.Context) error {
		running <- struct{}{}
		<-release
		return nil
	}
	done := make(chan struct{})
	for range maxProjectExports {
		req := w.request("GET", "/v1/export", w.read, nil)
		go func() {
			defer func() { done <- struct{}{} }()
			if res, err := http.DefaultClient.Do(req); err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
		}()
		<-running
	}
	w.store.mu.Lock()
	w.store.before = nil
	w.store.mu.Unlock()
	r := w.do("GET", "/v1/export?format=csv", w.read, nil)
	if w.fails(r, 429, "slow_down"); r.Header.Get("Content-Disposition") != "" {
		t.Error("a refusal is to be kept as a file")
	}
	if got, _ := w.messages(w.do("GET", "/v1/export", w.bankRead, nil)); len(got) != 1 {
		t.Errorf("the other project got %q", got)
	}
	close(release)
	for range maxProjectExports {
		<-done
	}
}

func TestWhatAnExportCannotDoIsSaid(t *testing.T) {
	w := inhabited(t, nil)
	for query, field := range map[string]string{
		"format=xlsx": "format", "order=up": "order", "part=0": "part", "part=100001": "part", "limit=-1": "limit", "columns=a,a": "columns",
		"cursor=abc": "cursor", "bom=yes": "bom", "from=never": "from", "zone=Nowhere": "zone", "columns=a,,b": "columns",
	} {
		if e := w.fails(w.do("GET", "/v1/export?"+query, w.read, nil), 400, "bad_request"); e["field"] != field {
			t.Errorf("%s: got %v", query, e)
		}
	}
	w.fails(w.do("GET", "/v1/export?q=level:", w.read, nil), 400, "invalid_query")
	sequence := url.QueryEscape("sequence by account [a] then [b] within 5s")
	if r := w.do("GET", "/v1/export?format=csv&q="+sequence+"|count", w.read, nil); r.body != "count\r\n0\r\n" {
		t.Errorf("got %s", r.body)
	}
}
