package ingest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/ingest"
	"pgregory.net/rapid"
)

// later moves the clock on.
func (d *doors) later(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func doorRate(t *testing.T, r ingest.Rates, name string) ingest.DoorRate {
	t.Helper()
	for _, d := range r.Doors {
		if d.Door == name {
			return d
		}
	}
	t.Fatalf("nothing is known of the door %s: %+v", name, r.Doors)
	return ingest.DoorRate{}
}

func TestRatesTellWhatCameByEachDoorAndFromWhom(t *testing.T) {
	d := open(t)
	d.post("/v1/events", "sk_phone", `{"msg":"one"}`+"\n"+`{"msg":"two"}`+"\nbroken\n")
	d.later(30 * time.Second)
	d.post("/v1/events", "sk_phone", `{"msg":"three"}`)
	d.post("/v1/lines?format=text", "sk_phone", "a line")
	got := doorRate(t, d.Rates("phone"), "events")
	if got.Total.Requests != 2 || got.Total.Events != 3 || got.Total.Rejected != 1 || got.Total.Bytes != 50 || !got.Last.Equal(noon.Add(30*time.Second)) {
		t.Errorf("the door's tally is %+v, last %v", got.Total, got.Last)
	}
	if got.Minute != got.Total || got.Hour != got.Total {
		t.Errorf("all came within a minute: %+v, %+v", got.Minute, got.Hour)
	}
	n := len(got.Steps)
	if got.Steps[n-1].Events != 1 || got.Steps[n-4].Events != 2 {
		t.Errorf("the newest steps are %+v", got.Steps[n-4:])
	}
	if len(got.Keys) != 1 || got.Keys[0].Key != "k_1" || got.Keys[0].From != "192.0.2.1" || got.Keys[0].Total.Events != 3 {
		t.Errorf("the keys are %+v", got.Keys)
	}
	d.later(2 * time.Minute)
	if got := doorRate(t, d.Rates("phone"), "events"); got.Minute != (ingest.Tally{}) || got.Hour.Events != 3 {
		t.Errorf("two minutes later: %+v in the last minute, %+v in the hour", got.Minute, got.Hour)
	}
	d.later(time.Hour)
	if got := doorRate(t, d.Rates("phone"), "events"); got.Hour != (ingest.Tally{}) || got.Total.Events != 3 {
		t.Errorf("an hour later: %+v in the hour, %+v in all", got.Hour, got.Total)
	}
}

func TestRatesOfOneProjectTellNothingOfAnother(t *testing.T) {
	d := open(t)
	d.post("/v1/events", "sk_phone", `{"msg":"one"}`)
	d.post("/v1/events", "sk_other", `{"msg":"two"}`+"\n"+`{"msg":"three"}`)
	if got := doorRate(t, d.Rates("phone"), "events"); got.Total.Events != 1 || len(got.Keys) != 1 || got.Keys[0].Project != "phone" {
		t.Errorf("of phone: %+v", got)
	}
	if got := doorRate(t, d.Rates(""), "events"); got.Total.Events != 3 || len(got.Keys) != 2 {
		t.Errorf("of all: %+v", got)
	}
	if got := d.Rates("nobody"); len(got.Doors) != 0 {
		t.Errorf("of nobody: %+v", got.Doors)
	}
}

func TestRefusedRequestsCountWhereTheirKeyBelongs(t *testing.T) {
	d := open(t, func(c *ingest.Config) { c.RequestsPerSecond = 1 })
	for range 3 { // a burst of two is taken
		d.post("/v1/events", "sk_phone", `{"msg":"one"}`)
	}
	d.post("/v1/events", "rk_phone", `{"msg":"one"}`).want(t, http.StatusForbidden)
	d.post("/v1/events", "sk_unknown", `{"msg":"one"}`).want(t, http.StatusUnauthorized)
	got := doorRate(t, d.Rates("phone"), "events")
	if got.Total.Requests != 4 || got.Total.Slowed != 1 || got.Total.Refused != 1 || got.Total.Failed != 0 {
		t.Errorf("of phone: %+v", got.Total)
	}
	if got := doorRate(t, d.Rates(""), "events"); got.Total.Requests != 5 || got.Total.Refused != 2 {
		t.Errorf("of all: %+v", got.Total)
	}
	d.fail = fmt.Errorf("the disk is gone")
	d.post("/v1/events", "sk_other", `{"msg":"one"}`)
	if got := doorRate(t, d.Rates("other"), "events"); got.Total.Failed != 1 || got.Total.Events != 0 {
		t.Errorf("of other: %+v", got.Total)
	}
}

func TestLinesPastTheLimitOfEventsCountAsRejectedAndMakeOneDeadLetter(t *testing.T) {
	d := open(t, func(c *ingest.Config) { c.Limits.Events = 2 })
	d.post("/v1/events", "sk_phone", strings.Repeat(`{"msg":"one"}`+"\n", 10)).want(t, 200, `"accepted":2`, `"rejected":8`)
	if got := doorRate(t, d.Rates("phone"), "events"); got.Total.Rejected != 8 || got.Total.Events != 2 {
		t.Errorf("the tally is %+v", got.Total)
	}
	if n := len(d.batches[0].DeadLetters); n != 1 {
		t.Errorf("%d dead letters, want 1", n)
	}
}

func TestWhatTheStoreMadeOfABatchIsCounted(t *testing.T) {
	d := open(t)
	received := noon.UnixNano()
	d.Stored(&event.Batch{Project: "phone", KeyID: "k_1", Door: "events", Events: []event.Event{
		{Received: received, Time: received},
		{Received: received, Time: received - int64(ingest.LateAfter)},
		{Received: received, Time: received - int64(ingest.LateAfter) - 1},
		{Received: received, Time: received, Flags: event.TimeCorrected | event.Redacted},
	}}, 6)
	got := doorRate(t, d.Rates("phone"), "events").Total
	if want := (ingest.Tally{Late: 1, Corrected: 1, Redacted: 1, Duplicates: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	d.Stored(&event.Batch{Project: "_canary", Events: []event.Event{{Received: received}}}, 1)
	if rates := d.Rates("_canary"); len(rates.Doors) != 0 {
		t.Errorf("what came by no door is counted: %+v", rates.Doors)
	}
}

func TestTheTimeUntilDurableIsToldInPercentiles(t *testing.T) {
	var d *doors
	wait := 10 * time.Millisecond
	d = open(t, func(c *ingest.Config) {
		c.Sink = sinkFunc(func() { d.later(wait) })
	})
	for i := range 100 {
		if i == 98 {
			wait = time.Second
		}
		d.post("/v1/events", "sk_phone", `{"msg":"one"}`)
	}
	got := d.Rates("phone").Durable
	near := func(got, want time.Duration) bool { return got > want*9/10 && got < want*11/10 }
	if got.Requests != 100 || !near(got.P50, 10*time.Millisecond) || !near(got.P95, 10*time.Millisecond) || !near(got.P99, time.Second) {
		t.Errorf("%+v", got)
	}
}

func TestTheStepsOfAnHourAddUpToTheHour(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := open(t)
		for range rapid.IntRange(1, 30).Draw(rt, "requests") {
			d.later(time.Duration(rapid.IntRange(0, 20*60).Draw(rt, "pause")) * time.Second)
			d.post("/v1/events", rapid.SampledFrom([]string{"sk_phone", "sk_other"}).Draw(rt, "key"), `{"msg":"one"}`+"\n")
		}
		for _, door := range d.Rates("").Doors {
			var sum int64
			for _, s := range door.Steps {
				sum += s.Events
			}
			if sum != door.Hour.Events {
				rt.Fatalf("the steps have %d events, the hour %d", sum, door.Hour.Events)
			}
		}
	})
}

func TestTheMemoryOfRatesIsBounded(t *testing.T) {
	d := open(t)
	for i := range 10_000 {
		d.Stored(&event.Batch{Project: fmt.Sprint("p", i), KeyID: fmt.Sprint("k", i), Door: "events"}, 1)
	}
	got := doorRate(t, d.Rates(""), "events")
	if got.Total.Duplicates != 10_000 || len(got.Keys) > 4200 {
		t.Errorf("%d counted, %d keys", got.Total.Duplicates, len(got.Keys))
	}
}

// sinkFunc is a queue that does something before it says yes.
type sinkFunc func()

// Put implements queue.Sink.
func (f sinkFunc) Put(context.Context, *event.Batch) error {
	f()
	return nil
}
