package conceptnote_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/webtest"
)

const newPath = "/en" + conceptnote.ConfigurationPath + "/new"

// versions are how many versions there are.
func (w *world) versions(t *testing.T) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM fund_configurations`)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// setForm is the form of the next version.
func (w *world) setForm(t *testing.T, who webtest.Person) *webtest.Form {
	t.Helper()
	return who.In(t).Get(newPath).Want(http.StatusOK).Form("main form").Forge("act", "preview")
}

// Only the lead of the fund desk sets a version; its officers read all of them, others see nothing.
func TestTheLeadOfTheFundSetsTheConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		who        webtest.Person
		read, edit int
	}{
		{w.lead, http.StatusOK, http.StatusOK},
		{w.OtherOfficer, http.StatusOK, http.StatusForbidden},
		{w.Lead, http.StatusNotFound, http.StatusNotFound},
		{w.Administrator, http.StatusNotFound, http.StatusNotFound},
		{w.filer, http.StatusNotFound, http.StatusNotFound},
	} {
		path := "/en" + conceptnote.ConfigurationPath
		c.who.In(t).Get(path).Want(c.read)
		c.who.In(t).Get(path + "/1").Want(c.read)
		c.who.In(t).Get(newPath).Want(c.edit)
		if c.edit != http.StatusOK {
			values := w.setForm(t, w.lead).Set("indirect", "9").Values()
			values.Set("act", "set")
			c.who.In(t).Post(newPath, values).Want(c.edit)
		}
	}
	w.lead.In(t).Get("/en" + conceptnote.ConfigurationPath + "/2").Want(http.StatusNotFound)
	w.lead.In(t).Get("/en" + conceptnote.ConfigurationPath + "/x").Want(http.StatusNotFound)
	if n := w.versions(t); n != 1 {
		t.Errorf("there are %d versions", n)
	}
}

// A version is previewed, confirmed and in force; sent twice it is one; the one before can be read, and neither is changed.
func TestAVersionIsPreviewedAndSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.draft(t, complete(), "note", "areas", "budget")
	w.draft(t, complete(), "contacts")
	f := w.setForm(t, w.lead)
	f.Set("category.4.out", "yes").Set("area.3.out", "yes").Set("category.0.en", "People").Set("indirect", "7.5").Set("marker.gender.least", "2").Set("part", "5000")
	f.Forge("category.7.en", "Digital tools").Forge("category.7.ar", "أدوات رقمية").Forge("area.5.en", "Climate").Forge("area.5.ar", "المناخ").Forge("area.5.objectives", "٢، 5; 5")
	preview := f.Submit().Want(http.StatusOK)
	for _, says := range []string{
		"This would be version 2", "No longer a category of the budget: “Travel”", "New category of the budget: “Digital tools”", "is now called “People”", "7 % of the direct ones and are now 7.50 %",
		"New thematic area: “Climate”", "was 1 and is now 2", "can now have 5,000", "Drafts that have saved a step that changes: 1, of 2", "“Travel”, drafts that use it: 1",
	} {
		if !preview.Contains(says) {
			t.Errorf("the preview does not say %q: %s", says, preview.Text("main"))
		}
	}
	if w.versions(t) != 1 {
		t.Fatal("the preview has set a version")
	}
	back := preview.Form("main form").Forge("act", "form").Submit().Want(http.StatusOK)
	if got := back.Form("main form").Value("category.7.en"); got != "Digital tools" {
		t.Errorf("on the way back %q is left", got)
	}
	confirm := func() {
		preview.Form("main form").Forge("act", "set").Submit().WantRedirect("/en" + conceptnote.ConfigurationPath)
	}
	confirm()
	confirm()
	if n := w.versions(t); n != 2 {
		t.Fatalf("sent twice there are %d versions", n)
	}
	if err := w.holder.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := w.holder.Versions()
	c, first := all[1].Content, all[0].Content
	ids := func(all []conceptnote.Category) []string {
		var ids []string
		for _, c := range all {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if got := ids(c.Categories); !slices.Equal(got, []string{"staff", "supplies", "equipment", "contracts", "transfers", "operating", "digital_tools"}) || c.Categories[0].Names["en"] != "People" {
		t.Errorf("the categories are %q", got)
	}
	if len(c.Areas) != 5 || c.Areas[4].ID != "climate" || !slices.Equal(c.Areas[4].Objectives, []int{2, 5}) || c.Indirect != 750 || c.Markers["gender"].Least != "2" || c.Lengths.Part != 5000 {
		t.Errorf("the version is %+v", c)
	}
	if len(first.Categories) != 7 || first.Indirect != 700 || first.Categories[0].Names["en"] != "Staff and other personnel" {
		t.Errorf("the first version has become %+v", first)
	}
	old := w.OtherOfficer.In(t).Get("/en" + conceptnote.ConfigurationPath + "/1").Want(http.StatusOK)
	if !old.Contains("no longer in force") || !old.Contains("Travel") || old.Contains("Digital tools") {
		t.Errorf("the earlier version reads %s", old.Text("main"))
	}
	record, err := database.Value[string](t.Context(), w.db.Read(), `SELECT string_agg(concat_ws(' ', act, subject, subject_id, fields), ';') FROM audit_log WHERE act = 'configuration.set'`)
	if err != nil || strings.Count(record, "configuration.set fund_configuration 2") != 1 || !strings.Contains(record, "budget") {
		t.Errorf("the record is %q, %v", record, err)
	}
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE fund_configurations SET in_force = now()`); err == nil {
		t.Error("a version can be changed")
	}
	// What was taken out is taken up again by its name, and drafts with it.
	again := w.setForm(t, w.lead).Forge("category.7.en", "travel").Forge("category.7.ar", "السفر").Submit().Want(http.StatusOK)
	again.Form("main form").Forge("act", "set").Submit().Want(http.StatusSeeOther)
	if err := w.holder.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if last := w.holder.Versions()[2].Content; last.Categories[7].ID != "travel" || len(last.FormerCategories) != 0 {
		t.Errorf("taken up again are %q", ids(last.Categories))
	}
	// Nothing changed makes no version.
	same := w.setForm(t, w.lead).Submit().Want(http.StatusOK)
	if !same.Contains("Nothing would change") || same.Has("button[value=set]") {
		t.Errorf("nothing is offered as a change: %s", same.Text("main"))
	}
}

// Two leads at once: the second sees both, what the first has set and what they typed, and nothing is lost.
func TestTwoLeadsSetTheConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.setForm(t, w.lead).Set("indirect", "8").Set("area.0.en", "Data and evidence").Submit().Want(http.StatusOK).Form("main form").Forge("act", "set")
	w.setForm(t, w.secondLead).Set("least", "12").Submit().Form("main form").Forge("act", "set").Submit().Want(http.StatusSeeOther)
	stale := second.Submit().Want(http.StatusConflict)
	for _, says := range []string{"Somebody else has changed", "and is now 12 to 36 months", "are now 8 %", "set by Second lead"} {
		if !stale.Contains(says) {
			t.Errorf("the page of both does not say %q: %s", says, stale.Text("main"))
		}
	}
	f := stale.Form("main form")
	if f.Value("indirect") != "8" || f.Value("area.0.en") != "Data and evidence" || f.Value("version") != "2" || w.versions(t) != 2 {
		t.Errorf("what was typed is not on the page: %v", f.Values())
	}
	// At the same moment one of them comes first.
	var group sync.WaitGroup
	codes := make([]int, 2)
	var ready []*webtest.Form
	for i, who := range []webtest.Person{w.lead, w.secondLead} {
		ready = append(ready, w.setForm(t, who).Set("part", []string{"4000", "5000"}[i]).Submit().Form("main form").Forge("act", "set"))
	}
	for i, form := range ready {
		group.Go(func() { codes[i] = form.Submit().Status })
	}
	group.Wait()
	slices.Sort(codes)
	if !slices.Equal(codes, []int{http.StatusSeeOther, http.StatusConflict}) || w.versions(t) != 3 {
		t.Errorf("at once they get %v, and there are %d versions", codes, w.versions(t))
	}
}

// What is wrong is told at its field, with everything kept, and nothing is set.
func TestWrongConfigurations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		typed map[string]string
		at    string
	}{
		"no English name":                {map[string]string{"category.0.en": " "}, "category.0.en"},
		"no Arabic name":                 {map[string]string{"category.7.en": "Drones"}, "category.7.ar"},
		"a name with a script":           {map[string]string{"area.0.en": "<script>alert(1)</script>"}, "area.0.en"},
		"a name without end":             {map[string]string{"area.0.ar": strings.Repeat("م", 251)}, "area.0.ar"},
		"a name twice":                   {map[string]string{"category.1.en": "staff and  OTHER personnel"}, "category.1.en"},
		"a name of nothing visible":      {map[string]string{"area.0.en": "\u202e\u200b"}, "area.0.en"},
		"an objective that there is not": {map[string]string{"area.0.objectives": "1, 24"}, "area.0.objectives"},
		"no objective":                   {map[string]string{"area.0.objectives": ""}, "area.0.objectives"},
		"negative costs":                 {map[string]string{"indirect": "-7"}, "indirect"},
		"costs above all sense":          {map[string]string{"indirect": "20.01"}, "indirect"},
		"three decimals":                 {map[string]string{"indirect": "7.123"}, "indirect"},
		"10^15 months":                   {map[string]string{"most": "1000000000000000"}, "most"},
		"from more than to":              {map[string]string{"least": "40"}, "most"},
		"no length":                      {map[string]string{"part": "0"}, "part"},
		"short above long":               {map[string]string{"part": "1000", "short": "1500"}, "short"},
		"gender need not be addressed":   {map[string]string{"marker.gender.least": "0"}, "marker.gender.least"},
		"child sensitivity any":          {map[string]string{"marker.child.least": ""}, "marker.child.least"},
		"a value that is none":           {map[string]string{"marker.rights.least": "Z"}, "marker.rights.least"},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.setForm(t, w.lead)
			for field, value := range c.typed {
				f.Forge(field, value)
			}
			page := f.Submit().Want(http.StatusUnprocessableEntity)
			if !slices.ContainsFunc(page.All("#errors a"), func(a webtest.Element) bool { return a.Attr("href") == "#"+c.at }) {
				t.Errorf("%s is not told: %s", c.at, page.Text("main"))
			}
			f = w.setForm(t, w.lead)
			for field, value := range c.typed {
				f.Forge(field, value)
			}
			f.Forge("act", "set").Submit().Want(http.StatusUnprocessableEntity)
		})
	}
	none := w.setForm(t, w.lead)
	for n := range 7 {
		none.Forge(form.RowName("category", n, "out"), "yes")
	}
	if page := none.Submit().Want(http.StatusUnprocessableEntity); !page.Contains("Keep at least one category") {
		t.Errorf("a budget without categories: %s", page.Text("main"))
	}
	// An id that was made up is none: the row is a new item, and its name decides.
	forged := w.setForm(t, w.lead).Forge("category.7.id", "party").Forge("category.7.en", "Party").Forge("category.7.ar", "حفل").Submit().Want(http.StatusOK)
	forged.Form("main form").Forge("act", "set").Submit().Want(http.StatusSeeOther)
	ids, err := database.Value[string](t.Context(), w.db.Read(), `SELECT content->'categories'->7->>'id' FROM fund_configurations WHERE version = 2`)
	if err != nil || ids != "category" {
		t.Errorf("the made up id is %q, %v", ids, err)
	}
	w.lead.In(t).Post(newPath, nil).Want(http.StatusUnprocessableEntity)
	w.lead.In(t).Post(newPath, map[string][]string{"version": {"-1"}, "act": {"set"}}).Want(http.StatusUnprocessableEntity)
	if n := w.versions(t); n != 2 {
		t.Errorf("there are %d versions", n)
	}
}

// Areas and categories stand in the order that the lead gives them: a new one can go between others.
func TestTheOrderOfAreasAndCategories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.setForm(t, w.lead)
	f.Set("category.4.place", "1").Set("category.0.place", "٣").Set("area.0.place", "5")
	f.Forge("category.7.en", "Digital tools").Forge("category.7.ar", "أدوات رقمية").Set("category.7.place", "2")
	preview := f.Submit().Want(http.StatusOK)
	if !preview.Contains("The categories of the budget stand in another order") || !preview.Contains("The thematic areas stand in another order") {
		t.Errorf("the preview says %s", preview.Text("main"))
	}
	preview.Form("main form").Forge("act", "set").Submit().WantRedirect("/en" + conceptnote.ConfigurationPath)
	if err := w.holder.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var categories, areas []string
	content := w.holder.Versions()[1].Content
	for _, c := range content.Categories {
		categories = append(categories, c.ID)
	}
	for _, a := range content.Areas {
		areas = append(areas, a.ID)
	}
	if got := strings.Join(categories, " "); got != "travel digital_tools supplies equipment staff contracts transfers operating" {
		t.Errorf("the categories are %s", got)
	}
	if got := strings.Join(areas, " "); got != "ta-2 ta-3 ta-4 ta-5 ta-1" || !slices.Contains(content.Areas[4].Objectives, 1) {
		t.Errorf("the areas are %s, the last with the objectives %v", got, content.Areas[4].Objectives)
	}
	for _, wrong := range []string{"0", "first", "99"} {
		if p := w.setForm(t, w.lead).Set("area.2.place", wrong).Submit().Want(http.StatusUnprocessableEntity); !p.Contains("Enter a whole number from 1 to 22") {
			t.Errorf("the place %q is taken", wrong)
		}
	}
}
