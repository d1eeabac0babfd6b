package query

import (
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
)

// MaxGroups bounds the groups that a table is made of, before it is sorted and
// limited; a table then says that it is not whole.
const MaxGroups = 100_000

// What the numbers and values that are kept for percentiles and distinct may
// take: 26 and about 40 MB.
const (
	maxPages  = 100_000
	maxHashes = 2_000_000
)

// A Span is the time that a table is about: [From, To) in ns, and the zone in
// which steps of time are aligned. A nil Zone is UTC.
type Span struct {
	From, To int64
	Zone     *time.Location
}

// A SpanError says that a range has more steps of time than a table may.
type SpanError struct {
	Step, Least time.Duration
	Steps       uint64
}

func (e *SpanError) Error() string {
	return fmt.Sprintf("time(%s) makes %d steps of this range; want at most %d, such as time(%s) or a shorter range", stepText(e.Step), e.Steps, MaxBuckets, stepText(e.Least))
}

// A Tally computes a table. What it computes is what pipes mean: stores feed
// one, or several that they merge, and add nothing to the meaning. A Tally is
// for one goroutine.
type Tally struct {
	pipe *Pipe
	span Span

	start, step int64 // of the time key
	buckets     int64
	// The last bucket that was found, for the next event most likely lies in
	// it as well.
	lastFrom, lastTo int64
	lastID           uint32

	keys    []keyValues
	index   map[groupID]int32
	recent  [256]recentGroup // by their hash
	groups  []groupID
	counts  []int64   // events of each group
	numbers []number  // of each group, one for each of Numbers
	sets    []hashSet // of each group, one for each of Texts

	numeric, texts []Field
	needs          []need
	clauses        map[string]*dataClause
	found          []string // by a clause
	foundNumbers   []string

	pages, hashes int
	lost          int64  // events of groups that had no room
	over          string // what else is not whole
	ids           [MaxKeys][]uint32
}

type groupID [MaxKeys]uint32

// A recentGroup is the group, plus 1, that was seen last of those with its
// hash.
type recentGroup struct {
	low, high uint64 // its id
	group     int32
}

// keyValues numbers the values of one key, from 1; 0 is no value.
type keyValues struct {
	ids    map[string]uint32
	values []string
}

var hashSeed = maphash.MakeSeed()

// Check says whether a table can be made of a span: a *SpanError when a time
// key has too many steps there.
func (p *Pipe) Check(span Span) error {
	for _, k := range p.By {
		if k.Step == 0 {
			continue
		}
		if _, n := axis(span, int64(k.Step)); n > MaxBuckets {
			least := k.Step
			for _, candidate := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour, maxStep} {
				least = candidate
				if _, steps := axis(span, int64(candidate)); candidate > k.Step && steps <= MaxBuckets {
					break
				}
			}
			return &SpanError{Step: k.Step, Least: least, Steps: n}
		}
	}
	return nil
}

// axis aligns steps with the zone's wall clock as it goes at span.From: days
// begin at midnight, weeks on Monday. Through a change to or from summer time
// steps keep their length.
func axis(span Span, step int64) (start int64, n uint64) {
	zone := span.Zone
	if zone == nil {
		zone = time.UTC
	}
	_, offset := time.Unix(0, span.From).In(zone).Zone()
	// Monday, 5 January 1970, at the zone's midnight.
	origin := int64(4*24*time.Hour) - int64(offset)*int64(time.Second)
	into := ((span.From-origin)%step + step) % step
	length := uint64(span.To) - uint64(span.From) + uint64(into)
	return span.From - into, (length-1)/uint64(step) + 1
}

// Tally begins a table of a span that has passed Check, with From before To.
func (p *Pipe) Tally(span Span) *Tally {
	t := &Tally{pipe: p, span: span, index: map[groupID]int32{}, keys: make([]keyValues, len(p.By)), clauses: map[string]*dataClause{}}
	for i, k := range p.By {
		if k.Step > 0 {
			t.step = int64(k.Step)
			start, n := axis(span, t.step)
			t.start, t.buckets = start, int64(n)
		}
		t.keys[i].ids = map[string]uint32{}
		t.clause(k.Field)
	}
	for _, a := range p.Aggs {
		t.clause(a.Field)
		switch {
		case a.Func <= Rate:
		case a.Func == Distinct:
			if !slices.Contains(t.texts, a.Field) {
				t.texts = append(t.texts, a.Field)
			}
		default:
			i := slices.Index(t.numeric, a.Field)
			if i < 0 {
				i = len(t.numeric)
				t.numeric = append(t.numeric, a.Field)
				t.needs = append(t.needs, need{})
			}
			n := &t.needs[i]
			n.sum = n.sum || a.Func == Sum || a.Func == Avg
			n.bounds = n.bounds || a.Func == Min || a.Func == Max
			n.sketch = n.sketch || a.Func == Percentile
		}
	}
	if len(p.By) == 0 {
		t.groupOf(groupID{}) // there is one row, whether there are events or not
	}
	return t
}

func (t *Tally) clause(f Field) {
	if f.Path == "" || t.clauses[f.Path] != nil {
		return
	}
	c := newDataClause(f.Path, wantEach)
	c.each = func(text string, isNumber bool) {
		if isNumber {
			t.foundNumbers = append(t.foundNumbers, text)
		}
		t.found = append(t.found, text)
	}
	t.clauses[f.Path] = &c
}

// Numbers lists the fields whose numbers Number takes, in the order of its
// index; Texts those whose values Text takes.
func (t *Tally) Numbers() []Field { return t.numeric }

// Texts lists the fields whose different values are counted.
func (t *Tally) Texts() []Field { return t.texts }

// Step gives the number of the step of time that an instant lies in, which
// must be in the span.
func (t *Tally) Step(ns int64) uint32 {
	if ns < t.lastFrom || ns >= t.lastTo {
		i := int64(uint64(ns-t.start) / uint64(t.step))
		t.lastID, t.lastFrom = uint32(i+1), t.start+i*t.step
		if t.lastTo = t.lastFrom + t.step; t.lastTo < t.lastFrom {
			t.lastTo = math.MaxInt64
		}
	}
	return t.lastID
}

// Value gives the number of a value of the k-th key, 0 for the empty one. It
// keeps a copy of a new one. Levels and steps of time are their own numbers.
func (t *Tally) Value(k int, value string) uint32 {
	if value == "" {
		return 0
	}
	v := &t.keys[k]
	if id, ok := v.ids[value]; ok {
		return id
	}
	if len(v.values) >= MaxGroups {
		return noRoom
	}
	s := strings.Clone(value)
	v.values = append(v.values, s)
	v.ids[s] = uint32(len(v.values))
	return uint32(len(v.values))
}

// noRoom is the number of a value beyond MaxGroups; Group refuses it.
const noRoom = math.MaxUint32

// Group gives the group of values, -1 when there is no room for a new one. It
// counts one event.
func (t *Tally) Group(id [MaxKeys]uint32) int {
	low, high := uint64(id[0])|uint64(id[1])<<32, uint64(id[2])|uint64(id[3])<<32
	r := &t.recent[(low*0x9E3779B97F4A7C15^high*0xC2B2AE3D27D4EB4F)>>56]
	if r.low != low || r.high != high || r.group == 0 {
		g := t.groupOf(id)
		if g < 0 {
			t.lost++
			return g
		}
		r.low, r.high, r.group = low, high, int32(g+1)
	}
	t.counts[r.group-1]++
	return int(r.group - 1)
}

// groupOf finds or makes a group and counts nothing.
func (t *Tally) groupOf(id groupID) int {
	if g, ok := t.index[id]; ok {
		return int(g)
	}
	if len(t.groups) >= MaxGroups || slices.Contains(id[:], noRoom) {
		return -1
	}
	g := len(t.groups)
	t.index[id] = int32(g)
	t.groups = append(t.groups, id)
	t.counts = append(t.counts, 0)
	for range t.numeric {
		t.numbers = append(t.numbers, number{})
	}
	for range t.texts {
		t.sets = append(t.sets, hashSet{})
	}
	return g
}

// Text adds a value of the i-th of Texts to a group; the empty one is none.
func (t *Tally) Text(g, i int, value string) {
	if value != "" {
		t.addHash(g*len(t.texts)+i, maphash.String(hashSeed, value))
	}
}

func (t *Tally) addHash(at int, hash uint64) {
	s := &t.sets[at]
	before := len(s.hashes)
	if t.hashes >= maxHashes {
		if _, known := s.hashes[hash]; !known {
			t.over = "the different values of so many groups take too much memory; the counts of distinct are lower bounds"
		}
		return
	}
	s.add(hash)
	t.hashes += len(s.hashes) - before
}

// Add counts an event that the query matches. It is the slow way, and the one
// that defines what is counted.
func (t *Tally) Add(e *event.Event) {
	if e.Time < t.span.From || e.Time >= t.span.To {
		return
	}
	var id groupID
	for k := range t.pipe.By {
		t.ids[k] = t.keyIDs(t.ids[k][:0], k, e)
	}
	t.each(id, 0, func(g int) {
		for i, f := range t.numeric {
			t.addNumbers(g, i, f, e)
		}
		for i, f := range t.texts {
			for _, v := range t.valuesOf(f, e) {
				t.Text(g, i, v)
			}
		}
	})
}

// each calls do for each group that an event belongs to: one, but for lists.
func (t *Tally) each(id groupID, k int, do func(g int)) {
	if k == len(t.pipe.By) {
		if g := t.Group(id); g >= 0 {
			do(g)
		}
		return
	}
	for i := range t.ids[k] {
		id[k] = t.ids[k][i]
		t.each(id, k+1, do)
	}
}

// keyIDs numbers the values that an event has of a key; one without is 0.
func (t *Tally) keyIDs(ids []uint32, k int, e *event.Event) []uint32 {
	key := t.pipe.By[k]
	switch {
	case key.Step > 0:
		return append(ids, t.Step(e.Time))
	case key.Field.Column == event.FieldLevel:
		return append(ids, uint32(e.Level))
	}
	for _, v := range t.valuesOf(key.Field, e) {
		if id := t.Value(k, v); id > 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		ids = append(ids, 0)
	}
	return ids
}

// valuesOf gives the values of a field as texts, "" for none.
func (t *Tally) valuesOf(f Field, e *event.Event) []string {
	t.found = t.found[:0]
	if f.Column != event.NoField {
		return appendColumn(t.found, f.Column, e)
	}
	t.clauses[f.Path].match(e.Data)
	return t.found
}

// Merge adds what another tally, of the same pipe and span, has counted. The
// other is not to be used afterwards.
func (t *Tally) Merge(o *Tally) {
	ids := make([][]uint32, len(o.keys))
	for k := range o.keys {
		ids[k] = make([]uint32, len(o.keys[k].values)+1) // ids[k][0] is no value
		for i, v := range o.keys[k].values {
			ids[k][i+1] = t.Value(k, v)
		}
	}
	for i, id := range o.groups {
		for k, key := range t.pipe.By {
			if key.Step == 0 && key.Field.Column != event.FieldLevel {
				id[k] = ids[k][id[k]]
			}
		}
		g := t.groupOf(id)
		if g < 0 {
			t.lost += o.counts[i]
			continue
		}
		t.counts[g] += o.counts[i]
		for k := range t.numeric {
			t.mergeNumber(&t.numbers[g*len(t.numeric)+k], &o.numbers[i*len(t.numeric)+k])
		}
		for k := range t.texts {
			at, from := g*len(t.texts)+k, &o.sets[i*len(t.texts)+k]
			if s := &t.sets[at]; s.hashes == nil {
				*s = *from
				t.hashes += len(s.hashes)
				continue
			}
			before := len(t.sets[at].hashes)
			t.sets[at].merge(from)
			t.hashes += len(t.sets[at].hashes) - before
		}
	}
	t.lost += o.lost
	if t.over == "" {
		t.over = o.over
	}
}
