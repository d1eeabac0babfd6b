package format

import (
	"time"

	"github.com/clewline/clewline/event"
)

// zoneless are the forms of times that carry no zone, and of zones without a
// colon. time.Parse takes a fraction after "." or "," behind each.
var zoneless = [...]struct {
	layout string
	zone   bool
}{
	{"2006-01-02T15:04:05", false},
	{"2006-01-02 15:04:05", false},
	{"2006/01/02 15:04:05", false},
	{"2006-01-02T15:04:05Z0700", true},
	{"2006-01-02 15:04:05Z07:00", true},
	{"2006-01-02 15:04:05 Z0700", true},
}

// parseTime reads a time in any form that JSON loggers write. exact is false
// where the text cannot be told from the result: it had no zone, or more
// decimals than nanoseconds, or it is no time at all, which gives 0.
func parseTime(s string, zone *time.Location) (ns int64, exact bool) {
	if ns, err := event.ParseTime(s); err == nil {
		return ns, ns != 0 && decimals(s) <= 9 && !finerThanNanoseconds(s)
	}
	for _, form := range zoneless {
		if t, err := time.ParseInLocation(form.layout, s, zone); err == nil {
			if !inRange(t) {
				return 0, false
			}
			return t.UnixNano(), form.zone && decimals(s) <= 9
		}
	}
	return 0, false
}

// inRange says whether nanoseconds since the epoch can hold a time.
func inRange(t time.Time) bool { return t.Year() >= 1678 && t.Year() <= 2261 }

// decimals counts the digits of a fraction.
func decimals(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == '.' || s[i] == ',' {
			n := 0
			for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
				n++
			}
			return n
		}
	}
	return 0
}

// finerThanNanoseconds says whether an epoch time has decimals that are lost:
// ones behind milliseconds and finer units, or an exponent.
func finerThanNanoseconds(s string) bool {
	whole := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			whole++
		case c == '-' && i == 0:
		case c == '.':
			// 11 digits of seconds leave nine decimals, 14 of ms six, 17 of us three.
			return decimals(s[i:]) > 9-3*max(0, (whole-9)/3)
		case c == 'e' || c == 'E':
			return true
		default:
			return false // RFC 3339
		}
	}
	return false
}
