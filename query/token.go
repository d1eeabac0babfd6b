package query

import (
	"encoding/binary"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Token is one unit that a term is compared by: a word, which is a maximal
// run of letters, combining marks, numbers and low lines; or a single, which
// is one Han, Hiragana, Katakana, Hangul or Thai character, because those
// scripts put no spaces between words.
type Token struct {
	Start, End int  // bytes in the text it stands in
	Single     bool // one character of a script without spaces
}

// Tokens scans a text, which may be of any length, without allocating.
// Tokens are compared by Fold of what they cover.
func Tokens(s string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for i := 0; ; {
			start, class := tokenStart(s, i)
			if class == separator {
				return
			}
			end := tokenEnd(s, start, class)
			if !yield(Token{start, end, class == single}) {
				return
			}
			i = end
		}
	}
}

// Fold gives the form in which tokens are compared: full-width letters,
// digits and the low line become half-width, and each character becomes the
// one that stands for all that simple case folding holds equal, as RE2's (?i)
// does it. For ASCII that is lower case.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || lowerASCII[c] != c {
			return strings.Map(fold, s)
		}
	}
	return s
}

// AppendFold appends Fold(s) to dst.
func AppendFold(dst []byte, s string) []byte {
	from := len(dst)
	dst = append(dst, s...)
	at := from
	for ; at+8 <= len(dst); at += 8 {
		// Eight bytes at a time, as long as they stay as they are. What is added
		// carries into a byte's highest bit from 'A' on, or from behind 'Z'.
		const ones, tops = 0x0101010101010101, 0x8080808080808080
		w := binary.LittleEndian.Uint64(dst[at:])
		if w&tops != 0 || ((w+ones*(0x80-'A'))^(w+ones*(0x7F-'Z')))&tops != 0 {
			break
		}
	}
	for ; at < len(dst) && dst[at] < utf8.RuneSelf; at++ {
		dst[at] = lowerASCII[dst[at]]
	}
	s, dst = s[at-from:], dst[:at]
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, lowerASCII[c])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if isSingle(r) {
			dst = append(dst, s[i:i+size]...)
		} else {
			dst = utf8.AppendRune(dst, fold(r))
		}
		i += size
	}
	return dst
}

// fold maps a character of a token to the one that stands for its width and
// its case-folding orbit.
func fold(r rune) rune {
	if r >= 0xFF10 && r <= 0xFF5A && asciiClass[r-0xFEE0] == word { // full-width digits, letters, low line
		return rune(lowerASCII[r-0xFEE0])
	}
	return foldCase(r)
}

// foldCase maps a character to the one that stands for its case-folding
// orbit: ASCII in lower case where there is one, else the least.
func foldCase(r rune) rune {
	if r < utf8.RuneSelf {
		return rune(lowerASCII[r])
	}
	if isSingle(r) { // these scripts have no case; saves a search in the tables
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if least < utf8.RuneSelf { // the Kelvin sign, the long s
		return rune(lowerASCII[least])
	}
	return least
}

// A class is what a character is to the token scanner.
type class uint8

const (
	separator class = iota
	word
	single
)

var (
	asciiClass [utf8.RuneSelf]class
	lowerASCII [256]byte // other bytes stay as they are

	// One bit a character of the basic plane: the scanner looks up each
	// character of each text, and range tables cost 20 times as much.
	wordBits, singleBits [1 << 16 / 64]uint64
)

// singleScripts are the scripts whose characters are tokens of their own.
// Thai needs a dictionary to be cut into words; character by character it is
// found without one.
var singleScripts = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai}

var wordCategories = []*unicode.RangeTable{unicode.L, unicode.M, unicode.N}

func init() {
	set := func(bits *[1 << 16 / 64]uint64, tables []*unicode.RangeTable) {
		for _, t := range tables {
			for _, r := range t.R16 {
				for c := uint32(r.Lo); c <= uint32(r.Hi); c += uint32(r.Stride) {
					bits[c/64] |= 1 << (c % 64)
				}
			}
		}
	}
	set(&singleBits, singleScripts)
	set(&wordBits, wordCategories)
	for _, r := range [...]rune{'_', '＿'} {
		wordBits[r/64] |= 1 << (r % 64)
	}
	for i := range wordBits {
		wordBits[i] &^= singleBits[i]
	}
	for c := range lowerASCII {
		lowerASCII[c] = byte(c)
		if c >= 'A' && c <= 'Z' {
			lowerASCII[c] = byte(c) + 'a' - 'A'
		}
	}
	for c := range rune(utf8.RuneSelf) {
		asciiClass[c] = classOf(c)
	}
}

func isSingle(r rune) bool {
	if r < 1<<16 {
		return singleBits[r/64]&(1<<(r%64)) != 0
	}
	return unicode.In(r, singleScripts...)
}

func isWord(r rune) bool {
	if r < 1<<16 {
		return wordBits[r/64]&(1<<(r%64)) != 0
	}
	return unicode.In(r, wordCategories...) && !unicode.In(r, singleScripts...)
}

func classOf(r rune) class {
	switch {
	case isWord(r):
		return word
	case isSingle(r):
		return single
	}
	return separator
}

// classAt gives the class and the size of the character at s[i]. Bytes that
// are no UTF-8 are separators.
func classAt(s string, i int) (class, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return asciiClass[c], 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	return classOf(r), size
}

// tokenStart finds the first token at or after i; its class is separator when
// there is none.
func tokenStart(s string, i int) (int, class) {
	for i < len(s) {
		c, size := classAt(s, i)
		if c != separator {
			return i, c
		}
		i += size
	}
	return i, separator
}

// tokenEnd gives the end of the token of class c that begins at i.
func tokenEnd(s string, i int, c class) int {
	if c == single {
		_, size := utf8.DecodeRuneInString(s[i:])
		return i + size
	}
	for i < len(s) {
		c, size := classAt(s, i)
		if c != word {
			break
		}
		i += size
	}
	return i
}
