package pledge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// today is the day of the world in Geneva.
func (w *world) today() date.Date { return date.Today(w.now(), i18n.Geneva) }

// goesOn is a plain report of today.
func (w *world) goesOn() pledge.Report {
	return pledge.Report{Status: pledge.InProgress, On: w.today(), Lang: "en", Evidence: "Work *goes on*."}
}

// trust makes the office trusted, or not any more.
func (w *world) trust(t testing.TB, office int64, trust bool) {
	t.Helper()
	last, err := w.service.TrustOf(t.Context(), w.Lead.User, office)
	if err != nil {
		t.Fatal(err)
	}
	seen := int64(0)
	if len(last.History) > 0 {
		seen = last.History[0].ID
	}
	if err := w.service.SetTrust(t.Context(), w.Lead.User, office, trust, "Three good reports", seen); err != nil {
		t.Fatal(err)
	}
}

// number counts in the database.
func (w *world) number(t testing.TB, sql string, args ...any) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), w.db.Read(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// reportFrom writes a report on the pledge as a draft of the person, sends it in, and returns its number.
func (w *world) reportFrom(t testing.TB, who identity.User, publicID string, a form.Answers) workflow.ID {
	t.Helper()
	id, err := w.service.StartReport(t.Context(), who, publicID)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, id, who, a)
	w.apply(t, id, who, workflow.Submit, "")
	return id
}

// reportAnswers are the answers of a plain report.
func (w *world) reportAnswers(more form.Answers) form.Answers {
	d := w.today()
	return form.Merge(form.Answers{
		"status": {"in_progress"}, "on.day": {fmt.Sprint(d.Day())}, "on.month": {fmt.Sprint(int(d.Month()))}, "on.year": {fmt.Sprint(d.Year())},
		"language": {"en"}, "evidence": {"Forty schools were opened."},
	}, more)
}

// A report of a trusted office is published at once, of another it waits at the desk and then is; it says who sent it, how
// and for which revision.
func TestAReportOfAnOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, with(form.Answers{}))
	filing := []pledge.Filing{{Pledge: id, Report: w.goesOn()}}
	published, err := w.service.ReportIn(t.Context(), w.Member.User, w.Office, filing, pledge.ByMail)
	if err != nil || published {
		t.Fatalf("published at once: %v, %v", published, err)
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_updates`); n != 0 {
		t.Errorf("%d updates are public before the desk has looked", n)
	}
	report := workflow.ID(w.number(t, `SELECT s.id FROM submissions s JOIN submission_subjects a ON a.submission_id = s.id WHERE s.kind = 'pledge_update' AND s.state = 'submitted' AND a.subject_id = $1`, id))
	w.apply(t, report, w.Officer.User, workflow.Take, "")
	w.apply(t, report, w.Officer.User, workflow.Publish, "")
	if n := w.number(t, `SELECT count(*) FROM pledge_updates WHERE pledge_id = $1 AND submission_id = $2 AND author_id = $3 AND status = 'in_progress' AND revision = 1 AND next_report_on = $4`,
		id, report, w.Member.User.ID, w.today().AddDays(365)); n != 1 {
		t.Errorf("%d updates have come of it", n)
	}
	sub, err := workflow.Find(t.Context(), w.db.Read(), report, w.Officer.User)
	if err != nil || *sub.PublicID != publicID+"-U1" || sub.Title == "" {
		t.Errorf("it is %v, %q (%v)", sub.PublicID, sub.Title, err)
	}
	w.trust(t, w.Office, true)
	if published, err = w.service.ReportIn(t.Context(), w.Head.User, w.Office, filing, pledge.ByMail); err != nil || !published {
		t.Fatalf("published at once: %v, %v", published, err)
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_updates WHERE submission_id IS NULL AND means = 'mail' AND author_id = $1`, w.Head.User.ID); n != 1 {
		t.Errorf("%d updates have come of it", n)
	}
	w.trust(t, w.Office, false)
	if published, err = w.service.ReportIn(t.Context(), w.Head.User, w.Office, filing, pledge.ByMail); err != nil || published {
		t.Fatalf("published at once though trust was revoked: %v, %v", published, err)
	}
}

// Who may report for an office, and on what.
func TestWhoMayReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, with(form.Answers{}))
	w.trust(t, w.Office, true)
	w.trust(t, w.OtherOffice, true)
	for _, p := range w.All() {
		_, err := w.service.ReportIn(t.Context(), p.User, w.Office, []pledge.Filing{{Pledge: id, Report: w.goesOn()}}, pledge.BySheet)
		may := p.User.ID == w.Head.User.ID || p.User.ID == w.Member.User.ID
		if may != (err == nil) || err != nil && !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s reports: %v", p.Kind, err)
		}
		_, err = w.service.StartReport(t.Context(), p.User, publicID)
		if may != (err == nil) || err != nil && !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s begins a report: %v", p.Kind, err)
		}
	}
	var refused *pledge.RefusedError
	if _, err := w.service.ReportIn(t.Context(), w.OtherMember.User, w.OtherOffice, []pledge.Filing{{Pledge: id, Report: w.goesOn()}}, pledge.BySheet); !errors.As(err, &refused) {
		t.Errorf("on a pledge of another office: %v", err)
	}
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE offices SET heads_only = true WHERE id = $1`, w.Office); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.ReportIn(t.Context(), w.Member.User, w.Office, []pledge.Filing{{Pledge: id, Report: w.goesOn()}}, pledge.BySheet); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a contributor where only heads send in: %v", err)
	}
	w.apply(t, id, w.Officer.User, workflow.Archive, "Taken down")
	if _, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, []pledge.Filing{{Pledge: id, Report: w.goesOn()}}, pledge.BySheet); !errors.As(err, &refused) {
		t.Errorf("on a pledge that was taken down: %v", err)
	}
	if _, err := w.service.StartReport(t.Context(), w.Head.User, publicID); !errors.Is(err, problem.NotFound) {
		t.Errorf("a report begun on a pledge that was taken down: %v", err)
	}
}

// One that is wrong keeps all the others back: nothing is recorded.
func TestOneWrongReportKeepsAllBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(t, w.Office, true)
	var filings []pledge.Filing
	for range 3 {
		id, _ := w.publish(t, with(form.Answers{}))
		filings = append(filings, pledge.Filing{Pledge: id, Report: w.goesOn()})
	}
	filings[1].On = w.today().AddDays(1)
	filings = append(filings, filings[0])
	_, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, filings, pledge.BySheet)
	var refused *pledge.RefusedError
	if !errors.As(err, &refused) || len(refused.Wrong) != 4 || len(refused.Wrong[0]) != 0 || len(refused.Wrong[2]) != 0 ||
		refused.Wrong[1][0].Key != "pledge.report.wrong.on.future" || refused.Wrong[3][0].Key != "pledge.report.wrong.pledge.twice" {
		t.Fatalf("it says %v", err)
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_updates`) + w.number(t, `SELECT count(*) FROM submissions WHERE kind <> 'pledge'`); n != 0 {
		t.Errorf("%d of them were recorded", n)
	}
	filings[1].On = w.today()
	if published, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, filings[:3], pledge.BySheet); err != nil || !published {
		t.Fatalf("published: %v, %v", published, err)
	}
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the read model: %v %v", wrong, err)
	}
}

// Thousands come in together: at once from a trusted office, else as few sheets, which the desk publishes as a whole.
func TestManyReportsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.publish(t, with(form.Answers{}))
	const many = 500
	if _, err := w.db.Read().Exec(t.Context(), `WITH made AS (
			INSERT INTO submissions (kind, desk, title, submitted_title, country, state, office_id, author_id, submitted_revision, published_revision, public_id, created_at, changed_at)
			SELECT kind, desk, title, title, country, state, office_id, author_id, 1, 1, 'GCM-P-' || (1000 + n), created_at, changed_at FROM submissions, generate_series(1, $2) n WHERE id = $1 RETURNING id, public_id)
		INSERT INTO pledges (id, revision, public_id, first_published_at, published_at, office_id, office_name, country, entity, category, title, lang, langs, type, matches,
			countries, global, regions, natures, objectives, related, principles, due_on, content, words)
		SELECT m.id, 1, m.public_id, p.first_published_at, p.published_at, p.office_id, p.office_name, p.country, p.entity, p.category, p.title, p.lang, p.langs, p.type, p.matches,
			p.countries, p.global, p.regions, p.natures, p.objectives, p.related, p.principles, p.due_on, p.content, p.words FROM made m, pledges p WHERE p.id = $1`, first, many); err != nil {
		t.Fatal(err)
	}
	ids, err := database.Values[workflow.ID](t.Context(), w.db.Read(), `SELECT id FROM pledges ORDER BY id DESC`)
	if err != nil || len(ids) != many+1 {
		t.Fatalf("%d pledges, %v", len(ids), err)
	}
	var filings []pledge.Filing
	for _, id := range ids {
		filings = append(filings, pledge.Filing{Pledge: id, Report: w.goesOn()})
	}
	begun := time.Now()
	if published, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, filings, pledge.BySheet); err != nil || published {
		t.Fatalf("published at once: %v, %v", published, err)
	}
	sheets, err := database.Values[workflow.ID](t.Context(), w.db.Read(), `SELECT id FROM submissions WHERE kind = 'pledge_sheet' ORDER BY id`)
	if err != nil || len(sheets) != 3 {
		t.Fatalf("%d sheets for %d reports, %v", len(sheets), len(filings), err)
	}
	for _, sheet := range sheets {
		w.apply(t, sheet, w.Officer.User, workflow.Take, "")
		w.apply(t, sheet, w.Officer.User, workflow.Publish, "")
	}
	if n := w.number(t, `SELECT count(DISTINCT pledge_id) FROM pledge_updates WHERE means = 'sheet' AND submission_id IS NOT NULL`); n != len(filings) {
		t.Errorf("%d updates have come of %d reports", n, len(filings))
	}
	w.trust(t, w.Office, true)
	for i := range filings {
		filings[i].Status = pledge.Delayed
	}
	if published, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, filings, pledge.BySheet); err != nil || !published {
		t.Fatalf("published at once: %v, %v", published, err)
	}
	t.Logf("%d reports in sheets and at once: %s", len(filings), time.Since(begun))
	if list := w.list(t, "status=delayed"); list.Total != len(filings) {
		t.Errorf("%d of %d pledges are delayed", list.Total, len(filings))
	}
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the read model: %v %v", wrong, err)
	}
}

// Several updates of one statement follow each other.
func TestStandingsOfOneStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.publish(t, with(form.Answers{}))
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO pledge_updates (pledge_id, revision, means, status, on_day, lang, next_report_on, office_name, published_at)
		SELECT $1, 1, 'page', x.status, current_date, 'en', '2030-01-01', 'Office', $2::timestamptz + x.after
		FROM (VALUES ('planned', interval '0'), ('in_progress', '1 hour'), ('delayed', '1 hour'), ('planned', '0')) AS x (status, after)`, id, w.now()); err != nil {
		t.Fatal(err)
	}
	story, err := database.Values[string](t.Context(), w.db.Read(), `SELECT status FROM pledge_standings WHERE pledge_id = $1 ORDER BY since`, id)
	if err != nil || fmt.Sprint(story) != "[none planned in_progress delayed planned]" {
		t.Errorf("the story is %v, %v", story, err)
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_standings a JOIN pledge_standings b ON b.pledge_id = a.pledge_id AND b.since = a.until WHERE a.pledge_id = $1`, id); n != 4 {
		t.Errorf("%d standings go on without a gap, want 4", n)
	}
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the read model: %v %v", wrong, err)
	}
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO pledge_updates (pledge_id, revision, means, status, on_day, lang, next_report_on, office_name, published_at)
		SELECT id, 1, 'page', 'planned', current_date, 'en', '2030-01-01', 'Office', now() FROM submissions WHERE kind = 'x' UNION ALL SELECT 999999, 1, 'page', 'planned', current_date, 'en', '2030-01-01', 'Office', now()`); err == nil {
		t.Error("an update of nothing is taken")
	}
}

// Two colleagues who press the button at once write one report together; when they have sent it, there is room for another.
func TestAReportIsBegunOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, with(form.Answers{}))
	begun := make([]workflow.ID, 6)
	var wait sync.WaitGroup
	for i := range begun {
		wait.Go(func() {
			who := w.Head.User
			if i%2 == 0 {
				who = w.Member.User
			}
			var err error
			if begun[i], err = w.service.StartReport(context.WithoutCancel(t.Context()), who, publicID); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, id := range begun {
		if id != begun[0] {
			t.Fatalf("they write in %v", begun)
		}
	}
	w.write(t, begun[0], w.Head.User, w.reportAnswers(nil))
	w.apply(t, begun[0], w.Head.User, workflow.Submit, "")
	if next, err := w.service.StartReport(t.Context(), w.Head.User, publicID); err != nil || next == begun[0] {
		t.Errorf("the next report is %d, %v", next, err)
	}
}

// The wall before a pledge stands before the reports on it, and their files go when the pledge does.
func TestTheWallBeforeReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, with(form.Answers{}))
	report := w.reportFrom(t, w.Head.User, publicID, w.reportAnswers(nil))
	if _, err := workflow.Find(t.Context(), w.db.Read(), report, w.Officer.User); err != nil {
		t.Fatalf("the desk does not see the report: %v", err)
	}
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO conflict_declarations (submission_id, user_id, source, conflict, reason, at, by_id)
		VALUES ($1, $2, 'person', true, 'A cousin works there', now(), $2)`, id, w.Officer.User.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := workflow.Find(t.Context(), w.db.Read(), report, w.Officer.User); !errors.Is(err, problem.NotFound) {
		t.Errorf("with a conflict about the pledge the report is %v", err)
	}
	w.apply(t, report, w.Lead.User, workflow.Take, "")
	w.apply(t, report, w.Lead.User, workflow.Publish, "")
	if _, err := workflow.FindPublic(t.Context(), w.db.Read(), report); err != nil {
		t.Errorf("the published report: %v", err)
	}
	w.apply(t, id, w.Lead.User, workflow.Archive, "Taken down")
	if _, err := workflow.FindPublic(t.Context(), w.db.Read(), report); !errors.Is(err, problem.NotFound) {
		t.Errorf("the report on a pledge that was taken down: %v", err)
	}
}

// The list of what the person's offices have pledged has theirs and no others, what is due first on top.
func TestOwnPledgesWithWhatIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(t, w.Office, true)
	var ids []workflow.ID
	for range 3 {
		id, _ := w.publish(t, with(form.Answers{}))
		ids = append(ids, id)
	}
	report := func(id workflow.ID, status pledge.Status, days int) {
		t.Helper()
		r := w.goesOn()
		if r.Status = status; !status.Final() {
			r.NextReport = w.today().AddDays(days)
		}
		if _, err := w.service.ReportIn(t.Context(), w.Head.User, w.Office, []pledge.Filing{{Pledge: id, Report: r}}, pledge.ByPage); err != nil {
			t.Fatal(err)
		}
	}
	report(ids[0], pledge.Withdrawn, 0)
	report(ids[2], pledge.Delayed, 5)
	rows := w.Member.In(t).Get("/en/pledges/reports").Want(http.StatusOK).Texts("main tbody tr")
	if len(rows) != 3 || !strings.Contains(rows[0], "Delayed") || !strings.Contains(rows[0], "Due") || !strings.Contains(rows[2], "Withdrawn") {
		t.Errorf("the list is %q", rows)
	}
	if w.OtherMember.In(t).Get("/en/pledges/reports").Want(http.StatusOK).Has("main tbody tr") {
		t.Error("another office sees it")
	}
}

// A lead trusts an office with a reason, once; nobody else does, and not one's own office.
func TestWhoTrustsAnOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range w.All() {
		err := w.service.SetTrust(t.Context(), p.User, w.OtherOffice, true, "Good reports", 0)
		if p.User.ID == w.Lead.User.ID && err != nil || p.User.ID != w.Lead.User.ID && !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s trusts an office: %v", p.Kind, err)
		}
	}
	set := func(office int64, trust bool, reason string, seen int64) error {
		return w.service.SetTrust(t.Context(), w.Lead.User, office, trust, reason, seen)
	}
	if err := set(w.Office, true, " ", 0); err == nil {
		t.Error("without a reason")
	}
	if err := set(w.OtherOffice, false, "x", 0); !errors.Is(err, problem.Stale) {
		t.Errorf("not having seen the last decision: %v", err)
	}
	last, err := w.service.TrustOf(t.Context(), w.Lead.User, w.OtherOffice)
	if err != nil || !last.Trusted || len(last.History) != 1 {
		t.Fatalf("%+v, %v", last, err)
	}
	if err := set(w.OtherOffice, true, "Again", last.History[0].ID); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("what is trusted already: %v", err)
	}
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'viewer', 'ended', current_date - 30, now())`, w.Lead.User.ID, w.Office); err != nil {
		t.Fatal(err)
	}
	if err := set(w.Office, true, "My old office", 0); !errors.Is(err, problem.Forbidden) {
		t.Errorf("an office that one has worked in: %v", err)
	}
	for _, sql := range []string{`UPDATE office_trust SET reason = 'x'`, `DELETE FROM office_trust`} {
		if _, err := w.db.Read().Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: the database allows it", sql)
		}
	}
}

// After three reports that the desk has published as they were sent in, it is proposed to trust the office; a request for a change does not
// count, and after a decision counting begins anew.
func TestTrustIsProposed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, with(form.Answers{}))
	accept := func(change bool) {
		t.Helper()
		w.later(24 * time.Hour)
		report := w.reportFrom(t, w.Head.User, publicID, w.reportAnswers(nil))
		w.apply(t, report, w.Officer.User, workflow.Take, "")
		if change {
			w.apply(t, report, w.Officer.User, workflow.RequestChanges, "Say more.")
			w.apply(t, report, w.Head.User, workflow.Submit, "")
			w.apply(t, report, w.Officer.User, workflow.Take, "")
		}
		w.apply(t, report, w.Officer.User, workflow.Publish, "")
	}
	proposed := func(want bool, accepted int) {
		t.Helper()
		got, err := w.service.TrustOf(t.Context(), w.Lead.User, w.Office)
		if err != nil || got.Proposed != want || got.Accepted != accepted {
			t.Errorf("proposed: %v after %d (%v), want %v after %d", got.Proposed, got.Accepted, err, want, accepted)
		}
	}
	accept(false)
	accept(true)
	accept(false)
	proposed(false, 2)
	accept(false)
	proposed(true, 3)
	w.later(time.Hour)
	w.trust(t, w.Office, true)
	proposed(false, 0)
	w.later(time.Hour)
	w.trust(t, w.Office, false)
	proposed(false, 0)
	page := w.Lead.In(t).Get(fmt.Sprintf("/en/desk/offices/%d/trust", w.Office)).Want(http.StatusOK)
	if n := page.Count("ol.timeline li"); n != 2 {
		t.Errorf("the history has %d decisions", n)
	}
}
