//go:build !noduck

package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/catalog"
)

// TestAKeysQuotaOfBytesSurvivesARestartAndEndsWithTheDay sends as much as a
// key may on a day, in two lives of the server.
func TestAKeysQuotaOfBytesSurvivesARestartAndEndsWithTheDay(t *testing.T) {
	data := t.TempDir()
	key, err := server.CreateKey(t.Context(), data, "phone", "server", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Open(t.Context(), filepath.Join(data, "catalog.db"), catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := c.LookupKey(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	const line = `{"msg":"twenty signs, about"}`
	if _, err := c.ChangeKey(t.Context(), k.ID, func(s *catalog.KeySpec) { s.Quota.BytesPerDay = 3 * int64(len(line)) }); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	var now atomic.Int64
	now.Store(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixNano())
	live := func(send int) (statuses []int) {
		s, err := server.Open(t.Context(), server.Config{Data: data, Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
			Clock: func() time.Time { return time.Unix(0, now.Load()) }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		for range send {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/v1/events", strings.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+key)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body) // the status is what counts
			resp.Body.Close()
			statuses = append(statuses, resp.StatusCode)
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		return statuses
	}
	for _, life := range []struct {
		name string
		want []int
	}{
		{"the first", []int{200, 200}},
		{"after a restart", []int{200, 429}},
		{"after another", []int{429}},
		{"on the next day", []int{200, 200, 200, 429}},
		{"after a restart on the next day", []int{429}},
	} {
		if life.name == "on the next day" {
			now.Add(int64(13 * time.Hour))
		}
		got := live(len(life.want))
		for i := range got {
			if got[i] != life.want[i] {
				t.Fatalf("%s: the answers are %v, want %v", life.name, got, life.want)
			}
		}
	}
}
