package pledge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// ErrOpenAlready says that the office has an open case about the same need or offer, and that what was written is not in it; it
// comes with the number of the case.
var ErrOpenAlready = errors.New("open already")

// sameWords is for how long the same words again are the second click of a double click.
const sameWords = 10 * time.Minute

// ErrDeserted says that the pledge's office is closed, and nobody can answer.
var ErrDeserted = errors.New("nobody can answer")

// words are what somebody writes in a case, fit to be stored, and their language.
type words struct{ text, lang string }

// readWords makes a message fit to be stored, and says what is wrong with it. A blank one is wrong where it is needed.
func readWords(typed, lang string, needed bool) (words, error) {
	text := fit(typed)
	var wrong []problem.Field
	switch n := form.Length(text); {
	case text == "" && needed:
		wrong = append(wrong, problem.Field{Name: "text", Key: "pledge.interest.text.blank"})
	case n > MaxMessage:
		wrong = append(wrong, problem.Field{Name: "text", Key: "pledge.interest.text.long", Args: []any{MaxMessage, n}})
	}
	switch {
	case lang != "" && !knownLang(lang):
		wrong = append(wrong, problem.Field{Name: "language", Key: "pledge.report.wrong.language"})
	case text == "":
		lang = ""
	}
	return words{text, lang}, problem.Invalid(wrong...)
}

// Express says for an office of the person that it is interested in what a published pledge needs or offers, and tells the
// pledge's office. It returns the number of the case, also for the second click. One that is open already is ErrOpenAlready with its number.
func (s *Service) Express(ctx context.Context, who identity.User, publicID string, n NewInterest) (id int64, err error) {
	wrong := []problem.Field{}
	said, err := readWords(n.Text, n.Lang, true)
	if fields, ok := problem.InvalidFields(err); ok {
		wrong = append(wrong, fields...)
	}
	if !slices.Contains(Supports, n.Support) {
		return 0, problem.NotFound
	}
	posts := MaySpeakFor(who)
	if len(posts) == 0 {
		return 0, problem.Forbidden
	}
	if !slices.ContainsFunc(posts, func(p identity.Post) bool { return p.OfficeID == n.OfficeID }) {
		wrong = append(wrong, problem.Field{Name: "office", Key: "pledge.interest.office.missing"})
	}
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("pledge.interest:%d", who.ID), interestsPerHour, time.Hour); err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		pledge, own, err := s.mayExpress(ctx, tx, publicID, n)
		if err != nil {
			return err
		}
		if id, err = addInterest(ctx, tx, pledge, n.OfficeID, own, n.Support, s.now()); err != nil {
			return err
		}
		if err := addInterestEvent(ctx, tx, id, ActInterested, SideAsking, who.ID, said, s.now()); err != nil {
			return err
		}
		if err := s.recordInterest(ctx, tx, who, id, ActInterested); err != nil {
			return err
		}
		i, err := officeInterest(ctx, tx, who, id)
		if err != nil {
			return err
		}
		return s.tellOfInterest(ctx, tx, i, interestNews{action: ActInterested, by: who.Name, said: said, to: i.OwnerID})
	})
	if database.Constraint(err) == "pledge_interests_open" {
		id, err = database.Value[int64](ctx, s.db.Read(), `SELECT i.id FROM pledge_interests i JOIN pledges p ON p.id = i.pledge_id AND p.until IS NULL
			WHERE p.public_id = $1 AND i.support = $2 AND i.office_id = $3 AND i.state IN ('interested', 'in_contact')`, publicID, n.Support, n.OfficeID)
		twice := false
		if err == nil {
			twice, err = saidTwice(ctx, s.db.Read(), id, ActInterested, who.ID, said.text, s.now().Add(-sameWords))
		}
		if err == nil && !twice {
			err = ErrOpenAlready
		}
	}
	if err != nil {
		return id, fmt.Errorf("interest in %s: %w", publicID, err)
	}
	return id, nil
}

// mayExpress finds the pledge that somebody is interested in, and their own that it concerns.
func (s *Service) mayExpress(ctx context.Context, tx database.Tx, publicID string, n NewInterest) (pledge int64, own *int64, err error) {
	type row struct {
		ID, OfficeID int64
		Support      []string
		Closed       bool
	}
	// Locked, so that a pledge that is being taken down closes the case, or is gone before it.
	r, err := database.Row[row](ctx, tx, `SELECT p.id, p.office_id, p.support, o.state <> 'approved' AS closed FROM pledges p JOIN offices o ON o.id = p.office_id
		WHERE p.public_id = $1 AND p.until IS NULL FOR UPDATE OF p`, publicID)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case !slices.Contains(r.Support, string(n.Support)):
		return 0, nil, problem.NotFound
	case r.OfficeID == n.OfficeID:
		return 0, nil, problem.Invalid(problem.Field{Name: "office", Key: "pledge.interest.office.own"})
	case r.Closed:
		return 0, nil, ErrDeserted
	}
	if n.Own != "" {
		id, err := database.Value[int64](ctx, tx, `SELECT p.id FROM pledges p WHERE p.public_id = $1 AND p.until IS NULL AND p.office_id = $2`, n.Own, n.OfficeID)
		if errors.Is(err, problem.NotFound) {
			return 0, nil, problem.Invalid(problem.Field{Name: "own", Key: "pledge.interest.own.unknown"})
		}
		return r.ID, &id, err
	}
	return r.ID, nil, nil
}

func (s *Service) recordInterest(ctx context.Context, tx database.Tx, who identity.User, id int64, a InterestAction) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "interest." + string(a), Subject: "interest", SubjectID: id, At: s.now()})
}

// Interests returns a page of the cases of the person's offices: the open ones first.
func (s *Service) Interests(ctx context.Context, who identity.User, f CaseFilter) (Cases, error) {
	n, err := countTheirs(ctx, s.db.Read(), who)
	if err != nil {
		return Cases{}, wrap("cases", err)
	}
	c := newCases(f, n)
	all, err := officeInterests(ctx, s.db.Read(), who, c.Filter)
	return c.with(all), wrap("cases", err)
}

// Interest returns a case of one of the person's offices with what happened in it; problem.NotFound for another.
func (s *Service) Interest(ctx context.Context, who identity.User, id int64) (Interest, []InterestEvent, error) {
	i, err := officeInterest(ctx, s.db.Read(), who, id)
	if err == nil {
		err = s.follow(ctx, &i)
	}
	if err != nil {
		return i, nil, wrap("case", err)
	}
	events, err := interestEvents(ctx, s.db.Read(), id, false)
	return i, events, wrap("case", err)
}

// follow finds what has taken the place of the two pledges of a case.
func (s *Service) follow(ctx context.Context, i *Interest) (err error) {
	if i.Next, err = successor(ctx, s.db.Read(), moment{}, i.PublicID); err == nil && i.Own != "" {
		i.OwnNext, err = successor(ctx, s.db.Read(), moment{}, i.Own)
	}
	return err
}

// Act does something with a case on the side of the person's office, and tells the other one. Nothing need be said but
// with a message, and why it is not pursued. What is not possible any more is problem.NotAllowedNow.
func (s *Service) Act(ctx context.Context, who identity.User, id int64, a InterestAction, typed, lang string) error {
	said, err := readWords(typed, lang, a == ActMessage || a == ActNotPursued)
	if err != nil {
		return err
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("pledge.case:%d", who.ID), messagesPerHour, time.Hour); err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockInterest(ctx, tx, id); err != nil {
			return err
		}
		i, err := officeInterest(ctx, tx, who, id)
		switch {
		case err != nil:
			return err
		case !i.Writes:
			return problem.Forbidden
		case !i.May(a):
			return problem.NotAllowedNow
		}
		if twice, err := saidTwice(ctx, tx, id, a, who.ID, said.text, s.now().Add(-sameWords)); err != nil || twice {
			return err
		}
		if err := addInterestEvent(ctx, tx, id, a, i.Side, who.ID, said, s.now()); err != nil {
			return err
		}
		if a != ActMessage {
			i.State = InterestState(a)
		}
		if err := setInterestState(ctx, tx, id, i.State, s.now()); err != nil {
			return err
		}
		if err := s.recordInterest(ctx, tx, who, id, a); err != nil {
			return err
		}
		other := i.OwnerID
		if i.Side == SideAsked {
			other = i.OfficeID
		}
		return s.tellOfInterest(ctx, tx, i, interestNews{action: a, by: who.Name, said: said, to: other})
	})
	return wrap(fmt.Sprintf("%s in case %d", a, id), err)
}

func saidTwice(ctx context.Context, q database.Querier, id int64, a InterestAction, author int64, text string, since time.Time) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM pledge_interest_events WHERE interest_id = $1 AND action = $2 AND author_id = $3 AND body = $4 AND at > $5)`,
		id, a, author, text, since)
}

// StartMatching begins a pledge of the interested office that matches the one of an agreed case, and returns its number.
func (s *Service) StartMatching(ctx context.Context, who identity.User, id int64) (workflow.ID, error) {
	i, err := officeInterest(ctx, s.db.Read(), who, id)
	if err == nil {
		err = s.follow(ctx, &i)
	}
	switch {
	case err != nil:
		return 0, wrap("case", err)
	case !i.MayStart():
		return 0, fmt.Errorf("start a pledge for case %d: %w", id, problem.NotAllowedNow)
	}
	draft, err := s.Start(ctx, who, i.OfficeID)
	if err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, draft, who)
		if err != nil {
			return err
		}
		text, err := workflow.ReadText(ctx, tx, draft, sub.Revision)
		if err != nil || text.Steps["what"].Version > 0 {
			return err // somebody has begun to write meanwhile
		}
		a := form.Answers{"language": {sub.Lang}, "type": {string(Matching)}, "matches": {i.matched()}}
		_, err = workflow.SaveStep(ctx, tx, s.kind, &sub, "what", 0, a, who, s.now())
		return err
	})
	return draft, wrap(fmt.Sprintf("start a pledge for case %d", id), err)
}

// DeskInterests returns a page of the cases that the person has before them at the desk, the last changed one first.
func (s *Service) DeskInterests(ctx context.Context, who identity.User, f CaseFilter) (Cases, error) {
	if !who.OnDesk(identity.PledgesDesk) {
		return Cases{}, problem.Forbidden
	}
	counts, err := countInterests(ctx, s.db.Read(), who)
	if err != nil {
		return Cases{}, wrap("cases at the desk", err)
	}
	n := counts[f.State]
	if f.State == "" {
		for _, each := range counts {
			n += each
		}
	}
	c := newCases(f, n)
	c.Counts = counts
	all, err := deskInterests(ctx, s.db.Read(), who, c.Filter)
	return c.with(all), wrap("cases at the desk", err)
}

// DeskInterest returns a case as the desk sees it, with its notes, and records that its people's names were read.
func (s *Service) DeskInterest(ctx context.Context, who identity.User, id int64) (Interest, []InterestEvent, error) {
	if !who.OnDesk(identity.PledgesDesk) {
		return Interest{}, nil, problem.Forbidden
	}
	i, err := deskInterest(ctx, s.db.Read(), who, id)
	if err == nil {
		err = s.follow(ctx, &i)
	}
	if err != nil {
		return i, nil, wrap("case", err)
	}
	events, err := interestEvents(ctx, s.db.Read(), id, true)
	if err != nil {
		return i, nil, wrap("case", err)
	}
	err = audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: "interest", IDs: []int64{id}, Fields: []string{"events.author", "events.body"}, At: s.now()})
	return i, events, wrap("case", err)
}

// NoteInterest adds a note of the desk to a case, which only the desk reads.
func (s *Service) NoteInterest(ctx context.Context, who identity.User, id int64, typed, lang string) error {
	if !who.OnDesk(identity.PledgesDesk) {
		return problem.Forbidden
	}
	said, err := readWords(typed, lang, true)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockInterest(ctx, tx, id); err != nil {
			return err
		}
		if _, err := deskInterest(ctx, tx, who, id); err != nil {
			return err
		}
		if twice, err := saidTwice(ctx, tx, id, ActNote, who.ID, said.text, s.now().Add(-sameWords)); err != nil || twice {
			return err
		}
		if err := addInterestEvent(ctx, tx, id, ActNote, SideDesk, who.ID, said, s.now()); err != nil {
			return err
		}
		return s.recordInterest(ctx, tx, who, id, ActNote)
	})
	return wrap(fmt.Sprintf("note in case %d", id), err)
}

// closeInterests ends the open cases about a pledge that is taken down, and tells both offices.
func (s *Service) closeInterests(ctx context.Context, tx database.Tx, pledge workflow.ID, now time.Time) error {
	open, err := openInterests(ctx, tx, pledge)
	if err != nil {
		return fmt.Errorf("close the cases of pledge %d: %w", pledge, err)
	}
	for _, i := range open {
		if err := s.closeInterest(ctx, tx, i, now); err != nil {
			return err
		}
		for _, office := range []int64{i.OfficeID, i.OwnerID} {
			if err := s.tellOfInterest(ctx, tx, i, interestNews{action: ActClosed, to: office}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) closeInterest(ctx context.Context, tx database.Tx, i Interest, now time.Time) error {
	if err := addInterestEvent(ctx, tx, i.ID, ActClosed, SidePortal, 0, words{}, now); err != nil {
		return err
	}
	if err := setInterestState(ctx, tx, i.ID, CaseClosed, now); err != nil {
		return fmt.Errorf("close case %d: %w", i.ID, err)
	}
	return s.recordInterest(ctx, tx, identity.User{}, i.ID, ActClosed)
}

// moveInterests gives the cases of an office to the one that it becomes part of. A case between the two, and the second
// about the same need or offer, is closed.
func (s *Service) moveInterests(ctx context.Context, tx database.Tx, from, into int64) error {
	over, err := database.Rows[Interest](ctx, tx, `SELECT `+interestColumns+`, 'portal' AS side, false AS writes`+fromInterests+`
		WHERE i.state IN ('interested', 'in_contact') AND (i.office_id IN ($1, $2) AND p.office_id IN ($1, $2)
			OR i.office_id = $1 AND EXISTS (SELECT FROM pledge_interests j WHERE j.office_id = $2 AND j.pledge_id = i.pledge_id AND j.support = i.support AND j.state IN ('interested', 'in_contact')))
		ORDER BY i.id FOR UPDATE OF i`, from, into)
	if err != nil {
		return fmt.Errorf("cases between offices %d and %d: %w", from, into, err)
	}
	for _, i := range over {
		if err := s.closeInterest(ctx, tx, i, s.now()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE pledge_interests SET office_id = $2 WHERE office_id = $1`, from, into); err != nil {
		return fmt.Errorf("move the cases of office %d to %d: %w", from, into, err)
	}
	return nil
}
