package query_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

func mustParseSequence(t testing.TB, text string) *Sequence {
	t.Helper()
	s, err := ParseStatement(text)
	if err != nil || s.Sequence == nil {
		t.Fatalf("%s: %+v %v", text, s, err)
	}
	return s.Sequence
}

// followed gives the rows of a sequence over events in any order, by their
// first events.
func followed(s *Sequence, about Following, events []event.Event) (rows []querytest.FoundRow, count FollowerCount) {
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b event.Event) int { return event.Compare(&a, &b) })
	place := map[string]int{}
	f := s.Follow(about, func(r Row) { rows = append(rows, querytest.Found(r)) })
	search := s.Search().Matcher()
	for i := range events {
		e := &events[i]
		place[e.ID()] = i
		if e.Time >= about.From && e.Time < s.Until(about.To) && search.Match(e) {
			f.Add(e)
		}
	}
	f.Close(s.Until(about.To))
	slices.SortFunc(rows, func(a, b querytest.FoundRow) int { return place[a.First] - place[b.First] })
	return rows, f.Count()
}

// second makes a short event of session s at a second; its id is its message.
func second(at float64, session, msg string) event.Event {
	return event.Event{Time: int64(at * 1e9), Session: session, Msg: msg, IDBase: strings.ReplaceAll(msg, " ", "-") + fmt.Sprint("@", at)}
}

func TestASequenceTellsWhatFollowedAndWhatDidNot(t *testing.T) {
	events := []event.Event{
		second(10, "s1", "expired"), second(12, "s1", "refresh"), second(14, "s1", "call"),
		second(20, "s2", "expired"), second(25, "s2", "refresh"), // the last instant
		second(30, "s3", "expired"), second(35.1, "s3", "refresh"), // too late
		second(40, "s4", "expired"), second(40, "s4", "refresh"), // the same time, later in order: "expired@40" < "refresh@40"
		second(45, "s5", "refresh"), second(45, "s5", "zexpired expired"), // the same time, before
		second(50, "", "expired"),                                // without the key
		second(60, "s6", "expired refresh"),                      // not its own follower
		second(70, "s7", "expired"), second(71, "s8", "refresh"), // another session's
		second(80, "s9", "expired"), second(81, "s9", "expired"), // each gives a row
		second(99, "s10", "expired"), second(103, "s10", "refresh"), // behind the range, within reach
		second(99.5, "s11", "expired"), second(106, "s11", "refresh"),
	}
	all := Following{From: 0, To: 100e9, Now: 1000e9}
	for _, c := range []struct {
		text  string
		about Following
		want  string
		count FollowerCount
	}{
		{"sequence by session [expired] then [refresh] within 5s", all, "expired@10>refresh@12 expired@20>refresh@25 expired@40>refresh@40 expired@99>refresh@103", FollowerCount{First: 11}},
		{"sequence by session [expired] then not [refresh] within 5s", all, "expired@30 zexpired-expired@45 expired-refresh@60 expired@70 expired@80 expired@81 expired@99.5", FollowerCount{First: 11}},
		{"sequence by session [expired] then [refresh] within 5s then [call] within 2s", all, "expired@10>refresh@12>call@14", FollowerCount{First: 11}},
		{"sequence by session [expired] then [refresh] within 5s then not [call] within 2s", all, "expired@20>refresh@25 expired@40>refresh@40 expired@99>refresh@103", FollowerCount{First: 11}},
		{"sequence by session [expired] then not [call] within 3s then [refresh] within 5s", all, "expired@10>refresh@12 expired@20>refresh@25 expired@40>refresh@40 expired@99>refresh@103", FollowerCount{First: 11}},
		{"sequence by session [expired] then not [call] within 4s then [refresh] within 5s", all, "expired@20>refresh@25 expired@40>refresh@40 expired@99>refresh@103", FollowerCount{First: 11}},
		{"sequence by session [expired] then [expired] within 5s", all, "expired@80>expired@81", FollowerCount{First: 11}},
		// At 90 s, with 60 s for what is late, only what ended by 30 s is decided.
		{"sequence by session [expired] then not [refresh] within 5s", Following{To: 100e9, Now: 90e9}, "", FollowerCount{First: 11, Undecided: 7}},
		{"sequence by session [expired] then not [refresh] within 5s lateness 0s", Following{To: 100e9, Now: 90e9}, "expired@30 zexpired-expired@45 expired-refresh@60 expired@70 expired@80 expired@81", FollowerCount{First: 11, Undecided: 1}},
		{"sequence by session [expired] then [refresh] within 5s", Following{To: 100e9, Now: 95.1e9}, "expired@10>refresh@12 expired@20>refresh@25 expired@40>refresh@40 expired@99>refresh@103", FollowerCount{First: 11, Undecided: 6}},
		// The range is about first events alone.
		{"sequence by session [expired] then not [refresh] within 5s", Following{From: 99e9, To: 99.5e9, Now: 1000e9}, "", FollowerCount{First: 1}},
	} {
		rows, count := followed(mustParseSequence(t, c.text), c.about, events)
		var got []string
		for _, r := range rows {
			got = append(got, strings.Join(append([]string{r.First}, r.Then...), ">"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, strings.Join(got, " "), c.want)
		}
		if count != c.count {
			t.Errorf("%s counts %+v, want %+v", c.text, count, c.count)
		}
	}
}

func TestAFollowerAgreesWithLookingAtAllEventsForEachFirstOne(t *testing.T) {
	rows := 0
	rapid.Check(t, func(t *rapid.T) {
		var events []event.Event
		for range rapid.IntRange(2, 4).Draw(t, "lots") {
			for _, e := range querytest.Events().Draw(t, "events") {
				e.IDBase += fmt.Sprint("#", len(events))
				if e.Stream != "" {
					e.IDBase, e.Seq = "", e.Seq+uint64(100*len(events))
				}
				events = append(events, e)
			}
		}
		s := querytest.Sequence(events...).Draw(t, "sequence")
		minutes := func(name string, least, most int) int64 {
			return querytest.Begin + int64(rapid.IntRange(least, most).Draw(t, name))*int64(time.Minute)
		}
		about := Following{From: minutes("from", -1, 100), To: minutes("to", 90, 250), Now: minutes("now", 200, 40*60)}
		want, undecided := querytest.FollowSlowly(s, about, events)
		got, count := followed(s, about, events)
		if !reflect.DeepEqual(got, want) || count.Undecided != undecided || count.Left != 0 {
			t.Fatalf("%s\ngot  %v, %+v\nwant %v, %d undecided", s, got, count, want, undecided)
		}
		rows += len(got)
	})
	if rows == 0 {
		t.Error("no row was found in all; the generator should make some")
	}
}

func TestWhatASequenceHoldsIsBoundedAndWhatIsLeftOutCounted(t *testing.T) {
	s := mustParseSequence(t, "sequence by session [begin] then not [end] within 1h")
	rows := 0
	f := s.Follow(Following{To: 1e18, Now: 1e18}, func(Row) { rows++ })
	for i := range MaxOpen + 500 {
		f.Add(&event.Event{Time: int64(i), Session: fmt.Sprint(i % 1000), Msg: "begin", IDNum: uint64(i + 1)})
	}
	if c := f.Count(); c.First > MaxOpen || c.First+c.Left != MaxOpen+500 || c.Left < 500 {
		t.Errorf("counts %+v", c)
	}
	// Each session's end is for all that began.
	for i := range 1000 {
		f.Add(&event.Event{Time: MaxOpen + 1000, Session: fmt.Sprint(i), Msg: "end"})
	}
	f.Close(s.Until(1e18))
	if rows != 0 || !f.Idle() {
		t.Errorf("%d rows, idle %v", rows, f.Idle())
	}
}

func TestWhatWasNotReadIsUndecided(t *testing.T) {
	s := mustParseSequence(t, "sequence by session [begin] then not [end] within 10s")
	var rows []string
	f := s.Follow(Following{To: 100e9, Now: 1000e9}, func(r Row) { rows = append(rows, r.First.IDBase) })
	for i, at := range []float64{1, 5, 20} {
		e := second(at, fmt.Sprint("s", i), "begin")
		f.Add(&e)
	}
	f.Close(16e9) // what is at 15 s was read
	if got := strings.Join(rows, " "); got != "begin@1 begin@5" || f.Count().Undecided != 1 {
		t.Errorf("rows %s, %+v", got, f.Count())
	}
}

func TestSequencesAreReadAndPrinted(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`sequence by session [errorCode:TICKET_EXPIRED] then not [httpPath:"/ticket/refresh"] within 5s`, `sequence by session [errorCode:TICKET_EXPIRED] then not ["httpPath":"/ticket/refresh"] within 5s`},
		{" SEQUENCE  By callId[a b]THEN[c]Within 300s Then NOT [ d or timeCost:[1 to 2] ] within 90000ms lateness 2m ", "sequence by callId [a and b] then [c] within 5m then not [d or timeCost:[1 to 2]] within 90s lateness 2m"},
		{`sequence by "x y" [*] then [a\]b "]"] within 1h lateness 0s`, `sequence by "x y" [*] then [a\]b and "]"] within 1h lateness 0s`},
		{"sequence by 会话 [票据 已过期] then not [刷新] within 1d | count by level", "sequence by 会话 [票据 and 已过期] then not [刷新] within 1d | count by level"},
		{"sequence by a[b] then [c|d] within 1s", ""},
	} {
		s, err := ParseStatement(c.text)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s is read as %s", c.text, s)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		want := strings.ReplaceAll(c.want, `"httpPath":"/ticket/refresh"`, "httpPath:\"/ticket/refresh\"")
		if got := s.String(); got != want {
			t.Errorf("%s is printed as %s, want %s", c.text, got, want)
		}
		if again, err := ParseStatement(s.String()); err != nil || again.String() != s.String() {
			t.Errorf("%s is read back as %v, %v", s, again, err)
		}
	}
}

func TestAWrongSequenceIsPointedAtByItsColumn(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		want   string
	}{
		{"sequence by [a] then [b] within 5s", 13, "a field"},
		{"sequence by session a [b]", 21, "'['"},
		{"sequence by time [a] then [b] within 5s", 13, "in common"},
		{"sequence by sess* [a] then [b] within 5s", 13, "'*'"},
		{"sequence by session [a", 21, "']' that closes"},
		{"sequence by session [] then [b] within 5s", 22, "a search between"},
		{"sequence by session [a or] then [b] within 5s", 26, "before ']'"},
		{"sequence by session [level:] then [b] within 5s", 28, "a value after ':'"},
		{"sequence by session [level >] then [b] within 5s", 29, "a value after '>'"},
		{"sequence by session [not] then [b] within 5s", 25, "a word"},
		{"sequence by session [a) ] then [b] within 5s", 23, "no ')'"},
		{"sequence by session [a|b] then [b] within 5s", 23, "no '|'"},
		{"sequence by session [a]", 24, "then [...] within"},
		{"sequence by session [a] than [b]", 25, "then"},
		{"sequence by session [a] then no [b] within 5s", 30, "'['"},
		{"sequence by session [a] then [b]", 33, "within and a time"},
		{"sequence by session [a] then [b] within", 40, "a time"},
		{"sequence by session [a] then [b] within 5", 41, "such as 5s"},
		{"sequence by session [a] then [b] within 0s", 41, "such as 5s"},
		{"sequence by session [a] then [b] within 32d", 41, "31d"},
		{"sequence by session [a] then [b] within 5s or c", 44, "then, lateness"},
		{"sequence by session [a] then [b] within 5s lateness x", 53, "a time"},
		{"sequence by 会话 [登录] then [退出] within 5s | nonsense", 43, "a pipe"},
		{"sequence by s [a]" + strings.Repeat(" then [b] within 1s", 6), 114, "at most 5 steps"},
	} {
		_, err := ParseStatement(c.text)
		syntax, ok := err.(*SyntaxError)
		if !ok || syntax.Column() != c.column || !strings.Contains(syntax.Want, c.want) {
			t.Errorf("%s: %v; should be column %d with %q", c.text, err, c.column, c.want)
		}
	}
	for _, parse := range []func(string) error{
		func(s string) error { _, err := Parse(s); return err },
		func(s string) error { _, _, err := ParsePiped(s); return err },
	} {
		if err := parse("sequence by session [a] then [b] within 5s"); err == nil || !strings.Contains(err.Error(), "/v1/search") {
			t.Errorf("who asks for single events hears %v", err)
		}
	}
}

func FuzzParseStatement(f *testing.F) {
	f.Add("sequence by session [a] then not [b] within 5s lateness 1m | count by level")
	f.Add(`sequence by "x" [timeCost:[1 to 2] "]"] then [c\]] within 1d`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseStatement(text)
		if err != nil {
			syntax, ok := err.(*SyntaxError)
			if !ok || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Want == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		again, err := ParseStatement(s.String())
		if len(s.String()) > MaxText && err != nil {
			return
		}
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is printed as %q and read as %v, %v", text, s, again, err)
		}
		s.Fields()
		s.Words()
	})
}
