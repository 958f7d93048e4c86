package pledge_test

import (
	"net/http"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
)

// Characters that turn the text beside them around are kept out of titles and texts: of pledges, partners, cases and
// reports, on pages, in files, in feeds and in mails.
func TestNothingTypedTurnsAPageAround(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const turned = "Safe \u202eroutes\u2066 \u202bfor all"
	_, id := w.publish(t, with(form.Answers{
		"title": {turned}, "support_needed": {turned}, "type": {"common"}, "indicators.0.what": {turned},
		"partners.0.name": {turned}, "partners.0.country": {"KE"}, "partners.0.email": {"partner@example.org"}, "partners.0.part": {turned},
	}))
	made := w.OtherMember.In(t).Get("/en/pledges/"+id+"/interest?support=needed").Want(http.StatusOK).
		Form("form[action*=interest]").Set("text", turned).Submit().Follow().Want(http.StatusOK)
	made.Form("form[data-guard]").Set("text", turned).Press("do=message").Follow().Want(http.StatusOK)
	desk := w.Officer.In(t).Get("/en/desk/cases").Want(http.StatusOK).Click("ul.list a").Want(http.StatusOK)
	desk.Form("form[data-guard]").Set("text", turned).Submit().Follow().Want(http.StatusOK)
	said := map[string]string{"the case": string(w.Head.In(t).Get(made.URL.Path).Body), "the case at the desk": string(w.Officer.In(t).Get(desk.URL.Path).Body)}
	for _, path := range []string{"/pledges", "/pledges/" + id, "/pledges/needs", "/pledges/dashboard", "/pledges.csv", "/pledges.json", "/pledges.atom", "/pledges?q=routes"} {
		for _, lang := range []string{"/en", "/ar"} {
			said[lang+path] = string(w.Visitor.In(t).Get(lang + path).Want(http.StatusOK).Body)
		}
	}
	mails, err := database.Values[string](t.Context(), w.db.Read(), `SELECT subject || html || body FROM outbox`)
	if err != nil || len(mails) < 3 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	said["mails"] = strings.Join(mails, "\n")
	for where, text := range said {
		if strings.ContainsAny(text, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067") {
			t.Errorf("%s is turned around", where)
		}
		if !strings.Contains(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(text), "Safe routes for all") {
			t.Errorf("%s does not say what was typed", where)
		}
	}
}
