package practice

import (
	"context"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web/ui"
)

// metadata is what catalogues read of a page: Dublin Core.
func (v pageView) metadata(ctx context.Context) []ui.Meta {
	p, l := v.Practice, i18n.From(ctx)
	all := []ui.Meta{
		{Name: "DC.title", Content: v.Text.Title}, {Name: "DC.creator", Content: p.Implementer}, {Name: "DC.identifier", Content: v.PublicID},
		{Name: "DC.description", Content: v.Text.Summary}, {Name: "DC.publisher", Content: ui.SiteName(ctx)}, {Name: "DC.language", Content: v.Text.Lang},
		{Name: "DC.date", Content: date.Today(v.PublishedAt, i18n.Geneva).String()}, {Name: "DC.rights", Content: p.Licence.URL()}, {Name: "DC.type", Content: "Text"},
	}
	for _, partner := range p.Partners {
		all = append(all, ui.Meta{Name: "DC.contributor", Content: partner.Name})
	}
	for _, n := range p.Objectives {
		if o, ok := v.Vocabulary.Objective(n); ok {
			all = append(all, ui.Meta{Name: "DC.subject", Content: o.Name(l)})
		}
	}
	for _, name := range v.Vocabulary.CountryNames(l, p.Countries) {
		all = append(all, ui.Meta{Name: "DC.coverage", Content: name})
	}
	return all
}

// data is the practice for search engines: schema.org in JSON-LD.
func (v pageView) data(ctx context.Context) any {
	p, l := v.Practice, i18n.From(ctx)
	type named struct {
		Type string `json:"@type"`
		Name string `json:"name"`
	}
	organization := func(name string) named { return named{"Organization", name} }
	work := struct {
		Context     string   `json:"@context"`
		Type        string   `json:"@type"`
		ID          string   `json:"@id"`
		Identifier  string   `json:"identifier"`
		Name        string   `json:"name"`
		Abstract    string   `json:"abstract"`
		URL         string   `json:"url"`
		Language    string   `json:"inLanguage"`
		Author      named    `json:"author"`
		Contributor []named  `json:"contributor,omitempty"`
		Publisher   named    `json:"publisher"`
		Published   string   `json:"datePublished"`
		Modified    string   `json:"dateModified"`
		Version     int      `json:"version"`
		License     string   `json:"license"`
		Free        bool     `json:"isAccessibleForFree"`
		Temporal    string   `json:"temporalCoverage"`
		Spatial     []named  `json:"spatialCoverage,omitempty"`
		About       []named  `json:"about"`
		Images      []string `json:"image,omitempty"`
		Reuses      *counter `json:"interactionStatistic,omitempty"`
	}{
		Context: "https://schema.org", Type: "CreativeWork", ID: ui.SiteOf(ctx).PublicURL + Path(v.PublicID), Identifier: v.PublicID, Name: v.Text.Title, Abstract: v.Text.Summary,
		URL: ui.Absolute(ctx, v.path()), Language: v.Text.Lang, Author: organization(p.Implementer), Publisher: organization(ui.SiteName(ctx)),
		Published: date.Today(v.FirstPublishedAt, i18n.Geneva).String(), Modified: date.Today(v.PublishedAt, i18n.Geneva).String(),
		Version: v.Number, License: p.Licence.URL(), Free: true, Temporal: p.Started.String() + "/..",
	}
	if !p.Ended.IsZero() {
		work.Temporal = p.Started.String() + "/" + p.Ended.String()
	}
	for _, partner := range p.Partners {
		work.Contributor = append(work.Contributor, organization(partner.Name))
	}
	for _, name := range v.Vocabulary.CountryNames(l, p.Countries) {
		work.Spatial = append(work.Spatial, named{"Country", name})
	}
	for _, n := range p.Objectives {
		if o, ok := v.Vocabulary.Objective(n); ok {
			work.About = append(work.About, named{"DefinedTerm", o.Name(l)})
		}
	}
	for _, i := range v.images() {
		work.Images = append(work.Images, ui.SiteOf(ctx).PublicURL+i.file.Picture.Src)
	}
	if v.Reuses > 0 {
		work.Reuses = &counter{"InteractionCounter", "https://schema.org/UseAction", v.Reuses}
	}
	return work
}

// counter is how often something was done with the practice.
type counter struct {
	Type        string `json:"@type"`
	Interaction string `json:"interactionType"`
	Count       int    `json:"userInteractionCount"`
}
