package speed

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"pgregory.net/rapid"
)

func TestAFigureIsUnusualBeyondFourMADOfTheMedian(t *testing.T) {
	for _, c := range []struct {
		name string
		now  float64
		days []float64
		want Verdict
	}{
		{"in the middle", 21, []float64{20, 21, 22, 23, 21}, AsUsual},
		{"at the edge", 25, []float64{20, 20, 21, 22, 22}, AsUsual},
		{"beyond", 25.1, []float64{20, 20, 21, 22, 22}, Above},
		{"below", 16.9, []float64{20, 20, 21, 22, 22}, Below},
		{"one wild day changes nothing", 25.1, []float64{20, 20, 21, 22, 9000}, Above},
		{"days alike: chance has its room", 21, []float64{20, 20, 20, 20, 20}, AsUsual},
		{"days alike, and far from them", 23, []float64{20, 20, 20, 20, 20}, Above},
		{"too few days", 900, []float64{20, 20, 20, 20}, Unknown},
		{"no day", 900, nil, Unknown},
		{"too few calls now", math.NaN(), []float64{20, 20, 20, 20, 20}, Unknown},
	} {
		if got := judge(c.now, c.days, timeNoise); got.Verdict != c.want {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

func TestASingleFailureInAFewCallsIsNoAlarm(t *testing.T) {
	days := []float64{0, 0, 0, 0, 0, 0}
	for failures, want := range map[float64]Verdict{0: AsUsual, 1: AsUsual, 3: AsUsual, 6: Above} {
		if got := judge(failures/40, days, shareNoise(40)); got.Verdict != want {
			t.Errorf("%v failures of 40: %+v, want %s", failures, got, want)
		}
	}
}

func TestTheMedianIsOneOfItsNumbersOrTheMeanOfTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 30).Draw(t, "list")
		before := slices.Clone(list)
		m := median(list)
		var below, above int
		for _, v := range list {
			if v < m {
				below++
			}
			if v > m {
				above++
			}
		}
		if below > len(list)/2 || above > len(list)/2 || !slices.Equal(list, before) {
			t.Fatalf("median %v of %v", m, list)
		}
	})
}

func TestTheSameTimeOfOtherDaysFollowsTheClockOnTheWall(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	to := time.Date(2026, 10, 26, 10, 0, 0, 0, berlin) // summer time ended the day before
	now, before := windowsOf(to.Add(-24*time.Hour).UnixNano(), to.UnixNano(), berlin)
	if time.Unix(0, now.from).In(berlin).Hour() != 9 || len(before) != Days {
		t.Errorf("judged from %v, %d days", time.Unix(0, now.from).In(berlin), len(before))
	}
	for d, w := range before {
		from, end := time.Unix(0, w.from).In(berlin), time.Unix(0, w.to).In(berlin)
		if from.Hour() != 9 || end.Hour() != 10 || end.Day() != to.AddDate(0, 0, -d-1).Day() {
			t.Errorf("day %d is %v to %v", d+1, from, end)
		}
	}
	short, _ := windowsOf(to.Add(-15*time.Minute).UnixNano(), to.UnixNano(), berlin)
	if short.to-short.from != int64(15*time.Minute) {
		t.Errorf("a short range is judged whole, not %v", short)
	}
}

const perMinute = 6

// fortnight has a function at work at noon on each of some days, and now.
func fortnight(days int, now func(minute int) event.Event) []event.Event {
	var events []event.Event
	for d := 1; d <= days; d++ {
		begin := time.Unix(0, noon).UTC().AddDate(0, 0, -d).UnixNano()
		for m := range 60 {
			for n := range int64(perMinute) {
				events = append(events, call(begin+int64(m)*int64(time.Minute)+n*int64(time.Second), "call", "f", 30+float64((m+d)%5), ""))
			}
		}
	}
	for m := range 60 {
		for n := range int64(perMinute) {
			e := now(m)
			e.Time = noon + int64(m)*int64(time.Minute) + n*int64(time.Second)
			events = append(events, e)
		}
	}
	return events
}

func findings(t *testing.T, events []event.Event) Usual {
	t.Helper()
	ask, tables := hour(events)
	got, err := ask.FetchUsual(t.Context(), tables)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWhatBecameSlowIsFoundWithItsTime(t *testing.T) {
	got := findings(t, fortnight(14, func(m int) event.Event {
		ms := 31.0
		if m >= 40 {
			ms = 190
		}
		return call(0, "call", "f", ms, "")
	}))
	if got.Days != 14 || len(got.Findings) != 1 {
		t.Fatalf("%d days, %+v", got.Days, got.Findings)
	}
	f := got.Findings[0]
	if f.Figure != P95 || f.Verdict != Above || text(f.Key) != "call/f/" || f.Median != 34 || f.Now < 186 || f.Calls != 360 {
		t.Errorf("got %+v", f)
	}
	if since := time.Duration(f.Since - noon); since != 40*time.Minute || f.Until != 0 {
		t.Errorf("since %v, until %d", since, f.Until)
	}
}

func TestWhatIsOverSaysUntilWhen(t *testing.T) {
	got := findings(t, fortnight(14, func(m int) event.Event {
		ms := 31.0
		if m >= 10 && m < 20 {
			ms = 400
		}
		return call(0, "call", "f", ms, "")
	}))
	if len(got.Findings) != 1 {
		t.Fatalf("%+v", got.Findings)
	}
	f := got.Findings[0]
	if since, until := time.Duration(f.Since-noon), time.Duration(f.Until-noon); since != 10*time.Minute || until != 20*time.Minute {
		t.Errorf("since %v until %v", since, until)
	}
}

func TestFailuresAndSilenceAreFoundToo(t *testing.T) {
	got := findings(t, fortnight(14, func(m int) event.Event {
		code := ""
		if m >= 30 {
			code = "TICKET_EXPIRED"
		}
		return call(0, "call", "f", 31, code)
	}))
	if len(got.Findings) != 1 || got.Findings[0].Figure != Failed || got.Findings[0].Now != 0.5 || time.Duration(got.Findings[0].Since-noon) != 30*time.Minute {
		t.Errorf("got %+v", got.Findings)
	}
	got = findings(t, fortnight(14, func(int) event.Event { return call(0, "call", "g", 31, "") }))
	if len(got.Findings) != 2 || got.Findings[0].Figure != Count || text(got.Findings[0].Key) != "call/f/" || got.Findings[0].Now != 0 || got.Findings[0].Verdict != Below {
		t.Errorf("the function that stopped comes first, the one that is new after it: %+v", got.Findings)
	}
}

func TestWhatHasNoSuchFieldIsDatedToo(t *testing.T) {
	events := fortnight(14, func(m int) event.Event { return call(0, "call", "f", 31+float64(m/30)*500, "") })
	for i := range events {
		events[i].Function = ""
	}
	got := findings(t, events)
	if len(got.Findings) != 1 || text(got.Findings[0].Key) != "call/-/" || time.Duration(got.Findings[0].Since-noon) != 30*time.Minute {
		t.Errorf("got %+v", got.Findings)
	}
}

func TestTooFewDaysJudgeNothingAndSayHowMany(t *testing.T) {
	got := findings(t, fortnight(MinDays-1, func(int) event.Event { return call(0, "call", "f", 5000, "X") }))
	if got.Days != MinDays-1 || len(got.Findings) != 0 || len(got.Groups) != 1 || got.Groups[0].P95.Verdict != Unknown || got.Groups[0].P95.Days != MinDays-1 {
		t.Errorf("got %+v", got)
	}
}

func TestARunOfUnusualStepsToleratesOneThatIsFine(t *testing.T) {
	f := Finding{Figure: P95, Judged: Judged{Verdict: Above, Most: 50}}
	steps := func(list ...float64) (out []tally) {
		for _, v := range list {
			out = append(out, tally{count: min(10, v), p95: v})
		}
		return out
	}
	for _, c := range []struct {
		steps       []tally
		first, last int
	}{
		{steps(10, 60, 10, 60, 60), 1, 4},
		{steps(60, 10, 10, 60, 60), 3, 4},
		{steps(10, 60, 60, 0, 0), 1, 4},
		{steps(10, 60, 60, 10, 10), 1, 2},
		{steps(10, 10), -1, -1},
		{nil, -1, -1},
	} {
		if first, last := f.run(c.steps, 0.1); first != c.first || last != c.last {
			t.Errorf("%v: %d to %d, want %d to %d", c.steps, first, last, c.first, c.last)
		}
	}
}
