package peer_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// A round from its opening to the end, by the pages: the desk asks, a reviewer declares, reads, writes and hands in.
func TestARoundByItsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Registrars at the border")
	path := fmt.Sprintf("/en/desk/submissions/%d/reviews", id)
	page := w.Officer.In(t).Get(path).Want(200)
	has(t, page, "Open a round of reviews", "shares objectives: 7", "reads English")
	form := page.Form("form.panel--lead")
	form.Set("reviewer", fmt.Sprint(w.One.User.ID), fmt.Sprint(w.Two.User.ID), fmt.Sprint(w.Three.User.ID)).Submit().WantRedirect(path).Follow().Want(200)
	if got := w.waitingFor(id); got != workflow.ForReviewers {
		t.Errorf("it waits for %q", got)
	}
	// Asked: no more than the title.
	own := w.assignment(id, w.One)
	address := fmt.Sprintf("/en/reviews/%d", own)
	has(t, w.One.In(t).Get("/en/reviews").Want(200), "Registrars at the border", "1 review is open")
	page = w.One.In(t).Get(address).Want(200)
	has(t, page, "Registrars at the border", "Do you have a conflict of interest?")
	hasNot(t, page, "14 border health posts", "Ministry of Labour", "Kisumu")
	w.One.In(t).Post(address, url.Values{"do": {"submit"}}).Want(409)
	form = page.Form("form.stack")
	form.Submit().Want(422)
	form.Set("conflict", "no").Set("accept", "yes").Submit().WantRedirect(address)
	page = w.One.In(t).Get(address).Want(200)
	has(t, page, "14 border health posts", "Ministry of Labour", "City of Kisumu", "Transparent method")
	hasNot(t, page, "Amara Diallo", "partner@example.org")
	// A draft is kept as it is; what is missing is said, and kept as well.
	form = page.Form("form.step")
	page = form.Set("score1", "4").Set("to_submitter", "Half a sentence").Press("Save the draft").WantRedirect(address).Follow()
	has(t, page, "Half a sentence")
	page = page.Form("form.step").Press("Hand in the review").Want(422)
	has(t, page, "Half a sentence", "Choose a score from 1 to 5 for: Evidence.", "Choose a recommendation.")
	form = page.Form("form.step")
	for n, score := range []string{"4", "5", "4", "3", "4"} {
		form.Set(fmt.Sprintf("score%d", n+1), score)
	}
	form.Set("recommendation", "minor").Set("to_staff", "A word between us").Press("Hand in the review").WantRedirect(address)
	page = w.One.In(t).Get(address).Want(200)
	has(t, page, "Your review was handed in", "A word between us")
	if page.Has("form.step") {
		t.Error("a review that was handed in can be written on")
	}
	// The desk reads it, with the mean 25·4+20·5+25·4+20·3+10·4 = 400.
	page = w.Officer.In(t).Get(path).Want(200)
	has(t, page, "weighted mean 4.00", "A word between us", "Minor changes")
	// Administrators, another desk, the submitter and a conflicted officer do not.
	w.Administrator.In(t).Get(path).Want(404)
	w.OtherOfficer.In(t).Get(path).Want(404)
	w.Conflicted.In(t).Get(path).Want(404)
	w.Member.In(t).Get(path).Want(404)
	w.Two.In(t).Get(path).Want(404)
	w.Two.In(t).Get(address).Want(404)
	if w.wrote(w.Lead, "peer.all_in") {
		t.Error("the desk was told that all are in")
	}
	w.hand(w.Two, w.assignment(id, w.Two), whole(4, peer.RecommendAccept))
	w.hand(w.Three, w.assignment(id, w.Three), whole(4, peer.MinorChanges))
	if !w.wrote(w.Lead, "peer.all_in") || w.wrote(w.Conflicted, "peer.all_in") || w.waitingFor(id) != workflow.ForDesk {
		t.Errorf("the mails are %v, it waits for %q", w.mails(w.Lead), w.waitingFor(id))
	}
	allIn := func(who identity.User) []workflow.ID {
		return value[[]workflow.ID](w, `SELECT coalesce(array_agg(s.id), '{}') FROM submissions s WHERE `+peer.AllIn+` AND `+workflow.OnDesk, database.Args{"who": who.ID, "staff": true})
	}
	if in := allIn(w.Officer.User); len(in) != 1 || in[0] != id {
		t.Errorf("all in: %v", in)
	}
	if in := allIn(w.Conflicted.User); len(in) != 0 {
		t.Errorf("the conflicted officer is told of %v", in)
	}
}

// The rule calls in one more, records why, and explains itself when nobody matches.
func TestTheRuleCallsInOneMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Disputed")
	a := w.round(id, w.One, w.Two, w.Three)
	w.hand(w.One, a[0], whole(2, peer.RecommendDecline))
	w.hand(w.Two, a[1], whole(4, peer.RecommendAccept))
	w.hand(w.Three, a[2], whole(4, peer.MinorChanges))
	c := w.desk(id)
	last := c.Rounds[0].Assignments[len(c.Rounds[0].Assignments)-1]
	if last.ReviewerID != w.Four.User.ID || last.Cause != peer.StepsApart || last.Apart == nil || *last.Apart != 3 {
		t.Fatalf("called in is %+v", last)
	}
	if !w.wrote(w.Four, "peer.asked") || !w.wrote(w.Lead, "peer.called_in") || w.wrote(w.Lead, "peer.all_in") || w.waitingFor(id) != workflow.ForReviewers {
		t.Errorf("mails to the lead are %v", w.mails(w.Lead))
	}
	has(t, w.Lead.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/reviews", id)).Want(200), "Called in by the rule", "Apart by 3.00")
	w.hand(w.Four, last.ID, whole(3, peer.MajorChanges))
	if !w.wrote(w.Lead, "peer.all_in") {
		t.Error("after the one called in nothing is all in")
	}

	// Now everybody was asked: another disputed one has nobody left, since two a year is their room.
	second := w.sent("Disputed again")
	a = w.round(second, w.One, w.Two, w.Three)
	w.exec(`UPDATE reviewers SET capacity = 1 WHERE user_id = $1`, w.Four.User.ID)
	w.hand(w.One, a[0], whole(1, peer.MinorChanges))
	w.hand(w.Two, a[1], whole(5, peer.MinorChanges))
	w.hand(w.Three, a[2], whole(3, peer.MinorChanges))
	if c := w.desk(second); c.Rounds[0].Lacks != "third" || c.Rounds[0].CompleteAt == nil {
		t.Errorf("the round lacks %q", c.Rounds[0].Lacks)
	}
	has(t, w.Lead.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/reviews", second)).Want(200), "but nobody matches")
	if !w.wrote(w.Lead, "peer.nobody") {
		t.Error("the desk is not told that nobody matches")
	}
}

// Declining needs a reason, tells the desk, and a conflict hides the submission at once, whenever it comes up.
func TestDecliningAndConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Delicate")
	a := w.round(id, w.One, w.Two, w.Three, w.Four)
	if err := w.peer.Answer(t.Context(), w.One.User, a[0], peer.Answer{Conflict: "no", Accept: "no"}); !isInvalid(err, "reason") {
		t.Errorf("declined without a reason: %v", err)
	}
	if err := w.peer.Answer(t.Context(), w.One.User, a[0], peer.Answer{Conflict: "no", Accept: "no", Reason: "No time.", Suggestion: "Ask Dr Yilmaz."}); err != nil {
		t.Fatal(err)
	}
	has(t, w.Lead.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/reviews", id)).Want(200), "No time.", "Ask Dr Yilmaz.", "1 reviewer from the United Nations")
	if !w.wrote(w.Lead, "peer.declined") {
		t.Error("the desk is not told")
	}
	gone := func(who string, get func() error) {
		t.Helper()
		if err := get(); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s: %v, want not found", who, err)
		}
	}
	// Declared before reading.
	if err := w.peer.Answer(t.Context(), w.Two.User, a[1], peer.Answer{Conflict: "yes", Reason: "My cousin."}); err != nil {
		t.Fatal(err)
	}
	gone("who declared", func() error { _, err := w.peer.OwnAssignment(t.Context(), w.Two.User, a[1]); return err })
	// Set by staff, after reading and writing.
	w.hand(w.Three, a[2], whole(4, peer.RecommendAccept))
	if err := w.peer.SetConflict(t.Context(), w.Lead.User, id, w.Three.User.ID, true, " "); !isInvalid(err, "reason") {
		t.Errorf("a conflict is set without a reason: %v", err)
	}
	if err := w.peer.SetConflict(t.Context(), w.Lead.User, id, w.Three.User.ID, true, "They used to work there."); err != nil {
		t.Fatal(err)
	}
	gone("whom staff set aside", func() error { _, err := w.peer.OwnAssignment(t.Context(), w.Three.User, a[2]); return err })
	// By an interest that is declared after reading.
	w.accept(w.Four, a[3])
	if err := w.peer.DeclareInterest(t.Context(), w.Four.User, peer.NewInterest{Office: w.Office, Reason: "I advise them."}); err != nil {
		t.Fatal(err)
	}
	gone("who declared an interest", func() error { _, err := w.peer.OwnAssignment(t.Context(), w.Four.User, a[3]); return err })
	for i, r := range []int64{a[1], a[2], a[3]} {
		if w.state(r) != peer.SetAside {
			t.Errorf("assignment %d is %s", i+1, w.state(r))
		}
	}
	for _, p := range []struct {
		mine []string
	}{{w.mails(w.Two)}, {w.mails(w.Three)}, {w.mails(w.Four)}} {
		if !slices.Contains(p.mine, "peer.set_aside") {
			t.Errorf("they are not told: %v", p.mine)
		}
	}
	if text := value[string](w, `SELECT subject || body FROM outbox WHERE kind = 'peer.set_aside' AND to_user = $1`, w.Three.User.ID); containsAny(text, "Delicate", "Ministry of Labour") {
		t.Errorf("the mail tells of the submission: %s", text)
	}
	if !w.wrote(w.Lead, "peer.set_aside_desk") {
		t.Error("the desk is not told")
	}
	if c := w.desk(id); len(c.Rounds[0].In()) != 0 {
		t.Error("a review that was set aside counts")
	}
	for _, p := range []string{"/en/reviews", fmt.Sprintf("/en/reviews/%d", a[2])} {
		hasNot(t, w.Three.In(t).Get(p), "Delicate")
	}
	// None of them can be asked again.
	for _, p := range []int64{w.Two.User.ID, w.Three.User.ID, w.Four.User.ID, w.Reviewer.User.ID} {
		if err := w.peer.Ask(t.Context(), w.Lead.User, id, []int64{p}); p == w.Reviewer.User.ID && !isInvalid(err, "reviewer") {
			t.Errorf("somebody without a profile is asked: %v", err)
		}
	}
	for _, s := range w.desk(id).Suggestions {
		if s.Standing == workflow.InConflict {
			t.Errorf("%s is suggested", s.Name)
		}
	}
}

// A review saved from two windows: the second is told, and both texts are there; a page does not conflict with itself.
func TestAReviewInTwoWindows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Two windows")
	a := w.round(id, w.One, w.Two, w.Three)
	w.accept(w.One, a[0])
	first := peer.Review{ToSubmitter: "First window"}
	saved, err := w.peer.Save(t.Context(), w.One.User, a[0], workflow.Origin{Page: "p1"}, first)
	if err != nil || saved.Version != 1 {
		t.Fatalf("%+v, %v", saved, err)
	}
	if again, err := w.peer.Save(t.Context(), w.One.User, a[0], workflow.Origin{Page: "p1"}, first); err != nil || again.Version != 1 {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	var conflict *peer.ConflictError
	if _, err := w.peer.Save(t.Context(), w.One.User, a[0], workflow.Origin{Page: "p2"}, peer.Review{ToSubmitter: "Second window"}); !errors.As(err, &conflict) || conflict.Theirs.ToSubmitter != "First window" {
		t.Errorf("the other window overwrites: %v", err)
	}
	page := w.One.In(t).Post(fmt.Sprintf("/en/reviews/%d", a[0]), url.Values{"version": {"0"}, "page": {"p2"}, "to_submitter": {"Second window"}, "do": {"save"}}).Want(409)
	has(t, page, "First window", "Second window")
	page.Form("form.step").Press("Save the draft").WantRedirect(fmt.Sprintf("/en/reviews/%d", a[0]))
	if got := value[string](w, `SELECT to_submitter FROM reviews WHERE assignment_id = $1`, a[0]); got != "Second window" {
		t.Errorf("kept is %q", got)
	}
	quiet := w.One.In(t).Post(fmt.Sprintf("/en/reviews/%d", a[0]), url.Values{"version": {"1"}, "page": {"p3"}, "to_submitter": {"x"}, "autosave": {"1"}})
	if quiet.Status != 409 {
		t.Errorf("the script is answered %d", quiet.Status)
	}
}

// Blind review: what the round hides is nowhere on the reviewer's pages; what it shows of the others goes by its setting.
func TestBlindReviewAndTheOthers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		visibility       peer.Visibility
		before, afterOwn bool
	}{{peer.Never, false, false}, {peer.AfterOwn, false, true}, {peer.Always, true, true}} {
		t.Run(string(test.visibility), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exec(`UPDATE review_settings SET visibility = $1, redacted = '{@author,@office,partners,title}' WHERE kind = 'pledge'`, test.visibility)
			id := w.sent("A telling title")
			a := w.round(id, w.One, w.Two, w.Three)
			w.hand(w.Two, a[1], peer.Review{Scores: whole(3, "").Scores, ToSubmitter: "What Two wrote", ToStaff: "A secret of Two", Recommendation: peer.MinorChanges})
			w.accept(w.One, a[0])
			page := w.One.In(t).Get(fmt.Sprintf("/en/reviews/%d", a[0])).Want(200)
			has(t, page, "14 border health posts", "Hidden for this review")
			hasNot(t, page, "A telling title", "Ministry of Labour", "Kenya", "City of Kisumu", "Amara", "Member of the office", "A secret of Two")
			if says := !page.Contains("Only the desk that asked you reads it"); says != test.afterOwn {
				t.Errorf("the form says that others read the review: %t", says)
			}
			if shown := containsAny(string(page.Body), "What Two wrote"); shown != test.before {
				t.Errorf("before their own the others are shown: %t", shown)
			}
			if err := w.peer.Submit(t.Context(), w.One.User, a[0], workflow.Origin{}, whole(3, peer.MinorChanges)); err != nil {
				t.Fatal(err)
			}
			page = w.One.In(t).Get(fmt.Sprintf("/en/reviews/%d", a[0])).Want(200)
			hasNot(t, page, "A secret of Two", ">Two<")
			if shown := containsAny(string(page.Body), "What Two wrote"); shown != test.afterOwn {
				t.Errorf("after their own the others are shown: %t", shown)
			}
		})
	}
}

// Reminders come before and after, once each; what is no longer under review closes its round.
func TestWhatTheClockDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Slow")
	a := w.round(id, w.One, w.Two, w.Three)
	w.accept(w.Two, a[1])
	care := func() {
		t.Helper()
		for range 2 { // the second time there is nothing to do
			if err := w.peer.Care(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	care()
	count := func(kind string) int {
		return value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = $1 AND to_user = $2`, kind, w.Two.User.ID)
	}
	if n := count("peer.reminder"); n != 0 {
		t.Errorf("%d reminders at once", n)
	}
	w.later(17 * 24 * time.Hour)
	care()
	if n := count("peer.reminder"); n != 1 {
		t.Errorf("%d reminders before", n)
	}
	w.later(5 * 24 * time.Hour)
	care()
	w.later(7 * 24 * time.Hour)
	care()
	if n := count("peer.late"); n != 2 {
		t.Errorf("%d reminders after", n)
	}
	w.step(id, w.Officer.User, workflow.Decline, "It is about work that has ended.")
	care()
	if w.state(a[0]) != peer.Withdrawn || !w.wrote(w.One, "peer.closed") || w.desk(id).Open() != nil {
		t.Errorf("the round goes on: %s, %v", w.state(a[0]), w.mails(w.One))
	}
	if err := w.peer.Submit(t.Context(), w.Two.User, a[1], workflow.Origin{}, whole(3, peer.MinorChanges)); err == nil {
		t.Error("a review is taken after the decision")
	}
}

// An edited set of criteria does not change open reviews; weights that sum to zero are refused with words.
func TestCriteriaAreVersioned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// review.md, Peer review: what a practice is judged by until somebody changes it.
	if got := value[string](w, `SELECT string_agg((names ->> 'en') || ' ' || weight, ', ' ORDER BY n) FROM review_criteria WHERE set_id = (SELECT id FROM review_criteria_sets WHERE kind = 'practice')`); got != "Quality 25, Transparent method 20, Usability for the Compact 25, Replicability 20, Evidence 10" {
		t.Errorf("the criteria are %s", got)
	}
	if got := value[string](w, `SELECT concat_ws(' ', enabled, un_needed, external_needed, steps_apart, means_apart) FROM review_settings WHERE kind = 'practice'`); got != "t 1 2 2 1.5" {
		t.Errorf("the rule is %s", got)
	}
	id := w.sent("Under the old criteria")
	w.round(id, w.One, w.Two, w.Three)
	address := "/en/desk/settings/review/pledge"
	page := w.Lead.In(t).Get(address).Want(200)
	form := page.Form("form[action*=criteria]")
	for n := 1; n <= 5; n++ {
		form.Set(fmt.Sprintf("c%d.weight", n), "0")
	}
	page = form.Submit().Want(422)
	has(t, page, "The weights add up to zero")
	form = page.Form("form[action*=criteria]").Set("c1.weight", "100").Set("c1.name.en", "Beauty").Set("c1.name.ar", "الجمال")
	form.Submit().WantRedirect(address)
	if c := w.desk(id); c.Rounds[0].Set.Version != 1 || c.Rounds[0].Set.Criteria[0].Names["en"] != "Quality" {
		t.Errorf("the open round has %+v", c.Rounds[0].Set)
	}
	k, err := w.peer.SettingsOf(t.Context(), w.Lead.User, "pledge")
	if err != nil || k.Set.Version != 2 || k.Set.Criteria[0].Names["en"] != "Beauty" {
		t.Errorf("the next round has %+v, %v", k.Set, err)
	}
	form.Submit().Want(409) // read at version 1
	w.Officer.In(t).Get(address).Want(200)
	w.Officer.In(t).Post(address+"/criteria", url.Values{}).Want(403)
	w.OtherOfficer.In(t).Get(address).Want(404)
	w.Lead.In(t).Post(address, url.Values{"version": {"1"}, "visibility": {"never"}, "days": {"0"}, "un_needed": {"0"}, "external_needed": {"0"}, "either_needed": {"0"}, "steps_apart": {"9"}, "means_apart": {"x"}}).Want(422)
	w.Lead.In(t).Post(address, url.Values{"version": {"1"}, "enabled": {"yes"}, "required": {"yes"}, "visibility": {"never"}, "days": {"14"}, "un_needed": {"1"}, "external_needed": {"1"}, "either_needed": {"0"}, "steps_apart": {"3"}, "means_apart": {"2,5"}}).WantRedirect(address)
	if m := value[float64](w, `SELECT means_apart::float8 FROM review_settings WHERE kind = 'pledge'`); m != 2.5 {
		t.Errorf("the margin is %v", m)
	}
	if k, err := w.peer.SettingsOf(t.Context(), w.Lead.User, "pledge"); err != nil || !k.Settings.Required {
		t.Errorf("the desk does not have to wait: %+v, %v", k.Settings, err)
	}
}

// Leads invite; reviewers edit their own profile, and only theirs.
func TestReviewersAndTheirProfiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Officer.In(t).Get("/en/desk/reviewers/new").Want(403)
	has(t, w.Officer.In(t).Get("/en/desk/reviewers?q=thr").Want(200), "Three", "1 reviewer")
	w.One.In(t).Get("/en/desk/reviewers").Want(403)
	w.Lead.In(t).Get("/en/desk/reviewers.csv").Want(200)
	page := w.Lead.In(t).Get("/en/desk/reviewers/new").Want(200)
	page.Form("form.stack").Set("name", "Dr Ayşe Yılmaz").Set("email", "ayse@example.org").Submit().Want(422)
	page.Form("form.stack").Set("name", "Dr Ayşe Yılmaz").Set("email", "ayse@example.org").Set("side", "external").Set("lang", "ar").Submit().WantRedirect("/en/desk/reviewers")
	if lang := value[string](w, `SELECT lang FROM outbox WHERE kind = 'peer.invited'`); lang != "ar" {
		t.Errorf("the invitation is in %s", lang)
	}
	page = w.One.In(t).Get("/en/reviews/profile").Want(200)
	form := page.Form("form[data-guard]")
	form.Set("objectives").Submit().Want(422)
	form = page.Form("form[data-guard]").Set("capacity", "4").Set("works_for", "A university").Set("regions", "africa")
	form.Submit().WantRedirect("/en/reviews/profile")
	form.Set("capacity", "5").Submit().Want(409)
	if n := value[int](w, `SELECT capacity FROM reviewers WHERE user_id = $1`, w.One.User.ID); n != 4 {
		t.Errorf("the capacity is %d", n)
	}
	page = w.One.In(t).Get("/en/reviews/profile?office=labour").Want(200)
	has(t, page, "Ministry of Labour")
	page.Form("form[action*=interests]").Set("interest_office", fmt.Sprint(w.Office)).Set("interest_reason", "My sister works there.").Submit().WantRedirect("/en/reviews/profile")
	page = w.One.In(t).Get("/en/reviews/profile").Want(200)
	has(t, page, "My sister works there.")
	interest := value[int64](w, `SELECT id FROM declared_interests`)
	w.Two.In(t).Post(fmt.Sprintf("/en/reviews/interests/%d/end", interest), nil).Want(404)
	w.One.In(t).Post(fmt.Sprintf("/en/reviews/interests/%d/end", interest), nil).WantRedirect("/en/reviews/profile")
	if w.Officer.In(t).Get("/en/reviews").Status != 404 || w.Officer.In(t).Get("/en/reviews/profile").Status != 404 {
		t.Error("an officer has a reviewer's pages")
	}
}

// Nobody opens a round out of time, twice, or of what is not theirs.
func TestOpeningARound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Once")
	c := w.desk(id)
	n := peer.NewRound{DueOn: date.Of(now), Reviewers: []int64{w.One.User.ID}, Version: c.Version}
	if err := w.peer.OpenRound(t.Context(), w.Lead.User, id, n); !isInvalid(err, "due") {
		t.Errorf("due in the past: %v", err)
	}
	n.DueOn = n.DueOn.AddDays(20)
	for name, test := range map[string]struct {
		who  identity.User
		n    peer.NewRound
		want error
	}{
		"an administrator": {w.Administrator.User, n, problem.NotFound}, "another desk": {w.OtherOfficer.User, n, problem.NotFound}, "somebody with a conflict": {w.Conflicted.User, n, problem.NotFound},
		"a reviewer": {w.One.User, n, problem.NotFound}, "a page that is out of date": {w.Lead.User, peer.NewRound{DueOn: n.DueOn, Reviewers: n.Reviewers, Version: c.Version - 1}, problem.Stale},
	} {
		if err := w.peer.OpenRound(t.Context(), test.who, id, test.n); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if err := w.peer.OpenRound(t.Context(), w.Lead.User, id, n); err != nil {
		t.Fatal(err)
	}
	if err := w.peer.OpenRound(t.Context(), w.Lead.User, id, n); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("opened twice: %v", err)
	}
	for range 2 { // a form sent twice
		if err := w.peer.Ask(t.Context(), w.Lead.User, id, []int64{w.Two.User.ID}); err != nil {
			t.Errorf("ask one more: %v", err)
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'peer.asked' AND to_user = $1`, w.Two.User.ID); n != 1 {
		t.Errorf("they are asked %d times", n)
	}
	if err := w.peer.Ask(t.Context(), w.Lead.User, id, nil); !isInvalid(err, "reviewer") {
		t.Errorf("nobody is asked: %v", err)
	}
	if err := w.peer.CloseRound(t.Context(), w.Lead.User, id); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE review_settings SET enabled = false`)
	if err := w.peer.OpenRound(t.Context(), w.Lead.User, id, n); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("opened while it is off: %v", err)
	}
	w.tx(func(tx database.Tx) error { return workflow.WaitForReviewers(t.Context(), tx, id, false, now) })
}

func isInvalid(err error, name string) bool {
	fields, ok := problem.InvalidFields(err)
	return ok && slices.ContainsFunc(fields, func(f problem.Field) bool { return f.Name == name })
}

func containsAny(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// A kind that asks for peer review is approved with a reason until a round of it was whole (review.md: at least one UN and
// two external reviewers).
func TestWhatIsUnreviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("A pledge")
	unreviewed := func() bool {
		return value[bool](w, `SELECT `+peer.Unreviewed+` FROM submissions s WHERE s.id = $1`, id)
	}
	if unreviewed() {
		t.Error("a kind that does not ask for it")
	}
	w.exec(`UPDATE review_settings SET required = true WHERE kind = 'pledge'`)
	if !unreviewed() {
		t.Error("nobody was asked")
	}
	w.round(id, w.One, w.Two, w.Three)
	w.hand(w.One, w.assignment(id, w.One), whole(4, peer.RecommendAccept))
	w.hand(w.Two, w.assignment(id, w.Two), whole(4, peer.RecommendAccept))
	if !unreviewed() {
		t.Error("one review is missing")
	}
	w.hand(w.Three, w.assignment(id, w.Three), whole(4, peer.MinorChanges))
	if unreviewed() {
		t.Error("all are in")
	}
	w.exec(`UPDATE review_settings SET enabled = false WHERE kind = 'pledge'`)
	if unreviewed() {
		t.Error("peer review is switched off")
	}
}
