package format

import "github.com/clewline/clewline/event"

// invocationNames are the spellings of the invocation log beside the fields'
// own names.
var invocationNames = map[event.Field][]string{
	event.FieldTraceID:        {"trace_id", "traceid", "logid", "logId"},
	event.FieldSpanID:         {"span_id", "spanid"},
	event.FieldChildOf:        {"child_of", "childof"},
	event.FieldFilePath:       {"file_path"},
	event.FieldCollectionName: {"collection_name"},
	event.FieldHTTPPath:       {"http_path"},
	event.FieldUA:             {"user_agent", "userAgent"},
	event.FieldInvokerIP:      {"invoker_ip"},
	event.FieldStartTime:      {"start_time"},
	event.FieldTimeCost:       {"time_cost"},
	event.FieldErrorCode:      {"error_code"},
	event.FieldErrorMsg:       {"error_msg"},
}

var invocationFormat = jsonFormat{names: newNames(invocationNames), kind: event.Call, finish: finishInvocation}

// finishInvocation derives what an invocation has but does not spell out. An
// invocation is found at the time it began, and is an error if it says so.
func finishInvocation(e *event.Event) {
	if e.Time == 0 {
		e.Time = e.StartTime
	}
	if e.Level == event.NoLevel {
		e.Level = event.Info
		if e.ErrorCode != "" || e.ErrorMsg != "" {
			e.Level = event.Error
		}
	}
}

// DecodeInvocation reads the log of service invocations, one JSON object a
// line: as DecodeEvents, with the spellings of invocationNames (file_path for
// filePath). Kind is call. filePath and collectionName may be arrays or single
// strings; httpPath loses its query string, which stays in Data; a null
// invoker, the system itself, is an absent one. Unknown services, events and
// sources are kept. Where the line gives none, Time is StartTime, and Level is
// error if there is an error code or message, else info.
func DecodeInvocation(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	return invocationFormat.decode(body, o, dst)
}
