package query_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

// naive makes a table the plain way: groups by text, whole lists of numbers,
// data decoded by encoding/json. It knows no default order, no stages, and
// does not fill steps.
func naive(p *Pipe, span Span, events []event.Event) map[string][]string {
	type members struct{ events []*event.Event }
	groups := map[string]*members{}
	if len(p.By) == 0 {
		groups[""] = &members{}
	}
	for i := range events {
		e := &events[i]
		if e.Time < span.From || e.Time >= span.To {
			continue
		}
		names := []string{""}
		for _, k := range p.By {
			var longer []string
			for _, v := range naiveKey(k, span, e) {
				for _, n := range names {
					longer = append(longer, n+"\x00"+v)
				}
			}
			names = longer
		}
		for _, n := range names {
			if groups[n] == nil {
				groups[n] = &members{}
			}
			groups[n].events = append(groups[n].events, e)
		}
	}
	out := map[string][]string{}
	for name, g := range groups {
		var cells []string
		for _, a := range p.Aggs {
			cells = append(cells, naiveAgg(a, p, span, name, g.events))
		}
		out[name] = cells
	}
	return out
}

func naiveStart(step int64, span Span) int64 {
	// The zone has whole hours here, and steps divide a week.
	_, offset := time.Unix(0, span.From).In(span.Zone).Zone()
	monday := int64(4*24*time.Hour) - int64(offset)*1e9
	start := monday
	for start+step <= span.From {
		n := (span.From - start) / step
		start += max(1, n) * step
	}
	return start
}

func naiveKey(k Key, span Span, e *event.Event) []string {
	if k.Step > 0 {
		start := naiveStart(int64(k.Step), span)
		at := start + (e.Time-start)/int64(k.Step)*int64(k.Step)
		return []string{string(event.AppendTime(nil, at))}
	}
	values, _ := naiveValues(k.Field, e)
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	if len(values) == 0 {
		return []string{"\x01none"}
	}
	return values
}

// naiveValues gives the texts of a field, and those that are numbers.
func naiveValues(f Field, e *event.Event) (texts, numbers []string) {
	add := func(s string) {
		if s != "" {
			texts = append(texts, s)
		}
	}
	switch f.Column {
	case event.NoField:
		d := json.NewDecoder(strings.NewReader(e.Data))
		d.UseNumber()
		var root any
		if d.Decode(&root) != nil {
			return nil, nil
		}
		for _, keys := range Splits(f.Path) {
			naiveWalk(root, keys, false, func(v any) {
				switch v := v.(type) {
				case string:
					add(v)
				case json.Number:
					c, _ := CanonicalNumber(v.String())
					texts, numbers = append(texts, c), append(numbers, c)
				case bool:
					add(strconv.FormatBool(v))
				}
			})
		}
		return texts, numbers
	case event.FieldLevel:
		add(e.Level.String())
	case event.FieldSeq:
		if e.Seq > 0 {
			texts = append(texts, fmt.Sprint(e.Seq))
		}
		return texts, texts
	case event.FieldTimeCost:
		if e.HasTimeCost {
			texts = append(texts, string(event.AppendNumber(nil, e.TimeCost)))
		}
		return texts, texts
	case event.FieldFlags, event.FieldFilePath, event.FieldCollectionName:
		for _, s := range e.Strings(f.Column) {
			add(s)
		}
	default:
		add(e.String(f.Column))
	}
	return texts, nil
}

func naiveWalk(v any, keys []string, listed bool, found func(any)) {
	if len(keys) == 0 {
		if list, ok := v.([]any); ok {
			for _, x := range list {
				found(x)
			}
			return
		}
		found(v)
		return
	}
	object, _ := v.(map[string]any)
	x, ok := object[keys[0]]
	if !ok {
		return
	}
	if list, isList := x.([]any); isList && len(keys) > 1 {
		for _, element := range list {
			if !listed {
				naiveWalk(element, keys[1:], true, found)
			}
		}
		return
	}
	naiveWalk(x, keys[1:], listed, found)
}

func naiveAgg(a Agg, p *Pipe, span Span, name string, events []*event.Event) string {
	different := map[string]bool{}
	var numbers []string
	sum := new(big.Float).SetPrec(2000)
	for _, e := range events {
		texts, nums := naiveValues(a.Field, e)
		for _, s := range texts {
			different[s] = true
		}
		for _, n := range nums {
			v, _, _ := big.ParseFloat(n, 10, 2000, big.ToNearestEven)
			sum.Add(sum, v)
		}
		numbers = append(numbers, nums...)
	}
	slices.SortFunc(numbers, CompareNumbers)
	total, _ := sum.Float64()
	switch a.Func {
	case Count:
		return fmt.Sprint(len(events))
	case Distinct:
		return fmt.Sprint(len(different))
	case Rate:
		from, to := span.From, span.To
		for i, k := range p.By {
			if k.Step > 0 {
				at, _ := event.ParseTime(strings.Split(name, "\x00")[i+1])
				from, to = max(from, at), min(to, at+int64(k.Step))
			}
		}
		return fmt.Sprint(float64(len(events)) / (float64(to-from) / 1e9))
	}
	if len(numbers) == 0 {
		return ""
	}
	switch a.Func {
	case Sum:
		return fmt.Sprint(total)
	case Avg:
		return fmt.Sprint(total / float64(len(numbers)))
	case Min:
		return numbers[0]
	case Max:
		return numbers[len(numbers)-1]
	}
	rank := int(math.Ceil(float64(len(numbers)) * float64(a.Percent) / 100_000))
	return numbers[max(rank, 1)-1]
}

// near compares numbers by their size.
func near(a, b string, tolerance float64) bool {
	if a == b {
		return true
	}
	x, e1 := strconv.ParseFloat(a, 64)
	y, e2 := strconv.ParseFloat(b, 64)
	return e1 == nil && e2 == nil && math.Abs(x-y) <= tolerance*max(math.Abs(x), math.Abs(y))
}

func TestTablesAreWhatCountingByHandGives(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var events []event.Event
		for range rapid.IntRange(0, 4).Draw(t, "batches") {
			events = append(events, querytest.Events().Draw(t, "events")...)
		}
		typed := querytest.Pipe().Draw(t, "pipe")
		p := *typed
		p.Stages, p.Top = nil, 0
		zone := rapid.SampledFrom([]*time.Location{time.UTC, berlin}).Draw(t, "zone")
		span := Span{From: querytest.Begin + int64(rapid.IntRange(0, 3600).Draw(t, "from"))*1e9, To: querytest.Begin + int64(querytest.Span), Zone: zone}
		if p.Check(span) != nil {
			return
		}
		want := naive(&p, span, events)

		whole, a, b := p.Tally(span), p.Tally(span), p.Tally(span)
		for i := range events {
			whole.Add(&events[i])
			if i%3 == 0 {
				a.Add(&events[i])
			} else {
				b.Add(&events[i])
			}
		}
		a.Merge(b)
		for part, table := range map[string]Table{"added": whole.Table(), "merged": a.Table()} {
			if table.Partial != "" || table.Approximate {
				t.Fatalf("%s %s: %q, approximate %v", part, &p, table.Partial, table.Approximate)
			}
			missing := len(want)
			for _, row := range table.Rows {
				name := ""
				for _, c := range row[:len(p.By)] {
					if c.Type == "" {
						name += "\x00\x01none"
					} else {
						name += "\x00" + c.Text
					}
				}
				cells, ok := want[name]
				if !ok { // a step without events
					for i, c := range row[len(p.By):] {
						if p.Aggs[i].Func <= Distinct && c.Text != "0" || p.Aggs[i].Func > Distinct && c.Type != "" {
							t.Fatalf("%s %s: %q should be empty and is %v", part, &p, name, row)
						}
					}
					continue
				}
				missing--
				for i, c := range row[len(p.By):] {
					if !near(c.Text, cells[i], 1e-9) {
						t.Fatalf("%s %s: %q has %v, want %v", part, &p, name, row, cells)
					}
				}
			}
			if missing != 0 {
				t.Fatalf("%s %s: %d groups are missing in %v, want %v", part, &p, missing, table.Rows, want)
			}
		}
	})
}

func tabulate(t testing.TB, text string, span Span, events ...event.Event) Table {
	t.Helper()
	_, p, err := ParsePiped(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(span); err != nil {
		t.Fatal(err)
	}
	tally := p.Tally(span)
	for i := range events {
		tally.Add(&events[i])
	}
	return tally.Table()
}

func rowsOf(t testing.TB, table Table) string {
	t.Helper()
	b, err := json.Marshal(table.Rows)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRowsStandInAnOrderThatOneExpects(t *testing.T) {
	minute := int64(time.Minute)
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixNano()
	e := func(n int64, level event.Level, service string) event.Event {
		return event.Event{Time: at + n*minute, Level: level, Service: service}
	}
	events := []event.Event{e(0, event.Error, "b"), e(0, event.Info, "a"), e(2, event.Info, "b"), e(2, event.Info, ""), e(2, event.NoLevel, "c")}
	span := Span{From: at, To: at + 3*minute}
	for text, want := range map[string]string{
		"| count":             `[[5]]`,
		"| count by level":    `[["info",3],["error",1],[null,1]]`,
		"| count by service":  `[["b",2],["a",1],["c",1],[null,1]]`,
		"| top 1 service":     `[["b",2],[null,1]]`,
		"| count by time(1m)": `[["2026-11-20T12:00:00Z",2],["2026-11-20T12:01:00Z",0],["2026-11-20T12:02:00Z",3]]`,
		"| count by time(1m) | sort count desc, time desc": `[["2026-11-20T12:02:00Z",3],["2026-11-20T12:00:00Z",2],["2026-11-20T12:01:00Z",0]]`,
		"| count by level | sort level":                    `[["info",3],["error",1],[null,1]]`,
		"| count by level | sort level desc":               `[["error",1],["info",3],[null,1]]`,
		"| count by level | sort count | limit 2":          `[["error",1],[null,1]]`,
		"| count by level | fields count":                  `[[3],[1],[1]]`,
		"| rate":                                           `[[0.0277777777777778]]`,
		"| rate by time(2m)":                               `[["2026-11-20T12:00:00Z",0.0166666666666667],["2026-11-20T12:02:00Z",0.05]]`,
		"| count, avg(timeCost) by level | limit 1":        `[["info",3,null]]`,
		"| distinct(service), sum(timeCost)":               `[[3,null]]`,
	} {
		if got := rowsOf(t, tabulate(t, text, span, events...)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"| count": `[[0]]`, "| count by level": "[]", "| count by time(2m)": `[["2026-11-20T12:00:00Z",0],["2026-11-20T12:02:00Z",0]]`, "| top 3 service": "[]", "| p50(timeCost), rate": `[[null,0]]`} {
		if got := rowsOf(t, tabulate(t, text, span)); got != want {
			t.Errorf("%s of nothing: %s, want %s", text, got, want)
		}
	}
}

func TestStepsBeginAtTheZonesMidnightAndWeeksOnMonday(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixNano() // a Friday
	for text, want := range map[string]string{
		"time(1d)":  `[["2026-11-19T16:00:00Z",0],["2026-11-20T16:00:00Z",0]]`,
		"time(1w)":  `[["2026-11-15T16:00:00Z",0]]`,
		"time(12h)": `[["2026-11-20T04:00:00Z",0],["2026-11-20T16:00:00Z",0]]`,
	} {
		table := tabulate(t, "| count by "+text, Span{From: from, To: from + int64(6*time.Hour), Zone: zone})
		if got := rowsOf(t, table); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestTooManyStepsAreRefusedWithOneThatWouldDo(t *testing.T) {
	_, p, _ := ParsePiped("| count by time(1s)")
	err := p.Check(Span{From: 0, To: int64(24 * time.Hour)})
	var span *SpanError
	if !errors.As(err, &span) || span.Steps != 86_400 || span.Least != 10*time.Second || err.Error() != "time(1s) makes 86400 steps of this range; want at most 10000, such as time(10s) or a shorter range" {
		t.Errorf("got %v", err)
	}
	if err := p.Check(Span{From: 0, To: 10_000e9}); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
	if err := p.Check(Span{From: math.MinInt64 / 2, To: math.MaxInt64}); err == nil {
		t.Error("all of time has few enough seconds")
	}
}

func TestPercentilesOfManyNumbersAreWithinTwoPercentAndSaySo(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	shapes := map[string]func() float64{
		"even":         func() float64 { return r.Float64() * 500 },
		"long tail":    func() float64 { return math.Exp(r.NormFloat64()*3 + 2) },
		"both signs":   func() float64 { return r.NormFloat64() * 1e4 },
		"few values":   func() float64 { return float64(r.IntN(5)) },
		"far apart":    func() float64 { return math.Ldexp(1+r.Float64(), r.IntN(2000)-1000) },
		"all the same": func() float64 { return 152.5 },
		"zeros, tiny":  func() float64 { return float64(r.IntN(2)) * 5e-324 },
	}
	_, p, err := ParsePiped("| p1(timeCost), p25(timeCost), p50(timeCost), p95(timeCost), p99(timeCost), p99.9(timeCost), min(timeCost), max(timeCost), avg(timeCost)")
	if err != nil {
		t.Fatal(err)
	}
	for name, next := range shapes {
		for _, n := range []int{1, 64, 65, 1000, 20_000} {
			parts := []*Tally{p.Tally(Span{From: 0, To: 10}), p.Tally(Span{From: 0, To: 10}), p.Tally(Span{From: 0, To: 10})}
			numbers := make([]float64, n)
			sum := 0.0
			for i := range numbers {
				numbers[i] = next()
				sum += numbers[i] / float64(n)
				parts[i%3%(1+n/100)].Add(&event.Event{Time: 5, TimeCost: numbers[i], HasTimeCost: true})
			}
			parts[2].Merge(parts[0])
			parts[2].Merge(parts[1])
			table := parts[2].Table()
			slices.Sort(numbers)
			for i, a := range p.Aggs[:6] {
				want := numbers[max(1, int(math.Ceil(float64(n)*float64(a.Percent)/100_000)))-1]
				got, _ := strconv.ParseFloat(table.Rows[0][i].Text, 64)
				if math.Abs(got-want) > 0.02*math.Abs(want) && math.Abs(want) > 1e-300 {
					t.Errorf("%d %s: %s is %v, want %v", n, name, table.Columns[i].Name, got, want)
				}
				if !table.Approximate && got != want {
					t.Errorf("%d %s: %s is %v, want %v, and is said to be exact", n, name, table.Columns[i].Name, got, want)
				}
			}
			if table.Approximate != (n > 64) {
				t.Errorf("%d %s: approximate %v", n, name, table.Approximate)
			}
			if got := table.Rows[0]; got[6].Text != string(event.AppendNumber(nil, numbers[0])) || got[7].Text != string(event.AppendNumber(nil, numbers[n-1])) {
				t.Errorf("%d %s: from %v to %v, want %v to %v", n, name, got[6], got[7], numbers[0], numbers[n-1])
			}
			if got, _ := strconv.ParseFloat(table.Rows[0][8].Text, 64); name != "both signs" && name != "zeros, tiny" && math.Abs(got-sum) > 1e-9*math.Abs(sum) {
				t.Errorf("%d %s: the average is %v, want %v", n, name, got, sum)
			}
		}
	}
}

func TestDifferentValuesAreCountedExactlyThenWithinTwoPercent(t *testing.T) {
	for _, n := range []int{1, 1000, 131_072, 400_000} {
		_, p, _ := ParsePiped("| distinct(user)")
		a, b := p.Tally(Span{From: 0, To: 10}), p.Tally(Span{From: 0, To: 10})
		for i := range n {
			e := &event.Event{Time: 5, User: fmt.Sprint("user", i)}
			a.Add(e)
			if i%2 == 0 {
				b.Add(e)
			}
		}
		b.Merge(a)
		table := b.Table()
		got, _ := strconv.ParseFloat(table.Rows[0][0].Text, 64)
		if math.Abs(got-float64(n)) > 0.02*float64(n) || table.Approximate != (n > 131_072) || !table.Approximate && got != float64(n) {
			t.Errorf("%d: %v, approximate %v", n, got, table.Approximate)
		}
	}
}

func TestExactNumbersStayExact(t *testing.T) {
	var events []event.Event
	for _, data := range []string{`{"n":9007199254740993}`, `{"n":9007199254740992}`, `{"n":[1e400,-123456789012345678901234]}`, `{"n":"12"}`} {
		events = append(events, event.Event{Time: 1, Data: data})
	}
	table := tabulate(t, "| min(n), max(n)", Span{From: 0, To: 10}, events...)
	if got := rowsOf(t, table); got != "[[-123456789012345678901234,1e400]]" {
		t.Errorf("got %s", got)
	}
	table = tabulate(t, "| max(n), count by n", Span{From: 0, To: 10}, events[:2]...)
	if got := rowsOf(t, table); got != `[["9007199254740993",9007199254740993,1],["9007199254740992",9007199254740992,1]]` {
		t.Errorf("got %s", got)
	}
	table = tabulate(t, "| max(seq), min(seq)", Span{From: 0, To: 10}, event.Event{Time: 1, Stream: "s", Seq: 1<<53 + 1}, event.Event{Time: 1, Stream: "s", Seq: 1 << 53})
	if got := rowsOf(t, table); got != `[[9007199254740993,9007199254740992]]` {
		t.Errorf("got %s", got)
	}
	var tenths []event.Event
	for range 10 {
		tenths = append(tenths, event.Event{Time: 1, TimeCost: 0.1, HasTimeCost: true})
	}
	if got := rowsOf(t, tabulate(t, "| sum(timeCost), avg(timeCost)", Span{From: 0, To: 10}, tenths...)); got != `[[1,0.1]]` {
		t.Errorf("got %s", got)
	}
}

func TestATableThatIsCutSaysSo(t *testing.T) {
	events := make([]event.Event, MaxGroups+500)
	for i := range events {
		events[i] = event.Event{Time: int64(i), User: fmt.Sprint(i)}
	}
	span := Span{From: 0, To: 1e9}
	table := tabulate(t, "| count by user", span, events[:MaxRows]...)
	if len(table.Rows) != MaxRows || table.Partial != "" {
		t.Errorf("%d rows, %q", len(table.Rows), table.Partial)
	}
	table = tabulate(t, "| count by user", span, events[:MaxRows+1]...)
	if len(table.Rows) != MaxRows || !strings.Contains(table.Partial, "10001 rows") {
		t.Errorf("%d rows, %q", len(table.Rows), table.Partial)
	}
	table = tabulate(t, "| count by user | limit 5", span, events[:MaxGroups]...)
	if len(table.Rows) != 5 || table.Partial != "" {
		t.Errorf("%d rows, %q", len(table.Rows), table.Partial)
	}
	table = tabulate(t, "| count by user | limit 5", span, events...)
	if len(table.Rows) != 5 || !strings.Contains(table.Partial, "more than 100000 groups") {
		t.Errorf("%d rows, %q", len(table.Rows), table.Partial)
	}
	table = tabulate(t, "| count by user, time(1ms)", span, events[:11]...)
	if len(table.Rows) != 11 || !strings.Contains(table.Partial, "empty steps") {
		t.Errorf("%d rows, %q", len(table.Rows), table.Partial)
	}
}
