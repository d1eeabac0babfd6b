package query_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
)

func TestExamplesInTheDocumentationFindWhatItSays(t *testing.T) {
	for _, name := range []string{"query.md", "query.zh.md"} {
		t.Run(name, func(t *testing.T) { testExamples(t, "../docs/"+name) })
	}
}

// testExamples runs the examples of a page: the first cell of a table is a
// query, the second tells which of the page's events it finds.
func testExamples(t *testing.T, path string) {
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var events []*event.Event
	inEvents := false
	counts := map[string]int{}
	for n, line := range strings.Split(string(page), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inEvents = line == "```json"
		case inEvents:
			events = append(events, wireEvent(t, []byte(line)))
		case strings.HasPrefix(line, "| `"):
			// A pipe in a cell is written \|.
			cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
			text := strings.ReplaceAll(strings.Trim(strings.TrimSpace(cells[1]), "`"), "\x00", "|")
			want := strings.Trim(strings.TrimSpace(cells[2]), "`")
			st, err := ParseStatement(text)
			if err != nil {
				t.Errorf("line %d: %s: %v", n+1, text, err)
				continue
			}
			kind, got := runExample(t, st, events)
			counts[kind]++
			if got != want {
				t.Errorf("line %d: %s finds %s, the page says %s", n+1, text, got, want)
			}
		}
	}
	if len(events) != 5 || counts["query"] < 74 || counts["table"] < 11 || counts["sequence"] < 5 {
		t.Errorf("%d events and %v examples were read", len(events), counts)
	}
}

// runExample gives what a statement finds in events, by their numbers.
func runExample(t *testing.T, st *Statement, events []*event.Event) (kind, found string) {
	begin, _ := event.ParseTime("2026-11-20T12:00:00Z")
	span := Span{From: begin, To: begin + int64(24*time.Hour)}
	var tally *Tally
	if st.Pipe != nil {
		tally = st.Pipe.Tally(span)
	}
	kind = "query"
	numbers := map[string]string{}
	for i, e := range events {
		numbers[e.ID()] = strconv.Itoa(i + 1)
	}
	var list []string
	take := func(e *event.Event, then ...*event.Event) {
		text := numbers[e.ID()]
		for _, e := range then {
			text += ">" + numbers[e.ID()]
		}
		list = append(list, text)
		if tally != nil {
			tally.Add(e)
		}
	}
	if st.Sequence != nil {
		kind = "sequence"
		f := st.Sequence.Follow(Following{From: span.From, To: span.To, Now: span.To + int64(365*24*time.Hour)}, func(r Row) { take(r.First, r.Then...) })
		for _, e := range events {
			f.Add(e)
		}
		f.Close(st.Sequence.Until(span.To))
		slices.Sort(list)
	} else {
		m := st.Query.Matcher()
		for i, e := range events {
			if m.Match(e) {
				take(e)
			}
			if m.Match(e) != (oracle{e}).matches(st.Query.Root) {
				t.Errorf("%s: the patterns disagree on event %d", st, i+1)
			}
		}
	}
	if tally != nil {
		return "table", rowsOf(t, tally.Table())
	}
	return kind, strings.Join(list, " ")
}
