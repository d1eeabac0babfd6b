package query

import (
	"strings"

	"github.com/clewline/clewline/event"
)

// MaxSteps is the most keys that a name in data is taken apart into. A dot
// beyond them is part of the last key.
const MaxSteps = 6

// Resolve finds what a name in a query means: a column of the event, then
// another spelling of one (event.SearchAlias), then a key in data. "data.x"
// is always the key x. Names are case-sensitive, as keys are.
func Resolve(name string) Field {
	f := Field{Name: name}
	if f.Column = event.FieldByName(name); f.Column != event.NoField {
		return f
	}
	if f.Column = event.SearchAlias(name); f.Column != event.NoField {
		return f
	}
	f.Path = name
	if key, ok := strings.CutPrefix(name, "data."); ok && key != "" {
		f.Path = key
	}
	return f
}

// Splits gives every sequence of keys by which a path in data may be reached,
// the fully nested one first: "a.b" is a then b, or "a.b" alone. A path of n
// parts has 2^(n-1) of them, so at most 2^(MaxSteps-1).
//
// Between two keys of one sequence at most one list of objects may be gone
// through; at its end, a list's elements are the values.
func Splits(path string) [][]string {
	parts := strings.SplitN(path, ".", MaxSteps)
	gaps := len(parts) - 1
	splits := make([][]string, 0, 1<<gaps)
	for joined := range 1 << gaps { // bit i set: the dot after part i belongs to a key
		keys := []string{parts[0]}
		for i := range gaps {
			if joined&(1<<i) != 0 {
				keys[len(keys)-1] += "." + parts[i+1]
			} else {
				keys = append(keys, parts[i+1])
			}
		}
		splits = append(splits, keys)
	}
	return splits
}

// Suggest finds the known name that was probably meant: the same in another
// letter case, else the nearest within two edits (one for names of up to
// three letters; a swap of neighbours is one edit). It is "" when none is
// near, and when name is itself known.
func Suggest(name string, known []string) string {
	best, least := "", 3
	if len(name) <= 3 {
		least = 2
	}
	for _, k := range known {
		if k == name {
			return ""
		}
		distance := 0
		if !strings.EqualFold(k, name) {
			distance = max(1, edits(name, k, least))
		}
		if distance < least {
			best, least = k, distance
		}
	}
	return best
}

// edits counts insertions, deletions, replacements and swaps of neighbours
// from a to b; any count from limit on is given as limit.
func edits(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= limit || len(y)-len(x) >= limit || len(x) > event.MaxID || len(y) > event.MaxID {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], limit)
}

// Fields lists the fields that a query names, each once, in their order.
func (q *Query) Fields() []Field {
	var fields []Field
	seen := make(map[string]bool)
	q.walk(func(n Node, _ bool) {
		if f, ok := fieldOf(n); ok && !seen[f.Name] {
			seen[f.Name] = true
			fields = append(fields, f)
		}
	})
	return fields
}

// Words lists the terms to highlight in what a query found, each once, in
// their order: its bare words and the values of its fields, but for those
// under an odd number of nots.
func (q *Query) Words() []Term {
	var terms []Term
	seen := make(map[string]bool)
	q.walk(func(n Node, not bool) {
		var t Term
		switch n := n.(type) {
		case *Word:
			t = n.Term
		case *Equal:
			t = n.Term
		default:
			return
		}
		var b writer
		writeTerm(&b, t, bareWord)
		if key := b.String(); !not && !seen[key] {
			seen[key] = true
			terms = append(terms, t)
		}
	})
	return terms
}

func fieldOf(n Node) (Field, bool) {
	switch n := n.(type) {
	case *Equal:
		return n.Field, true
	case *Present:
		return n.Field, true
	case *Compare:
		return n.Field, true
	case *Range:
		return n.Field, true
	case *Regexp:
		return n.Field, !n.Bare
	}
	return Field{}, false
}

// walk visits every node, in order; not says whether an odd number of nots
// stands above it.
func (q *Query) walk(visit func(n Node, not bool)) {
	var down func(n Node, not bool)
	down = func(n Node, not bool) {
		visit(n, not)
		switch n := n.(type) {
		case *And:
			for _, part := range n.Of {
				down(part, not)
			}
		case *Or:
			for _, part := range n.Of {
				down(part, not)
			}
		case *Not:
			down(n.Of, !not)
		}
	}
	down(q.Root, false)
}
