package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/export"
	"github.com/clewline/clewline/server/store"
)

// parseStatement reads q, which may be a sequence and may end in pipes.
func parseStatement(params url.Values) (*query.Statement, error) {
	text := params.Get("q")
	if err := checkLength(text); err != nil {
		return nil, err
	}
	return query.ParseStatement(text)
}

// scopeOrSequence is scope for a route that answers sequences as well: the
// scope is then about all events that the sequence has to see, in the range of
// its first ones.
func (a *API) scopeOrSequence(params url.Values, c *caller) (store.Scope, *query.Sequence, error) {
	st, err := parseStatement(params)
	if err != nil || st.Sequence == nil || st.Pipe != nil {
		scope, err := a.scope(params, c) // which refuses what it should
		return scope, nil, err
	}
	from, to, err := a.span(params)
	return store.Scope{Project: c.project, From: from, To: to, Query: c.narrow(st.Sequence.Search())}, st.Sequence, err
}

// A sequenceEnd is what an answer says of a sequence.
type sequenceEnd export.Sequence

func (s *sequenceEnd) add(f store.Followed) {
	s.First += f.First + f.Left
	s.Undecided += f.Undecided
	s.LeftOut += f.Left
}

// followed answers a sequence, whose rows come in no order that callers know.
// When the time for it is used up, what was not reached is undecided.
func (a *API) followed(ctx context.Context, b *budget, scope store.Scope, seq *query.Sequence, row func(query.Row)) (store.Followed, *sequenceEnd, error) {
	now := a.now().UnixNano()
	end := &sequenceEnd{DecidedTo: rfc3339(now - int64(seq.Lateness))}
	got, err := store.Follow(func(s store.Search) (page store.Page, err error) {
		err = a.ask(ctx, b, scope.Project, func(ctx context.Context) (err error) {
			page, err = a.reads.Search(ctx, s)
			return err
		})
		return page, err
	}, scope, seq, now, row)
	end.add(got)
	return got, end, err
}

// whole is followed for an answer that is made of all rows. Used-up time makes
// it a part.
func (a *API) whole(ctx context.Context, scope store.Scope, seq *query.Sequence, row func(query.Row)) (store.Cost, *sequenceEnd, error) {
	got, end, err := a.followed(ctx, &budget{a.limits.Time}, scope, seq, row)
	if errors.Is(err, errBudget) && got.Rows > 0 {
		got.Partial = fmt.Sprintf("the time for an answer, %v, is used up; %d first events were not followed to their end, and later ones not looked at", a.limits.Time, got.Undecided)
		err = nil
	}
	return got.Cost, end, err
}

// sequenceTable makes the table of a sequence's first events.
func (a *API) sequenceTable(ctx context.Context, ask store.Table, seq *query.Sequence) (store.TableRows, *sequenceEnd, error) {
	tally := ask.Pipe.Tally(query.Span{From: ask.From, To: ask.To, Zone: ask.Zone})
	cost, end, err := a.whole(ctx, ask.Scope, seq, func(r query.Row) { tally.Add(r.First) })
	if err != nil {
		return store.TableRows{}, nil, err
	}
	got := store.TableRows{Table: tally.Table(), Cost: cost}
	if got.Partial == "" {
		got.Partial = got.Table.Partial
	}
	return got, end, nil
}

// countSequence fills the axis's buckets with a sequence's first events.
func (a *API) countSequence(ctx context.Context, scope store.Scope, seq *query.Sequence, ax axis) ([][event.NumLevels]int64, store.Cost, error) {
	counts := make([][event.NumLevels]int64, ax.count)
	cost, _, err := a.whole(ctx, scope, seq, func(r query.Row) {
		counts[uint64(r.First.Time-ax.start)/uint64(ax.step)][r.First.Level]++
	})
	return counts, cost, err
}

// sequenceValues counts the values of fields in a sequence's first events.
func (a *API) sequenceValues(ctx context.Context, ask store.Values, seq *query.Sequence) (store.FieldValues, error) {
	var tallies []*query.Tally
	for _, f := range ask.Fields {
		if f.Column.Type() == event.Timestamp || f.Column == event.FieldData {
			return store.FieldValues{}, badRequest("fields", "%s cannot be counted in what a sequence finds; want a field of text, numbers or levels.", f.Name)
		}
		pipe := &query.Pipe{Aggs: []query.Agg{{Func: query.Count}}, By: []query.Key{{Field: f}}}
		tallies = append(tallies, pipe.Tally(query.Span{From: ask.From, To: ask.To}))
	}
	cost, _, err := a.whole(ctx, ask.Scope, seq, func(r query.Row) {
		for _, t := range tallies {
			t.Add(r.First)
		}
	})
	out := store.FieldValues{Cost: cost}
	for _, t := range tallies {
		var count store.FieldCount
		for _, row := range t.Table().Rows { // the most frequent first
			var n int64
			if fmt.Sscan(row[1].Text, &n); row[0].Type == "" {
				continue
			}
			count.Present += n
			count.Distinct++
			if len(count.Values) < ask.Limit {
				count.Values = append(count.Values, store.ValueCount{Value: row[0].Text, Count: n})
			}
		}
		out.Fields = append(out.Fields, count)
	}
	return out, err
}

// The first piece of a range that is followed for an answer whose newest rows
// come first, and how much longer the next ones are. The reach of the sequence
// is read again with each piece.
const (
	firstPiece  = 15 * time.Minute
	pieceGrowth = 4
	maxRowBytes = 64 << 20
)

// runSequence answers a search for a sequence: a line for each row, which is
// its first event with the events of its steps in the member then. The newest
// first events come first, so the range is followed piece by piece from its
// end.
func (s *stream) runSequence(ctx context.Context, seq *query.Sequence) error {
	out := http.NewResponseController(s.w)
	defer out.SetWriteDeadline(time.Time{})
	hi, length := s.scope.To, max(int64(firstPiece), 2*int64(seq.Reach()))
	if s.after != nil {
		hi = min(hi, s.after.Time+1)
	}
	s.sequence = &sequenceEnd{}
	var more *store.Position
	for hi > s.scope.From {
		lo := s.scope.From
		if uint64(hi)-uint64(lo) > 2*uint64(length) {
			lo = hi - length
		}
		piece := s.scope
		piece.From, piece.To = lo, hi
		rows := firstRows{most: s.left, after: s.after}
		got, end, err := s.api.followed(ctx, &s.budget, piece, seq, rows.add)
		s.cost.Add(got.Cost)
		s.sequence.DecidedTo = end.DecidedTo
		if err != nil {
			if stop := s.broken(ctx, err); stop != nil {
				return stop
			}
			if s.count > 0 || hi < s.scope.To {
				more = &store.Position{Time: hi}
				break // the piece is followed again by who goes on from here
			}
		}
		s.sequence.add(got)
		list, cut := rows.take()
		if err := s.writeRows(out, list); err != nil {
			return nil // the caller has gone
		}
		s.left -= len(list)
		if err != nil {
			break
		}
		if cut {
			at := store.At(list[len(list)-1].First)
			more = &at
			break
		}
		if hi = lo; s.left <= 0 && hi > s.scope.From {
			more = &store.Position{Time: hi}
			break
		}
		length *= pieceGrowth
	}
	s.advise(ctx, true)
	s.close(out, more)
	return nil
}

func (s *stream) writeRows(out *http.ResponseController, rows []query.Row) error {
	if len(rows) == 0 {
		return nil
	}
	if err := s.start(out); err != nil {
		return err
	}
	var buf []byte
	for i, row := range rows {
		s.unknown.see(row.First)
		for _, e := range row.Then {
			s.unknown.see(e)
		}
		buf = export.AppendRow(buf, row)
		if buf = append(buf, '\n'); len(buf) >= 64<<10 || i == len(rows)-1 {
			if _, err := s.w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	s.count += len(rows)
	return flush(out)
}
