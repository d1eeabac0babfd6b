package api

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	freeTries    = 5
	firstPause   = time.Minute
	longestPause = 15 * time.Minute
	// forgetAfter is when failures no longer count.
	forgetAfter = time.Hour
	// maxAttempters bounds the table.
	maxAttempters = 10_000
)

// A throttle slows those down who guess passwords. It counts failures by name
// and address together: nobody can lock somebody else out, and one address
// may try other names only as fast as passwords can be checked.
type throttle struct {
	now func() time.Time

	mu    sync.Mutex
	table map[string]*attempts
}

type attempts struct {
	failures int
	running  int       // log-ins that are being checked
	until    time.Time // no tries before; zero when there is no pause
	last     time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, table: map[string]*attempts{}}
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
	if e.running > 0 && e.failures+e.running >= freeTries {
		return paused(time.Second)
	}
	e.running++
	e.last = now
	return nil
}

func paused(d time.Duration) error {
	return &requestError{code: "slow_down", message: fmt.Sprintf("Too many tries. Wait %s, then try again.", spoken(d)), retry: d}
}

// failed counts a failure and gives what the person is told.
func (t *throttle) failed(who string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.end(who)
	e.failures++
	left := freeTries - e.failures
	pause := pauseAfter(e.failures + max(left, 0))
	if left > 0 {
		return &requestError{code: "unauthorized", message: fmt.Sprintf("That did not match. %s, then a pause of %s.", triesLeft(left), spoken(pause))}
	}
	e.until = t.now().Add(pause)
	return &requestError{code: "unauthorized", message: fmt.Sprintf("That did not match. Now a pause of %s.", spoken(pause)), retry: pause}
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

// pauseAfter is one minute after the fifth failure, and doubles with each
// further one up to 15 minutes.
func pauseAfter(failures int) time.Duration {
	pause := firstPause
	for range failures - freeTries {
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
