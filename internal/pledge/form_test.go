package pledge_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/pledge"
)

// seeded returns the vocabulary as the migrations seed it, loaded once for all tests.
func seeded(t testing.TB) *gcm.Vocabulary {
	t.Helper()
	seed.once.Do(func() { seed.vocabulary, seed.err = gcm.Load(context.Background(), dbtest.New(t).Read()) })
	if seed.err != nil {
		t.Fatal(seed.err)
	}
	return seed.vocabulary
}

var seed struct {
	once       sync.Once
	vocabulary *gcm.Vocabulary
	err        error
}

var today = date.New(2026, time.November, 24)

// complete are the answers of a pledge that can be handed in.
func complete() form.Answers {
	return form.Answers{
		"on_behalf": {"own"}, "category": {"member_state"},
		"contact_name": {"Wanjiru Kamau"}, "contact_position": {"Director"}, "contact_email": {"contact.marker@example.org"},
		"second_name": {"Otieno Odhiambo"}, "second_email": {"second.marker@example.org"},
		"scope": {"countries"}, "countries": {"KE", "UG"}, "locality": {"Busia"},
		"language": {"en"}, "title": {"Fair recruitment for every worker"}, "type": {"individual"},
		"natures":    {"policy_oriented", "process_oriented"},
		"objectives": {"6"}, "related": {"5", "6", "14"}, "principles": {"1", "4"},
		"description":       {strings.Repeat("We will license every private employment agency anew. ", 8)},
		"indicators.0.what": {"Workers who report paying no fee"}, "indicators.0.baseline": {"38"}, "indicators.0.target": {"95"}, "indicators.0.unit": {"per cent"},
		"indicators.0.due.day": {"31"}, "indicators.0.due.month": {"12"}, "indicators.0.due.year": {"2028"},
		"milestones.0.what": {"The bond is law"}, "milestones.0.due.day": {"1"}, "milestones.0.due.month": {"6"}, "milestones.0.due.year": {"2027"},
	}
}

// with returns the complete answers with some changed; a name without values is taken out.
func with(changes form.Answers) form.Answers {
	a := complete()
	for name, values := range changes {
		if len(values) == 0 {
			delete(a, name)
			continue
		}
		a[name] = values
	}
	return a
}

// day are the three controls of a day.
func day(name, d, m, y string) form.Answers {
	return form.Answers{name + ".day": {d}, name + ".month": {m}, name + ".year": {y}}
}

func both(a, b form.Answers) form.Answers {
	c := maps.Clone(a)
	maps.Copy(c, b)
	return c
}

// letters is a text of n characters as a person counts them, in a script where each is more than one code point.
func letters(n int) string { return strings.Repeat("e\u0301", n) }

func TestRulesOfTheForm(t *testing.T) {
	t.Parallel()
	v := seeded(t)
	lookup := func(id string) bool { return id == "GCM-P-0012" }
	money := form.Answers{"natures": {"financial_contribution"}}
	common := form.Answers{"type": {"common"}, "partners.0.name": {"Uganda"}, "partners.0.country": {"UG"}, "partners.0.email": {"uganda@example.org"}}
	matching := func(typed ...string) form.Answers { return form.Answers{"type": {"matching"}, "matches": typed} }
	version := form.Answers{"versions.0.language": {"ar"}, "versions.0.title": {"استقدام عادل"}, "versions.0.description": {"نص"}}
	for _, c := range []struct {
		name    string
		changes form.Answers
		want    []string // control and key of each problem
	}{
		{"a complete pledge", nil, nil},
		{"nobody said whose pledge it is", form.Answers{"on_behalf": nil}, []string{"on_behalf pledge.field.on_behalf.missing"}},
		{"on behalf of nobody in no capacity", form.Answers{"on_behalf": {"other"}}, []string{"entity pledge.field.entity.missing", "capacity pledge.field.capacity.missing"}},
		{"another category without a word", form.Answers{"category": {"other"}}, []string{"category_other pledge.field.category_other.missing"}},
		{"a category that does not exist", form.Answers{"category": {"empire"}}, []string{"category form.option"}},
		{"a second contact without an address", form.Answers{"second_email": nil}, []string{"second_email pledge.wrong.second_email"}},
		{"a second address without a name", form.Answers{"second_name": nil}, []string{"second_name pledge.wrong.second_name"}},
		{"no second contact at all", form.Answers{"second_name": nil, "second_email": nil}, nil},
		{"an address that is none", form.Answers{"contact_email": {"kamau at example"}}, []string{"contact_email form.email"}},
		{"no country", form.Answers{"countries": nil}, []string{"countries pledge.field.countries.missing"}},
		{"an unknown country", form.Answers{"countries": {"KE", "ZZ"}}, []string{"countries form.option"}},
		{"worldwide needs no country", form.Answers{"scope": {"global"}, "countries": nil}, nil},
		{"a title above 255 characters is only long", form.Answers{"title": {letters(256)}}, nil},
		{"no language", form.Answers{"language": nil}, []string{"language pledge.field.language.missing"}},
		{"a mirror without a reference", form.Answers{"mirror": {"yes"}}, nil},
		{"a matching pledge that matches nothing", matching(), []string{"matches pledge.field.matches.missing"}},
		{"a matching ID that does not exist", matching("GCM-P-0999"), []string{"matches pledge.wrong.matches.unknown"}},
		{"a matching ID as somebody types it", matching("gcm p 12"), nil},
		{"words where an ID is asked", matching("fair recruitment"), []string{"matches pledge.wrong.matches.form"}},
		{"what was typed there once, in a pledge that matches nothing", form.Answers{"matches": {"nonsense"}}, nil},
		{"a common pledge without partners", form.Answers{"type": {"common"}}, []string{"partners.0.name pledge.field.partners.missing"}},
		{"a common pledge", common, nil},
		{"a partner without an address", both(common, form.Answers{"partners.0.email": {" "}}), []string{"partners.0.email pledge.field.partners.email.missing"}},
		{"a partner named twice", both(common, form.Answers{"partners.1.name": {"UGANDA"}, "partners.1.email": {"Uganda@example.org"}}), []string{"partners.1.name pledge.wrong.partner_twice"}},
		{"partners of an individual pledge are not asked for", form.Answers{"partners.0.name": {""}, "partners.0.email": {"x"}}, nil},
		{"no nature", form.Answers{"natures": nil}, []string{"natures pledge.field.natures.missing"}},
		{"another nature without a word", form.Answers{"natures": {"other"}}, []string{"nature_other pledge.field.nature_other.missing"}},
		{"a contribution of which nothing is known yet", money, nil},
		{"an amount without a currency", both(money, form.Answers{"amount": {"1,200,000"}}), []string{"currency pledge.wrong.amount_without_currency"}},
		{"a currency without an amount", both(money, form.Answers{"currency": {"KES"}}), []string{"amount pledge.wrong.currency_without_amount"}},
		{"an amount in Arabic-Indic digits", both(money, form.Answers{"amount": {"١٢٠٠٠"}, "currency": {"EGP"}}), nil},
		{"an amount of nought", both(money, form.Answers{"amount": {"0"}, "currency": {"KES"}}), []string{"amount pledge.wrong.amount_zero"}},
		{"an amount below nought", both(money, form.Answers{"amount": {"−5"}, "currency": {"KES"}}), []string{"amount pledge.wrong.amount_zero"}},
		{"an amount in words", both(money, form.Answers{"amount": {"a lot"}, "currency": {"KES"}}), []string{"amount form.number"}},
		{"a currency that does not exist", both(money, form.Answers{"amount": {"5"}, "currency": {"XYZ"}}), []string{"currency form.option"}},
		{"a contribution that ends before it begins", both(money, both(day("period_from", "1", "6", "2027"), day("period_until", "31", "5", "2027"))), []string{"period_until.day pledge.wrong.period"}},
		{"a contribution of one day", both(money, both(day("period_from", "1", "6", "2027"), day("period_until", "1", "6", "2027"))), nil},
		{"an amount that is no longer asked for", form.Answers{"amount": {"5"}}, nil},
		{"no objective", form.Answers{"objectives": nil}, []string{"objectives pledge.field.objectives.missing"}},
		{"three main objectives", form.Answers{"objectives": {"6", "7", "8"}}, nil},
		{"four main objectives", form.Answers{"objectives": {"6", "7", "8", "9"}}, []string{"objectives pledge.wrong.objectives"}},
		{"an objective that does not exist", form.Answers{"objectives": {"24"}}, []string{"objectives form.option"}},
		{"no principle", form.Answers{"principles": nil}, []string{"principles pledge.field.principles.missing"}},
		{"299 characters", form.Answers{"description": {letters(299)}}, []string{"description form.too_short"}},
		{"300 characters", form.Answers{"description": {letters(300)}}, nil},
		{"3,000 characters", form.Answers{"description": {letters(3000)}}, nil},
		{"3,001 characters", form.Answers{"description": {letters(3001)}}, []string{"description form.too_long"}},
		{"no indicator", form.Answers{"indicators.0.what": nil, "indicators.0.baseline": nil, "indicators.0.target": nil, "indicators.0.unit": nil,
			"indicators.0.due.day": nil, "indicators.0.due.month": nil, "indicators.0.due.year": nil}, []string{"indicators.0.what pledge.field.indicators.missing"}},
		{"an indicator without a target", form.Answers{"indicators.0.target": nil}, []string{"indicators.0.target pledge.field.indicators.target.missing"}},
		{"a deadline in the past", day("indicators.0.due", "23", "11", "2026"), []string{"indicators.0.due.day form.date.past"}},
		{"a deadline today", day("indicators.0.due", "24", "11", "2026"), nil},
		{"a milestone in the past", day("milestones.0.due", "1", "1", "2020"), []string{"milestones.0.due.day form.date.past"}},
		{"a day that no month has", day("milestones.0.due", "31", "2", "2028"), []string{"milestones.0.due.day form.date.day"}},
		{"another language", version, nil},
		{"another language that is the same", both(version, form.Answers{"versions.0.language": {"en"}}), []string{"versions.0.language pledge.wrong.version_original"}},
		{"the same other language twice", both(version, form.Answers{"versions.1.language": {"ar"}, "versions.1.title": {"ب"}, "versions.1.description": {"ج"}}), []string{"versions.1.language pledge.wrong.version_twice"}},
		{"another language without its name", both(version, form.Answers{"versions.0.title": {""}}), []string{"versions.0.title pledge.field.versions.title.missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, w := range pledge.NewForm(lookup).Problems(with(c.changes), form.Env{Vocabulary: v, Today: today}) {
				got = append(got, w.Name+" "+w.Key)
				for _, l := range i18n.Offered() {
					if text := i18n.TL(l, w.Key, w.Args...); strings.ContainsAny(text, "⟦{") {
						t.Errorf("in %s the message reads %q", l, text)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("problems %q, want %q", got, c.want)
			}
		})
	}
}

func TestFormHasItsTextsInEveryOfferedLanguage(t *testing.T) {
	t.Parallel()
	d := pledge.NewForm(nil)
	v := seeded(t)
	for _, l := range i18n.Offered() {
		ctx := i18n.WithLang(context.Background(), l)
		need := func(key string) {
			if !i18n.Has(l, key) {
				t.Errorf("%s has no %s", l, key)
			}
		}
		var check func(group string, fields []form.Field)
		check = func(group string, fields []form.Field) {
			for _, f := range fields {
				need(d.Key(group, f) + ".label")
				if f.Required && f.Type != form.Files {
					need(d.Key(group, f) + ".missing")
				}
				if f.Type == form.Group {
					need(d.Key("", f) + ".row")
					need(d.Key("", f) + ".add")
					check(f.ID, f.Fields)
				}
				for _, o := range d.OptionsOf(ctx, group, f, v) {
					if o.Label == "" || strings.Contains(o.Label, "⟦") {
						t.Errorf("%s: option %s of %s is called %q", l, o.Value, f.ID, o.Label)
					}
				}
			}
		}
		for _, s := range d.Steps {
			need(d.StepKey(s) + ".title")
			if n := len(s.Fields); n > 7 {
				t.Errorf("step %s asks %d questions at once", s.ID, n)
			}
			check("", s.Fields)
		}
		for _, part := range []string{"title", "text", "label", "missing"} {
			need("pledge.declaration." + part)
		}
	}
}

func TestContactsArePrivate(t *testing.T) {
	t.Parallel()
	a := with(form.Answers{"type": {"common"}, "partners.0.name": {"Uganda"}, "partners.0.email": {"partner.marker@example.org"}})
	public := pledge.NewForm(nil).Public(a)
	for name, values := range public {
		if strings.Contains(strings.Join(values, " "), "@") || strings.HasPrefix(name, "contact_") || strings.HasPrefix(name, "second_") {
			t.Errorf("%s is public: %q", name, values)
		}
	}
	if public.First("partners.0.name") != "Uganda" || public.First("title") == "" {
		t.Errorf("what is public has gone: %v", public)
	}
}

// What is wrong in two rows of a group is told apart.
func TestMessagesOfAGroupNameTheRow(t *testing.T) {
	t.Parallel()
	d := pledge.NewForm(nil)
	step, _ := d.Step("partners")
	wrong := d.Wrong(step, with(form.Answers{
		"type": {"common"}, "partners.0.name": {"Uganda"}, "partners.0.email": {"none"}, "partners.1.name": {"Cali"}, "partners.1.email": {"none either"},
	}), form.Env{Today: today, Vocabulary: seeded(t)})
	var got []string
	for _, w := range wrong {
		got = append(got, i18n.TL(i18n.English, w.Key, w.Args...))
	}
	want := []string{"Enter “Partner 1, Contact e-mail” as one e-mail address, for example name@example.org.", "Enter “Partner 2, Contact e-mail” as one e-mail address, for example name@example.org."}
	if !slices.Equal(got, want) {
		t.Errorf("the messages are %q, want %q", got, want)
	}
}
