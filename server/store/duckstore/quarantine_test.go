//go:build !noduck

package duckstore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// asked gives the sequence numbers of acme's events, and why there may be more.
func asked(t *testing.T, s *Store) (seqs map[uint64]bool, partial string) {
	t.Helper()
	seqs = map[uint64]bool{}
	search := store.Search{Scope: store.Scope{Project: "acme", From: 0, To: 1 << 62}, Limit: 1000}
	for {
		page, err := s.Search(t.Context(), search)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Events {
			seqs[page.Events[i].Seq] = true
		}
		if page.Partial != "" {
			partial = page.Partial
			return seqs, partial
		}
		if page.Next == nil {
			return seqs, ""
		}
		search.After = page.Next
	}
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if at < 0 {
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		at += info.Size()
	}
	f.ReadAt(b[:], at)
	b[0] ^= 0x10
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedSealedSegmentIsSetAsideNamedAndTakenUpAgain(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"missing":            func(t *testing.T, path string) { os.Remove(path) },
		"cut":                func(t *testing.T, path string) { os.Truncate(path, 300_000) },
		"empty":              func(t *testing.T, path string) { os.Truncate(path, 0) },
		"longer":             func(t *testing.T, path string) { os.Truncate(path, 5_000_000) },
		"flipped at 10":      func(t *testing.T, path string) { flip(t, path, 10) },
		"flipped at 4,100":   func(t *testing.T, path string) { flip(t, path, 4100) },
		"flipped at 12,300":  func(t *testing.T, path string) { flip(t, path, 12_300) },
		"flipped at 100,000": func(t *testing.T, path string) { flip(t, path, 100_000) },
		"flipped at 300,000": func(t *testing.T, path string) { flip(t, path, 300_000) },
		"another file":       func(t *testing.T, path string) { os.WriteFile(path, []byte("rust"), 0o644) },
		"written to by others": func(t *testing.T, path string) {
			os.WriteFile(path+".wal", []byte("x"), 0o644)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, crashOptions())
			mustWrite(t, s, 0, 16)
			sealed(t, s)
			s.Close()
			path := filepath.Join(dir, "000001.duckdb")
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damage(t, path)
			s = mustOpen(t, dir, crashOptions())
			seqs, partial := asked(t, s)
			if partial == "" && len(seqs) == 16*batchRows {
				// What was flipped is in no block that the answer needs, or none at all.
				if !strings.HasPrefix(name, "flipped") {
					t.Fatal("nothing was noticed")
				}
				s.Close()
				return
			}
			if !strings.Contains(partial, "000001.duckdb") {
				t.Fatalf("%d events, and the answer says %q", len(seqs), partial)
			}
			for s.Stats().Quarantined == 0 {
				<-time.After(time.Millisecond)
			}
			if err := s.Stats().LastError; err == nil || !strings.Contains(err.Error(), "000001.duckdb") {
				t.Fatalf("Stats tells %v", err)
			}
			if name != "missing" {
				for { // it is moved after the list says so
					if _, err := os.Stat(filepath.Join(dir, QuarantineFolder, "000001.txt")); err == nil {
						break
					}
					<-time.After(time.Millisecond)
				}
				if _, err := os.Stat(filepath.Join(dir, QuarantineFolder, "000001.duckdb")); err != nil {
					t.Fatal(err)
				}
			}
			seqs, partial = asked(t, s)
			if len(seqs) != 11*batchRows || !strings.Contains(partial, "000001.duckdb") {
				t.Fatalf("%d events, partial %q; want those of 11 batches and the name", len(seqs), partial)
			}
			mustWrite(t, s, 16, 18)
			later, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "acme", From: int64(650 * 1e9), To: 1 << 62}, Limit: 10})
			if err != nil || later.Partial != "" {
				t.Fatalf("an answer that does not touch it says %q, %v", later.Partial, err)
			}
			if segments := s.Segments(); segments[0].State != store.SegmentQuarantined || segments[0].Err == "" {
				t.Fatalf("the first segment is told as %+v", segments[0])
			}
			s.Close()
			s = mustOpen(t, dir, crashOptions()) // it stays so
			if _, partial := asked(t, s); !strings.Contains(partial, "000001.duckdb") {
				t.Fatalf("after a restart the answer says %q", partial)
			}
			s.Close()
			if err := os.WriteFile(path, good, 0o644); err != nil {
				t.Fatal(err)
			}
			holds(t, dir, 18)
		})
	}
}

func TestAnUnsealedSegmentThatCannotBeReplayedIsSetAside(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"its file is missing":        func(t *testing.T, path string) { os.Remove(path) },
		"its log is missing":         func(t *testing.T, path string) { os.Remove(path + ".wal") },
		"its file is cut":            func(t *testing.T, path string) { os.Truncate(path, 100) },
		"its file is flipped":        func(t *testing.T, path string) { flip(t, path, 4100); flip(t, path, 8200); flip(t, path, 10) },
		"its log is flipped":         func(t *testing.T, path string) { flip(t, path+".wal", 9000) },
		"its log's start is flipped": func(t *testing.T, path string) { flip(t, path+".wal", 20) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, crashOptions())
			mustWrite(t, s, 0, 8) // five batches are sealed, three are not
			sealed(t, s)
			s.Close()
			path := filepath.Join(dir, "000002.duckdb")
			damage(t, path)
			s = mustOpen(t, dir, crashOptions())
			defer s.Close()
			seqs, partial := asked(t, s)
			if len(seqs) < 5*batchRows {
				t.Fatalf("%d events are left", len(seqs))
			}
			if len(seqs) == 8*batchRows && partial == "" {
				return // nothing that counts was flipped
			}
			if !strings.Contains(partial, "000002.duckdb") || s.Stats().Quarantined != 1 {
				t.Fatalf("%d events, the answer says %q, Stats %+v", len(seqs), partial, s.Stats())
			}
			if err := s.Stats().LastError; err == nil || !strings.Contains(err.Error(), "000002.duckdb") {
				t.Fatalf("Stats tells %v", err)
			}
			b := numbered("s", 20)
			if err := s.Write(t.Context(), b); err != nil || len(b.Events) != batchRows {
				t.Fatalf("writes do not go on: %v", err)
			}
		})
	}
}

func TestADamagedLogIsReadAsFarAsItIsWholeAndTheLossTold(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(t *testing.T, log string)
		whole  int // batches that are left of the three in the log
	}{
		"flipped in the second commit": {func(t *testing.T, log string) { flip(t, log, commitEnds(t, log)[1]+500) }, 1},
		"flipped in the last commit":   {func(t *testing.T, log string) { flip(t, log, -50) }, 2},
		"a size is flipped":            {func(t *testing.T, log string) { flip(t, log, commitEnds(t, log)[1]+3) }, 1},
		"cut in the last commit":       {func(t *testing.T, log string) { os.Truncate(log, commitEnds(t, log)[2]+900) }, 2},
		"the last commit is zeros": {func(t *testing.T, log string) {
			info, _ := os.Stat(log)
			os.Truncate(log, commitEnds(t, log)[2])
			os.Truncate(log, info.Size())
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, crashOptions())
			mustWrite(t, s, 0, 8) // five batches are sealed, three are not
			sealed(t, s)
			s.Close()
			c.damage(t, filepath.Join(dir, "000002.duckdb.wal"))
			for range 2 {
				s = mustOpen(t, dir, crashOptions())
				seqs, partial := asked(t, s)
				if len(seqs) != (5+c.whole)*batchRows || !strings.Contains(partial, "000002.duckdb") || s.Stats().Quarantined != 1 {
					t.Fatalf("%d events, the answer says %q, Stats %+v", len(seqs), partial, s.Stats())
				}
				s.Close()
			}
			s = mustOpen(t, dir, crashOptions())
			mustWrite(t, s, 5, 12) // a retry brings back what is missing
			s.Close()
			if err := os.RemoveAll(filepath.Join(dir, QuarantineFolder)); err != nil {
				t.Fatal(err)
			}
			holds(t, dir, 12)
		})
	}
}

// After a power cut any part of what was not synced may be there.
func TestALogThatWasTornByAPowerCutLosesNothingAndIsNoDamage(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, crashOptions())
	mustWrite(t, s, 0, 8)
	sealed(t, s)
	s.Close()
	log := filepath.Join(dir, "000002.duckdb.wal")
	// The list is that of the roll, before the last commits.
	list, err := ReadList(dir)
	if err != nil {
		t.Fatal(err)
	}
	ends := commitEnds(t, log)
	list.Segments[1].LogBytes = ends[2]
	text, err := list.Text()
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, ListFile), text, 0o644)
	flip(t, log, ends[2]+700) // in the last commit, which nobody was told of
	s = mustOpen(t, dir, crashOptions())
	if seqs, partial := asked(t, s); len(seqs) != 7*batchRows || partial != "" || s.Stats().LastError != nil {
		t.Fatalf("%d events, %q, %+v", len(seqs), partial, s.Stats())
	}
	mustWrite(t, s, 7, 9)
	s.Close()
	holds(t, dir, 9)
}

// commitEnds gives the places in a log where a commit ends.
func commitEnds(t *testing.T, log string) (ends []int64) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; ; at += len(commitMark) {
		i := bytes.Index(text[at:], commitMark)
		if i < 0 {
			break
		}
		at += i
		ends = append(ends, int64(at+len(commitMark)))
	}
	return ends
}

func TestASegmentOfANewerFormatIsRefusedByName(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, crashOptions())
	mustWrite(t, s, 0, 8)
	sealed(t, s)
	// A newer program wrote it: the list knows its sum.
	e := s.segments[0].snapshot()
	s.Close()
	in, err := openInstance(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := in.connect()
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"ATTACH " + quote(s.path(e.N)) + " AS x", "UPDATE x.meta SET value = '2'", "CHECKPOINT x", "DETACH x"} {
		if err := c.exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	c.close()
	in.close()
	list, err := ReadList(dir)
	if err != nil {
		t.Fatal(err)
	}
	list.Segments[0].SHA256, list.Segments[0].FileBytes, err = sumFile(s.path(e.N))
	if err != nil {
		t.Fatal(err)
	}
	text, err := list.Text()
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, ListFile), text, 0o644)
	s = mustOpen(t, dir, crashOptions())
	defer s.Close()
	_, partial := asked(t, s)
	if !strings.Contains(partial, e.Name()) || !strings.Contains(partial, `format "2"`) {
		t.Fatalf("the answer says %q", partial)
	}
}

func parse(t *testing.T, text string) *query.Query {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestRemovingASegmentFromQuarantineAcceptsItsLoss(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, crashOptions())
	mustWrite(t, s, 0, 12)
	sealed(t, s)
	s.Close()
	os.WriteFile(filepath.Join(dir, "000001.duckdb"), []byte("rust"), 0o644)
	s = mustOpen(t, dir, crashOptions())
	// An erasure is not done while nobody knows what is in a file.
	if err := s.Erase(t.Context(), store.Erasure{ID: "e", Project: "acme", Query: parse(t, "session:0"), At: time.Unix(0, 1)}); err != nil {
		t.Fatal(err)
	}
	for s.Stats().Unsealed > 0 || s.Erasures()[0].Segments-s.Erasures()[0].Rewritten > 1 {
		<-time.After(time.Millisecond)
	}
	if e := s.Erasures()[0]; !e.Done.IsZero() {
		t.Fatalf("the erasure tells %+v", e)
	}
	s.Close()
	if err := os.RemoveAll(filepath.Join(dir, QuarantineFolder)); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, crashOptions())
	defer s.Close()
	if e := s.Erasures()[0]; e.Done.IsZero() {
		t.Fatalf("the erasure tells %+v", e)
	}
	if seqs, partial := asked(t, s); partial != "" || len(seqs) != 7*batchRows || s.Stats().LastError != nil {
		t.Fatalf("%d events, %q, %v", len(seqs), partial, s.Stats().LastError)
	}
	if err := s.Write(t.Context(), &event.Batch{Project: "acme", Events: []event.Event{{IDBase: "x", Time: 1}}}); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedSegmentIsToldNoLongerWhenAllOfItHasExpired(t *testing.T) {
	dir := t.TempDir()
	opt := crashOptions()
	now := time.Unix(0, firstDay)
	opt.Now = func() time.Time { return now }
	s := mustOpen(t, dir, opt)
	mustWrite(t, s, 0, 12)
	sealed(t, s)
	s.Close()
	os.WriteFile(filepath.Join(dir, "000001.duckdb"), []byte("rust"), 0o644)
	now = now.Add(48 * time.Hour)
	s = mustOpen(t, dir, opt)
	defer s.Close()
	if s.Stats().Quarantined != 1 {
		t.Fatalf("%+v", s.Stats())
	}
	if err := s.Expire(t.Context(), "acme", store.DayOf(now)); err != nil {
		t.Fatal(err)
	}
	if seqs, partial := asked(t, s); len(seqs) != 0 || partial != "" {
		t.Fatalf("%d events, %q", len(seqs), partial)
	}
	for s.Stats().Quarantined > 0 {
		<-time.After(time.Millisecond)
	}
	for {
		if left, err := s.filesOf(filepath.Join(dir, QuarantineFolder), 1); err != nil || len(left) == 0 {
			break
		}
		<-time.After(time.Millisecond)
	}
	if err := s.Stats().LastError; err != nil {
		t.Fatal(err)
	}
}
