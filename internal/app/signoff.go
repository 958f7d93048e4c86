package app

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/fund"
	"portal/internal/signoff"
	"portal/internal/workflow"
)

// adviseNote is what is said before a note is sent in: whose signatures are missing, and what its area advises.
func (b *areas) adviseNote(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	missing, err := b.signoff.Missing(ctx, sub)
	if err != nil {
		return nil, err
	}
	advice, err := b.notes.Advice(ctx, sub, a)
	return together(missing, advice), err
}

// aboveNote is what stands above the questions of a step: whose signatures a change touches, and what the fund has changed.
func (b *areas) aboveNote(ctx context.Context, sub workflow.Submission, step string) (templ.Component, error) {
	signed, err := b.signoff.Above(ctx, sub, step)
	if err != nil {
		return nil, err
	}
	changed, err := b.notes.Above(ctx, sub, step)
	return together(changed, signed), err
}

// signingCoordinators are the Resident Coordinators who sign a concept note on the countries.
func signingCoordinators(ctx context.Context, q database.Querier, countries []string) (all []signoff.Coordinator, err error) {
	offices, _, err := fund.CoordinatorsOf(ctx, q, countries)
	for _, o := range offices {
		all = append(all, signoff.Coordinator{ID: o.ID, Name: o.Name, Office: o.OfficeID})
	}
	return all, err
}

// lastSafeDay is the last day on which a concept note is in time for the next meeting.
func lastSafeDay(ctx context.Context, q database.Querier, at time.Time) (*date.Date, error) {
	m, ok, err := fund.NextFor(ctx, q, at)
	if err != nil || !ok {
		return nil, err
	}
	day := m.LastSafeDay()
	return &day, nil
}
