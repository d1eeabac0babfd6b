package format

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// maxWords bounds the names, and the levels, that a source may have of its own.
const maxWords = 64

// words are a source's own names of fields and words for levels. They are not
// changed once they are made. A nil *words has none.
type words struct {
	fields  map[string]event.Field // FieldData: no field
	parents map[string]bool        // a and a.b of the name a.b.c
	levels  map[string]event.Level // by the word in lower case
	longest []string               // the words for levels, longest first
	json    map[*jsonFormat]*jsonFormat
}

// newWords checks a source's Fields and Levels. An error is a *SourceError.
func newWords(s Source) (*words, error) {
	if len(s.Fields) == 0 && len(s.Levels) == 0 {
		return nil, nil
	}
	w := &words{
		fields: make(map[string]event.Field, len(s.Fields)), parents: map[string]bool{}, levels: make(map[string]event.Level, len(s.Levels)),
	}
	if len(s.Fields) > 0 && s.Format == "text" {
		return nil, &SourceError{"fields", "format text knows no names; give format regex and a pattern whose groups have names"}
	}
	if len(s.Fields) > maxWords {
		return nil, &SourceError{"fields", fmt.Sprintf("has %d names; at most %d are taken", len(s.Fields), maxWords)}
	}
	most := event.Limits{}.WithDefaults().NameBytes
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		if name == "" || len(name) > most || !utf8.ValidString(name) {
			return nil, &SourceError{"fields", fmt.Sprintf("%q cannot be a name; want a text of 1 to %d bytes", cut([]byte(name), 40), most)}
		}
		f := event.FieldByName(s.Fields[name])
		if f == event.NoField || f.Derived() || f == event.FieldRaw {
			return nil, &SourceError{"fields", fmt.Sprintf("%s cannot fill %q; want a field that a sender may set, such as traceId, user or timeCost, or data", name, cut([]byte(s.Fields[name]), 40))}
		}
		w.fields[name] = f
		for i, c := range name {
			if c == '.' && i > 0 {
				w.parents[name[:i]] = true
			}
		}
	}
	if len(s.Levels) > maxWords {
		return nil, &SourceError{"levels", fmt.Sprintf("has %d words; at most %d are taken", len(s.Levels), maxWords)}
	}
	for _, word := range slices.Sorted(maps.Keys(s.Levels)) {
		level, ok := event.ParseLevel(s.Levels[word])
		if !ok {
			return nil, &SourceError{"levels", fmt.Sprintf("%s cannot mean %q; want debug, info, notice, warn, error or fatal", cut([]byte(word), 40), cut([]byte(s.Levels[word]), 40))}
		}
		folded := strings.ToLower(strings.TrimSpace(word))
		if folded == "" || len(folded) > 64 || !utf8.ValidString(folded) {
			return nil, &SourceError{"levels", fmt.Sprintf("%q cannot be a word for a level; want 1 to 64 bytes", cut([]byte(word), 40))}
		}
		if other, twice := w.levels[folded]; twice && other != level {
			return nil, &SourceError{"levels", fmt.Sprintf("%s is there twice, in two letter cases, with two meanings", word)}
		}
		w.levels[folded] = level
	}
	w.longest = slices.SortedFunc(maps.Keys(w.levels), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	w.json = map[*jsonFormat]*jsonFormat{}
	for _, f := range []*jsonFormat{&nativeFormat, &loggerFormat, &invocationFormat} {
		own := *f
		own.names = f.names.without(w.fields)
		w.json[f] = &own
	}
	return w, nil
}

// level gives the level that a word means to the source; NoLevel where it has
// no word of its own.
func (w *words) level(word string) event.Level {
	if w == nil || len(w.levels) == 0 || len(word) > 64 {
		return event.NoLevel
	}
	return w.levels[strings.ToLower(strings.TrimSpace(word))]
}

// levelIn gives the level of the first of the source's words in a text, where
// it does not stand inside another word.
func (w *words) levelIn(text string) event.Level {
	if w == nil || len(w.levels) == 0 {
		return event.NoLevel
	}
	folded := strings.ToLower(text)
	found, first := event.NoLevel, len(folded)
	for _, word := range w.longest { // of two that begin at one place the longer is meant
		for from := 0; from < first; {
			i := strings.Index(folded[from:], word)
			if i < 0 || from+i >= first {
				break
			}
			start, end := from+i, from+i+len(word)
			if (start == 0 || !isAlnum(folded[start-1]) || !isAlnum(folded[start])) && (end == len(folded) || !isAlnum(folded[end]) || !isAlnum(folded[end-1])) {
				found, first = w.levels[word], start
				break
			}
			from = start + 1
		}
	}
	return found
}

// has says whether a name is one of the source's own.
func (w *words) has(name string) bool {
	if w == nil {
		return false
	}
	_, ok := w.fields[name]
	return ok
}

// fieldOf gives the field that a name fills, by the source's own names and by
// those of the fields.
func (w *words) fieldOf(name string) event.Field {
	if w != nil {
		if f, ok := w.fields[name]; ok {
			return f
		}
	}
	return event.FieldByName(name)
}

// over gives a format with the source's names in it.
func (w *words) over(f *jsonFormat) *jsonFormat {
	if w == nil {
		return f
	}
	if own := w.json[f]; own != nil {
		return own
	}
	return f
}

// mapped fills fields from the members that have names of the source's own,
// and gives the set of those fields. The first of several wins. d.whole gets
// the members that need not be in data any more.
func (d *jsonEvents) mapped(list []member, e *event.Event) (held uint64) {
	d.whole = d.whole[:0]
	for i := range list {
		m := &list[i]
		name := d.name(m)
		if f, ok := d.o.words.fields[name]; ok && d.take(e, f, m, name, &held) {
			d.whole = append(d.whole, i)
		}
		if m.kind == '{' && d.o.words.parents[name] {
			d.inside(name, m.value, m.end, e, &held)
		}
	}
	return held
}

// inside looks for the source's names in an object, the limits of whose depth
// the line has passed.
func (d *jsonEvents) inside(path string, start, end int, e *event.Event, held *uint64) {
	members, _ := d.reader.members(d.text[start:end], nil)
	for i := range members {
		m := &members[i]
		m.start, m.nameEnd, m.value, m.end = m.start+start, m.nameEnd+start, m.value+start, m.end+start
		name := path + "." + d.name(m)
		if f, ok := d.o.words.fields[name]; ok {
			d.take(e, f, m, name, held)
		}
		if m.kind == '{' && d.o.words.parents[name] {
			d.inside(name, m.value, m.end, e, held)
		}
	}
}

// take fills a field from a member. whole says that the member need not stay
// in data.
func (d *jsonEvents) take(e *event.Event, f event.Field, m *member, name string, held *uint64) (whole bool) {
	if f == event.FieldData || *held&(1<<f) != 0 || m.kind == 'n' || m.kind == '"' && m.end == m.value+2 {
		return false
	}
	before := *e
	clearField(e, f)
	exact := d.set(e, f, m)
	if d.empty(e, f) { // the value is none of the field's; what the format found stays
		*e = before
		return false
	}
	*held |= 1 << f
	d.noted(f, name)
	return exact && (f == event.FieldMsg || f == event.FieldTime)
}

// clearField empties a field that a sender may set.
func clearField(e *event.Event, f event.Field) {
	switch f.Type() {
	case event.Timestamp:
		if f == event.FieldTime {
			e.Time = 0
		} else {
			e.StartTime = 0
		}
	case event.Keyword, event.Text:
		e.SetString(f, "")
	case event.LevelType:
		e.Level = event.NoLevel
	case event.Number:
		e.TimeCost, e.HasTimeCost = 0, false
	case event.List:
		if f == event.FieldFilePath {
			e.FilePath = nil
		} else {
			e.CollectionName = nil
		}
	}
}

func (d *jsonEvents) noted(f event.Field, name string) {
	if d.o.note != nil {
		d.o.note(f, name)
	}
}

// mapping makes the decoder of a line fill fields by the source's own names
// too, from what the format leaves in data.
func (o Options) mapping(line func([]byte, *event.Event) *LineError) func([]byte, *event.Event) *LineError {
	if o.words == nil || len(o.words.fields) == 0 {
		return line
	}
	d := newJSONEvents(&loggerFormat, o)
	return func(text []byte, e *event.Event) *LineError {
		if fail := line(text, e); fail != nil {
			return fail
		}
		if e.Data == "" {
			return nil
		}
		d.text = []byte(e.Data)
		list, _ := d.reader.members(d.text, nil)
		if d.mapped(list, e) == 0 || len(d.whole) == 0 {
			return nil
		}
		d.extra = d.extra[:0]
		for i := range list {
			if !slices.Contains(d.whole, i) {
				d.extra = append(d.extra, i)
			}
		}
		e.Data = ""
		if len(d.extra) > 0 {
			e.Data = d.data(list, nil)
		}
		return nil
	}
}
