package format

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
)

var (
	word = rapid.StringMatching(`[a-zA-Z0-9_:/.一-十]{1,12}`)
	text = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"座席掉线，请重试", "a\x00b", "\u2028", "tab\there", `\u0041`, "100%", "a+b = c]", "\ufffd", "-", `"`, "０１ＡＢ", "😀"})).
		Filter(func(s string) bool { return s != "" })
	instant = rapid.Int64Range(-9e18, 9e18).Filter(func(ns int64) bool { return ns != 0 })
	id      = rapid.StringMatching(`[0-9a-z]{1,32}`)
)

// tree draws any JSON value, with numbers that keep their odd text.
func tree(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		most := 5
		if depth == 0 {
			most = 3
		}
		switch rapid.IntRange(0, most).Draw(t, "kind") {
		case 0:
			return rapid.SampledFrom([]string{"null", "true", "false", "[]", "{}"}).Draw(t, "literal")
		case 1:
			return rapid.SampledFrom([]string{"0", "-0", "1.50", "1e3", "12345678901234567890", "-7", "1E-9"}).Draw(t, "number")
		case 2, 3:
			return string(event.AppendString(nil, text.Draw(t, "string")))
		case 4:
			return "[" + strings.Join(rapid.SliceOfN(tree(depth-1), 0, 4).Draw(t, "list"), ", ") + "]"
		}
		return object(depth-1).Draw(t, "object")
	})
}

func object(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var parts []string
		for _, name := range rapid.SliceOfNDistinct(rapid.OneOf(word, text), 0, 5, rapid.ID[string]).Draw(t, "names") {
			if len(name) <= 64 {
				parts = append(parts, string(event.AppendString(nil, name))+":"+tree(depth).Draw(t, "value"))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	})
}

// anyEvent draws an event as a sender may send it: without derived fields, in
// stored form.
var anyEvent = rapid.Custom(func(t *rapid.T) event.Event {
	e := event.Event{Kind: event.Kind(word.Draw(t, "kind"))}
	has := func(name string) bool { return rapid.IntRange(0, 2).Draw(t, name) == 0 }
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if f.Derived() || f == event.FieldKind || !has(f.Name()) {
			continue
		}
		switch f.Type() {
		case event.Keyword, event.Text:
			switch f {
			case event.FieldTraceID, event.FieldSpanID, event.FieldChildOf:
				e.SetString(f, id.Draw(t, "id"))
			case event.FieldHTTPPath:
				e.SetString(f, "/"+strings.ReplaceAll(text.Draw(t, "path"), "?", ""))
			default:
				e.SetString(f, text.Draw(t, f.Name()))
			}
		case event.LevelType:
			e.Level = event.Level(rapid.IntRange(1, int(event.Fatal)).Draw(t, "level"))
		}
	}
	if has("time") {
		e.Time = instant.Draw(t, "time")
	}
	if has("startTime") {
		e.StartTime = instant.Draw(t, "startTime")
	}
	if has("timeCost") {
		e.TimeCost, e.HasTimeCost = rapid.Float64().Draw(t, "timeCost"), true
	}
	if has("filePath") {
		e.FilePath = rapid.SliceOfN(text, 1, 3).Draw(t, "filePath")
	}
	if has("collectionName") {
		e.CollectionName = rapid.SliceOfN(text, 1, 3).Draw(t, "collectionName")
	}
	if has("data") {
		e.Data = object(3).Draw(t, "data")
	}
	return e
})

func TestTheWireFormGivesTheSameEventBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyEvent.Draw(t, "event")
		line := event.AppendJSON(nil, &want)
		if !json.Valid(line) {
			t.Fatalf("no JSON: %s", line)
		}
		events, errs := DecodeEvents(line, Options{}, nil)
		if len(errs) > 0 || len(events) != 1 {
			t.Fatalf("%v in %s", errs, line)
		}
		events[0].IDNum = 0
		if diff := cmp.Diff(want, events[0]); diff != "" {
			t.Fatalf("%s\n%s", diff, line)
		}
	})
}

// TestWhateverIsSentCanBeReadBack is promise 6: each member of a line is in the
// field of its name, by value, or in data under its name, with its text.
func TestWhateverIsSentCanBeReadBack(t *testing.T) {
	names := []string{"time", "level", "msg", "traceId", "httpPath", "timeCost", "filePath", "number", "id", "data", "startTime", "x", "y", "@timestamp", "message", "severity", "error", "file_path", "user"}
	values := rapid.OneOf(tree(2), rapid.SampledFrom([]string{
		`"2026-11-20T14:32:07Z"`, `"2026-11-20 14:32:07"`, "1795185127688", "1795185127.5", `"critical"`, `"info"`, "30", `"8F-43"`, `"/a?b"`, `"/a"`,
		"12.50", "12.5", `"12"`, `["a","b"]`, `["a",1]`, `"a"`, "13800138000", `{"id":"u","message":"m"}`}))
	rapid.Check(t, func(t *rapid.T) {
		sent := map[string]string{}
		var parts []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 8, rapid.ID[string]).Draw(t, "names") {
			sent[name] = values.Draw(t, name)
			parts = append(parts, string(event.AppendString(nil, name))+":"+sent[name])
		}
		line := "{" + strings.Join(parts, ",") + "}"
		name := rapid.SampledFrom([]string{"events", "json", "invocation"}).Draw(t, "format")
		decode, _ := ByName(name)
		events, errs := decode([]byte(line), Options{}, nil)
		if len(errs) > 0 {
			t.Fatalf("%v in %s", &errs[0], line)
		}
		out := canonical(t, string(event.AppendJSON(nil, &events[0]))).(map[string]any)
		data, _ := out["data"].(map[string]any)
		for name, value := range sent {
			want := canonical(t, value)
			if event.FieldByName(name) != event.NoField || name == "file_path" || name == "@timestamp" || name == "message" || name == "severity" || name == "error" {
				if want == nil || want == "" {
					continue // absent
				}
				if list, ok := want.([]any); ok && len(list) == 0 {
					continue
				}
			}
			if cmp.Equal(data[name], want) || cmp.Equal(out[name], want) {
				continue
			}
			if own, ok := map[string]string{"time": "time", "startTime": "startTime", "@timestamp": "time"}[name]; ok { // the same instant in other words
				came, err1 := event.ParseTime(strings.Trim(value, `"`))
				is, _ := out[own].(string)
				stands, err2 := event.ParseTime(is)
				if err1 == nil && err2 == nil && came == stands {
					continue
				}
			}
			if name == "message" && cmp.Equal(out["msg"], want) {
				continue
			}
			if name == "data" { // merged
				whole := true
				object, ok := want.(map[string]any)
				for k, v := range object {
					whole = whole && cmp.Equal(data[k], v)
				}
				if ok && whole {
					continue
				}
			}
			t.Fatalf("%s of %s is lost in %s", name, line, event.AppendJSON(nil, &events[0]))
		}
	})
}

func TestThePrismNormGivesTheSameEventBack(t *testing.T) {
	value := text.Filter(func(s string) bool { return s != "-" })
	rapid.Check(t, func(t *rapid.T) {
		e := event.Event{
			Kind:        rapid.SampledFrom([]event.Kind{event.UI, event.Server}).Draw(t, "kind"),
			Level:       rapid.SampledFrom([]event.Level{event.Debug, event.Info, event.Notice, event.Warn, event.Error, event.Fatal}).Draw(t, "level"),
			Time:        rapid.Int64Range(1, 9e18).Draw(t, "time"),
			Product:     value.Draw(t, "product"),
			Subsys:      value.Draw(t, "subsys"),
			Module:      value.Draw(t, "module"),
			TraceID:     id.Draw(t, "trace"),
			SpanID:      id.Draw(t, "span"),
			HTTPPath:    "/" + strings.ReplaceAll(value.Draw(t, "path"), "?", ""),
			ErrorCode:   rapid.StringMatching(`-?[1-9][0-9]{0,5}`).Draw(t, "code"),
			ErrorMsg:    value.Draw(t, "error"),
			Msg:         value.Draw(t, "msg"),
			Host:        value.Draw(t, "host"),
			Staff:       value.Draw(t, "staff"),
			InvokerIP:   value.Draw(t, "ip"),
			TimeCost:    float64(rapid.IntRange(0, 1e6).Draw(t, "cost")) / 8,
			Data:        `{"first":` + string(event.AppendString(nil, "x"+value.Draw(t, "data"))) + `,"n":12.50}`,
			HasTimeCost: true,
		}
		line := AppendPrism(nil, &e)
		events, errs := DecodePrism(line, Options{}, nil)
		if len(errs) > 0 {
			t.Fatalf("%v in %s", &errs[0], line)
		}
		got := events[0]
		if got.Raw != string(line) {
			t.Fatalf("raw is %q, the line %q", got.Raw, line)
		}
		got.Raw, got.IDNum = "", 0
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatalf("%s\n%s", diff, line)
		}
	})
}
