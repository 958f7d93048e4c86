package pledge

import (
	"context"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// answerPath is the page of a reminder's link, without the language.
func answerPath(token string) string { return "/t/report/" + token }

// reminderMail is what a reminder says.
type reminderMail struct {
	p     stands
	stage Stage
	token string
	until time.Time // the link works
	to    workflow.Recipient
	today date.Date
}

// text says when the report is due, or that it is late.
func (m reminderMail) text(ctx context.Context) string {
	if days := m.today.DaysUntil(m.p.NextReport); days >= 0 {
		return i18n.T(ctx, "pledge.mail.report_due.text", days, m.p.NextReport)
	}
	return i18n.T(ctx, "pledge.mail.report_due.text.late", m.p.NextReport)
}

func (m reminderMail) facts(ctx context.Context) []ui.Fact { return m.p.facts(ctx) }

// facts are what mails and pages say of a pledge that is reported on.
func (p stands) facts(ctx context.Context) []ui.Fact {
	return []ui.Fact{
		{Term: i18n.T(ctx, "pledge.partner.fact.pledge"), Values: []string{p.Title, p.PublicID}, Lang: p.Lang},
		{Term: i18n.T(ctx, "pledge.fact.status"), Values: []string{i18n.T(ctx, "pledge.status."+string(p.Status)), p.last(ctx)}},
	}
}

// toldMail is what a colleague is told.
type toldMail struct {
	Answering
	report    Report
	published bool
	to        workflow.Recipient
}

func (m toldMail) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "pledge.partner.fact.pledge"), Values: []string{m.Title, m.PublicID}, Lang: m.stands.Lang},
		{Term: i18n.T(ctx, "pledge.mail.report_told.status"), Values: []string{i18n.T(ctx, "pledge.status."+string(m.report.Status))}},
	}
	if !m.report.NextReport.IsZero() {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "pledge.fact.next_report"), Values: []string{i18n.Day(ctx, m.report.NextReport)}})
	}
	return facts
}

// answerView is the page of a reminder's link.
type answerView struct {
	Answering
	Token string
	today date.Date
	// Answer is what was typed, and Wrong what is wrong with it.
	Answer MailAnswer
	Wrong  []form.Wrong
	// langs are the languages that a text may be in.
	langs []form.Option
	// Told is what the page had said would become of the answer; "" for nothing.
	Told outcome
}

// fate is what becomes of an answer as things stand.
func (v answerView) fate() outcome {
	if v.trusted {
		return isPublic
	}
	return withDesk
}

func (v answerView) choices(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "answer", Label: i18n.T(ctx, "pledge.answer.label"), Error: ui.MessageFor(ctx, v.Wrong, "answer"), Values: []string{v.Answer.Choice}, Large: true,
		Mark: func(value string) string {
			if value == "done" || value == "withdrawn" {
				return ""
			}
			return "if-1"
		},
	}
	for _, choice := range MailChoices {
		one := ui.Choice{Value: choice, Label: i18n.T(ctx, "pledge.answer.choice."+choice), Hint: i18n.T(ctx, "pledge.answer.choice."+choice+".hint")}
		if choice == "no_change" && v.Status == NoStatus {
			one.Label, one.Hint = i18n.T(ctx, "pledge.answer.choice.not_begun"), i18n.T(ctx, "pledge.answer.choice.not_begun.hint")
		}
		c.Choices = append(c.Choices, one)
	}
	return c
}

func (v answerView) text(ctx context.Context) ui.Control {
	hint := "pledge.answer.text.hint"
	if v.Status == NoStatus {
		hint = "pledge.answer.text.hint.not_begun"
	}
	return ui.Control{
		Name: "text", Label: i18n.T(ctx, "pledge.answer.text.label"), Hint: i18n.T(ctx, hint), Error: ui.MessageFor(ctx, v.Wrong, "text"),
		Values: []string{v.Answer.Text}, Rows: 4, Max: MaxRemark, Length: form.Length(v.Answer.Text), Large: true,
	}
}

func (v answerView) language(ctx context.Context) ui.Control {
	c := ui.Control{Name: "language", Label: i18n.T(ctx, "pledge_update.field.language.label"), Error: ui.MessageFor(ctx, v.Wrong, "language"), Values: []string{v.Answer.Lang}}
	for _, o := range v.langs {
		c.Choices = append(c.Choices, ui.Choice{Value: o.Value, Label: o.Label})
	}
	return c
}

func (v answerView) next(ctx context.Context) ui.DateControl {
	d := ui.DateControl{Control: ui.Control{
		Name: "next", Label: i18n.T(ctx, "pledge.answer.next.label"), Hint: i18n.T(ctx, "pledge.answer.next.hint"), Optional: true, Class: "cond__more more-1",
	}, Day: v.Answer.Next.First("next.day"), Month: v.Answer.Next.First("next.month"), Year: v.Answer.Next.First("next.year")}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, "next."+part); message != "" {
			d.Error, d.Part = message, part
		}
	}
	return d
}

// typed are the words that a link which does nothing any more has not taken.
func (v answerView) typed() []string {
	if strings.TrimSpace(v.Answer.Text) == "" {
		return nil
	}
	return []string{v.Answer.Text}
}

// deadText says what became of the link.
func (v answerView) deadText(ctx context.Context) string {
	key := "pledge.answer.dead." + string(v.State) + ".text"
	switch v.State {
	case LinkUsed:
		if v.UsedAt != nil {
			return i18n.T(ctx, key, i18n.Instant(ctx, *v.UsedAt))
		}
		return i18n.T(ctx, key, i18n.Instant(ctx, v.by.At))
	case LinkAnswered:
		name := ui.PersonName(ctx, v.by.Name)
		switch {
		case v.by.Recorded:
			name = i18n.T(ctx, "pledge.recorded.secretariat")
		case v.by.Name == "":
			name = v.OfficeName
		}
		return i18n.T(ctx, key, name, i18n.Instant(ctx, v.by.At))
	case LinkExpired:
		return i18n.T(ctx, key, i18n.DayOf(ctx, v.Until))
	}
	return i18n.T(ctx, key)
}
