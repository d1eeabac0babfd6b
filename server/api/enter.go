package api

import (
	"net/http"

	"github.com/clewline/clewline/server/catalog"
)

// Enter begins a session for a user and sets its cookie, as a log-in does, and
// leaves the answer to the caller, who has decided that this is the user. The
// demo's link uses it. A session that the browser had before ends: what was
// known of it, or was put into the browser by somebody else, opens nothing.
func (a *API) Enter(w http.ResponseWriter, r *http.Request, user catalog.User) error {
	if old := a.sessionToken(r); old != "" {
		if err := a.catalog.EndSession(r.Context(), old); err != nil {
			return err
		}
	}
	token, _, err := a.catalog.StartSessionFrom(r.Context(), user, clientIP(r), r.UserAgent())
	if err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(r, token, int(catalog.SessionMost.Seconds())))
	return nil
}
