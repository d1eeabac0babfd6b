//go:build !noduck

package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
)

// TestTheClockMayJumpBothWays sends through jumps of the server's clock:
// nothing is refused, lost or doubled, times of arrival do not run backwards
// by little, and a large step back is told.
func TestTheClockMayJumpBothWays(t *testing.T) {
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var offset atomic.Int64
	data := t.TempDir()
	var keys [2]string
	for i, typ := range []string{"server", "read"} {
		var err error
		if keys[i], err = server.CreateKey(t.Context(), data, "phone", typ, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.CreateAdmin(t.Context(), data, "ada", adaPassword); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	base := serve(t, server.Config{Data: data, Clock: func() time.Time {
		return noon.Add(time.Since(start)).Add(time.Duration(offset.Load()))
	}})
	ask := func(method, path, key, idempotency, body string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		if idempotency != "" {
			r.Header.Set("Idempotency-Key", idempotency)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	type stored struct {
		Msg      string
		Received time.Time
	}
	search := func() map[string][]stored {
		_, text := ask("GET", "/v1/search?from=2026-11-01T00:00:00Z&to=2026-12-20T00:00:00Z&limit=1000", keys[1], "", "")
		out := map[string][]stored{}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, `{"clewline":`) {
				if !strings.Contains(line, `"partial":false`) {
					t.Fatal(line)
				}
				continue
			}
			var e stored
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			out[e.Msg] = append(out[e.Msg], e)
		}
		return out
	}
	last, sent := time.Time{}, 0
	for i, step := range []struct {
		jump    time.Duration // of the clock, before the events
		back    bool          // received goes back as well
		trouble bool          // told by /readyz
	}{
		{0, false, false},
		{-5 * time.Minute, false, false},
		{-4 * time.Minute, false, false},
		{3 * 24 * time.Hour, false, false},
		{-2 * time.Hour, true, true},
		{-48 * time.Hour, true, true},
		{40 * time.Minute, false, true},
	} {
		offset.Add(int64(step.jump))
		name := fmt.Sprintf("step-%d", i)
		for range 2 { // sent again, as after a lost answer
			if status, text := ask("POST", "/v1/events", keys[0], name, fmt.Sprintf(`{"msg":%q}`, name)); status != http.StatusOK {
				t.Fatalf("%s: %d %s", name, status, text)
			}
		}
		sent++
		got := search()
		if len(got) != sent {
			t.Fatalf("%s: %d events are found, want %d", name, len(got), sent)
		}
		for msg, events := range got {
			if len(events) != 1 {
				t.Errorf("%s: %s is there %d times", name, msg, len(events))
			}
		}
		received := got[name][0].Received
		if back := received.Before(last); back != step.back {
			t.Errorf("%s: received at %v, the one before at %v", name, received, last)
		}
		last = received
		status, text := ask("GET", "/readyz", "", "", "")
		if told := status == http.StatusServiceUnavailable && strings.Contains(text, "clock"); told != step.trouble {
			t.Errorf("%s: /readyz says %d %s", name, status, text)
		}
	}

	// An admin who has seen it has it told no more, until it happens again.
	session := logIn(t, base)
	acknowledge := func(seen string) int {
		status, _ := askAs(t, session, "POST", base+"/v1/clock/acknowledge", fmt.Sprintf(`{"seen":%q}`, seen))
		return status
	}
	clock := func() string {
		_, text := askAs(t, session, "GET", base+"/v1/ingest", "")
		var answer struct{ Health struct{ Clock string } }
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Health.Clock
	}
	seen := clock()
	if status := acknowledge("something else"); status != http.StatusConflict || !strings.Contains(seen, "was set back by 48h") {
		t.Errorf("acknowledging what is not there gives %d; there is %q", status, seen)
	}
	if status := acknowledge(seen); status != http.StatusNoContent {
		t.Errorf("acknowledging gives %d", status)
	}
	if status := acknowledge(seen); status != http.StatusConflict {
		t.Errorf("acknowledging twice gives %d", status)
	}
	if status, text := ask("GET", "/readyz", "", "", ""); status != http.StatusOK || clock() != "" {
		t.Errorf("acknowledged, /readyz says %d %s", status, text)
	}
	if _, text := askAs(t, session, "GET", base+"/v1/audit?action=clock.acknowledge", ""); !strings.Contains(text, "48h") || !strings.Contains(text, "user:ada") {
		t.Errorf("the audit trail has %s", text)
	}
	offset.Add(int64(-time.Hour))
	ask("POST", "/v1/events", keys[0], "again", `{"msg":"again"}`)
	if status, _ := ask("GET", "/readyz", "", "", ""); status != http.StatusServiceUnavailable {
		t.Errorf("the next step is not told: %d", status)
	}
}

const adaPassword = "a long password"

// logIn logs ada, an admin, in.
func logIn(t *testing.T, base string) *http.Cookie {
	t.Helper()
	resp, err := http.Post(base+"/v1/login", "application/json", strings.NewReader(fmt.Sprintf(`{"name":"ada","password":%q}`, adaPassword)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || len(resp.Cookies()) == 0 {
		t.Fatalf("login: %d", resp.StatusCode)
	}
	return resp.Cookies()[0]
}

// askAs asks as somebody who has logged in.
func askAs(t *testing.T, session *http.Cookie, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(session)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
