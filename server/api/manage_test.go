package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/clewline/clewline/server/catalog"
)

func TestAnAdminMakesProjects(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("POST", "/v1/projects", w.admin, object{"name": "zoo"}), 201)
	if o["name"] != "zoo" || o["created"] != "2026-11-20T12:00:00Z" {
		t.Errorf("got %v", o)
	}
	w.fails(w.do("POST", "/v1/projects", w.admin, object{"name": "zoo"}), 409, "conflict")
	for credential, want := range map[string]string{w.admin: "bank shop zoo", w.member: "shop"} {
		var names []string
		for _, p := range w.json(w.do("GET", "/v1/projects", credential, nil), 200)["projects"].([]any) {
			names = append(names, p.(object)["name"].(string))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	entries, err := w.catalog.Audit(t.Context(), 1)
	if err != nil || entries[0].Actor != "user:ada" || entries[0].Action != "project.create" {
		t.Errorf("the audit trail has %+v, %v", entries, err)
	}
}

func TestAKeyIsShownOnceAndWorksUntilItIsRevoked(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("POST", "/v1/keys", w.admin, object{"project": "bank", "type": "browser", "name": "till", "origins": []string{"https://Shop.example.com/"}}), 201)
	secret, id := o["key"].(string), o["id"].(string)
	if !strings.HasPrefix(secret, "pk_") || fmt.Sprint(o["origins"]) != "[https://shop.example.com]" {
		t.Errorf("got %v", o)
	}
	list := w.do("GET", "/v1/keys?project=bank", w.admin, nil)
	if strings.Contains(list.body, secret) {
		t.Error("the list shows the key")
	}
	keys := w.json(list, 200)["keys"].([]any)
	if len(keys) != 2 {
		t.Fatalf("got %d keys", len(keys))
	}
	for _, k := range keys {
		k := k.(object)
		if k["ends"] != nil || k["eventsPerSecond"] != 0.0 || k["bytesPerDay"] != 0.0 || k["use"] == nil {
			t.Errorf("got %v", k)
		}
		for _, name := range []string{"ends", "eventsPerSecond", "bytesPerDay", "use", "querySecondsPerMinute", "queryRowsPerMinute", "queriesAtOnce", "reading"} {
			delete(k, name)
		}
	}
	want := fmt.Sprintf("map[created:2026-11-20T12:00:00Z id:%s lastUsed:<nil> name:till origins:[https://shop.example.com] prefix:%s… project:bank revoked:<nil> type:browser]", id, secret[:7])
	if fmt.Sprint(keys[0]) != want && fmt.Sprint(keys[1]) != want {
		t.Errorf("got  %s\nwant %s", keys, want)
	}
	k, err := w.catalog.LookupKey(t.Context(), secret)
	if err != nil || k.ID != id || k.Project != "bank" {
		t.Errorf("it is %+v, %v", k, err)
	}
	o = w.json(w.do("PATCH", "/v1/keys/"+id, w.admin, object{"origins": []string{"http://localhost:3000", "null"}}), 200)
	if fmt.Sprint(o["origins"]) != "[http://localhost:3000 null]" {
		t.Errorf("got %v", o)
	}
	if k, err := w.catalog.LookupKey(t.Context(), secret); err != nil || !k.AllowsOrigin("http://localhost:3000") || k.AllowsOrigin("https://shop.example.com") {
		t.Errorf("it is %+v, %v", k, err)
	}
	for range 2 {
		if r := w.do("DELETE", "/v1/keys/"+id, w.admin, nil); r.StatusCode != 204 || r.body != "" {
			t.Errorf("revoking: %d %s", r.StatusCode, r.body)
		}
	}
	if _, err := w.catalog.LookupKey(t.Context(), secret); !errors.Is(err, catalog.ErrRevokedKey) {
		t.Errorf("it is %v", err)
	}
	if !strings.Contains(w.do("GET", "/v1/keys?project=bank", w.admin, nil).body, `"revoked":"2026-11-20T12:00:00Z"`) {
		t.Error("the list does not say that it was revoked")
	}
}

func TestAWrongKeyRequestNamesTheField(t *testing.T) {
	w := inhabited(t, nil)
	for _, c := range []struct {
		body        object
		status      int
		code, field string
	}{
		{object{"project": "shop", "type": "king"}, 400, "bad_request", "type"},
		{object{"project": "shop"}, 400, "bad_request", "type"},
		{object{"project": "none", "type": "read"}, 403, "forbidden", "project"},
		{object{"project": "shop", "type": "browser", "origins": []string{"shop.example.com"}}, 400, "bad_request", "origins"},
		{object{"project": "shop", "type": "read", "origins": []string{"*"}}, 400, "bad_request", "origins"},
		{object{"project": "shop", "type": "read", "name": strings.Repeat("n", 101)}, 400, "bad_request", "name"},
	} {
		if e := w.fails(w.do("POST", "/v1/keys", w.admin, c.body), c.status, c.code); e["field"] != c.field {
			t.Errorf("%v: the field is %v", c.body, e["field"])
		}
	}
	w.fails(w.do("PATCH", "/v1/keys/k_none", w.admin, object{"origins": []string{}}), 404, "not_found")
	if e := w.fails(w.do("PATCH", "/v1/keys/k_none", w.admin, object{}), 400, "bad_request"); e["field"] != "origins" {
		t.Errorf("got %v", e)
	}
	w.fails(w.do("DELETE", "/v1/keys/k_none", w.admin, nil), 404, "not_found")
	w.fails(w.do("GET", "/v1/keys?project=none", w.admin, nil), 403, "forbidden")
}

func TestWhatArrivedWithAKeyIsTold(t *testing.T) {
	var w *world
	asked := ""
	w = inhabited(t, func(c *Config) {
		c.Arrivals = func(id string) Arrivals {
			asked = id
			return Arrivals{
				Reached: &Reached{At: "2026-11-20T12:00:00Z", From: "127.0.0.1", Door: "track"},
				Key:     &Verdict{OK: true},
				Origin:  &OriginVerdict{Verdict{false, "it is not on the key's list"}, "http://localhost:3000"},
			}
		}
	})
	k, _, err := w.catalog.CreateKey(t.Context(), "shop", catalog.BrowserKey, "", nil)
	w.must(err)
	r := w.do("GET", "/v1/arrivals?project=shop&key="+k.ID, w.admin, nil)
	want := `{"reached":{"at":"2026-11-20T12:00:00Z","from":"127.0.0.1","door":"track"},"key":{"ok":true},"origin":{"ok":false,"reason":"it is not on the key's list","origin":"http://localhost:3000"},"stored":null}`
	if strings.TrimSpace(r.body) != want || asked != k.ID {
		t.Errorf("got  %s about %s\nwant %s", r.body, asked, want)
	}
	for _, path := range []string{"/v1/arrivals?key=k_none", "/v1/arrivals", "/v1/arrivals?project=bank&key=" + k.ID} {
		w.fails(w.do("GET", path, w.admin, nil), 404, "not_found")
	}
}

func TestOnANewServerNothingHasArrived(t *testing.T) {
	w := inhabited(t, nil)
	k, _, err := w.catalog.CreateKey(t.Context(), "shop", catalog.ServerKey, "", nil)
	w.must(err)
	if r := w.do("GET", "/v1/arrivals?key="+k.ID, w.admin, nil); strings.TrimSpace(r.body) != `{"reached":null,"key":null,"origin":null,"stored":null}` {
		t.Errorf("got %s", r.body)
	}
}
