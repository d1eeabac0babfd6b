package api

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAnExcerptIsCutAroundTheSignAtFault(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, c := range []struct {
		text   string
		column int
		field  string
		want   excerpt
	}{
		{`{"msg":"a", oops}`, 13, "", excerpt{Before: `{"msg":"a", `, Sign: "oops", After: "}"}},
		{`NOTICE: 11-20 cost=12ms uri=%2F`, 0, "cost", excerpt{Before: "NOTICE: 11-20 cost=", Sign: "12ms", After: " uri=%2F"}},
		{`NOTICE: 11-20 cost= uri=%2F`, 0, "cost", excerpt{Before: "NOTICE: 11-20 ", Sign: "cost=", After: " uri=%2F"}},
		{`{"time":"yesterday","n":1}`, 0, "time", excerpt{Before: `{"time":`, Sign: `"yesterday"`, After: `,"n":1}`}},
		{`{"time": 12x,"n":1}`, 0, "time", excerpt{Before: `{"time": `, Sign: `12x`, After: `,"n":1}`}},
		{`{"half`, 7, "", excerpt{Before: `{"hal`, Sign: "f"}},
		{`{"half`, 9, "", excerpt{Before: `{"hal`, Sign: "f"}},
		{"nothing is known", 0, "time", excerpt{After: "nothing is known"}},
		{"overcost=1 cost=2", 0, "cost", excerpt{Before: "overcost=1 cost=", Sign: "2"}},
		{"坐席掉线", 7, "", excerpt{Before: "坐席", Sign: "掉线"}},
		{long + "!" + long, 201, "", excerpt{Before: long[:48], Sign: "!" + long[:31], After: long[:64], CutBefore: true, CutAfter: true}},
		{long, 0, "", excerpt{After: long[:112], CutAfter: true}},
		{"", 1, "", excerpt{}},
	} {
		if got := excerptOf(c.text, c.column, c.field); got != c.want {
			t.Errorf("%q at %d, field %q: %+v, want %+v", c.text, c.column, c.field, got, c.want)
		}
	}
}

func TestAnExcerptIsAPartOfItsTextWhateverTheTextIs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringN(0, 300, -1).Draw(rt, "text")
		field := rapid.SampledFrom([]string{"", "a", "time"}).Draw(rt, "field")
		if rapid.Bool().Draw(rt, "has the field") {
			text += " " + field + `="` + rapid.String().Draw(rt, "value")
		}
		got := excerptOf(text, rapid.IntRange(0, 400).Draw(rt, "column"), field)
		whole := got.Before + got.Sign + got.After
		if !strings.Contains(text, whole) || utf8.ValidString(text) && !utf8.ValidString(whole) {
			rt.Fatalf("%q is no part of %q", whole, text)
		}
		if strings.HasPrefix(text, whole) == got.CutBefore && !strings.Contains(text[1:], whole) {
			rt.Fatalf("%+v says wrongly whether %q was cut before", got, text)
		}
	})
}
