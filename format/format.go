// Package format turns what senders write into events, and some of it back:
// native NDJSON, foreign JSON lines, invocation JSON, the Prism norm, and the
// SDK's track batches. One file a format; docs/formats.md tells users the same.
//
// All decoders keep these promises:
//
//   - A bad line costs only itself: it becomes a LineError with the line, the
//     field or column, and the reason.
//   - What came can be read back. A text line stands verbatim in Raw. Of JSON
//     every member is either in the named field of its own name, by value, or
//     in Data under the name it came with, numbers with their text.
//   - Derived fields (event.Field.Derived) are never taken from a sender; what
//     comes under such a name is data.
//   - IDNum is the number of the line, from 1, so that ids are <base>.<line>.
//     Project, Received, IDBase and, where no time was sent, Time are zero:
//     ingest sets them.
//
// Strings of events share the memory of the body wherever nothing had to be
// unescaped. The body must not be written to after it was decoded.
// Decoders keep no state and may be called concurrently.
package format

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/clewline/clewline/event"
)

// Options of one decoding. The zero value works.
type Options struct {
	// Limits bound each line and the number of lines. Zero ones mean their defaults.
	Limits event.Limits
	// Received is the time of arrival in ns since the epoch: a time that
	// came without a year takes the year nearest to it. 0 means now.
	Received int64
	// Zone is where times are read that came without a zone; nil means UTC.
	Zone *time.Location
	// App and Env are those of events that name none.
	App, Env string
	// Multiline joins lines that belong together, in formats of text; nil
	// takes each line for itself. Formats of JSON ignore it.
	Multiline Multiline
	// Transcoded says that the body came in another encoding and was made
	// UTF-8 by Transcode: its events are flagged.
	Transcoded bool
	// Unicode says that the body is UTF-8 already, whatever the encoding of
	// its source is: a dead letter, or what somebody has pasted.
	Unicode bool

	// words are a source's own names of fields and levels; nil are none.
	words *words
	// note hears which of a line's names filled a field; nil does not.
	note func(f event.Field, name string)
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.WithDefaults()
	if o.Received == 0 {
		o.Received = time.Now().UnixNano()
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return o
}

// A Decoder appends the events of a body to dst and tells which lines it had
// to reject. Blank lines, CRLF, a byte order mark and a missing last line feed
// are fine.
type Decoder func(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError)

// decoders are the formats of POST /v1/lines?format= and of the command line.
var decoders = map[string]Decoder{
	"events":     DecodeEvents,
	"json":       DecodeJSONLines,
	"invocation": DecodeInvocation,
	"prism":      DecodePrism,
	"text":       DecodeText,
	"logfmt":     DecodeLogfmt,
	"access":     DecodeAccess,
	"syslog":     DecodeSyslog,
}

// ByName finds a decoder by the name of its format, as in
// POST /v1/lines?format= and on the command line.
func ByName(name string) (Decoder, bool) {
	d, ok := decoders[name]
	return d, ok
}

// Names lists the names that ByName knows, in alphabetical order.
func Names() []string {
	names := make([]string, 0, len(decoders))
	for name := range decoders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Textual lists the formats in which lines can be joined.
func Textual() []string { return slices.Clone(textual) }

// textual are the formats that Options.Multiline means something to.
var textual = []string{"access", "logfmt", "prism", "regex", "syslog", "text"}

// A LineError rejects one line and costs nobody else anything.
type LineError struct {
	Line   int    // from 1
	Lines  int    // how many lines it stands for: 1, or all that are left where limits.events ended the reading
	Field  string // the field at fault, as it was spelled, where one is
	Column int    // in bytes from 1; 0 is unknown
	Reason string // for the person who sent the line
	Text   string // the line, cut at event.MaxDeadLetter bytes
	Seq    uint64 // its number in an SDK stream, where it can be told
	Err    error  // a *event.LimitError where a limit was exceeded, else nil
}

func (e *LineError) Error() string {
	where := fmt.Sprintf("line %d", e.Line)
	if e.Column > 0 {
		where += fmt.Sprintf(", column %d", e.Column)
	}
	if e.Field != "" {
		where += ", field " + e.Field
	}
	return where + ": " + e.Reason
}

// RejectedLines counts the lines that errors stand for.
func RejectedLines(errs []LineError) int {
	n := 0
	for i := range errs {
		n += max(1, errs[i].Lines)
	}
	return n
}

// Unwrap gives the *event.LimitError, if a limit was exceeded.
func (e *LineError) Unwrap() error { return e.Err }

// view gives b as a string without copying. b must not be written to again.
func view(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// asText gives a line as valid text. What is no UTF-8 becomes U+FFFD, and
// flags says so.
func asText(line []byte) (text string, flags event.Flags) {
	if utf8.Valid(line) {
		return view(line), 0
	}
	return strings.ToValidUTF8(view(line), "\ufffd"), event.Reencoded
}

// cut gives at most limit bytes of b, whole signs only, as valid text.
func cut(b []byte, limit int) string {
	if len(b) > limit {
		for limit > 0 && !utf8.RuneStart(b[limit]) {
			limit--
		}
		b = b[:limit]
	}
	return strings.ToValidUTF8(view(b), "\ufffd")
}
