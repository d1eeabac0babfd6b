//go:build !noduck

package duckstore

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

// benchOptions let a benchmark write as much as it wants.
func benchOptions() Options { return Options{MinFree: -1, Threads: benchThreads, RowGroup: benchRG} }

// BenchmarkWrite tells the CPU that a row takes until it is durable, in
// batches of 1,000 events of about 500 bytes, half SDK logs, half invocations,
// by one sender and by eight. The seal of what was rolled meanwhile is in it.
func BenchmarkWrite(b *testing.B) {
	for _, senders := range []int{1, 8} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			s, err := Open(b.TempDir(), benchOptions())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			const batch = 1000
			ctx := b.Context()
			events := fakeEvents(20 * batch)
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
						b := requestOf(events, i, batch)
						for s.Write(ctx, b) != nil {
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

var benchThreads, _ = strconv.Atoi(os.Getenv("THREADS"))
var benchRG, _ = strconv.Atoi(os.Getenv("RGS"))
