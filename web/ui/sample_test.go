package ui_test

import (
	"context"
	"io"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

type templWriter = io.Writer

// vocabulary is that of the reference data.
var vocabulary = gcm.Reference()

var areas = ui.AreasOf(vocabulary)

func objectives(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, o := range v.Objectives {
		all = append(all, form.Option{Value: strconv.Itoa(o.N), Label: o.Label(i18n.From(ctx))})
	}
	return all
}

func principles(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, p := range v.Principles {
		all = append(all, form.Option{Value: strconv.Itoa(p.N), Label: p.Name(i18n.From(ctx))})
	}
	return all
}

// countries are few in the golden files, so that these can be read.
func countries(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, c := range v.Countries(i18n.From(ctx))[:30] {
		all = append(all, form.Option{Value: c.ISO2, Label: c.Name(i18n.From(ctx))})
	}
	return all
}

// sample is a form with every type of question. Its texts are not in the catalogue: the pages show their keys.
var sample = &form.Definition{Kind: "sample", Steps: []form.Step{
	{ID: "what", Fields: []form.Field{
		{ID: "title", Type: form.Text, Required: true, Long: 20},
		{ID: "natures", Type: form.Choices, Required: true, Values: []string{"policy", "financial", "other"}},
		{ID: "amount", Type: form.Number, Required: true, When: &form.When{Field: "natures", Is: []string{"financial"}}},
		{ID: "receipt", Type: form.Choice, Required: true, Values: []string{"yes", "no"}, When: &form.When{Field: "natures", Is: []string{"financial"}}},
		{ID: "receipt_link", Type: form.URL, When: &form.When{Field: "receipt", Is: []string{"yes"}}},
		{ID: "other", Type: form.Text, When: &form.When{Field: "natures", Is: []string{"other"}}},
		{ID: "objectives", Type: form.Objectives, Required: true, Max: 3, Options: objectives},
		{ID: "principles", Type: form.Choices, Options: principles},
		{ID: "countries", Type: form.Choices, Options: countries},
		{ID: "country", Type: form.Select, Options: countries},
		{ID: "text", Type: form.LongText, Required: true, Min: 300, Max: 3000},
		{ID: "due", Type: form.Date, Required: true, Future: true},
	}},
	{ID: "rest", Fields: []form.Field{
		{ID: "contact", Type: form.Email, Required: true, Private: true, Autocomplete: "email"},
		{ID: "mirror", Type: form.Check},
		{ID: "indicators", Type: form.Group, Required: true, Max: 3, Fields: []form.Field{
			{ID: "what", Type: form.Text, Required: true}, {ID: "target", Type: form.Number}, {ID: "by", Type: form.Date}, {ID: "how", Type: form.LongText}, {ID: "who", Type: form.Email, Private: true},
		}},
		{ID: "files", Type: form.Files, Max: 10},
	}},
}}

var sampleAnswers = form.Answers{
	"title":        {"Register every child born to migrant parents"},
	"natures":      {"policy", "financial"},
	"amount":       {"1,000"},
	"receipt":      {"yes"},
	"receipt_link": {"javascript:alert(1)"},
	"objectives":   {"7", "4"},
	"countries":    {"BD", "BR", "zz"},
	"country":      {"AO"},
	"text":         {"We will place a registrar in each of the posts.\n\n- on the day\n- <b>free</b>"},
	"due.day":      {"31"}, "due.month": {"2"}, "due.year": {"2027"},
	"contact":           {"a.d@example.org"},
	"mirror":            {"yes"},
	"indicators.0.what": {"Births"}, "indicators.0.target": {"3000"}, "indicators.0.by.day": {"1"}, "indicators.0.by.month": {"6"}, "indicators.0.by.year": {"2027"}, "indicators.0.who": {"x@example.org"},
	"indicators.1.what": {"Posts"},
}

// sampleStep is a step with every type of question, some answered wrongly.
func sampleStep(ctx context.Context) ui.StepForm {
	step := sample.Steps[0]
	step.Fields = append(append([]form.Field{}, step.Fields...), sample.Steps[1].Fields...)
	return ui.StepForm{
		Definition: sample, Vocabulary: vocabulary, Step: step, Answers: sampleAnswers, Action: "/en/submissions/17/steps/what", Version: 4,
		Wrong: []form.Wrong{
			{Name: "natures", Key: "form.option", Args: []any{"natures"}},
			{Name: "objectives", Key: "form.options.too_many", Args: []any{"objectives", 3, 4}},
			{Name: "text", Key: "form.too_short", Args: []any{"text", 300, 80}},
			{Name: "due.month", Key: "form.date.month", Args: []any{"due"}},
			{Name: "indicators.1.target", Key: "form.number", Args: []any{"target"}},
		},
		Files:  map[string][]ui.FileItem{"files": {{Name: "Decree <2026>.pdf", Facts: ui.FileFacts(ctx, "PDF", 317_440), Remove: "unfile:9"}}},
		Accept: ".pdf", MaxBytes: 25 << 20, MaxFiles: 10,
		Notes: map[string][]string{"title": {"Which district?"}},
		Lang:  "en", Autosave: true, Saved: "09:42 Geneva time",
	}
}

// sampleFilled is the same form, to be read.
func sampleFilled(ctx context.Context) ui.Filled {
	return ui.Filled{
		Definition: sample, Vocabulary: vocabulary, Answers: sampleAnswers, Lang: "en",
		Files: map[string][]ui.FileItem{"files": {{Name: "Decree.pdf", Href: "/files/9", Facts: ui.FileFacts(ctx, "PDF", 317_440)}}},
	}
}
