package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/clewline/clewline/event"
)

// seed gives a fuzz target the lines of the vectors of its format.
func seed(f *testing.F, format string) {
	for _, v := range append(readVectors[vector](f, "../event/testdata/wire.json"), readVectors[vector](f, "testdata/lines.json")...) {
		if v.Format == format {
			f.Add([]byte(v.Line))
		}
	}
	for _, s := range []string{"", "\n\n", "\xef\xbb\xbf", "{", "{\"a\":\"\xff\"}", `{"a":"\ud800\ud800\udc00"}`, strings.Repeat(`{"a":[`, 40), "\x00", "{}\r\n{}\r"} {
		f.Add([]byte(s))
	}
}

// checkDecoded holds what every decoder promises of every body.
func checkDecoded(t *testing.T, body []byte, events []event.Event, errs []LineError) {
	lines := 0
	for line := range bytes.SplitSeq(body, []byte{'\n'}) {
		if !blank(bytes.TrimSuffix(bytes.TrimPrefix(line, byteOrderMark), []byte{'\r'})) {
			lines++
		}
	}
	if len(events)+len(errs) != lines {
		t.Fatalf("%d lines, %d events, %d errors", lines, len(events), len(errs))
	}
	for i := range events {
		e := &events[i]
		if i > 0 && e.IDNum <= events[i-1].IDNum {
			t.Fatal("lines out of order")
		}
		if e.Data != "" && !json.Valid([]byte(e.Data)) {
			t.Fatalf("data is no JSON: %q", e.Data)
		}
		wire := event.AppendJSON(nil, e)
		if !json.Valid(wire) || bytes.IndexByte(wire, '\n') >= 0 || !utf8.Valid(wire) {
			t.Fatalf("the wire form is no line of JSON: %q", wire)
		}
		for f := event.NoField + 1; f < event.NumFields; f++ {
			if !utf8.ValidString(e.String(f)) {
				t.Fatalf("%s is no text: %q", f.Name(), e.String(f))
			}
		}
		e.DeriveWords()
	}
	for i := range errs {
		e := &errs[i]
		if e.Line < 1 || e.Lines != 1 || e.Reason == "" || e.Column < 0 || e.Column > len(body)+1 || !utf8.ValidString(e.Reason+e.Field+e.Text) {
			t.Fatalf("%+v", *e)
		}
	}
}

func fuzzJSON(f *testing.F, decode Decoder) {
	f.Fuzz(func(t *testing.T, body []byte) {
		kept := bytes.Clone(body)
		events, errs := decode(body, Options{Received: received}, nil)
		if !bytes.Equal(kept, body) {
			t.Fatal("the body was written to")
		}
		checkDecoded(t, body, events, errs)
		if bytes.IndexByte(body, '\n') >= 0 || !utf8.Valid(body) {
			return
		}
		// encoding/json is the oracle of what is an object, but it takes names
		// that are there twice.
		line := bytes.TrimPrefix(body, byteOrderMark)
		switch {
		case len(events) == 1:
			var o map[string]json.RawMessage
			if err := json.Unmarshal(line, &o); err != nil {
				t.Fatalf("accepted %q: %v", line, err)
			}
			if again := duplicateName(line); again {
				t.Fatalf("accepted a name twice in %q", line)
			}
		case len(errs) == 1:
			var o map[string]json.RawMessage
			limit := errs[0].Err != nil
			if err := json.Unmarshal(line, &o); err == nil && o != nil && !limit && !duplicateName(line) {
				t.Fatalf("rejected %q: %v", line, &errs[0])
			}
		}
	})
}

// duplicateName walks valid JSON token by token.
func duplicateName(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	type level struct {
		names  map[string]bool // nil in an array
		isName bool
	}
	var stack []level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			return false
		}
		top := len(stack) - 1
		if s, ok := token.(string); ok && top >= 0 && stack[top].names != nil && stack[top].isName {
			if stack[top].names[s] {
				return true
			}
			stack[top].names[s] = true
			stack[top].isName = false
			continue
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{map[string]bool{}, true})
			continue
		case json.Delim('['):
			stack = append(stack, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
		}
		if n := len(stack); n > 0 {
			stack[n-1].isName = true
		}
	}
}

func FuzzDecodeEvents(f *testing.F) {
	seed(f, "events")
	fuzzJSON(f, DecodeEvents)
}

func FuzzDecodeJSONLines(f *testing.F) {
	seed(f, "json")
	fuzzJSON(f, DecodeJSONLines)
}

func FuzzDecodeInvocation(f *testing.F) {
	seed(f, "invocation")
	fuzzJSON(f, DecodeInvocation)
}

func FuzzDecodePrism(f *testing.F) {
	seed(f, "prism")
	f.Fuzz(func(t *testing.T, body []byte) {
		events, errs := DecodePrism(body, Options{Received: received}, nil)
		checkDecoded(t, body, events, errs)
		for i := range events {
			e := events[i]
			if e.Flags == 0 && !bytes.Contains(body, []byte(e.Raw)) {
				t.Fatalf("raw is not what came: %q", e.Raw)
			}
			// What was read can be written, and reads the same from then on.
			line := AppendPrism(nil, &e)
			again, errs := DecodePrism(line, Options{Received: received}, nil)
			if len(errs) > 0 || len(again) != 1 {
				t.Fatalf("%v in %q", errs, line)
			}
			if e.Msg != "" && again[0].Msg != e.Msg || again[0].TraceID != e.TraceID || again[0].ErrorCode != e.ErrorCode || again[0].Level != e.Level ||
				e.Time > 0 && again[0].Time != e.Time || again[0].HTTPPath != e.HTTPPath || again[0].TimeCost != e.TimeCost {
				t.Fatalf("%q became %q\n%s", e.Raw, line, cmp.Diff(e, again[0]))
			}
		}
	})
}

func FuzzDecodeTrack(f *testing.F) {
	f.Add(trackBody(3))
	f.Add(track(5, `,"omitted":[[3,4,"level"]],"offset":-12.5,"ticket":"t","closed":{"at":9,"by":"self"}`, `{"seq":2}`+"\n"+`{"seq":1}`+"\n"+`{"seq":5`))
	f.Add(track(9007199254740991, `,"omitted":[[1,9007199254740991,"quota"]]`, ""))
	f.Add([]byte("{}\n{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := DecodeTrack(body, Options{Received: received})
		if err != nil {
			fail, ok := errors.AsType[*LineError](err)
			if !ok || fail.Reason == "" || !utf8.ValidString(fail.Error()) {
				t.Fatalf("%v", err)
			}
			return
		}
		// Every number of the range is covered, once as an event.
		seen := map[uint64]bool{}
		for _, e := range b.Events {
			if e.Seq < b.Range.From || e.Seq > b.Range.To || seen[e.Seq] || e.Stream != b.Range.Stream {
				t.Fatalf("event %d of %+v", e.Seq, b.Range)
			}
			seen[e.Seq] = true
		}
		for n := b.Range.From; n <= b.Range.To && n < b.Range.From+1000; n++ {
			covered := seen[n]
			for _, om := range b.Range.Omitted {
				covered = covered || n >= om.From && n <= om.To
			}
			if !covered {
				t.Fatalf("%d is neither event nor omitted in %+v", n, b.Range)
			}
		}
	})
}

func fuzzText(f *testing.F, name string) {
	seed(f, name)
	decode, _ := ByName(name)
	f.Fuzz(func(t *testing.T, body []byte) {
		kept := bytes.Clone(body)
		events, errs := decode(body, Options{Received: received}, nil)
		if !bytes.Equal(kept, body) {
			t.Fatal("the body was written to")
		}
		checkDecoded(t, body, events, errs)
		for i := range events {
			if events[i].Raw == "" {
				t.Fatal("the line is not kept")
			}
		}
	})
}

func FuzzDecodeLogfmt(f *testing.F) { fuzzText(f, "logfmt") }

func FuzzDecodeAccess(f *testing.F) { fuzzText(f, "access") }

func FuzzDecodeSyslog(f *testing.F) { fuzzText(f, "syslog") }
