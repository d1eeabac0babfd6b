// Package query is Clewline's query language: text to tree, errors with a
// column, names resolved to fields, the RE2 pattern that says what a term
// matches, and the in-memory matcher. Executors of stores live with the
// stores and are held to this package by property tests. What the language
// means is told in docs/query.md.
package query

import "github.com/clewline/clewline/event"

// A Query is a parsed query. It is immutable and may be shared.
type Query struct {
	Root Node
	Text string // as typed
}

// A Node is a part of the tree: one of All, And, Or, Not, Word, Equal,
// Present, Compare, Range, Regexp.
type Node interface{ node() }

// All matches every event: the empty query, or a lone *.
type All struct{}

// And matches where each of its parts does. It has at least two.
type And struct{ Of []Node }

// Or matches where any of its parts does. It has at least two.
type Or struct{ Of []Node }

// Not matches where its part does not.
type Not struct{ Of Node }

// Word is a bare word or phrase: it matches a text field by tokens
// (event.BareText), or an id or who field as a whole (event.BareKeyword).
type Word struct{ Term Term }

// Equal is field:term.
type Equal struct {
	Field Field
	Term  Term
}

// Present is field:*, the field is there and not empty.
type Present struct{ Field Field }

// Compare is field > value and its like. Equality is Equal, never Compare.
type Compare struct {
	Field Field
	Op    Op
	Value Value
}

// Range is field:[low to high]. A nil bound is open.
type Range struct {
	Field     Field
	Low, High *Bound
}

// A Bound is one end of a Range.
type Bound struct {
	Value     Value
	Inclusive bool
}

func (All) node()      {}
func (*And) node()     {}
func (*Or) node()      {}
func (*Not) node()     {}
func (*Word) node()    {}
func (*Equal) node()   {}
func (*Present) node() {}
func (*Compare) node() {}
func (*Range) node()   {}

// Op is an ordering comparison.
type Op uint8

// The operators.
const (
	Greater Op = iota + 1
	GreaterEqual
	Less
	LessEqual
)

// A Field is a resolved name: a column of the event, or a key in data.
type Field struct {
	Name   string      // as typed, unescaped
	Column event.Field // NoField when the name is in data
	// Path is the key in data, when Column is NoField: "a.b" finds both
	// {"a":{"b":1}} and {"a.b":1}. For the name "data.x" it is "x".
	Path string
}

// A Term is a word, a phrase or a value with wildcards.
type Term struct {
	// Text has the escapes resolved and the wildcards removed.
	Text string
	// Stars are the byte offsets in Text, ascending, at which a wildcard
	// stands: "a*b" is Text "ab", Stars {1}.
	Stars  []int
	Quoted bool
}

// A Value is the right side of a comparison, read in each way that it can be.
type Value struct {
	Text string
	// Number is the decimal, in its canonical form (see CanonicalNumber),
	// "" when Text is no number.
	Number string
	// Time is the instant in ns, when IsTime: for fields that compare as times.
	// A date is its first or last nanosecond, whichever is right for the
	// operator, so that executors compare and think no more (see TimeBounds).
	Time   int64
	IsTime bool
	// Level is set for the level field.
	Level event.Level
}
