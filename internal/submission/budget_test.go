package submission_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// budgeted is a form with a joint budget. Its ids are those of the pledge's questions.
var budgeted = &form.Definition{Kind: "pledge", Steps: []form.Step{
	{ID: "partners", Fields: []form.Field{{ID: "partners", Type: form.Group, Fields: []form.Field{{ID: "name", Type: form.Text}}}}},
	{ID: "what", Fields: []form.Field{
		{ID: "amount", Type: form.Matrix, Parties: "partners.name", Rate: func() int { return 700 }, Options: func(context.Context, *gcm.Vocabulary) []form.Option {
			return []form.Option{{Value: "staff", Label: "Staff"}, {Value: "travel", Label: "Travel"}}
		}},
		{ID: "title", Type: form.Text, Max: 1000},
	}},
	{ID: "text", Fields: []form.Field{{ID: "description", Type: form.LongText}}},
}}

// newBudgetWorld has a draft with a budget of two organizations.
func newBudgetWorld(t *testing.T) (*world, workflow.ID) {
	t.Helper()
	w := newWorld(t, func(o *submission.Options) { o.Kinds["pledge"].Form = budgeted })
	return w, w.draft(form.Answers{
		"partners.0.name": {"IOM"}, "partners.1.name": {"UNICEF"}, "title": {"Skills"},
		"amount.0.party": {"IOM"}, "amount.0.staff": {"1000.50"}, "amount.1.party": {"UNICEF"}, "amount.1.travel": {"70"},
	})
}

// workbookOf is the workbook that a person downloads beside the budget, changed.
func workbookOf(t *testing.T, who webtest.Person, id workflow.ID, change map[string]any) []byte {
	t.Helper()
	p := who.In(t).Get(step(id, "what")).Want(http.StatusOK)
	file := who.In(t).Get(p.One(`a[href$="/budget.xlsx"]`).Attr("href")).Want(http.StatusOK)
	if !strings.Contains(file.Header.Get("Content-Disposition"), ".xlsx") {
		t.Errorf("the file is called %q", file.Header.Get("Content-Disposition"))
	}
	f, err := excelize.OpenReader(bytes.NewReader(file.Body))
	if err != nil {
		t.Fatal(err)
	}
	for at, value := range change {
		if err := f.SetCellValue(f.GetSheetName(0), at, value); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// preview uploads a workbook.
func preview(t *testing.T, who webtest.Person, id workflow.ID, content []byte) *webtest.Page {
	t.Helper()
	return who.In(t).Get(step(id, "what")+"/budget").Want(http.StatusOK).Form("main form").Attach("file", `C:\budget <1>.xlsx`, content).Submit()
}

func kept(w *world, id workflow.ID, name string) string { return w.open(id).Answers.First(name) }

// What a workbook would change is shown, and only what is confirmed is kept; what could not be read stays, and is named with an
// example.
func TestABudgetGoesOutAndInAsAWorkbook(t *testing.T) {
	t.Parallel()
	w, id := newBudgetWorld(t)
	p := preview(t, w.Member, id, workbookOf(t, w.Member, id, map[string]any{"B7": "1 000 000,50", "C7": "1.000", "B8": 250, "C8": ""})).Want(http.StatusOK)
	for _, words := range []string{"3 amounts would change", "1,000,000.50", "1 cell could not be read", "IOM", "empty", "budget <1>.xlsx", "1,234,567.50", "C7", "Nothing is saved yet.", "1,000,250.50", "1,070,268.04"} {
		if !p.Contains(words) {
			t.Errorf("the preview does not say %q: %s", words, p.Text("main"))
		}
	}
	if kept(w, id, "amount.0.staff") != "1000.50" {
		t.Error("something is kept before it is confirmed")
	}
	done := p.Form("main form").Press("Take 3 amounts over").WantRedirect(step(id, "what") + "#amount").Follow().Want(http.StatusOK)
	if done.One(`input[name="amount.0.staff"]`).Attr("value") != "1,000,000.50" || kept(w, id, "amount.0.travel") != "250" || kept(w, id, "amount.1.travel") != "" || kept(w, id, "amount.1.staff") != "" || kept(w, id, "title") != "Skills" {
		t.Errorf("kept: %v", w.open(id).Answers)
	}
	if p := preview(t, w.Member, id, workbookOf(t, w.Member, id, nil)).Want(http.StatusOK); !p.Contains("Nothing would change") || p.Has("main form") {
		t.Errorf("a workbook that nobody touched: %s", p.Text("main"))
	}
	// The Arabic workbook on the English page.
	arabic, err := excelize.OpenReader(bytes.NewReader(w.Member.In(t).Get(strings.Replace(step(id, "what"), "/en/", "/ar/", 1) + "/budget.xlsx").Want(http.StatusOK).Body))
	if err != nil {
		t.Fatal(err)
	}
	if err := arabic.SetCellValue(arabic.GetSheetName(0), "C8", "١٬٠٠٠٬٠٠٠"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := arabic.Write(&out); err != nil {
		t.Fatal(err)
	}
	preview(t, w.Member, id, out.Bytes()).Want(http.StatusOK).Form("main form").Press("Take 1 amount over").WantRedirect(step(id, "what") + "#amount")
	if kept(w, id, "amount.1.travel") != "1000000" {
		t.Errorf("of the Arabic workbook is kept %q", kept(w, id, "amount.1.travel"))
	}
}

// A workbook made before somebody else saved leads to the page with both texts.
func TestAWorkbookOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	w, id := newBudgetWorld(t)
	mine := workbookOf(t, w.Member, id, map[string]any{"B7": 5000})
	w.stepForm(w.Head, id, "what").Set("amount.1.travel", "99.90").Press(goOn).Want(http.StatusSeeOther)
	p := preview(t, w.Member, id, mine).Want(http.StatusOK)
	if !p.Contains("The budget was saved again after this workbook was downloaded") || !p.Contains("2 amounts would change") {
		t.Errorf("the preview: %s", p.Text("main"))
	}
	both := p.Form("main form").Press("Take 2 amounts over").Want(http.StatusConflict)
	if both.One(`input[name="amount.0.staff"]`).Attr("value") != "5,000.00" || !both.Contains("99.90") || !both.Contains("1,000.50") {
		t.Errorf("the two texts are not both there: %s", both.Text("main"))
	}
	if kept(w, id, "amount.1.travel") != "99.90" || kept(w, id, "amount.0.staff") != "1000.50" {
		t.Error("what somebody has saved is written over")
	}
	both.Form("form.step").Set("amount.1.travel", "99.90").Press(goOn).Want(http.StatusSeeOther)
	if kept(w, id, "amount.1.travel") != "99.90" || kept(w, id, "amount.0.staff") != "5000" {
		t.Errorf("after the decision: %v", w.open(id).Answers)
	}
	// Somebody saves between the preview and its confirmation.
	p = preview(t, w.Member, id, workbookOf(t, w.Member, id, map[string]any{"B7": 6000})).Want(http.StatusOK)
	w.stepForm(w.Head, id, "what").Set("amount.0.staff", "7000").Press(goOn).Want(http.StatusSeeOther)
	if both := p.Form("main form").Press("Take 1 amount over").Want(http.StatusConflict); !both.Contains("7,000.00") || both.One(`input[name="amount.0.staff"]`).Attr("value") != "6,000.00" {
		t.Errorf("the two texts are not both there: %s", both.Text("main"))
	}
	// A workbook of another draft says so, and counts as made now.
	other := w.draft(form.Answers{"partners.0.name": {"IOM"}, "amount.0.party": {"IOM"}, "amount.0.staff": {"3"}})
	p = preview(t, w.Member, id, workbookOf(t, w.Member, other, nil)).Want(http.StatusOK)
	if !p.Contains("This workbook was made from another draft") || !p.Contains("UNICEF") || !p.Contains("Not in the workbook") {
		t.Errorf("the workbook of another draft: %s", p.Text("main"))
	}
}

// Two people edit one budget: the second reads both, and nothing of either is lost.
func TestTwoPeopleEditOneBudget(t *testing.T) {
	t.Parallel()
	w, id := newBudgetWorld(t)
	first, second := w.stepForm(w.Member, id, "what"), w.stepForm(w.Head, id, "what")
	first.Set("amount.0.staff", "2,000").Set("amount.0.travel", "30").Press(goOn).Want(http.StatusSeeOther)
	p := second.Set("amount.0.staff", "3,000.25").Set("amount.1.staff", "about 5").Press("Save and add up").Want(http.StatusConflict)
	if p.One(`input[name="amount.0.staff"]`).Attr("value") != "3,000.25" || p.One(`input[name="amount.1.staff"]`).Attr("value") != "about 5" {
		t.Error("what the second has typed is lost")
	}
	theirs := p.Text("#amount .note--warn")
	for _, words := range []string{"2,000.00", "30.00", "70.00"} {
		if !strings.Contains(theirs, words) {
			t.Errorf("what the first has saved is not there: %q in %q", words, theirs)
		}
	}
	if kept(w, id, "amount.0.staff") != "2000" {
		t.Error("the second has written over the first")
	}
	p.Form("form.step").Set("amount.0.travel", "30").Set("amount.1.staff", "5").Press(goOn).Want(http.StatusSeeOther)
	if kept(w, id, "amount.0.staff") != "3000.25" || kept(w, id, "amount.0.travel") != "30" || kept(w, id, "amount.1.staff") != "5" || kept(w, id, "amount.1.travel") != "70" {
		t.Errorf("after the decision: %v", w.open(id).Answers)
	}
}

// Files that are none, and people who may not.
func TestRefusedWorkbooksAndPeople(t *testing.T) {
	t.Parallel()
	w, id := newBudgetWorld(t)
	good := workbookOf(t, w.Member, id, nil)
	upload := func() *webtest.Form {
		return w.Member.In(t).Get(step(id, "what") + "/budget").Want(http.StatusOK).Form("main form")
	}
	if p := upload().Submit().Want(http.StatusUnprocessableEntity); !p.Has("#errors") || !p.Contains("Choose the workbook") {
		t.Error("no file is taken for one")
	}
	for words, content := range map[string][]byte{"is not a workbook": []byte("a,b"), "old format": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "is damaged": good[:len(good)/2]} {
		if p := preview(t, w.Member, id, content).Want(http.StatusUnprocessableEntity); !p.Contains(words) || !p.Has("#errors") {
			t.Errorf("the page does not say %q: %s", words, p.Text("main"))
		}
	}
	if p := preview(t, w.Member, id, make([]byte, 10<<20+1)).Want(http.StatusRequestEntityTooLarge); !p.Contains("is too large") {
		t.Error("a file that is too large is not told")
	}
	below := step(id, "what") + "/budget"
	w.Viewer.In(t).Get(below + ".xlsx").Want(http.StatusOK)
	w.Viewer.In(t).Get(below).Want(http.StatusForbidden)
	w.Viewer.In(t).Post(below, nil).Want(http.StatusForbidden)
	for _, path := range []string{below, below + ".xlsx"} {
		w.OtherMember.In(t).Get(path).Want(http.StatusNotFound)
		w.Member.In(t).Get(strings.Replace(path, "/what/", "/text/", 1)).Want(http.StatusNotFound)
	}
	w.exec(`DELETE FROM submission_steps WHERE submission_id = $1 AND step = 'partners'`, id)
	w.Member.In(t).Get(below + ".xlsx").WantRedirect(step(id, "what") + "#amount")
}
