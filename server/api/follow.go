package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/clewline/clewline/server/tail"
)

// follow answers GET /v1/tail: events as server-sent events, from now on.
func (a *API) follow(w http.ResponseWriter, r *http.Request, c *caller) error {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		return err
	}
	a.following.Add(1)
	defer a.following.Done()
	select {
	case <-a.stopping:
		return tail.ErrClosed
	default:
	}
	sub, err := a.tail.Subscribe(c.project, c.narrow(q), a.limits.TailBuffer)
	if err != nil {
		return err
	}
	defer sub.Close()

	out := openSSE(w)
	defer out.close()

	heartbeat := time.NewTicker(a.limits.Heartbeat)
	defer heartbeat.Stop()
	for out.err == nil {
		select {
		case <-sub.Ready():
			out.events(sub.Take())
		case <-heartbeat.C:
			// A revoked key or an ended session must not read on because it
			// once was good.
			if err := a.still(r.Context(), c); err != nil {
				return out.bye(problem(err).Message)
			}
			out.comment()
		case <-sub.Done():
			out.events(sub.Take())
			return out.bye(sub.Reason())
		case <-a.stopping:
			out.events(sub.Take())
			return out.bye("The server is stopping.")
		case <-r.Context().Done():
			return nil
		}
	}
	return nil
}

// An sse writes server-sent events. The first error sticks: the reader has
// gone, or has not read for stallTime.
type sse struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buf     []byte
	err     error
}

// openSSE begins an answer that is followed, until it is closed.
func openSSE(w http.ResponseWriter) *sse {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy must not collect events
	w.WriteHeader(http.StatusOK)
	s := &sse{w: w, control: http.NewResponseController(w)}
	s.send("open", "{}")
	return s
}

// close gives the connection back, without the deadline of the last write.
func (s *sse) close() { _ = s.control.SetWriteDeadline(time.Time{}) }

// events sends what a subscription gave. The count of dropped ones stands
// first: it tells of a hole before what comes now.
func (s *sse) events(events []tail.Event, dropped uint64) {
	if dropped > 0 {
		s.buf = fmt.Appendf(s.buf, "event: dropped\ndata: {\"count\":%d}\n\n", dropped)
	}
	for _, e := range events {
		s.buf = append(s.buf, "event: event\n"...)
		if !strings.ContainsAny(e.ID, "\x00\r\n") { // a sender's own id may hold anything
			s.buf = append(s.buf, "id: "...)
			s.buf = append(s.buf, e.ID...)
			s.buf = append(s.buf, '\n')
		}
		s.buf = append(s.buf, "data: "...)
		s.buf = append(s.buf, e.JSON...) // JSON of one line: line feeds within are escaped
		s.buf = append(s.buf, "\n\n"...)
		if len(s.buf) >= 64<<10 {
			s.write()
		}
	}
	s.flush()
}

func (s *sse) send(name, data string) {
	s.buf = fmt.Appendf(s.buf, "event: %s\ndata: %s\n\n", name, data)
	s.flush()
}

func (s *sse) comment() {
	s.buf = append(s.buf, ": still here\n\n"...)
	s.flush()
}

// bye sends the last event. It gives nil: the answer was given.
func (s *sse) bye(reason string) error {
	data, err := json.Marshal(map[string]string{"reason": reason})
	if err != nil {
		return err
	}
	s.send("bye", string(data))
	return nil
}

func (s *sse) write() {
	if s.err == nil {
		if err := s.control.SetWriteDeadline(time.Now().Add(stallTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			s.err = err
		}
	}
	if s.err == nil {
		_, s.err = s.w.Write(s.buf)
	}
	s.buf = s.buf[:0]
}

func (s *sse) flush() {
	s.write()
	if s.err == nil {
		s.err = flush(s.control)
	}
}
