//go:build !noduck

package duckstore

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// compile makes SQL of a query, for one segment. What the segment is known
// not to have falls away: a bare word asks 17 columns, of which most segments
// have seven.
//
// Columns are compiled to SQL that means exactly what query.Matcher means.
// What lies in data is not: reading JSON by paths, lists and decimals as the
// language has it is the matcher's alone. For that, SQL lets through a few
// rows too many (those that hold the key and the value's longest piece
// somewhere in data) and the matcher decides.
func compile(q *query.Query, e *entry) condition {
	if matchAll(q) {
		return condition{exact: true}
	}
	c := compiler{e: e, left: maxPredicates}
	x := c.node(q.Root, false, 0)
	switch x.sql {
	case always:
		x.sql = ""
	case never:
		x.exact = true
	}
	return x
}

const always = "TRUE"

var (
	yes = condition{sql: always, exact: true}
	no  = condition{sql: never, exact: true}
	// maybe is what SQL knows nothing of.
	maybe = condition{sql: always}
)

type compiler struct {
	e    *entry
	left int // predicates that may still be written
}

// Beyond these a part of the query is left to the matcher: DuckDB's planner
// takes too long over long conditions, and refuses deep ones.
const (
	maxPredicates = 300
	maxDepth      = 50
)

// node compiles a part of the tree; under an odd number of nots, its
// opposite. Nots are carried down to the leaves, so that where SQL is not
// exact it still errs on one side only.
func (c *compiler) node(n query.Node, not bool, depth int) condition {
	if depth > maxDepth {
		return maybe
	}
	switch n := n.(type) {
	case query.All, *query.All:
		return constant(!not)
	case *query.And:
		return c.join(n.Of, not, not, depth+1)
	case *query.Or:
		return c.join(n.Of, !not, not, depth+1)
	case *query.Not:
		return c.node(n.Of, !not, depth+1)
	}
	x := maybe
	if c.left > 0 {
		x = c.leaf(n)
		c.left -= 1 + strings.Count(x.sql, " OR ")
	}
	if !not {
		return x
	}
	switch {
	case !x.exact:
		// SQL lets through too much, so its opposite lets through too little.
		return maybe
	case x.sql == always:
		return no
	case x.sql == never:
		return yes
	}
	x.sql = "(" + x.sql + ") IS NOT TRUE" // null, where the field is absent, is no
	return x
}

func constant(b bool) condition {
	if b {
		return yes
	}
	return no
}

// join compiles parts of which all must match, or any.
func (c *compiler) join(of []query.Node, any, not bool, depth int) condition {
	parts := make([]condition, 0, len(of))
	for _, n := range of {
		parts = append(parts, c.node(n, not, depth))
	}
	if any {
		return or(parts...)
	}
	return and(parts...)
}

func and(parts ...condition) condition { return merge(parts, " AND ", always, never) }

func or(parts ...condition) condition { return merge(parts, " OR ", never, always) }

// merge joins conditions: neutral falls away, absorbing decides alone.
func merge(parts []condition, word, neutral, absorbing string) condition {
	out := condition{exact: true}
	var b strings.Builder
	for _, p := range parts {
		if p.sql == absorbing && p.exact {
			return p
		}
	}
	for _, p := range parts {
		out.exact = out.exact && p.exact
		if p.sql == absorbing {
			out.sql = absorbing // inexact: anything may match
		}
		if p.sql == neutral || out.sql == absorbing {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(word)
		}
		b.WriteString("(" + p.sql + ")")
		out.args = append(out.args, p.args...)
	}
	switch {
	case out.sql == absorbing:
		out.args = nil
	case b.Len() == 0:
		out.sql = neutral
	default:
		out.sql = b.String()
	}
	return out
}

func (c *compiler) absent(column string) bool { return slices.Contains(c.e.Absent, column) }

func (c *compiler) leaf(n query.Node) condition {
	switch n := n.(type) {
	case *query.Word:
		parts := make([]condition, 0, len(event.BareText)+len(event.BareKeyword))
		for _, f := range event.BareText {
			parts = append(parts, c.text(f, n.Term, true))
		}
		for _, f := range event.BareKeyword {
			parts = append(parts, c.keyword(f, n.Term))
		}
		return or(parts...)
	case *query.Equal:
		return c.equal(n.Field, n.Term)
	case *query.Present:
		return c.present(n.Field)
	case *query.Compare:
		return c.compare(n)
	case *query.Range:
		return c.between(n)
	}
	return maybe
}

func name(f event.Field) string { return `"` + columns[columnOf[f]].name + `"` }

// text compiles a term on a text field. bare says that the derived field
// words is asked as well, which holds the half-width copy of what is written
// in full width, so that the literal need not be sought in both widths.
func (c *compiler) text(f event.Field, t query.Term, bare bool) condition {
	col := name(f)
	if c.absent(f.Name()) {
		return no
	}
	pattern := "regexp_matches(" + col + ", " + literal(query.PatternColumn(f, t)) + ")"
	piece := query.LongestLiteral(t)
	if piece == "" || f == event.FieldUA {
		return condition{sql: pattern, exact: true}
	}
	before := contains(col, piece)
	if !bare && f != event.FieldWords && !c.absent("words") {
		before.sql = "(" + before.sql + " OR " + contains(`"words"`, piece).sql + ")"
		before.args = append(before.args, before.args...)
	}
	// One piece of the pattern, without regard to what stands around it, is
	// found three times as fast as the whole.
	return condition{sql: before.sql + " AND " + pattern, args: before.args, exact: true}
}

// contains compiles that a column holds a text, whatever its letter case.
func contains(col, text string) condition {
	if caseless(text) {
		return condition{sql: "contains(" + col + ", ?)", args: []any{text}, exact: true}
	}
	return condition{sql: "regexp_matches(" + col + ", " + literal("(?i)"+query.QuoteLiteral(text)) + ")", exact: true}
}

// caseless says that no character of s has another that differs in case only.
func caseless(s string) bool {
	for _, r := range s {
		if unicode.SimpleFold(r) != r {
			return false
		}
	}
	return true
}

// plainForm gives the one text without capitals and beyond-ASCII letters that
// equals s but for letter case, if there is one.
func plainForm(s string) (string, bool) {
	ok := true
	plain := strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r < utf8.RuneSelf:
			return r
		case r == 'ſ':
			return 's'
		case r == '\u212A': // the Kelvin sign
			return 'k'
		}
		ok = false
		return r
	}, s)
	return plain, ok
}

// keyword compiles a term on a field that is compared as a whole.
func (c *compiler) keyword(f event.Field, t query.Term) condition {
	if f == event.FieldID {
		return c.id(t)
	}
	if c.absent(f.Name()) {
		return no
	}
	col := name(f)
	t = t.On(f)
	if len(t.Stars) == 0 && f != event.FieldInvoker {
		if caseless(t.Text) {
			return condition{sql: col + " = ?", args: []any{t.Text}, exact: true}
		}
		if slices.Contains(c.e.Plain, f.Name()) {
			plain, ok := plainForm(t.Text)
			if !ok {
				return no
			}
			return condition{sql: col + " = ?", args: []any{plain}, exact: true}
		}
	}
	return condition{sql: "regexp_matches(" + col + ", " + literal(query.PatternColumn(f, t)) + ")", exact: true}
}

// sqlID builds the id of an event from the columns it is kept in.
const sqlID = `CASE WHEN stream IS NOT NULL AND seq IS NOT NULL THEN stream || '.' || seq::VARCHAR ` +
	`WHEN "idNum" IS NOT NULL THEN coalesce("idBase", '') || '.' || "idNum"::VARCHAR ELSE "idBase" END`

// id compiles a term on the id, which is kept in two columns.
func (c *compiler) id(t query.Term) condition {
	if len(t.Stars) > 0 {
		return condition{sql: "regexp_matches(" + sqlID + ", " + literal(query.PatternKeyword(t)) + ")", exact: true}
	}
	// A column without letters to fold, or the pattern.
	column := func(col, text string) condition {
		switch {
		case text == "", c.absent(col):
			return no
		case caseless(text):
			return condition{sql: `"` + col + `" = ?`, args: []any{text}, exact: true}
		case slices.Contains(c.e.Plain, col):
			plain, ok := plainForm(text)
			if !ok {
				return no
			}
			return condition{sql: `"` + col + `" = ?`, args: []any{plain}, exact: true}
		}
		return condition{sql: `regexp_matches("` + col + `", ` + literal(query.PatternKeyword(query.Term{Text: text})) + ")", exact: true}
	}
	base, num := event.SplitID(t.Text)
	other := condition{sql: `stream IS NULL OR seq IS NULL`, exact: true}
	whole := and(condition{sql: `"idNum" IS NULL`, exact: true}, column("idBase", t.Text), other)
	if num == 0 {
		return whole
	}
	n := strconv.FormatUint(num, 10)
	idBase := column("idBase", base)
	if base == "" {
		idBase = condition{sql: `"idBase" IS NULL`, exact: true}
	}
	return or(whole,
		and(condition{sql: `"idNum" = ` + n, exact: true}, idBase, other),
		and(condition{sql: "seq = " + n, exact: true}, column("stream", base)))
}

// equal compiles field:term.
func (c *compiler) equal(f query.Field, t query.Term) condition {
	if f.Column == event.NoField {
		return c.inData(f.Path, t)
	}
	switch f.Column.Type() {
	case event.Text:
		return c.text(f.Column, t, false)
	case event.Keyword:
		return c.keyword(f.Column, t)
	case event.List:
		return c.list(f.Column, t)
	case event.LevelType:
		set := query.Levels(t)
		return levels(func(l event.Level) bool { return set[l] })
	case event.Timestamp:
		first, last, ok := query.TimeBounds(t.Text)
		if !ok {
			return no
		}
		return c.times(f.Column, first, last)
	case event.Number:
		b := &query.Bound{Inclusive: true}
		b.Value.Number, _ = query.CanonicalNumber(t.Text)
		return c.numbers(f.Column, b, b)
	}
	return no // the parser lets none through
}

// list compiles that any element of a list matches.
func (c *compiler) list(f event.Field, t query.Term) condition {
	if c.absent(f.Name()) {
		return no
	}
	pattern := query.PatternColumn(f, t)
	if f == event.FieldFlags { // kept as bits
		re, err := regexp.Compile(pattern)
		if err != nil {
			return maybe
		}
		var bits event.Flags
		for _, name := range event.Flags(255).Names() {
			if re.MatchString(name) {
				bits |= event.ParseFlag(name)
			}
		}
		if bits == 0 {
			return no
		}
		return condition{sql: "flags & " + strconv.Itoa(int(bits)) + " <> 0", exact: true}
	}
	return condition{sql: "len(list_filter(" + name(f) + ", lambda x: regexp_matches(x, " + literal(pattern) + "))) > 0", exact: true}
}

// levels compiles that the level is one of those that hold; no level is none.
func levels(holds func(event.Level) bool) condition {
	var in []string
	for l := event.Debug; int(l) < event.NumLevels; l++ {
		if holds(l) {
			in = append(in, strconv.Itoa(int(l)))
		}
	}
	if len(in) == 0 {
		return no
	}
	return condition{sql: "level IN (" + strings.Join(in, ", ") + ")", exact: true}
}

// present compiles field:*.
func (c *compiler) present(f query.Field) condition {
	switch {
	case f.Column == event.NoField:
		return c.keyInData(f.Path)
	case f.Column == event.FieldTime:
		return yes
	case f.Column == event.FieldID:
		return condition{sql: `"idBase" IS NOT NULL OR "idNum" IS NOT NULL OR stream IS NOT NULL AND seq IS NOT NULL`, exact: true}
	case c.absent(f.Column.Name()):
		return no
	case f.Column == event.FieldFlags:
		return condition{sql: "flags & 15 <> 0", exact: true} // those that have a name
	}
	// [] and {} are data that are not present; the matcher knows.
	return condition{sql: name(f.Column) + " IS NOT NULL", exact: f.Column != event.FieldData}
}

func (c *compiler) compare(n *query.Compare) condition {
	switch n.Op {
	case query.Greater, query.GreaterEqual:
		return c.order(n.Field, &query.Bound{Value: n.Value, Inclusive: n.Op == query.GreaterEqual}, nil)
	default:
		return c.order(n.Field, nil, &query.Bound{Value: n.Value, Inclusive: n.Op == query.LessEqual})
	}
}

func (c *compiler) between(n *query.Range) condition { return c.order(n.Field, n.Low, n.High) }

// order compiles that a field lies between two bounds, each of which may be
// absent.
func (c *compiler) order(f query.Field, low, high *query.Bound) condition {
	if f.Column == event.NoField {
		return c.keyInData(f.Path)
	}
	switch f.Column.Type() {
	case event.Timestamp:
		from, to := int64(math.MinInt64), int64(math.MaxInt64)
		if low != nil {
			if from = low.Value.Time; !low.Inclusive {
				if from == math.MaxInt64 {
					return no
				}
				from++
			}
		}
		if high != nil {
			if to = high.Value.Time; !high.Inclusive {
				if to == math.MinInt64 {
					return no
				}
				to--
			}
		}
		return c.times(f.Column, from, to)
	case event.LevelType:
		return levels(func(l event.Level) bool {
			return (low == nil || l > low.Value.Level || low.Inclusive && l == low.Value.Level) &&
				(high == nil || l < high.Value.Level || high.Inclusive && l == high.Value.Level)
		})
	case event.Number:
		return c.numbers(f.Column, low, high)
	}
	return no // the parser lets none through
}

// times compiles that a time lies from first to last, both included.
func (c *compiler) times(f event.Field, first, last int64) condition {
	if c.absent(f.Name()) || first > last {
		return no
	}
	var parts []condition
	// DuckDB's times have no least and greatest number: they are infinities.
	if first > -math.MaxInt64 {
		parts = append(parts, condition{sql: name(f) + " >= make_timestamp_ns(" + strconv.FormatInt(first, 10) + ")", exact: true})
	}
	if last < math.MaxInt64 {
		parts = append(parts, condition{sql: name(f) + " <= make_timestamp_ns(" + strconv.FormatInt(last, 10) + ")", exact: true})
	}
	if len(parts) == 0 {
		return condition{sql: name(f) + " IS NOT NULL", exact: true}
	}
	return and(parts...)
}

// numbers compiles that a number lies between two bounds. A bound that is no
// number holds nothing.
func (c *compiler) numbers(f event.Field, low, high *query.Bound) condition {
	for _, b := range []*query.Bound{low, high} {
		if b == nil {
			continue
		}
		if _, ok := query.CanonicalNumber(b.Value.Number); !ok {
			return no
		}
	}
	if c.absent(f.Name()) {
		return no
	}
	parts := []condition{{sql: name(f) + " IS NOT NULL", exact: true}}
	if f == event.FieldSeq {
		// Whole numbers are compared with decimals exactly: by the least that
		// is inside, and the least that is beyond.
		if low != nil {
			n, ok := least(func(n uint64) bool {
				d := query.CompareNumbers(strconv.FormatUint(n, 10), low.Value.Number)
				return d > 0 || d == 0 && low.Inclusive
			})
			if !ok {
				return no
			}
			parts = append(parts, condition{sql: "seq >= ?", args: []any{n}, exact: true})
		}
		if high != nil {
			n, ok := least(func(n uint64) bool {
				d := query.CompareNumbers(strconv.FormatUint(n, 10), high.Value.Number)
				return d > 0 || d == 0 && !high.Inclusive
			})
			if ok {
				parts = append(parts, condition{sql: "seq < ?", args: []any{n}, exact: true})
			}
		}
		return and(parts...)
	}
	bound := func(b *query.Bound, op string) {
		if b == nil {
			return
		}
		if b.Inclusive {
			op += "="
		}
		// As the column holds it: rounded to 64 bits, infinite beyond them.
		v, _ := strconv.ParseFloat(b.Value.Number, 64)
		parts = append(parts, condition{sql: name(f) + " " + op + " ?", args: []any{v}, exact: true})
	}
	bound(low, ">")
	bound(high, "<")
	return and(parts...)
}

// least finds the least number above 0 for which holds, which holds for all
// greater ones too.
func least(holds func(uint64) bool) (uint64, bool) {
	low, high := uint64(1), uint64(math.MaxUint64)
	if !holds(high) {
		return 0, false
	}
	for low < high {
		if middle := low + (high-low)/2; holds(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, true
}

// inData lets through what may hold the value under the key.
func (c *compiler) inData(path string, t query.Term) condition {
	key := c.keyInData(path)
	piece := query.LongestLiteral(t)
	if _, number := query.CanonicalNumber(t.Text); piece == "" || number && len(t.Stars) == 0 || key.sql == never {
		return key // 150 is also found as 1.5e2
	}
	// words holds the strings of data without their escapes, and in half
	// width; what is no string, true or 42, stands in data as it is.
	value := contains("data", piece)
	if !c.absent("words") {
		value = or(value, contains("words", piece))
	}
	both := and(key, value)
	both.exact = false
	return both
}

// keyInData lets through what may hold the key: what ends a key as the path
// does, or could hide it behind an escape.
func (c *compiler) keyInData(path string) condition {
	if c.absent("data") {
		return no
	}
	tail := path[strings.LastIndexByte(path, '.')+1:] + `"`
	return condition{sql: `contains(data, ?) OR contains(data, '\')`, args: []any{tail}}
}
