package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
)

// sdk writes a part of an SDK stream: its events and what it says of itself.
func (w *world) sdk(project, app, sdk, stream string, from, to uint64, closed *event.Closing, omitted ...event.Omission) {
	w.t.Helper()
	b := &event.Batch{Project: project, Streams: []event.StreamRange{{Stream: stream, App: app, SDK: sdk, From: from, To: to, Omitted: omitted, Closed: closed}}}
	for n := from; n <= to; n++ {
		left := false
		for _, o := range omitted {
			left = left || o.From <= n && n <= o.To
		}
		if !left {
			b.Events = append(b.Events, event.Event{Project: project, App: app, Kind: event.Track, Stream: stream, Seq: n, Level: event.Info,
				Time: noon.UnixNano() + int64(n)*1e9, Received: noon.UnixNano() + int64(n)*1e9, Msg: fmt.Sprint("step ", n)})
		}
	}
	w.must(w.keeps.Write(w.t.Context(), b))
}

func TestDeliveryIsProvenByAppVersionAndDay(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.sdk("shop", "web", "js 1.0", "20261120aa", 1, 100, &event.Closing{At: 100, By: "self"})
		w.sdk("shop", "web", "js 1.1", "20261119bb", 3, 12, &event.Closing{At: 12, By: "adopter"}, event.Omission{From: 5, To: 8, Reason: "level"})
		w.sdk("shop", "desk", "js 1.0", "20261120cc", 2, 4, nil)
		w.sdk("bank", "vault", "js 1.0", "20261120dd", 9, 9, nil)

		o := w.json(w.do("GET", "/v1/delivery", w.read, nil), 200)
		if o["project"] != "shop" || o["from"] != "2026-10-22" || o["to"] != "2026-11-20" || o["partial"] != false || o["others"] != nil {
			t.Errorf("%v", o)
		}
		total := o["total"].(object)
		if got, want := fmt.Sprintln(total["streams"], total["open"], total["closed"], total["abrupt"], total["silent"], total["whole"], total["stored"], total["logged"], total["missing"], total["omitted"], total["arrived"], total["waiting"], total["share"]),
			"3 1 1 1 0 1 106 108 2 4 3 1 98.1 %\n"; got != want {
			t.Errorf("in all %s, want %s", got, want)
		}
		var rows []string
		for _, x := range o["senders"].([]any) {
			s := x.(object)
			row := fmt.Sprint(s["app"], " ", s["sdk"], " ", s["share"])
			for _, d := range s["days"].([]any) {
				day := d.(object)
				row += fmt.Sprint(" ", day["day"], " ", day["streams"], " ", day["share"])
			}
			rows = append(rows, row)
		}
		want := "web js 1.1 75.0 % 2026-11-19 1 75.0 %, web js 1.0 100 % 2026-11-20 1 100 %, desk js 1.0  2026-11-20 1 "
		if got := strings.Join(rows, ", "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if days := o["days"].([]any); len(days) != 30 || days[29].(object)["day"] != "2026-11-20" || days[29].(object)["streams"] != 2.0 {
			t.Errorf("%d days, %v", len(days), days[29])
		}
		if got := fmt.Sprint(o["reasons"]); got != "[map[events:4 reason:level streams:1]]" {
			t.Errorf("reasons %s", got)
		}
		o = w.json(w.do("GET", "/v1/delivery?from=2026-11-19&to=2026-11-19", w.read, nil), 200)
		if total := o["total"].(object); total["streams"] != 1.0 || len(o["days"].([]any)) != 1 {
			t.Errorf("of one day: %v", o)
		}
	})
}

func TestStreamsThatMissSomethingAreListedWithTheExactNumbers(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.sdk("shop", "web", "js 1.0", "20261120aa", 4, 9, &event.Closing{At: 11, By: "self"}, event.Omission{From: 6, To: 7, Reason: "quota"})
		w.sdk("shop", "", "", "20261120bb", 2, 2, &event.Closing{At: 2, By: "self"})
		w.sdk("shop", "desk", "js 1.0", "20261120cc", 2, 4, nil)
		list := func(params string) (out []string, next string) {
			o := w.json(w.do("GET", "/v1/delivery/streams"+params, w.read, nil), 200)
			for _, x := range o["streams"].([]any) {
				s := x.(object)
				row := fmt.Sprint(s["stream"], " ", s["state"], " ", s["missing"])
				for _, g := range s["gaps"].([]any) {
					row += fmt.Sprint(" ", g.(object)["from"], "-", g.(object)["to"])
				}
				for _, g := range s["left"].([]any) {
					row += fmt.Sprint(" left ", g.(object)["from"], "-", g.(object)["to"], " ", g.(object)["reason"])
				}
				out = append(out, row)
			}
			return out, o["next"].(string)
		}
		for params, want := range map[string]string{
			"":                                   "20261120aa closed 5 1-3 10-11 left 6-7 quota; 20261120bb closed 1 1-1",
			"?show=waiting":                      "20261120cc open 1 1-1",
			"?show=omitted":                      "20261120aa closed 5 1-3 10-11 left 6-7 quota",
			"?show=all&app=":                     "20261120bb closed 1 1-1",
			"?show=all&app=desk&sdk=js+1.0":      "20261120cc open 1 1-1",
			"?show=all&app=desk&sdk=":            "",
			"?from=2026-11-18&to=2026-11-19":     "",
			"?show=missing&limit=200&app=web":    "20261120aa closed 5 1-3 10-11 left 6-7 quota",
			"?show=all&from=2026-11-20&limit=90": "20261120aa closed 5 1-3 10-11 left 6-7 quota; 20261120bb closed 1 1-1; 20261120cc open 1 1-1",
		} {
			if got, next := list(params); strings.Join(got, "; ") != want || next != "" {
				t.Errorf("%s: %q, want %q (next %q)", params, got, want, next)
			}
		}
		first, next := list("?limit=1")
		second, last := list("?limit=1&cursor=" + next)
		if len(first) != 1 || len(second) != 1 || first[0] == second[0] || last != "" {
			t.Errorf("pages of one: %q, then %q, then %q", first, second, last)
		}
	})
}

func TestAStreamIsToldWithTheTimesAroundEachGap(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.sdk("shop", "web", "js 1.0", "20261120aa", 4, 9, &event.Closing{At: 11, By: "self"})
		o := w.json(w.do("GET", "/v1/delivery/stream?stream=20261120aa", w.read, nil), 200)
		if got, want := fmt.Sprintln(o["gaps"], o["runs"], o["first"], o["last"], o["highest"], o["closedAt"], o["whole"]),
			"[map[before:2026-11-20T12:00:04Z from:1 to:3] map[after:2026-11-20T12:00:09Z from:10 to:11]] [map[from:4 to:9]] 2026-11-20T12:00:04Z 2026-11-20T12:00:09Z 11 11 true\n"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		w.fails(w.do("GET", "/v1/delivery/stream?stream=none", w.read, nil), 404, "not_found")
		w.fails(w.do("GET", "/v1/delivery/stream", w.read, nil), 400, "bad_request")
	})
}

func TestEveryRangeIsGivenAsAFile(t *testing.T) {
	w := inhabited(t, nil)
	w.keeps = w.store
	w.sdk("shop", "=cmd", "js 1.0", "20261120aa", 4, 9, &event.Closing{At: 11, By: "self"}, event.Omission{From: 6, To: 7, Reason: "quota"})
	w.sdk("shop", "desk", "js 1.0", "20261120cc", 2, 4, nil)
	r := w.do("GET", "/v1/delivery/ranges", w.read, nil)
	want := strings.Join([]string{
		"day,app,sdk,stream,state,what,reason,from,to,events",
		"2026-11-20,'=cmd,js 1.0,20261120aa,closed,missing,,1,3,3",
		"2026-11-20,'=cmd,js 1.0,20261120aa,closed,missing,,10,11,2",
		"2026-11-20,'=cmd,js 1.0,20261120aa,closed,omitted,quota,6,7,2",
		"2026-11-20,desk,js 1.0,20261120cc,open,waiting,,1,1,1", "",
	}, "\r\n")
	if r.StatusCode != 200 || r.body != want {
		t.Errorf("%d\n%s\nwant\n%s", r.StatusCode, r.body, want)
	}
	if got := r.Header.Get("Content-Disposition"); !strings.Contains(got, "clewline-shop-delivery-2026-10-22-2026-11-20.csv") {
		t.Errorf("the file is %q", got)
	}
	r = w.do("GET", "/v1/delivery/ranges?format=ndjson&what=waiting", w.read, nil)
	if want := `{"day":"2026-11-20","app":"desk","sdk":"js 1.0","stream":"20261120cc","state":"open","what":"waiting","from":1,"to":1,"events":1}` + "\n" +
		`{"clewline":{"count":1,"partial":false,"reason":""}}` + "\n"; r.body != want {
		t.Errorf("%s, want %s", r.body, want)
	}
}

func TestQuestionsAboutDeliveryThatCannotBeAreRefusedInASentence(t *testing.T) {
	w := inhabited(t, nil)
	for path, says := range map[string]string{
		"/v1/delivery?from=yesterday":                          "2026-11-20",
		"/v1/delivery?from=2026-11-31":                         "no day",
		"/v1/delivery?from=2026-11-20&to=2026-11-19":           "before they begin",
		"/v1/delivery?from=2026-01-01":                         "at most 62",
		"/v1/delivery/streams?show=lost":                       "missing, waiting, omitted or all",
		"/v1/delivery/streams?limit=201":                       "1 to 200",
		"/v1/delivery/streams?cursor=x!":                       "the page before",
		"/v1/delivery/ranges?format=xml":                       "csv or ndjson",
		"/v1/delivery/ranges?what=lost":                        "missing, waiting or omitted",
		"/v1/delivery/stream?stream=a&from=2026-11-20&to=2026": "to=2026",
	} {
		r := w.do("GET", path, w.read, nil)
		w.fails(r, 400, "bad_request")
		if !strings.Contains(r.body, says) {
			t.Errorf("%s: %s", path, r.body)
		}
	}
	w.fails(w.do("GET", "/v1/delivery", w.support, nil), 403, "forbidden")
}
