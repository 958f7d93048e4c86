package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/programme"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// What the public reads of a programme is what was endorsed, in so far as it is public: the demonstration's notes went all the
// way through the pages.
func TestAProgrammeIsWhatWasEndorsed(t *testing.T) {
	t.Parallel()
	db := demonstration(t)
	portal := portalOver(t, db)
	visitor := webtest.New(t, portal.Handler())
	type row struct {
		ID       workflow.ID
		Revision int
		PublicID string
		Facts    programme.Facts
	}
	all, err := database.Rows[row](t.Context(), db.Read(), `SELECT id, revision, public_id, facts FROM programmes ORDER BY id`)
	if err != nil || len(all) < 8 {
		t.Fatalf("%d programmes, %v", len(all), err)
	}
	for _, p := range all {
		text, err := workflow.ReadText(t.Context(), db.Read(), p.ID, p.Revision)
		if err != nil {
			t.Fatal(err)
		}
		a := text.Answers()
		page := visitor.Get("/en" + programme.Path(p.PublicID)).Want(http.StatusOK)
		for _, words := range append([]string{a.First("title"), a.First("purpose"), a.First("governments.0.name"), a.First("partners.0.name"), a.First("targets")}, a["organizations.1.name"]...) {
			if !page.Contains(strings.NewReplacer(", ", " · ").Replace(words)) && !page.Contains(words) {
				t.Errorf("%s does not say %q", p.PublicID, words)
			}
		}
		for _, secret := range []string{"contacts.0.email", "contacts.0.name", "risks.0.mitigation", "rights_why", "theory"} {
			if a.First(secret) == "" || strings.Contains(string(page.Body), a.First(secret)) {
				t.Errorf("%s tells %s, or there is none", p.PublicID, secret)
			}
		}
		asked := budgetOf(t, portal, a)
		parts := money.Amount(0)
		for _, o := range p.Facts.Organizations {
			parts += o.Budget
		}
		if p.Facts.Budget != asked || parts != asked || !p.Facts.Organizations[0].Convenes || len(p.Facts.Areas) == 0 || p.Facts.Months == 0 {
			t.Errorf("%s asks for %s, its organizations for %s, the note for %s", p.PublicID, p.Facts.Budget.Plain(), parts.Plain(), asked.Plain())
		}
	}
	if wrong, err := programme.CheckIndex(t.Context(), db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the index is wrong: %v, %v", wrong, err)
	}
}

// budgetOf adds up the budget of a note as it was typed, with the indirect costs of each organization.
func budgetOf(t *testing.T, portal *App, a form.Answers) money.Amount {
	t.Helper()
	rate := portal.configurations().At(time.Now()).Content.Indirect
	var all money.Amount
	for n := range a.Rows("budget") {
		var direct money.Amount
		for name, values := range a.Row("budget", n) {
			if name == form.PartyControl {
				continue
			}
			amount, ok := money.Kept(values[0])
			if !ok {
				t.Fatalf("%s: %q", name, values)
			}
			direct += amount
		}
		all += direct + money.Percent(direct, rate)
	}
	return all
}

// A note whose endorsement is taken back leaves the pipeline in the same act.
func TestANoteThatIsArchivedLeavesThePipeline(t *testing.T) {
	t.Parallel()
	db := demonstration(t)
	portal := portalOver(t, db)
	publicID, err := database.Value[string](t.Context(), db.Read(), `SELECT min(public_id) FROM programmes WHERE stage = 'pipeline'`)
	if err != nil {
		t.Fatal(err)
	}
	id, err := database.Value[workflow.ID](t.Context(), db.Read(), `SELECT id FROM programmes WHERE public_id = $1`, publicID)
	if err != nil {
		t.Fatal(err)
	}
	officer := webtest.NewUser(t, db, "Officer of the fund", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.FundDesk})
	decision := review.Decision{Action: workflow.Archive, Note: "The government has withdrawn.", Version: caseOf(t, portal, officer, id).Version}
	if err := portal.areas.desk.Decide(t.Context(), officer, id, decision); err != nil {
		t.Fatal(err)
	}
	webtest.New(t, portal.Handler()).Get("/en" + programme.Path(publicID)).Want(http.StatusGone)
}
