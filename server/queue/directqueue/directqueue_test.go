package directqueue_test

import (
	"context"
	"testing"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/queue"
	"github.com/clewline/clewline/server/queue/directqueue"
	"github.com/clewline/clewline/server/queue/queuetest"
)

func TestDirectqueueKeepsTheContract(t *testing.T) {
	queuetest.Run(t, func(_ *testing.T, handle func(context.Context, *event.Batch) error, maxBatches, maxBytes int) queue.Sink {
		return directqueue.New(handle, directqueue.Options{MaxBatches: maxBatches, MaxBytes: maxBytes})
	})
}

func TestDepthGoesBackToZeroAfterFailures(t *testing.T) {
	q := directqueue.New(func(context.Context, *event.Batch) error { return context.Canceled }, directqueue.Options{})
	for range 3 {
		_ = q.Put(t.Context(), &event.Batch{Bytes: 100})
	}
	if d := q.Depth(); d != (directqueue.Depth{}) {
		t.Errorf("depth is %+v after all batches have gone", d)
	}
}
