package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

type loginUser struct {
	Name string       `json:"name"`
	Role catalog.Role `json:"role"`
	// Account is the only one that a support user sees.
	Account string `json:"account,omitempty"`
}

type loginAnswer struct {
	User loginUser `json:"user"`
}

// login answers POST /v1/login.
func (a *API) login(w http.ResponseWriter, r *http.Request, _ *caller) error {
	var form struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	return a.guess(r, form.Name, func() error {
		user, err := a.catalog.Authenticate(r.Context(), form.Name, form.Password)
		if err != nil {
			return err
		}
		return a.start(w, r, user)
	})
}

// guess runs what tries a password, within what the throttle allows. try
// returns catalog.ErrWrongPassword when it did not match.
func (a *API) guess(r *http.Request, name string, try func() error) error {
	who, err := a.logins.begin(name, clientIP(r))
	if err != nil {
		return err
	}
	switch err := try(); {
	case errors.Is(err, catalog.ErrWrongPassword):
		err, paused := a.logins.failed(who)
		if paused {
			// A burst is worth an entry; each of its tries is not. That it cannot
			// be written must not tell the guesser anything.
			detail := "failed log-ins from " + clientIP(r)
			if auditErr := a.catalog.Record(catalog.As(r.Context(), "address:"+clientIP(r)), "login.paused", shorten(strings.TrimSpace(name)), "", detail); auditErr != nil {
				a.log.Error("a burst of failed log-ins could not be entered in the audit trail", "error", auditErr)
			}
		}
		return err
	case err != nil:
		a.logins.undecided(who)
		return err
	default:
		a.logins.succeeded(who)
		return nil
	}
}

// start begins a session and tells who it is.
func (a *API) start(w http.ResponseWriter, r *http.Request, user catalog.User) error {
	if err := a.Enter(w, r, user); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, loginAnswer{loginUser{user.Name, user.Role, user.Account}})
	return nil
}

// cookie is the session's. The catalog decides when a session ends; the
// browser only forgets it no later than that.
func (a *API) cookie(r *http.Request, token string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: a.cookieName(r), Value: token, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: a.secure(r),
	}
}

func (a *API) secure(r *http.Request) bool { return a.tls || r.TLS != nil }

// cookieName has the prefix that binds a cookie to this very host and to
// https, where there is https: without it, a page of a neighbouring host, or
// somebody in between, could put a session of their own in its place.
func (a *API) cookieName(r *http.Request) string {
	if a.secure(r) {
		return "__Host-" + cookieName
	}
	return cookieName
}

// logout answers POST /v1/logout. Who is not logged in is logged out already.
func (a *API) logout(w http.ResponseWriter, r *http.Request, _ *caller) error {
	if token := a.sessionToken(r); token != "" {
		if err := a.catalog.EndSession(r.Context(), token); err != nil {
			return err
		}
	}
	http.SetCookie(w, a.cookie(r, "", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// me answers GET /v1/me.
func (a *API) me(w http.ResponseWriter, r *http.Request, c *caller) error {
	projects, err := a.catalog.ProjectsOf(r.Context(), c.user)
	if err != nil {
		return err
	}
	type project struct {
		Name string `json:"name"`
	}
	names := make([]project, len(projects))
	for i, p := range projects {
		names[i] = project{p.Name}
	}
	writeJSON(w, http.StatusOK, struct {
		loginAnswer
		Projects []project `json:"projects"`
		Version  string    `json:"version"`
		Zone     string    `json:"zone"`
		Empty    bool      `json:"empty"`
	}{
		loginAnswer{loginUser{c.user.Name, c.user.Role, c.user.Account}}, names, a.version, zoneName(a.zone, a.now()), c.user.Account == "" && a.store.Stats().Events == 0,
	})
	return nil
}

// zoneName gives a name that a browser knows. For the machine's own zone Go
// knows none, so the places are asked where machines keep it; failing that,
// the offset of now stands for it.
func zoneName(zone *time.Location, now time.Time) string {
	if name := zone.String(); name != "Local" {
		return name
	}
	if name := os.Getenv("TZ"); name != "" {
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	if file, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(file, "/zoneinfo/"); ok {
			return name
		}
	}
	if _, offset := now.In(zone).Zone(); offset != 0 {
		return now.In(zone).Format("-07:00")
	}
	return "UTC"
}

// showSetup answers GET /v1/setup?token=.
func (a *API) showSetup(w http.ResponseWriter, r *http.Request, _ *caller) error {
	expires, err := a.catalog.CheckSetupLink(r.Context(), r.URL.Query().Get("token"))
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	writeJSON(w, http.StatusOK, struct {
		OK      bool    `json:"ok"`
		Host    string  `json:"host"`
		DataDir string  `json:"dataDir"`
		Version string  `json:"version"`
		Expires *string `json:"expires"`
	}{true, host, a.dataDir, a.version, stamp(expires)})
	return nil
}

// completeSetup answers POST /v1/setup.
func (a *API) completeSetup(w http.ResponseWriter, r *http.Request, _ *caller) error {
	var form struct {
		Token    string `json:"token"`
		Name     string `json:"name"`
		Password string `json:"password"`
		Project  string `json:"project"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	user, err := a.catalog.CompleteSetup(r.Context(), form.Token, form.Name, form.Password, form.Project)
	if err != nil {
		return err
	}
	a.setUp.Store(true)
	return a.start(w, r, user)
}

// SetupLink makes a link that makes the first admin, for a server that people
// reach at baseURL; "" when there is an admin already. The link works once,
// for catalog.SetupFor.
func SetupLink(ctx context.Context, c *catalog.Catalog, baseURL string) (string, error) {
	token, _, err := c.CreateSetupLink(ctx)
	if errors.Is(err, catalog.ErrExists) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(baseURL, "/") + "/setup?token=" + token, nil
}

// clientIP is the address that the connection came from. Headers that a
// client could write itself are not looked at.
func clientIP(r *http.Request) string {
	// Behind a trusted proxy the server has put the sender's address here.
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
