//go:build !noduck

package server

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/canary"
)

func openQuiet(t *testing.T, cfg Config) *Server {
	t.Helper()
	cfg.Data, cfg.Listen, cfg.Log = t.TempDir(), "127.0.0.1:0", slog.New(slog.DiscardHandler)
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestTheCanaryComesBackThroughTheRealStore(t *testing.T) {
	s := openQuiet(t, Config{CanaryEvery: time.Hour})
	for range 6 {
		s.canary.Round(t.Context())
	}
	if r := s.canary.Report(); r.Returned != 6 || r.Failed != 0 {
		t.Errorf("the report is %+v", r)
	}
	projects, err := s.catalog.Projects(t.Context())
	if err != nil || len(projects) != 0 {
		t.Errorf("the projects are %v, %v", projects, err)
	}
	if rates := s.ingest.Rates(""); len(rates.Doors) != 0 {
		t.Errorf("the doors count the canary: %+v", rates.Doors)
	}
	if got := s.troubles(); len(got) != 0 {
		t.Errorf("troubles %v", got)
	}
}

func TestTheCanaryIsATroubleAfterThreeRoundsThatFailed(t *testing.T) {
	r := canary.Report{InRow: 2, Failure: "it was not taken"}
	if got := canaryTrouble(r); got != "" {
		t.Errorf("after two: %q", got)
	}
	r.InRow = 3
	if got := canaryTrouble(r); !strings.Contains(got, "none has come back since the server started: it was not taken") {
		t.Errorf("after three: %q", got)
	}
	r.Last = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	if got := canaryTrouble(r); !strings.Contains(got, "the last one came back at 2026-11-20T12:00:00Z") {
		t.Errorf("after a success: %q", got)
	}
}

func TestTheCanaryIsSilentWhileTheDiskIsLow(t *testing.T) {
	s := openQuiet(t, Config{CanaryEvery: time.Hour, MinFreeMB: 1 << 40}) // no disk has that much
	s.canary.Round(t.Context())
	if r := s.canary.Report(); r.Rounds != 0 || r.Skipped != 1 || !strings.Contains(r.Paused, "MB free") {
		t.Errorf("the report is %+v", r)
	}
}

func TestACanaryThatSingsTooOftenIsRefused(t *testing.T) {
	for _, every := range []time.Duration{-1, time.Millisecond} {
		s, err := Open(t.Context(), Config{Data: t.TempDir(), CanaryEvery: every})
		if err == nil {
			t.Fatal(errors.Join(errors.New("it was taken"), s.Close()))
		}
	}
}
