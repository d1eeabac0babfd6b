package format

import (
	"time"

	"github.com/clewline/clewline/event"
)

// DecodeText reads lines of any text log: a package manager's, a web server's,
// a program's own. No line is rejected but for a limit. Msg is the line as it
// came; Raw is absent, as it would say the same. Kind is log.
//
// Time is the first of these forms that stands within the line's first 128
// bytes: RFC 3339 or YYYY-MM-DD hh:mm:ss with a fraction after a point or comma
// and with or without a zone, YYYY/MM/DD hh:mm:ss, the access log's
// [DD/Mon/YYYY:hh:mm:ss ±zone], and RFC 3164's Mon DD hh:mm:ss, whose year is
// the one nearest to Options.Received. A line without one has no time.
//
// Level is the first word of the same part of the line that is a level in
// capitals, or in any case where brackets are around it or a colon or bar
// behind it.
func DecodeText(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	o = o.withDefaults()
	return eachEvent(body, o, dst, func(line []byte, e *event.Event) *LineError {
		e.Kind = event.Log
		e.Msg, e.Flags = asText(line)
		head := e.Msg[:min(len(e.Msg), textHead)]
		e.Time = findTime(head, o)
		if e.Level = o.words.levelIn(head); e.Level == event.NoLevel {
			e.Level = findLevel(head)
		}
		return nil
	})
}

// textHead is how many bytes of a line are searched for its time and level.
const textHead = 128

// findTime gives the first time in s, 0 when there is none.
func findTime(s string, o Options) int64 {
	for i := 0; i+8 <= len(s); i++ {
		if i > 0 && isAlnum(s[i-1]) {
			continue
		}
		switch c := s[i]; {
		case c >= '1' && c <= '2':
			if ns, ok := numericTime(s[i:], o.Zone); ok {
				return ns
			}
			if i+11 < len(s) && s[i+2] == '/' { // a day of an access log
				if ns, ok := accessTime(s[i:], o.Zone); ok {
					return ns
				}
			}
		case (c == '0' || c == '3') && i+11 < len(s) && s[i+2] == '/':
			if ns, ok := accessTime(s[i:], o.Zone); ok {
				return ns
			}
		case c >= 'A' && c <= 'S':
			if ns, ok := syslogTime(s[i:], o); ok {
				return ns
			}
		}
	}
	return 0
}

// numericTime reads YYYY-MM-DD or YYYY/MM/DD, T or a space, hh:mm:ss, a
// fraction and a zone, as far as they are there.
func numericTime(s string, zone *time.Location) (int64, bool) {
	if len(s) < 19 || (s[4] != '-' && s[4] != '/') || s[7] != s[4] || (s[10] != 'T' && s[10] != ' ') || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	end := 19
	if end+1 < len(s) && (s[end] == '.' || s[end] == ',') && s[end+1] >= '0' && s[end+1] <= '9' {
		for end++; end < len(s) && s[end] >= '0' && s[end] <= '9'; end++ {
		}
	}
	layout := "2006-01-02 15:04:05"
	if s[4] == '/' {
		layout = "2006/01/02 15:04:05"
	}
	if s[10] == 'T' {
		layout = layout[:10] + "T" + layout[11:]
	}
	for _, z := range [...]struct {
		layout string
		length int
	}{{"Z07:00", 6}, {"Z0700", 5}, {"Z07:00", 1}, {" Z0700", 6}} {
		if end+z.length <= len(s) {
			if t, err := time.Parse(layout+z.layout, s[:end+z.length]); err == nil && inRange(t) {
				return t.UnixNano(), true
			}
		}
	}
	t, err := time.ParseInLocation(layout, s[:end], zone)
	return t.UnixNano(), err == nil && inRange(t)
}

// accessTime reads DD/Mon/YYYY:hh:mm:ss ±hhmm, as the common log format has it.
func accessTime(s string, zone *time.Location) (int64, bool) {
	const layout = "02/Jan/2006:15:04:05"
	if len(s) < len(layout) {
		return 0, false
	}
	if len(s) >= len(layout)+6 {
		if t, err := time.Parse(layout+" -0700", s[:len(layout)+6]); err == nil && inRange(t) {
			return t.UnixNano(), true
		}
	}
	t, err := time.ParseInLocation(layout, s[:len(layout)], zone)
	return t.UnixNano(), err == nil && inRange(t)
}

// syslogTime reads Mon DD hh:mm:ss of RFC 3164, the day padded by a space or,
// as some write it, by a zero. The year is the one nearest to the arrival.
func syslogTime(s string, o Options) (int64, bool) {
	const layout = "Jan _2 15:04:05"
	if len(s) < len(layout) || s[3] != ' ' || s[9] != ':' {
		return 0, false
	}
	t, err := time.ParseInLocation(layout, s[:len(layout)], o.Zone)
	if err != nil {
		return 0, false
	}
	return nearestYear(int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, o)
}

// findLevel gives the first word of s that is clearly a level.
func findLevel(s string) event.Level {
	for i := 0; i < len(s); {
		if !isAlpha(s[i]) {
			i++
			continue
		}
		start := i
		upper := true
		for i < len(s) && isAlnum(s[i]) {
			upper = upper && (s[i] < 'a' || s[i] > 'z')
			i++
		}
		word := s[start:i]
		if len(word) < 3 || start > 0 && isAlnum(s[start-1]) {
			continue
		}
		marked := upper ||
			start > 0 && (s[start-1] == '[' || s[start-1] == '<') && i < len(s) && (s[i] == ']' || s[i] == '>') ||
			i < len(s) && (s[i] == ':' || s[i] == '|')
		// LOG is what PostgreSQL calls info; TRACE and ALERT alone are as often
		// other words, but not in capitals.
		if marked {
			if level, ok := event.ParseLevel(word); ok {
				return level
			}
		}
	}
	return event.NoLevel
}

func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isAlnum(c byte) bool { return isAlpha(c) || c >= '0' && c <= '9' || c == '_' }
