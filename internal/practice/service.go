package practice

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/search"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Start opens a draft with what it begins with for the office of one of the person's posts and returns its number. It is the
	// submission area's.
	Start func(ctx context.Context, who identity.User, officeID int64, with Beginning) (workflow.ID, error)
	// Files returns the documents and images of a published revision, by question, ready to be shown; nil for none.
	Files func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with practices beside what is done with every submission.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	start      func(ctx context.Context, who identity.User, officeID int64, with Beginning) (workflow.ID, error)
	files      func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error)
	now        func() time.Time
	form       *form.Definition
	kind       *workflow.Kind
	index      *search.Index
}

// NewService returns the service. Its kind is to be registered with the machine of submissions.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{db: o.DB, vocabulary: o.Vocabulary, start: o.Start, files: o.Files, now: o.Now, form: NewForm(), index: newIndex()}
	s.kind = s.newKind()
	return s
}

// Kind is what the machine of submissions knows of practices; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// Latest returns the newest published practices, at most n, as cards in the reader's language.
func (s *Service) Latest(ctx context.Context, n int) ([]ui.Card, error) {
	lang := string(i18n.From(ctx))
	all, err := listedBy(ctx, s.db.Read(), s.vocabulary(), lang, `SELECT `+listedColumns+` FROM practices p WHERE p.until IS NULL
		ORDER BY p.first_published_at DESC, p.id DESC LIMIT @n`, database.Args{"lang": lang, "n": n})
	if err != nil {
		return nil, fmt.Errorf("latest practices: %w", err)
	}
	return cards(ctx, all, s.vocabulary()), nil
}
