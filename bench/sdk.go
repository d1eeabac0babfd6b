package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/clewline/clewline/event"
)

const (
	streams      = 2000
	eventsOfSend = 10
)

// sdkLoad measures the SDK's own shape of load: many streams, each with a
// small request a second.
func sdkLoad(o options) error {
	o.data = ""
	return withServer(o, nil, func(s *server) error {
		key, err := s.key("bench", "browser", "--origin", "https://example.com")
		if err != nil {
			return err
		}
		pages := newPages(s, key)
		if _, err := pages.run(5 * time.Second); err != nil { // all connections are open, the server is warm
			return err
		}
		before, err := s.cpu()
		if err != nil {
			return err
		}
		got, err := pages.run(o.long)
		if err != nil {
			return err
		}
		after, err := s.cpu()
		if err != nil {
			return err
		}
		fmt.Printf("%d streams, a request of %d events a second each, %v: %d requests, %d refused; server CPU %.2f us an event, %.0f %% of a core; request %s\n",
			streams, eventsOfSend, o.long, len(got.took), got.refused, perRow(after-before, len(got.took)*eventsOfSend), 100*float64(after-before)/float64(o.long), spread(got.took))
		return nil
	})
}

// pages are the SDKs of 2,000 open pages.
type pages struct {
	s      *server
	key    string
	client *http.Client
	next   [streams]uint64
	run0   int64 // makes the streams of one run their own
}

func newPages(s *server, key string) *pages {
	return &pages{s: s, key: key, run0: time.Now().UnixNano(), client: &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: streams, MaxConnsPerHost: streams, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
	}}}
}

// sent is what pages saw.
type sent struct {
	took    []time.Duration
	refused int
}

// run lets every page send once a second, evenly spread, for a while.
func (p *pages) run(long time.Duration) (sent, error) {
	var (
		mu    sync.Mutex
		out   sent
		fails []error
		wg    sync.WaitGroup
	)
	end := time.Now().Add(long)
	for i := range streams {
		wg.Go(func() {
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			time.Sleep(time.Duration(i) * time.Second / streams)
			for time.Now().Before(end) {
				text := p.batch(i)
				began := time.Now()
				status, err := p.post(text)
				mu.Lock()
				switch {
				case err != nil:
					fails = append(fails, err)
				case status == http.StatusOK:
					out.took = append(out.took, time.Since(began))
				default:
					out.refused++
				}
				mu.Unlock()
				<-tick.C
			}
		})
	}
	wg.Wait()
	if len(fails) > 0 {
		return out, fmt.Errorf("%d requests failed, the first: %w", len(fails), fails[0])
	}
	return out, nil
}

// batch is the next request of a page, as the SDK writes it.
func (p *pages) batch(i int) []byte {
	from := p.next[i] + 1
	p.next[i] += eventsOfSend
	now := time.Now().UTC().UnixNano()
	text := fmt.Appendf(nil, `{"app":"web-phone","key":%q,"client":"page-%d","stream":"%s-%x-%d","from":%d,"to":%d,"sentAt":%d,"sdk":"bench/1","offset":0}`+"\n",
		p.key, i, time.Now().UTC().Format("20060102"), p.run0, i, from, p.next[i], now/1e6)
	for seq := from; seq <= p.next[i]; seq++ {
		text = fmt.Appendf(text, `{"seq":%d,"time":"`, seq)
		text = event.AppendTime(text, now)
		text = fmt.Appendf(text, `","level":"info","msg":"the call %d rings, line %d of the desk","label":"call","form":"text","category":"call","page":"/desk/call","session":"sess-%d","data":{"state":"ringing","attempt":%d}}`+"\n", seq*7919+uint64(i), seq%8, i, seq%5)
	}
	return text
}

func (p *pages) post(text []byte) (int, error) {
	resp, err := p.client.Post(p.s.url+"/v1/track?v=1", "text/plain", bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusTooManyRequests {
		err = fmt.Errorf("%d %.300s", resp.StatusCode, answer)
	}
	return resp.StatusCode, err
}

// flood measures what 2,000 pages feel of one other key that sends as fast as
// it can over 64 connections.
func flood(o options) error {
	o.data = ""
	return withServer(o, nil, func(s *server) error {
		key, err := s.key("bench", "browser", "--origin", "https://example.com")
		if err != nil {
			return err
		}
		pages := newPages(s, key)
		if _, err := pages.run(5 * time.Second); err != nil {
			return err
		}
		alone, err := pages.run(o.long)
		if err != nil {
			return err
		}
		fmt.Printf("undisturbed: %d requests, %d refused; %s\n", len(alone.took), alone.refused, spread(alone.took))
		stop := make(chan struct{})
		var flooding sync.WaitGroup
		var mu sync.Mutex
		requests, slow := 0, 0
		gen := newGenerator(7)
		gen.plan(1_000_000)
		var text []byte
		for range 100 {
			text = gen.append(text)
		}
		for range 64 {
			flooding.Go(func() {
				client := &http.Client{Transport: &http.Transport{}}
				for {
					select {
					case <-stop:
						return
					default:
					}
					r, _ := http.NewRequest(http.MethodPost, s.url+"/v1/events", bytes.NewReader(text))
					r.Header.Set("Authorization", "Bearer "+s.sendKey)
					resp, err := client.Do(r)
					if err != nil {
						continue
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					mu.Lock()
					requests++
					if resp.StatusCode == http.StatusTooManyRequests {
						slow++
					}
					mu.Unlock()
				}
			})
		}
		disturbed, err := pages.run(o.long)
		close(stop)
		flooding.Wait()
		if err != nil {
			return err
		}
		fmt.Printf("one key floods (64 connections, %d requests of 100 events, %d of them told to slow down): the others' %d requests, %d refused; %s\n",
			requests, slow, len(disturbed.took), disturbed.refused, spread(disturbed.took))
		return nil
	})
}
