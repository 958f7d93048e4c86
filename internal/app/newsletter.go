package app

import (
	"context"
	"time"

	"portal/internal/champion"
	"portal/internal/country"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/newsletter"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/web/ui"
)

const (
	// mostSources is how much of each kind an issue of the newsletter is drafted from, sourceText how much of its text, in
	// characters.
	mostSources = 8
	sourceText  = 300
)

// newsSources are what an issue of the newsletter is drafted from: what was published since an instant, the newest first.
func (a *App) newsSources(b *areas, now func() time.Time) []func(ctx context.Context, since time.Time) ([]newsletter.Source, error) {
	source := func(kind, id, section, link, title, text, lang string) newsletter.Source {
		return newsletter.Source{Name: kind + ":" + id, Section: section, Link: link, Texts: newsletter.Texts{known(lang): {Title: shorten(title, newsletter.MaxTitle), Text: ui.Excerpt(text, sourceText)}}}
	}
	return []func(ctx context.Context, since time.Time) ([]newsletter.Source, error){
		func(ctx context.Context, since time.Time) (all []newsletter.Source, err error) {
			found, _, err := b.pledges.Feed(ctx, pledge.Filter{}, mostSources)
			for _, p := range found {
				if p.FirstPublishedAt.After(since) && !p.FirstPublishedAt.After(now()) {
					all = append(all, source("pledge", p.PublicID, "pledges", pledge.Path(p.PublicID), p.Pledge.Title, p.Pledge.Description, p.Pledge.Lang))
				}
			}
			return all, err
		},
		func(ctx context.Context, since time.Time) (all []newsletter.Source, err error) {
			list, err := b.practices.List(ctx, practice.ReadFilter(nil, a.vocabulary()), i18n.English)
			for _, p := range list.Practices[:min(len(list.Practices), mostSources)] {
				if p.FirstPublishedAt.After(since) && !p.FirstPublishedAt.After(now()) {
					all = append(all, source("practice", p.PublicID, "practices", practice.Path(p.PublicID), p.Title, p.Summary, p.Lang))
				}
			}
			return all, err
		},
		func(ctx context.Context, since time.Time) (all []newsletter.Source, err error) {
			talks, err := b.requests.Announced(ctx, since, mostSources)
			for _, t := range talks {
				all = append(all, source("talk", t.PublicID(), "talks", t.Path(), t.Title, t.Purpose, t.Lang))
			}
			return all, err
		},
		func(ctx context.Context, since time.Time) (all []newsletter.Source, err error) {
			registry, err := b.champions.Registry(ctx)
			for _, e := range registry.Entries {
				day, ok := e.Since.Day()
				if c, found := a.vocabulary().Country(e.Country); ok && found && e.Status == champion.Confirmed && !day.Before(date.Today(since, i18n.Geneva)) && len(all) < mostSources {
					all = append(all, newsletter.Source{Name: "champion:" + e.Country, Section: "champions", Link: country.PathOf(e.Country), Texts: newsletter.Texts{i18n.English: {Title: c.Name(i18n.English)}, i18n.Arabic: {Title: c.Name(i18n.Arabic)}}})
				}
			}
			return all, err
		},
	}
}

// known is the language of a text; English for one that is none of the six.
func known(lang string) i18n.Lang {
	if l := i18n.Lang(lang); l.Known() {
		return l
	}
	return i18n.English
}

// shorten cuts a title to so many characters at most.
func shorten(title string, most int) string {
	if runes := []rune(title); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return title
}
