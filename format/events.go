package format

import "github.com/clewline/clewline/event"

var nativeFormat = jsonFormat{names: newNames(nil), kind: event.Log}

// DecodeEvents reads native NDJSON (POST /v1/events): one event a line, in the
// wire form that event.AppendJSON writes.
//
// A member that has a field's name and fits it goes into the field; everything
// else goes into Data under its own name. A member stays in Data as well where
// the field cannot tell what came: another JSON type (the number 13800138000
// as "number"), a level of another spelling ("critical"), a trace id with
// dashes, 12.50 as timeCost, a path with its query string. What cannot be read
// at all (a time "yesterday") is in Data only. Members of a sent data object
// come first; if it has a name in common with another member that belongs into
// Data, it stays whole, under "data". Null and "" in a field are absent.
//
// A line is rejected that is no single JSON object, breaks a limit, or has a
// name twice in one object. Bytes that are no UTF-8 and lone surrogates become
// U+FFFD, and the event is flagged Reencoded; NUL is kept. Kind is log where
// none was sent.
func DecodeEvents(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	return nativeFormat.decode(body, o, dst)
}
