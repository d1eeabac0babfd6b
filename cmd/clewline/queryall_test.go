package main

import (
	"bytes"
	"context"
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
)

// parts answers as the server does, three parts of two lines, until it is told
// to refuse one.
func parts(t *testing.T, refuse *int) (server *httptest.Server, asked *[]string) {
	asked = &[]string{}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := 0
		if c := r.URL.Query().Get("cursor"); c != "" {
			_, _ = fmt.Sscanf(c, "c%d", &n)
		}
		*asked = append(*asked, r.URL.Query().Get("cursor"))
		if n == *refuse {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"error":{"code":"forbidden","message":"This key was revoked."}}`)
			return
		}
		w.Header().Set("Clewline-Events", fmt.Sprint(2*n+2))
		if n < 2 {
			w.Header().Set("Clewline-Next", fmt.Sprintf("c%d", n+1))
		}
		_, _ = fmt.Fprintf(w, "%d\n%d\n", 2*n+1, 2*n+2)
	}))
	t.Cleanup(server.Close)
	return server, asked
}

func TestAnExportIntoAFileGoesOnWhereItStopped(t *testing.T) {
	refuse := 2
	server, asked := parts(t, &refuse)
	file := filepath.Join(t.TempDir(), "out.csv")
	args := []string{"query", "--server", server.URL, "--key", "rk_x", "--all", "-o", "csv", "--file", file, "level:error"}
	var stderr bytes.Buffer
	if code := run(t.Context(), args, nil, io.Discard, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "the same command goes on after them") {
		t.Fatalf("%d %s", code, stderr.String())
	}
	// What a crash left behind the last whole part is none of it.
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("5\nhal"); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	refuse, *asked = -1, nil
	stderr.Reset()
	if code := run(t.Context(), args, nil, io.Discard, &stderr); code != exitDone {
		t.Fatalf("%d %s", code, stderr.String())
	}
	text, err := os.ReadFile(file)
	if err != nil || string(text) != "1\n2\n3\n4\n5\n6\n" {
		t.Errorf("%q, %v", text, err)
	}
	if got := strings.Join(*asked, " "); got != "c2" {
		t.Errorf("the parts %q were asked for", got)
	}
	if _, err := os.Stat(file + ".resume"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the note beside the file stays: %v", err)
	}
	if !strings.Contains(stderr.String(), "going on after 4 events") || !strings.Contains(stderr.String(), "6 events are in") {
		t.Errorf("it says %s", stderr.String())
	}
}

func TestAnotherQueryBeginsTheFileAnew(t *testing.T) {
	refuse := 1
	server, asked := parts(t, &refuse)
	file := filepath.Join(t.TempDir(), "out.ndjson")
	args := []string{"query", "--server", server.URL, "--key", "rk_x", "--all", "--file", file}
	if code := run(t.Context(), append(args, "a"), nil, io.Discard, io.Discard); code != exitFailed {
		t.Fatal(code)
	}
	refuse, *asked = -1, nil
	if code := run(t.Context(), append(args, "b"), nil, io.Discard, io.Discard); code != exitDone || len(*asked) != 3 {
		t.Errorf("%d, asked %q", code, *asked)
	}
}

func TestAPartIsAskedForAgainUnlessTheRequestIsWrong(t *testing.T) {
	for _, c := range []struct {
		try   int
		err   error
		wait  time.Duration
		again bool
	}{
		{1, io.ErrUnexpectedEOF, time.Second, true},
		{4, io.ErrUnexpectedEOF, 8 * time.Second, true},
		{7, io.ErrUnexpectedEOF, 30 * time.Second, true},
		{8, io.ErrUnexpectedEOF, 0, false},
		{1, &serverError{status: 429, retryAfter: 20 * time.Second}, 20 * time.Second, true},
		{1, &serverError{status: 503}, time.Second, true},
		{1, &serverError{status: 400}, 0, false},
		{1, context.Canceled, 0, false},
		{1, wrongUse("no address"), time.Second, false},
	} {
		if wait, again := pauseBefore(c.try, c.err); again != c.again || again && wait != c.wait {
			t.Errorf("try %d, %v: %v %v", c.try, c.err, wait, again)
		}
	}
}
