package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
)

// generator writes the same events for the same seed: half SDK logs, half
// service invocations, about 500 bytes each, 30 % with Chinese messages, one
// day of them at even distances.
type generator struct {
	random *rand.Rand
	n      int
	total  int
	span   time.Duration // that the events fill
	start  time.Time
	// wild makes one event in ten late by up to a day, and one in a thousand
	// of a wrong clock.
	wild    bool
	words   []string
	hanzi   []rune
	traces  []string // of the current invocations
	session []string
	call    []string

	// What was sent, to ask about.
	sentTraces []string
	sentCalls  []string
}

var services = []string{"function", "storage", "database", "app"}

var operations = map[string][]string{
	"function": {"callFunction"}, "storage": {"upload", "delete", "download", "getTempFileURL"},
	"database": {"add", "remove", "update", "get", "count", "aggregate"}, "app": {"GET", "POST", "PUT", "DELETE", "PATCH"},
}

var errorCodes = []string{"INVALID_PARAM", "PERMISSION_DENIED", "RESOURCE_NOT_FOUND", "QUOTA_EXCEEDED", "NETWORK_ERROR", "TICKET_EXPIRED"}

var levels = []string{"debug", "info", "info", "info", "info", "info", "notice", "warn", "error"}

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}

func newGenerator(seed uint64) *generator {
	g := &generator{random: rand.New(rand.NewPCG(seed, 42)), span: 24 * time.Hour}
	g.start = time.Now().UTC().Add(-g.span)
	syllables := strings.Fields("ba co de fi gu ha jo ki lu ma ne po qui ro sa tu ve wi xo ya zu bren clo dra fre gli kra ple sti tro")
	for len(g.words) < 3000 {
		w := ""
		for range 2 + g.random.IntN(3) {
			w += syllables[g.random.IntN(len(syllables))]
		}
		g.words = append(g.words, w)
	}
	g.hanzi = []rune("座席振铃接听保持转接挂断票据过期刷新请求响应成功失败超时网络连接数据库查询上传下载录音通话号码账号浏览器服务器")
	for range 500 {
		g.session = append(g.session, fmt.Sprintf("sess-%08x", g.random.Uint32()))
		g.call = append(g.call, g.newCall())
	}
	return g
}

func (g *generator) newCall() string {
	id := fmt.Sprintf("call-%08x", g.random.Uint32())
	if g.random.IntN(10) == 0 {
		g.sentCalls = append(g.sentCalls, id)
	}
	return id
}

// zipf picks an index that favours the small ones, as words in logs do.
func (g *generator) zipf(n int) int {
	f := g.random.Float64()
	return int(f * f * f * float64(n))
}

func (g *generator) message(dst []byte) []byte {
	if g.random.IntN(10) < 3 {
		for range 12 + g.random.IntN(30) {
			dst = append(dst, string(g.hanzi[g.random.IntN(len(g.hanzi))])...)
		}
	} else {
		for range 6 + g.random.IntN(14) {
			dst = append(dst, g.words[g.zipf(len(g.words))]...)
			dst = append(dst, ' ')
		}
	}
	return fmt.Appendf(dst, " %x", g.random.Uint32())
}

// plan says how many events will be asked for, so that they fill a day.
func (g *generator) plan(total int) { g.total = total }

// month makes the events fill 30 days, some late, some of wrong clocks.
func (g *generator) month(total int) {
	g.total, g.span, g.wild = total, 30*24*time.Hour, true
	g.start = time.Now().UTC().Add(-g.span)
}

// when gives the time of the next event.
func (g *generator) when() time.Time {
	at := g.start.Add(time.Duration(float64(g.span) * float64(g.n) / float64(g.total)))
	if !g.wild {
		return at
	}
	switch n := g.random.IntN(1000); {
	case n == 0:
		return at.AddDate(g.random.IntN(40)-20, 0, 0)
	case n <= 100:
		return at.Add(-time.Duration(g.random.Int64N(int64(24 * time.Hour))))
	}
	return at
}

// skip writes events nowhere, to know what an earlier run has sent.
func (g *generator) skip(n int) {
	g.plan(n)
	var buf []byte
	for range n {
		buf = g.append(buf[:0])
	}
}

// append writes the next event and a line feed.
func (g *generator) append(dst []byte) []byte {
	at := g.when()
	g.n++
	if g.n%2 == 0 {
		return g.appendTrack(dst, at)
	}
	return g.appendInvocation(dst, at)
}

func (g *generator) appendTrack(dst []byte, at time.Time) []byte {
	i := g.random.IntN(len(g.session))
	if g.random.IntN(40) == 0 {
		g.call[i] = g.newCall()
	}
	dst = append(dst, `{"time":"`...)
	dst = event.AppendTime(dst, at.UnixNano())
	dst = append(dst, `","kind":"track","app":"web-phone","release":"4.18.2","level":"`...)
	dst = append(dst, levels[g.random.IntN(len(levels))]...)
	dst = append(dst, `","msg":"`...)
	dst = g.message(dst)
	dst = fmt.Appendf(dst, `","account":"acct-%d","staff":"staff-%d","callId":%q,"session":%q,"device":"dev-%d","label":"label%d","form":"text","category":"request","page":"/desk/call"`,
		i%500, i*41%20000, g.call[i], g.session[i], i, g.zipf(120))
	return fmt.Appendf(append(dst, ','), `"ua":%q,"data":{"state":"in_call","attempt":%d,"region":"eu-west-%d","rtt":%d.%d}}`+"\n",
		agents[i%3], g.random.IntN(5), g.random.IntN(3), g.random.IntN(200), g.random.IntN(100))
}

func (g *generator) appendInvocation(dst []byte, at time.Time) []byte {
	if len(g.traces) == 0 || g.random.IntN(6) == 0 {
		id := fmt.Sprintf("%016x%016x", g.random.Uint64(), g.random.Uint64())
		g.traces = []string{id}
		if g.random.IntN(50) == 0 {
			g.sentTraces = append(g.sentTraces, id)
		}
	}
	service := services[g.zipf(4)]
	ops := operations[service]
	dst = append(dst, `{"time":"`...)
	dst = event.AppendTime(dst, at.UnixNano())
	dst = fmt.Appendf(dst, `","kind":"call","app":"phone-api","host":"node-%d","level":"info","traceId":%q,"spanId":"%016x","childOf":"%016x","service":%q,"event":%q,"function":"fn%d","httpPath":"/api/v1/r%d","invoker":"uid:user%d","source":"node-sdk","invokerIp":"10.0.%d.%d","timeCost":%.2f,"msg":"`,
		g.random.IntN(40), g.traces[0], g.random.Uint64(), g.random.Uint64(), service, ops[g.random.IntN(len(ops))], g.zipf(800), g.zipf(200), g.zipf(300), g.random.IntN(16), g.random.IntN(250), g.random.ExpFloat64()*80)
	dst = g.message(dst)
	dst = append(dst, '"')
	if g.random.IntN(20) == 0 {
		dst = fmt.Appendf(dst, `,"errorCode":%q,"errorMsg":"the call failed"`, errorCodes[g.random.IntN(len(errorCodes))])
	}
	return append(dst, "}\n"...)
}
