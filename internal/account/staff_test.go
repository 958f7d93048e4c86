package account

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
)

var pledgesOfficer = identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk}

func TestAddingStaff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	link, err := h.accounts.AddStaff(ctx, "Noor@example.org", "Noor Haddad", i18n.Arabic, []identity.StaffRole{pledgesOfficer})
	if err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(link, "https://portal.example")
	if !ok || !strings.HasPrefix(path, "/ar/t/") {
		t.Fatalf("the link is %s", link)
	}
	id := h.userID("noor@example.org")
	// Again, with one more role: the same account, another link.
	second, err := h.accounts.AddStaff(ctx, "noor@EXAMPLE.org", "", i18n.English, []identity.StaffRole{pledgesOfficer, {Role: identity.Administrator}})
	if err != nil || second == "" || second == link || h.userID("noor@example.org") != id {
		t.Fatalf("again: %q, %v", second, err)
	}
	if got, want := h.acts("user", id), "role.add(officer:pledges) link.set_up role.add(administrator) link.set_up"; got != want {
		t.Errorf("the audit log has %q, want %q", got, want)
	}
	c := h.Another()
	signsIn(c, "noor@example.org", goodPassword, "").Want(http.StatusUnprocessableEntity)
	page := c.Get(path).Want(http.StatusOK)
	if !page.Contains(i18n.TL("ar", "account.link.set_up.title")) {
		t.Error("the page is not that for new staff")
	}
	page.Form("main form").Set("password", goodPassword).Submit().WantRedirect("/ar/desk")
	if len(h.mails("Noor@example.org")) != 0 {
		t.Error("a mail about the change of a password that there was not")
	}
	if n := h.count(`SELECT count(*) FROM users WHERE id = $1 AND email_verified_at IS NOT NULL`, id); n != 1 {
		t.Error("the address does not count as proven")
	}
	c.Get(path).Want(http.StatusGone)
	c.Get(strings.TrimPrefix(second, "https://portal.example")).Want(http.StatusGone)
	third, err := h.accounts.AddStaff(ctx, "noor@example.org", "", i18n.English, []identity.StaffRole{{Role: identity.Reviewer}})
	if err != nil || third != "" {
		t.Errorf("with a password set: %q, %v; want no link", third, err)
	}
	if got := h.reload(identity.User{ID: id}); len(got.Staff) != 3 || got.Lang != "ar" || got.Name != "Noor Haddad" {
		t.Errorf("the person is %+v", got)
	}
}

func TestAddingStaffThatCannotBe(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tests := []struct {
		name, email, person string
		role                identity.StaffRole
	}{
		{"no address", "", "Noor", pledgesOfficer},
		{"an address that is none", "noor", "Noor", pledgesOfficer},
		{"a new account without a name", "noor@example.org", " ", pledgesOfficer},
		{"an officer without a desk", "noor@example.org", "Noor", identity.StaffRole{Role: identity.Officer}},
		{"an administrator with a desk", "noor@example.org", "Noor", identity.StaffRole{Role: identity.Administrator, Desk: identity.HubDesk}},
		{"a role that does not exist", "noor@example.org", "Noor", identity.StaffRole{Role: "emperor"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := h.accounts.AddStaff(t.Context(), test.email, test.person, i18n.English, []identity.StaffRole{test.role}); err == nil {
				t.Error("it is accepted")
			}
		})
	}
	if n := h.count(`SELECT count(*) FROM users`); n != 0 {
		t.Errorf("%d accounts were made", n)
	}
}

func TestPeopleAndRoles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office := webtest.NewOffice(t, h.db, "Ministère du Travail", "SN")
	admin := webtest.NewUser(t, h.db, "Tomasz Admin", nil, identity.StaffRole{Role: identity.Administrator})
	officer := webtest.NewUser(t, h.db, "Noor Officer", nil, pledgesOfficer)
	member := webtest.NewUser(t, h.db, "Zoë Member", map[int64]identity.PostRole{office: identity.Head})
	c := h.as(admin)

	list := c.Get("/en/desk/people").Want(http.StatusOK)
	if got := list.Texts("main table tbody th"); !slices.Equal(got, []string{"Noor Officer", "Tomasz Admin"}) {
		t.Errorf("the staff are %q", got)
	}
	for query, want := range map[string]string{"q=zoe": "Zoë Member", "q=ministere+TRAVAIL": "Zoë Member", "role=officer%3Apledges": "Noor Officer", "q=noor&role=officer%3Apledges": "Noor Officer"} {
		if got := c.Get("/en/desk/people?" + query).Texts("main table tbody th"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s finds %q, want %s", query, got, want)
		}
	}
	if page := c.Get("/en/desk/people?q=zzz%00%25"); !page.Contains(i18n.TL("en", "account.people.empty.title")) {
		t.Error("nothing found is not said")
	}
	if strings.Contains(string(list.Body), "@example.org") {
		t.Error("the list has addresses")
	}

	person := c.Get("/en/desk/people?q=zoe").Click("main table a").Want(http.StatusOK)
	if !person.Contains(member.Email) || !person.Contains("Ministère du Travail: Head (Approved)") {
		t.Error("the page of the person lacks their address or post")
	}
	if got := h.acts("user", member.ID); got != "read(name,posts) read(name,email)" {
		t.Errorf("the audit log has %q", got)
	}
	path := "/en/desk/people/" + itoa(member.ID)
	add := func(role string) *webtest.Page {
		return c.Get(path).Form(`main form[action$="#errors"]`).Forge("role", role).Submit()
	}
	add("lead:network").WantRedirect(path)
	add("lead:network").WantRedirect(path) // twice is once
	add("").Want(http.StatusUnprocessableEntity)
	page := add("emperor").Want(http.StatusUnprocessableEntity)
	if got := page.Text(".errors li"); got != i18n.TL("en", "account.people.role.missing") {
		t.Errorf("the summary says %q", got)
	}
	if got := h.reload(member); len(got.Staff) != 1 || got.Staff[0] != (identity.StaffRole{Role: identity.Lead, Desk: identity.NetworkDesk}) {
		t.Errorf("the roles are %+v", got.Staff)
	}
	c.Get(path).Form(`main form[action$="roles"]`).Submit().WantRedirect(path)
	if got := h.reload(member); len(got.Staff) != 0 {
		t.Errorf("the roles are %+v", got.Staff)
	}
	if got := h.acts("user", member.ID); !strings.Contains(got, "role.add(lead:network)") || !strings.HasSuffix(got, "role.remove(lead:network)") || strings.Count(got, "role.") != 2 {
		t.Errorf("the audit log has %q", got)
	}
	c.Get("/en/desk/people/999999").Want(http.StatusNotFound)
	c.Post("/en/desk/people/999999/roles", values("role", "reviewer")).Want(http.StatusNotFound)

	last := c.Post("/en/desk/people/"+itoa(admin.ID)+"/roles", values("do", "remove", "role", "administrator")).Want(http.StatusUnprocessableEntity)
	if got := last.Text(".errors li"); got != i18n.TL("en", "account.people.last_administrator") {
		t.Errorf("the summary says %q", got)
	}
	if err := h.accounts.ChangeStaffRole(t.Context(), officer, officer.ID, identity.StaffRole{Role: identity.Administrator}, true); !errors.Is(err, problem.Forbidden) {
		t.Errorf("an officer makes themself administrator: %v", err)
	}
}

func TestTwoAdministratorsRemoveEachOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	role := identity.StaffRole{Role: identity.Administrator}
	one, two := webtest.NewUser(t, h.db, "One", nil, role), webtest.NewUser(t, h.db, "Two", nil, role)
	errs := make([]error, 2)
	together(2, func(i int) {
		by, whom := one, two
		if i == 1 {
			by, whom = two, one
		}
		errs[i] = h.accounts.ChangeStaffRole(t.Context(), by, whom.ID, role, false)
	})
	if n := h.count(`SELECT count(*) FROM staff_roles`); n != 1 {
		t.Errorf("%d administrators are left: %v", n, errs)
	}
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("the answers are %v, want one to win", errs)
	}
	// Who gives up the role themself, when there is another, ends on a page that they may see.
	three := webtest.NewUser(t, h.db, "Three", nil, role)
	h.as(three).Post("/en/desk/people/"+itoa(three.ID)+"/roles", values("do", "remove", "role", "administrator")).WantRedirect("/en/account")
}
