//go:build !noduck

package duckstore

import (
	"context"
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// profile finds which columns of a segment have no value at all, and which id
// columns no capital and no letter beyond ASCII. It costs 0.2 us a row, once,
// and spares every later query those columns, and a comparison by pattern.
func profile(ctx context.Context, c *conn, catalog string) (absent, plain []string, err error) {
	var b strings.Builder
	b.WriteString("SELECT count(*)")
	for _, col := range columns {
		b.WriteString(`, count("` + col.name + `")`)
	}
	var ids []string
	for _, f := range event.BareKeyword {
		if f == event.FieldID {
			ids = append(ids, "idBase")
			continue
		}
		ids = append(ids, f.Name())
	}
	for _, col := range ids {
		b.WriteString(`, bool_or(regexp_matches("` + col + `", ` + literal(`[A-Z\x{80}-\x{10FFFF}]`) + `))`)
	}
	b.WriteString(" FROM " + catalog + ".events")
	r, err := c.query(ctx, b.String())
	if err != nil {
		return nil, nil, err
	}
	err = r.each(func(ch *chunk) error {
		for i, col := range columns {
			if ch.cols[1+i].int64(0) == 0 {
				absent = append(absent, col.name)
			}
		}
		for i, col := range ids {
			v := &ch.cols[1+len(columns)+i]
			if !slices.Contains(absent, col) && (v.null(0) || v.uint8(0) == 0) {
				plain = append(plain, col)
			}
		}
		return nil
	})
	return absent, plain, err
}

// neededColumns lists the columns that the matcher looks at for a query.
func neededColumns(q *query.Query) []int {
	need := map[int]bool{}
	add := func(f event.Field) {
		if f == event.FieldID {
			for i := range columns {
				switch columns[i].name {
				case "stream", "seq", "idBase", "idNum":
					need[i] = true
				}
			}
			return
		}
		need[columnOf[f]] = true
	}
	for _, f := range q.Fields() {
		if f.Column == event.NoField {
			add(event.FieldData)
		} else {
			add(f.Column)
		}
	}
	if hasWord(q.Root) {
		for _, f := range event.BareText {
			add(f)
		}
		for _, f := range event.BareKeyword {
			add(f)
		}
	}
	cols := make([]int, 0, len(need))
	for i := range need {
		cols = append(cols, i)
	}
	slices.Sort(cols)
	return cols
}

func hasWord(n query.Node) bool {
	switch n := n.(type) {
	case *query.And:
		return slices.ContainsFunc(n.Of, hasWord)
	case *query.Or:
		return slices.ContainsFunc(n.Of, hasWord)
	case *query.Not:
		return hasWord(n.Of)
	case *query.Word:
		return true
	}
	return false
}
