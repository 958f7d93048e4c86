package pledge_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/form"
	"portal/internal/pledge"
	"portal/internal/webtest"
	"portal/internal/workbook"
	"portal/internal/workflow"
)

// sheetWorld has an office with three pledges, and one of another office.
type sheetWorld struct {
	*world
	ids     []workflow.ID
	pledges []string
	foreign string
}

func newSheetWorld(t *testing.T) *sheetWorld {
	w := &sheetWorld{world: newWorld(t)}
	for i := range 3 {
		id, publicID := w.publish(t, with(form.Answers{"title": {fmt.Sprintf("=Pledge number %d", i)}, "indicators.1.what": {"Offices opened"}, "indicators.1.target": {"12"}, "indicators.1.due.year": {"2028"}}))
		w.ids, w.pledges = append(w.ids, id), append(w.pledges, publicID)
	}
	id, err := w.start(t.Context(), w.OtherMember.User, w.OtherOffice)
	if err != nil {
		t.Fatal(err)
	}
	w.foreign = w.send(t, id, w.OtherMember.User, complete())
	w.later(24 * time.Hour)
	return w
}

// download is the workbook of the office.
func (w *sheetWorld) download(t testing.TB, lang string) []byte {
	t.Helper()
	return w.Head.Get("/" + lang + "/pledges/sheet.xlsx?office=" + strconv.FormatInt(w.Office, 10)).Want(http.StatusOK).Body
}

// edited is the workbook after some work in a spreadsheet program.
func edited(t testing.TB, content []byte, edit func(f *excelize.File, sheet string)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	edit(f, f.GetSheetName(0))
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// set writes a cell.
func set(t testing.TB, f *excelize.File, sheet, cell string, value any) {
	t.Helper()
	if err := f.SetCellValue(sheet, cell, value); err != nil {
		t.Fatal(err)
	}
}

// upload posts a file for the office and returns the answer.
func (w *sheetWorld) upload(t testing.TB, who webtest.Person, name string, content []byte) *webtest.Page {
	t.Helper()
	return who.PostMultipart("/en/pledges/sheet", url.Values{"office": {strconv.FormatInt(w.Office, 10)}}, webtest.File{Field: "file", Name: name, Content: content})
}

// preview uploads a workbook and returns its preview with its path.
func (w *sheetWorld) preview(t testing.TB, content []byte) (*webtest.Page, string) {
	t.Helper()
	path := w.upload(t, w.Head, "pledges.xlsx", content).Want(http.StatusSeeOther).Header.Get("Location")
	return w.Head.Get(path).Want(http.StatusOK), path
}

// confirm presses the button of a preview.
func (w *sheetWorld) confirm(page *webtest.Page, path string) *webtest.Page {
	return w.Head.Post(path, url.Values{"seen": {page.One("input[name=seen]").Attr("value")}})
}

// What goes out and comes back unchanged changes nothing, in every language, before and after reports.
func TestAnUnchangedWorkbookChangesNothing(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	check := func() {
		t.Helper()
		for _, lang := range []string{"en", "ar"} {
			content := w.download(t, lang)
			for what, file := range map[string][]byte{"as it is": content, "saved by a program": edited(t, content, func(*excelize.File, string) {})} {
				page, _ := w.preview(t, file)
				if !page.Contains("No change found") || page.Has("input[name=seen]") {
					t.Errorf("%s, %s: %s", lang, what, page.Text("main"))
				}
			}
		}
	}
	check()
	w.update(t, w.ids[0], pledge.InProgress, "2027-03-01")
	w.update(t, w.ids[1], pledge.FulfilledLate, "")
	check()
}

// The workbook is as the page says: names are texts, statuses a list, fixed cells locked, and it explains itself.
func TestTheWorkbookOfAnOffice(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	for lang, how := range map[string]string{"en": "How to", "ar": "كيفية الاستخدام"} {
		f, err := excelize.OpenReader(bytes.NewReader(w.download(t, lang)))
		if err != nil {
			t.Fatal(err)
		}
		if sheets := f.GetSheetList(); len(sheets) != 2 || sheets[1] != how {
			t.Errorf("%s: sheets %q", lang, sheets)
		}
		sheet := f.GetSheetName(0)
		rows, err := f.GetRows(sheet)
		if err != nil || len(rows) != 4 || rows[1][0] != w.pledges[0] || rows[1][1] != "=Pledge number 0" {
			t.Fatalf("%s: %v %v", lang, rows, err)
		}
		if formula, _ := f.GetCellFormula(sheet, "B2"); formula != "" {
			t.Errorf("%s: a name became the formula %q", lang, formula)
		}
		validations, err := f.GetDataValidations(sheet)
		if err != nil || len(validations) != 4 || validations[0].Sqref != "C2:C4" {
			t.Errorf("%s: %d lists to choose from (%v)", lang, len(validations), err)
		}
		if protection, err := f.GetSheetProtection(sheet); err != nil || !protection.SelectUnlockedCells {
			t.Errorf("%s: the sheet is not protected: %+v %v", lang, protection, err)
		}
		if milestone, _ := f.GetCellValue(sheet, "P2"); milestone != "The bond is law" || validations[3].Sqref != "Q2:Q4" {
			t.Errorf("%s: the milestone is %q, and its days are in %q", lang, milestone, validations[3].Sqref)
		}
		if visible, err := f.GetColVisible(sheet, "K"); err != nil || visible {
			t.Errorf("%s: the edition is in sight (%v)", lang, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	office := strconv.FormatInt(w.Office, 10)
	for _, who := range []webtest.Person{w.Newcomer, w.OtherMember, w.Officer} {
		who.Get("/en/pledges/sheet.xlsx?office=" + office).Want(http.StatusNotFound)
	}
	w.Head.Get("/en/pledges/sheet.xlsx?office=nonsense").Want(http.StatusNotFound)
}

// A round trip: download, edit, upload, look at each change, confirm; once, also when the button is pressed twice.
func TestReportsFromAWorkbook(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{true, false} {
		t.Run(fmt.Sprintf("trusted %v", trusted), func(t *testing.T) {
			t.Parallel()
			w := newSheetWorld(t)
			if trusted {
				w.trust(t, w.Office, true)
			}
			page, path := w.preview(t, edited(t, w.download(t, "en"), func(f *excelize.File, sheet string) {
				set(t, f, sheet, "C2", "In progress")
				set(t, f, sheet, "D2", w.now().AddDate(0, 0, -1))
				set(t, f, sheet, "F2", "The register is *open*.")
				set(t, f, sheet, "M2", 41.5)
				set(t, f, sheet, "C3", "fulfilled")
				set(t, f, sheet, "F3", "All done.")
			}))
			for _, want := range []string{"2 reports will be made", "1 row says nothing new.", "Row 2", "In progress", "before: No status yet", "The register is *open*.", "41.5", "Workers who report paying no fee", "Texts are taken to be in English."} {
				if !page.Contains(want) {
					t.Errorf("the preview does not say %q: %s", want, page.Text("main"))
				}
			}
			if n := w.number(t, `SELECT count(*) FROM pledge_updates`); n != 0 {
				t.Fatalf("%d reports before anybody confirmed", n)
			}
			var pressed sync.WaitGroup
			for range 3 {
				pressed.Go(func() { w.confirm(page, path).Want(http.StatusSeeOther) })
			}
			pressed.Wait()
			if trusted {
				if n := w.number(t, `SELECT count(*) FROM pledge_updates WHERE means = 'sheet' AND lang = 'en'`); n != 2 {
					t.Errorf("%d reports are published", n)
				}
				shown := w.Visitor.Get("/en/pledges/" + w.pledges[0]).Want(http.StatusOK)
				if !shown.Contains("The register is open.") || !shown.Contains("41.5") {
					t.Error("the page does not show the report")
				}
			} else if n := w.number(t, `SELECT count(*) FROM submissions WHERE kind = 'pledge_sheet' AND state = 'submitted'`); n != 1 {
				t.Errorf("%d sheets wait at the desk", n)
			}
			w.Head.Get(path).Want(http.StatusSeeOther) // confirmed before
		})
	}
}

// Each row that cannot be taken has its reason; the others go through.
func TestRowsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	w.trust(t, w.Office, true)
	content := w.download(t, "en")
	for name, test := range map[string]struct {
		edit func(f *excelize.File, sheet string)
		want string
	}{
		"another office's pledge":    {func(f *excelize.File, s string) { set(t, f, s, "A2", w.foreign); set(t, f, s, "C2", "Delayed") }, w.foreign + " is a pledge of another office."},
		"a pledge that there is not": {func(f *excelize.File, s string) { set(t, f, s, "A2", "GCM-P-8888") }, "GCM-P-8888 is not a published pledge."},
		"no ID":                      {func(f *excelize.File, s string) { set(t, f, s, "A2", "my pledge") }, "“my pledge” is not the ID of a pledge."},
		"a blank ID":                 {func(f *excelize.File, s string) { set(t, f, s, "A2", nil) }, "Its ID is missing."},
		"twice":                      {func(f *excelize.File, s string) { set(t, f, s, "A3", w.pledges[0]) }, w.pledges[0] + " stands in row 2 already."},
		"columns sorted apart":       {func(f *excelize.File, s string) { set(t, f, s, "B2", "=Pledge number 1") }, "The name in this row is not that of " + w.pledges[0]},
		"an indicator moved":         {func(f *excelize.File, s string) { set(t, f, s, "L2", "Offices opened"); set(t, f, s, "M2", 7) }, "does not stand beside its indicator"},
		"a milestone moved": {func(f *excelize.File, s string) {
			set(t, f, s, "P2", "Offices opened")
			set(t, f, s, "Q2", "2026-11-20")
			set(t, f, s, "C2", "Delayed")
		}, "does not stand beside its milestone"},
		"a milestone to come":       {func(f *excelize.File, s string) { set(t, f, s, "Q2", "2027-06-30"); set(t, f, s, "C2", "Delayed") }, "The day on which a milestone was reached must not lie in the future."},
		"a milestone without a day": {func(f *excelize.File, s string) { set(t, f, s, "Q2", "soon") }, "Cell Q2 holds “soon”, which is not read as a day."},
		"no edition":                {func(f *excelize.File, s string) { set(t, f, s, "K2", "1") }, "The hidden column “Edition” was changed."},
		"an edition to come":        {func(f *excelize.File, s string) { set(t, f, s, "K2", "U7-R9") }, "The hidden column “Edition” was changed."},
		"a formula": {func(f *excelize.File, s string) {
			if err := f.SetCellFormula(s, "F2", `HYPERLINK("https://evil.example")`); err != nil {
				t.Fatal(err)
			}
		}, "Cell F2 holds a formula."},
		"a day as a text":            {func(f *excelize.File, s string) { set(t, f, s, "D2", "yesterday") }, "Cell D2 holds “yesterday”, which is not read as a day."},
		"a day in two ways":          {func(f *excelize.File, s string) { set(t, f, s, "J2", "3/4/2027") }, "Cell J2 holds “3/4/2027”"},
		"a day to come":              {func(f *excelize.File, s string) { set(t, f, s, "C2", "Delayed"); set(t, f, s, "D2", "2027-06-30") }, "must not lie in the future"},
		"31 February":                {func(f *excelize.File, s string) { set(t, f, s, "D2", "2026-02-31") }, "Cell D2 holds “2026-02-31”"},
		"a report in the past":       {func(f *excelize.File, s string) { set(t, f, s, "C2", "Delayed"); set(t, f, s, "J2", "2020-01-01") }, "The day of the next report must not lie in the past."},
		"an unknown status":          {func(f *excelize.File, s string) { set(t, f, s, "C2", "Nearly done") }, "“Nearly done” is not a status."},
		"withdrawn without a reason": {func(f *excelize.File, s string) { set(t, f, s, "C2", "Withdrawn") }, "Say why the pledge is withdrawn."},
		"a link that is none": {func(f *excelize.File, s string) {
			set(t, f, s, "C2", "Delayed")
			set(t, f, s, "G2", "javascript:alert(1)")
		}, "Enter a full address"},
		"no status":            {func(f *excelize.File, s string) { set(t, f, s, "F2", "We did something.") }, "Choose the status of the pledge."},
		"superseded by itself": {func(f *excelize.File, s string) { set(t, f, s, "C2", "Superseded"); set(t, f, s, "E2", w.pledges[0]) }, "A pledge cannot take its own place."},
		"too long": {func(f *excelize.File, s string) {
			set(t, f, s, "C2", "Delayed")
			set(t, f, s, "F2", strings.Repeat("long ", 700))
		}, "This text may have at most 3,000 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			page, path := w.preview(t, edited(t, content, func(f *excelize.File, sheet string) {
				set(t, f, sheet, "C4", "Planned")
				test.edit(f, sheet)
			}))
			if !page.Contains(test.want) || !page.Contains("1 report will be made") {
				t.Errorf("the preview: %s", page.Text("main"))
			}
			_ = path
		})
	}
	page, path := w.preview(t, edited(t, content, func(f *excelize.File, sheet string) {
		set(t, f, sheet, "A2", w.foreign)
		set(t, f, sheet, "C2", "Delayed")
		set(t, f, sheet, "C4", "Planned")
	}))
	w.confirm(page, path).Want(http.StatusSeeOther)
	if n := w.number(t, `SELECT count(*) FROM pledge_updates`); n != 1 {
		t.Errorf("%d reports, want only that of the row that could be taken", n)
	}
}

// Another day's workbook, whose pledges have moved on meanwhile: the conflict is named, nothing newer is overwritten; what
// was not touched is no conflict.
func TestAWorkbookOfAnotherDay(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	w.trust(t, w.Office, true)
	old := edited(t, w.download(t, "en"), func(f *excelize.File, sheet string) {
		set(t, f, sheet, "C2", "Delayed")
		set(t, f, sheet, "C4", "Planned")
	})
	w.update(t, w.ids[0], pledge.InProgress, "2027-03-01")
	w.update(t, w.ids[1], pledge.InProgress, "2027-03-01")
	w.apply(t, w.ids[2], w.Head.User, workflow.Revise, "")
	w.send(t, w.ids[2], w.Head.User, with(form.Answers{"title": {"Pledge with another name"}}))
	page, _ := w.preview(t, old)
	if got := page.Texts("li.note--warn"); len(got) != 2 || !strings.Contains(got[0], "The pledge has moved on since you downloaded the workbook") || !strings.Contains(got[1], "moved on") {
		t.Errorf("refused: %q", got)
	}
	if !page.Contains("1 row says nothing new.") || page.Has("input[name=seen]") {
		t.Errorf("the preview: %s", page.Text("main"))
	}
	// While the preview is looked at, a colleague reports.
	page, path := w.preview(t, edited(t, w.download(t, "en"), func(f *excelize.File, sheet string) { set(t, f, sheet, "C3", "Delayed") }))
	w.update(t, w.ids[1], pledge.Planned, "2027-03-01")
	again := w.confirm(page, path).Want(http.StatusConflict)
	if !again.Contains("Something has changed since you saw this page.") || !again.Contains("moved on") {
		t.Errorf("after a colleague: %s", again.Text("main"))
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_updates WHERE means = 'sheet'`); n != 0 {
		t.Errorf("%d reports came through", n)
	}
	// Two people with the same pledge at once: one of them comes through.
	content := edited(t, w.download(t, "en"), func(f *excelize.File, sheet string) { set(t, f, sheet, "C3", "Delayed") })
	first, firstPath := w.preview(t, content)
	secondPath := w.upload(t, w.Member, "pledges.xlsx", content).Want(http.StatusSeeOther).Header.Get("Location")
	second := w.Member.Get(secondPath).Want(http.StatusOK)
	var both sync.WaitGroup
	both.Go(func() { w.confirm(first, firstPath) })
	both.Go(func() { w.Member.Post(secondPath, url.Values{"seen": {second.One("input[name=seen]").Attr("value")}}) })
	both.Wait()
	if n := w.number(t, `SELECT count(*) FROM pledge_updates WHERE means = 'sheet'`); n != 1 {
		t.Errorf("%d reports of two people, want 1", n)
	}
}

// A file that is no such workbook is refused as a whole, each with its reason.
func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	content := w.download(t, "en")
	for name, test := range map[string]struct {
		content []byte
		want    string
		status  int
	}{
		"a table as text": {[]byte("Pledge,Status\nGCM-P-0001,Delayed\n"), "is not a workbook, whatever its name says", 0},
		"nothing":         {nil, "is not a workbook", 0},
		"an old workbook": {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), "is in the old format .xls", 0},
		"half a file":     {content[:len(content)/2], "is damaged", 0},
		"too large":       {make([]byte, workbook.MaxBytes+1), "is too large", http.StatusRequestEntityTooLarge},
		"another workbook": {edited(t, content, func(f *excelize.File, sheet string) {
			for c := 'A'; c < 'R'; c++ {
				set(t, f, sheet, string(c)+"1", "Something")
			}
		}), "has the columns of the workbook that you downloaded", 0},
		"a renamed column": {edited(t, content, func(f *excelize.File, sheet string) { set(t, f, sheet, "C1", "State of play") }), "lacks the column “Status”", 0},
		"a column twice":   {edited(t, content, func(f *excelize.File, sheet string) { set(t, f, sheet, "D1", "Status") }), "has the column “Status” twice: C and D", 0},
		"no row": {edited(t, content, func(f *excelize.File, sheet string) {
			for range 3 {
				_ = f.RemoveRow(sheet, 2)
			}
		}), "has no rows with pledges", 0},
		"merged cells":      {edited(t, content, func(f *excelize.File, sheet string) { _ = f.MergeCell(sheet, "C2", "C3") }), "has merged cells: C2:C3", 0},
		"without its sheet": {edited(t, content, func(f *excelize.File, sheet string) { _ = f.DeleteSheet(sheet) }), "has the columns of the workbook that you downloaded", 0},
	} {
		status := http.StatusUnprocessableEntity
		if test.status != 0 {
			status = test.status
		}
		page := w.upload(t, w.Head, "Reports.xlsx", test.content).Want(status)
		if got := page.Text("#errors"); !strings.Contains(got, test.want) || !strings.Contains(got, "“Reports.xlsx”") {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Columns in another order and other sheets do no harm.
	page, _ := w.preview(t, edited(t, content, func(f *excelize.File, sheet string) {
		if _, err := f.NewSheet("Notes"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "Notes", "A1", "Anything")
		for row := 1; row <= 4; row++ {
			for _, pair := range [][2]string{{"F", "H"}} {
				a, _ := f.GetCellValue(sheet, pair[0]+strconv.Itoa(row))
				b, _ := f.GetCellValue(sheet, pair[1]+strconv.Itoa(row))
				set(t, f, sheet, pair[0]+strconv.Itoa(row), b)
				set(t, f, sheet, pair[1]+strconv.Itoa(row), a)
			}
		}
		set(t, f, sheet, "C2", "Delayed")
		set(t, f, sheet, "F2", "Rain.")
	}))
	if !page.Contains("1 report will be made") || !page.Contains("Obstacles") || !page.Contains("Rain.") {
		t.Errorf("with columns in another order: %s", page.Text("main"))
	}
	// Nobody else sees it, uploads for the office, or confirms it.
	_, path := w.preview(t, content)
	w.Member.Get(path).Want(http.StatusNotFound)
	w.OtherMember.Post(path, url.Values{"seen": {"x"}}).Want(http.StatusNotFound)
	w.upload(t, w.OtherMember, "pledges.xlsx", content).Want(http.StatusForbidden)
	w.Head.Post(path+"/cancellation", nil).Want(http.StatusSeeOther)
	w.Head.Get(path).Want(http.StatusNotFound)
	// A file that nobody confirms is forgotten.
	_, path = w.preview(t, content)
	w.later(8 * 24 * time.Hour)
	if err := w.service.DropSheets(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Head.Get(path).Want(http.StatusNotFound)
	if n := w.number(t, `SELECT count(*) FROM pledge_sheets`); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// Who has been told that the desk reads the reports first does not publish them, should the office have been trusted meanwhile;
// nor the other way round.
func TestTrustThatChangesBetweenPreviewAndConfirmation(t *testing.T) {
	t.Parallel()
	w := newSheetWorld(t)
	for _, trusted := range []bool{true, false} {
		page, path := w.preview(t, edited(t, w.download(t, "en"), func(f *excelize.File, sheet string) { set(t, f, sheet, "C2", "In progress") }))
		w.trust(t, w.Office, trusted)
		stale := w.confirm(page, path).Want(http.StatusConflict)
		if n := w.number(t, `SELECT count(*)::int FROM pledge_updates`) + w.number(t, `SELECT count(*)::int FROM submissions WHERE kind LIKE 'pledge_%'`); n != 0 {
			t.Errorf("%d reports were made", n)
		}
		if trusted {
			continue
		}
		w.confirm(stale, path).Want(http.StatusSeeOther)
	}
}

// BenchmarkSheetPreview uploads a workbook of 5,000 pledges, each with a change, and shows its preview: the whole way from the
// post to the page.
func BenchmarkSheetPreview(b *testing.B) {
	w := &sheetWorld{world: newWorld(b)}
	w.fill(b, pledge.MaxSheetRows)
	if _, err := w.db.Read().Exec(b.Context(), `INSERT INTO pledge_updates (pledge_id, revision, means, status, on_day, lang, evidence, progress, next_report_on, office_name, published_at)
		SELECT p.id, 1, 'page', 'in_progress', '2026-06-01', 'en', 'It goes on.', '[{"indicator": "Workers who report paying no fee", "value": "40"}]', '2027-06-01', 'Ministry of Labour', timestamptz '2026-01-01' + n * interval '1 day'
		  FROM pledges p, generate_series(1, 3) n ORDER BY n`); err != nil {
		b.Fatal(err)
	}
	content := edited(b, w.download(b, "en"), func(f *excelize.File, sheet string) {
		for row := 2; row <= pledge.MaxSheetRows+1; row++ {
			set(b, f, sheet, "F"+strconv.Itoa(row), "Row "+strconv.Itoa(row)+" has news.")
		}
	})
	for b.Loop() {
		if page, _ := w.preview(b, content); !page.Contains("5,000 reports will be made") {
			b.Fatalf("%.300s", page.Text("main"))
		}
	}
}
