//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// counted counts the steps of a store by name, and can hold one up.
type counted struct {
	commits atomic.Int64
	step    string
	reached chan struct{} // gets a value when step is reached
	goOn    chan struct{} // is waited for there
}

func (c *counted) before(step string) error {
	if step == "commit" {
		c.commits.Add(1)
	}
	if step == c.step && c.goOn != nil {
		select {
		case c.reached <- struct{}{}:
		default:
		}
		<-c.goOn
	}
	return nil
}

func oneEvent(i int) *event.Batch {
	return &event.Batch{Project: "acme", Events: []event.Event{{IDBase: fmt.Sprint("one", i), Time: int64(i), Project: "acme"}}}
}

func TestALoneWriteIsCommittedAtOnce(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{GroupDelay: time.Hour, MinFree: -1})
	defer s.Close()
	if err := s.Write(t.Context(), oneEvent(0)); err != nil { // or the test times out
		t.Fatal(err)
	}
}

func TestSmallWritesShareACommitAndLargeOnesDoNotWait(t *testing.T) {
	var c counted
	s := mustOpen(t, t.TempDir(), Options{GroupDelay: 300 * time.Millisecond, MinFree: -1, before: c.before})
	defer s.Close()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := s.Write(t.Context(), oneEvent(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := c.commits.Load(); n > 3 {
		t.Errorf("200 writes at once took %d commits", n)
	}
	began := time.Now()
	for n := range 20 {
		b := &event.Batch{Project: "acme"}
		for i := range promptRows {
			b.Events = append(b.Events, event.Event{IDBase: fmt.Sprint("large", n), IDNum: uint64(i + 1), Time: 1, Project: "acme"})
		}
		if err := s.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 20*300*time.Millisecond/2 {
		t.Errorf("20 large writes took %v; they have waited for company", took)
	}
}

func TestWhatBringsNothingNewCostsNoCommit(t *testing.T) {
	var c counted
	s := mustOpen(t, t.TempDir(), Options{GroupDelay: 1, MinFree: -1, before: c.before})
	defer s.Close()
	mustWrite(t, s, 0, 1)
	before := c.commits.Load()
	for range 5 {
		mustWrite(t, s, 0, 1)
		if err := s.Write(t.Context(), &event.Batch{Project: "acme"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.commits.Load() - before; n != 0 {
		t.Errorf("%d commits for nothing", n)
	}
}

func TestPastItsBoundTheQueueIsBusyAndWithdrawnWritesLeaveNothing(t *testing.T) {
	c := counted{step: "commit", reached: make(chan struct{}, 1), goOn: make(chan struct{})}
	s := mustOpen(t, t.TempDir(), Options{GroupDelay: 1, MinFree: -1, PendingBatches: 2, before: c.before})
	defer s.Close()
	outcome := make(chan error, 3)
	go func() { outcome <- s.Write(t.Context(), oneEvent(0)) }()
	<-c.reached // the first is in its commit
	ctx, cancel := context.WithCancel(t.Context())
	withdrawn := make(chan error, 1)
	go func() { withdrawn <- s.Write(ctx, oneEvent(1)) }()
	go func() { outcome <- s.Write(t.Context(), oneEvent(2)) }()
	for n := 0; n < 2; n, _, _ = s.queue.size() {
		<-time.After(time.Millisecond)
	}
	if err := s.Write(t.Context(), oneEvent(3)); !errors.Is(err, store.ErrBusy) {
		t.Errorf("past the bound: %v, want ErrBusy", err)
	}
	cancel()
	if err := <-withdrawn; !errors.Is(err, context.Canceled) {
		t.Errorf("withdrawn: %v", err)
	}
	close(c.goOn)
	for range 2 {
		if err := <-outcome; err != nil {
			t.Error(err)
		}
	}
	for id, want := range map[string]error{"one0": nil, "one1": store.ErrNotFound, "one2": nil, "one3": store.ErrNotFound} {
		if _, err := s.Event(t.Context(), "acme", id); !errors.Is(err, want) {
			t.Errorf("event %s: %v, want %v", id, err, want)
		}
	}
}

func TestWhenSealingFallsBehindWritesAreRefusedUntilItCatchesUp(t *testing.T) {
	c := counted{step: "checkpoint", reached: make(chan struct{}, 1), goOn: make(chan struct{})}
	opt := crashOptions()
	opt.before = c.before
	s := mustOpen(t, t.TempDir(), opt)
	defer s.Close()
	n := 0
	for ; ; n++ {
		if err := s.Write(t.Context(), numbered("s", n)); errors.Is(err, store.ErrBusy) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if n > 1000 {
			t.Fatal("never busy")
		}
	}
	if got := s.Stats().Unsealed; got != 2 {
		t.Errorf("%d segments wait, want 2", got)
	}
	// Reading goes on.
	if page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62}, Limit: 1}); err != nil || len(page.Events) != 1 {
		t.Error(page, err)
	}
	close(c.goOn)
	mustWrite(t, s, n, n+20)
	sealed(t, s)
	if err := s.Stats().LastError; err != nil {
		t.Error(err)
	}
}

func TestASegmentEndsWithItsDay(t *testing.T) {
	now := time.Date(2026, 11, 20, 23, 59, 59, 0, time.UTC)
	s := mustOpen(t, t.TempDir(), Options{GroupDelay: 1, MinFree: -1, Now: func() time.Time { return now }})
	defer s.Close()
	mustWrite(t, s, 0, 2)
	if n := s.Stats().Segments + s.Stats().Unsealed; n != 0 {
		t.Fatalf("%d segments ended before midnight", n)
	}
	now = now.Add(time.Second)
	mustWrite(t, s, 2, 4)
	if n := s.Stats().Segments + s.Stats().Unsealed; n != 1 {
		t.Fatalf("%d segments ended at midnight, want 1", n)
	}
}

func TestHoursDecideWhichSegmentsARangeTouches(t *testing.T) {
	var e entry
	add := func(ns int64) { e.count([]event.Event{{Project: "p", Time: ns}}, nil) }
	add(10 * hour)
	add(10*hour + 1)
	add(1_000_000 * hour) // one wrong clock
	add(-1)
	for _, c := range []struct{ from, to, want int64 }{
		{10 * hour, 11 * hour, 2},
		{11 * hour, 999_999 * hour, 0},
		{0, 10 * hour, 0},
		{-hour, 0, 1},
		{-10 * hour, 1_000_001 * hour, 4},
		{10 * hour, 10 * hour, 0},
	} {
		if got := e.rowsIn("p", c.from, c.to); got != c.want {
			t.Errorf("[%d, %d): %d rows, want %d", c.from/hour, c.to/hour, got, c.want)
		}
	}
	for i := range int64(2 * maxHours) {
		add(i * 100 * hour)
	}
	if len(e.Hours) > maxHours+1 {
		t.Errorf("%d hours are told apart", len(e.Hours))
	}
	if e.rowsIn("p", (2*maxHours-1)*100*hour, (2*maxHours-1)*100*hour+1) == 0 {
		t.Error("an hour beyond the bound is not found")
	}
	e.count([]event.Event{{Project: "q", Time: 11 * hour}}, nil)
	if e.rowsIn("q", 10*hour, 11*hour) != 0 || e.rowsIn("q", 11*hour, 12*hour) != 1 {
		t.Error("the hours of one project are another's")
	}
	for i := range int64(2 * maxExtents) {
		e.count([]event.Event{{Project: fmt.Sprint(i), Time: 10 * hour}}, nil)
	}
	if len(e.Extents) > maxExtents || e.rowsIn(fmt.Sprint(2*maxExtents-1), 10*hour, 11*hour) == 0 {
		t.Error("a project beyond the bound is not found, or there is none")
	}
}
