package api

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// A memStore is a store in memory, built on the query language's own matcher.
type memStore struct {
	mu     sync.Mutex
	events []event.Event
	ranges []projectRange
	asked  map[string]int // projects, and how often they were asked about
	// before runs before a question is answered, without the lock.
	before func(ctx context.Context) error
	pages  int // events of a page at most; 0: as asked
	// partial is why every answer lacks events; stuck is why no page comes
	// any further.
	partial, stuck string
}

var _ store.Store = (*memStore)(nil)

func (m *memStore) Write(_ context.Context, b *event.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b.Events = slices.DeleteFunc(b.Events, func(e event.Event) bool {
		return slices.ContainsFunc(m.events, func(o event.Event) bool { return o.Project == e.Project && o.ID() == e.ID() })
	})
	m.events = append(m.events, b.Events...)
	for _, r := range b.Streams {
		m.ranges = append(m.ranges, projectRange{b.Project, r})
	}
	slices.SortFunc(m.events, func(a, b event.Event) int { return event.Compare(&a, &b) })
	return nil
}

// ask gives the matching events in event order.
func (m *memStore) ask(ctx context.Context, s store.Scope) ([]event.Event, error) {
	m.mu.Lock()
	if m.asked == nil {
		m.asked = map[string]int{}
	}
	m.asked[s.Project]++
	before := m.before
	m.mu.Unlock()
	if before != nil {
		if err := before(ctx); err != nil {
			return nil, err
		}
	}
	match := func(*event.Event) bool { return true }
	if s.Query != nil {
		match = s.Query.Matcher().Match
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []event.Event
	for i := range m.events {
		if e := &m.events[i]; e.Project == s.Project && e.Time >= s.From && e.Time < s.To && match(e) {
			out = append(out, *e)
		}
	}
	return out, nil
}

func (m *memStore) Search(ctx context.Context, s store.Search) (store.Page, error) {
	all, err := m.ask(ctx, s.Scope)
	if err != nil {
		return store.Page{}, err
	}
	if !s.Ascending {
		slices.Reverse(all)
	}
	if s.After != nil {
		after := event.Event{Time: s.After.Time, Stream: s.After.Stream, Seq: s.After.Seq, IDBase: s.After.IDBase, IDNum: s.After.IDNum}
		for len(all) > 0 {
			if c := event.Compare(&all[0], &after); s.Ascending && c > 0 || !s.Ascending && c < 0 {
				break
			}
			all = all[1:]
		}
	}
	if s.Explain != nil {
		s.Explain.Steps = []store.ExplainStep{{Name: "plan", Detail: "all is in memory"}, {Name: "look", Rows: int64(len(all))}}
		s.Explain.Segments = []store.ExplainSegment{{Segment: 1, State: "active", Events: int64(len(all)), Verdict: store.SegmentRead, Candidates: -1}}
	}
	page := store.Page{Cost: store.Cost{Segments: 1, SegmentsTotal: 1, Rows: int64(len(all))}}
	n := s.Limit
	if m.pages > 0 {
		n = min(n, m.pages)
	}
	if len(all) > n {
		all = all[:n]
		next := store.At(&all[n-1])
		page.Next = &next
	}
	page.Events, page.Partial = all, m.partial
	if m.stuck != "" {
		return store.Page{Next: &store.Position{Time: s.To}, Cost: store.Cost{Partial: m.stuck}}, nil
	}
	return page, nil
}

func (m *memStore) Event(ctx context.Context, project, id string) (event.Event, error) {
	all, err := m.ask(ctx, store.Scope{Project: project, From: -1 << 63, To: 1<<63 - 1})
	if err != nil {
		return event.Event{}, err
	}
	for _, e := range all {
		if e.ID() == id {
			return e, nil
		}
	}
	return event.Event{}, store.ErrNotFound
}

func (m *memStore) Histogram(ctx context.Context, h store.Histogram) (store.Buckets, error) {
	all, err := m.ask(ctx, h.Scope)
	if err != nil {
		return store.Buckets{}, err
	}
	step := int64(h.Step)
	b := store.Buckets{From: h.From, Step: h.Step, Counts: make([][event.NumLevels]int64, (h.To-h.From+step-1)/step)}
	for i := range all {
		b.Counts[(all[i].Time-h.From)/step][all[i].Level]++
	}
	b.Cost = store.Cost{Segments: 1, SegmentsTotal: 1, Rows: int64(len(all))}
	return b, nil
}

func (m *memStore) Values(ctx context.Context, v store.Values) (store.FieldValues, error) {
	all, err := m.ask(ctx, v.Scope)
	if err != nil {
		return store.FieldValues{}, err
	}
	out := store.FieldValues{Cost: store.Cost{Segments: 1, SegmentsTotal: 1, Rows: int64(len(all))}}
	for _, f := range v.Fields {
		var c store.FieldCount
		counts := map[string]int64{}
		for i := range all {
			if s := valueOf(&all[i], f); s != "" {
				c.Present++
				counts[s]++
			}
		}
		c.Distinct = int64(len(counts))
		for value, n := range counts {
			c.Values = append(c.Values, store.ValueCount{Value: value, Count: n})
		}
		slices.SortFunc(c.Values, func(a, b store.ValueCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
		})
		c.Values = c.Values[:min(len(c.Values), v.Limit)]
		out.Fields = append(out.Fields, c)
	}
	return out, nil
}

func (m *memStore) Facets(ctx context.Context, f store.Facets) (store.FacetAnswer, error) {
	if err := f.Check(); err != nil {
		return store.FacetAnswer{}, err
	}
	all, err := m.ask(ctx, f.Scope)
	if err != nil {
		return store.FacetAnswer{}, err
	}
	tally := store.NewFacetTally(f)
	for i := range all {
		tally.Add(&all[i])
	}
	out := tally.Answer(1)
	out.Cost = store.Cost{Segments: 1, SegmentsTotal: 1, Rows: int64(len(all))}
	return out, nil
}

func (m *memStore) Keys(ctx context.Context, k store.Keys) (store.KeyAnswer, error) {
	all, err := m.ask(ctx, k.Scope)
	if err != nil {
		return store.KeyAnswer{}, err
	}
	tally := store.NewKeyTally()
	for i := range all {
		tally.Add(&all[i])
	}
	return tally.Answer(1), nil
}

func (m *memStore) Table(ctx context.Context, t store.Table) (store.TableRows, error) {
	all, err := m.ask(ctx, t.Scope)
	if err != nil {
		return store.TableRows{}, err
	}
	tally := t.Pipe.Tally(query.Span{From: t.From, To: t.To, Zone: t.Zone})
	for i := range all {
		tally.Add(&all[i])
	}
	table := tally.Table()
	return store.TableRows{Table: table, Cost: store.Cost{Segments: 1, SegmentsTotal: 1, Rows: int64(len(all)), Partial: table.Partial}}, nil
}

// valueOf reads columns of one value, and strings at the top of data.
func valueOf(e *event.Event, f query.Field) string {
	switch {
	case f.Column == event.FieldLevel:
		return e.Level.String()
	case f.Column != event.NoField:
		return e.String(f.Column)
	}
	var data map[string]any
	if json.Unmarshal([]byte(e.Data), &data) != nil {
		return ""
	}
	s, _ := data[f.Path].(string)
	return s
}

func (m *memStore) Seen(context.Context, string, string) (store.Seen, error) {
	return store.Seen{}, nil
}

// A projectRange is a range that was written.
type projectRange struct {
	project string
	event.StreamRange
}

// Streams tells of streams that were written in one range, all of it stored
// but what was left out.
func (m *memStore) Streams(ctx context.Context, q store.StreamsQuestion, each func(*store.Stream) error) error {
	if _, err := m.ask(ctx, store.Scope{Project: q.Project}); err != nil {
		return err
	}
	m.mu.Lock()
	ranges := slices.Clone(m.ranges)
	m.mu.Unlock()
	for _, r := range ranges {
		x := store.Stream{Name: r.Stream, Day: store.StreamDay(r.Stream, store.DayOf(noon)), App: r.App, SDK: r.SDK}
		if r.project != q.Project || x.Day < q.From || x.Day > q.To || q.Name != "" && q.Name != x.Name {
			continue
		}
		x.Highest, x.Closed, x.Omitted = r.To, r.Closed, r.Omitted
		from := r.From
		for _, o := range r.Omitted {
			if o.From > from {
				x.Stored = append(x.Stored, store.Span{From: from, To: o.From - 1})
			}
			from = o.To + 1
		}
		if from <= r.To {
			x.Stored = append(x.Stored, store.Span{From: from, To: r.To})
		}
		if err := each(&x); err != nil {
			return err
		}
	}
	return nil
}

func (m *memStore) DeadLetters(context.Context, string, int) ([]event.DeadLetter, error) {
	return nil, nil
}

func (m *memStore) Stats() store.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return store.Stats{Events: int64(len(m.events))}
}

func (m *memStore) Close() error { return nil }

// projects lists what the store was asked about since the last call.
func (m *memStore) projects() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for p := range m.asked {
		out = append(out, p)
	}
	m.asked = nil
	slices.Sort(out)
	return out
}
