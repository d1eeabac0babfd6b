// Package delivery proves how much of what was logged has arrived. It computes
// from the numbers of SDK streams alone: each number that a sender gave out is
// stored, declared as left out, or missing. What may still come is not judged,
// and what nobody can know is said.
package delivery

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/clewline/clewline/server/store"
)

// A State says whether more of a stream is to come.
type State string

// The states of a stream.
const (
	// Open: it may still grow, so what is missing may be on its way. It is
	// not judged.
	Open State = "open"
	// Closed by its sender: nothing above the last number was ever logged.
	Closed State = "closed"
	// Abrupt: another page found it on the device and sent what was written
	// there. Complete as far as the page could write.
	Abrupt State = "abrupt"
	// Silent: never closed, and too old to grow. Its sender has not come back.
	// It is judged up to the highest number seen; what lay above, nobody knows.
	Silent State = "silent"
)

// States lists them.
var States = []State{Open, Closed, Abrupt, Silent}

// StateOf gives the state of a stream at a time. A stream ends 24 hours after
// it began, so that of a day may grow until the end of the next one.
func StateOf(x *store.Stream, now time.Time) State {
	switch {
	case x.Closed != nil && x.Closed.By == "self":
		return Closed
	case x.Closed != nil:
		return Abrupt
	case store.DayOf(now) <= x.Day+1:
		return Open
	default:
		return Silent
	}
}

// Most is the greatest figure: what JavaScript counts exactly, as the numbers of
// a stream. Sums stop there.
const Most = 1<<53 - 1

func add(a *int64, n uint64) { *a = int64(min(uint64(*a)+min(n, Most), Most)) }

// Sums count streams, and the numbers that they gave out.
type Sums struct {
	Streams int `json:"streams"`
	Open    int `json:"open"`
	Closed  int `json:"closed"`
	Abrupt  int `json:"abrupt"`
	Silent  int `json:"silent"`
	// Whole are the streams that are judged and miss nothing.
	Whole int `json:"whole"`

	Stored  int64 `json:"stored"`  // of streams that are judged
	Missing int64 `json:"missing"` // of the same: neither stored nor left out
	Omitted int64 `json:"omitted"` // of all streams: left out on purpose
	// Arrived and Waiting are what is stored, and what is not yet, of streams
	// that are open.
	Arrived int64 `json:"arrived"`
	Waiting int64 `json:"waiting"`
}

// Logged is what was to arrive of the streams that are judged.
func (s *Sums) Logged() int64 { return min(s.Stored+s.Missing, Most) }

// count adds one stream.
func (s *Sums) count(x *store.Stream, state State) {
	stored, omitted, missing := Count(x)
	s.Streams++
	add(&s.Omitted, omitted)
	if state == Open {
		s.Open++
		add(&s.Arrived, stored)
		add(&s.Waiting, missing)
		return
	}
	switch state {
	case Closed:
		s.Closed++
	case Abrupt:
		s.Abrupt++
	default:
		s.Silent++
	}
	add(&s.Stored, stored)
	add(&s.Missing, missing)
	if missing == 0 {
		s.Whole++
	}
}

// Highest is the highest number that a stream is known to have given out.
func Highest(x *store.Stream) uint64 {
	if x.Closed != nil {
		return max(x.Highest, x.Closed.At)
	}
	return x.Highest
}

// Count counts the numbers of a stream. missing are those below the highest
// that are neither stored nor left out.
func Count(x *store.Stream) (stored, omitted, missing uint64) {
	for _, r := range x.Stored {
		stored += r.To - r.From + 1
	}
	for _, r := range x.Omitted {
		omitted += r.To - r.From + 1
	}
	return stored, omitted, Highest(x) - stored - omitted
}

// Gaps calls each with every run of numbers that are missing, in order.
func Gaps(x *store.Stream, each func(store.Span)) {
	next := uint64(1)
	i, k := 0, 0
	for i < len(x.Stored) || k < len(x.Omitted) {
		var at store.Span
		if k == len(x.Omitted) || i < len(x.Stored) && x.Stored[i].From < x.Omitted[k].From {
			at = x.Stored[i]
			i++
		} else {
			at = store.Span{From: x.Omitted[k].From, To: x.Omitted[k].To}
			k++
		}
		if at.From > next {
			each(store.Span{From: next, To: at.From - 1})
		}
		next = at.To + 1
	}
	if last := Highest(x); next <= last {
		each(store.Span{From: next, To: last})
	}
}

// A Sender is a program that sends streams: an app with a version of the SDK.
type Sender struct {
	App string `json:"app"`
	SDK string `json:"sdk"`
}

// A SenderSums is how much of a sender's streams has arrived.
type SenderSums struct {
	Sender
	Sums
	Days []*Sums // by day, the first being Ask.From; nil = no stream
}

// A ReasonSums counts what was left out for a reason.
type ReasonSums struct {
	Reason  string `json:"reason"`
	Streams int    `json:"streams"`
	Events  int64  `json:"events"`
}

// MaxSenders bounds the senders that a report tells apart; the others stand
// together in Report.Others.
const MaxSenders = 200

// maxReasons bounds the reasons; the store tells few apart.
const maxReasons = 250

// MaxDays bounds the days of a report.
const MaxDays = 62

// An Ask asks for a report about the streams of some days.
type Ask struct {
	Project  string
	From, To store.Day // both included, at most MaxDays
	Now      time.Time
}

// A Report tells how much of what was logged has arrived.
type Report struct {
	Total   Sums
	Days    []Sums       // of all senders
	Senders []SenderSums // those that miss most first
	Others  Sums         // of senders beyond MaxSenders
	More    bool         // there are such senders
	Reasons []ReasonSums // most events first
}

// Make makes a report in one walk through the streams. Its memory is bounded by
// senders and days. When ctx ends it gives what it has seen with ctx's error:
// the newest days come first.
func Make(ctx context.Context, from store.Streamer, a Ask) (Report, error) {
	days := int(a.To - a.From + 1)
	r := Report{Days: make([]Sums, days)}
	at := map[Sender]int{}
	reasons := reasonCount{at: map[string]int{}}
	err := from.Streams(ctx, store.StreamsQuestion{Project: a.Project, From: a.From, To: a.To}, func(x *store.Stream) error {
		state := StateOf(x, a.Now)
		day := int(x.Day - a.From)
		r.Total.count(x, state)
		r.Days[day].count(x, state)
		reasons.count(x)
		who := Sender{x.App, x.SDK}
		i, ok := at[who]
		switch {
		case !ok && len(r.Senders) == MaxSenders:
			r.More = true
			r.Others.count(x, state)
			return nil
		case !ok:
			i = len(r.Senders)
			at[who] = i
			r.Senders = append(r.Senders, SenderSums{Sender: who, Days: make([]*Sums, days)})
		}
		s := &r.Senders[i]
		s.count(x, state)
		if s.Days[day] == nil {
			s.Days[day] = &Sums{}
		}
		s.Days[day].count(x, state)
		return nil
	})
	slices.SortFunc(r.Senders, func(a, b SenderSums) int {
		return cmp.Or(cmp.Compare(b.Missing, a.Missing), cmp.Compare(b.Stored+b.Arrived, a.Stored+a.Arrived), cmp.Compare(a.App, b.App), cmp.Compare(a.SDK, b.SDK))
	})
	r.Reasons = reasons.out
	slices.SortFunc(r.Reasons, func(a, b ReasonSums) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Reason, b.Reason))
	})
	return r, err
}

// A reasonCount counts what was left out, by reason.
type reasonCount struct {
	at   map[string]int // in out and last
	out  []ReasonSums
	last []int // the stream, by its number, that was counted last
	n    int   // streams so far
}

func (c *reasonCount) count(x *store.Stream) {
	c.n++
	for _, o := range x.Omitted {
		i, ok := c.at[o.Reason]
		if !ok && len(c.out) == maxReasons {
			continue // Total.Omitted has it
		}
		if !ok {
			i = len(c.out)
			c.at[o.Reason] = i
			c.out, c.last = append(c.out, ReasonSums{Reason: o.Reason}), append(c.last, 0)
		}
		add(&c.out[i].Events, o.To-o.From+1)
		if c.last[i] != c.n { // a stream counts once
			c.last[i] = c.n
			c.out[i].Streams++
		}
	}
}

// Apps sums the senders of a report by app, those that miss most first.
func (r *Report) Apps() []SenderSums {
	at := map[string]int{}
	var out []SenderSums
	for i := range r.Senders {
		s := &r.Senders[i]
		k, ok := at[s.App]
		if !ok {
			k = len(out)
			at[s.App] = k
			out = append(out, SenderSums{Sender: Sender{App: s.App}})
		}
		out[k].Sums.merge(&s.Sums)
	}
	slices.SortStableFunc(out, func(a, b SenderSums) int { return cmp.Compare(b.Missing+b.Waiting, a.Missing+a.Waiting) })
	return out
}

func (s *Sums) merge(o *Sums) {
	s.Streams += o.Streams
	s.Open += o.Open
	s.Closed += o.Closed
	s.Abrupt += o.Abrupt
	s.Silent += o.Silent
	s.Whole += o.Whole
	add(&s.Stored, uint64(o.Stored))
	add(&s.Missing, uint64(o.Missing))
	add(&s.Omitted, uint64(o.Omitted))
	add(&s.Arrived, uint64(o.Arrived))
	add(&s.Waiting, uint64(o.Waiting))
}
