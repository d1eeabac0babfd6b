package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Target is the server that a story is played into.
type Target struct {
	URL  string
	Keys map[string]string // of each app in Apps, a server key
	// Run names this playing of the story: lines of another run are other
	// lines, while a line that is sent twice in one run is stored once.
	Run string
}

// Apps are those that write a story's lines, the page apart.
func Apps() []string {
	return []string{callAPI.name, ticketSvc.name, "phone-api", "calls-db", "seats-db", "contacts-db", "tickets-db", SlowDB, "recordings", "audio-svc", "push-svc"}
}

// Progress is how far a story has been played.
type Progress struct {
	At       time.Time // the story's time
	Stored   int64     // lines that the server has acknowledged, the page's too
	Waiting  int64     // events of pages that are still on their way
	Rejected int64     // lines that it has not understood; there should be none
	Done     bool      // all that lies behind was played
}

// A Player plays a story into a server as its senders would: each app by its
// own key, the page by the SDK. Its methods are for one goroutine.
type Player struct {
	// PagesLost is told why, when the pages have stopped by themselves. The
	// rest of the story goes on without them. Default: nobody is told.
	PagesLost func(error)

	story  *Story
	target Target
	pages  *Pages // nil where there are none
	now    func() time.Time
	client *http.Client

	next     *Step
	batches  int
	stored   atomic.Int64
	rejected atomic.Int64
}

// NewPlayer makes a player. now tells the time; no step is played before its
// own. pages may be nil: then what they would log is left out.
func NewPlayer(s *Story, t Target, pages *Pages, now func() time.Time) *Player {
	return &Player{story: s, target: t, pages: pages, now: now, client: &http.Client{Timeout: time.Minute}}
}

const (
	mostSteps = 4000 // taken at once
	atOnce    = 3    // requests under way
	tick      = 250 * time.Millisecond
	flushes   = 20 // tried, each after an attempt has failed
)

// Past plays all that lies behind, and tells of its progress now and then. It
// returns once all of it is acknowledged; for pages that cannot deliver it
// waits a while, then leaves it to them, who try on.
func (p *Player) Past(ctx context.Context, tell func(Progress)) error {
	for {
		steps := p.take()
		if len(steps) == 0 {
			break
		}
		if err := p.send(ctx, steps); err != nil {
			return err
		}
		tell(p.progress(steps[len(steps)-1].At))
	}
	if err := p.flush(ctx); err != nil {
		return err
	}
	end := p.progress(p.now())
	end.Done = true
	tell(end)
	return nil
}

// Live plays on as time goes by, until ctx ends; then it returns nil.
func (p *Player) Live(ctx context.Context) error {
	clock := time.NewTicker(tick)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
		}
		if err := p.send(ctx, p.take()); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func (p *Player) progress(at time.Time) Progress {
	now := Progress{At: at, Stored: p.stored.Load(), Rejected: p.rejected.Load()}
	if p.pages != nil {
		now.Stored += p.pages.acknowledged.Load()
		now.Waiting = p.pages.buffered.Load()
	}
	return now
}

// flush waits for the pages to deliver what they have logged.
func (p *Player) flush(ctx context.Context) error {
	if p.pages == nil {
		return nil
	}
	for range flushes {
		arrived, err := p.pages.flush(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			p.lose(err)
			return nil
		case arrived:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil
}

// lose goes on without pages.
func (p *Player) lose(why error) {
	p.pages = nil
	if p.PagesLost != nil {
		p.PagesLost(why)
	}
}

// take gives the steps whose time has come, at most so many.
func (p *Player) take() []Step {
	now := p.now()
	var steps []Step
	for len(steps) < mostSteps {
		if p.next == nil {
			step := p.story.Next()
			p.next = &step
		}
		if p.next.At.After(now) {
			break
		}
		steps = append(steps, *p.next)
		p.next = nil
	}
	return steps
}

// A sender is one app at one door.
type sender struct {
	app  string
	door Door
}

// send delivers steps: to the pages, and to the doors one request a sender.
func (p *Player) send(ctx context.Context, steps []Step) error {
	bodies := map[sender]*bytes.Buffer{}
	var order []sender
	var logged [][]byte
	for _, step := range steps {
		if step.Door == Browser {
			logged = append(logged, step.Line)
			continue
		}
		to := sender{step.App, step.Door}
		if bodies[to] == nil {
			bodies[to] = new(bytes.Buffer)
			order = append(order, to)
		}
		bodies[to].Write(step.Line)
		bodies[to].WriteByte('\n')
	}
	g, sending := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	var lost error
	if p.pages != nil {
		g.Go(func() error {
			lost = p.pages.write(sending, logged...)
			return nil
		})
	}
	for _, to := range order {
		p.batches++
		key := fmt.Sprintf("story-%s-%d", p.target.Run, p.batches)
		g.Go(func() error { return p.post(sending, to, key, bodies[to].Bytes()) })
	}
	err := g.Wait()
	if err == nil && lost != nil && ctx.Err() == nil {
		p.lose(lost)
	}
	return err
}

var formatNames = map[Door]string{Invocation: "invocation", Prism: "prism", JSON: "json"}

// post sends a body until it is acknowledged, under one key all the time.
func (p *Player) post(ctx context.Context, from sender, key string, body []byte) error {
	target := p.target.URL + "/v1/lines?" + url.Values{"format": {formatNames[from.door]}, "app": {from.app}, "tz": {"UTC"}}.Encode()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+p.target.Keys[from.app])
		req.Header.Set("Idempotency-Key", key)
		resp, err := p.client.Do(req)
		if err != nil {
			return fmt.Errorf("send lines of %s: %w", from.app, err)
		}
		wait, err := p.answer(resp)
		if err != nil {
			return fmt.Errorf("send lines of %s: %w", from.app, err)
		}
		if wait == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// answer reads a door's reply; wait is how long to be patient before the same
// is sent again, 0 when it was taken.
func (p *Player) answer(resp *http.Response) (wait time.Duration, err error) {
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, err
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err != nil || seconds < 1 {
			seconds = 1
		}
		return min(time.Duration(seconds)*time.Second, 10*time.Second), nil
	}
	var reply struct {
		Accepted, Rejected int64
		Errors             []struct{ Reason string }
		Error              struct{ Message string }
	}
	if err := json.Unmarshal(text, &reply); err != nil || resp.StatusCode != http.StatusOK {
		return 0, errors.Join(fmt.Errorf("the server answered %s: %s", resp.Status, reply.Error.Message), err)
	}
	p.stored.Add(reply.Accepted)
	p.rejected.Add(reply.Rejected)
	return 0, nil
}
