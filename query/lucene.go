package query

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// luceneMode is what a query in Lucene's classic syntax begins with. What it
// means in our tree is told in docs/query.md; where Lucene's own parser would
// drop a part without a word (a AND b OR c), and/or/not bind as they do in our
// language.
const luceneMode = "lucene:"

// An occurrence is how a clause of a list counts.
type occurrence uint8

const (
	should  occurrence = iota // one of these, unless there is a must
	must                      // +
	mustNot                   // -, NOT, !
)

// lucene reads a query from pos to its end, or to a single '|'.
func (p *parser) lucene() Node {
	p.pos += len(luceneMode)
	p.space()
	if p.luceneEnd() && p.pos == len(p.text) {
		return All{}
	}
	root := p.luceneList(nil)
	if p.err == nil && p.pos < len(p.text) && p.text[p.pos] == ')' {
		p.fail(p.pos, `no ')' here, it closes nothing; search for the sign as \)`)
	}
	return root
}

// luceneEnd says whether a list ends at pos.
func (p *parser) luceneEnd() bool {
	if p.pos >= len(p.text) {
		return true
	}
	c := p.text[p.pos]
	return c == ')' || c == '|' && !strings.HasPrefix(p.text[p.pos:], "||")
}

// conjunction takes AND, OR, && or || at pos and gives "and", "or" or "".
func (p *parser) conjunction() string {
	for _, c := range [...]struct{ text, word string }{{"&&", "and"}, {"||", "or"}} {
		if strings.HasPrefix(p.text[p.pos:], c.text) {
			p.pos += len(c.text)
			p.space()
			return c.word
		}
	}
	for _, c := range [...]struct{ text, word string }{{"AND", "and"}, {"OR", "or"}} {
		if p.luceneWord(c.text) {
			p.pos += len(c.text)
			p.space()
			return c.word
		}
	}
	return ""
}

// luceneWord says whether a word of the syntax, in capitals, stands at pos.
func (p *parser) luceneWord(word string) bool {
	rest, ok := strings.CutPrefix(p.text[p.pos:], word)
	return ok && (rest == "" || strings.IndexByte(" \t\r\n()\"+-!|", rest[0]) >= 0 || strings.HasPrefix(rest, "\u3000"))
}

// luceneList = chain { [ OR ] chain }
func (p *parser) luceneList(field *Field) Node {
	var musts, shoulds, nots []Node
	or := false
	for {
		at := p.pos
		if word := p.conjunction(); word != "" {
			p.fail(at, "a word or a field before "+strings.ToUpper(word)+"; the word itself is searched in quotes")
			return nil
		}
		node, how := p.luceneChain(field)
		if p.err != nil {
			return nil
		}
		p.space()
		at = p.pos
		next := p.conjunction() == "or" // a chain ends behind its last AND
		if next && p.luceneEnd() {
			p.fail(at, "a word or a field after OR; the word itself is searched in quotes")
			return nil
		}
		switch {
		case how == must:
			musts = append(musts, node)
		case how == mustNot && !or && !next:
			nots = append(nots, &Not{Of: node})
		case how == mustNot: // "a OR NOT b"
			shoulds = append(shoulds, &Not{Of: node})
		default:
			shoulds = append(shoulds, node)
		}
		or = next
		if p.luceneEnd() {
			break
		}
	}
	if len(musts) == 0 && len(shoulds) > 0 {
		musts = append(musts, join(shoulds, false))
	}
	return join(append(musts, nots...), true)
}

// luceneChain = unary { AND unary }; how says how it counts, when it is alone.
func (p *parser) luceneChain(field *Field) (n Node, how occurrence) {
	var parts []Node
	for {
		node, occurs := p.luceneUnary(field)
		if p.err != nil {
			return nil, should
		}
		back := p.pos
		p.space()
		at := p.pos
		and := p.conjunction() == "and"
		if and && (p.luceneEnd() || p.luceneWord("AND") || p.luceneWord("OR")) {
			p.fail(at, "a word or a field after AND; the word itself is searched in quotes")
			return nil, should
		}
		if !and {
			p.pos = back
			if len(parts) == 0 {
				return node, occurs
			}
		}
		if occurs == mustNot {
			node = &Not{Of: node}
		}
		if parts = append(parts, node); !and {
			return join(parts, true), should
		}
	}
}

// join makes an And or an Or of parts, flat as a parsed one is.
func join(of []Node, all bool) Node {
	if len(of) == 1 {
		return of[0]
	}
	var flat []Node
	for _, n := range of {
		switch inner := n.(type) {
		case *And:
			if all {
				flat = append(flat, inner.Of...)
				continue
			}
		case *Or:
			if !all {
				flat = append(flat, inner.Of...)
				continue
			}
		}
		flat = append(flat, n)
	}
	if all {
		return &And{Of: flat}
	}
	return &Or{Of: flat}
}

// luceneUnary = { "+" | "-" | "!" | NOT } clause
func (p *parser) luceneUnary(field *Field) (Node, occurrence) {
	if !p.deeper() {
		return nil, should
	}
	defer p.higher()
	at := p.pos
	how := should
	switch {
	case p.luceneEnd():
		p.fail(at, p.missing(field))
		return nil, should
	case p.text[at] == '+':
		how = must
		p.pos++
	case p.text[at] == '-', p.text[at] == '!':
		how = mustNot
		p.pos++
	case p.luceneWord("NOT"):
		how = mustNot
		p.pos += len("NOT")
		p.space()
	default:
		return p.luceneClause(field), should
	}
	if s, size := p.peek(); size == 0 || s == space {
		p.fail(p.pos, "a word or a field behind '"+strings.TrimSpace(p.text[at:p.pos])+"'")
		return nil, should
	}
	node, inner := p.luceneUnary(field)
	if inner == mustNot {
		node = &Not{Of: node}
	}
	return node, how
}

// luceneClause = [ field ":" ] ( term | phrase | range | pattern | group )
func (p *parser) luceneClause(field *Field) Node {
	if p.clauses++; p.clauses > MaxClauses {
		p.fail(p.pos, "at most "+strconv.Itoa(MaxClauses)+" clauses")
		return nil
	}
	if field == nil && strings.HasPrefix(p.text[p.pos:], "*:*") {
		p.pos += len("*:*")
		p.boost()
		return All{}
	}
	if field == nil {
		if name, at, ok := p.luceneField(); ok {
			if name == "_exists_" {
				return p.luceneExists()
			}
			if strings.ContainsRune(name, luceneStar) || name == "" {
				p.fail(at, `a field name without '*'; a '*' that is part of the name is written \*`)
				return nil
			}
			f := Resolve(name)
			field = &f
		}
	}
	var n Node
	switch at := p.pos; {
	case p.luceneEnd():
		p.fail(at, p.missing(field))
		return nil
	case p.text[at] == '(':
		p.clauses-- // the group counts its own
		n = p.luceneGroup(field)
	case p.text[at] == '"':
		n = p.lucenePhrase(field)
	case p.text[at] == '/':
		n = p.lucenePattern(field)
	case (p.text[at] == '[' || p.text[at] == '{') && field == nil:
		p.fail(at, "a field before a range, as in timeCost:[100 TO 500]")
	case p.text[at] == '[' || p.text[at] == '{':
		n = p.interval(*field)
	case field != nil && (p.text[at] == '<' || p.text[at] == '>'):
		n = p.comparison(*field)
	default:
		n = p.luceneTerm(field)
	}
	if p.err == nil {
		p.boost()
	}
	return n
}

// luceneStar stands for a '*' in a field name until it is refused; no text
// that is valid UTF-8 in a log has it.
const luceneStar = '\uFFFF'

// luceneField takes a name and the ':' behind it, if that is what stands at
// pos.
func (p *parser) luceneField() (name string, at int, ok bool) {
	at = p.pos
	var b strings.Builder
	for i := at; i < len(p.text); {
		switch c := p.text[i]; {
		case c == ':':
			if i > at {
				p.pos = i + 1
				p.space()
				return b.String(), at, true
			}
			return "", at, false
		case c == '\\' && i+1 < len(p.text):
			_, size := utf8.DecodeRuneInString(p.text[i+1:])
			b.WriteString(p.text[i+1 : i+1+size])
			i += 1 + size
			continue
		case c == '*':
			b.WriteRune(luceneStar)
		case strings.IndexByte(" \t\r\n\"()[]{}^~?/|", c) >= 0:
			return "", at, false
		default:
			b.WriteByte(c)
		}
		i++
	}
	return "", at, false
}

func (p *parser) luceneExists() Node {
	at := p.pos
	t := p.luceneText()
	if p.err == nil && (t.text == "" || len(t.wild) > 0) {
		p.fail(at, "a field name after _exists_:")
	}
	return &Present{Field: Resolve(t.text)}
}

func (p *parser) luceneGroup(field *Field) Node {
	at := p.pos
	if !p.deeper() {
		return nil
	}
	defer p.higher()
	p.pos++
	p.space()
	n := p.luceneList(field)
	if p.err != nil {
		return nil
	}
	if p.pos >= len(p.text) || p.text[p.pos] != ')' {
		p.fail(at, "a ')' that closes this '('")
		return nil
	}
	p.pos++
	return n
}

func (p *parser) lucenePhrase(field *Field) Node {
	at := p.pos
	t := p.phrase(1)
	p.tooLong(at, t)
	if p.err == nil && p.pos < len(p.text) && p.text[p.pos] == '~' {
		p.fail(p.pos, `no '~' behind a phrase: its words stand next to each other; search for them one by one instead`)
	}
	return p.luceneEqual(at, field, t)
}

func (p *parser) lucenePattern(field *Field) Node {
	at := p.pos
	if field != nil {
		if want := wrongRegexpField(*field); want != "" {
			p.fail(at, want)
			return nil
		}
	}
	p.pos++
	text, ok := p.delimited('/')
	if !ok {
		p.fail(at, `a '/' that closes this pattern; a '/' that is searched for is written \/`)
		return nil
	}
	if want := wrongPattern(text); want != "" {
		p.fail(at, want)
		return nil
	}
	return pattern(field, text)
}

func pattern(field *Field, text string) Node {
	if field == nil {
		return &Regexp{Bare: true, Pattern: text}
	}
	return &Regexp{Field: *field, Pattern: text}
}

// A luceneRun is the text of a word, without its escapes, and where wildcards
// stand in it.
type luceneRun struct {
	text string
	wild []struct {
		at  int
		one bool // '?', else '*'
	}
}

// luceneText reads a word up to a space or a sign of the syntax.
func (p *parser) luceneText() luceneRun {
	var b strings.Builder
	var run luceneRun
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if s, _ := p.peek(); s == space || strings.IndexByte("\"()[]{}^~", c) >= 0 || c == '|' && p.luceneEnd() ||
			strings.HasPrefix(p.text[p.pos:], "&&") || strings.HasPrefix(p.text[p.pos:], "||") {
			break
		}
		switch c {
		case '\\':
			if p.pos++; p.pos == len(p.text) {
				p.fail(p.pos-1, `a sign after '\'; the sign '\' itself is written \\`)
				return run
			}
		case '*', '?':
			run.wild = append(run.wild, struct {
				at  int
				one bool
			}{b.Len(), c == '?'})
			p.pos++
			continue
		}
		_, size := utf8.DecodeRuneInString(p.text[p.pos:])
		b.WriteString(p.text[p.pos : p.pos+size])
		p.pos += size
	}
	run.text = b.String()
	return run
}

// luceneTerm = word, with '*' and '?'
func (p *parser) luceneTerm(field *Field) Node {
	at := p.pos
	run := p.luceneText()
	if p.err != nil {
		return nil
	}
	if p.pos < len(p.text) && p.text[p.pos] == '~' {
		p.fail(p.pos, "no '~' here: words that only resemble one are not found; a part of a word is, with '*' around it")
		return nil
	}
	t := Term{Text: run.text}
	ones := false
	for _, w := range run.wild {
		ones = ones || w.one
		if len(t.Stars) == 0 || t.Stars[len(t.Stars)-1] != w.at {
			t.Stars = append(t.Stars, w.at)
		}
	}
	p.tooLong(at, t)
	switch {
	case p.err != nil:
		return nil
	case t.Text == "" && t.Stars == nil:
		p.fail(at, p.missing(field)+`; a sign of the syntax is searched for behind a '\'`)
		return nil
	case ones:
		return p.luceneOnes(at, field, run)
	case t.Text == "" && field == nil:
		return All{}
	case t.Text == "":
		return &Present{Field: *field}
	}
	return p.luceneEqual(at, field, t)
}

func (p *parser) luceneEqual(at int, field *Field, t Term) Node {
	switch {
	case p.err != nil:
		return nil
	case field == nil:
		return &Word{Term: t}
	}
	if want := wrongValue(*field, t); want != "" {
		p.fail(at, want)
		return nil
	}
	return &Equal{Field: *field, Term: t}
}

// boost takes "^2". It changes nothing: what is found stands in the order of
// time.
func (p *parser) boost() {
	if p.pos >= len(p.text) || p.text[p.pos] != '^' {
		return
	}
	at := p.pos
	p.pos++
	number := p.peekWord()
	if _, err := strconv.ParseFloat(number, 64); err != nil {
		p.fail(at, `a number after '^', as in word^2; the sign itself is written \^`)
		return
	}
	p.pos += len(number)
}

// What a '?' stands for in a text, and what stands around words there; see
// Pattern.
const (
	luceneSign = `[\pL\pM\pN_]`
	luceneEdge = `[^\pL\pM\pN_]|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]`
)

// luceneOnes makes a regular expression of a word with '?', which our terms
// have no sign for: in texts one letter, digit or low line, in whole values
// any sign.
func (p *parser) luceneOnes(at int, field *Field, run luceneRun) Node {
	if field != nil {
		if want := wrongRegexpField(*field); want != "" {
			p.fail(at, want)
			return nil
		}
	}
	build := func(one, any string, literal func(string) string) string {
		var b strings.Builder
		from := 0
		for _, w := range run.wild {
			b.WriteString(literal(run.text[from:w.at]))
			from = w.at
			if w.one {
				b.WriteString(one)
			} else {
				b.WriteString(any)
			}
		}
		return b.String() + literal(run.text[from:])
	}
	text := `(?:\A|` + luceneEdge + `)` + build(luceneSign, luceneSign+"*", QuoteLiteral) + `(?:\z|` + luceneEdge + `)`
	whole := build("(?s:.)", "(?s:.*)", QuoteLiteral)
	var made string
	switch {
	case field == nil, field.Column.Type() == event.Text:
		made = text
	case field.Column == event.NoField: // a string in data: by words or as a whole
		made = text + `|\A` + whole + `\z`
	case field.Column == event.FieldTraceID, field.Column == event.FieldSpanID, field.Column == event.FieldChildOf:
		made = build(".", ".*", func(s string) string { return QuoteLiteral(event.NormalizeTraceID(s)) })
	default:
		made = whole
	}
	if want := wrongPattern(made); want != "" {
		p.fail(at, "a shorter word with '?'")
		return nil
	}
	return pattern(field, made)
}
