package querytest

import (
	"encoding/json"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

func TestGeneratedEventsAreValidAndHaveDifferentIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen := map[string]bool{}
		for _, e := range Events().Draw(t, "events") {
			if id := e.ID(); id == "" || seen[id] {
				t.Fatalf("id %q is empty or not the only one", id)
			}
			seen[e.ID()] = true
			if wire := event.AppendJSON(nil, &e); !json.Valid(wire) || !utf8.Valid(wire) {
				t.Fatalf("not valid JSON: %s", wire)
			}
		}
	})
}

func TestGeneratedQueriesMatchSomeEventsAndNotAll(t *testing.T) {
	var pairs, matches, chinese, texts int
	rapid.Check(t, func(t *rapid.T) {
		events := Events().Draw(t, "events")
		m := Query(events...).Draw(t, "query").Matcher()
		for i := range events {
			pairs++
			if m.Match(&events[i]) {
				matches++
			}
			if msg := events[i].Msg; msg != "" {
				texts++
				for _, r := range msg {
					if unicode.Is(unicode.Han, r) {
						chinese++
						break
					}
				}
			}
		}
	})
	if matches*10 < pairs*2 || matches*10 > pairs*8 {
		t.Errorf("%d of %d pairs match; both outcomes should be common", matches, pairs)
	}
	if chinese*4 < texts {
		t.Errorf("%d of %d messages have Chinese in them; want about a third", chinese, texts)
	}
}

func TestGeneratedQueriesAreCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Query(Event().Draw(t, "event")).Draw(t, "query")
		again, err := query.Parse(q.String())
		if err != nil || again.String() != q.String() {
			t.Fatalf("%q is read as %v, %v", q.String(), again, err)
		}
	})
}
