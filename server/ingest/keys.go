package ingest

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// authorize finds the key of a request and checks that it may use the door.
// secret comes from the Authorization header or, at the SDK's door, from the
// envelope.
func (in *Ingest) authorize(r *http.Request, door, secret string) (Key, error) {
	if secret == "" {
		in.arrivals.refused(in.clock.received(), r, door, "", "no key was sent")
		return Key{}, refuse(http.StatusUnauthorized, "unauthorized", "no key; send it as \"Authorization: Bearer KEY\" (the SDK sends its own in the envelope)")
	}
	key, err := in.cfg.Keys(r.Context(), secret)
	switch {
	case errors.Is(err, ErrUnknownKey):
		in.arrivals.refused(in.clock.received(), r, door, secret, "the key is not known here")
		return Key{}, refuseKey(secret, err)
	case errors.Is(err, ErrRevokedKey):
		in.arrivals.refused(in.clock.received(), r, door, secret, "the key was revoked")
		return Key{}, refuseKey(secret, err)
	case errors.Is(err, ErrEndedKey):
		in.arrivals.refused(in.clock.received(), r, door, secret, "the key has ended")
		return Key{}, refuseKey(secret, err)
	case err != nil:
		return Key{}, err
	}
	remember(r, key)
	a := in.arrivals.of(key.ID)
	a.reached(in.clock.received(), r, door)
	switch {
	case key.Type == ReadKey:
		a.keyRefused("a read key cannot send")
		return Key{}, refuse(http.StatusForbidden, "forbidden", "a read key cannot send; use a server key (sk_) or, in a page, a browser key (pk_)")
	case key.Type == BrowserKey && door != "track":
		a.keyRefused("a browser key opens the SDK's door only")
		return Key{}, refuse(http.StatusForbidden, "forbidden", "a browser key opens /v1/track only; use a server key (sk_) here")
	case key.Type == BrowserKey:
		// No Origin header means that no page's script sent this, which the
		// origin list is not about: it guards against other pages' use.
		if origin := r.Header.Get("Origin"); origin != "" && (key.AllowsOrigin == nil || !key.AllowsOrigin(origin)) {
			a.originRefused(origin)
			in.uses.refusedOrigin(key.ID, origin)
			return Key{}, refuse(http.StatusForbidden, "forbidden", "the origin %s may not use this key; an admin can allow it under Settings, Keys", origin)
		} else if origin != "" {
			a.originAllowed(origin)
		}
	}
	a.keyAccepted()
	if wait := in.rates.wait(key.ID, in.cfg.Clock()); wait > 0 {
		ref := refuse(http.StatusTooManyRequests, "slow_down", "limit requestsPerSecond is %d for one key, this key sends more", in.cfg.RequestsPerSecond)
		ref.retryAfter = wait
		return Key{}, ref
	}
	return key, nil
}

// refuseKey says why a key opens nothing; nil for another error.
func refuseKey(secret string, err error) error {
	why := ""
	switch {
	case errors.Is(err, ErrUnknownKey):
		why = "is not known here"
	case errors.Is(err, ErrRevokedKey):
		why = "was revoked"
	case errors.Is(err, ErrEndedKey):
		why = "has ended; an admin can make another, or give it more time"
	default:
		return nil
	}
	return refuse(http.StatusUnauthorized, "unauthorized", "the key %s %s", prefixOf(secret), why)
}

// prefixOf gives as much of a secret as may be shown.
func prefixOf(secret string) string {
	if len(secret) > 7 {
		return secret[:7] + "…"
	}
	return "…"
}

func bearer(r *http.Request) string {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}

// rateLimiter bounds the requests a second of each key. Only known keys come
// here, so its size is bounded by the catalog.
type rateLimiter struct {
	perSecond int
	limiters  sync.Map // key id -> *rate.Limiter
}

// wait is 0 when a request may pass now, else how long to wait.
func (l *rateLimiter) wait(keyID string, now time.Time) time.Duration {
	v, ok := l.limiters.Load(keyID)
	if !ok {
		v, _ = l.limiters.LoadOrStore(keyID, rate.NewLimiter(rate.Limit(l.perSecond), 2*l.perSecond))
	}
	r := v.(*rate.Limiter).ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return max(d, time.Second)
	}
	return 0
}
