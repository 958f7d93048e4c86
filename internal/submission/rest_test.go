package submission_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/problem"
	"portal/internal/submission"
	"portal/internal/workflow"
)

const day = 24 * time.Hour

// TestWhatIsDueWithADraftThatRests follows drafts through days on which the portal runs, or does not.
func TestWhatIsDueWithADraftThatRests(t *testing.T) {
	t.Parallel()
	touched := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	year := touched.AddDate(1, 0, 0)
	at := func(days int) time.Time { return year.Add(time.Duration(days) * day) }
	for _, c := range []struct {
		name string
		runs []time.Time // the days on which the portal looks
		want []string    // what it does on each
	}{
		{"in good time", []time.Time{at(-31), at(-30), at(-29), at(-8), at(-7), at(-6), at(-1), at(0), at(29), at(30), at(31)},
			[]string{"", "warn", "", "", "warn", "", "", "put_away", "", "erase", ""}},
		{"after a month without the portal, the warning still comes thirty days before", []time.Time{at(-40), at(0), at(1), at(22), at(23), at(29), at(30), at(59), at(60)},
			[]string{"", "warn", "", "", "warn", "", "put_away", "", "erase"}},
		{"after years without the portal", []time.Time{at(900), at(900 + 22), at(900 + 23), at(900 + 29), at(900 + 30)},
			[]string{"warn", "", "warn", "", "put_away"}},
		{"no run between the warnings", []time.Time{at(-30), at(5), at(11), at(12)}, []string{"warn", "warn", "", "put_away"}},
		{"put away and then no run for long", []time.Time{at(-30), at(-7), at(0), at(400)}, []string{"warn", "warn", "put_away", "erase"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.ready()
			w.exec(`UPDATE submissions SET changed_at = $2 WHERE id = $1`, id, touched)
			for i, now := range c.runs {
				before := w.acts(id)
				w.at(now)
				if err := w.service.PutAwayOld(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := w.service.PutAwayOld(t.Context()); err != nil { // twice is once
					t.Fatal(err)
				}
				if got := strings.Join(w.acts(id)[len(before):], " "); got != c.want[i] {
					t.Errorf("on %s: %q, want %q", now.Format(time.DateOnly), got, c.want[i])
				}
			}
		})
	}
}

func (w *world) at(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// acts are the steps that the portal itself has taken.
func (w *world) acts(id workflow.ID) []string {
	w.Helper()
	all := value[string](w, `SELECT coalesce(string_agg(action, ' ' ORDER BY id), '') FROM submission_events WHERE submission_id = $1 AND actor_id IS NULL`, id)
	return strings.Fields(all)
}

// rested lets a draft come to where it is put away.
func (w *world) rested(id workflow.ID) {
	w.Helper()
	for _, days := range []int{366 - 30, 23, 7} {
		w.later(time.Duration(days) * day)
		if err := w.service.PutAwayOld(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
	if s := w.state(id); s != workflow.PutAway {
		w.Fatalf("it is %s", s)
	}
}

// Whatever somebody does with a draft starts its time anew, and looking at it does not.
func TestWhatKeepsADraft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		touch func(w *world, id workflow.ID)
		keeps bool
	}{
		{"a saved text", func(w *world, id workflow.ID) {
			w.write(id, form.Answers{"description": {"Something new, long enough to count."}})
		}, true},
		{"a comment", func(w *world, id workflow.ID) {
			if err := w.service.Comment(w.Context(), w.Viewer.User, id, submission.NewComment{Text: "Still wanted?"}); err != nil {
				w.Fatal(err)
			}
		}, true},
		{"a file", func(w *world, id workflow.ID) {
			field, _, _ := questions.Field("files")
			if _, err := w.service.AddFile(w.Context(), w.Member.User, id, field, "a.txt", strings.NewReader("A text.\n")); err != nil {
				w.Fatal(err)
			}
		}, true},
		{"the button", func(w *world, id workflow.ID) {
			w.Member.In(w).Get(page(id, "")).Want(http.StatusOK).Form(`form[action$="/keeping"]`).Press("").Want(http.StatusSeeOther)
		}, true},
		{"looking at it", func(w *world, id workflow.ID) {
			w.Member.In(w).Get(page(id, "")).Want(http.StatusOK)
			w.Member.In(w).Get(step(id, "text")).Want(http.StatusOK)
		}, false},
		{"saving what is there already", func(w *world, id workflow.ID) { w.write(id, complete()) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.ready()
			w.later((366 - 30) * day)
			if err := w.service.PutAwayOld(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.touch(w, id)
			if warned := w.open(id).Warned(); warned == c.keeps {
				t.Errorf("the warning stands: %v", warned)
			}
			w.later(40 * day)
			for range 3 {
				if err := w.service.PutAwayOld(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.later(8 * day)
			}
			if got := w.state(id); (got == workflow.Draft) != c.keeps {
				t.Errorf("it is %s", got)
			}
		})
	}
}

// Only drafts rest: what waits for somebody, or is over, stays.
func TestOnlyDraftsArePutAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := map[string]workflow.ID{"sent": w.sent(), "waiting for changes": w.returned("More."), "published": w.published()}
	withdrawn := w.ready()
	if err := w.service.Withdraw(t.Context(), w.Member.User, withdrawn); err != nil {
		t.Fatal(err)
	}
	ids["withdrawn"] = withdrawn
	for range 6 {
		w.later(100 * day)
		if err := w.service.PutAwayOld(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for name, id := range ids {
		if acts := w.acts(id); len(acts) > 0 {
			t.Errorf("with what is %s the portal did %v", name, acts)
		}
	}
}

// Author and heads are told, each in their language; the pages say it, the list has its filter and the button works.
func TestPuttingAwayAndRestoring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE users SET lang = 'ar' WHERE id = $1`, w.Head.User.ID)
	id := w.ready()
	w.later((366 - 30) * day)
	if err := w.service.PutAwayOld(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := w.Member.In(t).Get(page(id, "")).Text(".note--warn"); !strings.Contains(text, "will be put away on 2") {
		t.Errorf("the banner says %q", text)
	}
	if text := w.Member.In(t).Get("/en/drafts").Text("main"); !strings.Contains(text, "Put away on") {
		t.Errorf("the list says %q", text)
	}
	for _, days := range []int{23, 7} {
		w.later(time.Duration(days) * day)
		if err := w.service.PutAwayOld(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []int64{w.Member.User.ID, w.Head.User.ID} {
		got := value[string](w, `SELECT string_agg(kind || ' ' || lang, ', ' ORDER BY id) FROM outbox WHERE to_user = $1 AND kind LIKE 'submission.rest%'`, who)
		lang := "en"
		if who == w.Head.User.ID {
			lang = "ar"
		}
		if want := fmt.Sprintf("submission.rest_warning %[1]s, submission.rest_warning %[1]s, submission.rest_put_away %[1]s", lang); got != want {
			t.Errorf("%d got %q, want %q", who, got, want)
		}
	}
	w.Member.In(t).Get(step(id, "text")).Want(http.StatusSeeOther)
	late := w.Member.In(t).Post(step(id, "text"), map[string][]string{"description": {"Words that come too late."}}).Want(http.StatusConflict)
	if !strings.Contains(late.Text("main"), "Words that come too late.") {
		t.Errorf("the page says %q", late.Text("main"))
	}
	list := w.Member.In(t).Get("/en/drafts")
	if text := list.Text("main"); strings.Contains(text, "Register every child") || !strings.Contains(text, "1 draft is put away") {
		t.Errorf("the list says %q", text)
	}
	if text := list.Click(`a[href*="state=put_away"]`).Want(http.StatusOK).Text("main"); !strings.Contains(text, "Register every child") {
		t.Errorf("the list of what is put away says %q", text)
	}
	if w.Viewer.In(t).Get(page(id, "")).Want(http.StatusOK).Has(`form[action$="/restoration"]`) {
		t.Error("a viewer has the button")
	}
	if err := w.service.Restore(t.Context(), w.Viewer.User, id); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a viewer restores: %v", err)
	}
	w.Arab.In(t).Get(page(id, "")).Want(http.StatusOK).Form(`form[action$="/restoration"]`).Press("").Want(http.StatusSeeOther)
	c := w.open(id)
	if c.State != workflow.Draft || c.Warned() || c.Answers.First("description") != description {
		t.Errorf("restored it is %s, warned %v, with %q", c.State, c.Warned(), c.Answers.First("description"))
	}
	w.later(300 * day)
	if err := w.service.PutAwayOld(t.Context()); err != nil {
		t.Fatal(err)
	}
	if acts := w.acts(id); len(acts) != 3 {
		t.Errorf("after restoring the portal did %v", acts)
	}
}

// What nobody restores is erased: text, title, files, comments, the addresses of people who never came. History stays.
func TestErasing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	field, _, _ := questions.Field("files")
	if _, err := w.service.AddFile(t.Context(), w.Member.User, id, field, "a.txt", strings.NewReader("A text.\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.service.Comment(t.Context(), w.Viewer.User, id, submission.NewComment{Field: "title", Text: "Shorter?"}); err != nil {
		t.Fatal(err)
	}
	g := w.guest(id, "Guest", submission.ToEdit)
	w.invite(id, "never@example.org", submission.ToView)
	w.rested(id)
	if err := w.service.Comment(t.Context(), w.Viewer.User, id, submission.NewComment{Text: "Too late"}); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("a comment on what is put away: %v", err)
	}
	w.later(30 * day)
	if err := w.service.PutAwayOld(t.Context()); err != nil {
		t.Fatal(err)
	}
	for table, n := range map[string]int{
		`SELECT count(*)::int FROM submission_steps WHERE submission_id = $1`:                                       0,
		`SELECT count(*)::int FROM attachments WHERE submission_id = $1`:                                            0,
		`SELECT count(*)::int FROM draft_threads WHERE submission_id = $1`:                                          0,
		`SELECT count(*)::int FROM draft_invitations WHERE submission_id = $1`:                                      1,
		`SELECT count(*)::int FROM submissions WHERE id = $1 AND title = '' AND state = 'erased'`:                   1,
		`SELECT count(*)::int FROM submission_events WHERE submission_id = $1 AND actor_id IS NULL`:                 4,
		`SELECT count(*)::int FROM audit_log WHERE subject = 'submission' AND subject_id = $1 AND actor_id IS NULL`: 4,
	} {
		if got := value[int](w, table, id); got != n {
			t.Errorf("%s: %d, want %d", table, got, n)
		}
	}
	if n := value[int](w, `SELECT (SELECT count(*) FROM attachment_chunks)::int + (SELECT count(*) FROM draft_comments)::int`); n != 0 {
		t.Errorf("%d pieces are left", n)
	}
	w.Member.In(t).Get(page(id, "")).Want(http.StatusOK)
	w.Member.In(t).Get(page(id, "/print")).Want(http.StatusOK)
	if err := w.service.Restore(t.Context(), w.Member.User, id); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("restoring what is erased: %v", err)
	}
	if v := value[int](w, `SELECT count(*)::int FROM submission_conflicts WHERE submission_id = $1 AND user_id = $2`, id, g.User.ID); v != 1 {
		t.Error("the guest may judge it now")
	}
}

// A new version of something published is given up; what is published stays, with its files.
func TestErasingARevisionKeepsWhatIsPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.published()
	if err := w.service.Revise(t.Context(), w.Member.User, id); err != nil {
		t.Fatal(err)
	}
	w.write(id, form.Answers{"title": {"Another title"}, "type": {"individual"}})
	w.rested(id)
	s, err := workflow.Find(t.Context(), w.db.Read(), id, w.Officer.User)
	if err != nil || s.DeskRevision() != 1 || s.Title != "Register every child" {
		t.Errorf("the desk sees revision %d of %q, %v", s.DeskRevision(), s.Title, err)
	}
	w.later(30 * day)
	if err := w.service.PutAwayOld(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := w.open(id)
	if c.State != workflow.Published || c.Title != "Register every child" || c.Answers.First("title") != "Register every child" {
		t.Errorf("it is %s, %q", c.State, c.Title)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_steps WHERE submission_id = $1 AND revision = 2`, id); n != 0 {
		t.Errorf("%d steps of the version are left", n)
	}
	if err := w.service.Revise(t.Context(), w.Member.User, id); err != nil {
		t.Fatal(err)
	}
	if got := w.kept(id, "title"); got != "Register every child" {
		t.Errorf("the next version begins with %q", got)
	}
}

// Two processes put away at once, while somebody restores or saves: each step is taken once, and no text is lost.
func TestTwoWorkersPutAwayOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []workflow.ID
	for range 6 {
		ids = append(ids, w.ready())
	}
	for _, days := range []int{366 - 30, 23, 7} {
		w.later(time.Duration(days) * day)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := w.service.PutAwayOld(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	for _, id := range ids {
		if acts := w.acts(id); !slices.Equal(acts, []string{"warn", "warn", "put_away"}) {
			t.Errorf("the portal did %v", acts)
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind LIKE 'submission.rest%' AND to_user = $1`, w.Member.User.ID); n != 18 {
		t.Errorf("the author got %d mails, want 18", n)
	}
	w.later(30 * day)
	var all sync.WaitGroup
	restored := make([]error, len(ids))
	for i, id := range ids {
		all.Go(func() { restored[i] = w.service.Restore(t.Context(), w.Member.User, id) })
	}
	all.Go(func() {
		if err := w.service.PutAwayOld(t.Context()); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	for i, id := range ids {
		want := workflow.Draft
		if restored[i] != nil {
			want = workflow.Erased
		}
		c := w.open(id)
		if c.State != want || want == workflow.Draft && c.Answers.First("description") != description {
			t.Errorf("told %v, it is %s with %q", restored[i], c.State, c.Answers.First("description"))
		}
	}
}
