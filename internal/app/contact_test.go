package app

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// contactWorld is a portal with the hub desk and the network desk.
type contactWorld struct {
	*App
	db                  *database.DB
	cast                *webtest.Cast
	hub, other, network webtest.Person
}

func newContactWorld(t *testing.T) contactWorld {
	t.Helper()
	w := contactWorld{}
	w.App, w.db = newPortal(t)
	w.cast = webtest.NewCast(t, w.db, w.router)
	sign := func(name string, desks ...identity.Desk) webtest.Person {
		var roles []identity.StaffRole
		for _, d := range desks {
			roles = append(roles, identity.StaffRole{Role: identity.Lead, Desk: d})
		}
		return webtest.SignedIn(t, w.cast.Visitor.Client, w.router, name, webtest.NewUser(t, w.db, name, nil, roles...))
	}
	w.hub = sign("Hub lead", identity.HubDesk)
	w.network = sign("Network lead", identity.NetworkDesk)
	w.other = sign("Hub lead behind the wall", identity.HubDesk)
	return w
}

func (w contactWorld) count(t *testing.T, sql string, args ...any) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), w.db.Read(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mailProofs does what the job does for all that waits.
func (w contactWorld) mailProofs(t *testing.T) {
	t.Helper()
	ids, err := database.Values[int64](t.Context(), w.db.Read(), `SELECT id FROM unproven_requests ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if err := w.areas.requests.MailProof(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

// link is the address of the link in the last mail of the kind to the address, in any language.
func (w contactWorld) link(t *testing.T, kind, to string) string {
	t.Helper()
	html, err := database.Value[string](t.Context(), w.db.Read(), `SELECT html FROM outbox WHERE kind = $1 AND lower(to_address) = lower($2) ORDER BY id DESC LIMIT 1`, kind, to)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`href="https?://[^/"]+(/[a-z]{2}/t/[^"]+)"`).FindStringSubmatch(html)
	if found == nil {
		t.Fatalf("the mail %s has no link", kind)
	}
	return found[1]
}

// A talk is begun without an account, for an office that is known: the address is proven first, the heads are told and can stop it.
func TestATalkIsBegunWithoutAnAccount(t *testing.T) {
	t.Parallel()
	w := newContactWorld(t)
	visitor, path := w.cast.Visitor.Another(), "/en/talks/new/office"
	office := fmt.Sprint(w.cast.Office)
	name, err := database.Value[string](t.Context(), w.db.Read(), `SELECT name FROM offices WHERE id = $1`, w.cast.Office)
	if err != nil {
		t.Fatal(err)
	}
	typed := url.Values{"email": {"new.colleague@example.org"}, "name": {"Noor Newcomer"}}
	with := func(changes url.Values) url.Values {
		v := url.Values{"email": typed["email"], "name": typed["name"], "q": {name}, "searched": {name}, "office": {office}}
		for key, values := range changes {
			v[key] = values
		}
		return v
	}
	if p := visitor.Get("/en/talks/new").Want(http.StatusOK); !p.Has(`main a[href="` + path + `"]`) {
		t.Error("the page of talks does not lead there")
	}
	if p := visitor.Post(path, with(url.Values{"searched": {""}, "office": {""}})).Want(http.StatusOK); !p.Contains(name) || p.Form("main form").Value("email") != "new.colleague@example.org" {
		t.Errorf("the search: %s", p.Text("main"))
	}
	for what, c := range map[string]struct {
		changes url.Values
		want    string
	}{
		"no office":           {url.Values{"office": {""}}, "Choose the office."},
		"no search":           {url.Values{"office": {""}, "q": {""}, "searched": {""}}, "Search for the office, then choose it."},
		"an office not known": {url.Values{"office": {"999999"}}, "Choose the office."},
		"no address":          {url.Values{"email": {"noor"}}, "Enter an e-mail address"},
		"no name":             {url.Values{"name": {" "}}, "Enter your name."},
	} {
		if p := visitor.Post(path, with(c.changes)).Want(http.StatusUnprocessableEntity); !p.Contains(c.want) {
			t.Errorf("%s: %s", what, p.Text("main"))
		}
	}
	visitor.Post(path, with(nil)).WantRedirect("/en/contact/sent?kind=talk")
	w.mailProofs(t)
	if n := w.count(t, `SELECT count(*)::int FROM submissions WHERE kind = 'talk'`) + w.count(t, `SELECT count(*)::int FROM users WHERE email = 'new.colleague@example.org'`); n != 0 {
		t.Error("something was begun before the address was proven")
	}
	link := w.link(t, "request.proof", "new.colleague@example.org")
	if p := visitor.Get(link).Want(http.StatusOK); !p.Contains(name) {
		t.Errorf("the link: %s", p.Text("main"))
	}
	own := visitor.Post(link, nil).Want(http.StatusSeeOther).Location()
	visitor.Post(link, nil).Want(http.StatusGone)
	visitor.Get(own + "/steps/need").Want(http.StatusOK)
	var id workflow.ID
	if _, err := fmt.Sscanf(own, "/en/submissions/%d", &id); err != nil {
		t.Fatal(own, err)
	}
	// The guest may write and send in; they see nothing else of the office.
	author, err := database.Value[string](t.Context(), w.db.Read(), `SELECT concat_ws(' ', a.role, p.state, s.office_id = $2) FROM submissions s JOIN submission_access a ON a.submission_id = s.id AND a.user_id = s.author_id
		JOIN posts p ON p.user_id = s.author_id WHERE s.id = $1`, id, w.cast.Office)
	if err != nil || author != "contributor pending t" {
		t.Errorf("the guest is %q, %v", author, err)
	}
	if n := w.count(t, `SELECT count(*)::int FROM submission_access a JOIN users u ON u.id = a.user_id WHERE u.email = 'new.colleague@example.org' AND a.submission_id <> $1`, id); n != 0 {
		t.Errorf("the guest sees %d other submissions", n)
	}
	told := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'request.begun' AND submission_id = $1 AND html LIKE '%Noor Newcomer%'`, id)
	heads := w.count(t, `SELECT count(*)::int FROM posts WHERE office_id = $1 AND role = 'head' AND state = 'approved'`, w.cast.Office)
	if told != heads || heads == 0 {
		t.Errorf("%d of %d heads were told", told, heads)
	}
	// A head stops it: the draft goes, and with the refusal the way in.
	w.cast.Head.Post(own+"/withdrawal", nil).Want(http.StatusSeeOther)
	if state := w.count(t, `SELECT (state = 'withdrawn')::int FROM submissions WHERE id = $1`, id); state != 1 {
		t.Error("a head did not stop it")
	}
	// A colleague with a post is led to sign in, and nobody is told.
	visitor.Another().Post(path, with(url.Values{"email": {w.cast.Member.User.Email}})).Want(http.StatusSeeOther)
	w.mailProofs(t)
	if p := w.cast.Visitor.Another().Post(w.link(t, "request.proof", w.cast.Member.User.Email), nil).Want(http.StatusSeeOther).Follow(); !p.Has("main input[name=password]") {
		t.Errorf("a colleague was let in by a link: %s", p.Text("main"))
	}
	if again := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'request.begun'`); again != told {
		t.Error("heads were told of a colleague")
	}
}

// Who is signed in writes at once; a role address is told, and neither who wrote nor what. Nobody floods a mailbox, or a desk.
func TestWhoIsSignedInWritesAtOnce(t *testing.T) {
	t.Parallel()
	w := newContactWorld(t)
	for range 2 {
		w.cast.Member.Post("/ar/contact", message(url.Values{"topic": {"fund"}, "email": {"somebody.else@example.org"}})).Want(http.StatusSeeOther)
	}
	type row struct {
		Desk, Lang, Author, Email string
		N                         int
	}
	got, err := database.Row[row](t.Context(), w.db.Read(), `SELECT s.desk, s.lang, u.name AS author, t.answers #>> '{contact_email,0}' AS email, (SELECT count(*)::int FROM submissions WHERE kind = 'contact') AS n
		FROM submissions s JOIN users u ON u.id = s.author_id JOIN submission_steps t ON t.submission_id = s.id AND t.step = 'writer' WHERE s.kind = 'contact'`)
	if want := (row{"fund", "ar", w.cast.Member.User.Name, w.cast.Member.User.Email, 1}); err != nil || got != want {
		t.Errorf("it is %+v, %v", got, err)
	}
	told, err := database.Value[string](t.Context(), w.db.Read(), `SELECT subject || html FROM outbox WHERE kind = 'request.arrived' AND to_address = 'fund@portal.example' AND to_user IS NULL`)
	if err != nil || strings.Contains(told, "Member") || strings.Contains(told, "moved") || !strings.Contains(told, "/ar/desk/submissions/") {
		t.Errorf("the role address reads %q, %v", told, err)
	}
	visitor := w.cast.Visitor.Another()
	for n := range 6 {
		visitor.Post("/en/contact", message(url.Values{"email": {"victim@example.org"}, "title": {fmt.Sprint("Number ", n)}})).Want(http.StatusSeeOther)
	}
	w.mailProofs(t)
	if mails := w.count(t, `SELECT count(*)::int FROM outbox WHERE to_address = 'victim@example.org'`); mails != 3 {
		t.Errorf("the victim got %d mails", mails)
	}
	// The answer is the same for an address with an account; the account is not let in by the link.
	visitor.Post("/en/contact", message(url.Values{"email": {w.cast.Member.User.Email}})).WantRedirect("/en/contact/sent")
	w.mailProofs(t)
	if p := visitor.Post(w.link(t, "request.proof", w.cast.Member.User.Email), nil).Want(http.StatusSeeOther).Follow(); !p.Has("main input[name=password]") {
		t.Errorf("an account was let in by a link: %s", p.Text("main"))
	}
	for n := range 8 {
		w.cast.Member.Post("/en/contact", message(url.Values{"title": {fmt.Sprint("Number ", n)}})).Want(http.StatusSeeOther)
	}
	w.cast.Member.Post("/en/contact", message(url.Values{"title": {"One too many"}})).Want(http.StatusTooManyRequests)
	// What is not proven goes.
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE unproven_requests SET expires_at = now()`); err != nil {
		t.Fatal(err)
	}
	if err := w.areas.requests.CleanUp(t.Context()); err != nil || w.count(t, `SELECT count(*)::int FROM unproven_requests`) != 0 {
		t.Errorf("what was not proven is kept: %v", err)
	}
}

func message(changes url.Values) url.Values {
	v := url.Values{"topic": {"hub"}, "title": {"A practice  that moved"}, "text": {"Where is it?\n\nI found it last year."}, "email": {"Wanda@example.org"}, "name": {"Wanda Writer"}}
	for name, values := range changes {
		v[name] = values
	}
	return v
}

// Somebody without an account writes: nobody reads it before the address is proven, then its desk answers, and both go on.
func TestSomebodyWritesToADesk(t *testing.T) {
	t.Parallel()
	w := newContactWorld(t)
	visitor := w.cast.Visitor.Another()
	for name, c := range map[string]struct {
		changes url.Values
		want    string
	}{
		"no topic":         {url.Values{"topic": {""}}, "Choose what it is about."},
		"another topic":    {url.Values{"topic": {"weather"}}, "Choose what it is about."},
		"no subject":       {url.Values{"title": {" "}}, "Enter a subject."},
		"no text":          {url.Values{"text": {"\n"}}, "Enter your message."},
		"too long":         {url.Values{"text": {strings.Repeat("a", 5001)}}, "Shorten the text to 5,000 characters."},
		"no address":       {url.Values{"email": {"wanda"}}, "Enter an e-mail address"},
		"several":          {url.Values{"email": {"a@example.org, b@example.org"}}, "Enter an e-mail address"},
		"a header as well": {url.Values{"email": {"a@example.org\r\nBcc: b@example.org"}}, "Enter an e-mail address"},
	} {
		p := visitor.Post("/en/contact", message(c.changes)).Want(http.StatusUnprocessableEntity)
		if !p.Contains(c.want) || p.Form("main form").Value("name") != "Wanda Writer" {
			t.Errorf("%s: %s", name, p.Text("main"))
		}
	}
	for range 2 { // pressed twice, it is one
		visitor.Post("/en/contact", message(nil)).WantRedirect("/en/contact/sent")
	}
	if p := visitor.Get("/en/contact/sent").Want(http.StatusOK); !p.Contains("look into your mailbox") {
		t.Errorf("after it: %s", p.Text("main"))
	}
	w.mailProofs(t)
	w.mailProofs(t)
	if mails, subs := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'request.proof'`), w.count(t, `SELECT count(*)::int FROM submissions WHERE kind = 'contact'`); mails != 1 || subs != 0 {
		t.Fatalf("before the proof there are %d mails and %d messages", mails, subs)
	}
	link := w.link(t, "request.proof", "wanda@example.org")
	visitor.Get(link + "x").Want(http.StatusNotFound)
	if p := visitor.Get(link).Want(http.StatusOK); !p.Contains("A practice that moved") || w.count(t, `SELECT count(*)::int FROM submissions WHERE kind = 'contact'`) != 0 {
		t.Errorf("opening the link: %s", p.Text("main"))
	}
	own := visitor.Post(link, nil).Want(http.StatusSeeOther).Location()
	if p := visitor.Get(own).Want(http.StatusOK); !p.Contains("A practice that moved") || !p.Contains("I found it last year.") {
		t.Errorf("the writer's page: %s", p.Text("main"))
	}
	w.cast.Visitor.Another().Post(link, nil).Want(http.StatusGone)
	w.cast.Visitor.Another().Get(own).Want(http.StatusSeeOther) // to the sign-in page
	var id workflow.ID
	if _, err := fmt.Sscanf(own, "/en/submissions/%d", &id); err != nil {
		t.Fatal(own, err)
	}

	// It stands in the queue of the hub, and in no other; the wall is that of every submission.
	desk := fmt.Sprintf("/en/desk/submissions/%d", id)
	if p := w.hub.Get("/en/desk?q=kind:contact").Want(http.StatusOK); !p.Contains("A practice that moved") || !p.Contains("Wanda Writer") {
		t.Errorf("the queue: %s", p.Text("main"))
	}
	if p := w.hub.Get(desk).Want(http.StatusOK); !p.Contains("wanda@example.org") && !p.Contains("Wanda@example.org") {
		t.Errorf("the desk's page: %s", p.Text("main"))
	}
	for _, who := range []webtest.Person{w.network, w.cast.Member, w.cast.Officer} {
		who.Get(desk).Want(http.StatusNotFound)
	}
	if due := w.count(t, `SELECT (answer_due_on IS NOT NULL AND decision_due_on IS NULL)::int FROM submissions WHERE id = $1`, id); due != 1 {
		t.Error("the clock is not three days to an answer and none to a decision")
	}
	if told := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.desk_new' AND submission_id = $1 AND to_user = $2`, id, w.hub.User.ID); told != 1 {
		t.Errorf("the desk got %d mails", told)
	}
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		return workflow.SetConflict(t.Context(), tx, id, w.other.User.ID, true, "They know each other.", w.hub.User, time.Now())
	}); err != nil {
		t.Fatal(err)
	}
	w.other.Get(desk).Want(http.StatusNotFound)
	if p := w.other.Get("/en/desk?q=kind:contact").Want(http.StatusOK); p.Contains("A practice that moved") {
		t.Error("who is behind the wall finds it in the queue")
	}

	// The desk answers; the mail opens the conversation once, and a new link is for the asking.
	w.hub.Post(desk+"/messages", url.Values{"message": {"It is at another address now."}}).Want(http.StatusSeeOther)
	answer := w.link(t, "review.message", "wanda@example.org")
	if secret := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'review.message' AND secret AND html NOT LIKE '%/submissions/%'`); secret != 1 {
		t.Error("staff could read the link of the guest")
	}
	later := w.cast.Visitor.Another()
	if p := later.Get(answer).Want(http.StatusOK); !p.Contains("You need no password.") {
		t.Errorf("the link: %s", p.Text("main"))
	}
	later.Post(answer, nil).WantRedirect(own)
	if p := later.Get(own).Want(http.StatusOK); !p.Contains("It is at another address now.") {
		t.Errorf("the conversation: %s", p.Text("main"))
	}
	if p := w.cast.Visitor.Another().Post(answer, nil).Want(http.StatusGone); !p.Has(`a[href="/en/sign-in/link?next=%2Fsubmissions%2F` + fmt.Sprint(id) + `"]`) {
		t.Errorf("used again: %s", p.Text("main"))
	}
	later.Post(own+"/messages", url.Values{"text": {"Thank you."}}).Want(http.StatusSeeOther)
	if p := w.hub.Get(desk).Want(http.StatusOK); !p.Contains("Thank you.") {
		t.Errorf("what came back: %s", p.Text("main"))
	}
	later.Get("/en/account/password").Want(http.StatusSeeOther) // a mail that was passed on opens no risky act
	w.hub.Get("/en/desk/requests/statistics").Want(http.StatusOK)

	// It is closed with a reason.
	sub := caseOf(t, w.App, w.hub.User, id)
	if err := w.areas.desk.Assign(t.Context(), w.hub.User, id, w.hub.User.ID, sub.Version); err != nil {
		t.Fatal(err)
	}
	version := caseOf(t, w.App, w.hub.User, id).Version
	if err := w.areas.desk.Decide(t.Context(), w.hub.User, id, review.Decision{Action: workflow.Approve, Version: version}); err == nil {
		t.Error("it was closed without a reason")
	}
	if err := w.areas.desk.Decide(t.Context(), w.hub.User, id, review.Decision{Action: workflow.Approve, Version: version, Note: "Found."}); err != nil {
		t.Fatal(err)
	}
	if p := later.Get(own).Want(http.StatusOK); !p.Contains("Found.") {
		t.Errorf("closed: %s", p.Text("main"))
	}
	if p := w.cast.Visitor.Get("/en/requests").Want(http.StatusOK); !p.Contains("Message to the secretariat") {
		t.Error("the figures do not count it")
	}

	// Who closes the account leaves no words behind.
	who, err := identity.Load(t.Context(), w.db.Read(), int64(w.count(t, `SELECT author_id::int FROM submissions WHERE id = $1`, id)))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.areas.accounts.Close(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	if left := w.count(t, `SELECT (SELECT count(*) FROM submission_steps WHERE submission_id = $1)::int + (SELECT count(*) FROM submission_notes WHERE submission_id = $1 AND body <> '[…]')::int + (title <> '')::int FROM submissions WHERE id = $1`, id); left != 0 {
		t.Error("the words of who has left are still there")
	}
}
