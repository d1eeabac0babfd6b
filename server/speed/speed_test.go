package speed

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixNano()

// over makes tables of a list of events by the query language's own matcher
// and tally, which stores are held to.
func over(events []event.Event) Tables {
	return func(_ context.Context, t store.Table) (store.TableRows, error) {
		tally := t.Pipe.Tally(query.Span{From: t.From, To: t.To, Zone: t.Zone})
		match := t.Query.Matcher()
		rows := int64(0)
		for i := range events {
			if e := &events[i]; e.Time >= t.From && e.Time < t.To {
				rows++
				if match.Match(e) {
					tally.Add(e)
				}
			}
		}
		table := tally.Table()
		return store.TableRows{Table: table, Cost: store.Cost{Rows: rows, Partial: table.Partial}}, nil
	}
}

func call(at int64, kind, function string, ms float64, code string) event.Event {
	return event.Event{Time: at, Kind: event.Kind(kind), Function: function, TimeCost: ms, HasTimeCost: true, ErrorCode: code}
}

func text(k Key) string {
	s := ""
	for _, v := range k {
		if v == nil {
			s += "-/"
		} else {
			s += *v + "/"
		}
	}
	return s
}

func hour(events []event.Event) (Ask, Tables) {
	return Ask{Scope: store.Scope{Project: "p", From: noon, To: noon + int64(time.Hour)}, By: Function}, over(events)
}

func TestCallsAreCountedByKindAndKeyWithTheirFailuresAndTrend(t *testing.T) {
	var events []event.Event
	for i := range 100 {
		at := noon + int64(i)*int64(30*time.Second)
		code := ""
		if i%10 == 0 {
			code = "DENIED"
		}
		events = append(events, call(at, "call", "f", float64(i+1), code), call(at, "track", "f", 1000, ""))
	}
	events = append(events, call(noon, "call", "", 5, ""), event.Event{Time: noon, Function: "f"})
	ask, tables := hour(events)
	got, err := ask.Fetch(t.Context(), tables)
	if err != nil {
		t.Fatal(err)
	}
	if got.Groups != 3 || got.Total != 201 || got.Partial != "" || got.Step != 2*time.Minute {
		t.Errorf("%d groups, %d calls, step %v, partial %q", got.Groups, got.Total, got.Step, got.Partial)
	}
	i := slices.IndexFunc(got.Rows, func(r Row) bool { return text(r.Key) == "call/f/" })
	r := got.Rows[i]
	if r.Count != 100 || r.Failed != 10 || r.Avg != 50.5 || r.Most != 100 || math.Abs(r.P95-95) > 2 {
		t.Errorf("got %+v", r)
	}
	if len(r.Trend) != 30 || r.Trend[0] != 4 || !math.IsNaN(r.Trend[29]) {
		t.Errorf("the trend is %v", r.Trend)
	}
	if !slices.ContainsFunc(got.Rows, func(r Row) bool { return text(r.Key) == "call/-/" && r.Count == 1 }) {
		t.Errorf("the calls without a function are missing: %+v", got.Rows)
	}
}

func TestBeyondTheRowsThatAreShownGroupsAreCountedAndTheTrendIsOfTheShownOnly(t *testing.T) {
	var events []event.Event
	for i := range MaxRows + 50 {
		for n := range 1 + i%7 {
			events = append(events, call(noon+int64(n)*int64(9*time.Minute), "call", fmt.Sprintf("f%03d", i), 10, ""))
		}
	}
	ask, tables := hour(events)
	got, err := ask.Fetch(t.Context(), tables)
	if err != nil || got.Groups != MaxRows+50 || len(got.Rows) != MaxRows || got.Total != int64(len(events)) || got.Partial != "" {
		t.Fatalf("%d groups, %d rows, %d calls of %d, partial %q, %v", got.Groups, len(got.Rows), got.Total, len(events), got.Partial, err)
	}
	for _, r := range got.Rows {
		if math.IsNaN(slices.Max(nonNaN(r.Trend))) || r.Count < got.Rows[MaxRows-1].Count {
			t.Fatalf("row %s: %+v", text(r.Key), r)
		}
	}
}

func nonNaN(list []float64) []float64 {
	return append([]float64{math.NaN()}, slices.DeleteFunc(slices.Clone(list), math.IsNaN)...)[min(1, len(list)):]
}

func TestAskersSeeOnlyTheCallsThatTheirQueryFinds(t *testing.T) {
	ask, tables := hour([]event.Event{call(noon, "call", "f", 1, ""), call(noon, "call", "g", 1, "X")})
	q, err := query.Parse("function:g or function:h")
	if err != nil {
		t.Fatal(err)
	}
	ask.Query = q
	got, err := ask.Fetch(t.Context(), tables)
	if err != nil || len(got.Rows) != 1 || text(got.Rows[0].Key) != "call/g/" || got.Rows[0].Failed != 1 {
		t.Errorf("got %+v, %v", got.Rows, err)
	}
}

func TestNoCallIsNoError(t *testing.T) {
	ask, tables := hour(nil)
	for _, by := range Groupings {
		ask.By = by
		calls, err := ask.Fetch(t.Context(), tables)
		usual, err2 := ask.FetchUsual(t.Context(), tables)
		modules, err3 := ask.FetchModules(t.Context(), tables)
		if err != nil || err2 != nil || err3 != nil || len(calls.Rows)+len(usual.Groups)+len(modules.Rows) > 0 {
			t.Errorf("by %s: %v %v %v", by, err, err2, err3)
		}
	}
}

func TestKeysWithOddSignsAreToldApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.Just[*string](nil), rapid.Map(rapid.StringMatching(`[-"\\a ]{0,3}`), func(s string) *string { return &s }))
		draw := func(name string) Key { return Key(rapid.SliceOfN(part, 3, 3).Draw(t, name)) }
		a, b := draw("a"), draw("b")
		same := true
		for i := range a {
			same = same && (a[i] == nil) == (b[i] == nil) && (a[i] == nil || *a[i] == *b[i])
		}
		if same != (a.id() == b.id()) {
			t.Fatalf("%q and %q", a.id(), b.id())
		}
	})
}
