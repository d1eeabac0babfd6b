package query

import (
	"strings"
	"time"

	"github.com/clewline/clewline/event"
)

// TimeBounds reads a time as a query writes it: RFC 3339, an epoch of at
// least nine digits (s, ms, us or ns, told apart by size), or a date, which
// stands for its whole day in UTC. first and last are the nanoseconds that it
// begins and ends with, both included; they are the same for an instant.
//
// An Equal on a time field holds from first to last. In Compare and Range the
// parser has already put the right one into Value.Time: after a day, up to
// and including a day, from a day on, before a day.
func TimeBounds(text string) (first, last int64, ok bool) {
	if len(text) == len("2006-01-02") && text[4] == '-' {
		day, err := time.Parse(time.DateOnly, text)
		// What does not fit in 64 bits of ns lies outside the years below.
		if err != nil || day.Year() < 1678 || day.Year() > 2261 {
			return 0, 0, false
		}
		first = day.UnixNano()
		return first, first + int64(24*time.Hour) - 1, true
	}
	// 2026 is meant as a year, not as half an hour after 1970 began.
	if d, isNumber := parseDecimal(text); isNumber && (d.neg || d.exp < 9) {
		return 0, 0, false
	}
	ns, err := event.ParseTime(text)
	if err != nil {
		return 0, 0, false
	}
	return ns, ns, true
}

// Levels says which levels an Equal on the level field holds for, by
// event.Level: the one that the term spells, or those whose name its
// wildcards fit ("w*" is warn). None is set for a term that is no level.
func Levels(t Term) (set [event.NumLevels]bool) {
	if len(t.Stars) == 0 {
		if l, ok := event.ParseLevel(t.Text); ok {
			set[l] = true
		}
		return set
	}
	whole := wholeOf(t)
	for l := event.Debug; int(l) < event.NumLevels; l++ {
		set[l] = whole.match(l.String())
	}
	return set
}

// wrongValue says what a value of the field looks like when t cannot be one.
func wrongValue(f Field, t Term) string {
	switch f.Column.Type() {
	case event.Timestamp:
		if _, _, ok := TimeBounds(t.Text); !ok || len(t.Stars) > 0 {
			return wantTime
		}
	case event.Number:
		if _, ok := CanonicalNumber(t.Text); !ok || len(t.Stars) > 0 {
			return wantNumber
		}
	case event.LevelType:
		if Levels(t) == [event.NumLevels]bool{} {
			return levelFor(t.Text)
		}
	case event.JSON:
		return "a key of data, as in data.key:value; a bare word searches all text in data"
	}
	return ""
}

const (
	wantTime   = "a time such as 2026-11-20T14:32:07Z, 2026-11-20 or epoch ms"
	wantNumber = "a number such as 150 or 1.5e2"
	wantLevel  = "a level: debug, info, notice, warn, error or fatal"
)

// levelFor is wantLevel, with the level that text probably means.
func levelFor(text string) string {
	for _, names := range [][]string{levelNames[1:], {"warning", "err", "critical", "trace", "information", "panic", "emergency"}} {
		if name := Suggest(strings.ToLower(text), names); name != "" {
			if l, ok := event.ParseLevel(name); ok {
				return l.String() + "? Here stands " + wantLevel
			}
		}
	}
	return wantLevel
}

var levelNames = func() (names []string) {
	for l := range event.NumLevels {
		names = append(names, event.Level(l).String())
	}
	return names
}()

// noOrder says why a field cannot be compared by size.
func noOrder(f Field) string {
	switch f.Column.Type() {
	case event.Keyword, event.Text, event.List, event.JSON:
		return "a field with an order before a comparison or a range; " + f.Column.Name() + " holds text"
	}
	return ""
}

// readValue reads the right side of a comparison. last chooses the end of a
// day, not its beginning.
func readValue(f Field, t Term, last bool) (v Value, want string) {
	v.Text = t.Text
	isNumber := false
	v.Number, isNumber = CanonicalNumber(t.Text)
	wild := len(t.Stars) > 0
	switch f.Column.Type() {
	case event.Timestamp:
		first, end, ok := TimeBounds(t.Text)
		if !ok || wild {
			return v, wantTime
		}
		v.IsTime = true
		v.Time = first
		if last {
			v.Time = end
		}
	case event.LevelType:
		level, ok := event.ParseLevel(t.Text)
		if !ok || wild {
			return v, levelFor(t.Text)
		}
		v.Level = level
	default:
		if !isNumber || wild {
			return v, wantNumber
		}
	}
	return v, ""
}
