//go:build !noduck

package duckstore

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
)

func TestAStreamRemembersEachNumberAsASetWould(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const most = 40
		s := &stream{}
		var want [most + 2]int // 0 unknown, 1 stored, k+1 omitted for reason k
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			lo := uint64(rapid.IntRange(1, most).Draw(r, "lo"))
			hi := min(lo+uint64(rapid.IntRange(0, 8).Draw(r, "more")), most)
			switch rapid.IntRange(0, 2).Draw(r, "what") {
			case 0:
				if fresh := s.store(lo); fresh != (want[lo] != 1) {
					r.Fatalf("store(%d) says %v, it was %d", lo, fresh, want[lo])
				}
				want[lo] = 1
			case 1:
				reason := rapid.IntRange(1, 2).Draw(r, "reason")
				fresh := map[uint64]bool{}
				s.omit(lo, hi, uint8(reason), func(lo, hi uint64) {
					for n := lo; n <= hi; n++ {
						fresh[n] = true
					}
				})
				for n := lo; n <= hi; n++ {
					if fresh[n] != (want[n] == 0) {
						r.Fatalf("omit(%d, %d) says of %d %v, it was %d", lo, hi, n, fresh[n], want[n])
					}
					if want[n] == 0 {
						want[n] = reason + 1
					}
				}
			default:
				s.storeRun(lo, hi)
				for n := lo; n <= hi; n++ {
					want[n] = 1
				}
			}
			s = decodeStream(s.encode())
			var got [most + 2]int
			for i, run := range s.runs {
				for n := run.lo; n <= run.hi; n++ {
					got[n] = int(run.state) + 1
				}
				if i > 0 && (s.runs[i-1].hi >= run.lo || s.runs[i-1].hi+1 == run.lo && s.runs[i-1].state == run.state) {
					r.Fatalf("runs overlap or touch: %v", s.runs)
				}
			}
			if got != want {
				r.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

func TestAStreamIsPackedAndUnpackedWithItsEnd(t *testing.T) {
	for _, s := range []*stream{
		{},
		{closed: &event.Closing{At: 1 << 63, By: "self"}},
		{runs: []run{{1, 1, 0}, {3, 1<<64 - 1, 7}}, closed: &event.Closing{At: 5}},
	} {
		if d := cmp.Diff(s, decodeStream(s.encode()), cmp.AllowUnexported(stream{}, run{})); d != "" {
			t.Error(d)
		}
	}
}

func TestReasonsAreBounded(t *testing.T) {
	m := newMemory()
	for i := range 1000 {
		m.reason(fmt.Sprint("reason ", i))
	}
	if len(m.reasons) > maxReasons+1 || m.reasons[m.reason("one more")-1] != "other" {
		t.Fatalf("%d reasons", len(m.reasons))
	}
}

func TestATypicalStreamTakesAFewBytes(t *testing.T) {
	s := &stream{runs: []run{{1, 100_000, runStored}}}
	if n := len(s.encode()); n > 8 {
		t.Errorf("%d bytes", n)
	}
}
