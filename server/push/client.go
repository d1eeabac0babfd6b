package push

import (
	"strings"
	"time"
	"unicode/utf8"
)

// A Client is a page that is, or was, alive: what it told of itself, and what
// we saw of it. Its JSON form is that of the API.
type Client struct {
	Tab     string `json:"tab"`    // this page, until it is left
	Device  string `json:"device"` // the same for all pages of a browser
	App     string `json:"app"`
	SDK     string `json:"sdk"`
	Release string `json:"release"`
	UA      string `json:"ua"`

	Page    string `json:"page"` // its path: without query, which may hold secrets
	Account string `json:"account"`
	Staff   string `json:"staff"`
	CallID  string `json:"callId"`
	Number  string `json:"number"`
	Session string `json:"session"`

	Socket string `json:"socket"` // how its WebSocket stands, in the page's words
	Call   string `json:"call"`
	RTC    string `json:"rtc"`
	Hidden bool   `json:"hidden"`

	Stream   string `json:"stream"`
	Logged   uint64 `json:"logged"`   // the stream's highest number
	Mode     string `json:"mode"`     // live, onError, pull or off
	Buffered int64  `json:"buffered"` // events that wait to be sent
	LagMS    int64  `json:"lagMs"`    // how long they have waited
	Failures int64  `json:"failures"` // attempts at sending that failed since the last success
	Keeps    string `json:"keeps"`    // where it keeps its logs; "" when it does not

	LastError *LastError `json:"lastError"`

	// Left says that the page was left: it is not merely silent.
	Left bool `json:"left"`

	Since   time.Time `json:"since"` // it is online
	Seen    time.Time `json:"seen"`
	Online  bool      `json:"online"`
	Channel bool      `json:"channel"` // commands reach it at once
}

// LastError is the last error that a page logged.
type LastError struct {
	Time int64  `json:"time"` // epoch ms, by the page's clock
	Code string `json:"code"`
	Text string `json:"text"`
}

// Bounds of what a page may tell, in bytes.
const (
	maxName = 128
	maxText = 300
)

// check says what makes a page unusable, "" for nothing.
func (c *Client) check() string {
	for _, f := range []struct{ name, value string }{{"tab", c.Tab}, {"device", c.Device}} {
		if f.value == "" || len(f.value) > maxName || strings.ContainsFunc(f.value, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }) {
			return f.name + ": must be a name of 1 to 128 bytes without control characters"
		}
	}
	return ""
}

// clean cuts what is too long. A path is kept without what may follow it: the
// query of an address can hold secrets, whatever the page meant by it.
func (c *Client) clean() {
	c.Page, _, _ = strings.Cut(c.Page, "?")
	for _, s := range []*string{&c.App, &c.SDK, &c.Release, &c.Account, &c.Staff, &c.CallID, &c.Number, &c.Session, &c.Socket, &c.Call, &c.RTC, &c.Stream, &c.Mode, &c.Keeps} {
		*s = cut(*s, maxName)
	}
	c.Page, c.UA = cut(c.Page, 2*maxText), cut(c.UA, 2*maxText)
	if c.LastError != nil {
		c.LastError.Code, c.LastError.Text = cut(c.LastError.Code, maxName), cut(c.LastError.Text, maxText)
	}
	c.Buffered, c.LagMS, c.Failures = max(0, c.Buffered), max(0, c.LagMS), max(0, c.Failures)
}

func cut(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}

func (p *page) online(now time.Time) bool { return !p.Left && now.Sub(p.Seen) < silence }
