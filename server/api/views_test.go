package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
)

// view keeps a view and gives its id.
func (w *world) view(project, session string) string {
	w.t.Helper()
	return w.json(w.do("POST", "/v1/views", session, object{"project": project, "name": "errors", "params": object{"q": "level:error"}}), 201)["id"].(string)
}

// share makes a shared link for an hour.
func (w *world) share(project, session string, params object) object {
	w.t.Helper()
	return w.json(w.do("POST", "/v1/shares", session, object{"project": project, "name": "for a supplier", "hours": 1, "params": params}), 201)
}

func names(t *testing.T, o object) (out []string) {
	t.Helper()
	for _, v := range o["views"].([]any) {
		out = append(out, v.(object)["name"].(string))
	}
	return out
}

func TestAViewIsItsOwnersUntilItIsShared(t *testing.T) {
	w := inhabited(t, nil)
	made := w.json(w.do("POST", "/v1/views", w.member, object{
		"name": "  my errors ", "columns": []string{"callId"}, "density": "roomy",
		"params": object{"q": "level:error | count by service", "from": "-1h", "cols": "callId:90", "view": "bar", "sort": "count desc"},
	}), 201)
	id := made["id"].(string)
	if made["name"] != "my errors" || made["project"] != "shop" || made["own"] != true || made["params"].(object)["view"] != "bar" || made["density"] != "roomy" {
		t.Errorf("got %v", made)
	}
	for _, other := range []string{w.editor, w.admin} {
		if got := names(t, w.json(w.do("GET", "/v1/views?project=shop", other, nil), 200)); len(got) != 0 {
			t.Errorf("others see %q", got)
		}
		w.fails(w.do("GET", "/v1/views/"+id, other, nil), 404, "not_found")
		w.fails(w.do("DELETE", "/v1/views/"+id, other, nil), 404, "not_found")
	}
	w.json(w.do("PATCH", "/v1/views/"+id, w.member, object{"shared": true, "name": "our errors"}), 200)
	for _, other := range []string{w.editor, w.read} {
		if got := names(t, w.json(w.do("GET", "/v1/views", other, nil), 200)); fmt.Sprint(got) != "[our errors]" {
			t.Errorf("others see %q", got)
		}
	}
	w.fails(w.do("GET", "/v1/views?project=bank", w.member, nil), 403, "forbidden")
	if got := names(t, w.json(w.do("GET", "/v1/views?project=bank", w.admin, nil), 200)); len(got) != 0 {
		t.Errorf("bank has %q", got)
	}
	if o := w.json(w.do("PATCH", "/v1/views/"+id, w.editor, object{"name": "errors"}), 200); o["own"] != false || o["params"].(object)["q"] != "level:error | count by service" {
		t.Errorf("got %v", o)
	}
	if r := w.do("DELETE", "/v1/views/"+id, w.editor, nil); r.StatusCode != 204 {
		t.Errorf("got %d", r.StatusCode)
	}
}

func TestSomebodyElsesSharedViewIsChangedByEditorsOnly(t *testing.T) {
	w := inhabited(t, nil)
	id := w.view("shop", w.admin)
	w.json(w.do("PATCH", "/v1/views/"+id, w.admin, object{"shared": true}), 200)
	for _, method := range []string{"PATCH", "DELETE"} {
		if e := w.fails(w.do(method, "/v1/views/"+id, w.member, object{"name": "mine"}), 403, "forbidden"); e["reason"] != "not_yours" {
			t.Errorf("got %v", e)
		}
	}
	w.fails(w.do("POST", "/v1/views", w.read, object{"name": "mine"}), 403, "forbidden")
	w.fails(w.do("GET", "/v1/views", w.support, nil), 403, "forbidden")
}

func TestAViewThatCannotBeKeptIsRefused(t *testing.T) {
	w := inhabited(t, nil)
	for field, body := range map[string]object{
		"name":    {"name": " "},
		"params":  {"name": "a", "params": object{"project": "bank"}},
		"density": {"name": "a", "density": "huge"},
		"columns": {"name": "a", "columns": []string{""}},
	} {
		if e := w.fails(w.do("POST", "/v1/views", w.member, body), 400, "bad_request"); e["field"] != field {
			t.Errorf("%v: got %v", body, e)
		}
	}
	w.view("shop", w.editor)
	w.fails(w.do("POST", "/v1/views", w.editor, object{"project": "shop", "name": "errors"}), 409, "conflict")
	w.view("shop", w.admin) // of another owner
}

func TestAViewSaysWhichOfItsFieldsAreGone(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 3, func(_ int, e *event.Event) { e.Data = `{"cart":"x"}` })
		make := func(q string, columns ...string) object {
			o := w.json(w.do("POST", "/v1/views", w.member, object{"name": q, "columns": columns, "params": object{"q": q}}), 201)
			return w.json(w.do("GET", "/v1/views/"+o["id"].(string), w.member, nil), 200)
		}
		if o := make("cart:x and basket:y | count by data.shelf", "cart", "service", "gone"); fmt.Sprint(o["missing"]) != "[basket data.shelf gone]" {
			t.Errorf("got %v", o["missing"])
		}
		if o := make("cart:x", "level"); o["missing"] != nil || o["broken"] != nil {
			t.Errorf("got %v", o)
		}
		if o := make("cart:"); !strings.Contains(o["broken"].(string), "value") {
			t.Errorf("got %v", o)
		}
	})
}

func TestAProjectTakesItsViewsAndLinksAlong(t *testing.T) {
	w := inhabited(t, nil)
	w.view("shop", w.admin)
	token := w.share("shop", w.admin, nil)["token"].(string)
	_, err := w.catalog.DeleteProject(t.Context(), "shop")
	w.must(err)
	w.must(w.catalog.ProjectErased(t.Context(), "shop"))
	w.must(w.catalog.EnsureProject(t.Context(), "shop"))
	if got := names(t, w.json(w.do("GET", "/v1/views?project=shop", w.admin, nil), 200)); len(got) != 0 {
		t.Errorf("the new project has %q", got)
	}
	if e := w.fails(w.do("GET", "/v1/share", token, nil), 410, "gone"); e["reason"] != "share_unknown" {
		t.Errorf("got %v", e)
	}
}

func TestASharedLinkShowsItsViewAndNothingElse(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 10, func(i int, e *event.Event) {
			if i%2 == 0 {
				e.Level = event.Error
			}
		})
		w.fill("bank", 10, nil)
		made := w.share("shop", w.member, object{"q": "level:error", "from": "-6s", "cols": "callId"})
		token := made["token"].(string)
		if made["path"] != "/shared#"+token || !strings.HasPrefix(token, "sl_") || len(token) < 40 {
			t.Errorf("got %v", made)
		}
		o := w.json(w.do("GET", "/v1/share", token, nil), 200)
		if o["name"] != "for a supplier" || o["owner"] != "grace" || o["params"].(object)["cols"] != "callId" || o["to"] != "2026-11-20T12:00:00Z" {
			t.Errorf("got %v", o)
		}
		want := "[event 0 of shop event 2 of shop event 4 of shop]"
		for _, more := range []string{"", "?q=*&from=-1d&to=now", "?q=level:info&from=-1d", "?project=shop&q=" + url.QueryEscape("* or level:info")} {
			got, last := w.found(w.do("GET", "/v1/search"+more, token, nil))
			if fmt.Sprint(got) != want || last["from"] != "2026-11-20T11:59:54Z" {
				t.Errorf("%s: got %q, %v", more, got, last)
			}
		}
		w.clock.advance(30 * time.Minute) // the range stays
		if got, _ := w.found(w.do("GET", "/v1/search", token, nil)); fmt.Sprint(got) != want {
			t.Errorf("later: %q", got)
		}
		if o := w.json(w.do("GET", "/v1/histogram?from=-1d&q=*", token, nil), 200); o["total"] != 3.0 {
			t.Errorf("got %v", o["total"])
		}
		for id, status := range map[string]int{"e.10": 200, "e.9": 404, "e.2": 404} { // shown, of another level, of before
			if got := w.do("GET", "/v1/events/"+id, token, nil).StatusCode; got != status {
				t.Errorf("%s: %d, want %d", id, got, status)
			}
		}
		// A cursor of somebody who sees more is none of the link's.
		_, last := w.found(w.do("GET", "/v1/search?limit=1&from=-1d&q=level:error", w.member, nil))
		w.fails(w.do("GET", "/v1/search?cursor="+last["next"].(string), token, nil), 400, "bad_request")
		for _, path := range []string{"/v1/export", "/v1/values?fields=level", "/v1/tail", "/v1/views", "/v1/me", "/v1/shares", "/v1/projects", "/v1/fields", "/v1/context?id=e.1&by=session"} {
			if r := w.do("GET", path, token, nil); r.StatusCode != 403 {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}
		w.fails(w.do("GET", "/v1/search?project=bank", token, nil), 403, "forbidden")
		w.fails(w.do("POST", "/v1/views", token, object{"name": "x"}), 403, "forbidden")
	})
}

func TestASharedTableShowsNoEvents(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 4, nil)
	token := w.share("shop", w.member, object{"q": "| count by level"})["token"].(string)
	if o := w.json(w.do("GET", "/v1/table?q=|count+by+msg", token, nil), 200); fmt.Sprint(o["rows"]) != "[[info 4]]" {
		t.Errorf("got %v", o["rows"])
	}
	w.fails(w.do("GET", "/v1/search?q=*", token, nil), 400, "invalid_query")
	w.fails(w.do("GET", "/v1/events/e.1", token, nil), 404, "not_found")
}

func TestALinkEndsByTimeByBeingTakenBackAndWithItsMaker(t *testing.T) {
	w := inhabited(t, nil)
	gone := func(token, reason string) {
		t.Helper()
		for _, path := range []string{"/v1/share", "/v1/search"} {
			if e := w.fails(w.do("GET", path, token, nil), 410, "gone"); e["reason"] != reason {
				t.Errorf("%s: got %v", path, e)
			}
		}
	}
	gone("sl_invented", "share_unknown")
	expiring := w.share("shop", w.member, nil)
	taken := w.share("shop", w.member, nil)
	w.fails(w.do("DELETE", "/v1/shares/sh_invented", w.member, nil), 404, "not_found")
	if r := w.do("DELETE", "/v1/shares/"+taken["id"].(string), w.editor, nil); r.StatusCode != 204 {
		t.Errorf("an editor: %d %s", r.StatusCode, r.body)
	}
	gone(taken["token"].(string), "share_revoked")
	w.json(w.do("GET", "/v1/share", expiring["token"].(string), nil), 200)

	list := w.json(w.do("GET", "/v1/shares?project=shop", w.editor, nil), 200)["shares"].([]any)
	if len(list) != 2 {
		t.Fatalf("got %v", list)
	}
	for _, s := range list {
		s := s.(object)
		if works := s["id"] == expiring["id"]; s["works"] != works || works && s["uses"] != 1.0 || s["token"] != nil {
			t.Errorf("got %v", s)
		}
	}
	w.fails(w.do("GET", "/v1/shares?project=bank", w.editor, nil), 403, "forbidden")

	w.clock.advance(time.Hour)
	gone(expiring["token"].(string), "share_expired")

	orphan := w.share("shop", w.member, nil)["token"].(string)
	p, err := w.catalog.PersonByName(t.Context(), "grace")
	w.must(err)
	_, err = w.catalog.ChangePerson(t.Context(), p.ID, catalog.Reader, "", []string{"bank"})
	w.must(err)
	gone(orphan, "share_revoked")
}

func TestALinkThatCannotBeMadeIsRefused(t *testing.T) {
	w := inhabited(t, nil)
	for _, c := range []struct {
		body   object
		status int
		field  string
	}{
		{object{"hours": 0}, 400, "hours"},
		{object{"hours": 1e9}, 400, "hours"},
		{object{"hours": 1, "params": object{"from": "never"}}, 400, "from"},
		{object{"hours": 1, "project": "bank"}, 403, "project"},
	} {
		e := w.json(w.do("POST", "/v1/shares", w.member, c.body), c.status)["error"].(object)
		if e["field"] != c.field {
			t.Errorf("%v: got %v", c.body, e)
		}
	}
	w.fails(w.do("POST", "/v1/shares", w.member, object{"hours": 1, "params": object{"q": "level:"}}), 400, "invalid_query")
	w.fails(w.do("POST", "/v1/shares", w.support, object{"hours": 1}), 403, "forbidden")
}
