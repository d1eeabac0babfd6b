//go:build !noduck

package duckstore

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestANewSegmentBeginsWhenTheClockIsSetBackByMuch(t *testing.T) {
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var now atomic.Int64
	now.Store(noon.UnixNano())
	s, err := Open(t.TempDir(), Options{GroupDelay: 1, MinFree: -1, Now: func() time.Time { return time.Unix(0, now.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	for _, step := range []struct {
		jump     time.Duration
		segments int
	}{
		{0, 1},
		{-9 * time.Minute, 1},
		{9 * time.Minute, 1},
		{-11 * time.Minute, 2},
		{-time.Minute, 2},
		{time.Hour, 2},
		{-2 * time.Hour, 3},
	} {
		now.Add(int64(step.jump))
		for range 2 { // a roll comes before a write, or after it
			if err := s.Write(t.Context(), numbered("s", n)); err != nil {
				t.Fatal(err)
			}
			n++
		}
		if got := len(s.Segments()); got != step.segments {
			t.Errorf("after a step of %v there are %d segments, want %d", step.jump, got, step.segments)
		}
	}
}
