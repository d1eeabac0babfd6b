package push

import (
	"context"
	"net/http"
	"time"

	"github.com/clewline/clewline/server/sse"
)

// A Channel is the way to one page. At most mostWaiting commands wait in it.
type Channel struct {
	commands chan Command
	replaced chan struct{} // closed when the page has opened another one
}

// put hands a command over; false where too many wait.
func (c *Channel) put(one Command) bool {
	select {
	case c.commands <- one:
		return true
	default:
		return false
	}
}

// connect opens the channel of a page, in place of an older one. The caller
// must call leave.
func (h *Hub) connect(name string, c Client) (_ *Channel, leave func(), _ error) {
	c.clean()
	h.o.Redact(name, &c)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, nil, ErrClosed
	}
	all := h.of(name)
	p := all.pages[c.Tab]
	if p == nil || p.channel == nil {
		switch {
		case all.channels >= h.o.MaxProjectChannels:
			return nil, nil, &TooManyError{"open channels", "project " + name, h.o.MaxProjectChannels}
		case h.channels >= h.o.MaxChannels:
			return nil, nil, &TooManyError{"open channels", "this server", h.o.MaxChannels}
		}
	}
	if p == nil {
		var err error
		if p, err = h.meet(name, c); err != nil {
			return nil, nil, err
		}
	} else {
		p.Seen, p.Left = h.now(), false
	}
	channel := &Channel{make(chan Command, mostWaiting), make(chan struct{})}
	if p.channel != nil {
		close(p.channel.replaced)
		h.channels--
		all.channels--
	}
	p.channel = channel
	h.channels++
	all.channels++
	h.open.Add(1)
	h.touch(all, p)
	return channel, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		defer h.open.Done()
		if p.channel == channel {
			p.channel = nil
			h.channels--
			all.channels--
			h.touch(all, p)
		}
		// What was not read is told by the next beat.
		for len(channel.commands) > 0 && len(p.waiting) < mostWaiting {
			if one := <-channel.commands; one.Pull == nil { // a pull is offered again by itself
				p.waiting = append(p.waiting, one)
			}
		}
	}, nil
}

// still keeps a page online whose channel was just written to.
func (h *Hub) still(name, tab string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.of(name).pages[tab]; p != nil {
		p.Seen = h.now()
	}
}

// serve writes the channel of a page until one of us goes. may says whether its
// key is still good.
func (h *Hub) serve(ctx context.Context, w http.ResponseWriter, name string, c Client, may func(context.Context) bool) error {
	channel, leave, err := h.connect(name, c)
	if err != nil {
		return err
	}
	defer leave()
	pulls, err := h.due(ctx, name, c.Device, c.Tab)
	if err != nil {
		return err
	}
	out := sse.Open(w)
	defer out.Close()
	out.Send("open", map[string]any{"now": h.now().UnixMilli(), "beat": h.o.Beat.Milliseconds()})
	for _, one := range pulls {
		out.Send("command", one)
	}
	tick := time.NewTicker(h.o.Heartbeat)
	defer tick.Stop()
	for out.Err() == nil {
		select {
		case one := <-channel.commands:
			out.Send("command", one)
		case <-tick.C:
			if !may(ctx) {
				out.Bye("the key is not good any more")
				return nil
			}
			if out.Comment(); out.Err() == nil {
				h.still(name, c.Tab)
			}
		case <-channel.replaced:
			out.Bye("this page has opened another channel")
			return nil
		case <-h.done:
			out.Bye("the server is stopping")
			return nil
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}
