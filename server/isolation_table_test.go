//go:build !noduck

package server_test

import (
	"slices"
	"strings"
)

// A belonging is what project bank has, and others might name.
type belongings struct {
	eventID, cursor, stream string
	keyID, userID           string
	sessionID               string
	viewID, shareID         string
	viewerID                string
	tab, pullID, ticket     string
}

// A reach is one request that tries to get at what is bank's.
type reach struct {
	path   string            // with its parameters; the method is the route's
	body   string            // "" for none
	header map[string]string // such as a project that no header may choose
	// own says that the request may go well, because it names nothing of
	// bank's: then it is about the caller's own project, and the answer is
	// searched for what is bank's.
	own bool
}

// same gives a route's only request.
func same(path, body string) func(belongings) []reach {
	return func(belongings) []reach { return []reach{{path: path, body: body}} }
}

// of gives the requests about one thing by its id: as it is, and with the
// caller's own project beside it.
func of(path, body string) []reach {
	return []reach{{path: path, body: body}, {path: path + "?project=shop", body: body}}
}

// reading gives the requests by which a route that reads one project might be
// led into another: by parameter, by header, by query.
func reading(path string) func(belongings) []reach {
	return func(belongings) []reach {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		return []reach{
			{path: path, own: true},
			{path: path + sep + "project=bank"},
			{path: path + sep + "project=bank&project=shop"},
			{path: path + sep + "project=BANK"},
			{path: path + sep + "project=bank%00"},
			{path: path + sep + "project=shop,bank"},
			{path: path + sep + "project=*"},
			{path: path + sep + "project=shop&project=bank", own: true},
			{path: path + sep + "q=project:bank", own: true},
			{path: path + sep + "q=not+project:shop", own: true},
			{path: path + sep + "q=a+or+project:bank+or+*", own: true},
			{path: path, own: true, header: map[string]string{"X-Project": "bank", "Project": "bank", "X-Forwarded-Project": "bank"}},
		}
	}
}

// reaches has an entry for every route of the API and for every door. A route
// without one fails the test: whoever adds a route says here how somebody of
// another project would try to use it.
var reaches = map[string]func(belongings) []reach{
	"GET /v1/search": func(b belongings) []reach {
		return append(reading("/v1/search")(b),
			reach{path: "/v1/search?cursor=" + b.cursor},
			reach{path: "/v1/search?project=bank&cursor=" + b.cursor},
			reach{path: "/v1/search?limit=1&cursor=" + b.cursor},
			reach{path: "/v1/search?q=id:" + b.eventID, own: true},
			reach{path: "/v1/search?q=stream:" + b.stream, own: true})
	},
	"GET /v1/events/{id}": func(b belongings) []reach {
		return []reach{
			{path: "/v1/events/" + b.eventID},
			{path: "/v1/events/" + b.eventID + "?project=bank"},
			{path: "/v1/events/" + b.eventID + "?project=shop"},
			{path: "/v1/events/" + b.stream + ".1"},
		}
	},
	"GET /v1/histogram":  reading("/v1/histogram"),
	"GET /v1/values":     reading("/v1/values?fields=msg,project,account,level"),
	"GET /v1/facets":     reading("/v1/facets?fields=msg,project,account,level"),
	"GET /v1/statistics": reading("/v1/statistics?field=account"),
	"GET /v1/complete":   reading("/v1/complete?field=account"),
	"GET /v1/explain":    reading("/v1/explain"),
	"GET /v1/context": func(b belongings) []reach {
		return []reach{
			{path: "/v1/context?id=" + b.eventID},
			{path: "/v1/context?id=" + b.eventID + "&project=bank"},
			{path: "/v1/context?id=" + b.eventID + "&project=shop&by=account"},
			{path: "/v1/context?id=" + b.stream + ".1&by=stream"},
			{path: "/v1/context?id=" + b.eventID + "&earlier=" + b.cursor},
		}
	},
	"GET /v1/speed":         reading("/v1/speed?by=service"),
	"GET /v1/speed/usual":   reading("/v1/speed/usual?by=event"),
	"GET /v1/speed/modules": reading("/v1/speed/modules"),
	"GET /v1/table": func(b belongings) []reach {
		const pipe = "%7C+count+by+project,msg,account,id"
		reaches := reading("/v1/table")(b)
		for i, r := range reaches {
			switch {
			case strings.Contains(r.path, "q="):
				reaches[i].path += "+" + pipe
			case strings.Contains(r.path, "?"):
				reaches[i].path += "&q=" + pipe
			default:
				reaches[i].path += "?q=" + pipe
			}
		}
		return reaches
	},
	"GET /v1/export": func(b belongings) []reach {
		return append(reading("/v1/export")(b),
			reach{path: "/v1/export?cursor=" + b.cursor},
			reach{path: "/v1/export?project=bank&cursor=" + b.cursor},
			reach{path: "/v1/export?format=csv&q=id:" + b.eventID, own: true},
			reach{path: "/v1/export?format=csv&columns=project,msg,account", own: true},
			reach{path: "/v1/export?part=10&after=" + b.eventID},
			reach{path: "/v1/export?q=%7C+count+by+project,msg,account,id", own: true})
	},
	"GET /v1/views":          reading("/v1/views"),
	"POST /v1/views":         same("/v1/views", `{"project":"bank","name":"mine","params":{}}`),
	"GET /v1/views/{id}":     func(b belongings) []reach { return of("/v1/views/"+b.viewID, "") },
	"PATCH /v1/views/{id}":   func(b belongings) []reach { return of("/v1/views/"+b.viewID, `{"name":"mine"}`) },
	"DELETE /v1/views/{id}":  func(b belongings) []reach { return of("/v1/views/"+b.viewID, "") },
	"GET /v1/share":          same("/v1/share?project=bank", ""),
	"GET /v1/shares":         func(belongings) []reach { return []reach{{path: "/v1/shares?project=bank"}} },
	"POST /v1/shares":        same("/v1/shares", `{"project":"bank","name":"mine","params":{},"hours":1}`),
	"DELETE /v1/shares/{id}": func(b belongings) []reach { return of("/v1/shares/"+b.shareID, "") },
	"GET /v1/viewer-tokens": func(belongings) []reach {
		return []reach{{path: "/v1/viewer-tokens", own: true}, {path: "/v1/viewer-tokens?project=bank"}, {path: "/v1/viewer-tokens?project=BANK"}}
	},
	"POST /v1/viewer-tokens": func(belongings) []reach {
		return []reach{
			{path: "/v1/viewer-tokens?project=bank", body: `{"device":"` + mark + `"}`},
			{path: "/v1/viewer-tokens", body: `{"device":"till","project":"bank"}`, own: true},
		}
	},
	"DELETE /v1/viewer-tokens/{id}": func(b belongings) []reach {
		return append(of("/v1/viewer-tokens/"+b.viewerID, ""), reach{path: "/v1/viewer-tokens/" + b.viewerID + "?project=bank"})
	},
	"GET /v1/viewer": same("/v1/viewer?project=bank", ""),
	"GET /v1/viewer/events": func(b belongings) []reach {
		return append(reading("/v1/viewer/events")(b), reach{path: "/v1/viewer/events?cursor=" + b.cursor})
	},
	"GET /v1/openapi.json": func(belongings) []reach { return []reach{{path: "/v1/openapi.json?project=bank", own: true}} },
	"GET /v1/tail": func(b belongings) []reach {
		// A query that keeps shop's own event out would give a silent answer,
		// of which nobody could say that it is whole.
		return slices.DeleteFunc(reading("/v1/tail")(b), func(r reach) bool {
			return strings.Contains(r.path, "q=project:bank") || strings.Contains(r.path, "q=not")
		})
	},
	"GET /v1/fields": reading("/v1/fields?seen=1"),
	"GET /v1/check":  reading("/v1/check"),

	"POST /v1/login":  same("/v1/login", `{"name":"nobody","password":"wrong"}`),
	"POST /v1/logout": nil, // ends the caller's own session; tried apart
	"GET /v1/me":      func(belongings) []reach { return []reach{{path: "/v1/me?project=bank", own: true}} },
	"GET /v1/setup":   same("/v1/setup?token=invented", ""),
	"POST /v1/setup":  same("/v1/setup", `{"token":"invented","name":"eve","password":"a long password","project":"bank"}`),

	"GET /v1/link":             same("/v1/link?token=invented", ""),
	"POST /v1/link":            same("/v1/link", `{"token":"invented","password":"a long password"}`),
	"POST /v1/password":        same("/v1/password", `{"old":"wrong","new":"another password"}`),
	"GET /v1/sessions":         func(belongings) []reach { return []reach{{path: "/v1/sessions", own: true}} },
	"DELETE /v1/sessions/{id}": func(b belongings) []reach { return []reach{{path: "/v1/sessions/" + b.sessionID}} },

	"GET /v1/people":        same("/v1/people", ""),
	"POST /v1/people":       same("/v1/people", `{"name":"mine","role":"admin"}`),
	"PATCH /v1/people/{id}": func(b belongings) []reach { return of("/v1/people/"+b.userID, `{"role":"reader","projects":["shop"]}`) },
	"DELETE /v1/people/{id}": func(b belongings) []reach {
		return of("/v1/people/"+b.userID, "")
	},
	"POST /v1/people/{id}/link":       func(b belongings) []reach { return of("/v1/people/"+b.userID+"/link", "") },
	"DELETE /v1/people/{id}/sessions": func(b belongings) []reach { return of("/v1/people/"+b.userID+"/sessions", "") },
	"GET /v1/audit": func(belongings) []reach {
		return []reach{{path: "/v1/audit"}, {path: "/v1/audit?project=shop"}, {path: "/v1/audit?project=bank"}}
	},

	"DELETE /v1/projects/{name}": func(belongings) []reach { return of("/v1/projects/bank", `{"confirm":"bank"}`) },
	"POST /v1/keys/{id}/successor": func(b belongings) []reach {
		return of("/v1/keys/"+b.keyID+"/successor", `{}`)
	},

	"GET /v1/projects":  func(belongings) []reach { return []reach{{path: "/v1/projects?project=bank", own: true}} },
	"POST /v1/projects": same("/v1/projects", `{"name":"bank"}`),
	"GET /v1/keys":      func(belongings) []reach { return []reach{{path: "/v1/keys?project=bank"}} },
	"POST /v1/keys":     same("/v1/keys", `{"project":"bank","type":"read","name":"mine"}`),
	"PATCH /v1/keys/{id}": func(b belongings) []reach {
		return []reach{
			{path: "/v1/keys/" + b.keyID, body: `{"origins":["https://evil.example"]}`},
			{path: "/v1/keys/" + b.keyID + "?project=shop", body: `{"origins":["https://evil.example"]}`},
		}
	},
	"DELETE /v1/keys/{id}": func(b belongings) []reach {
		return []reach{{path: "/v1/keys/" + b.keyID}, {path: "/v1/keys/" + b.keyID + "?project=shop"}}
	},
	"GET /v1/arrivals": func(b belongings) []reach {
		return []reach{{path: "/v1/arrivals?key=" + b.keyID}, {path: "/v1/arrivals?project=shop&key=" + b.keyID}}
	},

	"GET /v1/redaction":          same("/v1/redaction?project=bank", ""),
	"PUT /v1/redaction":          same("/v1/redaction", `{"project":"bank","version":0,"rules":[]}`),
	"POST /v1/redaction/preview": same("/v1/redaction/preview", `{"project":"bank","rule":{"id":"a","name":"a","pattern":"`+mark+`","leaves":{"kind":"remove"}}}`),

	"GET /v1/clients":      reading("/v1/clients"),
	"GET /v1/clients/live": reading("/v1/clients/live"),
	"POST /v1/clients/{tab}/command": func(b belongings) []reach {
		return append(of("/v1/clients/"+b.tab+"/command", `{"project":"bank","mode":"off"}`), of("/v1/clients/"+b.tab+"/command", `{"mode":"off"}`)...)
	},
	"GET /v1/pulls":         reading("/v1/pulls?device=" + mark),
	"POST /v1/pulls":        same("/v1/pulls?project=bank", `{"device":"d"}`),
	"GET /v1/pulls/{id}":    func(b belongings) []reach { return of("/v1/pulls/"+b.pullID, "") },
	"DELETE /v1/pulls/{id}": func(b belongings) []reach { return of("/v1/pulls/"+b.pullID, "") },
	"GET /v1/push": func(b belongings) []reach {
		return []reach{{path: "/v1/push?project=bank&tab=ours&device=d&stream=" + b.stream, own: true}}
	},
	"POST /v1/push": func(b belongings) []reach {
		return []reach{
			{path: "/v1/push?project=bank", own: true, body: `{"project":"bank","tab":"` + b.tab + `","device":"` + strings.ToLower(mark) + `","left":true}`},
			{path: "/v1/push", own: true, body: `{"tab":"` + b.tab + `","device":"d","pull":{"ticket":"` + b.ticket + `","state":"refused","reason":"from outside"}}`},
		}
	},
	"OPTIONS /v1/push": same("/v1/push", ""),

	"GET /v1/sources":        same("/v1/sources?project=bank", ""),
	"PUT /v1/sources/{name}": same("/v1/sources/banks", `{"project":"bank","version":0,"settings":{"format":"json"}}`),
	"DELETE /v1/sources/{name}": func(belongings) []reach {
		return []reach{{path: "/v1/sources/banks?project=bank"}, {path: "/v1/sources/banks?project=shop"}}
	},
	"POST /v1/sources/try": same("/v1/sources/try", `{"project":"bank","settings":{"format":"json"},"sample":"{}"}`),

	"GET /v1/ingest": func(belongings) []reach {
		return []reach{{path: "/v1/ingest", own: true}, {path: "/v1/ingest?project=bank"}, {path: "/v1/ingest?project=shop&project=bank", own: true}}
	},
	"GET /v1/ingest/rates": func(belongings) []reach {
		return []reach{{path: "/v1/ingest/rates", own: true}, {path: "/v1/ingest/rates?project=bank"}, {path: "/v1/ingest/rates?span=7d&project=shop&project=bank", own: true}}
	},
	"POST /v1/clock/acknowledge": same("/v1/clock/acknowledge", `{"seen":"x"}`),
	"GET /v1/ingest/streams":     reading("/v1/ingest/streams"),
	"GET /v1/delivery":           reading("/v1/delivery"),
	"GET /v1/delivery/streams":   reading("/v1/delivery/streams?show=all"),
	"GET /v1/delivery/stream": func(b belongings) []reach {
		return []reach{{path: "/v1/delivery/stream?stream=" + b.stream}, {path: "/v1/delivery/stream?project=bank&stream=" + b.stream}, {path: "/v1/delivery/stream?project=shop&stream=" + b.stream}}
	},
	"GET /v1/delivery/ranges":      reading("/v1/delivery/ranges"),
	"GET /v1/dead-letters":         reading("/v1/dead-letters"),
	"POST /v1/dead-letters/replay": same("/v1/dead-letters/replay", `{"project":"bank","group":"invented"}`),

	"GET /v1/retention":          same("/v1/retention?project=bank", ""),
	"PATCH /v1/retention":        same("/v1/retention", `{"project":"bank","own":{"days":1,"bytes":0},"removes":1000}`),
	"POST /v1/retention/preview": same("/v1/retention/preview", `{"project":"bank","own":{"days":1,"bytes":0}}`),
	"GET /v1/erasures":           same("/v1/erasures?project=bank", ""),
	"POST /v1/erasures":          same("/v1/erasures", `{"project":"bank","query":"*:*","events":1000,"confirm":"bank"}`),
	"POST /v1/erasures/preview":  same("/v1/erasures/preview", `{"project":"bank","field":"account","value":"`+mark+`"}`),
	"GET /v1/erasures/{id}":      same("/v1/erasures/er_invented?project=bank", ""),

	// The doors: the project is the key's, whatever else the request names.
	"POST /v1/events": func(b belongings) []reach {
		line := `{"project":"bank","id":"` + b.eventID + `","stream":"` + b.stream + `","seq":1,"msg":"from outside"}`
		return []reach{
			{path: "/v1/events?project=bank", body: line, own: true, header: map[string]string{"X-Project": "bank"}},
			{path: "/v1/events", body: line, own: true, header: map[string]string{"Idempotency-Key": "the-banks-own-key"}},
		}
	},
	"POST /v1/lines": func(belongings) []reach {
		return []reach{
			{path: "/v1/lines?format=text&project=bank", body: "from outside", own: true, header: map[string]string{"X-Project": "bank"}},
			{path: "/v1/lines?source=banks&project=bank", body: `{"msg":"from outside"}`},
		}
	},
	"GET /v1/lines/source": same("/v1/lines/source?name=banks&project=bank", ""),
	"POST /v1/track": func(b belongings) []reach {
		return []reach{{path: "/v1/track?project=bank", own: true, body: `{"app":"x","project":"bank","client":"c","stream":"` + b.stream + `","from":1,"to":9,"sentAt":0,"sdk":"x","closed":{"at":1,"by":"x"}}` +
			"\n" + `{"seq":9,"time":1,"msg":"from outside","project":"bank"}`}}
	},
	"OPTIONS /v1/track": same("/v1/track", ""),
}
