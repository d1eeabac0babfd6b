package format

import (
	"strconv"
	"strings"

	"github.com/clewline/clewline/event"
)

// prismKinds are the keys that tell server and client logs from ui logs.
var prismKinds = map[string]event.Kind{
	"request": event.Server, "msec": event.Server, "request_time": event.Server,
	"server_addr": event.Server, "server_port": event.Server, "client_addr": event.Server,
	"protocol": event.Client, "prot": event.Client, "talk": event.Client,
	"caller": event.Client, "callee": event.Client, "remote_ip": event.Client,
}

// prismNames are the keys that fill a text or keyword field as they are, best
// spelling first.
var prismNames = [...]struct {
	field event.Field
	keys  []string
}{
	{event.FieldTraceID, []string{"logid", "logId"}},
	{event.FieldSpanID, []string{"spanid", "spanId"}},
	{event.FieldErrorMsg, []string{"errDetail", "errmsg"}},
	{event.FieldInvokerIP, []string{"client_addr"}},
}

// prismOwn are the keys that are names of fields: those of text and keywords,
// but those that the line's head or the kind of log decides.
var prismOwn = func() map[string]event.Field {
	m := map[string]event.Field{}
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if t := f.Type(); (t == event.Keyword || t == event.Text) && !f.Derived() && f != event.FieldRaw && f != event.FieldKind {
			m[f.Name()] = f
		}
	}
	return m
}()

// find gives the first pair with a key that has a value; nil if none does.
func (d *prismDecoder) find(key string) *pair {
	for i := range d.pairs {
		if p := &d.pairs[i]; p.key == key && p.value != "" && !p.theirs {
			return p
		}
	}
	return nil
}

// fields fills the event from the pairs and marks the pairs that it used up.
func (d *prismDecoder) fields(e *event.Event) {
	e.Kind = event.Log
	if len(d.pairs) > 0 {
		e.Kind = event.UI
	}
	for i := range d.pairs {
		switch prismKinds[d.pairs[i].key] {
		case event.Server:
			e.Kind = event.Server
		case event.Client:
			if e.Kind == event.UI {
				e.Kind = event.Client
			}
		}
	}
	for _, name := range prismNames {
		for _, key := range name.keys {
			if p := d.find(key); p != nil && e.String(name.field) == "" {
				p.used = true
				setString(e, name.field, p.value)
			}
		}
	}
	for i := range d.pairs {
		p := &d.pairs[i]
		if f := prismOwn[p.key]; f != event.NoField && !p.theirs && p.value != "" && e.String(f) == "" {
			p.used = setString(e, f, p.value) || f != event.FieldHTTPPath
		}
		if p.value == "" || p.key == "refer" && p.value == "-" {
			p.used = true // empty: absent
		}
	}
	d.when(e)
	d.path(e)
	d.cost(e)
	d.failure(e)
}

// when lets optime and msec beat the header's time.
func (d *prismDecoder) when(e *event.Event) {
	keys := [...]string{"optime", "msec"}
	if e.Kind == event.Server {
		keys = [...]string{"msec", "optime"}
	}
	for _, key := range keys {
		if p := d.find(key); p != nil {
			if ns, err := event.EpochTime(p.value); err == nil && ns != 0 {
				e.Time, p.used = ns, true
				return
			}
		}
	}
}

// path takes HTTPPath from uri, url or the request line.
func (d *prismDecoder) path(e *event.Event) {
	for _, key := range [...]string{"uri", "url"} {
		if p := d.find(key); p != nil && e.HTTPPath == "" {
			p.used = setString(e, event.FieldHTTPPath, p.value) // the query string stays in data
		}
	}
	p := d.find("request")
	if p == nil {
		return
	}
	method, rest, ok := strings.Cut(p.value, " ")
	if !ok || method == "" || e.HTTPPath != "" {
		return
	}
	target, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	path := withoutQuery(target)
	p.used = path == target
	if strings.IndexByte(path, '%') >= 0 {
		path = unescapeURL(path)
	}
	e.HTTPPath = path
	if d.find("method") == nil {
		d.pairs = append(d.pairs, pair{key: "method", value: method})
	}
}

// cost takes TimeCost from cost, in ms, or request_time, in seconds.
func (d *prismDecoder) cost(e *event.Event) {
	for _, unit := range [...]struct{ key, exponent string }{{"cost", ""}, {"request_time", "e3"}, {"timeCost", ""}} {
		p := d.find(unit.key)
		if p == nil || e.HasTimeCost || !isPlainNumber(p.value) {
			continue
		}
		// The exponent moves the point: 0.0123 s is 12.3 ms, not 12.299999999999999.
		if v, err := strconv.ParseFloat(p.value+unit.exponent, 64); err == nil {
			e.TimeCost, e.HasTimeCost, p.used = v, true, true
		}
	}
}

// failure takes ErrorCode from the first of the three that is not 0.
func (d *prismDecoder) failure(e *event.Event) {
	for _, key := range [...]string{"retErrno", "retErrorNo", "errno"} {
		p := d.find(key)
		switch {
		case p == nil:
		case strings.Trim(p.value, "0") == "":
			p.used = true // absent, as the norm has it
		case e.ErrorCode == "":
			e.ErrorCode, p.used = p.value, true
		}
	}
}

// isPlainNumber says whether s is a JSON number without an exponent, of a
// length that keeps it exact everywhere.
func isPlainNumber(s string) bool {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	whole := i - start
	if whole == 0 || whole > 1 && s[start] == '0' || len(s) > 16 {
		return false
	}
	if i < len(s) && s[i] == '.' && i+1 < len(s) {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; {
			i++
		}
	}
	return i == len(s)
}

// data writes the pairs that no field holds as a JSON object, "" if there are
// none.
func (d *prismDecoder) data() string {
	size := 0
	for i := range d.pairs {
		if p := &d.pairs[i]; !p.used {
			size += len(p.key) + len(p.value) + 8
		}
	}
	if size == 0 {
		return ""
	}
	return d.arena.keep(appendPairs(d.arena.room(size), d.pairs, appendBare))
}
