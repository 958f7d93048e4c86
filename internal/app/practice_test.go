package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/review"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// practiceOf are the answers of an invented practice.
func practiceOf(t *testing.T, who identity.User) form.Answers {
	t.Helper()
	all, err := loadPractices()
	if err != nil {
		t.Fatal(err)
	}
	return practiceAnswers(all[0], demoPledge{Office: "Ministry of Employment", Category: "member_state"}, who)
}

// writePractice begins a practice of the person's office and writes the answers.
func writePractice(t *testing.T, portal *App, who identity.User, answers form.Answers) workflow.ID {
	t.Helper()
	id, err := portal.areas.practices.Start(t.Context(), who, who.Posts[0].OfficeID, "")
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, portal, who, id, answers)
	return id
}

// rewrite saves the answers into the open revision.
func rewrite(t *testing.T, portal *App, who identity.User, id workflow.ID, answers form.Answers) {
	t.Helper()
	c, err := portal.areas.submissions.Open(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range c.Kind.Form.Steps {
		if only := pick(step, answers); len(only) > 0 {
			if _, err := portal.areas.submissions.SaveStep(t.Context(), who, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, only); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func submitted(t *testing.T, portal *App, who identity.User, id workflow.ID) {
	t.Helper()
	if err := portal.areas.submissions.Submit(t.Context(), who, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
}

// hubOfficer is somebody at the hub desk.
func hubOfficer(t *testing.T, db *database.DB) identity.User {
	t.Helper()
	return webtest.NewUser(t, db, "Hub officer", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk})
}

// decided has the officer take the submission and decide on it.
func decided(t *testing.T, portal *App, officer identity.User, id workflow.ID, d review.Decision) {
	t.Helper()
	if c := caseOf(t, portal, officer, id); c.State == workflow.Submitted {
		if err := portal.areas.desk.Assign(t.Context(), officer, id, officer.ID, c.Version); err != nil {
			t.Fatal(err)
		}
	}
	c := caseOf(t, portal, officer, id)
	d.Version = c.Version
	if c.Unreviewed {
		d.Exception = "The test is no peer."
	}
	if err := portal.areas.desk.Decide(t.Context(), officer, id, d); err != nil {
		t.Fatal(err)
	}
}

// publishPractice takes a practice of the person's office from draft to publication, and returns its public ID.
func publishPractice(t *testing.T, portal *App, db *database.DB, who identity.User) string {
	t.Helper()
	id := writePractice(t, portal, who, practiceOf(t, who))
	submitted(t, portal, who, id)
	officer := hubOfficer(t, db)
	decided(t, portal, officer, id, review.Decision{Action: workflow.Publish})
	return *caseOf(t, portal, officer, id).PublicID
}

// A practice through the pages: criteria, an image with its words, publication, a second version, and what is public of it.
func TestAPracticeFromDraftToItsPage(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	member, visitor := cast.Member.In(t), cast.Visitor.In(t)
	office := strconv.FormatInt(cast.Office, 10)

	member.Post("/en/practices", url.Values{"office": {office}}).Want(http.StatusUnprocessableEntity)
	member.Post("/en/practices", url.Values{"office": {strconv.FormatInt(cast.OtherOffice, 10)}, "criteria": {"yes"}}).Want(http.StatusUnprocessableEntity)
	draft := member.Post("/en/practices", url.Values{"office": {office}, "criteria": {"yes"}}).Want(http.StatusSeeOther).Location()
	id, err := strconv.ParseInt(draft[strings.LastIndexByte(draft, '/')+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	answers := practiceOf(t, cast.Member.User)
	answers["contact_email"] = []string{"contact.marker@example.org"}
	rewrite(t, portal, cast.Member.User, id, answers)

	// An image that is too large is refused with what was typed beside it kept; then one comes in.
	step := draft + "/steps/images"
	typed := url.Values{"version": {"0"}, "images.0.file": {""}, "images.0.alt": {"Threads"}, "images.0.licence": {"cc-by-4.0"}, "do": {"continue"}}
	drawing, err := demoImage(1)
	if err != nil {
		t.Fatal(err)
	}
	upload := func(content []byte) *webtest.Page {
		return member.PostMultipart(step, typed, webtest.File{Field: "images.0.file.upload", Name: "drawing.png", Content: content})
	}
	refused := upload([]byte("no image")).Want(http.StatusUnprocessableEntity)
	if refused.One("[name='images.0.alt']").Attr("value") != "Threads" || refused.One(".errors a").Attr("href") != "#images.0.file" {
		t.Errorf("the page says %q", refused.Texts(".err"))
	}
	typed.Set("version", "1")
	upload(drawing).Want(http.StatusSeeOther)
	shown := member.Get(step).Want(http.StatusOK)
	image := shown.One("figure.picture img")
	if image.Attr("alt") != "Threads" {
		t.Errorf("the image's words are %q", image.Attr("alt"))
	}
	visitor.Get(image.Attr("src")).Want(http.StatusNotFound)
	if cache := member.Get(image.Attr("src")).Want(http.StatusOK).Header.Get("Cache-Control"); cache != "private, no-store" {
		t.Errorf("an unpublished image is cached as %q", cache)
	}

	submitted(t, portal, cast.Member.User, id)
	officer := hubOfficer(t, db)
	decided(t, portal, officer, id, review.Decision{Action: workflow.Publish})
	publicID := *caseOf(t, portal, officer, id).PublicID
	address := "/en/practices/" + publicID
	page := visitor.Get(address).Want(http.StatusOK)
	if got := page.Text("h1"); got != answers.First("title") {
		t.Errorf("the page is called %q", got)
	}
	if page.One("article img").Attr("alt") != "Threads" {
		t.Error("the image has no words")
	}
	served := visitor.Get(image.Attr("src")).Want(http.StatusOK)
	if cache := served.Header.Get("Cache-Control"); cache != "public, max-age=31536000, immutable" {
		t.Errorf("a published image is cached as %q", cache)
	}
	visitor.Get(strings.Replace(image.Attr("src"), "/images/", "/files/", 1)).Want(http.StatusNotFound) // the original may say where it was taken
	var data struct {
		Name string `json:"name"`
	}
	_, after, _ := strings.Cut(string(page.Body), `type="application/ld+json"`)
	_, after, _ = strings.Cut(after, ">")
	block, _, _ := strings.Cut(after, "</script>")
	if err := json.Unmarshal([]byte(block), &data); err != nil || data.Name != answers.First("title") {
		t.Errorf("the data read %q, %v", data.Name, err)
	}
	if got := page.One("meta[name='DC.identifier']").Attr("content"); got != publicID {
		t.Errorf("Dublin Core names it %q", got)
	}
	for _, selector := range []string{"aside a.objlink[href^=/en/objectives/]", "aside a[href^=/en/principles/]"} {
		if !page.Has(selector) {
			t.Errorf("the page has no %s", selector)
		}
	}
	if got := visitor.Get(address + "?text=fr").Text("h1"); got != "Un seul guichet pour les travailleurs qui rentrent au pays" {
		t.Errorf("in French it is called %q", got)
	}
	for _, path := range []string{"", ".json", ".bib", ".ris", ".csl.json"} {
		if body := visitor.Get(address + path).Want(http.StatusOK).Body; bytes.Contains(body, []byte("contact.marker")) {
			t.Errorf("%s shows the focal point", path)
		}
	}

	// A second version.
	if err := portal.areas.submissions.Revise(t.Context(), cast.Member.User, id); err != nil {
		t.Fatal(err)
	}
	answers["costs"] = []string{"Nothing at all."}
	delete(answers, "images.0.file")
	rewrite(t, portal, cast.Member.User, id, form.Answers{"conditions": answers["conditions"], "costs": answers["costs"], "innovation": answers["innovation"], "sustainability": answers["sustainability"]})
	submitted(t, portal, cast.Member.User, id)
	decided(t, portal, officer, id, review.Decision{Action: workflow.Publish})
	changes := visitor.Get(address + "/changes").Want(http.StatusOK)
	if !strings.Contains(changes.Text("main"), "Nothing at all") || strings.Contains(changes.Text("main"), "Threads") {
		t.Errorf("the changes read %q", changes.Text("main"))
	}
	if !strings.Contains(visitor.Get(address+"/versions/1").Want(http.StatusOK).Text("main"), "It was replaced on") {
		t.Error("the first version does not say that it is old")
	}

	// Another one begins from it, with its image, and without the consent that was given for it.
	from := member.Post("/en/practices", url.Values{"office": {office}, "criteria": {"yes"}, "from": {publicID}}).Want(http.StatusSeeOther).Location()
	copied, err := strconv.ParseInt(from[strings.LastIndexByte(from, '/')+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	c, err := portal.areas.submissions.Open(t.Context(), cast.Member.User, copied)
	if err != nil || copied == id || c.Answers.First("title") != answers.First("title") || len(c.Problems) != 1 || c.Problems[0].Name != "consent" || len(c.Files) != 1 {
		t.Errorf("the copy has problems %v, %d files, %v", c.Problems, len(c.Files), err)
	}
	other := cast.OtherMember.In(t)
	other.Post("/en/practices", url.Values{"office": {strconv.FormatInt(cast.OtherOffice, 10)}, "criteria": {"yes"}, "from": {publicID}}).Want(http.StatusUnprocessableEntity)

	// The writer of the copy is told that there is one like it.
	if !strings.Contains(member.Get(from+"/check").Want(http.StatusOK).Text("main"), publicID) {
		t.Error("nobody says that there is such a practice already")
	}

	// Taken down.
	decided(t, portal, officer, id, review.Decision{Action: workflow.Archive, Note: "At the office's own wish."})
	gone := visitor.Get(address).Want(http.StatusGone)
	if strings.Contains(gone.Text("main"), answers.First("title")) {
		t.Error("what was taken down is still shown")
	}
	visitor.Get(image.Attr("src")).Want(http.StatusNotFound)
	visitor.Get(address + ".bib").Want(http.StatusGone)
	visitor.Get("/en" + practice.ListPath).Want(http.StatusOK)
}
