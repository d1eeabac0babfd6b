//go:build !noduck

package duckstore

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// TestWhomAnErasureWasAboutIsForgottenWhenNoBackupCanBringItBack looks for the
// value in the store's lists.
func TestWhomAnErasureWasAboutIsForgottenWhenNoBackupCanBringItBack(t *testing.T) {
	const value = "13800138000"
	dir := t.TempDir()
	var now atomic.Int64
	now.Store(firstDay + hour)
	open := func() *Store {
		s, err := Open(dir, Options{MinFree: -1, GroupDelay: 1, tidyPause: time.Millisecond, Now: func() time.Time { return time.Unix(0, now.Load()) }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	defer func() { s.Close() }()
	written := func(n int, number string) *event.Batch {
		b := numbered("s", n)
		b.Events[0].Number = number
		return b
	}
	if err := s.Write(t.Context(), written(0, value)); err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse(`number:"` + value + `"`)
	if err != nil {
		t.Fatal(err)
	}
	order := store.Erasure{ID: `er_"1"\`, Project: "acme", Query: q, By: "user:ada", At: time.Unix(0, now.Load())}
	if err := s.Erase(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	settle := func() {
		t.Helper()
		if err := s.Compact(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	named := func() bool {
		t.Helper()
		in := false
		for _, name := range []string{ListFile, ListCopy} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			in = in || strings.Contains(string(text), value)
		}
		return in
	}
	settle()
	now.Add(24 * hour)
	if err := s.Write(t.Context(), written(1, value)); err != nil { // after the order: not meant
		t.Fatal(err)
	}
	day := store.Day(firstDay / (24 * hour))
	if err := s.Expire(t.Context(), "other", day+1); err != nil {
		t.Fatal(err)
	}
	settle()
	if x := s.Erasures()[0]; !named() || x.Forgotten || x.Done.IsZero() || x.Removed != 1 {
		t.Fatalf("while a backup could bring it back, the erasure is %+v", x)
	}
	if err := s.Expire(t.Context(), "acme", day+1); err != nil {
		t.Fatal(err)
	}
	settle()
	for _, when := range []string{"at once", "after a restart"} {
		if x := s.Erasures()[0]; named() || !x.Forgotten || x.Done.IsZero() || x.Removed != 1 || x.ID != order.ID {
			t.Fatalf("%s: when its day has expired, the erasure is %+v", when, x)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open()
	}
	// Given again, as after a crash of who gave it, it is still done; and what
	// is left of it, applied to a store as a restore does, finds nothing.
	if err := s.Erase(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	left := s.Erasures()[0]
	left.ID, left.Project = "again", "acme"
	if err := s.Erase(t.Context(), left.Erasure); err != nil {
		t.Fatal(err)
	}
	settle()
	page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", To: 1 << 62}, Limit: 1000})
	if err != nil || len(page.Events) != batchRows {
		t.Fatalf("%d events are left, want %d: %v", len(page.Events), batchRows, err)
	}
	if _, err := s.Event(t.Context(), "acme", "s.1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what was erased gives %v", err)
	}
}
