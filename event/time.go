package event

import (
	"fmt"
	"strconv"
	"time"
)

// How far a time may be from its arrival before it is not believed.
const (
	MaxFuture = 10 * time.Minute    // every door
	MaxPast   = 31 * 24 * time.Hour // the SDK's door only: old files can be imported
)

// ParseTime reads a time of the wire form: RFC 3339 with up to nine decimals,
// or digits that count seconds, milliseconds, microseconds or nanoseconds
// since the epoch, told apart by size (see EpochTime). The result is in
// nanoseconds.
func ParseTime(s string) (int64, error) {
	if s == "" {
		return 0, fmt.Errorf("empty time; want RFC 3339 such as 2026-11-20T14:32:07.688Z, or epoch seconds, ms, us or ns")
	}
	if ns, ok := parseRFC3339(s); ok {
		return ns, nil
	}
	if ns, err := EpochTime(s); err == nil {
		return ns, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("%q is no time; want RFC 3339 such as 2026-11-20T14:32:07.688Z, or epoch seconds, ms, us or ns", clip(s))
	}
	ns := t.UnixNano()
	if !time.Unix(0, ns).Equal(t) {
		return 0, fmt.Errorf("the time %q lies outside 1678 to 2262", clip(s))
	}
	return ns, nil
}

// parseRFC3339 reads the common form YYYY-MM-DDThh:mm:ss[.fraction]Z without
// allocating and in a tenth of time.Parse's time. Everything else is left to
// the standard library.
func parseRFC3339(s string) (int64, bool) {
	if len(s) < 20 || len(s) > 30 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != ' ') || s[13] != ':' || s[16] != ':' || s[len(s)-1] != 'Z' {
		return 0, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	sec, ok6 := digits(s[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || sec > 59 || year < 1970 || year > 2261 {
		return 0, false // days above 28 take the careful way
	}
	frac := 0
	if len(s) > 20 {
		if s[19] != '.' || len(s) == 21 {
			return 0, false
		}
		f, ok := digits(s[20 : len(s)-1])
		if !ok {
			return 0, false
		}
		for i := len(s) - 21; i < 9; i++ {
			f *= 10
		}
		frac = f
	}
	return (daysFromCivil(year, month, day)*86400+int64(hour*3600+minute*60+sec))*1e9 + int64(frac), true
}

// daysFromCivil counts days since 1970-01-01 in the proleptic Gregorian
// calendar, by shifting the year to begin in March so that the leap day is last.
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

func digits(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

// EpochTime reads a decimal number of seconds, ms, us or ns since the epoch.
// The size tells the unit: below 1e11 seconds (until the year 5138), below
// 1e14 ms, below 1e17 us, else ns. A fraction is kept to the nanosecond.
func EpochTime(s string) (int64, error) {
	whole, frac, point := s, "", -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '.' && point < 0 {
			point = i
			whole, frac = s[:i], s[i+1:]
			continue
		}
		if (c < '0' || c > '9') && !(c == '-' && i == 0) {
			return epochFloat(s)
		}
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no epoch time", clip(s))
	}
	abs := n
	if abs < 0 {
		abs = -abs // the least number stays negative, and is caught below
	}
	var unit int64
	switch {
	case abs < 1e11:
		unit = 1e9
	case abs < 1e14:
		unit = 1e6
	case abs < 1e17:
		unit = 1e3
	default:
		unit = 1
	}
	most := int64(1<<63-1) / unit
	if unit > 1 {
		most-- // room for the fraction
	}
	if abs < 0 || abs > most {
		return 0, fmt.Errorf("the time %s lies outside 1678 to 2262", clip(s))
	}
	ns := n * unit
	scale := unit
	var part int64
	for i := 0; i < len(frac) && scale > 1; i++ {
		scale /= 10
		part += int64(frac[i]-'0') * scale
	}
	if n < 0 || whole == "-0" {
		part = -part
	}
	return ns + part, nil
}

// epochFloat reads 1.7e9, which some encoders write.
func epochFloat(s string) (int64, error) {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, fmt.Errorf("%q is no epoch time", clip(s)) // Inf, hexadecimal, 1_000
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f || f > 9.2e18 || f < -9.2e18 {
		return 0, fmt.Errorf("%q is no epoch time", clip(s))
	}
	return EpochTime(strconv.FormatFloat(f, 'f', -1, 64))
}

// AppendTime appends the wire form of a time: RFC 3339 in UTC with as many
// decimals as it needs, at most nine.
func AppendTime(dst []byte, ns int64) []byte {
	return time.Unix(0, ns).UTC().AppendFormat(dst, time.RFC3339Nano)
}

func clip(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
