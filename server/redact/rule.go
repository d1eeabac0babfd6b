package redact

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// Bounds of a project's rules. They keep the time that an event costs in hand,
// whoever writes the rules.
const (
	MaxRules    = 100
	MaxPatterns = 30   // rules with a pattern
	MaxPattern  = 512  // bytes of a pattern
	MaxProgram  = 1000 // RE2 instructions of a pattern
	MaxKeys     = 50   // key names of a rule
	MaxWhere    = 20   // places of a rule
	MaxName     = 80   // bytes of a rule's name, an id, a key or a place
	MaxLast     = 8    // characters that Last keeps
)

// The detectors.
const (
	Card       = "card"       // card numbers: 13 to 19 digits, an issuer's prefix, Luhn
	JWT        = "jwt"        // JSON web tokens
	ResidentID = "residentId" // mainland-China ID numbers, with their check digit
	Mobile     = "mobile"     // mainland-China mobile numbers
	Email      = "email"      // e-mail addresses
	Credential = "credential" // Bearer and Basic credentials, user:password@ in URLs
	Cookies    = "cookies"    // Cookie and Set-Cookie headers, values of keys named so
	Passwords  = "passwords"  // values of keys such as password, secret, authorization
	Tokens     = "tokens"     // values of keys such as token, ticket, bduss
	Whole      = "whole"      // the whole value, whatever it is; needs places
)

// Detectors lists the detectors by name.
func Detectors() []string {
	return []string{Card, JWT, ResidentID, Mobile, Email, Credential, Cookies, Passwords, Tokens, Whole}
}

// The ways to leave something in a value's place.
const (
	Label  = "label"  // "[label]"
	Hash   = "hash"   // "[label:3f9a01c2]": equal values of a project stay equal
	Last   = "last"   // the last characters, at most a third of the value
	Remove = "remove" // nothing of a whole field, null in data, "[removed]" inside a text
)

// A Rule says where to look, what to find and what to leave in its place.
// Exactly one of Detector, Pattern and Keys is set.
type Rule struct {
	ID   string `json:"id"`   // stays the same when the name changes; counts hang on it
	Name string `json:"name"` // for people
	On   bool   `json:"on"`
	// Where names fields, "data", or places in data such as "data.user.phone",
	// with all that lies below. Empty means every field that holds text, but
	// none of those that say whose event it is (see Identity).
	Where []string `json:"where,omitempty"`
	// Detector is one of Detectors.
	Detector string `json:"detector,omitempty"`
	// Pattern is RE2. With a group, its first group is what is found.
	Pattern string `json:"pattern,omitempty"`
	// Keys names keys whose whole value is found, in data, in key=value and
	// "key: value" text, in query strings and in headers. Letter case, "-"
	// and "_" do not matter; the last part of a longer key counts as well:
	// "token" means accessToken and x-csrf-token.
	Keys   []string `json:"keys,omitempty"`
	Leaves Leaves   `json:"leaves"`
}

// Leaves says what stands in a value's place.
type Leaves struct {
	Kind  string `json:"kind"`            // Label, Hash, Last or Remove
	Label string `json:"label,omitempty"` // for Label and Hash: letters, "-" and "_"
	Last  int    `json:"last,omitempty"`  // for Last: 1 to MaxLast
}

// Defaults are the rules of a project that has not chosen its own. Phone
// numbers and e-mail addresses in text are left alone until somebody switches
// their rules on; docs/redaction.md says why.
func Defaults() []Rule {
	return []Rule{
		{ID: "cards", Name: "Card numbers", On: true, Detector: Card, Leaves: Leaves{Kind: Label, Label: "card"}},
		{ID: "jwt", Name: "JSON web tokens", On: true, Detector: JWT, Leaves: Leaves{Kind: Hash, Label: "jwt"}},
		{ID: "resident-ids", Name: "Resident ID numbers", On: true, Detector: ResidentID, Leaves: Leaves{Kind: Label, Label: "resident-id"}},
		{ID: "cookies", Name: "Cookies", On: true, Detector: Cookies, Leaves: Leaves{Kind: Label, Label: "cookie"}},
		{ID: "passwords", Name: "Passwords, secrets, authorization", On: true, Detector: Passwords, Leaves: Leaves{Kind: Label, Label: "secret"}},
		{ID: "tokens", Name: "Tokens and tickets", On: true, Detector: Tokens, Leaves: Leaves{Kind: Hash, Label: "token"}},
		{ID: "credentials", Name: "Bearer and Basic credentials", On: true, Detector: Credential, Leaves: Leaves{Kind: Label, Label: "credential"}},
		{ID: "mobiles", Name: "Mainland mobile numbers in text", Detector: Mobile, Leaves: Leaves{Kind: Hash, Label: "phone"}},
		{ID: "emails", Name: "E-mail addresses", Detector: Email, Leaves: Leaves{Kind: Hash, Label: "email"}},
	}
}

// A RuleError says which rule of a list is wrong, in which field, and what
// would be right.
type RuleError struct {
	Rule   int    // its place in the list, from 0; -1 for the list itself
	Field  string // as in JSON, such as "pattern"
	Reason string
}

func (e *RuleError) Error() string {
	if e.Rule < 0 {
		return e.Field + ": " + e.Reason
	}
	return fmt.Sprintf("rules[%d].%s: %s", e.Rule, e.Field, e.Reason)
}

// identity are the fields that say whose event it is and what it belongs to.
// People find events by them, so only a rule that names one changes it.
var identity = [...]event.Field{
	event.FieldAccount, event.FieldStaff, event.FieldCallID, event.FieldNumber, event.FieldSession,
	event.FieldDevice, event.FieldUser, event.FieldInvoker, event.FieldTraceID, event.FieldSpanID, event.FieldChildOf,
}

// Identity says whether a field is one that people find events by.
func Identity(f event.Field) bool {
	for _, i := range identity {
		if f == i {
			return true
		}
	}
	return false
}

// anywhere are the fields that a rule without places looks at: all that hold
// a sender's text and are no identity.
var anywhere = [...]event.Field{
	event.FieldMsg, event.FieldData, event.FieldRaw, event.FieldErrorMsg, event.FieldLabel, event.FieldPage,
	event.FieldHTTPPath, event.FieldUA, event.FieldFilePath, event.FieldCollectionName,
	event.FieldApp, event.FieldEnv, event.FieldRelease, event.FieldHost, event.FieldService, event.FieldEvent,
	event.FieldFunction, event.FieldSource, event.FieldInvokerIP, event.FieldErrorCode, event.FieldProduct,
	event.FieldSubsys, event.FieldModule, event.FieldKind, event.FieldForm, event.FieldCategory,
}

func bit(f event.Field) uint64 { return 1 << f }

var (
	anywhereBits = bitsOf(anywhere[:])
	// openBits are the fields that a rule may name.
	openBits = anywhereBits | bitsOf(identity[:])
)

func bitsOf(fields []event.Field) (bits uint64) {
	for _, f := range fields {
		bits |= bit(f)
	}
	return bits
}

// Check returns nil or a *RuleError about the first thing that is wrong.
func Check(rules []Rule) error {
	_, err := Compile(rules, nil)
	return err
}

// compile checks one rule and makes what finds.
func compile(r Rule) (c *rule, field, reason string) {
	c = &rule{Rule: r}
	if r.ID == "" || len(r.ID) > MaxName || strings.ContainsFunc(r.ID, notID) {
		return nil, "id", fmt.Sprintf("want 1 to %d of the signs a-z, 0-9 and -", MaxName)
	}
	if r.Name == "" || len(r.Name) > MaxName || !utf8.ValidString(r.Name) {
		return nil, "name", fmt.Sprintf("want a name of 1 to %d bytes", MaxName)
	}
	if reason := c.readWhere(); reason != "" {
		return nil, "where", reason
	}
	if field, reason := c.readFinder(); reason != "" {
		return nil, field, reason
	}
	switch l := r.Leaves; l.Kind {
	case Label, Hash:
		if l.Label == "" || len(l.Label) > 24 || strings.ContainsFunc(l.Label, notLabel) {
			return nil, "leaves.label", `want 1 to 24 letters, "-" or "_"; it is shown as [label]`
		}
	case Last:
		if l.Last < 1 || l.Last > MaxLast {
			return nil, "leaves.last", fmt.Sprintf("want 1 to %d characters to keep", MaxLast)
		}
	case Remove:
	default:
		return nil, "leaves.kind", "want label, hash, last or remove"
	}
	return c, "", ""
}

func notID(r rune) bool    { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') }
func notLabel(r rune) bool { return !(unicode.IsLetter(r) && !isFullWidth(r) || r == '-' || r == '_') }

func isFullWidth(r rune) bool { return r >= 0xFF01 && r <= 0xFF5E }

func (c *rule) readWhere() (reason string) {
	if len(c.Where) == 0 {
		c.fields, c.data = anywhereBits, true
		return ""
	}
	if len(c.Where) > MaxWhere {
		return fmt.Sprintf("has %d places; at most %d are accepted", len(c.Where), MaxWhere)
	}
	for _, w := range c.Where {
		if len(w) > MaxName*2 {
			return fmt.Sprintf("a place has %d bytes; at most %d are accepted", len(w), MaxName*2)
		}
		if path, ok := strings.CutPrefix(w, "data."); ok && path != "" {
			c.fields |= bit(event.FieldData)
			c.paths = append(c.paths, path)
			continue
		}
		f := event.FieldByName(w)
		if f == event.NoField || openBits&bit(f) == 0 {
			return fmt.Sprintf("%q is no place that can be redacted; want a text field such as msg, data, or a place in data such as data.user.phone", w)
		}
		c.fields |= bit(f)
		if f == event.FieldData {
			c.data = true
		}
	}
	return ""
}

func (c *rule) readFinder() (field, reason string) {
	kinds := 0
	for _, set := range []bool{c.Detector != "", c.Pattern != "", len(c.Keys) > 0} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		return "detector", "want exactly one of detector, pattern and keys"
	}
	switch {
	case c.Pattern != "":
		return "pattern", c.readPattern()
	case c.Keys != nil:
		if len(c.Keys) > MaxKeys {
			return "keys", fmt.Sprintf("has %d keys; at most %d are accepted", len(c.Keys), MaxKeys)
		}
		for _, k := range c.Keys {
			if len(k) > MaxName || foldKey(k) == "" || !utf8.ValidString(k) {
				return "keys", fmt.Sprintf("%q is no key; want 1 to %d bytes with a letter or digit", k, MaxName)
			}
		}
		c.keys, c.trigger = newKeyTable(c.Keys), hasKey
		return "", ""
	}
	d, ok := detectors[c.Detector]
	if !ok {
		return "detector", "want one of " + strings.Join(Detectors(), ", ")
	}
	if c.Detector == Whole && len(c.Where) == 0 {
		return "where", "the detector whole needs the fields that it empties"
	}
	c.whole = c.Detector == Whole
	c.find, c.near, c.trigger, c.keys, c.prose = d.find, d.near, d.trigger, d.keys, d.prose
	return "", ""
}

func (c *rule) readPattern() (reason string) {
	if len(c.Pattern) > MaxPattern {
		return fmt.Sprintf("has %d bytes; at most %d are accepted", len(c.Pattern), MaxPattern)
	}
	parsed, err := syntax.Parse(c.Pattern, syntax.Perl)
	if err != nil {
		return "is no RE2 pattern: " + err.Error()
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return "is no RE2 pattern: " + err.Error()
	}
	if len(prog.Inst) > MaxProgram {
		return fmt.Sprintf("becomes %d steps; at most %d are accepted: use smaller repetitions", len(prog.Inst), MaxProgram)
	}
	re, err := regexp.Compile(c.Pattern)
	if err != nil {
		return "is no RE2 pattern: " + err.Error()
	}
	if re.MatchString("") {
		return "matches nothing at all, and so everywhere; want one that needs a character"
	}
	c.re, c.literal = re, needed(parsed)
	c.find = func(s string, spans []span) []span {
		if c.literal != "" && !strings.Contains(s, c.literal) {
			return spans
		}
		for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
			at := span{m[0], m[1]}
			if len(m) > 2 {
				at = span{m[2], m[3]}
			}
			if at.end > at.start && at.start >= 0 {
				spans = append(spans, at)
			}
		}
		return spans
	}
	return ""
}

// needed gives the longest text that every match of a pattern contains, so
// that the pattern runs only on texts which have it.
func needed(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if s := needed(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}
