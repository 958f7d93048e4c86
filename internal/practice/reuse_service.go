package practice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// The kinds of mail about reuses, after "practice.".
const (
	mailReuse          = "reuse" // to the practice's office, which answers
	mailReuseConfirmed = "reuse_confirmed"
	mailReuseRefused   = "reuse_refused"
	mailReuseRemoved   = "reuse_removed"
)

// reusesPerDay is how many reuses one person may record a day: each is a mail to others.
const reusesPerDay = 20

// Recordable returns the published practice whose reuse the person wants to record; own says that they act for its office, which
// records nothing itself. One that is not before the public is problem.NotFound.
func (s *Service) Recordable(ctx context.Context, who identity.User, publicID string) (r Record, own bool, err error) {
	p, err := s.find(ctx, publicID)
	if err == nil && p.Gone != nil {
		err = problem.NotFound
	}
	if err != nil {
		return r, false, wrap("practice "+publicID, err)
	}
	own, err = s.actsFor(ctx, s.db.Read(), who, p.ID)
	return p.Record, own, err
}

func (s *Service) actsFor(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) (bool, error) {
	p, err := findVouched(ctx, q, id)
	if err != nil {
		return false, err
	}
	people, err := workflow.Actors(ctx, q, p.OfficeID)
	return slices.ContainsFunc(people, func(to workflow.Recipient) bool { return to.ID == who.ID }), err
}

// RecordReuse records that a practice was reused, and asks its office by mail; the same words from the same person once more, as
// when a button is pressed twice, return the first. What is wrong with what was typed is a problem.Invalid, also the same
// organization, country and year in other words or from somebody else; people of the practice's own office are
// problem.Forbidden, and more than 20 a day from one person problem.TooMany.
func (s *Service) RecordReuse(ctx context.Context, who identity.User, publicID string, typed NewReuse) (id int64, err error) {
	p, own, err := s.Recordable(ctx, who, publicID)
	if err != nil {
		return 0, err
	}
	if own {
		return 0, fmt.Errorf("reuse of their own practice %s: %w", publicID, problem.Forbidden)
	}
	r, err := typed.read(p.Practice, p.OfficeName, s.vocabulary(), s.today().Year())
	if err != nil {
		return 0, err
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("practice.reuse:%d", who.ID), reusesPerDay, 24*time.Hour); err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockSubmission(ctx, tx, p.ID); err != nil { // it is not taken down meanwhile
			return err
		}
		v, err := findVouched(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if id, err = sameReuse(ctx, tx, p.ID, who.ID, r); err != nil || id != 0 {
			return err
		}
		if id, err = addReuse(ctx, tx, p.ID, who.ID, r, s.now()); err != nil {
			return err
		}
		if err := s.recordReuseAct(ctx, tx, who, id, "record"); err != nil {
			return err
		}
		r.ID = id
		return s.tellOffice(ctx, tx, mailReuse, ReuseCase{Reuse: r, Practice: v})
	})
	if database.Constraint(err) == "practice_reuses_once" {
		return 0, problem.Invalid(form.Wrong{Name: "organization", Key: "practice.reuse.wrong.twice"})
	}
	return id, wrap("record a reuse of "+publicID, err)
}

func (s *Service) recordReuseAct(ctx context.Context, tx database.Tx, who identity.User, id int64, act string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "reuse." + act, Subject: "practice_reuse", SubjectID: id, At: s.now()})
}

// ReuseCase returns a reuse for who has to do with it; for others, and when the practice is not before the public any more, it is
// problem.NotFound. That the desk reads the name of who has recorded it is recorded.
func (s *Service) ReuseCase(ctx context.Context, who identity.User, publicID string, id int64) (ReuseCase, error) {
	c, err := findReuse(ctx, s.db.Read(), who, publicID, id)
	if err != nil {
		return c, wrap("reuse", err)
	}
	if c.Side == SideDesk && c.Recorder != "" {
		err = audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: "practice_reuse", IDs: []int64{id}, Fields: []string{"recorder"}, At: s.now()})
	}
	return c, wrap("reuse", err)
}

// readReason makes a reason fit to be stored, or says what is wrong with it.
func readReason(typed string) (string, error) {
	reason := strings.TrimSpace(form.Clean(typed))
	switch n := form.Length(reason); {
	case n == 0:
		return "", problem.Invalid(form.Wrong{Name: "reason", Key: "practice.reuse.wrong.reason"})
	case n > MaxReason:
		return "", problem.Invalid(form.Wrong{Name: "reason", Key: "practice.reuse.wrong.long", Args: []any{MaxReason, n}})
	}
	return reason, nil
}

// SettleReuse confirms or refuses a waiting reuse for the practice's office, or takes down one for the hub desk, and tells who
// has recorded it. A refusal and a removal need a reason, else problem.Invalid; what was settled already is problem.Stale, what is not
// the person's to do problem.Forbidden.
func (s *Service) SettleReuse(ctx context.Context, who identity.User, publicID string, id int64, state ReuseState, typed string) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockReuse(ctx, tx, id); err != nil {
			return err
		}
		c, err := findReuse(ctx, tx, who, publicID, id)
		if err != nil {
			return err
		}
		desk := state == ReuseRemoved
		switch {
		case state != ReuseConfirmed && state != ReuseRefused && !desk:
			return problem.Invalid(form.Wrong{Name: "answer", Key: "practice.reuse.wrong.answer"})
		case desk != (c.Side == SideDesk) || c.Side == SideRecorder:
			return problem.Forbidden
		case c.State == state: // pressed twice
			return nil
		case c.State != ReuseWaiting && (!desk || c.State != ReuseConfirmed):
			return problem.Stale
		}
		if state != ReuseConfirmed {
			if c.Reason, err = readReason(typed); err != nil {
				return err
			}
		}
		c.State = state
		if err := settleReuse(ctx, tx, c.Practice.ID, id, state, c.Reason, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.recordReuseAct(ctx, tx, who, id, string(state)); err != nil {
			return err
		}
		kind := map[ReuseState]string{ReuseConfirmed: mailReuseConfirmed, ReuseRefused: mailReuseRefused, ReuseRemoved: mailReuseRemoved}[state]
		if desk {
			if err := s.tellOffice(ctx, tx, kind, c); err != nil {
				return err
			}
		}
		return s.tellRecorder(ctx, tx, kind, c)
	})
	return wrap(fmt.Sprintf("settle reuse %d", id), err)
}

// tellOffice writes to those who act for the practice's office.
func (s *Service) tellOffice(ctx context.Context, tx database.Tx, kind string, c ReuseCase) error {
	people, err := workflow.Actors(ctx, tx, c.Practice.OfficeID)
	if err != nil {
		return err
	}
	for _, to := range people {
		if err := s.writeReuse(ctx, tx, kind, c, to); err != nil {
			return err
		}
	}
	return nil
}

// tellRecorder writes to who has recorded the reuse, while they have an account.
func (s *Service) tellRecorder(ctx context.Context, tx database.Tx, kind string, c ReuseCase) error {
	if c.RecorderID == nil {
		return nil
	}
	all, err := database.Rows[workflow.Recipient](ctx, tx, `SELECT id, name, email, lang FROM users WHERE id = $1 AND closed_at IS NULL`, *c.RecorderID)
	if err != nil {
		return err
	}
	for _, to := range all {
		if err := s.writeReuse(ctx, tx, kind, c, to); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) writeReuse(ctx context.Context, tx database.Tx, kind string, c ReuseCase, to workflow.Recipient) error {
	in := s.inLangOf(ctx, to)
	m := reuseMail{ReuseCase: c, to: to, kind: kind, subject: i18n.T(in, "practice.mail."+kind+".subject", c.Practice.PublicID), country: s.vocabulary().CountryName(i18n.From(in), c.Country)}
	return s.write(in, tx, mail.Message{Kind: "practice." + kind, Subject: m.subject, About: c.Practice.ID}, to, reuseLetter(m))
}

// Reuses are the confirmed reuses of a practice as its page shows them.
type Reuses struct {
	Total int
	// Shown are the latest, or those of a page of the list.
	Shown []Reuse
	// Countries are those of all of them.
	Countries []string
}

// reusesShown is how many the page of a practice shows, and ReusesPerPage how many a page of their list.
const reusesShown, ReusesPerPage = 10, 50

// reusesOf are the confirmed reuses of a published practice.
func (s *Service) reusesOf(ctx context.Context, p Record, offset, limit int) (r Reuses, err error) {
	r.Total = p.Reuses
	if r.Total == 0 {
		return r, nil
	}
	if r.Shown, err = confirmedReuses(ctx, s.db.Read(), p.ID, offset, limit); err == nil {
		r.Countries, err = reuseCountries(ctx, s.db.Read(), p.ID)
	}
	return r, err
}
