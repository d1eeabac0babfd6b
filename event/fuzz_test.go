package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzParseTime(f *testing.F) {
	for _, v := range vectors[struct{ In string }](f, "times.json") {
		f.Add(v.In)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ns, err := ParseTime(s)
		// What the standard library reads, within reach, is read the same.
		if want, stdErr := time.Parse(time.RFC3339Nano, s); stdErr == nil && want.Year() > 1678 && want.Year() < 2262 {
			if err != nil || ns != want.UnixNano() {
				t.Fatalf("%q is %d (%v), want %d", s, ns, err, want.UnixNano())
			}
		}
		if err != nil {
			if ns != 0 || err.Error() == "" {
				t.Fatalf("%q: %d with an error", s, ns)
			}
			return
		}
		if again, err := ParseTime(string(AppendTime(nil, ns))); err != nil || again != ns {
			t.Fatalf("%q: %d is written %s and read as %d (%v)", s, ns, AppendTime(nil, ns), again, err)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\r\t\b\f\x00\x7f", "座席", "\u2028\u2029", "\xff\xfe", "\xed\xa0\x80", "😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := AppendString([]byte("x"), s)[1:]
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil {
			t.Fatalf("%q: %v", quoted, err)
		}
		var want strings.Builder // what ranging over a string makes of bytes that are no text
		for _, r := range s {
			want.WriteRune(r)
		}
		if back != want.String() || !utf8.Valid(quoted) || strings.ContainsAny(string(quoted), "\n\r\u2028\u2029") {
			t.Fatalf("%q became %s and %q", s, quoted, back)
		}
	})
}

func FuzzDeriveWords(f *testing.F) {
	for _, s := range []string{`{}`, `"x"`, `{"a":"b","c":["d",{"e":"\u00e9\n\ud83d\ude00"}]}`, `{"a" : "b"}`, `["\ud800","\\",""]`, `{"":"x"}`, `["a" , "b"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if !json.Valid([]byte(data)) || !utf8.ValidString(data) {
			return
		}
		e := Event{Data: data}
		e.DeriveWords()
		values := strings.Join(stringValues(data), "\n")
		want := values
		if half, changed := halfWidth(values); changed {
			want += "\n" + half
		}
		if e.Words != want {
			t.Fatalf("%s: %q, want %q", data, e.Words, want)
		}
	})
}

// stringValues is the plain version: the string values of JSON that are not
// empty, in their order, by encoding/json.
func stringValues(data string) (values []string) {
	d := json.NewDecoder(strings.NewReader(data))
	type level struct{ object, name bool }
	var stack []level
	for {
		token, err := d.Token()
		if err != nil {
			return values
		}
		top := len(stack) - 1
		if s, ok := token.(string); ok {
			if top >= 0 && stack[top].object && stack[top].name {
				stack[top].name = false
				continue
			}
			if s != "" {
				values = append(values, s)
			}
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{true, true})
			continue
		case json.Delim('['):
			stack = append(stack, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
		}
		if n := len(stack); n > 0 {
			stack[n-1].name = true
		}
	}
}
