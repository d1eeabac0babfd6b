package format

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/leodido/go-syslog/v4/rfc5424"

	"github.com/clewline/clewline/event"
)

// DecodeSyslog reads lines of syslog, of RFC 5424 and of RFC 3164, as they
// come over the wire and as daemons write them into files (there without the
// priority):
//
//	<165>1 2026-11-20T14:32:07.688Z desk-3 seatd 4711 LOST [seat@32473 id="81"] the seat was lost
//	<34>Nov 20 14:32:07 desk-3 seatd[4711]: the seat was lost
//
// Host, App (the program's name) and Msg are their fields; Level is the
// severity (0 to 2 fatal, 3 error, 4 warn, 5 notice, 6 info, 7 debug). Data has
// facility, pid, msgId and the structured data under its ids. A time of RFC
// 3164 has no year, and takes the one nearest to its arrival, and no zone. Raw
// is the line, Kind log.
//
// A line without a time is rejected.
func DecodeSyslog(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError) {
	o = o.withDefaults()
	d := syslogDecoder{o: o}
	return eachEvent(body, o, dst, o.mapping(func(line []byte, e *event.Event) *LineError { return inLine(d.line(line, e), line) }))
}

type syslogDecoder struct {
	o     Options
	pairs []pair
	arena arena
}

// facilities of RFC 5424, section 6.2.1, by their usual names.
var facilities = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security",
	"console", "solaris-cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

var severities = [...]event.Level{
	event.Fatal, event.Fatal, event.Fatal, event.Error, event.Warn, event.Notice, event.Info, event.Debug,
}

func (d *syslogDecoder) line(line []byte, e *event.Event) *LineError {
	text, flags := asText(line)
	e.Flags |= flags
	e.Kind, e.Raw = event.Log, text
	d.pairs = d.pairs[:0]
	at, fail := d.priority(e, text)
	if fail != nil {
		return fail
	}
	if at > 0 && strings.HasPrefix(text[at:], "1 ") {
		fail = d.modern(e, text, at)
	} else {
		fail = d.old(e, text, at)
	}
	if fail == nil && len(d.pairs) > 0 {
		e.Data = d.arena.keep(appendPairs(d.arena.room(2*len(text)+64), d.pairs, appendSyslog))
	}
	return fail
}

// appendSyslog writes a value; structured data is an object already.
func appendSyslog(b []byte, p *pair) []byte {
	if p.object {
		return append(b, p.value...)
	}
	return appendPair(b, p)
}

// priority reads <n> in front, and tells where the rest begins.
func (d *syslogDecoder) priority(e *event.Event, text string) (at int, fail *LineError) {
	if !strings.HasPrefix(text, "<") {
		return 0, nil
	}
	end := strings.IndexByte(text[:min(len(text), 5)], '>')
	n := -1
	if end > 1 {
		var err error
		if n, err = strconv.Atoi(text[1:end]); err != nil {
			n = -1
		}
	}
	if n < 0 || n >= 8*len(facilities) {
		return 0, &LineError{Column: 2, Field: "level", Reason: "the priority is a number from 0 to 191 in angle brackets, as <34>"}
	}
	if e.Level = d.o.words.level(strconv.Itoa(n % 8)); e.Level == event.NoLevel {
		e.Level = severities[n%8]
	}
	d.pairs = append(d.pairs, pair{key: "facility", value: facilities[n/8]})
	return end + 1, nil
}

// modern reads a line of RFC 5424.
func (d *syslogDecoder) modern(e *event.Event, text string, at int) *LineError {
	message, err := rfc5424.NewParser(rfc5424.WithBestEffort()).Parse([]byte(text))
	m, ok := message.(*rfc5424.SyslogMessage)
	if !ok || m == nil || m.Timestamp == nil {
		if err == nil {
			err = errors.New("it has no time")
		}
		return &LineError{Column: at + 3, Field: "time", Reason: "not a line of RFC 5424: " + err.Error()}
	}
	e.Time = m.Timestamp.UnixNano()
	if !inRange(*m.Timestamp) {
		return &LineError{Column: at + 3, Field: "time", Reason: "the time lies outside the years 1678 to 2262"}
	}
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&e.Host, m.Hostname)
	set(&e.App, m.Appname)
	set(&e.Msg, m.Message)
	// rsyslog's templates put the space of RFC 3164 before the message too.
	e.Msg = strings.TrimPrefix(strings.TrimPrefix(e.Msg, "\ufeff"), " ")
	if m.ProcID != nil {
		d.pairs = append(d.pairs, pair{key: "pid", value: *m.ProcID})
	}
	if m.MsgID != nil {
		d.pairs = append(d.pairs, pair{key: "msgId", value: *m.MsgID, quoted: true})
	}
	if m.StructuredData != nil {
		for _, id := range sortedKeys(*m.StructuredData) {
			params := (*m.StructuredData)[id]
			var inside []pair
			for _, name := range sortedKeys(params) {
				inside = append(inside, pair{key: name, value: params[name]})
			}
			d.pairs = append(d.pairs, pair{key: id, value: string(appendPairs(nil, inside, appendPair)), object: true})
		}
	}
	if err != nil && e.Msg == "" {
		e.Msg = text[at:] // what the parser could not follow is still there to be read
	}
	return nil
}

// old reads a line of RFC 3164, or of a file in that manner: time, host,
// tag[pid]: message.
func (d *syslogDecoder) old(e *event.Event, text string, at int) *LineError {
	rest := text[at:]
	const stamp = len("Jan _2 15:04:05")
	if ns, ok := syslogTime(rest, d.o); ok {
		e.Time = ns
		rest = rest[stamp:]
	} else if end := strings.IndexByte(rest, ' '); end > 0 {
		// rsyslog and journald write RFC 3339 in the same place.
		t, err := time.Parse(time.RFC3339Nano, rest[:end])
		if err != nil || !inRange(t) {
			return badSyslogTime(at)
		}
		e.Time, rest = t.UnixNano(), rest[end:]
	} else {
		return badSyslogTime(at)
	}
	rest = strings.TrimLeft(rest, " ")
	host, after, _ := strings.Cut(rest, " ")
	if !strings.HasSuffix(host, ":") { // else the host is missing and this is the tag
		e.Host, rest = host, after
	}
	// A tag is short and ends in a colon.
	const longTag = 64
	if colon := strings.Index(rest, ":"); colon > 0 && colon <= longTag && !strings.ContainsAny(rest[:colon], " \t\"") {
		tag := rest[:colon]
		if open := strings.IndexByte(tag, '['); open > 0 && strings.HasSuffix(tag, "]") {
			d.pairs = append(d.pairs, pair{key: "pid", value: tag[open+1 : len(tag)-1]})
			tag = tag[:open]
		}
		e.App, rest = tag, rest[colon+1:]
	}
	e.Msg = strings.TrimPrefix(rest, " ")
	return nil
}

func badSyslogTime(at int) *LineError {
	return &LineError{Column: at + 1, Field: "time", Reason: "a line of syslog has its time here, as Nov 20 14:32:07 or 2026-11-20T14:32:07Z"}
}
