//go:build !noduck

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clewlineSays runs a command that is to succeed, and gives what it printed.
func clewlineSays(t *testing.T, stdin io.Reader, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, stdin, &out, &errs); code != exitDone {
		t.Fatalf("clewline %v: exit code %d: %s", args, code, errs.String())
	}
	return strings.TrimSpace(out.String())
}

// tailing waits until the server has one live reader.
func tailing(t *testing.T, base string) {
	t.Helper()
	for {
		resp, err := http.Get(base + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "clewline_tail_readers 1") {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the tail never opened")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestTailShowsWhatMatchesAsItArrivesAndEndsWhenInterrupted(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	send := clewlineSays(t, nil, "key", "create", "--data", data, "--project", "p", "--type", "server")
	read := clewlineSays(t, nil, "key", "create", "--data", data, "--project", "p", "--type", "read")
	s := startServer(t, data)
	defer s.kill(t)

	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		code := run(ctx, []string{"tail", "--server", s.url, "--key", read, "level>=warn"}, nil, in, &errs)
		in.Close()
		ended <- code
	}()
	tailing(t, s.url)
	events := `{"level":"info","msg":"not this"}` + "\n" + `{"level":"error","msg":"票据过期 \u001b[31mred"}` + "\n"
	clewlineSays(t, strings.NewReader(events), "send", "--quiet", "--format", "events", "--server", s.url, "--key", send, "-")
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(line, `票据过期 \x1b[31mred`) || !strings.Contains(line, "error") {
		t.Errorf("got %q, want the second event with its control sign shown", line)
	}
	interrupt()
	if code := <-ended; code != exitDone {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}
