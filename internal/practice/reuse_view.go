package practice

import (
	"context"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// reusesPath is the list of a practice's reuses, without the language.
func reusesPath(publicID string) string { return Path(publicID) + "/reuses" }

// reusePath is the page of a reuse for those who have to do with it, without the language.
func reusePath(publicID string, id int64) string {
	return reusesPath(publicID) + "/" + strconv.FormatInt(id, 10)
}

// reuseMail is a mail about a reuse.
type reuseMail struct {
	ReuseCase
	to                     workflow.Recipient
	kind, subject, country string
}

// why says why the reader gets the mail.
func (m reuseMail) why(ctx context.Context) string {
	if m.RecorderID != nil && *m.RecorderID == m.to.ID {
		return i18n.T(ctx, "practice.mail.why.recorder")
	}
	return i18n.T(ctx, "practice.mail.why", m.Practice.OfficeName)
}

func (m reuseMail) facts(ctx context.Context) []ui.Fact { return m.ReuseCase.facts(ctx, m.country) }

// facts are what mails and pages say of a reuse; country is its country's name.
func (c ReuseCase) facts(ctx context.Context, country string) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "practice.living.practice"), Values: []string{c.Practice.Title, c.Practice.PublicID}, Lang: c.Practice.Lang},
		{Term: i18n.T(ctx, "practice.reuse.field.organization"), Values: []string{c.Organization}, Lang: "und"},
		{Term: i18n.T(ctx, "practice.reuse.field.country"), Values: []string{country}},
		{Term: i18n.T(ctx, "practice.reuse.field.year"), Values: []string{strconv.Itoa(c.Year)}},
	}
	if c.Link != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.reuse.field.link"), Values: []string{c.Link}, Lang: "und"})
	}
	return facts
}

// reuseFormView is the page on which a reuse is recorded.
type reuseFormView struct {
	Record
	Own        bool
	Typed      NewReuse
	Wrong      []form.Wrong
	Vocabulary *gcm.Vocabulary
	langs      []form.Option
}

func (v reuseFormView) text(ctx context.Context, name, value string, most int) ui.Control {
	c := ui.Control{
		Name: name, Label: i18n.T(ctx, "practice.reuse.field."+name), Hint: i18n.T(ctx, "practice.reuse.field."+name+".hint"), Error: ui.MessageFor(ctx, v.Wrong, name),
		Values: []string{value}, Optional: name == "link",
	}
	if most > 0 {
		c.Rows, c.Max, c.Length = 5, most, form.Length(value)
	}
	return c
}

func (v reuseFormView) country(ctx context.Context) ui.Control {
	c := ui.Control{Name: "country", Label: i18n.T(ctx, "practice.reuse.field.country"), Error: ui.MessageFor(ctx, v.Wrong, "country"), Values: []string{v.Typed.Country}}
	c.Choices = append(c.Choices, ui.Choice{Label: i18n.T(ctx, "practice.reuse.field.country.choose")})
	for _, one := range v.Vocabulary.Countries(i18n.From(ctx)) {
		c.Choices = append(c.Choices, ui.Choice{Value: one.ISO2, Label: one.Name(i18n.From(ctx))})
	}
	return c
}

func (v reuseFormView) language(ctx context.Context) ui.Control {
	return languageOf(ctx, "language", i18n.T(ctx, "practice.reuse.field.language"), v.Typed.Lang, v.langs, v.Wrong, "")
}

// reuseCaseView is the page of a reuse for those who have to do with it.
type reuseCaseView struct {
	ReuseCase
	Answer, Reason string
	Wrong          []form.Wrong
	Vocabulary     *gcm.Vocabulary
}

func (v reuseCaseView) answers(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "answer", Label: i18n.T(ctx, "practice.reuse.answer"), Error: ui.MessageFor(ctx, v.Wrong, "answer"), Values: []string{v.Answer},
		Mark: func(value string) string {
			if value == string(ReuseRefused) {
				return "if-1"
			}
			return ""
		},
	}
	for _, s := range []ReuseState{ReuseConfirmed, ReuseRefused} {
		c.Choices = append(c.Choices, ui.Choice{Value: string(s), Label: i18n.T(ctx, "practice.reuse.answer."+string(s)), Hint: i18n.T(ctx, "practice.reuse.answer."+string(s)+".hint")})
	}
	return c
}

func (v reuseCaseView) reason(ctx context.Context, class string) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "practice.reuse.reason"), Hint: i18n.T(ctx, "practice.reuse.reason.hint"), Error: ui.MessageFor(ctx, v.Wrong, "reason"),
		Values: []string{v.Reason}, Rows: 3, Max: MaxReason, Length: form.Length(v.Reason), Class: class,
	}
}

// reusesView is a list of confirmed reuses.
type reusesView struct {
	Record
	Reuses
	Page       int
	Vocabulary *gcm.Vocabulary
}

func (v reusesView) pages() int { return (v.Total + ReusesPerPage - 1) / ReusesPerPage }

func (v reusesView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "practice.reuse.pages"), Page: v.Page, Pages: v.pages(), Href: func(page int) string {
		return ui.Href(ctx, reusesPath(v.PublicID)+"?page="+strconv.Itoa(page))
	}}
}

// countries names those in which the practice was reused.
func (r Reuses) countries(ctx context.Context, v *gcm.Vocabulary) string {
	return i18n.List(ctx, v.CountryNames(i18n.From(ctx), r.Countries))
}

// line is where and when, in short.
func (r Reuse) line(ctx context.Context, v *gcm.Vocabulary) string {
	return strings.Join([]string{v.CountryName(i18n.From(ctx), r.Country), strconv.Itoa(r.Year)}, ", ")
}
