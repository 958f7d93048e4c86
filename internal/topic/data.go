package topic

import (
	"context"
	"strconv"

	"portal/internal/i18n"
	"portal/web/ui"
)

// term is a topic for search engines: schema.org in JSON-LD.
type term struct {
	Type        string `json:"@type"`
	Code        string `json:"termCode"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url"`
	Set         string `json:"inDefinedTermSet,omitempty"`
}

func (v view) term(ctx context.Context, t topic) term {
	return term{Type: "DefinedTerm", Code: strconv.Itoa(t.N), Name: t.Name, Description: t.Title, URL: ui.Absolute(ctx, v.path(t.N))}
}

// set is all topics of the kind for search engines.
func (v view) set(ctx context.Context) any {
	set := struct {
		Context  string `json:"@context"`
		Type     string `json:"@type"`
		ID       string `json:"@id"`
		Name     string `json:"name"`
		URL      string `json:"url"`
		Language string `json:"inLanguage"`
		Terms    []term `json:"hasDefinedTerm"`
	}{
		Context: "https://schema.org", Type: "DefinedTermSet", ID: ui.SiteOf(ctx).PublicURL + v.Kind.path(), Name: i18n.T(ctx, v.key("all")),
		URL: ui.Absolute(ctx, v.Kind.path()), Language: string(i18n.From(ctx)),
	}
	for _, t := range v.all(ctx) {
		set.Terms = append(set.Terms, v.term(ctx, t))
	}
	return set
}

// data is the page of a topic for search engines.
func (v pageView) data(ctx context.Context) any {
	about := v.term(ctx, v.topic)
	about.Set = ui.SiteOf(ctx).PublicURL + v.Kind.path()
	return struct {
		Context  string `json:"@context"`
		Type     string `json:"@type"`
		ID       string `json:"@id"`
		Name     string `json:"name"`
		URL      string `json:"url"`
		Language string `json:"inLanguage"`
		About    term   `json:"about"`
	}{
		Context: "https://schema.org", Type: "CollectionPage", ID: ui.SiteOf(ctx).PublicURL + v.path(v.topic.N), Name: v.heading(ctx),
		URL: ui.Absolute(ctx, v.path(v.topic.N)), Language: string(i18n.From(ctx)), About: about,
	}
}
