//go:build !noduck

package duckstore

import (
	"strings"
	"unsafe"

	"github.com/duckdb/duckdb-go/mapping"

	"github.com/clewline/clewline/event"
)

// A kind is how a column is stored.
type kind uint8

const (
	kindText  kind = iota + 1 // VARCHAR, null when absent
	kindTime                  // TIMESTAMP_NS, null when absent (time itself never is)
	kindUint                  // UBIGINT, null when 0
	kindTiny                  // UTINYINT, null when 0
	kindFloat                 // DOUBLE
	kindList                  // VARCHAR[], null when empty
)

var sqlTypes = [...]string{
	kindText: "VARCHAR", kindTime: "TIMESTAMP_NS", kindUint: "UBIGINT",
	kindTiny: "UTINYINT", kindFloat: "DOUBLE", kindList: "VARCHAR[]",
}

// logical makes the type for the C interface.
func (k kind) logical() mapping.LogicalType {
	switch k {
	case kindTime:
		return mapping.CreateLogicalType(mapping.TypeTimestampNS)
	case kindUint:
		return mapping.CreateLogicalType(mapping.TypeUBigInt)
	case kindTiny:
		return mapping.CreateLogicalType(mapping.TypeUTinyInt)
	case kindFloat:
		return mapping.CreateLogicalType(mapping.TypeDouble)
	case kindList:
		text := mapping.CreateLogicalType(mapping.TypeVarchar)
		defer mapping.DestroyLogicalType(&text)
		return mapping.CreateListType(text)
	default:
		return mapping.CreateLogicalType(mapping.TypeVarchar)
	}
}

// A column of the events table. It is named as the field is, so that a sealed
// file reads well in any DuckDB tool. The field id has two columns, idBase
// and idNum; for an SDK event both are null, its id being stream.seq. level
// is 1 (debug) to 6 (fatal); flags is a bit set, see event.Flags.
type column struct {
	name   string
	kind   kind
	field  event.Field
	offset uintptr // in event.Event
}

// columns lists the events table. New columns go to the end: the order is
// part of the file format.
var columns = []column{
	{"time", kindTime, event.FieldTime, unsafe.Offsetof(event.Event{}.Time)},
	{"stream", kindText, event.FieldStream, unsafe.Offsetof(event.Event{}.Stream)},
	{"seq", kindUint, event.FieldSeq, unsafe.Offsetof(event.Event{}.Seq)},
	{"idBase", kindText, event.FieldID, unsafe.Offsetof(event.Event{}.IDBase)},
	{"idNum", kindUint, event.NoField, unsafe.Offsetof(event.Event{}.IDNum)},
	{"project", kindText, event.FieldProject, unsafe.Offsetof(event.Event{}.Project)},
	{"clientTime", kindTime, event.FieldClientTime, unsafe.Offsetof(event.Event{}.ClientTime)},
	{"received", kindTime, event.FieldReceived, unsafe.Offsetof(event.Event{}.Received)},
	{"app", kindText, event.FieldApp, unsafe.Offsetof(event.Event{}.App)},
	{"env", kindText, event.FieldEnv, unsafe.Offsetof(event.Event{}.Env)},
	{"release", kindText, event.FieldRelease, unsafe.Offsetof(event.Event{}.Release)},
	{"host", kindText, event.FieldHost, unsafe.Offsetof(event.Event{}.Host)},
	{"kind", kindText, event.FieldKind, unsafe.Offsetof(event.Event{}.Kind)},
	{"level", kindTiny, event.FieldLevel, unsafe.Offsetof(event.Event{}.Level)},
	{"msg", kindText, event.FieldMsg, unsafe.Offsetof(event.Event{}.Msg)},
	{"data", kindText, event.FieldData, unsafe.Offsetof(event.Event{}.Data)},
	{"raw", kindText, event.FieldRaw, unsafe.Offsetof(event.Event{}.Raw)},
	{"words", kindText, event.FieldWords, unsafe.Offsetof(event.Event{}.Words)},
	{"flags", kindTiny, event.FieldFlags, unsafe.Offsetof(event.Event{}.Flags)},
	{"account", kindText, event.FieldAccount, unsafe.Offsetof(event.Event{}.Account)},
	{"staff", kindText, event.FieldStaff, unsafe.Offsetof(event.Event{}.Staff)},
	{"callId", kindText, event.FieldCallID, unsafe.Offsetof(event.Event{}.CallID)},
	{"number", kindText, event.FieldNumber, unsafe.Offsetof(event.Event{}.Number)},
	{"session", kindText, event.FieldSession, unsafe.Offsetof(event.Event{}.Session)},
	{"device", kindText, event.FieldDevice, unsafe.Offsetof(event.Event{}.Device)},
	{"user", kindText, event.FieldUser, unsafe.Offsetof(event.Event{}.User)},
	{"label", kindText, event.FieldLabel, unsafe.Offsetof(event.Event{}.Label)},
	{"form", kindText, event.FieldForm, unsafe.Offsetof(event.Event{}.Form)},
	{"category", kindText, event.FieldCategory, unsafe.Offsetof(event.Event{}.Category)},
	{"page", kindText, event.FieldPage, unsafe.Offsetof(event.Event{}.Page)},
	{"traceId", kindText, event.FieldTraceID, unsafe.Offsetof(event.Event{}.TraceID)},
	{"spanId", kindText, event.FieldSpanID, unsafe.Offsetof(event.Event{}.SpanID)},
	{"childOf", kindText, event.FieldChildOf, unsafe.Offsetof(event.Event{}.ChildOf)},
	{"service", kindText, event.FieldService, unsafe.Offsetof(event.Event{}.Service)},
	{"event", kindText, event.FieldEvent, unsafe.Offsetof(event.Event{}.Event)},
	{"function", kindText, event.FieldFunction, unsafe.Offsetof(event.Event{}.Function)},
	{"filePath", kindList, event.FieldFilePath, unsafe.Offsetof(event.Event{}.FilePath)},
	{"collectionName", kindList, event.FieldCollectionName, unsafe.Offsetof(event.Event{}.CollectionName)},
	{"httpPath", kindText, event.FieldHTTPPath, unsafe.Offsetof(event.Event{}.HTTPPath)},
	{"invoker", kindText, event.FieldInvoker, unsafe.Offsetof(event.Event{}.Invoker)},
	{"source", kindText, event.FieldSource, unsafe.Offsetof(event.Event{}.Source)},
	{"ua", kindText, event.FieldUA, unsafe.Offsetof(event.Event{}.UA)},
	{"browser", kindText, event.FieldBrowser, unsafe.Offsetof(event.Event{}.Browser)},
	{"os", kindText, event.FieldOS, unsafe.Offsetof(event.Event{}.OS)},
	{"deviceType", kindText, event.FieldDeviceType, unsafe.Offsetof(event.Event{}.DeviceType)},
	{"invokerIp", kindText, event.FieldInvokerIP, unsafe.Offsetof(event.Event{}.InvokerIP)},
	{"startTime", kindTime, event.FieldStartTime, unsafe.Offsetof(event.Event{}.StartTime)},
	{"timeCost", kindFloat, event.FieldTimeCost, unsafe.Offsetof(event.Event{}.TimeCost)},
	{"errorCode", kindText, event.FieldErrorCode, unsafe.Offsetof(event.Event{}.ErrorCode)},
	{"errorMsg", kindText, event.FieldErrorMsg, unsafe.Offsetof(event.Event{}.ErrorMsg)},
	{"product", kindText, event.FieldProduct, unsafe.Offsetof(event.Event{}.Product)},
	{"subsys", kindText, event.FieldSubsys, unsafe.Offsetof(event.Event{}.Subsys)},
	{"module", kindText, event.FieldModule, unsafe.Offsetof(event.Event{}.Module)},
}

// idColumns are the columns of the id and who fields: mostly unique values,
// for which it counts whether equality needs a pattern. See entry.Plain.
var idColumns = func() (is [64]bool) {
	for _, f := range event.BareKeyword {
		is[columnOf[f]] = true // the id's is idBase; its other, stream, is one of them
	}
	return is
}()

// columnOf finds the column of a field; -1 when it has none of its own.
var columnOf = func() (at [event.NumFields]int) {
	for f := range at {
		at[f] = -1
	}
	for i, c := range columns {
		if c.field != event.NoField {
			at[c.field] = i
		}
	}
	return at
}()

func (c *column) at(e *event.Event) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(e), c.offset) }

// has says that the column of an event is not null.
func (c *column) has(e *event.Event) bool {
	switch p := c.at(e); c.kind {
	case kindText:
		return *(*string)(p) != ""
	case kindTiny:
		return *(*uint8)(p) != 0
	case kindFloat:
		return e.HasTimeCost
	case kindList:
		return len(*(*[]string)(p)) > 0
	default:
		return *(*int64)(p) != 0 || c.field == event.FieldTime
	}
}

// The other tables of a segment. Their rows are only ever added.
//
// runs says what is known of the numbers lo to hi of an SDK stream: state 0,
// they are stored; 1, left out, and why; 2, the stream ends at lo, and who
// said so. It is what makes a write idempotent, so it lives in the
// transaction of the rows. keys does the same for idempotency keys.
const (
	runStored  = 0
	runOmitted = 1
	runClosed  = 2
)

var runTypes = []kind{kindText, kindText, kindTiny, kindUint, kindUint, kindText, kindText, kindText, kindTime}

const runColumns = `project VARCHAR, stream VARCHAR, state UTINYINT, lo UBIGINT, hi UBIGINT, reason VARCHAR, app VARCHAR, sdk VARCHAR, "offset" TIMESTAMP_NS`

var keyTypes = []kind{kindText, kindText, kindText}

const keyColumns = `project VARCHAR, base VARCHAR, hash VARCHAR`

var deadTypes = []kind{kindText, kindTime, kindText, kindText, kindUint, kindText, kindText, kindText}

const deadColumns = `project VARCHAR, received TIMESTAMP_NS, door VARCHAR, format VARCHAR, line UBIGINT, field VARCHAR, reason VARCHAR, text VARCHAR`

// createTables gives the statements that make a new segment's tables.
func createTables(catalog string) []string {
	var b strings.Builder
	for i, c := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`"` + c.name + `" ` + sqlTypes[c.kind])
	}
	return []string{
		"CREATE TABLE " + catalog + ".events (" + b.String() + ")",
		"CREATE TABLE " + catalog + ".runs (" + runColumns + ")",
		"CREATE TABLE " + catalog + ".keys (" + keyColumns + ")",
		"CREATE TABLE " + catalog + ".dead (" + deadColumns + ")",
		"CREATE TABLE " + catalog + ".meta (name VARCHAR, value VARCHAR)",
		"INSERT INTO " + catalog + ".meta VALUES ('format', '" + segmentFormat + "')",
	}
}
