package ingest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// BenchmarkEvents is one request of 1,000 events of about 500 bytes, without
// the network and the store.
func BenchmarkEvents(b *testing.B) {
	var body strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&body, `{"time":"%s","kind":"call","app":"phone-api","host":"node-%d","level":"info","traceId":"%032x","spanId":"%016x","childOf":"%016x","service":"function","event":"callFunction","function":"fn%d","httpPath":"/api/v1/r%d","invoker":"uid:user%d","source":"node-sdk","invokerIp":"10.0.0.%d","timeCost":%d.25,"msg":"座席票据检查 checked the ticket of the seat, nothing to do until it is refreshed %x"}`+"\n",
			noon.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano), i%40, i/6, i, i-1, i%80, i%50, i%300, i%250, i%900, i*7919)
	}
	text := []byte(body.String())
	d := open(&testing.T{})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if a := d.send(http.MethodPost, "/v1/events", "sk_phone", text); a.status != 200 {
			b.Fatal(a.text)
		}
		d.batches = nil
	}
}
