package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
)

// viewer makes a viewer's token of shop.
func (w *world) viewer(credential string, form object) object {
	w.t.Helper()
	return w.json(w.do("POST", "/v1/viewer-tokens?project=shop", credential, form), 201)
}

// onDevices stores ten events, of two devices that differ in their letter case
// and of two calls.
func (w *world) onDevices() {
	w.fill("shop", 10, func(i int, e *event.Event) {
		e.Device, e.CallID = []string{"dev-1", "DEV-1"}[i%2], []string{"c-1", "c-2"}[i/5]
	})
	w.fill("bank", 4, func(_ int, e *event.Event) { e.Device, e.CallID = "dev-1", "c-1" })
}

func TestAViewersTokenReadsOneDeviceOrCallAndNothingElse(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.onDevices()
		device := w.viewer(w.read, object{"device": "dev-1", "hours": 1, "minutes": 5})
		token := device["token"].(string)
		if device["path"] != "/viewer#"+token || !strings.HasPrefix(token, "vt_") || len(token) < 40 || !strings.HasPrefix(device["by"].(string), "key:k_") {
			t.Errorf("got %v", device)
		}
		if o := w.json(w.do("GET", "/v1/viewer", token, nil), 200); o["field"] != "device" || o["value"] != "dev-1" || o["expires"] != "2026-11-20T12:05:00Z" || o["from"] != "2026-11-20T11:00:00Z" {
			t.Errorf("got %v", o)
		}
		want := "[event 0 of shop event 2 of shop event 4 of shop event 6 of shop event 8 of shop]"
		for _, more := range []string{"", "?q=*", "?q=device:*&to=now&from=-30d", "?project=shop&q=*+or+level:info", "?q=|count+by+device"} {
			if got, _ := w.found(w.do("GET", "/v1/viewer/events"+more, token, nil)); fmt.Sprint(got) != want {
				t.Errorf("%s: got %q", more, got)
			}
		}
		if got, _ := w.found(w.do("GET", "/v1/viewer/events?from=-4s", token, nil)); fmt.Sprint(got) != "[event 0 of shop event 2 of shop]" {
			t.Errorf("of the last four seconds: %q", got)
		}
		call := w.viewer(w.member, object{"callId": "c-2"})["token"].(string)
		got, last := w.found(w.do("GET", "/v1/viewer/events?limit=3", call, nil))
		more, end := w.found(w.do("GET", "/v1/viewer/events?limit=3&cursor="+last["next"].(string), call, nil))
		if fmt.Sprint(got, more) != "[event 5 of shop event 6 of shop event 7 of shop] [event 8 of shop event 9 of shop]" || end["next"] != nil {
			t.Errorf("page by page: %q %q %v", got, more, end)
		}

		// A cursor of somebody who sees more is none of the token's, and the
		// other way round.
		_, wide := w.found(w.do("GET", "/v1/search?limit=1&from=-1d", w.member, nil))
		w.fails(w.do("GET", "/v1/viewer/events?cursor="+wide["next"].(string), token, nil), 400, "bad_request")
		w.fails(w.do("GET", "/v1/viewer/events?cursor="+last["next"].(string), token, nil), 400, "bad_request")
		w.fails(w.do("GET", "/v1/viewer/events?project=bank", token, nil), 403, "forbidden")
		for _, route := range Routes() {
			if route.Who == Anyone {
				continue
			}
			path := strings.NewReplacer("{id}", "e.1", "{name}", "x").Replace(route.Path)
			if r := w.do(route.Method, path, token, nil); r.StatusCode != 401 && r.StatusCode != 403 {
				t.Errorf("%s %s: %d", route.Method, path, r.StatusCode)
			}
		}
	})
}

func TestOnlyAViewersTokenOpensTheViewersRoutes(t *testing.T) {
	w := inhabited(t, nil)
	w.onDevices()
	for _, credential := range []string{"", w.read, w.member, w.admin, w.share("shop", w.member, nil)["token"].(string)} {
		for _, path := range []string{"/v1/viewer", "/v1/viewer/events"} {
			w.fails(w.do("GET", path, credential, nil), 401, "unauthorized")
		}
	}
	w.fails(w.do("POST", "/v1/viewer-tokens", w.support, object{"device": "dev-1"}), 403, "forbidden")
	shared := w.share("shop", w.member, nil)["token"].(string)
	w.fails(w.do("POST", "/v1/viewer-tokens", shared, object{"device": "dev-1"}), 403, "forbidden")
	_, browser, err := w.catalog.CreateKey(t.Context(), "shop", catalog.BrowserKey, "page", nil)
	w.must(err)
	w.fails(w.do("POST", "/v1/viewer-tokens", browser, object{"device": "dev-1"}), 403, "forbidden")
}

func TestAViewersTokenEndsByTimeByBeingTakenBackAndWithItsMaker(t *testing.T) {
	w := inhabited(t, nil)
	gone := func(token, reason string) {
		t.Helper()
		for _, path := range []string{"/v1/viewer", "/v1/viewer/events"} {
			if e := w.fails(w.do("GET", path, token, nil), 410, "gone"); e["reason"] != reason {
				t.Errorf("%s: got %v", path, e)
			}
		}
	}
	gone("vt_invented", "viewer_unknown")
	expiring, taken := w.viewer(w.member, object{"device": "d"}), w.viewer(w.read, object{"device": "d"})
	w.fails(w.do("DELETE", "/v1/viewer-tokens/"+taken["id"].(string), w.bankRead, nil), 404, "not_found")
	if r := w.do("DELETE", "/v1/viewer-tokens/"+taken["id"].(string), w.member, nil); r.StatusCode != 204 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	gone(taken["token"].(string), "viewer_revoked")
	w.json(w.do("GET", "/v1/viewer", expiring["token"].(string), nil), 200)
	list := w.json(w.do("GET", "/v1/viewer-tokens", w.read, nil), 200)["tokens"].([]any)
	if len(list) != 2 {
		t.Fatalf("got %v", list)
	}
	for _, s := range list {
		s := s.(object)
		if works := s["id"] == expiring["id"]; s["works"] != works || works && s["uses"] != 1.0 || s["token"] != nil {
			t.Errorf("got %v", s)
		}
	}

	orphan := w.viewer(w.member, object{"device": "d"})["token"].(string)
	p, err := w.catalog.PersonByName(t.Context(), "grace")
	w.must(err)
	_, err = w.catalog.ChangePerson(t.Context(), p.ID, catalog.Reader, "", []string{"bank"})
	w.must(err)
	gone(orphan, "viewer_revoked")

	key, secret, err := w.catalog.CreateKey(t.Context(), "shop", catalog.ReadKey, "short", nil)
	w.must(err)
	ofKey := w.viewer(secret, object{"device": "d"})["token"].(string)
	w.must(w.catalog.RevokeKey(t.Context(), key.ID))
	gone(ofKey, "viewer_revoked")

	late := w.viewer(w.read, object{"device": "d", "minutes": 60})["token"].(string)
	w.clock.advance(time.Hour)
	gone(late, "viewer_expired")

	entries, err := w.catalog.FilterAudit(t.Context(), catalog.AuditFilter{Action: "viewer", Limit: 9})
	if err != nil || len(entries) != 6 || strings.Contains(fmt.Sprint(entries), "vt_") {
		t.Errorf("the audit trail has %v, %v", entries, err)
	}
}

func TestAViewersTokenThatCannotBeMadeIsRefused(t *testing.T) {
	w := inhabited(t, nil)
	for _, c := range []struct {
		form  object
		field string
	}{
		{object{}, "device"},
		{object{"device": "a", "callId": "b"}, "device"},
		{object{"device": "a", "minutes": 61}, "minutes"},
		{object{"device": "a", "minutes": 0.5}, "minutes"},
		{object{"device": "a", "minutes": -1}, "minutes"},
		{object{"device": "a", "hours": 745}, "hours"},
		{object{"callId": strings.Repeat("x", 257)}, "callId"},
	} {
		if e := w.fails(w.do("POST", "/v1/viewer-tokens", w.read, c.form), 400, "bad_request"); e["field"] != c.field {
			t.Errorf("%v: got %v", c.form, e)
		}
	}
	for range catalog.MaxViewerTokens {
		w.viewer(w.read, object{"device": "d"})
	}
	w.fails(w.do("POST", "/v1/viewer-tokens", w.read, object{"device": "d"}), 400, "bad_request")
	w.clock.advance(time.Hour)
	w.viewer(w.read, object{"device": "d"})
}

func TestIdsWithSignsOfTheLanguageAreJustIds(t *testing.T) {
	w := inhabited(t, nil)
	ids := []string{`a" or *`, `a*`, `a) or (b`, `.*`, `会话 七`, `a\b`, "tab\there", `\Qx\E`}
	w.fill("shop", len(ids), func(i int, e *event.Event) { e.Device = ids[i] })
	for i, id := range ids {
		token := w.viewer(w.read, object{"device": id})["token"].(string)
		if got, _ := w.found(w.do("GET", "/v1/viewer/events", token, nil)); fmt.Sprint(got) != fmt.Sprintf("[event %d of shop]", i) {
			t.Errorf("%q: got %q", id, got)
		}
	}
}

func TestPagesOfEveryOriginMayAskTheViewersRoutesAlone(t *testing.T) {
	w := inhabited(t, nil)
	token := w.viewer(w.read, object{"device": "d"})["token"].(string)
	for path, want := range map[string]string{"/v1/viewer": "*", "/v1/viewer/events": "*", "/v1/search": "", "/v1/viewer-tokens": ""} {
		for _, credential := range []string{token, "vt_invented"} {
			if got := w.do("GET", path, credential, nil).Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s: %q", path, got)
			}
		}
	}
	r := w.do("OPTIONS", "/v1/viewer/events", "", nil)
	if r.StatusCode != http.StatusNoContent || r.Header.Get("Access-Control-Allow-Headers") != "Authorization" {
		t.Errorf("the preflight: %d %v", r.StatusCode, r.Header)
	}
	if r := w.do("OPTIONS", "/v1/search", "", nil); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("the preflight of a search: %d", r.StatusCode)
	}
}

// notice stores what a page's viewer logs when it makes a share code.
func (w *world) notice(project, code, query string, back int) {
	w.fill(project, 1, func(_ int, e *event.Event) {
		e.IDBase, e.Level, e.Form, e.Label, e.Msg = "n-"+code, event.Notice, event.FormText, "clewline", "share code "+code
		e.Data = fmt.Sprintf(`{"share":%q,"query":%q,"back":%d}`, code, query, back)
		e.DeriveWords()
	})
}

func TestAShareCodeOpensWhatWasShared(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.clock.advance(-time.Hour)
		w.fill("shop", 10, func(i int, e *event.Event) {
			e.Stream, e.Seq = "20261120ab", uint64(10-i)
			if i >= 5 {
				e.Account = "acct-1"
			}
		})
		w.notice("shop", "K7F-42Q", "(stream:20261120ab seq:[3 to 6])", 60_000)
		w.clock.advance(time.Hour)
		want := "[event 4 of shop event 5 of shop event 6 of shop event 7 of shop]"
		for _, q := range []string{"share:K7F-42Q", "+share:k7f-42q+"} {
			if got, _ := w.found(w.do("GET", "/v1/search?from=-1m&q="+q, w.read, nil)); fmt.Sprint(got) != want {
				t.Errorf("%s: got %q", q, got)
			}
		}
		got, last := w.found(w.do("GET", "/v1/search?limit=3&q=share:K7F-42Q", w.member, nil))
		more, _ := w.found(w.do("GET", "/v1/search?limit=3&q=share:K7F-42Q&cursor="+last["next"].(string), w.member, nil))
		if fmt.Sprint(append(got, more...)) != want {
			t.Errorf("page by page: %q %q", got, more)
		}
		if o := w.json(w.do("GET", "/v1/table?q=share:K7F-42Q+%7C+count", w.read, nil), 200); fmt.Sprint(o["rows"]) != "[[4]]" {
			t.Errorf("with a pipe: %v", o["rows"])
		}
		if o := w.json(w.do("GET", "/v1/histogram?from=-1m&q=share:K7F-42Q", w.read, nil), 200); o["total"] != 4.0 {
			t.Errorf("counted: %v", o["total"])
		}
		if got, _ := w.found(w.do("GET", "/v1/search?q=share:K7F-42Q", w.bankRead, nil)); len(got) != 0 {
			t.Errorf("another project sees %q", got)
		}
		w.clock.advance(24 * time.Hour)
		if got, _ := w.found(w.do("GET", "/v1/search?q=share:K7F-42Q", w.read, nil)); len(got) != 0 {
			t.Errorf("a day later: %q", got)
		}
	})
}

func TestANoticeThatAsksForMoreThanPartsOfStreamsIsNotBelieved(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 3, nil)
	for i, query := range []string{"*", "", "(stream:* seq:[1 to 2])", "(stream:a seq:[1 to 2]) or *", "lucene:*", "| count", strings.Repeat("(stream:a seq:[1 to 2]) or ", maxCodeStreams) + "(stream:a seq:[1 to 2])"} {
		code := fmt.Sprintf("AAA-AA%d", i+2)
		w.notice("shop", code, query, 60_000)
		if got, _ := w.found(w.do("GET", "/v1/search?q=share:"+code, w.read, nil)); fmt.Sprint(got) != "[share code "+code+"]" {
			t.Errorf("%s: got %q", query, got)
		}
	}
}
