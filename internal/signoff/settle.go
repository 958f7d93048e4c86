package signoff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/workflow"
)

// Changed compares the signatures of a note, which the caller has locked, with its text and its parties as they are now. Those
// that no longer hold are reopened, those that hold again are restored; who is named no longer is void, who is new waits to be
// asked. Whoever has signed is told by Care, once the text is left alone: not while somebody writes, and not of what was put back.
func (s *Service) Changed(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	if _, asked, err := signOff(ctx, tx, sub.ID); err != nil || !asked || !sub.State.Writable() {
		return err
	}
	n, err := s.read(ctx, tx, sub)
	if err != nil {
		return err
	}
	if err := s.settle(ctx, tx, n, now); err != nil {
		return fmt.Errorf("settle the signatures of note %d: %w", sub.ID, err)
	}
	return nil
}

// Withdrawn tells the parties of a note that its office has taken back that nothing is asked of them any more, and that what they
// have signed does not count: whoever was asked and is still named.
func (s *Service) Withdrawn(ctx context.Context, tx database.Tx, sub workflow.Submission, _ time.Time) error {
	all, err := signatures(ctx, tx, sub.ID)
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.AskedAt == nil || !g.Named() && !g.Untold {
			continue
		}
		if err := setTold(ctx, tx, g.ID); err != nil {
			return err
		}
		if err := s.tellParty(ctx, tx, sub, g, mailWithdrawn, ""); err != nil {
			return fmt.Errorf("tell the parties of note %d: %w", sub.ID, err)
		}
	}
	return nil
}

func (s *Service) settle(ctx context.Context, tx database.Tx, n note, now time.Time) error {
	all, err := signatures(ctx, tx, n.ID)
	if err != nil {
		return err
	}
	parties, err := s.parties(ctx, tx, n.Submission, n.answers)
	if err != nil {
		return err
	}
	if err := s.recognize(ctx, tx, all, parties, now); err != nil {
		return err
	}
	reopened := 0
	for _, g := range all {
		before := g.State
		var steps []string
		switch still := slices.ContainsFunc(parties, func(p named) bool { return p.key == g.Key }); {
		case !still && g.State == New:
			if err := dropSignature(ctx, tx, g.ID); err != nil {
				return err
			}
			continue
		case !still:
			g.State = Void
		case g.State == Void || g.State == Signed || g.State == Reopened:
			steps = changedSteps(s.kind.Form, g.Covered, n.covered)
			switch given := len(g.Covered) > 0 && g.ActedAt != nil && g.Means != "" && g.Reason == ""; {
			case !given:
				g.State = New
			case len(steps) > 0:
				g.State = Reopened
			default:
				g.State = Signed
			}
		}
		if g.State == before && slices.Equal(steps, g.ChangedSteps) {
			continue
		}
		by := n.changedBy(steps)
		if g.State == Void {
			by = n.changedBy([]string{"organizations", "partners", "where"})
		}
		untold := g.Untold
		if g.State != before {
			untold = g.State == Reopened || g.State == Void && before != Waiting
		}
		if err := setState(ctx, tx, g.ID, g.State, steps, by, untold); err != nil {
			return err
		}
		if g.State == before {
			continue // some more steps of one that was reopened before
		}
		action := map[State]Action{Void: WasVoid, New: WasBack, Reopened: WasReopened, Signed: WasRestored}[g.State]
		if err := addEvent(ctx, tx, Event{SignatureID: g.ID, Action: action, At: now, ActorID: by, Steps: steps}); err != nil {
			return err
		}
		if g.State == Reopened {
			reopened++
		}
	}
	for _, p := range parties {
		if !slices.ContainsFunc(all, func(g Signature) bool { return g.Key == p.key }) {
			if err := addSignature(ctx, tx, n.ID, p, New); err != nil {
				return err
			}
		}
	}
	if reopened > 0 {
		entry := audit.Entry{Act: "signatures.reopen", Subject: "submission", SubjectID: n.ID, At: now}
		if err := audit.Record(ctx, tx, entry); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE note_signoffs SET settled_at = $2 WHERE submission_id = $1`, n.ID, now); err != nil {
		return err
	}
	return s.advance(ctx, tx, n.Submission, now)
}

// recognize finds in the signatures those of parties that the note calls by another spelling now: the same letters but for accents
// and spaces, or the name of the same office. They keep their signature, which the change of the text reopens as any other does.
func (s *Service) recognize(ctx context.Context, tx database.Tx, all []Signature, parties []named, now time.Time) error {
	for _, p := range parties {
		if slices.ContainsFunc(all, func(g Signature) bool { return g.Key == p.key }) {
			continue
		}
		office := int64(-1) // not looked for yet
		for i, g := range all {
			if g.Party != p.party || g.Country != p.country || slices.ContainsFunc(parties, func(other named) bool { return other.key == g.Key }) {
				continue
			}
			same, err := alike(ctx, tx, g.Name, p.name)
			if err == nil && !same && g.ByOffice() {
				if office < 0 {
					office, err = officeOf(ctx, tx, p)
				}
				same = office == g.OfficeID
			}
			if err != nil {
				return err
			}
			if same {
				if err := rename(ctx, tx, g, p, 0, now); err != nil {
					return err
				}
				all[i].Key, all[i].Name = p.key, p.name
				break
			}
		}
	}
	return nil
}

// rename calls the party of a signature as the note does now; by is who has said that it is the same one, 0 for the portal.
func rename(ctx context.Context, tx database.Tx, g Signature, p named, by int64, now time.Time) error {
	if err := setNamed(ctx, tx, g.ID, p); err != nil {
		return err
	}
	return addEvent(ctx, tx, Event{SignatureID: g.ID, Action: WasRenamed, At: now, ActorID: by})
}

// advance asks the parties whose turn it is, and notes whether the chain is complete: then the office is told.
func (s *Service) advance(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	st, err := s.stand(ctx, tx, sub)
	if err != nil {
		return err
	}
	if st.complete() != (st.completeAt != nil) {
		var at *time.Time
		if st.complete() {
			at = &now
		}
		if _, err := tx.Exec(ctx, `UPDATE note_signoffs SET complete_at = $2 WHERE submission_id = $1`, sub.ID, at); err != nil {
			return err
		}
		if at != nil {
			return s.tellOffice(ctx, tx, sub, mailComplete, Signature{})
		}
	}
	if st.paused() {
		return nil
	}
	for _, p := range st.stations {
		for _, g := range p.Signatures {
			if p.Open && g.State == Waiting {
				g.ChangedSteps = s.since(g, st.note)
				if err := s.ask(ctx, tx, sub, g, mailAsk, now); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// since are the steps that have changed since the party signed the note before; none where it never did.
func (s *Service) since(g Signature, n note) []string {
	if len(g.Covered) == 0 {
		return nil
	}
	return changedSteps(s.kind.Form, g.Covered, n.covered)
}
