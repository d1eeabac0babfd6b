package story

import (
	"fmt"
	"time"
)

const (
	oldRelease = "4.18.1"
	newRelease = "4.18.2"
)

// A seat is one staff account at work, in one page.
type seat struct {
	account, staff string
	zh             bool // what it is shown, and what is logged about it, is Chinese
	session        string
	device         string
	ua             string
	ip             string
	page           string
	calls          time.Time // it is in a call until then
	release        string
	reloads        time.Time // when it takes the new release
	ticket         ticket
	lazy           bool // refreshes its ticket only after it was refused
	stuck          bool // never refreshes it
	scripted       bool // has had the call that newcomers are shown
	frames         int  // of its websocket
}

// A ticket lets a seat's requests in, for ticketLife.
type ticket struct {
	id     string
	issued time.Time
}

func (t ticket) age(at time.Time) time.Duration { return at.Sub(t.issued) }

// accounts are the customers: their first staff number, how many seats they
// have, and whether they work in Chinese.
var accounts = []struct {
	id    string
	first int
	seats int
	zh    bool
}{
	{Account, 1042, 3, false},
	{"acct-2208", 1107, 4, true},
	{"acct-3316", 1121, 4, false},
	{"acct-4095", 1135, 3, true},
	{"acct-4870", 1148, 3, false},
	{"acct-5152", 1156, 4, true},
	{"acct-5529", 1163, 3, false},
	{"acct-6004", 1179, 3, true},
	{"acct-6481", 1184, 3, false},
	{"acct-7002", 1192, 4, true},
	{"acct-8219", 1203, 3, false},
	{"acct-9930", 1217, 3, false},
}

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
	"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
}

const stuckAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

// cast makes the seats. All were at work before the story begins.
func (s *Story) cast() []*seat {
	var seats []*seat
	for _, a := range accounts {
		for i := range a.seats {
			begun := s.o.From.Add(-s.between(0, ticketLife))
			one := &seat{
				account: a.id, staff: fmt.Sprintf("staff-%d", a.first+i), zh: a.zh,
				session: "sess-" + s.hex(4), device: "dev-" + s.hex(4), ua: oneOf(s, agents...),
				ip:   fmt.Sprintf("203.0.113.%d", 1+s.rng.IntN(254)), // the network that is kept for examples
				page: "/desk", ticket: ticket{"tk-" + s.hex(4), begun}, lazy: s.chance(55),
				reloads: s.o.Now.Add(-releaseAgo + s.between(0, 6*time.Minute)), release: oldRelease,
				frames: 200 + s.rng.IntN(900),
			}
			if one.staff == Staff {
				one.stuck = true
				one.session, one.device, one.ua = "sess-4b81", "dev-02c9", stuckAgent
				one.reloads = s.o.Now.Add(-releaseAgo - time.Minute) // the first to get it
				s.lastTicket(one)
			}
			if !one.reloads.After(s.o.From) {
				one.release = newRelease
			}
			seats = append(seats, one)
		}
	}
	return seats
}

// lastTicket gives the stuck seat a ticket that expires when the trouble
// begins, after others that it refreshed in time.
func (s *Story) lastTicket(seat *seat) {
	const often = ticketLife - 5*time.Minute
	issued := s.o.Now.Add(-expiredAgo - ticketLife)
	seat.ticket = ticket{"tk-55e1", issued}
	for ; issued.After(s.o.From); issued = issued.Add(-often) {
		id := seat.ticket.id
		s.later(issued, func(t time.Time) { s.refresh(t, seat, id) })
		seat.ticket = ticket{"tk-" + s.hex(4), issued.Add(-often)}
	}
}
