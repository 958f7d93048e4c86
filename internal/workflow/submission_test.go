package workflow_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// answers makes answers of names and values.
func answers(pairs ...string) form.Answers {
	a := form.Answers{}
	for i := 0; i < len(pairs); i += 2 {
		a[pairs[i]] = append(a[pairs[i]], pairs[i+1])
	}
	return a
}

// TestAccess asks for everybody what they see of a submission in each state, and on which side.
func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	people := []struct {
		name string
		who  identity.User
		// owner is the role on the owner's side, desk the role on the desk's; "" is no access.
		owner, desk string
	}{
		{"the author", w.author, "contributor", ""},
		{"the head", w.head, "head", ""},
		{"a colleague", w.colleague, "contributor", ""},
		{"a viewer", w.viewer, "viewer", ""},
		{"a member of another office", w.stranger, "", ""},
		{"an officer of the desk", w.officer, "", "officer"},
		{"the lead of the desk", w.lead, "", "lead"},
		{"an officer of another desk", w.otherOfficer, "", ""},
		{"an officer with a post in the office", w.conflicted, "viewer", ""},
		{"an officer who once had a post in the office", w.former, "", ""},
		{"a reviewer", w.reviewer, "", ""},
		{"an administrator", w.admin, "", ""},
		{"a visitor", identity.User{}, "", ""},
	}
	for _, state := range workflow.States {
		id := w.in(state, state == workflow.Published)
		known := state != workflow.Draft // the desk knows what was handed in once
		for _, p := range people {
			s, err := w.find(id, p.who)
			side, role := workflow.ByOwner, p.owner
			if p.owner == "" && known {
				side, role = workflow.ByDesk, p.desk
			}
			switch {
			case role == "" && !errors.Is(err, problem.NotFound):
				t.Errorf("%s, %s: %v, want not found", p.name, state, err)
			case role != "" && (err != nil || s.Side != side || s.Role != role):
				t.Errorf("%s, %s: %v, side %q, role %q; want %q, %q", p.name, state, err, s.Side, s.Role, side, role)
			}
			listed := value[int](w, `SELECT count(*)::int FROM submission_access WHERE submission_id = $1 AND user_id = $2`, id, p.who.ID)
			if (listed > 0) != (role != "") {
				t.Errorf("%s, %s: %d rows of access", p.name, state, listed)
			}
		}
	}
}

func TestAccessEndsWithThePost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	for _, c := range []struct{ name, change string }{
		{"the post has ended", `UPDATE posts SET state = 'ended' WHERE user_id = $1`},
		{"the post ran out yesterday", `UPDATE posts SET state = 'approved', until_on = current_date - 1 WHERE user_id = $1`},
		{"the post begins tomorrow", `UPDATE posts SET until_on = NULL, from_on = current_date + 1 WHERE user_id = $1`},
		{"the post was refused", `UPDATE posts SET from_on = current_date, state = 'refused' WHERE user_id = $1`},
	} {
		w.exec(c.change, w.author.ID)
		if _, err := w.find(id, w.author); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s: %v, want not found", c.name, err)
		}
	}
}

func TestAnAuthorWhoIsNotApprovedYetMayWriteAndSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.start()
	w.exec(`UPDATE posts SET state = 'pending' WHERE user_id IN ($1, $2)`, w.author.ID, w.colleague.ID)
	if _, err := w.save(id, "what", workflow.Origin{}, answers("title", "A pledge"), w.author); err != nil {
		t.Errorf("write: %v", err)
	}
	w.must(id, workflow.Submit, w.author, "")
	if _, err := w.find(id, w.colleague); !errors.Is(err, problem.NotFound) {
		t.Errorf("a colleague who is not approved sees what they did not write: %v", err)
	}
}

func TestAnOfficerWithoutASecondFactorIsNobodyAtTheDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	if _, err := w.find(id, w.officer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.find(id, w.officer.WithoutFactor()); !errors.Is(err, problem.NotFound) {
		t.Errorf("the officer sees it: %v", err)
	}
	if s, err := w.find(id, w.author.WithoutFactor()); err != nil || s.Side != workflow.ByOwner {
		t.Errorf("the author, who needs none, sees it as %s: %v", s.Side, err)
	}
}

func TestAnOfficerWhoWroteAStepHasAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1`, id, w.officer.ID)
	if _, err := w.find(id, w.officer); !errors.Is(err, problem.NotFound) {
		t.Errorf("the officer sees it: %v", err)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	for _, c := range []struct {
		name   string
		who    identity.User
		office int64
		want   error
	}{
		{"a contributor", w.author, w.office, nil},
		{"a head", w.head, w.office, nil},
		{"a viewer", w.viewer, w.office, problem.Forbidden},
		{"for another office", w.author, w.other, problem.Forbidden},
		{"for an office that there is not", w.author, 999999, problem.Forbidden},
		{"staff without a post", w.officer, w.office, problem.Forbidden},
	} {
		err := w.db.InTx(t.Context(), func(tx database.Tx) error {
			id, err := workflow.Start(t.Context(), tx, w.kind, c.office, c.who, now)
			if err == nil && id <= 0 {
				t.Errorf("%s: number %d", c.name, id)
			}
			return err
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	s, err := w.find(w.start(), w.author)
	if err != nil || s.State != workflow.Draft || s.Revision != 1 || s.Country != "KE" || s.Lang != "en" || s.OfficeName != "Ministry of Labour" || s.AuthorName != "Author" {
		t.Errorf("the draft is %+v, %v", s, err)
	}
}

func TestSaveStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.start()
	save := func(name string, who identity.User, version int, title string, wantVersion int) {
		t.Helper()
		saved, err := w.save(id, "what", workflow.Origin{Version: version}, answers("title", title), who)
		if err != nil || saved.Version != wantVersion {
			t.Errorf("%s: version %d, %v; want version %d", name, saved.Version, err, wantVersion)
		}
	}
	save("for the first time", w.author, 0, "One", 1)
	save("the same once more, as a double click does", w.author, 0, "One", 1)
	save("the same with a space more", w.author, 0, " One ", 1)
	save("another text", w.author, 1, "Two", 2)
	save("the second click of that", w.author, 1, "Two", 2)
	save("by a colleague who read it", w.colleague, 2, "Three", 3)

	_, err := w.save(id, "what", workflow.Origin{Version: 2}, answers("title", "Mine"), w.author)
	var conflict *workflow.ConflictError
	if !errors.As(err, &conflict) || !errors.Is(err, problem.Stale) {
		t.Fatalf("over a newer text: %v, want a conflict", err)
	}
	if conflict.Theirs.Answers.First("title") != "Three" || conflict.Theirs.Saver != "Colleague" || conflict.Theirs.Version != 3 || conflict.Theirs.SavedAt.IsZero() {
		t.Errorf("the other text is %+v", conflict.Theirs)
	}
	if strings.Contains(err.Error(), "Three") || strings.Contains(err.Error(), "Colleague") {
		t.Errorf("the error names text or people: %v", err)
	}
	if _, err := w.save(id, "who", workflow.Origin{}, answers("name", "Amara"), w.author); err != nil {
		t.Errorf("another step never conflicts: %v", err)
	}
	s, err := w.find(id, w.author)
	if err != nil || s.Title != "Three" || s.Version != 1 {
		t.Errorf("title %q, version %d, %v; saving is no step of the plan", s.Title, s.Version, err)
	}
}

func TestSaveStepKeepsTheLanguageOfTheText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.start()
	if _, err := w.save(id, "what", workflow.Origin{}, answers("title", "تعهد", "language", "ar"), w.author); err != nil {
		t.Fatal(err)
	}
	if s, err := w.find(id, w.author); err != nil || s.Lang != "ar" || s.Title != "تعهد" {
		t.Errorf("lang %q, title %q, %v", s.Lang, s.Title, err)
	}
}

func TestAPageDoesNotConflictWithItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	page := func(version int, token string, quiet bool) workflow.Origin {
		return workflow.Origin{Version: version, Page: token, Quiet: quiet}
	}
	for _, c := range []struct {
		name     string
		first    workflow.Origin
		second   workflow.Origin
		by       identity.User
		conflict bool
	}{
		{"the button after a save of its own whose answer got lost", page(0, "p", true), page(0, "p", false), w.author, false},
		{"another save of its own after the answer got lost", page(0, "p", true), page(0, "p", true), w.author, false},
		{"the button twice, with something typed between", page(0, "p", false), page(0, "p", false), w.author, false},
		{"a save of its own that the button has overtaken", page(0, "p", false), page(0, "p", true), w.author, true},
		{"another page of the same person", page(0, "p", true), page(0, "q", false), w.author, true},
		{"the same token from somebody else", page(0, "p", true), page(0, "p", false), w.colleague, true},
		{"no token at all", page(0, "", true), page(0, "", false), w.author, true},
		{"the right version needs no token", page(0, "p", true), page(1, "q", true), w.colleague, false},
	} {
		id := w.start()
		if _, err := w.save(id, "what", c.first, answers("title", "One"), w.author); err != nil {
			t.Fatal(err)
		}
		saved, err := w.save(id, "what", c.second, answers("title", "Two"), c.by)
		if errors.Is(err, problem.Stale) != c.conflict || (!c.conflict && (err != nil || saved.Version != 2)) {
			t.Errorf("%s: version %d, %v; want a conflict %v", c.name, saved.Version, err, c.conflict)
		}
	}
}

func TestOfEightPeopleOnOneStepOneIsSavedAndNobodyOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.start()
	results := make([]error, 8)
	var all sync.WaitGroup
	for i := range results {
		all.Add(1)
		go func() {
			defer all.Done()
			who := []identity.User{w.author, w.colleague, w.head}[i%3]
			_, results[i] = w.save(id, "what", workflow.Origin{}, answers("title", strings.Repeat("x", i+1)), who)
		}()
	}
	all.Wait()
	saved := 0
	for i, err := range results {
		switch {
		case err == nil:
			saved++
		case !errors.Is(err, problem.Stale):
			t.Errorf("save %d: %v", i, err)
		}
	}
	if saved != 1 {
		t.Errorf("%d saved, want one", saved)
	}
}

func TestWhoMaySave(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	for _, c := range []struct {
		name  string
		state workflow.State
		who   identity.User
		want  error
	}{
		{"a colleague", workflow.Draft, w.colleague, nil},
		{"a viewer", workflow.Draft, w.viewer, problem.Forbidden},
		{"a member of another office", workflow.Draft, w.stranger, problem.NotFound},
		{"the desk", workflow.ChangesRequested, w.officer, problem.Forbidden},
		{"the author, when it has been sent", workflow.Submitted, w.author, problem.NotAllowedNow},
		{"the author, during the review", workflow.InReview, w.author, problem.NotAllowedNow},
		{"the author, when it is published", workflow.Published, w.author, problem.NotAllowedNow},
		{"the author, when changes are asked for", workflow.ChangesRequested, w.author, nil},
	} {
		id := w.in(c.state, c.state == workflow.Published)
		if _, err := w.save(id, "who", workflow.Origin{}, answers("name", "x"), c.who); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestWhatWasTypedIsKeptExactly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	for _, text := range []string{
		"تَعَهُّد بتسجيل كل طفل", "Обещание: «регистрация» — всем", "登记每一个孩子 𠮷", "Enregistrer l’enfant dès la naissance", "👨‍👩‍👧‍👦 🏳️‍🌈 1️⃣",
		"e\u0301 and \u00e9 are not the same bytes", " spaces  around ", "line\none\n\ntwo\ttab", `{"json": "\u0041"} '; DROP TABLE submissions; --`, "<script>alert(1)</script>",
		strings.Repeat("ж", 100_000),
	} {
		id := w.start()
		if _, err := w.save(id, "what", workflow.Origin{}, answers("title", text, "title", "twice"), w.author); err != nil {
			t.Fatalf("%.40q: %v", text, err)
		}
		kept, err := workflow.ReadText(t.Context(), w.db.Read(), id, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := kept.Steps["what"].Answers["title"]; len(got) != 2 || got[0] != text || got[1] != "twice" {
			t.Errorf("%.40q is kept as %.60q", text, got)
		}
	}
}
