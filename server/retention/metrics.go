package retention

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	events, bytes, days *prometheus.CounterVec // by reason
	runs                *prometheus.CounterVec // by result
	erased              prometheus.Counter
}

func newMetrics() metrics {
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	}
	m := metrics{
		events: counter("clewline_retention_expired_events_total", "Events removed because their day was not kept any longer, by reason.", "reason"),
		bytes:  counter("clewline_retention_expired_bytes_total", "Bytes of the events that were removed, by reason.", "reason"),
		days:   counter("clewline_retention_expired_days_total", "Days of projects that were removed, by reason.", "reason"),
		runs:   counter("clewline_retention_runs_total", "Looks at what is to be removed, by result.", "result"),
		erased: prometheus.NewCounter(prometheus.CounterOpts{Name: "clewline_erased_events_total", Help: "Events removed for good by orders of erasure that are done."}),
	}
	// Series are there before something happens, so that an increase shows.
	for _, reason := range Reasons {
		m.events.WithLabelValues(reason)
		m.bytes.WithLabelValues(reason)
		m.days.WithLabelValues(reason)
	}
	m.runs.WithLabelValues("done")
	m.runs.WithLabelValues("failed")
	return m
}

func (r *Runner) register(to prometheus.Registerer) {
	gauge := func(name, help string, value func(Status) int64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value(r.Status())) })
	}
	to.MustRegister(r.count.events, r.count.bytes, r.count.days, r.count.runs, r.count.erased,
		gauge("clewline_disk_free_bytes", "Room free on the disk that holds the events, at the last look.", func(s Status) int64 { return s.Disk.Free }),
		gauge("clewline_disk_size_bytes", "Size of the disk that holds the events.", func(s Status) int64 { return s.Disk.Size }),
		gauge("clewline_retention_lacking_bytes", "Room by which the disk has too little free although only today's events are left.", func(s Status) int64 { return s.Lacking }),
	)
}
