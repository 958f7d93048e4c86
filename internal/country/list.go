package country

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web"
	"portal/web/ui"
)

// The parameters of the list in the address.
const (
	wordsName    = "q"
	regionName   = "region"
	championName = "champion"
	hasName      = "has"
	sortName     = "sort"
)

// facets are the parameters that narrow the list, in the order of the page.
var facets = []string{regionName, championName, hasName}

// yes is the value of the facet of Champion countries.
const yes = "yes"

// maxWords is how long a search may be, in characters; what is longer is cut.
const maxWords = 100

// listView is what the list of countries shows: every State, or those of the filter.
type listView struct {
	Vocabulary *gcm.Vocabulary
	Parts      []partView
	Q          string
	// Chosen are the values by facet.
	Chosen map[string][]string
	// Sort is the name of the section whose numbers order the list; "" is the alphabet.
	Sort  string
	Shown []gcm.Country
}

// read makes the list as the address asks for it; what is unknown is left out.
func (h handlers) read(ctx context.Context, q url.Values) (listView, error) {
	v := listView{Vocabulary: h.Vocabulary(), Chosen: map[string][]string{}}
	for _, s := range h.Sections {
		part, err := s.Of(ctx, Place{}, 0)
		if err != nil {
			return v, err
		}
		if part.Sizes != nil {
			v.Parts = append(v.Parts, partView{s, part})
		}
	}
	if words := []rune(strings.TrimSpace(q.Get(wordsName))); len(words) > 0 {
		v.Q = string(words[:min(len(words), maxWords)])
	}
	for _, facet := range facets {
		for _, value := range v.every(facet) {
			if slices.Contains(q[facet], value) {
				v.Chosen[facet] = append(v.Chosen[facet], value)
			}
		}
	}
	for _, c := range v.Vocabulary.Countries(i18n.From(ctx)) {
		if v.takes(c, "") {
			v.Shown = append(v.Shown, c)
		}
	}
	for _, p := range v.Parts {
		if q.Get(sortName) == p.Name {
			v.Sort = p.Name
			order(v.Shown, p.Sizes)
		}
	}
	return v, nil
}

// every lists the values of a facet in the order to show them.
func (v listView) every(facet string) []string {
	var all []string
	switch facet {
	case regionName:
		for _, r := range v.Vocabulary.Regions {
			if r.ID != gcm.Global {
				all = append(all, r.ID)
			}
		}
	case championName:
		all = []string{yes}
	default:
		for _, p := range v.Parts {
			all = append(all, p.Name)
		}
	}
	return all
}

// has says whether the State has the value at the facet.
func (v listView) has(c gcm.Country, facet, value string) bool {
	switch facet {
	case regionName:
		return slices.Contains(c.ReviewRegions, value)
	case championName:
		return v.Vocabulary.Champion(c.ISO2)
	}
	return slices.ContainsFunc(v.Parts, func(p partView) bool { return p.Name == value && p.Sizes[c.ISO2] > 0 })
}

// takes says whether the State is in the list, whatever is chosen at the facet that is left out.
func (v listView) takes(c gcm.Country, leftOut string) bool {
	for _, facet := range facets {
		if chosen := v.Chosen[facet]; facet != leftOut && len(chosen) > 0 && !slices.ContainsFunc(chosen, func(value string) bool { return v.has(c, facet, value) }) {
			return false
		}
	}
	return v.Q == "" || named(c, v.Q)
}

// named says whether the words are in a name of the State, in any language, or are one of its codes.
func named(c gcm.Country, words string) bool {
	words = search.Fold(words)
	for _, name := range c.Names {
		if strings.Contains(search.Fold(name), words) {
			return true
		}
	}
	return words == strings.ToLower(c.ISO2) || words == strings.ToLower(c.ISO3)
}

// values are the filter as parameters.
func (v listView) values() url.Values {
	q := url.Values{}
	if v.Q != "" {
		q.Set(wordsName, v.Q)
	}
	for name, values := range v.Chosen {
		q[name] = values
	}
	if v.Sort != "" {
		q.Set(sortName, v.Sort)
	}
	return q
}

func at(ctx context.Context, q url.Values) string { return ui.Href(ctx, ui.WithQuery(Path, q)) }

func (v listView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(Path+"."+extension, v.values()))
}

func (v listView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "country.list.search"), Action: ui.Href(ctx, Path), Value: v.Q, Keep: ui.With(v.values(), wordsName)}
}

func (v listView) sort(ctx context.Context) ui.Sort {
	s := ui.Sort{Action: ui.Href(ctx, Path), Keep: ui.With(v.values(), sortName)}
	s.Options = append(s.Options, ui.FacetOption{Value: "name", Label: i18n.T(ctx, "country.list.by_name"), Checked: v.Sort == ""})
	for _, p := range v.Parts {
		s.Options = append(s.Options, ui.FacetOption{Value: p.Name, Label: p.title(ctx), Checked: v.Sort == p.Name})
	}
	return s
}

// label is what a value of a facet is called.
func (v listView) label(ctx context.Context, facet, value string) string {
	switch facet {
	case regionName:
		r, _ := v.Vocabulary.Region(value)
		return r.Name(i18n.From(ctx))
	case championName:
		return i18n.T(ctx, "country.list.champion")
	}
	return i18n.T(ctx, "country.section."+value)
}

func (v listView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{wordsName, sortName} {
		if value := v.values().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, Path), Keep: keep, Clear: at(ctx, keep)}
	for _, name := range facets {
		facet := ui.Facet{Name: name, Legend: i18n.T(ctx, "country.facet."+name), Open: true}
		for _, value := range v.every(name) {
			n := 0
			for _, c := range v.Vocabulary.States {
				if v.takes(c, name) && v.has(c, name, value) {
					n++
				}
			}
			facet.Options = append(facet.Options, ui.FacetOption{Value: value, Label: v.label(ctx, name, value), Count: n, Checked: slices.Contains(v.Chosen[name], value)})
		}
		f.Facets = append(f.Facets, facet)
	}
	return f
}

// chips are the filters in use, each with the way to take it away.
func (v listView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	if v.Q != "" {
		chips = append(chips, ui.Chip{Href: at(ctx, ui.With(v.values(), wordsName)), Text: i18n.T(ctx, "country.list.chip", i18n.Key("country.list.search"), v.Q), Remove: true})
	}
	for _, facet := range facets {
		for _, value := range v.Chosen[facet] {
			chips = append(chips, ui.Chip{Href: at(ctx, ui.Without(v.values(), facet, value)), Text: i18n.T(ctx, "country.list.chip", i18n.Key("country.facet."+facet), v.label(ctx, facet, value)), Remove: true})
		}
	}
	return chips
}

// states is the map of the list: its circles are the pledges, or what the list is sorted by.
func (v listView) states(ctx context.Context) ui.StatesMap {
	of := v.Parts[0]
	for _, p := range v.Parts {
		if p.Name == v.Sort {
			of = p
		}
	}
	var chosen []string
	if len(v.Shown) < len(v.Vocabulary.States) {
		for _, c := range v.Shown {
			chosen = append(chosen, c.ISO2)
		}
	}
	return ui.StatesMap{
		Vocabulary: v.Vocabulary, Title: i18n.T(ctx, "country.list.title"), Description: i18n.T(ctx, "country.map.description"), Lede: i18n.T(ctx, "country.map.lede"),
		Circles: i18n.T(ctx, "country.map.circles", i18n.Key("country.section."+of.Name)), Counts: of.Sizes, Chosen: chosen,
		Count:  func(n int) string { return i18n.T(ctx, "country.map.count", of.title(ctx), i18n.Number(ctx, n)) },
		Href:   func(code string) string { return ui.Href(ctx, PathOf(code)) },
		Region: func(continent string) string { return i18n.T(ctx, "pledge.continent."+continent) },
	}
}

// regions are the regions, each with its page.
func (v listView) regions() []gcm.Region {
	return slices.DeleteFunc(slices.Clone(v.Vocabulary.Regions), func(r gcm.Region) bool { return r.ID == gcm.Global })
}

// list shows every State, or those of the filter.
func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	v, err := h.read(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(v))
}

// table is the list as a file, of the same States in the same order.
func (h handlers) table(r *http.Request) web.Table {
	ctx := r.Context()
	columns := []string{"code", "name", "regions", "champion"}
	titles := web.Columns(ctx, "country.column.", columns...)
	var counted []Section
	for _, s := range h.Sections {
		if s.List != "" {
			counted, titles = append(counted, s), append(titles, web.Column{Name: s.Name, Title: i18n.T(ctx, "country.section."+s.Name)})
		}
	}
	return web.Table{
		Name: "countries", Title: i18n.T(ctx, "country.list.title"), List: ui.Absolute(ctx, ui.WithQuery(Path, r.URL.Query())), Day: h.today(), Columns: titles,
		Rows: func(do func(row []any) error) error {
			v, err := h.read(ctx, r.URL.Query())
			if err != nil {
				return err
			}
			for _, c := range v.Shown {
				champion := ""
				if v.Vocabulary.Champion(c.ISO2) {
					champion = i18n.T(ctx, "country.list.champion")
				}
				row := []any{c.ISO2, c.Name(i18n.From(ctx)), strings.Join(v.Vocabulary.RegionsOf([]string{c.ISO2}), " "), champion}
				for _, s := range counted {
					n := 0
					for _, p := range v.Parts {
						if p.Name == s.Name {
							n = p.Sizes[c.ISO2]
						}
					}
					row = append(row, n)
				}
				if err := do(row); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// Search returns the States in whose names the words are, for the one search.
func (s Sources) Search(ctx context.Context, words string, most int) (ui.Found, error) {
	f := ui.Found{}
	if len([]rune(strings.TrimSpace(words))) < 2 {
		return f, nil
	}
	v := s.Vocabulary()
	for _, c := range v.Countries(i18n.From(ctx)) {
		if !named(c, strings.TrimSpace(words)) {
			continue
		}
		if f.Total++; len(f.Results) < most {
			f.Results = append(f.Results, ui.Result{Href: ui.Href(ctx, PathOf(c.ISO2)), Title: c.Name(i18n.From(ctx)), Text: i18n.T(ctx, "country.page.lede", c.Name(i18n.From(ctx)))})
		}
	}
	return f, nil
}
