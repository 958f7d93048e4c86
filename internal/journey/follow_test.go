package journey

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// aboutFollow writes the mails to a reader who follows a list.
func (c *correspondence) aboutFollow() {
	c.t.Helper()
	email, prefix := "follower-"+string(c.lang)+"@migration.example", "/"+string(c.lang)
	ask := url.Values{"list": {"pledges"}, "email": {email}, "frequency": {"at_once"}, "languages": {"en", "fr", "es", "ar", "ru", "zh"}}
	c.visitor(c.t).Post(prefix+"/follow", ask).Want(http.StatusSeeOther)
	link := ""
	eventually(c.t, "the link to confirm is there", func() bool {
		for _, m := range c.sink.Messages() {
			if slices.Contains(m.To, email) {
				_, after, _ := strings.Cut(m.Text, "/t/follow/")
				link = prefix + "/t/follow/" + strings.Fields(after)[0]
			}
		}
		return link != ""
	})
	c.visitor(c.t).Post(link, nil).Want(http.StatusSeeOther)
	c.visitor(c.t).Post(prefix+"/follow", ask).Want(http.StatusSeeOther)
	for _, sql := range []string{
		// The newest pledge is new to them.
		`INSERT INTO follow_news (list, key, published_at) SELECT 'pledges', public_id, first_published_at FROM pledges WHERE until IS NULL ORDER BY first_published_at DESC LIMIT 1 ON CONFLICT DO NOTHING`,
		`INSERT INTO follow_told (reader_id, key, follow_id, due_at) SELECT f.reader_id, (SELECT public_id FROM pledges WHERE until IS NULL ORDER BY first_published_at DESC LIMIT 1), f.id, now() FROM follows f ON CONFLICT DO NOTHING`,
		`INSERT INTO river_job (args, kind, max_attempts, queue, state) VALUES ('{"name": "follow.care"}', 'periodic', 3, 'default', 'available')`,
	} {
		if _, err := c.db.Pool.Exec(c.t.Context(), sql); err != nil {
			c.t.Fatal(err)
		}
	}
	// What else the job finds is due later.
	eventually(c.t, "they are told of it", func() bool {
		return value[int](c.t, c.db, `SELECT count(*) FROM follow_told WHERE mailed_at IS NULL AND due_at <= now()`) == 0
	})
}

// followed has a person follow two lists, and returns the way to their own page.
func (w *world) followed(t *testing.T, email string) string {
	t.Helper()
	for _, sql := range []string{
		`INSERT INTO follow_watches (list, query, told) VALUES ('pledges', 'objective=7&region=africa', 0), ('calendar', '', 0) ON CONFLICT DO NOTHING`,
		`INSERT INTO follow_readers (email, email_key, lang, asked_at) VALUES ('` + email + `', '` + email + `', 'en', now()) ON CONFLICT DO NOTHING`,
		`INSERT INTO follows (reader_id, watch_id, frequency, languages, created_at, confirmed_at) SELECT r.id, w.id, 'weekly', '{en,ar}', now(), now() FROM follow_readers r, follow_watches w ON CONFLICT DO NOTHING`,
	} {
		if _, err := w.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return "/follow/own"
}
