package format

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
)

// A Finding is one thing in which a line departs from the Prism norm.
type Finding struct {
	Line   int    `json:"line"`             // from 1
	Column int    `json:"column,omitempty"` // in signs from 1, where the field stands; 0 where nothing does
	Field  string `json:"field,omitempty"`
	Rule   string `json:"rule"` // a name of LintRules
	// Warning says that readers of logs cope with it; else something is lost.
	Warning bool   `json:"warning,omitempty"`
	Advice  string `json:"advice"` // what would be right
}

// A LintRule is one rule of the norm, by name.
type LintRule struct {
	Name  string
	Holds string // when it holds, as a sentence without its point
}

// LintRules lists the rules that LintPrism knows.
func LintRules() []LintRule { return slices.Clone(lintRules) }

var lintRules = []LintRule{
	{"level", "the line begins with a level of the norm, NOTICE, WARNING or FATAL, or INFO from Java, and a colon"},
	{"time", "after the level comes the time, as YY-MM-DD hh:mm:ss or MM-DD hh:mm:ss"},
	{"brackets", "the pairs stand in brackets"},
	{"required", "every key is there, with a value, that this kind of line needs"},
	{"old-name", "no key has an earlier spelling"},
	{"form", "numbers and times of keys are written as the norm has them"},
	{"encoding", "values are URL-encoded"},
	{"twice", "no key stands twice in one line"},
	{"one-notice", "a request has one NOTICE (INFO) a module, at its end"},
	{"limit", "lines, keys and their number stay within what a server takes"},
}

// oldNames are earlier spellings and what the norm calls them now.
var oldNames = map[string]string{
	"url": "uri", "retErrorNo": "retErrno", "errno": "retErrno", "errmsg": "errDetail", "logId": "logid", "spanId": "spanid",
}

// What each kind of line must have, in the order of the norm.
var (
	requiredUI      = []string{"logid", "optime", "product", "subsys", "module"}
	requiredRequest = []string{"uri", "cost", "retErrno", "errDetail"}
	requiredClient  = []string{"cost", "retErrno"}
	requiredServer  = []string{"logid", "spanid", "status", "host", "server_addr", "server_port", "client_addr", "request", "msec", "request_time"}
)

// maybeEmpty are required keys that say something by having no value.
var maybeEmpty = []string{"errDetail"}

// LintPrism checks lines against the Prism norm and tells what departs from
// it, in order. Blank lines are fine.
func LintPrism(body []byte, o Options) []Finding {
	o = o.withDefaults()
	l := linter{d: prismDecoder{o: o}, notices: map[string]int{}}
	errs := eachLine(body, 1, o.Limits, nil, l.check)
	for i := range errs { // limits of lines and bodies
		l.add(Finding{Line: errs[i].Line, Rule: "limit", Advice: errs[i].Reason})
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int { return a.Line - b.Line })
	return l.found
}

// maxNotices bounds the requests that a file is remembered by.
const maxNotices = 1_000_000

type linter struct {
	d       prismDecoder
	found   []Finding
	notices map[string]int // module and logid -> line of their NOTICE
}

func (l *linter) add(f Finding) { l.found = append(l.found, f) }

func (l *linter) check(line []byte, number int) *LineError {
	text := strings.ToValidUTF8(view(line), "\ufffd")
	add := func(rule, field string, warning bool, format string, args ...any) {
		l.add(Finding{Line: number, Column: columnOf(text, field), Field: field, Rule: rule, Warning: warning, Advice: fmt.Sprintf(format, args...)})
	}
	level, at, fail := prismLevel(text, nil)
	if fail != nil {
		add("level", "level", false, "%s", fail.Reason)
		return nil
	}
	if name, _, _ := strings.Cut(strings.TrimSpace(text), ":"); !slices.Contains([]string{"NOTICE", "WARNING", "FATAL", "INFO"}, name) {
		add("level", "level", true, "%s is no level of the norm; want NOTICE, WARNING or FATAL (INFO from Java)", name)
	}
	_, end, fail := prismTime(text, at, l.d.o)
	if fail != nil {
		add("time", "time", false, "%s", fail.Reason)
		return nil
	}
	if stamp := text[at:end]; !prismStamp(stamp) {
		add("time", "time", true, "%q is read, but the norm writes YY-MM-DD hh:mm:ss or MM-DD hh:mm:ss", stamp)
	}
	_, inside := prismParts(text[end:])
	if fail := l.d.split(inside); fail != nil {
		add("limit", fail.Field, false, "%s", fail.Reason)
		return nil
	}
	if !strings.Contains(text[end:], "[") {
		add("brackets", "", true, "the pairs stand in brackets, as [logid=... optime=...]")
	}
	has := l.pairs(inside, add)
	l.required(level, has, add)
	l.oneNotice(level, number, has, add)
	return nil
}

// columnOf is where a field of a line stands, in signs from 1; 0 where it does
// not.
func columnOf(text, field string) int {
	if at := placeOf(text, field); at >= 0 {
		return utf8.RuneCountInString(text[:at]) + 1
	}
	return 0
}

// placeOf is where a field of a line begins; -1 where it does not stand.
func placeOf(text, field string) int {
	switch field {
	case "":
		return -1
	case "level":
		return len(text) - len(strings.TrimLeft(text, " \t"))
	case "time":
		if colon := strings.IndexByte(text, ':'); colon >= 0 {
			return len(text) - len(strings.TrimLeft(text[colon+1:], " \t"))
		}
		return -1
	}
	for from := 0; ; {
		i := strings.Index(text[from:], field+"=")
		if i < 0 {
			return -1
		}
		if at := from + i; at == 0 || strings.IndexByte(" \t[", text[at-1]) >= 0 {
			return at
		}
		from += i + 1
	}
}

// prismStamp says whether a time is written as the norm has it.
func prismStamp(s string) bool {
	for _, layout := range []string{"06-01-02 15:04:05", "01-02 15:04:05"} {
		if _, err := time.Parse(layout, s); err == nil && len(s) == len(layout) {
			return true
		}
	}
	return s == "02-29 "+s[min(len(s), 6):] && len(s) == len("01-02 15:04:05") // a leap day has no year to prove it
}

// pairs checks each pair, and gives the values by the norm's names.
func (l *linter) pairs(inside string, add func(rule, field string, warning bool, format string, args ...any)) map[string]string {
	has := map[string]string{}
	for i := range l.d.pairs {
		p := &l.d.pairs[i]
		name := p.key
		if now, old := oldNames[name]; old {
			add("old-name", name, true, "%s is an old spelling; the norm calls it %s", name, now)
			name = now
		}
		if _, twice := has[name]; twice && name == p.key {
			add("twice", name, false, "%s stands twice in one line; a reader takes one of them", name)
		}
		has[name] = p.value
		switch name {
		case "cost", "retErrno":
			if _, err := strconv.ParseInt(p.value, 10, 64); p.value != "" && err != nil {
				add("form", p.key, false, "%s=%q; want a whole number%s", p.key, p.value, map[string]string{"cost": " of ms"}[name])
			}
		case "optime", "msec":
			if !secondsAndMs(p.value) {
				add("form", p.key, false, "%s=%q; want seconds since 1970 with three decimals, as 1795530727.688", p.key, p.value)
			}
		case "request_time":
			if p.value != "" && !isPlainNumber(p.value) {
				add("form", p.key, false, "%s=%q; want seconds, as 0.012", p.key, p.value)
			}
		}
		switch {
		case p.quoted:
			add("encoding", p.key, true, "the value of %s is in quotes; the norm URL-encodes it", p.key)
		case strings.ContainsAny(p.value, " =[]") && strings.Contains(inside, p.key+"="+p.value):
			add("encoding", p.key, false, "the value of %s holds a blank, = or a bracket; URL-encode it", p.key)
		case name == "uri" && strings.Contains(inside, p.key+"="+p.value) && strings.Contains(p.value, "/"):
			add("encoding", p.key, true, "%s is URL-encoded in the norm, as %s", p.key, strings.ReplaceAll(p.value, "/", "%2F"))
		}
	}
	return has
}

// secondsAndMs says whether s is a time as 1795530727.688.
func secondsAndMs(s string) bool {
	whole, fraction, ok := strings.Cut(s, ".")
	_, err := strconv.ParseUint(whole+fraction, 10, 64)
	return ok && len(fraction) == 3 && len(whole) >= 9 && err == nil
}

// required checks that what the kind of line must have is there.
func (l *linter) required(level event.Level, has map[string]string, add func(rule, field string, warning bool, format string, args ...any)) {
	want, kind := requiredUI, "a line"
	server, client, request := false, false, false
	for key := range has {
		server = server || prismKinds[key] == event.Server
		client = client || prismKinds[key] == event.Client
		request = request || slices.Contains(requiredRequest, key)
	}
	switch {
	case server:
		want, kind = requiredServer, "a server log"
	case client:
		want, kind = append(slices.Clone(requiredUI), requiredClient...), "a client log"
	case request:
		want, kind = append(slices.Clone(requiredUI), requiredRequest...), "the log of a request"
	}
	for _, key := range want {
		if value, there := has[key]; !there {
			add("required", key, false, "%s needs %s", kind, key)
		} else if value == "" && !slices.Contains(maybeEmpty, key) {
			add("required", key, false, "%s has no value", key)
		}
	}
	if level == event.Warn && request && has["retErrno"] == "0" && has["errDetail"] == "" {
		add("required", "errDetail", true, "a WARNING tells of an unexpected result; say which, in retErrno or errDetail")
	}
}

// oneNotice holds a module to one NOTICE a request.
func (l *linter) oneNotice(level event.Level, number int, has map[string]string, add func(rule, field string, warning bool, format string, args ...any)) {
	if level != event.Notice && level != event.Info || has["uri"] == "" || has["logid"] == "" {
		return
	}
	request := has["subsys"] + "\x00" + has["module"] + "\x00" + has["logid"] + "\x00" + has["spanid"] + "\x00" + has["uri"]
	if first, again := l.notices[request]; again {
		add("one-notice", "logid", true, "line %d is the NOTICE of this request already; the norm wants one, at its end", first)
	} else if len(l.notices) < maxNotices {
		l.notices[request] = number
	}
}

// FixPrism writes a line as the norm has it, as far as that can be known: new
// names, brackets, encoded values, the time's form, an optime where it lacks
// one. It gives the line itself where it cannot be read.
func FixPrism(dst, line []byte, o Options) []byte {
	d := prismDecoder{o: o.withDefaults()}
	text := strings.ToValidUTF8(view(bytes.TrimRight(line, "\r\n")), "\ufffd")
	level, at, fail := prismLevel(text, nil)
	if fail != nil {
		return append(dst, text...)
	}
	when, end, fail := prismTime(text, at, d.o)
	if fail != nil {
		return append(dst, text...)
	}
	prefix, inside := prismParts(text[end:])
	if d.split(inside) != nil {
		return append(dst, text...)
	}
	name, _, _ := strings.Cut(strings.TrimSpace(text), ":")
	if name != "INFO" {
		name = prismLevels[min(int(level), event.NumLevels-1)]
	}
	dst = append(append(dst, name...), ": "...)
	if stamp := text[at:end]; prismStamp(stamp) {
		dst = append(dst, stamp...)
	} else {
		dst = time.Unix(0, when).In(d.o.Zone).AppendFormat(dst, "06-01-02 15:04:05")
	}
	dst = append(dst, ' ')
	if prefix = strings.TrimSpace(prefix); prefix != "" {
		dst = append(append(dst, prefix...), ' ')
	}
	dst = append(dst, '[')
	start := len(dst)
	clock := false
	for i := range d.pairs {
		p := &d.pairs[i]
		key := p.key
		if now, old := oldNames[key]; old && d.find(now) == nil {
			key = now
		}
		clock = clock || key == "optime" || key == "msec"
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(appendURL(dst, key, false), '=')
		if value := appendURL(nil, p.value, true); key == "uri" || key == "url" {
			dst = append(dst, bytes.ReplaceAll(value, []byte{'/'}, []byte("%2F"))...)
		} else {
			dst = append(dst, value...)
		}
	}
	if !clock && len(d.pairs) > 0 {
		dst = appendSeconds(append(dst, " optime="...), when)
	}
	return append(dst, ']')
}
