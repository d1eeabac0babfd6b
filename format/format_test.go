package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clewline/clewline/event"
)

// A vector is one line in and the event that comes of it, as the shared files
// hold them. Want is the wire form without id; it is compared by value, but
// data with the text of its numbers.
type vector struct {
	Name     string          `json:"name"`
	Format   string          `json:"format"`
	Zone     string          `json:"zone"`
	Received string          `json:"received"`
	Line     string          `json:"line"`
	Want     json.RawMessage `json:"want"`
	Error    *struct {
		Field  string `json:"field"`
		Column int    `json:"column"`
		Reason string `json:"reason"`
	} `json:"error"`
}

func readVectors[T any](t testing.TB, path string) []T {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(list) == 0 {
		t.Fatalf("%s is empty", path)
	}
	return list
}

func TestEachLineBecomesTheEventOfItsVector(t *testing.T) {
	for _, v := range append(readVectors[vector](t, "../event/testdata/wire.json"), readVectors[vector](t, "testdata/lines.json")...) {
		t.Run(v.Format+"/"+v.Name, func(t *testing.T) {
			decode, ok := ByName(v.Format)
			if !ok {
				t.Fatalf("no format %q", v.Format)
			}
			events, errs := decode([]byte(v.Line), vectorOptions(t, v), nil)
			if v.Error != nil {
				if len(errs) != 1 || len(events) != 0 {
					t.Fatalf("got %d events and %d errors, want one error", len(events), len(errs))
				}
				got := errs[0]
				if got.Field != v.Error.Field || got.Column != v.Error.Column || !strings.Contains(got.Reason, v.Error.Reason) {
					t.Errorf("got field %q column %d: %s\nwant field %q column %d: %s", got.Field, got.Column, got.Reason, v.Error.Field, v.Error.Column, v.Error.Reason)
				}
				return
			}
			for _, e := range errs {
				t.Fatal(&e)
			}
			if len(events) != 1 {
				t.Fatalf("got %d events", len(events))
			}
			e := events[0]
			if e.IDNum != 1 {
				t.Errorf("the line's number is %d", e.IDNum)
			}
			e.IDNum = 0
			got := string(event.AppendJSON(nil, &e))
			if diff := cmp.Diff(canonical(t, string(v.Want)), canonical(t, got)); diff != "" {
				t.Errorf("want -, got +\n%s\n%s", diff, got)
			}
		})
	}
}

func vectorOptions(t *testing.T, v vector) Options {
	o := Options{Received: received}
	if v.Zone != "" {
		zone, err := time.LoadLocation(v.Zone)
		if err != nil {
			t.Fatal(err)
		}
		o.Zone = zone
	}
	if v.Received != "" {
		ns, err := event.ParseTime(v.Received)
		if err != nil {
			t.Fatal(err)
		}
		o.Received = ns
	}
	return o
}

// canonical gives JSON as a tree that keeps the text of numbers.
func canonical(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func TestOneBadLineOfAThousandCostsOnlyItself(t *testing.T) {
	lines := strings.SplitAfter(string(nativeBody(1000)), "\n")
	lines[6] = `{"time":"2026-11-20T14:32:07Z","msg":oops}` + "\n"
	events, errs := DecodeEvents([]byte(strings.Join(lines, "")), Options{}, nil)
	if len(events) != 999 || len(errs) != 1 {
		t.Fatalf("%d events, %d errors", len(events), len(errs))
	}
	if e := errs[0]; e.Line != 7 || e.Column != 38 || e.Lines != 1 || e.Text != strings.TrimSpace(lines[6]) {
		t.Errorf("%+v", e)
	}
	for i, e := range events {
		want := uint64(i + 1)
		if i >= 6 {
			want++
		}
		if e.IDNum != want {
			t.Fatalf("event %d has line %d, want %d", i, e.IDNum, want)
		}
	}
}

func TestEachLimitRejectsByItsName(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"f%d":%d,`, i, i)
		}
		return b.String() + `"z":0`
	}
	for _, c := range []struct {
		name, line, limit string
		column            int
	}{
		{"a line of 3 MB", `{"msg":"` + strings.Repeat("x", 3<<20) + `"}`, "lineBytes", 0},
		{"10,000 fields", "{" + many(10_000) + "}", "fields", 10782},
		{"10,000 fields inside data", `{"data":{` + many(10_000) + "}}", "fields", 2},
		{"nesting 1,000 deep", `{"data":` + strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000) + "}", "depth", 164},
		{"nesting 1,000 deep in arrays", `{"x":` + strings.Repeat(`[`, 1000) + strings.Repeat("]", 1000) + "}", "depth", 37},
		{"a long name", `{"` + strings.Repeat("n", 300) + `":1}`, "nameBytes", 2},
		{"a long name inside data", `{"data":{"` + strings.Repeat("n", 300) + `" :1}}`, "nameBytes", 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"msg":"before"}` + "\n" + c.line + "\n" + `{"msg":"after"}`
			events, errs := DecodeEvents([]byte(body), Options{}, nil)
			if len(events) != 2 || len(errs) != 1 {
				t.Fatalf("%d events, %d errors", len(events), len(errs))
			}
			limit, ok := errors.AsType[*event.LimitError](&errs[0])
			if !ok || limit.Limit != c.limit || errs[0].Line != 2 || errs[0].Column != c.column || !strings.Contains(errs[0].Reason, c.limit) {
				t.Errorf("%v; column %d", &errs[0], errs[0].Column)
			}
			if len(errs[0].Text) > event.MaxDeadLetter {
				t.Errorf("%d bytes are kept", len(errs[0].Text))
			}
		})
	}
}

func TestLinesBeyondTheLimitOfEventsAreCountedNotRead(t *testing.T) {
	body := strings.Repeat("{\"msg\":\"x\"}\n\n", 10)
	events, errs := DecodeEvents([]byte(body), Options{Limits: event.Limits{Events: 4}}, nil)
	if len(events) != 4 || len(errs) != 1 || errs[0].Line != 9 || errs[0].Lines != 6 {
		t.Fatalf("%d events, %+v", len(events), errs)
	}
	if limit, ok := errors.AsType[*event.LimitError](&errs[0]); !ok || limit.Limit != "events" || limit.Got != 10 {
		t.Error(errs[0].Reason)
	}
}

func TestLineEndsBlanksAndByteOrderMarksAreFine(t *testing.T) {
	for name, body := range map[string]string{
		"CRLF":               "{\"msg\":\"a\"}\r\n{\"msg\":\"b\"}\r\n",
		"no last line feed":  "{\"msg\":\"a\"}\n{\"msg\":\"b\"}",
		"blank lines":        "\n\n{\"msg\":\"a\"}\n  \t\n{\"msg\":\"b\"}\n\n",
		"byte order mark":    "\xef\xbb\xbf{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n",
		"concatenated files": "\xef\xbb\xbf{\"msg\":\"a\"}\n\xef\xbb\xbf{\"msg\":\"b\"}\n",
		"white space around": " {\"msg\":\"a\"} \n\t{\"msg\":\"b\"}\t\n",
	} {
		events, errs := DecodeEvents([]byte(body), Options{}, nil)
		if len(errs) > 0 || len(events) != 2 || events[0].Msg != "a" || events[1].Msg != "b" {
			t.Errorf("%s: %d events, %v", name, len(events), errs)
		}
	}
	if events, errs := DecodeEvents(nil, Options{}, nil); len(events)+len(errs) != 0 {
		t.Error("an empty body has nothing in it")
	}
}

func TestEventsAreAppendedToWhatIsThere(t *testing.T) {
	dst := []event.Event{{Msg: "first"}}
	dst, _ = DecodeEvents([]byte(`{"msg":"second"}`), Options{App: "desk"}, dst)
	if len(dst) != 2 || dst[0].Msg != "first" || dst[1].Msg != "second" || dst[1].App != "desk" {
		t.Errorf("%+v", dst)
	}
}

func TestReusedRoomHoldsNothingOfEarlierEvents(t *testing.T) {
	dst, _ := DecodeEvents(nativeBody(2), Options{}, nil)
	dst, _ = DecodeEvents([]byte(`{"msg":"alone"}`), Options{}, dst[:0])
	want := event.Event{Msg: "alone", Kind: event.Log, IDNum: 1}
	if diff := cmp.Diff([]event.Event{want}, dst); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenTextBecomesReplacementSignsAndAFlag(t *testing.T) {
	for _, c := range []struct{ line, msg, data string }{
		{"{\"msg\":\"a\xffb\"}", "a\ufffdb", ""},
		{`{"msg":"a\ud800b"}`, "a\ufffdb", ""},
		{`{"msg":"\udc00\ud83d\ude00"}`, "\ufffd😀", ""},
		{`{"msg":"\\ud800"}`, `\ud800`, ""}, // an escaped backslash, no surrogate
		{`{"x":"\uD800","msg":"m"}`, "m", `{"x":"\ufffd"}`},
		{"{\"x\xc3\":1,\"msg\":\"m\"}", "m", "{\"x\ufffd\":1}"},
	} {
		events, errs := DecodeEvents([]byte(c.line), Options{}, nil)
		if len(errs) > 0 {
			t.Errorf("%q: %v", c.line, &errs[0])
			continue
		}
		e := events[0]
		flagged := e.Flags&event.Reencoded != 0
		if e.Msg != c.msg || e.Data != c.data || flagged != !strings.Contains(c.line, `\\`) {
			t.Errorf("%q: msg %q data %s flags %v", c.line, e.Msg, e.Data, e.Flags.Names())
		}
	}
}

func TestColumnsCountTheBytesThatWereSentEvenInRepairedLines(t *testing.T) {
	for line, column := range map[string]int{
		"{\"a\":\"\xff\xff\xff\",oops}":    12,
		"{\"a\":\"\xff\xff\xff\",\"a\":1}": 12,
		"{\"a\":\"\xff":                    8,
	} {
		_, errs := DecodeEvents([]byte(line), Options{}, nil)
		if len(errs) != 1 || errs[0].Column != column {
			t.Errorf("%q: %+v", line, errs)
		}
	}
}

func TestNULIsKept(t *testing.T) {
	events, errs := DecodeEvents([]byte(`{"msg":"a\u0000b","data":{"x":"\u0000"}}`), Options{}, nil)
	if len(errs) > 0 || events[0].Msg != "a\x00b" || events[0].Data != `{"x":"\u0000"}` || events[0].Flags != 0 {
		t.Errorf("%+v %v", events, errs)
	}
	if _, errs = DecodeEvents([]byte("{\"msg\":\"a\x00b\"}"), Options{}, nil); len(errs) != 1 || errs[0].Column != 10 {
		t.Errorf("a bare control character is no JSON: %v", errs)
	}
}

func TestOddTimesAreKeptAsSent(t *testing.T) {
	for _, s := range []string{"1970-01-02T00:00:00Z", "2099-01-01T00:00:00Z", "2026-11-28T12:00:00.000000001Z"} {
		events, errs := DecodeEvents([]byte(`{"time":"`+s+`"}`), Options{Received: received}, nil)
		if len(errs) > 0 || string(event.AppendTime(nil, events[0].Time)) != s || events[0].Data != "" {
			t.Errorf("%s: %+v %v", s, events, errs)
		}
	}
}

func TestStringsWithoutEscapesShareTheBody(t *testing.T) {
	body := nativeBody(100)
	dst := make([]event.Event, 0, 128)
	allocs := testing.AllocsPerRun(10, func() {
		dst, _ = DecodeEvents(body, Options{Received: received}, dst[:0])
	})
	if allocs > 20 {
		t.Errorf("%v allocations for 100 events", allocs)
	}
}

func TestFormatsAreFoundByName(t *testing.T) {
	if want := []string{"access", "events", "invocation", "json", "logfmt", "prism", "syslog", "text"}; !slices.Equal(Names(), want) {
		t.Error(Names())
	}
	if _, ok := ByName("yaml"); ok {
		t.Error("yaml is no format")
	}
}

func TestALineErrorReadsAsASentence(t *testing.T) {
	e := LineError{Line: 7, Column: 3, Field: "time", Reason: "no time"}
	if e.Error() != "line 7, column 3, field time: no time" {
		t.Error(e.Error())
	}
}
