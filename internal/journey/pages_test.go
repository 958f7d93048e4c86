package journey

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/practice"
)

// visit is a page that the walk looks at.
type visit struct {
	path   string // without the language
	status int
}

// ok are pages that are there.
func ok(paths ...string) []visit {
	var all []visit
	for _, p := range paths {
		all = append(all, visit{p, http.StatusOK})
	}
	return all
}

// page is what of the path tells pages apart, not their states: the route, and the step of a form.
func (v visit) page(routes []*regexp.Regexp) string {
	path, _, _ := strings.Cut(v.path, "?")
	for _, r := range routes {
		if r.MatchString(path) && !strings.Contains(path, "/steps/") {
			return r.String()
		}
	}
	return path
}

// walk is the pages that one person looks at.
type walk struct {
	name   string
	who    identity.User // the zero User is a visitor
	visits []visit
}

// walks are all pages that there are, most of them in several states.
func (w *world) walks(t *testing.T) []walk {
	t.Helper()
	s := w.submissions
	walks := []walk{
		{"a visitor at the public pages", identity.User{}, append(ok("/", "/search", "/search?q=recruitment", "/search?q=zzzz", "/accessibility", "/privacy", "/terms", "/contact", "/pledges", "/pledges?q=register+recruitment&objective=6&objective=21&nature=process_oriented",
			"/pledges?q=zzzz", "/pledges?page=2&sort=title&country=KE&nonsense=1", "/pledges/needs", "/pledges/updates", "/pledges/updates?status=delayed&nonsense=1", "/pledges/needs?support=needed&country=KE", "/pledges/needs?q=zzzz", "/pledges/new", "/pledges/questions", "/pledges/dashboard", "/pledges/dashboard?objective=6&region=africa&nonsense=1&year=1", "/pledges/dashboard?q=zzzz", "/pledges/dashboard/country?year=2025", "/pledges/dashboard/objective",
			"/pledges/dashboard/year", "/embed/pledges/counter", "/embed/pledges/card?country=KE", "/embed/pledges/status?region=africa", "/pledges/"+w.publicID, "/pledges/"+w.publicID+"/versions/1", "/pledges/"+w.publicID+"/changes", "/objectives", "/objectives/6", "/objectives/23", "/principles", "/principles/1", "/practices", "/practices/new", "/practices/questions", "/practices/GCM-PR-0001", "/practices/GCM-PR-0001?text=ar", "/practices/GCM-PR-0001/versions/1", "/practices/GCM-PR-0001/changes",
			"/practices?view=map&region=africa&ids=1", "/practices?ids=2.1", "/practices/GCM-PR-0001?ids=2", "/practices/list", "/practices/list?ids=3.1.2.9999", "/practices/compare?ids=1.2.3", "/practices/booklet?ids=1.2"),
			visit{"/practices/compare?ids=1.2.3.4", http.StatusUnprocessableEntity}, visit{"/practices/compare?ids=1.1", http.StatusUnprocessableEntity}, visit{"/practices/booklet?country=AD", http.StatusUnprocessableEntity},
			visit{"/practices/GCM-PR-9999", http.StatusNotFound}, visit{"/objectives/24", http.StatusNotFound}, visit{"/principles/0", http.StatusNotFound},
			visit{"/nowhere", http.StatusNotFound}, visit{"/pledges/GCM-P-9999", http.StatusNotFound}, visit{"/pledges/" + w.gone, http.StatusGone})},
		{"a visitor who wants in", identity.User{}, append(ok("/register", "/register/sent", "/sign-in", "/sign-in?next=%2Fen%2Fdrafts", "/sign-in/link", "/sign-in/reset", "/sign-in/sent", "/sign-in/code",
			w.links["sign_in"], w.links["reset"], w.links["set_up"]), visit{"/t/unknown", http.StatusNotFound}, visit{"/t/report/unknown", http.StatusNotFound}, visit{"/t/report/unknown/done", http.StatusNotFound}, visit{"/t/practice/unknown", http.StatusNotFound}, visit{"/t/practice/unknown/done", http.StatusNotFound}, visit{"/t/email/unknown", http.StatusNotFound}, visit{w.links["used"], http.StatusGone})},
		{"a member", w.focal, append(ok("/account", "/account/office", "/account/password", "/account/name", "/account/position", "/account/country", "/account/lang", "/account/interests", "/account/notifications", "/account/email", "/account/data", "/account/deletion", "/account/terms", "/account/factor", "/account/sessions", "/account/confirm",
			"/offices/"+w.office(), "/drafts", "/drafts?q=zzzz", "/drafts?state=draft&sort=title", "/pledges/new", "/pledges/reports", "/pledges/"+w.publicID+"/report"), visit{"/submissions/" + s["published"], http.StatusNotFound}, visit{"/desk", http.StatusNotFound})},
		{"a member with cases", w.focal, ok("/cases", "/cases/"+w.caseIn(t, "interested"), "/pledges/"+w.publicID+"/interest?support=needed")},
		{"the other side of a case", w.person(t, value[string](t, w.db, `SELECT min(u.email) FROM pledge_interests i JOIN posts p ON p.office_id = i.office_id JOIN users u ON u.id = p.user_id WHERE i.state = 'agreed' AND p.state = 'approved' AND p.role = 'head'`)),
			ok("/cases", "/cases/"+w.caseIn(t, "agreed"), "/pledges/"+w.publicID+"/interest?support=needed")},
		{"an officer at the cases", w.officer, append(ok("/desk/cases", "/desk/cases?state=closed", "/desk/cases/"+w.caseIn(t, "agreed")), visit{"/desk/cases/999999", http.StatusNotFound})},
		{"a visitor at the newsletter", identity.User{}, append(ok("/newsletter", "/newsletter/3", "/newsletter/subscribe", "/newsletter/sent", "/newsletter/left", "/newsletter/link"), visit{"/t/subscription/unknown", http.StatusNotFound}, visit{"/t/newsletter/unknown", http.StatusNotFound}, visit{"/t/newsletter/unknown/leaving", http.StatusNotFound})},
		{"a visitor who follows", identity.User{}, append(ok("/follow", "/follow?list=pledges&objective=7", "/follow?list=calendar", "/follow/sent", "/follow/stopped", "/follow/link"),
			visit{"/follow?list=nothing", http.StatusNotFound}, visit{"/t/follow/unknown", http.StatusNotFound}, visit{"/t/follow/unknown/confirm", http.StatusNotFound}, visit{"/t/follow/unknown/stop", http.StatusNotFound}, visit{"/t/follow/unknown/lists/1", http.StatusNotFound})},
		{"a member who follows", w.viewer, ok(w.followed(t, w.viewer.Email))},
		{"the communications desk at the newsletter", w.person(t, "communications@demo.example"), append(ok("/desk/newsletter/suppressions", "/desk/newsletter/suppressions?reason=left", "/desk/newsletter/imports", "/desk/newsletter", w.issue(t, "draft"), w.issue(t, "draft")+"/titles", w.issue(t, "draft")+"/items/new", w.issue(t, "draft")+"/items/"+value[string](t, w.db, `SELECT max(n.id)::text FROM newsletter_items n JOIN newsletter_issues i ON i.id = n.issue_id WHERE i.state = 'draft'`), w.issue(t, "sent")), visit{"/desk/newsletter/imports/999999", http.StatusNotFound})},
		{"a visitor at the experts", identity.User{}, append(ok("/experts", "/experts?q=remittances&objective=6&language=en", "/experts?q=zzzz", "/experts?sort=newest&page=2", w.expert(t, "public")), visit{"/experts/999999", http.StatusNotFound}, visit{w.expert(t, "hidden"), http.StatusGone})},
		{"a member at the experts", w.person(t, value[string](t, w.db, `SELECT min(u.email) FROM experts e JOIN users u ON u.id = e.user_id WHERE e.state = 'public'`)), ok("/account/expert", "/account/expert/picture")},
		{"a member who writes to an expert", w.viewer, ok("/account/expert", w.expert(t, "public")+"/message")},
		{"the hub desk at the experts", w.hub, append(ok("/desk/experts", "/desk/experts?state=hidden", "/desk/experts?q=zzzz", "/desk"+w.expert(t, "public"), "/desk"+w.expert(t, "hidden")), visit{"/desk/experts/999999", http.StatusNotFound})},
		{"editors at missed searches", w.hub, ok("/desk/searches", "/desk/searches?state=dealt", "/desk/searches?state=all&sort=last&days=365", "/desk/searches?q=zzzz")},
		{"somebody without an office", w.joining, ok("/account", "/drafts", "/pledges/new")},
		{"the writer", w.focal, append(ok("/submissions/"+w.blank, "/submissions/"+w.blank+"/check", "/submissions/"+s["draft"], "/submissions/"+s["draft"]+"/check", "/submissions/"+s["draft"]+"/print",
			"/submissions/"+s["draft"]+"/withdrawal", "/submissions/"+w.revised, "/submissions/"+w.revised+"/compare", "/submissions/"+w.revised+"/discard", "/submissions/"+s["withdrawn"]), w.steps(s["draft"], "")...)},
		{"the writer with a Word file", w.focal, ok("/imports/new?kind=pledge", "/submissions/"+s["draft"]+"/import", w.imported(t, s["draft"]), w.imported(t, w.blank))},
		{"the writer with nothing answered", w.focal, w.steps(w.blank, "?check=1")},
		{"a viewer", w.viewer, append(ok("/submissions/"+w.blank, "/submissions/"+s["draft"]+"/check"), visit{"/submissions/" + s["draft"] + "/steps/who", http.StatusForbidden})},
		{"the writer of a draft that is shared", w.focal, append(ok("/submissions/"+w.shared.id+"/people", "/submissions/"+w.shared.id+"/comments", "/submissions/"+w.shared.id+"/comments?at=title",
			"/submissions/"+w.shared.putAway, "/drafts?state=put_away", stepsOf(w.shared.id)+"text", "/submissions/"+w.shared.id), visit{w.shared.offer, http.StatusForbidden})},
		{"somebody who is invited to write", w.shared.guest, append(ok("/drafts", "/drafts?shared=1", "/drafts?invited=1", "/submissions/"+w.shared.id, stepsOf(w.shared.id)+"text", "/submissions/"+w.shared.id+"/check", "/submissions/"+w.shared.id+"/comments", "/submissions/"+w.shared.id+"/leaving"),
			visit{"/submissions/" + w.shared.id + "/people", http.StatusForbidden})},
		{"somebody who is invited to read", w.shared.reader, ok("/submissions/"+w.shared.id, "/submissions/"+w.shared.id+"/check")},
		{"somebody who is asked", w.shared.asked, ok("/drafts", w.shared.offer)},
		{"a visitor who is asked", identity.User{}, append(ok(w.shared.offer, "/register?invited=1", "/register/sent?invited=1"), visit{w.shared.withdraw, http.StatusGone}, visit{"/t/draft/unknown", http.StatusNotFound})},
		{"an officer at the queue", w.officer, append(ok("/desk", "/desk?q=in%3Awaiting", "/desk?q=in%3Adecided+sort%3Atitle", "/desk?q=zzzz+is%3Aoverdue+is%3Alat", "/desk?q=in%3Aall&pick=page", "/desk/views", "/desk/views?search=is%3Aoverdue", "/desk/offices", "/desk/offices?state=approved", "/desk/offices/"+w.waitingFor,
			"/desk/offices/"+w.office(), "/desk/outbox", "/desk/outbox?state=failed", "/desk/outbox/"+w.mail, "/desk/radar", "/desk/offices/"+w.office()+"/trust", "/desk/pledges/"+w.publicID+"/report"), visit{"/desk/people", http.StatusForbidden}, visit{"/desk/submissions/999999", http.StatusNotFound})},
		{"an officer at the submissions", w.officer, ok("/desk/submissions/"+s["submitted"], "/desk/submissions/"+s["in_review"], "/desk/submissions/"+s["changes_requested"], "/desk/submissions/"+s["approved"],
			"/desk/submissions/"+s["published"], "/desk/submissions/"+s["declined"], "/desk/submissions/"+s["archived"], "/desk/submissions/"+w.twiceSent(t)+"/changes", "/desk/submissions/"+w.twiceSent(t)+"/clock", "/desk/submissions/"+s["changes_requested"]+"/clock", "/desk/submissions/"+s["in_review"]+"/history", "/desk/submissions/"+s["in_review"]+"/links")},
		{"a lead at peer review", w.lead, append(ok("/desk/settings/rules", "/desk/offices/"+w.office()+"/trust", "/desk/reviewers", "/desk/reviewers?q=zzzz", "/desk/reviewers/new", "/desk/reviewers/"+value[string](t, w.db, `SELECT min(user_id)::text FROM reviewers`), "/desk/settings/review", "/desk/settings/review/pledge",
			"/desk/submissions/"+s["submitted"]+"/reviews", "/desk/submissions/"+s["published"]+"/reviews", "/desk/submissions/"+value[string](t, w.db, `SELECT max(r.submission_id)::text FROM review_rounds r JOIN submissions s ON s.id = r.submission_id AND s.kind = 'pledge'`)+"/reviews"),
			visit{"/reviews", http.StatusNotFound})},
		{"a reviewer", w.person(t, "reviewer@demo.example"), append(ok("/reviews", "/reviews/profile", "/reviews/profile?office=ministry",
			"/reviews/"+value[string](t, w.db, `SELECT min(a.id)::text FROM review_assignments a JOIN users u ON u.id = a.reviewer_id WHERE u.email = 'reviewer@demo.example'`)),
			visit{"/desk/reviewers", http.StatusForbidden})},
		{"a reviewer who is asked", w.person(t, value[string](t, w.db, `SELECT min(u.email) FROM review_assignments a JOIN users u ON u.id = a.reviewer_id WHERE a.state = 'asked'`)),
			ok("/reviews", "/reviews/"+value[string](t, w.db, `SELECT min(a.id)::text FROM review_assignments a JOIN users u ON u.id = a.reviewer_id
				WHERE u.email = (SELECT min(o.email) FROM review_assignments b JOIN users o ON o.id = b.reviewer_id WHERE b.state = 'asked') AND a.state = 'asked'`))},
		{"a reviewer who writes", w.person(t, value[string](t, w.db, `SELECT min(u.email) FROM review_assignments a JOIN users u ON u.id = a.reviewer_id WHERE a.state = 'accepted'`)),
			ok("/reviews/" + value[string](t, w.db, `SELECT min(a.id)::text FROM review_assignments a WHERE a.state = 'accepted' AND a.reviewer_id = (SELECT b.reviewer_id FROM review_assignments b JOIN users o ON o.id = b.reviewer_id
				WHERE b.state = 'accepted' ORDER BY o.email LIMIT 1)`))},
		{"an administrator", w.admin, ok("/desk/settings/clocks", "/desk/settings/holidays", "/desk/settings/weekends", "/account/factor", "/account/factor?new=1", "/desk/people", "/desk/people?q=zzzz", "/desk/people/"+value[string](t, w.db, `SELECT id::text FROM users WHERE email = 'lead@demo.example'`),
			"/desk/people/"+value[string](t, w.db, `SELECT id::text FROM users WHERE email = 'focal@demo.example'`), "/desk/outbox")},
	}
	for _, state := range []string{"submitted", "in_review", "changes_requested", "approved", "published", "declined", "archived"} {
		walks = append(walks, walk{"the owner of what is " + state, w.ownerOf(t, s[state]), ok("/submissions/" + s[state])})
	}
	walks = append(walks, w.officeWalks(t)...)
	walks = append(walks, w.releaseWalks(t)...)
	walks = append(walks, walk{"a visitor who checks the record", identity.User{}, append(ok("/audit", "/audit?below=1", "/audit/"+w.publicID, "/audit/"+w.gone, "/audit/GCM-JP-0001"), visit{"/audit/GCM-P-9999", http.StatusNotFound})})
	walks = append(walks, walk{"a visitor who looks back", identity.User{}, append(ok("/pledges?as-of=2026-03-01", "/pledges?as-of=2018-01-01", "/pledges/dashboard/status?as-of=2018-01-01", "/embed/pledges/status?as-of=2018-01-01", "/pledges/as-of?of="+w.publicID, "/pledges/"+w.publicID+"?as-of="+date.Today(time.Now(), i18n.Geneva).String(), "/pledges/dashboard?as-of=2026-03-01", "/pledges/report", "/pledges/report?from=2020-01-01&until=2020-02-01"),
		visit{"/pledges/report?from=2020-02-01&until=2020-01-01", http.StatusUnprocessableEntity},
		visit{"/pledges?as-of=2026-02-31", http.StatusUnprocessableEntity}, visit{"/embed/pledges/status?as-of=2026-02-31", http.StatusUnprocessableEntity}, visit{"/pledges/as-of?as-of.day=31&as-of.month=2&as-of.year=2026", http.StatusUnprocessableEntity}, visit{"/pledges/" + w.publicID + "?as-of=2018-01-01", http.StatusNotFound})})
	walks = append(walks, walk{"somebody who reports with a workbook", w.focal, ok("/pledges/sheet", w.workbook(t))})
	walks = append(walks, walk{"a partner", identity.User{}, []visit{{"/t/partner/unknown", http.StatusNotFound}}})
	walks = append(walks, w.practiceWalks(t)...)
	walks = append(walks, w.callWalks(t)...)
	walks = append(walks, w.noteWalks(t)...)
	walks = append(walks, w.signatureWalks(t)...)
	walks = append(walks, w.fundWalks(t)...)
	walks = append(walks, w.requestWalks(t)...)
	walks = append(walks, w.contactWalks(t)...)
	walks = append(walks, w.championWalks(t)...)
	walks = append(walks, w.calendarWalks(t)...)
	walks = append(walks, w.proposalWalks(t)...)
	polished := value[string](t, w.db, `SELECT min(submission_id)::text FROM edit_proposals WHERE answered_at IS NULL`)
	walks = append(walks, walk{"an editor", w.hub, ok("/desk/submissions/"+polished, "/desk/submissions/"+polished+"/edits")},
		walk{"the office that is edited", w.ownerOf(t, polished), ok("/submissions/"+polished, "/submissions/"+polished+"/edits")})
	walks = append(walks, walk{"the owner of what was sent", w.ownerOf(t, s["submitted"]), ok("/submissions/" + s["submitted"] + "/submission")})
	return walks
}

// practiceWalks are the pages of practices for those who write them.
func (w *world) practiceWalks(t *testing.T) []walk {
	t.Helper()
	of := func(state string) string {
		return value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = 'practice' AND state = $1`, state)
	}
	draft, published := of("draft"), of("published")
	steps := ok("/submissions/"+draft, "/submissions/"+draft+"/check", "/practices/new")
	for _, s := range practice.NewForm().Steps {
		steps = append(steps, ok(stepsOf(draft)+s.ID, stepsOf(draft)+s.ID+"?check=1")...)
	}
	return []walk{
		{"the writer of a practice", w.ownerOf(t, draft), steps},
		{"the owner of a published practice", w.ownerOf(t, published), ok("/submissions/"+published, "/submissions/"+published+"/print", "/practices/"+w.public(t, published)+"/answer", "/practices/"+w.public(t, published)+"/reuses", "/practices/"+w.public(t, published)+"/reuses/new", "/practices/"+w.public(t, published)+"/pledges?pledge=work",
			value[string](t, w.db, `SELECT '/practices/' || p.public_id || '/reuses/' || min(r.id) FROM practice_reuses r JOIN practices p ON p.id = r.practice_id AND p.until IS NULL WHERE p.id = $1::bigint GROUP BY p.public_id`, published))},
		{"an officer of the hub desk", w.hub, ok("/desk/submissions/"+published, "/desk/submissions/"+of("in_review"))},
	}
}

// public is the public ID of a submission.
func (w *world) public(t *testing.T, id string) string {
	t.Helper()
	return value[string](t, w.db, `SELECT public_id FROM submissions WHERE id = $1::bigint`, id)
}

// twiceSent is a submission that was sent in twice.
func (w *world) twiceSent(t *testing.T) string {
	t.Helper()
	return value[string](t, w.db, `SELECT max(e.submission_id)::text FROM submission_events e JOIN submissions s ON s.id = e.submission_id AND s.kind <> 'practice' WHERE e.action = 'submit' AND e.revision > 1`)
}

// steps are all steps of a draft that are asked.
func (w *world) steps(id, query string) []visit {
	var all []visit
	for _, s := range pledge.NewForm(nil).AskedSteps(form.Answers{}) {
		all = append(all, ok(stepsOf(id)+s.ID+query)...)
	}
	return all
}

// Every page passes axe-core in English and Arabic, at 1280 and 320 px, with all disclosures open; it does not scroll
// sideways, its targets are large enough, and the console says nothing. In English at 1280 px axe looks at all of a page; in the
// three other views it is asked what no page before had. Further states of a page are looked at in English at 1280 px and in
// Arabic at 320 px.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	walks := w.walks(t)
	routes := w.pages(t)
	for _, route := range routes {
		if !walked(walks, route) {
			t.Errorf("nobody walks to %s", route)
		}
	}
	seen := map[string]bool{}
	further := make([][]bool, len(walks)) // a state of a page that was looked at already
	for i, walk := range walks {
		for _, v := range walk.visits {
			page := v.page(routes)
			further[i] = append(further[i], seen[page])
			seen[page] = true
		}
	}
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		own := int64(wide) // the width at which also further states of a page are looked at
		if lang == i18n.Arabic {
			own = narrow
		}
		for first := range windows {
			t.Run(fmt.Sprintf("%s %d", lang, first+1), func(t *testing.T) {
				t.Parallel()
				b := open(t, w.url, own)
				b.minimize()
				for i := first; i < len(walks); i += windows {
					t.Run(walks[i].name, func(t *testing.T) {
						b.in(t, func() { w.goThrough(b, lang, own, walks[i], further[i]) })
					})
				}
			})
		}
	}
}

// windows is how many windows go through the pages of a language.
const windows = 2

// goThrough looks at all pages of a walk in a language. further says of which only one view is looked at, the language's own.
func (w *world) goThrough(b *tab, lang i18n.Lang, own int64, walk walk, further []bool) {
	b.t.Helper()
	if walk.who.SignedIn() {
		w.signIn(b, walk.who)
	}
	for i, v := range walk.visits {
		if status := b.glance("/" + string(lang) + v.path); status != v.status {
			b.t.Errorf("%s answers %d, not %d: %s", v.path, status, v.status, b.gist())
		}
		views := []int64{wide, narrow}
		if b.width == narrow { // as the page before was left
			slices.Reverse(views)
		}
		for _, width := range views {
			if further[i] && width != own {
				continue
			}
			b.resize(width)
			if !further[i] && lang == i18n.English && width == wide {
				b.axeWhole()
			} else {
				b.axe()
			}
		}
	}
}

// notPages are the routes that show no page.
var notPages = regexp.MustCompile(`\.(csv|json|xlsx|atom|ics|docx|pdf|zip|svg|bib|ris)$|^/(p/\{short\}|dev/codes|dev/mail/\{id\}/html|dev/mail|dev/mail/\{id\}|favicon\.ico|files/\{id\}|images/\{id\}|images/experts/\{expert\}|healthz|metrics|readyz|robots\.txt|static/\{file\})$|^/\{lang\}/(submissions/\{id\}/word|(reviews/\{assignment\}|account/facilitation/\{id\})/files/\{file\}|concept-notes/\{id\}/documents/\{file\}|t/signature/\{token\}/documents/\{file\}|desk/newsletter/\{issue\}/preview/\{language\}(/text)?|desk/fund/meetings/\{meeting\}/shortlist/minutes/\{file\}|champions/documents/\{document\})$`)

// pages are the routes that show a page, those without parameters first.
func (w *world) pages(t *testing.T) []*regexp.Regexp {
	t.Helper()
	var table bytes.Buffer
	if err := w.app.PrintRoutes(&table); err != nil {
		t.Fatal(err)
	}
	var plain, with []*regexp.Regexp
	for line := range strings.Lines(table.String()) {
		f := strings.Fields(line)
		if len(f) != 3 || f[1] != http.MethodGet || notPages.MatchString(f[2]) {
			continue
		}
		pattern := strings.TrimPrefix(f[2], "/{lang}")
		route := regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(pattern), "[^/]+") + "$")
		if strings.Contains(pattern, "{") {
			with = append(with, route)
		} else {
			plain = append(plain, route)
		}
	}
	return append(plain, with...)
}

// parameter is one of a pattern that is quoted.
var parameter = regexp.MustCompile(`\\\{[a-zA-Z]+\\\}`)

func walked(walks []walk, pattern *regexp.Regexp) bool {
	for _, walk := range walks {
		for _, v := range walk.visits {
			path, _, _ := strings.Cut(v.path, "?")
			if pattern.MatchString(path) {
				return true
			}
		}
	}
	return false
}

// caseIn is the number of a case in the state.
func (w *world) caseIn(t *testing.T, state string) string {
	t.Helper()
	return value[string](t, w.db, `SELECT min(id)::text FROM pledge_interests WHERE state = $1`, state)
}

// expert is the page of a profile in the state.
func (w *world) expert(t *testing.T, state string) string {
	t.Helper()
	return "/experts/" + value[string](t, w.db, `SELECT min(id)::text FROM experts WHERE state = $1`, state)
}
