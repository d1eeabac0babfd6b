package query

import (
	"math"
	"slices"
)

// A sketch keeps numbers so that any percentile of them can be told: as they
// are while they are few, then counted in buckets of which each is at most
// 1/64 wider than its lower end. What is told then is off by less than 0.8 %.
//
// A bucket is made of a number's own bits, its exponent and the first six of
// its fraction, so finding it costs a shift; buckets stand in pages of one
// exponent, because numbers of one group lie near each other.
type sketch struct {
	few   []float64 // until there are more than fewNumbers
	pages []sketchPage
	least float64
	most  float64
	n     int64
}

type sketchPage struct {
	at     int32 // the key of its first bucket, over 64
	counts *[sketchBuckets]uint32
}

const (
	fewNumbers    = 64
	sketchBuckets = 64
	// sketchShift leaves of a number's bits the exponent and six of the
	// fraction.
	sketchShift = 52 - 6
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

// add counts a number and says how many pages were made for it.
func (s *sketch) add(v float64) (made int) {
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
	if s.pages == nil {
		if len(s.few) < fewNumbers {
			s.few = append(s.few, v)
			return 0
		}
		for _, f := range s.few {
			made += s.count(sketchKey(f), 1)
		}
		s.few = nil
	}
	return made + s.count(sketchKey(v), 1)
}

func (s *sketch) count(key int32, n uint32) (made int) {
	page, bucket := key>>6, key&(sketchBuckets-1)
	for i := range s.pages {
		if s.pages[i].at == page {
			if i > 0 && n == 1 { // what is often used comes to the front
				s.pages[i], s.pages[i-1] = s.pages[i-1], s.pages[i]
				i--
			}
			s.pages[i].counts[bucket] += n
			return 0
		}
	}
	p := sketchPage{page, new([sketchBuckets]uint32)}
	p.counts[bucket] = n
	s.pages = append(s.pages, p)
	return 1
}

func (s *sketch) merge(o *sketch) (made int) {
	if o.n == 0 {
		return 0
	}
	if o.pages == nil {
		for _, v := range o.few {
			made += s.add(v)
		}
		return made
	}
	if s.n == 0 {
		s.least, s.most = o.least, o.most
	}
	s.least, s.most = min(s.least, o.least), max(s.most, o.most)
	s.n += o.n
	for _, v := range s.few {
		made += s.count(sketchKey(v), 1)
	}
	s.few = nil
	for _, p := range o.pages {
		for bucket, n := range p.counts {
			if n > 0 {
				made += s.count(p.at<<6+int32(bucket), n)
			}
		}
	}
	return made
}

// exact says whether percentiles are the numbers themselves.
func (s *sketch) exact() bool { return s.pages == nil }

// percentile gives the number at the nearest rank; percent is in thousandths.
// There must be a number.
func (s *sketch) percentile(percent int) float64 {
	rank := max(1, ceilShare(s.n, percent))
	if s.exact() {
		slices.Sort(s.few)
		return s.few[rank-1]
	}
	slices.SortFunc(s.pages, func(a, b sketchPage) int { return int(a.at - b.at) })
	for _, p := range s.pages {
		for bucket, n := range p.counts {
			if rank -= int64(n); rank <= 0 && n > 0 {
				return min(max(sketchValue(p.at<<6+int32(bucket)), s.least), s.most)
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
