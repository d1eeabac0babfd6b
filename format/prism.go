package format

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// DecodePrism reads text lines of the Prism norm:
//
//	{level}: {time} [subsys * pid] [key=value key=value ...]
//
// It is lenient where files are: brackets may be missing, values may be empty,
// quoted, URL-encoded or hold spaces and =, the time may lack its year, which
// is then the one nearest to Options.Received. Raw is the line as it came.
//
// Kind is server where the line has a field of server logs (request, msec,
// request_time, server_addr, server_port, client_addr), client where it has
// one of an RPC that this module made (protocol, prot, talk, caller, callee,
// remote_ip), ui with any other field, log with none.
//
// optime and, on server logs, msec beat the header's time. logid (logId) is
// TraceID, spanid (spanId) SpanID; uri (url), or the path of the request line,
// HTTPPath without its query string; cost TimeCost, on server logs
// request_time in seconds; errDetail (errmsg) ErrorMsg; client_addr InvokerIP.
// ErrorCode is the first of retErrno, retErrorNo, errno that is not 0. Keys
// that are names of fields fill them. Everything else, values that lost and
// the method and pid are in Data, plain numbers as numbers, a key that comes
// twice as a list. Msg is the errDetail, or the path, or the rest of the line.
//
// A line without a level or a time in front is rejected.
func DecodePrism(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	o = o.withDefaults()
	d := prismDecoder{o: o}
	return eachEvent(body, o, dst, o.mapping(d.line))
}

// A prismDecoder reads lines one by one. It serves one goroutine.
type prismDecoder struct {
	o     Options
	arena arena
	pairs []pair
}

// A pair is one key=value of a line.
type pair struct {
	key, value string
	quoted     bool // and so not URL-encoded
	used       bool // a field holds it
	alone      bool // a key without a value, in logfmt
	object     bool // the value is a JSON object, in syslog
	theirs     bool // the key is a name of the source's own, and means nothing to the norm
}

func (d *prismDecoder) line(line []byte, e *event.Event) *LineError {
	text, flags := asText(line)
	e.Flags |= flags
	level, at, fail := prismLevel(text, d.o.words)
	if fail != nil {
		return fail
	}
	when, at, fail := prismTime(text, at, d.o)
	if fail != nil {
		return fail
	}
	e.Raw, e.Level, e.Time = text, level, when
	prefix, inside := prismParts(text[at:])
	subsys, pid, prefix := prismProcess(prefix)
	if fail := d.split(inside); fail != nil {
		return fail
	}
	d.fields(e)
	if e.Subsys == "" {
		e.Subsys = subsys
	} else if subsys != "" && subsys != e.Subsys {
		d.pairs = append(d.pairs, pair{key: "processSubsys", value: subsys})
	}
	if pid != "" {
		d.pairs = append(d.pairs, pair{key: "pid", value: pid})
	}
	e.Data = d.data()
	switch {
	case e.Msg != "":
	case e.ErrorMsg != "":
		e.Msg = e.ErrorMsg
	case e.HTTPPath != "":
		e.Msg = e.HTTPPath
	case prefix != "":
		e.Msg = prefix
	default:
		e.Msg = strings.TrimSpace(inside)
	}
	return nil
}

// prismLevel reads the level in front and tells where the time begins.
// A word that the source has a level for is one too.
func prismLevel(text string, own *words) (level event.Level, at int, fail *LineError) {
	start := len(text) - len(strings.TrimLeft(text, " \t"))
	if colon := strings.IndexByte(text, ':'); own != nil && colon > start {
		if level := own.level(text[start:colon]); level != event.NoLevel {
			for colon++; colon < len(text) && (text[colon] == ' ' || text[colon] == '\t'); {
				colon++
			}
			return level, colon, nil
		}
	}
	end := start
	for end < len(text) && (text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z') {
		end++
	}
	level, ok := event.ParseLevel(text[start:end])
	if !ok {
		return 0, 0, &LineError{Column: start + 1, Field: "level", Reason: "a line of the Prism norm begins with its level, such as NOTICE, WARNING, FATAL or INFO"}
	}
	if end == len(text) || text[end] != ':' {
		return 0, 0, &LineError{Column: end + 1, Field: "level", Reason: "the level must be followed by a colon"}
	}
	for end++; end < len(text) && (text[end] == ' ' || text[end] == '\t'); {
		end++
	}
	return level, end, nil
}

// prismTime reads YY-MM-DD hh:mm:ss or MM-DD hh:mm:ss, also with a year of
// four digits and with a fraction, and tells where the rest begins.
func prismTime(text string, at int, o Options) (ns int64, end int, fail *LineError) {
	wrong := func(at int) *LineError {
		return &LineError{Column: at + 1, Field: "time", Reason: "after the level comes the time, as YY-MM-DD hh:mm:ss or MM-DD hh:mm:ss"}
	}
	var part [6]int
	n, i := 0, at
	dashes := 0
	for ; n < len(part); n++ {
		start := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' && i-start < 4 {
			part[n] = part[n]*10 + int(text[i]-'0')
			i++
		}
		if width := i - start; width == 0 || width > 2 && (n > 0 || width != 4) {
			return 0, 0, wrong(start)
		}
		clock := n - dashes // 0: day, 1: hour, 2: minute, 3: second
		if clock == 3 {
			break
		}
		if i == len(text) {
			return 0, 0, wrong(i)
		}
		switch c := text[i]; {
		case clock == 0 && c == '-' && dashes < 2:
			dashes++
		case clock == 0 && (c == ' ' || c == '\t' || c == 'T') && dashes > 0:
			for i+1 < len(text) && text[i+1] == ' ' {
				i++
			}
		case clock > 0 && c == ':':
		default:
			return 0, 0, wrong(i)
		}
		i++
	}
	var fraction int
	if i < len(text) && (text[i] == '.' || text[i] == ',') {
		unit := 100_000_000
		for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			fraction += int(text[i]-'0') * unit
			unit /= 10
		}
	}
	if i < len(text) && text[i] != ' ' && text[i] != '\t' && text[i] != '[' {
		return 0, 0, wrong(i)
	}
	if dashes == 1 {
		ns, ok := nearestYear(part[0], part[1], part[2], part[3], part[4], fraction, o)
		if !ok {
			return 0, 0, wrong(at)
		}
		return ns, i, nil
	}
	year := part[0]
	if year < 100 {
		year += 2000
	}
	t, ok := date(year, part[1], part[2], part[3], part[4], part[5], fraction, o.Zone)
	if !ok || !inRange(t) {
		return 0, 0, wrong(at)
	}
	return t.UnixNano(), i, nil
}

// date is time.Date for dates that exist.
func date(year, month, day, hour, minute, second, ns int, zone *time.Location) (time.Time, bool) {
	if hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, ns, zone)
	civil := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, month >= 1 && month <= 12 && int(civil.Month()) == month && civil.Day() == day
}

// nearestYear completes a date without a year: the year that puts it nearest
// to its arrival. 29 February looks at leap years only.
func nearestYear(month, day, hour, minute, second, fraction int, o Options) (ns int64, ok bool) {
	received := time.Unix(0, o.Received).In(o.Zone)
	var best time.Duration
	for year := received.Year() - 8; year <= received.Year()+8; year++ {
		t, exists := date(year, month, day, hour, minute, second, fraction, o.Zone)
		if !exists || !inRange(t) {
			continue
		}
		if away := t.Sub(received).Abs(); !ok || away < best {
			best, ns, ok = away, t.UnixNano(), true
		}
	}
	return ns, ok
}

// prismParts cuts what follows the time into the text before the pairs and the
// pairs, with or without brackets around them. Text behind the bracket goes
// with the prefix.
func prismParts(s string) (prefix, inside string) {
	s = strings.TrimSpace(s)
	for i := 0; i < len(s); {
		if s[i] == '[' {
			prefix, s = strings.TrimSpace(s[:i]), s[i+1:]
			if strings.HasSuffix(s, "]") {
				return prefix, s[:len(s)-1]
			}
			if end := closing(s); end >= 0 {
				return strings.TrimSpace(prefix + " " + strings.TrimSpace(s[end+1:])), s[:end]
			}
			return prefix, s
		}
		if keyEnd(s[i:]) > 0 {
			inside = s[i:]
			if strings.HasSuffix(inside, "]") && !strings.Contains(inside, "[") {
				inside = inside[:len(inside)-1] // the opening bracket alone is missing
			}
			return strings.TrimSpace(s[:i]), inside
		}
		next := strings.IndexAny(s[i:], " \t[")
		if next < 0 {
			break
		}
		i += next
		for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			i++
		}
	}
	return s, ""
}

// closing finds the bracket that closes one opened just before s; -1 if none
// does.
func closing(s string) int {
	depth, quoted := 1, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// prismProcess takes "subsys * pid" from the front of the prefix.
func prismProcess(prefix string) (subsys, pid, rest string) {
	name, after, ok := strings.Cut(prefix, "*")
	name, after = strings.TrimSpace(name), strings.TrimSpace(after)
	end := 0
	for end < len(after) && after[end] >= '0' && after[end] <= '9' {
		end++
	}
	if !ok || name == "" || strings.ContainsAny(name, " \t") || end == 0 || end < len(after) && after[end] != ' ' {
		return "", "", prefix
	}
	return name, after[:end], strings.TrimSpace(after[end:])
}

// keyEnd gives the length of the key that s begins with, 0 if it begins with
// no key=.
func keyEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '%':
		case i > 0 && (c >= '0' && c <= '9' || c == '.' || c == '-'):
		case i > 0 && c == '=':
			return i
		default:
			return 0
		}
	}
	return 0
}

// split cuts the inside of the brackets into pairs. A word that begins no pair
// belongs to the value before it.
func (d *prismDecoder) split(s string) *LineError {
	d.pairs = d.pairs[:0]
	for i := 0; i < len(s); {
		if c := s[i]; c == ' ' || c == '\t' || c == ']' || c == '[' {
			i++
			continue
		}
		key := keyEnd(s[i:])
		if key == 0 { // words before the first pair
			for i < len(s) && s[i] != ' ' && s[i] != '\t' {
				i++
			}
			continue
		}
		p := pair{key: s[i : i+key]}
		if len(p.key) > d.o.Limits.NameBytes {
			limit := &event.LimitError{Limit: "nameBytes", Max: d.o.Limits.NameBytes, Got: len(p.key)}
			return &LineError{Field: cut([]byte(p.key), 64), Reason: limit.Error() + " bytes in the name of a field", Err: limit}
		}
		if len(d.pairs) == d.o.Limits.Fields {
			limit := &event.LimitError{Limit: "fields", Max: d.o.Limits.Fields}
			return &LineError{Field: p.key, Reason: limit.Error() + " fields in one event", Err: limit}
		}
		if strings.IndexByte(p.key, '%') >= 0 {
			p.key = unescapeURL(p.key)
		}
		p.theirs = d.o.words.has(p.key)
		i += key + 1
		if end := quotedEnd(s[i:]); end > 0 {
			p.value, p.quoted = unquotePrism(s[i+1:i+end-1]), true
			i += end
		} else {
			end := valueEnd(s[i:])
			p.value = s[i : i+end]
			i += end
			if strings.IndexByte(p.value, '%') >= 0 {
				p.value = unescapeURL(p.value)
			}
		}
		d.pairs = append(d.pairs, p)
	}
	return nil
}

// quotedEnd gives the length of the quoted value at the start of s, with its
// quotes; 0 if there is none, or something stands right behind it.
func quotedEnd(s string) int {
	if s == "" || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			if i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\t' || s[i+1] == ']' {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

// unquotePrism resolves \" \\ and nginx's \xHH.
func unquotePrism(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if c := s[i+1]; c == '"' || c == '\\' {
				out = append(out, c)
				i++
				continue
			}
			if s[i+1] == 'x' && i+3 < len(s) {
				if v, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
					out = append(out, byte(v))
					i += 3
					continue
				}
			}
		}
		out = append(out, s[i])
	}
	if !utf8.Valid(out) {
		return s
	}
	return view(out)
}

// valueEnd gives the length of the unquoted value at the start of s: up to the
// next pair, the end, or a bracket that ends a group.
func valueEnd(s string) int {
	end := 0
	for i := 0; ; {
		for i < len(s) && s[i] != ' ' && s[i] != '\t' {
			if s[i] == ']' && strings.HasPrefix(strings.TrimLeft(s[i+1:], " "), "[") {
				return i
			}
			i++
		}
		end = i
		for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			i++
		}
		if i == len(s) || keyEnd(s[i:]) > 0 {
			return end
		}
	}
}

// unescapeURL decodes %XX. A bad escape stays as it is, and so does the whole
// value if what comes out is no UTF-8. In a value that has a good escape, + is
// a space, as PHP and Java write it.
func unescapeURL(s string) string {
	out := make([]byte, 0, len(s))
	decoded := false
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil && s[i+1] != '+' && s[i+1] != '-' {
				out = append(out, byte(v))
				decoded = true
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	if !decoded || !utf8.Valid(out) {
		return s
	}
	if strings.IndexByte(s, '+') < 0 {
		return view(out)
	}
	return unescapeURL(strings.ReplaceAll(s, "+", "%20"))
}
