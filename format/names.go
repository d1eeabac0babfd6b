package format

import (
	"strings"

	"github.com/clewline/clewline/event"
)

// A name is what a format makes of the name of a JSON member.
type name struct {
	text  string
	field event.Field
	alias bool // another spelling: the member also stays in data
	index int  // among the table's names
}

// A nameTable finds names without hashing all of them: the map of the language
// costs 16 ns a look-up, this 4, and an event has twenty.
type nameTable struct {
	slots [512]slot
	count int
	// parents are the names of objects whose members are aliases, such as
	// the log of log.level.
	parents map[string]bool
}

// A slot has the text beside the pointer, so that a look-up that fails, or
// meets a neighbour, need not follow it.
type slot struct {
	text string
	name *name
}

const maxNames = 256 // bounds jsonEvents.seen, and keeps the table half empty

func (t *nameTable) place(s string) uint32 {
	n := uint32(len(s))
	if n == 0 {
		return 0
	}
	// These factors were searched for: the native names do not collide.
	return (n*334 + uint32(s[0])*195 + uint32(s[n>>1])*404 + uint32(s[n-1])*108) % uint32(len(t.slots))
}

func (t *nameTable) add(text string, f event.Field, alias bool) {
	if t.count == maxNames {
		panic("format: too many names in one format")
	}
	at := t.place(text)
	for t.slots[at].name != nil {
		at = (at + 1) % uint32(len(t.slots))
	}
	t.slots[at] = slot{text, &name{text, f, alias, t.count}}
	t.count++
	if parent, _, dotted := strings.Cut(text, "."); dotted {
		if t.parents == nil {
			t.parents = map[string]bool{}
		}
		t.parents[parent] = true
	}
}

// find gives nil for a name that means nothing to the format.
func (t *nameTable) find(s string) *name {
	for at := t.place(s); ; at = (at + 1) % uint32(len(t.slots)) {
		if slot := &t.slots[at]; slot.name == nil || slot.text == s {
			return slot.name
		}
	}
}

// without gives a table that lacks some names.
func (t *nameTable) without(names map[string]event.Field) *nameTable {
	kept := make([]*name, t.count)
	for _, slot := range t.slots {
		if slot.name != nil {
			kept[slot.name.index] = slot.name
		}
	}
	out := new(nameTable)
	for _, n := range kept {
		if _, gone := names[n.text]; !gone {
			out.add(n.text, n.field, n.alias)
		}
	}
	return out
}

// newNames builds a table of the fields that a sender may set, and of aliases.
func newNames(aliases map[event.Field][]string, also ...event.Field) *nameTable {
	t := new(nameTable)
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if !f.Derived() {
			t.add(f.Name(), f, false)
		}
	}
	for _, f := range also {
		t.add(f.Name(), f, false)
	}
	for f := event.NoField + 1; f < event.NumFields; f++ {
		for _, alias := range aliases[f] {
			t.add(alias, f, true)
		}
	}
	return t
}
