package query_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
)

func TestExamplesInTheDocumentationFindWhatItSays(t *testing.T) {
	page, err := os.ReadFile("../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	var events []*event.Event
	inEvents, examples, tables := false, 0, 0
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
			q, pipe, err := ParsePiped(text)
			if err != nil {
				t.Errorf("line %d: %s: %v", n+1, text, err)
				continue
			}
			m := q.Matcher()
			if pipe != nil {
				tables++
				begin, _ := event.ParseTime("2026-11-20T12:00:00Z")
				tally := pipe.Tally(Span{From: begin, To: begin + int64(24*time.Hour)})
				for _, e := range events {
					if m.Match(e) {
						tally.Add(e)
					}
				}
				rows := strings.Trim(strings.TrimSpace(cells[2]), "`")
				if got := rowsOf(t, tally.Table()); got != rows {
					t.Errorf("line %d: %s makes %s, the page says %s", n+1, text, got, rows)
				}
				continue
			}
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
	if len(events) != 5 || examples-tables < 59 || tables < 9 {
		t.Errorf("%d events, %d examples and %d tables were read", len(events), examples-tables, tables)
	}
}
