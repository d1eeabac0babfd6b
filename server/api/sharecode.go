package api

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// A page's log viewer makes a share code: it sees to it that what is shown is
// on the server, and logs a notice with the code and the query that finds it.
const (
	shareCodeLasts = 24 * time.Hour
	mostCodeBack   = 31 * 24 * time.Hour
	maxCodeStreams = 20
)

var (
	// shareCode is a question that is a code and nothing else, or one with pipes behind it.
	shareCode = regexp.MustCompile(`(?i)^\s*share:([2-9A-Z]{3}-[2-9A-Z]{3})\s*(\|.*)?$`)
	// codeQuery is what a notice may ask for: parts of streams. Notices come
	// from browsers, and are believed no further.
	codeQuery = regexp.MustCompile(`^\(stream:[0-9A-Za-z-]+ seq:\[[0-9]+ to [0-9]+\]\)(?: or \(stream:[0-9A-Za-z-]+ seq:\[[0-9]+ to [0-9]+\]\))*$`)
)

// openCode puts what a share code opens into the place of a question for the
// code: its query, and its range of time. A code that nobody made, or whose day
// is over, stays as it is, and finds nothing.
func (a *API) openCode(r *http.Request, c *caller) error {
	params := r.URL.Query()
	found := shareCode.FindStringSubmatch(params.Get("q"))
	if found == nil || c.project == "" || c.share != nil {
		return nil
	}
	q, from, to, err := a.lookUpCode(r.Context(), c, strings.ToUpper(found[1]))
	if err != nil || q == "" {
		return err
	}
	if found[2] != "" {
		q += " " + found[2]
	}
	params.Set("q", q)
	params.Set("from", rfc3339(from))
	params.Set("to", rfc3339(to))
	r.URL.RawQuery = params.Encode()
	return nil
}

// lookUpCode finds the newest notice of a code that the caller may see.
func (a *API) lookUpCode(ctx context.Context, c *caller, code string) (q string, from, to int64, err error) {
	search, err := query.Parse(`form:text level:notice label:clewline data.share:"` + code + `"`)
	if err != nil {
		return "", 0, 0, err
	}
	now := a.now()
	var page store.Page
	err = a.ask(ctx, &budget{a.limits.Time}, c.project, func(ctx context.Context) (err error) {
		page, err = a.store.Search(ctx, store.Search{
			Scope: store.Scope{Project: c.project, From: now.Add(-shareCodeLasts).UnixNano(), To: now.Add(viewerAhead).UnixNano(), Query: c.narrow(search)},
			Limit: 10,
		})
		return err
	})
	if err != nil {
		return "", 0, 0, err
	}
	for i := range page.Events {
		if q, back, ok := noticeOf(&page.Events[i], code); ok {
			e := &page.Events[i]
			return q, e.Time - int64(back), e.Time + int64(time.Minute), nil
		}
	}
	return "", 0, 0, nil
}

// noticeOf reads the notice of a share code.
func noticeOf(e *event.Event, code string) (q string, back time.Duration, ok bool) {
	var said struct {
		Share string  `json:"share"`
		Query string  `json:"query"`
		Back  float64 `json:"back"` // ms
	}
	if json.Unmarshal([]byte(e.Data), &said) != nil || said.Share != code || !codeQuery.MatchString(said.Query) || strings.Count(said.Query, "stream:") > maxCodeStreams || said.Back < 0 {
		return "", 0, false
	}
	return said.Query, time.Duration(min(said.Back, float64(mostCodeBack.Milliseconds()))) * time.Millisecond, true
}
