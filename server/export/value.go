package export

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// A Column is one column of the rows.
type Column struct {
	Name  string
	field query.Field
	kind  kind
	steps bool // what followed, in a row of a sequence
}

// A kind is what the values of a column are, or one value is.
type kind uint8

const (
	none kind = iota
	text
	number
	whole // a number without a fraction
	moment
	list
	object // any JSON
)

func kindOf(f query.Field) kind {
	switch f.Column.Type() {
	case event.Timestamp:
		return moment
	case event.List:
		return list
	case event.JSON:
		return object
	case event.Number:
		if f.Column == event.FieldSeq {
			return whole
		}
		return number
	}
	return text
}

// A value is what stands in one column of one row. In a column of texts there
// may be numbers and other JSON: those that stand in data.
type value struct {
	kind kind
	text string // of text as it is; of numbers and other JSON as JSON
	list []string
	at   int64 // ns since the epoch
}

func (c *Column) of(e *event.Event, data *dataReader) value {
	f := c.field.Column
	if f == event.NoField {
		return data.find(c.field.Path)
	}
	switch f.Type() {
	case event.Timestamp:
		if ns := e.Timestamp(f); ns != 0 {
			return value{kind: moment, at: ns}
		}
		return value{}
	case event.List:
		if l := e.Strings(f); len(l) > 0 {
			return value{kind: list, list: l}
		}
		return value{}
	case event.LevelType:
		return textValue(e.Level.String())
	case event.JSON:
		if e.Data == "" {
			return value{}
		}
		return value{kind: object, text: e.Data}
	case event.Number:
		switch {
		case f == event.FieldSeq && e.Seq > 0:
			return value{kind: number, text: strconv.FormatUint(e.Seq, 10)}
		case f == event.FieldTimeCost && e.HasTimeCost:
			return value{kind: number, text: string(event.AppendNumber(nil, e.TimeCost))}
		}
		return value{}
	}
	return textValue(e.String(f))
}

func stepsValue(then []*event.Event) value {
	if len(then) == 0 {
		return value{}
	}
	return value{kind: object, text: string(appendEvents(nil, then))}
}

func appendEvents(dst []byte, events []*event.Event) []byte {
	dst = append(dst, '[')
	for i, e := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendJSON(dst, e)
	}
	return append(dst, ']')
}

func textValue(s string) value {
	if s == "" {
		return value{}
	}
	return value{kind: text, text: s}
}

func cellValue(c query.Cell) value {
	switch c.Type {
	case "":
		return value{}
	case query.NumberColumn:
		return value{kind: number, text: c.Text}
	case query.TimeColumn:
		if ns, err := event.ParseTime(c.Text); err == nil {
			return value{kind: moment, at: ns}
		}
	}
	return textValue(c.Text)
}

// A dataReader finds the values of one event's data. It decodes the data when
// first asked.
type dataReader struct {
	json   string
	object map[string]json.RawMessage
	read   bool
	splits map[string][][]string
}

func (d *dataReader) reset(json string) { d.json, d.object, d.read = json, nil, false }

// find gives the value at a path, the fully nested one before those whose keys
// have dots in them, as searches take them.
func (d *dataReader) find(path string) value {
	if !d.read {
		d.read = true
		if json.Unmarshal([]byte(d.json), &d.object) != nil {
			d.object = nil // data is an object, or absent
		}
	}
	if d.object == nil {
		return value{}
	}
	splits, ok := d.splits[path]
	if !ok {
		if d.splits == nil {
			d.splits = map[string][][]string{}
		}
		splits = query.Splits(path)
		d.splits[path] = splits
	}
	for _, keys := range splits {
		if raw, ok := descend(d.object, keys); ok {
			return jsonValue(raw)
		}
	}
	return value{}
}

func descend(at map[string]json.RawMessage, keys []string) (json.RawMessage, bool) {
	for i, key := range keys {
		raw, ok := at[key]
		if !ok || i == len(keys)-1 {
			return raw, ok
		}
		at = nil
		if json.Unmarshal(raw, &at) != nil {
			return nil, false
		}
	}
	return nil, false
}

func jsonValue(raw json.RawMessage) value {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return value{}
	case raw[0] == '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return value{}
		}
		return textValue(s)
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return value{kind: number, text: string(raw)}
	}
	return value{kind: object, text: oneLine(string(raw))}
}

// oneLine takes the line breaks out that stand between the parts of JSON; in
// its strings they are escaped.
func oneLine(json string) string {
	if strings.ContainsAny(json, "\n\r") {
		return strings.NewReplacer("\n", "", "\r", "").Replace(json)
	}
	return json
}

// plain is a value as text.
func (v *value) plain() string {
	switch v.kind {
	case moment:
		return string(event.AppendTime(nil, v.at))
	case list:
		return string(appendList(nil, v.list))
	}
	return v.text
}

func appendList(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendString(dst, s)
	}
	return append(dst, ']')
}
