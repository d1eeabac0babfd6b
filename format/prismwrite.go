package format

import (
	"strconv"
	"time"

	"github.com/clewline/clewline/event"
)

var prismLevels = [event.NumLevels]string{"NOTICE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "FATAL"}

// AppendPrism appends an event as one line of the Prism norm, without a line
// feed: the fields that the norm requires, though they be empty, then those
// that have a value, then the members of Data. The head's time is UTC; optime
// (msec on server logs) has it exactly. Values are URL-encoded. It ignores
// Raw, which, where it is there, is the line as it once came.
//
// DecodePrism gives the event back, but for what the norm has no place for:
// types in Data (a string of digits returns as a number), and Raw and Msg,
// which it derives, where the event had none.
func AppendPrism(dst []byte, e *event.Event) []byte {
	dst = append(dst, prismLevels[min(int(e.Level), event.NumLevels-1)]...)
	dst = append(dst, ": "...)
	dst = time.Unix(0, e.Time).UTC().AppendFormat(dst, "06-01-02 15:04:05 [")
	start := len(dst)
	key := func(name string) {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(appendURL(dst, name, false), '=')
	}
	always := func(name, value string) {
		key(name)
		dst = appendURL(dst, value, true)
	}
	some := func(name, value string) {
		if value != "" {
			always(name, value)
		}
	}
	server := e.Kind == event.Server
	if server {
		key("msec")
	} else {
		key("optime")
	}
	dst = appendSeconds(dst, e.Time)
	always("product", e.Product)
	always("subsys", e.Subsys)
	always("module", e.Module)
	always("logid", e.TraceID)
	some("spanid", e.SpanID)
	some("uri", e.HTTPPath)
	if e.HasTimeCost {
		if server {
			key("request_time")
			dst = appendThousandth(dst, e.TimeCost)
		} else {
			key("cost")
			dst = event.AppendNumber(dst, e.TimeCost)
		}
	}
	if e.ErrorCode != "" {
		always("retErrno", e.ErrorCode)
	} else if e.HTTPPath != "" && !server {
		always("retErrno", "0") // a request that went well says so
	}
	some("errDetail", e.ErrorMsg)
	if server {
		some("client_addr", e.InvokerIP)
	} else {
		some("invokerIp", e.InvokerIP)
	}
	for f := event.NoField + 1; f < event.NumFields; f++ {
		switch f {
		case event.FieldProduct, event.FieldSubsys, event.FieldModule, event.FieldTraceID, event.FieldSpanID,
			event.FieldHTTPPath, event.FieldErrorCode, event.FieldErrorMsg, event.FieldInvokerIP:
			continue
		}
		if _, own := prismOwn[f.Name()]; own {
			some(f.Name(), e.String(f))
		}
	}
	if e.Data == "" {
		return append(dst, ']')
	}
	d := newJSONEvents(&nativeFormat, Options{Limits: unbounded})
	if text, list, _, fail := d.reader.read([]byte(e.Data)); fail == nil {
		d.text = text
		for i := range list {
			m := &list[i]
			if m.kind == '"' {
				always(d.name(m), d.string(m))
			} else {
				always(d.name(m), view(text[m.value:m.end]))
			}
		}
	}
	return append(dst, ']')
}

// unbounded is for text that was inside its limits when it came.
var unbounded = event.Limits{Fields: 1 << 30, Depth: 1 << 30, NameBytes: 1 << 30}

// appendSeconds appends a time as seconds with at least three decimals.
func appendSeconds(dst []byte, ns int64) []byte {
	if ns < 0 {
		dst = append(dst, '-')
		ns = -ns
	}
	dst = append(strconv.AppendInt(dst, ns/1e9, 10), '.')
	var digits [9]byte
	rest := ns % 1e9
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = byte('0' + rest%10)
		rest /= 10
	}
	n := len(digits)
	for n > 3 && digits[n-1] == '0' {
		n--
	}
	return append(dst, digits[:n]...)
}

// appendThousandth appends ms as seconds, moving the point only.
func appendThousandth(dst []byte, ms float64) []byte {
	var buf [32]byte
	s, err := strconv.ParseFloat(string(append(strconv.AppendFloat(buf[:0], ms, 'f', -1, 64), "e-3"...)), 64)
	if err != nil {
		s = ms / 1000
	}
	return event.AppendNumber(dst, s)
}

// appendURL appends s URL-encoded: whatever could be taken for the line's own
// syntax, and all that is no printable ASCII. Keys keep even less.
func appendURL(dst []byte, s string, value bool) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', c >= '0' && c <= '9' && (value || i > 0), (c == '.' || c == '-') && (value || i > 0):
			dst = append(dst, c)
		case value && (c == '/' || c == ':' || c == ',' || c == '~' || c == '@' || c == '{' || c == '}' || c == '(' || c == ')'):
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
