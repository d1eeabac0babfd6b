//go:build !noduck

package duckstore

import (
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
		var r recent
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
		if row != r.Rows() {
			t.Fatalf("%d rows, want %d", r.Rows(), row)
		}
	})
}
