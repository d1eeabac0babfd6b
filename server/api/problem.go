package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/redact"
	"github.com/clewline/clewline/server/retention"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/tail"
)

// A requestError is an error that this package itself finds in a request.
type requestError struct {
	code    string // decides the status, see statusOf
	message string // a sentence for a person
	field   string
	column  int // of q, from 1; 0 for none
	want    string
	retry   time.Duration
	// reason and tries tell a page what a refused log-in is about, in words of
	// its own language; see answer.
	reason string
	tries  int
}

func (e *requestError) Error() string { return e.message }

func badRequest(field, format string, args ...any) error {
	return &requestError{code: "bad_request", field: field, message: fmt.Sprintf(format, args...)}
}

// answer is what a caller may see of an error.
type answer struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
	Column  int    `json:"column,omitempty"`
	Want    string `json:"want,omitempty"`
	Field   string `json:"field,omitempty"`
	// Reason names what a page says in its reader's language: wrong_password,
	// paused, last_admin, bad_link, not_yours,
	// share_expired, share_revoked, share_unknown, viewer_expired, viewer_revoked, viewer_unknown, query_seconds, query_rows, queries_at_once.
	Reason string `json:"reason,omitempty"`
	// Tries are those that are left before a pause, of wrong_password.
	Tries int `json:"triesLeft,omitempty"`
	// Pause is how long the next try has to wait, in seconds.
	Pause int `json:"pauseSeconds,omitempty"`
	retry time.Duration
}

// statusOf is the whole list of codes.
var statusOf = map[string]int{
	"bad_request":        http.StatusBadRequest,
	"invalid_query":      http.StatusBadRequest,
	"unauthorized":       http.StatusUnauthorized,
	"forbidden":          http.StatusForbidden,
	"not_found":          http.StatusNotFound,
	"method_not_allowed": http.StatusMethodNotAllowed,
	"conflict":           http.StatusConflict,
	"gone":               http.StatusGone,
	"too_large":          http.StatusRequestEntityTooLarge,
	"slow_down":          http.StatusTooManyRequests,
	"internal":           http.StatusInternalServerError,
	"unavailable":        http.StatusServiceUnavailable,
}

// problem decides what a caller may see of an error. No other code knows which
// error gives which status; one that is not recognised here is ours, and stays
// in the log.
func problem(err error) answer {
	a := recognise(err)
	a.status = statusOf[a.Code]
	return a
}

func recognise(err error) answer {
	if e, ok := errors.AsType[*requestError](err); ok {
		return answer{Code: e.code, Message: e.message, Field: e.field, Column: e.column, Want: e.want, Reason: e.reason, Tries: e.tries, retry: e.retry}
	}
	if e, ok := errors.AsType[*query.SyntaxError](err); ok {
		return answer{Code: "invalid_query", Message: e.Error(), Column: e.Column(), Want: e.Want}
	}
	if _, ok := errors.AsType[*query.SpanError](err); ok {
		return answer{Code: "bad_request", Message: sentence(err), Field: "q"}
	}
	if e, ok := errors.AsType[*catalog.InvalidError](err); ok {
		return answer{Code: "bad_request", Message: e.Error(), Field: e.Field}
	}
	if e, ok := errors.AsType[*retention.ChoiceError](err); ok {
		return answer{Code: "bad_request", Message: e.Error() + ".", Field: e.Field}
	}
	if e, ok := errors.AsType[*redact.RuleError](err); ok {
		field := e.Field
		if e.Rule >= 0 {
			field = fmt.Sprintf("rules[%d].%s", e.Rule, e.Field)
		}
		return answer{Code: "bad_request", Message: sentence(e), Field: field}
	}
	if e, ok := errors.AsType[*format.SourceError](err); ok {
		return answer{Code: "bad_request", Message: sentence(e), Field: "settings." + e.Field}
	}
	if e, ok := errors.AsType[*event.LimitError](err); ok {
		return answer{Code: "too_large", Message: sentence(e)}
	}
	if e, ok := errors.AsType[*catalog.ChangedError](err); ok {
		return answer{Code: "conflict", Message: sentence(e), Field: "version"}
	}
	if e, ok := errors.AsType[*catalog.SetupLinkError](err); ok {
		return answer{Code: "gone", Message: e.Error()}
	}
	if e, ok := errors.AsType[*store.FullError](err); ok {
		return answer{Code: "unavailable", Message: e.Error(), retry: time.Minute}
	}
	if e, ok := errors.AsType[*tail.TooManyError](err); ok {
		return answer{Code: "slow_down", Message: e.Error(), retry: 10 * time.Second}
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return answer{Code: "too_large", Message: fmt.Sprintf("The body is larger than %d bytes.", e.Limit)}
	}
	if p, ok := goneProblem(err); ok {
		return p
	}
	switch {
	case errors.Is(err, catalog.ErrNotYours):
		return answer{Code: "forbidden", Reason: "not_yours", Message: sentence(err)}
	case errors.Is(err, catalog.ErrUnknownKey), errors.Is(err, catalog.ErrRevokedKey), errors.Is(err, catalog.ErrEndedKey), errors.Is(err, catalog.ErrNoSession):
		return answer{Code: "unauthorized", Message: sentence(err)}
	case errors.Is(err, catalog.ErrNotFound):
		return answer{Code: "not_found", Message: sentence(err)}
	case errors.Is(err, store.ErrNotFound):
		return answer{Code: "not_found", Message: "There is no event with this id in this project. It may have been removed by age."}
	case errors.Is(err, catalog.ErrLastAdmin):
		return answer{Code: "conflict", Reason: "last_admin", Message: sentence(err)}
	case errors.Is(err, catalog.ErrNoLink):
		return answer{Code: "gone", Reason: "bad_link", Message: sentence(err)}
	case errors.Is(err, catalog.ErrExists):
		return answer{Code: "conflict", Message: sentence(err)}
	case errors.Is(err, store.ErrBusy):
		return answer{Code: "slow_down", Message: "The store is busy; try again in a moment.", retry: retryAfter}
	case errors.Is(err, tail.ErrClosed):
		return answer{Code: "unavailable", Message: "The server is stopping.", retry: 5 * time.Second}
	case errors.Is(err, context.DeadlineExceeded):
		return answer{Code: "unavailable", Message: "The answer took too long; ask about a shorter time.", retry: retryAfter}
	}
	return answer{Code: "internal"}
}

// sentence makes an error's text one: a capital letter and a full stop.
func sentence(err error) string {
	s := err.Error()
	if s == "" {
		return s
	}
	if c := s[0]; c >= 'a' && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	return s + "."
}

// fail writes the answer to an error, with what else belongs to it.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error, more map[string]any) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // the caller has gone; nobody reads this
	}
	p := problem(err)
	if p.Code == "internal" {
		p.Message = a.internal(r, err)
	}
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retry.Seconds()))))
	}
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="clewline"`)
	}
	if p.Reason == "paused" || p.Reason == "wrong_password" {
		p.Pause = int(math.Ceil(p.retry.Seconds()))
	}
	body := map[string]any{"error": p}
	for k, v := range more {
		body[k] = v
	}
	writeJSON(w, p.status, body)
}

// internal logs an error of ours and gives what is said instead.
func (a *API) internal(r *http.Request, err error) string {
	id := rand.Text()[:10]
	a.log.Error("a request failed", "id", id, "method", r.Method, "path", r.URL.Path, "error", err)
	return "Something went wrong on the server; its log has the reason under " + id + "."
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		// Only values of our own types come here; they all encode.
		panic("api: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n')) // a caller that has gone reads no error either
}
