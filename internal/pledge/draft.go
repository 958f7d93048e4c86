package pledge

import (
	"context"
	"fmt"
	"slices"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Start opens a draft for the office; see Options.Start. The person needs a post in it that may write: problem.Forbidden.
func (s *Service) Start(ctx context.Context, who identity.User, officeID int64) (workflow.ID, error) {
	if !slices.ContainsFunc(MayFileFor(who), func(p identity.Post) bool { return p.OfficeID == officeID }) {
		return 0, fmt.Errorf("start a pledge for office %d: %w", officeID, problem.Forbidden)
	}
	return s.start(ctx, who, officeID)
}

// MayFileFor are the posts with which the person may write a pledge, in the order in which they were loaded.
func MayFileFor(who identity.User) []identity.Post {
	var posts []identity.Post
	for _, p := range who.Posts {
		if p.Role != identity.Viewer {
			posts = append(posts, p)
		}
	}
	return posts
}

// Suggest returns what a step that was never saved shows to begin with: the office's category, the person as contact, and
// their language. Nothing of it is kept until the person saves the step.
func (s *Service) Suggest(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	if sub.Kind == UpdateKindName {
		return s.suggestReport(ctx, who, sub, step)
	}
	switch step {
	case "who":
		category, err := database.Value[string](ctx, s.db.Read(), `SELECT category FROM offices WHERE id = $1`, sub.OfficeID)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for pledge %d: %w", sub.ID, err)
		}
		a := form.Answers{"on_behalf": {"own"}}
		if _, ok := s.vocabulary().Category(category); ok {
			a["category"] = []string{category}
		}
		return a, nil
	case "contacts":
		position, err := database.Value[string](ctx, s.db.Read(), `SELECT position FROM users WHERE id = $1`, who.ID)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for pledge %d: %w", sub.ID, err)
		}
		return form.Answers{"contact_name": {who.Name}, "contact_position": {position}, "contact_email": {who.Email}}, nil
	case "what":
		return form.Answers{"language": {sub.Lang}}, nil
	}
	return nil, nil
}

// Beside returns what stands at the questions of a step, by question: the search for the pledge that is matched; where
// the text speaks of refugees, the advice about it; and what the coach sees in the text.
func (s *Service) Beside(ctx context.Context, sub workflow.Submission, step string, a form.Answers, find ui.Finding) (map[string]templ.Component, error) {
	beside := map[string]templ.Component{}
	if sub.Kind == UpdateKindName {
		return s.besideReport(ctx, sub, step, a, find)
	}
	if sub.Kind == SheetKindName {
		return nil, nil
	}
	if step == "what" {
		v, err := s.match(ctx, sub.ID, "matches", a, find)
		if err != nil {
			return nil, fmt.Errorf("find pledges to match: %w", err)
		}
		beside["matches"] = matchPicker(v)
	}
	def, _ := s.form.Step(step)
	for _, question := range refugeesAt(a) {
		if slices.ContainsFunc(def.Fields, func(f form.Field) bool { return f.ID == question }) {
			beside[question] = scopeAdvice()
		}
	}
	if at := map[string]string{"text": "description", "measures": "indicators"}[step]; at != "" {
		c, err := s.writerCoach(ctx, sub, a)
		if err != nil {
			return nil, err
		}
		c.live = s.ownerPath(sub.ID) + "/steps/" + step + "/advice"
		beside[at] = stacked(beside[at], coachPanel(c))
	}
	return beside, nil
}
