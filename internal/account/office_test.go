package account

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
)

// staffed is an approved office with a head, a member and somebody who waits, and a person of another office.
type staffed struct {
	*house
	office                         int64
	head, member, waiting, other   identity.User
	headPost, memberPost, waiting1 int64
}

func newStaffed(t *testing.T) *staffed {
	t.Helper()
	s := &staffed{house: newHouse(t)}
	s.office = webtest.NewOffice(t, s.db, "Ministry of Labour", "KE")
	s.head = webtest.NewUser(t, s.db, "Wanjiru Head", map[int64]identity.PostRole{s.office: identity.Head})
	s.member = webtest.NewUser(t, s.db, "Otieno Member", map[int64]identity.PostRole{s.office: identity.Contributor})
	s.other = webtest.NewUser(t, s.db, "Somebody Else", map[int64]identity.PostRole{webtest.NewOffice(t, s.db, "City of Cali", "CO"): identity.Head})
	s.waiting = s.introduce("waiting@office.test", func(in *Introduction) { in.Name, in.Lang = "Kamau Waiting", i18n.Arabic })
	if _, err := s.accounts.Join(t.Context(), s.waiting, OfficeChoice{ID: s.office}); err != nil {
		t.Fatal(err)
	}
	s.waiting = s.reload(s.waiting)
	s.headPost, s.memberPost, s.waiting1 = s.post(s.head), s.post(s.member), s.post(s.waiting)
	return s
}

// post returns the number of the person's post in the office.
func (s *staffed) post(who identity.User) int64 {
	s.t.Helper()
	id, err := database.Value[int64](s.t.Context(), s.db.Read(), `SELECT id FROM posts WHERE user_id = $1 AND office_id = $2`, who.ID, s.office)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *staffed) state(post int64) string {
	s.t.Helper()
	v, err := database.Value[string](s.t.Context(), s.db.Read(), `SELECT state || ' ' || role FROM posts WHERE id = $1`, post)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func TestWhoSeesWhomInAnOffice(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	path := "/en/offices/" + itoa(s.office)
	s.Get(path).WantRedirect("/en/sign-in?next=" + strings.ReplaceAll(path, "/", "%2F"))
	s.as(s.other).Get(path).Want(http.StatusNotFound)
	s.as(s.other).Get("/en/offices/999999").Want(http.StatusNotFound)
	s.as(s.head).Get("/en/offices/0").Want(http.StatusNotFound)
	s.as(s.head).Get("/en/offices/abc").Want(http.StatusNotFound)

	page := s.as(s.head).Get(path).Want(http.StatusOK)
	for _, want := range []string{"Wanjiru Head", "Otieno Member", "Kamau Waiting", s.member.Email, "waiting@office.test", "Member State", "Kenya"} {
		if !page.Contains(want) {
			t.Errorf("the head does not see %s", want)
		}
	}
	page = s.as(s.member).Get(path).Want(http.StatusOK)
	if !page.Contains("Wanjiru Head") || !page.Contains("Otieno Member") {
		t.Error("a member does not see colleagues")
	}
	for _, never := range []string{"Kamau Waiting", s.head.Email, "waiting@office.test"} {
		if page.Contains(never) {
			t.Errorf("a member sees %s", never)
		}
	}
	if page.Has("main form") {
		t.Error("a member has buttons")
	}
	page = s.as(s.waiting).Get(path).Want(http.StatusOK)
	for _, never := range []string{"Wanjiru Head", "Otieno Member", s.head.Email} {
		if page.Contains(never) {
			t.Errorf("who only waits sees %s", never)
		}
	}
	if !page.Contains(i18n.TL("en", "account.office.waiting.mine")) {
		t.Error("who waits is not told so")
	}
	// Staff have the desk's page of it, not this one.
	officer := webtest.NewUser(t, s.db, "Officer", nil, identity.StaffRole{Role: identity.Administrator})
	s.as(officer).Get(path).Want(http.StatusNotFound)
}

func TestTheHeadApprovesAndRefusesNewcomers(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	head := s.as(s.head)
	path := "/en/offices/" + itoa(s.office)
	head.Get(path).Form(`main div.actions > form`).Submit().WantRedirect(path)
	if got := s.state(s.waiting1); got != "approved contributor" {
		t.Errorf("the post is %s", got)
	}
	m := s.mail("waiting@office.test", "post_approved")
	if m.Lang != "ar" || !strings.Contains(m.HTML, "Ministry of Labour") {
		t.Errorf("the mail is in %s: %s", m.Lang, m.Body)
	}
	if got := s.acts("post", s.waiting1); got != "ask(role) approve(state)" {
		t.Errorf("the audit log has %q", got)
	}
	if posts := s.reload(s.waiting).Posts; len(posts) != 1 || !posts[0].Approved {
		t.Errorf("the posts are %+v", posts)
	}
	if len(s.approved) != 1 || s.approved[0] != s.office {
		t.Errorf("what the newcomer had sent waits on; published was for %v", s.approved)
	}

	second := s.introduce("second@office.test", func(in *Introduction) { in.Name = "Second Newcomer" })
	if _, err := s.accounts.Join(t.Context(), second, OfficeChoice{ID: s.office}); err != nil {
		t.Fatal(err)
	}
	post := s.post(second)
	refuse := path + "/posts/" + itoa(post) + "/decision"
	long := head.Post(refuse, values("decision", "refuse", "reason", strings.Repeat("x", MaxReason+1))).Want(http.StatusUnprocessableEntity)
	if !strings.Contains(string(long.Body), strings.Repeat("x", MaxReason+1)) {
		t.Error("the reason that was typed is lost")
	}
	head.Post(refuse, values("decision", "maybe")).Want(http.StatusUnprocessableEntity)
	head.Post(refuse, values("decision", "refuse", "reason", "We do not <b>know</b> you.")).WantRedirect(path)
	if m := s.mail("second@office.test", "post_refused"); !strings.Contains(m.Body, "We do not") || strings.Contains(m.HTML, "<b>know</b>") {
		t.Errorf("the letter says: %s", m.Body)
	}
	if len(s.approved) != 1 {
		t.Error("a refusal publishes")
	}
	own := s.as(second).Get("/en/account").Want(http.StatusOK)
	if !own.Contains("We do not <b>know</b> you.") || !own.Contains("Refused") {
		t.Error("the person does not see why")
	}
	s.as(second).Get(path).Want(http.StatusNotFound)
	// Who was refused may ask again.
	if _, err := s.accounts.Join(t.Context(), second, OfficeChoice{ID: s.office}); err != nil {
		t.Errorf("asking again: %v", err)
	}
}

func TestWhoMayActInAnOffice(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	posts := "/en/offices/" + itoa(s.office) + "/posts/"
	acts := []struct {
		path string
		form []string
	}{
		{posts + itoa(s.waiting1) + "/decision", []string{"decision", "approve"}},
		{posts + itoa(s.memberPost) + "/role", []string{"role", "head"}},
		{posts + itoa(s.memberPost) + "/end", nil},
		{"/en/offices/" + itoa(s.office) + "/rules", []string{"heads_only", "yes"}},
	}
	for _, who := range []struct {
		name   string
		client *webtest.Client
		status int
	}{
		{"a visitor", s.Another(), http.StatusSeeOther},
		{"the head of another office", s.as(s.other), http.StatusNotFound},
		{"a member", s.as(s.member), http.StatusForbidden},
		{"who waits", s.as(s.waiting), http.StatusForbidden},
		{"an administrator", s.as(webtest.NewUser(t, s.db, "Admin", nil, identity.StaffRole{Role: identity.Administrator})), http.StatusNotFound},
	} {
		for _, act := range acts {
			if got := who.client.Post(act.path, values(act.form...)).Status; got != who.status {
				t.Errorf("%s at %s: status %d, want %d", who.name, act.path, got, who.status)
			}
		}
	}
	if got := s.state(s.waiting1) + ", " + s.state(s.memberPost); got != "pending contributor, approved contributor" {
		t.Errorf("something has changed: %s", got)
	}
	// A post of another office through the address of one's own.
	s.as(s.other).Post("/en/offices/"+itoa(s.other.Posts[0].OfficeID)+"/posts/"+itoa(s.memberPost)+"/end", nil).Want(http.StatusNotFound)
	head := s.as(s.head)
	for _, act := range acts {
		head.Post(act.path, values(act.form...)).WantRedirect("/en/offices/" + itoa(s.office))
	}
	if got := s.state(s.waiting1) + ", " + s.state(s.memberPost); got != "approved contributor, ended head" {
		t.Errorf("after the head's acts: %s", got)
	}
	if n := s.count(`SELECT count(*) FROM offices WHERE heads_only`); n != 1 {
		t.Error("the rule of the office is not kept")
	}
}

func TestTheOfficeKeepsAHead(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	head := s.as(s.head)
	path := "/en/offices/" + itoa(s.office)
	for _, act := range []string{"/end", "/role"} {
		page := head.Post(path+"/posts/"+itoa(s.headPost)+act, values("role", "viewer")).Want(http.StatusUnprocessableEntity)
		if got := page.Text(".errors li"); got != i18n.TL("en", "account.office.last_head") {
			t.Errorf("%s: the summary says %q", act, got)
		}
	}
	if page := head.Get(path); page.Has(`form[action^="` + path + "/posts/" + itoa(s.headPost) + `"]`) {
		t.Error("the page offers what cannot be done")
	}
	head.Post(path+"/posts/"+itoa(s.memberPost)+"/role", values("role", "king")).Want(http.StatusUnprocessableEntity)
	head.Post(path+"/posts/"+itoa(s.memberPost)+"/role", values("role", "head")).WantRedirect(path)
	// Two heads end each other's post at once: one stays.
	second := s.reload(s.member)
	errs := make([]error, 2)
	together(2, func(i int) {
		if i == 0 {
			errs[i] = s.accounts.EndPost(t.Context(), s.head, s.office, s.memberPost)
		} else {
			errs[i] = s.accounts.EndPost(t.Context(), second, s.office, s.headPost)
		}
	})
	if n := s.count(`SELECT count(*) FROM posts WHERE office_id = $1 AND role = 'head' AND state = 'approved'`, s.office); n != 1 {
		t.Errorf("%d heads are left: %v", n, errs)
	}
	if (errs[0] == nil) == (errs[1] == nil) || !slices.ContainsFunc(errs, func(err error) bool { return errors.Is(err, problem.NotFound) }) {
		t.Errorf("the answers are %v: one wins, the other is no longer of the office", errs)
	}
}

func TestAPostEnds(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	path := "/en/offices/" + itoa(s.office)
	member := s.as(s.member)
	member.Get(path).Want(http.StatusOK)
	s.as(s.head).Post(path+"/posts/"+itoa(s.memberPost)+"/end", nil).WantRedirect(path)
	member.Get(path).Want(http.StatusNotFound)
	if posts := s.reload(s.member).Posts; len(posts) != 0 {
		t.Errorf("the posts are %+v", posts)
	}
	s.mail(s.member.Email, "post_ended")
	page := s.as(s.head).Get(path)
	if !page.Contains("1 former colleague") {
		t.Error("the head does not see who left")
	}
	if got := s.acts("post", s.memberPost); got != "end(state)" {
		t.Errorf("the audit log has %q", got)
	}
	// Again, and after that a role: it is over.
	for _, act := range []string{"/end", "/role"} {
		page := s.as(s.head).Post(path+"/posts/"+itoa(s.memberPost)+act, values("role", "viewer")).Want(http.StatusConflict)
		if !page.Contains("Wanjiru Head decided on") || !page.Contains("Geneva time") {
			t.Errorf("%s: the page does not say who and when", act)
		}
	}
	// One's own post, once there is another head.
	s.as(s.head).Post(path+"/posts/"+itoa(s.waiting1)+"/decision", values("decision", "approve"))
	s.as(s.head).Post(path+"/posts/"+itoa(s.waiting1)+"/role", values("role", "head"))
	s.as(s.head).Post(path+"/posts/"+itoa(s.headPost)+"/end", nil).WantRedirect("/en/account")
}

func TestEightDecisionsOnOneNewcomer(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	errs := make([]error, 8)
	together(8, func(i int) { errs[i] = s.accounts.DecidePost(t.Context(), s.head, s.office, s.waiting1, i%2 == 0, "") })
	won := 0
	for _, err := range errs {
		var decided *DecidedError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &decided) || decided.By != "Wanjiru Head" || !errors.Is(err, problem.Stale):
			t.Errorf("one of the others is told %v", err)
		}
	}
	if won != 1 || len(s.mails("waiting@office.test")) != 1 {
		t.Errorf("%d won, %d letters", won, len(s.mails("waiting@office.test")))
	}
}
