//go:build !noduck

package duckstore

import (
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// eventually waits for something that happens in the background.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("it did not come to it that %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestAFullDiskDuringSealingOrMergingIsToldAndLosesNothing has no room at one
// step of each for a while; what was written is found meanwhile and afterwards.
func TestAFullDiskDuringSealingOrMergingIsToldAndLosesNothing(t *testing.T) {
	for _, test := range []struct{ name, step string }{
		{"sealing: the checkpoint", "checkpoint"},
		{"sealing: the skip index", "write the skip index"},
		{"merging: the new segment", "fill the rewritten segment"},
		{"merging: its commit", "commit the rewritten segment"},
		{"merging: the list", "list the rewritten segments"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var now atomic.Int64
			var full atomic.Bool
			full.Store(true)
			opt := lifeOptions(&now)
			opt.before = func(step string) error {
				if step == test.step && full.Load() {
					return &os.PathError{Op: "write", Path: "the segment", Err: syscall.ENOSPC}
				}
				return nil
			}
			s := mustOpen(t, t.TempDir(), opt)
			defer s.Close()
			const batches = 3 // a roll after every second
			for n := range batches {
				if err := s.Write(t.Context(), numbered("s", n)); err != nil {
					t.Fatal(err)
				}
			}
			now.Add(24 * hour)
			if err := s.Write(t.Context(), numbered("s", batches)); err != nil {
				t.Fatal(err)
			}
			s.wakeTidier()
			whole := func() {
				t.Helper()
				page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", To: 1 << 62}, Limit: 1000})
				if err != nil || page.Partial != "" || len(page.Events) != (batches+1)*batchRows {
					t.Fatalf("%d events are found, want %d: %v %s", len(page.Events), (batches+1)*batchRows, err, page.Partial)
				}
			}
			eventually(t, "the full disk is told", func() bool {
				err := s.Stats().LastError
				return err != nil && strings.Contains(err.Error(), "no space left")
			})
			whole()
			full.Store(false)
			eventually(t, "all is sealed and merged", func() bool {
				s.wakeTidier()
				days := map[store.Day]int{}
				for _, seg := range s.Segments() {
					days[seg.Day]++
				}
				return s.Stats().Unsealed == 0 && s.Stats().LastError == nil && days[store.Day(firstDay/(24*hour))] == 1
			})
			whole()
		})
	}
}

// TestAFileThatAnOperatorDeletesByHandIsToldAndTheRestIsServed removes files of
// a store that runs and has them closed.
func TestAFileThatAnOperatorDeletesByHandIsToldAndTheRestIsServed(t *testing.T) {
	opt := crashOptions()
	opt.RollRows, opt.MaxOpen, opt.tidyPause = batchRows, 1, time.Millisecond
	s := mustOpen(t, t.TempDir(), opt)
	defer s.Close()
	for n := range 4 {
		eventually(t, "a batch is taken", func() bool { return s.Write(t.Context(), numbered("s", n)) == nil })
	}
	eventually(t, "three segments are sealed", func() bool { return s.Stats().Segments == 3 })
	search := func() (int, string) {
		page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", To: 1 << 62}, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Events), page.Partial
	}
	if n, partial := search(); n != 4*batchRows || partial != "" {
		t.Fatal(n, partial)
	}
	// The skip index is mapped, and its loss is nothing.
	if err := os.Remove(s.indexPath(2)); err != nil {
		t.Fatal(err)
	}
	if n, partial := search(); n != 4*batchRows || partial != "" {
		t.Errorf("without a skip index %d events are found: %s", n, partial)
	}
	if err := os.Remove(s.path(1)); err != nil {
		t.Fatal(err)
	}
	// At the latest the next start notices; a reader may still have it open.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, s.dir, opt)
	defer s.Close()
	if n, partial := search(); n != 3*batchRows || !strings.Contains(partial, "000001.duckdb") {
		t.Errorf("%d events are found, want %d; the answer says %q", n, 3*batchRows, partial)
	}
	if err := s.Stats().LastError; err == nil || !strings.Contains(err.Error(), "000001.duckdb is missing") {
		t.Errorf("the store says %v", err)
	}
	if err := s.Write(t.Context(), numbered("s", 4)); err != nil {
		t.Errorf("nothing can be written: %v", err)
	}
	eventually(t, "the skip index is made again", func() bool { _, err := os.Stat(s.indexPath(2)); return err == nil })
}

// TestAQueryThatWouldScanEverythingIsCutAtItsBudgetAndSaysWhatItCost asks in
// every way for more rows than a query may look at.
func TestAQueryThatWouldScanEverythingIsCutAtItsBudgetAndSaysWhatItCost(t *testing.T) {
	const budget, all = 3000, 20_000
	opt := Options{GroupDelay: 1, MinFree: -1, QueryRows: budget, RollRows: 2000}
	s := mustOpen(t, t.TempDir(), opt)
	defer s.Close()
	events := fakeEvents(all)
	for i := range events {
		events[i].Time = int64(i) * 2e9
	}
	for at := 0; at < all; at += 2000 {
		b := &event.Batch{Project: "acme", Events: events[at : at+2000]}
		eventually(t, "a batch is taken", func() bool { return s.Write(t.Context(), b) == nil })
	}
	q, pipe, err := query.ParsePiped(`msg:*e* | count by level`)
	if err != nil {
		t.Fatal(err)
	}
	scope := store.Scope{Project: "acme", To: 1 << 62, Query: q}
	for name, ask := range map[string]func() (store.Cost, error){
		"values": func() (store.Cost, error) {
			v, err := s.Values(t.Context(), store.Values{Scope: scope, Fields: []query.Field{query.Resolve("level")}, Limit: 5})
			return v.Cost, err
		},
		"a histogram": func() (store.Cost, error) {
			h, err := s.Histogram(t.Context(), store.Histogram{Scope: scope, Step: 1 << 61})
			return h.Cost, err
		},
		"a table": func() (store.Cost, error) {
			x, err := s.Table(t.Context(), store.Table{Scope: scope, Pipe: pipe})
			return x.Cost, err
		},
	} {
		cost, err := ask()
		if err != nil || !strings.Contains(cost.Partial, "rows") || cost.Rows == 0 || cost.Rows >= all || cost.Segments >= cost.SegmentsTotal {
			t.Errorf("%s cost %+v, %v; want it cut, the rows told", name, cost, err)
		}
	}
}
