package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/queue"
)

// A refusal is a request that a door turns away, with what its sender is told.
type refusal struct {
	status     int
	code       string
	message    string
	field      string
	retryAfter time.Duration
}

func (r *refusal) Error() string { return r.message }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// asRefusal decides what a sender may see of an error. An error that it does
// not recognise is ours and stays in the log.
func asRefusal(err error) *refusal {
	var (
		ref         *refusal
		limit       *event.LimitError
		conflict    *event.KeyConflictError
		unavailable *queue.UnavailableError
		tooLarge    *http.MaxBytesError
	)
	switch {
	case errors.As(err, &ref):
		return ref
	case errors.As(err, &conflict):
		return refuse(http.StatusConflict, "conflict", "%s", conflict.Error())
	case errors.As(err, &limit):
		return refuse(http.StatusRequestEntityTooLarge, "too_large", "%s", limit.Error())
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "too_large", "limit wireBytes is %d, this body has more", tooLarge.Limit)
	case errors.Is(err, queue.ErrFull):
		r := refuse(http.StatusTooManyRequests, "slow_down", "the server is catching up with what it has taken; try again in a second")
		r.retryAfter = time.Second
		return r
	case errors.As(err, &unavailable):
		r := refuse(http.StatusServiceUnavailable, "unavailable", "%s", unavailable.Reason)
		if unavailable.NoRoom {
			r = refuse(http.StatusTooManyRequests, "slow_down", "%s", unavailable.Reason)
		}
		r.retryAfter = unavailable.RetryAfter
		return r
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		r := refuse(http.StatusServiceUnavailable, "unavailable", "the request ended before its events were durable; send them again")
		r.retryAfter = time.Second
		return r
	}
	return nil
}

// refuse answers a request that failed and gives the status it answered with.
func (in *Ingest) refuse(w http.ResponseWriter, r *http.Request, door string, err error) int {
	ref := asRefusal(err)
	if ref == nil {
		in.cfg.Log.Error("a door failed", "door", door, "error", err)
		ref = refuse(http.StatusInternalServerError, "internal", "something went wrong on the server; its log says what")
		ref.retryAfter = 5 * time.Second
	}
	if ref.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(1, ref.retryAfter/time.Second))))
	}
	if ref.status == http.StatusRequestEntityTooLarge {
		// The rest of the body is not worth reading.
		w.Header().Set("Connection", "close")
	}
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Field   string `json:"field,omitempty"`
	}
	reply(w, ref.status, map[string]any{"error": problem{ref.code, ref.message, ref.field}})
	return ref.status
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// The connection may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}

// allowAnyReader lets a page of any origin read the answer. Answers of the
// SDK's door hold nothing private, no cookie opens it, and which origin may
// *write* is decided by the key; but an error that the SDK cannot read, it
// cannot act upon.
func allowAnyReader(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// trackPreflight answers the question that browsers ask before requests which
// are not "simple". The SDK's own are simple; a host page's service worker or
// a proxy may add headers.
func (in *Ingest) trackPreflight(w http.ResponseWriter, _ *http.Request) {
	allowAnyReader(w)
	w.Header().Set("Access-Control-Allow-Methods", "POST")
	w.Header().Set("Access-Control-Allow-Headers", "Content-Type, Content-Encoding")
	w.Header().Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
