package store_test

import (
	"testing"
	"time"

	"github.com/clewline/clewline/server/store"
)

func TestAStreamIsOfTheDayInItsNameUnlessThatCannotBe(t *testing.T) {
	at := func(text string) store.Day {
		day, err := time.Parse("2006-01-02", text)
		if err != nil {
			t.Fatal(err)
		}
		return store.DayOf(day)
	}
	for _, c := range []struct{ name, arrived, want string }{
		{"20261120a1f0", "2026-11-20", "2026-11-20"},
		{"20261120a1f0", "2026-11-21", "2026-11-20"}, // adopted on the next visit
		{"20261121a1f0", "2026-11-20", "2026-11-20"}, // its clock is ahead
		{"20261020a1f0", "2026-11-20", "2026-10-20"}, // 31 days
		{"20261019a1f0", "2026-11-20", "2026-11-20"},
		{"20261131a1f0", "2026-11-20", "2026-11-20"}, // no such day
		{"20260029", "2026-11-20", "2026-11-20"},
		{"20240229x", "2024-03-01", "2024-02-29"},
		{"a1f020261120", "2026-11-20", "2026-11-20"},
		{"2026112", "2026-11-20", "2026-11-20"},
		{"", "2026-11-20", "2026-11-20"},
		{"2026112\u0660", "2026-11-20", "2026-11-20"}, // an Arabic nought
	} {
		if got := store.StreamDay(c.name, at(c.arrived)); got != at(c.want) {
			t.Errorf("%q that arrived on %s: %s, want %s", c.name, c.arrived, got.Time().Format("2006-01-02"), c.want)
		}
	}
}
