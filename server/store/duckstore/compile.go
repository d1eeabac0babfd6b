//go:build !noduck

package duckstore

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// compile makes SQL of a query, for one segment; it means exactly what
// query.Matcher means. What the segment is known not to have falls away: a
// bare word asks 17 columns, of which most segments have seven.
func compile(q *query.Query, e *entry, set *predicateSet) condition {
	x, _ := compileSettled(q, e, set)
	return x
}

// compileSettled tells besides which columns are not in the SQL because what
// the query says of them is true of all rows.
func compileSettled(q *query.Query, e *entry, set *predicateSet) (x condition, settled uint64) {
	if matchAll(q) {
		return always, 0
	}
	if size(q.Root, 0) > maxSize {
		// DuckDB's planner takes a millisecond for twenty comparisons, and is
		// not made for deep ones.
		n, cols := set.whole(q)
		return condition("clewlineRow(" + strconv.FormatUint(n, 10) + "::UBIGINT" + columnList(cols) + ")"), 0
	}
	c := compiler{e: e, set: set}
	x = c.node(q.Root, false)
	return x, c.settled
}

// maxSize bounds the comparisons of a query that is compiled; a larger one is
// left to the matcher as a whole.
const maxSize = 250

// size counts about how many comparisons a part of the tree makes. Depth
// counts as well.
func size(n query.Node, depth int) int {
	switch n := n.(type) {
	case *query.And:
		return sizes(n.Of, depth)
	case *query.Or:
		return sizes(n.Of, depth)
	case *query.Not:
		return size(n.Of, depth+1)
	case *query.Word:
		return depth + len(event.BareText) + len(event.BareKeyword)
	case *query.Regexp:
		if n.Bare {
			return depth + len(event.BareText) + len(event.BareKeyword)
		}
	}
	return depth + 1
}

func sizes(of []query.Node, depth int) int {
	total := 0
	for _, n := range of {
		total += size(n, depth+1)
	}
	return total
}

// A condition is SQL that is true for the rows of a segment that match.
type condition string

const (
	always condition = "TRUE"
	never  condition = "FALSE"
)

type compiler struct {
	e       *entry
	set     *predicateSet
	settled uint64
}

// node compiles a part of the tree; under an odd number of nots, its
// opposite. A column that is absent is null, and null is no: hence IS NOT
// TRUE at the leaves, where the nots are carried to.
func (c *compiler) node(n query.Node, not bool) condition {
	switch n := n.(type) {
	case query.All, *query.All:
		return constant(!not)
	case *query.And:
		return c.join(n.Of, not, not)
	case *query.Or:
		return c.join(n.Of, !not, not)
	case *query.Not:
		return c.node(n.Of, !not)
	}
	x := c.leaf(n)
	switch {
	case !not:
	case x == always:
		return never
	case x == never:
		return always
	default:
		x = "(" + x + ") IS NOT TRUE"
	}
	return x
}

func constant(b bool) condition {
	if b {
		return always
	}
	return never
}

// join compiles parts of which all must match, or any.
func (c *compiler) join(of []query.Node, any, not bool) condition {
	parts := make([]condition, 0, 2*len(of))
	if !any && !not {
		// All the cheap parts of the words first: the dear ones then see only
		// what has a piece of every word.
		for _, n := range of {
			if w, ok := n.(*query.Word); ok {
				parts = append(parts, c.maybeWord(w.Term))
			}
		}
		if len(parts) < 2 {
			parts = parts[:0]
		}
	}
	for _, n := range of {
		parts = append(parts, c.node(n, not))
	}
	if any {
		return or(parts...)
	}
	return and(parts...)
}

func and(parts ...condition) condition { return merge(parts, " AND ", always, never) }

func or(parts ...condition) condition { return merge(parts, " OR ", never, always) }

// merge joins conditions: neutral falls away, absorbing decides alone.
func merge(parts []condition, word string, neutral, absorbing condition) condition {
	var b strings.Builder
	for _, p := range parts {
		switch p {
		case absorbing:
			return p
		case neutral:
			continue
		}
		if b.Len() > 0 {
			b.WriteString(word)
		}
		b.WriteString("(" + string(p) + ")")
	}
	if b.Len() == 0 {
		return neutral
	}
	return condition(b.String())
}

func (c *compiler) absent(column string) bool { return slices.Contains(c.e.Absent, column) }

func (c *compiler) leaf(n query.Node) condition {
	switch n := n.(type) {
	case *query.Word:
		return c.word(n.Term, func(f event.Field) condition { return c.text(n, f, n.Term, true) })
	case *query.Equal:
		return c.equal(n)
	case *query.Present:
		return c.present(n)
	case *query.Compare:
		return c.compare(n)
	case *query.Range:
		return c.between(n)
	case *query.Regexp:
		return c.pattern(n)
	}
	return never
}

// pattern compiles a regular expression. The matcher decides, as it is
// compiled once for a query, and not once for each column and segment.
func (c *compiler) pattern(n *query.Regexp) condition {
	one := func(f event.Field) condition {
		node := &query.Regexp{Field: query.Field{Name: f.Name(), Column: f}, Pattern: n.Pattern}
		switch {
		case f == event.FieldID, f.Type() == event.List, f.Type() == event.LevelType:
			number, cols := c.set.whole(&query.Query{Root: node})
			return condition("clewlineRow(" + strconv.FormatUint(number, 10) + "::UBIGINT" + columnList(cols) + ")")
		case c.absent(f.Name()):
			return never
		}
		return c.predicate(n, node, f)
	}
	switch {
	case n.Bare:
		var parts []condition
		for _, f := range event.BareText {
			parts = append(parts, one(f))
		}
		for _, f := range event.BareKeyword {
			parts = append(parts, one(f))
		}
		return or(parts...)
	case n.Field.Column == event.NoField:
		return c.keyInData(n.Field.Path, n)
	}
	return one(n.Field.Column)
}

// word compiles a bare word: a text field, or an id or who field.
func (c *compiler) word(t query.Term, text func(event.Field) condition) condition {
	parts := make([]condition, 0, len(event.BareText)+len(event.BareKeyword))
	for _, f := range event.BareText {
		parts = append(parts, text(f))
	}
	for _, f := range event.BareKeyword {
		parts = append(parts, c.keyword(f, t))
	}
	return or(parts...)
}

// maybeWord compiles what holds wherever a bare word does, and is cheap.
func (c *compiler) maybeWord(t query.Term) condition {
	piece := query.LongestLiteral(t)
	if piece == "" {
		return always
	}
	return c.word(t, func(f event.Field) condition {
		if c.absent(f.Name()) {
			return never
		}
		if x, known := c.listed(f, t); known {
			return x
		}
		return c.holds(f, piece)
	})
}

func name(f event.Field) string { return `"` + columns[columnOf[f]].name + `"` }

// predicate compiles that node holds for an event of which only column is
// known.
func (c *compiler) predicate(key, node query.Node, column event.Field) condition {
	n := c.set.number(predicateKey{key, column}, node)
	return condition("clewline(" + strconv.FormatUint(n, 10) + "::UBIGINT, " + name(column) + ")")
}

// text compiles a term on a text field. bare says that the derived field
// words is asked as well, which holds the half-width copy of what is written
// in full width, so that the literal need not be sought in both widths.
func (c *compiler) text(key query.Node, f event.Field, t query.Term, bare bool) condition {
	if c.absent(f.Name()) {
		return never
	}
	if x, known := c.listed(f, t); known {
		return x
	}
	match := c.predicate(key, &query.Equal{Field: query.Field{Name: f.Name(), Column: f}, Term: t}, f)
	piece := query.LongestLiteral(t)
	if piece == "" || f == event.FieldUA {
		return match
	}
	before := c.holds(f, piece)
	if !bare && f != event.FieldWords && !c.absent("words") {
		before = or(before, contains(`"words"`, piece))
	}
	// RE2 finds a piece three times as fast as the matcher decides.
	return and(before, match)
}

// holds compiles that a text field holds a folded piece, whatever its letter
// case.
func (c *compiler) holds(f event.Field, piece string) condition {
	if c.e.index.index().Folded(f) && oneWord(piece) {
		return condition("contains(" + name(f) + ", " + literal(piece) + ")")
	}
	return contains(name(f), piece)
}

// oneWord says that a piece consists of signs that words are made of.
func oneWord(piece string) bool {
	end := 0
	for t := range query.Tokens(piece) {
		if t.Start != end {
			return false
		}
		end = t.End
	}
	return end == len(piece) && query.Fold(piece) == piece
}

// contains compiles that a column holds a text, whatever its letter case.
func contains(col, text string) condition {
	if caseless(text) {
		return condition("contains(" + col + ", " + literal(text) + ")")
	}
	return condition("regexp_matches(" + col + ", " + literal("(?i)"+query.QuoteLiteral(text)) + ")")
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
		return never
	}
	if x, known := c.listed(f, t); known {
		return x
	}
	col := name(f)
	t = t.On(f)
	if len(t.Stars) == 0 && f.Bare() && !c.e.index.index().MayValue(t.Text) {
		return never
	}
	if len(t.Stars) == 0 && f != event.FieldInvoker {
		if caseless(t.Text) {
			return condition(col + " = " + literal(t.Text))
		}
		if slices.Contains(c.e.Plain, f.Name()) {
			plain, ok := plainForm(t.Text)
			if !ok {
				return never
			}
			return condition(col + " = " + literal(plain))
		}
	}
	match := condition("regexp_matches(" + col + ", " + literal(query.PatternColumn(f, t)) + ")")
	if slices.Contains(c.e.Plain, f.Name()) {
		// A text is found ten times as fast as a pattern.
		piece, ok := plainForm(longestPiece(t))
		if !ok {
			return never
		}
		return and(condition("contains("+col+", "+literal(piece)+")"), match)
	}
	return match
}

// inID compiles what holds wherever an id has a piece, and is cheap: but for
// its number and the dot before it, it stands in one column.
func (c *compiler) inID(piece string) condition {
	if strings.Trim(piece, "0123456789") == "" || strings.Contains(piece, ".") {
		return always
	}
	column := func(col string) condition {
		if c.absent(col) {
			return never
		}
		if slices.Contains(c.e.Plain, col) {
			plain, ok := plainForm(piece)
			if !ok {
				return never
			}
			return condition(`contains("` + col + `", ` + literal(plain) + ")")
		}
		return contains(`"`+col+`"`, piece)
	}
	return or(column("idBase"), column("stream"))
}

// longestPiece gives the longest text between the wildcards of a term.
func longestPiece(t query.Term) (longest string) {
	from := 0
	for _, at := range append(slices.Clone(t.Stars), len(t.Text)) {
		if at-from > len(longest) {
			longest = t.Text[from:at]
		}
		from = at
	}
	return longest
}

// sqlID builds the id of an event from the columns it is kept in.
const sqlID = `CASE WHEN stream IS NOT NULL AND seq IS NOT NULL THEN stream || '.' || seq::VARCHAR ` +
	`WHEN "idNum" IS NOT NULL THEN coalesce("idBase", '') || '.' || "idNum"::VARCHAR ELSE "idBase" END`

// id compiles a term on the id, which is kept in two columns.
func (c *compiler) id(t query.Term) condition {
	if len(t.Stars) > 0 {
		return and(c.inID(longestPiece(t)), condition("regexp_matches("+sqlID+", "+literal(query.PatternKeyword(t))+")"))
	}
	// A column without letters to fold, or the pattern.
	column := func(col, text string) condition {
		switch {
		case text == "", c.absent(col), !c.e.index.index().MayValue(text):
			return never
		case caseless(text):
			return condition(`"` + col + `" = ` + literal(text))
		case slices.Contains(c.e.Plain, col):
			plain, ok := plainForm(text)
			if !ok {
				return never
			}
			return condition(`"` + col + `" = ` + literal(plain))
		}
		return condition(`regexp_matches("` + col + `", ` + literal(query.PatternKeyword(query.Term{Text: text})) + ")")
	}
	base, num := event.SplitID(t.Text)
	other := condition(`stream IS NULL OR seq IS NULL`)
	whole := and(condition(`"idNum" IS NULL`), column("idBase", t.Text), other)
	if num == 0 {
		return whole
	}
	n := strconv.FormatUint(num, 10)
	idBase := column("idBase", base)
	if base == "" {
		idBase = condition(`"idBase" IS NULL`)
	}
	return or(whole,
		and(condition(`"idNum" = `+n), idBase, other),
		and(condition("seq = "+n), column("stream", base)))
}

// equal compiles field:term.
func (c *compiler) equal(n *query.Equal) condition {
	f, t := n.Field, n.Term
	if f.Column == event.NoField {
		return c.inData(n)
	}
	switch f.Column.Type() {
	case event.Text:
		return c.text(n, f.Column, t, false)
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
			return never
		}
		return c.times(f.Column, first, last)
	case event.Number:
		b := &query.Bound{Inclusive: true}
		b.Value.Number, _ = query.CanonicalNumber(t.Text)
		return c.numbers(f.Column, b, b)
	}
	return never // the parser lets none through
}

// list compiles that any element of a list matches.
func (c *compiler) list(f event.Field, t query.Term) condition {
	if c.absent(f.Name()) {
		return never
	}
	pattern := query.PatternColumn(f, t)
	if f == event.FieldFlags { // kept as bits
		re, err := regexp.Compile(pattern)
		if err != nil {
			return never // it is the query package's, and compiles
		}
		var bits event.Flags
		for _, name := range event.Flags(255).Names() {
			if re.MatchString(name) {
				bits |= event.ParseFlag(name)
			}
		}
		if bits == 0 {
			return never
		}
		return condition("flags & " + strconv.Itoa(int(bits)) + " <> 0")
	}
	return condition("len(list_filter(" + name(f) + ", lambda x: regexp_matches(x, " + literal(pattern) + "))) > 0")
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
		return never
	}
	return condition("level IN (" + strings.Join(in, ", ") + ")")
}

// present compiles field:*.
func (c *compiler) present(n *query.Present) condition {
	f := n.Field
	switch {
	case f.Column == event.NoField:
		return c.keyInData(f.Path, n)
	case f.Column == event.FieldTime:
		return always
	case f.Column == event.FieldID:
		return condition(`"idBase" IS NOT NULL OR "idNum" IS NOT NULL OR stream IS NOT NULL AND seq IS NOT NULL`)
	case c.absent(f.Column.Name()):
		return never
	case f.Column == event.FieldFlags:
		return condition("flags & 15 <> 0") // those that have a name
	}
	if f.Column == event.FieldData {
		return c.predicate(n, n, event.FieldData) // [] and {} are not present
	}
	if v := c.e.index.index().Values(f.Column); v != nil {
		return c.there(f.Column, v)
	}
	return condition(name(f.Column) + " IS NOT NULL")
}

func (c *compiler) compare(n *query.Compare) condition {
	switch n.Op {
	case query.Greater, query.GreaterEqual:
		return c.order(n, n.Field, &query.Bound{Value: n.Value, Inclusive: n.Op == query.GreaterEqual}, nil)
	default:
		return c.order(n, n.Field, nil, &query.Bound{Value: n.Value, Inclusive: n.Op == query.LessEqual})
	}
}

func (c *compiler) between(n *query.Range) condition { return c.order(n, n.Field, n.Low, n.High) }

// inData compiles a term on a key in data: the key and the longest piece of
// the value must be there somewhere, then the matcher decides.
func (c *compiler) inData(n *query.Equal) condition {
	match := c.keyInData(n.Field.Path, n)
	t := n.Term
	piece := query.LongestLiteral(t)
	if _, number := query.CanonicalNumber(t.Text); match == never || piece == "" || number && len(t.Stars) == 0 {
		return match // 150 is also found as 1.5e2
	}
	// words holds the strings of data without their escapes, and in half
	// width; what is no string, true or 42, stands in data as it is.
	value := contains("data", piece)
	if !c.absent("words") {
		value = or(value, contains("words", piece))
	}
	return and(value, match)
}

// keyInData compiles a node on a key in data. What ends a key as the path
// does, or could hide it behind an escape, must be there.
func (c *compiler) keyInData(path string, n query.Node) condition {
	if c.absent("data") {
		return never
	}
	tail := path[strings.LastIndexByte(path, '.')+1:] + `"`
	return and(
		condition("contains(data, "+literal(tail)+`) OR contains(data, '\')`),
		c.predicate(n, n, event.FieldData))
}
