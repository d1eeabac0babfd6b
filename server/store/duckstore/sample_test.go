//go:build !noduck

package duckstore

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/server/store/duckstore/skip"
)

func TestRunsAreSpreadEvenlyAndReadNothingTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.Int64Range(1, 400_000), 1, 60).Draw(t, "sizes")
		var parts []part
		total := 0.0
		for i, n := range sizes {
			p := part{rows: skip.Everywhere}
			p.entry.N, p.entry.Rows = i+1, n
			parts = append(parts, p)
			total += float64(n)
		}
		want := rapid.Float64Range(1, total).Draw(t, "want")
		most := rapid.IntRange(1, sampleRuns).Draw(t, "most")
		runs, read := runsOf(parts, total, want, most)
		ends := map[int]int64{}
		sum, first, last := int64(0), 0, 0
		for _, run := range runs {
			from, upTo := bounds(t, run.restrict)
			if from < ends[run.entry.N] || upTo <= from || upTo > run.entry.Rows || run.entry.N < last {
				t.Fatalf("segment %d, which has %d rows: %s after %d", run.entry.N, run.entry.Rows, run.restrict, ends[run.entry.N])
			}
			ends[run.entry.N], last = upTo, run.entry.N
			sum += upTo - from
			if first == 0 {
				first = run.entry.N
			}
		}
		if float64(sum) != read || len(runs) == 0 || len(runs) > most || read > total {
			t.Fatalf("%d runs of %d rows, said to be %v of %v", len(runs), sum, read, total)
		}
		if want >= 100*chunkRows && total > 4*want && read < want/2 {
			t.Fatalf("%v rows are read of %v that were wanted", read, want)
		}
	})
}

// bounds reads the rows that a run is of.
func bounds(t *rapid.T, restrict string) (from, upTo int64) {
	if n, err := fmt.Sscanf(restrict, "rowid >= %d AND rowid < %d", &from, &upTo); n != 2 || err != nil {
		t.Fatalf("a run is of %q", restrict)
	}
	return from, upTo
}

func TestAShareOfAllIsAll(t *testing.T) {
	if (share{5, 4}).part() != 1 || (share{0, 0}).part() != 1 || (share{1, 4}).part() != 0.25 {
		t.Error("shares are wrong")
	}
}
