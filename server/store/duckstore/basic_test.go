//go:build !noduck

package duckstore

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

func TestWhatWasWrittenIsFoundAfterReopening(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	evs := fakeEvents(5000)
	b := &event.Batch{Project: "acme", Events: evs}
	if err := s.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	find := func() {
		t.Helper()
		page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62}, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Events) != 1000 || page.Next == nil {
			t.Fatal(len(page.Events), page.Next)
		}
		for i := range page.Events {
			if d := cmp.Diff(evs[len(evs)-1-i], page.Events[i]); d != "" {
				t.Fatal(i, d)
			}
		}
	}
	find()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	find()
	t.Log(s.Stats())
	s.Close()
}
