//go:build !noduck

package duckstore

import (
	"strings"
	"sync"
	"testing"

	"github.com/clewline/clewline/query"
)

// testConn is a connection that the tests of SQL share.
var testConn = sync.OnceValue(func() *conn {
	in, err := openInstance(map[string]string{"threads": "1"})
	if err != nil {
		panic(err)
	}
	c, err := in.connect()
	if err != nil {
		panic(err)
	}
	return c
})

func one(t testing.TB, sql string) string {
	t.Helper()
	r, err := testConn().query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%v in %q", err, sql)
	}
	var out string
	if err := r.each(func(ch *chunk) error { out = ch.cols[0].string(0); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func FuzzALiteralIsReadBackAsTheTextThatItStandsFor(f *testing.F) {
	for _, s := range []string{"", "'", "''", `\'`, `\`, "a'; DROP TABLE events; --", "\x00", "'\x00'", "$1 ?", "坐席\n\t\"", "/* */", "E'x'", "\u2019"} {
		f.Add(s)
	}
	var mu sync.Mutex
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\ufffd")
		mu.Lock()
		defer mu.Unlock()
		if got := one(t, "SELECT "+literal(s)); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
		// As a pattern it finds the text that it was made from.
		pattern := literal("(?s)\\A(?i:" + query.QuoteLiteral(s) + ")\\z")
		if got := one(t, "SELECT regexp_matches("+literal(s)+", "+pattern+")::VARCHAR"); got != "true" {
			t.Fatalf("the pattern %s does not find %q", pattern, s)
		}
	})
}
