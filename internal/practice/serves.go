package practice

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// A practice names the pledges that it serves; the pledges name the practices that grew out of them (practices.md, Public;
// pledges.md, Pledge page). That is said by offices and public, other than the links of staff between submissions that
// belong together (internal/review).

// Pledge is a published pledge as this package knows it.
type Pledge struct {
	ID                            workflow.ID
	PublicID, Title, Lang, Entity string
	OfficeID                      int64
	// Path is its page, without the language.
	Path string
}

// Pledges is what the area of pledges knows; app fills it in. Both return published pledges only.
type Pledges struct {
	// ByIDs returns those of the numbers, in no order.
	ByIDs func(ctx context.Context, ids []workflow.ID) ([]Pledge, error)
	// Find looks for pledges by their public ID, or by words; a few, the best match first.
	Find func(ctx context.Context, words string) ([]Pledge, error)
}

// LinkedState says how a practice and a pledge belong together.
type LinkedState string

// The states.
const (
	Named     LinkedState = "named"
	TakenBack LinkedState = "taken_back" // by the practice's office
	Refused   LinkedState = "refused"    // by the pledge's office, with a reason
)

// LinkedStates lists the states.
var LinkedStates = []LinkedState{Named, TakenBack, Refused}

// MaxPledges is how many pledges a practice may serve.
const MaxPledges = 20

// The kinds of mail about pledges, after "practice.".
const (
	mailPledgeNamed   = "pledge_named"   // to the pledge's office
	mailPledgeRefused = "pledge_refused" // to the practice's
)

// serves are the numbers of the pledges that a practice names, in the order in which they were named.
func serves(ctx context.Context, q database.Querier, id workflow.ID) ([]workflow.ID, error) {
	return database.Values[workflow.ID](ctx, q, `SELECT pledge_id FROM practice_pledges WHERE practice_id = $1 AND state = 'named' ORDER BY changed_at, pledge_id`, id)
}

// servedBy are the published pledges that the practice serves, in the order in which they were named.
func (s *Service) servedBy(ctx context.Context, id workflow.ID) ([]Pledge, error) {
	ids, err := serves(ctx, s.db.Read(), id)
	if err != nil || len(ids) == 0 || s.pledges.ByIDs == nil {
		return nil, err
	}
	all, err := s.pledges.ByIDs(ctx, ids)
	slices.SortFunc(all, func(a, b Pledge) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return all, err
}

// GrownOut is a published practice that serves a pledge.
type GrownOut struct {
	PledgeID              workflow.ID
	PublicID, Title, Lang string
}

// GrownOutOf returns the published practices that serve a pledge, at most 50; 0 is all pledges, without a limit.
func (s *Service) GrownOutOf(ctx context.Context, pledge workflow.ID) ([]GrownOut, error) {
	all, err := database.Rows[GrownOut](ctx, s.db.Read(), `SELECT l.pledge_id, p.public_id, p.title, p.lang FROM practice_pledges l JOIN practices p ON p.id = l.practice_id AND p.until IS NULL
		WHERE l.state = 'named' AND ($1 = 0 OR l.pledge_id = $1) ORDER BY l.pledge_id, p.first_published_at, p.id LIMIT CASE WHEN $1 = 0 THEN NULL ELSE 50 END`, pledge)
	return all, wrap("practices that grew out of pledges", err)
}

// Serving is what the page on a practice's pledges shows: to its office all of them, to the office of a pledge its own.
type Serving struct {
	Practice vouched
	Pledges  []Pledge
	// Owner says that the reader acts for the practice's office, which names and takes back; else they refuse.
	Owner bool
}

// Serving returns the pledges of a published practice for who acts for its office, or for the office of one of them; for others it
// is problem.NotFound.
func (s *Service) Serving(ctx context.Context, who identity.User, publicID string) (v Serving, err error) {
	id, err := s.Published(ctx, publicID)
	if err != nil {
		return v, err
	}
	if v.Practice, err = findVouched(ctx, s.db.Read(), id); err != nil {
		return v, wrap("practice "+publicID, err)
	}
	if v.Owner, err = s.actsFor(ctx, s.db.Read(), who, id); err != nil {
		return v, wrap("practice "+publicID, err)
	}
	if v.Pledges, err = s.servedBy(ctx, id); err != nil || v.Owner {
		return v, wrap("pledges of practice "+publicID, err)
	}
	v.Pledges = slices.DeleteFunc(v.Pledges, func(p Pledge) bool { return !mayActFor(who, p.OfficeID) })
	if len(v.Pledges) == 0 {
		return v, problem.NotFound
	}
	return v, nil
}

// mayActFor says whether the person holds a post in the office with which they act for it.
func mayActFor(who identity.User, office int64) bool {
	post, ok := who.Post(office)
	return ok && post.Approved && post.OfficeApproved && post.Role != identity.Viewer
}

// NamePledge says for the practice's office that the practice serves the published pledge of the public ID, and tells the pledge's office when
// it is another one. What cannot be named is a problem.Invalid at "pledge"; who does not act for the office is problem.NotFound.
func (s *Service) NamePledge(ctx context.Context, who identity.User, publicID, pledge string) error {
	wrong := func(key string, args ...any) error {
		return problem.Invalid(form.Wrong{Name: "pledge", Key: "practice.serves.wrong." + key, Args: args})
	}
	v, err := s.Serving(ctx, who, publicID)
	if err != nil {
		return err
	}
	if !v.Owner {
		return fmt.Errorf("name a pledge for %s: %w", publicID, problem.NotFound)
	}
	found, err := s.pledges.Find(ctx, pledge)
	if err != nil {
		return wrap("find the pledge", err)
	}
	at := slices.IndexFunc(found, func(p Pledge) bool { return p.PublicID == pledge })
	if at < 0 {
		return wrong("unknown")
	}
	p := found[at]
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockSubmission(ctx, tx, v.Practice.ID); err != nil {
			return err
		}
		if _, err := findVouched(ctx, tx, v.Practice.ID); err != nil { // taken down meanwhile
			return err
		}
		ids, err := serves(ctx, tx, v.Practice.ID)
		switch {
		case err != nil:
			return err
		case slices.Contains(ids, p.ID):
			return nil
		case len(ids) >= MaxPledges:
			return wrong("many", MaxPledges)
		}
		n, err := tx.Exec(ctx, `INSERT INTO practice_pledges AS l (practice_id, pledge_id, state, changed_at) VALUES ($1, $2, 'named', $3)
			ON CONFLICT ON CONSTRAINT practice_pledges_pkey DO UPDATE SET state = 'named', changed_at = $3 WHERE l.state = 'taken_back'`, v.Practice.ID, p.ID, s.now())
		if err != nil {
			return err
		}
		if n.RowsAffected() == 0 {
			return wrong("refused")
		}
		if err := s.recordLink(ctx, tx, who, v.Practice.ID, Named); err != nil || p.OfficeID == v.Practice.OfficeID {
			return err
		}
		return s.tellOfPledge(ctx, tx, mailPledgeNamed, p.OfficeID, servesMail{practice: v.Practice, pledge: p})
	})
	return wrap("name "+pledge+" for "+publicID, err)
}

// UnnamePledge takes a pledge back for the practice's office, or refuses it for the pledge's, with a reason that the other office reads. What is
// not named any more is left as it is; who acts for neither is problem.NotFound, a refusal without reason problem.Invalid.
func (s *Service) UnnamePledge(ctx context.Context, who identity.User, publicID string, pledge workflow.ID, typed string) error {
	v, err := s.Serving(ctx, who, publicID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(v.Pledges, func(p Pledge) bool { return p.ID == pledge })
	if at < 0 {
		return nil
	}
	state, reason := TakenBack, ""
	if !v.Owner {
		state = Refused
		if reason, err = readReason(typed); err != nil {
			return err
		}
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE practice_pledges SET state = $3, reason = $4, changed_at = $5 WHERE practice_id = $1 AND pledge_id = $2 AND state = 'named'`,
			v.Practice.ID, pledge, state, reason, s.now())
		if err != nil || n.RowsAffected() == 0 {
			return err
		}
		if err := s.recordLink(ctx, tx, who, v.Practice.ID, state); err != nil || state != Refused {
			return err
		}
		return s.tellOfPledge(ctx, tx, mailPledgeRefused, v.Practice.OfficeID, servesMail{practice: v.Practice, pledge: v.Pledges[at], reason: reason})
	})
	return wrap("take a pledge from "+publicID, err)
}

func (s *Service) recordLink(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID, state LinkedState) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "pledge." + string(state), Subject: "submission", SubjectID: id, At: s.now()})
}

// servesMail is a mail about a pledge that a practice names.
type servesMail struct {
	practice              vouched
	pledge                Pledge
	to                    workflow.Recipient
	kind, subject, reason string
}

// tellOfPledge writes to those who act for the office.
func (s *Service) tellOfPledge(ctx context.Context, tx database.Tx, kind string, office int64, m servesMail) error {
	people, err := workflow.Actors(ctx, tx, office)
	if err != nil {
		return err
	}
	for _, to := range people {
		in := s.inLangOf(ctx, to)
		m.to, m.kind, m.subject = to, kind, i18n.T(in, "practice.mail."+kind+".subject", m.practice.PublicID, m.pledge.PublicID)
		if err := s.write(in, tx, mail.Message{Kind: "practice." + kind, Subject: m.subject, About: m.practice.ID}, to, servesLetter(m)); err != nil {
			return err
		}
	}
	return nil
}

// FindPledges looks for pledges that a practice could serve, by public ID or by words.
func (s *Service) FindPledges(ctx context.Context, words string) ([]Pledge, error) {
	if words == "" {
		return nil, nil
	}
	all, err := s.pledges.Find(ctx, words)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	return all, wrap("find pledges", err)
}
