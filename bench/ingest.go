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

// ingest sends rows events in requests of batch and, unless what is empty,
// tells what each cost the server.
func ingest(s *server, gen *generator, rows, batch, conns int, what string) error {
	const ahead = 200 // bodies in memory
	bodies := make(chan []byte, ahead)
	go func() {
		defer close(bodies)
		for sent := 0; sent < rows; sent += batch {
			var body []byte
			for range min(batch, rows-sent) {
				body = gen.append(body)
			}
			bodies <- body
		}
	}()
	var (
		mu    sync.Mutex
		took  []time.Duration
		sent  int64
		fails []error
		wg    sync.WaitGroup
	)
	before, err := s.cpu()
	if err != nil {
		return err
	}
	start := time.Now()
	for range conns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			client := &http.Client{Transport: &http.Transport{}}
			for body := range bodies {
				began := time.Now()
				err := post(client, s, body)
				mu.Lock()
				took = append(took, time.Since(began))
				sent += int64(len(body))
				if err != nil {
					fails = append(fails, err)
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	wall := time.Since(start)
	after, err := s.cpu()
	if err != nil {
		return err
	}
	if len(fails) > 0 {
		return fmt.Errorf("%d requests failed, the first: %w", len(fails), fails[0])
	}
	s.rows += rows
	if what == "" {
		return nil
	}
	slices.Sort(took)
	fmt.Printf("ingest %s: %d rows of %d B, %d a request, %d connections, acknowledged = on disk\n", what, rows, sent/int64(rows), batch, conns)
	fmt.Printf("  server CPU %.2f us a row; %.0f rows/s (the sender shares the machine); request p50 %v p99 %v max %v\n",
		float64(after-before)/float64(time.Microsecond)/float64(rows), float64(rows)/wall.Seconds(),
		took[len(took)/2].Round(time.Millisecond), took[len(took)*99/100].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	return nil
}

// post sends one body, again as long as the server asks for time.
func post(client *http.Client, s *server, body []byte) error {
	for {
		r, err := http.NewRequest(http.MethodPost, s.url+"/v1/events", bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+s.sendKey)
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		switch resp.StatusCode {
		case http.StatusOK:
			if !bytes.Contains(text, []byte(`"rejected":0`)) {
				return fmt.Errorf("lines were rejected: %.300s", text)
			}
			return nil
		case http.StatusTooManyRequests:
			time.Sleep(100 * time.Millisecond)
		default:
			return fmt.Errorf("%d %.300s", resp.StatusCode, text)
		}
	}
}
