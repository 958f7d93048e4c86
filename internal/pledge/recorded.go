package pledge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// maxSource bounds what an officer says of where a report comes from, in characters as a person counts them.
const maxSource = 1000

// mailRecorded tells the heads of an office what the desk has recorded in its name.
const mailRecorded = "report_recorded"

// Recording is a report that an office has given the desk by telephone or letter.
type Recording struct {
	// Answers are those of the form of a report.
	Answers form.Answers
	// Source says who told it to whom, how and when. Only staff ever read it.
	Source string
	// Seen is recordable.Seen of the page on which it was written.
	Seen int
}

// recordable is a pledge on which an officer may record a report.
type recordable struct {
	stands
	trusted bool
	// Seen counts the updates, and what the person has recorded and still waits: a button pressed twice records once.
	Seen int
}

// recordable finds a published pledge of the desk for the person, who has no conflict with it: any other is problem.NotFound.
func (s *Service) recordable(ctx context.Context, q database.Querier, who identity.User, publicID string) (recordable, error) {
	id, err := pledgeOf(ctx, q, publicID)
	if err != nil {
		return recordable{}, err
	}
	sub, err := workflow.Find(ctx, q, id, who)
	if err != nil {
		return recordable{}, err
	}
	all, err := s.standing(ctx, q, id)
	if err != nil {
		return recordable{}, err
	}
	p, ok := all[id]
	if !ok || sub.Side != workflow.ByDesk {
		return recordable{}, problem.NotFound
	}
	r := recordable{stands: p}
	if r.Seen, err = recordedBy(ctx, q, who, id); err != nil {
		return r, err
	}
	r.trusted, err = trusted(ctx, q, p.OfficeID)
	return r, err
}

// recordedBy counts the updates of the pledge, and the reports on it that the person has recorded.
func recordedBy(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) (int, error) {
	n, err := database.Value[int](ctx, q, `SELECT (SELECT count(*)::int FROM pledge_updates WHERE pledge_id = $1)
		+ (SELECT count(*)::int FROM submission_subjects a JOIN submissions w ON w.id = a.submission_id WHERE a.subject_id = $1 AND w.author_id = $2)`, id, who.ID)
	return n, wrap("count what was recorded", err)
}

// Record hands in, in the name of the office, what it has told the desk about its pledge; published is whether the public can read
// it already. It is the office's report as if it had sent it itself: of a trusted office it is published at once, of any other
// somebody else at the desk decides on it, since who has recorded it is its author. The heads are told.
//
// A pledge that is not before the person at the desk is problem.NotFound, one on which somebody has reported since the page
// problem.Stale, a closed office problem.NotAllowedNow; what is wrong is a problem.Invalid.
func (s *Service) Record(ctx context.Context, who identity.User, publicID string, rec Recording) (published bool, err error) {
	var wrong []form.Wrong
	source := fit(rec.Source)
	switch n := form.Length(source); {
	case n == 0:
		wrong = append(wrong, form.Wrong{Name: "source", Key: "pledge.recorded.wrong.source"})
	case n > maxSource:
		wrong = append(wrong, form.Wrong{Name: "source", Key: "pledge.report.wrong.long", Args: []any{maxSource, n}})
	}
	wrong = append(wrong, s.updateKind.Form.Problems(rec.Answers, form.Env{Vocabulary: s.vocabulary()})...)
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := pledgeOf(ctx, tx, publicID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT FROM offices WHERE id = (SELECT office_id FROM submissions WHERE id = $1) FOR SHARE`, id); err != nil {
			return err
		}
		if err := lockPledges(ctx, tx, []workflow.ID{id}); err != nil {
			return err
		}
		p, err := s.recordable(ctx, tx, who, publicID)
		if err != nil {
			return err
		}
		if p.Seen != rec.Seen {
			return problem.Stale
		}
		entries, found, err := s.checked(ctx, tx, p.OfficeID, []Filing{{id, readReport(rec.Answers)}})
		if err != nil {
			return err
		}
		for _, w := range found[0] {
			if !slices.ContainsFunc(wrong, func(known form.Wrong) bool { return known.Name == w.Name }) {
				wrong = append(wrong, w)
			}
		}
		if len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		about := workflow.Entry{Office: p.OfficeID, Author: who.ID, Subjects: []workflow.ID{id}, Title: p.Title, Lang: p.Lang}
		sub, err := workflow.RecordFor(ctx, tx, s.updateKind, about, entries[0].answers(), who, s.now())
		if err != nil {
			return err
		}
		if _, err := workflow.AddNote(ctx, tx, sub, workflow.ToStaff, source, who.ID, s.now()); err != nil {
			return err
		}
		if published, err = s.PublishTrusted(ctx, tx, sub.ID); err != nil {
			return err
		}
		if !published && s.waits != nil {
			if err := s.waits(ctx, tx, sub.ID); err != nil {
				return err
			}
		}
		return s.tellHeads(ctx, tx, sub, recordedMail{p.stands, entries[0].Report, published, s.ownerPath(sub.ID)})
	})
	return published, wrap("record a report on pledge "+publicID, err)
}

// tellHeads tells the heads of the office what was recorded in its name.
func (s *Service) tellHeads(ctx context.Context, tx database.Tx, sub workflow.Submission, m recordedMail) error {
	heads, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return err
	}
	for _, to := range heads {
		in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.site)
		subject := i18n.T(in, "pledge.mail.report_recorded.subject", m.PublicID)
		var html strings.Builder
		if err := recordedLetter(m, to, subject).Render(in, &html); err != nil {
			return fmt.Errorf("write to a head of the office: %w", err)
		}
		err := mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(in), Kind: "pledge." + mailRecorded, Subject: subject, HTML: html.String(), About: sub.ID})
		if err != nil {
			return err
		}
	}
	return nil
}
