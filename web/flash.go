package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"portal/internal/i18n"
)

// A flash message travels in a signed cookie that lives for a minute: visitors have no session, and it costs no write.
const (
	flashSeconds = 60
	flashMost    = 1500 // bytes, well below what browsers take
)

// Flash leaves a message, in the reader's language, for the top of the next page that this browser shows. The last one
// counts.
func Flash(ctx context.Context, key string, args ...any) {
	x := mustExchange(ctx, "Flash")
	text := i18n.T(ctx, key, args...)
	if len(text) > flashMost {
		text = strings.ToValidUTF8(text[:flashMost], "")
	}
	x.router.setCookie(x.out.Header(), "flash", x.router.seal(text), flashSeconds)
}

// readFlash returns the message that the last answer left for this one; "" for none.
func (rt *Router) readFlash(r *http.Request) string {
	cookie, err := r.Cookie(rt.cookieName("flash"))
	if err != nil {
		return ""
	}
	return rt.unseal(cookie.Value)
}

// seal signs a text, so that nobody else can put words into the portal's mouth.
func (rt *Router) seal(text string) string {
	return base64.RawURLEncoding.EncodeToString(append(rt.sign(text), text...))
}

// unseal returns the text of a seal; "" if it is not ours.
func (rt *Router) unseal(sealed string) string {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(raw) < sha256.Size {
		return ""
	}
	text := string(raw[sha256.Size:])
	if !hmac.Equal(raw[:sha256.Size], rt.sign(text)) {
		return ""
	}
	return text
}

func (rt *Router) sign(text string) []byte {
	mac := hmac.New(sha256.New, rt.options.Secret)
	mac.Write([]byte("flash\x00" + text))
	return mac.Sum(nil)
}
