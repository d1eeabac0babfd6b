// Command bench measures a server as its users would: it starts the binary on
// an empty folder, sends it events over HTTP, and asks it questions, and reads
// from the kernel what that cost.
//
//	go run . -bin ../bin/clewline -rows 1000000
//
// Every part prints the time of a fixed calibration loop first, so that runs
// on different days can be compared. docs/benchmarks.md says what the parts
// measure and what they gave.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// options are the command's flags.
type options struct {
	bin, data    string
	rows         int
	batch, conns int
	queries      int
	parts        []string
	long         time.Duration
	ask, readKey string
	loki         string
}

// A part is one measurement.
type part struct {
	name, what string
	run        func(options) error
}

// parts in the order in which they run.
var parts = []part{
	{"ack", "what an acknowledgement alone costs, before anything is sealed", acknowledge},
	{"load", "ingest in bulk until all is sealed, then every class of query, cold and warm, then idling", load},
	{"month", "30 days of 5 projects, 10 % late, 0.1 % with wrong clocks, then traces without a range", month},
	{"sdk", "2,000 streams, a request of 10 events a second each", sdkLoad},
	{"under", "the queries while 20,000 rows a second come in, against the same when idle", underIngest},
	{"slow", "ingest while an export's client does not read and a heavy query runs on and on", slowReaders},
	{"flood", "2,000 SDK connections while one key floods", flood},
	{"page", "the search page in Chromium: first load, interactions, counts of a day, completion", page},
	{"loki", "the same events to Loki", loki},
}

func main() {
	var o options
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	flag.StringVar(&o.bin, "bin", "../bin/clewline", "the binary to measure")
	flag.StringVar(&o.data, "data", "", "the data folder of part load, kept; a temporary one by default")
	flag.IntVar(&o.rows, "rows", 1_000_000, "events to send")
	flag.IntVar(&o.batch, "batch", 1000, "events a request")
	flag.IntVar(&o.conns, "conns", 4, "requests at a time")
	flag.IntVar(&o.queries, "queries", 100, "times each query is asked, each time with other arguments")
	flag.DurationVar(&o.long, "long", 30*time.Second, "how long each measurement of parts sdk, under, slow and flood takes")
	only := flag.String("parts", "ack,load", "what to measure, of "+strings.Join(names, ", ")+"; or all")
	flag.StringVar(&o.ask, "ask", "", "ask a running server at this address instead, which -rows events were sent to; needs -readkey")
	flag.StringVar(&o.readKey, "readkey", "", "the key for -ask")
	flag.StringVar(&o.loki, "loki", "", "Loki's binary, for part loki; scripts/build-loki makes one")
	flag.Parse()
	o.parts = strings.Split(*only, ",")
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	fmt.Printf("machine: %d cores, %s\n", runtime.NumCPU(), runtime.Version())
	if o.ask != "" {
		gen := newGenerator(1)
		gen.skip(o.rows)
		return askAll(&server{url: o.ask, readKey: o.readKey}, gen, o.queries)
	}
	for _, name := range o.parts {
		if name != "all" && !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return fmt.Errorf("there is no part %q", name)
		}
	}
	for _, p := range parts {
		if !slices.Contains(o.parts, p.name) && (!slices.Contains(o.parts, "all") || p.name == "loki" && o.loki == "") {
			continue
		}
		fmt.Printf("\n== %s: %s (calibration loop %v)\n", p.name, p.what, calibrate())
		if err := p.run(o); err != nil {
			return fmt.Errorf("part %s: %w", p.name, err)
		}
	}
	return nil
}

// withServer runs a part on a server of its own, on an empty folder.
func withServer(o options, projects []string, do func(*server) error) error {
	data := o.data
	if data == "" {
		dir, err := os.MkdirTemp("", "clewline-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		data = filepath.Join(dir, "data")
	}
	s, err := startServer(o.bin, data, projects...)
	if err != nil {
		return err
	}
	defer s.stop()
	return do(s)
}

// acknowledge measures several servers, because one has only about 120,000
// rows before it begins to seal behind the writer's back: too few to tell
// microseconds from a clock that ticks in hundredths of a second.
func acknowledge(o options) error {
	const servers, warm, alone = 5, 20_000, 80_000
	o.data = ""
	var all ingested
	for range servers {
		err := withServer(o, nil, func(s *server) error {
			gen := newGenerator(1)
			gen.plan(warm + alone)
			if _, err := ingest(s, gen, warm, o.batch, o.conns); err != nil {
				return err
			}
			in, err := ingest(s, gen, alone, o.batch, o.conns)
			all.add(in)
			return err
		})
		if err != nil {
			return err
		}
	}
	all.print(fmt.Sprintf("%d servers, each after %d rows to warm it up, acknowledged = on disk", servers, warm))
	return nil
}

// load is the main part.
func load(o options) error {
	return withServer(o, nil, func(s *server) error {
		gen := newGenerator(1)
		gen.plan(o.rows)
		in, err := ingest(s, gen, o.rows, o.batch, o.conns)
		if err != nil {
			return err
		}
		in.print("with the sealing of segments behind it, acknowledged = on disk")
		rest, err := s.settle()
		if err != nil {
			return err
		}
		fmt.Printf("  until all of it is sealed and filtered (and merged, where it is): %.2f us a row\n", perRow(in.cpu+rest, o.rows))
		if err := s.report(); err != nil {
			return err
		}
		if err := askAll(s, gen, o.queries); err != nil {
			return err
		}
		if err := askCold(s, gen); err != nil {
			return err
		}
		return s.idle(20 * time.Second)
	})
}

// calibrate times a fixed piece of work: hashing 64 MiB.
func calibrate() time.Duration {
	block := make([]byte, 1<<20)
	start := time.Now()
	for range 64 {
		sum := sha256.Sum256(block)
		copy(block, sum[:])
	}
	return time.Since(start).Round(time.Millisecond)
}

func perRow(cpu time.Duration, rows int) float64 {
	return float64(cpu) / float64(time.Microsecond) / float64(max(1, rows))
}
