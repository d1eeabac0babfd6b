package format_test

import (
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
)

func TestTextLinesOfRealProgramsHaveTheirTimeAndLevel(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	received := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		line  string
		time  string // RFC 3339, "" for none
		level event.Level
	}{
		{"2026-01-02 10:25:50 install chromium:amd64 <none> 1.2", "2026-01-02T10:25:50+08:00", event.NoLevel},
		{"2026-01-02T10:25:50.123456Z ERROR it broke", "2026-01-02T10:25:50.123456Z", event.Error},
		{"2026-01-02T10:25:50+0100 warn: odd", "2026-01-02T10:25:50+01:00", event.Warn},
		{"2026/01/02 10:25:50 [error] 12#12: *1 open() failed", "2026-01-02T10:25:50+08:00", event.Error},
		{"2026-01-02 10:25:50,125 INFO  [main] c.e.App - up", "2026-01-02T10:25:50.125+08:00", event.Info},
		{"2026-01-02 10:25:50.125 UTC [77] LOG:  checkpoint starting", "2026-01-02T10:25:50.125+08:00", event.Info},
		{`127.0.0.1 - - [02/Jan/2026:10:25:50 +0000] "GET /x HTTP/1.1" 200 5 "-" "curl"`, "2026-01-02T10:25:50Z", event.NoLevel},
		{"Dec 31 23:59:59 host cron[1]: (root) CMD (run)", "2025-12-31T23:59:59+08:00", event.NoLevel},
		{"Jan  3 00:00:00 host app: <err> no", "2026-01-03T00:00:00+08:00", event.Error},
		{"Log started: 2026-01-02  10:25:50", "", event.NoLevel},
		{"just words, an error in prose", "", event.NoLevel},
		{"座席 1042 振铃 [WARN] 票据过期", "", event.Warn},
		{"12026-01-02 10:25:50 is no date", "", event.NoLevel},
		{"2026-13-02 10:25:50 neither", "", event.NoLevel},
	} {
		events, errs := format.DecodeText([]byte(c.line+"\r\n"), format.Options{Received: received.UnixNano(), Zone: shanghai, App: "a"}, nil)
		if len(errs) > 0 || len(events) != 1 {
			t.Fatalf("%q: %d events, %v", c.line, len(events), errs)
		}
		e := events[0]
		want := int64(0)
		if c.time != "" {
			at, err := time.Parse(time.RFC3339Nano, c.time)
			if err != nil {
				t.Fatal(err)
			}
			want = at.UnixNano()
		}
		if e.Time != want || e.Level != c.level || e.Msg != c.line || e.App != "a" || e.IDNum != 1 {
			t.Errorf("%q: time %v level %q msg %q", c.line, time.Unix(0, e.Time).UTC(), e.Level, e.Msg)
		}
	}
}

func FuzzDecodeText(f *testing.F) {
	f.Add("2026-01-02 10:25:50,125 INFO [main] up\nJan  3 00:00:00 x\n[02/Jan/2026:10:25:50 +0000]")
	f.Add("\xff\xfe 2026-01-02T10:25:50Z")
	f.Fuzz(func(t *testing.T, body string) {
		events, errs := format.DecodeText([]byte(body), format.Options{}, nil)
		if len(errs) > 0 && len(body) < 1<<20 && !strings.ContainsAny(body, "\n") {
			t.Errorf("rejected: %v", errs)
		}
		for i := range events {
			if !strings.Contains(strings.ToValidUTF8(body, "\ufffd"), events[i].Msg) && events[i].Flags == 0 {
				t.Errorf("%q is not what came", events[i].Msg)
			}
		}
	})
}
