package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ingested is what a load of events took.
type ingested struct {
	rows  int
	bytes int64
	cpu   time.Duration // of the server
	wall  time.Duration
	took  []time.Duration // of each request
	slow  int             // requests that were asked to come again later
}

func (in *ingested) add(o ingested) {
	in.rows += o.rows
	in.bytes += o.bytes
	in.cpu += o.cpu
	in.wall += o.wall
	in.took = append(in.took, o.took...)
	in.slow += o.slow
}

func (in *ingested) print(what string) {
	fmt.Printf("ingest, %s: %d rows of %d B\n", what, in.rows, in.bytes/int64(max(1, in.rows)))
	fmt.Printf("  server CPU %.2f us a row; %.0f rows/s (the sender shares the machine); request %s; %d asked to come later\n",
		perRow(in.cpu, in.rows), float64(in.rows)/in.wall.Seconds(), spread(in.took), in.slow)
}

// spread tells percentiles in ms.
func spread(took []time.Duration) string {
	if len(took) == 0 {
		return "none"
	}
	slices.Sort(took)
	return fmt.Sprintf("p50 %.1f p99 %.1f max %.1f ms", ms(percentile(took, 50)), ms(percentile(took, 99)), ms(took[len(took)-1]))
}

// percentile of sorted times.
func percentile(took []time.Duration, p int) time.Duration {
	return took[min(len(took)-1, len(took)*p/100)]
}

// A body is a request's events and the key that they go under.
type body struct {
	text []byte
	key  string
}

// ingest sends rows events in requests of batch, over conns connections.
func ingest(s *server, gen *generator, rows, batch, conns int) (ingested, error) {
	return send(s, conns, func(put func(body)) {
		for sent := 0; sent < rows; sent += batch {
			var text []byte
			n := min(batch, rows-sent)
			for range n {
				text = gen.append(text)
			}
			put(body{text, s.sendKey})
		}
	}, rows)
}

// send sends what produce makes, which is rows events.
func send(s *server, conns int, produce func(put func(body)), rows int) (ingested, error) {
	return sendTo(s, conns, produce, rows, post)
}

// sendTo is send to a server with a way in of its own.
func sendTo(s *server, conns int, produce func(put func(body)), rows int, post func(*http.Client, *server, body) (int, error)) (ingested, error) {
	const ahead = 200 // bodies in memory
	bodies := make(chan body, ahead)
	go func() {
		defer close(bodies)
		produce(func(b body) { bodies <- b })
	}()
	in := ingested{rows: rows}
	var (
		mu    sync.Mutex
		fails []error
		wg    sync.WaitGroup
	)
	before, err := s.cpu()
	if err != nil {
		return in, err
	}
	start := time.Now()
	for range conns {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			for b := range bodies {
				began := time.Now()
				slow, err := post(client, s, b)
				mu.Lock()
				in.took = append(in.took, time.Since(began))
				in.bytes += int64(len(b.text))
				in.slow += slow
				if err != nil {
					fails = append(fails, err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	in.wall = time.Since(start)
	after, err := s.cpu()
	in.cpu = after - before
	if err != nil {
		return in, err
	}
	if len(fails) > 0 {
		return in, fmt.Errorf("%d requests failed, the first: %w", len(fails), fails[0])
	}
	s.rows += rows
	return in, nil
}

// post sends one body, again as long as the server asks for time.
func post(client *http.Client, s *server, b body) (slow int, err error) {
	for {
		r, err := http.NewRequest(http.MethodPost, s.url+"/v1/events", bytes.NewReader(b.text))
		if err != nil {
			return slow, err
		}
		r.Header.Set("Authorization", "Bearer "+b.key)
		resp, err := client.Do(r)
		if err != nil {
			return slow, err
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return slow, err
		}
		switch resp.StatusCode {
		case http.StatusOK:
			if !bytes.Contains(text, []byte(`"rejected":0`)) {
				return slow, fmt.Errorf("lines were rejected: %.300s", text)
			}
			return slow, nil
		case http.StatusTooManyRequests:
			slow++
			time.Sleep(100 * time.Millisecond)
		default:
			return slow, fmt.Errorf("%d %.300s", resp.StatusCode, text)
		}
	}
}
