package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/push"
)

// pullLevels are the levels that may be asked for, least severe first.
var pullLevels = []string{"debug", "info", "notice", "warn", "error", "fatal"}

const (
	pullLasts  = 24 * time.Hour       // by default, for its device to come
	mostPulled = 366 * 24 * time.Hour // of events
	maxDevice  = 128                  // bytes of its id
	mostPulls  = 1000                 // of one answer
)

type pullAnswer struct {
	ID        string            `json:"id"`
	Project   string            `json:"project"`
	Device    string            `json:"device"`
	Level     string            `json:"level"`
	From      *string           `json:"from"`
	To        *string           `json:"to"`
	State     catalog.PullState `json:"state"`
	Reason    string            `json:"reason"`
	By        string            `json:"by"`
	Asked     *string           `json:"asked"`
	Expires   *string           `json:"expires"`
	Delivered *string           `json:"delivered"`
	Started   *string           `json:"started"`
	Ended     *string           `json:"ended"`
	Selected  int64             `json:"selected"`
	Events    int64             `json:"events"`
	Bytes     int64             `json:"bytes"`
	// Reachable says whether a page of the device is online.
	Reachable bool `json:"reachable"`
	// Ticket is told to who asked, and to nobody afterwards.
	Ticket string `json:"ticket,omitempty"`
}

func (a *API) pullAnswer(p catalog.Pull) pullAnswer {
	return pullAnswer{p.ID, p.Project, p.Device, p.Level, stamp(p.From), stamp(p.To), p.State, p.Reason, p.By, stamp(p.Asked), stamp(p.Expires),
		stamp(p.Delivered), stamp(p.Started), stamp(p.Ended), p.Selected, p.Events, p.Bytes, a.push.Reachable(p.Project, p.Device), ""}
}

// asActor gives a context in which changes are entered under the caller, be it
// a person or a key.
func asActor(ctx context.Context, c *caller) context.Context {
	if c.key != nil {
		return catalog.As(ctx, "key:"+c.key.ID)
	}
	return catalog.As(ctx, "user:"+c.user.Name)
}

// askPull answers POST /v1/pulls: asks a device for its own logs. A read key
// may do it: it makes more of that arrive which the key may read.
func (a *API) askPull(w http.ResponseWriter, r *http.Request, c *caller) error {
	if a.push == nil {
		return noPush()
	}
	var form struct {
		Device string  `json:"device"`
		From   string  `json:"from"`
		To     string  `json:"to"`
		Level  string  `json:"level"`
		Hours  float64 `json:"hours"` // until it expires
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	form.Level = cmp.Or(form.Level, "debug")
	switch {
	case form.Device == "" || len(form.Device) > maxDevice || strings.ContainsFunc(form.Device, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return badRequest("device", "device: want the id of a device, as its events have it, of at most %d bytes.", maxDevice)
	case !slices.Contains(pullLevels, form.Level):
		return badRequest("level", "level: %s is none; want debug, info, notice, warn, error or fatal.", shorten(form.Level))
	case form.Hours < 0 || form.Hours > push.MaxLasting.Hours():
		return badRequest("hours", "hours: want a number up to %d, until which the device may come.", int(push.MaxLasting.Hours()))
	}
	from, to, err := a.span(url.Values{"from": {form.From}, "to": {form.To}})
	if err != nil {
		return err
	}
	if time.Duration(to-from) > mostPulled {
		return badRequest("from", "The time range is longer than %d days, for which no device keeps logs.", int(mostPulled.Hours())/24)
	}
	lasts := pullLasts
	if form.Hours > 0 {
		lasts = max(time.Minute, time.Duration(form.Hours*float64(time.Hour)))
	}
	// The ticket has whole milliseconds, and the last is not cut off.
	const ms = int64(time.Millisecond)
	p, ticket, err := a.push.Ask(asActor(r.Context(), c), catalog.Pull{
		Project: c.project, Device: form.Device, Level: form.Level,
		From: time.UnixMilli(from / ms), To: time.UnixMilli((to + ms - 1) / ms), Expires: a.now().Add(lasts),
	})
	if err != nil {
		return err
	}
	answer := a.pullAnswer(p)
	answer.Ticket = ticket
	writeJSON(w, http.StatusCreated, answer)
	return nil
}

// listPulls answers GET /v1/pulls: newest first.
func (a *API) listPulls(w http.ResponseWriter, r *http.Request, c *caller) error {
	if a.push == nil {
		return noPush()
	}
	params := r.URL.Query()
	limit, err := number(params, "limit", defaultLimit, 1, mostPulls)
	if err != nil {
		return err
	}
	pulls, err := a.catalog.Pulls(r.Context(), c.project, params.Get("device"), limit)
	if err != nil {
		return err
	}
	out := make([]pullAnswer, len(pulls))
	for i, p := range pulls {
		out[i] = a.pullAnswer(p)
	}
	writeJSON(w, http.StatusOK, map[string]any{"pulls": out})
	return nil
}

// showPull answers GET /v1/pulls/{id}.
func (a *API) showPull(w http.ResponseWriter, r *http.Request, c *caller) error {
	if a.push == nil {
		return noPush()
	}
	p, err := a.catalog.Pull(r.Context(), c.project, r.PathValue("id"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, a.pullAnswer(p))
	return nil
}

// cancelPull answers DELETE /v1/pulls/{id}: its ticket is no longer good. What
// has arrived stays.
func (a *API) cancelPull(w http.ResponseWriter, r *http.Request, c *caller) error {
	if a.push == nil {
		return noPush()
	}
	p, err := a.push.Cancel(asActor(r.Context(), c), c.project, r.PathValue("id"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, a.pullAnswer(p))
	return nil
}
