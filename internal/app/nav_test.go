package app

import (
	"net/http"
	"testing"

	"portal/internal/webtest"
	"portal/web/ui"
)

// Nobody's navigation leads to a page that they may not open, and who works at the secretariat begins on a page of theirs.
func TestEveryEntryOfTheNavigationOpens(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	begins := map[string]string{"officer of the desk": "/desk", "lead of the desk": "/desk", "officer of another desk": "/desk", "reviewer": "/reviews", "administrator": "/desk/offices"}
	for _, person := range cast.All() {
		if !person.User.IsStaff() || person.Kind == cast.HalfIn.Kind {
			continue
		}
		home := ui.DeskOf(ui.WithSite(t.Context(), portal.site), person.User)
		if want := begins[person.Kind]; want != "" && home != want {
			t.Errorf("%s begins at %s, want %s", person.Kind, home, want)
		}
		page := person.In(t).Get("/en" + home).Want(http.StatusOK)
		if n := len(page.All(".nav li")); n > 9 { // seven entries, the public site and one's own page
			t.Errorf("the navigation of %s has %d entries", person.Kind, n)
		}
		for _, link := range append(page.All(".nav a"), person.In(t).Get("/en/drafts").Want(http.StatusOK).All(".nav a")...) {
			got := person.In(t).Get(link.Attr("href"))
			if got.Status != http.StatusOK {
				t.Errorf("the navigation of %s leads to %s, which answers %d", person.Kind, link.Attr("href"), got.Status)
			}
			for _, below := range got.All(".subnav a") {
				if got := person.In(t).Get(below.Attr("href")); got.Status != http.StatusOK || !got.Has(".nav [aria-current=true]") || !got.Has(".subnav [aria-current=page]") {
					t.Errorf("the navigation of %s leads to %s, which answers %d, or does not say where one is", person.Kind, below.Attr("href"), got.Status)
				}
			}
		}
	}
}

// The days within which the secretariat answers are those that it has set itself, wherever they are told.
func TestTheDaysOfAnAnswerAreThoseThatAreSet(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	says := map[string]string{"/en/": "answers within 7 working days.", "/ar/": "وتجيب خلال 7 أيام عمل.", "/en/contact": "answer within 1 working day.", "/ar/contact": "خلال يوم عمل واحد.", "/en/pledges/new": "answers within 7 working days."}
	if _, err := db.Read().Exec(t.Context(), `UPDATE service_times SET answer_days = CASE kind WHEN 'pledge' THEN 7 ELSE 1 END WHERE kind IN ('pledge', 'contact')`); err != nil {
		t.Fatal(err)
	}
	for path, words := range says {
		if page := cast.Visitor.Get(path).Want(http.StatusOK); !page.Contains(words) {
			t.Errorf("%s does not say %q", path, words)
		}
	}
}
