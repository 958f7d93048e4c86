package signoff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Act is what somebody signs or declines.
type Act struct {
	// AsRead is the fingerprint of the note as they read it.
	AsRead string
	// Declines says that they do not sign, for the Reason, or take back what they have signed.
	Declines bool
	Reason   string
	// Name and Position are of a person without an account.
	Name, Position string
}

// ErrSigned says that the signature was given already: by the second click, or by a colleague. Nothing was done.
var ErrSigned = errors.New("signed already")

// Sign gives or declines the signature of a party for somebody who acts for its office in the portal. Whoever sees the note and
// does not is problem.Forbidden; who does not see it gets problem.NotFound. A text that has changed since it was read is
// problem.Stale, a signature that is not to be given now problem.NotAllowedNow.
func (s *Service) Sign(ctx context.Context, who identity.User, id workflow.ID, signatureID int64, act Act) error {
	st, err := s.Standing(ctx, who, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(st.signatures, func(g Signature) bool { return g.ID == signatureID && g.Named() }) {
		return fmt.Errorf("signature %d of note %d: %w", signatureID, id, problem.NotFound)
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		sub, g, err := lockSignature(ctx, tx, signatureID)
		if err != nil {
			return err
		}
		offices, err := actsFor(ctx, tx, id, who.ID)
		if err != nil {
			return err
		}
		if !g.ByOffice() || !slices.Contains(offices, g.OfficeID) {
			return problem.Forbidden
		}
		g.SignerID, g.Signer, g.SignerPosition, g.Means = who.ID, who.Name, "", ByPortal
		return s.act(ctx, tx, sub, g, act)
	})
}

// act gives or declines a signature, locked, in the name of the person in g.
func (s *Service) act(ctx context.Context, tx database.Tx, sub workflow.Submission, g Signature, act Act) error {
	now := s.now()
	n, err := s.read(ctx, tx, sub)
	if err != nil {
		return err
	}
	if sub.State.Writable() {
		if err := s.settle(ctx, tx, n, now); err != nil {
			return err
		}
	}
	st, err := s.stand(ctx, tx, sub)
	if err != nil {
		return err
	}
	kept, err := signature(ctx, tx, g.ID)
	if err != nil {
		return err
	}
	switch {
	case kept.State == Signed && !act.Declines:
		return ErrSigned
	case !st.mayAct(), kept.State != Asked && kept.State != Declined && (kept.State != Signed || !act.Declines):
		return problem.NotAllowedNow
	case act.AsRead != asRead(n.covered):
		return problem.Stale
	}
	if wrong := act.check(g.Means); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if g.Means != ByLetter { // one of before is not what it is signed with now
		g.LetterID, g.LetterOn = 0, nil
	}
	g.State, g.Covered, g.Reason = Signed, n.covered, ""
	action := WasSigned
	if act.Declines {
		g.State, g.Covered, g.Reason, g.LetterID, g.LetterOn = Declined, map[string]string{}, fit(act.Reason), 0, nil
		action = WasDeclined
	}
	if err := setActed(ctx, tx, g, now); err != nil {
		return err
	}
	if err := addEvent(ctx, tx, Event{SignatureID: g.ID, Action: action, At: now, ActorID: g.SignerID, Means: g.Means}); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: g.SignerID, Act: "signature." + string(action), Subject: "submission", SubjectID: sub.ID, At: now}); err != nil {
		return err
	}
	g.ActedAt = &now
	if act.Declines {
		if err := s.tellOffice(ctx, tx, sub, mailDeclined, g); err != nil {
			return err
		}
	}
	return s.advance(ctx, tx, sub, now)
}

// check returns what is wrong with the act.
func (a Act) check(means Means) []problem.Field {
	var wrong []problem.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: key, Args: args})
	}
	if a.Declines {
		switch n := form.Length(fit(a.Reason)); {
		case n == 0:
			add("reason", "signoff.sign.wrong.reason")
		case n > maxReason:
			add("reason", "signoff.sign.wrong.reason_long", maxReason, n)
		}
	}
	if means == ByLink {
		for _, text := range []struct{ name, value string }{{"name", a.Name}, {"position", a.Position}} {
			switch n := form.Length(fit(text.value)); {
			case n == 0:
				add(text.name, "signoff.sign.wrong."+text.name)
			case n > maxPerson:
				add(text.name, "signoff.sign.wrong.long", maxPerson, n)
			}
		}
	}
	return wrong
}

// Letter is an official letter with which a government has signed.
type Letter struct {
	On   date.Date
	File *attachment.Received
	// Signer and Position are who has signed it.
	Signer, Position string
}

// check returns what is wrong with the letter on a note that was begun on the day; a letter without a day is for others to tell.
func (l Letter) check(begun, today date.Date) []problem.Field {
	var wrong []problem.Field
	switch {
	case l.On.IsZero():
	case today.Before(l.On):
		wrong = append(wrong, problem.Field{Name: "on.day", Key: "signoff.letter.wrong.future"})
	case l.On.Before(begun.AddDays(-365 * LetterYears)):
		wrong = append(wrong, problem.Field{Name: "on.year", Key: "signoff.letter.wrong.old"})
	}
	if n := form.Length(fit(l.Signer)); n == 0 {
		wrong = append(wrong, problem.Field{Name: "name", Key: "signoff.letter.wrong.name"})
	} else if n > maxPerson {
		wrong = append(wrong, problem.Field{Name: "name", Key: "signoff.sign.wrong.long", Args: []any{maxPerson, n}})
	}
	if n := form.Length(fit(l.Position)); n > maxPerson {
		wrong = append(wrong, problem.Field{Name: "position", Key: "signoff.sign.wrong.long", Args: []any{maxPerson, n}})
	}
	return wrong
}

// letterField is the question under which the letters of a party are kept: none of the form's, and each party's own, since a
// question takes ten files.
func letterField(signature int64) string { return "letter." + strconv.FormatInt(signature, 10) }

// SignByLetter keeps the official letter of a government partner, which is its signature, for who acts for the office of the
// note.
func (s *Service) SignByLetter(ctx context.Context, who identity.User, id workflow.ID, signatureID int64, read string, letter Letter) error {
	return s.manage(ctx, who, id, signatureID, func(tx database.Tx, st standing, g Signature) error {
		if g.Party != Governments {
			return problem.Forbidden
		}
		letter.File.Revision = st.Revision
		f, err := s.files.Add(ctx, tx, letter.File)
		if err != nil {
			return err
		}
		g.Means, g.LetterID, g.LetterOn, g.SignerID, g.Signer, g.SignerPosition = ByLetter, f.ID, &letter.On, 0, fit(letter.Signer), fit(letter.Position)
		if err := s.act(ctx, tx, st.Submission, g, Act{AsRead: read}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "signature.letter", Subject: "submission", SubjectID: id, At: s.now()})
	})
}
