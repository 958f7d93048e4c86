package form_test

import (
	"context"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/money"
)

func categories(_ context.Context, _ *gcm.Vocabulary) []form.Option {
	return []form.Option{{Value: "staff", Label: "Staff"}, {Value: "travel", Label: "Travel"}}
}

var joint = form.Field{ID: "budget", Type: form.Matrix, Required: true, Parties: "organizations.name", Options: categories, Rate: func() int { return 700 }}

var budgeted = &form.Definition{Kind: "sample", Steps: []form.Step{
	{ID: "who", Fields: []form.Field{{ID: "organizations", Type: form.Group, Fields: []form.Field{{ID: "name", Type: form.Text}}}}},
	{ID: "money", Fields: []form.Field{joint, {ID: "others", Type: form.Amount}}},
}}

func TestReadingAmounts(t *testing.T) {
	t.Parallel()
	step, _ := budgeted.Step("money")
	for name, c := range map[string]struct {
		lang   i18n.Lang
		posted url.Values
		want   form.Answers
	}{
		"kept plainly":             {i18n.English, url.Values{"others": {"1,000.50"}, "budget.0.party": {"A"}, "budget.0.staff": {"١٬٠٠٠"}}, form.Answers{"others": {"1000.50"}, "budget.0.party": {"A"}, "budget.0.staff": {"1000"}}},
		"by the language":          {i18n.Spanish, url.Values{"others": {"1.000"}}, form.Answers{"others": {"1000"}}},
		"not understood":           {i18n.French, url.Values{"others": {"1,000"}, "budget.0.party": {"A"}, "budget.0.staff": {"-5"}}, form.Answers{"others": {"1,000"}, "budget.0.party": {"A"}, "budget.0.staff": {"-5"}}},
		"without amounts no row":   {i18n.English, url.Values{"budget.0.party": {"A"}, "budget.0.staff": {" "}, "budget.1.party": {"1,000"}, "budget.1.staff": {"2"}}, form.Answers{"budget.0.party": {"1,000"}, "budget.0.staff": {"2"}}},
		"an unknown category":      {i18n.English, url.Values{"budget.0.party": {"A"}, "budget.0.gone": {"7"}}, form.Answers{"budget.0.party": {"A"}, "budget.0.gone": {"7"}}},
		"what is no category":      {i18n.English, url.Values{"budget.0.party": {"A"}, "budget.0.<b>": {"7"}, "budget.0.a.b": {"7"}, "budget.x.staff": {"7"}}, form.Answers{}},
		"an amount without a name": {i18n.English, url.Values{"budget.3.staff": {"7"}}, form.Answers{"budget.0.staff": {"7"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, _ := step.Read(c.posted, c.lang); !reflect.DeepEqual(got, c.want) {
				t.Errorf("read %q, want %q", got, c.want)
			}
			again, _ := step.Read(url.Values(c.want), i18n.Russian)
			if !reflect.DeepEqual(again, c.want) {
				t.Errorf("read again in another language %q, want %q", again, c.want)
			}
		})
	}
}

func TestWhatIsWrongWithAmounts(t *testing.T) {
	t.Parallel()
	step, _ := budgeted.Step("money")
	two := form.Answers{"organizations.0.name": {"A"}, "organizations.1.name": {"B"}}
	for name, c := range map[string]struct {
		answers form.Answers
		want    []string
	}{
		"nothing":            {form.Answers{}, []string{"budget sample.field.budget.missing"}},
		"all good":           {form.Answers{"budget.0.party": {"A"}, "budget.0.staff": {"1000"}, "others": {"0.50"}}, nil},
		"negative":           {form.Answers{"budget.0.party": {"B"}, "budget.0.travel": {"-1"}}, []string{"budget.0.travel form.amount.negative"}},
		"too large":          {form.Answers{"budget.0.party": {"B"}, "budget.0.travel": {"1000000000000000"}}, []string{"budget.0.travel form.amount.large"}},
		"read in two ways":   {form.Answers{"budget.0.party": {"A"}, "budget.0.staff": {"1,000"}, "others": {"1.000"}}, []string{"budget.0.staff form.amount.ambiguous", "others form.amount.ambiguous"}},
		"a party is gone":    {form.Answers{"budget.0.party": {"C"}, "budget.0.staff": {"5"}}, []string{"budget.0.staff form.matrix.party"}},
		"a category is gone": {form.Answers{"budget.0.party": {"A"}, "budget.0.gone": {"5"}, "budget.0.staff": {"5"}}, []string{"budget.0.gone form.matrix.category"}},
		"the name twice":     {form.Answers{"budget.0.party": {"A"}, "budget.0.staff": {"5"}, "budget.1.party": {"A"}, "budget.1.staff": {"6"}}, []string{"budget.1.staff form.matrix.party"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, w := range budgeted.StepProblems(step, form.Merge(two, c.answers), form.Env{}) {
				got = append(got, w.Name+" "+w.Key)
				for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
					if text := i18n.TL(l, w.Key, w.Args...); w.Key != "sample.field.budget.missing" && (text == "" || text[0] == '{') {
						t.Errorf("%s: %q", w.Key, text)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Amounts stay with their organization, whatever becomes of the others.
func TestAmountsFollowTheirParty(t *testing.T) {
	t.Parallel()
	a := form.Answers{
		"organizations.0.name": {"A"}, "organizations.1.name": {"B"}, "organizations.2.name": {"C"},
		"budget.0.party": {"A"}, "budget.0.staff": {"1"}, "budget.1.party": {"B"}, "budget.1.staff": {"2.50"}, "budget.1.travel": {"0.07"},
	}
	sheet := joint.Sheet(t.Context(), a.WithoutRow("organizations", 0), nil)
	if len(sheet.Parties) != 2 || sheet.Amount(sheet.Parties[0], "staff") != 250 || sheet.Direct(sheet.Parties[1]) != 0 || sheet.Parties[1].Row != 2 {
		t.Errorf("parties %v", sheet.Parties)
	}
	if len(sheet.Astray) != 1 || !sheet.Astray[0].Gone || sheet.Astray[0].Name != "A" {
		t.Errorf("astray %v", sheet.Astray)
	}
	b := sheet.Parties[0]
	if sheet.Direct(b) != 257 || sheet.Indirect(b) != 18 || sheet.Total(b) != 275 || sheet.All(sheet.Total) != 275 { // 7 % of 2.57 are 0.1799
		t.Errorf("%d + %d = %d", sheet.Direct(b), sheet.Indirect(b), sheet.Total(b))
	}
	if text := sheet.Text(b, "staff", i18n.French); text != money.Amount(250).Format(i18n.French) {
		t.Errorf("text %q", text)
	}
	if changes := budgeted.Compare(a, a.WithoutRow("organizations", 0)); len(changes) != 1 || changes[0].Field.ID != "organizations" {
		t.Errorf("changes %v", changes)
	}
}
