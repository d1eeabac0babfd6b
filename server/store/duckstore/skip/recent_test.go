package skip

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clewline/clewline/event"
)

func TestRecentRowsAreRuledOutByTheirTexts(t *testing.T) {
	const n = 5000
	var r Recent
	skipped := make([]bool, n)
	var events []event.Event
	for i := range n {
		e := event.Event{Time: int64(i), IDBase: "batch", IDNum: uint64(i + 1), Msg: "nothing of note", Staff: fmt.Sprint("staff-", i)}
		skipped[i] = i == 4000
		switch i {
		case 100:
			e.Msg = "Ringing: the LINE was dropped"
		case 3000:
			e.Msg = "线路已断开。"
			e.TraceID = "8f43a1"
		case 3001:
			e.Msg, e.Staff = "dropped at once", "1"
		case 4000, 4001:
			e.Msg = "一行"
		}
		events = append(events, e)
	}
	r.Add(events[:2500], skipped[:2500])
	r.Add(events[2500:], skipped[2500:])
	for _, tt := range []struct {
		query string
		want  []int
	}{
		{"dropped", []int{100, 3001}},
		{"drop", nil}, // no whole word
		{"*ropp*", []int{100, 3001}},
		{"RINGING line", []int{100}},
		{"断开", []int{3000}},
		{"开断", []int{3000}},       // both signs are there; the matcher decides
		{"一行", []int{4000}},       // which is the one behind the row that was left out
		{"8F-43-A1", []int{3000}}, // an id in another form
		{"traceId:8f*", []int{3000}},
		{"staff:1", []int{3001}}, // not staff-1
		{"msg:dropped and staff:staff-100", []int{100}},
		{"ringing or 断", []int{100, 3000}},
		{"batch.101", nil},
	} {
		rows := r.Candidates(mustParse(t, tt.query))
		if tt.query == "batch.101" {
			if !rows.Has(100) {
				t.Errorf("%s: its own row is ruled out", tt.query)
			}
			continue
		}
		if rows.All() {
			t.Errorf("%s: nothing is ruled out", tt.query)
			continue
		}
		var got []int
		for i := range n {
			if rows.Has(i) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: rows %v, want %v", tt.query, got, tt.want)
		}
	}
	if got := r.Candidates(mustParse(t, "not dropped")); !got.All() {
		t.Error("what is not surely there is not surely absent")
	}
	if r.Rows() != n-1 {
		t.Errorf("%d rows, want %d", r.Rows(), n-1)
	}
	if d := cmp.Diff([]Range{{2048, 4096}}, r.Between(2048, 4096)); d != "" {
		t.Error(d)
	}
	var none *Recent
	if !none.Candidates(mustParse(t, "dropped")).All() {
		t.Error("nothing that is known rules something out")
	}
}

func TestRowsAreAddedWhileOthersAsk(t *testing.T) {
	var r Recent
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := range 5000 {
			r.Add([]event.Event{{Time: int64(i), Msg: fmt.Sprint("word", i)}}, nil)
		}
	}()
	q := mustParse(t, "word7")
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if rows, n := r.Candidates(q), r.Rows(); !rows.None() && !(rows.Has(7) && rows.Count() == 1) {
			t.Fatalf("%d of %d rows have it", rows.Count(), n)
		}
	}
	if !r.Candidates(q).Has(7) {
		t.Error("row 7 is not found")
	}
}
