package signoff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/workflow"
)

const (
	// careAtOnce is how many notes, and how many signatures, one run of Care looks at.
	careAtOnce = 500
	// calm is how long nobody has saved anything, not even by itself, before a note is compared with its signatures.
	calm = 30 * time.Minute
)

// Care does what is to be done by the clock. It compares notes that were saved by themselves with their signatures; it tells
// parties, once a note is left alone, that their signature does not hold or does not count any more; it reminds
// who has not signed for LateDays working days, and MeetingDays before the last safe day of a meeting; and it forgets who was
// named in notes that are erased, and why somebody declined. One that fails does not keep the others from it; the error is all of theirs.
func (s *Service) Care(ctx context.Context) error {
	now := s.now()
	drifted, err := database.Values[workflow.ID](ctx, s.db.Read(), `SELECT o.submission_id FROM note_signoffs o JOIN submissions s ON s.id = o.submission_id
		WHERE s.state IN ('draft', 'changes_requested') AND s.changed_at > o.settled_at AND s.changed_at <= $1 ORDER BY s.changed_at LIMIT $2`, now.Add(-calm), careAtOnce)
	if err != nil {
		return fmt.Errorf("find notes to compare with their signatures: %w", err)
	}
	var failed error
	each := func(id int64, do func(tx database.Tx) error) bool {
		if err := s.db.InTx(ctx, do); err != nil {
			failed = errors.Join(failed, fmt.Errorf("care for the signatures of %d: %w", id, err))
		}
		return ctx.Err() == nil
	}
	for _, id := range drifted {
		if !each(id, func(tx database.Tx) error {
			sub, err := workflow.LockForPortal(ctx, tx, id)
			if err != nil {
				return err
			}
			return s.Changed(ctx, tx, sub, now)
		}) {
			return failed
		}
	}
	if err := s.tellUntold(ctx, now, each); err != nil {
		return errors.Join(failed, err)
	}
	if err := s.remindDue(ctx, now, each); err != nil {
		return errors.Join(failed, err)
	}
	_, err = s.db.Read().Exec(ctx, `UPDATE note_signatures g SET contact_name = '', contact_email = '', signer_name = '', signer_position = '', name = '[…]', key = g.id::text,
			reason = CASE g.reason WHEN '' THEN '' ELSE '[…]' END
		FROM submissions s WHERE s.id = g.submission_id AND (s.state = 'erased' OR s.erased_at IS NOT NULL) AND g.name <> '[…]'`)
	return errors.Join(failed, err)
}

// tellUntold tells the parties of notes in which nobody has written for a while what has become of their signatures. Nobody is
// told of a note that was given up meanwhile.
func (s *Service) tellUntold(ctx context.Context, now time.Time, each func(id int64, do func(tx database.Tx) error) bool) error {
	due, err := database.Values[int64](ctx, s.db.Read(), `SELECT g.id FROM note_signatures g JOIN submissions s ON s.id = g.submission_id
		WHERE g.untold AND s.changed_at <= $1 ORDER BY g.id LIMIT $2`, now.Add(-calm), careAtOnce)
	if err != nil {
		return fmt.Errorf("find parties to tell: %w", err)
	}
	for _, id := range due {
		if !each(id, func(tx database.Tx) error { return s.tellByClock(ctx, tx, id, now) }) {
			break
		}
	}
	return nil
}

func (s *Service) tellByClock(ctx context.Context, tx database.Tx, id int64, now time.Time) error {
	sub, _, err := lockSignature(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.Changed(ctx, tx, sub, now); err != nil {
		return err
	}
	g, err := signature(ctx, tx, id)
	if err != nil || !g.Untold {
		return err
	}
	if err := setTold(ctx, tx, id); err != nil {
		return err
	}
	switch {
	case g.State == Void && (sub.State.Writable() || sub.State.Waiting()):
		return s.tellParty(ctx, tx, sub, g, mailVoid, "")
	case g.State == Reopened && sub.State.Writable():
		return s.tellParty(ctx, tx, sub, g, mailReopened, "")
	}
	return nil
}

// remindDue reminds whom the clock says.
func (s *Service) remindDue(ctx context.Context, now time.Time, each func(id int64, do func(tx database.Tx) error) bool) error {
	desks, err := workflow.ReadDesks(ctx, s.db.Read())
	if err != nil {
		return err
	}
	desk := desks[identity.FundDesk]
	last, err := s.lastSafeDay(ctx, s.db.Read(), now)
	if err != nil {
		return err
	}
	var meeting *date.Date
	if last != nil && !desk.Today(now).Before(last.AddDays(-MeetingDays)) {
		meeting = last
	}
	due, err := database.Values[int64](ctx, s.db.Read(), `SELECT g.id FROM note_signatures g JOIN submissions s ON s.id = g.submission_id
		WHERE g.state = 'asked' AND s.state IN ('draft', 'changes_requested') AND (g.office_id IS NOT NULL OR g.contact_email <> '')
			AND greatest(g.asked_at, g.reminded_at) <= @again
			AND (NOT g.late_reminded AND g.asked_at < @late OR g.meeting_reminded IS DISTINCT FROM @meeting::date AND @meeting::date IS NOT NULL)
		ORDER BY g.id LIMIT @most`,
		database.Args{"again": now.Add(-RemindAgain), "late": desk.WaitedBefore(LateDays, now), "meeting": meeting, "most": careAtOnce})
	if err != nil {
		return fmt.Errorf("find signatures to remind of: %w", err)
	}
	for _, id := range due {
		if !each(id, func(tx database.Tx) error { return s.remindByClock(ctx, tx, id, meeting, now) }) {
			break
		}
	}
	return nil
}

func (s *Service) remindByClock(ctx context.Context, tx database.Tx, id int64, meeting *date.Date, now time.Time) error {
	sub, _, err := lockSignature(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.Changed(ctx, tx, sub, now); err != nil {
		return err
	}
	if err := setCared(ctx, tx, id, meeting); err != nil {
		return err
	}
	st, err := s.stand(ctx, tx, sub)
	if err != nil {
		return err
	}
	for _, p := range st.stations {
		for _, g := range p.Signatures {
			if g.ID != id || g.State != Asked || !st.mayAct() || p.Complete() || !g.remindable(now) {
				continue
			}
			if err := setReminded(ctx, tx, id, now); err != nil {
				return err
			}
			if err := addEvent(ctx, tx, Event{SignatureID: id, Action: WasReminded, At: now}); err != nil {
				return err
			}
			g.ChangedSteps = s.since(g, st.note)
			return s.writeWithLink(ctx, tx, sub, g, mailReminder, now)
		}
	}
	return nil
}
