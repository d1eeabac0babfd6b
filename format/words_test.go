package format

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
)

func TestASourcesOwnNamesFillFieldsInEveryFormatThatHasNames(t *testing.T) {
	fields := map[string]string{"kunde": "user", "dauer": "timeCost", "when": "time", "text": "msg", "http.route": "httpPath", "user": "data"}
	for _, c := range []struct{ format, pattern, line, user, path, data string }{
		{format: "json", line: `{"when":"2026-11-20 14:32:07","text":"hello","kunde":"u-7","dauer":12,"user":"root","http":{"route":"/a?b"}}`, user: "u-7", path: "/a",
			data: `{"when":"2026-11-20 14:32:07","kunde":"u-7","dauer":12,"user":"root","http":{"route":"/a?b"}}`},
		{format: "events", line: `{"text":"hello","when":1795185127,"kunde":"u-7","http.route":"/a"}`, user: "u-7", path: "/a", data: `{"kunde":"u-7","http.route":"/a"}`},
		{format: "logfmt", line: `when="2026-11-20 14:32:07" text=hello kunde=u-7 http.route=/a user=root`, user: "u-7", path: "/a",
			data: `{"when":"2026-11-20 14:32:07","kunde":"u-7","http.route":"/a","user":"root"}`},
		{format: "regex", pattern: `^(?P<when>\S+ \S+) (?P<kunde>\S+) (?P<text>.*)`, line: "2026-11-20 14:32:07 u-7 hello", user: "u-7", data: `{"when":"2026-11-20 14:32:07","kunde":"u-7"}`},
		{format: "prism", line: "NOTICE: 26-11-20 14:32:07 [logid=1 kunde=u-7 user=root text=hello dauer=12]", user: "u-7", data: `{"kunde":"u-7","user":"root","dauer":12}`},
		{format: "access", line: `1.2.3.4 - ada [20/Nov/2026:14:32:07 +0000] "GET /b HTTP/1.1" 200 1 "-" "-" kunde=u-7 text=hello`, user: "u-7", path: "/b",
			data: `{"status":200,"bytes":1,"method":"GET","protocol":"HTTP/1.1","kunde":"u-7"}`},
	} {
		events, errs := read(t, Source{Format: c.format, Pattern: c.pattern, Fields: fields}, c.line+"\n")
		if len(events) != 1 {
			t.Errorf("%s: %+v", c.format, errs)
			continue
		}
		e := events[0]
		if want := time.Date(2026, 11, 20, 14, 32, 7, 0, time.UTC).UnixNano(); e.Time != want {
			t.Errorf("%s: time %v", c.format, time.Unix(0, e.Time).UTC())
		}
		if e.User != c.user || e.Msg != "hello" || e.HTTPPath != c.path || !sameJSON(t, e.Data, c.data) {
			t.Errorf("%s: user %q, msg %q, path %q, data %s", c.format, e.User, e.Msg, e.HTTPPath, e.Data)
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return cmp.Equal(x, y)
}

func TestASourcesOwnWordsAreLevels(t *testing.T) {
	levels := map[string]string{"Schwer": "error", "错误": "fatal", "30": "notice", "404": "debug", "3": "warn", "警告": "warn", "警告级": "notice"}
	for _, c := range []struct {
		format, pattern, line string
		want                  event.Level
	}{
		{"json", "", `{"level":"SCHWER"}`, event.Error},
		{"json", "", `{"severity":30}`, event.Notice},
		{"json", "", `{"level":"warn"}`, event.Warn},
		{"logfmt", "", "level=schwer msg=x", event.Error},
		{"regex", `^(?P<level>\S+) (?P<msg>.*)`, "错误 x", event.Fatal},
		{"prism", "", "SCHWER: 26-11-20 14:32:07 [logid=1]", event.Error},
		{"prism", "", "错误: 26-11-20 14:32:07 [logid=1]", event.Fatal},
		{"text", "", "2026-11-20 14:32:07 [错误] x", event.Fatal},
		{"text", "", "2026-11-20 [警告级] x", event.Notice},       // and not the word that begins it
		{"text", "", "2026-11-20 schwerer ERROR", event.Error}, // no word of its own inside another
		{"text", "", "2026-11-20 Erschwert WARN", event.Warn},
		{"access", "", `1.2.3.4 - - [20/Nov/2026:14:32:07 +0000] "GET / HTTP/1.1" 404 1`, event.Debug},
		{"access", "", `1.2.3.4 - - [20/Nov/2026:14:32:07 +0000] "GET / HTTP/1.1" 500 1`, event.Error},
		{"syslog", "", "<35>Nov 20 14:32:07 desk-3 seatd[4711]: x", event.Warn},
	} {
		events, errs := read(t, Source{Format: c.format, Pattern: c.pattern, Levels: levels}, c.line)
		if len(events) != 1 || events[0].Level != c.want {
			t.Errorf("%s %s: %v %+v", c.format, c.line, events, errs)
		}
	}
}

func TestASourcesZoneAppAndEnvHoldWhereNothingElseIsSaid(t *testing.T) {
	s := Source{Format: "text", Zone: "Asia/Shanghai", App: "desk", Env: "prod"}
	decode, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	events, _, err := decode([]byte("2026-11-20 14:32:07 x\n"), Options{}, nil)
	if e := events[0]; err != nil || e.App != "desk" || e.Env != "prod" || time.Unix(0, e.Time).UTC().Hour() != 6 {
		t.Errorf("%+v, %v", e, err)
	}
	events, _, err = decode([]byte("2026-11-20 14:32:07 x\n"), Options{App: "a", Env: "b", Zone: time.UTC}, nil)
	if e := events[0]; err != nil || e.App != "a" || e.Env != "b" || time.Unix(0, e.Time).UTC().Hour() != 14 {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	many := map[string]string{}
	for i := range maxWords + 1 {
		many[fmt.Sprint(i)] = "msg"
	}
	for field, s := range map[string]Source{
		"tz":     {Format: "text", Zone: "Nowhere/City"},
		"fields": {Format: "text", Fields: map[string]string{"a": "msg"}},
		"levels": {Format: "json", Levels: map[string]string{"a": "loud"}},
		"app":    {Format: "json", App: strings.Repeat("x", 600)},
		"env":    {Format: "json", Env: "\xff"},
		"format": {},
		// Each would cost minutes on a line that is long enough.
		"pattern":   {Format: "regex", Pattern: `(?P<msg>` + strings.Repeat(".{0,1000}", 20) + `)`},
		"multiline": {Format: "text", Multiline: strings.Repeat(".{0,1000}x", 20)},
	} {
		if _, err := s.Reader(); err == nil || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, fields := range []map[string]string{{"": "msg"}, {"a": "received"}, {"a": "raw"}, {"a": "stream"}, {"a": "nothing"}, {strings.Repeat("x", 300): "msg"}, many} {
		if _, err := (Source{Format: "json", Fields: fields}).Reader(); err == nil || !strings.HasPrefix(err.Error(), "fields: ") {
			t.Errorf("%v: %v", fields, err)
		}
	}
	for _, levels := range []map[string]string{{"": "info"}, {strings.Repeat("x", 65): "info"}, {"A": "info", "a": "warn"}} {
		if _, err := (Source{Format: "json", Levels: levels}).Reader(); err == nil {
			t.Errorf("%v passed", levels)
		}
	}
}

// Whatever a source maps, each member of a line is in a field or in data.
func TestMappingLosesNothing(t *testing.T) {
	names := []string{"a", "b", "msg", "message", "user", "time", "ts", "timeCost", "and", "__proto__", "x.y"}
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.MapOf(rapid.SampledFrom(names), rapid.SampledFrom([]string{"msg", "user", "time", "timeCost", "httpPath", "level", "data", "filePath"})).Draw(t, "fields")
		line := rapid.MapOf(rapid.SampledFrom(names), rapid.SampledFrom([]any{"text", "2026-11-20T14:32:07Z", 12.0, "warn", "/a?b", true, []any{"x"}})).Draw(t, "line")
		text, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		reader, err := (Source{Format: "json", Fields: fields}).Reader()
		if err != nil {
			t.Fatal(err)
		}
		events, errs, err := reader(text, Options{}, nil)
		if err != nil || len(errs) > 0 || len(events) != 1 {
			t.Fatalf("%s: %v %v", text, errs, err)
		}
		e := &events[0]
		e.IDNum, e.Kind = 0, ""
		var got map[string]any
		if err := json.Unmarshal(event.AppendJSON(nil, e), &got); err != nil {
			t.Fatal(err)
		}
		data, _ := got["data"].(map[string]any)
		for name, value := range line {
			there := cmp.Equal(data[name], value)
			for field, v := range got {
				there = there || field != "data" && (cmp.Equal(v, value) || value == 12.0 && v == "1970-01-01T00:00:12Z")
			}
			if !there {
				t.Fatalf("%s with %v: %s is lost in %v", text, fields, name, got)
			}
		}
	})
}
