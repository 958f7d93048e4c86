package champion

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
)

// The parameters of the registry in the address.
const (
	wordsName  = "q"
	statusName = "status"
	regionName = "region"
	yearName   = "year"
	sortName   = "sort"
)

// facets are the parameters that narrow the registry, in the order of the page.
var facets = []string{statusName, regionName, yearName}

// unknownYear is the year of those whose year of joining is not known.
const unknownYear = "unknown"

// order is the order of the list.
type order string

// The orders: those but byName put the list in groups.
const (
	byName   order = "name"
	byRegion order = "region"
	byYear   order = "year"
)

var orders = []order{byName, byRegion, byYear}

// maxWords is how long a search may be, in characters; what is longer is cut.
const maxWords = 100

// filter is what the address of the registry asks for; the zero value is the Champion countries that there are now, by name.
// What is unknown is left out.
type filter struct {
	Q string
	// Chosen are the values by facet.
	Chosen map[string][]string
	Sort   order
}

func readFilter(q url.Values, v *gcm.Vocabulary) filter {
	f := filter{Chosen: map[string][]string{}, Sort: byName}
	if words := []rune(strings.TrimSpace(q.Get(wordsName))); len(words) > 0 {
		f.Q = string(words[:min(len(words), maxWords)])
	}
	for _, s := range PublicStatuses {
		if slices.Contains(q[statusName], string(s)) {
			f.Chosen[statusName] = append(f.Chosen[statusName], string(s))
		}
	}
	for _, r := range v.Regions {
		if r.ID != gcm.Global && slices.Contains(q[regionName], r.ID) {
			f.Chosen[regionName] = append(f.Chosen[regionName], r.ID)
		}
	}
	years := slices.Clone(q[yearName])
	slices.Sort(years)
	for _, year := range slices.Compact(years) {
		if y := i18n.Digits(year); y == unknownYear || len(y) == len("2006") && When(y).start().Year() > 1 {
			f.Chosen[yearName] = append(f.Chosen[yearName], y)
		}
	}
	if o := order(q.Get(sortName)); slices.Contains(orders, o) {
		f.Sort = o
	}
	return f
}

// values are the filter as parameters.
func (f filter) values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set(wordsName, f.Q)
	}
	for name, values := range f.Chosen {
		if len(values) > 0 {
			q[name] = values
		}
	}
	if f.Sort != byName {
		q.Set(sortName, string(f.Sort))
	}
	return q
}

func (f filter) narrowed() bool { return f.Q != "" || len(f.Chosen) > 0 }

// year is the year of joining as a value of the filter.
func (e Entry) year() string { return cmp.Or(e.Since.Year(), unknownYear) }

// has says whether the entry has the value at the facet.
func (e Entry) has(facet, value string, v *gcm.Vocabulary) bool {
	switch facet {
	case statusName:
		return string(e.Status) == value
	case regionName:
		c, _ := v.Country(e.Country)
		return slices.Contains(c.ReviewRegions, value)
	default:
		return e.year() == value
	}
}

// takes says whether the entry is in the list, whatever is chosen at the facet that is left out.
func (f filter) takes(e Entry, v *gcm.Vocabulary, leftOut string) bool {
	for _, facet := range facets {
		chosen := f.Chosen[facet]
		if facet == statusName && len(chosen) == 0 { // the registry is of those that there are now, unless somebody asks for others
			chosen = []string{string(Confirmed)}
		}
		if facet != leftOut && len(chosen) > 0 && !slices.ContainsFunc(chosen, func(value string) bool { return e.has(facet, value, v) }) {
			return false
		}
	}
	return f.Q == "" || named(e.Country, f.Q, v)
}

// named says whether the words are in a name of the State, in any language, or are one of its codes.
func named(country, words string, v *gcm.Vocabulary) bool {
	c, _ := v.Country(country)
	words = search.Fold(words)
	for _, name := range c.Names {
		if strings.Contains(search.Fold(name), words) {
			return true
		}
	}
	return words == strings.ToLower(c.ISO2) || words == strings.ToLower(c.ISO3)
}

// apply leaves the entries of the filter, in its order.
func (f filter) apply(ctx context.Context, all []Entry, v *gcm.Vocabulary) []Entry {
	kept := map[string]Entry{}
	for _, e := range all {
		if f.takes(e, v, "") {
			kept[e.Country] = e
		}
	}
	list := make([]Entry, 0, len(kept))
	for _, c := range v.Countries(i18n.From(ctx)) {
		if e, ok := kept[c.ISO2]; ok {
			list = append(list, e)
		}
	}
	switch f.Sort {
	case byRegion:
		slices.SortStableFunc(list, func(a, b Entry) int { return cmp.Compare(regionRank(a, v), regionRank(b, v)) })
	case byYear: // the last ones first; those of whom nothing is known at the end
		slices.SortStableFunc(list, func(a, b Entry) int { return cmp.Compare(b.Since.Year(), a.Since.Year()) })
	}
	return list
}

// regionRank is the place of the region in which the State is counted where every State counts once.
func regionRank(e Entry, v *gcm.Vocabulary) int {
	c, _ := v.Country(e.Country)
	return slices.IndexFunc(v.Regions, func(r gcm.Region) bool { return r.ID == c.Region })
}

// count is how many entries there would be with the value at the facet.
func (f filter) count(all []Entry, v *gcm.Vocabulary, facet, value string) int {
	n := 0
	for _, e := range all {
		if f.takes(e, v, facet) && e.has(facet, value, v) {
			n++
		}
	}
	return n
}

// newest are the entries in the order of their last changes, the last on top.
func newest(all []Entry) []Entry {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Entry) int { return b.ChangedAt.Compare(a.ChangedAt) })
	return all
}
