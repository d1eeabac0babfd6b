package query_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

func TestNearQueriesAreThoughtOfTheLikeliestFirst(t *testing.T) {
	rename := func(f Field) string {
		return map[string]string{"errocode": "errorCode", "levle": "level", "requst.status": "request.status"}[f.Name]
	}
	for _, c := range []struct{ text, want string }{
		{"timeout", "part *timeout*"},
		{"", ""},
		{"票据", ""},
		{"errocode:*", "field errorCode:*"},
		{"levle:warn", "field level:warn, level level >= warn"},
		{"levle:urgent", "part levle:*urgent*"}, // level has no such value
		{"requst.status > 400", "field request.status > 400"},
		{"not errocode:x", ""},
		{"error", "level level:error, part *error*"},
		{"level:warn", "level level >= warn"},
		{"level:fatal", ""},
		{`"ticket expired"`, "words ticket and expired"},
		{`msg:"ticket and"`, `words msg:ticket and msg:"and"`},
		{"errorCode:TICKET", "part errorCode:*TICKET*"},
		{"app:web timeout not x", "part app:*web* and timeout and not x, part app:web and *timeout* and not x, part app:*web* and *timeout* and not x, without app:web and timeout, without app:web and not x, without timeout and not x"},
		{"timeout or refused", "part *timeout* or refused, part timeout or *refused*, part *timeout* or *refused*"},
		{"lucene:+timeCost:>5 +roam*", "part timeCost > 5 and *roam*, without timeCost > 5, without roam*"},
	} {
		var got []string
		for _, n := range mustParse(t, c.text).Near(rename) {
			got = append(got, fmt.Sprint(n.Why, " ", n.Query.Text))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %s\nwant %s", c.text, strings.Join(got, ", "), c.want)
		}
	}
}

func TestNearQueriesCanBeTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := querytest.Query(querytest.Event().Draw(t, "event")).Draw(t, "query")
		before := q.String()
		for _, n := range q.Near(func(f Field) string { return "a" + f.Name }) {
			if again, err := Parse(n.Query.Text); err != nil || again.String() != n.Query.Text {
				t.Fatalf("%s is near %s, which is read as %v, %v", q, n.Query.Text, again, err)
			}
		}
		if q.String() != before {
			t.Fatalf("%s became %s", before, q)
		}
	})
}
