package practice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Public is a practice as its page shows it.
type Public struct {
	// Record is the revision to show, Number its place among the published ones, from 1.
	Record
	Number int
	// Revisions are all published ones, the first one first.
	Revisions []Record
	// Gone is when the practice was taken down; nil while it is public. Then nothing of its content may be shown.
	Gone *time.Time
	// Reused is who has reused it.
	Reused Reuses
	// Serves are the pledges that it serves.
	Serves []Pledge
	// Related are the practices that have most in common with it.
	Related []Listed
	Files   map[string][]ui.FileItem
}

// IsCurrent says whether this revision is what the public sees under the practice's address.
func (p Public) IsCurrent() bool { return p.Until == nil }

// find returns the revisions of a practice; problem.NotFound when it was never published.
func (s *Service) find(ctx context.Context, publicID string) (Public, error) {
	revisions, err := history(ctx, s.db.Read(), s.vocabulary(), publicID)
	if err != nil {
		return Public{}, err
	}
	if len(revisions) == 0 {
		return Public{}, problem.NotFound
	}
	p := Public{Revisions: revisions, Number: len(revisions), Record: revisions[len(revisions)-1]}
	if p.Until != nil {
		return Public{Record: Record{ID: p.ID, PublicID: p.PublicID, Retired: p.Retired, RetiredLang: p.RetiredLang}, Gone: p.Until}, nil // the content stays behind, but for why its office has taken it down
	}
	return p, nil
}

// Published returns the submission that was published under the ID, whether it still is or not; problem.NotFound when
// nothing ever was.
func (s *Service) Published(ctx context.Context, publicID string) (workflow.ID, error) {
	id, err := database.Value[workflow.ID](ctx, s.db.Read(), `SELECT id FROM practices WHERE public_id = $1 LIMIT 1`, publicID)
	return id, wrap("practice "+publicID, err)
}

// relatedShown is how many related practices a page names.
const relatedShown = 3

// Public returns a published practice with what belongs on its page; number 0 is the current revision. lang is the reader's,
// for the related ones. A practice that was never published, or a number that there is not, is problem.NotFound.
func (s *Service) Public(ctx context.Context, publicID string, number int, lang string) (Public, error) {
	p, err := s.find(ctx, publicID)
	if err != nil || p.Gone != nil {
		return p, wrap("practice "+publicID, err)
	}
	current := p.Record
	if number != 0 {
		if number < 1 || number > len(p.Revisions) {
			return p, fmt.Errorf("version %d of practice %s: %w", number, publicID, problem.NotFound)
		}
		p.Number, p.Record = number, p.Revisions[number-1]
	}
	one := []Record{p.Record}
	if err = s.nameCalls(ctx, s.db.Read(), one); err != nil {
		return p, wrap("practice "+publicID, err)
	}
	p.Record = one[0]
	err = s.atOnce(ctx, func(tx database.Tx, m search.Model) (err error) {
		p.Related, err = related(ctx, tx, m, s.vocabulary(), p.Record, lang, relatedShown)
		return err
	})
	if err != nil {
		return p, wrap("practice "+publicID, err)
	}
	if p.IsCurrent() {
		if p.Reused, err = s.reusesOf(ctx, p.Record, 0, reusesShown); err != nil {
			return p, wrap("practice "+publicID, err)
		}
		if p.Serves, err = s.servedBy(ctx, p.ID); err != nil {
			return p, wrap("practice "+publicID, err)
		}
	}
	if p.Files, err = s.filesOf(ctx, p.Record); err == nil && !p.IsCurrent() {
		err = s.withoutDeadLinks(ctx, p, current)
	}
	return p, wrap("practice "+publicID, err)
}

// withoutDeadLinks keeps the names of an older revision's documents, but leads only to those that the current one still
// has, and shows only its images: no other is given to the public.
func (s *Service) withoutDeadLinks(ctx context.Context, p Public, last Record) error {
	current, err := s.filesOf(ctx, last)
	if err != nil {
		return err
	}
	for question, files := range p.Files {
		for i, f := range files {
			if !slices.ContainsFunc(current[question], func(c ui.FileItem) bool { return c.Href == f.Href }) {
				files[i].Href, files[i].Picture = "", nil
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

// Compare returns two published revisions of a practice by number; 0 for both compares the last with the one before. A
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
