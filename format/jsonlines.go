package format

import "github.com/clewline/clewline/event"

// loggerNames are the names that other loggers use: pino, bunyan, zap, zerolog,
// logback, Python, Serilog, the Elastic Common Schema, GELF, Docker, journald.
// A dotted name is also found as a member of an object. Where a line has
// several names of one field, the first in the line wins, and the field's own
// name wins over all. docs/formats.md shows the same table.
var loggerNames = map[event.Field][]string{
	event.FieldTime:      {"@timestamp", "timestamp", "Timestamp", "ts", "@t", "asctime", "datetime", "__REALTIME_TIMESTAMP"},
	event.FieldLevel:     {"severity", "lvl", "levelname", "loglevel", "log_level", "log.level", "Level", "@l", "severity_text", "SeverityText", "PRIORITY"},
	event.FieldMsg:       {"message", "@message", "Message", "@m", "MESSAGE", "short_message", "log"},
	event.FieldApp:       {"service.name", "application"},
	event.FieldEnv:       {"environment", "service.environment"},
	event.FieldRelease:   {"service.version"},
	event.FieldHost:      {"hostname", "host.name", "HOSTNAME", "_HOSTNAME"},
	event.FieldTraceID:   {"trace_id", "traceid", "traceID", "TraceId", "trace.id", "dd.trace_id", "logid", "logId", "log_id"},
	event.FieldSpanID:    {"span_id", "spanid", "spanID", "SpanId", "span.id", "dd.span_id"},
	event.FieldChildOf:   {"parentId", "parent_id", "parentSpanId", "parent_span_id", "parent.id"},
	event.FieldCallID:    {"call_id", "callID"},
	event.FieldSession:   {"sessionId", "session_id", "session.id"},
	event.FieldDevice:    {"deviceId", "device_id", "device.id"},
	event.FieldUser:      {"userId", "user_id", "user.id"},
	event.FieldHTTPPath:  {"url.path"},
	event.FieldUA:        {"user_agent", "userAgent", "user_agent.original"},
	event.FieldInvokerIP: {"client_ip", "clientIp", "client.ip"},
	event.FieldErrorCode: {"error_code", "error.code", "err.code"},
	event.FieldErrorMsg:  {"error", "err", "exception", "error_msg", "errmsg", "errMsg", "errorMessage", "error.message", "err.message", "exception.message"},
}

var loggerFormat = jsonFormat{names: newNames(loggerNames), kind: event.Log, loggers: true}

// DecodeJSONLines reads JSON lines that other loggers wrote: as DecodeEvents,
// and the names of loggerNames fill fields that the line does not give under
// their own name. Such a member stays in Data too, under the name it came
// with. Levels may be numbers, of pino (10 to 60) or syslog (0 to 7).
func DecodeJSONLines(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	return loggerFormat.decode(body, o, dst)
}
