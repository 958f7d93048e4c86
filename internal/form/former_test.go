package form_test

import (
	"context"
	"slices"
	"testing"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// retired is the sample with a category and an area that are used no more.
func retired() *form.Definition {
	budget := joint
	budget.Required = false
	budget.Former = func(context.Context, *gcm.Vocabulary) []form.Option {
		return []form.Option{{Value: "drones", Label: "Drones"}, {Value: "fax", Label: "Fax machines"}}
	}
	areas := form.Field{
		ID: "areas", Type: form.Choices, Options: categories,
		Former: func(context.Context, *gcm.Vocabulary) []form.Option {
			return []form.Option{{Value: "return", Label: "Return"}}
		},
	}
	return &form.Definition{Kind: "sample", Steps: []form.Step{
		{ID: "who", Fields: []form.Field{{ID: "organizations", Type: form.Group, Fields: []form.Field{{ID: "name", Type: form.Text}}}}},
		{ID: "money", Fields: []form.Field{budget}}, {ID: "areas", Fields: []form.Field{areas}},
	}}
}

// What is no longer an option stays in an answer, under its old name and counted, and is refused until it is replaced.
func TestAnswersOfFormerTimes(t *testing.T) {
	t.Parallel()
	d := retired()
	for name, c := range map[string]struct {
		answers form.Answers
		direct  int64 // of the first party, in cents
		lines   []string
		want    []string
	}{
		"an amount in a category of former times": {
			form.Answers{"budget.0.party": {"A"}, "budget.0.staff": {"10"}, "budget.0.drones": {"5"}}, 1500,
			[]string{"Staff", "Travel", "Drones (no longer used)"},
			[]string{"budget.0.drones “Drones” is no longer a category of the budget. Move what A has there to another category, or empty it."},
		},
		"moved to another":             {form.Answers{"budget.0.party": {"A"}, "budget.0.staff": {"15"}, "budget.0.drones": {""}}, 1500, []string{"Staff", "Travel"}, nil},
		"one that never was":           {form.Answers{"budget.0.party": {"A"}, "budget.0.rockets": {"5"}}, 0, []string{"Staff", "Travel"}, []string{"budget.0.rockets Move or empty the amounts of “A” in what is no longer a category."}},
		"an area of former times":      {form.Answers{"areas": {"staff", "return"}}, 0, []string{"Staff", "Travel"}, []string{"areas “Return” is no longer used. Take it out, and choose another one if need be."}},
		"an area that never was":       {form.Answers{"areas": {"moon"}}, 0, []string{"Staff", "Travel"}, []string{"areas Choose “⟦sample.field.areas.label⟧” from the options that the page offers."}},
		"areas and categories of now":  {form.Answers{"areas": {"staff"}, "budget.0.party": {"A"}, "budget.0.travel": {"1"}}, 100, []string{"Staff", "Travel"}, nil},
		"what is no amount there":      {form.Answers{"budget.0.party": {"A"}, "budget.0.fax": {"-5"}}, 0, []string{"Staff", "Travel", "Fax machines (no longer used)"}, []string{"budget.0.fax form.amount.negative"}},
		"another party has the amount": {form.Answers{"budget.0.party": {"B"}, "budget.0.fax": {"5"}}, 0, []string{"Staff", "Travel", "Fax machines (no longer used)"}, []string{"budget.0.fax Choose to whom the amounts of “B” belong, or empty them: the form no longer names it."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.answers["organizations.0.name"] = []string{"A"}
			f, _, _ := d.Field("budget")
			sheet := f.Sheet(t.Context(), c.answers, nil)
			var lines []string
			for _, o := range sheet.Categories {
				lines = append(lines, o.Label)
			}
			if got := int64(sheet.Direct(sheet.Parties[0])); got != c.direct || !slices.Equal(lines, c.lines) {
				t.Errorf("%d cents in %q, want %d in %q", got, lines, c.direct, c.lines)
			}
			var wrong []string
			for _, w := range d.Problems(c.answers, form.Env{}) {
				text := w.Key
				if len(w.Key) < 12 || w.Key[:12] != "form.amount." {
					text = i18n.T(t.Context(), w.Key, w.Args...)
				}
				wrong = append(wrong, w.Name+" "+text)
			}
			if !slices.Equal(wrong, c.want) {
				t.Errorf("wrong are\n%q\nwant\n%q", wrong, c.want)
			}
		})
	}
	areas, _, _ := d.Field("areas")
	if got := d.Labels(t.Context(), "", areas, []string{"return", "travel"}, nil); !slices.Equal(got, []string{"Travel", "Return (no longer used)"}) {
		t.Errorf("the labels are %q", got)
	}
}

// A bound that changes holds as it is at the moment.
func TestABoundThatChanges(t *testing.T) {
	t.Parallel()
	most := 5
	d := &form.Definition{Kind: "sample", Steps: []form.Step{{ID: "what", Fields: []form.Field{{ID: "text", Type: form.LongText, MaxNow: func() int { return most }}}}}}
	a := form.Answers{"text": {"123456"}}
	if wrong := d.Problems(a, form.Env{}); len(wrong) != 1 || wrong[0].Key != "form.too_long" {
		t.Errorf("six characters of five: %v", wrong)
	}
	if most = 6; len(d.Problems(a, form.Env{})) != 0 {
		t.Error("six characters of six are refused")
	}
}
