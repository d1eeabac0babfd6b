package querytest

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Sequence gives sequences about the events. Each was printed and parsed, so
// it is one that could be typed.
func Sequence(events ...event.Event) *rapid.Generator[*query.Sequence] {
	return rapid.Custom(func(t *rapid.T) *query.Sequence {
		part := func(name string) *query.Query {
			if maybe(t) { // what is frequent, so that chains form
				q, err := query.Parse(rapid.SampledFrom([]string{"*", "*", "level >= warn", "level < warn", "errorMsg:*", "not data:*"}).Draw(t, name))
				if err != nil {
					t.Fatal(err)
				}
				return q
			}
			return Query(events...).Draw(t, name)
		}
		within := func(name string) time.Duration {
			return rapid.SampledFrom([]time.Duration{time.Millisecond, time.Minute, time.Hour, 3 * time.Hour, 24 * time.Hour, 24 * time.Hour}).Draw(t, name)
		}
		s := &query.Sequence{
			By:       query.Resolve(rapid.SampledFrom([]string{"level", "level", "invoker", "invoker", "session", "account", "kind", "filePath", "a", "a.b", "键", "x y", "seq"}).Draw(t, "by")),
			First:    part("first"),
			Lateness: rapid.SampledFrom([]time.Duration{0, query.Lateness, time.Hour}).Draw(t, "lateness"),
		}
		for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "steps") {
			s.Steps = append(s.Steps, query.Step{Not: maybe(t), Query: part("step"), Within: within("within")})
		}
		read, err := query.ParseStatement(s.String())
		if err != nil || read.Sequence == nil {
			t.Fatalf("the generated sequence %q: %v", s, err)
		}
		return read.Sequence
	})
}

// A FoundRow is a row of a sequence, by the ids of its events.
type FoundRow struct {
	First string
	Then  []string
}

// Found gives a row by the ids of its events.
func Found(r query.Row) FoundRow {
	out := FoundRow{First: r.First.ID()}
	for _, e := range r.Then {
		out.Then = append(out.Then, e.ID())
	}
	return out
}

// FollowSlowly is a sequence a second time, as plain as can be: for each first
// event it looks at all events behind it, for each step. The rows are in the
// order of their first events.
func FollowSlowly(s *query.Sequence, about query.Following, events []event.Event) (rows []FoundRow, undecided int64) {
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b event.Event) int { return event.Compare(&a, &b) })
	keys := make([][]string, len(events))
	for i := range events {
		keys[i] = keysOf(s.By, &events[i])
	}
	known := about.Now - int64(s.Lateness)
	for i := range events {
		first := &events[i]
		if first.Time < about.From || first.Time >= about.To || len(keys[i]) == 0 || !s.First.Matcher().Match(first) {
			continue
		}
		// after gives the first event behind at that fits, up to a time.
		after := func(at int, q *query.Query, end int64) int {
			for j := at + 1; j < len(events) && events[j].Time <= end; j++ {
				if slices.ContainsFunc(keys[j], func(k string) bool { return slices.Contains(keys[i], k) }) && q.Matcher().Match(&events[j]) {
					return j
				}
			}
			return -1
		}
		row, at := FoundRow{First: first.ID()}, i
		violated, missing, open := false, false, false
		for _, step := range s.Steps {
			end := events[at].Time + int64(step.Within)
			j := after(at, step.Query, end)
			switch {
			case step.Not && j >= 0:
				violated = true
			case step.Not:
				open = open || end > known
			case j >= 0:
				row.Then, at = append(row.Then, events[j].ID()), j
			default:
				missing = end <= known
				open = open || end > known
			}
			if !step.Not && j < 0 {
				break
			}
		}
		switch {
		case violated, missing:
		case open:
			undecided++
		default:
			rows = append(rows, row)
		}
	}
	return rows, undecided
}

// keysOf asks the tables for the values of a field: they have their own tests.
func keysOf(f query.Field, e *event.Event) (keys []string) {
	p := &query.Pipe{Aggs: []query.Agg{{Func: query.Count}}, By: []query.Key{{Field: f}}}
	tally := p.Tally(query.Span{From: e.Time, To: e.Time + 1})
	tally.Add(e)
	for _, row := range tally.Table().Rows {
		if row[0].Text != "" {
			keys = append(keys, row[0].Text)
		}
	}
	return keys
}
