package format

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clewline/clewline/event"
)

// A jsonFormat is what tells one kind of JSON lines from another.
type jsonFormat struct {
	names *nameTable
	kind  event.Kind // of events that name none
	// loggers: levels may be numbers, as pino and syslog write them, and
	// the names of nested members are looked up as a.b.
	loggers bool
	// seq: a line must carry its number in the stream.
	seq bool
	// finish, if any, completes an event whose members are set.
	finish func(e *event.Event)
}

// decode is the Decoder of a JSON format.
func (f *jsonFormat) decode(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	o = o.withDefaults()
	return eachEvent(body, o, dst, newJSONEvents(f, o).line)
}

// jsonEvents makes events of lines. It keeps its working memory from line to
// line and serves one goroutine.
type jsonEvents struct {
	format  *jsonFormat
	o       Options
	reader  *jsonReader
	arena   arena
	text    []byte        // the line
	seen    [maxNames]int // the line, counted from 1, in which each name was there last
	lines   int
	extra   []int     // members that belong into data, by index
	aliased []aliased // members whose value stands in a field of another name
	whole   []int     // members that a field holds wholly under a name of the source's own
	others  []other   // members whose names mean nothing to the format
	nested  []member
}

// An aliased member filled a field by value under another name.
type aliased struct {
	field event.Field
	index int
}

// An other is a member whose name means nothing to the format.
type other struct {
	name  string // decoded
	index int
}

func newJSONEvents(f *jsonFormat, o Options) *jsonEvents {
	return &jsonEvents{format: o.words.over(f), o: o, reader: newJSONReader(o.Limits)}
}

// line reads one line into e, which is zero.
func (d *jsonEvents) line(line []byte, e *event.Event) *LineError {
	text, list, repaired, fail := d.reader.read(line)
	if fail == nil {
		d.text = text
		fail = d.members(list, e)
	}
	if repaired {
		e.Flags |= event.Reencoded
		fail = asSent(fail, line)
	}
	return fail
}

// members sets e from the members of a line.
func (d *jsonEvents) members(list []member, e *event.Event) (fail *LineError) {
	d.extra, d.others, d.aliased = d.extra[:0], d.others[:0], d.aliased[:0]
	d.lines++
	var (
		sent *member // data
		own  uint64  // fields that were given under their own name
		held uint64  // fields that a name of the source's own has filled
	)
	if d.o.words != nil {
		held = d.mapped(list, e)
	}
	for i := range list {
		m := &list[i]
		text := d.name(m)
		if m.kind == '{' && d.format.names.parents[text] {
			d.parent(e, text, m, own)
		}
		n := d.format.names.find(text)
		if n == nil {
			d.others = append(d.others, other{text, i})
			if held == 0 || !slices.Contains(d.whole, i) {
				d.extra = append(d.extra, i)
			}
			continue
		}
		if d.seen[n.index] == d.lines {
			return twice(text, m)
		}
		d.seen[n.index] = d.lines
		if m.kind == 'n' || m.kind == '"' && m.end == m.value+2 {
			continue // null or empty: absent
		}
		switch {
		case n.field == event.FieldData:
			sent = m
		case n.field == event.FieldSeq:
			if e.Seq, fail = d.seq(m); fail != nil {
				return fail
			}
		case held&(1<<n.field) != 0:
			d.extra = append(d.extra, i)
		case n.alias:
			if own&(1<<n.field) == 0 && d.empty(e, n.field) {
				exact := d.set(e, n.field, m)
				if !d.empty(e, n.field) {
					d.noted(n.field, text)
				}
				if exact && (n.field == event.FieldMsg || n.field == event.FieldTime) {
					d.aliased = append(d.aliased, aliased{n.field, i})
					continue
				}
			}
			d.extra = append(d.extra, i)
		case d.set(e, n.field, m):
			own |= 1 << n.field
			d.noted(n.field, text)
		default:
			if !d.empty(e, n.field) {
				own |= 1 << n.field
				d.noted(n.field, text)
			}
			d.extra = append(d.extra, i)
		}
	}
	if fail := d.duplicate(list); fail != nil {
		return fail
	}
	// A message or time that came under another name, in nearly every line of
	// most loggers, is not kept a second time, unless the field's own name came
	// later and took its place.
	for _, a := range d.aliased {
		if own&(1<<a.field) != 0 {
			d.extra = append(d.extra, a.index)
			slices.Sort(d.extra)
		}
	}
	if d.format.seq && e.Seq == 0 {
		return &LineError{Field: "seq", Reason: "an event of a stream must carry its number, such as \"seq\":12"}
	}
	if sent != nil || len(d.extra) > 0 {
		e.Data = d.data(list, sent)
	}
	if e.Kind == "" {
		e.Kind = d.format.kind
	}
	if d.format.finish != nil {
		d.format.finish(e)
	}
	return nil
}

func twice(text string, m *member) *LineError {
	return &LineError{Field: cut([]byte(text), event.MaxID), Column: m.start + 1, Reason: "this name is there twice in one object"}
}

// duplicate looks for a name that the format does not know and that is there
// twice. Names that it knows were looked at as they came.
func (d *jsonEvents) duplicate(list []member) *LineError {
	if len(d.others) > 16 {
		known := make(map[string]bool, len(d.others))
		for _, o := range d.others {
			if known[o.name] {
				return twice(o.name, &list[o.index])
			}
			known[o.name] = true
		}
		return nil
	}
	for i, o := range d.others {
		for _, before := range d.others[:i] {
			if o.name == before.name {
				return twice(o.name, &list[o.index])
			}
		}
	}
	return nil
}

// parent looks into an object for members that are aliases as parent.name.
func (d *jsonEvents) parent(e *event.Event, parent string, m *member, own uint64) {
	inner, _ := d.reader.members(d.text[m.value:m.end], d.nested[:0]) // within limits: the line was
	d.nested = inner
	for i := range inner {
		c := &inner[i]
		c.start, c.nameEnd, c.value, c.end = c.start+m.value, c.nameEnd+m.value, c.value+m.value, c.end+m.value
		var buf [64]byte
		n := d.format.names.find(view(append(append(append(buf[:0], parent...), '.'), d.name(c)...)))
		if n != nil && n.alias && own&(1<<n.field) == 0 && d.empty(e, n.field) && c.kind != 'n' {
			d.set(e, n.field, c)
			if !d.empty(e, n.field) {
				d.noted(n.field, n.text)
			}
		}
	}
}

// empty says whether a field has no value yet.
func (d *jsonEvents) empty(e *event.Event, f event.Field) bool {
	switch f.Type() {
	case event.Timestamp:
		return e.Timestamp(f) == 0
	case event.LevelType:
		return e.Level == event.NoLevel
	case event.Number:
		return !e.HasTimeCost
	case event.List:
		return len(e.Strings(f)) == 0
	}
	return e.String(f) == ""
}

// name gives the decoded name of a member.
func (d *jsonEvents) name(m *member) string {
	if m.nameEsc {
		return d.unquote(d.text[m.start:m.nameEnd])
	}
	return view(d.text[m.start+1 : m.nameEnd-1])
}

// string gives the decoded text of a member whose value is a string.
func (d *jsonEvents) string(m *member) string {
	if m.valueEsc {
		return d.unquote(d.text[m.value:m.end])
	}
	return view(d.text[m.value+1 : m.end-1])
}

func (d *jsonEvents) unquote(quoted []byte) string {
	out, _ := jsontext.AppendUnquote(d.arena.room(len(quoted)), quoted) // valid: it was checked
	return d.arena.keep(out)
}

// set sets a field from a member that is neither null nor an empty string.
// exact is false where the member cannot be told from the field any more: it
// has another type, or the field holds something else than what came.
func (d *jsonEvents) set(e *event.Event, f event.Field, m *member) (exact bool) {
	isNumber := m.kind == '-' || m.kind >= '0' && m.kind <= '9'
	switch f.Type() {
	case event.Keyword, event.Text:
		switch {
		case m.kind == '"':
			return setString(e, f, d.string(m))
		case isNumber:
			setString(e, f, view(d.text[m.value:m.end]))
		}
		return false
	case event.Timestamp:
		var s string
		switch {
		case m.kind == '"':
			s = d.string(m)
		case isNumber:
			s = view(d.text[m.value:m.end])
		default:
			return false
		}
		ns, exact := parseTime(s, d.o.Zone)
		switch {
		case ns == 0:
		case f == event.FieldTime:
			e.Time = ns
		default:
			e.StartTime = ns
		}
		return exact
	case event.LevelType:
		var s string
		level := event.NoLevel
		switch {
		case m.kind == '"':
			s = d.string(m)
			level, _ = event.ParseLevel(s)
		case isNumber:
			s = view(d.text[m.value:m.end])
		}
		if word := d.o.words.level(s); word != event.NoLevel {
			level = word
		}
		if level == event.NoLevel && d.format.loggers {
			level = numericLevel(s)
		}
		if level == event.NoLevel {
			return false
		}
		e.Level = level
		return level.String() == s
	case event.Number:
		var s string
		switch {
		case isNumber:
			s = view(d.text[m.value:m.end])
		case m.kind == '"' && isJSONNumber(d.string(m)):
			s = d.string(m)
		default:
			return false
		}
		if n, ok := smallInteger(s); ok && isNumber {
			e.TimeCost, e.HasTimeCost = n, true
			return true
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			return false
		}
		e.TimeCost, e.HasTimeCost = v, true
		var buf [32]byte
		return isNumber && string(event.AppendNumber(buf[:0], v)) == s
	case event.List:
		list, exact := d.strings(m)
		switch {
		case len(list) == 0:
		case f == event.FieldFilePath:
			e.FilePath = list
		default:
			e.CollectionName = list
		}
		return exact
	}
	return false
}

// smallInteger reads what most numbers are: an integer that is written as
// event.AppendNumber would.
func smallInteger(s string) (v float64, ok bool) {
	if len(s) > 15 || s == "" || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	return float64(n), true
}

func isJSONNumber(s string) bool {
	v := jsontext.Value(s)
	return v.Kind() == '0' && v.IsValid()
}

// setString sets a text or keyword field to its stored form.
func setString(e *event.Event, f event.Field, s string) (exact bool) {
	stored := s
	switch f {
	case event.FieldTraceID, event.FieldSpanID, event.FieldChildOf:
		stored = event.NormalizeTraceID(s)
	case event.FieldHTTPPath:
		stored = withoutQuery(s)
	}
	e.SetString(f, stored)
	return stored == s
}

// withoutQuery cuts the query string off a path.
func withoutQuery(path string) string {
	for i := 0; i < len(path); i++ {
		if path[i] == '?' {
			return path[:i]
		}
	}
	return path
}

// strings reads a list: an array of strings, or a single string.
func (d *jsonEvents) strings(m *member) (list []string, exact bool) {
	switch m.kind {
	case '"':
		return []string{d.string(m)}, false
	case '[':
	default:
		return nil, false
	}
	exact = true
	for i := m.value + 1; ; {
		for d.text[i] <= ' ' || d.text[i] == ',' {
			i++
		}
		el := member{value: i, kind: d.text[i]}
		switch {
		case el.kind == ']':
			return list, exact
		case el.kind == '"':
			el.end, el.valueEsc = stringEnd(d.text, i+1)
			list = append(list, d.string(&el))
		case el.kind == '{' || el.kind == '[':
			return nil, false
		default:
			for el.end = i; d.text[el.end] > ' ' && d.text[el.end] != ',' && d.text[el.end] != ']'; {
				el.end++
			}
			if el.kind != 'n' {
				list = append(list, view(d.text[i:el.end]))
			}
			exact = false
		}
		i = el.end
	}
}

// seq reads the number of an event in its stream.
func (d *jsonEvents) seq(m *member) (uint64, *LineError) {
	n, err := strconv.ParseUint(view(d.text[m.value:m.end]), 10, 64)
	if err != nil || n == 0 || n > maxSeq {
		return 0, &LineError{Field: "seq", Column: m.value + 1, Reason: "a number in a stream is an integer from 1 to 2^53-1"}
	}
	return n, nil
}

// data builds Data: the object that was sent under that name, as it came, and
// the members that no named field holds. Where both have a name in common, the
// sent one stays whole under "data".
func (d *jsonEvents) data(list []member, sent *member) string {
	if len(d.extra) == 0 {
		return view(d.text[sent.value:sent.end])
	}
	size := 2
	for _, i := range d.extra {
		size += list[i].end - list[i].start + 1
	}
	if sent != nil {
		size += sent.end - sent.start + 1
	}
	var inner []byte
	if sent != nil {
		var ok bool
		if inner, ok = d.mergeable(list, sent); ok {
			sent = nil
		}
	}
	b := append(append(d.arena.room(size), '{'), inner...)
	for _, i := range d.extra {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, d.text[list[i].start:list[i].end]...)
	}
	if sent != nil {
		b = append(append(b, ','), d.text[sent.start:sent.end]...)
	}
	return d.arena.keep(append(b, '}'))
}

// mergeable gives the members of a sent data object, if none of them has the
// name of another member that belongs into data.
func (d *jsonEvents) mergeable(list []member, sent *member) (inner []byte, ok bool) {
	if sent.kind != '{' {
		return nil, false
	}
	object := d.text[sent.value:sent.end]
	d.nested, _ = d.reader.members(object, d.nested[:0]) // within limits: the line was
	if len(d.nested) == 0 {
		return nil, true
	}
	var own map[string]bool // of the members that belong into data, if they are many
	if len(d.extra) > 16 {
		own = make(map[string]bool, len(d.extra))
		for _, i := range d.extra {
			own[d.name(&list[i])] = true
		}
	}
	for i := range d.nested {
		c := &d.nested[i]
		name := view(object[c.start+1 : c.nameEnd-1])
		if c.nameEsc {
			name = d.unquote(object[c.start:c.nameEnd])
		}
		if own != nil {
			if own[name] {
				return nil, false
			}
			continue
		}
		for _, i := range d.extra {
			if d.name(&list[i]) == name {
				return nil, false
			}
		}
	}
	return object[d.nested[0].start:d.nested[len(d.nested)-1].end], true
}

// numericLevel reads the levels that loggers write as numbers: pino and bunyan
// count 10 (trace) to 60 (fatal), syslog and GELF 0 (emergency) to 7 (debug).
func numericLevel(s string) event.Level {
	n, err := strconv.ParseUint(s, 10, 8)
	switch {
	case err != nil || n >= 70:
		return event.NoLevel
	case n >= 60:
		return event.Fatal
	case n >= 50:
		return event.Error
	case n >= 40:
		return event.Warn
	case n >= 30:
		return event.Info
	case n >= 10:
		return event.Debug
	case n >= 8:
		return event.NoLevel
	}
	return [...]event.Level{event.Fatal, event.Fatal, event.Fatal, event.Error, event.Warn, event.Notice, event.Info, event.Debug}[n]
}
