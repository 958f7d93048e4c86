package pledge

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// PerPage is how many pledges a page of the list shows.
const PerPage = 20

// Order is an order of the list.
type Order string

// The orders of the list.
const (
	Newest    Order = "newest"    // last first published on top
	ByTitle   Order = "title"     // in the alphabet of the reader's language
	Relevance Order = "relevance" // best match of the words on top
)

// FirstYear is the earliest year that a filter takes; before it there was no Compact.
const FirstYear = 2018

// Bounds of what an address may ask for; more is not asked by a person.
const (
	maxWords  = 200 // characters of the search
	maxValues = 60  // values of one filter
)

// Filter says which published pledges a list holds, and in what order. Values of one field widen the list, fields narrow
// it. The zero Filter is all of them, the newest first.
type Filter struct {
	Q          string
	Objectives []int // main ones
	Principles []int
	Natures    []Nature
	Types      []Type
	Categories []string
	Countries  []string // of implementation, ISO 3166-1 alpha-2
	Regions    []string
	Continents []string // of the countries of implementation
	Years      []int    // of first publication, in Geneva
	Languages  []string // in which it can be read
	Supports   []Support
	Statuses   []Status
	Lights     []Light  // of the day, in Geneva
	Reported   []string // quarters in which an update was published, in Geneva: "2026-Q3"
	// Since is the first day in Geneva on which a pledge may have come before the public; zero for any.
	Since date.Date
	// AsOf is the day in Geneva of which the list is: what the public could see at its end. Zero is now, and so is today.
	AsOf date.Date
	Sort Order
	// Page is the number of the page, from 1; After is the public ID of the last pledge on the page before, beyond the
	// numbered pages. One of them counts: After, if it is given.
	Page  int
	After string
	// WrongDay is a text for AsOf that is no day.
	WrongDay string
	// Ignored names the parameters of the address that say something that is no such filter.
	Ignored []string
}

// ReadFilter reads a filter from the query of an address. What it does not know is left out and named in Ignored, so that
// an old or mistyped address still shows a list and says what it left out.
func ReadFilter(q url.Values, v *gcm.Vocabulary) Filter {
	f := Filter{Sort: Newest, Page: 1}
	ignore := func(name string) {
		if !slices.Contains(f.Ignored, name) {
			f.Ignored = append(f.Ignored, name)
		}
	}
	f.Q = strings.Join(strings.Fields(q.Get("q")), " ")
	if r := []rune(f.Q); len(r) > maxWords {
		f.Q = strings.TrimSpace(string(r[:maxWords]))
		ignore("q")
	}
	if f.Q != "" && search.Query(f.Q) == "" {
		f.Q = ""
		ignore("q")
	}
	numbers := func(name string, known func(int) bool) []int {
		var all []int
		for _, s := range values(q, name) {
			n, err := strconv.Atoi(s)
			if err != nil || !known(n) {
				ignore(name)
				continue
			}
			all = append(all, n)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	texts := func(name string, known func(string) bool) []string {
		var all []string
		for _, s := range values(q, name) {
			if name == "country" {
				s = strings.ToUpper(s)
			}
			if !known(s) {
				ignore(name)
				continue
			}
			all = append(all, s)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	f.Objectives = numbers("objective", func(n int) bool { _, ok := v.Objective(n); return ok })
	f.Principles = numbers("principle", func(n int) bool { _, ok := v.Principle(n); return ok })
	f.Years = numbers("year", func(n int) bool { return n >= FirstYear && n <= 2200 })
	f.Natures = typed[Nature](texts("nature", func(s string) bool { return slices.Contains(Natures, Nature(s)) }))
	f.Types = typed[Type](texts("type", func(s string) bool { return slices.Contains(Types, Type(s)) }))
	f.Categories = texts("category", func(s string) bool { _, ok := v.Category(s); return ok })
	f.Countries = texts("country", func(s string) bool { _, ok := v.Country(s); return ok })
	f.Regions = texts("region", func(s string) bool { _, ok := v.Region(s); return ok })
	f.Continents = texts("continent", func(s string) bool { return slices.Contains(gcm.Continents, s) })
	f.Languages = texts("language", knownLang)
	f.Supports = typed[Support](texts("support", func(s string) bool { return slices.Contains(Supports, Support(s)) }))
	f.Statuses = typed[Status](texts("status", func(s string) bool { return slices.Contains(Statuses, Status(s)) }))
	f.Lights = typed[Light](texts("light", func(s string) bool { return slices.Contains(Lights, Light(s)) }))
	f.Reported = texts("reported", isQuarter)
	f.AsOf, f.WrongDay = readDay(q.Get(asOf))
	var wrong string
	if f.Since, wrong = readDay(q.Get(since)); wrong != "" {
		ignore(since)
	}
	if f.Q != "" {
		f.Sort = Relevance
	}
	switch sort := Order(q.Get("sort")); {
	case sort == Newest || sort == ByTitle || sort == Relevance && f.Q != "":
		f.Sort = sort
	case sort != "" && sort != Relevance:
		ignore("sort")
	}
	if s := q.Get("page"); s != "" {
		if n, err := strconv.Atoi(s); err == nil && n >= 1 {
			f.Page = min(n, ui.NumberedPages)
		} else {
			ignore("page")
		}
	}
	if s := q.Get("after"); s != "" {
		if id, ok := ParseID(s); ok {
			f.After = id
		} else {
			ignore("after")
		}
	}
	return f
}

// Parameters are the names of all parameters that ReadFilter reads.
func Parameters() []string {
	all := []string{"q", "sort", "page", "after", asOf, since}
	for _, f := range fields {
		all = append(all, f.name)
	}
	return all
}

// values returns the values of a parameter, less the blank ones and those that no person would give.
func values(q url.Values, name string) []string {
	var all []string
	for _, s := range q[name] {
		if s = strings.TrimSpace(s); s != "" && len(all) < maxValues {
			all = append(all, s)
		}
	}
	return all
}

func typed[T ~string](texts []string) []T {
	var all []T
	for _, s := range texts {
		all = append(all, T(s))
	}
	return all
}

// Values is the inverse of ReadFilter, without page and key: the query of an address that shows the same list.
func (f Filter) Values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	for _, field := range fields {
		if chosen := field.chosen(f); len(chosen) > 0 {
			q[field.name] = chosen
		}
	}
	if f.Sort != f.usual() {
		q.Set("sort", string(f.Sort))
	}
	if !f.Since.IsZero() {
		q.Set(since, f.Since.String())
	}
	if !f.AsOf.IsZero() {
		q.Set(asOf, f.AsOf.String())
	}
	return q
}

// dated is the path, with its query, of another page as of the same day.
func (f Filter) dated(path string) string {
	if f.AsOf.IsZero() {
		return path
	}
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	return path + sign + asOf + "=" + f.AsOf.String()
}

// usual is the order of a list that says nothing about it.
func (f Filter) usual() Order {
	if f.Q != "" {
		return Relevance
	}
	return Newest
}

// Narrowed says whether the filter leaves anything out.
func (f Filter) Narrowed() bool {
	return f.Q != "" || !f.Since.IsZero() || slices.ContainsFunc(fields, func(field field) bool { return len(field.chosen(f)) > 0 })
}

// field is one facet of the list: its parameter, which is also its name in the read model, and what of the filter it holds.
type field struct {
	name   string
	chosen func(f Filter) []string
}

// fields are the facets in the order of the page. Which values a pledge has is said by pledge_facets in the
// migration, and of lights and continents by newIndex.
var fields = []field{
	{"objective", func(f Filter) []string { return decimal(f.Objectives) }},
	{"status", func(f Filter) []string { return names(f.Statuses) }},
	{"light", func(f Filter) []string { return names(f.Lights) }},
	{"region", func(f Filter) []string { return f.Regions }},
	{"continent", func(f Filter) []string { return f.Continents }},
	{"country", func(f Filter) []string { return f.Countries }},
	{"category", func(f Filter) []string { return f.Categories }},
	{"nature", func(f Filter) []string { return names(f.Natures) }},
	{"type", func(f Filter) []string { return names(f.Types) }},
	{"principle", func(f Filter) []string { return decimal(f.Principles) }},
	{"year", func(f Filter) []string { return decimal(f.Years) }},
	{"language", func(f Filter) []string { return f.Languages }},
	{"support", func(f Filter) []string { return names(f.Supports) }},
	{"reported", func(f Filter) []string { return f.Reported }},
}

// facetNames are the names of fields.
var facetNames = func() (all []string) {
	for _, field := range fields {
		all = append(all, field.name)
	}
	return all
}()

// isQuarter says whether the text is a quarter of a year as the read model writes it: "2026-Q3".
func isQuarter(s string) bool {
	year, quarter, ok := strings.Cut(s, "-Q")
	n, err := strconv.Atoi(year)
	return ok && err == nil && len(year) == 4 && n >= FirstYear && n <= 2200 && len(quarter) == 1 && quarter >= "1" && quarter <= "4"
}

func decimal(numbers []int) []string {
	var all []string
	for _, n := range numbers {
		all = append(all, strconv.Itoa(n))
	}
	return all
}

// yearStart is the first instant of the year in Geneva.
func yearStart(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, i18n.Geneva) }

// collation is the PostgreSQL collation of the reader's alphabet; the migration has an index for each.
func collation(l i18n.Lang) string {
	if !l.Known() {
		l = i18n.English
	}
	return `"` + string(l) + `-x-icu"`
}
