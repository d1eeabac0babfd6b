package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/clewline/clewline/server/sse"
	"github.com/clewline/clewline/server/tail"
)

// beginFollowing enters an answer that goes on until its reader or the server
// ends it; done says that it has.
func (a *API) beginFollowing() (done func(), err error) {
	a.following.Add(1)
	select {
	case <-a.stopping:
		a.following.Done()
		return nil, tail.ErrClosed
	default:
		return a.following.Done, nil
	}
}

// follow answers GET /v1/tail: events as server-sent events, from now on.
func (a *API) follow(w http.ResponseWriter, r *http.Request, c *caller) error {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		return err
	}
	done, err := a.beginFollowing()
	if err != nil {
		return err
	}
	defer done()
	sub, err := a.tail.Subscribe(c.project, c.narrow(q), a.limits.TailBuffer)
	if err != nil {
		return err
	}
	defer sub.Close()

	out := sse.Open(w)
	defer out.Close()
	out.Send("open", struct{}{})

	take := func() {
		events, dropped := sub.Take()
		sendEvents(out, events, dropped)
	}
	heartbeat := time.NewTicker(a.limits.Heartbeat)
	defer heartbeat.Stop()
	for out.Err() == nil {
		select {
		case <-sub.Ready():
			take()
		case <-heartbeat.C:
			// A revoked key or an ended session must not read on because it
			// once was good.
			if err := a.still(r.Context(), c); err != nil {
				out.Bye(problem(err).Message)
				return nil
			}
			out.Comment()
		case <-sub.Done():
			take()
			out.Bye(sub.Reason())
			return nil
		case <-a.stopping:
			take()
			out.Bye("The server is stopping.")
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
	return nil
}

// sendEvents sends what a subscription gave. The count of dropped ones stands
// first: it tells of a hole before what comes now.
func sendEvents(out *sse.Writer, events []tail.Event, dropped uint64) {
	if dropped > 0 {
		out.Add("dropped", "", fmt.Appendf(nil, `{"count":%d}`, dropped))
	}
	for _, e := range events {
		out.Add("event", e.ID, e.JSON) // JSON of one line: line feeds within are escaped
	}
	out.Flush()
}
