package champion_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"portal/internal/champion"
	"portal/internal/webtest"
)

// The public registry as it is seeded: what is in doubt is not counted, what is not known is not invented.
func TestThePublicRegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.Visitor.Get("/en/champions").Want(http.StatusOK)
	says(t, page, "33 countries", "From 18 Champion countries in 2020 to 33 today", "Morocco", "imply official endorsement")
	if strings.Contains(strings.Join(page.Texts("tbody th"), " "), "Indonesia") {
		t.Error("an entry that is in doubt is in the registry")
	}
	w.Visitor.Get("/en/champions/ID").Want(http.StatusNotFound)
	w.Visitor.Get("/en/champions/XX").Want(http.StatusNotFound)
	w.Visitor.Get("/en/champions/ke").Want(http.StatusMovedPermanently)
	says(t, w.Visitor.Get("/en/champions/KE").Want(http.StatusOK), "May 2021", "Africa")
	if p := w.Visitor.Get("/en/champions/PE").Want(http.StatusOK); p.Contains("Joined") {
		t.Error("a day of joining that is not known is on the page")
	}
	for _, c := range []struct{ query, has, not string }{
		{"?year=2021&year=2020", "Kenya", "Peru"},
		{"?year=٢٠٢١", "Egypt", "Bangladesh"},
		{"?year=unknown", "Peru", "Kenya"},
		{"?region=arab_states", "Morocco", "Kenya"},
		{"?q=maroc", "Morocco", "Peru"},
		{"?q=ken", "Kenya", "Peru"},
		{"?status=nonsense&region=nowhere&year=x", "Kenya", "Indonesia"},
	} {
		list := strings.Join(w.Visitor.Get("/en/champions"+c.query).Want(http.StatusOK).Texts("tbody th"), " ")
		if !strings.Contains(list, c.has) || strings.Contains(list, c.not) {
			t.Errorf("%s: the list is %s", c.query, list)
		}
	}
	says(t, w.Visitor.Get("/en/champions?status=ended").Want(http.StatusOK), "No Champion country matches")
	says(t, w.Visitor.Get("/ar/champions?sort=region").Want(http.StatusOK), "البلدان الرائدة", "الدول العربية", "من 18 من البلدان")

	var file struct{ Rows []map[string]any }
	if err := json.Unmarshal(w.Visitor.Get("/en/champions.json?year=2021").Want(http.StatusOK).Body, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Rows) != 3 || file.Rows[2]["since"] != "2021-05" {
		t.Errorf("the file has %v", file.Rows)
	}
	for _, extension := range []string{"csv", "xlsx", "atom", "ics"} {
		w.Visitor.Get("/en/champions." + extension).Want(http.StatusOK)
	}
}

// post sends a form of the entry at its present version.
func (w *world) post(t *testing.T, country string, form url.Values) *webtest.Page {
	t.Helper()
	form.Set("version", fmt.Sprint(value[int](t, w.db, `SELECT version FROM champions WHERE iso2 = $1`, country)))
	return w.Desk.In(t).Post("/en/desk/champions/"+country, form)
}

// The desk keeps the registry: status, days, co-chairs, with the history of each entry.
func TestTheDeskKeepsTheRegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.OtherOfficer.Get("/en/desk/champions").Want(http.StatusNotFound)
	w.OtherOfficer.Get("/en/desk/champions/KE").Want(http.StatusNotFound)
	says(t, w.Desk.Get("/en/desk/champions").Want(http.StatusOK), "Indonesia", "Unconfirmed")
	says(t, w.Desk.Post("/en/desk/champions", url.Values{"country": {"KE"}, "status": {"invited"}}).Want(http.StatusUnprocessableEntity), "in the registry already")
	says(t, w.Desk.Post("/en/desk/champions", url.Values{"country": {"XX"}, "status": {"confirmed"}}).Want(http.StatusUnprocessableEntity), "Choose a country.", "Choose a status.")
	w.Desk.Post("/en/desk/champions", url.Values{"country": {"CV"}, "status": {"invited"}}).WantRedirect("/en/desk/champions/CV")
	w.Visitor.Get("/en/champions/CV").Want(http.StatusNotFound)

	for _, c := range []struct {
		form url.Values
		says string
	}{
		{url.Values{"act": {"status"}}, "Choose a status."},
		{url.Values{"act": {"status"}, "status": {"paused"}}, "Enter a reason"},
		{url.Values{"act": {"status"}, "status": {"invited"}, "reason": {"x"}}, "cannot become this"},
		{url.Values{"act": {"status"}, "status": {"ended"}, "reason": {"x"}, "ended.year": {"2020"}}, "The end cannot be before the start."},
		{url.Values{"act": {"details"}, "since.year": {"2021"}, "since.month": {"2"}, "since.day": {"30"}, "statement_lang": {"en"}}, "a day that exists"},
		{url.Values{"act": {"details"}, "since.year": {"2099"}, "statement_lang": {"xx"}}, "cannot be in the future"},
		{url.Values{"act": {"details"}, "focal_office": {strings.Repeat("x", 301)}, "statement_lang": {"en"}}, "There are 301 now."},
		{url.Values{"act": {"chair"}}, "when the term began"},
		{url.Values{"act": {"chair"}, "from.year": {"2024"}, "until.year": {"2023"}}, "The end cannot be before the start."},
	} {
		p := w.post(t, "KE", c.form).Want(http.StatusUnprocessableEntity)
		says(t, p, c.says)
		for name, values := range c.form { // nothing typed is lost
			if len(values[0]) > 2 && name != "act" && name != "version" && !strings.Contains(string(p.Body), values[0]) {
				t.Errorf("%s: %q is lost", c.form.Encode(), values[0])
			}
		}
	}
	w.post(t, "KE", url.Values{"act": {"delete"}}).Want(http.StatusNotFound)
	if n := value[int](t, w.db, `SELECT version FROM champions WHERE iso2 = 'KE'`); n != 1 {
		t.Fatalf("wrong forms have changed the entry to version %d", n)
	}

	w.post(t, "KE", url.Values{"act": {"details"}, "since.year": {"2021"}, "since.month": {"5"}, "focal_office": {"State Department"}, "statement": {"We lead <b>gladly</b>."}, "statement_lang": {"en"}}).WantRedirect("/en/desk/champions/KE")
	w.post(t, "KE", url.Values{"act": {"chair"}, "from.year": {"2026"}, "from.month": {"2"}, "from.day": {"3"}}).WantRedirect("/en/desk/champions/KE")
	w.post(t, "KE", url.Values{"act": {"status"}, "status": {"paused"}, "reason": {"By a note of the mission"}}).WantRedirect("/en/desk/champions/KE")
	public := w.Visitor.Get("/en/champions/KE").Want(http.StatusOK)
	says(t, public, "its role is paused", "State Department", "Since 3 February 2026", "Paused its role")
	if public.Contains("By a note of the mission") || strings.Contains(string(public.Body), "<b>gladly") {
		t.Error("the public reads the desk's reason, or a statement as HTML")
	}
	says(t, w.Visitor.Get("/en/champions"), "32 countries")
	if cal := string(w.Visitor.Get("/en/champions.ics?status=paused").Want(http.StatusOK).Body); !strings.Contains(cal, "DTSTART;VALUE=DATE:20260203") {
		t.Errorf("the calendar does not have the term: %s", cal)
	}
	says(t, w.Desk.Get("/en/desk/champions/KE"), "By a note of the mission", "Officer of the network")
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE champion_events SET reason = ''`); err == nil {
		t.Error("the history can be changed")
	}

	// Two at once: one wins, the other is told and keeps what was typed.
	seen := value[int](t, w.db, `SELECT version FROM champions WHERE iso2 = 'PE'`)
	statuses := make([]int, 2)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() {
			p := w.Desk.Post("/en/desk/champions/PE", url.Values{"act": {"status"}, "version": {fmt.Sprint(seen)}, "status": {"paused"}, "reason": {fmt.Sprintf("Reason %d of two", i)}})
			if statuses[i] = p.Status; p.Status == http.StatusConflict && !strings.Contains(string(p.Body), fmt.Sprintf("Reason %d of two", i)) {
				t.Error("what was typed is lost to the conflict")
			}
		})
	}
	all.Wait()
	if statuses[0]+statuses[1] != http.StatusSeeOther+http.StatusConflict {
		t.Errorf("two changes at once: %v", statuses)
	}
}

// A document is the desk's until it is released; what is no document does not come in.
func TestDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note := url.Values{"kind": {"note"}, "title": {"Note of the mission"}, "lang": {"en"}, "reference": {"NV/2026/114"}, "dated.year": {"2026"}}
	program := webtest.File{Field: "file", Name: "note.pdf", Content: []byte("MZ\x90\x00 this is a program")}
	refused := w.Desk.PostMultipart("/en/desk/champions/KE/documents", note, program).Want(http.StatusUnprocessableEntity)
	says(t, refused, "note.pdf", "NV/2026/114")
	says(t, w.Desk.PostMultipart("/en/desk/champions/KE/documents", url.Values{"kind": {"x"}, "url": {"javascript:alert(1)"}}).Want(http.StatusUnprocessableEntity), "Enter a title", "begins with https", "Choose a language")
	says(t, w.Desk.PostMultipart("/en/desk/champion-documents", note).Want(http.StatusUnprocessableEntity), "Choose what the document is.", "Add a file")
	if n := value[int](t, w.db, `SELECT count(*)::int FROM champion_documents`); n != 0 {
		t.Fatalf("%d documents came in", n)
	}
	w.Desk.PostMultipart("/en/desk/champions/KE/documents", note, webtest.File{Field: "file", Name: "note.pdf", Content: pdf}).WantRedirect("/en/desk/champions/KE")
	path := fmt.Sprintf("/en/champions/documents/%d", value[int64](t, w.db, `SELECT id FROM champion_documents`))
	act := strings.Replace(path, "/champions/documents/", "/desk/champion-documents/", 1)
	for _, who := range []webtest.Person{w.Visitor, w.Head, w.OtherOfficer} {
		who.Get(path).Want(http.StatusNotFound)
	}
	if w.Visitor.Get("/en/champions/KE").Contains("Note of the mission") {
		t.Error("a note is public that was not released")
	}
	if got := string(w.Desk.Get(path).Want(http.StatusOK).Body); got != string(pdf) {
		t.Errorf("the file is %q", got)
	}
	if n := value[int](t, w.db, `SELECT count(*)::int FROM audit_log WHERE act = 'read' AND subject = 'attachment'`); n != 1 {
		t.Errorf("the reading of a private note is recorded %d times", n)
	}
	w.OtherOfficer.Post(act, url.Values{"act": {"release"}}).Want(http.StatusNotFound)
	w.Desk.Post(act, url.Values{"act": {"publish"}}).Want(http.StatusNotFound)
	w.Desk.Post(act, url.Values{"act": {"release"}}).WantRedirect("/en/desk/champions/KE")
	says(t, w.Visitor.Get("/en/champions/KE"), "Note of the mission", "NV/2026/114")
	w.Visitor.Get(path).Want(http.StatusOK)
	w.post(t, "KE", url.Values{"act": {"status"}, "status": {"unconfirmed"}, "reason": {"A slip"}}).Want(http.StatusSeeOther)
	w.Visitor.Get(path).Want(http.StatusNotFound)
	w.Desk.Post(act, url.Values{"act": {"remove"}}).WantRedirect("/en/desk/champions/KE")
	w.Desk.Get(path).Want(http.StatusNotFound)

	shared := url.Values{"kind": {"summary"}, "title": {"Summary of a meeting"}, "lang": {"fr"}, "url": {"https://example.org/summary"}, "released": {"yes"}}
	w.Desk.PostMultipart("/en/desk/champion-documents", shared).WantRedirect("/en/desk/champion-documents")
	says(t, w.Visitor.Get("/en/champions"), "Summary of a meeting")
}

func TestMoves(t *testing.T) {
	t.Parallel()
	for _, from := range champion.Statuses {
		if from.May(from) {
			t.Errorf("%s may become what it is", from)
		}
		ways := 0
		for _, to := range champion.Statuses {
			if from.May(to) {
				ways++
			}
		}
		if ways == 0 {
			t.Errorf("%s is a dead end", from)
		}
	}
	for _, c := range []struct {
		from, to champion.Status
		may      bool
	}{{champion.Unconfirmed, champion.Confirmed, true}, {champion.Confirmed, champion.Expressed, false}, {champion.Ended, champion.Paused, false}, {champion.Paused, champion.Confirmed, true}} {
		if c.from.May(c.to) != c.may {
			t.Errorf("%s to %s: %v", c.from, c.to, !c.may)
		}
	}
}
