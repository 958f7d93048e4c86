package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/review"
	"portal/internal/workflow"
)

// demoViews are the searches that the demonstration's staff have kept: by whom, and whether for the whole desk.
var demoViews = []struct {
	email  string
	shared bool
	review.NewView
}{
	{"lead@demo.example", true, review.NewView{Name: "Overdue", Search: "is:overdue"}},
	{"lead@demo.example", true, review.NewView{Name: "Nobody has taken it", Search: "is:unassigned age:>2 sort:oldest"}},
	{"lead@demo.example", true, review.NewView{Name: "Ready to release", Search: "is:pending"}},
	{"officer@demo.example", false, review.NewView{Name: "Mine, due this week", Search: "assigned:me due:<=+7"}},
	{"officer@demo.example", false, review.NewView{Name: "Waiting for long", Search: "is:paused age:>10"}},
	{"officer@demo.example", false, review.NewView{Name: "قيد المراجعة لديّ", Search: "assigned:me state:in_review"}},
}

// views keeps the searches.
func (s *seeder) views(ctx context.Context) error {
	language := review.Language{Country: func(string) (string, bool) { return "", false }}
	for _, v := range demoViews {
		i := slices.IndexFunc(s.officers, func(u identity.User) bool { return u.Email == v.email })
		if i < 0 {
			return fmt.Errorf("%s is not at the desk", v.email)
		}
		if v.shared {
			v.Desk = identity.PledgesDesk
		}
		if err := s.areas.desk.KeepView(ctx, s.officers[i], language, v.NewView); err != nil {
			return fmt.Errorf("the view %q: %w", v.Name, err)
		}
	}
	return nil
}

// rules has the desk's lead say to whom what is handed in from now on is given.
func (s *seeder) rules(ctx context.Context) error {
	s.at(6, 9)
	officer, lead, second := s.officers[0].ID, s.officers[1].ID, s.officers[2].ID
	for _, r := range []review.Rule{
		{Lang: "ar", Officers: []int64{officer}}, {Lang: "fr", Officers: []int64{second}}, {Region: "africa", Officers: []int64{officer, second}}, {Objective: 6, Officers: []int64{lead}},
	} {
		r.Desk = identity.PledgesDesk
		if err := s.areas.desk.SaveRule(ctx, s.officers[1], r); err != nil {
			return err
		}
	}
	return nil
}

// demoLinks are pledges that the desk has found to belong together, by their places in the list.
var demoLinks = []struct {
	one, other int
	reason     string
}{
	{9, 0, "The country that recruits and one that workers leave: they speak of the same agencies."},
	{30, 54, "Two one-stop shops for people abroad who invest at home; they could learn from each other."},
}

// sentTwice is the place of a pledge that its office hands in a second time; the desk merges the second into the first.
const sentTwice = 30

// links has the desk link what belongs together, and merge what was sent twice.
func (s *seeder) links(ctx context.Context, all []demoPledge) error {
	officer, second := s.officers[0], s.officers[2]
	s.at(5, 11)
	for _, l := range demoLinks {
		one, err := s.idOf(ctx, officer, all[l.one].Title)
		if err != nil {
			return err
		}
		other, err := s.idOf(ctx, officer, all[l.other].Title)
		if err != nil {
			return err
		}
		if err := s.areas.desk.LinkTo(ctx, officer, one, strconv.FormatInt(other, 10), l.reason); err != nil {
			return err
		}
	}
	p := all[sentTwice]
	first, err := s.idOf(ctx, officer, p.Title)
	if err != nil {
		return err
	}
	people := s.offices[p.Office]
	writer := people[len(people)-1]
	s.at(4, 10)
	twice, err := s.areas.submissions.Start(ctx, writer, pledge.KindName, writer.Posts[0].OfficeID)
	if err != nil {
		return err
	}
	answers := s.answers(sentTwice, p, writer)
	for _, step := range s.areas.kinds[pledge.KindName].Form.Steps {
		if only := pick(step, answers); len(only) > 0 {
			if _, err := s.areas.submissions.SaveStep(ctx, writer, twice, step.ID, workflow.Origin{}, only); err != nil {
				return fmt.Errorf("step %s: %w", step.ID, err)
			}
		}
	}
	s.at(4, 16)
	if err := s.submit(ctx, writer, twice); err != nil {
		return err
	}
	s.at(3, 10)
	c, err := s.areas.desk.Open(ctx, second, twice)
	if err != nil {
		return err
	}
	return s.areas.desk.Merge(ctx, second, twice, review.Merger{
		Into: strconv.FormatInt(first, 10), Version: c.Version, Note: "Ce texte nous est déjà parvenu. Nous examinons le premier envoi et fermons celui-ci.",
	})
}
