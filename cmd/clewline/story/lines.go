package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// encode writes what the story made itself; there is nothing in it that JSON
// could not hold.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("story: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func epochMillis(t time.Time) float64 { return float64(t.UnixMicro()) / 1000 }

// An invocation is one call of a service, written as it ends.
type invocation struct {
	Time       string         `json:"time"`
	Level      string         `json:"level,omitempty"`
	Msg        string         `json:"msg,omitempty"`
	TraceID    string         `json:"traceId"`
	SpanID     string         `json:"spanId"`
	ChildOf    string         `json:"childOf,omitempty"`
	Service    string         `json:"service"`
	Event      string         `json:"event"`
	Function   string         `json:"function,omitempty"`
	FilePath   []string       `json:"file_path,omitempty"`
	Collection []string       `json:"collectionName,omitempty"`
	HTTPPath   string         `json:"httpPath,omitempty"`
	Invoker    *string        `json:"invoker"` // null: the system itself
	Source     string         `json:"source"`
	UA         string         `json:"ua,omitempty"`
	IP         string         `json:"invokerIp,omitempty"`
	StartTime  string         `json:"startTime"`
	TimeCost   float64        `json:"timeCost"`
	ErrorCode  string         `json:"errorCode,omitempty"`
	ErrorMsg   string         `json:"errorMsg,omitempty"`
	Account    string         `json:"account,omitempty"`
	Staff      string         `json:"staff,omitempty"`
	CallID     string         `json:"callId,omitempty"`
	Number     string         `json:"number,omitempty"`
	Session    string         `json:"session,omitempty"`
	Env        string         `json:"env"`
	Release    string         `json:"release,omitempty"`
	Host       string         `json:"host,omitempty"`
	Data       map[string]any `json:"data,omitempty"`
}

// invoke writes an invocation that ran from start to end.
func (s *Story) invoke(app string, start, end time.Time, i invocation) {
	i.Time, i.StartTime, i.TimeCost, i.Env = wireTime(end), wireTime(start), millis(end.Sub(start)), "prod"
	s.write(end, Invocation, app, encode(i))
}

// A module writes the Prism norm.
type module struct {
	name, subsys string
	pid          int
	java         bool // says INFO where others say NOTICE
}

var (
	callAPI   = module{name: "call-api", subsys: "call", pid: 2217}
	ticketSvc = module{name: "ticket-svc", subsys: "ticket", pid: 901, java: true}
)

// prism writes a line of a module: level, then pairs of key and value.
func (s *Story) prism(at time.Time, m module, level, traceID, spanID string, pairs ...string) {
	if level == "NOTICE" && m.java {
		level = "INFO"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s * %d [optime=%d.%03d product=phone subsys=%s module=%s logid=%s spanid=%s env=prod",
		level, at.UTC().Format("06-01-02 15:04:05"), m.subsys, m.pid, at.Unix(), at.Nanosecond()/1e6, m.subsys, m.name, traceID, spanID)
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString(" " + pairs[i] + "=" + url.PathEscape(pairs[i+1]))
	}
	b.WriteByte(']')
	s.write(at, Prism, m.name, []byte(b.String()))
}

// audio writes a line of audio-svc, whose logger is pino.
func (s *Story) audio(at time.Time, level int, seat *seat, c *call, traceID, spanID, parent, msg string, more map[string]any) {
	line := map[string]any{
		"level": level, "time": epochMillis(at), "pid": 41, "hostname": "audio-" + string(rune('1'+len(c.id)%3)), "msg": msg,
		"callId": c.id, "account": seat.account, "staff": seat.staff, "session": seat.session, "env": "prod",
	}
	if traceID != "" {
		line["traceId"], line["spanId"], line["parentId"] = traceID, spanID, parent
	}
	for k, v := range more {
		line[k] = v
	}
	s.write(at, JSON, "audio-svc", encode(line)) // maps are written in the order of their keys
}

// pushed writes a line of push-svc, whose logger is zap.
func (s *Story) pushed(at time.Time, level string, seat *seat, c *call, traceID, spanID, parent, msg string, more map[string]any) {
	line := map[string]any{
		"level": level, "ts": float64(at.UnixMicro()) / 1e6, "caller": "push/queue.go:88", "msg": msg,
		"account": seat.account, "staff": seat.staff, "session": seat.session, "env": "prod",
		"trace_id": traceID, "span_id": spanID, "parent_id": parent,
	}
	if c != nil {
		line["call_id"], line["number"] = c.id, c.number
	}
	for k, v := range more {
		line[k] = v
	}
	s.write(at, JSON, "push-svc", encode(line))
}

// say gives the words in the language of a seat.
func (seat *seat) say(english, chinese string, args ...any) string {
	if seat.zh {
		return fmt.Sprintf(chinese, args...)
	}
	return fmt.Sprintf(english, args...)
}

// A log is one call of the SDK.
type log struct {
	label, form, category, level string
	msg                          string
	data                         map[string]any
	traceID, spanID              string
	httpPath                     string
	timeCost                     float64
	code, errorMsg               string
}

// command is what seats.mjs reads.
type command struct {
	Do     string         `json:"do"`
	Seat   string         `json:"seat"`
	At     float64        `json:"at"`
	Label  string         `json:"label,omitempty"`
	Form   string         `json:"form,omitempty"`
	Msg    string         `json:"msg,omitempty"`
	Data   map[string]any `json:"data,omitempty"`
	Fields map[string]any `json:"fields,omitempty"`
}

// track has a seat's page log something.
func (s *Story) track(at time.Time, seat *seat, c *call, l log) {
	at = at.Truncate(time.Microsecond)
	fields := map[string]any{"category": l.category, "page": seat.page, "release": seat.release}
	set := func(name, value string) {
		if value != "" {
			fields[name] = value
		}
	}
	set("level", l.level)
	set("traceId", l.traceID)
	set("spanId", l.spanID)
	set("httpPath", l.httpPath)
	set("errorCode", l.code)
	set("errorMsg", l.errorMsg)
	if l.timeCost > 0 {
		fields["timeCost"] = l.timeCost
	}
	if c != nil {
		set("callId", c.id)
		set("number", c.number)
	}
	if l.form == "" {
		l.form = "text"
	}
	s.write(at, Browser, Page, encode(command{
		Do: "log", Seat: seat.staff, At: epochMillis(at), Label: l.label, Form: l.form, Msg: l.msg, Data: l.data, Fields: fields,
	}))
}

// enter makes a seat known to seats.mjs.
func (s *Story) enter(at time.Time, seat *seat) {
	s.write(at, Browser, Page, encode(command{Do: "seat", Seat: seat.staff, At: epochMillis(at), Fields: map[string]any{
		"account": seat.account, "staff": seat.staff, "session": seat.session, "device": seat.device, "ua": seat.ua, "env": "prod",
	}}))
}
