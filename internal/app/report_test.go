package app

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/review"
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
		"status":   {"status": {"in_progress"}, "on.day": {fmt.Sprint(today.Day())}, "on.month": {fmt.Sprint(int(today.Month()))}, "on.year": {fmt.Sprint(today.Year())}},
		"progress": {"progress.0.indicator": {"Workers who pay no fee"}, "milestones.0.milestone": {"The bond is law"}},
		"story":    {"language": {"en"}, "evidence": {"Forty schools were opened."}},
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
		if check.Contains("Milestone 1") || check.Contains("Indicator 1") {
			t.Error("what nobody has said anything of is among the answers to check")
		}
		setTrust(t, portal, cast, test.trust)
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

// setTrust makes the cast's office trusted, or not any more.
func setTrust(t *testing.T, portal *App, cast *webtest.Cast, trust bool) {
	t.Helper()
	now, err := portal.areas.pledges.TrustOf(t.Context(), cast.Lead.User, cast.Office)
	if err != nil {
		t.Fatal(err)
	}
	seen := int64(0)
	if len(now.History) > 0 {
		seen = now.History[0].ID
	}
	if err := portal.areas.pledges.SetTrust(t.Context(), cast.Lead.User, cast.Office, trust, "As the reports are", seen); err != nil {
		t.Fatal(err)
	}
}

// sheetReport reports on the pledge with a workbook.
func sheetReport(t *testing.T, cast *webtest.Cast, publicID string) {
	t.Helper()
	office := strconv.FormatInt(cast.Office, 10)
	f, err := excelize.OpenReader(bytes.NewReader(cast.Head.In(t).Get("/en/pledges/sheet.xlsx?office=" + office).Want(http.StatusOK).Body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for n, row := range rows {
		if row[0] == publicID {
			if err := f.SetCellValue(sheet, fmt.Sprintf("F%d", n+1), "Work goes on."); err != nil {
				t.Fatal(err)
			}
		}
	}
	var content bytes.Buffer
	if err := f.Write(&content); err != nil {
		t.Fatal(err)
	}
	path := cast.Head.In(t).PostMultipart("/en/pledges/sheet", url.Values{"office": {office}}, webtest.File{Field: "file", Name: "pledges.xlsx", Content: content.Bytes()}).Want(http.StatusSeeOther).Location()
	preview := cast.Head.In(t).Get(path).Want(http.StatusOK)
	cast.Head.In(t).Post(path, url.Values{"seen": {preview.One("input[name=seen]").Attr("value")}}).Want(http.StatusSeeOther)
}

// Each dated update can be checked like the pledge itself: one that the desk has published, one that was published at once by its
// page, and those that came in with a workbook, each by its own entry.
func TestAPublishedReportCanBeChecked(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	waits := writeReport(t, portal, cast.Head.User, s.publicID)
	handIn(t, cast.Head, waits)
	for _, action := range []workflow.Action{workflow.Take, workflow.Publish} {
		c := caseOf(t, portal, cast.Officer.User, waits)
		if action == workflow.Take {
			if err := portal.areas.desk.Assign(t.Context(), cast.Officer.User, waits, cast.Officer.User.ID, c.Version); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := portal.areas.desk.Decide(t.Context(), cast.Officer.User, waits, review.Decision{Action: action, Version: c.Version}); err != nil {
			t.Fatal(err)
		}
	}
	setTrust(t, portal, cast, true)
	handIn(t, cast.Head, writeReport(t, portal, cast.Head.User, s.publicID))
	for range 2 { // two on the same pledge are told apart
		sheetReport(t, cast, s.publicID)
	}
	if _, err := audit.Chain(t.Context(), db, time.Now()); err != nil {
		t.Fatal(err)
	}
	key, err := audit.ReadKey(strings.Repeat("0f", 32))
	if err == nil {
		err = audit.Sign(t.Context(), db, key, time.Now().AddDate(0, 0, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	visitor := cast.Visitor.In(t)
	page := visitor.Get("/en/pledges/" + s.publicID).Want(http.StatusOK)
	entries := map[string]bool{}
	for n, act := range []string{"publish", "publish", "pledge.report.sheet", "pledge.report.sheet"} {
		id := fmt.Sprintf("%s-U%d", s.publicID, n+1)
		if !page.Has(`#update-` + strconv.Itoa(n+1) + ` a[href="/en/audit/` + id + `"]`) {
			t.Errorf("the page does not lead to the proof of %s", id)
		}
		for _, lang := range []string{"en", "ar"} {
			for _, path := range []string{"", "/proof.json"} {
				shown := visitor.Get("/" + lang + "/audit/" + id + path).Want(http.StatusOK)
				for _, person := range []string{cast.Officer.User.Name, cast.Head.User.Name, cast.Head.User.Email} {
					if strings.Contains(string(shown.Body), person) {
						t.Errorf("the proof of %s names %s", id, person)
					}
				}
			}
		}
		if shown := visitor.Get("/en/audit/" + id).Want(http.StatusOK); !shown.Contains("The portal has just checked it") || shown.Count("main section.panel") != 1 {
			t.Errorf("the proof of %s says %q", id, shown.Text("main"))
		}
		proof := visitor.Get("/en/audit/" + id + "/proof.json").Want(http.StatusOK).Body
		out, err := checkProof(t, proof)
		if err != nil || !strings.Contains(out, "The proof holds: "+act+" ") {
			t.Errorf("%s: the documented program says: %v %s", id, err, out)
		}
		if entries[out] {
			t.Errorf("%s is proved by the entry of another: %s", id, out)
		}
		entries[out] = true
	}
	for _, none := range []string{"-U5", "-U0", "-U01", "-U", "-U1-U1", "-Ux", "-U99999999999999999999"} {
		visitor.Get("/en/audit/" + s.publicID + none).Want(http.StatusNotFound)
	}
}
