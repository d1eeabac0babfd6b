package process_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/process"
	"github.com/google/go-cmp/cmp"
)

type writerFunc func(context.Context, *event.Batch) error

func (f writerFunc) Write(ctx context.Context, b *event.Batch) error { return f(ctx, b) }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// settle sends one event through a Processor and gives back what was written.
func settle(t *testing.T, e event.Event, offset time.Duration) event.Event {
	t.Helper()
	e.Received = noon.UnixNano()
	b := &event.Batch{Events: []event.Event{e}}
	if e.Stream != "" {
		b.Streams = []event.StreamRange{{Stream: "another", Offset: 77}, {Stream: e.Stream, From: e.Seq, To: e.Seq, Offset: int64(offset)}}
	}
	var got event.Event
	p := process.New(writerFunc(func(_ context.Context, b *event.Batch) error { got = b.Events[0]; return nil }), process.Options{})
	if err := p.Process(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTimesAreBelievedWithinTheirBounds(t *testing.T) {
	const stream = "20261120abc"
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		stream string
		sent   time.Time
		offset time.Duration
		want   time.Time
		flag   event.Flags
	}{
		{"a server's time is kept", "", noon.Add(-time.Hour), 0, noon.Add(-time.Hour), 0},
		{"an old file can be imported", "", time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC), 0, time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC), 0},
		{"nine minutes ahead is a clock a little fast", "", noon.Add(9 * time.Minute), 0, noon.Add(9 * time.Minute), 0},
		{"next week is not believed", "", noon.Add(7 * day), 0, noon, event.TimeCorrected},
		{"2099 is not believed", "", time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), 0, noon, event.TimeCorrected},
		{"an SDK's right clock is kept", stream, noon.Add(-time.Second), 0, noon.Add(-time.Second), 0},
		{"an SDK's offset is added", stream, noon.Add(-time.Hour), 59 * time.Minute, noon.Add(-time.Minute), event.TimeCorrected},
		{"an SDK's log of 30 days ago was kept on the device", stream, noon.Add(-30 * day), 0, noon.Add(-30 * day), 0},
		{"an SDK's log of 32 days ago is a wrong clock", stream, noon.Add(-32 * day), 0, noon, event.TimeCorrected},
		{"an SDK's 1970 is a wrong clock", stream, time.Unix(1, 0), 0, noon, event.TimeCorrected},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := event.Event{Time: c.sent.UnixNano(), Stream: c.stream}
			if c.stream != "" {
				e.Seq = 1
			}
			got := settle(t, e, c.offset)
			if got.Time != c.want.UnixNano() {
				t.Errorf("time is %v, want %v", time.Unix(0, got.Time).UTC(), c.want)
			}
			if got.Flags != c.flag {
				t.Errorf("flags are %v, want %v", got.Flags.Names(), c.flag.Names())
			}
			wantClient := int64(0)
			if c.flag != 0 {
				wantClient = c.sent.UnixNano()
			}
			if got.ClientTime != wantClient {
				t.Errorf("clientTime is %d, want %d", got.ClientTime, wantClient)
			}
		})
	}
}

func TestAnEventWithoutTimeHasItsArrivals(t *testing.T) {
	got := settle(t, event.Event{}, 0)
	if got.Time != noon.UnixNano() || got.Flags != 0 || got.Kind != event.Log {
		t.Errorf("got time %d, flags %v, kind %q", got.Time, got.Flags.Names(), got.Kind)
	}
}

func TestUserAgentsAreTakenApart(t *testing.T) {
	for ua, want := range map[string][3]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                         {"Chrome 142", "Windows", "desktop"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1": {"Safari 18", "iOS", "mobile"},
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                {"Googlebot 2", "", "bot"},
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  {"Firefox 140", "Linux", "desktop"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":     {"Edge 141", "macOS", "desktop"},
	} {
		got := settle(t, event.Event{UA: ua}, 0)
		if diff := cmp.Diff(want, [3]string{got.Browser, got.OS, got.DeviceType}); diff != "" {
			t.Errorf("%s\n%s", ua, diff)
		}
	}
}

func TestOnlyWhatWasNewIsTold(t *testing.T) {
	var told []string
	p := process.New(writerFunc(func(_ context.Context, b *event.Batch) error {
		b.Events = b.Events[1:] // the store had the first one
		return nil
	}), process.Options{Committed: func(events []event.Event) {
		for i := range events {
			told = append(told, events[i].ID())
		}
	}})
	b := &event.Batch{Events: []event.Event{{IDBase: "a", IDNum: 1}, {IDBase: "a", IDNum: 2}}}
	if err := p.Process(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.2"}, told); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedWriteIsNotTold(t *testing.T) {
	broken := errors.New("broken")
	p := process.New(writerFunc(func(context.Context, *event.Batch) error { return broken }),
		process.Options{Committed: func([]event.Event) { t.Error("told of events that are not stored") }})
	err := p.Process(t.Context(), &event.Batch{Events: []event.Event{{IDBase: "a"}}})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkProcess(b *testing.B) {
	batch := &event.Batch{}
	for i := range 1000 {
		batch.Events = append(batch.Events, event.Event{
			IDBase: "x", IDNum: uint64(i + 1), Msg: "ringing seat 座席振铃", Data: `{"callId":"call-9f3c27","state":"ringing","retries":3}`,
			UA: fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", i%30, i%30),
		})
	}
	p := process.New(writerFunc(func(context.Context, *event.Batch) error { return nil }), process.Options{})
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Process(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}
