package ingest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/clewline/clewline/event"
)

// Rates are kept in steps of RateStep over RateSpan, in memory, since the
// server started.
const (
	RateStep = 10 * time.Second
	RateSpan = time.Hour
)

const (
	doorSteps = int(RateSpan / RateStep)
	keySteps  = 7 // the last minute, and the step that is under way
	// maxSeries bounds what is remembered: beyond it a new pair of key and
	// door, or project and door, is counted under the key or project "".
	maxSeries = 4096
)

// LateAfter is how long after its time an event arrives that counts as late.
const LateAfter = 10 * time.Minute

// A Tally counts what came by a door. Events count when they are acknowledged;
// Late, Corrected and Redacted only those of them that were new.
type Tally struct {
	Requests   int64
	Events     int64
	Bytes      int64 // of acknowledged bodies, after decompression
	Late       int64 // arrived more than LateAfter after their time
	Corrected  int64 // got another time than their sender said
	Redacted   int64 // changed by a redaction rule
	Duplicates int64 // acknowledged, and stored before
	Rejected   int64 // lines not understood
	Slowed     int64 // requests answered 429
	Refused    int64 // requests answered with another 4xx
	Failed     int64 // requests answered 5xx
}

func (t *Tally) add(o Tally) {
	t.Requests += o.Requests
	t.Events += o.Events
	t.Bytes += o.Bytes
	t.Late += o.Late
	t.Corrected += o.Corrected
	t.Redacted += o.Redacted
	t.Duplicates += o.Duplicates
	t.Rejected += o.Rejected
	t.Slowed += o.Slowed
	t.Refused += o.Refused
	t.Failed += o.Failed
}

// Rates is what came by the doors: of one project, or of all.
type Rates struct {
	Since time.Time // counting began
	From  time.Time // the first step of the series begins
	Steps int       // the last of which is under way
	// Minute is the time that the tallies of that name are about: the last
	// full minute and what of a step is under way.
	Minute  time.Duration
	Doors   []DoorRate // by name
	Durable Durations  // of all projects: they share the commits
	// DurableSteps has one entry a step.
	DurableSteps []Durations
}

// A DoorRate is what came by one door.
type DoorRate struct {
	Door   string
	Last   time.Time // a request came; zero = none since Since
	Total  Tally     // since Since
	Hour   Tally     // in the steps
	Minute Tally
	Steps  []Tally
	Keys   []KeyRate // the latest first
}

// A KeyRate is what came by one door under one key.
type KeyRate struct {
	Key     string // its id; "" = too many keys to tell them apart
	Project string
	Last    time.Time
	From    string // the address of the last request
	Total   Tally
	Minute  Tally
}

// rates keeps the tallies. Its memory is bounded by maxSeries.
type rates struct {
	now func() time.Time

	mu      sync.Mutex
	since   time.Time
	doors   map[place]*series
	keys    map[place]*series
	durable [doorSteps]durableStep

	long longSteps
}

// A place is where something came in.
type place struct{ project, key, door string }

type series struct {
	total Tally
	last  time.Time
	from  string
	steps []step // the newest last; at most as many as are asked about
}

type step struct {
	n int64 // its number since the epoch
	Tally
}

func newRates(now func() time.Time) *rates {
	return &rates{now: now, since: now(), doors: map[place]*series{}, keys: map[place]*series{}, long: longSteps{came: map[Came]int64{}}}
}

func stepOf(t time.Time) int64 { return t.UnixNano() / int64(RateStep) }

// count adds to what came from p; from is the sender's address, "" when this
// is no request.
func (r *rates) count(p place, from string, t Tally) {
	now := r.now()
	r.long.add(now, p.project, p.door, t.Events)
	r.mu.Lock()
	defer r.mu.Unlock()
	seriesOf(r.doors, place{project: p.project, door: p.door}).add(now, "", t, doorSteps)
	if p.key != "" {
		seriesOf(r.keys, p).add(now, from, t, keySteps)
	}
}

func seriesOf(all map[place]*series, p place) *series {
	s := all[p]
	if s == nil && len(all) >= maxSeries {
		p = place{door: p.door}
		s = all[p]
	}
	if s == nil {
		s = &series{}
		all[p] = s
	}
	return s
}

func (s *series) add(now time.Time, from string, t Tally, most int) {
	s.total.add(t)
	if t.Requests > 0 {
		s.last = now
	}
	if from != "" {
		s.from = from
	}
	n := stepOf(now)
	// A clock that was set back goes on counting in the newest step.
	if k := len(s.steps); k == 0 || s.steps[k-1].n < n {
		if k > 0 && s.steps[0].n <= n-int64(most) {
			old := 0
			for old < k && s.steps[old].n <= n-int64(most) {
				old++
			}
			s.steps = slices.Delete(s.steps, 0, old)
		}
		s.steps = append(s.steps, step{n: n})
	}
	s.steps[len(s.steps)-1].add(t)
}

// within sums the steps from number n on.
func (s *series) within(n int64) (sum Tally) {
	for i := len(s.steps) - 1; i >= 0 && s.steps[i].n >= n; i-- {
		sum.add(s.steps[i].Tally)
	}
	return sum
}

// report gives the rates of a project, "" for all.
func (r *rates) report(project string) Rates {
	now := r.now()
	current := stepOf(now)
	first := current - int64(doorSteps) + 1
	minute := current - int64(keySteps) + 1
	r.mu.Lock()
	defer r.mu.Unlock()
	out := Rates{
		Since: r.since, From: time.Unix(0, first*int64(RateStep)), Steps: doorSteps,
		Minute: max(time.Second, min(now.Sub(time.Unix(0, minute*int64(RateStep))), now.Sub(r.since))),
	}
	byDoor := map[string]*DoorRate{}
	for p, s := range r.doors {
		if project != "" && p.project != project {
			continue
		}
		d := byDoor[p.door]
		if d == nil {
			d = &DoorRate{Door: p.door, Steps: make([]Tally, doorSteps)}
			byDoor[p.door] = d
		}
		d.Total.add(s.total)
		d.Hour.add(s.within(first))
		d.Minute.add(s.within(minute))
		if s.last.After(d.Last) {
			d.Last = s.last
		}
		for _, st := range s.steps {
			if i := st.n - first; i >= 0 && i < int64(doorSteps) {
				d.Steps[i].add(st.Tally)
			}
		}
	}
	for p, s := range r.keys {
		if d := byDoor[p.door]; d != nil && (project == "" || p.project == project) {
			d.Keys = append(d.Keys, KeyRate{p.key, p.project, s.last, s.from, s.total, s.within(minute)})
		}
	}
	for _, d := range byDoor {
		slices.SortFunc(d.Keys, func(a, b KeyRate) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Key, b.Key)) })
		out.Doors = append(out.Doors, *d)
	}
	slices.SortFunc(out.Doors, func(a, b DoorRate) int { return cmp.Compare(a.Door, b.Door) })
	var all durableStep
	out.DurableSteps = make([]Durations, doorSteps)
	for i := range r.durable {
		if at := r.durable[i].n - first; at >= 0 && at < int64(doorSteps) {
			out.DurableSteps[at] = r.durable[i].durations()
			all.merge(&r.durable[i])
		}
	}
	out.Durable = all.durations()
	return out
}

// Rates tells what has come by the doors, of one project or, for "", of all.
func (in *Ingest) Rates(project string) Rates { return in.seen.report(project) }

// Stored tells the doors what became of a batch that they took in: sent is how
// many events it had, b.Events those of them that were new, as they are stored.
// It only reads them. Whoever writes batches to the store calls it.
func (in *Ingest) Stored(b *event.Batch, sent int) {
	if b.Door == "" {
		return // nobody's request
	}
	t := Tally{Duplicates: int64(sent - len(b.Events))}
	for i := range b.Events {
		e := &b.Events[i]
		if e.Received-e.Time > int64(LateAfter) {
			t.Late++
		}
		if e.Flags&event.TimeCorrected != 0 {
			t.Corrected++
		}
		if e.Flags&event.Redacted != 0 {
			t.Redacted++
		}
	}
	if t != (Tally{}) {
		in.seen.count(place{b.Project, b.KeyID, b.Door}, "", t)
		in.metrics.outcome(b.Door, t)
	}
}
