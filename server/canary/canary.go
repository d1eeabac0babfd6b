// Package canary proves, over and over, that what goes in comes out: it puts
// one event into the queue as a door does, reads it back by a search, and
// compares what was sent with what was found, sign by sign. What it says is
// shown by /readyz, /metrics and the page about ingest.
//
// The events are in a project of their own that nobody can make, see or count,
// and are removed after a day.
package canary

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/queue"
	"github.com/clewline/clewline/server/store"
)

// Project holds the canary's events. The catalog takes no name with a low
// line, so no key and no person can ever be given it.
const Project = "_canary"

// keepFor is how long the canary's events are kept.
const keepFor = 24 * time.Hour

// Reader is what the canary needs of a store, beside store.Keeper where the
// store is one.
type Reader interface {
	Search(ctx context.Context, s store.Search) (store.Page, error)
}

// Config is what a Canary stands on. Sink and Store are required.
type Config struct {
	Sink  queue.Sink
	Store Reader
	// Every is the time between two events. Default 10 s.
	Every time.Duration
	// Low says in words why nothing may be written now, "" when it may: the
	// last free bytes of a disk are not for a canary. nil means always.
	Low func() string
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Tick begins a round each time it gives a value; nil means every Every.
	Tick <-chan time.Time
}

// A Report is what the canary has seen.
type Report struct {
	Every     time.Duration
	Rounds    int64         // begun since the server started
	Returned  int64         // came back as they were sent
	Failed    int64         // did not
	Skipped   int64         // not begun, see Paused
	InRow     int           // failures since the last success
	Last      time.Time     // of the last success; zero = none yet
	RoundTrip time.Duration // of the last success: put, durable, found
	Failure   string        // why the last round failed, "" when it did not
	Paused    string        // why no round is begun now, "" when they are
}

// A Canary sends events and reads them back. Its methods may be called
// concurrently.
type Canary struct {
	cfg     Config
	first   int64 // when it began, part of every id
	expired store.Day

	mu     sync.Mutex
	report Report
	n      uint64
}

// New makes a Canary.
func New(cfg Config) (*Canary, error) {
	if cfg.Sink == nil || cfg.Store == nil {
		return nil, errors.New("canary: Config needs Sink and Store")
	}
	if cfg.Every == 0 {
		cfg.Every = 10 * time.Second
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Low == nil {
		cfg.Low = func() string { return "" }
	}
	return &Canary{cfg: cfg, first: cfg.Clock().UnixNano(), report: Report{Every: cfg.Every}}, nil
}

// Run sends an event at each tick until ctx ends. The first one goes out after
// a first interval.
func (c *Canary) Run(ctx context.Context) {
	tick := c.cfg.Tick
	if tick == nil {
		t := time.NewTicker(c.cfg.Every)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			c.Round(ctx)
		}
	}
}

// Report tells what the canary has seen so far.
func (c *Canary) Report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.report
}

// Round sends one event and reads it back.
func (c *Canary) Round(ctx context.Context) {
	low := c.cfg.Low()
	c.mu.Lock()
	c.report.Paused = low
	if low != "" {
		c.report.Skipped++
		c.mu.Unlock()
		return
	}
	c.report.Rounds++
	c.n++
	n := c.n
	c.mu.Unlock()

	began := c.cfg.Clock()
	limited, cancel := context.WithTimeout(ctx, c.cfg.Every)
	defer cancel()
	err := c.try(limited, n, began)
	ended := c.cfg.Clock()
	if ctx.Err() != nil {
		return // the server is stopping; that proves nothing
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.report.Failed++
		c.report.InRow++
		c.report.Failure = err.Error()
		return
	}
	c.report.Returned++
	c.report.InRow = 0
	c.report.Failure = ""
	c.report.Last, c.report.RoundTrip = ended, ended.Sub(began)
}

// try is one round: nil when what was found is what was sent.
func (c *Canary) try(ctx context.Context, n uint64, now time.Time) error {
	if err := c.forget(ctx, now); err != nil {
		return err
	}
	sent := c.event(n, now)
	want := string(event.AppendJSON(nil, &sent))
	b := &event.Batch{Project: Project, Events: []event.Event{sent}, Bytes: len(want)}
	if err := c.cfg.Sink.Put(ctx, b); err != nil {
		return fmt.Errorf("the canary's event was not taken: %w", err)
	}
	q, err := query.Parse("id:" + sent.ID())
	if err != nil {
		return fmt.Errorf("the canary's query: %w", err)
	}
	page, err := c.cfg.Store.Search(ctx, store.Search{
		Scope: store.Scope{Project: Project, From: sent.Time, To: sent.Time + 1, Query: q}, Limit: 2,
	})
	switch {
	case err != nil:
		return fmt.Errorf("the canary's event could not be searched for: %w", err)
	case len(page.Events) == 0:
		return errors.New("the canary's event was acknowledged, and a search did not find it")
	case len(page.Events) > 1:
		return errors.New("the canary's event was stored twice")
	}
	if got := string(event.AppendJSON(nil, &page.Events[0])); got != want {
		return fmt.Errorf("the canary's event came back changed from sign %d on", differsAt(got, want))
	}
	return nil
}

// event is the n-th event: each has another text, in two scripts.
func (c *Canary) event(n uint64, now time.Time) event.Event {
	ns := now.UnixNano()
	return event.Event{
		IDBase: "canary-" + strconv.FormatInt(c.first, 36), IDNum: n,
		Time: ns, Received: ns, Project: Project, App: "clewline", Kind: event.Log, Level: event.Debug,
		Msg:  "the canary's event " + strconv.FormatUint(n, 10) + " 金丝雀 " + strconv.FormatInt(ns, 36),
		Data: `{"n":` + strconv.FormatUint(n, 10) + `,"text":"` + strings.Repeat("thread ", int(n%5)) + `线"}`,
	}
}

// forget orders the removal of what is older than a day, once a day.
func (c *Canary) forget(ctx context.Context, now time.Time) error {
	keeper, ok := c.cfg.Store.(store.Keeper)
	before := store.DayOf(now.Add(-keepFor))
	if !ok || before == c.expired {
		return nil
	}
	if err := keeper.Expire(ctx, Project, before); err != nil {
		return fmt.Errorf("the canary's old events could not be removed: %w", err)
	}
	c.expired = before
	return nil
}

// differsAt gives the first sign, from 1, in which two texts differ.
func differsAt(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i + 1
}
