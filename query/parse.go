package query

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// What a query may be at most. Parse names the limit that a text is beyond.
const (
	MaxText    = 64 << 10 // bytes
	MaxDepth   = 1000     // parentheses and nots around a clause
	MaxClauses = 1000
)

// A SyntaxError says where a query stopped making sense. It is for the person
// who typed it.
type SyntaxError struct {
	Query  string
	Offset int    // in bytes; at most len(Query)
	Want   string // what would have been accepted, such as "a value after ':'"
}

func (e *SyntaxError) Error() string {
	return "column " + strconv.Itoa(e.Column()) + ": want " + e.Want
}

// Column counts characters from 1. The end of the query is one past the last.
func (e *SyntaxError) Column() int { return utf8.RuneCountInString(e.Query[:e.Offset]) + 1 }

// Parse reads a query. An error is always a *SyntaxError. The empty text
// matches all. It takes time in proportion to the length of the text, of
// which there may be MaxText.
//
// The tree is flat where it can be: parts of an And are no And, parts of an
// Or no Or. A field before a group is given to each part of it.
func Parse(text string) (*Query, error) {
	p := parser{text: text}
	if len(text) > MaxText {
		p.fail(MaxText, "at most "+strconv.Itoa(MaxText)+" bytes of query")
		return nil, p.err
	}
	if !utf8.ValidString(text) {
		p.fail(invalidAt(text), "valid UTF-8")
		return nil, p.err
	}
	p.otherModes()
	p.space()
	if p.err == nil && p.pos == len(p.text) {
		return &Query{Root: All{}, Text: text}, nil
	}
	root := p.or(nil)
	if p.err == nil && p.pos < len(p.text) { // only what ends an or is left
		p.fail(p.pos, "no ')' here, it closes nothing; search for the sign in quotes")
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Query{Root: root, Text: text}, nil
}

func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return len(text)
}

// A parser goes through the text once, from left to right. The first error
// stays; every step returns at once when there is one.
type parser struct {
	text    string
	pos     int
	depth   int
	clauses int
	err     *SyntaxError
}

func (p *parser) fail(offset int, want string) {
	if p.err == nil {
		p.err = &SyntaxError{Query: p.text, Offset: offset, Want: want}
	}
}

// otherModes refuses by name what later versions will read otherwise than as
// words.
func (p *parser) otherModes() {
	rest := strings.TrimLeftFunc(p.text, unicode.IsSpace)
	at := len(p.text) - len(rest)
	if strings.HasPrefix(rest, "lucene:") {
		p.fail(at, "this query language; lucene: is not in this version yet (a field of that name is data.lucene)")
		return
	}
	// sequence by FIELD [
	words := strings.Fields(rest[:min(len(rest), 512)])
	if len(words) > 3 && strings.EqualFold(words[0], "sequence") && strings.EqualFold(words[1], "by") && words[3][0] == '[' {
		p.fail(at, "a search; sequences are not in this version yet")
	}
}

// The signs of the syntax. The full-width ones stand for the others, since
// Chinese keyboards write them.
type sign uint8

const (
	ordinary sign = iota
	space
	open
	shut
	quote
	colon
	less
	greater
	pipe
	escape
	star
)

// peek gives the sign at pos and its size in bytes; at the end it is space
// with size 0.
func (p *parser) peek() (sign, int) {
	if p.pos >= len(p.text) {
		return space, 0
	}
	c := p.text[p.pos]
	if c < utf8.RuneSelf {
		switch c {
		case ' ', '\t', '\n', '\v', '\f', '\r':
			return space, 1
		case '(':
			return open, 1
		case ')':
			return shut, 1
		case '"':
			return quote, 1
		case ':':
			return colon, 1
		case '<':
			return less, 1
		case '>':
			return greater, 1
		case '|':
			return pipe, 1
		case '\\':
			return escape, 1
		case '*':
			return star, 1
		}
		return ordinary, 1
	}
	r, size := utf8.DecodeRuneInString(p.text[p.pos:])
	switch r {
	case '（':
		return open, size
	case '）':
		return shut, size
	case '“', '”':
		return quote, size
	case '：':
		return colon, size
	}
	if unicode.IsSpace(r) {
		return space, size
	}
	return ordinary, size
}

func (p *parser) space() {
	for {
		s, size := p.peek()
		if s != space || size == 0 {
			return
		}
		p.pos += size
	}
}

// reserved finds and, or or not at pos, in any letter case: "" when there is
// none. In the value of a field, ':' and comparisons do not end a word.
func (p *parser) reserved(value bool) string {
	if p.pos >= len(p.text) {
		return ""
	}
	for _, name := range [...]string{"and", "or", "not"} {
		end := p.pos + len(name)
		if end > len(p.text) || p.text[p.pos]|0x20 != name[0] || !strings.EqualFold(p.text[p.pos:end], name) {
			continue
		}
		after := parser{text: p.text, pos: end}
		switch s, _ := after.peek(); s {
		case space, open, shut, quote, pipe:
			return name
		case colon, less, greater:
			if !value {
				return name
			}
		}
	}
	return ""
}

// or = and { "or" and }. field is the field that a group stands behind.
func (p *parser) or(field *Field) Node {
	var of []Node
	for {
		part := p.and(field)
		if p.err != nil {
			return nil
		}
		if inner, ok := part.(*Or); ok { // "a or (b or c)"
			of = append(of, inner.Of...)
		} else {
			of = append(of, part)
		}
		if p.reserved(field != nil) != "or" {
			break
		}
		p.pos += len("or")
		p.space()
	}
	if len(of) == 1 {
		return of[0]
	}
	return &Or{Of: of}
}

// and = not { ["and"] not }
func (p *parser) and(field *Field) Node {
	var of []Node
	for {
		part := p.not(field)
		if p.err != nil {
			return nil
		}
		if inner, ok := part.(*And); ok {
			of = append(of, inner.Of...)
		} else {
			of = append(of, part)
		}
		p.space()
		if s, size := p.peek(); size == 0 || s == shut {
			break
		}
		word := p.reserved(field != nil)
		if word == "or" {
			break
		}
		if word == "and" {
			p.pos += len("and")
			p.space()
		}
	}
	if len(of) == 1 {
		return of[0]
	}
	return &And{Of: of}
}

// not = "not" not | primary
func (p *parser) not(field *Field) Node {
	if p.reserved(field != nil) != "not" {
		return p.primary(field)
	}
	if !p.deeper() {
		return nil
	}
	defer p.higher()
	p.pos += len("not")
	p.space()
	of := p.not(field)
	if p.err != nil {
		return nil
	}
	return &Not{Of: of}
}

func (p *parser) deeper() bool {
	if p.depth++; p.depth > MaxDepth {
		p.fail(p.pos, "at most "+strconv.Itoa(MaxDepth)+" levels of parentheses and nots")
	}
	return p.err == nil
}

func (p *parser) higher() { p.depth-- }

// primary = "(" or ")" | clause
func (p *parser) primary(field *Field) Node {
	if w := p.reserved(field != nil); w != "" {
		p.fail(p.pos, "a word or a field here; the word itself is searched in quotes: \""+w+"\"")
		return nil
	}
	s, size := p.peek()
	switch {
	case size == 0:
		p.fail(p.pos, p.missing(field))
		return nil
	case s == open:
		return p.group(field)
	case s == shut:
		p.fail(p.pos, p.missing(field)+" before ')'")
		return nil
	}
	if p.clauses++; p.clauses > MaxClauses {
		p.fail(p.pos, "at most "+strconv.Itoa(MaxClauses)+" clauses")
		return nil
	}
	if field != nil {
		return p.value(*field)
	}
	return p.clause()
}

// missing says what is wanted where there is nothing.
func (p *parser) missing(field *Field) string {
	if field != nil {
		return "a value of " + field.Name
	}
	return "a word or a field"
}

func (p *parser) group(field *Field) Node {
	if !p.deeper() {
		return nil
	}
	defer p.higher()
	at := p.pos
	_, size := p.peek()
	p.pos += size
	p.space()
	inner := p.or(field)
	if p.err != nil {
		return nil
	}
	s, size := p.peek()
	if s != shut {
		p.fail(at, "a ')' that closes this '('")
		return nil
	}
	p.pos += size
	return inner
}

// clause = term | name ":" value | name compare value
func (p *parser) clause() Node {
	at := p.pos
	switch s, _ := p.peek(); s {
	case colon:
		p.fail(at, "a field name before ':'; search for the sign in quotes")
	case less, greater:
		p.fail(at, "a field name before '"+p.text[at:at+1]+"'; search for the sign in quotes")
	}
	term := p.term(bareWord)
	if p.err != nil {
		return nil
	}
	end := p.pos
	p.space()
	s, size := p.peek()
	if s != colon && s != less && s != greater {
		p.pos = end
		if term.Text == "" { // only wildcards
			return All{}
		}
		return &Word{Term: term}
	}
	if len(term.Stars) > 0 {
		p.fail(at, "a field name without '*'; a '*' that is part of the name is written \\*")
		return nil
	}
	field := Resolve(term.Text)
	if s != colon {
		return p.comparison(field)
	}
	p.pos += size
	p.space()
	if s, _ := p.peek(); s == open {
		p.clauses-- // the group counts its own
		return p.group(&field)
	}
	return p.value(field)
}

// value = "*" | term | compare term | range
func (p *parser) value(field Field) Node {
	at := p.pos
	s, size := p.peek()
	switch {
	case size == 0 || s == shut:
		p.fail(at, "a value after ':'")
		return nil
	case s == less || s == greater:
		return p.comparison(field)
	case p.text[at] == '[' || p.text[at] == '{':
		return p.interval(field)
	}
	if w := p.reserved(true); w != "" {
		p.fail(at, "a value after ':'; the word itself is searched in quotes: \""+w+"\"")
		return nil
	}
	term := p.term(valueWord)
	if p.err != nil {
		return nil
	}
	if term.Text == "" {
		return &Present{Field: field}
	}
	if want := wrongValue(field, term); want != "" {
		p.fail(at, want)
		return nil
	}
	return &Equal{Field: field, Term: term}
}

// comparison = ( ">" | ">=" | "<" | "<=" ) term
func (p *parser) comparison(field Field) Node {
	at := p.pos
	op := Greater
	if p.text[at] == '<' {
		op = Less
	}
	p.pos++
	if strings.HasPrefix(p.text[p.pos:], "=") {
		op++ // GreaterEqual, LessEqual
		p.pos++
	}
	after := p.text[at:p.pos]
	if want := noOrder(field); want != "" {
		p.fail(at, want)
		return nil
	}
	p.space()
	valueAt := p.pos
	if s, size := p.peek(); size == 0 || s == shut || s == open || s == pipe || p.reserved(true) != "" {
		p.fail(valueAt, "a value after '"+after+"'")
		return nil
	}
	term := p.term(valueWord)
	if p.err != nil {
		return nil
	}
	value, want := readValue(field, term, op == Greater || op == LessEqual)
	if want != "" {
		p.fail(valueAt, want)
		return nil
	}
	return &Compare{Field: field, Op: op, Value: value}
}

// interval = ( "[" | "{" ) bound "to" bound ( "]" | "}" )
func (p *parser) interval(field Field) Node {
	at := p.pos
	if want := noOrder(field); want != "" {
		p.fail(at, want+"; a value that begins with '"+p.text[at:at+1]+"' goes in quotes")
		return nil
	}
	inclusive := p.text[at] == '['
	p.pos++
	low := p.bound(field, inclusive, !inclusive)
	if p.err != nil {
		return nil
	}
	if len(p.text)-p.pos < 2 || !strings.EqualFold(p.text[p.pos:p.pos+2], "to") {
		p.fail(p.pos, "'to' between the bounds, as in [100 to 500]")
		return nil
	}
	p.pos += len("to")
	// The closing bracket decides whether a day counts to its end, so the
	// bound is read twice, for either.
	back := p.pos
	high := p.bound(field, true, true)
	if p.err != nil {
		return nil
	}
	if p.pos >= len(p.text) || p.text[p.pos] != ']' && p.text[p.pos] != '}' {
		p.fail(p.pos, "a ']' or '}' that closes the range")
		return nil
	}
	if p.text[p.pos] == '}' {
		p.pos = back
		high = p.bound(field, false, false)
	}
	p.pos++
	if low == nil && high == nil {
		return &Present{Field: field}
	}
	return &Range{Field: field, Low: low, High: high}
}

// bound reads one bound and the space around it; nil is an open one.
func (p *parser) bound(field Field, inclusive, last bool) *Bound {
	p.space()
	at := p.pos
	if p.pos < len(p.text) && (p.text[p.pos] == ']' || p.text[p.pos] == '}') {
		p.fail(at, "a bound, or * for none")
		return nil
	}
	term := p.term(boundWord)
	if p.err != nil {
		return nil
	}
	p.space()
	if term.Text == "" {
		return nil
	}
	value, want := readValue(field, term, last)
	if want != "" {
		p.fail(at, want)
		return nil
	}
	return &Bound{Value: value, Inclusive: inclusive}
}

// A place is where a term stands; it decides which signs end it.
type place uint8

const (
	bareWord  place = iota // a word or a name
	valueWord              // after ':' or a comparison: ':', '<' and '>' are ordinary
	boundWord              // in a range: ']' and '}' end it too
)

// term reads a word or a phrase. A term of wildcards alone has no Text.
func (p *parser) term(where place) Term {
	at := p.pos
	s, size := p.peek()
	if s == quote {
		t := p.phrase(size)
		p.tooLong(at, t)
		return t
	}
	var t Term
	var b strings.Builder
	from := p.pos // of what is not yet in b; while b is unused, of the word
	copied := false
	take := func() {
		b.WriteString(p.text[from:p.pos])
		copied = true
	}
	for {
		s, size = p.peek()
		if size == 0 || s == space || s == open || s == shut || s == quote || s == pipe {
			break
		}
		if where == bareWord && (s == colon || s == less || s == greater) {
			break
		}
		if where == boundWord && (p.text[p.pos] == ']' || p.text[p.pos] == '}') {
			break
		}
		switch s {
		case escape:
			take()
			p.pos++
			if p.pos == len(p.text) {
				p.fail(p.pos-1, `a sign after '\'; the sign '\' itself is written \\`)
				return t
			}
			from = p.pos
			_, size = utf8.DecodeRuneInString(p.text[p.pos:])
		case star:
			take()
			if n := b.Len(); len(t.Stars) == 0 || t.Stars[len(t.Stars)-1] != n {
				t.Stars = append(t.Stars, n)
			}
			from = p.pos + 1
		}
		p.pos += size
	}
	if s == pipe {
		p.fail(p.pos, "no '|' here: pipes are not in this version yet; search for the sign in quotes")
		return t
	}
	if copied {
		take()
		t.Text = b.String()
	} else {
		t.Text = p.text[from:p.pos]
	}
	if t.Text == "" && t.Stars == nil {
		p.fail(at, "a word")
	}
	p.tooLong(at, t)
	return t
}

// phrase reads a phrase whose opening quote is size bytes long. A phrase in
// full-width quotes ends at a full-width one.
func (p *parser) phrase(size int) Term {
	at := p.pos
	closing := `"`
	if size > 1 {
		closing = "“”"
	}
	p.pos += size
	var b strings.Builder
	for {
		i := strings.IndexAny(p.text[p.pos:], closing+`\`)
		if i < 0 {
			p.fail(at, "a quote that closes this one")
			return Term{}
		}
		b.WriteString(p.text[p.pos : p.pos+i])
		p.pos += i
		if p.text[p.pos] != '\\' {
			break
		}
		p.pos++
		_, n := utf8.DecodeRuneInString(p.text[p.pos:])
		b.WriteString(p.text[p.pos : p.pos+n])
		p.pos += n
	}
	p.pos += size
	if b.Len() == 0 {
		p.fail(at, "text between the quotes; events without a value are found by not field:*")
	}
	return Term{Text: b.String(), Quoted: true}
}

func (p *parser) tooLong(at int, t Term) {
	if len(t.Text) < MaxTokens && len(t.Stars) == 0 {
		return
	}
	n := len(t.Stars)
	for range Tokens(t.Text) {
		if n++; n > MaxTokens {
			p.fail(at, "at most "+strconv.Itoa(MaxTokens)+" words, wildcards and characters of Chinese in one term")
			return
		}
	}
}

// wrongValue says what a value of the field looks like when t cannot be one.
func wrongValue(f Field, t Term) string {
	switch f.Column.Type() {
	case event.Timestamp:
		if _, _, ok := TimeBounds(t.Text); !ok || len(t.Stars) > 0 {
			return wantTime
		}
	case event.Number:
		if _, ok := CanonicalNumber(t.Text); !ok || len(t.Stars) > 0 {
			return wantNumber
		}
	case event.LevelType:
		if Levels(t) == [event.NumLevels]bool{} {
			return wantLevel
		}
	case event.JSON:
		return "a key of data, as in data.key:value; a bare word searches all text in data"
	}
	return ""
}

const (
	wantTime   = "a time such as 2026-11-20T14:32:07Z, 2026-11-20 or epoch ms"
	wantNumber = "a number such as 150 or 1.5e2"
	wantLevel  = "a level: debug, info, notice, warn, error or fatal"
)

// noOrder says why a field cannot be compared by size.
func noOrder(f Field) string {
	switch f.Column.Type() {
	case event.Keyword, event.Text, event.List, event.JSON:
		return "a field with an order before a comparison or a range; " + f.Column.Name() + " holds text"
	}
	return ""
}

// readValue reads the right side of a comparison. last chooses the end of a
// day, not its beginning.
func readValue(f Field, t Term, last bool) (v Value, want string) {
	v.Text = t.Text
	isNumber := false
	v.Number, isNumber = CanonicalNumber(t.Text)
	wild := len(t.Stars) > 0
	switch f.Column.Type() {
	case event.Timestamp:
		first, end, ok := TimeBounds(t.Text)
		if !ok || wild {
			return v, wantTime
		}
		v.IsTime = true
		v.Time = first
		if last {
			v.Time = end
		}
	case event.LevelType:
		level, ok := event.ParseLevel(t.Text)
		if !ok || wild {
			return v, wantLevel
		}
		v.Level = level
	default:
		if !isNumber || wild {
			return v, wantNumber
		}
	}
	return v, ""
}
