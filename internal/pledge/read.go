package pledge

import (
	"slices"

	"portal/internal/form"
	"portal/internal/gcm"
)

// Filer is the office that hands a pledge in.
type Filer struct {
	Office string
	// Country is the office's, ISO 3166-1 alpha-2, or "".
	Country string
}

// Read takes the pledge from the answers of the form. It never fails: what is blank, no option or cannot be read is left
// out, which happens only to answers that were never handed in. Related objectives that are also main ones are main ones.
// Regions that were left blank are those of the countries.
func Read(a form.Answers, by Filer, v *gcm.Vocabulary) Pledge {
	p := Pledge{
		Entity: by.Office, Country: by.Country,
		Category: a.First("category"), Place: a.First("locality"),
		Lang: a.First("language"), Title: a.First("title"), Type: Type(a.First("type")),
		Mirror: a.Has("mirror", "yes"), Objectives: once(a.Ints("objectives")), Principles: once(a.Ints("principles")),
		Description: a.First("description"), Barriers: a.First("barriers"),
		SupportNeeded: a.First("support_needed"), SupportOffered: a.First("support_offered"),
	}
	if entity := a.First("entity"); a.Has("on_behalf", "other") && entity != "" {
		p.Entity, p.Office, p.Capacity = entity, by.Office, a.First("capacity")
		if p.Category != MemberState {
			p.Country = "" // the office's country need not be the entity's
		}
	}
	if c, ok := v.Category(p.Category); ok && c.SaysWhat {
		p.CategoryOther = a.First("category_other")
	}
	readPlace(&p, a, v)
	if p.Type == Matching {
		p.Matches, _ = ParseID(a.First("matches"))
	}
	if p.Mirror {
		p.MirrorReference = a.First("mirror_reference")
	}
	if p.Type == Common || p.Type == InPartnership {
		for n := range a.Rows("partners") {
			row := a.Row("partners", n)
			if name := row.First("name"); name != "" {
				p.Partners = append(p.Partners, Partner{Name: name, Country: known(row.First("country"), v), Part: row.First("part")})
			}
		}
	}
	readNature(&p, a)
	for _, n := range once(a.Ints("related")) {
		if !slices.Contains(p.Objectives, n) {
			p.Related = append(p.Related, n)
		}
	}
	readMeasures(&p, a)
	for n := range a.Rows("versions") {
		row := a.Row("versions", n)
		other := Version{Lang: row.First("language"), Title: row.First("title"), Description: row.First("description")}
		if knownLang(other.Lang) && other.Lang != p.Lang && other.Title != "" {
			p.Versions = append(p.Versions, other)
		}
	}
	return p
}

func readPlace(p *Pledge, a form.Answers, v *gcm.Vocabulary) {
	if a.First("scope") == "global" {
		p.Global, p.Regions = true, []string{gcm.Global}
		return
	}
	for _, code := range once(a.All("countries")) {
		if code = known(code, v); code != "" {
			p.Countries = append(p.Countries, code)
		}
	}
	for _, r := range v.Regions { // in the order of the vocabulary
		if a.Has("regions", r.ID) {
			p.Regions = append(p.Regions, r.ID)
		}
	}
	if p.Regions == nil {
		p.Regions = v.RegionsOf(p.Countries)
	}
}

func readNature(p *Pledge, a form.Answers) {
	for _, n := range Natures { // in the order of the form
		if a.Has("natures", string(n)) {
			p.Natures = append(p.Natures, n)
		}
	}
	if slices.Contains(p.Natures, OtherNature) {
		p.NatureOther = a.First("nature_other")
	}
	if !slices.Contains(p.Natures, FinancialContribution) {
		return
	}
	m := Money{Recipient: a.First("recipient")}
	if amount, ok := form.ParseNumber(a.First("amount")); ok {
		m.Amount, m.Currency = amount, a.First("currency")
	}
	m.From, _, _, _ = form.DateOf(a, "period_from")
	m.Until, _, _, _ = form.DateOf(a, "period_until")
	if m != (Money{}) {
		p.Money = &m
	}
}

func readMeasures(p *Pledge, a form.Answers) {
	for n := range a.Rows("indicators") {
		row := a.Row("indicators", n)
		i := Indicator{What: row.First("what"), Baseline: row.First("baseline"), Target: row.First("target"), Unit: row.First("unit")}
		i.Due, _, _, _ = form.DateOf(row, "due")
		if i.What != "" {
			p.Indicators = append(p.Indicators, i)
		}
	}
	for n := range a.Rows("milestones") {
		row := a.Row("milestones", n)
		m := Milestone{What: row.First("what")}
		m.Due, _, _, _ = form.DateOf(row, "due")
		if m.What != "" {
			p.Milestones = append(p.Milestones, m)
		}
	}
}

// known returns the code of a State of the vocabulary, or "".
func known(code string, v *gcm.Vocabulary) string {
	if _, ok := v.Country(code); ok {
		return code
	}
	return ""
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
