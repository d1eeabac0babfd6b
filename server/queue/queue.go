// Package queue is the line between ingest and process. What Put accepted is
// durable; what it refused has left no trace. The contract stands here, the
// implementations in the folders below, and queuetest holds them to it.
package queue

import (
	"context"
	"errors"
	"time"

	"github.com/clewline/clewline/event"
)

// ErrFull says that the queue is at its bound of bytes or batches. Nothing of
// the batch was taken; the sender should slow down (429) and try again.
var ErrFull = errors.New("queue: full")

// An UnavailableError says that the way to durability is closed for now for a
// reason that slowing down does not cure, such as a full disk. Nothing of the
// batch was taken.
type UnavailableError struct {
	Reason     string // a sentence for the operator and the sender
	RetryAfter time.Duration
	// NoRoom says that room is lacking: the sender is told to slow down (429).
	NoRoom bool
	Err    error
}

func (e *UnavailableError) Error() string { return e.Reason }
func (e *UnavailableError) Unwrap() error { return e.Err }

// Sink is the way in. It may be called concurrently.
type Sink interface {
	// Put returns nil once the whole batch is durable: the store has
	// committed it (directqueue), or all in-sync brokers have it (kafkaqueue).
	// On an error the batch may or may not have been kept, as with any lost
	// acknowledgement; sending it again is safe for events with an identity.
	//
	// It returns ErrFull at the bound, a *event.KeyConflictError when the
	// batch's key was used with another body (where the queue can know), and
	// ctx's error when that ends first. Put takes over the batch: the caller
	// must not use its slices afterwards.
	Put(ctx context.Context, b *event.Batch) error
}

// Source is the way out of a broker; the embedded queue has none.
type Source interface {
	// Run hands out batches, oldest first within a partition, until ctx ends
	// or the broker fails for good. A batch is handed out again until handle
	// returned nil for it.
	Run(ctx context.Context, handle func(context.Context, *event.Batch) error) error
}
