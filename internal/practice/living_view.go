package practice

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// answerPath is the page of the link of a yearly mail, without the language.
func answerPath(token string) string { return "/t/practice/" + token }

// askMail is the yearly mail.
type askMail struct {
	vouched
	token, subject string
	until          time.Time // the link works
	to             workflow.Recipient
}

// toldMail says what was answered: to a colleague, or to who has answered.
type toldMail struct {
	vouched
	who           identity.User
	answer        Answer
	to            workflow.Recipient
	kind, subject string
}

func (m toldMail) text(ctx context.Context) string {
	if m.kind == mailAnswered {
		return i18n.T(ctx, "practice.mail.answered."+string(m.answer.Choice))
	}
	return i18n.T(ctx, "practice.mail.told."+string(m.answer.Choice), m.who.Name)
}

// facts are what mails say of the practice.
func (p vouched) facts(ctx context.Context) []ui.Fact {
	return []ui.Fact{
		{Term: i18n.T(ctx, "practice.living.practice"), Values: []string{p.Title, p.PublicID}, Lang: p.Lang},
		{Term: i18n.T(ctx, "practice.fact.confirmed"), Values: []string{i18n.DayOf(ctx, p.ConfirmedAt)}},
	}
}

// answerView is the page on which the yearly question is answered.
type answerView struct {
	Asked
	// Path is where the answer goes, without the language; mail says that it is the link of a mail.
	Path string
	mail bool
	// askedOn is since when the office is asked; zero when it is not.
	askedOn date.Date
	// Answer is what was typed, and Wrong what is wrong with it.
	Answer Answer
	Wrong  []form.Wrong
	// langs are the languages that a reason may be in.
	langs []form.Option
	// submission is the page of the practice's submission, without the language.
	submission string
}

func (v answerView) choices(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "answer", Label: i18n.T(ctx, "practice.living.label"), Error: ui.MessageFor(ctx, v.Wrong, "answer"), Values: []string{string(v.Answer.Choice)}, Large: true,
		Mark: func(value string) string {
			if Choice(value) == ToRetire {
				return "if-1"
			}
			return ""
		},
	}
	for _, choice := range Choices {
		c.Choices = append(c.Choices, ui.Choice{Value: string(choice), Label: i18n.T(ctx, "practice.living.choice."+string(choice)), Hint: i18n.T(ctx, "practice.living.choice."+string(choice)+".hint")})
	}
	return c
}

func (v answerView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "practice.living.reason.label"), Hint: i18n.T(ctx, "practice.living.reason.hint"), Error: ui.MessageFor(ctx, v.Wrong, "reason"),
		Values: []string{v.Answer.Reason}, Rows: 4, Max: MaxReason, Length: form.Length(v.Answer.Reason), Class: "cond__more more-1",
	}
}

func (v answerView) language(ctx context.Context) ui.Control {
	return languageOf(ctx, "language", i18n.T(ctx, "practice.living.language"), v.Answer.Lang, v.langs, v.Wrong, "cond__more more-1")
}

// languageOf asks for the language of a text.
func languageOf(ctx context.Context, name, label, chosen string, langs []form.Option, wrong []form.Wrong, class string) ui.Control {
	c := ui.Control{Name: name, Label: label, Error: ui.MessageFor(ctx, wrong, name), Values: []string{chosen}, Class: class}
	for _, o := range langs {
		c.Choices = append(c.Choices, ui.Choice{Value: o.Value, Label: o.Label})
	}
	return c
}

// typed are the words that a link which does nothing any more has not taken.
func (v answerView) typed() []string {
	if strings.TrimSpace(v.Answer.Reason) == "" {
		return nil
	}
	return []string{v.Answer.Reason}
}

// deadText says what became of the link.
func (v answerView) deadText(ctx context.Context) string {
	key := "practice.living.dead." + string(v.State) + ".text"
	switch v.State {
	case LinkUsed:
		return i18n.T(ctx, key, i18n.Instant(ctx, *v.UsedAt))
	case LinkAnswered:
		return i18n.T(ctx, key, i18n.DayOf(ctx, v.ConfirmedAt))
	case LinkExpired:
		return i18n.T(ctx, key, i18n.DayOf(ctx, v.Until))
	}
	return i18n.T(ctx, key)
}

// aboutVouching is what stands on the page of the submission of a published practice, for who may answer; nil for nothing.
func (s *Service) aboutVouching(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	step, ok := s.kind.Plan.Find(workflow.Confirm, sub.State, sub.Published())
	if !ok || !sub.MayTake(step) {
		return nil, nil
	}
	p, err := findVouched(ctx, s.db.Read(), sub.ID)
	if err != nil {
		return nil, wrap("practice on its submission's page", err)
	}
	waiting, err := waitingReuses(ctx, s.db.Read(), sub.ID)
	if err != nil {
		return nil, wrap("practice on its submission's page", err)
	}
	notes := []templ.Component{livingNote(p, s.askedOn(p))}
	if len(waiting) > 0 {
		notes = append(notes, reusesNote(p.PublicID, waiting, s.vocabulary()))
	}
	return templ.Join(notes...), nil
}

// About is what the people of a practice are told on the page of its submission: of the call that it answers, of the yearly
// question, and of reuses that wait for their word; nil when there is nothing to say.
func (s *Service) About(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	var all []templ.Component
	for _, about := range []func(context.Context, workflow.Submission) (templ.Component, error){s.aboutItsCall, s.aboutVouching} {
		c, err := about(ctx, sub)
		if err != nil {
			return nil, err
		}
		if c != nil {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, nil //nolint:nilnil // nothing to say is no error
	}
	return templ.Join(all...), nil
}
