package submission_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portal/internal/identity"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// pdf is the smallest thing that counts as a PDF, with something in it to tell it from others.
func pdf(content string) []byte {
	return []byte("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n% " + content + "\n%%EOF\n")
}

func file(name string, content []byte) webtest.File {
	return webtest.File{Field: "files", Name: name, Content: content}
}

// upload sends files as the page of the step would, with the Upload button.
func (w *world) upload(who webtest.Person, id workflow.ID, files ...webtest.File) *webtest.Page {
	w.Helper()
	version := fmt.Sprint(w.open(id).Text.Steps["files"].Version)
	return who.In(w.T).PostMultipart(step(id, "files"), url.Values{"version": {version}, "do": {"upload:files"}}, files...)
}

// names are the names of the files that the open revision has.
func (w *world) names(id workflow.ID) string {
	w.Helper()
	var names []string
	for _, f := range w.open(id).Files {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func TestFilesAreAddedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	form := w.Member.In(t).Get(step(id, "files")).Want(http.StatusOK).Form("form.step")
	p := form.Attach("files", "decree.pdf", pdf("one")).Attach("files", "توصيات.pdf", pdf("two")).Press("do=upload:files").WantRedirect(step(id, "files")).Follow().Want(http.StatusOK)
	if got := w.names(id); got != "decree.pdf توصيات.pdf" {
		t.Fatalf("files are %q", got)
	}
	if got := p.Texts(".files li"); len(got) != 2 || !strings.Contains(got[0], "decree.pdf") || !strings.Contains(got[0], "PDF") || !strings.Contains(got[0], "Not scanned for viruses") {
		t.Errorf("the list is %q", got)
	}
	w.Member.In(t).Get(p.All(".files li a")[0].Attr("href")).Want(http.StatusOK)
	p.Form("form.step").Press("do=" + p.All(".files button")[0].Attr("value")).WantRedirect(step(id, "files"))
	if got := w.names(id); got != "توصيات.pdf" {
		t.Errorf("after removing one, files are %q", got)
	}
	// The button that was pressed twice finds nothing left to remove.
	p.Form("form.step").Press("do=" + p.All(".files button")[0].Attr("value")).WantRedirect(step(id, "files"))
	// Continue takes what was chosen along.
	form = w.Member.In(t).Get(step(id, "files")).Form("form.step")
	form.Attach("files", "plan.txt", []byte("A plan.\n")).Press(goOn).WantRedirect(page(id, "/check"))
	check := w.Member.In(t).Get(page(id, "/check")).Want(http.StatusOK)
	if !check.Contains("plan.txt") || !check.Contains("توصيات.pdf") {
		t.Errorf("check your answers does not list the files: %s", check.Text("main"))
	}
	if p := w.Member.In(t).Get(page(id, "")); !strings.Contains(strings.Join(p.Texts(".tasks > li"), "\n"), "Saved 10:42 Geneva time by Member of the office Completed") {
		t.Errorf("the task list is %q", p.Texts(".tasks > li"))
	}
}

func TestAFileSentTwiceIsKeptOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	for range 2 {
		w.upload(w.Member, id, file("decree.pdf", pdf("one"))).WantRedirect(step(id, "files"))
	}
	if got := w.names(id); got != "decree.pdf" {
		t.Errorf("files are %q", got)
	}
	w.upload(w.Member, id, file("decree.pdf", pdf("another of that name"))).Want(http.StatusSeeOther)
	if got := w.open(id).Files; len(got) != 2 || got[0].Name == got[1].Name {
		t.Errorf("files are %q", w.names(id))
	}
}

func TestRefusedFilesCostNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	big := func(mb int) []byte { return append(pdf("big"), bytes.Repeat([]byte{'%'}, mb<<20)...) }
	for _, c := range []struct {
		name   string
		file   webtest.File
		status int
		says   string
	}{
		{"a file of 26 MB", file("large.pdf", big(26)), http.StatusRequestEntityTooLarge, "large.pdf"},
		{"a file of 30 MB", file("larger.pdf", big(30)), http.StatusRequestEntityTooLarge, "25 MB"},
		{"a program renamed to .pdf", file("decree.pdf", []byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00 This program cannot be run in DOS mode.")), http.StatusUnprocessableEntity, "decree.pdf"},
		{"a program for Linux renamed to .pdf", file("decree.pdf", []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")), http.StatusUnprocessableEntity, "decree.pdf"},
		{"a page renamed to .pdf", file("page.pdf", []byte("<!doctype html><script>alert(1)</script>")), http.StatusUnprocessableEntity, "page.pdf"},
		{"a type that is not taken", file("photo.png", []byte("\x89PNG\r\n\x1a\n")), http.StatusUnprocessableEntity, "photo.png"},
		{"an empty file", file("empty.pdf", nil), http.StatusUnprocessableEntity, "empty.pdf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			id := w.start()
			p := w.upload(webtest.Person{Client: w.Member.In(t)}, id, file("before.pdf", pdf("one")), c.file, file("after.pdf", pdf("two")))
			if p.Status != c.status || !strings.Contains(p.Text("#files-error"), c.says) || p.One(".errors a").Attr("href") != "#files" {
				t.Errorf("status %d, want %d; the page says %q", p.Status, c.status, p.Texts(".err"))
			}
			if got := w.names(id); got != "before.pdf after.pdf" {
				t.Errorf("kept are %q", got)
			}
			if p.Count(".files li") != 2 {
				t.Errorf("the page lists %q", p.Texts(".files li"))
			}
		})
	}
}

func TestTextBesideATooLargeFileIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	posted := url.Values{"version": {"0"}, "title": {"Typed beside the file"}, "type": {"individual"}, "do": {"continue"}}
	p := w.Member.In(t).PostMultipart(step(id, "what"), posted, file("large.pdf", bytes.Repeat([]byte("%PDF-1.7"), 4<<20)))
	p.Want(http.StatusSeeOther) // this step takes no files: what is sent for one is nobody's
	if w.kept(id, "title") != "Typed beside the file" || w.names(id) != "" {
		t.Errorf("kept are %q and %q", w.kept(id, "title"), w.names(id))
	}
}

func TestNoMoreThanTenFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	var all []webtest.File
	for n := range 12 {
		all = append(all, file(fmt.Sprintf("file-%02d.txt", n), fmt.Appendf(nil, "Text number %d.\n", n)))
	}
	p := w.upload(w.Member, id, all...).Want(http.StatusUnprocessableEntity)
	if got := len(w.open(id).Files); got != 10 {
		t.Errorf("%d files are kept, want ten", got)
	}
	if !strings.Contains(p.Text(".errors"), "10") {
		t.Errorf("the page says %q", p.Texts(".errors li"))
	}
}

func TestAnUploadThatBreaksOffKeepsWhatHasArrived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("files", "first.pdf")
	if err == nil {
		_, err = part.Write(pdf("one"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if part, err = form.CreateFormFile("files", "second.pdf"); err == nil {
		_, err = part.Write(pdf("half of it"))
	}
	if err != nil {
		t.Fatal(err)
	}
	// The closing boundary never comes.
	r := w.Member.In(t).Request(http.MethodPost, step(id, "files"), &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	p := w.Member.In(t).Do(r)
	if p.Status != http.StatusBadRequest {
		t.Errorf("status %d, want 400", p.Status)
	}
	if got := w.names(id); got != "first.pdf" {
		t.Errorf("kept are %q", got)
	}
}

func TestWhoGetsAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	add := func(id workflow.ID, name string) int64 {
		t.Helper()
		w.upload(w.Member, id, file(name, pdf(name))).Want(http.StatusSeeOther)
		return value[int64](w, `SELECT id FROM attachments WHERE submission_id = $1 AND name = $2`, id, name)
	}
	submit := func(id workflow.ID) {
		t.Helper()
		p := w.Member.In(t).Get(page(id, "/check")).Form("form[action*='/submission']").Set("declaration", "yes").Submit()
		p.WantRedirect(page(id, "/submission"))
	}
	draft := w.ready()
	inDraft := add(draft, "draft.pdf")
	sent := w.ready()
	inSent := add(sent, "sent.pdf")
	submit(sent)
	public := w.ready()
	inPublic := add(public, "public.pdf")
	submit(public)
	w.decide(public, workflow.Input{}, workflow.Take, workflow.Publish)
	if err := w.service.Revise(t.Context(), w.Member.User, public); err != nil {
		t.Fatal(err)
	}
	inRevision := add(public, "revision.pdf")
	again := w.published()
	step := func(take func(context.Context, identity.User, workflow.ID) error) {
		t.Helper()
		if err := take(t.Context(), w.Member.User, again); err != nil {
			t.Fatal(err)
		}
	}
	step(w.service.Revise)
	inGivenUp := add(again, "given-up.pdf")
	step(w.service.Discard)
	step(w.service.Revise)
	if err := w.service.Submit(t.Context(), w.Member.User, again, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	taken := w.ready()
	inTaken := add(taken, "taken.pdf")
	submit(taken)
	w.decide(taken, workflow.Input{}, workflow.Take, workflow.Publish)
	w.decide(taken, workflow.Input{Note: "Asked by the office"}, workflow.Archive)

	office := map[string]bool{w.Head.Kind: true, w.Member.Kind: true, w.Arab.Kind: true, w.Viewer.Kind: true, w.Conflicted.Kind: true}
	desk := map[string]bool{w.Officer.Kind: true, w.Lead.Kind: true}
	for _, c := range []struct {
		name      string
		id        int64
		everybody bool
		desk      bool
	}{
		{"of a draft", inDraft, false, false},
		{"of what was sent", inSent, false, true},
		{"of what is published", inPublic, true, true},
		{"of the unsent revision of what is published", inRevision, false, false},
		{"of a version that was given up before it was sent", inGivenUp, false, false},
		{"of what was taken down", inTaken, false, true},
	} {
		for _, p := range w.everybody() {
			want := http.StatusNotFound
			if c.everybody || office[p.Kind] || c.desk && desk[p.Kind] {
				want = http.StatusOK
			}
			if got := p.In(t).Get(fmt.Sprintf("/files/%d", c.id)); got.Status != want {
				t.Errorf("a file %s, %s: status %d, want %d", c.name, p.Kind, got.Status, want)
			}
		}
	}
	got := w.Visitor.In(t).Get(fmt.Sprintf("/files/%d", inPublic)).Want(http.StatusOK)
	if !bytes.Equal(got.Body, pdf("public.pdf")) {
		t.Errorf("the file reads %q", got.Body)
	}
	for name, want := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if d := got.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; ") {
		t.Errorf("it is not to be saved but %q", d)
	}
	if csp := got.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") {
		t.Errorf("the policy is %q", csp)
	}
	w.exec(`UPDATE attachments SET scan_state = 'infected', scanned_at = now() WHERE id = $1`, inPublic)
	if p := w.Visitor.In(t).Get(fmt.Sprintf("/files/%d", inPublic)); p.Status != http.StatusForbidden {
		t.Errorf("a file with a virus: status %d", p.Status)
	}
	for _, address := range []string{"/files/0", "/files/999999", "/files/x", "/files/-1"} {
		w.Member.In(t).Get(address).Want(http.StatusNotFound)
	}
}

func TestFilesOfAPrivateQuestionAreNeverPublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	w.upload(w.Member, id, file("passport.pdf", pdf("x"))).Want(http.StatusSeeOther)
	number := value[int64](w, `SELECT id FROM attachments WHERE submission_id = $1`, id)
	w.exec(`UPDATE attachments SET field = 'contact_name' WHERE id = $1`, number) // as if that were a private question for files
	w.Member.In(t).Get(page(id, "/check")).Form("form[action*='/submission']").Set("declaration", "yes").Submit().Want(http.StatusSeeOther)
	w.decide(id, workflow.Input{}, workflow.Take, workflow.Publish)
	w.Visitor.In(t).Get(fmt.Sprintf("/files/%d", number)).Want(http.StatusNotFound)
	w.Officer.In(t).Get(fmt.Sprintf("/files/%d", number)).Want(http.StatusOK)
}

func TestRevisionsKeepTheirFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	w.upload(w.Member, id, file("one.pdf", pdf("one")), file("two.pdf", pdf("two"))).Want(http.StatusSeeOther)
	w.Member.In(t).Get(page(id, "/check")).Form("form[action*='/submission']").Set("declaration", "yes").Submit().Want(http.StatusSeeOther)
	w.decide(id, workflow.Input{}, workflow.Take)
	w.decide(id, workflow.Input{Changes: []workflow.ChangeRequest{{Field: "files", Body: "The other decree"}}}, workflow.RequestChanges)
	if got := w.names(id); got != "one.pdf two.pdf" {
		t.Fatalf("the open revision has %q", got)
	}
	p := w.Member.In(t).Get(step(id, "files"))
	if !strings.Contains(p.Text("#files-note"), "The other decree") {
		t.Errorf("the request at the question reads %q", p.Texts("#files-note"))
	}
	p.Form("form.step").Press("do=" + p.All(".files button")[0].Attr("value")).Want(http.StatusSeeOther)
	w.upload(w.Member, id, file("three.pdf", pdf("three"))).Want(http.StatusSeeOther)
	if got := w.names(id); got != "two.pdf three.pdf" {
		t.Errorf("the open revision has %q", got)
	}
	if p := w.Member.In(t).Get(page(id, "")); p.Text("section.note--warn li .tag") != "You have changed this" {
		t.Errorf("the request is not marked as done: %s", p.Text("section.note--warn"))
	}
	diff := w.Member.In(t).Get(page(id, "/compare?from=1&to=2")).Want(http.StatusOK)
	if !strings.Contains(diff.Text("del"), "one.pdf") || !strings.Contains(diff.Text("ins"), "three.pdf") {
		t.Errorf("the comparison shows %q and %q", diff.Texts("del"), diff.Texts("ins"))
	}
	c, err := w.db.Read().Exec(t.Context(), `SELECT FROM attachments WHERE submission_id = $1 AND first_revision = 1`, id)
	if err != nil || c.RowsAffected() != 2 {
		t.Errorf("the first revision has %d files, %v", c.RowsAffected(), err)
	}
}

func TestNobodyElseAddsOrRemovesFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	w.upload(w.Member, id, file("one.pdf", pdf("one"))).Want(http.StatusSeeOther)
	number := value[int64](w, `SELECT id FROM attachments WHERE submission_id = $1`, id)
	for _, p := range w.everybody() {
		if p.Kind == w.Member.Kind || p.Kind == w.Head.Kind || p.Kind == w.Arab.Kind {
			continue
		}
		w.upload(p, id, file("two.pdf", pdf("two")))
		p.In(t).Post(step(id, "files"), url.Values{"do": {fmt.Sprint("unfile:", number)}, "version": {"1"}})
		if got := w.names(id); got != "one.pdf" {
			t.Fatalf("after %s, files are %q", p.Kind, got)
		}
	}
	// From another submission of one's own, too, it is out of reach.
	other := w.ready()
	w.Member.In(t).Post(step(other, "files"), url.Values{"do": {fmt.Sprint("unfile:", number)}}).Want(http.StatusSeeOther)
	if got := w.names(id); got != "one.pdf" {
		t.Errorf("files are %q", got)
	}
	// Once it is sent, nothing is added or removed.
	w.Member.In(t).Get(page(id, "/check")).Form("form[action*='/submission']").Set("declaration", "yes").Submit().Want(http.StatusSeeOther)
	w.upload(w.Member, id, file("two.pdf", pdf("two"))).Want(http.StatusConflict)
	w.Member.In(t).Post(step(id, "files"), url.Values{"do": {fmt.Sprint("unfile:", number)}, "version": {"1"}}).Want(http.StatusConflict)
	if got := w.names(id); got != "one.pdf" {
		t.Errorf("files are %q", got)
	}
}

func TestADownloadCanBeTakenUpAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	content := append(pdf("long"), bytes.Repeat([]byte("0123456789abcdef"), 40_000)...) // more than two chunks
	w.upload(w.Member, id, file("long.pdf", content)).Want(http.StatusSeeOther)
	address := fmt.Sprintf("/files/%d", value[int64](w, `SELECT id FROM attachments WHERE submission_id = $1`, id))
	if got := w.Member.In(t).Get(address).Want(http.StatusOK); !bytes.Equal(got.Body, content) {
		t.Errorf("%d bytes came back, want %d", len(got.Body), len(content))
	}
	r := w.Member.In(t).Request(http.MethodGet, address, nil)
	r.Header.Set("Range", "bytes=300000-300099")
	if got := w.Member.In(t).Do(r).Want(http.StatusPartialContent); !bytes.Equal(got.Body, content[300000:300100]) {
		t.Errorf("the part is %q", got.Body)
	}
}
