package tail

import (
	"sync"

	"github.com/clewline/clewline/event"
)

// An Event is a published event as it goes out. It is shared between readers
// and must not be changed.
type Event struct {
	ID   string
	JSON []byte // the wire form
}

// maxBuffered bounds the bytes that wait for one reader.
const maxBuffered = 4 << 20

// A Subscription is one live reader. Ready says that there is something to
// Take; both are for a single goroutine.
type Subscription struct {
	hub     *Hub
	project string
	max     int
	match   func(*event.Event) bool
	ready   chan struct{} // holds one token while there is something to take
	done    chan struct{}

	mu      sync.Mutex
	waiting []Event
	bytes   int
	lost    uint64 // since the last Take
	dropped uint64 // in all
	ended   bool
	reason  string
}

// Ready is sent on when events or a count of dropped ones wait.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Done is closed when the hub has ended the subscription; see Reason. What
// waits can still be taken.
func (s *Subscription) Done() <-chan struct{} { return s.done }

// Take gives all that waits, oldest first, and how many events were dropped
// since the last Take: the events came before the drop or after it, but each
// dropped one came after those that earlier Takes gave.
func (s *Subscription) Take() (events []Event, dropped uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, dropped = s.waiting, s.lost
	s.waiting, s.bytes, s.lost = nil, 0, 0
	return events, dropped
}

// Dropped counts the events that this reader lost since it began: matching
// ones that it was too slow for, and ones that the server was too busy to
// match.
func (s *Subscription) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Reason says why the hub ended the subscription, "" while it has not.
func (s *Subscription) Reason() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}

// Close ends the subscription from the reader's side.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	old := s.hub.subs[s.project]
	for i := range old {
		if old[i] != s {
			continue
		}
		s.hub.readers.Add(-1)
		if len(old) == 1 {
			delete(s.hub.subs, s.project)
			return
		}
		rest := make([]*Subscription, 0, len(old)-1)
		s.hub.subs[s.project] = append(append(rest, old[:i]...), old[i+1:]...)
		return
	}
}

func (s *Subscription) put(e Event) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	if len(s.waiting) >= s.max || len(s.waiting) > 0 && s.bytes+len(e.JSON) > maxBuffered {
		s.lost++
		s.dropped++
	} else {
		s.waiting = append(s.waiting, e)
		s.bytes += len(e.JSON)
	}
	s.mu.Unlock()
	s.wake()
}

func (s *Subscription) drop(n int) {
	s.mu.Lock()
	s.lost += uint64(n)
	s.dropped += uint64(n)
	s.mu.Unlock()
	s.wake()
}

func (s *Subscription) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

func (s *Subscription) end(reason string) {
	s.mu.Lock()
	s.ended, s.reason = true, reason
	s.mu.Unlock()
	close(s.done)
}
