package pledge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/a-h/templ"
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

// Public is a pledge as its page shows it.
type Public struct {
	// Record is the revision to show, Number its place among the published ones, from 1.
	Record
	Number int
	// Revisions are all published ones, the first one first.
	Revisions []Record
	// Gone is when the pledge was taken down; nil while it is public. Then nothing of its content may be shown.
	Gone *time.Time
	// Matches is the pledge that this one matches, nil when there is none or it is no longer public; MatchedBy are those
	// that match this one.
	Matches   *Reference
	MatchedBy []Reference
	Related   []Record
	Files     map[string][]ui.FileItem
}

// IsCurrent says whether this revision is what the public sees under the pledge's address.
func (p Public) IsCurrent() bool { return p.Until == nil }

// find returns the revisions of a pledge; problem.NotFound when it was never published.
func (s *Service) find(ctx context.Context, publicID string) (Public, error) {
	revisions, err := history(ctx, s.db.Read(), s.vocabulary(), publicID)
	if err != nil {
		return Public{}, err
	}
	if len(revisions) == 0 {
		return Public{}, problem.NotFound
	}
	p := Public{Revisions: revisions}
	p.Number = len(revisions)
	p.Record = revisions[p.Number-1]
	p.Gone = p.Until
	if p.Gone != nil {
		return Public{Record: Record{PublicID: p.PublicID}, Gone: p.Gone}, nil // the content stays behind
	}
	return p, nil
}

// relatedShown is how many related pledges a page names.
const relatedShown = 3

// Public returns a published pledge with what belongs on its page; number 0 is the current revision. A pledge that was
// never published, or a number that there is not, is problem.NotFound.
func (s *Service) Public(ctx context.Context, publicID string, number int) (Public, error) {
	p, err := s.find(ctx, publicID)
	if err != nil || p.Gone != nil {
		return p, wrap("pledge "+publicID, err)
	}
	if number != 0 {
		if number < 1 || number > len(p.Revisions) {
			return p, fmt.Errorf("version %d of pledge %s: %w", number, publicID, problem.NotFound)
		}
		p.Number, p.Record = number, p.Revisions[number-1]
	}
	q, v := s.db.Read(), s.vocabulary()
	if p.Pledge.Matches != "" {
		switch ref, err := reference(ctx, q, p.Pledge.Matches); {
		case err == nil:
			p.Matches = &ref
		case !errors.Is(err, problem.NotFound):
			return p, wrap("pledge "+publicID, err)
		}
	}
	if p.MatchedBy, err = matchedBy(ctx, q, publicID); err != nil {
		return p, wrap("pledge "+publicID, err)
	}
	if p.Related, err = related(ctx, q, v, p.Record, relatedShown); err != nil {
		return p, wrap("pledge "+publicID, err)
	}
	p.Files, err = s.filesOf(ctx, p.Record)
	return p, wrap("pledge "+publicID, err)
}

func (s *Service) filesOf(ctx context.Context, r Record) (map[string][]ui.FileItem, error) {
	if s.files == nil {
		return nil, nil
	}
	return s.files(ctx, r.ID, r.Revision)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Comparison is what changed between two published revisions.
type Comparison struct {
	Public
	From, To Record
	// FromNumber and ToNumber are their places among the published ones.
	FromNumber, ToNumber    int
	FilesBefore, FilesAfter map[string][]ui.FileItem
}

// Compare returns two published revisions of a pledge by number; 0 for both compares the last with the one before. A
// number that there is not is problem.NotFound.
func (s *Service) Compare(ctx context.Context, publicID string, from, to int) (Comparison, error) {
	p, err := s.find(ctx, publicID)
	c := Comparison{Public: p, FromNumber: from, ToNumber: to}
	if err != nil || p.Gone != nil {
		return c, wrap("compare versions of "+publicID, err)
	}
	if c.ToNumber == 0 {
		c.ToNumber = len(p.Revisions)
	}
	if c.FromNumber == 0 {
		c.FromNumber = c.ToNumber - 1
	}
	if min(c.FromNumber, c.ToNumber) < 1 || max(c.FromNumber, c.ToNumber) > len(p.Revisions) {
		return c, fmt.Errorf("compare versions of %s: %w", publicID, problem.NotFound)
	}
	c.From, c.To = p.Revisions[c.FromNumber-1], p.Revisions[c.ToNumber-1]
	if c.FilesBefore, err = s.filesOf(ctx, c.From); err == nil {
		c.FilesAfter, err = s.filesOf(ctx, c.To)
	}
	return c, wrap("compare versions of "+publicID, err)
}

// PublicRevision says whether the public may read the revision of the submission, its documents included: it was
// published, and the pledge has not been taken down since.
func (s *Service) PublicRevision(ctx context.Context, id workflow.ID, revision int) (bool, error) {
	is, err := database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM pledges p WHERE p.id = $1 AND p.revision = $2)
		AND EXISTS (SELECT FROM pledges p WHERE p.id = $1 AND p.until IS NULL)`, id, revision)
	return is, wrap(fmt.Sprintf("revision %d of pledge %d", revision, id), err)
}

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

// foundShown is how many pledges are offered below the question for the pledge that is matched.
const foundShown = 8

// Beside returns what stands below the questions of a step, by question: the pledge that the answer to "matches" names,
// or those that its words find.
func (s *Service) Beside(ctx context.Context, _ workflow.Submission, step string, a form.Answers) (map[string]templ.Component, error) {
	typed := a.First("matches")
	if step != "what" || typed == "" || !a.Has("type", string(Matching)) {
		return nil, nil
	}
	id, ok := ParseID(typed)
	if !ok {
		found, err := references(ctx, s.db.Read(), typed, foundShown)
		if err != nil {
			return nil, fmt.Errorf("find pledges to match: %w", err)
		}
		return map[string]templ.Component{"matches": foundPledges(found)}, nil
	}
	ref, err := reference(ctx, s.db.Read(), id)
	switch {
	case errors.Is(err, problem.NotFound):
		return nil, nil // the error at the question says so
	case err != nil:
		return nil, fmt.Errorf("find the pledge to match: %w", err)
	}
	return map[string]templ.Component{"matches": namedPledge(ref)}, nil
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
