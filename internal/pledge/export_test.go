package pledge

import (
	"context"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
)

// ChooseWordsFrom is ChooseWords for a few pledges: words are common that at least n of them have.
func (s *Service) ChooseWordsFrom(ctx context.Context, n int) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return s.index.ChooseWords(ctx, tx, n) })
}

// Expression is the words of a filter as the list understands them, for to_tsquery.
func (s *Service) Expression(ctx context.Context, typed string) (expression string, err error) {
	err = s.atOnce(ctx, func(tx database.Tx, m model) error {
		question, err := m.Ask(ctx, tx, typed)
		expression = question.Expression()
		return err
	})
	return expression, err
}

// ReportIn is report in a transaction of its own.
func (s *Service) ReportIn(ctx context.Context, who identity.User, office int64, filings []Filing, means Means) (published bool, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		published, err = s.report(ctx, tx, who, office, filings, means)
		return err
	})
	return published, err
}

// DueOn are the stages that the database finds on the day, over all pledges.
func DueOn(ctx context.Context, q database.Querier, day date.Date) ([]Stage, error) {
	due, err := dueReminders(ctx, q, day, 0, 100)
	var stages []Stage
	for _, d := range due {
		stages = append(stages, d.Stage)
	}
	return stages, err
}

// HoldDays takes the turn to make the model of a past day, until it is released.
func (s *Service) HoldDays(ctx context.Context) (release func(), err error) { return s.days.turn(ctx) }
