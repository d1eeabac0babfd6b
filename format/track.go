package format

import "github.com/clewline/clewline/event"

// A TrackBatch is one request of the SDK's door: an envelope and its events.
type TrackBatch struct {
	App    string
	Key    string
	Client string
	SDK    string
	// Range is what the batch covers; its Omitted names the numbers that
	// have no event here. Its Offset is zero: see Offset.
	Range  event.StreamRange
	SentAt int64  // the sender's clock as it sent, in ns; 0 if it did not say
	Offset *int64 // the measured clock offset that the sender echoes, in ns; nil on a stream's first batch
	Ticket string // the pull that this answers, if any
	Events []event.Event
	Errors []LineError
}

// DecodeTrack reads a track batch.
func DecodeTrack(body []byte, o Options) (TrackBatch, error) {
	return TrackBatch{}, nil
}
