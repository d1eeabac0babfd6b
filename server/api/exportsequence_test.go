package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/export"
	"github.com/google/go-cmp/cmp"
)

// sessionsOf gives the sessions of an NDJSON export's rows, with how many
// events followed, and its end.
func (w *world) sessionsOf(r reply) (sessions []string, end object) {
	w.t.Helper()
	if r.StatusCode != 200 {
		w.t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	for line := range strings.Lines(r.body) {
		var row struct {
			Session  string
			Then     []object
			Clewline object
		}
		w.must(json.Unmarshal([]byte(line), &row))
		if row.Clewline != nil {
			end = row.Clewline
			continue
		}
		sessions = append(sessions, fmt.Sprint(row.Session, "+", len(row.Then)))
	}
	return sessions, end
}

func TestTheRowsOfASequenceAreExportedWithWhatFollowed(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		expiring(w)
		path := "/v1/export?from=-2h&q=" + url.QueryEscape(followedBy)
		got, end := w.sessionsOf(w.do("GET", path, w.read, nil))
		var want []string
		for i := range 50 {
			if i%3 != 2 { // those that came in time; the newest first
				want = append(want, fmt.Sprintf("s%d+1", i))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		told := object{"first": 50.0, "undecided": 0.0, "leftOut": 0.0, "decidedTo": "2026-11-20T11:59:00Z"}
		if diff := cmp.Diff(told, end["sequence"]); diff != "" || end["partial"] != false || end["count"] != 34.0 {
			t.Errorf("%v %s", end, diff)
		}
		got, _ = w.sessionsOf(w.do("GET", path+"&order=oldest&limit=5", w.read, nil))
		slices.Reverse(want)
		if diff := cmp.Diff(want[:5], got); diff != "" {
			t.Error(diff)
		}
		r := w.do("GET", "/v1/export?from=-2h&format=csv&columns=session,then,msg&limit=1&q="+url.QueryEscape(followedBy), w.read, nil)
		head, row, _ := strings.Cut(r.body, "\r\n")
		if head != "session,then,msg" || !strings.HasPrefix(row, `s0,"[{""`) || !strings.Contains(row, "refreshed") || !strings.HasSuffix(row, ",expired\r\n") {
			t.Errorf("got %q", r.body)
		}
		if r := w.do("GET", "/v1/export?from=-2h&format=csv&columns=session&limit=1&q="+url.QueryEscape(notFollowed), w.read, nil); r.body != "session,then\r\ns2,\r\n" {
			t.Errorf("got %q", r.body)
		}
		r = w.do("GET", "/v1/export?from=-2h&format=parquet&q="+url.QueryEscape(notFollowed), w.read, nil)
		if end, err := export.ReadEnd([]byte(r.body)); err != nil || end.Count != 16 || end.Sequence == nil || end.Sequence.First != 50 {
			t.Errorf("%+v, %v", end, err)
		}
	})
}

func TestPartsOfASequenceMakeUpTheWholeInBothOrders(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		expiring(w)
		for _, order := range []string{"newest", "oldest"} {
			base := "/v1/export?from=-2h&columns=session&order=" + order + "&q=" + url.QueryEscape(followedBy)
			want, _ := w.sessionsOf(w.do("GET", base, w.read, nil))
			for _, part := range []string{"1", "7", "1000"} {
				var whole []string
				cursor, parts, first := "", 0, int64(0)
				for {
					r := w.do("GET", base+"&part="+part+"&cursor="+cursor, w.read, nil)
					if again := w.do("GET", base+"&part="+part+"&cursor="+cursor, w.read, nil); again.body != r.body {
						t.Error("a part asked for again is another")
					}
					got, _ := w.sessionsOf(r)
					whole = append(whole, got...)
					var told export.Sequence
					w.must(json.Unmarshal([]byte(r.Header.Get("Clewline-Sequence")), &told))
					first += told.First
					if parts++; r.Header.Get("Clewline-Next") == "" || parts > 100 {
						if n := r.Header.Get("Clewline-Events"); n != "34" {
							t.Errorf("%s rows were given", n)
						}
						break
					}
					cursor = r.Header.Get("Clewline-Next")
					w.clock.advance(time.Minute)
				}
				if diff := cmp.Diff(want, whole); diff != "" {
					t.Errorf("%s, in parts of %s: %s", order, part, diff)
				}
				if first != 50 {
					t.Errorf("%s, in parts of %s: %d first events are told of, want 50", order, part, first)
				}
			}
			// Behind one row, by its id.
			r := w.do("GET", base+"&after=e."+map[string]string{"newest": "100", "oldest": "2"}[order], w.read, nil)
			if got, _ := w.sessionsOf(r); len(got) != 33 || got[0] != want[1] {
				t.Errorf("%s: behind the first come %d, %v", order, len(got), got)
			}
		}
	})
}

func TestADensePieceOfASequenceIsFollowedInShorterOnes(t *testing.T) {
	w := inhabited(t, nil)
	const n = pieceRows + 1000 // first events within 14 minutes, each with its follower
	w.fill("shop", n+1, func(i int, e *event.Event) {
		e.Time = noon.Add(-time.Minute - time.Duration(i)*40*time.Millisecond).UnixNano()
		e.Session = "one"
	})
	q := url.QueryEscape(`sequence by session [shop] then [shop] within 1s`)
	r := w.do("GET", "/v1/export?format=csv&columns=id&from=-15m&q="+q, w.read, nil)
	if r.StatusCode != 200 || r.Trailer.Get("Clewline-Events") != fmt.Sprint(n) || strings.Count(r.body, "\r\n") != n+1 {
		t.Errorf("%d, %s rows, %d lines", r.StatusCode, r.Trailer.Get("Clewline-Events"), strings.Count(r.body, "\r\n"))
	}
	var told export.Sequence
	w.must(json.Unmarshal([]byte(r.Trailer.Get("Clewline-Sequence")), &told))
	if told.First != n+1 || told.LeftOut != 0 {
		t.Errorf("it tells %+v", told)
	}
}
