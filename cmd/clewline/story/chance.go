package story

import (
	"fmt"
	"strconv"
	"time"
)

// between gives a duration in [least, most), whole microseconds.
func (s *Story) between(least, most time.Duration) time.Duration {
	return (least + time.Duration(s.rng.Int64N(int64(most-least)))).Truncate(time.Microsecond)
}

// ms gives a duration between so many milliseconds.
func (s *Story) ms(least, most int) time.Duration {
	return s.between(time.Duration(least)*time.Millisecond, time.Duration(most)*time.Millisecond)
}

// chance is true in so many of a hundred cases.
func (s *Story) chance(percent float64) bool { return s.rng.Float64()*100 < percent }

func (s *Story) hex(digits int) string {
	b := make([]byte, digits)
	for i := range b {
		b[i] = "0123456789abcdef"[s.rng.IntN(16)]
	}
	return string(b)
}

func oneOf[T any](s *Story, list ...T) T { return list[s.rng.IntN(len(list))] }

// number gives a telephone number out of the ranges that are kept for fiction.
func (s *Story) number() string {
	switch s.rng.IntN(4) {
	case 0:
		return fmt.Sprintf("+1 202-555-01%02d", s.rng.IntN(100))
	case 1:
		return fmt.Sprintf("+44 20-7946-0%03d", s.rng.IntN(1000))
	default:
		return fmt.Sprintf("+86 138-0000-%04d", 1+s.rng.IntN(9999))
	}
}

// millis is a duration as the logs give it: ms with one decimal.
func millis(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}

func wholeMillis(d time.Duration) string {
	return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10)
}

// ageText writes 2407 s as 40m07s.
func ageText(d time.Duration) string {
	total := int(d / time.Second)
	h, m, s := total/3600, total/60%60, total%60
	if h > 0 {
		return fmt.Sprintf("%dh%02dm%02ds", h, m, s)
	}
	if m > 0 {
		return fmt.Sprintf("%dm%02ds", m, s)
	}
	return fmt.Sprintf("%ds", s)
}

// ageTextZh is ageText in Chinese.
func ageTextZh(d time.Duration) string {
	total := int(d / time.Second)
	h, m, s := total/3600, total/60%60, total%60
	if h > 0 {
		return fmt.Sprintf("%d 小时 %02d 分 %02d 秒", h, m, s)
	}
	if m > 0 {
		return fmt.Sprintf("%d 分 %02d 秒", m, s)
	}
	return fmt.Sprintf("%d 秒", s)
}

// thousands writes 1187 as 1,187.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
