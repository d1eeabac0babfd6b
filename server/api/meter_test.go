package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

func metered(seconds float64, atOnce int) (*metering, *clock) {
	c := &clock{t: noon}
	return newMetering(c.now, seconds, 1e9, atOnce), c
}

func TestWhoUsedUpTheirMinuteWaitsAsLongAsItTakes(t *testing.T) {
	g, c := metered(60, 4)
	ada, bob := g.of(&caller{user: catalog.User{ID: "ada"}}), g.of(&caller{user: catalog.User{ID: "bob"}})
	for _, step := range []struct {
		spend time.Duration
		wait  time.Duration // 0: let through
		pass  time.Duration
	}{
		{10 * time.Second, 0, 0},
		{80 * time.Second, 0, 0}, // more than was left: nobody knows before
		{0, 30100 * time.Millisecond, 20 * time.Second},
		{0, 10100 * time.Millisecond, 11 * time.Second},
		{time.Second, 0, time.Hour},
		{70 * time.Second, 0, 0}, // an hour gives one minute's worth, no more
		{0, 10100 * time.Millisecond, 0},
	} {
		err := ada.begin(t.Context())
		if step.wait == 0 {
			if err != nil {
				t.Fatalf("%+v: %v", step, err)
			}
			ada.end(step.spend)
		} else if p := problem(err); p.Code != "slow_down" || p.Reason != "query_seconds" || (p.retry-step.wait).Abs() > time.Millisecond || !strings.Contains(p.Message, "60 seconds") {
			t.Fatalf("%+v: got %+v", step, p)
		}
		c.advance(step.pass)
		if err := bob.begin(t.Context()); err != nil {
			t.Fatalf("somebody else waits too: %v", err)
		}
		bob.end(0)
	}
}

func TestANewCallerHasAWholeMinuteWhileTheClockRuns(t *testing.T) {
	at := noon
	g := newMetering(func() time.Time { at = at.Add(time.Microsecond); return at }, 60, 1e9, 1)
	if m := g.of(&caller{user: catalog.User{ID: "ada"}}); m.begin(t.Context()) != nil || m.seconds.left != 60 {
		t.Errorf("%g seconds are left", m.seconds.left)
	}
}

func TestQuestionsAtOnceWaitForTheirTurn(t *testing.T) {
	g, _ := metered(60, 1)
	m := g.of(&caller{user: catalog.User{ID: "ada"}})
	if err := m.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := make(chan error)
	go func() { second <- m.begin(t.Context()) }()
	m.end(0)
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.begin(gone); err == nil || problem(err).Code == "slow_down" {
		t.Errorf("somebody who has gone: %v", err)
	}
	if err := m.begin(t.Context()); problem(err).Reason != "queries_at_once" {
		t.Errorf("after its patience: %v", err)
	}
}

func TestAKeysOwnBoundsHoldAtOnceAndAreShown(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.QuerySeconds = 50 })
	w.fill("shop", 1, nil)
	w.found(w.do("GET", "/v1/search", w.read, nil))
	keys, err := w.catalog.Keys(t.Context(), "shop")
	w.must(err)
	var id string
	for _, k := range keys {
		if k.Type == catalog.ReadKey {
			id = k.ID
		} else if o := w.json(w.do("PATCH", "/v1/keys/"+k.ID, w.editor, object{"queriesAtOnce": 1}), 400); o["error"].(object)["field"] != "querySecondsPerMinute" {
			t.Errorf("a key that sends: %v", o)
		}
	}
	o := w.json(w.do("PATCH", "/v1/keys/"+id, w.editor, object{"queriesAtOnce": 3}), 200)
	if r := o["reading"].(object); r["secondsPerMinute"] != 50.0 || r["atOnce"] != 3.0 || r["running"] != 0.0 || o["querySecondsPerMinute"] != 0.0 {
		t.Errorf("got %v", o)
	}
	o = w.json(w.do("PATCH", "/v1/keys/"+id, w.editor, object{"querySecondsPerMinute": 7}), 200)
	if r := o["reading"].(object); r["secondsPerMinute"] != 7.0 || r["secondsLeft"] != 7.0 || o["queriesAtOnce"] != 3.0 {
		t.Errorf("got %v", o)
	}
	for _, body := range []object{{"queriesAtOnce": -1}, {"querySecondsPerMinute": catalog.MaxReading + 1}} {
		w.fails(w.do("PATCH", "/v1/keys/"+id, w.editor, body), 400, "bad_request")
	}
	w.store.before = func(context.Context) error {
		w.api.metering.meters["key:"+id].end(20 * time.Second) // as a question that took so long
		w.api.metering.meters["key:"+id].running++
		return nil
	}
	w.found(w.do("GET", "/v1/search", w.read, nil))
	r := w.do("GET", "/v1/search", w.read, nil)
	if e := w.fails(r, 429, "slow_down"); e["reason"] != "query_seconds" || r.Header.Get("Retry-After") == "" {
		t.Errorf("got %v, %v", e, r.Header)
	}
	w.found(w.do("GET", "/v1/search", w.member, nil))
}

func TestIdleCallersAreForgottenWhenThereAreTooMany(t *testing.T) {
	g, c := metered(60, 1)
	busy := g.of(&caller{user: catalog.User{ID: "busy"}})
	if err := busy.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range maxMeters {
		g.of(&caller{user: catalog.User{ID: time.Duration(i).String()}})
	}
	c.advance(time.Minute)
	if n := len(g.meters); n > 10 || g.of(&caller{user: catalog.User{ID: "busy"}}) != busy {
		t.Errorf("%d are remembered", n)
	}
}

func TestRowsThatAQuestionMakesTheStoreLookAtAreAnAllowanceToo(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Limits.QueryRows = 50_000 })
	w.fill("shop", 400, nil)
	keys, err := w.catalog.Keys(t.Context(), "shop")
	w.must(err)
	var id string
	for _, k := range keys {
		if k.Type == catalog.ReadKey {
			id = k.ID
		}
	}
	o := w.json(w.do("PATCH", "/v1/keys/"+id, w.editor, object{"queryRowsPerMinute": 1000}), 200)
	if r := o["reading"].(object); r["rowsPerMinute"] != 1000.0 || r["rowsLeft"] != 1000.0 || o["queryRowsPerMinute"] != 1000.0 || r["rows"] != 0.0 {
		t.Fatalf("got %v", o)
	}
	for _, n := range []int64{-1, catalog.MaxReadingRows + 1} {
		w.fails(w.do("PATCH", "/v1/keys/"+id, w.editor, object{"queryRowsPerMinute": n}), 400, "bad_request")
	}
	for range 3 { // the third spends more than is left, and is let through
		w.found(w.do("GET", "/v1/search?from=-2h&limit=100", w.read, nil))
	}
	r := w.do("GET", "/v1/histogram?from=-2h", w.read, nil)
	if e := w.fails(r, 429, "slow_down"); e["reason"] != "query_rows" || r.Header.Get("Retry-After") != "13" || !strings.Contains(e["message"].(string), "the 1000 rows of the store") {
		t.Errorf("got %v, %v", e, r.Header)
	}
	o = w.json(w.do("GET", "/v1/keys?project=shop", w.editor, nil), 200)
	for _, k := range o["keys"].([]any) {
		if k := k.(object); k["id"] == id {
			if r := k["reading"].(object); r["rowsLeft"] != 0.0 || r["rows"] != 1200.0 || r["refused"] != 1.0 {
				t.Errorf("the key is told as %v", r)
			}
		}
	}
	w.found(w.do("GET", "/v1/search?from=-2h", w.member, nil)) // others have their own
	w.clock.advance(13 * time.Second)
	w.json(w.do("GET", "/v1/histogram?from=-2h", w.read, nil), 200)
}
