package event

import (
	"strings"
)

// A Field is one named field of an Event. The zero Field is none.
type Field uint8

// The fields, in the order of the table in the design, which is also the
// order in which they are written on the wire.
const (
	NoField Field = iota
	FieldID
	FieldTime
	FieldClientTime
	FieldReceived
	FieldProject
	FieldApp
	FieldEnv
	FieldRelease
	FieldHost
	FieldKind
	FieldLevel
	FieldMsg
	FieldData
	FieldRaw
	FieldWords
	FieldFlags
	FieldAccount
	FieldStaff
	FieldCallID
	FieldNumber
	FieldSession
	FieldDevice
	FieldUser
	FieldLabel
	FieldForm
	FieldCategory
	FieldPage
	FieldStream
	FieldSeq
	FieldTraceID
	FieldSpanID
	FieldChildOf
	FieldService
	FieldEvent
	FieldFunction
	FieldFilePath
	FieldCollectionName
	FieldHTTPPath
	FieldInvoker
	FieldSource
	FieldUA
	FieldBrowser
	FieldOS
	FieldDeviceType
	FieldInvokerIP
	FieldStartTime
	FieldTimeCost
	FieldErrorCode
	FieldErrorMsg
	FieldProduct
	FieldSubsys
	FieldModule
	NumFields
)

// Type says how a field is stored and compared.
type Type uint8

// The types.
const (
	Keyword   Type = iota + 1 // compared as a whole
	Text                      // searched by tokens
	Timestamp                 // nanoseconds since the epoch
	Number
	LevelType // by severity
	List      // of keywords; any element matches
	JSON      // data
)

// Group is where the field stands on a page.
type Group string

// The groups of the design's table.
const (
	GroupIdentity   Group = "identity"
	GroupWhat       Group = "what"
	GroupWho        Group = "who"
	GroupTracker    Group = "tracker"
	GroupTrace      Group = "trace"
	GroupInvocation Group = "invocation"
	GroupOrigin     Group = "origin"
)

type fieldInfo struct {
	name  string
	typ   Type
	group Group
	// bare: a bare word that equals the whole value matches (ids and who).
	bare bool
	// derived: set by the server alone; a sender's value of that name is data.
	derived bool
}

var fields = [NumFields]fieldInfo{
	FieldID:             {"id", Keyword, GroupIdentity, true, true},
	FieldTime:           {"time", Timestamp, GroupIdentity, false, false},
	FieldClientTime:     {"clientTime", Timestamp, GroupIdentity, false, true},
	FieldReceived:       {"received", Timestamp, GroupIdentity, false, true},
	FieldProject:        {"project", Keyword, GroupIdentity, false, true},
	FieldApp:            {"app", Keyword, GroupIdentity, false, false},
	FieldEnv:            {"env", Keyword, GroupIdentity, false, false},
	FieldRelease:        {"release", Keyword, GroupIdentity, false, false},
	FieldHost:           {"host", Keyword, GroupIdentity, false, false},
	FieldKind:           {"kind", Keyword, GroupWhat, false, false},
	FieldLevel:          {"level", LevelType, GroupWhat, false, false},
	FieldMsg:            {"msg", Text, GroupWhat, false, false},
	FieldData:           {"data", JSON, GroupWhat, false, false},
	FieldRaw:            {"raw", Text, GroupWhat, false, false},
	FieldWords:          {"words", Text, GroupWhat, false, true},
	FieldFlags:          {"flags", List, GroupWhat, false, true},
	FieldAccount:        {"account", Keyword, GroupWho, true, false},
	FieldStaff:          {"staff", Keyword, GroupWho, true, false},
	FieldCallID:         {"callId", Keyword, GroupWho, true, false},
	FieldNumber:         {"number", Keyword, GroupWho, true, false},
	FieldSession:        {"session", Keyword, GroupWho, true, false},
	FieldDevice:         {"device", Keyword, GroupWho, true, false},
	FieldUser:           {"user", Keyword, GroupWho, true, false},
	FieldLabel:          {"label", Text, GroupTracker, false, false},
	FieldForm:           {"form", Keyword, GroupTracker, false, false},
	FieldCategory:       {"category", Keyword, GroupTracker, false, false},
	FieldPage:           {"page", Keyword, GroupTracker, false, false},
	FieldStream:         {"stream", Keyword, GroupTracker, true, true},
	FieldSeq:            {"seq", Number, GroupTracker, false, true},
	FieldTraceID:        {"traceId", Keyword, GroupTrace, true, false},
	FieldSpanID:         {"spanId", Keyword, GroupTrace, true, false},
	FieldChildOf:        {"childOf", Keyword, GroupTrace, true, false},
	FieldService:        {"service", Keyword, GroupInvocation, false, false},
	FieldEvent:          {"event", Keyword, GroupInvocation, false, false},
	FieldFunction:       {"function", Keyword, GroupInvocation, false, false},
	FieldFilePath:       {"filePath", List, GroupInvocation, false, false},
	FieldCollectionName: {"collectionName", List, GroupInvocation, false, false},
	FieldHTTPPath:       {"httpPath", Keyword, GroupInvocation, false, false},
	FieldInvoker:        {"invoker", Keyword, GroupInvocation, false, false},
	FieldSource:         {"source", Keyword, GroupInvocation, false, false},
	FieldUA:             {"ua", Text, GroupInvocation, false, false},
	FieldBrowser:        {"browser", Keyword, GroupInvocation, false, true},
	FieldOS:             {"os", Keyword, GroupInvocation, false, true},
	FieldDeviceType:     {"deviceType", Keyword, GroupInvocation, false, true},
	FieldInvokerIP:      {"invokerIp", Keyword, GroupInvocation, false, false},
	FieldStartTime:      {"startTime", Timestamp, GroupInvocation, false, false},
	FieldTimeCost:       {"timeCost", Number, GroupInvocation, false, false},
	FieldErrorCode:      {"errorCode", Keyword, GroupInvocation, false, false},
	FieldErrorMsg:       {"errorMsg", Text, GroupInvocation, false, false},
	FieldProduct:        {"product", Keyword, GroupOrigin, false, false},
	FieldSubsys:         {"subsys", Keyword, GroupOrigin, false, false},
	FieldModule:         {"module", Keyword, GroupOrigin, false, false},
}

// Name is the field's name on the wire, in queries and on pages.
func (f Field) Name() string { return fields[f].name }

// Type says how the field is stored and compared.
func (f Field) Type() Type { return fields[f].typ }

// Group is the field's group in the design's table.
func (f Field) Group() Group { return fields[f].group }

// Bare says whether a bare word in a query also matches this field as a
// whole: the ids and the who fields.
func (f Field) Bare() bool { return fields[f].bare }

// Derived says whether only the server sets the field. A sender's value under
// that name is data like any other.
func (f Field) Derived() bool { return fields[f].derived }

// BareText lists the text fields that a bare word searches.
var BareText = [...]Field{FieldMsg, FieldErrorMsg, FieldLabel, FieldRaw, FieldWords}

// BareKeyword lists the id and who fields that a bare word is compared with.
var BareKeyword = [...]Field{
	FieldID, FieldTraceID, FieldSpanID, FieldChildOf, FieldSession, FieldStream,
	FieldCallID, FieldAccount, FieldStaff, FieldNumber, FieldDevice, FieldUser,
}

var fieldByName = func() map[string]Field {
	m := make(map[string]Field, NumFields)
	for f := NoField + 1; f < NumFields; f++ {
		m[fields[f].name] = f
	}
	return m
}()

// FieldByName finds a field by its exact name; NoField when there is none.
func FieldByName(name string) Field { return fieldByName[name] }

// FieldByNameBytes is FieldByName without an allocation.
func FieldByNameBytes(name []byte) Field { return fieldByName[string(name)] }

// String gives the value of a Keyword or Text field, "" when absent. For the
// other types, which have accessors of their own, it gives "".
func (e *Event) String(f Field) string {
	if f == FieldID {
		return e.ID()
	}
	if p := e.stringPtr(f); p != nil {
		return *p
	}
	switch f {
	case FieldKind:
		return string(e.Kind)
	case FieldForm:
		return string(e.Form)
	case FieldCategory:
		return string(e.Category)
	}
	return ""
}

// SetString sets a Keyword or Text field. It does nothing for fields of other
// types and for FieldID.
func (e *Event) SetString(f Field, v string) {
	if p := e.stringPtr(f); p != nil {
		*p = v
		return
	}
	switch f {
	case FieldKind:
		e.Kind = Kind(v)
	case FieldForm:
		e.Form = Form(v)
	case FieldCategory:
		e.Category = Category(v)
	}
}

func (e *Event) stringPtr(f Field) *string {
	switch f {
	case FieldProject:
		return &e.Project
	case FieldApp:
		return &e.App
	case FieldEnv:
		return &e.Env
	case FieldRelease:
		return &e.Release
	case FieldHost:
		return &e.Host
	case FieldMsg:
		return &e.Msg
	case FieldData:
		return &e.Data
	case FieldRaw:
		return &e.Raw
	case FieldWords:
		return &e.Words
	case FieldAccount:
		return &e.Account
	case FieldStaff:
		return &e.Staff
	case FieldCallID:
		return &e.CallID
	case FieldNumber:
		return &e.Number
	case FieldSession:
		return &e.Session
	case FieldDevice:
		return &e.Device
	case FieldUser:
		return &e.User
	case FieldLabel:
		return &e.Label
	case FieldPage:
		return &e.Page
	case FieldStream:
		return &e.Stream
	case FieldTraceID:
		return &e.TraceID
	case FieldSpanID:
		return &e.SpanID
	case FieldChildOf:
		return &e.ChildOf
	case FieldService:
		return &e.Service
	case FieldEvent:
		return &e.Event
	case FieldFunction:
		return &e.Function
	case FieldHTTPPath:
		return &e.HTTPPath
	case FieldInvoker:
		return &e.Invoker
	case FieldSource:
		return &e.Source
	case FieldUA:
		return &e.UA
	case FieldBrowser:
		return &e.Browser
	case FieldOS:
		return &e.OS
	case FieldDeviceType:
		return &e.DeviceType
	case FieldInvokerIP:
		return &e.InvokerIP
	case FieldErrorCode:
		return &e.ErrorCode
	case FieldErrorMsg:
		return &e.ErrorMsg
	case FieldProduct:
		return &e.Product
	case FieldSubsys:
		return &e.Subsys
	case FieldModule:
		return &e.Module
	}
	return nil
}

// Strings gives the elements of a List field.
func (e *Event) Strings(f Field) []string {
	switch f {
	case FieldFlags:
		return e.Flags.Names()
	case FieldFilePath:
		return e.FilePath
	case FieldCollectionName:
		return e.CollectionName
	}
	return nil
}

// Timestamp gives a Timestamp field in ns since the epoch, 0 when absent.
func (e *Event) Timestamp(f Field) int64 {
	switch f {
	case FieldTime:
		return e.Time
	case FieldClientTime:
		return e.ClientTime
	case FieldReceived:
		return e.Received
	case FieldStartTime:
		return e.StartTime
	}
	return 0
}

// NormalizeTraceID gives the stored form of a trace or span id: without
// dashes, in lower case. It does not allocate when there is nothing to do.
func NormalizeTraceID(id string) string {
	for i := 0; i < len(id); i++ {
		if c := id[i]; c == '-' || c >= 'A' && c <= 'Z' {
			return strings.ToLower(strings.ReplaceAll(id, "-", ""))
		}
	}
	return id
}
