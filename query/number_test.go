package query_test

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	. "github.com/clewline/clewline/query"
)

func TestEqualNumbersHaveOneCanonicalForm(t *testing.T) {
	for want, texts := range map[string][]string{
		"150":                         {"150", "150.0", "1.5e2", "1.5E+2", "15e1", "1500e-1", "150.000"},
		"0":                           {"0", "-0", "0.0", "0e9", "-0.00e-5"},
		"-3.25":                       {"-3.25", "-3.250", "-325e-2", "-0.325e1"},
		"0.1":                         {"0.1", "1e-1", "0.10"},
		"0.0000001":                   {"1e-7", "0.0000001"},
		"1e-8":                        {"1e-8", "0.00000001"},
		"9007199254740993":            {"9007199254740993", "9007199254740993.0"},
		"123456789012345678901234":    {"123456789012345678901234"},
		"1" + strings.Repeat("0", 38): {"1e38"},
		"1e39":                        {"1e39", "10e38"},
		"1.5e400":                     {"1.5e400", "15e399"},
		"-1.5e-400":                   {"-1.5e-400"},
	} {
		for _, text := range texts {
			if got, ok := CanonicalNumber(text); !ok || got != want {
				t.Errorf("%s: %q %v, want %s", text, got, ok, want)
			}
		}
	}
}

func TestWhatJSONDoesNotWriteIsNoNumber(t *testing.T) {
	for _, text := range []string{"", "-", "007", "-01", "+7", ".5", "5.", "1e", "1e+", "e5", "1.5.2", "0x10", "1_000", "١", "１５０", "NaN", "Infinity", "1e9999999999", " 1", "1 "} {
		if got, ok := CanonicalNumber(text); ok {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func TestNumbersCompareAsDecimals(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		if rapid.Bool().Draw(t, "near") {
			b = a + rapid.SampledFrom([]string{"", "0", "e1", ".0", "00"}).Draw(t, "change")
		}
		canonicalA, okA := CanonicalNumber(a)
		canonicalB, okB := CanonicalNumber(b)
		if !okA {
			t.Fatalf("%s is no number", a)
		}
		if !okB {
			return // "1e9" + "e1"
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got := CompareNumbers(a, b); got != x.Cmp(y) {
			t.Fatalf("%s and %s compare as %d", a, b, got)
		}
		if (canonicalA == canonicalB) != (x.Cmp(y) == 0) {
			t.Fatalf("%s is %s, %s is %s", a, canonicalA, b, canonicalB)
		}
		again, ok := CanonicalNumber(canonicalA)
		if z, _ := new(big.Rat).SetString(canonicalA); !ok || again != canonicalA || z.Cmp(x) != 0 {
			t.Fatalf("%s is %s, and that %s", a, canonicalA, again)
		}
	})
}

func TestWhatIsNoNumberIsBelowAllNumbers(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"x", "-1e99", -1}, {"-1e99", "007", 1}, {"x", "y", 0}, {"-1", "1", -1}, {"0", "-0", 0}, {"-2", "-1", -1}} {
		if got := CompareNumbers(c.a, c.b); got != c.want {
			t.Errorf("%s and %s compare as %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
