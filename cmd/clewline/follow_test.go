package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/format"
)

// shelf stores chunks once by key, as the server does, and fails when told to.
type shelf struct {
	byKey map[string]string
	text  strings.Builder
	fail  func(stored bool) error // what the sender is told, before or after storing
}

func (s *shelf) send(_ context.Context, _ *followed, key string, chunk []byte) (sendResult, error) {
	if s.fail != nil {
		if err := s.fail(false); err != nil {
			return sendResult{}, err
		}
	}
	if old, again := s.byKey[key]; !again {
		s.byKey[key] = string(chunk)
		s.text.Write(chunk)
	} else if old != string(chunk) {
		return sendResult{}, &serverError{status: 409}
	}
	if s.fail != nil {
		if err := s.fail(true); err != nil {
			return sendResult{}, err
		}
	}
	return sendResult{Accepted: strings.Count(string(chunk), "\n")}, nil
}

func newFollower(t interface{ Logf(string, ...any) }, dir string, s *shelf, patterns ...string) *follower {
	return &follower{
		patterns: patterns, state: filepath.Join(dir, "state.json"), send: s.send,
		say: func(format string, args ...any) { t.Logf(format, args...) },
	}
}

func write(t testing.TB, path, text string, flag int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flag, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFollowerSendsWholeLinesThroughRotationAndTruncation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	s := &shelf{byKey: map[string]string{}}
	w := newFollower(t, dir, s, filepath.Join(dir, "*.log"))
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	look := func(want string) {
		t.Helper()
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.text.String(); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	look("")
	write(t, path, "one\ntwo\nthr", os.O_APPEND)
	look("one\ntwo\n")
	write(t, path, "ee\n", os.O_APPEND)
	look("one\ntwo\nthree\n")

	// Rotated: the rest of the old file, an unfinished line too, then the new one.
	write(t, path, "four", os.O_APPEND)
	if err := os.Rename(path, filepath.Join(dir, "app.log.1")); err != nil {
		t.Fatal(err)
	}
	write(t, path, "five\n", os.O_APPEND)
	if err := w.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.text.String(); got != "one\ntwo\nthree\nfourfive\n" && got != "one\ntwo\nthree\nfive\nfour" {
		t.Fatalf("got %q", got)
	}
	so := s.text.String()

	write(t, path, "six\n", os.O_TRUNC)
	look(so + "six\n")
	write(t, filepath.Join(dir, "other.log"), "seven\n", 0)
	look(so + "six\nseven\n")
}

func TestAFollowerBeginsWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	s := &shelf{byKey: map[string]string{}}
	write(t, path, "one\n", 0)
	for i, want := range []string{"one\n", "one\ntwo\n"} {
		w := newFollower(t, dir, s, path)
		if err := w.load(); err != nil {
			t.Fatal(err)
		}
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.text.String(); got != want {
			t.Fatalf("run %d: got %q, want %q", i, got, want)
		}
		write(t, path, "two\n", os.O_APPEND)
	}
}

func TestAStackTraceIsSentWithItsEvent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	s := &shelf{byKey: map[string]string{}}
	w := newFollower(t, dir, s, path)
	w.learn = func(_, _ string, _ []byte) (string, format.Multiline, error) {
		join, err := format.ParseMultiline("stack")
		return utf8Name, join, err
	}
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ more, sent string }{
		{"one\nERROR two\n", "one\n"},                    // more of two may come
		{"\tat a.B\n", "one\n"},                          // and comes
		{"", "one\nERROR two\n\tat a.B\n"},               // the file rests
		{"three\n\tat c.D\nfour\n", "three\n\tat c.D\n"}, // three is whole
	} {
		write(t, path, step.more, os.O_APPEND)
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.text.String(); !strings.HasSuffix(got, step.sent) {
			t.Fatalf("after %q: got %q, want it to end in %q", step.more, got, step.sent)
		}
	}
}

func TestFromTheEndOnlyNewLinesAreSent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	write(t, path, "old\n", 0)
	s := &shelf{byKey: map[string]string{}}
	w := newFollower(t, dir, s, filepath.Join(dir, "*.log"))
	w.fromEnd = true
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	if err := w.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The run ends before anything came; the end stays where it was.
	w = newFollower(t, dir, s, filepath.Join(dir, "*.log"))
	w.fromEnd = true
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	write(t, path, "new\n", os.O_APPEND)
	if err := w.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.text.String(); got != "new\n" {
		t.Errorf("got %q", got)
	}

	// A file that appears later is new from its beginning, also one that
	// appears while nobody follows.
	write(t, filepath.Join(dir, "later.log"), "later\n", 0)
	if err := w.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "meanwhile.log"), "meanwhile\n", 0)
	again := newFollower(t, dir, s, filepath.Join(dir, "*.log"))
	again.fromEnd = true
	if err := again.load(); err != nil {
		t.Fatal(err)
	}
	if err := again.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.text.String(); got != "new\nlater\nmeanwhile\n" {
		t.Errorf("got %q", got)
	}
}

func TestAServerThatIsDownIsTriedAgainAndAWrongKeyIsNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	write(t, path, "one\n", 0)
	s := &shelf{byKey: map[string]string{}}
	w := newFollower(t, dir, s, path)
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	s.fail = func(bool) error { return &serverError{status: 503} }
	if err := w.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.fail = func(bool) error { return &serverError{status: 401} }
	if err := w.look(t.Context()); err == nil {
		t.Error("a wrong key is tried for ever")
	}
	s.fail = nil
	if err := w.look(t.Context()); err != nil || s.text.String() != "one\n" {
		t.Errorf("%v, %q", err, s.text.String())
	}
}

// Whatever happens to the follower and the server, and however the file grows,
// each line is stored once and in order.
func TestEveryLineIsStoredOnceWhateverDies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "follow")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "app.log")
		s := &shelf{byKey: map[string]string{}}
		written, line := "", 0
		start := func() *follower {
			w := newFollower(t, dir, s, path)
			if err := w.load(); err != nil {
				t.Fatal(err)
			}
			return w
		}
		w := start()
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"grow", "look", "down", "lost answer", "die"}).Draw(t, "step") {
			case "grow":
				text := ""
				for range rapid.IntRange(1, 4).Draw(t, "lines") {
					line++
					text += fmt.Sprintf("line %d\n", line)
				}
				f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.WriteString(text); err != nil {
					t.Fatal(err)
				}
				f.Close()
				written += text
			case "look":
				s.fail = nil
				if err := w.look(t.Context()); err != nil {
					t.Fatal(err)
				}
			case "down":
				s.fail = func(stored bool) error {
					if !stored {
						return errors.New("connection refused")
					}
					return nil
				}
				if err := w.look(t.Context()); err != nil {
					t.Fatal(err)
				}
			case "lost answer":
				s.fail = func(stored bool) error {
					if stored {
						return errors.New("connection reset")
					}
					return nil
				}
				if err := w.look(t.Context()); err != nil {
					t.Fatal(err)
				}
			case "die":
				for _, f := range w.files {
					if f.file != nil {
						f.file.Close()
					}
				}
				w = start()
			}
		}
		s.fail = nil
		for range 2 { // a chunk that was under way, then the rest
			if err := w.look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.text.String(); got != written {
			t.Fatalf("stored %q\nwritten %q", got, written)
		}
	})
}
