//go:build !noduck

package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// lines sends text as a source of project phone, with a key.
func (o *office) lines(key, source, text string) int {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), "POST", o.base+"/v1/lines?source="+source, strings.NewReader(text))
	o.must(err)
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	o.must(err)
	o.must(resp.Body.Close())
	return resp.StatusCode
}

func TestASourceIsMadeUsedMendedAndItsDeadLettersAreReadAgain(t *testing.T) {
	o := openOffice(t)
	if status := o.lines(o.sends, "desk", "x"); status != 404 {
		t.Fatalf("before there is a source: %d", status)
	}
	var made struct{ Version int }
	put := func(body string) {
		t.Helper()
		if status := o.ask("PUT", "/v1/sources/desk", body, &made); status != 200 {
			t.Fatalf("%s: %d", body, status)
		}
	}
	put(`{"project":"phone","version":0,"settings":{"format":"regex","pattern":"^(?P<seat>staff-\\d+) (?P<msg>.*)","fields":{"seat":"staff"}}}`)
	if status := o.lines(o.sends, "desk", "staff-1042 lost\n座席 1042 lost\n"); status != 200 {
		t.Fatalf("with the source: %d", status)
	}
	if status := o.lines(o.another, "desk", "staff-1042 lost\n"); status != 404 {
		t.Fatalf("another project's key: %d", status)
	}
	if n := o.count("staff:staff-1042+and+msg:lost"); n != 1 {
		t.Fatalf("found %d", n)
	}
	all := o.letters("")
	if len(all.Letters) != 1 || all.Letters[0].Readable || all.Letters[0].Text != "座席 1042 lost" {
		t.Fatalf("letters %+v", all)
	}
	put(`{"project":"phone","version":1,"settings":{"format":"regex","pattern":"^(?:staff-|座席 )(?P<seat>\\d+) (?P<msg>.*)","fields":{"seat":"staff"}}}`)
	if all = o.letters(""); !all.Letters[0].Readable {
		t.Errorf("the mended source does not read it: %+v", all.Letters[0])
	}
	if got := o.replay(`{"project":"phone","letters":["` + all.Letters[0].ID + `"],"format":"source:desk"}`); got.Stored != 1 {
		t.Errorf("replayed %+v", got)
	}
	if n := o.count("staff:1042+and+msg:lost"); n != 1 {
		t.Errorf("found %d", n)
	}
	var refused struct{ Error struct{ Field string } }
	if status := o.ask("POST", "/v1/dead-letters/replay", `{"project":"other","letters":["x"],"format":"source:desk"}`, &refused); status != 400 || refused.Error.Field != "format" {
		t.Errorf("another project's source: %d %+v", status, refused)
	}
}
