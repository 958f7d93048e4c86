// Package record is the public's side of the record of acts (review.md, Audit): the signed digests, and the page that
// proves one published decision. It names nobody.
package record

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/workflow"
)

// Published is something that was published, as far as its proof shows it.
type Published struct {
	// Submission is its number in the record.
	Submission workflow.ID
	PublicID   string
	// Title and Lang are those of what the public sees now, and Path its page without the language; Title is empty once it
	// was taken down.
	Title, Lang, Path string
	// Acts are those by which it came before the public and went; none are those of a submission. At is the instant of one that is
	// told from others by it; zero for none.
	Acts []string
	At   time.Time
}

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Find returns what was published under the ID, also when it was taken down since; problem.NotFound when nothing ever was.
	Find func(ctx context.Context, publicID string) (Published, error)
}

// Service reads the record for the public.
type Service struct {
	db   *database.DB
	find func(ctx context.Context, publicID string) (Published, error)
}

// NewService returns the public's side of the record in the database.
func NewService(o Options) *Service { return &Service{db: o.DB, find: o.Find} }

// perPage is how many digests a page has.
const perPage = 30

// List is a part of the digests, the newest first.
type List struct {
	Digests []audit.Digest
	// Keys are all with which digests were signed, the newest first.
	Keys []audit.PublicKey
	// Next is the number below which the next part begins; 0 for none.
	Next int
}

// Digests returns the digests with a number below the given one, at most limit; 0 begins with the newest.
func (s *Service) Digests(ctx context.Context, below, limit int) (List, error) {
	var l List
	var err error
	if l.Digests, err = audit.Digests(ctx, s.db.Read(), below, limit+1); err != nil {
		return l, err
	}
	if len(l.Digests) > limit {
		l.Digests = l.Digests[:limit]
		l.Next = l.Digests[limit-1].Number
	}
	l.Keys, err = audit.Keys(ctx, s.db.Read())
	return l, err
}

// Decision is an entry of the record about something published, with its proof.
type Decision struct {
	audit.Proof
	// Wrong is what does not hold of the proof; nil when all does, as far as it goes yet.
	Wrong error
}

// Decisions returns what the record has of the publication of something: when it was published, in which revisions, and
// when it was taken down; the latest first. A public ID that there never was is problem.NotFound.
func (s *Service) Decisions(ctx context.Context, publicID string) (Published, []Decision, error) {
	p, err := s.find(ctx, publicID)
	if err != nil {
		return p, nil, fmt.Errorf("find what was published as %q: %w", publicID, err)
	}
	acts := p.Acts
	if len(acts) == 0 {
		acts = []string{string(workflow.Publish), string(workflow.Archive), string(workflow.Retire)}
	}
	proofs, err := audit.Prove(ctx, s.db.Read(), "submission", p.Submission, p.At, acts...)
	if err != nil {
		return p, nil, err
	}
	var decisions []Decision
	for _, proof := range slices.Backward(proofs) {
		decisions = append(decisions, Decision{Proof: proof, Wrong: proof.Check()})
	}
	return p, decisions, nil
}
