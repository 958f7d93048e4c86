package journey

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portal/internal/mail/mailtest"
	"portal/internal/webtest"
)

var emailLink = regexp.MustCompile(`https?://[^/\s]+(/[a-z]{2}/t/email/[A-Z2-7]+)`)

// mailTo waits for the mail to the address in which the pattern is found, and returns what the pattern's group holds.
func (p *portal) mailTo(t *testing.T, address string, pattern *regexp.Regexp, but ...string) string {
	t.Helper()
	found := ""
	eventually(t, "a mail to "+address, func() bool {
		for _, m := range p.sink.Messages() {
			if found = match(m, address, pattern, but); found != "" {
				return true
			}
		}
		return false
	})
	return found
}

func match(m mailtest.Message, address string, pattern *regexp.Regexp, but []string) string {
	found := pattern.FindStringSubmatch(m.Text)
	if len(m.To) == 0 || !strings.EqualFold(m.To[0], address) || found == nil {
		return ""
	}
	for _, b := range but {
		if found[1] == b {
			return ""
		}
	}
	return found[1]
}

// digestNow makes the digests go out that wait.
func (p *portal) digestNow(t *testing.T) {
	t.Helper()
	for _, sql := range []string{
		`UPDATE outbox SET next_attempt_at = now() - interval '1 minute' WHERE state = 'collected'`,
		`INSERT INTO river_job (kind, args, max_attempts, queue, priority, state) VALUES ('periodic', '{"name": "account.digest"}', 3, 'default', 1, 'available')`,
	} {
		if _, err := p.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// aboutOwnData writes what people are told when they change their address or choose to be told in a digest.
func (c *correspondence) aboutOwnData() {
	c.t.Helper()
	lang := string(c.lang)
	moving := c.reads(webtest.NewUser(c.t, c.db, "Moving "+lang, nil))
	m := c.client(c.t, moving)
	for _, address := range []string{"moved-" + lang + "@migration.example", c.head.Email} {
		m.Post("/en/account/email", url.Values{"email": {address}}).Want(http.StatusSeeOther)
		if address != c.head.Email {
			c.visitor(c.t).Post(c.mailTo(c.t, address, emailLink), nil).Want(http.StatusSeeOther)
		}
	}
	reader := c.reads(webtest.NewUser(c.t, c.db, "Reader "+lang, nil))
	r := c.client(c.t, reader)
	r.Post("/en/account/notifications", url.Values{"pace_submissions": {"at_once"}, "pace_reports": {"at_once"}, "pace_co_writing": {"at_once"}, "pace_offices": {"weekly"}}).Want(http.StatusSeeOther)
	r.Post("/en/account/office", url.Values{"office": {c.office}}).Want(http.StatusSeeOther)
	post := value[string](c.t, c.db, `SELECT id::text FROM posts WHERE user_id = $1`, reader.ID)
	c.owner.Post("/en/offices/"+c.office+"/posts/"+post+"/decision", url.Values{"decision": {"approve"}, "role": {"contributor"}}).Want(http.StatusSeeOther)
	leaving := c.reads(webtest.NewUser(c.t, c.db, "Leaving "+lang, nil))
	c.client(c.t, leaving).Post("/en/account/deletion", url.Values{"understood": {"yes"}}).Want(http.StatusSeeOther)
	c.digestNow(c.t)
	eventually(c.t, "the digest", func() bool {
		return value[int](c.t, c.db, `SELECT count(*) FROM outbox WHERE kind = 'account.digest' AND lang = $1`, lang) == 1
	})
}
