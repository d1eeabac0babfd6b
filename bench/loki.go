package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
)

// lokiConfig is a single Loki on the local disk, its limits out of the way, as
// its own documentation sets up a first one.
const lokiConfig = `auth_enabled: false
server: {http_listen_address: 127.0.0.1, http_listen_port: %[2]d, grpc_listen_address: 127.0.0.1, grpc_listen_port: %[3]d, log_level: error, grpc_server_max_recv_msg_size: 104857600, grpc_server_max_send_msg_size: 104857600}
common:
  path_prefix: %[1]s
  replication_factor: 1
  instance_addr: 127.0.0.1
  ring: {kvstore: {store: inmemory}}
  storage: {filesystem: {chunks_directory: %[1]s/chunks, rules_directory: %[1]s/rules}}
schema_config:
  configs: [{from: 2020-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}]
limits_config:
  ingestion_rate_mb: 10000
  ingestion_burst_size_mb: 10000
  per_stream_rate_limit: 10GB
  per_stream_rate_limit_burst: 10GB
  reject_old_samples: false
  max_query_length: 0
  query_timeout: 120s
  max_entries_limit_per_query: 10000
  volume_enabled: false
analytics: {reporting_enabled: false}
pattern_ingester: {enabled: false}
`

// loki gives the same events to Loki and asks it what it can be asked, with
// the same client on the same machine. Labels are app and level; the line is
// the event's JSON; ids are structured metadata.
func loki(o options) error {
	if o.loki == "" {
		return errors.New("name the binary with -loki; scripts/build-loki makes one")
	}
	dir, err := os.MkdirTemp("", "clewline-loki-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	config := filepath.Join(dir, "loki.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, lokiConfig, dir, ports[0], ports[1]), 0o644); err != nil {
		return err
	}
	s := &server{data: dir, url: "http://127.0.0.1:" + strconv.Itoa(ports[0])}
	s.cmd = exec.Command(o.loki, "-config.file="+config)
	s.cmd.Dir = dir
	if err := s.cmd.Start(); err != nil {
		return err
	}
	defer s.stop()
	if err := s.waitReady("/ready", 2*time.Minute); err != nil {
		return err
	}

	gen := newGenerator(1)
	gen.plan(o.rows)
	in, err := sendTo(s, o.conns, func(put func(body)) {
		for sent := 0; sent < o.rows; sent += o.batch {
			var text []byte
			n := min(o.batch, o.rows-sent)
			for range n {
				text = gen.append(text)
			}
			put(body{text: text})
		}
	}, o.rows, postLoki)
	if err != nil {
		return err
	}
	in.print("Loki, acknowledged = in its memory, its log written every second")
	rest, err := s.settle()
	if err != nil {
		return err
	}
	fmt.Printf("  until it is quiet: %.2f us a row\n", perRow(in.cpu+rest, o.rows))
	if err := s.report(); err != nil {
		return err
	}
	from, to := gen.start.Add(-time.Hour), gen.start.Add(25*time.Hour)
	word := func(at, n int) string { return gen.words[at+gen.random.IntN(n)] }
	for _, c := range []class{
		{"trace by id, a day", "", func(int) url.Values {
			return url.Values{"query": {`{app=~".+"} |= "` + pick(gen, gen.sentTraces) + `"`}}
		}},
		{"two words, newest 100, common pairs", "", func(int) url.Values {
			return url.Values{"query": {`{app=~".+"} |= "` + word(0, 60) + `" |= "` + word(0, 60) + `"`}}
		}},
		{"two words, newest 100, rare pairs", "", func(int) url.Values {
			return url.Values{"query": {`{app=~".+"} |= "` + word(2000, 1000) + `" |= "` + word(2000, 1000) + `"`}}
		}},
		{"newest 100", "", func(int) url.Values { return url.Values{"query": {`{app=~".+"}`}} }},
		{"levels by 10 min", "", func(int) url.Values {
			return url.Values{"query": {`sum by (level) (count_over_time({app=~".+"}[10m]))`}, "step": {"600"}}
		}},
	} {
		times := min(o.queries, 20) // it takes seconds a question
		var took []time.Duration
		for i := range times {
			params := c.args(i)
			params.Set("start", strconv.FormatInt(from.UnixNano(), 10))
			params.Set("end", strconv.FormatInt(to.UnixNano(), 10))
			params.Set("limit", "100")
			d, _, err := askOnce(s.url+"/loki/api/v1/query_range", "", params)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			took = append(took, d)
		}
		fmt.Printf("%-48s %s\n", c.name, spread(took))
	}
	return s.report()
}

// postLoki sends a batch of our events as Loki's push API takes them.
func postLoki(client *http.Client, s *server, b body) (slow int, err error) {
	type stream struct {
		Stream map[string]string `json:"stream"`
		Values [][3]any          `json:"values"`
	}
	byLabels := map[string]*stream{}
	for line := range strings.Lines(string(b.text)) {
		line = strings.TrimSuffix(line, "\n")
		var e struct{ Time, App, Level, TraceID, CallID string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return 0, err
		}
		at, err := event.ParseTime(e.Time)
		if err != nil {
			return 0, err
		}
		key := e.App + " " + e.Level
		if byLabels[key] == nil {
			byLabels[key] = &stream{Stream: map[string]string{"app": e.App, "level": e.Level}}
		}
		byLabels[key].Values = append(byLabels[key].Values, [3]any{
			strconv.FormatInt(at, 10), line, map[string]string{"traceId": e.TraceID, "callId": e.CallID}})
	}
	var streams []*stream
	for _, st := range byLabels {
		streams = append(streams, st)
	}
	text, err := json.Marshal(map[string]any{"streams": streams})
	if err != nil {
		return 0, err
	}
	for {
		resp, err := client.Post(s.url+"/loki/api/v1/push", "application/json", bytes.NewReader(text))
		if err != nil {
			return slow, err
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case err != nil:
			return slow, err
		case resp.StatusCode == http.StatusNoContent:
			return slow, nil
		case resp.StatusCode == http.StatusTooManyRequests:
			slow++
			time.Sleep(100 * time.Millisecond)
		default:
			return slow, fmt.Errorf("%d %.300s", resp.StatusCode, answer)
		}
	}
}

func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// waitReady waits until a path answers 200.
func (s *server) waitReady(path string, long time.Duration) error {
	for deadline := time.Now().Add(long); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		resp, err := http.Get(s.url + path)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("%s%s is not ready after %v", s.url, path, long)
}
