package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

// around asks for the events around one and gives their ids' numbers.
func (w *world) around(params string) (before, after string, answer object) {
	w.t.Helper()
	answer = w.json(w.do("GET", "/v1/context?"+params, w.read, nil), 200)
	list := func(name string) string {
		var ids []string
		for _, e := range answer[name].([]any) {
			ids = append(ids, strings.TrimPrefix(e.(object)["id"].(string), "e."))
		}
		return strings.Join(ids, " ")
	}
	return list("before"), list("after"), answer
}

func TestEventsAroundOneAreThoseBeforeAndAfterIt(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		// e.1 is the oldest of 30; every third is of another session.
		w.fill("shop", 30, func(i int, e *event.Event) { e.Session, e.Host = []string{"s1", "s2", "s1"}[i%3], "h\" or *" })
		w.fill("bank", 5, func(_ int, e *event.Event) { e.Session = "s1" })
		before, after, o := w.around("id=e.15&before=3&after=2")
		if before != "12 13 14" || after != "16 17" || o["by"] != "time" || fmt.Sprint(o["has"]) != "[time session host]" || o["event"].(object)["id"] != "e.15" {
			t.Errorf("around e.15: %s, %s, %v", before, after, o)
		}
		before, after, o = w.around("id=e.15&by=session&before=3&after=2")
		if before != "10 12 13" || after != "16 18" || o["value"] != "s1" {
			t.Errorf("in its session: %s, %s", before, after)
		}
		if before, after, _ = w.around("id=e.2&by=host&q=not+session:s2&before=200&after=2"); before != "1" || after != "3 4" {
			t.Errorf("of its host, by a query: %s, %s", before, after)
		}
		if before, after, o = w.around("id=e.15&before=0&after=0"); before != "" || after != "" || o["earlier"] == nil || o["later"] == nil {
			t.Errorf("nothing but the event: %v", o)
		}
		e := w.fails(w.do("GET", "/v1/context?id=e.15&by=trace", w.read, nil), 400, "bad_request")
		if e["field"] != "by" || !strings.Contains(e["message"].(string), "it has time, session, host") {
			t.Errorf("got %v", e)
		}
		w.fails(w.do("GET", "/v1/context?id=none", w.read, nil), 404, "not_found")
	})
}

func TestPagesGoOnInBothDirections(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 30, func(i int, e *event.Event) { e.Session = []string{"s1", "s2"}[i%2] })
		first := "id=e.15&by=session&before=2&after=2"
		before, after, o := w.around(first)
		if before != "11 13" || after != "17 19" {
			t.Fatalf("got %s, %s", before, after)
		}
		earlier, later := url.QueryEscape(o["earlier"].(string)), url.QueryEscape(o["later"].(string))
		for range 2 {
			before, after, o = w.around(first + "&earlier=" + earlier)
			if before == "" || after != "" || o["later"] != nil {
				t.Fatalf("earlier: %s, %s, %v", before, after, o)
			}
			earlier, _ = o["earlier"].(string)
		}
		if before != "3 5" || earlier == "" {
			t.Errorf("two pages before: %s", before)
		}
		if before, after, _ = w.around(first + "&later=" + later); before != "" || after != "21 23" {
			t.Errorf("later: %s, %s", before, after)
		}
		// A cursor is good for its own direction, event, field, query and reader.
		for _, wrong := range []string{first + "&earlier=" + later, "id=e.16&by=session&later=" + later, "id=e.15&by=time&later=" + later, first + "&q=event&later=" + later} {
			w.fails(w.do("GET", "/v1/context?"+wrong, w.read, nil), 400, "bad_request")
		}
	})
}

func TestContextLooksADayAroundUnlessToldOtherwise(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		hours := []int64{0, 2, 23, 26, 100}
		w.fill("shop", 5, func(i int, e *event.Event) { e.Time = noon.Add(-time.Duration(hours[i]) * time.Hour).UnixNano() })
		if before, _, _ := w.around("id=e.5"); before != "3 4" {
			t.Errorf("within a day: %s", before)
		}
		if before, _, _ := w.around("id=e.5&from=-30d&to=now"); before != "1 2 3 4" {
			t.Errorf("within a month: %s", before)
		}
	})
}
