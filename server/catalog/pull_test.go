package catalog

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// shop is a catalog with the project shop.
func shop(t *testing.T) (*Catalog, *clock) {
	t.Helper()
	c, clock := fresh(t)
	if err := c.EnsureProject(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func ask(t *testing.T, c *Catalog, device string, lasts time.Duration) Pull {
	t.Helper()
	now := c.now()
	p, err := c.AddPull(As(t.Context(), "user:ada"), Pull{Project: "shop", Device: device, Level: "debug", From: now.Add(-time.Hour), To: now, Expires: now.Add(lasts)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPullGoesFromAskedToDoneAndIsInTheAuditTrail(t *testing.T) {
	c, clock := shop(t)
	p := ask(t, c, "dev-1", time.Hour)
	if p.By != "user:ada" || p.State != PullAsked || !p.Open() {
		t.Fatalf("got %+v", p)
	}
	clock.advance(time.Second)
	for _, step := range []struct {
		state PullState
		open  bool
	}{{PullDelivered, true}, {PullRunning, true}, {PullDone, false}, {PullRefused, false}} {
		got, err := c.ChangePull(As(t.Context(), "device:dev-1"), "shop", p.ID, func(p *Pull) { p.State, p.Selected = step.state, 7 })
		if err != nil || got.Open() != step.open || got.State == PullRefused {
			t.Errorf("after %s: %+v, %v", step.state, got, err)
		}
		if step.state == PullRunning {
			if err := c.CountPulled(t.Context(), "shop", p.ID, 5, 500); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := c.Pull(t.Context(), "shop", p.ID)
	if err != nil || got.State != PullDone || got.Events != 5 || got.Bytes != 500 || got.Selected != 7 || !got.Ended.Equal(c.now().UTC()) {
		t.Errorf("got %+v, %v", got, err)
	}
	entries, err := c.FilterAudit(t.Context(), AuditFilter{Action: "pull", Limit: 10})
	if err != nil || len(entries) != 2 || entries[0].Action != "pull.done" || entries[0].Actor != "device:dev-1" || entries[1].Action != "pull.ask" ||
		!strings.Contains(entries[1].Detail, "device dev-1") {
		t.Errorf("got %+v, %v", entries, err)
	}
}

func TestAPullExpires(t *testing.T) {
	c, clock := shop(t)
	p := ask(t, c, "dev-1", time.Hour)
	clock.advance(time.Hour)
	if open, err := c.OpenPulls(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("got %v, %v", open, err)
	}
	got, err := c.ChangePull(t.Context(), "shop", p.ID, func(p *Pull) { p.State = PullRunning })
	if err != nil || got.State != PullExpired || !got.Ended.Equal(p.Expires) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestPullsOfAnotherProjectAreNotThere(t *testing.T) {
	c, _ := shop(t)
	p := ask(t, c, "dev-1", time.Hour)
	if err := c.EnsureProject(t.Context(), "bank"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Pull(t.Context(), "bank", p.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := c.ChangePull(t.Context(), "bank", p.ID, func(p *Pull) { p.State = PullCancelled }); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if pulls, err := c.Pulls(t.Context(), "bank", "", 10); err != nil || len(pulls) != 0 {
		t.Errorf("got %v, %v", pulls, err)
	}
}

func TestOneDeviceHasOnlySoManyOpenPulls(t *testing.T) {
	c, clock := shop(t)
	var last Pull
	for range MaxDevicePulls {
		clock.advance(time.Second)
		last = ask(t, c, "dev-1", time.Hour)
	}
	now := c.now()
	_, err := c.AddPull(t.Context(), Pull{Project: "shop", Device: "dev-1", From: now, To: now, Expires: now.Add(time.Hour)})
	invalid(t, err, "device")
	ask(t, c, "dev-2", time.Hour)
	if _, err := c.ChangePull(t.Context(), "shop", last.ID, func(p *Pull) { p.State = PullCancelled }); err != nil {
		t.Fatal(err)
	}
	ask(t, c, "dev-1", time.Hour)
	if pulls, err := c.Pulls(t.Context(), "shop", "dev-1", 3); err != nil || len(pulls) != 3 || pulls[0].Asked.Before(pulls[2].Asked) {
		t.Errorf("got %v, %v", pulls, err)
	}
}
