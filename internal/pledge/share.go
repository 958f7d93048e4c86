package pledge

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// A short address names a page of the dashboard and its filter in few characters: "/p/d.o6.cKE~UG". It is no key to
// anything stored, so that making one changes nothing and none can run out; it leads nowhere but to the dashboard.
//
// The code is parts between dots. The first one is the view, "d" for all of them. Each other one is the letter of a facet
// and its values, with tildes between them.

// letters are the facets by the letter that stands for them, also for their views.
var letters = map[string]string{
	"o": "objective", "g": "principle", "n": "nature", "t": "type", "a": "category", "c": "country", "r": "region", "k": "continent",
	"y": "year", "l": "language", "s": "status", "f": "light", "u": "reported", "p": "support",
}

// Words of a search, the day of a past state and the first day of publication have parts of their own, and all of the board is a view.
const wordsLetter, dayLetter, sinceLetter, boardLetter = "w", "e", "b", "d"

// letterOf is the letter of a facet.
func letterOf(facet string) string {
	for letter, name := range letters {
		if name == facet {
			return letter
		}
	}
	return boardLetter
}

// ShortCode is the code of a view ("" for all of them) under a filter.
func ShortCode(view string, f Filter) string {
	parts := []string{letterOf(view)}
	for _, field := range fields {
		if chosen := field.chosen(f); len(chosen) > 0 {
			parts = append(parts, letterOf(field.name)+strings.Join(chosen, "~"))
		}
	}
	if !f.AsOf.IsZero() {
		parts = append(parts, dayLetter+f.AsOf.String())
	}
	if !f.Since.IsZero() {
		parts = append(parts, sinceLetter+f.Since.String())
	}
	if f.Q != "" {
		parts = append(parts, wordsLetter+base64.RawURLEncoding.EncodeToString([]byte(f.Q)))
	}
	return strings.Join(parts, ".")
}

// ReadShortCode is the inverse of ShortCode; not ok for what is none, or names what there is not.
func ReadShortCode(code string, v *gcm.Vocabulary) (view string, f Filter, ok bool) {
	parts := strings.Split(code, ".")
	if len(parts) > len(fields)+4 {
		return "", f, false
	}
	if parts[0] != boardLetter {
		if view = letters[parts[0]]; view == "" {
			return "", f, false
		}
	}
	q := url.Values{}
	for _, part := range parts[1:] {
		if part == "" {
			return "", f, false
		}
		letter, values := part[:1], part[1:]
		name := letters[letter]
		if letter == dayLetter {
			name = asOf
		}
		if letter == sinceLetter {
			name = since
		}
		if letter == wordsLetter {
			words, err := base64.RawURLEncoding.DecodeString(values)
			if err != nil {
				return "", f, false
			}
			name, values = "q", string(words)
		}
		if name == "" || q.Has(name) {
			return "", f, false
		}
		q[name] = []string{values}
		if name != "q" && name != asOf && name != since {
			q[name] = strings.Split(values, "~")
		}
	}
	f = ReadFilter(q, v)
	return view, f, ShortCode(view, f) == code // what was left out, or stands there otherwise, is none of ours
}

// short is the short address of the page.
func (v boardView) short(ctx context.Context) string {
	return ui.SiteOf(ctx).PublicURL + "/p/" + ShortCode(v.View, v.Filter)
}

// embed is the address of the page's light version for other sites. It has no language: the reader's decides.
func (v boardView) embed(ctx context.Context) string {
	part := v.View
	if part == "" {
		part = "counter"
		if chosen := v.chosen("country"); len(chosen) == 1 {
			part = "card"
		}
	}
	return ui.SiteOf(ctx).PublicURL + ui.WithQuery("/embed/pledges/"+part, v.query())
}

// frame is the code that shows the light version on another site.
func (v boardView) frame(ctx context.Context) string {
	height := 260
	if v.View != "" {
		height = min(220+44*len(v.figures(ctx, v.View)), 900)
	}
	title := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;").Replace(v.name(ctx))
	address := strings.ReplaceAll(v.embed(ctx), "&", "&amp;")
	return `<iframe src="` + address + `" title="` + title + `" width="640" height="` + strconv.Itoa(height) + `" loading="lazy"></iframe>`
}

// name is what the page is called.
func (v boardView) name(ctx context.Context) string {
	if v.View != "" {
		return v.title(ctx, v.View)
	}
	return i18n.T(ctx, "pledge.dashboard.title")
}

// citation says how to cite the page, with the day of its figures.
func (v boardView) citation(ctx context.Context) string {
	filter := v.filterText(ctx)
	if filter == "" {
		filter = i18n.T(ctx, "pledge.dashboard.all")
	}
	return i18n.T(ctx, "pledge.dashboard.citation", ui.OperatorName(ctx), v.name(ctx), filter, i18n.Day(ctx, v.Day), v.short(ctx))
}

// newestTable are the last published pledges as a table.
func (v boardView) newestTable(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "pledge.dashboard.newest"), HideCaption: true, Cards: true, Columns: []ui.Column{
		{Text: i18n.T(ctx, "pledge.dashboard.column.pledge")}, {Text: i18n.T(ctx, "pledge.dashboard.column.maker")}, {Text: i18n.T(ctx, "pledge.list.facet.objective")},
		{Text: i18n.T(ctx, "pledge.list.facet.status")}, {Text: i18n.T(ctx, "pledge.dashboard.column.published"), Nowrap: true},
	}}
	areas := ui.AreasOf(v.Vocabulary)
	for _, p := range v.Newest {
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: pledgeName(p)}, {Component: pledgeMaker(p, places(ctx, p.Global, p.Countries, v.Vocabulary))}, {Component: pledgeObjectives(p, areas)},
			{Component: standingTags(p.Standing, v.Day)}, {Text: i18n.DayOf(ctx, p.FirstPublishedAt)},
		})
	}
	return t
}

// layout is what the layout must know of the page.
func (v boardView) layout(ctx context.Context) ui.Page {
	p := ui.Page{
		Title: v.name(ctx), Description: i18n.T(ctx, "pledge.dashboard.lede"), NoIndex: v.Filter.Narrowed() || !v.Filter.AsOf.IsZero(), Current: BoardPath,
	}
	if v.View != "" {
		p.Description = v.finding(ctx, v.View)
		p.Feeds = []ui.Alternate{
			{Title: "CSV", Type: "text/csv", Href: v.here(ctx, "/"+v.View+".csv")},
			{Title: "XLSX", Type: web.XLSXType, Href: v.here(ctx, "/"+v.View+".xlsx")},
			{Title: "JSON", Type: "application/json", Href: v.here(ctx, "/"+v.View+".json")},
		}
	}
	return p
}

// knownView says whether there is such a view.
func knownView(name string) bool { return slices.Contains(Views, name) }
