package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// oddNames are names of fields that a careless store trips over.
var oddNames = []string{"and", "__proto__", "constructor", "a.b", `"x"`, `it's "q"\`, "data.level", "项目", "<b>", "\u202e", "a,b", "emoji " + string([]rune{0x1F4DE, 0x1F4DE})}

// manifold gives events that differ in many fields, columns of each type and
// odd keys in data.
func manifold(n int) []event.Event {
	var events []event.Event
	for i := range n {
		e := event.Event{Project: "acme", IDBase: "m", IDNum: uint64(i + 1), Time: noon.UnixNano() + int64(i)*1e9, Level: event.Level(i % 4), Flags: event.Flags(i % 4)}
		if i%2 == 0 {
			e.Account = fmt.Sprint("acct", i%6)
			e.FilePath = []string{fmt.Sprint("f", i%4), "same", "same"}
			e.TimeCost, e.HasTimeCost = float64(i%7)/2-1, true
			e.Stream, e.Seq, e.IDBase, e.IDNum = "20261120-m", uint64(i+1), "", 0
		}
		if i%3 == 0 {
			e.Service = "a service with a name longer than twelve bytes"
			e.HTTPPath = fmt.Sprint("/path/", i%11)
		}
		e.Data = fmt.Sprintf(`{"region":"r%d","n":{"x":%d.0,"ok":%t},"items":[{"p":1},{"p":"two"},{"p":1}],"empty":"","and":%d,"__proto__":"p","constructor":1,"a.b":"dot","\"x\"":true,"it's \"q\"\\":[1,2],"level":"inner","项目":"座席","<b>":"<script>","\u202e":"\u001b[31m","a,b":-2.5}`,
			i%5, i%2, i%3 == 0, i%4)
		e.DeriveWords()
		events = append(events, e)
	}
	return events
}

func testFacets(t *testing.T, open Open) {
	f := newFixture(t, open, 20)
	for part := range slices.Chunk(manifold(90), 17) {
		f.write(&event.Batch{Project: "acme", Events: part})
	}
	var fields []query.Field
	for _, name := range append([]string{"level", "account", "service", "httpPath", "filePath", "flags", "timeCost", "seq", "id", "time", "user", "data", "region", "n.x", "n.ok", "items.p", "nowhere"}, oddNames...) {
		fields = append(fields, query.Resolve(name))
	}
	for round := range 2 {
		for _, text := range []string{"", "level:info or level:debug", "region:r1", "account:acct2 and not httpPath:*", "nothing"} {
			var q *query.Query
			if text != "" {
				q = parse(t, text)
			}
			ask := store.Facets{
				Scope:  store.Scope{Project: "acme", From: noon.UnixNano() + 5e9, To: noon.UnixNano() + 80e9, Query: q},
				Fields: fields, Limit: 4, Step: 10 * time.Second,
			}
			if round == 1 {
				ask.Within = time.Minute // which is enough for all rows
			}
			got, err := f.Facets(t.Context(), ask)
			if err != nil || got.Partial != "" {
				t.Fatalf("%q: %v %s", text, err, got.Partial)
			}
			tally := store.NewFacetTally(ask)
			for _, e := range f.all(store.Search{Scope: ask.Scope}) {
				tally.Add(&e)
			}
			want := tally.Answer(1)
			got.Cost = store.Cost{}
			if d := gocmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateApprox(1e-9, 1e-9)); d != "" {
				t.Errorf("%q, round %d: facets differ (- want, + got):\n%s", text, round, d)
			}
			if text == "" && (got.Fields[0].Present == 0 || got.Fields[12].Values[0].Count != 15 || got.Fields[len(fields)-1].Present != 0) {
				t.Errorf("the reference itself counts nothing: %+v", got.Fields)
			}
		}
		f.settled()
		f.reopen()
	}

	// Questions that cannot be, and one that nobody waits for.
	scope := always
	for _, bad := range []store.Facets{
		{Scope: scope, Limit: 1},
		{Scope: scope, Fields: fields[:1]},
		{Scope: scope, Fields: fields[:1], Limit: store.MaxFacetValues + 1},
		{Scope: scope, Fields: make([]query.Field, store.MaxFacets+1), Limit: 1},
		{Scope: scope, Fields: fields[:1], Limit: 1, Step: 1},
		{Scope: store.Scope{Project: "acme", From: 5, To: 5}, Fields: fields[:1], Limit: 1},
	} {
		if _, err := f.Facets(t.Context(), bad); err == nil {
			t.Errorf("%+v is answered", bad)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, e1 := f.Facets(ctx, store.Facets{Scope: scope, Fields: fields[:1], Limit: 1})
	_, e2 := f.Keys(ctx, store.Keys{Scope: scope})
	for _, err := range []error{e1, e2} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

func testKeys(t *testing.T, open Open) {
	f := newFixture(t, open, 20)
	events := manifold(60)
	events[7].Data = `{"only":{"here":[1]}}`
	events[8].Data = ""
	for part := range slices.Chunk(slices.Clone(events), 17) {
		f.write(&event.Batch{Project: "acme", Events: part})
	}
	f.write(&event.Batch{Project: "beta", Events: []event.Event{{Project: "beta", IDBase: "x", Time: noon.UnixNano(), Data: `{"secret":1}`}}})
	for range 2 {
		for _, text := range []string{"", "level:info", "nothing"} {
			scope := always
			if text != "" {
				scope.Query = parse(t, text)
			}
			got, err := f.Keys(t.Context(), store.Keys{Scope: scope, Rows: 1000})
			if err != nil || got.Partial != "" {
				t.Fatalf("%q: %v %s", text, err, got.Partial)
			}
			tally := store.NewKeyTally()
			for _, e := range f.all(store.Search{Scope: scope}) {
				tally.Add(&e)
			}
			got.Cost = store.Cost{}
			if d := gocmp.Diff(tally.Answer(1), got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%q: keys differ (- want, + got):\n%s", text, d)
			}
			// Every name that is told finds the events that have it.
			for _, k := range got.Fields {
				if k.Field.Name != "only.here" && text == "nothing" {
					t.Errorf("%s is told of where nothing matches", k.Field.Name)
				}
				if r := query.Resolve(k.Field.Name); r.Path != k.Field.Path || r.Column != k.Field.Column {
					t.Errorf("%q is resolved as %+v", k.Field.Name, r)
				}
			}
		}
		f.settled()
		f.reopen()
	}
}

// testEstimates holds stores that sample to what they say of it.
func testEstimates(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	const rows = 400_000
	var batch []event.Event
	for i := range rows {
		e := event.Event{Project: "acme", IDBase: "e", IDNum: uint64(i + 1), Time: noon.UnixNano() + int64(i)*1e6, Level: event.Info, TimeCost: float64(i % 1000), HasTimeCost: true}
		if i%4 == 0 {
			e.Service = "quarter"
		}
		if batch = append(batch, e); len(batch) == 50_000 {
			f.write(&event.Batch{Project: "acme", Events: batch})
			batch = nil
		}
	}
	ask := store.Facets{Scope: always, Fields: []query.Field{query.Resolve("service"), query.Resolve("timeCost")}, Limit: 5, Within: time.Nanosecond}
	got, err := f.Facets(t.Context(), ask)
	if err != nil || got.Partial != "" || got.Share <= 0 || got.Share > 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	near := func(what string, got, want, percent float64) {
		if math.Abs(got-want) > want*percent/100 {
			t.Errorf("%s is %v, want about %v", what, got, want)
		}
	}
	near("all", float64(got.Matching), rows, 2)
	near("quarter", float64(got.Fields[0].Present), rows/4, 2)
	near("p95", got.Fields[1].Numbers.P95, 950, 2)
	if got.Share < 1 && !got.Fields[0].More {
		t.Error("an estimate knows all values")
	}
	ask.Within = 0
	if got, err = f.Facets(t.Context(), ask); err != nil || got.Share != 1 || got.Matching != rows || got.Fields[0].Values[0] != (store.ValueCount{Value: "quarter", Count: rows / 4}) {
		t.Errorf("without a time: %+v, %v", got, err)
	}
}

func testExplain(t *testing.T, open Open) {
	f := newFixture(t, open, 20)
	for i := range 6 {
		b := &event.Batch{Project: "acme"}
		for k := range 20 {
			b.Events = append(b.Events, event.Event{Project: "acme", IDBase: "x", IDNum: uint64(i*20 + k + 1), Time: noon.UnixNano() + int64(i)*int64(time.Hour) + int64(k), Msg: fmt.Sprint("word", i), TraceID: fmt.Sprintf("%032d", i)})
		}
		f.write(b)
		f.fill() // of another project
	}
	f.settled()
	for _, c := range []struct {
		scope store.Scope
		limit int
		found int
	}{
		{always, 5, 5},
		{always, 1000, 120},
		{within(always, parse(t, "traceId:"+fmt.Sprintf("%032d", 3))), 100, 20},
		{within(always, parse(t, "word1")), 100, 20},
		{within(always, parse(t, "nothing")), 100, 0},
		{store.Scope{Project: "acme", From: noon.UnixNano(), To: noon.UnixNano() + 1e9}, 100, 20},
		{store.Scope{Project: "acme", From: 5, To: 6}, 100, 0},
		{store.Scope{Project: "none", From: 0, To: 1 << 62}, 100, 0},
	} {
		var how store.Explanation
		page, err := f.Search(t.Context(), store.Search{Scope: c.scope, Limit: c.limit, Explain: &how})
		if err != nil || len(page.Events) != c.found {
			t.Fatalf("%+v: %d events, %v", c.scope, len(page.Events), err)
		}
		events, read := int64(0), 0
		for _, s := range how.Segments {
			events += s.Events
			switch s.Verdict {
			case store.SegmentRead:
				read++
			case store.SegmentSkipped, store.SegmentUnread:
				if s.Reason == "" {
					t.Errorf("segment %d is %s for no reason", s.Segment, s.Verdict)
				}
			default:
				t.Errorf("segment %d is %q", s.Segment, s.Verdict)
			}
		}
		if c.scope.Project == "none" && len(how.Segments) > 0 || c.found > 0 && (events != 120 || len(how.Steps) == 0) {
			t.Errorf("%+v: segments of %d events, steps %v", c.scope, events, how.Steps)
		}
		if read != page.Segments || (c.found > 0) != (read > 0) && c.scope.Query == nil {
			t.Errorf("%+v: %d segments were read, the cost says %d", c.scope, read, page.Segments)
		}
	}
}
