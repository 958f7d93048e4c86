package identity

import (
	"strings"
	"unicode/utf8"
)

// MaskEmail shows enough of an address for its owner to recognize it, and no more: "a•••@e•••.org"; "" for what is none.
func MaskEmail(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok {
		return ""
	}
	top := ""
	if i := strings.LastIndexByte(domain, '.'); i > 0 {
		domain, top = domain[:i], domain[i:]
	}
	return beginning(local) + "@" + beginning(domain) + top
}

// beginning is the first letter.
func beginning(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size] + "•••"
}
