package app

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/fund"
	"portal/internal/i18n"
)

// demoMeetings are invented meetings of the Steering Committee, on the first Thursday from so many days after today: some are
// past, for the next one time is short.
var demoMeetings = []struct {
	days           int
	clock, zone    string
	nameEN, nameAR string
}{
	{-200, "10:00", "Europe/Zurich", "Twelfth meeting of the Steering Committee", "الاجتماع الثاني عشر للجنة التوجيهية"},
	{-95, "15:00", "Europe/Zurich", "Thirteenth meeting of the Steering Committee", "الاجتماع الثالث عشر للجنة التوجيهية"},
	{50, "10:00", "Europe/Zurich", "Fourteenth meeting of the Steering Committee", "الاجتماع الرابع عشر للجنة التوجيهية"},
	{113, "20:30", "America/New_York", "Fifteenth meeting of the Steering Committee", "الاجتماع الخامس عشر للجنة التوجيهية"},
	{169, "09:30", "Africa/Nairobi", "Extraordinary meeting of the Steering Committee", "اجتماع استثنائي للجنة التوجيهية"},
	{239, "10:00", "Europe/Zurich", "", ""},
}

// The places in demoMeetings of the meeting that was moved by a week and of the one that was cancelled.
const (
	movedMeeting     = 3
	cancelledMeeting = 4
)

// meetings adds the demonstration's meetings, moves one and cancels one.
func (s *seeder) meetings(ctx context.Context) error {
	lead, err := s.staffOf(ctx, "fundlead@demo.example")
	if err != nil {
		return err
	}
	today := date.Today(s.start, i18n.Geneva)
	form := func(days int, clock, zone string) url.Values {
		day := today.AddDays(days)
		for day.Weekday() != time.Thursday {
			day = day.AddDays(1)
		}
		return url.Values{"at.day": {strconv.Itoa(day.Day())}, "at.month": {strconv.Itoa(int(day.Month()))}, "at.year": {strconv.Itoa(day.Year())}, "clock": {clock}, "zone": {zone}}
	}
	s.at(400, 11)
	ids := make([]fund.MeetingID, len(demoMeetings))
	for i, m := range demoMeetings {
		typed := form(m.days, m.clock, m.zone)
		typed.Set("name_en", m.nameEN)
		typed.Set("name_ar", m.nameAR)
		if ids[i], err = s.areas.fund.AddMeeting(ctx, lead, typed); err != nil {
			return err
		}
	}
	s.at(12, 10)
	m := demoMeetings[movedMeeting]
	if err := s.areas.fund.MoveMeeting(ctx, lead, ids[movedMeeting], 1, form(m.days+7, m.clock, m.zone)); err != nil {
		return err
	}
	s.at(8, 10)
	return s.areas.fund.CancelMeeting(ctx, lead, ids[cancelledMeeting], 1, "The agenda is taken up at the next regular meeting.")
}

// configuration sets the second version of what the form of notes goes by, while drafts are being written: they are carried over,
// and say what has changed.
func (s *seeder) configuration(ctx context.Context) error {
	lead, err := s.staffOf(ctx, "fundlead@demo.example")
	if err != nil {
		return err
	}
	all, err := s.areas.notes.History(ctx, lead)
	if err != nil {
		return err
	}
	last := all[len(all)-1]
	last.Content.Duration.Most += 6
	last.Content.Lengths.Short += 500
	s.at(5, 10)
	return s.areas.notes.SetConfiguration(ctx, lead, last.Number, last.Content)
}
