package skip

import "math/bits"

// Rows is a set of rows of one segment: those that a query may match. The zero
// value is none.
type Rows struct {
	all  bool
	bits []uint64 // nil is none; not used when all
}

// Everywhere is the set of all rows.
var Everywhere = Rows{all: true}

// RowsOf is the set of the rows whose bits are set, 64 to a word. It keeps bits.
func RowsOf(bits []uint64) Rows { return Rows{bits: bits}.tidy() }

// All says that nothing is ruled out.
func (s Rows) All() bool { return s.all }

// None says that the segment surely holds nothing.
func (s Rows) None() bool { return !s.all && s.bits == nil }

// page gives the words of a page of rows; nil when all are in the set.
func (s Rows) page(k int) []uint64 {
	const words = PageRows / 64
	if s.all {
		return nil
	}
	from := min(k*words, len(s.bits))
	return s.bits[from:min(from+words, len(s.bits)):len(s.bits)]
}

// Count is the number of rows; it must not be All.
func (s Rows) Count() int {
	n := 0
	for _, w := range s.bits {
		n += bits.OnesCount64(w)
	}
	return n
}

// Has says whether a row is in the set.
func (s Rows) Has(row int) bool {
	return s.all || row >= 0 && row/64 < len(s.bits) && s.bits[row/64]&(1<<(row%64)) != 0
}

// A Range is the rows From to To, the last one not included.
type Range struct{ From, To int64 }

// Ranges gives the rows of the set, which must not be All, as ranges in
// ascending order. Two with less than gap rows between them become one.
func (s Rows) Ranges(gap int64) []Range {
	var out []Range
	for i := 0; i < len(s.bits); i++ {
		for w, at := s.bits[i], int64(i)*64; w != 0; {
			from := bits.TrailingZeros64(w)
			n := bits.TrailingZeros64(^(w >> from))
			r := Range{at + int64(from), at + int64(from+n)}
			if k := len(out); k > 0 && r.From-out[k-1].To < max(gap, 1) {
				out[k-1].To = r.To
			} else {
				out = append(out, r)
			}
			if from+n >= 64 {
				break
			}
			w &^= 1<<(from+n) - 1
		}
	}
	return out
}

// Within gives the rows of the set that lie in the ranges, which are in
// ascending order. total is the rows of the segment. The set stays as it is.
func (s Rows) Within(ranges []Range, total int64) Rows {
	b := make([]uint64, (total+63)/64)
	for _, r := range ranges {
		set(b, max(r.From, 0), min(r.To, total))
	}
	if s.None() {
		return s
	}
	return Rows{bits: b}.and(s).tidy()
}

// set puts the rows from to to-1 in.
func set(b []uint64, from, to int64) {
	for from < to {
		i, at := from/64, from%64
		n := min(64-at, to-from)
		if n == 64 {
			b[i] = ^uint64(0)
		} else {
			b[i] |= (1<<n - 1) << at
		}
		from += n
	}
}

// and may change s, and gives s or o. Of a segment that grows, one may know
// more rows than the other; what only one knows is in neither.
func (s Rows) and(o Rows) Rows {
	switch {
	case s.all:
		return o
	case o.all:
		return s
	case s.bits == nil || o.bits == nil:
		return Rows{}
	}
	n := min(len(s.bits), len(o.bits))
	for i := range n {
		s.bits[i] &= o.bits[i]
	}
	clear(s.bits[n:])
	return s
}

// or may change s and o, of which it makes one.
func (s Rows) or(o Rows) Rows {
	switch {
	case s.all || o.bits == nil && !o.all:
		return s
	case o.all || s.bits == nil:
		return o
	}
	if len(s.bits) < len(o.bits) {
		s, o = o, s
	}
	for i := range o.bits {
		s.bits[i] |= o.bits[i]
	}
	return s
}

// tidy makes an empty set None.
func (s Rows) tidy() Rows {
	for _, w := range s.bits {
		if w != 0 {
			return s
		}
	}
	return Rows{all: s.all}
}
