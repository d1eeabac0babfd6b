package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
	"github.com/clewline/clewline/server/store"
)

// reference makes a table of events in memory.
func reference(ask store.Table, events []event.Event) query.Table {
	match := func(*event.Event) bool { return true }
	if ask.Query != nil {
		match = ask.Query.Matcher().Match
	}
	tally := ask.Pipe.Tally(query.Span{From: ask.From, To: ask.To, Zone: ask.Zone})
	for i := range events {
		if e := &events[i]; e.Project == ask.Project && match(e) {
			tally.Add(e)
		}
	}
	return tally.Table()
}

// sameTable compares tables; what is said to be approximate may differ by the
// 2 % that are promised, and sums by what the order of adding makes.
func sameTable(got, want query.Table) string {
	if d := gocmp.Diff(names(want), names(got)); d != "" {
		return d
	}
	if len(got.Rows) != len(want.Rows) {
		return fmt.Sprintf("%d rows, want %d: %v, want %v", len(got.Rows), len(want.Rows), got.Rows, want.Rows)
	}
	tolerance := 1e-9
	if got.Approximate || want.Approximate {
		tolerance = 0.02
	}
	for i, row := range got.Rows {
		for k, c := range row {
			w := want.Rows[i][k]
			a, e1 := strconv.ParseFloat(c.Text, 64)
			b, e2 := strconv.ParseFloat(w.Text, 64)
			if c.Type != w.Type || c.Text != w.Text && (c.Type != query.NumberColumn || e1 != nil || e2 != nil || math.Abs(a-b) > tolerance*math.Abs(b)) {
				return fmt.Sprintf("row %d, %s: %q, want %q", i, got.Columns[k].Name, c.Text, w.Text)
			}
		}
	}
	return ""
}

func names(t query.Table) (names []string) {
	for _, c := range t.Columns {
		names = append(names, c.Name+" "+string(c.Type))
	}
	return names
}

func (f *fixture) table(ask store.Table) query.Table {
	f.t.Helper()
	got, err := f.Table(f.t.Context(), ask)
	if err != nil || got.Partial != "" {
		f.t.Fatalf("%s: %v %s", ask.Pipe, err, got.Partial)
	}
	return got.Table
}

func pipe(t testing.TB, text string) *query.Pipe {
	t.Helper()
	_, p, err := query.ParsePiped(text)
	if err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	return p
}

func testTables(t *testing.T, open Open) {
	f := newFixture(t, open, 60)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		scope := store.Scope{Project: fmt.Sprint("p", round), From: querytest.Begin + int64(10*time.Minute), To: querytest.Begin + int64(querytest.Span)}
		var events []event.Event
		for range rapid.IntRange(1, 2).Draw(r, "batches") {
			for _, e := range querytest.Events().Draw(r, "events") {
				e.Project = scope.Project
				e.IDBase += fmt.Sprint("r", len(events)) // the batches have different ids
				if e.Stream != "" {
					e.IDBase, e.Seq = "", e.Seq+100*uint64(len(events)+1)
				}
				events = append(events, e)
			}
		}
		for part := range slices.Chunk(slices.Clone(events), 5) {
			f.write(&event.Batch{Project: scope.Project, Events: slices.Clone(part)})
		}
		for range 4 {
			ask := store.Table{Scope: scope, Pipe: querytest.Pipe().Draw(r, "pipe"), Zone: time.FixedZone("", rapid.SampledFrom([]int{0, 28_800, -12_600}).Draw(r, "zone"))}
			if rapid.Bool().Draw(r, "with a query") {
				ask.Query = querytest.Query(events...).Draw(r, "query")
			}
			got, err := f.Table(t.Context(), ask)
			want := reference(ask, events)
			if err != nil || got.Partial != want.Partial {
				r.Fatalf("%s: %v %q, want %q", ask.Pipe, err, got.Partial, want.Partial)
			}
			if d := sameTable(got.Table, want); d != "" {
				r.Fatalf("%v %s: %s", ask.Query, ask.Pipe, d)
			}
		}
	})
}

func testBigTable(t *testing.T, open Open) {
	f := newFixture(t, open, 4000)
	var events []event.Event
	for i := range 20_000 {
		e := event.Event{
			Project: "acme", IDBase: "big", IDNum: uint64(i + 1), Time: noon.UnixNano() + int64(i)*int64(time.Second)/3,
			Level: event.Level(i * 7 % event.NumLevels), Service: []string{"", "storage", "a-service-with-a-long-name", "数据库"}[i%4],
			User: fmt.Sprint("user", i*31%5000), Data: fmt.Sprintf(`{"bytes":%d,"region":"r%d"}`, i*i%10_007, i%3),
		}
		if i%4 > 0 {
			e.TimeCost, e.HasTimeCost = math.Exp(float64(i*7919%1000)/100), true
		}
		if i%16 == 0 {
			e.Project = "beta"
		}
		events = append(events, e)
	}
	for part := range slices.Chunk(slices.Clone(events), 3000) {
		byProject := map[string][]event.Event{}
		for _, e := range part {
			byProject[e.Project] = append(byProject[e.Project], e)
		}
		for project, list := range byProject {
			f.write(&event.Batch{Project: project, Events: list})
		}
	}
	for range 2 {
		for _, text := range []string{
			"| count",
			"| count by level, time(10m)",
			"| p50(timeCost), p95(timeCost), p99(timeCost) by service, time(10m)",
			"| p50(timeCost), min(timeCost), max(timeCost), avg(timeCost), sum(timeCost), count by service",
			"| top 20 user",
			"| distinct(user), rate by service",
			"| max(bytes), p90(bytes), distinct(region), count by region, level",
			"| max(seq), count by id | sort id | limit 7",
			"| count by service, user | sort count desc, user, service | limit 50",
		} {
			for _, q := range []*query.Query{nil, parse(t, "level >= warn and not service:storage")} {
				ask := store.Table{Scope: store.Scope{Project: "acme", From: noon.UnixNano() + int64(3*time.Minute), To: noon.UnixNano() + int64(100*time.Minute), Query: q}, Pipe: pipe(t, text)}
				want := reference(ask, events)
				if d := sameTable(f.table(ask), want); d != "" {
					t.Errorf("%v %s: %s", q, text, d)
				}
			}
		}
		f.settled()
		f.reopen()
	}
	// Nothing of another project, and nothing of no time.
	empty := f.table(store.Table{Scope: store.Scope{Project: "none", From: noon.UnixNano(), To: noon.UnixNano() + 1}, Pipe: pipe(t, "| count by level")})
	if b, _ := json.Marshal(empty.Rows); string(b) != "[]" {
		t.Errorf("a project without events has %s", b)
	}
	ask := store.Table{Scope: store.Scope{Project: "acme", From: 0, To: noon.UnixNano()}, Pipe: pipe(t, "| count by time(1ms)")}
	if _, err := f.Table(t.Context(), ask); err == nil || !errors.As(err, new(*query.SpanError)) {
		t.Errorf("too many steps are answered with %v", err)
	}
	ask.To = ask.From
	if _, err := f.Table(t.Context(), ask); err == nil {
		t.Error("a table of no time is made")
	}
}
