package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

// maxAuditPage bounds the entries of one answer.
const maxAuditPage = 1000

// audit answers GET /v1/audit: newest first, in pages.
func (a *API) audit(w http.ResponseWriter, r *http.Request, _ *caller) error {
	params := r.URL.Query()
	limit, err := number(params, "limit", defaultLimit, 1, maxAuditPage)
	if err != nil {
		return err
	}
	f := catalog.AuditFilter{Actor: params.Get("actor"), Action: strings.TrimSuffix(params.Get("action"), ".*"), Project: params.Get("project"), Limit: limit + 1}
	now := a.now()
	for name, into := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if params.Get(name) == "" {
			continue
		}
		ns, err := moment(params, name, now, 0)
		if err != nil {
			return err
		}
		*into = time.Unix(0, ns)
	}
	if text := params.Get("cursor"); text != "" {
		if f.Before, err = strconv.ParseInt(text, 10, 64); err != nil || f.Before < 1 {
			return badRequest("cursor", "cursor=%s is none of this trail; use the next of the page before.", shorten(text))
		}
	}
	entries, err := a.catalog.FilterAudit(r.Context(), f)
	if err != nil {
		return err
	}
	type entry struct {
		ID      int64   `json:"id"`
		At      *string `json:"at"`
		Actor   string  `json:"actor"`
		Action  string  `json:"action"`
		Subject string  `json:"subject"`
		Project string  `json:"project"`
		Detail  string  `json:"detail"`
	}
	out := struct {
		Entries []entry `json:"entries"`
		Next    string  `json:"next,omitempty"`
	}{Entries: []entry{}}
	for i, e := range entries {
		if i == limit {
			out.Next = strconv.FormatInt(entries[i-1].ID, 10)
			break
		}
		out.Entries = append(out.Entries, entry{e.ID, stamp(e.At), e.Actor, e.Action, e.Subject, e.Project, e.Detail})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// exported is from how many events on an answer is an export, which the audit
// trail has an entry of. Pages ask for fewer at a time.
const exported = 1000

// recordExport enters an answer that takes many events out.
func (a *API) recordExport(r *http.Request, c *caller, limit int, q string) error {
	if limit <= exported {
		return nil
	}
	return a.record(r.Context(), c, "events.export", c.project, "up to "+strconv.Itoa(limit)+" events of "+shorten(q))
}

// record enters what a reader did.
func (a *API) record(ctx context.Context, c *caller, action, project, detail string) error {
	actor := "user:" + c.user.Name
	if c.key != nil {
		actor = "key:" + c.key.ID
	}
	if c.viewer != nil {
		actor = c.viewer.By
	}
	return a.catalog.Record(catalog.As(ctx, actor), action, "", project, detail)
}
