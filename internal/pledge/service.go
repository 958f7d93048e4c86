package pledge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

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
	// Start opens a draft for the office of one of the person's posts and returns its number; a draft of theirs into which
	// nothing was written yet is taken up again. It is the submission area's.
	Start func(ctx context.Context, who identity.User, officeID int64) (workflow.ID, error)
	// Files returns the documents of a published revision, by question, ready to be shown; nil for none.
	Files func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with pledges beside what is done with every submission.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	start      func(ctx context.Context, who identity.User, officeID int64) (workflow.ID, error)
	files      func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error)
	now        func() time.Time
	form       *form.Definition
	kind       *workflow.Kind
	known      knownIDs
}

// NewService returns the service. Its kind is to be registered with the machine of submissions.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{db: o.DB, vocabulary: o.Vocabulary, start: o.Start, files: o.Files, now: o.Now}
	s.form = NewForm(s.isPublished)
	s.kind = s.newKind()
	return s
}

// Kind is what the machine of submissions knows of pledges; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// knownIDs remembers for a short time which public IDs were found to be published, so that checking a form again and
// again asks the database once.
type knownIDs struct {
	mu    sync.Mutex
	until map[string]time.Time
}

const (
	knownFor     = time.Minute
	maxKnown     = 10_000
	lookupWithin = time.Second
)

func (k *knownIDs) has(id string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return now.Before(k.until[id])
}

func (k *knownIDs) add(id string, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.until == nil || len(k.until) >= maxKnown {
		k.until = map[string]time.Time{}
	}
	k.until[id] = now.Add(knownFor)
}

// isPublished is the form's Lookup. While the database does not answer nothing is called wrong: the request will fail on
// its own, and not with a message about the answer.
func (s *Service) isPublished(publicID string) bool {
	if s.known.has(publicID, s.now()) {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupWithin)
	defer cancel()
	found, err := published(ctx, s.db.Read(), publicID)
	if err != nil {
		slog.Warn("matching pledge not looked up", "error", err)
		return true
	}
	if found {
		s.known.add(publicID, s.now())
	}
	return found
}

// List is a part of the public list.
type List struct {
	Filter  Filter
	Records []Record
	// Total is how many pledges the filter leaves, and Pages how many pages of PerPage they fill; 0 for none.
	Total, Pages int
	Counts       Counts
	// Next is the public ID after which the list goes on beyond the numbered pages; "" when it does not.
	Next string
}

// List returns a page of the published pledges, with its counts taken at the same moment. l decides on the alphabet. A
// page beyond the last is the last one; a key that is no pledge's is ignored.
func (s *Service) List(ctx context.Context, f Filter, l i18n.Lang) (List, error) {
	list := List{Filter: f}
	v := s.vocabulary()
	err := pgx.BeginTxFunc(ctx, s.db.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx database.Tx) error {
		var err error
		if list.Total, err = count(ctx, tx, f); err != nil {
			return err
		}
		if list.Counts, err = facets(ctx, tx, f); err != nil {
			return err
		}
		list.Pages = (list.Total + PerPage - 1) / PerPage
		return s.part(ctx, tx, v, &list, l)
	})
	if err != nil {
		return list, fmt.Errorf("list pledges: %w", err)
	}
	return list, nil
}

// part reads the records of the list's page.
func (s *Service) part(ctx context.Context, q database.Querier, v *gcm.Vocabulary, list *List, l i18n.Lang) error {
	f := &list.Filter
	var after *key
	if f.After != "" {
		switch k, err := findKey(ctx, q, *f); {
		case errors.Is(err, problem.NotFound):
			f.After, f.Ignored = "", append(f.Ignored, "after")
		case err != nil:
			return err
		default:
			after = &k
		}
	}
	offset := 0
	if after == nil {
		f.Page = max(1, min(f.Page, list.Pages, ui.NumberedPages))
		offset = (f.Page - 1) * PerPage
	} else {
		f.Page = 0
	}
	found, err := rows(ctx, q, v, *f, l, after, offset, PerPage+1)
	if err != nil {
		return err
	}
	if len(found) > PerPage {
		found = found[:PerPage]
		if after != nil || f.Page == ui.NumberedPages {
			list.Next = found[PerPage-1].PublicID
		}
	}
	list.Records = found
	return nil
}

// batch is how many pledges an export reads at a time.
const batch = 200

// Walk gives all pledges that the filter leaves to do, in the order of the list (by relevance: the newest first). It reads
// them in parts by key, so that a slow reader holds nothing in the database. An error of do ends it.
func (s *Service) Walk(ctx context.Context, f Filter, l i18n.Lang, do func(Record) error) error {
	if f.Sort == Relevance {
		f.Sort = Newest
	}
	v := s.vocabulary()
	var after *key
	for {
		found, err := rows(ctx, s.db.Read(), v, f, l, after, 0, batch)
		if err != nil {
			return fmt.Errorf("walk through pledges: %w", err)
		}
		for _, r := range found {
			if err := do(r); err != nil {
				return err
			}
		}
		if len(found) < batch {
			return nil
		}
		last := found[len(found)-1]
		after = &key{ID: last.ID, FirstPublishedAt: last.FirstPublishedAt, Start: start(last.Pledge.Title)}
	}
}

// start is the part of a title that the order by title looks at: left(title, 200) of PostgreSQL.
func start(title string) string {
	if r := []rune(title); len(r) > 200 {
		return string(r[:200])
	}
	return title
}

// Feed returns the newest pledges of the filter, at most n, behind the public ID after if that is not "", and the public
// ID after which the next part begins; "" for none.
func (s *Service) Feed(ctx context.Context, f Filter, n int) (found []Record, next string, err error) {
	f.Sort = Newest
	var after *key
	if f.After != "" {
		k, err := findKey(ctx, s.db.Read(), f)
		if err != nil {
			return nil, "", fmt.Errorf("feed of pledges: %w", err)
		}
		after = &k
	}
	found, err = rows(ctx, s.db.Read(), s.vocabulary(), f, i18n.English, after, 0, n+1)
	if err != nil {
		return nil, "", fmt.Errorf("feed of pledges: %w", err)
	}
	if len(found) > n {
		return found[:n], found[n-1].PublicID, nil
	}
	return found, "", nil
}

// Figures are numbers over the pledges that are published now.
type Figures struct {
	Pledges int
	// Actors are how many different entities pledge; Countries how many States a pledge is carried out in.
	Actors, Countries int
	// Objectives counts pledges by main objective; index 0 is objective 1. A pledge counts at each of its objectives.
	Objectives [gcm.Objectives]int
}

// Figures counts the published pledges.
func (s *Service) Figures(ctx context.Context) (Figures, error) {
	f, err := figures(ctx, s.db)
	if err != nil {
		return f, fmt.Errorf("count pledges: %w", err)
	}
	return f, nil
}

// Latest returns the newest published pledges, at most n, as cards in the reader's language.
func (s *Service) Latest(ctx context.Context, n int) ([]ui.Card, error) {
	found, _, err := s.Feed(ctx, Filter{}, n)
	if err != nil {
		return nil, err
	}
	cards := make([]ui.Card, len(found))
	for i, r := range found {
		cards[i] = card(ctx, r, s.vocabulary())
	}
	return cards, nil
}
