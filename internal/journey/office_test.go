package journey

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/webtest"
)

// A leaving head hands the post over with one form; the successor signs in, presses one button, and has the office's
// pledges in hand. In both languages, with axe on each page.
func TestAPostIsHandedOver(t *testing.T) {
	t.Parallel()
	w := newPortal(t, true)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			leaver := w.person(t, map[i18n.Lang]string{i18n.English: "focal@demo.example", i18n.Arabic: "head5@office.example"}[lang])
			successor := w.member(t, "Successor "+string(lang))
			l := "/" + string(lang)
			office := "/offices/" + strconv.FormatInt(leaver.Posts[0].OfficeID, 10)
			head := w.enter(t, leaver, wide)
			head.want(head.visit(l+office+"/handover"), http.StatusOK)
			head.axeAtBothWidths()
			head.fill("#email", successor.Email)
			head.want(head.press("main form .btn"), http.StatusOK) // the first click

			link := "/t/post/LINKFOR" + strings.ToUpper(string(lang)) // in the place of the one that was mailed
			value[int64](t, w.db, `UPDATE post_offers SET token_hash = $2 WHERE lower(email) = lower($1) RETURNING id`, successor.Email, onetime.Hash(strings.TrimPrefix(link, "/t/post/")))
			next := w.enter(t, successor, wide)
			next.want(next.visit(l+link), http.StatusOK)
			next.axeAtBothWidths()
			next.want(next.press("main button[value=accept]"), http.StatusOK) // the second click
			next.axeAtBothWidths()
			next.want(next.visit(l+"/drafts?state=published"), http.StatusOK)
			if !next.has("main table a, main .result a, main td a") {
				t.Errorf("the successor does not see what the office has published: %s", next.gist())
			}
			head.want(head.visit(l+office), http.StatusNotFound)
		})
	}
}

// A lead merges an office into another one: whoever is in the other one has what the first has written in hand, and its own
// people are there too.
func TestTwoOfficesBecomeOne(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	heir := o.member(t, "Wen")
	lead := webtest.NewUser(t, o.db, "Luis Paredes", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	from, into := strconv.FormatInt(o.head.Posts[0].OfficeID, 10), strconv.FormatInt(heir.Posts[0].OfficeID, 10)
	b := o.window(t, lead, true)
	b.want(b.visit("/en/desk/offices/"+from+"/merger"), http.StatusOK)
	b.fill("#q", "Office of Wen")
	b.want(b.press("main [role=search] button"), http.StatusOK)
	b.choose("[name=into][value='" + into + "']")
	b.want(b.push(says(i18n.English, "account.desk.decision.continue")), http.StatusOK)
	b.reads("Office of Amina", "Office of Wen", says(i18n.English, "account.desk.merge.effect.final"))
	b.axe()
	b.want(b.push(says(i18n.English, "account.desk.merge.button")), http.StatusOK)
	for _, who := range []identity.User{heir, o.head, o.colleague} {
		mine := o.window(t, who, true)
		mine.want(mine.visit("/en/drafts"), http.StatusOK)
		mine.reads(wordings[i18n.English].title)
		mine.want(mine.visit("/en/offices/"+into), http.StatusOK)
		mine.reads("Office of Wen", "Amina", "Kofi")
	}
}

// A head lets a colleague stand in, who invites somebody in their own name, and can do so no longer when the time is over.
func TestAColleagueStandsIn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	office := "/ar/offices/" + strconv.FormatInt(o.head.Posts[0].OfficeID, 10)
	delegate := o.window(t, o.colleague, true)
	delegate.want(delegate.visit(office+"/invitation"), http.StatusForbidden)
	head := o.window(t, o.head, true)
	head.want(head.visit(office+"/delegation"), http.StatusOK)
	head.choose("[name=colleague][value='" + strconv.FormatInt(o.colleague.ID, 10) + "']")
	head.want(head.press("main form .btn"), http.StatusOK)
	head.axe()

	delegate.want(delegate.visit(office+"/invitation"), http.StatusOK)
	delegate.fill("#email", "nadia.farah@elsewhere.example")
	delegate.want(delegate.press("main form .btn"), http.StatusOK)
	if by := value[int64](t, o.db, `SELECT offered_by FROM post_offers WHERE email = 'nadia.farah@elsewhere.example'`); by != o.colleague.ID {
		t.Errorf("the invitation is by %d, not by who stands in, %d", by, o.colleague.ID)
	}
	if _, err := o.db.Pool.Exec(t.Context(), `UPDATE posts SET from_on = from_on - 30, until_on = current_date - 1 WHERE stands_for IS NOT NULL`); err != nil {
		t.Fatal(err)
	}
	delegate.want(delegate.visit(office+"/invitation"), http.StatusForbidden)
}

// offer puts an open invitation into the focal point's office and returns its number; it is over when it expires.
func (w *world) offer(t *testing.T, token, email string, expires time.Duration) string {
	t.Helper()
	return value[string](t, w.db, `INSERT INTO post_offers (kind, state, office_id, role, email, message, offered_by, offered_at, expires_at, token_hash)
		VALUES ('invitation', 'open', $1, 'viewer', $2, 'Welcome to the team.', $3, now(), $4, $5) RETURNING id::text`,
		w.focal.Posts[0].OfficeID, email, w.focal.ID, time.Now().Add(expires), onetime.Hash(token))
}

// officeWalks are the pages on which posts are offered, handed over and left, and on which the desk changes offices.
func (w *world) officeWalks(t *testing.T) []walk {
	t.Helper()
	mine := "/offices/" + w.office()
	vacant := "/desk/offices/" + value[string](t, w.db, `SELECT id::text FROM offices WHERE name = 'National Observatory of Migration'`)
	merged := "/desk/offices/" + value[string](t, w.db, `SELECT id::text FROM offices WHERE merged_into IS NOT NULL`)
	w.offer(t, "OPENOFFER", "stranger@demo.example", time.Hour)
	w.offer(t, "OVEROFFER", "late@demo.example", -time.Hour)
	own := w.offer(t, "OWNOFFER", w.joining.Email, time.Hour)
	return []walk{
		{"a head and the posts of the office", w.focal, append(ok(mine, mine+"/history", mine+"/invitation", mine+"/handover", mine+"/delegation", mine+"/leaving"),
			visit{"/t/post/OPENOFFER", http.StatusForbidden}, visit{"/submissions/" + w.submissions["draft"] + "/office", http.StatusConflict})},
		{"somebody who is invited", w.joining, ok("/account", "/account/offers/"+own)},
		{"a visitor with an invitation", identity.User{}, append(ok("/t/post/OPENOFFER", "/t/post/OPENOFFER/registration"), visit{"/t/post/OVEROFFER", http.StatusGone}, visit{"/t/post/unknown", http.StatusNotFound})},
		{"an officer who changes offices", w.officer, ok("/desk/offices?state=vacant", "/desk/offices?state=refused", vacant, merged, vacant+"/history", vacant+"/head", vacant+"/name", vacant+"/closing", vacant+"/merger?q=ministry",
			vacant+"/merger?into="+w.office())},
	}
}
