// Package country is the pages of every State and of the five regions (champions.md): each gathers what other areas have published
// about it, beside the region and the world. It gets that through Sources, since areas do not import each other; nothing of it is
// kept here.
package country

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/gcm"
	"portal/internal/pdf"
	"portal/web/ui"
)

// The addresses, without the language.
const (
	Path       = "/countries"
	regionPath = "/regions"
)

// PathOf is the page of a State, without the language.
func PathOf(code string) string { return Path + "/" + code }

// slug is a region as its address spells it: arab-states.
func slug(region string) string { return strings.ReplaceAll(region, "_", "-") }

// RegionPath is the page of a region, without the language.
func RegionPath(region string) string { return regionPath + "/" + slug(region) }

// Place is what a page is about: a State, or else a region.
type Place struct {
	Country gcm.Country
	Region  gcm.Region
}

// IsCountry says whether it is a State.
func (p Place) IsCountry() bool { return p.Country.ISO2 != "" }

// Query are the parameters of the lists of other areas for the place.
func (p Place) Query() url.Values {
	if p.IsCountry() {
		return url.Values{"country": {p.Country.ISO2}}
	}
	return url.Values{"region": {p.Region.ID}}
}

// Moment is something that has happened, for the timeline. At is the instant, or the first one that On may mean.
type Moment struct {
	At   time.Time
	On   string // the day as exactly as it is known: 2021-05; "" is the day of At
	Text string // when, in words; "" is the day of At
	What string
	// Lang is the language of What where people wrote it.
	Lang string
	Href string
}

// Part is what an area has about a place. One without Total and Body is left out of the page (README rule 4).
type Part struct {
	ui.Gathered
	// Body is what the area shows in its own way.
	Body templ.Component
	// Until is when it changes by the clock; the zero time is never.
	Until time.Time
	// Moments are for the timeline, beside the newest results.
	Moments []Moment
}

// Section is an area whose published things are gathered.
type Section struct {
	// Name is the section's among the texts, country.section.NAME, and its id on the page.
	Name string
	// List is the area's list, without the language; it takes country and region as parameters.
	List string
	// Of returns what there is about the place, with the newest n. It asks the database for all of it at once, and never once a
	// thing.
	Of func(ctx context.Context, p Place, n int) (Part, error)
}

// Sources is what the pages ask other areas for; app fills it in.
type Sources struct {
	Vocabulary func() *gcm.Vocabulary
	// Sections are in the order of the page.
	Sections []Section
	// Print makes a PDF of a page; nil where there is no browser that could.
	Print func(ctx context.Context, page pdf.Page) ([]byte, error)
	// Now is the clock.
	Now func() time.Time
}
