package practice_test

import (
	"context"
	"errors"
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
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/problem"
	"portal/internal/workflow"
)

func onDay(t testing.TB, s string) date.Date {
	t.Helper()
	d, err := date.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// An office is asked on each anniversary of the day on which it vouched for its practice.
func TestWhenAnOfficeIsAsked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, vouched, today, want string }{
		{"on the day itself", "2026-03-05", "2026-03-05", ""},
		{"a day before the year is over", "2026-03-05", "2027-03-04", ""},
		{"on the anniversary", "2026-03-05", "2027-03-05", "2027-03-05"},
		{"long after it, since then", "2026-03-05", "2028-03-04", "2027-03-05"},
		{"and again a year later", "2026-03-05", "2028-03-05", "2028-03-05"},
		{"of a leap day on the last of February", "2024-02-29", "2025-02-28", "2025-02-28"},
		{"of a leap day in a leap year", "2024-02-29", "2028-02-29", "2028-02-29"},
		{"before it was vouched for", "2026-03-05", "2025-03-05", ""},
	} {
		got := practice.AskedOn(onDay(t, test.vouched), onDay(t, test.today))
		if test.want == "" && !got.IsZero() || test.want != "" && got != onDay(t, test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func (w *world) later(d time.Duration) { w.at(w.clock.Load().Add(d)) }

const year = 366 * 24 * time.Hour

var practiceToken = regexp.MustCompile(`/t/practice/([A-Z2-7]+)`)

// ask asks about practices and returns the tokens of the links by the person's number.
func (w *world) ask(t testing.TB) map[int64]string {
	t.Helper()
	last, err := database.Value[int64](t.Context(), w.db.Read(), `SELECT coalesce(max(id), 0) FROM outbox`)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.service.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	type row struct {
		ToUser     int64
		HTML, Lang string
	}
	rows, err := database.Rows[row](t.Context(), w.db.Read(), `SELECT to_user, html, lang FROM outbox WHERE kind = 'practice.still_true' AND id > $1`, last)
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[int64]string{}
	for _, r := range rows {
		if tokens[r.ToUser] != "" {
			t.Errorf("person %d is asked twice at once", r.ToUser)
		}
		tokens[r.ToUser] = practiceToken.FindStringSubmatch(r.HTML)[1]
	}
	return tokens
}

// The database finds the same practices as the rule, on any day.
func TestTheDatabaseKnowsWhenAnOfficeIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	random := rand.New(rand.NewPCG(3, 4))
	vouched := map[workflow.ID]date.Date{}
	for n := range 12 {
		w.at(time.Date(2024, 2, 27+n, 11, 0, 0, 0, time.UTC))
		id, _ := w.publish(t, complete())
		vouched[id] = date.Today(*w.clock.Load(), i18n.Geneva)
	}
	for range 60 {
		day := onDay(t, "2024-03-01").AddDays(random.IntN(1200))
		got, err := practice.DueOn(t.Context(), w.db.Read(), day)
		if err != nil {
			t.Fatal(err)
		}
		for id, since := range vouched {
			if want := practice.AskedOn(since, day); got[id] != want {
				t.Errorf("vouched for on %s, on %s: the database says %s, want %s", since, day, got[id], want)
			}
		}
	}
	// A year and ninety days later the desk's radar shows what nobody has answered for.
	for day, want := range map[string]int{"2025-05-27": 0, "2025-05-28": 1, "2025-05-30": 3} {
		for _, a := range practice.Alarms {
			found, err := database.Values[int64](t.Context(), w.db.Read(), `SELECT s.id FROM submissions s, (SELECT @day::date AS today) d WHERE `+a.Where,
				database.Args{"day": day, "today": []string{day}})
			if err != nil || a.Name == "practice_silent" && len(found) != want || a.Name == "practice_nobody" && len(found) != 0 {
				t.Errorf("on %s %s shows %v, want %d (%v)", day, a.Name, found, want, err)
			}
		}
	}
}

// Heads and contributors are asked, each once a year and in their language: nobody who does not act for the office, and nobody
// while a new version is written. Who comes to the office later is asked then.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE users SET lang = 'ar' WHERE id = $1`, w.Head.User.ID); err != nil {
		t.Fatal(err)
	}
	id, publicID := w.publish(t, complete())
	w.later(year - 48*time.Hour)
	if asked := w.ask(t); len(asked) != 0 {
		t.Errorf("asked before the year was over: %v", asked)
	}
	overdue := i18n.TL(i18n.English, "practice.fact.unconfirmed")
	if w.Visitor.In(t).Get("/en/practices/" + publicID).Contains(overdue) {
		t.Error("the page says that the office is asked, before it is")
	}
	w.later(48 * time.Hour)
	if !w.Visitor.In(t).Get("/en/practices/" + publicID).Contains(overdue) {
		t.Error("the page does not say that the office is asked")
	}
	asked := w.ask(t)
	if asked[w.Head.User.ID] == "" || asked[w.Member.User.ID] == "" || len(asked) != 2 {
		t.Fatalf("asked are %v", asked)
	}
	subject, err := database.Value[string](t.Context(), w.db.Read(), `SELECT subject FROM outbox WHERE kind = 'practice.still_true' AND to_user = $1`, w.Head.User.ID)
	if err != nil || subject != i18n.TL(i18n.Arabic, "practice.mail.still_true.subject", publicID) {
		t.Errorf("the head reads %q, %v", subject, err)
	}
	if again := w.ask(t); len(again) != 0 {
		t.Errorf("asked again in the same year: %v", again)
	}
	if _, err := w.db.Pool.Exec(t.Context(), `INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'contributor', 'approved', current_date, now())`, w.OtherMember.User.ID, w.Office); err != nil {
		t.Fatal(err)
	}
	if next := w.ask(t); next[w.OtherMember.User.ID] == "" || len(next) != 1 {
		t.Errorf("who came later is asked: %v", next)
	}
	w.step(t, id, w.Head.User, workflow.Revise, "")
	w.later(year)
	if busy := w.ask(t); len(busy) != 0 {
		t.Errorf("asked while a new version is written: %v", busy)
	}
}

func (w *world) step(t testing.TB, id workflow.ID, who identity.User, action workflow.Action, note string) {
	t.Helper()
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(t.Context(), tx, id, who)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(t.Context(), tx, w.service.Kind(), &sub, action, who, workflow.Input{Note: note}, *w.clock.Load())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) state(t testing.TB, id workflow.ID) workflow.State {
	t.Helper()
	s, err := database.Value[workflow.State](t.Context(), w.db.Read(), `SELECT state FROM submissions WHERE id = $1`, id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The three answers from the mail: opening the link changes nothing, each answer is a step of the history, the link works once,
// and colleagues are told.
func TestAnswersFromTheMail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		answer url.Values
		action workflow.Action
		state  workflow.State
		public int
	}{
		{url.Values{"answer": {"confirm"}}, workflow.Confirm, workflow.Published, http.StatusOK},
		{url.Values{"answer": {"update"}}, workflow.Revise, workflow.Draft, http.StatusOK},
		{url.Values{"answer": {"retire"}, "reason": {"The law <b>has</b> changed."}, "language": {"en"}}, workflow.Retire, workflow.Withdrawn, http.StatusGone},
	} {
		t.Run(string(test.action), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, publicID := w.publish(t, complete())
			w.later(year)
			token := w.ask(t)[w.Member.User.ID]
			link, v := "/en/t/practice/"+token, w.Visitor.In(t)
			for range 3 {
				v.Get(link).Want(http.StatusOK)
			}
			if s := w.state(t, id); s != workflow.Published {
				t.Fatalf("opening the link led to %q", s)
			}
			if to := v.Post(link, test.answer).Want(http.StatusSeeOther).Location(); to != link+"/done" {
				t.Errorf("the answer leads to %s", to)
			}
			v.Post(link, test.answer).Want(http.StatusSeeOther) // pressed twice
			if s := w.state(t, id); s != test.state {
				t.Errorf("the practice is %q, want %q", s, test.state)
			}
			acts, err := database.Values[int64](t.Context(), w.db.Read(), `SELECT actor_id FROM submission_events WHERE submission_id = $1 AND action = $2`, id, test.action)
			if err != nil || len(acts) != 1 || acts[0] != w.Member.User.ID {
				t.Errorf("the history has %v, %v", acts, err)
			}
			v.Get(link + "/done").Want(http.StatusOK)
			w.later(time.Minute)
			v.Get(link).Want(http.StatusGone)
			v.Post(link, test.answer).Want(http.StatusGone)
			page := v.Get("/en/practices/" + publicID).Want(test.public)
			switch test.action {
			case workflow.Confirm:
				if !strings.Contains(page.Text("aside"), i18n.DayOf(i18n.WithLang(t.Context(), i18n.English), *w.clock.Load())) {
					t.Errorf("the page says %q", page.Text("aside"))
				}
			case workflow.Retire:
				if page.Text("blockquote") != "The law <b>has</b> changed." {
					t.Errorf("the reason reads %q", page.Text("blockquote"))
				}
			}
			if strings.Contains(string(page.Body), w.Member.User.Name) {
				t.Error("the public page names a person")
			}
			kinds, err := database.Values[string](t.Context(), w.db.Read(), `SELECT kind || ' ' || to_user FROM outbox WHERE kind IN ('practice.told', 'practice.answered') ORDER BY 1`)
			if err != nil || len(kinds) != 2 {
				t.Errorf("told are %v, %v", kinds, err)
			}
		})
	}
}

// A link that does nothing any more says why, and gives back what was typed.
func TestDeadLinksOfTheYearlyQuestion(t *testing.T) {
	t.Parallel()
	retire := url.Values{"answer": {"retire"}, "reason": {"Six schools"}, "language": {"en"}}
	for _, test := range []struct {
		name   string
		kill   func(t *testing.T, w *world, id workflow.ID, publicID string)
		status int
		title  string
	}{
		{"expired", func(_ *testing.T, w *world, _ workflow.ID, _ string) { w.later(practice.LinkLasts + time.Hour) }, http.StatusGone, "expired"},
		{"another year has gone by", func(_ *testing.T, w *world, _ workflow.ID, _ string) { w.later(year) }, http.StatusGone, "expired"},
		{"answered by a colleague", func(t *testing.T, w *world, _ workflow.ID, publicID string) {
			if _, err := w.service.Answer(t.Context(), w.Head.User, publicID, practice.Answer{Choice: practice.StillTrue}); err != nil {
				t.Fatal(err)
			}
		}, http.StatusGone, "answered"},
		{"revised by a colleague", func(t *testing.T, w *world, id workflow.ID, _ string) {
			w.step(t, id, w.Head.User, workflow.Revise, "")
		}, http.StatusGone, "busy"},
		{"taken down meanwhile", func(t *testing.T, w *world, id workflow.ID, _ string) {
			w.step(t, id, w.hub, workflow.Archive, "Asked for")
		}, http.StatusGone, "gone"},
		{"left the office", func(t *testing.T, w *world, _ workflow.ID, _ string) {
			if _, err := w.db.Pool.Exec(t.Context(), `UPDATE posts SET state = 'ended' WHERE user_id = $1`, w.Member.User.ID); err != nil {
				t.Fatal(err)
			}
		}, http.StatusGone, "left"},
		{"the office is closed", func(t *testing.T, w *world, _ workflow.ID, _ string) {
			if _, err := w.db.Pool.Exec(t.Context(), `UPDATE offices SET state = 'closed' WHERE id = $1`, w.Office); err != nil {
				t.Fatal(err)
			}
		}, http.StatusGone, "left"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, publicID := w.publish(t, complete())
			w.later(year)
			link := "/en/t/practice/" + w.ask(t)[w.Member.User.ID]
			test.kill(t, w, id, publicID)
			before := w.state(t, id)
			page := w.Visitor.In(t).Post(link, retire).Want(test.status)
			if want := i18n.TL(i18n.English, "practice.living.dead."+test.title+".title"); page.Text("h1") != want {
				t.Errorf("the page says %q, want %q", page.Text("h1"), want)
			}
			if page.Text("textarea") != "Six schools" {
				t.Errorf("what was typed is lost: %q", page.Text("textarea"))
			}
			if s := w.state(t, id); s != before {
				t.Errorf("the practice is %q", s)
			}
		})
	}
	w := newWorld(t)
	id, _ := w.publish(t, complete())
	w.later(year)
	link := "/en/t/practice/" + w.ask(t)[w.Member.User.ID]
	w.Visitor.In(t).Post("/en/t/practice/AAAAAAAAAAAAAAAAAAAAAAAAAA", retire).Want(http.StatusNotFound)
	w.Head.In(t).Get(link).Want(http.StatusForbidden)
	w.Head.In(t).Post(link, retire).Want(http.StatusForbidden)
	for name, wrong := range map[string]url.Values{
		"answer": {}, "reason": {"answer": {"retire"}, "reason": {" \u202e "}, "language": {"en"}}, "language": {"answer": {"retire"}, "reason": {"Why"}, "language": {"xx"}},
	} {
		if page := w.Visitor.In(t).Post(link, wrong).Want(http.StatusUnprocessableEntity); !strings.HasPrefix(page.One(".errors a").Attr("href"), "#"+name) {
			t.Errorf("%s: the summary leads to %q", name, page.One(".errors a").Attr("href"))
		}
	}
	if s := w.state(t, id); s != workflow.Published {
		t.Errorf("the practice is %q", s)
	}
}

// The same question on the portal, for those who act for the office and nobody else.
func TestAnswersOnThePortal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, complete())
	path := "/en/practices/" + publicID + "/answer"
	for _, p := range w.All() {
		want := http.StatusNotFound
		switch p.User.ID {
		case w.Head.User.ID, w.Member.User.ID:
			want = http.StatusOK
		case 0:
			want = http.StatusSeeOther
		}
		if got := p.In(t).Get(path).Status; got != want {
			t.Errorf("%s gets %d, want %d", p.User.Name, got, want)
		}
		if want == http.StatusNotFound {
			p.In(t).Post(path, url.Values{"answer": {"confirm"}}).Want(http.StatusNotFound)
		}
	}
	w.later(40 * 24 * time.Hour)
	if to := w.Member.In(t).Post(path, url.Values{"answer": {"confirm"}}).Want(http.StatusSeeOther).Location(); !strings.HasPrefix(to, "/en/submissions/") {
		t.Errorf("leads to %s", to)
	}
	w.Member.In(t).Post(path, url.Values{"answer": {"update"}}).Want(http.StatusSeeOther)
	w.Head.In(t).Post(path, url.Values{"answer": {"retire"}, "reason": {"Over"}, "language": {"en"}}).Want(http.StatusConflict)
	if s := w.state(t, id); s != workflow.Draft {
		t.Errorf("the practice is %q", s)
	}
}

// Of two who answer at once the practice takes one answer.
func TestTwoAnswersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.publish(t, complete())
	w.later(year)
	tokens := w.ask(t)
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i, one := range []struct {
		who    int64
		choice practice.Choice
	}{{w.Head.User.ID, practice.StillTrue}, {w.Member.User.ID, practice.ToRetire}} {
		group.Go(func() {
			errs[i] = w.service.AnswerByMail(context.WithoutCancel(t.Context()), identity.User{}, tokens[one.who], practice.Answer{Choice: one.choice, Reason: "Over", Lang: "en"}, "test")
		})
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), problem.Stale) {
		t.Errorf("the answers end in %v", errs)
	}
	n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM submission_events WHERE submission_id = $1 AND action IN ('confirm', 'retire')`, id)
	if err != nil || n != 1 {
		t.Errorf("%d answers, %v", n, err)
	}
}

// What was vouched for last is an order of the list, and a column of its files.
func TestTheListKnowsWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, first := w.publish(t, complete())
	_, second := w.publish(t, complete())
	w.later(24 * time.Hour)
	if _, err := w.service.Answer(t.Context(), w.Head.User, first, practice.Answer{Choice: practice.StillTrue}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ sort, want string }{{"newest", second}, {"confirmed", first}} {
		page := w.Visitor.In(t).Get("/en/practices?sort=" + test.sort).Want(http.StatusOK)
		if got := page.All("h3 a")[0].Attr("href"); got != "/en/practices/"+test.want {
			t.Errorf("sorted by %s the first is %s", test.sort, got)
		}
		csv := string(w.Visitor.In(t).Get("/en/practices.csv?sort=" + test.sort).Want(http.StatusOK).Body)
		if strings.Index(csv, test.want) > strings.Index(csv, map[string]string{first: second, second: first}[test.want]) || !strings.Contains(csv, "2026-11-25") {
			t.Errorf("sorted by %s the file is %s", test.sort, csv)
		}
	}
	if body := string(w.Visitor.In(t).Get("/en/practices/" + first + ".json").Want(http.StatusOK).Body); !strings.Contains(body, `"confirmed": "2026-11-25"`) {
		t.Errorf("the JSON says %s", body)
	}
}
