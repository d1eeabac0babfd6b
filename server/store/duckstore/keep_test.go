//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// A life is what happens to a store in the tests below: two days of writing,
// a merge of the first, an erasure of one session, the expiry of a project.
type life struct {
	s   *Store
	now *atomic.Int64
	did func(string) // is told what was acknowledged
}

const (
	firstDay  = 20_000 * 24 * hour
	dayOne    = 8 // batches of acme on the first day; beta has as many
	dayTwo    = 4
	erasedOne = 5 // the batch that is erased
)

func lifeOptions(now *atomic.Int64) Options {
	now.CompareAndSwap(0, firstDay+hour)
	opt := crashOptions()
	opt.RollRows = 80
	opt.tidyPause = time.Millisecond
	opt.Now = func() time.Time { return time.Unix(0, now.Load()) }
	return opt
}

func ofBeta(b *event.Batch) *event.Batch {
	b.Project = "beta"
	for i := range b.Events {
		b.Events[i].Project = "beta"
	}
	return b
}

func (l *life) write(b *event.Batch) error {
	for {
		err := l.s.Write(context.Background(), b)
		if !errors.Is(err, store.ErrBusy) {
			return err
		}
		<-time.After(time.Millisecond)
	}
}

// live lives from the first to the last step; an error ends it.
func (l *life) live() error {
	for n := range dayOne {
		if err := errors.Join(l.write(numbered("s", n)), l.write(ofBeta(numbered("t", n)))); err != nil {
			return err
		}
		l.did("first " + strconv.Itoa(n))
	}
	l.now.Store(firstDay + 25*hour)
	for n := range dayTwo {
		if err := l.write(numbered("s", dayOne+n)); err != nil {
			return err
		}
		l.did("second " + strconv.Itoa(n))
	}
	if err := l.erase(); err != nil {
		return err
	}
	l.did("erased")
	if err := l.s.Expire(context.Background(), "beta", store.DayOf(time.Unix(0, l.now.Load()))); err != nil {
		return err
	}
	l.did("expired")
	return nil
}

func (l *life) erase() error {
	q, err := query.Parse("session:" + strconv.Itoa(erasedOne))
	if err != nil {
		return err
	}
	return l.s.Erase(context.Background(), store.Erasure{ID: "e", Project: "acme", Query: q, At: time.Unix(0, 1)})
}

// tidied says that nothing is left to do in the background.
func (l *life) tidied() bool {
	if l.s.Stats().Unsealed > 0 {
		return false
	}
	for _, e := range l.s.Erasures() {
		if e.Done.IsZero() {
			return false
		}
	}
	firstDays := 0
	for _, seg := range l.s.Segments() {
		if seg.Day == store.DayOf(time.Unix(0, firstDay)) && seg.State != store.SegmentQuarantined {
			if seg.Projects > 1 || seg.State == store.SegmentActive {
				return false
			}
			if seg.Events > 0 {
				firstDays++
			}
		}
	}
	return firstDays <= 1
}

func childLives() {
	var now atomic.Int64
	opt := lifeOptions(&now)
	at, _ := strconv.Atoi(os.Getenv("CLEWLINE_STEP_AT"))
	var mu sync.Mutex
	opt.before = func(step string) error {
		mu.Lock()
		defer mu.Unlock()
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
	l := &life{s, &now, func(what string) { fmt.Println(what) }}
	if err := l.live(); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for !l.tidied() {
		<-time.After(time.Millisecond)
	}
	fmt.Println("end")
	os.Exit(0)
}

// batchesOf reads which batches of a stream are there; each must be whole, and
// there once.
func batchesOf(t *testing.T, s *Store, project string) map[int]bool {
	t.Helper()
	seen := map[uint64]int{}
	search := store.Search{Scope: store.Scope{Project: project, From: 0, To: 1 << 62}, Limit: 1000}
	for {
		page, err := s.Search(t.Context(), search)
		if err != nil || page.Partial != "" {
			t.Fatal(err, page.Partial)
		}
		for i := range page.Events {
			seen[page.Events[i].Seq]++
		}
		if page.Next == nil {
			break
		}
		search.After = page.Next
	}
	batches := map[int]int{}
	for seq, n := range seen {
		if n != 1 {
			t.Fatalf("%s: event %d is there %d times", project, seq, n)
		}
		batches[int(seq-1)/batchRows]++
	}
	whole := map[int]bool{}
	for n, rows := range batches {
		if rows != batchRows {
			t.Fatalf("%s: batch %d has %d events of %d", project, n, rows, batchRows)
		}
		whole[n] = true
	}
	return whole
}

// keeps opens the store and checks it against what was acknowledged, lets it
// finish what the crash has left, and checks again.
func keeps(t *testing.T, dir string, acked map[string]bool) {
	t.Helper()
	var now atomic.Int64
	opt := lifeOptions(&now)
	now.Store(firstDay + 26*hour)
	s, err := Open(dir, opt)
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	defer func() { s.Close() }()
	l := &life{s, &now, func(string) {}}
	check := func(when string) {
		t.Helper()
		acme, beta := batchesOf(t, s, "acme"), batchesOf(t, s, "beta")
		for n := range dayOne + dayTwo {
			switch name := "first " + strconv.Itoa(n); {
			case n == erasedOne && acked["erased"]:
				if acme[n] {
					t.Fatalf("%s: the erased batch is there", when)
				}
			case n < dayOne && acked[name] && !acme[n] && n != erasedOne,
				n >= dayOne && acked["second "+strconv.Itoa(n-dayOne)] && !acme[n]:
				t.Fatalf("%s: batch %d of acme is missing", when, n)
			}
			if n < dayOne && acked["first "+strconv.Itoa(n)] && !acked["second "+strconv.Itoa(dayTwo-1)] && !beta[n] {
				t.Fatalf("%s: batch %d of beta is missing", when, n)
			}
		}
		if acked["expired"] && len(beta) > 0 {
			t.Fatalf("%s: %d expired batches are there", when, len(beta))
		}
	}
	check("after the crash")
	// All of it once more: what is there, erased or expired is not taken twice.
	for n := range dayOne {
		for _, b := range []*event.Batch{numbered("s", n), ofBeta(numbered("t", n))} {
			if err := l.write(b); err != nil {
				t.Fatal(err)
			}
			if acked["first "+strconv.Itoa(n)] && len(b.Events) > 0 {
				t.Fatalf("a retry of batch %d of %s stored %d events", n, b.Project, len(b.Events))
			}
		}
	}
	if err := l.erase(); err != nil {
		t.Fatal(err)
	}
	if err := s.Expire(t.Context(), "beta", store.DayOf(opt.Now())); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(30 * time.Second)
	for !l.tidied() {
		select {
		case <-deadline:
			t.Fatalf("the store does not come to rest: %+v %+v", s.Stats(), s.Segments())
		case <-time.After(time.Millisecond):
		}
	}
	if err := s.Stats().LastError; err != nil {
		t.Fatal(err)
	}
	if acked["erased"] {
		check("in the end")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, opt); err != nil {
		t.Fatal(err)
	}
	if err := s.Stats().LastError; err != nil {
		t.Fatal(err)
	}
	if acked["erased"] {
		check("after another start")
	}
	list, err := ReadList(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list.Segments {
		if err := VerifySegment(dir, &list.Segments[i]); err != nil {
			t.Error(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for i := range list.Segments {
		listed[list.Segments[i].Name()] = true
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".duckdb") && !listed[f.Name()] && !strings.HasPrefix(f.Name(), fmt.Sprintf("%06d", list.Next)) {
			t.Errorf("%s is left and in no list", f.Name())
		}
	}
}

// keepingSteps are the steps of rewriting, expiring and erasing.
var keepingSteps = []string{
	"erase", "expire", "begin to rewrite", "make the rewritten segment", "fill the rewritten segment", "commit the rewritten segment",
	"rename the rewritten segment", "sync the rewritten segments", "list the rewritten segments", "rename the list's copy",
	"remove the rewritten sources", "note that nothing is to be erased", "sum the sealed segment",
}

func TestNothingIsLostDoubledOrBroughtBackAtAnyStepOfAMergeAnExpiryOrAnErasure(t *testing.T) {
	for _, step := range keepingSteps {
		for _, at := range []int{1, 2} {
			if at == 2 && step != "commit the rewritten segment" && step != "list the rewritten segments" && step != "remove the rewritten sources" {
				continue
			}
			t.Run(fmt.Sprintf("%s %d", step, at), func(t *testing.T) {
				dir := t.TempDir()
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), "CLEWLINE_CHILD=live", "CLEWLINE_DIR="+dir, "CLEWLINE_STEP="+step, "CLEWLINE_STEP_AT="+strconv.Itoa(at))
				out, _ := cmd.Output() // it was killed
				acked := map[string]bool{}
				for line := range strings.Lines(string(out)) {
					acked[strings.TrimSpace(line)] = true
				}
				if acked["end"] || strings.Contains(string(out), "error") {
					t.Fatalf("the child did not come to that step: %s", out)
				}
				keeps(t, dir, acked)
			})
		}
	}
}

func TestAfterAnErrorAtAnyStepOfKeepingTheStoreGoesOn(t *testing.T) {
	for _, step := range []string{
		"begin to rewrite", "commit the rewritten segment", "list the rewritten segments", "rename the list's copy", "remove the rewritten sources", "sum the sealed segment",
	} {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			var now atomic.Int64
			opt := lifeOptions(&now)
			var calls atomic.Int32
			at := int32(1)
			if step == "rename the list's copy" {
				at = 5 // not at Open
			}
			opt.before = func(s string) error {
				if s == step && calls.Add(1) == at {
					return errors.New("the test's error")
				}
				return nil
			}
			s := mustOpen(t, dir, opt)
			acked := map[string]bool{}
			l := &life{s, &now, func(what string) { acked[what] = true }}
			if err := l.live(); err != nil && step != "rename the list's copy" {
				t.Fatal(err)
			}
			for calls.Load() < at {
				<-time.After(time.Millisecond)
			}
			s.Close()
			keeps(t, dir, acked)
		})
	}
}

// Searches go on while segments are sealed, merged, erased from and expired,
// and see every event that they are to see exactly once.
func TestReadersSeeEveryEventOnceWhileSegmentsAreRewritten(t *testing.T) {
	var now atomic.Int64
	s := mustOpen(t, t.TempDir(), lifeOptions(&now))
	defer s.Close()
	var written, erasing atomic.Int64
	l := &life{s, &now, func(what string) {
		if strings.HasPrefix(what, "first") || strings.HasPrefix(what, "second") {
			written.Add(1)
		}
		if what == "second "+strconv.Itoa(dayTwo-1) {
			erasing.Store(1)
		}
	}}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	rounds := 0
	wg.Go(func() {
		for ctx.Err() == nil {
			least, erased := int(written.Load()), erasing.Load() == 1
			batches := batchesOf(t, s, "acme")
			for n := range least {
				if !batches[n] && !(n == erasedOne && (erased || erasing.Load() == 1)) {
					t.Errorf("batch %d of %d is missing", n, least)
					return
				}
			}
			rounds++
		}
	})
	if err := l.live(); err != nil {
		t.Error(err)
	}
	for !l.tidied() {
		<-time.After(time.Millisecond)
	}
	stop()
	wg.Wait()
	if rounds == 0 {
		t.Fatal("nothing was read meanwhile")
	}
	if n := len(batchesOf(t, s, "acme")); n != dayOne+dayTwo-1 {
		t.Fatalf("%d batches are left", n)
	}
}
