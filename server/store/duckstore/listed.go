//go:build !noduck

package duckstore

import (
	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// maxListed is the most values that a column is compared with one by one; a
// pattern is dearer for each row and cheaper to plan.
const maxListed = 40

// listed compiles a term on a column whose values the segment's skip index
// lists: which of them match is known before any row is read. known is false
// when it does not list them, or too many match.
func (c *compiler) listed(f event.Field, t query.Term) (x condition, known bool) {
	v := c.e.index.index().Values(f)
	if v == nil {
		return "", false
	}
	m := (&query.Query{Root: &query.Equal{Field: query.Field{Name: f.Name(), Column: f}, Term: t}}).Matcher()
	var e event.Event
	var match []string
	for _, s := range v.List {
		e.SetString(f, s)
		if m.Match(&e) {
			match = append(match, s)
		}
	}
	switch {
	case len(match) == 0:
		return never, true
	case len(match) == len(v.List):
		return c.there(f, v), true
	case len(match) > maxListed:
		return "", false
	case len(match) == 1:
		return condition(name(f) + " = " + literal(match[0])), true
	}
	in := name(f) + " IN ("
	for i, s := range match {
		if i > 0 {
			in += ", "
		}
		in += literal(s)
	}
	return condition(in + ")"), true
}

// there compiles that a column has a value.
func (c *compiler) there(f event.Field, v *skip.Values) condition {
	switch v.Rows {
	case 0:
		return never
	case c.e.index.Rows():
		c.settled |= 1 << columnOf[f]
		return always
	}
	return condition(name(f) + " IS NOT NULL")
}
