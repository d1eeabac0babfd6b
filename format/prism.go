package format

import "github.com/clewline/clewline/event"

// DecodePrism reads text lines of the Prism norm.
func DecodePrism(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	return dst, nil
}

// AppendPrism appends an event as one line of the Prism norm, without a line feed.
func AppendPrism(dst []byte, e *event.Event) []byte {
	return dst
}
