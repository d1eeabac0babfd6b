package format

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/clewline/clewline/event"
)

// maxSeq is the greatest number of a stream: what JavaScript counts exactly.
const maxSeq = 1<<53 - 1

// Rejected is the reason under which the numbers of unreadable lines stand in
// Range.Omitted.
const Rejected = "rejected"

// A TrackBatch is one request of the SDK's door: an envelope and its events.
type TrackBatch struct {
	App    string
	Key    string
	Client string
	SDK    string
	// Range is what the batch covers. Omitted names the numbers that have
	// no event here: those that the sender left out, and, as Rejected,
	// those of lines that could not be read. Its Offset is Offset, or 0.
	Range  event.StreamRange
	SentAt int64  // the sender's clock as it sent, in ns; 0 if it did not say
	Offset *int64 // the measured clock offset that the sender echoes, in ns; nil on a stream's first batch
	Ticket string // the pull that this answers, if any
	Events []event.Event
	Errors []LineError
}

var (
	trackFormat    = jsonFormat{names: newNames(inTrackData, event.FieldSeq), kind: event.Track, seq: true}
	envelopeFormat = jsonFormat{names: newNames(nil)} // for its reader; the names are the switch in envelope
)

// inTrackData are fields that pages log as data, as in
// t.$log('ringing', { callId }): whoever searches callId:... means them too.
// They fill the field where the event has no value of its own, and stay in data.
var inTrackData = map[event.Field][]string{
	event.FieldAccount: {"data.account"}, event.FieldStaff: {"data.staff"}, event.FieldCallID: {"data.callId"},
	event.FieldNumber: {"data.number"}, event.FieldUser: {"data.user"},
	event.FieldTraceID: {"data.traceId"}, event.FieldSpanID: {"data.spanId"}, event.FieldChildOf: {"data.childOf"},
	event.FieldErrorCode: {"data.errorCode"}, event.FieldErrorMsg: {"data.errorMsg"},
	event.FieldHTTPPath: {"data.httpPath"}, event.FieldTimeCost: {"data.timeCost"},
}

// DecodeTrack reads a track batch: the envelope in the first line, then one
// event a line as DecodeEvents takes them, each with its number in "seq".
// Stream comes from the envelope, App too where an event names none. Kind is
// track where none was sent. IDNum stays 0: an SDK event's id is stream.seq.
// Time is the sender's; correcting it by Offset is left to the caller.
//
// What is wrong with the envelope is wrong with the whole batch: the error is
// a *LineError of line 1 with the field. So is a number of from..to that is
// neither an event nor omitted, for acknowledging the range would lose it.
//
// An event line that cannot be read is in Errors, to be kept as a dead letter,
// and its number counts as covered: it is added to Range.Omitted as Rejected,
// so that the sender may delete it and nobody calls it missing. The number is
// taken from the line where exactly one "seq" can be seen in it. Lines without
// one stand for the numbers that nothing else accounts for, if there are
// exactly as many of those. A number outside from..to, or a second event under
// one number, rejects that line alone. More lines than Limits.Events refuse the
// whole batch, for the sender must send them again.
func DecodeTrack(body []byte, o Options) (TrackBatch, error) {
	o = o.withDefaults()
	var b TrackBatch
	if len(body) > o.Limits.TrackBytes {
		limit := &event.LimitError{Limit: "trackBytes", Max: o.Limits.TrackBytes, Got: len(body)}
		return b, &LineError{Reason: limit.Error() + " bytes in one batch", Err: limit}
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	line, rest, _ := bytes.Cut(body, []byte{'\n'})
	if fail := b.envelope(line, o); fail != nil {
		fail.Line, fail.Lines = 1, 1
		fail.Text = cut(line, event.MaxDeadLetter)
		return TrackBatch{}, fail
	}
	if b.App != "" {
		o.App = b.App
	}
	b.Events = grow(nil, rest, o.Limits)
	d := newJSONEvents(&trackFormat, o)
	at := make(map[uint64]int) // the line of each number
	b.Errors = eachLine(rest, 2, o.Limits, nil, func(line []byte, number int) *LineError {
		b.Events = oneMore(b.Events)
		e := &b.Events[len(b.Events)-1]
		fail := d.line(line, e)
		switch {
		case fail != nil:
		case e.Seq < b.Range.From || e.Seq > b.Range.To:
			fail = &LineError{Field: "seq", Seq: e.Seq, Reason: fmt.Sprintf("%d lies outside the batch's range %d to %d", e.Seq, b.Range.From, b.Range.To)}
		case at[e.Seq] > 0:
			fail = &LineError{Field: "seq", Seq: e.Seq, Reason: fmt.Sprintf("line %d has the number %d already", at[e.Seq], e.Seq)}
		}
		if fail != nil {
			b.Events = b.Events[:len(b.Events)-1]
			if fail.Seq == 0 {
				fail.Seq = visibleSeq(line)
			}
			return fail
		}
		e.Stream = b.Range.Stream
		if e.App == "" {
			e.App = o.App
		}
		at[e.Seq] = number
		return nil
	})
	for i := range b.Errors {
		if e := &b.Errors[i]; e.Lines > 1 { // nothing of those lines would be kept
			return TrackBatch{}, e
		}
	}
	if fail := b.cover(); fail != nil {
		fail.Line, fail.Lines = 1, 1
		fail.Text = cut(line, event.MaxDeadLetter)
		return TrackBatch{}, fail
	}
	return b, nil
}

// envelope reads the first line.
func (b *TrackBatch) envelope(line []byte, o Options) (fail *LineError) {
	if len(line) > o.Limits.LineBytes {
		limit := &event.LimitError{Limit: "lineBytes", Max: o.Limits.LineBytes, Got: len(line)}
		return &LineError{Reason: "the envelope: " + limit.Error() + " bytes", Err: limit}
	}
	if blank(line) {
		return &LineError{Reason: "the first line must be the batch's envelope"}
	}
	d := newJSONEvents(&envelopeFormat, o)
	text, list, repaired, fail := d.reader.read(line)
	if repaired {
		defer func() { fail = asSent(fail, line) }()
	}
	if fail != nil {
		fail.Reason = "the envelope: " + fail.Reason
		return fail
	}
	d.text = text
	known := make(map[string]bool, len(list))
	for i := range list {
		m := &list[i]
		name := d.name(m)
		if known[name] {
			return twice(name, m)
		}
		known[name] = true
		if m.kind == 'n' {
			continue
		}
		switch name {
		case "app":
			fail = d.envelopeString(m, &b.App)
		case "key":
			fail = d.envelopeString(m, &b.Key)
		case "client":
			fail = d.envelopeString(m, &b.Client)
		case "sdk":
			fail = d.envelopeString(m, &b.SDK)
		case "ticket":
			if fail = d.envelopeString(m, &b.Ticket); fail != nil && fail.Err != nil {
				b.Ticket, fail = d.string(m), nil // signed, so longer than a name; the line's limit holds
			}
		case "stream":
			fail = d.envelopeString(m, &b.Range.Stream)
		case "from":
			b.Range.From, fail = d.seq(m)
		case "to":
			b.Range.To, fail = d.seq(m)
		case "sentAt":
			b.SentAt, fail = d.milliseconds(m)
		case "offset":
			b.Offset = new(int64)
			*b.Offset, fail = d.milliseconds(m)
			b.Range.Offset = *b.Offset
		case "omitted":
			b.Range.Omitted, fail = d.omitted(m)
		case "closed":
			b.Range.Closed, fail = d.closed(m)
		}
		if fail != nil {
			if fail.Field == "" || fail.Field == "seq" {
				fail.Field = name
			}
			if fail.Column == 0 {
				fail.Column = m.value + 1
			}
			return fail
		}
	}
	b.Range.App, b.Range.SDK = b.App, b.SDK
	r := &b.Range
	switch {
	case r.Stream == "":
		return &LineError{Field: "stream", Reason: "the envelope must name the stream"}
	case r.From == 0:
		return &LineError{Field: "from", Reason: "the envelope must say which number the batch begins with"}
	case r.To == 0:
		return &LineError{Field: "to", Reason: "the envelope must say which number the batch ends with"}
	case r.To < r.From:
		return &LineError{Field: "to", Reason: fmt.Sprintf("the range %d to %d ends before it begins", r.From, r.To)}
	case r.Closed != nil && r.Closed.At < r.To:
		return &LineError{Field: "closed", Reason: fmt.Sprintf("the stream cannot have ended at %d: this batch goes up to %d", r.Closed.At, r.To)}
	}
	for _, om := range r.Omitted {
		if om.From < r.From || om.To > r.To || om.To < om.From {
			return &LineError{Field: "omitted", Reason: fmt.Sprintf("%d to %d does not lie within %d to %d", om.From, om.To, r.From, r.To)}
		}
	}
	return nil
}

func (d *jsonEvents) envelopeString(m *member, into *string) *LineError {
	if m.kind != '"' {
		return &LineError{Reason: "this must be a string"}
	}
	s := d.string(m)
	if len(s) > event.MaxID {
		limit := &event.LimitError{Limit: "idBytes", Max: event.MaxID, Got: len(s)}
		return &LineError{Reason: limit.Error() + " bytes", Err: limit}
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			return &LineError{Reason: "there is a control character in it"}
		}
	}
	*into = s
	return nil
}

// milliseconds reads a number of ms as ns.
func (d *jsonEvents) milliseconds(m *member) (int64, *LineError) {
	ms, err := strconv.ParseFloat(view(d.text[m.value:m.end]), 64)
	if ns := ms * 1e6; err == nil && math.Abs(ns) < 9.2e18 {
		return int64(math.Round(ms*1e3)) * 1e3, nil // floats of ms hold no more than us
	}
	return 0, &LineError{Reason: "this must be a number of milliseconds"}
}

// omitted reads [[from, to, reason], ...].
func (d *jsonEvents) omitted(m *member) ([]event.Omission, *LineError) {
	wrong := func(at int) *LineError {
		return &LineError{Column: at + 1, Reason: `this must be a list such as [[5,8,"level"]]: first number, last number, reason`}
	}
	if m.kind != '[' {
		return nil, wrong(m.value)
	}
	var list []event.Omission
	for _, el := range d.elements(m, d.o.Limits.Events+1) {
		if len(list) == d.o.Limits.Events {
			limit := &event.LimitError{Limit: "events", Max: d.o.Limits.Events}
			return nil, &LineError{Column: el.value + 1, Reason: limit.Error() + " runs of omitted numbers", Err: limit}
		}
		if el.kind != '[' {
			return nil, wrong(el.value)
		}
		parts := d.elements(&el, 4)
		if len(parts) != 3 || parts[2].kind != '"' {
			return nil, wrong(el.value)
		}
		var om event.Omission
		var fail *LineError
		if om.From, fail = d.seq(&parts[0]); fail != nil {
			return nil, fail
		}
		if om.To, fail = d.seq(&parts[1]); fail != nil {
			return nil, fail
		}
		if fail = d.envelopeString(&parts[2], &om.Reason); fail != nil {
			return nil, fail
		}
		list = append(list, om)
	}
	return list, nil
}

// elements cuts an array of valid JSON into its elements, at most so many.
func (d *jsonEvents) elements(m *member, most int) []member {
	var list []member
	for i := m.value + 1; len(list) < most; {
		for d.text[i] <= ' ' || d.text[i] == ',' {
			i++
		}
		el := member{value: i, kind: d.text[i]}
		switch el.kind {
		case ']':
			return list
		case '"':
			i, el.valueEsc = stringEnd(d.text, i+1)
		case '{', '[':
			for depth := 0; ; {
				switch d.text[i] {
				case '"':
					i, _ = stringEnd(d.text, i+1)
					continue
				case '{', '[':
					depth++
				case '}', ']':
					depth--
				}
				if i++; depth == 0 {
					break
				}
			}
		default:
			for d.text[i] > ' ' && d.text[i] != ',' && d.text[i] != ']' {
				i++
			}
		}
		el.end = i
		list = append(list, el)
	}
	return list
}

// closed reads {"at": number, "by": "self" or "adopter"}.
func (d *jsonEvents) closed(m *member) (*event.Closing, *LineError) {
	wrong := &LineError{Reason: `this must be such as {"at":812,"by":"self"}: the stream's last number, and self or adopter`}
	if m.kind != '{' {
		return nil, wrong
	}
	var c event.Closing
	object := d.text[m.value:m.end]
	inner, fail := d.reader.members(object, nil)
	if fail != nil {
		return nil, fail
	}
	for i := range inner {
		p := &inner[i]
		name := view(object[p.start+1 : p.nameEnd-1])
		p.value, p.end = p.value+m.value, p.end+m.value
		switch name {
		case "at":
			if c.At, fail = d.seq(p); fail != nil {
				fail.Field = "closed.at"
				return nil, fail
			}
		case "by":
			if fail = d.envelopeString(p, &c.By); fail != nil {
				fail.Field = "closed.by"
				return nil, fail
			}
		}
	}
	if c.At == 0 || c.By != "self" && c.By != "adopter" {
		return nil, wrong
	}
	return &c, nil
}

// visibleSeq gives the number that an unreadable line seems to have: the one
// that follows its only "seq", else 0.
func visibleSeq(line []byte) uint64 {
	key := []byte(`"seq"`)
	at := bytes.Index(line, key)
	if at < 0 || bytes.Contains(line[at+1:], key) {
		return 0
	}
	rest := bytes.TrimLeft(line[at+len(key):], " \t")
	if len(rest) == 0 || rest[0] != ':' {
		return 0
	}
	rest = bytes.TrimLeft(rest[1:], " \t")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	if end == len(rest) {
		return 0 // the line was cut, and the number may have been too
	}
	n, err := strconv.ParseUint(string(rest[:end]), 10, 64)
	if err != nil || n > maxSeq {
		return 0
	}
	return n
}

// cover sees to it that each number of the range is an event or omitted. It
// never walks the range itself, which may be as long as the sender likes.
func (b *TrackBatch) cover() *LineError {
	type run struct{ from, to uint64 }
	runs := make([]run, 0, len(b.Events)+len(b.Range.Omitted)+len(b.Errors))
	have := make(map[uint64]bool, len(b.Events))
	for i := range b.Events {
		seq := b.Events[i].Seq
		have[seq] = true
		runs = append(runs, run{seq, seq})
	}
	for _, om := range b.Range.Omitted {
		runs = append(runs, run{om.From, om.To})
	}
	unknown := uint64(0) // unreadable lines that show no number
	for i := range b.Errors {
		e := &b.Errors[i]
		switch {
		case e.Seq == 0:
			unknown++
		case e.Seq >= b.Range.From && e.Seq <= b.Range.To && !have[e.Seq]:
			have[e.Seq] = true
			b.Range.Omitted = append(b.Range.Omitted, event.Omission{From: e.Seq, To: e.Seq, Reason: Rejected})
			runs = append(runs, run{e.Seq, e.Seq})
		}
	}
	slices.SortFunc(runs, func(x, y run) int { return cmp.Compare(x.from, y.from) })
	var gaps []run
	var missing uint64
	next := b.Range.From
	for _, r := range append(runs, run{b.Range.To + 1, b.Range.To + 1}) {
		if r.from > next {
			gaps = append(gaps, run{next, r.from - 1})
			missing += r.from - next
		}
		next = max(next, r.to+1)
	}
	if missing == 0 {
		return nil
	}
	if missing == unknown {
		for _, g := range gaps {
			b.Range.Omitted = append(b.Range.Omitted, event.Omission{From: g.from, To: g.to, Reason: Rejected})
		}
		return nil
	}
	reason := fmt.Sprintf("the number %d is neither an event nor omitted", gaps[0].from)
	if missing > 1 {
		reason += fmt.Sprintf(", and %d more", missing-1)
	}
	if len(b.Errors) > 0 {
		reason += "; " + b.Errors[0].Error()
	}
	return &LineError{Field: "omitted", Reason: reason, Err: b.limit()}
}

// limit gives the limit that an event line broke, if one did: it is then the
// likely cause of a number that is missing.
func (b *TrackBatch) limit() error {
	for i := range b.Errors {
		if b.Errors[i].Err != nil {
			return b.Errors[i].Err
		}
	}
	return nil
}
