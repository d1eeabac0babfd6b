package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// The tests below are for stores that are Keepers too.

// keeper gives the store as a Keeper.
func (f *fixture) keeper() store.Keeper {
	k, ok := f.Store.(store.Keeper)
	if !ok {
		f.t.Fatal("the store keeps events, but is no store.Keeper: it can neither expire nor erase")
	}
	return k
}

// until waits for something that the store does in the background.
func (f *fixture) until(what string, done func() bool) {
	f.t.Helper()
	deadline := time.After(30 * time.Second)
	for !done() {
		select {
		case <-deadline:
			f.t.Fatalf("the store did not come to it that %s: %+v, %+v", what, f.Stats(), f.keeper().Segments())
		case <-time.After(2 * time.Millisecond):
		}
	}
	if err := f.Stats().LastError; err != nil {
		f.t.Fatalf("when %s, the store is not well: %v", what, err)
	}
}

func parsed(t testing.TB, text string) *query.Query {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// sees checks on every way to read that a project has exactly these events.
func (f *fixture) sees(when, project string, want []event.Event) {
	f.t.Helper()
	scope := store.Scope{Project: project, From: 0, To: 1 << 62}
	got := f.all(store.Search{Scope: scope, Ascending: true})
	if len(got) != len(want) {
		f.t.Fatalf("%s: a search of %s finds %d events, want %d", when, project, len(got), len(want))
	}
	same(f.t, ordered(want, project), got)
	h, err := f.Histogram(f.t.Context(), store.Histogram{Scope: scope, Step: 1 << 61})
	if err != nil {
		f.t.Fatal(err)
	}
	sum := int64(0)
	for _, levels := range h.Counts {
		for _, n := range levels {
			sum += n
		}
	}
	if sum != int64(len(want)) {
		f.t.Fatalf("%s: a histogram of %s counts %d events, want %d", when, project, sum, len(want))
	}
	ask := store.Table{Scope: scope, Pipe: pipe(f.t, "| count")}
	if rows := f.table(ask).Rows; rows[0][0].Text != fmt.Sprint(len(want)) {
		f.t.Fatalf("%s: a table of %s counts %s events, want %d", when, project, rows[0][0].Text, len(want))
	}
	v, err := f.Values(f.t.Context(), store.Values{Scope: scope, Fields: []query.Field{query.Resolve("msg")}, Limit: 10})
	if err != nil {
		f.t.Fatal(err)
	}
	if v.Fields[0].Present != int64(len(want)) {
		f.t.Fatalf("%s: the values of %s count %d events, want %d", when, project, v.Fields[0].Present, len(want))
	}
	for i := range want {
		if _, err := f.Event(f.t.Context(), project, want[i].ID()); err != nil {
			f.t.Fatalf("%s: event %s: %v", when, want[i].ID(), err)
		}
	}
}

// lacks checks that events cannot be found by their ids.
func (f *fixture) lacks(when, project string, gone []event.Event) {
	f.t.Helper()
	for i := range gone {
		if _, err := f.Event(f.t.Context(), project, gone[i].ID()); !errors.Is(err, store.ErrNotFound) {
			f.t.Fatalf("%s: event %s gives %v; want ErrNotFound", when, gone[i].ID(), err)
		}
	}
}

// of moves a batch to another project.
func of(project string, b *event.Batch) *event.Batch {
	b.Project = project
	for i := range b.Events {
		b.Events[i].Project = project
	}
	return b
}

func (f *fixture) deadTexts(project string) (texts []string) {
	f.t.Helper()
	dead, err := f.DeadLetters(f.t.Context(), project, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	for i := range dead {
		texts = append(texts, dead[i].Text)
	}
	slices.Sort(texts)
	return texts
}

func (f *fixture) hasDead(when, project string, want ...string) {
	f.t.Helper()
	if got := f.deadTexts(project); !slices.Equal(got, want) {
		f.t.Fatalf("%s: the dead letters of %s are %q, want %q", when, project, got, want)
	}
}

// retried writes batches once more, which must add nothing.
func (f *fixture) retried(when string, batches ...*event.Batch) {
	f.t.Helper()
	for _, b := range batches {
		b = copyOf(b)
		f.write(b)
		if len(b.Events) != 0 {
			f.t.Fatalf("%s: a retry stored %d events", when, len(b.Events))
		}
	}
}

func testExpiry(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	dead := func(text string) []event.DeadLetter {
		return []event.DeadLetter{{Received: 1, Door: "lines", Text: text}}
	}
	old := []*event.Batch{track("20261120-a", 1, 25), keyed("old", 15)}
	old[1].DeadLetters = dead("old")
	other := of("beta", track("20261120-b", 1, 7))
	other.DeadLetters = dead("other")
	for _, b := range append(slices.Clone(old), other) {
		f.write(copyOf(b))
	}
	first := store.DayOf(f.env.Now())
	f.env.Advance(24 * time.Hour)
	fresh := []*event.Batch{track("20261120-a", 26, 30), keyed("fresh", 12)}
	fresh[1].DeadLetters = dead("fresh")
	for _, b := range fresh {
		f.write(copyOf(b))
	}
	gone := append(slices.Clone(old[0].Events), old[1].Events...)
	left := append(slices.Clone(fresh[0].Events), fresh[1].Events...)
	f.sees("before", "acme", append(slices.Clone(gone), left...))

	if err := f.keeper().Expire(t.Context(), "acme", first+2); err == nil {
		t.Fatal("what is still to come today was hidden")
	}
	if err := f.keeper().Expire(t.Context(), "acme", first+1); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		f.sees(when, "acme", left)
		f.lacks(when, "acme", gone)
		f.sees(when, "beta", other.Events)
		f.hasDead(when, "acme", "fresh")
		f.hasDead(when, "beta", "other")
		f.retried(when, old...)
		changed := keyed("old", 16)
		if _, ok := errors.AsType[*event.KeyConflictError](f.tryWrite(changed)); !ok {
			t.Fatalf("%s: the expired key was taken with another body", when)
		}
		for _, u := range f.keeper().Usage() {
			if u.Project == "acme" && (u.Day <= first || u.Events != int64(len(left))) {
				t.Fatalf("%s: usage tells %+v", when, u)
			}
		}
	}
	check("at once")
	f.reopen()
	check("after a restart")
	f.fill()
	f.settled()
	f.until("only the other project's events of the first day are left", func() bool {
		n := int64(0)
		for _, s := range f.keeper().Segments() {
			if s.Day <= first {
				if s.State == store.SegmentActive || s.State == store.SegmentSealing || s.Events > 0 && s.Projects > 1 {
					return false
				}
				n += s.Events
			}
		}
		return n == int64(len(other.Events))
	})
	check("when the files were rewritten")
	if err := f.keeper().Expire(t.Context(), "", first); err != nil { // nothing is that old
		t.Fatal(err)
	}
	f.env.Advance(20 * 24 * time.Hour)
	f.reopen()
	check("twenty days later")
}

func testIdleDays(t *testing.T, open Open) {
	f := newFixture(t, open, 0)
	var want []event.Event
	var batches []*event.Batch
	for i, idle := range []time.Duration{40 * 24 * time.Hour, 0, 36 * time.Hour, 100 * 24 * time.Hour} {
		f.env.Advance(idle)
		if i == 2 {
			f.reopen()
		}
		today := store.DayOf(f.env.Now())
		b := keyed(fmt.Sprint("idle", i), 5)
		f.write(copyOf(b))
		want, batches = append(want, b.Events...), append(batches, b)
		usage := f.keeper().Usage()
		if last := usage[len(usage)-1]; last.Day != today {
			t.Fatalf("what arrived on day %d is told as %+v", today, usage)
		}
		if i == 3 {
			want = b.Events // the others' days are over
		}
		if err := f.keeper().Expire(t.Context(), "acme", today-2); err != nil {
			t.Fatal(err)
		}
		f.sees("after a pause", "acme", want)
	}
	f.retried("in the end", batches...)
}

func testErasure(t *testing.T, open Open) {
	f := newFixture(t, open, 20)
	user := func(b *event.Batch, every int, account string) *event.Batch {
		for i := range b.Events {
			if i%every == 0 {
				b.Events[i].Account = account
			}
		}
		return b
	}
	batches := []*event.Batch{user(track("20261120-a", 1, 40), 3, "carol"), user(keyed("one", 30), 2, "carol"), user(keyed("two", 30), 2, "dave")}
	batches[1].DeadLetters = []event.DeadLetter{{Received: 1, Text: `{"account":"carol"`}, {Received: 2, Text: "nobody's"}}
	other := of("beta", user(track("20261120-b", 1, 9), 1, "carol"))
	for _, b := range append(slices.Clone(batches), other) {
		f.write(copyOf(b))
	}
	var left, gone []event.Event
	for _, b := range batches {
		for _, e := range b.Events {
			if e.Account == "carol" {
				gone = append(gone, e)
			} else {
				left = append(left, e)
			}
		}
	}
	order := store.Erasure{ID: "e1", Project: "acme", Query: parsed(t, "account:carol"), By: "admin", At: noon}
	if err := f.keeper().Erase(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	f.sees("at once", "acme", left)
	later := user(track("20261120-later", 1, 6), 1, "carol")
	later.DeadLetters = []event.DeadLetter{{Received: 3, Text: "carol again"}}
	f.write(copyOf(later))
	left = append(left, later.Events...)
	if err := f.keeper().Erase(t.Context(), order); err != nil { // once more is nothing
		t.Fatal(err)
	}
	misused := order
	misused.Query = parsed(t, "account:dave")
	if err := f.keeper().Erase(t.Context(), misused); err == nil {
		t.Fatal("one id was taken for two erasures")
	}
	check := func(when string) {
		t.Helper()
		f.sees(when, "acme", left)
		f.lacks(when, "acme", gone)
		f.sees(when, "beta", other.Events)
		f.hasDead(when, "acme", "carol again", "nobody's")
		f.retried(when, batches...)
		all := f.keeper().Erasures()
		if len(all) != 1 || all[0].ID != "e1" || all[0].By != "admin" || !all[0].At.Equal(noon) || all[0].Query.String() != "account:carol" {
			t.Fatalf("%s: the erasures are %+v", when, all)
		}
	}
	check("after more was written")
	f.reopen()
	check("after a restart")
	f.until("the erasure is done", func() bool { return !f.keeper().Erasures()[0].Done.IsZero() })
	if e := f.keeper().Erasures()[0]; e.Removed != int64(len(gone)) || e.Rewritten != e.Segments || e.Segments == 0 {
		t.Fatalf("the erasure tells %+v; %d events were to be removed", e, len(gone))
	}
	check("when the files were rewritten")
	f.settled()
	f.reopen()
	check("after another restart")
	if n := f.Stats().Events; n < int64(len(left)+len(other.Events)) || n > int64(len(left)+len(other.Events)) {
		t.Fatalf("Stats counts %d events, want %d", n, len(left)+len(other.Events))
	}
}

func testProjectErasure(t *testing.T, open Open) {
	f := newFixture(t, open, 20)
	mine, theirs := track("20261120-a", 1, 50), of("beta", track("20261120-a", 1, 50))
	mine.DeadLetters = []event.DeadLetter{{Received: 1, Text: "mine"}}
	theirs.DeadLetters = []event.DeadLetter{{Received: 1, Text: "theirs"}}
	f.write(copyOf(mine))
	f.write(copyOf(theirs))
	if err := f.keeper().Erase(t.Context(), store.Erasure{ID: "all", Project: "acme", At: noon}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		f.sees("erased", "acme", nil)
		f.lacks("erased", "acme", mine.Events)
		f.hasDead("erased", "acme")
		f.sees("erased", "beta", theirs.Events)
		f.hasDead("erased", "beta", "theirs")
		f.until("the erasure is done", func() bool { return !f.keeper().Erasures()[0].Done.IsZero() })
		f.reopen()
	}
}

func testMerge(t *testing.T, open Open) {
	f := newFixture(t, open, 10)
	var batches []*event.Batch
	var want []event.Event
	for i := range 6 {
		b := track("20261120-m", uint64(10*i+1), uint64(10*i+10))
		k := keyed(fmt.Sprint("m", i), 9)
		k.DeadLetters = []event.DeadLetter{{Received: int64(i), Text: fmt.Sprint(i)}}
		for _, b := range []*event.Batch{b, k} {
			f.write(copyOf(b))
			batches = append(batches, b)
			want = append(want, b.Events...)
		}
	}
	first := store.DayOf(f.env.Now())
	f.env.Advance(24 * time.Hour)
	f.fill()
	f.settled()
	f.until("the day that is over lies in few files", func() bool {
		n := 0
		for _, s := range f.keeper().Segments() {
			if s.Day == first && s.Events > 0 {
				if s.State != store.SegmentMerged && s.State != store.SegmentSealed {
					return false
				}
				n++
			}
		}
		return n <= 2
	})
	for range 2 {
		f.sees("merged", "acme", want)
		f.hasDead("merged", "acme", "0", "1", "2", "3", "4", "5")
		f.retried("merged", batches...)
		f.reopen()
	}
}
