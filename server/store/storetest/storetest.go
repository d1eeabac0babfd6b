// Package storetest is the contract of a store, as a test suite. Every
// implementation runs it: what a caller may rely on is what stands here.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// An Env is where a store under test lives. Opening a second store with the
// same Env, after the first was closed, opens the same store again.
type Env struct {
	Dir string
	// Rows says after how many events, or so, the store is to begin a new
	// segment (or index, or partition), if it can; 0 is its own choice.
	Rows int64
	now  atomic.Int64
}

// Now is the clock that the store must take, where it can.
func (e *Env) Now() time.Time { return time.Unix(0, e.now.Load()).UTC() }

// Advance moves the clock.
func (e *Env) Advance(d time.Duration) { e.now.Add(int64(d)) }

// Open opens the store of an Env; it must not close it.
type Open func(t testing.TB, env *Env) store.Store

// noon is when the suite begins.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"what was written is read back, every field as it was", testRoundTrip},
		{"strings of any kind are kept", testStrings},
		{"a retry is stored once", testRetries},
		{"stream ranges may overlap and come in any order", testOverlaps},
		{"a key with another body is a conflict and stores nothing", testKeyConflict},
		{"one id twice in a batch counts once and the first is kept", testTwiceInABatch},
		{"a batch that cannot be stored leaves nothing and harms no other", testRefusedBatch},
		{"readers see a batch whole or not at all", testAtomicity},
		{"pages cover every event once, both ways", testPaging},
		{"time ranges are half-open", testHalfOpen},
		{"projects do not see each other", testProjects},
		{"the sum of a histogram is what a search finds", testHistogram},
		{"values are counted", testValues},
		{"facets are what the reference counts", testFacets},
		{"the keys of data that are told are those that events have", testKeys},
		{"what is counted of a share of the rows is near what all have", testEstimates},
		{"an explanation tells of every segment of the project and of no other", testExplain},
		{"a table is what the reference makes of the same events", testTables},
		{"a table of many events is that of the reference", testBigTable},
		{"a sequence is what looking at all events for each first one finds", testSequences},
		{"what a sequence could not read is undecided", testBrokenSequence},
		{"an event is found by its id", testEvent},
		{"what is known of a stream is told", testSeen},
		{"streams are listed by project and day with what is known of them", testStreams},
		{"dead letters are kept, newest first", testDeadLetters},
		{"a cancelled question is answered with its context's error", testCancel},
		{"questions that cannot be are errors", testBadQuestions},
		{"writers and readers work side by side", testConcurrency},
		{"search finds what the matcher matches", testSearchAgrees},
		{"what has expired is hidden at once, removed, and not taken twice", testExpiry},
		{"events are of the day on which they arrive, however long nothing came", testIdleDays},
		{"what is erased is hidden at once and removed, and nothing else", testErasure},
		{"a project is erased as a whole", testProjectErasure},
		{"small files are brought together, and nothing changes", testMerge},
		{"an id that a sender gave is stored once while the first copy is kept", testOwnIDs},
		{"what is compacted lies in as few files as can be, and reads as before", testCompact},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// A fixture is a store under test.
type fixture struct {
	store.Store
	t    *testing.T
	env  *Env
	open Open
}

func newFixture(t *testing.T, open Open, rows int64) *fixture {
	f := &fixture{t: t, env: &Env{Dir: t.TempDir(), Rows: rows}, open: open}
	f.env.now.Store(noon.UnixNano())
	f.Store = open(t, f.env)
	t.Cleanup(func() {
		if err := f.Store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return f
}

// reopen closes the store and opens it again.
func (f *fixture) reopen() {
	f.t.Helper()
	if err := f.Store.Close(); err != nil {
		f.t.Fatalf("close: %v", err)
	}
	f.Store = f.open(f.t, f.env)
}

func (f *fixture) write(b *event.Batch) {
	f.t.Helper()
	if err := f.tryWrite(b); err != nil {
		f.t.Fatalf("write: %v", err)
	}
}

// tryWrite writes, again and again while the store is busy.
func (f *fixture) tryWrite(b *event.Batch) error {
	for {
		err := f.Write(f.t.Context(), b)
		if !errors.Is(err, store.ErrBusy) {
			return err
		}
		select {
		case <-f.t.Context().Done():
			return f.t.Context().Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// settled waits until the store has done what it does in the background.
func (f *fixture) settled() {
	f.t.Helper()
	deadline := time.After(30 * time.Second)
	for f.Stats().Unsealed > 0 {
		select {
		case <-deadline:
			f.t.Fatalf("the store does not settle: %+v", f.Stats())
		case <-time.After(2 * time.Millisecond):
		}
	}
	if err := f.Stats().LastError; err != nil {
		f.t.Fatalf("the store is not well: %v", err)
	}
}

// fill writes events of another project, so that a small store begins new
// segments.
func (f *fixture) fill() {
	f.t.Helper()
	for range 3 {
		b := &event.Batch{Project: "other"}
		base := fmt.Sprintf("fill%d", f.Stats().Events)
		for i := range 12 {
			b.Events = append(b.Events, event.Event{IDBase: base, IDNum: uint64(i + 1), Time: f.env.now.Load(), Received: f.env.now.Load(), Msg: "filling"})
		}
		f.write(b)
	}
}

var always = store.Scope{Project: "acme", From: 0, To: 1 << 62}

func within(scope store.Scope, q *query.Query) store.Scope {
	scope.Query = q
	return scope
}

// all reads everything that a search finds, page by page.
func (f *fixture) all(s store.Search) []event.Event {
	f.t.Helper()
	if s.Limit == 0 {
		s.Limit = store.MaxPage
	}
	var events []event.Event
	for pages := 0; ; pages++ {
		page, err := f.Search(f.t.Context(), s)
		if err != nil {
			f.t.Fatalf("search: %v", err)
		}
		if page.Partial != "" {
			f.t.Fatalf("search is partial: %s", page.Partial)
		}
		if len(page.Events) > s.Limit {
			f.t.Fatalf("a page of %d events, want at most %d", len(page.Events), s.Limit)
		}
		events = append(events, page.Events...)
		if page.Next == nil {
			return events
		}
		if pages > 10_000 {
			f.t.Fatal("the search does not end")
		}
		s.After = page.Next
	}
}

// same compares events; an empty list is no list.
func same(t *testing.T, want, got []event.Event) {
	t.Helper()
	if d := gocmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("events differ (- want, + got):\n%s", d)
	}
}

// ordered gives a copy in event order, with the project set.
func ordered(events []event.Event, project string) []event.Event {
	out := slices.Clone(events)
	for i := range out {
		out[i].Project = project
	}
	slices.SortFunc(out, func(a, b event.Event) int { return event.Compare(&a, &b) })
	return out
}

func reversed(events []event.Event) []event.Event {
	out := slices.Clone(events)
	slices.Reverse(out)
	return out
}

// track makes a batch as the SDK's door does: the numbers from to to of a
// stream, all of them events but those that are omitted.
func track(stream string, from, to uint64, omitted ...event.Omission) *event.Batch {
	b := &event.Batch{Project: "acme", Streams: []event.StreamRange{{Stream: stream, App: "phone", SDK: "clewline-js 1.0.0", From: from, To: to, Omitted: omitted}}}
	for n := from; n <= to; n++ {
		if slices.ContainsFunc(omitted, func(o event.Omission) bool { return o.From <= n && n <= o.To }) {
			continue
		}
		b.Events = append(b.Events, event.Event{
			Project: "acme", Kind: event.Track, Stream: stream, Seq: n, Msg: fmt.Sprintf("step %d", n), Level: event.Info,
			Time: noon.UnixNano() + int64(n)*1e6, Received: noon.UnixNano() + int64(n)*1e6 + 5,
		})
	}
	return b
}

// keyed makes a batch as a door with an Idempotency-Key does.
func keyed(key string, lines int) *event.Batch {
	base := event.KeyBase("acme", "events", key)
	b := &event.Batch{Project: "acme", Key: &event.Key{Base: base, Hash: [32]byte{1, byte(lines), byte(lines >> 8)}}}
	for i := range lines {
		b.Events = append(b.Events, event.Event{
			Project: "acme", Kind: event.Log, IDBase: base, IDNum: uint64(i + 1), Msg: fmt.Sprintf("line %d of %s", i+1, key),
			Time: noon.UnixNano() + int64(i)*1e6, Received: noon.UnixNano(),
		})
	}
	return b
}

// copyOf gives a batch that shares no slice with b, as a retry has none.
func copyOf(b *event.Batch) *event.Batch {
	c := *b
	c.Events = slices.Clone(b.Events)
	c.Streams = slices.Clone(b.Streams)
	c.DeadLetters = slices.Clone(b.DeadLetters)
	return &c
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
