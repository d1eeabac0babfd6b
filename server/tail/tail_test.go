package tail

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

func events(project string, msgs ...string) []event.Event {
	out := make([]event.Event, len(msgs))
	for i, msg := range msgs {
		out[i] = event.Event{Project: project, Msg: msg, IDBase: "b", IDNum: uint64(i + 1)}
	}
	return out
}

func hub(t *testing.T, o Options) *Hub {
	h := New(o)
	t.Cleanup(func() { h.Close("the test is over") })
	return h
}

func subscribe(t *testing.T, h *Hub, project, text string, buffer int) *Subscription {
	t.Helper()
	var q *query.Query
	if text != "" {
		var err error
		if q, err = query.Parse(text); err != nil {
			t.Fatal(err)
		}
	}
	s, err := h.Subscribe(project, q, buffer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read takes until n events were given or dropped.
func read(t *testing.T, s *Subscription, n int) (msgs []string, dropped uint64) {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for len(msgs)+int(dropped) < n {
		select {
		case <-s.Ready():
		case <-timeout:
			t.Fatalf("got %v and %d dropped, want %d in all", msgs, dropped, n)
		}
		got, lost := s.Take()
		dropped += lost
		for _, e := range got {
			_, msg, _ := strings.Cut(string(e.JSON), `"msg":"`)
			msg, _, _ = strings.Cut(msg, `"`)
			msgs = append(msgs, msg)
		}
	}
	return msgs, dropped
}

func TestAReaderGetsTheMatchingEventsOfItsProjectInOrder(t *testing.T) {
	h := hub(t, Options{})
	all := subscribe(t, h, "shop", "", 0)
	some := subscribe(t, h, "shop", "timeout", 0)
	other := subscribe(t, h, "bank", "", 0)
	h.Publish(append(events("shop", "one", "a timeout", "three"), events("bank", "secret")...))
	h.Publish(events("shop", "timeout again"))
	for _, c := range []struct {
		s    *Subscription
		want string
	}{{all, "one|a timeout|three|timeout again"}, {some, "a timeout|timeout again"}, {other, "secret"}} {
		got, dropped := read(t, c.s, strings.Count(c.want, "|")+1)
		if strings.Join(got, "|") != c.want || dropped != 0 || c.s.Dropped() != 0 {
			t.Errorf("got %q and %d dropped, want %q", got, dropped, c.want)
		}
	}
}

func TestWhatGoesOutIsTheWireFormWithTheId(t *testing.T) {
	h := hub(t, Options{})
	s := subscribe(t, h, "shop", "", 0)
	e := events("shop", "one")
	h.Publish(e)
	<-s.Ready()
	got, _ := s.Take()
	if len(got) != 1 || got[0].ID != "b.1" || string(got[0].JSON) != string(event.AppendJSON(nil, &e[0])) {
		t.Errorf("got %+v", got)
	}
}

func TestASlowReaderLosesEventsIsToldHowManyAndDelaysNobody(t *testing.T) {
	h := hub(t, Options{})
	slow, fast := subscribe(t, h, "shop", "", 3), subscribe(t, h, "shop", "", 1000)
	for i := range 100 {
		h.Publish(events("shop", fmt.Sprint(i)))
	}
	if got, dropped := read(t, fast, 100); len(got) != 100 || dropped != 0 {
		t.Errorf("the fast one got %d and lost %d", len(got), dropped)
	}
	// The fast one has its last event only after the slow one was offered it
	// or was about to be; wait for the account to be even.
	got, dropped := read(t, slow, 100)
	if strings.Join(got[:3], " ") != "0 1 2" || uint64(len(got))+dropped != 100 || slow.Dropped() != dropped {
		t.Errorf("the slow one got %v and lost %d (%d in all)", got, dropped, slow.Dropped())
	}
}

func TestOneReaderKeepsAtMostFourMegabytesWaiting(t *testing.T) {
	h := hub(t, Options{MaxWaiting: 1 << 30})
	s := subscribe(t, h, "shop", "", 1_000_000)
	big := strings.Repeat("x", 1<<20)
	h.Publish(events("shop", big, big, big, big, big, big))
	end := subscribe(t, h, "shop", "end", 1)
	h.Publish(events("shop", "end"))
	read(t, end, 1)
	got, dropped := s.Take()
	// "end" is small and may still fit.
	if len(got) > 4 || dropped < 3 || len(got)+int(dropped) < 6 {
		t.Errorf("%d events wait, %d were dropped", len(got), dropped)
	}
}

func TestAnEventLargerThanTheBufferStillReachesAReaderThatKeepsUp(t *testing.T) {
	h := hub(t, Options{})
	s := subscribe(t, h, "shop", "", 10)
	h.Publish(events("shop", strings.Repeat("x", 5<<20)))
	if got, dropped := read(t, s, 1); len(got) != 1 || dropped != 0 {
		t.Errorf("got %d and lost %d", len(got), dropped)
	}
}

func TestPublishDoesNotBlockWhenMatchingFallsBehind(t *testing.T) {
	h := hub(t, Options{MaxWaiting: 64 << 10})
	s := subscribe(t, h, "shop", "", 10)
	bystander := subscribe(t, h, "bank", "", 10)
	// The hub stands still: delivering needs this reader's lock.
	s.mu.Lock()
	for range 1000 {
		h.Publish(events("bank", "x"))
		if h.waiting.Load() > 64<<10 {
			t.Fatalf("%d bytes wait", h.waiting.Load())
		}
	}
	s.mu.Unlock()
	got, dropped := read(t, bystander, 1000)
	if len(got)+int(dropped) != 1000 {
		t.Errorf("got %d and lost %d", len(got), dropped)
	}
	if s.Dropped() != 0 {
		t.Errorf("a reader of another project lost %d", s.Dropped())
	}
	h.Publish(events("shop", strings.Repeat("x", 64<<10)))
	if got, dropped := read(t, s, 1); len(got) != 0 || dropped != 1 {
		t.Errorf("an event beyond the bound: got %d and lost %d", len(got), dropped)
	}
}

func TestWhatWasMatchedMakesRoomForMore(t *testing.T) {
	h := hub(t, Options{MaxWaiting: 16 << 10})
	s := subscribe(t, h, "shop", "", 10)
	for i := range 1000 { // far more than may wait, but never at once
		h.Publish(events("shop", fmt.Sprint(i)))
		if _, dropped := read(t, s, 1); dropped != 0 {
			t.Fatalf("event %d was dropped", i)
		}
	}
}

func TestPublishWithoutReadersKeepsNothing(t *testing.T) {
	h := hub(t, Options{})
	batch := events("shop", "one")
	if n := testing.AllocsPerRun(100, func() { h.Publish(batch) }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
	s := subscribe(t, h, "bank", "", 0)
	h.Publish(batch)
	if len(h.queue) != 0 || h.waiting.Load() != 0 {
		t.Error("events that nobody reads wait to be matched")
	}
	s.Close()
	if h.Readers() != 0 {
		t.Errorf("%d readers after the last has gone", h.Readers())
	}
}

func TestAProjectHasABoundedNumberOfReaders(t *testing.T) {
	h := hub(t, Options{MaxPerProject: 2})
	first := subscribe(t, h, "shop", "", 0)
	subscribe(t, h, "shop", "", 0)
	_, err := h.Subscribe("shop", nil, 0)
	if e, ok := errors.AsType[*TooManyError](err); !ok || e.Max != 2 || e.Project != "shop" {
		t.Errorf("a third reader: %v", err)
	}
	subscribe(t, h, "bank", "", 0)
	first.Close()
	first.Close()
	subscribe(t, h, "shop", "", 0)
	if h.Readers() != 3 {
		t.Errorf("%d readers, want 3", h.Readers())
	}
}

func TestClosingTellsEveryReaderWhyAndLetsNobodyIn(t *testing.T) {
	h := New(Options{})
	s := subscribe(t, h, "shop", "", 0)
	h.Publish(events("shop", "last words"))
	<-s.Ready()
	h.Close("the server is stopping")
	h.Close("twice")
	<-s.Done()
	if s.Reason() != "the server is stopping" {
		t.Errorf("the reason is %q", s.Reason())
	}
	if got, _ := s.Take(); len(got) != 1 {
		t.Errorf("what waited is gone: %v", got)
	}
	if _, err := h.Subscribe("shop", nil, 0); !errors.Is(err, ErrClosed) {
		t.Errorf("a new reader: %v", err)
	}
	h.Publish(events("shop", "nobody hears"))
	s.Close()
}

func TestReadersMayComeAndGoWhileEventsArePublished(t *testing.T) {
	h := hub(t, Options{MaxWaiting: 8 << 10})
	const publishers, each = 4, 300
	watcher := subscribe(t, h, "shop", "", 50)
	var seen atomic.Int64
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	readers.Go(func() {
		for {
			select {
			case <-watcher.Ready():
				got, dropped := watcher.Take()
				seen.Add(int64(len(got)) + int64(dropped))
			case <-stop:
				return
			}
		}
	})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s, err := h.Subscribe("shop", nil, 5)
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case <-s.Ready():
					s.Take()
				case <-stop:
				}
				s.Close()
			}
		})
	}
	for range publishers {
		writers.Go(func() {
			for i := range each {
				h.Publish(events("shop", fmt.Sprint(i), "second"))
			}
		})
	}
	writers.Wait()
	// Every event is accounted for: given or dropped.
	for deadline := time.Now().Add(10 * time.Second); seen.Load() < publishers*each*2; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d events are accounted for", seen.Load(), publishers*each*2)
		}
	}
	close(stop)
	readers.Wait()
	if got := watcher.Dropped(); int64(got) > seen.Load() {
		t.Errorf("%d dropped of %d", got, seen.Load())
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, readers := range []int{0, 1, 10} {
		b.Run(fmt.Sprint("readers=", readers), func(b *testing.B) {
			h := New(Options{})
			defer h.Close("done")
			for range readers {
				if _, err := h.Subscribe("shop", nil, 0); err != nil {
					b.Fatal(err)
				}
			}
			batch := events("shop", "one", "two", "three")
			b.ReportAllocs()
			for b.Loop() {
				h.Publish(batch)
			}
		})
	}
}
