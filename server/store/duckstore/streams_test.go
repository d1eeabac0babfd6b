//go:build !noduck

package duckstore

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

func TestSendersBeyondTheBoundAreTheOthers(t *testing.T) {
	m := newMemory()
	for i := range maxSenders + 10 {
		m.list(newcomer{"phone", fmt.Sprintf("20261120%x", i), sender{"app", fmt.Sprint(i)}}, 20_777)
	}
	if len(m.senders) != maxSenders+1 || m.senders[maxSenders] != (sender{"other", "other"}) {
		t.Fatalf("%d senders, the last %v", len(m.senders), m.senders[len(m.senders)-1])
	}
	lists := m.lists("phone", 0, 1<<40)
	if len(lists) != 1 {
		t.Fatalf("%d lists", len(lists))
	}
	n, others := 0, 0
	for names, some := lists[0].names, []named(nil); len(names) > 0; {
		some, names = names.take(some[:0], "")
		for _, one := range some {
			if one.name != fmt.Sprintf("20261120%x", n) {
				t.Fatalf("stream %d is %q", n, one.name)
			}
			if m.senders[one.by].app == "other" {
				others++
			}
			n++
		}
	}
	if n != maxSenders+10 || others != 10 {
		t.Errorf("%d streams, %d of others", n, others)
	}
}

// busy is a memory with streams as a month of a big user leaves: each day as
// many, of three apps; one in a hundred has a hole, one in ten an omission.
func busy(streams int) *memory {
	m := newMemory()
	const days = 30
	first := store.DayOf(time.Date(2026, 10, 22, 0, 0, 0, 0, time.UTC))
	for i := range streams {
		day := first + store.Day(i%days)
		n := newcomer{"phone", day.Time().Format("20060102") + fmt.Sprintf("%024x", i*7919), sender{fmt.Sprint("app", i%3), fmt.Sprint("clewline-js 1.", i%4)}}
		s := &stream{closed: &event.Closing{At: 400, By: "self"}}
		s.storeRun(1, 400)
		if i%100 == 0 {
			s = &stream{closed: s.closed, runs: []run{{1, 120, runStored}, {124, 400, runStored}}}
		} else if i%10 == 0 {
			s.runs = []run{{1, 50, runStored}, {51, 60, m.reason("level")}, {61, 400, runStored}}
		}
		m.streams[hashName(n.project, n.name)] = s.encode()
		m.list(n, day)
	}
	return m
}

// What a walk through half a million streams costs, and what listing them takes.
func BenchmarkHalfAMillionStreams(b *testing.B) {
	const streams = 500_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := &Store{memory: busy(streams)}
	runtime.GC()
	runtime.ReadMemStats(&after)
	listings := 0
	for _, l := range s.memory.listings {
		listings += cap(l)
	}
	for b.Loop() {
		n, stored := 0, uint64(0)
		err := s.Streams(context.Background(), store.StreamsQuestion{Project: "phone", From: 0, To: 1 << 40}, func(x *store.Stream) error {
			n++
			for _, y := range x.Stored {
				stored += y.To - y.From + 1
			}
			return nil
		})
		if err != nil || n != streams {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/streams, "B/stream")
	b.ReportMetric(float64(listings)/streams, "listingB/stream")
}
