package account

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/web/ui"
)

// TestEveryRouteAndEveryKindOfPerson holds each route of this area against each kind of person. A POST is sent without
// what it needs, so that who may come in gets 422 (or 303 where there is nothing to fill in) and changes nothing.
func TestEveryRouteAndEveryKindOfPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cast := webtest.NewCast(t, h.db, h.router)
	waiting := h.introduce("waiting@office.test")
	if _, err := h.accounts.Join(t.Context(), waiting, OfficeChoice{ID: cast.Office}); err != nil {
		t.Fatal(err)
	}
	post := int64(h.count(`SELECT id::int FROM posts WHERE user_id = $1`, waiting.ID))
	head := int64(h.count(`SELECT id::int FROM posts WHERE user_id = $1`, cast.Head.User.ID))
	fill := strings.NewReplacer("/{lang}", "/en", "{token}", strings.Repeat("A", 26), "{field}", "name", "{session}", "999999", "{post}", itoa(post), "{offer}", "1")

	all := func(status int) map[string]int { return map[string]int{"": status} }
	// with says the status of each kind of person, "" being everybody else.
	with := func(rest int, pairs ...any) map[string]int {
		m := all(rest)
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1].(int)
		}
		return m
	}
	const visitor, officeHead, member = "visitor", "head of the office", "member of the office"
	const officer, lead, otherOfficer, conflicted = "officer of the desk", "lead of the desk", "officer of another desk", "conflicted officer"
	const reviewer, administrator, halfIn = "reviewer", "administrator", "officer without a second factor"
	in := http.StatusSeeOther // a visitor is sent to sign in; somebody who is signed in is sent on
	members := func(status int) map[string]int { return with(status, visitor, in) }
	approvers := func(status, own int) map[string]int {
		return with(http.StatusNotFound, visitor, in, officer, status, lead, status, otherOfficer, status, administrator, status, conflicted, own, reviewer, http.StatusForbidden, halfIn, in)
	}
	admins := func(status int) map[string]int {
		return with(http.StatusNotFound, visitor, in, administrator, status, officer, 403, lead, 403, otherOfficer, 403, conflicted, 403, reviewer, 403, halfIn, in)
	}
	ofOffice := func(headStatus, memberStatus int) map[string]int {
		return with(http.StatusNotFound, visitor, in, officeHead, headStatus, member, memberStatus, conflicted, memberStatus)
	}
	want := map[string]map[string]int{
		"GET /{lang}/register":             with(in, visitor, 200),
		"POST /{lang}/register":            with(in, visitor, 422),
		"GET /{lang}/register/sent":        all(200),
		"GET /{lang}/sign-in":              with(in, visitor, 200),
		"POST /{lang}/sign-in":             all(422),
		"GET /{lang}/sign-in/link":         all(200),
		"POST /{lang}/sign-in/link":        all(422),
		"GET /{lang}/sign-in/reset":        all(200),
		"POST /{lang}/sign-in/reset":       all(422),
		"GET /{lang}/sign-in/sent":         all(200),
		"GET /{lang}/sign-in/code":         all(in), // no sign-in waits
		"POST /{lang}/sign-in/code":        all(in),
		"POST /{lang}/sign-out":            all(in),
		"POST /{lang}/sign-out/everywhere": all(in),
		"GET /{lang}/t/{token}":            all(404),
		"POST /{lang}/t/{token}":           all(404),

		"GET /{lang}/account":                         members(200),
		"GET /{lang}/account/office":                  members(200),
		"POST /{lang}/account/office":                 members(422),
		"GET /{lang}/account/password":                members(200),
		"POST /{lang}/account/password":               members(422),
		"GET /{lang}/account/confirm":                 all(in), // they have just signed in
		"POST /{lang}/account/confirm":                members(422),
		"GET /{lang}/account/factor":                  members(200),
		"POST /{lang}/account/factor":                 members(422),
		"POST /{lang}/account/factor/codes":           members(409), // they have none
		"POST /{lang}/account/factor/removal":         with(409, visitor, in, officer, 403, lead, 403, otherOfficer, 403, conflicted, 403, reviewer, 403, administrator, 403, halfIn, 403),
		"GET /{lang}/account/sessions":                members(200),
		"POST /{lang}/account/sessions/{session}/end": all(in), // there is no such session
		"GET /{lang}/account/{field}":                 members(200),
		"POST /{lang}/account/{field}":                members(422),

		"GET /{lang}/offices/{id}":                        ofOffice(200, 200),
		"POST /{lang}/offices/{id}/rules":                 ofOffice(303, 403),
		"POST /{lang}/offices/{id}/posts/{post}/decision": ofOffice(422, 422), // what is missing is said first, by those who see the office
		"POST /{lang}/offices/{id}/posts/{post}/role":     ofOffice(422, 422),
		"POST /{lang}/offices/{id}/posts/{post}/end":      ofOffice(409, 403),

		"GET /{lang}/desk/offices":                approvers(200, 200),
		"GET /{lang}/desk/offices.csv":            approvers(200, 200),
		"GET /{lang}/desk/offices.xlsx":           approvers(200, 200),
		"GET /{lang}/desk/offices.json":           approvers(200, 200),
		"GET /{lang}/desk/offices/{id}":           approvers(200, 404),
		"POST /{lang}/desk/offices/{id}/decision": approvers(422, 404),
		"GET /{lang}/desk/people":                 admins(200),
		"GET /{lang}/desk/people/{id}":            admins(200),
		"POST /{lang}/desk/people/{id}/roles":     admins(422),
		"POST /{lang}/desk/people/{id}/factor":    admins(422),
	}
	for pattern, statuses := range map[string]map[string]int{
		"GET /{lang}/offices/{id}/history":                         ofOffice(200, 200),
		"GET /{lang}/offices/{id}/leaving":                         ofOffice(200, 200),
		"POST /{lang}/offices/{id}/leaving":                        ofOffice(422, 422),
		"GET /{lang}/offices/{id}/invitation":                      ofOffice(200, 403),
		"POST /{lang}/offices/{id}/invitation":                     with(404, visitor, in, officeHead, 422, member, 403, conflicted, 403),
		"GET /{lang}/offices/{id}/handover":                        with(404, visitor, in, officeHead, 200, member, 200, conflicted, 403),
		"POST /{lang}/offices/{id}/handover":                       with(404, visitor, in, officeHead, 422, member, 422, conflicted, 403),
		"GET /{lang}/offices/{id}/delegation":                      with(404, visitor, in, officeHead, 200, member, 200, conflicted, 403),
		"POST /{lang}/offices/{id}/delegation":                     with(404, visitor, in, officeHead, 422, member, 422, conflicted, 403),
		"POST /{lang}/offices/{id}/offers/{offer}/agreement":       members(404),
		"POST /{lang}/offices/{id}/offers/{offer}/sending":         members(404),
		"POST /{lang}/offices/{id}/offers/{offer}/withdrawal":      members(404),
		"GET /{lang}/account/offers/{offer}":                       members(404),
		"POST /{lang}/account/offers/{offer}":                      members(404),
		"GET /{lang}/t/post/{token}":                               all(404),
		"POST /{lang}/t/post/{token}":                              all(404),
		"GET /{lang}/t/post/{token}/registration":                  all(404),
		"POST /{lang}/t/post/{token}/registration":                 all(404),
		"GET /{lang}/desk/offices/{id}/history":                    approvers(200, 404),
		"GET /{lang}/desk/offices/{id}/head":                       approvers(200, 404),
		"POST /{lang}/desk/offices/{id}/head":                      approvers(422, 404),
		"GET /{lang}/desk/offices/{id}/name":                       approvers(200, 404),
		"POST /{lang}/desk/offices/{id}/name":                      approvers(422, 404),
		"GET /{lang}/desk/offices/{id}/merger":                     approvers(200, 404),
		"POST /{lang}/desk/offices/{id}/merger":                    approvers(422, 404),
		"GET /{lang}/desk/offices/{id}/closing":                    approvers(200, 404),
		"POST /{lang}/desk/offices/{id}/closing":                   approvers(422, 404),
		"POST /{lang}/desk/offices/{id}/reopening":                 approvers(409, 404),
		"POST /{lang}/desk/offices/{id}/offers/{offer}/sending":    with(404, visitor, in, halfIn, in),
		"POST /{lang}/desk/offices/{id}/offers/{offer}/withdrawal": with(404, visitor, in, halfIn, in),

		"GET /{lang}/account/email":          members(200),
		"POST /{lang}/account/email":         members(422),
		"POST /{lang}/account/email/stop":    all(in), // nothing is open that could be stopped
		"GET /{lang}/t/email/{token}":        all(404),
		"POST /{lang}/t/email/{token}":       all(404),
		"GET /{lang}/account/notifications":  members(200),
		"POST /{lang}/account/notifications": members(422), // no pace was chosen
		"GET /{lang}/account/terms":          members(200),
		"POST /{lang}/account/terms":         members(409), // of no version, so not of the one in force
		"GET /{lang}/account/data":           members(200),
		"GET /{lang}/account/data.zip":       members(200),
		"GET /{lang}/account/deletion":       members(200),
		"POST /{lang}/account/deletion":      members(422), // nobody has said that they understand
	} {
		want[pattern] = statuses
	}
	var ours []string
	for _, route := range h.router.Routes() {
		key := route.Method + " " + route.Pattern
		if strings.HasPrefix(route.Pattern, "/{lang}/") && !slices.Contains([]string{"/{lang}/", "/{lang}/drafts", "/{lang}/desk", "/{lang}/submissions/{id}"}, route.Pattern) {
			ours = append(ours, key)
		}
	}
	if table := slices.Sorted(maps.Keys(want)); !slices.Equal(table, slices.Sorted(slices.Values(ours))) {
		t.Fatalf("the table is of\n%s\nthe routes are\n%s", strings.Join(table, "\n"), strings.Join(slices.Sorted(slices.Values(ours)), "\n"))
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if strings.Contains(key, "/sign-out") {
			continue // last, see below
		}
		for _, p := range cast.All() {
			method, pattern, _ := strings.Cut(key, " ")
			id := cast.Office
			if strings.Contains(pattern, "people") {
				id = cast.Member.User.ID
			}
			path := strings.ReplaceAll(fill.Replace(pattern), "{id}", itoa(id))
			var page *webtest.Page
			if method == http.MethodGet {
				page = p.In(t).Get(path)
			} else {
				page = p.In(t).Post(path, nil)
			}
			expected, ok := want[key][p.Kind]
			if !ok {
				expected = want[key][""]
			}
			if page.Status != expected {
				t.Errorf("%s as %s: status %d, want %d", key, p.Kind, page.Status, expected)
			}
		}
	}
	if n := h.count(`SELECT count(*) FROM posts WHERE id = $1 AND state = 'pending'`, post) + h.count(`SELECT count(*) FROM posts WHERE id = $1 AND role = 'head'`, head); n != 2 {
		t.Error("somebody changed something")
	}
	for _, p := range cast.All() {
		if everywhere := p.In(t).Post("/en/sign-out/everywhere", nil); p.Kind == visitor || p.Kind == halfIn { // the officer has signed out everywhere
			everywhere.WantRedirect("/en/sign-in?next=%2Fen%2F")
		} else {
			everywhere.WantRedirect("/en/sign-in")
		}
		p.In(t).Post("/en/sign-out", nil).WantRedirect("/en/")
		p.In(t).Get("/en/account").Want(http.StatusSeeOther)
	}
}

// TestEveryPageInEveryLanguage shows each page once in each language and looks for texts that are missing.
func TestEveryPageInEveryLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office, head := h.proposed("Ministry of Labour", "head@example.org", i18n.English)
	approved := webtest.NewOffice(t, h.db, "City of Cali", "CO")
	mayor := webtest.NewUser(t, h.db, "Mayor", map[int64]identity.PostRole{approved: identity.Head})
	if _, err := h.accounts.Join(t.Context(), head, OfficeChoice{ID: approved}); err != nil {
		t.Fatal(err)
	}
	admin := webtest.NewUser(t, h.db, "Admin", nil, AllRoles()...)
	h.exec(`UPDATE users SET interests = '{1,12,23}'`)
	for _, path := range []string{"/en/sign-in/link", "/en/sign-in/reset"} {
		h.Post(path, values("email", "head@example.org"))
	}
	h.filled(h.Another(), "new@example.org").Submit()
	h.work()
	links := []string{h.link(h.mail("new@example.org", "confirm"))}
	for _, m := range h.mails("head@example.org") {
		links = append(links, h.link(m))
	}
	setUp, err := h.accounts.AddStaff(t.Context(), "staff@example.org", "New Staff", i18n.English, nil)
	if err != nil {
		t.Fatal(err)
	}
	links = append(links, strings.TrimPrefix(setUp, "https://portal.example"), "/en/t/UNKNOWN")
	visitor, member, mayorAt, desk := h.Another(), h.as(head), h.as(mayor), h.as(admin)
	before := h.asBefore(head, time.Hour)
	type visit struct {
		client *webtest.Client
		path   string
	}
	visits := []visit{
		{visitor, "/register"},
		{visitor, "/register/sent"},
		{visitor, "/sign-in"},
		{visitor, "/sign-in/link"},
		{visitor, "/sign-in/reset"},
		{visitor, "/sign-in/sent"},
		{member, "/account"},
		{member, "/account/office"},
		{member, "/account/password"},
		{before, "/account/confirm"},
		{member, "/offices/" + itoa(office)},
		{mayorAt, "/offices/" + itoa(approved)},
		{desk, "/desk/offices"},
		{desk, "/desk/offices?state=approved&q=cali"},
		{desk, "/desk/offices?state=refused"},
		{desk, "/desk/offices/" + itoa(office)},
		{desk, "/desk/people"},
		{desk, "/desk/people/" + itoa(head.ID)},
		{desk, "/desk/people/" + itoa(admin.ID)},
		{desk, "/account"},
	}
	for _, field := range ProfileFields {
		visits = append(visits, visit{member, "/account/" + field})
	}
	for _, link := range links {
		visits = append(visits, visit{visitor, strings.TrimPrefix(link, "/en")})
	}
	for _, l := range i18n.Offered() {
		for _, v := range visits {
			page := v.client.In(t).Get("/" + string(l) + v.path)
			if page.Status != http.StatusOK && !strings.HasSuffix(v.path, "UNKNOWN") {
				t.Errorf("%s in %s: status %d", v.path, l, page.Status)
			}
			if body := string(page.Body); strings.Contains(body, "⟦") || strings.Contains(body, "%!") {
				at := max(strings.Index(body, "⟦"), strings.Index(body, "%!"))
				t.Errorf("%s in %s: %s", v.path, l, body[at:min(len(body), at+80)])
			}
			if got := page.One("html").Attr("dir"); got != l.Dir() {
				t.Errorf("%s in %s: dir %q", v.path, l, got)
			}
			if n := page.Count("h1"); n != 1 {
				t.Errorf("%s in %s: %d headings of the first level", v.path, l, n)
			}
			ids := map[string]bool{}
			for _, e := range page.All("[id]") {
				if ids[e.Attr("id")] {
					t.Errorf("%s in %s: the id %q is there twice", v.path, l, e.Attr("id"))
				}
				ids[e.Attr("id")] = true
			}
		}
	}
}

// TestLetters holds each letter in each language against its golden file.
func TestLetters(t *testing.T) {
	t.Parallel()
	site := ui.Site{PublicURL: "https://portal.example", Email: "secretariat@portal.example"}
	office := Office{ID: 17, Name: "Ministère du Travail"}
	for _, l := range i18n.Offered() {
		ctx := ui.WithSite(i18n.WithLang(context.Background(), l), site)
		for _, kind := range letterKinds {
			t.Run(string(l)+" "+kind, func(t *testing.T) {
				t.Parallel()
				to := recipient{ID: 3, Name: "Amara Diallo", Email: "a.diallo@example.org", Lang: l}
				letter := letter{kind: kind, office: office, role: identity.Contributor, person: "Luis Quispe"}
				switch kind {
				case "confirm", "sign_in", "reset":
					letter.token = strings.Repeat("A", 26)
				case "post_refused", "office_refused":
					letter.note = "We do not know you.\n\nWrite to us if <b>we</b> are wrong."
				}
				if kind == "confirm" {
					to.ID, to.Name = 0, ""
				}
				m, err := compose(ctx, to, letter)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(m.HTML, "⟦") || strings.Contains(m.Subject, "⟦") || strings.Contains(m.HTML, "<b>we</b>") {
					t.Errorf("the letter is not right: %s", m.HTML)
				}
				if m.Secret != (letter.token != "") || (m.Within == 0) == m.Secret || m.Lang != l || m.Kind != "account."+kind {
					t.Errorf("secret %v, within %s, in %s, kind %s", m.Secret, m.Within, m.Lang, m.Kind)
				}
				webtest.Golden(t, "letters/"+kind+"."+string(l)+".html", []byte("<!-- "+m.Subject+" -->\n"+m.HTML))
			})
		}
	}
}
