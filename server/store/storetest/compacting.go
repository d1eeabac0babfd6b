package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// testCompact is for stores that are Compactors.
func testCompact(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	compactor := func() store.Compactor {
		c, ok := f.Store.(store.Compactor)
		if !ok {
			t.Fatal("the store is no store.Compactor")
		}
		return c
	}
	var batches []*event.Batch
	var left, gone []event.Event
	add := func(day int) {
		for i := range 4 {
			b := track(fmt.Sprintf("20261120-c%d", day), uint64(10*i+1), uint64(10*i+10))
			k := keyed(fmt.Sprint("c", day, i), 9)
			k.DeadLetters = []event.DeadLetter{{Received: int64(4*day + i), Text: fmt.Sprint(4*day + i)}}
			k.Events[3].Account = "carol"
			for _, b := range []*event.Batch{b, k} {
				f.write(copyOf(b))
				batches = append(batches, b)
				left = append(left, b.Events...)
			}
		}
	}
	brief := of("beta", track("20261120-b", 1, 7))
	f.write(copyOf(brief))
	add(0)
	first := store.DayOf(f.env.Now())
	f.env.Advance(24 * time.Hour)
	add(1)
	if err := f.keeper().Erase(t.Context(), store.Erasure{ID: "e1", Project: "acme", Query: parsed(t, "account:carol"), At: noon}); err != nil {
		t.Fatal(err)
	}
	if err := f.keeper().Expire(t.Context(), "beta", first+1); err != nil {
		t.Fatal(err)
	}
	left = slices.DeleteFunc(left, func(e event.Event) bool {
		if e.Account == "carol" {
			gone = append(gone, e)
		}
		return e.Account == "carol"
	})

	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := compactor().Compact(stopped, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("a compaction that is stopped gives %v", err)
	}
	var last store.Compaction
	if err := compactor().Compact(t.Context(), func(c store.Compaction) {
		if c.Done > c.Total || c.Done < last.Done {
			t.Errorf("progress goes from %+v to %+v", last, c)
		}
		last = c
	}); err != nil {
		t.Fatal(err)
	}
	if last.Done != last.Total {
		t.Errorf("the last that was told is %+v", last)
	}
	check := func(when string) {
		t.Helper()
		f.sees(when, "acme", left)
		f.lacks(when, "acme", gone)
		f.sees(when, "beta", nil)
		f.hasDead(when, "acme", "0", "1", "2", "3", "4", "5", "6", "7")
		f.retried(when, batches...)
		f.retried(when, brief)
		files := map[store.Day]int{}
		for _, s := range f.keeper().Segments() {
			if s.Events > 0 && s.State != store.SegmentActive {
				files[s.Day]++
			}
		}
		if files[first] != 1 || files[first+1] != 1 {
			t.Fatalf("%s: files by day are %v, want one each", when, files)
		}
		if e := f.keeper().Erasures()[0]; e.Done.IsZero() || e.Removed != int64(len(gone)) {
			t.Fatalf("%s: the erasure is %+v", when, e)
		}
	}
	check("when it is done")
	f.reopen()
	check("after a restart")

	// Once more finds nothing to do; what came since is brought together with
	// what there was.
	told := 0
	if err := compactor().Compact(t.Context(), func(c store.Compaction) { told += int(c.Total) }); err != nil {
		t.Fatal(err)
	}
	if told != 0 {
		t.Errorf("%d bytes of a compacted store were to be rewritten", told)
	}
	add(2)
	if err := compactor().Compact(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	f.sees("after more", "acme", left)
	f.retried("after more", batches...)
}
