package store

import (
	"context"
	"time"

	"github.com/clewline/clewline/query"
)

// A Keeper is what retention, deletion and the page about ingest need of a
// store beside reading and writing. All methods may be called concurrently.
type Keeper interface {
	// Usage tells what is kept, by project and UTC day of arrival, oldest day
	// first. Bytes are a project's share of files that several projects share.
	Usage() []Usage

	// Expire hides at once, and removes in the background, everything of a
	// project that arrived before a UTC day; "" means every project. nil
	// means that the order is durable: what it hid never comes back, neither
	// after a crash nor from a backup that is restored. What the store knows
	// of streams and keys outlives their rows by SeenFor, so that a retry of
	// removed rows is acknowledged and dropped.
	Expire(ctx context.Context, project string, before Day) error

	// Erase hides at once, and removes for good in the background, all events
	// and dead letters that were stored before the call and that the erasure
	// means. nil means that the order is durable. What is stored after the
	// call is not touched. The id makes it idempotent.
	Erase(ctx context.Context, e Erasure) error

	// Erasures lists the erasures that the store knows, newest first.
	Erasures() []ErasureState

	// Segments lists the files of events, oldest first.
	Segments() []Segment
}

// A Compactor brings what it keeps into its smallest form at once, where others
// do so little by little.
type Compactor interface {
	// Compact seals what is written to, applies every order of Expire and
	// Erase, and brings files together as far as that makes them fewer. It
	// returns when all is done. progress, which may be nil, is told before
	// each step. What is read and written meanwhile is served as ever. When
	// ctx ends, or a step fails, what was done stays, and nothing is lost.
	Compact(ctx context.Context, progress func(Compaction)) error
}

// A Compaction tells how far Compact is.
type Compaction struct {
	Done, Total int64  // bytes of the files that are to be rewritten
	Doing       string // what comes next, in words
}

// SeenFor is how long stream ranges and idempotency keys outlive their rows.
const SeenFor = 31 * 24 * time.Hour

// A Day counts UTC days since the epoch.
type Day int64

// DayOf gives the day of a time.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return Day(d)
}

// Time gives the beginning of a day.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Usage is what one project has of one day of arrival.
type Usage struct {
	Project string
	Day     Day
	Events  int64
	Bytes   int64
}

// An Erasure is an order to delete some events of one project for good: one
// user's data, or a whole project.
type Erasure struct {
	ID      string // given by the caller, unique
	Project string
	// Query chooses the events; nil means all of the project. Dead letters
	// cannot be queried by field: those are removed whose text has a value
	// that the query asks for.
	Query *query.Query
	By    string    // who gave the order
	At    time.Time // when
}

// ErasureState tells how far an erasure is.
type ErasureState struct {
	Erasure
	// Segments and Rewritten count the files that may hold what is erased, and
	// those of them that were already rewritten without it.
	Segments, Rewritten int
	Removed             int64     // events removed so far
	Done                time.Time // zero while some file is not rewritten
	// Forgotten says that Query is not what was ordered any more: the store
	// keeps that no longer than a backup could bring back what it means.
	Forgotten bool
}

// The states of a segment.
const (
	SegmentActive      = "active"      // written to
	SegmentSealing     = "sealing"     // full, being brought into its final form
	SegmentSealed      = "sealed"      // final, one roll of the active one
	SegmentMerged      = "merged"      // made of several sealed ones
	SegmentQuarantined = "quarantined" // damaged, set aside; Err says why
)

// A Segment is one file of events.
type Segment struct {
	Name     string // of the file
	State    string
	Day      Day // of arrival
	Events   int64
	Bytes    int64 // with its sidecars
	MinTime  time.Time
	MaxTime  time.Time
	Projects int
	Err      string // why it cannot be read, "" when it can
}
