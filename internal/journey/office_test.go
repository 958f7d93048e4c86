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
