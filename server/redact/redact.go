// Package redact takes out of events what must never be stored: card numbers,
// passwords, cookies, tokens, and whatever a project's rules mean. It runs at
// ingest, before anything is queued or written, dead letters included. What it
// replaced is gone: it is in no field of the event, and nothing keeps it.
//
// Redacting twice gives the same as redacting once. Texts stay valid UTF-8,
// data stays valid JSON, and an event with nothing to hide costs one scan of
// its texts and no allocation.
package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// A Set is a project's rules, ready to run. It never changes and may be used
// concurrently; what its runs found goes to the Hits that each run is given.
type Set struct {
	rules  []*rule // those that are on, in order
	secret []byte
	names  keyTable // of all rules, for the scan
	labels map[string]bool
	plan   [event.NumFields]plan
	fields []event.Field // with a plan, but for data
	letter plan          // of dead letters
	watch  func(r *rule, p place, text string, spans []span)
}

// plan says what makes a field worth a closer look.
type plan struct {
	need     uint32 // bits of the scan
	patterns []*rule
	places   []string // last keys of the places in data
	always   bool     // a rule takes the whole field
}

// rule is a Rule with what finds.
type rule struct {
	Rule
	index   int // in the list that was compiled
	fields  uint64
	data    bool     // all of data
	paths   []string // places in data
	trigger uint32
	find    func(s string, spans []span) []span
	near    func(s string) []nearMiss
	keys    *keyTable
	prose   func(key keyHit, value string) bool // may a key's value in running text stay? nil: never
	whole   bool
	re      interface{ MatchString(string) bool }
	literal string
}

// span is s[start:end].
type span struct{ start, end int }

// place is where a text stands.
type place struct {
	field event.Field
	path  string // in data, arrays left out
	keyed keyed  // rules one of whose keys stands above the value
	name  bool   // the text is a key of data itself
}

// Hits counts what a run replaced, by the rule's place in the list.
type Hits []int

// Compile makes a Set. Rules that are not on are checked as well. secret keys
// the hashes; equal values leave equal marks under one secret only. The error
// is a *RuleError.
func Compile(rules []Rule, secret []byte) (*Set, error) {
	if len(rules) > MaxRules {
		return nil, &RuleError{-1, "rules", fmt.Sprintf("there are %d; at most %d are accepted", len(rules), MaxRules)}
	}
	s := &Set{secret: secret, labels: map[string]bool{"removed": true}}
	ids, patterns := map[string]bool{}, 0
	for i, r := range rules {
		c, field, reason := compile(r)
		if reason != "" {
			return nil, &RuleError{i, field, reason}
		}
		if ids[r.ID] {
			return nil, &RuleError{i, "id", fmt.Sprintf("%q stands on two rules", r.ID)}
		}
		ids[r.ID] = true
		if r.Pattern != "" {
			if patterns++; patterns > MaxPatterns {
				return nil, &RuleError{i, "pattern", fmt.Sprintf("this is one more than the %d patterns that a project may have", MaxPatterns)}
			}
		}
		if r.Leaves.Label != "" {
			s.labels[r.Leaves.Label] = true // also of a rule that is off: what it left is still about
		}
		c.index = i
		if r.On {
			s.rules = append(s.rules, c)
		}
	}
	s.makePlan()
	return s, nil
}

func (s *Set) makePlan() {
	for _, r := range s.rules {
		if r.keys != nil {
			s.names.add(r.keys)
		}
		letter := &s.letter
		for f := event.NoField + 1; f < event.NumFields; f++ {
			if r.fields&bit(f) != 0 {
				s.plan[f].add(r, f != event.FieldData || r.data)
			}
		}
		letter.add(r, true)
	}
	// Texts are decoded again when they have escapes.
	if d := &s.plan[event.FieldData]; d.need != 0 || len(d.patterns) > 0 || len(d.places) > 0 {
		d.need |= hasEscape
	}
	for _, f := range append(anywhere[:], identity[:]...) {
		if p := &s.plan[f]; f != event.FieldData && p.used() {
			s.fields = append(s.fields, f)
		}
	}
}

func (p *plan) used() bool {
	return p.need != 0 || p.always || len(p.patterns) > 0 || len(p.places) > 0
}

// add takes a rule into account. all: it looks at the whole of the field.
func (p *plan) add(r *rule, all bool) {
	p.need |= r.trigger
	if r.trigger != 0 {
		p.need |= hasWide
	}
	if r.re != nil {
		p.patterns = append(p.patterns, r)
	}
	if all {
		p.always = p.always || r.whole
		return
	}
	for _, path := range r.paths {
		p.places = append(p.places, path[strings.LastIndexByte(path, '.')+1:])
	}
}

// look says whether a text may hold something for the rules of a plan.
func (s *Set) look(p *plan, v string) bool {
	if p.always || s.watch != nil {
		return true
	}
	if p.need != 0 && scan(v, &s.names)&p.need != 0 {
		return true
	}
	for _, r := range p.patterns {
		if r.literal == "" || strings.Contains(v, r.literal) {
			return true
		}
	}
	for _, key := range p.places {
		if strings.Contains(v, key) {
			return true
		}
	}
	return false
}

// Batch redacts all that a batch would write: events, dead letters, and what
// it tells of streams. Hits needs a place for each rule that was compiled.
func (s *Set) Batch(b *event.Batch, hits Hits) {
	if len(s.rules) == 0 {
		return
	}
	var clean [event.NumFields]string
	for i := range b.Events {
		s.event(&b.Events[i], hits, &clean)
	}
	for i := range b.DeadLetters {
		l := &b.DeadLetters[i]
		s.letterText(&l.Text, hits)
		s.letterText(&l.Reason, hits)
		s.letterText(&l.Field, hits)
	}
	for i := range b.Streams {
		s.letterText(&b.Streams[i].App, hits)
		s.letterText(&b.Streams[i].SDK, hits)
	}
}

// Event redacts one event, flags it when something was replaced, and says so.
func (s *Set) Event(e *event.Event, hits Hits) (changed bool) {
	var clean [event.NumFields]string
	return s.event(e, hits, &clean)
}

// event redacts an event of a batch. clean holds the last value of each field
// in which there was nothing: most of app, host, function, ua are the same
// again, and to compare them costs a tenth of a scan.
func (s *Set) event(e *event.Event, hits Hits, clean *[event.NumFields]string) (changed bool) {
	if e.Data != "" {
		if p := &s.plan[event.FieldData]; p.used() && s.look(p, e.Data) {
			if v, ok := s.redactData(e.Data, hits); ok {
				e.Data, changed = v, true
			}
		}
	}
	for _, f := range s.fields {
		switch f {
		case event.FieldFilePath:
			changed = s.list(f, &e.FilePath, hits) || changed
			continue
		case event.FieldCollectionName:
			changed = s.list(f, &e.CollectionName, hits) || changed
			continue
		}
		v := e.String(f)
		if v == "" || v == clean[f] {
			continue
		}
		if !s.look(&s.plan[f], v) {
			clean[f] = v
			continue
		}
		if v, ok := s.text(v, place{field: f}, hits); ok {
			e.SetString(f, v)
			changed = true
		}
	}
	if changed {
		e.Flags |= event.Redacted
		e.Words = "" // process derives it again, from what is left
	}
	return changed
}

// list redacts the elements of a list; an element of which nothing is left
// leaves the list.
func (s *Set) list(f event.Field, list *[]string, hits Hits) (changed bool) {
	for i := 0; i < len(*list); i++ {
		v := (*list)[i]
		if v == "" || !s.look(&s.plan[f], v) {
			continue
		}
		v, ok := s.text(v, place{field: f}, hits)
		if !ok {
			continue
		}
		if !changed {
			*list = slices.Clone(*list) // other events may share it
			changed = true
		}
		if (*list)[i] = v; v == "" {
			*list = slices.Delete(*list, i, i+1)
			i--
		}
	}
	return changed
}

// letterText redacts a text that has no fields: every rule looks at it. What
// a rule would do to a field or to a place in data, it does to keys of that
// name.
func (s *Set) letterText(v *string, hits Hits) {
	if *v == "" || !s.look(&s.letter, *v) {
		return
	}
	*v, _ = s.text(*v, place{}, hits)
}

// mostPasses bounds how often one text is gone through.
const mostPasses = 6

// text runs the rules over one text, in order, and again as long as that
// changes something: what one rule leaves can bring to light what another one
// means. changed is false when the text is returned as it was.
func (s *Set) text(v string, p place, hits Hits) (_ string, changed bool) {
	for i := range mostPasses {
		if v == "" {
			break // a rule took all of it
		}
		next, again := s.pass(v, p, hits, i == 0)
		if !again {
			break
		}
		v, changed = next, true
	}
	return v, changed
}

func (s *Set) pass(v string, p place, hits Hits, first bool) (_ string, changed bool) {
	var buf [16]span
	for _, r := range s.rules {
		if !r.covers(&p) {
			continue
		}
		if r.takesAll(&p) && !p.name {
			if s.isMark(v, span{0, len(v)}) {
				continue
			}
			if s.watch != nil && first {
				s.watch(r, p, v, []span{{0, len(v)}})
			}
			hits[r.index]++
			changed = true
			if r.Leaves.Kind == Remove {
				return "", true
			}
			v = s.leave(r, v)
			continue
		}
		spans := r.spans(v, p, buf[:0])
		spans = slices.DeleteFunc(spans, func(at span) bool { return s.isMark(v, at) })
		if s.watch != nil && first {
			s.watch(r, p, v, spans)
		}
		if len(spans) == 0 {
			continue
		}
		hits[r.index] += len(spans)
		changed = true
		v = s.replace(r, v, spans)
	}
	return v, changed
}

func (r *rule) covers(p *place) bool {
	if p.field == event.NoField {
		return true
	}
	if r.fields&bit(p.field) == 0 {
		return false
	}
	if p.field != event.FieldData || r.data {
		return true
	}
	return r.underPath(p.path)
}

// underPath says whether a place in data is one that the rule names, or lies
// below it.
func (r *rule) underPath(path string) bool {
	for _, want := range r.paths {
		if rest, ok := strings.CutPrefix(path, want); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// takesAll says whether the rule takes the value as a whole.
func (r *rule) takesAll(p *place) bool {
	if p.field == event.NoField {
		return false
	}
	return r.whole || p.keyed.has(r.index)
}

// keyed is a set of rules, by their place in the list.
type keyed [(MaxRules + 63) / 64]uint64

func (k *keyed) add(rule int)      { k[rule/64] |= 1 << (rule % 64) }
func (k *keyed) has(rule int) bool { return k[rule/64]&(1<<(rule%64)) != 0 }

// spans finds what the rule means in a text: ascending, not overlapping.
func (r *rule) spans(v string, p place, spans []span) []span {
	text, offsets := fold(v)
	switch {
	case r.whole && p.field == event.NoField:
		spans = r.ownKeys().findKeys(text, nil, spans)
	case r.keys != nil && !p.name:
		spans = r.keys.findKeys(text, r.prose, spans)
	case r.keys == nil && r.find != nil:
		spans = r.find(text, spans)
	}
	if offsets != nil {
		for i := range spans {
			spans[i] = span{offsets[spans[i].start], offsets[spans[i].end]}
		}
	}
	return spans
}

// ownKeys are the names of the fields and places that a rule takes as a whole.
func (r *rule) ownKeys() *keyTable {
	names := make([]string, 0, len(r.Where))
	for _, w := range r.Where {
		names = append(names, w[strings.LastIndexByte(w, '.')+1:])
	}
	return newKeyTable(names)
}

func (s *Set) replace(r *rule, v string, spans []span) string {
	var b strings.Builder
	b.Grow(len(v) + 16*len(spans))
	from := 0
	for _, at := range spans {
		b.WriteString(v[from:at.start])
		b.WriteString(s.leave(r, v[at.start:at.end]))
		from = at.end
	}
	b.WriteString(v[from:])
	return b.String()
}

// hashLen is the number of hex digits of a hash: 32 bits, so that among
// 10,000 different values of a project two alike are a chance of 1 %.
const hashLen = 8

// bullets stand before the characters that Last keeps.
const bullets = "••••"

// leave gives what stands in a value's place.
func (s *Set) leave(r *rule, v string) string {
	switch l := r.Leaves; l.Kind {
	case Hash:
		mac := hmac.New(sha256.New, s.secret)
		mac.Write([]byte(l.Label))
		mac.Write([]byte{0})
		if r.Detector == Mobile {
			v = bareMobile(v)
		}
		mac.Write([]byte(v))
		return "[" + l.Label + ":" + hex.EncodeToString(mac.Sum(nil)[:hashLen/2]) + "]"
	case Last:
		// A short value would be kept whole by its last characters.
		n := min(l.Last, utf8.RuneCountInString(v)/3)
		at := len(v)
		for ; n > 0; n-- {
			_, size := utf8.DecodeLastRuneInString(v[:at])
			at -= size
		}
		return bullets + v[at:]
	case Remove:
		return "[removed]"
	default:
		return "[" + l.Label + "]"
	}
}

// isMark says whether a part of a text lies within what a rule has left there:
// it is not found a second time.
func (s *Set) isMark(v string, at span) bool {
	if strings.HasPrefix(v[at.start:], bullets) || strings.HasSuffix(v[:at.start], "•") {
		return true
	}
	const longest = 24*4 + 1 + hashLen
	open := strings.LastIndexByte(v[max(0, at.start-longest):min(at.start+1, len(v))], '[')
	if open < 0 {
		return false
	}
	open += max(0, at.start-longest)
	closing := strings.IndexByte(v[open:min(len(v), open+longest+2)], ']')
	if closing < 0 || open+closing+1 < at.end {
		return false
	}
	label, hash, hashed := strings.Cut(v[open+1:open+closing], ":")
	if !s.labels[label] {
		return false
	}
	if !hashed {
		return true
	}
	if len(hash) != hashLen {
		return false
	}
	for i := range hashLen {
		if c := hash[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}
