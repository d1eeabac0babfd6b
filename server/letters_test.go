//go:build !noduck

package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/catalog"
)

// An office is a server with an admin, a project phone, and keys for it.
type office struct {
	t                     *testing.T
	base, session         string
	sends, reads, another string
	catalog               *catalog.Catalog
}

func openOffice(t *testing.T) *office {
	t.Helper()
	data := t.TempDir()
	o := &office{t: t}
	c, err := catalog.Open(t.Context(), filepath.Join(data, "catalog.db"), catalog.Options{})
	o.must(err)
	t.Cleanup(func() { o.must(c.Close()) })
	o.catalog = c
	for _, p := range []string{"phone", "other"} {
		o.must(c.EnsureProject(t.Context(), p))
	}
	_, o.sends, err = c.CreateKey(t.Context(), "phone", catalog.ServerKey, "gateway", nil)
	o.must(err)
	_, o.another, err = c.CreateKey(t.Context(), "other", catalog.ServerKey, "another", nil)
	o.must(err)
	_, o.reads, err = c.CreateKey(t.Context(), "phone", catalog.ReadKey, "reader", nil)
	o.must(err)
	u, err := c.CreateUser(t.Context(), "ada", "a long password", catalog.Admin)
	o.must(err)
	o.session, _, err = c.StartSession(t.Context(), u)
	o.must(err)
	o.base = serve(t, server.Config{Data: data})
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// ask asks as the admin, and reads the answer into out.
func (o *office) ask(method, path, body string, out any) int {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.base+path, strings.NewReader(body))
	o.must(err)
	req.AddCookie(&http.Cookie{Name: "clewline_session", Value: o.session})
	resp, err := http.DefaultClient.Do(req)
	o.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	o.must(err)
	if err := json.Unmarshal(text, out); err != nil {
		o.t.Fatalf("%s %s: %v: %s", method, path, err, text)
	}
	return resp.StatusCode
}

type letters struct {
	Letters []struct {
		ID, Reason, Field, Text, Group string
		Line, Column                   int
		Readable                       bool
		Excerpt                        struct{ Before, Sign, After string }
		Replayed                       *struct{ By, Format, EventID string }
	}
	Next    string
	Reasons []struct {
		Group       string
		Count, Open int
	}
	Whole bool
}

func (o *office) letters(params string) (out letters) {
	o.t.Helper()
	if status := o.ask("GET", "/v1/dead-letters?project=phone"+params, "", &out); status != 200 {
		o.t.Fatalf("status %d", status)
	}
	return out
}

type replayed struct {
	Stored, Tried, Unknown int
	Results                []struct{ ID, Result, EventID, Reason string }
}

func (o *office) replay(form string) (out replayed) {
	o.t.Helper()
	if status := o.ask("POST", "/v1/dead-letters/replay", form, &out); status != 200 {
		o.t.Fatalf("status %d for %s", status, form)
	}
	return out
}

// count counts the events of phone that a search finds.
func (o *office) count(query string) int {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.base+"/v1/search?project=phone&from=-400d&limit=1000&q="+query, nil)
	o.must(err)
	req.Header.Set("Authorization", "Bearer "+o.reads)
	resp, err := http.DefaultClient.Do(req)
	o.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	o.must(err)
	return strings.Count(string(text), "\n") - 1
}

func TestADeadLetterIsStoredOnceWhenItIsPlayedAgainInTheRightFormat(t *testing.T) {
	o := openOffice(t)
	post(t, o.base, "/v1/lines?format=json", o.sends, "level=warn msg=\"seat dropped\"\n")
	list := o.letters("")
	if len(list.Letters) != 1 || list.Letters[0].Readable || list.Letters[0].Excerpt.Sign == "" || list.Letters[0].Replayed != nil || !list.Whole {
		t.Fatalf("the letters are %+v", list)
	}
	id := list.Letters[0].ID
	if got := o.replay(`{"project":"phone","letters":["` + id + `"]}`); got.Stored != 0 || got.Results[0].Result != "unreadable" || got.Results[0].Reason == "" {
		t.Errorf("in the same format: %+v", got)
	}
	as := `{"project":"phone","letters":["` + id + `"],"format":"logfmt"}`
	first := o.replay(as)
	if first.Stored != 1 || first.Results[0].Result != "stored" || first.Results[0].EventID == "" {
		t.Fatalf("as logfmt: %+v", first)
	}
	for _, form := range []string{as, `{"project":"phone","letters":["` + id + `"],"format":"text"}`} {
		if got := o.replay(form); got.Stored != 0 || got.Results[0].Result != "before" || got.Results[0].EventID != first.Results[0].EventID {
			t.Errorf("a second time: %+v", got)
		}
	}
	if n := o.count("seat+dropped"); n != 1 {
		t.Errorf("%d events are found, want 1", n)
	}
	list = o.letters("")
	if r := list.Letters[0].Replayed; r == nil || r.By != "user:ada" || r.Format != "logfmt" || r.EventID != first.Results[0].EventID {
		t.Errorf("the letter is marked %+v", r)
	}
	if got := o.letters("&state=open"); len(got.Letters) != 0 || got.Reasons[0].Open != 0 {
		t.Errorf("open letters: %+v", got)
	}
	audit, err := o.catalog.Audit(t.Context(), 10)
	o.must(err)
	if audit[len(audit)-1].Action == "" || !strings.Contains(fmt.Sprint(audit), "dead-letters.replay phone phone 1 of 1 stored") {
		t.Errorf("the audit trail is %+v", audit)
	}
}

func TestAReplayWhoseMarkWasLostStoresNothingTwice(t *testing.T) {
	o := openOffice(t)
	post(t, o.base, "/v1/lines?format=json", o.sends, "level=warn msg=lost\n")
	// Two at the same time: neither sees the other's mark.
	form := `{"project":"phone","letters":["` + o.letters("").Letters[0].ID + `"],"format":"`
	done := make(chan replayed, 2)
	for _, name := range []string{"logfmt", "text"} {
		go func() { done <- o.replay(form + name + `"}`) }()
	}
	<-done
	<-done
	if n := o.count("lost"); n != 1 {
		t.Errorf("%d events are found, want 1", n)
	}
}

func TestAllLettersOfAReasonArePlayedAgainAtOnceAndEqualOnesStayApart(t *testing.T) {
	o := openOffice(t)
	post(t, o.base, "/v1/lines?format=json", o.sends, strings.Repeat("level=info msg=same\n", 120)+"{\"msg\":1,\"msg\":2}\n")
	list := o.letters("&limit=100")
	if len(list.Letters) != 100 || list.Next == "" || len(list.Reasons) != 2 || list.Reasons[0].Count != 120 {
		t.Fatalf("%d letters, next %q, reasons %+v", len(list.Letters), list.Next, list.Reasons)
	}
	seen := map[string]bool{}
	for _, l := range list.Letters {
		seen[l.ID] = true
	}
	rest := o.letters("&limit=100&cursor=" + list.Next)
	for _, l := range rest.Letters {
		seen[l.ID] = true
	}
	if len(rest.Letters) != 21 || len(seen) != 121 || rest.Next != "" {
		t.Errorf("%d letters on the second page, %d ids, next %q", len(rest.Letters), len(seen), rest.Next)
	}
	got := o.replay(`{"project":"phone","group":"` + list.Reasons[0].Group + `","format":"logfmt"}`)
	if got.Stored != 120 || got.Tried != 120 {
		t.Errorf("%d of %d stored", got.Stored, got.Tried)
	}
	if n := o.count("same"); n != 120 {
		t.Errorf("%d events are found, want 120", n)
	}
	if got := o.letters("&state=open"); len(got.Letters) != 1 || got.Letters[0].Line != 121 {
		t.Errorf("open are %+v", got.Letters)
	}
}

func TestReplayRefusesWhatItDoesNotKnow(t *testing.T) {
	o := openOffice(t)
	for form, status := range map[string]int{
		`{"project":"phone"}`:                                     400,
		`{"project":"phone","letters":["x"],"group":"y"}`:         400,
		`{"project":"phone","letters":["x"],"format":"nonsense"}`: 400,
		`{"project":"phone","letters":["x"],"tz":"Nowhere/City"}`: 400,
		`{"project":"nobodys","letters":["x"]}`:                   403,
		`{"project":"phone","letters":["x"],"unknown":1}`:         400,
	} {
		var out any
		if got := o.ask("POST", "/v1/dead-letters/replay", form, &out); got != status {
			t.Errorf("%s: status %d, want %d: %v", form, got, status, out)
		}
	}
	if got := o.replay(`{"project":"phone","letters":["invented.1"]}`); got.Tried != 0 || got.Unknown != 1 {
		t.Errorf("an invented letter: %+v", got)
	}
}

func TestThePageAboutIngestIsToldWhatCameAndWhatIsKept(t *testing.T) {
	o := openOffice(t)
	post(t, o.base, "/v1/events", o.sends, `{"msg":"one","app":"desk"}`+"\nbroken\n")
	post(t, o.base, "/v1/events", o.another, `{"msg":"two"}`)
	var out struct {
		Ready    bool
		Incoming struct {
			Doors []struct {
				Door  string
				Total struct{ Events, Rejected int }
				Keys  []struct{ Name, From string }
			}
			Durable struct {
				Requests int
				P99      float64
			}
		}
		Kept     struct{ Events int }
		Segments []struct {
			State  string
			Events int
		}
	}
	o.ask("GET", "/v1/ingest?project=phone", "", &out)
	if !out.Ready || len(out.Incoming.Doors) != 1 || out.Incoming.Doors[0].Total.Events != 1 || out.Incoming.Doors[0].Total.Rejected != 1 ||
		out.Incoming.Doors[0].Keys[0].Name != "gateway" || out.Incoming.Durable.P99 <= 0 || out.Kept.Events != 1 || len(out.Segments) != 1 {
		t.Errorf("of phone: %+v", out)
	}
	o.ask("GET", "/v1/ingest", "", &out)
	if out.Incoming.Doors[0].Total.Events != 2 || out.Kept.Events != 2 || out.Segments[0].Events != 2 {
		t.Errorf("of all: %+v", out)
	}
}

func TestCompletenessIsToldByApp(t *testing.T) {
	o := openOffice(t)
	sdk := func(stream, app string, from, to int, closed string, seqs ...int) {
		body := fmt.Sprintf(`{"app":%q,"key":%q,"client":"c","stream":%q,"from":%d,"to":%d,"omitted":[],"sentAt":1,"sdk":"test"%s}`, app, o.sends, stream, from, to, closed) + "\n"
		for _, n := range seqs {
			body += fmt.Sprintf(`{"seq":%d,"msg":"m"}`, n) + "\n"
		}
		if status := post(t, o.base, "/v1/track", o.sends, body); status != 200 {
			t.Fatalf("status %d", status)
		}
	}
	day := time.Now().UTC().Format("20060102")
	sdk(day+"aaaaaaaa", `desk "2"`, 1, 3, `,"closed":{"at":3,"by":"self"}`, 1, 2, 3)
	sdk(day+"bbbbbbbb", `desk "2"`, 5, 6, "", 5, 6)
	sdk(day+"cccccccc", "page", 1, 1, `,"closed":{"at":4,"by":"adopter"}`, 1)
	var out struct {
		Apps []struct {
			App                                                            string
			Streams, Logged, Stored, Omitted, Missing, Open, Closed, Ended int
		}
		Partial []string
	}
	o.ask("GET", "/v1/ingest/streams?project=phone", "", &out)
	if got, want := fmt.Sprint(out), `{[{desk "2" 2 9 5 0 4 1 1 0} {page 1 4 1 0 3 0 0 1}] []}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
