// Package ingest holds the doors that events come in by. A door authenticates,
// limits, decodes and redacts, puts the batch into the queue, and answers 2xx
// only for what is durable. It keeps nothing between requests that an answer
// depends on, so any node can take any request.
package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"github.com/clewline/clewline/server/queue"
	"github.com/prometheus/client_golang/prometheus"
)

// A Key is what a door needs to know of the key that a request carries. The
// project always comes from the key, never from the request.
type Key struct {
	ID      string
	Project string
	Type    KeyType
	// AllowsOrigin says whether a page of this origin may use the key. It is
	// asked for browser keys only; nil allows none.
	AllowsOrigin func(origin string) bool
	// EventsPerSecond and BytesPerDay are the key's own quota; 0 is none. A day
	// is one of UTC, and is counted from when the server started.
	EventsPerSecond, BytesPerDay int64
}

// KeyType says what a key may do.
type KeyType string

// The types of keys.
const (
	BrowserKey KeyType = "browser" // public, write-only, from certain origins, SDK door only
	ServerKey  KeyType = "server"  // secret, writes through every door
	ReadKey    KeyType = "read"    // secret, reads only
)

// ErrUnknownKey, ErrRevokedKey and ErrEndedKey are what Keys answers for keys
// that open nothing.
var (
	ErrUnknownKey = errors.New("unknown key")
	ErrRevokedKey = errors.New("revoked key")
	ErrEndedKey   = errors.New("ended key")
)

// Keys finds what a secret stands for. It may be called concurrently.
type Keys func(ctx context.Context, secret string) (Key, error)

// Config is what the doors stand on. Sink and Keys are required.
type Config struct {
	Sink   queue.Sink
	Keys   Keys
	Limits event.Limits
	// Sources finds a project's settings of a named source, and their version,
	// which is another one after each change; ErrUnknownSource where there is
	// none of that name. nil knows none.
	Sources func(ctx context.Context, project, name string) (format.Source, int64, error)
	// Pulls knows the tickets under which pages send what they had left out,
	// and what pages are to do. nil: every ticket is refused, and there is
	// nothing to do.
	Pulls Pulls
	// Redact changes or removes what must not be stored or queued, dead
	// letters included. It runs after decoding and before Sink.Put, in the
	// request's goroutine. nil changes nothing.
	Redact func(*event.Batch)
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Zone is taken for times without one; nil means UTC.
	Zone *time.Location
	// RequestsPerSecond bounds each key, with a burst of twice as much.
	// Default 5,000.
	RequestsPerSecond int
	// InFlightBytes bounds the bodies being read and decoded at one time;
	// beyond it the doors answer 429. Default 512 MiB.
	InFlightBytes int64
	Registry      prometheus.Registerer // nil registers nothing
	Log           *slog.Logger          // nil discards
}

// Ingest serves the doors.
type Ingest struct {
	cfg      Config
	clock    *arrivalClock
	rates    rateLimiter
	memory   memoryBound
	arrivals arrivals
	seen     *rates
	fair     *fair
	uses     *uses
	sources  sources
	metrics  *metrics
}

// New checks the configuration and makes the doors.
func New(cfg Config) (*Ingest, error) {
	if cfg.Sink == nil || cfg.Keys == nil {
		return nil, errors.New("ingest: Config needs Sink and Keys")
	}
	cfg.Limits = cfg.Limits.WithDefaults()
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.RequestsPerSecond == 0 {
		cfg.RequestsPerSecond = 5000
	}
	if cfg.InFlightBytes == 0 {
		cfg.InFlightBytes = 512 << 20
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Ingest{
		cfg:     cfg,
		clock:   &arrivalClock{now: cfg.Clock},
		rates:   rateLimiter{perSecond: cfg.RequestsPerSecond},
		memory:  memoryBound{max: cfg.InFlightBytes},
		fair:    newFair(turnsAtOnce(), mostUnderWay, bytesUnderWay),
		uses:    newUses(cfg.Clock),
		seen:    newRates(cfg.Clock),
		sources: sources{find: cfg.Sources, now: cfg.Clock},
		metrics: newMetrics(cfg.Registry),
	}, nil
}

// doors are all ways in: the pattern of each, as http.ServeMux takes it.
var doors = []struct {
	pattern string
	serve   func(*Ingest) http.HandlerFunc
}{
	{"POST /v1/track", func(in *Ingest) http.HandlerFunc { return in.door("track", in.track) }},
	{"OPTIONS /v1/track", func(in *Ingest) http.HandlerFunc { return in.trackPreflight }},
	{"POST /v1/events", func(in *Ingest) http.HandlerFunc { return in.door("events", in.events) }},
	{"POST /v1/lines", func(in *Ingest) http.HandlerFunc { return in.door("lines", in.lines) }},
	{"GET /v1/lines/source", func(in *Ingest) http.HandlerFunc { return in.door("lines", in.showSource) }},
}

// Doors lists the patterns of the doors, for tests and documentation.
func Doors() []string {
	var out []string
	for _, d := range doors {
		out = append(out, d.pattern)
	}
	return out
}

// doorNames lists the doors that take events, by the name that they are
// counted under: the last part of the path.
func doorNames() []string {
	var out []string
	for _, p := range Doors() {
		if path, ok := strings.CutPrefix(p, "POST /v1/"); ok {
			out = append(out, path)
		}
	}
	return out
}

// Routes adds the doors to a mux.
func (in *Ingest) Routes(mux *http.ServeMux) {
	for _, d := range doors {
		mux.HandleFunc(d.pattern, d.serve(in))
	}
}

// ClockTrouble says in words what is wrong with the server's own clock, "" for
// nothing. See arrivalClock.
func (in *Ingest) ClockTrouble() string { return in.clock.trouble() }

// AcknowledgeClock has a trouble with the clock told no more, if it is still
// the one that was seen.
func (in *Ingest) AcknowledgeClock(seen string) bool { return in.clock.acknowledge(seen) }

// door wraps a handler with what all doors share: measuring, and turning an
// error into the one form of answer.
func (in *Ingest) door(name string, handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := in.cfg.Clock()
		status := http.StatusOK
		if name == "track" {
			allowAnyReader(w)
		}
		v := &visit{}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		if err := handle(w, r); err != nil {
			status = in.refuse(w, r, name, err)
		}
		in.metrics.request(name, status, in.cfg.Clock().Sub(start))
		in.seen.count(place{v.key.Project, v.key.ID, name}, remoteHost(r), answered(status))
	}
}

// A visit is what a door learns of one request: whose it is.
type visit struct{ key Key }

type visitKey struct{}

// remember notes whose a request is, so that it is counted there whatever
// comes of it.
func remember(r *http.Request, k Key) {
	if v, ok := r.Context().Value(visitKey{}).(*visit); ok {
		v.key = k
	}
}

// answered counts one request by its status.
func answered(status int) Tally {
	t := Tally{Requests: 1}
	switch {
	case status == http.StatusTooManyRequests:
		t.Slowed = 1
	case status >= 500:
		t.Failed = 1
	case status >= 400:
		t.Refused = 1
	}
	return t
}

// put redacts a batch and takes it to durability. rejected is how many lines of
// the request were not understood; since is when its last byte had come.
func (in *Ingest) put(ctx context.Context, b *event.Batch, rejected int, since time.Time) error {
	if in.cfg.Redact != nil {
		in.cfg.Redact(b)
	}
	events, letters := len(b.Events), len(b.DeadLetters)
	if events == 0 && letters == 0 && len(b.Streams) == 0 {
		return nil
	}
	// The batch is the queue's from here on.
	from, bytes := place{b.Project, b.KeyID, b.Door}, b.Bytes
	if err := in.cfg.Sink.Put(ctx, b); err != nil {
		return err
	}
	took := in.cfg.Clock().Sub(since)
	in.seen.took(took)
	in.seen.count(from, "", Tally{Events: int64(events), Bytes: int64(bytes), Rejected: int64(rejected)})
	in.metrics.acknowledged(from.door, events, rejected, letters, bytes, took)
	return nil
}
