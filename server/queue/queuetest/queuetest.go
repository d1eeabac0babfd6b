// Package queuetest holds every queue to the contract of package queue.
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/queue"
)

// Open makes a queue whose batches go to handle, with a bound of maxBatches
// pending batches and maxBytes pending bytes.
type Open func(t *testing.T, handle func(context.Context, *event.Batch) error, maxBatches, maxBytes int) queue.Sink

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Run("what Put accepted has been handled", func(t *testing.T) { putMeansHandled(t, open) })
	t.Run("a failure of the far end reaches the caller and nobody else", func(t *testing.T) { failureIsOnesOwn(t, open) })
	t.Run("beyond the bound of batches Put answers ErrFull, and recovers", func(t *testing.T) { fullByCount(t, open) })
	t.Run("beyond the bound of bytes Put answers ErrFull, but one large batch alone passes", func(t *testing.T) { fullByBytes(t, open) })
	t.Run("Put returns when its context ends", func(t *testing.T) { contextEnds(t, open) })
}

func batch(name string, bytes int) *event.Batch {
	return &event.Batch{Project: "p", Bytes: bytes, Events: []event.Event{{IDBase: name, Time: 1, Msg: name}}}
}

func putMeansHandled(t *testing.T, open Open) {
	var mu sync.Mutex
	handled := map[string]int{}
	sink := open(t, func(_ context.Context, b *event.Batch) error {
		mu.Lock()
		defer mu.Unlock()
		handled[b.Events[0].IDBase]++
		return nil
	}, 100, 1<<20)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			name := fmt.Sprint(i)
			if err := sink.Put(t.Context(), batch(name, 10)); err != nil {
				t.Errorf("put %s: %v", name, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if handled[name] != 1 {
				t.Errorf("batch %s was accepted but handled %d times", name, handled[name])
			}
		}()
	}
	wg.Wait()
}

func failureIsOnesOwn(t *testing.T, open Open) {
	broken := errors.New("broken")
	sink := open(t, func(_ context.Context, b *event.Batch) error {
		if b.Events[0].IDBase == "bad" {
			return broken
		}
		return nil
	}, 100, 1<<20)
	if err := sink.Put(t.Context(), batch("bad", 1)); !errors.Is(err, broken) {
		t.Errorf("got %v, want the far end's error", err)
	}
	if err := sink.Put(t.Context(), batch("good", 1)); err != nil {
		t.Errorf("the next batch: %v", err)
	}
}

// hold opens a queue whose far end waits, and puts n batches into it.
func hold(t *testing.T, open Open, n, bytes, maxBatches, maxBytes int) (sink queue.Sink, release func()) {
	gate := make(chan struct{})
	entered := make(chan struct{}, n+1) // one more for the batch put after the release
	sink = open(t, func(context.Context, *event.Batch) error {
		entered <- struct{}{}
		<-gate
		return nil
	}, maxBatches, maxBytes)
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := sink.Put(context.Background(), batch(fmt.Sprint(i), bytes)); err != nil {
				t.Errorf("put %d of %d: %v", i, n, err)
			}
		}()
		<-entered
	}
	return sink, func() { close(gate); wg.Wait() }
}

func fullByCount(t *testing.T, open Open) {
	sink, release := hold(t, open, 4, 1, 4, 1<<20)
	if err := sink.Put(t.Context(), batch("one too many", 1)); !errors.Is(err, queue.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	release()
	if err := sink.Put(t.Context(), batch("after", 1)); err != nil {
		t.Errorf("after the queue was emptied: %v", err)
	}
}

func fullByBytes(t *testing.T, open Open) {
	sink, release := hold(t, open, 1, 5000, 100, 1000) // alone it may exceed the bound
	if err := sink.Put(t.Context(), batch("second", 1)); !errors.Is(err, queue.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	release()
}

func contextEnds(t *testing.T, open Open) {
	sink := open(t, func(ctx context.Context, _ *event.Batch) error {
		<-ctx.Done()
		return ctx.Err()
	}, 10, 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sink.Put(ctx, batch("late", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
