package practice

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/workflow"
)

// Alarm is a reason why the desk's radar shows a practice; see review.Alarm.
type Alarm struct {
	Name, Where, Order string
	Says               func(ctx context.Context, q database.Querier, ids []int64) (map[int64]string, error)
}

// Alarms are those about practices: offices that do not answer whether they are still true, and such in which there is nobody to
// ask. s is the submission, d.today the day at its desk. While a new version is written, nothing is to be answered.
var Alarms = []Alarm{
	{Name: "practice_silent", Where: unanswered("1 year 90 days", "< d.today - interval '1 year 90 days'"), Order: vouchedSince, Says: vouchedSays},
	{Name: "practice_nobody", Where: unanswered("1 year", "BETWEEN d.today - interval '1 year 90 days' AND d.today - interval '1 year'") +
		` AND NOT EXISTS (SELECT FROM offices o` + workflow.JoinActors + ` WHERE o.id = s.office_id)`, Order: vouchedSince, Says: vouchedSays},
}

// unanswered is the condition that the submission s is a published practice that was vouched for last at a time as said, which is
// at least so long ago. The latter alone does not depend on the desk, so that few practices are looked at and not all submissions.
func unanswered(ago, when string) string {
	return `s.kind = 'practice' AND s.state = 'published'
		AND s.id IN (SELECT p.id FROM practices p WHERE p.until IS NULL AND p.confirmed_at <= (SELECT max(t) FROM unnest(@today::date[]) t) - interval '` + ago + `')
		AND EXISTS (SELECT FROM practices p WHERE p.id = s.id AND p.until IS NULL AND p.confirmed_at ` + when + `)`
}

// vouchedSince is when the practice s was vouched for last.
const vouchedSince = `(SELECT p.confirmed_at FROM practices p WHERE p.id = s.id AND p.until IS NULL)`

// vouchedSays says since when nobody has vouched for practices.
func vouchedSays(ctx context.Context, q database.Querier, ids []int64) (map[int64]string, error) {
	type row struct {
		ID          int64
		ConfirmedAt time.Time
	}
	rows, err := database.Rows[row](ctx, q, `SELECT id, confirmed_at FROM practices WHERE until IS NULL AND id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("since when practices are vouched for: %w", err)
	}
	says := map[int64]string{}
	for _, r := range rows {
		says[r.ID] = i18n.T(ctx, "practice.living.since", i18n.DayOf(ctx, r.ConfirmedAt))
	}
	return says, nil
}
