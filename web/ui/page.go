package ui

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"portal/internal/i18n"
	"portal/internal/identity"
)

// Page is what the layout must know of a page.
type Page struct {
	// Title names the page, in the reader's language, without the name of the site.
	Title string
	// Description is one sentence for search engines and previews; empty leaves it out.
	Description string
	// Errors says that the page shows a form with errors: the title then starts with "Error:".
	Errors bool
	// NoIndex keeps search engines away: for pages that are somebody's own, and lists of filters.
	NoIndex bool
	// Path is the page's own path, with its query, where that is not the request's: for a page that a POST to another
	// address shows. The language links lead there.
	Path string
	// Canonical is the path (with query) under which search engines shall know the page; empty is the request's path
	// without its query.
	Canonical string
	// Feeds are this page's content in other forms: Atom, CSV, JSON.
	Feeds []Alternate
	// Meta are what catalogues read of the page: Dublin Core.
	Meta []Meta
	// Data is the page's content for search engines (schema.org, JSON-LD), as it is encoded; nil for none.
	Data any
	// Desk marks a page of the secretariat: it has the desk's navigation.
	Desk bool
	// Current is the path of the navigation entry to mark, where that does not follow from the page's own.
	Current string
}

// Meta is a name and what it is.
type Meta struct{ Name, Content string }

// Alternate is the content of a page in another form.
type Alternate struct {
	Title, Type, Href string
}

// Link is an address, ready for use, and its words.
type Link struct {
	Href, Text string
}

// pageTitle is the content of the title element.
func pageTitle(ctx context.Context, p Page) string {
	title := SiteName(ctx)
	if p.Title != "" && p.Title != title {
		title = i18n.T(ctx, "ui.title", p.Title, title)
	}
	if p.Errors {
		title = i18n.T(ctx, "ui.title.error", title)
	}
	return title
}

// own is the page's path with its query, without the language; "" if it has no place under the languages.
func own(ctx context.Context, p Page) string {
	if p.Path != "" {
		return p.Path
	}
	r := RequestOf(ctx)
	if r.Path != "" && r.Query != "" {
		return r.Path + "?" + r.Query
	}
	return r.Path
}

// canonical is the path that search engines shall know, "" if the page has none.
func canonical(ctx context.Context, p Page) string {
	if p.Canonical != "" {
		return p.Canonical
	}
	path, _, _ := strings.Cut(own(ctx, p), "?")
	return path
}

// indexed says whether search engines may keep the page.
func indexed(ctx context.Context, p Page) bool {
	return !p.NoIndex && !p.Errors && !p.Desk && !SiteOf(ctx).Demonstration
}

// currentOf returns the aria-current of a navigation entry: "page" on the page itself, "true" on the pages below it unless
// another entry is nearer, "" elsewhere.
func currentOf(ctx context.Context, p Page, item NavItem) string {
	path, _, _ := strings.Cut(own(ctx, p), "?")
	if p.Current != "" {
		path = p.Current
	}
	if len(item.Below) > 0 {
		if slices.ContainsFunc(item.Below, func(one NavItem) bool { return currentOf(ctx, p, one) != "" }) {
			return "true"
		}
		return ""
	}
	if item.Path == path {
		return "page"
	}
	if !beneath(path, item.Path) {
		return ""
	}
	for _, other := range flat(nav(ctx, p)) {
		if len(other.Path) > len(item.Path) && (other.Path == path || beneath(path, other.Path)) {
			return ""
		}
	}
	return "true"
}

func beneath(path, area string) bool { return area != "/" && strings.HasPrefix(path, area+"/") }

// nav returns the main navigation of the page, less what is for others.
func nav(ctx context.Context, p Page) []NavItem {
	if p.Desk {
		return entriesOf(identity.From(ctx), SiteOf(ctx).DeskNav)
	}
	return entriesOf(identity.From(ctx), SiteOf(ctx).Nav)
}

// entriesOf are the entries of a navigation that the person sees.
func entriesOf(who identity.User, all []NavItem) []NavItem {
	var mine []NavItem
	for _, item := range all {
		if len(item.Below) > 0 {
			if item.Below = entriesOf(who, item.Below); len(item.Below) > 0 {
				item.Path = item.Below[0].Path
				mine = append(mine, item)
			}
			continue
		}
		if (len(item.Roles) == 0 || slices.ContainsFunc(item.Roles, who.Is)) && (len(item.Desks) == 0 || slices.ContainsFunc(item.Desks, who.OnDesk)) {
			mine = append(mine, item)
		}
	}
	return mine
}

// flat are the entries with those below them.
func flat(all []NavItem) []NavItem {
	var every []NavItem
	for _, item := range all {
		if len(item.Below) > 0 {
			every = append(every, item.Below...)
		} else {
			every = append(every, item)
		}
	}
	return every
}

// nearby are the entries beside the page's own, where one entry of the navigation stands for several pages; that entry is
// returned as well.
func nearby(ctx context.Context, p Page) (of NavItem, pages []NavItem) {
	for _, item := range nav(ctx, p) {
		if len(item.Below) > 1 && currentOf(ctx, p, item) != "" {
			return item, item.Below
		}
	}
	return NavItem{}, nil
}

// DeskOf is the page of the secretariat, without the language, on which the person begins: the first that their navigation
// leads to.
func DeskOf(ctx context.Context, who identity.User) string {
	if mine := entriesOf(who, SiteOf(ctx).DeskNav); len(mine) > 0 {
		return mine[0].Path
	}
	return SiteOf(ctx).Desk
}

// signIn is the address of the sign-in page that leads back here.
func signIn(ctx context.Context) string {
	href := Href(ctx, SiteOf(ctx).SignIn)
	if back := RequestOf(ctx).Return; back != "" && !strings.HasPrefix(RequestOf(ctx).Path, SiteOf(ctx).SignIn) {
		return href + "?next=" + url.QueryEscape(back)
	}
	return href
}

// worksAtDesk says whether the entry of the desk is shown.
func worksAtDesk(ctx context.Context) bool {
	return SiteOf(ctx).Desk != "" && identity.From(ctx).IsStaff()
}

// defaultLogo is the placeholder mark: a ring of 23 strokes, one an objective. It is nobody's emblem.
const defaultLogo = `<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M24.0 15.0L24.0 6.0M26.4 15.3L29.3 4.9M28.7 16.3L34.6 6.5M30.6 17.9L38.3 10.6M32.0 19.9L39.7 15.9M32.8 22.2L39.6 20.8M33.0 24.6L39.5 25.1M32.5 27.0L39.7 29.6M31.4 29.2L39.3 34.8M29.7 31.0L36.8 39.7M27.6 32.3L32.1 42.7M25.2 32.9L26.6 42.8M22.8 32.9L21.7 40.8M20.4 32.3L17.8 38.3M18.3 31.0L14.0 36.2M16.6 29.2L9.8 34.0M15.5 27.0L5.8 30.5M15.0 24.6L3.6 25.4M15.2 22.2L4.4 19.9M16.0 19.9L7.7 15.6M17.4 17.9L12.0 12.8M19.3 16.3L15.9 10.8M21.6 15.3L19.6 8.4"/></svg>`

func logo(ctx context.Context) string {
	if l := SiteOf(ctx).Logo; l != "" {
		return l
	}
	return defaultLogo
}
