package query

import (
	"slices"
	"strconv"
	"time"

	"github.com/clewline/clewline/event"
)

// What a Follower holds at most. First events beyond it are not followed, and
// counted.
const (
	MaxOpen      = 100_000  // steps that wait for their event or their end
	MaxOpenBytes = 64 << 20 // of the events of sequences that are not decided
	maxKeyValues = 32       // of one event, when the key is a list
)

// A Row is one first event for which a sequence holds, and the events that its
// steps found, in their order: none for a step with not.
type Row struct {
	First *event.Event
	Then  []*event.Event
}

// Following says which part of a stream of events a Follower is about.
type Following struct {
	// From and To bound the first events: [From, To) in ns. The events of
	// steps are sought up to To + Reach.
	From, To int64
	// Now is the time at which events are asked for. A step whose time ends
	// after Now - Lateness is not decided.
	Now int64
}

// A Follower answers a sequence over a stream of events in event order, which
// must hold all that Sequence.Search matches in [From, To + Reach). Each first
// event gives at most one row, when all its steps are decided; rows come in the
// order in which that is, not in that of their first events.
//
// Each step takes the first event that fits, after the one that was found
// before it: with another key value none fits, nor the same event. Of events
// of one time the later in event order is after the other.
//
// It takes memory for what is open, which MaxOpen and MaxOpenBytes bound, and
// time in proportion to the events. A Follower is for one goroutine.
type Follower struct {
	seq   *Sequence
	about Following
	row   func(Row)

	first *Matcher
	steps []*Matcher
	keys  fieldValues

	open    []queue // of each step, by their end
	waiting map[spot][]*chain
	size    int // open entries
	bytes   int

	firsts, undecided, left int64
}

// spot is where chains wait: at a step, for an event with a key value.
type spot struct {
	step int
	key  string
}

// A chain is a first event and what was found after it.
type chain struct {
	row   Row
	keys  []string
	next  int  // the step that waits for its event; len(steps) when none does
	nots  int  // steps with not whose time is not over
	late  bool // the time of a step with not ended too near to now
	over  bool
	bytes int
}

// A queue holds the chains that wait at one step. Their ends ascend.
type queue struct {
	entries []wait
	head    int
}

type wait struct {
	chain *chain
	end   int64 // the last instant at which the step's event may be
}

// Follow begins to answer a sequence. row is called for each row.
func (s *Sequence) Follow(about Following, row func(Row)) *Follower {
	f := &Follower{
		seq: s, about: about, row: row, first: s.First.Matcher(),
		open: make([]queue, len(s.Steps)), waiting: map[spot][]*chain{}, keys: newFieldValues(s.By),
	}
	for _, step := range s.Steps {
		f.steps = append(f.steps, step.Query.Matcher())
	}
	return f
}

// A FollowerCount tells what became of first events.
type FollowerCount struct {
	First     int64 // found and followed
	Undecided int64 // whose steps may still be decided otherwise by events to come
	Left      int64 // not followed, for want of room
}

// Count tells what became of first events so far.
func (f *Follower) Count() FollowerCount {
	return FollowerCount{f.firsts, f.undecided, f.left}
}

// Idle says that nothing is open: past the range there is nothing to be found.
func (f *Follower) Idle() bool { return f.size == 0 }

// Add takes the next event. It may keep it, and what its strings hold.
func (f *Follower) Add(e *event.Event) {
	f.expire(e.Time, f.known())
	begins := e.Time >= f.about.From && e.Time < f.about.To && f.first.Match(e)
	if !begins && f.size == 0 {
		return
	}
	keys := f.keys.of(e)
	if len(keys) == 0 {
		return
	}
	// Steps with not first, for an event that a later step is waiting for may
	// be one that must not be; then from the last step to the first, so that
	// one event takes a chain one step on at most.
	for _, not := range [...]bool{true, false} {
		for k := len(f.steps) - 1; k >= 0; k-- {
			if f.seq.Steps[k].Not == not && f.open[k].len() > 0 && f.steps[k].Match(e) {
				f.meet(k, keys, e)
			}
		}
	}
	if begins {
		f.begin(e, slices.Clone(keys))
	}
}

// meet gives an event to all chains that wait for it at step k.
func (f *Follower) meet(k int, keys []string, e *event.Event) {
	var kept *event.Event
	for _, key := range keys {
		at := spot{k, key}
		chains := f.waiting[at]
		if chains == nil {
			continue
		}
		delete(f.waiting, at)
		for _, c := range chains {
			switch {
			case c.over:
			case f.seq.Steps[k].Not:
				f.end(c)
			case c.next == k:
				if kept == nil {
					copied := *e
					kept = &copied
				}
				c.row.Then = append(c.row.Then, kept)
				f.hold(c, sizeOf(e))
				f.goOn(c, k+1, e.Time)
			}
		}
	}
}

func (f *Follower) begin(e *event.Event, keys []string) {
	size := sizeOf(e)
	if f.size+len(f.steps) > MaxOpen || f.bytes+size > MaxOpenBytes {
		f.left++
		return
	}
	f.firsts++
	kept := *e
	c := &chain{row: Row{First: &kept}, keys: keys}
	f.hold(c, size)
	f.goOn(c, 0, e.Time)
}

// goOn lets a chain wait at step k, whose time begins at from, and at those
// behind it as far as their time begins then too.
func (f *Follower) goOn(c *chain, k int, from int64) {
	for ; k < len(f.steps); k++ {
		f.open[k].entries = append(f.open[k].entries, wait{c, from + int64(f.seq.Steps[k].Within)})
		f.size++
		for _, key := range c.keys {
			at := spot{k, key}
			f.waiting[at] = append(f.waiting[at], c)
		}
		if !f.seq.Steps[k].Not {
			break
		}
		c.nots++
	}
	c.next = k
	f.decide(c)
}

// decide gives a chain's row when nothing is open in it.
func (f *Follower) decide(c *chain) {
	if c.over || c.next < len(f.steps) || c.nots > 0 {
		return
	}
	if c.late {
		f.undecided++
	} else {
		f.row(c.row)
	}
	f.end(c)
}

// end lets go of a chain. Its entries go when their time is over.
func (f *Follower) end(c *chain) {
	c.over = true
	f.bytes -= c.bytes
	c.row, c.bytes = Row{}, 0
}

func (f *Follower) hold(c *chain, bytes int) {
	c.bytes += bytes
	f.bytes += bytes
}

// known is up to which time all events are there.
func (f *Follower) known() int64 { return f.about.Now - int64(f.seq.Lateness) }

// expire ends the steps whose time was over before now. Those that end after
// known cannot be decided.
func (f *Follower) expire(now, known int64) {
	for k := range f.open {
		q := &f.open[k]
		for q.len() > 0 && q.entries[q.head].end < now {
			w := q.pop()
			f.size--
			c := w.chain
			f.forget(k, c)
			switch {
			case c.over:
			case f.seq.Steps[k].Not:
				c.nots--
				c.late = c.late || w.end > known
				f.decide(c)
			case c.next == k && w.end > known:
				// What must not be may still be seen, and then decides.
				c.late, c.next = true, len(f.steps)
				f.decide(c)
			case c.next == k:
				f.end(c)
			}
		}
	}
}

// forget takes a chain, and those that ended before it, from the front of
// where it waits: chains stand there by their ends, as in the queue.
func (f *Follower) forget(k int, c *chain) {
	for _, key := range c.keys {
		at := spot{k, key}
		chains := f.waiting[at]
		if len(chains) == 0 || chains[0] != c {
			continue // it was met, and all before it with it
		}
		if len(chains) == 1 {
			delete(f.waiting, at)
		} else {
			f.waiting[at] = chains[1:]
		}
	}
}

// Close ends the stream: no events were read from readTo on, which is To +
// Reach when all were. What that leaves open is undecided.
func (f *Follower) Close(readTo int64) {
	f.expire(maxTime, min(f.known(), readTo-1))
}

const maxTime = 1<<63 - 1

func (q *queue) len() int { return len(q.entries) - q.head }

func (q *queue) pop() wait {
	w := q.entries[q.head]
	q.entries[q.head] = wait{}
	if q.head++; q.head > 1024 && q.head > len(q.entries)/2 {
		q.entries = append(q.entries[:0], q.entries[q.head:]...)
		q.head = 0
	}
	return w
}

// sizeOf estimates what an event takes in memory.
func sizeOf(e *event.Event) int {
	return 1024 + len(e.Msg) + len(e.Data) + len(e.Raw) + len(e.Words) + len(e.ErrorMsg) + len(e.UA)
}

// fieldValues reads the values of one field, as texts: see Tally.
type fieldValues struct {
	field  Field
	clause *dataClause
	found  *[]string
}

func newFieldValues(f Field) fieldValues {
	v := fieldValues{field: f, found: new([]string)}
	if f.Column == event.NoField {
		c := newDataClause(f.Path, wantEach)
		found := v.found
		c.each = func(text string, _ bool) { *found = append(*found, text) }
		v.clause = &c
	}
	return v
}

// of gives the different values of an event, none when it has none. They are
// good until the next call.
func (v *fieldValues) of(e *event.Event) []string {
	*v.found = (*v.found)[:0]
	if v.clause != nil {
		v.clause.match(e.Data)
	} else {
		*v.found = appendColumn(*v.found, v.field.Column, e)
	}
	list := slices.DeleteFunc(*v.found, func(s string) bool { return s == "" })
	if len(list) > 1 {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list[:min(len(list), maxKeyValues)]
}

// appendColumn appends the values of a column that holds no times and no data.
func appendColumn(list []string, f event.Field, e *event.Event) []string {
	switch f.Type() {
	case event.Keyword, event.Text:
		return append(list, e.String(f))
	case event.LevelType:
		return append(list, e.Level.String())
	case event.List:
		return append(list, e.Strings(f)...)
	case event.Number:
		switch {
		case f == event.FieldSeq && e.Seq > 0:
			return append(list, strconv.FormatUint(e.Seq, 10))
		case f == event.FieldTimeCost && e.HasTimeCost:
			return append(list, string(event.AppendNumber(nil, e.TimeCost)))
		}
	}
	return list
}

// until is To + Reach, kept within what 64 bits of ns hold.
func until(to int64, reach time.Duration) int64 {
	if to > maxTime-int64(reach) {
		return maxTime
	}
	return to + int64(reach)
}

// Until is the end of the range in which a sequence's events lie when its
// first events lie before to.
func (s *Sequence) Until(to int64) int64 {
	// The last instant of a step's time is in it.
	return until(to, s.Reach())
}
