package skip

import (
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Candidates gives the rows that may match a query; no other row does. A nil
// query matches everything.
func (r *Reader) Candidates(q *query.Query) Rows {
	if r == nil || q == nil || q.Root == nil {
		return Everywhere
	}
	return r.node(q.Root)
}

func (r *Reader) node(n query.Node) Rows {
	switch n := n.(type) {
	case *query.And:
		rows := Everywhere
		for _, part := range n.Of {
			if rows = rows.and(r.node(part)).tidy(); rows.None() {
				break
			}
		}
		return rows
	case *query.Or:
		rows := Rows{}
		for _, part := range n.Of {
			if rows = rows.or(r.node(part)); rows.All() {
				break
			}
		}
		return rows
	case *query.Word:
		rows := r.who(n.Term)
		if rows.All() {
			return rows
		}
		return rows.or(r.words(n.Term))
	case *query.Equal:
		return r.equal(n)
	case *query.Present:
		if v := r.Values(n.Field.Column); v != nil && v.Rows == 0 {
			return Rows{}
		}
	}
	return Everywhere // also of a Not: what is not surely there is not surely absent
}

// words gives the rows that may have a term's tokens next to each other in
// some text field. A token with a wildcard says nothing.
func (r *Reader) words(t query.Term) Rows {
	rows := Everywhere
	stars := t.Stars
	// starred says whether a wildcard stands in [from, to]. The questions
	// ascend.
	starred := func(from, to int) bool {
		for len(stars) > 0 && stars[0] < from {
			stars = stars[1:]
		}
		return len(stars) > 0 && stars[0] <= to
	}
	var before query.Token
	for token := range query.Tokens(t.Text) {
		text := t.Text[token.Start:token.End]
		switch {
		case !token.Single:
			if !starred(token.Start, token.End) {
				rows = rows.and(r.term(hashTerm(wordTerm, query.Fold(text))))
			}
		case before.Single && !starred(before.End, token.Start):
			rows = rows.and(r.term(hashTerm(pairTerm, t.Text[before.Start:before.End]+text)))
		}
		if rows = rows.tidy(); rows.None() {
			break
		}
		before = token
	}
	return rows
}

// who gives the rows that may have a term as the whole of an id or who field.
func (r *Reader) who(t query.Term) Rows {
	if len(t.Stars) > 0 {
		return Everywhere
	}
	rows := r.value(t.Text)
	// The ids of traces and spans are compared in another form.
	if on := t.On(event.FieldTraceID); on.Text != t.Text {
		rows = rows.or(r.value(on.Text))
	}
	if base, n := event.SplitID(t.Text); n > 0 {
		rows = rows.or(r.base(base))
	}
	return rows
}

// base gives the rows whose id may begin so: a stream, or the base of a batch.
func (r *Reader) base(base string) Rows {
	if base == "" {
		return Everywhere // ids of a number alone have none
	}
	return r.value(base)
}

func (r *Reader) value(s string) Rows { return r.term(hashTerm(valueTerm, query.Fold(s))) }

func (r *Reader) equal(n *query.Equal) Rows {
	f, t := n.Field.Column, n.Term
	if f == event.NoField {
		return r.inData(t)
	}
	switch f {
	case event.FieldID:
		if len(t.Stars) > 0 {
			return Everywhere
		}
		rows := r.value(t.Text)
		if base, n := event.SplitID(t.Text); n > 0 {
			rows = rows.or(r.base(base))
		}
		return rows
	case event.FieldMsg, event.FieldErrorMsg, event.FieldLabel, event.FieldRaw, event.FieldWords:
		return r.words(t)
	}
	if f.Bare() && len(t.Stars) == 0 {
		return r.value(t.On(f).Text)
	}
	return Everywhere
}

// inData gives the rows that may have a term as the value of a key in data.
// The strings there are in the field words; what is no string is not.
func (r *Reader) inData(t query.Term) Rows {
	if _, number := query.CanonicalNumber(t.Text); number || len(t.Stars) > 0 {
		return Everywhere
	}
	for _, s := range []string{"true", "false", "null"} {
		if strings.EqualFold(s, t.Text) {
			return Everywhere
		}
	}
	return r.words(t)
}
