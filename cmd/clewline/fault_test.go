//go:build !noduck

package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/server/faulttest"
)

// diskFaults are what strace lets fail, the n-th to m-th such call of each
// thread on the store's files. In the tests of every day only the first of
// each line are tried; FAULTS=all tries them all.
var diskFaults = [][]string{
	// A failed sync: nobody knows what is on the disk.
	{"fsync:error=EIO:when=30..32", "fsync:error=EIO:when=3", "fsync:error=EIO:when=7", "fsync:error=EIO:when=12..20", "fsync:error=EIO:when=55..60"},
	// A full disk.
	{"write:error=ENOSPC:when=40..60", "write:error=ENOSPC:when=5..9", "write:error=ENOSPC:when=15", "write:error=ENOSPC:when=100..140"},
	{"pwrite64:error=ENOSPC:when=11..13", "pwrite64:error=ENOSPC:when=3", "pwrite64:error=ENOSPC:when=5", "pwrite64:error=ENOSPC:when=7..9"},
	// A broken one.
	{"write:error=EIO:when=33", "write:error=EIO:when=8..10", "pwrite64:error=EIO:when=2", "pwrite64:error=EIO:when=9..12"},
	{"renameat:error=EIO:when=8", "renameat:error=ENOSPC:when=1", "renameat:error=EIO:when=3..5", "unlink:error=EIO:when=2..4", "openat:error=EMFILE:when=12..14", "openat:error=EIO:when=20..22"},
}

// storeFiles names the files that a store may use in a short run.
func storeFiles(data string) (paths []string) {
	events := filepath.Join(data, "events")
	paths = append(paths, events)
	for _, name := range []string{"segments.json.tmp", "segments.json", "segments.copy.json.tmp", "segments.copy.json", "room.tmp"} {
		paths = append(paths, filepath.Join(events, name))
	}
	for n := range 120 {
		for _, end := range []string{".duckdb", ".duckdb.wal", ".duckdb.tmp", ".skip", ".skip.tmp"} {
			paths = append(paths, filepath.Join(events, fmt.Sprintf("%06d%s", n+1, end)))
		}
	}
	return paths
}

// TestFaultsOfTheDiskLoseNothingThatWasAcknowledged lets system calls of a
// server under load fail. It may refuse, it may not lose or double; when the
// fault is over it goes on by itself.
func TestFaultsOfTheDiskLoseNothingThatWasAcknowledged(t *testing.T) {
	if err := faulttest.Ready(); err != nil {
		t.Fatal(err)
	}
	for _, line := range diskFaults {
		for i, rule := range line {
			if i > 0 && os.Getenv("FAULTS") != "all" {
				break
			}
			t.Run(rule, func(t *testing.T) { diskFault(t, rule) })
		}
	}
}

func diskFault(t *testing.T, rule string) {
	dir := t.TempDir()
	data, trace := filepath.Join(dir, "data"), filepath.Join(dir, "trace")
	l := &recordedLoad{keys: crashKeys(t, data), began: time.Now().Add(-time.Minute).Truncate(time.Microsecond)}
	l.senders = crashSenders(l.keys[0])
	s, trouble := tryServer(t, data, func(cmd *exec.Cmd) error { return faulttest.Inject(cmd, trace, storeFiles(data), rule) })
	if s == nil {
		// It did not even start: then the next start has to.
		t.Logf("did not start: %s", trouble)
		if lost := l.lost(t, data, time.Now()); lost != "" {
			t.Error(lost)
		}
		return
	}
	for _, sender := range l.senders {
		sender.fault, sender.errors = true, map[int]int{}
		sender.pause = max(sender.pause, 5*time.Millisecond)
	}
	load := func(end <-chan struct{}) {
		var wg sync.WaitGroup
		for _, sender := range l.senders {
			wg.Go(func() {
				if err := sender.run(s.url, l.began, end); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	stop := make(chan struct{})
	time.AfterFunc(2*time.Second, func() { close(stop) })
	load(stop)
	// From here on each has to get one more batch in, in time.
	stop = make(chan struct{})
	timer := time.AfterFunc(30*time.Second, func() { close(stop) })
	for _, sender := range l.senders {
		sender.until = sender.next + 1
	}
	load(stop)
	timer.Stop()
	refused := 0
	for _, sender := range l.senders {
		for status, n := range sender.errors {
			refused += n
			if status < 400 {
				t.Errorf("%s got status %d %d times", sender.name, status, n)
			}
		}
		if sender.next != sender.until {
			ready := "the server is gone: " + s.said.String()
			if resp, err := http.Get(s.url + "/readyz"); err == nil {
				resp.Body.Close()
				ready = notReady(t, s.url)
			}
			t.Errorf("%s gets nothing in any more; %s", sender.name, ready)
		}
	}
	if child, err := faulttest.Child(s.cmd.Process); err == nil {
		if err := child.Kill(); err != nil {
			t.Error(err)
		}
	}
	_ = s.cmd.Wait() // killed
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	injected := strings.Count(string(text), "(INJECTED)")
	t.Logf("%d calls failed, %d requests were refused", injected, refused)
	if lost := l.lost(t, data, time.Now()); lost != "" {
		t.Error(lost)
		keepFolder(t, data, len(rule)+cmp.Or(injected, 1))
	}
}
