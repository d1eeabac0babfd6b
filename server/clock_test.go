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
}
