package format

import (
	"bytes"
	"strings"

	"github.com/clewline/clewline/event"
)

// Guess finds the format that understands most of the first lines of a sample
// in UTF-8; the first of a fixed order wins a tie. One that understands fewer
// than half of them is not it: the lines are then plain text. join, where it is
// not nil, joins lines.
func Guess(sample []byte, join Multiline) string {
	const most = 50
	end := 0
	for range most {
		next := bytes.IndexByte(sample[end:], '\n')
		if next < 0 {
			end = len(sample)
			break
		}
		end += next + 1
	}
	head := sample[:end]
	best, bestEvents := "text", 0
	for _, name := range []string{"prism", "invocation", "events", "json", "access", "syslog", "logfmt"} {
		events, errs := decoders[name](bytes.Clone(head), Options{Multiline: join}, nil)
		if name == "invocation" && !looksLikeInvocations(events) || name == "events" && !looksNative(events) || name == "logfmt" && !looksLikeLogfmt(events) {
			continue
		}
		if n := len(events); n > bestEvents && n >= RejectedLines(errs) {
			best, bestEvents = name, n
		}
	}
	return best
}

// looksLikeInvocations: JSON of any sort passes the decoder, an invocation says
// what was invoked.
func looksLikeInvocations(events []event.Event) bool {
	for i := range events {
		if events[i].Service == "" || events[i].Event == "" {
			return false
		}
	}
	return len(events) > 0
}

func looksNative(events []event.Event) bool {
	for i := range events {
		if events[i].Time == 0 || events[i].Msg == "" {
			return false
		}
	}
	return len(events) > 0
}

// looksLikeLogfmt: any text with a = in it passes the decoder; lines of logfmt
// begin with a pair, and say when or how grave.
func looksLikeLogfmt(events []event.Event) bool {
	for i := range events {
		first, _, _ := strings.Cut(events[i].Raw, " ")
		if !strings.Contains(first, "=") || events[i].Time == 0 && events[i].Level == event.NoLevel {
			return false
		}
	}
	return len(events) > 0
}
