package format

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
)

// read decodes a body by a source's settings.
func read(t testing.TB, s Source, body string) ([]event.Event, []LineError) {
	t.Helper()
	decode, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	events, errs, err := decode([]byte(body), Options{Received: received}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return events, errs
}

func TestGroupsOfAPatternFillFields(t *testing.T) {
	s := Source{Format: "regex", Pattern: `^(?P<time>\S+ \S+) (?P<level>[A-Z]+) \[(?P<thread>[^\]]*)\] (?:call (?P<callId>\S+) )?(?P<msg>.*)`}
	events, errs := read(t, s, "2026-11-20 14:32:07,688 WARN [pool-1] call c-81 seat lost\nnothing of the sort\n2026-11-20 14:32:08,000 INFO [7] back\n")
	if len(events) != 2 || len(errs) != 1 || errs[0].Line != 2 {
		t.Fatalf("%d events, %+v", len(events), errs)
	}
	// As in JSON, what a field says in other words stays in data too.
	want := `{"id":".1","time":"2026-11-20T14:32:07.688Z","kind":"log","level":"warn","msg":"seat lost","data":{"time":"2026-11-20 14:32:07,688","level":"WARN","thread":"pool-1"},"raw":"2026-11-20 14:32:07,688 WARN [pool-1] call c-81 seat lost","callId":"c-81"}`
	if got := string(event.AppendJSON(nil, &events[0])); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if events[1].IDNum != 3 || !strings.Contains(events[1].Data, `"thread":7`) {
		t.Errorf("%+v", events[1])
	}
}

func TestStackTracesAreJoinedToTheirEvent(t *testing.T) {
	const java = "2026-11-20 14:32:07 ERROR lost\njava.lang.IllegalStateException: no seat\n\tat a.B.c(B.java:7)\nCaused by: java.io.IOException\n\t... 3 more\n2026-11-20 14:32:08 INFO back\n"
	events, errs := read(t, Source{Format: "text", Multiline: "stack"}, java)
	if len(errs) > 0 || len(events) != 3 { // the exception's own line looks like any other
		t.Fatalf("%d events %v", len(events), errs)
	}
	if events[1].Msg != "java.lang.IllegalStateException: no seat\n\tat a.B.c(B.java:7)\nCaused by: java.io.IOException\n\t... 3 more" || events[1].IDNum != 2 || events[2].IDNum != 6 {
		t.Errorf("%q, lines %d and %d", events[1].Msg, events[1].IDNum, events[2].IDNum)
	}
	events, _ = read(t, Source{Format: "text", Multiline: `^\d{4}-`}, java)
	if len(events) != 2 || !strings.HasSuffix(events[0].Msg, "... 3 more") || events[0].Level != event.Error {
		t.Errorf("%d events, %q", len(events), events[0].Msg)
	}
}

// However lines are joined, no byte but line ends is lost or invented, and
// each event is of the line that it begins in.
func TestJoiningLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`([ab \t]{0,6}\r?\n){0,20}`).Draw(t, "body")
		limits := event.Limits{LineBytes: rapid.IntRange(50, 60).Draw(t, "line")}
		join, _ := ParseMultiline(rapid.SampledFrom([]string{"stack", "^a"}).Draw(t, "multiline"))
		var got []string
		last := 0
		errs := eachLine([]byte(body), 1, limits.WithDefaults(), join, func(line []byte, number int) *LineError {
			if len(line) > limits.LineBytes || number <= last {
				t.Fatalf("line %d of %d bytes after line %d", number, len(line), last)
			}
			if !strings.HasPrefix(strings.Join(strings.SplitAfter(body, "\n")[number-1:], ""), string(line)) {
				t.Fatalf("%q does not begin line %d of %q", line, number, body)
			}
			last = number
			got = append(got, string(line))
			return nil
		})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		clean := strings.NewReplacer("\r", "", "\n", "", " ", "", "\t", "")
		if a, b := clean.Replace(strings.Join(got, "")), clean.Replace(body); a != b {
			t.Fatalf("%q became %q", b, a)
		}
	})
}

func TestOtherEncodingsAreReadAndFlagged(t *testing.T) {
	text := "2026-11-20 14:32:07 WARN 座席 1042 票据过期\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	events, _ := read(t, Source{Format: "text", Encoding: "gbk"}, gbk)
	if len(events) != 1 || events[0].Msg+"\n" != text || events[0].Flags != event.Reencoded {
		t.Errorf("%+v", events)
	}
	events, _ = read(t, Source{Format: "text", Encoding: "gbk"}, "plain\n")
	if events[0].Flags != 0 {
		t.Error("what was not changed is flagged")
	}
	events, _ = read(t, Source{Format: "json", Encoding: "utf-16le"}, "{\x00}\x00\n\x00")
	if len(events) != 1 {
		t.Errorf("%+v", events)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for _, c := range []struct {
		s           Source
		field, says string
	}{
		{Source{Format: "morse"}, "format", "syslog"},
		{Source{Format: "regex"}, "pattern", "missing"},
		{Source{Format: "regex", Pattern: "("}, "pattern", "RE2"},
		{Source{Format: "regex", Pattern: "a+"}, "pattern", "named group"},
		{Source{Format: "regex", Pattern: "(?P<a>" + strings.Repeat("x", maxPattern) + ")"}, "pattern", "4096"},
		{Source{Format: "regex", Pattern: "(?P<a>x{1000}{1000})"}, "pattern", "RE2"},
		{Source{Format: "text", Pattern: "a"}, "pattern", "regex"},
		{Source{Format: "json", Multiline: "stack"}, "multiline", "json"},
		{Source{Format: "text", Multiline: "["}, "multiline", "RE2"},
		{Source{Format: "text", Encoding: "ebcdic"}, "encoding", "gbk"},
	} {
		_, err := c.s.Reader()
		var wrong *SourceError
		if !errors.As(err, &wrong) || wrong.Field != c.field || !strings.Contains(wrong.Reason, c.says) {
			t.Errorf("%+v: %v, want %s: ...%s...", c.s, err, c.field, c.says)
		}
	}
}

func FuzzDecodePattern(f *testing.F) {
	p, err := NewPattern(`^(?P<time>\S+) ?(?P<level>\w*) (?P<level>\w*)(?P<msg>.*)`)
	if err != nil {
		f.Fatal(err)
	}
	seed(f, "text")
	f.Fuzz(func(t *testing.T, body []byte) {
		events, errs := p.Decode(body, Options{Received: received}, nil)
		checkDecoded(t, body, events, errs)
	})
}
