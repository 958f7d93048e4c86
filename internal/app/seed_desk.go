package app

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/identity"
	"portal/internal/review"
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
