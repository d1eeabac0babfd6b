package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/push"
	"github.com/clewline/clewline/server/redact"
	"github.com/clewline/clewline/server/store"
)

// changes has, for each route by which somebody with a right changes
// something, a request that does. Each must leave an entry in the audit trail.
var changes = map[string]func(w *world) (path string, body any){
	"POST /v1/projects":          func(*world) (string, any) { return "/v1/projects", object{"name": "zoo"} },
	"DELETE /v1/projects/{name}": func(*world) (string, any) { return "/v1/projects/bank", object{"confirm": "bank"} },
	"POST /v1/keys":              func(*world) (string, any) { return "/v1/keys", object{"type": "read"} },
	"PATCH /v1/keys/{id}":        func(w *world) (string, any) { return "/v1/keys/" + w.keyID("bank"), object{"name": "x"} },
	"DELETE /v1/keys/{id}":       func(w *world) (string, any) { return "/v1/keys/" + w.keyID("bank"), nil },
	"POST /v1/keys/{id}/successor": func(w *world) (string, any) {
		return "/v1/keys/" + w.keyID("bank") + "/successor", object{}
	},
	"POST /v1/people": func(*world) (string, any) { return "/v1/people", object{"name": "hedy", "role": "reader"} },
	"PATCH /v1/people/{id}": func(w *world) (string, any) {
		return "/v1/people/" + w.person("grace")["id"].(string), object{"role": "editor", "projects": []string{"bank"}}
	},
	"DELETE /v1/people/{id}":    func(w *world) (string, any) { return "/v1/people/" + w.person("grace")["id"].(string), nil },
	"POST /v1/people/{id}/link": func(w *world) (string, any) { return "/v1/people/" + w.person("grace")["id"].(string) + "/link", nil },
	"DELETE /v1/people/{id}/sessions": func(w *world) (string, any) {
		return "/v1/people/" + w.person("grace")["id"].(string) + "/sessions", nil
	},
	"POST /v1/password": func(*world) (string, any) {
		return "/v1/password", object{"old": password, "new": "another password"}
	},
	"PATCH /v1/retention": func(*world) (string, any) {
		return "/v1/retention", object{"project": "shop", "own": object{"days": 2, "bytes": 0}}
	},
	"POST /v1/dead-letters/replay": func(*world) (string, any) {
		return "/v1/dead-letters/replay", object{"project": "shop", "group": "of-no-letter"}
	},
	"POST /v1/clock/acknowledge": func(w *world) (string, any) {
		w.api.observer = stepped{w.api.observer}
		return "/v1/clock/acknowledge", object{"seen": "set back"}
	},
	"POST /v1/retention/preview": nil, // changes nothing
	"PUT /v1/redaction": func(w *world) (string, any) {
		w.api.redacts = redact.New([]byte("k"), w.clock.now)
		return "/v1/redaction", object{"project": "shop", "version": 0, "rules": []object{ticketRule}}
	},
	"POST /v1/redaction/preview": nil, // changes nothing
	"PUT /v1/sources/{name}": func(*world) (string, any) {
		return "/v1/sources/desk", object{"project": "shop", "version": 0, "settings": object{"format": "json"}}
	},
	"DELETE /v1/sources/{name}": func(w *world) (string, any) {
		_, err := w.catalog.SetSource(w.t.Context(), "shop", "desk", 0, `{"format":"json"}`, "")
		w.must(err)
		return "/v1/sources/desk?project=shop", nil
	},
	"POST /v1/sources/try": nil, // changes nothing
	"POST /v1/erasures": func(w *world) (string, any) {
		w.fill("shop", 1, func(_ int, e *event.Event) { e.Account = "acct-7" })
		return "/v1/erasures", object{"project": "shop", "field": "account", "value": "acct-7", "confirm": "acct-7", "events": 1}
	},
	"POST /v1/erasures/preview": nil, // changes nothing
	"POST /v1/clients/{tab}/command": func(w *world) (string, any) {
		if _, err := w.api.push.Beat(w.t.Context(), "shop", push.Client{Tab: "tab-1", Device: "dev-1"}); err != nil {
			w.t.Fatal(err)
		}
		return "/v1/clients/tab-1/command", object{"project": "shop", "level": "debug"}
	},
	"POST /v1/pulls": func(w *world) (string, any) {
		return "/v1/pulls?project=shop", object{"device": "dev-1"}
	},
	"DELETE /v1/pulls/{id}": func(w *world) (string, any) {
		return "/v1/pulls/" + w.json(w.do("POST", "/v1/pulls?project=shop", w.read, object{"device": "dev-1"}), 201)["id"].(string) + "?project=shop", nil
	},
	"POST /v1/views": func(*world) (string, any) { return "/v1/views", object{"project": "shop", "name": "mine"} },
	"PATCH /v1/views/{id}": func(w *world) (string, any) {
		return "/v1/views/" + w.view("shop", w.admin), object{"name": "ours", "shared": true}
	},
	"DELETE /v1/views/{id}":  func(w *world) (string, any) { return "/v1/views/" + w.view("shop", w.admin), nil },
	"POST /v1/viewer-tokens": func(*world) (string, any) { return "/v1/viewer-tokens?project=shop", object{"device": "dev-1"} },
	"DELETE /v1/viewer-tokens/{id}": func(w *world) (string, any) {
		return "/v1/viewer-tokens/" + w.viewer(w.admin, object{"device": "dev-1"})["id"].(string) + "?project=shop", nil
	},
	"POST /v1/shares":        func(*world) (string, any) { return "/v1/shares", object{"project": "shop", "hours": 1} },
	"DELETE /v1/shares/{id}": func(w *world) (string, any) { return "/v1/shares/" + w.share("shop", w.admin, nil)["id"].(string), nil },
	"DELETE /v1/sessions/{id}": func(w *world) (string, any) {
		s := w.json(w.do("GET", "/v1/sessions", w.admin, nil), 200)["sessions"].([]any)[0].(object)
		return "/v1/sessions/" + s["id"].(string), nil
	},
}

// stepped is the observer of a server whose clock was set back.
type stepped struct{ Observer }

func (stepped) Health() Health                    { return Health{Clock: "set back"} }
func (stepped) AcknowledgeClock(seen string) bool { return seen == "set back" }

func (w *world) keyID(project string) string {
	w.t.Helper()
	keys, err := w.catalog.Keys(w.t.Context(), project)
	w.must(err)
	return keys[0].ID
}

func TestEveryRouteThatChangesSomethingLeavesAnAuditEntry(t *testing.T) {
	for _, route := range Routes() {
		pattern := route.Method + " " + route.Path
		if route.Method == "GET" || route.Who == Anyone {
			continue
		}
		change, ok := changes[pattern]
		if !ok {
			t.Errorf("%s has no entry in the table of changes (audit_test.go): say there how it is used, so that its audit entry is tested", pattern)
			continue
		}
		if change == nil {
			continue
		}
		t.Run(pattern, func(t *testing.T) {
			w, keeper, _ := retained(t)
			keeper.usage = []store.Usage{}
			w.api.store = keeper
			path, body := change(w)
			before, err := w.catalog.Audit(t.Context(), 1000)
			w.must(err)
			if r := w.do(route.Method, path, w.admin, body); r.StatusCode >= 300 {
				t.Fatalf("%s: %d %s", path, r.StatusCode, r.body)
			}
			after, err := w.catalog.Audit(t.Context(), 1000)
			w.must(err)
			if len(after) != len(before)+1 || after[0].Actor != "user:ada" {
				t.Errorf("%d entries became %d, the newest %+v", len(before), len(after), after[0])
			}
		})
	}
}

func TestTheAuditTrailIsReadInPages(t *testing.T) {
	w := inhabited(t, nil)
	for i := range 5 {
		w.must(w.catalog.Record(catalog.As(t.Context(), "user:eve"), "test.act", fmt.Sprint(i), "shop", "<b>hostile</b>"))
	}
	var subjects []string
	for path := "/v1/audit?actor=user:eve&action=test.*&project=shop&limit=2"; ; {
		o := w.json(w.do("GET", path, w.admin, nil), 200)
		for _, e := range o["entries"].([]any) {
			subjects = append(subjects, e.(object)["subject"].(string))
		}
		next, more := o["next"].(string)
		if !more {
			break
		}
		path = "/v1/audit?actor=user:eve&action=test.*&project=shop&limit=2&cursor=" + next
	}
	if got := strings.Join(subjects, ""); got != "43210" {
		t.Errorf("got %s", got)
	}
	for _, q := range []string{"limit=0", "cursor=x", "from=never", "cursor=-1"} {
		w.fails(w.do("GET", "/v1/audit?"+q, w.admin, nil), 400, "bad_request")
	}
	if o := w.json(w.do("GET", "/v1/audit?from=-1d&to=-1h", w.admin, nil), 200); len(o["entries"].([]any)) != 0 {
		t.Errorf("got %v", o)
	}
}

func TestTakingManyEventsOutIsInTheAuditTrail(t *testing.T) {
	w := inhabited(t, nil)
	w.found(w.do("GET", "/v1/search?limit=1000", w.read, nil))
	w.found(w.do("GET", "/v1/search?limit=1001&q=level:error", w.read, nil))
	w.found(w.do("GET", "/v1/search?limit=10000", w.member, nil))
	entries, err := w.catalog.FilterAudit(t.Context(), catalog.AuditFilter{Action: "events.export", Limit: 10})
	if err != nil || len(entries) != 2 || entries[0].Actor != "user:grace" || !strings.HasPrefix(entries[1].Actor, "key:k_") || entries[1].Project != "shop" {
		t.Errorf("got %+v, %v", entries, err)
	}
}

func TestADeletedProjectIsClosedThenQuietThenErased(t *testing.T) {
	var w *world
	var steps []string
	broken := errors.New("the disk is on fire")
	keeper := &memKeeper{}
	w = inhabited(t, func(c *Config) {
		keeper.memStore = c.Store.(*memStore)
		c.Store = keeper
		c.Quiesce = func(ctx context.Context, project string) error {
			if _, err := w.catalog.LookupKey(ctx, w.bankRead); !errors.Is(err, catalog.ErrRevokedKey) {
				t.Errorf("the doors are waited for while a key still works: %v", err)
			}
			steps = append(steps, "quiet "+project)
			return nil
		}
	})
	w.fill("bank", 2, nil)
	w.fill("shop", 2, nil)
	for _, confirm := range []any{nil, object{}, object{"confirm": "BANK"}, object{"confirm": "shop"}} {
		w.fails(w.do("DELETE", "/v1/projects/bank", w.admin, confirm), 400, "bad_request")
	}
	w.fails(w.do("DELETE", "/v1/projects/none", w.admin, object{"confirm": "none"}), 404, "not_found")

	// The store fails: the project is closed, and the erasure is made up for.
	keeper.fail = broken
	w.fails(w.do("DELETE", "/v1/projects/bank", w.admin, object{"confirm": "bank"}), 500, "internal")
	w.fails(w.do("GET", "/v1/search", w.bankRead, nil), 401, "unauthorized")
	w.fails(w.do("GET", "/v1/search?project=bank", w.admin, nil), 403, "forbidden")
	if e := w.fails(w.do("POST", "/v1/projects", w.admin, object{"name": "bank"}), 400, "bad_request"); !strings.Contains(e["message"].(string), "being deleted") {
		t.Errorf("got %v", e)
	}
	keeper.fail = nil
	w.must(w.api.FinishDeletions(t.Context()))
	w.must(w.api.FinishDeletions(t.Context())) // nothing is left to do
	done := keeper.Erasures()
	if len(done) != 1 || !strings.HasPrefix(done[0].ID, "project-bank-") || done[0].Project != "bank" || done[0].Removed != 2 || strings.Join(steps, "|") != "quiet bank|quiet bank" {
		t.Errorf("erasures %+v, steps %v", done, steps)
	}
	w.fails(w.do("DELETE", "/v1/projects/bank", w.admin, object{"confirm": "bank"}), 404, "not_found")

	o := w.json(w.do("DELETE", "/v1/projects/shop", w.admin, object{"confirm": "shop"}), 202)
	if o["name"] != "shop" || o["erasure"] != keeper.Erasures()[1].ID {
		t.Errorf("got %v", o)
	}
	w.json(w.do("POST", "/v1/projects", w.admin, object{"name": "shop"}), 201)
	w.fails(w.do("GET", "/v1/search", w.read, nil), 401, "unauthorized")
}

func TestAStoreThatCannotEraseKeepsItsProjects(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.Store = reads{c.Store} })
	w.fails(w.do("DELETE", "/v1/projects/bank", w.admin, object{"confirm": "bank"}), 503, "unavailable")
	if projects, err := w.catalog.Projects(t.Context()); err != nil || len(projects) != 2 {
		t.Errorf("got %v, %v", projects, err)
	}
}

// reads hides what a store can do beside its contract.
type reads struct{ store.Store }
