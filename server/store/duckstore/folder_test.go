//go:build !noduck

package duckstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/store"
)

func mustOpen(t *testing.T, dir string, opt Options) *Store {
	t.Helper()
	s, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustWrite(t *testing.T, s *Store, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		for {
			err := s.Write(t.Context(), numbered("s", n))
			if err == nil {
				break
			}
			if err != store.ErrBusy {
				t.Fatal(err)
			}
			<-time.After(time.Millisecond)
		}
	}
}

// sealed waits until nothing waits to be sealed.
func sealed(t *testing.T, s *Store) {
	t.Helper()
	for s.Stats().Unsealed > 0 {
		select {
		case <-t.Context().Done():
			t.Fatal("not sealed")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestASecondServerOnTheFolderIsRefusedByName(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "another server") {
		t.Fatalf("the second server gets %v", err)
	}
	s.Close()
	mustOpen(t, dir, Options{}).Close() // the lock went with the first
}

func TestADamagedListIsToldAndNothingIsTouched(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not JSON":         {"{", "damaged"},
		"a newer format":   {`{"format":3,"next":2,"segments":[]}`, "format 3"},
		"a wrong checksum": {`{"format":2,"sha256":"00","list":{"next":2}}`, "checksum"},
		"an unknown state": {`{"format":1,"next":3,"segments":[{"n":1,"state":"odd"}]}`, "damaged"},
		"out of order":     {`{"format":1,"next":3,"segments":[{"n":2,"state":"active"},{"n":1,"state":"sealed"}]}`, "damaged"},
		"lost":             {"", "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, crashOptions())
			mustWrite(t, s, 0, 12)
			sealed(t, s)
			s.Close()
			list := filepath.Join(dir, ListFile)
			os.Remove(filepath.Join(dir, ListCopy))
			before, _ := filepath.Glob(filepath.Join(dir, "0*"))
			good, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			os.Remove(list)
			if c.text != "" {
				os.WriteFile(list, []byte(c.text), 0o644)
			}
			if _, err := Open(dir, crashOptions()); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), list) {
				t.Fatalf("open says %v; want %q and the file's name", err, c.want)
			}
			if after, _ := filepath.Glob(filepath.Join(dir, "0*")); len(after) != len(before) {
				t.Fatalf("files before %v, after %v", before, after)
			}
			os.WriteFile(list, good, 0o644)
			holds(t, dir, 12)
		})
	}
}

func TestFilesThatAreNotListedAreRemovedAndListedOnesNever(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, crashOptions())
	mustWrite(t, s, 0, 12)
	s.Close()
	stray := []string{"999999.duckdb", "999999.duckdb.wal", "segments.json.tmp"}
	kept := []string{"notes.txt", "backup.duckdb"}
	for _, name := range append(stray, kept...) {
		os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644)
	}
	holds(t, dir, 12)
	for _, name := range stray {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestADamagedSegmentIsToldWhereverItWouldBePartOfTheAnswer(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, crashOptions())
	mustWrite(t, s, 0, 12)
	sealed(t, s)
	s.Close()
	if err := os.WriteFile(filepath.Join(dir, "000001.duckdb"), []byte("rust"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, crashOptions())
	defer s.Close()
	if err := s.Stats().LastError; err == nil || !strings.Contains(err.Error(), "000001.duckdb") {
		t.Fatalf("Stats tells %v", err)
	}
	page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62}, Limit: 1000})
	if err != nil || !strings.Contains(page.Partial, "000001.duckdb") || len(page.Events) == 0 {
		t.Fatalf("%d events, partial %q, %v", len(page.Events), page.Partial, err)
	}
	mustWrite(t, s, 12, 14) // and writes go on
}

func TestOptionsAreCheckedAllAtOnce(t *testing.T) {
	_, err := Open(t.TempDir(), Options{Memory: 1, RowGroup: 1000, Threads: -1})
	if err == nil {
		t.Fatal("opened")
	}
	for _, want := range []string{"memory", "rowGroup", "threads"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
