package pledge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The kinds of mail about partners, after "pledge.".
const (
	mailAsk      = "partner_ask"
	mailAskAgain = "partner_ask_again" // something about what was asked before has changed
	mailReminder = "partner_reminder"
	mailFresh    = "partner_fresh"
	mailAnswered = "partner_answered" // to the partner's own address, whoever has answered
	mailRemoved  = "partner_removed"
	mailNews     = "partner_news" // to the office
	mailDesk     = "partner_desk" // the same to the desk
)

// partnerMail is what a mail to a partner says beside the question.
type partnerMail struct {
	// Token is that of the link, which works until Until; "" for no link.
	Token string
	Until time.Time
	// By is the answer, with who gave it.
	By PartnerAnswer
	// pledge is what the partner is named in.
	pledge Record
	sub    workflow.Submission
	q      asked
	kind   string
}

// writeToPartner queues a mail to the partner, in the language of the pledge or, where the portal does not speak it, in
// English. Nobody at the secretariat can read it, since whoever has its link can answer.
func (s *Service) writeToPartner(ctx context.Context, tx database.Tx, sub workflow.Submission, q asked, kind string, m partnerMail) error {
	var err error
	m.sub, m.q, m.kind = sub, q, kind
	if m.pledge, err = s.asItWouldBe(ctx, tx, sub, q); err != nil {
		return err
	}
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(sub.Lang).OrEnglish()), s.site)
	subject := i18n.T(ctx, "pledge.mail."+kind+".subject", sub.OfficeName, q.Name)
	var html strings.Builder
	if err := partnerLetter(m, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	message := mail.Message{To: q.Email, Lang: i18n.From(ctx), Kind: "pledge." + kind, Subject: subject, HTML: html.String(), About: sub.ID, Secret: m.Token != ""}
	if m.Token != "" {
		message.Within = min(mail.GiveUpAfter, m.Until.Sub(s.now()))
	}
	return mail.Queue(ctx, tx, message)
}

// tellRemoved tells a partner who is named no longer, unless they did not take part anyhow, were never asked, or are asked
// something else under the same address.
func (s *Service) tellRemoved(ctx context.Context, tx database.Tx, sub workflow.Submission, q asked, a form.Answers) error {
	if q.State.Left() || q.State == PartnerWaiting {
		return nil
	}
	for _, n := range namedIn(a) {
		if strings.EqualFold(n.email, q.Email) {
			return nil
		}
	}
	if back, err := mail.CameBack(ctx, tx, sub.ID); err != nil || back[q.Email] {
		return err
	}
	return s.writeToPartner(ctx, tx, sub, q, mailRemoved, partnerMail{})
}

// news is what the office and the desk are told of an answer.
type news struct {
	kind string
	to   workflow.Recipient
	path string
	sub  workflow.Submission
	q    asked
	by   PartnerAnswer
}

// tellOfAnswer tells the office, and the desk when the pledge is no longer quite what it has read.
func (s *Service) tellOfAnswer(ctx context.Context, tx database.Tx, sub workflow.Submission, q asked, by PartnerAnswer) error {
	owners, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return err
	}
	for _, to := range owners {
		if err := s.tell(ctx, tx, news{mailNews, to, s.ownerPath(sub.ID), sub, q, by}); err != nil {
			return err
		}
	}
	if q.State == PartnerConfirmed {
		return nil
	}
	desk, err := workflow.DeskRecipients(ctx, tx, sub)
	if err != nil {
		return err
	}
	for _, to := range desk {
		if err := s.tell(ctx, tx, news{mailDesk, to, s.deskPath(sub.ID), sub, q, by}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tell(ctx context.Context, tx database.Tx, n news) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(n.to.Lang).OrEnglish()), s.site)
	subject := i18n.T(ctx, "pledge.mail."+mailNews+".subject", n.q.Name, i18n.Key("pledge.partner.state."+string(n.q.State)))
	var html strings.Builder
	if err := newsLetter(n, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write %s: %w", mailNews, err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: n.to.Email, ToUser: n.to.ID, Lang: i18n.From(ctx), Kind: "pledge." + n.kind, Subject: subject, HTML: html.String(), About: n.sub.ID,
	})
}

// facts are what a mail to a partner says of the pledge and their place in it.
func (m partnerMail) facts(ctx context.Context) []ui.Fact {
	p := m.pledge.Pledge
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "pledge.partner.fact.pledge"), Values: notBlank(p.Title, m.pledge.PublicID), Lang: p.Lang},
		{Term: i18n.T(ctx, "pledge.fact.entity"), Values: notBlank(p.Entity), Lang: "und"},
	}
	if p.Office != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.filed_by"), Values: notBlank(p.Office, p.Capacity), Lang: "und"})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.partner.fact.named"), Values: []string{m.q.Name}, Lang: "und"})
	return append(facts, m.q.partFacts(ctx, p.Lang)...)
}

// partFacts are the partner's part, as the office wrote it and in their own words.
func (q asked) partFacts(ctx context.Context, lang string) []ui.Fact {
	part := ui.Fact{Term: i18n.T(ctx, "pledge.partner.fact.part"), Values: notBlank(q.Part), Lang: lang}
	if q.Part == "" {
		part.Values, part.Lang = []string{i18n.T(ctx, "pledge.partner.part.none")}, ""
	}
	facts := []ui.Fact{part}
	if q.State == PartnerAmended {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.partner.fact.own_part"), Values: []string{q.OwnPart}, Lang: "und"})
	}
	return facts
}

// answerFacts are the answer with who gave it, which the office, the desk and the partner's own address may know.
func (q asked) answerFacts(ctx context.Context) []ui.Fact {
	if q.AnsweredAt == nil {
		return nil
	}
	return []ui.Fact{
		{Term: i18n.T(ctx, "pledge.partner.fact.answer"), Values: []string{i18n.T(ctx, "pledge.partner.state."+string(q.State))}},
		{Term: i18n.T(ctx, "pledge.partner.fact.answered"), Values: []string{i18n.Instant(ctx, *q.AnsweredAt)}},
	}
}

func byFact(ctx context.Context, name, position string) ui.Fact {
	return ui.Fact{Term: i18n.T(ctx, "pledge.partner.fact.by"), Values: notBlank(name, position), Lang: "und"}
}
