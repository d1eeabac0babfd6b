package event

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends the wire form of an event: one JSON object, named as in
// the field table and in its order, absent fields left out, times in RFC 3339,
// lists as arrays, data as it came. Words is not part of it.
// Data must be valid JSON, as every decoder leaves it.
func AppendJSON(dst []byte, e *Event) []byte {
	dst = append(dst, '{')
	start := len(dst)
	name := func(f Field) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, f.Name()...)
		dst = append(dst, '"', ':')
	}
	for f := NoField + 1; f < NumFields; f++ {
		switch f {
		case FieldWords:
			continue
		case FieldSeq:
			if e.Seq > 0 {
				name(f)
				dst = strconv.AppendUint(dst, e.Seq, 10)
			}
			continue
		case FieldTimeCost:
			if e.HasTimeCost {
				name(f)
				dst = AppendNumber(dst, e.TimeCost)
			}
			continue
		}
		switch f.Type() {
		case Timestamp:
			if ns := e.Timestamp(f); ns != 0 {
				name(f)
				dst = append(dst, '"')
				dst = AppendTime(dst, ns)
				dst = append(dst, '"')
			}
		case LevelType:
			if e.Level != NoLevel {
				name(f)
				dst = AppendString(dst, e.Level.String())
			}
		case List:
			if list := e.Strings(f); len(list) > 0 {
				name(f)
				dst = append(dst, '[')
				for i, s := range list {
					if i > 0 {
						dst = append(dst, ',')
					}
					dst = AppendString(dst, s)
				}
				dst = append(dst, ']')
			}
		case JSON:
			if e.Data != "" {
				name(f)
				dst = appendOneLine(dst, e.Data)
			}
		default:
			if s := e.String(f); s != "" {
				name(f)
				dst = AppendString(dst, s)
			}
		}
	}
	return append(dst, '}')
}

// appendOneLine appends JSON text without line breaks, which in valid JSON are
// only ever space between its parts: a line of NDJSON is one event.
func appendOneLine(dst []byte, json string) []byte {
	if strings.IndexByte(json, '\n') < 0 && strings.IndexByte(json, '\r') < 0 {
		return append(dst, json...)
	}
	for i := 0; i < len(json); i++ {
		c := json[i]
		if c == '\n' || c == '\r' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

// AppendNumber appends a finite number in the shortest form that reads back
// the same, without an exponent where it is of everyday size.
func AppendNumber(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are no valid UTF-8
// become U+FFFD. U+2028 and U+2029 are escaped, so that the result is also
// valid JavaScript.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			i++
			start = i
			continue
		}
		if r == '\u2028' || r == '\u2029' {
			dst = append(dst, s[start:i]...)
			dst = append(dst, '\\', 'u', '2', '0', '2', hexDigits[r&15])
			i += size
			start = i
			continue
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
