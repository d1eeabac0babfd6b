package server

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
)

// An Entry is a link that logs in whoever opens it on this machine, as long as
// the server runs: GET /v1/enter?token=TOKEN&to=NAME. The demo prints it. A
// server for others has none.
type Entry struct {
	Token          string // long and random
	User, Password string // of the user that the link logs in
	// Pages are the paths that NAME leads to; "" is the first one.
	Pages map[string]string
}

// enter serves the link of cfg.Entry. It answers on loopback addresses only,
// asked for by such an address: no page of another name may lead here, and
// nobody from another machine.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the token stands in the address
	entry := s.cfg.Entry
	page, known := entry.Pages[r.URL.Query().Get("to")]
	switch {
	case !isLoopback(r.RemoteAddr) || !isLoopback(r.Host):
		http.Error(w, "This link works on the machine that the demo runs on only; log in with a name and a password.", http.StatusForbidden)
	case subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("token")), []byte(entry.Token)) != 1:
		http.Error(w, "This link is of another run of the demo, or was cut; take the one that this run has printed.", http.StatusForbidden)
	case !known:
		http.Error(w, "The demo has no page of that name.", http.StatusNotFound)
	default:
		user, err := s.catalog.Authenticate(r.Context(), entry.User, entry.Password)
		if err == nil {
			err = s.api.Enter(w, r, user)
		}
		if err != nil {
			s.log.Error("the demo's link could not log in", "error", err)
			http.Error(w, "Something went wrong; the demo's terminal says what.", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, page, http.StatusSeeOther)
	}
}

// isLoopback says whether an address, with or without a port, is this
// machine's own.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
