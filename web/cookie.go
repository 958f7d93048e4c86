package web

import (
	"context"
	"net/http"
	"time"
)

// SignInCookie is the name of what a browser brings along whose sign-in waits for a second factor.
const SignInCookie = "sign_in"

// SetCookie gives this browser a value to bring along, under one of the portal's own names, for some time; scripts cannot
// read it. Its value must not say anything by itself: a token of which the server keeps the hash.
func SetCookie(ctx context.Context, name, value string, lasts time.Duration) {
	x := mustExchange(ctx, "SetCookie")
	x.router.setCookie(x.out.Header(), name, value, int(lasts.Seconds()))
}

// DropCookie takes the value away.
func DropCookie(ctx context.Context, name string) {
	x := mustExchange(ctx, "DropCookie")
	x.router.setCookie(x.out.Header(), name, "", -1)
}

// Cookie returns the value that this browser brings along under the name; "" for none.
func Cookie(r *http.Request, name string) string {
	x := exchangeOf(r.Context())
	if x == nil {
		return ""
	}
	cookie, err := r.Cookie(x.router.cookieName(name))
	if err != nil || len(cookie.Value) > 200 {
		return ""
	}
	return cookie.Value
}
