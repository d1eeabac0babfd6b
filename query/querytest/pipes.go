package querytest

import (
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Pipe gives pipes over fields that generated events have. Each was printed
// and parsed, so it is one that could be typed.
func Pipe() *rapid.Generator[*query.Pipe] {
	return rapid.Custom(func(t *rapid.T) *query.Pipe {
		for {
			text := pipeText(t)
			if _, p, err := query.ParsePiped(text); err == nil {
				return p
			} else if !strings.Contains(err.Error(), "once") { // a column twice
				t.Fatalf("the generated pipe %q: %v", text, err)
			}
		}
	})
}

var (
	keyFields = []string{"level", "service", "account", "logid", "id", "msg", "filePath", "flags", "seq", "timeCost", "kind", "invoker", "a", "a.b", "data.items.price", "键", `"x y"`, "n"}
	numbered  = []string{"timeCost", "cost", "seq", "a", "b", "a.b", "price", "items.price", "n", "键"}
)

func pipeText(t *rapid.T) string {
	pick := func(list []string) string { return rapid.SampledFrom(list).Draw(t, "pick") }
	n := func(most int) int { return rapid.IntRange(0, most).Draw(t, "n") }
	var b strings.Builder
	b.WriteString("| ")
	if n(5) == 0 {
		b.WriteString("top " + strconv.Itoa(1+n(3)) + " " + pick(keyFields))
	} else {
		for i := range 1 + n(3) {
			if i > 0 {
				b.WriteString(", ")
			}
			switch n(4) {
			case 0:
				b.WriteString("count")
			case 1:
				b.WriteString("rate")
			case 2:
				b.WriteString("distinct(" + pick(keyFields) + ")")
			default:
				b.WriteString(pick([]string{"sum", "avg", "min", "max", "p50", "p95", "p99.9", "p1"}) + "(" + pick(numbered) + ")")
			}
		}
		for i := range n(3) {
			b.WriteString([]string{" by ", ", ", ", "}[i])
			if n(3) == 0 {
				b.WriteString("time(" + pick([]string{"1m", "10m", "7m", "1h", "1d"}) + ")")
			} else {
				b.WriteString(pick(keyFields))
			}
		}
	}
	if n(2) == 0 {
		_, p, err := query.ParsePiped(b.String())
		if err != nil {
			return b.String()
		}
		columns := typedColumns(p)
		switch n(2) {
		case 0:
			b.WriteString(" | sort " + pick(columns) + pick([]string{"", " desc", " ASC"}))
		case 1:
			b.WriteString(" | limit " + strconv.Itoa(1+n(4)))
		default:
			b.WriteString(" | fields " + pick(columns))
		}
	}
	return b.String()
}

// typedColumns gives the columns of a pipe as they are typed.
func typedColumns(p *query.Pipe) []string {
	text, _, _ := strings.Cut(p.String(), " by ")
	if p.Top > 0 {
		text = "| count"
	}
	columns := strings.Split(strings.TrimPrefix(text, "| "), ", ")
	for _, k := range p.By {
		if k.Step > 0 {
			columns = append(columns, event.FieldTime.Name())
		} else {
			present := &query.Query{Root: &query.Present{Field: k.Field}}
			columns = append(columns, strings.TrimSuffix(present.String(), ":*"))
		}
	}
	return columns
}
