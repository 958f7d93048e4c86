package journey

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"portal/internal/identity"
	"portal/internal/newsletter"
)

// aboutNewsletter writes the mails to a reader of the newsletter.
func (c *correspondence) aboutNewsletter() {
	c.t.Helper()
	email, prefix := "reader-"+string(c.lang)+"@migration.example", "/"+string(c.lang)
	subscribe := url.Values{"email": {email}, "short": {"yes"}}
	c.visitor(c.t).Post(prefix+"/newsletter/subscribe", subscribe).Want(http.StatusSeeOther)
	link := ""
	eventually(c.t, "the link to confirm is there", func() bool {
		for _, m := range c.sink.Messages() {
			if slices.Contains(m.To, email) {
				_, after, _ := strings.Cut(m.Text, "/t/subscription/")
				link = prefix + "/t/subscription/" + strings.Fields(after)[0]
			}
		}
		return link != ""
	})
	c.visitor(c.t).Post(link, nil).Want(http.StatusSeeOther)
	c.visitor(c.t).Post(prefix+"/newsletter/subscribe", subscribe).Want(http.StatusSeeOther)
	c.carried()
}

// carried sends an issue with an item that the office has proposed.
func (c *correspondence) carried() {
	c.t.Helper()
	value[int64](c.t, c.db, `WITH s AS (INSERT INTO submissions (kind, desk, title, submitted_title, lang, state, revision, submitted_revision, office_id, author_id, created_at, changed_at, submitted_at)
			VALUES ('newsletter_item', 'communications', 'An item', 'An item', $1, 'accepted', 1, 1, $2::bigint, $3::bigint, now(), now(), now()) RETURNING id),
		i AS (INSERT INTO newsletter_issues (number, month, state, created_by, created_at, changed_at, approved_by, send_at)
			SELECT coalesce(max(number), 0) + 1, date_trunc('month', now()), 'scheduled', $3::bigint, now(), now(), $3::bigint, now() FROM newsletter_issues RETURNING id),
		t AS (INSERT INTO newsletter_issue_texts (issue_id, lang, title, intro) SELECT id, $1, 'News', 'Words' FROM i),
		n AS (INSERT INTO newsletter_items (issue_id, section, position, source, credit) SELECT i.id, 'members', 1, 'member:' || s.id, 'An office' FROM i, s RETURNING id)
		INSERT INTO newsletter_item_texts (item_id, lang, title, text) SELECT id, $1, 'An item', 'Words' FROM n RETURNING item_id`, string(c.lang), c.office, c.head.ID)
	eventually(c.t, "the issue goes out", func() bool {
		return value[int](c.t, c.db, `SELECT count(*) FROM outbox WHERE kind = 'newsletter.carried' AND lang = $1`, string(c.lang)) > 0
	})
}

// issue is the page at the desk of the newest issue in a state.
func (w *world) issue(t *testing.T, state string) string {
	t.Helper()
	return "/desk/newsletter/" + value[string](t, w.db, `SELECT max(id)::text FROM newsletter_issues WHERE state = $1`, state)
}

// proposalWalks are the pages of items that offices propose.
func (w *world) proposalWalks(t *testing.T) []walk {
	t.Helper()
	accepted := value[string](t, w.db, `SELECT max(id)::text FROM submissions WHERE kind = 'newsletter_item' AND state = 'accepted'`)
	draft := value[string](t, w.db, `WITH s AS (INSERT INTO submissions (kind, desk, title, lang, state, revision, office_id, author_id, created_at, changed_at)
		SELECT kind, desk, '', lang, 'draft', 1, office_id, author_id, now(), now() FROM submissions WHERE id = $1::bigint RETURNING id) SELECT id::text FROM s`, accepted)
	return []walk{
		{"a visitor who may propose an item", identity.User{}, ok(newsletter.ProposePath, newsletter.ProposePath+"/questions", newsletter.Path+"?q=social+security", newsletter.Path+"?q=zzzz")},
		{"somebody who proposes an item", w.ownerOf(t, draft), ok(newsletter.ProposePath, "/submissions/"+draft, stepsOf(draft)+"words", stepsOf(draft)+"readers", "/submissions/"+accepted)},
	}
}
