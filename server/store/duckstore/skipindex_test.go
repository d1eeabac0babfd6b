//go:build !noduck

package duckstore

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// ask gives the messages of the events that match, and how many segments were
// read for them.
func ask(t *testing.T, s *Store, text string) (msgs []string, segments int) {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "p", From: 0, To: 1 << 62, Query: q}, Limit: 100})
	if err != nil || page.Partial != "" {
		t.Fatalf("%s: %v %s", text, err, page.Partial)
	}
	for i := range page.Events {
		msgs = append(msgs, page.Events[i].Msg)
	}
	return msgs, page.Segments
}

// peopled fills a store with sealed segments of one request each, whose ids
// are spelled in every way.
func peopled(t *testing.T, dir string) {
	s := mustOpen(t, dir, Options{RollRows: 4})
	for i := range 6 {
		b := &event.Batch{Project: "p"}
		for k := range 4 {
			b.Events = append(b.Events, event.Event{
				Project: "p", IDBase: fmt.Sprintf("Base-%d", i), IDNum: uint64(k + 1), Time: int64(1+i) * 1e18 / 10, Received: 1, Kind: event.Log,
				Msg:     fmt.Sprintf("m%d.%d", i, k),
				TraceID: fmt.Sprintf("%032x", i*100+k), Account: fmt.Sprintf("Acct-%d", i), Staff: fmt.Sprintf("坐席%d号", i), User: fmt.Sprintf("STRASSE ſ%d", i),
			})
		}
		for err := s.Write(t.Context(), b); err != nil; err = s.Write(t.Context(), b) {
			if err != store.ErrBusy {
				t.Fatal(err)
			}
			<-time.After(time.Millisecond)
		}
	}
	sealed(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// spellings are questions for what stands in segment 3 alone.
var spellings = []string{
	"traceId:" + fmt.Sprintf("%032x", 302), "traceId:" + strings.ToUpper(fmt.Sprintf("%08x-%024x", 0, 302)), fmt.Sprintf("%032x", 302),
	"account:acct-3", "ACCT-3", "staff:坐席3号", `user:"strasse s3"`, "user:\"straſſe S3\"", "id:base-3.2", "Base-3.2",
}

func TestOnlyTheSegmentsThatMayHoldAnIdAreAsked(t *testing.T) {
	dir := t.TempDir()
	peopled(t, dir)
	s := mustOpen(t, dir, Options{RollRows: 4})
	defer s.Close()
	for _, text := range spellings {
		msgs, segments := ask(t, s, text)
		if len(msgs) == 0 || !strings.HasPrefix(msgs[0], "m3.") {
			t.Errorf("%s finds %v", text, msgs)
		}
		// The index errs for one value in a hundred, and a bare word is sought
		// in the texts as well.
		if strings.Contains(text, ":") && segments > 2 {
			t.Errorf("%s asked %d segments", text, segments)
		}
	}
	if msgs, segments := ask(t, s, "traceId:ffffffffffffffffffffffffffffffff"); len(msgs) != 0 || segments > 1 {
		t.Errorf("a trace that is nowhere: %v, %d segments asked", msgs, segments)
	}
	if msgs, _ := ask(t, s, "not account:acct-3"); len(msgs) != 20 {
		t.Errorf("not account:acct-3 finds %d events, want 20", len(msgs))
	}
}

func TestALostOrDamagedIndexHidesNothingAndIsMadeAgain(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"lost":  os.Remove,
		"cut":   func(path string) error { return os.Truncate(path, 20) },
		"empty": func(path string) error { return os.Truncate(path, 0) },
		"flipped": func(path string) error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text[len(text)/2] ^= 1
			return os.WriteFile(path, text, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			peopled(t, dir)
			s := mustOpen(t, dir, Options{RollRows: 4})
			var paths []string
			for _, seg := range s.segments {
				if e := seg.snapshot(); e.State == stateSealed {
					paths = append(paths, s.indexPath(e.N))
				}
			}
			if err := s.Close(); err != nil || len(paths) < 5 {
				t.Fatalf("%v, %d skip indexes", err, len(paths))
			}
			for _, path := range paths {
				if err := damage(path); err != nil {
					t.Fatal(err)
				}
			}
			s = mustOpen(t, dir, Options{RollRows: 4})
			for _, text := range spellings { // with or without an index, as far as they are made by now
				if msgs, _ := ask(t, s, text); len(msgs) == 0 {
					t.Errorf("%s finds nothing", text)
				}
			}
			for _, seg := range s.segments { // the sealer makes them, with nothing else to do
				for e := seg.snapshot(); e.State == stateSealed && e.index == nil; e = seg.snapshot() {
					select {
					case <-t.Context().Done():
						t.Fatalf("segment %d has no skip index", e.N)
					case <-time.After(time.Millisecond):
					}
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				if info, err := os.Stat(path); err != nil || info.Size() < 50 {
					t.Errorf("%s was not made again: %v", path, err)
				}
			}
		})
	}
}
