package pledge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// submitted brings the questions to partners in line with what was handed in, in the same transaction: who is new, or
// named with another part or address, is asked; who is named as before keeps their answer; who is named no longer is told.
func (s *Service) submitted(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) error {
	before, err := questions(ctx, tx, sub.ID)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	again := map[string]bool{} // addresses that were asked something else about this pledge
	for _, q := range before {
		if q.AskedAt != nil {
			again[strings.ToLower(q.Email)] = true
		}
	}
	for _, n := range namedIn(a) {
		key := n.key()
		if kept[key] || n.email == "" {
			continue
		}
		kept[key] = true
		if err := s.name(ctx, tx, sub, before, n, again[strings.ToLower(n.email)], now); err != nil {
			return fmt.Errorf("ask a partner of pledge %d: %w", sub.ID, err)
		}
	}
	for _, q := range before {
		if q.UntilRevision != nil || kept[q.Key] {
			continue
		}
		if err := reach(ctx, tx, q.ID, &sub.Revision); err != nil {
			return fmt.Errorf("leave out a partner of pledge %d: %w", sub.ID, err)
		}
		if err := s.tellRemoved(ctx, tx, sub, q, a); err != nil {
			return fmt.Errorf("tell a partner of pledge %d: %w", sub.ID, err)
		}
	}
	return nil
}

// name keeps the question that there is for a partner as named, or adds it and asks it.
func (s *Service) name(ctx context.Context, tx database.Tx, sub workflow.Submission, before []asked, n named, again bool, now time.Time) error {
	for _, q := range before {
		if q.Key == n.key() {
			if q.UntilRevision == nil {
				return nil
			}
			return reach(ctx, tx, q.ID, nil) // back in, with the answer that was given
		}
	}
	id, err := addQuestion(ctx, tx, sub, n)
	if err != nil || !sub.MayPublish() {
		return err // asked as soon as somebody vouches for the office
	}
	q, err := question(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.ask(ctx, tx, sub, q, again, now)
}

// ask asks the partner, now.
func (s *Service) ask(ctx context.Context, tx database.Tx, sub workflow.Submission, q asked, again bool, now time.Time) error {
	token, err := newLink(ctx, tx, q.ID, now, now.Add(PartnerAnswers))
	if err != nil {
		return err
	}
	if err := setAsked(ctx, tx, q.ID, now); err != nil {
		return err
	}
	kind := mailAsk
	if again {
		kind = mailAskAgain
	}
	return s.writeToPartner(ctx, tx, sub, q, kind, partnerMail{Token: token, Until: now.Add(PartnerAnswers)})
}

// askWaiting asks the partners of a submission who could not be asked before, since nobody vouched for its office.
func (s *Service) askWaiting(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	all, err := questions(ctx, tx, sub.ID)
	if err != nil {
		return err
	}
	for _, q := range all {
		if q.State != PartnerWaiting || q.UntilRevision != nil {
			continue
		}
		if err := s.ask(ctx, tx, sub, q, false, now); err != nil {
			return fmt.Errorf("ask a partner of pledge %d: %w", sub.ID, err)
		}
	}
	return nil
}

// dueAtOnce is how many questions one run of CarePartners looks at.
const dueAtOnce = 500

// CarePartners does what is to be done by the clock: it asks the partners of offices that have been approved, and reminds
// those who have not answered, 14 days after they were asked and 7 days before their link ends. One that fails does not
// keep the others from it; the error is all of theirs.
func (s *Service) CarePartners(ctx context.Context) error {
	all, err := dueQuestions(ctx, s.db.Read(), s.now(), dueAtOnce)
	if err != nil {
		return fmt.Errorf("find partners to remind: %w", err)
	}
	var failed error
	for _, one := range all {
		if err := s.db.InTx(ctx, func(tx database.Tx) error { return s.care(ctx, tx, one.ID) }); err != nil {
			failed = errors.Join(failed, fmt.Errorf("remind partner %d: %w", one.ID, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

func (s *Service) care(ctx context.Context, tx database.Tx, id int64) error {
	now := s.now()
	sub, q, err := lockQuestion(ctx, tx, id)
	if err != nil || q.UntilRevision != nil || over(sub) {
		return err
	}
	switch {
	case q.State == PartnerWaiting && sub.MayPublish():
		return s.ask(ctx, tx, sub, q, false, now)
	case q.State != PartnerAsked || !q.ExpiresAt.After(now):
		return nil
	}
	last := !q.ExpiresAt.After(now.Add(PartnerLast))
	if !last && (q.Reminders > 0 || q.AskedAt.After(now.Add(-PartnerReminded))) || q.Reminders > 1 {
		return nil // another replica was faster
	}
	token, err := newLink(ctx, tx, q.ID, now, *q.ExpiresAt)
	if err != nil {
		return err
	}
	if err := setReminded(ctx, tx, q.ID, last, now); err != nil {
		return err
	}
	return s.writeToPartner(ctx, tx, sub, q, mailReminder, partnerMail{Token: token, Until: *q.ExpiresAt})
}

// LinkState says what a partner's link can still do.
type LinkState string

// The states of a link.
const (
	LinkOpen    LinkState = "open"
	LinkUsed    LinkState = "used"
	LinkExpired LinkState = "expired"
	LinkOver    LinkState = "over" // there is nothing left to answer: not named any more, or the pledge was given up
)

// Asking is what the page of a partner's link shows.
type Asking struct {
	State    LinkState
	question asked
	sub      workflow.Submission
	// Record is the pledge as it would be public.
	Record Record
}

func (s *Service) linkState(l link, q asked, sub workflow.Submission, now time.Time) LinkState {
	switch {
	case over(sub) || !q.matters(sub):
		return LinkOver
	case l.UsedAt != nil:
		return LinkUsed
	case !l.ExpiresAt.After(now):
		return LinkExpired
	}
	return LinkOpen
}

// Asking returns what a partner's link is about; an unknown token is problem.NotFound. It changes nothing.
func (s *Service) Asking(ctx context.Context, token string) (Asking, error) {
	var a Asking
	q := s.db.Read()
	l, err := findLink(ctx, q, token)
	if err != nil {
		return a, err
	}
	if a.question, err = question(ctx, q, l.PartnerID); err != nil {
		return a, fmt.Errorf("partner %d: %w", l.PartnerID, err)
	}
	if a.sub, err = workflow.FindForPortal(ctx, q, a.question.SubmissionID); err != nil {
		return a, err
	}
	a.State = s.linkState(l, a.question, a.sub, s.now())
	if a.State == LinkOver {
		return a, nil
	}
	a.Record, err = s.asItWouldBe(ctx, q, a.sub, a.question)
	return a, err
}

// asItWouldBe is the pledge as the public would read it: the revision with the question.
func (s *Service) asItWouldBe(ctx context.Context, q database.Querier, sub workflow.Submission, one asked) (Record, error) {
	revision := 0
	switch {
	case one.UntilRevision == nil && sub.SubmittedRevision != nil:
		revision = *sub.SubmittedRevision
	case sub.PublishedRevision != nil:
		revision = *sub.PublishedRevision
	}
	text, err := workflow.ReadText(ctx, q, sub.ID, revision)
	if err != nil {
		return Record{}, err
	}
	r := Record{ID: sub.ID, Revision: revision, OfficeName: sub.OfficeName, Country: sub.Country, Content: s.form.Public(text.Answers())}
	if sub.PublicID != nil && sub.Published() {
		r.PublicID = *sub.PublicID
	}
	all := []Record{r}
	states, err := withPartners(ctx, q, moment{}, all)
	if err != nil {
		return r, err
	}
	all[0].Pledge = Read(all[0].Content, Filer{Office: sub.OfficeName, Country: sub.Country}, s.vocabulary())
	if states != nil {
		all[0].Pledge.withStates(states[0])
	}
	return all[0], nil
}

// How often one network may answer or ask for links, and one partner may be sent a link.
const (
	answersPerHour   = 60
	linksPerDay      = 3
	ownersAskPerHour = 60
)

// Answer keeps what a partner answers through a link, and tells the partner's own address, the office and, when somebody
// does not take part as named, the desk. A link acts once: used, expired or without a purpose it is problem.Stale; what is
// wrong with the answer is a problem.Invalid; more than 60 an hour from a network are problem.TooMany.
func (s *Service) Answer(ctx context.Context, token string, a PartnerAnswer, network string) error {
	if err := web.Limit(ctx, s.db.Read(), "pledge.partner.answer:"+network, answersPerHour, time.Hour); err != nil {
		return err
	}
	a.Part, a.Reason, a.Name, a.Position = fit(a.Part), fit(a.Reason), fit(a.Name), fit(a.Position)
	return s.db.InTx(ctx, func(tx database.Tx) error {
		l, err := findLink(ctx, tx, token)
		if err != nil {
			return err
		}
		sub, q, err := lockQuestion(ctx, tx, l.PartnerID)
		if err != nil {
			return err
		}
		if l, err = findLink(ctx, tx, token); err != nil { // as it is now that nobody else can use it
			return err
		}
		if s.linkState(l, q, sub, s.now()) != LinkOpen {
			return problem.Stale
		}
		if wrong := a.check(q); len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		if err := s.answer(ctx, tx, sub, q, a); err != nil {
			return fmt.Errorf("answer of partner %d: %w", q.ID, err)
		}
		return nil
	})
}

func (s *Service) answer(ctx context.Context, tx database.Tx, sub workflow.Submission, q asked, a PartnerAnswer) error {
	now := s.now()
	q.State, q.OwnPart, q.Reason = a.state(q), "", ""
	switch q.State {
	case PartnerAmended:
		q.OwnPart = a.Part
	case PartnerDeclined, PartnerWithdrawn:
		q.Reason = a.Reason
	}
	answered := []asked{q}
	if q.State.Left() { // nor in what an earlier question said of them
		all, err := questions(ctx, tx, sub.ID)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.ID != q.ID && other.State.Takes() && strings.EqualFold(other.Email, q.Email) && other.Name == q.Name && other.matters(sub) {
				other.State, other.OwnPart, other.Reason = PartnerWithdrawn, "", q.Reason
				answered = append(answered, other)
			}
		}
	}
	for _, one := range answered {
		if err := setAnswered(ctx, tx, one, a, now); err != nil {
			return err
		}
	}
	entry := audit.Entry{Act: "partner." + string(q.State), Subject: "submission", SubjectID: sub.ID, Fields: []string{"partners"}, At: now}
	if err := audit.Record(ctx, tx, entry); err != nil {
		return err
	}
	if err := s.reindex(ctx, tx, sub.ID); err != nil {
		return err
	}
	token, err := newLink(ctx, tx, q.ID, now, now.Add(PartnerAnswers))
	if err != nil {
		return err
	}
	q.AnsweredAt = &now
	if err := s.writeToPartner(ctx, tx, sub, q, mailAnswered, partnerMail{Token: token, Until: now.Add(PartnerAnswers), By: a}); err != nil {
		return err
	}
	return s.tellOfAnswer(ctx, tx, sub, q, a)
}

// FreshLink sends a new link to the address that the question went to, for one that was used or has expired. An unknown
// token is problem.NotFound; a question without a purpose is problem.Stale; more than three a day are problem.TooMany.
func (s *Service) FreshLink(ctx context.Context, token, network string) error {
	if err := web.Limit(ctx, s.db.Read(), "pledge.partner.answer:"+network, answersPerHour, time.Hour); err != nil {
		return err
	}
	l, err := findLink(ctx, s.db.Read(), token)
	if err != nil {
		return err
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("pledge.partner.link:%d", l.PartnerID), linksPerDay, 24*time.Hour); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		now := s.now()
		sub, q, err := lockQuestion(ctx, tx, l.PartnerID)
		if err != nil {
			return err
		}
		if s.linkState(l, q, sub, now) == LinkOver {
			return problem.Stale
		}
		until := now.Add(PartnerAnswers)
		fresh, err := newLink(ctx, tx, q.ID, now, until)
		if err != nil {
			return fmt.Errorf("new link for partner %d: %w", q.ID, err)
		}
		if q.State == PartnerAsked {
			if err := setAsked(ctx, tx, q.ID, now); err != nil {
				return fmt.Errorf("new link for partner %d: %w", q.ID, err)
			}
		}
		return s.writeToPartner(ctx, tx, sub, q, mailFresh, partnerMail{Token: fresh, Until: until})
	})
}

// AskAgain sends the question again, for somebody of the office who acts for it: to a partner who has not answered, once a
// day. A partner who has answered, or whom the last revision handed in does not name, is problem.NotAllowedNow; what is not
// of the person's offices is problem.NotFound, others who may see it problem.Forbidden.
func (s *Service) AskAgain(ctx context.Context, who identity.User, id workflow.ID, partner int64) error {
	sub, err := workflow.Find(ctx, s.db.Read(), id, who)
	if err != nil {
		return err
	}
	q, err := question(ctx, s.db.Read(), partner)
	switch {
	case err != nil:
		return fmt.Errorf("partner %d: %w", partner, err)
	case q.SubmissionID != id || sub.Kind != KindName || sub.Side != workflow.ByOwner:
		return fmt.Errorf("partner %d of submission %d: %w", partner, id, problem.NotFound)
	case !sub.MayInvite():
		return problem.Forbidden
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("pledge.partner.again:%d", who.ID), ownersAskPerHour, time.Hour); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		now := s.now()
		sub, q, err := lockQuestion(ctx, tx, partner)
		if err != nil {
			return err
		}
		if q.State != PartnerAsked || q.UntilRevision != nil || over(sub) {
			return problem.NotAllowedNow
		}
		if q.AskedAt.After(now.Add(-24 * time.Hour)) {
			return nil // by a second click, or by a colleague
		}
		if err := s.ask(ctx, tx, sub, q, false, now); err != nil {
			return fmt.Errorf("ask partner %d again: %w", q.ID, err)
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "partner.ask_again", Subject: "submission", SubjectID: id, Fields: []string{"partners"}, At: now})
	})
}

// reindex takes the words of partners who do not take part out of the search, and puts amended parts in.
func (s *Service) reindex(ctx context.Context, tx database.Tx, id workflow.ID) error {
	current, err := records(ctx, tx, s.vocabulary(), `SELECT `+columns+` FROM pledges p`+joinStanding+` WHERE p.id = $1 AND p.until IS NULL`, id)
	if err != nil || len(current) == 0 {
		return err
	}
	text := indexed(current[0].Pledge, s.vocabulary())
	_, err = tx.Exec(ctx, `UPDATE pledges SET words = `+wordsSQL+` WHERE id = @id AND until IS NULL`,
		database.Args{"id": id, "langs": current[0].Pledge.Langs(), "a": text[0], "b": text[1], "c": text[2]})
	return err
}
