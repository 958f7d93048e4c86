package practice

import (
	"context"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/workflow"
)

// DueOn are the days since which offices are to be asked about their practices, as the database finds them on a day.
func DueOn(ctx context.Context, q database.Querier, day date.Date) (map[workflow.ID]date.Date, error) {
	due, err := dueQuestions(ctx, q, day, 0, 1000)
	all := map[workflow.ID]date.Date{}
	for _, one := range due {
		all[one.PracticeID] = one.AskedOn
	}
	return all, err
}
