package pledge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// The kinds of mail about reports, after "pledge.".
const (
	mailReportDue  = "report_due"
	mailReportTold = "report_told" // to the colleagues of who has answered
	// mailReportAnswered goes to who has answered, of what is public at once; of what the desk reads they have a receipt.
	mailReportAnswered = "report_answered"
)

// SendReminders reminds the people of each office of the reports that are due, with a link of their own to answer by (see
// StageOn). A job calls it each hour; each person is written to once for a stage. One pledge that fails does not keep the
// others from it; the error is all of theirs.
func (s *Service) SendReminders(ctx context.Context) error {
	var failed error
	after := workflow.ID(0)
	for {
		due, err := dueReminders(ctx, s.db.Read(), dayOf(s.now()), after, batch)
		if err != nil {
			return errors.Join(failed, fmt.Errorf("find the reports to remind of: %w", err))
		}
		for _, one := range due {
			after = one.PledgeID
			if err := s.db.InTx(ctx, func(tx database.Tx) error { return s.remind(ctx, tx, one) }); err != nil {
				failed = errors.Join(failed, fmt.Errorf("remind of the report on pledge %d: %w", one.PledgeID, err))
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

func (s *Service) remind(ctx context.Context, tx database.Tx, one dueReminder) error {
	if err := lockPledges(ctx, tx, []workflow.ID{one.PledgeID}); err != nil {
		return err
	}
	all, err := s.standing(ctx, tx, one.PledgeID)
	if err != nil {
		return err
	}
	p, ok := all[one.PledgeID]
	if !ok || p.NextReport != one.ReportOn { // reported on, or taken down, in this moment
		return nil
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
		if err := s.writeReminder(ctx, tx, reminderMail{p: p, stage: one.Stage, token: token, until: s.now().Add(LinkLasts), to: to, today: dayOf(s.now())}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) writeReminder(ctx context.Context, tx database.Tx, m reminderMail) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(m.to.Lang).OrEnglish()), s.site)
	subject := i18n.T(ctx, "pledge.mail.report_due.subject", m.p.PublicID, m.p.NextReport)
	if m.stage == Overdue {
		subject = i18n.T(ctx, "pledge.mail.report_due.late", m.p.PublicID, m.p.NextReport)
	}
	var html strings.Builder
	if err := reminderLetter(m, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write the reminder: %w", err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: m.to.Email, ToUser: m.to.ID, Lang: i18n.From(ctx), Kind: "pledge." + mailReportDue, Subject: subject, HTML: html.String(), About: m.p.ID, Secret: true,
	})
}

// Answering is what the page of a reminder's link shows.
type Answering struct {
	State LinkState
	stands
	// Who is the person whose link it is.
	Who     identity.User
	Until   time.Time
	UsedAt  *time.Time
	became  outcome
	trusted bool
	// by says who has reported instead; nil for nobody.
	by *answeredBy
}

// The further states of a reminder's link.
const (
	LinkAnswered LinkState = "answered" // somebody else has reported meanwhile
	LinkLeft     LinkState = "left"     // the person does not report for the office any more
	LinkForeign  LinkState = "foreign"  // somebody else is signed in
	LinkUnknown  LinkState = "unknown"  // there is no such link
)

// Answering returns what a reminder's link is about, to be read by the person viewer (who may be nobody); an unknown token is
// problem.NotFound. It changes nothing.
func (s *Service) Answering(ctx context.Context, viewer identity.User, token string) (Answering, error) {
	r, err := findReminder(ctx, s.db.Read(), token)
	if err != nil {
		return Answering{}, err
	}
	return s.answering(ctx, s.db.Read(), viewer, r)
}

func (s *Service) answering(ctx context.Context, q database.Querier, viewer identity.User, r reminder) (Answering, error) {
	a := Answering{State: LinkOpen, Until: r.ExpiresAt, UsedAt: r.UsedAt, became: r.Became}
	all, err := s.standing(ctx, q, r.PledgeID)
	if err != nil {
		return a, err
	}
	var open bool
	if a.stands, open = all[r.PledgeID]; !open {
		a.State = LinkOver
		return a, nil
	}
	switch a.Who, err = identity.Load(ctx, q, r.UserID); {
	case errors.Is(err, problem.NotFound): // the account is closed
		a.State = LinkLeft
		return a, nil
	case err != nil:
		return a, err
	}
	a.Who = a.Who.WithoutFactor() // a link from a mail opens nothing of the secretariat
	if a.trusted, err = trusted(ctx, q, a.OfficeID); err != nil {
		return a, err
	}
	people, err := workflow.Actors(ctx, q, a.OfficeID)
	if err != nil {
		return a, err
	}
	if a.by, err = whoAnswered(ctx, q, r); err != nil {
		return a, err
	}
	switch {
	case viewer.SignedIn() && viewer.ID != r.UserID:
		a.State = LinkForeign
	case r.UsedAt != nil || a.by != nil && a.by.UserID != nil && *a.by.UserID == r.UserID:
		a.State = LinkUsed
	case !slices.ContainsFunc(people, func(p workflow.Recipient) bool { return p.ID == r.UserID }):
		a.State = LinkLeft
	case a.by != nil:
		a.State = LinkAnswered
	case a.NextReport != r.ReportOn:
		a.State = LinkOver
	case !r.ExpiresAt.After(s.now()):
		a.State = LinkExpired
	}
	return a, nil
}

// MailAnswer is what somebody answers on the page of a reminder's link.
type MailAnswer struct {
	// Choice is one of MailChoices.
	Choice string
	Text   string
	Lang   string
	// Next are the three controls of the day of the next report, under "next".
	Next form.Answers
}

// MailChoices are the answers to a reminder, in the order of the page.
var MailChoices = []string{"no_change", "progress", "obstacle", "done", "withdrawn"}

// report is the answer as a report on the pledge, or what is wrong with it.
func (a MailAnswer) report(p stands, today time.Time) (Report, []form.Wrong) {
	r := Report{On: dayOf(today), Lang: a.Lang}
	text := fit(a.Text)
	needsText := true
	switch a.Choice {
	case "no_change":
		r.Status, r.Evidence, needsText = p.Status, text, false
		if p.Status == NoStatus {
			r.Status = Planned
		}
	case "progress":
		r.Status, r.Evidence = InProgress, text
	case "obstacle":
		r.Status, r.Obstacles = Delayed, text
	case "done":
		r.Status, r.Evidence = Fulfilled, text
	case "withdrawn":
		r.Status, r.Evidence = Withdrawn, text
	default:
		return r, []form.Wrong{{Name: "answer", Key: "pledge.answer.wrong.answer"}}
	}
	var wrong []form.Wrong
	if needsText && text == "" {
		wrong = append(wrong, form.Wrong{Name: "text", Key: "pledge.answer.wrong.text." + a.Choice})
	}
	if n := form.Length(text); n > MaxRemark {
		wrong = append(wrong, form.Wrong{Name: "text", Key: "pledge.report.wrong.long", Args: []any{MaxRemark, n}})
	}
	if !knownLang(a.Lang) {
		wrong = append(wrong, form.Wrong{Name: "language", Key: "pledge.report.wrong.language"})
	}
	if r.Status.Final() {
		return r, wrong
	}
	next, given, ok, part := form.DateOf(a.Next, "next")
	if given && !ok {
		return r, append(wrong, form.Wrong{Name: "next." + part, Key: "form.date." + part, Args: []any{i18n.Key("pledge.answer.next.label")}})
	}
	r.NextReport = next
	return r, wrong
}

// answersPerLink is how often an hour one network may answer.
const answersPerLink = 60

// AnswerReminder records what the person answers through their link, once: published is whether the public can read it already, or
// the desk reads it first. Their colleagues are told. A link that acts no more is problem.Stale; what is wrong with the answer
// is a problem.Invalid; an unknown token is problem.NotFound; more than 60 an hour from a network are problem.TooMany.
func (s *Service) AnswerReminder(ctx context.Context, viewer identity.User, token string, a MailAnswer, network string) (published bool, err error) {
	if err := web.Limit(ctx, s.db.Read(), "pledge.reminder.answer:"+network, answersPerLink, time.Hour); err != nil {
		return false, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := findReminder(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := lockPledges(ctx, tx, []workflow.ID{r.PledgeID}); err != nil {
			return err
		}
		if r, err = findReminder(ctx, tx, token); err != nil { // as it is now that nobody else can use it
			return err
		}
		now, err := s.answering(ctx, tx, viewer, r)
		if err != nil {
			return err
		}
		if now.State != LinkOpen {
			return problem.Stale
		}
		report, wrong := a.report(now.stands, s.now())
		if len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		published, err = s.report(ctx, tx, now.Who, now.OfficeID, []Filing{{r.PledgeID, report}}, ByMail)
		var refused *RefusedError
		if errors.As(err, &refused) {
			return problem.Invalid(onAnswerPage(refused.Wrong[0])...)
		}
		if err != nil {
			return err
		}
		submission := workflow.ID(0)
		if !published {
			if submission, err = database.Value[workflow.ID](ctx, tx, `SELECT max(submission_id) FROM submission_subjects WHERE subject_id = $1`, r.PledgeID); err != nil {
				return err
			}
		}
		if err := useReminder(ctx, tx, r.ID, submission, s.now()); err != nil {
			return err
		}
		return s.tellColleagues(ctx, tx, now, report, submission)
	})
	return published, wrap("answer to a reminder", err)
}

// onAnswerPage puts what is wrong with a report at the questions of the short page.
func onAnswerPage(wrong []form.Wrong) []form.Wrong {
	at := map[string]string{"evidence": "text", "obstacles": "text", "next_report.day": "next.day", "language": "language"}
	var all []form.Wrong
	for _, w := range wrong {
		name, ok := at[w.Name]
		if !ok {
			name = "answer"
		}
		all = append(all, form.Wrong{Name: name, Key: w.Key, Args: w.Args})
	}
	return all
}

// tellColleagues tells those who report for the office who has answered what, and who has answered that it is public. Of what
// goes to the desk, as the submission (0 for what is published), who has answered and the heads have a receipt.
func (s *Service) tellColleagues(ctx context.Context, tx database.Tx, a Answering, r Report, submission workflow.ID) error {
	published, about := submission == 0, submission // who has a conflict with the report reads no mail about it
	if published {
		about = a.ID
	}
	people, err := workflow.Actors(ctx, tx, a.OfficeID)
	if err != nil {
		return err
	}
	heads, err := database.Values[int64](ctx, tx, `SELECT user_id FROM posts WHERE office_id = $1 AND state = 'approved' AND role = 'head'`, a.OfficeID)
	if err != nil {
		return err
	}
	for _, to := range people {
		if !published && (to.ID == a.Who.ID || slices.Contains(heads, to.ID)) {
			continue
		}
		in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.site)
		kind, subject := mailReportTold, i18n.T(in, "pledge.mail.report_told.subject", a.Who.Name, a.PublicID)
		if to.ID == a.Who.ID {
			kind, subject = mailReportAnswered, i18n.T(in, "pledge.mail.report_answered.subject", a.PublicID)
		}
		var html strings.Builder
		if err := toldLetter(toldMail{a, r.settled(a.stands, dayOf(s.now())), published, to}, kind, subject).Render(in, &html); err != nil {
			return fmt.Errorf("write to a colleague: %w", err)
		}
		err := mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(in), Kind: "pledge." + kind, Subject: subject, HTML: html.String(), About: about})
		if err != nil {
			return err
		}
	}
	return nil
}
