package format

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
)

// A Trial tells what a source makes of a sample.
type Trial struct {
	Format   string // that was used
	Guessed  bool   // the source named none
	Encoding string // that was used; "" is UTF-8
	Accepted int
	Rejected int // lines
	Lines    []Tried
	More     int // events and errors that are not in Lines
}

// Tried is what became of one line, or of lines that were joined.
type Tried struct {
	Line  int    // from 1
	Lines int    // how many were joined
	Text  string // as it came, cut at event.MaxDeadLetter bytes
	// Event is nil where the line was rejected, and then Err is not.
	Event *event.Event
	Parts []Part
	Err   *LineError
}

// A Part is what became of one thing that a line says.
type Part struct {
	Name  string `json:"name,omitempty"`  // theirs, where it has one
	Field string `json:"field,omitempty"` // ours, where it is in one
	Value string `json:"value"`           // as it is stored; of data as JSON; cut at maxPart bytes
	Data  bool   `json:"data,omitempty"`  // it is in data under Name
}

// maxPart bounds a value that a Part shows.
const maxPart = 2048

// Try reads a sample as the source would, and tells of the first lines what
// became of each. A source without a format has it guessed, and without an
// encoding its byte order mark or zeros are looked at. Nothing is kept. An error
// is a *SourceError, or a *event.LimitError.
func (s Source) Try(sample []byte, o Options, most int) (Trial, error) {
	t := Trial{Format: s.Format}
	s.Encoding = cmp.Or(s.Encoding, encodingOf(sample, o))
	if t.Encoding = s.Encoding; s.Encoding != "" && !o.Unicode {
		text, changed, err := Transcode(sample, s.Encoding, o.Limits.WithDefaults().InflatedBytes)
		if err != nil {
			return t, err
		}
		sample, o.Transcoded = text, changed
	}
	o.Unicode = true
	if t.Guessed = s.Format == ""; t.Guessed {
		join, err := ParseMultiline(s.Multiline)
		if err != nil {
			return t, err
		}
		t.Format = Guess(sample, join)
		s.Format = t.Format
		if s.Pattern != "" {
			t.Format, s.Format, t.Guessed = "regex", "regex", false
		}
		if !slices.Contains(textual, s.Format) {
			s.Multiline = ""
		}
		if s.Format == "text" {
			s.Fields = nil
		}
	}
	read, err := s.Reader()
	if err != nil {
		return t, err
	}
	transcoded := o.Transcoded
	events, errs, err := read(sample, o, nil)
	if err != nil {
		return t, err
	}
	t.Accepted, t.Rejected = len(events), RejectedLines(errs)
	for i := range errs {
		t.Lines = append(t.Lines, Tried{Line: errs[i].Line, Lines: errs[i].Lines, Text: errs[i].Text, Err: &errs[i]})
	}
	for i := range events {
		t.Lines = append(t.Lines, Tried{Line: int(events[i].IDNum), Lines: 1, Event: &events[i]})
	}
	slices.SortFunc(t.Lines, func(a, b Tried) int { return cmp.Compare(a.Line, b.Line) })
	if len(t.Lines) > most {
		t.More = len(t.Lines) - most
		t.Lines = t.Lines[:most]
	}
	lines := bytes.SplitAfter(sample, []byte("\n"))
	for i := range t.Lines {
		one := &t.Lines[i]
		if one.Event == nil {
			continue
		}
		if raw := cmp.Or(one.Event.Raw, one.Event.Msg); slices.Contains(textual, s.Format) {
			one.Lines += strings.Count(raw, "\n")
		}
		text := bytes.TrimRight(bytes.Join(lines[one.Line-1:min(len(lines), one.Line-1+one.Lines)], nil), "\r\n")
		one.Text = cut(text, event.MaxDeadLetter)
		one.Parts, err = s.parts(read, text, o, transcoded)
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// encodingOf guesses the encoding of a sample that is not known to be UTF-8.
func encodingOf(sample []byte, o Options) string {
	if o.Unicode {
		return ""
	}
	encoding, _ := GuessEncoding(sample)
	return encoding
}

// parts reads one event's text again, and listens to which name fills which
// field.
func (s Source) parts(read Reader, text []byte, o Options, transcoded bool) ([]Part, error) {
	names := map[event.Field]string{}
	o.Transcoded = transcoded
	o.note = func(f event.Field, name string) { names[f] = name }
	events, _, err := read(text, o, nil)
	if err != nil || len(events) != 1 {
		return nil, err
	}
	e := &events[0]
	e.IDNum = 0
	if s.Format == "prism" {
		notePrism(e, text, o, names, s.Fields)
	}
	wire := event.AppendJSON(nil, e)
	r := newJSONReader(event.Limits{}.WithDefaults())
	_, members, _, fail := r.read(wire)
	if fail != nil {
		return nil, fail
	}
	var out []Part
	for i := range members {
		m := &members[i]
		name := nameOf(wire, m)
		if name == event.FieldData.Name() || name == event.FieldRaw.Name() {
			continue
		}
		out = append(out, Part{Name: names[event.FieldByName(name)], Field: name, Value: partValue(wire, m)})
	}
	if e.Data == "" {
		return out, nil
	}
	data := []byte(e.Data)
	inner, fail := r.members(data, nil)
	if fail != nil {
		return nil, fail
	}
	for i := range inner {
		m := &inner[i]
		name := nameOf(data, m)
		part := Part{Name: name, Value: cut(data[m.value:m.end], maxPart), Data: true}
		at := slices.IndexFunc(out, func(p Part) bool { return p.Name == name && !p.Data })
		if at >= 0 {
			out[at].Data = true
			continue
		}
		out = append(out, part)
	}
	return out, nil
}

// partValue gives a member's value as a person would write it.
func partValue(text []byte, m *member) string {
	value := text[m.value:m.end]
	if m.kind == '"' {
		d := jsonEvents{text: text}
		return cut([]byte(d.string(m)), maxPart)
	}
	return cut(value, maxPart)
}

// prismFields are the fields that keys of the Prism norm fill, the first that
// a line has before others.
var prismFields = []struct {
	field event.Field
	keys  []string
}{
	{event.FieldTime, []string{"optime", "msec"}},
	{event.FieldTraceID, []string{"logid", "logId"}},
	{event.FieldSpanID, []string{"spanid", "spanId"}},
	{event.FieldHTTPPath, []string{"uri", "url", "request"}},
	{event.FieldTimeCost, []string{"cost", "request_time"}},
	{event.FieldErrorCode, []string{"retErrno", "retErrorNo", "errno"}},
	{event.FieldErrorMsg, []string{"errDetail", "errmsg"}},
	{event.FieldInvokerIP, []string{"client_addr"}},
}

// notePrism tells which keys of a line have filled fields.
func notePrism(e *event.Event, line []byte, o Options, names map[event.Field]string, own map[string]string) {
	d := prismDecoder{o: o.withDefaults()}
	text, _ := asText(line)
	at := strings.IndexByte(text, '[')
	if at < 0 || d.split(strings.TrimSuffix(text[at+1:], "]")) != nil {
		return
	}
	set := func(f event.Field, key string) {
		if _, theirs := own[key]; theirs || names[f] != "" || d.find(key) == nil {
			return
		}
		if f == event.FieldTime && e.Time == 0 || f.Type() == event.Keyword && e.String(f) == "" {
			return
		}
		names[f] = key
	}
	for _, known := range prismFields {
		for _, key := range known.keys {
			set(known.field, key)
		}
	}
	for key, f := range prismOwn {
		set(f, key)
	}
}
