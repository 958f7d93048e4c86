package pledge_test

import (
	"reflect"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/pledge"
)

func TestReadAPledge(t *testing.T) {
	t.Parallel()
	v := seeded(t)
	filer := pledge.Filer{Office: "Ministry of Labour", Country: "KE"}
	money := form.Answers{"natures": {"financial_contribution", "policy_oriented"}}
	for _, c := range []struct {
		name    string
		changes form.Answers
		look    func(p pledge.Pledge) any
		want    any
	}{
		{"the office pledges itself", nil, func(p pledge.Pledge) any { return []string{p.Entity, p.Country, p.Office, p.Capacity} },
			[]string{"Ministry of Labour", "KE", "", ""}},
		{"on behalf of an alliance, whose country is not the office's",
			form.Answers{"on_behalf": {"other"}, "entity": {"Alliance of Ports"}, "capacity": {"its secretariat"}, "category": {"private-sector"}},
			func(p pledge.Pledge) any { return []string{p.Entity, p.Country, p.Office, p.Capacity} },
			[]string{"Alliance of Ports", "", "Ministry of Labour", "its secretariat"}},
		{"a mission for its own State", form.Answers{"on_behalf": {"other"}, "entity": {"Ministry of Health"}, "capacity": {"permanent mission"}},
			func(p pledge.Pledge) any { return []string{p.Entity, p.Country} }, []string{"Ministry of Health", "KE"}},
		{"an entity that was typed once counts no more", form.Answers{"entity": {"Alliance of Ports"}},
			func(p pledge.Pledge) any { return p.Entity }, "Ministry of Labour"},
		{"other words of a category that is not Other are left out", form.Answers{"category_other": {"a museum"}},
			func(p pledge.Pledge) any { return p.CategoryOther }, ""},
		{"regions are those of the countries", form.Answers{"countries": {"KE", "EG"}},
			func(p pledge.Pledge) any { return p.Regions }, v.RegionsOf([]string{"KE", "EG"})},
		{"regions as chosen", form.Answers{"regions": {"asia_pacific", "africa"}},
			func(p pledge.Pledge) any { return p.Regions }, []string{"africa", "asia_pacific"}},
		{"worldwide", form.Answers{"scope": {"global"}}, func(p pledge.Pledge) any { return []any{p.Global, len(p.Countries), p.Regions[0]} }, []any{true, 0, "global"}},
		{"a country sent twice counts once", form.Answers{"countries": {"UG", "KE", "UG"}},
			func(p pledge.Pledge) any { return p.Countries }, []string{"UG", "KE"}},
		{"an objective sent twice counts once", form.Answers{"objectives": {"6", "6"}}, func(p pledge.Pledge) any { return p.Objectives }, []int{6}},
		{"a main objective is not also related", nil, func(p pledge.Pledge) any { return p.Related }, []int{5, 14}},
		{"the pledge that it matches, in one spelling", form.Answers{"type": {"matching"}, "matches": {"gcm-p-12"}},
			func(p pledge.Pledge) any { return p.Matches }, "GCM-P-0012"},
		{"an individual pledge matches nothing", form.Answers{"matches": {"GCM-P-0012"}}, func(p pledge.Pledge) any { return p.Matches }, ""},
		{"partners, none of them confirmed", form.Answers{"type": {"in_partnership"}, "partners.0.name": {"Uganda"}, "partners.0.country": {"UG"}, "partners.0.part": {"Trains"}},
			func(p pledge.Pledge) any { return p.Partners }, []pledge.Partner{{Name: "Uganda", Country: "UG", Part: "Trains"}}},
		{"natures in the order of the form", money, func(p pledge.Pledge) any { return p.Natures }, []pledge.Nature{pledge.PolicyOriented, pledge.FinancialContribution}},
		{"money of which nothing is said", money, func(p pledge.Pledge) any { return p.Money }, (*pledge.Money)(nil)},
		{"money", both(money, both(day("period_from", "1", "1", "2027"), form.Answers{"amount": {"1 200 000,50"}, "currency": {"EUR"}, "recipient": {"the Fund"}})),
			func(p pledge.Pledge) any { return *p.Money }, pledge.Money{Amount: "1200000.5", Currency: "EUR", From: date.New(2027, time.January, 1), Recipient: "the Fund"}},
		{"money of a pledge that is not financial", form.Answers{"amount": {"5"}, "currency": {"EUR"}}, func(p pledge.Pledge) any { return p.Money }, (*pledge.Money)(nil)},
		{"indicators", nil, func(p pledge.Pledge) any { return p.Indicators }, []pledge.Indicator{
			{What: "Workers who report paying no fee", Baseline: "38", Target: "95", Unit: "per cent", Due: date.New(2028, time.December, 31)}}},
		{"milestones", nil, func(p pledge.Pledge) any { return p.Milestones }, []pledge.Milestone{{What: "The bond is law", Due: date.New(2027, time.June, 1)}}},
		{"a version in its own language is none", form.Answers{"versions.0.language": {"en"}, "versions.0.title": {"Again"}},
			func(p pledge.Pledge) any { return len(p.Versions) }, 0},
		{"a version in Arabic", form.Answers{"versions.0.language": {"ar"}, "versions.0.title": {"استقدام عادل"}, "versions.0.description": {"نص"}},
			func(p pledge.Pledge) any { return p.Versions }, []pledge.Version{{Lang: "ar", Title: "استقدام عادل", Description: "نص"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.look(pledge.Read(with(c.changes), filer, v)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%#v, want %#v", got, c.want)
			}
		})
	}
}

func TestReadNeverFails(t *testing.T) {
	t.Parallel()
	v := seeded(t)
	for name, a := range map[string]form.Answers{
		"no answers": {},
		"nonsense":   {"countries": {"ZZ", ""}, "objectives": {"x", "99"}, "indicators.7.what": {"w"}, "partners.x.name": {"n"}, "type": {"common"}, "natures": {"financial_contribution"}, "amount": {"-"}},
	} {
		p := pledge.Read(a, pledge.Filer{Office: "O"}, v)
		if p.Entity != "O" || len(p.Countries) != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
