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
}

// NewService returns the service. Its kind is to be registered with the machine of submissions.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{db: o.DB, vocabulary: o.Vocabulary, start: o.Start, files: o.Files, now: o.Now, form: NewForm()}
	s.kind = s.newKind()
	return s
}

// Kind is what the machine of submissions knows of practices; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// PerPage is how many practices a page of the list shows.
const PerPage = 20

// List is a page of the repository.
type List struct {
	Practices []Listed
	// Total is how many practices are published, Page the number of this page, Pages how many there are.
	Total, Page, Pages int
}

// List returns a page of the published practices, the newest first; a page beyond the last is the last one.
func (s *Service) List(ctx context.Context, page int, l i18n.Lang) (List, error) {
	var list List
	var err error
	if list.Total, err = database.Value[int](ctx, s.db.Read(), `SELECT count(*)::int FROM practices WHERE until IS NULL`); err != nil {
		return list, fmt.Errorf("list practices: %w", err)
	}
	list.Pages = (list.Total + PerPage - 1) / PerPage
	list.Page = max(1, min(page, list.Pages, ui.NumberedPages))
	if list.Practices, err = newest(ctx, s.db.Read(), s.vocabulary(), string(l), (list.Page-1)*PerPage, PerPage); err != nil {
		return list, fmt.Errorf("list practices: %w", err)
	}
	return list, nil
}

// Latest returns the newest published practices, at most n, as cards in the reader's language.
func (s *Service) Latest(ctx context.Context, n int) ([]ui.Card, error) {
	all, err := newest(ctx, s.db.Read(), s.vocabulary(), string(i18n.From(ctx)), 0, n)
	if err != nil {
		return nil, fmt.Errorf("latest practices: %w", err)
	}
	return cards(ctx, all, s.vocabulary()), nil
}
