package app

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"portal/internal/account"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// An office is merged while a draft of it is open in somebody's browser: the next save goes through, what is published
// keeps its name, and everybody finds everything in the other office.
func TestAnOfficeIsMergedWhileADraftIsOpen(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	member := cast.Member.In(t)
	step := "/en" + submission.Path(s.draft) + "/steps/text"
	open := member.Get(step).Want(http.StatusOK).Form("main form")

	desk := "/en/desk/offices/" + strconv.FormatInt(cast.Office, 10)
	officer := cast.Officer.In(t)
	preview := officer.Get(desk + "/merger?into=" + strconv.FormatInt(cast.OtherOffice, 10)).Want(http.StatusOK)
	for _, want := range []string{"Ministry of Labour", "City of Cali", "1 draft", "3 published", "4 people, of whom 0 in both offices"} {
		if !strings.Contains(preview.Text("main"), want) {
			t.Errorf("the preview does not say %q: %s", want, preview.Text("main"))
		}
	}
	preview.Form("main form").Submit().Want(http.StatusSeeOther)
	officer.Post(desk+"/merger", url.Values{"into": {strconv.FormatInt(cast.OtherOffice, 10)}}).Want(http.StatusConflict)

	open.Set("barriers", "Written while the offices were merged.").Submit().Want(http.StatusSeeOther)
	if !strings.Contains(member.Get(step).Want(http.StatusOK).Form("main form").Value("barriers"), "while the offices were merged") {
		t.Error("what was typed is lost")
	}
	for what, sql := range map[string]string{
		"submissions":       `SELECT count(*)::int FROM submissions WHERE office_id = $1`,
		"published pledges": `SELECT count(*)::int FROM pledges WHERE office_id = $1`,
		"posts":             `SELECT count(*)::int FROM posts WHERE office_id = $1`,
		"offers":            `SELECT count(*)::int FROM post_offers WHERE office_id = $1`,
	} {
		if n, err := database.Value[int](t.Context(), db.Read(), sql, cast.Office); err != nil || n != 0 {
			t.Errorf("%d %s are left behind: %v", n, what, err)
		}
	}
	if name, err := database.Value[string](t.Context(), db.Read(), `SELECT office_name FROM pledges WHERE id = $1 AND until IS NULL`, s.published); err != nil || name != "Ministry of Labour" {
		t.Errorf("the published pledge is by %q: %v", name, err)
	}
	if page := member.Get("/en/offices/" + strconv.FormatInt(cast.Office, 10)); page.Status != http.StatusSeeOther || !strings.HasSuffix(page.Location(), "/offices/"+strconv.FormatInt(cast.OtherOffice, 10)) {
		t.Errorf("the address of the merged office leads nowhere: %d %s", page.Status, page.Location())
	}
	if text := officer.Get("/en/desk/offices?state=approved&q=ministry").Want(http.StatusOK).Text("main"); !strings.Contains(text, "City of Cali") {
		t.Errorf("the old name finds nothing: %s", text)
	}
	if text := officer.Get("/en/desk/offices/" + strconv.FormatInt(cast.OtherOffice, 10) + "/history").Want(http.StatusOK).Text("main"); !strings.Contains(text, "Ministry of Labour went into this office") {
		t.Errorf("the history does not say it: %s", text)
	}
}

// Two officers merge at once while somebody begins drafts: one merger wins, and nothing is left behind.
func TestMergingAtOnceLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	third := webtest.NewOffice(t, db, "Ministry of Interior", "KE")
	ctx := t.Context()
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i, who := range []identity.User{cast.Officer.User, cast.Lead.User, cast.OtherOfficer.User} {
		wg.Go(func() {
			into := cast.OtherOffice
			if i == 1 {
				into = third
			}
			errs[i] = portal.areas.accounts.MergeOffice(ctx, who, cast.Office, into)
		})
	}
	for range 6 {
		wg.Go(func() {
			_, err := portal.areas.submissions.Start(ctx, cast.Head.User, pledge.KindName, cast.Office)
			if err != nil && !errors.Is(err, problem.NotFound) && !errors.Is(err, problem.Forbidden) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		var decided *account.DecidedError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &decided) || decided.State != "merged" || decided.By == "":
			t.Errorf("who was slower gets %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d mergers won", won)
	}
	if n, err := database.Value[int](ctx, db.Read(), `SELECT count(*)::int FROM submissions WHERE office_id = $1`, cast.Office); err != nil || n != 0 {
		t.Errorf("%d drafts are left behind: %v", n, err)
	}
}

// When a proposed office is refused its people keep sight of their drafts, and move them to another office of theirs.
func TestARefusedOfficeKeepsItsDrafts(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	ctx := t.Context()
	office, err := portal.areas.accounts.Join(ctx, cast.OtherMember.User, account.OfficeChoice{Name: "Observatory", Category: "member_state", Country: "CO"})
	if err != nil {
		t.Fatal(err)
	}
	who, err := identity.Load(ctx, db.Read(), cast.OtherMember.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := portal.areas.submissions.Start(ctx, who, pledge.KindName, office)
	if err != nil {
		t.Fatal(err)
	}
	c, err := portal.areas.accounts.DeskOffice(ctx, cast.Officer.User, office)
	if err != nil {
		t.Fatal(err)
	}
	if err := portal.areas.accounts.DecideOffice(ctx, cast.Officer.User, office, account.Decision{HeadPost: c.HeadPost, Reason: "We know no such office."}); err != nil {
		t.Fatal(err)
	}
	person := cast.OtherMember.In(t)
	page := person.Get("/en" + submission.Path(draft)).Want(http.StatusOK)
	if !strings.Contains(page.Text("main"), "has not approved Observatory") {
		t.Errorf("the page does not say what happened: %s", page.Text("main"))
	}
	person.Get("/en" + submission.Path(draft) + "/print").Want(http.StatusOK)
	if rows, err := portal.areas.submissions.All(ctx, who, submission.Filter{}); err != nil || len(rows) != 1 {
		t.Errorf("the list has %d: %v", len(rows), err)
	}
	if _, err := portal.areas.submissions.SaveStep(ctx, who, draft, "what", workflow.Origin{}, nil); !errors.Is(err, problem.Forbidden) {
		t.Errorf("it can be written: %v", err)
	}
	cast.Head.In(t).Get("/en" + submission.Path(draft) + "/office").Want(http.StatusNotFound)
	form := person.Get("/en" + submission.Path(draft) + "/office").Want(http.StatusOK).Form("main form")
	form.Submit().Want(http.StatusUnprocessableEntity)
	form.Set("office", strconv.FormatInt(cast.OtherOffice, 10)).Submit().Want(http.StatusSeeOther)
	sub, err := workflow.Find(ctx, db.Read(), draft, who)
	if err != nil || sub.OfficeID != cast.OtherOffice || !sub.MayWrite() {
		t.Errorf("it is of office %d: %v", sub.OfficeID, err)
	}
	if n, err := database.Value[int](ctx, db.Read(), `SELECT count(*)::int FROM audit_log WHERE act = 'move' AND subject_id = $1`, draft); err != nil || n != 1 {
		t.Errorf("the move is recorded %d times: %v", n, err)
	}
	person.Post("/en"+submission.Path(draft)+"/office", url.Values{"office": {strconv.FormatInt(cast.Office, 10)}}).Want(http.StatusUnprocessableEntity)
}
