package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/retention"
	"github.com/clewline/clewline/server/store"
)

// A memKeeper erases from a memStore; its usage is what a test says.
type memKeeper struct {
	*memStore
	mu       sync.Mutex
	usage    []store.Usage
	erasures []store.ErasureState
	fail     error
}

func (k *memKeeper) Usage() []store.Usage { return slices.Clone(k.usage) }

func (k *memKeeper) Expire(_ context.Context, project string, before store.Day) error {
	k.usage = slices.DeleteFunc(k.usage, func(u store.Usage) bool { return u.Project == project && u.Day < before })
	return nil
}

func (k *memKeeper) Erase(_ context.Context, e store.Erasure) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return k.fail
	}
	match := func(*event.Event) bool { return true } // nil: all of the project
	if e.Query != nil {
		match = e.Query.Matcher().Match
	}
	k.memStore.mu.Lock()
	defer k.memStore.mu.Unlock()
	before := len(k.events)
	k.events = slices.DeleteFunc(k.events, func(ev event.Event) bool { return ev.Project == e.Project && match(&ev) })
	k.erasures = append(k.erasures, store.ErasureState{Erasure: e, Segments: 4, Rewritten: 1, Removed: int64(before - len(k.events))})
	return nil
}

func (k *memKeeper) Erasures() []store.ErasureState {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.erasures)
}

func (k *memKeeper) Segments() []store.Segment { return nil }

// retained is an inhabited world whose store removes what it is told to.
func retained(t *testing.T) (*world, *memKeeper, *retention.Runner) {
	keeper := &memKeeper{}
	var runner *retention.Runner
	w := inhabited(t, func(c *Config) {
		keeper.memStore = c.Store.(*memStore)
		var err error
		runner, err = retention.New(retention.Config{
			Keeper: keeper, Catalog: c.Catalog, Clock: c.Clock, Floor: 1e8, Log: slog.New(slog.DiscardHandler),
			Disk: func() (retention.Disk, error) { return retention.Disk{Size: 4e11, Free: 1e11}, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Retention = runner
	})
	return w, keeper, runner
}

func TestRetentionIsShownAndChangedWithWhatItRemovesSaidFirst(t *testing.T) {
	w, keeper, runner := retained(t)
	today := store.DayOf(noon)
	for age := range store.Day(5) {
		keeper.usage = append(keeper.usage, store.Usage{Project: "shop", Day: today - age, Events: 10 + int64(age), Bytes: 2e6})
	}
	keeper.usage = append(keeper.usage, store.Usage{Project: "gone", Day: today - 1, Events: 3, Bytes: 30}, store.Usage{Project: "_own", Day: today, Events: 1, Bytes: 1})

	shown := w.json(w.do("GET", "/v1/retention", w.admin, nil), 200)
	if got := fmt.Sprint(shown["today"], shown["others"], shown["keepFreeNow"], shown["disk"]); got != "2026-11-20map[bytes:0 days:90] 2e+10 map[floor:1e+08 free:1e+11 size:4e+11]" {
		t.Errorf("shown is %s", got)
	}
	var names []string
	for _, p := range shown["projects"].([]any) {
		p := p.(object)
		names = append(names, fmt.Sprint(p["name"], " ", len(p["days"].([]any)), " ", p["own"], " ", p["gone"]))
	}
	if !slices.Equal(names, []string{"bank 0 <nil> false", "gone 1 <nil> true", "shop 5 <nil> false"}) {
		t.Errorf("projects are %q", names)
	}

	change := object{"project": "shop", "own": object{"days": 2, "bytes": 0}}
	plan := w.json(w.do("POST", "/v1/retention/preview", w.admin, change), 200)
	if plan["events"] != 27.0 || plan["days"] != 2.0 || plan["bytes"] != 4e6 {
		t.Errorf("the preview says %v", plan)
	}
	refused := w.fails(w.do("PATCH", "/v1/retention", w.admin, change), 409, "conflict")
	if msg := fmt.Sprint(refused["message"]); !strings.Contains(msg, "27 events of 2 days") {
		t.Errorf("refused with %q", msg)
	}
	change["removes"] = 27
	w.json(w.do("PATCH", "/v1/retention", w.admin, change), 200)
	w.must(runner.Once(t.Context()))
	w.json(w.do("PATCH", "/v1/retention", w.admin, object{"others": object{"days": 30, "bytes": 5_000_000}, "storeBytes": 9e9, "removes": 0}), 200)
	limits, err := w.catalog.Retention(t.Context())
	w.must(err)
	if limits.Of("shop") != (catalog.Keep{Days: 2}) || limits.Others != (catalog.Keep{Days: 30, Bytes: 5e6}) || limits.StoreBytes != 9e9 || limits.KeepFree != 0 {
		t.Errorf("the limits are %+v", limits)
	}
	w.json(w.do("PATCH", "/v1/retention", w.admin, object{"project": "shop", "follow": true, "removes": 1000}), 200)
	if limits, err = w.catalog.Retention(t.Context()); err != nil || len(limits.Projects) != 0 {
		t.Errorf("the limits are %+v, %v", limits, err)
	}
	entries, err := w.catalog.Audit(t.Context(), 1)
	if err != nil || entries[0].Actor != "user:ada" || entries[0].Action != "retention.set" {
		t.Errorf("the audit trail has %+v, %v", entries, err)
	}
}

func TestAChangeOfRetentionThatMakesNoSenseIsRefused(t *testing.T) {
	w, _, _ := retained(t)
	keep := object{"days": 1, "bytes": 0}
	for field, body := range map[string]object{
		"own":        {"project": "shop"},
		"others":     {},
		"storeBytes": {"storeBytes": 12},
		"keepFree":   {"keepFree": -1},
		"days":       {"project": "shop", "own": object{"days": -1, "bytes": 0}},
		"bytes":      {"others": object{"days": 1, "bytes": 3}},
		"project":    {"own": keep},
	} {
		if e := w.fails(w.do("PATCH", "/v1/retention", w.admin, body), 400, "bad_request"); e["field"] != field {
			t.Errorf("%v: %v", body, e)
		}
	}
	w.fails(w.do("PATCH", "/v1/retention", w.admin, object{"project": "shop", "own": keep, "storeBytes": 5e9}), 400, "bad_request")
	w.fails(w.do("PATCH", "/v1/retention", w.admin, object{"project": "none", "own": keep}), 403, "forbidden")
}

// two fills shop with events of two accounts.
func two(w *world) {
	w.fill("shop", 6, func(i int, e *event.Event) {
		e.Account = []string{"acme", "umbra"}[i%2]
		e.App = []string{"web", "web", "desk", "", "web", "api"}[i]
	})
}

func TestAnErasureIsCountedConfirmedAndEffectiveAtOnce(t *testing.T) {
	w, keeper, runner := retained(t)
	two(w)
	w.fill("bank", 2, func(_ int, e *event.Event) { e.Account = "acme" })
	who := object{"project": "shop", "field": "account", "value": "acme"}
	preview := w.json(w.do("POST", "/v1/erasures/preview", w.admin, who), 200)
	if got := fmt.Sprint(preview["events"], preview["atLeast"], preview["confirm"], preview["apps"], preview["oldest"], preview["newest"], len(preview["sample"].([]any)), preview["query"], preview["earlier"]); got !=
		`3 falseacme[map[app:web events:2] map[app:desk events:1]]2026-11-20T11:59:55Z2026-11-20T11:59:59Z3account:"acme"[]` {
		t.Errorf("the preview says %s", got)
	}

	if e := w.fails(w.do("POST", "/v1/erasures", w.admin, who), 400, "bad_request"); e["field"] != "confirm" {
		t.Errorf("without a confirmation: %v", e)
	}
	who["confirm"], who["events"] = "acme", 3
	order := w.json(w.do("POST", "/v1/erasures", w.admin, who), 201)
	if order["state"] != "erasing" || order["by"] != "ada" || order["counted"] != 3.0 || order["files"] != 4.0 || order["rewritten"] != 1.0 || order["short"] != "a…" {
		t.Errorf("the order is %v", order)
	}
	if msgs, _ := w.found(w.do("GET", "/v1/search?project=shop&q=account:acme", w.admin, nil)); len(msgs) != 0 {
		t.Errorf("afterwards %q is found", msgs)
	}
	if msgs, _ := w.found(w.do("GET", "/v1/search?project=shop", w.admin, nil)); len(msgs) != 3 {
		t.Errorf("of the others %q is found", msgs)
	}
	if msgs, _ := w.found(w.do("GET", "/v1/search?project=bank", w.admin, nil)); len(msgs) != 2 {
		t.Errorf("in the other project %q is found", msgs)
	}
	w.fails(w.do("POST", "/v1/erasures", w.admin, who), 409, "conflict") // while it is under way

	keeper.erasures[0].Done = noon.Add(time.Minute)
	w.must(runner.Once(t.Context()))
	receipt := w.json(w.do("GET", "/v1/erasures/"+order["id"].(string), w.admin, nil), 200)
	if receipt["state"] != "done" || receipt["removed"] != 3.0 || receipt["query"] != nil || receipt["done"] != "2026-11-20T12:01:00Z" {
		t.Errorf("the receipt is %v", receipt)
	}
	list := w.json(w.do("GET", "/v1/erasures?project=shop", w.admin, nil), 200)["erasures"].([]any)
	if len(list) != 1 || len(w.json(w.do("GET", "/v1/erasures?project=bank", w.admin, nil), 200)["erasures"].([]any)) != 0 {
		t.Errorf("listed are %v", list)
	}
	preview = w.json(w.do("POST", "/v1/erasures/preview", w.admin, object{"project": "shop", "field": "account", "value": " acme "}), 200)
	if earlier := preview["earlier"].([]any); len(earlier) != 1 || earlier[0].(object)["id"] != order["id"] || preview["events"] != 0.0 {
		t.Errorf("asked again, the preview says %v", preview)
	}
}

func TestAnErasureByQueryIsConfirmedByTheProjectsName(t *testing.T) {
	w, _, _ := retained(t)
	two(w)
	body := object{"project": "shop", "query": "account:umbra and app:api", "events": 1, "confirm": "shop"}
	if order := w.json(w.do("POST", "/v1/erasures", w.admin, body), 201); order["counted"] != 1.0 || order["field"] != "" || order["short"] != "" {
		t.Errorf("the order is %v", order)
	}
	for _, q := range []string{"", "*"} {
		if e := w.fails(w.do("POST", "/v1/erasures/preview", w.admin, object{"project": "shop", "query": q}), 400, "bad_request"); e["field"] != "query" {
			t.Errorf("%q: %v", q, e)
		}
	}
	w.fails(w.do("POST", "/v1/erasures/preview", w.admin, object{"project": "shop", "query": "account:"}), 400, "invalid_query")
	w.fails(w.do("POST", "/v1/erasures/preview", w.admin, object{"project": "none", "query": "account:a"}), 403, "forbidden")
}

func TestAnErasureOfFarMoreThanWasShownIsRefused(t *testing.T) {
	w, _, _ := retained(t)
	w.fill("shop", 150, func(_ int, e *event.Event) { e.Account = "acme" })
	body := object{"project": "shop", "field": "account", "value": "acme", "confirm": "acme", "events": 40}
	if e := w.fails(w.do("POST", "/v1/erasures", w.admin, body), 409, "conflict"); e["field"] != "events" {
		t.Errorf("got %v", e)
	}
	body["events"] = 60 // some more came since
	w.json(w.do("POST", "/v1/erasures", w.admin, body), 201)
}

func TestAnErasureThatTheStoreDoesNotTakeYetStands(t *testing.T) {
	w, keeper, _ := retained(t)
	two(w)
	keeper.fail = errors.New("the list could not be written")
	body := object{"project": "shop", "field": "account", "value": "acme", "confirm": "acme", "events": 3}
	if order := w.json(w.do("POST", "/v1/erasures", w.admin, body), 202); order["state"] != "ordered" {
		t.Errorf("the order is %v", order)
	}
}

func TestAServerThatRemovesNothingSaysSo(t *testing.T) {
	w := inhabited(t, nil)
	for _, route := range Routes() {
		if strings.HasPrefix(route.Path, "/v1/retention") || strings.HasPrefix(route.Path, "/v1/erasures") {
			w.fails(w.do(route.Method, strings.Replace(route.Path, "{id}", "er_x", 1), w.admin, nil), 404, "not_found")
		}
	}
}
