package format

import (
	"strconv"
	"strings"

	"github.com/clewline/clewline/event"
)

// DecodeAccess reads the access logs of nginx and Apache, common and combined:
//
//	203.0.113.9 - ada [20/Nov/2026:14:32:07 +0100] "GET /seats?a=1 HTTP/2.0" 502 157 "https://desk.example.com/" "Mozilla/5.0 ..."
//
// also with the virtual host in front, and with more behind: key=value pairs
// (rt=0.012 and request_time=0.012, in seconds, are TimeCost), quoted texts
// and numbers, which stay in data.more.
//
// InvokerIP is the client, User the name, HTTPPath the path without its query
// string, UA the browser, Level error from status 500 on, warn from 400 on,
// else info. Msg is method, path and status. Method, request, status, bytes,
// referer and virtual host are in Data. Raw is the line. Kind is log.
//
// A request that is no request line, as port scanners send them, is kept as it
// is. A line is rejected that has no time in brackets, or no status.
func DecodeAccess(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	o = o.withDefaults()
	d := accessDecoder{o: o}
	return eachEvent(body, o, dst, o.mapping(func(line []byte, e *event.Event) *LineError { return inLine(d.line(line, e), line) }))
}

type accessDecoder struct {
	o     Options
	pairs []pair
	arena arena
}

func (d *accessDecoder) line(line []byte, e *event.Event) *LineError {
	text, flags := asText(line)
	e.Flags |= flags
	e.Kind, e.Raw = event.Log, text
	d.pairs = d.pairs[:0]

	open := strings.IndexByte(text, '[')
	if open < 0 {
		return &LineError{Column: len(text) + 1, Field: "time", Reason: "an access log has its time in brackets, as [20/Nov/2026:14:32:07 +0100]"}
	}
	end := strings.IndexByte(text[open:], ']')
	var ok bool
	if end > 0 {
		e.Time, ok = accessTime(text[open+1:open+end], d.o.Zone)
	}
	if !ok {
		return &LineError{Column: open + 2, Field: "time", Reason: "the time is written as 20/Nov/2026:14:32:07 +0100"}
	}
	d.who(e, strings.Fields(text[:open]))

	s := scanner{text: text, at: open + end + 1}
	request, quoted := s.next()
	status, _ := s.next()
	code, err := strconv.Atoi(status)
	if !quoted || err != nil || code < 0 || code > 999 {
		return &LineError{Column: open + end + 2, Field: "status", Reason: "after the time come the request in quotes, the status and the bytes, as \"GET / HTTP/1.1\" 200 157"}
	}
	d.request(e, request)
	d.pairs = append(d.pairs, pair{key: "status", value: status})
	if bytes, _ := s.next(); bytes != "-" && bytes != "" {
		d.pairs = append(d.pairs, pair{key: "bytes", value: bytes})
	}
	own := d.o.words.level(status)
	switch {
	case own != event.NoLevel:
		e.Level = own
	case code >= 500:
		e.Level = event.Error
	case code >= 400:
		e.Level = event.Warn
	default:
		e.Level = event.Info
	}
	e.Msg = strings.TrimSpace(e.Msg + " " + status)
	if s.quoteAhead() {
		if referer, _ := s.next(); referer != "-" {
			d.pairs = append(d.pairs, pair{key: "referer", value: referer})
		}
		if s.quoteAhead() {
			if ua, _ := s.next(); ua != "-" {
				e.UA = ua
			}
		}
	}
	d.more(e, &s)
	e.Data = d.arena.keep(appendPairs(d.arena.room(2*len(text)+64), d.pairs, appendPair))
	return nil
}

// who reads what stands before the time: [virtual host] address, ident, user.
func (d *accessDecoder) who(e *event.Event, words []string) {
	if len(words) > 3 {
		d.pairs = append(d.pairs, pair{key: "vhost", value: words[0]})
		words = words[1:]
	}
	if len(words) > 0 {
		e.InvokerIP = words[0]
	}
	if len(words) > 1 && words[1] != "-" {
		d.pairs = append(d.pairs, pair{key: "ident", value: words[1]})
	}
	if len(words) > 2 && words[2] != "-" {
		e.User = strings.Join(words[2:], " ") // names may hold spaces
	}
}

// request reads METHOD target PROTOCOL.
func (d *accessDecoder) request(e *event.Event, request string) {
	method, rest, ok := strings.Cut(request, " ")
	target, protocol, more := strings.Cut(rest, " ")
	if !ok || !more || !strings.HasPrefix(protocol, "HTTP/") {
		d.pairs = append(d.pairs, pair{key: "request", value: request, quoted: true})
		e.Msg = request
		return
	}
	path, _, query := strings.Cut(target, "?")
	e.HTTPPath = path
	e.Msg = method + " " + path
	d.pairs = append(d.pairs, pair{key: "method", value: method}, pair{key: "protocol", value: protocol})
	if query {
		d.pairs = append(d.pairs, pair{key: "request", value: target, quoted: true})
	}
}

// more reads what servers add behind the combined format.
func (d *accessDecoder) more(e *event.Event, s *scanner) {
	for {
		word, quoted := s.next()
		if word == "" && !quoted {
			return
		}
		key, value, ok := strings.Cut(word, "=")
		if quoted || !ok || key == "" {
			if word != "-" && word != "" {
				d.pairs = append(d.pairs, pair{key: "more", value: word, quoted: quoted})
			}
			continue
		}
		value = strings.Trim(value, `"`)
		if (key == "rt" || key == "request_time") && isPlainNumber(value) && !e.HasTimeCost {
			// The exponent moves the point: 0.0123 s is 12.3 ms.
			if ms, err := strconv.ParseFloat(value+"e3", 64); err == nil {
				e.TimeCost, e.HasTimeCost = ms, true
			}
		}
		if value != "-" && value != "" {
			d.pairs = append(d.pairs, pair{key: key, value: value})
		}
	}
}

// A scanner reads words and quoted texts, in which \ takes a sign's meaning.
type scanner struct {
	text string
	at   int
}

func (s *scanner) blanks() {
	for s.at < len(s.text) && s.text[s.at] == ' ' {
		s.at++
	}
}

func (s *scanner) quoteAhead() bool {
	s.blanks()
	return s.at < len(s.text) && s.text[s.at] == '"'
}

func (s *scanner) next() (word string, quoted bool) {
	if !s.quoteAhead() {
		start := s.at
		for s.at < len(s.text) && s.text[s.at] != ' ' {
			s.at++
		}
		return s.text[start:s.at], false
	}
	s.at++
	start, escaped := s.at, false
	for s.at < len(s.text) && s.text[s.at] != '"' {
		if s.text[s.at] == '\\' && s.at+1 < len(s.text) {
			escaped = true
			s.at++
		}
		s.at++
	}
	s.at = min(s.at, len(s.text))
	word = s.text[start:s.at]
	s.at = min(s.at+1, len(s.text))
	if escaped {
		word = unescape(word)
	}
	return word, true
}

// unescape reads \" and \\ as Apache writes them, and \xhh as both servers
// write bytes; anything else stays.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch c := s[i+1]; {
		case c == '"' || c == '\\':
			b.WriteByte(c)
			i++
		case c == 'x' && i+3 < len(s):
			if n, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
			b.WriteByte('\\')
		default:
			b.WriteByte('\\')
		}
	}
	return strings.ToValidUTF8(b.String(), "\ufffd")
}
