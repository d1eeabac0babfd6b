package query

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
	stop // ']' that ends a step of a sequence
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
		case ']':
			if p.step {
				return stop, 1
			}
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
		after := parser{text: p.text, pos: end, step: p.step}
		switch s, _ := after.peek(); s {
		case space, open, shut, quote, pipe, stop:
			return name
		case colon, less, greater:
			if !value {
				return name
			}
		}
	}
	return ""
}

// A place is where a term stands; it decides which signs end it.
type place uint8

const (
	bareWord  place = iota // a word or a name
	valueWord              // after ':' or a comparison: ':', '<' and '>' are ordinary
	boundWord              // in a range: ']' and '}' end it too
	pipeWord               // behind a '|': ':', '<' and '>' are ordinary, ',' ends it
	keyWord                // the field of a sequence: as bareWord, and '[' ends it
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
		if (where == bareWord || where == keyWord) && (s == colon || s == less || s == greater) || where == keyWord && p.text[p.pos] == '[' {
			break
		}
		if s == stop && where != boundWord {
			break
		}
		if where == boundWord && (p.text[p.pos] == ']' || p.text[p.pos] == '}') {
			break
		}
		if where == pipeWord && p.comma() > 0 {
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
	if s == pipe && (!p.piped || where == boundWord) {
		p.fail(p.pos, wantNoPipe)
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

const wantNoPipe = "no '|' here: pipes make a table, and events are asked for; search for the sign in quotes"

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
			p.fail(at, "at most "+strconv.Itoa(MaxTokens)+" tokens in one term: words, wildcards, single characters of scripts without spaces")
			return
		}
	}
}
