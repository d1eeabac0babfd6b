// Package event holds the one record that travels the whole road: what the
// doors decode into, what the queue carries, what the store keeps, what a
// search gives back. It knows the names and types of the fields, the aliases
// that people and formats use for them, the wire form, the limits and the
// rules for identity and time. It knows nothing of HTTP, storage or queries,
// and imports the standard library only.
package event

import (
	"cmp"
	"strconv"
	"strings"
)

// An Event is one log line, one service invocation or one span.
//
// The zero value of a field means "absent": an empty string and null in a
// named field are the same as no value. Times are nanoseconds since the Unix
// epoch, UTC. Strings are valid UTF-8. Strings may share memory with the
// request body they were decoded from; nobody writes to that memory again.
type Event struct {
	// Identity. See ID.
	IDBase string
	IDNum  uint64

	Time       int64 // what searches and the order of events use
	ClientTime int64 // as the sender gave it, where Time was corrected
	Received   int64 // set once, at ingest
	Project    string
	App        string
	Env        string
	Release    string
	Host       string

	// What happened.
	Kind  Kind
	Level Level
	Msg   string
	Data  string // the rest, as JSON text; numbers keep the text they came with
	Raw   string // a text line, as it came
	Words string // derived for searching, see DeriveWords; never on the wire
	Flags Flags

	// Who it happened to.
	Account string // main account
	Staff   string // staff account
	CallID  string
	Number  string // outbound number
	Session string
	Device  string
	User    string

	// The SDK's log tracker.
	Label    string
	Form     Form
	Category Category
	Page     string
	Stream   string
	Seq      uint64 // 1, 2, 3, ... within Stream; 0 outside streams

	// Trace. ChildOf is absent on a root. Trace and span ids are stored in
	// lower case without dashes; see NormalizeTraceID.
	TraceID string
	SpanID  string
	ChildOf string

	// Service invocation.
	Service        string
	Event          string
	Function       string
	FilePath       []string
	CollectionName []string
	HTTPPath       string // without the query string
	Invoker        string
	Source         string
	UA             string
	Browser        string // derived from UA
	OS             string // derived from UA
	DeviceType     string // derived from UA
	InvokerIP      string
	StartTime      int64
	TimeCost       float64 // milliseconds; meaningful when HasTimeCost
	HasTimeCost    bool    // 0 ms is a value
	ErrorCode      string
	ErrorMsg       string

	// Origin, as the Prism norm names it.
	Product string
	Subsys  string
	Module  string
}

// ID is the permanent name of an event within its project: "stream.seq" for
// an SDK event, else "base.number", where the base names the request (see
// KeyBase) and the number the line; a sender's own id has no number.
func (e *Event) ID() string {
	switch {
	case e.Stream != "" && e.Seq > 0:
		return e.Stream + "." + strconv.FormatUint(e.Seq, 10)
	case e.IDNum > 0:
		return e.IDBase + "." + strconv.FormatUint(e.IDNum, 10)
	default:
		return e.IDBase
	}
}

// SplitID takes an id apart at its last dot: "abc.7" gives "abc" and 7. An id
// that does not end in ".<number without leading zeros>" is all base.
func SplitID(id string) (base string, num uint64) {
	dot := strings.LastIndexByte(id, '.')
	if dot < 0 {
		return id, 0
	}
	digits := id[dot+1:]
	if digits == "" || digits[0] < '1' || digits[0] > '9' {
		return id, 0
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return id, 0
	}
	return id[:dot], n
}

// Compare orders events by (time, stream, seq, id), numbers as numbers. It is
// a total order within a project: only copies of one event compare equal.
func Compare(a, b *Event) int {
	return cmp.Or(
		cmp.Compare(a.Time, b.Time),
		cmp.Compare(a.Stream, b.Stream),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.IDBase, b.IDBase),
		cmp.Compare(a.IDNum, b.IDNum),
	)
}

// A Level is a severity. Levels compare by severity; 0 is "no level".
type Level uint8

// The levels, least severe first.
const (
	NoLevel Level = iota
	Debug
	Info
	Notice
	Warn
	Error
	Fatal
)

// NumLevels counts the levels, NoLevel included.
const NumLevels = int(Fatal) + 1

var levelNames = [NumLevels]string{"", "debug", "info", "notice", "warn", "error", "fatal"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return ""
}

// levelSpellings maps what senders write, in lower case, to a level. The
// syslog severities and OTLP's short names are among them.
var levelSpellings = map[string]Level{
	"debug": Debug, "trace": Debug, "verbose": Debug, "dbg": Debug, "fine": Debug, "finer": Debug, "finest": Debug,
	"info": Info, "information": Info, "informational": Info, "inf": Info, "log": Info,
	"notice": Notice, "ntc": Notice,
	"warn": Warn, "warning": Warn, "wrn": Warn,
	"error": Error, "err": Error, "severe": Error,
	"fatal": Fatal, "critical": Fatal, "crit": Fatal, "alert": Fatal, "emerg": Fatal, "emergency": Fatal, "panic": Fatal, "ftl": Fatal,
}

// ParseLevel reads a level in any spelling and letter case. ok is false for
// a word that is no level; such a word is kept in data, not guessed at.
func ParseLevel(s string) (l Level, ok bool) {
	for i := int(Debug); i < NumLevels; i++ { // the common, exact spellings, without allocating
		if s == levelNames[i] {
			return Level(i), true
		}
	}
	var lower [16]byte
	if len(s) > len(lower) {
		return NoLevel, false
	}
	for i := 0; i < len(s); i++ { // ASCII alone: strings.ToLower makes an i of a dotted capital I
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	l, ok = levelSpellings[string(lower[:len(s)])]
	return l, ok
}

// Kind says what sort of event it is.
type Kind string

// The kinds. Unknown kinds are kept.
const (
	Track  Kind = "track"  // an SDK log
	Call   Kind = "call"   // a service invocation
	UI     Kind = "ui"     // a Prism ui log: business, request level
	Server Kind = "server" // a Prism server log
	Client Kind = "client" // a Prism client log: an RPC that a module made
	Log    Kind = "log"    // anything else
	Span   Kind = "span"   // an OTLP span
)

// Form is one of the six forms of an SDK log.
type Form string

// The forms. FormError has its name to stay apart from the level.
const (
	FormText  Form = "text"
	FormData  Form = "data"
	FormTag   Form = "tag"
	FormList  Form = "list"
	FormAlarm Form = "alarm"
	FormError Form = "error"
)

// Category is one of the six behaviour categories that a replay has lanes for.
type Category string

// The categories.
const (
	CategoryPage      Category = "page"
	CategoryRequest   Category = "request"
	CategoryPush      Category = "push"
	CategoryCall      Category = "call"
	CategoryWebSocket Category = "websocket"
	CategoryWebRTC    Category = "webrtc"
)

// Flags tell what the road did to an event.
type Flags uint8

// The flags, in the order in which they are listed.
const (
	TimeCorrected Flags = 1 << iota // Time is not what the sender said; ClientTime is
	Redacted                        // a redaction rule changed it before it was stored
	Truncated                       // a limit cut a value
	Reencoded                       // bytes that were no valid text were replaced
)

var flagNames = [...]string{"time-corrected", "redacted", "truncated", "re-encoded"}

// Names lists the flags that are set.
func (f Flags) Names() []string {
	if f == 0 {
		return nil
	}
	var names []string
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// ParseFlag gives the flag of a name, or 0.
func ParseFlag(name string) Flags {
	for i, n := range flagNames {
		if n == name {
			return 1 << i
		}
	}
	return 0
}
