package app

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// polished is a practice in review, of which the desk has proposed another title and another summary.
type polished struct {
	*App
	db       *database.DB
	cast     *webtest.Cast
	officer  webtest.Person
	id       workflow.ID
	answers  form.Answers
	desk     string // addresses
	owner    string
	proposal string
}

func newPolished(t *testing.T) polished {
	t.Helper()
	portal, db := newPortal(t)
	p := polished{App: portal, db: db, cast: webtest.NewCast(t, db, portal.router)}
	p.answers = practiceOf(t, p.cast.Member.User)
	p.id = writePractice(t, portal, p.cast.Member.User, p.answers)
	submitted(t, portal, p.cast.Member.User, p.id)
	p.officer = webtest.SignedIn(t, p.cast.Visitor.Client, portal.router, "hub officer", hubOfficer(t, db))
	c := caseOf(t, portal, p.officer.User, p.id)
	if err := portal.areas.desk.Assign(t.Context(), p.officer.User, p.id, p.officer.User.ID, c.Version); err != nil {
		t.Fatal(err)
	}
	number := strconv.FormatInt(p.id, 10)
	p.desk, p.owner = "/en/desk/submissions/"+number+"/edits", "/en/submissions/"+number+"/edits"
	p.propose(t, url.Values{"edit.title": {"One office for workers who come home"}, "edit.summary": {"Shorter."}, "note": {"Two small things."}}).Want(http.StatusSeeOther)
	p.proposal = p.cast.Member.In(t).Get(p.owner).Want(http.StatusOK).One("[name=proposal]").Attr("value")
	return p
}

// propose sends the desk's page with some texts edited.
func (p polished) propose(t *testing.T, edited url.Values) *webtest.Page {
	t.Helper()
	edited.Set("version", strconv.Itoa(caseOf(t, p.App, p.officer.User, p.id).Version))
	return p.officer.In(t).Post(p.desk, edited)
}

// publicTitle publishes the practice and returns how it is called.
func (p polished) publicTitle(t *testing.T) string {
	t.Helper()
	decided(t, p.App, p.officer.User, p.id, review.Decision{Action: workflow.Publish})
	publicID := *caseOf(t, p.App, p.officer.User, p.id).PublicID
	return p.cast.Visitor.In(t).Get("/en" + practice.Path(publicID)).Want(http.StatusOK).Text("h1")
}

func TestOnlyEditsThatTheOwnerTookOverArePublished(t *testing.T) {
	t.Parallel()
	const own, polish, wording = "One desk for workers who come home", "One office for workers who come home", "One counter for workers who come home"
	for _, c := range []struct {
		name   string
		answer url.Values
		title  string
		handed int // revisions
	}{
		{"taken over", url.Values{"answer": {"accept"}, "edit.title": {polish}, "edit.summary": {"Shorter."}}, polish, 2},
		{"in other words", url.Values{"answer": {"accept"}, "edit.title": {wording}, "edit.summary": {"Shorter."}, "keep.summary": {"yes"}}, wording, 2},
		{"one's own kept everywhere", url.Values{"answer": {"accept"}, "edit.title": {polish}, "edit.summary": {"Shorter."}, "keep.title": {"yes"}, "keep.summary": {"yes"}}, own, 1},
		{"refused", url.Values{"answer": {"refuse"}, "edit.title": {polish}, "edit.summary": {"Shorter."}}, own, 1},
		{"not answered", nil, own, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPolished(t)
			if c.answer != nil {
				c.answer.Set("proposal", p.proposal)
				p.cast.Member.In(t).Post(p.owner, c.answer).Want(http.StatusSeeOther)
			}
			if got := caseOf(t, p.App, p.officer.User, p.id); len(got.HandedIn) != c.handed || got.State != workflow.InReview {
				t.Errorf("%d revisions were handed in, it is %s", len(got.HandedIn), got.State)
			}
			if got := p.publicTitle(t); got != c.title {
				t.Errorf("it is published as %q", got)
			}
			mails, err := database.Value[int](t.Context(), p.db.Read(), `SELECT count(*)::int FROM outbox WHERE submission_id = $1 AND kind LIKE 'submission.desk_edits%'`, p.id)
			if err != nil || (mails > 0) != (c.answer != nil) {
				t.Errorf("%d mails tell the desk, %v", mails, err)
			}
		})
	}
}

func TestEditsOfTheDeskAreTexts(t *testing.T) {
	t.Parallel()
	p := newPolished(t)
	for _, c := range []struct {
		name   string
		edited url.Values
		status int
	}{
		{"nothing changed", url.Values{"edit.title": {p.answers.First("title")}}, http.StatusUnprocessableEntity},
		{"nothing at all", url.Values{}, http.StatusUnprocessableEntity},
		{"a private answer", url.Values{"edit.contact_name": {"Somebody else"}}, http.StatusUnprocessableEntity},
		{"a choice", url.Values{"edit.type": {"policy"}}, http.StatusUnprocessableEntity},
		{"a title with markup", url.Values{"edit.title": {"<b>x</b>"}}, http.StatusUnprocessableEntity},
		{"a summary that is too long", url.Values{"edit.summary": {strings.Repeat("x", practice.MaxSummary+1)}}, http.StatusUnprocessableEntity},
		{"a title that is blank", url.Values{"edit.title": {" "}}, http.StatusUnprocessableEntity},
	} {
		if page := p.propose(t, c.edited); page.Status != c.status {
			t.Errorf("%s: status %d", c.name, page.Status)
		}
	}
	stale := url.Values{"version": {"1"}, "edit.title": {"Another title"}}
	if page := p.officer.In(t).Post(p.desk, stale).Want(http.StatusConflict); !strings.Contains(string(page.Body), "Another title") {
		t.Error("what was typed is lost")
	}
	// A second proposal takes the place of the first, which then cannot be answered.
	p.propose(t, url.Values{"edit.blocks.0.title": {"Form for five ministries"}}).Want(http.StatusSeeOther)
	p.cast.Member.In(t).Post(p.owner, url.Values{"proposal": {p.proposal}, "answer": {"accept"}, "edit.title": {"One office"}}).Want(http.StatusConflict)
	open, err := strconv.ParseInt(p.cast.Member.In(t).Get(p.owner).Want(http.StatusOK).One("[name=proposal]").Attr("value"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.areas.submissions.AnswerEdits(t.Context(), p.cast.Member.User, p.id, open, form.Answers{"title": {"Not proposed"}}); !errors.Is(err, problem.NotFound) {
		t.Errorf("a text that was not proposed is changed: %v", err)
	}
	if err := p.areas.submissions.AnswerEdits(t.Context(), p.cast.Member.User, p.id, open, form.Answers{"blocks.0.title": {""}}); !isInvalid(err) {
		t.Errorf("a text that is missing is taken: %v", err)
	}
	if err := p.areas.submissions.AnswerEdits(t.Context(), p.cast.Member.User, p.id, open, form.Answers{"blocks.0.title": {"Form for five ministries"}}); err != nil {
		t.Fatal(err)
	}
	if err := p.areas.submissions.AnswerEdits(t.Context(), p.cast.Member.User, p.id, open, nil); !errors.Is(err, problem.Stale) {
		t.Errorf("a proposal is answered twice: %v", err)
	}
	// The editor is not kept from the text that they have edited.
	if got := caseOf(t, p.App, p.officer.User, p.id); got.Text.Answers.First("blocks.0.title") != "Form for five ministries" || got.Text.Number != 2 {
		t.Errorf("the desk reads revision %d with %q", got.Text.Number, got.Text.Answers.First("blocks.0.title"))
	}
}

func isInvalid(err error) bool {
	_, ok := problem.InvalidFields(err)
	return ok
}

func TestWhoMayProposeAndAnswerEdits(t *testing.T) {
	t.Parallel()
	p := newPolished(t)
	viewer := webtest.SignedIn(t, p.cast.Visitor.Client, p.router, "viewer", webtest.NewUser(t, p.db, "Viewer", map[int64]identity.PostRole{p.cast.Office: identity.Viewer}))
	for _, c := range []struct {
		who            webtest.Person
		propose, reply int
	}{
		{p.cast.Visitor, http.StatusSeeOther, http.StatusSeeOther}, // to sign in
		{p.cast.OtherMember, http.StatusNotFound, http.StatusNotFound},
		{p.cast.Officer, http.StatusNotFound, http.StatusNotFound}, // of another desk
		{viewer, http.StatusNotFound, http.StatusForbidden},
		{p.officer, 0, http.StatusNotFound},
	} {
		if page := c.who.In(t).Post(p.desk, url.Values{"version": {"1"}, "edit.title": {"X"}}); c.propose != 0 && page.Status != c.propose {
			t.Errorf("%s proposes: status %d", c.who.Kind, page.Status)
		}
		if page := c.who.In(t).Post(p.owner, url.Values{"proposal": {p.proposal}, "answer": {"accept"}, "edit.title": {"X"}}); page.Status != c.reply {
			t.Errorf("%s answers: status %d", c.who.Kind, page.Status)
		}
	}
	if got := caseOf(t, p.App, p.officer.User, p.id).Text.Answers.First("title"); got != p.answers.First("title") {
		t.Errorf("it is called %q now", got)
	}
	// What was handed in and not taken yet takes no edits.
	waiting := writePractice(t, p.App, p.cast.Member.User, p.answers)
	submitted(t, p.App, p.cast.Member.User, waiting)
	err := p.areas.desk.Propose(t.Context(), p.officer.User, waiting, caseOf(t, p.App, p.officer.User, waiting).Version, form.Answers{"title": {"X"}}, "", form.Env{Vocabulary: p.vocabulary()})
	if !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("edits are proposed before the review: %v", err)
	}
}
