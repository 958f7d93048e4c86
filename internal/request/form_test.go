package request_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/request"
	"portal/internal/word"
)

func forms(t testing.TB) map[string]*form.Definition {
	t.Helper()
	v := vocabulary(t)
	all := map[string]*form.Definition{}
	for _, k := range request.NewService(request.Options{Vocabulary: func() *gcm.Vocabulary { return v }, Now: func() time.Time { return now }}).Kinds() {
		all[k.Name] = k.Form
	}
	return all
}

// talk are the answers of a talk that can be handed in.
func talk(changes form.Answers) form.Answers {
	a := form.Answers{
		"language": {"en"}, "title": {"Skills that travel"}, "purpose": {"What a certificate is worth abroad."}, "outcomes": {"pledges"}, "outcome": {"Two pledges."},
		"organizers.0.name": {"Labour Agency"}, "organizers.0.role": {"lead"}, "organizers.1.name": {"Union of Traders"}, "organizers.1.role": {"co_lead"},
		"level": {"national"}, "country": {"KE"}, "relevance": {"Its neighbours want the same."}, "objectives": {"18", "5"}, "principles": {"2"},
		"dates.0.day.day": {"10"}, "dates.0.day.month": {"2"}, "dates.0.day.year": {"2027"}, "dates.0.starts": {"14:00"}, "dates.0.ends": {"15:30"}, "dates.0.zone": {"Africa/Nairobi"},
		"format": {"online"}, "audience": {"open"}, "interpretation": {"fr", "sign"}, "speakers.0.name": {"Amina Otieno"}, "contact_name": {"Head"}, "contact_email": {"head@office.example"},
	}
	for name, values := range changes {
		a[name] = values
	}
	return a
}

func TestWhatIsWrongWithATalk(t *testing.T) {
	t.Parallel()
	d := forms(t)[request.Talk]
	env := form.Env{Vocabulary: vocabulary(t), Today: date.Of(now)}
	day := func(y, m, d string) form.Answers {
		return form.Answers{"dates.0.day.day": {d}, "dates.0.day.month": {m}, "dates.0.day.year": {y}}
	}
	for name, c := range map[string]struct {
		changes form.Answers
		want    string // name and key of the first problem; "" for none
	}{
		"all right":                      {nil, ""},
		"Arabic digits and other dashes": {form.Answers{"dates.0.starts": {"١٤:٠٠"}, "dates.0.ends": {"15h30"}}, ""},
		"a date in the past":             {day("2026", "11", "23"), "dates.0.day.day form.date.past"},
		"earlier today":                  {form.Merge(day("2026", "11", "24"), form.Answers{"dates.0.starts": {"08:00"}}), "dates.0.starts request.wrong.past"},
		"later today":                    {form.Merge(day("2026", "11", "24"), form.Answers{"dates.0.starts": {"14:00"}}), ""},
		"no day of the calendar":         {day("2027", "2", "30"), "dates.0.day.day form.date.day"},
		"end before start":               {form.Answers{"dates.0.ends": {"13:00"}}, "dates.0.ends request.wrong.end_before"},
		"no length":                      {form.Answers{"dates.0.ends": {"14:00"}}, "dates.0.ends request.wrong.end_before"},
		"no clock":                       {form.Answers{"dates.0.starts": {"two o’clock"}}, "dates.0.starts form.too_long"},
		"no clock, short":                {form.Answers{"dates.0.starts": {"25:00"}}, "dates.0.starts clock.wrong.time"},
		"a time that is skipped":         {form.Merge(day("2027", "3", "28"), form.Answers{"dates.0.zone": {"Europe/Zurich"}, "dates.0.starts": {"02:30"}}), "dates.0.starts clock.wrong.skipped"},
		"an end that is skipped":         {form.Merge(day("2027", "3", "28"), form.Answers{"dates.0.zone": {"Europe/Zurich"}, "dates.0.starts": {"01:00"}, "dates.0.ends": {"02:30"}}), "dates.0.ends clock.wrong.skipped"},
		"over a change of the clock":     {form.Merge(day("2027", "3", "28"), form.Answers{"dates.0.zone": {"Europe/Zurich"}, "dates.0.starts": {"01:00"}, "dates.0.ends": {"04:00"}}), ""},
		"a time that comes twice":        {form.Merge(day("2027", "10", "31"), form.Answers{"dates.0.zone": {"Europe/Zurich"}, "dates.0.starts": {"02:30"}, "dates.0.ends": {"05:00"}}), "dates.0.starts clock.wrong.comes_twice"},
		"an unknown zone":                {form.Answers{"dates.0.zone": {"Mars/Olympus"}}, "dates.0.zone form.option"},
		"no zone":                        {form.Answers{"dates.0.zone": nil}, "dates.0.zone talk.field.dates.zone.missing"},
		"no date":                        {form.Answers{"dates.0.day.day": nil, "dates.0.day.month": nil, "dates.0.day.year": nil}, "dates.0.day.day talk.field.dates.day.missing"},
		"the same date twice":            {form.Answers{"dates.1.day.day": {"10"}, "dates.1.day.month": {"2"}, "dates.1.day.year": {"2027"}, "dates.1.starts": {"14.00"}, "dates.1.ends": {"15:30"}, "dates.1.zone": {"Africa/Nairobi"}}, "dates.1.day.day request.wrong.date_twice"},
		"an organizer twice":             {form.Answers{"organizers.1.name": {" labour  AGENCY"}}, "organizers.1.name request.wrong.twice"},
		"two leads":                      {form.Answers{"organizers.1.role": {"lead"}}, "organizers.1.role request.wrong.lead_twice"},
		"nobody leads":                   {form.Answers{"organizers.0.role": {"organizer"}}, "organizers.0.role request.wrong.lead_none"},
		"regional without a region":      {form.Answers{"level": {"regional"}}, "region talk.field.region.missing"},
		"regional":                       {form.Answers{"level": {"regional"}, "region": {"africa"}}, ""},
		"national without relevance":     {form.Answers{"relevance": nil}, "relevance talk.field.relevance.missing"},
		"in person without a place":      {form.Answers{"format": {"in_person"}}, "place talk.field.place.missing"},
		"a script as a title":            {form.Answers{"title": {"<script>alert(1)</script>"}}, ""}, // it is shown as it is written
		"a title without end":            {form.Answers{"title": {strings.Repeat("a", request.MaxTitle+1)}}, "title form.too_long"},
		"an audience that there is not":  {form.Answers{"audience": {"everybody"}}, "audience form.option"},
	} {
		got := ""
		if problems := d.Problems(talk(c.changes), env); len(problems) > 0 {
			got = problems[0].Name + " " + problems[0].Key
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Every question of every kind can be read in English and Arabic, and a Word file gives back every answer.
func TestEveryKindHasItsTexts(t *testing.T) {
	t.Parallel()
	v := vocabulary(t)
	for name, d := range forms(t) {
		for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
			has := func(keys ...string) {
				for _, key := range keys {
					if !i18n.Has(l, key) {
						t.Errorf("there is no %s in %s", key, l)
					}
				}
			}
			if name != request.Contact { // it has a page of its own
				has("request.kind."+name+".lede", "request.kind."+name+".needs")
			}
			has("submission.kind."+name, "review.kind."+name, "submission.untitled."+name, "submission.start."+name, "submission.side."+name,
				"submission.check.send."+name, name+".declaration.title", name+".declaration.text", name+".declaration.label", name+".declaration.missing")
			for _, step := range d.Steps {
				has(d.StepKey(step) + ".title")
				for _, f := range step.Fields {
					check(d, "", f, has)
					for _, sub := range f.Fields {
						check(d, f.ID, sub, has)
					}
					if f.Type == form.Group {
						has(d.Key("", f)+".row", d.Key("", f)+".add")
					}
				}
			}
			if _, err := word.Write(i18n.WithLang(t.Context(), l), word.File{Definition: d, Vocabulary: v, Site: "Portal"}); err != nil {
				t.Errorf("%s: no Word file: %v", name, err)
			}
		}
	}
	content, err := word.Write(i18n.WithLang(t.Context(), i18n.Arabic), word.File{Definition: forms(t)[request.Talk], Vocabulary: v, Answers: talk(nil), Site: "Portal"})
	if err != nil {
		t.Fatal(err)
	}
	back, err := word.Read(t.Context(), content, forms(t)[request.Talk], v)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"organizers.1.name", "organizers.1.role", "dates.0.zone", "dates.0.starts", "dates.0.day.year", "relevance", "interpretation"} {
		was, is := slices.Sorted(slices.Values(talk(nil).All(name))), slices.Sorted(slices.Values(back.Answers.All(name)))
		if !slices.Equal(was, is) {
			t.Errorf("%s was %v and is %v in the Word file", name, was, is)
		}
	}
}

func check(d *form.Definition, group string, f form.Field, has func(...string)) {
	key := d.Key(group, f)
	has(key + ".label")
	if f.Required {
		has(key + ".missing")
	}
	for _, value := range f.Values {
		has(key + ".option." + value)
	}
}
