package store

import (
	"context"
	"time"
)

// A Streamer lists the SDK streams that a store knows, from which it is
// computed how much of what was logged has arrived. What it tells of a stream
// is what Store.Seen tells.
type Streamer interface {
	// Streams calls each with every stream that is asked for, the newest day
	// first, and within a day about in the order of arrival. It holds nothing while
	// each runs, which may therefore take its time; a stream that grows
	// meanwhile is told as it is when its turn comes. It ends with the first
	// error of each, or with ctx's.
	//
	// Streams of a deleted project are not told, also when there is a new one
	// of that name.
	Streams(ctx context.Context, q StreamsQuestion, each func(*Stream) error) error
}

// A StreamsQuestion asks for the streams of one project.
type StreamsQuestion struct {
	Project  string
	From, To Day    // of the streams, both included
	Name     string // only the stream of that name; "" is all
}

// A Stream is what is known of one SDK stream, and of its sender. The one that
// is told to a callback, its slices included, is valid until that returns.
type Stream struct {
	Name     string
	Day      Day // see StreamDay
	App, SDK string
	Seen
}

// StreamDay gives the day of a stream of which the first events arrived on a
// day: the UTC day that its name begins with, YYYYMMDD, as the SDK gives names,
// if that is at most 31 days before; else the day of arrival. Only a clock that is
// ahead gives a later one.
func StreamDay(name string, arrived Day) Day {
	if len(name) < 8 {
		return arrived
	}
	n := 0
	for _, c := range []byte(name[:8]) {
		if c < '0' || c > '9' {
			return arrived
		}
		n = 10*n + int(c-'0')
	}
	year, month, day := n/10000, time.Month(n/100%100), n%100
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if t.Month() != month || t.Day() != day {
		return arrived // the 31st of February
	}
	if d := DayOf(t); d >= arrived-31 && d <= arrived {
		return d
	}
	return arrived
}
