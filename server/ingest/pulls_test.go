package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/clewline/clewline/server/ingest"
)

// tickets knows one ticket, of dev-1 in project phone.
type tickets struct {
	arrived []string
	fail    error
}

func (p *tickets) Admit(_ context.Context, project, device, ticket string) (string, error) {
	if project != "phone" || device != "dev-1" || ticket != "good" {
		return "", &ingest.TicketError{Reason: "the ticket names another device"}
	}
	return "pl_1", nil
}

func (p *tickets) Arrived(_ context.Context, project, pull string, events, bytes int) error {
	if bytes > 0 {
		p.arrived = append(p.arrived, fmt.Sprint(project, " ", pull, " ", events))
	}
	return p.fail
}

func (p *tickets) Commands(_ context.Context, _, device, name string) []json.RawMessage {
	return []json.RawMessage{json.RawMessage(fmt.Sprintf(`{"level":%q}`, device+" "+name))}
}

func TestABatchUnderATicketIsCountedForItsPullOnceItIsDurable(t *testing.T) {
	p := &tickets{}
	d := open(t, func(c *ingest.Config) { c.Pulls = p })
	d.post("/v1/track", "", batch(1, 3, 0, `,"ticket":"good"`)).want(t, 200, `"commands":[{"level":"dev-1 `+stream+`"}]`)
	d.post("/v1/track", "", batch(4, 5, 0, "")).want(t, 200)
	d.post("/v1/track", "", batch(6, 6, 0, `,"ticket":"forged"`)).want(t, 403, "names another device", `"field":"ticket"`)
	d.fail = errors.New("the disk is on fire")
	d.post("/v1/track", "", batch(6, 6, 0, `,"ticket":"good"`)).want(t, 500)
	if len(d.batches) != 2 || fmt.Sprint(p.arrived) != "[phone pl_1 3]" {
		t.Errorf("%d batches, arrived %v", len(d.batches), p.arrived)
	}
	d.fail, p.fail = nil, errors.New("the catalog is locked")
	d.post("/v1/track", "", batch(6, 6, 0, `,"ticket":"good"`)).want(t, 200) // it is durable, which is what counts
}

func TestAServerWithoutTicketsTakesNone(t *testing.T) {
	d := open(t)
	d.post("/v1/track", "", batch(1, 1, 0, `,"ticket":"good"`)).want(t, 403, "tickets")
	d.post("/v1/track", "", batch(1, 1, 0, "")).want(t, 200, `"commands":[]`)
}
