package query

import (
	"math/bits"
	"strings"

	"github.com/clewline/clewline/event"
)

// maxGrouped is the most clauses that one walk through data tests: a bit each.
const maxGrouped = 64

// A dataGroup is several tests on data of which any must hold, or all. It
// walks through the keys at the top once for all of them; one walk for each
// cost three times as much for five.
type dataGroup struct {
	clauses []dataClause
	any     bool
}

func (g *dataGroup) match(s string) bool {
	escapes := strings.IndexByte(s, '\\') >= 0
	var open uint64
	for k := range g.clauses {
		if escapes || strings.Contains(s, g.clauses[k].tail) {
			open |= 1 << k
		} else if !g.any {
			return false
		}
	}
	i := skipSpace(s, 0)
	if open == 0 || i >= len(s) || s[i] != '{' {
		return false
	}
	i = skipSpace(s, i+1)
	for i < len(s) && s[i] == '"' {
		end := stringEnd(s, i)
		if end < 0 {
			return false
		}
		key := s[i+1 : end]
		if i = skipSpace(s, end+1); i >= len(s) || s[i] != ':' {
			return false
		}
		if i = skipSpace(s, i+1); i >= len(s) {
			return false
		}
		for left := open; left != 0; left &= left - 1 {
			k := bits.TrailingZeros64(left)
			c := &g.clauses[k]
			if !c.member(s, i, key, c.path, 1, false) {
				continue
			}
			if open &^= 1 << k; open == 0 || g.any {
				return true
			}
		}
		if i = skipValue(s, i); i < 0 {
			return false
		}
		if i = skipSpace(s, i); i >= len(s) || s[i] != ',' {
			return false
		}
		i = skipSpace(s, i+1)
	}
	return false
}

// dataClauseOf gives the test on data that a part of the tree is, if it is one.
func dataClauseOf(n Node) (dataClause, bool) {
	f, ok := fieldOf(n)
	if !ok || f.Column != event.NoField {
		return dataClause{}, false
	}
	switch n := n.(type) {
	case *Equal:
		return termClause(f, n.Term), true
	case *Present:
		return newDataClause(f.Path, wantPresent), true
	case *Compare:
		low, high := n.bounds()
		return rangeClause(f, low, high), true
	case *Range:
		return rangeClause(f, n.Low, n.High), true
	case *Regexp:
		return patternClause(f, patternOf(n.Pattern)), true
	}
	return dataClause{}, false
}

// bounds gives a comparison as a range.
func (n *Compare) bounds() (low, high *Bound) {
	switch n.Op {
	case Greater, GreaterEqual:
		return &Bound{n.Value, n.Op == GreaterEqual}, nil
	}
	return nil, &Bound{n.Value, n.Op == LessEqual}
}

func termClause(f Field, t Term) dataClause {
	clause := newDataClause(f.Path, wantTerm)
	clause.text, clause.whole = textOf(t), wholeOf(t)
	if len(t.Stars) == 0 {
		clause.number, clause.isNumber = parseDecimal(t.Text)
	}
	return clause
}

func rangeClause(f Field, low, high *Bound) dataClause {
	clause := newDataClause(f.Path, wantRange)
	clause.bounds = numberRangeOf(low, high)
	return clause
}

func patternClause(f Field, p patternTest) dataClause {
	clause := newDataClause(f.Path, wantPattern)
	clause.pattern = p
	return clause
}
