package ingest

import (
	"sync"
	"time"
)

// LongStep is the step of what is kept of a week.
const LongStep = 10 * time.Minute

// Came is how many events came by a door in one LongStep.
type Came struct {
	Step    int64 // counted since the epoch
	Project string
	Door    string
	Events  int64
}

// longSteps gathers what came until somebody takes it away to keep it. Its
// memory is bounded by maxSeries: beyond it a project is "".
type longSteps struct {
	mu   sync.Mutex
	came map[Came]int64 // with Events 0
}

func (l *longSteps) add(now time.Time, project, door string, events int64) {
	if events == 0 {
		return
	}
	k := Came{Step: now.UnixNano() / int64(LongStep), Project: project, Door: door}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.came[k]; !known && len(l.came) >= maxSeries {
		k.Project = ""
	}
	l.came[k] += events
}

// TakeCame gives what came by the doors since it was called last. Who cannot
// keep it gives it back.
func (in *Ingest) TakeCame() []Came {
	l := &in.seen.long
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Came, 0, len(l.came))
	for k, events := range l.came {
		k.Events = events
		out = append(out, k)
	}
	clear(l.came)
	return out
}

// GiveBackCame takes back what TakeCame gave.
func (in *Ingest) GiveBackCame(list []Came) {
	for _, c := range list {
		in.seen.long.add(time.Unix(0, c.Step*int64(LongStep)), c.Project, c.Door, c.Events)
	}
}
