package event

// searchAliases are other spellings under which people look for a field. They
// hold for searches only: what a sender calls `duration` or `ip` is left where
// it was, unless its format says otherwise (see package format).
var searchAliases = map[string]Field{
	"logid": FieldTraceID, "logId": FieldTraceID, "log_id": FieldTraceID,
	"trace_id": FieldTraceID, "traceid": FieldTraceID, "traceID": FieldTraceID, "trace.id": FieldTraceID,
	"span_id": FieldSpanID, "spanid": FieldSpanID, "spanID": FieldSpanID, "span.id": FieldSpanID,
	"child_of": FieldChildOf, "childof": FieldChildOf, "parentId": FieldChildOf, "parent_id": FieldChildOf,
	"parentSpanId": FieldChildOf, "parent_span_id": FieldChildOf,
	"file_path": FieldFilePath, "filepath": FieldFilePath,
	"collection_name": FieldCollectionName,
	"http_path":       FieldHTTPPath, "httppath": FieldHTTPPath,
	"ip": FieldInvokerIP, "invoker_ip": FieldInvokerIP, "clientIp": FieldInvokerIP, "client_ip": FieldInvokerIP,
	"start_time": FieldStartTime,
	"time_cost":  FieldTimeCost, "timecost": FieldTimeCost, "cost": FieldTimeCost,
	"error_code": FieldErrorCode, "errcode": FieldErrorCode, "retErrno": FieldErrorCode, "retErrorNo": FieldErrorCode, "errno": FieldErrorCode,
	"error_msg": FieldErrorMsg, "errorMessage": FieldErrorMsg, "errmsg": FieldErrorMsg, "errMsg": FieldErrorMsg, "errDetail": FieldErrorMsg,
	"call_id": FieldCallID, "callid": FieldCallID, "callID": FieldCallID,
	"message": FieldMsg, "@message": FieldMsg,
	"@timestamp": FieldTime, "timestamp": FieldTime, "ts": FieldTime,
	"severity": FieldLevel, "lvl": FieldLevel, "log.level": FieldLevel,
	"client_time": FieldClientTime,
	"user_agent":  FieldUA, "userAgent": FieldUA,
	"device_type": FieldDeviceType,
	"hostname":    FieldHost, "environment": FieldEnv,
	"_id":            FieldID,
	"outboundNumber": FieldNumber,
	"mainAccount":    FieldAccount, "staffAccount": FieldStaff, "userId": FieldUser, "user_id": FieldUser,
	"sessionId": FieldSession, "session_id": FieldSession, "deviceId": FieldDevice, "device_id": FieldDevice,
}

// SearchAlias finds the field that people mean by another spelling; NoField
// when the spelling is unknown. Exact names are not aliases: ask FieldByName
// first.
func SearchAlias(name string) Field { return searchAliases[name] }

// SearchAliases gives a copy of the table, for completion and documentation.
func SearchAliases() map[string]Field {
	out := make(map[string]Field, len(searchAliases))
	for k, v := range searchAliases {
		out[k] = v
	}
	return out
}
