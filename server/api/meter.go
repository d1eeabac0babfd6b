package api

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

// A metering bounds what each caller takes of the store: seconds of its work
// and rows that it looks at a minute, and questions at a time. Everybody has a meter of their own, so that
// one key that asks too much makes nobody else wait.
type metering struct {
	now     func() time.Time
	seconds float64 // a minute, of who has no bound of their own
	rows    float64 // a minute
	atOnce  int

	mu     sync.Mutex
	meters map[string]*meter
}

// maxMeters bounds the callers that are remembered. Those who are idle and have
// their whole allowance again are forgotten first.
const maxMeters = 10_000

// A meter is one caller's allowances.
type meter struct {
	of            *metering
	seconds, rows allowance
	atOnce        int

	at      time.Time
	running int
	ended   chan struct{} // closed when a question ends; nil when nobody waits
	refused int64
}

// An allowance fills by the second and may be spent ahead: what a question will
// cost nobody knows before, so the one that spends more than there was is let
// through, and the next ones wait.
type allowance struct {
	most  float64 // a minute
	left  float64 // below 0: the next question waits
	spent float64 // ever
}

func (a *allowance) bound(most float64) {
	a.most = most
	a.left = min(a.left, most)
}

func (a *allowance) fill(d time.Duration) { a.left = min(a.left+d.Seconds()*a.most/60, a.most) }

func (a *allowance) take(n float64) {
	a.left -= n
	a.spent += n
}

// pause is how long it takes until there is something left; 0 when there is.
// ahead is how much must be there then.
func (a *allowance) pause(ahead float64) time.Duration {
	if a.left > 0 {
		return 0
	}
	return max(time.Duration((ahead-a.left)*60/a.most*float64(time.Second)), retryAfter)
}

func newMetering(now func() time.Time, seconds, rows float64, atOnce int) *metering {
	return &metering{now: now, seconds: seconds, rows: rows, atOnce: atOnce, meters: map[string]*meter{}}
}

// meterName is whom a caller's questions are counted for; "" for nobody.
func meterName(c *caller) string {
	switch {
	case c.key != nil:
		return "key:" + c.key.ID
	case c.share != nil:
		return "share:" + c.share.ID
	case c.viewer != nil:
		return "viewer:" + c.viewer.ID
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
	seconds, rows, atOnce := g.seconds, g.rows, g.atOnce
	if c.key != nil {
		if n := c.key.Reading.SecondsPerMinute; n > 0 {
			seconds = float64(n)
		}
		if n := c.key.Reading.RowsPerMinute; n > 0 {
			rows = float64(n)
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
		m = &meter{of: g, seconds: allowance{most: seconds, left: seconds}, rows: allowance{most: rows, left: rows}, at: g.now()}
		g.meters[name] = m
	}
	m.fill()
	m.seconds.bound(seconds)
	m.rows.bound(rows)
	m.atOnce = atOnce
	return m
}

// forget makes room. The lock is held.
func (g *metering) forget() {
	for name, m := range g.meters {
		if m.fill(); m.running == 0 && m.seconds.left >= m.seconds.most && m.rows.left >= m.rows.most {
			delete(g.meters, name)
		}
	}
}

// fill adds what the time since the last look gives. The lock is held.
func (m *meter) fill() {
	now := m.of.now()
	if d := now.Sub(m.at); d > 0 {
		m.seconds.fill(d)
		m.rows.fill(d)
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
	used, most, reason := "the %g seconds of the store's work", m.seconds.most, "query_seconds"
	pause := m.seconds.pause(0.1)
	if longer := m.rows.pause(0.001 * m.rows.most); longer > pause {
		used, most, reason, pause = "the %.0f rows of the store", m.rows.most, "query_rows", longer
	}
	if pause > 0 {
		m.of.mu.Unlock()
		return nil, m.refuse(reason, pause, fmt.Sprintf("Your questions have used "+used+" that you have each minute; ask again in %s, or about a shorter time.", most, spoken(max(pause, 2*time.Second))))
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
	m.seconds.take(took.Seconds())
}

// read notes how many rows the store looked at.
func (m *meter) read(rows int64) {
	m.of.mu.Lock()
	defer m.of.mu.Unlock()
	m.rows.take(float64(rows))
}

// A keyReading is how a read key is used, as its settings show it.
type keyReading struct {
	SecondsPerMinute float64 `json:"secondsPerMinute"` // the bound that holds
	AtOnce           int     `json:"atOnce"`
	SecondsLeft      float64 `json:"secondsLeft"`
	Running          int     `json:"running"`
	Spent            float64 `json:"seconds"`       // since the server started
	RowsPerMinute    int64   `json:"rowsPerMinute"` // the bound that holds
	RowsLeft         int64   `json:"rowsLeft"`
	Rows             int64   `json:"rows"` // since the server started
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
	return &keyReading{
		SecondsPerMinute: m.seconds.most, SecondsLeft: round(max(m.seconds.left, 0)), Spent: round(m.seconds.spent),
		RowsPerMinute: int64(m.rows.most), RowsLeft: int64(max(m.rows.left, 0)), Rows: int64(m.rows.spent),
		AtOnce: m.atOnce, Running: m.running, Refused: m.refused,
	}
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
