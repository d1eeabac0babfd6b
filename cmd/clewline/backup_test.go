//go:build !noduck

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/backup"
	"github.com/clewline/clewline/server/faulttest"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
)

// TestABackupUnderLoadHoldsAllThatWasAcknowledgedBefore takes backups while
// segments are rolled, sealed and merged, and restores each.
func TestABackupUnderLoadHoldsAllThatWasAcknowledgedBefore(t *testing.T) {
	data, backups := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "backups")
	l := &recordedLoad{keys: crashKeys(t, data), began: time.Now().Add(-time.Minute).Truncate(time.Microsecond)}
	l.senders = crashSenders(l.keys[0])
	s := startServer(t, data)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, sender := range l.senders {
		wg.Go(func() {
			if err := sender.run(s.url, l.began, stop); err != nil {
				t.Error(err)
			}
		})
	}
	var taken []backup.Taken
	for range 4 {
		<-time.After(700 * time.Millisecond) // the load goes on meanwhile
		b, err := backup.Take(t.Context(), data, backups, backup.TakeOptions{Program: version})
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Damaged) > 0 {
			t.Errorf("damaged: %v", b.Damaged)
		}
		taken = append(taken, b)
	}
	close(stop)
	wg.Wait()
	s.kill(t)
	if last := taken[len(taken)-1]; last.Copied >= len(last.Files) {
		t.Errorf("the last backup copied all of its %d files again", last.Copied)
	}
	for _, b := range taken {
		folder := filepath.Join(t.TempDir(), "restored")
		if _, err := backup.Restore(t.Context(), backups, folder, backup.RestoreOptions{Name: b.Name, Open: server.TryStore}); err != nil {
			t.Fatalf("restore %s: %v", b.Name, err)
		}
		report, err := server.CheckStore(t.Context(), folder, nil)
		if err != nil || !report.OK {
			t.Fatalf("check: %v %+v", err, report)
		}
		if lost := l.lost(t, folder, b.Taken); lost != "" {
			t.Errorf("backup %s: %s", b.Name, lost)
		}
	}
}

// aStore makes a data folder with two segments of one user's events each.
func aStore(t *testing.T) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	keys := crashKeys(t, data)
	s := startServer(t, data)
	began := time.Now().Add(-time.Minute)
	for _, sender := range crashSenders(keys[0])[:2] {
		sender.until = 3
		if err := sender.run(s.url, began, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.kill(t)
	return data
}

func TestWhatWasErasedAfterABackupStaysErasedWhenItIsRestored(t *testing.T) {
	data, backups := aStore(t), filepath.Join(t.TempDir(), "backups")
	before, err := backup.Take(t.Context(), data, backups, backup.TakeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	st, err := duckstore.Open(filepath.Join(data, "events"), duckstore.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse(`"s0-1"`)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Erase(t.Context(), store.Erasure{ID: "e1", Project: "crash", Query: q, By: "test", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	count := func(folder string) (n int) {
		st, err := duckstore.Open(filepath.Join(folder, "events"), duckstore.Options{MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		page, err := st.Search(t.Context(), store.Search{Scope: store.Scope{Project: "crash", From: 0, To: 1 << 62}, Limit: 1000})
		if err != nil || page.Partial != "" {
			t.Fatal(err, page.Partial)
		}
		return len(page.Events)
	}
	restore := func(name, orders string) (int, backup.Restored) {
		folder := filepath.Join(t.TempDir(), "restored")
		r, err := backup.Restore(t.Context(), backups, folder, backup.RestoreOptions{Name: name, Orders: orders, Open: server.TryStore})
		if err != nil {
			t.Fatal(err)
		}
		return count(folder), r
	}
	if n, _ := restore("", ""); n != 240 {
		t.Fatalf("%d events restored of 240", n)
	}
	if n, r := restore("", data); n != 239 || r.Erasures != 1 {
		t.Errorf("with the lost store's orders %d events are there, %d erasures applied; want 239, 1", n, r.Erasures)
	}
	if _, err := backup.Take(t.Context(), data, backups, backup.TakeOptions{}); err != nil {
		t.Fatal(err)
	}
	if n, r := restore(before.Name, ""); n != 239 || r.Erasures != 1 {
		t.Errorf("from the backup before, with a later one beside it, %d events are there, %d erasures applied; want 239, 1", n, r.Erasures)
	}
}

// TestWhatHasExpiredAfterABackupStaysGoneWhenItIsRestored has everything of a
// project expire after a backup, and restores that backup in every way in which
// the order can be known.
func TestWhatHasExpiredAfterABackupStaysGoneWhenItIsRestored(t *testing.T) {
	data, backups := aStore(t), filepath.Join(t.TempDir(), "backups")
	before, err := backup.Take(t.Context(), data, backups, backup.TakeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tomorrow := duckstore.Options{MinFree: -1, Now: func() time.Time { return time.Now().Add(24 * time.Hour) }}
	st, err := duckstore.Open(filepath.Join(data, "events"), tomorrow)
	if err != nil {
		t.Fatal(err)
	}
	page, err := st.Search(t.Context(), store.Search{Scope: store.Scope{Project: "crash", From: 0, To: 1 << 62}, Limit: 1000})
	if err != nil || len(page.Events) != 240 {
		t.Fatal(err, len(page.Events))
	}
	if err := st.Expire(t.Context(), "crash", store.DayOf(tomorrow.Now())); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	kept := 240
	for _, restore := range []struct {
		name    string
		options backup.RestoreOptions
		prepare func()
		left    int
	}{
		{"of the order nobody knows", backup.RestoreOptions{}, func() {}, kept},
		{"the lost store's orders are named", backup.RestoreOptions{Orders: data}, func() {}, 0},
		{"a later backup knows of it", backup.RestoreOptions{Name: before.Name}, func() {
			if _, err := backup.Take(t.Context(), data, backups, backup.TakeOptions{}); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"it stands in the backup itself", backup.RestoreOptions{}, func() {}, 0},
	} {
		t.Run(restore.name, func(t *testing.T) {
			restore.prepare()
			folder := filepath.Join(t.TempDir(), "restored")
			restore.options.Open = server.TryStore
			if _, err := backup.Restore(t.Context(), backups, folder, restore.options); err != nil {
				t.Fatal(err)
			}
			st, err := duckstore.Open(filepath.Join(folder, "events"), tomorrow)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			for _, when := range []string{"at once", "when the files were rewritten"} {
				found, err := st.Search(t.Context(), store.Search{Scope: store.Scope{Project: "crash", From: 0, To: 1 << 62}, Limit: 1000})
				if err != nil || found.Partial != "" || len(found.Events) != restore.left {
					t.Errorf("%s %d events are there, want %d: %v %s", when, len(found.Events), restore.left, err, found.Partial)
				}
				if _, err := st.Event(t.Context(), "crash", page.Events[0].ID()); (err == nil) != (restore.left > 0) {
					t.Errorf("%s an event's id gives %v", when, err)
				}
				if err := st.Compact(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			list, err := duckstore.ReadList(filepath.Join(folder, "events"))
			if err != nil {
				t.Fatal(err)
			}
			var rows int64
			for i := range list.Segments {
				rows += list.Segments[i].Rows
			}
			if rows != int64(restore.left) {
				t.Errorf("the files hold %d events, want %d", rows, restore.left)
			}
		})
	}
}

func TestABackupOrRestoreThatIsStoppedLeavesWhatWasThere(t *testing.T) {
	data, backups := aStore(t), filepath.Join(t.TempDir(), "backups")
	first, err := backup.Take(t.Context(), data, backups, backup.TakeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for at := range 4 {
		// stopping ends a context at a call of the progress.
		stopping := func() (context.Context, backup.Progress) {
			ctx, cancel := context.WithCancel(t.Context())
			t.Cleanup(cancel)
			calls := 0
			return ctx, func(int64, int64, string) {
				if calls++; calls > at {
					cancel()
				}
			}
		}
		other, folder := filepath.Join(t.TempDir(), "other"), filepath.Join(t.TempDir(), "new")
		ctx, progress := stopping()
		if _, err := backup.Take(ctx, data, other, backup.TakeOptions{Progress: progress}); err == nil {
			t.Fatal("the backup was not stopped")
		}
		if _, _, err := backup.List(other); err == nil {
			t.Error("a stopped backup counts as one")
		}
		ctx, progress = stopping()
		if _, err := backup.Restore(ctx, backups, folder, backup.RestoreOptions{Progress: progress}); err == nil {
			t.Fatal("the restore was not stopped")
		}
		if _, err := os.Stat(folder); err == nil {
			t.Error("a stopped restore leaves its folder")
		}
	}
	all, broken, err := backup.List(backups)
	if err != nil || len(broken) > 0 || len(all) != 1 || all[0].Name != first.Name {
		t.Errorf("%v %v %v", all, broken, err)
	}
}

// TestAFullDiskDuringABackupFault lets every write of a backup but the first
// few fail; the backup before stays whole, and nothing is left of the new one.
func TestAFullDiskDuringABackupFault(t *testing.T) {
	if err := faulttest.Ready(); err != nil {
		t.Fatal(err)
	}
	data, backups := aStore(t), filepath.Join(t.TempDir(), "backups")
	if _, err := backup.Take(t.Context(), data, backups, backup.TakeOptions{}); err != nil {
		t.Fatal(err)
	}
	failed := 0
	rules := []string{"write:error=ENOSPC:when=1+", "write:error=EIO:when=1", "fsync:error=EIO:when=1", "fsync:error=EIO:when=3+", "renameat:error=ENOSPC:when=1+"}
	for i, rule := range rules {
		sendMore(t, data, i)
		before := names(t, backups)
		cmd := exec.Command(os.Args[0], "backup", "--data", data, "--to", backups, "--keep", "99")
		cmd.Env = append(os.Environ(), runAsClewline+"=1")
		paths := []string{backups, filepath.Join(backups, "files")}
		for n := range 20 {
			for _, end := range []string{"duckdb", "duckdb.wal", "skip"} {
				paths = append(paths, filepath.Join(backups, "files", fmt.Sprintf("events-%06d.%s.tmp", n, end)))
			}
		}
		paths = append(paths, filepath.Join(backups, "files", "events-segments.json.tmp"), filepath.Join(backups, "files", "catalog.db.tmp"))
		if err := faulttest.Inject(cmd, filepath.Join(t.TempDir(), "trace"), paths, rule); err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		after := names(t, backups)
		if err != nil {
			failed++
			if whole := strings.Contains(string(out), "the backup is whole"); !whole && !slices.Equal(before, after) {
				t.Errorf("%s: there were %v, now %v", rule, before, after)
			}
		} else if len(after) != len(before)+1 {
			t.Errorf("%s: the backup says that it is done, but there are %v: %s", rule, after, out)
		}
		// What there is can be restored, whatever happened.
		if _, err := backup.Restore(t.Context(), backups, filepath.Join(t.TempDir(), "new"), backup.RestoreOptions{Open: server.TryStore}); err != nil {
			t.Errorf("%s: %v", rule, err)
		}
	}
	if failed < 3 {
		t.Errorf("only %d of %d backups had an error", failed, len(rules))
	}
}

// sendMore adds some events to a data folder.
func sendMore(t *testing.T, data string, n int) {
	t.Helper()
	st, err := duckstore.Open(filepath.Join(data, "events"), duckstore.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Write(t.Context(), oneBatch(n)), st.Close()); err != nil {
		t.Fatal(err)
	}
}

// oneBatch gives 40 events that no other number has.
func oneBatch(n int) *event.Batch {
	b := &event.Batch{Project: "crash"}
	for i := range 40 {
		now := time.Now().UnixNano()
		b.Events = append(b.Events, event.Event{Project: "crash", IDBase: fmt.Sprintf("batch%d", n), IDNum: uint64(i + 1), Time: now, Received: now, Msg: "one of a batch"})
	}
	return b
}

// names lists the backups and whatever was not finished.
func names(t *testing.T, folder string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	tmp, err := filepath.Glob(filepath.Join(folder, "files", "*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	return append(out, fmt.Sprint(len(tmp), " unfinished"))
}
