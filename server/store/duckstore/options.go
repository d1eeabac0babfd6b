package duckstore

import "time"

// Options tune a Store. The zero value works. A program without the store
// (tag noduck) has them too, so that its wiring is the same.
type Options struct {
	// Memory bounds what DuckDB takes, in bytes: rows that are not sealed
	// yet, queries, cached blocks. Default 1 GiB.
	Memory int64
	// Threads that DuckDB has for all statements. Default 1: what reads much
	// is cut into statements, of which two run at a time on threads of their
	// own, while DuckDB's wait for each other by spinning, which costs a fifth
	// of the CPU time.
	Threads int

	// GroupDelay is how long a small write may wait for others to share its
	// commit with. A commit costs 1.5 ms of CPU whatever its size, so this
	// bounds what small writes cost; the first write after a pause does not
	// wait. Default 50 ms.
	GroupDelay time.Duration
	// PendingBytes and PendingBatches bound what waits for a commit; beyond
	// them, Write returns ErrBusy. Defaults 128 MiB and 10,000.
	PendingBytes   int
	PendingBatches int

	// A new segment begins when the active one's log has RollLog bytes
	// (default 64 MB: 0.6 s of replay after a crash), or the segment RollRows
	// rows (default 2,000,000) or RollFile bytes (default 256 MB), and at the
	// end of the UTC day.
	RollLog  int64
	RollRows int64
	RollFile int64
	// RowGroup is the rows of a row group, a multiple of 2,048. DuckDB's
	// threads share a segment by row groups. Default 262,144: a segment of one
	// row group is a tenth smaller than of two, and costs the same.
	RowGroup int
	// MaxUnsealed is how many segments may wait to be sealed; when one more
	// would, Write returns ErrBusy. Default 2.
	MaxUnsealed int
	// MaxSmall is how many segments of one day may lie beside each other before
	// it ends; more are merged. Default 64.
	MaxSmall int
	// MaxOpen is how many sealed segments are open at a time. Default 64.
	MaxOpen int
	// MinFree is the room, in bytes, that is left free on the disk, so that
	// segments can still be sealed and the catalog written; below it, Write
	// returns a *store.FullError. Default 128 MiB; negative means none.
	MinFree int64

	// Readers is how many queries run at a time; others wait. Default 4.
	Readers int
	// QueryTime is the deadline of a query, where its context has no earlier
	// one; past it the answer is partial. Default 20 s.
	QueryTime time.Duration
	// QueryRows bounds the rows that one query looks at. Default 200,000,000.
	QueryRows int64

	// Now is the clock; for tests. Default time.Now.
	Now func() time.Time

	// tidyPause, for tests, is how long the tidier waits after an error.
	tidyPause time.Duration

	// before, for tests, is called with the name of each step of a roll and
	// a seal before it is done; an error makes the step fail.
	before func(step string) error
}
