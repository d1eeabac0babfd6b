// Package api answers what people and programs ask: searches, histograms,
// live tail, log-in, and the keys and projects of the catalog. What it
// promises is written in docs/api.md. It never takes events in; that is
// ingest.
//
// Every answer is bounded in time, size and work, and says so when it is not
// whole. Every call to the store carries the project that the caller's
// credential allows, and no other.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/push"
	"github.com/clewline/clewline/server/redact"
	"github.com/clewline/clewline/server/retention"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/tail"
)

// Config is what an API is made of.
type Config struct {
	Store   store.Store      // required
	Catalog *catalog.Catalog // required
	Tail    *tail.Hub        // required

	// Clock tells the time. Default time.Now.
	Clock func() time.Time
	// Zone is the server's zone: days of a histogram begin at its midnight,
	// and pages show it. Default time.Local.
	Zone *time.Location
	// Version and DataDir are shown to people who are logged in or hold a
	// set-up link.
	Version string
	DataDir string
	// Arrivals tells what the doors have seen of a key since the server
	// started. Default: nothing.
	Arrivals func(keyID string) Arrivals
	// Retention removes what is not to be kept. Default: nothing does, and its
	// routes say so.
	Retention *retention.Runner
	// KeyUse tells how a key was used since the server started. Default:
	// nothing.
	KeyUse func(keyID string) KeyUse
	// SourceUse tells how a source was used since the server started. Default:
	// nothing.
	SourceUse func(project, name string) SourceUse
	// Quiesce closes the doors for a project that is being deleted, and waits
	// until what was under way for it is stored or refused. Default: nothing
	// is under way.
	Quiesce func(ctx context.Context, project string) error
	// Redactor holds the redaction rules that are in use. Default: nothing is
	// redacted, and its routes say so.
	Redactor *redact.Redactor
	// Push holds the live pages. Default: there are none, and its routes say so.
	Push *push.Hub
	// Observer tells of what comes in. Default: nobody does.
	Observer Observer
	// UI answers what is no API path. Default: not found.
	UI http.Handler
	// Log hears of errors that callers are not told in full. Default
	// slog.Default().
	Log *slog.Logger
	// TLS says that browsers reach this server over https, by itself or
	// through a proxy: the session cookie is then never sent without it.
	TLS bool
	// Limits bound what callers may ask for.
	Limits Limits
}

// Limits bound the work that callers can cause. The zero value works.
type Limits struct {
	// Searches bounds the questions that the store works on at a time;
	// others wait for two seconds. One project has at most three quarters of
	// them. Default 16.
	Searches int
	// Time bounds the store's work on one question. What it has found by
	// then is given, marked as partial. Default 30 s.
	Time time.Duration
	// QuerySeconds is how much of the store's work one key, or one person, may
	// take up each minute; a key may have a bound of its own. Default 120 s.
	QuerySeconds int
	// QueryRows is how many rows the store may look at each minute for one
	// key, or one person; a key may have a bound of its own. Default
	// 10,000,000,000, which is more than seconds allow for on most machines.
	QueryRows int
	// QueriesAtOnce is how many questions of one key, or one person, may be
	// under way. Default 8.
	QueriesAtOnce int
	// TailBuffer is how many events may wait for one live reader. Default
	// 1000.
	TailBuffer int
	// Heartbeat is how often a silent live tail says that it is there, and
	// looks whether its reader may still read. Default 15 s.
	Heartbeat time.Duration
}

func (l Limits) withDefaults() Limits {
	if l.Searches == 0 {
		l.Searches = 16
	}
	if l.Time == 0 {
		l.Time = 30 * time.Second
	}
	if l.QuerySeconds == 0 {
		l.QuerySeconds = 120
	}
	if l.QueryRows == 0 {
		l.QueryRows = 10_000_000_000
	}
	if l.QueriesAtOnce == 0 {
		l.QueriesAtOnce = 8
	}
	if l.TailBuffer == 0 {
		l.TailBuffer = 1000
	}
	if l.Heartbeat == 0 {
		l.Heartbeat = 15 * time.Second
	}
	return l
}

const (
	maxBody     = 64 << 10 // of a request, in bytes
	maxQuery    = 16 << 10 // of q, in bytes
	stallTime   = 30 * time.Second
	cookieName  = "clewline_session"
	retryAfter  = time.Second
	maxInPage   = 200 // events of a search's first page: what a screen shows comes first
	defaultSpan = 15 * time.Minute
)

// An API answers HTTP requests. Its methods may be called concurrently.
type API struct {
	store     store.Store
	reads     store.Store // the same, with its rows on the callers' meters
	catalog   *catalog.Catalog
	tail      *tail.Hub
	now       func() time.Time
	zone      *time.Location
	version   string
	dataDir   string
	arrivals  func(string) Arrivals
	keeping   *retention.Runner // nil: nothing is ever removed
	redacts   *redact.Redactor  // nil: nothing is redacted
	push      *push.Hub         // nil: pages are not known
	keyUse    func(string) KeyUse
	sourceUse func(project, name string) SourceUse
	quiesce   func(context.Context, string) error
	observer  Observer
	ui        http.Handler
	log       *slog.Logger
	tls       bool
	limits    Limits

	cursors  cursorSealer
	words    *moments[completions] // values for completion
	seen     *moments[store.KeyAnswer]
	gate     *gate
	exports  *gate // of exports; their questions pass the other one too
	metering *metering
	logins   *guard
	setUp    atomic.Bool // an admin exists; never becomes false again

	stopping  chan struct{}
	stopOnce  sync.Once
	following sync.WaitGroup // live readers
	watching  watching       // live lists of pages
}

// New makes an API. It reads what it needs from the catalog.
func New(c Config) (*API, error) {
	if c.Store == nil || c.Catalog == nil || c.Tail == nil {
		return nil, errors.New("api: Store, Catalog and Tail are required")
	}
	a := &API{
		store: c.Store, catalog: c.Catalog, tail: c.Tail,
		now: c.Clock, zone: c.Zone, version: c.Version, dataDir: c.DataDir,
		arrivals: c.Arrivals, observer: c.Observer, keeping: c.Retention, redacts: c.Redactor, push: c.Push, keyUse: c.KeyUse, sourceUse: c.SourceUse, quiesce: c.Quiesce, ui: c.UI, log: c.Log, tls: c.TLS,
		limits:   c.Limits.withDefaults(),
		stopping: make(chan struct{}),
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.zone == nil {
		a.zone = time.Local
	}
	if a.arrivals == nil {
		a.arrivals = func(string) Arrivals { return Arrivals{} }
	}
	if a.keyUse == nil {
		a.keyUse = func(string) KeyUse { return KeyUse{} }
	}
	if a.sourceUse == nil {
		a.sourceUse = func(string, string) SourceUse { return SourceUse{} }
	}
	if a.quiesce == nil {
		a.quiesce = func(context.Context, string) error { return nil }
	}
	if a.observer == nil {
		a.observer = nothingComes{}
	}
	if a.log == nil {
		a.log = slog.Default()
	}
	// The secret is kept, so that a cursor outlives a restart.
	secret, err := c.Catalog.Secret(context.Background(), "cursor")
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	a.cursors = cursorSealer{secret}
	a.words, a.seen = newMoments[completions](a.now), newMoments[store.KeyAnswer](a.now)
	a.gate = newGate(a.limits.Searches)
	a.exports = newGateOf(maxExports, maxProjectExports, 4*maxProjectExports)
	a.reads = meteredStore{a.store}
	a.metering = newMetering(a.now, float64(a.limits.QuerySeconds), float64(a.limits.QueryRows), a.limits.QueriesAtOnce)
	a.logins = newGuard(a.now)
	return a, nil
}

// Shutdown tells live readers that the server stops, and waits until they are
// gone or ctx ends. Call it before http.Server.Shutdown, which would wait for
// them without telling. New live tails are refused from then on.
func (a *API) Shutdown(ctx context.Context) error {
	a.stopOnce.Do(func() { close(a.stopping) })
	gone := make(chan struct{})
	go func() {
		a.following.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("live readers are still there: %w", ctx.Err())
	}
}
