package api

import (
	"context"
	"slices"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// What may be spent on telling who found nothing what comes close.
const (
	nearLooking  = 400 * time.Millisecond // on finding out what has hits
	nearCounting = 300 * time.Millisecond // on counting those that are told
	maxNearTold  = 3                      // queries; and one of another time
	namesLooking = 300 * time.Millisecond // on the names in data
)

// A nearQuery is what would have found something.
type nearQuery struct {
	Q   string `json:"q"`
	Why string `json:"why"` // field, level, part, words, without, earlier or later
	// From and To are a range, of the same length, where the query that found
	// nothing does.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Count is the events that it finds; absent when counting them took too
	// long. More says that there are more.
	Count *int64 `json:"count,omitempty"`
	More  bool   `json:"more,omitempty"`
}

// advise fills in what the last line says beside the answer: the names that
// nothing has, and, when nothing was found, what comes close. It is spent
// little on; what it could not find out is left out.
func (s *stream) advise(ctx context.Context, found bool) {
	if s.caller.share != nil { // who holds a link sees its view, and nothing beside it
		s.misspelt = s.unknown.list(nil)
		return
	}
	s.misspelt = s.unknown.list(s.namesInData(ctx))
	if found || s.noNear {
		return
	}
	looking := budget{nearLooking}
	s.near = s.nearQueries(ctx, &looking)
	s.near = append(s.near, s.otherTimes(ctx, &looking)...)
	counting := budget{nearCounting}
	for i := range s.near {
		s.countNear(ctx, &counting, &s.near[i])
	}
}

// namesInData gives the names of keys in data that the project's events have,
// if the answer leaves a name of the query unexplained.
func (s *stream) namesInData(ctx context.Context) []string {
	if !s.unknown.open() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesLooking)
	defer cancel()
	scope := s.scope
	scope.Query = s.caller.narrow(nil)
	got, err := s.api.seenFields(ctx, s.caller, scope, "")
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range got.Fields {
		if f.Field.Column == event.NoField {
			names = append(names, f.Field.Name)
		}
	}
	return names
}

// nearQueries tries near queries until some have hits.
func (s *stream) nearQueries(ctx context.Context, b *budget) (told []nearQuery) {
	if s.asked == nil {
		return nil
	}
	rename := func(f query.Field) string {
		i := slices.IndexFunc(s.misspelt, func(u unknownField) bool { return u.Name == f.Name })
		if i < 0 {
			return ""
		}
		return s.misspelt[i].Suggestion
	}
	renamed := false
	for _, n := range s.asked.Near(rename) {
		if renamed && (n.Why == query.NearPart || n.Why == query.NearWords) {
			continue // the name was the mistake, and says enough
		}
		scope := s.scope
		scope.Query = s.caller.narrow(n.Query)
		hit, err := s.one(ctx, b, store.Search{Scope: scope})
		if err != nil || len(told) == maxNearTold {
			break
		}
		if hit != nil {
			told = append(told, nearQuery{Q: n.Query.Text, Why: string(n.Why)})
			renamed = renamed || n.Why == query.NearField
		}
	}
	return told
}

// otherTimes looks for what the query finds before the range, and behind it.
func (s *stream) otherTimes(ctx context.Context, b *budget) (told []nearQuery) {
	length := s.scope.To - s.scope.From
	around := func(why string, from, to int64) {
		from, to = max(from, earliest), min(to, latest)
		told = append(told, nearQuery{Q: s.q, Why: why, From: rfc3339(from), To: rfc3339(to)})
	}
	scope := s.scope
	scope.From, scope.To = earliest, s.scope.From
	if scope.From < scope.To {
		if hit, err := s.one(ctx, b, store.Search{Scope: scope}); err == nil && hit != nil {
			to := wholeSecond(hit.Time) + int64(time.Second)
			around("earlier", to-length, to)
			return told
		}
	}
	scope.From, scope.To = s.scope.To, latest
	if scope.From < scope.To {
		if hit, err := s.one(ctx, b, store.Search{Scope: scope, Ascending: true}); err == nil && hit != nil {
			from := wholeSecond(hit.Time)
			around("later", from, from+length)
		}
	}
	return told
}

func wholeSecond(ns int64) int64 {
	return time.Unix(0, ns).Truncate(time.Second).UnixNano()
}

// one gives the first event that a search finds, nil for none.
func (s *stream) one(ctx context.Context, b *budget, ask store.Search) (*event.Event, error) {
	ask.Limit = 1
	for {
		var page store.Page
		err := s.api.ask(ctx, b, s.scope.Project, func(ctx context.Context) (err error) {
			page, err = s.api.reads.Search(ctx, ask)
			return err
		})
		switch {
		case err != nil:
			return nil, err
		case len(page.Events) > 0:
			return &page.Events[0], nil
		case page.Next == nil:
			return nil, nil
		}
		ask.After = page.Next
	}
}

func (s *stream) countNear(ctx context.Context, b *budget, n *nearQuery) {
	scope := s.scope
	q, err := query.Parse(n.Q)
	if err != nil {
		return
	}
	scope.Query = s.caller.narrow(q)
	if n.From != "" {
		if scope.From, err = event.ParseTime(n.From); err != nil {
			return
		}
		if scope.To, err = event.ParseTime(n.To); err != nil {
			return
		}
	}
	err = s.api.ask(ctx, b, scope.Project, func(ctx context.Context) error {
		got, err := s.api.reads.Histogram(ctx, store.Histogram{Scope: scope, Step: time.Duration(scope.To - scope.From)})
		if err != nil {
			return err
		}
		var count int64
		for _, bucket := range got.Counts {
			for _, n := range bucket {
				count += n
			}
		}
		n.Count, n.More = &count, got.Partial != ""
		return nil
	})
	if err != nil {
		n.Count = nil
	}
}
