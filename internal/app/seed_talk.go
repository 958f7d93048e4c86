package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/request"
	"portal/internal/workflow"
)

//go:embed demo/talks.json
var demoTalks []byte

// demoTalk is an invented talk: Dates are days after today with times and zone, Organizers further offices, and After what became of
// it once it was accepted.
type demoTalk struct {
	demoRequest
	Dates      [][]any
	Organizers []string
	After      struct {
		Registration, Summary, Recording, Report, Cancel string
		Link                                             bool
		Move                                             int
	}
}

// announcedStage is a talk whose date the desk has set.
const announcedStage = "announced"

// talks lives through the stories of the talks.
func (s *seeder) talks(ctx context.Context, pledges []demoPledge) error {
	var all []demoTalk
	if err := json.Unmarshal(demoTalks, &all); err != nil {
		return err
	}
	for _, t := range all {
		if err := s.gcmTalk(ctx, t, pledges); err != nil {
			return fmt.Errorf("%v: %w", t.Answers["title"], err)
		}
	}
	s.now = s.start
	return s.areas.requests.CareTalks(ctx)
}

// slot puts a date of a talk into a form, under the names that the prefix begins.
func (t demoTalk) slot(n int, prefix string, s *seeder, move int) form.Answers {
	a := form.Answers{}
	days, _ := t.Dates[n][0].(float64)
	setDay(a, prefix+"day", date.Of(s.start).AddDays(int(days)+move))
	for i, name := range []string{"starts", "ends", "zone"} {
		a[prefix+name] = []string{fmt.Sprint(t.Dates[n][i+1])}
	}
	return a
}

// gcmTalk lives through the story of one.
func (s *seeder) gcmTalk(ctx context.Context, t demoTalk, pledges []demoPledge) error {
	writer, err := s.requestWriter(ctx, t.demoRequest, pledges)
	if err != nil {
		return err
	}
	for n := range t.Dates {
		t.Answers = form.Merge(t.Answers, t.slot(n, form.RowName("dates", n, ""), s, 0))
	}
	for n, name := range append([]string{writer.Posts[0].OfficeName}, t.Organizers...) {
		role := "co_lead"
		if n == 0 {
			role = "lead"
		}
		t.Answers[form.RowName("organizers", n, "name")], t.Answers[form.RowName("organizers", n, "role")] = []string{name}, []string{role}
	}
	announced := t.Stage == announcedStage
	if announced {
		t.Stage = acceptedStage
	}
	id, err := s.request(ctx, t.demoRequest, pledges)
	if err != nil || !announced {
		return err
	}
	return s.announceTalk(ctx, t, id)
}

// announceTalk sets the date of a talk, and lives through what became of it.
func (s *seeder) announceTalk(ctx context.Context, t demoTalk, id workflow.ID) error {
	officer, err := s.staffOf(ctx, "network@demo.example")
	if err != nil {
		return err
	}
	s.at(t.Sent-4, 10)
	version := func() int {
		v, _ := database.Value[int](ctx, s.db.Read(), `SELECT version FROM talks WHERE id = $1`, id) // 0 is none, and refused
		return v
	}
	values := url.Values(t.slot(0, "", s, 0))
	values.Set("registration", t.After.Registration)
	values.Set("place", form.Answers(t.Answers).First("place"))
	if err := s.areas.requests.Announce(ctx, officer, id, version(), values); err != nil {
		return err
	}
	s.at(t.Sent-9, 15)
	switch {
	case t.After.Cancel != "":
		return s.areas.requests.Cancel(ctx, officer, id, version(), t.After.Cancel)
	case t.After.Move != 0:
		return s.areas.requests.Announce(ctx, officer, id, version(), url.Values(t.slot(0, "", s, t.After.Move-int(t.Dates[0][0].(float64)))))
	case t.After.Summary == "":
		return nil
	}
	outcome := url.Values{"summary": {t.After.Summary}, "recording": {t.After.Recording}, "report": {t.After.Report}}
	if t.After.Link {
		for name, sql := range map[string]string{"pledges": `SELECT min(public_id) FROM submissions WHERE kind = 'pledge' AND state = 'published'`, "practices": `SELECT min(public_id) FROM submissions WHERE kind = 'practice' AND state = 'published'`} {
			ids, err := database.Value[string](ctx, s.db.Read(), sql)
			if err != nil {
				return err
			}
			outcome.Set(name, ids)
		}
	}
	number, err := database.Value[int](ctx, s.db.Read(), `SELECT number FROM talks WHERE id = $1`, id)
	if err != nil {
		return err
	}
	s.at(2, 11)
	return s.areas.requests.Report(ctx, officer, request.FormatTalkID(number), version(), outcome)
}
