package query_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
)

func TestExamplesInTheDocumentationFindWhatItSays(t *testing.T) {
	page, err := os.ReadFile("../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	var events []*event.Event
	inEvents, examples := false, 0
	for n, line := range strings.Split(string(page), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inEvents = line == "```json"
		case inEvents:
			events = append(events, wireEvent(t, []byte(line)))
		case strings.HasPrefix(line, "| `"):
			examples++
			// A pipe in a cell is written \|.
			cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
			text := strings.ReplaceAll(strings.Trim(strings.TrimSpace(cells[1]), "`"), "\x00", "|")
			q := mustParse(t, text)
			m := q.Matcher()
			var found []string
			for i, e := range events {
				if m.Match(e) {
					found = append(found, fmt.Sprint(i+1))
				}
				if m.Match(e) != (oracle{e}).matches(q.Root) {
					t.Errorf("line %d: %s: the patterns disagree on event %d", n+1, text, i+1)
				}
			}
			if got, want := strings.Join(found, " "), strings.TrimSpace(cells[2]); got != want {
				t.Errorf("line %d: %s finds %q, the page says %q", n+1, text, got, want)
			}
		}
	}
	if len(events) != 5 || examples < 59 {
		t.Errorf("%d events and %d examples were read", len(events), examples)
	}
}
