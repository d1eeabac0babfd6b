package query

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
)

// What a sequence may be at most. ParseStatement names the limit that a text is
// beyond.
const (
	MaxThens  = 5                   // steps after the first event
	MaxWithin = 31 * 24 * time.Hour // of one step, and of lateness
)

// Lateness is how long after its end a step's time is decided, unless the
// sequence says otherwise: so much later than their own time events may come.
const Lateness = time.Minute

// A Sequence asks what followed an event, or did not, among the events that
// have one value of a field in common: "sequence by session
// [errorCode:TICKET_EXPIRED] then not [httpPath:"/ticket/refresh"] within 5s".
// It is immutable and may be shared. A Follower answers it.
type Sequence struct {
	By       Field
	First    *Query
	Steps    []Step // at least one
	Lateness time.Duration
	Text     string // as typed, without the pipes behind it
}

// A Step is what has to follow, or must not. Its time is counted from the
// event that was found last before it, itself not in it.
type Step struct {
	Not    bool
	Query  *Query
	Within time.Duration
}

// Reach is how long after its first event a sequence may still go on.
func (s *Sequence) Reach() time.Duration {
	var found, reach time.Duration
	for _, step := range s.Steps {
		reach = max(reach, found+step.Within)
		if !step.Not {
			found += step.Within
		}
	}
	return reach
}

// Search gives the query that finds all events which a Follower has to see.
func (s *Sequence) Search() *Query {
	any := &Or{Of: []Node{s.First.Root}}
	for _, step := range s.Steps {
		any.Of = append(any.Of, step.Query.Root)
	}
	return &Query{Root: &And{Of: []Node{&Present{Field: s.By}, any}}, Text: s.Text}
}

// Fields lists the fields that a sequence names, each once, in their order.
func (s *Sequence) Fields() []Field {
	fields := []Field{s.By}
	for _, q := range s.queries() {
		for _, f := range q.Fields() {
			if !slices.ContainsFunc(fields, func(o Field) bool { return o.Name == f.Name }) {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// Words lists the terms to highlight in the events of a row.
func (s *Sequence) Words() []Term {
	var terms []Term
	for i, q := range s.queries() {
		if i == 0 || !s.Steps[i-1].Not {
			terms = append(terms, q.Words()...)
		}
	}
	return terms
}

func (s *Sequence) queries() []*Query {
	all := []*Query{s.First}
	for _, step := range s.Steps {
		all = append(all, step.Query)
	}
	return all
}

// String is the canonical text.
func (s *Sequence) String() string {
	var b writer
	b.WriteString("sequence by ")
	writeValue(&b, s.By.Name, keyWord)
	writeStep(&b, s.First)
	for _, step := range s.Steps {
		b.WriteString(" then")
		if step.Not {
			b.WriteString(" not")
		}
		writeStep(&b, step.Query)
		b.WriteString(" within " + stepText(step.Within))
	}
	if s.Lateness != Lateness {
		b.WriteString(" lateness ")
		if s.Lateness == 0 {
			b.WriteString("0s")
		} else {
			b.WriteString(stepText(s.Lateness))
		}
	}
	return b.String()
}

func writeStep(b *writer, q *Query) {
	b.WriteString(" [")
	b.step = true
	writeNode(b, q.Root, 0)
	b.step = false
	b.WriteByte(']')
}

const (
	wantNoSequence = "a search for single events; sequences are answered by GET /v1/search, GET /v1/table and clewline query"
	wantWithin     = "within and a time such as 500ms, 5s, 10m or 2h"
	wantStepOpen   = "'[' and a search, as in [level:error]"
)

// atSequence says that a sequence begins at pos: sequence by ... [
func (p *parser) atSequence() bool {
	words := strings.Fields(p.text[p.pos:min(len(p.text), p.pos+64)])
	return len(words) > 2 && strings.EqualFold(words[0], "sequence") && strings.EqualFold(words[1], "by") && strings.IndexByte(p.text[p.pos:], '[') > 0
}

// sequence = "sequence" "by" field step { "then" [ "not" ] step "within" time }
// [ "lateness" time ]
func (p *parser) sequence() *Sequence {
	begin := p.pos
	s := &Sequence{Lateness: Lateness}
	p.pos += len("sequence")
	p.space()
	p.pos += len("by")
	p.space()
	s.By = p.sequenceKey()
	p.space()
	s.First = p.stepQuery()
	for p.err == nil {
		p.space()
		at := p.pos
		word := p.peekWord()
		if !strings.EqualFold(word, "then") {
			p.sequenceEnd(s, word)
			s.Text = strings.TrimSpace(p.text[begin:p.pos])
			return s
		}
		if len(s.Steps) == MaxThens {
			p.fail(at, "at most "+strconv.Itoa(MaxThens)+" steps after the first event")
			break
		}
		p.pos += len(word)
		p.space()
		var step Step
		if word = p.peekWord(); strings.EqualFold(word, "not") {
			step.Not = true
			p.pos += len(word)
			p.space()
		}
		step.Query = p.stepQuery()
		p.space()
		if word = p.peekWord(); !strings.EqualFold(word, "within") {
			p.fail(p.pos, wantWithin)
			break
		}
		p.pos += len(word)
		step.Within = p.within(time.Millisecond)
		s.Steps = append(s.Steps, step)
	}
	return s
}

// sequenceEnd reads what may stand behind the steps, and sees that there are
// some.
func (p *parser) sequenceEnd(s *Sequence, word string) {
	if len(s.Steps) == 0 {
		p.fail(p.pos, "then [...] within 5s, or then not [...] within 5s")
		return
	}
	if strings.EqualFold(word, "lateness") {
		p.pos += len(word)
		s.Lateness = p.within(0)
		p.space()
	}
	if sign, size := p.peek(); p.err == nil && size > 0 && sign != pipe {
		p.fail(p.pos, "then, lateness, '|' or the end")
	}
}

// within reads a time, and the space before it.
func (p *parser) within(least time.Duration) time.Duration {
	p.space()
	at := p.pos
	word := p.peekWord()
	d, ok := parseStep(word)
	if !ok && least == 0 && strings.Trim(word, "0") == "s" { // 0s
		ok = true
	}
	switch {
	case !ok:
		p.fail(at, "a time: a whole number and ms, s, m, h, d or w, such as 5s")
	case d > MaxWithin:
		p.fail(at, "a time of at most 31d")
	}
	p.pos += len(word)
	return d
}

func (p *parser) sequenceKey() Field {
	at := p.pos
	if sign, _ := p.peek(); sign == open || p.pos < len(p.text) && p.text[p.pos] == '[' {
		p.fail(at, "a field, as in sequence by session [...]")
		return Field{}
	}
	t := p.term(keyWord)
	if p.err != nil {
		return Field{}
	}
	if len(t.Stars) > 0 {
		p.fail(at, "a field without '*'; a '*' that is part of its name is written \\*")
	}
	f := Resolve(t.Text)
	if f.Column.Type() == event.Timestamp || f.Column == event.FieldData {
		p.fail(at, "a field whose values events have in common, such as session or traceId; "+f.Name+" is none")
	}
	return f
}

// stepQuery reads "[" query "]".
func (p *parser) stepQuery() *Query {
	if p.err != nil {
		return nil
	}
	at := p.pos
	if p.pos >= len(p.text) || p.text[p.pos] != '[' {
		p.fail(at, wantStepOpen)
		return nil
	}
	p.pos++
	piped := p.piped
	p.step, p.piped = true, false
	defer func() { p.step, p.piped = false, piped }()
	p.space()
	from := p.pos
	if sign, size := p.peek(); sign == stop && size > 0 {
		p.fail(from, "a search between the brackets; * stands for every event")
		return nil
	}
	q := &Query{Root: p.search()}
	if p.err != nil {
		return nil
	}
	switch sign, size := p.peek(); {
	case size == 0:
		p.fail(at, "a ']' that closes this '['")
	case sign != stop:
		p.fail(p.pos, "no ')' here, it closes nothing; search for the sign in quotes")
	default:
		q.Text = strings.TrimSpace(p.text[from:p.pos])
		p.pos += size
	}
	return q
}
