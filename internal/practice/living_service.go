package practice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// The kinds of mail about the yearly question, after "practice.".
const (
	mailStillTrue = "still_true"
	mailTold      = "told"     // to the colleagues of who has answered
	mailAnswered  = "answered" // to who has answered
)

// Ask asks the people of each office whether its practices are still true, with a link of their own to answer by (see AskedOn).
// A job calls it each hour; each person is written to once a year about a practice. One practice that fails does not keep
// the others from it; the error is all of theirs.
func (s *Service) Ask(ctx context.Context) error {
	var failed error
	after := workflow.ID(0)
	for {
		due, err := dueQuestions(ctx, s.db.Read(), s.today(), after, batch)
		if err != nil {
			return errors.Join(failed, fmt.Errorf("find the practices to ask about: %w", err))
		}
		for _, one := range due {
			after = one.PracticeID
			if err := s.db.InTx(ctx, func(tx database.Tx) error { return s.ask(ctx, tx, one) }); err != nil {
				failed = errors.Join(failed, fmt.Errorf("ask about practice %d: %w", one.PracticeID, err))
			}
			if ctx.Err() != nil {
				return failed
			}
		}
		if len(due) < batch {
			return failed
		}
	}
}

// today is the day in Geneva.
func (s *Service) today() date.Date { return date.Today(s.now(), i18n.Geneva) }

// askedOn is since when the office is asked about the practice; zero while a new version of it is written.
func (s *Service) askedOn(p vouched) date.Date {
	if p.State != workflow.Published {
		return date.Date{}
	}
	return AskedOn(date.Today(p.ConfirmedAt, i18n.Geneva), s.today())
}

func (s *Service) ask(ctx context.Context, tx database.Tx, one dueQuestion) error {
	if err := lockSubmission(ctx, tx, one.PracticeID); err != nil {
		return err
	}
	p, err := findVouched(ctx, tx, one.PracticeID)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil || s.askedOn(p) != one.AskedOn { // answered, revised or taken down in this moment
		return err
	}
	people, err := workflow.Actors(ctx, tx, p.OfficeID)
	if err != nil {
		return err
	}
	for _, to := range people {
		if !slices.Contains(one.People, to.ID) {
			continue
		}
		token, err := addReminder(ctx, tx, one, to.ID, s.now())
		if err != nil {
			return err
		}
		if token == "" {
			continue
		}
		in := s.inLangOf(ctx, to)
		m := askMail{vouched: p, token: token, until: s.now().Add(LinkLasts), to: to, subject: i18n.T(in, "practice.mail.still_true.subject", p.PublicID)}
		if err := s.write(in, tx, mail.Message{Kind: "practice." + mailStillTrue, Subject: m.subject, About: p.ID, Secret: true}, to, askLetter(m)); err != nil {
			return err
		}
	}
	return nil
}

// inLangOf is the context in which a mail to the person is written.
func (s *Service) inLangOf(ctx context.Context, to workflow.Recipient) context.Context {
	return ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.site)
}

// write queues a mail to the person; in is inLangOf.
func (s *Service) write(in context.Context, tx database.Tx, m mail.Message, to workflow.Recipient, letter templ.Component) error {
	var html strings.Builder
	if err := letter.Render(in, &html); err != nil {
		return fmt.Errorf("write %s: %w", m.Kind, err)
	}
	m.To, m.ToUser, m.Lang, m.HTML = to.Email, to.ID, i18n.From(in), html.String()
	return mail.Queue(in, tx, m)
}

// LinkState says what the link of a yearly mail can still do.
type LinkState string

// The states of a link.
const (
	LinkOpen     LinkState = "open"
	LinkUsed     LinkState = "used"
	LinkAnswered LinkState = "answered" // somebody else has answered meanwhile
	LinkBusy     LinkState = "busy"     // a new version is being written
	LinkExpired  LinkState = "expired"
	LinkGone     LinkState = "gone"    // the practice is not before the public any more
	LinkLeft     LinkState = "left"    // the person does not act for the office any more
	LinkForeign  LinkState = "foreign" // somebody else is signed in
	LinkUnknown  LinkState = "unknown" // there is no such link
)

// Asked is what the page of the yearly question shows.
type Asked struct {
	State LinkState
	vouched
	// Who is the person who answers.
	Who identity.User
	// Until is the end of the link, UsedAt when it was used; zero and nil where somebody answers after signing in.
	Until  time.Time
	UsedAt *time.Time
	Given  Choice
}

// Asked returns what the link of a yearly mail is about, to be read by the person viewer (who may be nobody); an unknown
// token is problem.NotFound. It changes nothing.
func (s *Service) Asked(ctx context.Context, viewer identity.User, token string) (Asked, error) {
	r, err := findReminder(ctx, s.db.Read(), token)
	if err != nil {
		return Asked{State: LinkUnknown}, wrap("link to answer", err)
	}
	a, err := s.asked(ctx, s.db.Read(), viewer, r)
	return a, wrap("link to answer", err)
}

func (s *Service) asked(ctx context.Context, q database.Querier, viewer identity.User, r reminder) (Asked, error) {
	a := Asked{State: LinkOpen, Until: r.ExpiresAt, UsedAt: r.UsedAt, Given: r.Answer}
	var err error
	switch a.Who, err = identity.Load(ctx, q, r.UserID); {
	case errors.Is(err, problem.NotFound): // the account is closed
		a.State = LinkLeft
		return a, nil
	case err != nil:
		return a, err
	}
	a.Who = a.Who.WithoutFactor() // a link from a mail opens nothing of the secretariat
	if viewer.SignedIn() && viewer.ID != r.UserID {
		a.State = LinkForeign
	}
	switch a.vouched, err = findVouched(ctx, q, r.PracticeID); {
	case errors.Is(err, problem.NotFound):
		a.PublicID = r.PublicID
		if a.State == LinkOpen {
			a.State = LinkGone
			if r.UsedAt != nil {
				a.State = LinkUsed
			}
		}
		return a, nil
	case err != nil:
		return a, err
	}
	people, err := workflow.Actors(ctx, q, a.OfficeID)
	if err != nil {
		return a, err
	}
	switch {
	case a.State == LinkForeign:
	case r.UsedAt != nil:
		a.State = LinkUsed
	case !slices.ContainsFunc(people, func(p workflow.Recipient) bool { return p.ID == r.UserID }):
		a.State = LinkLeft
	case a.vouched.State != workflow.Published:
		a.State = LinkBusy
	case s.askedOn(a.vouched) != r.AskedOn && date.Today(a.ConfirmedAt, i18n.Geneva).Before(r.AskedOn):
		a.State = LinkExpired // another year has gone by
	case s.askedOn(a.vouched) != r.AskedOn:
		a.State = LinkAnswered
	case !r.ExpiresAt.After(s.now()):
		a.State = LinkExpired
	}
	return a, nil
}

// answersPerLink is how often an hour one network may answer.
const answersPerLink = 60

// AnswerByMail takes what the person answers through their link, once. Their colleagues are told. A link that acts no more is
// problem.Stale, what is wrong with the answer a problem.Invalid, an unknown token problem.NotFound; more than 60 an hour from a
// network are problem.TooMany.
func (s *Service) AnswerByMail(ctx context.Context, viewer identity.User, token string, typed Answer, network string) error {
	if err := web.Limit(ctx, s.db.Read(), "practice.answer:"+network, answersPerLink, time.Hour); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := findReminder(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := lockSubmission(ctx, tx, r.PracticeID); err != nil {
			return err
		}
		if r, err = findReminder(ctx, tx, token); err != nil { // as it is now that nobody else can use it
			return err
		}
		a, err := s.asked(ctx, tx, viewer, r)
		if err != nil {
			return err
		}
		if a.State != LinkOpen {
			return problem.Stale
		}
		answer, err := typed.read()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE practice_reminders SET used_at = $2, answer = $3 WHERE id = $1`, r.ID, s.now(), answer.Choice); err != nil {
			return err
		}
		return s.answer(ctx, tx, a.Who, a.vouched, answer)
	})
	return wrap("answer by mail", err)
}

// Standing returns what the person who acts for its office may answer about a published practice; for others, and for what is
// not before the public, it is problem.NotFound. Its state is LinkOpen or LinkBusy.
func (s *Service) Standing(ctx context.Context, who identity.User, publicID string) (Asked, error) {
	id, err := s.Published(ctx, publicID)
	if err != nil {
		return Asked{}, err
	}
	a, err := s.standing(ctx, s.db.Read(), who, id)
	return a, wrap("practice "+publicID, err)
}

func (s *Service) standing(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) (Asked, error) {
	a := Asked{State: LinkOpen, Who: who}
	var err error
	if a.vouched, err = findVouched(ctx, q, id); err != nil {
		return a, err
	}
	people, err := workflow.Actors(ctx, q, a.OfficeID)
	if err != nil {
		return a, err
	}
	if !slices.ContainsFunc(people, func(p workflow.Recipient) bool { return p.ID == who.ID }) {
		return a, problem.NotFound
	}
	if a.vouched.State != workflow.Published {
		a.State = LinkBusy
	}
	return a, nil
}

// sameAnswer is within what time the same confirmation again is the second click.
const sameAnswer = time.Minute

// Answer takes what somebody who acts for the office answers about its practice, whether they were asked or not, and tells
// their colleagues. It returns the practice's submission. While a new version is written it is problem.Stale; see Standing and
// AnswerByMail for the rest.
func (s *Service) Answer(ctx context.Context, who identity.User, publicID string, typed Answer) (workflow.ID, error) {
	id, err := s.Published(ctx, publicID)
	if err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockSubmission(ctx, tx, id); err != nil {
			return err
		}
		a, err := s.standing(ctx, tx, who, id)
		if err != nil {
			return err
		}
		answer, err := typed.read()
		if err != nil {
			return err
		}
		if a.State != LinkOpen {
			return problem.Stale
		}
		if answer.Choice == StillTrue && s.now().Sub(a.ConfirmedAt) < sameAnswer {
			return nil
		}
		return s.answer(ctx, tx, who, a.vouched, answer)
	})
	return id, wrap("answer about "+publicID, err)
}

// answer does what was answered, as a step of the plan.
func (s *Service) answer(ctx context.Context, tx database.Tx, who identity.User, p vouched, a Answer) error {
	sub, err := workflow.Lock(ctx, tx, p.ID, who)
	if err != nil {
		return err
	}
	action := map[Choice]workflow.Action{StillTrue: workflow.Confirm, ToUpdate: workflow.Revise, ToRetire: workflow.Retire}[a.Choice]
	if _, err := workflow.Apply(ctx, tx, s.kind, &sub, action, who, workflow.Input{Note: a.Reason}, s.now()); err != nil {
		return err
	}
	switch a.Choice {
	case StillTrue:
		err = vouch(ctx, tx, p.ID, s.now())
	case ToRetire:
		err = sayWhy(ctx, tx, p.ID, a)
	}
	if err != nil {
		return err
	}
	people, err := workflow.Actors(ctx, tx, p.OfficeID)
	if err != nil {
		return err
	}
	for _, to := range people {
		in := s.inLangOf(ctx, to)
		m := toldMail{vouched: p, who: who, answer: a, to: to, kind: mailTold, subject: i18n.T(in, "practice.mail.told.subject", who.Name, p.PublicID)}
		if to.ID == who.ID {
			m.kind, m.subject = mailAnswered, i18n.T(in, "practice.mail.answered.subject", p.PublicID)
		}
		if err := s.write(in, tx, mail.Message{Kind: "practice." + m.kind, Subject: m.subject, About: p.ID}, to, toldLetter(m)); err != nil {
			return err
		}
	}
	return nil
}
