package query

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A dataClause is a test on the values that a path finds in data. It walks
// the JSON text and decodes nothing but strings that have escapes. Data that
// is no JSON matches nothing from the fault on; it cannot do harm.
type dataClause struct {
	path string
	tail string // what stands in path after the last dot, and the quote behind it
	want want

	text     *textTerm // wantTerm
	whole    wholeTerm
	number   decimal
	isNumber bool

	bounds numberRange // wantRange

	pattern patternTest // wantPattern

	each func(text string, number bool) // wantEach
}

func newDataClause(path string, w want) dataClause {
	return dataClause{path: path, tail: path[strings.LastIndexByte(path, '.')+1:] + `"`, want: w}
}

type want uint8

const (
	wantTerm want = iota
	wantPresent
	wantRange
	wantPattern
	wantEach // every scalar that is not empty is given to each; none matches
)

func (c *dataClause) match(data string) bool {
	// No key ends as the path does: most events of another kind are done with
	// here, at a tenth of the cost of the walk. Escapes could hide the key.
	if !strings.Contains(data, c.tail) && strings.IndexByte(data, '\\') < 0 {
		return false
	}
	i := skipSpace(data, 0)
	if i >= len(data) || data[i] != '{' {
		return false
	}
	return c.object(data, i, c.path, 1, false)
}

// object looks for the path in the object at i. step counts the keys gone
// through, this one included; listed says whether a list was.
func (c *dataClause) object(s string, i int, path string, step int, listed bool) bool {
	i = skipSpace(s, i+1)
	for i < len(s) && s[i] == '"' {
		end := stringEnd(s, i)
		if end < 0 {
			return false
		}
		key := s[i+1 : end]
		if i = skipSpace(s, end+1); i >= len(s) || s[i] != ':' {
			return false
		}
		i = skipSpace(s, i+1)
		if i >= len(s) {
			return false
		}
		if c.member(s, i, key, path, step, listed) {
			return true
		}
		if i = skipValue(s, i); i < 0 {
			return false
		}
		if i = skipSpace(s, i); i >= len(s) || s[i] != ',' {
			return false
		}
		i = skipSpace(s, i+1)
	}
	return false
}

// member looks for the path in the value at i of a key, which may still have
// its escapes.
func (c *dataClause) member(s string, i int, key, path string, step int, listed bool) bool {
	if key != "" && key[0] != '\\' && (path == "" || key[0] != path[0]) {
		return false // the common case, made short: another key
	}
	key = decoded(key)
	switch {
	case !strings.HasPrefix(path, key):
		return false
	case len(path) == len(key):
		return c.value(s, i, true)
	}
	return path[len(key)] == '.' && step < MaxSteps && c.descend(s, i, path[len(key)+1:], step+1, listed)
}

// descend looks for the rest of a path in the value at i: an object, or, once
// on the way, a list of them.
func (c *dataClause) descend(s string, i int, path string, step int, listed bool) bool {
	switch {
	case s[i] == '{':
		return c.object(s, i, path, step, listed)
	case s[i] != '[' || listed:
		return false
	}
	for i = skipSpace(s, i+1); i < len(s) && s[i] != ']'; i = skipSpace(s, i+1) {
		if s[i] == '{' && c.object(s, i, path, step, true) {
			return true
		}
		if i = skipValue(s, i); i < 0 {
			return false
		}
		if i = skipSpace(s, i); i >= len(s) || s[i] != ',' {
			return false
		}
	}
	return false
}

// value tests what stands at i; elements says whether those of a list are
// tested.
func (c *dataClause) value(s string, i int, elements bool) bool {
	if c.want == wantPresent {
		return presentValue(s, i)
	}
	switch s[i] {
	case '{', 'n':
		return false
	case '[':
		if !elements {
			return false
		}
		for i = skipSpace(s, i+1); i < len(s) && s[i] != ']'; i = skipSpace(s, i+1) {
			if c.value(s, i, false) {
				return true
			}
			if i = skipValue(s, i); i < 0 {
				return false
			}
			if i = skipSpace(s, i); i >= len(s) || s[i] != ',' {
				return false
			}
		}
		return false
	case '"':
		if c.want == wantRange {
			return false
		}
		end := stringEnd(s, i)
		if end < 0 {
			return false
		}
		text := decoded(s[i+1 : end])
		if c.want == wantEach {
			if text != "" {
				c.each(text, false)
			}
			return false
		}
		if c.want == wantPattern {
			return c.pattern.find(text)
		}
		return c.text.match(text) || c.whole.match(text)
	}
	end := scalarEnd(s, i)
	text := s[i:end]
	if text == "true" || text == "false" {
		if c.want == wantEach {
			c.each(text, false)
		}
		return c.want == wantTerm && c.whole.match(text) || c.want == wantPattern && c.pattern.is(text)
	}
	if c.want == wantPattern {
		return plainInteger(text) && c.pattern.is(text)
	}
	if c.want == wantEach {
		if canonical, ok := CanonicalNumber(text); ok {
			c.each(canonical, true)
		}
		return false
	}
	if c.want == wantTerm && !c.isNumber {
		// A wildcard looks at the digits of plain integers; other numbers
		// have no one text to look at.
		return len(c.whole.pieces) > 1 && plainInteger(text) && c.whole.match(text)
	}
	d, ok := parseDecimal(text)
	if !ok {
		return false
	}
	if c.want == wantRange {
		return c.bounds.holds(d)
	}
	return d.compare(c.number) == 0
}

func plainInteger(text string) bool {
	for i := range len(text) {
		if c := text[i]; c-'0' > 9 && !(c == '-' && i == 0) {
			return false
		}
	}
	return text != ""
}

// presentValue says whether the value at i is one: not null, not an empty
// string, list or object.
func presentValue(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	switch s[i] {
	case 'n':
		return false
	case '"':
		return !strings.HasPrefix(s[i+1:], `"`)
	case '[', '{':
		i = skipSpace(s, i+1)
		return i < len(s) && s[i] != ']' && s[i] != '}'
	}
	return true
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// stringEnd gives the place of the quote that closes the string at i, or -1.
func stringEnd(s string, i int) int {
	for end := i; ; {
		at := strings.IndexByte(s[end+1:], '"')
		if at < 0 {
			return -1
		}
		end += 1 + at
		// A quote is escaped when an odd number of backslashes is before it.
		back := end - 1
		for s[back] == '\\' { // ends at the opening quote at the latest
			back--
		}
		if (end-back)%2 == 1 {
			return end
		}
	}
}

// scalarEnd gives the end of the number, boolean or null at i.
func scalarEnd(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
		i++
	}
	return i
}

// skipValue gives the end of the value at i, or -1. It counts brackets, so
// the depth of the value costs nothing.
func skipValue(s string, i int) int {
	for depth := 0; i < len(s); {
		switch s[i] {
		case '"':
			end := stringEnd(s, i)
			if end < 0 {
				return -1
			}
			i = end + 1
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return -1 // where a value should be
			}
			i++
			continue
		default:
			i = scalarEnd(s, i)
		}
		if depth <= 0 {
			return i
		}
	}
	return -1
}

// decoded gives the text of the inside of a JSON string.
func decoded(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return unescape(s)
}

// unescape decodes the inside of a JSON string. A lone surrogate becomes
// U+FFFD, as in event.DeriveWords.
func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r := hex4(s, i+1)
			i += 4
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if strings.HasPrefix(s[min(i+1, len(s)):], `\u`) {
					pair = utf16.DecodeRune(r, hex4(s, i+3))
				}
				if r = pair; r != utf8.RuneError {
					i += 6
				}
			}
			b = utf8.AppendRune(b, r)
		default: // " \ /
			b = append(b, s[i])
		}
	}
	return string(b)
}

// hex4 reads four hexadecimal digits; U+FFFD for anything else.
func hex4(s string, at int) (r rune) {
	if at+4 > len(s) {
		return utf8.RuneError
	}
	for _, c := range []byte(s[at : at+4]) {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return utf8.RuneError
		}
		r = r<<4 | rune(c)
	}
	return r
}
