package retention

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	noon  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	today = store.DayOf(noon)
)

// days makes the usage of a project: the first size is today's, each further
// one is of the day before. An event takes ten bytes.
func days(project string, sizes ...int64) []store.Usage {
	var out []store.Usage
	for age, size := range sizes {
		if size > 0 {
			out = append(out, store.Usage{Project: project, Day: today - store.Day(age), Events: size / 10, Bytes: size})
		}
	}
	return out
}

func TestThePlanRemovesTheOldestDaysThatHaveNoRoom(t *testing.T) {
	age := func(n int) store.Day { return today - store.Day(n) }
	limits := func(days int, bytes, all int64) catalog.Retention {
		return catalog.Retention{Others: catalog.Keep{Days: days, Bytes: bytes}, StoreBytes: all, KeepFree: 100}
	}
	roomy := Disk{Size: 1000, Free: 500}
	for _, c := range []struct {
		name  string
		state State
		want  Plan
	}{
		{"nothing is kept of nothing", State{Limits: limits(1, 1, 1), Disk: roomy}, Plan{}},
		{"without limits all stays", State{Usage: days("a", 50, 50, 50), Disk: roomy, Limits: limits(0, 0, 0)}, Plan{}},
		{"a day stays whole days after its end", State{Usage: days("a", 10, 10, 10), Limits: limits(2, 0, 0), Disk: roomy}, Plan{}},
		{"and goes after them", State{Usage: days("a", 10, 10, 10, 10, 20), Limits: limits(2, 0, 0), Disk: roomy},
			Plan{Orders: []Order{{"a", age(2), ByAge, 2, 3, 30}}}},
		{"unless the clock is in doubt", State{Usage: days("a", 10, 10, 10, 10, 20), Limits: limits(2, 0, 0), Disk: roomy, HoldAge: true}, Plan{}},
		{"a project has room of its own", State{Usage: slices.Concat(days("a", 10, 10, 10), days("b", 0, 30, 30)), Limits: limits(0, 30, 0), Disk: roomy},
			Plan{Orders: []Order{{"b", age(1), ByProjectBytes, 1, 3, 30}}}},
		{"all projects share the store", State{Usage: slices.Concat(days("a", 10, 10, 10), days("b", 10, 10, 20)), Limits: limits(0, 0, 50), Disk: roomy},
			Plan{Orders: []Order{{"b", age(1), ByStoreBytes, 1, 2, 20}}}},
		{"the oldest day goes first, whoever has it", State{Usage: slices.Concat(days("a", 10, 10, 0, 10), days("b", 10, 10, 20)), Limits: limits(0, 0, 55), Disk: roomy},
			Plan{Orders: []Order{{"a", age(2), ByStoreBytes, 1, 1, 10}, {"b", age(1), ByStoreBytes, 1, 2, 20}}}},
		{"the disk is kept from being full", State{Usage: days("a", 10, 10, 10, 30), Limits: limits(0, 0, 0), Disk: Disk{Size: 1000, Free: 65}},
			Plan{Orders: []Order{{"a", age(1), ByDisk, 2, 4, 40}}}},
		{"what is on its way counts as free", State{Usage: days("a", 10, 10, 10, 30), Limits: limits(0, 0, 0), Disk: Disk{Size: 1000, Free: 65}, Coming: 30},
			Plan{Orders: []Order{{"a", age(2), ByDisk, 1, 3, 30}}}},
		{"but not today, whatever is lacking", State{Usage: days("a", 40, 10), Limits: limits(1, 1, 1), Disk: Disk{Size: 1000, Free: 20}},
			Plan{Orders: []Order{{"a", age(0), ByProjectBytes, 1, 1, 10}}, Lacking: 70}},
		{"of an unknown disk nothing is said", State{Usage: days("a", 10, 10), Limits: limits(0, 0, 0)}, Plan{}},
		{"a day to come stays", State{Usage: []store.Usage{{Project: "a", Day: today + 3, Bytes: 10}}, Limits: limits(1, 1, 1), Disk: roomy}, Plan{}},
		{"each reason takes what those before it left", State{Usage: days("a", 10, 10, 10, 10, 10), Limits: limits(3, 30, 20), Disk: Disk{Size: 1000, Free: 65}},
			Plan{Orders: []Order{{"a", age(3), ByAge, 1, 1, 10}, {"a", age(2), ByProjectBytes, 1, 1, 10}, {"a", age(1), ByStoreBytes, 1, 1, 10}, {"a", age(0), ByDisk, 1, 1, 10}}}},
	} {
		c.state.Now = noon
		if diff := cmp.Diff(c.want, MakePlan(c.state)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// apply gives what is left after orders were carried out.
func apply(usage []store.Usage, orders []Order) []store.Usage {
	return slices.DeleteFunc(slices.Clone(usage), func(u store.Usage) bool {
		return slices.ContainsFunc(orders, func(o Order) bool { return o.Project == u.Project && u.Day < o.Before })
	})
}

func bytesOf(usage []store.Usage, project string) (n int64) {
	for _, u := range usage {
		if project == "" || u.Project == project {
			n += u.Bytes
		}
	}
	return n
}

func onlyToday(usage []store.Usage, project string) bool {
	return !slices.ContainsFunc(usage, func(u store.Usage) bool { return u.Day < today && (project == "" || u.Project == project) })
}

// states draws usage of a few projects and limits that often bite.
func states(t *rapid.T) State {
	s := State{
		Now:    noon.Add(time.Duration(rapid.IntRange(-12*3600, 12*3600-1).Draw(t, "seconds")) * time.Second),
		Limits: catalog.Retention{Projects: map[string]catalog.Keep{}},
		Coming: rapid.Int64Range(0, 50).Draw(t, "coming"),
	}
	keep := func(label string) catalog.Keep {
		return catalog.Keep{Days: rapid.IntRange(0, 12).Draw(t, label+" days"), Bytes: rapid.Int64Range(0, 400).Draw(t, label+" bytes")}
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "projects") {
		name := fmt.Sprintf("p%d", i)
		if rapid.Bool().Draw(t, name+" own") {
			s.Limits.Projects[name] = keep(name)
		}
		for age := -1; age < 20; age++ {
			if n := rapid.Int64Range(0, 9).Draw(t, "events"); n > 0 {
				s.Usage = append(s.Usage, store.Usage{Project: name, Day: today - store.Day(age), Events: n, Bytes: n * rapid.Int64Range(1, 9).Draw(t, "each")})
			}
		}
	}
	s.Limits.Others = keep("others")
	s.Limits.StoreBytes = rapid.Int64Range(0, 600).Draw(t, "store bytes")
	s.Limits.KeepFree = rapid.Int64Range(1, 300).Draw(t, "keep free")
	if rapid.Bool().Draw(t, "disk known") {
		s.Disk = Disk{Size: 1000, Free: rapid.Int64Range(0, 400).Draw(t, "free")}
	}
	return s
}

func TestAfterAPlanTheLimitsHoldOrOnlyTodayIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := states(t)
		plan := MakePlan(s)
		left := apply(s.Usage, plan.Orders)
		for _, u := range left {
			keep := s.Limits.Of(u.Project)
			if keep.Days > 0 && u.Day < today-store.Day(keep.Days) {
				t.Errorf("%v is older than %d days", u, keep.Days)
			}
			if n := bytesOf(left, u.Project); keep.Bytes > 0 && n > keep.Bytes && !onlyToday(left, u.Project) {
				t.Errorf("%s has %d bytes of %d and more than today", u.Project, n, keep.Bytes)
			}
		}
		if n := bytesOf(left, ""); s.Limits.StoreBytes > 0 && n > s.Limits.StoreBytes && !onlyToday(left, "") {
			t.Errorf("the store has %d bytes of %d and more than today", n, s.Limits.StoreBytes)
		}
		if s.Disk.Size == 0 {
			return
		}
		free := s.Disk.Free + s.Coming + bytesOf(s.Usage, "") - bytesOf(left, "")
		if want := max(0, s.Limits.KeepFree-free); plan.Lacking != want {
			t.Errorf("%d bytes are said to be lacking, %d are", plan.Lacking, want)
		}
		if plan.Lacking > 0 && !onlyToday(left, "") {
			t.Errorf("%d bytes are free of %d, and more than today is left", free, s.Limits.KeepFree)
		}
	})
}

func TestAPlanNeverTouchesTodayAndCountsWhatItRemoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := states(t)
		orders := MakePlan(s).Orders
		left := s.Usage
		for _, o := range orders {
			if o.Before > today {
				t.Errorf("%+v removes today", o)
			}
			next := apply(left, []Order{o})
			var events int64
			for _, u := range left {
				events += u.Events
			}
			for _, u := range next {
				events -= u.Events
			}
			if len(left)-len(next) != o.Days || events != o.Events || bytesOf(left, "")-bytesOf(next, "") != o.Bytes || o.Days == 0 {
				t.Errorf("%+v removes %d days, %d events, %d bytes", o, len(left)-len(next), events, bytesOf(left, "")-bytesOf(next, ""))
			}
			left = next
		}
	})
}

// The last day that an order takes is one that had to go: with it, the limit
// that the order is for would not hold.
func TestAPlanRemovesNoDayMoreThanItMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := states(t)
		plan := MakePlan(s)
		left := apply(s.Usage, plan.Orders)
		for _, reason := range []string{ByProjectBytes, ByStoreBytes, ByDisk} {
			var upTo []Order
			for _, o := range plan.Orders {
				if slices.Index(Reasons, o.Reason) <= slices.Index(Reasons, reason) {
					upTo = append(upTo, o)
				}
			}
			then := apply(s.Usage, upTo)
			// What the newest of this reason's days has at least.
			var newest store.Day
			least := map[string]int64{}
			for _, o := range upTo {
				if o.Reason == reason {
					newest = max(newest, o.Before-1)
				}
			}
			for _, o := range upTo {
				for _, u := range s.Usage {
					if o.Reason == reason && u.Project == o.Project && u.Day == o.Before-1 && (reason == ByProjectBytes || u.Day == newest) {
						least[u.Project] = u.Bytes
					}
				}
			}
			smallest := int64(1 << 60)
			for project, n := range least {
				smallest = min(smallest, n)
				if limit := s.Limits.Of(project).Bytes; reason == ByProjectBytes && bytesOf(then, project)+n <= limit {
					t.Errorf("%s has %d of %d bytes left and could have kept %d more", project, bytesOf(then, project), limit, n)
				}
			}
			if len(least) == 0 {
				continue
			}
			if n := bytesOf(then, ""); reason == ByStoreBytes && n+smallest <= s.Limits.StoreBytes {
				t.Errorf("the store has %d of %d bytes left and could have kept %d more", n, s.Limits.StoreBytes, smallest)
			}
			if free := s.Disk.Free + s.Coming + bytesOf(s.Usage, "") - bytesOf(left, ""); reason == ByDisk && free-smallest >= s.Limits.KeepFree {
				t.Errorf("%d bytes are free, %d are wanted, and %d could have been kept", free, s.Limits.KeepFree, smallest)
			}
		}
		if again := MakePlan(State{Usage: left, Limits: s.Limits, Now: s.Now, Disk: s.Disk, Coming: s.Coming + bytesOf(s.Usage, "") - bytesOf(left, "")}); len(again.Orders) > 0 {
			t.Errorf("after the plan there is another: %v", again.Orders)
		}
	})
}

func TestAPlanDoesNotDependOnTheOrderOfWhatItIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := states(t)
		want := MakePlan(s)
		seed := rapid.Uint64().Draw(t, "seed")
		s.Usage = slices.Clone(s.Usage)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(s.Usage), func(i, j int) { s.Usage[i], s.Usage[j] = s.Usage[j], s.Usage[i] })
		if diff := cmp.Diff(want, MakePlan(s)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhereNothingIsSaidATwentiethOfTheDiskStaysFree(t *testing.T) {
	for _, c := range []struct {
		set, size, want int64
	}{
		{0, 100e9, 5e9}, {0, 4e12, 20e9}, {0, 10e9, 1e9}, {0, 1e9, 5e8}, {7e9, 100e9, 7e9},
	} {
		if got := KeepFree(catalog.Retention{KeepFree: c.set}, Disk{Size: c.size}); got != c.want {
			t.Errorf("of %d bytes, with %d set, %d stay free, want %d", c.size, c.set, got, c.want)
		}
	}
}
