package review_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"portal/internal/identity"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// ofTwoDesks are a lead of two desks, two pledges and a practice with decisions that nobody was told yet.
func (w *world) ofTwoDesks() (lead webtest.Person, one, two, practice workflow.ID) {
	w.Helper()
	lead = w.person("lead of two desks", "Lead Both", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.HubDesk}, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	one, two = w.reviewed("One of pledges"), w.reviewed("Two of pledges")
	practice = w.draft(w.practice, w.Member.User, w.Office, complete("Three of the hub"))
	w.step(practice, w.Member.User, workflow.Submit, "")
	if err := w.desk.Assign(w.Context(), lead.User, practice, lead.User.ID, w.version(practice)); err != nil {
		w.Fatal(err)
	}
	for _, id := range []workflow.ID{one, two, practice} {
		if err := w.desk.Hold(w.Context(), lead.User, id, review.Decision{Action: workflow.Decline, Note: "It has ended", Version: w.version(id)}); err != nil {
			w.Fatal(err)
		}
	}
	return lead, one, two, practice
}

func (w *world) chosenForRelease(ids ...workflow.ID) url.Values {
	w.Helper()
	form := url.Values{"act": {"release"}}
	for _, id := range ids {
		form.Add("item", fmt.Sprintf("%d.%d", id, w.version(id)))
	}
	return form
}

// What a lead of several desks has chosen in the queue is released, whichever desks it is of.
func TestDecisionsOfSeveralDesksLeaveTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, one, two, practice := w.ofTwoDesks()

	// Of one desk, and not the first that they lead: its page, with what was chosen ticked.
	page := lead.In(t).Post("/en/desk/bulk", w.chosenForRelease(two)).Want(200)
	pending := value[int64](w, `SELECT id FROM pending_decisions WHERE submission_id = $1`, two)
	if page.Count("[name=item]") != 2 || page.Count("[name=item][checked]") != 1 || !page.Has("[name=item][checked][value='"+strconv.FormatInt(pending, 10)+"']") {
		t.Errorf("of the second desk: %s", page.Text("main"))
	}

	// Of both: all that leaves, desk by desk, and nothing else.
	confirm := lead.In(t).Post("/en/desk/bulk", w.chosenForRelease(one, practice)).Want(200)
	reads(t, confirm, "h2", "Hub desk", "Pledges desk")
	reads(t, confirm, ".lede", "2 decisions will leave: 2 declined")
	reads(t, confirm, "li", "Three of the hub", "One of pledges")
	if confirm.Contains("Two of pledges") {
		t.Error("what was not chosen is on the page")
	}
	late := lead.In(t).Post("/en/desk/bulk", w.chosenForRelease(two, practice)).Want(200)
	confirm.Form("main form").Press("step=confirmed").WantRedirect("/en/desk")
	if got := values[string](w, `SELECT r.desk || ' ' || i.submission_id FROM releases r JOIN release_items i ON i.release_id = r.id ORDER BY r.desk`); len(got) != 2 ||
		got[0] != fmt.Sprint("hub ", practice) || got[1] != fmt.Sprint("pledges ", one) {
		t.Errorf("released are %v", got)
	}
	if queue := lead.In(t).Get("/en/desk").Want(200); queue.Count("form[action$='/stop']") != 2 {
		t.Error("the queue does not show both releases, to undo them")
	}

	// All or nothing: one of them has left meanwhile.
	late.Form("main form").Press("step=confirmed").Want(409)
	if n := value[int](w, `SELECT count(*)::int FROM releases`); n != 2 {
		t.Errorf("there are %d releases", n)
	}
	// A desk that they do not lead.
	form := url.Values{"desk": {"pledges", "fund"}, "item": {strconv.FormatInt(pending, 10)}, "step": {"confirmed"}}
	lead.In(t).Post("/en/desk/release", form).Want(404)
	only, _ := w.withLeads()
	page = only.In(t).Post("/en/desk/bulk", w.chosenForRelease(two, practice)).Want(200)
	if page.Count("[name=item][checked]") != 1 || page.Contains("Three of the hub") {
		t.Error("a lead of one desk is shown another desk's decisions")
	}
}

// Whoever has to show first who they are finds afterwards what they have chosen.
func TestWhatIsChosenForReleaseOutlastsTheQuestionWhoItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, one, _, practice := w.ofTwoDesks()
	factor := time.Now()
	old := webtest.SignedInAt(t, w.Visitor.Client, w.router, "lead, signed in long ago", lead.User, factor.Add(-24*time.Hour), &factor)
	old.In(t).Post("/en/desk/bulk", w.chosenForRelease(one, practice)).WantRedirect("/en/desk/release")
	cookie, err := w.router.SessionCookieOf(t.Context(), lead.User, factor, &factor)
	if err != nil {
		t.Fatal(err)
	}
	old.SetCookie(cookie)
	page := old.In(t).Get("/en/desk/release").Want(200)
	reads(t, page, ".lede", "2 decisions will leave: 2 declined")
}
