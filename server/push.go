package server

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/ingest"
	"github.com/clewline/clewline/server/push"
	"github.com/clewline/clewline/server/redact"
)

// openPush makes the hub of live pages. What is shown of them is redacted as
// their events are.
func (s *Server) openPush(ctx context.Context, redactor *redact.Redactor) (err error) {
	s.push, err = push.New(ctx, push.Options{Catalog: s.catalog, Clock: s.cfg.Clock, Redact: func(project string, c *push.Client) {
		e := event.Event{Project: project, Account: c.Account, Staff: c.Staff, CallID: c.CallID, Number: c.Number, Session: c.Session, Device: c.Device, Page: c.Page, UA: c.UA}
		if c.LastError != nil {
			e.ErrorCode, e.ErrorMsg = c.LastError.Code, c.LastError.Text
		}
		b := &event.Batch{Project: project, Events: []event.Event{e}, Door: "track"}
		redactor.Batch(b)
		e = b.Events[0]
		c.Account, c.Staff, c.CallID, c.Number, c.Session, c.Page, c.UA = e.Account, e.Staff, e.CallID, e.Number, e.Session, e.Page, e.UA
		if c.LastError != nil {
			c.LastError = &push.LastError{Time: c.LastError.Time, Code: e.ErrorCode, Text: e.ErrorMsg}
		}
	}})
	return err
}

// pushDoor is the pages' door, which takes the keys of the SDK's.
func (s *Server) pushDoor() *push.Door {
	return &push.Door{Hub: s.push, Authorize: s.ingest.AuthorizePage, AllowReading: ingest.AllowAnyReader, Log: s.log,
		Good: func(ctx context.Context, secret string) bool {
			_, err := s.lookupKey(ctx, secret)
			return !errors.Is(err, ingest.ErrUnknownKey) && !errors.Is(err, ingest.ErrRevokedKey) && !errors.Is(err, ingest.ErrEndedKey)
		}}
}

// pulls is the hub in ingest's words.
type pulls struct{ hub *push.Hub }

func (p pulls) Admit(ctx context.Context, project, device, ticket string) (string, error) {
	id, err := p.hub.Admit(ctx, project, device, ticket)
	var wrong *push.TicketError
	if errors.As(err, &wrong) {
		return "", &ingest.TicketError{Reason: wrong.Error()}
	}
	return id, err
}

func (p pulls) Arrived(ctx context.Context, project, pull string, events, bytes int) error {
	return p.hub.Arrived(ctx, project, pull, events, bytes)
}

func (p pulls) Commands(ctx context.Context, project, device, stream string) []json.RawMessage {
	var out []json.RawMessage
	for _, c := range p.hub.Commands(ctx, project, device, stream) {
		if text, err := json.Marshal(c); err == nil {
			out = append(out, text)
		}
	}
	return out
}
