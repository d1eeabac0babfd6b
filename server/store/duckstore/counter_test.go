//go:build !noduck

package duckstore

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

// TestACounterTellsWhereTheRowsAreNotThoseOfTheList counts a compacted store,
// whose list is then taken for another.
func TestACounterTellsWhereTheRowsAreNotThoseOfTheList(t *testing.T) {
	s, err := Open(t.TempDir(), Options{MinFree: -1, GroupDelay: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := numbered("s", 0)
	b.DeadLetters = []event.DeadLetter{{Received: 1, Text: "x"}}
	if err := s.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	list, err := ReadList(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := OpenCounter()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	project := b.Project
	for _, test := range []struct {
		name string
		edit func(*ListedSegment)
		want string // part of the error, "" for none
	}{
		{"as it is", func(*ListedSegment) {}, ""},
		{"more events", func(e *ListedSegment) { e.Rows++ }, "events, the list says"},
		{"events of another project", func(e *ListedSegment) { e.Projects = map[string]int64{"other": e.Rows} }, "events of the project acme, the list says 0"},
		{"no dead letters", func(e *ListedSegment) { e.Dead = nil }, "holds 1 dead letters of the project " + project + ", the list says 0"},
		{"a list of version 0.1", func(e *ListedSegment) { e.Dead, e.Projects = nil, nil }, ""},
		{"another file", func(e *ListedSegment) { e.N = 77 }, "000077"},
	} {
		e := list.Segments[0]
		e.Projects, e.Dead = maps.Clone(e.Projects), maps.Clone(e.Dead)
		test.edit(&e)
		err := c.Count(s.dir, &e)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestASegmentThatAnotherProcessWritesToIsNotCounted has a store open in a
// process of its own.
func TestASegmentThatAnotherProcessWritesToIsNotCounted(t *testing.T) {
	const variable = "CLEWLINE_TEST_HOLD"
	if dir := os.Getenv(variable); dir != "" {
		s, err := Open(dir, Options{MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "held"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute) // it is killed before
		return
	}
	dir := filepath.Join(t.TempDir(), "store")
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}()
	deadline := time.After(30 * time.Second)
	for {
		if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "held")); err == nil {
			break
		}
		select {
		case <-deadline:
			t.Fatal("the other process does not open the store")
		case <-time.After(5 * time.Millisecond):
		}
	}
	c, err := OpenCounter()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if busy, ok := errors.AsType[*BusyError](c.Count(dir, &ListedSegment{N: 1})); !ok {
		t.Errorf("counting gives %v, want a *BusyError", busy)
	}
}
