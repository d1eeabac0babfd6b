package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/clewline/clewline/server"
)

// tuneServer is the tests' way to make segments small, so that a short run sees
// many of them come and go.
var tuneServer = func(*server.Config) error { return nil }

type serveCmd struct {
	Data    string   `help:"The folder that holds everything; made when it is missing." env:"CLEWLINE_DATA" type:"path" placeholder:"DIR"`
	Listen  string   `help:"The address to serve on." env:"CLEWLINE_LISTEN" placeholder:"HOST:PORT"`
	TLSCert string   `name:"tls-cert" help:"A PEM file with a certificate and its chain: the server speaks https itself." type:"existingfile" placeholder:"FILE"`
	TLSKey  string   `name:"tls-key" help:"A PEM file with the certificate's key." type:"existingfile" placeholder:"FILE"`
	Config  string   `help:"A YAML file with settings; flags and the environment go before it." type:"existingfile" placeholder:"FILE"`
	Roles   []string `help:"Stages to run: ingest, process, api. All by default." sep:"," placeholder:"ROLE"`
}

// Run serves until the program is told to stop.
func (c *serveCmd) Run(p *program) error {
	cfg, err := loadConfig(c.Config)
	if err != nil {
		return wrongUse("%w", err)
	}
	if c.Data != "" {
		cfg.Data = c.Data
	}
	if c.Listen != "" {
		cfg.Listen = c.Listen
	}
	if c.TLSCert != "" {
		cfg.TLS.Cert = c.TLSCert
	}
	if c.TLSKey != "" {
		cfg.TLS.Key = c.TLSKey
	}
	if len(c.Roles) > 0 {
		cfg.Roles = c.Roles
	}
	sc, err := cfg.server()
	if err != nil {
		return wrongUse("%w", err)
	}
	if os.Getenv("GOGC") == "" {
		// What lives long is small, but for the rows that are not sealed, and
		// what each request brings is not: with Go's own 100 the collector runs
		// after every few requests. This saves about 0.8 us of CPU a row.
		debug.SetGCPercent(400)
		if os.Getenv("GOMEMLIMIT") == "" {
			// With many such rows it would let the memory grow fivefold. They have
			// no pointers, so that a collection costs little, however many there are.
			debug.SetMemoryLimit(goMemory)
		}
	}
	sc.Log = slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: cfg.logLevel()}))
	if err := tuneServer(&sc); err != nil {
		return err
	}
	s, err := server.Open(p.ctx, sc)
	if err != nil {
		return err
	}
	if err := c.greet(p, s, sc.Data); err != nil {
		return err
	}
	return s.Run(p.ctx)
}

// goMemory is the memory, without DuckDB's, from which on the collector runs
// as often as it takes. Rows that are not sealed may take 200 MB of it.
const goMemory = 352 << 20

// greet says where the server is and what to do next.
func (c *serveCmd) greet(p *program, s *server.Server, data string) error {
	fmt.Fprintf(p.stdout, "clewline %s serves %s, data in %s\n", version, s.URL(), data)
	needs, err := s.NeedsSetup(p.ctx)
	if err != nil {
		return err
	}
	if needs {
		link, err := s.SetupLink(p.ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "There is no admin yet. Make the first one within 30 minutes, with this link, which works once:\n  %s\n", link)
	}
	fmt.Fprintf(p.stdout, "Send something:\n  clewline send --server %s --key \"$(clewline key create --data %s --project default --type server)\" FILE\n", s.URL(), data)
	return nil
}
