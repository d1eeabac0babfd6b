package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// documents makes a batch whose events have ids of their sender's own, from to
// to.
func documents(project string, from, to int) *event.Batch {
	b := &event.Batch{Project: project}
	for n := from; n <= to; n++ {
		b.Events = append(b.Events, event.Event{
			Project: project, Kind: event.Log, IDBase: fmt.Sprintf("Doc-%d", n), Msg: fmt.Sprintf("document %d", n),
			Time: noon.UnixNano() + int64(n)*1e6, Received: noon.UnixNano(),
		})
	}
	return b
}

// testOwnIDs: an id that the sender gave is stored once for as long as the
// first copy is kept, whichever batch brings it again.
func testOwnIDs(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	first := documents("acme", 1, 25)
	f.write(copyOf(first))
	day := store.DayOf(f.env.Now())
	overlapping := func(when string, want int, b *event.Batch) {
		t.Helper()
		b = copyOf(b)
		f.write(b)
		if len(b.Events) != want {
			t.Fatalf("%s: %d events of the batch are new, want %d", when, len(b.Events), want)
		}
	}
	f.retried("at once", first)
	overlapping("at once", 5, documents("acme", 20, 30))
	all := documents("acme", 1, 30)
	overlapping("another project's", 30, documents("beta", 1, 30))
	// An id is not that of a stream or a key that looks alike, nor one in
	// other letters.
	other := documents("acme", 31, 32)
	other.Events[0].IDBase, other.Events[1].IDBase = "doc-1", "Doc"
	other.Events = append(other.Events, event.Event{IDBase: "Doc", IDNum: 1, Msg: "numbered", Project: "acme", Time: noon.UnixNano(), Received: 1})
	overlapping("others", 3, other)
	kept := append(append([]event.Event{}, all.Events...), other.Events...)

	check := func(when string) {
		t.Helper()
		f.sees(when, "acme", kept)
		f.retried(when, all, documents("acme", 7, 7), documents("beta", 1, 30))
		f.sees(when, "acme", kept)
	}
	f.fill()
	check("after a roll")
	f.settled()
	check("when it is sealed")
	f.reopen()
	check("after a restart")
	f.env.Advance(24 * time.Hour)
	f.fill()
	f.settled()
	f.until("the day that is over lies in few files", func() bool {
		n := 0
		for _, s := range f.keeper().Segments() {
			if s.Day == day && s.Events > 0 {
				n++
			}
		}
		return n <= 2
	})
	check("after a merge")
	f.reopen()
	check("after another restart")

	// What is erased, or has expired, is not kept: it may come again.
	if err := f.keeper().Erase(t.Context(), store.Erasure{ID: "e1", Project: "acme", Query: parsed(t, `id:"Doc-3"`), At: noon}); err != nil {
		t.Fatal(err)
	}
	overlapping("erased", 1, documents("acme", 3, 4))
	check("after an erasure")
	f.until("the erasure is done", func() bool { return !f.keeper().Erasures()[0].Done.IsZero() })
	check("when the erasure is done")
	if err := f.keeper().Expire(t.Context(), "acme", day+1); err != nil {
		t.Fatal(err)
	}
	f.sees("expired", "acme", documents("acme", 3, 3).Events) // which arrived today
	overlapping("expired", 29, all)
	kept = all.Events
	check("written anew")
	f.reopen()
	check("written anew, after a restart")

	// Of many that bring the same at a time, one stores it.
	var wg sync.WaitGroup
	var fresh atomic.Int64
	for range 8 {
		wg.Go(func() {
			b := documents("acme", 100, 160)
			if err := f.tryWrite(b); err != nil && !errors.Is(err, store.ErrBusy) {
				t.Error(err)
			}
			fresh.Add(int64(len(b.Events)))
		})
	}
	wg.Wait()
	if fresh.Load() != 61 {
		t.Fatalf("of 8 batches of the same 61 events, %d were stored", fresh.Load())
	}
}
