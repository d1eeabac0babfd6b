//go:build !noduck

package duckstore

import "strings"

// literal writes a pattern as an SQL string. Patterns are the one kind of
// value that goes into a statement as text: as a parameter, DuckDB compiles it
// once a row in unions and subqueries. All of them go through here.
//
// In DuckDB's plain strings a quote is the only special character. NUL would
// end the statement where it is handed over as a C string; query.QuoteLiteral
// writes it as \x{0}, so it can only be there by mistake, and is replaced by
// something that matches the same.
func literal(pattern string) string {
	pattern = strings.ReplaceAll(pattern, "\x00", `\x{0}`)
	return "'" + strings.ReplaceAll(pattern, "'", "''") + "'"
}
