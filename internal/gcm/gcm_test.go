package gcm_test

import (
	"encoding/json"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// TestTablesHoldTheReferenceData compares the tables after all migrations with the embedded files.
func TestTablesHoldTheReferenceData(t *testing.T) {
	t.Parallel()
	v, err := gcm.Load(t.Context(), dbtest.New(t).Read())
	if err != nil {
		t.Fatal(err)
	}
	want := gcm.Reference()
	same(t, "objectives", v.Objectives, want.Objectives)
	same(t, "principles", v.Principles, want.Principles)
	same(t, "thematic areas", v.Themes, want.Themes)
	same(t, "sectors", v.Sectors, want.Sectors)
	same(t, "categories", v.Categories, want.Categories)
	same(t, "regions", v.Regions, want.Regions)
	same(t, "countries", v.States, want.States)
	same(t, "champions", v.Champions, want.Champions)
}

func same[T any](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, %d in the file", what, len(got), len(want))
		return
	}
	for i := range want {
		// An empty list of the database and none of a file are the same.
		g, _ := json.Marshal(got[i])
		w, _ := json.Marshal(want[i])
		if !reflect.DeepEqual(strings.ReplaceAll(string(g), ":[]", ":null"), strings.ReplaceAll(string(w), ":[]", ":null")) {
			t.Errorf("%s: row %d is\n%s, in the file\n%s", what, i, g, w)
		}
	}
}

func TestReferenceFilesNameTheirSources(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(gcm.Files, "reference/*.json")
	if err != nil || len(names) != 8 {
		t.Fatalf("%d files (%v), want 8", len(names), err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(gcm.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var file map[string]any
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if file["source"] == nil {
			t.Errorf("%s does not name its source", name)
		}
	}
}

func TestEditsOutliveTheNextStart(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	if _, err := db.Read().Exec(t.Context(), `UPDATE countries SET names = names || '{"en": "Kenya (edited)"}' WHERE iso2 = 'KE'`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Read().Exec(t.Context(), `DELETE FROM champions WHERE iso2 = 'PE'`); err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	v, err := gcm.Load(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	if got := v.CountryName(i18n.English, "KE"); got != "Kenya (edited)" {
		t.Errorf("the name is %q", got)
	}
	if v.Champion("PE") {
		t.Error("a Champion that was taken off the list is back")
	}
}

func TestTheDatabaseRefusesWhatPagesCannotShow(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for constraint, sql := range map[string]string{
		"objectives_n_range":            `INSERT INTO objectives (n, id, short, title, paragraph, theme, roundtable) VALUES (24, 'obj-24', '{"en":"x"}', '{"en":"x"}', 1, 1, 1)`,
		"objectives_theme_fkey":         `UPDATE objectives SET theme = 6 WHERE n = 1`,
		"objectives_english":            `UPDATE objectives SET short = '{"en":""}' WHERE n = 1`,
		"principles_n_range":            `INSERT INTO principles (n, id, names) VALUES (0, 'zero', '{"en":"x"}')`,
		"thematic_areas_n_range":        `INSERT INTO thematic_areas (n, id, short, title) VALUES (6, 'ta-6', '{"en":"x"}', '{"en":"x"}')`,
		"sectors_position_key":          `UPDATE sectors SET position = 1 WHERE id = 'media'`,
		"actor_categories_sector_fkey":  `UPDATE actor_categories SET sector = 'pirates' WHERE id = 'other'`,
		"regions_pkey":                  `INSERT INTO regions (id, position, names) VALUES ('africa', 9, '{"en":"x"}')`,
		"countries_iso2_form":           `UPDATE countries SET iso2 = 'ke' WHERE iso2 = 'VA'`,
		"countries_region_fkey":         `UPDATE countries SET region = 'atlantis' WHERE iso2 = 'KE'`,
		"countries_review_regions_some": `UPDATE countries SET review_regions = '{}' WHERE iso2 = 'KE'`,
		"countries_un_status_known":     `UPDATE countries SET un_status = 'territory' WHERE iso2 = 'KE'`,
		"champions_country_fkey":        `INSERT INTO champions (iso2, status) VALUES ('XX', 'confirmed')`,
		"champions_since_form":          `UPDATE champions SET since = 'May 2021' WHERE iso2 = 'KE'`,
		"champions_status_known":        `UPDATE champions SET status = 'perhaps' WHERE iso2 = 'KE'`,
	} {
		if _, err := db.Read().Exec(t.Context(), sql); database.Constraint(err) != constraint {
			t.Errorf("%s did not refuse: %v", constraint, err)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	members, observers, commissions, regions, champions := 0, 0, 0, 0, 0
	for _, c := range v.States {
		if c.Observer {
			observers++
		} else {
			members++
		}
		if len(c.Commissions) > 1 {
			commissions++
		}
		if len(c.ReviewRegions) > 1 {
			regions++
		}
		if v.Champion(c.ISO2) {
			champions++
		}
	}
	for what, n := range map[string][2]int{
		"objectives": {len(v.Objectives), gcm.Objectives}, "principles": {len(v.Principles), gcm.Principles}, "thematic areas": {len(v.Themes), gcm.Themes},
		"sectors": {len(v.Sectors), 14}, "categories": {len(v.Categories), 18}, "regions": {len(v.Regions), 6},
		"Member States": {members, 193}, "observer States": {observers, 2}, "States of several commissions": {commissions, 31},
		"States of several regions": {regions, 20},
		"Champions":                 {champions, 33},
	} {
		if n[0] != n[1] {
			t.Errorf("%d %s, want %d", n[0], what, n[1])
		}
	}
}

func TestNumbersAreConsecutive(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	grouped := 0
	for n := 1; n <= gcm.Objectives; n++ {
		if o, ok := v.Objective(n); !ok || o.N != n || v.Objectives[n-1].N != n {
			t.Errorf("objective %d is %+v", n, o)
		}
	}
	for n := 1; n <= gcm.Principles; n++ {
		if p, ok := v.Principle(n); !ok || p.N != n {
			t.Errorf("principle %d is %+v", n, p)
		}
	}
	for n := 1; n <= gcm.Themes; n++ {
		if th, ok := v.Theme(n); !ok || th.N != n {
			t.Errorf("thematic area %d is %+v", n, th)
		}
		grouped += len(v.ThemeObjectives(n))
	}
	if grouped != gcm.Objectives {
		t.Errorf("%d objectives are in thematic areas, want all", grouped)
	}
	for _, n := range []int{-1, 0, 24} {
		if _, ok := v.Objective(n); ok {
			t.Errorf("there is an objective %d", n)
		}
	}
}

// TestNames also keeps out what came along with names from lists: footnote marks, articles in brackets.
func TestNames(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	foul := regexp.MustCompile(`[*†]|^\s|\s$|\s\s|\((le|la|el|the|l'|l’)\)$`)
	scripts := map[i18n.Lang]*regexp.Regexp{
		i18n.Arabic: regexp.MustCompile(`\p{Arabic}`), i18n.Russian: regexp.MustCompile(`\p{Cyrillic}`), i18n.Chinese: regexp.MustCompile(`\p{Han}`),
	}
	for _, l := range i18n.All {
		check := func(what, name string, own bool) {
			if name == "" || foul.MatchString(name) {
				t.Errorf("the name of %s in %s is %q", what, l, name)
			}
			if script := scripts[l]; own && script != nil && !script.MatchString(name) {
				t.Errorf("the name of %s in %s is not in its script: %q", what, l, name)
			}
		}
		for _, c := range v.States {
			check(c.ISO2, c.Name(l), true)
		}
		for _, o := range v.Objectives {
			check(o.ID, o.Label(l), true)
			check(o.ID, o.Name(l), true)
		}
		for _, p := range v.Principles {
			check(p.ID, p.Name(l), true)
		}
		for _, s := range v.Sectors {
			check(s.ID, s.Name(l), true)
		}
		for _, r := range v.Regions {
			check(r.ID, r.Name(l), true)
		}
		for _, th := range v.Themes { // English and Arabic only, so far
			check(th.ID, th.Label(l), l == i18n.Arabic)
			check(th.ID, th.Name(l), l == i18n.Arabic)
		}
		for _, c := range v.Categories {
			check(c.ID, c.Name(l), l == i18n.Arabic)
		}
	}
	if got := (gcm.Names{i18n.English: "Data", i18n.French: ""}).In(i18n.French); got != "Data" {
		t.Errorf("a name that is not translated is %q, want the English one", got)
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	if c, ok := v.Country("TR"); !ok || c.Name(i18n.English) != "Türkiye" {
		t.Errorf("TR is %+v", c)
	}
	for _, code := range []string{"", "tr", "XX", "TUR", "XK"} {
		if _, ok := v.Country(code); ok {
			t.Errorf("there is a country %q", code)
		}
		if got := v.CountryName(i18n.English, code); got != code {
			t.Errorf("the name of the unknown %q is %q", code, got)
		}
	}
	if got, want := v.CountryNames(i18n.English, []string{"KE", "CI", "HR", "CR"}), []string{"Costa Rica", "Côte d’Ivoire", "Croatia", "Kenya"}; !slices.Equal(got, want) {
		t.Errorf("names are %v, want %v", got, want)
	}
}

// TestCountriesAreInTheOrderOfTheUnitedNations samples the official lists; Arabic sorts without the article.
func TestCountriesAreInTheOrderOfTheUnitedNations(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	for l, order := range map[i18n.Lang][]string{
		i18n.English: {"AF", "AL", "DZ", "AD", "BO", "BA", "CR", "CI", "HR", "KP", "CD", "DK", "KR", "MD", "RO", "TR", "TM", "GB", "TZ", "US", "VN", "YE", "ZM", "ZW"},
		i18n.French:  {"AF", "ZA", "AL", "DZ", "DE", "EG", "SV", "AE", "EC", "ER", "ES", "EE", "SZ", "US", "ET", "ZW"},
		i18n.Arabic:  {"RU", "ET", "AZ", "AR", "JO", "AM", "ER", "ES", "AU", "EE", "IL", "AF", "BH", "BR", "TN", "DZ", "SD", "SA", "YE", "GR"},
		i18n.Spanish: {"AF", "AL", "DE", "ES", "US", "EE", "ET", "FJ", "ZW"},
		i18n.Russian: {"AU", "AT", "AZ", "BE", "RU", "JP"},
		i18n.Chinese: {"AL", "DZ", "AF", "BR", "CN"}, // by Pinyin
	} {
		all := v.Countries(l)
		if len(all) != len(v.States) {
			t.Fatalf("%d countries in %s", len(all), l)
		}
		at := func(code string) int {
			return slices.IndexFunc(all, func(c gcm.Country) bool { return c.ISO2 == code })
		}
		for i := 1; i < len(order); i++ {
			if at(order[i-1]) >= at(order[i]) {
				t.Errorf("%s: %s does not come before %s", l, v.CountryName(l, order[i-1]), v.CountryName(l, order[i]))
			}
		}
	}
	if got := len(v.Countries("tlh")); got != len(v.States) {
		t.Errorf("an unknown language lists %d countries", got)
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	for _, c := range []struct {
		name  string
		codes []string
		want  []string
	}{
		{"one", []string{"KE"}, []string{"africa"}},
		{"a State of two", []string{"EG"}, []string{"africa", "arab_states"}},
		{"several States, each region once, in order", []string{"PE", "EG", "KE", "SY"}, []string{"africa", "arab_states", "latin_america_caribbean"}},
		{"no State", nil, nil},
		{"unknown codes", []string{"XX", ""}, nil},
	} {
		if got := v.RegionsOf(c.codes); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if last := v.Regions[len(v.Regions)-1]; last.ID != gcm.Global {
		t.Errorf("the last region is %s", last.ID)
	}
	for _, c := range v.States {
		for _, id := range append([]string{c.Region}, c.ReviewRegions...) {
			if _, ok := v.Region(id); !ok || id == gcm.Global {
				t.Errorf("%s is of region %q", c.ISO2, id)
			}
		}
		if !slices.Contains(c.ReviewRegions, c.Region) {
			t.Errorf("%s counts in %s, of which it is not", c.ISO2, c.Region)
		}
	}
}

func TestChampions(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	if !v.Champion("KE") {
		t.Error("Kenya is no Champion")
	}
	for _, code := range []string{"CH", "XX", "", "ID"} { // Indonesia's entry is in doubt
		if v.Champion(code) {
			t.Errorf("%q is a Champion", code)
		}
	}
	champions := v.ChampionCountries(i18n.English)
	if len(champions) != 33 || champions[0].ISO2 != "AZ" {
		t.Errorf("%d Champions, the first is %s", len(champions), champions[0].ISO2)
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()
	v := gcm.Reference()
	ids := make([]string, len(v.Categories))
	for i, c := range v.Categories {
		ids[i] = c.ID
		if c.SaysWhat != (c.ID == "other") {
			t.Errorf("%s asks for words: %v", c.ID, c.SaysWhat)
		}
		if _, ok := v.Sector(c.Sector); c.Sector != "" && !ok {
			t.Errorf("%s stands for the sector %q", c.ID, c.Sector)
		}
	}
	want := []string{
		"member_state", "regional_organization", "un_entity", "international_organization", "city_or_local_authority",
		"migrants", "civil-society", "migrant-diaspora-organizations", "faith-based-organizations", "private-sector", "trade-unions",
		"parliamentarians", "nhris", "red-cross-red-crescent", "academia", "media", "youth", "other",
	}
	if !slices.Equal(ids, want) {
		t.Errorf("categories are %v, want %v", ids, want)
	}
	if c, ok := v.Category("academia"); !ok || c.Sector != "academia" || c.Name(i18n.Arabic) == "" {
		t.Errorf("academia is %+v", c)
	}
	if _, ok := v.Category("pirates"); ok {
		t.Error("there is a category of pirates")
	}
}

// TestEveryStateIsOnTheMap: one point each, inside the picture, at least a small distance from every other one.
func TestEveryStateIsOnTheMap(t *testing.T) {
	t.Parallel()
	m := gcm.Map()
	if m.ViewBox != "0 0 720 340" || !strings.HasPrefix(m.Land, "M") {
		t.Fatalf("view box %q, land %.20q", m.ViewBox, m.Land)
	}
	at := map[[2]float64]string{}
	for _, c := range gcm.Reference().States {
		if c.X <= 0 || c.X >= 720 || c.Y <= 0 || c.Y >= 340 {
			t.Errorf("%s is off the map: %v, %v", c.ISO2, c.X, c.Y)
		}
		if other := at[[2]float64{c.X, c.Y}]; other != "" {
			t.Errorf("%s and %s are at the same point", c.ISO2, other)
		}
		at[[2]float64{c.X, c.Y}] = c.ISO2
	}
}

func TestHolder(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	h, err := gcm.Hold(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	before := h.Current()
	if _, err := db.Read().Exec(t.Context(), `UPDATE countries SET names = names || '{"en": "Kenya (edited)"}' WHERE iso2 = 'KE'`); err != nil {
		t.Fatal(err)
	}
	if err := h.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for v, want := range map[*gcm.Vocabulary]string{before: "Kenya", h.Current(): "Kenya (edited)"} {
		if got := v.CountryName(i18n.English, "KE"); got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
	}
}

func TestHolderKeepsTheLastVocabularyWhileTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	h, err := gcm.Hold(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Read().Exec(t.Context(), `ALTER TABLE objectives RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	if err := h.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "objectives") {
		t.Errorf("the error is %v", err)
	}
	if _, ok := h.Current().Objective(1); !ok {
		t.Error("the objectives are gone")
	}
	if _, err := gcm.Hold(t.Context(), db.Read()); err == nil {
		t.Error("a holder began without a vocabulary")
	}
}

func BenchmarkCountries(b *testing.B) {
	v := gcm.Reference()
	for b.Loop() {
		v.Countries(i18n.Arabic)
	}
}
