package format

import (
	"strconv"
	"strings"

	"github.com/clewline/clewline/event"
)

// DecodeLogfmt reads lines of key=value pairs, as Go's slog and logrus, and
// programs of Heroku's and Grafana's making write them:
//
//	time=2026-11-20T14:32:07.688Z level=warn msg="seat lost" callId=c-81 cost=12
//
// The pairs mean what the members of a JSON line mean to DecodeJSONLines, so
// the same names fill the same fields. Unquoted plain numbers are numbers; a
// key without = is true; a key that comes twice has a list. Raw is the line.
//
// A line is rejected that has no pair at all, or a quote that does not end.
func DecodeLogfmt(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	o = o.withDefaults()
	d := logfmtDecoder{newPairEvents(o)}
	return eachEvent(body, o, dst, func(line []byte, e *event.Event) *LineError { return inLine(d.line(line, e), line) })
}

// A logfmtDecoder reads lines one by one. It serves one goroutine.
type logfmtDecoder struct{ pairEvents }

func (d *logfmtDecoder) line(line []byte, e *event.Event) *LineError {
	text, flags := asText(line)
	if fail := d.split(text); fail != nil {
		return fail
	}
	return d.event(text, flags, appendLogfmt, e)
}

// appendLogfmt writes a value; a key alone is true.
func appendLogfmt(b []byte, p *pair) []byte {
	if p.alone {
		return append(b, "true"...)
	}
	return appendPair(b, p)
}

// split cuts a line into its pairs.
func (d *logfmtDecoder) split(text string) *LineError {
	d.pairs = d.pairs[:0]
	some := false // a pair with a value
	for at := 0; ; {
		for at < len(text) && text[at] <= ' ' {
			at++
		}
		if at == len(text) {
			break
		}
		start := at
		for at < len(text) && text[at] > ' ' && text[at] != '=' && text[at] != '"' {
			at++
		}
		p := pair{key: text[start:at]}
		switch {
		case at == start:
			return &LineError{Column: at + 1, Reason: "a key must stand here, as in key=value"}
		case at < len(text) && text[at] == '"':
			return &LineError{Column: at + 1, Field: p.key, Reason: "a quote must come right after the =, as in key=\"a value\""}
		case at == len(text) || text[at] != '=':
			p.alone = true
		default:
			some = true
			at++
			value, end, ok := logfmtValue(text, at)
			if !ok {
				return &LineError{Column: at + 1, Field: p.key, Reason: "the quote that begins here does not end, or holds an escape that is none"}
			}
			p.value, p.quoted, at = value, at < len(text) && text[at] == '"', end
		}
		d.pairs = append(d.pairs, p)
	}
	if !some {
		return &LineError{Column: 1, Reason: "a line of logfmt has pairs such as level=info msg=\"a text\""}
	}
	return nil
}

// logfmtValue reads the value at a place, and tells where it ends.
func logfmtValue(text string, at int) (value string, end int, ok bool) {
	if at < len(text) && text[at] == '"' {
		quoted, err := strconv.QuotedPrefix(text[at:])
		if err != nil {
			return "", 0, false
		}
		value, err = strconv.Unquote(quoted)
		return strings.ToValidUTF8(value, "\ufffd"), at + len(quoted), err == nil
	}
	end = at
	for end < len(text) && text[end] > ' ' {
		end++
	}
	return text[at:end], end, true
}
