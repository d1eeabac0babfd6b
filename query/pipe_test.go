package query_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

// pipeVectors are the cases of pipes that every implementation of the
// language reads.
type pipeVectors struct {
	Pipes []struct {
		Text, Query, Canonical string
		Columns                []Column
	}
	Errors []struct {
		Query  string
		Column int
		Want   string
	}
}

func readPipeVectors(t testing.TB) (v pipeVectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/pipes.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPipesOfTheSharedVectorsAreReadAsTheLanguageSays(t *testing.T) {
	for _, c := range readPipeVectors(t).Pipes {
		q, p, err := ParsePiped(c.Text)
		if err != nil {
			t.Errorf("%s: %v", c.Text, err)
			continue
		}
		if p == nil {
			t.Errorf("%s: has no pipe", c.Text)
			continue
		}
		if q.String() != c.Query || p.String() != c.Canonical {
			t.Errorf("%s: read as %s %s, want %s %s", c.Text, q, p, c.Query, c.Canonical)
		}
		columns := p.Columns()
		if len(columns) != len(c.Columns) {
			t.Errorf("%s: has the columns %v, want %v", c.Text, columns, c.Columns)
			continue
		}
		for i, want := range c.Columns {
			if columns[i].Name != want.Name || columns[i].Type != want.Type {
				t.Errorf("%s: column %d is %v, want %v", c.Text, i, columns[i], want)
			}
		}
		if p.Text != c.Text[p.Offset:] || c.Text[p.Offset] != '|' || !strings.HasPrefix(c.Text, q.Text) {
			t.Errorf("%s: the texts are kept as %q and %q", c.Text, q.Text, p.Text)
		}
	}
}

func TestErrorsInPipesPointAtTheirColumnAndSayWhatWouldDo(t *testing.T) {
	for _, c := range readPipeVectors(t).Errors {
		q, p, err := ParsePiped(c.Query)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: read as %v %v, want an error", c.Query, q, p)
			continue
		}
		if syntax.Column() != c.Column || !strings.Contains(syntax.Want, c.Want) {
			t.Errorf("%s: column %d, want %q; should be column %d with %q", c.Query, syntax.Column(), syntax.Want, c.Column, c.Want)
		}
	}
}

func TestAQueryWithoutPipesIsReadTheSameBothWays(t *testing.T) {
	for _, c := range readVectors(t).Cases {
		q, p, err := ParsePiped(c.Query)
		if err != nil || p != nil || !reflect.DeepEqual(q, mustParse(t, c.Query)) {
			t.Errorf("%s: %v %v %v", c.Query, q, p, err)
		}
	}
}

func TestPipesAreRefusedWhereEventsAreAskedFor(t *testing.T) {
	for _, c := range readPipeVectors(t).Pipes {
		_, err := Parse(c.Text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(syntax.Want, "pipes make a table") {
			t.Errorf("%s: %v", c.Text, err)
		}
	}
}

func TestPrintedPipesAreReadBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := querytest.Event().Draw(t, "event")
		q, p := querytest.Query(e).Draw(t, "query"), querytest.Pipe().Draw(t, "pipe")
		text := strings.TrimSpace(q.String() + " " + p.String())
		again, pipe, err := ParsePiped(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if pipe == nil || !reflect.DeepEqual(q.Root, again.Root) || again.String() != q.String() {
			t.Fatalf("%s became %s %s", text, again, pipe)
		}
		if pipe.String() != p.String() || !reflect.DeepEqual(meaning(pipe), meaning(p)) {
			t.Fatalf("%s became %s", p, pipe)
		}
	})
}

// meaning is a pipe without how it was typed.
func meaning(p *Pipe) Pipe {
	m := *p
	m.Text, m.Offset = "", 0
	return m
}

func FuzzParsePiped(f *testing.F) {
	for _, c := range readPipeVectors(f).Pipes {
		f.Add(c.Text)
	}
	for _, c := range readPipeVectors(f).Errors {
		f.Add(c.Query)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, p, err := ParsePiped(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Column() < 1 || syntax.Want == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if p == nil {
			return
		}
		canonical := strings.TrimSpace(q.String() + " " + p.String())
		_, again, err := ParsePiped(canonical)
		if len(canonical) > MaxText && err != nil {
			return
		}
		if err != nil || again == nil {
			t.Fatalf("%q is printed as %q: %v", text, canonical, err)
		}
		if !reflect.DeepEqual(meaning(p), meaning(again)) || again.String() != p.String() {
			t.Fatalf("%q is printed as %q and read as %q", text, p, again)
		}
		p.Fields()
		tally := p.Tally(Span{From: 0, To: 1})
		tally.Add(&event.Event{Msg: text, Data: text, Service: text})
		table := tally.Table()
		if len(table.Columns) != len(p.Columns()) {
			t.Fatalf("%q has the columns %v", text, table.Columns)
		}
		if _, err := json.Marshal(table.Rows); err != nil {
			t.Fatal(err)
		}
	})
}
