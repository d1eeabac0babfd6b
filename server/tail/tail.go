// Package tail shows events to live readers as soon as the store has them.
// It is there for people who watch: a reader that is too slow, or more events
// than the server can match, costs the reader events, which are counted and
// told, and never costs ingest anything.
package tail

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// A TooManyError says that a project has as many live readers as it may have.
type TooManyError struct {
	Project string
	Max     int
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("project %s has %d live readers already, which is the most there may be; close one", e.Project, e.Max)
}

// ErrClosed says that the hub takes no new readers.
var ErrClosed = errors.New("tail: the server is stopping")

// Options tune a Hub. The zero value works.
type Options struct {
	// MaxPerProject bounds the live readers of one project. Default 64.
	MaxPerProject int
	// MaxWaiting bounds the bytes of published events that wait to be
	// matched. Beyond it they are counted as dropped for every reader of
	// their project. Default 16 MiB.
	MaxWaiting int
}

// A Hub hands published events to subscriptions. Its methods may be called
// concurrently.
type Hub struct {
	maxPerProject int
	maxWaiting    int64

	readers atomic.Int64 // subscriptions, so that Publish need not lock
	waiting atomic.Int64 // bytes of published events that are not matched yet
	queue   chan published
	stop    chan struct{}
	stopped chan struct{}

	mu     sync.RWMutex
	subs   map[string][]*Subscription // by project; slices are replaced, never changed
	closed bool
}

// published is what Publish was given, and what it counts for in waiting.
type published struct {
	events []event.Event
	size   int64
}

// maxBatches bounds the published slices that wait, however small they are.
const maxBatches = 1024

// New starts a hub. Close ends it.
func New(o Options) *Hub {
	if o.MaxPerProject == 0 {
		o.MaxPerProject = 64
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 16 << 20
	}
	h := &Hub{
		maxPerProject: o.MaxPerProject,
		maxWaiting:    int64(o.MaxWaiting),
		queue:         make(chan published, maxBatches),
		stop:          make(chan struct{}),
		stopped:       make(chan struct{}),
		subs:          make(map[string][]*Subscription),
	}
	go h.run()
	return h
}

// Publish shows events to the live readers of their projects. It is called
// after the store's commit, never blocks, and without readers does nothing.
// It keeps the slice for a while: the caller must not change it afterwards.
func (h *Hub) Publish(events []event.Event) {
	if h.readers.Load() == 0 || len(events) == 0 {
		return
	}
	size := h.wanted(events)
	if size == 0 {
		return // nobody reads these projects
	}
	if h.waiting.Add(size) <= h.maxWaiting {
		select {
		case h.queue <- published{events, size}:
			return
		case <-h.stop:
			h.waiting.Add(-size)
			return
		default:
		}
	}
	h.waiting.Add(-size)
	h.lose(events)
}

// wanted sums the sizes of those events whose project has readers.
func (h *Hub) wanted(events []event.Event) int64 {
	var size int64
	project, read := "", false
	for i := range events {
		e := &events[i]
		if i == 0 || e.Project != project {
			project, read = e.Project, len(h.of(e.Project)) > 0
		}
		if read {
			size += sizeOf(e)
		}
	}
	return size
}

// sizeOf is about what an event takes; its long values are what counts.
func sizeOf(e *event.Event) int64 {
	return int64(512 + len(e.Msg) + len(e.Data) + len(e.Raw) + len(e.Words) + len(e.ErrorMsg) + len(e.UA))
}

// lose counts events that there was no room for. Whether they would have
// matched nobody knows; what is told is "up to".
func (h *Hub) lose(events []event.Event) {
	counts := map[string]int{}
	for i := range events {
		counts[events[i].Project]++
	}
	for project, n := range counts {
		for _, s := range h.of(project) {
			s.drop(n)
		}
	}
}

func (h *Hub) of(project string) []*Subscription {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.subs[project]
}

// run matches, so that whoever publishes does not have to.
func (h *Hub) run() {
	defer close(h.stopped)
	for {
		select {
		case <-h.stop:
			return
		case p := <-h.queue:
			h.deliver(p.events)
			h.waiting.Add(-p.size)
		}
	}
}

func (h *Hub) deliver(events []event.Event) {
	project, subs := "", []*Subscription(nil)
	for i := range events {
		select {
		case <-h.stop:
			return
		default:
		}
		e := &events[i]
		if i == 0 || e.Project != project {
			project, subs = e.Project, h.of(e.Project)
		}
		var shared Event // encoded once, however many want it
		for _, s := range subs {
			if !s.match(e) {
				continue
			}
			if shared.JSON == nil {
				shared = Event{ID: e.ID(), JSON: event.AppendJSON(nil, e)}
			}
			s.put(shared)
		}
	}
}

// Subscribe begins to read the events of a project that match q, those that
// are published from now on; a nil q matches all. The buffer is how many
// events may wait for the reader (default 1000); at most 4 MiB do. It returns
// a *TooManyError or ErrClosed. The caller must Close the subscription.
func (h *Hub) Subscribe(project string, q *query.Query, buffer int) (*Subscription, error) {
	if buffer <= 0 {
		buffer = 1000
	}
	s := &Subscription{hub: h, project: project, max: buffer, match: matcher(q), ready: make(chan struct{}, 1), done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	old := h.subs[project]
	if len(old) >= h.maxPerProject {
		return nil, &TooManyError{project, h.maxPerProject}
	}
	// A new slice each time: deliver may be walking the old one.
	h.subs[project] = append(old[:len(old):len(old)], s)
	h.readers.Add(1)
	return s, nil
}

func matcher(q *query.Query) func(*event.Event) bool {
	if q == nil {
		return func(*event.Event) bool { return true }
	}
	return q.Matcher().Match
}

// Readers counts the live readers of all projects.
func (h *Hub) Readers() int { return int(h.readers.Load()) }

// Close ends all subscriptions with a reason, a sentence for their readers,
// and the hub. What was published is not waited for. A second Close changes
// nothing.
func (h *Hub) Close(reason string) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		<-h.stopped
		return
	}
	h.closed = true
	all := h.subs
	h.subs = make(map[string][]*Subscription)
	h.readers.Store(0)
	h.mu.Unlock()
	close(h.stop)
	<-h.stopped
	for _, subs := range all {
		for _, s := range subs {
			s.end(reason)
		}
	}
}
