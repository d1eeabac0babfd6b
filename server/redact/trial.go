package redact

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// A Trial runs one rule over events that are stored already and remembers what
// it would have done to them. Nothing is changed. Not for concurrent use.
type Trial struct {
	// Events were looked at; Changed of them would have changed.
	Events, Changed int
	// Values would have been replaced; Doubtful of them, or of what was left
	// alone, deserve a look.
	Values, Doubtful int
	// Fields counts the values by the field or the place in data.
	Fields map[string]int
	// Examples are the newest changes, and the newest doubts, MostExamples of
	// each.
	Examples []Example

	set      *Set
	near     func(string) []nearMiss
	now      *event.Event
	hits     Hits
	accounts map[string][]string // value -> up to sharedBy accounts
	counts   map[string]int      // value -> how often
	old      []string            // the value of each example
	changes  int                 // examples that are changes
	doubts   int                 // examples that are doubts
}

// Bounds of a Trial.
const (
	MostExamples = 40
	sharedBy     = 3      // accounts with the same value are a doubt
	mostValues   = 20_000 // that are told apart
	mostFields   = 100
	around       = 60 // bytes shown on either side of a value
)

// An Example is one text with what a rule would do to it.
type Example struct {
	ID     string
	Time   int64
	Source string // app or service
	Field  string
	Parts  []Part
	// Doubt is one of the Doubt constants, or "". Detail says with what: the
	// field's name for DoubtIdentity.
	Doubt, Detail string
}

// A Part is a piece of a text: as it stays, as it was, or what is left of it.
type Part struct {
	Text string
	Kind string // PartSame, PartOld or PartNew
}

// The kinds of a Part.
const (
	PartSame = "same"
	PartOld  = "old"
	PartNew  = "new"
)

// Try makes a Trial of a rule, whether it is on or not, with the project's own
// hashes. The error is a *RuleError.
func (r *Redactor) Try(project string, rule Rule) (*Trial, error) {
	rule.On = true
	set, err := r.Compile(project, []Rule{rule})
	if err != nil {
		return nil, err
	}
	// What the rules in use have left is not found again.
	for _, other := range r.of(project).Rules.Rules {
		if other.Leaves.Label != "" {
			set.labels[other.Leaves.Label] = true
		}
	}
	t := &Trial{Fields: map[string]int{}, set: set, near: set.rules[0].near, hits: make(Hits, 1), accounts: map[string][]string{}, counts: map[string]int{}}
	set.watch = t.saw
	return t, nil
}

// Event tries the rule on an event.
func (t *Trial) Event(e event.Event) {
	t.now = &e
	t.Events++
	before := t.Values
	probe := e
	t.set.Event(&probe, t.hits)
	if t.Values > before {
		t.Changed++
	}
}

// Finish adds the doubts that show only over all events.
func (t *Trial) Finish() {
	for value, accounts := range t.accounts {
		if len(accounts) >= sharedBy {
			t.Doubtful += t.counts[value]
		}
	}
	for i := range t.Examples {
		if e := &t.Examples[i]; e.Doubt == "" && len(t.accounts[t.old[i]]) >= sharedBy {
			e.Doubt = DoubtShared
		}
	}
}

// saw is told of each text that the rule looked at.
func (t *Trial) saw(r *rule, p place, text string, spans []span) {
	field := p.field.Name()
	if p.path != "" {
		field = "data." + p.path
	}
	for i, at := range spans {
		t.Values++
		if len(t.Fields) < mostFields || t.Fields[field] > 0 {
			t.Fields[field]++
		}
		value := text[at.start:at.end]
		doubt, detail := t.identity(value, p)
		if doubt != "" {
			t.Doubtful++
		} else if r.Detector == "" || r.Detector == Tokens {
			t.remember(value)
		}
		if i == 0 || doubt != "" {
			t.show(r, field, text, at, doubt, detail)
		}
	}
	if t.near == nil || p.name || r.takesAll(&p) {
		return
	}
	for _, miss := range t.near(text) {
		if t.set.isMark(text, miss.span) || slices.ContainsFunc(spans, func(at span) bool { return at.start < miss.end && miss.start < at.end }) {
			continue
		}
		t.Doubtful++
		t.show(nil, field, text, miss.span, miss.why, "")
	}
}

// identity says whether a value is also what people find the event by.
func (t *Trial) identity(value string, p place) (doubt, detail string) {
	if Identity(p.field) {
		return DoubtIdentity, p.field.Name()
	}
	for _, f := range identity {
		if v := t.now.String(f); v != "" && v == value {
			return DoubtIdentity, f.Name()
		}
	}
	return "", ""
}

func (t *Trial) remember(value string) {
	if t.counts[value] == 0 && len(t.counts) >= mostValues {
		return
	}
	t.counts[value]++
	account := t.now.Account
	if list := t.accounts[value]; account != "" && len(list) < sharedBy && !slices.Contains(list, account) {
		t.accounts[value] = append(list, account)
	}
}

func (t *Trial) show(r *rule, field, text string, at span, doubt, detail string) {
	count := &t.changes
	if doubt != "" {
		count = &t.doubts
	}
	if *count >= MostExamples {
		return
	}
	*count++
	old := text[at.start:at.end]
	var parts []Part
	if before := text[:at.start]; before != "" {
		parts = append(parts, Part{tailOf(before), PartSame})
	}
	if r == nil {
		parts = append(parts, Part{shorten(old), PartSame})
	} else {
		parts = append(parts, Part{shorten(old), PartOld})
		if left := t.set.leave(r, old); r.Leaves.Kind != Remove || at != (span{0, len(text)}) {
			parts = append(parts, Part{left, PartNew})
		}
	}
	if after := text[at.end:]; after != "" {
		parts = append(parts, Part{headOf(after), PartSame})
	}
	source := t.now.App
	if source == "" {
		source = t.now.Service
	}
	t.Examples = append(t.Examples, Example{ID: t.now.ID(), Time: t.now.Time, Source: source, Field: field, Parts: parts, Doubt: doubt, Detail: detail})
	t.old = append(t.old, old)
}

func headOf(s string) string {
	if len(s) <= around {
		return s
	}
	end := around
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func tailOf(s string) string {
	if len(s) <= around {
		return s
	}
	start := len(s) - around
	for start < len(s) && !utf8.RuneStart(s[start]) {
		start++
	}
	return "…" + s[start:]
}

// shorten cuts the middle out of a long value.
func shorten(s string) string {
	if len(s) <= 2*around {
		return s
	}
	return headOf(s) + strings.TrimPrefix(tailOf(s), "…")
}
