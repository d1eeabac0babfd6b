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

	"github.com/clewline/clewline/server"
)

// process is a server in a process of its own, which can be killed.
type serverProcess struct {
	cmd  *exec.Cmd
	url  string
	said *lockedBuffer // on standard error
}

// smallSegments makes rolls, seals and merges frequent.
const smallSegments = `{"RollRows":4000,"RowGroup":2048,"GroupDelay":1000000,"MinFree":-1,"MaxSmall":3}`

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
	place   int // among the senders
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
	sent    []time.Time   // when each was first sent
	until   int           // the number of the batch to end before; 0 for none
	ahead   time.Duration // of the server's clock before this one's
}

// now is what the server's clock shows.
func (s *crashSender) now() time.Time { return time.Now().Add(s.ahead) }

// crashSenders send as SDKs and as servers do, and one in bulk: batches that
// fill row groups go around the log.
func crashSenders(key string) (senders []*crashSender) {
	for i, size := range []int{40, 40, 40, 40, 2500} {
		senders = append(senders, &crashSender{
			name: fmt.Sprintf("s%d", i), place: i, key: key, keyed: i%2 == 0, size: size, pause: time.Duration(size/8) * time.Millisecond,
			client: &http.Client{Timeout: 30 * time.Second},
		})
	}
	return senders
}

// at is the time of a batch's events. Each sender has ten minutes of its own,
// so that what it sent from some batch on can be asked for.
func (s *crashSender) at(began time.Time, batch int) time.Time {
	return began.Add(-time.Duration(s.place)*10*time.Minute + time.Duration(batch)*time.Microsecond)
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
	at := s.at(began, s.next).UnixMicro()
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
		if len(s.sent) == s.next {
			s.sent = append(s.sent, s.now())
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
			s.acks = append(s.acks, s.now())
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
	return messagesIn(t, base, key, began.Add(-time.Hour), began.Add(time.Hour))
}

// messagesIn is the same in [from, to).
func messagesIn(t *testing.T, base, key string, from, to time.Time) map[string]int {
	t.Helper()
	counts := map[string]int{}
	cursor := ""
	for {
		params := url.Values{"from": {strconv.FormatInt(from.UnixNano(), 10)}, "to": {strconv.FormatInt(to.UnixNano(), 10)}, "limit": {"10000"}}
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

// fullLook is after how many crashes everything is looked at again.
const fullLook = 100

const adminName, adminPassword = "admin", "correct horse battery"

// logIn gives an admin's session.
func logIn(t *testing.T, base string) *http.Cookie {
	t.Helper()
	resp, err := http.Post(base+"/v1/login", "application/json", strings.NewReader(fmt.Sprintf(`{"name":%q,"password":%q}`, adminName, adminPassword)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || len(resp.Cookies()) == 0 {
		t.Fatalf("login: %d", resp.StatusCode)
	}
	return resp.Cookies()[0]
}

// erase has one event erased, by its message.
func erase(t *testing.T, base string, session *http.Cookie, message string) {
	t.Helper()
	post := func(path string, body any) (answer struct {
		Events  int64
		Confirm string
	}) {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, base+path, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.AddCookie(session)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= 300 {
			t.Fatalf("%s: %d %s %v", path, resp.StatusCode, b, err)
		}
		if err := json.Unmarshal(b, &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	order := map[string]any{"project": "crash", "query": fmt.Sprintf("msg:%q", message)}
	shown := post("/v1/erasures/preview", order)
	order["events"], order["confirm"] = shown.Events, shown.Confirm
	post("/v1/erasures", order)
}

// TestKillNineLosesNothingAndDoublesNothing kills the server at random moments
// of ingest, starts it again, and looks whether every acknowledged event is
// there once. Between two lives its clock goes on by a day or a part of it, so
// that days end, are merged, and expire for one project; events are erased
// meanwhile. CRASHES says how often; make crash takes more than this default.
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
	if err := server.CreateAdmin(t.Context(), data, adminName, adminPassword); err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	senders := crashSenders(keys[0])
	brief := newBriefProject(t, data)
	seen, erased := map[*crashSender]int{}, map[string]bool{}
	// What is sent stays within the 31 days that an event may be old.
	step := min(24*time.Hour, 25*24*time.Hour/time.Duration(max(crashes, 1)))
	running := startServer(t, data, aheadBy(0))
	var met rewritings
	for crash := range crashes {
		ahead := step * time.Duration(crash)
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for _, s := range append([]*crashSender{brief.sender}, senders...) {
			s.ahead = ahead
			wg.Add(1)
			go func() {
				defer wg.Done()
				if err := s.run(running.url, began, stop); err != nil {
					t.Error(err)
				}
			}()
		}
		<-time.After(time.Duration(5+random.IntN(400)) * time.Millisecond) // the random moment is the test
		running.kill(t)
		close(stop)
		wg.Wait()
		met.afterKill(t, data)
		running = startServer(t, data, aheadBy(ahead+step))
		brief.look(t, running.url, began, time.Now().Add(ahead+step))
		// What was found after an earlier crash is looked at again now and then.
		all := (crash+1)%fullLook == 0 || crash+1 == crashes
		for _, s := range senders {
			first := 0
			if !all {
				first = max(seen[s]-1, 0)
			}
			stored := messagesIn(t, running.url, keys[1], s.at(began, first), s.at(began, s.next+1))
			for batch := first; batch < s.next; batch++ {
				for _, id := range s.ids(batch) {
					want := 1
					if erased[id] {
						want = 0
					}
					if stored[id] != want {
						t.Fatalf("after crash %d the acknowledged event %s is there %d times, want %d", crash+1, id, stored[id], want)
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
			seen[s] = s.next
		}
		if s := senders[random.IntN(4)]; crash%3 == 2 && s.next > 0 {
			// Erased is erased, whatever happens from now on.
			id := s.ids(random.IntN(s.next))[0]
			if !erased[id] {
				erase(t, running.url, logIn(t, running.url), id)
				erased[id] = true
			}
		}
	}
	acked, retried := 0, 0
	for _, s := range senders {
		acked += s.next * s.size
		retried += s.retried
	}
	met.await(t, data)
	running.kill(t)
	t.Logf("%d crashes, %d events acknowledged, %d batches sent again, %d events erased, %d expired: 0 missing, 0 doubled, 0 come back", crashes, acked, retried, len(erased), brief.expired)
	t.Logf("%d segments were made by merging, %d by removing something; %d were at work when the server was killed", len(met.merged), len(met.others), met.cutShort)
	if days := step * time.Duration(crashes); days >= 3*24*time.Hour && brief.expired == 0 {
		t.Errorf("nothing has expired in %v", days)
	}
	if crashes >= 50 && met.cutShort == 0 {
		t.Error("no kill has met a segment that was being rewritten")
	}
}
