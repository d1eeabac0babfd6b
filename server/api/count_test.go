package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
	"pgregory.net/rapid"
)

func TestAnAxisIsTheFinestThatHasFewEnoughBucketsAndCoversTheRange(t *testing.T) {
	zones := []*time.Location{time.UTC, time.FixedZone("+05:45", 20_700), time.FixedZone("-03:30", -12_600), load(t, "Europe/Berlin"), load(t, "Asia/Shanghai")}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(earliest, latest-1).Draw(t, "from")
		length := rapid.Int64Range(1, min(int64(rapid.SampledFrom(steps).Draw(t, "size")), latest/1000)*1000).Draw(t, "length")
		to := min(from+length, latest)
		most := rapid.IntRange(2, store.MaxBuckets).Draw(t, "most")
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		a := axisFor(from, to, most, zone)
		end := a.start + int64(a.count)*int64(a.step)
		if a.count < 1 || a.count > most || a.start > from || a.start+int64(a.step) <= from || end < to || end-int64(a.step) >= to {
			t.Fatalf("[%s, %s) in at most %d: %+v from %s to %s", rfc3339(from), rfc3339(to), most, a, rfc3339(a.start), rfc3339(end))
		}
		for i, step := range steps {
			if i > 0 && step == a.step && uint64(to-from)/uint64(steps[i-1])+2 <= uint64(most) {
				t.Fatalf("a step of %v would do for [%s, %s) in at most %d, not %v", steps[i-1], rfc3339(from), rfc3339(to), most, step)
			}
		}
		if start := time.Unix(0, a.start).In(zone); a.step <= day && a.step >= time.Minute {
			_, then := start.Zone()
			_, now := time.Unix(0, from).In(zone).Zone()
			midnight := time.Duration(start.Hour())*time.Hour + time.Duration(start.Minute())*time.Minute + time.Duration(start.Second())*time.Second + time.Duration(start.Nanosecond())
			if then == now && midnight%a.step != 0 {
				t.Fatalf("buckets of %v begin at %s", a.step, start)
			}
		}
	})
}

func load(t *testing.T, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestTheWholeOfTimeHasAnAxis(t *testing.T) {
	for _, most := range []int{2, 3, store.MaxBuckets} {
		a := axisFor(earliest, latest, most, time.UTC)
		if a.count < 1 || a.count > most || a.step <= 0 || a.start > earliest {
			t.Errorf("at most %d: %+v", most, a)
		}
	}
}

func TestAHistogramCountsByLevelWithinTheRangeOnly(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		levels := []event.Level{event.Info, event.Error, event.NoLevel}
		w.fill("shop", 3600, func(i int, e *event.Event) { e.Level = levels[i%3] }) // 11:00:00 to 11:59:59
		w.fill("bank", 100, nil)
		o := w.json(w.do("GET", "/v1/histogram?buckets=20&from=2026-11-20T11:02:30Z&to=2026-11-20T11:58:10Z", w.read, nil), 200)
		buckets := o["buckets"].([]any)
		if o["stepMs"] != 300_000.0 || len(buckets) != 12 || o["from"] != "2026-11-20T11:02:30Z" || o["partial"] != false {
			t.Fatalf("got %d buckets of %v ms: %v", len(buckets), o["stepMs"], o)
		}
		for i, want := range map[int]string{
			0:  "11:00:00Z map[error:50 info:50 none:50]",
			1:  "11:05:00Z map[error:100 info:100 none:100]",
			11: "11:55:00Z map[error:63 info:63 none:64]",
		} {
			b := buckets[i].(object)
			got := strings.TrimPrefix(fmt.Sprint(b["time"]), "2026-11-20T") + " " + fmt.Sprint(b["counts"])
			if got != want {
				t.Errorf("bucket %d: got %s, want %s", i, got, want)
			}
		}
		if total := (58*60 + 10) - (2*60 + 30); o["total"] != float64(total) {
			t.Errorf("the total is %v, want %d", o["total"], total)
		}
		if s := o["scanned"].(object); s["rows"].(float64) <= 0 {
			t.Errorf("scanned %v", s)
		}
	})
}

func TestAHistogramShowsEmptyBucketsAndHonoursTheQuery(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 2, func(i int, e *event.Event) { e.Level = event.Level(int(event.Warn) + i) })
		o := w.json(w.do("GET", "/v1/histogram?q="+url.QueryEscape("level:warn")+"&from=-4s&buckets=4", w.read, nil), 200)
		if got := fmt.Sprint(o["buckets"]); strings.Count(got, "time:") != 4 || strings.Count(got, "counts:map[]") != 3 || fmt.Sprint(o["levels"]) != "map[warn:1]" {
			t.Errorf("got %v", o)
		}
	})
}

func TestDaysBeginAtTheMidnightOfTheZone(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Zone = load(t, "Asia/Shanghai") })
	for zone, want := range map[string]string{"": "2026-11-09T16:00:00Z", "UTC": "2026-11-10T00:00:00Z", "America/New_York": "2026-11-10T05:00:00Z"} {
		o := w.json(w.do("GET", "/v1/histogram?buckets=12&from=2026-11-10T09:00:00Z&to=2026-11-20T09:00:00Z&zone="+zone, w.read, nil), 200)
		if first := o["buckets"].([]any)[0].(object)["time"]; first != want || o["stepMs"] != float64(day.Milliseconds()) {
			t.Errorf("%q: the first day begins at %v (step %v ms), want %s", zone, first, o["stepMs"], want)
		}
	}
}

func TestValuesCountsTheMostFrequent(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 10, func(i int, e *event.Event) {
			e.Service = []string{"web", "web", "api", ""}[i%4]
			e.Data = fmt.Sprintf(`{"order":"%d"}`, i)
		})
		w.fill("bank", 10, func(i int, e *event.Event) { e.Service = "vault" })
		o := w.json(w.do("GET", "/v1/values?limit=2&fields=service,%20order%20,level&q=event", w.read, nil), 200)
		want := "[map[distinct:2 name:service present:8 values:[map[count:6 value:web] map[count:2 value:api]]]" +
			" map[distinct:10 name:order present:10 values:[map[count:1 value:0] map[count:1 value:1]]]" +
			" map[distinct:1 name:level present:10 values:[map[count:10 value:info]]]]"
		if got := fmt.Sprint(o["fields"]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if o["partial"] != false || o["scanned"].(object)["rows"].(float64) <= 0 {
			t.Errorf("got %v", o)
		}
		o = w.json(w.do("GET", "/v1/values?fields=a,b&fields=service", w.read, nil), 200)
		if got := fmt.Sprint(o["fields"]); !strings.Contains(got, "name:a,b") || !strings.Contains(got, "name:service") {
			t.Errorf("names given one by one: %s", got)
		}
	})
}

func TestTheFieldTableIsTold(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("GET", "/v1/fields", w.read, nil), 200)
	got := fmt.Sprint(o["fields"])
	for _, want := range []string{"map[group:who name:callId type:keyword]", "map[group:identity name:time type:time]", "map[group:what name:level type:level]", "name:filePath type:list", "name:timeCost type:number", "name:msg type:text", "name:data type:json"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "name:words") || strings.Contains(got, "type:]") {
		t.Errorf("got %s", got)
	}
	if aliases := o["aliases"].(object); aliases["logid"] != "traceId" || aliases["ip"] != "invokerIp" {
		t.Errorf("the aliases are %v", aliases)
	}
}

func TestAQueryIsCheckedWhileItIsTyped(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("GET", "/v1/check?q="+url.QueryEscape(`level:error  "no answer" calId:7 err*or not page:/login`), w.read, nil), 200)
	if o["ok"] != true || o["text"] != `level:error and "no answer" and calId:7 and err*or and not page:/login` {
		t.Errorf("got %v", o)
	}
	if got := fmt.Sprintf("%q", o["words"]); got != `["error" "no answer" "7" "err" "or"]` {
		t.Errorf("the words are %s", got)
	}
	if got := fmt.Sprint(o["unknownFields"]); got != "[map[name:calId suggestion:callId]]" {
		t.Errorf("unknown are %s", got)
	}
	if o := w.json(w.do("GET", "/v1/check?q=", w.read, nil), 200); o["ok"] != true || fmt.Sprint(o["words"]) != "[]" {
		t.Errorf("the empty query: %v", o)
	}
	if got := w.store.projects(); got != nil {
		t.Errorf("the store was asked about %v", got)
	}
}
