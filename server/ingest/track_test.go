package ingest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/google/go-cmp/cmp"
)

const stream = "20261120k3f9x2m7q8w1"

// batch writes a track batch of the numbers from..to, sent with a clock that
// differs from the server's.
func batch(from, to int, skew time.Duration, more string) string {
	sent := noon.Add(skew)
	var b strings.Builder
	fmt.Fprintf(&b, `{"app":"web-phone","key":"sk_phone","client":"dev-1","stream":%q,"from":%d,"to":%d,"sentAt":%d,"sdk":"clewline/0.1"%s}`, stream, from, to, sent.UnixMilli(), more)
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "\n"+`{"seq":%d,"time":%d,"msg":"log %d","level":"info","label":"call","form":"text"}`, i, sent.Add(-time.Second).UnixMilli(), i)
	}
	return b.String()
}

func TestATrackBatchIsAcknowledgedByItsRange(t *testing.T) {
	d := open(t)
	a := d.post("/v1/track?v=1", "", batch(1, 3, 0, ""))
	a.want(t, 200)
	var got struct {
		Clewline int
		Ack      [][]any
		Offset   *float64
		Now      float64
		Commands []any
		Wait     *int
	}
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Clewline != 1 || got.Offset == nil || *got.Offset != 0 || got.Now != float64(noon.UnixMilli()) || got.Commands == nil || got.Wait == nil {
		t.Errorf("the reply is %s", a.text)
	}
	if diff := cmp.Diff([][]any{{stream, 1.0, 3.0}}, got.Ack); diff != "" {
		t.Error(diff)
	}
	e := d.events()[2]
	if e.ID() != stream+".3" || e.App != "web-phone" || e.Kind != event.Track || e.Label != "call" || e.Project != "phone" {
		t.Errorf("got %+v", e)
	}
	if diff := cmp.Diff([]event.StreamRange{{Stream: stream, App: "web-phone", SDK: "clewline/0.1", From: 1, To: 3}}, d.batches[0].Streams); diff != "" {
		t.Error(diff)
	}
}

func TestTheClockOffsetIsMeasuredOnceAndThenEchoed(t *testing.T) {
	for _, c := range []struct {
		name string
		skew time.Duration
		more string
		want time.Duration
	}{
		{"a right clock", 0, "", 0},
		{"a difference that may be the way", -900 * time.Millisecond, "", 0},
		{"a clock an hour slow", -time.Hour, "", time.Hour},
		{"a clock a day fast", 24 * time.Hour, "", -24 * time.Hour},
		{"an echoed offset holds, whatever is measured now", -time.Hour, `,"offset":5000`, 5 * time.Second},
		{"an echoed zero holds too", -time.Hour, `,"offset":0`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			a := d.post("/v1/track", "", batch(1, 1, c.skew, c.more))
			a.want(t, 200)
			if got := time.Duration(d.batches[0].Streams[0].Offset); got != c.want {
				t.Errorf("offset is %v, want %v", got, c.want)
			}
			var reply struct{ Offset float64 }
			if err := json.Unmarshal([]byte(a.text), &reply); err != nil {
				t.Fatal(err)
			}
			if reply.Offset != float64(c.want/time.Millisecond) {
				t.Errorf("the reply says %v ms", reply.Offset)
			}
		})
	}
}

func TestOmittedNumbersAreCovered(t *testing.T) {
	d := open(t)
	body := fmt.Sprintf(`{"app":"web","key":"sk_phone","client":"d","stream":%q,"from":1,"to":5,"omitted":[[2,4,"level"]],"sentAt":%d,"sdk":"t","closed":{"at":5,"by":"self"}}`, stream, noon.UnixMilli()) +
		fmt.Sprintf("\n"+`{"seq":1,"time":%d,"msg":"a"}`, noon.UnixMilli()) + fmt.Sprintf("\n"+`{"seq":5,"time":%d,"msg":"b"}`, noon.UnixMilli())
	d.post("/v1/track", "", body).want(t, 200, fmt.Sprintf(`["%s",1,5]`, stream))
	want := event.StreamRange{
		Stream: stream, App: "web", SDK: "t", From: 1, To: 5,
		Omitted: []event.Omission{{From: 2, To: 4, Reason: "level"}}, Closed: &event.Closing{At: 5, By: "self"},
	}
	if diff := cmp.Diff(want, d.batches[0].Streams[0]); diff != "" {
		t.Error(diff)
	}
}

func TestABatchWithAHoleIsNotAcknowledged(t *testing.T) {
	d := open(t)
	body := strings.Replace(batch(1, 3, 0, ""), `"to":3`, `"to":4`, 1)
	d.post("/v1/track", "", body).want(t, 400, "4")
	if len(d.batches) != 0 {
		t.Error("it was put")
	}
}

func TestGzipComesByParameterSoThatNoPreflightIsNeeded(t *testing.T) {
	d := open(t)
	d.send("POST", "/v1/track?v=1&enc=gzip", "", compressed(t, "gzip", []byte(batch(1, 2, 0, ""))), "Content-Type", "text/plain;charset=UTF-8", "Origin", "null").
		want(t, 200, `"clewline":1`)
	d.post("/v1/track?v=2", "", batch(1, 1, 0, "")).want(t, 400, "version")
}

func TestErrorsOfTheSDKsDoorCanBeReadByThePage(t *testing.T) {
	d := open(t)
	for _, body := range []string{"", "no json", `{"key":"pk_wrong"}`, strings.Repeat("x", 9<<20)} {
		a := d.post("/v1/track", "", body, "Origin", "https://app.example.com")
		if a.status < 400 {
			t.Errorf("%.20q was taken: %s", body, a.text)
		}
		if a.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(a.text, `"error"`) {
			t.Errorf("%.20q: a page cannot read %v %s", body, a.header, a.text)
		}
	}
	a := d.send("OPTIONS", "/v1/track", "", nil, "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST")
	if a.status != 204 || a.header.Get("Access-Control-Allow-Methods") != "POST" {
		t.Errorf("the preflight is answered %d %v", a.status, a.header)
	}
}
