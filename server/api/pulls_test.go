package api

import (
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/push"
)

func (w *world) beats(project, tab, device string) []push.Command {
	w.t.Helper()
	commands, err := w.api.push.Beat(w.t.Context(), project, push.Client{Tab: tab, Device: device, Page: "/desk"})
	w.must(err)
	return commands
}

func TestLivePagesAreListedByProject(t *testing.T) {
	w := inhabited(t, nil)
	w.beats("shop", "tab-1", "dev-1")
	w.beats("bank", "tab-2", "dev-2")
	o := w.json(w.do("GET", "/v1/clients", w.read, nil), 200)
	clients := o["clients"].([]any)
	if len(clients) != 1 || o["online"] != 1.0 || clients[0].(object)["tab"] != "tab-1" || clients[0].(object)["page"] != "/desk" {
		t.Errorf("got %v", o)
	}
	w.fails(w.do("GET", "/v1/clients", w.support, nil), 403, "forbidden")
}

func TestAPullIsAskedSeenAndCancelledByAKeyAndByAPerson(t *testing.T) {
	w := inhabited(t, nil)
	asked := w.json(w.do("POST", "/v1/pulls", w.read, object{"device": "dev-1", "from": "-2h", "to": "-1h", "level": "warn", "hours": 2}), 201)
	if asked["state"] != "asked" || !strings.HasPrefix(asked["by"].(string), "key:k_") || asked["reachable"] != false || asked["ticket"] == "" || asked["level"] != "warn" {
		t.Errorf("got %v", asked)
	}
	for name, want := range map[string]time.Time{"from": noon.Add(-2 * time.Hour), "to": noon.Add(-time.Hour), "expires": noon.Add(2 * time.Hour)} {
		if got, err := time.Parse(time.RFC3339Nano, asked[name].(string)); err != nil || !got.Equal(want) {
			t.Errorf("%s is %v, want %v", name, asked[name], want)
		}
	}
	id := asked["id"].(string)
	if commands := w.beats("shop", "tab-1", "dev-1"); len(commands) != 1 || commands[0].Pull.ID != id {
		t.Errorf("the page got %+v", commands)
	}
	shown := w.json(w.do("GET", "/v1/pulls/"+id, w.member, nil), 200)
	if _, told := shown["ticket"]; told || shown["state"] != "delivered" || shown["reachable"] != true {
		t.Errorf("got %v", shown)
	}
	w.fails(w.do("GET", "/v1/pulls/"+id, w.bankRead, nil), 404, "not_found")
	w.fails(w.do("DELETE", "/v1/pulls/"+id, w.bankRead, nil), 404, "not_found")
	list := w.json(w.do("GET", "/v1/pulls?device=dev-1", w.member, nil), 200)["pulls"].([]any)
	if len(list) != 1 {
		t.Errorf("got %v", list)
	}
	if o := w.json(w.do("DELETE", "/v1/pulls/"+id, w.member, nil), 200); o["state"] != "cancelled" {
		t.Errorf("got %v", o)
	}
	entries, err := w.catalog.FilterAudit(t.Context(), catalog.AuditFilter{Action: "pull", Limit: 9})
	if err != nil || len(entries) != 2 || entries[0].Actor != "user:grace" || entries[0].Action != "pull.cancel" {
		t.Errorf("got %+v, %v", entries, err)
	}
}

func TestAServerThatKnowsNoPagesSaysSo(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Push = nil })
	for _, path := range []string{"/v1/clients", "/v1/clients/live", "/v1/pulls", "/v1/pulls/pl_1"} {
		w.fails(w.do("GET", path, w.read, nil), 503, "unavailable")
	}
}

func TestAPullThatCannotBeIsRefusedWithItsField(t *testing.T) {
	w := inhabited(t, nil)
	for _, c := range []struct {
		field string
		body  object
	}{
		{"device", object{}}, {"device", object{"device": strings.Repeat("x", 129)}}, {"device", object{"device": "a\nb"}},
		{"level", object{"device": "d", "level": "loud"}}, {"hours", object{"device": "d", "hours": 169}}, {"hours", object{"device": "d", "hours": -1}},
		{"from", object{"device": "d", "from": "never"}}, {"from", object{"device": "d", "from": "-400d"}}, {"from", object{"device": "d", "from": "now", "to": "-1h"}},
	} {
		if e := w.fails(w.do("POST", "/v1/pulls", w.read, c.body), 400, "bad_request"); e["field"] != c.field {
			t.Errorf("%v: %v", c.body, e)
		}
	}
	w.fails(w.do("POST", "/v1/pulls", w.browser, object{"device": "d"}), 403, "forbidden")
	w.fails(w.do("POST", "/v1/pulls", w.support, object{"device": "d"}), 403, "forbidden")
}

func TestOnlyAnEditorChangesWhatAPageSends(t *testing.T) {
	w := inhabited(t, nil)
	w.beats("shop", "tab-1", "dev-1")
	const path = "/v1/clients/tab-1/command"
	w.fails(w.do("POST", path, w.read, object{"level": "debug"}), 403, "forbidden")
	w.fails(w.do("POST", path, w.member, object{"level": "debug"}), 403, "forbidden")
	for _, body := range []object{{}, {"level": "debug", "mode": "off"}, {"level": "loud"}, {"mode": "on"}} {
		w.fails(w.do("POST", path, w.editor, body), 400, "bad_request")
	}
	w.fails(w.do("POST", "/v1/clients/tab-9/command", w.editor, object{"mode": "off"}), 404, "not_found")
	if r := w.do("POST", path, w.editor, object{"project": "shop", "mode": "onError"}); r.StatusCode != 204 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if got := w.beats("shop", "tab-1", "dev-1"); len(got) != 1 || got[0].Mode != "onError" {
		t.Errorf("got %+v", got)
	}
}
