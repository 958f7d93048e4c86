// Package topic is the pages of the 23 objectives and the ten guiding principles: each gathers what other areas have
// published under it. It gets that through Sources, since areas do not import each other.
package topic

import (
	"context"
	"net/http"
	"strconv"

	"portal/internal/gcm"
	"portal/web"
	"portal/web/ui"
)

// Kind is what a page gathers under; its value is the parameter of the lists, and the facet of their indexes.
type Kind string

// The kinds of topics.
const (
	Objective Kind = "objective"
	Principle Kind = "principle"
)

// path is the overview of the kind, without the language.
func (k Kind) path() string {
	if k == Principle {
		return ui.PrinciplesPath
	}
	return ui.ObjectivesPath
}

// Source is an area whose published things are gathered.
type Source struct {
	// Path is the area's list, without the language. It takes each Kind as a parameter.
	Path string
	// New is where one begins such a thing, without the language.
	New string
	// Sizes counts what is published under each topic of the kind, by number in decimals; none has no entry.
	Sizes func(ctx context.Context, k Kind) (map[string]int, error)
	// Latest returns the newest things that are published under a topic, at most so many, as cards in the reader's language.
	Latest func(ctx context.Context, k Kind, n, most int) ([]ui.Card, error)
}

// Sources is what the pages ask other areas for; app fills it in.
type Sources struct {
	Vocabulary         func() *gcm.Vocabulary
	Practices, Pledges Source
	// Experts are those who know about an objective; principles have none.
	Experts Source
	// Dashboard is the page of pledges in figures, without the language. It takes each Kind as a parameter.
	Dashboard string
	// Goal is a Sustainable Development Goal by name, and where its practices are.
	Goal func(ctx context.Context, n int) ui.Link
}

type handlers struct{ sources Sources }

// Routes adds the pages of objectives and principles.
func Routes(r *web.Router, sources Sources) {
	h := handlers{sources}
	for _, k := range []Kind{Objective, Principle} {
		r.Public("GET "+k.path(), h.overview(k), web.Cached())
		r.Public("GET "+k.path()+"/{number}", h.page(k), web.Cached())
	}
}

// shown is how many of the newest practices, and of the newest pledges, a page shows.
const shown = 3

func (h handlers) overview(k Kind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := h.counted(r.Context(), k)
		if err != nil {
			return err
		}
		if k == Principle {
			return web.Render(w, r, http.StatusOK, principlesPage(v))
		}
		return web.Render(w, r, http.StatusOK, objectivesPage(v))
	}
}

func (h handlers) page(k Kind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		v, err := h.counted(ctx, k)
		if err != nil {
			return err
		}
		n, ok := number(r.PathValue("number"))
		at := v.find(ctx, n)
		if !ok || at == nil {
			return web.Render(w, r, http.StatusNotFound, nonePage(v))
		}
		p := pageView{view: v, topic: *at}
		if p.Practices, err = h.sources.Practices.Latest(ctx, k, n, shown); err != nil {
			return err
		}
		if p.Pledges, err = h.sources.Pledges.Latest(ctx, k, n, shown); err != nil {
			return err
		}
		if k == Objective {
			if p.Experts, err = h.sources.Experts.Latest(ctx, k, n, shown); err != nil {
				return err
			}
			sizes, err := h.sources.Experts.Sizes(ctx, k)
			if err != nil {
				return err
			}
			p.experts = sizes[strconv.Itoa(n)]
		}
		return web.Render(w, r, http.StatusOK, topicPage(p))
	}
}

// number reads the number of a topic as the portal writes it, so that each has one address: "01" is none.
func number(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && strconv.Itoa(n) == s
}

// counted is the topics of a kind with what is published under each.
func (h handlers) counted(ctx context.Context, k Kind) (view, error) {
	v := view{Kind: k, Sources: h.sources, Vocabulary: h.sources.Vocabulary()}
	var err error
	if v.practices, err = h.sources.Practices.Sizes(ctx, k); err != nil {
		return v, err
	}
	v.pledges, err = h.sources.Pledges.Sizes(ctx, k)
	return v, err
}
