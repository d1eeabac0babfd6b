package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/redact"
)

// redacting is an inhabited world with a redactor.
func redacting(t *testing.T) (*world, *redact.Redactor) {
	var r *redact.Redactor
	w := inhabited(t, func(c *Config) {
		r = redact.New([]byte("k"), c.Clock)
		c.Redactor = r
	})
	return w, r
}

var ticketRule = object{"id": "tickets", "name": "Ticket values", "on": true, "where": []string{"msg"}, "pattern": "tk-([0-9a-f]{4})", "leaves": object{"kind": "label", "label": "tk"}}

func TestAnAdminChangesRedactionAndItHoldsAtOnce(t *testing.T) {
	w, r := redacting(t)
	o := w.json(w.do("GET", "/v1/redaction?project=shop", w.admin, nil), 200)
	rules := o["rules"].([]any)
	if o["version"] != 0.0 || len(rules) != len(redact.Defaults()) || rules[0].(object)["id"] != "cards" {
		t.Fatalf("a new project has %v", o)
	}
	batch := func() *event.Batch {
		b := &event.Batch{Project: "shop", Events: []event.Event{{Msg: "tk-55e1 4111111111111111"}}}
		r.Batch(b)
		return b
	}
	batch()
	o = w.json(w.do("PUT", "/v1/redaction", w.admin, object{"project": "shop", "version": 0, "rules": []object{ticketRule}}), 200)
	if o["version"] != 1.0 {
		t.Errorf("the version is %v", o["version"])
	}
	if got := batch().Events[0].Msg; got != "tk-[tk] 4111111111111111" {
		t.Errorf("the next batch has %s", got)
	}
	o = w.json(w.do("GET", "/v1/redaction?project=shop", w.admin, nil), 200)
	if hits := o["rules"].([]any)[0].(object)["hits"]; hits != 1.0 || o["hours"].([]any)[redact.Hours-1] != 2.0 {
		t.Errorf("counted %v, %v", hits, o["hours"])
	}
	if got := w.json(w.do("GET", "/v1/redaction?project=bank", w.admin, nil), 200); got["version"] != 0.0 {
		t.Errorf("another project has %v", got["version"])
	}
	kept, err := w.catalog.Redactions(t.Context())
	if err != nil || len(kept) != 1 || kept[0].Version != 1 || !strings.Contains(kept[0].Rules, "tk-(") || kept[0].By != "user:ada" {
		t.Errorf("the catalog has %+v, %v", kept, err)
	}
	entries, err := w.catalog.Audit(t.Context(), 1)
	if err != nil || entries[0].Action != "redaction.change" || entries[0].Project != "shop" ||
		entries[0].Detail != "added tickets (on), removed cards, removed jwt, removed resident-ids, removed cookies, removed passwords, removed tokens, removed credentials, removed mobiles, removed emails" {
		t.Errorf("the audit trail has %+v, %v", entries, err)
	}
}

func TestTwoAdminsDoNotOverwriteEachOther(t *testing.T) {
	w, r := redacting(t)
	change := object{"project": "shop", "version": 0, "rules": []object{ticketRule}}
	w.json(w.do("PUT", "/v1/redaction", w.admin, change), 200)
	change["rules"] = []object{}
	if e := w.fails(w.do("PUT", "/v1/redaction", w.admin, change), 409, "conflict"); e["field"] != "version" || !strings.Contains(e["message"].(string), "user:ada") {
		t.Errorf("got %v", e)
	}
	if rules := r.Rules("shop"); rules.Version != 1 || len(rules.Rules) != 1 {
		t.Errorf("now there are %+v", rules)
	}
}

func TestAWrongRuleNamesItsPlace(t *testing.T) {
	w, _ := redacting(t)
	bad := object{"id": "x", "name": "x", "pattern": "(", "leaves": object{"kind": "remove"}}
	for _, c := range []struct {
		method, path string
		body         object
		field        string
	}{
		{"PUT", "/v1/redaction", object{"project": "shop", "version": 0, "rules": []object{ticketRule, bad}}, "rules[1].pattern"},
		{"PUT", "/v1/redaction", object{"project": "shop", "version": 0}, "rules"},
		{"PUT", "/v1/redaction", object{"project": "shop", "rules": []object{}}, "version"},
		{"PUT", "/v1/redaction", object{"project": "shop", "version": 0, "rule": bad}, "rule"},
		{"POST", "/v1/redaction/preview", object{"project": "shop", "rule": bad}, "rules[0].pattern"},
	} {
		if e := w.fails(w.do(c.method, c.path, w.admin, c.body), 400, "bad_request"); e["field"] != c.field {
			t.Errorf("%s %v: got %v", c.method, c.body, e)
		}
	}
	w.fails(w.do("PUT", "/v1/redaction", w.admin, object{"project": "none", "version": 0, "rules": []object{}}), 403, "forbidden")
	for _, credential := range []string{w.member, w.read} {
		w.fails(w.do("GET", "/v1/redaction?project=shop", credential, nil), 403, "forbidden")
	}
	without := inhabited(t, nil)
	without.fails(without.do("GET", "/v1/redaction?project=shop", without.admin, nil), 404, "not_found")
}

func TestADraftIsPreviewedOnTheNewestEventsAndChangesNothing(t *testing.T) {
	w, r := redacting(t)
	w.fill("shop", 2500, func(i int, e *event.Event) {
		e.Msg, e.Account = "nothing", fmt.Sprint("a", i%5)
		if i%10 == 0 {
			e.Msg = "ticket tk-55e1 of seat"
		}
	})
	w.fill("bank", 10, func(_ int, e *event.Event) { e.Msg = "tk-9999" })
	o := w.json(w.do("POST", "/v1/redaction/preview", w.admin, object{"project": "shop", "rule": ticketRule}), 200)
	if o["events"] != 2500.0 || o["changed"] != 250.0 || o["values"] != 250.0 || o["partial"] != "" || fmt.Sprint(o["fields"]) != "[map[field:msg searched:false values:250]]" {
		t.Errorf("got %v", o)
	}
	examples := o["examples"].([]any)
	want := "[map[kind:same text:ticket tk-] map[kind:old text:55e1] map[kind:new text:[tk]] map[kind:same text: of seat]]"
	if len(examples) != redact.MostExamples || fmt.Sprint(examples[0].(object)["parts"]) != want {
		t.Errorf("%d examples, the first one %v", len(examples), examples[0])
	}
	if rules := r.Rules("shop"); rules.Version != 0 || r.Counts("shop").ByRule["tickets"] != [redact.Hours]int64{} {
		t.Error("the preview changed something")
	}
}
