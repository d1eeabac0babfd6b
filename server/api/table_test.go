package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
)

func tableOf(text, more string) string { return "/v1/table?q=" + url.QueryEscape(text) + more }

func TestATableIsMadeOfTheCallersProjectOnly(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 60, func(i int, e *event.Event) {
			e.Service = []string{"web", "api", ""}[i%3]
			e.TimeCost, e.HasTimeCost = float64(i), true
			if i%6 == 0 {
				e.ErrorCode, e.HTTPPath = "DENIED", fmt.Sprint("/p", i%4)
			}
		})
		w.fill("bank", 100, func(i int, e *event.Event) { e.Service, e.ErrorCode, e.HTTPPath = "vault", "SECRET", "/secret" })
		for text, want := range map[string]string{
			"| count":                        "[[60]]",
			"errorCode:* | top 20 httpPath":  "[[/p0 5] [/p2 5]]",
			"| count, max(cost) by service":  "[[api 20 58] [web 20 57] [<nil> 20 59]]",
			"service:web | p50(timeCost)":    "[[27]]",
			"| count by errorCode | limit 1": "[[<nil> 50]]",
		} {
			o := w.json(w.do("GET", tableOf(text, "&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"), w.read, nil), 200)
			if got := fmt.Sprint(o["rows"]); got != want || o["partial"] != false || o["reason"] != "" || o["approximate"] != false {
				t.Errorf("%s: %s, want %s (%v)", text, got, want, o)
			}
			if s := o["scanned"].(object); s["rows"].(float64) <= 0 {
				t.Errorf("scanned %v", s)
			}
		}
		o := w.json(w.do("GET", tableOf("| p95(timeCost), count by servce, time(10m)", ""), w.read, nil), 200)
		if got := fmt.Sprint(o["columns"]); got != "[map[name:servce type:text] map[name:time type:time] map[name:p95(timeCost) type:number] map[name:count type:number]]" {
			t.Errorf("the columns are %s", got)
		}
		if got := fmt.Sprint(o["unknownFields"]); got != "[map[name:servce suggestion:service]]" {
			t.Errorf("unknown are %s", got)
		}
		w.fails(w.do("GET", tableOf("| count", "&project=bank"), w.read, nil), 403, "forbidden")
		w.fails(w.do("GET", tableOf("| count", ""), "", nil), 401, "unauthorized")
	})
}

func TestStepsOfATableBeginInTheZoneThatIsAskedFor(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Zone = load(t, "Asia/Shanghai") })
	for zone, want := range map[string]string{"": "2026-11-18T16:00:00Z", "UTC": "2026-11-19T00:00:00Z", "America/New_York": "2026-11-18T05:00:00Z"} {
		o := w.json(w.do("GET", tableOf("| count by time(1d)", "&from=2026-11-19T01:00:00Z&to=2026-11-20T01:00:00Z&zone="+zone), w.read, nil), 200)
		if got := o["rows"].([]any)[0].([]any)[0]; got != want {
			t.Errorf("%q: the first day begins at %v, want %s", zone, got, want)
		}
	}
	w.fails(w.do("GET", tableOf("| count by time(1d)", "&zone=Nowhere"), w.read, nil), 400, "bad_request")
}

func TestATableThatCannotBeIsRefusedInASentence(t *testing.T) {
	w := inhabited(t, nil)
	for _, c := range []struct{ text, more, code, message string }{
		{"level:error", "", "bad_request", "/v1/search"},
		{"", "", "bad_request", "| count by level"},
		{"| cuont", "", "invalid_query", "column 3: want count?"},
		{"level: | count", "", "invalid_query", "column 8"},
		{"| count by time(1s)", "&from=-7d", "bad_request", "time(10m)"},
		{"| count", "&from=nonsense", "bad_request", "nonsense"},
		{"| count" + strings.Repeat(" ", maxQuery), "", "too_large", "16384"},
	} {
		e := w.fails(w.do("GET", tableOf(c.text, c.more), w.read, nil), statusOf[c.code], c.code)
		if got := fmt.Sprint(e["message"]); !strings.Contains(got, c.message) {
			t.Errorf("%s: %s, want %s in it", c.text, got, c.message)
		}
	}
	if got := w.store.projects(); got != nil {
		t.Errorf("the store was asked about %v", got)
	}
}

func TestPipesAreRefusedByNameWhereEventsOrCountsAreAskedFor(t *testing.T) {
	w := inhabited(t, nil)
	for _, path := range []string{"/v1/search?", "/v1/histogram?", "/v1/values?fields=level&", "/v1/tail?"} {
		e := w.fails(w.do("GET", path+"q="+url.QueryEscape("登录 | count by level"), w.read, nil), 400, "invalid_query")
		if got := fmt.Sprint(e["message"]); !strings.Contains(got, "GET /v1/table") || e["column"] != 4.0 {
			t.Errorf("%s: %v", path, e)
		}
	}
	if got := w.store.projects(); got != nil {
		t.Errorf("the store was asked about %v", got)
	}
}

func TestAQueryWithPipesIsCheckedWhileItIsTyped(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("GET", "/v1/check?q="+url.QueryEscape("level:error|COUNT by lebel,time(60m)"), w.read, nil), 200)
	if o["ok"] != true || o["text"] != "level:error | count by lebel, time(1h)" {
		t.Errorf("got %v", o)
	}
	if got := fmt.Sprint(o["columns"], o["unknownFields"]); got != "[map[name:lebel type:text] map[name:time type:time] map[name:count type:number]] [map[name:lebel suggestion:level]]" {
		t.Errorf("got %s", got)
	}
}
