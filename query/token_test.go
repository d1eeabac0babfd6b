package query_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

// The classes as the design names them, to hold the scanner's tables to.
var (
	designSingle = regexp.MustCompile(`^[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]$`)
	designWord   = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_＿]$`)
)

func everyCharacter(visit func(r rune)) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if utf8.ValidRune(r) {
			visit(r)
		}
	}
}

func TestEveryCharacterIsOfTheClassThatTheDesignGivesIt(t *testing.T) {
	everyCharacter(func(r rune) {
		s := string(r)
		single, word := designSingle.MatchString(s), designWord.MatchString(s)
		n := 0
		for token := range Tokens(s) {
			n++
			if token.Single != single {
				t.Errorf("%U is single %v, want %v", r, token.Single, single)
			}
		}
		if (n == 1) != (single || word) {
			t.Errorf("%U makes %d tokens", r, n)
		}
	})
}

func TestFoldingHoldsEqualWhatRE2DoesAndTheTwoWidths(t *testing.T) {
	everyCharacter(func(r rune) {
		folded := Fold(string(r))
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			if Fold(string(next)) != folded {
				t.Errorf("%U folds to %q, %U to %q", r, folded, next, Fold(string(next)))
			}
		}
		if wide := r + 0xFEE0; r < 0x7F && designWord.MatchString(string(r)) && Fold(string(wide)) != folded {
			t.Errorf("%U folds to %q, %U to %q", r, folded, wide, Fold(string(wide)))
		}
		if Fold(folded) != folded {
			t.Errorf("%U folds to %q, and that to %q", r, folded, Fold(folded))
		}
		if designSingle.MatchString(string(r)) && unicode.SimpleFold(r) != r {
			t.Errorf("%U has letter case; the scanner looks for it byte by byte", r)
		}
		if designWord.MatchString(string(r)) != designWord.MatchString(string(unicode.SimpleFold(r))) {
			t.Errorf("%U and %U are of two classes", r, unicode.SimpleFold(r))
		}
	})
}

func TestTokensCoverAllWordCharactersAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(querytest.Text(), rapid.String()).Draw(t, "text")
		end := 0
		for token := range Tokens(s) {
			if token.Start < end || token.End <= token.Start {
				t.Fatalf("%q: token %v after byte %d", s, token, end)
			}
			for i, r := range s[end:token.Start] {
				if designSingle.MatchString(string(r)) || designWord.MatchString(string(r)) {
					t.Fatalf("%q: byte %d is in no token", s, end+i)
				}
			}
			if token.Single != designSingle.MatchString(s[token.Start:token.End]) {
				t.Fatalf("%q: token %v", s, token)
			}
			end = token.End
		}
	})
}

// agree says whether the scanner and the pattern say the same of a text.
func agree(t interface{ Fatalf(string, ...any) }, term Term, text string) {
	if text == "" {
		return // an absent value
	}
	q := &Query{Root: &Equal{Resolve("msg"), term}}
	pattern, err := regexp.Compile(Pattern(term))
	if err != nil {
		t.Fatalf("%q: the pattern %s: %v", term.Text, Pattern(term), err)
	}
	e := &event.Event{Msg: text}
	got, want := q.Matcher().Match(e), pattern.MatchString(text)
	if got != want {
		t.Fatalf("term %q, wildcards at %v, in %q: the scanner says %v, the pattern %s says %v", term.Text, term.Stars, text, got, pattern, want)
	}
	if want {
		// The prefilter that stores use lets it through.
		e.DeriveWords()
		literal := regexp.MustCompile(`(?i)` + QuoteLiteral(LongestLiteral(term)))
		if !literal.MatchString(text) && !literal.MatchString(e.Words) {
			t.Fatalf("term %q stands in %q, its literal %s neither there nor in the words %q", term.Text, text, literal, e.Words)
		}
	}
	whole := regexp.MustCompile(PatternKeyword(term))
	e = &event.Event{App: text}
	q = &Query{Root: &Equal{Resolve("app"), term}}
	if got, want := q.Matcher().Match(e), whole.MatchString(text); got != want {
		t.Fatalf("term %q, wildcards at %v, as the whole of %q: the matcher says %v, the pattern %s says %v", term.Text, term.Stars, text, got, whole, want)
	}
}

func TestScannerAgreesWithPattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := querytest.Text().Draw(t, "text")
		e := event.Event{Msg: text}
		e.DeriveWords()
		for _, term := range querytest.Query(e).Draw(t, "query").Words() {
			agree(t, term, text)
		}
	})
}

func FuzzMatcherAgainstPattern(f *testing.F) {
	f.Add("time*out", "connection TIMEOUT_out", false)
	f.Add("登*录", "登 abc录入", false)
	f.Add("a-*-*-b", "a c, d (b)", false)
	f.Add("ｓtop", "ſTOP \u212A", false)
	f.Add("!*!", "x!abc!", false)
	f.Add("Ⓐ*ⓑ", "ⓐxⒷ", false)
	f.Add("a*b", "xa*b", true)
	f.Add("*aa*a", "aaaa baaab", false)
	f.Add("ab ab ac", "ab ab ab ac", true)
	f.Add("東*京a", "東京　京ａ", false)
	f.Add("\x00\n*\x7f", "\x00\n\x7f", false)
	f.Fuzz(func(t *testing.T, value, text string, quoted bool) {
		if !utf8.ValidString(value) || !utf8.ValidString(text) || len(value) > 60 || len(text) > 300 {
			return
		}
		term := Term{Text: value, Quoted: quoted}
		if !quoted {
			term.Text = ""
			for i, piece := range strings.Split(value, "*") {
				if n := len(term.Text); i > 0 && (len(term.Stars) == 0 || term.Stars[len(term.Stars)-1] != n) {
					term.Stars = append(term.Stars, n)
				}
				term.Text += piece
			}
		}
		if term.Text == "" {
			return // none that Parse gives
		}
		agree(t, term, text)
	})
}

func TestPatternsOfTheLongestTermsCompile(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("登", MaxTokens),
		strings.Repeat("a ", MaxTokens),
		strings.Repeat("a-*-", MaxTokens/2),
		strings.Repeat("*-", MaxTokens-1) + "a",
		"a" + strings.Repeat("-*", MaxTokens-2) + "-b",
	} {
		q, err := Parse(`"` + text + `"`)
		if strings.Contains(text, "*") {
			q, err = Parse(text)
		}
		if err != nil {
			t.Fatalf("%.20s...: %v", text, err)
		}
		if _, err := regexp.Compile(Pattern(q.Words()[0])); err != nil {
			t.Errorf("%.20s...: %v", text, err)
		}
	}
}

func TestPatternsOfColumns(t *testing.T) {
	for _, c := range []struct {
		field, term, value string
		want               bool
	}{
		{"traceId", "8F43-AC91", "8f43ac91", true},
		{"spanId", "8F43*91", "8f43ac91", true},
		{"childOf", "8f-*-43*", "8f43ac91", true},
		{"callId", "8F43-AC91", "8f43ac91", false},
		{"invoker", "user123", "uid:user123", true},
		{"invoker", "uid:user123", "uid:user123", true},
		{"invoker", "user123", "x:user123", false},
		{"invoker", "*23", "uid:user123", true},
		{"httpPath", "/a*", "/a\n/b", true},
		{"httpPath", "/a.b", "/axb", false},
		{"filePath", "*.TXT", "a.txt", true},
		{"msg", "a*", "x abc", true},
		{"app", "a*", "x abc", false},
	} {
		term := mustParse(t, c.term).Words()[0]
		pattern := PatternColumn(event.FieldByName(c.field), term)
		if got := regexp.MustCompile(pattern).MatchString(c.value); got != c.want {
			t.Errorf("%s:%s in %q is %v by %s", c.field, c.term, c.value, got, pattern)
		}
	}
	if p := PatternColumn(event.FieldTimeCost, Term{Text: "1"}); p != "" {
		t.Errorf("a number has the pattern %s", p)
	}
}

func TestLongestLiteralIsOfOneToken(t *testing.T) {
	for text, want := range map[string]string{
		"ticket refresh": "refresh", "登录ticket": "ticket", "登录": "登", "a*bcd*e": "bcd", "ＡＢＣ": "abc",
		"!!": "!!", "TICKET_EXPIRED": "ticket_expired", "*-a": "a", "-*=": "-",
	} {
		term := Term{Text: text, Quoted: true}
		if strings.Contains(text, "*") {
			term = mustParse(t, text).Words()[0]
		}
		if got := LongestLiteral(term); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestAppendFoldIsFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("azAZ@[`{09_ ＡＺａ＿线断ſKéÉΣςĀ")))).Draw(t, "text")
		if got := string(AppendFold([]byte("before"), s)); got != "before"+Fold(s) {
			t.Fatalf("%q is folded to %q, want %q", s, got, Fold(s))
		}
	})
}
