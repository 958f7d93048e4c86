package calendar_test

import (
	"slices"
	"strings"
	"testing"

	"portal/internal/calendar"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/word"
)

// changed are the answers of the sample with changes; a nil value takes an answer out.
func changed(changes form.Answers) form.Answers {
	a := sample()
	for name, values := range changes {
		a[name] = values
	}
	return a
}

func on(name, y, m, d string) form.Answers {
	return form.Answers{name + ".day": {d}, name + ".month": {m}, name + ".year": {y}}
}

func definition(t testing.TB) *form.Definition {
	t.Helper()
	v := vocabulary(t)
	return calendar.NewService(calendar.Options{Vocabulary: func() *gcm.Vocabulary { return v }}).Kind().Form
}

func TestWhatIsWrongWithAnEvent(t *testing.T) {
	t.Parallel()
	d := definition(t)
	env := form.Env{Vocabulary: vocabulary(t), Today: date.Of(now)}
	days := form.Answers{"whole": {"days"}, "starts": nil, "ends": nil, "zone": nil}
	here := form.Answers{"registration": {"here"}, "link": nil}
	for name, c := range map[string]struct {
		changes form.Answers
		want    string // name and key of the first problem; "" for none
	}{
		"all right":                     {nil, ""},
		"Arabic digits":                 {form.Answers{"starts": {"١٤:٠٠"}, "ends": {"15h30"}}, ""},
		"the end before the start":      {form.Answers{"ends": {"13:00"}}, "ends event.wrong.ends"},
		"no length":                     {form.Answers{"ends": {"14:00"}}, "ends event.wrong.ends"},
		"into the next day":             {form.Merge(on("last", "2027", "2", "11"), form.Answers{"ends": {"01:00"}}), ""},
		"the last day first":            {on("last", "2027", "2", "9"), "last.day event.wrong.last"},
		"over a year":                   {on("last", "2028", "2", "11"), "last.day event.wrong.long"},
		"no clock":                      {form.Answers{"starts": {"25:00"}}, "starts clock.wrong.time"},
		"no zone":                       {form.Answers{"zone": nil}, "zone event.field.zone.missing"},
		"an unknown zone":               {form.Answers{"zone": {"Mars/Olympus"}}, "zone form.option"},
		"a time that is skipped":        {form.Merge(on("first", "2027", "3", "28"), form.Answers{"zone": {"Europe/Zurich"}, "starts": {"02:30"}}), "starts clock.wrong.skipped"},
		"an end that comes twice":       {form.Merge(on("first", "2027", "10", "30"), on("last", "2027", "10", "31"), form.Answers{"zone": {"Europe/Zurich"}, "ends": {"02:30"}}), "ends clock.wrong.comes_twice"},
		"over a change of the clock":    {form.Merge(on("first", "2027", "3", "28"), form.Answers{"zone": {"Europe/Zurich"}, "starts": {"01:00"}, "ends": {"04:00"}}), ""},
		"no day of the calendar":        {on("first", "2027", "2", "30"), "first.day form.date.day"},
		"whole days":                    {days, ""},
		"whole days, the last first":    {form.Merge(days, on("last", "2027", "2", "1")), "last.day event.wrong.last"},
		"neither times nor days":        {form.Answers{"whole": nil}, "whole event.field.whole.missing"},
		"in person without a place":     {form.Answers{"format": {"in_person"}, "place": nil}, "place event.field.place.missing"},
		"an organizer twice":            {form.Answers{"organizers.1.name": {" ministry  OF labour"}, "organizers.1.role": {"co_lead"}}, "organizers.1.name event.wrong.twice"},
		"two leads":                     {form.Answers{"organizers.1.name": {"Union"}, "organizers.1.role": {"lead"}}, "organizers.1.role event.wrong.lead_twice"},
		"nobody leads":                  {form.Answers{"organizers.0.role": {"organizer"}}, "organizers.0.role event.wrong.lead_none"},
		"a link that runs":              {form.Answers{"link": {"javascript:alert(1)"}}, "link form.url"},
		"registered here":               {form.Merge(here, form.Answers{"capacity": {"1 200"}}), ""},
		"without places":                {form.Merge(here, form.Answers{"capacity": {"0"}}), "capacity event.wrong.capacity"},
		"with half a place":             {form.Merge(here, form.Answers{"capacity": {"2.5"}}), "capacity event.wrong.capacity"},
		"with too many places":          {form.Merge(here, form.Answers{"capacity": {"100001"}}), "capacity event.wrong.capacity"},
		"closes before it opens":        {form.Merge(on("opens", "2027", "1", "5"), on("closes", "2027", "1", "4")), "closes.day event.wrong.closes"},
		"a talk":                        {form.Answers{"talk": {"gcm-t-0007"}}, ""},
		"no talk":                       {form.Answers{"talk": {"GCM-P-0007"}}, "talk event.wrong.talk"},
		"a script as a title":           {form.Answers{"title": {"<script>alert(1)</script>"}}, ""}, // it is shown as it is written
		"a title without end":           {form.Answers{"title": {strings.Repeat("a", calendar.MaxTitle+1)}}, "title form.too_long"},
		"an audience that there is not": {form.Answers{"audience": {"everybody"}}, "audience form.option"},
	} {
		got := ""
		if problems := d.Problems(changed(c.changes), env); len(problems) > 0 {
			got = problems[0].Name + " " + problems[0].Key
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Every question can be read in English and Arabic, and a Word file gives back every answer.
func TestTheFormHasItsTextsAndItsWordFile(t *testing.T) {
	t.Parallel()
	d, v := definition(t), vocabulary(t)
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		has := func(key string) {
			if !i18n.Has(l, key) {
				t.Errorf("there is no %s in %s", key, l)
			}
		}
		for _, step := range d.Steps {
			has(d.StepKey(step) + ".title")
			for _, f := range step.Fields {
				for group, fields := range map[string][]form.Field{"": {f}, f.ID: f.Fields} {
					for _, f := range fields {
						has(d.Key(group, f) + ".label")
						if f.Required {
							has(d.Key(group, f) + ".missing")
						}
						for _, value := range f.Values {
							has(d.Key(group, f) + ".option." + value)
						}
					}
				}
			}
		}
		content, err := word.Write(i18n.WithLang(t.Context(), l), word.File{Definition: d, Answers: sample(), Vocabulary: v, Upload: "https://portal.example/", Site: "Portal"})
		if err != nil {
			t.Fatal(err)
		}
		back, err := word.Read(t.Context(), content, d, v)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range sample() {
			if is := back.Answers.All(name); !slices.Equal(slices.Sorted(slices.Values(is)), slices.Sorted(slices.Values(want))) {
				t.Errorf("%s, %s was %q and is %q in the Word file", name, l, want, is)
			}
		}
	}
}
