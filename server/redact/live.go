package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/prometheus/client_golang/prometheus"
)

// A Redactor holds the rules of all projects as they are now, and counts what
// they replaced. Its methods may be called concurrently.
type Redactor struct {
	secret []byte
	now    func() time.Time
	mu     sync.Mutex // for changes of live
	live   atomic.Pointer[map[string]*current]
}

// Rules is the list of a project.
type Rules struct {
	// Version counts the changes; 0 are the Defaults, which nobody changed.
	Version int64
	Rules   []Rule
}

// current is what a project has now. Only counts change.
type current struct {
	Rules
	set    *Set
	counts *counts
}

// New makes a Redactor in which each project has the Defaults. secret keys the
// hashes of all projects, each in its own way; now tells the time, nil means
// time.Now.
func New(secret []byte, now func() time.Time) *Redactor {
	if now == nil {
		now = time.Now
	}
	r := &Redactor{secret: secret, now: now}
	r.live.Store(&map[string]*current{})
	return r
}

// Batch redacts a batch by the rules of its project. It is what ingest calls
// before anything is queued.
func (r *Redactor) Batch(b *event.Batch) {
	c := r.of(b.Project)
	if len(c.set.rules) == 0 {
		return
	}
	start := time.Now()
	hits := make(Hits, len(c.Rules.Rules))
	c.set.Batch(b, hits)
	c.counts.took(len(b.Events), time.Since(start))
	for i, n := range hits {
		if n > 0 {
			c.counts.add(c.Rules.Rules[i].ID, n, r.now())
		}
	}
}

// Replace takes a project's rules into use: each batch that comes later is
// redacted by them. Rules older than those in use change nothing.
func (r *Redactor) Replace(project string, rules Rules) error {
	set, err := r.Compile(project, rules.Rules)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	next := maps.Clone(*r.live.Load())
	c := &current{Rules: rules, set: set}
	if old := next[project]; old == nil {
		c.counts = &counts{since: r.now()}
	} else if old.Version > rules.Version {
		return nil
	} else {
		c.counts = old.counts
	}
	next[project] = c
	r.live.Store(&next)
	return nil
}

// Compile makes a Set with a project's own key.
func (r *Redactor) Compile(project string, rules []Rule) (*Set, error) {
	mac := hmac.New(sha256.New, r.secret)
	mac.Write([]byte(project))
	return Compile(rules, mac.Sum(nil))
}

// Rules gives the rules that a project has now.
func (r *Redactor) Rules(project string) Rules { return r.of(project).Rules }

func (r *Redactor) of(project string) *current {
	if c := (*r.live.Load())[project]; c != nil {
		return c
	}
	if err := r.Replace(project, Rules{Rules: Defaults()}); err != nil {
		panic(fmt.Sprintf("redact: the default rules: %v", err)) // a test compiles them
	}
	return (*r.live.Load())[project]
}

// Hours is how many hours the counts go back.
const Hours = 24

// counts are what a project's rules replaced since the server started, by the
// rule's id.
type counts struct {
	since  time.Time
	events atomic.Int64
	nanos  atomic.Int64

	mu     sync.Mutex
	byRule map[string]*ruleCount
}

type ruleCount struct {
	total int64
	hours [Hours]int64
	last  int64 // the newest hour, since the epoch
}

func (c *counts) took(events int, d time.Duration) {
	c.events.Add(int64(events))
	c.nanos.Add(int64(d))
}

func (c *counts) add(rule string, n int, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byRule == nil {
		c.byRule = map[string]*ruleCount{}
	}
	rc := c.byRule[rule]
	if rc == nil {
		rc = &ruleCount{}
		c.byRule[rule] = rc
	}
	rc.to(hourOf(now))
	rc.total += int64(n)
	rc.hours[rc.last%Hours] += int64(n)
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// to empties the hours that have gone by.
func (rc *ruleCount) to(hour int64) {
	if hour-rc.last >= Hours {
		rc.hours = [Hours]int64{}
		rc.last = hour
	}
	for rc.last < hour {
		rc.last++
		rc.hours[rc.last%Hours] = 0
	}
}

// Counts tells what a project's rules did.
type Counts struct {
	// Since is when counting began: when the server started, or the project's
	// first event came.
	Since time.Time
	// From is the hour that each list of ByRule begins with; the last one is
	// the present hour.
	From time.Time
	// ByRule counts the values replaced in each of the last Hours hours.
	ByRule map[string][Hours]int64
	// PerEvent is what redaction cost, on the average of all events.
	PerEvent time.Duration
}

// Counts tells what a project's rules did in the last 24 hours.
func (r *Redactor) Counts(project string) Counts {
	c := r.of(project).counts
	hour := hourOf(r.now())
	out := Counts{Since: c.since, From: time.Unix((hour-Hours+1)*3600, 0).UTC(), ByRule: map[string][Hours]int64{}}
	if n := c.events.Load(); n > 0 {
		out.PerEvent = time.Duration(c.nanos.Load() / n)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, rc := range c.byRule {
		rc.to(hour)
		var hours [Hours]int64
		for i := range hours {
			hours[i] = rc.hours[(rc.last+1+int64(i))%Hours]
		}
		out.ByRule[id] = hours
	}
	return out
}

var redactedDesc = prometheus.NewDesc("clewline_redacted_total",
	"Values replaced by redaction rules before anything was written, by project and rule.", []string{"project", "rule"}, nil)

// Describe and Collect give Prometheus the counts of the rules there are.
func (r *Redactor) Describe(to chan<- *prometheus.Desc) { to <- redactedDesc }

// Collect implements prometheus.Collector.
func (r *Redactor) Collect(to chan<- prometheus.Metric) {
	for project, c := range *r.live.Load() {
		c.counts.mu.Lock()
		for _, rule := range c.Rules.Rules {
			var total int64
			if rc := c.counts.byRule[rule.ID]; rc != nil {
				total = rc.total
			}
			to <- prometheus.MustNewConstMetric(redactedDesc, prometheus.CounterValue, float64(total), project, rule.ID)
		}
		c.counts.mu.Unlock()
	}
}
