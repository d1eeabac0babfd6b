package story

import "time"

// begin has a seat at work from the story's start.
func (s *Story) begin(seat *seat) {
	s.enter(s.o.From, seat)
	s.later(s.o.From.Add(s.between(0, 40*time.Second)), func(t time.Time) { s.next(t, seat) })
	s.later(s.o.From.Add(s.between(0, 30*time.Second)), func(t time.Time) { s.ping(t, seat) })
}

// ping keeps the seat's websocket alive.
func (s *Story) ping(t time.Time, seat *seat) {
	if t.Before(seat.calls) {
		seat.page = "/desk/call"
		defer func() { seat.page = "/desk" }()
	}
	seat.frames += 5 + s.rng.IntN(14)
	took := 28 + s.rng.IntN(24)
	again := t.Add(s.between(29500*time.Millisecond, 30500*time.Millisecond))
	if s.chance(0.4) && !seat.stuck { // that seat's websocket is not what fails
		s.track(t, seat, nil, log{label: "ws", form: "alarm", category: "websocket", msg: seat.say("ws closed code=%d", "ws 已断开 code=%d", 1006), data: map[string]any{"code": 1006}})
		back := s.ms(700, 2900)
		s.track(t.Add(back), seat, nil, log{
			label: "ws", category: "websocket", level: "notice", msg: seat.say("ws open again after %s ms", "ws 已重连，用时 %s ms", thousands(int(back.Milliseconds()))),
			data: map[string]any{"attempt": 1, "ms": back.Milliseconds()},
		})
		seat.frames = 0
	} else {
		s.track(t, seat, nil, log{
			label: "ws", category: "websocket", msg: seat.say("ws ping %d ms frames=%s", "ws 心跳 %d ms frames=%s", took, thousands(seat.frames)),
			data: map[string]any{"rttMs": took, "frames": seat.frames},
		})
	}
	s.later(again, func(t time.Time) { s.ping(t, seat) })
}

// next plays what a seat does next, and after a while what it does then.
func (s *Story) next(t time.Time, seat *seat) {
	var free time.Time
	switch {
	case seat.release != newRelease && !t.Before(seat.reloads):
		free = s.reload(t, seat)
	case seat.stuck && s.scripted(t, seat):
		seat.scripted = true
		free = s.script(t, seat)
	case seat.stuck && seat.ticket.age(t) > ticketLife:
		free = s.refused(t, seat).Add(s.between(time.Second, 12*time.Second))
	default:
		switch n := s.rng.IntN(100); {
		case n < 30:
			free = s.incoming(t, seat)
		case n < 45:
			free = s.outgoing(t, seat)
		default:
			free = s.browse(t, seat)
		}
		free = free.Add(s.between(15*time.Second, 75*time.Second))
	}
	s.later(free, func(t time.Time) { s.next(t, seat) })
}

// browse plays a seat between calls.
func (s *Story) browse(t time.Time, seat *seat) time.Time {
	if s.chance(20) {
		s.track(t, seat, nil, log{
			label: "desk", category: "page", level: "debug", msg: seat.say("page visible, focus on %s", "页面可见，焦点在 %s", oneOf(s, "#dialpad", "#search", "#contacts")),
		})
		t = t.Add(s.ms(300, 3000))
	}
	first := oneOf(s, contacts, contacts, contact, history, report, setState)
	rep := s.do(t, seat, nil, first)
	if s.chance(45) {
		rep = s.do(rep.at.Add(s.between(2*time.Second, 15*time.Second)), seat, nil, oneOf(s, contact, contact, history, contacts))
	}
	return rep.at
}

// do plays a request and all that the page does so that it succeeds: a new
// ticket before the old one expires or, on lazy seats, once it was refused.
func (s *Story) do(t time.Time, seat *seat, c *call, r *route) reply {
	if !seat.stuck && !seat.lazy && seat.ticket.age(t) > ticketLife-3*time.Minute {
		t = s.refresh(t, seat, "tk-"+s.hex(4)).Add(s.ms(20, 80))
	}
	rep := s.request(t, seat, c, r)
	if rep.code == ticketExpired && !seat.stuck {
		anew := s.refresh(rep.at.Add(s.ms(150, 2500)), seat, "tk-"+s.hex(4))
		again := *r
		again.button = ""
		rep = s.request(anew.Add(s.ms(30, 120)), seat, c, &again)
	}
	return rep
}

// refresh gets a new ticket; it gives when the page has it.
func (s *Story) refresh(t time.Time, seat *seat, id string) time.Time {
	rep := s.request(t, seat, nil, refresh)
	seat.ticket = ticket{id, rep.at}
	had := rep.at.Add(s.ms(1, 5))
	s.track(had, seat, nil, log{
		label: "ticket", form: "tag", category: "request", level: "notice", msg: seat.say("ticket %s, good for 30m", "新票据 %s，30 分内有效", id), data: map[string]any{"ticket": id},
	})
	return had
}

// reload has a seat take the new release.
func (s *Story) reload(t time.Time, seat *seat) time.Time {
	s.track(t, seat, nil, log{label: "desk", category: "page", level: "notice", msg: seat.say("new release %s, the page reloads", "发现新版本 %s，页面重新加载", newRelease)})
	seat.release = newRelease
	took := s.ms(600, 1900)
	t = t.Add(took)
	s.track(t, seat, nil, log{
		label: "desk", form: "data", category: "page", msg: seat.say("page loaded in %s ms", "页面加载完成，%s ms", thousands(int(took.Milliseconds()))),
		data: map[string]any{"from": oldRelease, "to": newRelease, "ms": took.Milliseconds()},
	})
	seat.frames = 0
	s.track(t.Add(s.ms(80, 300)), seat, nil, log{label: "ws", category: "websocket", msg: seat.say("ws open", "ws 已连接"), data: map[string]any{"attempt": 0}})
	if seat.stuck {
		return s.request(t.Add(time.Second), seat, nil, contacts).at.Add(5 * time.Second)
	}
	return s.do(t.Add(time.Second), seat, nil, contacts).at.Add(5 * time.Second)
}

// chores are what the system and its admins do by themselves.
func (s *Story) chores(t time.Time) {
	admin, anonymous := "admin", "anonymous"
	trace, fn := s.hex(16), s.hex(8)
	done := t.Add(s.ms(40, 160))
	switch s.rng.IntN(4) {
	case 0: // nobody invokes it: the schedule does
		s.invoke("tickets-db", t.Add(2*time.Millisecond), t.Add(s.ms(10, 30)), invocation{
			TraceID: trace, SpanID: s.hex(8), ChildOf: fn, Service: "database", Event: "remove", Collection: []string{"tickets"}, Source: "schedule", Msg: "remove tickets where expired → 3 rows",
		})
		s.invoke("phone-api", t, done, invocation{TraceID: trace, SpanID: fn, Service: "function", Event: "callFunction", Function: "cleanTickets", Source: "schedule", Host: "fn-0c42", Msg: "定时任务 cleanTickets 完成"})
	case 1:
		one := oneOf(s, accounts[1:]...)
		used := 40 + s.rng.IntN(58)
		i := invocation{
			TraceID: trace, SpanID: fn, Service: "database", Event: "count", Collection: []string{"calls"}, Invoker: &admin, Source: "admin-sdk", Account: one.id,
			Msg: "count calls of the last hour → " + thousands(used*100), Data: map[string]any{"percent": used},
		}
		if used > 90 {
			i.Level, i.ErrorCode, i.ErrorMsg = "warn", "QUOTA_NEAR", "quota "+thousands(used)+" % of 10,000 calls/h"
		}
		s.invoke("calls-db", t, done, i)
	case 2:
		day := t.UTC().AddDate(0, -6, 0).Format("2006/01/02")
		s.invoke("recordings", t, done, invocation{
			TraceID: trace, SpanID: fn, Service: "storage", Event: "delete", Invoker: &admin, Source: "admin-sdk", Msg: "删除六个月前的录音",
			FilePath: []string{"recordings/" + day + "/call-" + s.hex(6) + ".ogg", "recordings/" + day + "/call-" + s.hex(6) + ".ogg"},
		})
	default:
		s.invoke(callAPI.name, t, done, invocation{
			TraceID: trace, SpanID: fn, Service: "app", Event: "GET", HTTPPath: "/status", Invoker: &anonymous, Source: "http", Msg: "GET /status → 200", IP: "198.51.100.7", UA: "curl/8.14.1",
		})
	}
	s.later(t.Add(s.between(8*time.Second, 25*time.Second)), s.chores)
}
