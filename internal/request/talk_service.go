package request

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// MaxReason bounds why a talk is cancelled, MaxLinked how many pledges or practices came of it.
const (
	MaxReason = 1000
	MaxLinked = 50
	maxLink   = 1000
)

// accepted makes an event of a talk that the desk has accepted.
func (s *Service) accepted(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) error {
	t, ok := talkOf(sub, a, now)
	if !ok {
		return fmt.Errorf("talk %d has no date: %w", sub.ID, problem.NotAllowedNow)
	}
	return insertTalk(ctx, tx, t)
}

// withdraw takes a talk from the public, since the desk has taken its acceptance back.
func (s *Service) withdraw(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	t, err := lockTalk(ctx, tx, sub.ID)
	if err != nil {
		return err
	}
	t.State, t.ChangedAt = TalkWithdrawn, now
	t.Sequence++
	return updateTalk(ctx, tx, t)
}

// DeskTalk is a talk for the network desk, with the request that it came of; what the person does not have before them there is
// problem.NotFound.
func (s *Service) DeskTalk(ctx context.Context, who identity.User, id workflow.ID) (TalkEvent, workflow.Submission, error) {
	sub, err := workflow.Find(ctx, s.db.Read(), id, who)
	if err == nil && (sub.Side != workflow.ByDesk || sub.Kind != Talk) {
		err = problem.NotFound
	}
	if err != nil {
		return TalkEvent{}, sub, fmt.Errorf("talk %d: %w", id, err)
	}
	t, err := talkByID(ctx, s.db.Read(), id)
	return t, sub, err
}

// DeskTalks are the talks that the person has before them at the desk: those without a date first, then the latest.
func (s *Service) DeskTalks(ctx context.Context, who identity.User) ([]TalkEvent, error) {
	if !who.OnDesk(identity.NetworkDesk) {
		return nil, problem.NotFound
	}
	all, err := database.Rows[TalkEvent](ctx, s.db.Read(), `SELECT `+talkColumns+` FROM talks t JOIN submissions s ON s.id = t.id WHERE `+workflow.OnDesk+`
		ORDER BY t.state <> 'accepted', t.at DESC, t.id LIMIT @most`, database.Args{"who": who.ID, "staff": who.IsStaff(), "most": maxTalks})
	if err != nil {
		return nil, fmt.Errorf("talks at the desk: %w", err)
	}
	return all, nil
}

// change takes an act on a talk, locked, on top of the version that was seen: another one is problem.Stale. Those concerned are
// told when it was announced before and is moved or cancelled.
func (s *Service) change(ctx context.Context, who identity.User, id workflow.ID, seen int, act string, do func(t *TalkEvent) error) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		before, err := lockTalk(ctx, tx, id)
		if err != nil {
			return err
		}
		after := before
		after.ChangedAt = s.now()
		if before.Version != seen {
			return problem.Stale
		}
		if err := do(&after); err != nil {
			return err
		}
		if after.State == TalkAnnounced && after.Number == nil {
			n, err := database.Value[int](ctx, tx, `SELECT nextval('talk_numbers')::int`)
			if err != nil {
				return err
			}
			after.Number, after.AnnouncedAt = &n, &after.ChangedAt
		}
		public := before.State == TalkAnnounced
		told := public && (after.State == TalkCancelled || !after.At.Equal(before.At) || !after.Until.Equal(before.Until) || after.Place != before.Place)
		if told || public && before.Registration != after.Registration {
			after.Sequence++
		}
		if err := updateTalk(ctx, tx, after); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "talk." + act, Subject: "submission", SubjectID: id, At: s.now()}); err != nil {
			return err
		}
		if !told {
			return nil
		}
		return s.tellOrganizers(ctx, tx, before, after)
	})
	if err != nil {
		return fmt.Errorf("%s talk %d: %w", act, id, err)
	}
	return nil
}

// Announce sets date, place and registration of a talk from what was typed, and announces it; one that is announced already is
// changed. A date that is over, or on no clock, is a problem.Invalid; a talk that is over or cancelled problem.NotAllowedNow.
func (s *Service) Announce(ctx context.Context, who identity.User, id workflow.ID, seen int, posted url.Values) error {
	if _, _, err := s.DeskTalk(ctx, who, id); err != nil {
		return err
	}
	a := form.Answers(posted)
	slot, wrong := readSlot(a, func(field string) string { return field })
	for _, m := range []struct {
		missing bool
		name    string
	}{{slot.Day.IsZero(), "day.day"}, {a.First("starts") == "", "starts"}, {a.First("ends") == "", "ends"}, {slot.Zone == "", "zone"}} {
		if m.missing {
			wrong = append(wrong, problem.Field{Name: m.name, Key: "request.talk.wrong." + strings.ReplaceAll(m.name, ".", "_")})
		}
	}
	if len(wrong) == 0 {
		if from, _ := slot.Instants(); !from.After(s.now()) {
			wrong = append(wrong, problem.Field{Name: "day.day", Key: "request.wrong.past"})
		}
	}
	registration, place := a.First("registration"), strings.Join(strings.Fields(form.Clean(a.First("place"))), " ")
	wrong = append(wrong, wrongLink("registration", registration)...)
	if n := form.Length(place); n > MaxTitle {
		wrong = append(wrong, problem.Field{Name: "place", Key: "request.talk.wrong.long", Args: []any{MaxTitle, n}})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, id, seen, "announce", func(t *TalkEvent) error {
		if t.State != TalkAccepted && t.Phase(s.now()) != Upcoming || t.State == TalkWithdrawn {
			return problem.NotAllowedNow
		}
		was := t.At
		t.set(slot)
		t.State, t.Registration = TalkAnnounced, registration
		if t.Format != "online" {
			t.Place = place
		}
		if t.Number != nil && !was.Equal(t.At) {
			t.MovedFrom = &was
		}
		return nil
	})
}

func wrongLink(name, typed string) []problem.Field {
	if typed != "" && (!form.ValidURL(typed) || len(typed) > maxLink) {
		return []problem.Field{{Name: name, Key: "request.talk.wrong.link"}}
	}
	return nil
}

// Cancel cancels an announced talk that is to come, for a reason that everybody may read.
func (s *Service) Cancel(ctx context.Context, who identity.User, id workflow.ID, seen int, reason string) error {
	if _, _, err := s.DeskTalk(ctx, who, id); err != nil {
		return err
	}
	reason = strings.TrimSpace(form.Clean(reason))
	switch n := form.Length(reason); {
	case n == 0:
		return problem.Invalid(problem.Field{Name: "reason", Key: "request.talk.wrong.reason"})
	case n > MaxReason:
		return problem.Invalid(problem.Field{Name: "reason", Key: "request.talk.wrong.long", Args: []any{MaxReason, n}})
	}
	return s.change(ctx, who, id, seen, "cancel", func(t *TalkEvent) error {
		if t.State != TalkAnnounced || t.Phase(s.now()) != Upcoming {
			return problem.NotAllowedNow
		}
		t.State, t.Reason = TalkCancelled, reason
		return nil
	})
}

// MayReport is the talk of a public ID for somebody who may say what came of it: its organizers who write for the office of the
// request, and the desk. Any other is problem.NotFound; before its end it is problem.NotAllowedNow.
func (s *Service) MayReport(ctx context.Context, who identity.User, typed string) (TalkEvent, error) {
	t, err := talkByNumber(ctx, s.db.Read(), typed)
	if err != nil {
		return t, err
	}
	sub, err := workflow.Find(ctx, s.db.Read(), t.ID, who)
	if err == nil && sub.Side != workflow.ByDesk && sub.Role != string(identity.Head) && sub.Role != string(identity.Contributor) {
		err = problem.NotFound
	}
	if err == nil && (t.State != TalkAnnounced || t.Phase(s.now()) != Past) {
		err = problem.NotAllowedNow
	}
	if err != nil {
		return t, fmt.Errorf("report on talk %s: %w", typed, err)
	}
	return t, nil
}

// Report keeps what came of a past talk: recording, report, a summary, pledges and practices by their public IDs.
func (s *Service) Report(ctx context.Context, who identity.User, typed string, seen int, posted url.Values) error {
	t, err := s.MayReport(ctx, who, typed)
	if err != nil {
		return err
	}
	a := form.Answers(posted)
	recording, report, summary := a.First("recording"), a.First("report"), strings.TrimSpace(form.Clean(a.First("summary")))
	wrong := append(wrongLink("recording", recording), wrongLink("report", report)...)
	if n := form.Length(summary); n > MaxPart {
		wrong = append(wrong, problem.Field{Name: "summary", Key: "request.talk.wrong.long", Args: []any{MaxPart, n}})
	}
	pledges, bad, err := s.linked(ctx, "pledges", a.First("pledges"), s.FindPledges)
	if err != nil {
		return err
	}
	wrong = append(wrong, bad...)
	practices, bad, err := s.linked(ctx, "practices", a.First("practices"), s.FindPractices)
	if err != nil {
		return err
	}
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, t.ID, seen, "report", func(t *TalkEvent) error {
		t.Recording, t.Report, t.Summary, t.Pledges, t.Practices = recording, report, summary, pledges, practices
		return nil
	})
}

// linked reads public IDs from a line and looks whether everybody may read what they name.
func (s *Service) linked(ctx context.Context, name, typed string, find func(context.Context, string) (Linked, error)) (ids []string, wrong []problem.Field, err error) {
	words := strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(" ,;،؛\n\t", r) })
	if len(words) > MaxLinked {
		return nil, []problem.Field{{Name: name, Key: "request.talk.wrong.many", Args: []any{MaxLinked}}}, nil
	}
	for _, word := range words {
		switch l, err := find(ctx, word); {
		case errors.Is(err, problem.NotFound):
			return nil, []problem.Field{{Name: name, Key: "request.talk.wrong." + name, Args: []any{word}}}, nil
		case err != nil:
			return nil, nil, err
		case !slices.Contains(ids, l.PublicID):
			ids = append(ids, l.PublicID)
		}
	}
	return ids, nil, nil
}

// Linked is a published pledge or practice that came of a talk; Path is its page, without the language.
type Linked struct{ PublicID, Title, Lang, Path string }

// MoveOffice ties the organizers of one office to another, with which it is merged; once in each talk.
func (s *Service) MoveOffice(ctx context.Context, tx database.Tx, from, into int64) error {
	moved, err := database.Values[int64](ctx, tx, `SELECT DISTINCT talk_id FROM talk_organizers WHERE office_id IN ($1, $2)`, from, into)
	if err != nil {
		return fmt.Errorf("move the talks of office %d: %w", from, err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM talk_organizers g WHERE g.office_id = $1 AND EXISTS (SELECT FROM talk_organizers o WHERE o.talk_id = g.talk_id AND o.office_id = $2)
		AND g.role <> 'lead'`, from, into)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM talk_organizers g WHERE g.office_id = $2 AND EXISTS (SELECT FROM talk_organizers o WHERE o.talk_id = g.talk_id AND o.office_id = $1)`, from, into)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE talk_organizers SET office_id = $2 WHERE office_id = $1`, from, into)
	}
	if err != nil {
		return fmt.Errorf("move the talks of office %d: %w", from, err)
	}
	return placeTalks(ctx, tx, moved...)
}

// CareTalks asks the organizers of talks that are over what came of them, once, and works out again the instants of those to come:
// a zone may have changed its rules.
func (s *Service) CareTalks(ctx context.Context) error {
	ids, err := database.Values[workflow.ID](ctx, s.db.Read(), `SELECT id FROM talks WHERE state = 'announced' AND (asked_at IS NULL AND until < @now OR until >= @now) ORDER BY id`, database.Args{"now": s.now()})
	if err != nil {
		return fmt.Errorf("talks to care for: %w", err)
	}
	for _, id := range ids {
		if err := s.db.InTx(ctx, func(tx database.Tx) error { return s.careTalk(ctx, tx, id) }); err != nil {
			return fmt.Errorf("care for talk %d: %w", id, err)
		}
	}
	return nil
}

func (s *Service) careTalk(ctx context.Context, tx database.Tx, id workflow.ID) error {
	t, err := lockTalk(ctx, tx, id)
	if err != nil || t.State != TalkAnnounced {
		return err
	}
	now := s.now()
	if t.Phase(now) == Past {
		if t.AskedAt != nil {
			return nil
		}
		t.AskedAt = &now
		if err := updateTalk(ctx, tx, t); err != nil {
			return err
		}
		return s.askOrganizers(ctx, tx, t)
	}
	from, until := t.Slot().Instants()
	if from.IsZero() || from.Equal(t.At) && until.Equal(t.Until) || !until.After(from) {
		return nil
	}
	t.At, t.Until, t.ChangedAt = from, until, now
	t.Sequence++
	return updateTalk(ctx, tx, t)
}

// About shows on the owner's page of a request what has become of the talk; nil where there is none.
func (s *Service) About(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	switch {
	case sub.Kind == Contact && sub.Side == workflow.ByOwner:
		text, err := workflow.ReadText(ctx, s.db.Read(), sub.ID, sub.Revision)
		if err != nil {
			return nil, err
		}
		return ownMessage(text.Answers().First("text"), sub.Lang), nil
	case sub.Kind != Talk:
		return nil, nil
	}
	t, err := talkByID(ctx, s.db.Read(), sub.ID)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	words, tone := stands(ctx, t, s.now())
	return aboutTalk(t, words, tone, t.State == TalkAnnounced && t.Phase(s.now()) == Past, sub.Side == workflow.ByDesk && t.State != TalkWithdrawn), nil
}

// ForDesk is About for the desk.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission, _ form.Answers) (templ.Component, error) {
	return s.About(ctx, sub)
}
