package skip

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
)

// BenchmarkBuilder gives the cost of a row of an index of 131,072.
func BenchmarkBuilder(b *testing.B) {
	const rows = 131_072
	random := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 3000)
	for i := range words {
		words[i] = fmt.Sprintf("word%d", i*7919%99991)
	}
	events := make([]event.Event, rows)
	for i := range events {
		e := &events[i]
		var msg []string
		for range 8 {
			f := random.Float64()
			msg = append(msg, words[int(f*f*f*3000)])
		}
		e.IDBase, e.Project, e.App, e.Kind = "01M7Z4JGV53K8N7P9J6H0PSBPF", "p", "web-phone", event.Track
		e.Msg = strings.Join(msg, " ") + fmt.Sprintf(" %x", random.Uint32())
		n := random.IntN(500)
		e.Account, e.Staff, e.Session, e.Device = fmt.Sprint("acct-", n), fmt.Sprint("staff-", n), fmt.Sprint("sess-", n), fmt.Sprint("dev-", n)
		e.CallID = fmt.Sprint("call-", n+i/4000*500)
		e.Words = "in_call\neu-west-1"
	}
	for b.Loop() {
		x := NewBuilder(rows)
		for i := range events {
			x.Add(i, &events[i])
		}
		if _, err := x.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
