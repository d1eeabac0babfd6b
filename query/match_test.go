package query_test

import (
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
)

func TestMatchDoesNotAllocate(t *testing.T) {
	e := request()
	for _, text := range []string{
		`errorCode:TICKET_EXPIRED and app:web* and level>=warn and timeCost > 100 and seq > 5 and id:*`,
		`ticket and 401 and "ticket refresh" or 票据 or *fresh`,
		`request.status:401 and headers.name:x-cloudbase-trace and ticket:t* or nothing:1`,
	} {
		m := mustParse(t, text).Matcher()
		if n := testing.AllocsPerRun(100, func() { m.Match(e) }); n > 0 {
			t.Errorf("%s: %v allocations an event", text, n)
		}
	}
}

func TestDamagedDataMatchesNothingAndHarmsNothing(t *testing.T) {
	whole := `{"a":{"b":[{"c":"x\u00e9\ud83d\ude42\\"},{"c":1.5e2}]},"d":[true,null,"y"],"a.b":{"c":"z"}}`
	var tests []*Matcher
	for _, text := range []string{"a.b.c:z", "a.b.c:150", "a.b.c > 5", "a.b.c:*", "d:y", "d:true", "a:*", "data:*", "q:1"} {
		tests = append(tests, mustParse(t, text).Matcher())
	}
	for cut := range len(whole) {
		for _, m := range tests {
			m.Match(&event.Event{Data: whole[:cut]})
			m.Match(&event.Event{Data: whole[cut:]})
			m.Match(&event.Event{Data: whole[:cut] + `"` + whole[cut:]})
			m.Match(&event.Event{Data: whole[:cut] + `\` + whole[cut:]})
		}
	}
	for _, data := range []string{`[]`, `1`, `"a"`, `{"a"}`, `{"a":}`, `{"a":]}`, `{"a":1`, `{a:1}`, `{"a":,"a":7}`, `{"x":}{"a":7}`, `{"\u12":7}`} {
		for _, text := range []string{"a:7", "a > 1"} {
			if e := (&event.Event{Data: data}); mustParse(t, text).Matcher().Match(e) && data != `{"a":1` {
				t.Errorf("%s matches %s", text, data)
			}
		}
	}
}

func TestDeepDataCostsNoStack(t *testing.T) {
	const depth = 1_000_000
	e := &event.Event{Data: `{"skip":` + strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth) + `,"a":7}`}
	if !mustParse(t, "a:7 skip:*").Matcher().Match(e) {
		t.Error("the key behind deep nesting is not found")
	}
}

// Texts and terms that make the same sign begin a match again and again.
func TestHostileTextsStayLinear(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for _, c := range []struct{ query, text string }{
		{"*ab", long},
		{"ab", long},
		{"*a*a*a*a*b", long},
		{`"a a a a a a a a b"`, strings.Repeat("a ", 1<<19)},
		{"a-*-a-*-a-*-a-*-a-*-a-*-a-*-b", strings.Repeat("a ", 1<<17)},
		{"登登登登登登登录", strings.Repeat("登", 1<<18)},
		{"ｋa", strings.Repeat("\u212A", 1<<18)},
		{"!*!*!*?", strings.Repeat("!", 1<<20)},
	} {
		begin := time.Now()
		if mustParse(t, c.query).Matcher().Match(&event.Event{Msg: c.text}) {
			t.Errorf("%s matches", c.query)
		}
		// Each takes some 20 ms; quadratic time would be minutes.
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s took %v", c.query, took)
		}
	}
}

func TestTimesAndNumbersAtTheirEnds(t *testing.T) {
	for _, c := range []struct {
		query string
		e     event.Event
		want  bool
	}{
		{"seq:18446744073709551615", event.Event{Stream: "s", Seq: 1<<64 - 1}, true},
		{"seq > 18446744073709551614.5", event.Event{Stream: "s", Seq: 1<<64 - 1}, true},
		{"seq >= 18446744073709551616", event.Event{Stream: "s", Seq: 1<<64 - 1}, false},
		{"seq < 1e400", event.Event{Stream: "s", Seq: 5}, true},
		{"timeCost < 1e400", event.Event{TimeCost: 1e300, HasTimeCost: true}, true},
		{"timeCost > 1e-400", event.Event{TimeCost: 0, HasTimeCost: true}, false},
		{"timeCost > -1e-400", event.Event{TimeCost: 0, HasTimeCost: true}, false}, // rounded to 64 bits it is 0
		{"timeCost:0", event.Event{HasTimeCost: true}, true},
		{"timeCost:0", event.Event{}, false},
		{"timeCost:0.10000000000000000001", event.Event{TimeCost: 0.1, HasTimeCost: true}, true},
		{"time < 9223372036854775807", event.Event{Time: 1<<63 - 1}, false},
		{"time > 9223372036854775807", event.Event{Time: 1<<63 - 1}, false},
		{"time > 1677-09-22T00:00:00Z", event.Event{}, true},
		{"received > 1677-09-22T00:00:00Z", event.Event{}, false},
		{"id:x.7", event.Event{IDBase: "x", IDNum: 7}, true},
		{"id:x.07", event.Event{IDBase: "x", IDNum: 7}, false},
		{"id:x.07", event.Event{IDBase: "x.07"}, true},
		{"id:s.7", event.Event{Stream: "s", Seq: 7}, true},
		{"id:s", event.Event{Stream: "s", Seq: 7}, false},
		{"id:*", event.Event{}, false},
		{"id:*.7", event.Event{Stream: "S", Seq: 7}, true},
		{"invoker:uid\\:", event.Event{Invoker: "uid:"}, true},
		{"traceId:---", event.Event{}, false},
	} {
		if got := mustParse(t, c.query).Matcher().Match(&c.e); got != c.want {
			t.Errorf("%s: %v, want %v", c.query, got, c.want)
		}
	}
}

func TestHandmadeTreesPrintWithTheirMeaning(t *testing.T) {
	word := func(s string) Node { return &Word{Term{Text: s}} }
	for want, root := range map[string]Node{
		"(a and b) and c":      &And{[]Node{&And{[]Node{word("a"), word("b")}}, word("c")}},
		"(a or b) or c":        &Or{[]Node{&Or{[]Node{word("a"), word("b")}}, word("c")}},
		"not (a or b) and c":   &And{[]Node{&Not{&Or{[]Node{word("a"), word("b")}}}, word("c")}},
		"* or not *":           &Or{[]Node{All{}, &Not{All{}}}},
		`a\ b and "x\"y":"\\"`: &And{[]Node{word("a b"), &Equal{Resolve(`x"y`), Term{Text: `\`, Quoted: true}}}},
	} {
		if got := (&Query{Root: root}).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestARegularExpressionThatWouldBlowUpElsewhereTakesTimeInProportion(t *testing.T) {
	e := &event.Event{Msg: strings.Repeat("a", 200_000) + "!"}
	for _, text := range []string{`msg:~"(a+)+$"`, `msg:~"(a|aa)+$"`, `msg:~"(.*a){20}$"`, `lucene:msg:/(a*)*$/ AND msg:/.*.*.*b/`} {
		if mustParse(t, text).Matcher().Match(e) && !strings.HasPrefix(text, "lucene") {
			t.Errorf("%s matches", text)
		}
	}
}
