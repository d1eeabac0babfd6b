package ingest

import (
	"testing"

	"pgregory.net/rapid"
)

// come says whether a turn has come.
func come(turn <-chan struct{}) bool {
	if turn == nil {
		return true
	}
	select {
	case <-turn:
		return true
	default:
		return false
	}
}

func TestAKeyWithOneRequestWaitsForOneTurnOfAKeyWithAThousand(t *testing.T) {
	f := newFair(1, 10_000, 1<<30)
	ask := func(key string) <-chan struct{} {
		if !f.enter(key, "shop", 1) {
			t.Fatalf("%s was refused", key)
		}
		return f.join(key)
	}
	if !come(ask("flood")) {
		t.Fatal("a free turn was not given")
	}
	var flood []<-chan struct{}
	for range 1000 {
		flood = append(flood, ask("flood"))
	}
	calm, other := ask("calm"), ask("other")
	f.done() // to flood, which was first
	if !come(flood[0]) || come(calm) {
		t.Fatal("who has waited longest is not next")
	}
	f.done()
	if !come(calm) || come(flood[1]) {
		t.Fatal("one key has two turns in a row while another waits")
	}
	f.done()
	if !come(other) {
		t.Fatal("the third key waits for more than one turn of each other")
	}
	f.done()
	if !come(flood[1]) {
		t.Fatal("the flood gets nothing at all")
	}
	// Somebody in the middle has gone: the rest move up, in their order.
	f.give("flood", flood[3])
	f.done()
	f.done()
	if !come(flood[2]) || come(flood[3]) || !come(flood[4]) {
		t.Fatal("who has gone is still waited for")
	}
}

func TestAFloodFindsItsOwnBoundBeforeItTakesTheOthersRoom(t *testing.T) {
	f := newFair(4, 1000, 1<<30)
	in := 0
	for f.enter("flood", "shop", 10) {
		in++
	}
	if in != 500 {
		t.Errorf("alone, a key has %d of 1000; want half, so that one more key finds room", in)
	}
	for _, key := range []string{"a", "b", "c"} {
		for i := range 20 {
			if !f.enter(key, "bank", 10) {
				t.Fatalf("request %d of %s was refused while a flood holds half", i, key)
			}
		}
	}
	if f.enter("flood", "shop", 10) {
		t.Error("the flood grows while the others are there")
	}
	for range 500 {
		f.leave("flood", "shop", 10)
	}
	if !f.enter("flood", "shop", 10) {
		t.Error("a key stays refused after its flood")
	}

	f = newFair(4, 1000, 1000) // the same in bytes
	if !f.enter("big", "shop", 5000) || f.enter("calm", "bank", 1) {
		t.Error("a body beyond the bound may come alone, and nothing beside it")
	}
	f.leave("big", "shop", 5000)
	if !f.enter("flood", "shop", 500) || f.enter("flood", "shop", 100) || !f.enter("calm", "bank", 100) {
		t.Error("shares do not hold for bytes")
	}
}

func TestAQuietProjectIsToldAtOnceAndABusyOneWhenItsLastRequestIsDone(t *testing.T) {
	f := newFair(1, 10, 100)
	if f.quiet("shop") != nil {
		t.Error("nothing is under way")
	}
	f.enter("a", "shop", 1)
	f.enter("b", "shop", 1)
	f.enter("c", "bank", 1)
	first, second := f.quiet("shop"), f.quiet("shop")
	f.leave("a", "shop", 1)
	if come(first) {
		t.Error("told too early")
	}
	f.leave("b", "shop", 1)
	if !come(first) || !come(second) {
		t.Error("not told")
	}
}

func TestWhateverComesAndGoesNothingIsLeftBehind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFair(rapid.IntRange(1, 3).Draw(t, "turns"), rapid.IntRange(2, 20).Draw(t, "most"), int64(rapid.IntRange(10, 100).Draw(t, "bytes")))
		free := f.free
		type request struct {
			key  string
			n    int64
			turn <-chan struct{}
		}
		var in []*request
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "come") || len(in) == 0 {
				r := &request{key: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"), n: int64(rapid.IntRange(0, 30).Draw(t, "n"))}
				if f.enter(r.key, "p"+r.key, r.n) {
					r.turn = f.join(r.key)
					in = append(in, r)
				}
				continue
			}
			i := rapid.IntRange(0, len(in)-1).Draw(t, "who")
			r := in[i]
			in = append(in[:i], in[i+1:]...)
			if r.turn == nil || come(r.turn) && rapid.Bool().Draw(t, "works") {
				f.done()
			} else {
				f.give(r.key, r.turn)
			}
			f.leave(r.key, "p"+r.key, r.n)
		}
		for _, r := range in {
			if r.turn == nil {
				f.done()
			} else {
				f.give(r.key, r.turn)
			}
			f.leave(r.key, "p"+r.key, r.n)
		}
		if f.free != free || f.requests != 0 || f.bytes != 0 || len(f.keys) != 0 || len(f.ring) != 0 || len(f.projects) != 0 {
			t.Fatalf("left behind: %+v", f)
		}
	})
}
