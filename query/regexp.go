package query

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/clewline/clewline/event"
)

// What a regular expression may be at most. It takes time in proportion to the
// text, whatever it is; these bound by how much.
const (
	MaxPattern      = 2000 // bytes
	maxInstructions = 2000
)

// Regexp is field:~"pattern": an RE2 pattern, letter case folded, found
// anywhere in a text field or in a string in data, or the whole of any other
// value. A bare one, ~"pattern", is looked for in the text fields
// (event.BareText) and in the id and who fields (event.BareKeyword).
type Regexp struct {
	Field   Field // not set when Bare
	Bare    bool
	Pattern string
}

func (*Regexp) node() {}

// wrongPattern says what is wrong with a pattern, "" for nothing.
func wrongPattern(pattern string) string {
	if pattern == "" {
		return "a pattern between the quotes"
	}
	if len(pattern) > MaxPattern {
		return "at most " + strconv.Itoa(MaxPattern) + " bytes of regular expression"
	}
	re, err := syntax.Parse(pattern, syntax.Perl|syntax.FoldCase)
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return "a regular expression as RE2 reads it (" + reason + ")"
	}
	if instructions(re) > maxInstructions {
		return "a smaller regular expression: its repetitions make more than " + strconv.Itoa(maxInstructions) + " steps"
	}
	return ""
}

// instructions estimates the size of the program, without making it.
func instructions(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += instructions(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(1, re.Min, re.Max)
	}
	return min(n, 1<<20)
}

// wrongRegexpField says why a field has no text to look for a pattern in.
func wrongRegexpField(f Field) string {
	switch f.Column.Type() {
	case event.Timestamp, event.Number, event.JSON:
		return "a field of text before a regular expression; " + f.Column.Name() + " holds none"
	}
	return ""
}

// A patternTest is a pattern, ready to run.
type patternTest struct{ anywhere, whole *regexp.Regexp }

func patternOf(pattern string) patternTest {
	return patternTest{regexp.MustCompile("(?i:" + pattern + ")"), regexp.MustCompile(`\A(?i:` + pattern + `)\z`)}
}

// find says whether a text holds a match; "" is an absent value.
func (p *patternTest) find(s string) bool { return s != "" && p.anywhere.MatchString(s) }

// is says whether a text is a match.
func (p *patternTest) is(s string) bool { return s != "" && p.whole.MatchString(s) }

func compileRegexp(n *Regexp) test {
	p := patternOf(n.Pattern)
	if n.Bare {
		return func(e *event.Event) bool {
			for _, f := range event.BareText {
				if p.find(e.String(f)) {
					return true
				}
			}
			for _, f := range event.BareKeyword {
				if p.is(e.String(f)) {
					return true
				}
			}
			return false
		}
	}
	column := n.Field.Column
	switch column.Type() {
	case event.Text:
		return func(e *event.Event) bool { return p.find(e.String(column)) }
	case event.Keyword:
		return func(e *event.Event) bool {
			s := e.String(column)
			if p.is(s) {
				return true
			}
			n := len(invokerPrefix)
			return column == event.FieldInvoker && len(s) > n && strings.EqualFold(s[:n], invokerPrefix) && p.is(s[n:])
		}
	case event.List:
		return func(e *event.Event) bool {
			for _, s := range e.Strings(column) {
				if p.is(s) {
					return true
				}
			}
			return false
		}
	case event.LevelType:
		return func(e *event.Event) bool { return p.is(e.Level.String()) }
	case event.Timestamp, event.Number, event.JSON:
		return never // the parser lets none through
	}
	clause := patternClause(n.Field, p)
	return func(e *event.Event) bool { return clause.match(e.Data) }
}

// atPattern says that ~" stands at pos.
func (p *parser) atPattern() bool { return strings.HasPrefix(p.text[p.pos:], `~"`) }

// pattern reads ~"...". In it only \" stands for a quote; every other escape
// is the pattern's own.
func (p *parser) pattern() string {
	at := p.pos
	p.pos += len(`~"`)
	text, ok := p.delimited('"')
	if !ok {
		p.fail(at, `a quote that closes this pattern; a quote in it is written \"`)
		return ""
	}
	if want := wrongPattern(text); want != "" {
		p.fail(at, want)
	}
	return text
}

// delimited reads up to the sign that ends a pattern, which stands in it
// behind a '\'.
func (p *parser) delimited(end byte) (string, bool) {
	var b strings.Builder
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		p.pos++
		switch {
		case c == end:
			return b.String(), true
		case c == '\\' && p.pos < len(p.text):
			if p.text[p.pos] != end && p.text[p.pos] != '"' {
				b.WriteByte(c)
			}
			b.WriteByte(p.text[p.pos])
			p.pos++
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

func writePattern(b *writer, pattern string) {
	b.WriteString(`~"`)
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '"':
			b.WriteString(`\"`)
		case c == '\\' && i+1 < len(pattern):
			b.WriteByte(c)
			i++
			b.WriteByte(pattern[i])
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}
