package store

import "time"

// MaxExplained is the most segments that an explanation lists.
const MaxExplained = 200

// An Explanation tells how a store came to a page of a search: what it looked
// at, what it passed over and why, and what took how long. It names nothing
// that belongs to another project.
type Explanation struct {
	Steps []ExplainStep
	// Segments are those that have events of the project, newest first, at
	// most MaxExplained; More is how many are not listed.
	Segments []ExplainSegment
	More     int
}

// An ExplainStep is one thing that was done.
type ExplainStep struct {
	Name   string // plan, wait, look, fetch
	Detail string // in words
	Rows   int64  // looked at, or fetched
	Took   time.Duration
}

// What became of a segment.
const (
	SegmentRead    = "read"    // it was looked into
	SegmentSkipped = "skipped" // it surely holds nothing that is sought
	SegmentUnread  = "unread"  // it was not needed, or not reached
)

// An ExplainSegment is what became of one segment.
type ExplainSegment struct {
	Segment int
	State   string
	Events  int64 // of the project
	Bytes   int64 // on the disk, the project's share
	Verdict string
	Reason  string // in words
	// Candidates are the rows that the skip index leaves, -1 where it rules
	// out none.
	Candidates int64
}
