package format

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clewline/clewline/event"
)

const envelope = `{"app":"webphone","key":"k1","client":"c-1","stream":"20261120-abc","from":1,"to":%d,"sentAt":1795185127688,"sdk":"clewline/0.1.0"%s}` + "\n"

func track(to int, more, lines string) []byte {
	return []byte(fmt.Sprintf(envelope, to, more) + lines)
}

func TestATrackBatchHasItsEnvelopeAndItsEvents(t *testing.T) {
	b, err := DecodeTrack(track(5, `,"omitted":[[3,4,"level"]],"offset":-12.5,"ticket":"t.1","closed":{"at":9,"by":"self"},"later":1`,
		`{"seq":2,"time":1795185127688,"msg":"b","app":"other"}`+"\n"+`{"seq":1,"msg":"a","kind":"log"}`+"\n"+`{"seq":5,"stream":"mine","data":{"x":1}}`), Options{App: "fallback"})
	if err != nil {
		t.Fatal(err)
	}
	offset := int64(-12_500_000)
	want := TrackBatch{
		App: "webphone", Key: "k1", Client: "c-1", SDK: "clewline/0.1.0", SentAt: 1795185127688e6, Offset: &offset, Ticket: "t.1",
		Range: event.StreamRange{
			Stream: "20261120-abc", App: "webphone", SDK: "clewline/0.1.0", From: 1, To: 5, Offset: offset,
			Omitted: []event.Omission{{From: 3, To: 4, Reason: "level"}}, Closed: &event.Closing{At: 9, By: "self"},
		},
		Events: []event.Event{
			{Stream: "20261120-abc", Seq: 2, Time: 1795185127688e6, Msg: "b", App: "other", Kind: event.Track},
			{Stream: "20261120-abc", Seq: 1, Msg: "a", App: "webphone", Kind: event.Log},
			{Stream: "20261120-abc", Seq: 5, App: "webphone", Kind: event.Track, Data: `{"x":1,"stream":"mine"}`},
		},
	}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
	if id := b.Events[0].ID(); id != "20261120-abc.2" {
		t.Error(id)
	}
}

func TestABatchMayHoldOnlyOmittedNumbers(t *testing.T) {
	b, err := DecodeTrack(track(9007199254740991, `,"omitted":[[5,9007199254740991,"quota"],[1,6,"mode"]]`, ""), Options{})
	if err != nil || len(b.Events) != 0 || len(b.Range.Omitted) != 2 {
		t.Errorf("%+v %v", b, err)
	}
}

func TestAWrongEnvelopeIsWrongAsAWholeAndNamesItsField(t *testing.T) {
	with := func(field, value string) string {
		fields := map[string]string{"app": `"a"`, "key": `"k"`, "stream": `"s"`, "from": "1", "to": "1", "sentAt": "1"}
		fields[field] = value
		var parts []string
		for _, name := range []string{"app", "key", "client", "stream", "from", "to", "sentAt", "offset", "omitted", "closed", "sdk", "ticket"} {
			if fields[name] != "" {
				parts = append(parts, `"`+name+`":`+fields[name])
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for _, c := range []struct{ line, field, reason string }{
		{"", "", "first line must be the batch's envelope"},
		{"[]", "", "array"},
		{`{"app":"a",`, "", "the line ends"},
		{`{"app":"a","app":"b"}`, "app", "twice"},
		{with("stream", ""), "stream", "must name the stream"},
		{with("stream", `""`), "stream", "must name the stream"},
		{with("stream", "3"), "stream", "string"},
		{with("stream", `"a\nb"`), "stream", "control character"},
		{with("stream", `"`+strings.Repeat("s", 600)+`"`), "stream", "idBytes"},
		{with("from", "0"), "from", "1 to 2^53-1"},
		{with("from", ""), "from", "begins with"},
		{with("from", `"1"`), "from", "1 to 2^53-1"},
		{with("from", "2"), "to", "ends before it begins"},
		{with("to", "1.5"), "to", "1 to 2^53-1"},
		{with("to", "9007199254740992"), "to", "1 to 2^53-1"},
		{with("to", ""), "to", "ends with"},
		{with("to", "2"), "omitted", "the number 2 is neither an event nor omitted"},
		{with("sentAt", `"now"`), "sentAt", "milliseconds"},
		{with("sentAt", "1e300"), "sentAt", "milliseconds"},
		{with("offset", "true"), "offset", "milliseconds"},
		{with("omitted", "3"), "omitted", "list"},
		{with("omitted", "[3]"), "omitted", "list"},
		{with("omitted", `[[1,1]]`), "omitted", "list"},
		{with("omitted", `[[0,1,"level"]]`), "omitted", "1 to 2^53-1"},
		{with("omitted", `[[1,2,"level"]]`), "omitted", "does not lie within"},
		{with("omitted", `[[1,1,2]]`), "omitted", "list"},
		{with("closed", `{"at":0,"by":"self"}`), "closed.at", "1 to 2^53-1"},
		{with("closed", `{"at":1,"by":"me"}`), "closed", "self or adopter"},
		{with("closed", `{"at":1,"at":2,"by":"self"}`), "closed.at", "twice"},
		{with("closed", `1`), "closed", "self or adopter"},
	} {
		body := c.line + "\n" + `{"seq":1,"msg":"a"}`
		_, err := DecodeTrack([]byte(body), Options{})
		fail, ok := errors.AsType[*LineError](err)
		if !ok || fail.Field != c.field || fail.Line != 1 || !strings.Contains(fail.Reason, c.reason) {
			t.Errorf("%s\ngot  %v\nwant field %q: %s", c.line, err, c.field, c.reason)
		}
	}
	if _, err := DecodeTrack([]byte(with("closed", `{"at":1,"by":"adopter"}`)+"\n"+`{"seq":1}`), Options{}); err != nil {
		t.Error(err)
	}
	if _, err := DecodeTrack(track(5, `,"closed":{"at":4,"by":"self"},"omitted":[[1,5,"mode"]]`, ""), Options{}); err == nil {
		t.Error("a stream cannot have ended before its last number")
	}
}

func TestEachNumberIsAnEventOrOmittedOrTheBatchIsRefused(t *testing.T) {
	for _, c := range []struct{ more, lines, reason string }{
		{"", `{"seq":1}` + "\n" + `{"seq":3}`, "the number 2 is neither an event nor omitted"},
		{"", `{"seq":1}`, "the number 2 is neither an event nor omitted, and 1 more"},
		{`,"omitted":[[2,2,"level"]]`, `{"seq":1}`, "the number 3 is"},
		{"", `{"seq":1}` + "\n" + `{"seq":2}` + "\n{bad\n{bad", "the number 3 is neither an event nor omitted; line 4"},
		{"", `{"seq":1}` + "\n" + `{"seq":2}` + "\n" + `{"seq":7}`, "the number 3 is neither an event nor omitted; line 4"},
	} {
		_, err := DecodeTrack(track(3, c.more, c.lines), Options{})
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", c.lines, err)
		}
	}
}

func TestAnUnreadableLineOfABatchIsADeadLetterAndItsNumberCovered(t *testing.T) {
	one := func(n uint64) event.Omission { return event.Omission{From: n, To: n, Reason: Rejected} }
	for _, c := range []struct {
		name, lines string
		limits      event.Limits
		omitted     []event.Omission
		line        int
		reason      string
	}{
		{"broken, its number is there to see", `{"seq":1}` + "\n" + `{"seq": 2 ,"msg":"x}` + "\n" + `{"seq":3}`, event.Limits{}, []event.Omission{one(2)}, 3, "the line ends"},
		{"cut off before its number", `{"seq":1}` + "\n" + `{"msg":"x` + "\n" + `{"seq":3}`, event.Limits{}, []event.Omission{one(2)}, 3, "the line ends"},
		{"cut off within its number", `{"seq":2}` + "\n" + `{"seq":3}` + "\n" + `{"seq":1`, event.Limits{}, []event.Omission{one(1)}, 4, "the line ends"},
		{"two that might be its number", `{"seq":1}` + "\n" + `{"seq":9,"data":{"seq":2},}` + "\n" + `{"seq":3}`, event.Limits{}, []event.Omission{one(2)}, 3, "not valid"},
		{"without a number", `{"seq":1}` + "\n" + `{"msg":"x"}` + "\n" + `{"seq":3}`, event.Limits{}, []event.Omission{one(2)}, 3, "must carry its number"},
		{"a number of another type", `{"seq":1}` + "\n" + `{"seq":"2"}` + "\n" + `{"seq":3}`, event.Limits{}, []event.Omission{one(2)}, 3, "integer"},
		{"too long", `{"seq":1}` + "\n" + `{"seq":2,"msg":"` + strings.Repeat("x", 400) + `"}` + "\n" + `{"seq":3}`, event.Limits{LineBytes: 300}, []event.Omission{one(2)}, 3, "lineBytes"},
		{"a number twice", `{"seq":1}` + "\n" + `{"seq":2}` + "\n" + `{"seq":3}` + "\n" + `{"seq":2,"msg":"again"}`, event.Limits{}, nil, 5, "line 3 has the number 2 already"},
		{"a number outside", `{"seq":1}` + "\n" + `{"seq":2}` + "\n" + `{"seq":3}` + "\n" + `{"seq":4}`, event.Limits{}, nil, 5, "outside"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := DecodeTrack(track(3, "", c.lines), Options{Limits: c.limits})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.omitted, b.Range.Omitted); diff != "" {
				t.Error(diff)
			}
			if len(b.Errors) != 1 || b.Errors[0].Line != c.line || !strings.Contains(b.Errors[0].Reason, c.reason) || b.Errors[0].Text == "" {
				t.Errorf("%+v", b.Errors)
			}
		})
	}
}

func TestABatchBeyondALimitIsRefusedAsAWhole(t *testing.T) {
	for name, limits := range map[string]event.Limits{
		"trackBytes": {TrackBytes: 1000},
		"events":     {Events: 98},
		"lineBytes":  {LineBytes: 50},
	} {
		_, err := DecodeTrack(trackBody(100), Options{Limits: limits})
		if limit, ok := errors.AsType[*event.LimitError](err); !ok || limit.Limit != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhoAndTraceLoggedAsDataFillTheirFields(t *testing.T) {
	body := `{"app":"web","key":"k","client":"c","stream":"20261120abcdefgh","from":1,"to":3,"sentAt":1795185127688,"sdk":"t"}
{"seq":1,"time":1795185127688,"msg":"ringing","data":{"callId":"call-1","number":13800138000,"account":{"deep":1},"x":1}}
{"seq":2,"time":1795185127688,"msg":"own wins","data":{"callId":"call-1"},"callId":"call-2"}
{"seq":3,"time":1795185127688,"msg":"held","data":{"timeCost":12.5,"traceId":"8F43-C1D0"}}`
	b, err := DecodeTrack([]byte(body), Options{})
	if err != nil || len(b.Errors) > 0 {
		t.Fatal(err, b.Errors)
	}
	one, two, three := b.Events[0], b.Events[1], b.Events[2]
	if one.CallID != "call-1" || one.Number != "13800138000" || one.Account != "" || one.Data != `{"callId":"call-1","number":13800138000,"account":{"deep":1},"x":1}` {
		t.Errorf("got %+v", one)
	}
	if two.CallID != "call-2" {
		t.Errorf("callId is %q", two.CallID)
	}
	if three.TimeCost != 12.5 || !three.HasTimeCost || three.TraceID != "8f43c1d0" {
		t.Errorf("got %+v", three)
	}
}
