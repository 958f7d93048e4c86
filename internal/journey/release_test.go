package journey

import (
	"net/http"
	"net/url"
	"testing"

	"portal/internal/i18n"
)

// releaseWalks are the pages of decisions that are kept, of their release, and of the desk's letters.
func (w *world) releaseWalks(t *testing.T) []walk {
	t.Helper()
	held := value[string](t, w.db, `SELECT min(submission_id)::text FROM pending_decisions`)
	item := value[string](t, w.db, `SELECT s.id || '.' || s.version FROM submissions s WHERE s.id = $1::bigint`, w.submissions["in_review"])
	release := value[string](t, w.db, `SELECT max(id)::text FROM releases`)
	done := w.client(t, w.lead).Post("/en/desk/bulk/acts", url.Values{"act": {"assign"}, "to": {value[string](t, w.db, `SELECT id::text FROM users WHERE email = 'officer@demo.example'`)}, "item": {item}}).Want(http.StatusSeeOther)
	return []walk{
		{"an officer at a pending decision", w.officer, append(ok("/desk/submissions/"+held), visit{"/desk/release", http.StatusForbidden})},
		{"a lead at the release", w.lead, ok("/desk/release", "/desk/release/"+release, "/desk/bulk", done.Location()[len("/en"):])},
		{"a lead at the letters", w.lead, ok("/desk/letters", "/desk/letters?kind=pledge", "/desk/letters/decline/en", "/desk/letters/request_changes/ar", "/desk/letters/publish/fr")},
	}
}

// The pages that answer to a form: what is ticked is restated, a letter is shown in its frame, and what is wrong is said.
func TestThePagesOfAReleaseAreAccessible(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b := open(t, w.url, wide)
		w.signIn(b, w.lead)
		b.visit("/" + string(lang) + "/desk/letters/decline/" + string(lang))
		b.press("button[value=preview]")
		b.wants(".mailframe")
		b.axeAtBothWidths()
		b.visit("/" + string(lang) + "/desk/release")
		b.press("main form[action*='/desk/release'] .btn:not(.btn--2)")
		b.wants("button[value=confirmed]")
		b.axeAtBothWidths()
		b.press("button[value=confirmed]")
		b.wants("[data-left]")
		b.axeAtBothWidths()
		b.visit("/" + string(lang) + "/desk")
		b.axeAtBothWidths()
		b.press(".note button")
	}
}
