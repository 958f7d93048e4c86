package pledge_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/pledge"
)

// The newest reports on all pledges, in parts, under the filters of the list: each says in which language it is, how the pledge
// stands, and leads to itself on the page of its pledge.
func TestTheNewestReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none := w.Visitor.In(t).Get("/en/pledges/updates").Want(http.StatusOK)
	if !none.Contains("No report found") {
		t.Errorf("without any it says %q", none.Text("main"))
	}
	w.trust(t, w.Office, true)
	one, publicID := w.publish(t, with(form.Answers{}))
	other, french := w.publish(t, with(texts["fr"]))
	say := func(id int64, status pledge.Status, lang, text string) {
		t.Helper()
		w.later(24 * time.Hour)
		r := w.goesOn()
		r.Status, r.Lang, r.Evidence = status, lang, text
		if _, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, []pledge.Filing{{Pledge: id, Report: r}}, pledge.ByPage); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 24 {
		say(one, pledge.InProgress, "en", fmt.Sprintf("Report number %d", n+1))
	}
	say(other, pledge.Withdrawn, "fr", "La loi *est* abrogée <b>")
	page := w.Visitor.In(t).Get("/en/pledges/updates").Want(http.StatusOK)
	items := page.Texts("main li.result")
	if len(items) != 20 || !page.Contains("The newest reports on 2 pledges") {
		t.Fatalf("%d reports: %s", len(items), page.Text("#count"))
	}
	for _, want := range []string{french, "Withdrawn", "La loi est abrogée", "Text in French", "Ministry of Labour"} {
		if !strings.Contains(items[0], want) {
			t.Errorf("the newest says %q and not %q", items[0], want)
		}
	}
	if !page.Has(`main li.result p[lang="fr"]`) || !page.Has(`main li.result a[href="/en/pledges/`+publicID+`?update=24#update-24"]`) {
		t.Error("a report does not say its language, or does not lead to itself")
	}
	if !strings.Contains(items[1], "Fresh") {
		t.Errorf("the light is not in %q", items[1])
	}
	if !page.Has(`link[type="application/atom+xml"][href*="/pledges/updates.atom"]`) || !page.Has(`main a[href*="/pledges/updates.csv"]`) || !page.Has(`main a[href*="/pledges/updates.xlsx"]`) || !page.Has(`main a[href*="/pledges/updates.json"]`) {
		t.Error("the page does not lead to its feed and files")
	}
	older := page.One(`main a[href*="after="]`).Attr("href")
	if rest := w.Visitor.In(t).Get(older).Want(http.StatusOK); rest.Count("main li.result") != 5 || !rest.Contains("Report number 5") || !rest.Contains("Report number 1") {
		t.Errorf("the rest: %d", rest.Count("main li.result"))
	}
	filtered := w.Visitor.In(t).Get("/ar/pledges/updates?status=withdrawn").Want(http.StatusOK)
	if filtered.Count("main li.result") != 1 || !filtered.Has(`main a[href^="/ar/pledges/updates"]`) {
		t.Errorf("filtered: %s", filtered.Text("main"))
	}
	for _, odd := range []string{"after=-1", "after=x", "after=GCM-P-0001", "after=99999999999999999999", "status=nonsense", "objective=99", "page=7", "as-of=2026-01-01", "q=%00", "sort=title"} {
		w.Visitor.In(t).Get("/en/pledges/updates?" + odd).Want(http.StatusOK)
	}
	if list := w.Visitor.In(t).Get("/en/pledges?status=withdrawn").Want(http.StatusOK); !list.Has(`a[href="/en/pledges/updates?status=withdrawn"]`) {
		t.Error("the list does not lead to the reports under its filters")
	}
}
