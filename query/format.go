package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// String gives the canonical text: one space between parts, "and" written
// out, a field before each of its values, parentheses only where they are
// needed, quotes and escapes likewise. Parse reads it back to an equal tree,
// and gives a canonical text back as it is; only a text that became longer than
// MaxText, by a long name before many values, is refused. What matches all is
// "".
func (q *Query) String() string {
	if _, ok := q.Root.(All); ok || q.Root == nil {
		return ""
	}
	var b writer
	writeNode(&b, q.Root, 0)
	return b.String()
}

// How strongly a part binds; one that binds less than its place needs
// parentheses.
const (
	bindsOr = iota + 1
	bindsAnd
	bindsNot
)

// A writer is where a canonical text is written to. In a step of a sequence a
// ']' needs an escape, for it would end the step.
type writer struct {
	strings.Builder
	step bool
}

func writeNode(b *writer, n Node, binding int) {
	list := func(of []Node, own int, between string) {
		if binding >= own {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, part := range of {
			if i > 0 {
				b.WriteString(between)
			}
			writeNode(b, part, own)
		}
	}
	switch n := n.(type) {
	case All:
		b.WriteByte('*')
	case *And:
		list(n.Of, bindsAnd, " and ")
	case *Or:
		list(n.Of, bindsOr, " or ")
	case *Not:
		b.WriteString("not ")
		writeNode(b, n.Of, bindsNot)
	case *Word:
		writeTerm(b, n.Term, bareWord)
	case *Equal:
		writeName(b, n.Field)
		b.WriteByte(':')
		writeTerm(b, n.Term, valueWord)
	case *Present:
		writeName(b, n.Field)
		b.WriteString(":*")
	case *Compare:
		writeName(b, n.Field)
		b.WriteString([...]string{Greater: " > ", GreaterEqual: " >= ", Less: " < ", LessEqual: " <= "}[n.Op])
		writeValue(b, n.Value.Text, valueWord)
	case *Regexp:
		if !n.Bare {
			writeName(b, n.Field)
			b.WriteByte(':')
		}
		writePattern(b, n.Pattern)
	case *Range:
		writeName(b, n.Field)
		b.WriteByte(':')
		writeBound(b, n.Low, "[", "{")
		b.WriteString(" to ")
		writeBound(b, n.High, "", "")
		if n.High == nil || n.High.Inclusive {
			b.WriteByte(']')
		} else {
			b.WriteByte('}')
		}
	}
}

func writeBound(b *writer, bound *Bound, inclusive, exclusive string) {
	switch {
	case bound == nil:
		b.WriteString(inclusive)
		b.WriteByte('*')
		return
	case bound.Inclusive:
		b.WriteString(inclusive)
	default:
		b.WriteString(exclusive)
	}
	writeValue(b, bound.Value.Text, boundWord)
}

// writeName and writeValue write a text that has no wildcards: as it is, or
// quoted when anything in it is a sign of the syntax.
func writeName(b *writer, f Field) { writeValue(b, f.Name, bareWord) }

func writeValue(b *writer, text string, where place) {
	plain := writer{step: b.step}
	writeTerm(&plain, Term{Text: text}, where)
	if plain.String() == text {
		b.WriteString(text)
		return
	}
	writeTerm(b, Term{Text: text, Quoted: true}, where)
}

func writeTerm(b *writer, t Term, where place) {
	if t.Quoted {
		b.WriteByte('"')
		for i := 0; i < len(t.Text); i++ {
			if c := t.Text[i]; c == '"' || c == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(t.Text[i])
		}
		b.WriteByte('"')
		return
	}
	stars := t.Stars
	next := func(i int) {
		if len(stars) > 0 && stars[0] == i {
			b.WriteByte('*')
			stars = stars[1:]
		}
	}
	for i, r := range t.Text {
		next(i)
		if r == ']' && b.step || needsEscape(r, i == 0 && len(t.Stars) == len(stars), where) || i == 0 && len(t.Stars) == 0 && isReserved(t.Text) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	next(len(t.Text))
}

func isReserved(text string) bool {
	return strings.EqualFold(text, "and") || strings.EqualFold(text, "or") || strings.EqualFold(text, "not")
}

func needsEscape(r rune, first bool, where place) bool {
	switch r {
	case '(', ')', '（', '）', '"', '“', '”', '|', '\\', '*':
		return true
	case ':', '：':
		return where == bareWord || where == keyWord
	case '<', '>':
		return where == bareWord || where == keyWord || first && where == valueWord
	case '[':
		return first && where == valueWord || where == keyWord
	case '{':
		return first && where == valueWord
	case ']', '}':
		return where == boundWord
	case ',', '，':
		return where == pipeWord
	}
	return r >= utf8.RuneSelf && unicode.IsSpace(r) || r == ' ' || r >= '\t' && r <= '\r'
}
