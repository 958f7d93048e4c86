package pledge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/search"
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
	// Send hands in a submission of the person's, within a transaction: receipts, the desk's notice and what else follows is as
	// if they had sent it on its page. It is the submission area's.
	Send func(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) error
	// Waits is told, in its transaction, of a report that the desk has recorded and that waits for somebody else there; nil does nothing.
	Waits func(ctx context.Context, tx database.Tx, id workflow.ID) error
	// Files returns the documents of a published revision, by question, ready to be shown; nil for none.
	Files func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error)
	// Missed is told of words that missed what is published, with the network that they came from, which it keeps nowhere; nil
	// does nothing.
	Missed func(network string, l i18n.Lang, words string, how search.Miss)
	// GrownOut returns the published practices that serve a pledge, by its number; 0 is all pledges. nil knows none.
	GrownOut func(ctx context.Context, pledge workflow.ID) ([]GrownOut, error)
	// Site is what the mails to partners say of the operator.
	Site ui.Site
	// OwnerPath and DeskPath are the pages of a submission for its office and for the desk, without the language: where the
	// mails about partners lead.
	OwnerPath, DeskPath func(id workflow.ID) string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with pledges beside what is done with every submission.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	start      func(ctx context.Context, who identity.User, officeID int64) (workflow.ID, error)
	send       func(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) error
	waits      func(ctx context.Context, tx database.Tx, id workflow.ID) error
	files      func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error)
	missed     func(network string, l i18n.Lang, words string, how search.Miss)
	grownOut   func(ctx context.Context, pledge workflow.ID) ([]GrownOut, error)
	site       ui.Site
	ownerPath  func(id workflow.ID) string
	deskPath   func(id workflow.ID) string
	now        func() time.Time
	form       *form.Definition
	kind       *workflow.Kind
	updateKind *workflow.Kind
	sheetKind  *workflow.Kind
	known      knownIDs
	index      *search.Index
	readers    readers
	examples   examples
	days       days
}

// NewService returns the service. Its kind is to be registered with the machine of submissions.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{db: o.DB, vocabulary: o.Vocabulary, start: o.Start, send: o.Send, waits: o.Waits, files: o.Files, missed: o.Missed, grownOut: o.GrownOut, site: o.Site, ownerPath: o.OwnerPath, deskPath: o.DeskPath, now: o.Now, days: newDays(), index: newIndex()}
	s.form = newForm(s.isPublished, s.isGone, s.left)
	s.kind, s.updateKind, s.sheetKind = s.newKind(), s.newUpdateKind(), s.newSheetKind()
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

// isGone says whether the public ID is that of a pledge that was public once; asked only for one that is not any more.
func (s *Service) isGone(publicID string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), lookupWithin)
	defer cancel()
	gone, err := database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM pledges WHERE public_id = $1)`, publicID)
	return err == nil && gone
}

// left are the partners of a submission who do not take part, by their keys. While the database does not answer nobody is.
func (s *Service) left(submission int64) map[string]asked {
	ctx, cancel := context.WithTimeout(context.Background(), lookupWithin)
	defer cancel()
	left, err := leftPartners(ctx, s.db.Read(), submission)
	if err != nil {
		slog.Warn("partners not looked up", "error", err)
	}
	return left
}

// List is a part of the public list.
type List struct {
	Filter Filter
	// Day is the one of the lights, in Geneva.
	Day date.Date
	// Hidden is how many pledges were public on a past day and have been taken down since: no list holds or counts them.
	Hidden int
	// First is when the first pledge came before the public, of a list of a day that has none at all.
	First   time.Time
	Pledges []Listed
	// Total is how many pledges the filter leaves, and Pages how many pages of PerPage they fill; 0 for none.
	Total, Pages int
	Counts       search.Counts
	// Question is the words of the filter as they were understood.
	Question search.Question
	// Missed says in which way the words missed what is published, whatever the facets; "" when they did not.
	Missed search.Miss
	// Next is the public ID after which the list goes on beyond the numbered pages; "" when it does not.
	Next string
}

// atOnce reads the list with all that belongs to it as it was at one moment.
func (s *Service) atOnce(ctx context.Context, do func(tx database.Tx, m model) error) error {
	return pgx.BeginTxFunc(ctx, s.db.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx database.Tx) error {
		m, err := s.model(ctx, tx)
		if err != nil {
			return err
		}
		return do(tx, m)
	})
}

// List returns a page of the published pledges, with its counts taken at the same moment. l decides on the alphabet. A
// page beyond the last is the last one; a key that is no pledge's is ignored.
func (s *Service) List(ctx context.Context, f Filter, l i18n.Lang) (List, error) {
	list := List{Filter: f}
	err := s.asOf(ctx, f.AsOf, func(tx database.Tx, m model) error {
		chosen, err := m.selection(ctx, tx, f)
		if err != nil {
			return err
		}
		m.count(&chosen)
		list.Day, list.Hidden, list.Total, list.Counts = m.day, m.hidden, chosen.Total, chosen.Counts
		list.Question, list.Missed = chosen.question, chosen.missed
		list.Pages = (list.Total + PerPage - 1) / PerPage
		if m.at.past() && m.Published() == 0 {
			first, err := firstOfAll(ctx, tx)
			if err != nil {
				return err
			}
			list.First = first
		}
		return s.part(ctx, tx, m, chosen, &list, l)
	})
	if err != nil {
		return list, fmt.Errorf("list pledges: %w", err)
	}
	return list, nil
}

// part reads the pledges of the list's page.
func (s *Service) part(ctx context.Context, tx database.Tx, m model, chosen selection, list *List, l i18n.Lang) error {
	f := &list.Filter
	var after *key
	if f.After != "" {
		switch k, err := findKey(ctx, tx, m.at, f.After); {
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
	page := func() ([]int64, error) {
		return listIDs(ctx, tx, m, chosen, f.Sort, l, after, offset, PerPage+1)
	}
	if f.Sort == Relevance && chosen.question.Expression() != "" {
		page = func() ([]int64, error) { return relevant(ctx, tx, m, chosen, after, offset, PerPage+1) }
	}
	ids, err := page()
	if err != nil {
		return err
	}
	more := len(ids) > PerPage
	list.Pledges, err = listed(ctx, tx, s.vocabulary(), m.at, l, ids[:min(len(ids), PerPage)])
	if err != nil {
		return err
	}
	if more && (after != nil || f.Page == ui.NumberedPages) {
		list.Next = list.Pledges[PerPage-1].PublicID
	}
	return nil
}

// relevant is listIDs for the order of relevance: those that lead by rank, then the others by time.
func relevant(ctx context.Context, tx database.Tx, m model, chosen selection, after *key, offset, limit int) ([]int64, error) {
	leading, err := m.Leading(ctx, tx, chosen.question, chosen.Listed, rankedMost)
	if err != nil {
		return nil, err
	}
	ranked, err := rankIDs(ctx, tx, m.at, chosen.question, leading)
	if err != nil {
		return nil, err
	}
	var page []int64
	at := -1
	if after != nil {
		at = slices.Index(ranked, after.ID)
	}
	if after == nil || at >= 0 {
		offset += at + 1
		page = ranked[min(offset, len(ranked)):min(offset+limit, len(ranked))]
		after = nil
	}
	others := chosen
	others.Listed = slices.Clone(chosen.Listed)
	others.Listed.Without(leading)
	others.Total -= len(ranked)
	rest, err := listIDs(ctx, tx, m, others, Newest, i18n.English, after, max(0, offset-len(ranked)), limit-len(page))
	return slices.Concat(page, rest), err
}

// batch is how many pledges an export reads at a time.
const batch = 200

// Walk gives all pledges that the filter leaves to do, in the order of the list (by relevance: the newest first). It reads
// them in parts by key, so that a slow reader holds nothing in the database. An error of do ends it.
func (s *Service) Walk(ctx context.Context, f Filter, l i18n.Lang, do func(Record) error) error {
	if f.Sort == Relevance {
		f.Sort = Newest
	}
	var after *key
	var day *past
	for {
		found, err := s.behind(ctx, f, l, &day, after, batch)
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

// behind returns the part of the list behind the key, or its beginning; day holds the model of a past day between parts.
func (s *Service) behind(ctx context.Context, f Filter, l i18n.Lang, day **past, after *key, n int) (found []Record, err error) {
	err = s.asOfHeld(ctx, f.AsOf, day, func(tx database.Tx, m model) error {
		chosen, err := m.selection(ctx, tx, f)
		if err != nil {
			return err
		}
		ids, err := listIDs(ctx, tx, m, chosen, f.Sort, l, after, 0, n)
		if err != nil {
			return err
		}
		found, err = byIDs(ctx, tx, s.vocabulary(), m.at, ids)
		return err
	})
	return found, err
}

// start is the part of a title that the order by title looks at: the column title_start.
func start(title string) string {
	if r := []rune(title); len(r) > 200 {
		return string(r[:200])
	}
	return title
}

// Feed returns the newest pledges of the filter, as they are now, at most n, behind the public ID after if that is not "", and the public
// ID after which the next part begins; "" for none.
func (s *Service) Feed(ctx context.Context, f Filter, n int) (found []Record, next string, err error) {
	f.Sort, f.AsOf = Newest, date.Date{}
	var after *key
	if f.After != "" {
		k, err := findKey(ctx, s.db.Read(), moment{}, f.After)
		if err != nil {
			return nil, "", fmt.Errorf("feed of pledges: %w", err)
		}
		after = &k
	}
	if found, err = s.behind(ctx, f, i18n.English, new(*past), after, n+1); err != nil {
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
	var f Figures
	err := s.atOnce(ctx, func(tx database.Tx, m model) error {
		var err error
		f.Pledges, f.Countries = m.Published(), len(m.Sizes("country"))
		for objective, n := range m.Sizes("objective") {
			if i, err := strconv.Atoi(objective); err == nil && i >= 1 && i <= len(f.Objectives) {
				f.Objectives[i-1] = n
			}
		}
		f.Actors, err = actors(ctx, tx)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("count pledges: %w", err)
	}
	return f, nil
}

// Sizes counts the published pledges by the values of a facet of the list: as the list counts them.
func (s *Service) Sizes(ctx context.Context, facet string) (sizes map[string]int, err error) {
	err = s.atOnce(ctx, func(_ database.Tx, m model) error {
		sizes = m.Sizes(facet)
		return nil
	})
	return sizes, wrap("count pledges by "+facet, err)
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
	list.Pledges = list.Pledges[:min(n, len(list.Pledges))]
	v := listView{List: list, Vocabulary: s.vocabulary(), Today: date.Today(s.now(), i18n.Geneva)}
	return ui.Found{Total: list.Total, Question: list.Question, Results: v.results(ctx)}, nil
}

// Latest returns the newest published pledges of the filter, at most n, as cards in the reader's language.
func (s *Service) Latest(ctx context.Context, f Filter, n int) ([]ui.Card, error) {
	found, _, err := s.Feed(ctx, f, n)
	if err != nil {
		return nil, err
	}
	cards := make([]ui.Card, len(found))
	for i, r := range found {
		cards[i] = card(ctx, r, s.vocabulary(), dayOf(s.now()))
	}
	return cards, nil
}
