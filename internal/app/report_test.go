package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// writeReport writes a report on the pledge, and does not send it.
func writeReport(t *testing.T, portal *App, who identity.User, publicID string) workflow.ID {
	t.Helper()
	id, err := portal.areas.pledges.StartReport(t.Context(), who, publicID)
	if err != nil {
		t.Fatal(err)
	}
	today := date.Today(time.Now(), i18n.Geneva)
	for step, a := range map[string]form.Answers{
		"status": {"status": {"in_progress"}, "on.day": {fmt.Sprint(today.Day())}, "on.month": {fmt.Sprint(int(today.Month()))}, "on.year": {fmt.Sprint(today.Year())}},
		"story":  {"language": {"en"}, "evidence": {"Forty schools were opened."}},
	} {
		if _, err := portal.areas.submissions.SaveStep(t.Context(), who, id, step, workflow.Origin{}, a); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// Who sends a report is told what has become of it, whatever the page to check had said: that it is public, or that the desk
// reads it; and so is the mail.
func TestWhatBecomesOfAReportThatIsSent(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	for _, test := range []struct {
		trust                   bool
		checked, done, mail, no string
	}{
		{true, "The pledges desk reads the report before it is published.", "Sent and published", "It is published already", "reads it and answers you by mail"},
		{false, "What your office sends is published at once.", "reads it and answers you by mail", "gives you a first answer by", "Sent and published"},
	} {
		id := writeReport(t, portal, cast.Head.User, s.publicID)
		check := cast.Head.In(t).Get(fmt.Sprintf("/en/submissions/%d/check", id)).Want(http.StatusOK)
		if !check.Contains(test.checked) {
			t.Errorf("the page to check says %q", check.Text("main"))
		}
		trust, err := portal.areas.pledges.TrustOf(t.Context(), cast.Lead.User, cast.Office)
		if err != nil {
			t.Fatal(err)
		}
		seen := int64(0)
		if len(trust.History) > 0 {
			seen = trust.History[0].ID
		}
		if err := portal.areas.pledges.SetTrust(t.Context(), cast.Lead.User, cast.Office, test.trust, "As the reports are", seen); err != nil {
			t.Fatal(err)
		}
		sent := check.Form("form.panel--lead").Set("declaration", "yes").Submit().Want(http.StatusSeeOther)
		done := cast.Head.In(t).Get(sent.Location()).Want(http.StatusOK).Text("main")
		if !strings.Contains(done, test.done) || strings.Contains(done, test.no) || strings.Contains(done, "write a new version") {
			t.Errorf("trusted %v: after sending it says %q", test.trust, done)
		}
		text, err := database.Value[string](t.Context(), db.Read(), `SELECT html FROM outbox WHERE kind = 'submission.receipt' AND submission_id = $1 AND to_user = $2`, id, cast.Head.User.ID)
		if err != nil || !strings.Contains(text, test.mail) {
			t.Errorf("trusted %v: the mail does not say %q (%v)", test.trust, test.mail, err)
		}
		if page := cast.Head.In(t).Get(fmt.Sprintf("/en/submissions/%d", id)).Want(http.StatusOK); page.Contains("write a new version") {
			t.Error("its page offers a new version")
		}
	}
}
