package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// streams lists what the store tells of streams, a line each, in order of day
// (the newest first) and name.
func (f *fixture) streams(q store.StreamsQuestion) []string {
	f.t.Helper()
	s, ok := f.Store.(store.Streamer)
	if !ok {
		f.t.Fatal("the store takes SDK streams, but is no store.Streamer: nobody can be told what is missing")
	}
	var lines []string
	last := store.Day(1 << 40)
	err := s.Streams(f.t.Context(), q, func(x *store.Stream) error {
		if x.Day > last {
			f.t.Errorf("stream %s of day %d comes after one of day %d; want the newest day first", x.Name, x.Day, last)
		}
		last = x.Day
		closed := ""
		if x.Closed != nil {
			closed = fmt.Sprintf(" closed at %d by %s", x.Closed.At, x.Closed.By)
		}
		lines = append(lines, fmt.Sprintf("%s %s of %s %s: %v %v to %d%s", x.Day.Time().Format("01-02"), x.Name, x.App, x.SDK, x.Stored, x.Omitted, x.Highest, closed))
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	slices.SortFunc(lines, func(a, b string) int {
		if d := strings.Compare(b[:5], a[:5]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return lines
}

func testStreams(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	today := store.DayOf(noon)
	whole := store.StreamsQuestion{Project: "acme", From: today - 40, To: today + 1}
	check := func(when string, q store.StreamsQuestion, want ...string) {
		t.Helper()
		if got := f.streams(q); !slices.Equal(got, want) {
			t.Fatalf("%s:\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	check("at first", whole)
	f.write(track("20261120aa", 1, 12))
	desk := track("20261119bb", 5, 6, event.Omission{From: 5, To: 5, Reason: "level"})
	desk.Streams[0].App, desk.Streams[0].SDK = "desk", "clewline-js 1.1.0"
	f.write(desk)
	f.write(of("beta", track("20261120cc", 1, 1)))
	f.write(track("plain", 3, 4)) // no day in its name: that of its arrival
	before := []string{
		"11-20 20261120aa of phone clewline-js 1.0.0: [{1 12}] [] to 12",
		"11-20 plain of phone clewline-js 1.0.0: [{3 4}] [] to 4",
		"11-19 20261119bb of desk clewline-js 1.1.0: [{6 6}] [{5 5 level}] to 6",
	}
	for range 2 {
		check("three streams", whole, before...)
		check("of one day", store.StreamsQuestion{Project: "acme", From: today - 1, To: today - 1}, before[2])
		check("of another day", store.StreamsQuestion{Project: "acme", From: today + 1, To: today + 9})
		check("of one name", store.StreamsQuestion{Project: "acme", From: today - 40, To: today, Name: "plain"}, before[1])
		check("of another project", store.StreamsQuestion{Project: "beta", From: today - 40, To: today}, "11-20 20261120cc of phone clewline-js 1.0.0: [{1 1}] [] to 1")
		f.settled()
		f.reopen()
	}
	// A stream is told once, however often and wherever more of it comes.
	f.env.Advance(24 * time.Hour)
	more := track("20261119bb", 8, 9)
	more.Streams[0].App, more.Streams[0].Closed = "desk", &event.Closing{At: 9, By: "adopter"}
	f.write(more)
	f.write(copyOf(more))
	f.write(track("plain", 1, 2))
	for range 2 {
		check("a day later", whole, before[0],
			"11-20 plain of phone clewline-js 1.0.0: [{1 4}] [] to 4",
			"11-19 20261119bb of desk clewline-js 1.1.0: [{6 6} {8 9}] [{5 5 level}] to 9 closed at 9 by adopter")
		f.settled()
		f.reopen()
	}

	stop := errors.New("enough")
	if err := f.Store.(store.Streamer).Streams(t.Context(), whole, func(*store.Stream) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a caller that has enough is told %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Store.(store.Streamer).Streams(ctx, whole, func(*store.Stream) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled question is answered with %v", err)
	}

	// A project of the same name has nothing of one that was deleted.
	f.env.Advance(24 * time.Hour)
	if err := f.keeper().Erase(t.Context(), store.Erasure{ID: "gone", Project: "acme", By: "ops", At: f.env.Now()}); err != nil {
		t.Fatal(err)
	}
	f.write(track("20261122dd", 1, 1))
	for range 2 {
		check("after its deletion", store.StreamsQuestion{Project: "acme", From: today - 40, To: today + 2}, "11-22 20261122dd of phone clewline-js 1.0.0: [{1 1}] [] to 1")
		f.settled()
		f.reopen()
	}
	check("the others'", store.StreamsQuestion{Project: "beta", From: today - 40, To: today}, "11-20 20261120cc of phone clewline-js 1.0.0: [{1 1}] [] to 1")
}
