package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// handIn presses the button of the page that sends in.
func handIn(t *testing.T, who webtest.Person, id int64) {
	t.Helper()
	page := who.In(t).Get(fmt.Sprintf("/en/submissions/%d/check", id)).Want(http.StatusOK)
	page.Form("form.panel--lead").Set("declaration", "yes").Submit().Want(http.StatusSeeOther)
}

// What somebody hands in with the button of its page goes to the officer whom the lead's rule names, by the objectives of
// the text; and by them it is found in the queue.
func TestWhatIsHandedInGoesByTheRules(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	id := filePledge(t, portal, cast.Member.User)
	c := portal.areas.kinds["pledge"]
	text, err := workflow.ReadText(t.Context(), db.Read(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	named := c.Objectives(text.Answers())
	if len(named) == 0 {
		t.Fatal("the invented pledge names no objective")
	}
	objective, other := strconv.Itoa(named[0]), 1
	for slices.Contains(named, other) {
		other++
	}
	officer := strconv.FormatInt(cast.Officer.User.ID, 10)
	for _, o := range []string{strconv.Itoa(other), objective} {
		rules := cast.Lead.In(t).Get("/en/desk/settings/rules").Want(http.StatusOK)
		rules.Form("form.panel.stack").Set("country", "KE").Set("objective", o).Set("officers", officer).Submit().Want(http.StatusSeeOther)
	}
	handIn(t, cast.Member, id)

	type row struct {
		AssignedTo *int64
		Rule       int
		Objectives []int32
	}
	got, err := database.Row[row](t.Context(), db.Read(), `SELECT s.assigned_to, o.rule, s.submitted_objectives AS objectives FROM submissions s JOIN assignment_outcomes o ON o.submission_id = s.id WHERE s.id = $1`, id)
	if err != nil || got.AssignedTo == nil || *got.AssignedTo != cast.Officer.User.ID || got.Rule != 2 {
		t.Errorf("it is given to %v by rule %d, %v", got.AssignedTo, got.Rule, err)
	}
	if len(got.Objectives) != len(named) {
		t.Errorf("the queue knows the objectives %v, the text names %v", got.Objectives, named)
	}
	address := fmt.Sprintf("/en/desk/submissions/%d", id)
	if page := cast.Officer.In(t).Get(address).Want(http.StatusOK); !page.Contains("rule 2 gave it") {
		t.Error("its page does not say that a rule gave it to the officer")
	}
	for q, found := range map[string]bool{"objective:" + objective: true, "assigned:me objective:" + objective: true, "objective:" + strconv.Itoa(other): false, "-objective:" + objective: false} {
		page := cast.Officer.In(t).Get("/en/desk?q=" + strings.ReplaceAll(q, " ", "+")).Want(http.StatusOK)
		if page.Has(`main a[href^="`+address+`"]`) != found {
			t.Errorf("%s finds it: %v, want %v", q, !found, found)
		}
	}
}

// The public address of a duplicate leads for good to the pledge that it was merged into, in each language, as soon as the
// merger is done; with the link it ends.
func TestTheAddressOfADuplicateLeadsToTheOther(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	stays := s.publicID
	twice := sendPledge(t, portal, cast.Member.User)
	for range 2 {
		version := caseOf(t, portal, cast.Officer.User, twice).Version
		var err error
		if caseOf(t, portal, cast.Officer.User, twice).State == workflow.Submitted {
			err = portal.areas.desk.Assign(t.Context(), cast.Officer.User, twice, cast.Officer.User.ID, version)
		} else {
			err = portal.areas.desk.Decide(t.Context(), cast.Officer.User, twice, review.Decision{Action: workflow.Publish, Version: version})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	duplicate := *caseOf(t, portal, cast.Officer.User, twice).PublicID
	visitor := cast.Visitor.In(t)
	for _, lang := range []string{"en", "ar"} {
		visitor.Get("/" + lang + "/pledges/" + duplicate).Want(http.StatusOK) // and is kept in the cache of pages
	}
	links := cast.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/links", twice)).Want(http.StatusOK)
	confirm := links.Form(`form[aria-labelledby="merge-title"]`).Set("into", stays).Set("note", "You have sent it twice.").Submit().Want(http.StatusOK)
	confirm.Form("main form").Press("step=confirmed").Want(http.StatusSeeOther)
	for _, lang := range []string{"en", "ar"} {
		page := visitor.Get("/" + lang + "/pledges/" + duplicate).Want(http.StatusMovedPermanently)
		if want := "/" + lang + "/pledges/" + stays; page.Location() != want {
			t.Errorf("it leads to %s, want %s", page.Location(), want)
		}
		page.Follow().Want(http.StatusOK)
	}
	links = cast.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/links", twice)).Want(http.StatusOK)
	links.Form(`form[action$="/removal"]`).Submit().Want(http.StatusSeeOther)
	visitor.Get("/en/pledges/" + duplicate).Want(http.StatusGone)
}

// A reviewer who hands in from two windows at the same moment hands in one review; what was typed in the other window is
// shown again, and nothing of it is kept in its place.
func TestTwoSubmitsOfOneReviewKeepOneAndLoseNoWords(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	id := sendPledge(t, portal, cast.Member.User)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Read().Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE review_settings SET enabled = true WHERE kind = 'pledge'`)
	var reviewers []webtest.Person
	round := peer.NewRound{DueOn: date.Today(time.Now(), i18n.Geneva).AddDays(20), Version: caseOf(t, portal, cast.Officer.User, id).Version}
	for i := range 4 {
		u := webtest.NewUser(t, db, fmt.Sprintf("Reviewer %d", i), nil, identity.StaffRole{Role: identity.Reviewer})
		exec(`UPDATE users SET country = '' WHERE id = $1`, u.ID)
		exec(`INSERT INTO reviewers (user_id, side, objectives, languages, created_at, changed_at) VALUES ($1, $2, '{7}', '{en}', now(), now())`, u.ID, peer.Sides[i%2])
		reviewers = append(reviewers, webtest.SignedIn(t, cast.Visitor.Client, portal.router, u.Name, u))
		round.Reviewers = append(round.Reviewers, u.ID)
	}
	if err := portal.areas.peer.OpenRound(t.Context(), cast.Officer.User, id, round); err != nil {
		t.Fatal(err)
	}
	for _, r := range reviewers {
		assignment, err := database.Value[int64](t.Context(), db.Read(), `SELECT id FROM review_assignments WHERE reviewer_id = $1`, r.User.ID)
		if err == nil {
			err = portal.areas.peer.Answer(t.Context(), r.User, assignment, peer.Answer{Conflict: "no", Accept: "yes"})
		}
		if err != nil {
			t.Fatal(err)
		}
		address := fmt.Sprintf("/en/reviews/%d", assignment)
		words := []string{"From the first window", "From the second window"}
		var forms []*webtest.Form
		for _, w := range words {
			f := r.In(t).Get(address).Want(http.StatusOK).Form("form.step").Set("to_submitter", w).Set("recommendation", "minor")
			for n := 1; n <= 5; n++ {
				f.Set(fmt.Sprintf("score%d", n), "4")
			}
			forms = append(forms, f)
		}
		pages := make([]*webtest.Page, len(forms))
		var wait sync.WaitGroup
		for i, f := range forms {
			wait.Go(func() { pages[i] = f.Press("do=submit") })
		}
		wait.Wait()
		kept, err := database.Values[string](t.Context(), db.Read(), `SELECT v.to_submitter FROM reviews v JOIN review_assignments a ON a.id = v.assignment_id
			WHERE a.id = $1 AND a.state = 'submitted' AND v.submitted_at IS NOT NULL`, assignment)
		if err != nil || len(kept) != 1 {
			t.Fatalf("%s: handed in is %q, %v", r.Kind, kept, err)
		}
		for i, page := range pages {
			if words[i] == kept[0] {
				if page.Status != http.StatusSeeOther {
					t.Errorf("%s: who handed in is answered %d", r.Kind, page.Status)
				}
				continue
			}
			if page.Status != http.StatusConflict || !page.Contains(words[i]) || !page.Has("#errors") {
				t.Errorf("%s: the other window is answered %d, its words are there: %v", r.Kind, page.Status, page.Contains(words[i]))
			}
		}
		if n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*)::int FROM audit_log WHERE act = 'review_submit' AND actor_id = $1`, r.User.ID); err != nil || n != 1 {
			t.Errorf("%s: %d entries of handing in, %v", r.Kind, n, err)
		}
	}
}

// The queue finds what answers a call (practices.md, Calls), whose table belongs to another area.
func TestTheQueueKnowsWhatAnswersACall(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	call := openCall(t, portal, db)
	answer := answerCall(t, portal, cast.Member.User, call)
	rewrite(t, portal, cast.Member.User, answer, practiceOf(t, cast.Member.User))
	other := writePractice(t, portal, cast.Member.User, practiceOf(t, cast.Member.User))
	submitted(t, portal, cast.Member.User, answer)
	submitted(t, portal, cast.Member.User, other)
	desk := webtest.SignedIn(t, webtest.New(t, portal.Handler()), portal.router, "hub", hubOfficer(t, db)).In(t)
	for query, want := range map[string][2]bool{
		"":                            {true, true},
		fmt.Sprintf("call:%d", call):  {true, false},
		fmt.Sprintf("-call:%d", call): {false, true},
		"call:999999":                 {false, false},
	} {
		page := desk.Get("/en/desk?q=" + url.QueryEscape("in:all "+query)).Want(http.StatusOK)
		for i, id := range []workflow.ID{answer, other} {
			if got := page.Has(fmt.Sprintf(`main a[href^="/en/desk/submissions/%d"]`, id)); got != want[i] {
				t.Errorf("%q: submission %d of two is found: %v", query, i+1, got)
			}
		}
	}
}
