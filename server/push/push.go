// Package push knows which pages are alive and tells them what to do: to send
// the logs that they keep (a pull), to send more or less, or from another level
// on. A page is reached over its own channel (server-sent events), by the reply
// to its next beat, or by the reply to its next upload, whichever comes first.
//
// What is known of live pages is in memory and bounded; after a restart pages
// tell it again within a beat. Pulls are kept in the catalog.
package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

// Options tune a Hub. Catalog is required.
type Options struct {
	Catalog *catalog.Catalog
	// Clock tells the time. Default time.Now.
	Clock func() time.Time
	// Redact changes or removes what must not be shown of a page. Default:
	// nothing.
	Redact func(project string, c *Client)
	// MaxProject and MaxAll bound the pages that are remembered. Default 5,000
	// and 20,000. Those that were silent for longest make room for new ones;
	// where all are online, a new one is told to come back later.
	MaxProject, MaxAll int
	// MaxProjectChannels and MaxChannels bound the open channels. Default
	// 2,000 and 5,000. A page without one is reached by its beats.
	MaxProjectChannels, MaxChannels int
	// Beat is how often pages tell how they stand. Default 20 s.
	Beat time.Duration
	// Heartbeat is how often a silent channel says that it is there. Default
	// 15 s.
	Heartbeat time.Duration
}

const (
	// silence makes a page offline. A hidden page's timers run once a minute.
	silence = 100 * time.Second
	// forgotten is when an offline page goes from the list.
	forgotten = 24 * time.Hour
	// mostWaiting bounds the commands that wait for one page.
	mostWaiting = 8
	// offerAgain is when a pull that nobody has begun is handed out again.
	offerAgain = 30 * time.Second
	// abandoned is when a pull that a page has begun, and was silent about, is
	// handed out again.
	abandoned = 2 * time.Minute
)

// A TooManyError says that there are as many pages, or channels, as there may be.
type TooManyError struct {
	What  string
	Where string // "this project" or "this server"
	Max   int
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("%s has %d %s, which is the most there may be", e.Where, e.Max, e.What)
}

// ErrClosed says that the server is stopping; ErrOffline, that a page is not
// there to be told anything.
var (
	ErrClosed  = errors.New("push: the server is stopping")
	ErrOffline = errors.New("this page is not online")
)

// A Hub holds the live pages of all projects. Its methods may be called
// concurrently.
type Hub struct {
	o      Options
	now    func() time.Time
	secret []byte

	mu       sync.Mutex
	closed   bool
	projects map[string]*project
	pages    int
	channels int
	done     chan struct{}
	open     sync.WaitGroup
}

type project struct {
	pages    map[string]*page  // by tab
	streams  map[string]*page  // by the stream that it writes
	pulls    map[string]*offer // open ones, by id
	channels int
	version  uint64 // grows with each change
}

type page struct {
	Client
	version uint64
	waiting []Command
	channel *Channel
}

type offer struct {
	catalog.Pull
	last time.Time // it was handed out
}

// New makes a hub, and takes up the pulls that were open when the server
// stopped.
func New(ctx context.Context, o Options) (*Hub, error) {
	if o.Catalog == nil {
		return nil, errors.New("push: Options needs Catalog")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Redact == nil {
		o.Redact = func(string, *Client) {}
	}
	o.MaxProject, o.MaxAll = cmp.Or(o.MaxProject, 5000), cmp.Or(o.MaxAll, 20_000)
	o.MaxProjectChannels, o.MaxChannels = cmp.Or(o.MaxProjectChannels, 2000), cmp.Or(o.MaxChannels, 5000)
	o.Beat, o.Heartbeat = cmp.Or(o.Beat, 20*time.Second), cmp.Or(o.Heartbeat, 15*time.Second)
	secret, err := o.Catalog.Secret(ctx, "pull")
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	h := &Hub{o: o, now: o.Clock, secret: secret, projects: map[string]*project{}, done: make(chan struct{})}
	pulls, err := o.Catalog.OpenPulls(ctx)
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	for _, p := range pulls {
		h.of(p.Project).pulls[p.ID] = &offer{Pull: p}
	}
	return h, nil
}

// Close tells every channel that the server stops, and waits until they are
// gone or ctx ends. New ones are refused from then on.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
	h.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		h.open.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("push channels are still open: %w", ctx.Err())
	}
}

// of gives a project. The lock is held, or the hub is not shared yet.
func (h *Hub) of(name string) *project {
	p := h.projects[name]
	if p == nil {
		p = &project{pages: map[string]*page{}, streams: map[string]*page{}, pulls: map[string]*offer{}}
		h.projects[name] = p
	}
	return p
}

// Beat takes in what a page told of itself, and gives what it is to do.
func (h *Hub) Beat(ctx context.Context, project string, c Client) ([]Command, error) {
	c.clean()
	h.o.Redact(project, &c)
	h.mu.Lock()
	p, err := h.meet(project, c)
	var commands []Command
	if err == nil && !c.Left {
		commands, p.waiting = p.waiting, nil
	}
	h.mu.Unlock()
	if err != nil || c.Left {
		return nil, err
	}
	pulls, err := h.due(ctx, project, c.Device, c.Tab)
	return append(commands, pulls...), err
}

// meet enters what a page told. The lock is held.
func (h *Hub) meet(name string, c Client) (*page, error) {
	now := h.now()
	all := h.of(name)
	p := all.pages[c.Tab]
	if p == nil {
		if c.Left {
			return nil, nil // a page that nobody knew says that it goes
		}
		if err := h.makeRoom(name, all, now); err != nil {
			return nil, err
		}
		p = &page{Client: Client{Since: now}}
		all.pages[c.Tab] = p
		h.pages++
	} else if !p.online(now) {
		p.Since = now // it was away, in the back/forward cache perhaps
	}
	if c.LastError == nil {
		c.LastError = p.LastError
	}
	c.Since, c.Seen = p.Since, now
	if c.Stream != p.Stream {
		all.unwrite(p)
		if c.Stream != "" {
			all.streams[c.Stream] = p
		}
	}
	p.Client = c
	h.touch(all, p)
	return p, nil
}

// unwrite forgets that a page writes its stream.
func (all *project) unwrite(p *page) {
	if all.streams[p.Stream] == p {
		delete(all.streams, p.Stream)
	}
}

func (h *Hub) touch(all *project, p *page) {
	all.version++
	p.version = all.version
}

// makeRoom lets a project have one page more, by forgetting one that has gone.
func (h *Hub) makeRoom(name string, all *project, now time.Time) error {
	if len(all.pages) < h.o.MaxProject && h.pages < h.o.MaxAll {
		return nil
	}
	// As there may be many, all that are offline are forgotten at once.
	for tab, p := range all.pages {
		if !p.online(now) {
			h.forget(all, tab)
		}
	}
	switch {
	case len(all.pages) >= h.o.MaxProject:
		return &TooManyError{"live pages", "project " + name, h.o.MaxProject}
	case h.pages >= h.o.MaxAll:
		return &TooManyError{"live pages", "this server", h.o.MaxAll}
	}
	return nil
}

// Forget forgets the pages and pulls of a project that was deleted: a later one
// of its name is another one. Its channels end when their keys are looked at.
func (h *Hub) Forget(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.projects[name]
	if all == nil {
		return
	}
	for tab := range all.pages {
		h.forget(all, tab)
	}
	clear(all.pulls)
}

func (h *Hub) forget(all *project, tab string) {
	all.unwrite(all.pages[tab])
	delete(all.pages, tab)
	h.pages--
	all.version++
}

// Commands gives what a device is to do, for the reply to an upload of one of
// its streams. A device that has no page here gets nothing: it could not obey.
func (h *Hub) Commands(ctx context.Context, project, device, stream string) []Command {
	h.mu.Lock()
	all := h.projects[project]
	if all == nil || all.streams[stream] == nil || all.streams[stream].Device != device {
		h.mu.Unlock()
		return nil
	}
	writer := all.streams[stream]
	var commands []Command
	commands, writer.waiting = writer.waiting, nil
	tab := writer.Tab
	h.mu.Unlock()
	pulls, err := h.due(ctx, project, device, tab)
	if err != nil {
		return commands // it comes with the next beat; the upload is what counts here
	}
	return append(commands, pulls...)
}

// Order has one page do something. It is told at once where it has a channel.
func (h *Hub) Order(project, tab string, c Command) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.projects[project]
	if all == nil || all.pages[tab] == nil || !all.pages[tab].online(h.now()) {
		return ErrOffline
	}
	p := all.pages[tab]
	if p.channel != nil && p.channel.put(c) {
		return nil
	}
	if len(p.waiting) >= mostWaiting {
		return &TooManyError{"commands that wait for it", "this page", mostWaiting}
	}
	p.waiting = append(p.waiting, c)
	return nil
}

// A List is the pages of one project.
type List struct {
	Clients []Client // online first, then who was seen last
	Version uint64   // of the project: another one after each change
}

// List gives the pages of a project that are online, or were within a day.
func (h *Hub) List(name string) List {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.projects[name]
	if all == nil {
		return List{}
	}
	now := h.now()
	var out List
	for tab, p := range all.pages {
		if now.Sub(p.Seen) >= forgotten {
			h.forget(all, tab)
			continue
		}
		c := p.Client
		c.Online, c.Channel = p.online(now), p.channel != nil
		out.Clients = append(out.Clients, c)
	}
	out.Version = all.version
	slices.SortFunc(out.Clients, func(x, y Client) int {
		if x.Online != y.Online {
			if x.Online {
				return -1
			}
			return 1
		}
		return cmp.Or(y.Since.Compare(x.Since), cmp.Compare(x.Tab, y.Tab))
	})
	return out
}

// Version is a project's: another one after each change. Going offline by
// silence is none.
func (h *Hub) Version(name string) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if all := h.projects[name]; all != nil {
		return all.version
	}
	return 0
}

// Reachable says whether some page of a device is online.
func (h *Hub) Reachable(project, device string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.projects[project]
	if all == nil {
		return false
	}
	now := h.now()
	for _, p := range all.pages {
		if p.Device == device && p.online(now) {
			return true
		}
	}
	return false
}
