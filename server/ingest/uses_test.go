package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/ingest"
)

// withKey opens doors for one key that a test may change.
func withKey(t *testing.T, key *ingest.Key, broken *error) *doors {
	return open(t, func(c *ingest.Config) {
		c.Keys = func(context.Context, string) (ingest.Key, error) {
			if broken != nil && *broken != nil {
				return ingest.Key{}, *broken
			}
			return *key, nil
		}
	})
}

func (d *doors) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func TestAKeyOverItsEventsASecondIsToldWhenToComeAgain(t *testing.T) {
	key := &ingest.Key{ID: "k_q", Project: "phone", Type: ingest.ServerKey, EventsPerSecond: 10}
	d := withKey(t, key, nil)
	lines := strings.Repeat(`{"msg":"x"}`+"\n", 50)
	d.post("/v1/events", "sk_x", lines).want(t, 200) // as a whole, and paid off: 20 were there
	a := d.post("/v1/events", "sk_x", `{"msg":"x"}`)
	a.want(t, 429)
	if got := a.header.Get("Retry-After"); got != "4" || !strings.Contains(a.text, "eventsPerSecond of this key is 10") {
		t.Errorf("Retry-After %s: %s", got, a.text)
	}
	d.advance(2900 * time.Millisecond)
	d.post("/v1/events", "sk_x", `{"msg":"x"}`).want(t, 429)
	d.advance(200 * time.Millisecond)
	d.post("/v1/events", "sk_x", `{"msg":"x"}`).want(t, 200)
	if u := d.Use("k_q"); u.Requests != 2 || u.Refused != 2 || u.Clients != 1 {
		t.Errorf("got %+v", u)
	}
}

func TestAKeyOverItsBytesADayWaitsForMidnight(t *testing.T) {
	key := &ingest.Key{ID: "k_q", Project: "phone", Type: ingest.ServerKey, BytesPerDay: 30}
	d := withKey(t, key, nil)
	d.advance(11*time.Hour + 30*time.Minute)
	for range 3 {
		d.post("/v1/events", "sk_x", `{"msg":"x"}`).want(t, 200)
	}
	a := d.post("/v1/events", "sk_x", `{"msg":"x"}`)
	a.want(t, 429)
	if got := a.header.Get("Retry-After"); got != "1800" || !strings.Contains(a.text, "midnight UTC") {
		t.Errorf("Retry-After %s: %s", got, a.text)
	}
	d.advance(30 * time.Minute)
	d.post("/v1/events", "sk_x", `{"msg":"x"}`).want(t, 200)
	if u := d.Use("k_q"); u.BytesToday != 11 {
		t.Errorf("got %+v", u)
	}
}

func TestTheUseOfAKeyTellsItsClientsOfTheLastDay(t *testing.T) {
	key := &ingest.Key{ID: "k_u", Project: "phone", Type: ingest.BrowserKey, AllowsOrigin: func(o string) bool { return o == "null" }}
	d := withKey(t, key, nil)
	if u := d.Use("k_u"); u != (ingest.Use{}) {
		t.Errorf("of an unused key: %+v", u)
	}
	send := func(client string) {
		d.post("/v1/track", "", fmt.Sprintf(`{"app":"a","key":"pk_x","client":%q,"stream":"20261120aaaaaaaaaa%s","from":1,"to":1,"sentAt":0,"sdk":"x"}`+"\n"+`{"seq":1,"time":1,"msg":"m"}`, client, client)).want(t, 200)
	}
	send("a")
	send("a")
	send("b")
	if u := d.Use("k_u"); u.Requests != 3 || u.Clients != 2 || u.MoreClients || !u.Last.Equal(noon) || u.EventsNow != 3 {
		t.Errorf("got %+v", u)
	}
	d.advance(23 * time.Hour)
	send("b")
	if u := d.Use("k_u"); u.Requests != 4 || u.Clients != 2 {
		t.Errorf("after 23 hours: %+v", u)
	}
	d.advance(2 * time.Hour)
	if u := d.Use("k_u"); u.Requests != 1 || u.Clients != 1 || !u.Since.Equal(noon) {
		t.Errorf("a day later: %+v", u)
	}
}

func TestAKeyThatEndsWhileItsBodyIsOnTheWayWritesNothing(t *testing.T) {
	key := &ingest.Key{ID: "k_e", Project: "phone", Type: ingest.ServerKey}
	for why, err := range map[string]error{"was revoked": ingest.ErrRevokedKey, "has ended": ingest.ErrEndedKey, "is not known": ingest.ErrUnknownKey} {
		asked := 0
		d := open(t, func(c *ingest.Config) {
			c.Keys = func(context.Context, string) (ingest.Key, error) {
				if asked++; asked > 1 {
					return ingest.Key{}, err
				}
				return *key, nil
			}
		})
		a := d.post("/v1/events", "sk_x", `{"msg":"x"}`)
		a.want(t, 401)
		if !strings.Contains(a.text, why) || len(d.batches) != 0 {
			t.Errorf("%s: %s, %d batches", why, a.text, len(d.batches))
		}
		if err := d.Quiesce(t.Context(), "phone"); err != nil {
			t.Error(err)
		}
	}
	broken := ingest.ErrEndedKey
	d := withKey(t, key, &broken)
	a := d.post("/v1/events", "sk_x", `{"msg":"x"}`)
	a.want(t, 401)
	var body struct{ Error struct{ Code string } }
	if json.Unmarshal([]byte(a.text), &body) != nil || body.Error.Code != "unauthorized" {
		t.Errorf("got %s", a.text)
	}
}
