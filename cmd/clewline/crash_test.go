//go:build !noduck

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is a server in a process of its own, which can be killed.
type serverProcess struct {
	cmd *exec.Cmd
	url string
}

// startServer starts this test's own binary as `clewline serve` on a data
// folder and waits for its greeting.
func startServer(t *testing.T, data string) *serverProcess {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "serve", "--data", data, "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), runAsClewline+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not greet: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
	_, rest, ok := strings.Cut(line, "serves ")
	if !ok {
		t.Fatalf("the greeting is %q", line)
	}
	address, _, _ := strings.Cut(rest, ",")
	return &serverProcess{cmd: cmd, url: address}
}

func (s *serverProcess) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // killed, which is what was asked for
}

// crashSender sends numbered batches, each until it was acknowledged: what it
// has no answer for it sends again, as real senders do.
type crashSender struct {
	name    string
	key     string
	keyed   bool // /v1/events with an Idempotency-Key, else an SDK stream
	client  *http.Client
	next    int // number of the next batch
	retried int
}

const crashBatch = 40

func (s *crashSender) ids(batch int) []string {
	var ids []string
	for i := range crashBatch {
		ids = append(ids, fmt.Sprintf("%s-%d", s.name, batch*crashBatch+i+1))
	}
	return ids
}

func (s *crashSender) request(base string, began time.Time) (*http.Request, error) {
	var body bytes.Buffer
	at := began.Add(time.Duration(s.next) * time.Microsecond).UnixMicro()
	path := "/v1/events"
	if !s.keyed {
		path = "/v1/track"
		fmt.Fprintf(&body, `{"app":"crash","key":%q,"client":"c","stream":"%scrash%s0","from":%d,"to":%d,"sentAt":%d,"offset":0,"sdk":"t"}`+"\n",
			s.key, began.UTC().Format("20060102"), s.name, s.next*crashBatch+1, (s.next+1)*crashBatch, at/1000)
	}
	for i, id := range s.ids(s.next) {
		seq := ""
		if !s.keyed {
			seq = fmt.Sprintf(`"seq":%d,`, s.next*crashBatch+i+1)
		}
		fmt.Fprintf(&body, `{%s"time":%d,"msg":%q,"level":"info"}`+"\n", seq, at, id)
	}
	r, err := http.NewRequest(http.MethodPost, base+path, &body)
	if err != nil {
		return nil, err
	}
	if s.keyed {
		r.Header.Set("Authorization", "Bearer "+s.key)
		r.Header.Set("Idempotency-Key", fmt.Sprintf("%s-%d", s.name, s.next))
	}
	return r, nil
}

// run sends until the server is gone or stop is closed. acked counts batches.
func (s *crashSender) run(base string, began time.Time, stop <-chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		r, err := s.request(base, began)
		if err != nil {
			return err
		}
		resp, err := s.client.Do(r)
		if err != nil {
			s.retried++
			return nil // killed under way: this batch is sent again to the next server
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case err != nil:
			s.retried++
			return nil
		case resp.StatusCode == http.StatusOK:
			s.next++
		case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		default:
			return fmt.Errorf("%s: %d %s", r.URL.Path, resp.StatusCode, text)
		}
	}
}

// storedMessages asks for everything since began and counts each message.
func storedMessages(t *testing.T, base, key string, began time.Time) map[string]int {
	t.Helper()
	counts := map[string]int{}
	cursor := ""
	for {
		params := url.Values{"from": {strconv.FormatInt(began.UnixNano(), 10)}, "to": {strconv.FormatInt(began.Add(time.Hour).UnixNano(), 10)}, "limit": {"10000"}}
		if cursor != "" {
			params.Set("cursor", cursor)
		}
		r, err := http.NewRequest(http.MethodGet, base+"/v1/search?"+params.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("search: %d %s %v", resp.StatusCode, text, err)
		}
		for line := range bytes.Lines(text) {
			if end, ok := parseClosing(line); ok {
				if end.Partial {
					t.Fatalf("the answer is partial: %s", end.Reason)
				}
				if end.Next == "" {
					return counts
				}
				cursor = end.Next
				continue
			}
			var e struct{ Msg string }
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			counts[e.Msg]++
		}
	}
}

// TestKillNineLosesNothingAndDoublesNothing kills the server at random moments
// of ingest, starts it again, and looks whether every acknowledged event is
// there once. CRASHES says how often; make crash takes more than this default.
func TestKillNineLosesNothingAndDoublesNothing(t *testing.T) {
	crashes := 3
	if v := os.Getenv("CRASHES"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			t.Fatalf("CRASHES: %v", err)
		}
		crashes = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	data := filepath.Join(t.TempDir(), "data")
	var keys [2]string
	for i, typ := range []string{"server", "read"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"key", "create", "--data", data, "--project", "crash", "--type", typ}, nil, &out, &errs); code != 0 {
			t.Fatalf("key create: %s", errs.String())
		}
		keys[i] = strings.TrimSpace(out.String())
	}
	began := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	var senders []*crashSender
	for i := range 4 {
		senders = append(senders, &crashSender{name: fmt.Sprintf("s%d", i), key: keys[0], keyed: i%2 == 0, client: &http.Client{Timeout: 30 * time.Second}})
	}
	server := startServer(t, data)
	for crash := range crashes {
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for _, s := range senders {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if err := s.run(server.url, began, stop); err != nil {
					t.Error(err)
				}
			}()
		}
		<-time.After(time.Duration(5+random.IntN(400)) * time.Millisecond) // the random moment is the test
		server.kill(t)
		close(stop)
		wg.Wait()
		server = startServer(t, data)
		stored := storedMessages(t, server.url, keys[1], began)
		for _, s := range senders {
			for batch := range s.next {
				for _, id := range s.ids(batch) {
					if stored[id] != 1 {
						t.Fatalf("after crash %d the acknowledged event %s is there %d times", crash+1, id, stored[id])
					}
				}
			}
			in := 0
			for _, id := range s.ids(s.next) { // the one batch without an answer: whole or not at all
				in += stored[id]
			}
			if in != 0 && in != crashBatch {
				t.Fatalf("after crash %d the unanswered batch %d of %s is there in part: %d of %d events", crash+1, s.next, s.name, in, crashBatch)
			}
		}
	}
	acked, retried := 0, 0
	for _, s := range senders {
		acked += s.next * crashBatch
		retried += s.retried
	}
	server.kill(t)
	t.Logf("%d crashes, %d events acknowledged, %d batches sent again: 0 missing, 0 doubled", crashes, acked, retried)
}
