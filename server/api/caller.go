package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/clewline/clewline/server/catalog"
)

// A caller is who asks, as far as the route cares.
type caller struct {
	key     *catalog.Key         // of a program, or nil
	secret  string               // what the key was found by
	user    catalog.User         // of a session
	token   string               // what the session was found by
	session string               // the id of that session
	project string               // for Reader: what may be read
	share   *catalog.Share       // of who holds a shared link, or nil
	viewer  *catalog.ViewerToken // of who holds a viewer's token, or nil
}

// identify finds out who asks and whether they may use the route.
func (a *API) identify(r *http.Request, route Route) (*caller, error) {
	who := route.Who
	if who == Anyone {
		return &caller{}, nil
	}
	if secret, ok := bearer(r); ok {
		if strings.HasPrefix(secret, catalog.SharePrefix) {
			return a.identifyShare(r, route, secret)
		}
		return a.identifyKey(r, who, secret)
	}
	token := a.sessionToken(r)
	if token == "" {
		return nil, unauthorized(who)
	}
	session, err := a.catalog.Session(r.Context(), token)
	if err != nil {
		return nil, err
	}
	c := &caller{user: session.User, token: token, session: session.ID}
	if err := c.mayUse(r, route); err != nil {
		return nil, err
	}
	switch {
	case who == AdminOnly && session.User.Role != catalog.Admin:
		return nil, &requestError{code: "forbidden", message: "Only an admin may do this."}
	case who == EditorOnly && session.User.Role != catalog.Admin && session.User.Role != catalog.Editor:
		return nil, &requestError{code: "forbidden", message: "Only an admin, or an editor of the project, may do this."}
	case who == Reader:
		c.project, err = a.projectOf(r.Context(), session.User, r.URL.Query().Get("project"))
	}
	return c, err
}

func unauthorized(who Who) error {
	message := "Log in first."
	if who == Reader {
		message = "Log in, or send a read key: Authorization: Bearer rk_..."
	}
	return &requestError{code: "unauthorized", message: message}
}

func (a *API) identifyKey(r *http.Request, who Who, secret string) (*caller, error) {
	key, err := a.catalog.LookupKey(r.Context(), secret)
	if err != nil {
		return nil, err
	}
	if key.Type != catalog.ReadKey {
		return nil, &requestError{code: "forbidden", message: "This is a " + string(key.Type) + " key, which sends events and reads nothing; use a read key (rk_...)."}
	}
	if who != Reader {
		return nil, &requestError{code: "forbidden", message: "A read key reads events and nothing else; log in for this."}
	}
	if asked := r.URL.Query().Get("project"); asked != "" && asked != key.Project {
		return nil, &requestError{code: "forbidden", field: "project", message: "This key reads project " + key.Project + " only."}
	}
	return &caller{key: &key, secret: secret, project: key.Project}, nil
}

// projectOf gives the project that a session's request is about. Whether a
// project exists that the user may not see, nobody is told.
func (a *API) projectOf(ctx context.Context, u catalog.User, asked string) (string, error) {
	projects, err := a.catalog.ProjectsOf(ctx, u)
	if err != nil {
		return "", err
	}
	if asked == "" && len(projects) > 0 {
		return projects[0].Name, nil
	}
	for _, p := range projects {
		if p.Name == asked {
			return asked, nil
		}
	}
	if asked == "" {
		return "", &requestError{code: "forbidden", message: "No project was given to you yet; ask an admin."}
	}
	return "", &requestError{code: "forbidden", field: "project", message: "There is no project of that name that you may see."}
}

// still says whether a caller may go on reading, as a long answer must ask
// from time to time: nil, or why not. An error that is not about the caller
// does not end anything.
func (a *API) still(ctx context.Context, c *caller) error {
	var err error
	switch {
	case c.key != nil:
		_, err = a.catalog.LookupKey(ctx, c.secret)
	case c.share != nil:
		_, err = a.catalog.LookupShare(ctx, c.secret)
	case c.viewer != nil:
		_, err = a.catalog.LookupViewerToken(ctx, c.secret)
	default:
		var s catalog.Session
		if s, err = a.catalog.Session(ctx, c.token); err == nil {
			_, err = a.projectOf(ctx, s.User, c.project)
		}
	}
	if err != nil && (problem(err).status == http.StatusUnauthorized || problem(err).status == http.StatusForbidden || c.share != nil || c.viewer != nil) {
		return err
	}
	return nil
}

func bearer(r *http.Request) (string, bool) {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(secret), true
}

// sessionToken reads the session's cookie: over https the one that no other
// host and no plain-HTTP page can have set.
func (a *API) sessionToken(r *http.Request) string {
	cookie, err := r.Cookie(a.cookieName(r))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// setupHint tells a page that nobody can log in yet.
func (a *API) setupHint(r *http.Request, route Route) map[string]any {
	if route.Path != "/v1/me" || a.setUp.Load() {
		return nil
	}
	has, err := a.catalog.HasAdmin(r.Context())
	if err != nil {
		a.log.Warn("whether the server was set up is not known", "error", err)
		return nil
	}
	if has {
		a.setUp.Store(true)
		return nil
	}
	return map[string]any{"setup": true}
}

// MayMeasure says whether a request may see the server's own figures: an
// admin's session all of them (""), a read key those that are no other
// project's. Who may not has been answered when ok is false.
func (a *API) MayMeasure(w http.ResponseWriter, r *http.Request) (project string, ok bool) {
	who := AdminOnly
	if _, withKey := bearer(r); withKey {
		who = Reader
	}
	c, err := a.identify(r, Route{Method: "GET", Path: "/metrics", Who: who})
	if err != nil {
		a.fail(w, r, err, nil)
		return "", false
	}
	return c.project, true
}
