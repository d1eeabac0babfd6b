package format

import "github.com/clewline/clewline/event"

// DecodeEvents reads native NDJSON: one event a line, in the wire form of
// package event.
func DecodeEvents(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	return dst, nil
}

// DecodeJSONLines reads JSON lines that other loggers wrote.
func DecodeJSONLines(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	return dst, nil
}

// DecodeInvocation reads invocation JSON, one invocation a line.
func DecodeInvocation(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	return dst, nil
}
