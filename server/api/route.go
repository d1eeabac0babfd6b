package api

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
)

// Who says who may use a route.
type Who uint8

// Who may be, from all to few.
const (
	// Anyone: no credential is asked for.
	Anyone Who = iota
	// Reader: a read key, or a session of a user who may see the project.
	// The route is about one project.
	Reader
	// LoggedIn: any session.
	LoggedIn
	// EditorOnly: a session of an admin, or of an editor. The handler sees to
	// it that an editor reaches only what is of their projects.
	EditorOnly
	// AdminOnly: a session of an admin.
	AdminOnly
)

// A Route is one entry of the API.
type Route struct {
	Method, Path string // Path as http.ServeMux takes it
	Who          Who
	// serve answers. An error is answered by fail, unless something was
	// written before.
	serve func(*API, http.ResponseWriter, *http.Request, *caller) error
}

// routes is the whole API.
var routes = []Route{
	{"GET", "/v1/search", Reader, (*API).search},
	{"GET", "/v1/events/{id}", Reader, (*API).event},
	{"GET", "/v1/histogram", Reader, (*API).histogram},
	{"GET", "/v1/values", Reader, (*API).values},
	{"GET", "/v1/table", Reader, (*API).table},
	{"GET", "/v1/facets", Reader, (*API).facets},
	{"GET", "/v1/statistics", Reader, (*API).statistics},
	{"GET", "/v1/complete", Reader, (*API).complete},
	{"GET", "/v1/context", Reader, (*API).context},
	{"GET", "/v1/explain", Reader, (*API).explain},
	{"GET", "/v1/export", Reader, (*API).export},
	{"GET", "/v1/speed", Reader, (*API).showSpeed},
	{"GET", "/v1/speed/usual", Reader, (*API).showUsual},
	{"GET", "/v1/speed/modules", Reader, (*API).showModules},
	{"GET", "/v1/views", Reader, (*API).listViews},
	{"POST", "/v1/views", LoggedIn, (*API).createView},
	{"GET", "/v1/views/{id}", LoggedIn, (*API).showView},
	{"PATCH", "/v1/views/{id}", LoggedIn, (*API).changeView},
	{"DELETE", "/v1/views/{id}", LoggedIn, (*API).removeView},
	{"GET", "/v1/share", Anyone, (*API).showShare},
	{"GET", "/v1/shares", LoggedIn, (*API).listShares},
	{"POST", "/v1/shares", LoggedIn, (*API).createShare},
	{"DELETE", "/v1/shares/{id}", LoggedIn, (*API).revokeShare},
	{"GET", "/v1/viewer-tokens", Reader, (*API).listViewerTokens},
	{"POST", "/v1/viewer-tokens", Reader, (*API).createViewerToken},
	{"DELETE", "/v1/viewer-tokens/{id}", Reader, (*API).revokeViewerToken},
	{"GET", "/v1/viewer", Anyone, (*API).showViewer},
	{"GET", "/v1/viewer/events", Anyone, (*API).viewerEvents},
	{"GET", "/v1/openapi.json", Anyone, (*API).showDescription},
	{"GET", "/v1/tail", Reader, (*API).follow},
	{"GET", "/v1/fields", Reader, (*API).fields},
	{"GET", "/v1/check", Reader, (*API).check},

	{"POST", "/v1/login", Anyone, (*API).login},
	{"POST", "/v1/logout", Anyone, (*API).logout},
	{"GET", "/v1/me", LoggedIn, (*API).me},
	{"GET", "/v1/setup", Anyone, (*API).showSetup},
	{"POST", "/v1/setup", Anyone, (*API).completeSetup},

	{"GET", "/v1/link", Anyone, (*API).showLink},
	{"POST", "/v1/link", Anyone, (*API).useLink},
	{"POST", "/v1/password", LoggedIn, (*API).changePassword},
	{"GET", "/v1/sessions", LoggedIn, (*API).listSessions},
	{"DELETE", "/v1/sessions/{id}", LoggedIn, (*API).endSession},

	{"GET", "/v1/people", AdminOnly, (*API).listPeople},
	{"POST", "/v1/people", AdminOnly, (*API).addPerson},
	{"PATCH", "/v1/people/{id}", AdminOnly, (*API).changePerson},
	{"DELETE", "/v1/people/{id}", AdminOnly, (*API).removePerson},
	{"POST", "/v1/people/{id}/link", AdminOnly, (*API).makeLink},
	{"DELETE", "/v1/people/{id}/sessions", AdminOnly, (*API).endTheirSessions},
	{"GET", "/v1/audit", AdminOnly, (*API).audit},

	{"GET", "/v1/projects", LoggedIn, (*API).listProjects},
	{"POST", "/v1/projects", AdminOnly, (*API).createProject},
	{"DELETE", "/v1/projects/{name}", AdminOnly, (*API).deleteProject},
	{"GET", "/v1/keys", EditorOnly, (*API).listKeys},
	{"POST", "/v1/keys", EditorOnly, (*API).createKey},
	{"PATCH", "/v1/keys/{id}", EditorOnly, (*API).changeKey},
	{"DELETE", "/v1/keys/{id}", EditorOnly, (*API).revokeKey},
	{"POST", "/v1/keys/{id}/successor", EditorOnly, (*API).rotateKey},
	{"GET", "/v1/arrivals", EditorOnly, (*API).showArrivals},

	{"GET", "/v1/redaction", AdminOnly, (*API).showRedaction},
	{"PUT", "/v1/redaction", AdminOnly, (*API).changeRedaction},
	{"POST", "/v1/redaction/preview", AdminOnly, (*API).previewRedaction},

	{"GET", "/v1/sources", EditorOnly, (*API).listSources},
	{"PUT", "/v1/sources/{name}", EditorOnly, (*API).changeSource},
	{"DELETE", "/v1/sources/{name}", EditorOnly, (*API).removeSource},
	{"POST", "/v1/sources/try", EditorOnly, (*API).trySource},

	{"GET", "/v1/ingest", LoggedIn, (*API).showIngest},
	{"GET", "/v1/ingest/rates", LoggedIn, (*API).showRates},
	{"POST", "/v1/clock/acknowledge", AdminOnly, (*API).acknowledgeClock},
	{"GET", "/v1/ingest/streams", Reader, (*API).showStreams},
	{"GET", "/v1/delivery", Reader, (*API).showDelivery},
	{"GET", "/v1/delivery/streams", Reader, (*API).listDelivery},
	{"GET", "/v1/delivery/stream", Reader, (*API).showStream},
	{"GET", "/v1/delivery/ranges", Reader, (*API).giveRanges},
	{"GET", "/v1/dead-letters", Reader, (*API).listLetters},
	{"POST", "/v1/dead-letters/replay", AdminOnly, (*API).replayLetters},

	{"GET", "/v1/clients", Reader, (*API).listClients},
	{"GET", "/v1/clients/live", Reader, (*API).followClients},
	{"POST", "/v1/clients/{tab}/command", EditorOnly, (*API).orderClient},
	{"GET", "/v1/pulls", Reader, (*API).listPulls},
	{"POST", "/v1/pulls", Reader, (*API).askPull},
	{"GET", "/v1/pulls/{id}", Reader, (*API).showPull},
	{"DELETE", "/v1/pulls/{id}", Reader, (*API).cancelPull},

	{"GET", "/v1/retention", AdminOnly, (*API).showRetention},
	{"PATCH", "/v1/retention", AdminOnly, (*API).changeRetention},
	{"POST", "/v1/retention/preview", AdminOnly, (*API).previewRetention},
	{"GET", "/v1/erasures", AdminOnly, (*API).listErasures},
	{"POST", "/v1/erasures", AdminOnly, (*API).orderErasure},
	{"POST", "/v1/erasures/preview", AdminOnly, (*API).previewErasure},
	{"GET", "/v1/erasures/{id}", AdminOnly, (*API).showErasure},
}

// Routes lists the API, for tests and documentation.
func Routes() []Route { return slices.Clone(routes) }

// Handler gives the handler of the whole API, and of the UI below "/".
func (a *API) Handler() http.Handler {
	byPath := map[string][]Route{}
	for _, route := range routes {
		byPath[route.Path] = append(byPath[route.Path], route)
	}
	api := http.NewServeMux()
	for path, methods := range byPath {
		handler := a.methods(methods)
		if path == "/v1/viewer" || path == "/v1/viewer/events" {
			handler = anyOrigin(handler)
		}
		api.Handle(path, handler)
	}
	api.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, &requestError{code: "not_found", message: "The API has no such path; see docs/api.md."}, nil)
	})
	// Unsafe requests that a browser sends from another origin's page are
	// refused before anything looks at them.
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, &requestError{code: "forbidden", message: "This request comes from a page of another origin and was refused. Behind a proxy, see that it passes the Host header on."}, nil)
	}))

	all := http.NewServeMux()
	all.Handle("/v1/", private(guard.Handler(api)))
	if a.ui != nil {
		all.Handle("/", framed(a.ui))
	} else {
		all.Handle("/", private(api))
	}
	return all
}

// methods answers one path.
func (a *API) methods(routes []Route) http.Handler {
	var allowed []string
	for _, route := range routes {
		allowed = append(allowed, route.Method)
		if route.Method == "GET" {
			allowed = append(allowed, "HEAD")
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, route := range routes {
			if r.Method == route.Method || r.Method == "HEAD" && route.Method == "GET" {
				a.serve(w, r, route)
				return
			}
		}
		allow := strings.Join(allowed, ", ")
		w.Header().Set("Allow", allow)
		a.fail(w, r, &requestError{code: "method_not_allowed", message: fmt.Sprintf("%s is not for this path; it takes %s.", r.Method, allow)}, nil)
	})
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, route Route) {
	defer a.recover(r)
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	c, err := a.identify(r, route)
	if err != nil {
		a.fail(w, r, err, a.setupHint(r, route))
		return
	}
	r = r.WithContext(withMeter(r.Context(), a.metering.of(c)))
	if route.Who == Reader {
		if err := a.openCode(r, c); err != nil {
			a.fail(w, r, err, nil)
			return
		}
	}
	if err := route.serve(a, w, r, c); err != nil {
		a.fail(w, r, err, nil)
	}
}

// recover keeps a mistake of ours to the request that ran into it. Part of an
// answer may be out, so the connection is cut: nobody can take it for whole.
func (a *API) recover(r *http.Request) {
	if p := recover(); p != nil {
		if p != http.ErrAbortHandler {
			a.internal(r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		panic(http.ErrAbortHandler)
	}
}

// private keeps every answer of the API from caches, frames and guessing
// browsers. The server's outermost handler says the same for all answers; these
// hold for the API wherever it is served.
func private(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// framed puts the least on that pages need; the UI may set stricter ones. The
// referrer must not carry a one-time link's token, or a search, to elsewhere.
func framed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
