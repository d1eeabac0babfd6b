package store

import (
	"cmp"
	"math"
	"slices"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// MaxKeys is the most keys of data that are told apart.
const MaxKeys = 5000

// Keys asks which fields matching events have.
type Keys struct {
	Scope
	// Rows is about how many rows are looked at, at most; those of a larger
	// range are spread evenly over it.
	Rows int64
}

// KeyAnswer answers Keys.
type KeyAnswer struct {
	Looked int64 // events that were looked at
	// Share of the rows that was read, 1 when all were. What stands in Fields
	// are counts among those that were looked at.
	Share  float64
	Fields []SeenField // columns in their order, then keys of data, most frequent first
	// More says that there are more keys in data than could be told apart.
	More bool
	Cost
}

// A SeenField is a column or a key in data that some event has.
type SeenField struct {
	Field   query.Field
	Kind    query.KeyKind // of a key in data, what most of its values are
	Present int64         // events that have it
}

// A KeyTally counts which fields events have. Stores feed one, or several that
// they merge. It is for one goroutine.
type KeyTally struct {
	looked  int64
	columns [event.NumFields]int64
	keys    map[string]*seenKey
	more    bool
	last    int64 // the event that data was read of, to count a key once
}

type seenKey struct {
	present, last int64
	kinds         [query.ListKey + 1]int64
}

// NewKeyTally begins to count.
func NewKeyTally() *KeyTally { return &KeyTally{keys: map[string]*seenKey{}} }

// Looked counts n events.
func (t *KeyTally) Looked(n int) { t.looked += int64(n) }

// Column counts n events that have a column.
func (t *KeyTally) Column(f event.Field, n int) { t.columns[f] += int64(n) }

// Data counts the keys of one event's data.
func (t *KeyTally) Data(data string) {
	t.last++
	query.EachKey(data, func(path string, kind query.KeyKind) {
		k := t.keys[path]
		if k == nil {
			if len(t.keys) >= MaxKeys {
				t.more = true
				return
			}
			k = &seenKey{}
			t.keys[path] = k
		}
		if k.last != t.last {
			k.last = t.last
			k.present++
		}
		k.kinds[kind]++
	})
}

// Add counts an event.
func (t *KeyTally) Add(e *event.Event) {
	t.Looked(1)
	for f := event.NoField + 1; f < event.NumFields; f++ {
		there := e.String(f) != ""
		switch f.Type() {
		case event.LevelType:
			there = e.Level != event.NoLevel
		case event.Number:
			there = f == event.FieldSeq && e.Seq > 0 || f == event.FieldTimeCost && e.HasTimeCost
		case event.Timestamp:
			there = f == event.FieldTime || e.Timestamp(f) != 0
		case event.List:
			there = len(e.Strings(f)) > 0 || f == event.FieldFlags && len(e.Flags.Names()) > 0
		}
		if f == event.FieldID {
			there = e.ID() != ""
		}
		if there && f != event.FieldWords { // derived for searching, never shown
			t.Column(f, 1)
		}
	}
	if e.Data != "" {
		t.Data(e.Data)
	}
}

// Merge adds what another tally has counted.
func (t *KeyTally) Merge(o *KeyTally) {
	t.looked += o.looked
	t.more = t.more || o.more
	for f, n := range o.columns {
		t.columns[f] += n
	}
	for path, b := range o.keys {
		a := t.keys[path]
		if a == nil {
			if len(t.keys) >= MaxKeys {
				t.more = true
				continue
			}
			a = &seenKey{}
			t.keys[path] = a
		}
		a.present += b.present
		for kind, n := range b.kinds {
			a.kinds[kind] += n
		}
	}
}

// Answer gives what was counted, of a share of the rows.
func (t *KeyTally) Answer(share float64) KeyAnswer {
	out := KeyAnswer{Looked: t.looked, Share: share, More: t.more}
	for f, n := range t.columns {
		if n > 0 {
			f := event.Field(f)
			out.Fields = append(out.Fields, SeenField{Field: query.Field{Name: f.Name(), Column: f}, Present: n})
		}
	}
	columns := len(out.Fields)
	for path, k := range t.keys {
		kind, most := query.TextKey, int64(math.MinInt64)
		for i := query.TextKey; i <= query.ListKey; i++ {
			if k.kinds[i] > most {
				kind, most = i, k.kinds[i]
			}
		}
		out.Fields = append(out.Fields, SeenField{query.Field{Name: query.NameOf(path), Path: path}, kind, k.present})
	}
	slices.SortFunc(out.Fields[columns:], func(a, b SeenField) int {
		return cmp.Or(cmp.Compare(b.Present, a.Present), cmp.Compare(a.Field.Path, b.Field.Path))
	})
	return out
}
