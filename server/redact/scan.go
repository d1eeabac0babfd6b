package redact

import (
	"strings"
	"unicode/utf8"
)

// What a scan finds worth a closer look.
const (
	hasCard   uint32 = 1 << iota // digits that may be a card number
	hasID                        // ... a resident ID number
	hasMobile                    // ... a mobile number
	hasJWT                       // "eyJ"
	hasScheme                    // Bearer, Basic, or user:password@
	hasEmail                     // "@"
	hasKey                       // one of the names, and a separator behind it
	hasEscape                    // \u, which may hide any of them in data
	hasWide                      // full-width letters or digits, which may do so anywhere
)

// What a byte may begin or end; 0 for most of them.
const (
	digit = iota + 1
	separator
	percent
	upperJ
	letterB
	at
	backslash
	lead // of full-width signs
)

var class = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = digit
	}
	t[':'], t['='], t['>'], t['%'], t['J'], t['B'], t['b'], t['@'], t['\\'], t[0xEF] = separator, separator, separator, percent, upperJ, letterB, letterB, at, backslash, lead
	return t
}()

// scan looks once through a text and says what may be in it. It finds all
// that there is and sometimes more; the detectors decide. It is written by
// hand because each event goes through it: one pass over a table of bytes is
// a fifth of the cost of one regular expression.
func scan(s string, names *keyTable) (found uint32) {
	for i := 0; i < len(s); i++ {
		for class[s[i]] == 0 {
			if i++; i == len(s) {
				return found
			}
		}
		switch class[s[i]] {
		case digit:
			end := i + 1
			for end < len(s) && class[s[end]] == digit {
				end++
			}
			if end-i >= 11 {
				found |= longRun(s, i, end)
			}
			if end+1 < len(s) && (s[end] == ' ' || s[end] == '-') && class[s[end+1]] == digit {
				found |= groupedRun(s, i)
			}
			i = end - 1
		case separator:
			if found&hasKey == 0 && names.endsBefore(s, i) {
				found |= hasKey
			}
		case percent: // %3D and %3A are "=" and ":"
			if i+2 < len(s) && s[i+1] == '3' && isEncodedSeparator(s[i+2]) && names.endsBefore(s, i) {
				found |= hasKey
			}
		case upperJ:
			if i >= 2 && s[i-1] == 'y' && s[i-2] == 'e' {
				found |= hasJWT
			}
		case letterB:
			if i+6 < len(s) && (s[i+1]|0x20 == 'e' && strings.EqualFold(s[i:i+6], "bearer") || s[i+1]|0x20 == 'a' && strings.EqualFold(s[i:i+5], "basic")) {
				found |= hasScheme
			}
		case at:
			if found |= hasEmail; strings.Contains(s[max(0, i-mostUserinfo):i], "://") {
				found |= hasScheme
			}
		case backslash:
			if i+1 < len(s) && s[i+1] == 'u' {
				found |= hasEscape
			}
		case lead:
			if i+2 >= len(s) {
				continue
			}
			switch b, c := s[i+1], s[i+2]; {
			case b == 0xBC && (c >= 0x90 && c <= 0x99 || c >= 0xA1 && c <= 0xBA) || b == 0xBD && c >= 0x81 && c <= 0x9A:
				found |= hasWide
			case b == 0xBC && (c == 0x9A || c == 0x9D): // full-width ":" and "="
				if names.endsBefore(s, i) {
					found |= hasKey
				}
			}
		}
	}
	return found
}

func isEncodedSeparator(c byte) bool { return c == 'D' || c == 'd' || c == 'A' || c == 'a' }

// longRun looks at a run of 11 or more digits. Most of them are times and ids,
// which begin with a 1.
func longRun(s string, start, end int) (found uint32) {
	n := end - start
	if start > 0 && isWord(s[start-1]) {
		return 0
	}
	if n >= 13 && n <= 19 && issued(s[start:end]) && luhn(s[start:end]) {
		found |= hasCard
	}
	if n == 18 || n == 17 && end < len(s) && s[end]|0x20 == 'x' {
		found |= hasID
	}
	if s[start] == '1' && n == 11 || n == 13 && strings.HasPrefix(s[start:], "861") || n == 15 && strings.HasPrefix(s[start:], "00861") {
		found |= hasMobile
	}
	return found
}

// groupedRun looks at digits in groups: 4111 1111 1111 1111, 138-0013-8000. A
// date with an hour behind it has ten.
func groupedRun(s string, start int) (found uint32) {
	digits := 0
	for i := start; i < len(s) && i < start+64; i++ {
		if class[s[i]] == digit {
			digits++
		} else if s[i] != ' ' && s[i] != '-' || i+1 == len(s) || class[s[i+1]] != digit {
			break
		}
	}
	switch {
	case digits >= 13:
		return hasCard | hasMobile | hasID
	case digits >= 11:
		return hasMobile
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isWord says whether a byte is of a word: a number beside it is a part of
// something else.
func isWord(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// fold gives a text with its full-width ASCII made half-width, and where each
// byte of it came from, one more for its end. offsets is nil when there is
// none: the text is the same.
func fold(s string) (_ string, offsets []int) {
	wide := false
	for i := strings.IndexByte(s, 0xEF); i >= 0 && i+2 < len(s) && !wide; {
		wide = s[i+1] == 0xBC || s[i+1] == 0xBD
		next := strings.IndexByte(s[i+1:], 0xEF)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if !wide {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	offsets = make([]int, 0, len(s)+1)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if isFullWidth(r) {
			b, offsets = append(b, byte(r-0xFEE0)), append(offsets, i)
		} else {
			for j := range size {
				b, offsets = append(b, s[i+j]), append(offsets, i+j)
			}
		}
		i += size
	}
	return string(b), append(offsets, len(s))
}
