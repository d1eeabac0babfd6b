package api

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

// A metering bounds what each caller takes of the store: seconds of its work a
// minute, and questions at a time. Everybody has a meter of their own, so that
// one key that asks too much makes nobody else wait.
type metering struct {
	now     func() time.Time
	seconds float64 // a minute, of who has no bound of their own
	atOnce  int

	mu     sync.Mutex
	meters map[string]*meter
}

// maxMeters bounds the callers that are remembered. Those who are idle and have
// their whole allowance again are forgotten first.
const maxMeters = 10_000

// A meter is one caller's allowance. It fills by the second and may be spent
// ahead: what a question will cost nobody knows before, so the one that spends
// more than there was is let through, and the next ones wait.
type meter struct {
	of      *metering
	seconds float64 // a minute
	atOnce  int

	left    float64 // seconds; below 0: the next question waits
	at      time.Time
	running int
	ended   chan struct{} // closed when a question ends; nil when nobody waits
	refused int64
	spent   float64 // ever
}

func newMetering(now func() time.Time, seconds float64, atOnce int) *metering {
	return &metering{now: now, seconds: seconds, atOnce: atOnce, meters: map[string]*meter{}}
}

// meterName is whom a caller's questions are counted for; "" for nobody.
func meterName(c *caller) string {
	switch {
	case c.key != nil:
		return "key:" + c.key.ID
	case c.share != nil:
		return "share:" + c.share.ID
	case c.user.ID != "":
		return "user:" + c.user.ID
	}
	return ""
}

// of gives the caller's meter, with the bounds that hold now.
func (g *metering) of(c *caller) *meter {
	name := meterName(c)
	if name == "" {
		return nil
	}
	seconds, atOnce := g.seconds, g.atOnce
	if c.key != nil {
		if n := c.key.Reading.SecondsPerMinute; n > 0 {
			seconds = float64(n)
		}
		if n := c.key.Reading.AtOnce; n > 0 {
			atOnce = int(n)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.meters[name]
	if m == nil {
		if len(g.meters) >= maxMeters {
			g.forget()
		}
		m = &meter{of: g, seconds: seconds, left: seconds, at: g.now()}
		g.meters[name] = m
	}
	m.fill()
	m.seconds, m.atOnce = seconds, atOnce
	m.left = min(m.left, seconds)
	return m
}

// forget makes room. The lock is held.
func (g *metering) forget() {
	for name, m := range g.meters {
		if m.fill(); m.running == 0 && m.left >= m.seconds {
			delete(g.meters, name)
		}
	}
}

// fill adds what the time since the last look gives. The lock is held.
func (m *meter) fill() {
	now := m.of.now()
	if d := now.Sub(m.at); d > 0 {
		m.left = min(m.left+d.Seconds()*m.seconds/60, m.seconds)
	}
	m.at = now
}

// begin lets a question through, or says how long to wait. For its turn among
// the caller's own questions it waits as the gate does.
func (m *meter) begin(ctx context.Context) error {
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		wait, err := m.enter()
		if wait == nil {
			return err
		}
		select {
		case <-wait:
		case <-patient.Done():
			if err := ctx.Err(); err != nil {
				return err
			}
			return m.refuse("queries_at_once", retryAfter, fmt.Sprintf("%d of your questions are being answered, which is the most at a time; ask again when one has its answer.", m.atOnce))
		}
	}
}

// enter counts a question in, refuses it, or gives what to wait for.
func (m *meter) enter() (wait <-chan struct{}, err error) {
	m.of.mu.Lock()
	m.fill()
	if m.left <= 0 {
		pause := max(time.Duration((-m.left+0.1)*60/m.seconds*float64(time.Second)), retryAfter)
		seconds := m.seconds
		m.of.mu.Unlock()
		return nil, m.refuse("query_seconds", pause, fmt.Sprintf("Your questions have used the %g seconds of the store's work that you have each minute; ask again in %s, or about a shorter time.", seconds, spoken(max(pause, 2*time.Second))))
	}
	defer m.of.mu.Unlock()
	if m.running >= m.atOnce {
		if m.ended == nil {
			m.ended = make(chan struct{})
		}
		return m.ended, nil
	}
	m.running++
	return nil, nil
}

func (m *meter) refuse(reason string, pause time.Duration, message string) error {
	m.of.mu.Lock()
	m.refused++
	m.of.mu.Unlock()
	return &requestError{code: "slow_down", reason: reason, retry: pause, message: message}
}

// end notes what a question took.
func (m *meter) end(took time.Duration) {
	m.of.mu.Lock()
	defer m.of.mu.Unlock()
	m.running--
	if m.ended != nil {
		close(m.ended)
		m.ended = nil
	}
	m.left -= took.Seconds()
	m.spent += took.Seconds()
}

// A keyReading is how a read key is used, as its settings show it.
type keyReading struct {
	SecondsPerMinute float64 `json:"secondsPerMinute"` // the bound that holds
	AtOnce           int     `json:"atOnce"`
	SecondsLeft      float64 `json:"secondsLeft"`
	Running          int     `json:"running"`
	Spent            float64 `json:"seconds"` // since the server started
	Refused          int64   `json:"refused"`
}

func (g *metering) readingOf(k *catalog.Key) *keyReading {
	if k.Type != catalog.ReadKey {
		return nil
	}
	m := g.of(&caller{key: k})
	g.mu.Lock()
	defer g.mu.Unlock()
	round := func(s float64) float64 { return float64(int64(s*1000)) / 1000 }
	return &keyReading{m.seconds, m.atOnce, round(max(m.left, 0)), m.running, round(m.spent), m.refused}
}

type meterKey struct{}

func withMeter(ctx context.Context, m *meter) context.Context {
	if m == nil {
		return ctx
	}
	return context.WithValue(ctx, meterKey{}, m)
}

func meterOf(ctx context.Context) *meter {
	m, _ := ctx.Value(meterKey{}).(*meter)
	return m
}
