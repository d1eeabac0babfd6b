// Package process is the stage between queue and store: it normalises and
// enriches each event, writes the batch, and tells of what was written. It
// keeps nothing of its own, so a batch may be processed again, on any node,
// with the same outcome.
package process

import (
	"context"

	"github.com/clewline/clewline/event"
)

// Writer is what process needs of a store; see store.Store.Write for what it
// promises. After it returned nil, b.Events holds the events that were new.
type Writer interface {
	Write(ctx context.Context, b *event.Batch) error
}

// Options tune a Processor. The zero value works.
type Options struct {
	// Committed is told of the events that were new, after the store has
	// committed them. It must return at once and may keep the slice.
	Committed func(events []event.Event)
}

// Processor takes batches to the store. It may be used concurrently.
type Processor struct {
	writer Writer
	opts   Options
	agents agentCache
}

// New makes a Processor.
func New(w Writer, o Options) *Processor {
	return &Processor{writer: w, opts: o}
}

// Process normalises, enriches and writes a batch. It returns nil once the
// store has committed it. It changes the batch.
func (p *Processor) Process(ctx context.Context, b *event.Batch) error {
	for i := range b.Events {
		e := &b.Events[i]
		settleTime(e, offsetOf(b, e))
		if e.Kind == "" {
			e.Kind = event.Log
		}
		if e.UA != "" {
			e.Browser, e.OS, e.DeviceType = p.agents.lookup(e.UA)
		}
		e.DeriveWords()
	}
	if err := p.writer.Write(ctx, b); err != nil {
		return err
	}
	if p.opts.Committed != nil && len(b.Events) > 0 {
		p.opts.Committed(b.Events)
	}
	return nil
}

// offsetOf finds the clock offset of an SDK event's stream. A batch holds one
// or two streams, so a look through them is the fastest way.
func offsetOf(b *event.Batch, e *event.Event) int64 {
	if e.Stream == "" {
		return 0
	}
	for i := range b.Streams {
		if b.Streams[i].Stream == e.Stream {
			return b.Streams[i].Offset
		}
	}
	return 0
}

// settleTime decides what an event's time is. e.Time holds what the sender
// said, or 0 when it said nothing.
//
// An SDK event has its stream's clock offset added, the same for the whole
// stream, so that the order within it never inverts. Other senders are
// believed, however old their files are. Nobody is believed about a time more
// than event.MaxFuture ahead, the SDK neither about one more than
// event.MaxPast ago: such an event gets the time of its arrival.
func settleTime(e *event.Event, offset int64) {
	sent := e.Time
	if sent == 0 && e.Stream == "" {
		e.Time = e.Received
		return
	}
	e.Time += offset
	switch {
	case e.Time > e.Received+int64(event.MaxFuture),
		e.Stream != "" && e.Time < e.Received-int64(event.MaxPast):
		e.Time = e.Received
	}
	if e.Time != sent {
		e.ClientTime = sent
		e.Flags |= event.TimeCorrected
	}
}
