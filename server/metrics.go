package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// metrics serves /metrics: to this machine's own programs, to an admin's
// session, and to a read key, which is shown no other project's figures. With
// MetricsOpen everybody who reaches the port is shown all.
//
// A proxy on this machine is no reason to trust who stands before it: a
// request that was passed on, or that names another host, is not local.
func (s *Server) metrics(registry *prometheus.Registry) http.Handler {
	all := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.cfg.MetricsOpen || isLoopback(r.RemoteAddr) && isLoopback(r.Host) && !forwarded(r) {
			all.ServeHTTP(w, r)
			return
		}
		project, ok := s.api.MayMeasure(w, r)
		switch {
		case !ok: // it was answered
		case project == "":
			all.ServeHTTP(w, r)
		default:
			promhttp.HandlerFor(ofProject{registry, project}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
		}
	})
}

// ofProject leaves out what belongs to other projects: figures whose label
// project names another one.
type ofProject struct {
	from    prometheus.Gatherer
	project string
}

// Gather implements prometheus.Gatherer.
func (g ofProject) Gather() ([]*dto.MetricFamily, error) {
	families, err := g.from.Gather()
	if err != nil {
		return nil, err
	}
	out := families[:0]
	for _, f := range families {
		kept := f.Metric[:0]
		for _, m := range f.Metric {
			if g.shows(m) {
				kept = append(kept, m)
			}
		}
		if f.Metric = kept; len(kept) > 0 {
			out = append(out, f)
		}
	}
	return out, nil
}

func (g ofProject) shows(m *dto.Metric) bool {
	for _, l := range m.Label {
		if l.GetName() == "project" && l.GetValue() != g.project {
			return false
		}
	}
	return true
}
