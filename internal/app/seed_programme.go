package app

import (
	"context"
	"net/url"
	"strconv"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/programme"
	"portal/internal/workflow"
)

// After so many days an endorsed note of the demonstration is funded, and its work begins.
const fundedAfter, beginsAfter = 40, 80

// programme takes an endorsed concept note as far as its story says.
func (s *seeder) programme(ctx context.Context, n demoNote, id workflow.ID, officer identity.User) error {
	until := programme.Stage(n.Programme)
	if until == "" {
		return nil
	}
	publicID, err := database.Value[string](ctx, s.db.Read(), `SELECT public_id FROM programmes WHERE id = $1`, id)
	if err != nil {
		return err
	}
	today := date.Of(s.start.In(i18n.Geneva))
	begins := today.AddDays(beginsAfter - n.Sent)
	ends := begins.AddDays(n.Months * 30)
	form := url.Values{"funded": {strconv.Itoa(40_000*n.Months + 1_275)}}
	day := func(name string, d date.Date) {
		form.Set(name+".day", strconv.Itoa(d.Day()))
		form.Set(name+".month", strconv.Itoa(int(d.Month())))
		form.Set(name+".year", strconv.Itoa(d.Year()))
	}
	for version, stage := range programme.Stages[1:] {
		since := today.AddDays(fundedAfter - n.Sent)
		switch stage {
		case programme.Running:
			since = begins
			day("starts", begins)
			day("ends", ends)
		case programme.Closed:
			since = ends.AddDays(10)
		}
		s.at(since.DaysUntil(today), 14)
		form.Set("stage", string(stage))
		day("since", since)
		if err := s.areas.programmes.SetStage(ctx, officer, publicID, version+1, form, i18n.English); err != nil || stage == until {
			return err
		}
	}
	return nil
}
