package format

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/clewline/clewline/event"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// eachLine gives decode every line of a body that is not blank, with its
// number, without its line end, and collects what decode rejects. It enforces
// the limits of lines and of their count itself. first is the number of the
// body's first line. Where join is not nil, lines that it says belong to the
// one before are given together with it, as far as the limit of a line allows.
func eachLine(body []byte, first int, limits event.Limits, join Multiline, decode func(line []byte, number int) *LineError) []LineError {
	var errs []LineError
	reject := func(e LineError, line []byte) {
		e.Lines = max(e.Lines, 1)
		e.Text = cut(line, event.MaxDeadLetter)
		errs = append(errs, e)
	}
	next, count := first, 0
	for len(body) > 0 {
		number := next
		line, rest := cutLine(body)
		next++
		for join != nil && len(rest) > 0 {
			more, after := cutLine(rest)
			if !join(bytes.TrimSuffix(more, []byte{'\r'})) || cap(line)-cap(more)+len(more) > limits.LineBytes {
				break
			}
			line, rest = body[:cap(line)-cap(more)+len(more)], after // both slices end where the body does
			next++
		}
		body = rest
		line = bytes.TrimPrefix(line, byteOrderMark) // also inside: files are often concatenated
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if blank(line) {
			continue
		}
		if count == limits.Events {
			limit := &event.LimitError{Limit: "events", Max: limits.Events, Got: count + 1 + countLines(body)}
			reject(LineError{
				Line: number, Lines: limit.Got - count, Err: limit,
				Reason: fmt.Sprintf("%v events: this line and all after it were not read", limit),
			}, line)
			break
		}
		count++
		if len(line) > limits.LineBytes {
			limit := &event.LimitError{Limit: "lineBytes", Max: limits.LineBytes, Got: len(line)}
			reject(LineError{Line: number, Err: limit, Reason: limit.Error() + " bytes"}, line)
			continue
		}
		if err := decode(line, number); err != nil {
			err.Line = number
			reject(*err, line)
		}
	}
	return errs
}

// cutLine cuts the first line off a body, without its line feed.
func cutLine(body []byte) (line, rest []byte) {
	if end := bytes.IndexByte(body, '\n'); end >= 0 {
		return body[:end], body[end+1:]
	}
	return body, nil
}

// eachEvent appends one event to dst for every line that decode takes, and sets
// what all formats set alike. decode is given a zero event.
func eachEvent(body []byte, o Options, dst []event.Event, decode func(line []byte, e *event.Event) *LineError) ([]event.Event, []LineError) {
	dst = grow(dst, body, o.Limits)
	errs := eachLine(body, 1, o.Limits, o.Multiline, func(line []byte, number int) *LineError {
		dst = oneMore(dst)
		e := &dst[len(dst)-1]
		if err := decode(line, e); err != nil {
			dst = dst[:len(dst)-1]
			return err
		}
		e.IDNum = uint64(number)
		if e.App == "" {
			e.App = o.App
		}
		if e.Env == "" {
			e.Env = o.Env
		}
		if o.Transcoded {
			e.Flags |= event.Reencoded
		}
		return nil
	})
	return dst, errs
}

// blank says whether a line has nothing but white space.
func blank(line []byte) bool {
	for _, c := range line {
		if c > ' ' {
			return false
		}
		if c != ' ' && c != '\t' && c != '\r' {
			return false // a control character is no white space: let the format say so
		}
	}
	return true
}

// countLines counts the lines of a body that are not blank.
func countLines(body []byte) int {
	n := 0
	for line := range bytes.SplitSeq(body, []byte{'\n'}) {
		if !blank(line) {
			n++
		}
	}
	return n
}

// grow makes room in dst for the events that body can hold at most, so that
// big structs are not copied again and again.
func grow(dst []event.Event, body []byte, limits event.Limits) []event.Event {
	return slices.Grow(dst, min(bytes.Count(body, []byte{'\n'})+1, limits.Events))
}

// oneMore appends a zero event. An event is nearly a kilobyte: append would
// build it elsewhere and copy it.
func oneMore(events []event.Event) []event.Event {
	n := len(events)
	if n == cap(events) {
		events = slices.Grow(events, 1)
	}
	events = events[:n+1]
	events[n] = event.Event{}
	return events
}

// An arena hands out the text that decoders have to build. One allocation
// serves many strings; they keep each other alive, as they do with the body.
type arena struct {
	free []byte
	size int // of the newest chunk
}

// room gives an empty slice for about n bytes. Builders append to it and hand
// the result to keep, before anyone else asks for room.
func (a *arena) room(n int) []byte {
	const least, most = 512, 32 << 10 // small bodies, small chunks
	if cap(a.free) < n {
		a.size = min(most, max(least, 2*a.size))
		a.free = make([]byte, 0, max(n, a.size))
	}
	return a.free[:0]
}

// keep makes a string of b, which began as what room gave. It copes with b
// having outgrown that.
func (a *arena) keep(b []byte) string {
	if cap(b) > 0 && cap(a.free) > 0 && &b[:1][0] == &a.free[:1][0] {
		a.free = a.free[len(b):len(b):cap(a.free)]
	}
	return view(b[:len(b):len(b)])
}
