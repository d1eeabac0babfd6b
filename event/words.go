package event

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// DeriveWords sets Words: the decoded string values of Data, not its keys,
// joined by line feeds, plus a half-width copy of each text field that holds
// full-width letters or digits (full-width punctuation, which is in every
// Chinese sentence, separates tokens in either width and needs no copy). It is
// absent when there is neither. Words exists so that
// a bare word finds what stands inside data, whatever escapes it was sent with.
func (e *Event) DeriveWords() {
	e.Words = ""
	var b strings.Builder
	if strings.IndexByte(e.Data, '"') >= 0 {
		appendStringValues(&b, e.Data)
	}
	for _, s := range [...]string{e.Msg, e.ErrorMsg, e.Label, e.Raw, b.String()} {
		if half, changed := halfWidth(s); changed {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(half)
		}
	}
	e.Words = b.String()
}

// appendStringValues writes the decoded string values of a valid JSON text.
func appendStringValues(b *strings.Builder, json string) {
	for i := 0; i < len(json); {
		open := strings.IndexByte(json[i:], '"')
		if open < 0 {
			return
		}
		start := i + open + 1
		end, escaped := start, false
		for end < len(json) && json[end] != '"' {
			if json[end] == '\\' {
				escaped = true
				end++
			}
			end++
		}
		if end >= len(json) {
			return
		}
		i = end + 1
		after := i
		for after < len(json) && (json[after] == ' ' || json[after] == '\t' || json[after] == '\n' || json[after] == '\r') {
			after++
		}
		if after < len(json) && json[after] == ':' || start == end {
			continue // a key, or empty
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		if escaped {
			unescape(b, json[start:end])
		} else {
			b.WriteString(json[start:end])
		}
	}
}

// unescape writes the text of the inside of a valid JSON string. A lone
// surrogate becomes U+FFFD.
func unescape(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r := hex4(s, i+1)
			i += 4
			if utf16.IsSurrogate(r) {
				if i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					if pair := utf16.DecodeRune(r, hex4(s, i+3)); pair != utf8.RuneError {
						b.WriteRune(pair)
						i += 6
						continue
					}
				}
				r = utf8.RuneError
			}
			b.WriteRune(r)
		default: // " \ /
			b.WriteByte(s[i])
		}
	}
}

func hex4(s string, at int) rune {
	var r rune
	for i := at; i < at+4; i++ {
		if i >= len(s) {
			return utf8.RuneError
		}
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return utf8.RuneError
		}
		r = r<<4 | rune(c)
	}
	return r
}

// halfWidth replaces full-width ASCII (U+FF01 to U+FF5E) by its half-width
// counterpart. changed is false, and nothing is allocated, when s has no
// full-width letter, digit or low line.
func halfWidth(s string) (half string, changed bool) {
	// Digits are EF BC 90..99, A to Z EF BC A1..BA, _ EF BC BF, a to z EF BD 81..9A.
	for i := 0; ; {
		at := strings.IndexByte(s[i:], 0xEF)
		if at < 0 {
			return s, false
		}
		i += at
		if i+2 < len(s) {
			if c := s[i+2]; s[i+1] == 0xBC && (c >= 0x90 && c <= 0x99 || c >= 0xA1 && c <= 0xBA || c == 0xBF) ||
				s[i+1] == 0xBD && c >= 0x81 && c <= 0x9A {
				break
			}
		}
		i++
	}
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			return r - 0xFEE0
		}
		return r
	}, s), true
}
