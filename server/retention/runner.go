package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
	"github.com/prometheus/client_golang/prometheus"
)

// Config is what a Runner is made of.
type Config struct {
	Keeper  store.Keeper     // required
	Catalog *catalog.Catalog // required

	// Disk looks at the disk that holds the events. Default: nothing is known
	// of it, and no day is removed on its account.
	Disk func() (Disk, error)
	// StoreBytes is what the store's folder takes by now, with what was
	// ordered to be removed and still lies there. Default: nothing lies there.
	StoreBytes func() int64
	// Floor is the free room, in bytes, below which the store refuses events.
	Floor int64
	// Every is the time between two looks at what is to go. Default 5 min.
	Every time.Duration
	// EraseEvery is the time between two looks at orders of erasure while
	// there are any that are not done. Default 2 s.
	EraseEvery time.Duration

	// Clock tells the time. Default time.Now.
	Clock func() time.Time
	// Elapsed tells how long the program runs, by a clock that nobody sets.
	// Default: Go's monotonic clock.
	Elapsed func() time.Duration
	// After is how Run waits. Default time.After.
	After func(time.Duration) <-chan time.Time
	// Registry gets the metrics; nil for none.
	Registry prometheus.Registerer
	// Log hears what is removed, and of troubles. Default slog.Default().
	Log *slog.Logger
}

const (
	// settleTime is how long what was ordered to be removed may take to be
	// gone from the disk before more is removed in its place.
	settleTime = time.Hour
	// leap is a step forward of the server's clock that makes it doubtful,
	// and doubtTime how long no day is removed by its age after one. A clock
	// that is wrong by years for a moment must not cost a year's events.
	leap      = 6 * time.Hour
	doubtTime = 24 * time.Hour
	// patience is how long something may fail before /readyz tells.
	patience = 15 * time.Minute
)

// A Runner carries plans and erasures out. Its methods may be called
// concurrently.
type Runner struct {
	cfg   Config
	wake  chan struct{}
	count metrics

	running sync.Mutex           // one look at a time
	raised  map[string]store.Day // see raiseFloors
	adopted bool                 // what the store alone knew; a catalog is exchanged only while nothing runs

	mu       sync.Mutex
	entered  map[what]bool // in the audit trail, not carried out yet
	promised []promise
	clock    reading // of the last look
	doubtful time.Duration
	doubt    string // why days are not removed by their age; "" when they are
	failing  time.Time
	status   Status
}

// what is what an order removes, however much that is by now.
type what struct {
	project string
	before  store.Day
	reason  string
}

func (o Order) what() what { return what{o.Project, o.Before, o.Reason} }

// A promise is room that was ordered to be freed.
type promise struct {
	at    time.Time
	bytes int64
}

// A reading is one look at both clocks.
type reading struct {
	wall    time.Time
	elapsed time.Duration
}

// Status is what a Runner knows of itself.
type Status struct {
	Ran     time.Time // the last look; zero before the first
	Err     error     // why it failed; nil when it did not
	Disk    Disk
	Lacking int64  // see Plan
	Doubt   string // why no day is removed by its age just now, or ""
}

// New makes a Runner.
func New(c Config) (*Runner, error) {
	if c.Keeper == nil || c.Catalog == nil {
		return nil, errors.New("retention: Keeper and Catalog are required")
	}
	if c.Disk == nil {
		c.Disk = func() (Disk, error) { return Disk{}, nil }
	}
	if c.StoreBytes == nil {
		c.StoreBytes = func() int64 { return 0 }
	}
	if c.Every == 0 {
		c.Every = 5 * time.Minute
	}
	if c.EraseEvery == 0 {
		c.EraseEvery = 2 * time.Second
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Elapsed == nil {
		began := time.Now()
		c.Elapsed = func() time.Duration { return time.Since(began) }
	}
	if c.After == nil {
		c.After = time.After
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	r := &Runner{cfg: c, wake: make(chan struct{}, 1), entered: map[what]bool{}, raised: map[string]store.Day{}, count: newMetrics()}
	if c.Registry != nil {
		r.register(c.Registry)
	}
	return r, nil
}

// Run looks at what is to go at once, then every few minutes and whenever Wake
// says so, until ctx ends. What fails is logged and tried again.
func (r *Runner) Run(ctx context.Context) {
	var next time.Time
	for ctx.Err() == nil {
		if now := r.cfg.Clock(); !now.Before(next) {
			if err := r.Once(ctx); err != nil && ctx.Err() == nil {
				r.cfg.Log.Error("retention failed and is tried again", "in", r.cfg.Every, "error", err)
			}
			next = now.Add(r.cfg.Every)
		}
		open, err := r.advance(ctx)
		if err != nil && ctx.Err() == nil {
			r.cfg.Log.Error("erasures failed and are tried again", "in", r.cfg.Every, "error", err)
		}
		wait := max(0, next.Sub(r.cfg.Clock()))
		if open > 0 && err == nil {
			wait = min(wait, r.cfg.EraseEvery)
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
			next = time.Time{}
		case <-r.cfg.After(wait):
		}
	}
}

// Wake makes Run look at once, as after a change of what is to be kept.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Once looks at what is to go and orders its removal; then it looks after the
// erasures. One thing that fails does not keep the others from being done.
func (r *Runner) Once(ctx context.Context) error {
	plan, err := r.expire(ctx)
	_, erasing := r.advance(ctx)
	err = errors.Join(err, erasing)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Ran, r.status.Err, r.status.Lacking = r.cfg.Clock(), err, plan.Lacking
	if err == nil {
		r.failing = time.Time{}
		clear(r.entered)
		r.count.runs.WithLabelValues("done").Inc()
		return nil
	}
	if r.failing.IsZero() {
		r.failing = r.status.Ran
	}
	r.count.runs.WithLabelValues("failed").Inc()
	return err
}

// expire carries out a plan.
func (r *Runner) expire(ctx context.Context) (Plan, error) {
	r.running.Lock()
	defer r.running.Unlock()
	limits, err := r.cfg.Catalog.Retention(ctx)
	if err != nil {
		return Plan{}, err
	}
	plan, diskErr := r.Preview(limits)
	errs := []error{diskErr}
	ctx = catalog.As(ctx, "retention")
	for _, o := range plan.Orders {
		if err := r.carryOut(ctx, o); err != nil {
			errs = append(errs, fmt.Errorf("remove what %s has from before %s: %w", o.Project, o.Before.Time().Format(time.DateOnly), err))
		}
	}
	errs = append(errs, r.raiseFloors(ctx, limits))
	return plan, errors.Join(errs...)
}

// raiseFloors tells the store that days are over of which nothing is left, where
// it waits for that to forget whom an erasure was about.
func (r *Runner) raiseFloors(ctx context.Context, limits catalog.Retention) error {
	r.mu.Lock()
	held := r.doubt != ""
	r.mu.Unlock()
	if held {
		return nil
	}
	var errs []error
	for _, e := range r.cfg.Keeper.Erasures() {
		days := limits.Of(e.Project).Days
		before := store.DayOf(r.cfg.Clock()) - store.Day(days)
		if days == 0 || e.Query == nil || e.Forgotten || e.Done.IsZero() || store.DayOf(e.Done) >= before || r.raised[e.Project] >= before {
			continue
		}
		if err := r.cfg.Keeper.Expire(ctx, e.Project, before); err != nil {
			errs = append(errs, err)
			continue
		}
		r.raised[e.Project] = before
	}
	return errors.Join(errs...)
}

// carryOut enters an order in the audit trail and gives it to the store. The
// entry comes first, and once: a crash between the two leaves an entry of
// something that is done a moment later, never a removal that nobody knows of.
func (r *Runner) carryOut(ctx context.Context, o Order) error {
	r.mu.Lock()
	entered := r.entered[o.what()]
	r.mu.Unlock()
	if !entered {
		if err := r.cfg.Catalog.AuditExpiry(ctx, o.Project, o.Before.Time(), o.String()); err != nil {
			return err
		}
		r.mu.Lock()
		r.entered[o.what()] = true
		r.mu.Unlock()
	}
	if err := r.cfg.Keeper.Expire(ctx, o.Project, o.Before); err != nil {
		return err
	}
	r.cfg.Log.Info("retention removes old days", "project", o.Project, "before", o.Before.Time().Format(time.DateOnly), "why", o.Reason,
		"days", o.Days, "events", o.Events, "bytes", o.Bytes)
	r.count.events.WithLabelValues(o.Reason).Add(float64(o.Events))
	r.count.bytes.WithLabelValues(o.Reason).Add(float64(o.Bytes))
	r.count.days.WithLabelValues(o.Reason).Add(float64(o.Days))
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.entered, o.what())
	r.promised = append(r.promised, promise{r.cfg.Clock(), o.Bytes})
	return nil
}

// Preview makes the plan that would be carried out now under other limits. An
// error is about the disk, of which the plan then knows nothing.
func (r *Runner) Preview(limits catalog.Retention) (Plan, error) {
	usage := r.cfg.Keeper.Usage()
	disk, err := r.cfg.Disk()
	if err != nil {
		disk = Disk{}
	}
	now := r.cfg.Clock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Disk = disk
	r.watchClock(now)
	return MakePlan(State{
		Usage: usage, Limits: limits, Disk: disk, Coming: r.coming(now, usage), Now: now, HoldAge: r.doubt != "",
	}), err
}

// coming is the room that was ordered to be freed lately, as far as it still
// lies in the store's folder.
func (r *Runner) coming(now time.Time, usage []store.Usage) int64 {
	lies := r.cfg.StoreBytes()
	for _, u := range usage {
		lies -= u.Bytes
	}
	var recent []promise
	var sum int64
	for _, p := range r.promised {
		if age := now.Sub(p.at); age >= 0 && age < settleTime {
			recent = append(recent, p)
			sum += p.bytes
		}
	}
	r.promised = recent
	return max(0, min(sum, lies))
}

// watchClock notices when the server's clock has gone forward by much more
// than time has.
func (r *Runner) watchClock(now time.Time) {
	seen := reading{now.Round(0), r.cfg.Elapsed()}
	if last := r.clock; !last.wall.IsZero() {
		if ahead := seen.wall.Sub(last.wall) - (seen.elapsed - last.elapsed); ahead > leap {
			r.doubtful = seen.elapsed + doubtTime
			r.doubt = fmt.Sprintf("the server's clock went forward by %s at %s; for a day nothing is removed by its age", ahead.Round(time.Second), seen.wall.UTC().Format(time.RFC3339))
			r.cfg.Log.Warn(r.doubt)
		}
	}
	if r.doubt != "" && seen.elapsed >= r.doubtful {
		r.doubt = ""
	}
	r.clock = seen
}

// Status tells what the last look has seen.
func (r *Runner) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Doubt = r.doubt
	return s
}

// Floor is the free room below which the store refuses events.
func (r *Runner) Floor() int64 { return r.cfg.Floor }

// Disk looks at the disk that holds the events.
func (r *Runner) Disk() (Disk, error) { return r.cfg.Disk() }

// Usage tells what is kept, see store.Keeper.
func (r *Runner) Usage() []store.Usage { return r.cfg.Keeper.Usage() }

// Troubles tells in sentences what an operator should look at; none when all
// is well.
func (r *Runner) Troubles() []string {
	var out []string
	disk, err := r.cfg.Disk()
	if err == nil && disk.Size > 0 && disk.Free < r.cfg.Floor {
		out = append(out, fmt.Sprintf("the disk has %d MB free and events are refused below %d MB; make room, or set shorter limits under Settings, Retention", disk.Free/1e6, r.cfg.Floor/1e6))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.failing.IsZero() && r.cfg.Clock().Sub(r.failing) >= patience {
		out = append(out, fmt.Sprintf("retention fails since %s: %v", r.failing.UTC().Format(time.RFC3339), r.status.Err))
	}
	if r.doubt != "" {
		out = append(out, r.doubt)
	}
	return out
}
