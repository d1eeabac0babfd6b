package query

import (
	"math"
	"strconv"
	"strings"

	"github.com/clewline/clewline/event"
)

// A Matcher says of events in memory whether a query matches them: for live
// tails, breakpoints and sequences. It is what stores are compared with. It
// may be used by several goroutines at a time.
type Matcher struct{ root test }

// A test is one part of a query, ready to run.
type test func(*event.Event) bool

// Matcher prepares the query. That costs some microseconds, so keep it.
func (q *Query) Matcher() *Matcher { return &Matcher{compile(q.Root)} }

// Match says whether the event matches. The event's Words must have been
// derived (event.DeriveWords), as they are in every event that was stored.
// Match does not allocate, but for strings in data that are written with
// escapes and terms with wildcards on the id.
func (m *Matcher) Match(e *event.Event) bool { return m.root(e) }

func compile(n Node) test {
	switch n := n.(type) {
	case *And:
		parts := compileAll(n.Of, false)
		return func(e *event.Event) bool {
			for _, part := range parts {
				if !part(e) {
					return false
				}
			}
			return true
		}
	case *Or:
		parts := compileAll(n.Of, true)
		return func(e *event.Event) bool {
			for _, part := range parts {
				if part(e) {
					return true
				}
			}
			return false
		}
	case *Not:
		of := compile(n.Of)
		return func(e *event.Event) bool { return !of(e) }
	case *Word:
		return compileWord(n.Term)
	case *Equal:
		return compileEqual(n.Field, n.Term)
	case *Present:
		return compilePresent(n.Field)
	case *Compare:
		low, high := n.bounds()
		return compileOrder(n.Field, low, high)
	case *Range:
		return compileOrder(n.Field, n.Low, n.High)
	case *Regexp:
		return compileRegexp(n)
	}
	return func(*event.Event) bool { return true } // All
}

// compileAll compiles parts of which any must match, or all. Those that look
// at data come last, as one.
func compileAll(of []Node, any bool) []test {
	tests := make([]test, 0, len(of))
	g := &dataGroup{any: any}
	for _, n := range of {
		if c, ok := dataClauseOf(n); ok && len(g.clauses) < maxGrouped {
			g.clauses = append(g.clauses, c)
		} else {
			tests = append(tests, compile(n))
		}
	}
	switch len(g.clauses) {
	case 0:
	case 1:
		clause := &g.clauses[0]
		tests = append(tests, func(e *event.Event) bool { return clause.match(e.Data) })
	default:
		tests = append(tests, func(e *event.Event) bool { return g.match(e.Data) })
	}
	return tests
}

// compileWord: a text field by tokens, or an id or who field as a whole.
func compileWord(t Term) test {
	text := textOf(t)
	id := idOf(t)
	plain, normal := wholeOf(t), wholeOf(t.On(event.FieldTraceID))
	return func(e *event.Event) bool {
		for _, f := range event.BareText {
			if text.match(e.String(f)) {
				return true
			}
		}
		for _, f := range event.BareKeyword {
			switch f {
			case event.FieldID:
				if id(e) {
					return true
				}
			case event.FieldTraceID, event.FieldSpanID, event.FieldChildOf:
				if normal.match(e.String(f)) {
					return true
				}
			default:
				if plain.match(e.String(f)) {
					return true
				}
			}
		}
		return false
	}
}

func compileEqual(f Field, t Term) test {
	column := f.Column
	switch column.Type() {
	case event.Text:
		text := textOf(t)
		return func(e *event.Event) bool { return text.match(e.String(column)) }
	case event.Keyword:
		if column == event.FieldID {
			return idOf(t)
		}
		whole := wholeOf(t.On(column))
		if column == event.FieldInvoker {
			return func(e *event.Event) bool {
				if whole.match(e.Invoker) {
					return true
				}
				n := len(invokerPrefix)
				return len(e.Invoker) > n && strings.EqualFold(e.Invoker[:n], invokerPrefix) && whole.match(e.Invoker[n:])
			}
		}
		return func(e *event.Event) bool { return whole.match(e.String(column)) }
	case event.List:
		whole := wholeOf(t)
		if column == event.FieldFlags {
			var flags event.Flags
			for all := event.Flags(1); all != 0; all <<= 1 {
				if names := all.Names(); len(names) == 1 && whole.match(names[0]) {
					flags |= all
				}
			}
			return func(e *event.Event) bool { return e.Flags&flags != 0 }
		}
		return func(e *event.Event) bool {
			for _, s := range e.Strings(column) {
				if whole.match(s) {
					return true
				}
			}
			return false
		}
	case event.Timestamp:
		first, last, ok := TimeBounds(t.Text)
		return func(e *event.Event) bool {
			ns := e.Timestamp(column)
			return ok && first <= ns && ns <= last && hasTime(ns, column)
		}
	case event.LevelType:
		levels := Levels(t)
		return func(e *event.Event) bool { return int(e.Level) < len(levels) && levels[e.Level] }
	case event.Number:
		b := &Bound{Inclusive: true}
		b.Value.Number, _ = CanonicalNumber(t.Text)
		return compileOrder(f, b, b)
	case event.JSON:
		return never // the parser lets none through
	}
	clause := termClause(f, t)
	return func(e *event.Event) bool { return clause.match(e.Data) }
}

func never(*event.Event) bool { return false }

func compilePresent(f Field) test {
	column := f.Column
	switch column.Type() {
	case event.Keyword, event.Text:
		if column == event.FieldID {
			return func(e *event.Event) bool { return e.IDBase != "" || e.Stream != "" && e.Seq > 0 || e.IDNum > 0 }
		}
		return func(e *event.Event) bool { return e.String(column) != "" }
	case event.List:
		return func(e *event.Event) bool { return len(e.Strings(column)) > 0 }
	case event.Timestamp:
		return func(e *event.Event) bool { return hasTime(e.Timestamp(column), column) }
	case event.LevelType:
		return func(e *event.Event) bool { return e.Level != event.NoLevel }
	case event.Number:
		if column == event.FieldSeq {
			return func(e *event.Event) bool { return e.Seq > 0 }
		}
		return func(e *event.Event) bool { return e.HasTimeCost }
	case event.JSON:
		return func(e *event.Event) bool { return presentValue(e.Data, skipSpace(e.Data, 0)) }
	}
	clause := newDataClause(f.Path, wantPresent)
	return func(e *event.Event) bool { return clause.match(e.Data) }
}

// hasTime: 0 is no time, except in the field time, which every event has.
func hasTime(ns int64, f event.Field) bool { return ns != 0 || f == event.FieldTime }

// compileOrder: low <= field <= high, each bound optional and exclusive or
// not. What is absent lies in no range.
func compileOrder(f Field, low, high *Bound) test {
	column := f.Column
	switch column.Type() {
	case event.Timestamp:
		from, to := int64(math.MinInt64), int64(math.MaxInt64)
		empty := false
		if low != nil {
			if from = low.Value.Time; !low.Inclusive {
				empty = from == math.MaxInt64
				from++
			}
		}
		if high != nil {
			if to = high.Value.Time; !high.Inclusive {
				empty = empty || to == math.MinInt64
				to--
			}
		}
		return func(e *event.Event) bool {
			ns := e.Timestamp(column)
			return !empty && from <= ns && ns <= to && hasTime(ns, column)
		}
	case event.LevelType:
		return func(e *event.Event) bool {
			return e.Level != event.NoLevel &&
				(low == nil || e.Level > low.Value.Level || low.Inclusive && e.Level == low.Value.Level) &&
				(high == nil || e.Level < high.Value.Level || high.Inclusive && e.Level == high.Value.Level)
		}
	case event.Number:
		if column == event.FieldSeq {
			r := numberRangeOf(low, high)
			return func(e *event.Event) bool {
				var buf [20]byte
				d, _ := parseDecimal(string(strconv.AppendUint(buf[:0], e.Seq, 10)))
				return e.Seq > 0 && r.holds(d)
			}
		}
		from, to := math.Inf(-1), math.Inf(1)
		if low != nil {
			from = nearestFloat(low.Value.Number)
		}
		if high != nil {
			to = nearestFloat(high.Value.Number)
		}
		return func(e *event.Event) bool {
			v := e.TimeCost
			return e.HasTimeCost &&
				(low == nil || v > from || low.Inclusive && v == from) &&
				(high == nil || v < to || high.Inclusive && v == to)
		}
	case event.Keyword, event.Text, event.List, event.JSON:
		return never // the parser lets none through
	}
	clause := rangeClause(f, low, high)
	return func(e *event.Event) bool { return clause.match(e.Data) }
}

// nearestFloat reads a number as the column timeCost holds it: rounded to 64
// bits, infinite beyond them, NaN (which compares with nothing) for no number.
func nearestFloat(number string) float64 {
	v, err := strconv.ParseFloat(number, 64)
	if err != nil && v == 0 {
		return math.NaN()
	}
	return v
}

// A numberRange is a range of decimals.
type numberRange struct {
	low, high         decimal
	hasLow, hasHigh   bool
	withLow, withHigh bool // a bound is inside
	empty             bool // a bound is no number
}

func numberRangeOf(low, high *Bound) (r numberRange) {
	ok := true
	if low != nil {
		r.hasLow, r.withLow = true, low.Inclusive
		r.low, ok = parseDecimal(low.Value.Number)
		r.empty = !ok
	}
	if high != nil {
		r.hasHigh, r.withHigh = true, high.Inclusive
		r.high, ok = parseDecimal(high.Value.Number)
		r.empty = r.empty || !ok
	}
	return r
}

func (r *numberRange) holds(d decimal) bool {
	if r.empty {
		return false
	}
	if r.hasLow {
		if c := d.compare(r.low); c < 0 || c == 0 && !r.withLow {
			return false
		}
	}
	if r.hasHigh {
		if c := d.compare(r.high); c > 0 || c == 0 && !r.withHigh {
			return false
		}
	}
	return true
}

// idOf compares a term with an event's id, without putting the id together
// unless there are wildcards.
func idOf(t Term) test {
	whole := wholeOf(t)
	if len(t.Stars) > 0 {
		return func(e *event.Event) bool { return whole.match(e.ID()) }
	}
	name, num := event.SplitID(t.Text)
	base := wholeOf(Term{Text: name})
	return func(e *event.Event) bool {
		switch {
		case e.Stream != "" && e.Seq > 0:
			return num == e.Seq && base.match(e.Stream)
		case e.IDNum > 0:
			return num == e.IDNum && (base.match(e.IDBase) || name == "" && e.IDBase == "")
		}
		return whole.match(e.IDBase)
	}
}
