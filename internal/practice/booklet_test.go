package practice_test

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var (
	pdfPage   = regexp.MustCompile(`/Type /Page\b`)
	pdfString = regexp.MustCompile(`/URI \(([^)]*)\)`)
)

func TestABookletIsPrinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t)
	page := w.Visitor.Get("/en/practices/booklet?ids=3.1.5").Want(http.StatusOK)
	if got := page.Texts(".booklet__part h2"); len(got) != 3 || got[0] != "Contents" || got[1] != "Practice number 3 of all" {
		t.Errorf("the parts are %q", got)
	}
	for _, words := range []string{"As of 24 November 2026", "GCM-PR-0005 is no longer", "do not imply the expression of any opinion", publicURL + "/en/practices/booklet?ids=3.1"} {
		if !page.Contains(words) {
			t.Errorf("the booklet does not say %q", words)
		}
	}
	if strings.Contains(string(page.Body), "contact.marker@example.org") || page.Contains("Practice number 5") {
		t.Error("the booklet says what is not public")
	}
	filtered := w.Visitor.Get("/ar/practices/booklet?country=GH&sort=title").Want(http.StatusOK)
	if n := filtered.Count("article.booklet__part"); n != 3 {
		t.Errorf("%d practices of Ghana", n)
	}
	if page := w.Visitor.Get("/en/practices/GCM-PR-0001"); !page.Has(`a[href="/en/practices/booklet?ids=1"]`) || !page.Has(`a[href="/en/practices/booklet.pdf?ids=1"]`) {
		t.Error("the practice does not lead to its booklet")
	}
	for _, query := range []string{"ids=", "ids=900", "country=JP"} {
		w.Visitor.Get("/en/practices/booklet?" + query).Want(http.StatusUnprocessableEntity)
	}
	if to := w.Visitor.Get("/en/practices/booklet.pdf?country=JP").Want(http.StatusSeeOther).Location(); to != "/en/practices/booklet?country=JP" {
		t.Errorf("a PDF of nothing leads to %s", to)
	}
}

func TestABookletIsAPDF(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t)
	for _, lang := range []string{"en", "ar"} {
		file := w.Visitor.Get("/" + lang + "/practices/booklet.pdf?ids=3.1").Want(http.StatusOK)
		if got := file.Header.Get("Content-Type"); got != "application/pdf" || !bytes.HasPrefix(file.Body, []byte("%PDF-")) {
			t.Fatalf("the file is %s", got)
		}
		for _, want := range []string{"/Lang (" + lang + ")", "/StructTreeRoot", "/Outlines"} {
			if !bytes.Contains(file.Body, []byte(want)) {
				t.Errorf("%s: the PDF has no %s", lang, want)
			}
		}
		if n := len(pdfPage.FindAll(file.Body, -1)); n < 4 {
			t.Errorf("%s: %d pages, want cover, contents and one for each practice at least", lang, n)
		}
		for _, link := range pdfString.FindAllSubmatch(file.Body, -1) {
			if !bytes.HasPrefix(link[1], []byte("http")) {
				t.Errorf("%s: a link leads to %s", lang, link[1])
			}
		}
	}
}
