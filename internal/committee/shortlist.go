package committee

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Shortlist is the shortlist of a meeting as the person may see it.
type Shortlist struct {
	Meeting Meeting
	Rule    Rule
	// Session is who was there; nil while that is not recorded.
	Session *Session
	Entries []Entry
	// Minutes are the files of its minutes, for who may see all of its notes.
	Minutes []attachment.Attachment
	// Gone is how many notes went from here to the shortlist of another meeting.
	Gone int
	// Next are the coming meetings to which notes can be moved.
	Next []Meeting
}

// Open are the entries on which nothing is decided.
func (l Shortlist) Open() []Entry {
	return slices.DeleteFunc(slices.Clone(l.Entries), func(e Entry) bool { return e.Outcome != "" })
}

// Shortlist returns the shortlist of a meeting, for the fund desk; problem.NotFound for everybody else.
func (s *Service) Shortlist(ctx context.Context, who identity.User, id MeetingID) (l Shortlist, err error) {
	if err := desk(who); err != nil {
		return l, err
	}
	q := s.DB.Read()
	if l.Meeting, err = s.Meeting(ctx, q, id); err != nil {
		return l, err
	}
	if l.Rule, err = lastRule(ctx, q); err != nil {
		return l, wrap("the rule of the committee", err)
	}
	switch n, err := sessionOf(ctx, q, id); {
	case err == nil:
		l.Session = &n
	case !errors.Is(err, problem.NotFound):
		return l, wrap(fmt.Sprintf("who was at meeting %d", id), err)
	}
	if l.Entries, l.Gone, err = shortlist(ctx, q, who, id); err != nil {
		return l, wrap(fmt.Sprintf("the shortlist of meeting %d", id), err)
	}
	if l.Minutes, err = minutes(ctx, q, who, id); err != nil {
		return l, wrap(fmt.Sprintf("the minutes of meeting %d", id), err)
	}
	notes := make([]*Note, len(l.Entries))
	for i := range l.Entries {
		notes[i] = &l.Entries[i].Note
	}
	if err := s.describe(ctx, q, who, notes); err != nil {
		return l, err
	}
	l.Next, err = s.coming(ctx, q, id)
	return l, err
}

// MeetingOf is a meeting for the fund desk; problem.NotFound for everybody else.
func (s *Service) MeetingOf(ctx context.Context, who identity.User, id MeetingID) (Meeting, error) {
	if err := desk(who); err != nil {
		return Meeting{}, err
	}
	return s.Meeting(ctx, s.DB.Read(), id)
}

// coming are the meetings that are still to come, without one.
func (s *Service) coming(ctx context.Context, q database.Querier, without MeetingID) ([]Meeting, error) {
	all, err := s.Meetings(ctx, q)
	return slices.DeleteFunc(all, func(m Meeting) bool { return m.ID == without || m.Phase(s.Now()) != Coming }), err
}

// describe adds the facts and the scores of notes.
func (s *Service) describe(ctx context.Context, q database.Querier, who identity.User, notes []*Note) error {
	if len(notes) == 0 {
		return nil
	}
	ids := make([]workflow.ID, len(notes))
	for i, n := range notes {
		ids[i] = n.ID
	}
	written, err := answers(ctx, q, ids)
	if err != nil {
		return wrap("the answers of notes", err)
	}
	scores, err := s.Scores(ctx, q, who, ids)
	if err != nil {
		return err
	}
	for _, n := range notes {
		n.Facts, n.Score = s.Facts(ctx, written[n.ID]), scores[n.ID]
	}
	return nil
}

// Candidates are a page, from 1, of the notes that can be put on the shortlist of the meeting and hold the words, and how many
// there are in all.
func (s *Service) Candidates(ctx context.Context, who identity.User, m Meeting, words string, page int) ([]Note, int, error) {
	if err := desk(who); err != nil {
		return nil, 0, err
	}
	all, n, err := candidates(ctx, s.DB.Read(), who, s.Kind, m, words, page)
	if err != nil {
		return nil, 0, wrap(fmt.Sprintf("candidates for meeting %d", m.ID), err)
	}
	notes := make([]*Note, len(all))
	for i := range all {
		notes[i] = &all[i]
	}
	return all, n, s.describe(ctx, s.DB.Read(), who, notes)
}

// held returns the meeting, held for the transaction, if the person may do this at it.
func (s *Service) held(ctx context.Context, tx database.Tx, who identity.User, act Act, id MeetingID) (Meeting, error) {
	if err := desk(who); err != nil {
		return Meeting{}, err
	}
	m, err := s.HoldMeeting(ctx, tx, id)
	if err != nil {
		return m, err
	}
	return m, Allowed(who, act, m.Phase(s.Now()))
}

// Add puts a note at the end of the shortlist of a meeting; one that is there already stays where it is. A note that is not in
// review, came too late for the meeting, or is on another shortlist is problem.NotAllowedNow.
func (s *Service) Add(ctx context.Context, who identity.User, meeting MeetingID, note workflow.ID) error {
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		if err := desk(who); err != nil {
			return err
		}
		sub, err := workflow.Lock(ctx, tx, note, who)
		if err == nil && (sub.Side != workflow.ByDesk || sub.Kind != s.Kind) {
			err = problem.NotFound
		}
		if err != nil {
			return err
		}
		m, err := s.held(ctx, tx, who, ActAdd, meeting)
		if err != nil {
			return err
		}
		there, err := entriesOn(ctx, tx, who, note)
		if err != nil {
			return err
		}
		for _, e := range there {
			switch {
			case e.MeetingID == meeting && e.Stage == Open:
				return nil // the button was pressed twice
			case e.MeetingID == meeting || e.Stage == Open || e.Stage == Pending:
				return problem.NotAllowedNow
			}
		}
		if sub.State != workflow.InReview || sub.SubmittedAt == nil || !sub.SubmittedAt.Before(m.Cutoff) {
			return problem.NotAllowedNow
		}
		_, err = tx.Exec(ctx, `INSERT INTO committee_entries (meeting_id, note_id, place, added_by, added_at)
			SELECT @meeting, @note, coalesce(max(e.place), 0) + 1, @who, @now FROM committee_entries e WHERE e.meeting_id = @meeting`,
			database.Args{"meeting": meeting, "note": note, "who": who.ID, "now": s.Now()})
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, "shortlist.add", noteSubject, note)
	})
	return wrap(fmt.Sprintf("put note %d on the shortlist of meeting %d", note, meeting), err)
}

// change takes one act on an entry on which nothing is decided, locked. What the person may not see is problem.NotFound, one
// that was changed since it was read problem.Stale, one that is decided problem.NotAllowedNow.
func (s *Service) change(ctx context.Context, tx database.Tx, who identity.User, act Act, meeting MeetingID, id EntryID, seen int) (Meeting, Entry, error) {
	m, err := s.held(ctx, tx, who, act, meeting)
	if err != nil {
		return m, Entry{}, err
	}
	e, err := lockEntry(ctx, tx, who, meeting, id)
	switch {
	case err != nil:
		return m, e, err
	case e.Version != seen:
		return m, e, problem.Stale
	case e.Outcome != "":
		return m, e, problem.NotAllowedNow
	}
	return m, e, nil
}

// Remove takes a note off the shortlist. Taken off twice by the same person it is taken off once.
func (s *Service) Remove(ctx context.Context, who identity.User, meeting MeetingID, id EntryID, seen int) error {
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		_, e, err := s.change(ctx, tx, who, ActRemove, meeting, id, seen)
		if errors.Is(err, problem.NotFound) {
			done, failed := database.Value[bool](ctx, tx, `SELECT EXISTS (SELECT FROM committee_entries WHERE id = $1 AND meeting_id = $2 AND removed_by = $3)`, id, meeting, who.ID)
			if failed != nil || done {
				return failed
			}
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE committee_entries SET version = version + 1, removed_by = $2, removed_at = $3 WHERE id = $1`, id, who.ID, s.Now()); err != nil {
			return err
		}
		return s.record(ctx, tx, who, "shortlist.remove", noteSubject, e.Note.ID)
	})
	return wrap(fmt.Sprintf("take entry %d off the shortlist of meeting %d", id, meeting), err)
}

// Raise puts an entry right before the one that the person saw above it. If the order is another by now it is problem.Stale,
// unless it is already as it was to be.
func (s *Service) Raise(ctx context.Context, who identity.User, meeting MeetingID, id, above EntryID) error {
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		if _, err := s.held(ctx, tx, who, ActOrder, meeting); err != nil {
			return err
		}
		order, err := database.Values[EntryID](ctx, tx, `SELECT id FROM committee_entries WHERE meeting_id = $1 ORDER BY place, id FOR UPDATE`, meeting)
		if err != nil {
			return err
		}
		seen, _, err := shortlist(ctx, tx, who, meeting)
		if err != nil {
			return err
		}
		at := func(id EntryID) int { return slices.IndexFunc(seen, func(e Entry) bool { return e.ID == id }) }
		switch lower, upper := at(id), at(above); {
		case lower < 0 || upper < 0:
			return problem.NotFound
		case upper == lower+1:
			return nil // the button was pressed twice
		case lower != upper+1:
			return problem.Stale
		}
		order = slices.DeleteFunc(order, func(e EntryID) bool { return e == id })
		order = slices.Insert(order, slices.Index(order, above), id)
		if _, err := tx.Exec(ctx, `UPDATE committee_entries e SET place = o.place FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, place) WHERE e.id = o.id`, order); err != nil {
			return err
		}
		return s.record(ctx, tx, who, "shortlist.order", noteSubject, seen[at(id)].Note.ID)
	})
	return wrap(fmt.Sprintf("raise entry %d of meeting %d", id, meeting), err)
}

// Move puts an entry on which nothing is decided on the shortlist of a coming meeting for which the note is in time; any other
// meeting is a problem.Invalid at "to".
func (s *Service) Move(ctx context.Context, who identity.User, meeting MeetingID, id EntryID, seen int, to MeetingID) error {
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		_, e, err := s.change(ctx, tx, who, ActMove, meeting, id, seen)
		if err != nil {
			return err
		}
		target, err := s.HoldMeeting(ctx, tx, to)
		if err != nil && !errors.Is(err, problem.NotFound) {
			return err
		}
		if err != nil || to == meeting || target.Phase(s.Now()) != Coming || !e.Note.SubmittedAt.Before(target.Cutoff) {
			return problem.Invalid(problem.Field{Name: "to", Key: "committee.wrong.to"})
		}
		return s.move(ctx, tx, who, e.ID, e.Note.ID, meeting, to)
	})
	if database.Constraint(err) == "committee_entries_once" {
		err = problem.Invalid(problem.Field{Name: "to", Key: "committee.wrong.to"})
	}
	return wrap(fmt.Sprintf("move entry %d of meeting %d to meeting %d", id, meeting, to), err)
}

func (s *Service) move(ctx context.Context, tx database.Tx, who identity.User, id EntryID, note workflow.ID, from, to MeetingID) error {
	_, err := tx.Exec(ctx, `UPDATE committee_entries SET version = version + 1, meeting_id = @to, from_meeting = @from,
			place = (SELECT coalesce(max(e.place), 0) + 1 FROM committee_entries e WHERE e.meeting_id = @to) WHERE id = @id`,
		database.Args{"id": id, "from": from, "to": to})
	if err != nil {
		return err
	}
	return s.record(ctx, tx, who, "shortlist.move", noteSubject, note)
}

// MeetingCancelled moves what is undecided on the shortlist of a meeting to that of the next one that is planned after it, in
// the transaction that cancels it. While none is planned it stays where it is, for the desk to move.
func (s *Service) MeetingCancelled(ctx context.Context, tx database.Tx, who identity.User, m Meeting) error {
	next, err := s.coming(ctx, tx, m.ID)
	if err != nil {
		return err
	}
	next = slices.DeleteFunc(next, func(n Meeting) bool { return !m.At.Before(n.At) })
	if len(next) == 0 {
		return nil
	}
	type row struct {
		ID     EntryID
		NoteID workflow.ID
	}
	rows, err := database.Rows[row](ctx, tx, `SELECT e.id, e.note_id FROM committee_entries e WHERE e.meeting_id = $1 AND e.removed_at IS NULL AND e.outcome = ''
		AND NOT EXISTS (SELECT FROM committee_entries there WHERE there.meeting_id = $2 AND there.note_id = e.note_id AND there.removed_at IS NULL) ORDER BY e.place, e.id FOR UPDATE OF e`, m.ID, next[0].ID)
	if err != nil {
		return wrap(fmt.Sprintf("the shortlist of meeting %d", m.ID), err)
	}
	for _, r := range rows {
		if err := s.move(ctx, tx, who, r.ID, r.NoteID, m.ID, next[0].ID); err != nil {
			return wrap(fmt.Sprintf("move entry %d to meeting %d", r.ID, next[0].ID), err)
		}
	}
	return nil
}
