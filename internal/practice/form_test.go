package practice_test

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
	"portal/internal/practice"
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

// complete are the answers of a practice that can be handed in.
func complete() form.Answers {
	return form.Answers{
		"criteria": {"yes"}, "language": {"en"}, "filed_for": {"own"},
		"title": {"One desk for workers who come home"}, "summary": {"Five ministries in Ghana share one case file for people who return."}, "type": {"service"},
		"description": {strings.Repeat("A worker who returned met seven offices in four towns. ", 12)},
		"objectives":  {"21"}, "related": {"18", "21"}, "principles": {"1", "9"}, "sdgs": {"8", "10"},
		"completion": {"completed"}, "started.day": {"1"}, "started.month": {"5"}, "started.year": {"2021"}, "ended.day": {"31"}, "ended.month": {"12"}, "ended.year": {"2023"},
		"scope": {"subnational"}, "countries": {"GH"}, "place": {"Tamale"}, "point": {"9.4034, -0.8424"},
		"implementer": {"Ministry of Labour"}, "implementer_type": {"member_state"},
		"partners.0.name": {"Trades Union Congress"}, "partners.0.role": {"technical"}, "partners.0.part": {"Trained the counsellors"},
		"contact_name": {"Ama Mensah"}, "contact_position": {"Director"}, "contact_email": {"contact.marker@example.org"},
		"beneficiaries": {"2,318 people who returned."}, "participation": {"Returnees sit in the steering group."},
		"results": {"People get their first payment in six days."}, "figures.0.value": {"6"}, "figures.0.what": {"days to the first payment"}, "figures.0.before": {"34"},
		"evidence": {"An evaluation in 2023."}, "lessons": {"Agree first which ministry pays."},
		"conditions": {"A law on data."}, "innovation": {"One file."}, "sustainability": {"It is in the budget."},
		"blocks.0.title": {"Intake form"}, "blocks.0.text": {"Twenty-two questions."},
		"links.0.label": {"Report"}, "links.0.url": {"https://example.org/report"},
		"licence": {"cc-by-4.0"}, "consent": {"yes"},
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

func both(a, b form.Answers) form.Answers {
	c := maps.Clone(a)
	maps.Copy(c, b)
	return c
}

func day(name, d, m, y string) form.Answers {
	return form.Answers{name + ".day": {d}, name + ".month": {m}, name + ".year": {y}}
}

func TestRulesOfTheForm(t *testing.T) {
	t.Parallel()
	v := seeded(t)
	other := form.Answers{"filed_for": {"other"}}
	image := form.Answers{"images.0.file": {"known"}, "images.0.alt": {"A counter"}, "images.0.licence": {"cc-by-4.0"}}
	version := form.Answers{"versions.0.language": {"ar"}, "versions.0.title": {"مكتب واحد"}, "versions.0.summary": {"ملخص"}}
	for _, c := range []struct {
		name    string
		changes form.Answers
		want    []string // control and key of each problem
	}{
		{"a complete practice", nil, nil},
		{"criteria that nobody confirmed", form.Answers{"criteria": nil}, []string{"criteria practice.field.criteria.missing"}},
		{"no objective", form.Answers{"objectives": nil}, []string{"objectives practice.field.objectives.missing"}},
		{"four primary objectives", form.Answers{"objectives": {"6", "7", "8", "9"}}, []string{"objectives practice.wrong.objectives"}},
		{"an objective that does not exist", form.Answers{"objectives": {"24"}}, []string{"objectives form.option"}},
		{"a goal that does not exist", form.Answers{"sdgs": {"18"}}, []string{"sdgs form.option"}},
		{"no principle", form.Answers{"principles": nil}, []string{"principles practice.field.principles.missing"}},
		{"an end before the start", day("ended", "30", "4", "2021"), []string{"ended.day practice.wrong.ended_before"}},
		{"an end on the day of the start", day("ended", "1", "5", "2021"), nil},
		{"a practice not yet started", both(form.Answers{"completion": {"ongoing"}}, day("started", "25", "11", "2026")), []string{"started.day practice.wrong.not_started"}},
		{"a practice that starts today", both(form.Answers{"completion": {"ongoing"}}, day("started", "24", "11", "2026")), nil},
		{"completed, and it ends in the future", day("ended", "1", "1", "2027"), []string{"ended.day practice.wrong.not_ended"}},
		{"mostly completed, and it ends in the future", both(form.Answers{"completion": {"mostly_completed"}}, day("ended", "1", "1", "2027")), nil},
		{"an ongoing one has no end", both(form.Answers{"completion": {"ongoing"}}, form.Answers{"ended.day": nil, "ended.month": nil, "ended.year": nil}), nil},
		{"a completed one has an end", form.Answers{"ended.day": nil, "ended.month": nil, "ended.year": nil}, []string{"ended.day practice.field.ended.missing"}},
		{"a summary of 600 characters", form.Answers{"summary": {strings.Repeat("e\u0301", 600)}}, nil},
		{"a summary of 601 characters", form.Answers{"summary": {strings.Repeat("e\u0301", 601)}}, []string{"summary form.too_long"}},
		{"a title with a script", form.Answers{"title": {`Counter <script src="x">alert(1)</script>`}}, []string{"title practice.wrong.markup"}},
		{"a title with less than", form.Answers{"title": {"How 3 < 5 offices did it"}}, nil},
		{"a title that turns the direction", form.Answers{"title": {"Counter \u202efdp.exe"}}, []string{"title practice.wrong.direction"}},
		{"a title with marks of direction", form.Answers{"title": {"مكتب\u200f واحد"}}, nil},
		{"worldwide needs no country", form.Answers{"scope": {"global"}, "countries": nil}, nil},
		{"a national one without a country", form.Answers{"scope": {"national"}, "countries": nil}, []string{"countries practice.field.countries.missing"}},
		{"a place that is none", form.Answers{"point": {"Tamale"}}, []string{"point practice.wrong.point"}},
		{"a place off the earth", form.Answers{"point": {"91, 0"}}, []string{"point practice.wrong.point"}},
		{"filed for another, without a focal point there", other, []string{"focal_name practice.field.focal_name.missing", "focal_position practice.field.focal_position.missing", "focal_email practice.field.focal_email.missing"}},
		{"filed for another, with one", both(other, form.Answers{"focal_name": {"B"}, "focal_position": {"C"}, "focal_email": {"b@example.org"}}), nil},
		{"another type without a word", form.Answers{"implementer_type": {"other"}}, []string{"implementer_other practice.field.implementer_other.missing"}},
		{"a funder without a role", form.Answers{"partners.1.name": {"A fund"}}, []string{"partners.1.role practice.field.partners.role.missing"}},
		{"a link to a script", form.Answers{"links.0.url": {"javascript:alert(1)"}}, []string{"links.0.url form.url"}},
		{"a building block without text", form.Answers{"blocks.0.text": nil}, []string{"blocks.0.text practice.field.blocks.text.missing"}},
		{"an image with its words", image, nil},
		{"an image without words", both(image, form.Answers{"images.0.alt": {" "}}), []string{"images.0.alt practice.field.images.alt.missing"}},
		{"words without an image", both(image, form.Answers{"images.0.file": {""}}), []string{"images.0.file practice.field.images.file.missing"}},
		{"an image that is another's", both(image, form.Answers{"images.0.file": {"foreign"}}), []string{"images.0.file form.image"}},
		{"an image under no licence that we take", both(image, form.Answers{"images.0.licence": {"mine"}}), []string{"images.0.licence form.option"}},
		{"another language", version, nil},
		{"another language that is the same", both(version, form.Answers{"versions.0.language": {"en"}}), []string{"versions.0.language practice.wrong.version_original"}},
		{"another language without a summary", both(version, form.Answers{"versions.0.summary": {""}}), []string{"versions.0.summary practice.field.versions.summary.missing"}},
		{"another language with markup", both(version, form.Answers{"versions.0.title": {"<b>x</b>"}}), []string{"versions.0.title practice.wrong.markup"}},
		{"no consent", form.Answers{"consent": nil}, []string{"consent practice.field.consent.missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			env := form.Env{Vocabulary: v, Today: today, HasImage: func(key string) bool { return key == "known" }}
			for _, w := range practice.NewForm().Problems(with(c.changes), env) {
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
	d := practice.NewForm()
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
			need("practice.declaration." + part)
		}
	}
}

func TestFocalPointsArePrivate(t *testing.T) {
	t.Parallel()
	public := practice.NewForm().Public(with(form.Answers{"filed_for": {"other"}, "focal_name": {"B"}, "focal_position": {"C"}, "focal_email": {"focal.marker@example.org"}}))
	for name, values := range public {
		if strings.Contains(strings.Join(values, " "), "@") || strings.HasPrefix(name, "contact_") || strings.HasPrefix(name, "focal_") {
			t.Errorf("%s is public: %q", name, values)
		}
	}
	if public.First("partners.0.name") == "" || public.First("title") == "" {
		t.Errorf("what is public has gone: %v", public)
	}
}

func TestReadTakesTheTypedValues(t *testing.T) {
	t.Parallel()
	v := seeded(t)
	p := practice.Read(with(form.Answers{"versions.0.language": {"fr"}, "versions.0.title": {"Un guichet"}, "versions.0.summary": {"Résumé"}}), "Office", v)
	if !slices.Equal(p.Related, []int{18}) { // 21 is a primary one
		t.Errorf("secondary objectives %v", p.Related)
	}
	if p.Point == nil || p.Point.String() != "9.4, -0.8" {
		t.Errorf("the place is not coarse: %v", p.Point)
	}
	if !slices.Equal(p.Regions, []string{"africa"}) || !slices.Equal(p.Continents, []string{"africa"}) {
		t.Errorf("regions %v and %v", p.Regions, p.Continents)
	}
	if got := p.In("fr"); got.Title != "Un guichet" {
		t.Errorf("in French it is called %q", got.Title)
	}
	if got := p.In("zh"); got.Lang != "en" {
		t.Errorf("where there is no version it is shown in %s", got.Lang)
	}
	if p.Office != "" || practice.Read(with(form.Answers{"filed_for": {"other"}}), "Office", v).Office != "Office" {
		t.Error("the office is named beside the implementer only when it files for another")
	}
	if p := practice.Read(with(form.Answers{"scope": {"global"}}), "Office", v); len(p.Countries) > 0 || !slices.Equal(p.Regions, []string{"global"}) {
		t.Errorf("a global one has countries %v and regions %v", p.Countries, p.Regions)
	}
}

func TestAcronyms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"One desk for workers who come home", nil},
		{"An OSS for returnees", []string{"OSS"}},
		{"A one-stop shop (OSS) for returnees, and how the OSS works", nil},
		{"OSS (one-stop shop) for returnees", nil},
		{"The UN and COVID-19", nil},
		{"IOM, ILO and IOM", []string{"IOM", "ILO"}},
		{"Phase II of the programme", nil},
		{"McDONALD and IPv6", nil},
		{"ONE DESK FOR WORKERS WHO COME HOME", nil},
		{"Бюро МОМ для вернувшихся", []string{"МОМ"}},
		{"مكتب واحد للعائدين", nil},
		{"", nil},
		{"(", nil},
	} {
		if got := practice.Acronyms(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q has %q, want %q", c.text, got, c.want)
		}
	}
}

func TestPublicIDs(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"GCM-PR-0291": "GCM-PR-0291", "gcm-pr-291": "GCM-PR-0291", " GCM–PR–12345 ": "GCM-PR-12345", "gcmpr7": "GCM-PR-0007",
		"GCM-P-0291": "", "GCM-PR-0": "", "GCM-PR-0291.bib": "", "": "",
	} {
		if got, ok := practice.WholeID(typed); got != want || ok != (want != "") {
			t.Errorf("%q is %q", typed, got)
		}
	}
}
