package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

const dayOfCalls = "&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"

// eventsOf asks how many events a query finds, as the link of a figure does.
func (w *world) eventsOf(q, span string) float64 {
	return w.json(w.do("GET", "/v1/histogram?buckets=2&q="+url.QueryEscape(q)+span, w.read, nil), 200)["total"].(float64)
}

// clauses writes the query that finds the events of a key.
func clauses(base string, fields, key []any) string {
	for i, f := range fields {
		field := query.Field{Name: f.(string), Column: event.FieldByName(f.(string))}
		var n query.Node = &query.Not{Of: &query.Present{Field: field}}
		if key[i] != nil {
			n = &query.Equal{Field: field, Term: query.Term{Text: key[i].(string), Quoted: true}}
		}
		base += " and " + (&query.Query{Root: n}).String()
	}
	return base
}

func TestEveryFigureOfSpeedIsFoundByTheQueryOfItsKey(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 120, func(i int, e *event.Event) {
			e.Kind = []event.Kind{event.Call, event.UI, event.Track, event.Server}[i%4]
			e.Service, e.Event = []string{"web", `odd "name" * (x)`, ""}[i%3], []string{"get", "add"}[i%2]
			e.Function, e.HTTPPath, e.Subsys, e.Module = []string{"", "f"}[i%2], fmt.Sprint("/p", i%5), "phone", []string{"a", "b", ""}[i%3]
			if e.TimeCost, e.HasTimeCost = float64(i), i%7 > 0; i%6 == 0 {
				e.ErrorCode = "DENIED"
			}
		})
		w.fill("bank", 50, func(i int, e *event.Event) {
			e.Kind, e.Service, e.TimeCost, e.HasTimeCost = event.Call, "vault", 1, true
		})
		for _, by := range []string{"service", "event", "function", "httpPath", "module"} {
			o := w.json(w.do("GET", "/v1/speed?q=id:*&by="+by+dayOfCalls, w.read, nil), 200)
			if o["partial"] != false || o["groups"].(float64) == 0 {
				t.Errorf("by %s: %v", by, o)
			}
			var sum float64
			for _, r := range o["rows"].([]any) {
				row := r.(object)
				q := clauses("(id:*) and timeCost:*", o["fields"].([]any), row["key"].([]any))
				if got := w.eventsOf(q, dayOfCalls); got != row["count"] {
					t.Errorf("%s finds %v, the row says %v", q, got, row["count"])
				}
				if got := w.eventsOf(q+" and errorCode:*", dayOfCalls); got != row["failed"] {
					t.Errorf("%s and errorCode:* finds %v, the row says %v", q, got, row["failed"])
				}
				sum += row["count"].(float64)
			}
			if want := w.eventsOf("timeCost:*", dayOfCalls); sum != want || o["total"] != want {
				t.Errorf("by %s: the rows have %v calls and the answer says %v, want %v", by, sum, o["total"], want)
			}
		}
		o := w.json(w.do("GET", "/v1/speed/modules?q="+dayOfCalls, w.read, nil), 200)
		for _, r := range o["rows"].([]any) {
			row := r.(object)
			q := clauses("kind:"+row["log"].(string)+" and timeCost:*", o["fields"].([]any), row["key"].([]any))
			if got := w.eventsOf(q, dayOfCalls); got != row["count"] {
				t.Errorf("%s finds %v, the matrix says %v", q, got, row["count"])
			}
			if failed := row["failed"]; row["log"] == "ui" && failed != w.eventsOf(q+" and errorCode:*", dayOfCalls) || row["log"] == "server" && failed != nil {
				t.Errorf("%v fail of %v", failed, row)
			}
		}
	})
}

func TestWhatIsUsualIsAskedOfTheDaysBefore(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		end := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		w.fill("shop", 8*60, func(i int, e *event.Event) {
			day, minute := i/60, i%60
			e.Time = end.AddDate(0, 0, -day).Add(-time.Duration(minute+1) * time.Minute).UnixNano()
			e.Kind, e.Function, e.TimeCost, e.HasTimeCost = event.Call, "hold", float64(30+minute%5), true
			if day == 0 && minute < 30 {
				e.TimeCost = 500
			}
		})
		o := w.json(w.do("GET", "/v1/speed/usual?by=function&zone=UTC&from=2026-11-20T00:00:00Z&to=2026-11-20T12:00:00Z", w.read, nil), 200)
		if o["from"] != "2026-11-20T11:00:00Z" || o["days"] != 7.0 || o["daysAskedFor"] != 14.0 || o["found"] != 1.0 {
			t.Fatalf("got %v", o)
		}
		f := o["findings"].([]any)[0].(object)
		if f["figure"] != "p95" || f["verdict"] != "above" || f["median"] != 34.0 || f["calls"] != 60.0 || f["until"] != nil || f["since"] != "2026-11-20T11:30:00Z" {
			t.Errorf("found %v", f)
		}
	})
}

func TestSpeedRefusesWhatItCannotAnswer(t *testing.T) {
	w := inhabited(t, nil)
	for path, code := range map[string]string{
		"/v1/speed?by=msg": "bad_request", "/v1/speed?q=a+|+count": "invalid_query", "/v1/speed/usual?zone=Nowhere": "bad_request",
		"/v1/speed/modules?from=nonsense": "bad_request", "/v1/speed?q=level:": "invalid_query",
	} {
		w.fails(w.do("GET", path, w.read, nil), statusOf[code], code)
	}
	if got := w.store.projects(); got != nil {
		t.Errorf("the store was asked about %v", got)
	}
}

func TestSupportSeesTheSpeedOfItsAccountOnly(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 20, func(i int, e *event.Event) {
		e.Kind, e.Service, e.Module, e.HTTPPath, e.TimeCost, e.HasTimeCost = event.UI, "web", "call", "/", 1, true
		if e.Account = "acct-7"; i%2 == 1 {
			e.Account, e.Service, e.Module = "acct-8", "secret", "secret"
		}
	})
	for _, q := range []string{"", "account:acct-8 or *", "not account:acct-7 or kind:ui"} {
		more := "q=" + url.QueryEscape(q) + "&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"
		if o := w.json(w.do("GET", "/v1/speed?"+more, w.support, nil), 200); o["total"] != 10.0 {
			t.Errorf("support sees %v calls, want the 10 of acct-7", o["total"])
		}
		for _, path := range []string{"/v1/speed?", "/v1/speed/usual?", "/v1/speed/modules?"} {
			if r := w.do("GET", path+more, w.support, nil); r.StatusCode != 200 || strings.Contains(r.body, "secret") {
				t.Errorf("%s: %d %s", path, r.StatusCode, r.body)
			}
		}
	}
}
