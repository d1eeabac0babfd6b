package event

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// vectors reads a file that the TypeScript tests read too.
func vectors[T any](t testing.TB, name string) []T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(list) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return list
}

func TestLevelsAreReadInAnySpelling(t *testing.T) {
	for _, v := range vectors[struct{ In, Level string }](t, "levels.json") {
		level, ok := ParseLevel(v.In)
		if level.String() != v.Level || ok != (v.Level != "") {
			t.Errorf("%q is %q, want %q", v.In, level, v.Level)
		}
	}
}

func TestLevelsCompareBySeverity(t *testing.T) {
	want := []Level{NoLevel, Debug, Info, Notice, Warn, Error, Fatal}
	if !slices.IsSorted(want) || len(want) != NumLevels {
		t.Error(want)
	}
	if s := Level(200).String(); s != "" {
		t.Errorf("a level that is none reads %q", s)
	}
}

func TestTimesAreReadAndWritten(t *testing.T) {
	for _, v := range vectors[struct {
		In, NS, Wire string
		Error        bool
	}](t, "times.json") {
		ns, err := ParseTime(v.In)
		if v.Error {
			if err == nil {
				t.Errorf("%q was read as %d", v.In, ns)
			}
			continue
		}
		if err != nil || strconv.FormatInt(ns, 10) != v.NS {
			t.Errorf("%q is %d, want %s (%v)", v.In, ns, v.NS, err)
			continue
		}
		if got := string(AppendTime(nil, ns)); got != v.Wire {
			t.Errorf("%q is written %s, want %s", v.In, got, v.Wire)
		}
	}
}

func TestIDsComeApartAtTheirNumber(t *testing.T) {
	for _, v := range vectors[struct {
		ID, Base string
		Num      json.Number
	}](t, "ids.json") {
		base, num := SplitID(v.ID)
		if base != v.Base || strconv.FormatUint(num, 10) != v.Num.String() {
			t.Errorf("%q is %q and %d", v.ID, base, num)
		}
		if e := (Event{IDBase: base, IDNum: num}); e.ID() != v.ID {
			t.Errorf("%q comes together as %q", v.ID, e.ID())
		}
	}
	e := Event{Stream: "20261120-abc", Seq: 7, IDBase: "other", IDNum: 3}
	if e.ID() != "20261120-abc.7" {
		t.Errorf("an SDK event is %q", e.ID())
	}
}

func TestTraceIDsAreStoredInOneSpelling(t *testing.T) {
	for _, v := range vectors[struct{ In, Stored string }](t, "traceids.json") {
		if got := NormalizeTraceID(v.In); got != v.Stored {
			t.Errorf("%q is stored as %q, want %q", v.In, got, v.Stored)
		}
	}
}

func TestWordsAreTheTextInsideDataAndHalfWidthCopies(t *testing.T) {
	for _, v := range vectors[struct {
		Event struct {
			App, Msg, ErrorMsg, Label, Raw string
			Data                           json.RawMessage
		}
		Words string
	}](t, "words.json") {
		e := Event{App: v.Event.App, Msg: v.Event.Msg, ErrorMsg: v.Event.ErrorMsg, Label: v.Event.Label, Raw: v.Event.Raw, Data: string(v.Event.Data), Words: "stale"}
		e.DeriveWords()
		if e.Words != v.Words {
			t.Errorf("%s: %q, want %q", e.Data+e.Msg, e.Words, v.Words)
		}
	}
}

func TestTheOrderOfEventsIsTotal(t *testing.T) {
	ordered := []Event{
		{Time: 1, Stream: "b", Seq: 9},
		{Time: 2, IDBase: "a", IDNum: 2},
		{Time: 2, IDBase: "a", IDNum: 10},
		{Time: 2, IDBase: "b", IDNum: 1},
		{Time: 2, Stream: "a", Seq: 2},
		{Time: 2, Stream: "a", Seq: 10},
		{Time: 2, Stream: "b", Seq: 1},
		{Time: 3},
	}
	for i := range ordered {
		for j := range ordered {
			got, want := Compare(&ordered[i], &ordered[j]), 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got != want {
				t.Errorf("event %d against %d: %d", i, j, got)
			}
		}
	}
}

func TestEachFieldHasItsNameItsTypeAndItsPlace(t *testing.T) {
	for f := NoField + 1; f < NumFields; f++ {
		if f.Name() == "" || f.Type() == 0 || f.Group() == "" {
			t.Errorf("field %d: %q %d %q", f, f.Name(), f.Type(), f.Group())
		}
		if FieldByName(f.Name()) != f || FieldByNameBytes([]byte(f.Name())) != f {
			t.Errorf("%s is not found by its name", f.Name())
		}
		if SearchAlias(f.Name()) != NoField {
			t.Errorf("%s is a field and cannot be an alias", f.Name())
		}
		if (f.Type() == Keyword || f.Type() == Text) && f != FieldID {
			var e Event
			e.SetString(f, "x")
			if e.String(f) != "x" {
				t.Errorf("%s does not keep its text", f.Name())
			}
		}
	}
	if FieldByName("nobody") != NoField || SearchAlias("logid") != FieldTraceID {
		t.Error("names are mixed up")
	}
	aliases := SearchAliases()
	aliases["logid"] = FieldMsg
	if SearchAlias("logid") != FieldTraceID {
		t.Error("the table was given away, not a copy")
	}
}

func TestFlagsHaveNames(t *testing.T) {
	all := TimeCorrected | Redacted | Truncated | Reencoded
	if want := []string{"time-corrected", "redacted", "truncated", "re-encoded"}; !slices.Equal(all.Names(), want) {
		t.Error(all.Names())
	}
	for _, name := range all.Names() {
		if got := ParseFlag(name).Names(); len(got) != 1 || got[0] != name {
			t.Error(name, got)
		}
	}
	if Flags(0).Names() != nil || ParseFlag("odd") != 0 {
		t.Error("no flag has a name")
	}
}

func TestTheBaseOfAKeyDependsOnAllItsParts(t *testing.T) {
	const want = 26
	seen := map[string]bool{}
	for _, parts := range [][3]string{{"p", "events", "k"}, {"q", "events", "k"}, {"p", "lines", "k"}, {"p", "events", "l"}, {"pe", "vents", "k"}, {"p", "eventsk", ""}} {
		base := KeyBase(parts[0], parts[1], parts[2])
		if len(base) != want || seen[base] || strings.Trim(base, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("%v gives %q", parts, base)
		}
		seen[base] = true
	}
	if got := KeyBase("p", "events", "k"); got != "adnrhosysxwffg7ywamgcyo4jx" {
		t.Errorf("the base of a key has changed to %q: stored ids would no longer meet their retries", got)
	}
}

func TestLimitsAreFilledWhereTheyAreZero(t *testing.T) {
	l := Limits{Fields: 5}.WithDefaults()
	if l.Fields != 5 || l.LineBytes != 1<<20 || l.Events != 100_000 || l.Depth != 32 || l.NameBytes != 256 || l.TrackBytes != 8<<20 || l.WireBytes != 16<<20 || l.InflatedBytes != 64<<20 || l.InflationRatio != 200 {
		t.Errorf("%+v", l)
	}
	for want, e := range map[string]LimitError{
		"limit depth is 32, this has 40":   {"depth", 32, 40},
		"limit depth is 32, this has more": {"depth", 32, 0},
	} {
		if e.Error() != want {
			t.Error(e.Error())
		}
	}
}

func TestAbsentFieldsAreLeftOutOfTheWireForm(t *testing.T) {
	for want, e := range map[string]Event{
		`{}`:                                      {},
		`{"id":"a.3"}`:                            {IDBase: "a", IDNum: 3},
		`{"timeCost":0}`:                          {HasTimeCost: true},
		`{"level":"warn"}`:                        {Level: Warn, TimeCost: 3},
		`{"data":{"a": 1}}`:                       {Data: "{\"a\":\n1}"},
		`{"flags":["redacted","re-encoded"]}`:     {Flags: Redacted | Reencoded},
		`{"id":"s.2","stream":"s","seq":2}`:       {Stream: "s", Seq: 2},
		`{"filePath":["a","\u2028\u007f\ufffd"]}`: {FilePath: []string{"a", "\u2028\x7f\xff"}},
	} {
		if got := string(AppendJSON(nil, &e)); got != strings.ReplaceAll(want, `\ufffd`, "\ufffd") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNumbersAreWrittenAsPeopleWriteThem(t *testing.T) {
	for want, v := range map[string]float64{"0": 0, "12.5": 12.5, "-3": -3, "1000000": 1e6, "1e+21": 1e21, "1e-07": 1e-7, "0.000001": 1e-6} {
		if got := string(AppendNumber(nil, v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "v")
		if back, err := strconv.ParseFloat(string(AppendNumber(nil, v)), 64); err != nil || back != v {
			t.Fatalf("%v came back as %v: %v", v, back, err)
		}
	})
}
