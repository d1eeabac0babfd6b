package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// steady sends rows a second until ctx ends, and gives how long each request
// took.
func steady(ctx context.Context, s *server, gen *generator, perSecond, batch int) (took []time.Duration, sent int, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	tick := time.NewTicker(time.Duration(float64(time.Second) * float64(batch) / float64(perSecond)))
	defer tick.Stop()
	slots := make(chan struct{}, 16)
	for ctx.Err() == nil {
		var text []byte
		for range batch {
			text = gen.append(text)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				began := time.Now()
				_, e := post(client, s, body{text, s.sendKey})
				mu.Lock()
				defer mu.Unlock()
				took = append(took, time.Since(began))
				sent += batch
				if e != nil && err == nil {
					err = e
				}
			})
		}
	}
	wg.Wait()
	return took, sent, err
}

// underIngest asks every class of query while events come in steadily, and
// when idle.
func underIngest(o options) error {
	o.data = ""
	return withServer(o, nil, func(s *server) error {
		gen := newGenerator(1)
		gen.plan(o.rows * 2)
		if _, err := ingest(s, gen, o.rows, o.batch, o.conns); err != nil {
			return err
		}
		if _, err := s.settle(); err != nil {
			return err
		}
		idle := map[string][]time.Duration{}
		askGen := newGenerator(1)
		askGen.skip(o.rows)
		for _, c := range classes(askGen) {
			took, _, err := askClass(s, c, o.queries)
			if err != nil {
				return err
			}
			idle[c.name] = took
		}
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		var (
			wg   sync.WaitGroup
			took []time.Duration
			sent int
			err  error
		)
		wg.Go(func() { took, sent, err = steady(ctx, s, gen, 20_000, o.batch) })
		fmt.Printf("%-48s %9s %9s %6s  (p95, ms)\n", "query", "idle", "20k/s", "x")
		began := time.Now()
		for _, c := range classes(askGen) {
			busy, _, err := askClass(s, c, o.queries)
			if err != nil {
				return err
			}
			a, b := percentile(idle[c.name], 95), percentile(busy, 95)
			fmt.Printf("%-48s %9.1f %9.1f %6.1f\n", c.name, ms(a), ms(b), float64(b)/float64(a))
		}
		wall := time.Since(began)
		stop()
		wg.Wait()
		fmt.Printf("ingest meanwhile: %.0f rows/s; request %s\n", float64(sent)/wall.Seconds(), spread(took))
		return err
	})
}

// slowReaders measures ingest while an export's client has stopped reading and
// a heavy query runs again and again. The length is ten minutes:
// -long 10m.
func slowReaders(o options) error {
	o.data = ""
	return withServer(o, nil, func(s *server) error {
		gen := newGenerator(1)
		gen.plan(o.rows * 4)
		if _, err := ingest(s, gen, o.rows, o.batch, o.conns); err != nil {
			return err
		}
		if _, err := s.settle(); err != nil {
			return err
		}
		measure := func(what string) (time.Duration, error) {
			ctx, stop := context.WithTimeout(context.Background(), o.long)
			defer stop()
			took, sent, err := steady(ctx, s, gen, 20_000, o.batch)
			if err != nil {
				return 0, err
			}
			fmt.Printf("%s: %.0f rows/s; request %s\n", what, float64(sent)/o.long.Seconds(), spread(took))
			slices.Sort(took)
			return percentile(took, 99), nil
		}
		alone, err := measure("undisturbed")
		if err != nil {
			return err
		}
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		var wg sync.WaitGroup
		asked := 0
		get := func(params url.Values) (*http.Response, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/search?"+params.Encode(), nil)
			if err != nil {
				return nil, err
			}
			r.Header.Set("Authorization", "Bearer "+s.readKey)
			return http.DefaultClient.Do(r)
		}
		stalled, err := get(url.Values{"from": {"-25h"}, "limit": {"10000"}})
		if err != nil {
			return err
		}
		defer stalled.Body.Close()
		wg.Go(func() {
			for ctx.Err() == nil {
				// Nothing matches, so all of the day is looked at.
				resp, err := get(url.Values{"from": {"-25h"}, "q": {"*no such text* and data.rtt>1"}})
				if err == nil {
					buf := make([]byte, 4096)
					for err == nil {
						_, err = resp.Body.Read(buf)
					}
					resp.Body.Close()
				}
				asked++
			}
		})
		busy, err := measure("an export nobody reads, and heavy queries")
		stop()
		wg.Wait()
		fmt.Printf("ingest p99 x %.1f; %d heavy queries ran meanwhile\n", float64(busy)/float64(alone), asked)
		return err
	})
}
