package web

import (
	"net/http"
	"strings"
)

// AnswerHead answers a HEAD request for a file by its type alone, and says whether it was one: for files that count as
// taken when they are made, since nobody has got anything by looking.
func AnswerHead(w http.ResponseWriter, r *http.Request, contentType string) bool {
	if r.Method != http.MethodHead {
		return false
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return true
}

// IsLook says whether the page is fetched by a program that nobody watches: by HEAD, or ahead of a click that may not come.
func IsLook(r *http.Request) bool {
	return r.Method == http.MethodHead || strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch")
}
