package journey

import (
	"archive/zip"
	"bytes"
	"errors"
	"html"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/webtest"
)

// filledIn is a Word file as somebody fills it in: texts by question, and boxes to tick.
func filledIn(t *testing.T, content []byte, texts map[string]string, ticks ...string) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	filled := zip.NewWriter(&out)
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		text := string(part)
		if f.Name == "word/document.xml" {
			for key, answer := range texts {
				text = inControl(t, text, key, `<w:showingPlcHdr/>`, ``)
				from := strings.Index(text, `<w:tag w:val="`+key+`"/>`)
				start := from + strings.Index(text[from:], `<w:sdtContent>`) + len(`<w:sdtContent>`)
				end := start + strings.Index(text[start:], `</w:sdtContent>`)
				text = text[:start] + `<w:r><w:t>` + html.EscapeString(answer) + `</w:t></w:r>` + text[end:]
			}
			for _, key := range ticks {
				text = inControl(t, text, key, `<w14:checked w14:val="0"/>`, `<w14:checked w14:val="1"/>`)
			}
		}
		w, err := filled.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := filled.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// inControl changes the first such markup behind the tag of a control.
func inControl(t *testing.T, text, key, old, changed string) string {
	t.Helper()
	at := strings.Index(text, `<w:tag w:val="`+key+`"/>`)
	if at < 0 {
		t.Fatalf("there is no control %s", key)
	}
	return text[:at] + strings.Replace(text[at:], old, changed, 1)
}

// Somebody takes the Word file home, fills it in and uploads it: first for a new draft, then once more into the draft that
// has changed meanwhile.
func TestAPledgeByWordFile(t *testing.T) {
	t.Parallel()
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			b := o.window(t, o.head, true)
			at := "/" + string(lang)
			b.want(b.visit(at+"/pledges/new"), http.StatusOK)
			href := evaluate[string](b, `document.querySelector('a[href$="/pledges/questions.docx"]').getAttribute("href")`)
			status, blank, _ := fetch(t, o.url+href)
			b.want(status, http.StatusOK)
			title := wordings[lang].title
			b.want(b.press(`a[href*="/imports/new"]`), http.StatusOK)
			b.axeAtBothWidths()
			b.attach("#file", file(t, "blank.docx", blank))
			b.want(b.press(".formpage form .btn"), http.StatusUnprocessableEntity)
			b.reads(says(lang, "word.refused.empty", "blank.docx"))
			b.axeAtBothWidths()

			b.attach("#file", file(t, "pledge.docx", filledIn(t, blank, map[string]string{"title": title, "contact_email": "nobody", "description": wordings[lang].description, "period_from": "31/2/2027"}, "on_behalf=own", "natures=financial_contribution")))
			b.want(b.press(".formpage form .btn"), http.StatusOK)
			b.reads(title, "nobody", says(lang, "form.email", i18n.Key("pledge.field.contact_email.label")), "31 2 2027")
			b.axeAtBothWidths()
			b.shoot()
			b.want(b.press(`form[action$="#errors"] .btn`), http.StatusOK)
			b.reads(says(lang, "submission.import.flash.done"))
			b.axeAtBothWidths()
			b.shoot()
			draft := b.path()
			b.want(b.visit(draft+"/steps/what"), http.StatusOK)
			if got := b.value("#title"); got != title {
				t.Errorf("the form says %q", got)
			}

			b.want(b.visit(draft+"/import"), http.StatusOK)
			b.axeAtBothWidths()
			b.attach("#file", file(t, "pledge.docx", filledIn(t, blank, map[string]string{"title": title + " 2", "entity": "x"}, "on_behalf=other")))
			b.want(b.press(".formpage form .btn"), http.StatusOK)
			b.reads(title+" 2", says(lang, "submission.import.in_draft"), says(lang, "submission.import.blank"))
			b.axeAtBothWidths()
			b.shoot()
			b.choose(`input[name="take.on_behalf"][value="draft"]`)
			b.want(b.press(`form[action$="#errors"] .btn`), http.StatusOK)
			b.want(b.visit(draft+"/steps/what"), http.StatusOK)
			if got := b.value("#title"); got != title+" 2" {
				t.Errorf("the form says %q", got)
			}
			b.want(b.visit(draft+"/steps/who"), http.StatusOK)
			if !b.has(`input[name="on_behalf"][value="own"]:checked`) {
				t.Error("the answer of the draft was not kept")
			}
		})
	}
}

// imported is the path of a preview: a file that LibreOffice has saved, for a draft that says something else.
func (w *world) imported(t *testing.T, draft string) string {
	t.Helper()
	content, err := os.ReadFile("../word/testdata/libreoffice-en.docx")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(w.client(t, w.focal).PostMultipart("/en/submissions/"+draft+"/import", nil, webtest.File{Field: "file", Name: "pledge.docx", Content: content}).Want(http.StatusSeeOther).Location(), "/en")
}
