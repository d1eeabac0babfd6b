//go:build !noduck

package duckstore

import (
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// An erasure is a listed one, understood. It never changes; another takes its
// place.
type erasure struct {
	ListedErasure
	query   *query.Query // nil means everything
	pending map[int]bool
}

func newErasure(l ListedErasure) (*erasure, error) {
	e := &erasure{ListedErasure: l, pending: map[int]bool{}}
	for _, n := range l.Pending {
		e.pending[n] = true
	}
	if l.All {
		return e, nil
	}
	var err error
	e.query, err = query.Parse(l.Query)
	return e, err
}

// with gives the erasure with other pending segments and more events removed;
// it is done at now when none is left.
func (e *erasure) with(pending []int, removed, now int64) *erasure {
	c := *e
	c.Pending, c.pending = pending, map[int]bool{}
	for _, n := range pending {
		c.pending[n] = true
	}
	c.Removed += removed
	if len(pending) == 0 {
		c.Done = now
	}
	return &c
}

// expired says whether what a project has in a segment of that day is hidden.
func expired(floors map[string]store.Day, project string, day int64) bool {
	return store.Day(day) < max(floors[""], floors[project])
}

// visibleRows counts the rows that no floor hides.
func (e *entry) visibleRows(floors map[string]store.Day) (n int64) {
	if e.State == stateQuarantined {
		return 0
	}
	for project, rows := range e.Projects {
		if !expired(floors, project, e.Day) {
			n += rows
		}
	}
	return n
}

// extentUnknown: set aside before it was sealed, so that nobody knows what it
// had.
func (e *entry) extentUnknown() bool { return e.State == stateQuarantined && e.SHA256 == "" }

// erased compiles what the pending erasures of a project mean in a segment:
// of its events, and of its dead letters.
func erased(erasures []*erasure, project string, e *entry, set *predicateSet) (events, dead condition) {
	events, dead = never, never
	for _, x := range erasures {
		if x.Project == project && x.pending[e.N] {
			events = or(events, x.events(e, set))
			dead = or(dead, x.deadLetters())
		}
	}
	return events, dead
}

// events is the condition on events of a segment; most segments surely have
// none of them.
func (x *erasure) events(e *entry, set *predicateSet) condition {
	if ix := e.index.index(); ix != nil && x.query != nil && ix.Candidates(x.query).None() {
		return never
	}
	return certain(compile(x.query, e, set))
}

// certain makes a condition that is never null.
func certain(c condition) condition {
	if c == always || c == never {
		return c
	}
	return condition("((" + string(c) + ") IS TRUE)")
}

// deadLetters is the condition on dead letters. They cannot be queried by
// field, so it means those whose text has one of the values that the query
// asks for in an id or who field, in data, or as a bare word.
func (x *erasure) deadLetters() condition {
	if matchAll(x.query) {
		return always
	}
	out := never
	for _, value := range wanted(x.query.Root) {
		out = or(out, condition("contains(text, "+literal(value)+")"))
	}
	return out
}

// wanted lists the whole values that a query asks for and that tell somebody
// from others: not those of fields like level, which half of all events share,
// and not what it excludes.
func wanted(n query.Node) (values []string) {
	add := func(t query.Term) {
		if len(t.Stars) == 0 && t.Text != "" {
			values = append(values, t.Text)
		}
	}
	switch n := n.(type) {
	case *query.And:
		for _, part := range n.Of {
			values = append(values, wanted(part)...)
		}
	case *query.Or:
		for _, part := range n.Of {
			values = append(values, wanted(part)...)
		}
	case *query.Word:
		add(n.Term)
	case *query.Equal:
		switch f := n.Field.Column; {
		case f == event.NoField, slices.Contains(event.BareKeyword[:], f):
			add(n.Term)
		case f == event.FieldInvoker:
			t := n.Term
			t.Text = strings.TrimPrefix(t.Text, "uid:")
			add(t)
		}
	}
	return values
}
