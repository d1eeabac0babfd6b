package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// search answers GET /v1/search: events as NDJSON, newest first, written as
// pages are found, closed by one line about the answer itself.
func (a *API) search(w http.ResponseWriter, r *http.Request, c *caller) error {
	params := r.URL.Query()
	scope, seq, err := a.scopeOrSequence(params, c)
	if err != nil {
		return err
	}
	limit, err := number(params, "limit", defaultLimit, 1, maxLimit)
	if err != nil {
		return err
	}
	s := &stream{
		api: a, w: w, r: r, scope: scope, left: limit,
		budget: budget{a.limits.Time}, began: time.Now(), q: params.Get("q"),
		sealed:  c.sight() + "\x00" + params.Get("q"),
		unknown: newUnknownFields(scope.Query), caller: c, noNear: params.Get("near") == "0" || params.Get("cursor") != "",
	}
	if seq == nil {
		if s.asked, err = parseQuery(params); err != nil {
			return err
		}
	}
	if text := params.Get("cursor"); text != "" {
		from, err := a.cursors.open(text, c.project, s.sealed)
		if err != nil {
			return err
		}
		s.scope.From, s.scope.To, s.after = from.from, from.to, &from.after
	}
	if err := a.recordExport(r, c, limit, s.q); err != nil {
		return err
	}
	if seq != nil {
		return s.runSequence(r.Context(), seq)
	}
	return s.run(r.Context())
}

// A stream is a search's answer on its way out.
type stream struct {
	api     *API
	w       http.ResponseWriter
	r       *http.Request
	scope   store.Scope
	q       string
	sealed  string          // what its cursors are bound to beside the project
	left    int             // events that may still be given
	after   *store.Position // where the next page begins
	budget  budget
	began   time.Time
	unknown *unknownFields

	started bool // the status line is out
	count   int
	cost    store.Cost

	sequence *sequenceEnd // nil when events were searched

	caller   *caller
	asked    *query.Query // without what the caller may not see
	noNear   bool
	misspelt []unknownField
	near     []nearQuery
}

func (s *stream) run(ctx context.Context) error {
	out := http.NewResponseController(s.w)
	// A keep-alive connection is used again; what was set here must not last.
	defer out.SetWriteDeadline(time.Time{})
	var more *store.Position
	for {
		var page store.Page
		size := s.pageSize()
		err := s.api.ask(ctx, &s.budget, s.scope.Project, func(ctx context.Context) (err error) {
			page, err = s.api.reads.Search(ctx, store.Search{Scope: s.scope, Limit: size, After: s.after})
			return err
		})
		s.cost.Add(page.Cost)
		if err != nil {
			if stop := s.broken(ctx, err); stop != nil {
				return stop
			}
			more = s.after
			break
		}
		if err := s.write(out, page.Events); err != nil {
			return nil // the caller has gone, or reads nothing any more
		}
		s.left -= len(page.Events)
		if more = page.Next; more == nil || s.left <= 0 {
			break
		}
		if page.Partial != "" && len(page.Events) < size {
			break // the store came to a bound of its own; more of it is for the caller to ask
		}
		s.after = more
	}
	s.advise(ctx, s.count > 0 || more != nil || s.cost.Partial != "")
	s.close(out, more)
	return nil
}

// pageSize is small for the first page, so that it is there soon.
func (s *stream) pageSize() int {
	if s.count == 0 {
		return min(s.left, maxInPage)
	}
	return min(s.left, store.MaxPage)
}

// broken decides about an error between pages. Before the first byte it is
// an error like any other, unless time ran out: then there is a place to go on
// from. After it, the last line tells.
func (s *stream) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errBudget) {
		s.cost.Partial = fmt.Sprintf("the time for an answer, %v, is used up; older events were not looked at", s.api.limits.Time)
		return nil
	}
	if !s.started {
		return err
	}
	p := problem(err)
	if p.Code == "internal" {
		p.Message = s.api.internal(s.r, err)
	}
	s.cost.Partial = p.Message
	return nil
}

func (s *stream) write(out *http.ResponseController, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := s.start(out); err != nil {
		return err
	}
	var buf []byte
	for i := range events {
		s.unknown.see(&events[i])
		buf = append(event.AppendJSON(buf, &events[i]), '\n')
		if len(buf) >= 64<<10 || i == len(events)-1 {
			if _, err := s.w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	s.count += len(events)
	return flush(out)
}

// start sends the status line, and from then on gives the caller stallTime
// for each page.
func (s *stream) start(out *http.ResponseController) error {
	if !s.started {
		s.started = true
		s.w.Header().Set("Content-Type", "application/x-ndjson")
		s.w.Header().Set("X-Accel-Buffering", "no") // a proxy must not collect the pages
		s.w.WriteHeader(http.StatusOK)
	}
	if err := out.SetWriteDeadline(time.Now().Add(stallTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

func flush(out *http.ResponseController) error {
	if err := out.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// scanned is what an answer cost, as it is told.
type scanned struct {
	Segments      int   `json:"segments"`
	SegmentsTotal int   `json:"segmentsTotal"`
	Rows          int64 `json:"rows"`
}

func scannedOf(c store.Cost) scanned { return scanned{c.Segments, c.SegmentsTotal, c.Rows} }

type trailer struct {
	Partial bool           `json:"partial"`
	Reason  string         `json:"reason"`
	From    string         `json:"from"`
	To      string         `json:"to"`
	Count   int            `json:"count"`
	Scanned scanned        `json:"scanned"`
	MS      float64        `json:"ms"`
	Next    string         `json:"next,omitempty"`
	Unknown []unknownField `json:"unknownFields,omitempty"`

	Sequence *sequenceEnd `json:"sequence,omitempty"`
	Near     []nearQuery  `json:"near,omitempty"`
}

// close writes the last line. Errors are not told: nobody is there to read.
func (s *stream) close(out *http.ResponseController, more *store.Position) {
	t := trailer{
		Partial: s.cost.Partial != "", Reason: s.cost.Partial, Count: s.count, Scanned: scannedOf(s.cost),
		From: rfc3339(s.scope.From), To: rfc3339(s.scope.To),
		MS: milliseconds(time.Since(s.began)), Unknown: s.misspelt, Sequence: s.sequence, Near: s.near,
	}
	if more != nil {
		t.Next = s.api.cursors.seal(cursor{from: s.scope.From, to: s.scope.To, after: *more}, s.scope.Project, s.sealed)
	}
	line, err := json.Marshal(map[string]trailer{"clewline": t})
	if err != nil {
		panic("api: " + err.Error()) // strings and numbers always encode
	}
	if s.start(out) == nil {
		s.w.Write(append(line, '\n'))
	}
}

// event answers GET /v1/events/{id}.
func (a *API) event(w http.ResponseWriter, r *http.Request, c *caller) error {
	id := r.PathValue("id")
	if len(id) > event.MaxID+21 {
		return store.ErrNotFound
	}
	b := budget{a.limits.Time}
	e, err := a.find(r.Context(), &b, c, id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(event.AppendJSON(nil, &e), '\n'))
	return nil
}

// timely makes a used-up budget an error that callers know, where nothing was
// found that could be shown instead.
func timely(err error) error {
	if errors.Is(err, errBudget) {
		return context.DeadlineExceeded
	}
	return err
}

// An unknownField is a name in a query that means nothing here.
type unknownField struct {
	Name       string `json:"name"`
	Suggestion string `json:"suggestion,omitempty"`
}

// knownNames are those that a misspelt one may have been meant to be, sorted
// so that a suggestion is always the same.
var knownNames = func() []string {
	var names []string
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if f != event.FieldWords {
			names = append(names, f.Name())
		}
	}
	// Columns first: of two that are equally near, the column is suggested.
	return append(names, slices.Sorted(maps.Keys(event.SearchAliases()))...)
}()

// unknownFields watches which names of a query that are no columns occur in
// the answer.
type unknownFields struct {
	names    []string
	matchers []func(*event.Event) bool // nil once it occurred
	seen     int
}

func newUnknownFields(q *query.Query) *unknownFields {
	u := &unknownFields{}
	if q == nil {
		return u
	}
	for _, f := range q.Fields() {
		if f.Column != event.NoField {
			continue
		}
		u.names = append(u.names, f.Name)
		u.matchers = append(u.matchers, (&query.Query{Root: &query.Present{Field: f}}).Matcher().Match)
	}
	return u
}

func (u *unknownFields) see(e *event.Event) {
	u.seen++
	for i, match := range u.matchers {
		if match != nil && match(e) {
			u.matchers[i] = nil
		}
	}
}

// open says whether some name occurred in no event of the answer.
func (u *unknownFields) open() bool {
	return slices.ContainsFunc(u.matchers, func(match func(*event.Event) bool) bool { return match != nil })
}

// list gives the names that occurred in no event of the answer, and are not
// among inData, which are other names that there are. Of an empty answer that
// says little, so there only those are given that look like a misspelt one.
func (u *unknownFields) list(inData []string) []unknownField {
	var out []unknownField
	known := append(slices.Clip(knownNames), inData...)
	for i, name := range u.names {
		if key := strings.TrimPrefix(name, "data."); u.matchers[i] == nil || slices.Contains(inData, key) {
			continue
		}
		suggestion := query.Suggest(name, known)
		if suggestion != "" || u.seen > 0 {
			out = append(out, unknownField{name, suggestion})
		}
	}
	return out
}
