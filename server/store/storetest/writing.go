package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

func testRoundTrip(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	full := event.Event{
		IDBase: "01hq", IDNum: 7, Time: noon.UnixNano() + 123456789, ClientTime: 5, Received: noon.UnixNano() + 1,
		Project: "acme", App: "phone", Env: "prod", Release: "4.1", Host: "node-1",
		Kind: event.Call, Level: event.Warn, Msg: "a message", Data: `{"a":1.50,"b":{"c":["x"]}}`, Raw: "raw line", Words: "x",
		Flags: event.TimeCorrected | event.Truncated, Account: "acct", Staff: "staff", CallID: "call", Number: "13800138000",
		Session: "sess", Device: "dev", User: "user", Label: "Dialer", Form: event.FormData, Category: event.CategoryPush, Page: "/p",
		TraceID: "8f43", SpanID: "01", ChildOf: "00", Service: "function", Event: "callFunction", Function: "fn",
		FilePath: []string{"a.js", "b, c.js", "d'e"}, CollectionName: []string{"users"}, HTTPPath: "/v1", Invoker: "uid:u", Source: "web-sdk",
		UA: "Mozilla", Browser: "Chrome", OS: "Linux", DeviceType: "desktop", InvokerIP: "10.0.0.1", StartTime: noon.UnixNano() - 1,
		TimeCost: 12.5, HasTimeCost: true, ErrorCode: "QUOTA_EXCEEDED", ErrorMsg: "too much", Product: "p", Subsys: "s", Module: "m",
	}
	sparse := event.Event{IDBase: "own-id", Time: noon.UnixNano(), Project: "acme", HasTimeCost: true}
	sdk := event.Event{Stream: "20261120-s", Seq: 1 << 63, Time: noon.UnixNano(), Project: "acme"}
	early := event.Event{IDBase: "e", IDNum: 1, Time: -1, Project: "acme"}
	events := []event.Event{full, sparse, sdk, early}
	f.write(&event.Batch{Project: "acme", Events: append([]event.Event(nil), events...)})
	scope := store.Scope{Project: "acme", From: -1e18, To: 1 << 62}
	for range 2 {
		same(t, ordered(events, "acme"), f.all(store.Search{Scope: scope, Ascending: true}))
		f.reopen()
	}
}

func testStrings(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	var b event.Batch
	b.Project = "acme"
	for i, s := range []string{
		"a\x00b", "\x00", "'quoted' \"twice\" \\ \n\r\t", "$1 ? %s ${x} -- ;", "坐席反复掉线", "👩‍👩‍👧‍👦", "\u2028\ufeff", "é e\u0301",
		strings.Repeat("x", 12), strings.Repeat("x", 13), strings.Repeat("长", 22_000), strings.Repeat("0123456789abcdef", 4096), strings.Repeat("y", 900_000),
	} {
		b.Events = append(b.Events, event.Event{IDBase: "s", IDNum: uint64(i + 1), Time: noon.UnixNano() + int64(i), Project: "acme",
			Msg: s, Account: s, Raw: s, FilePath: []string{s, "x"}})
	}
	want := ordered(b.Events, "acme")
	f.write(&b)
	for range 2 {
		same(t, want, f.all(store.Search{Scope: always, Ascending: true}))
		f.reopen()
	}
}

func testRetries(t *testing.T, open Open) {
	between := []struct {
		name string
		do   func(*fixture)
	}{
		{"at once", func(*fixture) {}},
		{"after new segments", func(f *fixture) { f.fill() }},
		{"after sealing", func(f *fixture) { f.fill(); f.settled() }},
		{"after a restart", func(f *fixture) { f.reopen() }},
		{"after midnight", func(f *fixture) { f.env.Advance(13 * time.Hour); f.fill() }},
		{"after all of it", func(f *fixture) {
			f.fill()
			f.settled()
			f.env.Advance(13 * time.Hour)
			f.reopen()
			f.fill()
			f.settled()
			f.reopen()
		}},
	}
	for _, c := range between {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, open, 10)
			sdk, http := track("20261120-a", 1, 9), keyed("k1", 9)
			want := ordered(append(append([]event.Event(nil), sdk.Events...), http.Events...), "acme")
			for try := range 3 {
				for _, b := range []*event.Batch{copyOf(sdk), copyOf(http)} {
					n := len(b.Events)
					f.write(b)
					if try == 0 && len(b.Events) != n || try > 0 && len(b.Events) != 0 {
						t.Fatalf("try %d: Write left %d of %d events as new", try+1, len(b.Events), n)
					}
				}
				same(t, want, f.all(store.Search{Scope: always, Ascending: true}))
				c.do(f)
			}
			same(t, want, f.all(store.Search{Scope: always, Ascending: true}))
		})
	}
}

func testOverlaps(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	for _, step := range []struct {
		from, to uint64
		fresh    int
	}{
		{10, 19, 10}, {1, 5, 5}, {4, 11, 4}, {1, 30, 11}, {1, 30, 0}, {31, 31, 1}, {25, 35, 4},
	} {
		b := track("20261120-o", step.from, step.to)
		f.write(b)
		if len(b.Events) != step.fresh {
			t.Fatalf("%d to %d: %d events are new, want %d", step.from, step.to, len(b.Events), step.fresh)
		}
		for _, e := range b.Events {
			if e.Seq < step.from || e.Seq > step.to {
				t.Fatalf("%d to %d: event %d is left in the batch", step.from, step.to, e.Seq)
			}
		}
	}
	same(t, ordered(track("20261120-o", 1, 35).Events, "acme"), f.all(store.Search{Scope: always, Ascending: true}))
}

func testKeyConflict(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	f.write(keyed("k", 3))
	for range 2 {
		other := keyed("k", 4)
		err := f.tryWrite(other)
		if _, ok := errors.AsType[*event.KeyConflictError](err); !ok {
			t.Fatalf("write of another body under the same key: %v, want a *event.KeyConflictError", err)
		}
		if got := f.all(store.Search{Scope: always}); len(got) != 3 {
			t.Fatalf("%d events after the conflict, want the first 3", len(got))
		}
		f.fill()
		f.settled()
		f.reopen()
	}
	elsewhere := keyed("k", 4)
	elsewhere.Project = "beta"
	elsewhere.Key.Base = event.KeyBase("beta", "events", "k")
	for i := range elsewhere.Events {
		elsewhere.Events[i].Project = "beta"
	}
	f.write(elsewhere) // a key belongs to its project
}

func testTwiceInABatch(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	b := &event.Batch{Project: "acme"}
	add := func(e event.Event, msg string) {
		e.Project, e.Time, e.Msg = "acme", noon.UnixNano()+int64(len(b.Events)), msg
		b.Events = append(b.Events, e)
	}
	add(event.Event{IDBase: "b"}, "keep 1")
	add(event.Event{IDBase: "a"}, "keep 2")
	add(event.Event{IDBase: "b"}, "drop")
	add(event.Event{IDBase: "b", IDNum: 1}, "keep 3")
	add(event.Event{IDBase: "b", IDNum: 1}, "drop")
	add(event.Event{Stream: "s", Seq: 2}, "keep 4")
	add(event.Event{Stream: "s", Seq: 2}, "drop")
	add(event.Event{Stream: "s", Seq: 1}, "keep 5")
	var want []event.Event
	for _, e := range b.Events {
		if e.Msg != "drop" {
			want = append(want, e)
		}
	}
	f.write(b)
	same(t, want, b.Events)
	same(t, ordered(want, "acme"), f.all(store.Search{Scope: always, Ascending: true}))
}

func testRefusedBatch(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	bad := track("20261120-bad", 1, 5)
	bad.Events[3].Msg = "not \xff UTF-8"
	good := keyed("good", 5)
	outcome := make(chan error, 2)
	go func() { outcome <- f.tryWrite(good) }()
	if err := f.tryWrite(bad); err == nil {
		t.Fatal("text that is not UTF-8 was stored")
	} else if !strings.Contains(err.Error(), "msg") || !strings.Contains(err.Error(), "4") {
		t.Errorf("the error %q does not name the event and the field", err)
	}
	if err := <-outcome; err != nil {
		t.Fatalf("the other batch: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Write(ctx, keyed("late", 2)); !errors.Is(err, context.Canceled) {
		t.Fatalf("write with an ended context: %v", err)
	}
	if got := f.all(store.Search{Scope: always}); len(got) != 5 {
		t.Fatalf("%d events are stored, want the 5 of the good batch", len(got))
	}
	f.write(track("20261120-bad", 1, 5)) // nothing of it was remembered
	if got := f.all(store.Search{Scope: always}); len(got) != 10 {
		t.Fatalf("%d events are stored, want 10", len(got))
	}
	f.write(&event.Batch{Project: "acme"}) // nothing at all is fine
}

func testEvent(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	events := append(track("20261120-s.1", 1, 20).Events, keyed("k", 20).Events...)
	events = append(events,
		event.Event{IDBase: "own", Time: 1, Project: "acme"}, event.Event{IDBase: "own.id", Time: 2, Project: "acme"},
		event.Event{IDBase: "own.7", Time: 3, Project: "acme"}, event.Event{IDBase: "坐席", Time: 4, Project: "acme"})
	for i := range events {
		f.write(&event.Batch{Project: "acme", Events: []event.Event{events[i]}})
	}
	check := func() {
		for i := range events {
			got, err := f.Event(t.Context(), "acme", events[i].ID())
			if err != nil {
				t.Fatalf("event %s: %v", events[i].ID(), err)
			}
			same(t, events[i:i+1], []event.Event{got})
		}
		for _, id := range []string{"", "own.8", "20261120-s.1.21", "OWN", "none", "own.", "20261120-s.1", "a\x00b"} {
			if got, err := f.Event(t.Context(), "acme", id); !errors.Is(err, store.ErrNotFound) {
				t.Fatalf("event %q: %+v, %v; want ErrNotFound", id, got, err)
			}
		}
		if _, err := f.Event(t.Context(), "beta", "own"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("an event of another project: %v; want ErrNotFound", err)
		}
	}
	check()
	f.settled()
	f.reopen()
	check()
}

func testDeadLetters(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	for i := range 6 {
		b := keyed(fmt.Sprint("k", i), 4)
		b.DeadLetters = []event.DeadLetter{
			{Received: int64(i)*10 + 1, Door: "events", Format: "ndjson", Line: 2, Field: "time", Reason: "no time", Text: "a\x00 \xff 坐席"},
			{Received: int64(i)*10 + 2, Door: "events", Reason: "whole body", Text: strings.Repeat("t", event.MaxDeadLetter)},
		}
		f.write(copyOf(b))
		f.write(b) // the retry adds none
	}
	alone := &event.Batch{Project: "acme", DeadLetters: []event.DeadLetter{{Received: 1000, Door: "lines", Reason: "alone"}}}
	f.write(alone)
	f.settled()
	for range 2 {
		got, err := f.DeadLetters(t.Context(), "acme", 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 13 || got[0].Reason != "alone" || got[12].Received != 1 {
			t.Fatalf("%d dead letters, the first %q of %d; want 13, newest first", len(got), got[0].Reason, got[0].Received)
		}
		if d := got[2]; d.Door != "events" || d.Format != "ndjson" || d.Line != 2 || d.Field != "time" || d.Reason != "no time" || d.Text != "a\x00 \ufffd 坐席" {
			t.Fatalf("a dead letter came back as %+v", d)
		}
		if few, err := f.DeadLetters(t.Context(), "acme", 3); err != nil || len(few) != 3 || few[2].Received != 51 {
			t.Fatalf("the newest three: %v, %v", few, err)
		}
		if none, err := f.DeadLetters(t.Context(), "beta", 3); err != nil || len(none) != 0 {
			t.Fatalf("another project's dead letters: %v, %v", none, err)
		}
		f.reopen()
	}
}

func testSeen(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	check := func(when string, want store.Seen) {
		t.Helper()
		for range 2 {
			got, err := f.Seen(t.Context(), "acme", "20261120-s")
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprintf("%+v", plain(got)) != fmt.Sprintf("%+v", plain(want)) {
				t.Fatalf("%s: %+v, want %+v", when, plain(got), plain(want))
			}
			f.settled()
			f.reopen()
		}
	}
	check("at first", store.Seen{})
	f.write(track("20261120-s", 11, 20, event.Omission{From: 13, To: 15, Reason: "level"}))
	stored := []store.Span{{From: 11, To: 12}, {From: 16, To: 20}}
	omitted := []event.Omission{{From: 13, To: 15, Reason: "level"}}
	check("a later part came first", store.Seen{Stored: stored, Omitted: omitted, Highest: 20})
	f.write(track("20261120-s", 14, 14)) // pulled
	stored = []store.Span{{From: 11, To: 12}, {From: 14, To: 14}, {From: 16, To: 20}}
	omitted = []event.Omission{{From: 13, To: 13, Reason: "level"}, {From: 15, To: 15, Reason: "level"}}
	check("one was pulled", store.Seen{Stored: stored, Omitted: omitted, Highest: 20})
	// Omissions alone, over what is known.
	f.write(track("20261120-s", 12, 25, event.Omission{From: 12, To: 25, Reason: "quota"}))
	omitted = append(omitted, event.Omission{From: 21, To: 25, Reason: "quota"})
	check("the rest was left out", store.Seen{Stored: stored, Omitted: omitted, Highest: 25})
	last := track("20261120-s", 1, 10)
	last.Streams[0].Closed = &event.Closing{At: 30, By: "adopter"}
	f.write(last)
	stored = []store.Span{{From: 1, To: 12}, {From: 14, To: 14}, {From: 16, To: 20}}
	check("it was closed", store.Seen{Stored: stored, Omitted: omitted, Highest: 25, Closed: &event.Closing{At: 30, By: "adopter"}})
	if got, err := f.Seen(t.Context(), "beta", "20261120-s"); err != nil || got.Highest != 0 {
		t.Fatalf("another project's stream: %+v, %v", got, err)
	}
}

// plain makes a Seen printable by value.
func plain(s store.Seen) struct {
	Stored  []store.Span
	Omitted []event.Omission
	Highest uint64
	Closed  event.Closing
} {
	var closed event.Closing
	if s.Closed != nil {
		closed = *s.Closed
	}
	return struct {
		Stored  []store.Span
		Omitted []event.Omission
		Highest uint64
		Closed  event.Closing
	}{s.Stored, s.Omitted, s.Highest, closed}
}
