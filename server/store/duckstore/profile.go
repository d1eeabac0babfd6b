//go:build !noduck

package duckstore

import (
	"context"
	"strings"
)

// profileOf finds the profile of a segment that a former process began.
func profileOf(ctx context.Context, c *conn, catalog string) (seen profile, err error) {
	var b strings.Builder
	b.WriteString("SELECT 0")
	for i, col := range columns {
		mixed := "FALSE"
		if idColumns[i] {
			mixed = `bool_or(regexp_matches("` + col.name + `", ` + literal(`[A-Z\x{80}-\x{10FFFF}]`) + `))`
		}
		b.WriteString(`, count("` + col.name + `"), ` + mixed)
	}
	b.WriteString(" FROM " + catalog + ".events")
	r, err := c.query(ctx, b.String())
	if err != nil {
		return seen, err
	}
	return seen, r.each(func(ch *chunk) error {
		for i := range columns {
			if ch.cols[1+2*i].int64(0) > 0 {
				seen.present |= 1 << i
			}
			if v := &ch.cols[2+2*i]; !v.null(0) && v.uint8(0) != 0 {
				seen.mixed |= 1 << i
			}
		}
		return nil
	})
}
