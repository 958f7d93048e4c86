package conceptnote

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Configurations returns those of the fund as they are now.
	Configurations func() Versions
	// Meeting finds the meeting of the Steering Committee for which a note is in time that arrives at the instant, in the
	// reader's words; nil while none is planned.
	Meeting func(ctx context.Context, q database.Querier, at time.Time) (*Meeting, error)
	// Coordinators are the Resident Coordinators of the countries, each once, and the countries that have none.
	Coordinators func(ctx context.Context, q database.Querier, countries []string) (all []ResidentCoordinator, missing []string, err error)
	// StepPath is the page of a step of a draft, without the language.
	StepPath func(id workflow.ID, step string) string
	// MeetingsPath is the page of all meetings, without the language.
	MeetingsPath string
	// Start opens a draft with its first answers for the office of one of the person's posts and returns its number. It is the
	// submission area's.
	Start func(ctx context.Context, who identity.User, officeID int64, with form.Answers) (workflow.ID, error)
	// Endorsed is told, in the same transaction, that the revision of a note was approved, with what the public may read of it;
	// Withdrawn that the approval was taken back. nil does nothing.
	Endorsed  func(ctx context.Context, tx database.Tx, id workflow.ID, revision int, e Endorsed, now time.Time) error
	Withdrawn func(ctx context.Context, tx database.Tx, id workflow.ID, now time.Time) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with concept notes beside what is done with every submission.
type Service struct {
	db             *database.DB
	vocabulary     func() *gcm.Vocabulary
	configurations func() Versions
	meeting        func(ctx context.Context, q database.Querier, at time.Time) (*Meeting, error)
	coordinators   func(ctx context.Context, q database.Querier, countries []string) (all []ResidentCoordinator, missing []string, err error)
	stepPath       func(id workflow.ID, step string) string
	meetingsPath   string
	start          func(ctx context.Context, who identity.User, officeID int64, with form.Answers) (workflow.ID, error)
	now            func() time.Time
	form           *form.Definition
	kind           *workflow.Kind
}

// NewService returns the service. Its kind is to be registered with the machine of submissions.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{db: o.DB, vocabulary: o.Vocabulary, configurations: o.Configurations, meeting: o.Meeting, coordinators: o.Coordinators, stepPath: o.StepPath, meetingsPath: o.MeetingsPath, start: o.Start, now: o.Now}
	s.form = NewForm(s.configuration, s.filerWrong)
	s.kind = &workflow.Kind{
		Name: KindName, Plan: workflow.Deciding, Desk: identity.FundDesk, Form: s.form,
		Title: func(a form.Answers) string { return a.First("title") },
		Lang: func(a form.Answers, fallback string) string {
			if lang := a.First("language"); knownLang(lang) {
				return lang
			}
			return fallback
		},
		Objectives: func(a form.Answers) []int { return a.Ints("objectives") },
	}
	if o.Endorsed != nil {
		s.kind.Approved = func(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) error {
			return o.Endorsed(ctx, tx, sub.ID, *sub.SubmittedRevision, s.Endorsed(sub, a), now)
		}
		s.kind.TakeDown = func(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
			return o.Withdrawn(ctx, tx, sub.ID, now)
		}
	}
	return s
}

// Kind is what the machine of submissions knows of concept notes; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// configuration is the one that is in force now; an empty one before the first.
func (s *Service) configuration() *Configuration {
	if v := s.configurations().At(s.now()); v != nil {
		return &v.Content
	}
	return &Configuration{}
}

// Areas are the thematic areas to which objectives belong, as the form proposes them now.
func (s *Service) Areas(objectives []int) []string { return s.configuration().AreasOf(objectives) }

// Filers are the person's posts with which they may file a note: writers' posts in offices of FilingCategory.
func (s *Service) Filers(ctx context.Context, who identity.User) ([]identity.Post, error) {
	ids, err := database.Values[int64](ctx, s.db.Read(), `SELECT o.id FROM offices o JOIN posts p ON p.office_id = o.id
		WHERE p.user_id = $1 AND p.role <> 'viewer' AND o.category = $2`, who.ID, FilingCategory)
	if err != nil {
		return nil, fmt.Errorf("offices that may file a concept note: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(who.Posts), func(p identity.Post) bool {
		return p.Role == identity.Viewer || !slices.Contains(ids, p.OfficeID)
	}), nil
}

// Begin opens a draft with what was answered before, for one of the Filers; any other office is problem.Forbidden. What
// cannot be filed is problem.NotAllowedNow.
func (s *Service) Begin(ctx context.Context, who identity.User, officeID int64, e Eligibility) (workflow.ID, error) {
	if e.Next() != "" {
		return 0, fmt.Errorf("begin a concept note: %w", problem.NotAllowedNow)
	}
	posts, err := s.Filers(ctx, who)
	if err != nil {
		return 0, err
	}
	if !slices.ContainsFunc(posts, func(p identity.Post) bool { return p.OfficeID == officeID }) {
		return 0, fmt.Errorf("begin a concept note for office %d: %w", officeID, problem.Forbidden)
	}
	with := e.Beginning()
	with["language"] = []string{string(who.Lang)}
	return s.start(ctx, who, officeID, with)
}

// Suggest returns what a step that was never saved shows to begin with: the thematic areas of the objectives, the office as
// the one that convenes (unless it files for a Resident Coordinator), and the person as contact point. Nothing of it is kept until the person saves the step.
func (s *Service) Suggest(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	switch step {
	case "areas":
		text, err := workflow.ReadText(ctx, s.db.Read(), sub.ID, sub.Revision)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for concept note %d: %w", sub.ID, err)
		}
		if areas := s.Areas(text.Answers().Ints("objectives")); len(areas) > 0 {
			return form.Answers{"areas": areas}, nil
		}
	case "organizations":
		text, err := workflow.ReadText(ctx, s.db.Read(), sub.ID, sub.Revision)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for concept note %d: %w", sub.ID, err)
		}
		if Way(text.Answers().First("way")) == ByCoordinator {
			return nil, nil // a Resident Coordinator files for the organizations and is none of them
		}
		return form.Answers{"organizations.0.name": {sub.OfficeName}, "organizations.0.role": {string(Convening)}}, nil
	case "contacts":
		position, err := database.Value[string](ctx, s.db.Read(), `SELECT position FROM users WHERE id = $1`, who.ID)
		if err != nil {
			return nil, fmt.Errorf("suggest answers for concept note %d: %w", sub.ID, err)
		}
		return form.Answers{"contacts.0.name": {who.Name}, "contacts.0.position": {position}, "contacts.0.organization": {sub.OfficeName}, "contacts.0.email": {who.Email}}, nil
	}
	return nil, nil
}
