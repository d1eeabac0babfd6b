package query

import (
	"iter"
	"math"
	"slices"
)

// A Sketch keeps numbers so that any percentile of them can be told: as they
// are while they are few, then counted in buckets of which each is at most
// 1/64 wider than its lower end. What is told then is off by less than 0.8 %.
// The zero value has no numbers. It is for one goroutine.
//
// A bucket is made of a number's own bits, its exponent and the first six of
// its fraction, so finding it costs a shift; buckets stand in pages of one
// exponent, because numbers of one group lie near each other.
type Sketch struct {
	few   []float64  // until there are more than fewNumbers
	near  *[32]*page // the pages from nearPage on: 1/1024 to 2^22
	far   []*distant // all others
	least float64
	most  float64
	n     int64
}

type page [sketchBuckets]uint32

// A distant is a page that stands nowhere near.
type distant struct {
	page
	at int32 // the key of its first bucket, over 64
}

const (
	fewNumbers    = 64
	sketchBuckets = 64
	// sketchShift leaves of a number's bits the exponent and six of the
	// fraction.
	sketchShift = 52 - 6
	nearPage    = 1023 - 10
)

// sketchKey orders buckets as the numbers in them. Numbers too small to have
// an exponent of their own are 0.
func sketchKey(v float64) int32 {
	bits := math.Float64bits(v)
	key := int32(bits >> sketchShift & (1<<(63-sketchShift) - 1))
	if key < sketchBuckets {
		return 0
	}
	if bits>>63 != 0 {
		return -key
	}
	return key
}

// sketchValue is the middle of a bucket.
func sketchValue(key int32) float64 {
	switch {
	case key == 0:
		return 0
	case key < 0:
		return -sketchValue(-key)
	}
	low := math.Float64frombits(uint64(key) << sketchShift)
	return low + low*(math.Float64frombits(uint64(key+1)<<sketchShift)/low-1)/2
}

// Add counts a number, which is finite, and says how many pages of buckets
// were made for it, of 256 bytes each.
func (s *Sketch) Add(v float64) (made int) {
	if s.n == 0 {
		s.least, s.most = v, v
	}
	s.n++
	if v < s.least {
		s.least = v
	}
	if v > s.most {
		s.most = v
	}
	if s.near == nil {
		if len(s.few) < fewNumbers {
			s.few = append(s.few, v)
			return 0
		}
		made = s.open()
	}
	return made + s.count(sketchKey(v), 1)
}

// open begins to count in buckets.
func (s *Sketch) open() (made int) {
	s.near = new([32]*page)
	for _, v := range s.few {
		made += s.count(sketchKey(v), 1)
	}
	s.few = nil
	return made
}

func (s *Sketch) count(key int32, n uint32) (made int) {
	if i := uint32(key>>6 - nearPage); i < uint32(len(s.near)) {
		p := s.near[i]
		if p == nil {
			p = new(page)
			s.near[i], made = p, 1
		}
		p[key&(sketchBuckets-1)] += n
		return made
	}
	return s.countFar(key, n)
}

func (s *Sketch) countFar(key int32, n uint32) (made int) {
	i := slices.IndexFunc(s.far, func(d *distant) bool { return d.at == key>>6 })
	if i < 0 {
		i, made = len(s.far), 1
		s.far = append(s.far, &distant{at: key >> 6})
	}
	s.far[i].page[key&(sketchBuckets-1)] += n
	return made
}

// pages counts them.
func (s *Sketch) pages() (n int) {
	for range s.buckets() {
		n++
	}
	return n
}

// buckets gives the pages, from the one with the least numbers on, with the
// key of their first bucket.
func (s *Sketch) buckets() iter.Seq2[int32, *page] {
	return func(yield func(int32, *page) bool) {
		if s.near == nil {
			return
		}
		slices.SortFunc(s.far, func(a, b *distant) int { return int(a.at - b.at) })
		for _, d := range s.far {
			if d.at < nearPage && !yield(d.at<<6, &d.page) {
				return
			}
		}
		for i, p := range s.near {
			if p != nil && !yield((nearPage+int32(i))<<6, p) {
				return
			}
		}
		for _, d := range s.far {
			if d.at >= nearPage && !yield(d.at<<6, &d.page) {
				return
			}
		}
	}
}

// Merge adds what another has counted, and says the same as Add.
func (s *Sketch) Merge(o *Sketch) (made int) {
	if o.n == 0 {
		return 0
	}
	if o.exact() {
		for _, v := range o.few {
			made += s.Add(v)
		}
		return made
	}
	if s.n == 0 {
		s.least, s.most = o.least, o.most
	}
	s.least, s.most = min(s.least, o.least), max(s.most, o.most)
	s.n += o.n
	if s.exact() {
		made += s.open()
	}
	for first, p := range o.buckets() {
		for i, n := range p {
			if n > 0 {
				made += s.count(first+int32(i), n)
			}
		}
	}
	return made
}

// exact says whether percentiles are the numbers themselves.
func (s *Sketch) exact() bool { return s.near == nil }

// Count is how many numbers there are, Least and Most the first and last of
// them in their order.
func (s *Sketch) Count() int64   { return s.n }
func (s *Sketch) Least() float64 { return s.least }
func (s *Sketch) Most() float64  { return s.most }

// Each gives the numbers in ascending order with how often they are there; of
// those in buckets the middles of these.
func (s *Sketch) Each() iter.Seq2[float64, int64] {
	return func(yield func(float64, int64) bool) {
		if s.exact() {
			slices.Sort(s.few)
			for _, v := range s.few {
				if !yield(v, 1) {
					return
				}
			}
			return
		}
		for first, p := range s.buckets() {
			for i, n := range p {
				if n > 0 && !yield(min(max(sketchValue(first+int32(i)), s.least), s.most), int64(n)) {
					return
				}
			}
		}
	}
}

// percentile gives the number at the nearest rank; percent is in thousandths.
// There must be a number.
func (s *Sketch) percentile(percent int) float64 {
	rank := max(1, ceilShare(s.n, percent))
	if s.exact() {
		slices.Sort(s.few)
		return s.few[rank-1]
	}
	for first, p := range s.buckets() {
		for i, n := range p {
			if rank -= int64(n); rank <= 0 {
				return min(max(sketchValue(first+int32(i)), s.least), s.most)
			}
		}
	}
	return s.most
}

// ceilShare is n * percent / 100,000, rounded up.
func ceilShare(n int64, percent int) int64 {
	const whole = 100_000
	return n/whole*int64(percent) + (n%whole*int64(percent)+whole-1)/whole
}

// A hashSet counts different values by their hashes: exactly while there are
// at most distinctExact, then from those of which the hash is small, which is
// off by less than 2 % but once in millions.
type hashSet struct {
	hashes map[uint64]struct{}
	halved int // hashes of 2^(64-halved) and more are left out
}

// distinctExact is how many different values are counted exactly. What is kept
// after halving is at least about half of it, so the standard error is at most
// 1/sqrt(65,536) = 0.4 %.
const distinctExact = 131_072

func (s *hashSet) add(hash uint64) {
	if s.halved > 0 && hash>>(64-s.halved) != 0 {
		return
	}
	if s.hashes == nil {
		s.hashes = map[uint64]struct{}{}
	}
	s.hashes[hash] = struct{}{}
	for len(s.hashes) > distinctExact {
		s.halve()
	}
}

func (s *hashSet) halve() {
	s.halved++
	for h := range s.hashes {
		if h>>(64-s.halved) != 0 {
			delete(s.hashes, h)
		}
	}
}

func (s *hashSet) merge(o *hashSet) {
	for s.halved < o.halved {
		s.halve()
	}
	for h := range o.hashes {
		s.add(h)
	}
}

func (s *hashSet) exact() bool { return s.halved == 0 }

func (s *hashSet) count() float64 { return math.Ldexp(float64(len(s.hashes)), s.halved) }
