package signoff_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/personal"
	"portal/internal/problem"
	"portal/internal/signoff"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// A note is signed station by station, in the portal, by links and by a letter; then it can be sent in.
func TestANoteIsSignedStationByStation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(answers())
	if wrong, ok := problem.InvalidFields(w.submit(id)); !ok || len(wrong) != 1 || wrong[0].Key != "signoff.held.not_asked" {
		t.Fatalf("a note without signatures is held by %v", wrong)
	}
	ask := w.Filer.In(t).Get(pageOf(id)).Want(http.StatusOK).Click("section.panel--lead a").Want(http.StatusOK)
	if n := ask.Count("input[type=email]"); n != 3 {
		t.Fatalf("%d parties are asked for a person, not the fund and the two governments: %s", n, ask.Text("main"))
	}
	f := ask.Form("main form")
	wrong := f.Submit().Want(http.StatusUnprocessableEntity)
	if !wrong.Contains("Fund for Women: enter the name") || !wrong.Contains("Fund for Women: enter the e-mail") {
		t.Errorf("a missing person is not told: %s", wrong.Text("#errors"))
	}
	f = wrong.Form("main form")
	for name, value := range contactsIn(t, f) {
		f.Set(name, value)
	}
	f.Submit().WantRedirect(pageOf(id))
	if got := w.states(id); got != "Labour Agency asked, Fund for Women asked, Ministry of Trade waiting, Busia County waiting, RC Kenya waiting" {
		t.Fatalf("asked are: %s", got)
	}
	if got := w.letters(w.Agent.User.Email) + "|" + w.letters(w.Deputy.User.Email) + "|" + w.letters(w.Reader.User.Email) + "|" + w.letters(fundMail) + "|" + w.letters(tradeMail); got != "ask|ask||ask|" {
		t.Errorf("written to were %s", got)
	}
	w.Filer.In(t).Get(w.pageOfSignature(id, "RC Kenya")).WantRedirect(pageOf(id)) // it is not its turn
	w.sign(w.Agent, id, "Labour Agency")
	w.signByLink(fundMail)
	if got := w.states(id); got != "Labour Agency signed, Fund for Women signed, Ministry of Trade asked, Busia County asked, RC Kenya waiting" {
		t.Fatalf("then asked are: %s", got)
	}
	if held, _ := problem.InvalidFields(w.submit(id)); len(held) != 2 || held[0].Key != "signoff.held.some" || held[0].Args[1] != "Ministry of Trade and Busia County" || held[1].Key != "signoff.held.waiting" {
		t.Errorf("it is held by %v", held)
	}
	w.uploadLetter(id, "Busia County", today(w).AddDays(-3).String(), "plan.txt")
	if got := w.states(id); !strings.HasSuffix(got, "Ministry of Trade asked, Busia County signed, RC Kenya asked") {
		t.Fatalf("one government is enough: %s", got)
	}
	w.sign(w.Filer, id, "RC Kenya")
	page := w.Agent.In(t).Get(pageOf(id)).Want(http.StatusOK)
	if !page.Contains("All signatures are there") || !page.Contains("Not needed for the quorum") || !page.Contains("plan.txt") || !page.Contains("Skills that cross the border") || page.Contains("Secret Contact") || page.Contains(fundMail) {
		t.Errorf("the party reads %s", page.Text("main"))
	}
	if got := w.letters(w.Filer.User.Email); got != "ask complete" {
		t.Errorf("the office was written %s", got)
	}
	if err := w.submit(id); err != nil {
		t.Fatal(err)
	}
	desk := w.OtherOfficer.In(t).Get(pageOf(id)).Want(http.StatusOK)
	if !desk.Contains("Joy Signer") || !desk.Contains(fundMail) {
		t.Errorf("the desk reads %s", desk.Text("main"))
	}
	desk.Click(`a[href*="/documents/"]`).Want(http.StatusOK)
	w.Visitor.In(t).Get(w.link(tradeMail)).Want(http.StatusGone) // it has been sent in
}

// contactsIn are the controls of the form for who signs by a link, filled.
func contactsIn(t *testing.T, f *webtest.Form) map[string]string {
	t.Helper()
	filled := map[string]string{}
	for name, keys := range f.Values() {
		if rest, ok := strings.CutSuffix(name, ".key"); ok {
			if c, ok := request.Contacts[keys[0]]; ok {
				filled[rest+".name"], filled[rest+".email"] = c.Name, c.Email
			}
		}
	}
	return filled
}

func (w *world) uploadLetter(id workflow.ID, name, day, file string) {
	w.Helper()
	parts := strings.Split(day, "-")
	page := w.Filer.In(w.T).Get(w.pageOfSignature(id, name) + "/letter").Want(http.StatusOK)
	f := page.Form("main form").Set("on.year", parts[0]).Set("on.month", parts[1]).Set("on.day", parts[2]).Set("name", "Governor Okello")
	f.Attach(fmt.Sprintf("letter.%d", w.signature(id, name)), file, []byte("We endorse the note: "+file+"\n")).Submit().WantRedirect(pageOf(id))
}

// Who may see the page, sign, and manage the signatures.
func TestWhoSignsAndWhoSees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	agency := w.pageOfSignature(id, "Labour Agency")
	post := url.Values{"answer": {"sign"}, "read": {"x"}}
	stranger := w.person("stranger", w.unOffice("Another agency"), identity.Head)
	for _, c := range []struct {
		who                     webtest.Person
		page, sign, ask, remind int
		toSign                  bool
	}{
		{w.Visitor, 303, 303, 303, 303, false},
		{stranger, 404, 404, 404, 404, false},
		{w.Newcomer, 404, 404, 404, 404, false},
		{w.OtherOfficer, 404, 404, 404, 404, false}, // a draft is not the desk's business
		{w.Reader, 200, 403, 403, 403, false},       // has no post that signs
		{w.Colleague, 200, 403, 403, 403, false},
		{w.Filer, 200, 403, 422, 409, false}, // of the office of the note, not of the party
		{w.Deputy, 200, 409, 403, 403, true}, // read nothing
	} {
		page := c.who.In(t).Get(pageOf(id)).Want(c.page)
		if got := c.page == 200 && page.Has(`main a[href="`+agency+`"]`); got != c.toSign {
			t.Errorf("%s is led to sign: %v", c.who.Kind, got)
		}
		c.who.In(t).Post(agency, post).Want(c.sign)
		c.who.In(t).Post(pageOf(id)+"/ask", url.Values{}).Want(c.ask)
		if c.remind != 409 {
			c.who.In(t).Post(agency+"/reminder", url.Values{}).Want(c.remind)
		}
	}
	if got := w.states(id); !strings.HasPrefix(got, "Labour Agency asked") {
		t.Fatalf("somebody has signed: %s", got)
	}
	// The signature of another note cannot be reached through one's own.
	other := w.asked()
	w.Deputy.In(t).Post(fmt.Sprintf("%s/%d", pageOf(id), w.signature(other, "Labour Agency")), post).Want(http.StatusNotFound)
	// Heads only, where the office says so; and nobody whose post is over.
	w.exec(`UPDATE offices SET heads_only = true WHERE id = $1`, w.agency)
	w.Deputy.In(t).Post(agency, post).Want(http.StatusForbidden)
	w.exec(`UPDATE posts SET state = 'ended', until_on = current_date - 1 WHERE user_id = $1`, w.Agent.User.ID)
	w.Agent.In(t).Post(agency, post).Want(http.StatusNotFound)
}

// Asking again asks those whose signature no longer holds, under the chain as it is then.
func TestAskingAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	w.signAll(id)
	if err := w.service.SetChain(t.Context(), w.FundLead.User, signoff.Chain{NoteType: signoff.National, Version: 1, Stations: []signoff.Station{{Party: signoff.Coordinators}, {Party: signoff.Organizations, Quorum: 1}}}); err != nil {
		t.Fatal(err)
	}
	if v := value[int](w, `SELECT version FROM note_signoffs WHERE submission_id = $1`, id); v != 1 {
		t.Errorf("an open sign-off is under version %d", v)
	}
	w.save(id, with(form.Answers{"title": {"Another title"}}), workflow.Origin{})
	if err := w.service.Ask(t.Context(), w.Filer.User, id, request); err != nil {
		t.Fatal(err)
	}
	if got := w.states(id); got != "Labour Agency waiting, Fund for Women waiting, Ministry of Trade reopened, Busia County asked, RC Kenya asked" {
		t.Fatalf("asked again are: %s", got)
	}
	if page := w.Filer.In(t).Get(w.pageOfSignature(id, "RC Kenya")).Want(http.StatusOK); !page.Contains("Changed since it was signed The programme") {
		t.Errorf("who signs again is not told what has changed: %s", page.Text("dl"))
	}
	w.sign(w.Filer, id, "RC Kenya")
	w.sign(w.Deputy, id, "Labour Agency")
	if err := w.submit(id); err != nil {
		t.Errorf("governments do not sign under version 2: %v", err)
	}
}

// Two Resident Coordinators of one country both sign; one of three countries signs once.
func TestResidentCoordinators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.unOffice("RC Office Horn")
	head := w.person("rc of the horn", second, identity.Head)
	w.coordinators = append(w.coordinators, signoff.Coordinator{ID: 2, Name: "RC Horn", Office: second}, signoff.Coordinator{ID: 3, Name: "RC without an office"})
	id := w.draft(with(form.Answers{"scope": {"multi_country"}, "countries": {"KE", "UG", "TZ"}}))
	err := w.service.Ask(t.Context(), w.Filer.User, id, request)
	if wrong, _ := problem.InvalidFields(err); len(wrong) != 2 { // name and address of the third
		t.Fatalf("asked for a coordinator whom nobody can ask: %v", err)
	}
	all := signoff.Request{Contacts: map[string]signoff.Contact{"coordinators:3": {Name: "Third", Email: "third@rc.example"}}}
	for key, c := range request.Contacts {
		all.Contacts[key] = c
	}
	if err := w.service.Ask(t.Context(), w.Filer.User, id, all); err != nil {
		t.Fatal(err)
	}
	w.signAll(id)
	if held, _ := problem.InvalidFields(w.submit(id)); len(held) != 2 {
		t.Errorf("it is held by %v", held)
	}
	w.sign(head, id, "RC Horn")
	w.signByLink("third@rc.example")
	if n := value[int](w, `SELECT count(*)::int FROM note_signatures WHERE submission_id = $1 AND party = 'coordinators'`, id); n != 3 {
		t.Errorf("%d coordinators sign three countries", n)
	}
	if err := w.submit(id); err != nil {
		t.Error(err)
	}
}

// A party declines with a reason, that the office, the desk and the party read; it is asked again only if the office wants.
func TestAPartyDeclines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	path := w.pageOfSignature(id, "Labour Agency")
	f := w.Agent.In(t).Get(path).Form("main form").Set("answer", "decline")
	f.Submit().Want(http.StatusUnprocessableEntity).Form("main form").Set("reason", "The budget <b>leaves</b> us out").Submit().WantRedirect(pageOf(id))
	if page := w.Filer.In(t).Get(pageOf(id)); !page.Contains("The budget <b>leaves</b> us out") {
		t.Errorf("the office does not read why: %s", page.Text("main"))
	}
	w.signByLink(fundMail)
	if got := w.states(id); got != "Labour Agency declined, Fund for Women signed, Ministry of Trade waiting, Busia County waiting, RC Kenya waiting" {
		t.Errorf("it goes on: %s", got)
	}
	if held, _ := problem.InvalidFields(w.submit(id)); len(held) == 0 || held[0].Key != "signoff.held.declined" {
		t.Errorf("it is held by %v", held)
	}
	if err := w.service.Ask(t.Context(), w.Filer.User, id, request); err != nil || !strings.HasPrefix(w.states(id), "Labour Agency declined") {
		t.Errorf("asked again without a wish: %s, %v", w.states(id), err)
	}
	again := request
	again.Again = map[string]bool{"organizations:labour agency": true}
	if err := w.service.Ask(t.Context(), w.Filer.User, id, again); err != nil || !strings.HasPrefix(w.states(id), "Labour Agency asked") {
		t.Errorf("asked again: %s, %v", w.states(id), err)
	}
	w.sign(w.Deputy, id, "Labour Agency")
	// What was signed can be taken back while the note is being written.
	back := w.Agent.In(t).Get(path).Want(http.StatusOK).Form("main form").Set("answer", "decline").Set("reason", "A mistake")
	back.Submit().WantRedirect(pageOf(id))
	if got := w.states(id); !strings.HasPrefix(got, "Labour Agency declined") {
		t.Errorf("taken back: %s", got)
	}
}

// Nobody at the desk or among the reviewers judges what their own office signs, or what they were asked to sign themselves.
func TestWhoSignsDoesNotJudge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	for who, want := range map[int64]bool{w.Reader.User.ID: true, w.OtherMember.User.ID: false, w.FundLead.User.ID: false} {
		if got := value[bool](w, `SELECT EXISTS (SELECT FROM submission_conflicts WHERE submission_id = $1 AND user_id = $2)`, id, who); got != want {
			t.Errorf("%d has a conflict: %v", who, got)
		}
	}
	w.exec(`UPDATE note_signatures SET contact_email = upper($2) WHERE submission_id = $1 AND contact_email = $3`, id, w.FundLead.User.Email, fundMail)
	if !value[bool](w, `SELECT EXISTS (SELECT FROM submission_conflicts WHERE submission_id = $1 AND user_id = $2)`, id, w.FundLead.User.ID) {
		t.Error("who was asked to sign by a link may judge")
	}
}

// People find what their offices sign in a list, and nothing else.
func TestTheListOfWhatMyOfficesSign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.asked(), w.asked()
	w.sign(w.Agent, first, "Labour Agency")
	list := "/en" + signoff.ListPath
	page := w.Reader.In(t).Get(list).Want(http.StatusOK)
	if n := page.Count("main tbody tr"); n != 1 || !page.Has(`a[href="`+pageOf(second)+`"]`) {
		t.Errorf("%d are to be signed: %s", n, page.Text("main"))
	}
	if n := w.Reader.In(t).Get(list + "?state=all&q=CROSS+the").Count("main tbody tr"); n != 2 {
		t.Errorf("%d in all", n)
	}
	if none := w.Reader.In(t).Get(list + "?q=zzz&page=9999999999&state=nonsense"); none.Has("main tbody tr") || !none.Contains("There is nothing to sign") {
		t.Errorf("with other words: %s", none.Text("main"))
	}
	if other := w.OtherMember.In(t).Get(list + "?state=all").Want(http.StatusOK); other.Has("main tbody tr") {
		t.Errorf("another office sees %s", other.Text("main"))
	}
	csv := w.Reader.In(t).Get(list + ".csv?state=all").Want(http.StatusOK)
	if lines := strings.Count(strings.TrimSpace(string(csv.Body)), "\n"); lines < 2 || !strings.Contains(string(csv.Body), "Labour Agency") {
		t.Errorf("the file has %s", csv.Body)
	}
	w.Reader.In(t).Get(list + ".json").Want(http.StatusOK)
	w.Reader.In(t).Get(list + ".xlsx").Want(http.StatusOK)
}

// Whom an office has named to sign is forgotten with their account, and all who were named with a note that is erased.
func TestWhoWasNamedIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other, old := w.asked(), w.asked(), w.asked()
	w.sign(w.Agent, id, "Labour Agency")
	w.Agent.In(t).Get(w.pageOfSignature(old, "Labour Agency")).Form("main form").Set("answer", "decline").Set("reason", "Ms Otieno left us out").Submit().WantRedirect(pageOf(old))
	named := func(id workflow.ID) int {
		return value[int](w, `SELECT count(*)::int FROM note_signatures WHERE submission_id = $1 AND (contact_email <> '' OR contact_name <> '' OR signer_name <> '' OR name = 'Fund for Women')`, id)
	}
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		return signoff.Personal.Close(t.Context(), tx, personal.Person{ID: w.Agent.User.ID, Addresses: []string{strings.ToUpper(fundMail), tradeMail}, Now: w.clock()})
	})
	if n := named(id); err != nil || n != 1 { // the party stays
		t.Errorf("%d are named after their accounts were closed: %v", n, err)
	}
	w.exec(`UPDATE submissions SET state = 'erased' WHERE id = $1`, other)
	w.exec(`UPDATE submissions SET state = 'declined', erased_at = now() WHERE id = $1`, old) // after years
	for range 2 {
		if err := w.service.Care(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n, m := named(other), named(old); n != 0 || m != 0 {
		t.Errorf("%d are named in a draft that is erased, %d in a note that was declined and is erased", n, m)
	}
	if reason := value[string](w, `SELECT string_agg(reason, '') FROM note_signatures WHERE submission_id = $1`, old); reason != "[…]" {
		t.Errorf("of an erased note it is kept why somebody declined: %s", reason)
	}
}
