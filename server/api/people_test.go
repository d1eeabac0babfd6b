package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
)

// person finds one of the people that an admin is shown.
func (w *world) person(name string) object {
	w.t.Helper()
	for _, p := range w.json(w.do("GET", "/v1/people", w.admin, nil), 200)["people"].([]any) {
		if p := p.(object); p["name"] == name {
			return p
		}
	}
	w.t.Fatalf("there is no %s", name)
	return nil
}

func TestAPersonIsAddedByALinkAndChoosesThePassword(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("POST", "/v1/people", w.admin, object{"name": "hedy", "role": "editor", "projects": []string{"bank"}}), 201)
	path := o["link"].(object)["path"].(string)
	token, ok := strings.CutPrefix(path, "/link?token=")
	if !ok || o["waiting"] != true || fmt.Sprint(o["projects"]) != "[bank]" || o["link"].(object)["expires"] != "2026-11-23T12:00:00Z" {
		t.Fatalf("got %v", o)
	}
	if strings.Contains(w.do("GET", "/v1/people", w.admin, nil).body, token) {
		t.Error("the list shows the link")
	}
	w.fails(w.do("POST", "/v1/login", "", object{"name": "hedy", "password": ""}), 401, "unauthorized")
	o = w.json(w.do("GET", "/v1/link?token="+token, "", nil), 200)
	if o["name"] != "hedy" || o["invite"] != true {
		t.Errorf("got %v", o)
	}
	if e := w.fails(w.do("POST", "/v1/link", "", object{"token": token, "password": "short"}), 400, "bad_request"); e["field"] != "password" {
		t.Errorf("got %v", e)
	}
	r := w.do("POST", "/v1/link", "", object{"token": token, "password": password})
	w.json(r, 200)
	if me := w.json(w.do("GET", "/v1/me", w.cookieOf(r).Value, nil), 200); fmt.Sprint(me["projects"]) != "[map[name:bank]]" {
		t.Errorf("got %v", me)
	}
	for _, r := range []reply{w.do("POST", "/v1/link", "", object{"token": token, "password": password}), w.do("GET", "/v1/link?token="+token, "", nil)} {
		if e := w.fails(r, 410, "gone"); e["reason"] != "bad_link" {
			t.Errorf("a used link: %v", e)
		}
	}
	if p := w.person("hedy"); p["waiting"] != false || p["sessions"] != 1.0 || p["lastSeen"] == nil || p["you"] != false {
		t.Errorf("got %v", p)
	}
}

func TestARoleIsChangedSessionsEndedAndAPersonRemoved(t *testing.T) {
	w := inhabited(t, nil)
	id := w.person("grace")["id"].(string)
	o := w.json(w.do("PATCH", "/v1/people/"+id, w.admin, object{"role": "support", "account": "acct-7", "projects": []string{"bank"}}), 200)
	if o["role"] != "support" || o["account"] != "acct-7" {
		t.Errorf("got %v", o)
	}
	w.fails(w.do("GET", "/v1/search?project=shop", w.member, nil), 403, "forbidden")
	for _, c := range []struct {
		form  object
		field string
	}{
		{object{"role": "support", "projects": []string{}}, "account"}, {object{"role": "reader", "account": "x", "projects": []string{}}, "account"},
		{object{"role": "reader"}, "projects"}, {object{"role": "owner", "projects": []string{}}, "role"},
	} {
		if e := w.fails(w.do("PATCH", "/v1/people/"+id, w.admin, c.form), 400, "bad_request"); e["field"] != c.field {
			t.Errorf("%v: %v", c.form, e)
		}
	}
	if o := w.json(w.do("DELETE", "/v1/people/"+id+"/sessions", w.admin, nil), 200); o["ended"] != 1.0 {
		t.Errorf("got %v", o)
	}
	w.fails(w.do("GET", "/v1/me", w.member, nil), 401, "unauthorized")
	if r := w.do("DELETE", "/v1/people/"+id, w.admin, nil); r.StatusCode != 204 {
		t.Errorf("got %d %s", r.StatusCode, r.body)
	}
	w.fails(w.do("DELETE", "/v1/people/"+id, w.admin, nil), 404, "not_found")
	you := w.person("ada")
	if you["you"] != true {
		t.Errorf("got %v", you)
	}
	for _, r := range []reply{
		w.do("DELETE", "/v1/people/"+you["id"].(string), w.admin, nil),
		w.do("PATCH", "/v1/people/"+you["id"].(string), w.admin, object{"role": "reader", "projects": []string{"shop"}}),
	} {
		if e := w.fails(r, 409, "conflict"); e["reason"] != "last_admin" {
			t.Errorf("got %v", e)
		}
	}
}

func TestOnesOwnSessionsAndPassword(t *testing.T) {
	w := inhabited(t, nil)
	r := w.do("POST", "/v1/login", "", object{"name": "ada", "password": password})
	second := w.cookieOf(r).Value
	list := w.json(w.do("GET", "/v1/sessions", second, nil), 200)["sessions"].([]any)
	if len(list) != 2 {
		t.Fatalf("got %v", list)
	}
	var other string
	for _, s := range list {
		s := s.(object)
		if s["this"] == true && s["address"] != "127.0.0.1" {
			t.Errorf("got %v", s)
		}
		if s["this"] == false {
			other = s["id"].(string)
		}
	}
	w.fails(w.do("DELETE", "/v1/sessions/"+other, w.member, nil), 404, "not_found")
	if r := w.do("DELETE", "/v1/sessions/"+other, second, nil); r.StatusCode != 204 {
		t.Errorf("got %d", r.StatusCode)
	}
	w.fails(w.do("GET", "/v1/me", w.admin, nil), 401, "unauthorized")

	third := w.cookieOf(w.do("POST", "/v1/login", "", object{"name": "ada", "password": password})).Value
	e := w.fails(w.do("POST", "/v1/password", third, object{"old": "wrong", "new": "another password"}), 401, "unauthorized")
	if e["reason"] != "wrong_password" || e["triesLeft"] != 4.0 {
		t.Errorf("got %v", e)
	}
	if r := w.do("POST", "/v1/password", third, object{"old": password, "new": "another password"}); r.StatusCode != 204 {
		t.Errorf("got %d %s", r.StatusCode, r.body)
	}
	w.fails(w.do("GET", "/v1/me", second, nil), 401, "unauthorized")
	w.json(w.do("GET", "/v1/me", third, nil), 200)
}

func TestALogInEndsTheSessionThatTheBrowserHadBefore(t *testing.T) {
	w := inhabited(t, nil)
	req := w.request("POST", "/v1/login", w.member, object{"name": "ada", "password": password})
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	res.Body.Close()
	w.fails(w.do("GET", "/v1/me", w.member, nil), 401, "unauthorized")
}

func TestSupportSeesOneAccountOnEveryRouteThatItMayUse(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		accounts := []string{"acct-7", "acct-9", ""}
		w.fill("shop", 9, func(i int, e *event.Event) {
			e.Account = accounts[i%3]
			e.Msg = "of " + e.Account + "!"
			e.IDNum = uint64(i + 1)
		})
		for _, q := range []string{"", "acct-9", "account:acct-9", "not account:acct-7", "account:acct-9 or *", "* or account:*", "level:info or not level:info"} {
			query := "?q=" + strings.ReplaceAll(q, " ", "%20")
			for _, path := range []string{"/v1/search" + query, "/v1/values" + query + "&fields=account,msg", "/v1/facets" + query + "&fields=account,msg", "/v1/statistics" + query + "&field=account", "/v1/complete" + query + "&field=account", "/v1/fields" + query + "&seen=1", "/v1/context" + query + "&id=e.1"} {
				if r := w.do("GET", path, w.support, nil); r.StatusCode != 200 || strings.Contains(strings.Split(r.body, `{"clewline"`)[0], "acct-9") || strings.Contains(r.body, `of !`) {
					t.Errorf("%s: %d %s", path, r.StatusCode, r.body)
				}
			}
			if o := w.json(w.do("GET", "/v1/histogram"+query, w.support, nil), 200); o["total"].(float64) > 3 {
				t.Errorf("histogram of %q counts %v", q, o["total"])
			}
		}
		if msgs, _ := w.found(w.do("GET", "/v1/search", w.support, nil)); len(msgs) != 3 {
			t.Errorf("their own account: %q", msgs)
		}
		for i := range 9 {
			want := 404
			if accounts[i%3] == "acct-7" {
				want = 200
			}
			if got := w.do("GET", fmt.Sprintf("/v1/events/e.%d", i+1), w.support, nil).StatusCode; got != want {
				t.Errorf("event %d: %d, want %d", i+1, got, want)
			}
		}
		// A cursor of somebody who sees more is none of theirs.
		_, last := w.found(w.do("GET", "/v1/search?limit=1", w.member, nil))
		w.fails(w.do("GET", "/v1/search?cursor="+last["next"].(string), w.support, nil), 400, "bad_request")

		l := w.tail("/v1/tail", w.support)
		w.hub.Publish([]event.Event{{Project: "shop", Account: "acct-9", Msg: "theirs"}, {Project: "shop", Msg: "nobodys"}, {Project: "shop", Account: "acct-7", Msg: "ours"}})
		if m := l.next(); !strings.Contains(m.data, "ours") {
			t.Errorf("the tail shows %s", m.data)
		}
	})
}

func TestEveryReadingRouteIsEitherNarrowedForSupportOrRefused(t *testing.T) {
	narrowed := []string{"GET /v1/search", "GET /v1/events/{id}", "GET /v1/histogram", "GET /v1/values", "GET /v1/tail", "GET /v1/facets", "GET /v1/statistics", "GET /v1/complete", "GET /v1/context", "GET /v1/export", "GET /v1/speed", "GET /v1/speed/usual", "GET /v1/speed/modules"} // tested above, one by one, and in export_test.go, speed_test.go
	harmless := []string{"GET /v1/fields", "GET /v1/check", "GET /v1/me", "GET /v1/projects", "GET /v1/sessions", "DELETE /v1/sessions/{id}", "POST /v1/password"}
	tested := slices.Sorted(slices.Values(slices.Concat(narrowed, harmless)))
	if got := slices.Sorted(maps.Keys(forSupport)); !slices.Equal(got, tested) {
		t.Errorf("support may use %v; the tests know %v: a route that reads events must narrow its question (caller.narrow) and be tested to", got, tested)
	}
}

func TestAnEditorManagesTheKeysOfTheirProjectsOnly(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("POST", "/v1/keys", w.editor, object{"type": "server", "name": "mine", "eventsPerSecond": 100, "bytesPerDay": 1000, "ends": "2026-11-21T12:00:00Z"}), 201)
	if o["project"] != "shop" || o["eventsPerSecond"] != 100.0 || o["bytesPerDay"] != 1000.0 || o["ends"] != "2026-11-21T12:00:00Z" {
		t.Errorf("got %v", o)
	}
	id := o["id"].(string)
	o = w.json(w.do("PATCH", "/v1/keys/"+id, w.editor, object{"ends": "", "name": "renamed", "eventsPerSecond": 7}), 200)
	if o["ends"] != nil || o["name"] != "renamed" || o["eventsPerSecond"] != 7.0 || o["bytesPerDay"] != 1000.0 {
		t.Errorf("got %v", o)
	}
	next := w.json(w.do("POST", "/v1/keys/"+id+"/successor", w.editor, object{"ends": "2026-11-21T12:00:00Z"}), 201)
	if next["replaces"] != id || next["key"] == "" || next["eventsPerSecond"] != 7.0 {
		t.Errorf("got %v", next)
	}
	w.fails(w.do("POST", "/v1/keys/"+id+"/successor", w.editor, object{}), 409, "conflict")
	w.clock.advance(24 * time.Hour)
	w.fails(w.do("POST", "/v1/keys/"+id+"/successor", w.editor, object{}), 401, "unauthorized")

	w.fails(w.do("POST", "/v1/keys", w.editor, object{"project": "bank", "type": "read"}), 403, "forbidden")
	w.fails(w.do("GET", "/v1/keys?project=bank", w.editor, nil), 403, "forbidden")
	bank, err := w.catalog.Keys(t.Context(), "bank")
	w.must(err)
	for method, path := range map[string]string{"PATCH": "", "DELETE": "", "POST": "/successor"} {
		w.fails(w.do(method, "/v1/keys/"+bank[0].ID+path, w.editor, object{"name": "stolen"}), map[string]int{"POST": 400, "PATCH": 404, "DELETE": 404}[method],
			map[string]string{"POST": "bad_request", "PATCH": "not_found", "DELETE": "not_found"}[method])
	}
	w.fails(w.do("POST", "/v1/keys/"+bank[0].ID+"/successor", w.editor, object{}), 404, "not_found")
	w.fails(w.do("GET", "/v1/arrivals?key="+bank[0].ID, w.editor, nil), 404, "not_found")
}

func TestTheThrottleCountsAddressesAndNamesToo(t *testing.T) {
	c := &clock{t: noon}
	g := newGuard(c.now)
	fail := func(name, ip string) error {
		who, err := g.begin(name, ip)
		if err == nil {
			g.failed(who)
		}
		return err
	}
	for i := range addressTries {
		if err := fail(fmt.Sprint("user", i), fmt.Sprintf("2001:db8:1:2::%x", i)); err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if err := fail("another", "2001:db8:1:2:ffff::1"); err == nil {
		t.Error("one IPv6 network may try as many names as it likes")
	}
	if err := fail("another", "2001:db8:1:3::1"); err != nil {
		t.Errorf("the neighbouring network: %v", err)
	}
	who, err := g.begin("ada", "192.0.2.1") // where ada works
	if err != nil {
		t.Fatal(err)
	}
	g.succeeded(who)
	for i := range nameTries {
		if err := fail("ada", fmt.Sprintf("198.51.100.%d", i)); err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if err := fail("ADA ", "203.0.113.1"); err == nil {
		t.Error("a name may be tried from as many addresses as there are")
	}
	if _, err := g.begin("ada", "192.0.2.1"); err != nil {
		t.Errorf("ada is locked out of her own place: %v", err)
	}
	c.advance(forgetAfter)
	if err := fail("ada", "203.0.113.1"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestABurstOfFailedLogInsIsInTheAuditTrail(t *testing.T) {
	w := inhabited(t, nil)
	for range freeTries {
		w.do("POST", "/v1/login", "", object{"name": "ada", "password": "wrong"})
	}
	entries, err := w.catalog.FilterAudit(t.Context(), catalog.AuditFilter{Action: "login", Limit: 10})
	if err != nil || len(entries) != 1 || entries[0].Actor != "address:127.0.0.1" || entries[0].Subject != "ada" {
		t.Errorf("got %+v, %v", entries, err)
	}
	r := w.do("POST", "/v1/login", "", object{"name": "ada", "password": "wrong"})
	if e := w.fails(r, 429, "slow_down"); e["reason"] != "paused" || e["pauseSeconds"] != 60.0 {
		t.Errorf("got %v", e)
	}
}
