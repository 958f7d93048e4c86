package web

import (
	"net/http"
	"strings"
)

// contentPolicy lets a page load nothing but our own files, run no inline script or style and turn no text into markup.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// unusedFeatures are what no page of the portal asks a browser for.
var unusedFeatures = []string{
	"accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope",
	"magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "usb", "xr-spatial-tracking",
}

// securityHeaders are on every answer, errors and files included. A handler may replace one (a file's own
// Content-Security-Policy, say), not add to it.
func securityHeaders(https, noindex bool) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", strings.Join(unusedFeatures, "=(), ")+"=()")
	// Our own pages need the page a form was sent from; other sites learn nothing, not even of a token in an address.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if https {
		h.Set("Content-Security-Policy", contentPolicy+"; upgrade-insecure-requests")
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	if noindex {
		h.Set("X-Robots-Tag", "noindex, nofollow")
	}
	return h
}

// OpenToFrames lets other sites show the answer in a frame: for light pages that hold nothing of anybody's, offer nothing to
// press and run no script. All else stays closed.
func OpenToFrames(h http.Header) {
	policy := strings.NewReplacer("frame-ancestors 'none'", "frame-ancestors *", "script-src 'self'", "script-src 'none'",
		"connect-src 'self'", "connect-src 'none'", "form-action 'self'", "form-action 'none'")
	h.Set("Content-Security-Policy", policy.Replace(h.Get("Content-Security-Policy")))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Del("X-Frame-Options")
}
