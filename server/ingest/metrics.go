package ingest

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are named as Prometheus advises: a base unit at the end, _total for
// counters.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	events   *prometheus.CounterVec
	rejected *prometheus.CounterVec
	bytes    *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clewline_ingest_requests_total", Help: "Requests to the doors, by door and status code.",
		}, []string{"door", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "clewline_ingest_request_duration_seconds", Help: "Time until a door has answered; for a 2xx, until its events were durable.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"door"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clewline_ingest_events_total", Help: "Events acknowledged, those that were stored before included.",
		}, []string{"door"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clewline_ingest_rejected_total", Help: "Lines that could not be understood; each is kept as a dead letter.",
		}, []string{"door"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clewline_ingest_bytes_total", Help: "Bytes of acknowledged bodies after decompression.",
		}, []string{"door"}),
	}
	if r != nil {
		r.MustRegister(m.requests, m.duration, m.events, m.rejected, m.bytes)
	}
	return m
}

func (m *metrics) request(door string, status int, took time.Duration) {
	m.requests.WithLabelValues(door, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(door).Observe(took.Seconds())
}

func (m *metrics) stored(door string, events, letters, bytes int) {
	m.events.WithLabelValues(door).Add(float64(events))
	m.rejected.WithLabelValues(door).Add(float64(letters))
	m.bytes.WithLabelValues(door).Add(float64(bytes))
}
