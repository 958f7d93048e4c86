package newsletter

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The archive is searched as it is read: in the language of the page, with what is shown in another where there is no such version.
func TestTheArchiveIsSearched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `WITH i AS (INSERT INTO newsletter_issues (number, month, state, created_by, created_at, changed_at, approved_by, started_at)
			SELECT n, '2026-10-01', CASE n WHEN 3 THEN 'draft' ELSE 'sent' END, $1, now(), now(), $1, now() FROM generate_series(1, 3) n RETURNING id, number),
		t AS (INSERT INTO newsletter_issue_texts (issue_id, lang, title, intro) SELECT id, 'en', 'Issue about <b>cities</b>', 'Opening' FROM i),
		n AS (INSERT INTO newsletter_items (issue_id, section, position, credit) SELECT id, 'members', 1, 'Ministry of Labour' FROM i RETURNING id, issue_id)
		INSERT INTO newsletter_item_texts (item_id, lang, title, text) SELECT n.id, x.lang, x.title, x.text FROM n JOIN i ON i.id = n.issue_id
			JOIN (VALUES (1, 'en', 'Registers', 'of recruiters'), (1, 'ar', 'سجلات', 'الاستقدام'), (2, 'fr', 'Éducation', 'des enfants'), (3, 'en', 'Registers', 'of drafts')) x (number, lang, title, text) ON x.number = i.number`, w.editor.User.ID)
	for _, test := range []struct{ lang, q, want string }{
		{"en", "", "2 1"},
		{"en", "CITIES opening", "2 1"},
		{"en", "registers recruiters", "1"},
		{"en", "registers education", ""},
		{"en", "education", "2"}, // shown in French
		{"en", "سجلات", ""},
		{"ar", "سجلات", "1"},
		{"ar", "registers", ""},
		{"en", "drafts", ""},
		{"en", "labour", "2 1"},
		{"en", "%", "2 1"}, // no word
		{"en", "' OR 1=1 --", ""},
		{"en", strings.Repeat("x", 100000), ""},
		{"en", "cit\x00ies", "2 1"},
	} {
		page := w.Visitor.In(t).Get("/" + test.lang + "/newsletter?q=" + url.QueryEscape(test.q)).Want(http.StatusOK)
		var got []string
		for _, n := range []string{"2", "1"} {
			if page.Has(`main h2 a[href="/` + test.lang + `/newsletter/` + n + `"]`) {
				got = append(got, n)
			}
		}
		if is := strings.Join(got, " "); is != test.want {
			t.Errorf("%.30q in %s finds %q, want %q", test.q, test.lang, is, test.want)
		}
	}
}
