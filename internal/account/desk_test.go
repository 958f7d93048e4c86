package account

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web"
)

// officer makes somebody who may approve offices, with a browser.
func (h *house) officer(name string) (identity.User, *webtest.Client) {
	h.t.Helper()
	who := webtest.NewUser(h.t, h.db, name, nil, identity.StaffRole{Role: identity.Officer, Desk: identity.FundDesk})
	return who, h.as(who)
}

// proposed makes a proposed office with somebody who wants to head it.
func (h *house) proposed(name, email string, lang i18n.Lang) (office int64, head identity.User) {
	h.t.Helper()
	head = h.introduce(email, func(in *Introduction) { in.Lang, in.Name, in.Password = lang, "Head of "+name, "" })
	office, err := h.accounts.Join(h.t.Context(), head, OfficeChoice{Name: name, Category: "member_state", Country: "KE"})
	if err != nil {
		h.t.Fatal(err)
	}
	return office, h.reload(head)
}

func TestAnOfficeIsApprovedWithItsHead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office, head := h.proposed("Ministry of Labour", "head@example.org", i18n.Arabic)
	who, c := h.officer("Ana Officer")
	list := c.Get("/en/desk/offices").Want(http.StatusOK)
	if !list.Contains("1 office waits for a decision.") || !list.Contains("Head of Ministry of Labour") {
		t.Error("the list does not show what waits")
	}
	page := list.Click("main table a").Want(http.StatusOK)
	if !page.Contains("head@example.org") || !page.Contains("Kenya") {
		t.Error("the page does not say who asks")
	}
	page.Form("main aside form").Submit().Want(http.StatusUnprocessableEntity)
	confirm := page.Form("main aside form").Set("decision", "approve").Submit().Want(http.StatusOK)
	if !confirm.Contains("Head of Ministry of Labour") || h.count(`SELECT count(*) FROM offices WHERE state = 'approved'`) != 0 {
		t.Error("the page of confirmation does not say who is told, or decides already")
	}
	form := confirm.Form("main form")
	form.Submit().WantRedirect("/en/desk/offices/" + itoa(office))
	if got := h.reload(head).Posts; len(got) != 1 || !got[0].Approved || !got[0].OfficeApproved || got[0].Role != identity.Head {
		t.Errorf("the posts are %+v", got)
	}
	if len(h.approved) != 1 || h.approved[0] != office {
		t.Errorf("what waited was published for %v", h.approved)
	}
	m := h.mail("head@example.org", "post_approved")
	if m.Lang != "ar" || !strings.Contains(m.HTML, `dir="rtl"`) || !strings.Contains(m.HTML, "/ar/offices/"+itoa(office)) {
		t.Errorf("the letter is in %s: %s", m.Lang, m.Body)
	}
	if got := h.acts("office", office); got != "propose read(head.name) read(people.name,people.email,people.position) approve(state)" {
		t.Errorf("the audit log has %q", got)
	}
	// The page now says who decided; the same form sent again is told so.
	page = c.Get("/en/desk/offices/" + itoa(office)).Want(http.StatusOK)
	if !page.Contains("Ana Officer decided on") || page.Has("main aside form") {
		t.Error("the page does not say who decided")
	}
	again := form.Submit().Want(http.StatusConflict)
	if !again.Contains("Ana Officer decided on") || !again.Contains("Yours has not been taken.") {
		t.Error("the second decision is not told who was faster")
	}
	if len(h.mails("head@example.org")) != 1 {
		t.Error("a second letter went out")
	}
	_ = who
}

func TestAnOfficeIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office, head := h.proposed("Ministry of Magic", "head@example.org", i18n.English)
	colleague := h.introduce("colleague@example.org", func(in *Introduction) { in.Name = "A Colleague" })
	if _, err := h.accounts.Join(t.Context(), colleague, OfficeChoice{Name: "ministry of MAGIC", Category: "member_state", Country: "KE"}); err != nil {
		t.Fatal(err)
	}
	_, c := h.officer("Ana Officer")
	path := "/en/desk/offices/" + itoa(office)
	page := c.Get(path).Form("main aside form").Set("decision", "refuse").Submit().Want(http.StatusUnprocessableEntity)
	if got := page.Text(".errors li"); got != i18n.TL("en", "account.desk.reason.missing") {
		t.Errorf("the summary says %q", got)
	}
	form := page.Form("main aside form")
	if form.Value("decision") != "refuse" {
		t.Error("the choice is lost")
	}
	confirm := form.Set("reason", "There is no such ministry.\n\nWrite to us if we are wrong.").Submit().Want(http.StatusOK)
	for _, name := range []string{"Head of Ministry of Magic", "A Colleague", "There is no such ministry."} {
		if !confirm.Contains(name) {
			t.Errorf("the page of confirmation does not name %s", name)
		}
	}
	confirm.Form("main form").Submit().WantRedirect(path)
	for _, email := range []string{"head@example.org", "colleague@example.org"} {
		if m := h.mail(email, "office_refused"); !strings.Contains(m.Body, "There is no such ministry.") {
			t.Errorf("the letter to %s says: %s", email, m.Body)
		}
	}
	if posts := h.reload(head).Posts; len(posts) != 0 {
		t.Errorf("the posts are %+v", posts)
	}
	if len(h.approved) != 0 {
		t.Error("something was published")
	}
	if !h.as(head).Get("/en/account").Contains("There is no such ministry.") {
		t.Error("the person does not see why")
	}
	if !c.Get("/en/desk/offices?state=refused").Contains("Ministry of Magic") {
		t.Error("the refused office is in no list")
	}
	// The name is free again.
	if _, err := h.accounts.Join(t.Context(), h.reload(head), OfficeChoice{Name: "Ministry of Magic", Category: "member_state", Country: "KE"}); err != nil {
		t.Errorf("proposing it again: %v", err)
	}
}

func TestTheFirstHeadOfAnApprovedOffice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office := webtest.NewOffice(t, h.db, "Ministry of Labour", "KE")
	join := func(email string) identity.User {
		who := h.introduce(email)
		if _, err := h.accounts.Join(t.Context(), who, OfficeChoice{ID: office}); err != nil {
			t.Fatal(err)
		}
		return who
	}
	first, second := join("first@example.org"), join("second@example.org")
	ana, c := h.officer("Ana Officer")
	path := "/en/desk/offices/" + itoa(office)
	if page := c.Get("/en/desk/offices"); !page.Contains(i18n.TL("en", "account.desk.state.head")) {
		t.Error("the list does not say that a first head waits")
	}
	stale := c.Get(path).Form("main aside form").Set("decision", "approve")
	confirm := c.Get(path).Form("main aside form").Set("decision", "refuse").Set("reason", "We know another focal point.").Submit().Want(http.StatusOK)
	if confirm.Contains("second@example.org") {
		t.Error("somebody else is to be told")
	}
	confirm.Form("main form").Submit().WantRedirect(path)
	h.mail("first@example.org", "post_refused")
	if got := h.reload(second).Posts; len(got) != 1 || got[0].Role != identity.Head || got[0].Approved {
		t.Errorf("the next is %+v, want proposed as head", got)
	}
	// A page read before is about another person: nothing happens.
	if page := stale.Submit().Want(http.StatusConflict); !page.Contains("Ana Officer decided on") {
		t.Error("the stale page does not say who decided")
	}
	o, err := h.accounts.DeskOffice(t.Context(), ana, office)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.accounts.DecideOffice(t.Context(), ana, office, Decision{Approve: true, HeadPost: o.HeadPost}); err != nil {
		t.Fatal(err)
	}
	if got := h.reload(second).Posts; len(got) != 1 || !got[0].Approved || got[0].Role != identity.Head {
		t.Errorf("the head is %+v", got)
	}
	if len(h.approved) != 1 || h.approved[0] != office {
		t.Errorf("what the head had sent waits on; published was for %v", h.approved)
	}
	_ = first
}

func TestEightDecisionsOnOneOffice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office, _ := h.proposed("Ministry of Labour", "head@example.org", i18n.English)
	head := int64(h.count(`SELECT id::int FROM posts`))
	officers := make([]identity.User, 8)
	for i := range officers {
		officers[i], _ = h.officer("Officer " + itoa(int64(i)))
	}
	errs := make([]error, 8)
	together(8, func(i int) {
		errs[i] = h.accounts.DecideOffice(t.Context(), officers[i], office, Decision{Approve: i%2 == 0, HeadPost: head, Reason: "A reason."})
	})
	won := 0
	for _, err := range errs {
		var decided *DecidedError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &decided) || !strings.HasPrefix(decided.By, "Officer ") || decided.At.IsZero():
			t.Errorf("one of the others is told %v", err)
		}
	}
	if won != 1 || len(h.mails("head@example.org")) != 1 {
		t.Errorf("%d won, %d letters", won, len(h.mails("head@example.org")))
	}
}

func TestApprovalAndPublicationAreOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office, _ := h.proposed("Ministry of Labour", "head@example.org", i18n.English)
	ana, _ := h.officer("Ana Officer")
	h.fails = errors.New("it cannot be published")
	o, err := h.accounts.DeskOffice(t.Context(), ana, office)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.accounts.DecideOffice(t.Context(), ana, office, Decision{Approve: true, HeadPost: o.HeadPost}); !errors.Is(err, h.fails) {
		t.Fatalf("the error is %v", err)
	}
	if n := h.count(`SELECT (SELECT count(*) FROM offices WHERE state = 'approved') + (SELECT count(*) FROM posts WHERE state = 'approved') + (SELECT count(*) FROM outbox)`); n != 0 {
		t.Error("something of the approval stayed")
	}
}

func TestNobodyDecidesOnTheirOwnOffice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office, _ := h.proposed("Ministry of Labour", "head@example.org", i18n.English)
	path := "/en/desk/offices/" + itoa(office)
	for _, state := range PostStates {
		who, _ := h.officer("Conflicted " + string(state))
		h.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'viewer', $3, current_date, now())`, who.ID, office, state)
		c := h.as(who)
		want, listed := http.StatusNotFound, 0
		if state == PostRefused { // somebody who was turned away has no interest in it
			want, listed = http.StatusOK, 1
		}
		if got := c.Get(path).Status; got != want {
			t.Errorf("%s: the page has status %d, want %d", state, got, want)
		}
		if state == PostRefused {
			continue
		}
		if got := c.Post(path+"/decision", values("decision", "approve", "head", "1", "step", "confirmed")).Status; got != http.StatusNotFound {
			t.Errorf("%s: the decision has status %d, want 404", state, got)
		}
		if got := c.Post(path+"/decision", values("decision", "approve", "head", "1")).Status; got != http.StatusNotFound {
			t.Errorf("%s: the page of confirmation has status %d, want 404", state, got)
		}
		list := c.Get("/en/desk/offices").Want(http.StatusOK)
		if got := list.Count("main table tbody tr"); got != listed || !list.Contains("0 offices wait for a decision.") {
			t.Errorf("%s: the list has %d rows", state, got)
		}
		if export := string(c.Get("/en/desk/offices.csv").Want(http.StatusOK).Body); strings.Contains(export, "Ministry of Labour") {
			t.Errorf("%s: the export has the office", state)
		}
	}
	if n := h.count(`SELECT count(*) FROM offices WHERE state <> 'proposed'`); n != 0 {
		t.Error("somebody decided")
	}
}

func TestTheDesksListOfOffices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 30 {
		h.proposed("Office "+itoa(int64(100+i)), "head"+itoa(int64(i))+"@example.org", i18n.English)
	}
	h.proposed("Ministère de l’Économie", "eco@example.org", i18n.English)
	h.exec(`UPDATE offices SET country = 'SN', category = 'academia' WHERE name LIKE 'Minist%'`)
	h.proposed("=cmd|' /C calc'!A0", "formula@example.org", i18n.English)
	webtest.NewOffice(t, h.db, "An Approved Office", "KE")
	_, c := h.officer("Ana Officer")
	rows := func(query string) []string {
		page := c.Get("/en/desk/offices?" + query).Want(http.StatusOK)
		return page.Texts("main table tbody th")
	}
	tests := []struct {
		name, query string
		rows        int
		first       string
	}{
		{"all that waits, the longest waiting first", "", OfficesPerPage, "Office 100"},
		{"the second page", "page=2", 32 - OfficesPerPage, ""},
		{"a page beyond the last is the last", "page=99", 32 - OfficesPerPage, ""},
		{"newest first", "sort=newest", OfficesPerPage, "=cmd|' /C calc'!A0"},
		{"by words without accents", "q=economie+ministere", 1, "Ministère de l’Économie"},
		{"by country", "country=sn", 1, "Ministère de l’Économie"},
		{"by type", "category=academia", 1, "Ministère de l’Économie"},
		{"an unknown type", "category=empire", 0, ""},
		{"approved ones", "state=approved", 1, "An Approved Office"},
		{"refused ones", "state=refused", 0, ""},
		{"a sign of the database's patterns", "q=%25", 0, ""},
		{"nonsense in the address", "state=x&sort=y&page=-3&country=%00", OfficesPerPage, "Office 100"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := rows(test.query)
			if len(got) != test.rows || (test.first != "" && got[0] != test.first) {
				t.Errorf("%d rows, the first %v; want %d, %q", len(got), got[:min(1, len(got))], test.rows, test.first)
			}
			export := c.In(t).Get("/en/desk/offices.csv?" + test.query).Want(http.StatusOK)
			all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(export.Body), web.CSVMark))).ReadAll()
			if err != nil || len(all) == 0 || len(all[0]) != 9+2 { // with the list and the day
				t.Fatalf("the export is no table: %v", err)
			}
			if test.query == "" && len(all) != 33 {
				t.Errorf("the export has %d rows, want all 32", len(all)-1)
			}
			if strings.Contains(string(export.Body), "@example.org") {
				t.Error("the export has addresses")
			}
			for _, line := range all {
				if strings.HasPrefix(line[1], "=") {
					t.Errorf("a spreadsheet takes %q for a formula", line[1])
				}
			}
		})
	}
	if page := c.Get("/en/desk/offices?q=zzz"); !page.Contains(i18n.TL("en", "account.desk.empty.narrowed")) || !page.Has(".chips a") {
		t.Error("an empty list does not say what to do")
	}
	if page := c.Get("/en/desk/offices?state=refused"); !page.Contains(i18n.TL("en", "account.desk.empty.refused")) {
		t.Error("an empty part does not say so")
	}
	page := c.Get("/en/desk/offices?q=office&sort=name&page=2").Want(http.StatusOK)
	if form := page.Form(".filters form"); form.Value("q") != "office" || form.Value("sort") != "name" {
		t.Error("the filters forget the words or the order")
	}
	if n := h.count(`SELECT count(*) FROM audit_log WHERE act = 'export'`); n == 0 {
		t.Error("exports are not recorded")
	}
}

func TestReviewersDoNotSeeOffices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	reviewer := webtest.NewUser(t, h.db, "Reviewer", nil, identity.StaffRole{Role: identity.Reviewer})
	office, _ := h.proposed("Ministry of Labour", "head@example.org", i18n.English)
	c := h.as(reviewer)
	for _, path := range []string{"/en/desk/offices", "/en/desk/offices.csv", "/en/desk/offices/" + itoa(office)} {
		c.Get(path).Want(http.StatusForbidden)
	}
	c.Post("/en/desk/offices/"+itoa(office)+"/decision", values("decision", "approve", "step", "confirmed")).Want(http.StatusForbidden)
	if err := h.accounts.DecideOffice(t.Context(), reviewer, office, Decision{Approve: true}); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a reviewer decides: %v", err)
	}
}
