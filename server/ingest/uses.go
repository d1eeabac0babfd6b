package ingest

import (
	"fmt"
	"hash/maphash"
	"net/http"
	"sync"
	"time"
)

const (
	// maxClients bounds the clients of one key that are told apart.
	maxClients = 4096
	useHours   = 24
	day        = 24 * time.Hour
)

// A Use is how one key was used since the server started.
type Use struct {
	Since, Last time.Time // the zero time for a key that was not used
	Requests    int64     // within the last 24 hours
	Clients     int       // that sent them
	MoreClients bool      // there were more than are told apart
	EventsNow   int64     // a second, over the last full seconds
	BytesToday  int64     // of this UTC day, after decompression
	Refused     int64     // for a quota or a share, within the last 24 hours
	// Origin is the last page that was refused, Origins how many requests of
	// such pages were, within the last 24 hours.
	Origin  string
	Origins int64
}

// uses keeps one use a key; known keys only, so the catalog bounds its size.
type uses struct {
	now  func() time.Time
	seed maphash.Seed
	keys sync.Map // key id -> *use
}

type use struct {
	mu          sync.Mutex
	since, last time.Time
	hours       [useHours]hourOfUse
	clients     map[uint64]int64 // fingerprint -> hour of the last request
	more        int64            // the hour in which a client was not told apart
	origin      string

	second, before int64 // the second under way, and the events of the one before it
	events         int64 // of the second under way
	day, bytes     int64 // the UTC day, and its bytes
	// told and toldBytes are the same when KeyDays last gave them.
	told, toldBytes int64

	// tokens are the events that may come now; below 0 while a batch is paid
	// off. at is when they were counted.
	tokens float64
	at     time.Time
	filled bool
}

type hourOfUse struct {
	hour                       int64
	requests, refused, origins int64
}

func newUses(now func() time.Time) *uses { return &uses{now: now, seed: maphash.MakeSeed()} }

func (u *uses) of(keyID string) *use {
	if v, ok := u.keys.Load(keyID); ok {
		return v.(*use)
	}
	v, _ := u.keys.LoadOrStore(keyID, &use{clients: map[uint64]int64{}, more: -useHours})
	return v.(*use)
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// hour gives the count of the hour under way. The caller holds e.mu.
func (e *use) hour(now time.Time) *hourOfUse {
	n := hourOf(now)
	h := &e.hours[n%useHours]
	if h.hour != n {
		*h = hourOfUse{hour: n}
	}
	return h
}

// request counts one that came with a good key, from a client that is told
// apart by some text of its own.
func (u *uses) request(keyID, client string) {
	e, now := u.of(keyID), u.now()
	id := maphash.String(u.seed, client)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.since.IsZero() {
		e.since = now
	}
	e.last = now
	e.hour(now).requests++
	n := hourOf(now)
	if _, known := e.clients[id]; !known && len(e.clients) >= maxClients {
		for c, hour := range e.clients {
			if hour <= n-useHours {
				delete(e.clients, c)
			}
		}
		if len(e.clients) >= maxClients {
			e.more = n
			return
		}
	}
	e.clients[id] = n
}

// refused counts a request that was over its key's quota or share.
func (u *uses) refused(keyID string) {
	e, now := u.of(keyID), u.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hour(now).refused++
}

// refusedOrigin counts a request of a page that may not use the key.
func (u *uses) refusedOrigin(keyID, origin string) {
	const most = 200 // signs of a page's origin that are kept
	if len(origin) > most {
		origin = origin[:most]
	}
	e, now := u.of(keyID), u.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hour(now).origins++
	e.origin = origin
}

// overQuota refuses a request of a key that has used its quota up. A batch is
// taken as a whole and paid off afterwards, so that one that is bigger than a
// second's quota gets through at all.
func (u *uses) overQuota(key Key) *refusal {
	if key.EventsPerSecond == 0 && key.BytesPerDay == 0 {
		return nil
	}
	e, now := u.of(key.ID), u.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.roll(now)
	e.refill(now, key.EventsPerSecond)
	var ref *refusal
	switch {
	case key.BytesPerDay > 0 && e.bytes >= key.BytesPerDay:
		next := time.Unix(0, 0).Add(time.Duration(e.day+1) * day)
		ref = refuse(http.StatusTooManyRequests, "slow_down", "the quota bytesPerDay of this key is %d, and today's is used up; it begins anew at midnight UTC", key.BytesPerDay)
		ref.retryAfter = min(next.Sub(now), time.Hour)
	case key.EventsPerSecond > 0 && e.tokens <= 0:
		ref = refuse(http.StatusTooManyRequests, "slow_down", "the quota eventsPerSecond of this key is %d, this key sends more", key.EventsPerSecond)
		wait := time.Duration((1 - e.tokens) / float64(key.EventsPerSecond) * float64(time.Second))
		ref.retryAfter = max(time.Second, min((wait+time.Second-1).Truncate(time.Second), time.Hour))
	default:
		return nil
	}
	ref.field = "key"
	e.hour(now).refused++
	return ref
}

// took counts what was decoded under a key.
func (u *uses) took(key Key, events, bytes int) {
	e, now := u.of(key.ID), u.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.roll(now)
	e.refill(now, key.EventsPerSecond)
	e.events += int64(events)
	e.bytes += int64(bytes)
	e.tokens -= float64(events)
}

// roll begins a new second and a new day. The caller holds e.mu.
func (e *use) roll(now time.Time) {
	if s := now.Unix(); s != e.second {
		e.before = 0
		if s == e.second+1 {
			e.before = e.events
		}
		e.second, e.events = s, 0
	}
	if d := now.Unix() / int64(day/time.Second); d != e.day {
		e.day, e.bytes = d, 0
	}
}

// refill adds the tokens of the time that has passed; two seconds' worth are
// kept. The caller holds e.mu.
func (e *use) refill(now time.Time, perSecond int64) {
	full := 2 * float64(perSecond)
	if !e.filled {
		e.filled, e.tokens = true, full
	} else if passed := now.Sub(e.at); passed > 0 {
		e.tokens = min(full, e.tokens+passed.Seconds()*float64(perSecond))
	}
	e.at = now
}

// Use tells how a key was used since the server started.
func (in *Ingest) Use(keyID string) Use {
	v, ok := in.uses.keys.Load(keyID)
	if !ok {
		return Use{}
	}
	e, now := v.(*use), in.cfg.Clock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.roll(now)
	out := Use{Since: e.since, Last: e.last, EventsNow: max(e.before, e.events), BytesToday: e.bytes, Origin: e.origin}
	n := hourOf(now)
	for _, h := range e.hours {
		if h.hour > n-useHours {
			out.Requests += h.requests
			out.Refused += h.refused
			out.Origins += h.origins
		}
	}
	for _, hour := range e.clients {
		if hour > n-useHours {
			out.Clients++
		}
	}
	out.MoreClients = e.more > n-useHours
	if out.Origins == 0 {
		out.Origin = ""
	}
	return out
}

// clientOf is what tells the clients of a key apart: the SDK's own name for
// its device, else the address and the program.
func clientOf(r *http.Request, client string) string {
	if client != "" {
		return client
	}
	return fmt.Sprint(remoteHost(r), "\x00", r.UserAgent())
}
