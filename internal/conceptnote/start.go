package conceptnote

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// askView is one question before a note is begun.
type askView struct {
	Eligibility
	Question Question
	// Again says that it was answered before.
	Again         bool
	Configuration *Configuration
	Vocabulary    *gcm.Vocabulary
	Pages         Pages
	Wrong         []problem.Field
	// Concerned are the Resident Coordinators of the countries, where they are asked for; else nil.
	Concerned *concerned
}

// key is the start of the question's texts.
func (v askView) key() string { return "concept_note.start." + string(v.Question) }

// path is the page's own, with the answers and the question that it shows.
func (v askView) path() string {
	q := v.Values()
	if v.Again {
		q.Set(atName, string(v.Question))
	}
	return ui.WithQuery(StartPath, q)
}

// at is the address at which a question is answered again; the answers to the others stay.
func (v askView) at(q Question) string {
	values := v.Values()
	values.Set(atName, string(q))
	return ui.WithQuery(StartPath, values)
}

// place is where the question stands among all, from 1.
func (v askView) place() int { return slices.Index(Questions, v.Question) + 1 }

// before is the question before this one; "" before the first.
func (v askView) before() Question {
	if n := v.place(); n > 1 {
		return Questions[n-2]
	}
	return ""
}

// others are the answers that the form carries along.
func (v askView) others() url.Values {
	q := v.Values()
	q.Del(string(v.Question))
	return q
}

func (v askView) control(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: string(v.Question), Label: i18n.T(ctx, v.key()+".label"), Hint: i18n.T(ctx, v.key()+".hint", v.Configuration.Duration.Least, v.Configuration.Duration.Most),
		Error: ui.MessageFor(ctx, v.Wrong, string(v.Question)), Values: v.of(v.Question), Large: true,
	}
	for _, value := range v.Question.choices() {
		c.Choices = append(c.Choices, ui.Choice{Value: value, Label: i18n.T(ctx, v.key()+".option."+value)})
	}
	switch v.Question {
	case Countries:
		for _, o := range countryOptions(ctx, v.Vocabulary) {
			c.Choices = append(c.Choices, ui.Choice{Value: o.Value, Label: o.Label})
		}
	case Duration:
		c.InputMode, c.Width = "numeric", "w-4"
	}
	return c
}

// unusual is the remark on the duration; nil for none.
func (v askView) unusual() *remark { return v.Configuration.unusual(v.Months) }

// answers are all answers, each with where it is changed.
func (v askView) answers(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	for _, q := range Questions {
		fact := ui.Fact{Term: i18n.T(ctx, "concept_note.start."+string(q)+".term"), Change: ui.Href(ctx, v.at(q))}
		switch q {
		case Countries:
			fact.Values = []string{i18n.List(ctx, v.Vocabulary.CountryNames(i18n.From(ctx), v.Countries))}
		case Duration:
			n, _ := Months(v.Months)
			fact.Values = []string{i18n.T(ctx, "concept_note.start.months.value", n)}
		default:
			fact.Values = []string{i18n.T(ctx, "concept_note.start."+string(q)+".option."+v.of(q)[0])}
		}
		facts = append(facts, fact)
	}
	return facts
}

// startView is the page on which a note is begun, when nothing stands in the way.
type startView struct {
	askView
	Posts []identity.Post
	// Office is as chosen.
	Office string
	// AnswerDays is within how many working days the desk answers.
	AnswerDays int
}

// needed is what one should have at hand, by the ends of the keys.
var needed = []string{"organizations", "governments", "budget", "results", "risks", "markers", "contacts", "signers"}

// officeControl is the question for the office, where there is more than one.
func (v startView) officeControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "office", Label: i18n.T(ctx, "concept_note.start.office.label"), Hint: i18n.T(ctx, "concept_note.start.office.hint"), Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: []string{v.Office}, Large: true}
	for _, p := range v.Posts {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
	}
	return c
}

// signIn is the address of the sign-in page that leads back here, with the answers.
func (v startView) signIn(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(v.Pages.SignIn, url.Values{"next": {ui.Href(ctx, v.path())}}))
}

// hidden are values in the order in which a form carries them along.
func hidden(q url.Values) []ui.Hidden {
	var all []ui.Hidden
	for _, question := range Questions {
		for _, value := range q[string(question)] {
			all = append(all, ui.Hidden{Name: string(question), Value: value})
		}
	}
	return all
}
