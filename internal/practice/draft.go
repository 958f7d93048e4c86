package practice

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Beginning is what a draft begins with.
type Beginning struct {
	Answers form.Answers
	// From is the submission whose files of the revision it begins with; 0 for none.
	From     workflow.ID
	Revision int
}

// Earlier is a published practice that a draft can begin from.
type Earlier struct {
	ID              workflow.ID
	Revision        int
	PublicID, Title string
	Lang            string
	OfficeID        int64
}

// maxEarlier bounds how many earlier practices are offered.
const maxEarlier = 200

// Earlier returns the published practices of the person's offices, the newest first.
func (s *Service) Earlier(ctx context.Context, who identity.User) ([]Earlier, error) {
	var offices []int64
	for _, p := range MayFileFor(who) {
		if p.Approved { // who only waits to be let in does not see what is private of it
			offices = append(offices, p.OfficeID)
		}
	}
	all, err := database.Rows[Earlier](ctx, s.db.Read(), `SELECT p.id, p.revision, p.public_id, p.title, p.lang, p.office_id FROM practices p
		WHERE p.until IS NULL AND p.office_id = ANY($1) ORDER BY p.first_published_at DESC, p.id DESC LIMIT $2`, notNil(offices), maxEarlier)
	return all, wrap("earlier practices", err)
}

// Start opens a draft for the office; the person has confirmed the criteria. from is the public ID of a practice of theirs
// that it begins from, "" for a blank one; any other is problem.NotFound. The person needs a post in the office that may
// write: problem.Forbidden.
func (s *Service) Start(ctx context.Context, who identity.User, officeID int64, from string) (workflow.ID, error) {
	if !slices.ContainsFunc(MayFileFor(who), func(p identity.Post) bool { return p.OfficeID == officeID }) {
		return 0, fmt.Errorf("start a practice for office %d: %w", officeID, problem.Forbidden)
	}
	b := Beginning{Answers: form.Answers{"criteria": {"yes"}, "language": {string(who.Lang)}}}
	if from == "" {
		return s.start(ctx, who, officeID, b)
	}
	all, err := s.Earlier(ctx, who)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(all, func(e Earlier) bool { return e.PublicID == from })
	if i < 0 {
		return 0, fmt.Errorf("begin from practice %q: %w", from, problem.NotFound)
	}
	text, err := workflow.ReadText(ctx, s.db.Read(), all[i].ID, all[i].Revision)
	if err != nil {
		return 0, fmt.Errorf("begin from practice %q: %w", from, err)
	}
	b.Answers, b.From, b.Revision = text.Answers(), all[i].ID, all[i].Revision
	b.Answers["criteria"] = []string{"yes"}
	delete(b.Answers, "consent") // it was given for the other one
	return s.start(ctx, who, officeID, b)
}

// MayFileFor are the posts with which the person may write a practice, in the order in which they were loaded.
func MayFileFor(who identity.User) []identity.Post {
	return slices.DeleteFunc(slices.Clone(who.Posts), func(p identity.Post) bool { return p.Role == identity.Viewer })
}

// Suggest returns what a step that was never saved shows to begin with: the office as implementer, the person as focal
// point, and the licence that most choose. Nothing of it is kept until the person saves the step.
func (s *Service) Suggest(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	switch step {
	case "criteria":
		return form.Answers{"language": {sub.Lang}}, nil
	case "who":
		text, err := workflow.ReadText(ctx, s.db.Read(), sub.ID, sub.Revision)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for practice %d: %w", sub.ID, err)
		}
		if text.Answers().Has("filed_for", "other") {
			return nil, nil
		}
		category, err := database.Value[string](ctx, s.db.Read(), `SELECT category FROM offices WHERE id = $1`, sub.OfficeID)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for practice %d: %w", sub.ID, err)
		}
		a := form.Answers{"implementer": {sub.OfficeName}}
		if _, ok := s.vocabulary().Category(category); ok {
			a["implementer_type"] = []string{category}
		}
		return a, nil
	case "contacts":
		position, err := database.Value[string](ctx, s.db.Read(), `SELECT position FROM users WHERE id = $1`, who.ID)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for practice %d: %w", sub.ID, err)
		}
		return form.Answers{"contact_name": {who.Name}, "contact_position": {position}, "contact_email": {who.Email}}, nil
	case "publication":
		return form.Answers{"licence": {string(ByAttribution)}}, nil
	}
	return nil, nil
}
