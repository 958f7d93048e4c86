package programme

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/search"
	"portal/web/ui"
)

// PerPage is how many programmes a page of the list shows.
const PerPage = 20

// Order is an order of the list.
type Order string

// The orders of the list.
const (
	Newest    Order = "newest"    // last endorsed on top
	Changed   Order = "changed"   // last changed on top
	Largest   Order = "budget"    // what asks for most on top
	ByTitle   Order = "title"     // in the alphabet of the reader's language
	Relevance Order = "relevance" // best match of the words on top
)

// Facets are the ways to narrow the list, in the order of the page: parameters of its address, and facets of the index.
var Facets = []string{"stage", "area", "region", "country", "organization", "objective", "sdg"}

// Bounds of what an address may ask for; more is not asked by a person.
const (
	maxWords  = 200 // characters of the search
	maxValues = 60  // values of one facet
	maxName   = 300 // characters of an organization's name
	sdgs      = 17
)

// Filter says which programmes a list holds, and in what order. Values of one facet widen the list, facets narrow it. The
// zero Filter is all of them, the newest first.
type Filter struct {
	Q string
	// Chosen are the values by facet, each once and in order.
	Chosen map[string][]string
	Sort   Order
	// Page is the number of the page, from 1; After is the public ID of the last programme on the page before, beyond the
	// numbered pages. One of them counts: After, if it is given.
	Page  int
	After string
	// Ignored names the parameters of the address that say something that is no such filter.
	Ignored []string
}

func (f *Filter) ignore(name string) {
	if !slices.Contains(f.Ignored, name) {
		f.Ignored = append(f.Ignored, name)
	}
}

// ReadFilter reads a filter from the query of an address. What is no filter is left out and named in Ignored, so that an old
// or mistyped address still shows a list and says what it left out.
func (s *Service) ReadFilter(q url.Values) Filter { return readFilter(q, s.words()) }

func readFilter(q url.Values, v words) Filter {
	f := Filter{Chosen: map[string][]string{}, Sort: Newest, Page: 1}
	f.Q = strings.Join(strings.Fields(q.Get("q")), " ")
	if r := []rune(f.Q); len(r) > maxWords {
		f.Q = strings.TrimSpace(string(r[:maxWords]))
		f.ignore("q")
	}
	if f.Q != "" && search.Query(f.Q) == "" {
		f.Q = ""
		f.ignore("q")
	}
	for _, facet := range Facets {
		var all []string
		for _, value := range q[facet] {
			if value = strings.Join(strings.Fields(value), " "); value == "" || len(all) >= maxValues {
				continue
			}
			if facet == "country" {
				value = strings.ToUpper(value)
			}
			if !v.offers(facet, value) {
				f.ignore(facet)
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
	case slices.Contains([]Order{Newest, Changed, Largest, ByTitle}, sort) || sort == Relevance && f.Q != "":
		f.Sort = sort
	case sort != "" && sort != Relevance:
		f.ignore("sort")
	}
	if p := q.Get("page"); p != "" {
		if n, err := strconv.Atoi(p); err == nil && n >= 1 {
			f.Page = min(n, ui.NumberedPages)
		} else {
			f.ignore("page")
		}
	}
	if after := q.Get("after"); after != "" {
		if id, ok := WholeID(after); ok {
			f.After = id
		} else {
			f.ignore("after")
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
func (w words) offers(facet, value string) bool {
	n, err := strconv.Atoi(value)
	number := err == nil && strconv.Itoa(n) == value
	switch facet {
	case "stage":
		return Stage(value).rank() >= 0
	case "area":
		_, ok := w.area(value)
		return ok
	case "region":
		_, ok := w.Region(value)
		return ok
	case "country":
		_, ok := w.Country(value)
		return ok
	case "objective":
		_, ok := w.Objective(n)
		return number && ok
	case "sdg":
		return number && n >= 1 && n <= sdgs
	}
	return facet == "organization" && len([]rune(value)) <= maxName // whether there is such a name is the index's to say
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
