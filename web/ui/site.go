// Package ui is what every page of the portal is built from: the layout, the components of the design guide, the
// rendering of forms from their definition, and the pictures that are drawn from data.
//
// A component takes plain values and does no work: no queries, no clock, no rules. All text for people comes from the
// catalogue (keys "ui.…") in the language of the context, or from the caller, who took it from the catalogue. What a
// page must know of the site and of the request it answers travels in the context: WithSite and WithRequest.
//
// Two words for addresses: a Path is without the language ("/pledges"), an Href is ready for use ("/en/pledges").
package ui

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"portal/internal/i18n"
	"portal/internal/identity"
)

// Site is what all pages have in common: who runs the portal and where it leads. It is set up once, at the start.
type Site struct {
	// Name is the name of the portal in each language; where it is missing, the catalogue's placeholder is shown.
	Name map[i18n.Lang]string
	// Operator is who runs the portal, in each language; where it is missing, the catalogue's.
	Operator map[i18n.Lang]string
	// Email is where people write for help. It is public; empty leaves the line out.
	Email string
	// Logo is one SVG element of at most 3 KB in one colour (stroke currentColor), readable at 48 × 48; empty is the
	// placeholder. The operator answers for it: it is put into every page as it is.
	Logo string
	// PublicURL is the scheme and host under which the world reaches the portal, without a path: "https://portal.example".
	// Links in mails and canonical addresses start with it.
	PublicURL string
	// Demonstration marks every page as carrying invented data and keeps search engines away (README rule 9).
	Demonstration bool
	// Nav is the main navigation: at most seven areas, only those that exist.
	Nav []NavItem
	// DeskNav takes the place of Nav on the pages of the secretariat.
	DeskNav []NavItem
	// Footer are the columns of links at the end of every page; a column without links is left out.
	Footer []FooterColumn
	// Account, SignIn, SignOut and Desk are the paths behind the person's name, the sign-in link, the sign-out button (a
	// POST) and the entry of staff; an empty one leaves it out.
	Account, SignIn, SignOut, Desk string
	// Search is the search offered where a page was not found: its label and the path of the list that answers "?q=".
	Search NavItem
	// Newsletter is the path to which the short form at the end of every page posts an address; empty leaves the form out.
	Newsletter string
	// Asset returns the address of a static file under its hashed name: "/static/portal.3f2a.css" for "portal.css".
	Asset func(name string) string
}

// NavItem is an entry of a navigation.
type NavItem struct {
	// Key is the text's key in the catalogue.
	Key string
	// Path is where it leads, without the language; it is current on this page and those below it.
	Path string
	// Roles shows the entry only to people with one of these roles at the secretariat; none shows it to everybody.
	Roles []identity.Role
	// Desks shows the entry only to people of one of these desks; none shows it to all.
	Desks []identity.Desk
	// Below are the pages that the entry stands for: it leads to the first that the person may see, and on each of them
	// there is a navigation among them. Path and Roles then say nothing.
	Below []NavItem
}

// FooterColumn is a heading with links.
type FooterColumn struct {
	Key   string
	Links []NavItem
}

// Request is what a page must know of the request that it answers.
type Request struct {
	// Path is the request's path without the language; empty for a page outside the languages, which then has no links
	// to itself in others.
	Path string
	// Query is the raw query of a request that reads; the language links keep it.
	Query string
	// Return is where sign-in leads back to: a path with the language; empty for the front page.
	Return string
	// Flash is what the last request had to say, in the reader's language; empty for nothing.
	Flash string
	// Site is what all pages have in common.
	Site Site
}

type (
	siteKey    struct{}
	requestKey struct{}
)

// WithSite returns a context that carries the site.
func WithSite(ctx context.Context, s Site) context.Context {
	return context.WithValue(ctx, siteKey{}, s)
}

// SiteOf returns the site of the context; the zero Site if it has none.
func SiteOf(ctx context.Context) Site {
	s, _ := ctx.Value(siteKey{}).(Site)
	return s
}

// WithRequest returns a context that carries what the page must know of the request, and its site.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(WithSite(ctx, r.Site), requestKey{}, r)
}

// RequestOf returns what is known of the request; the zero Request if nothing is.
func RequestOf(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}

// Href returns the address of a page in the language of the context: "/en/pledges" for "/pledges", "/en/" for "/". The path
// may carry a query and a fragment.
func Href(ctx context.Context, path string) string { return hrefIn(i18n.From(ctx), path) }

func hrefIn(lang i18n.Lang, path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return "/" + string(lang) + path
}

// Absolute returns the whole address of a page in the language of the context, for mails, feeds and citations.
func Absolute(ctx context.Context, path string) string {
	return SiteOf(ctx).PublicURL + Href(ctx, path)
}

// Asset returns the address of a static file under its hashed name.
func Asset(ctx context.Context, name string) string {
	if asset := SiteOf(ctx).Asset; asset != nil {
		return asset(name)
	}
	return "/static/" + name
}

// SiteName returns the name of the portal in the language of the context.
func SiteName(ctx context.Context) string {
	return cmp.Or(SiteOf(ctx).Name[i18n.From(ctx)], i18n.T(ctx, "ui.site.name"))
}

// OperatorName returns who runs the portal, in the language of the context.
func OperatorName(ctx context.Context) string {
	return cmp.Or(SiteOf(ctx).Operator[i18n.From(ctx)], i18n.T(ctx, "ui.site.operator"))
}

// WithQuery returns the path with the query behind it; a blank query adds nothing.
func WithQuery(path string, query url.Values) string {
	if encoded := query.Encode(); encoded != "" {
		return path + "?" + encoded
	}
	return path
}

// With returns a copy of the query in which the name has the values; no value removes it. Paging starts again, since
// page 3 of another list is nowhere.
func With(query url.Values, name string, values ...string) url.Values {
	out := url.Values{}
	for k, v := range query {
		if k != "page" && k != "after" && k != name {
			out[k] = v
		}
	}
	if len(values) > 0 {
		out[name] = values
	}
	return out
}

// Without returns a copy of the query in which the name no longer has the value. Paging starts again.
func Without(query url.Values, name, value string) url.Values {
	var left []string
	for _, v := range query[name] {
		if v != value {
			left = append(left, v)
		}
	}
	return With(query, name, left...)
}
