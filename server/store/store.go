// Package store says what a store of events promises. Implementations live in
// the folders below; storetest holds each of them to the promises. Nothing but
// the server's wiring names an implementation.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Errors that callers branch on.
var (
	// ErrBusy: the store is behind with its own work (too many unsealed
	// segments) or at a bound; nothing was written, try again later.
	ErrBusy = errors.New("store: busy")
	// ErrNotFound: no such event in this project.
	ErrNotFound = errors.New("store: no such event")
)

// A FullError says that the disk has no room for more events.
type FullError struct {
	Dir string
	Err error
}

func (e *FullError) Error() string {
	return "the disk that holds " + e.Dir + " is full: " + e.Err.Error()
}
func (e *FullError) Unwrap() error { return e.Err }

// A Store keeps events. All methods may be called concurrently.
type Store interface {
	// Write stores a batch as a whole: its events, the stream ranges, the
	// key and the dead letters, in one transaction. nil means durable.
	//
	// Write is idempotent on (project, id) for as long as the first copy is
	// kept: SDK events whose number was stored before are skipped, and so is
	// a whole batch whose key was. A key that comes with another hash is a
	// *event.KeyConflictError and stores nothing. Two events with one id in
	// the same batch count once; the first is kept.
	//
	// On return with nil, b.Events holds only those events that were new.
	Write(ctx context.Context, b *event.Batch) error

	// Search gives one page of the newest (or oldest) events that match, in
	// event order. It holds nothing open after it has returned.
	Search(ctx context.Context, s Search) (Page, error)

	// Event gives one event by its permanent id, or ErrNotFound.
	Event(ctx context.Context, project, id string) (event.Event, error)

	// Histogram counts matching events by level over equal steps of time.
	Histogram(ctx context.Context, h Histogram) (Buckets, error)

	// Values counts the most frequent values of fields in matching events.
	Values(ctx context.Context, v Values) (FieldValues, error)

	// Facets tells what several fields hold in matching events, within about
	// the time that it is given: where that is too short for all rows, from
	// an even share of them, and says so. What it counts is what FacetTally
	// counts.
	Facets(ctx context.Context, f Facets) (FacetAnswer, error)

	// Keys tells which columns and which keys in data matching events have,
	// from a bounded number of events spread evenly over the range.
	Keys(ctx context.Context, k Keys) (KeyAnswer, error)

	// Table makes the table that pipes ask for of matching events. What it
	// computes is what query.Tally computes. A time key with too many steps
	// for the range is a *query.SpanError.
	Table(ctx context.Context, t Table) (TableRows, error)

	// Seen tells what is known of an SDK stream: which of its numbers are
	// stored, which were left out on purpose, which are missing.
	Seen(ctx context.Context, project, stream string) (Seen, error)

	// DeadLetters lists the newest dead letters of a project, newest first.
	DeadLetters(ctx context.Context, project string, limit int) ([]event.DeadLetter, error)

	// Stats tells the store's own state, for /readyz, /metrics and pages.
	Stats() Stats

	// Close makes everything durable that is not yet and releases the store.
	// No other method may be running.
	Close() error
}

// A Scope is what every question is about: one project, the half-open range
// [From, To) in ns since the epoch, and a query; a nil Query matches all.
type Scope struct {
	Project  string
	From, To int64
	Query    *query.Query
}

// A Position is a place in the event order, just after or before one event.
type Position struct {
	Time   int64
	Stream string
	Seq    uint64
	IDBase string
	IDNum  uint64
}

// At gives the position of an event.
func At(e *event.Event) Position {
	return Position{e.Time, e.Stream, e.Seq, e.IDBase, e.IDNum}
}

// Search asks for one page of events.
type Search struct {
	Scope
	// Limit bounds the events of the page; at most MaxPage.
	Limit int
	// After continues behind the event at that position, in the direction
	// of the search; nil begins at the range's end (or its start).
	After *Position
	// Ascending gives the oldest first; the default is the newest first.
	Ascending bool
	// Explain, when not nil, is filled with how the page was made.
	Explain *Explanation
}

// MaxPage is the most events that one page holds. Longer answers are read in
// pages, so that nothing stays open in the store while bytes go to a socket.
const MaxPage = 1000

// A Page is a part of an answer.
type Page struct {
	Events []event.Event
	// Next continues the search; nil when there is no more. A page may hold
	// fewer events than asked for, even none, and still have a Next: the
	// store has done a bounded amount of work and lets its caller show what
	// there is, or stop.
	Next *Position
	Cost
}

// Cost tells what an answer took and whether it is whole.
type Cost struct {
	Segments, SegmentsTotal int   // read, of all in the store
	Rows                    int64 // rows looked at
	// Partial is "" for a whole answer, else the reason in words: a deadline,
	// a memory limit, a damaged segment.
	Partial string
}

// Add sums what two parts of an answer cost.
func (c *Cost) Add(o Cost) {
	c.Segments = max(c.Segments, o.Segments)
	c.SegmentsTotal = max(c.SegmentsTotal, o.SegmentsTotal)
	c.Rows += o.Rows
	if c.Partial == "" {
		c.Partial = o.Partial
	}
}

// Histogram asks for counts by level in steps of Step from Scope.From on. The
// first bucket begins at From, the last one is cut at To.
type Histogram struct {
	Scope
	Step time.Duration
}

// MaxBuckets is the most buckets that a histogram has.
const MaxBuckets = 2000

// Buckets is a histogram's answer: one bucket a step, empty ones included,
// each with a count a level (index = event.Level).
type Buckets struct {
	From   int64
	Step   time.Duration
	Counts [][event.NumLevels]int64
	Cost
}

// Values asks for the most frequent values of each field.
type Values struct {
	Scope
	Fields []query.Field
	Limit  int // values a field
}

// FieldValues answers Values, fields in the order asked for.
type FieldValues struct {
	Fields []FieldCount
	Cost
}

// A FieldCount tells how often a field was present, with how many distinct
// values, and its most frequent values, most frequent first.
type FieldCount struct {
	Present  int64
	Distinct int64
	Values   []ValueCount
}

// A ValueCount is a value and the number of events that have it.
type ValueCount struct {
	Value string
	Count int64
}

// Table asks for the table that pipes make of matching events.
type Table struct {
	Scope
	Pipe *query.Pipe
	// Zone is where steps of time are aligned; nil is UTC.
	Zone *time.Location
}

// TableRows answers Table. Why it is not whole, if it is not, stands in
// Cost.Partial, be it the store's reason or the table's own.
type TableRows struct {
	Table query.Table
	Cost
}

// Seen is what the store knows of one SDK stream.
type Seen struct {
	Stored  []Span // numbers stored, ascending, not touching
	Omitted []event.Omission
	Highest uint64         // the highest number stored or omitted
	Closed  *event.Closing // nil while the stream is open
}

// A Span is the run of numbers From to To, both included.
type Span struct{ From, To uint64 }

// Stats is the store's own state.
type Stats struct {
	Events   int64 // rows kept
	Bytes    int64 // of the whole data folder of the store
	Segments int   // sealed
	Unsealed int   // waiting to be sealed, the active one not counted
	// Quarantined segments were damaged and are set aside: their events are
	// missing from every answer, which says so. LastError names them too.
	Quarantined int
	LastError   error // nil when healthy; else why writes fail or data is missing
}
