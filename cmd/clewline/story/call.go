package story

import (
	"fmt"
	"time"
)

// A call is one telephone call of a seat.
type call struct{ id, number string }

func (s *Story) newCall() *call { return &call{"call-" + s.hex(6), s.number()} }

// state has the page note the call's new state.
func (s *Story) state(t time.Time, seat *seat, c *call, from, to, why string) {
	names := map[string]string{"idle": "空闲", "ringing": "振铃", "dialing": "呼出", "in call": "通话中", "held": "保持", "ended": "结束", "missed": "未接", "dropped": "断开"}
	msg := seat.say("call state %s → %s", "通话状态 %s → %s", from, to)
	if seat.zh {
		msg = fmt.Sprintf("通话状态 %s → %s", names[from], names[to])
	}
	l := log{label: "call", form: "tag", category: "call", msg: msg, data: map[string]any{"from": from, "to": to}}
	if why != "" {
		l.msg += " reason=" + why
		l.data["reason"] = why
	}
	switch to {
	case "ringing", "missed":
		l.level = "notice"
	case "dropped":
		l.level, l.form = "warn", "alarm"
	}
	s.track(t, seat, c, l)
}

// ring plays how an incoming call reaches the seat's page; it gives when it rang.
func (s *Story) ring(t time.Time, seat *seat, c *call) time.Time {
	trace, api, fn := s.hex(16), s.hex(8), s.hex(8)
	system := func(i invocation) invocation { // null invoker: the system itself
		i.TraceID, i.Source, i.Account, i.Staff, i.CallID, i.Number = trace, "trigger", seat.account, seat.staff, c.id, c.number
		return i
	}
	called := t.Add(s.ms(2, 8))
	read := called.Add(s.ms(5, 20))
	chosen := read.Add(s.ms(1, 6))
	done := chosen.Add(s.ms(2, 9))
	s.invoke("seats-db", called.Add(time.Millisecond), read, system(invocation{
		SpanID: s.hex(8), ChildOf: fn, Service: "database", Event: "get", Collection: []string{"seats"},
		Msg: seat.say("get seats where state=ready → %d rows", "get seats where state=ready → %d 行", 1+s.rng.IntN(20)),
	}))
	s.invoke("phone-api", called, chosen, system(invocation{
		SpanID: fn, ChildOf: api, Service: "function", Event: "callFunction", Function: "routeCall", Host: "fn-77be",
		Msg: seat.say("call routed to seat %s", "来电分配给坐席 %s", seat.staff),
	}))
	s.pushed(chosen.Add(time.Millisecond), "info", seat, c, trace, s.hex(8), api, seat.say("incoming call from %s", "来电 %s", c.number), map[string]any{"subscribers": 1})
	s.invoke(callAPI.name, t, done, system(invocation{
		SpanID: api, Service: "app", Event: "POST", HTTPPath: "/call/dispatch", Release: "2026.11.3", Host: "cn-south-1b",
		Msg: "POST /call/dispatch → 200",
	}))
	rang := done.Add(s.ms(30, 120))
	s.track(rang, seat, c, log{
		label: "push", category: "push", level: "notice", traceID: trace, spanID: api,
		msg: seat.say("push call.incoming from %s", "推送 call.incoming 来电 %s", c.number), data: map[string]any{"type": "call.incoming"},
	})
	s.state(rang.Add(s.ms(3, 20)), seat, c, "idle", "ringing", "")
	return rang.Add(20 * time.Millisecond)
}

// answer plays how the seat takes the call, by its websocket; it gives when
// they could talk.
func (s *Story) answer(t time.Time, seat *seat, c *call) time.Time {
	s.track(t, seat, c, log{label: "desk", category: "page", msg: seat.say("click button%s", "点击 button%s", "#answer"), data: map[string]any{"selector": "button#answer"}})
	s.track(t.Add(s.ms(2, 9)), seat, c, log{label: "ws", category: "websocket", msg: seat.say("ws send %s", "ws 发送 %s", "call.accept"), data: map[string]any{"type": "call.accept"}})
	return s.connect(t.Add(s.ms(90, 320)), seat, c, "ringing")
}

// connect opens the media of a call.
func (s *Story) connect(t time.Time, seat *seat, c *call, from string) time.Time {
	s.state(t, seat, c, from, "in call", "")
	via := oneOf(s, "host", "srflx", "srflx", "relay")
	s.track(t.Add(s.ms(20, 90)), seat, c, log{
		label: "rtc", form: "data", category: "webrtc", msg: seat.say("ICE connected via %s", "ICE 已连接，路径 %s", via),
		data: map[string]any{"candidate": via, "codec": "opus/48000"},
	})
	s.audio(t.Add(s.ms(10, 60)), 30, seat, c, "", "", "", seat.say("media session opened, opus 48 kHz", "媒体会话已建立，opus 48 kHz"), map[string]any{"codec": "opus"})
	return t.Add(100 * time.Millisecond)
}

// measure plays what page and audio-svc note of the sound of a call.
func (s *Story) measure(from, to time.Time, seat *seat, c *call) {
	rtt, jitter := 25+s.rng.IntN(40), 3+s.rng.IntN(6)
	for t := from.Add(s.between(2*time.Second, 20*time.Second)); t.Before(to); t = t.Add(s.between(19*time.Second, 21*time.Second)) {
		rtt, jitter = max(12, rtt+s.rng.IntN(9)-4), max(1, jitter+s.rng.IntN(3)-1)
		lost := 0
		if s.chance(4) {
			lost = 1 + s.rng.IntN(30)
		}
		l := log{
			label: "rtc", form: "data", category: "webrtc", level: "debug", msg: fmt.Sprintf("getStats rtt=%d ms jitter=%d ms lost=%d", rtt, jitter, lost),
			data: map[string]any{"rtt": rtt, "jitter": jitter, "lost": lost, "score": 4.4 - float64(lost)/20},
		}
		if lost > 20 {
			l.level = "warn"
			l.msg += seat.say(", the other side may not understand", "，通话可能不清晰")
		}
		s.track(t, seat, c, l)
		if s.chance(12) {
			loss := seat.say("no loss", "无丢包")
			if lost > 0 {
				loss = seat.say("%d packets lost", "丢包 %d 个", lost)
			}
			s.audio(t.Add(s.ms(30, 400)), 30, seat, c, "", "", "", seat.say("jitter buffer %d ms, %s", "抖动缓冲 %d ms，%s", 40+4*jitter, loss),
				map[string]any{"rttMs": rtt, "jitterMs": jitter, "lost": lost})
		}
	}
}

// hangUp ends a call and has its recording kept.
func (s *Story) hangUp(t time.Time, seat *seat, c *call, from, to, why string, lasted time.Duration) time.Time {
	s.state(t, seat, c, from, to, why)
	s.track(t.Add(s.ms(5, 30)), seat, c, log{
		label: "rtc", form: "data", category: "webrtc", msg: seat.say("media closed after %s", "媒体已关闭，时长 %s", seat.ageText(lasted)),
		data: map[string]any{"seconds": int(lasted.Seconds()), "score": 3.9 + float64(s.rng.IntN(6))/10},
	})
	trace, fn := s.hex(16), s.hex(8)
	system := func(i invocation) invocation {
		i.TraceID, i.Source, i.Account, i.Staff, i.CallID, i.Number = trace, "trigger", seat.account, seat.staff, c.id, c.number
		return i
	}
	begun := t.Add(s.ms(200, 900))
	bytes := int(lasted.Seconds()) * 4100
	file := fmt.Sprintf("recordings/%s/%s.ogg", t.UTC().Format("2006/01/02"), c.id)
	s.audio(begun, 30, seat, c, trace, s.hex(8), fn, seat.say("recording of %s KB closed", "录音已生成，%s KB", thousands(bytes/1000)), map[string]any{"bytes": bytes})
	kept := begun.Add(s.ms(60, 260))
	s.invoke("recordings", begun.Add(8*time.Millisecond), kept, system(invocation{
		SpanID: s.hex(8), ChildOf: fn, Service: "storage", Event: "upload", FilePath: []string{file}, Data: map[string]any{"bytes": bytes},
		Msg: seat.say("upload recording of %s", "上传录音 %s", c.id),
	}))
	noted := kept.Add(s.ms(5, 20))
	s.invoke("calls-db", kept.Add(time.Millisecond), noted, system(invocation{
		SpanID: s.hex(8), ChildOf: fn, Service: "database", Event: "update", Collection: []string{"calls", "recordings"}, Msg: seat.say("update calls, recordings → 2 rows", "update calls, recordings → 2 行"),
	}))
	s.invoke("phone-api", begun.Add(2*time.Millisecond), noted.Add(s.ms(1, 5)), system(invocation{
		SpanID: fn, Service: "function", Event: "callFunction", Function: "saveRecording", Host: "fn-77be", Msg: seat.say("recording of %s saved", "录音 %s 已保存", c.id),
	}))
	return t.Add(s.ms(300, 1500))
}

// incoming plays an incoming call, whole; it gives when the seat is free again.
func (s *Story) incoming(t time.Time, seat *seat) time.Time {
	c := s.newCall()
	rang := s.ring(t, seat, c)
	if s.chance(7) {
		missed := rang.Add(s.between(18*time.Second, 22*time.Second))
		s.state(missed, seat, c, "ringing", "missed", "no_answer")
		return missed.Add(time.Second)
	}
	seat.page = "/desk/call"
	talking := s.answer(rang.Add(s.between(2*time.Second, 9*time.Second)), seat, c)
	return s.talk(talking, seat, c)
}

// outgoing plays a call that the seat makes.
func (s *Story) outgoing(t time.Time, seat *seat) time.Time {
	c := s.newCall()
	asked := s.do(t, seat, c, dial)
	if asked.code != "" {
		return asked.at.Add(time.Second)
	}
	s.state(asked.at.Add(s.ms(5, 30)), seat, c, "idle", "dialing", "")
	up := asked.at.Add(s.between(4*time.Second, 15*time.Second))
	if s.chance(15) {
		s.state(up, seat, c, "dialing", "missed", "no_answer")
		return up.Add(time.Second)
	}
	seat.page = "/desk/call"
	return s.talk(s.connect(up, seat, c, "dialing"), seat, c)
}

// talk plays a call from the first word to what the seat writes down after it.
func (s *Story) talk(from time.Time, seat *seat, c *call) time.Time {
	t := from
	ask := func(after, most time.Duration, r *route) (ok bool) {
		rep := s.do(t.Add(s.between(after, most)), seat, c, r)
		t = rep.at
		return rep.code == ""
	}
	if s.chance(60) {
		ask(200*time.Millisecond, 2*time.Second, setState)
	}
	if s.chance(40) {
		ask(time.Second, 20*time.Second, contact)
	}
	if s.chance(25) {
		ask(5*time.Second, 40*time.Second, mute)
	}
	if s.chance(35) && ask(5*time.Second, 50*time.Second, hold) {
		s.state(t.Add(s.ms(5, 40)), seat, c, "in call", "held", "")
		ask(8*time.Second, 35*time.Second, unhold)
		s.state(t.Add(s.ms(5, 40)), seat, c, "held", "in call", "")
	}
	if s.chance(8) {
		ask(5*time.Second, 30*time.Second, transfer)
	}
	end := t.Add(s.between(15*time.Second, 130*time.Second))
	seat.calls = end
	s.measure(from, end, seat, c)
	t = s.hangUp(end, seat, c, "in call", "ended", oneOf(s, "customer", "customer", "seat"), end.Sub(from))
	if s.chance(45) {
		ask(2*time.Second, 20*time.Second, note)
	}
	seat.page = "/desk"
	return t
}
