package conceptnote

import (
	"context"
	"slices"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/money"
)

// Facts are what a note says in short, as read from its answers.
type Facts struct {
	// Countries are codes of States, Areas ids of thematic areas, Organizations the names of those of the United Nations, in the
	// order of the form.
	Countries, Areas, Organizations []string
	// Amount is what is asked of the fund, indirect costs included; Months the duration, 0 when it cannot be read.
	Amount money.Amount
	Months int
}

// FactsOf reads the facts of a note.
func (s *Service) FactsOf(ctx context.Context, a form.Answers) Facts {
	f := Facts{Countries: countriesOf(a.All("countries"), s.vocabulary()), Areas: a.All("areas")}
	f.Months, _ = Months(a.First("months"))
	if budget, _, ok := s.form.Field("budget"); ok {
		sheet := budget.Sheet(ctx, a, s.vocabulary())
		f.Amount = sheet.All(sheet.Total)
	}
	for i := range a.Rows("organizations") {
		if name := a.First(form.RowName("organizations", i, "name")); name != "" {
			f.Organizations = append(f.Organizations, name)
		}
	}
	return f
}

// Named are the thematic areas in the reader's language: those that are in force now, then those that the fund had before.
func (s *Service) Named(ctx context.Context) []Named {
	var all []Named
	c := s.configuration()
	for _, area := range slices.Concat(c.Areas, c.FormerAreas) {
		all = append(all, Named{area.ID, area.Names.In(i18n.From(ctx))})
	}
	return all
}

// Named is something of the configuration in the reader's language.
type Named struct{ ID, Name string }
