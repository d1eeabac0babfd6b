package api

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	// freeTries are the failures of one name from one address before a pause.
	freeTries    = 5
	firstPause   = time.Minute
	longestPause = 15 * time.Minute
	// addressTries are the failures of one address, whatever the names: many
	// people may share it, and each has their typing mistakes.
	addressTries = 50
	// nameTries are the failures for one name, from whatever addresses, except
	// those that the name has logged in from: nobody can lock somebody out of
	// the place where they work.
	nameTries = 100
	// forgetAfter is when failures no longer count.
	forgetAfter = time.Hour
	// maxAttempters bounds each table.
	maxAttempters = 10_000
)

// A guard slows those down who guess passwords. It counts failures by name and
// address together, by address, and by name.
type guard struct {
	pairs, addresses, names *throttle

	mu    sync.Mutex
	known map[string]struct{} // pairs that have logged in; forgotten with a restart
}

func newGuard(now func() time.Time) *guard {
	return &guard{
		pairs: newThrottle(now, freeTries), addresses: newThrottle(now, addressTries), names: newThrottle(now, nameTries),
		known: map[string]struct{}{},
	}
}

// A try is one that begin has let pass.
type try struct {
	pair, address, name string // name is "" where it does not count
}

// begin says whether a try may be made now. Each try that it gives is followed
// by failed, undecided or succeeded.
func (g *guard) begin(name, ip string) (try, error) {
	t := try{pair: attempter(name, ip), address: addressOf(ip), name: attempter(name, "")}
	if g.knows(t.pair) {
		t.name = ""
	}
	if err := g.pairs.begin(t.pair); err != nil {
		return try{}, err
	}
	if err := g.addresses.begin(t.address); err != nil {
		g.pairs.undecided(t.pair)
		return try{}, err
	}
	if t.name != "" {
		if err := g.names.begin(t.name); err != nil {
			g.pairs.undecided(t.pair)
			g.addresses.undecided(t.address)
			return try{}, err
		}
	}
	return t, nil
}

// failed counts a failure and gives what the person is told, and whether a
// pause begins with it.
func (g *guard) failed(t try) (err error, paused bool) {
	err, paused = g.pairs.failed(t.pair)
	_, of := g.addresses.failed(t.address)
	paused = paused || of
	if t.name != "" {
		_, of = g.names.failed(t.name)
		paused = paused || of
	}
	return err, paused
}

// undecided takes a try back that came to no answer.
func (g *guard) undecided(t try) {
	g.pairs.undecided(t.pair)
	g.addresses.undecided(t.address)
	if t.name != "" {
		g.names.undecided(t.name)
	}
}

// succeeded forgets the failures of the pair. Those of the address and of the
// name stay: one good password is no reason to let the same address go on
// guessing others.
func (g *guard) succeeded(t try) {
	g.pairs.succeeded(t.pair)
	g.addresses.undecided(t.address)
	if t.name != "" {
		g.names.undecided(t.name)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= maxAttempters {
		clear(g.known)
	}
	g.known[t.pair] = struct{}{}
}

func (g *guard) knows(pair string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.known[pair]
	return ok
}

// addressOf is what counts as one address: of IPv6 the first 64 bits, since
// one connection has all the others to choose from.
func addressOf(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil || !a.Unmap().Is6() {
		return ip
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return p.String()
}

// A throttle counts failures of one sort, and makes pauses of them.
type throttle struct {
	now  func() time.Time
	free int // failures before a pause

	mu    sync.Mutex
	table map[string]*attempts
}

type attempts struct {
	failures int
	running  int       // log-ins that are being checked
	until    time.Time // no tries before; zero when there is no pause
	last     time.Time
}

func newThrottle(now func() time.Time, free int) *throttle {
	return &throttle{now: now, free: free, table: map[string]*attempts{}}
}

func attempter(name, ip string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if len(name) > 128 {
		name = name[:128]
	}
	return name + "\x00" + ip
}

// begin says whether a try may be made now. Each begin is followed by failed,
// undecided or succeeded. Tries that run at the same time count as failures
// until they are decided, so that a hundred at once are no way around.
func (t *throttle) begin(who string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	e := t.table[who]
	if e == nil || e.running == 0 && now.Sub(e.last) >= forgetAfter {
		if e == nil && len(t.table) >= maxAttempters {
			t.evict()
		}
		e = &attempts{}
		t.table[who] = e
	}
	if now.Before(e.until) {
		return paused(e.until.Sub(now))
	}
	// Past the free tries there is one at a time, each after its pause.
	if e.running > 0 && e.failures+e.running >= t.free {
		return paused(time.Second)
	}
	e.running++
	e.last = now
	return nil
}

func paused(d time.Duration) error {
	return &requestError{code: "slow_down", reason: "paused", message: fmt.Sprintf("Too many tries. Wait %s, then try again.", spoken(d)), retry: d}
}

// failed counts a failure and gives what the person is told, and whether a
// pause begins.
func (t *throttle) failed(who string) (err error, paused bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.end(who)
	e.failures++
	left := t.free - e.failures
	pause := pauseAfter(e.failures + max(left, 0) - t.free)
	if left > 0 {
		message := fmt.Sprintf("That did not match. %s, then a pause of %s.", triesLeft(left), spoken(pause))
		return &requestError{code: "unauthorized", reason: "wrong_password", tries: left, message: message}, false
	}
	e.until = t.now().Add(pause)
	return &requestError{code: "unauthorized", reason: "wrong_password", message: fmt.Sprintf("That did not match. Now a pause of %s.", spoken(pause)), retry: pause}, true
}

// undecided takes a try back that came to no answer.
func (t *throttle) undecided(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(who)
}

// succeeded forgets the failures.
func (t *throttle) succeeded(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.end(who)
	e.failures, e.until = 0, time.Time{}
	if e.running == 0 {
		delete(t.table, who)
	}
}

func (t *throttle) end(who string) *attempts {
	e := t.table[who]
	if e == nil { // evicted meanwhile
		e = &attempts{running: 1}
		t.table[who] = e
	}
	e.running--
	e.last = t.now()
	return e
}

// evict makes room for one: of those whose tries run nothing now, the one that
// paused least recently, so that an attacker with many names cannot wash out a
// pause before those without one.
func (t *throttle) evict() {
	var victim string
	var oldest *attempts
	for who, e := range t.table {
		if e.running > 0 {
			continue
		}
		if oldest == nil || e.until.Before(oldest.until) || e.until.Equal(oldest.until) && e.last.Before(oldest.last) {
			victim, oldest = who, e
		}
	}
	delete(t.table, victim)
}

// pauseAfter is one minute with the first failure that makes one, and doubles
// with each further one up to 15 minutes.
func pauseAfter(further int) time.Duration {
	pause := firstPause
	for range further {
		if pause *= 2; pause >= longestPause {
			return longestPause
		}
	}
	return pause
}

var words = [...]string{"No", "One", "Two", "Three", "Four"}

func triesLeft(n int) string {
	if n == 1 {
		return "One more try"
	}
	if n >= len(words) {
		return fmt.Sprintf("%d more tries", n)
	}
	return words[n] + " more tries"
}

// spoken says a pause as a person would.
func spoken(d time.Duration) string {
	switch minutes := int(d.Minutes()); {
	case d <= time.Second:
		return "a second"
	case d < time.Minute:
		return fmt.Sprintf("%d seconds", int((d+time.Second-1)/time.Second))
	case d == time.Minute:
		return "one minute"
	case d%time.Minute == 0:
		return fmt.Sprintf("%d minutes", minutes)
	default:
		return fmt.Sprintf("%d minutes", minutes+1)
	}
}
