package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A wholeTerm is compared with whole values: see PatternKeyword.
type wholeTerm struct {
	pieces []string // cut at the wildcards, case folded
	// sameLen: only texts of this length can be equal, since no sign of the
	// term folds to one of another length.
	sameLen bool
}

func wholeOf(t Term) wholeTerm {
	w := wholeTerm{pieces: t.pieces(), sameLen: true}
	for i, piece := range w.pieces {
		w.pieces[i] = strings.Map(foldCase, piece)
	}
	for _, c := range []byte(t.Text) {
		if c = lowerASCII[c]; c >= utf8.RuneSelf || c == 'k' || c == 's' { // the Kelvin sign, the long s
			w.sameLen = false
		}
	}
	return w
}

// match compares; "" is an absent value and matches nothing.
func (w *wholeTerm) match(s string) bool {
	if s == "" {
		return false
	}
	if len(w.pieces) == 1 && w.sameLen && len(s) != len(w.pieces[0]) {
		return false
	}
	return glob(s, 0, len(s), w.pieces, foldCase)
}

// glob says whether s[lo:hi] is the pieces in order, with anything between
// them. Taking each piece at the first place it fits is enough: what is left
// for the rest is then longest.
func glob(s string, lo, hi int, pieces []string, fold func(rune) rune) bool {
	last := len(pieces) - 1
	lo = prefix(s[:hi], lo, pieces[0], fold)
	if last == 0 || lo < 0 {
		return lo == hi
	}
	if hi = suffix(s, lo, hi, pieces[last], fold); hi < 0 {
		return false
	}
	for _, piece := range pieces[1:last] {
		for end := -1; end < 0; {
			if end = prefix(s[:hi], lo, piece, fold); end >= 0 {
				lo = end
				break
			}
			if lo >= hi {
				return false
			}
			_, size := utf8.DecodeRuneInString(s[lo:hi])
			lo += size
		}
	}
	return true
}

// prefix gives the end of piece, which is folded, at s[i:]; -1 when it is not
// there.
func prefix(s string, i int, piece string, fold func(rune) rune) int {
	for j := 0; j < len(piece); {
		if i >= len(s) {
			return -1
		}
		c, p := s[i], piece[j]
		if c < utf8.RuneSelf {
			if lowerASCII[c] != p {
				return -1
			}
			i++
			j++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		want, wantSize := utf8.DecodeRuneInString(piece[j:])
		if r != want && fold(r) != want {
			return -1
		}
		i += size
		j += wantSize
	}
	return i
}

// suffix gives the beginning of piece, which is folded, at the end of
// s[lo:hi]; -1 when it is not there.
func suffix(s string, lo, hi int, piece string, fold func(rune) rune) int {
	for j := len(piece); j > 0; {
		if hi <= lo {
			return -1
		}
		r, size := utf8.DecodeLastRuneInString(s[lo:hi])
		want, wantSize := utf8.DecodeLastRuneInString(piece[:j])
		if r != want && fold(r) != want {
			return -1
		}
		hi -= size
		j -= wantSize
	}
	return hi
}

// A textTerm is found in texts by its tokens: see Pattern. Where it can, it
// does not look at each token of a text, but leaps to where a rare sign of its
// first word stands; token by token costs about ten times as much.
type textTerm struct {
	shape
	holes bool // some wildcard stands alone between two tokens

	// The anchor is an ASCII piece of the first word. Texts in which it does
	// not stand may still have it in full width, or with a Kelvin sign or a
	// long s.
	anchor         string
	pivot          int // of its rarest byte
	lower, upper   byte
	hasK, hasS     bool
	begins         bool // the word begins with the anchor
	exactLiteral   bool // the literal is in one case: nothing to fold
	literalPattern []string
}

func textOf(t Term) *textTerm {
	x := &textTerm{shape: shapeOf(t)}
	if x.items == nil {
		x.exactLiteral = len(x.literal) == 1
		for _, piece := range x.literal {
			for _, r := range piece {
				x.exactLiteral = x.exactLiteral && unicode.SimpleFold(r) == r
			}
			x.literalPattern = append(x.literalPattern, strings.Map(foldCase, piece))
		}
		return x
	}
	for _, it := range x.items {
		x.holes = x.holes || it.holes > 0
	}
	first := x.items[0]
	if first.single || x.holes {
		return x
	}
	x.begins = first.pieces[0] != ""
	for _, piece := range first.pieces {
		if isASCII(piece) && len(piece) > len(x.anchor) {
			x.anchor = piece
		}
		if x.begins {
			break // else the anchor's place would not tell the token's
		}
	}
	for i := range len(x.anchor) {
		c := x.anchor[i]
		if rarity(c) > rarity(x.anchor[x.pivot]) {
			x.pivot = i
		}
		x.hasK = x.hasK || c == 'k'
		x.hasS = x.hasS || c == 's'
	}
	if x.anchor != "" {
		x.lower = x.anchor[x.pivot]
		x.upper = x.lower
		if x.lower >= 'a' && x.lower <= 'z' {
			x.upper -= 'a' - 'A'
		}
	}
	return x
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// rarity orders the signs of words from frequent to rare in English logs.
func rarity(c byte) int { return strings.IndexByte("etaoinsrldcmpuhgfb0_1wyv2k34567x89jqz", c) }

// match says whether the term stands in s; "" is an absent value.
func (x *textTerm) match(s string) bool {
	switch {
	case s == "":
		return false
	case x.items == nil:
		return x.matchLiteral(s)
	case x.holes:
		return x.matchHoles(s)
	case x.items[0].single:
		first := x.items[0].pieces[0]
		for i := 0; ; i += len(first) {
			at := strings.Index(s[i:], first)
			if at < 0 {
				return false
			}
			if i += at; len(x.items) == 1 || x.matchAt(s, i, single) {
				return true
			}
		}
	case x.anchor != "":
		if x.matchAnchored(s) {
			return true
		}
		if !x.otherSpellings(s) {
			return false
		}
	}
	for i := 0; ; {
		start, c := tokenStart(s, i)
		if c == separator {
			return false
		}
		if x.matchAt(s, start, c) {
			return true
		}
		i = tokenEnd(s, start, c)
	}
}

// matchAnchored tries each place where the anchor stands in half width.
func (x *textTerm) matchAnchored(s string) bool {
	lower, upper := -1, -1 // the next places of the pivot, in either case
	for from := 0; ; {
		i := from + x.pivot
		if i >= len(s) {
			return false
		}
		if lower < i {
			lower = indexFrom(s, i, x.lower)
		}
		if upper < i {
			upper = lower
			if x.upper != x.lower {
				upper = indexFrom(s, i, x.upper)
			}
		}
		at := min(lower, upper) - x.pivot
		if at+len(x.anchor) > len(s) {
			return false
		}
		from = at + 1
		if !hasFold(s[at:], x.anchor) {
			continue
		}
		start := at
		if !x.begins {
			start = wordStart(s, at)
		} else if r, _ := utf8.DecodeLastRuneInString(s[:at]); isWord(r) {
			continue
		}
		if x.matchAt(s, start, word) {
			return true
		}
		if !x.begins {
			// This token is done with; going on inside it would walk back to
			// its start again and again.
			from = tokenEnd(s, at, word)
		}
	}
}

// indexFrom finds a byte at or after i; it is beyond the end when not there.
func indexFrom(s string, i int, c byte) int {
	if at := strings.IndexByte(s[i:], c); at >= 0 {
		return i + at
	}
	return len(s) + MaxText
}

// hasFold: s begins with piece, which is folded ASCII.
func hasFold(s, piece string) bool {
	for i := range len(piece) {
		if lowerASCII[s[i]] != piece[i] {
			return false
		}
	}
	return true
}

// wordStart goes back from i to where its run of word characters begins.
func wordStart(s string, i int) int {
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if !isWord(r) {
			break
		}
		i -= size
	}
	return i
}

// otherSpellings says whether s has signs that count as an ASCII letter,
// digit or low line of the anchor and are none.
func (x *textTerm) otherSpellings(s string) bool {
	for i := 0; ; i++ {
		at := strings.IndexByte(s[i:], 0xEF) // the first byte of full-width signs
		if at < 0 {
			break
		}
		i += at
		if r, _ := utf8.DecodeRuneInString(s[i:]); r >= 0xFF10 && r <= 0xFF5A && asciiClass[r-0xFEE0] == word {
			return true
		}
	}
	return x.hasS && strings.Contains(s, "ſ") || x.hasK && strings.Contains(s, "\u212A")
}

// matchAt says whether the tokens from i on, where one of class c begins, are
// those of the term.
func (x *textTerm) matchAt(s string, i int, c class) bool {
	for k := range x.items {
		if k > 0 {
			if i, c = tokenStart(s, i); c == separator {
				return false
			}
		}
		if i = x.items[k].match(s, i, c); i < 0 {
			return false
		}
	}
	return true
}

// match gives the end of the token of class c at i, or -1 when it is not the
// item's.
func (it *item) match(s string, i int, c class) int {
	switch {
	case it.single != (c == single):
		return -1
	case it.single:
		if !strings.HasPrefix(s[i:], it.pieces[0]) {
			return -1
		}
		return i + len(it.pieces[0])
	case len(it.pieces) == 1:
		end := prefix(s, i, it.pieces[0], fold)
		if end >= 0 && end < len(s) {
			if c, _ := classAt(s, end); c == word {
				return -1
			}
		}
		return end
	}
	end := tokenEnd(s, i, word)
	if !glob(s, i, end, it.pieces, fold) {
		return -1
	}
	return end
}

// matchHoles runs the term over all tokens of s at once, keeping the set of
// places in the term that may come next; trying them one by one could take
// exponential time.
func (x *textTerm) matchHoles(s string) bool {
	// Place p of the term is steps[p]: an item, or, when it is nil, a word or
	// none.
	var steps []*item
	for i := range x.items {
		for range x.items[i].holes {
			steps = append(steps, nil)
		}
		steps = append(steps, &x.items[i])
	}
	now, next := make([]bool, len(steps)), make([]bool, len(steps))
	reach := func(places []bool, p int) {
		places[p] = true
		for steps[p] == nil { // the last step is an item
			p++
			places[p] = true
		}
	}
	for i := 0; ; {
		start, c := tokenStart(s, i)
		if c == separator {
			return false
		}
		now[0] = true // the first step is an item
		clear(next)
		for p, step := range steps {
			if !now[p] {
				continue
			}
			if step == nil && c == word || step != nil && step.match(s, start, c) >= 0 {
				if p == len(steps)-1 {
					return true
				}
				reach(next, p+1)
			}
		}
		now, next = next, now
		i = tokenEnd(s, start, c)
	}
}

// matchLiteral finds a term without tokens. Its pieces hold no word
// characters and the wildcards stand for nothing else, so there is one way to
// go on from each place.
func (x *textTerm) matchLiteral(s string) bool {
	if x.exactLiteral {
		return strings.Contains(s, x.literal[0])
	}
	for start := 0; start < len(s); {
		end := prefix(s, start, x.literalPattern[0], foldCase)
		for _, piece := range x.literalPattern[1:] {
			if end < 0 {
				break
			}
			end = prefix(s, tokenEnd(s, end, word), piece, foldCase)
		}
		if end >= 0 {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[start:])
		start += size
	}
	return false
}
