package practice

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/gcm"
	"portal/internal/search"
	"portal/web/ui"
)

// PerPage is how many practices a page of the list shows.
const PerPage = 20

// Order is an order of the list.
type Order string

// The orders of the list.
const (
	Newest    Order = "newest"    // last first published on top
	ByTitle   Order = "title"     // in the alphabet of the reader's language
	Relevance Order = "relevance" // best match of the words on top
	Confirmed Order = "confirmed" // last vouched for by its office on top
	Reused    Order = "reused"    // most often reused on top
)

// Facets are the ways to narrow the list, in the order of the page: parameters of its address, and facets of the index.
// Regions are those of the regional reviews, continents the other scheme; organization is the type of the main implementer,
// call is a call that was answered, blocks whether there are building blocks to reuse, reused whether somebody has.
var Facets = []string{"objective", "region", "organization", "type", "completion", "country", "call", "blocks", "reused", "principle", "sdg", "continent", "scope", "language", "year"}

// FirstYear is the earliest year that a filter takes.
const FirstYear = 1990

// Bounds of what an address may ask for; more is not asked by a person.
const (
	maxWords  = 200 // characters of the search
	maxValues = 60  // values of one facet
)

// Filter says which published practices a list holds, and in what order. Values of one facet widen the list, facets narrow
// it. The zero Filter is all of them, the newest first.
type Filter struct {
	Q string
	// Chosen are the values by facet, each once and in order.
	Chosen map[string][]string
	Sort   Order
	// Page is the number of the page, from 1; After is the public ID of the last practice on the page before, beyond the
	// numbered pages. One of them counts: After, if it is given.
	Page  int
	After string
	// Ignored names the parameters of the address that say something that is no such filter.
	Ignored []string
}

// ReadFilter reads a filter from the query of an address. What it does not know is left out and named in Ignored, so that
// an old or mistyped address still shows a list and says what it left out.
func ReadFilter(q url.Values, v *gcm.Vocabulary) Filter {
	f := Filter{Chosen: map[string][]string{}, Sort: Newest, Page: 1}
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
	for _, facet := range Facets {
		var all []string
		for _, value := range q[facet] {
			if value = strings.TrimSpace(value); value == "" || len(all) >= maxValues {
				continue
			}
			if facet == "country" {
				value = strings.ToUpper(value)
			}
			if !offers(facet, value, v) {
				ignore(facet)
				continue
			}
			all = append(all, value)
		}
		slices.SortFunc(all, byValue)
		if all = slices.Compact(all); len(all) > 0 {
			f.Chosen[facet] = all
		}
	}
	f.Sort = f.usual()
	switch sort := Order(q.Get("sort")); {
	case sort == Newest || sort == ByTitle || sort == Confirmed || sort == Reused || sort == Relevance && f.Q != "":
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
		if id, ok := WholeID(s); ok {
			f.After = id
		} else {
			ignore("after")
		}
	}
	return f
}

// byValue puts numbers in their order, and texts in theirs.
func byValue(a, b string) int {
	n, err := strconv.Atoi(a)
	m, wrong := strconv.Atoi(b)
	if err == nil && wrong == nil {
		return n - m
	}
	return strings.Compare(a, b)
}

// offers says whether a facet may have the value.
func offers(facet, value string, v *gcm.Vocabulary) bool {
	n, err := strconv.Atoi(value)
	number := err == nil && strconv.Itoa(n) == value
	switch facet {
	case "objective":
		_, ok := v.Objective(n)
		return number && ok
	case "principle":
		_, ok := v.Principle(n)
		return number && ok
	case "sdg":
		return number && n >= 1 && n <= SDGs
	case "call": // whether there is such a call is the database's to say
		return number && n > 0
	case "year":
		return number && n >= FirstYear && n <= 2200
	case "region":
		_, ok := v.Region(value)
		return ok
	case "continent":
		return slices.Contains(gcm.Continents, value)
	case "country":
		_, ok := v.Country(value)
		return ok
	case "organization":
		_, ok := v.Category(value)
		return ok
	case "type":
		return slices.Contains(Types, Type(value))
	case "completion":
		return slices.Contains(Completions, Completion(value))
	case "scope":
		return slices.Contains(Scopes, Scope(value))
	case "language":
		return knownLang(value)
	case "blocks", "reused":
		return value == "yes"
	}
	return false
}

// usual is the order of a list that says nothing about it.
func (f Filter) usual() Order {
	if f.Q != "" {
		return Relevance
	}
	return Newest
}

// Values is the inverse of ReadFilter, without page and key: the query of an address that shows the same list.
func (f Filter) Values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	for facet, values := range f.Chosen {
		q[facet] = values
	}
	if f.Sort != f.usual() {
		q.Set("sort", string(f.Sort))
	}
	return q
}

// Narrowed says whether the filter leaves anything out.
func (f Filter) Narrowed() bool { return f.Q != "" || len(f.Chosen) > 0 }

// facetsOf are what the index says of a practice: what it has of each facet.
func facetsOf(p Practice) []string {
	all := []string{"all="}
	add := func(facet string, values ...string) {
		for _, v := range once(values) {
			all = append(all, facet+"="+v)
		}
	}
	decimal := func(numbers []int) []string {
		var texts []string
		for _, n := range numbers {
			texts = append(texts, strconv.Itoa(n))
		}
		return texts
	}
	add("objective", decimal(p.Objectives)...)
	add("principle", decimal(p.Principles)...)
	add("sdg", decimal(p.SDGs)...)
	add("country", p.Countries...)
	add("region", p.Regions...)
	add("continent", p.Continents...)
	add("organization", p.ImplementerType)
	add("type", string(p.Type))
	add("completion", string(p.Completion))
	add("scope", string(p.Scope))
	add("language", p.Langs()...)
	add("year", strconv.Itoa(p.Started.Year()))
	if len(p.Blocks) > 0 {
		add("blocks", "yes")
	}
	return all
}
