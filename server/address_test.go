package server

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestXForwardedForIsBelievedAsFarAsTrustedProxiesWroteIt(t *testing.T) {
	proxies, err := parseProxies([]string{"10.0.0.0/8", "192.0.2.7", "::1", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, header, want string }{
		{"203.0.113.9:4711", "", "203.0.113.9:4711"},
		{"203.0.113.9:4711", "198.51.100.1", "203.0.113.9:4711"}, // nobody's proxy
		{"10.1.2.3:4711", "", "10.1.2.3:4711"},
		{"10.1.2.3:4711", "198.51.100.1", "198.51.100.1:0"},
		{"10.1.2.3:4711", "1.1.1.1, 198.51.100.1", "198.51.100.1:0"}, // the first one is the client's own writing
		{"10.1.2.3:4711", "198.51.100.1, 10.9.9.9, 192.0.2.7", "198.51.100.1:0"},
		{"10.1.2.3:4711", "198.51.100.1:55123", "198.51.100.1:0"},
		{"10.1.2.3:4711", "[2001:470::5]:55123", "[2001:470::5]:0"},
		{"[::1]:4711", "2001:470::5", "[2001:470::5]:0"},
		{"[::ffff:10.1.2.3]:4711", "::ffff:198.51.100.1", "198.51.100.1:0"},
		{"10.1.2.3:4711", "198.51.100.1, unknown", "10.1.2.3:4711"},
		{"10.1.2.3:4711", "198.51.100.1, unknown, 10.0.0.1", "10.0.0.1:0"},
		{"10.1.2.3:4711", "10.0.0.9", "10.0.0.9:0"}, // all of them are proxies: the farthest
		{"@", "198.51.100.1", "@"},                  // a socket
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		got := ""
		behindProxies(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
		if got != c.want || r.RemoteAddr != c.from {
			t.Errorf("from %s with %q: %s, want %s", c.from, c.header, got, c.want)
		}
		behindProxies(nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
		if got != c.from {
			t.Errorf("without trusted proxies the address became %s", got)
		}
	}
	for _, wrong := range []string{"", "proxy.example.com", "10.0.0.0/33", "10.0.0.1:80"} {
		if _, err := parseProxies([]string{wrong}); err == nil {
			t.Errorf("%q was taken for an address", wrong)
		}
	}
}

func TestAReadKeySeesNoOtherProjectsFigures(t *testing.T) {
	registry := prometheus.NewRegistry()
	by := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "by_project"}, []string{"project", "door"})
	all := prometheus.NewCounter(prometheus.CounterOpts{Name: "of_all"})
	registry.MustRegister(by, all)
	by.WithLabelValues("shop", "a").Inc()
	by.WithLabelValues("bank", "a").Inc()
	for project, want := range map[string]int{"shop": 2, "bank": 2, "none": 1} {
		families, err := ofProject{registry, project}.Gather()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range families {
			for _, m := range f.Metric {
				n++
				for _, l := range m.Label {
					if l.GetName() == "project" && l.GetValue() != project {
						t.Errorf("%s is shown a figure of %s", project, l.GetValue())
					}
				}
			}
		}
		if n != want {
			t.Errorf("%s is shown %d figures, want %d", project, n, want)
		}
	}
}
