package journey

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
	"github.com/xuri/excelize/v2"

	"portal/internal/i18n"
	"portal/internal/webtest"
)

// reported is a workbook of reports after some work in a spreadsheet program: one report, and one row that cannot be taken.
func reported(t *testing.T, lang i18n.Lang, content []byte) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	sheet := f.GetSheetName(0)
	for cell, value := range map[string]string{"C2": says(lang, "pledge.status.delayed"), "F2": "The new law waits in parliament.", "A3": "GCM-P-9999"} {
		if err := f.SetCellValue(sheet, cell, value); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// workbook uploads a filled workbook for the focal point, and returns the path of its preview.
func (w *world) workbook(t *testing.T) string {
	t.Helper()
	c := w.client(t, w.focal)
	content := c.Get("/en/pledges/sheet.xlsx?office=" + w.office()).Want(http.StatusOK).Body
	to := c.PostMultipart("/en/pledges/sheet", map[string][]string{"office": {w.office()}}, webtest.File{Field: "file", Name: "reports.xlsx", Content: reported(t, i18n.English, content)})
	return strings.TrimPrefix(to.Want(http.StatusSeeOther).Location(), "/en")
}

// An office takes its pledges home in a workbook, fills it in, uploads it, looks at what it changes, and confirms.
func TestReportsByWorkbook(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	focal := p.person(t, "focal@demo.example")
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		t.Run(string(lang), func(t *testing.T) {
			b := p.enter(t, focal, wide)
			at := "/" + string(lang)
			b.want(b.visit(at+"/pledges"), http.StatusOK)
			b.want(b.press(`main a[href$="/pledges/sheet"]`), http.StatusOK)
			href := evaluate[string](b, `document.querySelector('a[href*="sheet.xlsx"]').getAttribute("href")`)
			content := p.client(t, focal).Get(href).Want(http.StatusOK).Body
			b.attach("#file", file(t, "reports.xlsx", content))
			b.want(b.press("main form .btn"), http.StatusOK)
			b.reads(says(lang, "pledge.sheet.preview.none.title"))
			b.axeAtBothWidths()

			b.want(b.visit(at+"/pledges/sheet"), http.StatusOK)
			b.attach("#file", file(t, "reports.csv", []byte("a,b\n")))
			b.want(b.press("main form .btn"), http.StatusUnprocessableEntity)
			b.reads(says(lang, "pledge.sheet.refused.not_workbook", "reports.csv"))
			b.axeAtBothWidths()

			b.attach("#file", file(t, "reports.xlsx", reported(t, lang, content)))
			b.want(b.press("main form .btn"), http.StatusOK)
			b.reads(says(lang, "pledge.sheet.preview.changed", 1), "The new law waits in parliament.", says(lang, "pledge.sheet.wrong.id.unknown", "GCM-P-9999"))
			b.axeAtBothWidths()
			b.shoot()
			b.tabTo(`form input[name=seen] ~ p button, form:has(input[name=seen]) button`)
			b.key(kb.Enter)
			b.comes(`document.querySelector(".flash")`)
			b.axeAtBothWidths()
		})
	}
}

// A visitor chooses a day by keyboard, sees the list and the dashboard of it, and goes back to now; the report on a year is
// clean on paper.
func TestLookingBackByKeyboard(t *testing.T) {
	t.Parallel()
	b := open(t, newPortal(t, true).url, wide)
	b.want(b.visit("/en/pledges?objective=1"), http.StatusOK)
	b.tabTo(`a[href*="/pledges/as-of"]`)
	b.key(kb.Enter)
	b.comes(`document.getElementById("as-of.day")`)
	for part, text := range []string{"31", "2", "2026"} {
		b.tabTo(`[id="as-of.` + []string{"day", "month", "year"}[part] + `"]`)
		b.write(text)
	}
	b.key(kb.Enter)
	b.comes(`document.getElementById("errors")`)
	b.reads(says(i18n.English, "pledge.day.error.day"))
	b.axeAtBothWidths()
	b.fill(`[id="as-of.day"]`, "28")
	b.want(b.press("main form .btn"), http.StatusOK)
	if got := b.path(); !strings.Contains(got, "as-of=2026-02-28") || !strings.Contains(got, "objective=1") {
		t.Errorf("the day leads to %s", got)
	}
	b.reads(says(i18n.English, "pledge.day.past", "28 February 2026"))
	b.tabTo(`.note a`)
	b.key(kb.Enter)
	b.comes(`!location.search.includes("as-of")`)

	b.want(b.visit("/en/pledges/report?year=2026"), http.StatusOK)
	b.axeAtBothWidths()
	b.shoot()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if evaluate[bool](b, `[...document.querySelectorAll("form, nav, header .masthead nav")].some(e => e.offsetParent !== null)`) {
		t.Error("forms or menus are on paper")
	}
	if !evaluate[bool](b, `document.querySelectorAll("main table").length >= 2 && [...document.querySelectorAll("main table")].every(e => e.offsetParent !== null)`) {
		t.Error("the tables are not on paper")
	}
}
