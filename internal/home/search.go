package home

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"portal/internal/search"
	"portal/web"
	"portal/web/ui"
)

// Searched is a kind of what is published, as the one search asks for it.
type Searched struct {
	// Name is the kind's among the texts: home.search.NAME.
	Name string
	// Path is its list, without the language; it takes the words as "q".
	Path string
	// Search returns what the list finds for words as they were typed: how many, and the first of them, at most so many,
	// in the reader's language.
	Search func(ctx context.Context, words string, most int) (ui.Found, error)
}

const (
	// SearchPath is the one search, without the language; FollowName is its name among the lists that can be followed.
	SearchPath = "/search"
	FollowName = "search"
	// mostFound is how many of each kind the search shows.
	mostFound = 5
	// mostWords is how much of what was typed is looked for, in characters; the lists cut it shorter.
	mostWords = 500
)

// found is what one kind has for the words.
type found struct {
	Searched
	ui.Found
}

// all is the address of the whole list for the words, without the language.
func (f found) all(words string) string { return ui.WithQuery(f.Path, url.Values{"q": {words}}) }

type searchView struct {
	Words string
	Found []found
}

// none says whether nothing at all was found.
func (v searchView) none() bool {
	for _, f := range v.Found {
		if f.Total > 0 {
			return false
		}
	}
	return true
}

// search looks for words in all that is public, grouped by kind (opendata.md: one search).
func (h handlers) search(w http.ResponseWriter, r *http.Request) error {
	v := searchView{Words: strings.Join(strings.Fields(r.URL.Query().Get("q")), " ")}
	if typed := []rune(v.Words); len(typed) > mostWords {
		v.Words = string(typed[:mostWords])
	}
	if search.Query(v.Words) == "" {
		return web.Render(w, r, http.StatusOK, searchPage(v))
	}
	for _, s := range h.sources.Searched {
		f, err := s.Search(r.Context(), v.Words, mostFound)
		if err != nil {
			return err
		}
		v.Found = append(v.Found, found{Searched: s, Found: f})
	}
	return web.Render(w, r, http.StatusOK, searchPage(v))
}
