package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// parseProxies reads addresses and ranges such as 10.0.0.0/8 or ::1.
func parseProxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		s = strings.TrimSpace(s)
		if ip, err := netip.ParseAddr(s); err == nil && ip.Zone() == "" {
			ip = ip.Unmap()
			out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("trustedProxies: %q is no address and no range; want such as 10.0.0.5 or 10.0.0.0/8", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// behindProxies puts the sender's own address in the place of a trusted
// proxy's. What X-Forwarded-For says is believed only as far as trusted
// proxies wrote it: from its end, up to the first address that is none of
// theirs. From anybody else the header means nothing.
func behindProxies(trusted []netip.Prefix, next http.Handler) http.Handler {
	if len(trusted) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ip := senderOf(r, trusted); ip.IsValid() {
			r = r.WithContext(r.Context()) // a shallow copy: the caller's request stays as it came
			r.RemoteAddr = net.JoinHostPort(ip.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}

// senderOf gives the address that trusted proxies say a request came from; the
// zero address when none of them says so.
func senderOf(r *http.Request, trusted []netip.Prefix) netip.Addr {
	var sender netip.Addr
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !among(trusted, at.Addr()) {
		return sender
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		ip, ok := hop(hops[i])
		if !ok {
			break // what stands before it may be anybody's writing
		}
		sender = ip
		if !among(trusted, ip) {
			break
		}
	}
	return sender
}

// hop reads one address of X-Forwarded-For, which some proxies give a port.
func hop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	ip, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}, false
	}
	return ip.Unmap().WithZone(""), true
}

func among(ranges []netip.Prefix, ip netip.Addr) bool {
	ip = ip.Unmap()
	for _, p := range ranges {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// forwarded says whether some proxy has passed a request on.
func forwarded(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}
