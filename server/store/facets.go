package store

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Bounds of Facets.
const (
	MaxFacets      = 30     // fields of one answer
	MaxFacetValues = 5000   // values given of a field
	maxTold        = 50_000 // different values of a field that are told apart
	leastTold      = 5_000  // of one among many fields, which share four times maxTold
	maxValueBytes  = 1024   // of a value that is: longer ones are texts, not values
	maxToldBytes   = 4 << 20
	maxNumbers     = 1000 // different numbers that are: more are a measurement, whose values say nothing
)

// Facets asks what several fields hold in matching events, in one reading of
// them: their values, what their numbers are like, and how often over time.
type Facets struct {
	Scope
	Fields []query.Field // 1 to MaxFacets
	Limit  int           // values a field, 1 to MaxFacetValues
	// Step, when not 0, counts each field over equal steps of time from
	// Scope.From on as well; at most MaxBuckets.
	Step time.Duration
	// Within, when not 0, is about how long the store may take. When all rows
	// would take longer, a share of them is read that is spread evenly over
	// the range, and the counts are estimates. 0 reads all.
	Within time.Duration
}

// FacetAnswer answers Facets.
type FacetAnswer struct {
	Matching int64   // events that match
	Times    []int64 // of them, by step
	Fields   []Facet // in the order asked for
	// Share of the rows that was read: 1 when the counts are exact, else they
	// are estimates.
	Share float64
	Cost
}

// A Facet is what matching events hold in one field.
type Facet struct {
	FieldCount
	// More says that there are more different values than Distinct, because
	// not all rows were read or not all values could be told apart.
	More bool
	// Numbers describes the values that are numbers, nil when there are none.
	Numbers *NumberFacet
	// Times counts the events that have the field by step.
	Times []int64
}

// A NumberFacet describes numbers. Percentiles are within 1 %.
type NumberFacet struct {
	Count         int64
	Min, Max, Avg float64
	P50, P95, P99 float64
	// Bins, from the least number on, tell how the numbers are spread; the
	// first begins at Min, each other one at the end of the one before.
	Bins []NumberBin
}

// A NumberBin counts the numbers below To that are in no bin before.
type NumberBin struct {
	To    float64
	Count int64
}

// Check says what is wrong with a question.
func (f *Facets) Check() error {
	switch {
	case len(f.Fields) == 0 || len(f.Fields) > MaxFacets:
		return fmt.Errorf("facets of %d fields; want 1 to %d", len(f.Fields), MaxFacets)
	case f.Limit < 1 || f.Limit > MaxFacetValues:
		return fmt.Errorf("the limit is %d values; want 1 to %d", f.Limit, MaxFacetValues)
	case f.To <= f.From:
		return fmt.Errorf("facets from %d to %d; want a range", f.From, f.To)
	case f.Step < 0 || f.Step > 0 && (uint64(f.To)-uint64(f.From)-1)/uint64(f.Step) >= MaxBuckets:
		return fmt.Errorf("steps of %v; want at most %d of them", f.Step, MaxBuckets)
	}
	return nil
}

// A FacetTally counts events for facets. Stores feed one, or several that they
// merge. It is for one goroutine.
type FacetTally struct {
	ask      Facets
	matching int64
	times    []int64
	fields   []FieldTally
}

// NewFacetTally begins to count for a question that has passed Check.
func NewFacetTally(ask Facets) *FacetTally {
	t := &FacetTally{ask: ask, fields: make([]FieldTally, len(ask.Fields))}
	steps := 0
	if ask.Step > 0 {
		steps = int((uint64(ask.To)-uint64(ask.From)-1)/uint64(ask.Step)) + 1
	}
	if steps > 0 {
		t.times = make([]int64, steps)
	}
	for i, f := range ask.Fields {
		c := &t.fields[i]
		c.field, c.ids = f, map[string]int32{}
		c.most = min(maxTold, max(leastTold, 4*maxTold/len(ask.Fields)))
		c.mostBytes = min(maxToldBytes, 4*maxToldBytes/len(ask.Fields))
		c.counts, c.values = []int64{0}, []string{""}
		if steps > 0 {
			c.times = make([]int64, steps)
		}
		if f.Column == event.NoField {
			c.data = query.NewDataValues(f.Path)
		}
	}
	return t
}

// Field gives the i-th field's tally, for stores that count by columns and not
// by events.
func (t *FacetTally) Field(i int) *FieldTally { return &t.fields[i] }

// Matched counts a matching event of a step of time, for the same.
func (t *FacetTally) Matched(step int) {
	t.matching++
	if step >= 0 && step < len(t.times) {
		t.times[step]++
	}
}

// Step gives the number of the step of time that ns is in, -1 when there is
// none.
func (t *FacetTally) Step(ns int64) int {
	if t.ask.Step == 0 {
		return -1
	}
	return int(uint64(ns-t.ask.From) / uint64(t.ask.Step))
}

// Add counts a matching event.
func (t *FacetTally) Add(e *event.Event) {
	step := t.Step(e.Time)
	t.Matched(step)
	for i := range t.fields {
		t.fields[i].Event(e, step)
	}
}

// A FieldTally counts the values of one field.
type FieldTally struct {
	field     query.Field
	data      *query.DataValues // nil for a column
	present   int64
	ids       map[string]int32 // of values, from 1
	values    []string         // by id
	counts    []int64          // by id; 0 stands for those that are not told apart
	bytes     int              // of values
	most      int              // values that are told apart, and their bytes
	mostBytes int
	numbers   numbers
	times     []int64
}

// There notes that an event of a step of time has the field.
func (t *FieldTally) There(step int) {
	t.present++
	if step >= 0 && step < len(t.times) {
		t.times[step]++
	}
}

// ID gives the number by which Count counts a value. It keeps a copy of a new
// one.
func (t *FieldTally) ID(value string) int32 {
	id, known := t.ids[value]
	if known || len(t.values) > t.most || len(value) > maxValueBytes || t.bytes > t.mostBytes {
		return id
	}
	t.bytes += len(value)
	id = int32(len(t.values))
	value = string([]byte(value)) // it may be in a buffer
	t.ids[value] = id
	t.values = append(t.values, value)
	t.counts = append(t.counts, 0)
	return id
}

// Count counts a value by its number.
func (t *FieldTally) Count(id int32) { t.counts[id]++ }

// Number counts a number.
func (t *FieldTally) Number(v float64) { t.numbers.add(v) }

// Event counts what an event has in the field.
func (t *FieldTally) Event(e *event.Event, step int) {
	if t.data != nil {
		t.Data(e.Data, step)
		return
	}
	switch f := t.field.Column; f.Type() {
	case event.LevelType:
		if e.Level != event.NoLevel {
			t.There(step)
			t.Count(t.ID(e.Level.String()))
		}
	case event.Number:
		v, ok := e.TimeCost, e.HasTimeCost
		if f == event.FieldSeq {
			v, ok = float64(e.Seq), e.Seq > 0
		}
		if ok {
			t.There(step)
			t.Number(v)
		}
	case event.Timestamp:
		if ns := e.Timestamp(f); ns != 0 || f == event.FieldTime {
			t.There(step)
		}
	case event.List:
		list := e.Strings(f)
		if f == event.FieldFlags {
			list = e.Flags.Names()
		}
		if len(list) > 0 {
			t.There(step)
		}
		for i, s := range list {
			if !slices.Contains(list[:i], s) {
				t.Count(t.ID(s))
			}
		}
	default:
		s := e.String(f)
		switch f {
		case event.FieldID:
			s = e.ID()
		case event.FieldData:
			if s != "" {
				t.There(step) // an object has no value to count
			}
			return
		}
		if s != "" {
			t.There(step)
			t.Count(t.ID(s))
		}
	}
}

// Data counts what data has in the field, which is no column.
func (t *FieldTally) Data(data string, step int) {
	if data == "" {
		return
	}
	found := t.data.Of(data)
	if len(found) > 0 {
		t.There(step)
	}
	for _, v := range found {
		t.Count(t.ID(v.Text))
		if v.Number {
			if n, err := strconv.ParseFloat(v.Text, 64); err == nil {
				t.Number(n)
			}
		}
	}
}

// Merge adds what another tally of the same question has counted.
func (t *FacetTally) Merge(o *FacetTally) {
	t.matching += o.matching
	for step, n := range o.times {
		t.times[step] += n
	}
	for i := range t.fields {
		a, b := &t.fields[i], &o.fields[i]
		a.present += b.present
		a.counts[0] += b.counts[0]
		for id := 1; id < len(b.values); id++ {
			a.counts[a.ID(b.values[id])] += b.counts[id]
		}
		for step, n := range b.times {
			a.times[step] += n
		}
		a.numbers.merge(&b.numbers)
	}
}

// Answer gives what was counted, of a share of the rows.
func (t *FacetTally) Answer(share float64) FacetAnswer {
	scale := func(n int64) int64 { return int64(math.Round(float64(n) / share)) }
	out := FacetAnswer{Matching: scale(t.matching), Share: share, Times: t.times, Fields: make([]Facet, len(t.fields))}
	for k := range out.Times {
		out.Times[k] = scale(out.Times[k])
	}
	for i := range t.fields {
		c, f := &t.fields[i], &out.Fields[i]
		f.Present, f.Times = scale(c.present), c.times
		for k := range f.Times {
			f.Times[k] = scale(f.Times[k])
		}
		f.Numbers = c.numbers.answer(scale)
		c.listNumbers()
		f.Distinct = int64(len(c.values) - 1)
		f.More = c.counts[0] > 0 || share < 1 && f.Distinct > 0 || f.Distinct == 0 && f.Numbers != nil
		for id := 1; id < len(c.values); id++ {
			f.Values = append(f.Values, ValueCount{c.values[id], scale(c.counts[id])})
		}
		slices.SortFunc(f.Values, func(a, b ValueCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		f.Values = f.Values[:min(len(f.Values), t.ask.Limit)]
	}
	return out
}

// listNumbers makes values of a column's numbers where there are few
// different ones. Those in data are values already.
func (t *FieldTally) listNumbers() {
	if t.data != nil || t.numbers.told == nil {
		return
	}
	for v, n := range t.numbers.told {
		t.counts[t.ID(string(event.AppendNumber(nil, v)))] += n
	}
}

// numbers describes numbers, and tells them apart while the different ones are
// few.
type numbers struct {
	query.Sketch
	sum  float64
	told map[float64]int64 // nil when there are too many
	many bool
}

func (n *numbers) add(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	n.Sketch.Add(v)
	n.sum += v
	if n.tell(v, 1); len(n.told) > maxNumbers {
		n.told, n.many = nil, true
	}
}

func (n *numbers) tell(v float64, times int64) {
	if n.many {
		return
	}
	if n.told == nil {
		n.told = map[float64]int64{}
	}
	n.told[v] += times
}

func (n *numbers) merge(o *numbers) {
	n.Sketch.Merge(&o.Sketch)
	n.sum += o.sum
	for v, times := range o.told {
		n.tell(v, times)
	}
	if n.many = n.many || o.many || len(n.told) > maxNumbers; n.many {
		n.told = nil
	}
}

// A bucket is a run of numbers around a value.
type bucket struct {
	value float64
	count int64
}

// ordered lists the buckets, or the numbers themselves while they are few.
func (n *numbers) ordered() (list []bucket) {
	if n.told == nil {
		for v, times := range n.Each() {
			list = append(list, bucket{v, times})
		}
		return list
	}
	for v, times := range n.told {
		list = append(list, bucket{v, times})
	}
	slices.SortFunc(list, func(a, b bucket) int { return cmp.Compare(a.value, b.value) })
	return list
}

// maxBins is how many bins tell how numbers are spread.
const maxBins = 24

func (n *numbers) answer(scale func(int64) int64) *NumberFacet {
	total, least, most := n.Count(), n.Least(), n.Most()
	if total == 0 {
		return nil
	}
	list := n.ordered()
	out := &NumberFacet{Count: scale(total), Min: least, Max: most, Avg: n.sum / float64(total)}
	if math.IsInf(out.Avg, 0) {
		out.Avg = least/2 + most/2 // beyond what a sum can hold
	}
	at := func(percent int64) float64 {
		rank, seen := (total*percent+99)/100, int64(0)
		for _, b := range list {
			if seen += b.count; seen >= rank {
				return b.value
			}
		}
		return most
	}
	out.P50, out.P95, out.P99 = at(50), at(95), at(99)
	// Bins reach to just beyond p99, so that one number far away does not
	// squeeze all others into the first; the last one holds the rest.
	top := out.P99
	if top <= least {
		top = most
	}
	width := top/maxBins - least/maxBins
	if width <= 0 {
		out.Bins = []NumberBin{{most, scale(total)}}
		return out
	}
	counts := make([]int64, maxBins+1)
	for _, b := range list {
		i := maxBins
		if b.value < top || top >= most {
			i = min(int((b.value-least)/width), maxBins-1)
		}
		counts[i] += b.count
	}
	for i, c := range counts[:maxBins] {
		end := top
		if i < maxBins-1 {
			end = min(least+float64(i+1)*width, top)
		}
		out.Bins = append(out.Bins, NumberBin{end, scale(c)})
	}
	if counts[maxBins] > 0 {
		out.Bins = append(out.Bins, NumberBin{most, scale(counts[maxBins])})
	}
	return out
}
