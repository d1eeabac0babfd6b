package query_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

func TestQueriesAreReadAsTheLanguageSays(t *testing.T) {
	for _, c := range []struct{ text, canonical string }{
		{"", ""},
		{"  \t\n　", ""},
		{"*", ""},
		{"**", ""},
		{"not *", "not *"},
		{"a b", "a and b"},
		{"a AND b Or c nOt d", "a and b or c and not d"},
		{"a (b or c)", "a and (b or c)"},
		{"(a b) (c d)", "a and b and c and d"},
		{"a or (b or c)", "a or b or c"},
		{"((a))", "a"},
		{"not (a b)", "not (a and b)"},
		{"not(a)", "not a"},
		{"not not a", "not not a"},
		{"invoker:A and errorCode:*", "invoker:A and errorCode:*"},
		{"errorCode:**", "errorCode:*"},
		{"invoker:uid:user123", "invoker:uid:user123"},
		{"httpPath:/a/b", "httpPath:/a/b"},
		{"a:b c", "a:b and c"},
		{"a : b", "a:b"},
		{`a:"b c"`, `a:"b c"`},
		{"f:(a or b)", "f:a or f:b"},
		{"f:(a b)", "f:a and f:b"},
		{"f:(not a (b or \"c d\")) e", `not f:a and (f:b or f:"c d") and e`},
		{"f:(u:1 or and1)", "f:u:1 or f:and1"},
		{"f:(>5 or <=2 or [3 to 4] or *)", "f > 5 or f <= 2 or f:[3 to 4] or f:*"},
		{"timeCost>500", "timeCost > 500"},
		{"timeCost :>= 500", "timeCost >= 500"},
		{"timeCost < 1.5E2", "timeCost < 1.5E2"},
		{"timeCost:<=-5", "timeCost <= -5"},
		{"timeCost:[100 TO 500]", "timeCost:[100 to 500]"},
		{"timeCost:{100 to 500]", "timeCost:{100 to 500]"},
		{"timeCost:[ 100 to 500 }", "timeCost:[100 to 500}"},
		{"timeCost:{* to 500}", "timeCost:[* to 500}"},
		{"timeCost:[100 to *}", "timeCost:[100 to *]"},
		{"timeCost:[* to *]", "timeCost:*"},
		{`time:["2026-11-20 14:32:07Z" to 2026-11-21]`, `time:["2026-11-20 14:32:07Z" to 2026-11-21]`},
		{"startTime > 2026-11-20T14:32:07+08:00", "startTime > 2026-11-20T14:32:07+08:00"},
		{"err*", "err*"},
		{"*a**b*", "*a*b*"},
		{`a\*b\ c\:d`, `a\*b\ c\:d`},
		{`\and \OR`, `\and and \OR`},
		{"android order nothing", "android and order and nothing"},
		{"and* or1", "and* and or1"},
		{`"and"`, `"and"`},
		{`"a \"b\" \\ c"`, `"a \"b\" \\ c"`},
		{`"a\b"`, `"ab"`},
		{`"odd name":x`, `"odd name":x`},
		{`odd\ name:x`, `"odd name":x`},
		{`"and":x`, `"and":x`},
		{`a"b"c`, `a and "b" and c`},
		{"a(b)c", "a and b and c"},
		{"（登录 or 超时）", "登录 or 超时"},
		{"级别：“高 级” 登录", `级别:"高 级" and 登录`},
		{"“a\"b”", `"a\"b"`},
		{"f:“a”", `f:"a"`},
		{"a:b：c", "a:b：c"},
		{"a=b [c] {d} e/f 50% -x +y ~z? #1 $2 ^&!,;'", "a=b and [c] and {d} and e/f and 50% and -x and +y and ~z? and #1 and $2 and ^&!,;'"},
		{"f:a[0] f:\\[a f:a>b f:\\>b", "f:a[0] and f:\\[a and f:a>b and f:\\>b"},
		{"level:Warning level>=ERR level:w*", "level:Warning and level >= ERR and level:w*"},
		{"sequence by hand", "sequence and by and hand"},
		{"data.lucene:x", "data.lucene:x"},
	} {
		q, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := q.String(); got != c.canonical {
			t.Errorf("%s: read as %s, want %s", c.text, got, c.canonical)
		}
		if q.Text != c.text {
			t.Errorf("%s: the text is kept as %s", c.text, q.Text)
		}
	}
}

func TestTreesHoldWhatExecutorsNeed(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).UnixNano()
	night := day + int64(24*time.Hour) - 1
	at := func(text string, ns int64) Value { return Value{Text: text, Time: ns, IsTime: true} }
	start, cost, level := Resolve("startTime"), Resolve("timeCost"), Resolve("level")
	for text, want := range map[string]Node{
		"*":              All{},
		"a*b":            &Word{Term{Text: "ab", Stars: []int{1}}},
		`*\**`:           &Word{Term{Text: "*", Stars: []int{0, 1}}},
		`"a*b"`:          &Word{Term{Text: "a*b", Quoted: true}},
		"logid:a":        &Equal{Field{Name: "logid", Column: event.FieldTraceID}, Term{Text: "a"}},
		"data.a.b:c":     &Equal{Field{Name: "data.a.b", Path: "a.b"}, Term{Text: "c"}},
		"x.y:*":          &Present{Field{Name: "x.y", Path: "x.y"}},
		"cost > 1.5e2":   &Compare{Field{Name: "cost", Column: event.FieldTimeCost}, Greater, Value{Text: "1.5e2", Number: "150"}},
		"level<=warning": &Compare{level, LessEqual, Value{Text: "warning", Level: event.Warn}},
		"timeCost:[1.0 to 2}": &Range{cost,
			&Bound{Value{Text: "1.0", Number: "1"}, true}, &Bound{Value{Text: "2", Number: "2"}, false}},
		"timeCost:[* to 2]": &Range{cost, nil, &Bound{Value{Text: "2", Number: "2"}, true}},
		// A date is its whole day, on whichever side of it.
		"startTime > 2026-11-20":               &Compare{start, Greater, at("2026-11-20", night)},
		"startTime >= 2026-11-20":              &Compare{start, GreaterEqual, at("2026-11-20", day)},
		"startTime < 2026-11-20":               &Compare{start, Less, at("2026-11-20", day)},
		"startTime <= 2026-11-20":              &Compare{start, LessEqual, at("2026-11-20", night)},
		"startTime:[2026-11-20 to 2026-11-20]": &Range{start, &Bound{at("2026-11-20", day), true}, &Bound{at("2026-11-20", night), true}},
		"startTime:{2026-11-20 to 2026-11-20}": &Range{start, &Bound{at("2026-11-20", night), false}, &Bound{at("2026-11-20", day), false}},
		"startTime < 1795185127500":            &Compare{start, Less, Value{Text: "1795185127500", Number: "1795185127500", Time: 1795185127500e6, IsTime: true}},
	} {
		if got := mustParse(t, text).Root; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, want %#v", text, got, want)
		}
	}
}

func TestDeepNestingIsRefusedAtOnce(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
	}{
		{strings.Repeat("(", 10_000), MaxDepth + 1},
		{strings.Repeat("（", 10_000), MaxDepth + 1},
		{strings.Repeat("not ", 10_000), 4*MaxDepth + 1},
		{strings.Repeat("f:(", 10_000), 0},
		{"f:(" + strings.Repeat("(", 10_000), MaxDepth + 3},
	} {
		_, err := Parse(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Fatalf("%.20s...: no error", c.text)
		}
		if c.column == 0 {
			continue // another error comes first
		}
		if syntax.Column() != c.column || !strings.Contains(syntax.Want, "1000 levels") {
			t.Errorf("%.20s...: %v, want column %d and the limit", c.text, err, c.column)
		}
	}
	deepest := strings.Repeat("(", MaxDepth) + "a" + strings.Repeat(")", MaxDepth)
	if q := mustParse(t, deepest); q.String() != "a" {
		t.Errorf("%d levels are read as %s", MaxDepth, q)
	}
}

func TestDeepNestingStaysLinear(t *testing.T) {
	nested := func(n int) string {
		return strings.Repeat("(a or not (b and ", n) + "c" + strings.Repeat("))", n)
	}
	cost := func(text string) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := Parse(text); err != nil {
				t.Fatal(err)
			}
		})
	}
	small, big := cost(nested(20)), cost(nested(320))
	if big > small*20 {
		t.Errorf("16 times the depth costs %.0f allocations against %.0f", big, small)
	}
	// Every level has a part that cannot be decided before its parenthesis is
	// closed; were any read twice, this would not end.
	unclosed := strings.Repeat("(a or b and not ", MaxDepth/2)
	if _, err := Parse(unclosed); err == nil {
		t.Error("unclosed parentheses were read")
	}
}

func TestLimitsAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		offset     int
	}{
		"clauses":  {strings.Repeat("a ", MaxClauses+1), "1000 clauses", 2 * MaxClauses},
		"grouped":  {"f:(" + strings.Repeat("a ", MaxClauses+1) + ")", "1000 clauses", 3 + 2*MaxClauses},
		"bytes":    {strings.Repeat("a", MaxText+1), "65536 bytes", MaxText},
		"tokens":   {"x " + strings.Repeat("登", MaxTokens+1), "100 tokens", 2},
		"stars":    {strings.Repeat("a*", MaxTokens), "100 tokens", 0},
		"encoding": {"ab\xffc", "UTF-8", 2},
	} {
		_, err := Parse(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != c.offset || !strings.Contains(syntax.Want, c.want) {
			t.Errorf("%s: %v, want byte %d and %q", name, err, c.offset, c.want)
		}
	}
	for name, text := range map[string]string{
		"clauses": strings.Repeat("a ", MaxClauses),
		"tokens":  strings.Repeat("登", MaxTokens),
		"bytes":   strings.Repeat("a", MaxText),
	} {
		if _, err := Parse(text); err != nil {
			t.Errorf("as many %s as there may be: %v", name, err)
		}
	}
}

func TestErrorsReadAsASentence(t *testing.T) {
	_, err := Parse("登录 and errorCode:")
	if got, want := err.Error(), "column 18: want a value after ':'"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrintedTreesAreReadBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := querytest.Event().Draw(t, "event")
		q := querytest.Query(e).Draw(t, "query")
		again, err := Parse(q.String())
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		if !reflect.DeepEqual(q.Root, again.Root) {
			t.Fatalf("%s\nis %#v, was %#v", q, again.Root, q.Root)
		}
		if again.String() != q.String() {
			t.Fatalf("%s became %s", q, again)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, c := range readVectors(f).Cases {
		f.Add(c.Query)
	}
	for _, c := range readVectors(f).Errors {
		f.Add(c.Query)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Column() < 1 || syntax.Want == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		again, err := Parse(q.String())
		if len(q.String()) > MaxText && err != nil {
			return // a group's field is written once a value
		}
		if err != nil {
			t.Fatalf("%q is printed as %q: %v", text, q, err)
		}
		if !reflect.DeepEqual(q.Root, again.Root) || again.String() != q.String() {
			t.Fatalf("%q is printed as %q and read as %q", text, q, again)
		}
		q.Fields()
		q.Words()
		q.Matcher().Match(&event.Event{Msg: text, Data: text})
	})
}
