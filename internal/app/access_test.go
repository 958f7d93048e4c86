package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/account"
	"portal/internal/calendar"
	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/expert"
	"portal/internal/fund"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/programme"
	"portal/internal/request"
	"portal/internal/review"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
)

// newPortal returns the whole portal on a database of its own.
func newPortal(t *testing.T) (*App, *database.DB) {
	t.Helper()
	db := dbtest.New(t)
	return portalOver(t, db), db
}

// portalOver is a portal over a database.
func portalOver(t *testing.T, db *database.DB) *App {
	t.Helper()
	cfg, err := config.Load([]string{"PORTAL_SECRET=a secret for tests that is long enough", "DATABASE_URL=postgres://unused", "PORTAL_CHROMIUM=off", "PORTAL_CONTACT_FUND=fund@portal.example"})
	if err != nil {
		t.Fatal(err)
	}
	portal, err := New(t.Context(), cfg, db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(portal.Close)
	return portal
}

// demonstration gives databases with the demonstration data, which are made once.
var demonstration = dbtest.Filled(func(ctx context.Context, db *database.DB) error {
	cfg, err := config.Load([]string{"PORTAL_SECRET=a secret for tests that is long enough", "DATABASE_URL=postgres://unused", "PORTAL_CHROMIUM=off"})
	if err != nil {
		return err
	}
	portal, err := New(ctx, cfg, db, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer portal.Close()
	_, err = portal.Seed(ctx)
	return err
})

func TestRouteTable(t *testing.T) {
	t.Parallel()
	portal, _ := newPortal(t)
	var table bytes.Buffer
	if err := portal.PrintRoutes(&table); err != nil {
		t.Fatal(err)
	}
	webtest.Golden(t, "routes.txt", table.Bytes())
}

// things are what the addresses of the walk name: one of everything, all of the cast's office.
type things struct {
	draft, review, published int64
	publicID, practice       string
	file, mail               int64
	office, post, person     int64
	invitation, thread       int64
	offer                    int64
	assignment, reviewer     int64
	interest, reuse          int64
	expert                   int64
	call, callDraft          int64
	meeting, coordinator     int64
	programme                string
	talk                     int64
}

// address puts the walk's things into a pattern.
func (s things) address(pattern string) string {
	p := strings.Replace(pattern, "/{lang}", "/en", 1)
	p = strings.Replace(p, "{offer}", strconv.FormatInt(s.offer, 10), 1)
	number := strconv.FormatInt(s.review, 10)
	if strings.Contains(p, "/submissions/{id}") && !strings.Contains(p, "/desk/") {
		number = strconv.FormatInt(s.draft, 10)
	}
	switch {
	case strings.HasSuffix(p, "/submissions/{id}/call") && !strings.Contains(p, "/desk/"):
		number = strconv.FormatInt(s.callDraft, 10)
	case strings.Contains(p, "/practices/"):
		p = strings.Replace(p, "{publicID}", s.practice, 1)
	case strings.Contains(p, "/files/"), strings.Contains(p, "/images/"):
		number = strconv.FormatInt(s.file, 10)
	case strings.Contains(p, "/invitations/"):
		number = strconv.FormatInt(s.invitation, 10)
	case strings.Contains(p, "/outbox/"):
		number = strconv.FormatInt(s.mail, 10)
	case strings.Contains(p, "/offices/"):
		number = strconv.FormatInt(s.office, 10)
	case strings.Contains(p, "/desk/talks/"):
		number = strconv.FormatInt(s.talk, 10)
	case strings.Contains(p, "/desk/people/"):
		number = strconv.FormatInt(s.person, 10)
	}
	return strings.NewReplacer(
		"{assignment}", strconv.FormatInt(s.assignment, 10),
		"{reviewer}", strconv.FormatInt(s.reviewer, 10),
		"{call}", strconv.FormatInt(s.call, 10),
		"{interest}", "1",
		"{case}", strconv.FormatInt(s.interest, 10),
		"{kind}", pledge.KindName,
		"{publicID}", s.publicID,
		"{id}", number,
		"{view}", "1",
		"{step}", "what",
		"{import}", "1",
		"{follow}", "1",
		"{number}", "1",
		"{token}", "unknown",
		"{partner}", "1",
		"{field}", "name",
		"{link}", "1",
		"{rule}", "1",
		"{session}", "999999",
		"{invitation}", strconv.FormatInt(s.invitation, 10),
		"{thread}", strconv.FormatInt(s.thread, 10),
		"{post}", strconv.FormatInt(s.post, 10),
		"{name}", "portal.css",
		"{file}", number,
		"{release}", "1",
		"{letter}", "decline",
		"{language}", "en",
		"{bulk}", "1",
		"{holiday}", "999999",
		"{by}", "status",
		"{short}", "d.o6",
		"{sheet}", "1",
		"{search}", "999999",
		"{suppression}", "999999",
		"{list}", "999999",
		"{issue}", "999999",
		"{item}", "999999",
		"{expert}", strconv.FormatInt(s.expert, 10),
		"{reuse}", strconv.FormatInt(s.reuse, 10),
		"{pledge}", "1",
		"{meeting}", strconv.FormatInt(s.meeting, 10),
		"{entry}", "999999",
		"{signature}", "1",
		"{type}", "national",
		"{version}", "1",
		"{country}", "KE",
		"{region}", "africa",
		"{document}", "999999",
		"{coordinator}", strconv.FormatInt(s.coordinator, 10),
		"{programme}", s.programme,
		"{talk}", request.FormatTalkID(1),
		"{event}", calendar.FormatID(1),
		"{participation}", "999999",
		"{review}", "2",
		"{facilitator}", "999999",
	).Replace(p)
}

// Every route is tried as every kind of user. The golden file is the permission table: read its diff before committing.
func TestEveryRouteAsEveryKindOfUser(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	s.callDraft = answerCall(t, portal, cast.Member.User, s.call)
	var table strings.Builder
	table.WriteString("Columns: ")
	for i, person := range cast.All() {
		fmt.Fprintf(&table, "%d %s; ", i+1, person.Kind)
	}
	table.WriteString("\n\n")
	for _, route := range portal.router.Routes() {
		address := s.address(route.Pattern)
		if i := strings.IndexAny(address, "{}"); i >= 0 {
			t.Errorf("the walk has nothing for %s", route.Pattern)
			continue
		}
		fmt.Fprintf(&table, "%-6s %-4s %-55s", route.Audience, route.Method, route.Pattern)
		for _, person := range cast.All() {
			var page *webtest.Page
			if route.Method == http.MethodGet {
				page = person.In(t).Get(address)
			} else {
				page = person.In(t).Post(address, url.Values{"walk": {"yes"}})
			}
			fmt.Fprintf(&table, " %d", page.Status)
			checkAccess(t, route, person, page)
		}
		if strings.Contains(route.Pattern, "/sign-out") {
			for _, person := range cast.All() {
				signInAgain(t, portal, db, cast, person)
			}
		}
		table.WriteString("\n")
	}
	webtest.Golden(t, "access.txt", []byte(table.String()))
}

// signInAgain gives somebody of the cast who has signed out a new session like the one before.
func signInAgain(t *testing.T, portal *App, db *database.DB, cast *webtest.Cast, person webtest.Person) {
	t.Helper()
	if !person.User.SignedIn() {
		return
	}
	user, err := identity.Load(t.Context(), db.Read(), person.User.ID) // signing out everywhere changes them
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	factor := &now
	if person.User.FactorNeeded {
		factor = nil
	}
	*person.Client = *webtest.SignedInAt(t, cast.Visitor.Client, portal.router, person.Kind, user, now, factor).Client
}

// checkAccess is what holds for every route, whatever the golden file says.
func checkAccess(t *testing.T, route web.Route, person webtest.Person, page *webtest.Page) {
	t.Helper()
	who := route.Method + " " + route.Pattern + " as " + person.Kind
	if page.Status >= 500 {
		t.Errorf("%s: status %d", who, page.Status)
	}
	switch {
	case route.Audience != web.Public && !person.User.SignedIn():
		if page.Status != http.StatusSeeOther || !strings.Contains(page.Location(), "/sign-in") {
			t.Errorf("%s: a visitor is not sent to sign in, but gets %d %s", who, page.Status, page.Location())
		}
	case route.Audience != web.Public && route.Audience != web.Member && person.User.FactorNeeded:
		if page.Status != http.StatusSeeOther || !strings.Contains(page.Location(), web.FactorPath) {
			t.Errorf("%s: somebody without the second factor is not sent to set it up, but gets %d %s", who, page.Status, page.Location())
		}
	case route.Audience != web.Public && route.Audience != web.Member && !person.User.IsStaff():
		if page.Status != http.StatusNotFound {
			t.Errorf("%s: the page of staff is not hidden: %d", who, page.Status)
		}
	case strings.Contains(route.Pattern, "/desk/submissions/{id}"):
		mine := person.User.OnDesk(identity.PledgesDesk) && person.Kind != "conflicted officer"
		if !mine && page.Status != http.StatusNotFound {
			t.Errorf("%s: what is not theirs is not hidden: %d", who, page.Status)
		}
		if mine && route.Method == http.MethodGet && page.Status == http.StatusNotFound {
			t.Errorf("%s: the desk does not find its own", who)
		}
	case strings.Contains(route.Pattern, "/submissions/{id}"):
		owner := person.Kind == "head of the office" || person.Kind == "member of the office" || person.Kind == "conflicted officer" || strings.HasPrefix(person.Kind, "invited to ")
		if !owner && page.Status != http.StatusNotFound {
			t.Errorf("%s: another office's submission is not hidden: %d", who, page.Status)
		}
	}
}

// makeThings files pledges of the cast's office at three stages, with a file and a mail.
func makeThings(t *testing.T, portal *App, db *database.DB, cast *webtest.Cast) things {
	t.Helper()
	s := things{office: cast.Office, reviewer: cast.Reviewer.User.ID}
	colleague := webtest.NewUser(t, db, "Colleague", map[int64]identity.PostRole{cast.Office: identity.Viewer})
	s.person = colleague.ID
	profile := expert.Profile{Name: colleague.Name, Lang: "en", Text: "I know about fees.", Objectives: []int{6}, Languages: []string{"en"}, Countries: []string{"KE"}}
	if err := portal.areas.experts.Save(t.Context(), colleague, profile, true, true); err != nil {
		t.Fatal(err)
	}
	own, err := portal.areas.experts.Own(t.Context(), colleague)
	if err != nil {
		t.Fatal(err)
	}
	s.expert = own.ID
	if s.post, err = database.Value[int64](t.Context(), db.Read(), `SELECT id FROM posts WHERE user_id = $1`, colleague.ID); err != nil {
		t.Fatal(err)
	}
	if err := portal.areas.accounts.Invite(t.Context(), cast.Head.User, cast.Office, account.OfferForm{Email: "invited@example.org", Role: identity.Viewer}); err != nil {
		t.Fatal(err)
	}
	if s.offer, err = database.Value[int64](t.Context(), db.Read(), `SELECT id FROM post_offers`); err != nil {
		t.Fatal(err)
	}
	s.draft = filePledge(t, portal, cast.Member.User)
	s.invitation = invite(t, portal, db, cast, s.draft)
	if err = portal.areas.submissions.Comment(t.Context(), cast.Commenter.User, s.draft, submission.NewComment{Field: "title", Text: "Could it be shorter?"}); err != nil {
		t.Fatal(err)
	}
	if s.thread, err = database.Value[int64](t.Context(), db.Read(), `SELECT max(id) FROM draft_threads`); err != nil {
		t.Fatal(err)
	}
	s.review = sendPledge(t, portal, cast.Member.User)
	s.published = sendPledge(t, portal, cast.Member.User)
	for _, id := range []int64{s.review, s.published} {
		version := caseOf(t, portal, cast.Officer.User, id).Version
		if err := portal.areas.desk.Assign(t.Context(), cast.Officer.User, id, cast.Officer.User.ID, version); err != nil {
			t.Fatal(err)
		}
	}
	decision := review.Decision{Action: workflow.Publish, Version: caseOf(t, portal, cast.Officer.User, s.published).Version}
	if err := portal.areas.desk.Decide(t.Context(), cast.Officer.User, s.published, decision); err != nil {
		t.Fatal(err)
	}
	s.publicID = *caseOf(t, portal, cast.Officer.User, s.published).PublicID
	s.practice = publishPractice(t, portal, db, cast.Member.User)
	s.call = openCall(t, portal, db)
	s.meeting, s.coordinator = addMeeting(t, portal, db)
	s.programme = endorse(t, portal, db, cast)
	s.talk = announceTalk(t, db, cast)
	publishEvent(t, db, cast)
	if s.reuse, err = portal.areas.practices.RecordReuse(t.Context(), cast.Newcomer.User, s.practice, practice.NewReuse{Organization: "City of Cali", Country: "CO", Year: strconv.Itoa(time.Now().Year()), Changed: "Nothing", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	n := pledge.NewInterest{Support: pledge.Needed, OfficeID: cast.OtherOffice, Text: "We can help."}
	if s.interest, err = portal.areas.pledges.Express(t.Context(), cast.OtherMember.User, s.publicID, n); err != nil {
		t.Fatal(err)
	}
	if s.mail, err = database.Value[int64](t.Context(), db.Read(), `SELECT id FROM outbox WHERE submission_id = $1 ORDER BY id LIMIT 1`, s.review); err != nil {
		t.Fatal(err)
	}
	page := cast.Member.In(t).PostMultipart("/en/submissions/"+strconv.FormatInt(s.draft, 10)+"/steps/files", url.Values{"version": {"0"}},
		webtest.File{Field: "files", Name: "decree.txt", Content: []byte("A decree, as plain text.\n")})
	if page.Status != http.StatusSeeOther {
		t.Fatalf("the file was not taken: %d", page.Status)
	}
	if s.file, err = database.Value[int64](t.Context(), db.Read(), `SELECT id FROM attachments WHERE submission_id = $1`, s.draft); err != nil {
		t.Fatal(err)
	}
	return s
}

// openCall opens a call for practices.
func openCall(t *testing.T, portal *App, db *database.DB) practice.CallID {
	t.Helper()
	lead := webtest.NewUser(t, db, "Lead of the hub", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.HubDesk})
	day := date.Today(time.Now(), i18n.Geneva).AddDays(30)
	call, err := portal.areas.practices.MakeCall(t.Context(), lead, url.Values{
		"language": {"en"}, "title": {"Fair recruitment"}, "theme": {"What works"}, "body": {"We look for practices."}, "who": {"Everybody."}, "criteria": {"They work."},
		"objectives": {"6"}, "deadline.day": {strconv.Itoa(day.Day())}, "deadline.month": {strconv.Itoa(int(day.Month()))}, "deadline.year": {strconv.Itoa(day.Year())}, "clock": {"23:59"},
	})
	if err == nil {
		err = portal.areas.practices.OpenCall(t.Context(), lead, call, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// addMeeting adds a meeting of the Steering Committee, and an office of a Resident Coordinator.
// publishEvent makes an event of the cast's office that is to come.
func publishEvent(t *testing.T, db *database.DB, cast *webtest.Cast) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), `WITH s AS (INSERT INTO submissions (kind, desk, title, submitted_title, lang, state, revision, submitted_revision, published_revision, public_id, office_id, author_id, created_at, changed_at, submitted_at)
			VALUES ('event', 'communications', 'An event', 'An event', 'en', 'published', 1, 1, 1, 'GCM-E-0001', $1, $2, now(), now(), now()) RETURNING id)
		INSERT INTO events (id, number, type, title, lang, text, whole, first, last, starts, ends, zone, at, until, format, place, country, region, audience, interpretation, accessibility, objectives, workstream, review, talk,
			registration, link, documents, recordings, outcome, published_at, changed_at)
		SELECT id, 1, 'meeting', 'An event', 'en', 'Words', true, current_date + 40, current_date + 40, 0, 0, '', now() + interval '40 days', now() + interval '41 days', 'online', '', '', '', '{open}', '{}', '', '{}', '', '', '',
			'none', '', '[]', '[]', '', now(), now() FROM s`, cast.Office, cast.Member.User.ID); err != nil {
		t.Fatal(err)
	}
}

// announceTalk makes a talk of the cast's office that is announced, and returns its number.
func announceTalk(t *testing.T, db *database.DB, cast *webtest.Cast) int64 {
	t.Helper()
	id, err := database.Value[int64](t.Context(), db.Read(), `WITH s AS (INSERT INTO submissions (kind, desk, title, submitted_title, state, revision, submitted_revision, office_id, author_id, created_at, changed_at, submitted_at)
			VALUES ('talk', 'network', 'A talk', 'A talk', 'accepted', 1, 1, $1, $2, now(), now(), now()) RETURNING id)
		INSERT INTO talks (id, number, state, title, lang, purpose, expected, level, objectives, principles, format, audience, interpretation, day, starts, ends, zone, at, until, announced_at, changed_at)
		SELECT id, 1, 'announced', 'A talk', 'en', 'To talk', 'Words', 'global', '{1}', '{}', 'online', '{open}', '{}', current_date + 40, 600, 660, 'UTC', now() + interval '40 days', now() + interval '41 days', now(), now() FROM s RETURNING id`,
		cast.Office, cast.Member.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func addMeeting(t *testing.T, portal *App, db *database.DB) (fund.MeetingID, fund.RCOfficeID) {
	t.Helper()
	officer := webtest.NewUser(t, db, "Officer of the fund", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.FundDesk})
	day := date.Today(time.Now(), i18n.Geneva).AddDays(90)
	meeting, err := portal.areas.fund.AddMeeting(t.Context(), officer, url.Values{
		"at.day": {strconv.Itoa(day.Day())}, "at.month": {strconv.Itoa(int(day.Month()))}, "at.year": {strconv.Itoa(day.Year())}, "clock": {"10:00"}, "zone": {"Europe/Zurich"},
	})
	if err != nil {
		t.Fatal(err)
	}
	coordinator, err := portal.areas.fund.AddRCOffice(t.Context(), officer, url.Values{"name": {"RC Kenya"}, "countries": {"KE"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	return meeting, coordinator
}

// endorse puts a concept note of the cast's office into the pipeline, past the committee.
func endorse(t *testing.T, portal *App, db *database.DB, cast *webtest.Cast) (publicID string) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		id, err := database.Value[workflow.ID](t.Context(), tx, `INSERT INTO submissions (kind, desk, title, submitted_title, state, office_id, author_id, revision, submitted_revision, created_at, changed_at)
			VALUES ('concept_note', 'fund', 'Fair work', 'Fair work', 'accepted', $1, $2, 1, 1, now(), now()) RETURNING id`, cast.Office, cast.Member.User.ID)
		if err != nil {
			return err
		}
		publicID, err = portal.areas.programmes.Enter(t.Context(), tx, id, 1, programme.Facts{Title: "Fair work", Purpose: "Fees end.", Lang: "en", Scope: "national", Months: 24, Budget: 1}, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return publicID
}

// answerCall begins a practice of the person's office for the call.
func answerCall(t *testing.T, portal *App, who identity.User, call practice.CallID) workflow.ID {
	t.Helper()
	draft, err := portal.areas.practices.Start(t.Context(), who, who.Posts[0].OfficeID, "")
	if err == nil {
		err = portal.areas.practices.TieTo(t.Context(), who, draft, call)
	}
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

// invite lets the cast's invited people into the draft, each with their rights, and returns the last invitation.
func invite(t *testing.T, portal *App, db *database.DB, cast *webtest.Cast, draft int64) int64 {
	t.Helper()
	var last int64
	for i, person := range []webtest.Person{cast.Guest, cast.Commenter, cast.Editor} {
		n := submission.NewInvitation{Email: person.User.Email, Rights: submission.AllRights[i], Until: date.Today(time.Now(), i18n.Geneva).AddDays(30)}
		err := portal.areas.submissions.Invite(t.Context(), cast.Head.User, draft, n)
		if err == nil {
			last, err = database.Value[int64](t.Context(), db.Read(), `SELECT max(id) FROM draft_invitations`)
		}
		if err == nil {
			_, err = portal.areas.submissions.Accept(t.Context(), person.User, last)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return last
}

func caseOf(t *testing.T, portal *App, who identity.User, id int64) review.Case {
	t.Helper()
	c, err := portal.areas.desk.Open(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// filePledge writes a whole pledge and leaves it a draft.
func filePledge(t *testing.T, portal *App, who identity.User) int64 {
	t.Helper()
	var all []demoPledge
	if err := json.Unmarshal(demoPledges, &all); err != nil {
		t.Fatal(err)
	}
	id, err := portal.areas.submissions.Start(t.Context(), who, pledge.KindName, who.Posts[0].OfficeID)
	if err != nil {
		t.Fatal(err)
	}
	answers := (&seeder{start: time.Now()}).answers(0, all[0], who)
	for _, step := range portal.areas.kinds[pledge.KindName].Form.Steps {
		if only := pick(step, answers); len(only) > 0 {
			if _, err := portal.areas.submissions.SaveStep(t.Context(), who, id, step.ID, workflow.Origin{}, only); err != nil {
				t.Fatal(err)
			}
		}
	}
	return id
}

// sendPledge writes a whole pledge and hands it in.
func sendPledge(t *testing.T, portal *App, who identity.User) int64 {
	t.Helper()
	id := filePledge(t, portal, who)
	if err := portal.areas.submissions.Submit(t.Context(), who, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	return id
}
