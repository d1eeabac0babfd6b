package server

import (
	"encoding/json"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// ready serves /readyz: 200 while the server can take events and serve all
// that it has, else 503 with what is wrong.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	troubles := []string{}
	if err := s.store.Stats().LastError; err != nil {
		troubles = append(troubles, "store: "+err.Error())
	}
	if t := s.ingest.ClockTrouble(); t != "" {
		troubles = append(troubles, "clock: "+t)
	}
	if s.keeping != nil {
		troubles = append(troubles, s.keeping.Troubles()...)
	}
	w.Header().Set("Content-Type", "application/json")
	if len(troubles) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// Whoever asked may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": len(troubles) == 0, "troubles": troubles})
}

// registerGauges adds what is read when /metrics is asked for.
func (s *Server) registerGauges(r prometheus.Registerer) {
	gauge := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	gauge("clewline_store_events", "Events kept.", func() float64 { return float64(s.store.Stats().Events) })
	gauge("clewline_store_bytes", "Bytes of the store's folder.", func() float64 { return float64(s.store.Stats().Bytes) })
	gauge("clewline_store_segments", "Sealed segments.", func() float64 { return float64(s.store.Stats().Segments) })
	gauge("clewline_store_unsealed_segments", "Segments waiting to be sealed.", func() float64 { return float64(s.store.Stats().Unsealed) })
	gauge("clewline_queue_batches", "Batches pending in the queue.", func() float64 { return float64(s.queue.Depth().Batches) })
	gauge("clewline_queue_bytes", "Bytes of the batches pending in the queue.", func() float64 { return float64(s.queue.Depth().Bytes) })
	gauge("clewline_tail_readers", "Live tails open.", func() float64 { return float64(s.tail.Readers()) })
}
