package redact

import (
	"encoding/json"
	"strings"

	"github.com/clewline/clewline/event"
)

// redactData redacts the values and the keys of a JSON text by what they say,
// whatever escapes they are written with. All that is not replaced stays byte
// for byte. Text that is no JSON is redacted as text.
func (s *Set) redactData(text string, hits Hits) (_ string, changed bool) {
	w := walker{set: s, src: text, hits: hits}
	w.space()
	if !w.value("", keyed{}, 0) {
		return s.text(text, place{}, hits)
	}
	if w.space(); w.at != len(text) {
		return s.text(text, place{}, hits)
	}
	if w.copied == 0 {
		return text, false
	}
	w.out = append(w.out, text[w.copied:]...)
	return string(w.out), true
}

// walker goes through a JSON text once.
type walker struct {
	set    *Set
	src    string
	at     int
	out    []byte // what is rewritten, up to copied
	copied int
	hits   Hits
}

// mostDepth is more than any door lets in.
const mostDepth = 200

func (w *walker) space() {
	for w.at < len(w.src) {
		switch w.src[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}

// value walks over one value. It says whether it was one.
func (w *walker) value(path string, k keyed, depth int) bool {
	if w.at >= len(w.src) || depth > mostDepth {
		return false
	}
	switch c := w.src[w.at]; c {
	case '{':
		return w.object(path, k, depth)
	case '[':
		w.at++
		for first := true; ; first = false {
			w.space()
			if w.eat(']') {
				return true
			}
			if !first && !w.eat(',') {
				return false
			}
			if w.space(); !w.value(path, k, depth+1) {
				return false
			}
		}
	case '"':
		start := w.at
		v, ok := w.str()
		if !ok {
			return false
		}
		w.leaf(start, v, path, k)
		return true
	default:
		start := w.at
		for w.at < len(w.src) && strings.IndexByte(",]} \t\n\r", w.src[w.at]) < 0 {
			w.at++
		}
		if v := w.src[start:w.at]; v != "true" && v != "false" && v != "null" {
			w.leaf(start, v, path, k)
		} else if w.set.takesTruth(path) {
			w.leaf(start, v, path, k)
		}
		return w.at > start
	}
}

// takesTruth says whether a rule takes all that stands at a place, true and
// false included. A key named password with true in it tells nothing.
func (s *Set) takesTruth(path string) bool {
	p := place{field: event.FieldData, path: path}
	for _, r := range s.rules {
		if r.whole && r.covers(&p) {
			return true
		}
	}
	return false
}

func (w *walker) object(path string, k keyed, depth int) bool {
	w.at++
	for first := true; ; first = false {
		w.space()
		if w.eat('}') {
			return true
		}
		if !first {
			if !w.eat(',') {
				return false
			}
			w.space()
		}
		start := w.at
		name, ok := w.str()
		if !ok {
			return false
		}
		below, inner := name, k
		if path != "" {
			below = path + "." + name
		}
		p := place{field: event.FieldData, path: below, name: true}
		for _, r := range w.set.rules {
			if r.keys != nil && r.covers(&p) && r.keys.matches(name) {
				inner.add(r.index)
			}
		}
		if v, ok := w.set.text(name, p, w.hits); ok {
			w.rewrite(start, quote(v))
		}
		if w.space(); !w.eat(':') {
			return false
		}
		if w.space(); !w.value(below, inner, depth+1) {
			return false
		}
	}
}

func (w *walker) eat(c byte) bool {
	if w.at < len(w.src) && w.src[w.at] == c {
		w.at++
		return true
	}
	return false
}

// str reads a string and gives its text without escapes.
func (w *walker) str() (string, bool) {
	if !w.eat('"') {
		return "", false
	}
	start, escaped := w.at, false
	for w.at < len(w.src) {
		switch w.src[w.at] {
		case '\\':
			escaped = true
			w.at++
		case '"':
			v := w.src[start:w.at]
			w.at++
			if !escaped {
				return v, true
			}
			var text string
			err := json.Unmarshal([]byte(w.src[start-1:w.at]), &text)
			return text, err == nil
		}
		w.at++
	}
	return "", false
}

func (w *walker) leaf(start int, v, path string, k keyed) {
	if v == "" {
		return
	}
	left, changed := w.set.text(v, place{field: event.FieldData, path: path, keyed: k}, w.hits)
	switch {
	case !changed:
	case left == "":
		w.rewrite(start, "null")
	default:
		w.rewrite(start, quote(left))
	}
}

// rewrite puts text in the place of what lies between start and the walker.
func (w *walker) rewrite(start int, text string) {
	w.out = append(w.out, w.src[w.copied:start]...)
	w.out = append(w.out, text...)
	w.copied = w.at
}

// quote writes a text as a JSON string, with no more escapes than it needs.
func quote(v string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
