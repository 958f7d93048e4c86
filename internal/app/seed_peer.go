package app

import (
	"context"
	"fmt"

	"portal/internal/account"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/pledge"
	"portal/internal/workflow"
)

// demoReviewers are invented reviewers with their profiles; reviewer@demo.example is one more.
var demoReviewers = []struct {
	email, name, worksFor, country string
	side                           peer.Side
	objectives                     []int
	languages, regions             []string
}{
	{"reviewer@demo.example", "Ingrid Solberg", "International Organization for Migration", "NO", peer.UN, []int{1, 2, 3, 5, 7, 23}, []string{"en", "fr", "es"}, []string{"europe_north_america"}},
	{"reviewer2@demo.example", "Chipo Moyo", "University of Harare", "ZW", peer.External, []int{1, 5, 6, 7, 15, 16}, []string{"en", "fr", "ar"}, []string{"africa"}},
	{"reviewer3@demo.example", "Rahul Menon", "Migration Policy Forum", "IN", peer.External, []int{2, 5, 6, 18, 19, 20}, []string{"en", "es", "ru"}, []string{"asia_pacific"}},
	{"reviewer4@demo.example", "Lucía Quiroga", "Red Andina de Migraciones", "UY", peer.External, []int{7, 8, 10, 15, 16, 17}, []string{"es", "en", "fr"}, []string{"latin_america_caribbean"}},
	{"reviewer5@demo.example", "Hana Nasser", "Economic and Social Commission for Western Asia", "LB", peer.UN, []int{3, 4, 6, 12, 21, 22}, []string{"ar", "en", "fr", "zh"}, []string{"arab_states"}},
	{"reviewer6@demo.example", "Pavel Horák", "Charles University", "CZ", peer.External, []int{1, 3, 9, 11, 13, 17, 23}, []string{"en", "ru", "ar", "zh"}, []string{"europe_north_america"}},
}

// course is how a round of the demonstration goes.
type course int

// The courses of a round.
const (
	underWayRound course = iota // one has handed in, one writes, one has not answered
	disputedRound               // all have handed in, and are so far apart that the rule has called in one more
	completeRound               // all have handed in and agree: the desk can decide
)

// inAgain is the place of a pledge that was handed in again, and whose reviews are all in.
const inAgain = 41

// peers lives through some peer review: a round of each course.
func (s *seeder) peers(ctx context.Context, all []demoPledge) error {
	s.at(5, 9)
	s.reviewers = map[int64]identity.User{}
	for i, r := range demoReviewers {
		in := account.Introduction{
			Email: r.email, Profile: account.Profile{Name: r.name, Position: r.worksFor, Country: r.country, Lang: i18n.English},
			Password: DemonstrationPassword, Factor: demoFactor(r.email), Roles: []identity.StaffRole{{Role: identity.Reviewer}},
		}
		var u identity.User
		var err error
		if i == 0 { // is there already
			id, err := database.Value[int64](ctx, s.db.Read(), `SELECT id FROM users WHERE email = $1`, r.email)
			if err != nil {
				return err
			}
			if u, err = identity.Load(ctx, s.db.Read(), id); err != nil {
				return err
			}
		} else if u, err = s.areas.accounts.Introduce(ctx, in); err != nil {
			return fmt.Errorf("%s: %w", r.email, err)
		}
		err = s.areas.peer.SaveProfile(ctx, u, peer.Profile{
			Side: r.side, WorksFor: r.worksFor, Objectives: r.objectives, Languages: r.languages, Regions: r.regions, Capacity: 2 + i%3, Active: true,
		})
		if err != nil {
			return fmt.Errorf("%s: %w", r.email, err)
		}
		s.reviewers[u.ID] = u
	}
	lead, err := s.leadOf(ctx)
	if err != nil {
		return err
	}
	k, err := s.areas.peer.SettingsOf(ctx, lead, pledge.KindName)
	if err != nil {
		return err
	}
	k.Settings.Enabled, k.Settings.Redacted = true, []string{peer.RedactAuthor}
	if err := s.areas.peer.SaveSettings(ctx, lead, k.Settings); err != nil {
		return err
	}
	ids, err := database.Values[workflow.ID](ctx, s.db.Read(), `SELECT id FROM submissions WHERE state = 'in_review' AND kind = $1 ORDER BY id LIMIT 2`, pledge.KindName)
	if err != nil {
		return err
	}
	agreed, err := s.idOf(ctx, lead, all[inAgain].Title)
	if err != nil {
		return err
	}
	for n, id := range append(ids, agreed) {
		s.at(4, 9)
		if err := s.peerRound(ctx, lead, id, s.reviewers, course(n)); err != nil {
			return fmt.Errorf("round of submission %d: %w", id, err)
		}
	}
	s.now = s.start
	return nil
}

func (s *seeder) leadOf(ctx context.Context) (identity.User, error) {
	id, err := database.Value[int64](ctx, s.db.Read(), `SELECT id FROM users WHERE email = 'lead@demo.example'`)
	if err != nil {
		return identity.User{}, err
	}
	return identity.Load(ctx, s.db.Read(), id)
}

// peerRound opens a round with one reviewer of the United Nations and two external ones, as far as there are.
func (s *seeder) peerRound(ctx context.Context, lead identity.User, id workflow.ID, reviewers map[int64]identity.User, goes course) error {
	c, err := s.areas.peer.Reviews(ctx, lead, id)
	if err != nil {
		return err
	}
	n := peer.NewRound{DueOn: date.Of(s.start.In(i18n.Geneva)).AddDays(16), Version: c.Version}
	left := map[peer.Side]int{peer.UN: 1, peer.External: 2}
	for _, one := range c.Suggestions {
		if left[one.Side] > 0 {
			left[one.Side]--
			n.Reviewers = append(n.Reviewers, one.UserID)
		}
	}
	if len(n.Reviewers) == 0 {
		return nil
	}
	if err := s.areas.peer.OpenRound(ctx, lead, id, n); err != nil {
		return err
	}
	if c, err = s.areas.peer.Reviews(ctx, lead, id); err != nil {
		return err
	}
	texts := []string{
		"The commitment is clear and the first indicator can be measured. Please say who is responsible in each district, and how people who move can complain.",
		"The method is open and others could take it up. The budget line for the second year is missing; without it the target cannot be judged.",
		"An important aim, but the text does not show what is new compared with the programme that ended last year.",
		"Nothing stands in the way: the steps are dated, the costs are there, and the people concerned were asked.",
	}
	recommendations := []peer.Recommendation{peer.MinorChanges, peer.RecommendAccept, peer.RecommendDecline, peer.RecommendAccept}
	scores := [][]int{{4, 3, 4, 4, 3}, {5, 4, 4, 5, 4}, {2, 2, 3, 2, 1}, {5, 4, 5, 4, 3}}
	for i, a := range c.Open().Assignments {
		s.at(3, 10+i)
		if goes == underWayRound && i == 2 {
			continue // has not answered yet
		}
		says := i % 3
		if goes == completeRound && says == 2 {
			says = 3
		}
		who := reviewers[a.ReviewerID]
		if err := s.areas.peer.Answer(ctx, who, a.ID, peer.Answer{Conflict: "no", Accept: "yes"}); err != nil {
			return err
		}
		review := peer.Review{Scores: peer.Scores{}, ToSubmitter: texts[says], ToStaff: "I know the field, not the office.", Recommendation: recommendations[says]}
		for n, score := range scores[says] {
			review.Scores[n+1] = score
		}
		s.at(2, 10+i)
		if goes == underWayRound && i == 1 { // is at it
			review.Recommendation = ""
			if _, err := s.areas.peer.Save(ctx, who, a.ID, workflow.Origin{}, review); err != nil {
				return err
			}
			continue
		}
		if err := s.areas.peer.Submit(ctx, who, a.ID, workflow.Origin{}, review); err != nil {
			return err
		}
	}
	return nil
}
