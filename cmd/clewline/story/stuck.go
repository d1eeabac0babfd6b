package story

import "time"

// refused plays a turn of the seat that never refreshes its ticket: whatever
// it asks for is refused, and so its calls drop.
func (s *Story) refused(t time.Time, seat *seat) time.Time {
	if s.chance(45) {
		rep := s.request(t, seat, nil, oneOf(s, contacts, setState, history, dial))
		s.toast(rep.at, seat, nil)
		return rep.at
	}
	c := s.newCall()
	rang := s.ring(t, seat, c)
	seat.page = "/desk/call"
	talking := s.answer(rang.Add(s.between(2*time.Second, 6*time.Second)), seat, c)
	rep := s.request(talking.Add(s.between(time.Second, 4*time.Second)), seat, c, setState)
	if s.chance(50) {
		rep = s.request(rep.at.Add(s.between(3*time.Second, 8*time.Second)), seat, c, mute)
		s.toast(rep.at, seat, c)
	}
	return s.drop(rep.at.Add(s.between(3*time.Second, 8*time.Second)), rep.at.Add(s.between(14*time.Second, 20*time.Second)), talking, seat, c, s.hex(16))
}

// drop plays two holds that are refused, and the call that they cost.
func (s *Story) drop(first, second, talking time.Time, seat *seat, c *call, trace string) time.Time {
	api := s.hex(8)
	rep := s.journey(first, &journey{seat: seat, call: c, route: hold, trace: trace, page: s.hex(8), api: api, check: s.hex(8)})
	s.toast(rep.at, seat, c)
	s.pushed(rep.at.Add(time.Millisecond), "warn", seat, c, trace, s.hex(8), api, "seat.warning: two requests refused, seat "+seat.staff+" may be signed out", nil)
	rep = s.request(second, seat, c, hold)
	dropped := rep.at.Add(s.ms(800, 2400))
	s.measure(talking, dropped, seat, c)
	seat.calls = dropped
	free := s.hangUp(dropped, seat, c, "held", "dropped", "hold_rejected", dropped.Sub(talking))
	seat.page = "/desk"
	return free
}

func (s *Story) toast(t time.Time, seat *seat, c *call) {
	s.track(t.Add(s.ms(1, 4)), seat, c, log{label: "desk", category: "page", msg: `toast "Please try again"`})
}

// scripted says whether it is time for the call that newcomers are shown. It
// looks ahead by the longest turn of refused.
func (s *Story) scripted(t time.Time, seat *seat) bool {
	return !seat.scripted && t.Add(70*time.Second).After(s.scriptStart())
}

func (s *Story) scriptStart() time.Time { return s.o.Now.Add(-scriptAgo) }

// script plays CallID: ringing 6 s, in call 3 m 15 s, hold refused twice.
func (s *Story) script(t time.Time, seat *seat) time.Time {
	if start := s.scriptStart(); t.Before(start) {
		t = start
	}
	c := &call{CallID, "+86 138-0000-0000"}
	rang := s.ring(t, seat, c)
	seat.page = "/desk/call"
	talking := s.answer(rang.Add(6*time.Second), seat, c)
	at := func(seconds int) time.Time { return t.Add(time.Duration(seconds)*time.Second + s.ms(0, 900)) }
	for _, ask := range []struct {
		seconds int
		route   *route
	}{{38, setState}, {102, mute}} {
		rep := s.request(at(ask.seconds), seat, c, ask.route)
		s.toast(rep.at, seat, c)
	}
	return s.drop(at(147), at(199), talking, seat, c, TraceID)
}
