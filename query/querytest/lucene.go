package querytest

import (
	"strconv"
	"strings"

	"github.com/clewline/clewline/query"
)

// Lucene writes a query in Lucene's classic syntax, behind lucene:. Parse reads
// it as it was.
func Lucene(q *query.Query) string {
	var b strings.Builder
	b.WriteString("lucene:")
	writeLucene(&b, q.Root)
	return b.String()
}

func writeLucene(b *strings.Builder, n query.Node) {
	escaped := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if strings.ContainsRune(`+-&|!(){}[]^"~*?:\/<>`+" \t\n\u3000", r) || r > 0x7F && strings.TrimSpace(string(r)) == "" {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	term := func(t query.Term) {
		if t.Quoted {
			b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(t.Text) + `"`)
			return
		}
		from := 0
		for _, at := range t.Stars {
			b.WriteString(escaped(t.Text[from:at]) + "*")
			from = at
		}
		text := escaped(t.Text[from:])
		if from == 0 && (text == "AND" || text == "OR" || text == "NOT") {
			text = `\` + text
		}
		b.WriteString(text)
	}
	quoted := func(s string) string { return strconv.Quote(s) }
	field := func(f query.Field) { b.WriteString(escaped(f.Name) + ":") }
	bound := func(x *query.Bound) {
		if x == nil {
			b.WriteString("*")
		} else {
			b.WriteString(quoted(x.Value.Text))
		}
	}
	list := func(of []query.Node, sign string) {
		b.WriteString("(")
		for i, part := range of {
			if i > 0 {
				b.WriteString(" ")
			}
			b.WriteString(sign)
			writeLucene(b, part)
		}
		b.WriteString(")")
	}
	switch n := n.(type) {
	case query.All:
		b.WriteString("*:*")
	case *query.And:
		list(n.Of, "+")
	case *query.Or:
		list(n.Of, "")
	case *query.Not:
		list([]query.Node{n.Of}, "NOT ")
	case *query.Word:
		term(n.Term)
	case *query.Equal:
		field(n.Field)
		term(n.Term)
	case *query.Present:
		field(n.Field)
		b.WriteString("*")
	case *query.Compare:
		field(n.Field)
		b.WriteString([...]string{query.Greater: ">", query.GreaterEqual: ">=", query.Less: "<", query.LessEqual: "<="}[n.Op] + quoted(n.Value.Text))
	case *query.Range:
		field(n.Field)
		b.WriteString(map[bool]string{true: "[", false: "{"}[n.Low == nil || n.Low.Inclusive])
		bound(n.Low)
		b.WriteString(" TO ")
		bound(n.High)
		b.WriteString(map[bool]string{true: "]", false: "}"}[n.High == nil || n.High.Inclusive])
	case *query.Regexp:
		if !n.Bare {
			field(n.Field)
		}
		b.WriteString("/" + strings.ReplaceAll(n.Pattern, "/", `\/`) + "/")
	}
}
