package canary_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/canary"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

// cage is a queue and a store in one, that keeps what it is told to.
type cage struct {
	now     time.Time
	kept    []event.Event
	fail    error              // what Put answers
	spoil   func(*event.Event) // changes what is read
	twice   bool
	expired []store.Day
	store.Keeper
}

func (c *cage) Put(_ context.Context, b *event.Batch) error {
	if c.fail != nil {
		return c.fail
	}
	c.kept = append(c.kept, b.Events...)
	c.now = c.now.Add(3 * time.Millisecond)
	return nil
}

func (c *cage) Search(_ context.Context, s store.Search) (store.Page, error) {
	var page store.Page
	for _, e := range c.kept {
		if e.Project == s.Project && e.Time >= s.From && e.Time < s.To {
			if c.spoil != nil {
				c.spoil(&e)
			}
			page.Events = append(page.Events, e)
			if c.twice {
				page.Events = append(page.Events, e)
			}
		}
	}
	return page, nil
}

func (c *cage) Expire(_ context.Context, project string, before store.Day) error {
	if project == canary.Project {
		c.expired = append(c.expired, before)
	}
	return nil
}

func open(t *testing.T, change func(*canary.Config)) (*canary.Canary, *cage) {
	t.Helper()
	c := &cage{now: time.Date(2026, 11, 20, 23, 59, 50, 0, time.UTC)}
	cfg := canary.Config{Sink: c, Store: c, Clock: func() time.Time { return c.now }}
	if change != nil {
		change(&cfg)
	}
	k, err := canary.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return k, c
}

func TestAnEventThatComesBackAsItWasSentIsASuccess(t *testing.T) {
	k, c := open(t, nil)
	k.Round(t.Context())
	r := k.Report()
	if r.Returned != 1 || r.Failed != 0 || r.Failure != "" || !r.Last.Equal(c.now) || r.RoundTrip != 3*time.Millisecond {
		t.Errorf("the report is %+v", r)
	}
}

func TestEachRoundSendsAnotherEvent(t *testing.T) {
	k, c := open(t, nil)
	for range 20 {
		k.Round(t.Context())
	}
	ids := map[string]bool{}
	for _, e := range c.kept {
		ids[e.ID()] = true
	}
	if len(ids) != 20 || k.Report().Returned != 20 {
		t.Errorf("%d ids in 20 rounds, %+v", len(ids), k.Report())
	}
}

func TestTheCanarySaysWhatWentWrong(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*cage)
		want   string
	}{
		"refused":   {func(c *cage) { c.fail = errors.New("the disk is full") }, "was not taken: the disk is full"},
		"nothing":   {func(*cage) {}, ""},
		"one sign":  {func(c *cage) { c.spoil = func(e *event.Event) { e.Msg = e.Msg[1:] } }, "came back changed from sign"},
		"a flag":    {func(c *cage) { c.spoil = func(e *event.Event) { e.Flags |= event.Truncated } }, "came back changed from sign"},
		"no data":   {func(c *cage) { c.spoil = func(e *event.Event) { e.Data = "" } }, "came back changed from sign"},
		"twice":     {func(c *cage) { c.twice = true }, "was stored twice"},
		"elsewhere": {func(c *cage) { c.spoil = func(e *event.Event) { e.Time++ } }, "came back changed from sign"},
	} {
		t.Run(name, func(t *testing.T) {
			k, cage := open(t, nil)
			c.damage(cage)
			k.Round(t.Context())
			r := k.Report()
			if !strings.Contains(r.Failure, c.want) || (c.want != "") != (r.Failed == 1) || (c.want != "") != (r.InRow == 1) {
				t.Errorf("the report is %+v, want a failure that says %q", r, c.want)
			}
		})
	}
}

// lost acknowledges and keeps nothing.
type lost struct{ *cage }

func (lost) Put(context.Context, *event.Batch) error { return nil }

func TestAnAcknowledgedEventThatIsNotFoundIsAFailure(t *testing.T) {
	k, _ := open(t, func(cfg *canary.Config) { cfg.Sink = lost{} })
	k.Round(t.Context())
	if r := k.Report(); r.Failed != 1 || !strings.Contains(r.Failure, "a search did not find it") {
		t.Errorf("the report is %+v", r)
	}
}

func TestASuccessForgivesFailures(t *testing.T) {
	k, c := open(t, nil)
	c.fail = errors.New("busy")
	k.Round(t.Context())
	k.Round(t.Context())
	if r := k.Report(); r.InRow != 2 {
		t.Errorf("the report is %+v", r)
	}
	c.fail = nil
	k.Round(t.Context())
	if r := k.Report(); r.InRow != 0 || r.Failure != "" || r.Failed != 2 || r.Returned != 1 {
		t.Errorf("the report is %+v", r)
	}
}

func TestNothingIsWrittenWhileTheDiskIsLow(t *testing.T) {
	low := "12 MB are free"
	k, c := open(t, func(cfg *canary.Config) { cfg.Low = func() string { return low } })
	k.Round(t.Context())
	if r := k.Report(); len(c.kept) != 0 || r.Paused != low || r.Skipped != 1 || r.Failed != 0 || r.Rounds != 0 {
		t.Errorf("the report is %+v, %d events", r, len(c.kept))
	}
	low = ""
	k.Round(t.Context())
	if r := k.Report(); r.Paused != "" || r.Returned != 1 {
		t.Errorf("the report is %+v", r)
	}
}

func TestEventsAreRemovedOnceADayAfterADay(t *testing.T) {
	k, c := open(t, nil)
	today := store.DayOf(c.now)
	for range 5 {
		k.Round(t.Context())
		c.now = c.now.Add(6 * time.Hour)
	}
	if len(c.expired) != 2 || c.expired[0] != today-1 || c.expired[1] != today {
		t.Errorf("removed before %v, want %v and the day after", c.expired, today-1)
	}
}

func TestARoundBeginsWithEachTickUntilTheServerStops(t *testing.T) {
	tick := make(chan time.Time)
	k, _ := open(t, func(cfg *canary.Config) { cfg.Tick = tick })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { k.Run(ctx); close(ended) }()
	for range 3 {
		tick <- time.Time{}
	}
	stop()
	<-ended
	if r := k.Report(); r.Rounds < 2 || r.Rounds > 3 || r.Failed != 0 {
		t.Errorf("the report is %+v", r)
	}
}

func TestNobodyCanHaveTheCanarysProject(t *testing.T) {
	if catalog.CheckProjectName(canary.Project) == nil {
		t.Errorf("the catalog takes %q as a project's name", canary.Project)
	}
}
