package query_test

import (
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
)

// request is an event as the SDK sends many: about 500 bytes on the wire.
func request() *event.Event {
	e := &event.Event{
		Stream: "20261120-8f43ac91", Seq: 4312, Time: 1795184527688000000, Received: 1795184527700000000,
		App: "web-phone", Env: "prod", Release: "3.4.1", Kind: event.Track, Level: event.Warn,
		Msg:     "POST /ticket/refresh answered 401 TICKET_EXPIRED after 152 ms, will not be tried again by this page",
		Data:    `{"request":{"method":"POST","url":"/ticket/refresh","status":401,"ms":152.5},"seat":"坐席七","ticket":"t-8123912","retry":false,"headers":[{"name":"x-cloudbase-trace","value":"OGY0M2FjOTE="}]}`,
		Account: "13800138000", Staff: "u-4711", CallID: "CALL-20261120-77", Number: "02131234567",
		Session: "s-8f43ac91d2e04b7f", Device: "d-0123456789abcdef", User: "user123",
		Label: "ticket", Form: event.FormText, Category: event.CategoryRequest, Page: "/phone",
		TraceID: "8f43ac91d2e04b7f8f43ac91d2e04b7f", SpanID: "8f43ac91d2e04b7f",
		HTTPPath: "/ticket/refresh", Invoker: "uid:user123", TimeCost: 152.5, HasTimeCost: true, ErrorCode: "TICKET_EXPIRED",
	}
	e.DeriveWords()
	return e
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"simple":     "invoker:A and errorCode:*",
		"60 clauses": strings.TrimSuffix(strings.Repeat(`app:web-phone and timeCost >= 500 or "a phrase" not msg:登录* or `, 15), " or "),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	ascii := request()
	chinese := request()
	chinese.Msg = "坐席七 的票据已过期：POST /ticket/refresh 返回 401，本页面不会再次尝试；请检查登录状态并重新获取票据，或者联系管理员处理。"
	chinese.DeriveWords()
	for _, c := range []struct {
		name string
		e    *event.Event
		text string
		want bool
	}{
		{"five columns", ascii, `errorCode:TICKET_EXPIRED and app:web-phone and level>=warn and timeCost > 100 and invoker:user123`, true},
		{"five fields of data", ascii, `request.status:401 and request.method:post and ticket:t-8123912 and retry:false and headers.name:x-cloudbase-trace`, true},
		{"five fields, missing", ascii, `a:1 or b.c:2 or errorMsg:x or d:* or e > 7`, false},
		{"five words, all there", ascii, `ticket_expired and 401 and refresh and answered and page`, true},
		{"five words, missing", ascii, `timeout or disconnect or refused or panic or socket`, false},
		{"five words, Chinese", chinese, `票据 and 登录状态 and 401 and 管理员 and refresh`, true},
		{"five words, missing, Chinese", chinese, `掉线 or 超时 or refused or 拒绝 or socket`, false},
		{"parts of words", ascii, `*expir* and ans* and *fresh`, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			q, err := Parse(c.text)
			if err != nil {
				b.Fatal(err)
			}
			m := q.Matcher()
			b.ReportAllocs()
			for b.Loop() {
				if m.Match(c.e) != c.want {
					b.Fatal("wrong answer")
				}
			}
		})
	}
}

func BenchmarkMatcherIsMade(b *testing.B) {
	q, err := Parse(`errorCode:TICKET_EXPIRED and "ticket refresh" and request.status:401`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		q.Matcher()
	}
}
