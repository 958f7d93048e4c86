package practice_test

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// lead makes the officer of the hub its lead.
func (w *world) lead(t testing.TB) identity.User {
	t.Helper()
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, 'lead', 'hub', now())`, w.hub.ID); err != nil {
		t.Fatal(err)
	}
	user, err := identity.Load(t.Context(), w.db.Read(), w.hub.ID)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// callTyped is the form of a call with a deadline so many days after the world's today, at 23:59 in Geneva.
func (w *world) callTyped(days int) url.Values {
	day := w.clock.Load().In(i18n.Geneva).AddDate(0, 0, days)
	return url.Values{
		"language": {"en"}, "title": {"Fair recruitment that works"}, "theme": {"Recruitment without fees"}, "body": {"We look for practices."}, "who": {"Every organization."}, "criteria": {"It ran for a year."},
		"objectives": {"6", "5"}, "deadline.day": {strconv.Itoa(day.Day())}, "deadline.month": {strconv.Itoa(int(day.Month()))}, "deadline.year": {strconv.Itoa(day.Year())}, "clock": {"23:59"},
	}
}

// openCall makes and opens a call as the form says.
func (w *world) openCall(t testing.TB, lead identity.User, typed url.Values) practice.CallID {
	t.Helper()
	id, err := w.service.MakeCall(t.Context(), lead, typed)
	if err == nil {
		err = w.service.OpenCall(t.Context(), lead, id, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// draft begins a practice of the head's office with the answers, tied to the call (0 for none).
func (w *world) draft(t testing.TB, a form.Answers, call practice.CallID) workflow.ID {
	t.Helper()
	var id workflow.ID
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		ctx, kind := t.Context(), w.service.Kind()
		var err error
		if id, err = workflow.Start(ctx, tx, kind, w.Office, w.Head.User, *w.clock.Load()); err != nil {
			return err
		}
		sub, err := workflow.Lock(ctx, tx, id, w.Head.User)
		if err != nil {
			return err
		}
		for _, step := range kind.Form.Steps {
			answers, _ := step.Read(url.Values(a), i18n.English)
			if _, err := workflow.SaveStep(ctx, tx, kind, &sub, step.ID, 0, answers, w.Head.User, *w.clock.Load()); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && call != 0 {
		err = w.service.TieTo(t.Context(), w.Head.User, id, call)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// send hands a draft in, as the submission area does: the step, then what the area of practices says of it.
func (w *world) send(ctx context.Context, id workflow.ID) error {
	return w.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, id, w.Head.User)
		if err != nil {
			return err
		}
		if _, err := workflow.Apply(ctx, tx, w.service.Kind(), &sub, workflow.Submit, w.Head.User, workflow.Input{}, *w.clock.Load()); err != nil {
			return err
		}
		return w.service.HandedIn(ctx, tx, id)
	})
}

// publishSent publishes what was handed in, and returns its public ID.
func (w *world) publishSent(t testing.TB, id workflow.ID) string {
	t.Helper()
	var publicID string
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		for _, action := range []workflow.Action{workflow.Take, workflow.Publish} {
			sub, err := workflow.Lock(t.Context(), tx, id, w.hub)
			if err != nil {
				return err
			}
			if _, err = workflow.Apply(t.Context(), tx, w.service.Kind(), &sub, action, w.hub, workflow.Input{}, *w.clock.Load()); err != nil {
				return err
			}
			if sub.PublicID != nil {
				publicID = *sub.PublicID
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return publicID
}

// at sets the world's clock.
func (w *world) at(now time.Time) { w.clock.Store(&now) }

func (w *world) version(t testing.TB, lead identity.User, id practice.CallID) int {
	t.Helper()
	c, err := w.service.DeskCall(t.Context(), lead, id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Version
}

// kinds of mails in the outbox to a person, the oldest first.
func (w *world) mails(t testing.TB, to int64) []string {
	t.Helper()
	kinds, err := database.Values[string](t.Context(), w.db.Read(), `SELECT kind FROM outbox WHERE to_user = $1 AND kind LIKE 'practice.%' ORDER BY id`, to)
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func hurdleOf(err error) string {
	if wrong, ok := problem.InvalidFields(err); ok && wrong[0].Name == "call" {
		return strings.TrimPrefix(wrong[0].Key, "practice.call.hurdle.")
	}
	return ""
}

// A call closes while somebody writes: the draft stays as it was, and goes to the repository instead.
func TestACallThatClosesWhileSomebodyWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead := w.lead(t)
	deadline := time.Date(2026, 12, 4, 23, 59, 0, 0, i18n.Geneva)
	call := w.openCall(t, lead, w.callTyped(10))
	inTime, late := w.draft(t, complete(), call), w.draft(t, complete(), call)

	w.at(deadline)
	if err := w.send(t.Context(), inTime); err != nil {
		t.Fatalf("at the instant of the deadline: %v", err)
	}
	w.at(deadline.Add(time.Second))
	if got := hurdleOf(w.send(t.Context(), late)); got != "late" {
		t.Fatalf("a second after it: %q", got)
	}
	sub, err := workflow.Find(t.Context(), w.db.Read(), late, w.Head.User)
	if err != nil || sub.State != workflow.Draft || sub.SubmittedRevision != nil {
		t.Fatalf("the draft did not stay: %s, %v", sub.State, err)
	}

	page := w.Head.In(t).Post("/en/submissions/"+strconv.FormatInt(late, 10)+"/call", url.Values{"call": {"repository"}})
	if page.Status != http.StatusSeeOther || !strings.HasSuffix(page.Location(), "/check") {
		t.Fatalf("to the repository: %d, %s", page.Status, page.Location())
	}
	if err := w.send(t.Context(), late); err != nil {
		t.Fatalf("to the repository: %v", err)
	}
	id := w.publishSent(t, late)
	if w.Visitor.In(t).Get("/en/practices/" + id).Has("[href$='/practices/calls/" + strconv.FormatInt(call, 10) + "']") {
		t.Error("a late practice is said to have answered the call")
	}

	for _, who := range []identity.User{w.Head.User, w.Officer.User, w.Reviewer.User, w.Administrator.User} {
		if err := w.service.AcceptLate(t.Context(), who, late, "It came by post."); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
	if _, ok := problem.InvalidFields(w.service.AcceptLate(t.Context(), lead, late, " \n")); !ok {
		t.Error("taken without a reason")
	}
	if err := w.service.AcceptLate(t.Context(), lead, late, "It came by post."); err != nil {
		t.Fatal(err)
	}
	if err := w.service.AcceptLate(t.Context(), lead, late, "Again."); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("twice: %v", err)
	}
	if got := w.mails(t, w.Head.User.ID); !slices.Equal(got, []string{"practice.call_accepted"}) {
		t.Errorf("the head is told %v", got)
	}
	page = w.Visitor.In(t).Get("/en/practices/" + id)
	if !page.Has("[href$='/practices/calls/"+strconv.FormatInt(call, 10)+"']") || strings.Contains(string(page.Body), "by post") {
		t.Error("the page does not say which call it answered, or says why the desk took it")
	}

	// One that is asked for changes after the deadline was in time.
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error { return w.service.HandedIn(t.Context(), tx, inTime) }); err != nil {
		t.Errorf("handed in again: %v", err)
	}
}

// From a draft to a page of results, as each kind of person sees it.
func TestTheLifeOfACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	officer := w.hub
	typed := w.callTyped(10)
	typed.Set("title", "Fair <b>recruitment</b>")
	if _, err := w.service.MakeCall(t.Context(), officer, typed); err == nil {
		t.Error("markup in a title")
	}
	typed = w.callTyped(10)
	for _, who := range []identity.User{w.Head.User, w.Officer.User, w.Lead.User, w.Reviewer.User, w.Administrator.User, {}} {
		if _, err := w.service.MakeCall(t.Context(), who, typed); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s drafts a call: %v", who.Name, err)
		}
	}
	typed.Set("contact", w.Head.User.Email)
	if wrong, _ := problem.InvalidFields(func() error { _, err := w.service.MakeCall(t.Context(), officer, typed); return err }()); len(wrong) != 1 || wrong[0].Name != "contact" {
		t.Errorf("a person's address: %v", wrong)
	}
	typed.Set("contact", "hub@portal.example")
	id, err := w.service.MakeCall(t.Context(), officer, typed)
	if err != nil {
		t.Fatal(err)
	}
	address := "/en/practices/calls/" + strconv.FormatInt(id, 10)
	if page := w.Visitor.In(t).Get(address); page.Status != http.StatusNotFound {
		t.Errorf("a draft is public: %d", page.Status)
	}
	if err := w.service.OpenCall(t.Context(), officer, id, 1); !errors.Is(err, problem.Forbidden) {
		t.Errorf("an officer opens: %v", err)
	}
	lead := w.lead(t)
	if err := w.service.OpenCall(t.Context(), lead, id, 1); err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{address, "/ar/practices/calls", "/en/practices", "/en/practices/new?call=" + strconv.FormatInt(id, 10)} {
		if page := w.Visitor.In(t).Get(a); page.Status != http.StatusOK || !strings.Contains(string(page.Body), "Fair recruitment that works") {
			t.Errorf("%s: %d", a, page.Status)
		}
	}
	page := w.Visitor.In(t).Get("/ar/practices/calls/" + strconv.FormatInt(id, 10))
	if !page.Has("h1[lang=en]") || !strings.Contains(string(page.Body), "هذه الدعوة غير متاحة") {
		t.Error("the text in another language is not labelled")
	}
	if !strings.Contains(string(w.Visitor.In(t).Get(address).Body), "4 December 2026, 23:59 Geneva time") {
		t.Error("the deadline does not name its zone")
	}

	// A practice is begun for it, handed in and published.
	page = w.Head.In(t).Post("/en/practices", url.Values{"office": {strconv.FormatInt(w.Office, 10)}, "criteria": {"yes"}, "call": {strconv.FormatInt(id, 10)}})
	_ = page // its draft is the submission area's, which this world has not
	first, second := w.draft(t, complete(), id), w.draft(t, complete(), id)
	if err := w.send(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := w.send(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	firstID, secondID := w.publishSent(t, first), w.publishSent(t, second)
	number := strconv.FormatInt(id, 10)
	if rows := w.csv(t, "/en/practices.csv?call="+number); len(rows) != 2 || !strings.Contains(strings.Join(rows[0], "|"), "Fair recruitment that works") {
		t.Errorf("the file of the answers: %v", rows)
	}
	if page := w.Visitor.In(t).Get("/en/practices?call=" + number); !strings.Contains(string(page.Body), "2 practices") {
		t.Error("the list does not know the call")
	}
	if page := w.Visitor.In(t).Get("/en/practices?call=999"); page.Status != http.StatusOK || !strings.Contains(string(page.Body), "Call") {
		t.Errorf("an unknown call: %d", page.Status)
	}
	if body := string(w.Visitor.In(t).Get("/en/practices/" + firstID + ".json").Body); !strings.Contains(body, `"call": {`) {
		t.Error("the JSON of the practice does not name the call")
	}

	// The deadline passes.
	if err := w.service.FeatureCall(t.Context(), lead, id, 2); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("results of an open call: %v", err)
	}
	w.at(time.Date(2026, 12, 5, 0, 0, 0, 0, i18n.Geneva))
	for range 2 {
		if err := w.service.CareCalls(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	closed, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*) FROM audit_log WHERE act = 'call.close' AND subject_id = $1`, id)
	if err != nil || closed != 1 {
		t.Errorf("closed %d times, %v", closed, err)
	}
	page = w.Visitor.In(t).Get(address)
	if !strings.Contains(string(page.Body), "being reviewed") || strings.Contains(string(page.Body), firstID) {
		t.Error("a closed call does not say calmly that it is under review")
	}

	// The desk arranges the results, one language at a time.
	if err := w.service.FeatureCall(t.Context(), lead, id, 2); err == nil {
		t.Error("results without an introduction")
	}
	results := func(lang string, values url.Values) error {
		return w.service.Arrange(t.Context(), officer, id, w.version(t, lead, id), lang, values)
	}
	if err := results("en", url.Values{"intro": {"What came of it."}, "place_" + strconv.FormatInt(second, 10): {"1"}, "place_" + strconv.FormatInt(first, 10): {"2"},
		"takeaway_" + strconv.FormatInt(second, 10): {"Pay the fees back."}}); err != nil {
		t.Fatal(err)
	}
	if err := results("ar", url.Values{"intro": {"ما نتج عنها."}}); err == nil {
		t.Error("an introduction in a language that the call is not in")
	}
	if err := results("ar", url.Values{"place_" + strconv.FormatInt(second, 10): {"1"}, "takeaway_" + strconv.FormatInt(second, 10): {"أعيدوا الرسوم."}}); err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string]url.Values{
		"a place that is none": {"place_" + strconv.FormatInt(first, 10): {"first"}}, "a place too far": {"place_" + strconv.FormatInt(first, 10): {"1000"}},
		"a long takeaway": {"takeaway_" + strconv.FormatInt(first, 10): {strings.Repeat("a", 401)}},
	} {
		if _, ok := problem.InvalidFields(results("en", values)); !ok {
			t.Errorf("%s was kept", name)
		}
	}
	if err := w.service.FeatureCall(t.Context(), officer, id, w.version(t, lead, id)); !errors.Is(err, problem.Forbidden) {
		t.Errorf("an officer publishes the results: %v", err)
	}
	if err := w.service.FeatureCall(t.Context(), lead, id, w.version(t, lead, id)); err != nil {
		t.Fatal(err)
	}
	body := string(w.Visitor.In(t).Get(address).Body)
	if !strings.Contains(body, "What came of it.") || !strings.Contains(body, "Pay the fees back.") || strings.Index(body, secondID) > strings.Index(body, firstID) || strings.Index(body, secondID) < 0 {
		t.Error("the results are not as the desk arranged them")
	}
	if body := string(w.Visitor.In(t).Get("/ar/practices/calls/" + number).Body); !strings.Contains(body, "أعيدوا الرسوم.") {
		t.Error("the takeaway is not in the reader's language")
	}

	// One of them is taken down, and leaves it.
	err = w.db.InTx(t.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(t.Context(), tx, second, w.hub)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(t.Context(), tx, w.service.Kind(), &sub, workflow.Archive, w.hub, workflow.Input{Note: "Its office asked for it."}, *w.clock.Load())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if body := string(w.Visitor.In(t).Get(address).Body); strings.Contains(body, secondID) || !strings.Contains(body, firstID) {
		t.Error("what was taken down is on the page of results, or the other one is not")
	}
	wrong, err := practice.CheckIndex(t.Context(), w.db.Read())
	if err != nil || len(wrong) > 0 {
		t.Errorf("the index: %v, %v", wrong, err)
	}
}

func (w *world) csv(t testing.TB, address string) [][]string {
	t.Helper()
	page := w.Visitor.In(t).Get(address)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(page.Body), "\ufeff"))).ReadAll()
	if err != nil {
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(page.Body), "\ufeff")))
		r.FieldsPerRecord = -1
		if rows, err = r.ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	return slices.DeleteFunc(rows, func(row []string) bool { return !strings.HasPrefix(row[0], "GCM-PR-") })
}

func TestTheDeadlineMovesAndTheCallIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead := w.lead(t)
	call := w.openCall(t, lead, w.callTyped(10))
	answered, draft := w.draft(t, complete(), call), w.draft(t, complete(), call)
	if err := w.send(t.Context(), answered); err != nil {
		t.Fatal(err)
	}
	typed := w.callTyped(10)
	typed.Set("criteria", "It ran for two years.")
	if err := w.service.SaveCall(t.Context(), lead, call, 2, typed); err != nil || len(w.mails(t, w.Head.User.ID)) != 0 {
		t.Fatalf("other words: %v, mails %v", err, w.mails(t, w.Head.User.ID))
	}

	// A reminder comes once, five days before; and again only for another deadline.
	w.at(time.Date(2026, 11, 29, 23, 0, 0, 0, i18n.Geneva))
	care := func() []string {
		t.Helper()
		if err := w.service.CareCalls(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.mails(t, w.Head.User.ID)
	}
	if got := care(); len(got) != 0 {
		t.Errorf("reminded too early: %v", got)
	}
	w.at(time.Date(2026, 11, 30, 0, 0, 0, 0, i18n.Geneva))
	care()
	if got := care(); !slices.Equal(got, []string{"practice.call_reminder"}) {
		t.Errorf("reminders: %v", got)
	}
	if err := w.service.SaveCall(t.Context(), lead, call, 3, w.callTyped(8)); err != nil {
		t.Fatal(err)
	}
	if got := care(); !slices.Equal(got, []string{"practice.call_reminder", "practice.call_moved"}) {
		t.Errorf("told of the new deadline: %v", got)
	}
	w.at(time.Date(2026, 12, 5, 0, 0, 0, 0, i18n.Geneva))
	if got := care(); len(got) != 3 {
		t.Errorf("reminded of the new deadline: %v", got)
	}

	// It cannot be deleted, but withdrawn.
	if err := w.service.DeleteCall(t.Context(), lead, call, 4); !errors.Is(err, practice.ErrTied) {
		t.Errorf("deleted with practices: %v", err)
	}
	if _, ok := problem.InvalidFields(w.service.WithdrawCall(t.Context(), lead, call, 4, "")); !ok {
		t.Error("withdrawn without a reason")
	}
	if err := w.service.WithdrawCall(t.Context(), lead, call, 4, "The meeting is cancelled."); err != nil {
		t.Fatal(err)
	}
	if got := w.mails(t, w.Head.User.ID); len(got) != 4 || got[3] != "practice.call_withdrawn" {
		t.Errorf("told of the withdrawal: %v", got)
	}
	page := w.Visitor.In(t).Get("/en/practices/calls/" + strconv.FormatInt(call, 10))
	if page.Status != http.StatusGone || !strings.Contains(string(page.Body), "The meeting is cancelled.") {
		t.Errorf("the page of a withdrawn call: %d", page.Status)
	}
	if got := hurdleOf(w.send(t.Context(), draft)); got != "withdrawn" {
		t.Errorf("handed in for a withdrawn call: %q", got)
	}
	if err := w.service.SendToRepository(t.Context(), w.Head.User, draft); err != nil {
		t.Fatal(err)
	}
	if err := w.send(t.Context(), draft); err != nil {
		t.Errorf("to the repository: %v", err)
	}
	if id := w.publishSent(t, answered); w.Visitor.In(t).Get("/en/practices/" + id).Has("[href*='/practices/calls/']") {
		t.Error("a practice is said to have answered a withdrawn call")
	}

	empty, err := w.service.MakeCall(t.Context(), lead, w.callTyped(10))
	if err == nil {
		err = w.service.DeleteCall(t.Context(), lead, empty, 1)
	}
	if err != nil {
		t.Errorf("a call without practices: %v", err)
	}
}

func TestTwoEditorsOfACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead := w.lead(t)
	call := w.openCall(t, lead, w.callTyped(10))
	errs := make([]error, 6)
	var all sync.WaitGroup
	for i := range errs {
		all.Add(1)
		go func() {
			defer all.Done()
			typed := w.callTyped(10)
			typed.Set("theme", "Theme "+strconv.Itoa(i))
			errs[i] = w.service.SaveCall(t.Context(), lead, call, 2, typed)
		}()
	}
	all.Wait()
	saved := 0
	for _, err := range errs {
		switch {
		case err == nil:
			saved++
		case !errors.Is(err, problem.Stale):
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d of %d saved", saved, len(errs))
	}
	page := w.OtherOfficer.In(t).Post("/en/desk/calls/"+strconv.FormatInt(call, 10)+"/facts", func() url.Values {
		v := w.callTyped(10)
		v.Set("version", "2")
		v.Set("body", strings.Repeat("What I typed. ", 20))
		return v
	}())
	if page.Status != http.StatusConflict || !strings.Contains(string(page.Body), "What I typed.") {
		t.Errorf("the page of who came second: %d", page.Status)
	}
}

func TestWhoMayAnswerACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead := w.lead(t)
	typed := w.callTyped(10)
	typed["sectors"], typed["languages"] = []string{"academia"}, []string{"ar"}
	narrow := w.openCall(t, lead, typed)
	typed = w.callTyped(10)
	typed["sectors"] = []string{"member_state"}
	typed["languages"] = []string{"ar"}
	arabic := w.openCall(t, lead, typed)

	page := w.Head.In(t).Post("/en/practices", url.Values{"office": {strconv.FormatInt(w.Office, 10)}, "criteria": {"yes"}, "call": {strconv.FormatInt(narrow, 10)}})
	if page.Status != http.StatusUnprocessableEntity || !strings.Contains(string(page.Body), "is open to") || !page.Has("#call") {
		t.Errorf("begun for a call that is not for it: %d", page.Status)
	}
	id := w.draft(t, complete(), 0)
	if got := hurdleOf(w.service.TieTo(t.Context(), w.Head.User, id, narrow)); got != "sector" {
		t.Errorf("tied to a call that is not for it: %q", got)
	}
	address := "/en/submissions/" + strconv.FormatInt(id, 10) + "/call"
	if page := w.Head.In(t).Post(address, url.Values{"call": {strconv.FormatInt(narrow, 10)}}); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the form says so: %d", page.Status)
	}
	if page := w.Head.In(t).Post(address, url.Values{"call": {"'; DROP TABLE calls; --"}}); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("hostile: %d", page.Status)
	}
	if err := w.service.TieTo(t.Context(), w.Head.User, id, arabic); err != nil {
		t.Fatal(err)
	}
	if got := hurdleOf(w.send(t.Context(), id)); got != "language" {
		t.Errorf("handed in in a language that is not taken: %q", got)
	}
	for _, p := range w.All() {
		want := http.StatusNotFound
		switch p.Kind {
		case w.Head.Kind, w.Member.Kind:
			want = http.StatusOK
		case w.Visitor.Kind:
			want = http.StatusSeeOther
		case w.Conflicted.Kind: // a viewer of the office
			want = http.StatusForbidden
		}
		if page := p.In(t).Get(address); page.Status != want {
			t.Errorf("%s: %d", p.Kind, page.Status)
		}
	}
	if err := w.service.TieTo(t.Context(), w.Head.User, id, 999); !errors.Is(err, problem.NotFound) {
		t.Errorf("tied to nothing: %v", err)
	}
	hidden, err := w.service.MakeCall(t.Context(), lead, w.callTyped(10))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.service.TieTo(t.Context(), w.Head.User, id, hidden); !errors.Is(err, problem.NotFound) {
		t.Errorf("tied to a draft of a call: %v", err)
	}
	if page := w.Head.In(t).Post(address, url.Values{"call": {"none"}}); page.Status != http.StatusSeeOther {
		t.Errorf("untied: %d", page.Status)
	}
	if err := w.send(t.Context(), id); err != nil {
		t.Errorf("to the repository: %v", err)
	}
	if err := w.service.TieTo(t.Context(), w.Head.User, id, arabic); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("tied when handed in: %v", err)
	}
}

func TestFormOfACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(url.Values)
		wrong  []string
	}{
		"nothing":                {func(v url.Values) { clear(v) }, []string{"language", "title", "theme", "body", "who", "criteria", "objectives", "deadline.day", "clock"}},
		"a deadline in the past": {func(v url.Values) { v.Set("deadline.year", "2025") }, []string{"deadline.day"}},
		"a day that is none": {func(v url.Values) {
			v.Set("deadline.day", "31")
			v.Set("deadline.month", "11")
			v.Set("deadline.year", "2027")
		}, []string{"deadline.day"}},
		"a time that is none": {func(v url.Values) { v.Set("clock", "24:00") }, []string{"clock"}},
		"a time with a point": {func(v url.Values) { v.Set("clock", " 9.30 ") }, nil},
		"Arabic digits":       {func(v url.Values) { v.Set("clock", "٢٣:٥٩") }, nil},
		"unknown objectives":  {func(v url.Values) { v["objectives"] = []string{"24", "x", "-1"} }, []string{"objectives"}},
		"a long title":        {func(v url.Values) { v.Set("title", strings.Repeat("ا", 201)) }, []string{"title"}},
		"NUL and overrides":   {func(v url.Values) { v.Set("title", "a\x00\u202eb") }, nil},
		"no address":          {func(v url.Values) { v.Set("contact", "hub") }, []string{"contact"}},
	} {
		t.Run(name, func(t *testing.T) {
			typed := w.callTyped(10)
			c.change(typed)
			_, err := w.service.MakeCall(t.Context(), w.hub, typed)
			fields, _ := problem.InvalidFields(err)
			var got []string
			for _, f := range fields {
				got = append(got, f.Name)
			}
			if !slices.Equal(got, c.wrong) || err != nil && fields == nil {
				t.Errorf("wrong are %v, not %v (%v)", got, c.wrong, err)
			}
		})
	}
}

func TestListOfCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead := w.lead(t)
	titles := map[string]int{"Soon": 3, "Later": 30}
	for title, days := range titles {
		typed := w.callTyped(days)
		typed.Set("title", title)
		typed["objectives"] = []string{strconv.Itoa(days%23 + 1)}
		w.openCall(t, lead, typed)
	}
	typed := w.callTyped(1)
	typed.Set("title", "Over")
	w.openCall(t, lead, typed)
	if _, err := w.service.MakeCall(t.Context(), lead, w.callTyped(2)); err != nil {
		t.Fatal(err)
	}
	w.at(w.clock.Load().AddDate(0, 0, 2))
	for query, want := range map[string][]string{
		"": {"Soon", "Later", "Over"}, "sort=title": {"Later", "Over", "Soon"}, "state=open": {"Soon", "Later"}, "state=closed": {"Over"}, "state=featured": nil, "state=draft": {"Soon", "Later", "Over"},
		"objective=4": {"Soon"}, "objective=99": {"Soon", "Later", "Over"}, "q=SOON": {"Soon"}, "q=%00%27": nil, "page=7": {"Soon", "Later", "Over"}, "sort=random": {"Soon", "Later", "Over"},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f := practice.ReadCallFilter(q, seeded(t))
		list, err := w.service.Calls(t.Context(), f)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		var got []string
		for _, c := range list.Calls {
			got = append(got, c.In("en").Title)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q lists %v, not %v", query, got, want)
		}
		if page := w.Visitor.In(t).Get("/en/practices/calls?" + query); page.Status != http.StatusOK {
			t.Errorf("%q: %d", query, page.Status)
		}
	}
	for _, extension := range []string{"csv", "xlsx", "json", "atom"} {
		if page := w.Visitor.In(t).Get("/en/practices/calls." + extension + "?state=open"); page.Status != http.StatusOK || extension != "xlsx" && (strings.Contains(string(page.Body), "Over") || !strings.Contains(string(page.Body), "Soon")) {
			t.Errorf("%s: %d", extension, page.Status)
		}
	}
}
