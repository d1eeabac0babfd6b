package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/export"
	"github.com/clewline/clewline/server/store"
)

// Bounds of exports. One that runs reads a page at a time, and keeps at most
// one part in memory.
const (
	maxExports        = 8
	maxProjectExports = 4
	maxPart           = 100_000 // events of one part
	maxPartBytes      = 16 << 20
	fruitless         = 3  // pages in a row that brought nothing and came no further
	patientTries      = 20 // of a page of a stream, each after a pause
	looksAtCaller     = 15 * time.Second
)

// An exporting is one answer of GET /v1/export: all of it, or one part.
type exporting struct {
	api       *API
	r         *http.Request
	caller    *caller
	q         string
	sealed    string // what its cursors are bound to beside the project
	scope     store.Scope
	pipe      *query.Pipe     // nil: events
	sequence  *query.Sequence // whose rows are given, or whose first events the pipe is about; nil: those that match
	told      *sequenceEnd    // what is told of its rows
	zone      *time.Location
	ascending bool
	after     *store.Position // where to go on
	count     uint64          // events given, of all parts together
	left      int             // events that may still be given; -1 for all
	part      int             // most events of this answer; 0 for all of them
	options   export.Options

	reason string // why the answer is not whole; "" while it is
	next   string // the cursor that continues, of an answer that ended before its end
}

// export answers GET /v1/export: events, or a table, as NDJSON, CSV or Parquet;
// as many as there are, read in pages, so that nothing is open in the store
// while bytes are on their way.
func (a *API) export(w http.ResponseWriter, r *http.Request, c *caller) error {
	x, err := a.readExport(r, c)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", x.options.Format.ContentType())
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": x.filename()}))
	h.Set("X-Accel-Buffering", "no") // a proxy must not collect the pages
	h.Set("Clewline-From", rfc3339(x.scope.From))
	h.Set("Clewline-To", rfc3339(x.scope.To))
	if r.Method == http.MethodHead {
		return nil
	}
	ran := false
	err = a.exports.do(r.Context(), c.project, func() error {
		ran = true
		return x.give(w)
	})
	if err != nil && !ran && r.Context().Err() == nil {
		err = &requestError{code: "slow_down", retry: 10 * time.Second,
			message: fmt.Sprintf("%d exports run at a time, %d of one project; try again when one has ended.", maxExports, maxProjectExports)}
	}
	if err != nil { // nothing was written yet, and an error is no file
		for _, name := range []string{"Content-Disposition", "Clewline-From", "Clewline-To", "Trailer"} {
			h.Del(name)
		}
	}
	return err
}

// give enters the export in the audit trail and gives it.
func (x *exporting) give(w http.ResponseWriter) error {
	if x.after == nil || x.r.URL.Query().Get("after") != "" {
		if err := x.recordStart(); err != nil {
			return err
		}
	}
	if x.part > 0 {
		return x.givePart(w)
	}
	return x.giveAll(w)
}

func (a *API) readExport(r *http.Request, c *caller) (*exporting, error) {
	params := r.URL.Query()
	x := &exporting{api: a, r: r, caller: c, q: params.Get("q"), left: -1}
	st, err := parseStatement(params)
	if err != nil {
		return nil, err
	}
	q, pipe := st.Query, st.Pipe
	if st.Sequence != nil {
		q, x.sequence = st.Sequence.Search(), st.Sequence
	}
	x.pipe, x.scope = pipe, store.Scope{Project: c.project, Query: c.narrow(q)}
	if x.scope.From, x.scope.To, err = a.span(params); err != nil {
		return nil, err
	}
	if x.options.Format, err = export.ParseFormat(params.Get("format")); err != nil {
		return nil, badRequest("format", "format=%s: %v.", shorten(params.Get("format")), err)
	}
	if x.zone, err = a.zoneOf(params); err != nil {
		return nil, err
	}
	for name, into := range map[string]*bool{"bom": &x.options.BOM, "headless": &x.options.Headless} {
		if *into, err = flag(params, name); err != nil {
			return nil, err
		}
	}
	if pipe != nil {
		for _, name := range []string{"cursor", "after", "order", "limit", "part", "columns"} {
			if params.Has(name) {
				return nil, badRequest(name, "%s is not for a query with pipes: its table is given whole; use | sort, | limit and | fields in the query.", name)
			}
		}
		x.options.Columns = export.TableColumns(pipe.Columns())
		return x, pipe.Check(query.Span{From: x.scope.From, To: x.scope.To, Zone: x.zone})
	}
	return x, x.readEvents(params)
}

// readEvents reads the parameters that are about events alone.
func (x *exporting) readEvents(params url.Values) error {
	switch order := params.Get("order"); order {
	case "", "newest":
	case "oldest":
		x.ascending = true
	default:
		return badRequest("order", "order=%s is not known; want newest (the newest first) or oldest.", shorten(order))
	}
	limit, err := number(params, "limit", 0, 0, 1<<53)
	if err != nil {
		return err
	}
	if x.part, err = number(params, "part", 0, 1, maxPart); err != nil {
		return err
	}
	var names []string
	switch given := params["columns"]; {
	case len(given) > 1:
		names = given // a name with a comma is given so
	case len(given) == 1 && given[0] != "":
		names = strings.Split(given[0], ",")
	case x.options.Format != export.NDJSON:
		x.options.Columns = export.AllColumns()
	}
	if names != nil {
		if x.options.Columns, err = export.ParseColumns(names); err != nil {
			return badRequest("columns", "columns: %v.", err)
		}
	}
	if x.sequence != nil {
		x.told = &sequenceEnd{}
		if x.options.Columns != nil {
			x.options.Columns = export.SequenceColumns(x.options.Columns)
		}
	}
	x.sealed = strings.Join([]string{x.caller.sight(), "export", strconv.FormatBool(x.ascending), x.q}, "\x00")
	if err := x.readPlace(params); err != nil {
		return err
	}
	if x.after != nil && !params.Has("headless") {
		x.options.Headless = true // it continues a file that has its head
	}
	if limit > 0 {
		x.left = max(0, limit-int(x.count))
	}
	return nil
}

// readPlace reads where to go on: behind a part, or behind an event.
func (x *exporting) readPlace(params url.Values) error {
	if text := params.Get("cursor"); text != "" {
		from, err := x.api.cursors.open(text, x.caller.project, x.sealed)
		if err != nil {
			return err
		}
		x.scope.From, x.scope.To, x.after, x.count = from.from, from.to, &from.after, from.count
		return nil
	}
	id := params.Get("after")
	if id == "" {
		return nil
	}
	b := budget{x.api.limits.Time}
	return timely(x.api.ask(x.r.Context(), &b, x.caller.project, func(ctx context.Context) error {
		e, err := x.api.store.Event(ctx, x.caller.project, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !x.caller.sees(&e) {
			return &requestError{code: "not_found", field: "after", message: "The event after which the export is to go on is not there (any more); begin it again, or go on after another."}
		}
		if err != nil {
			return err
		}
		at := store.At(&e)
		x.after = &at
		return nil
	}))
}

// flag reads a parameter that is 1 or 0.
func flag(params url.Values, name string) (bool, error) {
	switch s := params.Get(name); s {
	case "", "0", "false":
		return false, nil
	case "1", "true":
		return true, nil
	default:
		return false, badRequest(name, "%s=%s is not accepted; want 1 or 0.", name, shorten(s))
	}
}

// filename names the file after the project and the moment.
func (x *exporting) filename() string {
	at := x.api.now().In(x.zone).Format("20060102-150405")
	return "clewline-" + x.scope.Project + "-" + at + "." + string(x.options.Format)
}

// giveAll streams the whole answer. Whoever reads it knows by the last line
// (NDJSON), by the file's metadata (Parquet) and by the trailers whether it is
// whole. One that had to end before its end is cut off besides, so that no
// program takes it for whole.
func (x *exporting) giveAll(w http.ResponseWriter) error {
	out := http.NewResponseController(w)
	// A keep-alive connection is used again; what was set here must not last.
	defer out.SetWriteDeadline(time.Time{})
	sink := &stalling{w: w, out: out}
	w.Header().Set("Trailer", "Clewline-Events, Clewline-Partial")
	if x.told != nil {
		w.Header().Add("Trailer", "Clewline-Sequence")
	}
	rows, err := export.NewWriter(sink, x.options)
	if err == nil {
		err = x.run(rows, func() error { return sink.flush() })
	}
	switch {
	case sink.err != nil || x.r.Context().Err() != nil:
		x.recordEnd("broken off by its reader")
		return nil
	case err != nil && !sink.begun:
		return err
	case err != nil:
		p := problem(err)
		if p.Code == "internal" {
			p.Message = x.api.internal(x.r, err)
		}
		x.reason = p.Message
		x.seal()
	}
	if err := rows.Close(x.end()); err != nil || sink.flush() != nil {
		x.recordEnd("broken off by its reader")
		return nil
	}
	x.recordEnd("")
	x.tell(w.Header())
	if x.next != "" && x.options.Format != export.NDJSON {
		panic(http.ErrAbortHandler) // what lacks its end must not look as if it had one
	}
	return nil
}

// givePart gathers a part and gives it at once, so that its headers can tell
// what it is. A reader who did not get it asks for it again.
func (x *exporting) givePart(w http.ResponseWriter) error {
	var body bytes.Buffer
	x.options.Bare = true
	rows, err := export.NewWriter(&body, x.options)
	if err != nil {
		return err
	}
	before, began := x.count, x.api.now()
	err = x.run(rows, func() error {
		n := int(x.count - before)
		if n >= x.part || body.Len() >= maxPartBytes || x.told != nil && x.api.now().Sub(began) >= x.api.limits.Time {
			return errPartFull
		}
		return nil
	})
	if errors.Is(err, errPartFull) {
		x.seal()
		err = nil
	}
	if err != nil {
		return timely(err)
	}
	if err := rows.Close(x.end()); err != nil {
		return err
	}
	if x.next == "" {
		x.recordEnd("")
	}
	h := w.Header()
	x.tell(h)
	if x.next != "" {
		h.Set("Clewline-Next", x.next)
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	out := http.NewResponseController(w)
	defer out.SetWriteDeadline(time.Time{})
	sink := &stalling{w: w, out: out, begun: true}
	if _, err := sink.Write(body.Bytes()); err == nil {
		_ = sink.flush() // who did not get it asks again
	}
	return nil
}

// tell says in headers, or trailers, what there is no place for in rows.
func (x *exporting) tell(h http.Header) {
	h.Set("Clewline-Events", strconv.FormatUint(x.count, 10))
	h.Set("Clewline-Partial", headerText(x.reason))
	if x.told != nil {
		if text, err := json.Marshal(x.told); err == nil {
			h.Set("Clewline-Sequence", string(text))
		}
	}
}

var errPartFull = errors.New("the part is full")

// run writes what there is. After each page it calls turned.
func (x *exporting) run(rows *export.Writer, turned func() error) error {
	if x.pipe != nil {
		return x.table(rows)
	}
	if x.sequence != nil {
		return x.runSequence(rows, turned)
	}
	looked, idle := x.api.now(), 0
	for x.left != 0 {
		page, size, err := x.page()
		if err != nil {
			return err
		}
		for i := range page.Events {
			if err := rows.Event(&page.Events[i]); err != nil {
				return err
			}
		}
		x.count += uint64(len(page.Events))
		if x.left > 0 {
			x.left -= len(page.Events)
		}
		if page.Partial != "" && (page.Next == nil || len(page.Events) == size) {
			x.reason = page.Partial // of more than this page: a damaged segment
		}
		if page.Next == nil {
			return nil
		}
		if idle++; len(page.Events) > 0 || x.after == nil || *page.Next != *x.after {
			idle = 0
		}
		x.after = page.Next
		if idle == fruitless {
			x.reason = page.Partial
			x.seal()
			return nil
		}
		if err := turned(); err != nil {
			return err
		}
		if stop, err := x.mustStop(&looked); stop {
			x.seal()
			return err
		}
	}
	return nil
}

// page reads the next page.
func (x *exporting) page() (page store.Page, size int, err error) {
	size = store.MaxPage
	if x.left > 0 {
		size = min(size, x.left)
	}
	page, err = x.patiently(store.Search{Scope: x.scope, Limit: size, After: x.after, Ascending: x.ascending})
	return page, size, err
}

// patiently reads a page. Each has the whole time of a question, and an export
// waits for its turn longer than a page of the UI does.
func (x *exporting) patiently(s store.Search) (page store.Page, err error) {
	ctx := x.r.Context()
	for try := 0; ; try++ {
		b := budget{x.api.limits.Time}
		err = x.api.ask(ctx, &b, x.scope.Project, func(ctx context.Context) (err error) {
			page, err = x.api.reads.Search(ctx, s)
			return err
		})
		if err == nil || try == patientTries || x.part > 0 || problem(err).Code != "slow_down" {
			return page, timely(err)
		}
		if err := x.wait(problem(err).retry); err != nil {
			return page, err
		}
	}
}

// wait lets others have their turn; a part's caller does so itself.
func (x *exporting) wait(d time.Duration) error {
	t := time.NewTimer(min(d, 30*time.Second))
	defer t.Stop()
	select {
	case <-t.C:
	case <-x.api.stopping:
	case <-x.r.Context().Done():
		return x.r.Context().Err()
	}
	return nil
}

// mustStop says whether an export must end before its end: the server stops,
// or the caller may not read any more.
func (x *exporting) mustStop(looked *time.Time) (bool, error) {
	select {
	case <-x.api.stopping:
		x.reason = "the server is stopping; the rest follows under the cursor"
		return true, nil
	default:
	}
	now := x.api.now()
	if now.Sub(*looked) < looksAtCaller {
		return false, nil
	}
	*looked = now
	if err := x.api.still(x.r.Context(), x.caller); err != nil {
		return true, err
	}
	return false, nil
}

// table writes the table that the pipes make.
func (x *exporting) table(rows *export.Writer) error {
	ask := store.Table{Scope: x.scope, Pipe: x.pipe, Zone: x.zone}
	var got store.TableRows
	var err error
	if x.sequence != nil {
		got, _, err = x.api.sequenceTable(x.r.Context(), ask, x.sequence)
	} else {
		b := budget{x.api.limits.Time}
		err = x.api.ask(x.r.Context(), &b, x.scope.Project, func(ctx context.Context) (err error) {
			got, err = x.api.reads.Table(ctx, ask)
			return err
		})
	}
	if err != nil {
		return timely(err)
	}
	x.reason, x.count = got.Partial, uint64(len(got.Table.Rows))
	for _, row := range got.Table.Rows {
		if err := rows.Row(row); err != nil {
			return err
		}
	}
	return nil
}

// seal makes the cursor that continues after what was given.
func (x *exporting) seal() {
	if x.after != nil && x.left != 0 {
		x.next = x.api.cursors.seal(cursor{x.scope.From, x.scope.To, *x.after, x.count}, x.scope.Project, x.sealed)
	}
}

func (x *exporting) end() export.End {
	return export.End{
		Sequence: (*export.Sequence)(x.told),
		Partial:  x.reason != "" || x.next != "", Reason: x.reason, Query: x.q,
		From: rfc3339(x.scope.From), To: rfc3339(x.scope.To), Count: int64(x.count), Next: x.next,
	}
}

// A stalling writer gives its reader stallTime for each write, and none to one
// who has failed once.
type stalling struct {
	w     io.Writer
	out   *http.ResponseController
	begun bool
	err   error
	buf   []byte
}

func (s *stalling) Write(b []byte) (int, error) {
	if s.buf = append(s.buf, b...); len(s.buf) < 64<<10 {
		return len(b), s.err
	}
	return len(b), s.push()
}

func (s *stalling) push() error {
	if s.err != nil || len(s.buf) == 0 {
		return s.err
	}
	s.begun = true
	if err := s.out.SetWriteDeadline(time.Now().Add(stallTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.err = err
		return err
	}
	_, s.err = s.w.Write(s.buf)
	s.buf = s.buf[:0]
	return s.err
}

func (s *stalling) flush() error {
	if err := s.push(); err != nil || !s.begun {
		return err
	}
	s.err = flush(s.out)
	return s.err
}

// headerText makes a reason fit for a header.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// recordStart enters the export in the audit trail before its first byte, and
// recordEnd how many events went out.
func (x *exporting) recordStart() error {
	detail := fmt.Sprintf("%s of %q, %s to %s", x.options.Format, shorten(x.q), rfc3339(x.scope.From), rfc3339(x.scope.To))
	return x.api.record(x.r.Context(), x.caller, "events.export", x.scope.Project, detail)
}

func (x *exporting) recordEnd(how string) {
	if how == "" && x.reason != "" {
		how = "not whole: " + x.reason
	} else if how == "" {
		how = "whole"
	}
	rows := "events"
	if x.pipe != nil {
		rows = "rows of a table"
	} else if x.sequence != nil {
		rows = "rows of a sequence"
	}
	err := x.api.record(context.WithoutCancel(x.r.Context()), x.caller, "events.exported", x.scope.Project, fmt.Sprintf("%d %s as %s, %s", x.count, rows, x.options.Format, how))
	if err != nil {
		x.api.log.Error("the end of an export could not be entered in the audit trail", "error", err)
	}
}
