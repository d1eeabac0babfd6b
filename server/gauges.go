package server

import (
	"time"

	"github.com/clewline/clewline/server/store"
	"github.com/prometheus/client_golang/prometheus"
)

// registerGauges adds what is read when /metrics is asked for. docs/metrics.md
// tells of each; a test keeps it in step.
func (s *Server) registerGauges(r prometheus.Registerer) {
	gauge := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	counter := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	gauge("clewline_store_events", "Events kept.", func() float64 { return float64(s.store.Stats().Events) })
	gauge("clewline_store_bytes", "Bytes of the store's folder.", func() float64 { return float64(s.store.Stats().Bytes) })
	gauge("clewline_store_segments", "Sealed segments.", func() float64 { return float64(s.store.Stats().Segments) })
	gauge("clewline_store_unsealed_segments", "Segments waiting to be sealed.", func() float64 { return float64(s.store.Stats().Unsealed) })
	gauge("clewline_store_quarantined_segments", "Damaged segments that are set aside; their events are missing.", func() float64 { return float64(s.store.Stats().Quarantined) })
	gauge("clewline_store_healthy", "1 while the store can write and has lost nothing, else 0.", func() float64 { return yes(s.store.Stats().LastError == nil) })
	if keeper, ok := s.store.(store.Keeper); ok {
		r.MustRegister(segmentCollector{keeper})
	}
	gauge("clewline_queue_batches", "Batches pending in the queue.", func() float64 { return float64(s.queue.Depth().Batches) })
	gauge("clewline_queue_bytes", "Bytes of the batches pending in the queue.", func() float64 { return float64(s.queue.Depth().Bytes) })
	gauge("clewline_queue_max_bytes", "Bytes that may be pending in the queue; beyond it senders are told to wait.", func() float64 { return float64(s.queue.Max().Bytes) })
	counter("clewline_queue_full_total", "Batches that were not taken because the queue was full.", func() float64 { return float64(s.queue.Refused()) })
	gauge("clewline_tail_readers", "Live tails open.", func() float64 { return float64(s.tail.Readers()) })
	gauge("clewline_clock_stepped", "1 since the server's clock was set back by more than it can hide, else 0.", func() float64 { return yes(s.ingest.ClockTrouble() != "") })

	if s.canary == nil {
		return
	}
	counter("clewline_canary_rounds_total", "Events that the canary has sent.", func() float64 { return float64(s.canary.Report().Rounds) })
	counter("clewline_canary_failures_total", "Events of the canary that did not come back as they were sent.", func() float64 { return float64(s.canary.Report().Failed) })
	counter("clewline_canary_skipped_total", "Rounds of the canary that were left out because the disk was low.", func() float64 { return float64(s.canary.Report().Skipped) })
	gauge("clewline_canary_last_success_timestamp_seconds", "When the canary's event last came back as it was sent; 0 before the first.", func() float64 { return seconds(s.canary.Report().Last) })
	gauge("clewline_canary_round_trip_seconds", "Time that the canary's last event took to be durable, found and compared.", func() float64 { return s.canary.Report().RoundTrip.Seconds() })
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// seconds is a time as Prometheus writes it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixNano()) / 1e9
}

// A segmentCollector gives the sums of the store's segments by state.
type segmentCollector struct{ keeper store.Keeper }

var (
	segmentEvents = prometheus.NewDesc("clewline_segment_events", "Events in the segments, by their state.", []string{"state"}, nil)
	segmentBytes  = prometheus.NewDesc("clewline_segment_bytes", "Bytes of the segments with their sidecars, by their state.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (c segmentCollector) Describe(out chan<- *prometheus.Desc) {
	out <- segmentEvents
	out <- segmentBytes
}

// Collect implements prometheus.Collector.
func (c segmentCollector) Collect(out chan<- prometheus.Metric) {
	events, bytes := map[string]int64{}, map[string]int64{}
	for _, state := range []string{store.SegmentActive, store.SegmentSealing, store.SegmentSealed, store.SegmentMerged, store.SegmentQuarantined} {
		events[state] = 0
	}
	for _, seg := range c.keeper.Segments() {
		events[seg.State] += seg.Events
		bytes[seg.State] += seg.Bytes
	}
	for state, n := range events {
		out <- prometheus.MustNewConstMetric(segmentEvents, prometheus.GaugeValue, float64(n), state)
		out <- prometheus.MustNewConstMetric(segmentBytes, prometheus.GaugeValue, float64(bytes[state]), state)
	}
}
