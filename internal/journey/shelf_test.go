package journey

import (
	"bytes"
	"net/http"
	"testing"

	"portal/internal/i18n"
)

// In the browser, without an account: a visitor gathers practices, sends the address to somebody else, who compares them and
// takes them along as a booklet. One that has left the repository meanwhile is told.
func TestAReadingListFromListToBooklet(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	c := newCorrespondence(t, p, i18n.English)
	first, second := c.practice(), c.practice()

	visitor := open(t, p.url, narrow)
	visitor.want(visitor.visit("/en/practices"), http.StatusOK)
	for range 2 {
		visitor.want(visitor.press(`.result a.no-print[href*="ids="]`), http.StatusOK)
	}
	visitor.want(visitor.follow("Open your reading list (2 practices)"), http.StatusOK)
	visitor.reads(first, second)
	visitor.axeAtBothWidths()
	address := visitor.path()

	other := open(t, p.url, wide)
	other.want(other.visit(address), http.StatusOK)
	other.want(other.push("Compare the marked practices"), http.StatusOK)
	other.reads("Compare practices", "2,318 people who returned.")
	other.axeAtBothWidths()
	other.want(other.visit("/ar/practices/booklet?ids=1.2"), http.StatusOK)
	other.axeAtBothWidths()
	file := p.visitor(t).Get("/en/practices/booklet.pdf?ids=1.2").Want(http.StatusOK)
	if !bytes.HasPrefix(file.Body, []byte("%PDF-")) || file.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the booklet is %.40q, %s", file.Body, file.Header.Get("Content-Type"))
	}

	if _, err := p.db.Pool.Exec(t.Context(), `UPDATE practices SET until = now() WHERE public_id = $1`, second); err != nil {
		t.Fatal(err)
	}
	other.want(other.visit(address), http.StatusOK)
	other.reads(first)
	other.axeAtBothWidths()
	other.want(other.visit("/en/practices/compare?ids=1.2"), http.StatusUnprocessableEntity)
	other.axeAtBothWidths()
}
