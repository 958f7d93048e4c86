package gcm

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"portal/internal/i18n"
)

// Vocabulary is the whole vocabulary at one moment. It never changes, so it may be shared; do not write to its slices.
type Vocabulary struct {
	// Objectives, Principles and Themes are in order of their numbers, Sectors, Categories and Regions in that of their
	// lists. Regions ends with Global.
	Objectives []Objective
	Principles []Principle
	Themes     []Theme
	Sectors    []Sector
	Categories []Category
	Regions    []Region
	// States and Champions are in order of their codes; people get them sorted by name, from Countries and ChampionCountries.
	States    []Country
	Champions []Champion

	byCode map[string]int
	sorted map[i18n.Lang]func() []Country
}

// index prepares the lookups.
func (v *Vocabulary) index() *Vocabulary {
	v.byCode = make(map[string]int, len(v.States))
	for i, c := range v.States {
		v.byCode[c.ISO2] = i
	}
	v.sorted = map[i18n.Lang]func() []Country{}
	for _, l := range i18n.All {
		v.sorted[l] = sync.OnceValue(func() []Country {
			countries := slices.Clone(v.States)
			i18n.Sort(l, countries, func(c Country) string { return alphabetical(l, c.Name(l)) })
			return countries
		})
	}
	return v
}

// alphabetical is the name as alphabetical lists of the United Nations sort it: in Arabic without the article, and with
// hamza and madda on the alef not told apart.
func alphabetical(l i18n.Lang, name string) string {
	if l == i18n.Arabic {
		return alef.Replace(strings.TrimPrefix(name, "ال"))
	}
	return name
}

var alef = strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا")

// Continents are the M49 regions, as ids.
var Continents = []string{"africa", "americas", "asia", "europe", "oceania"}

// Continent is the id of the continent of a State; "" for a code that is none.
func (v *Vocabulary) Continent(code string) string {
	c, _ := v.Country(code)
	return strings.ToLower(c.Continent)
}

// Objective returns objective n, 1 to 23.
func (v *Vocabulary) Objective(n int) (Objective, bool) {
	return find(v.Objectives, func(o Objective) bool { return o.N == n })
}

// Principle returns guiding principle n, 1 to 10.
func (v *Vocabulary) Principle(n int) (Principle, bool) {
	return find(v.Principles, func(p Principle) bool { return p.N == n })
}

// Theme returns thematic area n, 1 to 5.
func (v *Vocabulary) Theme(n int) (Theme, bool) {
	return find(v.Themes, func(t Theme) bool { return t.N == n })
}

// ThemeObjectives returns the objectives of thematic area n, in order.
func (v *Vocabulary) ThemeObjectives(n int) []Objective {
	var of []Objective
	for _, o := range v.Objectives {
		if o.Theme == n {
			of = append(of, o)
		}
	}
	return of
}

// Sector returns the stakeholder sector by id.
func (v *Vocabulary) Sector(id string) (Sector, bool) {
	return find(v.Sectors, func(s Sector) bool { return s.ID == id })
}

// Category returns the category of actor by id.
func (v *Vocabulary) Category(id string) (Category, bool) {
	return find(v.Categories, func(c Category) bool { return c.ID == id })
}

// Region returns the region by id.
func (v *Vocabulary) Region(id string) (Region, bool) {
	return find(v.Regions, func(r Region) bool { return r.ID == id })
}

// Country returns the State by its ISO 3166-1 alpha-2 code, in capitals.
func (v *Vocabulary) Country(code string) (Country, bool) {
	i, ok := v.byCode[code]
	if !ok {
		return Country{}, false
	}
	return v.States[i], true
}

// Find returns the State by its alpha-2 code as people write it, in any case.
func (v *Vocabulary) Find(code string) (Country, bool) { return v.Country(strings.ToUpper(code)) }

// CountryName returns the official short name of the State, or the code itself if there is no such State.
func (v *Vocabulary) CountryName(l i18n.Lang, code string) string {
	if c, ok := v.Country(code); ok {
		return c.Name(l)
	}
	return code
}

// CountryNames returns the official short names of the States, in alphabetical order of the language.
func (v *Vocabulary) CountryNames(l i18n.Lang, codes []string) []string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = v.CountryName(l, code)
	}
	i18n.Sort(l, names, func(name string) string { return alphabetical(l, name) })
	return names
}

// Countries returns all States in alphabetical order of the language, as the United Nations lists them.
func (v *Vocabulary) Countries(l i18n.Lang) []Country {
	if sorted, ok := v.sorted[l]; ok {
		return sorted()
	}
	return v.sorted[i18n.English]()
}

// RegionsOf returns the ids of the regions to which the States belong, in the order of Regions. A State of several
// regions counts in each; a code that is no State's counts in none.
func (v *Vocabulary) RegionsOf(codes []string) []string {
	in := map[string]bool{}
	for _, code := range codes {
		if c, ok := v.Country(code); ok {
			for _, id := range c.ReviewRegions {
				in[id] = true
			}
		}
	}
	var ids []string
	for _, r := range v.Regions {
		if in[r.ID] {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Champion says whether the State is a confirmed Champion country.
func (v *Vocabulary) Champion(code string) bool {
	i, ok := slices.BinarySearchFunc(v.Champions, code, func(c Champion, code string) int { return cmp.Compare(c.Country, code) })
	return ok && v.Champions[i].Confirmed
}

// ChampionCountries returns the confirmed Champion countries in alphabetical order of the language.
func (v *Vocabulary) ChampionCountries(l i18n.Lang) []Country {
	var champions []Country
	for _, c := range v.Countries(l) {
		if v.Champion(c.ISO2) {
			champions = append(champions, c)
		}
	}
	return champions
}

func find[T any](items []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(items, is); i >= 0 {
		return items[i], true
	}
	var none T
	return none, false
}

// withSectors puts the sectors among the categories that are no sector: before the last of these, which is "Other". A
// sector that a category stands for is not repeated.
func withSectors(own []Category, sectors []Sector) []Category {
	var of []Category
	for _, s := range sectors {
		if !slices.ContainsFunc(own, func(c Category) bool { return c.Sector == s.ID }) {
			of = append(of, Category{ID: s.ID, Names: s.Names, Sector: s.ID})
		}
	}
	return slices.Insert(slices.Clone(own), max(0, len(own)-1), of...)
}
