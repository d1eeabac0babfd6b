package ingest

import (
	"net"
	"net/http"
	"sync"
)

// An Arrival tells what has been seen of one key since the server started, so
// that somebody who connects a sender sees at which step it stands.
type Arrival struct {
	ReachedAt   int64 // ns; 0 = nothing came
	From        string
	Door        string
	KeyOK       bool
	KeyReason   string // why not, when a request came and the key was refused
	Origin      string // of the last request from a page
	OriginOK    bool
	StoredAt    int64
	Events      int64  // stored since the server started
	LastEventID string // of the last batch stored
}

// A Stranger is the last request that came with no key, or with one that is
// not known. A sender that was given the wrong key is found by it.
type Stranger struct {
	At        int64
	From      string
	Door      string
	KeyPrefix string
	Reason    string
}

// arrivals remembers one Arrival a key; known keys only, so the catalog bounds
// its size.
type arrivals struct {
	keys sync.Map // key id -> *arrival

	mu       sync.Mutex
	stranger Stranger
}

type arrival struct {
	mu sync.Mutex
	a  Arrival
}

func (s *arrivals) of(keyID string) *arrival {
	if v, ok := s.keys.Load(keyID); ok {
		return v.(*arrival)
	}
	v, _ := s.keys.LoadOrStore(keyID, &arrival{})
	return v.(*arrival)
}

func (s *arrivals) refused(now int64, r *http.Request, door, secret, reason string) {
	st := Stranger{At: now, From: remoteHost(r), Door: door, Reason: reason}
	if secret != "" {
		st.KeyPrefix = prefixOf(secret)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stranger = st
}

// Arrival tells what has been seen of a key since the server started.
func (in *Ingest) Arrival(keyID string) Arrival {
	v, ok := in.arrivals.keys.Load(keyID)
	if !ok {
		return Arrival{}
	}
	a := v.(*arrival)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.a
}

// Stranger gives the last request without a known key; its At is 0 when there
// was none.
func (in *Ingest) Stranger() Stranger {
	in.arrivals.mu.Lock()
	defer in.arrivals.mu.Unlock()
	return in.arrivals.stranger
}

func (a *arrival) reached(now int64, r *http.Request, door string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.a.ReachedAt, a.a.From, a.a.Door = now, remoteHost(r), door
}

func (a *arrival) keyRefused(reason string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.a.KeyOK, a.a.KeyReason = false, reason
}

func (a *arrival) keyAccepted() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.a.KeyOK, a.a.KeyReason = true, ""
}

func (a *arrival) originRefused(origin string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.a.KeyOK, a.a.KeyReason = true, ""
	a.a.Origin, a.a.OriginOK = origin, false
}

func (a *arrival) originAllowed(origin string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.a.Origin, a.a.OriginOK = origin, true
}

func (a *arrival) stored(now int64, events int, lastID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.a.StoredAt = now
	a.a.Events += int64(events)
	if lastID != "" {
		a.a.LastEventID = lastID
	}
}

// remoteHost gives the address a request came from, without its port.
func remoteHost(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
