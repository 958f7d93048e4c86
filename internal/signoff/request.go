package signoff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// Request is how somebody of the office asks for signatures: who signs for each party that has no office in the portal, who of
// those that have declined is asked again, and which void signature is of the same party under another name, all by the keys of
// the parties.
type Request struct {
	Contacts map[string]Contact
	Again    map[string]bool
	Was      map[string]int64
}

// Contact is a person to whom a link to sign with is sent.
type Contact struct{ Name, Email string }

// asksPerHour is how often one person may ask: each time may write to many.
const asksPerHour = 30

// Ask asks for the signatures that the note needs, under the chain as it is now. Only who acts for the office of the note may;
// others who see it are problem.Forbidden. A note that is not being written is problem.NotAllowedNow; what is missing or wrong
// is a problem.Invalid; more than thirty times in an hour are problem.TooMany.
func (s *Service) Ask(ctx context.Context, who identity.User, id workflow.ID, asked Request) error {
	st, err := s.Standing(ctx, who, id)
	switch {
	case err != nil:
		return err
	case !st.mayManage():
		return problem.Forbidden
	case !st.State.Writable():
		return problem.NotAllowedNow
	}
	if len(s.kind.Form.Problems(st.answers, s.env(st.Submission))) > 0 { // its rules may ask the database
		return problem.Invalid(problem.Field{Key: "signoff.ask.wrong.form"})
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("signoff.ask:%d", who.ID), asksPerHour, time.Hour); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, id, who)
		switch {
		case err != nil:
			return err
		case !sub.State.Writable():
			return problem.NotAllowedNow
		}
		if err := s.askAll(ctx, tx, who, sub, asked, s.now()); err != nil {
			return fmt.Errorf("ask for the signatures of note %d: %w", id, err)
		}
		return nil
	})
}

func (s *Service) askAll(ctx context.Context, tx database.Tx, who identity.User, sub workflow.Submission, asked Request, now time.Time) error {
	n, err := s.read(ctx, tx, sub)
	if err != nil {
		return err
	}
	parties, err := s.parties(ctx, tx, sub, n.answers)
	if err != nil {
		return err
	}
	chain, err := chainOf(ctx, tx, typeOf(n.answers.First("scope")), 0)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO note_signoffs (submission_id, note_type, version, asked_by, asked_at, settled_at) VALUES (@id, @type, @version, @by, @now, @now)
		ON CONFLICT ON CONSTRAINT note_signoffs_pkey DO UPDATE SET note_type = excluded.note_type, version = excluded.version, asked_by = excluded.asked_by, asked_at = excluded.asked_at`,
		database.Args{"id": sub.ID, "type": chain.NoteType, "version": chain.Version, "by": who.ID, "now": now})
	if err != nil {
		return err
	}
	if err := s.settle(ctx, tx, n, now); err != nil {
		return err
	}
	if err := s.identify(ctx, tx, who, n, parties, asked.Was, now); err != nil {
		return err
	}
	all, err := signatures(ctx, tx, sub.ID)
	if err != nil {
		return err
	}
	var wrong []problem.Field
	used := map[string]string{} // who signs by which address
	for i, p := range parties {
		at := slices.IndexFunc(all, func(g Signature) bool { return g.Key == p.key })
		if at < 0 || !chain.asks(p.party) {
			continue
		}
		g := all[at]
		if g.State == Signed || g.State == Declined && !asked.Again[g.Key] {
			continue
		}
		bad, err := s.prepare(ctx, tx, sub, i, p, g, asked, now)
		if err != nil {
			return err
		}
		wrong = append(wrong, bad...)
		if email := strings.ToLower(fit(asked.Contacts[p.key].Email)); email != "" {
			if other := used[email]; other != "" {
				wrong = append(wrong, problem.Field{Name: contactControl(i, "email"), Key: "signoff.ask.wrong.twice", Args: []any{g.Name, other}})
			}
			used[email] = g.Name
		}
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "signatures.ask", Subject: "submission", SubjectID: sub.ID, At: now}); err != nil {
		return err
	}
	return s.advance(ctx, tx, sub, now)
}

// identify takes over what the office says of parties that the note calls by another name than before: each is the party of a
// signature that is void by now, and no new one. What fits neither is left out: the page shows it as it is.
func (s *Service) identify(ctx context.Context, tx database.Tx, who identity.User, n note, parties []named, was map[string]int64, now time.Time) error {
	all, err := signatures(ctx, tx, n.ID)
	if err != nil {
		return err
	}
	found := false
	for _, p := range parties {
		is := slices.IndexFunc(all, func(g Signature) bool { return g.Key == p.key && g.fresh() })
		before := slices.IndexFunc(all, func(g Signature) bool { return g.ID == was[p.key] && g.State == Void && g.Party == p.party })
		if is < 0 || before < 0 {
			continue
		}
		if err := dropSignature(ctx, tx, all[is].ID); err != nil {
			return err
		}
		if err := rename(ctx, tx, all[before], p, who.ID, now); err != nil {
			return err
		}
		all[before].State, found = New, true // of one party only
	}
	if !found {
		return nil
	}
	entry := audit.Entry{Actor: who.ID, Act: "signatures.rename", Subject: "submission", SubjectID: n.ID, At: now}
	if err := audit.Record(ctx, tx, entry); err != nil {
		return err
	}
	return s.settle(ctx, tx, n, now)
}

// prepare says who signs for a party, the i-th of the note, and lets it wait for its turn. One that is asked already and whose
// person stays is left alone.
func (s *Service) prepare(ctx context.Context, tx database.Tx, sub workflow.Submission, i int, p named, g Signature, asked Request, now time.Time) ([]problem.Field, error) {
	office, err := officeOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	before := g
	g.Name, g.OfficeID, g.ContactName, g.ContactEmail = p.name, office, "", ""
	if office == 0 {
		c := asked.Contacts[p.key]
		g.ContactName, g.ContactEmail = fit(c.Name), fit(c.Email)
		if asked.Was[p.key] == g.ID && g.ContactName == "" && g.ContactEmail == "" { // the same party by the same person
			g.ContactName, g.ContactEmail = before.ContactName, before.ContactEmail
		}
		wrong := checkContact(i, p.party, g)
		if len(wrong) == 0 && g.ContactEmail != "" {
			own, err := ownAddress(ctx, tx, sub, g.ContactEmail)
			if err != nil {
				return nil, err
			}
			if own {
				wrong = []problem.Field{{Name: contactControl(i, "email"), Key: "signoff.ask.wrong.own", Args: []any{g.Name}}}
			}
		}
		if len(wrong) > 0 {
			return wrong, nil
		}
	}
	same := g.OfficeID == before.OfficeID && strings.EqualFold(g.ContactEmail, before.ContactEmail)
	if before.State != Asked || !same {
		g.State = Waiting
	}
	if !same {
		if err := endLinks(ctx, tx, g.ID, now); err != nil {
			return nil, err
		}
	}
	return nil, setParty(ctx, tx, g)
}

// ownAddress says whether an address is of somebody who has to do with the office of the note: with a post there, by the address
// of the account or one that it is being changed to; who is offered a post; and who was invited to the note. What stands after a
// plus sign is no other mailbox.
func ownAddress(ctx context.Context, q database.Querier, sub workflow.Submission, email string) (bool, error) {
	return database.Value[bool](ctx, q, `WITH own AS (
			SELECT u.email FROM users u JOIN posts p ON p.user_id = u.id WHERE p.office_id = @office
			UNION ALL SELECT c.new_email FROM email_changes c JOIN posts p ON p.user_id = c.user_id WHERE p.office_id = @office
			UNION ALL SELECT c.old_email FROM email_changes c JOIN posts p ON p.user_id = c.user_id WHERE p.office_id = @office
			UNION ALL SELECT o.email FROM post_offers o WHERE o.office_id = @office
			UNION ALL SELECT i.email FROM draft_invitations i WHERE i.submission_id = @note
			UNION ALL SELECT u.email FROM draft_invitations i JOIN users u ON u.id = i.user_id WHERE i.submission_id = @note)
		SELECT EXISTS (SELECT FROM own WHERE regexp_replace(lower(email), '\+[^@]*@', '@') = regexp_replace(lower(@email), '\+[^@]*@', '@'))`,
		database.Args{"office": sub.OfficeID, "note": sub.ID, "email": email})
}

// ask asks a party to sign, now.
func (s *Service) ask(ctx context.Context, tx database.Tx, sub workflow.Submission, g Signature, kind string, now time.Time) error {
	if err := setAsked(ctx, tx, g.ID, now); err != nil {
		return err
	}
	if err := addEvent(ctx, tx, Event{SignatureID: g.ID, Action: WasAsked, At: now}); err != nil {
		return err
	}
	return s.writeWithLink(ctx, tx, sub, g, kind, now)
}

// writeWithLink writes to whoever may sign; who has no office gets a link.
func (s *Service) writeWithLink(ctx context.Context, tx database.Tx, sub workflow.Submission, g Signature, kind string, now time.Time) error {
	token := ""
	if !g.ByOffice() && g.ContactEmail != "" {
		var err error
		if token, err = newLink(ctx, tx, g.ID, now, now.Add(LinkLife)); err != nil {
			return err
		}
	}
	return s.tellParty(ctx, tx, sub, g, kind, token)
}

// Remind writes again to a party that may sign, for somebody who acts for the office of the note; once a day.
func (s *Service) Remind(ctx context.Context, who identity.User, id workflow.ID, signatureID int64) error {
	return s.manage(ctx, who, id, signatureID, func(tx database.Tx, st standing, g Signature) error {
		if g.State != Asked || !st.mayAct() || !g.writable() {
			return problem.NotAllowedNow
		}
		now := s.now()
		if !g.remindable(now) {
			return nil // by a second click, or by a colleague
		}
		if err := setReminded(ctx, tx, g.ID, now); err != nil {
			return err
		}
		if err := addEvent(ctx, tx, Event{SignatureID: g.ID, Action: WasReminded, At: now, ActorID: who.ID}); err != nil {
			return err
		}
		g.ChangedSteps = s.since(g, st.note)
		return s.writeWithLink(ctx, tx, st.Submission, g, mailReminder, now)
	})
}

// writable says whether anybody can be written to.
func (g Signature) writable() bool { return g.ByOffice() || g.ContactEmail != "" }

// remindable says whether the party was not written to for a day.
func (g Signature) remindable(now time.Time) bool {
	last := *g.AskedAt
	if g.RemindedAt != nil && g.RemindedAt.After(last) {
		last = *g.RemindedAt
	}
	return !last.After(now.Add(-RemindAgain))
}
