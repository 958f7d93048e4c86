package review

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// maySet says whether the person sets clocks and holidays: leads do for their desks, administrators for all.
func maySet(who identity.User) bool { return who.Is(identity.Lead) || who.Is(identity.Administrator) }

// leads says whether the person sets what holds for the desk.
func leads(who identity.User, desk identity.Desk) bool {
	if who.Is(identity.Administrator) {
		return true
	}
	for _, r := range who.Staff {
		if r.Role == identity.Lead && r.Desk == desk {
			return true
		}
	}
	return false
}

// Settings are the clocks that a person may set.
type Settings struct {
	// Kinds are the names of the kinds with their service times, in order; Desks those desks.
	Kinds    []string
	Times    map[string]workflow.ServiceTime
	Desks    []identity.Desk
	Set      workflow.Desks
	Stations []workflow.DutyStation
	Holidays []workflow.Holiday
	Recount  workflow.Recounting
}

// Settings returns what the person may set; to others it is problem.Forbidden.
func (s *Service) Settings(ctx context.Context, who identity.User) (Settings, error) {
	var v Settings
	if !maySet(who) {
		return v, problem.Forbidden
	}
	q := s.db.Read()
	for _, name := range sortedKinds(s.kinds) {
		if slices.ContainsFunc(identity.Desks, func(d identity.Desk) bool { return s.kinds[name].OfDesk(d) && leads(who, d) }) {
			v.Kinds = append(v.Kinds, name)
		}
	}
	for _, d := range identity.Desks {
		if leads(who, d) {
			v.Desks = append(v.Desks, d)
		}
	}
	var err error
	if v.Times, err = workflow.ReadServiceTimes(ctx, q); err != nil {
		return v, err
	}
	if v.Set, err = workflow.ReadDesks(ctx, q); err != nil {
		return v, err
	}
	if v.Stations, err = workflow.ReadStations(ctx, q); err != nil {
		return v, err
	}
	if v.Holidays, err = workflow.ReadHolidays(ctx, q); err != nil {
		return v, err
	}
	v.Recount, err = workflow.LastRecount(ctx, q)
	return v, err
}

// The names of the fields of the clocks: answer_pledge, decision_pledge; station_hub, unassigned_hub, stuck_hub.
const (
	answerField     = "answer_"
	decisionField   = "decision_"
	stationField    = "station_"
	unassignedField = "unassigned_"
	stuckField      = "stuck_"
	seenField       = "seen"
)

// SetClocks writes the service times and desks of the form, those that the person may set. What cannot be read is
// problem.Invalid; when somebody has changed the settings since the form was made it is problem.Stale.
func (s *Service) SetClocks(ctx context.Context, who identity.User, typed url.Values) error {
	v, err := s.Settings(ctx, who)
	if err != nil {
		return err
	}
	var wrong []problem.Field
	days := func(name string) int {
		n, err := strconv.Atoi(i18n.Digits(strings.TrimSpace(typed.Get(name))))
		if err != nil || n < 1 || n > workflow.MaxDays {
			wrong = append(wrong, problem.Field{Name: name, Key: "review.setting.days.wrong", Args: []any{workflow.MaxDays}})
			return 0
		}
		return n
	}
	times, desks := map[string]workflow.ServiceTime{}, map[identity.Desk]workflow.DeskChoice{}
	for _, kind := range v.Kinds {
		t := workflow.ServiceTime{AnswerDays: days(answerField + kind)}
		if name := decisionField + kind; strings.TrimSpace(typed.Get(name)) != "" {
			if n := days(name); n > 0 {
				t.DecisionDays = &n
				if n < t.AnswerDays {
					wrong = append(wrong, problem.Field{Name: name, Key: "review.setting.decision.early"})
				}
			}
		}
		times[kind] = t
	}
	for _, desk := range v.Desks {
		d := workflow.DeskChoice{DutyStation: typed.Get(stationField + string(desk))}
		known := false
		for _, station := range v.Stations {
			known = known || station.ID == d.DutyStation
		}
		if !known {
			wrong = append(wrong, problem.Field{Name: stationField + string(desk), Key: "review.setting.station.missing"})
		}
		d.UnassignedDays, d.StuckDays = days(unassignedField+string(desk)), days(stuckField+string(desk))
		desks[desk] = d
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	seen, _ := strconv.ParseInt(typed.Get(seenField), 10, 64)
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		return workflow.SetClocks(ctx, tx, times, desks, seen, who, s.now())
	})
	if err != nil {
		return fmt.Errorf("set the clocks: %w", err)
	}
	return nil
}

// maxHolidayName is the longest name of a holiday, in characters as a person counts them.
const maxHolidayName = 100

// AddHoliday adds the holiday of the form. What cannot be read, and a day that is a holiday already, is problem.Invalid;
// somebody who may not is problem.Forbidden.
func (s *Service) AddHoliday(ctx context.Context, who identity.User, typed url.Values) error {
	v, err := s.Settings(ctx, who)
	if err != nil {
		return err
	}
	h := workflow.Holiday{DutyStation: typed.Get("station"), Yearly: typed.Get("yearly") == "yes", Names: gcm.Names{}}
	var wrong []problem.Field
	if h.DutyStation != "" {
		known := false
		for _, station := range v.Stations {
			known = known || station.ID == h.DutyStation
		}
		if !known {
			wrong = append(wrong, problem.Field{Name: "station", Key: "review.setting.station.missing"})
		}
	}
	day, given, ok, part := form.DateOf(form.Answers(typed), "day")
	switch {
	case !given:
		wrong = append(wrong, problem.Field{Name: "day.day", Key: "review.setting.holiday.day.missing"})
	case !ok:
		wrong = append(wrong, problem.Field{Name: "day." + part, Key: "review.setting.holiday.day.wrong"})
	}
	h.Day = day
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		name := strings.Join(strings.Fields(cleanNote(typed.Get("name_"+string(l)))), " ")
		switch n := form.Length(name); {
		case n == 0:
			wrong = append(wrong, problem.Field{Name: "name_" + string(l), Key: "review.setting.holiday.name.missing." + string(l)})
		case n > maxHolidayName:
			wrong = append(wrong, problem.Field{Name: "name_" + string(l), Key: "review.setting.holiday.name.long", Args: []any{maxHolidayName, n}})
		}
		h.Names[l] = name
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error { return workflow.AddHoliday(ctx, tx, h, who, s.now()) })
	if errors.Is(err, workflow.ErrHolidayTwice) {
		return problem.Invalid(problem.Field{Name: "day.day", Key: "review.setting.holiday.day.twice"})
	}
	if err != nil {
		return fmt.Errorf("add a holiday: %w", err)
	}
	return nil
}

// RemoveHoliday takes a holiday out; one that is gone already is problem.NotFound, somebody who may not problem.Forbidden.
func (s *Service) RemoveHoliday(ctx context.Context, who identity.User, id int64) error {
	if !maySet(who) {
		return problem.Forbidden
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error { return workflow.RemoveHoliday(ctx, tx, id, who, s.now()) })
	if err != nil {
		return fmt.Errorf("remove a holiday: %w", err)
	}
	return nil
}
