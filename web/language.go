package web

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"portal/internal/i18n"
)

// splitLanguage takes the language off the front of a path: "/en/pledges" is English and "/pledges". Only languages
// that are offered count.
func splitLanguage(path string) (lang i18n.Lang, rest string, ok bool) {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	lang = i18n.Lang(first)
	if !slices.Contains(i18n.Offered(), lang) || !strings.HasPrefix(path, "/"+first) {
		return "", "", false
	}
	return lang, path[1+len(first):], true
}

// choice is the matcher of what a browser asks for against what is offered; English is what there is for all others.
var choice = sync.OnceValues(func() (language.Matcher, []i18n.Lang) {
	offered := []i18n.Lang{i18n.English}
	for _, l := range i18n.Offered() {
		if l != i18n.English {
			offered = append(offered, l)
		}
	}
	tags := make([]language.Tag, len(offered))
	for i, l := range offered {
		tags[i] = language.Make(string(l))
	}
	return language.NewMatcher(tags), offered
})

// acceptMost is the longest Accept-Language header that is worth reading.
const acceptMost = 1000

// negotiate chooses the offered language that suits the browser's Accept-Language best; English if none does.
func negotiate(r *http.Request) i18n.Lang {
	matcher, offered := choice()
	header := r.Header.Get("Accept-Language")
	if header == "" || len(header) > acceptMost {
		return offered[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return offered[0]
	}
	_, i, _ := matcher.Match(wanted...)
	return offered[i]
}
