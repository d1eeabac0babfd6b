package api

import (
	"context"
	"net/http"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// table answers GET /v1/table: what the pipes of a query make of the events.
func (a *API) table(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	st, err := parseStatement(params)
	if err != nil {
		return err
	}
	q, pipe := st.Query, st.Pipe
	if pipe == nil {
		return badRequest("q", "q has no pipe, so there is no table to make; add one such as | count by level, or ask GET /v1/search for the events.")
	}
	ask := store.Table{Scope: store.Scope{Project: c.project, Query: q}, Pipe: pipe}
	if ask.From, ask.To, err = a.span(params); err != nil {
		return err
	}
	if ask.Zone, err = a.zoneOf(params); err != nil {
		return err
	}
	if err := pipe.Check(query.Span{From: ask.From, To: ask.To, Zone: ask.Zone}); err != nil {
		return err
	}
	b := budget{a.limits.Time}
	var got store.TableRows
	var sequence *sequenceEnd
	if st.Sequence != nil {
		ask.Query = c.narrow(st.Sequence.Search())
		got, sequence, err = a.sequenceTable(r.Context(), ask, st.Sequence)
	} else {
		err = a.ask(r.Context(), &b, ask.Project, func(ctx context.Context) (err error) {
			got, err = a.reads.Table(ctx, ask)
			return err
		})
	}
	if err != nil {
		return timely(err)
	}
	writeJSON(w, http.StatusOK, struct {
		Columns     []query.Column `json:"columns"`
		Rows        [][]query.Cell `json:"rows"`
		From        string         `json:"from"`
		To          string         `json:"to"`
		Approximate bool           `json:"approximate"`
		Partial     bool           `json:"partial"`
		Reason      string         `json:"reason"`
		Scanned     scanned        `json:"scanned"`
		MS          float64        `json:"ms"`
		Unknown     []unknownField `json:"unknownFields,omitempty"`
		Sequence    *sequenceEnd   `json:"sequence,omitempty"`
	}{
		got.Table.Columns, got.Table.Rows, rfc3339(ask.From), rfc3339(ask.To), got.Table.Approximate,
		got.Partial != "", got.Partial, scannedOf(got.Cost), milliseconds(time.Since(began)), misspelt(st), sequence,
	})
	return nil
}

// misspelt lists the names that are no columns and look as if one was meant.
// What occurs in the events that were counted, a table does not tell.
func misspelt(st *query.Statement) []unknownField {
	var out []unknownField
	for _, f := range st.Fields() {
		if f.Column != event.NoField {
			continue
		}
		if suggestion := query.Suggest(f.Name, knownNames); suggestion != "" {
			out = append(out, unknownField{f.Name, suggestion})
		}
	}
	return out
}
