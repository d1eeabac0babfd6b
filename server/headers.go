package server

import "net/http"

// forbidden turns off, in every answer, what browsers would let a page do that
// Clewline never does. Copying uses clipboard-write, which stays.
const forbidden = "accelerometer=(), ambient-light-sensor=(), autoplay=(), battery=(), camera=(), display-capture=(), " +
	"encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), " +
	"microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), " +
	"usb=(), web-share=(), xr-spatial-tracking=()"

// hsts holds for a year. Other names of the domain are not ours to decide
// about, so there is no includeSubDomains.
const hsts = "max-age=31536000"

// guarded puts the headers on every answer, whoever gives it, that a browser
// needs to keep to itself what it was told: the strictest ones. A handler that
// needs less, as pages and the SDK's door do, sets its own over them.
func guarded(https bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", forbidden)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Permitted-Cross-Domain-Policies", "none")
		// Over plain HTTP browsers must not be told: they would not look.
		if https || r.TLS != nil {
			h.Set("Strict-Transport-Security", hsts)
		}
		next.ServeHTTP(w, r)
	})
}
