package querytest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Query gives queries about the events: most of their parts are made from a
// value that stands in one of them, so that they match some and not all. Each
// was printed and parsed, so it is one that could be typed.
func Query(events ...event.Event) *rapid.Generator[*query.Query] {
	return rapid.Custom(func(t *rapid.T) *query.Query {
		g := generator{t, events}
		text := (&query.Query{Root: g.node(2)}).String()
		q, err := query.Parse(text)
		if err != nil {
			t.Fatalf("the generated query %q: %v", text, err)
		}
		return q
	})
}

type generator struct {
	*rapid.T
	events []event.Event
}

func (g generator) n(most int) int { return rapid.IntRange(0, most).Draw(g.T, "choice") }

func (g generator) node(depth int) query.Node {
	if depth == 0 || g.n(3) > 0 {
		return g.clause()
	}
	switch g.n(2) {
	case 0:
		return &query.Not{Of: g.node(depth - 1)}
	case 1:
		return &query.And{Of: g.nodes(depth - 1)}
	default:
		return &query.Or{Of: g.nodes(depth - 1)}
	}
}

func (g generator) nodes(depth int) []query.Node {
	nodes := make([]query.Node, 2+g.n(1))
	for i := range nodes {
		nodes[i] = g.node(depth)
	}
	return nodes
}

// A found value is a string or number of an event, with the name it has.
type found struct {
	name  string
	value string
}

func (g generator) clause() query.Node {
	e := &g.events[g.n(len(g.events)-1)]
	switch g.n(10) {
	case 0:
		return query.All{}
	case 10:
		return g.pattern(e)
	case 1, 2, 3:
		return &query.Word{Term: g.term(g.bareValue(e))}
	case 4:
		return g.ordered(e)
	case 5:
		f := g.data(e)
		field := query.Resolve(f.name)
		if field.Column != event.NoField {
			field = query.Resolve("data." + f.name)
		}
		if _, ok := query.CanonicalNumber(f.value); ok && g.n(1) == 0 {
			return g.order(field, f.value)
		}
		return g.equal(field, f.value)
	case 6:
		f := g.data(e)
		return &query.Present{Field: query.Resolve("data." + f.name)}
	case 7:
		return &query.Present{Field: g.column()}
	default:
		field := g.column()
		value := e.String(field.Column)
		switch field.Column.Type() {
		case event.Timestamp:
			return &query.Equal{Field: field, Term: query.Term{Text: g.time(e.Timestamp(field.Column)), Quoted: true}}
		case event.Number:
			return &query.Equal{Field: field, Term: query.Term{Text: g.number(e, field.Column)}}
		case event.LevelType:
			return &query.Equal{Field: field, Term: query.Term{Text: g.level(e)}}
		case event.JSON:
			return &query.Present{Field: field}
		case event.List:
			if l := e.Strings(field.Column); len(l) > 0 {
				value = l[g.n(len(l)-1)]
			}
		}
		return g.equal(field, value)
	}
}

// pattern makes a regular expression of a piece of a value.
func (g generator) pattern(e *event.Event) query.Node {
	n := &query.Regexp{Bare: g.n(2) == 0}
	value := g.bareValue(e)
	if !n.Bare {
		f := g.data(e)
		n.Field, value = query.Resolve("data."+f.name), f.value
		if column := g.column(); g.n(1) == 0 && column.Column.Type() <= event.List {
			n.Field, value = column, e.String(column.Column)
		}
	}
	switch n.Field.Column.Type() {
	case event.Timestamp, event.Number, event.JSON:
		n.Bare, n.Field = true, query.Field{}
	}
	runes := []rune(value)
	from := g.n(len(runes))
	to := min(from+g.n(6), len(runes))
	// A '/' needs no escape, but Lucene writes it with one and reads it without.
	n.Pattern = strings.ReplaceAll(query.QuoteLiteral(string(runes[from:to])), `\/`, "/")
	switch g.n(4) {
	case 0:
		n.Pattern = ".*" + n.Pattern + ".*"
	case 1:
		n.Pattern = "(" + n.Pattern + `|x"y)\b`
	case 2:
		n.Pattern += `[^\p{L}]?$`
	case 3:
		n.Pattern = `\A` + n.Pattern + ".?"
	}
	if n.Pattern == "" {
		n.Pattern = "."
	}
	return n
}

func (g generator) equal(f query.Field, value string) query.Node {
	t := g.term(value)
	if f.Column == event.FieldInvoker && g.n(1) == 0 && len(value) > len("uid:") {
		t = g.term(value[len("uid:"):])
	}
	return &query.Equal{Field: f, Term: t}
}

func (g generator) column() query.Field {
	f := event.Field(1 + g.n(int(event.NumFields)-2))
	if g.n(9) == 0 {
		return query.Resolve("logid")
	}
	return query.Resolve(f.Name())
}

func (g generator) bareValue(e *event.Event) string {
	if g.n(2) == 0 {
		return e.String(event.BareKeyword[g.n(len(event.BareKeyword)-1)])
	}
	return e.String(event.BareText[g.n(len(event.BareText)-1)])
}

// ordered compares a column that has an order.
func (g generator) ordered(e *event.Event) query.Node {
	f := []event.Field{
		event.FieldTime, event.FieldReceived, event.FieldStartTime, event.FieldClientTime,
		event.FieldLevel, event.FieldLevel, event.FieldTimeCost, event.FieldSeq,
	}[g.n(7)]
	field := query.Resolve(f.Name())
	switch f.Type() {
	case event.Timestamp:
		return g.order(field, g.time(e.Timestamp(f)))
	case event.LevelType:
		return g.order(field, g.level(e))
	}
	return g.order(field, g.number(e, f))
}

// order compares with a value. The values for times and levels are filled in
// when the text is parsed.
func (g generator) order(f query.Field, value string) query.Node {
	v := query.Value{Text: value}
	if g.n(1) == 0 {
		return &query.Compare{Field: f, Op: query.Op(1 + g.n(3)), Value: v}
	}
	r := &query.Range{Field: f}
	if g.n(2) > 0 {
		r.Low = &query.Bound{Value: v, Inclusive: g.n(1) == 0}
	}
	if g.n(2) > 0 || r.Low == nil {
		r.High = &query.Bound{Value: v, Inclusive: g.n(1) == 0}
	}
	return r
}

func (g generator) time(ns int64) string {
	if ns == 0 {
		ns = Begin
	}
	switch g.n(3) {
	case 0:
		return time.Unix(0, ns).UTC().Format(time.DateOnly)
	case 1:
		return strconv.FormatInt(ns/1e6, 10)
	case 2:
		return time.Unix(0, ns).In(time.FixedZone("", 8*3600)).Format(time.RFC3339Nano)
	}
	return string(event.AppendTime(nil, ns))
}

func (g generator) number(e *event.Event, f event.Field) string {
	switch {
	case g.n(3) == 0:
		return numbers[g.n(len(numbers)-1)]
	case f == event.FieldSeq:
		return strconv.FormatUint(e.Seq, 10)
	}
	return string(event.AppendNumber(nil, e.TimeCost))
}

func (g generator) level(e *event.Event) string {
	if e.Level != event.NoLevel && g.n(1) == 0 {
		return strings.ToUpper(e.Level.String())
	}
	return []string{"debug", "info", "notice", "warning", "err", "critical", "trace"}[g.n(6)]
}

// data picks a path in an event's data and the value that it ends at.
func (g generator) data(e *event.Event) found {
	all := []found{{"a.b", "150"}, {"missing", "x"}}
	dec := json.NewDecoder(strings.NewReader(e.Data))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) == nil {
		all = append(collect(nil, "", v), all...)
	}
	for {
		// A path of only a dot or less cannot be named behind "data.".
		if f := all[g.n(len(all)-1)]; f.name != "" {
			return f
		}
		all = append(all, found{"a", "7"})
	}
}

func collect(all []found, name string, v any) []found {
	switch v := v.(type) {
	case map[string]any:
		if name != "" {
			all = append(all, found{name, "x"})
			name += "."
		}
		for _, key := range keys { // in an order that is always the same
			if inner, ok := v[key]; ok {
				all = collect(all, name+key, inner)
			}
		}
	case []any:
		for _, inner := range v {
			all = collect(all, name, inner)
		}
	case string:
		all = append(all, found{name, v})
	case json.Number:
		all = append(all, found{name, v.String()})
	case bool:
		all = append(all, found{name, strconv.FormatBool(v)})
	case nil:
		all = append(all, found{name, "null"})
	}
	return all
}

// term makes a term that may match the value: the value, or some of it, in
// another letter case or width, with wildcards, in quotes or not. One in six
// has nothing to do with it.
func (g generator) term(value string) query.Term {
	if value == "" || g.n(5) == 0 {
		value = anyWord(g.T)
	}
	var tokens []query.Token
	for token := range query.Tokens(value) {
		tokens = append(tokens, token)
	}
	if most := query.MaxTokens / 2; len(tokens) > most { // the texts of all data may have more than a term
		value, tokens = value[:tokens[most-1].End], tokens[:most]
	}
	if g.n(2) > 0 { // some of its tokens
		if len(tokens) > 0 {
			first := g.n(len(tokens) - 1)
			last := min(first+g.n(3), len(tokens)-1)
			value = value[tokens[first].Start:tokens[last].End]
		}
	}
	switch g.n(7) {
	case 0:
		value = strings.ToUpper(value)
	case 1:
		value = strings.ToLower(value)
	case 2:
		value = strings.Map(func(r rune) rune {
			if r > ' ' && r < utf8.RuneSelf {
				return r + 0xFEE0
			}
			return r
		}, value)
	case 3:
		value = strings.ReplaceAll(value, " ", "-")
	}
	t := query.Term{Text: value, Quoted: g.n(2) == 0}
	if !t.Quoted {
		t = g.wild(t)
	}
	if t.Text == "" {
		return query.Term{Text: "x"}
	}
	return t
}

// wild puts wildcards in, in the place of some of the text or of nothing.
func (g generator) wild(t query.Term) query.Term {
	for range max(0, g.n(4)-2) {
		runes := []rune(t.Text[after(t):])
		from := g.n(len(runes))
		to := min(from+g.n(2), len(runes))
		head := t.Text[:after(t)] + string(runes[:from])
		if len(t.Stars) > 0 && t.Stars[len(t.Stars)-1] == len(head) {
			continue
		}
		t.Stars = append(t.Stars, len(head))
		t.Text = head + string(runes[to:])
	}
	return t
}

// after is where the text behind the last wildcard begins.
func after(t query.Term) int {
	if len(t.Stars) == 0 {
		return 0
	}
	return t.Stars[len(t.Stars)-1]
}
