package ingest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"github.com/clewline/clewline/server/ingest"
)

// keeping gives doors that know a source desk of project phone, which the test
// may change.
func keeping(t *testing.T) (*doors, *format.Source, *int64) {
	t.Helper()
	source, version := &format.Source{Format: "logfmt", Fields: map[string]string{"kunde": "user"}, Levels: map[string]string{"schwer": "error"}, Zone: "Asia/Shanghai", App: "desk"}, new(int64)
	d := open(t, func(c *ingest.Config) {
		c.Sources = func(_ context.Context, project, name string) (format.Source, int64, error) {
			if project != "phone" || name != "desk" {
				return format.Source{}, 0, ingest.ErrUnknownSource
			}
			return *source, *version, nil
		}
	})
	return d, source, version
}

func TestLinesOfANamedSourceAreReadByItsSettings(t *testing.T) {
	d, source, version := keeping(t)
	const line = "time=\"2026-11-20 14:32:07\" level=SCHWER kunde=u-7 msg=verloren\n"
	if a := d.send("POST", "/v1/lines?source=desk", "sk_phone", []byte(line)); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	e := d.batches[0].Events[0]
	if e.User != "u-7" || e.Level != event.Error || e.App != "desk" || time.Unix(0, e.Time).UTC().Hour() != 6 {
		t.Errorf("%+v", e)
	}
	// A change holds at once; what the request says wins.
	source.Fields, *version = map[string]string{"kunde": "account"}, 1
	d.send("POST", "/v1/lines?source=desk&app=other&env=test&tz=UTC", "sk_phone", []byte(line))
	e = d.batches[1].Events[0]
	if e.Account != "u-7" || e.User != "" || e.App != "other" || e.Env != "test" || time.Unix(0, e.Time).UTC().Hour() != 14 {
		t.Errorf("%+v", e)
	}
	if use := d.SourceUse("phone", "desk"); use.Accepted != 2 || use.Rejected != 0 || use.Last.IsZero() {
		t.Errorf("%+v", use)
	}
	for target, want := range map[string]string{
		"/v1/lines?source=none":                    `no source \"none\"`,
		"/v1/lines?source=":                        `no source \"\"`,
		"/v1/lines?source=" + longName:             "no source",
		"/v1/lines?source=desk&format=json":        "format: is said by the source",
		"/v1/lines?source=desk&multiline=stack":    "multiline: is said by the source",
		"/v1/lines?source=desk&tz=Nowhere%2FThere": "is not known",
	} {
		if a := d.send("POST", target, "sk_phone", []byte(line)); a.status < 400 || !strings.Contains(a.text, want) {
			t.Errorf("%.80s: %d %.300s", target, a.status, a.text)
		}
	}
	if a := d.send("POST", "/v1/lines?source=desk", "sk_other", []byte(line)); a.status != 404 {
		t.Errorf("another project: %d %s", a.status, a.text)
	}
}

var longName = strings.Repeat("x", 3000)

func TestASenderMayAskForASourcesSettings(t *testing.T) {
	d, _, _ := keeping(t)
	a := d.send("GET", "/v1/lines/source?name=desk", "sk_phone", nil)
	if a.status != 200 || !strings.Contains(a.text, `"name":"desk","settings":{"format":"logfmt"`) {
		t.Errorf("%d %s", a.status, a.text)
	}
	for key, status := range map[string]int{"": 401, "sk_other": 404, "rk_phone": 403, "pk_phone": 403, "sk_revoked": 401} {
		if a := d.send("GET", "/v1/lines/source?name=desk", key, nil); a.status != status {
			t.Errorf("%s: %d %s", key, a.status, a.text)
		}
	}
}

// Whether a request is a retry does not depend on its source's settings, which
// may have been changed since.
func TestARetryByASourceThatWasChangedIsARetry(t *testing.T) {
	d, source, version := keeping(t)
	for range 2 {
		if a := d.send("POST", "/v1/lines?source=desk", "sk_phone", []byte("level=info msg=a\n"), "Idempotency-Key", "one"); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.text)
		}
		source.App, *version = "changed", 1
	}
	if d.batches[0].Key.Hash != d.batches[1].Key.Hash || d.batches[0].Key.Base != d.batches[1].Key.Base {
		t.Error("the retry has another identity")
	}
}

func TestADeadLetterOfASourceIsReadAgainByItAsItIsNow(t *testing.T) {
	d, source, version := keeping(t)
	source.Format, source.Pattern, source.Levels, source.Encoding = "regex", `^(?P<msg>[a-z]+)$`, nil, "gbk"
	if a := d.send("POST", "/v1/lines?source=desk", "sk_phone", []byte("\xb3\xac\xca\xb1\n")); a.status != 200 || !strings.Contains(a.text, `"rejected":1`) {
		t.Fatalf("%d %s", a.status, a.text)
	}
	letter := d.batches[0].DeadLetters[0]
	if letter.Format != "source:desk" || letter.Text != "超时" {
		t.Fatalf("%+v", letter)
	}
	if _, readable := d.Diagnose(t.Context(), "phone", letter); readable {
		t.Error("it is readable already")
	}
	source.Pattern, *version = `^(?P<msg>.*)$`, 1
	if _, readable := d.Diagnose(t.Context(), "phone", letter); !readable {
		t.Error("it is not readable yet")
	}
	if _, readable := d.Diagnose(t.Context(), "other", letter); readable {
		t.Error("another project reads it by a source that is not its own")
	}
	if _, err := d.Replay(t.Context(), "phone", letter, "l1", ingest.ReplayAs{}); err != nil {
		t.Fatal(err)
	}
	if e := d.batches[1].Events[0]; e.Msg != "超时" || e.App != "desk" {
		t.Errorf("%+v", e)
	}
	for as, want := range map[string]string{"source:none": "no source", "regex": "make a source", "morse": "choose a format"} {
		if _, err := d.Replay(t.Context(), "phone", letter, "l2", ingest.ReplayAs{Format: as}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", as, err)
		}
	}
}

func TestHostileTextOfManySortsCostsOnlyItself(t *testing.T) {
	d := open(t)
	for name, c := range map[string]struct {
		target, body       string
		accepted, rejected string
	}{
		"a mark and CRLF":        {"/v1/lines?format=json", "\xef\xbb\xbf{\"msg\":\"a\"}\r\n\r\n{\"msg\":\"b\"}\r\n", "2", "0"},
		"UTF-16 with a mark":     {"/v1/lines?format=text", "\xff\xfea\x00\r\x00\n\x00b\x00", "2", "0"},
		"UTF-16BE with a mark":   {"/v1/lines?format=text", "\xfe\xff\x00a\x00\n\x00b", "2", "0"},
		"half a sign of UTF-16":  {"/v1/lines?format=text", "\xff\xfea\x00\n\x00b", "2", "0"},
		"Big5":                   {"/v1/lines?format=text&encoding=big5", "\xae\x79\xae\x75\n", "1", "0"},
		"Shift_JIS":              {"/v1/lines?format=text&encoding=shift_jis", "\x8d\xc0\x90\xc8\n", "1", "0"},
		"NUL":                    {"/v1/lines?format=text", "a\x00b\n\x00\n", "2", "0"},
		"a line of 1 MB":         {"/v1/lines?format=text", strings.Repeat("x", 1<<20) + "\ny\n", "2", "0"},
		"a line of 1 MB and one": {"/v1/lines?format=text", strings.Repeat("x", 1<<20+1) + "\ny\n", "1", "1"},
		"no line end":            {"/v1/lines?format=logfmt", "level=info msg=a", "1", "0"},
	} {
		a := d.send("POST", c.target, "sk_phone", []byte(c.body))
		if a.status != 200 || !strings.Contains(a.text, `"accepted":`+c.accepted+`,"rejected":`+c.rejected) {
			t.Errorf("%s: %d %.200s", name, a.status, a.text)
		}
	}
	seen := map[string]bool{}
	for _, b := range d.batches {
		for _, e := range b.Events {
			seen[e.Msg] = true
		}
	}
	for _, want := range []string{"a", "b", "座席", "a\x00b"} {
		if !seen[want] {
			t.Errorf("%q was not read", want)
		}
	}
}
