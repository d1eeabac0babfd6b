package api

import (
	"net/http"

	"github.com/clewline/clewline/server/catalog"
)

// Enter begins a session for a user and sets its cookie, as a log-in does, and
// leaves the answer to the caller, who has decided that this is the user. The
// demo's link uses it.
func (a *API) Enter(w http.ResponseWriter, r *http.Request, user catalog.User) error {
	token, _, err := a.catalog.StartSession(r.Context(), user)
	if err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(r, token, int(catalog.SessionMost.Seconds())))
	return nil
}
