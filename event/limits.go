package event

import "fmt"

// Limits bound what a sender may send. Each door and decoder enforces those
// that concern it and names the limit it refused by. Zero means the default.
type Limits struct {
	WireBytes      int // a request body as it comes; default 16 MiB
	InflatedBytes  int // the same after decompression; default 64 MiB
	InflationRatio int // inflated over wire size, checked beyond 1 MiB; default 200
	LineBytes      int // one line or event; default 1 MiB
	Events         int // events in one request; default 100,000
	Fields         int // fields of one event, nested ones counted; default 1,000
	Depth          int // nesting of JSON; default 32
	NameBytes      int // the name of a field; default 256
	TrackBytes     int // an inflated SDK batch; default 8 MiB
}

// WithDefaults fills what is zero.
func (l Limits) WithDefaults() Limits {
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	set(&l.WireBytes, 16<<20)
	set(&l.InflatedBytes, 64<<20)
	set(&l.InflationRatio, 200)
	set(&l.LineBytes, 1<<20)
	set(&l.Events, 100_000)
	set(&l.Fields, 1000)
	set(&l.Depth, 32)
	set(&l.NameBytes, 256)
	set(&l.TrackBytes, 8<<20)
	return l
}

// MaxDeadLetter bounds the text that is kept of a dead letter, in bytes.
const MaxDeadLetter = 64 << 10

// MaxID bounds ids and stream names that come from outside, in bytes.
const MaxID = 512

// A LimitError says which limit something exceeded.
type LimitError struct {
	Limit string // the limit's name in the configuration, such as "lineBytes"
	Max   int
	Got   int // 0 when it was not measured to the end
}

func (e *LimitError) Error() string {
	if e.Got > 0 {
		return fmt.Sprintf("limit %s is %d, this has %d", e.Limit, e.Max, e.Got)
	}
	return fmt.Sprintf("limit %s is %d, this has more", e.Limit, e.Max)
}
