//go:build !noduck

package duckstore

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query/querytest"
)

func TestRowsInMemoryAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := querytest.Events().Draw(t, "events")
		var all []event.Event
		for range rapid.IntRange(1, 2*chunkRows/len(events)+1).Draw(t, "times") {
			all = append(all, events...)
		}
		skip := make([]bool, len(all))
		skip[rapid.IntRange(0, len(all)-1).Draw(t, "left out")] = true
		r := newRecent()
		r.add(all, skip)
		rows, row := r.rows(), int64(0)
		for i := range all {
			if skip[i] {
				continue
			}
			if got := rows.event(row); !cmp.Equal(all[i], got) {
				t.Fatalf("row %d: %s", row, cmp.Diff(all[i], got))
			}
			row++
		}
		if row != rows.count() || row != r.texts.Rows() {
			t.Fatalf("%d rows and the texts of %d, want %d", rows.count(), r.texts.Rows(), row)
		}
	})
}

func TestAnIndexIsTheSameFromMemoryAndFromTheFile(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	batch := uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		// Rows that are added by and by, so that most checks look at many.
		b := &event.Batch{Project: "p", Events: querytest.Events().Draw(t, "events")}
		batch++
		for i := range b.Events {
			e := &b.Events[i]
			e.Project, e.IDBase, e.IDNum, e.Stream, e.Seq = "p", fmt.Sprint("batch", batch), uint64(i+1), "", 0
		}
		if err := s.Write(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	})
	same := func(when string) {
		c, err := s.engine.hot.connect()
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		e := s.segments[len(s.segments)-1].snapshot()
		of := func(r *recent) string {
			ix, err := makeIndex(t.Context(), c, alias(e.N), r)
			if err != nil {
				t.Fatal(err)
			}
			return string(ix.text)
		}
		if e.Rows < 100 || of(e.recent) != of(nil) {
			t.Errorf("%s the indexes of %d rows differ", when, e.Rows)
		}
	}
	same("after writing")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, Options{})
	defer s.Close()
	same("after a restart")
}
