//go:build !noduck

package duckstore

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"syscall"
	"time"

	"github.com/clewline/clewline/event"
)

func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

var vocab = func() []string {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]string, 3000)
	for i := range out {
		n := 3 + r.IntN(8)
		b := make([]byte, n)
		for j := range b {
			b[j] = byte('a' + r.IntN(26))
		}
		out[i] = string(b)
	}
	return out
}()

// fakeEvents gives n events of a web phone company: SDK logs and service
// invocations in turn, about 500 bytes each as JSON.
func fakeEvents(n int) []event.Event { return fakeEventsAt(0, n) }

// fakeEventsAt gives those that come after the first ones, at 11.5 a second.
func fakeEventsAt(first, n int) []event.Event {
	r := rand.New(rand.NewPCG(3, uint64(first)))
	z := rand.NewZipf(r, 1.2, 3, 2999)
	words := func(k int) string {
		s := ""
		for range k {
			s += vocab[z.Uint64()] + " "
		}
		return s + strconv.Itoa(r.IntN(100000))
	}
	t0 := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).UnixNano()
	out := make([]event.Event, n)
	for k := range out {
		e, i := &out[k], first+k
		e.Project = "acme"
		e.Time = t0 + int64(i)*86e6 + r.Int64N(1e6)
		e.Received = e.Time + 2e8
		e.Msg = words(5 + r.IntN(12))
		e.Level = event.Level(1 + r.IntN(6))
		if i%2 == 0 {
			s := i / 40 % 500 // twenty logs of one page, then another's
			e.Kind, e.App = event.Track, "phone"
			e.Stream, e.Seq = fmt.Sprintf("20261120-%08x", s*7919), uint64(i/40/500*20+i%40/2+1)
			e.Account = fmt.Sprintf("acct%03d", s%100)
			e.Staff = fmt.Sprintf("staff%05d", s*40)
			e.Session = fmt.Sprintf("%016x", s*104729)
			e.Device = fmt.Sprintf("dev-%08x", s*1299709)
			e.CallID = fmt.Sprintf("call-%012x", r.IntN(2000))
			e.Label = []string{"Dialer", "Seat", "WebRTC", "Queue"}[r.IntN(4)]
			e.Form = event.FormData
			e.Category = []event.Category{"page", "request", "push", "call"}[r.IntN(4)]
			e.Page = "/agent/workbench"
			e.Release = "4.12.1"
			e.UA = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/128.0.0.0 Safari/537.36"
			e.Browser, e.OS, e.DeviceType = "Chrome 128", "Windows 10", "desktop"
			e.Data = fmt.Sprintf(`{"a":%d,"state":"%s","dur":%d}`, r.IntN(1000), vocab[r.IntN(30)], r.IntN(5000))
			e.DeriveWords()
		} else {
			e.Kind, e.App = event.Call, "api"
			e.IDBase, e.IDNum = fmt.Sprintf("01hq%022d", i/1000), uint64(i%1000+1)
			e.TraceID = fmt.Sprintf("%016x%016x", uint64(i/6+1)*0x9E3779B97F4A7C15, uint64(i/6+1)*0xC2B2AE3D27D4EB4F)
			e.SpanID = fmt.Sprintf("%016x", r.Uint64())
			e.ChildOf = fmt.Sprintf("%016x", r.Uint64())
			e.Service, e.Event = "function", "callFunction"
			e.Function = fmt.Sprintf("fn%d", r.IntN(800))
			e.HTTPPath = fmt.Sprintf("/api/v1/path%d", r.IntN(200))
			e.Invoker = fmt.Sprintf("uid:user%d", r.IntN(300))
			e.Source = "web-sdk"
			e.InvokerIP = fmt.Sprintf("10.1.%d.%d", r.IntN(16), r.IntN(250))
			e.StartTime = e.Time - 1e8
			e.TimeCost, e.HasTimeCost = r.Float64()*500, true
			e.Host = fmt.Sprintf("node-%d", r.IntN(20))
			if r.IntN(20) == 0 {
				e.ErrorCode, e.ErrorMsg = "PERMISSION_DENIED", words(6)
			}
		}
	}
	return out
}
