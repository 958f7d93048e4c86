package request

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/clock"
	"portal/internal/gcm"
	"portal/internal/search"
	"portal/web/ui"
)

// perPage is how many talks a page of the list shows.
const perPage = 20

// The parameters of the list of talks beside its facets.
const (
	zoneName = "zone"
	sortName = "sort"
)

// facets are the ways to narrow the list, in the order of the page: parameters of its address.
var facets = []string{"when", "level", "region", "country", "objective", "language", "year"}

// The orders. Nearest is the coming ones, the first on top, and then the past ones, the last on top.
const (
	nearest  = "nearest"
	earliest = "earliest"
	latest   = "latest"
	changed  = "changed" // of the feed
)

// maxWords bounds the words that are looked for.
const maxWords = 200

// TalkFilter is what the address of the list asks for; the zero value is all talks, the nearest first. What is unknown is left out.
type TalkFilter struct {
	Q      string
	Chosen map[string][]string
	Sort   string
	Page   int // from 1
	// Zone is the zone in which times are shown beside their own; "" for none.
	Zone string
}

func readTalkFilter(q url.Values, v *gcm.Vocabulary) TalkFilter {
	f := TalkFilter{Chosen: map[string][]string{}, Sort: nearest, Page: 1, Q: strings.Join(strings.Fields(q.Get("q")), " ")}
	if len([]rune(f.Q)) > maxWords {
		f.Q = ""
	}
	for _, name := range facets {
		for _, value := range q[name] {
			if name == "country" {
				value = strings.ToUpper(value)
			}
			if known(v, name, value) && !slices.Contains(f.Chosen[name], value) {
				f.Chosen[name] = append(f.Chosen[name], value)
			}
		}
		slices.SortFunc(f.Chosen[name], compareValues)
	}
	if sort := q.Get(sortName); sort == earliest || sort == latest {
		f.Sort = sort
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n >= 1 {
		f.Page = n
	}
	if _, err := clock.LoadZone(q.Get(zoneName)); err == nil {
		f.Zone = q.Get(zoneName)
	}
	return f
}

// compareValues puts numbers in their order, and texts in theirs.
func compareValues(a, b string) int {
	n, err := strconv.Atoi(a)
	m, wrong := strconv.Atoi(b)
	if err == nil && wrong == nil {
		return cmp.Compare(n, m)
	}
	return strings.Compare(a, b)
}

// known says whether a facet may have the value.
func known(v *gcm.Vocabulary, facet, value string) bool {
	n, err := strconv.Atoi(value)
	number := err == nil && strconv.Itoa(n) == value
	switch facet {
	case "when":
		return slices.Contains([]Phase{Upcoming, Past, CancelledTalk}, Phase(value))
	case "level":
		return slices.Contains(Levels, Level(value))
	case "region":
		_, ok := v.Region(value)
		return ok
	case "country":
		_, ok := v.Country(value)
		return ok
	case "objective":
		_, ok := v.Objective(n)
		return number && ok
	case "language":
		return knownLang(value) || value == signLanguage
	}
	return number && n >= 2000 && n <= 2200
}

// values are the filter as parameters, without the page.
func (f TalkFilter) values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	for name, values := range f.Chosen {
		if len(values) > 0 {
			q[name] = values
		}
	}
	if f.Sort != nearest && f.Sort != changed {
		q.Set(sortName, f.Sort)
	}
	if f.Zone != "" {
		q.Set(zoneName, f.Zone)
	}
	return q
}

func (f TalkFilter) narrowed() bool {
	return f.Q != "" || slices.ContainsFunc(facets, func(name string) bool { return len(f.Chosen[name]) > 0 })
}

// valuesOf are the values of a facet that a talk has. Of a country are also the talks that an office of it organizes, and of a region
// all those of its countries.
func valuesOf(t TalkEvent, facet string, v *gcm.Vocabulary, now time.Time) []string {
	switch facet {
	case "when":
		return []string{string(t.Phase(now))}
	case "level":
		return []string{string(t.Level)}
	case "region":
		all := v.RegionsOf(t.countries())
		if t.Region != "" && !slices.Contains(all, t.Region) {
			all = append(all, t.Region)
		}
		return all
	case "country":
		return t.countries()
	case "objective":
		all := make([]string, len(t.Objectives))
		for i, n := range t.Objectives {
			all[i] = strconv.Itoa(n)
		}
		return all
	case "language":
		return t.languages()
	}
	return []string{t.year()}
}

// passes says whether a talk is in the filter, leaving one facet out; "" leaves none out.
func (f TalkFilter) passes(t TalkEvent, without string, v *gcm.Vocabulary, now time.Time) bool {
	for _, name := range facets {
		chosen := f.Chosen[name]
		if name != without && len(chosen) > 0 && !slices.ContainsFunc(valuesOf(t, name, v, now), func(value string) bool { return slices.Contains(chosen, value) }) {
			return false
		}
	}
	if f.Q == "" {
		return true
	}
	text := []string{t.PublicID(), t.Title, t.Purpose, t.Summary}
	for _, o := range t.Organizers {
		text = append(text, o.Name)
	}
	folded := search.Fold(strings.Join(text, " "))
	for _, word := range strings.Fields(search.Fold(f.Q)) {
		if !strings.Contains(folded, word) {
			return false
		}
	}
	return true
}

// apply leaves the talks of the filter, in its order. They come the earliest first.
func (f TalkFilter) apply(all []TalkEvent, v *gcm.Vocabulary, now time.Time) []TalkEvent {
	all = slices.DeleteFunc(slices.Clone(all), func(t TalkEvent) bool { return !f.passes(t, "", v, now) })
	switch f.Sort {
	case earliest:
		return all
	case changed:
		slices.SortStableFunc(all, func(a, b TalkEvent) int { return b.ChangedAt.Compare(a.ChangedAt) })
		return all
	}
	slices.Reverse(all)
	if f.Sort == latest {
		return all
	}
	coming := slices.DeleteFunc(slices.Clone(all), func(t TalkEvent) bool { return !now.Before(t.Until) })
	slices.Reverse(coming)
	return append(coming, slices.DeleteFunc(all, func(t TalkEvent) bool { return now.Before(t.Until) })...)
}

// counts are how many talks each value of each facet would leave.
func (f TalkFilter) counts(all []TalkEvent, v *gcm.Vocabulary, now time.Time) map[string]map[string]int {
	counts := map[string]map[string]int{}
	for _, name := range facets {
		counts[name] = map[string]int{}
		for _, t := range all {
			n := 0
			if f.passes(t, name, v, now) {
				n = 1
			}
			for _, value := range valuesOf(t, name, v, now) {
				if value != "" {
					counts[name][value] += n
				}
			}
		}
	}
	return counts
}

// talksAt is the address of the list with the query.
func talksAt(q url.Values) string { return ui.WithQuery(TalksPath, q) }
