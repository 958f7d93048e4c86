// Package home is the front page and the fixed pages: accessibility, privacy, terms, help. It shows what other areas
// have to show and gets it through Sources, since areas do not import each other.
package home

import (
	"context"
	"net/http"
	"slices"
	"time"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/terms"
	"portal/web"
	"portal/web/ui"
)

// Sources is what the front page asks other areas for; app fills it in.
type Sources struct {
	Vocabulary func() *gcm.Vocabulary
	// Figures are counted over what is published now.
	Figures func(ctx context.Context) (Figures, error)
	// Practices and Pledges return the newest that are published, at most n, as cards in the reader's language.
	Practices, Pledges func(ctx context.Context, n int) ([]ui.Card, error)
	// Searched are the kinds that the one search looks in, in the order of its page.
	Searched []Searched
	// Calls returns the open calls for practices, at most n, as cards in the reader's language; none leaves them out.
	Calls func(ctx context.Context, n int) ([]ui.Card, error)
	// Coming returns what comes next in the calendar, at most n, in the reader's language, and keeps the page until one of it ends.
	Coming func(ctx context.Context, n int) ([]ui.Coming, error)
	// AnswerDays is within how many working days the secretariat answers what is of a kind, as it has set itself.
	AnswerDays func(ctx context.Context, kind string) (int, error)
}

// Figures are numbers about what is published. Actors and Countries are those of pledges.
type Figures struct {
	Practices, Pledges, Programmes, Actors, Countries int
	// Objectives counts by objective; index 0 is objective 1. What has several objectives counts at each of them.
	Objectives [ui.Objectives]Gathered
}

// Gathered is what is published under one objective.
type Gathered struct{ Practices, Pledges int }

// threads are how long the thread of each objective is.
func (f Figures) threads() (all [ui.Objectives]int) {
	for i, g := range f.Objectives {
		all[i] = g.Practices + g.Pledges
	}
	return all
}

type handlers struct {
	sources Sources
	email   string
}

// Routes adds the front page and the fixed pages. email is the secretariat's public address.
func Routes(r *web.Router, sources Sources, email string) {
	h := handlers{sources: sources, email: email}
	r.Public("GET /", h.front, web.Cached())
	r.Public("GET "+SearchPath, h.search, web.Cached("q"))
	r.Public("GET /accessibility", h.fixed("accessibility"), web.Cached())
	r.Public("GET /privacy", h.fixed("privacy"), web.Cached())
	r.Public("GET /terms", h.fixed("terms"), web.Cached())
}

// latest is how many practices, pledges, calls and coming dates the front page shows of each.
const latest = 3

func (h handlers) front(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	figures, err := h.sources.Figures(ctx)
	if err != nil {
		return err
	}
	practices, err := h.sources.Practices(ctx, latest)
	if err != nil {
		return err
	}
	pledges, err := h.sources.Pledges(ctx, latest)
	if err != nil {
		return err
	}
	calls, err := h.sources.Calls(ctx, latest)
	if err != nil {
		return err
	}
	coming, err := h.sources.Coming(ctx, latest)
	if err != nil {
		return err
	}
	days, err := h.sources.AnswerDays(ctx, "pledge")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, frontPage(front{Vocabulary: h.sources.Vocabulary(), Figures: figures, Practices: practices, Pledges: pledges, Calls: calls, Coming: coming, AnswerDays: days}))
}

func (h handlers) fixed(name string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		return web.Render(w, r, http.StatusOK, fixedPage(i18n.T(ctx, "home."+name+".title"), i18n.T(ctx, "home."+name+".body"), h.email, versionsOf(name)))
	}
}

// versionsOf are the versions of a page that people accept: the one in force first; none for the others.
func versionsOf(name string) []terms.Version {
	if name != "terms" && name != "privacy" {
		return nil
	}
	current := terms.Current(time.Now())
	versions := []terms.Version{current}
	for _, v := range slices.Backward(terms.Versions) {
		if v.On.Before(current.On) {
			versions = append(versions, v)
		}
	}
	return versions
}

// front is what the front page shows.
type front struct {
	Vocabulary *gcm.Vocabulary
	Figures    Figures
	Practices  []ui.Card
	Pledges    []ui.Card
	Calls      []ui.Card
	Coming     []ui.Coming
	// AnswerDays is within how many working days a pledge is answered.
	AnswerDays int
}
