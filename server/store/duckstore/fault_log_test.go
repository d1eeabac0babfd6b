//go:build !noduck

package duckstore

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// aLog gives the log of an active segment with some transactions, as DuckDB
// has written it.
func aLog(t *testing.T, transactions int) (dir, path string, log []byte) {
	t.Helper()
	dir = t.TempDir()
	s, err := Open(dir, Options{GroupDelay: 1, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for n := range transactions {
		if err := s.Write(t.Context(), numbered("s", n)); err != nil {
			t.Fatal(err)
		}
	}
	path = s.log(s.active.seg.entry.N)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if log, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	// The power was cut: the list knows nothing of the log.
	list, err := ReadList(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list.Segments {
		list.Segments[i].LogBytes = 0
	}
	text, err := list.Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ListFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, path, log
}

// lastTransaction gives where it begins.
func lastTransaction(log []byte) int {
	before := log[:len(log)-len(commitMark)]
	return bytes.LastIndex(before, commitMark) + len(commitMark)
}

func TestALogThatWasWrittenToItsEndIsLeftAlone(t *testing.T) {
	_, _, log := aLog(t, 5)
	if whole, torn := tornAt(log); torn || whole != len(log) {
		t.Fatalf("whole up to %d of %d, torn %v", whole, len(log), torn)
	}
	if n := bytes.Count(log, commitMark); n < 6 {
		t.Fatalf("%d ends of transactions in the log of 5 and the tables", n)
	}
}

func TestAHoleInTheLastTransactionCutsItOffAndNothingElse(t *testing.T) {
	dir, path, log := aLog(t, 5)
	from := lastTransaction(log)
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		b := bytes.Clone(log)
		b = b[:from+1+random.IntN(len(b)-from)]
		for range 1 + random.IntN(3) {
			at := from + random.IntN(len(b)-from)
			clear(b[at:min(at+512, len(b))])
		}
		if bytes.Equal(b, log) {
			continue
		}
		if whole, torn := tornAt(b); !torn || whole != from {
			t.Fatalf("whole up to %d, torn %v; the last transaction begins at %d of %d", whole, torn, from, len(log))
		}
	}
	b := bytes.Clone(log)
	clear(b[from+100 : from+612])
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if next := holds(t, dir, 4); next != 4 {
		t.Fatalf("%d batches are there, want the 4 before", next)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "quarantine", "torn-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("what was cut off is kept in %v %v", kept, err)
	}
	if rest, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(rest, b[from:]) {
		t.Fatalf("%s holds something else: %v", kept[0], err)
	}
}

func TestDamageBeforeTheLastTransactionIsNotCutOff(t *testing.T) {
	_, _, log := aLog(t, 5)
	random := rand.New(rand.NewPCG(3, 4))
	last := lastTransaction(log)
	for i := range 200 {
		b := bytes.Clone(log)
		at := random.IntN(last)
		if i < len(commitMark) {
			at = last - 1 - i
		}
		b[at] ^= 1 << random.IntN(8)
		if whole, torn := tornAt(b); torn {
			t.Fatalf("a bit flipped at %d of %d; it would be cut off at %d", at, len(log), whole)
		}
	}
}

func TestALogWithoutAnythingCommittedIsCutToNothing(t *testing.T) {
	_, _, log := aLog(t, 1)
	for _, b := range [][]byte{log[:3], make([]byte, 512)} {
		if whole, torn := tornAt(b); !torn || whole != 0 {
			t.Errorf("%d bytes: whole up to %d, torn %v", len(b), whole, torn)
		}
	}
	if _, torn := tornAt(nil); torn {
		t.Error("an empty log is torn")
	}
}
