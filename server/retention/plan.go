// Package retention removes what is not to be kept any longer: the oldest days,
// when they are older than their project keeps them or when there is no room
// for them, and the data of a person whose deletion was ordered.
//
// What is to go is decided by MakePlan, which is a pure function. A Runner
// carries it out, in a server from time to time, or once, as a function. What
// it removes is hidden at once and gone for good when the store has rewritten
// its files; every removal is in the audit trail.
package retention

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

// A State is all that a plan depends on.
type State struct {
	Usage  []store.Usage
	Limits catalog.Retention
	// Disk is the disk that holds the events; the zero value is one that
	// nothing is known of, and no day is removed on its account.
	Disk Disk
	// Coming is room that was ordered to be freed and is not free yet.
	Coming int64
	Now    time.Time
	// HoldAge keeps all days that only their age would remove: for a clock
	// that is in doubt.
	HoldAge bool
}

// Why a day is removed.
const (
	ByAge          = "age"           // older than its project's days
	ByProjectBytes = "project-bytes" // its project takes more than it may
	ByStoreBytes   = "store-bytes"   // all projects take more than they may
	ByDisk         = "disk"          // too little is free on the disk
)

// Reasons are the reasons in the order in which a plan looks at them.
var Reasons = []string{ByAge, ByProjectBytes, ByStoreBytes, ByDisk}

// An Order removes all days of a project before one.
type Order struct {
	Project string
	Before  store.Day
	Reason  string
	// What this order removes beyond those before it.
	Days          int
	Events, Bytes int64
}

// String tells an order in words of the log and the audit trail.
func (o Order) String() string {
	return fmt.Sprintf("by %s: %d days, %d events, %d bytes", o.Reason, o.Days, o.Events, o.Bytes)
}

// A Plan is what is to be removed now.
type Plan struct {
	// Orders stand in the order in which they are to be carried out. The days
	// of one project only ever grow.
	Orders []Order
	// Lacking is the room, in bytes, by which the disk will still have too
	// little free when all orders are carried out, because only today's
	// events are left.
	Lacking int64
}

// Total sums the orders.
func (p Plan) Total() (days int, events, bytes int64) {
	for _, o := range p.Orders {
		days, events, bytes = days+o.Days, events+o.Events, bytes+o.Bytes
	}
	return days, events, bytes
}

// MakePlan says what is to be removed: first what is older than its project
// keeps it, then what its project has no room for, then what the store has no
// room for, then what the disk has no room for; each time the oldest day first
// and, of one day, the project that has most of it. It depends on nothing but
// its argument, and removes no day that it need not.
//
// Today's day is never removed, nor one that is yet to come by a clock that
// was set back. Where today's events alone are too many, new ones are refused
// until there is room (429), and their senders keep them: better than to
// throw away what was acknowledged an hour ago.
func MakePlan(s State) Plan {
	p := planner{today: store.DayOf(s.Now)}
	p.left = slices.Clone(s.Usage)
	slices.SortFunc(p.left, func(a, b store.Usage) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Project, b.Project))
	})
	projects := map[string]int64{}
	var all int64
	for _, u := range p.left {
		projects[u.Project] += u.Bytes
		all += u.Bytes
	}

	p.remove(ByAge, func(u store.Usage) bool {
		keep := s.Limits.Of(u.Project)
		return !s.HoldAge && keep.Days > 0 && u.Day < p.today-store.Day(keep.Days)
	})
	for _, o := range p.orders {
		projects[o.Project] -= o.Bytes
	}
	p.remove(ByProjectBytes, func(u store.Usage) bool {
		limit := s.Limits.Of(u.Project).Bytes
		if limit == 0 || projects[u.Project] <= limit {
			return false
		}
		projects[u.Project] -= u.Bytes
		return true
	})
	all -= p.freed
	p.remove(ByStoreBytes, func(u store.Usage) bool {
		if s.Limits.StoreBytes == 0 || all <= s.Limits.StoreBytes {
			return false
		}
		all -= u.Bytes
		return true
	})
	plan := Plan{}
	if s.Disk.Size > 0 {
		lacking := KeepFree(s.Limits, s.Disk) - s.Disk.Free - s.Coming - p.freed
		p.remove(ByDisk, func(u store.Usage) bool {
			if lacking <= 0 {
				return false
			}
			lacking -= u.Bytes
			return true
		})
		plan.Lacking = max(0, lacking)
	}
	plan.Orders = p.orders
	return plan
}

// A planner keeps what is left of the days.
type planner struct {
	today  store.Day
	left   []store.Usage // oldest day first
	freed  int64
	orders []Order
}

// remove takes out the days for which over says so; it is asked about each
// that may go, oldest first. A project's days go without a gap, as an order
// takes all that is before a day: what over leaves of a project, and all that
// is younger, stays.
func (p *planner) remove(reason string, over func(store.Usage) bool) {
	orders := map[string]*Order{}
	kept := map[string]bool{}
	p.left = slices.DeleteFunc(p.left, func(u store.Usage) bool {
		if u.Day >= p.today || kept[u.Project] {
			return false
		}
		if !over(u) {
			kept[u.Project] = true
			return false
		}
		o := orders[u.Project]
		if o == nil {
			o = &Order{Project: u.Project, Reason: reason}
			orders[u.Project] = o
		}
		if o.Before != u.Day+1 {
			o.Days++
		}
		o.Before = u.Day + 1
		o.Events += u.Events
		o.Bytes += u.Bytes
		p.freed += u.Bytes
		return true
	})
	for _, o := range orders {
		p.orders = append(p.orders, *o)
	}
	// Map order is by chance; within one reason the oldest goes first.
	slices.SortFunc(p.orders[len(p.orders)-len(orders):], func(a, b Order) int {
		return cmp.Or(cmp.Compare(a.Before, b.Before), cmp.Compare(a.Project, b.Project))
	})
}

// A Disk is the room of a file system, in bytes, as far as we may use it.
type Disk struct{ Size, Free int64 }

// Bounds of the room that is kept free where the operator said nothing.
const (
	leastFree = 1_000_000_000
	mostFree  = 20_000_000_000
)

// KeepFree is the room that is kept free on a disk: what the operator said,
// else a twentieth of the disk, but from 1 GB to 20 GB, and never more than
// half of a small disk.
func KeepFree(r catalog.Retention, d Disk) int64 {
	if r.KeepFree > 0 {
		return r.KeepFree
	}
	return min(max(d.Size/20, leastFree), mostFree, d.Size/2)
}
