package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

// expiring fills a project: each minute of the last 50 a session is told that
// its ticket has expired; two of three get a new one within 5 s.
func expiring(w *world) {
	w.fill("shop", 100, func(i int, e *event.Event) {
		at := noon.Add(-time.Duration(i/2+10) * time.Minute)
		e.Session, e.Level, e.Account = fmt.Sprint("s", i/2), event.Warn, fmt.Sprint("a", i/2%2)
		e.Msg, e.ErrorCode = "expired", "TICKET_EXPIRED"
		if i%2 == 1 {
			e.Msg, e.ErrorCode, e.HTTPPath = "refreshed", "", "/ticket/refresh"
			at = at.Add(time.Duration(i/2%3*2+1) * time.Second) // 1, 3 or 5 s
			if i/2%3 == 2 {
				at = at.Add(time.Second) // too late
			}
		}
		e.Time = at.UnixNano()
	})
}

const (
	followedBy  = `sequence by session [errorCode:TICKET_EXPIRED] then [httpPath:"/ticket/refresh"] within 5s`
	notFollowed = `sequence by session [errorCode:TICKET_EXPIRED] then not [httpPath:"/ticket/refresh"] within 5s`
)

func TestASequenceGivesALineForEachFirstEventTheNewestFirst(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		expiring(w)
		path := "/v1/search?from=-2h&limit=1000&q=" + url.QueryEscape(followedBy)
		r := w.do("GET", path, w.read, nil)
		msgs, last := w.found(r)
		if len(msgs) != 34 || last["count"] != 34.0 || last["partial"] != false || last["next"] != nil {
			t.Fatalf("%d rows, %v", len(msgs), last)
		}
		if s := last["sequence"].(object); s["first"] != 50.0 || s["undecided"] != 0.0 || s["leftOut"] != 0.0 || s["decidedTo"] != "2026-11-20T11:59:00Z" {
			t.Errorf("the sequence is told as %v", s)
		}
		before := "9"
		for _, line := range strings.Split(strings.TrimSpace(r.body), "\n")[:34] {
			var row struct {
				Time, Session, Msg string
				Then               []struct{ Time, Session, Msg string }
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if row.Msg != "expired" || len(row.Then) != 1 || row.Then[0].Msg != "refreshed" || row.Then[0].Session != row.Session || row.Time >= before {
				t.Errorf("the row %s", line)
			}
			before = row.Time
		}
		// The absence: no member then.
		r = w.do("GET", "/v1/search?from=-2h&limit=1000&q="+url.QueryEscape(notFollowed), w.read, nil)
		if msgs, last = w.found(r); len(msgs) != 16 || last["count"] != 16.0 || strings.Contains(r.body, `"then"`) {
			t.Errorf("%d rows, %v", len(msgs), last)
		}
	})
}

func TestPagesOfASequenceGiveEachRowOnce(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		expiring(w)
		for _, limit := range []int{1, 7, 34} {
			var all []string
			cursor := ""
			for range 40 {
				r := w.do("GET", fmt.Sprintf("/v1/search?from=-2h&limit=%d&q=%s&cursor=%s", limit, url.QueryEscape(followedBy), cursor), w.read, nil)
				_, last := w.found(r)
				for _, line := range strings.Split(strings.TrimSpace(r.body), "\n") {
					var row struct{ ID string }
					if json.Unmarshal([]byte(line), &row) == nil && row.ID != "" {
						all = append(all, row.ID)
					}
				}
				if last["next"] == nil {
					break
				}
				cursor = last["next"].(string)
			}
			seen := map[string]bool{}
			for _, id := range all {
				seen[id] = true
			}
			if len(all) != 34 || len(seen) != 34 {
				t.Errorf("by %d: %d rows, %d different", limit, len(all), len(seen))
			}
		}
	})
}

func TestWhatASequenceCannotDecideYetIsSaid(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 3, func(i int, e *event.Event) {
		e.Session, e.Msg = fmt.Sprint("s", i), "begin"
		e.Time = noon.Add(-time.Duration(i*50) * time.Second).UnixNano()
	})
	// At noon, with a minute for what is late: of 0, 50 and 100 s ago the last is decided.
	msgs, last := w.found(w.do("GET", "/v1/search?to="+url.QueryEscape("+1m")+"&q="+url.QueryEscape("sequence by session [begin] then not [end] within 5s"), w.read, nil))
	if s := last["sequence"].(object); len(msgs) != 1 || s["first"] != 3.0 || s["undecided"] != 2.0 {
		t.Errorf("%v, %v", msgs, last)
	}
}

func TestASequenceIsCountedByTablesBarsAndValues(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		expiring(w)
		o := w.json(w.do("GET", tableOf(notFollowed+" | count by account", "&from=-2h"), w.read, nil), 200)
		if got := fmt.Sprint(o["rows"]); got != "[[a0 8] [a1 8]]" || o["sequence"].(object)["first"] != 50.0 {
			t.Errorf("the table is %v", o)
		}
		o = w.json(w.do("GET", "/v1/histogram?from=-2h&q="+url.QueryEscape(notFollowed), w.read, nil), 200)
		if o["total"] != 16.0 || o["levels"].(object)["warn"] != 16.0 {
			t.Errorf("the bars count %v %v", o["total"], o["levels"])
		}
		o = w.json(w.do("GET", "/v1/values?from=-2h&fields=account,level,service&limit=1&q="+url.QueryEscape(notFollowed), w.read, nil), 200)
		if got := fmt.Sprint(o["fields"]); got != "[map[distinct:2 name:account present:16 values:[map[count:8 value:a0]]] map[distinct:1 name:level present:16 values:[map[count:16 value:warn]]] map[distinct:0 name:service present:0 values:[]]]" {
			t.Errorf("the values are %v", got)
		}
		o = w.json(w.do("GET", "/v1/facets?from=-2h&fields=account&q="+url.QueryEscape(notFollowed), w.read, nil), 200)
		if got := fmt.Sprint(o["matching"], o["share"], o["fields"].([]any)[0].(object)["values"]); got != "16 1 [map[count:8 value:a0] map[count:8 value:a1]]" {
			t.Errorf("the facets are %v", got)
		}
		w.fails(w.do("GET", "/v1/values?fields=time&q="+url.QueryEscape(notFollowed), w.read, nil), 400, "bad_request")
		e := w.fails(w.do("GET", "/v1/tail?q="+url.QueryEscape(notFollowed), w.read, nil), 400, "invalid_query")
		if !strings.Contains(fmt.Sprint(e["message"]), "GET /v1/search") || e["column"] != 1.0 {
			t.Errorf("a live tail says %v", e)
		}
		o = w.json(w.do("GET", "/v1/check?q="+url.QueryEscape(notFollowed+"|count by acount"), w.read, nil), 200)
		if o["text"] != notFollowed+" | count by acount" || fmt.Sprint(o["unknownFields"]) != "[map[name:acount suggestion:account]]" {
			t.Errorf("checked as %v", o)
		}
	})
}

func TestASequenceIsOfOneProjectAndPartialWhenItsTimeIsUsedUp(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.Time = 20 * time.Millisecond })
	expiring(w)
	w.store.before = func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	w.fill("bank", 100, func(i int, e *event.Event) { e.Session, e.ErrorCode = "s1", "TICKET_EXPIRED" })
	_, last := w.found(w.do("GET", "/v1/search?q="+url.QueryEscape(notFollowed), w.read, nil))
	if last["partial"] != true || !strings.Contains(fmt.Sprint(last["reason"]), "used up") {
		t.Errorf("the last line is %v", last)
	}
	w = inhabited(t, nil)
	w.fill("bank", 100, func(i int, e *event.Event) { e.Session, e.ErrorCode = fmt.Sprint("s", i), "TICKET_EXPIRED" })
	msgs, _ := w.found(w.do("GET", "/v1/search?from=-2h&q="+url.QueryEscape(notFollowed), w.read, nil))
	if len(msgs) != 0 {
		t.Errorf("another project's events: %v", msgs)
	}
}
