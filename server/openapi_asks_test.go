//go:build !noduck

package server_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/api"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/ingest"
	"github.com/clewline/clewline/server/push"
)

// An asking is one request that goes well. What its path and body have in
// braces is taken from what earlier answers gave.
type asking struct {
	op, path, body string
	status         int               // 0: 200
	as             string            // admin (""), read, send, share, or nobody
	keep           map[string]string // names, and the members of the answer that they keep
	header         map[string]string
}

const (
	calls  = "q=timeCost:*"
	follow = "sequence by session [errorCode:TICKET_EXPIRED] then [httpPath:/ticket/refresh] within 5s"
)

// askings drives every route, in an order in which each has what it is about.
func askings() []asking {
	piped := "q=" + url.QueryEscape("errorCode:* | count, p95(timeCost) by service, time(10m)")
	sequence := "q=" + url.QueryEscape(follow)
	return []asking{
		{op: "POST /v1/events", path: "/v1/events", as: "send", body: streetEvents(), header: map[string]string{"Idempotency-Key": "described"}},
		{op: "POST /v1/events", path: "/v1/events", as: "send", body: "no event\n{\"msg\":\"one\"}", header: map[string]string{"Idempotency-Key": "described too"}},
		{op: "POST /v1/lines", path: "/v1/lines?format=logfmt", as: "send", body: "level=info msg=\"a line\"\nbroken \"", header: map[string]string{"Idempotency-Key": "lines"}},
		{op: "POST /v1/track", path: "/v1/track", as: "send", body: `{"app":"web","client":"c","stream":"20261120described01","from":1,"to":2,"sentAt":0,"sdk":"x","omitted":[[2,2,"level"]]}` + "\n" + `{"seq":1,"time":1,"msg":"one"}`},
		{op: "OPTIONS /v1/track", path: "/v1/track", as: "nobody", status: 204, header: map[string]string{"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}},

		{op: "GET /v1/search", path: "/v1/search?from=-1d&limit=2", keep: map[string]string{"event": "id"}},
		{op: "GET /v1/search", path: "/v1/search?from=-1d&as=read", as: "read"},
		{op: "GET /v1/search", path: "/v1/search?from=-1d&q=errrCode:x"},
		{op: "GET /v1/search", path: "/v1/search?from=-1d&q=expired&limit=1", keep: map[string]string{"expired": "id"}},
		{op: "GET /v1/search", path: "/v1/search?from=-1d&" + sequence},
		{op: "GET /v1/events/{id}", path: "/v1/events/{event}"},
		{op: "GET /v1/histogram", path: "/v1/histogram?from=-1d"},
		{op: "GET /v1/histogram", path: "/v1/histogram?from=-1d&" + sequence},
		{op: "GET /v1/values", path: "/v1/values?from=-1d&fields=service,level,data.cart.total"},
		{op: "GET /v1/table", path: "/v1/table?from=-1d&" + piped},
		{op: "GET /v1/table", path: "/v1/table?from=-1d&" + sequence + url.QueryEscape(" | count by account")},
		{op: "GET /v1/facets", path: "/v1/facets?from=-1d&fields=service,timeCost,data.cart.total&within=0"},
		{op: "GET /v1/statistics", path: "/v1/statistics?from=-1d&field=timeCost"},
		{op: "GET /v1/statistics", path: "/v1/statistics?from=-1d&field=service"},
		{op: "GET /v1/complete", path: "/v1/complete?from=-1d&field=service&prefix=s"},
		{op: "GET /v1/context", path: "/v1/context?id={event}&from=-1d"},
		{op: "GET /v1/context", path: "/v1/context?id={expired}&from=-1d&by=session&before=1&after=1"},
		{op: "GET /v1/explain", path: "/v1/explain?from=-1d&q=expired"},
		{op: "GET /v1/export", path: "/v1/export?from=-1d"},
		{op: "GET /v1/export", path: "/v1/export?from=-1d&columns=time,msg,data.cart.total&part=2"},
		{op: "GET /v1/export", path: "/v1/export?from=-1d&" + sequence},
		{op: "GET /v1/export", path: "/v1/export?from=-1d&format=csv&" + piped},
		{op: "GET /v1/export", path: "/v1/export?from=-1d&format=parquet"},
		{op: "GET /v1/speed", path: "/v1/speed?from=-1d&" + calls},
		{op: "GET /v1/speed", path: "/v1/speed?from=-1d&by=httpPath"},
		{op: "GET /v1/speed/usual", path: "/v1/speed/usual?from=-1h"},
		{op: "GET /v1/speed/modules", path: "/v1/speed/modules?from=-1d"},
		{op: "GET /v1/tail", path: "/v1/tail", as: "shopread"},
		{op: "GET /v1/fields", path: "/v1/fields"},
		{op: "GET /v1/fields", path: "/v1/fields?seen=1&from=-1d"},
		{op: "GET /v1/check", path: "/v1/check?" + piped},
		{op: "GET /v1/check", path: "/v1/check?q=errrorCode:x"},

		{op: "POST /v1/views", path: "/v1/views", status: 201, body: `{"project":"bank","name":"slow","shared":true,"params":{"q":"timeCost:>100"},"columns":["service"],"density":"roomy"}`, keep: map[string]string{"view": "id"}},
		{op: "GET /v1/views", path: "/v1/views?project=bank"},
		{op: "GET /v1/views", path: "/v1/views", as: "read"},
		{op: "GET /v1/views/{id}", path: "/v1/views/{view}"},
		{op: "PATCH /v1/views/{id}", path: "/v1/views/{view}", body: `{"name":"slower"}`},
		{op: "DELETE /v1/views/{id}", path: "/v1/views/{view}", status: 204},
		{op: "POST /v1/shares", path: "/v1/shares", status: 201, body: `{"project":"bank","name":"for support","params":{"q":"level:error"},"hours":2}`, keep: map[string]string{"share": "id", "token": "token"}},
		{op: "GET /v1/shares", path: "/v1/shares?project=bank"},
		{op: "GET /v1/share", path: "/v1/share", as: "share"},
		{op: "DELETE /v1/shares/{id}", path: "/v1/shares/{share}", status: 204},

		{op: "POST /v1/viewer-tokens", path: "/v1/viewer-tokens?project=bank", status: 201, body: `{"device":"dev-1","minutes":5}`, keep: map[string]string{"viewer": "id", "vt": "token"}},
		{op: "GET /v1/viewer-tokens", path: "/v1/viewer-tokens", as: "read"},
		{op: "GET /v1/viewer", path: "/v1/viewer", as: "viewer"},
		{op: "GET /v1/viewer/events", path: "/v1/viewer/events?from=-1h&limit=5", as: "viewer"},
		{op: "DELETE /v1/viewer-tokens/{id}", path: "/v1/viewer-tokens/{viewer}?project=bank", status: 204},

		{op: "GET /v1/openapi.json", path: "/v1/openapi.json", as: "nobody"},
		{op: "POST /v1/login", path: "/v1/login", as: "nobody", body: `{"name":"root-of-all","password":"a long password"}`},
		{op: "GET /v1/me", path: "/v1/me"},
		{op: "GET /v1/sessions", path: "/v1/sessions"},

		{op: "POST /v1/people", path: "/v1/people", status: 201, body: `{"name":"grace","role":"reader","projects":["bank"]}`, keep: map[string]string{"person": "id", "invite": "link.path"}},
		{op: "GET /v1/people", path: "/v1/people"},
		{op: "PATCH /v1/people/{id}", path: "/v1/people/{person}", body: `{"role":"editor","projects":["bank"]}`},
		{op: "POST /v1/people/{id}/link", path: "/v1/people/{person}/link", status: 201, keep: map[string]string{"invite": "link.path"}},
		{op: "GET /v1/link", path: "/v1/link?token={invite}", as: "nobody"},
		{op: "POST /v1/link", path: "/v1/link", as: "nobody", body: `{"token":"{invite}","password":"a longer password"}`},
		{op: "DELETE /v1/people/{id}/sessions", path: "/v1/people/{person}/sessions"},
		{op: "DELETE /v1/people/{id}", path: "/v1/people/{person}", status: 204},
		{op: "GET /v1/audit", path: "/v1/audit?limit=5"},

		{op: "POST /v1/projects", path: "/v1/projects", status: 201, body: `{"name":"spare"}`},
		{op: "GET /v1/projects", path: "/v1/projects"},
		{op: "POST /v1/keys", path: "/v1/keys", status: 201, body: `{"project":"bank","type":"read","name":"board","queryRowsPerMinute":1000000}`, keep: map[string]string{"key": "id"}},
		{op: "POST /v1/keys/{id}/successor", path: "/v1/keys/{key}/successor", status: 201, body: `{}`},
		{op: "GET /v1/keys", path: "/v1/keys?project=bank"},
		{op: "PATCH /v1/keys/{id}", path: "/v1/keys/{key}", body: `{"name":"the board"}`},
		{op: "GET /v1/arrivals", path: "/v1/arrivals?project=bank&key={bankKey}"},
		{op: "DELETE /v1/keys/{id}", path: "/v1/keys/{key}", status: 204},

		{op: "GET /v1/redaction", path: "/v1/redaction?project=bank"},
		{op: "POST /v1/redaction/preview", path: "/v1/redaction/preview", body: `{"project":"bank","rule":{"id":"a","name":"a","on":true,"pattern":"expired","leaves":{"kind":"remove"}}}`},
		{op: "PUT /v1/redaction", path: "/v1/redaction", body: `{"project":"bank","version":0,"rules":[]}`},
		{op: "GET /v1/sources", path: "/v1/sources?project=bank"},
		{op: "PUT /v1/sources/{name}", path: "/v1/sources/nginx-1", body: `{"project":"bank","version":0,"settings":{"format":"json"}}`},
		{op: "PUT /v1/sources/{name}", path: "/v1/sources/nginx-1", body: `{"project":"bank","version":1,"settings":{"format":"logfmt"}}`},
		{op: "GET /v1/lines/source", path: "/v1/lines/source?name=nginx-1", as: "send"},
		{op: "POST /v1/sources/try", path: "/v1/sources/try", body: `{"project":"bank","settings":{"format":"logfmt"},"sample":"level=info msg=x\nbroken \""}`},
		{op: "DELETE /v1/sources/{name}", path: "/v1/sources/nginx-1?project=bank", status: 204},

		{op: "POST /v1/push", path: "/v1/push", as: "send", body: `{"tab":"tab-1","device":"dev-1","app":"web","page":"/desk","socket":"open","lastError":{"time":1,"code":"E","text":"x"}}`},
		{op: "POST /v1/pulls", path: "/v1/pulls?project=bank", status: 201, body: `{"device":"dev-1","from":"-1h"}`, keep: map[string]string{"pull": "id", "ticket": "ticket"}},
		{op: "POST /v1/push", path: "/v1/push", as: "send", body: `{"tab":"tab-1","device":"dev-1"}`},
		{op: "POST /v1/push", path: "/v1/push", as: "send", body: `{"tab":"tab-1","device":"dev-1","pull":{"ticket":"{ticket}","state":"running","selected":3}}`},
		{op: "GET /v1/push", path: "/v1/push?tab=tab-1&device=dev-1", as: "send"},
		{op: "OPTIONS /v1/push", path: "/v1/push", as: "nobody", status: 204},
		{op: "GET /v1/clients", path: "/v1/clients?project=bank"},
		{op: "GET /v1/clients/live", path: "/v1/clients/live", as: "read"},
		{op: "POST /v1/clients/{tab}/command", path: "/v1/clients/tab-1/command", status: 204, body: `{"project":"bank","level":"debug"}`},
		{op: "GET /v1/pulls", path: "/v1/pulls", as: "read"},
		{op: "GET /v1/pulls/{id}", path: "/v1/pulls/{pull}?project=bank"},
		{op: "DELETE /v1/pulls/{id}", path: "/v1/pulls/{pull}?project=bank"},

		{op: "GET /v1/ingest", path: "/v1/ingest?project=bank"},
		{op: "GET /v1/ingest/rates", path: "/v1/ingest/rates?project=bank"},
		{op: "GET /v1/ingest/streams", path: "/v1/ingest/streams?project=bank&from=-1d"},
		{op: "GET /v1/delivery", path: "/v1/delivery?project=bank"},
		{op: "GET /v1/delivery/streams", path: "/v1/delivery/streams?project=bank&show=all", keep: map[string]string{"stream": "streams.0.stream"}},
		{op: "GET /v1/delivery/stream", path: "/v1/delivery/stream?project=bank&stream={stream}"},
		{op: "GET /v1/delivery/ranges", path: "/v1/delivery/ranges?project=bank"},
		{op: "GET /v1/delivery/ranges", path: "/v1/delivery/ranges?project=bank&format=ndjson"},
		{op: "GET /v1/dead-letters", path: "/v1/dead-letters?project=bank", keep: map[string]string{"letter": "letters.0.id"}},
		{op: "POST /v1/dead-letters/replay", path: "/v1/dead-letters/replay", body: `{"project":"bank","letters":["{letter}"],"format":"logfmt"}`},
		{op: "GET /v1/retention", path: "/v1/retention?project=bank"},
		{op: "POST /v1/retention/preview", path: "/v1/retention/preview", body: `{"project":"bank","own":{"days":10,"bytes":0}}`},
		{op: "PATCH /v1/retention", path: "/v1/retention", body: `{"project":"bank","own":{"days":10,"bytes":0},"removes":0}`},
		{op: "POST /v1/erasures/preview", path: "/v1/erasures/preview", body: `{"project":"bank","field":"account","value":"a1"}`},
		{op: "POST /v1/erasures", path: "/v1/erasures", status: 201, body: `{"project":"bank","field":"account","value":"a1","events":1,"confirm":"a1"}`, keep: map[string]string{"erasure": "id"}},
		{op: "GET /v1/erasures", path: "/v1/erasures?project=bank"},
		{op: "GET /v1/erasures/{id}", path: "/v1/erasures/{erasure}"},

		{op: "DELETE /v1/projects/{name}", path: "/v1/projects/spare", status: 202, body: `{"confirm":"spare"}`},
		{op: "POST /v1/password", path: "/v1/password", status: 204, as: "root", body: `{"old":"a long password","new":"another long password"}`},
		{op: "DELETE /v1/sessions/{id}", path: "/v1/sessions/{bankSession}", status: 204, as: "teller"},
		{op: "POST /v1/logout", path: "/v1/logout", status: 204},
	}
}

// notDriven are the routes that a server in use has no good answer of, and why.
var notDriven = map[string]string{
	"GET /v1/setup":              "a server with an admin has no set-up link",
	"POST /v1/setup":             "a server with an admin has no set-up link",
	"POST /v1/clock/acknowledge": "the clock of this machine has not stepped",
}

func streetEvents() string {
	var b strings.Builder
	now := time.Now()
	for i := range 6 {
		at := now.Add(-time.Duration(10+i) * time.Minute).UTC()
		fmt.Fprintf(&b, `{"time":%q,"session":"s%d","account":"a%d","service":"ticket","kind":"call","function":"checkTicket","msg":"expired","level":"warn","errorCode":"TICKET_EXPIRED","timeCost":%d,"traceId":"%032x","data":{"cart":{"total":%d}}}`+"\n",
			at.Format(time.RFC3339Nano), i, i, 100+i, i+1, i)
		fmt.Fprintf(&b, `{"time":%q,"session":"s%d","service":"ticket","kind":"ui","subsys":"web","module":"seat","httpPath":"/ticket/refresh","msg":"new ticket","level":"info","timeCost":12}`+"\n",
			at.Add(time.Second).Format(time.RFC3339Nano), i)
	}
	return b.String()
}

// TestEveryAnswerIsAsTheDescriptionSays drives each route of a real server, and
// holds what it answers against docs/openapi.yaml: status, content type, members
// and their types. Whoever adds a route says here how it is asked.
func TestEveryAnswerIsAsTheDescriptionSays(t *testing.T) {
	s := openStreet(t)
	_, admin := s.person("the-describer", catalog.Admin)
	root, err := s.catalog.PersonByName(t.Context(), "root-of-all")
	s.must(err)
	rootSession, _, err := s.catalog.StartSession(t.Context(), root.User)
	s.must(err)
	teller, err := s.catalog.PersonByName(t.Context(), "teller-"+mark)
	s.must(err)
	tellerSession, _, err := s.catalog.StartSession(t.Context(), teller.User)
	s.must(err)
	as := map[string]string{"": admin, "read": s.bankRead, "send": s.bankKey, "nobody": "", "root": rootSession, "teller": tellerSession, "shopread": s.others["a read key"]}
	kept := map[string]string{"bankKey": s.bank.keyID, "bankSession": s.bank.sessionID}
	fill := func(text string) string {
		for name, value := range kept {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	driven := map[string]bool{}
	for _, a := range askings() {
		driven[a.op] = true
		method, _, _ := strings.Cut(a.op, " ")
		path := fill(a.path)
		if op, name := operationOf(method, path); op == nil || name != a.op {
			t.Errorf("%s %s is %q, want %q", method, path, name, a.op)
			continue
		}
		as["share"], as["viewer"] = kept["token"], kept["vt"]
		status, text := s.ask(method, reach{path: path, body: fill(a.body), header: a.header}, as[a.as]) // which checks it
		want := a.status
		if want == 0 {
			want = 200
		}
		if status != want {
			t.Errorf("%s %s: %d, want %d: %.400s", method, path, status, want, text)
		}
		first, _, _ := strings.Cut(text, "\n")
		for name, member := range a.keep {
			if kept[name] = memberOf(first, member); kept[name] == "" {
				t.Errorf("%s %s: no %s in %.300s", method, path, member, text)
			}
		}
		if name := "invite"; a.keep[name] != "" {
			_, kept[name], _ = strings.Cut(kept[name], "token=")
		}
	}
	for _, r := range api.Routes() {
		if op := r.Method + " " + r.Path; !driven[op] && notDriven[op] == "" {
			t.Errorf("%s is not asked: say in askings how it is", op)
		}
	}
	for _, op := range append(ingest.Doors(), push.Doors()...) {
		if !driven[op] {
			t.Errorf("%s is not asked: say in askings how it is", op)
		}
	}
}

// memberOf reads a.0.b of an object.
func memberOf(text, path string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			if len(in) == 0 {
				return ""
			}
			v = in[0]
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
