package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Pulls is what the SDK's door needs to know of live pages. It may be called
// concurrently.
type Pulls interface {
	// Admit says whether a device may send under a ticket, and gives the pull
	// that it is of. A *TicketError says why not.
	Admit(ctx context.Context, project, device, ticket string) (pull string, err error)
	// Arrived counts what has become durable under a ticket.
	Arrived(ctx context.Context, project, pull string, events, bytes int) error
	// Commands gives what the page that writes a stream is to do, one JSON
	// object each.
	Commands(ctx context.Context, project, device, stream string) []json.RawMessage
}

// A TicketError says why a ticket opens nothing.
type TicketError struct{ Reason string }

func (e *TicketError) Error() string { return e.Reason }

// ticket checks the ticket of a batch; "" is the pull of a batch without one.
func (in *Ingest) ticket(ctx context.Context, key Key, device, ticket string) (string, error) {
	if ticket == "" {
		return "", nil
	}
	if in.cfg.Pulls == nil {
		return "", refuse(http.StatusForbidden, "forbidden", "this server has given out no tickets")
	}
	pull, err := in.cfg.Pulls.Admit(ctx, key.Project, device, ticket)
	var wrong *TicketError
	if errors.As(err, &wrong) {
		ref := refuse(http.StatusForbidden, "forbidden", "%s", wrong.Reason)
		ref.field = "ticket"
		return "", ref
	}
	return pull, err
}

// arrived counts what a batch has brought for its pull. The batch is durable,
// whatever becomes of the count.
func (in *Ingest) arrived(ctx context.Context, key Key, pull string, events, bytes int) {
	if pull == "" {
		return
	}
	if err := in.cfg.Pulls.Arrived(context.WithoutCancel(ctx), key.Project, pull, events, bytes); err != nil {
		in.cfg.Log.Error("what a pull has brought is not counted", "pull", pull, "events", events, "error", err)
	}
}

// commands gives what the page that sent a batch is to do.
func (in *Ingest) commands(ctx context.Context, key Key, device, stream string) []json.RawMessage {
	if in.cfg.Pulls == nil {
		return []json.RawMessage{}
	}
	return append([]json.RawMessage{}, in.cfg.Pulls.Commands(ctx, key.Project, device, stream)...)
}

// AuthorizePage finds the project that the secret of a page writes to, as the
// SDK's door does. Where it does not, it has answered the request.
func (in *Ingest) AuthorizePage(w http.ResponseWriter, r *http.Request, secret string) (project string, ok bool) {
	if secret == "" {
		secret = bearer(r)
	}
	key, err := in.authorize(r, "track", secret)
	if err != nil {
		in.refuse(w, r, "push", err)
		return "", false
	}
	return key.Project, true
}

// AllowAnyReader lets a page of any origin read an answer.
func AllowAnyReader(w http.ResponseWriter) { allowAnyReader(w) }
