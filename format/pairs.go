package format

import (
	"maps"
	"slices"

	"github.com/clewline/clewline/event"
)

// appendPairs writes pairs as a JSON object, plain numbers as numbers, a key
// that comes twice as a list. Pairs that are used are left out.
func appendPairs(b []byte, pairs []pair, value func([]byte, *pair) []byte) []byte {
	var last map[string]int // by key, where they are many: finding doubles pair by pair would be quadratic
	if len(pairs) > 64 {
		last = make(map[string]int, len(pairs))
		for i := range pairs {
			if !pairs[i].used {
				last[pairs[i].key]++
			}
		}
	}
	b = append(b, '{')
	start := len(b)
	for i := range pairs {
		p := &pairs[i]
		if p.used {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(event.AppendString(b, p.key), ':')
		again := false
		if last == nil || last[p.key] > 1 {
			for j := i + 1; j < len(pairs); j++ {
				q := &pairs[j]
				if q.used || q.key != p.key {
					continue
				}
				if !again {
					b = value(append(b, '['), p)
					again = true
				}
				b = value(append(b, ','), q)
				q.used = true
			}
		}
		if again {
			b = append(b, ']')
		} else {
			b = value(b, p)
		}
	}
	return append(b, '}')
}

// appendPair writes a pair's value: a plain number as one, unless it was
// quoted.
func appendPair(b []byte, p *pair) []byte {
	if p.quoted {
		return event.AppendString(b, p.value)
	}
	return appendBare(b, p)
}

// appendBare writes a pair's value: a plain number as one, quoted or not.
func appendBare(b []byte, p *pair) []byte {
	if isPlainNumber(p.value) {
		return append(b, p.value...)
	}
	return event.AppendString(b, p.value)
}

// pairEvents makes events of pairs as DecodeJSONLines does of members. It
// serves one goroutine.
type pairEvents struct {
	json  *jsonEvents
	pairs []pair // of the line
	arena arena
}

func newPairEvents(o Options) pairEvents {
	return pairEvents{json: newJSONEvents(&loggerFormat, o)}
}

// event fills e from the pairs of a line, whose text it keeps.
func (d *pairEvents) event(text string, flags event.Flags, value func([]byte, *pair) []byte, e *event.Event) *LineError {
	object := appendPairs(d.arena.room(len(text)+8*len(d.pairs)+2), d.pairs, value)
	d.arena.keep(object) // the event's strings share it
	if fail := d.json.line(object, e); fail != nil {
		fail.Column = 0 // of the object, which the sender never saw
		return fail
	}
	e.Raw = text
	e.Flags |= flags
	return nil
}

// sortedKeys gives the keys of a map in a fixed order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// inLine keeps the column of an error, which counts in the line made valid,
// inside the line that was sent.
func inLine(fail *LineError, line []byte) *LineError {
	if fail != nil {
		fail.Column = min(fail.Column, len(line)+1)
	}
	return fail
}
