package workflow

import (
	"context"
	"fmt"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
)

// How long a draft may rest (README rule 1): after a year without a saved text, a comment or a file it is put away. It
// is said thirty days and seven days before, and whoever wants it back has thirty days more.
const (
	RestsMonths  = 12
	FirstWarning = 30 * 24 * time.Hour
	LastWarning  = 7 * 24 * time.Hour
	KeptPutAway  = 30 * 24 * time.Hour
)

// Touch says that somebody has done something with the text that no step of it shows: a file, a comment, or that it is
// to be kept. It starts the time of rest anew.
func Touch(ctx context.Context, tx database.Tx, s *Submission, now time.Time) error {
	s.ChangedAt = now
	if _, err := tx.Exec(ctx, `UPDATE submissions SET changed_at = $2 WHERE id = $1`, s.ID, now); err != nil {
		return fmt.Errorf("touch submission %d: %w", s.ID, err)
	}
	return nil
}

// warnedFirst and warnedLast are when it was said that the draft will be put away, nil when that was not said since it
// was touched last.
func (s Submission) warnedFirst() *time.Time { return since(s.FirstWarnedAt, s.ChangedAt) }

func (s Submission) warnedLast() *time.Time { return since(s.LastWarnedAt, s.ChangedAt) }

func since(at *time.Time, changed time.Time) *time.Time {
	if at == nil || !at.After(changed) {
		return nil
	}
	return at
}

// PutAwayAt is when the draft is put away if nobody touches it: a year after the last touch, but never less than thirty
// days after the first warning and seven after the last, however late these were. A warning that was not given yet is
// taken to be given now. It is zero for what is no draft.
func (s Submission) PutAwayAt(now time.Time) time.Time {
	if s.State != Draft {
		return time.Time{}
	}
	at := s.ChangedAt.AddDate(0, RestsMonths, 0)
	first, last := now, now
	if w := s.warnedFirst(); w != nil {
		first = *w
	}
	if w := s.warnedLast(); w != nil {
		last = *w
	}
	return latest(at, first.Add(FirstWarning), last.Add(LastWarning))
}

func latest(times ...time.Time) time.Time {
	last := times[0]
	for _, t := range times[1:] {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// Warned says whether it was said that the draft will be put away, and nobody has touched it since.
func (s Submission) Warned() bool { return s.State == Draft && s.warnedFirst() != nil }

// ErasedAt is when the text of what is put away is erased; zero for anything else.
func (s Submission) ErasedAt() time.Time {
	if s.State != PutAway {
		return time.Time{}
	}
	return s.ChangedAt.Add(KeptPutAway)
}

// RestStep is what the portal has to do now with what nobody touches: Warn, PutAside or Erase, or "" for nothing.
func (s Submission) RestStep(now time.Time) Action {
	switch {
	case s.State == PutAway && !now.Before(s.ErasedAt()):
		return Erase
	case s.State != Draft:
		return ""
	}
	at := s.PutAwayAt(now)
	switch {
	case s.warnedFirst() == nil && !now.Before(at.Add(-FirstWarning)):
		return Warn
	case s.warnedFirst() != nil && s.warnedLast() == nil && !now.Before(at.Add(-LastWarning)):
		return Warn
	case s.warnedLast() != nil && !now.Before(at):
		return PutAside
	}
	return ""
}

// warned notes that a warning is given now: the first, or after it the last.
func (s *Submission) warned(now time.Time) {
	if s.warnedFirst() == nil {
		s.FirstWarnedAt = &now
		return
	}
	s.LastWarnedAt = &now
}

// Resting returns the drafts with which the portal may have something to do, those first that rest longest; Lock and
// RestStep say whether it has.
func Resting(ctx context.Context, q database.Querier, now time.Time, limit int) ([]ID, error) {
	ids, err := database.Values[ID](ctx, q, `SELECT id FROM submissions WHERE
			state = 'put_away' AND changed_at <= @erase
			OR state = 'draft' AND changed_at <= @rest AND (first_warned_at IS NULL OR first_warned_at <= changed_at
				OR (last_warned_at IS NULL OR last_warned_at <= changed_at) AND first_warned_at <= @second
				OR last_warned_at > changed_at AND last_warned_at <= @last AND first_warned_at <= @erase AND changed_at <= @year)
		ORDER BY changed_at, id LIMIT @limit`, database.Args{
		"erase": now.Add(-KeptPutAway), "rest": now.AddDate(0, -RestsMonths, 0).Add(FirstWarning + 4*24*time.Hour), // months differ
		"second": now.Add(LastWarning - FirstWarning), "last": now.Add(-LastWarning), "year": now.AddDate(0, -RestsMonths, 4), "limit": limit,
	})
	if err != nil {
		return nil, fmt.Errorf("find drafts that rest: %w", err)
	}
	return ids, nil
}

// eraseText removes the open text with its files for good. What was handed in stays: that is a revision of something
// published, which the public goes on seeing.
func eraseText(ctx context.Context, tx database.Tx, kind *Kind, s *Submission) error {
	if _, err := tx.Exec(ctx, `DELETE FROM submission_steps WHERE submission_id = $1 AND revision = $2`, s.ID, s.Revision); err != nil {
		return fmt.Errorf("erase the text of submission %d: %w", s.ID, err)
	}
	if err := attachment.Erase(ctx, tx, s.ID, s.Revision); err != nil {
		return err
	}
	if s.Published() {
		return nameAsPublished(ctx, tx, kind, s)
	}
	s.Title = ""
	if _, err := tx.Exec(ctx, `UPDATE submissions SET title = '' WHERE id = $1`, s.ID); err != nil {
		return fmt.Errorf("erase the title of submission %d: %w", s.ID, err)
	}
	return nil
}
