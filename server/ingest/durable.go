package ingest

import (
	"math"
	"time"
)

// Durations tells how long requests waited until their events were durable,
// from the last byte of the body on. A percentile is exact within a tenth.
type Durations struct {
	Requests      int64
	P50, P95, P99 time.Duration
}

// The limits of the classes that durations are counted in grow by a fifth,
// from half a millisecond to half a minute.
const (
	shortest   = 500 * time.Microsecond
	growth     = 1.2
	numClasses = 62
)

type durableStep struct {
	n       int64
	classes [numClasses]uint32
}

func classOf(d time.Duration) int {
	if d <= shortest {
		return 0
	}
	return min(numClasses-1, int(math.Ceil(math.Log(float64(d)/float64(shortest))/math.Log(growth))))
}

// took notes that a batch was durable d after its last byte had come.
func (r *rates) took(d time.Duration) {
	n := stepOf(r.now())
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.durable[n%int64(doorSteps)]
	if s.n != n {
		*s = durableStep{n: n}
	}
	s.classes[classOf(d)]++
}

func (s *durableStep) merge(o *durableStep) {
	for i, n := range o.classes {
		s.classes[i] += n
	}
}

func (s *durableStep) durations() Durations {
	var out Durations
	for _, n := range s.classes {
		out.Requests += int64(n)
	}
	out.P50, out.P95, out.P99 = s.percentile(out.Requests, .5), s.percentile(out.Requests, .95), s.percentile(out.Requests, .99)
	return out
}

// percentile gives the middle of the class that holds the p-th of all.
func (s *durableStep) percentile(all int64, p float64) time.Duration {
	if all == 0 {
		return 0
	}
	rank := int64(math.Ceil(p * float64(all)))
	for i, n := range s.classes {
		if rank -= int64(n); rank <= 0 {
			return time.Duration(float64(shortest) * math.Pow(growth, float64(i)-.5))
		}
	}
	return 0
}
