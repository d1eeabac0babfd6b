package delivery

import (
	"math"
	"math/big"
	"strconv"
)

// Share writes stored of stored and missing as a percentage, with as many digits
// as the rest needs to be seen: "100 %" means that nothing is missing, never
// that it was rounded away. "" when nothing was logged.
func Share(stored, missing int64) string {
	switch {
	case stored <= 0 && missing <= 0:
		return ""
	case missing <= 0:
		return "100 %"
	case stored <= 0:
		return "0 %"
	}
	logged := float64(stored) + float64(missing)
	least := 100 * float64(min(stored, missing)) / logged
	digits := max(1, int(math.Ceil(-math.Log10(least))))
	small, _ := new(big.Rat).SetString(strconv.FormatFloat(least, 'f', digits, 64))
	if stored < missing {
		return small.FloatString(digits) + " %"
	}
	// In decimals: a float near 100 has no digits left for a small rest.
	return small.Sub(big.NewRat(100, 1), small).FloatString(digits) + " %"
}
