//go:build !noduck

package duckstore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// everything is the scope of a project, all times.
func everything(project string) store.Scope {
	return store.Scope{Project: project, From: math.MinInt64, To: math.MaxInt64}
}

// Event finds an event by its id, in the newest segments first.
func (s *Store) Event(ctx context.Context, project, id string) (event.Event, error) {
	var found []event.Event
	scope := everything(project)
	scope.Query = &query.Query{Root: &query.Equal{Field: query.Resolve(event.FieldID.Name()), Term: query.Term{Text: id, Quoted: true}}}
	cost, err := s.read(ctx, scope, func(r *reading) error {
		var where condition
		base, num := event.SplitID(id)
		n := strconv.FormatUint(num, 10)
		whole := condition(`"idNum" IS NULL AND "idBase" = ` + literal(id))
		switch {
		case num == 0:
			where = whole
		case s.memory.stored(project, base, num):
			where = condition("seq = " + n + " AND stream = " + literal(base))
		default:
			where = or(whole, condition(`"idNum" = `+n+` AND "idBase" = `+literal(base)))
		}
		slices.Reverse(r.parts)
		for i := range r.parts {
			if r.parts[i].where != never {
				r.parts[i].where = where
			}
		}
		for _, parts := range r.touching(r.scope.From, r.scope.To) {
			if err := r.spend(parts, r.scope.From, r.scope.To); err != nil {
				return err
			}
			var st strings.Builder
			for i := range parts {
				if i > 0 {
					st.WriteString(" UNION ALL ")
				}
				st.WriteString(`SELECT time, stream, seq, "idBase", "idNum", ` + strconv.Itoa(parts[i].entry.N) + "::INTEGER, rowid, kind")
				r.from(&st, &parts[i], r.scope.From, r.scope.To)
			}
			var places []place
			err := r.run(parts, st.String(), func(ch *chunk) error {
				for i := range ch.rows {
					places = append(places, readPlace(ch.cols, i))
				}
				return nil
			})
			if err != nil {
				return err
			}
			if len(places) > 0 {
				found, err = r.fetch(places[:1])
				return err
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return event.Event{}, err
	case len(found) > 0:
		return found[0], nil
	case cost.Partial != "":
		return event.Event{}, &unsureError{cost.Partial}
	}
	return event.Event{}, store.ErrNotFound
}

// An unsureError says that an event was not found where it was looked for,
// and that this was not everywhere.
type unsureError struct{ reason string }

func (e *unsureError) Error() string { return "the event was not found so far: " + e.reason }

// Seen tells what is known of an SDK stream. It is answered from memory.
func (s *Store) Seen(ctx context.Context, project, stream string) (store.Seen, error) {
	if err := ctx.Err(); err != nil {
		return store.Seen{}, err
	}
	return s.memory.seen(project, stream), nil
}

// maxDeadLetters bounds one answer.
const maxDeadLetters = 1000

// DeadLetters lists the newest dead letters of a project.
func (s *Store) DeadLetters(ctx context.Context, project string, limit int) ([]event.DeadLetter, error) {
	return s.DeadLettersUpTo(ctx, project, math.MaxInt64, min(limit, maxDeadLetters))
}

// DeadLettersUpTo implements store.Letters.
func (s *Store) DeadLettersUpTo(ctx context.Context, project string, upTo int64, limit int) ([]event.DeadLetter, error) {
	if limit <= 0 {
		return nil, nil
	}
	var out []event.DeadLetter
	cost, err := s.readDead(ctx, project, func(r *reading) error {
		slices.Reverse(r.parts)
		for _, parts := range grouped(r.parts) {
			var st strings.Builder
			st.WriteString("SELECT * FROM (")
			for i := range parts {
				if i > 0 {
					st.WriteString(" UNION ALL ")
				}
				st.WriteString("SELECT epoch_ns(received) AS received, door, format, line, field, reason, text, " + strconv.Itoa(parts[i].entry.N) +
					" AS segment, rowid AS row FROM " + alias(parts[i].entry.N) + ".dead WHERE project = ")
				st.WriteString(literal(project) + " AND epoch_ns(received) <= " + strconv.FormatInt(upTo, 10))
				if hide := parts[i].hideDead; hide != never {
					st.WriteString(" AND NOT (" + string(hide) + ")")
				}
			}
			st.WriteString(") ORDER BY received DESC, segment DESC, row DESC LIMIT " + strconv.Itoa(limit))
			err := r.run(parts, st.String(), func(ch *chunk) error {
				v := ch.cols
				for i := range ch.rows {
					d := event.DeadLetter{Received: v[0].int64(i), Door: v[1].string(i), Format: v[2].string(i), Field: v[4].string(i), Reason: v[5].string(i), Text: v[6].string(i)}
					if !v[3].null(i) {
						d.Line = int(v[3].uint64(i))
					}
					out = append(out, d)
				}
				return nil
			})
			// Segments follow each other in time of arrival.
			if err != nil || len(out) >= limit {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if cost.Partial != "" {
		return out, &unsureError{cost.Partial}
	}
	slices.SortStableFunc(out, func(a, b event.DeadLetter) int { return cmp.Compare(b.Received, a.Received) })
	return out[:min(len(out), limit)], nil
}
