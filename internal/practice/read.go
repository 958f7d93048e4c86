package practice

import (
	"slices"

	"portal/internal/form"
	"portal/internal/gcm"
)

// Read takes the practice from the answers of the form; office is who hands it in. It never fails: what is blank, no option
// or cannot be read is left out, which happens only to answers that were never handed in. Secondary objectives that are also
// primary ones are primary ones.
func Read(a form.Answers, office string, v *gcm.Vocabulary) Practice {
	p := Practice{
		Lang: a.First("language"), Title: a.First("title"), Summary: a.First("summary"), Description: a.First("description"), Type: Type(a.First("type")),
		Objectives: once(a.Ints("objectives")), Principles: once(a.Ints("principles")), SDGs: once(a.Ints("sdgs")),
		Completion: Completion(a.First("completion")), Scope: Scope(a.First("scope")),
		Implementer: a.First("implementer"), ImplementerType: a.First("implementer_type"),
		Beneficiaries: a.First("beneficiaries"), Participation: a.First("participation"), Results: a.First("results"), Evidence: a.First("evidence"), Lessons: a.First("lessons"),
		Conditions: a.First("conditions"), Costs: a.First("costs"), People: a.First("people"), Time: a.First("time"),
		Innovation: a.First("innovation"), Sustainability: a.First("sustainability"), Licence: Licence(a.First("licence")),
	}
	for _, n := range once(a.Ints("related")) {
		if !slices.Contains(p.Objectives, n) {
			p.Related = append(p.Related, n)
		}
	}
	if a.Has("filed_for", "other") {
		p.Office = office
	}
	if c, ok := v.Category(p.ImplementerType); ok && c.SaysWhat {
		p.ImplementerOther = a.First("implementer_other")
	}
	p.Started, _, _, _ = form.DateOf(a, "started")
	if p.Completion != Ongoing {
		p.Ended, _, _, _ = form.DateOf(a, "ended")
	}
	readPlace(&p, a, v)
	readRows(&p, a)
	return p
}

func readPlace(p *Practice, a form.Answers, v *gcm.Vocabulary) {
	if p.Scope == Global {
		p.Regions = []string{gcm.Global}
		return
	}
	for _, code := range once(a.All("countries")) {
		if _, ok := v.Country(code); ok {
			p.Countries = append(p.Countries, code)
		}
	}
	p.Regions = v.RegionsOf(p.Countries)
	for _, continent := range gcm.Continents {
		if slices.ContainsFunc(p.Countries, func(code string) bool { return v.Continent(code) == continent }) {
			p.Continents = append(p.Continents, continent)
		}
	}
	p.Place = a.First("place")
	if point, ok := readPoint(a.First("point")); ok {
		p.Point = &point
	}
}

// rowsOf are the rows of a group in which the field is answered.
func rowsOf(a form.Answers, group, field string) []form.Answers {
	var rows []form.Answers
	for n := range a.Rows(group) {
		if row := a.Row(group, n); row.First(field) != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

func readRows(p *Practice, a form.Answers) {
	for _, r := range rowsOf(a, "partners", "name") {
		p.Partners = append(p.Partners, Partner{r.First("name"), Role(r.First("role")), r.First("part")})
	}
	for _, r := range rowsOf(a, "figures", "value") {
		p.Figures = append(p.Figures, Figure{r.First("value"), r.First("what"), r.First("before"), r.First("source")})
	}
	for _, r := range rowsOf(a, "blocks", "title") {
		p.Blocks = append(p.Blocks, Block{r.First("title"), r.First("text"), r.First("conditions")})
	}
	for _, r := range rowsOf(a, "links", "url") {
		if form.ValidURL(r.First("url")) {
			p.Links = append(p.Links, Link{r.First("label"), r.First("url")})
		}
	}
	for _, r := range rowsOf(a, "images", "file") {
		p.Images = append(p.Images, Image{r.First("file"), r.First("alt"), r.First("caption"), r.First("credit"), Licence(r.First("licence"))})
	}
	for _, r := range rowsOf(a, "versions", "title") {
		if lang := r.First("language"); knownLang(lang) && lang != p.Lang {
			p.Versions = append(p.Versions, Version{lang, r.First("title"), r.First("summary"), r.First("description")})
		}
	}
}

// once returns the values without repetitions, in the order in which they first stand.
func once[T comparable](values []T) []T {
	var all []T
	for _, v := range values {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}
