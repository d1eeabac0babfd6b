package delivery_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/delivery"
	"github.com/clewline/clewline/server/store"
)

// known is a store.Streamer of some streams.
type known []store.Stream

func (k known) Streams(ctx context.Context, q store.StreamsQuestion, each func(*store.Stream) error) error {
	all := slices.Clone(k)
	slices.SortStableFunc(all, func(a, b store.Stream) int { return cmp.Compare(b.Day, a.Day) })
	for i := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		x := all[i]
		if x.Day < q.From || x.Day > q.To || q.Name != "" && q.Name != x.Name {
			continue
		}
		if err := each(&x); err != nil {
			return err
		}
	}
	return nil
}

var now = time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)

func today() store.Day { return store.DayOf(now) }

func month() delivery.Ask {
	return delivery.Ask{Project: "phone", From: today() - 29, To: today(), Now: now}
}

// seen makes what is known of a stream: stored and omitted are runs, as in
// "1-4 6", "5-5:level".
func seen(stored, omitted, closed string) (out store.Seen) {
	for text := range strings.FieldsSeq(stored) {
		var r store.Span
		if n, _ := fmt.Sscanf(text, "%d-%d", &r.From, &r.To); n < 2 {
			r.To = r.From
		}
		out.Stored = append(out.Stored, r)
		out.Highest = max(out.Highest, r.To)
	}
	for text := range strings.FieldsSeq(omitted) {
		numbers, reason, _ := strings.Cut(text, ":")
		r := event.Omission{Reason: reason}
		if n, _ := fmt.Sscanf(numbers, "%d-%d", &r.From, &r.To); n < 2 {
			r.To = r.From
		}
		out.Omitted = append(out.Omitted, r)
		out.Highest = max(out.Highest, r.To)
	}
	if closed != "" {
		out.Closed = &event.Closing{}
		fmt.Sscanf(closed, "%d %s", &out.Closed.At, &out.Closed.By)
	}
	return out
}

func TestAStreamIsJudgedOnlyWhenNothingMoreMayCome(t *testing.T) {
	for _, c := range []struct {
		day    store.Day
		closed string
		want   delivery.State
	}{
		{today(), "", delivery.Open},
		{today() - 1, "", delivery.Open}, // it may have begun a minute before midnight
		{today() - 2, "", delivery.Silent},
		{today() + 1, "", delivery.Open},
		{today(), "3 self", delivery.Closed},
		{today() - 20, "3 self", delivery.Closed},
		{today(), "3 adopter", delivery.Abrupt},
	} {
		x := store.Stream{Day: c.day, Seen: seen("1-3", "", c.closed)}
		if got := delivery.StateOf(&x, now); got != c.want {
			t.Errorf("a stream of %d days ago, closed %q: %s, want %s", today()-c.day, c.closed, got, c.want)
		}
	}
}

func TestEveryNumberIsStoredLeftOutOrInAGap(t *testing.T) {
	for _, c := range []struct{ stored, omitted, closed, want string }{
		{"1-4", "", "4 self", ""},
		{"1-4", "", "6 self", "5-6"},
		{"2-4 9", "", "", "1-1 5-8"},
		{"3", "1-2:level 5:rate", "9 adopter", "4-4 6-9"},
		{"", "4-6:quota", "", "1-3"},
		{"", "", "3 self", "1-3"},
		{"", "", "", ""},
	} {
		x := store.Stream{Seen: seen(c.stored, c.omitted, c.closed)}
		var gaps []string
		delivery.Gaps(&x, func(g store.Span) { gaps = append(gaps, fmt.Sprintf("%d-%d", g.From, g.To)) })
		if got := strings.Join(gaps, " "); got != c.want {
			t.Errorf("stored %s, left out %s, closed %s: gaps %s, want %s", c.stored, c.omitted, c.closed, got, c.want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		x := anyStream(r)
		stored, omitted, missing := delivery.Count(x)
		fate := map[uint64]int{}
		for _, s := range x.Stored {
			for n := s.From; n <= s.To; n++ {
				fate[n]++
			}
		}
		for _, s := range x.Omitted {
			for n := s.From; n <= s.To; n++ {
				fate[n]++
			}
		}
		delivery.Gaps(x, func(g store.Span) {
			for n := g.From; n <= g.To; n++ {
				fate[n]++
				missing--
			}
		})
		for n := uint64(1); n <= delivery.Highest(x); n++ {
			if fate[n] != 1 {
				r.Fatalf("%d of %+v has %d fates", n, x.Seen, fate[n])
			}
		}
		if missing != 0 || uint64(len(fate)) != delivery.Highest(x) || stored+omitted > uint64(len(fate)) {
			r.Fatalf("%+v: %d numbers, %d stored, %d left out, gaps differ by %d", x.Seen, len(fate), stored, omitted, missing)
		}
	})
}

func anyStream(r *rapid.T) *store.Stream {
	x := &store.Stream{Name: fmt.Sprint(rapid.IntRange(0, 1000).Draw(r, "name")), App: rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "app"),
		Day: today() - store.Day(rapid.IntRange(0, 4).Draw(r, "ago"))}
	n := uint64(0)
	for range rapid.IntRange(0, 6).Draw(r, "runs") {
		from := n + uint64(rapid.IntRange(1, 4).Draw(r, "skip"))
		n = from + uint64(rapid.IntRange(0, 4).Draw(r, "more"))
		if rapid.Bool().Draw(r, "stored") {
			x.Stored = append(x.Stored, store.Span{From: from, To: n})
		} else {
			x.Omitted = append(x.Omitted, event.Omission{From: from, To: n, Reason: "level"})
		}
	}
	x.Highest = n
	if rapid.Bool().Draw(r, "closed") {
		x.Closed = &event.Closing{At: max(1, n) + uint64(rapid.IntRange(0, 3).Draw(r, "unseen")), By: rapid.SampledFrom([]string{"self", "adopter"}).Draw(r, "by")}
	}
	return x
}

var story = known{
	{Name: "a1", Day: today(), App: "web", SDK: "1", Seen: seen("1-10", "", "10 self")},
	{Name: "a2", Day: today(), App: "web", SDK: "1", Seen: seen("1-6 9-10", "", "")}, // open
	{Name: "b1", Day: today() - 1, App: "web", SDK: "2", Seen: seen("1-4 8-10", "", "12 adopter")},
	{Name: "b2", Day: today() - 3, App: "web", SDK: "2", Seen: seen("1 3", "4-6:level 8:rate 9:level", "")}, // silent
	{Name: "c1", Day: today() - 3, App: "desk", SDK: "1", Seen: seen("1-100", "", "100 self")},
	{Name: "old", Day: today() - 40, App: "desk", SDK: "1", Seen: seen("2", "", "2 self")},
}

func TestAReportCountsByAppVersionAndDay(t *testing.T) {
	r, err := delivery.Make(t.Context(), story, month())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Total, (delivery.Sums{Streams: 5, Open: 1, Closed: 2, Abrupt: 1, Silent: 1, Whole: 2,
		Stored: 10 + 7 + 2 + 100, Missing: 5 + 2, Omitted: 5, Arrived: 8, Waiting: 2}); got != want {
		t.Errorf("in all\n%+v, want\n%+v", got, want)
	}
	var rows []string
	for _, s := range r.Senders {
		row := fmt.Sprintf("%s %s: %d of %d", s.App, s.SDK, s.Stored, s.Logged())
		for i, d := range s.Days {
			if d != nil {
				row += fmt.Sprintf(" | %d days ago %d of %d, %d open", 29-i, d.Stored, d.Logged(), d.Open)
			}
		}
		rows = append(rows, row)
	}
	want := []string{
		"web 2: 9 of 16 | 3 days ago 2 of 4, 0 open | 1 days ago 7 of 12, 0 open",
		"desk 1: 100 of 100 | 3 days ago 100 of 100, 0 open",
		"web 1: 10 of 10 | 0 days ago 10 of 10, 1 open",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("%q, want %q", rows, want)
	}
	if got, want := fmt.Sprint(r.Reasons), "[{level 1 4} {rate 1 1}]"; got != want {
		t.Errorf("reasons %s, want %s", got, want)
	}
	var apps []string
	for _, a := range r.Apps() {
		apps = append(apps, fmt.Sprintf("%s %d streams %d missing", a.App, a.Streams, a.Missing))
	}
	if want := []string{"web 4 streams 7 missing", "desk 1 streams 0 missing"}; !slices.Equal(apps, want) {
		t.Errorf("apps %q, want %q", apps, want)
	}
}

func TestAReportAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var all known
		for range rapid.IntRange(0, 20).Draw(r, "streams") {
			all = append(all, *anyStream(r))
		}
		got, err := delivery.Make(context.Background(), all, month())
		if err != nil {
			r.Fatal(err)
		}
		var stored, missing, omitted, arrived, waiting int64
		streams := 0
		for _, s := range got.Senders {
			stored, missing, omitted, arrived, waiting = stored+s.Stored, missing+s.Missing, omitted+s.Omitted, arrived+s.Arrived, waiting+s.Waiting
			streams += s.Streams
			days := 0
			for _, d := range s.Days {
				if d != nil {
					days += d.Streams
				}
			}
			if days != s.Streams {
				r.Fatalf("%s has %d streams, by day %d", s.App, s.Streams, days)
			}
		}
		x := got.Total
		if streams != len(all) || x.Streams != streams || x.Open+x.Closed+x.Abrupt+x.Silent != streams ||
			stored != x.Stored || missing != x.Missing || omitted != x.Omitted || arrived != x.Arrived || waiting != x.Waiting {
			r.Fatalf("the senders sum to %d streams, %d %d %d %d %d; in all %+v", streams, stored, missing, omitted, arrived, waiting, x)
		}
	})
}

func TestAReportIsBoundedWhateverSendersSay(t *testing.T) {
	var all known
	for i := range delivery.MaxSenders + 50 {
		all = append(all, store.Stream{Name: fmt.Sprint(i), Day: today(), App: "app", SDK: fmt.Sprint(i), Seen: seen("9007199254740991", "", "9007199254740991 self")})
	}
	r, err := delivery.Make(t.Context(), all, month())
	if err != nil || len(r.Senders) != delivery.MaxSenders || !r.More || r.Others.Streams != 50 {
		t.Fatalf("%v, %d senders and %d streams of others, more %v", err, len(r.Senders), r.Others.Streams, r.More)
	}
	if r.Total.Missing != delivery.Most || r.Total.Logged() != delivery.Most {
		t.Errorf("%d of %d are missing; want the bound %d", r.Total.Missing, r.Total.Logged(), int64(delivery.Most))
	}
}

func TestAReportThatIsCutSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := delivery.Make(ctx, story, month()); !errors.Is(err, context.Canceled) {
		t.Errorf("it says %v", err)
	}
}

func TestStreamsAreListedThoseThatMissMostFirstPageByPage(t *testing.T) {
	for _, c := range []struct {
		show delivery.Show
		app  string
		want string
	}{
		{delivery.ShowMissing, "", "b1: 5 missing [{5 7} {11 12}], b2: 2 missing [{2 2} {7 7}]"},
		{delivery.ShowWaiting, "", "a2: 2 missing [{7 8}]"},
		{delivery.ShowOmitted, "", "b2: 2 missing [{2 2} {7 7}]"},
		{delivery.ShowAll, "", "a1: 0 missing [], a2: 2 missing [{7 8}], b1: 5 missing [{5 7} {11 12}], b2: 2 missing [{2 2} {7 7}], c1: 0 missing []"},
		{delivery.ShowAll, "desk", "c1: 0 missing []"},
	} {
		var got []string
		ask := delivery.Choice{Ask: month(), Show: c.show, Limit: 2}
		if c.app != "" {
			ask.App = &c.app
		}
		for pages := 0; ; pages++ {
			rows, next, err := delivery.List(t.Context(), story, ask)
			if err != nil || pages > 3 {
				t.Fatal(err, pages)
			}
			for _, row := range rows {
				got = append(got, fmt.Sprintf("%s: %d missing %v", row.Name, row.Missing, row.Gaps))
			}
			if next == nil {
				break
			}
			ask.After = next
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.show, c.app, got, c.want)
		}
	}
}

func TestAStreamIsFoundWithItsRunsUpToABound(t *testing.T) {
	row, stored, err := delivery.Find(t.Context(), story, month(), "b2", 10)
	if err != nil || row == nil || row.State != delivery.Silent || row.Highest != 9 || row.Truncated || fmt.Sprint(stored, row.Gaps, row.Left) != "[{1 1} {3 3}] [{2 2} {7 7}] [{4 6 level} {8 8 rate} {9 9 level}]" {
		t.Errorf("%v: %+v, stored %v", err, row, stored)
	}
	row, stored, err = delivery.Find(t.Context(), story, month(), "b2", 1)
	if err != nil || !row.Truncated || len(stored) != 1 || row.MoreGaps != 1 || row.MoreLeft != 2 {
		t.Errorf("%v: %+v, stored %v", err, row, stored)
	}
	if row, _, err = delivery.Find(t.Context(), story, month(), "old", 1); err != nil || row != nil {
		t.Errorf("one of another day: %v, %v", row, err)
	}
}

func TestEveryRangeThatIsNotStoredIsTold(t *testing.T) {
	var got []string
	err := delivery.Ranges(t.Context(), story, month(), func(r *delivery.Range) error {
		got = append(got, fmt.Sprintf("%s %s %d-%d%s", r.Stream, r.Fate, r.From, r.To, r.Reason))
		return nil
	})
	want := []string{"a2 waiting 7-8", "b1 missing 5-7", "b1 missing 11-12", "b2 missing 2-2", "b2 missing 7-7", "b2 omitted 4-6level", "b2 omitted 8-8rate", "b2 omitted 9-9level"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %q, want %q", err, got, want)
	}
	enough := errors.New("enough")
	n := 0
	if err := delivery.Ranges(t.Context(), story, month(), func(*delivery.Range) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("after %d ranges: %v", n, err)
	}
}

func TestAShareHasTheDigitsThatItsCountsCarryAndNeverRoundsALossAway(t *testing.T) {
	for _, c := range []struct {
		stored, missing int64
		want            string
	}{
		{0, 0, ""},
		{12, 0, "100 %"},
		{0, 12, "0 %"},
		{971, 29, "97.1 %"},
		{12_000_340, 5, "99.99996 %"},
		{48_219_307, 29, "99.99994 %"},
		{1, 1, "50.0 %"},
		{2, 1, "66.7 %"},
		{1, 2, "33.3 %"},
		{999, 1, "99.9 %"},
		{1_999, 1, "99.95 %"},
		{99_901, 99, "99.90 %"},
		{1, 99_999, "0.001 %"},
		{delivery.Most - 1, 1, "99.99999999999999 %"},
	} {
		if got := delivery.Share(c.stored, c.missing); got != c.want {
			t.Errorf("%d stored and %d missing: %q, want %q", c.stored, c.missing, got, c.want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		stored, missing := rapid.Int64Range(1, 1<<40).Draw(r, "stored"), rapid.Int64Range(1, 1<<40).Draw(r, "missing")
		if got := delivery.Share(stored, missing); strings.HasPrefix(got, "100") || strings.Trim(got, "0. %") == "" {
			r.Fatalf("%d stored and %d missing: %q", stored, missing, got)
		}
	})
}
