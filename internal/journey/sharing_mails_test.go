package journey

import (
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/webtest"
)

// coWriting are the kinds of mail that people who write one draft get; aboutSharing writes each.
var coWriting = []string{
	"submission.invitation", "submission.invitation_accepted", "submission.invitation_changed", "submission.invitation_ended",
	"submission.comment", "submission.rest_warning", "submission.rest_put_away",
}

// deskOffices are the kinds of mail about what the desk does with an office; aboutOffices writes each.
var deskOffices = []string{"account.office_renamed", "account.office_closed", "account.office_reopened", "account.office_merged"}

// aboutSharing invites somebody who accepts and comments, gives them other rights and ends them; and lets a draft rest.
func (c *correspondence) aboutSharing() {
	c.t.Helper()
	id := wholeDraft(c.t, c.owner, c.head)
	guest := c.reads(webtest.NewUser(c.t, c.db, "Guest "+string(c.lang), nil))
	invite(c.t, c.portal, c.owner, id, guest.Email, "edit")
	accept(c.t, c.portal, guest)
	c.client(c.t, guest).Post("/en/submissions/"+id+"/comments", url.Values{"at": {"title"}, "text": {"Could it be shorter? / هل يمكن اختصاره؟"}}).Want(http.StatusSeeOther)
	invitation := "/en/submissions/" + id + "/people/" + value[string](c.t, c.db, `SELECT id::text FROM draft_invitations WHERE user_id = $1`, guest.ID)
	day, month, year := days(60)
	c.owner.Post(invitation, url.Values{"do": {"save"}, "rights": {"comment"}, "until.day": {day}, "until.month": {month}, "until.year": {year}}).Want(http.StatusSeeOther)
	c.owner.Post(invitation, url.Values{"do": {"end"}}).Want(http.StatusSeeOther)

	for _, rested := range []string{
		`changed_at = now() - interval '340 days'`,
		`changed_at = now() - interval '380 days', first_warned_at = now() - interval '40 days', last_warned_at = now() - interval '10 days'`,
	} {
		draft := copyDraft(c.t, c.db, id, c.head)
		if _, err := c.db.Pool.Exec(c.t.Context(), `UPDATE submissions SET `+rested+` WHERE id = $1`, draft); err != nil {
			c.t.Fatal(err)
		}
	}
	if _, err := c.db.Pool.Exec(c.t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, state) VALUES ('{"name": "submission.put_away"}', 'periodic', 3, 'default', 'available')`); err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "a draft is put away and one is warned of", func() bool {
		return value[int](c.t, c.db, `SELECT count(DISTINCT kind) FROM outbox WHERE to_user = $1 AND kind LIKE 'submission.rest_%'`, c.head.ID) == 2
	})
}

// aboutOffices lets the desk rename, close, open again and merge an office.
func (c *correspondence) aboutOffices() {
	c.t.Helper()
	head := c.reads(c.member(c.t, "Renamed "+string(c.lang)))
	office := strconv.FormatInt(head.Posts[0].OfficeID, 10)
	path := "/en/desk/offices/" + office
	form := c.lead.Get(path + "/name").Want(http.StatusOK).Form("main form")
	form.Set("office_name", "Office of Somebody "+string(c.lang)).Submit().Want(http.StatusSeeOther)
	c.lead.Post(path+"/closing", url.Values{"reason": {"The ministry was dissolved. / حُلّت الوزارة."}}).Want(http.StatusSeeOther)
	c.lead.Post(path+"/reopening", nil).Want(http.StatusSeeOther)
	c.lead.Post(path+"/merger", url.Values{"into": {c.office}}).Want(http.StatusSeeOther)
}
