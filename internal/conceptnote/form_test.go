package conceptnote_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/conceptnote"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// seed is the vocabulary and the configurations as the migrations make them, loaded once for all tests.
var seed struct {
	once       sync.Once
	vocabulary *gcm.Vocabulary
	versions   conceptnote.Versions
	err        error
}

func seeded(t testing.TB) (*gcm.Vocabulary, conceptnote.Versions) {
	t.Helper()
	seed.once.Do(func() {
		ctx, db := context.Background(), dbtest.New(t)
		var holder *conceptnote.Holder
		if seed.vocabulary, seed.err = gcm.Load(ctx, db.Read()); seed.err != nil {
			return
		}
		if holder, seed.err = conceptnote.Hold(ctx, db.Read()); seed.err == nil {
			seed.versions = holder.Versions()
		}
	})
	if seed.err != nil {
		t.Fatal(seed.err)
	}
	return seed.vocabulary, seed.versions
}

// blank is the form with the first configuration.
func blank(t testing.TB) *form.Definition {
	t.Helper()
	_, versions := seeded(t)
	return conceptnote.NewForm(func() *conceptnote.Configuration { return &versions[0].Content }, nil)
}

var today = date.New(2026, time.November, 24)

// complete are the answers of a note that can be handed in.
func complete() form.Answers {
	a := form.Answers{
		"language": {"en"}, "title": {"Skills that cross the border"}, "purpose": {"Workers use at home what they learned abroad."}, "months": {"24"},
		"scope": {"cross_border"}, "countries": {"KE", "UG"}, "way": {"coordinator"},
		"objectives": {"18"}, "related": {"5", "6"}, "areas": {"ta-4"}, "targets": {"4.4, 8.8"},
		"organizations.0.name": {"Labour Agency"}, "organizations.0.role": {"convening"}, "organizations.1.name": {"Migration Agency"}, "organizations.1.role": {"participating"}, "organizations.1.part": {"Certificates"},
		"budget.0.party": {"Labour Agency"}, "budget.0.staff": {"250000"}, "budget.1.party": {"Migration Agency"}, "budget.1.travel": {"12500.50"},
		"governments.0.name": {"Ministry of Labour"}, "governments.0.level": {"national"}, "governments.0.country": {"KE"},
		"governments.1.name": {"Busia County"}, "governments.1.level": {"local"}, "governments.1.country": {"KE"},
		"partners.0.name": {"Union of Traders"}, "partners.0.sector": {"trade-unions"}, "participation": {"Traders sit in the steering group."},
		"context": {"The border divides one market."}, "partnerships": {"Two agencies, one office."},
		"results": {"Certificates count on both sides."}, "theory": {"Who can show a skill is paid for it."}, "sustainability": {"The two ministries pay the office."},
		"risks.0.risk": {"The law comes late"}, "risks.0.mitigation": {"An agreement between the agencies holds until then."},
		"rights": {"A"}, "rights_why": {"It is about the right to work."}, "gender": {"2"}, "gender_why": {"Most traders are women."}, "child": {"1"}, "child_why": {"Parents find a place for their children."},
		"contacts.0.name": {"Amina Otieno"}, "contacts.0.position": {"Adviser"}, "contacts.0.organization": {"Labour Agency"}, "contacts.0.email": {"contact.marker@example.org"},
	}
	for n := range conceptnote.Principles {
		a[fmt.Sprintf("principle_%d", n+1)] = []string{"By what the steering group decides."}
	}
	return a
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

func TestRulesOfTheForm(t *testing.T) {
	t.Parallel()
	v, _ := seeded(t)
	for _, c := range []struct {
		name    string
		changes form.Answers
		want    []string // control and key of each problem
	}{
		{"a complete note", nil, nil},
		{"no title", form.Answers{"title": nil}, []string{"title concept_note.field.title.missing"}},
		{"a title with a script", form.Answers{"title": {"Skills <script>alert(1)</script>"}}, []string{"title concept_note.wrong.markup"}},
		{"a usual duration in Arabic digits", form.Answers{"months": {"٢٤"}}, nil},
		{"six months: advised, not refused", form.Answers{"months": {"6"}}, nil},
		{"no months", form.Answers{"months": {"0"}}, []string{"months concept_note.wrong.months"}},
		{"minus months", form.Answers{"months": {"-24"}}, []string{"months concept_note.wrong.months"}},
		{"half a month", form.Answers{"months": {"18.5"}}, []string{"months concept_note.wrong.months"}},
		{"months in words", form.Answers{"months": {"two years"}}, []string{"months form.number"}},
		{"more months than anybody means", form.Answers{"months": {"121"}}, []string{"months concept_note.wrong.months"}},
		{"10^15 months", form.Answers{"months": {"1000000000000000"}}, []string{"months concept_note.wrong.months"}},
		{"a national note on two countries", form.Answers{"scope": {"national"}}, []string{"countries concept_note.wrong.one_country"}},
		{"a national note on one", form.Answers{"scope": {"national"}, "countries": {"KE"}}, nil},
		{"a note across borders on one country", form.Answers{"countries": {"KE"}}, []string{"countries concept_note.wrong.several_countries"}},
		{"a country that is none", form.Answers{"countries": {"KE", "XX"}}, []string{"countries form.option"}},
		{"no country", form.Answers{"countries": nil}, []string{"countries concept_note.field.countries.missing"}},
		{"the other way without a reason", form.Answers{"way": {"other"}}, []string{"reason concept_note.field.reason.missing"}},
		{"the other way with one", form.Answers{"way": {"other"}, "reason": {"There is none."}}, nil},
		{"no objective", form.Answers{"objectives": nil}, []string{"objectives concept_note.field.objectives.missing"}},
		{"an objective that does not exist", form.Answers{"objectives": {"24"}}, []string{"objectives form.option"}},
		{"a thematic area that does not exist", form.Answers{"areas": {"ta-6"}}, []string{"areas form.option"}},
		{"targets with Arabic marks and digits", form.Answers{"targets": {"٨٫٨، 10.c"}}, nil},
		{"a goal that is no target", form.Answers{"targets": {"8"}}, []string{"targets concept_note.wrong.target"}},
		{"a goal that there is not", form.Answers{"targets": {"18.1"}}, []string{"targets concept_note.wrong.target"}},
		{"one organization", form.Answers{"organizations.1.name": nil, "organizations.1.role": nil, "organizations.1.part": nil}, []string{"organizations.1.name concept_note.field.organizations.missing", "budget.1.travel form.matrix.party"}},
		{"one organization under two names", form.Answers{"organizations.1.name": {"labour  AGENCY"}}, []string{"organizations.1.name concept_note.wrong.organization_twice", "budget.1.travel form.matrix.party"}},
		{"two that convene", form.Answers{"organizations.1.role": {"convening"}}, []string{"organizations.1.role concept_note.wrong.convening_twice"}},
		{"nobody convenes", form.Answers{"organizations.0.role": {"participating"}}, []string{"organizations.0.role concept_note.wrong.convening_none"}},
		{"an organization without a role", form.Answers{"organizations.0.role": nil}, []string{"organizations.0.role concept_note.field.organizations.role.missing"}},
		{"no budget", form.Answers{"budget.0.party": nil, "budget.0.staff": nil, "budget.1.party": nil, "budget.1.travel": nil}, []string{"budget concept_note.field.budget.missing"}},
		{"a negative amount", form.Answers{"budget.0.staff": {"-5"}}, []string{"budget.0.staff form.amount.negative"}},
		{"10^15 dollars", form.Answers{"budget.0.staff": {"1000000000000000"}}, []string{"budget.0.staff form.amount.large"}},
		{"an amount that reads in two ways", form.Answers{"budget.0.staff": {"1.000"}}, []string{"budget.0.staff form.amount.ambiguous"}},
		{"an amount in a category that is gone", form.Answers{"budget.1.drones": {"5"}}, []string{"budget.1.drones form.matrix.category"}},
		{"a contribution without an amount", form.Answers{"contributions.0.from": {"Kenya"}}, []string{"contributions.0.amount concept_note.field.contributions.amount.missing"}},
		{"one government partner", form.Answers{"governments.1.name": nil, "governments.1.level": nil, "governments.1.country": nil}, []string{"governments.1.name concept_note.field.governments.missing"}},
		{"one government partner, twice", form.Answers{"governments.1.name": {"Ministry of Labour"}}, []string{"governments.1.name concept_note.wrong.government_twice"}},
		{"no other partners", form.Answers{"partners.0.name": nil, "partners.0.sector": nil}, nil},
		{"a risk without mitigation", form.Answers{"risks.0.mitigation": nil}, []string{"risks.0.mitigation concept_note.field.risks.mitigation.missing"}},
		{"no risk", form.Answers{"risks.0.risk": nil, "risks.0.mitigation": nil}, []string{"risks.0.risk concept_note.field.risks.missing"}},
		{"human rights hardly touched: the fund's to judge", form.Answers{"rights": {"C"}}, nil},
		{"gender not addressed", form.Answers{"gender": {"0"}}, []string{"gender concept_note.wrong.marker"}},
		{"children not addressed", form.Answers{"child": {"0"}}, []string{"child concept_note.wrong.marker"}},
		{"a marker off the scale", form.Answers{"gender": {"4"}}, []string{"gender form.option"}},
		{"a marker without a reason", form.Answers{"gender_why": nil}, []string{"gender_why concept_note.field.gender_why.missing"}},
		{"a principle that is not met", form.Answers{"principle_7": nil}, []string{"principle_7 concept_note.field.principle_7.missing"}},
		{"a context of a million characters", form.Answers{"context": {strings.Repeat("x", 1_000_000)}}, []string{"context form.too_long"}},
		{"no contact point", form.Answers{"contacts.0.name": nil, "contacts.0.position": nil, "contacts.0.organization": nil, "contacts.0.email": nil}, []string{"contacts.0.name concept_note.field.contacts.missing"}},
		{"an address that is none", form.Answers{"contacts.0.email": {"amina"}}, []string{"contacts.0.email form.email"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, w := range blank(t).Problems(with(c.changes), form.Env{Vocabulary: v, Today: today}) {
				got = append(got, w.Name+" "+w.Key)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestContactPointsArePrivate(t *testing.T) {
	t.Parallel()
	for name, values := range blank(t).Public(complete()) {
		if strings.Contains(strings.Join(values, " "), "marker@") || strings.HasPrefix(name, "contacts") {
			t.Errorf("%s is public: %q", name, values)
		}
	}
}

func TestEveryQuestionHasItsTexts(t *testing.T) {
	t.Parallel()
	d := blank(t)
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		for _, step := range d.Steps {
			if !i18n.Has(l, d.StepKey(step)+".title") {
				t.Errorf("%s: step %s has no title", l, step.ID)
			}
			for _, f := range step.Fields {
				check := func(group string, f form.Field) {
					if key := d.Key(group, f); !i18n.Has(l, key+".label") || f.Required && f.Type != form.Files && !i18n.Has(l, key+".missing") {
						t.Errorf("%s: %s lacks a text", l, key)
					}
				}
				check("", f)
				for _, sub := range f.Fields {
					check(f.ID, sub)
				}
			}
		}
	}
}

// The first configuration is the fund's: five thematic areas with all objectives, seven direct categories, 7 per cent.
func TestTheFirstConfiguration(t *testing.T) {
	t.Parallel()
	_, versions := seeded(t)
	if len(versions) != 1 || versions[0].Number != 1 {
		t.Fatalf("there are other versions: %v", versions)
	}
	c := versions[0].Content
	if len(c.Areas) != 5 || len(c.Categories) != 7 || c.Indirect != 700 || c.Duration.Least != 18 || c.Duration.Most != 36 {
		t.Errorf("it is %+v", c)
	}
	seen := map[int]bool{}
	for _, area := range c.Areas {
		for _, n := range area.Objectives {
			seen[n] = true
		}
	}
	if len(seen) != 23 {
		t.Errorf("the areas hold %d objectives", len(seen))
	}
	if got := c.AreasOf([]int{18, 1}); !slices.Equal(got, []string{"ta-1", "ta-4"}) {
		t.Errorf("objectives 18 and 1 belong to %q", got)
	}
}

func TestAVersionHoldsFromItsTimeOn(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return time.Date(2026, time.March, day, 0, 0, 0, 0, time.UTC) }
	all := conceptnote.Versions{{Number: 1, InForce: at(1)}, {Number: 2, InForce: at(10)}}
	for _, c := range []struct {
		at   time.Time
		want int // 0 is none
	}{{at(1).Add(-1), 0}, {at(1), 1}, {at(10).Add(-1), 1}, {at(10), 2}, {at(30), 2}} {
		got := 0
		if v := all.At(c.at); v != nil {
			got = v.Number
		}
		if got != c.want {
			t.Errorf("at %v it is version %d, want %d", c.at, got, c.want)
		}
	}
}
