package query

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// ParsePiped reads a query that may end in pipes, "errorCode:* | top 20
// httpPath"; the pipe is nil where there is none. An error is always a
// *SyntaxError. Parse is the same for who has no use for a table, and refuses
// pipes.
func ParsePiped(text string) (*Query, *Pipe, error) {
	s, err := parse(text, true, false)
	if err != nil {
		return nil, nil, err
	}
	return s.Query, s.Pipe, nil
}

// The words that may begin a pipe, and those that may follow it, as they are
// told to who typed another.
const (
	wantAgg   = "count, rate, sum(field), avg(field), min(field), max(field), distinct(field), p95(field)"
	wantFirst = "a pipe: " + wantAgg + ", each with or without by field, time(10m); or top 20 field; a '|' that is searched for goes in quotes"
	wantStage = "sort, limit or fields"
)

// pipes reads what begins at the first '|'.
func (p *parser) pipes() *Pipe {
	out := &Pipe{Text: p.text[p.pos:], Offset: p.pos}
	p.pos++
	p.space()
	if at := p.pos; strings.EqualFold(p.peekWord(), "top") {
		p.name("")
		p.top(out, at)
	} else {
		p.aggs(out)
		p.by(out)
	}
	if p.err != nil {
		return nil
	}
	p.unique(out)
	columns := out.computed()
	for p.err == nil {
		p.space()
		s, size := p.peek()
		if size == 0 {
			return out
		}
		if s != pipe {
			want := "',' and another column, '|', or the end"
			if len(out.Stages) == 0 && out.Top == 0 && len(out.By) == 0 {
				want = "',' and another column, by, '|', or the end"
			}
			p.fail(p.pos, want)
			break
		}
		p.pos++
		p.space()
		if len(out.Stages) == MaxStages {
			p.fail(p.pos, "at most "+strconv.Itoa(MaxStages)+" pipes after the first")
			break
		}
		var stage Stage
		if stage, columns = p.stage(columns); stage != nil {
			out.Stages = append(out.Stages, stage)
		}
	}
	return nil
}

// name reads a name: a term without wildcards. want is said when there is none.
func (p *parser) name(want string) string {
	at := p.pos
	if s, size := p.peek(); size == 0 || s == shut || s == open || s == pipe || p.comma() > 0 {
		p.fail(at, want)
		return ""
	}
	t := p.term(pipeWord)
	if len(t.Stars) > 0 {
		p.fail(at, "a name without '*'; a '*' that is part of it is written \\*")
	}
	return t.Text
}

// peekWord gives the letters, digits and points at pos.
func (p *parser) peekWord() string {
	rest := p.text[p.pos:]
	for i := range len(rest) {
		if c := rest[i]; c|0x20 < 'a' && c-'0' > 9 && c != '.' || c|0x20 > 'z' {
			return rest[:i]
		}
	}
	return rest
}

// comma gives the size of the ',' at pos, 0 when there is none.
func (p *parser) comma() int {
	for _, sign := range [...]string{",", "，"} {
		if strings.HasPrefix(p.text[p.pos:], sign) {
			return len(sign)
		}
	}
	return 0
}

// list calls one for each part between commas.
func (p *parser) list(one func()) {
	for p.err == nil {
		one()
		p.space()
		size := p.comma()
		if size == 0 {
			return
		}
		p.pos += size
		p.space()
	}
}

// aggs = agg { "," agg }
func (p *parser) aggs(out *Pipe) {
	p.list(func() {
		if len(out.Aggs) == MaxAggs {
			p.fail(p.pos, "at most "+strconv.Itoa(MaxAggs)+" columns side by side")
			return
		}
		want := wantFirst
		if len(out.Aggs) > 0 {
			want = wantAgg
		}
		if a, ok := p.agg(want); ok {
			out.Aggs = append(out.Aggs, a)
		}
	})
}

// agg = "count" | "rate" | function "(" field ")"
func (p *parser) agg(want string) (Agg, bool) {
	at := p.pos
	word := p.peekWord()
	a, known := aggNamed(word)
	if known { // a longer name only begins so
		_, size := utf8.DecodeRuneInString(p.text[at+len(word):])
		after := parser{text: p.text, pos: at + len(word)}
		s, _ := after.peek()
		known = size == 0 || s == space || s == open || s == shut || s == pipe || after.comma() > 0
	}
	if !known {
		if name := Suggest(strings.ToLower(word), []string{"count", "rate", "sum", "avg", "min", "max", "distinct", "top", "p50", "p90", "p95", "p99"}); name != "" {
			want = name + "? Here stands " + want
		}
		p.fail(at, want)
		return a, false
	}
	p.pos += len(word)
	back := p.pos
	p.space()
	s, size := p.peek()
	switch {
	case size > 0 && s == open:
		p.pos += size
	case a.Func <= Rate:
		p.pos = back
		return a, true
	default:
		p.fail(p.pos, "'(' and a field, as in "+a.call()+"(timeCost)")
		return a, false
	}
	p.space()
	if a.Func > Rate {
		fieldAt := p.pos
		a.Field = Resolve(p.name("a field, as in " + a.call() + "(timeCost)"))
		if wrong := a.wrongField(); wrong != "" {
			p.fail(fieldAt, wrong)
		}
		p.space()
	}
	if s, size = p.peek(); s != shut || size == 0 {
		if a.Func <= Rate {
			p.fail(p.pos, "a ')': "+a.call()+" counts events and takes no field; those that have one are found by field:*")
		} else {
			p.fail(p.pos, "a ')' after the field")
		}
		return a, false
	}
	p.pos += size
	return a, p.err == nil
}

// wrongField says what the field of a function should be.
func (a Agg) wrongField() string {
	f := a.Field.Column
	switch {
	case f == event.NoField:
		return ""
	case f == event.FieldData:
		return "a key of data, as in data.key"
	case a.Func == Distinct && f.Type() == event.Timestamp:
		return "a field of text or numbers in distinct; " + f.Name() + " holds times"
	case a.Func > Distinct && f.Type() != event.Number:
		return "a field of numbers in " + a.call() + ": timeCost, seq or a key of data; " + f.Name() + " holds none"
	}
	return ""
}

// by = [ "by" key { "," key } ]
func (p *parser) by(out *Pipe) {
	p.space()
	if p.err != nil || !strings.EqualFold(p.peekWord(), "by") {
		return
	}
	p.pos += len("by")
	p.space()
	p.list(func() {
		if len(out.By) == MaxKeys {
			p.fail(p.pos, "at most "+strconv.Itoa(MaxKeys)+" fields after by")
			return
		}
		k := p.key()
		if k.Step > 0 {
			for _, other := range out.By {
				if other.Step > 0 {
					p.fail(p.pos, "time(...) once")
				}
			}
		}
		out.By = append(out.By, k)
	})
}

const wantKey = "a field, or steps of time as in time(10m)"

// key = field | "time" "(" step ")"
func (p *parser) key() (k Key) {
	at := p.pos
	quoted := strings.HasPrefix(p.text[at:], `"`)
	k.Field = Resolve(p.name(wantKey))
	if p.err != nil {
		return k
	}
	back := p.pos
	p.space()
	if s, size := p.peek(); s == open && size > 0 && !quoted {
		if k.Field.Column != event.FieldTime {
			p.fail(at, "a field alone; only time is grouped in steps, as in time(10m)")
			return k
		}
		p.pos += size
		p.space()
		stepAt := p.pos
		ok := false
		k.Step, ok = parseStep(p.name("a step of time such as 30s, 10m, 1h or 1d"))
		if !ok {
			p.fail(stepAt, "a step of time: a whole number and ms, s, m, h, d or w, such as 10m; at most 366d")
			return k
		}
		p.space()
		if s, size = p.peek(); s != shut || size == 0 {
			p.fail(p.pos, "a ')' after the step")
			return k
		}
		p.pos += size
		k.Field = Field{Name: event.FieldTime.Name(), Column: event.FieldTime}
		return k
	}
	p.pos = back
	switch f := k.Field.Column; {
	case f == event.FieldTime:
		p.fail(at, "steps of time, as in time(10m)")
	case f.Type() == event.Timestamp:
		p.fail(at, "a field of text, numbers or levels to group by; "+f.Name()+" holds times, and only time itself has steps: time(10m)")
	case f == event.FieldData:
		p.fail(at, "a key of data, as in data.key")
	}
	return k
}

// top = "top" [ number ] field
func (p *parser) top(out *Pipe, begin int) {
	out.Aggs = []Agg{{Func: Count}}
	out.Top = 10
	p.space()
	at := p.pos
	if word := p.peekWord(); word != "" && strings.Trim(word, "0123456789") == "" {
		if out.Top = p.whole(word); p.err != nil {
			return
		}
		p.pos += len(word)
		p.space()
		at = p.pos
	}
	want := "a number and a field, as in top 20 httpPath"
	if p.pos > begin+len("top ")+1 && out.Top != 10 {
		want = "a field, as in top " + strconv.Itoa(out.Top) + " httpPath"
	}
	k := Key{Field: Resolve(p.name(want))}
	switch f := k.Field.Column; {
	case p.err != nil:
	case f.Type() == event.Timestamp, f == event.FieldData:
		p.fail(at, "a field of text, numbers or levels; "+f.Name()+" is none")
	}
	out.By = []Key{k}
}

// whole reads the number of rows in word, which stands at pos.
func (p *parser) whole(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > MaxRows {
		p.fail(p.pos, "a whole number from 1 to "+strconv.Itoa(MaxRows))
	}
	return n
}

// unique sees that no two columns have one name.
func (p *parser) unique(out *Pipe) {
	seen := map[string]bool{}
	for _, c := range out.computed() {
		if seen[c.Name] {
			p.fail(out.Offset, "each column once; there are two of "+c.Name+" (a key of data can be written data.name)")
		}
		seen[c.Name] = true
	}
}

// stage = "sort" column [ "asc" | "desc" ] { "," ... } | "limit" number |
// "fields" column { "," column }. It gives the columns that there are then.
func (p *parser) stage(columns []Column) (Stage, []Column) {
	at := p.pos
	word := p.peekWord()
	p.pos += len(word)
	switch strings.ToLower(word) {
	case "sort":
		p.space()
		s := &Sort{}
		p.list(func() {
			by := SortKey{Column: p.column(columns)}
			p.space()
			switch direction := p.peekWord(); strings.ToLower(direction) {
			case "desc":
				by.Descending = true
				fallthrough
			case "asc":
				p.pos += len(direction)
			}
			if len(s.By) == MaxKeys+MaxAggs {
				p.fail(p.pos, "each column once")
			}
			s.By = append(s.By, by)
		})
		return s, columns
	case "limit":
		p.space()
		n := p.peekWord()
		if n == "" || strings.Trim(n, "0123456789") != "" {
			p.fail(p.pos, "a number of rows, as in limit 20")
			return nil, columns
		}
		l := Limit(p.whole(n))
		p.pos += len(n)
		return l, columns
	case "fields":
		p.space()
		var pick Pick
		var picked []Column
		p.list(func() {
			columnAt := p.pos
			c := p.column(columns)
			if p.err != nil {
				return
			}
			for _, other := range pick {
				if other == c {
					p.fail(columnAt, "each column once")
				}
			}
			pick, picked = append(pick, c), append(picked, columns[c])
		})
		return pick, picked
	}
	p.pos = at
	if _, agg := aggNamed(word); agg || strings.EqualFold(word, "top") {
		p.fail(at, wantStage+"; a table is counted once, in the first pipe")
	} else {
		p.fail(at, wantStage)
	}
	return nil, columns
}

// column reads the name of one of the columns and gives its index.
func (p *parser) column(columns []Column) int {
	at := p.pos
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	want := "a column of the table: " + strings.Join(names, ", ")
	word := p.peekWord()
	after := parser{text: p.text, pos: at + len(word)}
	after.space()
	if s, size := after.peek(); s == open && size > 0 {
		name := ""
		if strings.EqualFold(word, "time") {
			if name = p.key().name(); p.err != nil {
				return 0
			}
		} else if a, ok := p.agg(want); ok {
			name = a.name()
		}
		return p.columnNamed(at, name, names, want)
	}
	return p.columnNamed(at, p.name(want), names, want)
}

// columnNamed finds a column, by its name or another spelling of its field.
func (p *parser) columnNamed(at int, name string, names []string, want string) int {
	if p.err != nil {
		return 0
	}
	for i, n := range names {
		if n == name {
			return i
		}
	}
	for i, n := range names {
		if a, ok := aggNamed(name); ok && a.Func <= Rate && aggNames[a.Func] == n {
			return i
		}
		if f := Resolve(name); f.Column != event.NoField && Resolve(n).Column == f.Column {
			return i
		}
		if f := Resolve(name); f.Column == event.NoField && Resolve(n).Column == event.NoField && Resolve(n).Path == f.Path {
			return i
		}
	}
	p.fail(at, want)
	return 0
}
