package committee

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// MaxMinutes is the longest text of minutes, in characters.
const MaxMinutes = 20_000

// clean takes out of a text what cannot be kept.
func clean(text string) string { return strings.TrimSpace(form.Clean(text)) }

// tooLong is what is wrong with a text that is longer than most; nil for nothing.
func tooLong(name, text string, most int) []problem.Field {
	if n := form.Length(text); n > most {
		return []problem.Field{{Name: name, Key: "committee.wrong.long", Args: []any{most, n}}}
	}
	return nil
}

// Entry returns one entry of a shortlist with the facts of its note; what the person may not see is problem.NotFound.
func (s *Service) Entry(ctx context.Context, who identity.User, meeting MeetingID, id EntryID) (Entry, error) {
	if err := desk(who); err != nil {
		return Entry{}, err
	}
	e, err := entry(ctx, s.DB.Read(), who, meeting, id)
	if err != nil {
		return e, wrap(fmt.Sprintf("entry %d of meeting %d", id, meeting), err)
	}
	return e, s.describe(ctx, s.DB.Read(), who, []*Note{&e.Note})
}

// check says what is wrong with a ruling, in the order of the page.
func (r Ruling) check(n Session) []problem.Field {
	var wrong []problem.Field
	switch {
	case n.Version == 0:
		wrong = append(wrong, problem.Field{Name: "outcome", Key: "committee.wrong.no_session"})
	case !n.Quorate(0):
		wrong = append(wrong, problem.Field{Name: "outcome", Key: "committee.wrong.quorum", Args: []any{n.Present, n.Members, n.Quorum}})
	case r.Outcome.Action() == "":
		wrong = append(wrong, problem.Field{Name: "outcome", Key: "committee.wrong.outcome"})
	}
	switch {
	case r.Recused < 0 || r.Recused > max(n.Present, 0):
		wrong = append(wrong, problem.Field{Name: "recused", Key: "committee.wrong.recused", Args: []any{n.Present}})
	case n.Quorate(0) && !n.Quorate(r.Recused):
		wrong = append(wrong, problem.Field{Name: "recused", Key: "committee.wrong.recused_quorum", Args: []any{n.Present - r.Recused, n.Quorum}})
	}
	if r.Reason == "" && (r.Outcome == Revise || r.Outcome == Decline) {
		wrong = append(wrong, problem.Field{Name: "reason", Key: "committee.wrong.reason." + string(r.Outcome)})
	}
	wrong = append(wrong, tooLong("reason", r.Reason, workflow.MaxNote)...)
	return append(wrong, tooLong("discussion", r.Discussion, MaxMinutes)...)
}

// Decide records what the committee decided on a note, and keeps it as the desk's pending decision: nobody is told before it is
// released. One that was not told yet can be recorded anew. Without a quorum, or with something else wrong, it is a
// problem.Invalid; with a note, an entry or a pending decision that was changed since problem.Stale; problem.NotAllowedNow when
// the note is not in review, or the decision was told.
func (s *Service) Decide(ctx context.Context, who identity.User, meeting MeetingID, id EntryID, r Ruling) error {
	r.Reason, r.Discussion = clean(r.Reason), clean(r.Discussion)
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		if err := desk(who); err != nil {
			return err
		}
		e, err := entry(ctx, tx, who, meeting, id)
		if err != nil {
			return err
		}
		// The note is locked first, as everywhere, and then the entry, which may be moved or removed; then both are read again.
		if _, err := workflow.Lock(ctx, tx, e.Note.ID, who); err != nil {
			return err
		}
		m, err := s.held(ctx, tx, who, ActDecide, meeting)
		if err != nil {
			return err
		}
		n, err := lockSession(ctx, tx, meeting)
		if err != nil {
			return err
		}
		if e, err = lockEntry(ctx, tx, who, meeting, id); err != nil {
			return err
		}
		switch {
		case e.Version != r.Version && e.same(r) && e.Stage == Pending:
			return nil // the form was sent twice
		case e.Version != r.Version || e.Note.Version != r.NoteVersion || e.Note.Pending != r.Pending:
			return problem.Stale
		case !e.Live():
			return problem.NotAllowedNow
		}
		if wrong := r.check(n); len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		pending, err := s.Hold(ctx, tx, who, e.Note.ID, r, i18n.T(ctx, "committee.exception", m.When, n.Present-r.Recused, n.Members))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE committee_entries SET version = version + 1, outcome = @outcome, reason = @reason, discussion = @discussion, recused = @recused, pending_id = @pending,
				decided_by = @who, decided_at = @now WHERE id = @id`,
			database.Args{"id": id, "outcome": r.Outcome, "reason": r.Reason, "discussion": r.Discussion, "recused": r.Recused, "pending": pending, "who": who.ID, "now": s.Now()})
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, "committee."+string(r.Outcome), noteSubject, e.Note.ID)
	})
	return wrap(fmt.Sprintf("decide on entry %d of meeting %d", id, meeting), err)
}

// Undecided is the condition, in SQL, that the desk approves a submission s of the kind only with a reason: the committee has
// not endorsed it as it was sent in last.
func Undecided(kind string) string {
	return `s.kind = '` + kind + `' AND 'endorse' IS DISTINCT FROM (SELECT e.outcome FROM committee_entries e WHERE e.note_id = s.id AND e.removed_at IS NULL
		AND e.outcome <> '' AND e.decided_at >= s.submitted_at ORDER BY e.decided_at DESC, e.id DESC LIMIT 1)`
}

// LeftOver is the condition, in SQL, that a submission s is on the shortlist of a meeting that is over or was cancelled, and
// nothing is decided on it: for the radar, whose day is d.today.
const LeftOver = `s.state = 'in_review' AND s.id IN (SELECT e.note_id FROM committee_entries e JOIN fund_meetings m ON m.id = e.meeting_id
	WHERE e.removed_at IS NULL AND e.outcome = '' AND (m.state = 'cancelled' OR (m.at AT TIME ZONE 'UTC')::date < d.today))`

// same says whether this was decided in the same words.
func (e Entry) same(r Ruling) bool {
	return e.Outcome == r.Outcome && e.Reason == r.Reason && e.Discussion == r.Discussion && e.Recused == r.Recused
}

// Rule is the rule that holds now, for the fund desk.
func (s *Service) Rule(ctx context.Context, who identity.User) (Rule, error) {
	if err := desk(who); err != nil {
		return Rule{}, err
	}
	r, err := lastRule(ctx, s.DB.Read())
	return r, wrap("the rule of the committee", err)
}

// SaveRule sets the number of members and the quorum, for meetings whose attendance is recorded from now on. What is wrong is a
// problem.Invalid, another version than the one that was seen problem.Stale.
func (s *Service) SaveRule(ctx context.Context, who identity.User, r Rule) error {
	if err := Allowed(who, ActRule, ""); err != nil {
		return err
	}
	var wrong []problem.Field
	if r.Members < 1 || r.Members > 99 {
		wrong = append(wrong, problem.Field{Name: "members", Key: "committee.wrong.members"})
	}
	if r.Quorum < 1 || r.Quorum > max(r.Members, 1) {
		wrong = append(wrong, problem.Field{Name: "quorum", Key: "committee.wrong.quorum_range"})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		now, err := lastRule(ctx, tx)
		if err != nil || now.Members == r.Members && now.Quorum == r.Quorum {
			return err
		}
		if now.Version != r.Version {
			return problem.Stale
		}
		_, err = tx.Exec(ctx, `INSERT INTO committee_rules (version, members, quorum, saved_by, saved_at) VALUES ($1, $2, $3, $4, $5)`, now.Version+1, r.Members, r.Quorum, who.ID, s.Now())
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, "settings.committee", "user", who.ID, "members", "quorum")
	})
	if database.Constraint(err) == "committee_rules_pkey" {
		err = problem.Stale
	}
	return wrap("set the rule of the committee", err)
}
