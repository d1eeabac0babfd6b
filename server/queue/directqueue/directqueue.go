// Package directqueue is the embedded queue. It is no second log: Put hands
// the batch to process in the caller's goroutine and returns when the store
// has committed it, so that a batch is written once, not twice. What it adds
// is the bound: beyond it Put answers queue.ErrFull instead of letting pending
// batches fill the memory.
package directqueue

import (
	"context"
	"sync"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/queue"
)

// Options tune a Queue. The zero value works.
type Options struct {
	// MaxBytes bounds the bodies of all pending batches together. A single
	// batch may exceed it when nothing else is pending. Default 256 MiB.
	MaxBytes int
	// MaxBatches bounds how many batches are pending. Default 4,096.
	MaxBatches int
}

// Queue implements queue.Sink over a function.
type Queue struct {
	handle func(context.Context, *event.Batch) error
	opts   Options

	mu      sync.Mutex
	depth   Depth
	refused int64
}

// Depth is what waits in the queue at one moment.
type Depth struct{ Batches, Bytes int }

// New makes a queue that hands each batch to handle, which returns nil once
// the batch is durable. handle is called concurrently.
func New(handle func(context.Context, *event.Batch) error, o Options) *Queue {
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxBatches == 0 {
		o.MaxBatches = 4096
	}
	return &Queue{handle: handle, opts: o}
}

// Put implements queue.Sink.
func (q *Queue) Put(ctx context.Context, b *event.Batch) error {
	bytes := b.Bytes // handle may change the batch
	if !q.enter(bytes) {
		return queue.ErrFull
	}
	defer q.leave(bytes)
	return q.handle(ctx, b)
}

// Depth tells what is pending now.
func (q *Queue) Depth() Depth {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.depth
}

// Max tells the bounds of what may be pending.
func (q *Queue) Max() Depth { return Depth{q.opts.MaxBatches, q.opts.MaxBytes} }

// Refused counts the batches that were answered queue.ErrFull.
func (q *Queue) Refused() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.refused
}

func (q *Queue) enter(bytes int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.depth.Batches > 0 && (q.depth.Batches >= q.opts.MaxBatches || q.depth.Bytes+bytes > q.opts.MaxBytes) {
		q.refused++
		return false
	}
	q.depth.Batches++
	q.depth.Bytes += bytes
	return true
}

func (q *Queue) leave(bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.depth.Batches--
	q.depth.Bytes -= bytes
}
