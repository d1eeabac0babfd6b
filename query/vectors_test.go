package query_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
)

// vectors are the cases that every implementation of the language reads.
type vectors struct {
	Cases []struct {
		Name  string
		Event json.RawMessage
		Query string
		Match bool
	}
	Errors []struct {
		Query  string
		Column int
		Want   string
	}
	Regexps []struct {
		Name  string
		Event json.RawMessage
		Query string
		Match bool
	}
	Lucene         []struct{ Text, Native string }
	SequenceEvents []json.RawMessage
	Sequences      []struct {
		Query     string
		Now       string
		Rows      [][]string
		Undecided int64
	}
	Tokens []struct {
		Text   string
		Tokens []string
	}
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// wireEvent reads the wire form and derives the words.
func wireEvent(t testing.TB, text []byte) *event.Event {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	e := new(event.Event)
	for name, raw := range members {
		f := event.FieldByName(name)
		var v any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		switch f {
		case event.NoField:
			t.Fatalf("%s is no field of an event", name)
		case event.FieldID:
			if members["seq"] == nil {
				e.IDBase, e.IDNum = event.SplitID(v.(string))
			}
		case event.FieldData:
			e.Data = string(raw)
		case event.FieldLevel:
			e.Level, _ = event.ParseLevel(v.(string))
		case event.FieldFlags:
			for _, name := range v.([]any) {
				e.Flags |= event.ParseFlag(name.(string))
			}
		case event.FieldFilePath, event.FieldCollectionName:
			list := map[event.Field]*[]string{event.FieldFilePath: &e.FilePath, event.FieldCollectionName: &e.CollectionName}[f]
			for _, element := range v.([]any) {
				*list = append(*list, element.(string))
			}
		case event.FieldSeq:
			n, _ := v.(json.Number).Int64()
			e.Seq = uint64(n)
		case event.FieldTimeCost:
			e.TimeCost, _ = v.(json.Number).Float64()
			e.HasTimeCost = true
		default:
			if f.Type() == event.Timestamp {
				ns, err := event.ParseTime(v.(string))
				if err != nil {
					t.Fatal(err)
				}
				*map[event.Field]*int64{event.FieldTime: &e.Time, event.FieldStartTime: &e.StartTime, event.FieldReceived: &e.Received, event.FieldClientTime: &e.ClientTime}[f] = ns
			} else {
				e.SetString(f, v.(string))
			}
		}
	}
	e.DeriveWords()
	return e
}

func mustParse(t testing.TB, text string) *Query {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return q
}

func TestMatcherDecidesTheSharedVectors(t *testing.T) {
	v := readVectors(t)
	for _, c := range append(v.Cases, v.Regexps...) {
		q, e := mustParse(t, c.Query), wireEvent(t, c.Event)
		if got := q.Matcher().Match(e); got != c.Match {
			t.Errorf("%s: %s matches %v, want %v\n%s", c.Name, c.Query, got, c.Match, c.Event)
		}
		if got := (oracle{e}).matches(q.Root); got != c.Match {
			t.Errorf("%s: by its patterns, %s matches %v, want %v\n%s", c.Name, c.Query, got, c.Match, c.Event)
		}
	}
}

func TestVectorsAreManyAndAThirdOfThemChinese(t *testing.T) {
	v := readVectors(t)
	chinese := 0
	for _, c := range v.Cases {
		if strings.ContainsFunc(c.Query+string(c.Event), func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			chinese++
		}
	}
	if n := len(v.Cases); n < 150 || chinese*3 < n {
		t.Errorf("%d cases, %d of them with Chinese", n, chinese)
	}
}

func TestErrorsOfTheSharedVectorsPointAtTheirColumn(t *testing.T) {
	for _, c := range readVectors(t).Errors {
		q, err := Parse(c.Query)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: read as %s, want an error", c.Query, q)
			continue
		}
		if syntax.Column() != c.Column || !strings.Contains(syntax.Want, c.Want) {
			t.Errorf("%s: column %d, want %q; should be column %d with %q", c.Query, syntax.Column(), syntax.Want, c.Column, c.Want)
		}
	}
}

func TestTokensOfTheSharedVectors(t *testing.T) {
	for _, c := range readVectors(t).Tokens {
		got := []string{}
		for token := range Tokens(c.Text) {
			got = append(got, Fold(c.Text[token.Start:token.End]))
		}
		if !reflect.DeepEqual(got, c.Tokens) {
			t.Errorf("%q has the tokens %q, want %q", c.Text, got, c.Tokens)
		}
	}
}

func TestLuceneOfTheSharedVectorsIsReadAsItsNativeForm(t *testing.T) {
	for _, c := range readVectors(t).Lucene {
		if got := mustParse(t, c.Text); got.String() != c.Native {
			t.Errorf("%s is read as %s, want %s", c.Text, got, c.Native)
		}
	}
}

func TestSequencesOfTheSharedVectorsGiveTheirRows(t *testing.T) {
	v := readVectors(t)
	var events []event.Event
	for _, raw := range v.SequenceEvents {
		events = append(events, *wireEvent(t, raw))
	}
	for _, c := range v.Sequences {
		now, err := event.ParseTime(c.Now)
		if err != nil {
			t.Fatal(err)
		}
		rows, count := followed(mustParseSequence(t, c.Query), Following{To: 1 << 62, Now: now}, events)
		got := [][]string{}
		for _, r := range rows {
			got = append(got, append([]string{r.First}, r.Then...))
		}
		if !reflect.DeepEqual(got, c.Rows) || count.Undecided != c.Undecided {
			t.Errorf("%s at %s: %v and %d undecided, want %v and %d", c.Query, c.Now, got, count.Undecided, c.Rows, c.Undecided)
		}
	}
}
