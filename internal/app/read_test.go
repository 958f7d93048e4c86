package app

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// readings are what a page of staff writes into the record when it is read, by route: acts, of what, and of which fields.
var readings = map[string]string{
	"GET /{lang}/desk/cases/{case}":                 "read interest(events.author,events.body)",
	"GET /{lang}/desk/experts":                      "read expert(name)",
	"GET /{lang}/desk/experts/{expert}":             "read expert(name)",
	"GET /{lang}/desk/offices":                      "read office(head.name)",
	"GET /{lang}/desk/offices.csv":                  "export office(head,name)",
	"GET /{lang}/desk/offices.json":                 "export office(head,name)",
	"GET /{lang}/desk/offices.xlsx":                 "export office(head,name)",
	"GET /{lang}/desk/offices/{id}":                 "read office(people.email,people.name,people.position)",
	"GET /{lang}/desk/offices/{id}/closing":         "read office(people.email,people.name,people.position)",
	"GET /{lang}/desk/offices/{id}/head":            "read office(people.email,people.name,people.position)",
	"GET /{lang}/desk/offices/{id}/merger":          "read office(people.email,people.name,people.position)",
	"GET /{lang}/desk/offices/{id}/name":            "read office(people.email,people.name,people.position)",
	"GET /{lang}/desk/offices/{id}/history":         "read office(events.actor,events.person)",
	"GET /{lang}/desk/outbox":                       "read mail(to_address,to_user.name)",
	"GET /{lang}/desk/outbox/{id}":                  "mail.read mail()",
	"GET /{lang}/desk/people":                       "read user(name,posts)",
	"GET /{lang}/desk/people/{id}":                  "read user(email,name)",
	"GET /{lang}/desk/queue.csv":                    "export.queue user(assigned_to)",
	"GET /{lang}/desk/queue.json":                   "export.queue user(assigned_to)",
	"GET /{lang}/desk/queue.xlsx":                   "export.queue user(assigned_to)",
	"GET /{lang}/desk/release":                      "read submission(recipients.name)",
	"GET /{lang}/desk/reviewers":                    "read user(name,reviewer)",
	"GET /{lang}/desk/reviewers/{reviewer}":         "read user(name,reviewer)",
	"GET /{lang}/desk/reviewers.csv":                "export.reviewers user(name)",
	"GET /{lang}/desk/reviewers.json":               "export.reviewers user(name)",
	"GET /{lang}/desk/reviewers.xlsx":               "export.reviewers user(name)",
	"GET /{lang}/desk/submissions/{id}":             "read submission(contact_email,contact_name,contact_position,events.actor)",
	"GET /{lang}/desk/submissions/{id}/changes":     "read submission(contact_email,contact_name,contact_position,events.actor)",
	"GET /{lang}/desk/submissions/{id}/edits":       "read submission(contact_email,contact_name,contact_position,events.actor)",
	"GET /{lang}/desk/submissions/{id}/history":     "read submission(history.actor)",
	"GET /{lang}/desk/submissions/{id}/reviews":     "read submission(reviewers.name,reviews)",
	"GET /{lang}/reviews/{assignment}":              "read submission(author.name) review_read submission()",
	"POST /{lang}/desk/submissions/{id}/decision":   "read submission(recipients.name)",
	"POST /{lang}/desk/submissions/{id}/merger":     "read submission(recipients.name)",
	"POST /{lang}/desk/letters/{letter}/{language}": "read submission(recipients.name)",
	"POST /{lang}/desk/release":                     "read submission(recipients.name)",
}

// outsiders gives everybody who does not work at the secretariat a name that no page has otherwise, and returns the names
// and addresses.
func outsiders(t *testing.T, db *database.DB, people ...*webtest.Person) []string {
	t.Helper()
	var all []string
	for i, p := range people {
		p.User.Name = "Xanthe Quill " + strconv.Itoa(i)
		if _, err := db.Read().Exec(t.Context(), `UPDATE users SET name = $2 WHERE id = $1`, p.User.ID, p.User.Name); err != nil {
			t.Fatal(err)
		}
		all = append(all, p.User.Name, p.User.Email)
	}
	return all
}

// Whatever page of staff shows a name or an address of somebody who does not work at the secretariat, the record says who
// has read it, of what, and which fields: ids and names of fields, nothing else (review.md, Audit).
func TestReadsOfPersonalDataAreRecorded(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	private := outsiders(t, db, &cast.Head, &cast.Member, &cast.OtherMember, &cast.Newcomer, &cast.Editor, &cast.Commenter, &cast.Guest, &cast.Reviewer)
	s := makeThings(t, portal, db, cast)
	private = append(private, "invited@example.org")
	asker := webtest.NewUser(t, db, "Asker", map[int64]identity.PostRole{webtest.NewOffice(t, db, "Town", "UG"): identity.Head})
	mustExec(t, db, `UPDATE users SET name = 'Xanthe Quill asker' WHERE id = $1`, asker.ID)
	mustExec(t, db, `UPDATE posts SET state = 'pending' WHERE user_id = $1`, asker.ID) // so that the list of offices names who asks to be head
	private = append(private, "Xanthe Quill asker", asker.Email)

	// A round with a reviewer, a decision that nobody was told yet, and a second revision.
	reviewPledges(t, db, cast)
	reviewed := sendPledge(t, portal, cast.Member.User)
	due := date.Today(time.Now(), i18n.Geneva).AddDays(20)
	if err := portal.areas.peer.OpenRound(t.Context(), cast.Officer.User, s.review, peer.NewRound{DueOn: due, Version: caseOf(t, portal, cast.Officer.User, s.review).Version, Reviewers: []int64{cast.Reviewer.User.ID}}); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.assignment, err = database.Value[int64](t.Context(), db.Read(), `SELECT id FROM review_assignments`); err != nil {
		t.Fatal(err)
	}
	if err := portal.areas.peer.Answer(t.Context(), cast.Reviewer.User, s.assignment, peer.Answer{Conflict: "no", Accept: "yes"}); err != nil {
		t.Fatal(err)
	}
	take := func(id workflow.ID) {
		t.Helper()
		if err := portal.areas.desk.Assign(t.Context(), cast.Officer.User, id, cast.Officer.User.ID, caseOf(t, portal, cast.Officer.User, id).Version); err != nil {
			t.Fatal(err)
		}
	}
	take(reviewed)
	d := review.Decision{Action: workflow.Decline, Note: "It has ended.", Version: caseOf(t, portal, cast.Officer.User, reviewed).Version}
	if err := portal.areas.desk.Hold(t.Context(), cast.Officer.User, reviewed, d); err != nil {
		t.Fatal(err)
	}
	pending, err := database.Value[int64](t.Context(), db.Read(), `SELECT id FROM pending_decisions`)
	if err != nil {
		t.Fatal(err)
	}

	// Everybody new reads one page, so that no earlier reading counts for it.
	readers := 0
	reader := func(route string) webtest.Person {
		if route == "GET /{lang}/reviews/{assignment}" {
			return cast.Reviewer
		}
		readers++
		name := fmt.Sprintf("Staff %d", readers)
		return webtest.SignedIn(t, cast.Visitor.Client, portal.router, name, webtest.NewUser(t, db, name, nil,
			identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk}, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk}, identity.StaffRole{Role: identity.Administrator}, identity.StaffRole{Role: identity.Reviewer}))
	}
	used := map[string]bool{}
	try := func(route string, ask func(webtest.Person) *webtest.Page) {
		t.Helper()
		who := reader(route)
		page := ask(who)
		entries, err := database.Values[string](t.Context(), db.Read(), `SELECT DISTINCT act || ' ' || subject || '(' || (SELECT coalesce(string_agg(f, ',' ORDER BY f), '') FROM unnest(fields) f) || ')'
			FROM audit_log WHERE actor_id = $1 AND (act LIKE '%read' OR act LIKE 'export%') ORDER BY 1`, who.User.ID)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(entries, " ")
		used[route] = used[route] || got != ""
		if got != readings[route] {
			t.Errorf("%s (status %d): the record says %q, want %q", route, page.Status, got, readings[route])
		}
		shown := html.UnescapeString(string(page.Body))
		for _, p := range private {
			if strings.Contains(shown, p) && got == "" {
				t.Errorf("%s shows %s, and nothing is recorded", route, p)
			}
		}
	}
	for _, route := range portal.router.Routes() {
		key := route.Method + " " + route.Pattern
		if route.Method == http.MethodGet && slices.Contains([]string{"staff", "lead", "admin"}, string(route.Audience)) {
			try(key, func(p webtest.Person) *webtest.Page { return p.In(t).Get(s.address(route.Pattern)) })
		}
	}
	version := strconv.Itoa(caseOf(t, portal, cast.Officer.User, s.review).Version)
	for _, c := range []struct {
		pattern string
		form    url.Values
	}{
		{"/{lang}/desk/submissions/{id}/decision", url.Values{"version": {version}, "action": {"decline"}, "note": {"It has ended."}}},
		{"/{lang}/desk/submissions/{id}/merger", url.Values{"version": {version}, "into": {s.publicID}, "note": {"They are the same."}}},
		{"/{lang}/desk/letters/{letter}/{language}", url.Values{"step": {"preview"}, "subject": {"{title}"}, "body": {"Dear {name}\n\n{note}\n\n{link}"}}},
		{"/{lang}/desk/release", url.Values{"item": {strconv.FormatInt(pending, 10)}}},
	} {
		try("POST "+c.pattern, func(p webtest.Person) *webtest.Page {
			return p.In(t).Post(s.address(c.pattern), c.form).Want(http.StatusOK)
		})
	}
	for route, want := range readings {
		if want != "" && !used[route] {
			t.Errorf("%s was not walked", route)
		}
	}

	// Ids and names of fields: no value is in the record.
	fields, err := database.Values[string](t.Context(), db.Read(), `SELECT DISTINCT unnest(fields) FROM audit_log`)
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^#?[a-z0-9_.:]+$`)
	for _, f := range fields {
		if !name.MatchString(f) {
			t.Errorf("the record has %q, which is no name of a field", f)
		}
	}
}
