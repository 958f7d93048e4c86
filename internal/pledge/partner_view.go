package pledge

import (
	"context"
	"strconv"
	"time"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// partnerPath is the page of a partner's link, without the language.
func partnerPath(token string) string { return "/t/partner/" + token }

// standing says in words whether a partner has confirmed.
func (m Partner) standing(ctx context.Context) string {
	switch {
	case m.Amended:
		return i18n.T(ctx, "pledge.partner.amended")
	case m.Confirmed:
		return i18n.T(ctx, "pledge.partner.confirmed")
	}
	return i18n.T(ctx, "pledge.partner.unconfirmed")
}

func (m Partner) tone() ui.Tone {
	if m.Confirmed {
		return ui.Ok
	}
	return ui.Plain
}

func (n news) facts(ctx context.Context) []ui.Fact {
	facts := append(n.q.partFacts(ctx, n.sub.Lang), n.q.answerFacts(ctx)...)
	if n.q.Reason != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.partner.fact.reason"), Values: []string{n.q.Reason}, Lang: "und"})
	}
	return append(facts, byFact(ctx, n.by.Name, n.by.Position))
}

// askingView is the page of a partner's link.
type askingView struct {
	Asking
	Token string
	// Answer is what was typed, and Wrong what is wrong with it.
	Answer     PartnerAnswer
	Wrong      []form.Wrong
	Vocabulary *gcm.Vocabulary
}

// preview is the pledge as the public would read it.
func (v askingView) preview() pageView {
	p := pageView{Public: Public{Record: v.Record}, Vocabulary: v.Vocabulary}
	p.Text = v.Record.Pledge.In(v.Record.Pledge.Lang)
	return p
}

// choices are the three answers, in words that fit what was answered before.
func (v askingView) choices(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "answer", Label: i18n.T(ctx, "pledge.partner.answer.label", v.question.Name), Error: ui.MessageFor(ctx, v.Wrong, "answer"),
		Values: []string{v.Answer.Choice}, Large: true,
		Mark: func(value string) string {
			return map[string]string{choiceAmend: "if-1", choiceDecline: "if-2"}[value]
		},
	}
	decline := choiceDecline
	if v.question.State.Takes() {
		decline = "withdraw"
	}
	for _, o := range []struct{ value, text string }{{choiceConfirm, choiceConfirm}, {choiceAmend, choiceAmend}, {choiceDecline, decline}} {
		c.Choices = append(c.Choices, ui.Choice{Value: o.value, Label: i18n.T(ctx, "pledge.partner.answer."+o.text), Hint: i18n.T(ctx, "pledge.partner.answer."+o.text+".hint")})
	}
	return c
}

func (v askingView) part(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "part", Label: i18n.T(ctx, "pledge.partner.part.label"), Hint: i18n.T(ctx, "pledge.partner.part.hint"), Error: ui.MessageFor(ctx, v.Wrong, "part"),
		Values: []string{v.Answer.Part}, Rows: 4, Max: maxPart, Length: form.Length(v.Answer.Part), Class: "cond__more more-1",
	}
}

func (v askingView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "pledge.partner.reason.label"), Hint: i18n.T(ctx, "pledge.partner.reason.hint"), Error: ui.MessageFor(ctx, v.Wrong, "reason"),
		Values: []string{v.Answer.Reason}, Rows: 3, Optional: true, Class: "cond__more more-2",
	}
}

func (v askingView) person(ctx context.Context, name, autocomplete, value string) ui.Control {
	return ui.Control{
		Name: name, Label: i18n.T(ctx, "pledge.partner."+name+".label"), Error: ui.MessageFor(ctx, v.Wrong, name), Values: []string{value}, Autocomplete: autocomplete,
	}
}

// facts say what is asked of whom.
func (v askingView) facts(ctx context.Context) []ui.Fact {
	q := v.question
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "pledge.partner.fact.named"), Values: notBlank(q.Name), Lang: "und"},
		{Term: i18n.T(ctx, "pledge.partner.fact.sent_to"), Values: []string{identity.MaskEmail(q.Email)}},
	}
	return append(facts, append(q.partFacts(ctx, v.sub.Lang), q.answerFacts(ctx)...)...)
}

// partnersView are the partners of a pledge, for its office or for the desk.
type partnersView struct {
	sub       workflow.Submission
	questions []asked
	back      map[string]bool
	now       time.Time
	// mayAsk says that the reader may send a question again.
	mayAsk bool
}

// askAgainPath is where a question is sent again, without the language.
func askAgainPath(q asked) string {
	return "/submissions/" + strconv.FormatInt(q.SubmissionID, 10) + "/partners/" + strconv.FormatInt(q.ID, 10)
}

// mayAskAgain says whether sending the question again makes sense.
func (v partnersView) mayAskAgain(q asked) bool {
	return v.mayAsk && q.State == PartnerAsked && q.UntilRevision == nil && !over(v.sub) && !q.AskedAt.After(v.now.Add(-24*time.Hour))
}

// state is where a question stands, in words and colour.
func (v partnersView) state(ctx context.Context, q asked) (string, ui.Tone) {
	switch {
	case q.State == PartnerAsked && v.back[q.Email]:
		return i18n.T(ctx, "pledge.partner.came_back"), ui.Bad
	case q.State == PartnerAsked && !q.ExpiresAt.After(v.now):
		return i18n.T(ctx, "pledge.partner.expired"), ui.Warn
	}
	return i18n.T(ctx, "pledge.partner.state."+string(q.State)), map[PartnerState]ui.Tone{
		PartnerAsked: ui.Sky, PartnerConfirmed: ui.Ok, PartnerAmended: ui.Ok, PartnerDeclined: ui.Bad, PartnerWithdrawn: ui.Bad,
	}[q.State]
}

// story says in one line what happened to a question.
func (v partnersView) story(ctx context.Context, q asked) []string {
	var lines []string
	switch {
	case q.State == PartnerWaiting:
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.waiting"))
	case q.AskedAt != nil:
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.asked", i18n.DayOf(ctx, *q.AskedAt), q.Email))
	}
	if q.RemindedAt != nil {
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.reminded", i18n.DayOf(ctx, *q.RemindedAt)))
	}
	switch {
	case q.AnsweredAt != nil && q.AnsweredBy != "":
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.answered", i18n.Instant(ctx, *q.AnsweredAt), q.AnsweredBy, q.AnsweredPosition))
	case q.AnsweredAt != nil:
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.answered_erased", i18n.Instant(ctx, *q.AnsweredAt)))
	case q.State == PartnerAsked && v.back[q.Email]:
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.came_back"))
	case q.State == PartnerAsked && q.ExpiresAt.After(v.now):
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.until", i18n.DayOf(ctx, *q.ExpiresAt)))
	}
	if q.UntilRevision != nil {
		lines = append(lines, i18n.T(ctx, "pledge.partner.story.removed"))
	}
	return lines
}
