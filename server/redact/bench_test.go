package redact

import (
	"fmt"
	"testing"

	"github.com/clewline/clewline/event"
)

// benchEvents are of the shape of the bench's own: half invocations, half SDK
// logs with data, about 500 bytes on the wire, a third Chinese.
func benchEvents(n int) []event.Event {
	events := make([]event.Event, n)
	for i := range events {
		e := &events[i]
		*e = event.Event{
			App: "phone-api", Env: "prod", Release: "2026.11.20", Host: fmt.Sprintf("node-%d", i%40), Kind: event.Call,
			TraceID: fmt.Sprintf("%032x", i*7919), SpanID: fmt.Sprintf("%016x", i), Service: "function", Event: "callFunction",
			Function: fmt.Sprintf("fn%d", i%80), HTTPPath: fmt.Sprintf("/api/v1/r%d", i%50), Invoker: "uid:user1", Source: "node-sdk",
			InvokerIP: "10.0.0.1", ErrorCode: "TICKET_EXPIRED", ErrorMsg: "the ticket has expired, refresh it and try again",
			Msg: fmt.Sprintf("座席票据检查 checked the ticket of the seat at 2026-11-20 14:33:02, nothing to do until it is refreshed %x", i*7919),
		}
		if i%2 == 0 {
			e.Kind, e.Category, e.Form, e.Label = event.Track, event.CategoryCall, event.FormData, "call.state"
			e.Page, e.UA = "/desk/calls?view=all", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
			e.Data = fmt.Sprintf(`{"state":"ringing","at":%d,"attempt":%d,"codec":"opus","rtt":%d.25,"peer":{"id":"p-%x","kind":"sip"},"text":"等待接听"}`, 1763726400000+i, i%7, i%900, i*31)
		}
	}
	return events
}

func BenchmarkNothingFound(b *testing.B) {
	s, err := Compile(Defaults(), []byte("k"))
	if err != nil {
		b.Fatal(err)
	}
	batch := &event.Batch{Events: benchEvents(1000)}
	hits := make(Hits, MaxRules)
	b.ReportAllocs()
	for b.Loop() {
		s.Batch(batch, hits)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
	for i, n := range hits {
		if n > 0 {
			b.Fatalf("rule %d found %d", i, n)
		}
	}
}

func BenchmarkEachEventHasAPassword(b *testing.B) {
	s, err := Compile(Defaults(), []byte("k"))
	if err != nil {
		b.Fatal(err)
	}
	hits := make(Hits, MaxRules)
	b.ReportAllocs()
	for b.Loop() {
		e := event.Event{Msg: "login of seat 7 with password=Hunter2 and ticket: tk-55e1", Data: `{"user":"a","password":"Hunter2","n":1.50}`}
		if !s.Event(&e, hits) {
			b.Fatal("nothing was found")
		}
	}
}
