package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
	"github.com/clewline/clewline/server/store"
)

func testSequences(t *testing.T, open Open) {
	f := newFixture(t, open, 60)
	round, rows := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		project := fmt.Sprint("p", round)
		var events []event.Event
		place := map[string]int{}
		for range rapid.IntRange(2, 3).Draw(r, "batches") {
			for _, e := range querytest.Events().Draw(r, "events") {
				e.Project = project
				e.IDBase += fmt.Sprint("r", len(events)) // the batches have different ids
				if e.Stream != "" {
					e.IDBase, e.Seq = "", e.Seq+100*uint64(len(events)+1)
				}
				events = append(events, e)
			}
		}
		for part := range slices.Chunk(slices.Clone(events), 5) {
			f.write(&event.Batch{Project: project, Events: slices.Clone(part)})
		}
		for i, e := range ordered(events, project) {
			place[e.ID()] = i
		}
		pageSize := rapid.IntRange(1, 9).Draw(r, "page size")
		search := func(s store.Search) (store.Page, error) {
			s.Limit = pageSize
			return f.Search(t.Context(), s)
		}
		for range 3 {
			seq := querytest.Sequence(events...).Draw(r, "sequence")
			about := query.Following{
				From: querytest.Begin + int64(10*time.Minute), To: querytest.Begin + int64(querytest.Span/4*3),
				Now: querytest.Begin + int64(rapid.IntRange(2, 40).Draw(r, "now"))*int64(time.Hour),
			}
			scope := store.Scope{Project: project, From: about.From, To: about.To, Query: seq.Search()}
			var got []querytest.FoundRow
			count, err := store.Follow(search, scope, seq, about.Now, func(r query.Row) { got = append(got, querytest.Found(r)) })
			slices.SortFunc(got, func(a, b querytest.FoundRow) int { return place[a.First] - place[b.First] })
			want, undecided := querytest.FollowSlowly(seq, about, events)
			if err != nil || count.Partial != "" || !reflect.DeepEqual(got, want) || count.Undecided != undecided {
				r.Fatalf("%s\ngot  %v, %+v, %v\nwant %v, %d undecided", seq, got, count, err, want, undecided)
			}
			rows += len(got)
		}
	})
	if rows == 0 {
		t.Error("no row was found in all; the generator should make some")
	}
}

func testBrokenSequence(t *testing.T, open Open) {
	f := newFixture(t, open, 60)
	b := &event.Batch{Project: "acme"}
	for i := range 20 {
		b.Events = append(b.Events, event.Event{IDBase: "b", IDNum: uint64(i + 1), Time: noon.UnixNano() + int64(i)*int64(time.Second), Session: fmt.Sprint("s", i), Msg: "begin"})
	}
	f.write(b)
	s, err := query.ParseStatement("sequence by session [begin] then not [end] within 5s")
	if err != nil {
		t.Fatal(err)
	}
	scope := store.Scope{Project: "acme", From: noon.UnixNano(), To: noon.Add(time.Minute).UnixNano(), Query: s.Sequence.Search()}
	broken, pages, rows := errors.New("no more"), 0, 0
	count, err := store.Follow(func(ask store.Search) (store.Page, error) {
		if pages++; pages > 3 {
			return store.Page{}, broken
		}
		ask.Limit = 4
		return f.Search(t.Context(), ask)
	}, scope, s.Sequence, noon.Add(time.Hour).UnixNano(), func(query.Row) { rows++ })
	// 12 were read, up to 11 s: those that began by 5 s are decided.
	if !errors.Is(err, broken) || rows != 6 || count.First != 12 || count.Undecided != 6 {
		t.Errorf("%d rows, %+v, %v", rows, count, err)
	}
}
