package ingest_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/ingest"
	"github.com/clewline/clewline/server/queue"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// doors is an Ingest under test: its queue keeps the batches.
type doors struct {
	*ingest.Ingest
	mux *http.ServeMux

	mu      sync.Mutex
	now     time.Time
	batches []*event.Batch
	fail    error // what Put answers
}

func (d *doors) Put(_ context.Context, b *event.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.batches = append(d.batches, b)
	return nil
}

func (d *doors) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

var keys = map[string]ingest.Key{
	"sk_phone":  {ID: "k_1", Project: "phone", Type: ingest.ServerKey},
	"sk_other":  {ID: "k_2", Project: "other", Type: ingest.ServerKey},
	"rk_phone":  {ID: "k_3", Project: "phone", Type: ingest.ReadKey},
	"pk_phone":  {ID: "k_4", Project: "phone", Type: ingest.BrowserKey, AllowsOrigin: func(o string) bool { return o == "https://app.example.com" }},
	"pk_nobody": {ID: "k_5", Project: "phone", Type: ingest.BrowserKey},
}

func open(t *testing.T, change ...func(*ingest.Config)) *doors {
	t.Helper()
	d := &doors{now: noon, mux: http.NewServeMux()}
	cfg := ingest.Config{
		Sink: d, Clock: d.clock,
		Keys: func(_ context.Context, secret string) (ingest.Key, error) {
			if secret == "sk_revoked" {
				return ingest.Key{}, ingest.ErrRevokedKey
			}
			k, ok := keys[secret]
			if !ok {
				return ingest.Key{}, ingest.ErrUnknownKey
			}
			return k, nil
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	in, err := ingest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d.Ingest = in
	in.Routes(d.mux)
	return d
}

type answer struct {
	status int
	header http.Header
	text   string
}

func (d *doors) send(method, target, key string, body []byte, headers ...string) answer {
	r := httptest.NewRequest(method, target, bytes.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

func (d *doors) post(target, key string, body string, headers ...string) answer {
	return d.send(http.MethodPost, target, key, []byte(body), headers...)
}

// want fails the test unless the answer has the status and all the words.
func (a answer) want(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d: %s", a.status, status, a.text)
	}
	for _, w := range words {
		if !strings.Contains(a.text, w) {
			t.Errorf("the answer does not say %q: %s", w, a.text)
		}
	}
}

func (d *doors) events() []event.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []event.Event
	for _, b := range d.batches {
		all = append(all, b.Events...)
	}
	return all
}

func TestALineThatIsBrokenCostsOnlyItself(t *testing.T) {
	d := open(t)
	var body strings.Builder
	for i := 1; i <= 1000; i++ {
		if i == 7 {
			body.WriteString(`{"msg":"half` + "\n")
			continue
		}
		fmt.Fprintf(&body, `{"msg":"line %d","level":"info"}`+"\n", i)
	}
	a := d.post("/v1/events", "sk_phone", body.String())
	a.want(t, 200, `"accepted":999`, `"rejected":1`, `"line":7`)
	events := d.events()
	if len(events) != 999 {
		t.Fatalf("%d events were put", len(events))
	}
	last := events[998]
	if last.Project != "phone" || last.Received != noon.UnixNano() || last.IDNum != 1000 || last.IDBase == "" || last.Msg != "line 1000" {
		t.Errorf("got %+v", last)
	}
	letter := d.batches[0].DeadLetters
	if len(letter) != 1 || letter[0].Line != 7 || letter[0].Text != `{"msg":"half` || letter[0].Reason == "" || letter[0].Door != "events" {
		t.Errorf("the dead letter is %+v", letter)
	}
}

func TestABodyWithNothingInItIsTaken(t *testing.T) {
	d := open(t)
	d.post("/v1/events", "sk_phone", "").want(t, 200, `"accepted":0`, `"errors":[]`)
	if len(d.batches) != 0 {
		t.Error("an empty body made a batch")
	}
}

func TestKeysOpenOnlyTheirDoors(t *testing.T) {
	line := `{"msg":"x"}`
	track := func(key string) string {
		return fmt.Sprintf(`{"app":"web","key":%q,"client":"c","stream":"20261120abcdefgh","from":1,"to":1,"sentAt":%d,"sdk":"t"}`, key, noon.UnixMilli()) + "\n" +
			fmt.Sprintf(`{"seq":1,"time":%d,"msg":"hi"}`, noon.UnixMilli())
	}
	for _, c := range []struct {
		name, target, key, body, origin string
		status                          int
		say                             string
	}{
		{"no key", "/v1/events", "", line, "", 401, "no key"},
		{"an unknown key", "/v1/events", "sk_wrong", line, "", 401, "not known"},
		{"a revoked key", "/v1/events", "sk_revoked", line, "", 401, "revoked"},
		{"a read key", "/v1/events", "rk_phone", line, "", 403, "cannot send"},
		{"a browser key at the servers' door", "/v1/events", "pk_phone", line, "", 403, "/v1/track only"},
		{"a browser key at the text door", "/v1/lines?format=json", "pk_phone", line, "", 403, "/v1/track only"},
		{"a server key", "/v1/events", "sk_phone", line, "", 200, `"accepted":1`},
		{"the SDK from its page", "/v1/track", "", track("pk_phone"), "https://app.example.com", 200, `"clewline":1`},
		{"the SDK from another page", "/v1/track", "", track("pk_phone"), "https://evil.example", 403, "https://evil.example"},
		{"the SDK from a page, with a key that allows none", "/v1/track", "", track("pk_nobody"), "https://app.example.com", 403, "origin"},
		{"the SDK outside of pages", "/v1/track", "", track("sk_phone"), "", 200, `"ack":[["20261120abcdefgh",1,1]]`},
		{"the SDK with no key", "/v1/track", "", track(""), "https://app.example.com", 401, "no key"},
		{"the SDK with an unknown key", "/v1/track", "", track("pk_wrong"), "https://app.example.com", 401, "not known"},
		{"the SDK with a read key", "/v1/track", "", track("rk_phone"), "", 403, "cannot send"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			headers := []string{}
			if c.origin != "" {
				headers = append(headers, "Origin", c.origin)
			}
			a := d.post(c.target, c.key, c.body, headers...)
			a.want(t, c.status, c.say)
			if c.target == "/v1/track" && a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Error("the SDK cannot read this answer: it has no CORS header")
			}
			if c.status != 200 && len(d.batches) != 0 {
				t.Error("a refused request was put")
			}
		})
	}
}

func TestTheProjectComesFromTheKeyAlone(t *testing.T) {
	d := open(t)
	d.post("/v1/events?project=phone", "sk_other", `{"msg":"x","project":"phone"}`).want(t, 200, `"accepted":1`)
	if e := d.events()[0]; e.Project != "other" || d.batches[0].Project != "other" {
		t.Errorf("the event went to %q", e.Project)
	}
}

func compressed(t *testing.T, encoding string, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw deflate":
		w, err = flate.NewWriter(&b, 6)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	default:
		return plain
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEveryEncodingIsRead(t *testing.T) {
	plain := []byte(strings.Repeat(`{"msg":"compressed"}`+"\n", 5000))
	for _, encoding := range []string{"", "identity", "gzip", "deflate", "raw deflate", "zstd"} {
		t.Run(encoding, func(t *testing.T) {
			d := open(t)
			a := d.send("POST", "/v1/events", "sk_phone", compressed(t, encoding, plain), "Content-Encoding", strings.TrimPrefix(encoding, "raw "))
			a.want(t, 200, `"accepted":5000`)
		})
	}
	d := open(t)
	d.send("POST", "/v1/events", "sk_phone", plain, "Content-Encoding", "br").want(t, 415, "gzip, zstd, deflate")
	for _, encoding := range []string{"gzip", "deflate", "zstd"} {
		d.send("POST", "/v1/events", "sk_phone", []byte("this is nothing of the kind"), "Content-Encoding", encoding).want(t, 400, encoding)
		whole := compressed(t, encoding, plain)
		d.send("POST", "/v1/events", "sk_phone", whole[:len(whole)/2], "Content-Encoding", encoding).want(t, 400, "too early")
	}
	if len(d.batches) != 0 {
		t.Error("a broken body was put")
	}
}

func TestSeveralGzipMembersAreOneBody(t *testing.T) {
	d := open(t)
	body := append(compressed(t, "gzip", []byte(`{"msg":"a"}`+"\n")), compressed(t, "gzip", []byte(`{"msg":"b"}`+"\n"))...)
	d.send("POST", "/v1/events", "sk_phone", body, "Content-Encoding", "gzip").want(t, 200, `"accepted":2`)
}

func TestLimitsHoldAfterDecompression(t *testing.T) {
	bomb := compressed(t, "gzip", make([]byte, 200<<20))
	small := func(change func(*event.Limits)) func(*ingest.Config) {
		return func(c *ingest.Config) { change(&c.Limits) }
	}
	for _, c := range []struct {
		name     string
		change   func(*ingest.Config)
		body     []byte
		encoding string
		status   int
		say      string
	}{
		{"a gzip that inflates to 200 MB", small(func(*event.Limits) {}), bomb, "gzip", 413, "inflationRatio"},
		{"the same where the ratio is allowed", small(func(l *event.Limits) { l.InflationRatio = 1e6 }), bomb, "gzip", 413, "inflatedBytes"},
		{"a large body", small(func(l *event.Limits) { l.WireBytes = 1000 }), bytes.Repeat([]byte("x"), 1001), "", 413, "wireBytes"},
		{"a plain body beyond what an inflated one may have", small(func(l *event.Limits) { l.InflatedBytes = 1000 }), bytes.Repeat([]byte("x"), 1001), "", 413, "inflatedBytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, c.change)
			d.send("POST", "/v1/events", "sk_phone", c.body, "Content-Encoding", c.encoding).want(t, c.status, c.say)
			// Nobody else pays for it.
			d.post("/v1/events", "sk_phone", `{"msg":"x"}`).want(t, 200, `"accepted":1`)
		})
	}
}

func TestABodyOfUnknownLengthIsBoundedToo(t *testing.T) {
	d := open(t, func(c *ingest.Config) { c.Limits.WireBytes = 1000 })
	r := httptest.NewRequest("POST", "/v1/events", io.MultiReader(strings.NewReader(strings.Repeat("x", 600)), strings.NewReader(strings.Repeat("x", 600))))
	r.ContentLength = -1
	r.Header.Set("Authorization", "Bearer sk_phone")
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	answer{w.Code, w.Header(), w.Body.String()}.want(t, 413, "wireBytes")
}

func TestBadLinesAreToldByLineFieldAndReason(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000)
	var many strings.Builder
	many.WriteString(`{"msg":"x"`)
	for i := range 10_000 {
		fmt.Fprintf(&many, `,"f%d":1`, i)
	}
	many.WriteString("}")
	d := open(t)
	body := strings.Join([]string{
		`{"msg":"good"}`,
		`{"msg":"` + strings.Repeat("x", 3<<20) + `"}`,
		many.String(),
		`{"data":` + deep + `}`,
		`{"msg":"one","msg":"two"}`,
		`[1,2]`,
		`{"msg":"good too"}`,
	}, "\n")
	a := d.post("/v1/events", "sk_phone", body)
	a.want(t, 200, `"accepted":2`, `"rejected":5`, "lineBytes", "fields", "depth", "twice")
	for line := 2; line <= 6; line++ {
		if !strings.Contains(a.text, fmt.Sprintf(`"line":%d`, line)) {
			t.Errorf("line %d is not told: %s", line, a.text)
		}
	}
}

func TestOddTextIsKept(t *testing.T) {
	d := open(t)
	d.post("/v1/events", "sk_phone", "{\"msg\":\"bad \xff\xfe bytes\"}\n{\"msg\":\"lone \\ud800 surrogate\"}\n{\"msg\":\"nul \\u0000 sign\"}\n").want(t, 200, `"accepted":3`)
	var got []string
	for _, e := range d.events() {
		got = append(got, e.Msg+" "+strings.Join(e.Flags.Names(), ","))
	}
	want := []string{"bad \ufffd\ufffd bytes re-encoded", "lone \ufffd surrogate re-encoded", "nul \x00 sign "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnIdempotencyKeyMakesTheSameIdsOnEveryNode(t *testing.T) {
	body := `{"msg":"a"}` + "\n" + `{"msg":"b"}`
	one, two := open(t), open(t)
	for _, d := range []*doors{one, two} {
		d.post("/v1/events", "sk_phone", body, "Idempotency-Key", "order-4711").want(t, 200)
	}
	if diff := cmp.Diff(one.batches[0].Key, two.batches[0].Key); diff != "" {
		t.Error(diff)
	}
	a, b := one.events(), two.events()
	if a[1].ID() != b[1].ID() || a[1].ID() != event.KeyBase("phone", "events", "order-4711")+".2" {
		t.Errorf("ids are %s and %s", a[1].ID(), b[1].ID())
	}
	three := open(t)
	three.post("/v1/events", "sk_phone", body+"\n", "Idempotency-Key", "order-4711").want(t, 200)
	if three.batches[0].Key.Hash == one.batches[0].Key.Hash {
		t.Error("another body has the same hash")
	}
	three.post("/v1/events", "sk_phone", body, "Idempotency-Key", strings.Repeat("k", 600)).want(t, 400, "Idempotency-Key")
}

func TestRequestsWithoutAKeyNeverShareIds(t *testing.T) {
	d := open(t)
	for range 3 {
		d.post("/v1/events", "sk_phone", `{"msg":"same"}`).want(t, 200)
	}
	seen := map[string]bool{}
	for _, e := range d.events() {
		if seen[e.ID()] {
			t.Errorf("id %s came twice", e.ID())
		}
		seen[e.ID()] = true
	}
}

func TestWhatIsNotDurableIsNotAcknowledged(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status int
		retry  string
		say    string
	}{
		{"full", queue.ErrFull, 429, "1", "catching up"},
		{"closed", &queue.UnavailableError{Reason: "the store is closed", RetryAfter: 30 * time.Second}, 503, "30", "store is closed"},
		{"disk full", &queue.UnavailableError{Reason: "the disk is full", RetryAfter: 30 * time.Second, NoRoom: true}, 429, "30", "disk is full"},
		{"conflict", &event.KeyConflictError{}, 409, "", "Idempotency-Key"},
		{"something of ours", errors.New("secret internals"), 500, "5", "something went wrong"},
		{"ended", context.DeadlineExceeded, 503, "1", "send them again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			d.fail = c.err
			a := d.post("/v1/events", "sk_phone", `{"msg":"x"}`)
			a.want(t, c.status, c.say)
			if got := a.header.Get("Retry-After"); got != c.retry {
				t.Errorf("Retry-After is %q, want %q", got, c.retry)
			}
			if strings.Contains(a.text, "secret") {
				t.Errorf("internals are told: %s", a.text)
			}
		})
	}
}

func TestAKeyThatSendsTooOftenIsToldToWait(t *testing.T) {
	d := open(t, func(c *ingest.Config) { c.RequestsPerSecond = 2 })
	for range 4 {
		d.post("/v1/events", "sk_phone", `{"msg":"x"}`).want(t, 200)
	}
	a := d.post("/v1/events", "sk_phone", `{"msg":"x"}`)
	a.want(t, 429, "requestsPerSecond")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	d.post("/v1/events", "sk_other", `{"msg":"x"}`).want(t, 200) // another key is not held back
	d.mu.Lock()
	d.now = d.now.Add(time.Second)
	d.mu.Unlock()
	d.post("/v1/events", "sk_phone", `{"msg":"x"}`).want(t, 200)
}

func TestBodiesInFlightAreBounded(t *testing.T) {
	d := open(t, func(c *ingest.Config) { c.InFlightBytes = 1000 })
	d.post("/v1/events", "sk_phone", `{"msg":"`+strings.Repeat("x", 2000)+`"}`).want(t, 429, "request bodies")
	for range 5 { // what was held is given back
		d.post("/v1/events", "sk_phone", `{"msg":"`+strings.Repeat("x", 500)+`"}`).want(t, 200)
	}
}

func TestRedactionStandsBeforeTheQueue(t *testing.T) {
	d := open(t, func(c *ingest.Config) {
		c.Redact = func(b *event.Batch) {
			for i := range b.Events {
				b.Events[i].Msg = strings.ReplaceAll(b.Events[i].Msg, "secret", "***")
			}
			for i := range b.DeadLetters {
				b.DeadLetters[i].Text = strings.ReplaceAll(b.DeadLetters[i].Text, "secret", "***")
			}
		}
	})
	d.post("/v1/events", "sk_phone", `{"msg":"a secret"}`+"\n"+`{"msg":"secret`).want(t, 200)
	text, err := json.Marshal(d.batches)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "secret") {
		t.Errorf("what should be redacted was put: %s", text)
	}
}

func TestTheClockOfArrivalNeverRunsBackALittle(t *testing.T) {
	d := open(t)
	step := func(to time.Duration) int64 {
		d.mu.Lock()
		d.now = noon.Add(to)
		d.mu.Unlock()
		d.post("/v1/events", "sk_phone", `{"msg":"x"}`).want(t, 200)
		events := d.events()
		return events[len(events)-1].Received
	}
	if got := step(0); got != noon.UnixNano() {
		t.Fatalf("received is %d", got)
	}
	if got := step(-9 * time.Minute); got != noon.UnixNano() {
		t.Errorf("after a step back of 9 minutes received is %v", time.Unix(0, got).UTC())
	}
	if d.ClockTrouble() != "" {
		t.Errorf("told: %s", d.ClockTrouble())
	}
	if got := step(-time.Hour); got != noon.Add(-time.Hour).UnixNano() {
		t.Errorf("after a step back of an hour received is %v", time.Unix(0, got).UTC())
	}
	if !strings.Contains(d.ClockTrouble(), "1h0m0s") {
		t.Errorf("the step is not told: %q", d.ClockTrouble())
	}
}

func TestTextLinesNeedAFormatThatIsKnown(t *testing.T) {
	d := open(t)
	d.post("/v1/lines", "sk_phone", "x").want(t, 400, "format=", "prism")
	d.post("/v1/lines?format=morse", "sk_phone", "x").want(t, 400, "morse", "prism")
	d.post("/v1/lines?format=json&tz=Nowhere/City", "sk_phone", "{}").want(t, 400, "Asia/Shanghai")
}

func TestArrivalsTellHowFarASenderHasCome(t *testing.T) {
	d := open(t)
	d.post("/v1/events", "sk_wrong1234567", `{"msg":"x"}`).want(t, 401)
	if s := d.Stranger(); s.KeyPrefix != "sk_wron…" || s.Door != "events" || s.From == "" {
		t.Errorf("the stranger is %+v", s)
	}
	if a := d.Arrival("k_1"); a != (ingest.Arrival{}) {
		t.Errorf("before anything came: %+v", a)
	}
	d.post("/v1/events", "sk_phone", `{"msg":"x"}`).want(t, 200)
	a := d.Arrival("k_1")
	if !a.KeyOK || a.Door != "events" || a.Events != 1 || a.LastEventID != d.events()[0].ID() || a.StoredAt == 0 {
		t.Errorf("got %+v", a)
	}
	d.fail = queue.ErrFull
	d.post("/v1/events", "sk_other", `{"msg":"x"}`).want(t, 429)
	if a := d.Arrival("k_2"); a.ReachedAt == 0 || a.StoredAt != 0 {
		t.Errorf("what was not stored counts as stored: %+v", a)
	}
}
