package redact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
	"pgregory.net/rapid"
)

const (
	cardNumber = "4111111111111111"
	secretWord = "Hunter2Hunter2"
)

// everything is what an event holds, as one text.
func everything(e *event.Event) string {
	e.DeriveWords()
	var b strings.Builder
	for f := event.NoField + 1; f < event.NumFields; f++ {
		fmt.Fprintln(&b, e.String(f), e.Strings(f))
	}
	return b.String()
}

func TestEveryFieldThatHoldsTextIsRedacted(t *testing.T) {
	s := compiled(t, Defaults()...)
	for f := event.NoField + 1; f < event.NumFields; f++ {
		var e event.Event
		text := "pay " + cardNumber + " password=" + secretWord
		switch f {
		case event.FieldData:
			e.Data = `{"a":[{"note":"` + text + `"}],"password":"` + secretWord + `"}`
		case event.FieldFilePath:
			e.FilePath = []string{"a", text}
		case event.FieldCollectionName:
			e.CollectionName = []string{text, "b"}
		case event.FieldID, event.FieldProject, event.FieldStream, event.FieldWords, event.FieldBrowser, event.FieldOS, event.FieldDeviceType:
			continue // not from the sender, or derived later
		default:
			e.SetString(f, text)
		}
		if strings.TrimSpace(strings.ReplaceAll(everything(&e), "[]", "")) == "" || Identity(f) {
			continue // times and numbers; and identities, which a test below is about
		}
		e.Words = text // as if somebody had derived it before
		if !s.Event(&e, make(Hits, MaxRules)) || e.Flags&event.Redacted == 0 {
			t.Errorf("%s: nothing was replaced, or it was not flagged", f.Name())
		}
		if got := everything(&e); strings.Contains(got, cardNumber) || strings.Contains(got, secretWord) {
			t.Errorf("%s: something was left: %s", f.Name(), got)
		}
	}
}

func TestTheDefaultsLeaveWhatPeopleSearchBy(t *testing.T) {
	e := event.Event{
		Number: "13800138000", Account: "6222021234567890128", Staff: "staff-1042", CallID: cardNumber, Session: "s-1", Device: "d-1", User: cardNumber,
		Invoker: "uid:" + cardNumber, TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "1111111111111117", Msg: "call to 13800138000 dropped",
	}
	before := e
	if compiled(t, Defaults()...).Event(&e, make(Hits, MaxRules)) || fmt.Sprint(e) != fmt.Sprint(before) {
		t.Errorf("it became %+v", e)
	}
	r := Rule{ID: "n", Name: "n", On: true, Where: []string{"number"}, Detector: Mobile, Leaves: Leaves{Kind: Last, Last: 4}}
	if compiled(t, r).Event(&e, make(Hits, 1)); e.Number != "••••000" {
		t.Errorf("a rule that names the field leaves %s", e.Number)
	}
}

func TestDataIsRedactedByValueAndKeepsTheRest(t *testing.T) {
	rules := append(all(),
		Rule{ID: "phone", Name: "p", On: true, Where: []string{"data.user.phone"}, Detector: Whole, Leaves: Leaves{Kind: Remove}},
		Rule{ID: "keys", Name: "k", On: true, Keys: []string{"pin"}, Leaves: Leaves{Kind: Remove}},
		Rule{ID: "pattern", Name: "x", On: true, Where: []string{"data"}, Pattern: `tk-([0-9a-f]{4})`, Leaves: Leaves{Kind: Label, Label: "tk"}})
	for _, c := range [][2]string{
		{`{"n":1.50,"password":"x","big":12345678901234567890}`, `{"n":1.50,"password":"[secret]","big":12345678901234567890}`},
		{`{"password":123456,"a":{"b":[true,null,"password=x"]}}`, `{"password":"[secret]","a":{"b":[true,null,"password=[secret]"]}}`},
		{`{"password":true,"token":null,"ticket":""}`, `{"password":true,"token":null,"ticket":""}`},
		{`{"password":{"old":"a","new":["b",7]}}`, `{"password":{"old":"[secret]","new":["[secret]","[secret]"]}}`},
		{`{"card": 4111111111111111, "x":"\u0034111111111111111"}`, `{"card": "[card]", "x":"[card]"}`},
		{`{"\u0070assword":"x"}`, `{"\u0070assword":"[secret]"}`},
		{`{"body":"{\"password\":\"x\",\"n\":1}"}`, `{"body":"{\"password\":\"[secret]\",\"n\":1}"}`},
		{`{"user":{"phone":13,"name":"a"},"phone":"b"}`, `{"user":{"phone":null,"name":"a"},"phone":"b"}`},
		{`{"user":[{"phone":"c"}],"user.phone":{"x":true}}`, `{"user":[{"phone":null}],"user.phone":{"x":null}}`},
		{`{"pin":1234,"Pin":"5","spin":6}`, `{"pin":null,"Pin":null,"spin":6}`},
		{`{"4111111111111111":1}`, `{"[card]":1}`},
		{`{"t":"tk-55e1 <b>"}`, `{"t":"tk-[tk] <b>"}`},
		{`["4111111111111111",4111111111111111.5]`, `["[card]",4111111111111111.5]`},
		{`{"headers":{"Cookie":"a=b","X-Auth-Token":"t"}}`, `{"headers":{"Cookie":"[cookie]","X-Auth-Token":"[token:#]"}}`},
		{`"4111111111111111"`, `"[card]"`},
	} {
		e := event.Event{Data: c[0]}
		compiled(t, rules...).Event(&e, make(Hits, MaxRules))
		if got := hashed(e.Data); got != c[1] {
			t.Errorf("%s\n got  %s\n want %s", c[0], got, c[1])
		}
	}
}

func TestDeadLettersAreRedactedAsText(t *testing.T) {
	rules := append(Defaults(), Rule{ID: "w", Name: "w", On: true, Where: []string{"data.user.phone", "account"}, Detector: Whole, Leaves: Leaves{Kind: Remove}})
	b := &event.Batch{
		Streams: []event.StreamRange{{App: "password=" + secretWord, SDK: "clewline/1"}},
		DeadLetters: []event.DeadLetter{{
			Text:   `{"msg":"pay ` + cardNumber + `","password":"` + secretWord + `","user":{"phone":"abc"},"account":"acc`,
			Reason: "the time password=" + secretWord + " is no time", Field: cardNumber,
		}},
	}
	hits := make(Hits, len(rules))
	compiled(t, rules...).Batch(b, hits)
	if got, want := b.DeadLetters[0].Text, `{"msg":"pay [card]","password":"[secret]","user":{"phone":"[removed]"},"account":"[removed]`; got != want {
		t.Errorf("the text is %s\nwant %s", got, want)
	}
	if all := fmt.Sprintf("%+v", b); strings.Contains(all, secretWord) || strings.Contains(all, cardNumber) {
		t.Errorf("something was left: %s", all)
	}
	if fmt.Sprint(hits) != "[2 0 0 0 3 0 0 0 0 2]" {
		t.Errorf("counted %v", hits)
	}
}

func TestEqualValuesLeaveEqualMarksWithinOneProject(t *testing.T) {
	r := New([]byte("k"), nil)
	mark := func(project, msg string) string {
		s, err := r.Compile(project, all())
		if err != nil {
			t.Fatal(err)
		}
		e := event.Event{Msg: msg}
		s.Event(&e, make(Hits, MaxRules))
		return e.Msg
	}
	if a, b := mark("p", "13800138000"), mark("p", "138-0013-8000"); a != b || a == "13800138000" {
		t.Errorf("one number became %s and %s", a, b)
	}
	if a, b := mark("p", "13800138000"), mark("q", "13800138000"); a == b {
		t.Errorf("two projects share the mark %s", a)
	}
}

func TestRulesRunInOrder(t *testing.T) {
	one := Rule{ID: "a", Name: "a", On: true, Pattern: `tk-[0-9a-f]+`, Leaves: Leaves{Kind: Label, Label: "first"}}
	two := Rule{ID: "b", Name: "b", On: true, Keys: []string{"ticket"}, Leaves: Leaves{Kind: Label, Label: "second"}}
	off := Rule{ID: "c", Name: "c", Pattern: `of`, Leaves: Leaves{Kind: Label, Label: "third"}}
	if got := redacted(t, "ticket=tk-55e1 of", one, two, off); got != "ticket=[first] of" {
		t.Errorf("got %s", got)
	}
	if got := redacted(t, "ticket=tk-55e1 of", two, one, off); got != "ticket=[second] of" {
		t.Errorf("got %s", got)
	}
}

func TestAWrongRuleIsRefusedByItsPlaceAndField(t *testing.T) {
	good := Defaults()[0]
	for field, change := range map[string]func(*Rule){
		"id":           func(r *Rule) { r.ID = "A b" },
		"name":         func(r *Rule) { r.Name = "" },
		"where":        func(r *Rule) { r.Where = []string{"time"} },
		"detector":     func(r *Rule) { r.Pattern = "x" },
		"pattern":      func(r *Rule) { r.Detector, r.Pattern = "", "(a" },
		"keys":         func(r *Rule) { r.Detector, r.Keys = "", []string{"--"} },
		"leaves.kind":  func(r *Rule) { r.Leaves.Kind = "" },
		"leaves.label": func(r *Rule) { r.Leaves.Label = "a]b" },
		"leaves.last":  func(r *Rule) { r.Leaves = Leaves{Kind: Last, Last: 9} },
	} {
		bad := good
		bad.ID = "bad"
		change(&bad)
		_, err := Compile([]Rule{good, bad}, nil)
		e, ok := err.(*RuleError)
		if !ok || e.Rule != 1 || e.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	for _, pattern := range []string{"a*", strings.Repeat("a", MaxPattern+1), "(a{1000}){1000}", "((a{99}){99})b", "\\1"} {
		if err := Check([]Rule{{ID: "p", Name: "p", Pattern: pattern, Leaves: good.Leaves}}); err == nil {
			t.Errorf("%.20s was accepted", pattern)
		}
	}
	if err := Check(make([]Rule, MaxRules+1)); err == nil {
		t.Error("too many rules were accepted")
	}
	if err := Check([]Rule{good, good}); err == nil {
		t.Error("two rules of one id were accepted")
	}
	if err := Check(Defaults()); err != nil {
		t.Errorf("the defaults are wrong: %v", err)
	}
}

// secretText makes texts that hold secrets, halves of them, and noise.
func secretText() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{
			cardNumber, "4111 1111 1111 1111", "11010519491231002X", "13800138000", "138-0013-8000", "password=", "ticket: ", "token", "BDUSS=", "Cookie: ",
			"Bearer ", "abc123def456", "eyJhbGciOiJIUzI1NiJ9", ".", ".eyJzdWIiOiIxIn0.", "a@b.com", "://u:p@h", `"`, `\"`, `'`, "[card]", "[token:", "12345678]", "•", "••••", "[", "]",
			" ", ", ", ";", "&", "\n", "：", "密码", "４１１１", "１", "=", ":", "{", "}", "-", "%3D", "null", "authorization: ", "Digest a=b", "<pwd>", "</pwd>", "\\u0034",
		}), rapid.String(), rapid.StringMatching(`[0-9]{1,20}`))
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "") })
}

func TestRedactingTwiceIsRedactingOnceAndNothingBreaks(t *testing.T) {
	s := compiled(t, append(all(),
		Rule{ID: "keep", Name: "k", On: true, Keys: []string{"pwd"}, Leaves: Leaves{Kind: Last, Last: 4}},
		Rule{ID: "none", Name: "n", On: true, Keys: []string{"u"}, Leaves: Leaves{Kind: Remove}})...)
	rapid.Check(t, func(t *rapid.T) {
		msg := secretText().Draw(t, "msg")
		value, err := json.Marshal(map[string]any{secretText().Draw(t, "key"): []any{secretText().Draw(t, "value"), 4111111111111111}})
		if err != nil {
			t.Fatal(err)
		}
		e := event.Event{Msg: msg, Data: string(value)}
		s.Event(&e, make(Hits, MaxRules))
		once := e
		if again := s.Event(&e, make(Hits, MaxRules)); again || e.Msg != once.Msg || e.Data != once.Data {
			t.Fatalf("once  %q %q\ntwice %q %q", once.Msg, once.Data, e.Msg, e.Data)
		}
		if !utf8.ValidString(e.Msg) || !json.Valid([]byte(e.Data)) || !utf8.ValidString(e.Data) {
			t.Fatalf("broken: %q %q", e.Msg, e.Data)
		}
	})
}

func TestNothingIsAllocatedWhenNothingIsFound(t *testing.T) {
	s := compiled(t, Defaults()...)
	b := &event.Batch{Events: benchEvents(200)}
	hits := make(Hits, MaxRules)
	if n := testing.AllocsPerRun(10, func() { s.Batch(b, hits) }); n > 0 {
		t.Errorf("%v allocations for %d events", n, len(b.Events))
	}
}

// FuzzText: whatever comes, a text stays a text, is done after one pass, and
// has no card number left that the detector would find.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"password=x", "Cookie: a=b\r\n", `{"token":"\"a"}`, "4111 1111 1111 1111-1", "１３８００１３８０００", "eyJhbGciOi.eyJhbGciOi.", "[token:12345678", "%3D%3A密码："} {
		f.Add(seed)
	}
	s := compiled(f, all()...)
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		e := event.Event{Msg: text, Raw: text}
		s.Event(&e, make(Hits, MaxRules))
		if !utf8.ValidString(e.Msg) || e.Msg != e.Raw {
			t.Fatalf("%q became %q", text, e.Msg)
		}
		once := e.Msg
		if s.Event(&e, make(Hits, MaxRules)); e.Msg != once {
			t.Fatalf("%q\nonce  %q\ntwice %q", text, once, e.Msg)
		}
		if spans := findCards(once, nil); len(spans) > 0 {
			t.Fatalf("%q has a card number left", once)
		}
	})
}

// FuzzData: valid data stays valid.
func FuzzData(f *testing.F) {
	for _, seed := range []string{`{"password":"x"}`, `[1,"4111111111111111",{}]`, `{"a\u0062":4111111111111111}`, `{"token":{"a":[1,true]}}`, ` "x" `} {
		f.Add(seed)
	}
	s := compiled(f, all()...)
	f.Fuzz(func(t *testing.T, data string) {
		if !json.Valid([]byte(data)) || !utf8.ValidString(data) {
			return
		}
		e := event.Event{Data: data}
		s.Event(&e, make(Hits, MaxRules))
		if !json.Valid([]byte(e.Data)) || !utf8.ValidString(e.Data) {
			t.Fatalf("%q became %q", data, e.Data)
		}
		once := e.Data
		if s.Event(&e, make(Hits, MaxRules)); e.Data != once {
			t.Fatalf("%q\nonce  %q\ntwice %q", data, once, e.Data)
		}
	})
}

func TestHostileTextCostsNoMoreThanItsLength(t *testing.T) {
	s := compiled(t, all()...)
	const size = 1 << 19
	for _, part := range []string{
		"token=x(),", "token=#", "token>", "basic+", "@", "4111 ", "4-", "eyJ.", "eyJaaaaaaaa.", "cookie: ", "token=,a", "[", "••••", "pwd=\\\\\"", "://a:", "1380013800", "%3D", "authorization: digest ", "密码：", "１",
	} {
		for _, text := range []string{strings.Repeat(part, size/len(part)), "token=((((" + strings.Repeat(part, size/len(part)), part + strings.Repeat("),", size/2), "token=" + strings.Repeat("#", size)} {
			e := event.Event{Msg: text, Data: quote(text)}
			began := time.Now()
			s.Event(&e, make(Hits, MaxRules))
			// What costs the square of its length takes minutes.
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s...: %v for half a MiB", text[:20], took)
			}
		}
	}
}
