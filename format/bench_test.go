package format

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

// nativeBody is n events of about 500 bytes, as a web phone's servers send them.
func nativeBody(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"time":"2026-11-20T14:32:%02d.%03dZ","app":"webphone","env":"prod","release":"4.12.0","level":"info",`+
			`"msg":"request finished: GET /api/v1/seats/%d in %d ms","account":"acc-%05d","staff":"staff-%04d","callId":"call-%d",`+
			`"session":"s-%08x","device":"d-%08x","label":"http","form":"data","category":"request","page":"/desk/calls",`+
			`"traceId":"8f43%028x","spanId":"%016x","timeCost":%d,"data":{"status":200,"method":"GET","url":"/api/v1/seats/%d?full=1","bytes":%d}}`+"\n",
			i%60, i%1000, i, i%300, i%20000, i%3000, i, i, i, i, i*7, i%300, i, i*31)
	}
	return b.Bytes()
}

func loggerBody(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"level":30,"@timestamp":"2026-11-20T14:32:%02d.%03dZ","pid":4711,"hostname":"desk-3","message":"request completed \"seats\"",`+
			`"req":{"id":%d,"method":"GET","url":"/api/v1/seats/%d","remoteAddress":"10.1.2.3"},"res":{"statusCode":200},"responseTime":%d,"trace_id":"8f43%028x"}`+"\n",
			i%60, i%1000, i, i, i%300, i)
	}
	return b.Bytes()
}

func invocationBody(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"traceId":"8f43%028x","spanId":"%016x","childOf":"%016x","service":"database","event":"get","collectionName":["seats","calls"],`+
			`"invoker":"uid:user%d","source":"web-sdk","ua":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",`+
			`"invokerIp":"10.1.2.%d","startTime":"2026-11-20T14:32:%02d.%03dZ","timeCost":%d,"errorCode":null,"errorMsg":""}`+"\n",
			i, i*7, i*3, i%500, i%250, i%60, i%1000, i%300)
	}
	return b.Bytes()
}

func prismBody(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `NOTICE: 26-11-20 14:32:%02d desk * %d [optime=1795185127.%03d product=webphone subsys=desk module=api logid=8f43%012x `+
			`spanid=%d uri=%%2Fapi%%2Fv1%%2Fseats%%2F%d cost=%d retErrno=0 errDetail= refer=- method=GET status=200 bytes=%d staff=staff-%04d]`+"\n",
			i%60, i%9999, i%1000, i, i%7, i, i%300, i*31, i%3000)
	}
	return b.Bytes()
}

func trackBody(n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"app":"webphone","key":"k","client":"c-1","stream":"20261120-abc","from":1,"to":%d,"sentAt":1795185127688,"sdk":"clewline/0.1.0"}`+"\n", n)
	for i := range n {
		fmt.Fprintf(&b, `{"seq":%d,"time":1795185127%03d,"level":"info","label":"call","form":"data","category":"call","page":"/desk/calls","callId":"call-%d",`+
			`"session":"s-1","msg":"call state changed","data":{"from":"ringing","to":"talking","ms":%d}}`+"\n", i+1, i%1000, i/20, i%900)
	}
	return b.Bytes()
}

var received = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixNano()

func BenchmarkDecode(b *testing.B) {
	const rows = 1000
	for _, format := range []struct {
		name   string
		decode Decoder
		body   []byte
	}{
		{"events", DecodeEvents, nativeBody(rows)},
		{"json", DecodeJSONLines, loggerBody(rows)},
		{"invocation", DecodeInvocation, invocationBody(rows)},
		{"prism", DecodePrism, prismBody(rows)},
		{"track", decodeTrackEvents, trackBody(rows)},
	} {
		b.Run(format.name, func(b *testing.B) {
			b.SetBytes(int64(len(format.body)))
			b.ReportAllocs()
			var dst []event.Event
			for b.Loop() {
				events, errs := format.decode(format.body, Options{Received: received}, dst[:0])
				if len(events) != rows || len(errs) > 0 {
					b.Fatal(len(events), errs)
				}
				dst = events
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}

// decodeTrackEvents shows DecodeTrack as a Decoder.
func decodeTrackEvents(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	batch, err := DecodeTrack(body, o)
	if err != nil {
		return dst, []LineError{*err.(*LineError)}
	}
	return batch.Events, batch.Errors
}

func BenchmarkAppendPrism(b *testing.B) {
	events, _ := DecodePrism(prismBody(1000), Options{Received: received}, nil)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		for i := range events {
			dst = AppendPrism(dst[:0], &events[i])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/row")
}

func BenchmarkWire(b *testing.B) {
	events, _ := DecodeEvents(nativeBody(1000), Options{}, nil)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = dst[:0]
		for i := range events {
			dst = event.AppendJSON(dst, &events[i])
		}
	}
	b.SetBytes(int64(len(dst)))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/row")
}
