package query_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
)

func TestNamesAreColumnsThenAliasesThenKeysOfData(t *testing.T) {
	for _, want := range []Field{
		{Name: "callId", Column: event.FieldCallID},
		{Name: "logid", Column: event.FieldTraceID},
		{Name: "file_path", Column: event.FieldFilePath},
		{Name: "data", Column: event.FieldData},
		{Name: "CallId", Path: "CallId"},
		{Name: "a.b", Path: "a.b"},
		{Name: "data.a.b", Path: "a.b"},
		{Name: "data.app", Path: "app"},
		{Name: "data.data.x", Path: "data.x"},
		{Name: "data.", Path: "data."},
	} {
		if got := Resolve(want.Name); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestAPathIsSplitInEveryWay(t *testing.T) {
	for path, want := range map[string][][]string{
		"a":     {{"a"}},
		"a.b":   {{"a", "b"}, {"a.b"}},
		"a.b.c": {{"a", "b", "c"}, {"a.b", "c"}, {"a", "b.c"}, {"a.b.c"}},
		"a.":    {{"a", ""}, {"a."}},
	} {
		if got := Splits(path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	long := Splits("a.b.c.d.e.f.g.h")
	if len(long) != 1<<(MaxSteps-1) || !reflect.DeepEqual(long[0], []string{"a", "b", "c", "d", "e", "f.g.h"}) {
		t.Errorf("a long path is split in %d ways, first %q", len(long), long[0])
	}
}

func TestAKeyWithManyDotsIsFoundAndSoIsDeepNesting(t *testing.T) {
	for _, c := range []struct {
		data string
		want bool
	}{
		{`{"a.b.c.d.e.f.g.h":1}`, true},
		{`{"a":{"b":{"c":{"d":{"e":{"f.g.h":1}}}}}}`, true},
		{`{"a":{"b":{"c":{"d":{"e":{"f":{"g.h":1}}}}}}}`, false}, // a seventh step
		{`{"a.b":{"c.d":{"e.f":{"g.h":1}}}}`, true},
	} {
		got := mustParse(t, "a.b.c.d.e.f.g.h:1").Matcher().Match(&event.Event{Data: c.data})
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.data, got, c.want)
		}
	}
}

func TestNearNamesAreSuggested(t *testing.T) {
	known := []string{"callId", "account", "timeCost", "level", "errorCode", "errorMsg", "ua", "os", "票据编号"}
	for name, want := range map[string]string{
		"calId": "callId", "CALLID": "callId", "clalId": "callId", "acount": "account", "timecosts": "timeCost",
		"levle": "level", "errorCod": "errorCode", "errrMsg": "errorMsg", "au": "ua", "xx": "", "duration": "", "callId": "",
		"票据编": "票据编号", "": "", strings.Repeat("x", 1000): "",
	} {
		if got := Suggest(name, known); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFieldsAreListedOnce(t *testing.T) {
	q := mustParse(t, `logid:a x (level>warn or not a.b:*) and level:info timeCost:[1 to 2] "word"`)
	var names []string
	for _, f := range q.Fields() {
		names = append(names, f.Name)
	}
	if want := []string{"logid", "level", "a.b", "timeCost"}; !reflect.DeepEqual(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func TestWordsToHighlightAreThoseThatAreNotNegated(t *testing.T) {
	q := mustParse(t, `timeout "登录 失败" err* a:b not c not (d or not e) timeout "timeout" level>warn`)
	want := []Term{
		{Text: "timeout"}, {Text: "登录 失败", Quoted: true}, {Text: "err", Stars: []int{3}}, {Text: "b"}, {Text: "e"}, {Text: "timeout", Quoted: true},
	}
	if got := q.Words(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestTimesAreInstantsOrDays(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string][2]time.Time{
		"2026-11-20":                {day, day.Add(24*time.Hour - 1)},
		"2026-11-20T00:00:00Z":      {day, day},
		"2026-11-20 00:00:00.5Z":    {day.Add(5e8), day.Add(5e8)},
		"2026-11-20T08:00:00+08:00": {day, day},
		"1795132800":                {day, day},
		"1795132800000":             {day, day},
		"1795132800000000001":       {day.Add(1), day.Add(1)},
	} {
		first, last, ok := TimeBounds(text)
		if !ok || first != want[0].UnixNano() || last != want[1].UnixNano() {
			t.Errorf("%s: %d to %d %v, want %d to %d", text, first, last, ok, want[0].UnixNano(), want[1].UnixNano())
		}
	}
	for _, text := range []string{"", "2026", "20261120", "-1795132800", "2026-11", "2026-02-30", "2026-11-20T14", "now", "0001-01-01", "9999-12-31", "1e2"} {
		if first, _, ok := TimeBounds(text); ok {
			t.Errorf("%q is read as %s", text, time.Unix(0, first).UTC())
		}
	}
}

func TestLevelsOfATerm(t *testing.T) {
	for text, want := range map[string][]event.Level{
		"warn": {event.Warn}, "WARNING": {event.Warn}, "critical": {event.Fatal}, "trace": {event.Debug},
		"w*": {event.Warn}, "*o*": {event.Info, event.Notice, event.Error}, "e*r": {event.Error},
	} {
		var got []event.Level
		for l, set := range Levels(mustParse(t, text).Words()[0]) {
			if set {
				got = append(got, event.Level(l))
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
