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
	letters  *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	durable  *prometheus.HistogramVec

	late, corrected, redacted, duplicates *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"door"})
	}
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
			Name: "clewline_ingest_rejected_total", Help: "Lines that were not understood, and those past limits.events, which were not read.",
		}, []string{"door"}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clewline_ingest_dead_letters_total", Help: "Dead letters kept: one for each line that was not understood, one for all lines past limits.events.",
		}, []string{"door"}),
		durable: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "clewline_ingest_durable_seconds", Help: "Time from the last byte of a body until its events were on disk.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"door"}),
		late:       counter("clewline_ingest_late_events_total", "New events that arrived more than ten minutes after their time."),
		corrected:  counter("clewline_ingest_time_corrected_events_total", "New events that got another time than their sender said."),
		redacted:   counter("clewline_ingest_redacted_events_total", "New events that a redaction rule changed."),
		duplicates: counter("clewline_ingest_duplicate_events_total", "Events acknowledged that were stored before, and not stored again."),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clewline_ingest_bytes_total", Help: "Bytes of acknowledged bodies after decompression.",
		}, []string{"door"}),
	}
	if r != nil {
		r.MustRegister(m.requests, m.duration, m.events, m.rejected, m.letters, m.bytes, m.durable, m.late, m.corrected, m.redacted, m.duplicates)
	}
	// Series are there before something comes, so that an increase shows.
	for _, door := range doorNames() {
		m.requests.WithLabelValues(door, "200")
		m.duration.WithLabelValues(door)
		m.durable.WithLabelValues(door)
		for _, c := range []*prometheus.CounterVec{m.events, m.rejected, m.letters, m.bytes, m.late, m.corrected, m.redacted, m.duplicates} {
			c.WithLabelValues(door)
		}
	}
	return m
}

func (m *metrics) request(door string, status int, took time.Duration) {
	m.requests.WithLabelValues(door, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(door).Observe(took.Seconds())
}

func (m *metrics) acknowledged(door string, events, rejected, letters, bytes int, took time.Duration) {
	m.events.WithLabelValues(door).Add(float64(events))
	m.rejected.WithLabelValues(door).Add(float64(rejected))
	m.letters.WithLabelValues(door).Add(float64(letters))
	m.bytes.WithLabelValues(door).Add(float64(bytes))
	m.durable.WithLabelValues(door).Observe(took.Seconds())
}

// outcome counts what the store made of a batch.
func (m *metrics) outcome(door string, t Tally) {
	m.late.WithLabelValues(door).Add(float64(t.Late))
	m.corrected.WithLabelValues(door).Add(float64(t.Corrected))
	m.redacted.WithLabelValues(door).Add(float64(t.Redacted))
	m.duplicates.WithLabelValues(door).Add(float64(t.Duplicates))
}
