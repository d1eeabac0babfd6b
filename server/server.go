// Package server wires the stages into a server. It is the only place that
// names implementations.
//
//	         HTTP
//	           |
//	  +--------+---------+
//	  |                  |
//	ingest              api ---- catalog (SQLite)
//	  |                  |  \
//	directqueue          |   web
//	  |                  |
//	process --- tail ----+
//	  |                  |
//	  +--- duckstore ----+
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/api"
	"github.com/clewline/clewline/server/backup"
	"github.com/clewline/clewline/server/canary"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/ingest"
	"github.com/clewline/clewline/server/process"
	"github.com/clewline/clewline/server/push"
	"github.com/clewline/clewline/server/queue"
	"github.com/clewline/clewline/server/queue/directqueue"
	"github.com/clewline/clewline/server/retention"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
	"github.com/clewline/clewline/server/tail"
	"github.com/clewline/clewline/web"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/net/netutil"
)

// Roles are the stages that a process may run.
var Roles = []string{"ingest", "process", "api"}

// Config tells a Server what to be. Data is required.
type Config struct {
	// Data is the folder that holds everything. It is made when it is missing.
	Data string
	// Listen is the address to serve on; port 0 takes a free one.
	Listen string
	// Roles are the stages to run; empty means all. The embedded store needs
	// them all in one process.
	Roles []string
	// Zone is taken for times that come without one. Default time.Local.
	Zone *time.Location
	// HTTPS says that people reach this server over https, through a proxy.
	HTTPS bool
	// TLSCert and TLSKey name the PEM files of a certificate, chain first, and
	// of its key. With them the server speaks https itself, and follows the
	// files when they change.
	TLSCert, TLSKey string
	// TrustedProxies are the addresses and ranges (10.0.0.0/8) of proxies whose
	// X-Forwarded-For is believed. Nobody else's is.
	TrustedProxies []string
	// MetricsOpen shows /metrics to whoever reaches the port. Otherwise this
	// machine's own programs, read keys and admins may see it.
	MetricsOpen bool
	// Version is shown to people.
	Version string
	// Entry is the demo's link, which logs in without a password; nil for none.
	Entry *Entry

	// CanaryEvery is the time between two events of the canary; 0 means none.
	CanaryEvery time.Duration

	Limits            event.Limits
	RequestsPerSecond int           // a key; 0 = ingest's default
	Connections       int           // open at a time; default 10,000
	QuerySeconds      int           // of the store's work, a minute and a key or person; 0 = api's default
	QueryRows         int           // that the store may look at, a minute and a key or person; 0 = api's default
	QueriesAtOnce     int           // of one key or person; 0 = api's default
	QueueBytes        int           // 0 = directqueue's default
	MemoryMB          int           // of the store; 0 = its default
	MinFreeMB         int           // of the disk; below it events are refused. Default 128
	ShutdownTime      time.Duration // for requests under way; default 20 s
	// Store tunes the embedded store, MemoryMB and MinFreeMB before it; the
	// zero value works.
	Store duckstore.Options
	// Clock is the server's; default time.Now.
	Clock func() time.Time

	Log *slog.Logger // default slog.Default()
}

// A Server is everything, opened and listening but not yet serving.
type Server struct {
	cfg      Config
	log      *slog.Logger
	listener net.Listener
	catalog  *catalog.Catalog
	store    store.Store
	tail     *tail.Hub
	push     *push.Hub
	queue    *directqueue.Queue
	ingest   *ingest.Ingest
	api      *api.API
	canary   *canary.Canary    // nil when there is none
	keeping  *retention.Runner // nil when the store cannot remove anything
	http     *http.Server
	cert     *certificate // nil without TLS
}

// Open opens the data folder and the listener. Close releases both; Run does
// so itself.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	if cfg.Data == "" {
		return nil, errors.New("server: Config needs Data")
	}
	if err := checkRoles(cfg.Roles); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Zone == nil {
		cfg.Zone = time.Local
	}
	if cfg.Connections == 0 {
		cfg.Connections = 10_000
	}
	if cfg.MinFreeMB == 0 {
		cfg.MinFreeMB = 128
	}
	if cfg.ShutdownTime == 0 {
		cfg.ShutdownTime = 20 * time.Second
	}
	proxies, err := parseProxies(cfg.TrustedProxies)
	if err != nil {
		return nil, err
	}
	if cfg.CanaryEvery < 0 || cfg.CanaryEvery > 0 && cfg.CanaryEvery < time.Second {
		return nil, fmt.Errorf("server: CanaryEvery is %v; want 0 for none, or a second and more", cfg.CanaryEvery)
	}
	if (cfg.TLSCert == "") != (cfg.TLSKey == "") {
		return nil, errors.New("tls: a certificate and its key belong together; one of them is not named")
	}
	s := &Server{cfg: cfg, log: cfg.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if cfg.TLSCert != "" {
		now := cfg.Clock
		if now == nil {
			now = time.Now
		}
		if s.cert, err = openCertificate(cfg.TLSCert, cfg.TLSKey, now, cfg.Log); err != nil {
			return nil, err
		}
	}
	if err := checkWritable(cfg.Data); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, backup.Unfinished)); err == nil {
		return nil, fmt.Errorf("%s holds %s: a restore into it is at work, or was broken off; then empty the folder and restore again", cfg.Data, backup.Unfinished)
	}
	// The store's lock comes first: it is what tells a second server on the
	// same folder to go.
	tuned := cfg.Store
	tuned.Memory = cmp.Or(int64(cfg.MemoryMB)<<20, tuned.Memory)
	tuned.MinFree = cmp.Or(int64(cfg.MinFreeMB)*1e6, tuned.MinFree)
	tuned.Now = cfg.Clock
	events, err := duckstore.Open(filepath.Join(cfg.Data, "events"), tuned)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", readOnly(cfg.Data, err))
	}
	s.store = events
	if s.catalog, err = catalog.Open(ctx, catalogPath(cfg.Data), catalog.Options{Log: cfg.Log, Clock: cfg.Clock}); err != nil {
		return nil, fmt.Errorf("open the catalog: %w", err)
	}
	s.tail = tail.New(tail.Options{})
	processor := process.New(s.store, process.Options{Committed: s.tail.Publish})
	s.queue = directqueue.New(s.handle(processor), directqueue.Options{MaxBytes: cfg.QueueBytes})

	if cfg.CanaryEvery > 0 {
		if s.canary, err = canary.New(canary.Config{Sink: s.queue, Store: s.store, Every: cfg.CanaryEvery, Low: s.diskLow}); err != nil {
			return nil, err
		}
	}

	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	redactor, err := openRedactor(ctx, s.catalog, cfg.Clock)
	if err != nil {
		return nil, err
	}
	registry.MustRegister(redactor)
	if err := s.openPush(ctx, redactor); err != nil {
		return nil, err
	}
	if s.ingest, err = ingest.New(ingest.Config{
		Redact: redactor.Batch, Pulls: pulls{s.push},
		Sink: s.queue, Keys: s.lookupKey, Sources: s.findSource, Limits: cfg.Limits, Zone: cfg.Zone,
		RequestsPerSecond: cfg.RequestsPerSecond, Registry: registry, Log: cfg.Log, Clock: cfg.Clock,
	}); err != nil {
		return nil, err
	}
	if err := s.recallKeyDays(ctx); err != nil {
		return nil, err
	}
	s.registerGauges(registry)
	if s.keeping, err = newRunner(s.store, s.catalog, cfg, registry); err != nil {
		return nil, err
	}
	if s.api, err = api.New(api.Config{
		Store: s.store, Catalog: s.catalog, Tail: s.tail, Zone: cfg.Zone, Version: cfg.Version, DataDir: cfg.Data,
		Redactor: redactor, KeyUse: s.keyUse, SourceUse: s.sourceUse, Quiesce: s.ingest.Quiesce,
		Arrivals: s.arrivals, Observer: observer{s}, Retention: s.keeping, Push: s.push, UI: web.Handler(), Log: cfg.Log, TLS: cfg.HTTPS || s.cert != nil, Clock: cfg.Clock,
		Limits: api.Limits{QuerySeconds: cfg.QuerySeconds, QueryRows: cfg.QueryRows, QueriesAtOnce: cfg.QueriesAtOnce},
	}); err != nil {
		return nil, err
	}
	if err := s.api.FinishDeletions(ctx); err != nil {
		return nil, fmt.Errorf("finish the deletion of a project: %w", err)
	}

	mux := http.NewServeMux()
	s.ingest.Routes(mux)
	s.pushDoor().Routes(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics(registry))
	if cfg.Entry != nil {
		mux.HandleFunc("GET /v1/enter", s.enter)
	}
	mux.Handle("/", s.api.Handler())
	s.http = &http.Server{
		Handler:           behindProxies(proxies, guarded(cfg.HTTPS || s.cert != nil, mux)),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.listener = netutil.LimitListener(listener, cfg.Connections)
	if s.cert != nil {
		s.http.TLSConfig = s.cert.config()
	}
	return s, nil
}

// checkRoles refuses what the embedded store cannot do.
func checkRoles(roles []string) error {
	for _, r := range roles {
		if !slices.Contains(Roles, r) {
			return fmt.Errorf("the role %q is not known; %s are", r, strings.Join(Roles, ", "))
		}
	}
	for _, r := range Roles {
		if len(roles) > 0 && !slices.Contains(roles, r) {
			return fmt.Errorf("this server would run without the role %s, but the embedded store serves one process only: run all roles, or put Kafka and Elasticsearch between them", r)
		}
	}
	return nil
}

func catalogPath(data string) string { return filepath.Join(data, "catalog.db") }

// Addr is the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// URL is where a browser on this machine finds the server.
func (s *Server) URL() string {
	scheme := "http://"
	if s.cert != nil {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		return scheme + s.Addr().String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, port)
}

// NeedsSetup says whether there is no admin yet.
func (s *Server) NeedsSetup(ctx context.Context) (bool, error) {
	has, err := s.catalog.HasAdmin(ctx)
	return !has, err
}

// Run serves until ctx ends, then stops in the order in which events flow: no
// new request, those under way to their end, the store last. What was accepted
// is durable before Run returns.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.keeping != nil {
		var keeping sync.WaitGroup
		keep, stop := context.WithCancel(ctx)
		keeping.Go(func() { s.keeping.Run(keep) })
		defer keeping.Wait() // before the store is closed
		defer stop()
	}
	{
		var counting sync.WaitGroup
		count, stop := context.WithCancel(ctx)
		counting.Go(func() { s.keepKeyDays(count) })
		defer counting.Wait() // before the catalog is closed
		defer stop()
	}
	if s.canary != nil {
		var singing sync.WaitGroup
		sing, stop := context.WithCancel(ctx)
		singing.Go(func() { s.canary.Run(sing) })
		defer singing.Wait() // before the store is closed
		defer stop()
	}
	failed := make(chan error, 1)
	go func() {
		if s.cert != nil {
			failed <- s.http.ServeTLS(s.listener, "", "")
			return
		}
		failed <- s.http.Serve(s.listener)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.ShutdownTime)
	defer cancel()
	// Live readers would otherwise hold Shutdown until its time is over.
	stopped := make(chan error, 1)
	go func() { stopped <- s.http.Shutdown(grace) }()
	err = errors.Join(s.push.Close(grace), s.api.Shutdown(grace))
	err = errors.Join(err, <-stopped)
	<-failed // Serve has returned
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests were still under way when the server had to stop", "waited", s.cfg.ShutdownTime)
		err = s.http.Close()
	}
	return err
}

// Close releases what Open opened. Run calls it.
func (s *Server) Close() error {
	var errs []error
	if s.listener != nil {
		if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.tail != nil {
		s.tail.Close("the server is stopping")
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
		s.store = nil
	}
	if s.catalog != nil {
		if s.ingest != nil {
			errs = append(errs, s.saveKeyDays(context.Background()), s.saveCame(context.Background()))
		}
		errs = append(errs, s.catalog.Close())
		s.catalog = nil
	}
	return errors.Join(errs...)
}

// handle is process with the store's refusals in the queue's words: no stage
// knows the next.
func (s *Server) handle(p *process.Processor) func(context.Context, *event.Batch) error {
	return func(ctx context.Context, b *event.Batch) error {
		sent := len(b.Events)
		err := p.Process(ctx, b)
		var full *store.FullError
		switch {
		case err == nil:
			s.ingest.Stored(b, sent)
		case errors.Is(err, store.ErrBusy):
			return queue.ErrFull
		case errors.As(err, &full):
			return &queue.UnavailableError{
				Reason: "the server's disk is full; nothing of this was taken, send it again later", RetryAfter: 30 * time.Second, NoRoom: true, Err: err,
			}
		}
		return err
	}
}

// lookupKey finds a key in the catalog, in ingest's words.
func (s *Server) lookupKey(ctx context.Context, secret string) (ingest.Key, error) {
	k, err := s.catalog.LookupKey(ctx, secret)
	switch {
	case errors.Is(err, catalog.ErrUnknownKey):
		return ingest.Key{}, ingest.ErrUnknownKey
	case errors.Is(err, catalog.ErrRevokedKey):
		return ingest.Key{}, ingest.ErrRevokedKey
	case errors.Is(err, catalog.ErrEndedKey):
		return ingest.Key{}, ingest.ErrEndedKey
	case err != nil:
		return ingest.Key{}, err
	}
	return ingest.Key{ID: k.ID, Project: k.Project, Type: ingest.KeyType(k.Type), AllowsOrigin: k.AllowsOrigin,
		EventsPerSecond: k.Quota.EventsPerSecond, BytesPerDay: k.Quota.BytesPerDay}, nil
}
