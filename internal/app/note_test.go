package app

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/fund"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/signoff"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// noteAnswers are a concept note that can be sent in.
func noteAnswers() form.Answers {
	a := form.Answers{
		"language": {"en"}, "title": {"Skills that cross the border"}, "purpose": {"Workers use at home what they learned abroad."}, "months": {"12"},
		"scope": {"national"}, "countries": {"KE"}, "way": {"coordinator"}, "objectives": {"18"}, "areas": {"ta-4"}, "targets": {"8.8"},
		"organizations.0.name": {"Labour Agency"}, "organizations.0.role": {"convening"}, "organizations.1.name": {"Migration Agency"}, "organizations.1.role": {"participating"},
		"budget.0.party": {"Labour Agency"}, "budget.0.staff": {"250000"}, "budget.1.party": {"Migration Agency"}, "budget.1.travel": {"12500.50"},
		"governments.0.name": {"Ministry of Labour"}, "governments.0.level": {"national"}, "governments.0.country": {"KE"},
		"governments.1.name": {"Busia County"}, "governments.1.level": {"local"}, "governments.1.country": {"KE"},
		"participation": {"Traders sit in the steering group."}, "context": {"The border divides one market."}, "partnerships": {"Two agencies, one office."},
		"results": {"Certificates count on both sides."}, "theory": {"Who can show a skill is paid for it."}, "sustainability": {"The ministry pays the office."},
		"risks.0.risk": {"The law comes late"}, "risks.0.mitigation": {"An agreement holds until then."},
		"rights": {"A"}, "rights_why": {"The right to work."}, "gender": {"2"}, "gender_why": {"Most traders are women."}, "child": {"1"}, "child_why": {"Parents find a place for their children."},
		"contacts.0.name": {"Amina Otieno"}, "contacts.0.position": {"Adviser"}, "contacts.0.organization": {"Labour Agency"}, "contacts.0.email": {"amina@example.org"},
	}
	for n := range conceptnote.Principles {
		a[fmt.Sprintf("principle_%d", n+1)] = []string{"By what the steering group decides."}
	}
	return a
}

// signNote asks for the signatures of a note, and gives them all.
func signNote(t *testing.T, portal *App, who identity.User, id workflow.ID) {
	t.Helper()
	signer := func(name string) signoff.Invented {
		return signoff.Invented{Name: "Joy Wanjiru", Email: strings.ToLower(strings.NewReplacer(" ", ".", "(", "", ")", "").Replace(name)) + "@party.example", Position: "Director"}
	}
	if err := portal.areas.signoff.Demonstrate(t.Context(), who, id, 100, signer, func() {}); err != nil {
		t.Fatal(err)
	}
}

// agency makes an office of the United Nations with a contributor.
func agency(t *testing.T, db *database.DB, name string) identity.User {
	t.Helper()
	office := webtest.NewOffice(t, db, name, "KE")
	if _, err := db.Read().Exec(t.Context(), `UPDATE offices SET category = $2 WHERE id = $1`, office, conceptnote.FilingCategory); err != nil {
		t.Fatal(err)
	}
	return webtest.NewUser(t, db, "Writer of the "+name, map[int64]identity.PostRole{office: identity.Contributor})
}

// registerCoordinator makes the office that of the Resident Coordinator of a country.
func registerCoordinator(t *testing.T, db *database.DB, office int64, country string) {
	t.Helper()
	_, err := db.Read().Exec(t.Context(), `WITH rc AS (INSERT INTO rc_offices (name, office_id) VALUES ('Resident Coordinator', $1) RETURNING id)
		INSERT INTO rc_office_countries (rc_office_id, country) SELECT id, $2 FROM rc`, office, country)
	if err != nil {
		t.Fatal(err)
	}
}

// planMeeting plans a meeting so many days from now, a day after which a note of today is in time for it.
func planMeeting(t *testing.T, db *database.DB, days int) fund.Meeting {
	t.Helper()
	at := time.Now().Add(time.Duration(days+1) * 24 * time.Hour)
	id, err := database.Value[int64](t.Context(), db.Read(), `INSERT INTO fund_meetings (at, zone, changed_at) VALUES ($1, 'Europe/Zurich', now()) RETURNING id`, at)
	if err != nil {
		t.Fatal(err)
	}
	m, err := fund.MeetingByID(t.Context(), db.Read(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Sent twice, the start page of concept notes and that of practices open one draft; a practice then is for the call that was
// chosen last, and for none where none was.
func TestAStartPageSentTwiceOpensOneDraft(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	writer := webtest.SignedIn(t, cast.Visitor.Client, portal.router, "writer", agency(t, db, "Labour Agency")).In(t)
	start := writer.Get("/en" + conceptnote.StartPath + "?joint=yes&government=yes&country=KE&way=none&months=24").Want(http.StatusOK).Form("form#begin")
	first := start.Submit().Want(http.StatusSeeOther).Location()
	if again := start.Submit().Want(http.StatusSeeOther).Location(); again != first {
		t.Errorf("two concept notes: %s and %s", first, again)
	}
	longer := writer.Get("/en" + conceptnote.StartPath + "?joint=yes&government=yes&country=KE&way=none&months=30").Want(http.StatusOK).Form("form#begin")
	if other := longer.Submit().Want(http.StatusSeeOther).Location(); other == first {
		t.Error("other answers open the same concept note")
	}

	member := cast.Member.In(t)
	form := url.Values{"office": {strconv.FormatInt(cast.Office, 10)}, "criteria": {"yes"}}
	begin := func() string { return member.Post("/en/practices", form).Want(http.StatusSeeOther).Location() }
	plain := begin()
	form.Set("call", strconv.FormatInt(openCall(t, portal, db), 10))
	forCall := begin()
	ties := func() int64 {
		n, err := database.Value[int64](t.Context(), db.Read(), `SELECT count(*) FROM call_practices`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if forCall != plain || begin() != plain || ties() != 1 {
		t.Errorf("two practices: %s and %s; %d are for the call", plain, forCall, ties())
	}
	form.Del("call")
	if begin() != plain || ties() != 0 {
		t.Errorf("%d practices are for the call after one was begun for none", ties())
	}
}

// A concept note goes its whole way through the pages: from the questions before it over its steps to the fund desk, which
// asks for a change, and decides.
func TestAConceptNoteGoesItsWholeWay(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	writer := webtest.SignedIn(t, cast.Visitor.Client, portal.router, "writer", agency(t, db, "Labour Agency"))
	registerCoordinator(t, db, writer.User.Posts[0].OfficeID, "KE")
	first, second := planMeeting(t, db, 42), planMeeting(t, db, 90)
	start := writer.In(t).Get("/en" + conceptnote.StartPath + "?joint=yes&government=yes&country=KE&way=coordinator&months=12").Want(http.StatusOK)
	draft := strings.TrimPrefix(start.Form("form#begin").Submit().Want(http.StatusSeeOther).Location(), "/en")
	page := writer.In(t).Get("/en" + draft + "/steps/where").Want(http.StatusOK)
	if f := page.Form("form.step"); f.Value("scope") != "national" || f.Value("countries") != "KE" {
		t.Errorf("the draft did not begin with what was answered: %v", f.Values())
	}
	answers := noteAnswers()
	for _, step := range portal.areas.notes.Kind().Form.Steps {
		if len(pick(step, answers)) == 0 {
			continue
		}
		f := writer.In(t).Get("/en" + draft + "/steps/" + step.ID).Want(http.StatusOK).Form("form.step")
		for name, values := range pick(step, answers) {
			f.Forge(name, values...)
		}
		f.Submit().Want(http.StatusSeeOther)
	}
	if areas := writer.In(t).Get("/en" + draft + "/steps/areas").Want(http.StatusOK); !areas.Contains("Thematic areas of your primary objectives") {
		t.Error("no thematic area is proposed")
	}
	var id workflow.ID
	if _, err := fmt.Sscanf(draft, "/submissions/%d", &id); err != nil {
		t.Fatal(err)
	}
	check := writer.In(t).Get("/en" + draft + "/check").Want(http.StatusOK)
	if !check.Contains("nobody has been asked yet") || check.Has("form.panel--lead") {
		t.Errorf("a note without signatures could be sent: %s", check.Text("main"))
	}
	if err := portal.areas.submissions.Submit(t.Context(), writer.User, id, submission.Declaration{Made: true}); err == nil {
		t.Fatal("a note without signatures was sent")
	}
	signNote(t, portal, writer.User, id)
	check = writer.In(t).Get("/en" + draft + "/check").Want(http.StatusOK)
	if !check.Contains("12 months is outside the usual duration") {
		t.Errorf("an unusual duration is not advised: %s", check.Text("main"))
	}
	said := func(m fund.Meeting) string { return fund.Explain(t.Context(), m) }
	if !check.Contains("If you send this note now, it is in time for") || !check.Contains(said(first)) {
		t.Errorf("the page to check does not name the meeting: %s", check.Text("main"))
	}
	// The cut-off passes while the page is open, here because the meeting is moved: the next one is told before anything is sent.
	if _, err := db.Read().Exec(t.Context(), `UPDATE fund_meetings SET at = now() + interval '30 days' WHERE id = $1`, first.ID); err != nil {
		t.Fatal(err)
	}
	late := check.Form("form.panel--lead").Set("declaration", "yes").Submit().Want(http.StatusConflict)
	if !late.Contains("Something has changed since you opened this page") || !late.Contains(said(second)) {
		t.Errorf("the next meeting is not told: %s", late.Text("main"))
	}
	if done := late.Form("form.panel--lead").Set("declaration", "yes").Submit().WantRedirect("/en" + draft + "/submission").Follow().Want(http.StatusOK); !done.Contains(said(second)) {
		t.Errorf("the page after sending does not name the meeting: %s", done.Text("main"))
	}

	desk := "/en/desk" + draft
	cast.Officer.In(t).Get(desk).Want(http.StatusNotFound) // of the pledges desk
	if read := cast.OtherOfficer.In(t).Get(desk).Want(http.StatusOK); !read.Contains("Filed by") || !read.Contains("Version 1") || !read.Contains(said(second)) || !read.Contains("Skills that cross the border") {
		t.Errorf("the fund desk reads %s", read.Text("main"))
	}
	if receipt, err := database.Value[string](t.Context(), db.Read(), `SELECT html FROM outbox WHERE kind = 'submission.receipt' ORDER BY id DESC LIMIT 1`); err != nil || !strings.Contains(receipt, said(second)) {
		t.Errorf("the receipt does not name the meeting: %s, %v", receipt, err)
	}
	decide := func(d review.Decision) {
		t.Helper()
		d.Version = caseOf(t, portal, cast.OtherOfficer.User, id).Version
		if err := portal.areas.desk.Decide(t.Context(), cast.OtherOfficer.User, id, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := portal.areas.desk.Assign(t.Context(), cast.OtherOfficer.User, id, cast.OtherOfficer.User.ID, caseOf(t, portal, cast.OtherOfficer.User, id).Version); err != nil {
		t.Fatal(err)
	}
	decide(review.Decision{Action: workflow.RequestChanges, Changes: []workflow.ChangeRequest{{Field: "months", Body: "Why twelve?"}}})
	f := writer.In(t).Get("/en" + draft + "/steps/note").Want(http.StatusOK).Form("form.step")
	f.Set("months", "24").Submit().Want(http.StatusSeeOther)
	if again := writer.In(t).Get("/en" + draft + "/check").Want(http.StatusOK); !again.Contains("must sign again") || again.Has("form.panel--lead") {
		t.Errorf("a note that has changed needs no new signatures: %s", again.Text("main"))
	}
	signNote(t, portal, writer.User, id)
	writer.In(t).Get("/en"+draft+"/check").Form("form.panel--lead").Set("declaration", "yes").Submit().Want(http.StatusSeeOther)
	if err := portal.areas.desk.Assign(t.Context(), cast.OtherOfficer.User, id, cast.OtherOfficer.User.ID, caseOf(t, portal, cast.OtherOfficer.User, id).Version); err != nil {
		t.Fatal(err)
	}
	c := caseOf(t, portal, cast.OtherOfficer.User, id)
	if err := portal.areas.desk.Decide(t.Context(), cast.OtherOfficer.User, id, review.Decision{Action: workflow.Approve, Version: c.Version}); !isInvalid(err) {
		t.Errorf("the desk approves without the committee, and says not why: %v", err)
	}
	decide(review.Decision{Action: workflow.Approve, Exception: "The committee agreed in writing."})
	if own := writer.In(t).Get("/en" + draft).Want(http.StatusOK); own.Contains("published") {
		t.Errorf("a decided note is said to be published: %s", own.Text("main"))
	}
	letter, err := database.Value[string](t.Context(), db.Read(), `SELECT html FROM outbox WHERE submission_id = $1 AND kind = 'review.approve'`, id)
	if err != nil || strings.Contains(letter, "published") {
		t.Errorf("the letter speaks of a publication: %s, %v", letter, err)
	}
}

// A document that is added or taken out changes what was signed as an answer does. The official letter of a party is no document
// of the note: nobody takes it out with the form.
func TestSignaturesCoverTheDocumentsOfANote(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	who := agency(t, db, "Labour Agency")
	registerCoordinator(t, db, who.Posts[0].OfficeID, "KE")
	id, err := portal.areas.submissions.Start(t.Context(), who, conceptnote.KindName, who.Posts[0].OfficeID)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range portal.areas.notes.Kind().Form.Steps {
		if only := pick(step, noteAnswers()); len(only) > 0 {
			if _, err := portal.areas.submissions.SaveStep(t.Context(), who, id, step.ID, workflow.Origin{}, only); err != nil {
				t.Fatal(err)
			}
		}
	}
	signNote(t, portal, who, id)
	reopened := func() int {
		t.Helper()
		n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*)::int FROM note_signatures WHERE submission_id = $1 AND state = 'reopened'`, id)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	question, _, _ := portal.areas.notes.Kind().Form.Field("files")
	add := func(f form.Field, name string) int64 {
		t.Helper()
		added, err := portal.areas.submissions.AddFile(t.Context(), who, id, f, name, strings.NewReader("A plan.\n"))
		if err != nil {
			t.Fatal(err)
		}
		return added.ID
	}
	if n := reopened(); n != 0 {
		t.Fatalf("%d are reopened before anything has changed", n)
	}
	file := add(question, "plan.txt")
	if n := reopened(); n == 0 {
		t.Error("a document reopens nothing")
	}
	if err := portal.areas.submissions.RemoveFile(t.Context(), who, id, file); err != nil || reopened() != 0 {
		t.Errorf("without the document %d are reopened, %v", reopened(), err)
	}
	letter := add(form.Field{ID: "letter", Type: form.Files}, "letter.txt")
	if err := portal.areas.submissions.RemoveFile(t.Context(), who, id, letter); !errors.Is(err, problem.NotFound) {
		t.Errorf("a letter can be taken out: %v", err)
	}
	if n := reopened(); n != 0 {
		t.Errorf("a letter reopens %d", n)
	}
}

// A ministry may write for others, but a note of its own is not sent in: however its draft began.
func TestAConceptNoteOfAMinistryIsNotSentIn(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	id, err := portal.areas.submissions.Start(t.Context(), cast.Head.User, conceptnote.KindName, cast.Office)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range portal.areas.notes.Kind().Form.Steps {
		if only := pick(step, noteAnswers()); len(only) > 0 {
			if _, err := portal.areas.submissions.SaveStep(t.Context(), cast.Head.User, id, step.ID, workflow.Origin{}, only); err != nil {
				t.Fatal(err)
			}
		}
	}
	page := cast.Head.In(t).Get(fmt.Sprintf("/en/submissions/%d/check", id)).Want(http.StatusOK)
	if !page.Contains("Only offices of the United Nations file concept notes") || page.Has("form.panel--lead") {
		t.Errorf("a ministry could send it: %s", page.Text("main"))
	}
}

// A configuration that comes into force is known to the running portal.
func TestANewConfigurationOfTheFundIsHeardOf(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	if _, err := db.Read().Exec(t.Context(), `INSERT INTO fund_configurations (version, in_force, content) SELECT 2, now(), content || '{"duration": {"least": 12, "most": 48}}' FROM fund_configurations`); err != nil {
		t.Fatal(err)
	}
	if err := portal.content.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := portal.configurations().At(time.Now()); v.Number != 2 || v.Content.Duration.Most != 48 || len(v.Content.Areas) != 5 {
		t.Errorf("in force is %+v", v)
	}
}

// Every kind says in the table what it adds to the pages of submissions.
func TestEveryKindIsInTheTableOfKinds(t *testing.T) {
	t.Parallel()
	portal, _ := newPortal(t)
	for name, kind := range portal.areas.kinds {
		adds, ok := portal.areas.additions[name]
		if !ok || adds.forDesk == nil || kind.Name != name {
			t.Errorf("%s is not in the table", name)
		}
	}
	if n := len(portal.areas.kinds); n != len(portal.areas.additions) || n != 18 {
		t.Errorf("there are %d kinds, and %d in the table", n, len(portal.areas.additions))
	}
}

// A meeting that is moved concerns who writes a note, or has one waiting that was in time for it; nobody else.
func TestAMovedMeetingConcernsTheAuthorsOfNotes(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	m := planMeeting(t, db, 60)
	writers := map[string]identity.User{}
	for _, state := range []string{"draft", "submitted", "late", "withdrawn"} {
		who := agency(t, db, "Agency "+state)
		writers[state] = who
		id, err := portal.areas.submissions.Start(t.Context(), who, conceptnote.KindName, who.Posts[0].OfficeID)
		if err == nil && state != "draft" {
			at := map[string]time.Time{"late": m.Cutoff()}[state]
			if at.IsZero() {
				at = m.Cutoff().Add(-time.Second)
			}
			kept := map[string]string{"late": "submitted"}[state]
			if kept == "" {
				kept = state
			}
			_, err = db.Read().Exec(t.Context(), `UPDATE submissions SET state = $2, submitted_at = $3, submitted_revision = 1 WHERE id = $1`, id, kept, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	filePledge(t, portal, webtest.NewUser(t, db, "Of a ministry", map[int64]identity.PostRole{webtest.NewOffice(t, db, "Ministry", "KE"): identity.Head}))
	people, err := portal.areas.fund.Concerned(t.Context(), fund.MeetingChange{Before: m, After: m})
	if err != nil || len(people) != 2 || people[0].ID != writers["draft"].ID || people[1].ID != writers["submitted"].ID {
		t.Errorf("it concerns %v, %v", people, err)
	}
}
