package speed

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// MaxRows is the most groups that are told one by one; of the others their
// number and their calls.
const MaxRows = 100

// Calls answers an Ask: each group with its figures over the range.
type Calls struct {
	Rows []Row // the most frequent first
	// Groups and Total are of all groups, those beyond MaxRows included.
	Groups int
	Total  int64
	// Step is the length of a step of each row's Trend. The first one begins
	// at Start, in ns, not after the range's begin.
	Step  time.Duration
	Start int64
	Whole
}

// A Row is one group of calls. Times are in ms.
type Row struct {
	Key                      Key
	Count, Failed            int64
	Avg, P50, P95, P99, Most float64
	// Trend is the p95 of each step of the range; NaN where there was no call.
	Trend []float64
}

// Fetch asks for the calls: their figures, those that failed, and their trend.
func (a Ask) Fetch(ctx context.Context, tables Tables) (Calls, error) {
	fields := strings.Join(a.By.Fields(), ", ")
	base := question{scope: a.Scope, keys: len(a.By.Fields()), zone: a.Zone}
	figures, failed := base, base
	figures.text = "timeCost:* | count, avg(timeCost), p50(timeCost), p95(timeCost), p99(timeCost), max(timeCost) by " + fields
	failed.text = "timeCost:* and errorCode:* | count by " + fields
	out := Calls{Step: stepOf(a.From, a.To), Start: a.From}
	rows, err := tables.askAll(ctx, []question{figures, failed}, &out.Whole)
	if err != nil {
		return Calls{}, err
	}
	out.merge(rows[0], rows[1])
	if len(out.Rows) == 0 {
		return out, nil
	}
	// The trend is asked for after the figures are known: of groups that
	// nobody sees it would only be work.
	trend := base
	trend.step, trend.only = out.Step, a.among(out.Rows, out.Groups)
	trend.text = "timeCost:* | p95(timeCost) by " + fields + ", time(" + stepText(out.Step) + ")"
	rows, err = tables.askAll(ctx, []question{trend}, &out.Whole)
	if err != nil {
		return Calls{}, err
	}
	out.trend(rows[0], a.To)
	return out, nil
}

// among finds the calls of the rows that are shown, where that is fewer than
// all. It may find others; they are dropped when rows are put together.
func (a Ask) among(rows []Row, groups int) query.Node {
	if len(rows) == groups {
		return nil
	}
	fields := a.By.Fields()
	last := len(fields) - 1
	var names []string
	without := false
	for _, r := range rows {
		switch v := r.Key[last]; {
		case v == nil:
			without = true
		case !slices.Contains(names, *v):
			names = append(names, *v)
		}
	}
	return one(fields[last], event.FieldByName(fields[last]), names, without)
}

// merge makes rows of the two tables.
func (c *Calls) merge(figures, failed []row) {
	c.Groups = len(figures)
	of := make(map[string]int64, len(failed))
	for _, r := range failed {
		of[r.key.id()] = int64(r.number[0])
	}
	for _, r := range figures {
		c.Total += int64(r.number[0])
	}
	slices.SortStableFunc(figures, func(a, b row) int { return cmp.Compare(b.number[0], a.number[0]) })
	for _, r := range figures[:min(len(figures), MaxRows)] {
		n := r.number
		c.Rows = append(c.Rows, Row{Key: r.key, Count: int64(n[0]), Failed: of[r.key.id()], Avg: n[1], P50: n[2], P95: n[3], P99: n[4], Most: n[5]})
	}
}

// trend puts the steps of each row in their places.
func (c *Calls) trend(rows []row, to int64) {
	for _, r := range rows {
		c.Start = min(c.Start, r.at)
	}
	steps := int((to-c.Start-1)/int64(c.Step)) + 1
	at := make(map[string][]float64, len(c.Rows))
	for i := range c.Rows {
		c.Rows[i].Trend = make([]float64, steps)
		for k := range c.Rows[i].Trend {
			c.Rows[i].Trend[k] = math.NaN()
		}
		at[c.Rows[i].Key.id()] = c.Rows[i].Trend
	}
	for _, r := range rows {
		if own, i := at[r.key.id()], int((r.at-c.Start)/int64(c.Step)); own != nil && i < steps {
			own[i] = r.number[0]
		}
	}
}

// niceSteps are the steps that a trend may have.
var niceSteps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour,
}

// stepOf gives the step by which a range has at most some 40 of them.
func stepOf(from, to int64) time.Duration {
	for _, step := range niceSteps {
		if (to-from)/int64(step) <= 40 {
			return step
		}
	}
	return 366 * 24 * time.Hour
}

// stepText writes a step as time(d) takes it.
func stepText(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) + "ms" }
