package app

import (
	"bytes"
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
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/review"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// changing is what differs between two answers to the same request, whatever they tell: tokens, and instants.
var changing = regexp.MustCompile(`nonce-[\w+/=-]+|name="(?:page|stamp|form_id|form)" value="[^"]*"|data-(?:page|token)="[^"]*"|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?[\d.]*Z?|\b\d{1,2}:\d\d(?::\d\d)?\b`)

// answerOf is all that somebody is told by an address: status, where it leads, how much of what, and every byte less what
// changes each time. Numbers in without are those of the address itself.
func answerOf(page *webtest.Page, without ...string) string {
	text := strconv.Itoa(page.Status) + " " + page.Location() + " " + page.Header.Get("Content-Type") + "\n" + string(page.Body)
	for _, w := range without {
		text = regexp.MustCompile(`([/=#"])`+w+`\b`).ReplaceAllString(text, "$1…")
	}
	return changing.ReplaceAllString(text, "…")
}

// tellsTheSame says whether two answers to the same request tell the same. Most are the same bytes, which is seen sooner.
func tellsTheSame(a, b *webtest.Page) bool {
	return a.Status == b.Status && a.Location() == b.Location() && a.Header.Get("Content-Type") == b.Header.Get("Content-Type") && bytes.Equal(a.Body, b.Body) || answerOf(a) == answerOf(b)
}

// The wall, walked: what an officer or a reviewer with a conflict is told by any route of the portal is, byte for byte, what
// they are told where the submission does not exist (review.md, Conflict wall: in lists, counts, search, exports, mails,
// feeds and addresses).
func TestNoByteTellsWhomTheWallKeepsOut(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	other := makeThings(t, portal, db, cast)
	kept := keptOut(t, portal, db, cast)
	reviewPledges(t, db, cast)

	var addresses []string
	for _, route := range portal.router.Routes() {
		// The machines' pages tell nobody who they are for; the new secret of a factor and the packed copy of one's data, which
		// is also a page, are different each time.
		if route.Method == http.MethodGet && !strings.HasPrefix(route.Pattern, "/dev/") && !slices.Contains([]string{"/metrics", "/{lang}/account/factor", "/{lang}/account/data.zip"}, route.Pattern) {
			addresses = append(addresses, other.address(route.Pattern))
		}
	}
	addresses = append(addresses, "/en/desk?q=Secret", "/en/desk?group=waiting", "/en/desk?group=decided", "/en/desk?country=CO", "/en/desk?q=objective:1", "/en/desk?q=in:all+-objective:23", "/en/desk?assigned=none", "/en/desk/queue.csv?q=Secret", "/en/desk/queue.json", "/en/desk/outbox?state=sent")
	walk := func(p webtest.Person, addresses []string) map[string]*webtest.Page {
		answers := map[string]*webtest.Page{}
		for _, a := range addresses {
			answers[a] = p.In(t).Get(a)
		}
		return answers
	}

	for _, p := range kept { // that they read the others is said in the history, once
		walk(p, slices.DeleteFunc(slices.Clone(addresses), func(a string) bool { return !strings.Contains(a, "/desk") && !strings.Contains(a, "/reviews") }))
	}
	before := make([]map[string]*webtest.Page, len(kept))
	for i, p := range kept {
		before[i] = walk(p, addresses)
	}

	secret := secretPledge(t, portal, db, cast, kept)

	// It is reviewed by peers, linked with another, decided on quietly, and released.
	version := func() int { return caseOf(t, portal, cast.Lead.User, secret).Version }
	decision := review.Decision{Action: workflow.Decline, Note: "A secret decision."}
	decision.Version = version()
	for _, err := range []error{
		portal.areas.peer.OpenRound(t.Context(), cast.Lead.User, secret, peer.NewRound{DueOn: date.Of(time.Now()).AddDays(20), Reviewers: []int64{cast.Reviewer.User.ID}, Version: version()}),
		portal.areas.desk.LinkTo(t.Context(), cast.Officer.User, other.review, strconv.FormatInt(secret, 10), "A secret reason."),
		portal.areas.desk.Hold(t.Context(), cast.Officer.User, secret, decision),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	pile, err := portal.areas.desk.Pile(t.Context(), cast.Lead.User, identity.PledgesDesk)
	if err != nil || len(pile.Ready) != 1 {
		t.Fatalf("%d decisions can leave, %v", len(pile.Ready), err)
	}
	release, err := portal.areas.desk.Release(t.Context(), cast.Lead.User, review.Chosen{Desk: pile.Desk, Pending: []int64{pile.Ready[0].Pending.ID}, Wording: pile.Wording})
	if err != nil {
		t.Fatal(err)
	}

	// An officer without a conflict is told a lot, so that this test can fail.
	if answer := answerOf(cast.Officer.In(t).Get("/en/desk?q=Secret")); !strings.Contains(answer, "Secret pledge") {
		t.Fatal("the submission is not at the desk")
	}
	for i, p := range kept {
		after := walk(p, addresses)
		for address, want := range before[i] {
			if got := after[address]; !tellsTheSame(want, got) {
				t.Errorf("%s is told something by %s: %s", p.Kind, address, firstDifference(answerOf(want), answerOf(got)))
			}
		}
		// By its number: as by one that there is not.
		for _, route := range portal.router.Routes() {
			if !strings.Contains(route.Pattern, "{id}") || !strings.Contains(route.Pattern, "/submissions/") {
				continue
			}
			tell := func(id int64) string {
				a := strings.Replace(route.Pattern, "{id}", strconv.FormatInt(id, 10), 1)
				a = other.address(a)
				if route.Method == http.MethodGet {
					return answerOf(p.In(t).Get(a), strconv.FormatInt(id, 10))
				}
				return answerOf(p.In(t).Post(a, url.Values{"version": {"2"}, "action": {"publish"}, "to": {"me"}, "internal": {"x"}, "message": {"x"}}), strconv.FormatInt(id, 10))
			}
			if got, want := tell(secret), tell(secret+1_000_000); got != want {
				t.Errorf("%s is told something by %s %s of it: %s", p.Kind, route.Method, route.Pattern, firstDifference(want, got))
			}
		}
		// And what was made of it, by its own number.
		for _, made := range []struct{ pattern, number string }{
			{"/en/desk/release/{n}", strconv.FormatInt(release, 10)}, {"/en/desk/submissions/" + strconv.FormatInt(other.review, 10) + "/links/{n}/removal", "1"}, {"/en/desk/release/{n}/stop", strconv.FormatInt(release, 10)},
			{"/en/reviews/{n}", "1"}, {"/en/reviews/{n}/answer", "1"},
		} {
			for name, tell := range map[string]func(string) *webtest.Page{"GET": p.In(t).Get, "POST": func(a string) *webtest.Page { return p.In(t).Post(a, nil) }} {
				says := func(number string) string {
					page := tell(strings.Replace(made.pattern, "{n}", number, 1))
					return strconv.Itoa(page.Status) + " " + page.Location() + " " + page.Text("main")
				}
				if got, want := says(made.number), says("999999"); got != want {
					t.Errorf("%s is told by %s %s %q, and of one that there is not %q", p.Kind, name, made.pattern, got, want)
				}
			}
		}
		mails, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM outbox WHERE submission_id = $1 AND to_user = $2`, secret, p.User.ID)
		if err != nil || mails > 0 {
			t.Errorf("%s is written to about it: %d mails, %v", p.Kind, mails, err)
		}
	}
}

// mustExec changes the database behind the program's back.
func mustExec(t *testing.T, db *database.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Read().Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// reviewPledges has pledges reviewed by peers, and the cast's reviewer be one whom everybody can ask.
func reviewPledges(t *testing.T, db *database.DB, cast *webtest.Cast) {
	t.Helper()
	mustExec(t, db, `UPDATE review_settings SET enabled = true WHERE kind = 'pledge'`)
	mustExec(t, db, `UPDATE users SET country = '' WHERE id = $1`, cast.Reviewer.User.ID)
	mustExec(t, db, `INSERT INTO reviewers (user_id, side, objectives, languages, created_at, changed_at) VALUES ($1, 'un', '{7}', '{en}', now(), now())`, cast.Reviewer.User.ID)
}

// keptOut are people of the desk and reviewers with a conflict, each for another reason, on what the cast's other office
// hands in (secretPledge).
func keptOut(t *testing.T, portal *App, db *database.DB, cast *webtest.Cast) []webtest.Person {
	t.Helper()
	roles := []identity.StaffRole{{Role: identity.Lead, Desk: identity.PledgesDesk}, {Role: identity.Officer, Desk: identity.HubDesk}}
	person := func(kind string, roles ...identity.StaffRole) webtest.Person {
		return webtest.SignedIn(t, cast.Visitor.Client, portal.router, kind, webtest.NewUser(t, db, kind, nil, roles...))
	}
	kept := []webtest.Person{
		person("lead whom staff keep out", roles...),
		person("officer who declared a conflict", roles[:1]...),
		person("reviewer of the country", identity.StaffRole{Role: identity.Reviewer}),
		person("reviewer who is lead", roles[0], identity.StaffRole{Role: identity.Reviewer}, identity.StaffRole{Role: identity.Administrator}),
	}
	for _, p := range kept[2:] {
		mustExec(t, db, `INSERT INTO reviewers (user_id, side, countries, created_at, changed_at) VALUES ($1, 'external', '{CO}', now(), now())`, p.User.ID)
	}
	mustExec(t, db, `INSERT INTO declared_interests (user_id, office_id, reason, declared_at) VALUES ($1, $2, 'My sister works there.', now())`, kept[3].User.ID, cast.OtherOffice)
	return kept
}

// secretPledge is what they must not know of: written, handed in, taken, talked about, given to a colleague, sent back and
// handed in again.
func secretPledge(t *testing.T, portal *App, db *database.DB, cast *webtest.Cast, kept []webtest.Person) workflow.ID {
	t.Helper()
	writer := cast.OtherMember.User
	secret := filePledge(t, portal, writer)
	mustExec(t, db, `UPDATE submission_steps SET answers = answers || '{"title": ["Secret pledge of Cali"]}' WHERE submission_id = $1 AND step = 'what'`, secret)
	mustExec(t, db, `UPDATE submissions SET title = 'Secret pledge of Cali' WHERE id = $1`, secret)
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		if err := workflow.SetConflict(t.Context(), tx, secret, kept[0].User.ID, true, "They used to work there.", cast.Lead.User, time.Now()); err != nil {
			return err
		}
		return workflow.Declare(t.Context(), tx, secret, kept[1].User, true, "My brother wrote it.", time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	sendAgain := func() {
		t.Helper()
		if err := portal.areas.submissions.Submit(t.Context(), writer, secret, submission.Declaration{Made: true}); err != nil {
			t.Fatal(err)
		}
		if err := portal.areas.desk.Assign(t.Context(), cast.Officer.User, secret, cast.Officer.User.ID, caseOf(t, portal, cast.Officer.User, secret).Version); err != nil {
			t.Fatal(err)
		}
	}
	sendAgain()
	for _, err := range []error{
		portal.areas.desk.Note(t.Context(), cast.Officer.User, secret, "A secret note."),
		portal.areas.desk.Message(t.Context(), cast.Officer.User, secret, "A secret message."),
		portal.areas.desk.Decide(t.Context(), cast.Officer.User, secret, review.Decision{Action: workflow.RequestChanges, Version: caseOf(t, portal, cast.Officer.User, secret).Version, Note: "A secret request."}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	sendAgain()
	return secret
}

// firstDifference shows where two texts part.
func firstDifference(want, got string) string {
	n := 0
	for n < len(want) && n < len(got) && want[n] == got[n] {
		n++
	}
	around := func(s string) string { return s[max(0, n-120):min(len(s), n+160)] }
	return "\n--- where it does not exist\n" + around(want) + "\n--- where it does\n" + around(got)
}
