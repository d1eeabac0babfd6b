//go:build !noduck

package duckstore

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// unpack unpacks a kept folder.
func unpack(t *testing.T, archive string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The folder of format 1 was made by the first version: seven batches of the
// stream s, of which five are sealed; an event and a dead letter of the project
// beta, and one event under the key k1, in the log of the active segment.
func TestAFolderOfFormatOneIsReadAndUpgraded(t *testing.T) {
	dir := unpack(t, "testdata/format1.tar.gz")
	for range 2 {
		s := mustOpen(t, dir, crashOptions())
		if err := s.Stats().LastError; err != nil {
			t.Fatal(err)
		}
		for project, want := range map[string]int{"acme": 7*batchRows + 1, "beta": 1} {
			page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: project, From: 0, To: 1 << 62}, Limit: 1000})
			if err != nil || page.Partial != "" || len(page.Events) != want {
				t.Fatalf("%s: %d events, want %d; %s %v", project, len(page.Events), want, page.Partial, err)
			}
		}
		for n := range 7 {
			b := numbered("s", n)
			if err := s.Write(t.Context(), b); err != nil || len(b.Events) != 0 {
				t.Fatalf("a retry stored %d events, %v", len(b.Events), err)
			}
		}
		if err := s.Write(t.Context(), &event.Batch{Project: "acme", Key: &event.Key{Base: "k1"}}); err == nil {
			t.Fatal("the key is forgotten")
		}
		if dead, err := s.DeadLetters(t.Context(), "beta", 10); err != nil || len(dead) != 1 || dead[0].Text != "garbled" {
			t.Fatalf("dead letters %+v, %v", dead, err)
		}
		s.Close()
		list, err := ReadList(dir)
		if err != nil || list.Format != ListFormat || list.Segments[0].Projects["acme"] != 200 {
			t.Fatalf("the list is %+v, %v", list, err)
		}
		for i := range list.Segments {
			if err := VerifySegment(dir, &list.Segments[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestADamagedListIsReplacedByItsCopyAndTold(t *testing.T) {
	for name, text := range map[string]string{"cut": "{", "flipped": "", "lost": "-"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, crashOptions())
			mustWrite(t, s, 0, 12)
			sealed(t, s)
			s.Close()
			path := filepath.Join(dir, ListFile)
			switch text {
			case "":
				good, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				text = strings.Replace(string(good), `"rows": 2`, `"rows": 3`, 1)
				os.WriteFile(path, []byte(text), 0o644)
			case "-":
				os.Remove(path)
			default:
				os.WriteFile(path, []byte(text), 0o644)
			}
			if list, err := ReadList(dir); err == nil || len(list.Segments) == 0 {
				t.Fatalf("ReadList gives %d segments and %v; want the copy and what is damaged", len(list.Segments), err)
			}
			s = mustOpen(t, dir, crashOptions())
			if err := s.Stats().LastError; err == nil || !strings.Contains(err.Error(), path) {
				t.Fatalf("Stats tells %v", err)
			}
			s.Close()
			holds(t, dir, 12) // well again
		})
	}
}

func TestAFolderOfSomethingElseIsRefusedByName(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "thesis.doc"), []byte("x"), 0o644)
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "thesis.doc") {
		t.Fatalf("open says %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, ListFile)); err == nil {
		t.Fatal("a list was made there")
	}
}
