package query_test

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

// The oracle is the language a second time, as slow and plain as can be: Go's
// regexp for terms, encoding/json for data, math/big for numbers. A store
// that works by patterns and paths does what it does.
type oracle struct{ *event.Event }

func (o oracle) matches(n Node) bool {
	switch n := n.(type) {
	case All:
		return true
	case *And:
		for _, part := range n.Of {
			if !o.matches(part) {
				return false
			}
		}
		return true
	case *Or:
		for _, part := range n.Of {
			if o.matches(part) {
				return true
			}
		}
		return false
	case *Not:
		return !o.matches(n.Of)
	case *Word:
		for _, f := range event.BareText {
			if found(Pattern(n.Term), o.String(f)) {
				return true
			}
		}
		for _, f := range event.BareKeyword {
			if found(PatternColumn(f, n.Term), o.String(f)) {
				return true
			}
		}
		return false
	case *Equal:
		return o.equal(n.Field, n.Term)
	case *Present:
		return o.present(n.Field)
	case *Compare:
		v := &Bound{Value: n.Value, Inclusive: n.Op == GreaterEqual || n.Op == LessEqual}
		if n.Op == Greater || n.Op == GreaterEqual {
			return o.between(n.Field, v, nil)
		}
		return o.between(n.Field, nil, v)
	case *Range:
		return o.between(n.Field, n.Low, n.High)
	case *Regexp:
		return o.pattern(n)
	}
	panic("unknown node")
}

// pattern: anywhere in texts and in strings in data, else the whole value.
func (o oracle) pattern(n *Regexp) bool {
	anywhere, whole := "(?i:"+n.Pattern+")", `\A(?i:`+n.Pattern+`)\z`
	column := func(f event.Field) bool {
		switch f.Type() {
		case event.Text:
			return found(anywhere, o.String(f))
		case event.List:
			return slices.ContainsFunc(o.Strings(f), func(s string) bool { return found(whole, s) })
		case event.LevelType:
			return found(whole, o.Level.String())
		}
		s := o.String(f)
		return found(whole, s) || f == event.FieldInvoker && len(s) > 4 && strings.EqualFold(s[:4], "uid:") && found(whole, s[4:])
	}
	switch {
	case n.Bare:
		return slices.ContainsFunc(event.BareText[:], column) || slices.ContainsFunc(event.BareKeyword[:], column)
	case n.Field.Column != event.NoField:
		return column(n.Field.Column)
	}
	return slices.ContainsFunc(o.values(n.Field.Path), func(v any) bool {
		switch v := v.(type) {
		case string:
			return found(anywhere, v)
		case bool:
			return found(whole, strconv.FormatBool(v))
		case json.Number:
			return regexp.MustCompile(`^-?\d+$`).MatchString(v.String()) && found(whole, v.String())
		}
		return false
	})
}

func found(pattern, s string) bool {
	return s != "" && regexp.MustCompile(pattern).MatchString(s)
}

func (o oracle) equal(f Field, t Term) bool {
	column := f.Column
	switch column.Type() {
	case event.Text, event.Keyword:
		return found(PatternColumn(column, t), o.String(column))
	case event.List:
		for _, s := range o.Strings(column) {
			if found(PatternColumn(column, t), s) {
				return true
			}
		}
		return false
	case event.Timestamp:
		first, last, ok := TimeBounds(t.Text)
		ns := o.Timestamp(column)
		return ok && first <= ns && ns <= last && (ns != 0 || column == event.FieldTime)
	case event.LevelType:
		return Levels(t)[o.Level]
	case event.Number:
		return o.between(f, &Bound{Value{Number: t.Text}, true}, &Bound{Value{Number: t.Text}, true})
	}
	for _, v := range o.values(f.Path) {
		switch v := v.(type) {
		case string:
			if found(Pattern(t), v) || found(PatternKeyword(t), v) {
				return true
			}
		case bool:
			if found(PatternKeyword(t), strconv.FormatBool(v)) {
				return true
			}
		case json.Number:
			if len(t.Stars) > 0 {
				if regexp.MustCompile(`^-?\d+$`).MatchString(v.String()) && found(PatternKeyword(t), v.String()) {
					return true
				}
			} else if want, ok := rational(t.Text); ok {
				if got, _ := rational(v.String()); got.Cmp(want) == 0 {
					return true
				}
			}
		}
	}
	return false
}

// rational reads a number if it is one as JSON writes it.
func rational(s string) (*big.Rat, bool) {
	if !json.Valid([]byte(s)) || s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func (o oracle) present(f Field) bool {
	column := f.Column
	switch column.Type() {
	case event.Text, event.Keyword:
		return o.String(column) != ""
	case event.List:
		return len(o.Strings(column)) > 0
	case event.Timestamp:
		return o.Timestamp(column) != 0 || column == event.FieldTime
	case event.LevelType:
		return o.Level != event.NoLevel
	case event.Number:
		if column == event.FieldSeq {
			return o.Seq > 0
		}
		return o.HasTimeCost
	case event.JSON:
		return there(o.data())
	}
	for _, keys := range Splits(f.Path) {
		for _, v := range reach(o.data(), keys, false) {
			if there(v) {
				return true
			}
		}
	}
	return false
}

func there(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

func (o oracle) between(f Field, low, high *Bound) bool {
	inside := func(toLow, toHigh func(Value) int) bool {
		if low != nil {
			if c := toLow(low.Value); c < 0 || c == 0 && !low.Inclusive {
				return false
			}
		}
		if high != nil {
			if c := toHigh(high.Value); c > 0 || c == 0 && !high.Inclusive {
				return false
			}
		}
		return true
	}
	both := func(compare func(Value) int) bool { return inside(compare, compare) }
	switch column := f.Column; {
	case column.Type() == event.Timestamp:
		ns := o.Timestamp(column)
		return (ns != 0 || column == event.FieldTime) && both(func(v Value) int { return big.NewInt(ns).Cmp(big.NewInt(v.Time)) })
	case column.Type() == event.LevelType:
		return o.Level != event.NoLevel && both(func(v Value) int { return int(o.Level) - int(v.Level) })
	case column == event.FieldSeq:
		return o.Seq > 0 && both(func(v Value) int {
			want, _ := rational(v.Number)
			return new(big.Rat).SetUint64(o.Seq).Cmp(want)
		})
	case column == event.FieldTimeCost:
		return o.HasTimeCost && both(func(v Value) int {
			want, _ := strconv.ParseFloat(v.Number, 64)
			return big.NewFloat(o.TimeCost).Cmp(big.NewFloat(want))
		})
	}
	for _, v := range o.values(f.Path) {
		if n, ok := v.(json.Number); ok {
			got, _ := rational(n.String())
			if both(func(v Value) int { want, _ := rational(v.Number); return got.Cmp(want) }) {
				return true
			}
		}
	}
	return false
}

func (o oracle) data() (v any) {
	dec := json.NewDecoder(strings.NewReader(o.Data))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil
	}
	return v
}

// values gives what stands at a path, the elements of a list one by one.
func (o oracle) values(path string) []any {
	var values []any
	for _, keys := range Splits(path) {
		for _, v := range reach(o.data(), keys, false) {
			if l, ok := v.([]any); ok {
				values = append(values, l...)
			} else {
				values = append(values, v)
			}
		}
	}
	return values
}

func reach(v any, keys []string, listed bool) []any {
	if len(keys) == 0 {
		return []any{v}
	}
	switch v := v.(type) {
	case map[string]any:
		if inner, ok := v[keys[0]]; ok {
			if l, isList := inner.([]any); isList && len(keys) > 1 {
				if listed {
					return nil
				}
				var all []any
				for _, element := range l {
					if _, isObject := element.(map[string]any); isObject {
						all = append(all, reach(element, keys[1:], true)...)
					}
				}
				return all
			}
			return reach(inner, keys[1:], listed)
		}
	}
	return nil
}

func TestMatcherAgreesWithPatternsAndDecodedData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := querytest.Events().Draw(t, "events")
		q := querytest.Query(events...).Draw(t, "query")
		m := q.Matcher()
		for i := range events {
			e := &events[i]
			if got, want := m.Match(e), (oracle{e}).matches(q.Root); got != want {
				t.Fatalf("%s\nmatches %v, want %v:\n%s\nwords %q", q, got, want, event.AppendJSON(nil, e), e.Words)
			}
		}
	})
}
