package query

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// MaxTokens is the most tokens that one term has. RE2 takes 2 ms to compile
// each gap between two of them and refuses about 500.
const MaxTokens = 100

// The character classes of the patterns. Go and RE2 know no difference of
// classes, hence the double negation in wordChar: what is neither outside the
// letters nor in a script without spaces.
const (
	singleClass = `\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}`
	wordClass   = `\p{L}\p{M}\p{N}_＿`
	wordChar    = `(?:[^\P{L}` + singleClass + `]|[^\P{M}` + singleClass + `]|[^\P{N}` + singleClass + `]|[_＿])`
	notWord     = `[^` + wordClass + `]|[` + singleClass + `]`
	gap         = `[^` + wordClass + singleClass + `]`
	beginning   = `(?:\A|` + notWord + `)`
	ending      = `(?:\z|` + notWord + `)`
)

// Pattern gives the RE2 pattern that says what a term matches in a text
// field, or in a string in data. It is valid in Go's regexp and in RE2 and
// means the same in both; it is the oracle that all executors are held to.
//
// The term's tokens must stand next to each other in order. A wildcard that
// touches a word stands for any run of word characters, so for a part of one
// token. One that touches none stands, between two tokens, for one word or
// none, and says nothing at an end of the term ("登录*" is "登录"). A term
// without tokens matches as a literal substring, but for letter case; its
// wildcards are runs of word characters.
//
// Texts in full width are found too, letter by letter. A store that keeps the
// derived field words can therefore filter by (?i) and LongestLiteral first,
// if it lets through what has the literal in the field or in words.
func Pattern(t Term) string {
	s := shapeOf(t)
	var b strings.Builder
	if s.items == nil {
		for i, piece := range s.literal {
			if i > 0 {
				b.WriteString(wordChar + `*`)
			}
			writeLiteral(&b, piece)
		}
		return b.String()
	}
	last := len(s.items) - 1
	for i, it := range s.items {
		if i > 0 {
			writeGap(&b, s.items[i-1].single, it.single, it.holes)
		}
		if it.single {
			b.WriteString(it.pieces[0])
			continue
		}
		// At an end of the term a wildcard swallows the rest of the token, so
		// that there is nothing to demand of what stands beyond.
		if i == 0 && it.pieces[0] != "" {
			b.WriteString(beginning)
		}
		for j, piece := range it.pieces {
			if j > 0 && !(i == 0 && j == 1 && it.pieces[0] == "") && !(i == last && j == len(it.pieces)-1 && piece == "") {
				b.WriteString(wordChar + `*`)
			}
			writeFolded(&b, piece)
		}
		if i == last && it.pieces[len(it.pieces)-1] != "" {
			b.WriteString(ending)
		}
	}
	return b.String()
}

// writeGap writes what stands between two tokens: separators, at least one if
// both are words, and a word or none for each wildcard that stands alone.
func writeGap(b *strings.Builder, x, y bool, holes int) {
	between := func(x, y bool) string {
		if x || y {
			return gap + `*`
		}
		return gap + `+`
	}
	if holes == 0 {
		b.WriteString(between(x, y))
		return
	}
	b.WriteString(`(?:` + between(x, y) + `|` + between(x, false) + wordChar + `+`)
	if holes > 1 {
		b.WriteString(`(?:` + gap + `+` + wordChar + `+){0,` + strconv.Itoa(holes-1) + `}`)
	}
	b.WriteString(between(false, y) + `)`)
}

// writeFolded writes folded text of a word token: any letter case, any width.
func writeFolded(b *strings.Builder, s string) {
	if s == "" {
		return
	}
	b.WriteString(`(?i:`)
	for _, r := range s {
		if r < utf8.RuneSelf { // a letter, a digit or _, see fold
			b.WriteByte('[')
			b.WriteRune(r)
			b.WriteRune(r + 0xFEE0)
			b.WriteByte(']')
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte(')')
}

// PatternKeyword gives the RE2 pattern of a term that is compared with a
// whole value: letter case folded, a wildcard is any run of characters, line
// feeds too.
func PatternKeyword(t Term) string { return patternWhole("", t) }

func patternWhole(optional string, t Term) string {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	if optional != "" {
		b.WriteString(`(?:`)
		writeLiteral(&b, optional)
		b.WriteString(`)?`)
	}
	for i, piece := range t.pieces() {
		if i > 0 {
			b.WriteString(`.*`)
		}
		writeLiteral(&b, piece)
	}
	b.WriteString(`\z`)
	return b.String()
}

// PatternColumn gives the RE2 pattern of a term on a column: Pattern on a
// text field, else PatternKeyword, on the ids of traces of the term in its
// stored form, on the invoker also of what stands after "uid:". On a list it
// is the pattern of an element. Columns that hold no text have none: "".
func PatternColumn(f event.Field, t Term) string {
	switch f.Type() {
	case event.Text:
		return Pattern(t)
	case event.Keyword, event.List:
		if f == event.FieldInvoker {
			return patternWhole(invokerPrefix, t)
		}
		return PatternKeyword(t.On(f))
	}
	return ""
}

// invokerPrefix is what an invoker that is a user begins with.
const invokerPrefix = "uid:"

// LongestLiteral gives the longest piece of the term's text that every match
// holds, in some letter case and width: a prefilter, put through QuoteLiteral
// behind (?i). It never spans two tokens, since any separators may stand
// between them. It is "" when there is none.
func LongestLiteral(t Term) string {
	s := shapeOf(t)
	longest, most := "", 0
	consider := func(piece string) {
		if n := utf8.RuneCountInString(piece); n > most {
			longest, most = piece, n
		}
	}
	for _, it := range s.items {
		for _, piece := range it.pieces {
			consider(piece)
		}
	}
	for _, piece := range s.literal {
		consider(piece)
	}
	return longest
}

// QuoteLiteral makes a pattern of a text that means itself, in Go's regexp
// and in RE2.
func QuoteLiteral(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < ' ' || r == 0x7F:
			b.WriteString(`\x{` + strconv.FormatInt(int64(r), 16) + `}`)
		case r < utf8.RuneSelf && asciiClass[r] != word && r != ' ':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func writeLiteral(b *strings.Builder, s string) {
	if s != "" {
		b.WriteString(`(?i:` + QuoteLiteral(s) + `)`)
	}
}

// On gives the term as it is compared with a column: without dashes and in
// lower case for the ids of traces and spans, which are stored so, else as it
// is.
func (t Term) On(f event.Field) Term {
	if f != event.FieldTraceID && f != event.FieldSpanID && f != event.FieldChildOf || event.NormalizeTraceID(t.Text) == t.Text {
		return t
	}
	normal := Term{Quoted: t.Quoted}
	for i, piece := range t.pieces() {
		if i > 0 {
			normal.Stars = append(normal.Stars, len(normal.Text))
		}
		normal.Text += event.NormalizeTraceID(piece)
	}
	return normal
}

// pieces cuts the text at the wildcards: n wildcards make n+1 pieces.
func (t Term) pieces() []string {
	pieces := make([]string, 0, len(t.Stars)+1)
	from := 0
	for _, at := range t.Stars {
		pieces = append(pieces, t.Text[from:at])
		from = at
	}
	return append(pieces, t.Text[from:])
}

// A shape is a term as the patterns and the matcher see it: its tokens, or,
// when it has none, its text cut at the wildcards.
type shape struct {
	items   []item
	literal []string
}

// An item is one token of a term.
type item struct {
	// pieces are the folded text of the token, cut at its wildcards. A single
	// has one; a word that begins or ends in a wildcard has "" there.
	pieces []string
	single bool
	// holes counts the wildcards that stand alone between the item before and
	// this one.
	holes int
}

func shapeOf(t Term) shape {
	var (
		s     shape
		open  bool   // the last item is a word that may go on
		piece []byte // its last piece, not yet in it
		holes int
	)
	add := func(it item) {
		if s.items != nil {
			it.holes = holes
		}
		holes = 0
		s.items = append(s.items, it)
	}
	cut := func() { // ends the piece
		it := &s.items[len(s.items)-1]
		it.pieces = append(it.pieces, string(piece))
		piece = piece[:0]
	}
	stars := t.Stars
	for i := 0; i <= len(t.Text); {
		c, size := separator, 1
		if i < len(t.Text) {
			c, size = classAt(t.Text, i)
		}
		if len(stars) > 0 && stars[0] == i {
			stars = stars[1:]
			switch {
			case open:
				cut()
			case c == word:
				add(item{})
				cut()
				open = true
			default:
				holes++
			}
		}
		if c != word && open {
			cut()
			open = false
		}
		if i == len(t.Text) {
			break
		}
		text := t.Text[i : i+size]
		switch c {
		case word:
			if !open {
				add(item{})
				open = true
			}
			piece = append(piece, Fold(text)...)
		case single:
			add(item{pieces: []string{text}, single: true})
		}
		i += size
	}
	if s.items == nil {
		s.literal = t.pieces()
		for len(s.literal) > 1 && s.literal[0] == "" {
			s.literal = s.literal[1:]
		}
		for n := len(s.literal); n > 1 && s.literal[n-1] == ""; n-- {
			s.literal = s.literal[:n-1]
		}
	}
	return s
}
