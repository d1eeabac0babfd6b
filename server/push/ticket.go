package push

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/clewline/clewline/server/catalog"
)

// A Ticket lets one device send what it has left out before: a range of time
// from a level on, until it expires. It is signed, so that a page cannot make
// one, and it is readable, so that a page can see that it is meant.
//
// As text it is base64url(JSON) "." base64url(HMAC-SHA256 of the first part).
type Ticket struct {
	Pull    string `json:"pull"`
	Project string `json:"project"`
	Device  string `json:"device"`
	From    int64  `json:"from"` // epoch ms, by the server's clock: [From, To)
	To      int64  `json:"to"`
	Level   string `json:"level"`
	Until   int64  `json:"until"` // epoch ms
}

// A TicketError says why a ticket opens nothing.
type TicketError struct{ Reason string }

func (e *TicketError) Error() string { return "the ticket " + e.Reason }

// maxTicket bounds a ticket's text.
const maxTicket = 2000

var code = base64.RawURLEncoding

func (h *Hub) mac(part string) []byte {
	m := hmac.New(sha256.New, h.secret)
	m.Write([]byte(part))
	return m.Sum(nil)
}

// sign gives the ticket of a pull. It is the same each time.
func (h *Hub) sign(p catalog.Pull) (string, error) {
	text, err := json.Marshal(Ticket{p.ID, p.Project, p.Device, p.From.UnixMilli(), p.To.UnixMilli(), p.Level, p.Expires.UnixMilli()})
	if err != nil {
		return "", fmt.Errorf("push: write a ticket: %w", err)
	}
	part := code.EncodeToString(text)
	return part + "." + code.EncodeToString(h.mac(part)), nil
}

// verify reads a ticket that a device of a project shows. The error is a
// *TicketError.
func (h *Hub) verify(project, device, text string) (Ticket, error) {
	var t Ticket
	part, sum, ok := strings.Cut(text, ".")
	if !ok || len(text) > maxTicket {
		return t, &TicketError{"is none of this server's"}
	}
	got, err := code.DecodeString(sum)
	if err != nil || !hmac.Equal(got, h.mac(part)) {
		return t, &TicketError{"is none of this server's"}
	}
	body, err := code.DecodeString(part)
	if err != nil || json.Unmarshal(body, &t) != nil {
		return Ticket{}, &TicketError{"is none of this server's"}
	}
	switch {
	case t.Project != project:
		return Ticket{}, &TicketError{"is none of this server's"} // whose it is, is nobody's business
	case t.Device != device:
		return Ticket{}, &TicketError{"names another device"}
	case h.now().UnixMilli() >= t.Until:
		return Ticket{}, &TicketError{"has expired"}
	}
	return t, nil
}
