package app

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"portal/internal/champion"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// championWorld is a portal with the network desk, and a mission of Cabo Verde.
type championWorld struct {
	*App
	db      *database.DB
	cast    *webtest.Cast
	office  int64
	mission webtest.Person
	desk    webtest.Person
}

func newChampionWorld(t *testing.T) championWorld {
	t.Helper()
	w := championWorld{}
	w.App, w.db = newPortal(t)
	w.cast = webtest.NewCast(t, w.db, w.router)
	w.office = webtest.NewOffice(t, w.db, "Permanent Mission of Cabo Verde", "CV")
	sign := func(u identity.User) webtest.Person {
		return webtest.SignedIn(t, w.cast.Visitor.Client, w.router, u.Name, u)
	}
	w.mission = sign(webtest.NewUser(t, w.db, "Counsellor", map[int64]identity.PostRole{w.office: identity.Head}))
	w.desk = sign(webtest.NewUser(t, w.db, "Officer of the network", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk}))
	return w
}

// championAnswers are a case that can be sent in.
func championAnswers() form.Answers {
	return form.Answers{
		"note_reference": {"NV/2026/114"}, "note_date.day": {"2"}, "note_date.month": {"3"}, "note_date.year": {"2026"},
		"language": {"en"}, "focal_office": {"Ministry of Communities"}, "statement": {"We speak for the islands."},
		"commitments.0.objective": {"20"}, "commitments.0.text": {"Remittances at three per cent."},
		"contact_name": {"Nha Contact"}, "contact_email": {"contact@mission.example"},
	}
}

// status is where the country stands in the registry; "" for nowhere.
func (w championWorld) status(t *testing.T, country string) champion.Status {
	t.Helper()
	s, err := database.Value[champion.Status](t.Context(), w.db.Read(), `SELECT coalesce(max(status), '') FROM champions WHERE iso2 = $1`, country)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write answers all steps of a case and adds its note.
func (w championWorld) write(t *testing.T, id workflow.ID) {
	t.Helper()
	who := w.mission.User
	c, err := w.areas.submissions.Open(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range c.Kind.Form.Steps {
		if _, err := w.areas.submissions.SaveStep(t.Context(), who, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, pick(step, championAnswers())); err != nil {
			t.Fatal(err)
		}
	}
	field, _, _ := c.Kind.Form.Field("note_file")
	if _, err := w.areas.submissions.AddFile(t.Context(), who, id, field, "note.pdf", bytes.NewReader([]byte("%PDF-1.4\n%%EOF\n"))); err != nil {
		t.Fatal(err)
	}
}

// decide takes the case and decides on it.
func (w championWorld) decide(t *testing.T, id workflow.ID, d review.Decision) {
	t.Helper()
	who := w.desk.User
	c := caseOf(t, w.App, who, id)
	if c.State == workflow.Submitted {
		if err := w.areas.desk.Assign(t.Context(), who, id, who.ID, c.Version); err != nil {
			t.Fatal(err)
		}
	}
	d.Version = caseOf(t, w.App, who, id).Version
	if err := w.areas.desk.Decide(t.Context(), who, id, d); err != nil {
		t.Fatal(err)
	}
}

// A country joins: begun by its mission, with one open case, verified by the desk, in the registry at once, and taken back.
func TestACountryJoins(t *testing.T) {
	t.Parallel()
	w := newChampionWorld(t)
	if p := w.cast.Visitor.Get("/en/champions/new").Want(http.StatusOK); !p.Contains("Decision within 15 working days.") {
		t.Error("the page does not say how long it takes")
	}
	office := url.Values{"office": {strconv.FormatInt(w.office, 10)}}
	w.cast.Head.Post("/en/champions/new", office).Want(http.StatusUnprocessableEntity) // of another office
	agencyWriter := webtest.SignedIn(t, w.cast.Visitor.Client, w.router, "agency", agency(t, w.db, "Labour Agency"))
	if p := agencyWriter.Get("/en/champions/new").Want(http.StatusOK); p.Has("form#begin") {
		t.Error("an office that is no government's can begin")
	}

	// Two at once are one case, and the second is led to it; so is another office of the country.
	pages := make([]*webtest.Page, 2)
	var both sync.WaitGroup
	for i := range pages {
		both.Go(func() { pages[i] = w.mission.Post("/en/champions/new", office) })
	}
	both.Wait()
	if pages[0].Status+pages[1].Status != http.StatusSeeOther+http.StatusConflict {
		t.Fatalf("begun twice: %d and %d", pages[0].Status, pages[1].Status)
	}
	path := pages[0].Location() + pages[1].Location()
	for _, p := range pages {
		if p.Status == http.StatusConflict && !p.Has(`a[href="`+path+`"]`) {
			t.Error("who begins twice is not led to the case")
		}
	}
	ministry := webtest.NewOffice(t, w.db, "Ministry in Praia", "CV")
	other := webtest.SignedIn(t, w.cast.Visitor.Client, w.router, "ministry", webtest.NewUser(t, w.db, "Minister's aide", map[int64]identity.PostRole{ministry: identity.Head}))
	p := other.Post("/en/champions/new", url.Values{"office": {strconv.FormatInt(ministry, 10)}}).Want(http.StatusConflict)
	if !p.Contains("Permanent Mission of Cabo Verde") || p.Has(`a[href="`+path+`"]`) {
		t.Error("another office is not told who has begun, or gets the address of a case that is not its own")
	}

	id, err := strconv.ParseInt(path[strings.LastIndex(path, "/")+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.areas.submissions.Submit(t.Context(), w.mission.User, id, submission.Declaration{Made: true}); err == nil {
		t.Fatal("an empty case was sent in")
	}
	w.write(t, id)
	if err := w.areas.submissions.Submit(t.Context(), w.mission.User, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	if w.status(t, "CV") != champion.Expressed {
		t.Errorf("the country is %s", w.status(t, "CV"))
	}
	w.cast.Visitor.Get("/en/champions/CV").Want(http.StatusNotFound)
	if p := w.mission.Get(path).Want(http.StatusOK); !p.Contains("Cabo Verde") {
		t.Error("the mission does not see its case")
	}
	w.decide(t, id, review.Decision{Action: workflow.Approve, Note: "Welcome."})
	public := w.cast.Visitor.Get("/en/champions/CV").Want(http.StatusOK)
	for _, words := range []string{"Ministry of Communities", "We speak for the islands.", "Remittances at three per cent.", "Was confirmed as a Champion country"} {
		if !public.Contains(words) {
			t.Errorf("the page of the country does not say %q", words)
		}
	}
	for _, words := range []string{"NV/2026/114", "Nha Contact", "contact@mission.example"} {
		if strings.Contains(string(public.Body), words) {
			t.Errorf("the page of the country says %q", words)
		}
	}
	if p := w.desk.Get("/en/desk/champions/CV").Want(http.StatusOK); !p.Contains("NV/2026/114") || !p.Has(fmt.Sprintf(`a[href="/en/desk/submissions/%d"]`, id)) {
		t.Error("the desk does not find the note and the case in the registry")
	}
	if p := w.mission.Post("/en/champions/new", office).Want(http.StatusConflict); !p.Has(`a[href="/en/champions/CV"]`) {
		t.Error("who joins again is not led to the page of the country")
	}
	w.decide(t, id, review.Decision{Action: workflow.Archive, Note: "Asked for by the mission."})
	if p := w.cast.Visitor.Get("/en/champions/CV").Want(http.StatusOK); w.status(t, "CV") != champion.Ended || p.Contains("Asked for by the mission") {
		t.Errorf("taken back, the country is %s", w.status(t, "CV"))
	}
}

// A country that has changed its name since its case was begun joins all the same; another State's case does not come in with it.
func TestACountryThatChangesItsName(t *testing.T) {
	t.Parallel()
	w := newChampionWorld(t)
	id, err := w.areas.champions.Begin(t.Context(), w.mission.User, w.office)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, id)
	called := func(name string) error {
		if _, err := w.db.Pool.Exec(t.Context(), `UPDATE submissions SET title = $2 WHERE id = $1`, id, name); err != nil {
			t.Fatal(err)
		}
		return w.areas.submissions.Submit(t.Context(), w.mission.User, id, submission.Declaration{Made: true})
	}
	if wrong, _ := problem.InvalidFields(called("Kenya")); len(wrong) != 1 || wrong[0].Key != "champion.wrong.office" {
		t.Errorf("the case of another State: %v", wrong)
	}
	if err := called("Cape Verde Islands"); err != nil {
		t.Error(err)
	}
}

// What is given up or declined leaves the registry as it was, and the way is open again.
func TestACaseThatComesToNothing(t *testing.T) {
	t.Parallel()
	w := newChampionWorld(t)
	if _, err := w.areas.champions.Add(t.Context(), w.desk.User, url.Values{"country": {"CV"}, "status": {"invited"}}); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"withdrawn", "declined"} {
		id, err := w.areas.champions.Begin(t.Context(), w.mission.User, w.office)
		if err != nil {
			t.Fatal(err)
		}
		w.write(t, id)
		if err := w.areas.submissions.Submit(t.Context(), w.mission.User, id, submission.Declaration{Made: true}); err != nil {
			t.Fatal(err)
		}
		if end == "withdrawn" {
			if err := w.areas.submissions.Withdraw(t.Context(), w.mission.User, id); err != nil {
				t.Fatal(err)
			}
		} else {
			w.decide(t, id, review.Decision{Action: workflow.Decline, Note: "Not signed."})
		}
		if w.status(t, "CV") != champion.Invited {
			t.Errorf("%s, the country is %s", end, w.status(t, "CV"))
		}
	}
}

// The desk enters a case that came by e-mail: the office follows it, and somebody else decides.
func TestTheDeskEntersACase(t *testing.T) {
	t.Parallel()
	w := newChampionWorld(t)
	w.cast.Officer.Get("/en/desk/champion-cases/new").Want(http.StatusNotFound)
	typed := url.Values(championAnswers())
	typed.Set("office", strconv.FormatInt(w.office, 10))
	typed.Set("note_date.year", "2099")
	wrong := w.desk.PostMultipart("/en/desk/champion-cases/new", typed, webtest.File{Field: "note_file", Name: "note.pdf", Content: []byte("MZ\x90\x00 a program")}).Want(http.StatusUnprocessableEntity)
	for _, words := range []string{"Say who sent it", "This day cannot be in the future.", "note.pdf", "We speak for the islands."} {
		if !wrong.Contains(words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	typed.Set("do", "add:commitments")
	if p := w.desk.PostMultipart("/en/desk/champion-cases/new", typed).Want(http.StatusOK); !p.Has(`[name="commitments.1.text"]`) || !p.Contains("Remittances at three per cent.") {
		t.Error("another commitment cannot be added, or what was typed is lost")
	}
	typed.Del("do")
	typed.Set("note_date.year", "2026")
	typed.Set("source", "The counsellor to the desk, by e-mail of this morning")
	note := webtest.File{Field: "note_file", Name: "note.pdf", Content: []byte("%PDF-1.4\n%%EOF\n")}
	path := w.desk.PostMultipart("/en/desk/champion-cases/new", typed, note).Want(http.StatusSeeOther).Location()
	if p := w.desk.PostMultipart("/en/desk/champion-cases/new", typed, note).Want(http.StatusConflict); !p.Contains("Permanent Mission of Cabo Verde") || !p.Contains("We speak for the islands.") {
		t.Error("a second case is not refused with what was typed")
	}
	id, err := strconv.ParseInt(path[strings.LastIndex(path, "/")+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if w.status(t, "CV") != champion.Expressed {
		t.Errorf("the country is %s", w.status(t, "CV"))
	}
	if p := w.mission.Get(fmt.Sprintf("/en/submissions/%d", id)).Want(http.StatusOK); p.Contains("by e-mail of this morning") {
		t.Error("the office reads what only staff may")
	}
	mails, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM outbox WHERE kind = 'champion.entered' AND to_user = $1`, w.mission.User.ID)
	if err != nil || mails != 1 {
		t.Errorf("%d mails to the head: %v", mails, err)
	}
	if err := w.areas.desk.Decide(t.Context(), w.desk.User, id, review.Decision{Action: workflow.Approve}); err == nil {
		t.Error("who has entered it decides on it")
	}
	if _, err := w.areas.champions.Begin(t.Context(), w.mission.User, w.office); !errors.Is(err, champion.ErrOpen) {
		t.Errorf("the office begins a second case: %v", err)
	}
}
