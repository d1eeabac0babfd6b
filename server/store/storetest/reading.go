package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
	"github.com/clewline/clewline/server/store"
)

func parse(t testing.TB, text string) *query.Query {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	return q
}

// tangled gives events that are hard to tell apart: equal times, streams,
// bases; in no order.
func tangled(n int) []event.Event {
	events := make([]event.Event, 0, n)
	for i := range n {
		k := i * 7919 % n
		e := event.Event{Project: "acme", Time: noon.UnixNano() + int64(k/9)*int64(90*time.Second), Msg: fmt.Sprint("event ", k), Level: event.Level(k % event.NumLevels)}
		switch k % 3 {
		case 0:
			e.Stream, e.Seq = fmt.Sprint("stream", k%2), uint64(k+1)
		case 1:
			e.IDBase, e.IDNum = fmt.Sprint("base", k%2), uint64(k+1)
		default:
			e.IDBase = fmt.Sprint("own", k)
		}
		events = append(events, e)
	}
	return events
}

func testPaging(t *testing.T, open Open) {
	f := newFixture(t, open, 30)
	events := tangled(100)
	for part := range slices.Chunk(slices.Clone(events), 17) {
		f.write(&event.Batch{Project: "acme", Events: part})
	}
	f.settled()
	want := ordered(events, "acme")
	for _, limit := range []int{1, 7, 99, 100, 101, store.MaxPage} {
		same(t, want, f.all(store.Search{Scope: always, Limit: limit, Ascending: true}))
		same(t, reversed(want), f.all(store.Search{Scope: always, Limit: limit}))
	}
	// A query, with a part that only data can answer.
	q := parse(t, `event and not level:info and not x.y:1`)
	var some []event.Event
	for _, e := range want {
		if e.Level != event.Info {
			some = append(some, e)
		}
	}
	for _, limit := range []int{3, 1000} {
		same(t, some, f.all(store.Search{Scope: within(always, q), Limit: limit, Ascending: true}))
		same(t, reversed(some), f.all(store.Search{Scope: within(always, q), Limit: limit}))
	}
	// From any event on, whichever way.
	for i := 0; i < len(want); i += 23 {
		at := store.At(&want[i])
		same(t, want[i+1:], f.all(store.Search{Scope: always, After: &at, Ascending: true}))
		same(t, reversed(want[:i]), f.all(store.Search{Scope: always, After: &at}))
	}
}

func testHalfOpen(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	var events []event.Event
	for i := range 10 {
		events = append(events, event.Event{Project: "acme", IDBase: "b", IDNum: uint64(i + 1), Time: noon.UnixNano() + int64(i)})
	}
	f.write(&event.Batch{Project: "acme", Events: slices.Clone(events)})
	for from := range 11 {
		for to := range 11 {
			scope := store.Scope{Project: "acme", From: noon.UnixNano() + int64(from), To: noon.UnixNano() + int64(to)}
			same(t, events[from:max(from, to)][:max(0, min(10, to)-from)], f.all(store.Search{Scope: scope, Ascending: true}))
		}
	}
}

func testProjects(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	want := map[string][]event.Event{}
	for _, project := range []string{"acme", "beta", "坐席", "ac'me"} {
		for i := range 3 {
			b := track("20261120-shared", uint64(i*5+1), uint64(i*5+5))
			b.Project = project
			for k := range b.Events {
				b.Events[k].Project, b.Events[k].Account = project, project
			}
			want[project] = append(want[project], b.Events...)
			f.write(b)
			if len(b.Events) != 5 {
				t.Fatalf("%s: the other project's stream has swallowed %d events", project, 5-len(b.Events))
			}
		}
	}
	for project, events := range want {
		scope := always
		scope.Project = project
		same(t, events, f.all(store.Search{Scope: scope, Ascending: true}))
		values, err := f.Values(t.Context(), store.Values{Scope: scope, Fields: []query.Field{query.Resolve("account")}, Limit: 9})
		if err != nil || len(values.Fields[0].Values) != 1 || values.Fields[0].Values[0] != (store.ValueCount{Value: project, Count: 15}) {
			t.Fatalf("%s: accounts %+v, %v", project, values, err)
		}
		if got := f.total(scope); got != 15 {
			t.Fatalf("%s: the histogram counts %d, want 15", project, got)
		}
	}
	if got := f.all(store.Search{Scope: store.Scope{Project: "none", From: 0, To: 1 << 62}}); len(got) != 0 {
		t.Fatalf("a project without events has %d", len(got))
	}
}

// total sums a histogram over a scope in as few steps as it may have.
func (f *fixture) total(scope store.Scope) (n int64) {
	f.t.Helper()
	h, err := f.Histogram(f.t.Context(), store.Histogram{Scope: scope, Step: time.Duration((scope.To-scope.From)/store.MaxBuckets + 1)})
	if err != nil || h.Partial != "" {
		f.t.Fatalf("histogram: %v %s", err, h.Partial)
	}
	for _, bucket := range h.Counts {
		for _, c := range bucket {
			n += c
		}
	}
	return n
}

func testHistogram(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	events := tangled(150)
	for part := range slices.Chunk(slices.Clone(events), 40) {
		f.write(&event.Batch{Project: "acme", Events: part})
	}
	f.settled()
	for _, text := range []string{"", "level:warn", "event", "not x:1 and not level:error", "nothing"} {
		var q *query.Query
		if text != "" {
			q = parse(t, text)
		}
		for _, step := range []time.Duration{time.Second, time.Minute, 7 * time.Minute, 24 * time.Hour} {
			scope := store.Scope{Project: "acme", From: noon.UnixNano() + int64(30*time.Second), To: noon.UnixNano() + int64(20*time.Minute), Query: q}
			h, err := f.Histogram(t.Context(), store.Histogram{Scope: scope, Step: step})
			if err != nil || h.Partial != "" {
				t.Fatalf("%q by %v: %v %s", text, step, err, h.Partial)
			}
			want := make([][event.NumLevels]int64, (int64(20*time.Minute-30*time.Second)-1)/int64(step)+1)
			for _, e := range f.all(store.Search{Scope: scope}) {
				want[(e.Time-scope.From)/int64(step)][e.Level]++
			}
			if !slices.Equal(h.Counts, want) || h.From != scope.From || h.Step != step {
				t.Fatalf("%q by %v: %v, want %v", text, step, h.Counts, want)
			}
		}
	}
}

func testValues(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	var events []event.Event
	for i := range 60 {
		e := event.Event{Project: "acme", IDBase: "v", IDNum: uint64(i + 1), Time: noon.UnixNano() + int64(i), Level: event.Level(i % 4), Flags: event.Flags(i % 4)}
		if i%2 == 0 {
			e.Account = fmt.Sprint("acct", i%6)
			e.FilePath = []string{fmt.Sprint("f", i%4), "same", "same"}
			e.TimeCost, e.HasTimeCost = float64(i%3)/2, true
		}
		e.Data = fmt.Sprintf(`{"region":"r%d","n":{"x":%d.0,"ok":%t},"items":[{"p":1},{"p":"two"},{"p":1}],"empty":""}`, i%5, i%2, i%3 == 0)
		e.DeriveWords()
		events = append(events, e)
	}
	for part := range slices.Chunk(slices.Clone(events), 13) {
		f.write(&event.Batch{Project: "acme", Events: part})
	}
	for range 2 {
		for _, text := range []string{"", "level:info or level:debug", "region:r1"} {
			var q *query.Query
			if text != "" {
				q = parse(t, text)
			}
			got, err := f.Values(t.Context(), store.Values{Scope: within(always, q), Limit: 3, Fields: []query.Field{
				query.Resolve("account"), query.Resolve("level"), query.Resolve("filePath"), query.Resolve("flags"), query.Resolve("timeCost"),
				query.Resolve("user"), query.Resolve("id"), query.Resolve("time")}})
			if err != nil || got.Partial != "" {
				t.Fatalf("%q: %v %s", text, err, got.Partial)
			}
			data, err := f.Values(t.Context(), store.Values{Scope: within(always, q), Limit: 3, Fields: []query.Field{
				query.Resolve("region"), query.Resolve("n.x"), query.Resolve("data.n.ok"), query.Resolve("items.p"), query.Resolve("empty"), query.Resolve("nowhere")}})
			if err != nil || data.Partial != "" {
				t.Fatalf("%q: %v %s", text, err, data.Partial)
			}
			want := count(f.all(store.Search{Scope: within(always, q), Limit: 1000}), 3)
			for i, c := range append(got.Fields, data.Fields...) {
				if c.Present != want[i].Present || c.Distinct != want[i].Distinct || !slices.Equal(c.Values, want[i].Values) {
					t.Errorf("%q, field %d: %+v, want %+v", text, i, c, want[i])
				}
			}
		}
		f.settled()
		f.reopen()
	}
}

// count does by hand what testValues asks for.
func count(events []event.Event, limit int) []store.FieldCount {
	pick := []func(*event.Event) []string{
		func(e *event.Event) []string { return []string{e.Account} },
		func(e *event.Event) []string { return []string{e.Level.String()} },
		func(e *event.Event) []string { return e.FilePath },
		func(e *event.Event) []string { return e.Flags.Names() },
		func(e *event.Event) []string {
			if !e.HasTimeCost {
				return nil
			}
			return []string{fmt.Sprint(e.TimeCost)}
		},
		func(e *event.Event) []string { return []string{e.User} },
		func(e *event.Event) []string { return []string{e.ID()} },
		func(e *event.Event) []string { return []string{string(event.AppendTime(nil, e.Time))} },
		func(e *event.Event) []string { return []string{fmt.Sprint("r", (e.IDNum-1)%5)} },
		func(e *event.Event) []string { return []string{fmt.Sprint((e.IDNum - 1) % 2)} },
		func(e *event.Event) []string { return []string{fmt.Sprint((e.IDNum-1)%3 == 0)} },
		func(e *event.Event) []string { return []string{"1", "two"} },
		func(e *event.Event) []string { return nil },
		func(e *event.Event) []string { return nil },
	}
	out := make([]store.FieldCount, len(pick))
	for i, values := range pick {
		counts := map[string]int64{}
		for k := range events {
			list := slices.Compact(slices.Sorted(slices.Values(values(&events[k]))))
			list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
			if len(list) > 0 {
				out[i].Present++
			}
			for _, s := range list {
				counts[s]++
			}
		}
		out[i].Distinct = int64(len(counts))
		for s, n := range counts {
			out[i].Values = append(out[i].Values, store.ValueCount{Value: s, Count: n})
		}
		slices.SortFunc(out[i].Values, func(a, b store.ValueCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		out[i].Values = out[i].Values[:min(limit, len(out[i].Values))]
	}
	return out
}

func testCancel(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	f.write(&event.Batch{Project: "acme", Events: tangled(100)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	field := []query.Field{query.Resolve("msg")}
	_, e1 := f.Search(ctx, store.Search{Scope: always, Limit: 10})
	_, e2 := f.Histogram(ctx, store.Histogram{Scope: always, Step: 1 << 61})
	_, e3 := f.Values(ctx, store.Values{Scope: always, Fields: field, Limit: 1})
	_, e4 := f.Event(ctx, "acme", "own2")
	_, e5 := f.Seen(ctx, "acme", "stream0")
	_, e6 := f.DeadLetters(ctx, "acme", 1)
	_, e7 := f.Table(ctx, store.Table{Scope: always, Pipe: pipe(t, "| count by level")})
	for i, err := range []error{e1, e2, e3, e4, e5, e6, e7} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("question %d: %v, want context.Canceled", i+1, err)
		}
	}
	// A deadline that is over makes an answer partial, or is its error.
	ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if page, err := f.Search(ctx, store.Search{Scope: always, Limit: 10}); err == nil && page.Partial == "" || err != nil && !isContext(err) {
		t.Errorf("past the deadline: %+v, %v", page.Cost, err)
	}
	if got := f.all(store.Search{Scope: always}); len(got) != 100 {
		t.Fatalf("%d events afterwards", len(got))
	}
}

func testBadQuestions(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	for _, limit := range []int{0, -1, store.MaxPage + 1} {
		if _, err := f.Search(t.Context(), store.Search{Scope: always, Limit: limit}); err == nil {
			t.Errorf("a search with limit %d is answered", limit)
		}
	}
	for _, h := range []store.Histogram{
		{Scope: always, Step: 0}, {Scope: always, Step: -1}, {Scope: always, Step: 1},
		{Scope: store.Scope{Project: "acme", From: 5, To: 5}, Step: 1},
	} {
		if _, err := f.Histogram(t.Context(), h); err == nil {
			t.Errorf("the histogram %+v is answered", h)
		}
	}
}

func testAtomicity(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	const batches, size = 30, 25
	written := make(chan error, 1)
	go func() {
		for i := range batches {
			b := keyed(fmt.Sprint("atom", i), size)
			for k := range b.Events {
				b.Events[k].Session = fmt.Sprint("atom", i)
			}
			if err := f.tryWrite(b); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	session := []query.Field{query.Resolve("session")}
	for done := false; !done; {
		select {
		case err := <-written:
			if err != nil {
				t.Fatal(err)
			}
			done = true
		default:
		}
		got, err := f.Values(t.Context(), store.Values{Scope: always, Fields: session, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range got.Fields[0].Values {
			if v.Count != size {
				t.Fatalf("%d of %d events of a batch are to be seen", v.Count, size)
			}
		}
		if done && len(got.Fields[0].Values) != batches {
			t.Fatalf("%d batches, want %d", len(got.Fields[0].Values), batches)
		}
	}
}

func testConcurrency(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	const writers, rounds, size = 8, 12, 7
	var wg sync.WaitGroup
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				page, err := f.Search(t.Context(), store.Search{Scope: always, Limit: 50})
				if err != nil {
					t.Error(err)
					return
				}
				if !slices.IsSortedFunc(page.Events, func(a, b event.Event) int { return event.Compare(&b, &a) }) {
					t.Error("a page is out of order")
				}
				if _, err := f.Histogram(t.Context(), store.Histogram{Scope: always, Step: 1 << 55}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for w := range writers {
		wg.Go(func() {
			for r := range rounds {
				for range 2 { // each batch and its retry
					if err := f.tryWrite(track(fmt.Sprint("20261120-w", w), uint64(r*size+1), uint64(r*size+size))); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	readers.Wait()
	if got := f.all(store.Search{Scope: always}); len(got) != writers*rounds*size {
		t.Fatalf("%d events, want %d", len(got), writers*rounds*size)
	}
	f.settled()
	f.reopen()
	if got := f.all(store.Search{Scope: always}); len(got) != writers*rounds*size {
		t.Fatalf("%d events after reopening, want %d", len(got), writers*rounds*size)
	}
	if n := f.Stats().Events; n != writers*rounds*size {
		t.Fatalf("Stats tells of %d events, want %d", n, writers*rounds*size)
	}
}

func testSearchAgrees(t *testing.T, open Open) {
	f := newFixture(t, open, 100)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		scope := always
		scope.Project = fmt.Sprint("p", round) // the store grows, and stays one
		var events []event.Event
		for _, e := range querytest.Events().Draw(r, "events") {
			e.Project = scope.Project
			events = append(events, e)
		}
		f.write(&event.Batch{Project: scope.Project, Events: slices.Clone(events)})
		want := ordered(events, scope.Project)
		for range 4 {
			scope.Query = querytest.Query(events...).Draw(r, "query")
			if rapid.Bool().Draw(r, "by way of Lucene") {
				scope.Query = parse(t, querytest.Lucene(scope.Query))
			}
			m := scope.Query.Matcher()
			var matching []event.Event
			var levels [event.NumLevels]int64
			for i := range want {
				if m.Match(&want[i]) {
					matching = append(matching, want[i])
					levels[want[i].Level]++
				}
			}
			limit := rapid.IntRange(1, 5).Draw(r, "limit")
			same(t, matching, f.all(store.Search{Scope: scope, Limit: limit, Ascending: true}))
			same(t, reversed(matching), f.all(store.Search{Scope: scope, Limit: limit}))
			h, err := f.Histogram(t.Context(), store.Histogram{Scope: scope, Step: 1 << 62})
			if err != nil || h.Counts[0] != levels {
				r.Fatalf("%s: the histogram counts %v, want %v (%v)", scope.Query.Text, h.Counts, levels, err)
			}
		}
	})
}
