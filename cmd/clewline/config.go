package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server"
	"github.com/goccy/go-yaml"
)

// config is the YAML file of `clewline serve --config`. Each setting can also
// stand in the environment, as CLEWLINE_ and its name in capitals, words parted
// by a low line: CLEWLINE_LIMITS_LINE_BYTES. deploy/clewline.yaml shows all of
// them with their defaults; a test keeps it in step.
type config struct {
	Data      string   `yaml:"data"`
	Listen    string   `yaml:"listen"`
	Roles     []string `yaml:"roles"`
	TimeZone  string   `yaml:"timeZone"`
	HTTPS     bool     `yaml:"https"`
	TLS       tlsFiles `yaml:"tls"`
	Proxies   []string `yaml:"trustedProxies"`
	Metrics   string   `yaml:"metrics"`
	LogLevel  string   `yaml:"logLevel"`
	MemoryMB  int      `yaml:"memoryMB"`
	MinFreeMB int      `yaml:"minFreeMB"`
	Canary    canary   `yaml:"canary"`
	Limits    limits   `yaml:"limits"`
}

type canary struct {
	Every time.Duration `yaml:"every"`
}

// tlsFiles are the PEM files by which the server speaks https itself.
type tlsFiles struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

type limits struct {
	RequestsPerSecond int `yaml:"requestsPerSecond"`
	Connections       int `yaml:"connections"`
	QuerySeconds      int `yaml:"querySecondsPerMinute"`
	QueryRows         int `yaml:"queryRowsPerMinute"`
	QueriesAtOnce     int `yaml:"queriesAtOnce"`
	QueueBytes        int `yaml:"queueBytes"`
	WireBytes         int `yaml:"wireBytes"`
	InflatedBytes     int `yaml:"inflatedBytes"`
	InflationRatio    int `yaml:"inflationRatio"`
	LineBytes         int `yaml:"lineBytes"`
	TrackBytes        int `yaml:"trackBytes"`
	Events            int `yaml:"events"`
	Fields            int `yaml:"fields"`
	Depth             int `yaml:"depth"`
	NameBytes         int `yaml:"nameBytes"`
}

// defaultConfig is what holds where nothing else is said. A zero limit means
// the default of the stage that it belongs to.
func defaultConfig() config {
	return config{Data: "clewline-data", Listen: "127.0.0.1:7373", Metrics: "guarded", LogLevel: "info", Canary: canary{10 * time.Second}}
}

// loadConfig reads a file, "" for none, over the defaults, and the environment
// over both. An unknown setting is an error that names its line.
func loadConfig(path string) (config, error) {
	c := defaultConfig()
	if path != "" {
		f, err := os.Open(path)
		if err != nil {
			return c, err
		}
		defer f.Close()
		if err := yaml.NewDecoder(f, yaml.Strict()).Decode(&c); err != nil && !errors.Is(err, io.EOF) {
			return c, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, true))
		}
	}
	if err := overrideFromEnv("CLEWLINE", &c, os.LookupEnv); err != nil {
		return c, err
	}
	return c, nil
}

// server turns the settings into a server's, and reports all that is wrong
// with them at once.
func (c config) server() (server.Config, error) {
	var errs []error
	zone := time.Local
	if c.TimeZone != "" {
		z, err := time.LoadLocation(c.TimeZone)
		if err != nil {
			errs = append(errs, fmt.Errorf("timeZone: %q is not known; want a name such as Asia/Shanghai", c.TimeZone))
		}
		zone = z
	}
	if !strings.Contains(c.Listen, ":") {
		errs = append(errs, fmt.Errorf("listen: %q is no address; want HOST:PORT such as 127.0.0.1:7373", c.Listen))
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		errs = append(errs, fmt.Errorf("logLevel: %q is not known; debug, info, warn, error are", c.LogLevel))
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		errs = append(errs, errors.New("tls: cert and key belong together; one of them is not named"))
	}
	if c.Metrics != "guarded" && c.Metrics != "open" {
		errs = append(errs, fmt.Errorf("metrics: %q is not known; guarded (this machine, read keys, admins) and open (everybody) are", c.Metrics))
	}
	if c.MinFreeMB < 0 {
		errs = append(errs, fmt.Errorf("minFreeMB: %d is below 0; 0 means the default", c.MinFreeMB))
	}
	if c.Canary.Every < 0 || c.Canary.Every > 0 && c.Canary.Every < time.Second {
		errs = append(errs, fmt.Errorf("canary.every: %v is too little; want a second and more, or 0 for no canary", c.Canary.Every))
	}
	l := c.Limits
	for name, v := range map[string]int{
		"requestsPerSecond": l.RequestsPerSecond, "connections": l.Connections, "querySecondsPerMinute": l.QuerySeconds, "queryRowsPerMinute": l.QueryRows, "queriesAtOnce": l.QueriesAtOnce, "queueBytes": l.QueueBytes, "wireBytes": l.WireBytes,
		"inflatedBytes": l.InflatedBytes, "inflationRatio": l.InflationRatio, "lineBytes": l.LineBytes, "trackBytes": l.TrackBytes,
		"events": l.Events, "fields": l.Fields, "depth": l.Depth, "nameBytes": l.NameBytes,
	} {
		if v < 0 {
			errs = append(errs, fmt.Errorf("limits.%s: %d is below 0; 0 means the default", name, v))
		}
	}
	return server.Config{
		Data: c.Data, Listen: c.Listen, Roles: c.Roles, Zone: zone, HTTPS: c.HTTPS,
		TLSCert: c.TLS.Cert, TLSKey: c.TLS.Key,
		TrustedProxies: c.Proxies, MetricsOpen: c.Metrics == "open", Version: version, MemoryMB: c.MemoryMB, MinFreeMB: c.MinFreeMB, CanaryEvery: c.Canary.Every,
		RequestsPerSecond: l.RequestsPerSecond, Connections: l.Connections, QuerySeconds: l.QuerySeconds, QueryRows: l.QueryRows, QueriesAtOnce: l.QueriesAtOnce, QueueBytes: l.QueueBytes,
		Limits: event.Limits{
			WireBytes: l.WireBytes, InflatedBytes: l.InflatedBytes, InflationRatio: l.InflationRatio, LineBytes: l.LineBytes,
			TrackBytes: l.TrackBytes, Events: l.Events, Fields: l.Fields, Depth: l.Depth, NameBytes: l.NameBytes,
		},
	}, errors.Join(errs...)
}

func (c config) logLevel() slog.Level {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // server() has checked it
	return level
}
