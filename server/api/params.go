package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

const (
	defaultLimit = 100
	maxLimit     = 10_000
)

// parseQuery reads q; an empty one matches all and is nil. One that makes a
// table is refused: its pipes would be dropped silently.
func parseQuery(params url.Values) (*query.Query, error) {
	text := params.Get("q")
	if err := checkLength(text); err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	st, err := query.ParseStatement(text)
	if err != nil {
		return nil, err
	}
	if st.Pipe != nil {
		column := utf8.RuneCountInString(text[:st.Pipe.Offset]) + 1
		return nil, &requestError{code: "invalid_query", field: "q", column: column, want: "a query without pipes",
			message: fmt.Sprintf("The pipe in column %d makes a table of the events, which GET /v1/table gives; ask here without it, or put a '|' that is searched for in quotes.", column)}
	}
	if st.Sequence != nil {
		return nil, &requestError{code: "invalid_query", field: "q", column: 1, want: "a search for single events",
			message: "Here single events are asked for; a sequence is answered by GET /v1/search and, with pipes, GET /v1/table."}
	}
	return st.Query, nil
}

func checkLength(text string) error {
	if len(text) > maxQuery {
		return &requestError{code: "too_large", field: "q", message: fmt.Sprintf("The query has %d bytes; at most %d are accepted.", len(text), maxQuery)}
	}
	return nil
}

// scope reads q, from and to: what a question is about.
func (a *API) scope(params url.Values, c *caller) (store.Scope, error) {
	q, err := parseQuery(params)
	if err != nil {
		return store.Scope{}, err
	}
	from, to, err := a.span(params)
	return store.Scope{Project: c.project, From: from, To: to, Query: c.narrow(q)}, err
}

// span reads from and to, by default now and 15 minutes before the end. Both
// are read with one look at the clock.
func (a *API) span(params url.Values) (from, to int64, err error) {
	now := a.now()
	if to, err = moment(params, "to", now, now.UnixNano()); err != nil {
		return 0, 0, err
	}
	if from, err = moment(params, "from", now, to-int64(defaultSpan)); err != nil {
		return 0, 0, err
	}
	if from < earliest || to > latest {
		return 0, 0, badRequest("from", "The time range %s to %s leaves the years 1950 to 2149.", rfc3339(from), rfc3339(to))
	}
	if from >= to {
		return 0, 0, badRequest("from", "The time range ends (%s) before it begins (%s).", rfc3339(to), rfc3339(from))
	}
	return from, to, nil
}

// Times beyond these are a mistake in a unit, and would overflow in sums.
var (
	earliest = time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	latest   = time.Date(2150, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
)

// moment reads a time: RFC 3339, an epoch, "now", or a distance from now such
// as -15m or +10m.
func moment(params url.Values, name string, now time.Time, missing int64) (int64, error) {
	s := strings.TrimSpace(params.Get(name))
	if s == "" {
		return missing, nil
	}
	if s == "now" {
		return now.UnixNano(), nil
	}
	if unit, ok := units[s[len(s)-1]]; ok && len(s) > 2 && (s[0] == '-' || s[0] == '+') {
		n, err := strconv.ParseInt(s[1:len(s)-1], 10, 64)
		if err == nil && n >= 0 {
			if n > int64(maxDistance/unit) {
				return 0, badRequest(name, "%s=%s is more than 100 years away.", name, shorten(s))
			}
			d := time.Duration(n) * unit
			if s[0] == '-' {
				d = -d
			}
			return now.Add(d).UnixNano(), nil
		}
	}
	ns, err := event.ParseTime(s)
	if err != nil {
		return 0, badRequest(name, "%s=%s is no time; want RFC 3339 such as 2026-11-20T14:32:07Z, an epoch in s, ms, us or ns, now, or a distance from now such as -15m (units s m h d w).", name, shorten(s))
	}
	return ns, nil
}

var units = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

const maxDistance = 100 * 365 * 24 * time.Hour

// number reads a whole number from least to most.
func number(params url.Values, name string, missing, least, most int) (int, error) {
	s := params.Get(name)
	if s == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, badRequest(name, "%s=%s is not accepted; want a whole number from %d to %d.", name, shorten(s), least, most)
	}
	return n, nil
}

// zoneOf reads the zone in which days and hours begin, by default the
// server's.
func (a *API) zoneOf(params url.Values) (*time.Location, error) {
	name := params.Get("zone")
	if name == "" {
		return a.zone, nil
	}
	if name == "Local" || len(name) > 64 {
		return nil, badRequest("zone", "zone=%s is no time zone; want a name such as Asia/Shanghai or UTC.", shorten(name))
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, badRequest("zone", "zone=%s is not known here; want a name such as Asia/Shanghai or UTC.", shorten(name))
	}
	return zone, nil
}

// readBody reads a JSON object. A field that nobody asked for is an error: it
// is more often a misspelt one than one to be ignored.
func readBody(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		_, err = d.Token()
		if err == nil {
			return badRequest("", "The body has something after its JSON object.")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badRequest(e.Field, "%s: has a JSON %s; want a %s.", e.Field, e.Value, e.Type)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		field, _ := strconv.Unquote(name)
		return badRequest(field, "%s: is no field of this request.", field)
	}
	if errors.Is(err, io.EOF) {
		return badRequest("", "The body is empty; want a JSON object.")
	}
	return badRequest("", "The body is no JSON object that can be read: %v.", err)
}

func rfc3339(ns int64) string { return string(event.AppendTime(nil, ns)) }

// stamp gives a time for an answer; nil for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339Nano)
	return &s
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d.Microseconds())/100) / 10
}
