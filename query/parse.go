package query

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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
//
// A query that ends in pipes, and a sequence, are refused, because who asks
// for events would drop them silently; ParsePiped reads the one,
// ParseStatement both.
//
// A text that begins with lucene: is read in Lucene's classic syntax.
func Parse(text string) (*Query, error) {
	s, err := parse(text, false, false)
	if err != nil {
		return nil, err
	}
	return s.Query, nil
}

// A Statement is all that may be typed where a query is asked for: a query or
// a sequence, with pipes behind it or without. It is immutable.
type Statement struct {
	Query    *Query    // nil where there is a Sequence
	Sequence *Sequence // nil where there is a Query
	Pipe     *Pipe     // nil where there is none
}

// ParseStatement reads a query or a sequence, which may end in pipes. An error
// is always a *SyntaxError.
func ParseStatement(text string) (*Statement, error) { return parse(text, true, true) }

// String is the canonical text; ParseStatement reads it back to an equal
// statement.
func (s *Statement) String() string {
	var text string
	if s.Sequence != nil {
		text = s.Sequence.String()
	} else {
		text = s.Query.String()
	}
	if s.Pipe != nil {
		text = strings.TrimSpace(text + " " + s.Pipe.String())
	}
	return text
}

// Fields lists the fields that a statement names, each once, in their order.
func (s *Statement) Fields() []Field {
	var of []Field
	if s.Sequence != nil {
		of = s.Sequence.Fields()
	} else {
		of = s.Query.Fields()
	}
	if s.Pipe != nil {
		for _, f := range s.Pipe.Fields() {
			if !slices.ContainsFunc(of, func(o Field) bool { return o.Name == f.Name }) {
				of = append(of, f)
			}
		}
	}
	return of
}

// Words lists the terms to highlight in what a statement found.
func (s *Statement) Words() []Term {
	if s.Sequence != nil {
		return s.Sequence.Words()
	}
	return s.Query.Words()
}

func parse(text string, piped, sequences bool) (*Statement, error) {
	p := parser{text: text, piped: piped}
	if len(text) > MaxText {
		p.fail(MaxText, "at most "+strconv.Itoa(MaxText)+" bytes of query")
		return nil, p.err
	}
	if !utf8.ValidString(text) {
		p.fail(invalidAt(text), "valid UTF-8")
		return nil, p.err
	}
	p.space()
	out := &Statement{}
	switch {
	case strings.HasPrefix(text[p.pos:], luceneMode):
		out.Query = &Query{Root: p.lucene(), Text: text}
	case p.atSequence():
		if !sequences {
			p.fail(p.pos, wantNoSequence)
		} else {
			out.Sequence = p.sequence()
		}
	default:
		out.Query = &Query{Root: p.search(), Text: text}
	}
	if s, _ := p.peek(); p.err == nil && p.pos < len(p.text) { // only what ends a search is left
		if s == pipe && !piped {
			p.fail(p.pos, wantNoPipe)
		} else if s == pipe {
			if out.Query != nil {
				out.Query.Text = strings.TrimRightFunc(text[:p.pos], unicode.IsSpace)
			}
			out.Pipe = p.pipes()
		} else {
			p.fail(p.pos, "no ')' here, it closes nothing; search for the sign in quotes")
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return out, nil
}

// search reads a query up to its end, or to what ends it.
func (p *parser) search() Node {
	s, size := p.peek()
	if p.err != nil || size == 0 || s == pipe && p.piped || s == stop {
		return All{}
	}
	return p.or(nil)
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
	piped   bool // a '|' ends the search, else it is refused
	step    bool // in the brackets of a sequence's step: a ']' ends the search
	err     *SyntaxError
}

func (p *parser) fail(offset int, want string) {
	if p.err == nil {
		p.err = &SyntaxError{Query: p.text, Offset: offset, Want: want}
	}
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
		if s, size := p.peek(); size == 0 || s == shut || s == stop || s == pipe && p.piped {
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
	case s == stop:
		p.fail(p.pos, p.missing(field)+" before ']'")
		return nil
	case s == pipe && p.piped:
		p.fail(p.pos, p.missing(field)+" before '|'")
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

// clause = term | "~" pattern | name ":" value | name compare value
func (p *parser) clause() Node {
	at := p.pos
	if p.atPattern() {
		return &Regexp{Bare: true, Pattern: p.pattern()}
	}
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

// value = "*" | term | "~" pattern | compare term | range
func (p *parser) value(field Field) Node {
	at := p.pos
	s, size := p.peek()
	switch {
	case size == 0 || s == shut || s == stop || s == pipe && p.piped:
		p.fail(at, "a value after ':'")
		return nil
	case s == less || s == greater:
		return p.comparison(field)
	case p.text[at] == '[' || p.text[at] == '{':
		return p.interval(field)
	case p.atPattern():
		if want := wrongRegexpField(field); want != "" {
			p.fail(at, want)
		}
		return &Regexp{Field: field, Pattern: p.pattern()}
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
	if s, size := p.peek(); size == 0 || s == shut || s == open || s == stop || s == pipe || p.reserved(true) != "" {
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
