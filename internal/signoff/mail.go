package signoff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The kinds of mail about signatures, after "signoff.".
const (
	mailAsk       = "ask"
	mailReminder  = "reminder"
	mailFresh     = "fresh"     // another link
	mailGiven     = "given"     // to the address of a link, whoever has used it
	mailReopened  = "reopened"  // what was signed has changed
	mailVoid      = "void"      // the note does not name the party any more
	mailWithdrawn = "withdrawn" // the office has taken the note back
	mailComplete  = "complete"  // to the office of the note
	mailDeclined  = "declined"  // to the office of the note
)

// letter is a mail about the signatures of a note.
type letter struct {
	kind string
	sub  workflow.Submission
	g    Signature
	to   workflow.Recipient
	// path is where the button leads, "" for nowhere; token that of a link, which works until until.
	path, token string
	until       time.Time
}

// tellParty writes to those who may sign for the party: who acts for its office, or the person who signs by a link, in the
// language of the note or, where the portal does not speak it, in English. Nobody at the secretariat reads a mail with a link,
// since whoever has it can sign. Of who signs by letter the office of the note takes care.
func (s *Service) tellParty(ctx context.Context, tx database.Tx, sub workflow.Submission, g Signature, kind, token string) error {
	if !g.ByOffice() {
		if g.ContactEmail == "" {
			return nil
		}
		l := letter{kind: kind, sub: sub, g: g, to: workflow.Recipient{Name: g.ContactName, Email: g.ContactEmail, Lang: sub.Lang}, token: token, until: s.now().Add(LinkLife)}
		if token != "" {
			l.path = linkPath(token)
		}
		return s.write(ctx, tx, l)
	}
	people, err := workflow.Actors(ctx, tx, g.OfficeID)
	if err != nil {
		return err
	}
	path := Path(sub.ID)
	if kind == mailVoid { // they do not see it any more
		path = ""
	}
	for _, to := range people {
		if err := s.write(ctx, tx, letter{kind: kind, sub: sub, g: g, to: to, path: path}); err != nil {
			return err
		}
	}
	return nil
}

// tellOffice writes to the office of the note.
func (s *Service) tellOffice(ctx context.Context, tx database.Tx, sub workflow.Submission, kind string, g Signature) error {
	people, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return err
	}
	for _, to := range people {
		if err := s.write(ctx, tx, letter{kind: kind, sub: sub, g: g, to: to, path: Path(sub.ID)}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) write(ctx context.Context, tx database.Tx, l letter) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(l.to.Lang).OrEnglish()), s.site)
	kind := "signoff." + l.kind
	title := l.sub.Title
	if l.kind == mailDeclined {
		title = l.g.Name
	}
	subject := i18n.T(ctx, "signoff.mail."+l.kind+".subject", title)
	var html strings.Builder
	if err := letterPage(l, s.stepNames(ctx, l.g.ChangedSteps), kind, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	message := mail.Message{To: l.to.Email, ToUser: l.to.ID, Lang: i18n.From(ctx), Kind: kind, Subject: subject, HTML: html.String(), About: l.sub.ID, Secret: l.token != ""}
	if l.token != "" {
		message.Within = min(mail.GiveUpAfter, LinkLife)
	}
	return mail.Queue(ctx, tx, message)
}

// stepNames are steps of the form by their titles.
func (s *Service) stepNames(ctx context.Context, steps []string) []string {
	var names []string
	for _, id := range steps {
		if step, ok := s.kind.Form.Step(id); ok {
			names = append(names, i18n.T(ctx, s.kind.Form.StepKey(step)+".title"))
		}
	}
	return names
}

// facts are what a mail says of the note and of the signature.
func (l letter) facts(ctx context.Context, steps []string) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "signoff.fact.note"), Values: []string{l.sub.Title}, Lang: l.sub.Lang},
		{Term: i18n.T(ctx, "signoff.fact.filed_by"), Values: []string{l.sub.OfficeName}, Lang: "und"},
	}
	if l.g.Name != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "signoff.fact.party"), Values: []string{l.g.Name}, Lang: "und"})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "signoff.fact.changed"), Values: steps})
	switch l.kind {
	case mailGiven:
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "signoff.fact.answer"), Values: []string{i18n.T(ctx, "signoff.state."+string(l.g.State))}},
			ui.Fact{Term: i18n.T(ctx, "signoff.fact.by"), Values: notBlank(l.g.Signer, l.g.SignerPosition), Lang: "und"})
	case mailDeclined:
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "signoff.fact.reason"), Values: []string{l.g.Reason}, Lang: "und"})
	}
	return facts
}

// why says why the reader gets the mail.
func (l letter) why(ctx context.Context) string {
	if l.kind == mailComplete || l.kind == mailDeclined {
		return i18n.T(ctx, "signoff.mail.why.office", l.sub.OfficeName)
	}
	return i18n.T(ctx, "signoff.mail.why", l.sub.OfficeName, l.g.Name)
}

func (l letter) button(ctx context.Context) string {
	switch l.kind {
	case mailAsk, mailReminder, mailFresh:
		return i18n.T(ctx, "signoff.mail.button.sign")
	}
	return i18n.T(ctx, "signoff.mail.button.look")
}

func notBlank(values ...string) []string {
	var all []string
	for _, v := range values {
		if v != "" {
			all = append(all, v)
		}
	}
	return all
}

// Panel shows who signs a note and where that stands on its pages elsewhere: the office's (path is its page of signatures) and
// the desk's. nil is a note without signatures that is no draft: it is from before there was a chain.
func (s *Service) Panel(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	st, err := s.stand(ctx, s.db.Read(), sub)
	if err != nil || !st.asked && !sub.State.Writable() {
		return nil, err
	}
	return panel(panelView{standing: st, now: s.now()}), nil
}

// Missing shows on the page to check whose signatures are missing; nil when none is.
func (s *Service) Missing(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	if !sub.State.Writable() || sub.Side != workflow.ByOwner {
		return nil, nil
	}
	wrong, err := s.Held(ctx, s.db.Read(), sub)
	if err != nil || len(wrong) == 0 {
		return nil, err
	}
	return missing(sub.ID, wrong), nil
}

// Above warns above the questions of a step, or for step "" of the whole note, that signatures cover it: they are asked for again
// if it changes. Afterwards it says which were reopened. nil is nothing to say.
func (s *Service) Above(ctx context.Context, sub workflow.Submission, step string) (templ.Component, error) {
	if sub.Side != workflow.ByOwner || !sub.State.Writable() {
		return nil, nil
	}
	all, err := signatures(ctx, s.db.Read(), sub.ID)
	if err != nil {
		return nil, err
	}
	v := aboveView{ID: sub.ID}
	for _, g := range all {
		switch g.State {
		case Signed:
			v.Signed = append(v.Signed, g.Name)
		case Reopened:
			v.Reopened = append(v.Reopened, g.Name)
		}
	}
	if def, ok := s.kind.Form.Step(step); ok && isPrivate(def) {
		v.Signed = nil
	}
	if len(v.Signed)+len(v.Reopened) == 0 {
		return nil, nil
	}
	return above(v), nil
}
