package skip

import (
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Candidates gives the rows that may match a query; no other row does. A nil
// query matches everything.
func (r *Reader) Candidates(q *query.Query) Rows {
	if r == nil {
		return Everywhere
	}
	return candidates(r, q)
}

// terms says in which rows a term may stand. What it is given is folded. Of
// rows that are not within it may say anything, and change nothing.
type terms interface {
	word(folded string, within Rows) Rows
	pair(first, second string, within Rows) Rows // two neighbouring characters of a script without spaces
	piece(folded string, within Rows) Rows       // a part of a word
	value(folded string, within Rows) Rows       // the whole of an id or who field
	none(f event.Field) bool                     // no row has the field
}

func candidates(t terms, q *query.Query) Rows {
	if q == nil || q.Root == nil {
		return Everywhere
	}
	return asker{t, Everywhere}.node(q.Root)
}

// An asker asks what a query asks, of the rows that are still in question.
type asker struct {
	terms
	within Rows
}

// but narrows the question to rows, where they are narrower.
func (r asker) but(rows Rows) asker {
	if !rows.All() {
		r.within = Rows{bits: slices.Clone(rows.bits)}
	}
	return r
}

func (r asker) node(n query.Node) Rows {
	switch n := n.(type) {
	case *query.And:
		rows := Everywhere
		for _, part := range n.Of {
			if rows = rows.and(r.but(rows).node(part)).tidy(); rows.None() {
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
		if r.none(n.Field.Column) {
			return Rows{}
		}
	}
	return Everywhere // also of a Not: what is not surely there is not surely absent
}

// words gives the rows that may have a term's tokens next to each other in
// some text field. Of a token with a wildcard only what stands beside it counts.
func (r asker) words(t query.Term) Rows {
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
		r := r.but(rows)
		switch {
		case !token.Single:
			if !starred(token.Start, token.End) {
				rows = rows.and(r.word(query.Fold(text), r.within))
				break
			}
			for _, piece := range pieces(t, token.Start, token.End) {
				rows = rows.and(r.piece(query.Fold(piece), r.within))
			}
		case before.Single && !starred(before.End, token.Start):
			rows = rows.and(r.pair(t.Text[before.Start:before.End], text, r.within))
		default:
			rows = rows.and(r.piece(text, r.within))
		}
		if rows = rows.tidy(); rows.None() {
			break
		}
		before = token
	}
	return rows
}

// pieces cuts a part of a term's text at the wildcards.
func pieces(t query.Term, from, to int) (out []string) {
	for _, at := range append(slices.Clone(t.Stars), to) {
		if at = min(at, to); at > from {
			out = append(out, t.Text[from:at])
			from = at
		}
	}
	return out
}

// who gives the rows that may have a term as the whole of an id or who field.
func (r asker) who(t query.Term) Rows {
	rows := r.whole(t)
	// The ids of traces and spans are compared in another form.
	if on := t.On(event.FieldTraceID); on.Text != t.Text {
		rows = rows.or(r.whole(on))
	}
	if len(t.Stars) > 0 {
		return rows
	}
	if base, n := event.SplitID(t.Text); n > 0 {
		rows = rows.or(r.base(base))
	}
	return rows
}

// whole gives the rows that may have a term as the whole of a value.
func (r asker) whole(t query.Term) Rows {
	if len(t.Stars) == 0 {
		return r.value(query.Fold(t.Text), r.within)
	}
	rows := Everywhere
	for _, piece := range pieces(t, 0, len(t.Text)) {
		r := r.but(rows)
		rows = rows.and(r.piece(query.Fold(piece), r.within))
	}
	return rows.tidy()
}

// base gives the rows whose id may begin so: a stream, or the base of a batch.
func (r asker) base(base string) Rows {
	if base == "" {
		return Everywhere // ids of a number alone have none
	}
	return r.value(query.Fold(base), r.within)
}

func (r asker) equal(n *query.Equal) Rows {
	f, t := n.Field.Column, n.Term
	if f == event.NoField {
		return r.inData(t)
	}
	switch f {
	case event.FieldID:
		rows := r.whole(t)
		if base, n := event.SplitID(t.Text); n > 0 && len(t.Stars) == 0 {
			rows = rows.or(r.base(base))
		}
		return rows
	case event.FieldMsg, event.FieldErrorMsg, event.FieldLabel, event.FieldRaw, event.FieldWords:
		return r.words(t)
	}
	if f.Bare() {
		return r.whole(t.On(f))
	}
	return Everywhere
}

// inData gives the rows that may have a term as the value of a key in data.
// The strings there are in the field words; what is no string is not.
func (r asker) inData(t query.Term) Rows {
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
