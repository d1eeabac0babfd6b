package query

import "strings"

// DataValues finds the values of one path in data, as every search does: in
// nested objects, in keys with dots, through one list of objects on the way.
// It is for one goroutine.
type DataValues struct {
	clause dataClause
	found  []DataValue
}

// A DataValue is a scalar that is not empty: the text of a string, a number in
// its canonical form, true or false.
type DataValue struct {
	Text   string
	Number bool
}

// NewDataValues prepares to look for a path, as Field.Path has it.
func NewDataValues(path string) *DataValues {
	v := &DataValues{clause: newDataClause(path, wantEach)}
	v.clause.each = func(text string, number bool) {
		for _, known := range v.found {
			if known.Text == text {
				return
			}
		}
		v.found = append(v.found, DataValue{text, number})
	}
	return v
}

// Of gives the values in an event's data, each once. They may share memory
// with data; the slice is used again by the next call.
func (v *DataValues) Of(data string) []DataValue {
	v.found = v.found[:0]
	v.clause.match(data)
	return v.found
}

// A KeyKind is what was seen of the values of a key in data.
type KeyKind uint8

// The kinds. A list is of what its first scalar is.
const (
	TextKey KeyKind = iota + 1
	NumberKey
	BoolKey
	ListKey
)

func (k KeyKind) String() string {
	return [...]string{"", "text", "number", "bool", "list"}[k]
}

// MaxKeyPath is the longest path that EachKey tells of, in bytes.
const MaxKeyPath = 512

// EachKey tells of every path in data that has a value, as it is searched:
// a.b for {"a":{"b":1}}, items.price through a list of objects. One that
// stands there several times is told several times, one that is longer than
// MaxKeyPath not at all. Data that is no JSON tells
// what stands before the fault.
func EachKey(data string, each func(path string, kind KeyKind)) {
	w := keyWalk{s: data, each: each}
	if i := skipSpace(data, 0); i < len(data) && data[i] == '{' {
		w.object(i, 1, false)
	}
}

type keyWalk struct {
	s    string
	path []byte
	each func(string, KeyKind)
}

// object tells of the keys of the object at i.
func (w *keyWalk) object(i, step int, listed bool) {
	s := w.s
	base := len(w.path)
	defer func() { w.path = w.path[:base] }()
	for i = skipSpace(s, i+1); i < len(s) && s[i] == '"'; i = skipSpace(s, i+1) {
		end := stringEnd(s, i)
		if end < 0 {
			return
		}
		w.path = w.path[:base]
		if step > 1 {
			w.path = append(w.path, '.')
		}
		w.path = append(w.path, decoded(s[i+1:end])...)
		if i = skipSpace(s, end+1); i >= len(s) || s[i] != ':' {
			return
		}
		if i = skipSpace(s, i+1); i >= len(s) {
			return
		}
		w.value(i, step, listed)
		if i = skipValue(s, i); i < 0 {
			return
		}
		if i = skipSpace(s, i); i >= len(s) || s[i] != ',' {
			return
		}
	}
}

func (w *keyWalk) value(i, step int, listed bool) {
	s := w.s
	switch {
	case s[i] == '{':
		if step < MaxSteps {
			w.object(i, step+1, listed)
		}
	case s[i] == '[':
		scalars := false
		for i = skipSpace(s, i+1); i < len(s) && s[i] != ']'; i = skipSpace(s, i+1) {
			switch {
			case s[i] != '{':
				scalars = scalars || s[i] != '[' && presentValue(s, i)
			case !listed && step < MaxSteps:
				w.object(i, step+1, true)
			}
			if i = skipValue(s, i); i < 0 {
				return
			}
			if i = skipSpace(s, i); i >= len(s) || s[i] != ',' {
				break
			}
		}
		if scalars {
			w.tell(ListKey)
		}
	case !presentValue(s, i):
	case s[i] == '"':
		w.tell(TextKey)
	case s[i] == 't' || s[i] == 'f':
		w.tell(BoolKey)
	default:
		if _, ok := CanonicalNumber(s[i:scalarEnd(s, i)]); ok {
			w.tell(NumberKey)
		}
	}
}

func (w *keyWalk) tell(kind KeyKind) {
	if len(w.path) > 0 && len(w.path) <= MaxKeyPath {
		w.each(string(w.path), kind)
	}
}

// NameOf gives the name by which a key in data is asked for in a query: the
// key, behind "data." where the name alone would mean something else.
func NameOf(path string) string {
	if f := Resolve(path); f.Path != path || strings.HasPrefix(path, "data.") {
		return "data." + path
	}
	return path
}
