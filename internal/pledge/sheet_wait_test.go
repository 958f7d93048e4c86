package pledge_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/form"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// A colleague sends a report that waits at the desk while a workbook is being filled in: when it comes back the row is shown as a
// conflict, with who and when. A report that waited when the workbook was made is none, and one sent again is a new one.
func TestAReportThatWaitsIsAConflictOfAWorkbook(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	edit := func(f *excelize.File, sheet string) {
		set(t, f, sheet, "C2", "Delayed")
		set(t, f, sheet, "H2", "Rain.")
		set(t, f, sheet, "C3", "Planned")
	}
	old := edited(t, w.download(t, "en"), edit)
	w.later(3 * time.Hour)
	report := w.reportFrom(t, w.Member.User, w.pledges[0], w.reportAnswers(nil))
	conflict := func(page *webtest.Page) {
		t.Helper()
		got := page.Texts("li.note--warn")
		if len(got) != 1 || !strings.Contains(got[0], w.Member.User.Name+" sent a report on this pledge on 25 November 2026") || !strings.Contains(got[0], "It waits at the pledges desk.") {
			t.Errorf("refused: %q", got)
		}
		if !page.Contains("1 report will be made") {
			t.Errorf("the other row is not taken: %s", page.Text("main"))
		}
	}
	page, path := w.preview(t, old)
	conflict(page)
	w.confirm(page, path).Want(http.StatusSeeOther)
	if n := w.number(t, `SELECT count(*)::int FROM submissions s JOIN submission_subjects a ON a.submission_id = s.id WHERE a.subject_id = $1 AND s.state = 'submitted'`, w.ids[0]); n != 1 {
		t.Errorf("%d reports on the pledge wait", n)
	}
	// Whoever downloads it again knows of it.
	again := edited(t, w.download(t, "en"), edit)
	page, _ = w.preview(t, again)
	if page.Has("li.note--warn") || !page.Contains("2 reports will be made") {
		t.Errorf("after another download: %s", page.Text("main"))
	}
	// What the desk gave back and the colleague has sent again is another one.
	w.apply(t, report, w.Officer.User, workflow.Take, "")
	w.apply(t, report, w.Officer.User, workflow.RequestChanges, "Which schools?")
	w.write(t, report, w.Member.User, w.reportAnswers(form.Answers{"evidence": {"Forty schools in Nakuru."}}))
	w.apply(t, report, w.Member.User, workflow.Submit, "")
	page, path = w.preview(t, again)
	conflict(page)
	// While the preview is looked at, another colleague's report comes to wait.
	w.reportFrom(t, w.Head.User, w.pledges[1], w.reportAnswers(nil))
	stale := w.confirm(page, path).Want(http.StatusConflict)
	if got := stale.Texts("li.note--warn"); len(got) != 2 || !strings.Contains(got[1], w.Head.User.Name) {
		t.Errorf("refused: %q", got)
	}
	// What says nothing new is no conflict, and a workbook made before reports at the desk were in its edition knows of none.
	page, _ = w.preview(t, edited(t, w.download(t, "en"), func(f *excelize.File, sheet string) {
		set(t, f, sheet, "K2", "U0-R1")
		set(t, f, sheet, "K3", "U0-R1")
		set(t, f, sheet, "C3", "Planned")
	}))
	if got := page.Texts("li.note--warn"); len(got) != 1 || !strings.Contains(got[0], w.pledges[1]) {
		t.Errorf("refused: %q", got)
	}
}

// The days of milestones come in with a workbook and stand on the page and in the next workbook; before they were columns of
// it, a workbook came without them.
func TestMilestonesInAWorkbook(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	w.trust(t, w.Office, true)
	reached := w.today().AddDays(-20)
	page, path := w.preview(t, edited(t, w.download(t, "en"), func(f *excelize.File, sheet string) {
		set(t, f, sheet, "C2", "In progress")
		set(t, f, sheet, "Q2", reached.String())
	}))
	if !page.Contains("The bond is law") || !page.Contains("5 November 2026") {
		t.Errorf("the preview: %s", page.Text("main"))
	}
	w.confirm(page, path).Want(http.StatusSeeOther)
	if n := w.number(t, `SELECT count(*)::int FROM pledge_updates WHERE milestones = jsonb_build_array(jsonb_build_object('milestone', 'The bond is law', 'reached', $1::text))`, reached.String()); n != 1 {
		t.Errorf("%d updates say so", n)
	}
	if shown := w.Visitor.Get("/en/pledges/" + w.pledges[0]).Want(http.StatusOK); !strings.Contains(shown.Text("#update-1"), "Reached on 5 November 2026") {
		t.Errorf("the page says %q", shown.Text("#update-1"))
	}
	content := w.download(t, "ar")
	edited(t, content, func(f *excelize.File, sheet string) {
		if day, _ := f.GetCellValue(sheet, "Q2"); day != reached.String() {
			t.Errorf("the next workbook says %q", day)
		}
	})
	for what, file := range map[string][]byte{"unchanged": content, "without the columns": edited(t, content, func(f *excelize.File, sheet string) {
		for range 2 {
			if err := f.RemoveCol(sheet, "P"); err != nil {
				t.Fatal(err)
			}
		}
	})} {
		if page, _ := w.preview(t, file); !page.Contains("No change found") {
			t.Errorf("%s: %s", what, page.Text("main"))
		}
	}
}
