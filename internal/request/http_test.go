package request_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portal/internal/request"
)

func TestTheKindsAreExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.Visitor.In(t).Get("/en/requests/new").Want(http.StatusOK)
	if p.Count("main .result") != len(request.Kinds) || !p.Contains("First answer within 3 working days. Decision within 10 working days.") {
		t.Errorf("the kinds are %v", p.Texts("main .result h3"))
	}
	w.exec(t, `UPDATE service_times SET answer_days = 1, decision_days = NULL WHERE kind = 'talk'`)
	for _, k := range request.Kinds {
		for _, lang := range []string{"en", "ar"} {
			path := "/" + lang + request.PathOf(k.Name)
			p := w.Visitor.In(t).Get(path).Want(http.StatusOK)
			if !p.Has("section[aria-labelledby=begin] a[href*='/sign-in']") || p.Has("form#begin") {
				t.Errorf("%s does not lead a visitor to sign in", path)
			}
			w.Visitor.In(t).Get(path + "/questions").Want(http.StatusOK)
			if f := w.Visitor.In(t).Get(path + "/questions.docx").Want(http.StatusOK); !strings.Contains(f.Header.Get("Content-Disposition"), k.Name) {
				t.Errorf("the Word file comes as %q", f.Header.Get("Content-Disposition"))
			}
		}
	}
	if p := w.Visitor.In(t).Get("/en/talks/new"); !p.Contains("First answer within 1 working day.") || p.Contains("Decision within") {
		t.Error("the page of talks does not say how soon they are answered now")
	}
}

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	office := strconv.FormatInt(w.Office, 10)
	member := w.Member.In(t)
	member.Get("/en/requests/new/guidance").Want(http.StatusOK).Form("form#begin").Submit().WantRedirect("/en/submissions/7")
	if want := fmt.Sprint("guidance ", office, " map[language:[en]]"); !slices.Contains(w.begun, want) {
		t.Errorf("%v was begun, not %s", w.begun, want)
	}
	begun := len(w.begun)
	for name, values := range map[string]url.Values{"no office": {}, "another office": {"office": {"999999"}}, "no number": {"office": {"x"}}, "too large": {"office": {strings.Repeat("9", 40)}}} {
		p := member.Post("/en/requests/new/guidance", values).Want(http.StatusUnprocessableEntity)
		if !p.Contains("Choose the office for which you ask.") {
			t.Errorf("%s: %s", name, p.Text("main"))
		}
	}
	// Support to a country team is for offices of the United Nations.
	if p := member.Get("/en/requests/new/support").Want(http.StatusOK); p.Has("form#begin") || !p.Contains("Only offices of the United Nations") {
		t.Error("a ministry is led to ask for support to a country team")
	}
	member.Post("/en/requests/new/support", url.Values{"office": {office}}).Want(http.StatusUnprocessableEntity)
	if len(w.begun) != begun {
		t.Errorf("drafts were begun: %v", w.begun)
	}
	w.agent.In(t).Get("/en/requests/new/support").Want(http.StatusOK).Form("form#begin").Submit().WantRedirect("/en/submissions/7")
	w.Visitor.In(t).Post("/en/requests/new/guidance", url.Values{"office": {office}}).Want(http.StatusSeeOther)
	w.Visitor.In(t).Get("/en/requests/new/anything").Want(http.StatusNotFound)
}

// Support is asked for with a published pledge of one's own office, once at a time.
func TestSupportWithAPledge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	member := w.Member.In(t)
	if p := member.Get("/en/requests/new/pledge_support").Want(http.StatusOK); p.Has("form#begin") || !p.Contains("has a published pledge") {
		t.Error("without a pledge it is said that there is none")
	}
	w.exec(t, `INSERT INTO submissions (kind, desk, title, office_id, author_id, created_at, changed_at, state, published_revision, submitted_revision, public_id)
		SELECT 'pledge', 'pledges', 'Pledge of ' || o.id, o.id, $1, now(), now(), 'published', 1, 1, 'GCM-P-000' || row_number() OVER (ORDER BY o.id = $2 DESC)
		FROM offices o WHERE o.id IN ($2, $3)`, w.Member.User.ID, w.Office, w.OtherOffice)
	f := member.Get("/en/requests/new/pledge_support").Want(http.StatusOK).Form("form#begin")
	first := f.Set("pledge", "GCM-P-0001").Submit().Want(http.StatusSeeOther).Location()
	if again := f.Submit().Want(http.StatusSeeOther).Location(); again != first {
		t.Errorf("pressed twice it is %s and %s", first, again)
	}
	var subjects, title int
	err := w.db.Read().QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE s.title = 'Pledge of ' || s.office_id) FROM submissions s JOIN submission_subjects about ON about.submission_id = s.id WHERE s.kind = 'pledge_support'`).Scan(&subjects, &title)
	if err != nil || subjects != 1 || title != 1 {
		t.Errorf("%d requests about a pledge, %d with its title, %v", subjects, title, err)
	}
	for _, id := range []string{"GCM-P-0002", "", "GCM-P-9999", "' OR 1=1"} {
		member.Post("/en/requests/new/pledge_support", url.Values{"pledge": {id}}).Want(http.StatusUnprocessableEntity)
	}
}
