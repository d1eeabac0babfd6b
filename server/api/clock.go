package api

import (
	"net/http"
)

// acknowledgeClock answers POST /v1/clock/acknowledge: an admin has seen that
// the server's clock was set back, and /readyz need not tell any more. What was
// seen is sent along, so that a step that came since is not passed over.
func (a *API) acknowledgeClock(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Seen string `json:"seen"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	if form.Seen == "" {
		return &requestError{code: "bad_request", field: "seen", message: "The field seen is missing; want the text of health.clock, as GET /v1/ingest tells it."}
	}
	health := a.observer.Health()
	if form.Seen != health.Clock {
		return errClock
	}
	// The entry comes first: a crash between the two leaves the trouble to be
	// acknowledged again, never an acknowledgement that nobody gave.
	if err := a.catalog.Record(as(r, c).Context(), "clock.acknowledge", "", "", form.Seen); err != nil {
		return err
	}
	if !a.observer.AcknowledgeClock(form.Seen) {
		return errClock
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

var errClock error = &requestError{code: "conflict", field: "seen", message: "This is not what there is to acknowledge now; look at health.clock of GET /v1/ingest again."}
