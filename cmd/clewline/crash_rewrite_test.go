//go:build !noduck

package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store/duckstore"
)

// aheadBy sets the clock of a server before it is started, and makes its
// segments so small that a life of 200 ms makes several.
func aheadBy(d time.Duration) func(*exec.Cmd) error {
	return func(cmd *exec.Cmd) error {
		cmd.Env = append(cmd.Env, clockAhead+"="+d.String(), storeTuning+"="+strings.Replace(smallSegments, `"RollRows":4000`, `"RollRows":500`, 1))
		return nil
	}
}

// rewritings are the segments of a store that were made of others, as far as
// somebody has looked.
type rewritings struct {
	merged, others map[int]bool
	// cutShort counts segments that were being made when the server was killed.
	cutShort int
}

// look notes what the list says.
func (r *rewritings) look(t *testing.T, data string) {
	t.Helper()
	if r.merged == nil {
		r.merged, r.others = map[int]bool{}, map[int]bool{}
	}
	list, err := duckstore.ReadList(filepath.Join(data, "events"))
	if damaged := (*duckstore.DamagedListError)(nil); err != nil && !errors.As(err, &damaged) {
		t.Fatal(err)
	}
	for _, e := range list.Segments {
		switch {
		case len(e.Sources) > 1:
			r.merged[e.N] = true
		case len(e.Sources) == 1:
			r.others[e.N] = true
		}
	}
}

// afterKill looks at what a server has left.
func (r *rewritings) afterKill(t *testing.T, data string) {
	t.Helper()
	r.look(t, data)
	left, err := filepath.Glob(filepath.Join(data, "events", "*.duckdb.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	r.cutShort += len(left)
}

// await waits until a merge was met; a server runs, and nobody sends.
func (r *rewritings) await(t *testing.T, data string) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for r.look(t, data); len(r.merged) == 0; r.look(t, data) {
		select {
		case <-deadline:
			t.Fatal("no segments were merged: this run has not tested merges")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// A briefProject keeps its events for a day after the one of their arrival. It
// shares its segments with a project that keeps them.
type briefProject struct {
	sender  *crashSender
	readKey string
	first   int // the first batch that has not expired yet
	expired int // events
}

// newBriefProject makes the project in a data folder that no server has.
func newBriefProject(t *testing.T, data string) *briefProject {
	t.Helper()
	b := &briefProject{}
	var keys [2]string
	for i, typ := range []string{"server", "read"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"key", "create", "--data", data, "--project", "brief", "--type", typ}, nil, &out, &errs); code != 0 {
			t.Fatalf("key create: %s", errs.String())
		}
		keys[i] = strings.TrimSpace(out.String())
	}
	c, err := catalog.Open(t.Context(), filepath.Join(data, "catalog.db"), catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := catalog.As(context.WithoutCancel(t.Context()), "test")
	if err := errors.Join(c.SetProjectRetention(ctx, "brief", &catalog.Keep{Days: 1}), c.Close()); err != nil {
		t.Fatal(err)
	}
	b.readKey = keys[1]
	b.sender = &crashSender{name: "brief", place: 0, key: keys[0], keyed: true, size: 30, pause: 10 * time.Millisecond,
		client: &http.Client{Timeout: 30 * time.Second}}
	return b
}

const day = 24 * time.Hour

// look waits until what has expired by now is gone, and looks whether the rest
// is there once.
func (b *briefProject) look(t *testing.T, base string, began, now time.Time) {
	t.Helper()
	floor := now.Truncate(day).Add(-day) // what arrived before is gone
	s := b.sender
	deadline := time.Now().Add(30 * time.Second)
	for again := true; again; {
		again = false
		stored := messagesIn(t, base, b.readKey, s.at(began, 0), s.at(began, s.next+1))
		for batch := 0; batch < s.next; batch++ {
			// A retry that comes on the next day arrived on the day before.
			expired, kept := s.acks[batch].Before(floor), !s.sent[batch].Before(floor)
			for _, id := range s.ids(batch) {
				switch n := stored[id]; {
				case kept && n != 1, n > 1:
					t.Fatalf("the event %s, sent at %v, is there %d times", id, s.sent[batch], n)
				case expired && n > 0:
					if time.Now().After(deadline) {
						t.Fatalf("the event %s of %v is there, although what came before %v has expired", id, s.acks[batch], floor)
					}
					again = true // the server has not come to it yet
				}
			}
			if expired && batch >= b.first && !again {
				b.first = batch + 1
				b.expired += s.size
			}
		}
		if again {
			<-time.After(20 * time.Millisecond)
		}
	}
}
