package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// Alarm is a reason why the radar shows a submission (review.md, Stuck-work radar): a row of a table, so that another one is
// added in one place. Its texts are review.radar.reason.<name> and ….hint.
type Alarm struct {
	Name string
	// Where is the condition in SQL. s is the submission, which is of a desk of the person and not behind the wall for them;
	// d is its desk: d.today and d.soon are the day there and the last one that is due soon, d.unassigned_before and
	// d.stuck_before the instants since when somebody waits too long. @today are the days at all desks of the person.
	Where string
	// Order is what the longest waiting come first by.
	Order string
	// Says tells of submissions that it has found what they wait for, by number; nil says for whom they wait, and since when.
	Says func(ctx context.Context, q database.Querier, ids []workflow.ID) (map[workflow.ID]string, error)
}

// alarms are the radar's, the most pressing first. Each stands on an index (migration 00019).
var alarms = []Alarm{
	{Name: "overdue", Where: "s.due_on < d.today", Order: "s.due_on"},
	{Name: "due_soon", Where: "s.due_on BETWEEN d.today AND d.soon", Order: "s.due_on"},
	{Name: "unassigned", Where: "s.waiting_for = 'desk' AND s.assigned_to IS NULL AND s.waiting_since < d.unassigned_before", Order: "s.waiting_since"},
	{Name: "stuck", Where: "s.waiting_for = 'submitter' AND s.waiting_since < d.stuck_before", Order: "s.waiting_since"},
}

// perAlarm is how many submissions the radar lists under one reason.
const perAlarm = 20

// Blip is what the radar shows under one reason.
type Blip struct {
	Alarm
	// Total is how many there are, Rows the first of them.
	Total int
	Rows  []workflow.Submission
	// said is what Says says of them.
	said map[workflow.ID]string
}

// waits says what a submission waits for.
func (b Blip) waits(ctx context.Context, d workflow.DeskSettings, s workflow.Submission) string {
	if b.Says != nil {
		return b.said[s.ID]
	}
	return waitsFor(ctx, d, s)
}

// Radar is what needs attention at the person's desks.
type Radar struct {
	Blips []Blip
	Desks workflow.Desks
	// Total counts each submission once for each reason.
	Total int
}

// Radar returns what needs attention at the person's desks, at most perAlarm submissions for each reason.
func (s *Service) Radar(ctx context.Context, who identity.User) (Radar, error) {
	r, err := radarOf(ctx, s.db.Read(), s.allAlarms(), who, perAlarm, s.now())
	if err != nil {
		return r, fmt.Errorf("read the radar: %w", err)
	}
	return r, nil
}

// allAlarms are the desk's own, and those that other areas bring.
func (s *Service) allAlarms() []Alarm { return slices.Concat(alarms, s.alarms) }

func radarOf(ctx context.Context, q database.Querier, all []Alarm, who identity.User, limit int, now time.Time) (Radar, error) {
	var r Radar
	var err error
	if r.Desks, err = workflow.ReadDesks(ctx, q); err != nil {
		return r, err
	}
	var desks []string
	var today, soon []date.Date
	var unassigned, stuck []time.Time
	for _, name := range who.Desks() {
		d := r.Desks[name]
		desks = append(desks, string(name))
		today, soon = append(today, d.Today(now)), append(soon, d.SoonUntil(now))
		unassigned, stuck = append(unassigned, d.WaitedBefore(d.UnassignedDays, now)), append(stuck, d.WaitedBefore(d.StuckDays, now))
	}
	if len(desks) == 0 {
		return r, nil
	}
	args := database.Args{
		"who": who.ID, "staff": who.IsStaff(), "desks": desks, "today": today, "soon": soon, "unassigned": unassigned, "stuck": stuck, "limit": limit,
	}
	const from = ` FROM unnest(@desks::text[], @today::date[], @soon::date[], @unassigned::timestamptz[], @stuck::timestamptz[])
			AS d(desk, today, soon, unassigned_before, stuck_before)
		JOIN submissions s ON s.desk = d.desk WHERE ` + workflow.OnDeskWalled + ` AND `
	type found struct {
		Alarm int
		ID    workflow.ID
		Total int
	}
	var parts []string
	for i, reason := range all {
		parts = append(parts, fmt.Sprintf(`(SELECT %d AS alarm, s.id, count(*) OVER ()::int AS total%s%s ORDER BY %s, s.id LIMIT @limit)`, i, from, reason.Where, reason.Order))
	}
	rows, err := database.Rows[found](ctx, q, "WITH "+workflow.Walled+"\n"+strings.Join(parts, "\nUNION ALL\n"), args)
	if err != nil {
		return r, err
	}
	ids := make([]workflow.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	subs, err := database.Rows[workflow.Submission](ctx, q, workflow.SelectOnDesk,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "ids": ids})
	if err != nil {
		return r, err
	}
	byID := map[workflow.ID]workflow.Submission{}
	for _, sub := range subs {
		byID[sub.ID] = sub
	}
	r.Blips = make([]Blip, len(all))
	for i, reason := range all {
		r.Blips[i].Alarm = reason
	}
	for _, row := range rows {
		sub, ok := byID[row.ID]
		if !ok {
			continue // it moved on between the two questions
		}
		b := &r.Blips[row.Alarm]
		if b.Rows == nil {
			r.Total += row.Total
		}
		b.Total = row.Total
		b.Rows = append(b.Rows, sub)
	}
	for i := range r.Blips {
		b := &r.Blips[i]
		if b.Says == nil || len(b.Rows) == 0 {
			continue
		}
		var found []workflow.ID
		for _, sub := range b.Rows {
			found = append(found, sub.ID)
		}
		if b.said, err = b.Says(ctx, q, found); err != nil {
			return r, err
		}
	}
	return r, nil
}
