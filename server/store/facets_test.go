package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

func TestWhatIsKeptOfValuesIsBoundedAndTheRestIsSaid(t *testing.T) {
	many := make([]query.Field, MaxFacets)
	for i := range many {
		many[i] = query.Resolve("account")
	}
	for _, fields := range [][]query.Field{many[:1], many} {
		tally := NewFacetTally(Facets{Fields: fields, Limit: MaxFacetValues})
		for i := range 60_000 {
			tally.Add(&event.Event{Account: fmt.Sprint("acct", i)})
		}
		f := tally.Answer(1).Fields[0]
		if !f.More || f.Present != 60_000 || f.Distinct > maxTold || f.Distinct < leastTold || len(f.Values) != MaxFacetValues {
			t.Errorf("%d fields: %d present, %d distinct, more %v", len(fields), f.Present, f.Distinct, f.More)
		}
	}
	tally := NewFacetTally(Facets{Fields: many[:1], Limit: 10})
	tally.Add(&event.Event{Account: strings.Repeat("x", maxValueBytes+1)})
	if f := tally.Answer(1).Fields[0]; f.Present != 1 || len(f.Values) != 0 || !f.More {
		t.Errorf("a long text is %+v", f)
	}
}

func TestPercentilesAreWithinOnePercentAndBinsHoldEveryNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 3000).Draw(t, "numbers")
		var whole, a, b numbers
		for i, v := range list {
			whole.add(v)
			if i%2 == 0 {
				a.add(v)
			} else {
				b.add(v)
			}
		}
		a.merge(&b)
		same := func(n int64) int64 { return n }
		got, merged := whole.answer(same), a.answer(same)
		if merged.P95 != got.P95 || merged.Count != got.Count || merged.Min != got.Min || merged.Max != got.Max {
			t.Fatalf("merged %+v, whole %+v", merged, got)
		}
		sum, from := int64(0), got.Min
		for _, bin := range got.Bins {
			if bin.To < from {
				t.Fatalf("bins go back: %v", got.Bins)
			}
			sum, from = sum+bin.Count, bin.To
		}
		if sum != int64(len(list)) {
			t.Fatalf("the bins hold %d of %d numbers", sum, len(list))
		}
		exact := slices.Sorted(slices.Values(list))
		for percent, p := range map[int]float64{50: got.P50, 95: got.P95, 99: got.P99} {
			want := exact[(len(exact)*percent+99)/100-1]
			if math.Abs(p-want) > math.Abs(want)*0.01+1e-300 {
				t.Fatalf("p%d is %v, want %v", percent, p, want)
			}
		}
	})
}
