package format

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clewline/clewline/event"
)

// A jsonReader takes lines apart that hold one JSON object each.
//
// It goes over a line twice: package jsontext says whether it is valid JSON
// (RFC 8259, no control characters in strings, no text after the object), then
// members cuts it into members, which on valid JSON needs no judgement. Both
// together cost about half of a token loop over jsontext; docs/decisions/0004
// has the figures. Duplicate names are looked for apart:
// that jsontext does it for all objects would cost as much again.
type jsonReader struct {
	limits event.Limits
	dec    *jsontext.Decoder
	buf    bytes.Buffer
	list   []member
}

// A member is one member of an object, as offsets into the line.
type member struct {
	start      int  // of the name, at its quote
	nameEnd    int  // behind the name's closing quote
	value, end int  // of the value, quotes included
	kind       byte // first byte of the value: " { [ t f n - or a digit
	nameEsc    bool // the name has escapes
	valueEsc   bool // the value is a string with escapes
	names      int  // members inside the value
	distinct   bool // no object inside has a name twice, as far as was seen in passing
}

func newJSONReader(limits event.Limits) *jsonReader {
	r := &jsonReader{limits: limits, list: make([]member, 0, 32)}
	r.dec = jsontext.NewDecoder(&r.buf)
	return r
}

// read checks one line and cuts it into members, which are valid until the
// next call. text is the line, or a repaired copy of it when repaired is true:
// bytes that are no UTF-8 and lone surrogates become U+FFFD. Columns of errors
// then count in that copy; see asSent.
func (r *jsonReader) read(line []byte) (text []byte, list []member, repaired bool, fail *LineError) {
	if c := firstByte(line); c != '{' {
		return line, nil, false, notAnObject(line, c)
	}
	text = line
	if fail = r.check(text, true); fail != nil && needsRepair(line) {
		text, _ = repair(nil, line, -1)
		repaired = true
		fail = r.check(text, true)
	}
	if fail != nil {
		if fail.Column > len(bytes.TrimRight(text, " \t\r")) {
			fail.Reason = "the line ends within the object; each event must stand on one line, so JSON must not be pretty-printed"
		}
		return text, nil, repaired, fail
	}
	r.list, fail = r.members(text, r.list[:0])
	if fail != nil {
		return text, nil, repaired, fail
	}
	for i := range r.list {
		if m := &r.list[i]; m.names > 1 && !m.distinct {
			if fail = r.check(text[m.value:m.end], false); fail != nil {
				fail.Column += m.value
				fail.Field = strings.TrimSuffix(nameOf(text, m)+"."+fail.Field, ".")
				return text, nil, repaired, fail
			}
		}
	}
	return text, r.list, repaired, nil
}

func firstByte(line []byte) byte {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

func notAnObject(line []byte, first byte) *LineError {
	column := bytes.IndexByte(line, first) + 1
	switch first {
	case '[':
		return &LineError{Column: column, Reason: "this begins a JSON array; send one JSON object a line, without the array's brackets and commas"}
	case '}', ']':
		return &LineError{Column: column, Reason: "this ends JSON that began on another line; each event must stand on one line, so JSON must not be pretty-printed"}
	}
	return &LineError{Column: column, Reason: "a line must be one JSON object, beginning with {"}
}

// check asks jsontext whether text is exactly one valid JSON value.
func (r *jsonReader) check(text []byte, allowDuplicates bool) *LineError {
	r.buf = *bytes.NewBuffer(text)
	if allowDuplicates {
		r.dec.Reset(&r.buf, jsontext.AllowDuplicateNames(true))
	} else {
		r.dec.Reset(&r.buf)
	}
	_, err := r.dec.ReadValue()
	if err == nil {
		end := int(r.dec.InputOffset())
		if blank(text[end:]) {
			return nil
		}
		for end < len(text) && text[end] <= ' ' {
			end++
		}
		return &LineError{Column: end + 1, Reason: "there is more text after the JSON object"}
	}
	fail := &LineError{Reason: "this is not valid JSON"}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return fail
	}
	fail.Column = int(syntax.ByteOffset) + 1
	switch {
	case errors.Is(syntax.Err, io.ErrUnexpectedEOF):
		fail.Column = len(text) + 1
		fail.Reason = "the line ends within the object"
	case errors.Is(syntax.Err, jsontext.ErrDuplicateName):
		fail.Field = pointerName(syntax.JSONPointer)
		fail.Reason = "this name is there twice in one object"
	case syntax.Err != nil:
		fail.Reason = "this is not valid JSON: " + syntax.Err.Error()
		if len(syntax.JSONPointer) > 1 {
			fail.Field = pointerName(syntax.JSONPointer)
		}
	}
	fail.Reason = strings.ToValidUTF8(fail.Reason, "\ufffd")
	return fail
}

// pointerName writes a JSON pointer as names are written everywhere else: a.b.c.
func pointerName(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(token)
		if b.Len() > event.MaxID {
			break
		}
	}
	return cut([]byte(b.String()), event.MaxID)
}

// nameOf gives a member's name for an error message.
func nameOf(text []byte, m *member) string {
	return cut(text[m.start+1:m.nameEnd-1], event.MaxID)
}

// members cuts a valid JSON object into its members and enforces the limits of
// fields, depth and names over everything in it.
func (r *jsonReader) members(b []byte, list []member) ([]member, *LineError) {
	i := 0
	for b[i] != '{' {
		i++
	}
	i++
	names := 0
	var inner [8][]byte
	for {
		for b[i] <= ' ' || b[i] == ',' {
			i++
		}
		if b[i] == '}' {
			return list, nil
		}
		list = append(list, member{start: i})
		m := &list[len(list)-1]
		i, m.nameEsc = stringEnd(b, i+1)
		m.nameEnd = i
		if i-m.start-2 > r.limits.NameBytes {
			return list, nameTooLong(b, m.start, i, r.limits.NameBytes)
		}
		if names++; names > r.limits.Fields {
			return list, tooManyFields(m.start, r.limits.Fields)
		}
		for b[i] <= ' ' || b[i] == ':' {
			i++
		}
		m.kind, m.value = b[i], i
		switch b[i] {
		case '"':
			i, m.valueEsc = stringEnd(b, i+1)
		case '{', '[':
			depth, name := 1, 0 // the line's object is the first level
			flat := b[i] == '{'
			for {
				switch b[i] {
				case '"':
					name = i
					i, _ = stringEnd(b, i+1)
					continue
				case ':':
					end := i
					for b[end-1] <= ' ' {
						end--
					}
					if end-name-2 > r.limits.NameBytes {
						return list, nameTooLong(b, name, end, r.limits.NameBytes)
					}
					if m.names < len(inner) {
						inner[m.names] = b[name:end]
					}
					m.names++
				case '{', '[':
					flat = flat && depth == 1
					if depth++; depth > r.limits.Depth {
						limit := &event.LimitError{Limit: "depth", Max: r.limits.Depth}
						return list, &LineError{Field: nameOf(b, m), Column: i + 1, Reason: limit.Error() + " levels of nesting", Err: limit}
					}
				case '}', ']':
					depth--
				}
				i++
				if depth == 1 {
					break
				}
			}
			if flat && m.names <= len(inner) {
				m.distinct = distinct(inner[:m.names])
			}
			if names += m.names; names > r.limits.Fields {
				return list, tooManyFields(m.start, r.limits.Fields)
			}
		default:
			for b[i] > ' ' && b[i] != ',' && b[i] != '}' {
				i++
			}
		}
		m.end = i
	}
}

// distinct says that a few quoted names differ. Where it is not that simple it
// says no, and jsontext decides: for small objects, which are most, this saves
// a second check that takes an eighth of all decoding.
func distinct(names [][]byte) bool {
	for i, a := range names {
		for _, b := range names[:i] {
			if len(a) == len(b) && string(a) == string(b) {
				return false
			}
		}
		if bytes.IndexByte(a, '\\') >= 0 {
			return false
		}
	}
	return true
}

func tooManyFields(at, most int) *LineError {
	limit := &event.LimitError{Limit: "fields", Max: most}
	return &LineError{Column: at + 1, Reason: limit.Error() + " fields in one event", Err: limit}
}

func nameTooLong(b []byte, start, end, most int) *LineError {
	limit := &event.LimitError{Limit: "nameBytes", Max: most, Got: end - start - 2}
	return &LineError{Field: cut(b[start+1:end-1], 64), Column: start + 1, Reason: limit.Error() + " bytes in the name of a field", Err: limit}
}

// stringEnd finds the end of a valid JSON string from just behind its opening
// quote: the offset behind the closing one. It looks at eight bytes at a time;
// byte by byte the same took twice as long, and most strings of events are
// shorter than what bytes.IndexByte pays off for.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, back := w^(ones*'"'), w^(ones*'\\')
		// The lowest marked byte is a true find; higher ones may not be.
		if found := ((quote-ones)&^quote | (back-ones)&^back) & tops; found != 0 {
			i += bits.TrailingZeros64(found) >> 3
			break
		}
		i += 8
	}
	for {
		switch b[i] {
		case '"':
			return i + 1, escaped
		case '\\':
			escaped = true
			i++
		}
		i++
	}
}

// needsRepair says whether repair would change the line.
func needsRepair(line []byte) bool {
	return !utf8.Valid(line) || bytes.Contains(line, []byte(`\ud`)) || bytes.Contains(line, []byte(`\uD`))
}

// repair appends line to dst with each byte that is no UTF-8 and each escape
// of a lone surrogate replaced by U+FFFD. It stops as soon as it has written
// more than upTo bytes, unless upTo is negative, and tells how many bytes of
// the line it had read before the sign at upTo.
func repair(dst, line []byte, upTo int) (out []byte, read int) {
	start := len(dst)
	for i := 0; i < len(line); {
		size, replace := 1, false
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] != 'u':
			size = 2 // whatever is escaped, a backslash for one, begins no escape
			if line[i+1] >= utf8.RuneSelf {
				size = 1
			}
		case line[i] == '\\':
			if high, ok := surrogate(line[i:]); ok {
				low, paired := surrogate(line[min(i+6, len(line)):])
				size = 6
				if paired && high < 0xDC00 && low >= 0xDC00 {
					size = 12
				} else {
					replace = true
				}
			}
		case line[i] >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRune(line[i:])
			replace = r == utf8.RuneError && size == 1
		}
		if replace && size == 6 {
			dst = append(dst, `\ufffd`...)
		} else if replace {
			dst = append(dst, "\ufffd"...)
		} else {
			dst = append(dst, line[i:i+size]...)
		}
		if upTo >= 0 && len(dst)-start > upTo {
			return dst, i
		}
		i += size
	}
	return dst, len(line)
}

// asSent makes the column of an error in a repaired line one in the line that
// was sent.
func asSent(fail *LineError, line []byte) *LineError {
	if fail != nil && fail.Column > 0 {
		_, at := repair(nil, line, fail.Column-1)
		fail.Column = at + 1
	}
	return fail
}

// surrogate reads an escaped surrogate, such as \ud83d, at the start of b.
func surrogate(b []byte) (value uint16, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' || b[2]|0x20 != 'd' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		value = value<<4 | uint16(c)
	}
	return value, value >= 0xD800
}
