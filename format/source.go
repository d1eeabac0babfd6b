package format

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"

	"github.com/clewline/clewline/event"
)

// A Source says how the lines of one sender are to be read. Its fields are
// those of POST /v1/lines and of the command line.
type Source struct {
	Format string // a name of Names, or "regex"
	// Pattern is the pattern of format regex; see NewPattern.
	Pattern string
	// Encoding is the name of the text's encoding; see Transcode.
	Encoding string
	// Multiline joins lines; see ParseMultiline.
	Multiline string
}

// A SourceError says which of a source's settings is wrong, and how.
type SourceError struct {
	Field  string // format, pattern, encoding or multiline
	Reason string
}

func (e *SourceError) Error() string { return e.Field + ": " + e.Reason }

// Reader checks the settings, and gives what reads bodies by them. It may be
// called concurrently. An error is a *SourceError.
func (s Source) Reader() (func(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError, error), error) {
	decode, ok := ByName(s.Format)
	switch {
	case s.Format == "regex":
		p, err := NewPattern(s.Pattern)
		if err != nil {
			return nil, err
		}
		decode = p.Decode
	case !ok:
		return nil, &SourceError{"format", fmt.Sprintf("%q is not known; %s and regex are", s.Format, strings.Join(Names(), ", "))}
	case s.Pattern != "":
		return nil, &SourceError{"pattern", "is for format regex"}
	}
	join, err := ParseMultiline(s.Multiline)
	if err != nil {
		return nil, err
	}
	if join != nil && !slices.Contains(textual, s.Format) {
		return nil, &SourceError{"multiline", fmt.Sprintf("is not for format %s, where a line is whole; it is for %s", s.Format, strings.Join(textual, ", "))}
	}
	if s.Encoding != "" {
		if _, err := htmlindex.Get(s.Encoding); err != nil {
			return nil, &SourceError{"encoding", fmt.Sprintf("%q is not known; want a name such as gbk, gb18030, big5, shift_jis, utf-16le or windows-1252", s.Encoding)}
		}
	}
	return func(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError, error) {
		o.Multiline = join
		if s.Encoding != "" {
			var err error
			if body, o.Transcoded, err = Transcode(body, s.Encoding, o.Limits.WithDefaults().InflatedBytes); err != nil {
				return dst, nil, err
			}
		}
		events, errs := decode(body, o, dst)
		return events, errs, nil
	}, nil
}

// Transcode makes a body UTF-8. encoding is a name of the WHATWG Encoding
// Standard. changed says whether any byte differs. What is no text in the
// encoding becomes U+FFFD. A body that would have more than limit bytes is a
// *event.LimitError.
func Transcode(body []byte, encoding string, limit int) (text []byte, changed bool, err error) {
	e, err := htmlindex.Get(encoding)
	if err != nil {
		return nil, false, &SourceError{"encoding", fmt.Sprintf("%q is not known", encoding)}
	}
	text, _, err = transform.Bytes(e.NewDecoder(), body)
	if err != nil {
		return nil, false, &SourceError{"encoding", err.Error()}
	}
	if len(text) > limit {
		return nil, false, &event.LimitError{Limit: "inflatedBytes", Max: limit, Got: len(text)}
	}
	if bytes.Equal(text, body) {
		return body, false, nil
	}
	return text, true, nil
}

// A Multiline says whether a line belongs to the one before.
type Multiline func(line []byte) bool

// maxPattern bounds a pattern, in bytes.
const maxPattern = 4096

// ParseMultiline reads the setting: "" joins nothing; "stack" joins the lines
// of stack traces, as Java, JavaScript, Python, Go and .NET write them; any
// other is a pattern (RE2) that the first line of each event matches, so that
// lines that do not match it belong to the one before. An error is a
// *SourceError.
func ParseMultiline(setting string) (Multiline, error) {
	switch setting {
	case "":
		return nil, nil
	case "stack":
		return inStack, nil
	}
	first, err := compilePattern("multiline", setting)
	if err != nil {
		return nil, err
	}
	return func(line []byte) bool { return !first.Match(line) }, nil
}

// stackWords begin lines of stack traces that are not indented.
var stackWords = []string{
	"Caused by:", "Suppressed:", "Traceback (", "During handling of", "The above exception", "--- End of", "goroutine ", "created by ",
}

// inStack says whether a line is one of a stack trace but its first: it is
// indented, or begins with one of stackWords.
func inStack(line []byte) bool {
	if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		return true
	}
	for _, word := range stackWords {
		if bytes.HasPrefix(line, []byte(word)) {
			return true
		}
	}
	return false
}

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
	return re, nil
}

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
			if name == event.FieldTime.Name() {
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
