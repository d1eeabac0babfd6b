//go:build !noduck

package duckstore

import (
	"math"
	"strconv"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// order compiles that a field lies between two bounds, each of which may be
// absent.
func (c *compiler) order(n query.Node, f query.Field, low, high *query.Bound) condition {
	if f.Column == event.NoField {
		return c.keyInData(f.Path, n)
	}
	switch f.Column.Type() {
	case event.Timestamp:
		from, to := int64(math.MinInt64), int64(math.MaxInt64)
		if low != nil {
			if from = low.Value.Time; !low.Inclusive {
				if from == math.MaxInt64 {
					return never
				}
				from++
			}
		}
		if high != nil {
			if to = high.Value.Time; !high.Inclusive {
				if to == math.MinInt64 {
					return never
				}
				to--
			}
		}
		return c.times(f.Column, from, to)
	case event.LevelType:
		return levels(func(l event.Level) bool {
			return (low == nil || l > low.Value.Level || low.Inclusive && l == low.Value.Level) &&
				(high == nil || l < high.Value.Level || high.Inclusive && l == high.Value.Level)
		})
	case event.Number:
		return c.numbers(f.Column, low, high)
	}
	return never // the parser lets none through
}

// times compiles that a time lies from first to last, both included.
func (c *compiler) times(f event.Field, first, last int64) condition {
	if c.absent(f.Name()) || first > last {
		return never
	}
	var parts []condition
	// DuckDB's times have no least and greatest number: they are infinities.
	if first > -math.MaxInt64 {
		parts = append(parts, condition(name(f)+" >= make_timestamp_ns("+strconv.FormatInt(first, 10)+")"))
	}
	if last < math.MaxInt64 {
		parts = append(parts, condition(name(f)+" <= make_timestamp_ns("+strconv.FormatInt(last, 10)+")"))
	}
	if len(parts) == 0 {
		return condition(name(f) + " IS NOT NULL")
	}
	return and(parts...)
}

// numbers compiles that a number lies between two bounds. A bound that is no
// number holds nothing.
func (c *compiler) numbers(f event.Field, low, high *query.Bound) condition {
	for _, b := range []*query.Bound{low, high} {
		if b == nil {
			continue
		}
		if _, ok := query.CanonicalNumber(b.Value.Number); !ok {
			return never
		}
	}
	if c.absent(f.Name()) {
		return never
	}
	parts := []condition{condition(name(f) + " IS NOT NULL")}
	if f == event.FieldSeq {
		// Whole numbers are compared with decimals exactly: by the least that
		// is inside, and the least that is beyond.
		if low != nil {
			n, ok := least(func(n uint64) bool {
				d := query.CompareNumbers(strconv.FormatUint(n, 10), low.Value.Number)
				return d > 0 || d == 0 && low.Inclusive
			})
			if !ok {
				return never
			}
			parts = append(parts, condition("seq >= "+strconv.FormatUint(n, 10)))
		}
		if high != nil {
			n, ok := least(func(n uint64) bool {
				d := query.CompareNumbers(strconv.FormatUint(n, 10), high.Value.Number)
				return d > 0 || d == 0 && !high.Inclusive
			})
			if ok {
				parts = append(parts, condition("seq < "+strconv.FormatUint(n, 10)))
			}
		}
		return and(parts...)
	}
	bound := func(b *query.Bound, op string) {
		if b == nil {
			return
		}
		if b.Inclusive {
			op += "="
		}
		// As the column holds it: rounded to 64 bits, infinite beyond them.
		v, _ := strconv.ParseFloat(b.Value.Number, 64)
		parts = append(parts, condition(name(f)+" "+op+" '"+strconv.FormatFloat(v, 'g', -1, 64)+"'::DOUBLE"))
	}
	bound(low, ">")
	bound(high, "<")
	return and(parts...)
}

// least finds the least number above 0 for which holds, which holds for all
// greater ones too.
func least(holds func(uint64) bool) (uint64, bool) {
	low, high := uint64(1), uint64(math.MaxUint64)
	if !holds(high) {
		return 0, false
	}
	for low < high {
		if middle := low + (high-low)/2; holds(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, true
}
