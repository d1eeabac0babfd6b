//go:build !noduck

package duckstore

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// The tests below run this test binary as a child that writes until it is
// killed, kills itself, or has no room. It prints a line for every batch that
// was acknowledged.
func TestMain(m *testing.M) {
	switch os.Getenv("CLEWLINE_CHILD") {
	case "write":
		childWrites()
	case "live":
		childLives()
	case "full":
		childFillsUp()
	default:
		os.Exit(m.Run())
	}
}

// batchRows is the size of a child's batches: each is one stream's next rows.
const batchRows = 40

// crashOptions make rolls and seals frequent.
func crashOptions() Options {
	return Options{RollRows: 200, GroupDelay: 1, MinFree: -1, MaxOpen: 3}
}

func numbered(stream string, n int) *event.Batch {
	b := &event.Batch{Project: "acme", Streams: []event.StreamRange{{Stream: stream, From: uint64(n*batchRows + 1), To: uint64((n + 1) * batchRows)}}}
	for i := range batchRows {
		seq := uint64(n*batchRows + i + 1)
		b.Events = append(b.Events, event.Event{Project: "acme", Stream: stream, Seq: seq, Time: int64(seq) * 1e9, Msg: strings.Repeat("payload ", 20), Session: strconv.Itoa(n)})
	}
	return b
}

func childWrites() {
	opt := crashOptions()
	at, _ := strconv.Atoi(os.Getenv("CLEWLINE_STEP_AT"))
	opt.before = func(step string) error {
		if step == os.Getenv("CLEWLINE_STEP") {
			if at--; at == 0 {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // until the signal is there
			}
		}
		return nil
	}
	s, err := Open(os.Getenv("CLEWLINE_DIR"), opt)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	first, _ := strconv.Atoi(os.Getenv("CLEWLINE_FIRST"))
	for n := first; n < first+60; n++ {
		for {
			err := s.Write(context.Background(), numbered("s", n))
			if err == nil {
				break
			}
			if !errors.Is(err, store.ErrBusy) {
				fmt.Println("error", err)
				os.Exit(1)
			}
			<-time.After(time.Millisecond)
		}
		fmt.Println("ack", n)
	}
	os.Exit(0)
}

// child runs a child and gives the batches that it acknowledged; it is killed
// after killAfter of them, if that is above 0.
func child(t *testing.T, dir string, killAfter int, env ...string) (acked []int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "CLEWLINE_CHILD=write", "CLEWLINE_DIR="+dir)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		if word != "ack" {
			t.Errorf("the child says: %s", lines.Text())
			continue
		}
		n, err := strconv.Atoi(rest)
		if err != nil {
			t.Fatal(err)
		}
		acked = append(acked, n)
		if len(acked) == killAfter {
			cmd.Process.Kill()
		}
	}
	cmd.Wait() // its end was the test's doing
	return acked
}

// holds opens the store and checks that it has the batches 0 to acked, whole,
// and of what was not acknowledged at most the one after them; that a retry of
// everything adds nothing; and that it can go on. It gives the next batch.
func holds(t *testing.T, dir string, acked int) int {
	t.Helper()
	s, err := Open(dir, crashOptions())
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	defer s.Close()
	if err := s.Stats().LastError; err != nil {
		t.Fatalf("after the crash: %v", err)
	}
	rows := func() int {
		scope := store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62}, Limit: 1000, Ascending: true}
		n := 0
		for {
			page, err := s.Search(t.Context(), scope)
			if err != nil || page.Partial != "" {
				t.Fatal(err, page.Partial)
			}
			for _, e := range page.Events {
				if n++; e.Seq != uint64(n) {
					t.Fatalf("event %d stands where %d should", e.Seq, n)
				}
			}
			if page.Next == nil {
				return n
			}
			scope.After = page.Next
		}
	}
	got := rows()
	if got%batchRows != 0 || got < acked*batchRows || got > (acked+1)*batchRows {
		t.Fatalf("%d batches were acknowledged, %d events are there, want %d or one batch more", acked, got, acked*batchRows)
	}
	for n := range got / batchRows {
		b := numbered("s", n)
		err := s.Write(t.Context(), b)
		for errors.Is(err, store.ErrBusy) { // what waits is being sealed
			<-time.After(5 * time.Millisecond)
			err = s.Write(t.Context(), b)
		}
		if err != nil {
			t.Fatalf("retry: %v", err)
		}
		if len(b.Events) != 0 {
			t.Fatalf("the retry of batch %d stored %d events again", n, len(b.Events))
		}
	}
	if again := rows(); again != got {
		t.Fatalf("%d events after the retries, %d before", again, got)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.duckdb"))
	listed := len(s.segments)
	if len(files) > listed+1 { // a roll may just be at work
		t.Errorf("%d segment files, %d listed", len(files), listed)
	}
	return got / batchRows
}

func TestNothingAcknowledgedIsLostOrDoubledWhenTheProcessIsKilled(t *testing.T) {
	rounds, _ := strconv.Atoi(cmp.Or(os.Getenv("CLEWLINE_KILLS"), "4"))
	dir, next := t.TempDir(), 0
	for range rounds {
		acked := child(t, dir, 1+rand.IntN(40), "CLEWLINE_FIRST="+strconv.Itoa(next))
		next = holds(t, dir, next+len(acked))
	}
}

func TestNothingAcknowledgedIsLostOrDoubledAtAnyStepOfARollOrASeal(t *testing.T) {
	for _, step := range []string{
		"commit", "make the segment", "make the tables", "sync the new segment", "write the list", "rename the list", "sync the folder",
		"turn to the new segment", "checkpoint", "look at the sealed segment", "write the skip index",
	} {
		for _, at := range []int{1, 3} {
			if step == "commit" {
				at *= 7
			}
			t.Run(fmt.Sprintf("%s %d", step, at), func(t *testing.T) {
				dir := t.TempDir()
				acked := child(t, dir, 0, "CLEWLINE_STEP="+step, "CLEWLINE_STEP_AT="+strconv.Itoa(at))
				if len(acked) == 60 {
					t.Fatal("the child did not come to that step")
				}
				holds(t, dir, len(acked))
			})
		}
	}
}

func TestAfterAnErrorAtAnyStepTheStoreGoesOn(t *testing.T) {
	for _, step := range []string{
		"commit", "make the segment", "make the tables", "sync the new segment", "write the list", "rename the list", "sync the folder",
		"turn to the new segment", "checkpoint", "look at the sealed segment", "write the skip index",
	} {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			opt := crashOptions()
			var calls atomic.Int32 // writer and sealer both take steps
			opt.before = func(s string) error {
				if s == step && calls.Add(1) == 3 {
					return errors.New("the test's error")
				}
				return nil
			}
			s, err := Open(dir, opt)
			if err != nil {
				t.Fatal(err)
			}
			const batches = 40
			failed := 0
			for n := range batches {
				for {
					err := s.Write(t.Context(), numbered("s", n))
					if err == nil {
						break
					}
					if !errors.Is(err, store.ErrBusy) {
						if failed++; s.Stats().LastError == nil {
							t.Error("Stats does not tell why writes fail")
						}
					}
					<-time.After(5 * time.Millisecond)
				}
			}
			if calls.Load() < 3 {
				t.Fatal("the store did not come to that step")
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			holds(t, dir, batches)
		})
	}
}

// childFillsUp writes while no file may grow beyond a bound, then lifts it.
func childFillsUp() {
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(bytes uint64) {
		var now syscall.Rlimit
		syscall.Getrlimit(syscall.RLIMIT_FSIZE, &now)
		syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: min(bytes, now.Max), Max: now.Max})
	}
	opt := Options{MinFree: -1, GroupDelay: 1}
	s, err := Open(os.Getenv("CLEWLINE_DIR"), opt)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	room, _ := strconv.ParseUint(os.Getenv("CLEWLINE_ROOM"), 10, 64)
	limit(room)
	full := 0
	for n := 0; n < 80; {
		err := s.Write(context.Background(), numbered("s", n))
		if err == nil {
			fmt.Println("ack", n)
			n++
			continue
		}
		if _, ok := errors.AsType[*store.FullError](err); !ok {
			fmt.Println("error", err)
			os.Exit(1)
		}
		if full++; full == 3 {
			if s.Stats().LastError == nil {
				fmt.Println("error: Stats does not tell that the disk is full")
			}
			if _, err := s.Search(context.Background(), store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62}, Limit: 10}); err != nil {
				fmt.Println("error: no search while the disk is full:", err)
			}
			limit(1 << 40)
		}
		<-time.After(20 * time.Millisecond)
	}
	if full == 0 {
		fmt.Println("error: the disk never was full")
	}
	fmt.Println("filled", full)
	os.Exit(0)
}

func TestAFullDiskStoresNothingByHalvesAndIsRecoveredFrom(t *testing.T) {
	for _, room := range []int{500_000, 600_000, 612_345, 701_111} { // the end comes at other places of a commit
		t.Run(strconv.Itoa(room), func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "CLEWLINE_CHILD=full", "CLEWLINE_DIR="+dir, "CLEWLINE_ROOM="+strconv.Itoa(room))
			out, err := cmd.Output()
			if err != nil || strings.Contains(string(out), "error") || !strings.Contains(string(out), "filled") {
				t.Fatalf("%v\n%s", err, out)
			}
			holds(t, dir, 80)
		})
	}
}

func TestAWriteThatWouldUseTheLastRoomIsRefused(t *testing.T) {
	s, err := Open(t.TempDir(), Options{MinFree: 1 << 60})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Write(t.Context(), numbered("s", 0))
	full, ok := errors.AsType[*store.FullError](err)
	if !ok || !strings.Contains(full.Error(), s.dir) {
		t.Fatalf("%v, want a *store.FullError that names the folder", err)
	}
	if s.Stats().LastError == nil || s.Stats().Events != 0 {
		t.Fatalf("Stats: %+v", s.Stats())
	}
}
