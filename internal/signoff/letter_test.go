package signoff_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/signoff"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// Letters: of governments only, with a day that is not to come, as a file that may come in.
func TestOfficialLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	path := w.pageOfSignature(id, "Busia County") + "/letter"
	w.Filer.In(t).Get(path).WantRedirect(pageOf(id)) // it is not its turn
	w.sign(w.Agent, id, "Labour Agency")
	w.signByLink(fundMail)
	w.Agent.In(t).Get(path).Want(http.StatusForbidden)
	w.Colleague.In(t).Get(path).Want(http.StatusForbidden)
	read := w.Filer.In(t).Get(path).Want(http.StatusOK).Form("main form").Value("read")
	post := func(day, name string, files ...webtest.File) *webtest.Page {
		parts := strings.Split(day, "-")
		return w.Filer.In(t).PostMultipart(path, url.Values{"read": {read}, "on.year": {parts[0]}, "on.month": {parts[1]}, "on.day": {parts[2]}, "name": {name}}, files...)
	}
	field := fmt.Sprintf("letter.%d", w.signature(id, "Busia County"))
	letter := webtest.File{Field: field, Name: "letter.txt", Content: []byte("We endorse it.\n")}
	tomorrow := today(w).AddDays(1).String()
	for name, c := range map[string]struct {
		page *webtest.Page
		want string
	}{
		"to come":     {post(tomorrow, "Okello", letter), "must not be after today"},
		"too old":     {post(today(w).AddDays(-400).String(), "Okello", letter), "must not be more than a year before the note was begun"},
		"no day":      {post("2026-02-31", "Okello", letter), "must be a real day"},
		"nobody":      {post("2026-01-10", "", letter), "Enter the name of the person who signed"},
		"no file":     {post("2026-01-10", "Okello"), "Choose the file of the letter"},
		"a programme": {post("2026-01-10", "Okello", webtest.File{Field: field, Name: "letter.exe", Content: []byte("MZ\x90\x00\x03")}), "letter.exe"},
	} {
		if c.page.Want(http.StatusUnprocessableEntity); !c.page.Contains(c.want) {
			t.Errorf("%s: %s", name, c.page.Text("#errors"))
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM attachments`); n != 0 {
		t.Errorf("%d files were kept", n)
	}
	w.uploadLetter(id, "Busia County", "2026-1-10", "letter.txt")
	page := w.Agent.In(t).Get(pageOf(id)).Want(http.StatusOK)
	if !page.Contains("Signed by a letter of 10 January 2026") {
		t.Errorf("the page says %s", page.Text("main"))
	}
	page.Click(`main a[href*="/documents/"]`).Want(http.StatusOK)
	document := page.One(`main a[href*="/documents/"]`).Attr("href")
	w.Newcomer.In(t).Get(document).Want(http.StatusNotFound)
	w.Filer.In(t).Get(document + "1").Want(http.StatusNotFound)
	// A letter is no signature of an organization, nor of an agency's.
	w.Filer.In(t).Get(w.pageOfSignature(id, "Labour Agency") + "/letter").WantRedirect(pageOf(id))
	// Who signs anew by a link has not signed by the letter of before.
	w.save(id, form.Answers{"title": {"Skills that cross both borders"}}, workflow.Origin{})
	again := signoff.Request{Contacts: maps.Clone(request.Contacts)}
	again.Contacts["governments:KE:busia county"] = signoff.Contact{Name: "Governor Okello", Email: "busia.marker@gov.example"}
	if err := w.service.Ask(t.Context(), w.Filer.User, id, again); err != nil {
		t.Fatal(err)
	}
	w.sign(w.Agent, id, "Labour Agency")
	w.signByLink(fundMail)
	w.signByLink("busia.marker@gov.example")
	// However many letters others have signed with, there is room for one.
	w.exec(`INSERT INTO attachments (submission_id, field, name, format, media_type, size, sha256, uploaded_by, uploaded_at, first_revision)
		SELECT submission_id, field, n || name, format, media_type, size, sha256(n::text::bytea), uploaded_by, uploaded_at, first_revision FROM attachments, generate_series(2, 10) n`)
	w.uploadLetter(id, "Ministry of Trade", "2026-1-12", "trade.txt")
	if p := w.Agent.In(t).Get(pageOf(id)); p.Contains("letter.txt") {
		t.Errorf("a letter stands beside a signature that was given by a link: %s", p.Text("main"))
	}
	// That the desk reads a letter is recorded.
	w.sign(w.Filer, id, "RC Kenya")
	if err := w.submit(id); err != nil {
		t.Fatal(err)
	}
	read = w.OtherOfficer.In(t).Get(pageOf(id)).Want(http.StatusOK).One(`main a[href*="/documents/"]`).Attr("href")
	w.OtherOfficer.In(t).Get(read).Want(http.StatusOK)
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'read' AND subject = 'attachment' AND actor_id = $1`, w.OtherOfficer.User.ID); n != 1 {
		t.Errorf("%d readings of a letter are recorded", n)
	}
}
