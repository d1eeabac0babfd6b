package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/format"
)

// takes is a server that keeps what is sent, once a key, and fails when told to.
type takes struct {
	t     *testing.T
	keys  map[string]string
	order []string // of keys that were new
	fail  func(key string) int
	url   string
}

func takesAll(t *testing.T) *takes {
	s := &takes{t: t, keys: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *takes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		s.t.Error(err)
		return
	}
	text, err := io.ReadAll(z)
	if err != nil {
		s.t.Error(err)
	}
	key := r.Header.Get("Idempotency-Key")
	if s.fail != nil {
		if status := s.fail(key); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	if old, again := s.keys[key]; again && old != string(text) {
		s.t.Errorf("%s was sent with two texts", key)
	} else if !again {
		s.keys[key] = string(text)
		s.order = append(s.order, key)
	}
	fmt.Fprintf(w, `{"accepted":%d,"rejected":0,"errors":[]}`, bytes.Count(text, []byte("\n")))
}

func (s *takes) text() string {
	var b strings.Builder
	for _, key := range s.order {
		b.WriteString(s.keys[key])
	}
	return b.String()
}

func (s *takes) send(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	var errs strings.Builder
	code = run(t.Context(), append([]string{"send", "--server", s.url, "--key", "sk_x", "--format", "text"}, args...), strings.NewReader(""), io.Discard, &errs)
	return code, errs.String()
}

func TestASendThatWasBrokenOffGoesOnWhereItStopped(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "app.log")
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", 35_000) // four chunks
	write(t, path, text, 0)
	s := takesAll(t)
	requests := 0
	s.fail = func(string) int {
		if requests++; requests > 2 {
			return http.StatusForbidden
		}
		return 0
	}
	if code, errs := s.send(t, path); code != exitFailed || !strings.Contains(errs, "from line 20971") {
		t.Fatalf("%d %s", code, errs)
	}
	s.fail = nil
	requests = len(s.order)
	code, errs := s.send(t, path)
	if code != exitDone || !strings.Contains(errs, "was sent before up to line 20970") || s.text() != text || len(s.order) != 4 {
		t.Fatalf("%d %s: %d requests", code, errs, len(s.order))
	}

	// A file that has grown: what is new. One that has not: nothing.
	write(t, path, "more\n", os.O_APPEND)
	if code, errs := s.send(t, path); code != exitDone || s.text() != text+"more\n" {
		t.Fatalf("%d %s", code, errs)
	}
	if code, errs := s.send(t, path); code != exitDone || !strings.Contains(errs, "0 events accepted") || len(s.order) != 5 {
		t.Fatalf("%d %s", code, errs)
	}
	// Another file, though it has the name.
	write(t, path, "new\n", os.O_TRUNC)
	if code, errs := s.send(t, path); code != exitDone || s.text() != text+"more\nnew\n" {
		t.Fatalf("%d %s", code, errs)
	}
	if code, errs := s.send(t, "--again", path); code != exitDone || !strings.Contains(errs, "1 events accepted") || len(s.order) != 6 {
		t.Fatalf("%d %s", code, errs)
	}
}

// The answer of a chunk is lost, and the file grows before it is sent again.
func TestAChunkWhoseAnswerWasLostIsSentAsItWas(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "app.log")
	write(t, path, "one\n", 0)
	s := takesAll(t)
	s.fail = func(key string) int {
		s.keys[key] = "one\n"
		s.order = append(s.order, key)
		return http.StatusForbidden
	}
	if code, errs := s.send(t, path); code != exitFailed {
		t.Fatalf("%d %s", code, errs)
	}
	s.fail = nil
	write(t, path, "two\n", os.O_APPEND)
	if code, errs := s.send(t, path); code != exitDone || s.text() != "one\ntwo\n" {
		t.Fatalf("%d %s: %q", code, errs, s.text())
	}
}

func TestPackedFilesGoOnToo(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "app.log.gz")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	text := strings.Repeat(strings.Repeat("y", 99)+"\n", 12_000)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	write(t, path, packed.String(), 0)
	s := takesAll(t)
	first := true
	s.fail = func(string) int {
		if first {
			first = false
			return 0
		}
		return http.StatusForbidden
	}
	if code, _ := s.send(t, path); code != exitFailed {
		t.Fatal("it did not fail")
	}
	s.fail = nil
	if code, errs := s.send(t, path); code != exitDone || s.text() != text {
		t.Fatalf("%d %s", code, errs)
	}
}

func TestAPersonSeesProgressAndAProgramDoesNot(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "app.log")
	write(t, path, strings.Repeat("line\n", 1000), 0)
	s := takesAll(t)
	for _, terminal := range []bool{true, false} {
		var errs strings.Builder
		c := sendCmd{remote: remote{Server: s.url, Key: "sk_x"}, Files: []string{path}, Again: true}
		if err := c.Run(&program{ctx: t.Context(), stdin: strings.NewReader(""), stdout: io.Discard, stderr: &errs, terminal: terminal}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(errs.String(), "0% |") != terminal {
			t.Errorf("terminal %v: %q", terminal, errs.String())
		}
	}
}

func TestOldMarksAreForgotten(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	old, young := filepath.Join(dir, "clewline", "send-old.json"), filepath.Join(dir, "clewline", "send-young.json")
	if err := os.MkdirAll(filepath.Dir(old), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, old, "{}", 0)
	write(t, young, "{}", 0)
	now := time.Now()
	if err := os.Chtimes(old, now, now.Add(-markKept-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := forgetMarks(now); err != nil {
		t.Fatal(err)
	}
	_, gone := os.Stat(old)
	_, kept := os.Stat(young)
	if !errors.Is(gone, os.ErrNotExist) || kept != nil {
		t.Errorf("%v, %v", gone, kept)
	}
}

// Whatever the encoding, chunks are whole lines and lose nothing.
func TestChunksOfAnyEncodingAreWholeLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SampledFrom([]width{narrow, wideLittle, wideBig}).Draw(t, "width")
		text := rapid.StringMatching(`([a座\x{0a0a}\x{0a00}\x{000a}\r]{0,9}){0,30}`).Draw(t, "text")
		body := []byte(text)
		if w != narrow {
			body = nil
			for _, unit := range utf16.Encode([]rune(text)) {
				if w == wideLittle {
					body = binary.LittleEndian.AppendUint16(body, unit)
				} else {
					body = binary.BigEndian.AppendUint16(body, unit)
				}
			}
		}
		lines := strings.SplitAfter(text, "\n")
		c := &chunker{r: bufio.NewReaderSize(bytes.NewReader(body), 16), width: w}
		var got []byte
		for i := 0; ; i++ {
			line, err := c.line(1 << 20)
			got = append(got, line...)
			if len(line) > 0 && string(asUTF8(line, []string{"", "utf-16le", "utf-16be"}[w])) != lines[i] {
				t.Fatalf("line %d is %q, want %q", i, line, lines[i])
			}
			if errors.Is(err, io.EOF) {
				break
			}
		}
		if !bytes.Equal(got, body) || w.count(body) != strings.Count(text, "\n") {
			t.Fatalf("%q became %q", body, got)
		}
		at, end := w.starts(body)
		if len(body) > 0 && len(at) != len(lines)-strings.Count(lines[len(lines)-1]+"x", "\n")-map[bool]int{true: 1}[lines[len(lines)-1] == ""] || end > len(body) {
			t.Fatalf("%q begins lines at %v, ends at %d", body, at, end)
		}
	})
}

func TestAFollowerReadsUTF16(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	s := &shelf{byKey: map[string]string{}}
	w := newFollower(t, dir, s, path)
	c := &sendCmd{Quiet: true, lineSource: lineSource{Multiline: "stack"}}
	w.learn = func(path, known string, head []byte) (string, format.Multiline, error) {
		encoding := known
		if encoding == "" {
			encoding = c.encodingOf(&program{stderr: io.Discard}, path, head)
		}
		join, err := c.joining(encoding)
		return encoding, join, err
	}
	inner := w.send
	w.send = func(ctx context.Context, f *followed, key string, chunk []byte) (sendResult, error) {
		return inner(ctx, f, key, asUTF8(chunk, f.Encoding))
	}
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	wide := func(text string) string {
		var out []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			out = binary.LittleEndian.AppendUint16(out, unit)
		}
		return string(out)
	}
	for _, step := range []struct{ more, want string }{
		{"\xff\xfe" + wide("错误 一\n\tat a\n二\n"), "\ufeff错误 一\n\tat a\n"},
		{"", "\ufeff错误 一\n\tat a\n二\n"},
		{wide("三") + wide("\n")[:1], "\ufeff错误 一\n\tat a\n二\n"},
		{wide("\n")[1:], "\ufeff错误 一\n\tat a\n二\n"},
		{"", "\ufeff错误 一\n\tat a\n二\n三\n"},
	} {
		write(t, path, step.more, os.O_APPEND)
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.text.String(); got != step.want {
			t.Fatalf("after %q: %q, want %q", step.more, got, step.want)
		}
	}
}
