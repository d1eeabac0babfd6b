package format

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const rightLine = `NOTICE: 26-11-20 14:32:07 call-api * 4711 [logid=8f43 optime=1795530727.688 product=phone subsys=call-api module=hold uri=%2Fcall%2Fhold cost=287 retErrno=0 errDetail=]`

func TestLintNamesWhatDepartsFromTheNorm(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"a right line", rightLine, ""},
		{"a line without a request", `FATAL: 11-20 14:32:07 [logid=1 optime=1795530727.688 product=p subsys=s module=m]`, ""},
		{"Java's level", strings.Replace(rightLine, "NOTICE", "INFO", 1), ""},
		{"no level", `hello`, "level/level"},
		{"another level", strings.Replace(rightLine, "NOTICE", "ERROR", 1), "level/level?"},
		{"no time", `NOTICE: today [logid=1]`, "time/time"},
		{"a year of four digits", strings.Replace(rightLine, "26-11", "2026-11", 1), "time/time?"},
		{"old names", strings.NewReplacer("uri=", "url=", "retErrno=", "retErrorNo=", "errDetail=", "errmsg=", "logid=", "logId=").Replace(rightLine), "old-name/logId? old-name/url? old-name/retErrorNo? old-name/errmsg?"},
		{"a plain path", strings.Replace(rightLine, "%2Fcall%2Fhold", "/call/hold", 1), "encoding/uri?"},
		{"a broken cost", strings.Replace(rightLine, "cost=287", "cost=287ms", 1), "form/cost"},
		{"a broken optime", strings.Replace(rightLine, "1795530727.688", "now", 1), "form/optime"},
		{"a missing module", strings.Replace(rightLine, "module=hold ", "", 1), "required/module"},
		{"an empty logid", strings.Replace(rightLine, "logid=8f43", "logid=", 1), "required/logid"},
		{"a request without its result", strings.Replace(rightLine, " retErrno=0", "", 1), "required/retErrno"},
		{"a key twice", strings.Replace(rightLine, "cost=287", "cost=287 cost=288", 1), "twice/cost"},
		{"a blank in a value", strings.Replace(rightLine, "errDetail=", "errDetail=no seat", 1), "encoding/errDetail"},
		{"no brackets", strings.NewReplacer("[", "", "]", "").Replace(rightLine), "brackets/?"},
		{"a second NOTICE", rightLine + "\n" + rightLine, "one-notice/logid?"},
		{"a server log", `NOTICE: 26-11-20 14:32:07 [logid=1 spanid=2 status=200 host=h server_addr=1 server_port=2 client_addr=3 request=GET%20/ msec=1795530727.688]`, "required/request_time"},
		{"a client log", `NOTICE: 26-11-20 14:32:07 [logid=1 optime=1795530727.688 product=p subsys=s module=m protocol=http]`, "required/cost required/retErrno"},
		{"a warning about nothing", strings.Replace(rightLine, "NOTICE", "WARNING", 1), "required/errDetail?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range LintPrism([]byte(c.line), Options{Received: received}) {
				mark := ""
				if f.Warning {
					mark = "?"
				}
				got = append(got, fmt.Sprintf("%s/%s%s", f.Rule, f.Field, mark))
				known := slices.ContainsFunc(LintRules(), func(r LintRule) bool { return r.Name == f.Rule })
				if f.Advice == "" || f.Line < 1 || !known {
					t.Errorf("%+v", f)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFixedLineHasNothingLeftThatCanBeFixed(t *testing.T) {
	fixable := []string{"old-name", "encoding", "time", "brackets"}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom([]string{"1", "/a/b", "no seat", "座席", "a=b", "x]y", `"q"`, "%2Fa", "a%20b", ""})
		line := rapid.SampledFrom([]string{"NOTICE: 26-11-20 14:32:07 ", "INFO: 2026-11-20 14:32:07 s * 1 ", "WARNING: 11-20 14:32:07.5 "}).Draw(t, "head")
		open, end := "[", "]"
		if rapid.Bool().Draw(t, "bare") {
			open, end = "", ""
		}
		line += open + "logid=1"
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"url", "uri", "logId", "errmsg", "retErrorNo", "cost", "optime", "other"}), 0, 6, rapid.ID).Draw(t, "keys") {
			line += " " + key + "=" + value.Draw(t, "value")
		}
		line += end
		o := Options{Received: received}
		fixed := FixPrism(nil, []byte(line), o)
		for _, f := range LintPrism(fixed, o) {
			for _, rule := range fixable {
				// Two spellings of one name with two values cannot both take the new one.
				if f.Rule == rule && rule != "old-name" {
					t.Fatalf("%s\nbecame %s\nwhich has %+v", line, fixed, f)
				}
			}
		}
		if again := FixPrism(nil, fixed, o); string(again) != string(fixed) {
			t.Fatalf("%s\nbecame %s\nand then %s", line, fixed, again)
		}
	})
}

func TestAFindingSaysWhereItsFieldStands(t *testing.T) {
	line := strings.NewReplacer("subsys=call-api", "subsys=座席", "retErrno=", "retErrorNo=", "cost=287", "xcost=1 cost=287ms").Replace(rightLine)
	found := LintPrism([]byte(line), Options{Received: received})
	for _, f := range found {
		if f.Column < 1 || !strings.HasPrefix(string([]rune(line)[f.Column-1:]), f.Field+"=") {
			t.Errorf("%+v", f)
		}
	}
	if len(found) != 2 {
		t.Errorf("%+v", found)
	}
	if f := LintPrism([]byte("  NOTICE:  today"), Options{})[0]; f.Field != "time" || f.Column != 12 {
		t.Errorf("%+v", f)
	}
}

func TestEachRuleOfTheNormIsInTheDocs(t *testing.T) {
	for _, doc := range []string{"../docs/formats.md", "../docs/howto/lint.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range LintRules() {
			if !strings.Contains(string(text), "`"+rule.Name+"`") {
				t.Errorf("%s does not tell of rule %s", doc, rule.Name)
			}
		}
	}
}
