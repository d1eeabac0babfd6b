package format

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/clewline/clewline/event"
)

// A Pattern reads lines by a regular expression with named groups. It may be
// used concurrently.
type Pattern struct {
	re    *regexp.Regexp
	names []string // of the groups, "" where they have none
}

// NewPattern compiles a pattern (RE2), such as
//
//	^(?P<time>\S+ \S+) (?P<level>[A-Z]+) \[(?P<thread>[^\]]*)\] (?P<msg>.*)
//
// A group's name means what the name of a JSON member means to
// DecodeJSONLines. An error is a *SourceError.
func NewPattern(text string) (*Pattern, error) {
	if text == "" {
		return nil, &SourceError{"pattern", `is missing; want one with named groups, such as ^(?P<time>\S+) (?P<level>\w+) (?P<msg>.*)`}
	}
	re, err := compilePattern("pattern", text)
	if err != nil {
		return nil, err
	}
	p := &Pattern{re, re.SubexpNames()}
	if !slices.ContainsFunc(p.names, func(name string) bool { return name != "" }) {
		return nil, &SourceError{"pattern", "has no named group, such as (?P<msg>.*), so that nothing of a line would be told"}
	}
	return p, nil
}

// Decode is a Decoder. Groups that took no part in a match, or matched
// nothing, are absent; plain numbers are numbers. A group time may hold any
// time that DecodeText finds. Raw is the line. A line that does not match is
// rejected.
func (p *Pattern) Decode(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	o = o.withDefaults()
	d := newPairEvents(o)
	return eachEvent(body, o, dst, func(line []byte, e *event.Event) *LineError {
		text, flags := asText(line)
		at := p.re.FindStringSubmatchIndex(text)
		if at == nil {
			return &LineError{Column: 1, Reason: "the line does not match the pattern"}
		}
		d.pairs = d.pairs[:0]
		when := ""
		for i, name := range p.names {
			if name == "" || at[2*i] < 0 || at[2*i] == at[2*i+1] {
				continue
			}
			value := text[at[2*i]:at[2*i+1]]
			if o.words.fieldOf(name) == event.FieldTime {
				when = value
			}
			d.pairs = append(d.pairs, pair{key: name, value: value})
		}
		if fail := d.event(text, flags, appendPair, e); fail != nil {
			return fail
		}
		if e.Time == 0 && when != "" {
			e.Time = findTime(when, o)
		}
		return nil
	})
}

// maxProgram bounds what a pattern is compiled to. At the worst each sign of a
// line costs each of its steps: a program of 1,600 took 23 s for 1 MiB.
const maxProgram = 1000

func compilePattern(field, text string) (*regexp.Regexp, error) {
	if len(text) > maxPattern {
		return nil, &SourceError{field, fmt.Sprintf("has %d bytes; at most %d are taken", len(text), maxPattern)}
	}
	re, err := regexp.Compile(text)
	if err != nil {
		if e, ok := err.(*syntax.Error); ok {
			return nil, &SourceError{field, fmt.Sprintf("%s at %q; the syntax is RE2's", e.Code, e.Expr)}
		}
		return nil, &SourceError{field, err.Error()}
	}
	// Repetitions multiply what each sign of a line may cost.
	if tree, err := syntax.Parse(text, syntax.Perl); err == nil {
		if program, err := syntax.Compile(tree.Simplify()); err == nil && len(program.Inst) > maxProgram {
			return nil, &SourceError{field, fmt.Sprintf("becomes %d steps; at most %d are taken, so repeat less, such as .* for .{0,1000}", len(program.Inst), maxProgram)}
		}
	}
	return re, nil
}
