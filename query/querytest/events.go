// Package querytest generates events and queries that meet: for tests that
// hold an executor to query.Matcher. A third of the texts are Chinese; there
// are mixed letter cases, full-width letters, scripts without spaces, signs
// that fold in odd ways, JSON with and without escapes, numbers as strings,
// nested data and lists.
package querytest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
)

// Begin is the earliest time of generated events, in ns; all are less than
// Span later.
var Begin = time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC).UnixNano()

// Span is how far generated events are apart at most; midnight lies within.
const Span = 4 * time.Hour

// Events gives one to eight events with different ids and no project.
func Events() *rapid.Generator[[]event.Event] {
	return rapid.Custom(func(t *rapid.T) []event.Event {
		events := make([]event.Event, rapid.IntRange(1, 8).Draw(t, "events"))
		for i := range events {
			events[i] = Event().Draw(t, "event")
			e := &events[i]
			switch { // the number makes the id the only one
			case e.Stream != "":
				e.Seq = uint64(i + 1)
			case e.IDNum > 0:
				e.IDNum = uint64(i + 1)
			default:
				e.IDBase += fmt.Sprint(".x", i) // no number behind a dot
			}
		}
		return events
	})
}

// Event gives one event as a store would keep it: Words derived, ids of
// traces in their stored form, data valid JSON.
func Event() *rapid.Generator[event.Event] { return rapid.Custom(newEvent) }

func newEvent(t *rapid.T) event.Event {
	e := event.Event{
		Time:  Begin + int64(rapid.IntRange(0, int(Span/time.Second)-1).Draw(t, "second"))*1e9 + int64(rapid.SampledFrom([]int{0, 1, 500_000_000}).Draw(t, "ns")),
		Level: event.Level(rapid.IntRange(0, event.NumLevels-1).Draw(t, "level")),
		Flags: event.Flags(rapid.IntRange(0, 15).Draw(t, "flags")),
	}
	e.Received = e.Time + 1e9
	switch rapid.IntRange(0, 2).Draw(t, "identity") {
	case 0:
		e.Stream, e.Seq = rapid.SampledFrom([]string{"20261120-s1", "20261120-S2.3"}).Draw(t, "stream"), uint64(rapid.IntRange(1, 12).Draw(t, "seq"))
	case 1:
		e.IDBase, e.IDNum = rapid.SampledFrom(ids).Draw(t, "base"), uint64(rapid.IntRange(1, 12).Draw(t, "num"))
	default:
		e.IDBase = rapid.SampledFrom(ids).Draw(t, "id")
	}
	for f := event.NoField + 1; f < event.NumFields; f++ {
		switch {
		case f == event.FieldID, f == event.FieldProject, f == event.FieldStream, f == event.FieldWords:
		case f.Type() == event.Text:
			if maybe(t) {
				e.SetString(f, Text().Draw(t, f.Name()))
			}
		case f == event.FieldTraceID, f == event.FieldSpanID, f == event.FieldChildOf:
			if maybe(t) {
				e.SetString(f, event.NormalizeTraceID(rapid.SampledFrom(traces).Draw(t, f.Name())))
			}
		case f == event.FieldInvoker:
			e.Invoker = rapid.SampledFrom([]string{"", "admin", "anonymous", "uid:user123", "uid:Ümit", "UID:9", "uid:"}).Draw(t, "invoker")
		case f.Bare():
			if maybe(t) {
				e.SetString(f, rapid.SampledFrom(ids).Draw(t, f.Name()))
			}
		case f.Type() == event.Keyword:
			if rarely(t) {
				e.SetString(f, keyword(t))
			}
		}
	}
	e.FilePath, e.CollectionName = list(t), list(t)
	if rarely(t) {
		e.ClientTime = e.Time - 1
	}
	if maybe(t) {
		e.StartTime = e.Time - int64(time.Hour)
	}
	if maybe(t) {
		e.TimeCost, e.HasTimeCost = rapid.SampledFrom([]float64{0, 150, 150.5, 0.1, 1e3, 1e9}).Draw(t, "timeCost"), true
	}
	if maybe(t) {
		e.Data = Data().Draw(t, "data")
	}
	e.DeriveWords()
	return e
}

func maybe(t *rapid.T) bool  { return rapid.Bool().Draw(t, "there") }
func rarely(t *rapid.T) bool { return rapid.IntRange(0, 3).Draw(t, "there") == 0 }

var (
	ids    = []string{"13800138000", "CALL-7", "call-7", "s.1", "s.01", "a.b.c", "u_9", "坐席七", "8f43-AB", "Straße", "k", "\u212A", "0"}
	traces = []string{"8f43ac91d2e04b7f", "8F43-AC91", "0123456789abcdef0123456789abcdef", "k1"}

	latin   = []string{"timeout", "Timeout", "TIMEOUT", "ticket", "TICKET_EXPIRED", "err", "error", "db2", "a", "s", "k", "part", "apart", "parted", "naïve", "Straße", "МОСКВА", "москва", "Σας", "ſtop", "\u212Aelvin", "e\u0301", "007", "7", "150", "13800138000", "user_id", "½"}
	chinese = []string{"登录失败", "登录", "失败", "坐席掉线", "坐席七", "用户张三", "超时", "通话", "票据已过期", "ticket已过期", "错误500", "〇", "々"}
	others  = []string{"ログイン", "サーバー", "로그인", "เข้าสู่ระบบ", "ＡＢＣ", "ｔｉｍｅｏｕｔ", "１５０", "ａ＿ｂ", "ＴＩＣＫＥＴ_ＥＸＰＩＲＥＤ", "葛\U000E0100", "\U00020000", "か\u3099", "Ⓐ", "🙂"}
	between = []string{" ", " ", " ", "", "-", "/", ".", ": ", "，", "。", "：", "\n", "\t", "!!!", "\"", "\\", "'", "%", "$", "(", ")", "[x]", "*", "?", "　", "🙂", "|", "\u2028"}
)

// Text gives a text as it stands in a message. A third are Chinese.
func Text() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		words := latin
		switch rapid.IntRange(0, 5).Draw(t, "script") {
		case 0, 1:
			words = chinese
		case 2:
			words = others
		}
		var b strings.Builder
		for i := range rapid.IntRange(1, 6).Draw(t, "words") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom(between).Draw(t, "between"))
			}
			if rapid.IntRange(0, 5).Draw(t, "mixed") == 0 {
				b.WriteString(anyWord(t))
			} else {
				b.WriteString(rapid.SampledFrom(words).Draw(t, "word"))
			}
		}
		return b.String()
	})
}

func anyWord(t *rapid.T) string {
	return rapid.SampledFrom([][]string{latin, chinese, others, between[4:]}[rapid.IntRange(0, 3).Draw(t, "script")]).Draw(t, "word")
}

func keyword(t *rapid.T) string {
	return rapid.SampledFrom([]string{"phone", "Phone", "callFunction", "/ticket/refresh", "/a/b", "TICKET_EXPIRED", "通话", "10.0.0.7", "a b", "a*b", "a\nb", "(x)", "not", "150", "ＡＢＣ", "web-sdk"}).Draw(t, "keyword")
}

func list(t *rapid.T) []string {
	var l []string
	for range max(0, rapid.IntRange(-2, 3).Draw(t, "list")) {
		l = append(l, keyword(t))
	}
	return l
}

var (
	keys    = []string{"a", "b", "c", "a.b", "b.c", "a.b.c", "items", "price", "Price", "键", "x y", `q"\`, "n", "to", "", "k."}
	numbers = []string{"0", "-0", "7", "150", "150.0", "1.5e2", "15E1", "-3", "-3.25", "0.1", "1e3", "13800138000", "9007199254740992", "9007199254740993", "-9007199254740993", "18446744073709551615", "123456789012345678901234"}
)

// Data gives an object as JSON text, at most four deep, with white space and
// escapes as writers differ in them. No object has a key twice.
func Data() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		writeObject(t, &b, 3)
		return b.String()
	})
}

func writeObject(t *rapid.T, b *strings.Builder, depth int) {
	b.WriteByte('{')
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 4, rapid.ID[string]).Draw(t, "keys")
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		writeSpace(t, b)
		writeString(t, b, name)
		writeSpace(t, b)
		b.WriteByte(':')
		writeSpace(t, b)
		writeValue(t, b, depth)
		writeSpace(t, b)
	}
	b.WriteByte('}')
}

func writeValue(t *rapid.T, b *strings.Builder, depth int) {
	kind := rapid.IntRange(0, 11).Draw(t, "kind")
	if depth == 0 && kind > 7 {
		kind = 0
	}
	switch kind {
	case 0, 1:
		writeString(t, b, Text().Draw(t, "text"))
	case 2:
		writeString(t, b, rapid.SampledFrom(append(numbers[:13:13], "", "007", "true")).Draw(t, "string"))
	case 3, 4, 5:
		b.WriteString(rapid.SampledFrom(numbers).Draw(t, "number"))
	case 6:
		b.WriteString(strconv.FormatBool(maybe(t)))
	case 7:
		b.WriteString("null")
	case 8, 9:
		writeObject(t, b, depth-1)
	default:
		b.WriteByte('[')
		for i := range rapid.IntRange(0, 3).Draw(t, "elements") {
			if i > 0 {
				b.WriteByte(',')
				writeSpace(t, b)
			}
			if kind == 10 {
				writeObject(t, b, depth-1)
			} else {
				writeValue(t, b, depth-1)
			}
		}
		b.WriteByte(']')
	}
}

func writeSpace(t *rapid.T, b *strings.Builder) {
	if rarely(t) {
		b.WriteString(rapid.SampledFrom([]string{" ", "\n", "\t "}).Draw(t, "space"))
	}
}

// writeString writes a JSON string, sometimes with every sign escaped.
func writeString(t *rapid.T, b *strings.Builder, s string) {
	if !rarely(t) {
		b.Write(event.AppendString(nil, s))
		return
	}
	b.WriteByte('"')
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(b, `\u%04X`, unit)
	}
	b.WriteByte('"')
}
