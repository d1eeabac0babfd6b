//go:build !noduck

package duckstore

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// BenchmarkWrite tells the CPU that a row takes until it is durable, in
// batches of 1,000 events of about 500 bytes, half SDK logs, half invocations,
// by one sender and by eight. The seal of what was rolled meanwhile is in it.
func BenchmarkWrite(b *testing.B) {
	for _, senders := range []int{1, 8} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{MinFree: -1})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			const batch = 1000
			ctx := b.Context()
			events := fakeEvents(20 * batch)
			batches := make([]*event.Batch, b.N) // made before, lest their making be counted
			for i := range batches {
				batches[i] = requestOf(events, i, batch)
			}
			var mu sync.Mutex
			next, left := 0, b.N
			b.ResetTimer()
			before := cpu()
			var wg sync.WaitGroup
			var busy atomic.Int64
			for range senders {
				wg.Go(func() {
					for {
						mu.Lock()
						i := next
						next++
						left--
						stop := left < 0
						mu.Unlock()
						if stop {
							return
						}
						for s.Write(ctx, batches[i]) != nil {
							busy.Add(1)
							<-time.After(5 * time.Millisecond)
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			rows := float64(b.N * batch)
			b.ReportMetric(float64((cpu()-before).Microseconds())/rows, "cpu-us/row")
			b.ReportMetric(rows/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(busy.Load()), "busy")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// requestOf gives the batch of one request that the store has not seen: in
// turn one SDK stream's next thousand logs, and a keyed request of a service.
func requestOf(events []event.Event, i, rows int) *event.Batch {
	b := &event.Batch{Project: "acme", Events: make([]event.Event, 0, rows)}
	at := i / 2 * rows
	for k := range rows {
		e := events[(2*(at+k)+i%2)%len(events)]
		e.Time += int64(i) * 1e7
		if i%2 == 0 {
			e.Stream, e.Seq = fmt.Sprintf("20261120-%08x", i%1000), uint64(i/1000*rows+k+1)
		} else {
			e.IDBase, e.IDNum = fmt.Sprintf("%026d", i), uint64(k+1)
		}
		b.Events = append(b.Events, e)
	}
	if i%2 == 0 {
		b.Streams = []event.StreamRange{{Stream: b.Events[0].Stream, App: "phone", SDK: "clewline-js 1.0.0", From: b.Events[0].Seq, To: b.Events[rows-1].Seq}}
	} else {
		b.Key = &event.Key{Base: b.Events[0].IDBase, Hash: [32]byte{byte(i), byte(i >> 8), 1}}
	}
	return b
}

// BenchmarkSearch asks a store of one million events of one day.
func BenchmarkSearch(b *testing.B) {
	s, err := Open(b.TempDir(), Options{MinFree: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const rows, part = 1_000_000, 20_000
	for i := 0; i < rows; i += part {
		batch := &event.Batch{Project: "acme", Events: fakeEventsAt(i, part)}
		for s.Write(b.Context(), batch) != nil {
			<-time.After(5 * time.Millisecond)
		}
	}
	for s.Stats().Unsealed > 0 {
		<-time.After(5 * time.Millisecond)
	}
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).UnixNano()
	scope := store.Scope{Project: "acme", From: day, To: day + 24*hour}
	trace := fakeEventsAt(700_000, 20)[1].TraceID
	for _, c := range []struct{ name, text string }{
		{"newest 100", ""},
		{"trace id", "traceId:" + trace},
		{"bare trace id", trace},
		{"two common words", vocab[0] + " " + vocab[1]},
		{"two rare words", vocab[2970] + " " + vocab[2990]},
		{"a common and a rare word", vocab[0] + " " + vocab[2970]},
		{"number in data", "dur>4990"},
		{"error code", "errorCode:permission_denied level:error"},
	} {
		scope := scope
		if c.text != "" {
			if scope.Query, err = query.Parse(c.text); err != nil {
				b.Fatal(err)
			}
		}
		b.Run("search/"+c.name, func(b *testing.B) {
			for b.Loop() {
				if page, err := s.Search(b.Context(), store.Search{Scope: scope, Limit: 100}); err != nil || page.Partial != "" {
					b.Fatal(err, page.Partial)
				}
			}
		})
		b.Run("histogram/"+c.name, func(b *testing.B) {
			for b.Loop() {
				if h, err := s.Histogram(b.Context(), store.Histogram{Scope: scope, Step: 15 * time.Minute}); err != nil || h.Partial != "" {
					b.Fatal(err, h.Partial)
				}
			}
		})
	}
	for _, text := range []string{
		"| p50(timeCost), p95(timeCost), p99(timeCost) by service, time(10m)",
		"errorCode:* | top 20 httpPath",
		"| count by account, level",
		"| max(dur) by state",
	} {
		ask := store.Table{Scope: scope}
		if ask.Query, ask.Pipe, err = query.ParsePiped(text); err != nil {
			b.Fatal(err)
		}
		b.Run("table/"+text, func(b *testing.B) {
			for b.Loop() {
				if got, err := s.Table(b.Context(), ask); err != nil || got.Partial != "" {
					b.Fatal(err, got.Partial)
				}
			}
		})
	}
}

// BenchmarkWriteOwnIDs is the same with ids that senders gave, into a store
// that has some sealed segments already.
func BenchmarkWriteOwnIDs(b *testing.B) {
	s, err := Open(b.TempDir(), Options{MinFree: -1, RollRows: 20_000})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const batch = 1000
	events := fakeEvents(20 * batch)
	make := func(i int) *event.Batch {
		x := requestOf(events, 2*i+1, batch)
		x.Key = nil
		for k := range x.Events {
			x.Events[k].IDBase, x.Events[k].IDNum = fmt.Sprintf("document-%d-%d", i, k), 0
		}
		return x
	}
	write := func(x *event.Batch) {
		for s.Write(b.Context(), x) != nil {
			<-time.After(5 * time.Millisecond)
		}
	}
	for i := range 200 {
		write(make(i))
	}
	batches := []*event.Batch{}
	for i := range b.N {
		batches = append(batches, make(1000+i))
	}
	b.ResetTimer()
	before := cpu()
	for _, x := range batches {
		write(x)
	}
	b.StopTimer()
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N*batch), "cpu-us/row")
	b.ReportMetric(float64(s.Stats().Segments), "segments")
}
