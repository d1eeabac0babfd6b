//go:build !noduck

package duckstore

import (
	"fmt"
	"testing"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// scattered gives events of which every 400th has the word rare and every
// 600th an error of the invoker uid:u7.
func scattered(from, n int) (events []event.Event) {
	for i := from; i < from+n; i++ {
		e := event.Event{Project: "p", IDBase: "b", IDNum: uint64(i + 1), Time: 1e18 + int64(i)*1e8, Received: 1, Kind: event.Call, Msg: fmt.Sprint("common m", i)}
		if i%2 == 1 {
			e.Kind = event.Track
		} else {
			e.Invoker = fmt.Sprint("uid:u", i%40)
		}
		if i%400 == 0 {
			e.Msg += " rare"
		}
		if i%600 == 0 {
			e.Invoker, e.ErrorCode = "uid:u7", fmt.Sprint("E", i%7)
		}
		events = append(events, e)
	}
	return events
}

func TestASearchInWindowsThatCutASegmentFindsAll(t *testing.T) {
	const rows = 60_000
	s := mustOpen(t, t.TempDir(), Options{RollRows: rows})
	defer s.Close()
	for from := 0; from < rows; from += 5000 {
		mustPut(t, s, &event.Batch{Project: "p", Events: scattered(from, 5000)})
	}
	mustPut(t, s, oneEvent(1))
	sealed(t, s)
	for text, want := range map[string]int{
		"rare":                           rows / 400,
		"rare common":                    rows / 400,
		"invoker:u7 and errorCode:*":     rows / 600,
		"invoker:uid:u7 errorCode:E0":    rows/600/7 + 1,
		"errorCode:* not errorCode:E0":   rows/600 - rows/600/7 - 1,
		"invoker:u7 or errorCode:E1":     rows / 600,
		"invoker:u99 and errorCode:*":    0,
		"(rare or invoker:u7) kind:call": rows/400 + rows/600 - rows/1200,
		"errorCode:E* and rare":          rows / 1200,
	} {
		q, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, ascending := range []bool{false, true} {
			page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "p", From: 0, To: 1 << 62, Query: q}, Limit: 220, Ascending: ascending})
			if err != nil || page.Partial != "" || len(page.Events) != want {
				t.Errorf("%s, ascending %v: %d events, want %d; %v %s", text, ascending, len(page.Events), want, err, page.Partial)
			}
		}
	}
}
