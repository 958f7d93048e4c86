package conceptnote

import (
	"context"

	"portal/internal/form"
	"portal/internal/money"
	"portal/internal/workflow"
)

// Endorsed is what the public may read of a note that the Steering Committee has endorsed (fund.md, Review): purpose, budget,
// duration, organizations, partners and goals; no contact person, no risk, no file.
type Endorsed struct {
	Title, Purpose, Lang      string
	Scope                     Scope
	Months                    int
	Areas, Countries, Targets []string
	Objectives, Related       []int
	Organizations             []EndorsedOrganization // the one that convenes first
	Governments               []EndorsedGovernment
	Partners                  []EndorsedPartner
	Contributions             []EndorsedContribution
	Budget, Indirect          money.Amount
}

// EndorsedOrganization is an organization of the United Nations with its part of the budget, indirect costs among it.
type EndorsedOrganization struct {
	Name, Part string
	Role       Role
	Budget     money.Amount
}

// EndorsedGovernment is a government partner.
type EndorsedGovernment struct {
	Name, Country string
	Level         Level
}

// EndorsedPartner is another partner; Sector is the id of one of the vocabulary.
type EndorsedPartner struct{ Name, Sector, Part string }

// EndorsedContribution is what others add to the budget.
type EndorsedContribution struct {
	From   string
	Amount money.Amount
}

// Endorsed reads it from the answers. It never fails: what is blank or cannot be read is left out, which happens only to
// answers that were never handed in.
func (s *Service) Endorsed(sub workflow.Submission, a form.Answers) Endorsed {
	v := s.vocabulary()
	e := Endorsed{
		Title: a.First("title"), Purpose: a.First("purpose"), Lang: s.kind.Lang(a, sub.Lang), Scope: Scope(a.First("scope")),
		Areas: a.All("areas"), Countries: countriesOf(a.All("countries"), v), Objectives: a.Ints("objectives"), Related: a.Ints("related"),
	}
	e.Months, _ = Months(a.First("months"))
	e.Targets, _ = Targets(a.First("targets"))
	budget, _, _ := s.form.Field("budget")
	sheet := budget.Sheet(context.Background(), a, v)
	e.Budget, e.Indirect = sheet.All(sheet.Total), sheet.All(sheet.Indirect)
	asks := map[string]money.Amount{}
	for _, p := range sheet.Parties {
		asks[p.Name] += sheet.Total(p)
	}
	for n := range a.Rows("organizations") {
		row := a.Row("organizations", n)
		o := EndorsedOrganization{row.First("name"), row.First("part"), Role(row.First("role")), asks[row.First("name")]}
		switch delete(asks, o.Name); { // one that is named twice asks once
		case o.Name == "":
		case o.Role == Convening:
			e.Organizations = append([]EndorsedOrganization{o}, e.Organizations...)
		default:
			e.Organizations = append(e.Organizations, o)
		}
	}
	for n := range a.Rows("governments") {
		if row := a.Row("governments", n); row.First("name") != "" {
			e.Governments = append(e.Governments, EndorsedGovernment{row.First("name"), row.First("country"), Level(row.First("level"))})
		}
	}
	for n := range a.Rows("partners") {
		if row := a.Row("partners", n); row.First("name") != "" {
			e.Partners = append(e.Partners, EndorsedPartner{row.First("name"), row.First("sector"), row.First("part")})
		}
	}
	for n := range a.Rows("contributions") {
		row := a.Row("contributions", n)
		if amount, ok := money.Kept(row.First("amount")); ok && row.First("from") != "" {
			e.Contributions = append(e.Contributions, EndorsedContribution{row.First("from"), amount})
		}
	}
	return e
}
