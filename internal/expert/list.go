package expert

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// Path is the list of experts, without the language.
const Path = "/experts"

// PerPage is how many experts a page of the list shows.
const PerPage = 20

// Order is an order of the list.
type Order string

// The orders.
const (
	ByName Order = "name"   // in the alphabet of the reader's language
	Newest Order = "newest" // last published on top
)

// Facets are the ways to narrow the list, in the order of the page.
var Facets = []string{"objective", "language", "region", "country"}

const (
	maxWords  = 200 // characters of the search
	maxValues = 60  // values of one facet
)

// Filter says which experts a list holds, and in what order. Values of one facet widen the list, facets narrow it.
type Filter struct {
	Q      string
	Chosen map[string][]string
	Sort   Order
	// Page is the number of the page, from 1; After is the number of the last expert before, beyond the numbered pages.
	Page  int
	After int64
	// Ignored names the parameters of the address that say something that is no such filter.
	Ignored []string
}

// ReadFilter reads a filter from the query of an address. What it does not know is left out and named in Ignored.
func ReadFilter(q url.Values, v *gcm.Vocabulary) Filter {
	f := Filter{Chosen: map[string][]string{}, Sort: ByName, Page: 1}
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
	switch sort := Order(q.Get("sort")); sort {
	case Newest, ByName:
		f.Sort = sort
	case "":
	default:
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
		if id, err := strconv.ParseInt(s, 10, 64); err == nil && id > 0 {
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
		return cmp.Compare(n, m)
	}
	return strings.Compare(a, b)
}

func offers(facet, value string, v *gcm.Vocabulary) (ok bool) {
	switch facet {
	case "objective":
		n, err := strconv.Atoi(value)
		_, ok = v.Objective(n)
		return ok && err == nil && strconv.Itoa(n) == value
	case "language":
		return i18n.Lang(value).Known()
	case "region":
		_, ok = v.Region(value)
	case "country":
		_, ok = v.Country(value)
	}
	return ok
}

// Values is the inverse of ReadFilter, without page and key.
func (f Filter) Values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	for facet, values := range f.Chosen {
		q[facet] = values
	}
	if f.Sort != ByName {
		q.Set("sort", string(f.Sort))
	}
	return q
}

// Narrowed says whether the filter leaves anything out.
func (f Filter) Narrowed() bool { return f.Q != "" || len(f.Chosen) > 0 }

// values are what a profile has of a facet.
func (p Profile) values(facet string, v *gcm.Vocabulary) []string {
	switch facet {
	case "objective":
		var all []string
		for _, n := range p.Objectives {
			all = append(all, strconv.Itoa(n))
		}
		return all
	case "language":
		return p.Languages
	case "region":
		return p.allRegions(v)
	case "country":
		return p.Countries
	}
	return nil
}

// List is a page of the experts.
type List struct {
	Filter  Filter
	Experts []Profile
	// Total is how many experts the filter leaves, and Pages how many pages they fill; 0 for none.
	Total, Pages int
	Counts       search.Counts
	// Next is the number after which the list goes on beyond the numbered pages; 0 when it does not.
	Next int64
}

// selected are all public profiles that the filter leaves in its order, without their texts, with the counts of each facet
// under the filters of the others. People are few: all of them are looked at.
func (s *Service) selected(ctx context.Context, f Filter, l i18n.Lang) ([]Profile, search.Counts, error) {
	v := s.vocabulary()
	expression := ""
	if f.Q != "" {
		expression = search.Query(f.Q)
	}
	all, err := found(ctx, s.db.Read(), expression)
	if err != nil {
		return nil, nil, fmt.Errorf("list experts: %w", err)
	}
	counts := search.Counts{}
	for _, facet := range Facets {
		counts[facet] = map[string]int{}
	}
	var left []Profile
	for _, p := range all {
		failed := 0
		missing := ""
		values := map[string][]string{}
		for _, facet := range Facets {
			values[facet] = p.values(facet, v)
			if wanted := f.Chosen[facet]; len(wanted) > 0 && !slices.ContainsFunc(wanted, func(w string) bool { return slices.Contains(values[facet], w) }) {
				failed, missing = failed+1, facet
			}
		}
		for _, facet := range Facets {
			if failed == 0 || failed == 1 && missing == facet {
				for _, value := range values[facet] {
					counts[facet][value]++
				}
			}
		}
		if failed == 0 {
			left = append(left, p)
		}
	}
	if f.Sort == Newest {
		slices.SortStableFunc(left, func(a, b Profile) int { return b.ConsentedAt.Compare(*a.ConsentedAt) })
	} else {
		i18n.Sort(l, left, func(p Profile) string { return p.Name })
	}
	return left, counts, nil
}

// List returns a page of the public experts. A page beyond the last is the last one; a key that is no expert's is ignored.
func (s *Service) List(ctx context.Context, f Filter, l i18n.Lang) (List, error) {
	all, counts, err := s.selected(ctx, f, l)
	list := List{Filter: f, Total: len(all), Counts: counts, Pages: (len(all) + PerPage - 1) / PerPage}
	if err != nil {
		return list, err
	}
	from := 0
	if at := slices.IndexFunc(all, func(p Profile) bool { return p.ID == f.After }); f.After != 0 && at >= 0 {
		from, list.Filter.Page = at+1, 0
	} else {
		if f.After != 0 {
			list.Filter.After, list.Filter.Ignored = 0, append(list.Filter.Ignored, "after")
		}
		list.Filter.Page = max(1, min(f.Page, list.Pages, ui.NumberedPages))
		from = (list.Filter.Page - 1) * PerPage
	}
	to := min(from+PerPage, len(all))
	if list.Experts, err = s.withTexts(ctx, all[from:to]); err != nil {
		return list, err
	}
	if to < len(all) && (list.Filter.Page == 0 || list.Filter.Page == ui.NumberedPages) {
		list.Next = all[to-1].ID
	}
	return list, nil
}

// withTexts reads the texts of profiles. Who took theirs back meanwhile has none.
func (s *Service) withTexts(ctx context.Context, all []Profile) ([]Profile, error) {
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	written, err := texts(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, fmt.Errorf("read the texts of experts: %w", err)
	}
	var with []Profile
	for _, p := range all {
		if text, ok := written[p.ID]; ok {
			p.Text = text
			with = append(with, p)
		}
	}
	return with, nil
}

// All are all experts of a filter in its order, with their texts.
func (s *Service) All(ctx context.Context, f Filter, l i18n.Lang) ([]Profile, error) {
	all, _, err := s.selected(ctx, f, l)
	if err != nil {
		return nil, err
	}
	return s.withTexts(ctx, all)
}

// Sizes counts the public experts by the values of a facet, as the list counts them.
func (s *Service) Sizes(ctx context.Context, facet string) (map[string]int, error) {
	_, counts, err := s.selected(ctx, Filter{}, i18n.English)
	return counts[facet], err
}

// Latest are the newest experts of a filter as cards in the reader's language, at most so many.
func (s *Service) Latest(ctx context.Context, f Filter, most int) ([]ui.Card, error) {
	f.Sort = Newest
	all, _, err := s.selected(ctx, f, i18n.From(ctx))
	if err != nil {
		return nil, err
	}
	if all, err = s.withTexts(ctx, all[:min(most, len(all))]); err != nil {
		return nil, err
	}
	var cards []ui.Card
	for _, p := range all {
		cards = append(cards, card(ctx, p, s.vocabulary()))
	}
	return cards, nil
}
