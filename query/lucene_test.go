package query_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	. "github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

func TestLuceneIsReadIntoOurTree(t *testing.T) {
	for _, c := range []struct{ lucene, want string }{
		{"", ""}, {"  ", ""}, {"*", ""}, {"*:*", ""},
		// No operator is OR; + and - decide, and what is left is a choice.
		{"a b", "a or b"},
		{"a OR b || c", "a or b or c"},
		{"a AND b && c", "a and b and c"},
		{"+a b", "a"},
		{"+a +b -c d", "a and b and not c"},
		{"a b -c", "(a or b) and not c"},
		{"a NOT b", "a and not b"},
		{"a !b", "a and not b"},
		{"-a", "not a"},
		{"NOT a OR b", "not a or b"},
		{"a OR NOT b", "a or not b"},
		{"a AND NOT b", "a and not b"},
		{"a AND -b", "a and not b"},
		{"a AND b OR c", "a and b or c"},
		{"a OR b AND c", "a or b and c"},
		{"a b AND c", "a or b and c"},
		{"(a b) AND c", "(a or b) and c"},
		{"((a))", "a"},
		{"not and or", "\\not or \\and or \\or"}, // the words in small letters are words
		{"NOTHING ANDROID ORDER", "NOTHING or ANDROID or ORDER"},
		{"NOT NOT a", "not not a"},
		{"+(+a +b) +c", "a and b and c"},
		// Fields.
		{"errorCode:TICKET_EXPIRED", "errorCode:TICKET_EXPIRED"},
		{"level:(error OR fatal)", "level:error or level:fatal"},
		{"level:(+error -fatal)", "level:error and not level:fatal"},
		{"msg:(a AND \"b c\")", `msg:a and msg:"b c"`},
		{"logid: 8f43", "logid:8f43"},
		{"errorCode:*", "errorCode:*"},
		{"_exists_:errorCode", "errorCode:*"},
		{"-_exists_:a.b", "not a.b:*"},
		{`odd\ name:x`, `"odd name":x`},
		{`a\:b:c`, `"a:b":c`},
		{"invoker:uid:user123", "invoker:uid:user123"},
		{"time:[2026-11-20T14:00:00Z TO *]", "time:[2026-11-20T14:00:00Z to *]"},
		// Terms.
		{`"ticket refresh"`, `"ticket refresh"`},
		{`"a \"b\" c"`, `"a \"b\" c"`},
		{"err* *part* a*b", "err* or *part* or a*b"},
		{`1\+1\=2 \(x\) a\*b \AND \u`, `1+1=2 or \(x\) or a\*b or \AND or u`},
		{"a/b httpPath:\\/ticket\\/refresh", "a/b or httpPath:/ticket/refresh"},
		{"well-known c++ a!b", "well-known or c++ or a!b"},
		{"登录 AND 票据*", "登录 and 票据*"},
		{"（a b）", `\（a or b\）`}, // full-width signs are no syntax of Lucene
		// Ranges and comparisons.
		{"timeCost:[100 TO 500]", "timeCost:[100 to 500]"},
		{"timeCost:{100 TO 500}", "timeCost:{100 to 500}"},
		{"timeCost:[100 TO 500} OR timeCost:{* TO 5]", "timeCost:[100 to 500} or timeCost:[* to 5]"},
		{"timeCost:>=500 AND seq:<3", "timeCost >= 500 and seq < 3"},
		{"timeCost:-5", "timeCost:-5"},
		// A boost says how to rank, and nothing is ranked here.
		{"a^2 \"b c\"^0.5 (d e)^3 f:g^4", `a or "b c" or d or e or f:g`},
		// Patterns.
		{`/tick.*(et|s)/`, `~"tick.*(et|s)"`},
		{`msg:/a\/b "\d+\"/`, `msg:~"a/b \"\d+\""`},
		{`errorCode:/TICKET_[A-Z]+/ AND b`, `errorCode:~"TICKET_[A-Z]+" and b`},
		{"errorCode:T?CKET_*", `errorCode:~"T(?s:.)CKET_(?s:.*)"`},
		{"traceId:8F43-?c*", `traceId:~"8f43.c.*"`},
		{"a | count by level", "a | count by level"},
	} {
		s, err := ParseStatement("lucene:" + c.lucene)
		if err != nil {
			t.Errorf("%s: %v", c.lucene, err)
			continue
		}
		if got := s.String(); got != c.want {
			t.Errorf("%s is read as %s, want %s", c.lucene, got, c.want)
		}
		if again, err := ParseStatement(s.String()); err != nil || !reflect.DeepEqual(again.Query.Root, s.Query.Root) {
			t.Errorf("%s: the translation %s is read back as %v, %v", c.lucene, s, again, err)
		}
	}
}

func TestAQuestionMarkIsOneSignOfAWord(t *testing.T) {
	for _, c := range []struct {
		lucene, event string
		match         bool
	}{
		{"t?cket", `{"msg":"a ticket, please"}`, true},
		{"t?cket", `{"msg":"a TICKET"}`, true},
		{"t?cket", `{"msg":"tickets"}`, false},
		{"t?cket*", `{"msg":"my tickets"}`, true},
		{"t?cket", `{"msg":"t cket"}`, false},
		{"t?cket", `{"msg":"坐席ticket过期"}`, true},
		{"坐?七", `{"msg":"坐席七登录"}`, true},
		{"1380013800?", `{"number":"13800138000"}`, true},
		{"1380013800?", `{"number":"138001380000"}`, false},
		{"errorCode:DEN?ED", `{"errorCode":"denied"}`, true},
		{"errorCode:DEN?", `{"errorCode":"denied"}`, false},
		{"seat:坐?七", `{"data":{"seat":"坐席七"}}`, true},
		{"status:4?1", `{"data":{"status":401}}`, true},
		{"status:4?1", `{"data":{"status":4011}}`, false},
	} {
		q, e := mustParse(t, "lucene:"+c.lucene), wireEvent(t, []byte(c.event))
		if got := q.Matcher().Match(e); got != c.match || (oracle{e}).matches(q.Root) != c.match {
			t.Errorf("%s matches %v, want %v: %s", c.lucene, got, c.match, c.event)
		}
	}
}

func TestWrongLuceneIsPointedAtByItsColumn(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		want   string
	}{
		{"lucene:a AND", 10, "after AND"},
		{"lucene:AND a", 8, "before AND"},
		{"lucene:a OR", 10, "after OR"},
		{"lucene:a AND OR b", 10, "after AND"},
		{"lucene:a OR AND b", 13, "before AND"},
		{"lucene:+ a", 9, "behind '+'"},
		{"lucene:NOT", 11, "behind 'NOT'"},
		{"lucene:(a", 8, "')' that closes"},
		{"lucene:a)", 9, "no ')'"},
		{"lucene:()", 9, "a word"},
		{"lucene:登录 level:", 17, "a value of level"},
		{"lucene:level: AND a", 15, "a level"},
		{"lucene:level:urgent", 14, "a level"},
		{"lucene:timeCost:fast", 17, "a number"},
		{"lucene:time:[now-1d TO now]", 14, "a time"},
		{"lucene:msg:[a TO z]", 12, "an order"},
		{"lucene:[1 TO 2]", 8, "a field before a range"},
		{"lucene:timeCost:[1 2]", 20, "'to' between"},
		{"lucene:roam~", 12, "no '~'"},
		{"lucene:roam~2", 12, "no '~'"},
		{`lucene:"a b"~3`, 13, "no '~'"},
		{"lucene:a^b", 9, "a number after '^'"},
		{"lucene:boo*:x", 8, "without '*'"},
		{`lucene:a\`, 9, "a sign after"},
		{`lucene:"a`, 8, "a quote"},
		{"lucene:/a", 8, "'/' that closes"},
		{"lucene:/a(/", 8, "RE2"},
		{"lucene:timeCost:/1/", 17, "a field of text"},
		{"lucene:timeCost:1?", 17, "a field of text"},
		{"lucene:/(((a{10}){10}){10}){10}/", 8, "RE2"},
		{"lucene:/((a{20}b{20}){20}){2}/", 8, "smaller"},
		{"lucene:a | nonsense", 12, "a pipe"},
		{"lucene:" + strings.Repeat("(", MaxDepth+1), 0, "levels"},
		{"lucene:" + strings.Repeat("-", MaxDepth+1) + "a", 0, "levels"},
		{"lucene:" + strings.Repeat("a ", MaxClauses+1), 0, "clauses"},
	} {
		s, err := ParseStatement(c.text)
		syntax, ok := err.(*SyntaxError)
		if !ok || c.column > 0 && syntax.Column() != c.column || !strings.Contains(syntax.Want, c.want) {
			t.Errorf("%.60s: read as %.60v, %v; should be column %d with %q", c.text, s, err, c.column, c.want)
		}
	}
	if _, err := Parse("lucene:a | count"); err == nil || !strings.Contains(err.Error(), "no '|' here") {
		t.Errorf("who asks for events gets pipes: %v", err)
	}
}

func TestQueriesWrittenAsLuceneAreReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := querytest.Query(querytest.Event().Draw(t, "event")).Draw(t, "query")
		text := querytest.Lucene(q)
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%s, of %s: %v", text, q, err)
		}
		if again.String() != q.String() {
			t.Fatalf("%s\nis read as %s\nwas       %s", text, again, q)
		}
	})
}

func FuzzParseLucene(f *testing.F) {
	for _, s := range []string{`+a -b "c d"^2 e:/f\/g/ h?i*`, "a AND (b OR NOT c:[1 TO 2}) || d", `_exists_:x \AND y:>=3 | count`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = "lucene:" + text
		s, err := ParseStatement(text)
		if err != nil {
			syntax, ok := err.(*SyntaxError)
			if !ok || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Want == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		again, err := ParseStatement(s.String())
		if len(s.String()) > MaxText && err != nil {
			return
		}
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is printed as %q and read as %v, %v", text, s, again, err)
		}
		s.Query.Matcher()
	})
}
