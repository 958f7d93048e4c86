package pledge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"portal/internal/coach"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/workflow"
	"portal/web/ui"
)

func rendered(t *testing.T, c templ.Component, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var html strings.Builder
	if err := c.Render(i18n.WithLang(t.Context(), i18n.English), &html); err != nil {
		t.Fatal(err)
	}
	return html.String()
}

// TestTheCoachReadsAnswersToo holds for each element that answers outside the text can say it.
func TestTheCoachReadsAnswersToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := workflow.Submission{ID: 7, Kind: pledge.KindName, Lang: "en"}
	ctx := i18n.WithLang(t.Context(), i18n.English)
	due := form.Answers{"indicators.0.due.day": {"31"}, "indicators.0.due.month": {"12"}, "indicators.0.due.year": {"2028"}}
	for _, c := range []struct {
		name    string
		answers form.Answers
		element coach.Element
		answer  string // what the coach names; "" for an element that is missing
	}{
		{"a country", form.Answers{"scope": {"countries"}, "countries": {"KE"}}, coach.Place, "Countries of implementation"},
		{"a country that is not asked for", form.Answers{"scope": {"global"}, "countries": {"KE"}}, coach.Place, ""},
		{"a city", form.Answers{"scope": {"global"}, "locality": {"Mombasa"}}, coach.Place, "City, province or other place"},
		{"a target", form.Answers{"indicators.0.target": {"95"}}, coach.Target, "Indicators"},
		{"a target with a figure", form.Answers{"indicators.0.target": {"٩٥ per cent"}}, coach.Number, "Indicators"},
		{"a target without one", form.Answers{"indicators.0.target": {"everybody"}}, coach.Number, ""},
		{"a baseline", form.Answers{"indicators.0.baseline": {"38"}}, coach.Baseline, "Indicators"},
		{"a day", due, coach.Date, "Indicators"},
		{"the day of a milestone", form.Answers{"milestones.1.due.day": {"1"}, "milestones.1.due.month": {"2"}, "milestones.1.due.year": {"2028"}}, coach.Date, "Milestones"},
		{"no day of the calendar", form.Answers{"indicators.0.due.day": {"31"}, "indicators.0.due.month": {"2"}, "indicators.0.due.year": {"2028"}}, coach.Date, ""},
		{"money", form.Answers{"natures": {"financial_contribution"}, "amount": {"2000000"}}, coach.Resources, "Amount"},
		{"money that is not asked for", form.Answers{"natures": {"policy_oriented"}, "amount": {"2000000"}}, coach.Resources, ""},
		{"a partner", form.Answers{"type": {"common"}, "partners.0.name": {"Town of Lokori"}}, coach.Actor, "Partners"},
		{"a partner of an individual pledge", form.Answers{"type": {"individual"}, "partners.0.name": {"Town of Lokori"}}, coach.Actor, ""},
		{"an action only in the text", form.Answers{"title": {"will open"}}, coach.Action, ""},
	} {
		texts := w.service.Coach(ctx, sub, c.answers)
		at := "coach." + string(c.element)
		if got := texts[at+".answer"]; (c.answer == "") != (got == "") || !strings.Contains(got, c.answer) {
			t.Errorf("%s: %q, want %q", c.name, got, c.answer)
		}
		if missing := texts[at+".missing"]; c.answer != "" && missing != "" {
			t.Errorf("%s is missing all the same: %q", c.name, missing)
		}
	}
	if texts := w.service.Coach(ctx, workflow.Submission{Kind: "practice"}, form.Answers{}); texts != nil {
		t.Errorf("another kind is coached: %v", texts)
	}
}

func TestTheCoachQuotesTheTextOfEveryLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := i18n.WithLang(t.Context(), i18n.English)
	sub := workflow.Submission{ID: 7, Kind: pledge.KindName, Lang: "en"}
	a := form.Answers{
		"language": {"fr"}, "title": {"Des classes"}, "description": {"Le **Ministère de l’éducation** ouvrira douze classes."},
		"versions.0.language": {"en"}, "versions.0.description": {"The classes open by the end of 2028."},
	}
	texts := w.service.Coach(ctx, sub, a)
	for at, want := range map[string]string{"coach": "Level 2 of 4: 4 of 9 elements are seen.", "coach.actor.words": "Ministère de l’éducation", "coach.number.words": "douze", "coach.date.words": "by the end of 2028"} {
		if !strings.Contains(texts[at], want) {
			t.Errorf("%s: %q, want %q", at, texts[at], want)
		}
	}
	for name, answers := range map[string]form.Answers{
		"a million characters": {"language": {"en"}, "description": {strings.Repeat("will open by 2028 ", 60_000)}},
		"no answers":           {},
		"another language":     {"language": {"xx"}, "description": {"\x00\xff <script>will open</script>"}},
	} {
		began := time.Now()
		if texts := w.service.Coach(ctx, sub, answers); !strings.HasPrefix(texts["coach"], "Level 1 of 4") || time.Since(began) > 2*time.Second {
			t.Errorf("%s: %q after %s", name, texts["coach"], time.Since(began))
		}
	}
}

// TestExamplesAreOfPublishedPledges holds that an example is a sentence that the public can read, and no longer than that.
func TestExamplesAreOfPublishedPledges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const sentence = "The Ministry of Labour will hire forty interpreters by June 2028."
	ctx := i18n.WithLang(t.Context(), i18n.English)
	sub := workflow.Submission{ID: 7, Kind: pledge.KindName, Lang: "en"}
	page := func(lang string) string {
		t.Helper()
		beside, err := w.service.Beside(ctx, sub, "text", form.Answers{"language": {lang}}, ui.Finding{})
		return rendered(t, beside["description"], err)
	}
	if html := page("en"); strings.Contains(html, "GCM-P-") || !strings.Contains(html, "every recruitment agency anew") || !strings.Contains(html, `data-advice="/en/submissions/7/steps/text/advice"`) {
		t.Errorf("before anything is published: %s", html)
	}
	id, public := w.publish(t, with(form.Answers{"description": {sentence + " " + long("And so on.")}}))
	w.later(11 * time.Minute)
	html := page("en")
	if !strings.Contains(html, sentence) || !strings.Contains(html, `href="/en/pledges/`+public) {
		t.Errorf("no example of %s: %s", public, html)
	}
	if html := page("fr"); strings.Contains(html, sentence) {
		t.Errorf("an English example for a French text: %s", html)
	}
	w.apply(t, id, w.Officer.User, workflow.Archive, "A mistake.")
	if html := page("en"); strings.Contains(html, sentence) || strings.Contains(html, public) {
		t.Errorf("an example that was taken down: %s", html)
	}
}

func TestTheDeskSeesTheCoach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := workflow.Submission{ID: 7, Kind: pledge.KindName, Lang: "en", Country: "KE"}
	a := with(form.Answers{"description": {long("The Ministry of Labour will hire forty interpreters by June 2028.")}})
	c, err := w.service.ForDesk(i18n.WithLang(t.Context(), i18n.English), sub, a)
	html := rendered(t, c, err)
	for _, want := range []string{"Level ", "The writer was shown the same", "hire forty interpreters", `<q lang="en"`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in %s", want, html)
		}
	}
	if strings.Contains(html, "<button") || strings.Contains(html, "data-advice") {
		t.Errorf("the desk can do something: %s", html)
	}
	if wrong := w.service.Kind().Form.Problems(with(form.Answers{"description": {long("We will support and promote.")}}), form.Env{Vocabulary: seeded(t), Today: today}); len(wrong) > 0 {
		t.Errorf("the coach is a gate: %v", wrong)
	}
}
