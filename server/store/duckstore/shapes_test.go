//go:build !noduck

package duckstore

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// DuckDB compiles a regular expression that it does not know to be constant
// once a row, at 1.5 ms. Six thousand rows would take nine seconds.
func TestNoShapeOfQueryCompilesAPatternForEachRow(t *testing.T) {
	opt := Options{GroupDelay: 1, MinFree: -1, RollRows: 3000, QueryTime: 4 * time.Second}
	s := mustOpen(t, t.TempDir(), opt)
	defer s.Close()
	events := fakeEvents(6001)
	for i := range events {
		events[i].FilePath = []string{"a.js", "B.js"}
	}
	for _, part := range [][]event.Event{events[:3000], events[3000:6000], events[6000:]} {
		if err := s.Write(t.Context(), &event.Batch{Project: "acme", Events: part}); err != nil {
			t.Fatal(err)
		}
	}
	scope := store.Scope{Project: "acme", From: 0, To: 1 << 62}
	for _, text := range []string{
		"phone", "Zzz", "坐席", "ph*ne", `"two words here"`, "!!!", "not phone", "phone or seat and not dialer", "msg:Alpha*", "ua:chrome", "label:Seat",
		"traceId:ABC", "session:*1*", "errorCode:permission*", "invoker:User17", "id:A.7", "id:*x*", "filePath:b.JS", "flags:Redacted",
		"level:error", "level>=warn", "timeCost>499.5", "seq:[10 to 20]", "time>2026-11-20T00:01:00Z", "startTime:*", "data:*",
		"state:Abc", "state:*b*", "a>500", "a:[1 to 2}", "state:*", "data.dur:77", "x.y.z:Q", "not state:abc", "kind:CALL",
		strings.Repeat("(alpha or ", 30) + "beta" + strings.Repeat(")", 30),
	} {
		q, err := query.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		scope.Query = q
		for _, up := range []bool{false, true} {
			at := &store.Position{Time: events[3000].Time, IDBase: "it's"}
			if page, err := s.Search(t.Context(), store.Search{Scope: scope, Limit: 100, Ascending: up, After: at}); err != nil || page.Partial != "" {
				t.Errorf("search %s: %v %s", text, err, page.Partial)
			}
		}
		if h, err := s.Histogram(t.Context(), store.Histogram{Scope: scope, Step: 1 << 60}); err != nil || h.Partial != "" {
			t.Errorf("histogram %s: %v %s", text, err, h.Partial)
		}
		if v, err := s.Values(t.Context(), store.Values{Scope: scope, Limit: 5, Fields: []query.Field{query.Resolve("level"), query.Resolve("state")}}); err != nil || v.Partial != "" {
			t.Errorf("values %s: %v %s", text, err, v.Partial)
		}
		for _, pipes := range []string{"| count by level, time(1w)", "| p95(timeCost), distinct(user) by service", "| max(dur) by state"} {
			_, p, err := query.ParsePiped(pipes)
			if err != nil {
				t.Fatal(err)
			}
			ask := store.Table{Scope: scope, Pipe: p}
			ask.From = events[0].Time - int64(time.Hour)
			ask.To = ask.From + int64(100*24*time.Hour)
			if got, err := s.Table(t.Context(), ask); err != nil || got.Partial != "" {
				t.Errorf("table %s %s: %v %s", text, pipes, err, got.Partial)
			}
		}
	}
}

func TestAHugeQueryIsAnswered(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{GroupDelay: 1, MinFree: -1})
	defer s.Close()
	if err := s.Write(t.Context(), &event.Batch{Project: "acme", Events: fakeEvents(2000)}); err != nil {
		t.Fatal(err)
	}
	words := make([]string, 900)
	for i := range words {
		words[i] = fmt.Sprint("nothing", i)
	}
	for _, text := range []string{
		strings.Join(words, " or ") + " or kind:call",
		strings.Repeat("not (", 400) + "kind:call" + strings.Repeat(")", 400),
	} {
		q, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62, Query: q}, Limit: 1000})
		if err != nil || page.Partial != "" || len(page.Events) != 1000 {
			t.Fatalf("%d events, %v %s", len(page.Events), err, page.Partial)
		}
	}
}

func TestAQueryPastItsTimeGivesWhatItHasAndGoesOn(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{GroupDelay: 1, MinFree: -1, QueryRows: 3000})
	defer s.Close()
	events := fakeEvents(20_000)
	for i := range events {
		events[i].Time = int64(i) * 2e9 // eleven hours
	}
	if err := s.Write(t.Context(), &event.Batch{Project: "acme", Events: events}); err != nil {
		t.Fatal(err)
	}
	// The budget of rows ends the walk; each page goes on where it ended.
	q, err := query.Parse("seq:1")
	if err != nil {
		t.Fatal(err)
	}
	search := store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62, Query: q}, Limit: 1000}
	found, partial := 0, 0
	for {
		page, err := s.Search(t.Context(), search)
		if err != nil {
			t.Fatal(err)
		}
		found += len(page.Events)
		if page.Partial != "" {
			partial++
		}
		if page.Next == nil {
			break
		}
		search.After = page.Next
	}
	if found != 500 || partial == 0 {
		t.Fatalf("%d events in %d partial pages; want 500, one a stream", found, partial)
	}
}
