// Command bench measures a server as its users would: it starts the binary on
// an empty folder, sends it events over HTTP, and asks it questions, and reads
// from the kernel what that cost.
//
//	go run . -bin ../bin/clewline -rows 1000000
//
// Every figure stands beside the time of a fixed calibration loop, so that runs
// on different days can be compared.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	bin := flag.String("bin", "../bin/clewline", "the binary to measure")
	rows := flag.Int("rows", 1_000_000, "events to send")
	batch := flag.Int("batch", 1000, "events a request")
	conns := flag.Int("conns", 4, "requests at a time")
	queries := flag.Int("queries", 100, "times each query is asked, each time with other arguments")
	data := flag.String("data", "", "the data folder; a temporary one by default")
	ask := flag.String("ask", "", "ask a running server at this address instead; needs -readkey")
	readKey := flag.String("readkey", "", "the key for -ask")
	flag.Parse()
	if err := run(*bin, *data, *ask, *readKey, *rows, *batch, *conns, *queries); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(bin, data, ask, readKey string, rows, batch, conns, queries int) (err error) {
	fmt.Printf("machine: %d cores, %s, calibration loop %v\n", runtime.NumCPU(), runtime.Version(), calibrate())
	gen := newGenerator(1)
	if ask != "" {
		gen.skip(rows)
		return askAll(ask, readKey, gen, queries)
	}
	if data == "" {
		dir, err := os.MkdirTemp("", "clewline-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		data = filepath.Join(dir, "data")
	}
	s, err := startServer(bin, data)
	if err != nil {
		return err
	}
	defer s.stop()
	gen.plan(rows)
	// A segment is rolled and then sealed behind the writer's back from about
	// 120,000 rows on. What comes before shows what an acknowledgement alone
	// costs, once the server is warm.
	const warm, alone = 20_000, 80_000
	if rows > warm+alone {
		if err := ingest(s, gen, warm, batch, conns, ""); err != nil {
			return err
		}
		if err := ingest(s, gen, alone, batch, conns, "before any segment is sealed"); err != nil {
			return err
		}
		rows -= warm + alone
	}
	if err := ingest(s, gen, rows, batch, conns, "with the sealing of segments behind it"); err != nil {
		return err
	}
	if err := askAll(s.url, s.readKey, gen, queries); err != nil {
		return err
	}
	if err := s.idle(10 * time.Second); err != nil {
		return err
	}
	return s.report()
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
