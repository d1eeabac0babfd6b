package retention

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A memKeeper keeps usage and erasures in memory. It rewrites when told to.
type memKeeper struct {
	mu       sync.Mutex
	usage    []store.Usage
	erasures []store.ErasureState
	expired  []Order
	fail     error
	given    chan struct{} // gets one for each erasure, when not nil
}

var _ store.Keeper = (*memKeeper)(nil)

func (k *memKeeper) Usage() []store.Usage {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.usage)
}

func (k *memKeeper) Expire(_ context.Context, project string, before store.Day) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return k.fail
	}
	k.expired = append(k.expired, Order{Project: project, Before: before})
	k.usage = apply(k.usage, []Order{{Project: project, Before: before}})
	return nil
}

func (k *memKeeper) Erase(_ context.Context, e store.Erasure) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return k.fail
	}
	if !slices.ContainsFunc(k.erasures, func(s store.ErasureState) bool { return s.ID == e.ID }) {
		k.erasures = append(k.erasures, store.ErasureState{Erasure: e, Segments: 3})
	}
	if k.given != nil {
		k.given <- struct{}{}
	}
	return nil
}

func (k *memKeeper) Erasures() []store.ErasureState {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.erasures)
}

func (k *memKeeper) Segments() []store.Segment { return nil }

// rewrite makes progress with all erasures; at the last file they are done.
func (k *memKeeper) rewrite(files int, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.erasures {
		e := &k.erasures[i]
		if e.Rewritten = files; files == e.Segments {
			e.Done, e.Removed = at, 7
		}
	}
}

func (k *memKeeper) failWith(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fail = err
}

// A bench is a Runner on a real catalog with a clock that stands.
type bench struct {
	*Runner
	t        *testing.T
	keeper   *memKeeper
	catalog  *catalog.Catalog
	registry *prometheus.Registry

	mu      sync.Mutex
	now     time.Time
	elapsed time.Duration
	disk    Disk
	lies    int64
}

func setUp(t *testing.T, change func(*Config)) *bench {
	b := &bench{t: t, keeper: &memKeeper{}, registry: prometheus.NewRegistry(), now: noon, disk: Disk{Size: 1e12, Free: 5e11}}
	var err error
	b.catalog, err = catalog.Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"), catalog.Options{Clock: b.clock, Log: slog.New(slog.DiscardHandler)})
	b.must(err)
	t.Cleanup(func() { b.must(b.catalog.Close()) })
	c := Config{
		Keeper: b.keeper, Catalog: b.catalog, Clock: b.clock, Log: slog.New(slog.DiscardHandler), Registry: b.registry, Floor: 1e8,
		Elapsed:    func() time.Duration { b.mu.Lock(); defer b.mu.Unlock(); return b.elapsed },
		Disk:       func() (Disk, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.disk, nil },
		StoreBytes: func() int64 { b.mu.Lock(); defer b.mu.Unlock(); return b.lies },
	}
	if change != nil {
		change(&c)
	}
	b.Runner, err = New(c)
	b.must(err)
	return b
}

func (b *bench) clock() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.now }

// advanceBy lets time pass by both clocks.
func (b *bench) advanceBy(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now, b.elapsed = b.now.Add(d), b.elapsed+d
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// measures asserts that /metrics has a line.
func (b *bench) measures(line string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(b.registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(w.Body.String(), line+"\n") {
		b.t.Errorf("/metrics has no %s:\n%s", line, w.Body)
	}
}

func (b *bench) expired() []Order {
	b.keeper.mu.Lock()
	defer b.keeper.mu.Unlock()
	out := b.keeper.expired
	b.keeper.expired = nil
	return out
}

func (b *bench) audit() (lines []string) {
	entries, err := b.catalog.Audit(b.t.Context(), 100)
	b.must(err)
	for _, e := range slices.Backward(entries) {
		if e.Actor == "retention" {
			lines = append(lines, strings.Join([]string{e.Action, e.Subject, e.Project, e.Detail}, " "))
		}
	}
	return lines
}

func TestALookRemovesWhatIsTooOldAndSaysSo(t *testing.T) {
	b := setUp(t, nil)
	b.must(b.catalog.SetRetention(t.Context(), catalog.Retention{Others: catalog.Keep{Days: 2}}))
	b.keeper.usage = slices.Concat(days("shop", 10, 20, 30, 40, 50), days("bank", 10, 20))
	b.must(b.Once(t.Context()))
	b.must(b.Once(t.Context())) // finds nothing to do
	if diff := cmp.Diff([]Order{{Project: "shop", Before: today - 2}}, b.expired()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"retention.expire 2026-11-18 shop by age: 2 days, 9 events, 90 bytes"}, b.audit()); diff != "" {
		t.Error(diff)
	}
	b.measures(`clewline_retention_expired_events_total{reason="age"} 9`)
	b.advanceBy(24 * time.Hour)
	b.must(b.Once(t.Context()))
	if diff := cmp.Diff([]Order{{Project: "shop", Before: today - 1}}, b.expired()); diff != "" {
		t.Errorf("a day later:\n%s", diff)
	}
	if s := b.Status(); s.Err != nil || !s.Ran.Equal(b.clock()) || len(b.Troubles()) > 0 {
		t.Errorf("the status is %+v, troubles %v", s, b.Troubles())
	}
}

func TestWhatFailsIsTriedAgainEnteredOnceAndToldAfterAWhile(t *testing.T) {
	b := setUp(t, nil)
	b.must(b.catalog.SetRetention(t.Context(), catalog.Retention{Others: catalog.Keep{Days: 1}}))
	b.keeper.usage = slices.Concat(days("shop", 10, 10, 10), days("bank", 10, 10, 10))
	broken := errors.New("the list could not be written")
	b.keeper.failWith(broken)
	for minute := 0; minute <= 20; minute += 5 {
		if err := b.Once(t.Context()); !errors.Is(err, broken) {
			t.Fatalf("at minute %d: %v", minute, err)
		}
		if told := len(b.Troubles()) > 0; told != (minute >= 15) {
			t.Errorf("at minute %d: troubles %v", minute, b.Troubles())
		}
		b.advanceBy(5 * time.Minute)
	}
	b.keeper.failWith(nil)
	b.must(b.Once(t.Context()))
	if got := b.expired(); len(got) != 2 {
		t.Errorf("at last %v is removed", got)
	}
	if lines := b.audit(); len(lines) != 2 {
		t.Errorf("the audit trail has %q", lines)
	}
	if told := b.Troubles(); len(told) > 0 {
		t.Errorf("afterwards troubles are %v", told)
	}
}

func TestRoomThatIsOnItsWayIsNotMadeTwice(t *testing.T) {
	b := setUp(t, nil)
	b.must(b.catalog.SetRetention(t.Context(), catalog.Retention{KeepFree: 3e9}))
	b.keeper.usage = days("shop", 1e9, 1e9, 1e9, 1e9, 1e9)
	b.disk, b.lies = Disk{Size: 1e12, Free: 2e9}, 5e9
	b.must(b.Once(t.Context()))
	if got := b.expired(); len(got) != 1 || got[0].Before != today-3 {
		t.Fatalf("removed is %v", got)
	}
	for range 3 { // the files still lie there
		b.advanceBy(10 * time.Minute)
		b.must(b.Once(t.Context()))
	}
	if got := b.expired(); len(got) != 0 {
		t.Errorf("while the files are rewritten, %v is removed as well", got)
	}
	b.mu.Lock()
	b.lies = 4e9 // they are gone, and somebody else has taken the room
	b.mu.Unlock()
	b.must(b.Once(t.Context()))
	if got := b.expired(); len(got) != 1 || got[0].Before != today-2 {
		t.Errorf("when they are gone, %v is removed", got)
	}
	b.mu.Lock() // now they lie there and never go
	b.lies = 9e9
	b.mu.Unlock()
	b.advanceBy(settleTime)
	b.must(b.Once(t.Context()))
	if got := b.expired(); len(got) != 1 {
		t.Errorf("an hour later %v is removed", got)
	}
}

func TestAClockThatLeapsForwardCostsNothing(t *testing.T) {
	b := setUp(t, nil)
	b.must(b.catalog.SetRetention(t.Context(), catalog.Retention{Others: catalog.Keep{Days: 30}}))
	b.keeper.usage = days("shop", 10, 10, 10)
	b.must(b.Once(t.Context()))
	b.mu.Lock()
	b.now = b.now.AddDate(4, 0, 0)
	b.mu.Unlock()
	for hour := 0; hour < 24; hour += 6 {
		b.must(b.Once(t.Context()))
		if got, told := b.expired(), b.Troubles(); len(got) > 0 || len(told) != 1 || !strings.Contains(told[0], "clock went forward") {
			t.Fatalf("%d hours after the leap %v is removed, troubles %v", hour, got, told)
		}
		b.advanceBy(6 * time.Hour)
	}
	b.must(b.Once(t.Context())) // nobody has set it back
	if got, told := b.expired(), b.Troubles(); len(got) != 1 || len(told) > 0 {
		t.Errorf("a day after the leap %v is removed, troubles %v", got, told)
	}
}

func TestADiskThatIsFullIsTold(t *testing.T) {
	b := setUp(t, nil)
	b.disk.Free = 9e7
	if told := b.Troubles(); len(told) != 1 || !strings.Contains(told[0], "90 MB free and events are refused below 100 MB") {
		t.Errorf("troubles are %q", told)
	}
}

func TestADiskThatCannotBeAskedKeepsNothingElseFromBeingDone(t *testing.T) {
	silent := errors.New("no answer")
	b := setUp(t, func(c *Config) { c.Disk = func() (Disk, error) { return Disk{}, silent } })
	b.keeper.usage = []store.Usage{{Project: "shop", Day: today - 200, Events: 1, Bytes: 10}}
	if err := b.Once(t.Context()); !errors.Is(err, silent) {
		t.Error(err)
	}
	if got := b.expired(); len(got) != 1 {
		t.Errorf("removed is %v", got)
	}
}

var acme = Choice{Field: "account", Value: "acme"}

func (b *bench) erase(c Choice) (catalog.Erasure, error) {
	q, err := c.Parse()
	b.must(err)
	return b.Erase(catalog.As(b.t.Context(), "user:ada"), catalog.Erasure{Project: "shop", Field: c.Field, Short: c.Short(), Counted: 9}, q)
}

func (b *bench) progress(id string) Progress {
	e, err := b.catalog.Erasure(b.t.Context(), id)
	b.must(err)
	return b.Progresses([]catalog.Erasure{e})[0]
}

func TestAnErasureIsEffectiveThenDoneThenAReceipt(t *testing.T) {
	b := setUp(t, nil)
	e, err := b.erase(acme)
	b.must(err)
	given := b.keeper.Erasures()
	if len(given) != 1 || given[0].ID != e.ID || given[0].Project != "shop" || given[0].By != "user:ada" || !given[0].At.Equal(noon) || given[0].Query.String() != `account:"acme"` {
		t.Fatalf("the store was given %+v", given)
	}
	b.keeper.rewrite(1, noon)
	b.must(b.Once(t.Context()))
	if got := b.progress(e.ID); got != (Progress{State: Erasing, Files: 3, Rewritten: 1}) {
		t.Errorf("half-way it is %+v", got)
	}
	b.keeper.rewrite(3, noon.Add(time.Minute))
	b.must(b.Once(t.Context()))
	if got := b.progress(e.ID); got != (Progress{State: Erased, Files: 3, Rewritten: 3, Removed: 7}) {
		t.Errorf("in the end it is %+v", got)
	}
	if got, err := b.catalog.Erasure(t.Context(), e.ID); err != nil || got.Query != "" || !got.Done.Equal(noon.Add(time.Minute)) {
		t.Errorf("the receipt is %+v, %v", got, err)
	}
	if lines := b.audit(); len(lines) != 1 || !strings.HasPrefix(lines[0], "erasure.done "+e.ID+" shop account a…, digest ") {
		t.Errorf("the audit trail has %q", lines)
	}
	b.measures(`clewline_erased_events_total 7`)
}

func TestAnErasureThatTheStoreDidNotTakeIsGivenAgain(t *testing.T) {
	b := setUp(t, nil)
	b.keeper.failWith(errors.New("the disk is full"))
	e, err := b.erase(acme)
	if !errors.Is(err, ErrWaiting) || b.progress(e.ID).State != Ordered {
		t.Fatalf("got %v, %+v", err, b.progress(e.ID))
	}
	if err := b.Once(t.Context()); err == nil {
		t.Error("the second try says nothing of its failure")
	}
	b.keeper.failWith(nil)
	b.must(b.Once(t.Context()))
	if b.progress(e.ID).State != Erasing {
		t.Errorf("after the third try it is %+v", b.progress(e.ID))
	}
}

func TestAfterAnOlderCatalogWasRestoredThereIsAReceiptOfEachErasure(t *testing.T) {
	b := setUp(t, nil)
	parse := func(text string) *query.Query {
		q, err := query.Parse(text)
		b.must(err)
		return q
	}
	b.keeper.erasures = []store.ErasureState{
		{Erasure: store.Erasure{ID: "er_newer", Project: "shop", Query: parse(`account:"acme"`), By: "user:ada", At: noon}, Removed: 5, Done: noon.Add(time.Minute)},
		{Erasure: store.Erasure{ID: "er_open", Project: "shop", Query: parse("level:error app:web"), By: "user:ada", At: noon}, Segments: 2},
		{Erasure: store.Erasure{ID: "project-bank-1", Project: "bank", By: "user:ada", At: noon}},
	}
	for range 2 {
		b.must(b.Once(t.Context()))
	}
	got, err := b.catalog.Erasures(t.Context(), "shop", 10)
	b.must(err)
	if len(got) != 2 {
		t.Fatalf("the catalog has %+v", got)
	}
	if e := got[0]; e.ID != "er_newer" || e.Field != "account" || e.Short != "a…" || e.Query != "" || e.Removed != 5 || !e.Done.Equal(noon.Add(time.Minute)) || e.By != "user:ada" {
		t.Errorf("the receipt is %+v", e)
	}
	if digest, err := b.catalog.EraseDigest(t.Context(), "shop", `account:"acme"`); err != nil || digest != got[0].Digest {
		t.Errorf("its digest is %s, want %s, %v", got[0].Digest, digest, err)
	}
	if e := got[1]; e.ID != "er_open" || e.Field != "" || e.Query != "level:error and app:web" || !e.Done.IsZero() {
		t.Errorf("the open one is %+v", e)
	}
	if lines := b.audit(); len(lines) != 2 || !strings.HasPrefix(lines[0], "erasure.adopt er_newer shop account a…") {
		t.Errorf("the audit trail has %q", lines)
	}
}

func TestRunLooksAtOnceWhenWokenAndWhileAnErasureIsOpen(t *testing.T) {
	waits := make(chan time.Duration)
	tick := make(chan time.Time)
	b := setUp(t, func(c *Config) {
		c.After = func(d time.Duration) <-chan time.Time { waits <- d; return tick }
	})
	b.must(b.catalog.SetRetention(t.Context(), catalog.Retention{Others: catalog.Keep{Days: 1}}))
	b.keeper.usage = days("shop", 10, 10, 10)
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.Run(ctx) })
	if d := <-waits; d != 5*time.Minute || len(b.expired()) != 1 {
		t.Errorf("after the start it waits for %v", d)
	}
	b.keeper.mu.Lock()
	b.keeper.usage = days("bank", 10, 10, 10)
	b.keeper.mu.Unlock()
	b.Wake()
	if d := <-waits; d != 5*time.Minute || len(b.expired()) != 1 {
		t.Errorf("woken it waits for %v", d)
	}
	e, err := b.erase(acme) // wakes it
	b.must(err)
	if d := <-waits; d != 2*time.Second {
		t.Errorf("with an erasure open it waits for %v", d)
	}
	b.keeper.rewrite(3, noon)
	tick <- noon
	if d := <-waits; d != 5*time.Minute || b.progress(e.ID).State != Erased {
		t.Errorf("after the erasure it waits for %v, which is %+v", d, b.progress(e.ID))
	}
	stop()
	done.Wait()
}

func TestAChoiceOfAPersonMatchesTheValueAndNothingElse(t *testing.T) {
	for _, value := range []string{"acme", "a*", `say "hi"`, `back\slash`, "and", "13800138000", "张三", " padded "} {
		c := Choice{Field: "account", Value: value}
		q, err := c.Parse()
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		again, err := query.Parse(q.String())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []*query.Matcher{q.Matcher(), again.Matcher()} {
			if !m.Match(&event.Event{Account: strings.TrimSpace(value)}) || m.Match(&event.Event{Account: value + "x"}) || m.Match(&event.Event{User: value}) || m.Match(&event.Event{Account: "abc"}) {
				t.Errorf("%q is matched wrongly by %s", value, q)
			}
		}
	}
}

func TestAChoiceThatMeansNothingOrEverythingIsRefused(t *testing.T) {
	for field, c := range map[string]Choice{
		"field": {Field: "level", Value: "error"}, "value": {Field: "account", Value: " "}, "query": {Field: "account", Value: "a", Query: "b"},
	} {
		if e, ok := errors.AsType[*ChoiceError](second(c.Parse())); !ok || e.Field != field {
			t.Errorf("%+v: %v", c, e)
		}
	}
	for _, c := range []Choice{{}, {Query: " "}, {Query: "*"}, {Query: "(*)"}} {
		if e, ok := errors.AsType[*ChoiceError](second(c.Parse())); !ok || e.Field != "query" {
			t.Errorf("%+v: %v", c, e)
		}
	}
	if _, err := (Choice{Query: "account:"}).Parse(); err == nil {
		t.Error("half a query is accepted")
	}
	if _, err := (Choice{Value: "acme"}).Parse(); err == nil {
		t.Error("a value without a field is accepted")
	}
}

func second[T any](_ T, err error) error { return err }

func TestAReceiptShowsAThirdOfAValueAtMost(t *testing.T) {
	for value, want := range map[string]string{"13800138000": "138…", "acme": "a…", "ab": "…", "": "", "张三李四王五": "张三…"} {
		if got := (Choice{Value: value}).Short(); got != want {
			t.Errorf("of %q it shows %q, want %q", value, got, want)
		}
	}
}

// TestWhomAnErasureWasAboutIsForgottenWhenItsDaysHaveExpired: the store waits
// for a floor above the day of the order, also where nothing is left to expire.
func TestWhomAnErasureWasAboutIsForgottenWhenItsDaysHaveExpired(t *testing.T) {
	b := setUp(t, nil)
	b.must(b.catalog.SetRetention(t.Context(), catalog.Retention{Others: catalog.Keep{Days: 30}}))
	_, err := b.erase(acme)
	b.must(err)
	ordered := store.DayOf(noon)
	b.keeper.rewrite(3, noon.Add(time.Minute))
	day := 24 * time.Hour
	for _, step := range []struct {
		after time.Duration
		want  []Order
	}{
		{0, nil},
		{30 * day, nil},
		{day, []Order{{Project: "shop", Before: ordered + 1}}},
		{time.Minute, []Order{{Project: "shop", Before: ordered + 1}}}, // once is enough
	} {
		b.advanceBy(step.after)
		b.must(b.Once(t.Context()))
		if got := b.keeper.expired; !slices.Equal(got, step.want) {
			t.Errorf("after %v more the store was told %+v, want %+v", step.after, got, step.want)
		}
	}
	b.keeper.erasures[0].Forgotten = true
	b.advanceBy(10 * day)
	b.must(b.Once(t.Context()))
	if got := b.keeper.expired; len(got) != 1 {
		t.Errorf("what is forgotten is still waited for: %+v", got)
	}
}
