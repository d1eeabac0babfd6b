package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

// oddFields are names and values that a careless page or store trips over.
var oddFields = map[string]string{
	"and": "or", "__proto__": "constructor", "a.b": "dot", `"x"`: `"`, "<img src=x>": "<script>alert(1)</script>",
	"\u202eright": "\u202eevil\u202c", "esc": "\x1b[31mred\x1b[0m", "a,b": "comma", "level": "inner", "data.x": "y",
	strings.Repeat("\U0001F4DE", 63) + "abc": "255 bytes",
}

func TestFacetsCountSeveralFieldsInOneAnswer(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 60, func(i int, e *event.Event) {
			e.Service, e.TimeCost, e.HasTimeCost = []string{"a", "b", ""}[i%3], float64(i), true
			e.Data = fmt.Sprintf(`{"n":%d,"state":"s%d"}`, i%2, i%5)
		})
		w.fill("bank", 5, nil)
		o := w.json(w.do("GET", "/v1/facets?limit=2&fields=service,timeCost,n,state,nowhere&q=event", w.read, nil), 200)
		if o["matching"] != 60.0 || o["approximate"] != false || o["share"] != 1.0 || o["partial"] != false {
			t.Errorf("got %v", o)
		}
		fields := o["fields"].([]any)
		for i, want := range []string{
			"service keyword 40 2 [map[count:20 value:a] map[count:20 value:b]]",
			"timeCost number 60 60 [map[count:1 value:0] map[count:1 value:1]]",
			"n data 60 2 [map[count:30 value:0] map[count:30 value:1]]",
			"state data 60 5 [map[count:12 value:s0] map[count:12 value:s1]]",
			"nowhere data 0 0 []",
		} {
			f := fields[i].(object)
			if got := fmt.Sprint(f["name"], " ", f["type"], " ", f["present"], " ", f["distinct"], " ", f["values"]); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		n := fields[1].(object)["numbers"].(object)
		if n["min"] != 0.0 || n["max"] != 59.0 || n["avg"] != 29.5 || n["p50"] != 29.0 || n["p95"] != 56.0 {
			t.Errorf("the numbers are %v", n)
		}
		if fields[0].(object)["numbers"] != nil {
			t.Error("words have numbers")
		}
	})
}

func TestStatisticsTellOfOneFieldWhatIsThereAndWhatIsNot(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 60, func(i int, e *event.Event) {
			if i < 20 {
				e.TimeCost, e.HasTimeCost = 7, true
			}
		})
		o := w.json(w.do("GET", "/v1/statistics?field=timeCost&from=2026-11-20T11:59:00Z&to=2026-11-20T12:00:00Z&buckets=6", w.read, nil), 200)
		if o["present"] != 20.0 || o["absent"] != 40.0 || o["matching"] != 60.0 || o["stepMs"] != 10000.0 || fmt.Sprint(o["times"]) != "[0 0 0 0 10 10]" {
			t.Errorf("got %v", o)
		}
		if got := fmt.Sprint(o["values"], o["numbers"]); !strings.Contains(got, "[map[count:20 value:7]]") || !strings.Contains(got, "p99:7") {
			t.Errorf("got %s", got)
		}
	})
}

func TestOddNamesAndValuesAreFacetsLikeAnyOther(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 3, func(i int, e *event.Event) { e.Data = jsonText(t, oddFields) })
		seen := w.json(w.do("GET", "/v1/fields?seen=1", w.read, nil), 200)["seen"].([]any)
		names := map[string]bool{}
		for _, s := range seen {
			names[s.(object)["name"].(string)] = true
		}
		for key, value := range oddFields {
			name := key
			if key == "level" || strings.HasPrefix(key, "data.") {
				name = "data." + key
			}
			if !names[name] {
				t.Errorf("%q is not told of", name)
			}
			asked := url.QueryEscape(name)
			for _, path := range []string{"/v1/facets?fields=zzz&fields=" + asked, "/v1/statistics?field=" + asked, "/v1/complete?field=" + asked + "&prefix=" + url.QueryEscape(string([]rune(value)[:1]))} {
				r := w.do("GET", path, w.read, nil)
				o := w.json(r, 200)
				if fields, ok := o["fields"].([]any); ok {
					o = fields[1].(object)
				}
				values, _ := o["values"].([]any)
				if len(values) != 1 || values[0].(object)["value"] != value || values[0].(object)["count"] != 3.0 {
					t.Errorf("%s: %v", path, r.body)
				}
				if strings.ContainsAny(r.body, "<>\x1b") {
					t.Errorf("%s: not escaped: %q", path, r.body)
				}
			}
		}
	})
}

func TestFieldsThatWereSeenAreToldWithTheirKind(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 8, func(i int, e *event.Event) {
			e.Data = `{"n":1,"s":"x","b":false,"l":[1],"o":{"deep":2}}`
			if i%4 == 0 {
				e.Data = `{"rare":1}`
			}
		})
		w.fill("bank", 8, func(_ int, e *event.Event) { e.Data = `{"secret":1}` })
		o := w.json(w.do("GET", "/v1/fields?seen=1&limit=500", w.read, nil), 200)
		got := fmt.Sprint(o["seen"])
		for _, want := range []string{
			"map[name:level present:8 share:1 type:level]", "map[data:true name:n present:6 share:0.75 type:number]", "map[data:true name:s present:6 share:0.75 type:text]",
			"name:b present:6 share:0.75 type:bool", "name:l present:6 share:0.75 type:list", "name:o.deep present:6 share:0.75 type:number", "name:rare present:2 share:0.25 type:number",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s is missing in %s", want, got)
			}
		}
		if strings.Contains(got, "secret") || o["looked"] != 8.0 || o["more"] != false {
			t.Errorf("got %v", o)
		}
		if o := w.json(w.do("GET", "/v1/fields?seen=1&limit=3", w.read, nil), 200); len(o["seen"].([]any)) != 3 || o["more"] != true {
			t.Errorf("three of them: %v", o)
		}
	})
}

func TestValuesAreCompletedByHowTheyBegin(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		services := []string{"call-api", "call-api", "Caller", "recall", "push"}
		w.fill("shop", 10, func(i int, e *event.Event) { e.Service, e.Level = services[i%5], event.Level(1+i%3) })
		complete := func(params string) string {
			o := w.json(w.do("GET", "/v1/complete?"+params, w.read, nil), 200)
			var out []string
			for _, v := range o["values"].([]any) {
				out = append(out, fmt.Sprint(v.(object)["value"], " ", v.(object)["count"]))
			}
			return strings.Join(out, ", ")
		}
		for params, want := range map[string]string{
			"field=service&prefix=call":      "call-api 4, Caller 2, recall 2",
			"field=service&prefix=CALL-":     "call-api 4",
			"field=service&limit=1":          "call-api 4",
			"field=service&prefix=zzz":       "",
			"field=level&prefix=i":           "info 3, notice 3",
			"field=msg&prefix=e":             "",
			"field=nowhere&prefix=e":         "",
			"field=service&q=service:push":   "push 2",
			"field=service&prefix=" + "%2A":  "",
			"field=timeCost&prefix=1":        "",
			"field=service&to=2026-11-20T01": "",
		} {
			if strings.HasSuffix(params, "T01") {
				w.fails(w.do("GET", "/v1/complete?"+params, w.read, nil), 400, "bad_request")
				continue
			}
			if got := complete(params); got != want {
				t.Errorf("%s: got %s, want %s", params, got, want)
			}
		}
	})
}

func TestWhatIsCompletedIsKeptForAMomentAndNotLonger(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 4, func(i int, e *event.Event) { e.Service, e.Account = "old", []string{"acct-7", "acct-9"}[i%2] })
	ask := func(credential string) string {
		return fmt.Sprint(w.json(w.do("GET", "/v1/complete?field=service&from=-1h", credential, nil), 200)["values"])
	}
	if got := ask(w.read); got != "[map[count:4 value:old]]" {
		t.Fatalf("got %s", got)
	}
	w.store.projects()
	if ask(w.read); w.store.projects() != nil {
		t.Error("the store is asked again within a moment")
	}
	if got := ask(w.support); got != "[map[count:2 value:old]]" {
		t.Errorf("support is given what others have seen: %s", got)
	}
	w.fill("shop", 4, func(i int, e *event.Event) { e.IDBase, e.Service = "new", "new" })
	w.clock.advance(momentLasts)
	if got := ask(w.read); !strings.Contains(got, "new") {
		t.Errorf("after a moment: %s", got)
	}
}

func TestKeptAnswersAreBoundedAndTheOldestGoes(t *testing.T) {
	now := noon
	m := newMoments[int](func() time.Time { return now })
	for i := range 3 * maxMoments {
		m.keep(fmt.Sprint(i), i)
		now = now.Add(time.Millisecond)
	}
	if len(m.kept) != maxMoments {
		t.Errorf("%d are kept", len(m.kept))
	}
	if _, ok := m.get("0"); ok {
		t.Error("the oldest is kept")
	}
	if v, ok := m.get(fmt.Sprint(3*maxMoments - 1)); !ok || v != 3*maxMoments-1 {
		t.Error("the newest is not kept")
	}
	now = now.Add(-time.Hour) // the clock was set back
	if _, ok := m.get(fmt.Sprint(3*maxMoments - 1)); ok {
		t.Error("what is of the future is given")
	}
}

func jsonText(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
