// Package story tells what happens at a company that runs a web phone, for the
// demo: its seats, their calls, and the lines that page, services, functions
// and databases write about them. It also plays the story into a server,
// through the same doors that real senders use.
//
// The story has two troubles in it, both dated from Options.Now. The ticket of
// seat Staff expired 40 minutes before; its page never refreshes it, so that
// each of its requests is refused and its calls drop, while every other seat
// whose ticket expires calls RefreshPath within 5 s and goes on. And since 25
// minutes before, SlowDB answers in seconds, or not at all. 55 minutes before,
// the page's release changes.
//
// A Story is the same for the same options. It knows no clock: its times are
// what the options say, and no line has a time later than its step.
package story

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// What a newcomer is shown of the story.
const (
	Account     = "acct-7731"
	Staff       = "staff-1042" // its ticket expired and is never refreshed
	CallID      = "call-9f3c27"
	TraceID     = "8f43c1d09b7e4a52" // of that call's first refused hold
	SlowDB      = "history-db"
	RefreshPath = "/ticket/refresh"
	Page        = "web-phone" // the app that runs in the browser
)

// When the troubles began, before Options.Now.
const (
	expiredAgo = 40 * time.Minute
	slowAgo    = 25 * time.Minute
	releaseAgo = 55 * time.Minute
	scriptAgo  = 6 * time.Minute // CallID rings
	ticketLife = 30 * time.Minute
)

// Options say which story it is. All are required.
type Options struct {
	Seed uint64
	From time.Time // where the story begins
	Now  time.Time // the present: the troubles are dated from it
}

// Door says which door a step goes in by.
type Door uint8

// The doors.
const (
	Browser    Door = iota // the SDK's; the line is a command for sdk/examples/story/seats.mjs
	Invocation             // /v1/lines?format=invocation
	Prism                  // /v1/lines?format=prism
	JSON                   // /v1/lines?format=json
)

// A Step is one line that somebody writes at one moment.
type Step struct {
	At   time.Time // UTC, whole microseconds
	Door Door
	App  string // who writes it
	Line []byte // without a line feed
}

// A Story gives its steps one by one. It never ends. It serves one goroutine.
type Story struct {
	o       Options
	rng     *rand.Rand
	pending items
	count   uint64
	now     time.Time // of the item that was taken last
}

// New begins a story.
func New(o Options) *Story {
	s := &Story{o: o, rng: rand.New(rand.NewPCG(o.Seed, 0xc1e3)), now: o.From}
	for _, seat := range s.cast() {
		s.begin(seat)
	}
	s.later(o.From.Add(s.between(time.Second, 30*time.Second)), s.chores)
	return s
}

// Next gives the next step. Times never run backwards.
func (s *Story) Next() Step {
	for {
		it := heap.Pop(&s.pending).(item)
		s.now = it.at
		if it.do == nil {
			return it.step
		}
		it.do(it.at)
	}
}

// later has something happen at a time, not before the story's present.
func (s *Story) later(at time.Time, do func(time.Time)) {
	s.push(item{at: at, do: do})
}

func (s *Story) write(at time.Time, door Door, app string, line []byte) {
	s.push(item{at: at, step: Step{Door: door, App: app, Line: line}})
}

func (s *Story) push(it item) {
	it.at = it.at.Truncate(time.Microsecond).UTC()
	if it.at.Before(s.now) {
		it.at = s.now
	}
	it.step.At = it.at
	s.count++
	it.count = s.count
	heap.Push(&s.pending, it)
}

// An item is a step to give, or something that makes more of them.
type item struct {
	at    time.Time
	count uint64 // in the order of making, so that equal times have an order
	do    func(time.Time)
	step  Step
}

type items []item

func (q items) Len() int      { return len(q) }
func (q items) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q items) Less(i, j int) bool {
	if c := q[i].at.Compare(q[j].at); c != 0 {
		return c < 0
	}
	return q[i].count < q[j].count
}
func (q *items) Push(x any) { *q = append(*q, x.(item)) }
func (q *items) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = item{}
	*q = old[:len(old)-1]
	return last
}
