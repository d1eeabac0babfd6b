package push

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

// A Command tells a page what to do. One of its fields is set.
type Command struct {
	Pull  *PullCommand `json:"pull,omitempty"`
	Level string       `json:"level,omitempty"` // the least severe level that is sent from now on
	Mode  string       `json:"mode,omitempty"`  // live, onError, pull or off
}

// A PullCommand asks for logs; what is asked stands in the ticket.
type PullCommand struct {
	ID     string `json:"id"`
	Ticket string `json:"ticket"`
}

// Ask enters a pull and hands it to the device, if it is there. The ticket is
// for hosts that reach their pages themselves (T.$pull).
func (h *Hub) Ask(ctx context.Context, p catalog.Pull) (_ catalog.Pull, ticket string, _ error) {
	p, err := h.o.Catalog.AddPull(ctx, p)
	if err != nil {
		return p, "", err
	}
	if ticket, err = h.sign(p); err != nil {
		return p, "", err
	}
	h.mu.Lock()
	h.of(p.Project).pulls[p.ID] = &offer{Pull: p}
	channel := h.channelOf(p.Project, p.Device)
	if channel != nil && channel.put(Command{Pull: &PullCommand{p.ID, ticket}}) {
		h.of(p.Project).pulls[p.ID].last = h.now()
	} else {
		channel = nil
	}
	h.mu.Unlock()
	if channel != nil {
		p, err = h.delivered(ctx, p)
	}
	return p, ticket, err
}

// channelOf gives a channel to a device: that of the page that was seen last,
// a visible one before hidden ones. The lock is held.
func (h *Hub) channelOf(name, device string) *Channel {
	var best *page
	for _, p := range h.of(name).pages {
		if p.Device != device || p.channel == nil {
			continue
		}
		if best == nil || best.Hidden && !p.Hidden || best.Hidden == p.Hidden && p.Seen.After(best.Seen) {
			best = p
		}
	}
	if best == nil {
		return nil
	}
	return best.channel
}

// due gives the pulls that a page of a device is to be handed now: those that
// nobody has begun, or whose page has gone silent.
func (h *Hub) due(ctx context.Context, name, device, tab string) ([]Command, error) {
	var handed []catalog.Pull
	var commands []Command
	h.mu.Lock()
	now := h.now()
	all := h.of(name)
	for id, o := range all.pulls {
		switch {
		case !now.Before(o.Expires):
			delete(all.pulls, id)
		case o.Device != device || now.Sub(o.last) < offerAgain:
		case o.State == catalog.PullRunning && now.Sub(o.Heard) < abandoned:
		default:
			ticket, err := h.sign(o.Pull)
			if err != nil {
				h.mu.Unlock()
				return nil, err
			}
			o.last = now
			handed = append(handed, o.Pull)
			commands = append(commands, Command{Pull: &PullCommand{id, ticket}})
		}
	}
	h.mu.Unlock()
	slices.SortFunc(commands, func(x, y Command) int { return cmp.Compare(x.Pull.ID, y.Pull.ID) })
	for _, p := range handed {
		if _, err := h.delivered(ctx, p); err != nil {
			return nil, err
		}
	}
	return commands, nil
}

// delivered notes that a pull was handed to a page.
func (h *Hub) delivered(ctx context.Context, p catalog.Pull) (catalog.Pull, error) {
	return h.change(ctx, p.Project, p.ID, func(p *catalog.Pull) {
		if p.State == catalog.PullAsked {
			p.State, p.Delivered = catalog.PullDelivered, h.now()
		}
	})
}

// change changes a pull in the catalog, and here.
func (h *Hub) change(ctx context.Context, project, id string, change func(*catalog.Pull)) (catalog.Pull, error) {
	p, err := h.o.Catalog.ChangePull(ctx, project, id, change)
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.of(project)
	switch {
	case errors.Is(err, catalog.ErrNotFound), err == nil && !p.Open():
		delete(all.pulls, id)
	case err == nil && all.pulls[id] != nil:
		all.pulls[id].Pull = p
	}
	return p, err
}

// Cancel ends a pull: its ticket is no longer good. One that has ended stays as
// it is.
func (h *Hub) Cancel(ctx context.Context, project, id string) (catalog.Pull, error) {
	return h.change(ctx, project, id, func(p *catalog.Pull) { p.State = catalog.PullCancelled })
}

// Progress is what a page tells of a pull.
type Progress struct {
	Ticket   string `json:"ticket"`
	State    string `json:"state"` // running, done, refused or failed
	Selected int64  `json:"selected"`
	Reason   string `json:"reason"`
}

// Verdict says whether a page is to go on with a pull.
type Verdict struct {
	Go     bool   `json:"go"`
	Reason string `json:"reason,omitempty"`
}

// Progress takes what a page told of a pull. A pull that another page is at, or
// that has ended, is not gone on with.
func (h *Hub) Progress(ctx context.Context, project, device, tab string, told Progress) (Verdict, error) {
	t, err := h.verify(project, device, told.Ticket)
	if err != nil {
		return Verdict{Reason: err.Error()}, nil
	}
	ctx = catalog.As(ctx, "device:"+device)
	now := h.now()
	other := false
	p, err := h.change(ctx, project, t.Pull, func(p *catalog.Pull) {
		if p.Tab != "" && p.Tab != tab && p.State == catalog.PullRunning && now.Sub(p.Heard) < abandoned {
			other = true
			return
		}
		if p.Delivered.IsZero() {
			p.Delivered = now // by the host's own push channel
		}
		p.Tab, p.Heard, p.Selected = tab, now, max(0, told.Selected)
		switch state := catalog.PullState(told.State); state {
		case catalog.PullRunning:
			p.State = state
			if p.Started.IsZero() {
				p.Started = now
			}
		case catalog.PullDone, catalog.PullRefused, catalog.PullFailed:
			p.State, p.Reason = state, cut(told.Reason, maxText)
		}
	})
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		return Verdict{Reason: "this pull is not known any more"}, nil
	case err != nil:
		return Verdict{}, err
	case other:
		return Verdict{Reason: "another page of this device is at it"}, nil
	case !p.Open():
		return Verdict{Reason: "this pull is " + string(p.State)}, nil
	}
	return Verdict{Go: true}, nil
}

// Admit says whether a device may send under a ticket, and gives its pull. The
// error is a *TicketError where the ticket is why.
func (h *Hub) Admit(ctx context.Context, project, device, ticket string) (string, error) {
	t, err := h.verify(project, device, ticket)
	if err != nil {
		return "", err
	}
	p, err := h.o.Catalog.Pull(ctx, project, t.Pull)
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		return "", &TicketError{"is of a pull that is not known any more"}
	case err != nil:
		return "", err
	case !p.Open():
		return "", &TicketError{"is of a pull that is " + string(p.State)}
	}
	return p.ID, nil
}

// Arrived counts what has become durable under a ticket.
func (h *Hub) Arrived(ctx context.Context, project, id string, events, bytes int) error {
	h.mu.Lock()
	if all := h.projects[project]; all != nil && all.pulls[id] != nil {
		all.pulls[id].Heard = h.now()
	}
	h.mu.Unlock()
	return h.o.Catalog.CountPulled(ctx, project, id, int64(events), int64(bytes))
}

// MaxLasting bounds how long a pull may wait for its device.
const MaxLasting = 7 * 24 * time.Hour
