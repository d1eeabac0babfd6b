package query

import (
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
)

// A Near is a query that may find something where another finds nothing.
type Near struct {
	Query *Query
	Why   NearReason
}

// A NearReason says in what a near query differs.
type NearReason string

// The reasons, the likeliest first.
const (
	NearField   NearReason = "field"   // another name of a field
	NearLevel   NearReason = "level"   // a level asked for as such, or more severe ones too
	NearPart    NearReason = "part"    // words and values found inside others
	NearWords   NearReason = "words"   // the words of a phrase, anywhere
	NearWithout NearReason = "without" // one part left out
)

// maxNear bounds what is thought of: each has to be tried.
const maxNear = 16

// Near gives queries that may find something where this one finds nothing, the
// likeliest first. rename gives the name that was probably meant for a field,
// "" for none.
func (q *Query) Near(rename func(Field) string) []Near {
	var out []Near
	seen := []string{q.String()}
	add := func(root Node, why NearReason) {
		n := &Query{Root: root}
		text := n.String()
		if len(out) == maxNear || text == "" || slices.Contains(seen, text) || len(text) > MaxText {
			return
		}
		n.Text = text
		seen = append(seen, text)
		out = append(out, Near{n, why})
	}
	root := replaced(q.Root, false, func(n Node) Node { return renamed(n, rename) })
	add(root, NearField)
	add(replaced(root, false, asLevel), NearLevel)
	// One word at a time first, then all of them.
	leaves := 0
	replaced(root, false, func(n Node) Node {
		leaves++
		return n
	})
	for i := range min(leaves, 5) {
		at := 0
		add(replaced(root, false, func(n Node) Node {
			if at++; at == i+1 {
				return asPart(n)
			}
			return n
		}), NearPart)
	}
	add(replaced(root, false, asPart), NearPart)
	add(replaced(root, false, asWords), NearWords)
	if all, ok := root.(*And); ok {
		for i := len(all.Of) - 1; i >= 0; i-- {
			rest := append(slices.Clone(all.Of[:i]), all.Of[i+1:]...)
			add(join(rest, true), NearWithout)
		}
	}
	return out
}

// replaced gives the tree with its leaves changed, but for those under an odd
// number of nots. The tree itself stays.
func replaced(n Node, not bool, change func(Node) Node) Node {
	list := func(of []Node) []Node {
		out := make([]Node, len(of))
		for i, part := range of {
			out[i] = replaced(part, not, change)
		}
		return out
	}
	switch n := n.(type) {
	case *And:
		return join(list(n.Of), true)
	case *Or:
		return join(list(n.Of), false)
	case *Not:
		return &Not{Of: replaced(n.Of, !not, change)}
	}
	if not {
		return n
	}
	return change(n)
}

// renamed gives a leaf with the name of its field that was probably meant, if
// its value is one that the field can have.
func renamed(n Node, rename func(Field) string) Node {
	f, ok := fieldOf(n)
	if !ok {
		return n
	}
	name := rename(f)
	if name == "" {
		return n
	}
	var b writer
	writeNode(&b, withField(n, Field{Name: name}), 0)
	q, err := Parse(b.String())
	if err != nil {
		return n
	}
	return q.Root
}

func withField(n Node, f Field) Node {
	switch n := n.(type) {
	case *Equal:
		return &Equal{Field: f, Term: n.Term}
	case *Present:
		return &Present{Field: f}
	case *Compare:
		return &Compare{Field: f, Op: n.Op, Value: n.Value}
	case *Range:
		return &Range{Field: f, Low: n.Low, High: n.High}
	case *Regexp:
		return &Regexp{Field: f, Pattern: n.Pattern}
	}
	return n
}

// asLevel: the word error is the level; level:warn is that or more severe.
func asLevel(n Node) Node {
	field := Field{Name: event.FieldLevel.Name(), Column: event.FieldLevel}
	switch n := n.(type) {
	case *Word:
		if l, ok := event.ParseLevel(n.Term.Text); ok && !n.Term.Quoted && len(n.Term.Stars) == 0 {
			return &Equal{Field: field, Term: Term{Text: l.String()}}
		}
	case *Equal:
		l, ok := event.ParseLevel(n.Term.Text)
		if ok && n.Field.Column == event.FieldLevel && l < event.Fatal && l > event.Debug {
			return &Compare{Field: n.Field, Op: GreaterEqual, Value: Value{Text: l.String(), Level: l}}
		}
	}
	return n
}

// asPart: a word found inside others, a value inside longer ones.
func asPart(n Node) Node {
	starred := func(t Term) (Term, bool) {
		single := true
		for token := range Tokens(t.Text) {
			single = single && token.Single
		}
		if t.Quoted || single || len(t.Text) > 200 { // Chinese is found inside a sentence anyway
			return t, false
		}
		stars := t.Stars
		if len(stars) == 0 || stars[0] > 0 {
			stars = append([]int{0}, stars...)
		}
		if stars[len(stars)-1] < len(t.Text) {
			stars = append(slices.Clone(stars), len(t.Text))
		}
		return Term{Text: t.Text, Stars: stars}, len(stars) > len(t.Stars)
	}
	switch n := n.(type) {
	case *Word:
		if t, ok := starred(n.Term); ok {
			return &Word{Term: t}
		}
	case *Equal:
		switch n.Field.Column.Type() {
		case event.Timestamp, event.Number, event.LevelType, event.JSON:
			return n
		}
		if t, ok := starred(n.Term); ok {
			return &Equal{Field: n.Field, Term: t}
		}
	}
	return n
}

// asWords: the words of a phrase, in any order and any place.
func asWords(n Node) Node {
	var t Term
	var f *Field
	switch n := n.(type) {
	case *Word:
		t = n.Term
	case *Equal:
		if n.Field.Column.Type() == event.Text {
			t, f = n.Term, &n.Field
		}
	}
	if !t.Quoted {
		return n
	}
	var of []Node
	for _, word := range strings.Fields(t.Text) {
		for range Tokens(word) { // has one
			if part := (Term{Text: word, Quoted: isReserved(word)}); f != nil {
				of = append(of, &Equal{Field: *f, Term: part})
			} else {
				of = append(of, &Word{Term: part})
			}
			break
		}
	}
	if len(of) < 2 || len(of) > 10 {
		return n
	}
	return join(of, true)
}
