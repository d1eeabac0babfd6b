package format

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/clewline/clewline/event"
)

func try(t *testing.T, s Source, sample string, o Options, most int) Trial {
	t.Helper()
	o.Received = received
	got, err := s.Try([]byte(sample), o, most)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestATrialTellsWhatBecameOfEachField(t *testing.T) {
	got := try(t, Source{Format: "json", Fields: map[string]string{"kunde": "user", "err": "data"}},
		`{"ts":"2026-11-20T14:32:07Z","severity":"critical","kunde":"u-7","err":"boom","n":[1,2]}`+"\n"+`{"a":1`+"\n", Options{}, 10)
	want := []Part{
		{Name: "ts", Field: "time", Value: "2026-11-20T14:32:07Z"},
		{Field: "kind", Value: "log"},
		{Name: "severity", Field: "level", Value: "fatal", Data: true},
		{Name: "kunde", Field: "user", Value: "u-7", Data: true},
		{Name: "err", Value: `"boom"`, Data: true},
		{Name: "n", Value: "[1,2]", Data: true},
	}
	if diff := cmp.Diff(want, got.Lines[0].Parts); diff != "" {
		t.Error(diff)
	}
	if bad := got.Lines[1]; bad.Err == nil || bad.Line != 2 || bad.Err.Column != 7 || bad.Text != `{"a":1` || got.Accepted != 1 || got.Rejected != 1 {
		t.Errorf("%+v %+v", got, bad.Err)
	}
}

func TestATrialOfThePrismNormNamesItsKeys(t *testing.T) {
	got := try(t, Source{}, "NOTICE: 26-11-20 14:32:07 desk * 4711 [optime=1795185127.688 product=p subsys=desk module=m logid=8f43 uri=%2Fa cost=12 retErrno=0 x=1]\n", Options{}, 10)
	if got.Format != "prism" || !got.Guessed {
		t.Fatalf("%+v", got)
	}
	names := map[string]string{}
	for _, p := range got.Lines[0].Parts {
		names[p.Field+p.Name] = p.Name
	}
	for _, want := range []string{"timeoptime", "traceIdlogid", "httpPathuri", "timeCostcost", "productproduct", "modulemodule", "x", "pid"} {
		if _, ok := names[want]; !ok {
			t.Errorf("%s is missing in %+v", want, got.Lines[0].Parts)
		}
	}
}

func TestATrialGuessesFormatsAndEncodings(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("2026-11-20 14:32:07 警告 座席丢失 seat lost\n")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("time=2026-11-20T14:32:07Z level=warn msg=座席\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		source            Source
		sample            string
		format, enc, text string
	}{
		{Source{}, wide, "logfmt", "utf-16le", "座席"},
		{Source{Encoding: "gbk"}, gbk, "text", "gbk", "座席丢失"},
		{Source{}, "\xef\xbb\xbf" + `{"msg":"座席"}` + "\r\n", "json", "", "座席"},
		{Source{}, `1.2.3.4 - - [20/Nov/2026:14:32:07 +0000] "GET / HTTP/1.1" 200 1` + "\n", "access", "", "GET / 200"},
		{Source{}, "<35>Nov 20 14:32:07 desk-3 seatd[4711]: 座席\n", "syslog", "", "座席"},
		{Source{}, "a\x00b 座席\n", "text", "", "a\x00b 座席"},
		{Source{Pattern: `^(?P<msg>.*)`}, "座席", "regex", "", "座席"},
	} {
		got := try(t, c.source, c.sample, Options{}, 10)
		if got.Format != c.format || got.Encoding != c.enc || got.Accepted != 1 || !strings.Contains(got.Lines[0].Event.Msg, c.text) {
			t.Errorf("%q: %+v", c.sample, got)
		}
	}
	if enc, other := GuessEncoding([]byte(gbk)); enc != "" || other != "gb18030" {
		t.Errorf("%q, %q", enc, other)
	}
	if enc, other := GuessEncoding([]byte("座席")[:5]); enc+other != "" {
		t.Errorf("a cut sign: %q, %q", enc, other)
	}
}

func TestATrialJoinsLinesAndIsBounded(t *testing.T) {
	got := try(t, Source{Format: "text", Multiline: "stack"}, "\nERROR lost\n\tat a\n\tat b\nINFO back\nINFO x\n", Options{}, 2)
	if len(got.Lines) != 2 || got.More != 1 || got.Accepted != 3 {
		t.Fatalf("%+v", got)
	}
	if one := got.Lines[0]; one.Line != 2 || one.Lines != 3 || one.Text != "ERROR lost\n\tat a\n\tat b" {
		t.Errorf("%+v", one)
	}
	if one := got.Lines[1]; one.Line != 5 || one.Event.Level != event.Info {
		t.Errorf("%+v", one)
	}
	long := try(t, Source{Format: "text"}, strings.Repeat("x", 1<<20)+"\n"+strings.Repeat("y", 1<<20+1)+"\n", Options{}, 2)
	if long.Accepted != 1 || long.Rejected != 1 || len(long.Lines[0].Text) > event.MaxDeadLetter || len(long.Lines[0].Parts[1].Value) > maxPart {
		t.Errorf("%d accepted, %d rejected", long.Accepted, long.Rejected)
	}
}

func FuzzTry(f *testing.F) {
	f.Add("json", "a", "msg", "错误", "stack", []byte(`{"a":{"b":1},"level":"x"}`))
	f.Add("", "x.y", "time", "w", "", []byte("NOTICE: 26-11-20 14:32:07 [logid=1 x.y=2]\n"))
	f.Add("access", "status", "errorCode", "404", "^a", []byte(`1.2.3.4 - - [20/Nov/2026:14:32:07 +0000] "GET / HTTP/1.1" 404 1 x=1`))
	f.Fuzz(func(t *testing.T, format, name, field, word, multiline string, sample []byte) {
		s := Source{Format: format, Fields: map[string]string{name: field}, Levels: map[string]string{word: "warn"}, Multiline: multiline}
		got, err := s.Try(sample, Options{Received: received}, 20)
		if err != nil {
			return
		}
		for _, one := range got.Lines {
			if (one.Event == nil) == (one.Err == nil) || one.Line < 1 {
				t.Fatalf("%+v", one)
			}
		}
	})
}
