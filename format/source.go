package format

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"github.com/clewline/clewline/event"
)

// A Source says how the lines of one sender are to be read. As JSON it is what
// the catalog keeps, and what clewline parse --source-file reads.
type Source struct {
	Format string `json:"format"` // a name of Names, or "regex"
	// Pattern is the pattern of format regex; see NewPattern.
	Pattern string `json:"pattern,omitempty"`
	// Encoding is the name of the text's encoding; see Transcode. "" is UTF-8,
	// and UTF-16 where a byte order mark says so.
	Encoding string `json:"encoding,omitempty"`
	// Multiline joins lines; see ParseMultiline.
	Multiline string `json:"multiline,omitempty"`
	// Zone is where times without a zone are read, such as Asia/Shanghai; ""
	// leaves it to Options.Zone.
	Zone string `json:"tz,omitempty"`
	// Fields say which of our fields each of the sender's names fills; "data"
	// is no field at all, so that the name stays data whatever the format
	// would make of it. A dotted name is also found inside objects. What came
	// stays in data under its own name too, but for a message or time that the
	// field holds as it came. These names win over those of the format.
	Fields map[string]string `json:"fields,omitempty"`
	// Levels say which of our levels each of the sender's words means, in any
	// letter case. Of access logs the words are statuses, of syslog severities
	// from 0 to 7.
	Levels map[string]string `json:"levels,omitempty"`
	// App and Env are those of events that name none.
	App string `json:"app,omitempty"`
	Env string `json:"env,omitempty"`
}

// A SourceError says which of a source's settings is wrong, and how.
type SourceError struct {
	Field  string // format, pattern, encoding, multiline, tz, fields, levels, app or env
	Reason string
}

func (e *SourceError) Error() string { return e.Field + ": " + e.Reason }

// A Reader reads bodies by the settings of a source. What Options say beside
// them wins over a source's zone, app and env. It may be called concurrently.
type Reader func(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError, error)

// Reader checks the settings, and gives what reads bodies by them. An error is
// a *SourceError.
func (s Source) Reader() (Reader, error) {
	decode, ok := ByName(s.Format)
	switch {
	case s.Format == "regex":
		p, err := NewPattern(s.Pattern)
		if err != nil {
			return nil, err
		}
		decode = p.Decode
	case s.Format == "":
		return nil, &SourceError{"format", fmt.Sprintf("is missing; want one of %s, regex", strings.Join(Names(), ", "))}
	case !ok:
		return nil, &SourceError{"format", fmt.Sprintf("%q is not known; %s and regex are", s.Format, strings.Join(Names(), ", "))}
	case s.Pattern != "":
		return nil, &SourceError{"pattern", "is for format regex"}
	}
	join, err := ParseMultiline(s.Multiline)
	if err != nil {
		return nil, err
	}
	if join != nil && !slices.Contains(textual, s.Format) {
		return nil, &SourceError{"multiline", fmt.Sprintf("is not for format %s, where a line is whole; it is for %s", s.Format, strings.Join(textual, ", "))}
	}
	if s.Encoding != "" {
		if _, err := htmlindex.Get(s.Encoding); err != nil {
			return nil, &SourceError{"encoding", fmt.Sprintf("%q is not known; want a name such as gbk, gb18030, big5, shift_jis, utf-16le or windows-1252", s.Encoding)}
		}
	}
	var zone *time.Location
	if s.Zone != "" {
		if zone, err = time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
			return nil, &SourceError{"tz", fmt.Sprintf("the time zone %q is not known; want a name such as Asia/Shanghai", s.Zone)}
		}
	}
	words, err := newWords(s)
	if err != nil {
		return nil, err
	}
	for field, value := range map[string]string{"app": s.App, "env": s.Env} {
		if len(value) > event.MaxID || !utf8.ValidString(value) {
			return nil, &SourceError{field, fmt.Sprintf("has %d bytes; want a text of at most %d", len(value), event.MaxID)}
		}
	}
	return func(body []byte, o Options, dst []event.Event) ([]event.Event, []LineError, error) {
		o.Multiline, o.words = join, words
		o.App, o.Env, o.Zone = cmp.Or(o.App, s.App), cmp.Or(o.Env, s.Env), cmp.Or(o.Zone, zone)
		encoding := cmp.Or(s.Encoding, markedEncoding(body))
		if encoding != "" && !o.Unicode {
			var err error
			if body, o.Transcoded, err = Transcode(body, encoding, o.Limits.WithDefaults().InflatedBytes); err != nil {
				return dst, nil, err
			}
		}
		events, errs := decode(body, o, dst)
		return events, errs, nil
	}, nil
}

// markedEncoding gives the encoding that a byte order mark names: utf-16le,
// utf-16be, or "" for any other beginning.
func markedEncoding(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		return "utf-16le"
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		return "utf-16be"
	}
	return ""
}

// GuessEncoding gives the encoding of a text by its first bytes, as far as they
// tell: utf-16le or utf-16be where a byte order mark, or a zero in nearly
// every second byte, says so, else "". other is an encoding that the text may
// be in when it is not UTF-8: gb18030 where the whole sample can be read as
// such, else "".
func GuessEncoding(head []byte) (encoding, other string) {
	if encoding = markedEncoding(head); encoding != "" {
		return encoding, ""
	}
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	const few = 8 // fewer signs do not tell
	if half := len(head) / 2; half >= few {
		switch {
		case zeros[1] > half*3/4 && zeros[0] == 0:
			return "utf-16le", ""
		case zeros[0] > half*3/4 && zeros[1] == 0:
			return "utf-16be", ""
		}
	}
	if !utf8.Valid(head[:wholeSigns(head)]) {
		if end := bytes.LastIndexByte(head, '\n') + 1; end > 0 {
			head = head[:end] // a sign may be cut at the end of a sample
		}
		if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(head); err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
			return "", "gb18030"
		}
	}
	return "", ""
}

// wholeSigns is the length of b without a sign that its end cuts.
func wholeSigns(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// Transcode makes a body UTF-8. encoding is a name of the WHATWG Encoding
// Standard. changed says whether any byte differs. What is no text in the
// encoding becomes U+FFFD. A body that would have more than limit bytes is a
// *event.LimitError.
func Transcode(body []byte, encoding string, limit int) (text []byte, changed bool, err error) {
	e, err := htmlindex.Get(encoding)
	if err != nil {
		return nil, false, &SourceError{"encoding", fmt.Sprintf("%q is not known", encoding)}
	}
	text, _, err = transform.Bytes(e.NewDecoder(), body)
	if err != nil {
		return nil, false, &SourceError{"encoding", err.Error()}
	}
	if len(text) > limit {
		return nil, false, &event.LimitError{Limit: "inflatedBytes", Max: limit, Got: len(text)}
	}
	if bytes.Equal(text, body) {
		return body, false, nil
	}
	return text, true, nil
}
