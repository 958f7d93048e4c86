package request

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// Asked is a request as the statistics count it: nothing of it but what is counted.
type Asked struct {
	Kind string
	// Region and Category are those of the office that asked; Region is "" for an office of no country.
	Region, Category string
	// Year is the one in which it was first handed in.
	Year int
	// AnswerDays are working days of the desk from then to its first answer, DoneDays those to its decision without the time in which
	// it waited for the submitter; nil while there is none.
	AnswerDays, DoneDays *int
	// Waited are the working days that it has waited for an answer up to now.
	Waited int
	Times  workflow.ServiceTime
}

// Figures are what is counted of some requests.
type Figures struct {
	// Value is the kind, region or category; "" for all together.
	Value                     string
	Asked, Answered, Done     int
	MedianAnswer, MedianDone  float64 // working days; of none 0
	AnswerInTime, AnswerDue   int     // of those answered, or for which the service time is over
	DecisionInTime, Decisions int     // of those that are decided and have a service time
}

// Statistics are the figures of all requests together, and by kind, region and category.
type Statistics struct {
	Years                    []int // those in which there are requests, the latest first
	Year                     int   // 0 is all
	All                      Figures
	Kinds, Regions, Category []Figures
}

// requestsAsked is the SQL of Asked, with the condition on the submission s in place of %s: when it was first handed in, and first
// answered by the desk: with a message, a request for changes or a decision.
const requestsAsked = `SELECT s.id, s.kind, s.desk, s.country, coalesce(o.category, '') AS category,
		(SELECT min(e.at) FROM submission_events e WHERE e.submission_id = s.id AND e.action IN ('submit', 'record')) AS sent_at,
		LEAST((SELECT min(e.at) FROM submission_events e WHERE e.submission_id = s.id AND e.action IN ('request_changes', 'approve', 'decline')),
			(SELECT min(n.at) FROM submission_notes n WHERE n.submission_id = s.id AND n.shown_to = 'submitter'
				AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = n.submission_id AND c.user_id = n.author_id))) AS answered_at
	FROM submissions s LEFT JOIN offices o ON o.id = s.office_id WHERE s.kind = ANY (@kinds) AND s.submitted_revision IS NOT NULL AND `

type askedRow struct {
	ID                      workflow.ID
	Kind, Country, Category string
	Desk                    identity.Desk
	SentAt                  *time.Time
	AnsweredAt              *time.Time
}

// Summary counts all requests that were handed in, of a year or of all (0): figures only, for everybody.
func (s *Service) Summary(ctx context.Context, year int) (Statistics, error) {
	return s.statistics(ctx, "true", database.Args{}, year)
}

// DeskStatistics is Summary of what the person has before them at their desks.
func (s *Service) DeskStatistics(ctx context.Context, who identity.User, year int) (Statistics, error) {
	return s.statistics(ctx, workflow.OnDesk, database.Args{"who": who.ID, "staff": who.IsStaff()}, year)
}

func (s *Service) statistics(ctx context.Context, where string, args database.Args, year int) (Statistics, error) {
	kinds := []string{Contact}
	for _, k := range Kinds {
		kinds = append(kinds, k.Name)
	}
	args["kinds"] = kinds
	q := s.db.Read()
	rows, err := database.Rows[askedRow](ctx, q, requestsAsked+where, args)
	if err != nil {
		return Statistics{}, fmt.Errorf("count the requests: %w", err)
	}
	ids := make([]workflow.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	type event struct {
		SubmissionID workflow.ID
		workflow.Event
	}
	steps, err := database.Rows[event](ctx, q, `SELECT e.submission_id, e.id, e.revision, e.action, e.from_state, e.to_state, e.actor_id, '' AS actor_name, e.note_id, '' AS note, e.at
		FROM submission_events e WHERE e.submission_id = ANY ($1) ORDER BY e.id`, ids)
	if err != nil {
		return Statistics{}, fmt.Errorf("read the steps of requests: %w", err)
	}
	events := map[workflow.ID][]workflow.Event{}
	for _, e := range steps {
		events[e.SubmissionID] = append(events[e.SubmissionID], e.Event)
	}
	desks, err := workflow.ReadDesks(ctx, q)
	if err != nil {
		return Statistics{}, err
	}
	serviceTimes, err := workflow.ReadServiceTimes(ctx, q)
	if err != nil {
		return Statistics{}, err
	}
	var all []Asked
	for _, r := range rows {
		if r.SentAt != nil {
			all = append(all, r.asked(events[r.ID], serviceTimes[r.Kind], desks[r.Desk].DutyStation, s.Vocabulary(), s.now()))
		}
	}
	return Count(all, year), nil
}

func (r askedRow) asked(events []workflow.Event, times workflow.ServiceTime, at workflow.DutyStation, v *gcm.Vocabulary, now time.Time) Asked {
	a := Asked{Kind: r.Kind, Category: r.Category, Year: at.DayOf(*r.SentAt).Year(), Times: times}
	if c, ok := v.Country(r.Country); ok {
		a.Region = c.Region
	}
	between := func(until time.Time) int { return at.Calendar.Between(at.DayOf(*r.SentAt), at.DayOf(until)) }
	a.Waited = between(now)
	if r.AnsweredAt != nil {
		days := between(*r.AnsweredAt)
		a.AnswerDays = &days
	}
	last := len(events) - 1
	if last >= 0 && slices.Contains([]workflow.State{workflow.Accepted, workflow.Declined, workflow.Archived}, events[last].ToState) {
		days := 0
		for _, stretch := range workflow.Count(events, r.AnsweredAt, times, at, now).Stretches {
			days += stretch.Days
		}
		a.DoneDays = &days
	}
	return a
}

// Count makes figures of requests: of those of a year, or of all (0).
func Count(all []Asked, year int) Statistics {
	s := Statistics{Year: year}
	for _, a := range all {
		if !slices.Contains(s.Years, a.Year) {
			s.Years = append(s.Years, a.Year)
		}
	}
	slices.Sort(s.Years)
	slices.Reverse(s.Years)
	if year != 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(a Asked) bool { return a.Year != year })
	}
	s.All = figures("", all)
	s.Kinds = grouped(all, func(a Asked) string { return a.Kind })
	s.Regions = grouped(all, func(a Asked) string { return a.Region })
	s.Category = grouped(all, func(a Asked) string { return a.Category })
	return s
}

// grouped are the figures by a value, the most asked first.
func grouped(all []Asked, by func(Asked) string) []Figures {
	groups := map[string][]Asked{}
	for _, a := range all {
		groups[by(a)] = append(groups[by(a)], a)
	}
	var rows []Figures
	for value, group := range groups {
		rows = append(rows, figures(value, group))
	}
	slices.SortFunc(rows, func(a, b Figures) int {
		if a.Asked != b.Asked {
			return b.Asked - a.Asked
		}
		return compareValues(a.Value, b.Value)
	})
	return rows
}

func figures(value string, all []Asked) Figures {
	f := Figures{Value: value, Asked: len(all)}
	var answers, done []int
	for _, a := range all {
		switch {
		case a.AnswerDays != nil:
			answers = append(answers, *a.AnswerDays)
			f.AnswerDue++
			if *a.AnswerDays <= a.Times.AnswerDays {
				f.AnswerInTime++
			}
		case a.Waited > a.Times.AnswerDays:
			f.AnswerDue++
		}
		if a.DoneDays != nil {
			done = append(done, *a.DoneDays)
			if a.Times.DecisionDays != nil {
				f.Decisions++
				if *a.DoneDays <= *a.Times.DecisionDays {
					f.DecisionInTime++
				}
			}
		}
	}
	f.Answered, f.Done = len(answers), len(done)
	f.MedianAnswer, f.MedianDone = median(answers), median(done)
	return f
}

// median is the middle of the numbers, or the mean of the two in the middle; 0 for none.
func median(all []int) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	n := len(all)
	return float64(all[(n-1)/2]+all[n/2]) / 2
}
