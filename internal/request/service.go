package request

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Start opens a draft of the kind with its first answers for the office of one of the person's posts and returns its number.
	// It is the submission area's.
	Start func(ctx context.Context, who identity.User, kind string, officeID int64, with form.Answers) (workflow.ID, error)
	// PledgeKind is the kind of the submissions with which support can be asked for.
	PledgeKind string
	// FindPledges and FindPractices find what everybody may read under a public ID; any other is problem.NotFound.
	FindPledges, FindPractices func(ctx context.Context, publicID string) (Linked, error)
	// Waits is told that the desk has a request that came in no form. It is the desk's.
	Waits func(ctx context.Context, tx database.Tx, id workflow.ID) error
	// OwnerPath is the owner's page of a submission, without the language.
	OwnerPath func(id workflow.ID) string
	// HandIn hands in what its author has begun in the same transaction, and tells who is to know. It is the submission area's.
	HandIn func(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) error
	// Guests are those who write without signing in.
	Guests Guests
	// CasePath is the desk's page of a submission, without the language.
	CasePath func(id workflow.ID) string
	// RoleAddresses are told of messages, by topic; a topic without one tells its desk only.
	RoleAddresses map[string]string
	// Site is what the mails say of the operator.
	Site ui.Site
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Guests are those who write without signing in; accounts are another area's.
type Guests struct {
	// Person returns whoever has the address: the account that there is, or a guest who is made for it. proven says that they have
	// shown that it is theirs.
	Person func(ctx context.Context, tx database.Tx, email, name string, lang i18n.Lang, proven bool) (identity.User, error)
	// Join asks for a post in the office for somebody who has proven their address, whose heads are told, and returns them with the
	// office, which may have gone into another one; one that acts no more is problem.NotFound.
	Join func(ctx context.Context, tx database.Tx, who identity.User, office int64) (identity.User, int64, error)
	// FindOffices are approved offices whose names have the words; more says that there are others.
	FindOffices func(ctx context.Context, words string) (found []Office, more bool, err error)
	// LetIn says whether the person, who has just proven their address, may come in without an account, and notes that they do.
	LetIn func(ctx context.Context, tx database.Tx, who identity.User) (identity.User, bool, error)
}

// Office is one for which a request can be begun.
type Office struct {
	ID   int64
	Name string
	// Country is an ISO 3166-1 alpha-2 code, or "".
	Country string
}

// Service is what can be done with requests beside what is done with every submission.
type Service struct {
	Options
	db    *database.DB
	now   func() time.Time
	kinds map[string]*workflow.Kind
}

// NewService returns the service. Its kinds are to be registered with the machine of submissions.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{Options: o, db: o.DB, now: o.Now, kinds: map[string]*workflow.Kind{}}
	for _, k := range append(slices.Clone(Kinds), contactKind) {
		s.kinds[k.Name] = s.kind(k)
	}
	return s
}

// Kinds are what the machine of submissions knows of requests, in their order, messages last; always the same values.
func (s *Service) Kinds() []*workflow.Kind {
	var all []*workflow.Kind
	for _, k := range Kinds {
		all = append(all, s.kinds[k.Name])
	}
	return append(all, s.kinds[Contact])
}

// Askers are the person's posts with which they may ask for the kind: writers' posts, in offices of its categories.
func (s *Service) Askers(ctx context.Context, who identity.User, k Kind) ([]identity.Post, error) {
	posts := slices.DeleteFunc(slices.Clone(who.Posts), func(p identity.Post) bool { return p.Role == identity.Viewer })
	if k.Categories == nil || len(posts) == 0 {
		return posts, nil
	}
	ids, err := database.Values[int64](ctx, s.db.Read(), `SELECT o.id FROM offices o JOIN posts p ON p.office_id = o.id WHERE p.user_id = $1 AND o.category = ANY ($2)`, who.ID, k.Categories)
	if err != nil {
		return nil, fmt.Errorf("offices that may ask for %s: %w", k.Name, err)
	}
	return slices.DeleteFunc(posts, func(p identity.Post) bool { return !slices.Contains(ids, p.OfficeID) }), nil
}

// Begin opens a draft of the kind for one of the Askers; any other office is problem.Forbidden.
func (s *Service) Begin(ctx context.Context, who identity.User, k Kind, officeID int64) (workflow.ID, error) {
	posts, err := s.Askers(ctx, who, k)
	if err != nil {
		return 0, err
	}
	if k.OfPledge || !slices.ContainsFunc(posts, func(p identity.Post) bool { return p.OfficeID == officeID }) {
		return 0, fmt.Errorf("begin a %s for office %d: %w", k.Name, officeID, problem.Forbidden)
	}
	return s.Start(ctx, who, k.Name, officeID, form.Answers{"language": {who.Lang}})
}

// Pledge is a published pledge with which somebody of its office can ask for support.
type Pledge struct {
	ID              workflow.ID
	OfficeID        int64
	PublicID, Title string
	Lang            string
}

// Pledges are the published pledges of the offices in which the person may write, those that changed last on top.
func (s *Service) Pledges(ctx context.Context, who identity.User) ([]Pledge, error) {
	all, err := database.Rows[Pledge](ctx, s.db.Read(), `SELECT s.id, s.office_id, s.public_id, s.title, s.lang`+workflow.From+`
		WHERE s.kind = @kind AND s.published_revision IS NOT NULL AND a.side = 'owner' AND a.role IN ('head', 'contributor') ORDER BY s.changed_at DESC, s.id DESC LIMIT 200`,
		database.Args{"kind": s.PledgeKind, "who": who.ID, "staff": who.IsStaff()})
	if err != nil {
		return nil, fmt.Errorf("pledges with which support can be asked for: %w", err)
	}
	return all, nil
}

// BeginOf opens a request for support with a pledge, one of Pledges, or takes up the one that is open; any other pledge is
// problem.Forbidden.
func (s *Service) BeginOf(ctx context.Context, who identity.User, k Kind, publicID string) (workflow.ID, error) {
	all, err := s.Pledges(ctx, who)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(all, func(p Pledge) bool { return p.PublicID == publicID })
	if !k.OfPledge || i < 0 {
		return 0, fmt.Errorf("begin a %s: %w", k.Name, problem.Forbidden)
	}
	p := all[i]
	var id workflow.ID
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR UPDATE`, who.ID); err != nil { // the button is pressed twice
			return err
		}
		if id, err = workflow.OpenAbout(ctx, tx, k.Name, p.ID, who); err != nil || id != 0 {
			return err
		}
		id, err = workflow.StartAbout(ctx, tx, s.kinds[k.Name], workflow.About{Office: p.OfficeID, Subjects: []workflow.ID{p.ID}, Title: p.Title, Lang: p.Lang}, who, s.now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("begin a %s about %s: %w", k.Name, publicID, err)
	}
	return id, nil
}

// Suggest returns what a step that was never saved shows to begin with: the person as contact, the office as the one that leads
// a talk, the language of the person. Nothing of it is kept until the person saves the step.
func (s *Service) Suggest(_ context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	switch step {
	case "contact":
		return form.Answers{"contact_name": {who.Name}, "contact_email": {who.Email}}, nil
	case "organizers":
		return form.Answers{"organizers.0.name": {sub.OfficeName}, "organizers.0.role": {roleLead}}, nil
	case "need":
		return form.Answers{"language": {who.Lang}}, nil
	}
	return nil, nil
}
