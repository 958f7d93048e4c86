package conceptnote_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/workflow"
)

// draft opens a note of the filer with the answers of some steps.
func (w *world) draft(t *testing.T, a form.Answers, steps ...string) workflow.ID {
	t.Helper()
	var id workflow.ID
	err := w.db.InTx(t.Context(), func(tx database.Tx) (err error) {
		id, err = workflow.Start(t.Context(), tx, w.service.Kind(), w.agency, w.filer.User, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		w.save(t, id, step, a, false)
	}
	return id
}

// save sends a step as it would be from its page; quiet by the page itself.
func (w *world) save(t *testing.T, id workflow.ID, step string, a form.Answers, quiet bool) {
	t.Helper()
	def, _ := w.service.Kind().Form.Step(step)
	only := form.Answers{}
	for _, f := range def.Fields {
		maps.Copy(only, a.Of(f))
	}
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(t.Context(), tx, id, w.filer.User)
		if err != nil {
			return err
		}
		text, err := workflow.ReadText(t.Context(), tx, id, sub.Revision)
		if err != nil {
			return err
		}
		_, err = workflow.SaveStepFrom(t.Context(), tx, w.service.Kind(), &sub, step, workflow.Origin{Version: text.Steps[step].Version, Quiet: quiet}, only, w.filer.User, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// newVersion puts the next configuration into force: SQL changes the content of the last one.
func (w *world) newVersion(t *testing.T, change string) {
	t.Helper()
	_, err := w.db.Read().Exec(t.Context(), `INSERT INTO fund_configurations (version, in_force, content)
		SELECT version + 1, clock_timestamp(), `+change+` FROM fund_configurations ORDER BY version DESC LIMIT 1`)
	if err == nil {
		err = w.holder.Refresh(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// marked are the steps of a draft that say what has changed, with what they say.
func (w *world) marked(t *testing.T, id workflow.ID) map[string]string {
	t.Helper()
	sub, err := workflow.Find(t.Context(), w.db.Read(), id, w.filer.User)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, step := range w.service.Kind().Form.Steps {
		c, err := w.service.Above(t.Context(), sub, step.ID)
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			continue
		}
		var page strings.Builder
		if err := c.Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		all[step.ID] = page.String()
	}
	about, err := w.service.About(t.Context(), sub)
	if err != nil || about == nil {
		t.Fatal(about, err)
	}
	var page strings.Builder
	if err := about.Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "/steps/"); n != len(all) {
		t.Errorf("the task list names %d steps, and %d say what has changed: %s", n, len(all), page.String())
	}
	return all
}

// A draft that was begun under an older version says at each step that was saved what has changed since, until it is saved again,
// changed or not.
func TestADraftSaysWhatHasChangedSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := complete()
	id := w.draft(t, a, "note", "areas", "organizations", "budget", "results")
	if all := w.marked(t, id); len(all) != 0 {
		t.Fatalf("under the same version %v are marked", all)
	}
	w.newVersion(t, `jsonb_set(jsonb_set(content, '{duration,most}', '48') || jsonb_build_object('categories', (content->'categories') - 4), '{lengths,part}', '3000')`)
	all := w.marked(t, id)
	if steps := slices.Sorted(maps.Keys(all)); !slices.Equal(steps, []string{"budget", "note", "results"}) {
		t.Fatalf("marked are %q", steps)
	}
	for step, says := range map[string]string{
		"budget": "No longer a category of the budget: “Travel”", "note": "and is now 18 to 48 months", "results": "can now have 3,000",
	} {
		if !strings.Contains(all[step], says) {
			t.Errorf("%s says %s", step, all[step])
		}
	}
	w.save(t, id, "note", a, true) // the page saves by itself, and nothing was changed: nobody has read it
	if all := w.marked(t, id); all["note"] == "" {
		t.Error("a page that saves by itself has read the step")
	}
	w.save(t, id, "note", a, false)
	a["results"] = []string{"More of it."}
	w.save(t, id, "results", a, false)
	w.save(t, id, "context", a, false) // for the first time, under the new version
	if steps := slices.Sorted(maps.Keys(w.marked(t, id))); !slices.Equal(steps, []string{"budget"}) {
		t.Errorf("marked are still %q", steps)
	}
	if all := w.marked(t, w.draft(t, a, "note", "budget")); len(all) != 0 {
		t.Errorf("a draft of now is marked: %v", all)
	}
	w.newVersion(t, `content || '{"indirect": 800}'`)
	if all := w.marked(t, id); !strings.Contains(all["budget"], "Travel") || !strings.Contains(all["budget"], "were 7 % of the direct ones and are now 8 %") || len(all) != 1 {
		t.Errorf("after two versions the budget says %v", all)
	}
}

// What a removed category and area hold stays in the draft with the old name, counted, and keeps it from being sent.
func TestADraftKeepsWhatTheFundHasTakenOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, _ := seeded(t)
	a := complete()
	d := w.service.Kind().Form
	w.newVersion(t, `content || jsonb_build_object('categories', (content->'categories') - 4, 'areas', (content->'areas') - 3)`)
	w.newVersion(t, `content || '{"indirect": 800}'`) // it is remembered over several versions
	var wrong []string
	for _, p := range d.Problems(a, form.Env{Vocabulary: v, Today: today}) {
		wrong = append(wrong, p.Name+" "+p.Key)
	}
	if !slices.Equal(wrong, []string{"areas form.option.former", "budget.1.travel form.matrix.former"}) {
		t.Errorf("wrong are %q", wrong)
	}
	facts := w.service.FactsOf(t.Context(), a)
	if facts.Amount != 28350054 { // 262,500.50 and 8 % of it
		t.Errorf("the note asks for %d", facts.Amount)
	}
	for name, values := range (form.Answers{"areas": {"ta-1"}, "budget.1.travel": {""}, "budget.1.staff": {"12500.50"}}) {
		a[name] = values
	}
	if all := d.Problems(a, form.Env{Vocabulary: v, Today: today}); len(all) != 0 || w.service.FactsOf(t.Context(), a).Amount != facts.Amount {
		t.Errorf("moved, it is refused for %v", all)
	}
}

// The bounds of long and short answers are those of the configuration, in the steps that are said to have changed with them.
func TestBoundsOfAnswersAreOfTheConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bounds := func() map[string]int {
		all := map[string]int{}
		for _, s := range w.service.Kind().Form.Steps {
			for _, f := range append(slices.Clone(s.Fields), groupFields(s)...) {
				if f.Type == form.LongText {
					all[s.ID] = f.Most()
				}
			}
		}
		return all
	}
	before := bounds()
	id := w.draft(t, complete(), slices.Sorted(maps.Keys(before))...)
	w.newVersion(t, `content || '{"lengths": {"part": 5000, "short": 1500}}'`)
	changed := w.marked(t, id)
	for step, most := range bounds() {
		if most >= before[step] || changed[step] == "" {
			t.Errorf("%s: from %d to %d, and it says %q", step, before[step], most, changed[step])
		}
	}
	if len(changed) != len(before) {
		t.Errorf("%v say that they have changed", slices.Sorted(maps.Keys(changed)))
	}
}

func groupFields(s form.Step) []form.Field {
	var all []form.Field
	for _, f := range s.Fields {
		all = append(all, f.Fields...)
	}
	return all
}
