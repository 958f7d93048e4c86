package pledge_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

func TestPublishing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, complete())
	if publicID != "GCM-P-0001" {
		t.Errorf("the first pledge is %s", publicID)
	}
	first := w.now()
	p, err := w.service.Public(t.Context(), publicID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if p.Pledge.Title != "Fair recruitment for every worker" || p.Number != 1 || !p.IsCurrent() || !p.FirstPublishedAt.Equal(first) {
		t.Errorf("published: %+v", p.Record)
	}

	w.later(48 * time.Hour)
	if _, second := w.publish(t, texts6("fr")); second != "GCM-P-0002" {
		t.Errorf("the second pledge is %s", second)
	}

	w.later(48 * time.Hour)
	w.apply(t, id, w.Head.User, workflow.Revise, "")
	w.write(t, id, w.Head.User, with(form.Answers{"title": {"A better name"}}))
	if p, _ := w.service.Public(t.Context(), publicID, 0); p.Pledge.Title != "Fair recruitment for every worker" {
		t.Errorf("what is only written is public: %q", p.Pledge.Title)
	}
	if again := w.send(t, id, w.Head.User, with(form.Answers{"title": {"A better name"}, "contact_email": {"new.marker@example.org"}})); again != publicID {
		t.Errorf("the ID changed to %s", again)
	}
	p, err = w.service.Public(t.Context(), publicID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if p.Pledge.Title != "A better name" || len(p.Revisions) != 2 || !p.FirstPublishedAt.Equal(first) || !p.PublishedAt.Equal(w.now()) {
		t.Errorf("the second version: %+v", p.Record)
	}
	if old, err := w.service.Public(t.Context(), publicID, 1); err != nil || old.IsCurrent() || old.Pledge.Title != "Fair recruitment for every worker" || !old.Until.Equal(w.now()) {
		t.Errorf("the first version: %+v, %v", old.Record, err)
	}
	for _, number := range []int{-1, 3} {
		if _, err := w.service.Public(t.Context(), publicID, number); !errors.Is(err, problem.NotFound) {
			t.Errorf("version %d: %v", number, err)
		}
	}
	c, err := w.service.Compare(t.Context(), publicID, 0, 0)
	if err != nil || c.FromNumber != 1 || c.ToNumber != 2 {
		t.Fatalf("compare: %d with %d, %v", c.FromNumber, c.ToNumber, err)
	}
	if changes := w.service.Kind().Form.Compare(c.From.Content, c.To.Content); len(changes) != 1 || changes[0].Field.ID != "title" {
		t.Errorf("the public sees these changes: %+v", changes)
	}

	w.later(time.Hour)
	w.apply(t, id, w.Officer.User, workflow.Archive, "withdrawn at the office's wish")
	p, err = w.service.Public(t.Context(), publicID, 0)
	if err != nil || p.Gone == nil || !p.Gone.Equal(w.now()) || p.Pledge.Title != "" || len(p.Revisions) != 0 {
		t.Errorf("taken down: %+v, %v", p, err)
	}
	if p, err := w.service.Public(t.Context(), publicID, 1); err != nil || p.Gone == nil || p.Pledge.Title != "" {
		t.Errorf("an old version of what was taken down: %+v, %v", p, err)
	}
	if _, err := w.service.Public(t.Context(), "GCM-P-0999", 0); !errors.Is(err, problem.NotFound) {
		t.Errorf("a pledge that never was: %v", err)
	}
}

// texts6 are complete answers in one of the six languages.
func texts6(lang string) form.Answers { return with(texts[lang]) }

func TestOlderVersionsLeadOnlyToDocumentsThatAreStillPublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept, removed := ui.FileItem{Name: "plan.pdf", Href: "/files/1"}, ui.FileItem{Name: "draft.pdf", Href: "/files/2"}
	w.files = func(revision int) map[string][]ui.FileItem {
		if revision == 1 {
			return map[string][]ui.FileItem{"files": {kept, removed}}
		}
		return map[string][]ui.FileItem{"files": {kept}}
	}
	id, publicID := w.publish(t, complete())
	if p, err := w.service.Public(t.Context(), publicID, 1); err != nil || p.Files["files"][1].Href != removed.Href {
		t.Errorf("while it is the current version: %v, %v", p.Files, err)
	}
	w.apply(t, id, w.Head.User, workflow.Revise, "")
	w.send(t, id, w.Head.User, with(form.Answers{"title": {"Another name"}}))
	p, err := w.service.Public(t.Context(), publicID, 1)
	if err != nil || len(p.Files["files"]) != 2 || p.Files["files"][0].Href != kept.Href || p.Files["files"][1].Href != "" {
		t.Errorf("of the older version: %v, %v", p.Files, err)
	}
}

func TestTwoPledgesPublishedAtOnceHaveTheirOwnIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wait sync.WaitGroup
	ids := make([]string, 6)
	for i := range ids {
		id, err := w.start(t.Context(), w.Head.User, w.Office)
		if err != nil {
			t.Fatal(err)
		}
		w.write(t, id, w.Head.User, complete())
		w.apply(t, id, w.Head.User, workflow.Submit, "")
		w.apply(t, id, w.Officer.User, workflow.Take, "")
		wait.Go(func() {
			err := w.db.InTx(t.Context(), func(tx database.Tx) error {
				sub, err := workflow.Lock(t.Context(), tx, id, w.Officer.User)
				if err == nil {
					_, err = workflow.Apply(t.Context(), tx, w.service.Kind(), &sub, workflow.Publish, w.Officer.User, workflow.Input{}, w.now())
					ids[i] = *sub.PublicID
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	slices.Sort(ids)
	if got := slices.Compact(slices.Clone(ids)); len(got) != len(ids) {
		t.Errorf("IDs %v", ids)
	}
}

func TestHugeTextsCanBePublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Three thousand characters as a person counts them, each a heap of marks: more than PostgreSQL indexes.
	heap := strings.Repeat("e"+strings.Repeat("\u0301", 60), pledge.MinDescription)
	w.publish(t, with(form.Answers{
		"title":       {strings.Repeat("移民", 500)},
		"description": {heap}, "barriers": {strings.Repeat("移民权利", 500)}, "support_needed": {strings.Repeat("移民权利", 500)},
		"locality": {strings.Repeat("a", 300)},
	}))
	list, err := w.service.List(t.Context(), pledge.ReadFilter(map[string][]string{"sort": {"title"}}, seeded(t)), "zh")
	if err != nil || list.Total != 1 {
		t.Fatalf("%d pledges, %v", list.Total, err)
	}
}

func TestPersonalDataIsNotInTheTableOfPledges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, with(form.Answers{"type": {"common"}, "partners.0.name": {"Uganda"}, "partners.0.email": {"partner.marker@example.org"}}))
	found, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM pledges p WHERE p::text ILIKE '%marker%' OR p::text ILIKE '%kamau%' OR p::text LIKE '%@%'`)
	if err != nil || found != 0 {
		t.Errorf("%d rows carry contact persons, %v", found, err)
	}
}

func TestEnumerationsAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for constraint, values := range map[string][]string{
		"pledges_type_known":    {string(pledge.Individual), string(pledge.Common), string(pledge.InPartnership), string(pledge.Matching)},
		"pledges_natures_known": {string(pledge.PolicyOriented), string(pledge.ProcessOriented), string(pledge.FinancialContribution), string(pledge.HumanResources), string(pledge.OtherNature)},
		"pledges_lang_known":    {"ar", "zh", "en", "fr", "ru", "es"},
	} {
		check, err := database.Value[string](t.Context(), w.db.Read(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1`, constraint)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range values {
			if !strings.Contains(check, "'"+value+"'") {
				t.Errorf("%s lacks %s: %s", constraint, value, check)
			}
		}
		if n := strings.Count(check, "'") / 2; n != len(values) {
			t.Errorf("%s knows %d values, the code %d: %s", constraint, n, len(values), check)
		}
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.start(t.Context(), w.Head.User, w.Office)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := workflow.Find(t.Context(), w.db.Read(), id, w.Head.User)
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range map[string]form.Answers{
		"who":      {"on_behalf": {"own"}, "category": {"member_state"}},
		"contacts": {"contact_name": {w.Head.User.Name}, "contact_position": {""}, "contact_email": {w.Head.User.Email}},
		"what":     {"language": {"en"}},
		"nature":   nil,
	} {
		got, err := w.service.Suggest(t.Context(), w.Head.User, sub, step)
		if err != nil || !got.Equal(want) {
			t.Errorf("step %s: %v, %v; want %v", step, got, err, want)
		}
	}
}

func TestTheSearchForAMatchingPledge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, id := w.publish(t, with(form.Answers{"title": {"Orchid nurseries"}}))
	for n := range 10 {
		w.publish(t, with(form.Answers{"title": {fmt.Sprintf("Compost for terrace %d", n)}}))
	}
	down, gone := w.publish(t, with(form.Answers{"title": {"Soon taken down"}}))
	w.apply(t, down, w.Officer.User, workflow.Archive, "A mistake.")
	picker := func(sub workflow.ID, chosen string, find ui.Finding) string {
		t.Helper()
		found, err := w.service.Beside(t.Context(), workflow.Submission{ID: sub, Kind: pledge.KindName}, "what", form.Answers{"type": {"matching"}, "matches": {chosen}}, find)
		if err != nil {
			t.Fatal(err)
		}
		var html strings.Builder
		if err := found["matches"].Render(i18n.WithLang(t.Context(), i18n.English), &html); err != nil {
			t.Fatal(err)
		}
		return html.String()
	}
	for _, c := range []struct {
		name    string
		sub     workflow.ID
		chosen  string
		find    ui.Finding
		options int
		want    []string
	}{
		{"nothing yet", 0, "", ui.Finding{}, 0, []string{`type="search"`, `value="find:matches.0"`}},
		{"chosen", 0, "gcm-p-1", ui.Finding{}, 1, []string{"Orchid nurseries", `value="GCM-P-0001" checked`, "Ministry"}},
		{"an ID as it is typed", 0, "", ui.Finding{Words: "gcm p 1"}, 1, []string{`value="GCM-P-0001"`}},
		{"words of the name", 0, "", ui.Finding{Words: "nurseries orchid"}, 1, []string{`value="GCM-P-0001"`, "Orchid nurseries"}},
		{"another is chosen", 0, "GCM-P-0001", ui.Finding{Words: "compost"}, 9, []string{`value="GCM-P-0001" checked`, "Further results"}},
		{"the next part", 0, "", ui.Finding{Words: "compost", Page: 1}, 2, []string{"Earlier results"}},
		{"a part that there is not", 0, "", ui.Finding{Words: "compost", Page: 40}, 0, nil},
		{"words of no name", 0, "", ui.Finding{Words: "xylophone"}, 0, []string{"No published pledge has “xylophone”"}},
		{"an ID that does not exist", 0, "GCM-P-0077", ui.Finding{Words: "GCM-P-0077"}, 0, []string{"No published pledge has"}},
		{"one that was taken down", 0, gone, ui.Finding{Words: "taken down"}, 0, []string{"No published pledge has"}},
		{"words where an ID is kept, as from a Word file", 0, "orchid nurseries", ui.Finding{}, 1, []string{`value="GCM-P-0001"`}},
		{"never itself", own, "", ui.Finding{Words: "orchid"}, 0, nil},
		{"markup", 0, "", ui.Finding{Words: `"><script>`}, 0, []string{"&lt;script&gt;"}},
	} {
		html := picker(c.sub, c.chosen, c.find)
		if got := strings.Count(html, `type="radio"`); got != c.options {
			t.Errorf("%s: %d options, want %d: %s", c.name, got, c.options, html)
		}
		for _, want := range c.want {
			if !strings.Contains(html, want) {
				t.Errorf("%s: no %q in %s", c.name, want, html)
			}
		}
	}
	for chosen, want := range map[string]string{id: "", gone: "pledge.wrong.matches.gone", "GCM-P-0099": "pledge.wrong.matches.unknown", "some words": "pledge.wrong.matches.form"} {
		wrong := w.service.Kind().Form.Problems(with(form.Answers{"type": {"matching"}, "matches": {chosen}}), form.Env{Vocabulary: seeded(t), Today: today})
		if want == "" && len(wrong) > 0 || want != "" && (len(wrong) != 1 || wrong[0].Key != want) {
			t.Errorf("%s: %v, want %s", chosen, wrong, want)
		}
	}
}

func TestScopeIsAdvisedWhereItIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	speaks := with(form.Answers{"title": {"Schools for refugee children"}, "description": {long("Migrants and refugees will share one class.")}})
	for step, want := range map[string]string{"what": "title", "text": "description", "measures": "", "place": ""} {
		found, err := w.service.Beside(t.Context(), workflow.Submission{Kind: pledge.KindName}, step, speaks, ui.Finding{})
		delete(found, "matches")
		var at string
		for question, c := range found {
			if strings.Contains(rendered(t, c, err), "Does the pledge concern refugees?") {
				at = question
			}
		}
		if err != nil || at != want {
			t.Errorf("%s: %q, %v", step, at, err)
		}
	}
	ctx := i18n.WithLang(t.Context(), i18n.English)
	show := func(c templ.Component, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			return ""
		}
		var html strings.Builder
		if err := c.Render(ctx, &html); err != nil {
			t.Fatal(err)
		}
		return html.String()
	}
	sub := workflow.Submission{ID: 77, Kind: pledge.KindName, Country: "KE"}
	if got := show(w.service.Advice(ctx, sub, speaks)); !strings.Contains(got, "/en/submissions/77/ticks/mirror") || !strings.Contains(got, "Name of the pledge and ") {
		t.Errorf("before sending in: %s", got)
	}
	if got := show(w.service.ForDesk(ctx, sub, speaks)); !strings.Contains(got, "not marked as also filed") || strings.Contains(got, "<form") {
		t.Errorf("at the desk: %s", got)
	}
	for _, c := range []form.Answers{complete(), both(speaks, form.Answers{"mirror": {"yes"}})} {
		if got := show(w.service.Advice(ctx, sub, c)) + show(w.service.ForDesk(ctx, sub, c)); strings.Contains(got, "refugees") || strings.Contains(got, "Similar pledges") {
			t.Errorf("nothing to advise, but: %s", got)
		}
	}
	if wrong := w.service.Kind().Form.Problems(speaks, form.Env{Vocabulary: seeded(t), Today: today}); len(wrong) != 0 {
		t.Errorf("the advice is a gate: %v", wrong)
	}
}

func TestSimilarPledgesOfTheSameCountry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.publish(t, with(form.Answers{"description": {long("We will license every private employment agency anew and end all fees paid by workers.")}}))
	w.publish(t, with(form.Answers{"title": {"Compost for the terraces"}, "description": {long("Farmers who come home get a plot and seeds.")}}))
	same := with(form.Answers{"title": {"Fair recruitment for each worker"}, "description": {long("Every private employment agency will be licensed anew; workers will pay no fees.")}})
	elsewhere := both(same, form.Answers{"countries": {"FJ"}})
	ctx := i18n.WithLang(t.Context(), i18n.English)
	kenya, fiji := workflow.Submission{Kind: pledge.KindName, Country: "KE"}, workflow.Submission{Kind: pledge.KindName, Country: "FJ"}
	shows := func(sub workflow.Submission, a form.Answers) string {
		t.Helper()
		c, err := w.service.Advice(ctx, sub, a)
		if err != nil {
			t.Fatal(err)
		}
		html := rendered(t, c, nil)
		if !strings.Contains(html, "Similar pledges of the same country") {
			return ""
		}
		before, _, _ := strings.Cut(html, `aria-labelledby="coach"`)
		return before
	}
	got := shows(kenya, same)
	for _, want := range []string{"/en/pledges/" + id, "words of the name", `target="_blank"`, "nothing keeps you from it"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if strings.Contains(got, "Compost") {
		t.Error("another pledge of the same country is shown as similar")
	}
	if got := shows(fiji, elsewhere); got != "" {
		t.Errorf("a pledge of another country is shown as similar: %s", got)
	}
}

func TestMatchingPledgesLeadToEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	firstNumber, first := w.publish(t, complete())
	_, second := w.publish(t, with(form.Answers{"type": {"matching"}, "matches": {first}, "title": {"A reply"}}))
	one, err := w.service.Public(t.Context(), first, 0)
	if err != nil || len(one.MatchedBy) != 1 || one.MatchedBy[0].PublicID != second {
		t.Errorf("matched by %v, %v", one.MatchedBy, err)
	}
	two, err := w.service.Public(t.Context(), second, 0)
	if err != nil || two.Matches == nil || two.Matches.PublicID != first {
		t.Errorf("matches %v, %v", two.Matches, err)
	}
	w.apply(t, firstNumber, w.Officer.User, workflow.Archive, "taken down")
	if two, err = w.service.Public(t.Context(), second, 0); err != nil || two.Matches != nil {
		t.Errorf("it still names what was taken down: %v, %v", two.Matches, err)
	}
}

func TestFiguresCountWhatIsPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if f, err := w.service.Figures(t.Context()); err != nil || f != (pledge.Figures{}) {
		t.Errorf("of nothing: %+v, %v", f, err)
	}
	w.publish(t, complete())
	w.publish(t, with(form.Answers{"objectives": {"6", "18"}, "countries": {"KE", "GH"}}))
	gone, _ := w.publish(t, with(form.Answers{"objectives": {"1"}, "countries": {"PE"}}))
	w.publish(t, with(form.Answers{"scope": {"global"}, "on_behalf": {"other"}, "entity": {"Alliance"}, "capacity": {"its secretariat"}}))
	w.apply(t, gone, w.Officer.User, workflow.Archive, "taken down")
	f, err := w.service.Figures(t.Context())
	want := pledge.Figures{Pledges: 3, Actors: 2, Countries: 3}
	want.Objectives[5], want.Objectives[17] = 3, 1
	if err != nil || f != want {
		t.Errorf("figures %+v, %v; want %+v", f, err, want)
	}
	for n, count := range f.Objectives {
		list, err := w.service.List(t.Context(), pledge.Filter{Objectives: []int{n + 1}}, "en")
		if err != nil || list.Total != count {
			t.Errorf("objective %d: the figure is %d, its list has %d, %v", n+1, count, list.Total, err)
		}
	}
	cards, err := w.service.Latest(t.Context(), pledge.Filter{}, 2)
	if err != nil || len(cards) != 2 {
		t.Fatalf("%d cards, %v", len(cards), err)
	}
	if got := cards[0].Foot[1:]; !slices.Equal(got, []string{"No status yet", "Fresh"}) {
		t.Errorf("below a card stands %q", got)
	}
}
