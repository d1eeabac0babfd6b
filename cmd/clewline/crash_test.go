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
	cmd  *exec.Cmd
	url  string
	said *lockedBuffer // on standard error
}

// smallSegments makes rolls and seals frequent.
const smallSegments = `{"RollRows":4000,"RowGroup":2048,"GroupDelay":1000000,"MinFree":-1}`

// startServer starts this test's own binary as `clewline serve` on a data
// folder and waits for its greeting. Segments are small, so that many come and
// go. How changes the command before it is started.
func startServer(t *testing.T, data string, how ...func(*exec.Cmd) error) *serverProcess {
	t.Helper()
	s, trouble := tryServer(t, data, how...)
	if s == nil {
		t.Fatalf("the server did not greet: %s", trouble)
	}
	return s
}

// tryServer gives nil and what the server said where it does not start.
func tryServer(t *testing.T, data string, how ...func(*exec.Cmd) error) (*serverProcess, string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "serve", "--data", data, "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), runAsClewline+"=1", storeTuning+"="+smallSegments)
	var said lockedBuffer
	cmd.Stderr = &said
	for _, f := range how {
		if err := f(cmd); err != nil {
			t.Fatal(err)
		}
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, rest, ok := strings.Cut(line, "serves ")
	if err != nil || !ok {
		err := cmd.Wait()
		return nil, fmt.Sprintf("%v: %s%s", err, line, said.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
	address, _, _ := strings.Cut(rest, ",")
	return &serverProcess{cmd: cmd, url: address, said: &said}, ""
}

// lockedBuffer keeps what a process says.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
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
	size    int // events a batch
	next    int // number of the next batch
	retried int
	pause   time.Duration // between batches
	fault   bool          // any error is an answer: the batch is sent again
	errors  map[int]int   // answers that were errors, by status
	acks    []time.Time   // when each batch was acknowledged
	until   int           // the number of the batch to end before; 0 for none
}

// crashSenders send as SDKs and as servers do, and one in bulk: batches that
// fill row groups go around the log.
func crashSenders(key string) (senders []*crashSender) {
	for i, size := range []int{40, 40, 40, 40, 2500} {
		senders = append(senders, &crashSender{
			name: fmt.Sprintf("s%d", i), key: key, keyed: i%2 == 0, size: size, pause: time.Duration(size/8) * time.Millisecond,
			client: &http.Client{Timeout: 30 * time.Second},
		})
	}
	return senders
}

func (s *crashSender) ids(batch int) []string {
	var ids []string
	for i := range s.size {
		ids = append(ids, fmt.Sprintf("%s-%d", s.name, batch*s.size+i+1))
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
			s.key, began.UTC().Format("20060102"), s.name, s.next*s.size+1, (s.next+1)*s.size, at/1000)
	}
	for i, id := range s.ids(s.next) {
		seq := ""
		if !s.keyed {
			seq = fmt.Sprintf(`"seq":%d,`, s.next*s.size+i+1)
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
		case <-time.After(s.pause): // the sender's rhythm
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
			s.acks = append(s.acks, time.Now())
			if s.next == s.until {
				return nil
			}
		case s.fault:
			s.errors[resp.StatusCode]++
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
	keys := crashKeys(t, data)
	began := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	senders := crashSenders(keys[0])
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
			if in != 0 && in != s.size {
				t.Fatalf("after crash %d the unanswered batch %d of %s is there in part: %d of %d events", crash+1, s.next, s.name, in, s.size)
			}
		}
	}
	acked, retried := 0, 0
	for _, s := range senders {
		acked += s.next * s.size
		retried += s.retried
	}
	server.kill(t)
	t.Logf("%d crashes, %d events acknowledged, %d batches sent again: 0 missing, 0 doubled", crashes, acked, retried)
}
