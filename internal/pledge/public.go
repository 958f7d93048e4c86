package pledge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// Public is a pledge as its page shows it.
type Public struct {
	// Record is the revision to show, Number its place among the published ones, from 1.
	Record
	Number int
	// Revisions are all published ones, the first one first.
	Revisions []Record
	// AsOf is the past day whose end the page shows; zero shows what is public now.
	AsOf date.Date
	// NotYet says that the pledge was not public yet on that day; then only PublicID and FirstPublishedAt are set.
	NotYet bool
	// Gone is when the pledge was taken down; nil while it is public. Then nothing of its content may be shown.
	Gone *time.Time
	// Matches is the pledge that this one matches, nil when there is none or it is no longer public; MatchedBy are those
	// that match this one.
	Matches   *Reference
	MatchedBy []Reference
	// MatchesNext is what has taken the place of Matches; nil for none.
	MatchesNext *Reference
	Related     []Record
	// Practices grew out of it; nothing is said of a past day.
	Practices []GrownOut
	// Updates are the reports that were published, the first one first; UpdateFiles the documents of each, by its number.
	Updates     []Update
	UpdateFiles map[int][]ui.FileItem
	// SupersededBy is the pledge that has taken the place of this one, nil when there is none or it is no longer public;
	// Supersedes are those whose place this one has taken.
	SupersededBy *Reference
	Supersedes   []Reference
	Files        map[string][]ui.FileItem
}

// IsCurrent says whether this revision is what the public sees under the pledge's address.
func (p Public) IsCurrent() bool { return p.Until == nil && p.AsOf.IsZero() }

// find returns the revisions of a pledge; problem.NotFound when it was never published.
func (s *Service) find(ctx context.Context, at moment, publicID string) (Public, error) {
	revisions, err := history(ctx, s.db.Read(), s.vocabulary(), at, publicID)
	if err != nil {
		return Public{}, err
	}
	if len(revisions) == 0 {
		return Public{}, problem.NotFound
	}
	p := Public{Revisions: revisions}
	p.Number = len(revisions)
	p.Record = revisions[p.Number-1]
	if !at.past() {
		p.Gone = p.Until
	}
	if p.Gone != nil {
		return Public{Record: Record{PublicID: p.PublicID}, Gone: p.Gone}, nil // the content stays behind
	}
	return p, nil
}

// Published returns the submission that was published under the ID, whether it still is or not; problem.NotFound when
// nothing ever was.
func (s *Service) Published(ctx context.Context, publicID string) (int64, error) {
	id, err := database.Value[int64](ctx, s.db.Read(), `SELECT id FROM pledges WHERE public_id = $1 LIMIT 1`, publicID)
	return id, wrap("pledge "+publicID, err)
}

// relatedShown is how many related pledges a page names.
const relatedShown = 3

// Public returns a published pledge with what belongs on its page; number 0 is the current revision. A pledge that was
// never published, or a number that there is not, is problem.NotFound.
func (s *Service) Public(ctx context.Context, publicID string, number int) (Public, error) {
	p, err := s.find(ctx, moment{}, publicID)
	if err != nil || p.Gone != nil {
		return p, wrap("pledge "+publicID, err)
	}
	if number != 0 {
		if number < 1 || number > len(p.Revisions) {
			return p, fmt.Errorf("version %d of pledge %s: %w", number, publicID, problem.NotFound)
		}
		p.Number, p.Record = number, p.Revisions[number-1]
	}
	return s.complete(ctx, moment{}, p, p.Revisions[len(p.Revisions)-1])
}

// PublicOn returns a pledge as the public saw it at the end of the day in Geneva; a day that is not over is now. What was
// taken down since is Gone, what came later NotYet. Related pledges are left out: they are a hint of today.
func (s *Service) PublicOn(ctx context.Context, publicID string, day date.Date) (Public, error) {
	now, err := s.Public(ctx, publicID, 0)
	at := endOf(day, date.Today(s.now(), i18n.Geneva))
	if err != nil || now.Gone != nil || !at.past() {
		return now, err
	}
	if !now.FirstPublishedAt.Before(at.end) {
		return Public{Record: Record{PublicID: now.PublicID, FirstPublishedAt: now.FirstPublishedAt}, AsOf: day, NotYet: true}, nil
	}
	p, err := s.find(ctx, at, publicID)
	if err != nil {
		return p, wrap("pledge "+publicID+" as of "+day.String(), err)
	}
	p.AsOf = day
	return s.complete(ctx, at, p, now.Revisions[len(now.Revisions)-1])
}

// complete adds to a pledge what else its page shows at the moment; current is the revision that is public now.
func (s *Service) complete(ctx context.Context, at moment, p Public, current Record) (_ Public, err error) {
	q, v, publicID := s.db.Read(), s.vocabulary(), p.PublicID
	if p.Pledge.Matches != "" {
		switch ref, err := referenceAt(ctx, q, at, p.Pledge.Matches); {
		case err == nil:
			p.Matches = &ref
			if p.MatchesNext, err = successor(ctx, q, at, ref.PublicID); err != nil {
				return p, wrap("pledge "+publicID, err)
			}
		case !errors.Is(err, problem.NotFound):
			return p, wrap("pledge "+publicID, err)
		}
	}
	if p.MatchedBy, err = matchedBy(ctx, q, at, publicID); err != nil {
		return p, wrap("pledge "+publicID, err)
	}
	if err := s.progressOf(ctx, at, &p); err != nil {
		return p, wrap("pledge "+publicID, err)
	}
	if !at.past() {
		if p.Related, err = related(ctx, q, v, p.Record, relatedShown); err != nil {
			return p, wrap("pledge "+publicID, err)
		}
		if p.IsCurrent() && s.grownOut != nil {
			if p.Practices, err = s.grownOut(ctx, p.ID); err != nil {
				return p, wrap("pledge "+publicID, err)
			}
		}
	}
	if p.Files, err = s.filesOf(ctx, p.Record); err == nil && !p.IsCurrent() {
		err = s.withoutDeadLinks(ctx, p, current)
	}
	return p, wrap("pledge "+publicID, err)
}

// progressOf reads what had been reported on the pledge by the moment.
func (s *Service) progressOf(ctx context.Context, at moment, p *Public) error {
	q := s.db.Read()
	of, err := updatesOf(ctx, q, p.ID)
	if err != nil {
		return err
	}
	p.Updates, p.UpdateFiles = of[p.ID], map[int][]ui.FileItem{}
	if at.past() {
		p.Updates = slices.DeleteFunc(p.Updates, func(u Update) bool { return !u.PublishedAt.Before(at.end) })
	}
	for _, u := range p.Updates {
		if u.SubmissionID == nil || s.files == nil {
			continue
		}
		files, err := s.files(ctx, *u.SubmissionID, *u.SubmissionRevision)
		if err != nil {
			return err
		}
		p.UpdateFiles[u.Number] = files["files"]
	}
	if last := p.last(); last != nil && last.Status == Superseded {
		switch next, err := referenceAt(ctx, q, at, last.SupersededBy); {
		case err == nil:
			p.SupersededBy = &next
		case !errors.Is(err, problem.NotFound):
			return err
		}
	}
	p.Supersedes, err = supersededBy(ctx, q, at, p.PublicID)
	return err
}

// withoutDeadLinks keeps the names of an older revision's documents, but leads only to those that the current one still
// has: no other is given to the public.
func (s *Service) withoutDeadLinks(ctx context.Context, p Public, last Record) error {
	current, err := s.filesOf(ctx, last)
	if err != nil {
		return err
	}
	for question, files := range p.Files {
		for i, f := range files {
			if !slices.ContainsFunc(current[question], func(c ui.FileItem) bool { return c.Href == f.Href }) {
				files[i].Href = ""
			}
		}
	}
	return nil
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
	p, err := s.find(ctx, moment{}, publicID)
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
