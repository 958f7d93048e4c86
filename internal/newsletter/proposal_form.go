package newsletter

import (
	"context"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// ProposalKind is the kind of submission by which an item is proposed, and the start of all keys of its texts.
const ProposalKind = "newsletter_item"

// NewProposalForm returns the definition of the proposal of an item (publishing.md, Newsletter).
func NewProposalForm() *form.Definition {
	return &form.Definition{Kind: ProposalKind, Steps: []form.Step{
		{ID: "words", Rules: versionRules, Fields: []form.Field{
			{ID: "versions", Type: form.Group, Required: true, Max: len(i18n.All), Fields: []form.Field{
				{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
				{ID: "title", Type: form.Text, Required: true, Max: MaxTitle},
				{ID: "text", Type: form.LongText, Required: true, Max: MaxText},
			}},
			{ID: "link", Type: form.URL},
		}},
		{ID: "readers", Rules: dayRules, Fields: []form.Field{
			{ID: "not_before", Type: form.Date},
			{ID: "themes", Type: form.Choices, Options: themeOptions},
			{ID: "regions", Type: form.Choices, Options: regionOptions},
			{ID: "sectors", Type: form.Choices, Options: sectorOptions},
		}},
	}}
}

func languageOptions(context.Context, *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, l := range i18n.All {
		all = append(all, form.Option{Value: string(l), Label: l.Name()})
	}
	return all
}

func themeOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, t := range v.Themes {
		all = append(all, form.Option{Value: strconv.Itoa(t.N), Label: t.Label(i18n.From(ctx))})
	}
	return all
}

// regionOptions leaves out the region for what is not tied to one.
func regionOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			all = append(all, form.Option{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return all
}

func sectorOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, s := range v.Sectors {
		all = append(all, form.Option{Value: s.ID, Label: s.Name(i18n.From(ctx))})
	}
	return all
}

// versionRules: there is one version a language.
func versionRules(a form.Answers, _ form.Env) (wrong []form.Wrong) {
	seen := map[string]bool{}
	for n := range a.Rows("versions") {
		lang := a.Row("versions", n).First("language")
		if lang != "" && seen[lang] {
			wrong = append(wrong, form.Wrong{Name: form.RowName("versions", n, "language"), Key: "newsletter_item.wrong.twice", Args: []any{i18n.Lang(lang).Name()}})
		}
		seen[lang] = true
	}
	return wrong
}

// mostMonths is how far ahead an item may be meant for.
const mostMonths = 12

// dayRules: nobody proposes for what is over or far away.
func dayRules(a form.Answers, env form.Env) []form.Wrong {
	day, given, ok, _ := form.DateOf(a, "not_before")
	if given && ok && env.Today.AddDays(mostMonths*31).Before(day) {
		return []form.Wrong{{Name: "not_before.day", Key: "newsletter_item.wrong.far", Args: []any{mostMonths}}}
	}
	return nil
}

// readProposal is the item that the answers describe.
func readProposal(a form.Answers) proposal {
	p := proposal{Link: a.First("link"), Themes: a.Ints("themes"), Regions: a.All("regions"), Sectors: a.All("sectors"), Texts: Texts{}}
	for n := range a.Rows("versions") {
		row := a.Row("versions", n)
		p.Texts[i18n.Lang(row.First("language"))] = Text{row.First("title"), row.First("text")}
	}
	if day, given, ok, _ := form.DateOf(a, "not_before"); given && ok {
		p.NotBefore = &day
	}
	return p
}
