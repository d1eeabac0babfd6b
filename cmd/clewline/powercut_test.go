//go:build !noduck

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/faulttest"
)

// A recordedLoad is what a server was asked to do, and what it answered when,
// while its calls to the file system were recorded.
type recordedLoad struct {
	*faulttest.Recording
	keys    [2]string // of a server, of a reader
	began   time.Time
	senders []*crashSender
	cookie  *http.Cookie   // of an admin, who logged in at
	login   time.Time      // this time
	made    []acknowledged // keys made meanwhile
	erased  acknowledged   // an event erased meanwhile, by its message
	asked   time.Time      // when that was ordered
	brief   *briefProject  // what has expired meanwhile; nil for none
	ahead   time.Duration  // of the server's clock
	merges  rewritings
}

type acknowledged struct {
	name string
	at   time.Time
}

// recordLoad runs a server for a while, on a folder that has events of the day
// before yesterday: that day is merged while it is recorded, one project's
// events of it expire, and one event is erased.
func recordLoad(t *testing.T, long time.Duration) *recordedLoad {
	t.Helper()
	if err := faulttest.Ready(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	l := &recordedLoad{keys: crashKeys(t, data), began: time.Now().Add(-time.Minute).Truncate(time.Microsecond)}
	if err := server.CreateAdmin(t.Context(), data, adminName, adminPassword); err != nil {
		t.Fatal(err)
	}
	l.senders = crashSenders(l.keys[0])
	l.brief = newBriefProject(t, data)
	before := startServer(t, data, aheadBy(0))
	for _, sender := range append([]*crashSender{l.brief.sender}, l.senders[:4]...) {
		sender.until = 20
		if err := sender.run(before.url, l.began, nil); err != nil {
			t.Fatal(err)
		}
		sender.until = 0
	}
	if err := before.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := before.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	l.ahead = 2 * day
	l.brief.sender.ahead = l.ahead
	s := startServer(t, data, aheadBy(l.ahead), func(cmd *exec.Cmd) (err error) {
		cmd.Env = append(cmd.Env, storeTuning+"="+smallSegments)
		l.Recording, err = faulttest.Record(cmd, data, filepath.Join(dir, "trace"))
		return err
	})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, sender := range l.senders {
		wg.Go(func() {
			if err := sender.run(s.url, l.began, stop); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		if err := l.makeKeys(s.url, adminName, adminPassword, stop); err != nil {
			t.Error(err)
		}
	})
	<-time.After(long / 2) // how much is recorded
	l.erased.name, l.asked = l.senders[1].ids(7)[0], time.Now()
	erase(t, s.url, logIn(t, s.url), l.erased.name)
	l.erased.at = time.Now()
	<-time.After(long / 2) // how much is recorded
	close(stop)
	wg.Wait()
	l.merges.await(t, data)
	l.brief.look(t, s.url, l.began, time.Now().Add(l.ahead))
	child, err := faulttest.Child(s.cmd.Process)
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Signal(syscall.SIGTERM); err != nil { // so that the end is recorded as well
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("the recorded server ended with %v", err)
	}
	return l
}

// makeKeys logs in and makes keys, for the catalog's sake.
func (l *recordedLoad) makeKeys(base, name, password string, stop <-chan struct{}) error {
	post := func(path, body string) (*http.Response, error) {
		r, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		if l.cookie != nil {
			r.AddCookie(l.cookie)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode >= 300 {
			err = fmt.Errorf("%s: %d %s", path, resp.StatusCode, text)
		}
		return resp, err
	}
	resp, err := post("/v1/login", fmt.Sprintf(`{"name":%q,"password":%q}`, name, password))
	if err != nil {
		return err
	}
	l.login = time.Now()
	l.cookie = resp.Cookies()[0]
	for n := 0; ; n++ {
		select {
		case <-stop:
			return nil
		case <-time.After(100 * time.Millisecond): // the load's rhythm
		}
		key := fmt.Sprintf("key-%d", n)
		if _, err := post("/v1/keys", fmt.Sprintf(`{"project":"crash","type":"read","name":%q}`, key)); err != nil {
			return err
		}
		l.made = append(l.made, acknowledged{key, time.Now()})
	}
}

// lost opens a folder after a power cut with a real server, and tells what is
// wrong with it, "" for nothing. An error is the test's own trouble.
func (l *recordedLoad) lost(t *testing.T, data string, cut time.Time) string {
	s, trouble := tryServer(t, data, aheadBy(l.ahead))
	if trouble != "" {
		return "the server does not start: " + trouble
	}
	defer s.kill(t)
	if trouble := notReady(t, s.url); trouble != "" {
		return "not ready: " + trouble
	}
	stored := storedMessages(t, s.url, l.keys[1], l.began)
	if l.erased.name != "" {
		if l.erased.at.Before(cut) && stored[l.erased.name] > 0 || cut.Before(l.asked) && stored[l.erased.name] == 0 {
			return fmt.Sprintf("the event %s, erased from %v to %v, is there %d times", l.erased.name, l.asked, l.erased.at, stored[l.erased.name])
		}
		stored[l.erased.name] = max(stored[l.erased.name], 1)
	}
	if l.brief != nil {
		l.brief.look(t, s.url, l.began, time.Now().Add(l.ahead))
	}
	for _, sender := range l.senders {
		acked := len(slices.Collect(before(sender.acks, cut)))
		for batch := range sender.next + 1 {
			in := 0
			for _, id := range sender.ids(batch) {
				if stored[id] > 1 {
					return fmt.Sprintf("event %s is there %d times", id, stored[id])
				}
				in += stored[id]
			}
			if batch < acked && in != sender.size {
				return fmt.Sprintf("of the acknowledged batch %d of %s (%d are acknowledged) there are %d of %d events", batch, sender.name, acked, in, sender.size)
			}
			if in != 0 && in != sender.size {
				return fmt.Sprintf("batch %d of %s is there in part: %d of %d events", batch, sender.name, in, sender.size)
			}
		}
		// What has no answer is sent again, and the last that has one.
		again := *sender
		again.pause = 0
		again.next, again.until = max(acked-1, 0), acked+1
		if err := again.run(s.url, l.began, nil); err != nil {
			return err.Error()
		}
		if again.next != again.until {
			return "the server went away when a batch was sent again"
		}
	}
	stored = storedMessages(t, s.url, l.keys[1], l.began)
	for _, sender := range l.senders {
		acked := len(slices.Collect(before(sender.acks, cut)))
		for _, id := range append(sender.ids(max(acked-1, 0)), sender.ids(acked)...) {
			if stored[id] != 1 {
				return fmt.Sprintf("after it was sent again, event %s is there %d times", id, stored[id])
			}
		}
	}
	return l.lostKeys(t, s.url, cut)
}

func before(acks []time.Time, cut time.Time) func(func(time.Time) bool) {
	return func(yield func(time.Time) bool) {
		for _, a := range acks {
			if a.After(cut) || !yield(a) {
				return
			}
		}
	}
}

func (l *recordedLoad) lostKeys(t *testing.T, base string, cut time.Time) string {
	if l.cookie == nil || l.login.After(cut) {
		return ""
	}
	r, err := http.NewRequest(http.MethodGet, base+"/v1/keys?project=crash", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(l.cookie)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Keys []struct{ Name string } }
	if resp.StatusCode != http.StatusOK {
		return fmt.Sprintf("the admin's session is lost: %d", resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	for _, k := range l.made {
		if k.at.After(cut) {
			break
		}
		if !slices.ContainsFunc(answer.Keys, func(x struct{ Name string }) bool { return x.Name == k.name }) {
			return fmt.Sprintf("the acknowledged key %s is lost", k.name)
		}
	}
	return ""
}

func notReady(t *testing.T, base string) string {
	resp, err := http.Get(base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		return string(text)
	}
	return ""
}

func crashKeys(t *testing.T, data string) (keys [2]string) {
	t.Helper()
	for i, typ := range []string{"server", "read"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"key", "create", "--data", data, "--project", "crash", "--type", typ}, nil, &out, &errs); code != 0 {
			t.Fatalf("key create: %s", errs.String())
		}
		keys[i] = strings.TrimSpace(out.String())
	}
	return keys
}

// TestPowerCutsLoseNothingAndDoubleNothing records what a server under load
// asks of the file system, and rebuilds its folder as a power cut at random
// moments could have left it: what was synced, and any part of the rest. Each
// is opened by a real server and compared with what was acknowledged until
// then. POWERCUTS says how many moments; make crash takes more than this
// default. Then the same with syncs taken as not done: the loss must be seen.
func TestPowerCutsLoseNothingAndDoubleNothing(t *testing.T) {
	cuts, err := strconv.Atoi(cmp.Or(os.Getenv("POWERCUTS"), "6"))
	if err != nil {
		t.Fatalf("POWERCUTS: %v", err)
	}
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("SEED"); v != "" {
		if seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("SEED: %v", err)
		}
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	l := recordLoad(t, 3*time.Second)
	length, err := l.Measure()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range length.Mapped {
		// The catalog's index of its log is made anew from the log.
		if name != "catalog.db-shm" {
			t.Fatalf("%s is mapped for writing: the recorder does not see what is written to it", name)
		}
	}
	acked := 0
	for _, s := range l.senders {
		acked += len(s.acks) * s.size
	}
	t.Logf("recorded %d calls, %d of them syncs; %d events and %d keys acknowledged, %d segments made by merging, %d by removing something",
		length.Calls, length.Syncs, acked, len(l.made), len(l.merges.merged), len(l.merges.others))
	if l.brief.expired == 0 {
		t.Fatal("nothing has expired: this run has not tested that")
	}

	styles := map[faulttest.Style]int{}
	failed := 0
	err = l.Replay(t.TempDir(), cuts, random, nil, func(p faulttest.PowerCut, folder string) error {
		styles[p.Style]++
		if lost := l.lost(t, folder, p.At); lost != "" {
			failed++
			t.Errorf("power cut after call %d of %d, %v: %s", p.After, length.Calls, p.Style, lost)
			keepFolder(t, folder, p.After)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d power cuts, %v: %d with something missing or doubled", cuts, styles, failed)

	for name, forget := range map[string]faulttest.Mutant{
		"the syncs of the folder":                 func(_ string, directory bool) bool { return directory },
		"the syncs of the list of segments":       func(p string, _ bool) bool { return strings.Contains(p, "segments") && strings.Contains(p, ".json") },
		"the syncs of the active segment's log":   func(p string, _ bool) bool { return strings.HasSuffix(p, ".wal") },
		"the syncs of the catalog and of its log": func(p string, _ bool) bool { return strings.Contains(p, "catalog") },
	} {
		found := ""
		for tries := 0; tries < 6 && found == ""; tries++ {
			err := l.Replay(t.TempDir(), 2, random, forget, func(p faulttest.PowerCut, folder string) error {
				if p.Style != faulttest.All && found == "" {
					found = l.lost(t, folder, p.At)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if found == "" {
			t.Errorf("without %s nothing is lost: this test would not find them missing", name)
		}
		t.Logf("without %s: %s", name, found)
	}
}

// keepFolder keeps what could not be opened where KEEP says, to be looked at.
func keepFolder(t *testing.T, folder string, n int) {
	keep := os.Getenv("KEEP")
	if keep == "" {
		return
	}
	if err := os.CopyFS(filepath.Join(keep, strconv.Itoa(n)), os.DirFS(folder)); err != nil {
		t.Log(err)
	}
}
