package journey

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
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
}

// issue is the page at the desk of the newest issue in a state.
func (w *world) issue(t *testing.T, state string) string {
	t.Helper()
	return "/desk/newsletter/" + value[string](t, w.db, `SELECT max(id)::text FROM newsletter_issues WHERE state = $1`, state)
}
