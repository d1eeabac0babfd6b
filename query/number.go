package query

import (
	"cmp"
	"strconv"
	"strings"
)

// CanonicalNumber gives the one form of a decimal in which equal numbers have
// equal texts: "150", "150.0" and "1.5e2" all give "150". ok is false when
// text is no number as JSON writes it; "007", "+7" and ".5" are none. Digits
// are never rounded. A number of more than 39 digits before the point, or
// below 1e-7, has an exponent ("1.5e400"); an exponent of more than nine
// digits is refused.
func CanonicalNumber(text string) (canonical string, ok bool) {
	d, ok := parseDecimal(text)
	if !ok {
		return "", false
	}
	return d.String(), true
}

// CompareNumbers orders two decimals as JSON writes them, exactly: -1, 0 or 1.
// A text that is no number is below all numbers and equal to its like.
func CompareNumbers(a, b string) int {
	x, okX := parseDecimal(a)
	y, okY := parseDecimal(b)
	switch {
	case okX && okY:
		return x.compare(y)
	case okX:
		return 1
	case okY:
		return -1
	}
	return 0
}

// A decimal is a number by its digits, which still stand in the text they were
// read from: 0.d1d2d3... * 10^exp, with d1 not zero. Zero has no digits.
type decimal struct {
	neg  bool
	a, b string // the digits before and after the point, zeros at both ends cut
	exp  int
}

func parseDecimal(s string) (d decimal, ok bool) {
	i := 0
	if i < len(s) && s[i] == '-' {
		d.neg = true
		i++
	}
	start := i
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	d.a = s[start:i]
	if d.a == "" || d.a[0] == '0' && len(d.a) > 1 {
		return decimal{}, false
	}
	if i < len(s) && s[i] == '.' {
		i++
		start = i
		for i < len(s) && s[i]-'0' <= 9 {
			i++
		}
		if d.b = s[start:i]; d.b == "" {
			return decimal{}, false
		}
	}
	exp := 0
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		negative := false
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			negative = s[i] == '-'
			i++
		}
		start = i
		for i < len(s) && s[i]-'0' <= 9 {
			if i-start >= 9 {
				return decimal{}, false
			}
			exp = exp*10 + int(s[i]-'0')
			i++
		}
		if i == start {
			return decimal{}, false
		}
		if negative {
			exp = -exp
		}
	}
	if i != len(s) {
		return decimal{}, false
	}
	if d.a == "0" {
		d.a = ""
		trimmed := strings.TrimLeft(d.b, "0")
		exp -= len(d.b) - len(trimmed)
		d.b = trimmed
	}
	d.exp = exp + len(d.a)
	if d.b = strings.TrimRight(d.b, "0"); d.b == "" {
		d.a = strings.TrimRight(d.a, "0")
	}
	if d.a == "" && d.b == "" {
		return decimal{}, true // also -0
	}
	return d, true
}

func (d decimal) zero() bool { return d.a == "" && d.b == "" }

func (d decimal) len() int { return len(d.a) + len(d.b) }

func (d decimal) digit(i int) byte {
	if i < len(d.a) {
		return d.a[i]
	}
	if i -= len(d.a); i < len(d.b) {
		return d.b[i]
	}
	return '0'
}

func (d decimal) compare(o decimal) int {
	switch {
	case d.zero() || o.zero() || d.neg != o.neg:
		return cmp.Compare(d.sign(), o.sign())
	case d.neg:
		return o.magnitude(d)
	}
	return d.magnitude(o)
}

func (d decimal) sign() int {
	switch {
	case d.zero():
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// magnitude compares without the signs; neither is zero.
func (d decimal) magnitude(o decimal) int {
	if c := cmp.Compare(d.exp, o.exp); c != 0 {
		return c
	}
	for i, n := 0, max(d.len(), o.len()); i < n; i++ {
		if c := cmp.Compare(d.digit(i), o.digit(i)); c != 0 {
			return c
		}
	}
	return 0
}

// String is the canonical form.
func (d decimal) String() string {
	if d.zero() {
		return "0"
	}
	var b strings.Builder
	if d.neg {
		b.WriteByte('-')
	}
	digits, exp := d.a+d.b, d.exp
	switch {
	case exp > 39 || exp < -6:
		b.WriteByte(digits[0])
		if len(digits) > 1 {
			b.WriteByte('.')
			b.WriteString(digits[1:])
		}
		b.WriteByte('e')
		b.WriteString(strconv.Itoa(exp - 1))
	case exp <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -exp))
		b.WriteString(digits)
	case len(digits) <= exp:
		b.WriteString(digits)
		b.WriteString(strings.Repeat("0", exp-len(digits)))
	default:
		b.WriteString(digits[:exp])
		b.WriteByte('.')
		b.WriteString(digits[exp:])
	}
	return b.String()
}
