package pledge

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/workflow"
)

// Period is the first and the last day, in Geneva, that a report is about.
type Period struct{ From, Until date.Date }

// Year is the calendar year that the period is, if it is one.
func (p Period) Year() (year int, ok bool) {
	year = p.From.Year()
	return year, p == Period{date.New(year, time.January, 1), date.New(year, time.December, 31)}
}

// quarters are those that make up the period, the last one as far as it had come on its last day; nil when it does not
// begin with one.
func (p Period) quarters() []string {
	if p.From.Day() != 1 || (p.From.Month()-1)%3 != 0 {
		return nil
	}
	var all []string
	for day := p.From; !p.Until.Before(day); day = date.New(day.Year(), day.Month()+3, 1) {
		all = append(all, quarterOf(day))
	}
	return all
}

// Annual is the report on a period.
type Annual struct {
	Period
	// New counts the pledges that were first published in the period, Begin all that were public the day before it, End all
	// at its end. Each is what the list of its filter holds.
	New, Begin, End Board
	// Updates are how many reports on pledges were published in the period, on Reported different pledges.
	Updates, Reported int
	Stories           []Story
}

// Story is a report that says what was done.
type Story struct {
	PublicID, Title, Lang, Entity string
	Update
}

// storiesShown is how many a report tells.
const storiesShown = 8

// Annual makes the report on a period that is not in the future.
func (s *Service) Annual(ctx context.Context, p Period) (Annual, error) {
	a := Annual{Period: p}
	err := func() (err error) {
		if a.New, err = s.Tallies(ctx, Filter{Since: p.From, AsOf: p.Until}); err != nil {
			return err
		}
		if a.Begin, err = s.Tallies(ctx, Filter{AsOf: p.From.AddDays(-1)}); err != nil {
			return err
		}
		if a.End, err = s.Tallies(ctx, Filter{AsOf: p.Until}); err != nil {
			return err
		}
		from, until := p.From.In(i18n.Geneva), p.Until.AddDays(1).In(i18n.Geneva)
		type counts struct{ Updates, Pledges int }
		n, err := database.Row[counts](ctx, s.db.Read(), `SELECT count(*)::int AS updates, count(DISTINCT u.pledge_id)::int AS pledges
			FROM pledge_updates u JOIN pledges p ON p.id = u.pledge_id AND p.until IS NULL WHERE u.published_at >= $1 AND u.published_at < $2`, from, until)
		if err != nil {
			return err
		}
		a.Updates, a.Reported = n.Updates, n.Pledges
		a.Stories, err = stories(ctx, s.db.Read(), from, until)
		return err
	}()
	if err != nil {
		return a, fmt.Errorf("report on %s to %s: %w", p.From, p.Until, err)
	}
	return a, nil
}

// stories returns reports that were published from one instant until before another and say what was done: first those on
// what was fulfilled, then the newest; one a pledge.
func stories(ctx context.Context, q database.Querier, from, until time.Time) ([]Story, error) {
	type row struct {
		ID workflow.ID
		N  int
	}
	chosen, err := database.Rows[row](ctx, q, `SELECT x.pledge_id AS id, x.n FROM (
			SELECT u.id, u.pledge_id, u.status IN ('fulfilled', 'fulfilled_late') AS done, u.published_at,
				row_number() OVER (PARTITION BY u.pledge_id ORDER BY u.status IN ('fulfilled', 'fulfilled_late') DESC, u.id DESC) AS place,
				(SELECT count(*)::int FROM pledge_updates e WHERE e.pledge_id = u.pledge_id AND e.id <= u.id) AS n
			  FROM (SELECT * FROM pledge_updates WHERE published_at >= $1 AND published_at < $2 AND evidence <> '' AND status NOT IN ('withdrawn', 'superseded')
					 ORDER BY status IN ('fulfilled', 'fulfilled_late') DESC, published_at DESC, id DESC LIMIT $3 * 8) u
			  JOIN pledges p ON p.id = u.pledge_id AND p.until IS NULL) x
		 WHERE x.place = 1 ORDER BY x.done DESC, x.published_at DESC, x.id DESC LIMIT $3`, from, until, storiesShown)
	if err != nil || len(chosen) == 0 {
		return nil, err
	}
	ids := make([]workflow.ID, len(chosen))
	for i, c := range chosen {
		ids[i] = c.ID
	}
	type told struct {
		ID workflow.ID
		Reference
	}
	named, err := database.Rows[told](ctx, q, `SELECT p.id, `+referenceColumns+` FROM pledges p WHERE p.id = ANY ($1) AND p.until IS NULL`, ids)
	if err != nil {
		return nil, err
	}
	updates, err := updatesOf(ctx, q, ids...)
	if err != nil {
		return nil, err
	}
	var all []Story
	for _, c := range chosen {
		for _, p := range named {
			if p.ID == c.ID {
				all = append(all, Story{PublicID: p.PublicID, Title: p.Title, Lang: p.Lang, Entity: p.Entity, Update: updates[c.ID][c.N-1]})
			}
		}
	}
	return all, nil
}

// yearPeriod is a calendar year, as far as it has come by today; ok is false for one without a report.
func yearPeriod(text string, today date.Date) (p Period, ok bool) {
	year, err := strconv.Atoi(text)
	if err != nil || year < FirstYear || year > today.Year() {
		return p, false
	}
	p = Period{date.New(year, time.January, 1), date.New(year, time.December, 31)}
	if today.Before(p.Until) {
		p.Until = today
	}
	return p, true
}
