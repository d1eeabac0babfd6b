package query

import (
	"math"
	"strconv"

	"github.com/clewline/clewline/event"
)

// need says what of a field's numbers is asked for.
type need struct{ sum, bounds, sketch bool }

// number is what is kept of one field's numbers in one group.
type number struct {
	n           int64
	sum, lost   float64 // lost is what rounding took from sum (Neumaier)
	least, most bound
	sketch      *Sketch
}

// A bound is a number, with its text where it is not the float's own.
type bound struct {
	value float64
	text  string
}

func (a bound) compare(b bound) int {
	switch {
	case a.value < b.value:
		return -1
	case a.value > b.value:
		return 1
	case a.text == "" && b.text == "":
		return 0
	}
	return CompareNumbers(a.String(), b.String())
}

func (a bound) String() string {
	if a.text != "" {
		return a.text
	}
	return string(event.AppendNumber(nil, a.value))
}

// Number adds a number of the i-th of Numbers to a group. text is the decimal
// where v is rounded, else "".
func (t *Tally) Number(g, i int, v float64, text string) {
	if v != v {
		return
	}
	n, want := &t.numbers[g*len(t.numeric)+i], t.needs[i]
	if want.bounds {
		b := bound{v, text}
		if n.n == 0 || b.compare(n.least) < 0 {
			n.least = b
		}
		if n.n == 0 || b.compare(n.most) > 0 {
			n.most = b
		}
	}
	n.n++
	v = min(max(v, -math.MaxFloat64), math.MaxFloat64)
	if want.sum {
		n.plus(v)
	}
	if want.sketch {
		if n.sketch == nil {
			n.sketch = &Sketch{}
		}
		if t.pages >= 2*maxPages || t.pages >= maxPages && n.sketch.exact() && len(n.sketch.few) == fewNumbers {
			t.over = "the percentiles of so many groups take too much memory; those shown are of some of the events"
			return
		}
		t.pages += n.sketch.Add(v)
	}
}

// Floats adds numbers to groups, as Number does one: values[k] to groups[k],
// where that is not negative and the k-th bit of valid is set; a nil valid has
// all set.
func (t *Tally) Floats(i int, groups []int32, values []float64, valid []uint64) {
	want, each := t.needs[i], len(t.numeric)
	for k, g := range groups {
		if g < 0 || valid != nil && valid[k/64]&(1<<(k%64)) == 0 {
			continue
		}
		v := values[k]
		n := &t.numbers[int(g)*each+i]
		s := n.sketch
		if s == nil || s.near == nil || want.sum || want.bounds || t.pages >= maxPages || v != v {
			t.Number(int(g), i, v, "")
			continue
		}
		n.n++
		s.n++
		if v < s.least {
			s.least = v
		}
		if v > s.most {
			s.most = v
		}
		key := sketchKey(v)
		if at := uint32(key>>6 - nearPage); at < uint32(len(s.near)) && s.near[at] != nil {
			s.near[at][key&(sketchBuckets-1)]++
		} else {
			t.pages += s.count(key, 1)
		}
	}
}

func (n *number) plus(v float64) {
	sum := n.sum + v
	if math.Abs(n.sum) >= math.Abs(v) {
		n.lost += n.sum - sum + v
	} else {
		n.lost += v - sum + n.sum
	}
	n.sum = sum
}

func (t *Tally) addNumbers(g, i int, f Field, e *event.Event) {
	switch f.Column {
	case event.FieldTimeCost:
		if e.HasTimeCost {
			t.Number(g, i, e.TimeCost, "")
		}
	case event.FieldSeq:
		if e.Seq > 0 {
			t.Number(g, i, float64(e.Seq), WholeText(e.Seq))
		}
	default:
		t.foundNumbers = t.foundNumbers[:0]
		t.clauses[f.Path].match(e.Data)
		for _, text := range t.foundNumbers {
			v, _ := strconv.ParseFloat(text, 64) // infinite beyond 64 bits
			if len(text) <= 15 && v != 0 && !math.IsInf(v, 0) {
				text = "" // so many digits come back as they were
			}
			t.Number(g, i, v, text)
		}
	}
}

// WholeText is what Number wants beside a whole number.
func WholeText(n uint64) string {
	if n < 1<<53 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

func (t *Tally) mergeNumber(n, o *number) {
	if o.n == 0 {
		return
	}
	if n.n == 0 {
		*n = *o
		if n.sketch != nil {
			t.pages += n.sketch.pages()
		}
		return
	}
	if o.least.compare(n.least) < 0 {
		n.least = o.least
	}
	if o.most.compare(n.most) > 0 {
		n.most = o.most
	}
	n.n += o.n
	n.plus(o.sum)
	n.lost += o.lost
	if o.sketch != nil {
		t.pages += n.sketch.Merge(o.sketch)
	}
}
