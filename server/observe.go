package server

import (
	"context"
	"errors"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"github.com/clewline/clewline/server/api"
	"github.com/clewline/clewline/server/ingest"
	"github.com/clewline/clewline/server/retention"
)

// An observer tells the api, in its words, what ingest, queue and canary know.
type observer struct{ s *Server }

var _ api.Observer = observer{}

// Incoming implements api.Observer.
func (o observer) Incoming(project string) api.Incoming {
	r := o.s.ingest.Rates(project)
	out := api.Incoming{
		Since: instant(r.Since.UnixNano()), From: instant(r.From.UnixNano()), Step: ingest.RateStep.Seconds(), Steps: r.Steps,
		Minute: r.Minute.Seconds(), Doors: []api.Door{},
		Durable: api.Durable{Requests: r.Durable.Requests, P50: ms(r.Durable.P50), P95: ms(r.Durable.P95), P99: ms(r.Durable.P99)},
		P50:     make([]float64, len(r.DurableSteps)), P99: make([]float64, len(r.DurableSteps)),
	}
	for i, d := range r.DurableSteps {
		out.P50[i], out.P99[i] = ms(d.P50), ms(d.P99)
	}
	for _, d := range r.Doors {
		door := api.Door{
			Door: d.Door, Last: when(d.Last), Total: api.Tally(d.Total), Hour: api.Tally(d.Hour), Minute: api.Tally(d.Minute),
			Events: make([]int64, len(d.Steps)), Keys: make([]api.DoorKey, len(d.Keys)),
		}
		for i, s := range d.Steps {
			door.Events[i] = s.Events
		}
		for i, k := range d.Keys {
			door.Keys[i] = api.DoorKey{ID: k.Key, Project: k.Project, From: k.From, Last: when(k.Last), Total: api.Tally(k.Total), Minute: api.Tally(k.Minute)}
		}
		out.Doors = append(out.Doors, door)
	}
	return out
}

// Health implements api.Observer.
func (o observer) Health() api.Health {
	depth, most := o.s.queue.Depth(), o.s.queue.Max()
	out := api.Health{
		Troubles: o.s.troubles(), Clock: o.s.ingest.ClockTrouble(),
		Queue: api.Queue{Batches: depth.Batches, Bytes: depth.Bytes, MaxBatches: most.Batches, MaxBytes: most.Bytes, Full: o.s.queue.Refused()},
	}
	if disk, err := retention.DiskOf(o.s.cfg.Data); err == nil && disk.Size > 0 {
		out.Disk = &api.Disk{Size: disk.Size, Free: disk.Free, Floor: int64(o.s.cfg.MinFreeMB) << 20}
	}
	if o.s.canary != nil {
		c := o.s.canary.Report()
		out.Canary = &api.Canary{
			Every: c.Every.Seconds(), Rounds: c.Rounds, Returned: c.Returned, Failed: c.Failed, Skipped: c.Skipped,
			Last: when(c.Last), RoundTrip: ms(c.RoundTrip), Failure: c.Failure, Paused: c.Paused,
		}
	}
	return out
}

// AcknowledgeClock implements api.Observer.
func (o observer) AcknowledgeClock(seen string) bool { return o.s.ingest.AcknowledgeClock(seen) }

// Formats implements api.Observer.
func (o observer) Formats() []string { return ingest.Formats() }

// Diagnose implements api.Observer.
func (o observer) Diagnose(ctx context.Context, project string, l event.DeadLetter) (column int, readable bool) {
	return o.s.ingest.Diagnose(ctx, project, l)
}

// Replay implements api.Observer.
func (o observer) Replay(ctx context.Context, project string, l event.DeadLetter, id string, as api.ReplayAs) (string, error) {
	eventID, err := o.s.ingest.Replay(ctx, project, l, id, ingest.ReplayAs(as))
	var line *format.LineError
	switch {
	case errors.As(err, &line):
		return "", &api.UnreadableError{Field: line.Field, Column: line.Column, Reason: line.Reason}
	case errors.Is(err, ingest.ErrCut):
		return "", &api.UnreadableError{Reason: err.Error()}
	case errors.Is(err, ingest.ErrReplayed):
		return "", api.ErrReplayed
	}
	return eventID, err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// when is a time as the api tells it, nil for none.
func when(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := instant(t.UnixNano())
	return &s
}
