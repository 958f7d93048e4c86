package pledge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// needing are the answers of a pledge that needs and offers something.
func needing(needed, offered string) form.Answers {
	return with(form.Answers{"support_needed": {needed}, "support_offered": {offered}})
}

// TestTheBoard holds that the board lists what pledges need and offer, that its counts are those of its lists, and that a
// file of it has what it shows.
func TestTheBoard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visitor := w.Visitor.In(t)
	if page := visitor.Get("/en/pledges/needs").Want(http.StatusOK); !page.Contains("No pledge needs or offers anything yet") {
		t.Errorf("the empty board: %s", page.Text("main"))
	}
	w.publish(t, complete())
	w.publish(t, with(form.Answers{"support_needed": {""}, "support_offered": {""}, "title": {"Says nothing"}}))
	w.publish(t, both(needing("Two trainers for <em>four</em> weeks", ""), form.Answers{"objectives": {"7"}, "title": {"Needs only"}}))
	_, french := w.publish(t, both(needing("", "Notre logiciel, libre de droits"), form.Answers{
		"language": {"fr"}, "title": {"Offre seulement"}, "countries": {"SN"}, "natures": {"human_resources"},
	}))
	gone, _ := w.publish(t, needing("Taken down", "Taken down"))
	w.apply(t, gone, w.Officer.User, workflow.Archive, "A mistake.")
	all := visitor.Get("/en/pledges/needs").Want(http.StatusOK)
	if all.Contains("Says nothing") || all.Contains("Taken down") || all.Has("main em") || !all.Contains("Two trainers") {
		t.Errorf("the board: %s", all.Text("main"))
	}
	if quoted := all.All(`p[lang=fr][dir=auto]`); len(quoted) != 1 || !all.Has(`a[href*=/pledges/`+french+`/interest]`) {
		t.Errorf("the French offer is not marked as French: %d", len(quoted))
	}
	for query, want := range map[string][]string{
		"?support=needed": {"Needs only"}, "?support=offered": {"Offre seulement"}, "?support=offered&country=SN": {"Offre seulement"},
		"?support=needed&objective=7": {"Needs only"}, "?nature=human_resources": {"Offre seulement"}, "?support=needed&country=SN": nil,
	} {
		page := visitor.Get("/en/pledges/needs" + query).Want(http.StatusOK)
		for _, title := range []string{"Needs only", "Offre seulement"} {
			if slices.Contains(want, title) != page.Contains(title) {
				t.Errorf("%s shows %q: %t", query, title, page.Contains(title))
			}
		}
		csv := string(visitor.Get("/en/pledges.csv" + query + "&support=needed&support=offered").Want(http.StatusOK).Body)
		if strings.Contains(csv, "Says nothing") {
			t.Errorf("the file of %s has what the board has not", query)
		}
	}
	// Every number of a facet is what the list holds with that value alone in it.
	whole, err := w.service.List(t.Context(), pledge.Filter{Supports: pledge.Supports}, "en")
	if err != nil || whole.Total != 2 || len(whole.Counts["support"]) != 2 {
		t.Errorf("the board has %d pledges, %v, %v", whole.Total, whole.Counts["support"], err)
	}
	for value, n := range whole.Counts["support"] {
		one, err := w.service.List(t.Context(), pledge.Filter{Supports: []pledge.Support{pledge.Support(value)}}, "en")
		if err != nil || one.Total != n || !strings.HasPrefix(visitor.Get("/en/pledges/needs?support="+value).Want(http.StatusOK).Text("#count"), fmt.Sprint(n)) {
			t.Errorf("%s: %d are counted, %d listed, %v", value, n, one.Total, err)
		}
	}
	for _, hostile := range []string{"?support=x", "?support=needed%00", "?page=99999", "?objective=99&support=needed", "?after=GCM-P-9999"} {
		visitor.Get("/en/pledges/needs" + hostile).Want(http.StatusOK)
	}
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the read model differs: %v, %v", wrong, err)
	}
	w.must(t, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Exec(ctx, `SELECT pledge_model_rebuild()`)
		return err
	})
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("made anew it differs: %v, %v", wrong, err)
	}
}

// opened publishes a pledge with a need and lets the other office say that it is interested.
func opened(t *testing.T, w *world) (sub workflow.ID, publicID string, interest int64) {
	t.Helper()
	sub, publicID = w.publish(t, needing("Two trainers", "A call centre"))
	interest, err := w.service.Express(t.Context(), w.OtherMember.User, publicID, pledge.NewInterest{Support: pledge.Needed, OfficeID: w.OtherOffice, Text: "We can send two."})
	if err != nil {
		t.Fatal(err)
	}
	return sub, publicID, interest
}

func TestWhoMayBeInterested(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id, open := opened(t, w)
	_, silent := w.publish(t, with(form.Answers{"support_needed": {""}, "support_offered": {""}}))
	viewer := webtest.NewUser(t, w.db, "Viewer", map[int64]identity.PostRole{w.OtherOffice: identity.Viewer})
	pending := webtest.NewUser(t, w.db, "Pending", map[int64]identity.PostRole{w.OtherOffice: identity.Contributor})
	pending.Posts[0].Approved = false
	good := pledge.NewInterest{Support: pledge.Offered, OfficeID: w.OtherOffice, Text: "We would like it."}
	change := func(do func(n *pledge.NewInterest)) pledge.NewInterest {
		n := good
		do(&n)
		return n
	}
	for _, c := range []struct {
		name  string
		who   identity.User
		id    string
		n     pledge.NewInterest
		want  error
		field string
	}{
		{"somebody without a post", w.Newcomer.User, id, good, problem.Forbidden, ""},
		{"a viewer", viewer, id, good, problem.Forbidden, ""},
		{"a post that waits for approval", pending, id, good, problem.Forbidden, ""},
		{"an office that is not theirs", w.OtherMember.User, id, change(func(n *pledge.NewInterest) { n.OfficeID = w.Office }), nil, "office"},
		{"their own pledge", w.Member.User, id, change(func(n *pledge.NewInterest) { n.OfficeID = w.Office }), nil, "office"},
		{"nothing written", w.OtherMember.User, id, change(func(n *pledge.NewInterest) { n.Text = " \x00\n" }), nil, "text"},
		{"a message that is too long", w.OtherMember.User, id, change(func(n *pledge.NewInterest) { n.Text = strings.Repeat("ä", 2001) }), nil, "text"},
		{"a pledge that there is not", w.OtherMember.User, "GCM-P-9999", good, problem.NotFound, ""},
		{"a pledge that needs nothing", w.OtherMember.User, silent, good, problem.NotFound, ""},
		{"a kind that there is not", w.OtherMember.User, id, change(func(n *pledge.NewInterest) { n.Support = "x" }), problem.NotFound, ""},
		{"another office's pledge as their own", w.OtherMember.User, id, change(func(n *pledge.NewInterest) { n.Own = silent }), nil, "own"},
		{"the same need again", w.OtherMember.User, id, change(func(n *pledge.NewInterest) { n.Support = pledge.Needed }), pledge.ErrOpenAlready, ""},
		{"its offer", w.OtherMember.User, id, change(func(n *pledge.NewInterest) { n.Text = strings.Repeat("ä", 2000) }), nil, ""},
	} {
		made, err := w.service.Express(t.Context(), c.who, c.id, c.n)
		wrong, invalid := problem.InvalidFields(err)
		switch {
		case c.field != "":
			if !invalid || wrong[0].Name != c.field {
				t.Errorf("%s: %v", c.name, err)
			}
		case !errors.Is(err, c.want) || (c.want == nil) != (err == nil):
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		case c.want == pledge.ErrOpenAlready && made != open:
			t.Errorf("%s leads to %d, want %d", c.name, made, open)
		}
	}
}

// TestACaseFromInterestToAMatchingPledge goes through a whole case, with every step that is possible and every one that is
// not.
func TestACaseFromInterestToAMatchingPledge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id, interest := opened(t, w)
	asking, asked := w.OtherMember.User, w.Member.User
	act := func(who identity.User, a pledge.InterestAction, text string, want error) {
		t.Helper()
		if err := w.service.Act(t.Context(), who, interest, a, text, "en"); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%s by %s: %v, want %v", a, who.Name, err, want)
		}
	}
	act(asking, pledge.ActInContact, "", problem.NotAllowedNow) // the office of the pledge answers first
	act(asking, pledge.ActAgreed, "", problem.NotAllowedNow)
	act(w.Newcomer.User, pledge.ActMessage, "Hello", problem.NotFound)
	act(w.Officer.User, pledge.ActMessage, "Hello", problem.NotFound)
	act(w.Conflicted.User, pledge.ActMessage, "Hello", problem.Forbidden) // a viewer of the office
	for _, never := range []pledge.InterestAction{pledge.ActInterested, pledge.ActClosed, pledge.ActNote, "x"} {
		act(asked, never, "Hello", problem.NotAllowedNow)
	}
	w.later(time.Hour)
	act(asked, pledge.ActInContact, "", nil)
	act(asked, pledge.ActInContact, "", problem.NotAllowedNow)
	act(asking, pledge.ActMessage, "In May?", nil)
	act(asking, pledge.ActMessage, "In May?", nil) // a double click
	if _, err := w.service.StartMatching(t.Context(), asking, interest); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("a pledge before anything is agreed: %v", err)
	}
	act(asking, pledge.ActAgreed, "Agreed.", nil)
	act(asking, pledge.ActNotPursued, "No.", problem.NotAllowedNow)
	c, events, err := w.service.Interest(t.Context(), asked, interest)
	if err != nil || c.State != pledge.Agreed || c.Side != pledge.SideAsked || len(events) != 4 {
		t.Fatalf("the case is %+v with %d events, %v", c, len(events), err)
	}
	if err := w.service.NoteInterest(t.Context(), w.Officer.User, interest, "Ask them in autumn.", "en"); err != nil {
		t.Fatal(err)
	}
	if _, events, _ = w.service.Interest(t.Context(), asked, interest); len(events) != 4 {
		t.Error("an office reads the desk's note")
	}
	if _, events, err = w.service.DeskInterest(t.Context(), w.Lead.User, interest); err != nil || len(events) != 5 {
		t.Errorf("the desk reads %d events, %v", len(events), err)
	}
	if _, err := w.service.StartMatching(t.Context(), asked, interest); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("a matching pledge by the office that is matched: %v", err)
	}
	draft, err := w.service.StartMatching(t.Context(), asking, interest)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := workflow.Find(t.Context(), w.db.Read(), draft, asking)
	if err != nil {
		t.Fatal(err)
	}
	text, err := workflow.ReadText(t.Context(), w.db.Read(), draft, sub.Revision)
	if a := text.Steps["what"].Answers; err != nil || !a.Has("type", "matching") || a.First("matches") != id || sub.OfficeID != w.OtherOffice {
		t.Errorf("the draft says %v, %v", a, err)
	}
	// Both offices were told, each of what the other has done; nobody of their own.
	type told struct {
		Kind string
		N    int
	}
	mails, err := database.Rows[told](t.Context(), w.db.Read(), `SELECT kind, count(*)::int AS n FROM outbox WHERE kind LIKE 'pledge.interest%' GROUP BY 1 ORDER BY 1`)
	if err != nil || !slices.Equal(mails, []told{{"pledge.interest", 2}, {"pledge.interest_news", 5}}) {
		t.Errorf("mails %v, %v", mails, err)
	}
	acts, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM audit_log WHERE subject = 'interest' AND act LIKE 'interest.%'`)
	if err != nil || acts != 5 {
		t.Errorf("%d acts are on record, %v", acts, err)
	}
	for _, sql := range []string{`DELETE FROM pledge_interest_events`, `UPDATE pledge_interest_events SET body = 'other'`, `UPDATE pledge_interest_events SET at = now(), body = ''`, `TRUNCATE pledge_interest_events`} {
		if _, err := w.db.Read().Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was done", sql)
		}
	}
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE pledge_interest_events SET body = '' WHERE author_id = $1`, asking.ID); err != nil {
		t.Errorf("a message cannot be erased: %v", err)
	}
}

func TestTheWallHidesCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, interest := opened(t, w)
	if all, err := w.service.DeskInterests(t.Context(), w.Officer.User, pledge.CaseFilter{}); err != nil || len(all.Cases) != 1 || all.Total != 1 || all.Counts[pledge.Interested] != 1 {
		t.Errorf("the officer sees %d cases, %v, %v", len(all.Cases), all.Counts, err)
	}
	if all, err := w.service.DeskInterests(t.Context(), w.Conflicted.User, pledge.CaseFilter{}); err != nil || len(all.Cases) != 0 || all.Total != 0 || len(all.Counts) != 0 {
		t.Errorf("an officer with a conflict sees %d cases, %v, %v", len(all.Cases), all.Counts, err)
	}
	if _, _, err := w.service.DeskInterest(t.Context(), w.Conflicted.User, interest); !errors.Is(err, problem.NotFound) {
		t.Errorf("an officer with a conflict reads the case: %v", err)
	}
	if err := w.service.NoteInterest(t.Context(), w.Conflicted.User, interest, "A note", "en"); !errors.Is(err, problem.NotFound) {
		t.Errorf("an officer with a conflict writes a note: %v", err)
	}
	if _, err := w.service.DeskInterests(t.Context(), w.OtherOfficer.User, pledge.CaseFilter{}); !errors.Is(err, problem.Forbidden) {
		t.Errorf("an officer of another desk: %v", err)
	}
}

// TestAPledgeTakenDownClosesItsCases holds also that pledges which match each other link no more to what is gone.
func TestAPledgeTakenDownClosesItsCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub, id, interest := opened(t, w)
	second, matching := w.publish(t, with(form.Answers{"type": {"matching"}, "matches": {id}}))
	links := func(from string) (matches bool, by int) {
		t.Helper()
		p, err := w.service.Public(t.Context(), from, 0)
		if err != nil {
			t.Fatal(err)
		}
		return p.Matches != nil, len(p.MatchedBy)
	}
	if _, by := links(id); by != 1 {
		t.Errorf("the pledge is matched by %d", by)
	}
	if matches, _ := links(matching); !matches {
		t.Error("the other does not link to what it matches")
	}
	w.later(time.Hour)
	w.apply(t, sub, w.Officer.User, workflow.Archive, "A mistake.")
	if matches, _ := links(matching); matches {
		t.Error("it links to a pledge that is gone")
	}
	c, events, err := w.service.Interest(t.Context(), w.OtherMember.User, interest)
	if err != nil || c.State != pledge.CaseClosed || !c.Gone || events[len(events)-1].Action != pledge.ActClosed || len(c.Actions()) != 0 {
		t.Errorf("the case is %+v, %v", c, err)
	}
	if n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM outbox WHERE kind = 'pledge.interest_news'`); err != nil || n != 3 {
		t.Errorf("%d were told, %v", n, err)
	}
	page := w.OtherMember.In(t).Get(fmt.Sprintf("/en/cases/%d", interest)).Want(http.StatusOK)
	if !page.Contains("public no more") || page.Has("form[action*=cases] button[name=do]") {
		t.Errorf("the page: %s", page.Text("main"))
	}
	third, other := w.publish(t, complete())
	fourth, back := w.publish(t, with(form.Answers{"type": {"matching"}, "matches": {other}}))
	w.apply(t, fourth, w.Officer.User, workflow.Archive, "A mistake.")
	if _, by := links(other); by != 0 {
		t.Errorf("%s is matched by %s, which is gone", other, back)
	}
	_, _ = second, third
}

func TestOfficesThatBecomeOneTakeTheirCasesAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id, interest := opened(t, w)
	third := webtest.NewOffice(t, w.db, "Ministry of Work", "CO")
	head := webtest.NewUser(t, w.db, "Third", map[int64]identity.PostRole{third: identity.Head})
	twice, err := w.service.Express(t.Context(), head, id, pledge.NewInterest{Support: pledge.Needed, OfficeID: third, Text: "We too."})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := w.service.Express(t.Context(), head, id, pledge.NewInterest{Support: pledge.Offered, OfficeID: third, Text: "And that."})
	if err != nil {
		t.Fatal(err)
	}
	state := func(of int64) pledge.InterestState {
		t.Helper()
		s, err := database.Value[string](t.Context(), w.db.Read(), `SELECT state FROM pledge_interests WHERE id = $1`, of)
		if err != nil {
			t.Fatal(err)
		}
		return pledge.InterestState(s)
	}
	w.must(t, func(ctx context.Context, tx database.Tx) error {
		return w.service.MoveOffice(ctx, tx, third, w.OtherOffice)
	})
	if state(interest) != pledge.Interested || state(twice) != pledge.CaseClosed || state(offer) != pledge.Interested {
		t.Errorf("after the first merger: %s, %s, %s", state(interest), state(twice), state(offer))
	}
	if c, _, err := w.service.Interest(t.Context(), w.OtherMember.User, offer); err != nil || c.OfficeID != w.OtherOffice {
		t.Errorf("the case went to %d, %v", c.OfficeID, err)
	}
	w.must(t, func(ctx context.Context, tx database.Tx) error {
		return w.service.MoveOffice(ctx, tx, w.Office, w.OtherOffice)
	})
	if state(interest) != pledge.CaseClosed || state(offer) != pledge.CaseClosed {
		t.Errorf("a case of an office with itself: %s, %s", state(interest), state(offer))
	}
}

func TestManyClicksOpenOneCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.publish(t, needing("Two trainers", ""))
	ids := make([]int64, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			made, err := w.service.Express(t.Context(), w.OtherMember.User, id, pledge.NewInterest{Support: pledge.Needed, OfficeID: w.OtherOffice, Text: "We can send two."})
			if err != nil && !errors.Is(err, pledge.ErrOpenAlready) {
				t.Error(err)
			}
			ids[i] = made
		})
	}
	all.Wait()
	if slices.Sort(ids); len(slices.Compact(ids)) != 1 || ids[0] == 0 {
		t.Errorf("cases %v", ids)
	}
	for range 30 { // until the limit
		_, _ = w.service.Express(t.Context(), w.OtherMember.User, id, pledge.NewInterest{Support: pledge.Needed, OfficeID: w.OtherOffice, Text: "Again."})
	}
	if _, err := w.service.Express(t.Context(), w.OtherMember.User, id, pledge.NewInterest{Support: pledge.Needed, OfficeID: w.OtherOffice, Text: "Again."}); !errors.Is(err, problem.TooMany) {
		t.Errorf("without end: %v", err)
	}
}

func TestThePagesOfACase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.publish(t, needing("Two trainers", "A call centre"))
	other := w.OtherMember.In(t)
	if page := w.Newcomer.In(t).Get("/en/pledges/" + id + "/interest?support=needed").Want(http.StatusOK); !page.Contains("you need a post in an approved office") || page.Has("textarea") {
		t.Errorf("for somebody without a post: %s", page.Text("main"))
	}
	page := other.Get("/en/pledges/" + id).Want(http.StatusOK).Click(`a[href*=support=offered]`).Want(http.StatusOK)
	refused := page.Form("form[action*=interest]").Set("text", "").Submit().Want(http.StatusUnprocessableEntity)
	if !refused.Has("#errors") || !refused.Contains("Write a message") {
		t.Errorf("a blank message: %s", refused.Text("main"))
	}
	made := refused.Form("form[action*=interest]").Set("text", "<b>We</b> would like it.").Submit().Follow().Want(http.StatusOK)
	if !made.Contains("<b>We</b> would like it.") || made.Has("main b") {
		t.Errorf("the case: %s", made.Text("main"))
	}
	again := other.Post("/en/pledges/"+id+"/interest", url.Values{"support": {"offered"}, "office": {fmt.Sprint(w.OtherOffice)}, "text": {"Again"}}).Follow().Want(http.StatusOK)
	if !again.Contains("already said that it is interested") {
		t.Errorf("a second time: %s", again.Text("main"))
	}
	path := strings.TrimPrefix(again.URL.Path, "/en")
	owner := w.Member.In(t).Get("/en/cases").Want(http.StatusOK).Click(`ul.list a[href*=/cases/]`).Want(http.StatusOK)
	refused = owner.Form("form[data-guard]").Set("text", "").Press("do=not_pursued").Want(http.StatusUnprocessableEntity)
	refused.Form("form[data-guard]").Set("text", "Call us.").Press("do=in_contact").Follow().Want(http.StatusOK)
	stale := owner.Form("form[data-guard]").Set("text", "Once more").Press("do=in_contact").Want(http.StatusConflict)
	if !stale.Contains("Somebody was faster") || !stale.Contains("Once more") {
		t.Errorf("a stale page: %s", stale.Text("main"))
	}
	w.Newcomer.In(t).Get("/en" + path).Want(http.StatusNotFound)
	w.Head.In(t).Get("/ar" + path).Want(http.StatusOK)
	desk := w.Officer.In(t).Get("/en/desk/cases?state=in_contact").Want(http.StatusOK).Click(`ul.list a[href*=/desk/cases/]`).Want(http.StatusOK)
	desk.Form("form[data-guard]").Set("text", "").Submit().Want(http.StatusUnprocessableEntity)
	noted := desk.Form("form[data-guard]").Set("text", "Seen by the desk.").Submit().Follow().Want(http.StatusOK)
	if !noted.Contains("Seen by the desk.") || w.Head.In(t).Get("/en"+path).Contains("Seen by the desk.") {
		t.Error("the note is not where it belongs")
	}
	w.Officer.In(t).Get("/en/desk/cases?state=zzz").Want(http.StatusOK)
	w.Officer.In(t).Get("/en/desk/cases/999").Want(http.StatusNotFound)
	other.Get("/en/cases/x").Want(http.StatusNotFound)
}
