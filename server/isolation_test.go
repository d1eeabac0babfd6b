//go:build !noduck

package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/api"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/ingest"
	"github.com/clewline/clewline/server/push"
)

// mark stands in everything that project bank has, and in no request of this
// test: an answer that has it has told something of bank.
const mark = "VAULT7"

// A street has two projects on one server, bank and shop, and everybody who
// might try the other one's door.
type street struct {
	t        *testing.T
	base     string
	catalog  *catalog.Catalog
	bank     belongings
	bankKey  string            // sends to bank
	bankRead string            // reads bank
	shopKey  string            // sends to shop
	others   map[string]string // credentials that have nothing to do with bank
	insiders map[string]bool   // those of others that are good for shop
}

func openStreet(t *testing.T) *street {
	t.Helper()
	data := t.TempDir()
	s := &street{t: t, others: map[string]string{"nobody": "", "an unknown key": "rk_unknown", "an unknown session": "unknown"}, insiders: map[string]bool{}}
	c, err := catalog.Open(t.Context(), filepath.Join(data, "catalog.db"), catalog.Options{})
	s.must(err)
	s.catalog = c
	t.Cleanup(func() { s.must(c.Close()) })
	for _, p := range []string{"bank", "shop"} {
		s.must(c.EnsureProject(t.Context(), p))
	}
	s.bank.keyID, s.bankKey = s.key("bank", catalog.ServerKey)
	_, s.bankRead = s.key("bank", catalog.ReadKey)
	_, s.shopKey = s.key("shop", catalog.ServerKey)
	s.person("root-of-all", catalog.Admin)
	var session string
	s.bank.userID, session = s.person("teller-"+mark, catalog.Editor, "bank")
	opened, err := c.Session(t.Context(), session)
	s.must(err)
	s.bank.sessionID = opened.ID
	_, err = s.catalog.SetSource(t.Context(), "bank", "banks", 0, `{"format":"json","app":"`+mark+`"}`, mark)
	s.must(err)
	view, err := s.catalog.CreateView(t.Context(), "bank", opened.User, catalog.ViewSpec{Name: mark, Shared: true, Params: map[string]string{"q": mark}})
	s.must(err)
	s.bank.viewID = view.ID
	s.bank.shareID, _ = s.share("bank", opened.User)
	s.bank.viewerID, _ = s.viewer("bank", opened.User)
	s.everybodyElse()
	s.base = serve(t, server.Config{Data: data})
	s.fill()
	return s
}

// everybodyElse makes the credentials that are not bank's.
func (s *street) everybodyElse() {
	for name, typ := range map[string]catalog.KeyType{"a read key": catalog.ReadKey, "a server key": catalog.ServerKey, "a browser key": catalog.BrowserKey} {
		_, secret := s.key("shop", typ)
		s.others[name] = secret
		s.insiders[name] = true
		id, secret := s.key("shop", typ)
		s.must(s.catalog.RevokeKey(s.t.Context(), id))
		s.others[name+", revoked"] = secret
	}
	for name, p := range map[string]struct {
		role     catalog.Role
		projects []string
	}{
		"a reader of shop":  {catalog.Reader, []string{"shop"}},
		"an editor of shop": {catalog.Editor, []string{"shop"}},
		"support of shop":   {catalog.Support, []string{"shop"}},
		"a reader of none":  {catalog.Reader, nil},
		"an editor of none": {catalog.Editor, nil},
	} {
		_, s.others[name] = s.person(strings.ReplaceAll(name, " ", "-"), p.role, p.projects...)
		s.insiders[name] = true
	}
	keeper, err := s.catalog.PersonByName(s.t.Context(), "a-reader-of-shop")
	s.must(err)
	_, s.others["a shared link of shop"] = s.share("shop", keeper.User)
	s.insiders["a shared link of shop"] = true
	_, s.others["a viewer's token of shop"] = s.viewer("shop", keeper.User)
	s.insiders["a viewer's token of shop"] = true
	id, taken := s.share("shop", keeper.User)
	s.must(s.catalog.RevokeShare(s.t.Context(), id))
	s.others["a shared link of shop, taken back"] = taken
	_, ended := s.person("once-an-admin", catalog.Admin)
	s.must(s.catalog.EndSession(s.t.Context(), ended))
	s.others["an admin's ended session"] = ended
}

func (s *street) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *street) key(project string, typ catalog.KeyType) (id, secret string) {
	s.t.Helper()
	name := "till"
	if project == "bank" {
		name += " " + mark
	}
	k, secret, err := s.catalog.CreateKey(s.t.Context(), project, typ, name, nil)
	s.must(err)
	return k.ID, secret
}

func (s *street) viewer(project string, owner catalog.User) (id, secret string) {
	s.t.Helper()
	now := time.Now()
	token, secret, err := s.catalog.CreateViewerToken(s.t.Context(), catalog.ViewerToken{
		Project: project, Owner: owner, Field: "device", Value: "till", From: now.Add(-time.Hour).UnixNano(), Expires: now.Add(time.Hour - time.Minute),
	})
	s.must(err)
	return token.ID, secret
}

func (s *street) share(project string, owner catalog.User) (id, secret string) {
	s.t.Helper()
	now := time.Now()
	share, secret, err := s.catalog.CreateShare(s.t.Context(), catalog.Share{
		Project: project, Owner: owner, Name: project, Params: map[string]string{"q": ""},
		From: now.Add(-time.Hour).UnixNano(), To: now.Add(time.Hour).UnixNano(), Expires: now.Add(time.Hour),
	})
	s.must(err)
	return share.ID, secret
}

func (s *street) person(name string, role catalog.Role, projects ...string) (id, session string) {
	s.t.Helper()
	account := ""
	if role == catalog.Support {
		account = "nobodys"
	}
	p, link, err := s.catalog.Invite(s.t.Context(), name, role, account, projects)
	s.must(err)
	if name == "root-of-all" { // somebody must be able to log in
		_, err = s.catalog.UseLink(s.t.Context(), link, "a long password")
		s.must(err)
	}
	token, _, err := s.catalog.StartSession(s.t.Context(), p.User)
	s.must(err)
	return p.ID, token
}

// fill gives bank its events, an SDK stream, a dead letter, and shop an event
// of its own.
func (s *street) fill() {
	s.t.Helper()
	s.bank.stream = "20261120bankbankbank"
	lines := ""
	for i := range 3 {
		lines += fmt.Sprintf(`{"msg":"%s %d","account":"%s","level":"error","data":{"%s":1}}`+"\n", mark, i, mark, mark)
	}
	for _, r := range []reach{
		{path: "/v1/events", body: lines + mark + " is no event", header: map[string]string{"Idempotency-Key": "the-banks-own-key"}},
		{path: "/v1/track", body: `{"app":"` + mark + `","client":"` + mark + `","stream":"` + s.bank.stream + `","from":1,"to":2,"sentAt":0,"sdk":"x"}` + "\n" +
			`{"seq":1,"time":1,"msg":"` + mark + ` one"}` + "\n" + `{"seq":2,"time":2,"msg":"` + mark + ` two"}`},
	} {
		if status, text := s.ask("POST", r, s.bankKey); status != 200 {
			s.t.Fatalf("filling the bank: %d %s", status, text)
		}
	}
	if status, text := s.ask("POST", reach{path: "/v1/events", body: `{"msg":"of shop"}`}, s.shopKey); status != 200 {
		s.t.Fatalf("filling the shop: %d %s", status, text)
	}
	// A live page of the bank, and a pull of its logs that nobody has begun.
	if status, text := s.ask("POST", reach{path: "/v1/push", body: `{"tab":"banktab1","device":"` + mark + `","account":"` + mark + `"}`}, s.bankKey); status != 200 {
		s.t.Fatalf("a page of the bank: %d %s", status, text)
	}
	status, text := s.ask("POST", reach{path: "/v1/pulls", body: `{"device":"` + mark + ` away"}`}, s.bankRead)
	var pull struct{ ID, Ticket string }
	if status != 201 || json.Unmarshal([]byte(text), &pull) != nil {
		s.t.Fatalf("a pull of the bank: %d %s", status, text)
	}
	s.bank.tab, s.bank.pullID, s.bank.ticket = "banktab1", pull.ID, pull.Ticket
	_, text = s.ask("GET", reach{path: "/v1/search?limit=1&from=-1d"}, s.bankRead)
	var first struct{ ID string }
	var last struct{ Clewline struct{ Next string } }
	event, trailer, _ := strings.Cut(strings.TrimSpace(text), "\n")
	s.must(json.Unmarshal([]byte(event), &first))
	s.must(json.Unmarshal([]byte(trailer), &last))
	if s.bank.eventID, s.bank.cursor = first.ID, last.Clewline.Next; s.bank.eventID == "" || s.bank.cursor == "" {
		s.t.Fatalf("the bank has no event or no cursor: %s", text)
	}
}

// ask sends a request and reads the answer; of an endless one its beginning.
func (s *street) ask(method string, r reach, credential string) (status int, text string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.base+r.path, strings.NewReader(r.body))
	s.must(err)
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	switch {
	case strings.Contains(credential, "_"):
		req.Header.Set("Authorization", "Bearer "+credential)
	case credential != "":
		req.AddCookie(&http.Cookie{Name: "clewline_session", Value: credential})
	}
	res, err := http.DefaultClient.Do(req)
	s.must(err)
	defer res.Body.Close()
	op, name := operationOf(method, r.path)
	if res.Header.Get("Content-Type") == "text/event-stream" && !strings.HasPrefix(r.path, "/v1/tail") {
		return res.StatusCode, s.overhear(bufio.NewReader(res.Body), r.path)
	}
	if res.Header.Get("Content-Type") == "text/event-stream" {
		return res.StatusCode, s.listen(bufio.NewReader(res.Body))
	}
	body, err := io.ReadAll(res.Body)
	s.must(err)
	if op != nil {
		if err := checkAnswer(op, res.StatusCode, res.Header, body); err != nil {
			s.t.Errorf("%s is not as docs/openapi.yaml says: %v", name, err)
		}
	}
	return res.StatusCode, string(body)
}

// overhear reads the beginning of a stream about live pages: what it opens with
// and, where it tells of pages, the first list of them.
func (s *street) overhear(live *bufio.Reader, path string) string {
	s.t.Helper()
	told := 1
	if strings.HasPrefix(path, "/v1/clients") {
		told = 2
	}
	var all strings.Builder
	for range told {
		for line := ""; line != "\n"; {
			var err error
			if line, err = live.ReadString('\n'); err != nil {
				s.t.Fatalf("%s ended: %v after %s", path, err, all.String())
			}
			all.WriteString(line)
		}
	}
	return all.String()
}

// listen reads a live tail while something happens in both projects, until the
// shop's event is there, which happens last.
func (s *street) listen(live *bufio.Reader) string {
	s.t.Helper()
	if line, err := live.ReadString('\n'); err != nil || line != "event: open\n" {
		s.t.Fatalf("the tail begins with %q, %v", line, err)
	}
	for _, m := range []struct{ key, msg string }{{s.bankKey, mark + " live"}, {s.shopKey, "live of shop a"}} {
		if status, text := s.ask("POST", reach{path: "/v1/events", body: `{"msg":"` + m.msg + `","account":"nobodys"}`}, m.key); status != 200 {
			s.t.Fatalf("sending while a tail is open: %d %s", status, text)
		}
	}
	var all strings.Builder
	for !strings.Contains(all.String(), "of shop") {
		line, err := live.ReadString('\n')
		if err != nil {
			s.t.Fatalf("the tail ended: %v after %s", err, all.String())
		}
		all.WriteString(line)
	}
	return all.String()
}

// state is all that bank has: its events and keys, and who may what.
func (s *street) state() string {
	s.t.Helper()
	_, events := s.ask("GET", reach{path: "/v1/search?from=1960-01-01T00:00:00Z&limit=10000"}, s.bankRead)
	events, _, _ = strings.Cut(events, `{"clewline"`)
	var kept []string
	for line := range strings.Lines(events) {
		if !strings.Contains(line, " live") { // what listen sends itself
			kept = append(kept, line)
		}
	}
	keys, err := s.catalog.Keys(s.t.Context(), "bank")
	s.must(err)
	for i := range keys {
		keys[i].LastUse = keys[i].Created // a use is no change
	}
	projects, err := s.catalog.Projects(s.t.Context())
	s.must(err)
	people, err := s.catalog.People(s.t.Context())
	s.must(err)
	var everybody []catalog.Person
	for _, p := range people {
		p.Seen = p.Created
		everybody = append(everybody, p)
	}
	retention, err := s.catalog.Retention(s.t.Context())
	s.must(err)
	pulls, err := s.catalog.Pulls(s.t.Context(), "bank", "", 100)
	s.must(err)
	return fmt.Sprintf("%s\n%+v\n%+v\n%+v\n%+v\n%+v", strings.Join(kept, ""), keys, projects, everybody, retention, pulls)
}

func TestNothingOfAProjectIsReadOrWrittenWithAnothersCredential(t *testing.T) {
	s := openStreet(t)
	all := map[string]bool{}
	for _, r := range api.Routes() {
		all[r.Method+" "+r.Path] = true
	}
	for _, pattern := range append(ingest.Doors(), push.Doors()...) {
		all[pattern] = true
	}
	for pattern := range reaches {
		if !all[pattern] {
			t.Errorf("%s is in the table of reaches, and is no route", pattern)
		}
	}
	before := s.state()
	if strings.Count(before, mark) < 8 {
		t.Fatalf("the bank has too little to be stolen:\n%s", before)
	}
	tried := 0
	for _, pattern := range slices.Sorted(maps.Keys(all)) {
		tries, ok := reaches[pattern]
		if !ok {
			t.Errorf("%s has no entry in the table of reaches (isolation_table_test.go): say there how somebody of another project would try to use it", pattern)
			continue
		}
		if tries == nil {
			continue
		}
		method, _, _ := strings.Cut(pattern, " ")
		for _, r := range tries(s.bank) {
			for name, credential := range s.others {
				tried++
				status, text := s.ask(method, r, credential)
				told := fmt.Sprintf("%s %s as %s: %d %.300s", method, r.path, name, status, text)
				switch {
				case strings.Contains(text, mark):
					t.Errorf("bank was read: %s", told)
				case status >= 500:
					t.Errorf("it broke: %s", told)
				case status < 400 && !s.may(method, r, name):
					t.Errorf("it was let in: %s", told)
				}
			}
		}
		if after := s.state(); after != before {
			t.Fatalf("after %s the bank has changed:\n%s\nbefore:\n%s", pattern, after, before)
		}
	}
	if tried < 500 {
		t.Errorf("only %d requests were tried", tried)
	}
}

// may says whether a request may go well: it names nothing of bank's and the
// credential is good for its own project; or it is for everybody.
func (s *street) may(method string, r reach, who string) bool {
	path, _, _ := strings.Cut(r.path, "?")
	return r.own && s.insiders[who] || method == "OPTIONS" || path == "/v1/logout" || path == "/v1/openapi.json"
}

// Without this, the test above could pass because its requests are wrong.
func TestTheBanksOwnPeopleReachWhatOthersDoNot(t *testing.T) {
	s := openStreet(t)
	for _, path := range []string{
		"/v1/search?from=-1d", "/v1/search?cursor=" + s.bank.cursor, "/v1/events/" + s.bank.eventID, "/v1/values?fields=msg",
	} {
		if status, text := s.ask("GET", reach{path: path}, s.bankRead); status != 200 || !strings.Contains(text, mark) {
			t.Errorf("%s with the bank's own key: %d %s", path, status, text)
		}
	}
}
