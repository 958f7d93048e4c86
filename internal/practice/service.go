package practice

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
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
	// Missed is told of words that missed what is published, with the network that they came from, which it keeps nowhere; nil
	// does nothing.
	Missed func(network string, l i18n.Lang, words string, how search.Miss)
	// Pledges are those that a practice may serve.
	Pledges Pledges
	// Site is what the mails say of the operator.
	Site ui.Site
	// OwnerPath is the page of a practice for its people, without the language: where the mails lead.
	OwnerPath func(id workflow.ID) string
	// DeskPath is the desk's page of a practice, without the language.
	DeskPath func(id workflow.ID) string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with practices beside what is done with every submission.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	start      func(ctx context.Context, who identity.User, officeID int64, with Beginning) (workflow.ID, error)
	files      func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error)
	missed     func(network string, l i18n.Lang, words string, how search.Miss)
	pledges    Pledges
	site       ui.Site
	ownerPath  func(id workflow.ID) string
	deskPath   func(id workflow.ID) string
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
	s := &Service{
		db: o.DB, vocabulary: o.Vocabulary, start: o.Start, files: o.Files, missed: o.Missed, pledges: o.Pledges, site: o.Site, ownerPath: o.OwnerPath, deskPath: o.DeskPath,
		now: o.Now, form: NewForm(), index: newIndex(),
	}
	s.kind = s.newKind()
	return s
}

// Kind is what the machine of submissions knows of practices; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// Sizes counts the published practices by the values of a facet of the list: as the list counts them.
func (s *Service) Sizes(ctx context.Context, facet string) (sizes map[string]int, err error) {
	err = s.atOnce(ctx, func(_ database.Tx, m search.Model) error {
		sizes = m.Sizes(facet)
		return nil
	})
	return sizes, wrap("count practices by "+facet, err)
}

// Figures are numbers about the practices that are published.
type Figures struct {
	Practices int
	// Objectives counts practices by objective, primary or secondary; index 0 is objective 1.
	Objectives [ui.Objectives]int
}

// Figures counts the published practices.
func (s *Service) Figures(ctx context.Context) (f Figures, err error) {
	err = s.atOnce(ctx, func(_ database.Tx, m search.Model) error {
		f.Practices = m.Published()
		for objective, n := range m.Sizes("objective") {
			if i, err := strconv.Atoi(objective); err == nil && i >= 1 && i <= len(f.Objectives) {
				f.Objectives[i-1] = n
			}
		}
		return nil
	})
	return f, wrap("count practices", err)
}

// Search returns what the list finds for words as they were typed: how many, and the first of them, at most n, in the
// reader's language. Words that say nothing find nothing.
func (s *Service) Search(ctx context.Context, words string, n int) (ui.Found, error) {
	f := ReadFilter(url.Values{"q": {words}}, s.vocabulary())
	if f.Q == "" {
		return ui.Found{}, nil
	}
	list, err := s.List(ctx, f, i18n.From(ctx))
	if err != nil {
		return ui.Found{}, err
	}
	list.Practices = list.Practices[:min(n, len(list.Practices))]
	v := listView{List: list, Vocabulary: s.vocabulary()}
	return ui.Found{Total: list.Total, Question: list.Question, Results: v.results(ctx)}, nil
}

// Latest returns the newest published practices of the filter, at most n, as cards in the reader's language.
func (s *Service) Latest(ctx context.Context, f Filter, n int) ([]ui.Card, error) {
	var newest []Listed
	err := s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		chosen, err := selected(ctx, tx, m, f)
		if err != nil {
			return err
		}
		ids, err := ordered(ctx, tx, m, chosen, Newest, i18n.English, nil, 0, n)
		if err != nil {
			return err
		}
		newest, err = byIDs(ctx, tx, s.vocabulary(), string(i18n.From(ctx)), ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("latest practices: %w", err)
	}
	return cards(ctx, newest, s.vocabulary()), nil
}
