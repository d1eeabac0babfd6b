package delivery

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// Show says which streams are listed, and by what.
type Show string

// What is shown.
const (
	ShowMissing Show = "missing" // those that are judged and miss something, most first
	ShowWaiting Show = "waiting" // open ones with something not yet here, most first
	ShowOmitted Show = "omitted" // those that left something out, most first
	ShowAll     Show = "all"     // all, the newest day first
)

// Shows lists them.
var Shows = []Show{ShowMissing, ShowWaiting, ShowOmitted, ShowAll}

// MaxRows bounds the streams of one page, and MaxSpans the runs of numbers that
// are given of each of them.
const (
	MaxRows  = 200
	MaxSpans = 8
)

// A Row is one stream of a list.
type Row struct {
	Name string
	Sender
	Day       store.Day
	State     State
	Highest   uint64
	Stored    uint64
	Omitted   uint64
	Missing   uint64 // of an open stream: not here yet
	Gaps      []store.Span
	MoreGaps  int // that are not in Gaps
	Left      []event.Omission
	MoreLeft  int
	ClosedAt  uint64 // 0 = it was not
	Truncated bool   // there are more runs than are given
}

// A Place is where a list goes on.
type Place struct {
	By   uint64    // what it is ordered by
	Day  store.Day // then, the newest first
	Name string    // then
}

func (p Place) compare(o Place) int {
	return cmp.Or(cmp.Compare(o.By, p.By), cmp.Compare(o.Day, p.Day), cmp.Compare(p.Name, o.Name))
}

// A Choice asks for a page of streams.
type Choice struct {
	Ask
	Show     Show
	App, SDK *string // of that sender only; nil is all
	Limit    int     // rows, at most MaxRows
	After    *Place
}

// List gives a page of streams in one walk, and where the next one begins, nil
// when there is none. Its memory is that of the page. When ctx ends it gives
// nothing but the error.
func List(ctx context.Context, from store.Streamer, c Choice) (rows []Row, next *Place, err error) {
	type found struct {
		Place
		row Row
	}
	limit := min(max(c.Limit, 1), MaxRows)
	var kept []found
	err = from.Streams(ctx, store.StreamsQuestion{Project: c.Project, From: c.From, To: c.To}, func(x *store.Stream) error {
		if c.App != nil && *c.App != x.App || c.SDK != nil && *c.SDK != x.SDK {
			return nil
		}
		state := StateOf(x, c.Now)
		stored, omitted, missing := Count(x)
		p := Place{Day: x.Day, Name: x.Name}
		switch c.Show {
		case ShowMissing, ShowWaiting:
			if missing == 0 || (state == Open) != (c.Show == ShowWaiting) {
				return nil
			}
			p.By = missing
		case ShowOmitted:
			if omitted == 0 {
				return nil
			}
			p.By = omitted
		}
		if c.After != nil && p.compare(*c.After) <= 0 {
			return nil
		}
		i, _ := slices.BinarySearchFunc(kept, p, func(f found, p Place) int { return f.compare(p) })
		if i > limit {
			return nil
		}
		row := Row{Name: x.Name, Sender: Sender{x.App, x.SDK}, Day: x.Day, State: state, Highest: Highest(x), Stored: stored, Omitted: omitted, Missing: missing}
		row.runs(x, MaxSpans)
		// One more than the page tells that there is a next one.
		kept = slices.Insert(kept, i, found{p, row})
		kept = kept[:min(len(kept), limit+1)]
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if len(kept) > limit {
		kept = kept[:limit]
		last := kept[limit-1].Place
		next = &last
	}
	for _, f := range kept {
		rows = append(rows, f.row)
	}
	return rows, next, nil
}

// runs notes at most so many gaps and omissions.
func (r *Row) runs(x *store.Stream, most int) {
	Gaps(x, func(g store.Span) {
		if len(r.Gaps) < most {
			r.Gaps = append(r.Gaps, g)
		} else {
			r.MoreGaps++
		}
	})
	r.Left = slices.Clone(x.Omitted[:min(len(x.Omitted), most)])
	r.MoreLeft = len(x.Omitted) - len(r.Left)
	r.Truncated = r.MoreGaps+r.MoreLeft > 0
	if x.Closed != nil {
		r.ClosedAt = x.Closed.At
	}
}

// Find gives one stream with at most so many gaps and omissions, and what is
// stored of it; nil when there is none of that name.
func Find(ctx context.Context, from store.Streamer, a Ask, name string, most int) (found *Row, stored []store.Span, err error) {
	enough := errors.New("it was found")
	err = from.Streams(ctx, store.StreamsQuestion{Project: a.Project, From: a.From, To: a.To, Name: name}, func(x *store.Stream) error {
		n, omitted, missing := Count(x)
		found = &Row{Name: x.Name, Sender: Sender{x.App, x.SDK}, Day: x.Day, State: StateOf(x, a.Now), Highest: Highest(x), Stored: n, Omitted: omitted, Missing: missing}
		found.runs(x, most)
		stored = slices.Clone(x.Stored[:min(len(x.Stored), most)])
		found.Truncated = found.Truncated || len(stored) < len(x.Stored)
		return enough
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return found, stored, err
}

// A Fate is what became of numbers that are not stored.
type Fate string

// The fates, as they are told.
const (
	FateMissing Fate = "missing"
	FateWaiting Fate = "waiting" // of a stream that is open
	FateOmitted Fate = "omitted"
)

// A Range is a run of numbers that are not stored.
type Range struct {
	Stream string
	Sender
	Day    store.Day
	State  State
	Fate   Fate
	Reason string // of an omission
	store.Span
}

// Ranges calls each with every missing range and every omission of all streams.
func Ranges(ctx context.Context, from store.Streamer, a Ask, each func(*Range) error) error {
	return from.Streams(ctx, store.StreamsQuestion{Project: a.Project, From: a.From, To: a.To}, func(x *store.Stream) error {
		r := Range{Stream: x.Name, Sender: Sender{x.App, x.SDK}, Day: x.Day, State: StateOf(x, a.Now), Fate: FateMissing}
		if r.State == Open {
			r.Fate = FateWaiting
		}
		var err error
		Gaps(x, func(g store.Span) {
			if err == nil {
				r.Span = g
				err = each(&r)
			}
		})
		r.Fate = FateOmitted
		for _, o := range x.Omitted {
			if err != nil {
				return err
			}
			r.Reason, r.Span = o.Reason, store.Span{From: o.From, To: o.To}
			err = each(&r)
		}
		return err
	})
}
