package conceptnote_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// world is a portal with concept notes only.
type world struct {
	*webtest.Cast
	db      *database.DB
	service *conceptnote.Service
	holder  *conceptnote.Holder
	// filer writes for an office of the United Nations, reader only reads there.
	filer, reader webtest.Person
	// lead and secondLead lead the fund desk.
	lead, secondLead webtest.Person
	agency           int64
	begun            []form.Answers                    // what drafts were begun with
	coordinators     []conceptnote.ResidentCoordinator // of whichever country
	missing          []string
	meeting          *conceptnote.Meeting
	asked            time.Time // for which instant a meeting was asked for last
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dbtest.New(t)}
	v, _ := seeded(t)
	var err error
	if w.holder, err = conceptnote.Hold(t.Context(), w.db.Read()); err != nil {
		t.Fatal(err)
	}
	w.service = conceptnote.NewService(conceptnote.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Configurations: w.holder.Versions,
		StepPath: func(id workflow.ID, step string) string { return fmt.Sprintf("/submissions/%d/steps/%s", id, step) },
		Coordinators: func(context.Context, database.Querier, []string) ([]conceptnote.ResidentCoordinator, []string, error) {
			return w.coordinators, w.missing, nil
		},
		Meeting: func(_ context.Context, _ database.Querier, at time.Time) (*conceptnote.Meeting, error) {
			w.asked = at
			return w.meeting, nil
		},
		MeetingsPath: "/fund/meetings",
		Start: func(_ context.Context, _ identity.User, _ int64, with form.Answers) (workflow.ID, error) {
			w.begun = append(w.begun, with)
			return 7, nil
		},
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: "https://portal.example"}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	conceptnote.Routes(router, w.service, conceptnote.Pages{
		Submission: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) }, SignIn: "/sign-in", Register: "/register", Account: "/account", Import: "/imports/new?kind=concept_note",
	})
	w.Cast = webtest.NewCast(t, w.db, router)
	w.agency = webtest.NewOffice(t, w.db, "Labour Agency", "KE")
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE offices SET category = $2 WHERE id = $1`, w.agency, conceptnote.FilingCategory); err != nil {
		t.Fatal(err)
	}
	w.filer = webtest.SignedIn(t, w.Visitor.Client, router, "contributor of an agency", webtest.NewUser(t, w.db, "Filer", map[int64]identity.PostRole{w.agency: identity.Contributor}))
	w.reader = webtest.SignedIn(t, w.Visitor.Client, router, "viewer of an agency", webtest.NewUser(t, w.db, "Reader", map[int64]identity.PostRole{w.agency: identity.Viewer}))
	leads := identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk}
	w.lead = webtest.SignedIn(t, w.Visitor.Client, router, "lead of the fund", webtest.NewUser(t, w.db, "First lead", nil, leads))
	w.secondLead = webtest.SignedIn(t, w.Visitor.Client, router, "second lead of the fund", webtest.NewUser(t, w.db, "Second lead", nil, leads))
	return w
}

const allAnswered = "?country=KE&country=UG&government=yes&joint=yes&months=24&way=coordinator"

// A visitor goes from question to question without an account; the answers are in the address only.
func TestEligibilityIsAskedOneQuestionAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visitor := w.Visitor.In(t)
	page := visitor.Get("/en" + conceptnote.StartPath).Want(http.StatusOK)
	for _, answer := range []struct {
		name   string
		values []string
	}{{"joint", []string{"yes"}}, {"government", []string{"yes"}}, {"country", []string{"KE", "UG"}}, {"way", []string{"coordinator"}}, {"months", []string{"24"}}} {
		if n := page.Count("main form"); n != 1 {
			t.Fatalf("there are %d forms at %s", n, answer.name)
		}
		page = page.Form("main form").Set(answer.name, answer.values...).Submit().Want(http.StatusOK)
	}
	if !page.Contains("You can file a concept note") || !page.Contains("Kenya and Uganda") || !page.Contains("24 months") {
		t.Errorf("the answers are not on the page: %s", page.Text("main"))
	}
	if visitor.Cookie("session") != "" || page.Header.Get("Set-Cookie") != "" {
		t.Error("a visitor has got a cookie")
	}
	if link := page.One("section.panel--lead a[rel=nofollow]").Attr("href"); !strings.Contains(link, url.QueryEscape(url.QueryEscape("country")+"=KE")) {
		t.Errorf("the way to sign in forgets the answers: %s", link)
	}
	for _, a := range page.All("a[hreflang=ar], a[lang=ar]") {
		if !strings.Contains(a.Attr("href"), "country=KE") {
			t.Errorf("the switch of language forgets the answers: %s", a.Attr("href"))
		}
	}
}

func TestAFailedConditionIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range map[string]string{
		"?joint=no":                "Find a second organization first",
		"?joint=yes&government=no": "Agree with another ministry",
		allAnswered[:len(allAnswered)-11] + "neither": "The Resident Coordinator",
	} {
		page := w.Visitor.In(t).Get("/en" + conceptnote.StartPath + query).Want(http.StatusOK)
		if want != "The Resident Coordinator" && !page.Contains(want) || !page.Has("main .note") || page.Has("#begin") {
			t.Errorf("%s does not stop: %s", query, page.Text("main"))
		}
	}
	page := w.Visitor.In(t).Get("/en" + conceptnote.StartPath + strings.Replace(allAnswered, "24", "60", 1)).Want(http.StatusOK)
	if !page.Contains("60 months is outside the usual duration of 18 to 36 months") || !page.Has("#begin") {
		t.Errorf("60 months are not warned of, or stop: %s", page.Text("main"))
	}
}

func TestAnAnswerThatIsMissingOrWrongIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.Visitor.In(t).Get("/en" + conceptnote.StartPath).Want(http.StatusOK)
	page.Form("main form").Submit().Want(http.StatusUnprocessableEntity)
	page = w.Visitor.In(t).Get("/en" + conceptnote.StartPath + "?joint=yes&government=yes&country=KE&way=none").Want(http.StatusOK)
	page = page.Form("main form").Set("months", "about two").Submit().Want(http.StatusUnprocessableEntity)
	if got := page.Form("main form").Value("months"); got != "about two" {
		t.Errorf("what was typed is %q", got)
	}
	page = w.Visitor.In(t).Get("/en" + conceptnote.StartPath + allAnswered + "&at=country").Want(http.StatusOK)
	if f := page.Form("main form"); !slices.Equal(f.Values()["country"], []string{"KE", "UG"}) || f.Value("months") != "24" {
		t.Errorf("changing an answer forgets others: %v", f.Values())
	}
}

func TestWhoMayBeginANote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, person := range append(w.All(), w.filer, w.reader) {
		page := person.In(t).Get("/en" + conceptnote.StartPath + allAnswered).Want(http.StatusOK)
		if got, want := page.Has("form#begin"), person.Kind == w.filer.Kind; got != want {
			t.Errorf("%s can begin: %v", person.Kind, got)
		}
	}
	page := w.filer.In(t).Get("/en" + conceptnote.StartPath + allAnswered)
	page.Form("form#begin").Submit().WantRedirect("/en/submissions/7")
	if len(w.begun) != 1 || !slices.Equal(w.begun[0].All("countries"), []string{"KE", "UG"}) || w.begun[0].First("months") != "24" || w.begun[0].First("language") != "en" {
		t.Errorf("the drafts began with %v", w.begun)
	}
	forged := url.Values{"joint": {"yes"}, "government": {"yes"}, "country": {"KE"}, "way": {"none"}, "months": {"24"}}
	for _, office := range []string{fmt.Sprint(w.Office), "", "x", "99999999999999999999"} {
		forged.Set("office", office)
		w.filer.In(t).Post("/en/fund/concept-notes", forged).Want(http.StatusUnprocessableEntity)
	}
	forged.Set("office", fmt.Sprint(w.agency))
	w.reader.In(t).Post("/en/fund/concept-notes", forged).Want(http.StatusUnprocessableEntity)
	w.Head.In(t).Post("/en/fund/concept-notes", forged).Want(http.StatusUnprocessableEntity)
	forged.Set("joint", "no")
	if to := w.filer.In(t).Post("/en/fund/concept-notes", forged).Want(http.StatusSeeOther).Location(); !strings.Contains(to, conceptnote.StartPath) || !strings.Contains(to, "joint=no") {
		t.Errorf("what cannot be filed leads to %s", to)
	}
	if len(w.begun) != 1 {
		t.Errorf("%d drafts were begun", len(w.begun))
	}
}

// Suggestions and advice follow from the objectives and the configuration.
func TestAreasAndTargetsAreProposedFromTheObjectives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	beside, err := w.service.Beside(ctx, workflow.Submission{}, "areas", form.Answers{"objectives": {"18"}}, ui.Finding{})
	if err != nil || beside["areas"] == nil || beside["targets"] == nil {
		t.Fatalf("nothing is proposed: %v, %v", beside, err)
	}
	for _, c := range []struct {
		changes form.Answers
		advised bool
	}{{nil, false}, {form.Answers{"months": {"17"}}, true}, {form.Answers{"months": {"36"}}, false}, {form.Answers{"areas": {"ta-1"}}, true}, {form.Answers{"areas": {"ta-1", "ta-4"}}, true}} {
		advice, err := w.service.Advice(ctx, workflow.Submission{}, with(c.changes))
		if err != nil || (advice != nil) != c.advised {
			t.Errorf("with %v: advised %v, %v", c.changes, advice != nil, err)
		}
	}
	now := time.Now()
	desk, err := w.service.ForDesk(ctx, workflow.Submission{SubmittedAt: &now}, complete())
	var page strings.Builder
	if err != nil || desk.Render(ctx, &page) != nil || !strings.Contains(page.String(), "Version 1") {
		t.Errorf("the desk reads %s, %v", page.String(), err)
	}
}

func TestTheBlankFormToPrintAndAsAWordFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Visitor.In(t).Get("/ar" + conceptnote.QuestionsPath).Want(http.StatusOK)
	page := w.Visitor.In(t).Get("/en" + conceptnote.QuestionsPath + ".docx").Want(http.StatusOK)
	if !strings.HasPrefix(string(page.Body), "PK") || page.Header.Get("Content-Type") != word.MediaType {
		t.Errorf("it is no Word file but %s", page.Header.Get("Content-Type"))
	}
}
