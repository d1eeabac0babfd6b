package catalog

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxOrigins bounds the origins of a key, maxOrigin their length.
const (
	maxOrigins = 50
	maxOrigin  = 300
)

// AllowsOrigin says whether a request with that Origin header may use the key.
//
// The list is for browser keys; others have none and are not bound to one. A
// request without the header ("") does not come from a web page, and the list
// says nothing about it. All other origins must be on the list: an empty list
// allows none, "*" any.
func (k *Key) AllowsOrigin(origin string) bool {
	if k.Type != BrowserKey || origin == "" {
		return true
	}
	origin = strings.ToLower(origin)
	return slices.ContainsFunc(k.Origins, func(entry string) bool { return originMatches(entry, origin) })
}

func originMatches(entry, origin string) bool {
	if entry == "*" || entry == origin {
		return true
	}
	before, domain, wild := strings.Cut(entry, "*.")
	if !wild {
		return false
	}
	scheme, host, ok := strings.Cut(origin, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return false
	}
	if before == "" {
		// "*.example.com": either scheme, any port.
		if i := strings.LastIndexByte(host, ':'); i >= 0 {
			host = host[:i]
		}
	} else if before != scheme+"://" {
		return false
	}
	sub, ok := strings.CutSuffix(host, "."+domain)
	return ok && sub != "" && !strings.ContainsAny(sub, ":/@")
}

// CheckOrigin gives the form in which an origin is kept, or an *InvalidError.
// It accepts
//
//	https://shop.example.com:8443   one origin, as a browser sends it
//	https://*.example.com           all subdomains, at any depth, not the domain itself
//	*.example.com                   the same over http or https, at any port
//	null                            pages without an origin: local files, sandboxed frames
//	*                               any
func CheckOrigin(origin string) (string, error) {
	bad := func(why string) (string, error) {
		return "", &InvalidError{"origins", fmt.Sprintf("%q %s; want something like https://shop.example.com, http://localhost:3000, https://*.example.com, null or *", clip(origin), why)}
	}
	s := strings.ToLower(strings.TrimSpace(origin))
	switch {
	case s == "":
		return bad("is empty")
	case len(s) > maxOrigin:
		return bad(fmt.Sprintf("is longer than %d bytes", maxOrigin))
	case s == "*" || s == "null":
		return s, nil
	}
	scheme, rest, hasScheme := strings.Cut(s, "://")
	if !hasScheme {
		rest = s
		if !strings.HasPrefix(s, "*.") {
			return bad("has no http:// or https:// before it")
		}
	} else if scheme != "http" && scheme != "https" {
		return bad("begins with neither http:// nor https://")
	}
	host, wild := strings.CutPrefix(strings.TrimSuffix(rest, "/"), "*.")
	u, err := url.Parse("http://" + host)
	if err != nil || u.Host != host || u.Hostname() == "" || strings.HasSuffix(host, ":") {
		return bad("is no origin: it has only a scheme, a host and perhaps a port")
	}
	if why := checkHost(u.Hostname(), wild); why != "" {
		return bad(why)
	}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return bad("has no valid port")
		}
		if !hasScheme {
			return bad("has a port but no scheme")
		}
		// A browser leaves the scheme's own port out.
		if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
			host = strings.TrimSuffix(host, ":"+port)
		}
	}
	if wild {
		host = "*." + host
	}
	if !hasScheme {
		return host, nil
	}
	return scheme + "://" + host, nil
}

// checkHost says what is wrong with a host, or "".
func checkHost(host string, wild bool) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		if wild {
			return "has a wildcard before an address"
		}
		if addr.Zone() != "" {
			return "has an address with a zone"
		}
		return ""
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || len(label) > 63 {
			return "has no valid host name"
		}
		for _, r := range label {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			case r == '*':
				return "has a * that is not the whole first part of the host"
			case r > 0x7f:
				return "has letters that browsers send in punycode (xn--...)"
			default:
				return "has no valid host name"
			}
		}
	}
	if wild && !strings.Contains(host, ".") && host != "localhost" {
		return "would allow a whole top-level domain"
	}
	return ""
}

func checkOrigins(origins []string) ([]string, error) {
	if len(origins) > maxOrigins {
		return nil, &InvalidError{"origins", fmt.Sprintf("has %d entries; at most %d are accepted, and https://*.example.com covers all subdomains", len(origins), maxOrigins)}
	}
	out := make([]string, 0, len(origins))
	for _, o := range origins {
		o, err := CheckOrigin(o)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out, nil
}

func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
