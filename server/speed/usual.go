package speed

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"
)

// What "usual" rests on.
const (
	// Days are looked back at.
	Days = 14
	// MinDays with enough calls are needed before anything is judged.
	MinDays = 5
	// MinCalls are needed in a time before its percentile or its share of
	// failures says something.
	MinCalls = 20
	// Width is how many times the median absolute deviation a figure may lie
	// off the median and still be usual.
	Width = 4
	// longest is the longest time that is compared with those of other days.
	longest = time.Hour
)

// A Figure is what is judged.
type Figure string

// The figures.
const (
	P95    Figure = "p95"    // ms
	Failed Figure = "failed" // the share of calls that failed, 0 to 1
	Count  Figure = "count"
)

// A Verdict says how a figure compares with the same time of other days.
type Verdict string

// The verdicts.
const (
	AsUsual Verdict = "usual"
	Above   Verdict = "above"
	Below   Verdict = "below"
	// Unknown: too few days, or too few calls, to judge by.
	Unknown Verdict = "unknown"
)

// A Judged is a figure now and usually.
type Judged struct {
	Verdict Verdict
	// Now is NaN where there are too few calls now.
	Now float64
	// Median and MAD, the median absolute deviation from it, are of Days;
	// NaN of none.
	Median, MAD float64
	// Least and Most bound what is usual.
	Least, Most float64
	Days        int
}

// judge compares a figure with those of other days. noise is the deviation
// that chance alone, or the inexactness of the figure, would give: a row of
// days that happen to be equal must not make everything unusual.
func judge(now float64, days []float64, noise func(median float64) float64) Judged {
	j := Judged{Verdict: Unknown, Now: now, Median: math.NaN(), MAD: math.NaN(), Least: math.NaN(), Most: math.NaN(), Days: len(days)}
	if len(days) == 0 {
		return j
	}
	j.Median = median(days)
	off := make([]float64, len(days))
	for i, v := range days {
		off[i] = math.Abs(v - j.Median)
	}
	j.MAD = median(off)
	width := Width * max(j.MAD, noise(j.Median))
	j.Least, j.Most = max(0, j.Median-width), j.Median+width
	switch {
	case len(days) < MinDays || math.IsNaN(now):
	case now > j.Most:
		j.Verdict = Above
	case now < j.Least:
		j.Verdict = Below
	default:
		j.Verdict = AsUsual
	}
	return j
}

// median of a list that is not empty; of an even number the mean of the two in
// the middle.
func median(list []float64) float64 {
	s := slices.Clone(list)
	slices.Sort(s)
	mid := len(s) / 2
	if len(s)%2 == 1 {
		return s[mid]
	}
	return (s[mid-1] + s[mid]) / 2
}

// Percentiles are within 2 %, and below half a millisecond clocks differ.
func timeNoise(median float64) float64 { return max(0.025*median, 0.5) }

// Of so many calls, the deviation of a count that is all chance.
func countNoise(median float64) float64 { return max(0.025*median, math.Sqrt(median), 1) }

// shareNoise is that of a share of so many calls.
func shareNoise(calls float64) func(float64) float64 {
	return func(median float64) float64 {
		p := max(median, 1/calls)
		return math.Sqrt(p * (1 - p) / calls)
	}
}

// A tally is what one group had in one time.
type tally struct{ count, failed, p95 float64 }

// Compared is one group, now and usually.
type Compared struct {
	Key                Key
	P95, Failed, Count Judged
}

// A Finding is one figure of one group that is not as usual.
type Finding struct {
	Key    Key
	Figure Figure
	Judged
	// Calls are those of now.
	Calls int64
	// Since is when the figure left what is usual, and Until when it came
	// back, both in ns and by whole steps; 0 where that is not known, Until
	// also while it lasts.
	Since, Until int64
}

// Usual compares the calls of a time with those at the same time of other
// days.
type Usual struct {
	// From and To are the time that is judged: the asked range, or its last
	// hour.
	From, To int64
	// Days on which there was any call at that time; others tell nothing.
	Days     int
	Groups   []Compared
	Findings []Finding // the latest first, those that are worse before the others
	Whole
}

// windowsOf gives the time that is judged and the same of the days before it,
// by the zone's wall clock.
func windowsOf(from, to int64, zone *time.Location) (now span, before []span) {
	if zone == nil {
		zone = time.UTC
	}
	now = span{max(from, to-int64(longest)), to}
	end := time.Unix(0, to).In(zone)
	for d := 1; d <= Days; d++ {
		last := end.AddDate(0, 0, -d).UnixNano()
		before = append(before, span{last - (now.to - now.from), last})
	}
	return now, before
}

type span struct{ from, to int64 }

// FetchUsual asks for the same time of each day, and judges.
func (a Ask) FetchUsual(ctx context.Context, tables Tables) (Usual, error) {
	now, before := windowsOf(a.From, a.To, a.Zone)
	out := Usual{From: now.from, To: now.to}
	fields := strings.Join(a.By.Fields(), ", ")
	var questions []question
	for _, w := range append([]span{now}, before...) {
		q := question{scope: a.Scope, keys: len(a.By.Fields()), zone: a.Zone}
		q.scope.From, q.scope.To = w.from, w.to
		q.text = "timeCost:* | count, p95(timeCost) by " + fields
		questions = append(questions, q)
		q.text = "timeCost:* and errorCode:* | count by " + fields
		questions = append(questions, q)
	}
	rows, err := tables.askAll(ctx, questions, &out.Whole)
	if err != nil {
		return Usual{}, err
	}
	times := make([]map[string]tally, 0, 1+Days)
	keys := map[string]Key{}
	for i := 0; i < len(rows); i += 2 {
		times = append(times, talliesOf(rows[i], rows[i+1], keys))
	}
	out.compare(times, keys)
	if len(out.Findings) == 0 {
		return out, nil
	}
	if err := out.date(ctx, tables, a, questions[0]); err != nil {
		return Usual{}, err
	}
	return out, nil
}

func talliesOf(figures, failed []row, keys map[string]Key) map[string]tally {
	all := make(map[string]tally, len(figures))
	for _, r := range figures {
		id := r.key.id()
		keys[id] = r.key
		all[id] = tally{count: r.number[0], p95: r.number[1]}
	}
	for _, r := range failed {
		id := r.key.id()
		one := all[id]
		one.failed = r.number[0]
		all[id] = one
	}
	return all
}

// compare judges every group; times[0] is now.
func (u *Usual) compare(times []map[string]tally, keys map[string]Key) {
	var days []map[string]tally
	for _, t := range times[1:] {
		if len(t) > 0 {
			days = append(days, t)
		}
	}
	u.Days = len(days)
	for id, key := range keys {
		c := compareOne(key, times[0][id], days, id)
		u.Groups = append(u.Groups, c)
		for _, f := range []struct {
			figure Figure
			j      Judged
		}{{P95, c.P95}, {Failed, c.Failed}, {Count, c.Count}} {
			if f.j.Verdict == Above || f.j.Verdict == Below {
				u.Findings = append(u.Findings, Finding{Key: key, Figure: f.figure, Judged: f.j, Calls: int64(times[0][id].count)})
			}
		}
	}
	slices.SortFunc(u.Groups, func(a, b Compared) int {
		return cmp.Or(cmp.Compare(times[0][b.Key.id()].count, times[0][a.Key.id()].count), cmp.Compare(a.Key.id(), b.Key.id()))
	})
}

func compareOne(key Key, now tally, days []map[string]tally, id string) Compared {
	var p95, failed, count []float64
	for _, day := range days {
		d := day[id]
		count = append(count, d.count)
		if d.count >= MinCalls {
			p95 = append(p95, d.p95)
			failed = append(failed, d.failed/d.count)
		}
	}
	nowP95, nowFailed := math.NaN(), math.NaN()
	if now.count >= MinCalls {
		nowP95, nowFailed = now.p95, now.failed/now.count
	}
	c := Compared{Key: key, P95: judge(nowP95, p95, timeNoise), Failed: judge(nowFailed, failed, shareNoise(max(now.count, 1))), Count: judge(now.count, count, countNoise)}
	// A group that comes and goes has no usual count.
	if c.Count.Median < MinCalls && now.count < MinCalls {
		c.Count.Verdict = Unknown
	}
	return c
}

// worse says whether a finding is bad news.
func (f Finding) worse() bool {
	return f.Verdict == Above && f.Figure != Count || f.Verdict == Below && f.Figure == Count
}

// date finds out since when each finding holds, by the steps of the judged
// time.
func (u *Usual) date(ctx context.Context, tables Tables, a Ask, base question) error {
	step := stepOf(u.From, u.To)
	fields := strings.Join(a.By.Fields(), ", ")
	rows := make([]Row, 0, len(u.Findings))
	for _, f := range u.Findings {
		rows = append(rows, Row{Key: f.Key})
	}
	figures, failed := base, base
	figures.step, failed.step = step, step
	figures.only = a.among(rows, -1)
	failed.only = figures.only
	figures.text = "timeCost:* | count, p95(timeCost) by " + fields + ", time(" + stepText(step) + ")"
	failed.text = "timeCost:* and errorCode:* | count by " + fields + ", time(" + stepText(step) + ")"
	got, err := tables.askAll(ctx, []question{figures, failed}, &u.Whole)
	if err != nil {
		return err
	}
	start := u.From
	for _, r := range got[0] {
		start = min(start, r.at)
	}
	steps := int((u.To-start-1)/int64(step)) + 1
	of := map[string][]tally{}
	for i, table := range got {
		for _, r := range table {
			id := r.key.id()
			if of[id] == nil {
				of[id] = make([]tally, steps)
			}
			at := int((r.at - start) / int64(step))
			if at < 0 || at >= steps {
				continue
			}
			if i == 1 {
				of[id][at].failed = r.number[0]
			} else {
				of[id][at].count, of[id][at].p95 = r.number[0], r.number[1]
			}
		}
	}
	share := float64(step) / float64(u.To-u.From)
	for i := range u.Findings {
		f := &u.Findings[i]
		first, last := f.run(of[f.Key.id()], share)
		if first < 0 {
			continue
		}
		f.Since = max(u.From, start+int64(first)*int64(step))
		if last < steps-1 {
			f.Until = start + int64(last+1)*int64(step)
		}
	}
	slices.SortStableFunc(u.Findings, func(a, b Finding) int {
		return cmp.Or(-cmp.Compare(b2i(a.worse()), b2i(b.worse())), -cmp.Compare(a.Since, b.Since), -cmp.Compare(a.Calls, b.Calls), cmp.Compare(a.Key.id(), b.Key.id()), cmp.Compare(a.Figure, b.Figure))
	})
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// run gives the last run of steps in which the figure was off on the finding's
// side; -1 where no step alone is off. One step that is fine does not end a
// run, two do; a step that says nothing, such as one without calls, neither
// ends nor begins one.
func (f Finding) run(steps []tally, share float64) (first, last int) {
	first, last = -1, -1
	open, fine := false, 0
	for i, s := range steps {
		off, known := f.off(s, share)
		if f.Figure == Count && (i == 0 || i == len(steps)-1) {
			known = false // it may be cut by the time's ends
		}
		switch {
		case !known:
		case off && open:
			last, fine = i, 0
		case off:
			first, last, open, fine = i, i, true, 0
		case open:
			if fine++; fine == 2 {
				open = false
			}
		}
	}
	if open {
		last = len(steps) - 1 // it lasts
	}
	return first, last
}

// enough calls in a step, for it to say that all is fine again.
const enough = 10

// off says whether a step is off on the finding's side, and whether it says
// anything. share is the part of the judged time that a step is.
func (f Finding) off(s tally, share float64) (off, known bool) {
	switch f.Figure {
	case P95:
		off = f.beyond(s.p95, f.Least, f.Most) && s.count > 0
		return off, off || s.count >= enough
	case Failed:
		off = f.beyond(s.failed/max(s.count, 1), f.Least, f.Most) && s.count > 0
		// So few calls that none of them need have failed say nothing.
		return off, off || s.count*f.Now >= 3 || f.Verdict == Below && s.count >= enough
	}
	usual := f.Median * share
	width := Width * max(f.MAD*share, countNoise(usual))
	return f.beyond(s.count, usual-width, usual+width), true
}

func (f Finding) beyond(v, least, most float64) bool {
	if f.Verdict == Above {
		return v > most
	}
	return v < least
}
