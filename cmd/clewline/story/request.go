package story

import (
	"fmt"
	"strings"
	"time"
)

// The codes that answers carry. retErrno stands for them in the Prism norm.
const (
	ticketExpired    = "TICKET_EXPIRED"
	networkError     = "NETWORK_ERROR"
	invalidParam     = "INVALID_PARAM"
	permissionDenied = "PERMISSION_DENIED"
	notFound         = "RESOURCE_NOT_FOUND"
	quotaExceeded    = "QUOTA_EXCEEDED"
)

var (
	statusOf = map[string]int{"": 200, ticketExpired: 401, networkError: 504, invalidParam: 400, permissionDenied: 403, notFound: 404, quotaExceeded: 429}
	retErrno = map[string]string{"": "0", ticketExpired: "40101", networkError: "50401", invalidParam: "40001", permissionDenied: "40301", notFound: "40401", quotaExceeded: "42901"}
)

// A route is one kind of request, and what stands behind it.
type route struct {
	method, path string
	query        string // sent with it
	button       string // that the seat clicks for it; "" for none
	function     string
	db           string // the app of the database
	op           string
	collections  []string
	warmsUp      bool // has audio-svc play hold music
	tells        bool // has push-svc tell another seat
}

var (
	hold     = &route{method: "POST", path: "/call/hold", button: "#hold", function: "holdCall", db: "calls-db", op: "update", collections: []string{"calls"}, warmsUp: true}
	unhold   = &route{method: "POST", path: "/call/resume", button: "#resume", function: "resumeCall", db: "calls-db", op: "update", collections: []string{"calls"}}
	mute     = &route{method: "POST", path: "/call/mute", button: "#mute", function: "muteCall", db: "calls-db", op: "update", collections: []string{"calls"}}
	transfer = &route{method: "POST", path: "/call/transfer", button: "#transfer", function: "transferCall", db: "calls-db", op: "update", collections: []string{"calls", "seats"}, tells: true}
	dial     = &route{method: "POST", path: "/call/dial", button: "#dial", function: "dialOut", db: "calls-db", op: "add", collections: []string{"calls"}}
	setState = &route{method: "PUT", path: "/seat/state", function: "setSeatState", db: "seats-db", op: "update", collections: []string{"seats"}}
	contacts = &route{method: "GET", path: "/contact/list", query: "?page=1&size=50", button: "#contacts", function: "listContacts", db: "contacts-db", op: "get", collections: []string{"contacts"}}
	contact  = &route{method: "GET", path: "/contact/card", button: ".contact", function: "getContact", db: "contacts-db", op: "get", collections: []string{"contacts", "tags"}}
	history  = &route{method: "GET", path: "/history/list", query: "?days=7", button: "#history", function: "listHistory", db: SlowDB, op: "get", collections: []string{"history"}}
	report   = &route{method: "GET", path: "/report/today", button: "#report", function: "callReport", db: SlowDB, op: "aggregate", collections: []string{"history"}}
	note     = &route{method: "POST", path: "/note/save", button: "#save-note", function: "saveNote", db: SlowDB, op: "add", collections: []string{"notes"}}
	refresh  = &route{method: "POST", path: RefreshPath, function: "refreshTicket", db: "tickets-db", op: "update", collections: []string{"tickets"}}
)

// A reply is how a request ended, as its page sees it.
type reply struct {
	at   time.Time
	code string // "" when it went well
}

// A journey is one request on its way through the services.
type journey struct {
	s     *Story
	seat  *seat
	call  *call
	route *route

	trace                      string
	page, api, check, business string // spans
	start                      time.Time
}

// who fills what every invocation of a journey says.
func (j *journey) who(i invocation) invocation {
	invoker := "uid:" + j.seat.staff
	i.TraceID, i.Invoker = j.trace, &invoker
	if i.Source == "" {
		i.Source = "node-sdk"
	}
	i.Account, i.Staff, i.Session = j.seat.account, j.seat.staff, j.seat.session
	if j.call != nil {
		i.CallID, i.Number = j.call.id, j.call.number
	}
	return i
}

// request plays one request from the click to the answer, with a new trace.
func (s *Story) request(t time.Time, seat *seat, c *call, r *route) reply {
	return s.journey(t, &journey{
		seat: seat, call: c, route: r,
		trace: s.hex(16), page: s.hex(8), api: s.hex(8), check: s.hex(8), business: s.hex(8),
	})
}

func (s *Story) journey(t time.Time, j *journey) reply {
	j.s, j.start = s, t
	seat, r := j.seat, j.route
	if r.button != "" {
		s.track(t, seat, j.call, log{
			label: "desk", category: "page", traceID: j.trace, spanID: j.page,
			msg:  seat.say("click button%s", "点击 button%s", r.button),
			data: map[string]any{"selector": "button" + r.button},
		})
	}
	t = t.Add(s.ms(1, 6))
	if seat.stuck && !t.Before(seat.reloads) {
		s.track(t, seat, j.call, log{
			label: "ticket", category: "request", level: "debug", traceID: j.trace, spanID: j.page,
			msg:  fmt.Sprintf("ticket %s taken from memory, not checked", seat.ticket.id),
			data: map[string]any{"ticket": seat.ticket.id},
		})
	}
	sent := t
	arrived := sent.Add(s.ms(6, 28))
	if r.button != "" && (r.warmsUp || r.tells || s.chance(12)) {
		s.prism(arrived, callAPI, "NOTICE", j.trace, j.api, "uri", r.path, "account", seat.account, "staff", seat.staff,
			"msg", seat.say("route %s, seat %s", "路由 %s，坐席 %s", r.path, seat.staff))
	}
	left, code, detail := j.served(arrived)
	answered := left.Add(s.ms(4, 20))
	took := answered.Sub(sent)
	status := statusOf[code]
	l := log{
		label: "api", category: "request", traceID: j.trace, spanID: j.page, httpPath: r.path, timeCost: millis(took), code: code,
		msg:  fmt.Sprintf("%s %s → %d", r.method, r.path, status) + onlyIf(code != "", " "+code),
		data: map[string]any{"method": r.method, "status": status},
	}
	switch {
	case code == ticketExpired && !seat.stuck:
		l.level, l.form = "warn", "alarm"
		l.msg += seat.say(", the ticket has to be refreshed", "，需要刷新票据")
	case code != "":
		l.form, l.errorMsg = "error", detail
	case took > time.Second:
		l.level = "warn"
		l.msg += seat.say(", slow: %s ms", "，缓慢：%s ms", thousands(int(took.Milliseconds())))
	}
	if j.call != nil {
		l.msg += " callId=" + j.call.id
	}
	s.track(answered, seat, j.call, l)
	return reply{answered, code}
}

// served plays what happens behind the page, from the time that the request
// arrived at call-api; it gives when the answer left, and how it was.
func (j *journey) served(arrived time.Time) (left time.Time, code, detail string) {
	s, seat, r := j.s, j.seat, j.route
	checked, code, detail := j.checkTicket(arrived.Add(s.ms(2, 9)))
	left = checked
	dependency := ""
	if code == "" {
		left, code, detail = j.work(checked.Add(s.ms(1, 5)))
		dependency = r.db
	}
	left = left.Add(s.ms(1, 6))
	status := statusOf[code]
	level, prismLevel := "info", "NOTICE"
	if code != "" {
		level, prismLevel = "error", "WARNING"
	}
	s.invoke(callAPI.name, arrived, left, j.who(invocation{
		Level: level, SpanID: j.api, ChildOf: j.page, Service: "app", Event: r.method, HTTPPath: r.path + r.query, Source: "web-sdk",
		UA: seat.ua, IP: seat.ip, ErrorCode: code, ErrorMsg: detail, Release: "2026.11.3", Host: "cn-south-1b",
		Msg: fmt.Sprintf("%s %s → %d", r.method, r.path, status) + onlyIf(code != "", " "+code+" invoker=uid:"+seat.staff),
	}))
	pairs := []string{"uri", r.path, "cost", wholeMillis(left.Sub(arrived)), "retErrno", retErrno[code], "staff", seat.staff, "account", seat.account}
	switch {
	case code == ticketExpired:
		age := seat.ticket.age(checked)
		pairs = append(pairs, "errorCode", code, "errDetail", seat.say("check ticket: %s age=%s ttl=30m", "票据检查：%s age=%s ttl=30m", code, ageText(age)))
	case code != "":
		pairs = append(pairs, "errorCode", code, "errDetail", detail)
	case left.Sub(arrived) > time.Second:
		prismLevel = "WARNING"
		pairs = append(pairs, "msg", seat.say("%s %s was slow: %s took most of it", "%s %s 缓慢：主要耗时在 %s", r.method, r.path, dependency))
	case s.chance(50):
		pairs = append(pairs, "msg", seat.say("%s %s done", "%s %s 处理完成", r.method, r.path))
	}
	if j.call != nil {
		pairs = append(pairs, "callId", j.call.id)
	}
	s.prism(left, callAPI, prismLevel, j.trace, j.api, append(pairs, "refer", "-")...)
	return left, code, detail
}

// checkTicket plays the check that stands before everything else.
func (j *journey) checkTicket(t time.Time) (done time.Time, code, detail string) {
	s, seat := j.s, j.seat
	asked := t.Add(s.ms(2, 7))
	read := asked.Add(s.ms(4, 24))
	if j.trace == TraceID {
		read = asked.Add(174 * time.Millisecond) // it waited for a lock
	}
	if age := seat.ticket.age(read); age > ticketLife && j.route != refresh {
		code = ticketExpired
		detail = seat.say("ticket %s is %s old, limit 30m", "票据 %s 已签发 %s，上限 30 分", seat.ticket.id, seat.ageText(age))
	}
	if code != "" || s.chance(45) { // else it was in the cache
		s.invoke("tickets-db", asked, read, j.who(invocation{
			SpanID: s.hex(8), ChildOf: j.check, Service: "database", Event: "get", Collection: []string{"tickets"},
			Msg: seat.say("get tickets where staff=%s → 1 row", "get tickets where staff=%s → 1 行", seat.staff),
		}))
	}
	done = read.Add(s.ms(1, 5))
	cost := done.Sub(t)
	if code != "" || s.chance(30) {
		s.prism(done, ticketSvc, "NOTICE", j.trace, j.check, "request", "POST /check HTTP/1.1", "status", fmt.Sprint(statusOf[code]), "host", "ticket-svc.internal",
			"server_addr", "10.0.4.17", "server_port", "8080", "client_addr", "10.0.2.31", "msec", fmt.Sprintf("%d.%03d", done.Unix(), done.Nanosecond()/1e6),
			"request_time", fmt.Sprintf("%.3f", cost.Seconds()), "account", seat.account, "staff", seat.staff, "msg", fmt.Sprintf("POST /check → %d", statusOf[code]))
	}
	i := invocation{
		SpanID: j.check, ChildOf: j.api, Service: "function", Event: "callFunction", Function: "checkTicket", Host: "fn-0c41",
		ErrorCode: code, ErrorMsg: detail, Data: map[string]any{"ticket": seat.ticket.id},
		Msg: seat.say("callFunction checkTicket: valid", "callFunction checkTicket：票据有效"),
	}
	if code != "" {
		i.Level, i.Msg = "warn", detail
		i.Data["ageMs"], i.Data["ttlMs"] = seat.ticket.age(read).Milliseconds(), ticketLife.Milliseconds()
		s.prism(done, ticketSvc, "WARNING", j.trace, j.check, "retErrno", retErrno[code], "errorCode", code,
			"errDetail", detail, "account", seat.account, "staff", seat.staff)
	}
	s.invoke("phone-api", t, done, j.who(i))
	if s.chance(20) || code != "" {
		level := "NOTICE"
		if code != "" {
			level = "WARNING"
		}
		s.prism(done.Add(s.ms(1, 2)), callAPI, level, j.trace, j.api, "protocol", "http", "caller", "call-api", "callee", "ticket-svc", "remote_ip", "10.0.4.17",
			"talk", wholeMillis(cost+time.Millisecond), "retErrno", retErrno[code], "errorCode", code, "account", seat.account, "staff", seat.staff, "msg", fmt.Sprintf("POST ticket-svc/check → %d", statusOf[code]))
		done = done.Add(2 * time.Millisecond)
	}
	return done, code, detail
}

func (seat *seat) ageText(d time.Duration) string {
	if seat.zh {
		return ageTextZh(d)
	}
	return ageText(d)
}

// work plays the function that the route is for, and its database.
func (j *journey) work(t time.Time) (done time.Time, code, detail string) {
	s, seat, r := j.s, j.seat, j.route
	asked := t.Add(s.ms(2, 8))
	read := asked.Add(s.ms(3, 45))
	switch {
	case r.db == SlowDB && !asked.Before(s.o.Now.Add(-slowAgo)):
		read = asked.Add(s.ms(1500, 4000))
		if s.chance(18) {
			read, code = asked.Add(5*time.Second), networkError
			detail = seat.say("%s did not answer within 5000 ms", "%s 在 5000 ms 内没有应答", r.db)
		}
	case r == refresh:
	case s.chance(0.7):
		code = oneOf(s, invalidParam, permissionDenied, notFound, quotaExceeded)
		detail = map[string]string{
			invalidParam:     seat.say("field callId is required", "缺少必填字段 callId"),
			permissionDenied: seat.say("seat %s may not see this contact", "坐席 %s 无权查看该联系人", seat.staff),
			notFound:         seat.say("no such contact", "联系人不存在"),
			quotaExceeded:    seat.say("account %s is beyond 10,000 calls/h", "账号 %s 超出每小时 10,000 次", seat.account),
		}[code]
	}
	s.invoke(r.db, asked, read, j.who(invocation{
		SpanID: s.hex(8), ChildOf: j.business, Service: "database", Event: r.op, Collection: r.collections,
		ErrorCode: onlyIf(code == networkError, code), ErrorMsg: onlyIf(code == networkError, detail),
		Msg: j.databaseSays(code),
	}))
	done = read.Add(s.ms(1, 6))
	s.invoke("phone-api", t, done, j.who(invocation{
		SpanID: j.business, ChildOf: j.api, Service: "function", Event: "callFunction", Function: r.function, Host: oneOf(s, "fn-0c41", "fn-0c42", "fn-77be"),
		ErrorCode: code, ErrorMsg: detail,
		Msg: onlyIf(code == "", seat.say("callFunction %s done", "callFunction %s 执行成功", r.function)),
	}))
	if code != "" {
		return done, code, detail
	}
	if r.warmsUp && j.call != nil {
		s.audio(read, 30, seat, j.call, j.trace, s.hex(8), j.api, seat.say("hold music warm-up", "保持音乐预加载"), map[string]any{"durationMs": s.rng.IntN(90) + 20})
	}
	if r.tells {
		s.pushed(done, "info", seat, j.call, j.trace, s.hex(8), j.api, seat.say("queued for seat %s, 1 subscriber", "已入队，坐席 %s，1 个订阅者", seat.staff), nil)
	}
	if r == setState && s.chance(60) {
		s.prism(done, callAPI, "NOTICE", j.trace, j.api, "uri", r.path, "staff", seat.staff, "account", seat.account,
			"msg", seat.say("seat %s state %s", "坐席 %s 状态变为 %s", seat.staff, onlyIf(j.call != nil, "in_call")+onlyIf(j.call == nil, "ready")))
	}
	return done, "", ""
}

func (j *journey) databaseSays(code string) string {
	collections := strings.Join(j.route.collections, ", ")
	switch {
	case code == networkError:
		return ""
	case j.route.op == "get":
		return j.seat.say("get %s where account=%s → %d rows", "get %s where account=%s → %d 行", collections, j.seat.account, 1+j.s.rng.IntN(50))
	default:
		return j.seat.say("%s %s → 1 row", "%s %s → 1 行", j.route.op, collections)
	}
}

func onlyIf(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}
