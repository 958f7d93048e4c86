package pledge_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
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

// Reminders go out 60 and 14 days before the day of a report and 14 days after it: of several whose day has come only the last
// one, and none whose day lay before the last report.
func TestWhenPeopleAreReminded(t *testing.T) {
	t.Parallel()
	next, long := onDay(t, "2027-06-30"), onDay(t, "2026-06-30")
	for _, test := range []struct {
		name  string
		day   date.Date
		since date.Date
		want  pledge.Stage
	}{
		{"61 days before", next.AddDays(-61), long, ""},
		{"60 days before", next.AddDays(-60), long, pledge.Early},
		{"15 days before, the same", next.AddDays(-15), long, pledge.Early},
		{"14 days before", next.AddDays(-14), long, pledge.Soon},
		{"on the day", next, long, pledge.Soon},
		{"13 days after", next.AddDays(13), long, pledge.Soon},
		{"14 days after", next.AddDays(14), long, pledge.Overdue},
		{"a year after", onDay(t, "2028-06-30"), long, pledge.Overdue},
		{"more than a year after", onDay(t, "2028-07-01"), long, ""},
		{"who has chosen a near day is not reminded at once", next.AddDays(-30), next.AddDays(-30), ""},
		{"but 14 days before it", next.AddDays(-14), next.AddDays(-30), pledge.Soon},
		{"and not when that was chosen later still", next.AddDays(-3), next.AddDays(-3), ""},
		{"but 14 days after it", next.AddDays(14), next.AddDays(-3), pledge.Overdue},
	} {
		if got := pledge.StageOn(test.day, next, test.since); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := pledge.StageOn(next, date.Date{}, long); got != "" {
		t.Errorf("where nothing is due: %q", got)
	}
}

// The database finds the same reminders as the rule, on any day.
func TestTheDatabaseKnowsWhenPeopleAreReminded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.publish(t, with(form.Answers{}))
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		w.later(time.Duration(random.IntN(200)) * 24 * time.Hour)
		next := w.today().AddDays(random.IntN(1000))
		w.update(t, id, pledge.InProgress, next.String())
		for range 4 {
			day := w.today().AddDays(random.IntN(1500))
			got, err := pledge.DueOn(t.Context(), w.db.Read(), day)
			if err != nil {
				t.Fatal(err)
			}
			want := pledge.StageOn(day, next, w.today())
			if want == "" && len(got) == 0 || len(got) == 1 && got[0] == want {
				continue
			}
			t.Errorf("since %s, due %s, on %s: the database finds %q, want %q", w.today(), next, day, got, want)
		}
	}
}

var answerToken = regexp.MustCompile(`/t/report/([A-Z2-7]+)`)

// remind sends reminders and returns the tokens of the links by the person's number.
func (w *world) remind(t testing.TB) map[int64]string {
	t.Helper()
	last := w.number(t, `SELECT coalesce(max(id), 0)::int FROM outbox`)
	if err := w.service.SendReminders(t.Context()); err != nil {
		t.Fatal(err)
	}
	type row struct {
		ToUser int64
		HTML   string
	}
	rows, err := database.Rows[row](t.Context(), w.db.Read(), `SELECT to_user, html FROM outbox WHERE kind = 'pledge.report_due' AND id > $1`, last)
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[int64]string{}
	for _, r := range rows {
		if tokens[r.ToUser] != "" {
			t.Errorf("person %d is reminded twice at once", r.ToUser)
		}
		tokens[r.ToUser] = answerToken.FindStringSubmatch(r.HTML)[1]
	}
	return tokens
}

// due is a pledge of the office of which the report is due in so many days, and its people reminded.
func (w *world) due(t testing.TB, days int) (id workflow.ID, publicID string, tokens map[int64]string) {
	t.Helper()
	id, publicID = w.publish(t, with(form.Answers{}))
	w.at(pledge.FirstReport(w.now()).AddDays(-days).In(i18n.Geneva).Add(9 * time.Hour))
	return id, publicID, w.remind(t)
}

// Heads and contributors are reminded, each once for a stage and in their language; nobody who has left, who does not want to
// be, or whose office has reported.
func TestWhoIsReminded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID, tokens := w.due(t, 60)
	if len(tokens) != 2 || tokens[w.Head.User.ID] == "" || tokens[w.Member.User.ID] == "" {
		t.Fatalf("reminded: %v", tokens)
	}
	if again := w.remind(t); len(again) != 0 {
		t.Errorf("reminded again: %v", again)
	}
	for _, sql := range []string{
		`UPDATE posts SET state = 'ended', until_on = current_date WHERE user_id = (SELECT id FROM users WHERE name = 'Member of the office')`,
		`UPDATE users SET lang = 'ar' WHERE name = 'Head of the office'`,
	} {
		if _, err := w.db.Read().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	w.later(46 * 24 * time.Hour)
	if tokens = w.remind(t); len(tokens) != 1 || tokens[w.Head.User.ID] == "" {
		t.Errorf("14 days before: %v", tokens)
	}
	if n := w.number(t, `SELECT count(*) FROM outbox WHERE kind = 'pledge.report_due' AND lang = 'ar' AND secret AND html LIKE '%dir="rtl"%' AND html LIKE '%/ar/t/report/%'`); n != 1 {
		t.Errorf("%d mails are in Arabic", n)
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_reminders WHERE octet_length(hash) = 32`); n != 3 {
		t.Errorf("%d links are kept", n)
	}
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO notification_choices (user_id, topic, pace) VALUES ($1, 'reports', 'never')`, w.Head.User.ID); err != nil {
		t.Fatal(err)
	}
	w.later(28 * 24 * time.Hour)
	if tokens = w.remind(t); len(tokens) != 0 {
		t.Errorf("who does not want to be: %v", tokens)
	}
	if _, err := w.db.Read().Exec(t.Context(), `DELETE FROM notification_choices`); err != nil {
		t.Fatal(err)
	}
	report := w.reportFrom(t, w.Head.User, publicID, w.reportAnswers(nil))
	if tokens = w.remind(t); len(tokens) != 0 {
		t.Errorf("while a report is with the desk: %v", tokens)
	}
	w.apply(t, report, w.Officer.User, workflow.Take, "")
	w.apply(t, report, w.Officer.User, workflow.Decline, "This says nothing.")
	if tokens = w.remind(t); len(tokens) != 1 {
		t.Errorf("when it was declined: %v", tokens)
	}
	w.apply(t, id, w.Officer.User, workflow.Archive, "Taken down")
	w.later(300 * 24 * time.Hour)
	if tokens = w.remind(t); len(tokens) != 0 {
		t.Errorf("of a pledge that was taken down: %v", tokens)
	}
}

// After a time without reminders only the last one is sent.
func TestRemindersCatchUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, tokens := w.due(t, -20)
	if len(tokens) != 2 || w.number(t, `SELECT count(*) FROM pledge_reminders WHERE stage = 'late'`) != 2 || w.number(t, `SELECT count(*) FROM pledge_reminders`) != 2 {
		t.Errorf("reminded: %v", tokens)
	}
}

// Each answer of a trusted office is published at once, as what it means, and colleagues are told.
func TestAnswersFromTheMail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		answer pledge.MailAnswer
		want   string // status, evidence, obstacles, next report
	}{
		{pledge.MailAnswer{Choice: "no_change", Lang: "en"}, "planned||"},
		{pledge.MailAnswer{Choice: "progress", Lang: "fr", Text: " Quarante écoles. "}, "in_progress|Quarante écoles.|"},
		{pledge.MailAnswer{Choice: "obstacle", Lang: "en", Text: "No budget."}, "delayed||No budget."},
		{pledge.MailAnswer{Choice: "done", Lang: "en", Text: "All open."}, "fulfilled|All open.|"},
		{pledge.MailAnswer{Choice: "withdrawn", Lang: "en", Text: "The law was repealed."}, "withdrawn|The law was repealed.|"},
	} {
		t.Run(test.answer.Choice, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.trust(t, w.Office, true)
			id, _, tokens := w.due(t, 10)
			published, err := w.service.AnswerReminder(t.Context(), identity.User{}, tokens[w.Member.User.ID], test.answer, "network")
			if err != nil || !published {
				t.Fatalf("published: %v, %v", published, err)
			}
			got, err := database.Value[string](t.Context(), w.db.Read(), `SELECT status || '|' || evidence || '|' || obstacles FROM pledge_updates
				WHERE pledge_id = $1 AND means = 'mail' AND author_id = $2 AND submission_id IS NULL`, id, w.Member.User.ID)
			if err != nil || got != test.want {
				t.Errorf("it says %q (%v), want %q", got, err, test.want)
			}
			if n := w.number(t, `SELECT count(*) FROM outbox WHERE kind = 'pledge.report_told' AND to_user = $1`, w.Head.User.ID); n != 1 {
				t.Errorf("the head is told %d times", n)
			}
			if n := w.number(t, `SELECT count(*) FROM outbox WHERE kind = 'pledge.report_told'`); n != 1 {
				t.Errorf("%d people are told", n)
			}
			if _, err := w.service.AnswerReminder(t.Context(), identity.User{}, tokens[w.Member.User.ID], test.answer, "network"); !errors.Is(err, problem.Stale) {
				t.Errorf("the link works twice: %v", err)
			}
			a, err := w.service.Answering(t.Context(), identity.User{}, tokens[w.Head.User.ID])
			if err != nil || a.State != pledge.LinkAnswered {
				t.Errorf("the colleague's link is %s, %v", a.State, err)
			}
		})
	}
}

// Of an office that is not trusted the answer waits at the desk, in the person's name, and is published as it was written.
func TestAnAnswerThatTheDeskReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _, tokens := w.due(t, 10)
	day := w.today().AddDays(100)
	next := form.Answers{"next.day": {fmt.Sprint(day.Day())}, "next.month": {fmt.Sprint(int(day.Month()))}, "next.year": {fmt.Sprint(day.Year())}}
	published, err := w.service.AnswerReminder(t.Context(), identity.User{}, tokens[w.Head.User.ID], pledge.MailAnswer{Choice: "progress", Lang: "en", Text: "It *goes* on.", Next: next}, "n")
	if err != nil || published {
		t.Fatalf("published: %v, %v", published, err)
	}
	report := workflow.ID(w.number(t, `SELECT id::int FROM submissions WHERE kind = 'pledge_update' AND state = 'submitted' AND author_id = $1`, w.Head.User.ID))
	if n := w.number(t, `SELECT count(*) FROM outbox WHERE kind = 'pledge.report_told' AND to_user = $1 AND submission_id = $2`, w.Member.User.ID, report); n != 1 { // so that the wall before the report stands before the mail
		t.Errorf("the contributor is told %d times", n)
	}
	w.apply(t, report, w.Officer.User, workflow.Take, "")
	w.apply(t, report, w.Officer.User, workflow.Publish, "")
	if n := w.number(t, `SELECT count(*) FROM pledge_updates WHERE pledge_id = $1 AND means = 'mail' AND evidence = 'It *goes* on.' AND next_report_on = $2 AND submission_id = $3`, id, day, report); n != 1 {
		t.Errorf("%d updates have come of it", n)
	}
}

// What a link can do, and what it says when it can do nothing.
func TestStatesOfAReminder(t *testing.T) {
	t.Parallel()
	progress := pledge.MailAnswer{Choice: "progress", Lang: "en", Text: "On we go."}
	for name, test := range map[string]struct {
		happens func(t *testing.T, w *world, id workflow.ID, publicID string, tokens map[int64]string)
		viewer  func(w *world) identity.User
		want    pledge.LinkState
	}{
		"nothing":        {func(*testing.T, *world, workflow.ID, string, map[int64]string) {}, nil, pledge.LinkOpen},
		"signed in":      {func(*testing.T, *world, workflow.ID, string, map[int64]string) {}, func(w *world) identity.User { return w.Head.User }, pledge.LinkOpen},
		"somebody else":  {func(*testing.T, *world, workflow.ID, string, map[int64]string) {}, func(w *world) identity.User { return w.Member.User }, pledge.LinkForeign},
		"an officer too": {func(*testing.T, *world, workflow.ID, string, map[int64]string) {}, func(w *world) identity.User { return w.Officer.User }, pledge.LinkForeign},
		"used": {func(t *testing.T, w *world, _ workflow.ID, _ string, tokens map[int64]string) {
			if _, err := w.service.AnswerReminder(t.Context(), identity.User{}, tokens[w.Head.User.ID], progress, "n"); err != nil {
				t.Fatal(err)
			}
		}, nil, pledge.LinkUsed},
		"a colleague was faster": {func(t *testing.T, w *world, _ workflow.ID, _ string, tokens map[int64]string) {
			if _, err := w.service.AnswerReminder(t.Context(), identity.User{}, tokens[w.Member.User.ID], progress, "n"); err != nil {
				t.Fatal(err)
			}
		}, nil, pledge.LinkAnswered},
		"a colleague reports on the portal": {func(t *testing.T, w *world, _ workflow.ID, publicID string, _ map[int64]string) {
			w.reportFrom(t, w.Member.User, publicID, w.reportAnswers(nil))
		}, nil, pledge.LinkAnswered},
		"what a colleague reported was declined": {func(t *testing.T, w *world, _ workflow.ID, publicID string, _ map[int64]string) {
			report := w.reportFrom(t, w.Member.User, publicID, w.reportAnswers(nil))
			w.apply(t, report, w.Officer.User, workflow.Take, "")
			w.apply(t, report, w.Officer.User, workflow.Decline, "No.")
		}, nil, pledge.LinkOpen},
		"expired": {func(_ *testing.T, w *world, _ workflow.ID, _ string, _ map[int64]string) { w.later(pledge.LinkLasts) }, nil, pledge.LinkExpired},
		"taken down": {func(t *testing.T, w *world, id workflow.ID, _ string, _ map[int64]string) {
			w.apply(t, id, w.Officer.User, workflow.Archive, "Gone")
		}, nil, pledge.LinkOver},
		"left the office": {func(t *testing.T, w *world, _ workflow.ID, _ string, _ map[int64]string) {
			if _, err := w.db.Read().Exec(t.Context(), `UPDATE posts SET state = 'ended' WHERE user_id = $1`, w.Head.User.ID); err != nil {
				t.Fatal(err)
			}
		}, nil, pledge.LinkLeft},
		"the office is closed": {func(t *testing.T, w *world, _ workflow.ID, _ string, _ map[int64]string) {
			if _, err := w.db.Read().Exec(t.Context(), `UPDATE offices SET state = 'closed' WHERE id = $1`, w.Office); err != nil {
				t.Fatal(err)
			}
		}, nil, pledge.LinkLeft},
		"the account is closed": {func(t *testing.T, w *world, _ workflow.ID, _ string, _ map[int64]string) {
			if _, err := w.db.Read().Exec(t.Context(), `UPDATE users SET closed_at = now() WHERE id = $1`, w.Head.User.ID); err != nil {
				t.Fatal(err)
			}
		}, nil, pledge.LinkLeft},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, publicID, tokens := w.due(t, 10)
			test.happens(t, w, id, publicID, tokens)
			viewer := identity.User{}
			if test.viewer != nil {
				viewer = test.viewer(w)
			}
			a, err := w.service.Answering(t.Context(), viewer, tokens[w.Head.User.ID])
			if err != nil || a.State != test.want {
				t.Errorf("it is %s (%v), want %s", a.State, err, test.want)
			}
			before := w.number(t, `SELECT count(*) FROM pledge_updates`) + w.number(t, `SELECT count(*) FROM submissions`)
			_, err = w.service.AnswerReminder(t.Context(), viewer, tokens[w.Head.User.ID], progress, "n")
			if (err == nil) != (test.want == pledge.LinkOpen) || err != nil && !errors.Is(err, problem.Stale) {
				t.Errorf("answering it is %v", err)
			}
			if after := w.number(t, `SELECT count(*) FROM pledge_updates`) + w.number(t, `SELECT count(*) FROM submissions`); err != nil && after != before {
				t.Errorf("%d things were recorded by a dead link", after-before)
			}
		})
	}
}

// Two presses at once, of one person or of two colleagues, record one answer.
func TestAnswersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(t, w.Office, true)
	_, _, tokens := w.due(t, 10)
	var wait sync.WaitGroup
	var mu sync.Mutex
	recorded := 0
	for i := range 8 {
		token := tokens[w.Head.User.ID]
		if i%2 == 0 {
			token = tokens[w.Member.User.ID]
		}
		wait.Go(func() {
			_, err := w.service.AnswerReminder(context.WithoutCancel(t.Context()), identity.User{}, token, pledge.MailAnswer{Choice: "no_change", Lang: "en"}, "n")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				recorded++
			} else if !errors.Is(err, problem.Stale) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := w.number(t, `SELECT count(*) FROM pledge_updates`); recorded != 1 || n != 1 {
		t.Errorf("%d were recorded, %d are public", recorded, n)
	}
}

// The short page: reading it changes nothing, sending it wrong keeps what was typed, and every dead link has its own page.
func TestThePageOfAReminder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(t, w.Office, true)
	_, publicID, tokens := w.due(t, 10)
	address := "/en/t/report/" + tokens[w.Head.User.ID]
	for range 3 {
		page := w.Visitor.In(t).Get(address).Want(http.StatusOK)
		if text := page.Text("main"); !strings.Contains(text, publicID) || !strings.Contains(text, "Head of the office") || !strings.Contains(text, "Ministry of Labour") || !strings.Contains(text, "published at once") {
			t.Fatalf("the page says %q", text)
		}
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_updates`) + w.number(t, `SELECT count(*) FROM pledge_reminders WHERE used_at IS NOT NULL`); n != 0 {
		t.Fatal("reading the page has changed something")
	}
	wrong := w.Visitor.In(t).Post(address, url.Values{"answer": {"progress"}, "text": {""}, "language": {"en"}, "next.day": {"31"}, "next.month": {"2"}, "next.year": {"2027"}}).Want(http.StatusUnprocessableEntity)
	if text := wrong.Text(".errors"); !strings.Contains(text, "Say in a sentence what was done.") || !strings.Contains(text, "Next report") {
		t.Errorf("the errors are %q", text)
	}
	kept := w.Visitor.In(t).Post(address, url.Values{"answer": {"nonsense"}, "text": {"<b>Typed\x00 text</b>"}, "language": {"xx"}}).Want(http.StatusUnprocessableEntity)
	if !strings.Contains(string(kept.Body), "&lt;b&gt;Typed") {
		t.Error("what was typed is lost")
	}
	for _, next := range []string{"1900", "2199"} {
		w.Visitor.In(t).Post(address, url.Values{"answer": {"no_change"}, "language": {"en"}, "next.day": {"1"}, "next.month": {"1"}, "next.year": {next}}).Want(http.StatusUnprocessableEntity)
	}
	w.Visitor.In(t).Post(address, url.Values{"answer": {"progress"}, "text": {strings.Repeat("x", 2001)}, "language": {"en"}}).Want(http.StatusUnprocessableEntity)
	w.Member.In(t).Get(address).Want(http.StatusForbidden)
	w.Member.In(t).Post(address, url.Values{"answer": {"no_change"}, "language": {"en"}}).Want(http.StatusForbidden)
	done := w.Visitor.In(t).Post(address, url.Values{"answer": {"progress"}, "text": {"Forty <schools>"}, "language": {"en"}}).Want(http.StatusSeeOther)
	w.Visitor.In(t).Get(done.Location()).Want(http.StatusOK)
	w.Visitor.In(t).Post(address, url.Values{"answer": {"progress"}, "text": {"Forty schools"}, "language": {"en"}}).Want(http.StatusSeeOther) // pressed twice
	w.Visitor.In(t).Get(address).Want(http.StatusGone)
	other := w.Visitor.In(t).Get("/en/t/report/" + tokens[w.Member.User.ID]).Want(http.StatusGone)
	if text := other.Text("main"); !strings.Contains(text, "Head of the office reported on this pledge") {
		t.Errorf("the colleague reads %q", text)
	}
	w.Visitor.In(t).Post("/en/t/report/"+tokens[w.Member.User.ID], url.Values{"answer": {"withdrawn"}, "text": {"No"}, "language": {"en"}}).Want(http.StatusGone)
	for _, forged := range []string{"unknown", strings.Repeat("A", 26), strings.ToLower(tokens[w.Head.User.ID]), "%00", strings.Repeat("Z", 5000)} {
		if page := w.Visitor.In(t).Get("/en/t/report/" + forged); page.Status != http.StatusNotFound && page.Status != http.StatusBadRequest && page.Status != http.StatusRequestURITooLong {
			t.Errorf("a forged link %.30q is %d", forged, page.Status)
		}
	}
	page := w.Visitor.In(t).Get("/en/pledges/" + publicID).Want(http.StatusOK)
	if text := page.Text("#update-1"); !strings.Contains(text, "In progress") || !strings.Contains(text, "Forty <schools>") || !strings.Contains(text, "Ministry of Labour") || strings.Contains(text, "Head of the office") {
		t.Errorf("the public reads %q", text)
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_updates`); n != 1 {
		t.Errorf("%d updates", n)
	}
}
