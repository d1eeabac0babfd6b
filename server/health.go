package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/clewline/clewline/server/canary"
	"github.com/clewline/clewline/server/retention"
)

// ready serves /readyz: 200 while the server can take events and serve all
// that it has, else 503 with what is wrong. docs/metrics.md tells operators.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	troubles := s.troubles()
	w.Header().Set("Content-Type", "application/json")
	if len(troubles) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// Whoever asked may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": len(troubles) == 0, "troubles": troubles})
}

// troubles tells in sentences why the server is not all that it should be.
func (s *Server) troubles() []string {
	troubles := []string{}
	stats := s.store.Stats()
	if stats.LastError != nil {
		troubles = append(troubles, "store: "+stats.LastError.Error())
	}
	if n := stats.Quarantined; n > 0 {
		troubles = append(troubles, fmt.Sprintf("store: %d damaged segments are set aside, and answers lack their events; restore them from a backup", n))
	}
	if t := s.ingest.ClockTrouble(); t != "" {
		troubles = append(troubles, "clock: "+t)
	}
	if s.cert != nil {
		if t := s.cert.state(); t != "" {
			troubles = append(troubles, "tls: "+t)
		}
	}
	if s.keeping != nil {
		troubles = append(troubles, s.keeping.Troubles()...)
	}
	if s.canary != nil {
		if t := canaryTrouble(s.canary.Report()); t != "" {
			troubles = append(troubles, "canary: "+t)
		}
	}
	return troubles
}

// canaryPatience is how many rounds in a row may fail before it is a trouble:
// a server that is busy for a moment refuses the canary like everybody else.
const canaryPatience = 3

func canaryTrouble(r canary.Report) string {
	if r.InRow < canaryPatience {
		return ""
	}
	last := "none has come back since the server started"
	if !r.Last.IsZero() {
		last = "the last one came back at " + r.Last.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%d rounds in a row have failed, %s: %s", r.InRow, last, r.Failure)
}

// canaryRoom is what must be free on the disk, beyond the floor below which
// events are refused, before a canary may write: the last room is the
// senders'.
const canaryRoom = 64 << 20

// diskLow says why the canary may not write now, "" when it may.
func (s *Server) diskLow() string {
	disk, err := retention.DiskOf(s.cfg.Data)
	if err != nil || disk.Size == 0 {
		return "" // not known here; the store itself refuses at its floor
	}
	if least := int64(s.cfg.MinFreeMB)*1e6 + canaryRoom; disk.Free < least {
		return fmt.Sprintf("the disk has %d MB free; the canary writes with %d MB and more", disk.Free/1e6, least/1e6)
	}
	return ""
}
